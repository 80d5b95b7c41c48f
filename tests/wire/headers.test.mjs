// Paths, methods, response headers, CORS and health.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { assertProblem, assertRefused, typeOfStatus } from '../harness/problems.mjs';
import { startServer } from '../harness/server.mjs';

const ORIGIN = 'https://shop.example';

onEachDatabase('The HTTP surface', (engine) => {
  let server, client;
  before(async () => {
    server = await startServer(engine);
    client = connect(server);
  });
  after(() => server?.end());

  const listing = (path, headers = {}) => client.request(path, { headers: { ApiSecret: server.secretKey, ...headers } });

  test('paths are matched without regard to case, repeated slashes and one trailing slash', async () => {
    for (const path of ['/credentials/list', '/Credentials/List', '//credentials//list', '/credentials/list/', '/CREDENTIALS/LIST/']) {
      const answer = await listing(`${path}?userId=nobody`);
      assert.deepEqual([path, answer.status, answer.body], [path, 200, { values: [] }]);
    }
    const begun = await client.page.post('//signin/begin', { RPID: 'localhost', Origin: server.url });
    assert.equal(begun.status, 200, begun.text);
  });

  test('names of query parameters are matched without regard to case', async () => {
    for (const name of ['userId', 'userid', 'UserId', 'USERID']) {
      assert.equal((await listing(`/credentials/list?${name}=nobody`)).status, 200, name);
    }
  });

  test('an unknown path is a 404 problem before anybody looks at a key', async () => {
    for (const headers of [{}, { ApiSecret: 'wrong' }, { ApiSecret: server.secretKey }]) {
      const body = assertProblem(await client.request('/nothing/here', { headers }), 404);
      assert.equal(body.type, typeOfStatus(404));
    }
  });

  test('a wrong method is a 405 problem that names the right one', async () => {
    const answer = await client.request('/signin/begin', { headers: { ApiKey: server.publicKey } });
    assert.equal(assertProblem(answer, 405).type, typeOfStatus(405));
    assert.match(answer.headers.allow, /\bPOST\b/);
    const both = await client.request('/credentials/list', { method: 'DELETE', headers: { ApiSecret: server.secretKey } });
    assertProblem(both, 405);
    assert.match(both.headers.allow, /\bGET\b/);
    assert.match(both.headers.allow, /\bPOST\b/);
  });

  test('every answer carries the security headers, and none says which server it is', async () => {
    const answers = [
      await listing('/credentials/list?userId=nobody'),
      await listing('/credentials/list'),
      await client.request('/nothing/here'),
      await client.request('/signin/begin', { method: 'POST' }),
      await client.request('/signin/begin'),
      await client.request('/'),
      await client.request('/health/http'),
    ];
    for (const { headers, status } of answers) {
      assert.match(headers['content-security-policy'], /^default-src 'self';?$/, `${status}`);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers.server, undefined);
      assert.equal(headers['strict-transport-security'], undefined, 'this is plain HTTP');
    }
  });

  test('API answers are JSON in UTF-8 and are not stored', async () => {
    const answer = await listing('/credentials/list?userId=nobody');
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(answer.headers['cache-control'], 'no-store');
    const refused = await client.request('/signin/begin', { method: 'POST' });
    assert.equal(refused.headers['cache-control'], 'no-store');
  });

  test('a preflight is answered for any origin, method and header, without a key', async () => {
    const answer = await client.request('/signin/begin', {
      method: 'OPTIONS',
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'apikey,client-version,content-type,x-own',
      },
    });
    assert.equal(answer.status, 204, answer.text);
    assert.equal(answer.text, '');
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.match(answer.headers['access-control-allow-methods'], /\bPOST\b/);
    const allowed = answer.headers['access-control-allow-headers'].toLowerCase().split(/\s*,\s*/);
    for (const name of ['apikey', 'client-version', 'content-type', 'x-own']) assert.ok(allowed.includes(name), name);
    assert.equal(answer.headers['access-control-allow-credentials'], undefined);
  });

  test('answers to another origin may be read there, refusals too', async () => {
    const headers = { Origin: ORIGIN };
    const answers = [
      await listing('/credentials/list?userId=nobody', headers),
      await client.request('/signin/begin', { method: 'POST', headers }),
      await client.request('/signin/begin', { method: 'POST', headers: { ...headers, ApiKey: server.publicKey }, body: '{' }),
      await client.request('/nothing/here', { headers }),
    ];
    assert.deepEqual(answers.map(({ status }) => status), [200, 401, 400, 404]);
    for (const { headers } of answers) assert.equal(headers['access-control-allow-origin'], '*');
  });

  test('health says that the server and its database are there', async () => {
    const http = await client.request('/health/http');
    assert.deepEqual([http.status, http.text], [200, 'Healthy']);
    assert.match(http.headers['content-type'], /^text\/plain/);
    for (const path of ['/health', '/health/live', '/health/ready']) assert.equal((await client.request(path)).status, 200, path);

    const storage = await client.request('/health/storage');
    assert.equal(storage.status, 200, storage.text);
    assert.equal(storage.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(storage.body.status, 'Healthy');
    assert.equal(storage.body.results.db.status, 'Healthy');
    assert.equal(typeof storage.body.elapsedMilliseconds, 'number');

    const version = await client.request('/health/version');
    assert.match(version.body.results.version.data.version, /^\d+\.\d+\.\d+/);

    const mail = await client.request('/health/mail');
    assert.deepEqual([mail.status, mail.body.results], [200, {}]);

    assertRefused(await client.request('/health/throw/api'), 400, 'test_error', 'Testing error response');
  });

  test('the root points a person to the documentation', async () => {
    const answer = await client.request('/');
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'], /^text\/plain/);
    assert.notEqual(answer.text.trim(), '');
  });

  test('SIGTERM ends the server with exit code 0', async () => {
    const other = await startServer(engine);
    try {
      assert.equal(await other.stop(), 0, other.output());
    } finally {
      await other.end();
    }
  });
});
