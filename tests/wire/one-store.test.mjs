// Three surfaces on one store: what one of them makes or forbids holds on the others.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { createAuthenticator, createVisitor } from '../harness/authenticator.mjs';
import { connect, request } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { connectIdeas } from '../harness/ideas.mjs';
import { connectLoginId, createPerson } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SCOPES = 'passkey:write,user:read,user:write';
const MANAGEMENT_KEY = 'the management key of this test';

onEachDatabase('One store', (engine) => {
  let server;
  before(async () => {
    server = await startServer(engine, { environment: { PASSKEYD__MANAGEMENT__KEY: MANAGEMENT_KEY } });
  });
  after(() => server?.end());

  /** A tenant with its three surfaces. */
  async function tenant(app) {
    const keys = await server.createApp(app);
    const { key } = await server.command('key', 'create', '--app', app, '--scope', SCOPES);
    const below = `/apps/${app}`;
    const client = connect({ url: server.url, ...keys });
    return { app, key, client, loginId: connectLoginId(server, { below, app }), ideas: connectIdeas(server, { below }) };
  }

  const page = () => ({ Origin: server.url });
  const standard = ({ response, ...rest }) => ({
    ...rest,
    response: { ...response, clientDataJSON: response.clientDataJson, attestationObject: response.AttestationObject },
  });

  /** Adds a passkey to an account of the Idea Pool; gives the answer. */
  async function addPasskey(ideas, jwt, authenticator) {
    const begun = await ideas.post('/me/passkeys/begin', '', jwt, page());
    const credential = standard(authenticator.create(begun.body.options, { origin: server.url }));
    return ideas.post('/me/passkeys', { session: begun.body.session, credential }, jwt, page());
  }

  async function logIn(ideas, authenticator, { userHandle, ...tamper } = {}) {
    const begun = await ideas.post('/access-tokens/passkey/begin', '', undefined, page());
    const credential = standard(authenticator.get({ allowCredentials: [], ...begun.body.options }, { origin: server.url, ...tamper }));
    const own = authenticator.credentials.get(credential.id).userHandle;
    credential.response.userHandle = userHandle === undefined ? own : (userHandle ?? undefined);
    return ideas.post('/access-tokens/passkey', { session: begun.body.session, credential }, undefined, page());
  }

  test('a user has one handle and one id, wherever it was born', async () => {
    const it = await tenant('handles');
    const authenticator = createAuthenticator();
    const born = (await it.ideas.signUp('ada@example.com')).body;
    assert.equal((await addPasskey(it.ideas, born.jwt, authenticator)).status, 201);
    const visitor = createVisitor(it.client, { authenticator });
    const { body } = await visitor.signIn();
    const { userId } = (await visitor.verify(body.token)).body;
    assert.match(userId, UUID);
    assert.equal([...authenticator.credentials.values()][0].userHandle, userId, 'the handle is what the id decodes to');
    const person = createPerson(it.loginId, { authenticator });
    assert.equal((await person.signIn('ADA@example.com')).body.userId, userId);
    assert.equal(JSON.parse(Buffer.from(born.jwt.split('.')[1], 'base64url')).id, userId);
    const shown = await it.loginId.get('/mgmt/users?username=ada%40example.com', { key: it.key });
    assert.deepEqual([shown.status, shown.body.userId ?? shown.body.user?.userId], [200, userId], shown.text);
  });

  test('a name that means somebody on one surface is nobody else on another', async () => {
    const it = await tenant('names');
    assert.equal((await createVisitor(it.client).register('bea@example.com')).status, 200);
    assert.equal((await createPerson(it.loginId).register('cyd@example.com')).status, 200);
    assert.equal((await it.ideas.signUp('dan@example.com')).status, 201);
    for (const name of ['bea@example.com', 'cyd@example.com', 'CYD@example.com', 'Dan@example.com']) {
      assert.equal((await it.ideas.signUp(name)).status, 409, name);
      assert.equal((await createPerson(it.loginId).beginRegistration(name)).status, 401, name);
    }
    assert.equal((await it.ideas.signUp('Bea@example.com')).status, 201, 'a user id is exact');
  });

  test('users that have neither passkey nor alias are on no list of the Passwordless API, and are there all the same', async () => {
    const it = await tenant('lists');
    const { body } = await it.ideas.signUp('eve@example.com');
    assert.deepEqual((await it.client.backend.get('/users/count')).body, { count: 0 });
    assert.deepEqual((await it.client.backend.get('/users/list')).body.values, []);
    assert.equal((await addPasskey(it.ideas, body.jwt, createAuthenticator())).status, 201);
    assert.deepEqual((await it.client.backend.get('/users/count')).body, { count: 1 });
    const [{ userId }] = (await it.client.backend.get('/users/list')).body.values;
    assert.ok((await it.client.backend.post('/users/delete', { userId })).status < 300);
    assert.equal((await it.ideas.get('/me', body.jwt)).status, 401, 'deleted is deleted everywhere');
    assert.equal((await it.ideas.refresh(body.refresh_token)).status, 401);
    assert.equal((await it.ideas.logIn('eve@example.com')).status, 401);
    assert.equal((await it.ideas.signUp('eve@example.com')).status, 201, 'and its name is free');
  });

  test('a counter never goes down, a zero passes at one surface only, and a handle must be sent at the others', async () => {
    const it = await tenant('counters');
    const authenticator = createAuthenticator();
    const { body } = await it.ideas.signUp('fay@example.com');
    assert.equal((await addPasskey(it.ideas, body.jwt, authenticator)).status, 201);
    assert.equal((await logIn(it.ideas, authenticator, { signCount: 10 })).status, 201);
    for (const tamper of [{ signCount: 9 }, { signCount: 10 }, { signCount: 0 }, { signCount: 20, userHandle: null }, { signCount: 20, userHandle: 'AAAA' }]) {
      assert.equal((await logIn(it.ideas, authenticator, tamper)).status, 401, JSON.stringify(tamper));
    }
    const visitor = createVisitor(it.client, { authenticator });
    assert.equal((await visitor.signIn({}, { signCount: 0 })).status, 200);
    assert.equal((await visitor.signIn({}, { signCount: 10 })).status, 400);
    assert.equal((await logIn(it.ideas, authenticator, { signCount: 11 })).status, 201);
  });

  test('who is not active signs in nowhere, and the passkey is not said to be unknown', async () => {
    const it = await tenant('inactive');
    const authenticator = createAuthenticator();
    const person = createPerson(it.loginId, { authenticator });
    const { body } = await it.ideas.signUp('gus@example.com');
    assert.equal((await addPasskey(it.ideas, body.jwt, authenticator)).status, 201);
    const { userId } = (await person.signIn('gus@example.com')).body;
    assert.equal((await it.loginId.put(`/mgmt/users/${userId}/deactivate`, undefined, { key: it.key })).status, 204);
    const visitor = createVisitor(it.client, { authenticator });
    const passwordless = await visitor.signIn();
    assert.deepEqual([passwordless.status, passwordless.body.errorCode], [400, 'signin_complete_error'], passwordless.text);
    const ended = [
      await it.ideas.get('/me', body.jwt),
      await it.ideas.refresh(body.refresh_token),
      await it.ideas.logIn('gus@example.com'),
      await logIn(it.ideas, authenticator),
    ];
    assert.deepEqual(ended.map(({ status }) => status), [401, 401, 401, 401]);
    assert.ok((await person.signIn()).status >= 400);
    assert.equal((await it.loginId.put(`/mgmt/users/${userId}/activate`, undefined, { key: it.key })).status, 204);
    assert.equal((await logIn(it.ideas, authenticator)).status, 201);
  });

  test('a model on the blacklist makes no passkeys and signs in nowhere', async () => {
    const it = await tenant('models');
    const authenticator = createAuthenticator();
    const { body } = await it.ideas.signUp('hal@example.com');
    assert.equal((await addPasskey(it.ideas, body.jwt, authenticator)).status, 201);
    const items = [{ aaguid: '00000000-0000-0000-0000-000000000000', reg: true, auth: true }];
    assert.equal((await it.loginId.post('/mgmt/aaguid/blacklist', { items }, { key: it.key })).status, 204);
    const made = await addPasskey(it.ideas, body.jwt, createAuthenticator());
    assert.ok(made.status === 400 || made.status === 403, made.text);
    assert.equal((await logIn(it.ideas, authenticator)).status, 401);
    const visitor = createVisitor(it.client, { authenticator });
    assert.equal((await visitor.signIn()).status, 400);
    assert.equal((await createVisitor(it.client).register('ida')).status, 400);
  });

  test('a frozen tenant answers nobody, and thaws whole', async () => {
    const it = await tenant('frozen');
    const { body } = await it.ideas.signUp('jan@example.com');
    const freeze = (word) => request(`${server.url}/admin/apps/frozen/${word}`, { method: 'POST', headers: { ManagementKey: MANAGEMENT_KEY } });
    const asked = async () => [
      (await it.ideas.get('/me', body.jwt)).status,
      (await it.ideas.refresh(body.refresh_token)).status,
      (await it.ideas.logIn('jan@example.com')).status,
      (await it.loginId.post('/auth/init', { app: { id: 'frozen' }, deviceInfo: {}, user: { username: '' } })).status,
      (await it.loginId.get('/mgmt/users?username=jan%40example.com', { key: it.key })).status,
      (await it.client.backend.get('/users/count')).status,
    ];
    assert.deepEqual(await asked(), [200, 200, 201, 200, 200, 200]);
    const frozen = await freeze('freeze');
    assert.ok(frozen.status < 300, frozen.text);
    const deadline = Date.now() + 1_500;
    let answers;
    do answers = await asked();
    while (answers.some((status) => status !== 401) && Date.now() < deadline);
    assert.deepEqual(answers, [401, 401, 401, 401, 401, 401]);
    await freeze('unfreeze');
    const thawed = Date.now() + 1_500;
    do answers = await asked();
    while (answers.some((status) => status >= 400) && Date.now() < thawed);
    assert.deepEqual(answers, [200, 200, 201, 200, 200, 200]);
  });
});
