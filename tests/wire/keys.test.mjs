// Keys: every row of the 401 table at every endpoint, locked keys, scopes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { createVisitor } from '../harness/authenticator.mjs';
import { assertProblem, typeOfCode } from '../harness/problems.mjs';
import { startServer } from '../harness/server.mjs';

const PUBLIC_ENDPOINTS = ['POST /register/begin', 'POST /register/complete', 'POST /signin/begin', 'POST /signin/complete'];
const SECRET_ENDPOINTS = [
  'POST /register/token',
  'POST /signin/verify',
  'GET /credentials/list',
  'POST /credentials/list',
  'POST /credentials/delete',
];
const PUBLIC_KEY = 'test:public:2e728aa5986f4ba8b073a5b28a939795';
const SECRET_KEY = 'test:secret:a679563b331846c79c20b114a4f56d02';

/** Headers given, and the detail that must come back, from the first row of the table that fits. */
const ROWS = {
  ApiSecret: [
    [{ ApiSecret: 'verify_abc' }, "A verify token was supplied instead of your 'ApiSecret'."],
    [{ ApiSecret: 'register_abc' }, "A register token was supplied instead of your 'ApiSecret'."],
    [{ ApiSecret: PUBLIC_KEY }, "Your ApiSecret header contained a public ApiKey instead of your 'ApiSecret'."],
    [{ ApiSecret: 'something else' }, "We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'something '."],
    [{ ApiSecret: 'abc' }, "We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'abc'."],
    [{ ApiSecret: 'test:secret:00000000000000000000000000006d02' }, "The value of your 'ApiSecret' is not valid."],
    [{ ApiSecret: 'test:secret:a679563b331846c79c20b114a4f5ffff' }, "The value of your 'ApiSecret' is not valid."],
    [{ ApiSecret: 'nobody:secret:a679563b331846c79c20b114a4f56d02' }, "The value of your 'ApiSecret' is not valid."],
    [{ ApiSecret: 'secret' }, "The value of your 'ApiSecret' is not valid."],
    [{ ApiKey: PUBLIC_KEY }, "A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied."],
    [{ ApiSecret: '', ApiKey: PUBLIC_KEY }, "A 'ApiKey' header was supplied when a 'ApiSecret' header should have been supplied."],
    [{ ApiSecret: '' }, "A valid 'ApiSecret' header is required."],
    [{}, "A valid 'ApiSecret' header is required."],
    [{ ApiSecret: ['wrong', SECRET_KEY] }, "We don't recognize the value you supplied for your 'ApiSecret'. It started with: 'wrong'."],
  ],
  ApiKey: [
    [{ ApiKey: 'verify_abc' }, "A verify token was supplied instead of your 'ApiKey'."],
    [{ ApiKey: 'register_abc' }, "A register token was supplied instead of your 'ApiKey'."],
    [{ ApiKey: SECRET_KEY }, "Your ApiKey header contained a ApiSecret instead of your 'ApiKey'."],
    [{ ApiKey: 'something else' }, "We don't recognize the value you supplied for your 'ApiKey'. It started with: 'something '."],
    [{ ApiKey: 'test:public:00000000000000000000000000009795' }, "The value of your 'ApiKey' is not valid."],
    [{ ApiKey: 'nobody:public:2e728aa5986f4ba8b073a5b28a939795' }, "The value of your 'ApiKey' is not valid."],
    [{ ApiSecret: SECRET_KEY }, "A 'ApiSecret' header was supplied when a 'ApiKey' header should have been supplied."],
    [{ ApiKey: '', ApiSecret: SECRET_KEY }, "A 'ApiSecret' header was supplied when a 'ApiKey' header should have been supplied."],
    [{ ApiKey: '' }, "A valid 'ApiKey' header is required."],
    [{}, "A valid 'ApiKey' header is required."],
  ],
};

