// Headless Chromium whose devices carry a virtual authenticator. A device is a browser profile of its own: its pages,
// its storage, its passkeys.

import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { chromium } from 'playwright-core';

/** The module of the Passwordless browser SDK. */
export const PASSWORDLESS_SDK = createRequire(import.meta.url).resolve('@passwordlessdev/passwordless-client');
const CALL_LIMIT_MS = 15_000;

/** A phone's or a laptop's own authenticator: stores passkeys, verifies its user, never waits for a touch. */
export const BUILT_IN = Object.freeze({
  protocol: 'ctap2',
  ctap2Version: 'ctap2_1',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
});

/** A security key without a PIN: proves presence only and stores nothing. */
export const SECURITY_KEY = Object.freeze({
  ...BUILT_IN,
  transport: 'usb',
  hasResidentKey: false,
  hasUserVerification: false,
  isUserVerified: false,
});

/** The first of the known names on $PATH, unless $CHROMIUM says where. */
function browserPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  const found = candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error('no Chromium on $PATH: install it or set $CHROMIUM');
  return found;
}

const FLAGS = [
  '--no-sandbox', // CI runs as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts Chromium. `newDevice()` opens a profile; `close()` ends them all.
 *
 * `partitioned` says what a page has in a frame of another site: a storage of its own per site that it lies in, as
 * browsers have it, or none at all, as Playwright starts them.
 */
export async function launchBrowser({ partitioned = false } = {}) {
  const folder = partitioned ? await mkdtemp(join(tmpdir(), 'chromium-')) : undefined;
  const asItIs = { ignoreDefaultArgs: true, args: [...FLAGS, '--headless=new', '--disable-dev-shm-usage', '--remote-debugging-pipe', `--user-data-dir=${folder}`] };
  const settings = partitioned ? asItIs : { headless: true, args: FLAGS };
  const browser = await chromium.launch({ executablePath: browserPath(), ...settings });
  return {
    newDevice: (options) => newDevice(browser, options),
    async close() {
      await browser.close();
      if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function newDevice(browser, { authenticator = BUILT_IN, screen = {} } = {}) {
  const context = await browser.newContext(screen);
  const page = await context.newPage();
  page.setDefaultTimeout(CALL_LIMIT_MS);
  const tell = await equip(context, page, authenticator);
  return {
    page,
    /** The stored passkeys, private keys included. */
    passkeys: async () => (await tell('getCredentials')).credentials,
    /** Puts another device's passkeys on this one, as a sync service would. */
    receive: async (passkeys) => {
      for (const credential of passkeys) await tell('addCredential', { credential });
    },
    forget: () => tell('clearCredentials'),
    /** Whether somebody touches the authenticator; when nobody does, ceremonies wait. */
    answers: (enabled) => tell('setAutomaticPresenceSimulation', { enabled }),
    verifiesUser: (isUserVerified) => tell('setUserVerified', { isUserVerified }),
    /** What the authenticator does wrong from now on: isBogusSignature, isBadUP, isBadUV. */
    misbehaves: (bits = {}) => tell('setResponseOverrideBits', { isBogusSignature: false, isBadUP: false, isBadUV: false, ...bits }),
    /** Gives a window that the page opened the same passkeys; it has an authenticator of its own. */
    async lend(opened) {
      const tellOther = await equip(context, opened, authenticator);
      for (const credential of (await tell('getCredentials')).credentials) await tellOther('addCredential', { credential });
    },
    close: () => context.close(),
  };
}

/** Attaches a virtual authenticator to a window. */
async function equip(context, page, authenticator) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const added = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { ...authenticator } });
  return (command, parameters) => cdp.send(`WebAuthn.${command}`, { authenticatorId: added.authenticatorId, ...parameters });
}

/**
 * A site that uses the published browser SDK: one page on a free port, at `hostname`.
 * `open(device, settings)` shows it on a device and returns the SDK's methods, which resolve to what the SDK's do.
 */
export async function startSite({ hostname = 'localhost' } = {}) {
  const sdk = readFileSync(PASSWORDLESS_SDK);
  const server = createServer((request, response) => {
    if (request.url === '/sdk.mjs') response.writeHead(200, { 'content-type': 'text/javascript' }).end(sdk);
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://${hostname}:${server.address().port}`;
  return {
    origin,
    hostname,
    open: (device, settings) => openPage(device, origin, settings),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>a site</title>
<input autocomplete="username webauthn" aria-label="username">
<script type="module">
  import { Client } from '/sdk.mjs';
  window.Client = Client;
</script>`;

async function openPage({ page }, origin, settings) {
  const exchanges = record(page, settings.apiUrl);
  await page.goto(origin);
  await page.waitForFunction(() => window.Client !== undefined);

  /** Calls a method of the SDK's client, made anew with the settings. */
  async function call(method, ...words) {
    const outcome = page.evaluate(
      async ([config, name, given]) => new window.Client(config)[name](...given),
      [settings, method, words],
    );
    return within(outcome, `${method} of the SDK`);
  }
  return {
    exchanges,
    call,
    register: (token, nickname) => call('register', token, nickname),
    signinWithId: (userId) => call('signinWithId', userId),
    signinWithAlias: (alias) => call('signinWithAlias', alias),
    signinWithDiscoverable: () => call('signinWithDiscoverable'),
    signinWithAutofill: () => call('signinWithAutofill'),
    stepup: (request) => call('stepup', request),
    /** Calls a method and aborts it when `path` of the API has answered; what the method resolves to. */
    async abortedAfter(path, method, ...words) {
      const answered = page.waitForResponse((response) => response.url() === settings.apiUrl + path);
      await page.evaluate(
        ([config, name, given]) => {
          window.running = new window.Client(config);
          window.outcome = window.running[name](...given);
        },
        [settings, method, words],
      );
      await answered;
      return within(
        page.evaluate(() => {
          window.running.abort();
          return window.outcome;
        }),
        `${method} of the SDK, aborted`,
      );
    },
  };
}

/** What the page sends to the API, oldest first: { method, path, status, headers, sent }. */
function record(page, apiUrl) {
  const exchanges = [];
  page.on('response', (response) => {
    const request = response.request();
    if (!request.url().startsWith(apiUrl) || request.method() === 'OPTIONS') return;
    exchanges.push({
      method: request.method(),
      path: request.url().slice(apiUrl.length),
      status: response.status(),
      headers: request.headers(),
      sent: request.postDataJSON(),
    });
  });
  return exchanges;
}

async function within(promise, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${CALL_LIMIT_MS} ms`)), CALL_LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
