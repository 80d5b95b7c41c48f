// Every call of LoginID's web SDK in Chromium, with a virtual authenticator: made by a page of ours, and by the SDK
// itself where `PASSKEYD_LOGINID_SDK` names it. Both must send the same, in the same order. The page's origin is not
// the server's.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { launchBrowser, PASSWORDLESS_SDK, SECURITY_KEY } from '../harness/browser.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { createVisits, OURS, serveSite, startApplications, THEIRS } from '../harness/loginid-sdk.mjs';

const PAGE = `<title>A shop</title>
<input autocomplete="username webauthn" aria-label="username">
<script type="module">
  import { LoginIDWebSDK } from '/web.mjs';
  import { Client } from '/passwordless.mjs';
  window.use = (config) => { window.sdk = new LoginIDWebSDK(config); };
  window.flows = {
    /** Signs in, and tells what the page was called back with. */
    async calledBack(username) {
      const heard = [];
      const result = await sdk.authenticateWithPasskey(username, { callbacks: {
        onFallback: async (...given) => { heard.push(['fallback', ...given]); },
        onSuccess: async ({ userId }) => { heard.push(['success', userId]); },
      } });
      return { result, heard };
    },
    async abandoned() {
      const abortController = new AbortController();
      setTimeout(() => abortController.abort(), 300);
      return sdk.authenticateWithPasskeyAutofill({ abortController });
    },
    /** The other surface's SDK, on the same page. */
    passwordless: (settings, method, ...words) => new Client(settings)[method](...words),
  };
</script>`;

const sentByOurs = new Map();

