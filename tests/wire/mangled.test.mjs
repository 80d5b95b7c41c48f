// Mangled bodies at every endpoint: whatever a client sends, the answer is no server error, and a refusal is a
// problem document. The mangling is drawn from a fixed seed, so that a failure comes again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { assertProblem } from '../harness/problems.mjs';
import { startServer } from '../harness/server.mjs';

const ROUNDS = 40;

const HOSTILE = [
  null, true, 0, -1, 1e308, 2 ** 53, 0.1, '', ' ', '\u0000', 'a\u0000b', '\ud800', '../../etc/passwd', 'verify_', 'session_AAAA',
  'register_!', 'A'.repeat(70_000), 'é'.repeat(300), '0001-01-01T00:00:00', '9999-12-31T23:59:59.9999999Z', '-1.00:00:00',
  [], {}, [[]], [null], ['\u0000'], [1, 2], Array(2_000).fill('x'), { a: { b: { c: {} } } }, 'https://x:99999/', 'http://[',
];

/** Numbers from a seed (mulberry32). */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** One of the objects inside a body, the body included. */
function anyObject(body, roll) {
  const objects = [body];
  for (const object of objects) {
    for (const value of Object.values(object)) if (value !== null && typeof value === 'object') objects.push(value);
  }
  return objects[roll(objects.length)];
}

function mangle(valid, roll) {
  const body = structuredClone(valid);
  const target = anyObject(body, roll);
  const members = Object.keys(target);
  const member = members[roll(members.length)];
  switch (roll(6)) {
    case 0:
    case 1:
      target[member] = HOSTILE[roll(HOSTILE.length)];
      return JSON.stringify(body);
    case 2:
      delete target[member];
      return JSON.stringify(body);
    case 3: {
      const text = JSON.stringify(body);
      return text.slice(0, roll(text.length));
    }
    case 4: {
      const bytes = Buffer.from(JSON.stringify(body));
      bytes[roll(bytes.length)] = roll(256);
      return bytes;
    }
    default:
      if (typeof target[member] === 'string' && target[member].length > 0) {
        const at = roll(target[member].length);
        target[member] = target[member].slice(0, at) + String.fromCharCode(roll(0x250)) + target[member].slice(at + 1);
      } else target[member] = HOSTILE[roll(HOSTILE.length)];
      return JSON.stringify(body);
  }
}

