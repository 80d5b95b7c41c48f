// Who may do what on the LoginID surface (its contract's sections 3 and 10): every endpoint with each form of each credential,
// with none, with bad ones, and with every scope but the right one. Tests carry the number of the endpoint.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { onEachDatabase } from '../harness/databases.mjs';
import { API_KEY, assertRefusal, connectLoginId, createPerson } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const KEY_SCOPES = [
  'passkey:read', 'passkey:write', 'profile:read', 'profile:write', 'reg:write', 'auth:write', 'user:read', 'user:write', 'external:verify',
];
const GRANTS = ['passkey:read', 'passkey:write', 'profile:read', 'profile:write', 'reg:write', 'auth:write'];
const NOBODY = '00000000-0000-4000-8000-000000000000';
const APPLE = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';

/** Number, method, path, scope, body, and the status that a good key gets. Nobody is there to be changed. */
const OF_KEYS = [
  ['4', 'DELETE', `/profile/${NOBODY}`, 'profile:write', undefined, 404],
  ['5', 'DELETE', `/profile/${NOBODY}/email`, 'profile:write', { email: 'a@example.com' }, 404],
  ['6', 'POST', `/profile/${NOBODY}/email`, 'profile:write', { email: 'a@example.com' }, 404],
  ['6a', 'DELETE', `/profile/${NOBODY}/phone`, 'profile:write', undefined, 404],
  ['7', 'POST', `/profile/${NOBODY}/phone`, 'profile:write', { phoneNumber: '+46701234567', messagingConsent: true }, 404],
  ['47', 'GET', `/mgmt/aaguid/${APPLE}`, 'passkey:read', undefined, 200],
  ['48', 'DELETE', '/mgmt/aaguid/blacklist', 'passkey:write', { aaguids: [NOBODY] }, 204],
  ['49', 'GET', '/mgmt/aaguid/blacklist', 'passkey:read', undefined, 200],
  ['50', 'POST', '/mgmt/aaguid/blacklist', 'passkey:write', { items: [{ aaguid: NOBODY, reg: false, auth: false }] }, 204],
  ['50', 'PUT', '/mgmt/aaguid/blacklist', 'passkey:write', { items: [{ aaguid: NOBODY, reg: false, auth: false }] }, 204],
  ['51', 'GET', '/mgmt/devices/nobodys', 'user:read', undefined, 404],
  ['52', 'POST', '/mgmt/discover', 'user:read', { user: { username: 'nobody' }, userAgent: '' }, 200],
  ['54', 'POST', '/mgmt/grant/external-auth', 'external:verify', { username: 'nobody' }, 200],
  ['55', 'GET', `/mgmt/passkeys/${NOBODY}`, 'passkey:read', undefined, 404],
  ['56', 'PUT', `/mgmt/passkeys/${NOBODY}`, 'passkey:write', { passkeyName: 'x' }, 404],
  ['56', 'DELETE', `/mgmt/passkeys/${NOBODY}`, 'passkey:write', undefined, 404],
  ['58', 'DELETE', `/mgmt/users/${NOBODY}`, 'user:write', undefined, 404],
  ['59', 'PUT', `/mgmt/users/${NOBODY}/activate`, 'user:write', undefined, 404],
  ['59', 'POST', `/mgmt/users/${NOBODY}/activate`, 'user:write', undefined, 404],
  ['60', 'PUT', `/mgmt/users/${NOBODY}/deactivate`, 'user:write', undefined, 404],
  ['60', 'POST', `/mgmt/users/${NOBODY}/deactivate`, 'user:write', undefined, 404],
  ['61', 'GET', '/mgmt/users?username=nobody', 'user:read', undefined, 404],
];

const OF_TOKENS = [
  ['29', 'POST', '/auth/otp', 'auth:write', undefined, 200],
  ['44', 'GET', '/passkeys', 'passkey:read', undefined, 200],
  ['44a', 'DELETE', `/passkeys/${NOBODY}`, 'passkey:write', undefined, 404],
  ['45', 'PUT', `/passkeys/${NOBODY}`, 'passkey:write', { name: 'x' }, 404],
  ['46', 'GET', `/passkeys/aaguid/${APPLE}`, 'passkey:read', undefined, 200],
];

