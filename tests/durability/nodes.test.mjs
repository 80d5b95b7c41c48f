// Two servers on one database: any of them can answer any call.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onPostgres } from '../harness/databases.mjs';
import { assertRefused } from '../harness/problems.mjs';
import { createSite } from '../harness/server.mjs';

onPostgres('Two nodes', (engine) => {
  let site, first, second;
  before(async () => {
    site = await createSite(engine);
    const nodes = [await site.node(), await site.node()];
    [first, second] = nodes.map((node) => ({ node, client: connect(node) }));
  });
  after(() => site?.end());

  /** A visitor of one page, whose calls go to whichever node is named. */
  function newVisitor() {
    const here = createVisitor(first.client);
    const there = createVisitor(second.client, { origin: here.origin, authenticator: here.authenticator });
    return { here, there };
  }

  test('a registration and a sign-in begin on one node and complete on the other', async () => {
    const { here, there } = newVisitor();
    const registration = await there.beginRegistration(await here.registerToken('ada'));
    const completed = await here.completeRegistration(registration);
    assert.equal(completed.status, 200, completed.text);
    assert.equal((await there.verify(completed.body.token)).body.userId, 'ada');

    const signedIn = await there.completeSignIn(await here.beginSignIn({ userId: 'ada' }));
    assert.equal(signedIn.status, 200, signedIn.text);
    assert.equal((await here.verify(signedIn.body.token)).body.userId, 'ada');
  });

  test('a session completes once over all nodes, at once and one after the other', async () => {
    const { here, there } = newVisitor();
    await here.register('bea');
    const begun = await here.beginSignIn({ userId: 'bea' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => (index % 2 ? here : there).completeSignIn(begun)),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assertRefused(await there.completeSignIn(begun), 400, 'invalid_token');
  });

  test('a key that is locked through one node stops on the other within a second', async () => {
    const { here, there } = newVisitor();
    await here.register('cyd');
    assert.equal((await there.signIn({ userId: 'cyd' })).status, 200);
    const keyId = first.node.publicKey.slice(-4);
    await first.node.command('key', 'lock', '--app', first.node.app, keyId);
    await pause(1_000); // the promise: at most a second
    try {
      for (const { client } of [first, second]) {
        const answer = await client.page.post('/signin/begin', there.place);
        assert.equal(answer.status, 401, answer.text);
        assert.equal(answer.body.errorCode, 'api_key_locked');
      }
    } finally {
      await first.node.command('key', 'unlock', '--app', first.node.app, keyId);
    }
    await pause(1_000);
    assert.equal((await there.signIn({ userId: 'cyd' })).status, 200);
  });

  test('a node that is killed leaves the other serving, with all that was acknowledged', async () => {
    const { here, there } = newVisitor();
    const registered = await here.register('dot');
    await first.node.kill();
    assert.equal(registered.status, 200);
    assert.equal((await there.signIn({ userId: 'dot' })).status, 200);
    await first.node.start();
    assert.equal((await here.signIn({ userId: 'dot' })).status, 200);
  });
});
