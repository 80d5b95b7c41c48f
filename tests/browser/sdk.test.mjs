// The published browser SDK in Chromium, against the built binary: what a site's visitor does.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { BUILT_IN, SECURITY_KEY, launchBrowser, startSite } from '../harness/browser.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { needs } from '../harness/features.mjs';
import { startServer } from '../harness/server.mjs';

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

onEachDatabase('The browser SDK', (engine) => {
  let server, site, client;
  before(async () => {
    server = await startServer(engine);
    site = await startSite();
    client = connect(server);
  });
  after(async () => {
    await site?.close();
    await server?.end();
  });

  const settings = (overrides = {}) => ({ apiUrl: server.url, apiKey: server.publicKey, ...overrides });

  async function visit({ authenticator, at = site, ...overrides } = {}) {
    const device = await browser.newDevice({ authenticator });
    return { device, sdk: await at.open(device, settings(overrides)) };
  }

  async function registerToken(userId, extra = {}) {
    const { status, body } = await client.backend.post('/register/token', { userId, username: `${userId}@example.com`, ...extra });
    assert.equal(status, 200, JSON.stringify(body));
    return body.token;
  }

  async function enrol(sdk, userId, extra) {
    const outcome = await sdk.register(await registerToken(userId, extra), `${userId}'s device`);
    assert.equal(outcome.error, undefined);
    return outcome.token;
  }

  async function verified(token) {
    const { status, body } = await client.backend.post('/signin/verify', { token });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  function refused({ token, error }, expected) {
    assert.equal(token, undefined);
    assert.equal(error.from, 'server');
    const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, error[name]]));
    assert.deepEqual(seen, expected);
  }

  test('a registration ends in a token that says who registered, and on what', async () => {
    const { device, sdk } = await visit();
    const user = await verified(await enrol(sdk, 'ada'));
    assert.equal(user.success, true);
    assert.equal(user.userId, 'ada');
    assert.equal(user.type, 'passkey_register');
    assert.equal(user.nickname, "ada's device");
    assert.equal(user.origin, site.origin);
    assert.equal(user.rpId, 'localhost');
    assert.equal(user.rpid, 'localhost');
    assert.match(user.device, /Chrome, \w+/);
    const [passkey] = await device.passkeys();
    assert.equal(user.credentialId, passkey.credentialId);
  });

  test('the SDK speaks the wire format that the contract describes', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'wes');
    const [begin, complete] = sdk.exchanges;
    assert.deepEqual([begin.path, complete.path], ['/register/begin', '/register/complete']);
    assert.equal(begin.headers.apikey, server.publicKey);
    assert.match(begin.headers['client-version'], /^js-/);
    assert.deepEqual(Object.keys(begin.sent), ['token', 'RPID', 'Origin']);
    assert.ok('AttestationObject' in complete.sent.response.response);
    assert.ok('clientDataJson' in complete.sent.response.response);
  });

  test('a sign-in by user id ends in a token for that user', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'bea');
    const { token } = await sdk.signinWithId('bea');
    const user = await verified(token);
    assert.deepEqual([user.userId, user.type, user.purpose], ['bea', 'passkey_signin', 'sign-in']);
  });

  test('a sign-in without a user id finds the passkey that the device holds', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'cyd');
    const { token } = await sdk.signinWithDiscoverable();
    assert.equal((await verified(token)).userId, 'cyd');
  });

  test('autofill signs in with the passkey that the device holds', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'dot');
    const { token } = await sdk.signinWithAutofill();
    assert.equal((await verified(token)).userId, 'dot');
  });

  test('the SDK finds that the browser can do all that it needs', async () => {
    const { sdk } = await visit();
    for (const question of ['isBrowserSupported', 'isPlatformSupported', 'isAutofillSupported']) {
      assert.equal(await sdk.call(question), true, question);
    }
  });

  test('a sign-in that was aborted ends at the client, and another one succeeds', async () => {
    const { device, sdk } = await visit();
    await enrol(sdk, 'abe');
    await device.answers(false);
    const { error } = await sdk.abortedAfter('/signin/begin', 'signinWithId', 'abe');
    assert.equal(error.from, 'client');
    await device.answers(true);
    const { token } = await sdk.signinWithId('abe');
    assert.equal((await verified(token)).userId, 'abe');
  });

  test('a sign-in by alias ends in a token for its owner', needs('aliases'), async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'eli', { aliases: [`eli-${engine}@example.com`] });
    const { token } = await sdk.signinWithAlias(`eli-${engine}@example.com`);
    assert.equal((await verified(token)).userId, 'eli');
  });

  test('a step-up asks for the user’s verification and says so in the token', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'fay');
    const { token } = await sdk.stepup({ signinMethod: { userId: 'fay' } });
    const user = await verified(token);
    assert.deepEqual([user.userId, user.purpose], ['fay', 'step-up']);
    assert.equal(Date.parse(user.expiresAt) - Date.parse(user.timestamp), 180_000);
  });

  test('a step-up for a purpose that nobody configured is a plain sign-in', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'gil');
    const { token } = await sdk.stepup({ signinMethod: { userId: 'gil' }, purpose: 'transfer' });
    assert.equal((await verified(token)).purpose, 'sign-in');
  });

  test('a security key without a PIN registers and signs in by user id', async () => {
    const { sdk } = await visit({ authenticator: SECURITY_KEY });
    await enrol(sdk, 'hal', { discoverable: false });
    const { token } = await sdk.signinWithId('hal');
    assert.equal((await verified(token)).userId, 'hal');
    const { body } = await client.backend.get('/credentials/list?userId=hal');
    assert.equal(body.values[0].isDiscoverable, false);
  });

  test('a passkey that was synced to another device signs in there', async () => {
    const synced = { ...BUILT_IN, defaultBackupEligibility: true, defaultBackupState: true };
    const phone = await visit({ authenticator: synced });
    await enrol(phone.sdk, 'ida');
    const laptop = await visit({ authenticator: synced });
    await laptop.device.receive(await phone.device.passkeys());
    const { token } = await laptop.sdk.signinWithDiscoverable();
    assert.equal((await verified(token)).userId, 'ida');
    const { body } = await client.backend.get('/credentials/list?userId=ida');
    assert.deepEqual([body.values[0].isBackupEligible, body.values[0].backupState], [true, true]);
  });

  test('a second passkey of the same user is refused by the device that holds the first', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'jan');
    const { error } = await sdk.register(await registerToken('jan'));
    assert.equal(error.from, 'client');
    assert.match(error.title, /excluded|already registered|InvalidState|credentials already/i);
  });

  test('a passkey that was deleted on the server is an unknown credential', async () => {
    const { sdk } = await visit();
    const { credentialId } = await verified(await enrol(sdk, 'kai'));
    const id = Buffer.from(credentialId, 'base64').toString('base64url');
    assert.equal((await client.backend.post('/credentials/delete', { credentialId: id })).status, 204);
    refused(await sdk.signinWithDiscoverable(), {
      status: 400,
      errorCode: 'unknown_credential',
      title: "We don't recognize the passkey you sent us.",
      credentialId: id,
    });
  });

  test('a signature that does not verify is refused, and the next good one is not', async () => {
    const { device, sdk } = await visit();
    await enrol(sdk, 'lea');
    await device.misbehaves({ isBogusSignature: true });
    refused(await sdk.signinWithId('lea'), { status: 400, errorCode: 'signin_complete_error' });
    await device.misbehaves();
    const { token } = await sdk.signinWithId('lea');
    assert.equal((await verified(token)).userId, 'lea');
  });

  test('a user who was not present is refused', async () => {
    const { device, sdk } = await visit();
    await enrol(sdk, 'max');
    await device.misbehaves({ isBadUP: true });
    refused(await sdk.signinWithId('max'), { status: 400, errorCode: 'signin_complete_error' });
  });

  test('a user who was not verified is refused where verification is required', async () => {
    const { device, sdk } = await visit();
    await enrol(sdk, 'ned');
    await device.misbehaves({ isBadUV: true });
    refused(await sdk.stepup({ signinMethod: { userId: 'ned' } }), { status: 400, errorCode: 'signin_complete_error' });
    const { token } = await sdk.signinWithId('ned');
    assert.equal((await verified(token)).userId, 'ned', 'a plain sign-in only prefers it');
  });

  test('a registration without the required verification is refused', async () => {
    const { device, sdk } = await visit();
    const token = await registerToken('oda', { userVerification: 'required' });
    await device.misbehaves({ isBadUV: true });
    refused(await sdk.register(token), { status: 400, errorCode: 'fido2_invalid_registration' });
  });

  test('a page that names another origin than its own is refused', async () => {
    const honest = await visit();
    await enrol(honest.sdk, 'pam');
    const { device, sdk } = await visit({ origin: 'http://localhost:1' });
    await device.receive(await honest.device.passkeys());
    refused(await sdk.signinWithDiscoverable(), { status: 400, errorCode: 'signin_complete_error' });
    refused(await sdk.register(await registerToken('pam2')), { status: 400, errorCode: 'fido2_invalid_registration' });
  });

  test('a page on a subdomain of localhost registers under its own RP id', async () => {
    const other = await startSite({ hostname: 'shop.localhost' });
    try {
      const { sdk } = await visit({ at: other });
      const user = await verified(await enrol(sdk, 'quy'));
      assert.deepEqual([user.rpId, user.origin], ['shop.localhost', other.origin]);
      const { token } = await sdk.signinWithDiscoverable();
      assert.equal((await verified(token)).userId, 'quy');
    } finally {
      await other.close();
    }
  });

  test('a token used at the wrong end is refused with the words for it', async () => {
    const { sdk } = await visit();
    const token = await enrol(sdk, 'ray');
    refused(await sdk.register(token), {
      status: 400,
      errorCode: 'invalid_token',
      title:
        "The token you sent was not correct. The token used for this endpoint should start with 'register_'. " +
        `Make sure you are not sending the wrong value. The value you sent started with '${token.slice(0, 10)}'`,
    });
    const unused = await registerToken('ray');
    const { status, body } = await client.backend.post('/signin/verify', { token: unused });
    assert.deepEqual([status, body.errorCode], [400, 'invalid_token']);
  });

  test('a page with a wrong key is told what is wrong', async () => {
    const token = await registerToken('sam');
    const { sdk } = await visit({ apiKey: 'test:public:00000000000000000000000000000000' });
    refused(await sdk.register(token), { status: 401, detail: "The value of your 'ApiKey' is not valid." });
    const secret = await visit({ apiKey: server.secretKey });
    refused(await secret.sdk.signinWithDiscoverable(), {
      status: 401,
      detail: "Your ApiKey header contained a ApiSecret instead of your 'ApiKey'.",
    });
  });

  test('a locked key stops at once, and works again when it is unlocked', async () => {
    const { sdk } = await visit();
    await enrol(sdk, 'tom');
    const keyId = server.publicKey.slice(-4);
    await server.command('key', 'lock', '--app', server.app, keyId);
    try {
      const deadline = Date.now() + 1_500;
      let outcome;
      do outcome = await sdk.signinWithId('tom');
      while (outcome.token && Date.now() < deadline);
      refused(outcome, { status: 401, errorCode: 'api_key_locked' });
    } finally {
      await server.command('key', 'unlock', '--app', server.app, keyId);
    }
    const deadline = Date.now() + 1_500;
    let outcome;
    do outcome = await sdk.signinWithId('tom');
    while (outcome.error && Date.now() < deadline);
    assert.equal((await verified(outcome.token)).userId, 'tom');
  });

  test('an api address that ends in a slash works', async () => {
    const { sdk } = await visit({ apiUrl: `${server.url}/` });
    const { token } = await enrol(sdk, 'una').then(() => sdk.signinWithDiscoverable());
    assert.equal((await verified(token)).userId, 'una');
  });

  test('what is listed after a registration is the passkey that the browser made', async () => {
    const { device, sdk } = await visit();
    await enrol(sdk, 'vic');
    const [passkey] = await device.passkeys();
    const { body } = await client.backend.get('/credentials/list?userId=vic');
    assert.equal(body.values.length, 1);
    const [listed] = body.values;
    assert.equal(listed.descriptor.id, Buffer.from(passkey.credentialId, 'base64').toString('base64url'));
    assert.equal(listed.aaGuid, '01020304-0506-0708-0102-030405060708');
    assert.equal(listed.attestationFmt, 'none');
    assert.equal(listed.isDiscoverable, true);
    assert.equal(Buffer.from(listed.userHandle, 'base64').toString(), 'vic');
  });
});
