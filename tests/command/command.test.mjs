// The command line as scripts rely on it: what is printed, and the exit codes 0, 1 (refused) and 2 (wrong usage).

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { BINARY, createSite, startServer } from '../harness/server.mjs';

/** Runs the binary; resolves to { code, stdout, stderr } whatever the code is. */
function passkeyd(words, environment = {}) {
  return new Promise((resolve) => {
    execFile(BINARY, words, { env: { ...process.env, ...environment } }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

onEachDatabase('The command line', (engine) => {
  let server, client, on;
  before(async () => {
    server = await startServer(engine);
    client = connect(server);
    on = (...words) => passkeyd([...words, '--data-dir', server.dataDir], server.database.environment);
  });
  after(() => server?.end());

  const keys = () => ['--public-key', server.publicKey, '--secret-key', server.secretKey];

  test('serve --dev prints every address and key that one needs', () => {
    for (const needed of [`${server.url}/demo`, server.publicKey, server.secretKey, 'management key', 'localhost']) {
      assert.ok(server.output().includes(needed), `${needed} is not in:\n${server.output()}`);
    }
  });

  test('serve --dev listens on the loopback address only', async () => {
    const { code, stderr } = await on('serve', '--dev', '--bind', '0.0.0.0:0');
    assert.equal(code, 1);
    assert.match(stderr, /loopback/);
  });

  test('doctor plays a registration and a sign-in, prints each step with its time, and leaves nothing behind', async () => {
    const before = await client.backend.get('/users/count');
    const healthy = await on('doctor', '--url', server.url, ...keys());
    assert.equal(healthy.code, 0, healthy.stdout + healthy.stderr);
    assert.match(healthy.stdout, /\d ms .*complete the registration/);
    assert.match(healthy.stdout, /\d ms .*verify the token/);
    assert.deepEqual((await client.backend.get('/users/count')).body, before.body);

    const json = JSON.parse((await on('doctor', '--json', '--url', server.url, ...keys())).stdout);
    assert.equal(json.ok, true);
    assert.ok(json.steps.length > 5 && json.steps.every(({ ok }) => ok));
  });

  test('doctor exits with 1 and says which step failed, and why', async () => {
    const wrong = server.secretKey.replace(/:secret:a/, ':secret:b');
    const sick = await on('doctor', '--json', '--url', server.url, '--public-key', server.publicKey, '--secret-key', wrong);
    assert.equal(sick.code, 1);
    const { ok, steps, error } = JSON.parse(sick.stdout);
    assert.deepEqual([ok, steps.at(-1).ok], [false, false]);
    assert.match(error, /401/);
    const nobody = await on('doctor', '--url', 'http://127.0.0.1:1', ...keys());
    assert.equal(nobody.code, 1);
  });

  test('an app is made with keys that work at once, is listed, and is deleted with all that it had', async () => {
    const app = `cli${engine}`;
    const { publicKeys, secretKeys } = await server.command('app', 'create', app);
    assert.deepEqual([publicKeys.length, secretKeys.length], [2, 2]);
    const own = connect({ url: server.url, publicKey: publicKeys[1], secretKey: secretKeys[1] });
    const registered = await createVisitor(own).register('ada');
    assert.equal(registered.status, 200, registered.text);

    const twice = await on('app', 'create', app);
    assert.deepEqual([twice.code, twice.stderr], [1, 'passkeyd: the name is taken\n']);
    assert.match(JSON.stringify(await server.command('app', 'list')), new RegExp(`"${app}"`));
    assert.notEqual((await on('app', 'delete', app)).code, 0, 'without --yes nothing is deleted');
    await server.command('app', 'delete', app, '--yes');
    assert.ok(!JSON.stringify(await server.command('app', 'list')).includes(`"${app}"`));
    const deadline = Date.now() + 1_500;
    let gone;
    do gone = await own.backend.get('/users/count');
    while (gone.status === 200 && Date.now() < deadline);
    assert.equal(gone.status, 401);
  });

  test('a rotated key ring leaves the tokens and sessions that are under way good', async () => {
    const visitor = createVisitor(client);
    const { body } = await visitor.register('bea');
    const begun = await visitor.beginSignIn({ userId: 'bea' });
    await server.command('keyring', 'rotate', '--app', server.app);
    assert.equal((await visitor.verify(body.token)).status, 200);
    assert.equal((await visitor.completeSignIn(begun)).status, 200);
    assert.equal((await visitor.signIn({ userId: 'bea' })).status, 200);
  });

  test('migrate --check says whether there is work, and migrate does it', async () => {
    assert.equal((await on('migrate', '--check')).code, 0, 'serve migrated');
    const site = await createSite(engine);
    try {
      const fresh = (...words) => passkeyd([...words, '--data-dir', join(site.folder, 'new')], site.database.environment);
      assert.equal((await fresh('migrate', '--check')).code, 1);
      assert.equal((await fresh('migrate')).code, 0);
      assert.equal((await fresh('migrate', '--check')).code, 0);
      assert.equal((await fresh('migrate')).code, 0);
    } finally {
      await site.end();
    }
  });

  test('config check names what is wrong, and the nearest setting that there is', async () => {
    const file = join(server.dataDir, 'wrong.toml');
    await writeFile(file, '[server]\nbnid = "127.0.0.1:8080"\n');
    const wrong = await passkeyd(['config', 'check', '--config', file]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /server\.bnid.*server\.bind/s);
    await writeFile(file, '[server]\nbind = "127.0.0.1:8080"\n');
    assert.equal((await passkeyd(['config', 'check', '--config', file])).code, 0);

    const variable = await passkeyd(['config', 'check'], { PASSKEYD__DATABASE__ULR: 'postgres://x' });
    assert.equal(variable.code, 1);
    assert.match(variable.stderr, /database\.url/);
    const scheme = await passkeyd(['config', 'check'], { PASSKEYD__DATABASE__URL: 'postgre://x' });
    assert.equal(scheme.code, 1);
  });

  test('wrong usage exits with 2', async () => {
    for (const words of [['frobnicate'], ['serve', '--nothing'], ['app', 'create'], ['key', 'create', '--app', 'test', '--scope']]) {
      assert.equal((await passkeyd(words)).code, 2, words.join(' '));
    }
  });

  test('a refusal is one JSON document under --json', async () => {
    const { code, stdout } = await on('key', 'list', '--app', 'nobody', '--json');
    assert.equal(code, 1);
    assert.equal(typeof JSON.parse(stdout).error, 'string');
  });

  test('nothing that is secret is in the log', async () => {
    const other = await startServer(engine, { args: [] });
    try {
      const app = await other.createApp(`log${engine}`);
      const client = connect({ url: other.url, ...app });
      const visitor = createVisitor(client);
      const { body } = await visitor.register('cyd');
      await visitor.verify(body.token);
      await connect({ url: other.url, ...app, secretKey: 'verify_nonsense' }).backend.get('/credentials/list');
      await other.stop();
      for (const secret of [app.secretKey, body.token]) assert.ok(!other.output().includes(secret));
    } finally {
      await other.end();
    }
  });
});
