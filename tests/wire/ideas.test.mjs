// The Idea Pool surface, line by line, as a JSON client meets it: statuses, members, headers, tokens, ordering, tenants.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';

import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';

import { createAuthenticator, createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase, onPostgres } from '../harness/databases.mjs';
import { PASSWORD, connectIdeas } from '../harness/ideas.mjs';
import { connectLoginId } from '../harness/loginid.mjs';
import { createSite, startServer } from '../harness/server.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const IDEA = { content: 'the-content', impact: 8, ease: 8, confidence: 8 };

/** A refusal: a problem document whose `reason` is a sentence that a client can show. */
function assertRefused(answer, status) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const { body } = answer;
  assert.equal(body.status, status);
  for (const member of ['type', 'title', 'detail', 'reason']) assert.equal(typeof body[member], 'string', member);
  assert.match(body.reason, /^\w.*[.]$/);
  return body;
}

/** A refusal of fields: which ones, each with sentences. */
function assertInvalid(answer, fields) {
  const { errors } = assertRefused(answer, 400);
  assert.deepEqual(Object.keys(errors ?? {}).sort(), fields, answer.text);
  for (const sentences of Object.values(errors)) assert.ok(sentences.length > 0 && sentences.every((it) => typeof it === 'string'));
}

function assertHeaders({ headers }, cacheControl, vary = 'Accept-Encoding, Origin') {
  assert.equal(headers['x-frame-options'], 'SAMEORIGIN');
  assert.equal(headers['x-xss-protection'], '1; mode=block');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cache-control'], cacheControl);
  assert.equal(headers.vary, vary);
  assert.match(headers['x-request-id'], UUID);
  assert.match(headers['x-runtime'], /^\d+\.\d+$/);
}

const encoded = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

