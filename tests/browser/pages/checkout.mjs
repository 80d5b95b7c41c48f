// The calls of LoginID's checkout SDKs, made by pages of our own: a merchant's page and a wallet's page in a frame of it.
// What the two pages say to each other is ours; what the wallet says to the API is what its SDK says. Runs in a browser.

import { ApiError, connect, isMarked, mark, trustItem } from './browser-side.mjs';
import { LoginIDMfa } from './loginid.mjs';

/** The next message of a window that says `what`. */
function hear(from, what) {
  return new Promise((resolve) => {
    addEventListener('message', function listen({ source, data }) {
      if (source !== from() || data?.say !== what) return;
      removeEventListener('message', listen);
      resolve(data);
    });
  });
}

export class LoginIDMerchantCheckout {
  static getMerchantTrustId() {
    return trustItem('merchant');
  }

  /** Whether the wallet's page belongs in a frame here, which a hidden frame of it says. */
  static async discover(url) {
    if (localStorage.getItem('embedded')) return { flow: 'EMBED' };
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.src = url;
    const discovered = hear(() => frame.contentWindow, 'discovered');
    document.body.append(frame);
    const { flow } = await discovered;
    frame.remove();
    return { flow };
  }

  static async startCheckout({ iframe, mountTarget, discoverUrl, fallbackCallback, successCallback }) {
    const merchantTrustId = await this.getMerchantTrustId();
    const { flow } = await this.discover(discoverUrl ?? iframe.src);
    if (flow !== 'EMBED') return fallbackCallback();
    const wallet = () => iframe.contentWindow;
    hear(wallet, 'ready').then(() => wallet().postMessage({ say: 'merchant', merchantTrustId }, new URL(iframe.src).origin));
    const confirmed = hear(wallet, 'confirmed');
    mountTarget.append(iframe);
    await confirmed;
    localStorage.setItem('embedded', 'yes');
    await successCallback?.();
  }
}

const tellMerchant = (said) => parent !== window && parent.postMessage(said, '*');

export class LoginIDWalletAuth {
  constructor(config) {
    this.mfa = new LoginIDMfa(config);
    this.call = connect(config.baseUrl);
  }

  /** Whether the server knows this browser; what the browser itself remembers, where the server does not say. */
  async discover() {
    const body = { trustItems: { wallet: await trustItem('wallet') } };
    const known = await this.call('POST', '/mfa/discover', { body }).then(
      () => true,
      (error) => (error instanceof ApiError && error.status === 404 ? false : isMarked('wallet')),
    );
    const flow = known ? 'EMBED' : 'REDIRECT';
    tellMerchant({ say: 'discovered', flow });
    return { flow };
  }

  async beginFlow({ username = '', merchantTrustId, ...options }) {
    const merchant = merchantTrustId ?? (await this.merchantTrustId());
    return this.mfa.beginFlow(username, { ...options, merchantTrustId: merchant });
  }

  /** What the merchant's page says, where there is one that says something. */
  async merchantTrustId() {
    if (parent === window) return undefined;
    const said = hear(() => parent, 'merchant');
    tellMerchant({ say: 'ready' });
    const silence = new Promise((resolve) => setTimeout(resolve, 1000, {}));
    return (await Promise.race([said, silence])).merchantTrustId;
  }

  async performAction(name, options) {
    const result = await this.mfa.performAction(name, options);
    if (result.isComplete) {
      tellMerchant({ say: 'confirmed' });
      if (name.startsWith('passkey:')) await mark('wallet');
    }
    return result;
  }
}
