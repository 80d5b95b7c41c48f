// The LoginID surface with a software authenticator: ceremonies, their sessions, transactions, passkeys, and passkeys that
// cross to the Passwordless surface and back.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

import { FLAGS, createAuthenticator, createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { API_KEY, connectLoginId, createPerson } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

function assertFailure({ status, body, text, headers }, expected, code) {
  assert.equal(status, expected, text);
  assert.match(headers['content-type'], /^application\/json/);
  assert.deepEqual(Object.keys(body).sort(), ['msg', 'msgCode']);
  assert.equal(body.msgCode, code);
  assert.ok(body.msg.length > 0);
}

onEachDatabase('LoginID', (engine) => {
  let server, api, acme, client;
  before(async () => {
    server = await startServer(engine);
    for (const app of ['acme', 'locked', 'helped']) await server.createApp(app);
    await server.command('app', 'set', 'locked', 'registrationRequiresToken=true');
    await server.command('app', 'set', 'helped', 'fallbackMethods=ciam');
    api = connectLoginId(server);
    acme = application('acme');
    client = connect(server);
  });
  after(() => server?.end());

  const application = (app) => connectLoginId(server, { below: `/apps/${app}`, app });
  const person = (on = api, settings) => createPerson(on, settings);
  const keys = (on) => createRemoteJWKSet(new URL(`${on.base.replace('localhost', '127.0.0.1')}/fido2/v2/.well-known/jwks.json`));

  test('the creation options are those of the contract', async () => {
    const begun = await person().beginRegistration('ada@example.com', {
      user: { username: ' ada@example.com ', usernameType: 'email', displayName: 'Ada' },
    });
    assert.equal(begun.status, 200, begun.text);
    const { action, session, registrationRequestOptions: options } = begun.body;
    assert.equal(action, 'proceed');
    assert.ok(session.length >= 16 && session.length <= 2048);
    assert.match(options.challenge, CHALLENGE);
    assert.match(options.user.id, UUID);
    assert.deepEqual(options, {
      rp: { id: 'localhost', name: 'Development' },
      user: { id: options.user.id, name: 'ada@example.com', displayName: 'Ada' },
      challenge: options.challenge,
      pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 60000,
      attestation: 'direct',
      authenticatorSelection: {
        authenticatorAttachment: 'platform',
        requireResidentKey: true,
        residentKey: 'required',
        userVerification: 'preferred',
      },
      excludeCredentials: [],
    });
    const key = await person().beginRegistration('bea', { passkeyOptions: { securityKey: true } });
    assert.deepEqual(key.body.registrationRequestOptions.authenticatorSelection, {
      authenticatorAttachment: 'cross-platform',
      requireResidentKey: false,
      residentKey: 'preferred',
      userVerification: 'preferred',
    });
  });

  test('a person registers and signs in, named and unnamed, and the tokens verify with a stock library', async () => {
    const cyd = person();
    const registered = await cyd.register('Cyd@Example.com');
    assert.equal(registered.status, 200, registered.text);
    assert.match(registered.body.userId, UUID);
    assert.match(registered.body.deviceId, UUID);
    const { payload, protectedHeader } = await jwtVerify(registered.body.jwtAccess, keys(api), { audience: 'test', issuer: server.url });
    assert.equal(protectedHeader.alg, 'ES256');
    assert.equal(protectedHeader.typ, 'JWT');
    assert.deepEqual(payload, {
      iss: server.url,
      aud: 'test',
      sub: registered.body.userId,
      username: 'Cyd@Example.com',
      credID: registered.body.passkeyId,
      scopes: ['passkey:read', 'passkey:write', 'auth:write', 'reg:write'],
      tokenType: 'jwtAccess',
      rpId: 'localhost',
      verify: '/fido2/v2/mgmt/token/verify',
      iat: payload.iat,
      exp: payload.iat + 600,
    });

    const begun = await cyd.beginSignIn('cyd@EXAMPLE.com');
    assert.equal(begun.status, 200, begun.text);
    assert.equal(begun.body.action, 'proceed');
    assert.equal(begun.body.passkeyType, 'device');
    assert.deepEqual(begun.body.crossAuthMethods, ['otp']);
    assert.deepEqual(begun.body.fallbackMethods, []);
    const [id] = cyd.authenticator.credentials.keys();
    assert.deepEqual(begun.body.assertionOptions, {
      challenge: begun.body.assertionOptions.challenge,
      rpId: 'localhost',
      timeout: 60000,
      userVerification: 'required',
      allowCredentials: [{ id, type: 'public-key', transports: ['internal'] }],
    });
    const named = await cyd.completeSignIn(begun);
    assert.equal(named.status, 200, named.text);
    assert.equal(decodeJwt(named.body.jwtAccess).username, 'Cyd@Example.com');
    assert.equal(named.body.passkeyId, registered.body.passkeyId);

    const usernameless = await cyd.beginSignIn();
    assert.deepEqual(usernameless.body.assertionOptions.allowCredentials, []);
    assert.deepEqual(usernameless.body.crossAuthMethods, []);
    assert.ok(!('passkeyType' in usernameless.body));
    const unnamed = await cyd.completeSignIn(usernameless);
    assert.equal(unnamed.status, 200, unnamed.text);
    assert.equal(unnamed.body.userId, registered.body.userId);
  });

  test('who may register is decided by the table of the contract', async () => {
    const dan = person();
    const first = await dan.register('dan');
    assert.equal(first.status, 200, first.text);
    assertFailure(await dan.beginRegistration('DAN'), 401, 'unauthorized');
    assertFailure(await dan.beginRegistration('dan', { token: 'not.a.token' }), 401, 'unauthorized');
    const token = first.body.jwtAccess;
    const second = await dan.beginRegistration('Dan', { token });
    assert.equal(second.status, 200, second.text);
    assert.equal(second.body.registrationRequestOptions.excludeCredentials.length, 1);
    assert.equal(second.body.registrationRequestOptions.user.id, first.body.userId);
    assert.equal((await dan.completeRegistration(second)).status, 200);
    assert.equal((await dan.beginRegistration(undefined, { token: `Bearer ${token}` })).status, 200);
    assertFailure(await dan.beginRegistration('eve', { token }), 403, 'forbidden');
    assertFailure(await dan.beginRegistration(undefined), 400, 'bad_request');
    assertFailure(await dan.beginRegistration('fay', { passkeyOptions: { conditionalCreate: true } }), 401, 'unauthorized');

    // A user whose last passkey is gone is not open to whoever comes first.
    for (const { id } of (await api.get('/passkeys', { token })).body) {
      assert.equal((await api.delete(`/passkeys/${id}`, { token })).status, 204);
    }
    assertFailure(await dan.beginRegistration('dan'), 401, 'unauthorized');
    assertFailure(await person(application('locked')).beginRegistration('new'), 401, 'unauthorized');
  });

  test('a passkey made without asking needs neither presence nor verification', async () => {
    const gus = person();
    const { jwtAccess: token } = (await gus.register('gus')).body;
    const begun = await gus.beginRegistration('gus', { token, passkeyOptions: { conditionalCreate: true } });
    assert.equal(begun.status, 200, begun.text);
    const made = await gus.completeRegistration(begun, { flags: 0 });
    assert.equal(made.status, 200, made.text);
    const asked = await gus.beginRegistration('gus', { token });
    assertFailure(await gus.completeRegistration(asked, { flags: 0 }), 400, 'bad_request');
  });

  test('a device that has a passkey of the user is told to sign in', async () => {
    const hal = person();
    const { jwtAccess: token, deviceId } = (await hal.register('hal')).body;
    const again = await hal.beginRegistration('hal', { token, deviceInfo: { deviceId } });
    assert.equal(again.body.action, 'signIn');
    assert.ok(again.body.registrationRequestOptions.challenge);
    const key = await hal.beginRegistration('hal', { token, deviceInfo: { deviceId }, passkeyOptions: { securityKey: true } });
    assert.equal(key.body.action, 'proceed');
    const own = await hal.beginRegistration('hal', { token, deviceInfo: { deviceId: 'my own device' } });
    assert.equal((await hal.completeRegistration(own)).body.deviceId, 'my own device');
  });

  test('of two who register one new name the first wins', async () => {
    const [one, other] = [person(), person()];
    const [first, second] = [await one.beginRegistration('ida'), await other.beginRegistration('IDA')];
    assert.notEqual(first.body.registrationRequestOptions.user.id, second.body.registrationRequestOptions.user.id);
    const outcomes = await Promise.all([one.completeRegistration(first), other.completeRegistration(second)]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), [200, 400]);
  });

  test('what a sign-in offers is decided by the table of the contract', async () => {
    const jan = person();
    assertFailure(await jan.beginSignIn('nobody'), 404, 'not_found');
    const { jwtAccess: token, passkeyId } = (await jan.register('jan')).body;
    const blind = JSON.stringify({ hybridTransport: false, userVerifyingPlatformAuthenticator: false, passkeyPlatformAuthenticator: false });
    const far = await jan.beginSignIn('jan', { deviceInfo: { webauthnCapabilities: blind } });
    assert.equal(far.body.action, 'crossAuth');
    assert.equal(far.body.assertionOptions.allowCredentials.length, 1);
    assert.equal((await api.delete(`/passkeys/${passkeyId}`, { token })).status, 204);
    assertFailure(await jan.beginSignIn('jan'), 404, 'not_found');
    const elsewhere = await person(application('helped')).beginSignIn('nobody');
    assert.equal(elsewhere.status, 200, elsewhere.text);
    assert.equal(elsewhere.body.action, 'fallback');
    assert.deepEqual(elsewhere.body.fallbackMethods, ['ciam']);
  });

  test('a session is good once, for its own ceremony and its own application', async () => {
    const kim = person();
    const begun = await kim.beginRegistration('kim');
    assertFailure(await acme.post('/reg/complete', { session: begun.body.session, creationResult: { clientDataJSON: 'AA', attestationObject: 'AA', credentialId: 'AA' } }), 400, 'bad_request');
    assert.equal((await kim.completeRegistration(begun)).status, 200);
    assertFailure(await kim.completeRegistration(begun), 400, 'bad_request');

    const signIn = await kim.beginSignIn('kim');
    const crossed = { ...signIn, body: { ...signIn.body, session: begun.body.session } };
    assertFailure(await kim.completeSignIn(crossed), 400, 'bad_request');
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => kim.completeSignIn(signIn)));
    const good = outcomes.filter(({ status }) => status === 200);
    assert.ok(good.length <= 1, outcomes.map(({ text }) => text).join());
    assert.ok(outcomes.every(({ status }) => status === 200 || status === 400));

    // What is malformed uses nothing up; what fails verification does.
    const fresh = await kim.beginSignIn('kim');
    assertFailure(await api.post('/auth/complete', { session: fresh.body.session, assertionResult: {} }), 400, 'bad_request');
    assertFailure(await kim.completeSignIn(fresh, { clientData: { type: 'webauthn.create' } }), 400, 'bad_request');
    assertFailure(await kim.completeSignIn(fresh), 400, 'bad_request');
    for (const session of ['', 'x', 'test.', `test.${'A'.repeat(60)}`, `nobody.${fresh.body.session.split('.')[1]}`]) {
      assertFailure(await kim.completeSignIn({ body: { ...signIn.body, session } }), 400, 'bad_request');
    }
  });

  test('whatever is wrong with an assertion refuses it', async () => {
    const liv = person();
    await liv.register('liv');
    const wrong = async (tamper) => liv.completeSignIn(await liv.beginSignIn('liv'), tamper);
    for (const tamper of [
      { clientData: { challenge: 'AAAA' } },
      { clientData: { origin: 'https://evil.example' } },
      { clientData: { type: 'webauthn.create' } },
      { rpId: 'evil.example' },
      { flags: FLAGS.UP },
      { flags: FLAGS.UV },
      { flags: FLAGS.UP | FLAGS.UV | FLAGS.BS },
      { signCount: 0 },
    ]) {
      assertFailure(await wrong(tamper), 400, 'bad_request');
    }
    // A frame of another page is welcome unless the settings say otherwise.
    assert.equal((await wrong({ clientData: { crossOrigin: true, topOrigin: 'https://merchant.example' }, signCount: 50 })).status, 200);

    const stranger = person();
    await stranger.register('mia');
    const begun = await liv.beginSignIn('liv');
    const [foreign] = stranger.authenticator.credentials.keys();
    begun.body.assertionOptions.allowCredentials = [];
    assertFailure(await stranger.completeSignIn(begun, { id: foreign }), 404, 'forbidden');
    const unknown = createPerson(api, { authenticator: createAuthenticator() });
    unknown.authenticator.create({ rp: { id: 'localhost' }, user: { id: 'AA' }, challenge: 'AA' }, { origin: server.url });
    assertFailure(await unknown.completeSignIn(await liv.beginSignIn()), 404, 'forbidden');
  });

  test('a transaction is confirmed with a passkey, and its token tells what', async () => {
    const nil = person();
    const { userId, passkeyId } = (await nil.register('nil')).body;
    const payload = 'Payment of $100 to John Doe';
    const begun = await nil.beginTransaction('NIL', payload);
    assert.equal(begun.status, 200, begun.text);
    assert.match(begun.body.txId, UUID);
    assert.equal(begun.body.assertionOptions.userVerification, 'required');
    const confirmed = await nil.completeTransaction(begun);
    assert.equal(confirmed.status, 200, confirmed.text);
    assert.equal(confirmed.body.credentialId, passkeyId);
    assert.equal(confirmed.body.authCred.id, passkeyId);
    const { payload: claims } = await jwtVerify(confirmed.body.token, keys(api), { audience: 'test' });
    assert.equal(claims.tokenType, 'tx');
    assert.equal(claims.txId, begun.body.txId);
    assert.equal(claims.txType, 'raw');
    assert.equal(claims.sub, userId);
    const text = payload + claims.nonce + claims.lNonce;
    assert.equal(claims.txHash, createHash('sha256').update(text).digest('base64url'));
    assert.equal(claims.txHash, begun.body.assertionOptions.challenge);
    assertFailure(await nil.completeTransaction(begun), 400, 'bad_request');

    assertFailure(await nil.beginTransaction('nobody', 'x'), 404, 'not_found');
    assertFailure(await nil.beginTransaction('nil', ''), 400, 'bad_request');
    assertFailure(await nil.beginTransaction('nil', 'x', { txType: 'y'.repeat(65) }), 400, 'bad_request');
    const unverified = await nil.beginTransaction('nil', 'x');
    assertFailure(await nil.completeTransaction(unverified, { flags: FLAGS.UP }), 403, 'forbidden');
    assertFailure(await nil.completeTransaction(unverified), 400, 'bad_request');
  });

  test('a user lists, renames and deletes passkeys of its own only', async () => {
    const [one, other] = [person(), person()];
    const agent = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36' };
    const begun = await api.post('/reg/init', { app: { id: 'test' }, deviceInfo: { clientType: 'browser' }, user: { username: 'ola' } }, { headers: agent });
    const { jwtAccess: token, passkeyId, deviceId } = (await one.completeRegistration(begun)).body;
    const { jwtAccess: stranger } = (await other.register('pia')).body;
    const listed = await api.get('/passkeys', { token });
    assert.equal(listed.status, 200, listed.text);
    const [passkey] = listed.body;
    assert.match(passkey.name, /^Passkey \(Linux,Chrome\) - \d{4}-\d\d-\d\d \d\d:\d\d$/);
    assert.match(passkey.createdAt, INSTANT);
    assert.deepEqual(Object.keys(passkey).sort(), ['aaguid', 'createdAt', 'credentialId', 'credentialSynced', 'id', 'lastUsedAt', 'lastUsedFrom', 'lastUsedFromDevice', 'name']);
    assert.equal(passkey.id, passkeyId);
    assert.deepEqual(passkey.lastUsedFrom, passkey.lastUsedFromDevice);
    assert.deepEqual(passkey.lastUsedFromDevice, {
      clientName: 'Chrome', clientType: 'browser', clientVersion: '120.0.0.0', deviceId, hasBluetooth: false, lastUsedAt: passkey.lastUsedAt,
      osArch: 'x86_64', osName: 'Linux', osVersion: '', screenHeight: 0, screenWidth: 0,
    });

    assert.equal((await api.put(`/passkeys/${passkeyId}`, { name: ' My key ' }, { token: `Bearer ${token}` })).status, 204);
    assert.equal((await api.get('/passkeys', { token })).body[0].name, 'My key');
    assertFailure(await api.put(`/passkeys/${passkeyId}`, { name: ' ' }, { token }), 400, 'bad_request');
    for (const id of [passkeyId, 'x', '00000000-0000-0000-0000-000000000000']) {
      assertFailure(await api.put(`/passkeys/${id}`, { name: 'x' }, { token: stranger }), 404, 'not_found');
      assertFailure(await api.delete(`/passkeys/${id}`, { token: stranger }), 404, 'not_found');
    }
    for (const bad of [undefined, '', 'x', `${token}x`, 'Basic eDo=']) {
      assertFailure(await api.get('/passkeys', { token: bad }), 401, 'unauthorized');
    }
    assertFailure(await acme.get('/passkeys', { token }), 401, 'unauthorized');
    assert.equal((await api.delete(`/passkeys/${passkeyId}`, { token })).status, 204);
    assert.deepEqual((await api.get('/passkeys', { token })).body, []);
    assertFailure(await api.delete(`/passkeys/${passkeyId}`, { token }), 404, 'not_found');
  });

  test('a token does what its scopes allow, and no more', async () => {
    const { body: mine } = await person().register('val');
    const granted = async (...grants) => {
      const { status, text, body } = await api.post('/mgmt/grant', { grants, username: 'val' }, { key: API_KEY });
      assert.equal(status, 200, text);
      return body.token;
    };
    const [reads, writes, registers] = [await granted('passkey:read'), await granted('passkey:write'), await granted('reg:write')];
    const path = `/passkeys/${mine.passkeyId}`;
    for (const token of [reads, `Bearer ${reads}`]) assert.equal((await api.get('/passkeys', { token })).status, 200);
    for (const token of [writes, registers]) {
      assertFailure(await api.get('/passkeys', { token }), 403, 'forbidden');
      assertFailure(await api.get('/passkeys/aaguid/x', { token }), 403, 'forbidden');
    }
    for (const token of [reads, registers]) {
      assertFailure(await api.put(path, { name: 'x' }, { token }), 403, 'forbidden');
      assertFailure(await api.delete(path, { token }), 403, 'forbidden');
    }
    assert.equal((await api.put(path, { name: 'x' }, { token: writes })).status, 204);
    assertFailure(await person().beginRegistration('val', { token: reads }), 403, 'forbidden');
    assert.equal((await person().beginRegistration('val', { token: registers })).status, 200);
    const { body: other } = await api.post('/mgmt/grant', { grants: ['reg:write'], username: 'nobody yet' }, { key: API_KEY });
    assertFailure(await person().beginRegistration('val', { token: other.token }), 403, 'forbidden');
    assert.equal((await person().beginRegistration('Nobody yet', { token: other.token })).status, 200);
  });

  test('an inactive or deleted user is refused as the contract has it', async () => {
    const wil = person();
    const { body: mine } = await wil.register('wil');
    const begun = await wil.beginSignIn('wil');
    const manage = (method, path) => api.call(method, `/mgmt/users/${mine.userId}${path}`, { key: API_KEY });
    assert.equal((await manage('PUT', '/deactivate')).status, 204);
    const token = mine.jwtAccess;
    assertFailure(await wil.beginSignIn('wil'), 403, 'forbidden');
    assertFailure(await wil.completeSignIn(begun), 404, 'forbidden');
    assertFailure(await wil.beginTransaction('wil', 'x'), 404, 'not_found');
    assertFailure(await wil.beginRegistration('wil', { token }), 403, 'forbidden');
    assertFailure(await api.get('/passkeys', { token }), 403, 'forbidden');
    assert.equal((await manage('PUT', '/activate')).status, 204);
    assert.equal((await wil.signIn('wil')).status, 200);
    const last = await wil.beginSignIn('wil');
    assert.equal((await manage('DELETE', '')).status, 204);
    assertFailure(await api.get('/passkeys', { token }), 404, 'not_found');
    assertFailure(await wil.beginSignIn('wil'), 404, 'not_found');
    assertFailure(await api.post('/client-events/submit', { event: 'x' }, { token: last.body.session }), 404, 'not_found');
    assertFailure(await wil.completeSignIn(last), 404, 'forbidden');
  });

  test('a model on the blacklist neither registers nor signs in, on any surface', async () => {
    const on = application('helped');
    const xia = person(on);
    await server.command('app', 'set', 'helped', 'fallbackMethods=');
    const { apiKey, key } = await server.command('key', 'create', '--app', 'helped', '--kind', 'api', '--name', 'n', '--scope', 'passkey:write');
    const made = await xia.register('xia');
    assert.equal(made.status, 200, made.text);
    const begun = await xia.beginSignIn('xia');
    const listed = await on.post('/mgmt/aaguid/blacklist', { items: [{ aaguid: '00000000-0000-0000-0000-000000000000', reg: true, auth: true }] }, { key: apiKey ?? key });
    assert.equal(listed.status, 204, listed.text);
    assertFailure(await xia.completeSignIn(begun), 404, 'forbidden');
    assertFailure(await xia.beginSignIn('xia'), 404, 'not_found');
    assertFailure(await person(on).register('yan'), 403, 'forbidden');
  });

  test('makes of authenticators have names and icons', async () => {
    const { jwtAccess: token } = (await person().register('quy')).body;
    const apple = await api.get('/passkeys/aaguid/FBFC3007-154E-4ECC-8C0B-6E020557D7BD', { token });
    assert.equal(apple.status, 200, apple.text);
    assert.equal(apple.body.id, 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd');
    assert.equal(apple.body.name, 'Apple Passwords');
    for (const icon of [apple.body.iconLight, apple.body.iconDark]) assert.match(icon, /^data:image\/svg\+xml;base64,/);
    assertFailure(await api.get('/passkeys/aaguid/x', { token }), 400, 'bad_request');
    assertFailure(await api.get(`/passkeys/aaguid/${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`, { token }), 404, 'not_found');
    assertFailure(await api.get('/passkeys/aaguid/x'), 401, 'unauthorized');
  });

  test('a client tells of a ceremony with its session', async () => {
    const ray = person();
    const { body } = await ray.beginRegistration('ray');
    const event = { event: 'ERROR - x - NotAllowedError - y', isError: true };
    const told = await api.post('/client-events/submit', event, { token: body.session });
    assert.equal(told.status, 200, told.text);
    assert.deepEqual(told.body, { session: body.session });
    assertFailure(await api.post('/client-events/submit', event), 401, 'unauthorized');
    assertFailure(await api.post('/client-events/submit', event, { token: 'x' }), 401, 'unauthorized');
    assertFailure(await acme.post('/client-events/submit', event, { token: body.session }), 401, 'unauthorized');
    for (const bad of [{}, { event: '' }, { event: 'x'.repeat(2049) }, { event: 1 }]) {
      assertFailure(await api.post('/client-events/submit', bad, { token: body.session }), 400, 'bad_request');
    }
    assert.equal((await ray.completeRegistration({ body })).status, 200);
    assert.equal((await api.post('/client-events/submit', event, { token: body.session })).status, 200);
  });

  test('a passkey of one surface signs in through the other', async () => {
    const sam = person();
    const { userId } = (await sam.register('sam')).body;
    const visitor = createVisitor(client, { authenticator: sam.authenticator });
    const signedIn = await visitor.signIn({ userId });
    assert.equal(signedIn.status, 200, signedIn.text);
    const verified = await visitor.verify(signedIn.body.data ?? signedIn.body.token);
    assert.equal(verified.body.userId, userId);

    const tom = createVisitor(client);
    await tom.register('tom');
    const here = createPerson(api, { authenticator: tom.authenticator });
    const token = await here.signIn('tom');
    assert.equal(token.status, 200, token.text);
    assert.equal(token.body.userId, Buffer.from('tom').toString('base64url'));
    assert.equal(decodeJwt(token.body.jwtAccess).username, 'tom');
    assert.equal((await here.signIn()).status, 200);
    // It has no name there, and is called something here.
    assert.equal((await api.get('/passkeys', { token: token.body.jwtAccess })).body[0].name, 'Passkey');
    assertFailure(await here.beginRegistration('tom'), 401, 'unauthorized');
    assertFailure(await createPerson(acme, { authenticator: tom.authenticator }).beginSignIn('tom'), 404, 'not_found');
  });

  test('the tenant is told by path, host, body or setting, and all must agree', async () => {
    const body = { deviceInfo: {}, user: { username: '' } };
    const init = (on, app, headers) => on.post('/auth/init', { ...body, app }, { headers });
    assert.equal((await init(api, { id: 'acme' })).status, 200);
    assertFailure(await init(api, { id: 'nobody' }), 404, 'not_found');
    assertFailure(await init(api, { id: '127' }), 404, 'not_found');
    assertFailure(await init(acme, { id: 'test' }), 404, 'not_found');
    assertFailure(await init(connectLoginId(server, { below: '/apps/nobody' }), { id: 'test' }), 404, 'not_found');
    const host = { Host: `ACME.localhost:${server.port}` };
    assert.equal((await init(api, { id: 'acme' }, host)).status, 200);
    assertFailure(await init(api, { id: 'test' }, host), 404, 'not_found');
    assert.equal((await init(connectLoginId(server, { below: '/' }), { id: 'test' })).status, 200);
  });

  test('pages of the application read the answers, refusals included, and no others do', async () => {
    const asked = (method, origin, options = {}) => api.call(method, '/auth/init', { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' }, ...options });
    const preflight = await asked('OPTIONS', 'http://shop.localhost:7777');
    assert.equal(preflight.status, 204);
    assert.equal(preflight.text, '');
    assert.equal(preflight.headers['access-control-allow-origin'], 'http://shop.localhost:7777');
    assert.equal(preflight.headers['access-control-allow-methods'], 'GET, POST, PUT, PATCH, DELETE, OPTIONS');
    assert.equal(preflight.headers['access-control-allow-headers'], 'Authorization, Content-Type, Accept');
    assert.equal(preflight.headers['access-control-max-age'], '600');
    assert.match(preflight.headers.vary, /Origin/);
    const refused = await asked('POST', 'http://localhost:7777', { body: {} });
    assertFailure(refused, 400, 'bad_request');
    assert.equal(refused.headers['access-control-allow-origin'], 'http://localhost:7777');
    for (const method of ['OPTIONS', 'POST']) {
      assert.equal((await asked(method, 'https://evil.example')).headers['access-control-allow-origin'], undefined);
    }
    assertFailure(await api.get('/nothing'), 404, 'not_found');
    assertFailure(await api.get('/auth/init'), 405, 'bad_request');
    assert.equal((await api.get('/version')).status, 200);
  });

  test('whatever is sent, nothing is our fault', async () => {
    const { body: signIn } = await person().beginSignIn();
    const bodies = {
      '/reg/init': { app: { id: 'test' }, deviceInfo: {}, user: { username: 'uma' } },
      '/auth/init': { app: { id: 'test' }, deviceInfo: {}, user: { username: '' } },
      '/auth/complete': { session: signIn.session, assertionResult: { clientDataJSON: 'e30', authenticatorData: 'AA', credentialId: 'AA', signature: 'AA' } },
      '/reg/complete': { session: signIn.session, creationResult: { clientDataJSON: 'e30', attestationObject: 'AA', credentialId: 'AA' } },
      '/tx/init': { username: 'x', txPayload: 'x', txType: 'raw', nonce: 'x' },
      '/tx/complete': { session: signIn.session, keyHandle: 'AA', clientData: 'e30', authenticatorData: 'AA', signature: 'AA' },
    };
    const values = [null, 1, true, [], {}, '', '\0', '\ud800', 'x'.repeat(70_000), '💥', -1e300];
    const mangled = function* (value) {
      yield* values;
      if (typeof value !== 'object' || value === null) return;
      for (const name of Object.keys(value)) {
        const { [name]: inner, ...others } = value;
        yield others;
        for (const other of mangled(inner)) yield { ...others, [name]: other };
      }
    };
    for (const [path, good] of Object.entries(bodies)) {
      for (const body of mangled(good)) {
        const { status, text, body: answer } = await api.post(path, body);
        assert.ok(status < 500, `${path} ${JSON.stringify(body).slice(0, 200)}: ${status} ${text}`);
        if (status >= 400) assert.ok(answer.msg && answer.msgCode, text);
      }
      for (const raw of ['', '{', '[]', 'null', '"\\ud800"', '{"a":1}x', `{"a":${'['.repeat(5000)}`, 'x'.repeat(300_000)]) {
        assertFailure(await api.call('POST', path, { body: raw, headers: { 'Content-Type': 'application/json' } }), 400, 'bad_request');
      }
    }
  });
});
