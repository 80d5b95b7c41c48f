// Sign-in at a provider in Chromium, where the cookie has to survive a journey to another site and must not leave its
// browser. The provider is at 127.0.0.1, the server and the page at localhost: another site, to a browser.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launchBrowser } from '../harness/browser.mjs';
import { CLIENT, startProvider } from '../harness/oidc.mjs';
import { startServer } from '../harness/server.mjs';

let server, provider, browser, shop, page, login, callback;
before(async () => {
  provider = await startProvider();
  provider.person = { sub: 'ada', email: 'ada@example.com', email_verified: true };
  server = await startServer('sqlite', { environment: { PASSKEYD__OUTGOING__ALLOWED_HOSTS: '127.0.0.1' } });
  const file = join(server.dataDir, 'client-secret');
  await writeFile(file, CLIENT.secret);
  const words = ['--name', 'Work', '--issuer', provider.issuer, '--client-id', CLIENT.id, '--client-secret-file', file];
  const { id } = await server.command('oidc', 'add', '--app', server.app, ...words);
  callback = `${server.url}/fido2/v2/oidc/${id}/callback`;
  provider.redirects.push(callback);
  provider.rotate('ES256');

  shop = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><a href="${login}">Sign in at work</a>`);
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  page = `http://localhost:${shop.address().port}/`;
  login = `${server.url}/fido2/v2/oidc/${id}/login?redirectUri=${encodeURIComponent(page)}`;
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  shop?.closeAllConnections();
  shop?.close();
  await server?.end();
  await provider?.close();
});

const held = async (device) => (await device.page.context().cookies(server.url)).filter(({ name }) => name === 'lid_oidc');

async function goThrough(device) {
  await device.page.goto(page);
  await device.page.getByRole('link', { name: 'Sign in at work' }).click();
}

test('a person goes to the provider and comes back with a token', async () => {
  const device = await browser.newDevice();
  await goThrough(device);
  await device.page.waitForURL(`${page}#access_token=*`);
  const hash = new URLSearchParams(new URL(device.page.url()).hash.slice(1));
  const claims = JSON.parse(Buffer.from(hash.get('access_token').split('.')[1], 'base64url'));
  assert.equal(claims.username, 'ada@example.com');
  assert.deepEqual(await held(device), []);
  await device.close();
});

test('the way back is open to the browser that went, and to no other', async () => {
  provider.asks = true;
  const device = await browser.newDevice();
  await goThrough(device);
  const link = device.page.getByRole('link', { name: 'Go on' });
  const back = await link.getAttribute('href');
  assert.ok(back.startsWith(`${callback}?`), back);
  const [cookie] = await held(device);
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Lax');

  const thief = await browser.newDevice();
  const refused = await thief.page.goto(back);
  assert.equal(refused.status(), 400);
  assert.equal((await refused.json()).msgCode, 'bad_request');
  await thief.close();

  await link.click();
  await device.page.waitForURL(`${page}#access_token=*`);
  assert.deepEqual(await held(device), []);
  await device.close();
});
