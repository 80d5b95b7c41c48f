// The page that shows the description of the API, as a person reads it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser } from '../harness/browser.mjs';
import { startServer } from '../harness/server.mjs';

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.end();
});

test('the page shows every operation, and asks nobody but the server', async () => {
  const { page } = await browser.newDevice();
  const broken = [];
  page.on('pageerror', (error) => broken.push(error.message));
  page.on('console', (message) => message.type() === 'error' && broken.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${server.url}/`)) broken.push(`asked ${request.url()}`);
  });
  await page.goto(`${server.url}/openapi`);
  const operations = page.locator('.operation');
  await operations.first().waitFor();
  const described = await (await fetch(`${server.url}/openapi.json`)).json();
  const count = Object.values(described.paths).flatMap(Object.keys).length;
  assert.equal(await operations.count(), count);

  await page.locator('#filter').fill('register/token');
  assert.equal(await page.locator('.operation:visible').count(), 1);
  const one = page.locator('#postRegisterToken');
  await one.locator('summary').first().click();
  const inside = await one.innerText();
  for (const word of ['userId', 'ApiSecret', 'alias_conflict', 'token']) assert.ok(inside.includes(word), `${word} in ${inside}`);
  assert.deepEqual(broken, []);
});
