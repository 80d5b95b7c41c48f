// The demo page. It speaks to the public API in the browser SDK's wire format, and to three helpers
// of the development server that stand in for an application's own back end:
//
//   GET  /demo/api/config                       -> { apiUrl, apiKey, rpId }
//   POST /demo/api/register-token { username }  -> { token, userId }
//   POST /demo/api/verify { token }             -> the answer of /signin/verify

const AUTOFILL_RENEWAL_MS = 4 * 60 * 1000; // before the sign-in session behind it ends
const MEMORY = 'passkeyd-demo-users';

const at = (id) => document.getElementById(id);
let config;
let busy = false;
let autofill; // aborts the sign-in that waits in the name field, if one does

// --- bytes ------------------------------------------------------------------

function toBytes(base64url) {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function toBase64url(buffer) {
  const text = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

// --- what happened ----------------------------------------------------------

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function chapter(title) {
  at('empty').hidden = true;
  const row = element('li', title, 'chapter');
  at('steps').append(row);
  const rows = [row];
  return {
    step(title, who) {
      const step = newStep(title, who);
      rows.push(step.row);
      return step;
    },
    remove() {
      rows.forEach((row) => row.remove());
      at('empty').hidden = at('steps').children.length > 0;
    },
  };
}

/** One line of the log, open for details: `asked` and `answered` fill it, `good` or `bad` closes it. */
function newStep(title, who) {
  const row = element('li');
  const details = element('details');
  const summary = element('summary');
  const mark = element('span', '…', 'mark');
  const what = element('span', title, 'what');
  const status = element('span', '', 'status');
  const body = element('div');
  what.append(element('small', who));
  summary.append(mark, what, status);
  details.append(summary, body);
  row.append(details);
  at('steps').append(row);
  const started = performance.now();

  const show = (heading, text) => body.append(element('h3', heading), element('pre', text));
  const end = (kind, sign, note) => {
    row.className = kind;
    mark.textContent = sign;
    status.textContent = [note, `${Math.round(performance.now() - started)} ms`].filter(Boolean).join(' · ');
  };
  return {
    row,
    asked: (text) => show('Request', text),
    answered: (text) => show('Answer', text),
    good: (note) => end('good', '✓', note),
    bad: (note) => end('bad', '✗', note),
  };
}

const pretty = (value) => JSON.stringify(value, null, 2);

// --- the server -------------------------------------------------------------

/** An answer of the server that is an error: its problem document. */
class Refusal extends Error {
  constructor(status, problem) {
    super(problem.title ?? `The server answered ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The server did not answer at all. */
class Unreachable extends Error {}

async function post(step, path, body, headers = {}) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  step.asked([`POST ${path}`, ...lines, '', pretty(body)].join('\n'));
  let response;
  try {
    response = await fetch(apiUrl() + path, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch (error) {
    step.bad('no answer');
    throw new Unreachable(error.message);
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  step.answered(answer === undefined ? text : pretty(answer));
  if (!response.ok) {
    step.bad(String(response.status));
    throw new Refusal(response.status, answer ?? {});
  }
  step.good(String(response.status));
  return answer;
}

/** The page may only reach its own origin, which is also where the API is. */
function apiUrl() {
  const url = new URL(config.apiUrl, location.href);
  return url.origin === location.origin ? url.href.replace(/\/+$/, '') : location.origin;
}

const api = (step, path, body) =>
  post(step, path, body, { ApiKey: config.apiKey, 'Client-Version': 'demo-1.0.0' });

const place = () => ({ RPID: config.rpId, Origin: location.origin });

// --- the device -------------------------------------------------------------

function describe(credential) {
  const { response } = credential;
  const data = new Uint8Array(response.authenticatorData ?? response.getAuthenticatorData?.() ?? []);
  const flags = [
    [0x01, 'user present'],
    [0x04, 'user verified'],
    [0x08, 'may be synced'],
    [0x10, 'is synced'],
  ].filter(([bit]) => data[32] & bit);
  return pretty({
    id: credential.id,
    authenticator: credential.authenticatorAttachment ?? 'not told',
    flags: flags.map(([, words]) => words),
    signCount: data.length > 36 ? new DataView(data.buffer, data.byteOffset).getUint32(33) : undefined,
    clientData: JSON.parse(new TextDecoder().decode(response.clientDataJSON)),
    extensions: credential.getClientExtensionResults(),
  });
}

/** Autofill ended without a choice, which is nobody's mistake. */
class NothingChosen extends Error {}

async function ask(step, options, request, waiting) {
  step.asked(pretty(options));
  let credential;
  try {
    credential = await request();
  } catch (error) {
    if (waiting) throw new NothingChosen(error.name);
    step.bad(error.name);
    throw error;
  }
  step.answered(describe(credential));
  step.good();
  return credential;
}

// --- the two ceremonies -----------------------------------------------------

async function register(username) {
  const log = chapter(`A passkey for “${username}”`);
  const { token, userId } = await post(
    log.step('Allow this person to register', 'your back end → passkeyd, with the secret key: /register/token'),
    '/demo/api/register-token',
    { username },
  );
  const { data, session } = await api(
    log.step('Ask how the passkey should be made', 'browser → passkeyd: /register/begin'),
    '/register/begin',
    { token, ...place() },
  );
  const publicKey = {
    ...data,
    challenge: toBytes(data.challenge),
    user: { ...data.user, id: toBytes(data.user.id) },
    excludeCredentials: data.excludeCredentials?.map((known) => ({ ...known, id: toBytes(known.id) })),
  };
  const credential = await ask(log.step('Make the passkey', 'browser ↔ your device'), data, () =>
    navigator.credentials.create({ publicKey }),
  );
  const { response } = credential;
  const completed = await api(
    log.step('Hand in its public key', 'browser → passkeyd: /register/complete'),
    '/register/complete',
    {
      session,
      response: {
        ...wireCredential(credential),
        response: {
          AttestationObject: toBase64url(response.attestationObject),
          clientDataJson: toBase64url(response.clientDataJSON),
          transports: response.getTransports?.() ?? [],
        },
      },
      nickname: 'demo page',
      ...place(),
    },
  );
  remember(userId, username);
  return verify(log, completed.token);
}

/** Signs in; `waiting` makes it wait in the name field, as autofill. */
async function signIn({ userId, log, waiting }) {
  const { data, session } = await api(
    log.step('Ask for a challenge', 'browser → passkeyd: /signin/begin'),
    '/signin/begin',
    { userId, ...place() },
  );
  waiting?.signal.throwIfAborted();
  const publicKey = {
    ...data,
    challenge: toBytes(data.challenge),
    allowCredentials: data.allowCredentials?.map((known) => ({ ...known, id: toBytes(known.id) })),
  };
  const device = log.step(
    waiting ? 'Wait until a passkey is chosen in the name field' : 'Sign the challenge with the passkey',
    'browser ↔ your device',
  );
  const mediated = waiting ? { mediation: 'conditional', signal: waiting.signal } : {};
  const credential = await ask(device, data, () => navigator.credentials.get({ publicKey, ...mediated }), waiting);
  if (waiting) begin();
  const { response } = credential;
  const completed = await api(
    log.step('Hand in the signature', 'browser → passkeyd: /signin/complete'),
    '/signin/complete',
    {
      session,
      response: {
        ...wireCredential(credential),
        response: {
          authenticatorData: toBase64url(response.authenticatorData),
          clientDataJson: toBase64url(response.clientDataJSON),
          signature: toBase64url(response.signature),
        },
      },
      ...place(),
    },
  );
  return verify(log, completed.token);
}

function wireCredential(credential) {
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function verify(log, token) {
  const step = log.step('Check who signed in', 'your back end → passkeyd, with the secret key: /signin/verify');
  return post(step, '/demo/api/verify', { token });
}

/** Offers this site's passkeys in the name field's suggestions, until something else is begun. */
async function offerAutofill() {
  if (busy || autofill || !(await window.PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  if (busy || autofill) return;
  at('autofill').textContent =
    'Touch the name field to see the passkeys that your device knows, or leave it empty and sign in.';
  const waiting = new AbortController();
  const log = chapter('Autofill');
  autofill = waiting;
  const renewal = setTimeout(() => {
    stopAutofill();
    offerAutofill();
  }, AUTOFILL_RENEWAL_MS);
  try {
    welcome(await signIn({ log, waiting }));
  } catch (error) {
    if (waiting.signal.aborted || error instanceof NothingChosen) log.remove();
    else explain(error);
  } finally {
    clearTimeout(renewal);
    if (autofill === waiting) {
      autofill = undefined;
      finish();
    }
  }
}

function stopAutofill() {
  autofill?.abort();
  autofill = undefined;
}

// --- who is known here ------------------------------------------------------

// The server never stores a user's name, so the browser keeps it: user id -> name.
function known() {
  try {
    return JSON.parse(localStorage.getItem(MEMORY)) ?? {};
  } catch {
    return {};
  }
}

function remember(userId, username) {
  try {
    localStorage.setItem(MEMORY, JSON.stringify({ ...known(), [userId]: username }));
  } catch {
    // Storage is off: the name is shown as the user id.
  }
}

// --- what is wrong, in plain words -------------------------------------------

const DEVICE_TROUBLE = {
  NotAllowedError: [
    'Nothing was chosen',
    'The request was cancelled or took too long, or this device has no passkey for this site.',
  ],
  InvalidStateError: ['There is one already', 'This device already has a passkey for this name. Sign in with it.'],
  SecurityError: [
    'The browser refuses passkeys at this address',
    'A passkey belongs to one site, and this page is not on it. Open the page at the address that the server printed.',
  ],
  NotSupportedError: ['Your device cannot do this', 'It supports none of the kinds of passkey that were asked for.'],
  ConstraintError: ['Your device cannot do this', 'It cannot store a passkey, or has no screen lock to check who you are.'],
};

const REFUSAL_ADVICE = {
  unknown_credential: 'The server does not know this passkey: it was deleted there, or the server began with an empty database. Make a new one.',
  expired_token: 'It took too long. Try again.',
  api_key_locked: 'The demo key is locked: unlock it with “passkeyd key unlock”.',
};

function explain(error) {
  if (error instanceof Refusal) {
    const { errorCode, errors, detail, credentialId } = error.problem;
    if (errorCode === 'unknown_credential') {
      const unknown = { rpId: config.rpId, credentialId };
      window.PublicKeyCredential.signalUnknownCredential?.(unknown).catch(() => {});
    }
    const reasons = Object.values(errors ?? {}).flat().join(' ');
    say(`The server refused: ${error.message}`, REFUSAL_ADVICE[errorCode] ?? detail ?? reasons);
  } else if (error instanceof Unreachable) {
    say('The server does not answer', 'Is passkeyd still running?');
  } else {
    const [title, text] = DEVICE_TROUBLE[error.name] ?? ['That did not work', `${error.name}: ${error.message}`];
    say(title, text);
  }
}

function say(title, text) {
  at('message-title').textContent = title;
  at('message-text').textContent = text;
  at('message').hidden = false;
}

/** Says why nothing can be tried here, and where it can. */
function block(title, text, link) {
  at('trouble-title').textContent = title;
  at('trouble-text').textContent = text;
  if (link) {
    at('trouble-link').href = link;
    at('trouble-link').textContent = `Open ${link}`;
    at('trouble-link').hidden = false;
  }
  at('trouble').hidden = false;
  for (const control of [at('username'), at('register'), at('signin')]) control.disabled = true;
}

// --- the page ---------------------------------------------------------------

function begin() {
  busy = true;
  at('message').hidden = true;
  at('welcome').hidden = true;
  for (const button of [at('register'), at('signin')]) button.disabled = true;
}

function finish() {
  busy = false;
  for (const button of [at('register'), at('signin')]) button.disabled = false;
}

async function run(work) {
  stopAutofill();
  begin();
  try {
    welcome(await work());
  } catch (error) {
    explain(error);
  } finally {
    finish();
  }
}

function welcome(verified) {
  at('welcome-title').textContent = `Signed in as ${known()[verified.userId] ?? verified.userId}`;
  const facts = {
    'User id': verified.userId,
    Passkey: verified.credentialId,
    Device: verified.device,
    Time: new Date(verified.timestamp).toLocaleString(),
    Type: verified.type,
    Site: verified.rpId,
  };
  const rows = Object.entries(facts).filter(([, value]) => value);
  at('facts').replaceChildren(...rows.flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
  at('form').hidden = true;
  at('welcome').hidden = false;
}

function typedName() {
  return at('username').value.trim();
}

at('register').addEventListener('click', () => {
  const username = typedName();
  if (username) return run(() => register(username));
  say('Who are you?', 'Type a name first: your device shows it beside the passkey.');
  at('username').focus();
});

at('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const username = typedName();
  if (!username) return run(() => signIn({ log: chapter('Sign in with any passkey') }));
  const userId = Object.entries(known()).findLast(([, name]) => name === username)?.[0];
  if (userId) return run(() => signIn({ userId, log: chapter(`Sign in as “${username}”`) }));
  say('This name is not known here', 'No passkey was made in this browser under it. Make one, or leave the name empty to choose among the passkeys that your device knows.');
});

at('again').addEventListener('click', () => {
  at('welcome').hidden = true;
  at('form').hidden = false;
  at('username').focus();
});

at('username').addEventListener('focus', () => {
  if (config && !at('username').disabled) offerAutofill();
});

async function start() {
  try {
    const response = await fetch('/demo/api/config');
    if (!response.ok) throw new Error(String(response.status));
    config = await response.json();
  } catch {
    block('The server does not answer', 'Is passkeyd still running? Reload this page when it is.');
    return;
  }
  const port = location.port ? `:${location.port}` : '';
  const proper = `${location.protocol}//${config.rpId}${port}/demo`;
  const fits = location.hostname === config.rpId || location.hostname.endsWith(`.${config.rpId}`);
  if (!fits) {
    block('Passkeys belong to another address', `They are made for “${config.rpId}”, and this page was opened at “${location.hostname}”.`, proper);
  } else if (!window.isSecureContext) {
    block('This address is not secure', 'Browsers offer passkeys only over HTTPS and on localhost.');
  } else if (!window.PublicKeyCredential) {
    block('This browser has no passkeys', 'It lacks the Web Authentication API. Any current browser has it.');
  } else {
    await offerAutofill();
  }
}

start();
