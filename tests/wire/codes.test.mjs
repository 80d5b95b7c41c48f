// One-time codes: by real mail, by an SMS gateway over HTTP, by the file; guessed at from many sides at once.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect, request } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { startServer } from '../harness/server.mjs';
import { gateway, mailServer } from '../harness/sinks.mjs';

const SCOPES = 'profile:write,user:write,external:verify,auth:write';

onEachDatabase('One-time codes', (engine) => {
  let server, mails, texts, key;
  before(async () => {
    [mails, texts] = await Promise.all([mailServer(), gateway()]);
    server = await startServer(engine, {
      environment: {
        PASSKEYD__MAIL__FROM: 'auth@example.com',
        PASSKEYD__MAIL__SMTP__HOST: '127.0.0.1',
        PASSKEYD__MAIL__SMTP__PORT: String(mails.port),
        PASSKEYD__MAIL__SMTP__TLS: 'none',
        PASSKEYD__SMS__GATEWAY__URL: `${texts.url}/send`,
        PASSKEYD__SMS__GATEWAY__BODY: '{"number": {{ to }}, "message": {{ text }}, "code": {{ code }}}',
      },
    });
    const made = await server.command('key', 'create', '--app', server.app, '--name', 'tests', '--scope', SCOPES);
    key = made.key;
  });
  after(async () => {
    mails?.close();
    texts?.close();
    await server?.end();
  });

  const call = (method, path, body, authorization) =>
    request(`${server.url}/fido2/v2${path}`, {
      method,
      headers: authorization ? { Authorization: authorization } : {},
      body,
    });
  const basic = () => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  const verify = (username, authCode) => call('POST', '/auth/otp/verify', { authCode, user: { username } });

  /** A user that was born on the Passwordless surface, with a mail address and a telephone number. */
  async function person(name) {
    const visitor = createVisitor(connect(server));
    assert.equal((await visitor.register(name)).status, 200);
    const id = Buffer.from(name).toString('base64url');
    const email = `${name}@example.com`;
    const number = `+4670${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
    const added = [
      await call('POST', `/profile/${id}/email`, { email, requestVerification: false }, basic()),
      await call('POST', `/profile/${id}/phone`, { phoneNumber: number, messagingConsent: true, requestVerification: false }, key),
    ];
    assert.deepEqual(added.map(({ status }) => status), [204, 204], added[0].text + added[1].text);
    return { name, id, email, number };
  }

  test('an API key looks as it should, and is shown once', async () => {
    assert.match(key, /^lid_[A-Za-z0-9_-]{43}$/);
    const { keys } = await server.command('key', 'list', '--app', server.app);
    assert.ok(!JSON.stringify(keys).includes(key));
    assert.equal(keys.find(({ name }) => name === 'tests').kind, 'api');
  });

  test('a code goes out by mail and signs in once', async () => {
    const ada = await person('ada');
    assert.equal((await call('POST', '/auth/otp/email', { user: { username: 'ada' } })).status, 204);
    const mail = await mails.next();
    assert.deepEqual(mail.to, [ada.email]);
    const [code] = /\b\d{6}\b/.exec(mail.text.split('\n\n').slice(1).join('\n'));
    const { status, body } = await verify(ada.email, code);
    assert.equal(status, 200);
    assert.equal(body.userId, ada.id);
    assert.equal((await call('POST', '/mgmt/token/verify', { jwtAccess: body.jwtAccess }, basic())).status, 204);
    const again = await verify(ada.email, code);
    assert.deepEqual([again.status, again.body.msgCode], [400, 'bad_request']);

    const shown = await call('POST', '/auth/otp', undefined, body.jwtAccess);
    assert.match(shown.body.code, /^\d{6}$/);
    assert.equal((await verify('ada', shown.body.code)).status, 200);
  });

  test('a code goes out through the SMS gateway', async () => {
    const bob = await person('bob');
    assert.equal((await call('POST', '/auth/otp/sms', { user: { username: 'bob' } })).status, 204);
    const { path, headers, body } = await texts.next();
    assert.equal(path, '/send');
    assert.match(headers['content-type'], /json/);
    assert.equal(body.number, bob.number);
    assert.ok(body.message.includes(body.code));
    assert.equal((await verify(bob.number, body.code)).status, 200);
  });

  test('a gateway in trouble gets the same code again, and the request does not wait for it', async () => {
    await person('lou');
    texts.answers.push(503);
    const asked = Date.now();
    assert.equal((await call('POST', '/auth/otp/sms', { user: { username: 'lou' } })).status, 204);
    assert.ok(Date.now() - asked < 900, 'the pause is a second');
    const [first, second] = [await texts.next(), await texts.next()];
    assert.deepEqual(second.body, first.body);
    assert.equal((await verify('lou', first.body.code)).status, 200);
    texts.answers.push(400);
    await person('moe');
    assert.equal((await call('POST', '/auth/otp/sms', { user: { username: 'moe' } })).status, 204);
    assert.ok(await texts.next());
    await person('ned');
    assert.equal((await call('POST', '/auth/otp/sms', { user: { username: 'ned' } })).status, 204);
    await texts.next();
    assert.deepEqual(texts.rest(), [], 'what was refused did not come again');
  });

  test('many guesses at once are no more than five', async () => {
    await person('eve');
    await call('POST', '/auth/otp/sms', { user: { username: 'eve' } });
    const { body } = await texts.next();
    const wrong = body.code === '000000' ? '000001' : '000000';
    const guesses = await Promise.all(Array.from({ length: 20 }, () => verify('eve', wrong)));
    assert.ok(guesses.every(({ status }) => status === 400));
    assert.equal((await verify('eve', body.code)).status, 400);
  });

  test('of many who show the right code at once one is let in', async () => {
    await person('joe');
    await call('POST', '/auth/otp/sms', { user: { username: 'joe' } });
    const { body } = await texts.next();
    const shown = await Promise.all(Array.from({ length: 5 }, () => verify('joe', body.code)));
    assert.equal(shown.filter(({ status }) => status === 200).length, 1);
  });

  test('what nobody has is answered as what somebody has', async () => {
    for (const username of ['nobody', 'nobody@example.com', '+46700000000']) {
      for (const path of ['/auth/otp/email', '/auth/otp/sms']) {
        const { status, text } = await call('POST', path, { user: { username } });
        assert.deepEqual([status, text], [204, '']);
      }
      const { status, body } = await verify(username, '000000');
      assert.deepEqual([status, body.msgCode], [400, 'bad_request']);
    }
    assert.deepEqual([mails.rest(), texts.rest()], [[], []]);
  });

  test('an address is asked for a proof, and a second message within half a minute is not sent', async () => {
    const { id } = await person('zoe');
    const path = `/profile/${id}/email`;
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await call('POST', path, { email: 'new@example.com' }, basic())).status, 204);
    }
    const mail = await mails.next();
    assert.deepEqual(mail.to, ['new@example.com']);
    const [code] = /\b\d{6}\b/.exec(mail.text.split('\n\n').slice(1).join('\n'));
    const proven = await call('POST', '/profile/email/verify', { authCode: code, username: 'new@example.com' });
    assert.equal(proven.status, 204);
    assert.deepEqual(mails.rest(), []);
  });

  test('a tenant may have its codes in a file, one JSON object a line', async () => {
    const app = await server.createApp(`filed${engine}`);
    await server.command('app', 'set', app.app, 'otp.email=file', 'otp.digits=8');
    const own = await server.command('key', 'create', '--app', app.app, '--name', 'k', '--scope', 'profile:write');
    const visitor = createVisitor(connect({ ...app, url: server.url }));
    assert.equal((await visitor.register('max')).status, 200);
    const path = `/profile/${Buffer.from('max').toString('base64url')}/email`;
    const added = await call('POST', path, { email: 'max@example.com', requestVerification: false }, own.key);
    assert.equal(added.status, 204);
    const there = (end, body) => request(`${server.url}/apps/${app.app}/fido2/v2${end}`, { method: 'POST', body });
    assert.equal((await there('/auth/otp/email', { user: { username: 'max' } })).status, 204);
    // The line is there before the answer is.
    const [line, ...more] = (await readFile(join(server.dataDir, 'otp-outbox.jsonl'), 'utf8')).trim().split('\n');
    assert.deepEqual(more, []);
    const { code, expiresAt, ...rest } = JSON.parse(line);
    assert.deepEqual(rest, { app: app.app, channel: 'email', to: 'max@example.com', purpose: 'auth', username: 'max' });
    assert.match(code, /^\d{8}$/);
    assert.match(expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal((await there('/auth/otp/verify', { authCode: code, user: { username: 'max' } })).status, 200);
  });

  test('a user who was deactivated signs in on no surface', async () => {
    const visitor = createVisitor(connect(server));
    assert.equal((await visitor.register('una')).status, 200);
    const id = Buffer.from('una').toString('base64url');
    assert.equal((await call('PUT', `/mgmt/users/${id}/deactivate`, undefined, basic())).status, 204);
    assert.notEqual((await visitor.signIn({ userId: 'una' })).status, 200);
    assert.equal((await call('POST', `/mgmt/users/${id}/activate`, undefined, basic())).status, 204);
    assert.equal((await visitor.signIn({ userId: 'una' })).status, 200);
    assert.equal((await call('DELETE', `/mgmt/users/${id}`, undefined, basic())).status, 204);
    const { body } = await connect(server).backend.get('/credentials/list?userId=una');
    assert.deepEqual(body.values, []);
  });
});
