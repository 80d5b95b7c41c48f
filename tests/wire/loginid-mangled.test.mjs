// Mangled input at every endpoint of the LoginID surface (its contract's sections 2 and 4): whatever is sent, a refusal is a
// sentence and a code, and nothing is the server's fault. And what answers have in common: headers, methods, paths, origins.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { onEachDatabase } from '../harness/databases.mjs';
import { API_KEY, assertRefusal, connectLoginId, createPerson } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Every kind of value that is wrong nearly everywhere. */
const VALUES = [
  null, true, 0, -1, 0.5, 1e300, 2 ** 53, '', ' ', '\0', 'a\0b', '\ud800', 'x'.repeat(70_000), '\u{1F4A5}'.repeat(300), '../../etc', '%00', "'; --", [], {}, [[]], [{}], { a: { b: [] } },
  ['x'], 'https://[', '0001-01-01T00:00:00Z', '9'.repeat(400),
];

/** A body with each member replaced by each value, or left out, at every depth. */
function* mangled(value) {
  yield* VALUES;
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) {
    const { [name]: inner, ...others } = value;
    yield others;
    for (const other of mangled(inner)) yield Array.isArray(value) ? Object.values({ ...others, [name]: other }) : { ...others, [name]: other };
  }
}

/** Texts that are no JSON object, or hardly. */
const TEXTS = [
  '', ' ', '{', '}', '[]', 'null', '1', '"x"', 'true', '{"a":1}x', '{"a":1,}', "{'a':1}", '{"a"}', '\ufeff{}', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, '['.repeat(100_000),
  '{"\\ud800":1}', '{"a":"\\ud800"}', '{"a":"\\udc00\\ud800"}', '{"\\u0000":1}', '{"a":"\\u0000"}', '{"a":1e999}', 'NaN', '<xml/>', 'a=b&c=d',
];
const BYTES = [Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), Buffer.alloc(10), Buffer.from([0xc0, 0x80])];

