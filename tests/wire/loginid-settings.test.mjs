// What the settings of an application change on the LoginID surface (its contract's section 1), and how a server of several
// applications tells which one is meant.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { decodeJwt } from 'jose';

import { FLAGS } from '../harness/authenticator.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { assertRefusal, connectLoginId, createPerson } from '../harness/loginid.mjs';
import { createSite } from '../harness/server.mjs';

const keyOf = (id) => `a-key-of-at-least-24-characters-${id}`;
const HASH = 'A'.repeat(43);
const SCOPES = ['passkey:read', 'profile:write', 'reg:write', 'user:read'];
const described = (id, settings = '') => `
[[apps]]
id = "${id}"
name = "App ${id}"
website_url = "https://www.${id}.example:8443/path"
settings = { ${settings} }

[[apps.api_keys]]
name = "back end"
scopes = ${JSON.stringify(SCOPES)}
key = "${keyOf(id)}"
`;
const STRICT = [
  'registrationRequiresToken = true', 'userVerification = { reg = "required", auth = "preferred" }', 'attestation = "none"', 'algorithms = [-8, -7]', 'rpId = "two.example"',
  'rpName = "The Two"', `origins = ["https://two.example", "https://login.two.example", "android:apk-key-hash:${HASH}"]`, 'allowCrossOrigin = false',
  'otp = { digits = 8, lifetime = 60, attempts = 2 }', 'tokenTtl = { access = 60, tx = 30 }',
].join(', ');

