// Tenants and keys that the configuration names: made at the start, any number of times.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { request } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { BINARY, createSite } from '../harness/server.mjs';

const run = promisify(execFile);
const GIVEN = 'a-key-of-at-least-24-characters';
const PROVIDER = (name) => `
[[apps.oidc_providers]]
name = "${name}"
issuer = "https://id.example"
client_id = "passkeyd"
client_secret = "a secret of the provider"
`;
const app = (id, key) => `
[[apps]]
id = "${id}"
name = "My app"
website_url = "https://my-app.example"
settings = { otp = { digits = 8 } }

[[apps.api_keys]]
name = "back end"
scopes = ["passkey:read", "reg:write"]
key = "${key}"

[[apps.api_keys]]
name = "made"
scopes = ["external-verify"]
`;

onEachDatabase('Apps by configuration', (engine) => {
  let site, server, config;
  before(async () => {
    site = await createSite(engine);
    config = join(site.folder, 'passkeyd.toml');
    await writeFile(config, app('my-app', GIVEN));
    server = await site.node({ args: ['--config', config] });
  });
  after(() => site?.end());

  const post = (path, key, body) =>
    request(`${server.url}/fido2/v2${path}`, { method: 'POST', headers: { Authorization: key }, body });
  const madeKey = () => /lid_[A-Za-z0-9_-]{43}/.exec(server.output())?.[0];

  test('a given key works, and a made one is printed once', async () => {
    const made = madeKey();
    assert.equal((await post('/mgmt/grant', GIVEN, { grants: ['reg:write'], username: 'ada' })).status, 200);
    assert.equal((await post('/mgmt/grant/external-auth', made, { username: 'ada' })).status, 200);
    assert.ok(!server.output().includes(GIVEN));
    await server.restart();
    assert.equal(madeKey(), undefined);
    assert.equal((await post('/mgmt/grant/external-auth', made, { username: 'ada' })).status, 200);
    const { keys } = await server.command('key', 'list', '--app', 'my-app');
    assert.deepEqual(keys.map(({ name }) => name).sort(), ['back end', 'made']);
    const shown = await server.command('app', 'show', 'my-app');
    assert.equal(shown.settings.otp.digits, 8);
    assert.equal(shown.settings.websiteUrl, 'https://my-app.example');
  });

  test('a provider of the configuration is one that people sign in at', async () => {
    const providers = async () => (await server.command('oidc', 'list', '--app', 'my-app')).providers;
    assert.deepEqual(await providers(), []);
    await writeFile(config, app('my-app', GIVEN) + PROVIDER('Work'));
    await server.restart();
    const [made, ...others] = await providers();
    assert.deepEqual(others, []);
    assert.equal(made.name, 'Work');
    assert.equal(made.issuer, 'https://id.example');
    assert.ok(!server.output().includes('a secret of the provider'));
    // Known, so that it is the page that is refused.
    const login = `${server.url}/apps/my-app/fido2/v2/oidc/${made.id}/login`;
    assert.equal((await request(`${login}?redirectUri=https://evil.example`)).status, 400);
    assert.equal((await request(`${login.replace(made.id, 'A'.repeat(24))}?redirectUri=x`)).status, 404);

    // Found again by issuer and client, and brought up to date.
    await writeFile(config, app('my-app', GIVEN) + PROVIDER('Office'));
    await server.restart();
    const again = await providers();
    assert.deepEqual(again.map(({ id, name }) => [id, name]), [[made.id, 'Office']]);
  });

  test('one key of two tenants is an error before anything is made', async () => {
    await writeFile(config, app('my-app', GIVEN) + app('other', GIVEN));
    const refused = await run(BINARY, ['config', 'check', '--config', config]).catch((error) => error);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /apps, other: a key is there twice/);
  });

  test('a key that is another tenant’s is an error at the start', async () => {
    await writeFile(config, app('other', GIVEN));
    await assert.rejects(server.restart(), /is also another key/);
    await writeFile(config, app('my-app', GIVEN));
    await server.restart();
  });
});
