// What was acknowledged survives SIGKILL; what began before a restart completes after it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { assertRefused } from '../harness/problems.mjs';
import { startServer } from '../harness/server.mjs';

onEachDatabase('A crash', (engine) => {
  async function withServer(work) {
    const server = await startServer(engine);
    try {
      const client = connect(server);
      await work(server, createVisitor(client), client);
    } finally {
      await server.end();
    }
  }

  test('a passkey that was acknowledged signs in after the server was killed', () =>
    withServer(async (server, visitor) => {
      for (const userId of ['ada', 'bea', 'cyd']) {
        const registered = await visitor.register(userId);
        await server.kill();
        assert.equal(registered.status, 200, registered.text);
        await server.start();
        const signedIn = await visitor.signIn({ userId });
        assert.equal(signedIn.status, 200, signedIn.text);
        assert.equal((await visitor.verify(signedIn.body.token)).body.userId, userId);
      }
    }));

  test('of registrations under way when the server was killed, every acknowledged one is there', () =>
    withServer(async (server, visitor, client) => {
      const begun = await Promise.all(
        Array.from({ length: 24 }, async (_, index) =>
          visitor.beginRegistration(await visitor.registerToken(`user${index}`)),
        ),
      );
      let acknowledged = 0;
      const outcomes = begun.map((session, index) =>
        visitor.completeRegistration(session).then(
          ({ status }) => {
            acknowledged += 1;
            if (acknowledged === 8) server.kill();
            return status === 200 ? `user${index}` : undefined;
          },
          () => undefined, // the connection broke: nothing was promised
        ),
      );
      const users = (await Promise.all(outcomes)).filter(Boolean);
      assert.ok(users.length >= 8, `${users.length} acknowledged`);
      await server.kill();
      await server.start();
      for (const userId of users) {
        const { body } = await client.backend.get(`/credentials/list?userId=${userId}`);
        assert.equal(body.values.length, 1, userId);
      }
    }));

  test('a used session stays used after the server was killed', () =>
    withServer(async (server, visitor) => {
      await visitor.register('dot');
      const begun = await visitor.beginSignIn({ userId: 'dot' });
      assert.equal((await visitor.completeSignIn(begun)).status, 200);
      await server.kill();
      await server.start();
      assertRefused(await visitor.completeSignIn(begun), 400, 'invalid_token');
    }));

  test('the counter of the last acknowledged sign-in is kept when the server is killed', () =>
    withServer(async (server, visitor) => {
      await visitor.register('eli');
      assert.equal((await visitor.signIn({ userId: 'eli' }, { signCount: 40 })).status, 200);
      await server.kill();
      await server.start();
      assertRefused(await visitor.signIn({ userId: 'eli' }, { signCount: 40 }), 400, 'signin_complete_error');
      assert.equal((await visitor.signIn({ userId: 'eli' }, { signCount: 41 })).status, 200);
    }));

  test('a registration and a sign-in that began before a restart complete after it', () =>
    withServer(async (server, visitor) => {
      const token = await visitor.registerToken('fay');
      await server.restart();
      const registration = await visitor.beginRegistration(token);
      await server.restart();
      const completed = await visitor.completeRegistration(registration);
      assert.equal(completed.status, 200, completed.text);
      const signIn = await visitor.beginSignIn({ userId: 'fay' });
      await server.restart();
      const signedIn = await visitor.completeSignIn(signIn);
      assert.equal(signedIn.status, 200, signedIn.text);
      await server.restart();
      assert.equal((await visitor.verify(signedIn.body.token)).body.userId, 'fay');
      assert.equal((await visitor.verify(completed.body.token)).body.userId, 'fay');
    }));

  test('a deleted passkey stays deleted when the server is killed', () =>
    withServer(async (server, visitor, client) => {
      await visitor.register('gil');
      const [credentialId] = visitor.authenticator.credentials.keys();
      assert.equal((await client.backend.post('/credentials/delete', { credentialId })).status, 204);
      await server.kill();
      await server.start();
      assert.deepEqual((await client.backend.get('/credentials/list?userId=gil')).body.values, []);
    }));
});
