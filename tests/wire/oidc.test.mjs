// Sign-in at a real OpenID Connect provider.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { request } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { CLIENT, createBrowser, startProvider } from '../harness/oidc.mjs';
import { startServer } from '../harness/server.mjs';

const PAGE = 'http://localhost:7002/in?from=here';

onEachDatabase('Sign-in at a provider', (engine) => {
  let server, provider, work, home;
  before(async () => {
    provider = await startProvider();
    server = await startServer(engine, { environment: { PASSKEYD__OUTGOING__ALLOWED_HOSTS: '127.0.0.1' } });
    work = await add('Work');
    home = await add('Home');
    provider.rotate();
  });
  after(async () => {
    await server?.end();
    await provider?.close();
  });

  async function add(name) {
    const file = join(server.dataDir, 'client-secret');
    await writeFile(file, `${CLIENT.secret}\n`);
    const words = ['--name', name, '--issuer', provider.issuer, '--client-id', CLIENT.id, '--client-secret-file', file];
    const added = await server.command('oidc', 'add', '--app', server.app, ...words);
    assert.match(added.id, /^[A-Z0-9]{24}$/);
    const callback = `${server.url}${new URL(added.callbackUrl).pathname.replace(/^\/apps\/\w+/, '')}`;
    provider.redirects.push(callback);
    return { ...added, callback, login: `${server.url}/fido2/v2/oidc/${added.id}/login` };
  }

  const loginUrl = (at, page = PAGE) => `${at.login}?redirectUri=${encodeURIComponent(page)}`;

  /** A browser that went to the provider and has come as far as the callback URL. */
  async function comeBack(at = work, browser = createBrowser()) {
    const back = await browser.follow(loginUrl(at), at.callback);
    return { browser, back };
  }

  /** Signs in as a person and gives what the page gets. */
  async function signIn(person, at = work) {
    provider.person = person;
    const { browser, back } = await comeBack(at);
    const answer = await browser.open(back);
    assert.equal(answer.status, 302, answer.text);
    const [page, fragment] = answer.headers.location.split('#');
    assert.equal(page, PAGE);
    return { ...Object.fromEntries(new URLSearchParams(fragment)), answer, browser, back };
  }

  const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

  function assertRefused(answer, status, msgCode) {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal(answer.body.msgCode, msgCode);
    assert.equal(typeof answer.body.msg, 'string');
    assert.equal(answer.headers.location, undefined);
  }

  const ada = { sub: 'ada', email: 'Ada@example.com', email_verified: true, name: 'Ada Lovelace' };

  test('the way there says all that guards the way back', async () => {
    const answer = await request(loginUrl(work));
    assert.equal(answer.status, 302);
    assert.equal(answer.body.Location, answer.headers.location);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.match(
      answer.headers['set-cookie'][0],
      /^lid_oidc=[\w-]{43}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=600$/,
    );
    const there = new URL(answer.headers.location);
    assert.equal(there.origin, provider.issuer);
    const { state, nonce, code_challenge, ...rest } = Object.fromEntries(there.searchParams);
    assert.deepEqual(rest, {
      response_type: 'code',
      client_id: CLIENT.id,
      redirect_uri: work.callback,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
    });
    assert.match(nonce, /^[\w-]{43}$/);
    assert.match(code_challenge, /^[\w-]{43}$/);
    assert.ok(!Buffer.from(state, 'base64url').toString('latin1').includes('localhost'));
  });

  test('somebody new gets a token of a user with a proven address', async () => {
    const { answer, browser, ...given } = await signIn(ada);
    assert.equal(given.token_type, 'Bearer');
    assert.equal(given.expires_in, '600');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.match(answer.headers['set-cookie'][0], /^lid_oidc=; .*Max-Age=0/);
    assert.equal(browser.cookie(server.url, 'lid_oidc'), undefined);

    const [header, payload, signature] = given.access_token.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
    const { body } = await request(`${server.url}/fido2/v2/.well-known/jwks.json`);
    const key = createPublicKey({ key: body.keys.find((known) => known.kid === kid), format: 'jwk' });
    const signed = Buffer.from(`${header}.${payload}`);
    assert.ok(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));

    const { iat, exp, sub, scopes, ...claims } = claimsOf(given.access_token);
    assert.deepEqual(claims, {
      iss: server.url,
      aud: server.app,
      username: 'Ada@example.com',
      tokenType: 'jwtAccess',
      rpId: 'localhost',
      verify: '/fido2/v2/mgmt/token/verify',
    });
    assert.equal(exp - iat, 600);
    assert.ok(scopes.includes('reg:write'));
    assert.match(sub, /^[0-9a-f-]{36}$/);
  });

  test('a person stays one user, whatever its address becomes', async () => {
    const first = claimsOf((await signIn(ada)).access_token);
    const second = claimsOf((await signIn({ ...ada, email: 'new@example.com' })).access_token);
    assert.equal(second.sub, first.sub);
    assert.equal(second.username, first.username);
  });

  test('a proven address links the accounts of two providers', async () => {
    const bea = { sub: 'bea', email: 'bea@example.com', email_verified: true };
    const first = claimsOf((await signIn(bea)).access_token);
    const second = claimsOf((await signIn({ ...bea, sub: 'bea-at-home', email: 'BEA@example.com' }, home)).access_token);
    assert.equal(second.sub, first.sub);
  });

  test('an address that the provider does not vouch for links nothing', async () => {
    const { sub } = claimsOf((await signIn(ada)).access_token);
    const eve = { sub: 'eve', email: ada.email, email_verified: false };
    const claims = claimsOf((await signIn(eve, home)).access_token);
    assert.notEqual(claims.sub, sub);
    assert.equal(claims.username, `${home.id}:eve`);
  });

  test('a state is good once, in its browser, at its provider', async () => {
    provider.person = ada;
    const { browser, back } = await comeBack();
    const changed = new URL(back);
    const state = changed.searchParams.get('state');
    for (const bad of ['', 'x', state.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')), state.slice(0, -4)]) {
      changed.searchParams.set('state', bad);
      assertRefused(await browser.open(changed.href), 400, 'bad_request');
    }
    changed.searchParams.delete('state');
    assertRefused(await browser.open(changed.href), 400, 'bad_request');
    changed.searchParams.set('state', state);
    changed.searchParams.delete('code');
    assertRefused(await browser.open(changed.href), 400, 'bad_request');

    assertRefused(await request(back), 400, 'bad_request');
    const stranger = createBrowser();
    await stranger.open(loginUrl(work));
    assertRefused(await stranger.open(back), 400, 'bad_request');
    assertRefused(await browser.open(back.replace(work.id, home.id)), 400, 'bad_request');

    assert.equal((await browser.open(back)).status, 302);
    assertRefused(await browser.open(back), 400, 'bad_request');
  });

  test('a code is worth nothing in another sign-in', async () => {
    provider.person = ada;
    const used = await signIn(ada);
    const stolen = new URL(used.back).searchParams.get('code');
    const { browser, back } = await comeBack();
    const mixed = new URL(back);
    const fresh = mixed.searchParams.get('code');
    mixed.searchParams.set('code', stolen);
    assertRefused(await browser.open(mixed.href), 401, 'unauthorized');

    // A code that nobody used, brought into another sign-in: the verifier does not fit.
    const other = await comeBack();
    const swapped = new URL(other.back);
    swapped.searchParams.set('code', fresh);
    assertRefused(await other.browser.open(swapped.href), 401, 'unauthorized');
  });

  test('an ID token of another sign-in is refused by its nonce', async () => {
    provider.person = ada;
    const browser = createBrowser();
    const there = new URL((await browser.open(loginUrl(work))).headers.location);
    there.searchParams.set('nonce', 'another');
    const back = await browser.follow(there.href, work.callback);
    assertRefused(await browser.open(back), 401, 'unauthorized');
  });

  test('what the provider declines is told to the page, and nothing else is', async () => {
    provider.person = undefined;
    const { browser, back } = await comeBack();
    const answer = await browser.open(back);
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.location, `${PAGE}#error=access_denied`);
    assertRefused(await browser.open(back), 400, 'bad_request');
  });

  test('new keys are read when they are met, and both algorithms are taken', async () => {
    for (const algorithm of ['ES256', 'RS256']) {
      provider.rotate(algorithm);
      const before = provider.asked['/jwks'];
      await signIn(ada);
      await signIn(ada);
      assert.equal(provider.asked['/jwks'], before + 1, algorithm);
    }
  });

  test('the browser is sent to no foreign page', async () => {
    for (const page of [
      'https://evil.example/',
      'http://localhost.evil.example/',
      'http://localhost@evil.example/',
      'http://localhost:7002/#x',
      '//localhost:7002/',
      '/in',
      'javascript:alert(1)',
      'data:text/html,x',
      '',
    ]) {
      assertRefused(await request(loginUrl(work, page)), 400, 'bad_request');
    }
    assertRefused(await request(work.login), 400, 'bad_request');
  });

  test('there is no provider that was not added', async () => {
    for (const id of ['A'.repeat(24), 'a'.repeat(24), 'x', '%00']) {
      assertRefused(await request(loginUrl({ login: work.login.replace(work.id, id) })), 404, 'not_found');
      assertRefused(await request(`${work.callback.replace(work.id, id)}?code=a&state=b`), 404, 'not_found');
    }
    const elsewhere = await request(loginUrl(work).replace('/fido2', '/apps/nobody/fido2'));
    assertRefused(elsewhere, 404, 'not_found');
  });

  test('a private address is asked only where the operator allows it', async () => {
    const file = join(server.dataDir, 'client-secret');
    const words = ['--name', 'Inside', '--issuer', provider.issuer.replace('127.0.0.1', 'localhost')];
    const inside = await server.command('oidc', 'add', '--app', server.app, ...words, '--client-id', 'x', '--client-secret-file', file);
    const login = work.login.replace(work.id, inside.id);
    const before = { ...provider.asked };
    assertRefused(await request(loginUrl({ login })), 500, 'internal_error');
    assert.deepEqual(provider.asked, before);
    assert.deepEqual(await server.command('oidc', 'remove', '--app', server.app, inside.id), {
      id: inside.id,
      app: server.app,
      removed: true,
    });
    const { providers } = await server.command('oidc', 'list', '--app', server.app);
    assert.deepEqual(providers.map(({ name }) => name), ['Work', 'Home']);
  });
});
