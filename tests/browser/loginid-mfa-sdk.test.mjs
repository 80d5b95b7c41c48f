// Sign-in with several factors in Chromium: every action that `performAction` of LoginID's web SDK has, made by a page of
// ours, and by the SDK itself where `PASSKEYD_LOGINID_SDK` names it. Both must send the same, in the same order.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

import { launchBrowser } from '../harness/browser.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { createVisits, OURS, serveSite, startApplications, THEIRS } from '../harness/loginid-sdk.mjs';

const PAGE = `<title>A bank</title>
<input autocomplete="username webauthn" aria-label="username">
<script type="module">
  import { LoginIDMfa } from '/web.mjs';
  window.use = (config) => { window.sdk = new LoginIDMfa(config); };
</script>`;

const sentByOurs = new Map();

function suite(engine, sdk) {
  let site, server, browser;
  before(async () => {
    site = await serveSite({ modules: sdk.modules, page: () => PAGE });
    const website = site.origin;
    server = await startApplications(engine, {
      bank: { website },
      lenient: { website, mfa: { passkeyRequired: false } },
      strict: { website, registrationRequiresToken: true, mfa: { external: false } },
    });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
    await server?.end();
  });

  const visits = createVisits(sdk, sentByOurs);
  const visit = (t, app = 'bank') => visits(t, browser, site.origin, { baseUrl: `${server.url}/apps/${app}`, appId: app });
  const external = async (username, app = 'bank') => (await server.backend(app).post('/mgmt/grant/external-auth', { username })).body.token;

  const verified = async (token, app = 'bank') => {
    const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${server.port}/apps/${app}/fido2/v2/.well-known/jwks.json`));
    assert.equal((await server.backend(app).post('/mgmt/token/verify', { jwtAccess: token })).status, 204);
    return (await jwtVerify(token, keys, { audience: app })).payload;
  };
  const offered = ({ remainingFactors }) => remainingFactors.map(({ type }) => type);
  const refusal = ({ error }) => [error.status, error.body.msgCode];

  const BEGUN = 'POST mfa/begin 200';
  const LISTED = 'GET passkeys 200';
  const [REG, AUTH, TX] = ['reg', 'auth', 'tx'].map((name) => `POST mfa/passkey/${name} 200`);

  /** Somebody who signed up with a passkey, on a device. */
  async function signUp(t, username, app) {
    const visited = await visit(t, app);
    await visited.get('beginFlow', username);
    const done = await visited.get('performAction', 'passkey:reg');
    await visited.get('logout');
    await visited.expect(BEGUN, REG);
    return { ...visited, userId: (await verified(done.accessToken, app)).sub };
  }

  /** The same person with both addresses. */
  async function reachable(t, username, app = 'bank') {
    const person = await signUp(t, username, app);
    const [email, phoneNumber] = [`${username}@example.com`, `+46${1e9 + createHash('sha256').update(username + app).digest().readUInt16BE()}`];
    const profile = (path, body) => server.backend(app).post(`/profile/${person.userId}/${path}`, { ...body, requestVerification: false });
    assert.equal((await profile('email', { email })).status, 204);
    assert.equal((await profile('phone', { phoneNumber, messagingConsent: true })).status, 204);
    return { ...person, email, phoneNumber };
  }

  test('a new name signs up with a passkey', async (t) => {
    const { get, expect } = await visit(t);
    const begun = await get('beginFlow', 'ada', { displayName: 'Ada', name: 'Ada Lovelace', phone: '+15550100', traceId: 'trace-1' });
    assert.deepEqual([begun.flow, begun.nextAction, begun.isComplete, begun.username], ['signUp', 'passkey:reg', false, 'ada']);
    assert.deepEqual(offered(begun), ['passkey:reg', 'external']);
    const done = await get('performAction', 'passkey:reg', { displayName: 'Countess' });
    assert.deepEqual([done.flow, done.isComplete, done.remainingFactors], ['signUp', true, []]);
    assert.ok(done.passkeyCredential.creationResult.attestationObject);
    assert.equal(done.payloadSignature, undefined);
    const claims = await verified(done.accessToken);
    assert.deepEqual([claims.username, claims.amr, claims.traceId], ['ada', ['passkey'], 'trace-1']);
    assert.equal(claims.credID, done.passkeyCredential.passkeyId);
    assert.equal((await verified(done.idToken)).nonce, 'trace-1');
    assert.equal(decodeJwt(done.refreshToken).tokenType, 'refreshToken');
    assert.deepEqual(await get('getSessionInfo'), { username: 'ada', id: claims.sub, rpId: 'localhost' });
    const details = await get('getMfaSessionDetails');
    assert.deepEqual([details.isComplete, details.accessToken, details.idToken], [true, done.accessToken, done.idToken]);
    await get('logout');
    assert.equal(await get('getSessionInfo'), null);
    assert.equal((await get('getMfaSessionDetails')).isComplete, false);
    await expect(BEGUN, REG);
  });

  test('a passkey signs in: by name, without a name, by autofill, and after a first try that failed', async (t) => {
    const { device, get, call, expect, userId } = await signUp(t, 'bea');
    for (const [username, options] of [['bea', {}], ['', {}], ['', { autoFill: true }]]) {
      const begun = await get('beginFlow', username);
      assert.deepEqual([begun.flow, begun.nextAction], ['signIn', 'passkey:auth']);
      const done = await get('performAction', 'passkey:auth', options);
      const claims = await verified(done.accessToken);
      assert.deepEqual([claims.sub, claims.username], [userId, 'bea']);
      assert.equal(done.passkeyCredential.passkeyId, claims.credID);
      assert.ok(done.passkeyCredential.assertionResult.signature);
      await expect(BEGUN, AUTH, LISTED);
    }
    await get('beginFlow', 'bea');
    await device.verifiesUser(false);
    const refused = await call('performAction', 'passkey:auth');
    assert.equal(refused.error.code, 'ERROR_GENERAL_ERROR', JSON.stringify(refused));
    await expect(BEGUN, 'POST client-events/submit 200');
    await device.verifiesUser(true);
    assert.equal((await get('performAction', 'passkey:auth')).isComplete, true);
    await expect(AUTH, LISTED);
    const spent = await call('performAction', 'passkey:auth', { session: 'a-session-that-nobody-has', payload: Buffer.from('{"x":1}').toString('base64url') });
    assert.ok(spent.error, JSON.stringify(spent));
    await expect();
  });

  test('a payload is confirmed, also when it changed on the way', async (t) => {
    const { get, expect } = await signUp(t, 'cyd');
    for (const [options, expected, calls] of [
      [{}, 'Pay 1 €', [TX]],
      [{ txPayload: 'Pay 2 €' }, 'Pay 2 €', ['POST mfa/payload 200', TX]],
    ]) {
      const begun = await get('beginFlow', 'cyd', { txPayload: 'Pay 1 €' });
      assert.equal(begun.nextAction, 'passkey:tx');
      const done = await get('performAction', 'passkey:tx', options);
      const claims = await verified(done.payloadSignature);
      assert.deepEqual([claims.tokenType, claims.username, claims.amr], ['payloadSignature', 'cyd', ['passkey']]);
      assert.equal(claims.txHash, createHash('sha256').update(expected + claims.traceId + claims.lNonce).digest('base64url'));
      assert.equal((await verified(done.walletTrustId)).tokenType, 'walletTrust');
      await expect(BEGUN, ...calls, LISTED);
    }
  });

  test('a code by mail is one factor, the passkey is the other', async (t) => {
    const { get, call, expect, email } = await reachable(t, 'dot');
    const begun = await get('beginFlow', 'dot');
    assert.deepEqual(offered(begun), ['passkey:auth', 'otp:email', 'otp:sms', 'external']);
    const [label] = begun.remainingFactors[1].options;
    assert.match(label, /^d\*+@example\.com$/);
    assert.equal((await get('performAction', 'otp:email')).isComplete, false);
    const wrong = await call('performAction', 'otp:verify', { payload: '0' });
    assert.deepEqual(refusal(wrong), [400, 'bad_request']);
    const proven = await get('performAction', 'otp:verify', { payload: await server.codeFor(email) });
    assert.deepEqual(offered(proven), ['passkey:reg', 'passkey:auth']);
    const done = await get('performAction', 'passkey:auth');
    assert.deepEqual((await verified(done.accessToken)).amr, ['otp:email', 'passkey']);
    await expect(BEGUN, 'POST mfa/otp/request 200', 'POST mfa/otp/verify 400', 'POST mfa/otp/verify 401', AUTH, LISTED);
  });

  test('a code by text goes to the number that the page names', async (t) => {
    const { get, call, expect, phoneNumber } = await reachable(t, 'eli', 'lenient');
    const begun = await get('beginFlow', 'eli');
    const { options } = begun.remainingFactors.find(({ type }) => type === 'otp:sms');
    assert.deepEqual(refusal(await call('performAction', 'otp:sms', { payload: '+15550199' })), [400, 'bad_request']);
    await get('performAction', 'otp:sms', { payload: options[0] });
    const done = await get('performAction', 'otp:verify', { payload: await server.codeFor(phoneNumber) });
    assert.equal(done.isComplete, true);
    assert.deepEqual((await verified(done.accessToken, 'lenient')).amr, ['otp:sms']);
    assert.equal(done.passkeyCredential, undefined);
    await expect(BEGUN, 'POST mfa/otp/request 400', 'POST mfa/otp/request 200', 'POST mfa/otp/verify 200');
  });

  test('a sign-in of the bank’s own says who it is, once', async (t) => {
    const { get, call, expect } = await visit(t);
    await get('beginFlow', '');
    const token = await external('fay');
    const known = await get('performAction', 'external', { payload: token });
    assert.deepEqual([known.nextAction, offered(known)], ['passkey:reg', ['passkey:reg']]);
    const done = await get('performAction', 'passkey:reg');
    const claims = await verified(done.accessToken);
    assert.deepEqual([claims.username, claims.amr], ['fay', ['external', 'passkey']]);
    await expect(BEGUN, 'POST mfa/third-party/verify 401', REG);
    await get('beginFlow', 'fay');
    assert.deepEqual(refusal(await call('performAction', 'external', { payload: token })), [400, 'bad_request']);
    assert.deepEqual(refusal(await call('performAction', 'external', { payload: await external('gil') })), [400, 'bad_request']);
    await expect(BEGUN, 'POST mfa/third-party/verify 400', 'POST mfa/third-party/verify 400');
  });

  test('five wrong codes end it, and a session of one page goes on in another', async (t) => {
    const { device, get, call, expect, email } = await reachable(t, 'hal');
    const begun = await get('beginFlow', 'hal');
    await get('performAction', 'otp:email');
    const code = await server.codeFor(email);
    const wrong = code === '000000' ? '000001' : '000000';
    for (let guess = 0; guess < 5; guess += 1) assert.deepEqual(refusal(await call('performAction', 'otp:verify', { payload: wrong })), [400, 'bad_request']);
    assert.deepEqual(refusal(await call('performAction', 'otp:verify', { payload: code })), [401, 'unauthorized']);
    await expect(BEGUN, 'POST mfa/otp/request 200', ...Array(5).fill('POST mfa/otp/verify 400'), 'POST mfa/otp/verify 401');

    const fresh = await get('beginFlow', 'hal');
    assert.notEqual(fresh.session, begun.session);
    const elsewhere = await visit(t);
    await expect(BEGUN);
    const { value: payload } = fresh.remainingFactors.find(({ type }) => type === 'passkey:auth');
    const there = { session: fresh.session, payload };
    const missing = await elsewhere.call('performAction', 'passkey:auth', there);
    assert.equal(missing.error.code, 'ERROR_GENERAL_ERROR', JSON.stringify(missing));
    await elsewhere.device.receive(await device.passkeys());
    assert.equal((await elsewhere.get('performAction', 'passkey:auth', there)).isComplete, true);
    assert.deepEqual(refusal(await call('performAction', 'passkey:auth')), [401, 'unauthorized']);
    await elsewhere.expect(AUTH, LISTED);
    await expect('POST mfa/passkey/auth 401');
  });

  test('who is switched off, and where nothing is left to offer, is refused', async (t) => {
    const { get, call, expect, userId } = await signUp(t, 'ida');
    assert.equal((await server.backend('bank').put(`/mgmt/users/${userId}/deactivate`)).status, 204);
    assert.deepEqual(refusal(await call('beginFlow', 'ida')), [403, 'forbidden']);
    await expect('POST mfa/begin 403');
    const strict = await visit(t, 'strict');
    assert.deepEqual(refusal(await strict.call('beginFlow', 'jon')), [403, 'forbidden']);
    const byMail = await strict.get('beginFlow', 'jon@example.com', { usernameType: 'email' });
    assert.deepEqual([byMail.flow, byMail.nextAction], ['signUp', 'otp:email']);
    await strict.get('performAction', 'otp:email');
    const proven = await strict.get('performAction', 'otp:verify', { payload: await server.codeFor('jon@example.com') });
    assert.equal(proven.nextAction, 'passkey:reg');
    const done = await strict.get('performAction', 'passkey:reg');
    assert.deepEqual((await verified(done.accessToken, 'strict')).amr, ['otp:email', 'passkey']);
    await strict.expect('POST mfa/begin 403', BEGUN, 'POST mfa/otp/request 200', 'POST mfa/otp/verify 401', REG);
  });
}

onEachDatabase('Several factors, by LoginID’s web SDK', (engine) => {
  for (const sdk of [OURS, THEIRS]) describe(sdk.name, { skip: sdk.skip }, () => suite(engine, sdk));
});