onEachDatabase('Settings of applications on the LoginID surface', (engine) => {
  let site, server;
  before(async () => {
    site = await createSite(engine);
    const config = join(site.folder, 'passkeyd.toml');
    const apps = [described('one'), described('two', STRICT), described('three', 'crossAuthMethods = ["otp:sms"], fallbackMethods = ["ciam"]')];
    await writeFile(config, apps.join(''));
    server = await site.node({ args: ['--config', config] });
  });
  after(() => site?.end());

  const on = (id) => connectLoginId(server, { below: `/apps/${id}`, app: id });
  const website = (id) => `https://www.${id}.example:8443`;

  test('without a name in the URL a request is for whom its credential or its body names, else for nobody', async () => {
    const api = connectLoginId(server, { app: 'one' });
    const user = { username: 'ada' };
    for (const [method, path, body] of [
      ['POST', '/tx/init', { username: 'ada', txPayload: 'x', txType: 'raw', nonce: 'n' }], ['POST', '/auth/otp/email', { user }], ['POST', '/auth/otp/sms', { user }],
      ['POST', '/auth/otp/verify', { authCode: '1', user }], ['POST', '/profile/email/verify', { authCode: '1', username: 'ada' }], ['GET', '/.well-known/jwks.json'],
      ['POST', '/mfa/begin', {}], ['POST', '/mfa/discover', { trustItems: { wallet: 'x' } }],
    ]) {
      assertRefusal(await api.call(method, path, { body }), 404, 'not_found');
    }
    assert.equal((await api.get('/version')).status, 200);
    const ada = createPerson(api, { origin: website('one') });
    const { jwtAccess: token } = (await ada.register('ada')).body;
    assert.equal(decodeJwt(token).rpId, 'www.one.example');
    assert.equal(decodeJwt(token).iss, `${server.url}/apps/one`);
    assert.equal((await api.get('/passkeys', { token })).status, 200);
    assert.equal((await api.get('/mgmt/users?username=ada', { key: keyOf('one') })).status, 200);
    assertRefusal(await on('two').get('/mgmt/users?username=ada', { key: keyOf('one') }), 401, 'unauthorized');
    const host = (name, path, options) => api.get(path, { ...options, headers: { Host: name } });
    assert.equal((await host('one.api.example', '/.well-known/jwks.json')).status, 200);
    assert.equal((await host('ONE.x', '/passkeys', { token })).status, 200);
    assertRefusal(await host('two.api.example', '/passkeys', { token }), 401, 'unauthorized');
    // A session names its application as well; at another one it is no session, and it is not used up there.
    const begun = await ada.beginSignIn('ada');
    const elsewhere = createPerson(on('two'), { origin: website('one'), authenticator: ada.authenticator });
    assertRefusal(await elsewhere.completeSignIn(begun), 400, 'bad_request');
    assert.equal((await ada.completeSignIn(begun)).status, 200);
  });

  test('of an application that lists no origins the website is the one that counts', async () => {
    const one = on('one');
    const allowed = async (origin) => (await one.post('/auth/init', {}, { headers: { Origin: origin } })).headers['access-control-allow-origin'];
    for (const origin of ['https://www.one.example', 'https://one.example:8443', 'http://www.one.example:8443', 'http://localhost:1']) {
      assertRefusal(await createPerson(one, { origin }).register('eve'), 400, 'bad_request');
      assert.equal(await allowed(origin), undefined);
    }
    assert.equal(await allowed(website('one')), website('one'));
    // Where nobody is named, the pages of any application may ask.
    const preflight = await connectLoginId(server).call('OPTIONS', '/tx/init', { headers: { Origin: website('one'), 'Access-Control-Request-Method': 'POST' } });
    assert.equal(preflight.headers['access-control-allow-origin'], website('one'));
    const other = await on('two').call('OPTIONS', '/tx/init', { headers: { Origin: website('one'), 'Access-Control-Request-Method': 'POST' } });
    assert.equal(other.headers['access-control-allow-origin'], undefined);
  });

  test('options, verification, codes and tokens are as the application wants them', async () => {
    const two = on('two');
    const ada = createPerson(two, { origin: 'https://login.two.example' });
    assertRefusal(await ada.beginRegistration('ada'), 401, 'unauthorized');
    const { token } = (await two.post('/mgmt/grant', { grants: ['reg:write'], username: 'ada' }, { key: keyOf('two') })).body;
    const begin = () => ada.beginRegistration('ada', { token });
    const begun = await begin();
    const options = begun.body.registrationRequestOptions;
    assert.deepEqual(options.rp, { id: 'two.example', name: 'The Two' });
    assert.deepEqual(options.pubKeyCredParams.map(({ alg }) => alg), [-8, -7]);
    assert.equal(options.attestation, 'none');
    assert.equal(options.authenticatorSelection.userVerification, 'required');
    assertRefusal(await ada.completeRegistration(begun, { flags: FLAGS.UP }), 400, 'bad_request');
    for (const clientData of [{ crossOrigin: true }, { crossOrigin: true, topOrigin: 'https://two.example' }]) {
      assertRefusal(await ada.completeRegistration(await begin(), { clientData }), 400, 'bad_request');
    }
    const registered = await ada.completeRegistration(await begin());
    assert.equal(registered.status, 200, registered.text);
    const life = (jwt) => decodeJwt(jwt).exp - decodeJwt(jwt).iat;
    assert.equal(life(registered.body.jwtAccess), 60);
    const signIn = await ada.beginSignIn('ada');
    assert.equal(signIn.body.assertionOptions.userVerification, 'preferred');
    assert.equal((await ada.completeSignIn(signIn, { flags: FLAGS.UP })).status, 200);
    const from = (origin) => createPerson(two, { origin, authenticator: ada.authenticator });
    assert.equal((await from(`android:apk-key-hash:${HASH}`).signIn('ada')).status, 200);
    assertRefusal(await from(`android:apk-key-hash:B${HASH.slice(1)}`).signIn('ada'), 400, 'bad_request');
    // Transactions are verified whatever the setting says.
    const transaction = await ada.beginTransaction('ada', 'x');
    assert.equal(transaction.body.assertionOptions.userVerification, 'required');
    assert.equal(life((await ada.completeTransaction(transaction)).body.token), 30);
    const { code, expiresAt } = (await two.call('POST', '/auth/otp', { token: registered.body.jwtAccess })).body;
    assert.match(code, /^\d{8}$/);
    assert.ok(Date.parse(expiresAt) - Date.now() <= 60_000);
    for (const guess of ['x', 'y', code]) assertRefusal(await two.post('/auth/otp/verify', { authCode: guess, user: { username: 'ada' } }), 400, 'bad_request');
  });

  test('other ways to sign in are offered as the table of the contract has it', async () => {
    const three = on('three');
    const ada = createPerson(three, { origin: website('three') });
    const offered = async (name) => {
      const { body } = await ada.beginSignIn(name);
      return [body.action, body.crossAuthMethods, body.fallbackMethods, body.assertionOptions.allowCredentials.length, body.passkeyType];
    };
    assert.deepEqual(await offered('nobody'), ['fallback', [], ['ciam'], 0, undefined]);
    assert.deepEqual(await offered(''), ['proceed', [], ['ciam'], 0, undefined]);
    const { jwtAccess: token, passkeyId, userId } = (await ada.register('ada')).body;
    assert.deepEqual(await offered('ada'), ['proceed', [], ['ciam'], 1, 'device']);
    assert.equal((await three.delete(`/passkeys/${passkeyId}`, { token })).status, 204);
    assert.deepEqual(await offered('ada'), ['fallback', [], ['ciam'], 0, undefined]);
    const phone = { phoneNumber: '+46700000009', messagingConsent: true, requestVerification: false };
    assert.equal((await three.post(`/profile/${userId}/phone`, phone, { key: keyOf('three') })).status, 204);
    assert.deepEqual(await offered('ada'), ['crossAuth', ['otp:sms'], ['ciam'], 0, undefined]);
  });
});
