// `passkeyd import passwordless`: the database of another server is made here, with a passkey that a software
// authenticator really holds, and what was imported is then put to use.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { BINARY, createSite, startServer } from '../harness/server.mjs';

const SCHEMA = readFileSync(new URL('../../crates/storage/tests/upstream/schema.sql', import.meta.url), 'utf8');
const KEYS = {
  publicKey: `moved:public:${randomBytes(16).toString('hex')}`,
  secretKey: `moved:secret:${randomBytes(16).toString('hex')}`,
};

async function run(command, words, { input = '', env = {} } = {}) {
  const child = spawn(command, words, { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** Makes an SQLite database by these statements. */
async function makeDatabase(path, sql) {
  const program = 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.stdin.read())';
  const { code, stderr } = await run('python3', ['-c', program, path], { input: sql });
  assert.equal(code, 0, stderr);
}

function storedSecret(secret) {
  const salt = randomBytes(16);
  return `${salt.toString('base64')}:${pbkdf2Sync(secret, salt, 10_000, 16, 'sha512').toString('base64')}`;
}

function rows({ descriptor, publicKey, userHandle, userId, signatureCounter, origin }) {
  const hex = (text, encoding) => `X'${Buffer.from(text, encoding).toString('hex')}'`;
  const alias = createHash('sha256').update('moved' + 'nick@example.com').digest('base64');
  const now = "'2024-05-06 07:08:09.1234567'";
  return `
    INSERT INTO AccountInfo VALUES ('moved', '["ada@example.com"]', ${now}, NULL, 'moved');
    INSERT INTO ApiKeys VALUES ('moved', '${KEYS.publicKey.slice(-4)}', '${KEYS.publicKey}', ${now}, 0, NULL, NULL, 'register,login');
    INSERT INTO ApiKeys VALUES ('moved', '${KEYS.secretKey.slice(-4)}', '${storedSecret(KEYS.secretKey)}', ${now}, 0, NULL, NULL, 'token_register,token_verify');
    INSERT INTO Credentials VALUES ('moved', ${hex(descriptor.id, 'base64url')}, 0, NULL, ${hex(publicKey, 'base64')}, ${hex(userHandle, 'base64')},
      '${userId}', ${signatureCounter}, 'none', ${now}, '00000000-0000-0000-0000-000000000000', ${now}, 'localhost', '${origin}', NULL, 'Firefox, Linux', 'old key', 0, 0, 1);
    INSERT INTO Aliases VALUES ('moved', '${alias}', NULL, '${userId}');
    INSERT INTO AppFeatures VALUES ('moved', 1, 30, NULL, NULL, 0, 1, 1, 100);
    INSERT INTO AuthenticationConfigurations VALUES ('moved', 'pay', 'required', 45.0, '', 'ada', ${now}, NULL, NULL, NULL);
  `;
}

onEachDatabase('Importing from a Passwordless.dev server', (engine) => {
  let site, file, visitor;
  const importing = (...words) =>
    run(BINARY, ['import', 'passwordless', '--sqlite', file, '--data-dir', site.folder, ...words], {
      env: site.database.environment,
    });

  before(async () => {
    // Any server will do to make a passkey.
    const maker = await startServer('sqlite');
    try {
      const client = connect(maker);
      visitor = createVisitor(client);
      assert.equal((await visitor.register('mover')).status, 200);
      const { body } = await client.backend.get('/credentials/list?userId=mover');
      site = await createSite(engine);
      file = join(site.folder, 'upstream.db');
      await makeDatabase(file, SCHEMA + rows({ ...body.values[0], userId: 'mover' }));
    } finally {
      await maker.end();
    }
  });
  after(() => site?.end());

  test('a dry run says what would be done and does nothing', async () => {
    const { code, stdout, stderr } = await importing('--dry-run', '--json');
    assert.equal(code, 0, stdout + stderr);
    const { dryRun, taken, leftOut, apps } = JSON.parse(stdout);
    assert.deepEqual([dryRun, taken, leftOut], [true, null, []]);
    const counts = { keys: 2, users: 1, credentials: 1, aliases: 1, configurations: 1, authenticators: 0 };
    assert.deepEqual(apps, [{ id: 'moved', ...counts }]);
    const again = await importing('--dry-run');
    assert.equal(again.code, 0);
    assert.match(again.stdout, /^would import\n {2}moved: 2 keys, 1 users/);
  });

  test('imported keys, passkeys, aliases and configurations work', async () => {
    const { code, stdout, stderr } = await importing();
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^imported\n/);

    const node = await site.node({ args: [] });
    const client = connect({ url: node.url, ...KEYS });
    const moved = createVisitor(client, { origin: visitor.origin, authenticator: visitor.authenticator });
    for (const who of [{ alias: 'nick@example.com' }, { userId: 'mover' }, {}]) {
      const signedIn = await moved.signIn(who);
      assert.equal(signedIn.status, 200, signedIn.text);
      const { body } = await moved.verify(signedIn.body.token);
      assert.deepEqual([body.userId, body.nickname, body.success], ['mover', 'old key', true]);
    }
    const configurations = await client.backend.get('/auth-configs/list?purpose=pay');
    assert.equal(configurations.body.configurations[0].timeToLive, 45);
    const wrong = connect({ url: node.url, ...KEYS, secretKey: `${KEYS.secretKey.slice(0, 13)}0000${KEYS.secretKey.slice(17)}` });
    assert.equal((await wrong.backend.get('/users/count')).status, 401);
    await node.stop();
  });

  test('a second import is refused and changes nothing', async () => {
    for (const words of [['--dry-run'], []]) {
      const { code, stdout } = await importing(...words);
      assert.equal(code, 1);
      assert.match(stdout, /there is an app 'moved' already/);
    }
  });

  test('a file that is no such database is refused by name', async () => {
    const other = join(site.folder, 'other.db');
    await makeDatabase(other, 'CREATE TABLE x (y);');
    const { code, stderr } = await run(BINARY, ['import', 'passwordless', '--sqlite', other, '--data-dir', site.folder]);
    assert.equal(code, 1);
    assert.match(stderr, /the table AccountInfo/);
  });
});