onEachDatabase('Keys', (engine) => {
  let server, client;
  before(async () => {
    server = await startServer(engine);
    client = connect(server);
  });
  after(() => server?.end());

  function assertUnauthorized(answer, header, detail, extra = {}) {
    assertProblem(answer, 401);
    const { traceId, ...body } = answer.body;
    assert.deepEqual(body, {
      type: typeOfCode(header),
      title: `A valid '${header}' header is required.`,
      status: 401,
      detail,
      ...extra,
    });
    assert.equal(answer.headers['www-authenticate'], header);
  }

  for (const [header, endpoints] of [['ApiSecret', SECRET_ENDPOINTS], ['ApiKey', PUBLIC_ENDPOINTS]]) {
    for (const endpoint of endpoints) {
      test(`${endpoint} answers each wrong ${header} with its row of the table, whatever the body is`, async () => {
        const [method, path] = endpoint.split(' ');
        for (const [headers, detail] of ROWS[header]) {
          for (const body of method === 'GET' ? [undefined] : [undefined, '{', '{"token":"x"}']) {
            const answer = await client.request(path, { method, headers, body });
            assertUnauthorized(answer, header, detail);
          }
        }
      });
    }
  }

  test('the other key headers may be present and are not looked at', async () => {
    const headers = { ApiSecret: SECRET_KEY, ApiKey: 'nonsense', ManagementKey: 'nonsense' };
    const answer = await client.request('/credentials/list?userId=nobody', { headers });
    assert.equal(answer.status, 200, answer.text);
  });

  test('header names are read without regard to case', async () => {
    const answer = await client.request('/credentials/list?userId=nobody', { headers: { apisecret: SECRET_KEY } });
    assert.equal(answer.status, 200, answer.text);
  });

  test('when a key header is repeated the first one counts', async () => {
    const headers = { ApiSecret: [SECRET_KEY, 'wrong'] };
    const answer = await client.request('/credentials/list?userId=nobody', { headers });
    assert.equal(answer.status, 200, answer.text);
  });

  test('a new key works, says so when it is locked, and is gone when it is deleted', async () => {
    const words = ['key', 'create', '--app', server.app, '--kind', 'secret', '--scope', 'token_register,token_verify'];
    const secretKey = keyIn(await server.command(...words));
    const call = () => connect({ ...server, secretKey }).backend.get('/credentials/list?userId=nobody');
    const id = secretKey.slice(-4);

    assert.equal((await call()).status, 200);
    await server.command('key', 'lock', '--app', server.app, id);
    const listed = await server.command('key', 'list', '--app', server.app);
    assert.match(JSON.stringify(listed), new RegExp(id));
    assert.ok(!JSON.stringify(listed).includes(secretKey), 'a secret is shown once');
    const locked = await within(1_000, call, ({ status }) => status === 401);
    assertUnauthorized(locked, 'ApiSecret', "The value of your 'ApiSecret' is not valid.", { errorCode: 'api_key_locked' });

    const guess = `${secretKey.slice(0, -6)}00${secretKey.slice(-4)}`;
    if (guess !== secretKey) {
      const answer = await connect({ ...server, secretKey: guess }).backend.get('/credentials/list?userId=nobody');
      assertUnauthorized(answer, 'ApiSecret', "The value of your 'ApiSecret' is not valid.");
    }

    await server.command('key', 'unlock', '--app', server.app, id);
    await within(1_000, call, ({ status }) => status === 200);
    await server.command('key', 'delete', '--app', server.app, id);
    const deleted = await within(1_000, call, ({ status }) => status === 401);
    assertUnauthorized(deleted, 'ApiSecret', "The value of your 'ApiSecret' is not valid.");
  });

  test('a key without the scope that an endpoint needs is forbidden there, and only there', async () => {
    const make = async (kind, scope) =>
      keyIn(await server.command('key', 'create', '--app', server.app, '--kind', kind, '--scope', scope));
    const [registers, verifies] = [await make('secret', 'token_register'), await make('secret', 'token_verify')];
    const [enrols, logsIn] = [await make('public', 'register'), await make('public', 'login')];
    const cases = [
      ['/register/token', { ApiSecret: verifies }, 'token_register'],
      ['/signin/verify', { ApiSecret: registers }, 'token_verify'],
      ['/register/begin', { ApiKey: logsIn }, 'register'],
      ['/register/complete', { ApiKey: logsIn }, 'register'],
      ['/signin/begin', { ApiKey: enrols }, 'login'],
      ['/signin/complete', { ApiKey: enrols }, 'login'],
    ];
    for (const [path, headers, scope] of cases) {
      const answer = await client.request(path, { method: 'POST', headers, body: '{' });
      assertProblem(answer, 403);
      const { traceId, ...body } = answer.body;
      assert.deepEqual(body, {
        type: typeOfCode('forbidden'),
        title: 'You are forbidden from accessing this resource.',
        status: 403,
        detail: `You are unable to access this resource because you do not have the required permissions. Required scopes: ${scope}`,
        errorCode: 'forbidden',
      }, path);
    }
    const visitor = createVisitor(connect({ ...server, secretKey: registers, publicKey: enrols }));
    assert.equal((await visitor.register('scoped')).status, 200);
    const answer = await connect({ ...server, secretKey: verifies }).backend.get('/credentials/list?userId=scoped');
    assert.equal(answer.body.values.length, 1, 'other endpoints take any secret key');
  });
});

/** The full key in what `key create` printed, whatever it calls the member. */
function keyIn(printed) {
  const found = /"(\w+:(?:public|secret):[0-9a-f]{32})"/.exec(JSON.stringify(printed));
  assert.ok(found, `no key in ${JSON.stringify(printed)}`);
  return found[1];
}

/** Calls until the answer is as expected, for as long as a node may cling to what it knew of a key. */
async function within(milliseconds, call, expected) {
  const deadline = Date.now() + milliseconds;
  let answer;
  do answer = await call();
  while (!expected(answer) && Date.now() < deadline);
  return answer;
}