onEachDatabase('Mangled bodies', (engine) => {
  let server, client, visitor;
  before(async () => {
    server = await startServer(engine, { environment: { PASSKEYD__MANAGEMENT__KEY: 'a-management-key-for-tests' } });
    client = connect(server);
    visitor = createVisitor(client);
    await visitor.register('ada');
  });
  after(() => server?.end());

  const registration = async () => {
    const { body } = await visitor.beginRegistration(await visitor.registerToken('ada'));
    return { session: body.session, response: visitor.authenticator.create(body.data, visitor), nickname: 'n', ...visitor.place };
  };
  const signIn = async () => {
    const { body } = await visitor.beginSignIn({ userId: 'ada' });
    return { session: body.session, response: visitor.authenticator.get(body.data, visitor), ...visitor.place };
  };
  const place = () => visitor.place;
  const rules = { purpose: 'p', timeToLive: '00:02:00', userVerificationRequirement: 'preferred', hints: ['hybrid'], performedBy: 'me' };
  const app = '/admin/apps/mangled';
  const endpoints = {
    'ApiKey /register/begin': async () => ({ token: await visitor.registerToken('ada'), ...place() }),
    'ApiKey /register/complete': registration,
    'ApiKey /signin/begin': () => ({ userId: 'ada', alias: 'a', purpose: 'step-up', ...place() }),
    'ApiKey /signin/complete': signIn,
    'ApiSecret /register/token': () => ({
      userId: 'ada', username: 'ada', displayName: 'Ada', attestation: 'none', authenticatorType: 'any', discoverable: true,
      userVerification: 'preferred', expiresAt: '2030-01-01T00:00:00Z', aliases: ['a'], aliasHashing: true, hints: ['hybrid'],
    }),
    'ApiSecret /signin/verify': async () => ({ token: (await visitor.register('bea')).body.token }),
    'ApiSecret /signin/generate-token': () => ({ userId: 'ada', timeToLive: 60, purpose: 'p', ...place() }),
    'ApiSecret /alias': () => ({ userId: 'ada', aliases: ['a', 'b'], hashing: false }),
    'ApiSecret /credentials/list': () => ({ userId: 'ada' }),
    'ApiSecret /credentials/delete': () => ({ credentialId: 'bm9ib2R5' }),
    'ApiSecret /users/delete': () => ({ userId: 'nobody' }),
    'ApiSecret /magic-links/send': () => ({
      emailAddress: 'test@test.com', urlTemplate: 'https://shop.example/?t=$TOKEN', userId: 'ada', timeToLive: 60,
    }),
    'ApiSecret /auth-configs/add': () => rules,
    'ApiSecret /auth-configs': () => rules,
    'ApiSecret /auth-configs/delete': () => ({ purpose: 'p', performedBy: 'me' }),
    'ApiSecret /apps/features': () => ({ eventLoggingRetentionPeriod: 30, enableMagicLinks: true, performedBy: 'me' }),
    'ApiSecret /authenticators/add': () => ({ aaGuids: ['01020304-0506-0708-0102-030405060708'], isAllowed: false }),
    'ApiSecret /authenticators/remove': () => ({ aaGuids: ['01020304-0506-0708-0102-030405060708'] }),
    [`ManagementKey ${app}/create`]: () => ({ adminEmail: 'a@b.c', eventLoggingIsEnabled: true, maxUsers: 3 }),
    [`ManagementKey ${app}/public-keys`]: () => ({ scopes: [0, 'login'] }),
    [`ManagementKey ${app}/features`]: () => ({ eventLoggingIsEnabled: true, eventLoggingRetentionPeriod: 1, maxUsers: 3 }),
    [`ManagementKey ${app}/mark-delete`]: () => ({ deletedBy: 'me' }),
  };
  const keys = () => ({ ApiKey: server.publicKey, ApiSecret: server.secretKey, ManagementKey: 'a-management-key-for-tests' });

  for (const [index, [endpoint, valid]] of Object.entries(endpoints).entries()) {
    test(`POST ${endpoint.split(' ')[1]} takes or refuses them, and never fails`, async () => {
      const [header, path] = endpoint.split(' ');
      const roll = dice(index + 1);
      for (let round = 0; round < ROUNDS; round += 1) {
        const body = mangle(await valid(), roll);
        const answer = await client.request(path, { method: 'POST', headers: { [header]: keys()[header] }, body });
        const sent = `round ${round}: ${body.toString().slice(0, 400)}`;
        assert.ok(answer.status < 500, `${sent}\n${answer.text}`);
        if (answer.status >= 400) assertProblem(answer, answer.status);
      }
      assert.equal((await client.request('/health/ready')).status, 200);
    });
  }

  test('mangled query parameters are taken or refused, and never fail', async () => {
    const values = ['', ' ', '%00', 'a%00b', '%FF', '%', '%zz', '-1', '99999999999999999999', 'NaN', 'a'.repeat(5_000), '&', '=', '%F0%9F%98%80', '2026-02-30'];
    const queries = [
      ['/credentials/list', 'userId'], ['/alias/list', 'userId'], ['/events', 'pageNumber'], ['/events', 'pageNumber=1&numberOfResults'],
      ['/auth-configs/list', 'purpose'], ['/authenticators/list', 'isAllowed'], ['/reporting/credentials/periodic', 'from'],
      ['/reporting/active-users/periodic', 'to'], ['/users/list', 'anything'],
    ];
    for (const [path, name] of queries) {
      for (const value of values) {
        const answer = await client.backend.get(`${path}?${name}=${value}`);
        assert.ok(answer.status < 500, `${path}?${name}=${value.slice(0, 40)}: ${answer.text}`);
        if (answer.status >= 400) assertProblem(answer, answer.status);
      }
    }
  });

  test('mangled key headers are refused, and never fail', async () => {
    for (const value of [':', '::', 'a:', ':a', `${'a'.repeat(7_000)}:secret:0`, 'test:secret:', 'test:secret:\u00e9', 'é:secret:00', 'test\t:secret:x', '%00:secret:6d02']) {
      const answer = await client.request('/users/count', { headers: { ApiSecret: Buffer.from(value).toString('latin1') } });
      assertProblem(answer, 401);
    }
  });
});
