// Request bodies: what is read leniently, what is refused, and in which words.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { assertInvalid, assertProblem, assertRefused, assertUnbound } from '../harness/problems.mjs';
import { startServer } from '../harness/server.mjs';

onEachDatabase('Request bodies', (engine) => {
  let server, client, visitor;
  before(async () => {
    server = await startServer(engine);
    client = connect(server);
    visitor = createVisitor(client);
  });
  after(() => server?.end());

  const registerToken = (body) => client.backend.post('/register/token', body);
  const send = (body, contentType) =>
    client.request('/register/token', {
      method: 'POST',
      headers: { ApiSecret: server.secretKey, ...(contentType === undefined ? {} : { 'Content-Type': contentType }) },
      body,
    });

  /** The user whose registration a token begins. */
  async function userOf(answer) {
    assert.equal(answer.status, 200, answer.text);
    const { body } = await visitor.beginRegistration(answer.body.token);
    return { ...body.data.user, id: Buffer.from(body.data.user.id, 'base64url').toString() };
  }

  test('member names are read without regard to case', async () => {
    const user = await userOf(await send('{"USERID":"u1","userName":"ada","DisplayName":"Ada"}'));
    assert.deepEqual(user, { id: 'u1', name: 'ada', displayName: 'Ada' });
  });

  test('numbers and booleans become texts', async () => {
    assert.equal((await userOf(await send('{"userId":123,"username":4.50}'))).id, '123');
    assert.equal((await userOf(await send('{"userId":true,"username":"ada"}'))).id, 'True');
  });

  test('of a repeated member the last one wins, and unknown ones are ignored', async () => {
    const user = await userOf(await send('{"userId":"a","userid":"b","username":"ada","colour":{"r":1}}'));
    assert.equal(user.id, 'b');
  });

  test('the display name is the user name when it is left out', async () => {
    const user = await userOf(await registerToken({ userId: 'u2', username: 'ada', displayName: null }));
    assert.equal(user.displayName, 'ada');
  });

  test('any JSON content type is taken', async () => {
    for (const type of ['application/json', 'application/json; charset=UTF-8', 'application/problem+json', 'APPLICATION/JSON']) {
      const answer = await send('{"userId":"u3","username":"ada"}', type);
      assert.equal(answer.status, 200, `${type}: ${answer.text}`);
    }
  });

  test('a body of another content type is refused with 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      assertUnbound(await send('{"userId":"u3","username":"ada"}', type), 415);
    }
  });

  test('what is not strict JSON is refused', async () => {
    const bodies = ['{', '{"userId":"a",}', '{/* */"userId":"a"}', "{'userId':'a'}", '[]', '"text"', '1', 'null', '', '{} {}', '\u0000'];
    for (const body of bodies) assertUnbound(await send(body), 400);
    assertUnbound(await send(Buffer.from('7b22757365724964223a22ff227d', 'hex')), 400);
  });

  test('a body deeper than any API needs is refused', async () => {
    const depth = 100_000;
    assertProblem(await send('{"userId":"u","username":"a","x":' + '['.repeat(depth) + ']'.repeat(depth) + '}'), 400);
  });

  test('a body over a mebibyte is refused with 413', async () => {
    assertUnbound(await send(JSON.stringify({ userId: 'u', username: 'a'.repeat(1 << 20) })), 413);
  });

  test('missing fields are named together, and each with its first fault only', async () => {
    const user = ['The UserId field is required.'];
    const name = ['The Username field is required.'];
    assertInvalid(await registerToken({ username: 'ada' }), { userId: user });
    assertInvalid(await registerToken({ userId: 'u4' }), { username: name });
    for (const empty of [undefined, null, '', '   ', '\t']) {
      assertInvalid(await registerToken({ userId: empty, username: empty }), { userId: user, username: name });
    }
  });

  test('a user id of more than 64 bytes is refused, by bytes and not by characters', async () => {
    assert.equal((await registerToken({ userId: 'é'.repeat(32), username: 'ada' })).status, 200);
    const answer = await registerToken({ userId: `${'é'.repeat(32)}e`, username: 'ada' });
    assertProblem(answer, 400);
    assert.deepEqual(Object.keys(answer.body.errors), ['userId']);
  });

  test('lists are checked as a whole', async () => {
    const ask = (extra) => registerToken({ userId: 'u5', username: 'ada', ...extra });
    assertInvalid(await ask({ aliases: Array.from({ length: 11 }, (_, i) => `a${i}`) }), {
      aliases: ["The field Aliases must be a string or array type with a maximum length of '10'."],
    });
    assertInvalid(await ask({ aliases: ['a'.repeat(251)] }), {
      aliases: ["The field Aliases must be a collection that contains strings with a maximum length of '250'."],
    });
    for (const blank of [null, '', ' ']) {
      assertInvalid(await ask({ aliases: [blank] }), {
        aliases: ['The field Aliases must be a collection where every item is required.'],
      });
    }
    assertInvalid(await ask({ hints: ['hybrid', 'hybrid', 'hybrid', 'hybrid'] }), {
      hints: ["The field Hints must be a string or array type with a maximum length of '3'."],
    });
    assertProblem(await ask({ hints: ['carrier-pigeon'] }), 400);
  });

  test('words that are not among the choices are refused where the contract says', async () => {
    const ask = (extra) => registerToken({ userId: 'u6', username: 'ada', ...extra });
    for (const attestation of ['enterprise', 'other']) {
      assertRefused(await ask({ attestation }), 400, 'invalid_attestation', 'Attestation type not supported');
    }
    const plain = connect({ url: server.url, ...(await server.createApp(`plain${engine}`)) });
    const direct = { userId: 'u6', username: 'ada', attestation: 'direct' };
    assertRefused(await plain.backend.post('/register/token', direct), 400, 'attestation_not_supported_on_plan');
    for (const attestation of ['', null, 'NONE', 'none']) assert.equal((await ask({ attestation })).status, 200);

    for (const extra of [{ authenticatorType: 'pocket' }, { userVerification: 'optional' }]) {
      const { body } = await ask(extra);
      assertRefused(await visitor.beginRegistration(body.token), 400, 'invalid_argument');
    }
  });

  test('a text may hold anything but what no database can, and nothing is a server error', async () => {
    for (const text of ['a\u0000b', '\u0000', '\ud800', '𝒜da \u202e', "'; DROP TABLE users;--", 'a'.repeat(10_000)]) {
      const calls = [
        registerToken({ userId: text, username: text, displayName: text, aliases: [text] }),
        client.page.post('/signin/begin', { userId: text, ...visitor.place }),
        client.page.post('/signin/begin', { alias: text, ...visitor.place }),
        client.page.post('/signin/begin', { purpose: text, ...visitor.place }),
        client.page.post('/signin/begin', { RPID: text, Origin: text }),
        client.page.post('/register/complete', { session: text, nickname: text, ...visitor.place }),
        client.backend.post('/credentials/list', { userId: text }),
        client.backend.get(`/credentials/list?userId=${encodeURIComponent(text.toWellFormed?.() ?? text.replace('\ud800', ''))}`),
        client.backend.post('/credentials/delete', { credentialId: text }),
        client.backend.post('/signin/verify', { token: text }),
      ];
      for (const call of calls) {
        const answer = await call;
        assert.ok(answer.status < 500, `${JSON.stringify(text.slice(0, 20))}: ${answer.text}`);
        if (answer.status >= 400) assertProblem(answer, answer.status);
      }
    }
  });

  test('an origin and an RP id are required at begin', async () => {
    const { body } = await registerToken({ userId: 'u7', username: 'ada' });
    for (const path of ['/register/begin', '/signin/begin']) {
      const ask = (place) => client.page.post(path, { token: body.token, ...place });
      for (const Origin of [undefined, null, '']) {
        assertRefused(await ask({ RPID: 'localhost', Origin }), 400, null, 'Origin is required.');
      }
      for (const RPID of [undefined, null, '']) {
        assertRefused(await ask({ RPID, Origin: server.url }), 400, null, 'RPID is required.');
      }
    }
  });

  test('a list without a user id is refused in the words for it', async () => {
    assertUnbound(
      await client.backend.get('/credentials/list'),
      400,
      'Required parameter "string UserId" was not provided from query string.',
    );
    const errors = { userId: ['The UserId field is required.'] };
    assertInvalid(await client.backend.get('/credentials/list?userId='), errors);
    assertInvalid(await client.backend.post('/credentials/list', {}), errors);
  });

  test('a credential id to delete must be base64url and known', async () => {
    const remove = (credentialId) => client.backend.post('/credentials/delete', { credentialId });
    for (const empty of [undefined, null, '']) {
      assertRefused(await remove(empty), 400, null, 'credentialId must not be null or empty');
    }
    for (const wrong of ['a+/b', '!', 'a b']) assertProblem(await remove(wrong), 400);
    const body = assertRefused(await remove('bm9ib2R5'), 400, 'unknown_credential');
    assert.equal(body.credentialId, 'bm9ib2R5');
  });
});