onEachDatabase('The Idea Pool', (engine) => {
  let server, api, people;
  before(async () => {
    server = await startServer(engine);
    api = connectIdeas(server);
    people = 0;
  });
  after(() => server?.end());

  /** Somebody who signed up: `{ jwt, refresh_token, email }`. */
  async function somebody(on = api) {
    const email = `person-${(people += 1)}@example.com`;
    const { status, body, text } = await on.signUp(email);
    assert.equal(status, 201, text);
    return { ...body, email };
  }

  const keys = (on = api) => createRemoteJWKSet(new URL(`${on.base.replace('localhost', '127.0.0.1')}/.well-known/jwks.json`));

  test('a sign-up answers 201 with two tokens and the headers of the contract', async () => {
    const answer = await api.signUp('jack-black@codementor.io');
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
    assertHeaders(answer, 'max-age=0, private, must-revalidate');
    assert.match(answer.headers.etag, /^W\/"[^"]+"$/);
    assert.deepEqual(Object.keys(answer.body), ['jwt', 'refresh_token']);
    assert.match(answer.body.refresh_token, /^[0-9a-f]{64,}$/);

    const { payload, protectedHeader } = await jwtVerify(answer.body.jwt, keys(), { audience: 'test', issuer: server.url, algorithms: ['RS256'] });
    assert.deepEqual([protectedHeader.typ, protectedHeader.alg, typeof protectedHeader.kid], ['JWT', 'RS256', 'string']);
    assert.equal(payload.exp - payload.iat, 600);
    assert.deepEqual([payload.email, payload.name], ['jack-black@codementor.io', 'Jack Black']);
    for (const claim of ['id', 'jti', 'sid']) assert.ok(payload[claim], claim);
  });

  test('a sign-up names everything that is wrong, and takes an address once in any case', async () => {
    const sign = (extra) => api.post('/users', { email: 'ada@example.com', name: 'Ada', password: PASSWORD, ...extra });
    assertInvalid(await api.post('/users', {}), ['email', 'name', 'password']);
    for (const email of ['', ' ', 'ada', '@example.com', 'ada@', 'a b@example.com', 7, null, ['ada@example.com']]) assertInvalid(await sign({ email }), ['email']);
    for (const name of ['', '  ', null, 7, {}]) assertInvalid(await sign({ name }), ['name']);
    for (const password of ['', 'Short12', 'nocapital1', 'NOLOWER11', 'NoDigitsHere', `Aa1${'x'.repeat(1022)}`, null, 12345678]) {
      assertInvalid(await sign({ password }), ['password']);
    }
    assert.equal((await sign({ password: `Aa1${'x'.repeat(1021)}` })).status, 201, '1024 bytes are taken');
    assert.equal((await api.logIn('ada@example.com', `Aa1${'x'.repeat(1021)}`)).status, 201);
    assertRefused(await api.logIn('ada@example.com', `Aa1${'x'.repeat(1020)}y`), 401);
    for (const email of ['ada@example.com', 'ADA@Example.COM']) assertRefused(await sign({ email }), 409);
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => api.signUp('race@example.com')));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), [201, 409, 409, 409]);
  });

  test('a log-in tells a wrong address and a wrong password alike, and each is a session of its own', async () => {
    const { email, jwt } = await somebody();
    const [first, second] = [await api.logIn(email), await api.logIn(email.toUpperCase())];
    for (const { status, body, text } of [first, second]) {
      assert.equal(status, 201, text);
      assert.deepEqual(Object.keys(body), ['jwt', 'refresh_token']);
    }
    assert.notEqual(first.body.refresh_token, second.body.refresh_token);
    const [wrongPassword, wrongAddress] = [await api.logIn(email, 'the-secret-123'), await api.logIn('nobody@example.com')];
    assertRefused(wrongPassword, 401);
    assert.equal(wrongPassword.text, wrongAddress.text);
    assertInvalid(await api.post('/access-tokens', {}), ['email', 'password']);
    assertInvalid(await api.logIn(email, 'x'.repeat(1025)), ['password']);

    assert.equal((await api.logOut(first.body.jwt, first.body.refresh_token)).status, 204);
    assertRefused(await api.get('/me', first.body.jwt), 401);
    for (const token of [jwt, second.body.jwt]) assert.equal((await api.get('/me', token)).status, 200);
  });

  test('a refresh gives an access token only, as often as it is asked, at once too', async () => {
    const { refresh_token: token } = await somebody();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => api.refresh(token)));
    for (const { status, body, text } of outcomes) {
      assert.equal(status, 200, text);
      assert.deepEqual(Object.keys(body), ['jwt']);
      assert.equal((await api.get('/me', body.jwt)).status, 200);
    }
    for (const wrong of ['the-token-str-1', token.toUpperCase(), `${token}0`, '0'.repeat(64)]) assertRefused(await api.refresh(wrong), 401);
    assertInvalid(await api.post('/access-tokens/refresh', {}), ['refresh_token']);
    for (const refresh_token of ['', null, 7, [token]]) assertInvalid(await api.refresh(refresh_token), ['refresh_token']);
  });

  test('a log-out ends access and refresh at once, by body and by query, and nobody logs another out', async () => {
    const [jack, jill] = [await somebody(), await somebody()];
    const renewed = (await api.refresh(jack.refresh_token)).body.jwt;
    assertRefused(await api.logOut(jill.jwt, jack.refresh_token), 401);
    assertInvalid(await api.delete('/access-tokens', jack.jwt, {}), ['refresh_token']);
    assertRefused(await api.logOut(undefined, jack.refresh_token), 401);
    assert.equal((await api.get('/me', jack.jwt)).status, 200, 'nothing was revoked');

    const answer = await api.logOut(jack.jwt, jack.refresh_token);
    assert.deepEqual([answer.status, answer.text], [204, '']);
    assertHeaders(answer, 'no-cache');
    for (const token of [jack.jwt, renewed]) assertRefused(await api.get('/ideas', token), 401);
    assertRefused(await api.refresh(jack.refresh_token), 401);

    const again = (await api.logIn(jack.email)).body;
    assert.equal((await api.delete(`/access-tokens?refresh_token=${again.refresh_token}`, again.jwt)).status, 204);
    assertRefused(await api.get('/me', again.jwt), 401);
  });

  test('a person is shown with the picture of the contract, and what did not change is not sent again', async () => {
    const { body } = await api.signUp('Email-4@Test.com', PASSWORD, 'name-4');
    const me = await api.get('/me', body.jwt);
    assert.deepEqual(me.body, {
      email: 'Email-4@Test.com',
      name: 'name-4',
      avatar_url: 'https://www.gravatar.com/avatar/b36aafe03e05a85031fd8c411b69f792?d=mm&s=200',
    });
    assertHeaders(me, 'max-age=0, private, must-revalidate');
    const unchanged = await api.get('/me', body.jwt, { 'If-None-Match': me.headers.etag });
    assert.deepEqual([unchanged.status, unchanged.text, unchanged.headers.etag], [304, '', me.headers.etag]);
    assert.equal((await api.get('/me', body.jwt, { 'If-None-Match': 'W/"other"' })).status, 200);
    const post = await api.post('/ideas', IDEA, body.jwt, { 'If-None-Match': '*' });
    assert.equal(post.status, 201, 'it is for reading only');
  });

  test('an idea comes back with its mean, always with a fraction', async () => {
    const { jwt } = await somebody();
    const before = Math.floor(Date.now() / 1000);
    const made = await api.post('/ideas', IDEA, jwt);
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(Object.keys(made.body), ['id', 'content', 'impact', 'ease', 'confidence', 'average_score', 'created_at']);
    assert.match(made.body.id, /^[0-9a-z]{6,16}$/);
    assert.match(made.text, /"average_score":8\.0[,}]/);
    assert.ok(Number.isInteger(made.body.created_at) && made.body.created_at >= before && made.body.created_at <= before + 5);
    assertHeaders(made, 'max-age=0, private, must-revalidate');
    const ids = [made.body.id];
    for (const [scores, mean] of [[[3, 8, 8], '6.333333333333333'], [[2, 8, 8], '6.0'], [[1, 8, 8], '5.666666666666667'], [[10, 10, 10], '10.0'], [[1, 1, 1], '1.0']]) {
      const [impact, ease, confidence] = scores;
      const { text, body } = await api.post('/ideas', { content: 'x', impact, ease, confidence }, jwt);
      assert.ok(text.includes(`"average_score":${mean},`), text);
      ids.push(body.id);
    }
    const order = ids.map((id) => parseInt(id, 36));
    assert.deepEqual(order, [...order].sort((one, other) => one - other), 'ids grow with time');
    assert.equal(new Set(ids).size, ids.length);
  });

  test('every field of an idea is checked, and all are told of at once', async () => {
    const { jwt } = await somebody();
    const { id } = (await api.post('/ideas', IDEA, jwt)).body;
    const sends = [(body) => api.post('/ideas', body, jwt), (body) => api.put(`/ideas/${id}`, body, jwt)];
    for (const send of sends) {
      assertInvalid(await send({}), ['confidence', 'content', 'ease', 'impact']);
      for (const field of ['impact', 'ease', 'confidence']) {
        for (const value of ['"8"', '8.5', '8.0', '1e1', 'true', 'null', '0', '11', '-1', '99999999999999999999', '[8]', '{}', '""']) {
          const body = JSON.stringify(IDEA).replace(`"${field}":8`, `"${field}":${value}`);
          assertInvalid(await send(body), [field]);
        }
      }
      for (const content of ['', null, 7, ['x'], 'x'.repeat(256), '💡'.repeat(256), 'a\u0000b']) assertInvalid(await send({ ...IDEA, content }), ['content']);
      for (const content of ['x', 'x'.repeat(255), '💡'.repeat(255), 'e\u0301 \u202e "\\ \n<b>', "'; DROP TABLE ideas;--"]) {
        const kept = await send({ ...IDEA, content, impact: 1, ease: 10 });
        assert.ok(kept.status === 201 || kept.status === 200, kept.text);
        assert.equal(kept.body.content, content);
      }
    }
    assert.equal((await api.post('/ideas', { ...IDEA, id: 'own', created_at: 1, average_score: 1, user: 'x' }, jwt)).body.average_score, 8);
  });

  test('pages hold ten, best first, then newest, to the end', async () => {
    const { jwt } = await somebody();
    assert.deepEqual((await api.get('/ideas', jwt)).body, []);
    const made = [];
    // Two means that differ by a third, with ties among them.
    for (let number = 0; number < 23; number += 1) {
      const scores = number % 3 === 0 ? { impact: 9, ease: 8, confidence: 8 } : { impact: 8, ease: 8 + (number % 2), confidence: 8 - (number % 2) };
      made.push((await api.post('/ideas', { content: `${number}`, ...scores }, jwt)).body);
    }
    const expected = [...made].sort((one, other) => other.average_score - one.average_score || made.indexOf(other) - made.indexOf(one));
    const pages = [];
    for (const page of [1, 2, 3, 4]) pages.push((await api.get(`/ideas?page=${page}`, jwt)).body);
    assert.deepEqual(pages.map((page) => page.length), [10, 10, 3, 0]);
    assert.deepEqual(pages.flat(), expected);
    assert.deepEqual((await api.get('/ideas', jwt)).body, pages[0]);
    for (const page of ['0', '-1', 'abc', '1.5', '', '+1', '1e1', '0x1']) assertInvalid(await api.get(`/ideas?page=${encodeURIComponent(page)}`, jwt), ['page']);
    for (const page of ['99999999999999999999', String(2 ** 63), '1000000']) assert.deepEqual((await api.get(`/ideas?page=${page}`, jwt)).body, [], page);
  });

  test("an idea is changed and deleted by its owner, and somebody else's is as good as absent", async () => {
    const [jack, jill] = [await somebody(), await somebody()];
    const idea = (await api.post('/ideas', IDEA, jack.jwt)).body;
    const changed = await api.put(`/ideas/${idea.id}`, { content: 'new', impact: 1, ease: 2, confidence: 4 }, jack.jwt);
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(changed.body, { ...idea, content: 'new', impact: 1, ease: 2, confidence: 4, average_score: 7 / 3 });

    const absent = 'tg2b9tv60';
    for (const [path, token] of [[idea.id, jill.jwt], [absent, jack.jwt], ['NOT-an-id!', jack.jwt], ['%00', jack.jwt], ['x'.repeat(300), jack.jwt]]) {
      const answers = [await api.put(`/ideas/${path}`, IDEA, token), await api.delete(`/ideas/${path}`, token)];
      for (const answer of answers) assertRefused(answer, 404);
    }
    const [theirs, none] = [await api.put(`/ideas/${idea.id}`, IDEA, jill.jwt), await api.put(`/ideas/${absent}`, IDEA, jill.jwt)];
    assert.equal(theirs.text, none.text);
    const [bad, worse] = [await api.put(`/ideas/${idea.id}`, {}, jill.jwt), await api.put(`/ideas/${absent}`, {}, jill.jwt)];
    assert.deepEqual([bad.status, bad.text], [worse.status, worse.text]);
    assert.deepEqual((await api.get('/ideas', jill.jwt)).body, []);

    const deleted = await api.delete(`/ideas/${idea.id}`, jack.jwt);
    assert.deepEqual([deleted.status, deleted.text], [204, '']);
    assertHeaders(deleted, 'no-cache');
    assertRefused(await api.delete(`/ideas/${idea.id}`, jack.jwt), 404);
    assert.deepEqual((await api.get('/ideas', jack.jwt)).body, []);
  });

  test('what is no token of this server is refused everywhere', async () => {
    const { jwt, refresh_token: refresh } = await somebody();
    const [header, claims, signature] = jwt.split('.');
    const head = decodeProtectedHeader(jwt);
    const { keys: published } = (await api.get('/.well-known/jwks.json')).body;
    const published256 = published.find(({ kid }) => kid === head.kid);
    const pem = JSON.stringify(published256);
    const hs256 = `${encoded({ ...head, alg: 'HS256' })}.${claims}`;
    const changed = (extra) => `${header}.${encoded({ ...decodeJwt(jwt), ...extra })}.${signature}`;
    const forged = {
      none: `${encoded({ alg: 'none', typ: 'JWT', kid: head.kid })}.${claims}.`,
      'none, capitals': `${encoded({ ...head, alg: 'NONE' })}.${claims}.`,
      'none, signed': `${encoded({ ...head, alg: 'none' })}.${claims}.${signature}`,
      hs256: `${hs256}.${createHmac('sha256', pem).update(hs256).digest('base64url')}`,
      'hs256, modulus': `${hs256}.${createHmac('sha256', Buffer.from(published256.n, 'base64url')).update(hs256).digest('base64url')}`,
      'foreign kid': `${encoded({ ...head, kid: '00000000-0000-0000-0000-000000000000' })}.${claims}.${signature}`,
      'no kid': `${encoded({ typ: 'JWT', alg: 'RS256' })}.${claims}.${signature}`,
      'own key in the header': `${encoded({ ...head, jwk: published256 })}.${claims}.${signature}`,
      'later end': changed({ exp: decodeJwt(jwt).exp + 3600 }),
      'another person': changed({ id: '00000000-0000-0000-0000-000000000000' }),
      'no signature': `${header}.${claims}`,
      'empty signature': `${header}.${claims}.`,
      'one more part': `${jwt}.x`,
      refresh,
      nonsense: 'a.b.c',
      long: 'x'.repeat(9000),
      missing: undefined,
    };
    for (const [name, token] of Object.entries(forged)) {
      for (const [method, path] of [['GET', '/me'], ['GET', '/ideas'], ['POST', '/ideas'], ['PUT', '/ideas/x'], ['DELETE', '/ideas/x'], ['DELETE', '/access-tokens']]) {
        const answer = await api.call(method, path, { token, body: method === 'GET' ? undefined : IDEA });
        assert.equal(answer.status, 401, `${name} at ${method} ${path}: ${answer.text}`);
        assertRefused(answer, 401);
      }
    }
    for (const value of [`Bearer ${jwt}`, `bearer ${jwt}`]) assert.equal((await api.call('GET', '/me', { headers: { Authorization: value } })).status, 200);
    for (const value of [jwt, `Basic ${jwt}`, `Bearer ${refresh}`]) assert.equal((await api.call('GET', '/me', { headers: { Authorization: value } })).status, 401);
  });

  test('a token of one surface is nothing at another', async () => {
    const { jwt } = await somebody();
    const client = connect(server);
    const visitor = createVisitor(client);
    const { body: registered } = await visitor.register('crossing');
    const session = (await visitor.beginSignIn({ userId: 'crossing' })).body.session;
    for (const token of [registered.token, session, await visitor.registerToken('crossing'), server.secretKey, server.publicKey]) {
      assertRefused(await api.get('/me', token), 401);
      assertRefused(await api.refresh(token), 401);
    }
    const loginId = connectLoginId(server);
    for (const path of ['/passkeys', '/profile']) assert.equal((await loginId.get(path, { token: jwt })).status, path === '/profile' ? 404 : 401);
    assert.equal((await client.backend.post('/signin/verify', { token: jwt })).status, 400);
  });

  test('wrong methods, media types and bodies are refused with a reason', async () => {
    const { jwt } = await somebody();
    for (const [method, path, allow] of [
      ['GET', '/users', /^POST$/],
      ['PUT', '/access-tokens', /POST.*DELETE/],
      ['GET', '/access-tokens/refresh', /^POST$/],
      ['POST', '/me', /GET/],
      ['DELETE', '/ideas', /GET.*POST/],
      ['PATCH', '/ideas/x', /PUT.*DELETE/],
    ]) {
      const answer = await api.call(method, path, { token: jwt, body: method === 'GET' ? undefined : '{}' });
      assertRefused(answer, 405);
      assert.match(answer.headers.allow, allow);
    }
    for (const [path, token] of [['/users'], ['/access-tokens'], ['/access-tokens/refresh'], ['/ideas', jwt]]) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        assertRefused(await api.post(path, '{"a":1}', token, { 'Content-Type': type }), 415);
      }
      for (const body of ['{', '{"a":}', '[]', '"text"', '7', 'null', '', '{} {}', `{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`, Buffer.from('{"email":"\xff"}', 'latin1')]) {
        assertRefused(await api.post(path, body, token), 400);
      }
      assertRefused(await api.post(path, JSON.stringify({ x: 'y'.repeat(1 << 20) }), token), 413);
    }
  });

  test('pages of other origins may ask, as long as the tenant does not list others', async () => {
    const origin = 'https://ideas.example';
    const preflight = (on, path) =>
      on.call('OPTIONS', path, { headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'content-type,x-access-token' } });
    for (const path of ['/users', '/access-tokens', '/me', '/ideas', '/ideas/x']) {
      const { status, headers } = await preflight(api, path);
      assert.ok(status === 200 || status === 204);
      assert.equal(headers['access-control-allow-origin'], origin);
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) assert.match(headers['access-control-allow-methods'], new RegExp(`\\b${method}\\b`));
      for (const name of ['Content-Type', 'X-Access-Token', 'Authorization']) assert.match(headers['access-control-allow-headers'], new RegExp(name, 'i'));
      assert.equal(headers['access-control-allow-credentials'], undefined);
    }
    const refused = await api.get('/me', undefined, { Origin: origin });
    assert.equal(refused.headers['access-control-allow-origin'], origin, 'refusals can be read, too');

    await server.createApp('closed');
    await server.command('app', 'set', 'closed', 'origins=https://listed.example');
    const closed = connectIdeas(server, { below: '/apps/closed' });
    const answer = await closed.signUp('ada@example.com');
    assert.equal(answer.status, 201, answer.text);
    for (const path of ['/me', '/ideas']) {
      assert.equal((await preflight(closed, path)).headers['access-control-allow-origin'], undefined);
      const other = await closed.get(path, answer.body.jwt, { Origin: origin });
      assert.deepEqual([other.status, other.headers['access-control-allow-origin']], [200, undefined]);
      const listed = await closed.get(path, answer.body.jwt, { Origin: 'https://listed.example' });
      assert.equal(listed.headers['access-control-allow-origin'], 'https://listed.example');
    }
  });

  test('accounts, ideas and tokens belong to a tenant', async () => {
    await server.createApp('acme');
    const acme = connectIdeas(server, { below: '/apps/acme' });
    const [here, there] = [await somebody(), await somebody(acme)];
    assert.equal((await acme.signUp(here.email)).status, 201, 'another tenant, another person');
    const idea = (await api.post('/ideas', IDEA, here.jwt)).body;
    assert.equal(decodeJwt(there.jwt).aud, 'acme');
    await jwtVerify(there.jwt, keys(acme), { audience: 'acme' });

    // The token names its tenant, wherever it is shown; a URL that names another one refuses it.
    assert.equal((await api.get('/me', there.jwt)).body.email, there.email);
    for (const below of ['/apps/test', '/apps/nobody', '/apps/-', '/apps/%00']) {
      const elsewhere = connectIdeas(server, { below });
      for (const path of ['/me', '/ideas']) assertRefused(await elsewhere.get(path, there.jwt), 401);
      assertRefused(await elsewhere.logOut(there.jwt, there.refresh_token), 401);
    }
    assertRefused(await acme.get('/me', here.jwt), 401);
    for (const answer of [await api.put(`/ideas/${idea.id}`, IDEA, there.jwt), await api.delete(`/ideas/${idea.id}`, there.jwt)]) assertRefused(answer, 404);
    assertRefused(await acme.refresh(here.refresh_token), 401);
    assertRefused(await api.refresh(there.refresh_token), 401);
    assertRefused(await api.logOut(here.jwt, there.refresh_token), 401);
    assertRefused(await api.logIn(there.email), 401);
    for (const path of ['/users', '/access-tokens', '/access-tokens/refresh', '/access-tokens/passkey/begin']) {
      assertRefused(await connectIdeas(server, { below: '/apps/nobody' }).post(path, { email: 'a@example.com', name: 'A', password: PASSWORD, refresh_token: '0'.repeat(64) }), 404);
    }
    assert.equal((await api.get('/me', there.jwt)).status, 200, 'nothing was revoked');
  });

  test('failures at an account end in 429 with the time to wait, for a name that nobody has too', async () => {
    const { email } = await somebody();
    for (const name of [email, 'nobody-at-all@example.com']) {
      let answer;
      let count = 0;
      do answer = await api.logIn(name, 'Wrong-Secret-1');
      while (answer.status === 401 && (count += 1) < 20);
      assertRefused(answer, 429);
      assert.equal(count, 10);
      assert.ok(Number(answer.headers['retry-after']) > 0 && Number(answer.headers['retry-after']) <= 600);
      assertRefused(await api.logIn(name.toUpperCase()), 429);
    }
    assert.equal((await api.logIn((await somebody()).email)).status, 201, 'others sign in');
  });

  test('an account holds passkeys, which sign in here and through the other surfaces', async () => {
    const [{ jwt, email }, stranger] = [await somebody(), await somebody()];
    const authenticator = createAuthenticator();
    const page = { Origin: server.url };
    const standard = ({ response, ...rest }) => ({
      ...rest,
      response: { ...response, clientDataJSON: response.clientDataJson, attestationObject: response.AttestationObject },
    });
    const begun = await api.post('/me/passkeys/begin', '', jwt, page);
    assert.equal(begun.status, 200, begun.text);
    assert.deepEqual(Object.keys(begun.body), ['session', 'options']);
    const credential = standard(authenticator.create(begun.body.options, { origin: server.url }));
    assertRefused(await api.post('/me/passkeys', { session: begun.body.session, credential }, stranger.jwt, page), 400);
    const again = await api.post('/me/passkeys/begin', '', jwt, page);
    const made = standard(authenticator.create(again.body.options, { origin: server.url }));
    const added = await api.post('/me/passkeys', { session: again.body.session, credential: made, name: 'my key' }, jwt, page);
    assert.equal(added.status, 201, added.text);
    assert.deepEqual(added.body, { id: made.id, name: 'my key', created_at: added.body.created_at });
    assert.ok(Number.isInteger(added.body.created_at));
    assert.deepEqual((await api.get('/me/passkeys', jwt)).body, [added.body]);
    assertRefused(await api.post('/me/passkeys', { session: again.body.session, credential: made }, jwt, page), 400);

    const ask = async (tamper = {}) => {
      const { body } = await api.post('/access-tokens/passkey/begin', '', undefined, page);
      const signed = standard(authenticator.get({ allowCredentials: [], ...body.options }, { id: made.id, origin: server.url, ...tamper }));
      signed.response.userHandle = authenticator.credentials.get(made.id).userHandle;
      return { session: body.session, credential: signed };
    };
    const answer = await ask();
    const signedIn = await api.post('/access-tokens/passkey', answer, undefined, page);
    assert.equal(signedIn.status, 201, signedIn.text);
    assert.deepEqual(Object.keys(signedIn.body), ['jwt', 'refresh_token']);
    assert.equal((await api.get('/me', signedIn.body.jwt)).body.email, email);
    assertRefused(await api.post('/access-tokens/passkey', answer, undefined, page), 401);
    const foreignHandle = await ask();
    foreignHandle.credential.response.userHandle = 'AAAA';
    for (const wrong of [
      foreignHandle,
      await ask({ clientData: { origin: 'https://evil.example' } }),
      await ask({ clientData: { challenge: 'AAAA' } }),
      await ask({ rpId: 'evil.example' }),
      { ...(await ask()), session: 'session_x' },
      { ...(await ask()), session: jwt },
      { ...(await ask()), credential: {} },
      { credential: (await ask()).credential },
      { session: answer.session },
      {},
    ]) {
      assertRefused(await api.post('/access-tokens/passkey', wrong, undefined, page), 401);
    }
    const visitor = createVisitor(connect(server), { authenticator });
    const through = await visitor.signIn({}, { id: made.id });
    assert.equal(through.status, 200, through.text);

    assertRefused(await api.delete(`/me/passkeys/${made.id}`, stranger.jwt), 404);
    assertRefused(await api.delete('/me/passkeys/AAAA', jwt), 404);
    assert.equal((await api.delete(`/me/passkeys/${made.id}`, jwt)).status, 204);
    assert.deepEqual((await api.get('/me/passkeys', jwt)).body, []);
    assertRefused(await api.post('/access-tokens/passkey', await ask(), undefined, page), 401);
  });

  test('a rotated key signs what comes, and what was signed before stays good with its key in the set', async () => {
    const { jwt, refresh_token: refresh } = await somebody();
    await server.command('keyring', 'rotate', '--app', 'test');
    const renewed = (await api.refresh(refresh)).body.jwt;
    const deadline = Date.now() + 3_000;
    let next = renewed;
    while (decodeProtectedHeader(next).kid === decodeProtectedHeader(jwt).kid && Date.now() < deadline) next = (await api.refresh(refresh)).body.jwt;
    assert.notEqual(decodeProtectedHeader(next).kid, decodeProtectedHeader(jwt).kid);
    for (const token of [jwt, renewed, next]) {
      assert.equal((await api.get('/me', token)).status, 200);
      await jwtVerify(token, keys(), { audience: 'test' });
    }
  });

  test('outside of --dev the surface is off until it is switched on', async () => {
    const plain = await startServer(engine, { args: [] });
    try {
      await plain.createApp('solo');
      const off = connectIdeas(plain);
      for (const [method, path] of [['POST', '/users'], ['POST', '/access-tokens'], ['GET', '/me'], ['GET', '/ideas'], ['GET', '/demo/ideas'], ['POST', '/apps/solo/users']]) {
        assert.equal((await off.call(method, path, { body: method === 'GET' ? undefined : {} })).status, 404, path);
      }
    } finally {
      await plain.end();
    }
  });

  test('where refresh tokens rotate, one that is used twice ends its session', async () => {
    const rotating = await startServer(engine, {
      args: [],
      environment: { PASSKEYD__APIS__IDEA_POOL: 'true', PASSKEYD__IDEA_POOL__ROTATE_REFRESH_TOKENS: 'true' },
    });
    try {
      await rotating.createApp('solo');
      const pool = connectIdeas(rotating);
      const { body: first } = await pool.signUp('ada@example.com');
      const second = await pool.refresh(first.refresh_token);
      assert.equal(second.status, 200, second.text);
      assert.deepEqual(Object.keys(second.body), ['jwt', 'refresh_token']);
      assert.notEqual(second.body.refresh_token, first.refresh_token);
      assert.equal((await pool.get('/me', second.body.jwt)).status, 200);
      const other = (await pool.logIn('ada@example.com')).body;
      assertRefused(await pool.refresh(first.refresh_token), 401);
      for (const token of [first.jwt, second.body.jwt]) assertRefused(await pool.get('/me', token), 401);
      assertRefused(await pool.refresh(second.body.refresh_token), 401);
      assert.equal((await pool.get('/me', other.jwt)).status, 200, 'the other session goes on');

      const outcomes = await Promise.all(Array.from({ length: 6 }, () => pool.refresh(other.refresh_token)));
      assert.equal(outcomes.filter(({ status }) => status === 200).length, 1);
      assertRefused(await pool.get('/me', other.jwt), 401);
    } finally {
      await rotating.end();
    }
  });
});

