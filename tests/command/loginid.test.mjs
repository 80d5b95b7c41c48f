// Settings of the LoginID surface that only the binary puts together: names and icons of authenticators, and base URLs.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { decodeJwt } from 'jose';

import { assertRefusal, connectLoginId } from '../harness/loginid.mjs';
import { createSite } from '../harness/server.mjs';

const OWN = '0badcafe-0000-4000-8000-000000000001';
const APPLE = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';
const KEY = 'a-key-of-at-least-24-characters';
const ICON = 'data:image/png;base64,AAAA';
const app = (id, more = '') => `
[[apps]]
id = "${id}"
website_url = "https://${id}.example"
${more}

[[apps.api_keys]]
name = "back end"
scopes = ["passkey:read", "reg:write"]
key = "${KEY}-of-${id}"
`;

describe('Settings of the LoginID surface', () => {
  let site, server, cards, config;
  const settings = (more = '') => `
server.base_domain = "auth.example"
server.default_app = "plain"
webauthn.aaguid_file = "${cards}"
${more}
${app('plain')}
${app('other', 'base_url = "https://id.other.example/"')}`;

  before(async () => {
    site = await createSite('sqlite');
    [cards, config] = ['aaguids.json', 'passkeyd.toml'].map((name) => join(site.folder, name));
    await writeFile(cards, JSON.stringify({ [OWN.toUpperCase()]: { name: 'Own Key', iconLight: ICON }, [APPLE]: { name: 'Fruit' } }));
    await writeFile(config, settings());
    server = await site.node({ args: ['--config', config] });
  });
  after(() => site?.end());

  const key = (id) => ({ key: `${KEY}-of-${id}` });
  const issuer = async (on, id) => decodeJwt((await on.post('/mgmt/grant', { grants: ['reg:write'] }, key(id))).body.token).iss;

  test('webauthn.aaguid_file adds makes to the built-in ones, and goes before them', async () => {
    const api = connectLoginId(server);
    const own = (await api.get(`/mgmt/aaguid/${OWN}`, key('plain'))).body;
    assert.deepEqual([own.id, own.name, own.iconLight], [OWN, 'Own Key', ICON]);
    assert.match(own.iconDark, /^data:image\/svg\+xml;base64,/);
    assert.equal((await api.get(`/mgmt/aaguid/${APPLE}`, key('plain'))).body.name, 'Fruit');
    assert.equal((await api.get('/mgmt/aaguid/bada5566-a7aa-401f-bd96-45619a55120d', key('plain'))).body.name, '1Password');
  });

  test('server.base_domain makes the base URL of every application that has none of its own', async () => {
    const api = connectLoginId(server);
    assert.equal(await issuer(api, 'plain'), 'http://plain.api.auth.example');
    assert.equal(await issuer(api, 'other'), 'https://id.other.example');
    // The name is the application's wherever it is asked under.
    const ask = (host, id) => api.post('/auth/init', { app: { id }, deviceInfo: {} }, { headers: { Host: host } });
    assert.equal((await ask('other.api.auth.example', 'other')).status, 200);
    assertRefusal(await ask('other.api.auth.example', 'plain'), 404, 'not_found');
    const below = connectLoginId(server, { below: '/apps/other' });
    assert.equal(await issuer(below, 'other'), 'https://id.other.example');
    assertRefusal(await below.post('/mgmt/grant', { grants: ['reg:write'] }, key('plain')), 401, 'unauthorized');
  });

  test('without a website, an RP id or development an application has no ceremonies', async () => {
    await writeFile(config, `${settings()}\n[[apps]]\nid = "bare"\n`);
    await server.restart();
    const bare = connectLoginId(server, { below: '/apps/bare' });
    assertRefusal(await bare.post('/auth/init', { app: { id: 'bare' }, deviceInfo: {} }), 404, 'not_found');
    assert.equal((await bare.get('/.well-known/jwks.json')).status, 200);
  });

  test('a file of makes that is none is told at the start', async () => {
    for (const text of ['{', '[]', '{"x":{"name":"y"}}', `{"${OWN}":{}}`, `{"${OWN}":{"name":"y","iconDark":"https://evil.example/x.svg"}}`]) {
      await writeFile(cards, text);
      await assert.rejects(server.restart(), /webauthn\.aaguid_file/, text);
    }
    await writeFile(cards, '{}');
    await server.restart();
  });

  test('loginid.transaction_retention is a time, and none is for ever', async () => {
    for (const [value, message] of [['"10"', /loginid\.transaction_retention/], ['7', /loginid\.transaction_retention/]]) {
      await writeFile(config, settings(`loginid.transaction_retention = ${value}`));
      await assert.rejects(server.restart(), message);
    }
    for (const value of ['"0s"', '"90d"', '"36500d"']) {
      await writeFile(config, settings(`loginid.transaction_retention = ${value}`));
      await server.restart();
      assert.match(server.output(), /serving|listen|http/i);
    }
  });
});
