// LoginID's packages as npm has them. The web SDK there is an older one than those of its repository, and speaks the same
// protocol but for one answer: a confirmed transaction, which it wants to keep as if it were a sign-in.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { LoginIDService } from '@loginid/websdk3';
import { decodeJwt } from 'jose';

import { launchBrowser } from '../harness/browser.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { BACKEND_KEY, createVisits, OURS, serveSite, startApplications } from '../harness/loginid-sdk.mjs';

const file = (name) => fileURLToPath(import.meta.resolve(name));
const modules = {
  published: file('@loginid/websdk3'),
  merchant: file('@loginid/checkout-merchant'),
  'ua-parser': file('ua-parser-js'),
};

const PAGE = `<title>A shop</title>
<script type="importmap">{ "imports": { "ua-parser-js": "data:text/javascript,export const UAParser = window.UAParser" } }</script>
<script src="/ua-parser.mjs"></script>
<input autocomplete="username webauthn" aria-label="username">
<script type="module">
  import { LoginIDWebSDK } from '/published.mjs';
  import { LoginIDMerchantCheckout } from '/merchant.mjs';
  import { LoginIDMfa } from '/loginid.mjs';
  window.use = (config) => {
    window.sdk = new LoginIDWebSDK(config);
    window.flows = {
      merchantTrustId: () => LoginIDMerchantCheckout.getMerchantTrustId(),
      /** A wallet's sign-in with what the merchant's page gave it. */
      async pay(merchantTrustId) {
        const wallet = new LoginIDMfa(config);
        await wallet.beginFlow('', { txPayload: 'order 1', merchantTrustId });
        return wallet.performAction('passkey:auth');
      },
    };
  };
</script>`;

onEachDatabase('LoginID’s packages of npm', (engine) => {
  let site, server, browser;
  before(async () => {
    site = await serveSite({ modules, page: () => PAGE });
    server = await startApplications(engine, { shop: { website: site.origin } });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
    await server?.end();
  });

  const visits = createVisits(OURS, new Map());
  const visit = (t) => visits(t, browser, site.origin, { baseUrl: `${server.url}/apps/shop`, appId: 'shop' });

  const REGISTERED = ['POST reg/init 200', 'POST reg/complete 200'];
  const SIGNED_IN = ['POST auth/init 200', 'POST auth/complete 200'];

  test('the web SDK registers, signs in, and keeps passkeys', async (t) => {
    const { get, call, expect } = await visit(t);
    const { jwtAccess } = await get('registerWithPasskey', 'ada@example.com', { displayName: 'Ada' });
    assert.equal(await get('isLoggedIn'), true);
    assert.deepEqual(await get('getUser'), { username: 'ada@example.com', id: decodeJwt(jwtAccess).sub });
    const [passkey] = await get('listPasskeys');
    assert.equal(await get('renamePasskey', passkey.id, 'Mine'), null);
    assert.equal((await get('listPasskeys'))[0].name, 'Mine');
    await get('signout');
    assert.equal(await get('isLoggedIn'), false);
    await expect(...REGISTERED, 'GET passkeys 200', 'PUT passkeys/ID 204', 'GET passkeys 200');
    for (const [method, ...words] of [['authenticateWithPasskey', 'ada@example.com'], ['authenticateWithPasskey'], ['enablePasskeyAutofill']]) {
      assert.equal(decodeJwt((await get(method, ...words)).jwtAccess).username, 'ada@example.com');
      await expect(...SIGNED_IN);
    }
    assert.equal((await call('addPasskey', 'ada@example.com')).error.code, 'ERROR_PASSKEY_EXISTS');
    assert.equal(await get('deletePasskey', passkey.id), null);
    await get('signout');
    assert.deepEqual((await call('listPasskeys')).error.body.msgCode, 'unauthorized');
    await expect('POST reg/init 200', 'DELETE passkeys/ID 204', 'GET passkeys 401');
  });

  test('a code that one device shows adds a passkey on another', async (t) => {
    const laptop = await visit(t);
    await laptop.get('registerWithPasskey', 'bea@example.com');
    await laptop.get('signout');
    const { code } = await laptop.get('generateCodeWithPasskey', 'bea@example.com');
    await laptop.expect(...REGISTERED, ...SIGNED_IN, 'POST auth/otp 200');
    const phone = await visit(t);
    await phone.get('addPasskeyWithCode', 'bea@example.com', code);
    assert.equal((await phone.get('listPasskeys')).length, 2);
    await phone.expect('POST auth/otp/verify 200', ...REGISTERED, 'GET passkeys 200');
    const spent = await phone.call('authenticateWithCode', 'bea@example.com', code);
    assert.deepEqual([spent.error.status, spent.error.body.msgCode], [400, 'bad_request']);
  });

  test('a merchant’s trust id comes back as a token that its back end can check', async (t) => {
    const { get, flow } = await visit(t);
    await get('registerWithPasskey', 'cyd@example.com');
    const { value: given } = await flow('merchantTrustId');
    const { value, error } = await flow('pay', given);
    assert.equal(error, undefined, JSON.stringify(error));
    assert.equal(decodeJwt(value.merchantTrustId).trustId, decodeJwt(given).id);
    assert.equal((await server.backend('shop').post('/mgmt/token/verify', { jwtAccess: value.merchantTrustId })).status, 204);
  });

  test('the generated client of a back end keeps profiles, grants and checks tokens', async (t) => {
    const { get, expect } = await visit(t);
    const { jwtAccess } = await get('registerWithPasskey', 'dot@example.com');
    const id = decodeJwt(jwtAccess).sub;
    const BASE = `http://127.0.0.1:${server.port}/apps/shop`;
    const key = `${BACKEND_KEY}-shop`;
    for (const credentials of [{ TOKEN: key }, { USERNAME: key, PASSWORD: 'ignored' }, { HEADERS: { Authorization: key } }]) {
      const api = new LoginIDService({ BASE, ...credentials });
      assert.equal(await api.mgmt.mgmtTokenVerify({ requestBody: { jwtAccess } }), undefined);
    }
    const api = new LoginIDService({ BASE, TOKEN: key });
    assert.match((await api.version.versionVersionShow()).version, /^\d+\.\d+\.\d+/);
    const email = 'second@example.com';
    await api.profile.profileProfileEmailUpdate({ id, requestBody: { email } });
    const proof = { authCode: await server.codeFor(email), username: 'dot@example.com' };
    await api.profile.profileProfileEmailVerify({ requestBody: proof });
    const phoneNumber = '+15550100';
    await api.profile.profileProfilePhoneUpdate({ id, requestBody: { phoneNumber, messagingConsent: true } });
    await api.profile.profileProfilePhoneVerify({ requestBody: { authCode: await server.codeFor(phoneNumber), username: phoneNumber } });
    await api.profile.profileProfilePhoneDelete({ id });
    await assert.rejects(api.profile.profileProfilePhoneDelete({ id }), { name: 'ApiError', status: 404 });
    const { token } = await api.mgmt.mgmtGrantCreate({ requestBody: { grants: ['passkey:read'], username: email } });
    assert.equal((await get('listPasskeys', { token })).length, 1);
    await api.profile.profileProfileDelete({ id });
    const orphan = new LoginIDService({ BASE }).passkeys.passkeysPasskeysList({ authorization: jwtAccess });
    await assert.rejects(orphan, { name: 'ApiError', status: 404 });
    await expect(...REGISTERED, 'GET passkeys 200');
    const known = await server.backend('shop').get(`/mgmt/users?username=${email}`);
    assert.equal(known.status, 404);
  });
});
