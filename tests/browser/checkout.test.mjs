// The journeys of a checkout in Chromium: a merchant's page, and a wallet's in a frame of it, as a page of its own, or in a
// window. Their keys never leave the browser; what was confirmed is checked with a stock library, as back ends do. By pages
// of ours, and by the checkout SDKs themselves where `PASSKEYD_LOGINID_SDK` names them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

import { launchBrowser } from '../harness/browser.mjs';
import { createShopper, gave, startCheckout } from '../harness/checkout.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { createComparison, OURS, startApplications, THEIRS } from '../harness/loginid-sdk.mjs';

const BEGUN = 'POST mfa/begin 200';
const LISTED = 'GET passkeys 200';
const TX = 'POST mfa/passkey/tx 200';
const AUTH = 'POST mfa/passkey/auth 200';

const sentByOurs = new Map();

/** A wallet with its sites, its server and a browser. */
function world(engine, sdk, { hosts, browser: kind } = {}) {
  const it = {};
  before(async () => {
    it.checkout = await startCheckout(sdk, hosts);
    const website = it.checkout.walletOrigin;
    const topOrigins = it.checkout.merchantOrigins.slice(0, 1);
    it.server = await startApplications(engine, { wallet: { website }, choosy: { website, topOrigins } });
    it.browser = await launchBrowser(kind);
  });
  after(async () => {
    await it.browser?.close();
    await it.checkout?.close();
    await it.server?.end();
  });
  const compare = createComparison(sdk, sentByOurs);
  it.shopper = (t, { from, appId = 'wallet' } = {}) => {
    const api = { baseUrl: `${it.server.url}/apps/${appId}`, appId };
    return createShopper(t, { browser: it.browser, checkout: it.checkout, api, compare, from });
  };
  it.external = async (username, app = 'wallet') => (await it.server.backend(app).post('/mgmt/grant/external-auth', { username })).body.token;

  /** A token of the application, by a back end's two ways. */
  it.verified = async (token) => {
    const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${it.server.port}/apps/wallet/fido2/v2/.well-known/jwks.json`));
    assert.equal((await it.server.backend('wallet').post('/mgmt/token/verify', { jwtAccess: token })).status, 204);
    return (await jwtVerify(token, keys, { audience: 'wallet' })).payload;
  };
  /** What the back ends of the wallet and the merchant find in a result. */
  it.confirmed = async (result, payload, { amr = ['passkey'], username = 'ada@example.com', topOrigin, merchant } = {}) => {
    assert.equal(result.isComplete, true);
    const claims = await it.verified(result.payloadSignature);
    assert.deepEqual([claims.tokenType, claims.username, claims.amr], ['payloadSignature', username, amr]);
    const hash = createHash('sha256').update(payload + claims.traceId + claims.lNonce).digest('base64url');
    assert.equal(claims.txHash, hash);
    const { assertionResult, creationResult } = result.passkeyCredential;
    const { clientDataJSON } = assertionResult ?? creationResult;
    const clientData = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString());
    assert.equal(clientData.challenge, hash);
    assert.equal(clientData.origin, it.checkout.walletOrigin);
    assert.equal(clientData.crossOrigin, topOrigin !== undefined);
    assert.equal(clientData.topOrigin ?? topOrigin, topOrigin);
    if (merchant) {
      const trust = await it.verified(result.merchantTrustId);
      assert.deepEqual([trust.tokenType, trust.trustId, trust.sub], ['merchantTrust', decodeJwt(merchant).id, undefined]);
    }
    if (result.walletTrustId) assert.equal((await it.verified(result.walletTrustId)).tokenType, 'walletTrust');
  };
  /** Somebody who made a passkey at the wallet's own page, after the bank's sign-in. */
  it.customer = async (t, payload = 'order 0') => {
    const shopper = await it.shopper(t);
    const wallet = await shopper.goToWallet();
    gave(await wallet.begin({ txPayload: payload }));
    gave(await wallet.act('external', { payload: await it.external('ada@example.com') }));
    gave(await wallet.press('passkey:reg'));
    await shopper.expect(BEGUN, 'POST mfa/third-party/verify 401', 'POST mfa/passkey/reg 200');
    return shopper;
  };
  return it;
}

const types = ({ remainingFactors }) => remainingFactors.map(({ type }) => type);

function journeys(engine, sdk) {
  const it = world(engine, sdk);

  test('without a passkey the bank signs in, and a passkey is made; from then on the wallet is in a frame', async (t) => {
    const shopper = await it.shopper(t);
    const first = await shopper.visit();
    assert.equal(await first.checkOut(), undefined);
    assert.equal(await first.outcome(), 'another way');
    const merchant = await first.merchantTrustId();
    await shopper.expect('POST mfa/discover 404');

    const page = await shopper.goToWallet(merchant);
    const begun = gave(await page.begin({ txPayload: 'order 1', traceId: 'trace-1' }));
    assert.deepEqual(types(begun), ['passkey:auth', 'external']);
    assert.equal(begun.merchantTrustId, undefined);
    const bank = gave(await page.act('external', { payload: await it.external('ada@example.com') }));
    assert.deepEqual(types(bank), ['passkey:reg']);
    const made = gave(await page.press('passkey:reg', { displayName: 'Ada' }));
    await it.confirmed(made, 'order 1', { amr: ['external', 'passkey'], merchant });
    await shopper.expect(BEGUN, 'POST mfa/third-party/verify 401', 'POST mfa/passkey/reg 200');

    const topOrigin = it.checkout.merchantOrigins[0];
    const second = await shopper.visit();
    const wallet = await second.checkOut();
    const known = gave(await wallet.begin({ txPayload: 'order 2, draft' }));
    assert.deepEqual([known.nextAction, types(known)], ['passkey:tx', ['passkey:tx', 'external']]);
    const paid = gave(await wallet.press('passkey:tx', { txPayload: 'order 2, final €' }));
    await it.confirmed(paid, 'order 2, final €', { topOrigin, merchant });
    assert.equal(await second.outcome(), 'confirmed');
    await shopper.expect('POST mfa/discover 204', BEGUN, 'POST mfa/payload 200', TX, LISTED);

    // The shop remembers, and asks no more.
    const third = await (await shopper.visit()).checkOut();
    gave(await third.begin({ txPayload: 'order 3' }));
    await it.confirmed(gave(await third.press('passkey:tx')), 'order 3', { topOrigin, merchant });
    await shopper.expect(BEGUN, TX, LISTED);
  });

  test('a browser that is not known shows its passkey, by autofill, and is known from then on', async (t) => {
    const { device } = await it.customer(t);
    const shopper = await it.shopper(t, { from: device });
    const shop = await shopper.visit();
    await shop.checkOut();
    const merchant = await shop.merchantTrustId();
    const page = await shopper.goToWallet(merchant);
    assert.deepEqual(types(gave(await page.begin({ txPayload: 'order 4' }))), ['passkey:auth', 'external']);
    await it.confirmed(gave(await page.act('passkey:auth', { autoFill: true })), 'order 4', { merchant });
    await shopper.expect('POST mfa/discover 404', BEGUN, AUTH, LISTED);
    const wallet = await (await shopper.visit()).checkOut();
    assert.equal(gave(await wallet.begin({ txPayload: 'order 5' })).nextAction, 'passkey:tx');
    await shopper.expect('POST mfa/discover 204', BEGUN);
  });

  test('a person who gives up in the frame may try again', async (t) => {
    const shopper = await it.customer(t);
    const wallet = await (await shopper.visit()).checkOut();
    gave(await wallet.begin({ txPayload: 'order 6' }));
    await shopper.device.verifiesUser(false);
    const refused = await wallet.press('passkey:tx');
    assert.equal(refused.error.code, 'ERROR_GENERAL_ERROR', JSON.stringify(refused));
    await shopper.device.verifiesUser(true);
    gave(await wallet.press('passkey:tx'));
    await shopper.expect('POST mfa/discover 204', BEGUN, 'POST client-events/submit 200', TX, LISTED);
  });
}

function acrossSites(engine, sdk) {
  const hosts = { merchants: ['shop.localhost', 'market.localhost'], wallet: 'wallet.localhost' };

  describe('with a storage for each pair of them', () => {
    const it = world(engine, sdk, { hosts, browser: { partitioned: true } });

    test('a frame is known in the shop where its person signed in in it, and in no other', async (t) => {
      const { device } = await it.customer(t);
      const shopper = await it.shopper(t, { from: device });
      const [topOrigin, market] = it.checkout.merchantOrigins;
      const first = await shopper.visit(topOrigin);
      assert.equal(await first.checkOut(), undefined);
      const wallet = await first.frame();
      assert.equal(gave(await wallet.begin({ txPayload: 'order 7' })).nextAction, 'passkey:auth');
      await it.confirmed(gave(await wallet.press('passkey:auth')), 'order 7', { topOrigin });
      // The browser keeps no cookie for a frame of another site, so that the wallet has no token to ask for a list with.
      await shopper.expect('POST mfa/discover 404', BEGUN, AUTH);

      const second = await shopper.visit(topOrigin);
      const known = await second.checkOut();
      assert.equal(gave(await known.begin({ txPayload: 'order 8' })).nextAction, 'passkey:tx');
      await it.confirmed(gave(await known.press('passkey:tx')), 'order 8', { topOrigin });
      assert.equal(await second.outcome(), 'confirmed');
      await shopper.expect('POST mfa/discover 204', BEGUN, TX);

      assert.equal(await (await shopper.visit(market)).checkOut(), undefined);
      await shopper.expect('POST mfa/discover 404');
    });

    test('a passkey is made in a frame of another site', async (t) => {
      const shopper = await it.shopper(t);
      const [topOrigin] = it.checkout.merchantOrigins;
      const wallet = await (await shopper.visit(topOrigin)).frame();
      gave(await wallet.begin({ txPayload: 'order 9' }));
      gave(await wallet.act('external', { payload: await it.external('bea@example.com') }));
      const made = gave(await wallet.press('passkey:reg'));
      await it.confirmed(made, 'order 9', { amr: ['external', 'passkey'], username: 'bea@example.com', topOrigin });
    });

    test('a frame of a page that the wallet does not name is refused', async (t) => {
      for (const [merchant, expected] of it.checkout.merchantOrigins.map((origin, place) => [origin, place === 0])) {
        const shopper = await it.shopper(t, { appId: 'choosy' });
        const wallet = await (await shopper.visit(merchant)).frame();
        gave(await wallet.begin({ txPayload: 'order 12' }));
        gave(await wallet.act('external', { payload: await it.external(`cyd ${merchant}`, 'choosy') }));
        const { value, error } = await wallet.press('passkey:reg');
        assert.equal(value?.isComplete ?? false, expected, JSON.stringify(error));
        if (!expected) assert.deepEqual([error.status, error.body.msgCode], [400, 'bad_request']);
      }
    });
  });

  describe('without a storage', () => {
    const it = world(engine, sdk, { hosts });

    test('a frame can begin nothing, and a window of the wallet knows its person in every shop', async (t) => {
      const shopper = await it.customer(t);
      const shop = await shopper.visit(it.checkout.merchantOrigins[1]);
      const frame = await shop.frame();
      assert.ok((await frame.discover()).error);
      await shopper.expect('POST mfa/discover 400');
      assert.ok((await frame.begin({ txPayload: 'order 10' })).error);
      const merchant = await shop.merchantTrustId();
      const popup = await shop.popUp(merchant);
      assert.equal(gave(await popup.begin({ txPayload: 'order 11' })).nextAction, 'passkey:tx');
      await it.confirmed(gave(await popup.press('passkey:tx')), 'order 11', { merchant });
      await shopper.expect(BEGUN, TX, LISTED);
    });
  });
}

const PUBLISHED_MERCHANT = {
  name: 'by npm’s merchant SDK and the real wallet SDK',
  skip: THEIRS.skip,
  modules: { ...THEIRS.modules, merchant: fileURLToPath(import.meta.resolve('@loginid/checkout-merchant')) },
};

onEachDatabase('A checkout', (engine) => {
  for (const sdk of [OURS, THEIRS, PUBLISHED_MERCHANT]) {
    describe(`${sdk.name}, on one site`, { skip: sdk.skip }, () => journeys(engine, sdk));
  }
  for (const sdk of [OURS, THEIRS]) describe(`${sdk.name}, across sites`, { skip: sdk.skip }, () => acrossSites(engine, sdk));
});