function suite(engine, sdk) {
  let site, server, browser, stranger;
  before(async () => {
    const modules = { ...sdk.modules, passwordless: PASSWORDLESS_SDK };
    site = await serveSite({ modules, page: () => PAGE });
    stranger = await serveSite({ modules, page: () => PAGE });
    const website = site.origin;
    server = await startApplications(engine, {
      shop: { website },
      locked: { website, registrationRequiresToken: true },
      helped: { website, fallbackMethods: ['ciam'] },
      elsewhere: { website: 'http://shop.localhost', origins: [website] },
    });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
    await stranger?.close();
    await server?.end();
  });

  const at = (app) => ({ baseUrl: `${server.url}/apps/${app}`, appId: app });

  const visits = createVisits(sdk, sentByOurs);
  const visit = (t, { config = at('shop'), origin = site.origin, ...device } = {}) => visits(t, browser, origin, config, device);

  const verified = async (token, issuer = `${server.url}/apps/shop`) => {
    const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${server.port}/apps/shop/fido2/v2/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, { audience: 'shop', issuer });
    assert.equal((await server.backend('shop').post('/mgmt/token/verify', { jwtAccess: token })).status, 204);
    return payload;
  };

  const REGISTERED = ['POST reg/init 200', 'POST reg/complete 200'];
  const SIGNED_IN = ['POST auth/init 200', 'POST auth/complete 200'];
  const LISTED = 'GET passkeys 200';

  test('the configuration is found good, or wrong by name', async (t) => {
    const good = await visit(t);
    assert.deepEqual(await good.get('verifyConfigSettings'), { isValid: true });
    await good.expect('POST auth/init 200');
    const host = await visit(t, { config: { baseUrl: `http://shop.localhost:${server.port}` } });
    assert.deepEqual(await host.get('verifyConfigSettings'), { isValid: true });
    await host.expect('POST auth/init 200');
    const unknown = await visit(t, { config: { baseUrl: server.url, appId: 'nobody' } });
    const { isValid, code, message } = await unknown.get('verifyConfigSettings');
    assert.deepEqual([isValid, code, message], [false, 'not_found', 'There is no such application.']);
    await unknown.expect('POST auth/init 404');
    const dotless = await visit(t, { config: { baseUrl: server.url } });
    assert.equal((await dotless.get('verifyConfigSettings')).code, 'invalid_app_id');
    await dotless.expect();
  });

  test('a passkey is made, and its owner is signed in', async (t) => {
    const { device, call, get, expect } = await visit(t);
    assert.equal(await get('getSessionInfo'), null);
    const made = await get('createPasskey', 'ada@example.com', '', { usernameType: 'email', displayName: 'Ada', passkeyName: 'Work' });
    await expect(...REGISTERED);
    assert.equal(made.isAuthenticated, true);
    const payload = await verified(made.token);
    assert.equal(payload.sub, made.userId);
    assert.equal(payload.credID, made.passkeyId);
    assert.deepEqual(await get('getSessionInfo'), { username: 'ada@example.com', id: made.userId, rpId: 'localhost' });
    const [stored] = await device.passkeys();
    assert.equal(Buffer.from(stored.userHandle, 'base64').toString('base64url'), made.userId);
    const cookies = await device.page.context().cookies(site.origin);
    const cookie = cookies.find(({ name }) => name === 'LoginID_shop_token');
    assert.equal(cookie.value, made.token);
    assert.ok(Math.abs(cookie.expires - payload.exp) <= 1);
    const known = await server.backend('shop').get('/mgmt/users?username=ada@example.com');
    assert.deepEqual(known.body.devices.map(({ deviceId }) => deviceId), [made.deviceId]);
    assert.equal(known.body.passkeys[0].name, 'Work');

    // One authenticator holds one passkey of a user; the page is told, and so is the server.
    const again = await call('createPasskey', 'ada@example.com');
    assert.equal(again.error.code, 'ERROR_PASSKEY_EXISTS', JSON.stringify(again));
    await expect('POST reg/init 200', 'POST client-events/submit 200');
  });

  test('sign-in works by name, without a name and by autofill, at a host named after the application', async (t) => {
    const baseUrl = `http://shop.localhost:${server.port}`;
    const { get, flow, expect } = await visit(t, { config: { baseUrl } });
    const made = await get('createPasskey', 'bea');
    await get('logout');
    assert.equal(await get('getSessionInfo'), null);
    await expect(...REGISTERED);
    const known = ({ userId, passkeyId, deviceId }) => ({ userId, passkeyId, deviceId });
    const named = await get('authenticateWithPasskey', 'bea');
    assert.deepEqual(known(named), known(made));
    assert.equal((await verified(named.token, baseUrl)).username, 'bea');
    await expect(...SIGNED_IN);
    const unnamed = await get('authenticateWithPasskey');
    assert.deepEqual(known(unnamed), known(made));
    await expect(...SIGNED_IN, LISTED);
    const filled = await get('authenticateWithPasskeyAutofill');
    assert.deepEqual(known(filled), known(made));
    await expect(...SIGNED_IN, LISTED);
    const { value } = await flow('calledBack', 'bea');
    assert.deepEqual(value.heard, [['success', made.userId]]);
    await expect(...SIGNED_IN, LISTED);
  });

  test('a person who gives up, and one whom the authenticator does not know, are not signed in', async (t) => {
    const { device, call, get, flow, expect } = await visit(t);
    await get('createPasskey', 'cyd');
    await get('logout');
    await expect(...REGISTERED);
    await device.answers(false);
    const abandoned = await flow('abandoned');
    assert.equal(abandoned.error.code, 'ERROR_PASSKEY_ABORTED', JSON.stringify(abandoned));
    await expect('POST auth/init 200');
    await device.answers(true);
    await device.verifiesUser(false);
    const refused = await call('authenticateWithPasskey', 'cyd');
    assert.equal(refused.error.code, 'ERROR_GENERAL_ERROR', JSON.stringify(refused));
    await expect('POST auth/init 200', 'POST client-events/submit 200');
    assert.equal(await get('getSessionInfo'), null);
    await device.verifiesUser(true);
    await get('authenticateWithPasskey', 'cyd');
    await expect(...SIGNED_IN);
  });

  test('a name that nobody has is refused, or goes the way that the application has for it', async (t) => {
    const plain = await visit(t);
    const { error } = await plain.call('authenticateWithPasskey', 'nobody');
    assert.deepEqual([error.name, error.status, error.body.msgCode], ['ApiError', 404, 'not_found']);
    await plain.expect('POST auth/init 404');
    const helped = await visit(t, { config: at('helped') });
    const { value } = await helped.flow('calledBack', 'nobody');
    assert.deepEqual(value.heard, [['fallback', 'nobody', ['ciam']]]);
    assert.deepEqual([value.result.isAuthenticated, value.result.isFallback], [false, true]);
    await helped.expect('POST auth/init 200');
  });

  test('somebody without a passkey is sent a code by mail, and makes one', async (t) => {
    const email = 'dot@example.com';
    const { get, flow, call, expect } = await visit(t);
    const made = await get('createPasskey', email, '', { usernameType: 'email' });
    await get('deletePasskey', made.passkeyId);
    await get('logout');
    await expect(...REGISTERED, 'DELETE passkeys/ID 204', LISTED);
    const { value } = await flow('calledBack', email);
    assert.deepEqual(value.heard, [['fallback', email, ['otp:email']]]);
    await get('requestAndSendOtp', email, 'email');
    const code = await server.codeFor(email);
    const wrong = await call('validateOtp', email, code === '000000' ? '000001' : '000000');
    assert.deepEqual([wrong.error.status, wrong.error.body.msgCode], [400, 'bad_request']);
    const proven = await get('validateOtp', email, code);
    assert.equal((await verified(proven.token)).sub, made.userId);
    await expect('POST auth/init 200', 'POST auth/otp/email 204', 'POST auth/otp/verify 400', 'POST auth/otp/verify 200');
    const second = await get('createPasskey', email);
    assert.equal(second.userId, made.userId);
    await expect(...REGISTERED);
  });

  test('a code goes out by text message to a number with consent', async (t) => {
    const { get, call, expect } = await visit(t);
    const made = await get('createPasskey', 'eli');
    const phoneNumber = '+46701740605';
    const added = { phoneNumber, messagingConsent: true, requestVerification: false };
    assert.equal((await server.backend('shop').post(`/profile/${made.userId}/phone`, added)).status, 204);
    await get('logout');
    await get('requestAndSendOtp', phoneNumber, 'sms', { usernameType: 'phone' });
    const proven = await get('validateOtp', phoneNumber, await server.codeFor(phoneNumber), { usernameType: 'phone' });
    assert.equal(proven.userId, made.userId);
    await get('requestAndSendOtp', 'nobody@example.com');
    const strange = await call('validateOtp', 'nobody@example.com', '123456');
    assert.deepEqual([strange.error.status, strange.error.body.msgCode], [400, 'bad_request']);
    await expect(...REGISTERED, 'POST auth/otp/sms 204', 'POST auth/otp/verify 200', 'POST auth/otp/email 204', 'POST auth/otp/verify 400');
  });

  test('a code from one device signs another one in, which makes a passkey of its own', async (t) => {
    const name = 'Fäy 💶';
    const laptop = await visit(t);
    const made = await laptop.get('createPasskey', name);
    const shown = await laptop.get('requestOtp', name);
    await laptop.expect(...REGISTERED, 'POST auth/otp 200');
    assert.match(shown.code, /^\d{6}$/);
    assert.ok(Date.parse(shown.expiresAt) > Date.now());
    const phone = await visit(t);
    const proven = await phone.get('validateOtp', name, shown.code);
    assert.equal(proven.userId, made.userId);
    const second = await phone.get('createPasskey', name);
    assert.equal(second.userId, made.userId);
    assert.notEqual(second.deviceId, made.deviceId);
    assert.equal((await phone.get('listPasskeys')).length, 2);
    await phone.expect('POST auth/otp/verify 200', ...REGISTERED, LISTED);
    await laptop.get('logout');
    const anew = await laptop.get('requestOtp', name);
    assert.notEqual(anew.code, shown.code);
    await laptop.expect(...SIGNED_IN, 'POST auth/otp 200');
  });

  test('a device that can reach no passkey of its person is sent another way', async (t) => {
    const laptop = await visit(t);
    const made = await laptop.get('createPasskey', 'quo');
    const key = { ...SECURITY_KEY, hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
    const { get, flow, expect } = await visit(t, { authenticator: key });
    const { value } = await flow('calledBack', 'quo');
    assert.deepEqual(value.heard, [['fallback', 'quo', ['otp']]]);
    const { code } = await laptop.get('requestOtp', 'quo');
    await get('validateOtp', 'quo', code);
    assert.equal((await get('createPasskey', 'quo', '', { crossPlatform: true })).userId, made.userId);
    await get('logout');
    assert.equal((await get('authenticateWithPasskey', 'quo')).userId, made.userId);
    await expect('POST auth/init 200', 'POST auth/otp/verify 200', ...REGISTERED, ...SIGNED_IN);
  });

  test('a transaction is confirmed, and its token says what was signed', async (t) => {
    const { get, call, expect } = await visit(t);
    const made = await get('createPasskey', 'gil');
    const payload = 'Payment of $100 to John Doe 💶';
    const nonce = 'f846bb01-492e-422b-944a-44b04adc441e';
    const confirmed = await get('confirmTransaction', 'gil', payload, { txType: 'payment', nonce });
    await expect(...REGISTERED, 'POST tx/init 200', 'POST tx/complete 200', LISTED);
    assert.equal(confirmed.credentialId, made.passkeyId);
    assert.equal(confirmed.authCred.id, made.passkeyId);
    const claims = await verified(confirmed.token);
    assert.deepEqual([claims.nonce, claims.txType, claims.username], [nonce, 'payment', 'gil']);
    assert.equal(claims.txHash, createHash('sha256').update(payload + nonce + claims.lNonce).digest('base64url'));
    await get('logout');
    await get('confirmTransaction', 'gil', 'once more');
    const strange = await call('confirmTransaction', 'nobody', payload);
    assert.deepEqual([strange.error.status, strange.error.body.msgCode], [404, 'not_found']);
    await expect('POST tx/init 200', 'POST tx/complete 200', 'POST tx/init 404');
  });

  test('passkeys are listed, renamed and deleted, whatever slash the base URL ends in', async (t) => {
    const { device, get, call, expect } = await visit(t, { config: { baseUrl: `${server.url}/apps/shop/`, appId: 'shop' } });
    const made = await get('createPasskey', 'hal');
    const [passkey] = await get('listPasskeys');
    const [stored] = await device.passkeys();
    assert.equal(passkey.id, made.passkeyId);
    assert.equal(passkey.credentialId, Buffer.from(stored.credentialId, 'base64').toString('base64url'));
    assert.equal(passkey.credentialSynced, false);
    assert.equal(await get('renamePasskey', passkey.id, 'My laptop'), undefined);
    assert.equal((await get('listPasskeys'))[0].name, 'My laptop');
    const unknown = await call('renamePasskey', made.userId, 'nobody’s');
    assert.deepEqual([unknown.error.status, unknown.error.body.msgCode], [404, 'not_found']);
    const empty = await call('renamePasskey', passkey.id, ' ');
    assert.deepEqual([empty.error.status, empty.error.body.msgCode], [400, 'bad_request']);
    assert.equal(await get('deletePasskey', passkey.id), undefined);
    await expect(
      ...REGISTERED, LISTED, 'PUT passkeys/ID 204', LISTED, 'PUT passkeys/ID 404', 'PUT passkeys/ID 400', 'DELETE passkeys/ID 204', LISTED,
    );
    assert.deepEqual(await get('listPasskeys'), []);
    await get('logout');
    for (const [method, ...words] of [['listPasskeys'], ['renamePasskey', passkey.id, 'x'], ['deletePasskey', passkey.id]]) {
      const { error } = await call(method, ...words);
      assert.deepEqual([error.status, error.body.msgCode], [401, 'unauthorized']);
    }
    await expect(LISTED, 'GET passkeys 401', 'PUT passkeys/ID 401', 'DELETE passkeys/ID 401');
  });

  test('a back end’s token opens what it grants, for whom it names', async (t) => {
    const { get, call, expect } = await visit(t, { config: at('locked') });
    const refused = await call('createPasskey', 'ida');
    assert.deepEqual([refused.error.status, refused.error.body.msgCode], [401, 'unauthorized']);
    const grant = async (username, ...grants) => (await server.backend('locked').post('/mgmt/grant', { username, grants })).body.token;
    // The SDK leaves away a token that names somebody else.
    const foreign = await call('createPasskey', 'ida', await grant('jon', 'reg:write'));
    assert.deepEqual([foreign.error.status, foreign.error.body.msgCode], [401, 'unauthorized']);
    const narrow = await call('createPasskey', 'ida', await grant('ida', 'passkey:read'));
    assert.deepEqual([narrow.error.status, narrow.error.body.msgCode], [403, 'forbidden']);
    const made = await get('createPasskey', 'ida', await grant('ida', 'reg:write'));
    await expect('POST reg/init 401', 'POST reg/init 401', 'POST reg/init 403', ...REGISTERED);
    await get('logout');
    const authzToken = await grant('ida', 'passkey:read', 'passkey:write');
    const passkeys = await get('listPasskeys', { authzToken });
    assert.deepEqual(passkeys.map(({ id }) => id), [made.passkeyId]);
    await get('renamePasskey', made.passkeyId, 'Renamed', { authzToken });
    await get('deletePasskey', made.passkeyId, { authzToken });
    await expect(LISTED, 'PUT passkeys/ID 204', 'DELETE passkeys/ID 204');
  });

  test('a security key is asked for by name', async (t) => {
    const { get, expect } = await visit(t, { authenticator: { ...SECURITY_KEY, hasResidentKey: true, hasUserVerification: true, isUserVerified: true } });
    const made = await get('createPasskey', 'kim', '', { crossPlatform: true });
    await get('logout');
    assert.equal((await get('authenticateWithPasskey', 'kim')).userId, made.userId);
    await expect(...REGISTERED, ...SIGNED_IN);
  });

  test('a session that was used is refused', async (t) => {
    const { device, get, call, expect } = await visit(t);
    await get('createPasskey', 'rex');
    await get('logout');
    await expect(...REGISTERED);
    await device.page.route('**/complete', async (route) => {
      if (route.request().method() === 'POST') await route.fetch();
      await route.continue();
    });
    for (const [method, ...words] of [['authenticateWithPasskey', 'rex'], ['confirmTransaction', 'rex', 'x'], ['createPasskey', 'sue']]) {
      const { error } = await call(method, ...words);
      assert.deepEqual([error.status, error.body.msgCode], [400, 'bad_request']);
    }
    const twice = ['auth', 'tx', 'reg'].flatMap((kind) => [`POST ${kind}/init 200`, `POST ${kind}/complete 400`]);
    await expect(...twice);
    assert.equal(await get('getSessionInfo'), null);
  });

  test('whoever has a name keeps it, and who is switched off stays out', async (t) => {
    const owner = await visit(t);
    const made = await owner.get('createPasskey', 'lea');
    await owner.expect(...REGISTERED);
    const other = await visit(t);
    const refused = await other.call('createPasskey', 'lea');
    assert.deepEqual([refused.error.status, refused.error.body.msgCode], [401, 'unauthorized']);
    await other.expect('POST reg/init 401');
    assert.equal((await server.backend('shop').put(`/mgmt/users/${made.userId}/deactivate`)).status, 204);
    const inactive = await owner.call('authenticateWithPasskey', 'lea');
    assert.deepEqual([inactive.error.status, inactive.error.body.msgCode], [403, 'forbidden']);
    const unnamed = await owner.call('authenticateWithPasskey');
    assert.deepEqual([unnamed.error.status, unnamed.error.body.msgCode], [404, 'forbidden']);
    await owner.expect('POST auth/init 403', 'POST auth/init 200', 'POST auth/complete 404');
  });

  test('a make that is not wanted is refused, and the browser is told to forget the passkey', async (t) => {
    const { device, call, expect } = await visit(t, { config: at('helped') });
    const aaguid = '01020304-0506-0708-0102-030405060708'; // of Chromium's virtual authenticators
    const items = [{ aaguid, reg: true, auth: false }];
    assert.equal((await server.backend('helped').post('/mgmt/aaguid/blacklist', { items })).status, 204);
    const refused = await call('createPasskey', 'mia');
    assert.deepEqual([refused.error.status, refused.error.body.msgCode], [403, 'forbidden']);
    await expect('POST reg/init 200', 'POST reg/complete 403');
    assert.deepEqual(await device.passkeys(), []);
  });

  test('a passkey crosses to the Passwordless surface, and one of that surface signs in here', async (t) => {
    const { get, flow } = await visit(t);
    const key = async (scope) => (await server.command('key', 'create', '--app', 'shop', '--scope', scope)).key;
    const publicKey = await key('register,login');
    const client = connect({ url: server.url, publicKey, secretKey: await key('token_register,token_verify') });
    const settings = { apiUrl: server.url, apiKey: publicKey };
    const signedIn = async ({ value, error }) => {
      assert.equal(error, undefined, JSON.stringify(error));
      assert.equal(value.error, undefined, JSON.stringify(value.error));
      return (await client.backend.post('/signin/verify', { token: value.token })).body.userId;
    };
    const made = await get('createPasskey', 'ola');
    assert.equal(await signedIn(await flow('passwordless', settings, 'signinWithId', made.userId)), made.userId);

    const other = await visit(t);
    const { body } = await client.backend.post('/register/token', { userId: 'pia', username: 'pia' });
    assert.ok((await other.flow('passwordless', settings, 'register', body.token, 'made there')).value.token);
    assert.equal((await other.get('authenticateWithPasskey')).userId, Buffer.from('pia').toString('base64url'));
  });

  test('a page of another origin reads nothing, and one of another RP id gets no passkey', async (t) => {
    const foreign = await visit(t, { origin: stranger.origin });
    const { error } = await foreign.call('authenticateWithPasskey');
    assert.equal(error.name, 'TypeError');
    const mismatched = await visit(t, { config: at('elsewhere') });
    const refused = await mismatched.call('createPasskey', 'nia');
    assert.equal(refused.error.code, 'ERROR_DOMAIN_MISMATCH', JSON.stringify(refused));
    await mismatched.expect('POST reg/init 200', 'POST client-events/submit 200');
  });
}

onEachDatabase('The calls of LoginID’s web SDK', (engine) => {
  for (const sdk of [OURS, THEIRS]) describe(sdk.name, { skip: sdk.skip }, () => suite(engine, sdk));
});
