// The published Node SDK against the built binary: every call it has.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { needs } from '../harness/features.mjs';
import { startServer } from '../harness/server.mjs';

const { PasswordlessClient } = createRequire(import.meta.url)('@passwordlessdev/passwordless-nodejs');

onEachDatabase('The Node SDK', (engine) => {
  let server, visitor, sdk, client;
  before(async () => {
    server = await startServer(engine);
    client = connect(server);
    visitor = createVisitor(client);
    sdk = new PasswordlessClient(server.secretKey, { baseUrl: server.url });
  });
  after(() => server?.end());

  test('createRegisterToken begins a registration', async () => {
    const { token } = await sdk.createRegisterToken({ userId: 'ada', username: 'ada@example.com' });
    assert.match(token, /^register_/);
    const begun = await visitor.beginRegistration(token);
    assert.equal((await visitor.completeRegistration(begun)).status, 200);
  });

  test('verifyToken tells who signed in', async () => {
    await visitor.register('bea');
    const { body } = await visitor.signIn({ userId: 'bea' });
    const user = await sdk.verifyToken(body.token);
    assert.equal(user.success, true);
    assert.deepEqual([user.userId, user.rpid, user.origin, user.type], ['bea', 'localhost', visitor.origin, 'passkey_signin']);
  });

  test('verifyToken answers null to a token that is not one', async () => {
    assert.equal(await sdk.verifyToken('verify_nonsense'), null);
  });

  test('listCredentials and deleteCredential see the same passkey', async () => {
    await visitor.register('cyd', {}, { nickname: 'phone' });
    const [credential, ...others] = await sdk.listCredentials('cyd');
    assert.deepEqual(others, []);
    assert.deepEqual([credential.userId, credential.nickname, credential.rpid], ['cyd', 'phone', 'localhost']);
    const id = Buffer.from(credential.descriptor.id, 'base64url');
    const answer = await sdk.deleteCredential(new Uint8Array(id));
    assert.equal(answer.status, 204);
    assert.deepEqual(await sdk.listCredentials('cyd'), []);
  });

  test('a refusal reaches the caller with its problem document', async () => {
    await assert.rejects(sdk.createRegisterToken({ userId: 'dot' }), ({ details }) => {
      assert.equal(details.status, 400);
      assert.equal(details.title, 'One or more validation errors occurred.');
      return true;
    });
    await assert.rejects(sdk.deleteCredential(new Uint8Array([1, 2, 3])), ({ details }) => {
      assert.equal(details.errorCode, 'unknown_credential');
      return true;
    });
  });

  test('a wrong secret reaches the caller with the words for it', async () => {
    const wrong = new PasswordlessClient(server.publicKey, { baseUrl: server.url });
    await assert.rejects(wrong.listCredentials('ada'), ({ details }) => {
      assert.equal(details.status, 401);
      assert.match(details.detail, /contained a public ApiKey/);
      return true;
    });
  });

  test('setAliases and listAliases agree, hashed and in the clear', needs('aliases'), async () => {
    assert.equal((await sdk.setAliases({ userId: 'eli', aliases: ['eli@example.com'], hashing: false })).status, 204);
    const [alias] = await sdk.listAliases('eli');
    assert.deepEqual([alias.userId, alias.plaintext], ['eli', 'eli@example.com']);
    await sdk.setAliases({ userId: 'eli', aliases: ['eli@example.com'], hashing: true });
    assert.equal((await sdk.listAliases('eli'))[0].plaintext, null);
    await sdk.setAliases({ userId: 'eli', aliases: [] });
    assert.deepEqual(await sdk.listAliases('eli'), []);
  });

  test('an alias of somebody else is a conflict', needs('aliases'), async () => {
    await sdk.setAliases({ userId: 'fay', aliases: ['taken'] });
    await assert.rejects(sdk.setAliases({ userId: 'gil', aliases: ['taken'] }), ({ details }) => {
      assert.deepEqual([details.status, details.errorCode], [409, 'alias_conflict']);
      return true;
    });
  });

  test('generateAuthenticationToken makes a token that verifies', needs('generatedTokens'), async () => {
    const { token } = await sdk.generateAuthenticationToken({ userId: 'hal', timeToLive: 60 });
    const user = await sdk.verifyToken(token);
    assert.deepEqual([user.success, user.userId, user.type], [true, 'hal', 'generated_signin']);
    assert.equal(Date.parse(user.expiresAt) - Date.parse(user.timestamp), 60_000);
  });

  test('deleteUser removes the passkeys of a user', needs('users'), async () => {
    await visitor.register('ida');
    assert.equal((await sdk.deleteUser('ida')).status, 200);
    assert.deepEqual(await sdk.listCredentials('ida'), []);
    assert.equal((await sdk.deleteUser('nobody')).status, 200);
  });

  test('sendMagicLink sends a link whose token verifies', needs('magicLinks'), async () => {
    const sent = await sdk.sendMagicLink({
      emailAddress: 'test@test.com',
      urlTemplate: 'https://shop.example/magic?token=$TOKEN',
      userId: 'jan',
      timeToLive: 600,
    });
    assert.equal(sent.status, 204);
    const mail = await readFile(join(server.dataDir, 'mail.md'), 'utf8');
    const [, token] = /https:\/\/shop\.example\/magic\?token=(verify_[A-Za-z0-9_-]+)/.exec(mail);
    const user = await sdk.verifyToken(token);
    assert.deepEqual([user.userId, user.type], ['jan', 'magic_link']);
  });
});