onPostgres('The Idea Pool on two nodes', (engine) => {
  let site, first, second;
  before(async () => {
    site = await createSite(engine);
    [first, second] = [connectIdeas(await site.node()), connectIdeas(await site.node())];
  });
  after(() => site?.end());

  test('they share sessions, keys and log-outs', async () => {
    const { body } = await first.signUp('ada@example.com');
    assert.equal((await second.get('/me', body.jwt)).status, 200);
    const renewed = await second.refresh(body.refresh_token);
    assert.equal((await first.get('/me', renewed.body.jwt)).status, 200);
    assert.equal((await second.logOut(renewed.body.jwt, body.refresh_token)).status, 204);
    assertRefused(await first.get('/me', body.jwt), 401);
  });

  test('they count failures at an account together', async () => {
    const answers = [];
    for (let count = 0; count < 12; count += 1) answers.push((await (count % 2 ? first : second).logIn('bea@example.com', 'Wrong-1234')).status);
    assert.deepEqual(answers, [...Array(10).fill(401), 429, 429]);
  });

  test('they count failures from an address together', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, count) => (count % 2 ? first : second).logIn(`nobody-${count}@example.com`, 'Wrong-1234')),
    );
    // Ten failed in the test before.
    assert.equal(answers.filter(({ status }) => status === 401).length, 90);
    for (const node of [first, second]) assertRefused(await node.logIn('ada@example.com'), 429);
  });
});
