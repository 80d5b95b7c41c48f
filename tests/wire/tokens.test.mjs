// Tokens at the wrong place, at the wrong time, and changed on the way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { assertRefused } from '../harness/problems.mjs';
import { startServer } from '../harness/server.mjs';

onEachDatabase('Tokens', (engine) => {
  let server, client, visitor;
  before(async () => {
    server = await startServer(engine);
    client = connect(server);
    visitor = createVisitor(client);
  });
  after(() => server?.end());

  /** The four places that take a token: how it is sent there, and what it must start with. */
  const ends = () => [
    ['register_', (token) => client.page.post('/register/begin', { token, ...visitor.place })],
    ['session_', (session) => client.page.post('/register/complete', { session, ...someResponse('create'), ...visitor.place })],
    ['session_', (session) => client.page.post('/signin/complete', { session, ...someResponse('get'), ...visitor.place })],
    ['verify_', (token) => client.backend.post('/signin/verify', { token })],
  ];

  /** A well-formed answer of some authenticator, to reach the check of the token. */
  function someResponse(kind) {
    const other = createVisitor(client);
    const created = other.authenticator.create({ rp: { id: 'localhost' }, user: { id: 'dQ' }, challenge: 'YWJj' }, other);
    const response =
      kind === 'create'
        ? created
        : other.authenticator.get({ rpId: 'localhost', challenge: 'YWJj', allowCredentials: [] }, other);
    return { response };
  }

  async function tokens(userId) {
    const register = await visitor.registerToken(userId);
    const begun = await visitor.beginRegistration(register);
    const { body } = await visitor.completeRegistration(begun);
    const { body: signIn } = await visitor.beginSignIn({ userId });
    return { register, session: signIn.session, usedSession: begun.body.session, verify: body.token };
  }

  test('a token holds only what may stand in a URL', async () => {
    const { register, session, verify } = await tokens('ada');
    assert.match(register, /^register_[A-Za-z0-9_-]+$/);
    assert.match(session, /^session_[A-Za-z0-9_-]+$/);
    assert.match(verify, /^verify_[A-Za-z0-9_-]+$/);
  });

  test('a token says nothing of its user to whoever holds it', async () => {
    const { register, session, verify } = await tokens('somebody-in-particular');
    for (const token of [register, session, verify]) {
      const inside = Buffer.from(token.slice(token.indexOf('_') + 1), 'base64url').toString('latin1');
      assert.ok(!inside.includes('somebody'), token);
    }
  });

  test('a missing token is said to be missing', async () => {
    for (const [prefix, send] of ends()) {
      const title = `This operation requires a token that starts with '${prefix}' to be passed.`;
      for (const missing of [undefined, null]) assertRefused(await send(missing), 400, 'missing_token', title);
    }
  });

  test('a token of another kind is refused, with its first ten characters', async () => {
    const { register, session, verify } = await tokens('bea');
    for (const [prefix, send] of ends()) {
      for (const token of ['', 'abc', 'something_else_entirely', register, session, verify]) {
        if (token.startsWith(prefix)) continue;
        const title =
          `The token you sent was not correct. The token used for this endpoint should start with '${prefix}'. ` +
          `Make sure you are not sending the wrong value. The value you sent started with '${token.slice(0, 10)}'`;
        assertRefused(await send(token), 400, 'invalid_token', title);
      }
    }
  });

  test('the right prefix before nonsense is a wrong format', async () => {
    const title = 'The token you supplied was not formatted correctly. It should be valid base64url.';
    for (const [prefix, send] of ends()) {
      for (const rest of ['not base64url!', '****', 'a+b/c=']) {
        assertRefused(await send(prefix + rest), 400, 'invalid_token_format', title);
      }
    }
  });

  test('a token with one character changed is refused, wherever it is', async () => {
    const { register, session, verify } = await tokens('cyd');
    for (const [prefix, send] of ends()) {
      const token = { register_: register, session_: session, verify_: verify }[prefix];
      const places = [prefix.length, prefix.length + 5, Math.floor((prefix.length + token.length) / 2), token.length - 2];
      for (const at of places) {
        const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
        const answer = await send(changed);
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.body.errorCode, /^invalid_token(_format)?$/);
      }
      for (const cut of [token.slice(0, -4), `${token}AAAA`, prefix]) {
        const answer = await send(cut);
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.body.errorCode, /^invalid_token(_format)?$/);
      }
    }
  });

  test('the inside of one kind under the prefix of another is refused', async () => {
    const issued = await tokens('dot');
    for (const [prefix, send] of ends()) {
      for (const token of [issued.register, issued.session, issued.verify]) {
        if (token.startsWith(prefix)) continue;
        assertRefused(await send(prefix + token.slice(token.indexOf('_') + 1)), 400, 'invalid_token');
      }
    }
  });

  test('a session of a registration does not complete a sign-in, nor the reverse', async () => {
    const registration = await visitor.beginRegistration(await visitor.registerToken('eli'));
    const { session } = await tokens('eli').then(() => visitor.beginSignIn({ userId: 'eli' })).then(({ body }) => body);
    const place = visitor.place;
    const crossed = [
      await client.page.post('/signin/complete', { session: registration.body.session, ...someResponse('get'), ...place }),
      await client.page.post('/register/complete', { session, ...someResponse('create'), ...place }),
    ];
    for (const answer of crossed) assertRefused(answer, 400, 'invalid_token');
  });

  test('a token of another app is refused', async () => {
    const stranger = connect({ url: server.url, ...(await server.createApp(`other${engine}`)) });
    const { register, session, verify } = await tokens('fay');
    const title =
      'The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.';
    const answers = [
      await stranger.page.post('/register/begin', { token: register, ...visitor.place }),
      await stranger.page.post('/signin/complete', { session, ...someResponse('get'), ...visitor.place }),
      await stranger.backend.post('/signin/verify', { token: verify }),
    ];
    for (const answer of answers) assertRefused(answer, 400, 'invalid_token', title);
  });

  test('an expired register token is refused with how long ago it ended', async () => {
    const ago = async (milliseconds) => {
      const expiresAt = new Date(Date.now() - milliseconds).toISOString();
      return visitor.beginRegistration(await visitor.registerToken('gil', { expiresAt }));
    };
    const minute = 60_000;
    const spans = [
      [90_000, '1 minute'],
      [150 * minute, '2 hours'],
      [36 * 60 * minute, '1 day'],
      [8 * 24 * 60 * minute, '1 week'],
    ];
    for (const [milliseconds, span] of spans) {
      assertRefused(await ago(milliseconds), 403, 'expired_token', `The token expired ${span} ago.`);
    }
    const { title } = assertRefused(await ago(10_000), 403, 'expired_token');
    assert.match(title, /^The token expired 1\d seconds ago\.$/);
  });

  test('an expiry without a zone is in UTC', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString().replace('Z', '');
    const answer = await visitor.beginRegistration(await visitor.registerToken('hal', { expiresAt }));
    assert.equal(answer.status, 200, answer.text);
  });

  test('a register token begins again and again until it expires', async () => {
    const token = await visitor.registerToken('ida');
    const first = await visitor.beginRegistration(token);
    const second = await visitor.beginRegistration(token);
    assert.notEqual(first.body.data.challenge, second.body.data.challenge);
    assert.equal((await visitor.completeRegistration(second)).status, 200);
  });

  test('a session completes once', async () => {
    const registration = await visitor.beginRegistration(await visitor.registerToken('jan'));
    assert.equal((await visitor.completeRegistration(registration)).status, 200);
    assertRefused(await visitor.completeRegistration(registration), 400, 'invalid_token');

    const signIn = await visitor.beginSignIn({ userId: 'jan' });
    assert.equal((await visitor.completeSignIn(signIn)).status, 200);
    assertRefused(await visitor.completeSignIn(signIn), 400, 'invalid_token');
  });

  test('of many completions of one session at once exactly one succeeds', async () => {
    await visitor.register('kai');
    const begun = await visitor.beginSignIn({ userId: 'kai' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => visitor.completeSignIn(begun)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers) if (answer.status !== 200) assertRefused(answer, 400, 'invalid_token');
  });

  test('a verify token is verified as often as one likes', async () => {
    const { body } = await visitor.register('lea');
    const first = await visitor.verify(body.token);
    const second = await visitor.verify(body.token);
    assert.deepEqual(second.body, first.body);
  });
});
