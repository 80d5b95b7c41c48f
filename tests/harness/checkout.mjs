// A merchant's site and a wallet's, and a person who checks out: the wallet's page lies in a frame of the merchant's, or is
// a page of its own. Who speaks to the API is the wallet's page, by the checkout SDKs or by pages of ours.

import assert from 'node:assert/strict';

import { serveSite, watch } from './loginid-sdk.mjs';

/** Starts both sites. Different host names below `localhost` are different sites to a browser; different ports are not. */
export async function startCheckout(sdk, { merchants = ['localhost'], wallet = 'localhost' } = {}) {
  const site = (hostname, page) => serveSite({ hostname, modules: sdk.modules, page });
  const walletSite = await site(wallet, walletPage);
  const shops = await Promise.all(merchants.map((hostname) => site(hostname, () => merchantPage(walletSite.origin))));
  return {
    walletOrigin: walletSite.origin,
    merchantOrigins: shops.map(({ origin }) => origin),
    close: () => Promise.all([walletSite, ...shops].map((it) => it.close())),
  };
}

/**
 * A person with a device, perhaps with the passkeys of another one. `api` is the wallet's application, as its pages are
 * told it; `compare` takes what they sent.
 */
export async function createShopper(t, { browser, checkout, api, compare, from }) {
  const device = await browser.newDevice();
  t.after(() => device.close());
  if (from) await device.receive(await from.passkeys());
  const { page } = device;
  const calls = watch(page.context());
  const words = (more) => new URLSearchParams({ ...api, ...more });
  const ready = (frame, name) => frame.waitForFunction((wanted) => window[wanted] !== undefined, name);

  async function atWallet(frame) {
    await ready(frame, 'wallet');
    const ask = (name, ...given) => frame.evaluate(([method, list]) => window.asked(method, list), [name, given]);
    return {
      begin: (options) => ask('beginFlow', options),
      act: (name, options) => ask('performAction', name, options),
      discover: () => ask('discover'),
      /** The person presses the button, which performs an action. */
      async press(name, options) {
        await frame.evaluate((given) => Object.assign(window, { pressed: undefined, next: given }), [name, options]);
        await frame.click('button');
        await frame.waitForFunction(() => window.pressed !== undefined);
        return frame.evaluate(() => window.pressed);
      },
    };
  }

  return {
    device,
    /** What must have gone to the API since the last time. */
    expect: async (...expected) => compare(t, await calls.expect(expected)),
    /** Goes to a shop. */
    async visit(shop = checkout.merchantOrigins[0]) {
      await page.goto(`${shop}/?${words()}`);
      await ready(page, 'merchant');
      return {
        /** Presses the shop's button. Resolves to the wallet in a frame, or to nothing where it goes another way. */
        async checkOut() {
          await page.click('button');
          await page.waitForFunction(() => window.outcome !== undefined || document.querySelector('#wallet iframe'));
          const frame = await page.$('#wallet iframe');
          return frame ? atWallet(await frame.contentFrame()) : undefined;
        },
        merchantTrustId: () => page.evaluate(() => window.merchant.getMerchantTrustId()),
        async outcome() {
          await page.waitForFunction(() => window.outcome !== undefined);
          return page.evaluate(() => window.outcome);
        },
        /** The wallet's page in a window that the shop opens. */
        async popUp(merchant) {
          const opened = page.waitForEvent('popup');
          await page.evaluate((url) => void window.open(url, 'wallet', 'popup'), `${checkout.walletOrigin}/checkout?${words({ merchant })}`);
          const popup = await opened;
          await device.lend(popup);
          return atWallet(popup);
        },
        /** The wallet's page in a frame that is there whatever was discovered. */
        async frame() {
          await page.evaluate((url) => window.showWallet(url), `${checkout.walletOrigin}/checkout?${words()}`);
          return atWallet(await (await page.waitForSelector('#wallet iframe')).contentFrame());
        },
      };
    },
    /** Goes to the wallet's own page, as a shop sends people there. */
    async goToWallet(merchant) {
      await page.goto(`${checkout.walletOrigin}/checkout?${words({ merchant })}`);
      return atWallet(page.mainFrame());
    },
  };
}

/** The value of a call, which must not have failed. */
export function gave({ value, error }) {
  assert.equal(error, undefined, JSON.stringify(error));
  return value;
}

const merchantPage = (wallet) => `<title>a shop</title>
<button>Check out</button>
<div id="wallet"></div>
<script type="module">
  import { LoginIDMerchantCheckout } from '/merchant.mjs';
  const page = (path) => '${wallet}/' + path + location.search;
  const frame = (src) => Object.assign(document.createElement('iframe'), {
    allow: 'publickey-credentials-get *; publickey-credentials-create *', src,
  });
  const mountTarget = document.querySelector('#wallet');
  window.showWallet = (url) => mountTarget.append(frame(url));
  window.merchant = LoginIDMerchantCheckout;
  document.querySelector('button').addEventListener('click', () => {
    LoginIDMerchantCheckout.startCheckout({
      iframe: frame(page('checkout')), mountTarget, discoverUrl: page('discover'),
      fallbackCallback: async () => { window.outcome = 'another way'; },
      errorCallback: async (error) => { window.outcome = 'error: ' + error; },
      successCallback: async () => { window.outcome = 'confirmed'; },
    }).catch((error) => { window.outcome = String(error); });
  });
</script>`;

const walletPage = ({ pathname }) => `<title>a wallet</title>
<input autocomplete="username webauthn" aria-label="username">
<button>Pay</button>
<script type="module">
  import { LoginIDWalletAuth } from '/wallet.mjs';
  const words = new URLSearchParams(location.search);
  const wallet = new LoginIDWalletAuth({ baseUrl: words.get('baseUrl'), appId: words.get('appId') });
  if ('${pathname}' === '/discover') wallet.discover();
  const merchantTrustId = words.get('merchant') ?? undefined;
  window.asked = async (method, [first, ...rest]) => {
    try {
      const given = method === 'beginFlow' ? { merchantTrustId, ...first } : first;
      return { value: await wallet[method](given, ...rest) };
    } catch (error) {
      return { error: { name: error.name, message: error.message, code: error.code, status: error.status, body: error.body } };
    }
  };
  document.querySelector('button').addEventListener('click', async () => {
    window.pressed = await window.asked('performAction', window.next);
  });
  window.wallet = wallet;
</script>`;
