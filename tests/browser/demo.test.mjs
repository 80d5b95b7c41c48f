// The demo page of `serve --dev`, as a person uses it, on a phone's screen and on a desktop's.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launchBrowser } from '../harness/browser.mjs';
import { startServer } from '../harness/server.mjs';

const SCREENS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.end();
});

/** Opens the page; `broken` collects what the browser complained about. */
async function open({ screen = SCREENS.desktop, url = `${server.url}/demo`, prepare } = {}) {
  const device = await browser.newDevice({ screen });
  const { page } = device;
  const broken = [];
  page.on('pageerror', (error) => broken.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) broken.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) broken.push(`asked ${request.url()}`);
  });
  await prepare?.(page, device);
  await page.goto(url);
  return { device, page, broken };
}

/** A browser whose autofill offers no passkeys: a virtual device would choose one before anything is typed. */
const withoutAutofill = (page) =>
  page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');

async function register(page, name) {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await signedIn(page, name);
}

const signedIn = (page, name) => page.getByText(`Signed in as ${name}`).waitFor();
const message = (page) => page.locator('#message-title').textContent();

/** The titles of the log's steps from the last chapter on, each with how it ended. */
const steps = (page) =>
  page.locator('#steps li').evaluateAll((rows) => {
    const last = rows.findLastIndex((row) => row.classList.contains('chapter'));
    return rows.slice(last + 1).map((row) => [row.className, row.querySelector('.what').firstChild.textContent]);
  });

for (const [name, screen] of Object.entries(SCREENS)) {
  describe(`The demo page on a ${name}`, () => {
    test('makes a passkey, signs out, and signs in by name and without a name', async () => {
      const { device, page, broken } = await open({ screen, prepare: withoutAutofill });
      await register(page, 'Ada L.');
      assert.deepEqual(await steps(page), [
        ['good', 'Allow this person to register'],
        ['good', 'Ask how the passkey should be made'],
        ['good', 'Make the passkey'],
        ['good', 'Hand in its public key'],
        ['good', 'Check who signed in'],
      ]);
      assert.equal((await device.passkeys()).length, 1);
      for (const typed of ['Ada L.', '']) {
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByLabel('Your name').fill(typed);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await signedIn(page, 'Ada L.');
        assert.deepEqual(await steps(page), [
          ['good', 'Ask for a challenge'],
          ['good', 'Sign the challenge with the passkey'],
          ['good', 'Hand in the signature'],
          ['good', 'Check who signed in'],
        ]);
      }
      assert.deepEqual(broken, []);
    });

    test('signs in by autofill', async () => {
      const { page, broken } = await open({ screen });
      await register(page, 'eve');
      await page.reload(); // autofill is offered, and the virtual device chooses at once
      await signedIn(page, 'eve');
      assert.deepEqual(await steps(page), [
        ['good', 'Ask for a challenge'],
        ['good', 'Wait until a passkey is chosen in the name field'],
        ['good', 'Hand in the signature'],
        ['good', 'Check who signed in'],
      ]);
      assert.deepEqual(broken, []);
    });

    test('lets autofill wait while something else is done', async () => {
      const { device, page, broken } = await open({ screen });
      await register(page, 'gus');
      await device.answers(false);
      await page.reload();
      await page.getByText('Wait until a passkey is chosen in the name field').waitFor();
      await device.answers(true);
      await device.forget();
      await register(page, 'hilda');
      assert.equal(await page.getByText('Autofill', { exact: true }).count(), 0);
      assert.deepEqual(broken, []);
    });

    test('shows what was asked and answered, and fits the screen', async () => {
      const { page, broken } = await open({ screen });
      await register(page, 'ida');
      await page.getByText('Hand in its public key').click();
      const shown = page.locator('details[open] pre');
      assert.match(await shown.nth(0).textContent(), /^POST \/register\/complete\nApiKey: test:public:/);
      assert.match(await shown.nth(0).textContent(), /"AttestationObject": /);
      assert.match(await shown.nth(1).textContent(), /"token": "verify_/);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= screen.viewport.width, `${width} pixels wide`);
      assert.deepEqual(broken, []);
    });
  });
}

describe('The demo page says in plain words', () => {
  test('that a name is needed', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    assert.equal(await message(page), 'Who are you?');
  });

  test('that a name is too long', async () => {
    const { page } = await open();
    await page.getByLabel('Your name').fill('é'.repeat(60));
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.locator('#message').waitFor();
    assert.match(await page.locator('#message-text').textContent(), /at most \d+ bytes/);
  });

  test('that this device has a passkey for the name', async () => {
    const { page } = await open({ prepare: withoutAutofill });
    await register(page, 'jo');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Your name').fill('jo');
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.locator('#message').waitFor();
    assert.equal(await message(page), 'There is one already');
  });

  test('that a name is not known in this browser', async () => {
    const { page } = await open();
    await page.getByLabel('Your name').fill('stranger');
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.equal(await message(page), 'This name is not known here');
  });

  test('that the device holds no passkey, or that the request was cancelled', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('#message').waitFor();
    assert.equal(await message(page), 'Nothing was chosen');
    assert.deepEqual(await steps(page), [
      ['good', 'Ask for a challenge'],
      ['bad', 'Sign the challenge with the passkey'],
    ]);
  });

  test('that the server does not know a passkey', async () => {
    const { page } = await open();
    await register(page, 'kit');
    const unknown = await page.locator('#facts dt:text-is("Passkey") + dd').textContent();
    const credentialId = Buffer.from(unknown, 'base64').toString('base64url');
    await fetch(`${server.url}/credentials/delete`, {
      method: 'POST',
      headers: { ApiSecret: server.secretKey, 'Content-Type': 'application/json' },
      body: JSON.stringify({ credentialId }),
    });
    await page.reload(); // autofill hands the passkey in
    await page.locator('#message').waitFor();
    assert.equal(await message(page), "The server refused: We don't recognize the passkey you sent us.");
    assert.match(await page.locator('#message-text').textContent(), /^The server does not know this passkey/);
  });

  test('that the server does not answer', async () => {
    const { page } = await open();
    await page.route('**/signin/begin', (route) => route.abort());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('#message').waitFor();
    assert.equal(await message(page), 'The server does not answer');
  });

  test('that the browser has no passkeys', async () => {
    const { page } = await open({ prepare: (page) => page.addInitScript('delete window.PublicKeyCredential') });
    await page.locator('#trouble').waitFor();
    assert.equal(await page.locator('#trouble-title').textContent(), 'This browser has no passkeys');
    assert.ok(await page.getByRole('button', { name: 'Make a passkey' }).isDisabled());
  });

  test('that the page must be opened at another address, and leads there', async () => {
    const { page } = await open({ url: `http://127.0.0.1:${server.port}/demo` });
    await page.locator('#trouble').waitFor();
    await page.locator('#trouble-link').click();
    await page.waitForURL(`${server.url}/demo`);
    await register(page, 'liv');
  });
});

test('The demo page exists in development only', async () => {
  const other = await startServer('sqlite', { args: [] });
  try {
    for (const path of ['/demo', '/demo/demo.js', '/demo/api/config']) {
      assert.equal((await fetch(other.url + path)).status, 404, path);
    }
    const verify = await fetch(`${other.url}/demo/api/register-token`, { method: 'POST', body: '{"username":"ada"}' });
    assert.equal(verify.status, 404);
  } finally {
    await other.end();
  }
});
