// What must stay secret: nothing of it is in the log, even at its most talkative, and nothing of it rests in the database.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect, request } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { PASSWORD, connectIdeas } from '../harness/ideas.mjs';
import { connectLoginId, createPerson } from '../harness/loginid.mjs';
import { CLIENT, createBrowser, startProvider } from '../harness/oidc.mjs';
import { BINARY, startServer } from '../harness/server.mjs';
import { gateway, mailServer } from '../harness/sinks.mjs';

const SCOPES = 'passkey:read,passkey:write,profile:read,profile:write,reg:write,auth:write,user:read,user:write,external:verify';
const MANAGEMENT_KEY = 'the management key of this test';
const GATEWAY_KEY = 'Bearer the-secret-of-the-gateway';
const MASTER_KEY = randomBytes(32).toString('base64');

onEachDatabase('Secrets', (engine) => {
  let server, mails, texts, provider;
  const secrets = new Map();

  /** Notes what nobody else may ever read, and gives it back. */
  function secret(name, value) {
    assert.equal(typeof value, 'string', name);
    assert.ok(value.length >= 8, `${name} is too short to be looked for`);
    secrets.set(`${name} ${secrets.size}`, value);
    return value;
  }

  before(async () => {
    [mails, texts, provider] = await Promise.all([mailServer(), gateway(), startProvider()]);
    server = await startServer(engine, {
      args: [],
      environment: {
        PASSKEYD__LOG__LEVEL: 'trace',
        PASSKEYD__APIS__IDEA_POOL: 'true',
        PASSKEYD__MANAGEMENT__KEY: secret('management key', MANAGEMENT_KEY),
        PASSKEYD__KEYRING__MASTER_KEY: secret('master key', MASTER_KEY),
        PASSKEYD__MAIL__FROM: 'auth@example.com',
        PASSKEYD__MAIL__SMTP__HOST: '127.0.0.1',
        PASSKEYD__MAIL__SMTP__PORT: String(mails.port),
        PASSKEYD__MAIL__SMTP__TLS: 'none',
        PASSKEYD__SMS__GATEWAY__URL: `${texts.url}/send`,
        PASSKEYD__SMS__GATEWAY__HEADERS__AUTHORIZATION: secret('gateway key', GATEWAY_KEY),
        PASSKEYD__SMS__GATEWAY__BODY: '{"code": {{ code }}}',
        PASSKEYD__OUTGOING__ALLOWED_HOSTS: '127.0.0.1',
      },
    });
    const { publicKeys, secretKeys } = await server.command('app', 'create', 'solo', '--admin-email', 'ada@example.com');
    server.publicKey = publicKeys[0];
    for (const key of secretKeys) server.secretKey = secret('secret key', key);
    await server.command('app', 'set', 'solo', 'eventLoggingIsEnabled=true', `origins=${server.url}`, 'rpIds=localhost', 'otp.digits=10', 'isMagicLinkQuotaBypassEnabled=true');
  });
  after(async () => {
    mails?.close();
    texts?.close();
    await server?.end();
    await provider?.close();
  });

  test('every surface is used', async () => {
    // Passwordless, with a magic link and a webhook.
    const client = connect(server);
    const webhook = await request(`${server.url}/admin/apps/solo/webhooks`, {
      method: 'POST',
      headers: { ManagementKey: MANAGEMENT_KEY },
      body: { url: `${texts.url}/hook` },
    });
    assert.equal(webhook.status, 201, webhook.text);
    secret('webhook secret', webhook.body.secret);
    secret('webhook secret, bare', webhook.body.secret.replace('whsec_', ''));
    const visitor = createVisitor(client);
    const registering = secret('register token', await visitor.registerToken('ada'));
    const begun = await visitor.beginRegistration(registering);
    secret('session', begun.body.session);
    const registered = await visitor.completeRegistration(begun);
    assert.equal(registered.status, 200, registered.text);
    secret('verify token', registered.body.token);
    const signIn = await visitor.beginSignIn({ userId: 'ada' });
    secret('session', signIn.body.session);
    const signedIn = await visitor.completeSignIn(signIn);
    secret('verify token', signedIn.body.token);
    assert.equal((await visitor.verify(signedIn.body.token)).status, 200);
    assert.equal((await visitor.verify(`${signedIn.body.token}x`)).status, 400);
    const generated = await client.backend.post('/signin/generate-token', { userId: 'ada' });
    secret('generated token', generated.body.token);
    const alias = secret('alias', 'a-secret-alias@example.com');
    assert.equal((await client.backend.post('/alias', { userId: 'ada', aliases: [alias], hashing: true })).status, 204);
    await client.page.post('/signin/begin', { alias, ...visitor.place });
    const link = { userId: 'ada', emailAddress: 'ada@example.com', urlTemplate: 'https://shop.example/in?token=$TOKEN' };
    assert.equal((await client.backend.post('/magic-links/send', link)).status, 204);
    const [, token] = /token=(?:3D)?(verify_[\s\S]{70})/.exec((await mails.next()).text);
    secret('magic link', token.replace(/=\n/g, '').slice(0, 60));
    for (const wrong of [`${server.secretKey.slice(0, -8)}00000000`, 'solo:secret:nonsense-nonsense']) {
      assert.equal((await connect({ ...server, secretKey: wrong }).backend.get('/users/count')).status, 401);
    }

    // LoginID, with codes, several factors, and a provider.
    const { key } = await server.command('key', 'create', '--app', 'solo', '--scope', SCOPES);
    const apiKey = secret('API key', key);
    const api = connectLoginId(server, { app: 'solo' });
    const person = createPerson(api);
    const starting = await person.beginRegistration('bea@example.com', { user: { username: 'bea@example.com', usernameType: 'email' } });
    assert.equal(starting.status, 200, starting.text);
    secret('LoginID session', starting.body.session);
    const made = await person.completeRegistration(starting);
    assert.equal(made.status, 200, made.text);
    const jwt = secret('jwtAccess', made.body.jwtAccess);
    secret('jwtAccess', (await person.signIn('bea@example.com')).body.jwtAccess);
    const shown = await api.post('/auth/otp', undefined, { token: jwt });
    secret('code shown', shown.body.code);
    const byCode = await api.post('/auth/otp/verify', { authCode: shown.body.code, user: { username: 'bea@example.com' } });
    assert.equal(byCode.status, 200, byCode.text);
    secret('jwtAccess by code', byCode.body.jwtAccess);
    assert.equal((await api.post('/auth/otp/email', { user: { username: 'bea@example.com' } })).status, 204);
    secret('code by mail', /\b\d{10}\b/.exec((await mails.next()).text)[0]);
    const granted = await api.post('/mgmt/grant', { grants: ['auth:write'], username: 'bea@example.com' }, { key: apiKey });
    if (granted.status === 200) for (const value of Object.values(granted.body)) if (typeof value === 'string') secret('grant', value);
    const phone = await api.post(`/profile/${made.body.userId}/phone`, { phoneNumber: '+46701234567', messagingConsent: true, requestVerification: false }, { key: apiKey });
    assert.equal(phone.status, 204, phone.text);
    assert.equal((await api.post('/auth/otp/sms', { user: { username: 'bea@example.com' } })).status, 204);
    let posted;
    do posted = await texts.next();
    while (posted.path !== '/send');
    assert.equal(posted.headers.authorization, GATEWAY_KEY);
    secret('code by SMS', posted.body.code);
    const several = await api.post('/mfa/begin', { deviceInfo: {}, user: { username: 'bea@example.com', usernameType: 'email' }, trustItems: {} });
    assert.ok(several.status < 500, several.text);
    if (several.body.session) secret('session of several factors', several.body.session);
    const file = join(server.dataDir, 'client-secret');
    await writeFile(file, `${secret('client secret', CLIENT.secret)}\n`);
    const added = await server.command('oidc', 'add', '--app', 'solo', '--name', 'Work', '--issuer', provider.issuer, '--client-id', CLIENT.id, '--client-secret-file', file);
    provider.redirects.push(`${server.url}/fido2/v2/oidc/${added.id}/callback`);
    provider.rotate();
    provider.person = { sub: 'cyd', email: 'cyd@example.com', email_verified: true, name: 'Cyd' };
    const browser = createBrowser();
    const back = await browser.follow(`${server.url}/fido2/v2/oidc/${added.id}/login?redirectUri=${encodeURIComponent(`${server.url}/in`)}`, provider.redirects[0]);
    secret('state', new URL(back).searchParams.get('state'));
    secret('code of the provider', new URL(back).searchParams.get('code'));
    secret('cookie', browser.cookie(server.url, 'lid_oidc'));
    const arrived = await browser.open(back);
    assert.equal(arrived.status, 302, arrived.text);
    secret('token of the fragment', new URLSearchParams(new URL(arrived.headers.location).hash.slice(1)).get('access_token'));

    // SCIM.
    const scim = await request(`${server.url}/scim/v2/Users`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/scim+json' },
      body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'dan@example.com', password: secret('SCIM password', 'Never-Kept-4711') }),
    });
    assert.ok(scim.status < 500, scim.text);

    // The Idea Pool.
    const ideas = connectIdeas(server);
    const { status, text, body } = await ideas.signUp('eve@example.com', secret('password', PASSWORD));
    assert.equal(status, 201, text);
    const refreshed = await ideas.refresh(body.refresh_token);
    for (const it of [body.jwt, body.refresh_token, refreshed.body.jwt]) secret('session of an account', it);
    assert.equal((await ideas.logIn('eve@example.com', secret('wrong password', 'A-Wrong-Secret-9'))).status, 401);
    await ideas.get('/me', `${body.jwt}x`);
    await ideas.delete(`/access-tokens?refresh_token=${body.refresh_token}`, body.jwt);

    // What goes wrong is told in more words than what goes right.
    for (const path of ['/health/throw/exception', `/nothing?ApiSecret=${server.secretKey}`]) await request(server.url + path);
    await request(`${server.url}/register/token`, { method: 'POST', headers: { ApiSecret: server.secretKey }, body: '{"userId":' });
  });

  test('the log says nothing of them at the level trace', async () => {
    const log = server.output();
    assert.match(log, /"level":"DEBUG"/, 'it says much');
    for (const [name, value] of secrets) assert.ok(!log.includes(value), `${name} is in the log`);
    for (const pattern of [/\$argon2id\$/, /otc1:/, /sha256:[0-9a-f]{16}/, /\bverify_[\w-]{20}/, /\bsession_[\w-]{20}/, /\beyJ[\w-]{20}/]) assert.doesNotMatch(log, pattern);
  });

  test('the database holds none of them, in any common spelling', async () => {
    const rest = await atRest();
    assert.ok(rest.includes('bea@example.com'), 'this is the database');
    for (const [name, value] of secrets) {
      const bytes = Buffer.from(value);
      for (const spelling of [value, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]) {
        assert.ok(!rest.includes(spelling), `${name} is in the database`);
      }
    }
  });

  test('without the master key, or with another, no server starts and no key is made', async () => {
    await server.stop();
    for (const key of [undefined, randomBytes(32).toString('base64')]) {
      const env = { ...process.env, ...server.database.environment, ...(key && { PASSKEYD__KEYRING__MASTER_KEY: key }) };
      for (const words of [['keyring', 'rotate'], ['keyring', 'rotate', '--app', 'solo'], ['serve', '--bind', '127.0.0.1:0']]) {
        const refused = await promisify(execFile)(BINARY, [...words, '--data-dir', server.dataDir, '--json'], { env }).catch((error) => error);
        assert.equal(refused.code, 1, words.join(' '));
        assert.match(JSON.parse(refused.stdout).error, /master key/);
      }
    }
    await server.start();
    await server.command('keyring', 'rotate');
  });

  async function atRest() {
    if (engine === 'postgres') {
      const dump = await promisify(execFile)('pg_dump', [server.database.environment.PASSKEYD__DATABASE__URL], { maxBuffer: 1 << 28 });
      return dump.stdout;
    }
    const files = (await readdir(server.dataDir)).filter((name) => name.startsWith('passkeyd.db'));
    const parts = await Promise.all(files.map((name) => readFile(join(server.dataDir, name), 'latin1')));
    return parts.join('\n');
  }
});
