// Throw-away databases: a folder for SQLite, a database of its own on the test cluster for PostgreSQL.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The cluster that PostgreSQL tests use: a URL whose user may create databases. */
const CLUSTER = process.env.TEST_POSTGRES_URL;

/** Runs a suite once for each database engine. Without a cluster the PostgreSQL one says that it did not run. */
export function onEachDatabase(title, suite) {
  describe(`${title}, on SQLite`, () => suite('sqlite'));
  onPostgres(title, suite);
}

/** Runs a suite on PostgreSQL only: for what needs several nodes. */
export function onPostgres(title, suite) {
  const skip = CLUSTER ? false : 'TEST_POSTGRES_URL is not set';
  describe(`${title}, on PostgreSQL`, { skip }, () => suite('postgres'));
}

/**
 * Makes an empty database. `environment` is what a server needs in order to use it; SQLite's lies in the server's
 * own data folder, so that it needs nothing.
 */
export async function createDatabase(engine) {
  if (engine === 'sqlite') return { engine, environment: {}, drop: async () => {} };
  const name = `t_${randomBytes(8).toString('hex')}`;
  await sql(`CREATE DATABASE ${name}`);
  const url = new URL(CLUSTER);
  url.pathname = `/${name}`;
  return {
    engine,
    environment: { PASSKEYD__DATABASE__URL: url.href },
    drop: () => sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function sql(statement) {
  await run('psql', ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', `--command=${statement}`, CLUSTER]);
}
