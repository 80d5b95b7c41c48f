// LoginID's SDKs on pages of our own sites: the real ones where `PASSKEYD_LOGINID_SDK` names a folder that has them
// built, and always pages of ours that make the same calls. What a page sends to the API is kept, so that both can be
// held against each other.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { connectLoginId } from './loginid.mjs';
import { createSite } from './server.mjs';

const PAGES = fileURLToPath(new URL('../browser/pages/', import.meta.url));
const BUILT = process.env.PASSKEYD_LOGINID_SDK;
const CALL_LIMIT_MS = 15_000;

/** Pages of ours. Each module is a file that a site serves. */
export const OURS = {
  name: 'by a page of ours',
  skip: false,
  modules: { web: join(PAGES, 'loginid.mjs'), merchant: join(PAGES, 'checkout.mjs'), wallet: join(PAGES, 'checkout.mjs') },
};

/** The SDKs themselves, as their own build leaves them in a clone of their repository. */
export const THEIRS = {
  name: 'by the real SDK',
  skip: BUILT ? false : 'PASSKEYD_LOGINID_SDK is not set',
  modules: BUILT && {
    web: built('packages/websdk3'),
    merchant: built('packages/checkout/merchant'),
    wallet: built('packages/checkout/wallet'),
  },
};

function built(folder) {
  const file = join(BUILT, folder, 'dist/index.js');
  if (!existsSync(file)) throw new Error(`PASSKEYD_LOGINID_SDK: there is no ${file}`);
  return file;
}

/** What a bundler would have put in the place of this variable of the SDK's. */
const BUNDLED = `<!doctype html>
<html lang="en"><meta charset="utf-8">
<script>window.process = { env: { NODE_ENV: 'production' } };</script>
`;

/**
 * Serves pages at `hostname`: `modules` by their names as `/NAME.mjs`, what those of ours import, and whatever `page`
 * makes of the URL.
 */
