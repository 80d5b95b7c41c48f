// The three journeys of a checkout, in Chromium: the wallet's page lies in a frame of the merchant's, its key is made with
// WebCrypto and never leaves the browser, and what was confirmed is checked with a stock library.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { launchBrowser } from '../harness/browser.mjs';
import { startCheckout } from '../harness/checkout.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { API_KEY, connectLoginId } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

onEachDatabase('a checkout', (engine) => {
  let server, api, browser, checkout, keys, device;
  before(async () => {
    server = await startServer(engine);
    api = connectLoginId(server);
    checkout = await startCheckout();
    browser = await launchBrowser();
    device = await browser.newDevice();
    keys = createRemoteJWKSet(new URL(`${server.url.replace('localhost', '127.0.0.1')}/fido2/v2/.well-known/jwks.json`));
  });
  after(async () => {
    await browser?.close();
    await checkout?.close();
    await server?.end();
  });

  const visit = (on, order) => checkout.visit(on, server.url, order);

  async function assertConfirmed({ status, answer, clientData, error }, payload, amr) {
    assert.equal(error, undefined);
    assert.equal(status, 200, JSON.stringify(answer));
    assert.equal(Buffer.from(answer.payload, 'base64url').toString(), payload);
    const { payload: claims } = await jwtVerify(answer.payloadSignature, keys, { audience: 'test' });
    assert.equal(claims.tokenType, 'payloadSignature');
    assert.equal(claims.username, 'ada@example.com');
    assert.deepEqual(claims.amr, amr);
    const hash = createHash('sha256').update(payload + claims.traceId + claims.lNonce).digest('base64url');
    assert.equal(claims.txHash, hash);
    assert.equal(clientData.challenge, hash);
    assert.equal(clientData.origin, checkout.walletOrigin);
    assert.equal(clientData.crossOrigin, true);
    assert.equal(clientData.topOrigin ?? checkout.merchantOrigin, checkout.merchantOrigin);
    await jwtVerify(answer.accessToken, keys, { audience: 'test' });
  }

  test('journey 3: without a passkey the bank signs in, and a passkey is made', async () => {
    const page = await visit(device, 'order 1');
    assert.equal(await page.discover(), 404);
    assert.deepEqual(await page.begin(), ['passkey:auth', 'external']);
    const granted = await api.post('/mgmt/grant/external-auth', { username: 'ada@example.com' }, { key: API_KEY });
    assert.equal(granted.status, 200, granted.text);
    assert.deepEqual(await page.external(granted.body.token), [401, ['passkey:reg']]);
    assert.equal(await page.nextAction(), 'passkey:reg');
    await assertConfirmed(await page.pay(), 'order 1', ['external', 'passkey']);
    assert.equal((await device.passkeys()).length, 1);
  });

  test('journey 1: a browser that is known confirms, with the final text of the order', async () => {
    const page = await visit(device, 'order 2, draft');
    assert.equal(await page.discover(), 204);
    assert.deepEqual(await page.begin(), ['passkey:tx', 'external']);
    assert.equal(await page.nextAction(), 'passkey:tx');
    assert.deepEqual(await page.options(), ['assertionOptions', 'merchantTrustID', 'walletTrustID']);
    assert.deepEqual(await page.replacePayload('order 2, final €'), ['passkey:tx', 'external']);
    await assertConfirmed(await page.pay(), 'order 2, final €', ['passkey']);
    const again = await page.pay();
    assert.equal(again.status, 401);
    assert.equal(again.answer.msgCode, 'unauthorized');
  });

  test('journey 2: a browser that is not known shows its passkey, and is known from then on', async () => {
    const other = await browser.newDevice();
    await other.receive(await device.passkeys());
    const page = await visit(other, 'order 3');
    assert.equal(await page.discover(), 404);
    assert.deepEqual(await page.begin(), ['passkey:auth', 'external']);
    await assertConfirmed(await page.pay(), 'order 3', ['passkey']);
    assert.equal(await page.discover(), 204);
    await other.close();
  });
});
