// Two tenants of one server: whatever the keys and tokens of the one ask for, nothing of the other is shown or changed.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { createVisitor } from '../harness/authenticator.mjs';
import { connect, request } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { connectLoginId, createPerson } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const SCOPES = 'passkey:read,passkey:write,profile:read,profile:write,reg:write,auth:write,user:read,user:write,external:verify';

onEachDatabase('Tenants', (engine) => {
  let server, mine, theirs;
  before(async () => {
    server = await startServer(engine);
    [mine, theirs] = [await tenant('mine'), await tenant('theirs')];
    await fill(theirs, 'theirs@example.com');
    await fill(mine, 'mine@example.com');
  });
  after(() => server?.end());

  async function tenant(app) {
    const keys = await server.createApp(app);
    await server.command('app', 'set', app, 'eventLoggingIsEnabled=true');
    const { key } = await server.command('key', 'create', '--app', app, '--scope', SCOPES);
    const client = connect({ url: server.url, ...keys });
    const api = connectLoginId(server, { below: `/apps/${app}`, app });
    return { app, ...keys, key, client, visitor: createVisitor(client), api, person: createPerson(api) };
  }

  /** Gives a tenant one of everything. */
  async function fill(it, name) {
    assert.equal((await it.visitor.register(it.app)).status, 200);
    [it.credential] = it.visitor.authenticator.credentials.keys();
    const set = await it.client.backend.post('/alias', { userId: it.app, aliases: [`alias-of-${it.app}`], hashing: false });
    assert.equal(set.status, 204, set.text);
    it.made = (await it.person.register(name)).body;
    assert.ok(it.made.jwtAccess, JSON.stringify(it.made));
    it.name = name;
    const user = await scim(it, 'POST', '/Users', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: `scim-${name}` });
    assert.equal(user.status, 201, user.text);
    const group = await scim(it, 'POST', '/Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: `group of ${it.app}`, members: [{ value: user.body.id }] });
    assert.equal(group.status, 201, group.text);
    Object.assign(it, { scimUser: user.body.id, group: group.body.id });
  }

  const scim = ({ key }, method, path, body) =>
    request(`${server.url}/scim/v2${path}`, { method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/scim+json' }, body: body && JSON.stringify(body) });

  test('a secret key shows nothing of another tenant', async () => {
    const { backend } = mine.client;
    assert.deepEqual((await backend.get('/credentials/list?userId=theirs')).body.values, []);
    assert.deepEqual((await backend.get('/alias/list?userId=theirs')).body.values ?? [], []);
    for (const path of ['/users/list', '/events?pageNumber=1', '/users/count', '/credentials/list?userId=mine']) {
      const { status, text } = await backend.get(path);
      assert.equal(status, 200, text);
      assert.ok(!text.includes('theirs'), `${path}: ${text}`);
    }
    assert.deepEqual((await backend.get('/users/count')).body, (await theirs.client.backend.get('/users/count')).body);
  });

  test('a secret key changes nothing of another tenant', async () => {
    const { backend } = mine.client;
    const unknown = await backend.post('/credentials/delete', { credentialId: theirs.credential });
    assert.deepEqual([unknown.status, unknown.body.errorCode], [400, 'unknown_credential']);
    const renamed = await backend.post('/credentials/rename', { credentialId: theirs.credential, nickname: 'taken' });
    assert.ok(renamed.status >= 400 && renamed.status < 500, renamed.text);
    await backend.post('/users/delete', { userId: 'theirs' });
    await backend.post('/alias', { userId: 'mine', aliases: ['alias-of-theirs'], hashing: false });
    const named = await theirs.client.page.post('/signin/begin', { alias: 'alias-of-theirs', ...theirs.visitor.place });
    assert.equal(named.body.data.allowCredentials.length, 1);
    const { body } = await theirs.visitor.signIn({ userId: 'theirs' });
    assert.equal((await theirs.visitor.verify(body.token)).status, 200);
  });

  test('tokens and sessions of one tenant are nothing in another, at any of their ends', async () => {
    const { visitor, client } = mine;
    const registering = await theirs.visitor.registerToken('theirs');
    assert.equal((await visitor.beginRegistration(registering)).status, 400);
    const begun = await theirs.visitor.beginRegistration(registering);
    assert.equal((await visitor.completeRegistration(begun)).status, 400);
    const signIn = await theirs.visitor.beginSignIn({ userId: 'theirs' });
    const crossed = createVisitor(client, { authenticator: theirs.visitor.authenticator });
    assert.equal((await crossed.completeSignIn(signIn)).status, 400);
    const { body } = await theirs.visitor.signIn({ userId: 'theirs' });
    assert.equal((await visitor.verify(body.token)).status, 400);
    assert.equal((await theirs.visitor.verify(body.token)).status, 200);
    const unnamed = await crossed.signIn({}, { id: theirs.credential });
    assert.deepEqual([unnamed.status, unnamed.body.errorCode], [400, 'unknown_credential']);
    assert.deepEqual((await client.page.post('/signin/begin', { userId: 'theirs', ...visitor.place })).body.data.allowCredentials, []);
  });

  test('an API key shows and changes nothing of another tenant', async () => {
    const { api, key } = mine;
    const { made } = theirs;
    const calls = [
      ['GET', `/mgmt/passkeys/${made.passkeyId}`],
      ['PUT', `/mgmt/passkeys/${made.passkeyId}`, { passkeyName: 'taken' }],
      ['DELETE', `/mgmt/passkeys/${made.passkeyId}`],
      ['GET', `/mgmt/devices/${made.deviceId}`],
      ['GET', `/mgmt/users?username=${encodeURIComponent(theirs.name)}`],
      ['POST', `/profile/${made.userId}/email`, { email: 'taken@example.com', requestVerification: false }],
      ['POST', `/profile/${made.userId}/phone`, { phoneNumber: '+46701234567', messagingConsent: true, requestVerification: false }],
      ['DELETE', `/profile/${made.userId}/email`, { email: theirs.name }],
      ['DELETE', `/profile/${made.userId}`],
    ];
    for (const [method, path, body] of calls) {
      const answer = await api.call(method, path, { body, key });
      assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
      assert.ok(!answer.text.includes('theirs'), answer.text);
      const elsewhere = await theirs.api.call(method, path, { body, key });
      assert.equal(elsewhere.status, 401, `${method} ${path} at the other tenant: ${elsewhere.text}`);
    }
    const verified = await api.post('/mgmt/token/verify', { jwtAccess: made.jwtAccess }, { key });
    assert.ok(verified.status >= 400 && verified.status < 500, verified.text);
    assert.equal((await theirs.api.get(`/mgmt/passkeys/${made.passkeyId}`, { key: theirs.key })).status, 200);
    assert.equal((await theirs.person.signIn(theirs.name)).status, 200);
  });

  test("a person's token and session open nothing of another tenant", async () => {
    const { made, api } = mine;
    const token = made.jwtAccess;
    for (const [method, path, body] of [
      ['PUT', `/passkeys/${theirs.made.passkeyId}`, { name: 'taken' }],
      ['DELETE', `/passkeys/${theirs.made.passkeyId}`],
    ]) {
      assert.equal((await api.call(method, path, { token, body })).status, 404, path);
      assert.equal((await theirs.api.call(method, path, { token, body })).status, 401, path);
    }
    assert.equal((await theirs.api.get('/passkeys', { token })).status, 401);
    const signIn = await theirs.person.beginSignIn(theirs.name);
    const crossed = createPerson(api, { authenticator: theirs.person.authenticator });
    assert.equal((await crossed.completeSignIn(signIn)).status, 400);
    assert.equal((await api.post('/auth/init', { app: { id: 'mine' }, deviceInfo: {}, user: { username: theirs.name, usernameType: 'other' }, trustItems: {} })).status, 404);
    const several = await theirs.api.post('/mfa/begin', { deviceInfo: {}, user: { username: theirs.name, usernameType: 'other' }, trustItems: {} });
    const session = several.body.session ?? several.body.nextSession;
    assert.equal(typeof session, 'string', several.text);
    const step = await api.post('/mfa/passkey/auth', { assertionResult: {} }, { token: session });
    assert.equal(step.status, 401, step.text);
  });

  test('a directory sees its own people and groups only', async () => {
    for (const [method, path, body] of [
      ['GET', `/Users/${theirs.scimUser}`],
      ['PUT', `/Users/${theirs.scimUser}`, { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'taken' }],
      ['PATCH', `/Users/${theirs.scimUser}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'active', value: false }] }],
      ['DELETE', `/Users/${theirs.scimUser}`],
      ['GET', `/Groups/${theirs.group}`],
      ['PUT', `/Groups/${theirs.group}`, { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'taken' }],
      ['PATCH', `/Groups/${theirs.group}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'remove', path: 'members' }] }],
      ['DELETE', `/Groups/${theirs.group}`],
    ]) {
      const answer = await scim(mine, method, path, body);
      assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
    }
    for (const path of ['/Users', '/Groups', `/Users?filter=${encodeURIComponent('userName co "e"')}`, `/Groups?filter=${encodeURIComponent(`members.value eq "${theirs.scimUser}"`)}`]) {
      const { status, text } = await scim(mine, 'GET', path);
      assert.equal(status, 200, text);
      assert.ok(!text.includes('theirs'), `${path}: ${text}`);
    }
    const foreign = await scim(mine, 'POST', '/Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'x', members: [{ value: theirs.scimUser }] });
    assert.equal(foreign.status, 400, foreign.text);
    assert.equal((await scim(theirs, 'GET', `/Groups/${theirs.group}`)).body.members.length, 1);
  });

  test('what the command line does to one tenant it does not do to another', async () => {
    const [foreign] = (await server.command('key', 'list', '--app', 'theirs')).keys;
    const file = join(server.dataDir, 'client-secret');
    await writeFile(file, 'a secret of the provider');
    const provider = await server.command('oidc', 'add', '--app', 'theirs', '--name', 'P', '--issuer', 'https://idp.example', '--client-id', 'c', '--client-secret-file', file);
    for (const words of [
      ['key', 'lock', '--app', 'mine', foreign.id],
      ['key', 'delete', '--app', 'mine', foreign.id],
      ['oidc', 'remove', '--app', 'mine', provider.id],
    ]) {
      await assert.rejects(server.command(...words), words.join(' '));
    }
    const keys = (await server.command('key', 'list', '--app', 'theirs')).keys;
    assert.equal(keys.find(({ id }) => id === foreign.id).locked, false);
    const login = await mine.api.get(`/oidc/${provider.id}/login?redirectUri=${encodeURIComponent(server.url)}`);
    assert.equal(login.status, 404, login.text);
  });
});
