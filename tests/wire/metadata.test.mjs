// The FIDO metadata file: a BLOB signed by a root of ours is what the lists show and what registrations are judged by;
// a new one replaces it while the server runs, a bad one changes nothing.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { createVisitor } from '../harness/authenticator.mjs';
import { createMaker, createMetadataService, revoke } from '../harness/certificates.mjs';
import { connect, request } from '../harness/client.mjs';
import { connectLoginId, createPerson } from '../harness/loginid.mjs';
import { startServer } from '../harness/server.mjs';

const MANAGEMENT_KEY = 'a-management-key-for-tests';
const LIMIT_MS = 15_000;
const bytes = (uuid) => Buffer.from(uuid.replaceAll('-', ''), 'hex');

describe('Metadata', () => {
  const service = createMetadataService();
  const maker = createMaker('Acme');
  const [model, other] = [randomUUID(), randomUUID()];
  let folder, file, lists, server, client, attested;
  const devices = [0, 1].map(() => maker.attest(bytes(model)));

  const entry = (aaguid, description, statuses) => ({
    aaguid,
    metadataStatement: {
      aaguid,
      description,
      protocolFamily: 'fido2',
      attestationTypes: ['basic_full'],
      authenticationAlgorithms: ['secp256r1_ecdsa_sha256_raw'],
      attestationRootCertificates: [maker.root.toString('base64')],
      icon: 'data:image/png;base64,AAAA',
    },
    statusReports: statuses.map((status) => ({ status })),
    timeOfLastStatusChange: '2026-01-01',
  });
  const blob = (no, ...entries) => service.sign({ no, nextUpdate: '2099-01-01', legalHeader: 'test', entries });
  const replace = async (text, path = file) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  const ask = async (path) => {
    const answer = await request(server.url + path, { headers: { ManagementKey: MANAGEMENT_KEY } });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  const statuses = async () => (await ask('/mds/entries')).map((found) => [found.name, found.certificationStatuses]);
  const until = async (condition) => {
    const deadline = Date.now() + LIMIT_MS;
    while (!(await condition())) {
      assert.ok(Date.now() < deadline, `nothing happened within ${LIMIT_MS} ms:\n${server.output()}`);
      await pause(50);
    }
  };
  const faults = async (...words) => (await server.command('attestation', 'list', ...words)).credentials;
  const refusals = () => server.output().split('new metadata is refused').length - 1;
  const register = (userId, attestation) => {
    const visitor = createVisitor(client);
    return (async () => {
      const begun = await visitor.beginRegistration(await visitor.registerToken(userId, { attestation: 'direct' }));
      assert.equal(begun.status, 200, begun.text);
      return visitor.completeRegistration(begun, { attestation });
    })();
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'passkeyd-mds-'));
    file = join(folder, 'mds.jwt');
    lists = join(folder, 'acme.crl');
    await replace(revoke(maker.issuer), lists);
    await writeFile(join(folder, 'root.pem'), service.root);
    await replace(blob(1, entry(model, 'Acme One', ['FIDO_CERTIFIED_L1', 'UPDATE_AVAILABLE'])));
    server = await startServer('sqlite', {
      environment: {
        PASSKEYD__MANAGEMENT__KEY: MANAGEMENT_KEY,
        PASSKEYD__WEBAUTHN__MDS_FILE: file,
        PASSKEYD__WEBAUTHN__MDS_ROOT_FILE: join(folder, 'root.pem'),
        PASSKEYD__WEBAUTHN__REVOCATION_FILES: lists,
      },
    });
    client = connect(server);
    const allowed = await request(`${server.url}/admin/apps/${server.app}/features`, {
      method: 'POST',
      headers: { ManagementKey: MANAGEMENT_KEY },
      body: { allowAttestation: true },
    });
    assert.equal(allowed.status, 204, allowed.text);
  });
  after(async () => {
    await server?.end();
    await rm(folder, { recursive: true, force: true });
  });

  test('the lists show what the BLOB says', async () => {
    assert.deepEqual(await ask('/mds/attestation-types'), ['basic_full']);
    assert.deepEqual(await ask('/mds/certification-statuses'), ['FIDO_CERTIFIED_L1', 'UPDATE_AVAILABLE']);
    assert.deepEqual(await ask('/mds/entries'), [
      {
        aaGuid: model,
        name: 'Acme One',
        certificationStatuses: ['FIDO_CERTIFIED_L1', 'UPDATE_AVAILABLE'],
        attestationTypes: ['basic_full'],
        icon: 'data:image/png;base64,AAAA',
      },
    ]);
  });

  test('only models of the BLOB are put on a list', async () => {
    const put = (aaGuid) => client.backend.post('/authenticators/add', { aaGuids: [aaGuid], isAllowed: false });
    const unknown = await put(other);
    assert.equal(unknown.status, 400);
    assert.equal(unknown.body.title, 'One or more authenticators do not exist in the FIDO2 MDS.');
  });

  test('a listed model must lead to a root of its entry, others need not', async () => {
    const good = await register('good', maker.attest(bytes(model)));
    assert.equal(good.status, 200, good.text);
    const revokedLater = await register('revoked later', devices[0]);
    assert.equal(revokedLater.status, 200, revokedLater.text);
    const forged = await register('forged', createMaker('Forger').attest(bytes(model)));
    assert.equal(forged.status, 400, forged.text);
    const unlisted = await register('unlisted', createMaker('Nobody').attest(bytes(other)));
    assert.equal(unlisted.status, 200, unlisted.text);
    const unattested = await register('unattested');
    assert.equal(unattested.status, 200, unattested.text);
  });

  test('a certificate that its maker revokes is refused while the server runs, and judged where it is registered', async () => {
    assert.deepEqual(await faults(), []);
    await replace(revoke(maker.issuer, ...devices.map(({ leaf }) => leaf)), lists);
    await until(() => server.output().includes('certificate_revoked'));
    const revoked = await register('revoked', devices[1]);
    assert.equal(revoked.status, 400, revoked.text);
    const good = await register('another good one', maker.attest(bytes(model)));
    assert.equal(good.status, 200, good.text);
    const [fault, ...more] = await faults();
    assert.deepEqual(more, []);
    assert.equal(fault.app, server.app);
    assert.equal(fault.aaguid, model);
    assert.equal(fault.format, 'packed');
    assert.equal(fault.fault, 'certificate_revoked');
    const all = await faults('--all');
    assert.equal(all.length, 4);
    assert.equal(all.filter((credential) => credential.fault === null).length, 3);
    assert.deepEqual(await faults('--app', 'nobody'), []);

    await replace('no list', lists);
    await until(() => server.output().includes('new lists of revoked certificates are refused'));
    const still = await register('revoked', devices[1]);
    assert.equal(still.status, 400, still.text);
  });

  test('a passkey of the LoginID surface is judged as others are', async () => {
    const { authenticator, ...ada } = createPerson(connectLoginId(server));
    const complete = async (name, maker) => ada.completeRegistration(await ada.beginRegistration(name), { attestation: maker.attest(bytes(model)) });
    const good = await complete('ada', maker);
    assert.equal(good.status, 200, good.text);
    [attested] = authenticator.credentials.keys();
    // Its contract does not look at who vouches for a maker, only at the statement.
    const unknown = await complete('bob', createMaker('Nobody'));
    assert.equal(unknown.status, 200, unknown.text);
  });

  test('a new BLOB is taken while the server runs, and what was registered is judged by it', async () => {
    await replace(blob(2, entry(model, 'Acme One', ['FIDO_CERTIFIED_L1', 'REVOKED']), entry(other, 'Nobody', [])));
    await until(async () => (await statuses()).length === 2);
    assert.deepEqual(await statuses(), [['Acme One', ['FIDO_CERTIFIED_L1', 'REVOKED']], ['Nobody', []]]);
    await until(() => server.output().includes('metadata_status_undesired'));
    // Whichever surface it was registered on.
    await until(() => server.output().split('\n').some((line) => line.includes('judges an attested credential otherwise') && line.includes(attested)));
    const revoked = await register('revoked', maker.attest(bytes(model)));
    assert.equal(revoked.status, 400, revoked.text);
  });

  test('a broken, a forged and an older BLOB change nothing', async () => {
    const before = await statuses();
    const wrong = [
      'no JWT at all',
      createMetadataService().sign({ no: 3, nextUpdate: '2099-01-01', entries: [] }),
      blob(1, entry(model, 'Acme One', [])),
    ];
    for (const [index, text] of wrong.entries()) {
      await replace(text);
      await until(() => refusals() === index + 1);
      assert.deepEqual(await statuses(), before);
    }
    await rm(file);
    await until(() => server.output().includes('the metadata file is gone'));
    assert.deepEqual(await statuses(), before);
  });

  test('a bad list and an older BLOB keep the server from starting', async () => {
    await replace(blob(1, entry(model, 'Acme One', [])));
    await server.stop();
    await assert.rejects(server.start(), /webauthn\.revocation_files/);
    await replace(revoke(maker.issuer), lists);
    await assert.rejects(server.start(), /webauthn\.mds_file/);
    await replace(blob(3));
    await server.start();
    assert.deepEqual(await statuses(), []);
  });
});
