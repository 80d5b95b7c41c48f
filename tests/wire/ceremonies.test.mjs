// Registrations and sign-ins with a software authenticator: the options, the answers, and everything that an
// authenticator or a page can get wrong.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { FLAGS, createVisitor } from '../harness/authenticator.mjs';
import { connect } from '../harness/client.mjs';
import { onEachDatabase } from '../harness/databases.mjs';
import { assertInvalid, assertProblem, assertRefused } from '../harness/problems.mjs';
import { startServer } from '../harness/server.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/;
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?$/;
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

onEachDatabase('Ceremonies', (engine) => {
  let server, client;
  before(async () => {
    server = await startServer(engine);
    client = connect(server);
  });
  after(() => server?.end());

  const newVisitor = (settings) => createVisitor(client, settings);
  const listed = async (userId) => (await client.backend.get(`/credentials/list?userId=${userId}`)).body.values;

  test('the creation options are those of the contract', async () => {
    const visitor = newVisitor();
    const begun = await visitor.beginRegistration(
      await visitor.registerToken('ada', { username: 'ada@example.com', displayName: 'Ada' }),
    );
    assert.equal(begun.status, 200, begun.text);
    const { challenge, ...data } = begun.body.data;
    assert.match(challenge, CHALLENGE);
    assert.match(begun.body.session, /^session_/);
    assert.deepEqual(data, {
      rp: { id: 'localhost', name: 'localhost' },
      user: { id: 'YWRh', name: 'ada@example.com', displayName: 'Ada' },
      pubKeyCredParams: [-8, -7, -257, -37, -35, -258, -38, -36, -259, -39].map((alg) => ({ type: 'public-key', alg })),
      timeout: 60_000,
      attestation: 'none',
      attestationFormats: [],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
      hints: [],
      excludeCredentials: [],
      extensions: { credProps: true },
    });
  });

  test('the back end steers the creation options', async () => {
    const visitor = newVisitor();
    const selection = async (extra) => {
      const { body } = await visitor.beginRegistration(await visitor.registerToken('bea', extra));
      return [body.data.authenticatorSelection, body.data.hints];
    };
    assert.deepEqual(
      await selection({ discoverable: false, userVerification: 'REQUIRED', authenticatorType: 'platform' }),
      [
        { residentKey: 'discouraged', requireResidentKey: false, userVerification: 'required', authenticatorAttachment: 'platform' },
        [],
      ],
    );
    const [hinted, hints] = await selection({ hints: ['security-key', 'hybrid'], authenticatorType: 'platform' });
    assert.equal(hinted.authenticatorAttachment, 'cross-platform');
    assert.deepEqual(hints, ['security-key', 'hybrid']);
    const [device] = await selection({ hints: ['client-device'] });
    assert.equal(device.authenticatorAttachment, 'platform');
  });

  test('the passkeys that a user has are excluded', async () => {
    const visitor = newVisitor();
    await visitor.register('cyd');
    const begun = await visitor.beginRegistration(await visitor.registerToken('cyd'));
    const [id] = visitor.authenticator.credentials.keys();
    assert.deepEqual(
      begun.body.data.excludeCredentials.map(({ type, id }) => ({ type, id })),
      [{ type: 'public-key', id }],
    );
  });

  test('the request options are those of the contract', async () => {
    const visitor = newVisitor();
    await visitor.register('dot');
    const [id] = visitor.authenticator.credentials.keys();
    const byUser = (await visitor.beginSignIn({ userId: 'dot' })).body.data;
    const { challenge, allowCredentials, ...data } = byUser;
    assert.match(challenge, CHALLENGE);
    assert.deepEqual(allowCredentials.map(({ type, id }) => ({ type, id })), [{ type: 'public-key', id }]);
    assert.deepEqual(data, { timeout: 60_000, rpId: 'localhost', userVerification: 'preferred', hints: [] });
  });

  test('an unknown user is offered any passkey, as one who is not named', async () => {
    const visitor = newVisitor();
    for (const who of [{ userId: 'nobody' }, { alias: 'nobody' }, {}, { userId: '', alias: '' }]) {
      const begun = await visitor.beginSignIn(who);
      assert.equal(begun.status, 200, begun.text);
      assert.deepEqual(begun.body.data.allowCredentials, []);
    }
  });

  test('a blank purpose is a sign-in, and a step-up requires verification', async () => {
    const visitor = newVisitor();
    for (const [purpose, verification] of [[null, 'preferred'], ['', 'preferred'], [' ', 'preferred'], ['sign-in', 'preferred'], ['step-up', 'required']]) {
      const begun = await visitor.beginSignIn({ purpose });
      assert.equal(begun.body.data.userVerification, verification, JSON.stringify(purpose));
    }
  });

  test('what is verified after a registration is what was registered', async () => {
    const visitor = newVisitor();
    const completed = await visitor.register('eli', {}, { nickname: 'phone' });
    assert.equal(completed.status, 200, completed.text);
    const { status, body } = await visitor.verify(completed.body.token);
    assert.equal(status, 200);
    const { timestamp, expiresAt, tokenId, ...rest } = body;
    assert.match(timestamp, INSTANT);
    assert.match(expiresAt, INSTANT);
    assert.match(tokenId, UUID);
    assert.equal(Date.parse(expiresAt) - Date.parse(timestamp), 120_000);
    const [id] = visitor.authenticator.credentials.keys();
    assert.deepEqual(rest, {
      userId: 'eli',
      rpId: 'localhost',
      rpid: 'localhost',
      origin: visitor.origin,
      success: true,
      device: 'Other, Other',
      country: '',
      nickname: 'phone',
      credentialId: Buffer.from(id, 'base64url').toString('base64'),
      purpose: null,
      type: 'passkey_register',
    });
  });

  test('a sign-in carries the passkey’s nickname and its purpose', async () => {
    const visitor = newVisitor();
    await visitor.register('fay', {}, { nickname: 'key ring' });
    const { body } = await visitor.verify((await visitor.signIn({ userId: 'fay' })).body.token);
    assert.deepEqual([body.userId, body.nickname, body.purpose, body.type], ['fay', 'key ring', 'sign-in', 'passkey_signin']);
  });

  test('a listed passkey has every member, and is used last when it signed in last', async () => {
    const visitor = newVisitor();
    await visitor.register('gil', { signCount: 7 });
    const [fresh] = await listed('gil');
    assert.equal(fresh.lastUsedAt, fresh.createdAt);
    await visitor.signIn({ userId: 'gil' });
    const { createdAt, lastUsedAt, publicKey, ...rest } = (await listed('gil'))[0];
    assert.match(createdAt, LOCAL);
    assert.match(lastUsedAt, LOCAL);
    assert.ok(lastUsedAt >= createdAt);
    assert.match(publicKey, /^[A-Za-z0-9+/]+=*$/);
    const [id] = visitor.authenticator.credentials.keys();
    assert.deepEqual(rest, {
      descriptor: { type: 'public-key', id },
      userHandle: Buffer.from('gil').toString('base64'),
      signatureCounter: 8,
      attestationFmt: 'none',
      aaGuid: '00000000-0000-0000-0000-000000000000',
      rpid: 'localhost',
      rpId: 'localhost',
      origin: visitor.origin,
      country: '',
      device: 'Other, Other',
      nickname: null,
      userId: 'gil',
      backupState: false,
      isBackupEligible: false,
      isDiscoverable: true,
    });
  });

  test('a list by POST is the list by GET', async () => {
    const visitor = newVisitor();
    await visitor.register('hal');
    const posted = await client.backend.post('/credentials/list', { userId: 'hal' });
    assert.deepEqual(posted.body, (await client.backend.get('/credentials/list?userId=hal')).body);
  });

  test('a deleted passkey is unknown at sign-in, and no longer listed', async () => {
    const visitor = newVisitor();
    await visitor.register('ida');
    const [id] = visitor.authenticator.credentials.keys();
    const begun = await visitor.beginSignIn({ userId: 'ida' });
    assert.equal((await client.backend.post('/credentials/delete', { credentialId: id })).status, 204);
    const body = assertRefused(
      await visitor.completeSignIn(begun), 400, 'unknown_credential', "We don't recognize the passkey you sent us.",
    );
    assert.equal(body.credentialId, id);
    assert.deepEqual(await listed('ida'), []);
    assertRefused(await client.backend.post('/credentials/delete', { credentialId: id }), 400, 'unknown_credential');
  });

  test('answers of older and of native clients are read too', async () => {
    const visitor = newVisitor();
    const begun = await visitor.beginRegistration(await visitor.registerToken('jan'));
    const { clientExtensionResults, response, ...credential } = visitor.authenticator.create(begun.body.data, visitor);
    const completed = await client.page.post('/register/complete', {
      session: begun.body.session,
      rpId: 'localhost',
      origin: visitor.origin,
      nickname: '',
      response: {
        ...credential,
        authenticatorAttachment: 'platform',
        extensions: clientExtensionResults,
        response: {
          attestationObject: response.AttestationObject,
          clientDataJSON: response.clientDataJson,
          transports: ['internal', 'pigeon'],
          publicKey: 'AA',
          publicKeyAlgorithm: -7,
        },
      },
    });
    assert.equal(completed.status, 200, completed.text);
    const signIn = await visitor.beginSignIn({ userId: 'jan', alias: '' });
    const answer = visitor.authenticator.get(signIn.body.data, visitor);
    answer.response.userHandle = Buffer.from('jan').toString('base64url');
    const signedIn = await client.page.post('/signin/complete', {
      session: signIn.body.session, response: answer, rpId: 'localhost', origin: visitor.origin,
    });
    assert.equal(signedIn.status, 200, signedIn.text);
  });

  test('the page may name its origin with a path, in any case, and with the default port', async () => {
    const visitor = newVisitor();
    await visitor.register('kai');
    const begun = await visitor.beginSignIn({ userId: 'kai' });
    const Origin = `${visitor.origin.replace('localhost', 'LOCALHOST')}/some/page?x=1`;
    const answer = await visitor.completeSignIn(begun, {}, { Origin });
    assert.equal(answer.status, 200, answer.text);
  });

  test('a nickname of more than 64 characters is refused', async () => {
    const visitor = newVisitor();
    assert.equal((await visitor.register('lea', {}, { nickname: 'n'.repeat(64) })).status, 200);
    assertInvalid(await visitor.register('lea', {}, { nickname: 'n'.repeat(65) }), {
      nickname: ['Nickname cannot be longer than 64 characters.'],
    });
  });

  const WRONG = [
    ['another challenge', { clientData: { challenge: 'YW5vdGhlciBjaGFsbGVuZ2U' } }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that only begins alike', { origin: 'http://localhost.evil.example' }],
    ['another type', { clientData: { type: 'payment.get' } }],
    ['the hash of another RP id', { rpId: 'evil.example' }],
    ['nobody present', { flags: FLAGS.UV }],
    ['a backup that could not be made', { flags: FLAGS.UP | FLAGS.UV | FLAGS.BS }],
  ];
  for (const [what, tamper] of WRONG) {
    test(`a registration with ${what} is refused and stores nothing`, async () => {
      const visitor = newVisitor();
      const userId = `r-${what}`.replaceAll(' ', '-').slice(0, 64);
      assertRefused(await visitor.register(userId, tamper), 400, 'fido2_invalid_registration');
      assert.deepEqual(await listed(userId), []);
    });

    test(`a sign-in with ${what} is refused`, async () => {
      const visitor = newVisitor();
      const userId = `s-${what}`.replaceAll(' ', '-').slice(0, 64);
      await visitor.register(userId);
      assertRefused(await visitor.signIn({ userId }, tamper), 400, 'signin_complete_error');
      assert.equal((await visitor.signIn({ userId })).status, 200);
    });
  }

  test('a missing verification is refused where it was required', async () => {
    const visitor = newVisitor();
    const required = await visitor.beginRegistration(await visitor.registerToken('max', { userVerification: 'required' }));
    assertRefused(await visitor.completeRegistration(required, { flags: FLAGS.UP }), 400, 'fido2_invalid_registration');
    assert.equal((await visitor.register('max', { flags: FLAGS.UP })).status, 200);
    assertRefused(await visitor.signIn({ userId: 'max', purpose: 'step-up' }, { flags: FLAGS.UP }), 400, 'signin_complete_error');
    assert.equal((await visitor.signIn({ userId: 'max' }, { flags: FLAGS.UP })).status, 200);
  });

  test('a counter that does not rise is refused, and zero is not held against a passkey', async () => {
    const visitor = newVisitor();
    await visitor.register('ned', { signCount: 5 });
    for (const signCount of [5, 4, 1]) {
      assertRefused(await visitor.signIn({ userId: 'ned' }, { signCount }), 400, 'signin_complete_error');
    }
    assert.equal((await visitor.signIn({ userId: 'ned' }, { signCount: 0 })).status, 200);
    assertRefused(await visitor.signIn({ userId: 'ned' }, { signCount: 5 }), 400, 'signin_complete_error');
    assert.equal((await visitor.signIn({ userId: 'ned' }, { signCount: 6 })).status, 200);
    assert.equal((await listed('ned'))[0].signatureCounter, 6);
  });

  test('a signature with one bit changed is refused', async () => {
    const visitor = newVisitor();
    await visitor.register('oda');
    const begun = await visitor.beginSignIn({ userId: 'oda' });
    const response = visitor.authenticator.get(begun.body.data, visitor);
    const bytes = Buffer.from(response.response.signature, 'base64url');
    bytes[bytes.length - 1] ^= 1;
    response.response.signature = bytes.toString('base64url');
    const answer = await client.page.post('/signin/complete', { session: begun.body.session, response, ...visitor.place });
    assertRefused(answer, 400, 'signin_complete_error');
  });

  test('a passkey of another user is refused where a user was named', async () => {
    const [mine, theirs] = [newVisitor(), newVisitor()];
    await mine.register('pam');
    await theirs.register('quy');
    const begun = await theirs.beginSignIn({ userId: 'pam' });
    const [id] = theirs.authenticator.credentials.keys();
    assertRefused(await theirs.completeSignIn(begun, { id }), 400, 'signin_complete_error');
  });

  test('a user handle of somebody else is refused', async () => {
    const visitor = newVisitor();
    await visitor.register('ray');
    for (const handle of ['', Buffer.from('sam').toString('base64url')]) {
      const begun = await visitor.beginSignIn({});
      const response = visitor.authenticator.get(begun.body.data, visitor);
      response.response.userHandle = handle;
      const answer = await client.page.post('/signin/complete', { session: begun.body.session, response, ...visitor.place });
      assertProblem(answer, 400);
    }
  });

  test('a credential id that is registered already is refused, for another user too', async () => {
    const visitor = newVisitor();
    const begin = async (userId) => visitor.beginRegistration(await visitor.registerToken(userId));
    const first = await begin('tom');
    const response = visitor.authenticator.create(first.body.data, visitor);
    const complete = (begun, response) =>
      client.page.post('/register/complete', { session: begun.body.session, response, ...visitor.place });
    assert.equal((await complete(first, response)).status, 200);

    const second = await begin('una');
    const again = visitor.authenticator.create(second.body.data, visitor);
    const data = Buffer.from(again.response.AttestationObject, 'base64url');
    const taken = Buffer.from(response.rawId, 'base64url');
    taken.copy(data, data.indexOf(Buffer.from(again.rawId, 'base64url')));
    const copied = { ...again, id: response.id, rawId: response.rawId };
    copied.response = { ...again.response, AttestationObject: data.toString('base64url') };
    assertRefused(await complete(second, copied), 400, 'fido2_invalid_registration');
    assert.deepEqual(await listed('una'), []);
  });

  test('an answer that lacks a part, or is not base64url, is a 400', async () => {
    const visitor = newVisitor();
    await visitor.register('vic');
    const parts = {
      '/register/complete': ['id', 'rawId', 'type', 'response', 'response.AttestationObject', 'response.clientDataJson'],
      '/signin/complete': ['id', 'rawId', 'type', 'response', 'response.authenticatorData', 'response.clientDataJson', 'response.signature'],
    };
    for (const [path, names] of Object.entries(parts)) {
      for (const name of names) {
        for (const value of [undefined, null, '', 5, '***', {}]) {
          const registers = path.startsWith('/register');
          const begun = registers
            ? await visitor.beginRegistration(await visitor.registerToken('vic'))
            : await visitor.beginSignIn({ userId: 'vic' });
          const response = registers
            ? visitor.authenticator.create(begun.body.data, visitor)
            : visitor.authenticator.get(begun.body.data, visitor);
          const [outer, inner] = name.split('.');
          if (inner) response.response[inner] = value;
          else response[outer] = value;
          const answer = await client.page.post(path, { session: begun.body.session, response, ...visitor.place });
          assertProblem(answer, 400);
        }
      }
      for (const response of [undefined, null, 'text', []]) {
        const begun = await visitor.beginSignIn({ userId: 'vic' });
        assertProblem(await client.page.post(path, { session: begun.body.session, response, ...visitor.place }), 400);
      }
    }
  });
});
