// A shop whose checkout holds a wallet's page in a frame: two origins of one site, since a profile without a past gives a
// frame of another site no storage for its key. The wallet's page makes the calls of the checkout SDKs, in their order.

import { createServer } from 'node:http';
import { once } from 'node:events';

/** Starts both sites. `visit(device, api, order)` shows the checkout on a device. */
export async function startCheckout() {
  const serve = async (content) => {
    const server = createServer((request, response) => {
      const [type, text] = content(new URL(request.url, 'http://site'));
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const script = ({ pathname }) => (pathname === '/trust.mjs' ? ['text/javascript', TRUST] : undefined);
  const wallet = await serve((url) => script(url) ?? ['text/html', WALLET]);
  const walletOrigin = `http://localhost:${wallet.address().port}`;
  const merchant = await serve((url) => script(url) ?? ['text/html', shop(walletOrigin)]);
  const merchantOrigin = `http://localhost:${merchant.address().port}`;
  return {
    walletOrigin,
    merchantOrigin,
    visit: (device, api, order) => visit(device, `${merchantOrigin}/?${new URLSearchParams({ api, order })}`),
    async close() {
      for (const server of [wallet, merchant]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function visit({ page }, url) {
  await page.goto(url);
  await page.waitForSelector('iframe');
  const frame = await (await page.$('iframe')).contentFrame();
  await frame.waitForFunction(() => window.wallet !== undefined);
  const ask = (name, ...words) => frame.evaluate(([method, given]) => window.wallet[method](...given), [name, words]);
  return {
    /** The status of mfa/discover. */
    discover: () => ask('discover'),
    /** Begins, and gives the names of the actions. */
    begin: () => ask('begin'),
    nextAction: () => ask('nextAction'),
    /** The names of the options of the next action. */
    options: () => ask('optionNames'),
    replacePayload: (payload) => ask('replacePayload', payload),
    external: (token) => ask('external', token),
    /** The person presses the button, which does the next action with a passkey. */
    async pay() {
      await frame.evaluate(() => { window.wallet.paid = undefined; });
      await frame.click('button');
      await frame.waitForFunction(() => window.wallet.paid !== undefined);
      return frame.evaluate(() => window.wallet.paid);
    },
  };
}

/** A key that never leaves the browser, kept per origin, and the tokens that it signs. */
const TRUST = `
const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const part = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));

async function identity() {
  const opening = indexedDB.open('trust', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  const database = await asked(opening);
  const keys = (mode) => database.transaction('keys', mode).objectStore('keys');
  const known = await asked(keys('readonly').get('own'));
  if (known) return known;
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const id = [...crypto.getRandomValues(new Uint8Array(25))].map((byte) => letters[byte % 36]).join('');
  await asked(keys('readwrite').put({ id, pair }, 'own'));
  return { id, pair };
}

export async function trustItem() {
  const { id, pair } = await identity();
  const { kty, crv, x, y, ext, key_ops } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const signed = part({ alg: 'ES256', jwk: { kty, crv, x, y, ext, key_ops } }) + '.'
    + part({ id, exp: Math.floor(Date.now() / 1000) + 60 });
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, pair.privateKey, new TextEncoder().encode(signed));
  return signed + '.' + base64url(signature);
}
`;

const shop = (wallet) => `<!doctype html>
<html lang="en">
<title>a shop</title>
<script type="module">
  import { trustItem } from '/trust.mjs';
  const frame = document.createElement('iframe');
  frame.allow = 'publickey-credentials-get *; publickey-credentials-create *';
  const words = new URLSearchParams(location.search);
  words.set('merchant', await trustItem());
  frame.src = '${wallet}/?' + words;
  document.body.append(frame);
</script>`;

const WALLET = `<!doctype html>
<html lang="en">
<title>a wallet</title>
<button>Pay</button>
<script type="module">
  import { trustItem } from '/trust.mjs';
  const words = new URLSearchParams(location.search);
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const ORDER = ['passkey:reg', 'passkey:auth', 'passkey:tx', 'otp:sms', 'otp:email', 'external'];
  let state;

  async function call(path, body) {
    const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
    if (state) headers.Authorization = state.session;
    const response = await fetch(words.get('api') + '/fido2/v2/' + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const type = response.headers.get('content-type') ?? '';
    const answer = type.startsWith('application/json') ? await response.json() : undefined;
    if (answer?.session) state = { ...state, ...answer };
    return { status: response.status, answer };
  }
  const descriptors = (list) => list.map(({ id, ...rest }) => ({ ...rest, id: bytes(id) }));
  const names = () => state.next.map(({ action }) => action.name);
  const offered = (name) => state.next.find(({ action }) => action.name === name);
  const options = (name) => JSON.parse(new TextDecoder().decode(bytes(offered(name).options[0].value)));

  const ceremonies = {
    async 'passkey:reg'(given) {
      const made = await navigator.credentials.create({ publicKey: { ...given, challenge: bytes(given.challenge),
        user: { ...given.user, id: bytes(given.user.id) }, excludeCredentials: descriptors(given.excludeCredentials) } });
      return ['mfa/passkey/reg', { creationResult: { clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject), credentialId: made.id,
        authenticatorData: text(made.response.getAuthenticatorData()), publicKey: text(made.response.getPublicKey()),
        publicKeyAlgorithm: made.response.getPublicKeyAlgorithm(), transports: made.response.getTransports() } }];
    },
    async 'passkey:auth'(given, path = 'mfa/passkey/auth') {
      const signed = await navigator.credentials.get({ publicKey: { ...given, challenge: bytes(given.challenge),
        allowCredentials: descriptors(given.allowCredentials) } });
      const { clientDataJSON, authenticatorData, signature, userHandle } = signed.response;
      return [path, { assertionResult: { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData),
        credentialId: signed.id, signature: text(signature), ...(userHandle && { userHandle: text(userHandle) }) } }];
    },
    'passkey:tx': (given) => ceremonies['passkey:auth'](given, 'mfa/passkey/tx'),
  };

  window.wallet = {
    discover: async () => (await call('mfa/discover', { trustItems: { wallet: await trustItem() } })).status,
    async begin() {
      state = undefined;
      const trustItems = { wallet: await trustItem(), merchant: words.get('merchant') };
      const user = { username: '', usernameType: 'other', displayName: '' };
      const { status } = await call('mfa/begin', { deviceInfo: {}, user, trustItems, payload: words.get('order') });
      return status === 200 ? names() : status;
    },
    nextAction: () => ORDER.find((name) => names().includes(name)),
    optionNames: () => (offered(wallet.nextAction()).options ?? []).map(({ name }) => name),
    async replacePayload(payload) {
      const { status } = await call('mfa/payload', { payload });
      return status === 200 ? names() : status;
    },
    async external(token) {
      const { status } = await call('mfa/third-party/verify', { token });
      return [status, names()];
    },
  };
  document.querySelector('button').addEventListener('click', async () => {
    try {
      const action = wallet.nextAction();
      const [path, body] = await ceremonies[action](options(action));
      const { status, answer } = await call(path, body);
      const clientData = (body.assertionResult ?? body.creationResult).clientDataJSON;
      wallet.paid = { action, status, answer, clientData: JSON.parse(new TextDecoder().decode(bytes(clientData))) };
    } catch (error) {
      wallet.paid = { error: String(error) };
    }
  });
</script>`;
