// The LoginID surface as its web SDK and a back end speak to it, with a software authenticator in the place of a browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createAuthenticator } from './authenticator.mjs';
import { request } from './client.mjs';

/** The key that `serve --dev` prints. */
export const API_KEY = 'lid_for-development-only-known-to-everybody0001';

/** Asserts a refusal of the surface: its status, its code, and what every refusal has. */
export function assertRefusal({ status, body, text, headers }, expected, code) {
  assert.equal(status, expected, text);
  assert.match(headers['content-type'], /^application\/json/);
  assert.deepEqual(Object.keys(body).sort(), ['msg', 'msgCode']);
  assert.equal(body.msgCode, code);
  assert.ok(typeof body.msg === 'string' && body.msg.length > 0);
}

/** What went to the file for codes, of a server without mail. */
export async function sentCodes(server) {
  const text = await readFile(join(server.dataDir, 'otp-outbox.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** Calls of the surface of one application. `below` names the tenant in the URL, such as `/apps/acme`. */
export function connectLoginId({ url }, { below = '', app = 'test' } = {}) {
  const base = `${url}${below}`;
  const call = (method, path, { body, token, key, headers = {} } = {}) =>
    request(`${base}/fido2/v2${path}`, {
      method,
      body,
      headers: {
        ...(token === undefined ? {} : { Authorization: token }),
        ...(key === undefined ? {} : { Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` }),
        ...headers,
      },
    });
  return {
    url,
    base,
    app,
    get: (path, options) => call('GET', path, options),
    post: (path, body, options) => call('POST', path, { body, ...options }),
    put: (path, body, options) => call('PUT', path, { body, ...options }),
    delete: (path, options) => call('DELETE', path, options),
    call,
  };
}

/** What a browser's `create` gave, as the SDK sends it. */
export function creationResult(made, extra = {}) {
  return {
    clientDataJSON: made.response.clientDataJson,
    attestationObject: made.response.AttestationObject,
    credentialId: made.id,
    transports: ['internal'],
    ...extra,
  };
}

/** What a browser's `get` gave, as the SDK sends it. */
export function assertionResult(signed, userHandle) {
  return {
    clientDataJSON: signed.response.clientDataJson,
    authenticatorData: signed.response.authenticatorData,
    credentialId: signed.id,
    signature: signed.response.signature,
    ...(userHandle === undefined ? {} : { userHandle }),
  };
}

/** A person at a page of an application. */
export function createPerson(api, { origin = api.url, authenticator = createAuthenticator(), deviceInfo = {} } = {}) {
  const app = { id: api.app };
  return {
    authenticator,
    beginRegistration: (username, { token, ...extra } = {}) =>
      api.post('/reg/init', { app, deviceInfo, user: username === undefined ? undefined : { username, usernameType: 'other' }, passkeyOptions: {}, trustItems: {}, ...extra }, { token }),
    completeRegistration(begun, tamper = {}, extra = {}) {
      const made = authenticator.create(begun.body.registrationRequestOptions, { origin, ...tamper });
      return api.post('/reg/complete', { session: begun.body.session, creationResult: creationResult(made), ...extra });
    },
    async register(username, options = {}) {
      const begun = await this.beginRegistration(username, options);
      return begun.status === 200 ? this.completeRegistration(begun) : begun;
    },
    beginSignIn: (username = '', extra = {}) =>
      api.post('/auth/init', { app, deviceInfo, user: { username, usernameType: 'other' }, trustItems: {}, ...extra }),
    completeSignIn(begun, tamper = {}, extra = {}) {
      const signed = authenticator.get(begun.body.assertionOptions, { origin, ...tamper });
      const { userHandle } = authenticator.credentials.get(signed.id);
      return api.post('/auth/complete', { session: begun.body.session, assertionResult: assertionResult(signed, userHandle), ...extra });
    },
    async signIn(username = '') {
      return this.completeSignIn(await this.beginSignIn(username));
    },
    beginTransaction: (username, txPayload, extra = {}) =>
      api.post('/tx/init', { username, txPayload, txType: 'raw', nonce: 'f846bb01-492e-422b-944a-44b04adc441e', ...extra }),
    completeTransaction(begun, tamper = {}) {
      const { response, id } = authenticator.get(begun.body.assertionOptions, { origin, ...tamper });
      return api.post('/tx/complete', {
        session: begun.body.session,
        keyHandle: id,
        clientData: response.clientDataJson,
        authenticatorData: response.authenticatorData,
        signature: response.signature,
      });
    },
  };
}