export async function serveSite({ hostname = 'localhost', modules = {}, page }) {
  const scripts = new Map(Object.entries(modules).map(([name, file]) => [`/${name}.mjs`, file]));
  for (const name of ['browser-side', 'loginid']) scripts.set(`/${name}.mjs`, join(PAGES, `${name}.mjs`));
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://site');
    const script = scripts.get(url.pathname);
    const [type, text] = script ? ['text/javascript', readFileSync(script)] : ['text/html', BUNDLED + page(url)];
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://${hostname}:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Keeps what our pages sent in a test, by shape, in `sentByOurs`. The SDK must send the same in the same turn. */
export function createComparison(sdk, sentByOurs) {
  const turns = new Map();
  return (t, shapes) => {
    const turn = (turns.get(t.name) ?? 0) + 1;
    turns.set(t.name, turn);
    const title = `${t.name}, ${turn}`;
    if (sdk === OURS) sentByOurs.set(title, shapes);
    else assert.deepEqual(shapes, sentByOurs.get(title) ?? shapes);
  };
}

/** Visits to pages that have an object `sdk`, made by `use(config)`, and perhaps `flows` of their own. */
export function createVisits(sdk, sentByOurs) {
  const compare = createComparison(sdk, sentByOurs);
  return async (t, browser, origin, config, settings) => {
    const device = await browser.newDevice(settings);
    t.after(() => device.close());
    const { page } = device;
    const broken = [];
    page.on('pageerror', (error) => broken.push(error.message));
    const api = watch(page.context());
    await page.goto(origin);
    await page.waitForFunction(() => window.use !== undefined).catch((error) => assert.deepEqual(broken, [], error));
    await page.evaluate((given) => window.use(given), config);
    const call = (method, ...words) => callOn(page, 'sdk', method, words);
    return {
      device,
      /** Calls a method of the SDK: `{ value }`, or `{ error: { name, message, code, status, body } }`. */
      call,
      flow: (name, ...words) => callOn(page, 'flows', name, words),
      /** What a call gave, which must not have failed. */
      async get(method, ...words) {
        const { value, error } = await call(method, ...words);
        assert.equal(error, undefined, `${method}: ${JSON.stringify(error)}`);
        return value;
      },
      /** What must have gone to the API since the last time, such as `POST auth/init 200`. */
      async expect(...calls) {
        compare(t, await api.expect(calls));
        assert.deepEqual(broken, []);
      },
    };
  };
}

function callOn(page, name, method, words) {
  return page.evaluate(
    async ([object, called, given]) => {
      try {
        return { value: await window[object][called](...given) };
      } catch (error) {
        const { message, code, status, body } = error;
        return { error: { name: error.name, message, code, status, body } };
      }
    },
    [name, method, words],
  );
}

/**
 * Keeps what the pages of a browser profile send to the API. `expect(list)` waits for the calls since the last time and
 * compares them by method and path, such as `POST auth/init 200`; it gives what was sent, by shape.
 */
export function watch(context) {
  const seen = [];
  let told = 0;
  context.on('request', (request) => {
    const [, path] = request.url().split('/fido2/v2/');
    if (path === undefined || request.method() === 'OPTIONS') return;
    seen.push({ request, method: request.method(), path });
  });
  const line = async ({ request, method, path }) => {
    const response = await request.response();
    return `${method} ${path.replace(/[0-9a-f-]{36}/, 'ID')} ${response?.status()}`;
  };
  return {
    async expect(expected) {
      const deadline = Date.now() + CALL_LIMIT_MS;
      while (seen.length < told + expected.length && Date.now() < deadline) await pause(10);
      const since = seen.slice(told);
      told = seen.length;
      assert.deepEqual(await Promise.all(since.map(line)), expected);
      return Promise.all(since.map(sent));
    },
  };
}

const NAMED = ['accept', 'content-type', 'authorization'];

/** What a call sent, without its values: headers that scripts set, and the members of its body. */
async function sent({ request, method, path }) {
  const headers = await request.allHeaders();
  const body = request.postData();
  return {
    call: `${method} ${path.replace(/[0-9a-f-]{36}/, 'ID')}`,
    headers: Object.fromEntries(NAMED.filter((name) => name in headers).map((name) => [name, shapeOf(headers[name])])),
    body: body === null ? 'none' : shapeOf(JSON.parse(body)),
  };
}

/** A value's shape: members by name in their order, texts as what they are made of. */
function shapeOf(value) {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (value !== null && typeof value === 'object') return Object.entries(value).map(([name, of]) => [name, shapeOf(of)]);
  if (typeof value !== 'string') return typeof value;
  if (value === '' || value.startsWith('application/')) return value;
  if (value.startsWith('{')) return ['JSON', shapeOf(JSON.parse(value))];
  const parts = value.split('.');
  if (parts.length === 3 && value.startsWith('ey')) {
    const [header, payload] = parts.map((part) => Buffer.from(part, 'base64url').toString());
    return ['JWT', shapeOf(JSON.parse(header)), shapeOf(JSON.parse(payload))];
  }
  return 'text';
}

/** An API key of every application here. */
export const BACKEND_KEY = 'a-back-end-of-the-browser-tests';
const SCOPES = ['passkey:read', 'passkey:write', 'profile:write', 'reg:write', 'auth:write', 'user:read', 'user:write', 'external:verify'];

/** The configuration of applications: `{ id: { website, ...settings } }`. Codes go to a file. */
function applications(apps) {
  return Object.entries(apps)
    .map(([id, { website, ...settings }]) => {
      const all = { otp: { email: 'file', sms: 'file' }, ...settings };
      const key = { name: 'back end', scopes: SCOPES, key: `${BACKEND_KEY}-${id}` };
      return `[[apps]]\nid = "${id}"\nname = "${id}"\nwebsite_url = "${website}"\nsettings = ${toml(all)}\napi_keys = [${toml(key)}]\n`;
    })
    .join('\n');
}

function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([name, of]) => `${JSON.stringify(name)} = ${toml(of)}`).join(', ')} }`;
}

/** A server as it is run for real, with applications; `backend(app)` are the calls of an application's back end. */
export async function startApplications(engine, apps) {
  const site = await createSite(engine);
  try {
    const config = join(site.folder, 'passkeyd.toml');
    await writeFile(config, applications(apps));
    const server = await site.node({ args: ['--config', config] });
    const outbox = join(site.folder, 'otp-outbox.jsonl');
    return Object.assign(server, {
      end: () => site.end(),
      backend(app) {
        const api = connectLoginId(server, { below: `/apps/${app}`, app });
        const key = `${BACKEND_KEY}-${app}`;
        return {
          base: api.base,
          get: (path) => api.get(path, { key }),
          post: (path, body) => api.post(path, body, { key }),
          put: (path, body) => api.put(path, body, { key }),
          delete: (path) => api.delete(path, { key }),
        };
      },
      /** The last code that went to an address, once there is one. */
      async codeFor(address) {
        const deadline = Date.now() + CALL_LIMIT_MS;
        while (Date.now() < deadline) {
          const lines = existsSync(outbox) ? readFileSync(outbox, 'utf8').trim().split('\n').map(JSON.parse) : [];
          const found = lines.findLast(({ to }) => to === address);
          if (found) return found.code;
          await pause(20);
        }
        throw new Error(`no code for ${address}`);
      },
    });
  } catch (error) {
    await site.end();
    throw error;
  }
}