onEachDatabase('Credentials of the LoginID surface', (engine) => {
  let server, api, other, keys, everything, foreign, session, token;
  before(async () => {
    server = await startServer(engine);
    const made = async (app, ...scopes) =>
      (await server.command('key', 'create', '--app', app, '--name', scopes.join(), '--scope', scopes.join())).key;
    await server.createApp('acme');
    keys = Object.fromEntries(await Promise.all(KEY_SCOPES.map(async (scope) => [scope, await made('test', scope)])));
    everything = await made('test', ...KEY_SCOPES);
    foreign = await made('acme', ...KEY_SCOPES);
    api = connectLoginId(server, { below: '/apps/test' });
    other = connectLoginId(server, { below: '/apps/acme', app: 'acme' });
    const ada = createPerson(api);
    token = (await ada.register('ada')).body.jwtAccess;
    session = (await ada.beginSignIn('ada')).body.session;
  });
  after(() => server?.end());

  const base64 = (text) => Buffer.from(text).toString('base64');
  /** Everything that is no good key. */
  const bad = () => [
    undefined, '', ' ', 'Basic', 'Basic ', 'Basic !', `Basic ${base64(':')}`, `Basic ${base64('lid_nobodys:')}`, 'Bearer', 'Bearer lid_nobodys',
    'lid_nobodys', `${everything}x`, `Basic ${base64(`x${everything}:`)}`, `Digest ${everything}`, token, `Bearer ${session}`, 'é',
    server.secretKey, `Basic ${base64(`${server.secretKey}:`)}`, 'x'.repeat(5000),
  ];

  for (const [row, method, path, scope, body, good] of OF_KEYS) {
    test(`${row}: ${method} ${path.split('?')[0]} takes a key with ${scope}, in each form, and no other`, async () => {
      const call = (authorization) => api.call(method, path, { body, token: authorization });
      const key = keys[scope];
      const forms = [`Basic ${base64(`${key}:`)}`, `Basic ${base64(key)}`, `Basic ${base64(`${key}:a password`)}`, `basic ${base64(`${key}:`)}`, `Bearer ${key}`, key, everything];
      for (const form of forms) {
        const { status, text } = await call(form);
        assert.equal(status, good, `${form}: ${text}`);
      }
      for (const authorization of bad()) assertRefusal(await call(authorization), 401, 'unauthorized');
      for (const missing of KEY_SCOPES.filter((one) => one !== scope)) assertRefusal(await call(keys[missing]), 403, 'forbidden');
      // Of another tenant than the path says.
      assertRefusal(await call(foreign), 401, 'unauthorized');
      assertRefusal(await other.call(method, path, { body, token: key }), 401, 'unauthorized');
    });
  }

  test('57: POST /mgmt/token/verify takes a key with any scope', async () => {
    for (const key of [...Object.values(keys), everything]) {
      assert.equal((await api.post('/mgmt/token/verify', { jwtAccess: token }, { token: key })).status, 204);
    }
    for (const authorization of bad()) {
      assertRefusal(await api.post('/mgmt/token/verify', { jwtAccess: token }, { token: authorization }), 401, 'unauthorized');
    }
    assertRefusal(await other.post('/mgmt/token/verify', { jwtAccess: token }, { token: foreign }), 401, 'unauthorized');
  });

  test('53: POST /mgmt/grant gives what the key has, and only what can be granted', async () => {
    const grant = (key, ...grants) => api.post('/mgmt/grant', { grants, username: 'ada' }, { token: key });
    for (const scope of GRANTS) {
      assert.equal((await grant(keys[scope], scope)).status, 200, scope);
      for (const missing of GRANTS.filter((one) => one !== scope)) {
        assertRefusal(await grant(keys[scope], missing), 403, 'forbidden');
        assertRefusal(await grant(keys[scope], scope, missing), 403, 'forbidden');
      }
    }
    for (const never of ['user:read', 'user:write', 'external:verify', '', 'everything', 'PASSKEY:READ']) {
      assertRefusal(await grant(everything, never), 400, 'bad_request');
    }
    assertRefusal(await grant(everything), 400, 'bad_request');
    for (const authorization of bad()) assertRefusal(await grant(authorization, 'reg:write'), 401, 'unauthorized');
  });

  for (const [row, method, path, scope, body, good] of OF_TOKENS) {
    test(`${row}: ${method} ${path} takes a token with ${scope}, bare or after Bearer, and no other`, async () => {
      const call = (authorization, on = api) => on.call(method, path, { body, token: authorization });
      const granted = async (...grants) => (await api.post('/mgmt/grant', { grants, username: 'ADA' }, { key: everything })).body.token;
      const right = await granted(scope);
      for (const form of [right, `Bearer ${right}`, `bearer ${right}`, token, `Bearer ${token}`]) {
        const { status, text } = await call(form);
        assert.equal(status, good, text);
      }
      for (const missing of GRANTS.filter((one) => one !== scope)) assertRefusal(await call(await granted(missing)), 403, 'forbidden');
      const external = (await api.post('/mgmt/grant/external-auth', { username: 'ada' }, { key: everything })).body.token;
      const [header, claims, signature] = right.split('.');
      const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims}.`;
      const widened = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url')), scopes: GRANTS })).toString('base64url');
      for (const authorization of [
        undefined, '', ' ', 'x', 'a.b.c', `${right}x`, `Basic ${base64(`${right}:`)}`, everything, session, external, unsigned, 'é',
        `${header}.${widened}.${signature}`, `${header}.${claims}`, `${header}.${claims}.`, `.${claims}.${signature}`,
      ]) {
        assertRefusal(await call(authorization), 401, 'unauthorized');
      }
      assertRefusal(await call(right, other), 401, 'unauthorized');
      // A user who is not there yet.
      const early = (await api.post('/mgmt/grant', { grants: [scope], username: 'not yet' }, { key: everything })).body.token;
      if (row !== '46') assertRefusal(await call(early), 404, 'not_found');
    });
  }

  test('46: a token for nobody is good for the makes of authenticators only', async () => {
    const { body } = await api.post('/mgmt/grant', { grants: GRANTS }, { key: everything });
    assert.equal((await api.get(`/passkeys/aaguid/${APPLE}`, { token: body.token })).status, 200);
    assertRefusal(await api.get('/passkeys', { token: body.token }), 404, 'not_found');
    assertRefusal(await api.post('/reg/init', { app: { id: 'test' }, deviceInfo: {} }, { token: body.token }), 400, 'bad_request');
  });

  test('43: POST /reg/init takes no token, or a good one with reg:write for that user', async () => {
    const begin = (username, authorization, extra = {}) =>
      api.post('/reg/init', { app: { id: 'test' }, deviceInfo: {}, user: { username }, ...extra }, { token: authorization });
    const granted = async (username, ...grants) => (await api.post('/mgmt/grant', { grants, username }, { key: everything })).body.token;
    assert.equal((await begin('new')).status, 200);
    assert.equal((await begin('new', '')).status, 200);
    for (const authorization of ['x', 'a.b.c', `${token}x`, everything, session, `Basic ${base64(`${everything}:`)}`, 'é', 'Bearer x']) {
      assertRefusal(await begin('new', authorization), 401, 'unauthorized');
    }
    for (const missing of GRANTS.filter((one) => one !== 'reg:write')) {
      assertRefusal(await begin('ada', await granted('ada', missing)), 403, 'forbidden');
    }
    assert.equal((await begin('ada', await granted('ada', 'reg:write'))).status, 200);
    assertRefusal(await begin('new', token), 403, 'forbidden');
    assertRefusal(await begin('ada', await granted('new', 'reg:write')), 403, 'forbidden');
    assertRefusal(await begin('ada'), 401, 'unauthorized');
    assertRefusal(await other.post('/reg/init', { app: { id: 'acme' }, deviceInfo: {}, user: { username: 'ada' } }, { token }), 401, 'unauthorized');
    assertRefusal(await begin('ada', token, { app: { id: 'acme' } }), 404, 'not_found');
  });

  test('1: POST /client-events/submit takes a live session, bare or after Bearer', async () => {
    const submit = (authorization, on = api) => on.post('/client-events/submit', { event: 'x' }, { token: authorization });
    for (const form of [session, `Bearer ${session}`]) assert.deepEqual((await submit(form)).body, { session });
    for (const authorization of [undefined, '', 'x', `${session}x`, token, everything, `Basic ${base64(`${session}:`)}`, 'acme.x', `acme.${session.split('.')[1]}`, 'é']) {
      assertRefusal(await submit(authorization), 401, 'unauthorized');
    }
    assertRefusal(await submit(session, other), 401, 'unauthorized');
  });

  test('a key is locked, and speaks for nobody any more; scope names have two spellings for one', async () => {
    const made = await server.command('key', 'create', '--app', 'test', '--name', 'old spelling', '--scope', 'external-verify');
    assert.equal((await api.post('/mgmt/grant/external-auth', { username: 'x' }, { key: made.key })).status, 200);
    await assert.rejects(server.command('key', 'create', '--app', 'test', '--name', 'x', '--scope', 'everything'));
    assert.equal((await api.get('/mgmt/aaguid/blacklist', { key: API_KEY })).status, 200);
  });
});
