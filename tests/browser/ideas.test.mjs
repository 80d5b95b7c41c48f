// The Idea Pool's page of `serve --dev`, as a person uses it. It speaks to the API from another origin.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser } from '../harness/browser.mjs';
import { startServer } from '../harness/server.mjs';

const PASSWORD = 'the-Secret-123';

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.end();
});

/** Opens the page; `broken` collects what the browser complained about, `asked` the origins that were asked. */
async function open() {
  const device = await browser.newDevice();
  const { page } = device;
  const broken = [];
  const asked = new Set();
  page.on('pageerror', (error) => broken.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) broken.push(message.text());
  });
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  await page.goto(`${server.url}/demo/ideas`);
  return { device, page, broken, asked };
}

async function signUp(page, email, name = 'Jack Black') {
  await page.getByRole('button', { name: 'New here?' }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await greeted(page, name);
}

async function logIn(page, email, password = PASSWORD) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

async function keep(page, content, [impact, ease, confidence]) {
  await page.getByLabel('Idea', { exact: true }).fill(content);
  await page.getByLabel('Impact').fill(String(impact));
  await page.getByLabel('Ease').fill(String(ease));
  await page.getByLabel('Confidence').fill(String(confidence));
  await page.locator('#keep').click();
}

const greeted = (page, name) => page.getByRole('heading', { name: `Hello, ${name}` }).waitFor();
const shown = (page) => page.locator('#ideas .content').allTextContents();
const message = (page) => page.locator('#message-text');

test('a person signs up, keeps ideas, changes and deletes them, and logs out', async () => {
  const { device, page, broken, asked } = await open();
  await signUp(page, 'ideas-1@example.com');
  await keep(page, 'good', [5, 5, 5]);
  await page.getByText('good', { exact: true }).waitFor();
  await keep(page, 'best 💡', [10, 10, 10]);
  await page.getByText('best 💡').waitFor();
  assert.deepEqual(await shown(page), ['best 💡', 'good']);

  await page.locator('#ideas li', { hasText: 'good' }).getByRole('button', { name: 'Change' }).click();
  await keep(page, 'better', [10, 10, 9]);
  await page.getByText('better', { exact: true }).waitFor();
  assert.deepEqual(await shown(page), ['best 💡', 'better']);
  await page.locator('#ideas li', { hasText: 'best' }).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('best 💡').waitFor({ state: 'detached' });
  assert.deepEqual(await shown(page), ['better']);

  await page.reload();
  await greeted(page, 'Jack Black');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await logIn(page, 'IDEAS-1@example.com');
  await greeted(page, 'Jack Black');
  assert.deepEqual(await shown(page), ['better']);

  assert.deepEqual([...asked].map((origin) => new URL(origin).hostname).sort(), ['127.0.0.1', 'localhost']);
  assert.deepEqual(broken, []);
  await device.close();
});

test('what is refused is told in a sentence', async () => {
  const { device, page, broken } = await open();
  await logIn(page, 'nobody@example.com');
  await message(page).waitFor();
  assert.equal(await message(page).textContent(), 'The e-mail address or the password is wrong.');
  await signUp(page, 'ideas-2@example.com');
  await keep(page, 'x', [11, 5, 5]);
  await message(page).waitFor();
  assert.equal(await message(page).textContent(), 'impact must be an integer from 1 to 10.');
  assert.deepEqual(broken, []);
  await device.close();
});

test('a passkey of the account signs in', async () => {
  const { device, page, broken } = await open();
  await signUp(page, 'ideas-3@example.com', 'Ada');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Passkey added' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in with a passkey' }).click();
  await greeted(page, 'Ada');
  assert.deepEqual(broken, []);
  await device.close();
});

test('ideas come in pages of ten', async () => {
  const { device, page } = await open();
  await signUp(page, 'ideas-4@example.com');
  for (let number = 1; number <= 11; number += 1) {
    await keep(page, `idea ${number}`, [5, 5, 5]);
    await page.getByText(`idea ${number}`, { exact: true }).waitFor();
  }
  assert.equal((await shown(page)).length, 10);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByText('Page 2').waitFor();
  assert.deepEqual(await shown(page), ['idea 1']);
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByText('Page 1').waitFor();
  await device.close();
});
