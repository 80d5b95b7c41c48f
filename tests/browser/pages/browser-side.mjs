// What the pages of the LoginID surface have in common: bytes as text, an API's calls, the browser's ceremonies, and keys
// that never leave the browser. Runs in a browser.

export const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
export const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const encoded = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));
export const decoded = (text) => JSON.parse(new TextDecoder().decode(bytes(text)));
export const claims = (jwt) => decoded(jwt.split('.')[1]);

// --- the API --------------------------------------------------------------------

export class ApiError extends Error {
  constructor(status, body) {
    super(`the API answered ${status}`);
    Object.assign(this, { name: 'ApiError', status, body });
  }
}

/** Calls an API: `call(method, path, { body, authorization })` resolves to what it answered, or fails with an ApiError. */
export const connect = (baseUrl) => async (method, path, { body, authorization } = {}) => {
  const headers = { Accept: 'application/json' };
  if (authorization !== undefined) headers.Authorization = authorization;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(`${baseUrl}/fido2/v2${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (response.status === 204) return undefined;
  const json = response.headers.get('content-type')?.startsWith('application/json');
  const answer = json ? await response.json() : await response.text();
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
};

/** The application: by name, else the first label of the base URL's host. */
export function appOf({ appId, baseUrl }) {
  const found = appId ?? /^https?:\/\/([^.]+)\./.exec(baseUrl)?.[1];
  if (!found) throw new Error('no application');
  return found;
}

/** What a page can tell of the device that it is on. The server reads the rest from `User-Agent`. */
export async function deviceInfo(deviceId) {
  const capabilities = (await PublicKeyCredential.getClientCapabilities?.()) ?? {};
  return {
    clientType: 'browser',
    screenWidth: screen.width,
    screenHeight: screen.height,
    ...Object.fromEntries(['clientName', 'clientVersion', 'osName', 'osVersion', 'osArch'].map((name) => [name, ''])),
    hasBluetooth: (await navigator.bluetooth?.getAvailability()) ?? false,
    webauthnCapabilities: JSON.stringify(capabilities),
    ...(deviceId && { deviceId }),
  };
}

// --- ceremonies -----------------------------------------------------------------

const CODES = {
  AbortError: 'ERROR_PASSKEY_ABORTED',
  InvalidStateError: 'ERROR_PASSKEY_EXISTS',
  NotAllowedError: 'ERROR_GENERAL_ERROR',
  SecurityError: 'ERROR_DOMAIN_MISMATCH',
};

/** What the browser said no to, by a code of its own. */
export class PasskeyError extends Error {
  constructor(cause) {
    super('the browser refused', { cause });
    this.code = CODES[cause.name] ?? cause.name;
  }
}

const named = (failure) => {
  throw new PasskeyError(failure);
};
const descriptors = (list) => list?.map(({ id, transports, type }) => ({ id: bytes(id), transports, type }));

export async function create({ challenge, user, excludeCredentials, ...rest }) {
  const publicKey = {
    ...rest,
    challenge: bytes(challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: descriptors(excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey }).catch(named);
  const { response } = made;
  return {
    attestationObject: base64url(response.attestationObject),
    clientDataJSON: base64url(response.clientDataJSON),
    credentialId: made.id,
    publicKey: base64url(response.getPublicKey()),
    publicKeyAlgorithm: response.getPublicKeyAlgorithm(),
    authenticatorData: base64url(response.getAuthenticatorData()),
    transports: response.getTransports(),
  };
}

export async function get({ challenge, allowCredentials, ...rest }, { autoFill = false, abortController } = {}) {
  const publicKey = { ...rest, challenge: bytes(challenge), allowCredentials: descriptors(allowCredentials) };
  const mediation = autoFill ? 'conditional' : undefined;
  const signed = await navigator.credentials.get({ mediation, signal: abortController?.signal, publicKey }).catch(named);
  const { authenticatorData, clientDataJSON, signature, userHandle } = signed.response;
  return {
    authenticatorData: base64url(authenticatorData),
    clientDataJSON: base64url(clientDataJSON),
    credentialId: signed.id,
    signature: base64url(signature),
    ...(userHandle && { userHandle: base64url(userHandle) }),
  };
}

// --- keys that never leave the browser -----------------------------------------

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Runs `use` with the keys of this origin. */
async function withKeys(mode, use) {
  const opening = indexedDB.open('trust', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  const database = await asked(opening);
  try {
    return await asked(use(database.transaction('keys', mode).objectStore('keys')));
  } finally {
    database.close();
  }
}

const known = (store) => withKeys('readonly', (keys) => keys.get(store));

async function identity(store) {
  const found = await known(store);
  if (found) return found;
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const id = [...crypto.getRandomValues(new Uint8Array(25))].map((byte) => letters[byte % letters.length]).join('');
  const made = { id, pair };
  await withKeys('readwrite', (keys) => keys.put(made, store));
  return made;
}

/** Whether the browser remembers that the key of a store was accepted. Fails where the page has no storage. */
export const isMarked = async (store) => (await known(store))?.accepted === true;

export async function mark(store) {
  const found = await known(store);
  await withKeys('readwrite', (keys) => keys.put({ ...found, accepted: true }, store));
}

/** A token signed with the key of a store; '' where the browser gives the page no storage. */
export async function trustItem(store) {
  let own;
  try {
    own = await identity(store);
  } catch {
    return '';
  }
  const jwk = await crypto.subtle.exportKey('jwk', own.pair.publicKey);
  const signed = `${encoded({ alg: 'ES256', jwk })}.${encoded({ id: own.id, exp: Math.floor(Date.now() / 1000) + 60 })}`;
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, own.pair.privateKey, new TextEncoder().encode(signed));
  return `${signed}.${base64url(signature)}`;
}
