// The ceremonies of the LoginID surface to the member (its contract's sections 5 to 9 and 11.A, F, G, I, J): what each endpoint
// answers, where its limits are, and what it refuses. Tests carry the number of the endpoint.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';

import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';

import { FLAGS, createAuthenticator } from '../harness/authenticator.mjs';
import { createMaker } from '../harness/certificates.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { API_KEY, assertRefusal, assertionResult, connectLoginId, createPerson, creationResult, sentCodes } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

onEachDatabase('Ceremonies of the LoginID surface', (engine) => {
  let server, api;
  before(async () => {
    server = await startServer(engine);
    api = connectLoginId(server);
  });
  after(() => server?.end());

  const person = (on = api, settings) => createPerson(on, settings);
  const app = { id: 'test' };
  const regInit = (body, options) => api.post('/reg/init', { app, deviceInfo: {}, ...body }, options);
  const authInit = (body, options) => api.post('/auth/init', { app, deviceInfo: {}, ...body }, options);
  const members = (object) => Object.keys(object).sort();
  let number = 0;
  const fresh = (word) => `${word}${(number += 1)}`;

  test('43: POST /reg/init answers with action, options and session, and nothing else', async () => {
    const { status, body, headers } = await regInit({ user: { username: fresh('ada') }, passkeyOptions: {}, trustItems: {} });
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['set-cookie'], undefined);
    assert.deepEqual(members(body), ['action', 'registrationRequestOptions', 'session']);
    const options = body.registrationRequestOptions;
    assert.deepEqual(members(options), ['attestation', 'authenticatorSelection', 'challenge', 'excludeCredentials', 'pubKeyCredParams', 'rp', 'timeout', 'user']);
    assert.equal(Buffer.from(options.challenge, 'base64url').length, 32);
    // What decodes to 27 bytes and comes back as it was.
    assert.equal(Buffer.from(options.user.id, 'base64url').length, 27);
    assert.equal(Buffer.from(options.user.id, 'base64url').toString('base64url'), options.user.id);
    assert.match(body.session, /^[A-Za-z0-9._~-]{16,2048}$/);
  });

  test('43: names have 1 to 255 characters, and the form of their kind', async () => {
    const longest = fresh('n').padEnd(255, 'é');
    for (const user of [
      { username: longest }, { username: ` ${longest.slice(0, 253)} ` }, { username: `${fresh('a')}@example.com`, usernameType: 'email' },
      { username: '+1234567', usernameType: 'phone' }, { username: '+123456789012345', usernameType: 'phone' },
      { username: fresh('a'), usernameType: null }, { username: fresh('a'), displayName: 'x'.repeat(255) }, { username: fresh('a'), displayName: null },
      { username: fresh('a'), displayName: '' }, { username: '\u{1F600}'.repeat(255) }, { username: 'a@b', usernameType: 'other' },
    ]) {
      const { status, text } = await regInit({ user });
      assert.equal(status, 200, `${JSON.stringify(user).slice(0, 80)} ${text}`);
    }
    for (const user of [
      { username: 'x'.repeat(256) }, { username: '' }, { username: '  ' }, {}, { username: null }, { username: 7 }, { username: ['x'] },
      { username: 'no address', usernameType: 'email' }, { username: '@example.com', usernameType: 'email' }, { username: 'a@', usernameType: 'email' },
      { username: '+123456', usernameType: 'phone' }, { username: '+1234567890123456', usernameType: 'phone' }, { username: '46701234567', usernameType: 'phone' },
      { username: 'x', usernameType: 'fax' }, { username: 'x', usernameType: 'EMAIL' }, { username: 'x', usernameType: 1 },
      { username: 'x', displayName: 'y'.repeat(256) }, { username: 'x', displayName: 3 }, { username: 'a\u0000b' }, { username: '\ud800' }, 'x', ['x'], 3,
    ]) {
      assertRefusal(await regInit({ user }), 400, 'bad_request');
    }
  });

  test('43: the options carry the name and the display name that were sent', async () => {
    const name = fresh('Ida');
    const plain = await regInit({ user: { username: name } });
    assert.deepEqual(plain.body.registrationRequestOptions.user.name, name);
    assert.deepEqual(plain.body.registrationRequestOptions.user.displayName, name);
    const ida = person();
    const begun = await ida.beginRegistration(name, { user: { username: name, displayName: 'Ida I.' } });
    assert.equal(begun.body.registrationRequestOptions.user.displayName, 'Ida I.');
    const { jwtAccess: token } = (await ida.completeRegistration(begun)).body;
    const again = await regInit({ user: { username: name, displayName: 'Ida II.' } }, { token });
    assert.equal(again.body.registrationRequestOptions.user.displayName, 'Ida II.');
    const kept = await regInit({ user: { username: name } }, { token });
    assert.equal(kept.body.registrationRequestOptions.user.displayName, 'Ida I.');
    assert.equal(kept.body.registrationRequestOptions.user.name, name);
  });

  test('43: what is missing or of another kind is refused', async () => {
    const user = { username: fresh('x') };
    const good = { app, deviceInfo: {}, user };
    for (const body of [
      {}, { ...good, app: undefined }, { ...good, app: {} }, { ...good, app: 'test' }, { ...good, app: ['test'] }, { ...good, app: { id: 1 } },
      { ...good, deviceInfo: undefined }, { ...good, deviceInfo: null }, { ...good, deviceInfo: [] }, { ...good, deviceInfo: 'x' }, { ...good, user: undefined },
      { ...good, passkeyOptions: [] }, { ...good, passkeyOptions: { securityKey: 'yes' } }, { ...good, passkeyOptions: { conditionalCreate: 1 } },
      { ...good, passkeyOptions: true }, { ...good, trustItems: [] }, { ...good, trustItems: 'x' }, [], [app, {}, user], null, 'x', 1, true,
    ]) {
      assertRefusal(await api.post('/reg/init', body === undefined ? '' : JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } }), 400, 'bad_request');
    }
    for (const extra of [{ trustItems: { auth: 'no token', other: 3, wallet: null } }, { unknown: { a: [1] } }, { passkeyOptions: null }, { trustItems: null }, { app: { id: 'test', token: 'x', more: 1 } }]) {
      const { status, text } = await regInit({ user, ...extra });
      assert.equal(status, 200, text);
    }
    assertRefusal(await regInit({ user, app: { id: 'nobody' } }), 404, 'not_found');
    assertRefusal(await regInit({ user, app: { id: 'TEST' } }), 404, 'not_found');
    assertRefusal(await regInit({ user, app: { id: '' } }), 404, 'not_found');
  });

  test('43: a device tells of itself what it likes, within limits', async () => {
    for (const deviceInfo of [
      { clientType: 'toaster' }, { webauthnCapabilities: 'no JSON' }, { webauthnCapabilities: '{}' }, { webauthnCapabilities: `{"a":"${'x'.repeat(5000)}"}` },
      { osName: 'x'.repeat(3000) }, { deviceId: 'x'.repeat(128) }, { deviceId: '' }, { screenHeight: 0, screenWidth: 2 ** 40 }, { screenWidth: -1 },
      { lastUsedAt: '2025-01-02T16:40:44Z', hasBluetooth: true }, { clientName: null, screenHeight: null, deviceId: null }, { more: {} },
    ]) {
      const { status, text } = await regInit({ user: { username: fresh('dev') }, deviceInfo });
      assert.equal(status, 200, `${JSON.stringify(deviceInfo).slice(0, 80)} ${text}`);
    }
    for (const deviceInfo of [
      { deviceId: 'x'.repeat(129) }, { deviceId: 'a\nb' }, { deviceId: 7 }, { screenHeight: '800' }, { screenHeight: 1.5 }, { hasBluetooth: 'yes' }, { clientName: 1 },
      { webauthnCapabilities: {} }, { osVersion: ['1'] }, { clientType: 3 }, { screenWidth: 1e300 }, { lastUsedAt: 7 },
    ]) {
      assertRefusal(await regInit({ user: { username: fresh('dev') }, deviceInfo }), 400, 'bad_request');
    }
  });

  test('42: POST /reg/complete answers with a token, the user, the passkey and the device', async () => {
    const bea = person();
    const begun = await bea.beginRegistration(fresh('bea'));
    const { status, body, headers } = await bea.completeRegistration(begun);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual(members(body), ['deviceId', 'jwtAccess', 'passkeyId', 'userId']);
    assert.equal(body.userId, begun.body.registrationRequestOptions.user.id);
    for (const id of [body.userId, body.passkeyId, body.deviceId]) assert.match(id, UUID);
    assert.ok(body.jwtAccess.length < 3500);
    assert.deepEqual(members(decodeJwt(body.jwtAccess)), ['aud', 'credID', 'exp', 'iat', 'iss', 'rpId', 'scopes', 'sub', 'tokenType', 'username', 'verify']);
  });

  test('42: each spelling of base64 is read', async () => {
    const spellings = [
      (text) => Buffer.from(text, 'base64url').toString('base64'), (text) => Buffer.from(text, 'base64url').toString('base64').replaceAll('=', ''),
      (text) => `${text}${'='.repeat((4 - (text.length % 4)) % 4)}`,
    ];
    for (const spell of spellings) {
      const eve = person();
      const begun = await eve.beginRegistration(fresh('eve'));
      const made = creationResult(eve.authenticator.create(begun.body.registrationRequestOptions, { origin: server.url }));
      for (const member of ['clientDataJSON', 'attestationObject', 'credentialId']) made[member] = spell(made[member]);
      const registered = await api.post('/reg/complete', { session: begun.body.session, creationResult: made });
      assert.equal(registered.status, 200, registered.text);
      const signIn = await eve.beginSignIn();
      const signed = eve.authenticator.get(signIn.body.assertionOptions, { origin: server.url });
      const result = assertionResult(signed, registered.body.userId);
      for (const member of members(result)) result[member] = spell(result[member]);
      const signedIn = await api.post('/auth/complete', { session: signIn.body.session, assertionResult: result });
      assert.equal(signedIn.status, 200, signedIn.text);
    }
  });

  test('42: names of passkeys are trimmed, have up to 255 characters, and are made up where none is given', async () => {
    const register = async (passkeyName, headers = {}) => {
      const fay = person();
      const begun = await api.post('/reg/init', { app, deviceInfo: {}, user: { username: fresh('fay') } }, { headers });
      const done = await fay.completeRegistration(begun, {}, passkeyName === undefined ? {} : { passkeyName });
      if (done.status !== 200) return done;
      const listed = await api.get('/passkeys', { token: done.body.jwtAccess });
      return listed.body[0].name;
    };
    assert.equal(await register(' My key '), 'My key');
    assert.equal(await register('x'.repeat(255)), 'x'.repeat(255));
    assert.match(await register(undefined, { 'User-Agent': IPHONE }), /^Passkey \(iOS 18\.1\.1,Safari\) - \d{4}-\d\d-\d\d \d\d:\d\d$/);
    for (const none of [undefined, '', ' ', null]) assert.match(await register(none), /^Passkey - \d{4}-\d\d-\d\d \d\d:\d\d$/);
    for (const bad of ['x'.repeat(256), 3, ['x'], 'a\u0000']) assertRefusal(await register(bad), 400, 'bad_request');
  });

  test('42: what is malformed is refused and uses nothing up; what fails is refused and uses the session up', async () => {
    const gil = person();
    const begun = await gil.beginRegistration(fresh('gil'));
    const made = creationResult(gil.authenticator.create(begun.body.registrationRequestOptions, { origin: server.url }));
    const session = begun.body.session;
    for (const body of [
      {}, { session }, { creationResult: made }, { session: null, creationResult: made }, { session: 3, creationResult: made }, { session, creationResult: [] },
      { session, creationResult: 'x' }, { session, creationResult: { ...made, clientDataJSON: undefined } }, { session, creationResult: { ...made, attestationObject: '' } },
      { session, creationResult: { ...made, credentialId: '%%' } }, { session, creationResult: { ...made, credentialId: 7 } }, [session, made],
      { session, creationResult: [made.clientDataJSON, made.attestationObject, made.credentialId] }, { session, creationResult: { ...made, transports: 'internal' } },
      { session, creationResult: { ...made, transports: [1] } }, { session, creationResult: made, passkeyName: 3 },
    ]) {
      assertRefusal(await api.post('/reg/complete', body), 400, 'bad_request');
    }
    for (const other of ['', 'x', `${session}x`, session.slice(1), session.toUpperCase(), 'x'.repeat(3000), `nobody${session.slice(4)}`]) {
      assertRefusal(await api.post('/reg/complete', { session: other, creationResult: made }), 400, 'bad_request');
    }
    const right = await api.post('/reg/complete', { session, creationResult: { ...made, authenticatorData: 7, publicKey: {}, publicKeyAlgorithm: 'x', more: 1 } });
    assert.equal(right.status, 200, right.text);
    assertRefusal(await api.post('/reg/complete', { session, creationResult: made }), 400, 'bad_request');

    for (const tamper of [
      { clientData: { type: 'webauthn.get' } }, { clientData: { challenge: 'AAAA' } }, { clientData: { origin: 'https://evil.example' } }, { clientData: { origin: 'null' } },
      { clientData: { origin: undefined } }, { rpId: 'evil.example' }, { flags: FLAGS.UV }, { flags: 0 }, { flags: FLAGS.UP | FLAGS.BS },
    ]) {
      const begun = await gil.beginRegistration(fresh('gil'));
      assertRefusal(await gil.completeRegistration(begun, tamper), 400, 'bad_request');
      assertRefusal(await gil.completeRegistration(begun), 400, 'bad_request');
    }
    // Nobody was made by what failed.
    assertRefusal(await api.get(`/mgmt/users?username=gil${number}`, { key: API_KEY }), 404, 'not_found');
  });

  test('42: a credential is registered once in an application', async () => {
    const [hal, ian] = [person(), person()];
    const begun = await hal.beginRegistration(fresh('hal'));
    const made = creationResult(hal.authenticator.create(begun.body.registrationRequestOptions, { origin: server.url }));
    assert.equal((await api.post('/reg/complete', { session: begun.body.session, creationResult: made })).status, 200);
    const other = await ian.beginRegistration(fresh('ian'));
    assertRefusal(await api.post('/reg/complete', { session: other.body.session, creationResult: { ...made, credentialId: 'AAAA' } }), 400, 'bad_request');
    const mine = await ian.beginRegistration(fresh('ian'));
    const copied = ian.authenticator.create(mine.body.registrationRequestOptions, { origin: server.url });
    const result = creationResult(copied);
    assertRefusal(await api.post('/reg/complete', { session: mine.body.session, creationResult: { ...result, credentialId: made.credentialId } }), 400, 'bad_request');
  });

  test('42: transports are kept, and come back in options', async () => {
    const jon = person();
    const name = fresh('jon');
    const begun = await jon.beginRegistration(name);
    const made = creationResult(jon.authenticator.create(begun.body.registrationRequestOptions, { origin: server.url }), { transports: ['usb', 'nfc', 'hybrid'] });
    assert.equal((await api.post('/reg/complete', { session: begun.body.session, creationResult: made })).status, 200);
    const { assertionOptions } = (await jon.beginSignIn(name)).body;
    assert.deepEqual(assertionOptions.allowCredentials, [{ id: made.credentialId, type: 'public-key', transports: ['usb', 'nfc', 'hybrid'] }]);
  });

  test('43: all passkeys of the user are excluded, the most recently used first', async () => {
    const kai = person();
    const name = fresh('kai');
    const { jwtAccess: token } = (await kai.register(name)).body;
    for (const _ of [1, 2]) assert.equal((await kai.completeRegistration(await kai.beginRegistration(name, { token }))).status, 200);
    const [first, second, third] = kai.authenticator.credentials.keys();
    const used = await kai.beginSignIn(name);
    await kai.completeSignIn(used, { id: second });
    const excluded = (await kai.beginRegistration(name, { token })).body.registrationRequestOptions.excludeCredentials.map(({ id }) => id);
    assert.equal(excluded[0], second);
    assert.deepEqual(excluded.toSorted(), [first, second, third].toSorted());
    const { allowCredentials } = (await kai.beginSignIn(name)).body.assertionOptions;
    assert.deepEqual(allowCredentials.map(({ id }) => id), excluded);
    const listed = (await api.get('/passkeys', { token })).body;
    assert.deepEqual(listed.map(({ credentialId }) => credentialId).toSorted(), excluded.toSorted());
    const times = listed.map(({ createdAt }) => createdAt);
    assert.deepEqual(times, times.toSorted().reverse());
  });

  test('28: POST /auth/init answers with five members, and a sixth where passkeys are offered', async () => {
    const lea = person();
    const name = fresh('lea');
    await lea.register(name);
    const named = await authInit({ user: { username: ` ${name.toUpperCase()} ` }, trustItems: { auth: 'x' } });
    assert.deepEqual(members(named.body), ['action', 'assertionOptions', 'crossAuthMethods', 'fallbackMethods', 'passkeyType', 'session']);
    assert.deepEqual(members(named.body.assertionOptions), ['allowCredentials', 'challenge', 'rpId', 'timeout', 'userVerification']);
    assert.equal(Buffer.from(named.body.assertionOptions.challenge, 'base64url').length, 32);
    for (const user of [undefined, null, { username: '' }, { username: '  ' }, { username: '', usernameType: 'email' }]) {
      const { status, body, text } = await authInit({ user });
      assert.equal(status, 200, text);
      assert.deepEqual(members(body), ['action', 'assertionOptions', 'crossAuthMethods', 'fallbackMethods', 'session']);
      assert.deepEqual([body.action, body.assertionOptions.allowCredentials, body.crossAuthMethods, body.fallbackMethods], ['proceed', [], [], []]);
    }
    assertRefusal(await authInit({ user: { username: fresh('nobody') } }), 404, 'not_found');
    for (const user of [{}, { username: 3 }, { username: 'x'.repeat(256) }, { username: 'x', usernameType: 'fax' }, { username: '', usernameType: 'fax' }, [], 'x', { username: null }]) {
      assertRefusal(await authInit({ user }), 400, 'bad_request');
    }
    assertRefusal(await api.post('/auth/init', { app, user: { username: '' } }), 400, 'bad_request');
    assertRefusal(await api.post('/auth/init', { deviceInfo: {}, user: { username: '' } }), 400, 'bad_request');
    // The type of a name says nothing about whom it finds.
    assert.equal((await authInit({ user: { username: name } })).status, 200);
  });

  test('28: a passkey that is backed up is synced', async () => {
    const mia = person();
    const name = fresh('mia');
    const synced = FLAGS.UP | FLAGS.UV | FLAGS.BE | FLAGS.BS;
    const { jwtAccess: token } = (await mia.completeRegistration(await mia.beginRegistration(name), { flags: synced })).body;
    assert.equal((await mia.beginSignIn(name)).body.passkeyType, 'synced');
    assert.equal((await api.get('/passkeys', { token })).body[0].credentialSynced, true);
    // BE stays; BS may change.
    assertRefusal(await mia.completeSignIn(await mia.beginSignIn(name), { flags: FLAGS.UP | FLAGS.UV }), 400, 'bad_request');
    assert.equal((await mia.completeSignIn(await mia.beginSignIn(name), { flags: FLAGS.UP | FLAGS.UV | FLAGS.BE })).status, 200);
    assert.equal((await mia.beginSignIn(name)).body.passkeyType, 'device');
    assert.equal((await api.get('/passkeys', { token })).body[0].credentialSynced, false);
  });

  test('28: who is out of reach of every passkey is offered another way, if there is one', async () => {
    const ned = person();
    const name = fresh('ned');
    await ned.register(name);
    const reach = (capabilities) => authInit({ user: { username: name }, deviceInfo: { webauthnCapabilities: JSON.stringify(capabilities) } });
    const nothing = { hybridTransport: false, userVerifyingPlatformAuthenticator: false, passkeyPlatformAuthenticator: false };
    assert.equal((await reach(nothing)).body.action, 'crossAuth');
    for (const member of Object.keys(nothing)) {
      assert.equal((await reach({ ...nothing, [member]: true })).body.action, 'proceed', member);
      const { [member]: _, ...silent } = nothing;
      assert.equal((await reach(silent)).body.action, 'proceed', member);
    }
  });

  test('27: POST /auth/complete answers as a registration does, and refuses what is not right', async () => {
    const oda = person();
    const name = fresh('oda');
    const registered = (await oda.register(name)).body;
    const begun = await oda.beginSignIn(name);
    const signed = oda.authenticator.get(begun.body.assertionOptions, { origin: server.url });
    const result = assertionResult(signed, registered.userId);
    const { session } = begun.body;
    for (const body of [
      {}, { session }, { assertionResult: result }, { session, assertionResult: null }, { session, assertionResult: [] }, { session, assertionResult: { ...result, signature: undefined } },
      { session, assertionResult: { ...result, signature: '' } }, { session, assertionResult: { ...result, authenticatorData: '!' } }, { session, assertionResult: { ...result, userHandle: 3 } },
      { session, assertionResult: { ...result, userHandle: '!' } }, { session: '', assertionResult: result }, [session, result],
    ]) {
      assertRefusal(await api.post('/auth/complete', body), 400, 'bad_request');
    }
    const { status, body, text } = await api.post('/auth/complete', { session, assertionResult: result });
    assert.equal(status, 200, text);
    assert.deepEqual(members(body), ['deviceId', 'jwtAccess', 'passkeyId', 'userId']);
    assert.deepEqual([body.userId, body.passkeyId], [registered.userId, registered.passkeyId]);
    assertRefusal(await api.post('/auth/complete', { session, assertionResult: result }), 400, 'bad_request');

    // The handle: as it is, empty or left out where the session names the user; needed where it does not.
    for (const userHandle of [undefined, '', null, registered.userId]) {
      const begun = await oda.beginSignIn(name);
      const signed = oda.authenticator.get(begun.body.assertionOptions, { origin: server.url });
      const done = await api.post('/auth/complete', { session: begun.body.session, assertionResult: { ...assertionResult(signed), userHandle } });
      assert.equal(done.status, 200, `${userHandle} ${done.text}`);
    }
    for (const userHandle of [undefined, '', 'AAAA', randomUUID()]) {
      const begun = await oda.beginSignIn();
      const signed = oda.authenticator.get(begun.body.assertionOptions, { origin: server.url });
      assertRefusal(await api.post('/auth/complete', { session: begun.body.session, assertionResult: { ...assertionResult(signed), userHandle } }), 400, 'bad_request');
    }
    // Counting: the same count again is refused, whoever counts.
    assertRefusal(await oda.completeSignIn(await oda.beginSignIn(name), { signCount: 1 }), 400, 'bad_request');
  });

  test('27: an authenticator that does not count signs in again and again', async () => {
    const pia = person();
    const name = fresh('pia');
    assert.equal((await pia.completeRegistration(await pia.beginRegistration(name), { signCount: 0 })).status, 200);
    for (const _ of [1, 2]) assert.equal((await pia.completeSignIn(await pia.beginSignIn(name), { signCount: 0 })).status, 200);
    assert.equal((await pia.completeSignIn(await pia.beginSignIn(name), { signCount: 5 })).status, 200);
    assertRefusal(await pia.completeSignIn(await pia.beginSignIn(name), { signCount: 5 }), 400, 'bad_request');
    assertRefusal(await pia.completeSignIn(await pia.beginSignIn(name), { signCount: 0 }), 400, 'bad_request');
  });

  test('27: unknown, foreign and malformed credentials are told apart', async () => {
    const [quy, rex] = [person(), person()];
    const [name, other] = [fresh('quy'), fresh('rex')];
    await quy.register(name);
    await rex.register(other);
    const begun = await quy.beginSignIn(name);
    const signed = quy.authenticator.get(begun.body.assertionOptions, { origin: server.url });
    assertRefusal(await api.post('/auth/complete', { session: begun.body.session, assertionResult: { ...assertionResult(signed), credentialId: 'AAAA' } }), 404, 'forbidden');
    assertRefusal(await api.post('/auth/complete', { session: begun.body.session, assertionResult: assertionResult(signed) }), 400, 'bad_request');
    const mine = await quy.beginSignIn(name);
    const [foreign] = rex.authenticator.credentials.keys();
    const wrong = rex.authenticator.get({ ...mine.body.assertionOptions, allowCredentials: [] }, { origin: server.url, id: foreign });
    assertRefusal(await api.post('/auth/complete', { session: mine.body.session, assertionResult: assertionResult(wrong) }), 404, 'forbidden');
    const long = await quy.beginSignIn(name);
    assertRefusal(await api.post('/auth/complete', { session: long.body.session, assertionResult: { ...assertionResult(signed), credentialId: Buffer.alloc(1024).toString('base64url') } }), 404, 'forbidden');
  });

  test('26: POST /tx/init answers with an id, a session and options, within its limits', async () => {
    const sol = person();
    const name = fresh('sol');
    await sol.register(name);
    const init = (extra) => api.post('/tx/init', { username: name, txPayload: 'x', txType: 'raw', nonce: 'n', ...extra });
    const { status, body } = await init({});
    assert.equal(status, 200);
    assert.deepEqual(members(body), ['assertionOptions', 'session', 'txId']);
    assert.match(body.txId, UUID);
    assert.deepEqual(members(body.assertionOptions), ['allowCredentials', 'challenge', 'rpId', 'timeout', 'userVerification']);
    assert.equal(body.assertionOptions.userVerification, 'required');
    for (const fits of [
      { txPayload: 'x'.repeat(65536) }, { txPayload: 'é'.repeat(32768) }, { txType: 'x'.repeat(64) }, { txType: ' ' }, { nonce: 'x'.repeat(255) }, { username: ` ${name} ` },
    ]) {
      const { status, text } = await init(fits);
      assert.equal(status, 200, `${JSON.stringify(fits).slice(0, 60)} ${text}`);
    }
    for (const bad of [
      { txPayload: 'x'.repeat(65537) }, { txPayload: 'é'.repeat(32769) }, { txPayload: '' }, { txPayload: 7 }, { txPayload: undefined }, { txPayload: {} },
      { txType: 'x'.repeat(65) }, { txType: '' }, { txType: undefined }, { nonce: 'x'.repeat(256) }, { nonce: '' }, { nonce: null }, { username: '' }, { username: 'x'.repeat(256) },
      { username: undefined }, { username: ['x'] },
    ]) {
      assertRefusal(await init(bad), 400, 'bad_request');
    }
    assertRefusal(await init({ username: fresh('nobody') }), 404, 'not_found');
  });

  test('25: POST /tx/complete answers with a token, the passkey, and its id', async () => {
    const tim = person();
    const name = fresh('tim');
    const { passkeyId, userId, jwtAccess } = (await tim.register(name)).body;
    const nonce = 'f846bb01-492e-422b-944a-44b04adc441e';
    const begun = await tim.beginTransaction(name.toUpperCase(), 'Überweisung \u{1F4B6}', { txType: 'any thing', nonce });
    const { assertionOptions: options, session, txId } = begun.body;
    const signed = tim.authenticator.get(options, { origin: server.url });
    const good = {
      session, keyHandle: signed.id, clientData: signed.response.clientDataJson, authenticatorData: signed.response.authenticatorData, signature: signed.response.signature,
    };
    for (const member of Object.keys(good)) {
      for (const value of [undefined, '', null, 7, [], '%']) assertRefusal(await api.post('/tx/complete', { ...good, [member]: value }), 400, 'bad_request');
    }
    const done = await api.post('/tx/complete', good);
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(members(done.body), ['authCred', 'credentialId', 'token']);
    assert.equal(done.body.credentialId, passkeyId);
    assert.equal(done.body.authCred.id, passkeyId);
    assert.match(done.body.authCred.createdAt, INSTANT);
    const keys = createRemoteJWKSet(new URL(`${api.base.replace('localhost', '127.0.0.1')}/fido2/v2/.well-known/jwks.json`));
    const { payload: claims, protectedHeader } = await jwtVerify(done.body.token, keys, { audience: 'test', issuer: server.url, algorithms: ['ES256'] });
    assert.deepEqual(members(protectedHeader), ['alg', 'kid', 'typ']);
    const { iat, exp, lNonce, ...rest } = claims;
    assert.equal(exp - iat, 600);
    assert.equal(Buffer.from(lNonce, 'base64url').length, 32);
    const txHash = createHash('sha256').update(`Überweisung \u{1F4B6}${nonce}${lNonce}`).digest('base64url');
    assert.equal(options.challenge, txHash);
    assert.deepEqual(rest, { iss: server.url, aud: 'test', sub: userId, username: name, credID: passkeyId, txId, txType: 'any thing', txHash, nonce, tokenType: 'tx' });
    assert.equal((await api.post('/mgmt/token/verify', { jwtAccess: done.body.token }, { key: API_KEY })).status, 204);
    assertRefusal(await api.get('/passkeys', { token: done.body.token }), 401, 'unauthorized');
    assertRefusal(await api.post('/tx/complete', good), 400, 'bad_request');

    const wrong = async (tamper) => tim.completeTransaction(await tim.beginTransaction(name, 'x'), tamper);
    for (const tamper of [{ clientData: { origin: 'https://evil.example' } }, { clientData: { challenge: 'AAAA' } }, { rpId: 'evil.example' }, { flags: FLAGS.UP }, { flags: FLAGS.UV }, { signCount: 1 }]) {
      assertRefusal(await wrong(tamper), 403, 'forbidden');
    }
    const stranger = person();
    await stranger.register(fresh('una'));
    const [foreign] = stranger.authenticator.credentials.keys();
    const theirs = await tim.beginTransaction(name, 'x');
    const forged = stranger.authenticator.get({ ...theirs.body.assertionOptions, allowCredentials: [] }, { origin: server.url, id: foreign });
    assertRefusal(await api.post('/tx/complete', {
      session: theirs.body.session, keyHandle: foreign, clientData: forged.response.clientDataJson, authenticatorData: forged.response.authenticatorData, signature: forged.response.signature,
    }), 403, 'forbidden');
    for (const begin of [() => tim.beginSignIn(name), () => tim.beginRegistration(name, { token: jwtAccess })]) {
      assertRefusal(await api.post('/tx/complete', { ...good, session: (await begin()).body.session }), 400, 'bad_request');
    }
    const one = await tim.beginTransaction(name, 'x');
    const last = tim.authenticator.get(one.body.assertionOptions, { origin: server.url, signCount: 99 });
    const twice = await Promise.all([1, 2, 3, 4].map(() => api.post('/tx/complete', {
      session: one.body.session, keyHandle: last.id, clientData: last.response.clientDataJson, authenticatorData: last.response.authenticatorData, signature: last.response.signature,
    })));
    assert.deepEqual(twice.map(({ status }) => status).toSorted(), [200, 400, 400, 400]);
  });

  test('44, 45: GET /passkeys shows what PUT /passkeys/{id} names, and names have limits', async () => {
    const val = person();
    const begun = await regInit({ user: { username: fresh('val') }, deviceInfo: { clientType: 'browser', screenHeight: 800 } }, { headers: { 'User-Agent': IPHONE } });
    const { jwtAccess: token, passkeyId, deviceId } = (await val.completeRegistration(begun)).body;
    const { headers, body } = await api.get('/passkeys', { token });
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['cache-control'], 'no-store');
    const [passkey] = body;
    assert.equal(passkey.aaguid, '00000000-0000-0000-0000-000000000000');
    assert.ok(!('providerName' in passkey));
    assert.match(passkey.credentialId, BASE64URL);
    assert.equal(passkey.credentialSynced, false);
    for (const time of [passkey.createdAt, passkey.lastUsedAt, passkey.lastUsedFrom.lastUsedAt]) assert.match(time, INSTANT);
    assert.equal(passkey.lastUsedFromDevice.deviceId, deviceId);
    assert.equal(passkey.lastUsedFromDevice.osName, 'iOS');
    const rename = (name, id = passkeyId) => api.put(`/passkeys/${id}`, name === undefined ? {} : { name }, { token });
    for (const name of ['x', 'x'.repeat(255), ' y ', 'é'.repeat(255)]) {
      const { status, text, headers } = await rename(name);
      assert.deepEqual([status, text, headers['content-type']], [204, '', undefined]);
      assert.equal((await api.get('/passkeys', { token })).body[0].name, name.trim());
    }
    for (const name of [undefined, '', '  ', 'x'.repeat(256), 7, null, ['x'], 'a\u0000', '\ud800']) assertRefusal(await rename(name), 400, 'bad_request');
    for (const id of ['x', '%00', randomUUID(), 'é', 'x'.repeat(2000)]) assertRefusal(await rename('x', encodeURIComponent(id)), 404, 'not_found');
  });

  test('44a: DELETE /passkeys/{id} deletes a passkey, the last one too', async () => {
    const wes = person();
    const name = fresh('wes');
    const { jwtAccess: token, passkeyId } = (await wes.register(name)).body;
    for (const id of ['x', randomUUID()]) assertRefusal(await api.delete(`/passkeys/${id}`, { token }), 404, 'not_found');
    const { status, text } = await api.delete(`/passkeys/${passkeyId}`, { token });
    assert.deepEqual([status, text], [204, '']);
    assertRefusal(await api.delete(`/passkeys/${passkeyId}`, { token }), 404, 'not_found');
    assert.deepEqual((await api.get('/passkeys', { token })).body, []);
    const [gone] = wes.authenticator.credentials.keys();
    const anyone = await wes.beginSignIn();
    assertRefusal(await wes.completeSignIn(anyone, { id: gone }), 404, 'forbidden');
  });

  test('46: GET /passkeys/aaguid/{aaguid} names every make of the contract, with icons', async () => {
    const { jwtAccess: token } = (await person().register(fresh('xia'))).body;
    const makes = {
      'fbfc3007-154e-4ecc-8c0b-6e020557d7bd': 'Apple Passwords', 'dd4ec289-e01d-41c9-bb89-70fa845d4bf2': 'Apple Passwords (managed)',
      'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4': 'Google Password Manager', 'adce0002-35bc-c60a-648b-0b25f1f05503': 'Chrome on Mac',
      '771b48fd-d3d4-4f74-9232-fc157ab0507a': 'Edge on Mac', '08987058-cadc-4b81-b6e1-30de50dcbe96': 'Windows Hello',
      '9ddd1817-af5a-4672-a2b9-3e3dd95000a9': 'Windows Hello', '6028b017-b1d4-4c02-b4b3-afcdafc96bb2': 'Windows Hello',
      'bada5566-a7aa-401f-bd96-45619a55120d': '1Password', 'd548826e-79b4-db40-a3d8-11116f7e8349': 'Bitwarden', '531126d6-e717-415c-9320-3d9aa6981239': 'Dashlane',
      'b84e4048-15dc-4dd0-8640-f4f60813c8af': 'NordPass', '0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6': 'Keeper', 'f3809540-7f14-49c1-a8b3-8f813b225541': 'Enpass',
      '50726f74-6f6e-5061-7373-50726f746f6e': 'Proton Pass', 'fdb141b2-5d84-443e-8a35-4698c205a502': 'KeePassXC', '53414d53-554e-4700-0000-000000000000': 'Samsung Pass',
      '66a0ccb3-bd6a-191f-ee06-e375c50b9846': 'Thales', '8836336a-f590-0921-301d-46427531eee6': 'Thales',
    };
    for (const [aaguid, name] of Object.entries(makes)) {
      for (const path of [`/passkeys/aaguid/${aaguid}`, `/passkeys/aaguid/${aaguid.toUpperCase()}`, `/mgmt/aaguid/${aaguid}`]) {
        const { status, body } = await api.get(path, path.startsWith('/mgmt') ? { key: API_KEY } : { token });
        assert.deepEqual([status, members(body), body.id, body.name], [200, ['iconDark', 'iconLight', 'id', 'name'], aaguid, name]);
        for (const icon of [body.iconLight, body.iconDark]) {
          assert.match(icon, /^data:image\/svg\+xml;base64,/);
          assert.match(Buffer.from(icon.split(',')[1], 'base64').toString(), /^<svg/);
        }
      }
    }
    for (const bad of ['x', 'fbfc3007154e4ecc8c0b6e020557d7bd', '{fbfc3007-154e-4ecc-8c0b-6e020557d7bd}', 'urn:uuid:fbfc3007-154e-4ecc-8c0b-6e020557d7bd', 'fbfc3007-154e-4ecc-8c0b-6e020557d7bg', '%00']) {
      assertRefusal(await api.get(`/passkeys/aaguid/${encodeURIComponent(bad)}`, { token }), 400, 'bad_request');
      assertRefusal(await api.get(`/mgmt/aaguid/${encodeURIComponent(bad)}`, { key: API_KEY }), 400, 'bad_request');
    }
    assertRefusal(await api.get(`/passkeys/aaguid/${randomUUID()}`, { token }), 404, 'not_found');
  });

  test('29: POST /auth/otp shows a code that signs in from anywhere, once', async () => {
    const yan = person();
    const name = fresh('yan');
    const { jwtAccess: token, userId } = (await yan.register(name)).body;
    const shown = await api.call('POST', '/auth/otp', { token });
    assert.equal(shown.status, 200, shown.text);
    assert.deepEqual(members(shown.body), ['code', 'expiresAt']);
    assert.match(shown.body.code, /^\d{6}$/);
    assert.match(shown.body.expiresAt, INSTANT);
    const left = (Date.parse(shown.body.expiresAt) - Date.now()) / 1000;
    assert.ok(left > 290 && left <= 300, `${left}`);
    for (const body of ['', '{}', 'nonsense', '[]']) assert.equal((await api.call('POST', '/auth/otp', { token, body })).status, 200);
    const { code } = (await api.call('POST', '/auth/otp', { token })).body;
    // A new one takes the place of the one before.
    assertRefusal(await api.post('/auth/otp/verify', { authCode: shown.body.code === code ? '!' : shown.body.code, user: { username: name } }), 400, 'bad_request');
    const signedIn = await api.post('/auth/otp/verify', { authCode: code, user: { username: name.toUpperCase(), usernameType: 'other' } });
    assert.equal(signedIn.status, 200, signedIn.text);
    assert.deepEqual(members(signedIn.body), ['jwtAccess', 'userId']);
    assert.equal(signedIn.body.userId, userId);
    const claims = decodeJwt(signedIn.body.jwtAccess);
    assert.ok(!('credID' in claims));
    assert.ok(claims.scopes.includes('reg:write'));
    assert.deepEqual([claims.username, claims.rpId, claims.exp - claims.iat], [name, 'localhost', 600]);
    assertRefusal(await api.post('/auth/otp/verify', { authCode: code, user: { username: name } }), 400, 'bad_request');
    // The journey of the contract: sign in by a code, then make a passkey.
    assert.equal((await yan.beginRegistration(name, { token: signedIn.body.jwtAccess })).status, 200);
  });

  test('30, 31, 32: codes are asked for and shown, and bodies that are not right are refused', async () => {
    for (const path of ['/auth/otp/email', '/auth/otp/sms', '/auth/otp/verify']) {
      const extra = path.endsWith('verify') ? { authCode: '000000' } : {};
      for (const user of [undefined, null, {}, [], ['x'], 'x', { username: '' }, { username: ' ' }, { username: 7 }, { username: 'x'.repeat(256) }, { username: 'x', usernameType: 'fax' }]) {
        assertRefusal(await api.post(path, { ...extra, user }), 400, 'bad_request');
      }
    }
    for (const authCode of [undefined, null, 7, [], {}]) assertRefusal(await api.post('/auth/otp/verify', { authCode, user: { username: 'x' } }), 400, 'bad_request');
    for (const authCode of ['', '000000', 'x'.repeat(100_000), '１２３４５６']) assertRefusal(await api.post('/auth/otp/verify', { authCode, user: { username: 'nobody' } }), 400, 'bad_request');
    const zed = person();
    const email = `${fresh('zed')}@example.com`;
    await zed.register(email, { user: { username: email, usernameType: 'email' } });
    assert.deepEqual((await zed.beginSignIn(email)).body.crossAuthMethods, ['otp', 'otp:email']);
    for (const _ of [1, 2]) {
      const { status, text, headers } = await api.post('/auth/otp/email', { user: { username: email, usernameType: 'email' } });
      assert.deepEqual([status, text, headers['content-type']], [204, '', undefined]);
    }
    const codes = (await sentCodes(server)).filter(({ to }) => to === email);
    assert.equal(codes.length, 1);
    assert.deepEqual(members(codes[0]), ['app', 'channel', 'code', 'expiresAt', 'purpose', 'to', 'username']);
    for (let guess = 0; guess < 4; guess += 1) {
      assertRefusal(await api.post('/auth/otp/verify', { authCode: codes[0].code === '000000' ? '000001' : '000000', user: { username: email } }), 400, 'bad_request');
    }
    assert.equal((await api.post('/auth/otp/verify', { authCode: codes[0].code, user: { username: email } })).status, 200);
  });

  test('1: POST /client-events/submit tells the session to go on with', async () => {
    const session = (await authInit({})).body.session;
    const submit = (body) => api.post('/client-events/submit', body, { token: session });
    for (const body of [{ event: 'x' }, { event: 'x'.repeat(2048) }, { event: 'é'.repeat(2048), isError: true }, { event: 'x', isError: false, more: 1 }, { event: 'x', isError: null }]) {
      const { status, text, body: answer } = await submit(body);
      assert.equal(status, 200, text);
      assert.deepEqual(answer, { session });
    }
    for (const body of [{}, { event: '' }, { event: 'x'.repeat(2049) }, { event: null }, { event: 1 }, { event: 'x', isError: 'no' }, { event: 'x', isError: 1 }, [], ['x'], 'x', null, { event: 'a\u0000' }]) {
      assertRefusal(await api.call('POST', '/client-events/submit', { body: JSON.stringify(body), token: session, headers: { 'Content-Type': 'application/json' } }), 400, 'bad_request');
    }
  });

  test('what came of a ceremony, and what its client told, are events with its trace', async () => {
    const cal = person();
    const name = fresh('cal');
    await cal.register(name);
    const discover = async (traceId) => {
      const { session, authRequestOptions } = (await api.post('/mgmt/discover', { user: { username: name }, userAgent: '', traceId }, { key: API_KEY })).body;
      return { body: { session, assertionOptions: authRequestOptions } };
    };
    const [good, bad] = [await discover('trace-of-success'), await discover('trace-of-failure')];
    await api.post('/client-events/submit', { event: 'NotAllowedError', isError: true }, { token: bad.body.session });
    assert.equal((await cal.completeSignIn(good)).status, 200);
    assertRefusal(await cal.completeSignIn(bad, { clientData: { origin: 'https://evil.example\u0000' } }), 400, 'bad_request');
    const { body } = await connect(server).backend.get('/events?pageNumber=1&numberOfResults=100');
    const told = body.events.filter(({ message }) => /trace-of-/.test(message)).map(({ eventType, message }) => [eventType, message.split(' ').at(-1).replace(/[.]$/, '')]);
    assert.deepEqual(told.toSorted(), [
      ['ApiUserSignInCompleted', 'trace-of-success'], ['ApplicationCeremonyFailed', 'trace-of-failure'], ['ApplicationClientFailed', 'trace-of-failure'],
    ]);
  });

  test('a browser that is trusted is known again once a passkey was used in it, until the last one is gone', async () => {
    const discover = (trustItems) => api.post('/mfa/discover', { trustItems });
    const [store, other] = [trustStore(), trustStore()];
    const ava = person();
    const name = fresh('ava');
    const begun = await regInit({ user: { username: name }, trustItems: { auth: store.item(), junk: 'x' } });
    assertRefusal(await discover({ wallet: store.item() }), 404, 'not_found');
    const { jwtAccess: token, passkeyId } = (await ava.completeRegistration(begun)).body;
    assert.equal((await discover({ wallet: store.item() })).status, 204);
    // The same name with another key is another browser; so is a merchant's.
    assertRefusal(await discover({ wallet: other.item({ id: store.id }) }), 404, 'not_found');
    assertRefusal(await discover({ merchant: store.item() }), 404, 'not_found');
    for (const bad of [{}, { wallet: 'x' }, { wallet: store.item({ exp: Math.floor(Date.now() / 1000) - 120 }) }, { wallet: `${store.item()}x` }]) {
      assertRefusal(await discover(bad), 400, 'bad_request');
    }
    assert.equal((await api.delete(`/passkeys/${passkeyId}`, { token })).status, 204);
    assertRefusal(await discover({ wallet: store.item() }), 404, 'not_found');
  });

  test('an attested passkey keeps its format, and its make is named', async () => {
    const attestation = createMaker('Fruit').attest(Buffer.from('fbfc3007154e4ecc8c0b6e020557d7bd', 'hex'));
    const bob = person();
    const name = fresh('bob');
    const { jwtAccess: token, passkeyId } = (await bob.completeRegistration(await bob.beginRegistration(name), { attestation })).body;
    const [passkey] = (await api.get('/passkeys', { token })).body;
    assert.deepEqual([passkey.aaguid, passkey.providerName], ['fbfc3007-154e-4ecc-8c0b-6e020557d7bd', 'Apple Passwords']);
    assert.match(passkey.name, /^Apple Passwords - /);
    const { passkeyInfo } = (await api.get(`/mgmt/passkeys/${passkeyId}`, { key: API_KEY })).body;
    assert.equal(passkeyInfo.providerName, 'Apple Passwords');
    // A statement that does not verify fails the ceremony.
    const forged = { ...attestation, sign: () => Buffer.alloc(70) };
    assertRefusal(await bob.completeRegistration(await bob.beginRegistration(name, { token }), { attestation: forged }), 400, 'bad_request');
  });

  /** What the SDK keeps in a browser: a name and a key, with which it signs items. */
  function trustStore() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { x, y } = publicKey.export({ format: 'jwk' });
    const own = Array.from({ length: 25 }, () => 'ABCDEFGHJK0123456789'[Math.floor(Math.random() * 20)]).join('');
    return {
      id: own,
      item({ id = own, exp = Math.floor(Date.now() / 1000) + 60 } = {}) {
        const head = encode({ alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256', x, y, ext: true, key_ops: ['verify'] } });
        const signed = `${head}.${encode({ id, exp })}`;
        return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
      },
    };
  }
});