onEachDatabase('Mangled input on the LoginID surface', (engine) => {
  let server, api, token, session, tx;
  before(async () => {
    server = await startServer(engine);
    await server.createApp('acme');
    api = connectLoginId(server);
    const ada = createPerson(api);
    token = (await ada.register('ada')).body.jwtAccess;
    session = (await ada.beginSignIn('ada')).body.session;
    tx = (await ada.beginTransaction('ada', 'x')).body.session;
  });
  after(() => server?.end());

  const key = API_KEY;
  const app = { id: 'test' };
  const user = { username: 'uma', usernameType: 'other', displayName: 'Uma' };
  const deviceInfo = { clientName: 'x', clientType: 'browser', deviceId: 'd', hasBluetooth: true, osName: 'y', screenHeight: 1, webauthnCapabilities: '{}', lastUsedAt: '2025-01-02T16:40:44Z' };
  const assertion = { clientDataJSON: 'e30', authenticatorData: 'AA', credentialId: 'AA', signature: 'AA', userHandle: 'AA' };
  const creation = { clientDataJSON: 'e30', attestationObject: 'AA', credentialId: 'AA', transports: ['usb'] };
  const endpoints = () => [
    ['1', 'POST', '/client-events/submit', { event: 'x', isError: true }, { token: session }],
    ['5', 'DELETE', `/profile/${NOBODY}/email`, { email: 'a@example.com' }, { key }],
    ['6', 'POST', `/profile/${NOBODY}/email`, { email: 'a@example.com', requestVerification: true }, { key }],
    ['7', 'POST', `/profile/${NOBODY}/phone`, { phoneNumber: '+46701234567', messagingConsent: true, requestVerification: true }, { key }],
    ['8', 'POST', '/profile/email/verify', { authCode: '000000', username: 'uma' }, {}],
    ['9', 'POST', '/profile/phone/verify', { authCode: '000000', username: 'uma' }, {}],
    ['25', 'POST', '/tx/complete', { session: tx, keyHandle: 'AA', clientData: 'e30', authenticatorData: 'AA', signature: 'AA' }, {}],
    ['26', 'POST', '/tx/init', { username: 'ada', txPayload: 'x', txType: 'raw', nonce: 'x' }, {}],
    ['27', 'POST', '/auth/complete', { session, assertionResult: assertion }, {}],
    ['28', 'POST', '/auth/init', { app, deviceInfo, user, trustItems: { auth: 'x', wallet: 'a.b.c' } }, {}],
    ['30', 'POST', '/auth/otp/email', { user }, {}],
    ['31', 'POST', '/auth/otp/sms', { user }, {}],
    ['32', 'POST', '/auth/otp/verify', { authCode: '000000', user }, {}],
    ['42', 'POST', '/reg/complete', { session, creationResult: creation, passkeyName: 'x' }, {}],
    ['43', 'POST', '/reg/init', { app, deviceInfo, user, passkeyOptions: { securityKey: true, conditionalCreate: false }, trustItems: {} }, {}],
    ['45', 'PUT', `/passkeys/${NOBODY}`, { name: 'x' }, { token }],
    ['48', 'DELETE', '/mgmt/aaguid/blacklist', { aaguids: [NOBODY] }, { key }],
    ['50', 'POST', '/mgmt/aaguid/blacklist', { items: [{ aaguid: NOBODY, reg: false, auth: false }] }, { key }],
    ['52', 'POST', '/mgmt/discover', { user, userAgent: 'x', deviceInfo, securityKey: false, traceId: 'x' }, { key }],
    ['53', 'POST', '/mgmt/grant', { grants: ['reg:write'], username: 'uma' }, { key }],
    ['54', 'POST', '/mgmt/grant/external-auth', { username: 'uma' }, { key }],
    ['56', 'PUT', `/mgmt/passkeys/${NOBODY}`, { passkeyName: 'x' }, { key }],
    ['57', 'POST', '/mgmt/token/verify', { jwtAccess: 'a.b.c' }, { key }],
  ];

  const assertOurs = (answer, sent) => {
    const { status, text, body, headers } = answer;
    assert.ok(status < 500, `${sent}: ${status} ${text}`);
    if (status < 400) return;
    assert.match(headers['content-type'] ?? '', /^application\/json/, sent);
    assert.ok(body?.msg && ['bad_request', 'unauthorized', 'forbidden', 'not_found'].includes(body.msgCode), `${sent}: ${text}`);
    // Nothing of the inside: neither types nor files of the program.
    assert.doesNotMatch(body.msg, /::|\.rs\b|panick|SQL/i);
  };

  test('each member of each body is mangled in each way', async () => {
    for (const [row, method, path, good, credentials] of endpoints()) {
      const open = { ...credentials, headers: JSON_TYPE };
      for (const body of mangled(good)) {
        const text = JSON.stringify(body) ?? '';
        assertOurs(await api.call(method, path, { ...open, body: text }), `${row} ${path} ${text.slice(0, 200)}`);
      }
    }
  });

  test('what is no JSON object is refused, whatever it is said to be', async () => {
    for (const [row, method, path, good, credentials] of endpoints()) {
      for (const body of [...TEXTS, ...BYTES]) assertRefusal(await api.call(method, path, { ...credentials, body, headers: JSON_TYPE }), 400, 'bad_request');
      const large = JSON.stringify({ ...good, more: '' });
      const fits = large.replace('"more":""', `"more":"${'x'.repeat(256 * 1024 - large.length)}"`);
      assert.equal(Buffer.byteLength(fits), 256 * 1024);
      assertOurs(await api.call(method, path, { ...credentials, body: fits, headers: JSON_TYPE }), row);
      assertRefusal(await api.call(method, path, { ...credentials, body: `${fits} `, headers: JSON_TYPE }), 400, 'bad_request');
    }
  });

  test('a body of 256 KiB is read; types of content are not looked at; members may be unknown or come twice', async () => {
    const body = (more) => `{"app":{"id":"test"},"deviceInfo":{},"user":{"username":""},"more":"${more}"}`;
    const exact = body('x'.repeat(256 * 1024 - body('').length));
    const init = (text, headers) => api.call('POST', '/auth/init', { body: text, headers });
    assert.equal((await init(exact, JSON_TYPE)).status, 200);
    assertRefusal(await init(` ${exact}`, JSON_TYPE), 400, 'bad_request');
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=UTF-8;x=y', 'text/plain', '', 'x']) {
      assert.equal((await init(body('x'), { 'Content-Type': type })).status, 200, type);
    }
    assert.equal((await init(body('x').replace('"more"', '"app":{"id":"nobody"},"more"').replace('{"app":{"id":"test"}', '{"app":{"id":"acme"}').replace('{"id":"nobody"}', '{"id":"test"}'), JSON_TYPE)).status, 200);
    assertRefusal(await init('', {}), 400, 'bad_request');
  });

  test('ids in paths are nobody’s, whatever they are', async () => {
    const ids = ['x', '0', '-1', '%00', 'a%00b', '%FF', '%', '%zz', 'x'.repeat(4000), '..%2f..', "'--", encodeURIComponent('\u{1F4A5}'), `${NOBODY}%20`, `{${NOBODY}}`, NOBODY];
    for (const id of ids) {
      for (const [method, path, body, credentials] of [
        ['DELETE', `/profile/${id}`, undefined, { key }], ['POST', `/profile/${id}/email`, { email: 'a@example.com' }, { key }], ['DELETE', `/profile/${id}/phone`, undefined, { key }],
        ['GET', `/mgmt/devices/${id}`, undefined, { key }], ['GET', `/mgmt/passkeys/${id}`, undefined, { key }], ['DELETE', `/mgmt/passkeys/${id}`, undefined, { key }],
        ['DELETE', `/mgmt/users/${id}`, undefined, { key }], ['PUT', `/mgmt/users/${id}/activate`, undefined, { key }], ['DELETE', `/passkeys/${id}`, undefined, { token }], ['PUT', `/passkeys/${id}`, { name: 'x' }, { token }],
      ]) {
        assertRefusal(await api.call(method, path, { body, ...credentials }), 404, 'not_found');
      }
      for (const [path, credentials] of [[`/passkeys/aaguid/${id}`, { token }], [`/mgmt/aaguid/${id}`, { key }]]) {
        const { status } = await api.get(path, credentials);
        assert.equal(status, id === NOBODY ? 404 : 400, `${path} ${id}`);
      }
    }
  });

  test('every path that is not there is 404, and every method that a path does not have is 405 and names those it has', async () => {
    for (const path of ['', '/', '/nothing', '/auth', '/auth/init/more', '/mgmt', '/mgmt/users/x/y', '/profile', '/passkeys/x/y', '/reg', '/.well-known', '/.well-known/x', '/%00', '/%FF']) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) assertRefusal(await api.call(method, path), 404, 'not_found');
    }
    const paths = new Map(endpoints().map(([, method, path]) => [path, method]));
    for (const [path, own] of [...paths, ['/passkeys', 'GET'], ['/auth/otp', 'POST'], ['/version', 'GET'], ['/.well-known/jwks.json', 'GET'], ['/mgmt/users', 'GET']]) {
      const answer = await api.call('PATCH', path);
      assertRefusal(answer, 405, 'bad_request');
      assert.ok(answer.headers.allow.split(/, ?/).includes(own), `${path}: ${answer.headers.allow}`);
    }
  });

  test('every answer may be read by pages of the application, and says that it depends on who asks', async () => {
    const origin = 'http://shop.localhost:7777';
    const answers = [
      await api.post('/auth/init', { app, deviceInfo: {} }, { headers: { Origin: origin } }),
      await api.post('/auth/init', {}, { headers: { Origin: origin } }),
      await api.get('/passkeys', { headers: { Origin: origin } }),
      await api.get('/passkeys', { token, headers: { Origin: origin } }),
      await api.post('/auth/otp/email', { user: { username: 'x' } }, { headers: { Origin: origin } }),
      await api.post('/auth/complete', { session: 'x', assertionResult: assertion }, { headers: { Origin: origin } }),
      await api.get('/nothing', { headers: { Origin: origin } }),
      await api.get('/auth/init', { headers: { Origin: origin } }),
      await api.get('/.well-known/jwks.json', { headers: { Origin: origin } }),
      await api.get('/version', { headers: { Origin: origin } }),
      await api.post('/auth/init', 'x'.repeat(300_000), { headers: { Origin: origin } }),
    ];
    assert.deepEqual(answers.map(({ status }) => status), [200, 400, 401, 200, 204, 400, 404, 405, 200, 200, 400]);
    for (const { status, headers } of answers) {
      assert.equal(headers['access-control-allow-origin'], origin, `${status}`);
      assert.match(headers.vary, /\bOrigin\b/);
      assert.equal(headers['access-control-allow-credentials'], undefined);
      assert.equal(headers['set-cookie'], undefined);
    }
    for (const other of ['https://evil.example', 'null', 'http://localhost.evil.example', 'http://localhost:1:2', 'é', '']) {
      const { headers } = await api.post('/auth/init', { app, deviceInfo: {} }, { headers: { Origin: Buffer.from(other).toString('latin1') } });
      assert.equal(headers['access-control-allow-origin'], undefined, other);
    }
  });

  test('a preflight is answered on every path, with what the contract lists', async () => {
    const below = connectLoginId(server, { below: '/apps/acme', app: 'acme' });
    for (const on of [api, below]) {
      for (const path of ['/auth/init', '/passkeys/x', '/passkeys', '/nothing', '/mgmt/aaguid/blacklist', '/.well-known/jwks.json']) {
        const { status, text, headers } = await on.call('OPTIONS', path, { headers: { Origin: 'http://localhost:3000', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' } });
        assert.deepEqual([status, text], [204, '']);
        assert.equal(headers['access-control-allow-origin'], 'http://localhost:3000');
        assert.equal(headers['access-control-allow-methods'], 'GET, POST, PUT, PATCH, DELETE, OPTIONS');
        assert.equal(headers['access-control-allow-headers'], 'Authorization, Content-Type, Accept');
        assert.equal(headers['access-control-max-age'], '600');
        assert.match(headers.vary, /\bOrigin\b/);
      }
      assert.equal((await on.call('OPTIONS', '/auth/init')).status, 204);
    }
  });

  test('headers that are too long are refused as everything else is', async () => {
    for (const below of ['', '/apps/test']) {
      const answer = await connectLoginId(server, { below }).get('/passkeys', { headers: { 'X-Long': 'x'.repeat(40_000) } });
      assertRefusal(answer, 431, 'bad_request');
    }
  });
});
