// A page that makes the calls of LoginID's web SDK, in the same order and reading the same members, in a real browser with a
// virtual authenticator. The page's origin is not the server's.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { BUILT_IN, launchBrowser } from '../harness/browser.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { startServer } from '../harness/server.mjs';

/** What the page does; it runs in the browser. */
const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A shop</title>
<input autocomplete="username webauthn" aria-label="username">
<script type="module">
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
const decode = (jwt) => JSON.parse(decodeURIComponent(escape(atob(jwt.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))));

class ApiError extends Error {
  constructor(status, body) { super(body?.msg ?? String(status)); Object.assign(this, { status, body }); }
}

window.Sdk = class {
  constructor({ baseUrl, appId }) {
    this.baseUrl = baseUrl;
    this.appId = appId ?? /^https?:\\/\\/(.*?)\\./.exec(baseUrl)[1];
  }
  get cookie() {
    return 'LoginID_' + this.appId + '_token';
  }
  get token() {
    return document.cookie.split('; ').find((it) => it.startsWith(this.cookie + '='))?.slice(this.cookie.length + 1);
  }
  keep({ jwtAccess, deviceId }) {
    const { exp } = decode(jwtAccess);
    if (typeof exp !== 'number') throw new Error('exp is no number');
    document.cookie = this.cookie + '=' + jwtAccess + '; expires=' + new Date(exp * 1000).toUTCString();
    if (deviceId) localStorage.setItem('LoginID_' + this.appId + '_device-id', deviceId);
  }
  get deviceInfo() {
    return {
      clientType: 'browser',
      deviceId: localStorage.getItem('LoginID_' + this.appId + '_device-id') ?? undefined,
      screenHeight: screen.height, screenWidth: screen.width,
      webauthnCapabilities: JSON.stringify({ conditionalGet: true, userVerifyingPlatformAuthenticator: true }),
    };
  }
  async call(method, path, body, token) {
    const response = await fetch(this.baseUrl + '/fido2/v2' + path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined ? {} : { Authorization: token }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.status === 204) return undefined;
    const json = response.headers.get('content-type')?.startsWith('application/json');
    const answer = json ? await response.json() : await response.text();
    if (!response.ok) throw new ApiError(response.status, answer);
    return answer;
  }
  /** A self-signed trust item, as the wallet store makes it. */
  async trust() {
    this.pair ??= await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const jwk = await crypto.subtle.exportKey('jwk', this.pair.publicKey);
    const part = (value) => text(new TextEncoder().encode(JSON.stringify(value)));
    const signed = part({ alg: 'ES256', jwk }) + '.' + part({ id: 'ABCDEFGHIJKLMNOPQRSTUVWXY', exp: Math.floor(Date.now() / 1000) + 60 });
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.pair.privateKey, new TextEncoder().encode(signed));
    return signed + '.' + text(signature);
  }
  async createPasskey(username, authzToken, { securityKey = false, displayName = username } = {}) {
    let token = authzToken || this.token;
    if (token && decode(token).username !== username) token = undefined;
    const begun = await this.call('POST', '/reg/init', {
      app: { id: this.appId }, deviceInfo: this.deviceInfo,
      user: { username, usernameType: 'other', displayName },
      passkeyOptions: securityKey ? { securityKey: true } : {},
      trustItems: { auth: await this.trust() },
    }, token);
    const o = begun.registrationRequestOptions;
    const made = await navigator.credentials.create({ publicKey: {
      attestation: o.attestation, authenticatorSelection: o.authenticatorSelection, challenge: bytes(o.challenge),
      excludeCredentials: o.excludeCredentials.map(({ id, transports, type }) => ({ id: bytes(id), transports, type })),
      extensions: o.extensions, pubKeyCredParams: o.pubKeyCredParams, rp: o.rp, timeout: o.timeout,
      user: { ...o.user, id: bytes(o.user.id) },
    } });
    const r = made.response;
    const result = await this.call('POST', '/reg/complete', {
      creationResult: {
        attestationObject: text(r.attestationObject), clientDataJSON: text(r.clientDataJSON), credentialId: made.id,
        authenticatorData: text(r.getAuthenticatorData()), publicKey: text(r.getPublicKey()),
        publicKeyAlgorithm: r.getPublicKeyAlgorithm(), transports: r.getTransports(),
      },
      session: begun.session,
    });
    this.keep(result);
    return { ...result, action: begun.action };
  }
  async get(options, mediation) {
    const { allowCredentials = [], challenge, rpId, timeout, userVerification } = options;
    const signed = await navigator.credentials.get({ mediation, publicKey: {
      allowCredentials: allowCredentials.map(({ id, transports, type }) => ({ id: bytes(id), transports, type })),
      challenge: bytes(challenge), rpId, timeout, userVerification,
    } });
    const r = signed.response;
    return {
      authenticatorData: text(r.authenticatorData), clientDataJSON: text(r.clientDataJSON), credentialId: signed.id,
      signature: text(r.signature), ...(r.userHandle ? { userHandle: text(r.userHandle) } : {}),
    };
  }
  async authenticateWithPasskey(username = '', { mediation } = {}) {
    const begun = await this.call('POST', '/auth/init', {
      app: { id: this.appId }, deviceInfo: this.deviceInfo, user: { username, usernameType: 'other' },
      trustItems: { auth: await this.trust() },
    });
    if (begun.action !== 'proceed') return { isAuthenticated: false, fallback: [...begun.crossAuthMethods, ...begun.fallbackMethods] };
    const assertionResult = await this.get(begun.assertionOptions, mediation);
    const result = await this.call('POST', '/auth/complete', { assertionResult, session: begun.session });
    this.keep(result);
    return { isAuthenticated: true, ...result, claims: decode(result.jwtAccess) };
  }
  async confirmTransaction(username, txPayload, { txType = 'raw', nonce = crypto.randomUUID() } = {}) {
    const { assertionOptions, session } = await this.call('POST', '/tx/init', { username, txPayload, nonce, txType });
    const a = await this.get(assertionOptions);
    return this.call('POST', '/tx/complete', {
      authenticatorData: a.authenticatorData, clientData: a.clientDataJSON, keyHandle: a.credentialId, session, signature: a.signature,
    });
  }
  async listPasskeys() {
    const passkeys = await this.call('GET', '/passkeys', undefined, this.token ?? '');
    const { rpId, sub } = decode(this.token);
    await PublicKeyCredential.signalAllAcceptedCredentials?.({ rpId, userId: sub, allAcceptedCredentialIds: passkeys.map(({ credentialId }) => credentialId) });
    return { passkeys };
  }
  renamePasskey(id, name) { return this.call('PUT', '/passkeys/' + id, { name }, this.token ?? ''); }
  deletePasskey(id) { return this.call('DELETE', '/passkeys/' + id, undefined, this.token ?? ''); }
  async verifyConfigSettings() {
    try {
      await this.call('POST', '/auth/init', { app: { id: this.appId }, deviceInfo: this.deviceInfo, user: { username: '', usernameType: 'other' } });
      return { isValid: true };
    } catch (error) {
      return { isValid: false, code: error.body?.msgCode, message: error.body?.msg };
    }
  }
  forget() { document.cookie = this.cookie + '=; expires=Thu, 01 Jan 1970 00:00:00 GMT'; }
};
</script>`;

onEachDatabase('The calls of the LoginID web SDK', (engine) => {
  let server, browser, site, origin;
  before(async () => {
    server = await startServer(engine);
    await server.createApp('shop');
    browser = await launchBrowser();
    site = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)).listen(0, '127.0.0.1');
    await once(site, 'listening');
    origin = `http://localhost:${site.address().port}`;
  });
  after(async () => {
    await browser?.close();
    site?.close();
    site?.closeAllConnections();
    await server?.end();
  });

  /** A device at the shop; `call` calls a method of the page's SDK. */
  async function visit({ app = 'shop', baseUrl = `${server.url}/apps/${app}`, appId = app } = {}) {
    const device = await browser.newDevice({ authenticator: BUILT_IN });
    const broken = [];
    device.page.on('pageerror', (error) => broken.push(error.message));
    await device.page.goto(origin);
    await device.page.waitForFunction(() => window.Sdk !== undefined);
    const config = { baseUrl, appId };
    const call = (method, ...words) =>
      device.page.evaluate(
        async ([settings, name, given]) => {
          window.sdk ??= new window.Sdk(settings);
          try {
            return { value: await window.sdk[name](...given) };
          } catch (error) {
            return { status: error.status, body: error.body, error: `${error.name}: ${error.message}` };
          }
        },
        [config, method, words],
      );
    return { device, call, broken };
  }
  const keys = (app) => createRemoteJWKSet(new URL(`http://127.0.0.1:${server.port}/apps/${app}/fido2/v2/.well-known/jwks.json`));

  test('a passkey is made, signs in, confirms, is listed, renamed and deleted', async () => {
    const { device, call, broken } = await visit();
    assert.deepEqual((await call('verifyConfigSettings')).value, { isValid: true });
    const made = await call('createPasskey', 'ada@example.com');
    assert.ok(made.value, JSON.stringify(made));
    assert.equal(made.value.action, 'proceed');
    const issuer = `${server.url}/apps/shop`;
    const { payload } = await jwtVerify(made.value.jwtAccess, keys('shop'), { audience: 'shop', issuer });
    assert.equal(payload.sub, made.value.userId);
    const [stored] = await device.passkeys();
    assert.equal(Buffer.from(stored.userHandle, 'base64').toString('base64url'), payload.sub);

    // The same device is told to sign in, and the browser refuses a second passkey of the same authenticator.
    const again = await call('createPasskey', 'ada@example.com');
    assert.match(again.error, /InvalidStateError/);

    for (const name of ['ada@example.com', '']) {
      const signedIn = await call('authenticateWithPasskey', name);
      assert.equal(signedIn.value?.isAuthenticated, true, JSON.stringify(signedIn));
      assert.equal(signedIn.value.claims.rpId, 'localhost');
      assert.equal(signedIn.value.claims.username, 'ada@example.com');
      assert.equal(signedIn.value.deviceId, made.value.deviceId);
    }

    const confirmed = await call('confirmTransaction', 'ada@example.com', 'Payment of $100 to John Doe 💶');
    assert.ok(confirmed.value, JSON.stringify(confirmed));
    await jwtVerify(confirmed.value.token, keys('shop'), { audience: 'shop' });

    const { value } = await call('listPasskeys');
    assert.equal(value.passkeys.length, 1);
    assert.equal(value.passkeys[0].credentialSynced, false);
    assert.equal(value.passkeys[0].lastUsedFromDevice.clientName, 'Chrome');
    const { id } = value.passkeys[0];
    assert.deepEqual(await call('renamePasskey', id, 'My laptop'), { value: undefined });
    assert.equal((await call('listPasskeys')).value.passkeys[0].name, 'My laptop');
    assert.deepEqual(await call('deletePasskey', id), { value: undefined });
    assert.deepEqual((await call('listPasskeys')).value, { passkeys: [] });
    assert.equal((await call('authenticateWithPasskey', 'ada@example.com')).status, 404);
    await call('forget');
    assert.equal((await call('listPasskeys')).status, 401);
    assert.deepEqual(broken, []);
    await device.close();
  });

  test('a wrong configuration is told by name', async () => {
    const { device, call } = await visit({ baseUrl: server.url, appId: 'nobody' });
    assert.deepEqual((await call('verifyConfigSettings')).value, { isValid: false, code: 'not_found', message: 'There is no such application.' });
    const taken = await visit();
    assert.ok((await taken.call('createPasskey', 'bea')).value);
    await taken.call('forget');
    const stranger = await visit();
    const refused = await stranger.call('createPasskey', 'bea');
    assert.deepEqual([refused.status, refused.body.msgCode], [401, 'unauthorized']);
    for (const opened of [device, taken.device, stranger.device]) await opened.close();
  });

  test('a passkey crosses to the Passwordless surface and back', async () => {
    const { device, call } = await visit({ app: 'test' });
    const made = await call('createPasskey', 'cyd');
    assert.ok(made.value, JSON.stringify(made));
    const client = connect(server);
    const place = { RPID: 'localhost', Origin: origin };
    const begun = await client.page.post('/signin/begin', { userId: made.value.userId, ...place });
    const response = await device.page.evaluate(async (options) => {
      const signed = await window.sdk.get({ ...options, userVerification: 'preferred' });
      return { id: signed.credentialId, rawId: signed.credentialId, type: 'public-key', clientExtensionResults: {},
        response: { authenticatorData: signed.authenticatorData, clientDataJson: signed.clientDataJSON, signature: signed.signature } };
    }, begun.body.data);
    const done = await client.page.post('/signin/complete', { session: begun.body.session, response, ...place });
    assert.equal(done.status, 200, done.text);
    const verified = await client.backend.post('/signin/verify', { token: done.body.data ?? done.body.token });
    assert.equal(verified.body.userId, made.value.userId);
    await device.close();
  });
});
