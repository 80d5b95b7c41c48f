// The built binary as a process: started on a free port with throw-away data, killed, started again, and asked
// through its command line.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createDatabase } from './databases.mjs';

const run = promisify(execFile);

export const BINARY =
  process.env.PASSKEYD_BIN ?? fileURLToPath(new URL('../../target/release/passkeyd', import.meta.url));

/** The tenant that `serve --dev` seeds. */
export const DEV = Object.freeze({
  app: 'test',
  publicKey: 'test:public:2e728aa5986f4ba8b073a5b28a939795',
  secretKey: 'test:secret:a679563b331846c79c20b114a4f56d02',
  rpId: 'localhost',
});

const START_LIMIT_MS = 20_000;

/** A free port of the loopback address. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * A place for one or more servers: a database and a data folder.
 * `node()` starts a server on it; `end()` stops them all and removes everything.
 */
export async function createSite(engine = 'sqlite') {
  const database = await createDatabase(engine);
  const folder = await mkdtemp(join(tmpdir(), 'passkeyd-'));
  const nodes = [];
  return {
    engine,
    folder,
    database,
    /** Starts a server; its own data folder unless it is the site's first. */
    async node(options = {}) {
      const dataDir = nodes.length === 0 || engine === 'sqlite' ? folder : join(folder, `node${nodes.length}`);
      const node = await startNode({ database, dataDir, ...options });
      nodes.push(node);
      return node;
    },
    async end() {
      await Promise.all(nodes.map((node) => node.kill()));
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts one server on a site of its own. `end()` stops it and removes its data. */
export async function startServer(engine = 'sqlite', options = {}) {
  const site = await createSite(engine);
  try {
    const node = await site.node(options);
    return Object.assign(node, { end: () => site.end() });
  } catch (error) {
    await site.end();
    throw error;
  }
}

async function startNode({ database, dataDir, environment = {}, args = ['--dev'] }) {
  const port = await freePort();
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PASSKEYD__')));
  const env = { ...inherited, ...database.environment, ...environment };
  let child;
  let output = '';

  async function start() {
    output = '';
    child = spawn(BINARY, ['serve', ...args, '--bind', `127.0.0.1:${port}`, '--data-dir', dataDir], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const failed = new Promise((_, reject) => child.once('error', reject));
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    await Promise.race([failed, ready()]);
  }

  async function ready() {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline) {
      if (ended()) throw new Error(`passkeyd ended with ${child.exitCode ?? child.signalCode}:\n${output}`);
      try {
        if ((await fetch(`${node.url}/health/ready`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await pause(20);
    }
    throw new Error(`passkeyd was not ready within ${START_LIMIT_MS} ms:\n${output}`);
  }

  const ended = () => child.exitCode !== null || child.signalCode !== null;

  async function signal(name) {
    if (child && !ended()) {
      const exit = once(child, 'exit');
      child.kill(name);
      await exit;
    }
    return child?.exitCode;
  }

  const node = {
    ...DEV,
    engine: database.engine,
    database,
    dataDir,
    port,
    url: `http://localhost:${port}`,
    /** What the process wrote since its last start. */
    output: () => output,
    start,
    /** SIGKILL: no chance to write anything. */
    kill: () => signal('SIGKILL'),
    /** SIGTERM; resolves to the exit code. */
    stop: () => signal('SIGTERM'),
    async restart() {
      await node.stop();
      await start();
    },
    /** Runs a command of the binary on this server's data and parses its JSON document. */
    async command(...words) {
      const { stdout } = await run(BINARY, [...words, '--json', '--data-dir', dataDir], { env });
      return stdout.trim() === '' ? undefined : JSON.parse(stdout);
    },
    /** Makes an app on the command line; one public and one secret key of those that it prints. */
    async createApp(id) {
      const printed = JSON.stringify(await node.command('app', 'create', id));
      const [publicKey] = /\w+:public:[0-9a-f]{32}/.exec(printed);
      const [secretKey] = /\w+:secret:[0-9a-f]{32}/.exec(printed);
      return { app: id, publicKey, secretKey };
    },
  };
  try {
    await start();
  } catch (error) {
    await node.kill();
    throw error;
  }
  return node;
}
