// The page of the Idea Pool. It speaks to the API from another origin, as a page of any application does: where it was
// loaded from localhost, the API is asked at 127.0.0.1, and the other way round.

const MEMORY = 'passkeyd-ideas';
const PAGE = 10;

const api = new URL(location.href);
api.hostname = location.hostname === '127.0.0.1' ? 'localhost' : '127.0.0.1';

const at = (id) => document.getElementById(id);
let grant = JSON.parse(sessionStorage.getItem(MEMORY) ?? 'null');
let signingUp = false;
let page = 1;
let edited; // the idea that the form changes, if it changes one

class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

// --- the API ----------------------------------------------------------------

async function send(method, path, body) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (grant) headers['X-Access-Token'] = grant.jwt;
  const response = await fetch(api.origin + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  if (!response.ok) throw new Refused(response.status, answer?.reason ?? `The server answered ${response.status}.`);
  return answer;
}

/** Asks for what only a signed-in person may ask for; an access token that ended is renewed once. */
async function ask(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (error) {
    if (error.status !== 401 || !grant) throw error;
  }
  try {
    const renewed = await send('POST', '/access-tokens/refresh', { refresh_token: grant.refresh_token });
    remember({ ...grant, ...renewed });
  } catch (error) {
    if (error.status === 401) remember(null);
    throw error;
  }
  return send(method, path, body);
}

function remember(held) {
  grant = held;
  if (held) sessionStorage.setItem(MEMORY, JSON.stringify(held));
  else sessionStorage.removeItem(MEMORY);
}

// --- what is shown ----------------------------------------------------------

function say(text) {
  at('message').hidden = !text;
  at('message-text').textContent = text ?? '';
}

/** Does what a button asks for, once at a time, and shows why where it could not be done. */
function upon(id, event, action) {
  at(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    const buttons = [...document.querySelectorAll('button:not(:disabled)')];
    buttons.forEach((button) => (button.disabled = true));
    say();
    try {
      await action();
    } catch (error) {
      say(error.name === 'NotAllowedError' ? 'The passkey was not used.' : error.message);
      if (!grant) show();
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  });
}

async function show() {
  at('door').hidden = Boolean(grant);
  at('room').hidden = at('list').hidden = !grant;
  if (!grant) return;
  const me = await ask('GET', '/me');
  at('room-title').textContent = `Hello, ${me.name}`;
  await showIdeas();
}

async function showIdeas() {
  const ideas = await ask('GET', `/ideas?page=${page}`);
  at('ideas').replaceChildren(...ideas.map(row));
  at('none').hidden = ideas.length > 0 || page > 1;
  at('page').textContent = `Page ${page}`;
  at('back').hidden = page === 1;
  at('more').hidden = ideas.length < PAGE;
}

function row(idea) {
  const made = document.createElement('li');
  const part = (name, text, className) => {
    const element = document.createElement(name);
    element.textContent = text;
    element.className = className;
    made.append(element);
    return element;
  };
  part('span', idea.average_score.toFixed(1), 'score');
  part('span', idea.content, 'content');
  const change = part('button', 'Change', 'second');
  const drop = part('button', 'Delete', 'second');
  change.id = `change-${idea.id}`;
  drop.id = `delete-${idea.id}`;
  queueMicrotask(() => {
    upon(change.id, 'click', async () => edit(idea));
    upon(drop.id, 'click', async () => {
      await ask('DELETE', `/ideas/${idea.id}`);
      await showIdeas();
    });
  });
  return made;
}

function edit(idea) {
  edited = idea;
  for (const field of at('idea').elements) {
    if (field.name) field.value = idea ? idea[field.name] : field.defaultValue;
  }
  at('keep').textContent = idea ? 'Change it' : 'Keep it';
}

// --- what can be done -------------------------------------------------------

function knock(asNew) {
  signingUp = asNew;
  at('door-title').textContent = at('enter').textContent = signingUp ? 'Sign up' : 'Log in';
  at('other').textContent = signingUp ? 'Been here before?' : 'New here?';
  at('name-field').hidden = !signingUp;
  at('with-passkey').hidden = signingUp;
  at('password').autocomplete = signingUp ? 'new-password' : 'current-password';
}

upon('other', 'click', async () => knock(!signingUp));

upon('log-in', 'submit', async () => {
  const { email, name, password } = Object.fromEntries(new FormData(at('log-in')));
  remember(await (signingUp
    ? send('POST', '/users', { email, name, password })
    : send('POST', '/access-tokens', { email, password })));
  at('password').value = '';
  await show();
});

upon('with-passkey', 'click', async () => {
  const { session, options } = await send('POST', '/access-tokens/passkey/begin');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  remember(await send('POST', '/access-tokens/passkey', { session, credential: credential.toJSON() }));
  await show();
});

upon('add-passkey', 'click', async () => {
  const { session, options } = await ask('POST', '/me/passkeys/begin');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  await ask('POST', '/me/passkeys', { session, credential: credential.toJSON(), name: 'Made on the demo page' });
  at('add-passkey').textContent = 'Passkey added';
});

upon('log-out', 'click', async () => {
  await ask('DELETE', '/access-tokens', { refresh_token: grant.refresh_token });
  remember(null);
  knock(false);
  edit();
  page = 1;
  await show();
});

upon('idea', 'submit', async () => {
  const { content, ...scores } = Object.fromEntries(new FormData(at('idea')));
  const idea = { content };
  for (const [name, text] of Object.entries(scores)) idea[name] = text === '' ? null : Number(text);
  if (edited) await ask('PUT', `/ideas/${edited.id}`, idea);
  else await ask('POST', '/ideas', idea);
  edit();
  page = 1;
  await showIdeas();
});

upon('back', 'click', async () => {
  page -= 1;
  await showIdeas();
});

upon('more', 'click', async () => {
  page += 1;
  await showIdeas();
});

at('api').textContent = api.origin;
show().catch((error) => {
  say(error.message);
  if (!grant) show();
});
