// What back ends do on the LoginID surface, to the member (its contract's sections 11.D, K and L). Tests carry the number of the
// endpoint.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';

import { onEachDatabase } from '../harness/databases.mjs';
import { API_KEY, assertRefusal, connectLoginId, createPerson, sentCodes } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

onEachDatabase('Management on the LoginID surface', (engine) => {
  let server, api, acme;
  before(async () => {
    server = await startServer(engine);
    await server.createApp('acme');
    await server.command('app', 'set', 'test', 'crossAuthMethods=otp:sms,otp,otp:email');
    api = connectLoginId(server);
    acme = connectLoginId(server, { below: '/apps/acme', app: 'acme' });
  });
  after(() => server?.end());

  const key = API_KEY;
  const members = (object) => Object.keys(object).sort();
  let number = 0;
  const fresh = (word) => `${word}${(number += 1)}`;
  const assertDone = ({ status, text, headers }) => assert.deepEqual([status, text, headers['content-type']], [204, '', undefined], text);
  const post = (path, body) => api.post(path, body, { key });
  const shown = async (username) => (await api.get(`/mgmt/users?username=${encodeURIComponent(username)}`, { key })).body;
  const usernames = async (username) => (await shown(username)).user.usernames.map((one) => one.username);
  const codeFor = async (to) => (await sentCodes(server)).filter((sent) => sent.to === to).at(-1)?.code;

  async function person(word) {
    const name = fresh(word);
    const someone = createPerson(api);
    const { body } = await someone.register(name);
    return { ...someone, name, id: body.userId, token: body.jwtAccess, passkeyId: body.passkeyId, deviceId: body.deviceId };
  }

  test('6, 8, 5: a mail address is put on a profile, proven, and taken off', async () => {
    const ada = await person('ada');
    const path = `/profile/${ada.id}/email`;
    const [first, second, third] = [1, 2, 3].map(() => `${fresh('Mail')}@Example.com`);
    const verify = (authCode, username) => api.post('/profile/email/verify', { authCode, username });

    assertRefusal(await verify('000000', ada.name), 404, 'not_found');
    assertDone(await post(path, { email: first, requestVerification: true }));
    // Pending: nobody is called so yet.
    assert.deepEqual(await usernames(ada.name), [ada.name]);
    assertRefusal(await api.get(`/mgmt/users?username=${first}`, { key }), 404, 'not_found');
    const code = await codeFor(first);
    assertRefusal(await verify(code === '000000' ? '000001' : '000000', ada.name), 400, 'bad_request');
    assertDone(await verify(code, first.toLowerCase()));
    assertRefusal(await verify(code, ada.name), 404, 'not_found');
    assert.deepEqual(await usernames(first.toUpperCase()), [ada.name, first]);
    // What is proven is not asked for again.
    assertDone(await post(path, { email: first.toLowerCase() }));
    assertRefusal(await verify('000000', ada.name), 404, 'not_found');

    assertDone(await post(path, { email: second, requestVerification: false }));
    assert.deepEqual((await ada.beginSignIn(ada.name)).body.crossAuthMethods, ['otp', 'otp:email']);
    assertDone(await api.post('/auth/otp/email', { user: { username: ada.name } }));
    assert.ok(await codeFor(first), 'the first proven address is the primary one');
    assertDone(await api.call('DELETE', path, { body: { email: first.toUpperCase() }, key }));
    assert.deepEqual(await usernames(ada.name), [ada.name, second]);
    assertRefusal(await api.call('DELETE', path, { body: { email: first }, key }), 404, 'not_found');
    assertDone(await api.post('/auth/otp/email', { user: { username: ada.name } }));
    assert.equal((await sentCodes(server)).at(-1).to, second);

    // Taking a pending address off makes its code void.
    assertDone(await post(path, { email: third }));
    assertDone(await api.call('DELETE', path, { body: { email: third }, key }));
    assertRefusal(await verify(await codeFor(third), ada.name), 404, 'not_found');

    const bob = await person('bob');
    for (const [email, requestVerification] of [[second, true], [second.toUpperCase(), false]]) {
      assertRefusal(await post(`/profile/${bob.id}/email`, { email, requestVerification }), 400, 'bad_request');
    }
    for (const body of [
      {}, { email: null }, { email: 7 }, { email: '' }, { email: 'nobody' }, { email: 'a@' }, { email: ['a@b.se'] }, { email: `${'x'.repeat(255)}@example.com` },
      { email: 'a\u0000@example.com' }, { email: 'a@example.com', requestVerification: 'no' }, [], ['a@example.com'], 'a@example.com', null,
    ]) {
      for (const method of ['POST', 'DELETE']) {
        if (method === 'DELETE' && body?.requestVerification) continue;
        const answer = await api.call(method, path, { body: JSON.stringify(body), key, headers: { 'Content-Type': 'application/json' } });
        assertRefusal(answer, 400, 'bad_request');
      }
    }
    for (const id of ['x', randomUUID(), '%00', 'é', `${ada.id}=`]) assertRefusal(await post(`/profile/${encodeURIComponent(id)}/email`, { email: 'a@example.com' }), 404, 'not_found');
  });

  test('5: the last name of a user can not be taken off', async () => {
    const email = `${fresh('only')}@example.com`;
    const eve = createPerson(api);
    const { userId } = (await eve.register(email, { user: { username: email, usernameType: 'email' } })).body;
    assertRefusal(await api.call('DELETE', `/profile/${userId}/email`, { body: { email }, key }), 400, 'bad_request');
    assert.deepEqual((await shown(email)).user, { userId, usernames: [{ username: email, usernameType: 'email' }] });
  });

  test('7, 9, 6a: a telephone number is put on a profile, proven, replaced, and taken off', async () => {
    const fay = await person('fay');
    const path = `/profile/${fay.id}/phone`;
    const [first, second] = ['+46700000001', '+46700000002'];
    const verify = (authCode, username) => api.post('/profile/phone/verify', { authCode, username });
    assertRefusal(await api.delete(path, { key }), 404, 'not_found');
    for (const body of [{ phoneNumber: first }, { phoneNumber: first, requestVerification: true }, { phoneNumber: first, messagingConsent: false, requestVerification: true }]) {
      assertRefusal(await post(path, body), 400, 'bad_request');
    }
    assertDone(await post(path, { phoneNumber: first, messagingConsent: true }));
    assert.deepEqual(await usernames(fay.name), [fay.name]);
    const code = await codeFor(first);
    assertRefusal(await verify(code === '000000' ? '000001' : '000000', fay.name), 400, 'bad_request');
    assertRefusal(await verify(code, fresh('nobody')), 404, 'not_found');
    assertDone(await verify(code, fay.name));
    assert.deepEqual((await shown(first)).user.usernames, [{ username: fay.name, usernameType: 'other' }, { username: first, usernameType: 'phone' }]);
    assert.deepEqual((await fay.beginSignIn(fay.name)).body.crossAuthMethods, ['otp:sms', 'otp']);
    // Without consent it is stored, and never used.
    assertDone(await post(path, { phoneNumber: second, requestVerification: false }));
    assert.deepEqual(await usernames(fay.name), [fay.name, second]);
    assert.deepEqual((await fay.beginSignIn(fay.name)).body.crossAuthMethods, ['otp']);
    assertDone(await api.post('/auth/otp/sms', { user: { username: fay.name } }));
    assert.equal(await codeFor(second), undefined);
    const gus = await person('gus');
    assertRefusal(await post(`/profile/${gus.id}/phone`, { phoneNumber: second, requestVerification: false }), 400, 'bad_request');
    assertDone(await api.delete(path, { key }));
    assert.deepEqual(await usernames(fay.name), [fay.name]);
    for (const body of [
      {}, { phoneNumber: null }, { phoneNumber: 46700000001 }, { phoneNumber: '' }, { phoneNumber: '0701234567' }, { phoneNumber: '+123456' }, { phoneNumber: '+1234567890123456' },
      { phoneNumber: '+46 70 123 45' }, { phoneNumber: '+46700000003', messagingConsent: 'yes' }, [], ['+46700000003', true, false],
    ]) {
      assertRefusal(await post(path, body), 400, 'bad_request');
    }
    for (const [verifyPath, body] of [['/profile/email/verify', {}], ['/profile/phone/verify', { authCode: '1' }], ['/profile/email/verify', { username: 'x' }], ['/profile/phone/verify', { authCode: 1, username: 'x' }], ['/profile/email/verify', { authCode: '1', username: '' }], ['/profile/email/verify', ['1', 'x']]]) {
      assertRefusal(await api.post(verifyPath, body), 400, 'bad_request');
    }
  });

  test('8, 9: after five wrong guesses the right code is refused as well', async () => {
    const hal = await person('hal');
    const email = `${fresh('guess')}@example.com`;
    assertDone(await post(`/profile/${hal.id}/email`, { email }));
    const code = await codeFor(email);
    for (let guess = 0; guess < 5; guess += 1) {
      assertRefusal(await api.post('/profile/email/verify', { authCode: code === '000000' ? '000001' : '000000', username: email }), 400, 'bad_request');
    }
    assertRefusal(await api.post('/profile/email/verify', { authCode: code, username: email }), 400, 'bad_request');
  });

  for (const [row, path] of [['4', (id) => `/profile/${id}`], ['58', (id) => `/mgmt/users/${id}`]]) {
    test(`${row}: DELETE ${path('{id}')} deletes a user with everything of it`, async () => {
      const ian = await person('ian');
      const email = `${fresh('ian')}@example.com`;
      assertDone(await post(`/profile/${ian.id}/email`, { email, requestVerification: false }));
      const { code } = (await api.call('POST', '/auth/otp', { token: ian.token })).body;
      const begun = await ian.beginSignIn(ian.name);
      assertDone(await api.delete(path(ian.id), { key }));
      assertRefusal(await api.delete(path(ian.id), { key }), 404, 'not_found');
      for (const name of [ian.name, email]) assertRefusal(await api.get(`/mgmt/users?username=${name}`, { key }), 404, 'not_found');
      assertRefusal(await api.get(`/mgmt/passkeys/${ian.passkeyId}`, { key }), 404, 'not_found');
      assert.deepEqual((await api.get(`/mgmt/devices/${ian.deviceId}`, { key })).body.users, []);
      assertRefusal(await ian.completeSignIn(begun), 404, 'forbidden');
      assertRefusal(await api.post('/auth/otp/verify', { authCode: code, user: { username: ian.name } }), 400, 'bad_request');
      // What was issued is still a token, and opens nothing.
      assertDone(await post('/mgmt/token/verify', { jwtAccess: ian.token }));
      for (const [method, end, body] of [['GET', '/passkeys'], ['DELETE', `/passkeys/${ian.passkeyId}`], ['PUT', `/passkeys/${ian.passkeyId}`, { name: 'x' }], ['POST', '/auth/otp']]) {
        assertRefusal(await api.call(method, end, { body, token: ian.token }), 404, 'not_found');
      }
      assertRefusal(await ian.beginRegistration(ian.name, { token: ian.token }), 404, 'not_found');
      // The name is free.
      assert.equal((await createPerson(api).register(ian.name)).status, 200);
      assertRefusal(await api.delete(path('x'), { key }), 404, 'not_found');
    });
  }

  test('59, 60: a user is deactivated and activated, as often as one likes', async () => {
    const jan = await person('jan');
    const set = (word, method = 'PUT') => api.call(method, `/mgmt/users/${jan.id}/${word}`, { key });
    const { code } = (await api.call('POST', '/auth/otp', { token: jan.token })).body;
    const registration = await jan.beginRegistration(jan.name, { token: jan.token });
    const transaction = await jan.beginTransaction(jan.name, 'x');
    for (const method of ['PUT', 'POST']) assertDone(await set('deactivate', method));
    assertRefusal(await api.post('/auth/otp/verify', { authCode: code, user: { username: jan.name } }), 400, 'bad_request');
    assertRefusal(await jan.completeRegistration(registration), 403, 'forbidden');
    assertRefusal(await jan.completeTransaction(transaction), 403, 'forbidden');
    for (const [method, path, body] of [['GET', '/passkeys'], ['PUT', `/passkeys/${jan.passkeyId}`, { name: 'x' }], ['DELETE', `/passkeys/${jan.passkeyId}`], ['POST', '/auth/otp']]) {
      assertRefusal(await api.call(method, path, { body, token: jan.token }), 403, 'forbidden');
    }
    assertRefusal(await post('/mgmt/discover', { user: { username: jan.name }, userAgent: '' }), 403, 'forbidden');
    assertDone(await api.post('/auth/otp/email', { user: { username: jan.name } }));
    for (const method of ['PUT', 'POST']) assertDone(await set('activate', method));
    assert.equal((await jan.signIn(jan.name)).status, 200);
    for (const id of ['x', randomUUID()]) assertRefusal(await api.put(`/mgmt/users/${id}/activate`, undefined, { key }), 404, 'not_found');
  });

  test('48, 49, 50: the blacklist is put, listed and taken back', async () => {
    const list = async () => (await api.get('/mgmt/aaguid/blacklist', { key })).body;
    const [one, two] = ['0a000000-0000-4000-8000-000000000001', '0b000000-0000-4000-8000-000000000002'];
    assert.deepEqual(await list(), []);
    assertDone(await post('/mgmt/aaguid/blacklist', { items: [{ aaguid: two.toUpperCase(), reg: true, auth: false }, { aaguid: one, reg: false, auth: false }] }));
    assert.deepEqual(await list(), [{ aaguid: one, reg: false, auth: false }, { aaguid: two, reg: true, auth: false }]);
    assertDone(await api.put('/mgmt/aaguid/blacklist', { items: [{ aaguid: one, reg: true, auth: true }] }, { key }));
    assert.deepEqual(await list(), [{ aaguid: one, reg: true, auth: true }, { aaguid: two, reg: true, auth: false }]);
    // Named twice in one request: the last one counts.
    assertDone(await post('/mgmt/aaguid/blacklist', { items: [{ aaguid: one, reg: true, auth: true }, { aaguid: one, reg: false, auth: true }] }));
    assert.deepEqual((await list())[0], { aaguid: one, reg: false, auth: true });
    for (const body of [
      {}, { items: [] }, { items: null }, { items: {} }, { items: [null] }, { items: ['x'] }, { items: [{ aaguid: 'x', reg: true, auth: true }] },
      { items: [{ aaguid: two, reg: false, auth: false }, { aaguid: 'x', reg: true, auth: true }] }, { items: [{ aaguid: one, reg: 1, auth: true }] },
      { items: [{ aaguid: one, reg: true }] }, { items: [{ aaguid: one, auth: true }] }, { items: [[one, true, true]] }, [], [[one, true, true]],
    ]) {
      assertRefusal(await post('/mgmt/aaguid/blacklist', body), 400, 'bad_request');
    }
    assert.deepEqual((await list())[1], { aaguid: two, reg: true, auth: false });
    for (const body of [{}, { aaguids: null }, { aaguids: 'x' }, { aaguids: ['x'] }, { aaguids: [one, 7] }, [[one]]]) {
      assertRefusal(await api.call('DELETE', '/mgmt/aaguid/blacklist', { body, key }), 400, 'bad_request');
    }
    // As many as a body holds.
    const many = Array.from({ length: 3000 }, () => ({ aaguid: randomUUID(), reg: false, auth: false }));
    assertDone(await post('/mgmt/aaguid/blacklist', { items: many }));
    assert.equal((await list()).length, 3002);
    assertDone(await api.call('DELETE', '/mgmt/aaguid/blacklist', { body: { aaguids: [...many.map(({ aaguid }) => aaguid), one, one, two.toUpperCase(), randomUUID()] }, key }));
    assert.deepEqual(await list(), []);
    assert.deepEqual((await acme.get('/mgmt/aaguid/blacklist', { key })).status, 401);
  });

  test('50: a model that can not register still signs in, and the other way round; its passkeys stay listed', async () => {
    const kim = await person('kim');
    const model = '00000000-0000-0000-0000-000000000000';
    const put = (reg, auth) => post('/mgmt/aaguid/blacklist', { items: [{ aaguid: model, reg, auth }] });
    try {
      const begun = [await kim.beginRegistration(fresh('new')), await kim.beginSignIn(kim.name), await kim.beginTransaction(kim.name, 'x')];
      assertDone(await put(true, false));
      assertRefusal(await kim.completeRegistration(begun[0]), 403, 'forbidden');
      assertRefusal(await api.get(`/mgmt/users?username=new${number}`, { key }), 404, 'not_found');
      assert.equal((await kim.signIn(kim.name)).status, 200);
      assertDone(await put(false, true));
      assertRefusal(await kim.completeSignIn(begun[1]), 404, 'forbidden');
      assertRefusal(await kim.completeTransaction(begun[2]), 403, 'forbidden');
      assertRefusal(await kim.beginTransaction(kim.name, 'x'), 404, 'not_found');
      assertRefusal(await kim.beginSignIn(kim.name), 404, 'not_found');
      const anyone = await kim.beginSignIn();
      assertRefusal(await kim.completeSignIn(anyone), 404, 'forbidden');
      assert.equal((await createPerson(api).register(fresh('new'))).status, 200);
      assert.equal((await api.get('/passkeys', { token: kim.token })).body.length, 1);
      assert.equal((await post('/mgmt/discover', { user: { username: kim.name }, userAgent: '' })).body.matchResult, 'PasskeyNotFound');
    } finally {
      assertDone(await api.call('DELETE', '/mgmt/aaguid/blacklist', { body: { aaguids: [model] }, key }));
    }
    assert.equal((await kim.signIn(kim.name)).status, 200);
  });

  test('51: GET /mgmt/devices/{deviceId} tells of a device and its users, whatever it is called', async () => {
    for (const deviceId of [`${fresh('my own device')}`, `${fresh('a+b/c%2Fd?e#f&g=h;')}`, `${fresh('Gerät \u{1F4F1}')}`]) {
      const [liv, mia] = [createPerson(api, { deviceInfo: { deviceId, osName: 'Haiku', screenWidth: 800 } }), createPerson(api, { deviceInfo: { deviceId } })];
      const [one, two] = [fresh('liv'), fresh('mia')];
      assert.equal((await liv.register(one)).body.deviceId, deviceId);
      const id = (await mia.register(two)).body.userId;
      const { status, body, text } = await api.get(`/mgmt/devices/${encodeURIComponent(deviceId)}`, { key });
      assert.equal(status, 200, `${deviceId} ${text}`);
      assert.deepEqual(members(body), ['deviceInfo', 'users']);
      assert.equal(body.deviceInfo.deviceId, deviceId);
      assert.match(body.deviceInfo.lastUsedAt, INSTANT);
      assert.deepEqual(body.users.map((user) => user.usernames[0].username).toSorted(), [one, two].toSorted());
      assert.deepEqual(body.users.find(({ userId }) => userId === id), { userId: id, usernames: [{ username: two, usernameType: 'other' }] });
    }
    for (const id of ['nobodys', '%00', 'x'.repeat(129), '%FF', '%']) assertRefusal(await api.get(`/mgmt/devices/${id}`, { key }), 404, 'not_found');
  });

  test('52: POST /mgmt/discover tells what is known, and its session signs in or registers, once', async () => {
    const discover = (user, extra = {}) => post('/mgmt/discover', { user, userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)', ...extra });
    const nell = await person('nell');
    await nell.signIn(nell.name);
    const found = await discover({ username: nell.name.toUpperCase() });
    assert.equal(found.status, 200, found.text);
    assert.deepEqual(members(found.body), ['authRequestOptions', 'lastLoginDeviceId', 'lastLoginTs', 'matchResult', 'regRequestOptions', 'session', 'traceId', 'userId']);
    assert.equal(found.body.matchResult, 'PasskeyFound');
    assert.equal(found.body.userId, nell.id);
    assert.match(found.body.lastLoginTs, INSTANT);
    assert.match(found.body.traceId, UUID);
    assert.equal(found.body.authRequestOptions.allowCredentials.length, 1);
    assert.equal(found.body.regRequestOptions.excludeCredentials.length, 1);
    const asSignIn = { body: { session: found.body.session, assertionOptions: found.body.authRequestOptions } };
    const asRegistration = { body: { session: found.body.session, registrationRequestOptions: found.body.regRequestOptions } };
    const signedIn = await nell.completeSignIn(asSignIn);
    assert.equal(signedIn.status, 200, signedIn.text);
    assertRefusal(await nell.completeRegistration(asRegistration), 400, 'bad_request');
    const second = (await discover({ username: nell.name }, { traceId: 'x'.repeat(128), securityKey: true })).body;
    assert.equal(second.traceId, 'x'.repeat(128));
    assert.equal(second.regRequestOptions.authenticatorSelection.authenticatorAttachment, 'cross-platform');
    const registered = await nell.completeRegistration({ body: { session: second.session, registrationRequestOptions: second.regRequestOptions } });
    assert.equal(registered.status, 200, registered.text);
    assert.equal(registered.body.userId, nell.id);
    assertRefusal(await nell.completeSignIn({ body: { session: second.session, assertionOptions: second.authRequestOptions } }), 400, 'bad_request');

    for (const { id } of (await api.get('/passkeys', { token: nell.token })).body) await api.delete(`/passkeys/${id}`, { token: nell.token });
    const none = (await discover({ username: nell.name })).body;
    assert.equal(none.matchResult, 'PasskeyNotFound');
    assert.ok(!('authRequestOptions' in none));

    const name = fresh('new');
    const unknown = (await discover({ username: name, displayName: 'Newt' })).body;
    assert.deepEqual(members(unknown), ['matchResult', 'regRequestOptions', 'session', 'traceId', 'userId']);
    assert.equal(unknown.matchResult, 'UserNotFound');
    assert.equal(unknown.regRequestOptions.user.id, unknown.userId);
    assert.equal(unknown.regRequestOptions.user.displayName, 'Newt');
    const made = await createPerson(api).completeRegistration({ body: { session: unknown.session, registrationRequestOptions: unknown.regRequestOptions } });
    assert.equal(made.body.userId, unknown.userId);

    for (const body of [
      {}, { user: { username: 'x' } }, { userAgent: '' }, { user: { username: '' }, userAgent: '' }, { user: { username: 'x' }, userAgent: 7 }, { user: ['x'], userAgent: '' },
      { user: { username: 'x' }, userAgent: '', traceId: 'x'.repeat(129) }, { user: { username: 'x' }, userAgent: '', securityKey: 'x' }, { user: { username: 'x' }, userAgent: '', deviceInfo: [] }, [{ username: 'x' }, ''],
    ]) {
      assertRefusal(await post('/mgmt/discover', body), 400, 'bad_request');
    }
  });

  test('53: POST /mgmt/grant makes a token that lives 30 seconds and names its user', async () => {
    const oda = await person('oda');
    const { status, body } = await post('/mgmt/grant', { grants: ['reg:write', 'passkey:read', 'reg:write'], username: ` ${oda.name.toUpperCase()} ` });
    assert.equal(status, 200);
    assert.deepEqual(members(body), ['token']);
    assert.deepEqual(decodeProtectedHeader(body.token), { alg: 'ES256', typ: 'JWT', kid: decodeProtectedHeader(oda.token).kid });
    const { iat, exp, jti, scopes, ...claims } = decodeJwt(body.token);
    assert.equal(exp - iat, 30);
    assert.ok(jti);
    assert.deepEqual(scopes.toSorted(), ['passkey:read', 'reg:write']);
    assert.deepEqual(claims, { iss: server.url, aud: 'test', sub: oda.id, username: oda.name.toUpperCase(), tokenType: 'authz' });
    // As often as one likes, until it ends.
    for (const _ of [1, 2]) assert.equal((await api.get('/passkeys', { token: body.token })).status, 200);
    for (const bad of [{}, { grants: 'reg:write' }, { grants: null }, { grants: [1] }, { grants: [] }, { grants: ['reg:write'], username: 7 }, { grants: ['reg:write'], username: '' }, { grants: ['reg:write'], username: 'x'.repeat(256) }, [['reg:write']]]) {
      assertRefusal(await post('/mgmt/grant', bad), 400, 'bad_request');
    }
    assert.equal((await post('/mgmt/grant', { grants: ['reg:write'], username: 'x'.repeat(255) })).status, 200);
  });

  test('54: POST /mgmt/grant/external-auth makes a token that lives a minute', async () => {
    const { status, body } = await post('/mgmt/grant/external-auth', { username: 'somebody' });
    assert.equal(status, 200);
    assert.deepEqual(members(body), ['token']);
    const { iat, exp, jti, ...claims } = decodeJwt(body.token);
    assert.equal(exp - iat, 60);
    assert.ok(jti);
    assert.deepEqual(claims, { iss: server.url, aud: 'test', username: 'somebody', scopes: ['external:verify'], tokenType: 'externalAuth' });
    assertRefusal(await post('/mgmt/token/verify', { jwtAccess: body.token }), 401, 'unauthorized');
    for (const bad of [{}, { username: '' }, { username: null }, { username: 1 }, ['x'], { username: 'x'.repeat(256) }]) {
      assertRefusal(await post('/mgmt/grant/external-auth', bad), 400, 'bad_request');
    }
  });

  test('55, 56: a passkey is shown, named and deleted by a back end', async () => {
    const pia = await person('pia');
    const path = `/mgmt/passkeys/${pia.passkeyId}`;
    const { status, body } = await api.get(path, { key });
    assert.equal(status, 200);
    assert.deepEqual(members(body), ['passkeyInfo', 'user']);
    assert.deepEqual(members(body.passkeyInfo), ['aaguid', 'createdAt', 'createdFromDeviceId', 'id', 'lastUsedAt', 'lastUsedFromDeviceId', 'name']);
    assert.deepEqual([body.passkeyInfo.id, body.passkeyInfo.createdFromDeviceId], [pia.passkeyId, pia.deviceId]);
    assert.deepEqual(body.user, { userId: pia.id, usernames: [{ username: pia.name, usernameType: 'other' }] });
    for (const passkeyName of ['x', ' y ', 'é'.repeat(255)]) {
      assertDone(await api.put(path, { passkeyName }, { key }));
      assert.equal((await api.get(path, { key })).body.passkeyInfo.name, passkeyName.trim());
    }
    for (const bad of [{}, { passkeyName: '' }, { passkeyName: ' ' }, { passkeyName: 'x'.repeat(256) }, { passkeyName: 1 }, ['x'], { name: 'x' }]) {
      assertRefusal(await api.put(path, bad, { key }), 400, 'bad_request');
    }
    assertDone(await api.delete(path, { key }));
    assertRefusal(await api.get(path, { key }), 404, 'not_found');
    for (const id of ['x', '%00', randomUUID()]) {
      assertRefusal(await api.get(`/mgmt/passkeys/${id}`, { key }), 404, 'not_found');
      assertRefusal(await api.put(`/mgmt/passkeys/${id}`, { passkeyName: 'x' }, { key }), 404, 'not_found');
      assertRefusal(await api.delete(`/mgmt/passkeys/${id}`, { key }), 404, 'not_found');
    }
  });

  test('57: POST /mgmt/token/verify tells good tokens from bad ones, and from what is none', async () => {
    const { token } = await person('quy');
    const verify = (jwtAccess) => post('/mgmt/token/verify', { jwtAccess });
    assertDone(await verify(token));
    const [header, claims, signature] = token.split('.');
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const flipped = Buffer.from(signature, 'base64url');
    flipped[0] ^= 1;
    for (const bad of [
      `${header}.${claims}.${flipped.toString('base64url')}`, `${part({ alg: 'none', typ: 'JWT' })}.${claims}.`, `${part({ alg: 'HS256', typ: 'JWT' })}.${claims}.${signature}`,
      `${part({ ...decodeProtectedHeader(token), kid: 'other' })}.${claims}.${signature}`, `${header}.${part({ ...decodeJwt(token), exp: 9e9 })}.${signature}`, 'e30.e30.e30', `${header}.${claims}.`,
    ]) {
      assertRefusal(await verify(bad), 401, 'unauthorized');
    }
    for (const bad of ['', 'x', 'a.b', 'a.b.c', `${header}.${claims}`, 'W10.W10.x', 'x'.repeat(100_000)]) assertRefusal(await verify(bad), 400, 'bad_request');
    for (const bad of [undefined, null, 7, [], {}]) assertRefusal(await verify(bad), 400, 'bad_request');
    assertRefusal(await post('/mgmt/token/verify', [token]), 400, 'bad_request');
    // A token of another application.
    await server.command('key', 'create', '--app', 'acme', '--name', 'k', '--scope', 'reg:write').then(async (made) => {
      const foreign = (await createPerson(acme).register('ada')).body.jwtAccess;
      assertRefusal(await verify(foreign), 401, 'unauthorized');
      assertDone(await acme.post('/mgmt/token/verify', { jwtAccess: foreign }, { key: made.key }));
      assertRefusal(await acme.post('/mgmt/token/verify', { jwtAccess: token }, { key: made.key }), 401, 'unauthorized');
    });
  });

  test('61: GET /mgmt/users tells of a user, its devices and its passkeys', async () => {
    const rex = await person('rex');
    const body = await shown(rex.name.toUpperCase());
    assert.deepEqual(members(body), ['devices', 'passkeys', 'user']);
    assert.deepEqual(body.user, { userId: rex.id, usernames: [{ username: rex.name, usernameType: 'other' }] });
    assert.equal(body.devices.length, 1);
    assert.deepEqual(members(body.devices[0]), ['createdAt', 'deviceId', 'lastUsedAt', 'name']);
    assert.deepEqual(members(body.passkeys[0]), ['aaguid', 'createdAt', 'createdFromDeviceId', 'lastUsedAt', 'lastUsedFromDeviceId', 'name', 'passkeyId']);
    assert.equal(body.passkeys[0].passkeyId, rex.passkeyId);
    for (const time of [body.devices[0].createdAt, body.devices[0].lastUsedAt, body.passkeys[0].createdAt, body.passkeys[0].lastUsedAt]) assert.match(time, INSTANT);
    for (const query of ['', '?', '?username', '?username=', '?username=%20', `?username=${'x'.repeat(256)}`, '?Username2=x', '?username=%00']) {
      assertRefusal(await api.get(`/mgmt/users${query}`, { key }), 400, 'bad_request');
    }
    for (const query of ['?username=nobody', '?username=%FF', '?username=%zz', `?username=${'x'.repeat(255)}`]) assertRefusal(await api.get(`/mgmt/users${query}`, { key }), 404, 'not_found');
  });

  test('62: GET /.well-known/jwks.json lists public keys with all members, per application', async () => {
    for (const on of [api, acme]) {
      const { status, headers, body } = await on.get('/.well-known/jwks.json');
      assert.equal(status, 200);
      assert.equal(headers['cache-control'], 'public, max-age=300');
      assert.match(headers['content-type'], /^application\/json/);
      assert.deepEqual(members(body), ['keys']);
      for (const one of body.keys.filter(({ kty }) => kty === 'EC')) {
        assert.deepEqual(members(one), ['alg', 'crv', 'key_ops', 'kid', 'kty', 'use', 'x', 'y']);
        assert.deepEqual([one.kty, one.crv, one.alg, one.use, one.key_ops], ['EC', 'P-256', 'ES256', 'sig', ['verify']]);
        for (const coordinate of [one.x, one.y]) assert.match(coordinate, /^[A-Za-z0-9_-]{43}$/);
      }
      assert.ok(!JSON.stringify(body).includes('"d"'));
    }
    const [ours, theirs] = await Promise.all([api, acme].map(async (on) => (await on.get('/.well-known/jwks.json')).body.keys.map(({ kid }) => kid)));
    assert.ok(!ours.some((kid) => theirs.includes(kid)));
    assertRefusal(await connectLoginId(server, { below: '/apps/nobody' }).get('/.well-known/jwks.json'), 404, 'not_found');
  });

  test('62: after a rotation tokens of the old key are still good, and new ones are of another', async () => {
    const sol = await person('sol');
    await server.command('keyring', 'rotate', '--app', 'test').catch(() => server.command('keyring', 'rotate', 'test'));
    const keys = createRemoteJWKSet(new URL(`${api.base.replace('localhost', '127.0.0.1')}/fido2/v2/.well-known/jwks.json`));
    await jwtVerify(sol.token, keys, { audience: 'test', issuer: server.url });
    let fresher;
    const deadline = Date.now() + 5000;
    do fresher = (await sol.signIn(sol.name)).body.jwtAccess;
    while (decodeProtectedHeader(fresher).kid === decodeProtectedHeader(sol.token).kid && Date.now() < deadline);
    assert.notEqual(decodeProtectedHeader(fresher).kid, decodeProtectedHeader(sol.token).kid);
    await jwtVerify(fresher, createRemoteJWKSet(new URL(`${api.base.replace('localhost', '127.0.0.1')}/fido2/v2/.well-known/jwks.json`)), { audience: 'test' });
    for (const token of [sol.token, fresher]) {
      assert.equal((await api.get('/passkeys', { token })).status, 200);
      assertDone(await post('/mgmt/token/verify', { jwtAccess: token }));
    }
  });

  test('x1: GET /version tells a version, to anybody', async () => {
    for (const on of [api, acme, connectLoginId(server, { below: '/' })]) {
      const { status, body } = await on.get('/version');
      assert.equal(status, 200);
      assert.match(body.version, /^\d+\.\d+\.\d+/);
      assert.deepEqual(members(body).filter((member) => !['version', 'hash'].includes(member)), []);
    }
  });
});
