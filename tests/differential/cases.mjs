// Responses of our own making: good ones for each algorithm and format, and the same ones broken in one place. Each is a
// vector of the schema that the verifier's example `conformance` reads.

import { createHash } from 'node:crypto';

import { certify, createMaker } from '../harness/certificates.mjs';
import { cborArray, cborBytes, cborInteger, cborMap, cborText, head } from '../harness/cbor.mjs';
import { KEYS } from './keys.mjs';

const RP_ID = 'example.org';
const ORIGIN = 'https://example.org';
const CHALLENGE = Buffer.alloc(32, 7);
const ID = Buffer.alloc(32, 9);
const MODEL = Buffer.alloc(16, 3);
const [UP, UV, BE, BS, AT, ED] = [0x01, 0x04, 0x08, 0x10, 0x40, 0x80];

const sha256 = (data) => createHash('sha256').update(data).digest();
const b64 = (data) => Buffer.from(data).toString('base64url');
const maker = createMaker('Acme');

/** Parts of a ceremony, each of which a case may replace. */
function parts(kind, key) {
  return {
    kind,
    key,
    clientData: { type: `webauthn.${kind === 'registration' ? 'create' : 'get'}`, challenge: b64(CHALLENGE), origin: ORIGIN, crossOrigin: false },
    /** The text of the client data, from its members. */
    text: (members) => Buffer.from(JSON.stringify(members)),
    rpIdHash: sha256(RP_ID),
    flags: UP | UV | (kind === 'registration' ? AT : 0),
    signCount: 5,
    aaguid: Buffer.alloc(16),
    id: ID,
    idLength: undefined,
    cose: key.cose(),
    extensions: Buffer.alloc(0),
    trailing: Buffer.alloc(0),
    statement: () => ({ fmt: 'none', entries: [] }),
    object: (fmt, statement, data) => cborMap([[cborText('fmt'), cborText(fmt)], [cborText('attStmt'), statement], [cborText('authData'), cborBytes(data)]]),
    sign: key.sign,
    storedKey: undefined,
    storedCount: 1,
    options: {},
    /** A last change to the JSON form. */
    json: (response) => response,
  };
}

function vector(id, part) {
  const { kind } = part;
  const text = part.text(part.clientData);
  const hash = sha256(text);
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(part.signCount);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(part.idLength ?? part.id.length);
  const attested = part.flags & AT ? [part.aaguid, length, part.id, part.cose] : [];
  const data = Buffer.concat([part.rpIdHash, Buffer.from([part.flags]), counter, ...attested, part.extensions, part.trailing]);
  const response = { clientDataJSON: b64(text) };
  if (kind === 'registration') {
    const { fmt, entries } = part.statement({ data, hash, part });
    response.attestationObject = b64(part.object(fmt, cborMap(entries), data));
  } else {
    response.authenticatorData = b64(data);
    response.signature = b64(part.sign(Buffer.concat([data, hash])));
  }
  const credential = { id: b64(part.id), rawId: b64(part.id), type: 'public-key', clientExtensionResults: {}, response };
  const made = {
    id,
    kind,
    rp_id: RP_ID,
    origin: ORIGIN,
    challenge_b64url: b64(CHALLENGE),
    response: part.json(credential),
    options: part.options,
    expect: 'ok',
  };
  if (kind === 'authentication') {
    made.credential_public_key_b64url = b64(part.storedKey ?? part.cose);
    made.sign_count = part.storedCount;
  }
  return made;
}

const text = (name, value) => [cborText(name), value];

/** Self attestation, with `change` to its members. */
const packedSelf = (change = (same) => same) => ({ data, hash, part }) => {
  const signature = part.key.sign(Buffer.concat([data, hash]));
  return { fmt: 'packed', entries: change([text('alg', cborInteger(part.key.alg)), text('sig', cborBytes(signature))]) };
};

/** Attestation by a maker's certificate, with `change` to its members. */
const packedBasic = (attestation, change = (same) => same) => ({ data, hash }) => ({
  fmt: 'packed',
  entries: change([
    text('alg', cborInteger(-7)),
    text('sig', cborBytes(attestation.sign(Buffer.concat([data, hash])))),
    text('x5c', cborArray(attestation.certificates.map(cborBytes))),
  ]),
});

const u2f = (attestation, certificates = attestation.certificates) => ({ hash, part }) => {
  const { x, y } = part.key;
  const signed = Buffer.concat([Buffer.from([0]), part.rpIdHash, hash, part.id, Buffer.from([4]), x, y]);
  return {
    fmt: 'fido-u2f',
    entries: [text('sig', cborBytes(attestation.sign(signed))), text('x5c', cborArray(certificates.map(cborBytes)))],
  };
};

const replaced = (label, value) => (entries) => entries.map(([known, old]) => (known === label ? [known, value] : [known, old]));
const without = (label) => (entries) => entries.filter(([known]) => known !== label);
const added = (label, value) => (entries) => [...entries, [label, value]];
const indefinite = (map) => Buffer.concat([Buffer.from([0xbf]), map.subarray(1), Buffer.from([0xff])]);
const flip = (bytes) => {
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 1] ^= 1;
  return flipped;
};
/** The DER of an ECDSA signature with the first length in the long form. */
const longForm = (der) => Buffer.concat([Buffer.from([0x30, 0x81]), der.subarray(1)]);
const pad = (value) => value.padEnd(Math.ceil(value.length / 4) * 4, '=');
const es256 = KEYS.ES256;

const CLIENT_DATA = {
  'another type': (part) => ({ clientData: { ...part.clientData, type: 'webauthn.other' } }),
  'another challenge': (part) => ({ clientData: { ...part.clientData, challenge: b64(Buffer.alloc(32, 8)) } }),
  'a padded challenge': (part) => ({ clientData: { ...part.clientData, challenge: pad(part.clientData.challenge) } }),
  'another origin': (part) => ({ clientData: { ...part.clientData, origin: 'https://evil.example' } }),
  'an origin with a trailing slash': (part) => ({ clientData: { ...part.clientData, origin: `${ORIGIN}/` } }),
  'an origin in capitals': (part) => ({ clientData: { ...part.clientData, origin: 'https://EXAMPLE.org' } }),
  'from a frame of another site': (part) => ({ clientData: { ...part.clientData, crossOrigin: true } }),
  'a top origin': (part) => ({ clientData: { ...part.clientData, crossOrigin: true, topOrigin: 'https://shop.example' } }),
  'crossOrigin as a text': (part) => ({ clientData: { ...part.clientData, crossOrigin: 'false' } }),
  'token binding present': (part) => ({ clientData: { ...part.clientData, tokenBinding: { status: 'present', id: 'AA' } } }),
  'token binding not supported': (part) => ({ clientData: { ...part.clientData, tokenBinding: { status: 'not-supported' } } }),
  'an unknown member': (part) => ({ clientData: { ...part.clientData, new_member: { a: [1] } } }),
  'no type': ({ clientData: { type, ...rest } }) => ({ clientData: rest }),
  'a byte-order mark': (part) => ({ text: (members) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), part.text(members)]) }),
  'not UTF-8': (part) => ({ text: (members) => Buffer.concat([part.text(members).subarray(0, -1), Buffer.from(',"a":"'), Buffer.from([0xff]), Buffer.from('"}')]) }),
  'a member twice': (part) => ({ text: (members) => Buffer.concat([Buffer.from('{"origin":"https://evil.example",'), part.text(members).subarray(1)]) }),
  'something after the object': (part) => ({ text: (members) => Buffer.concat([part.text(members), Buffer.from(' {}')]) }),
};

const AUTHENTICATOR_DATA = {
  "another RP's hash": () => ({ rpIdHash: sha256('evil.example') }),
  'nobody present': (part) => ({ flags: part.flags & ~UP }),
  'not verified, though required': (part) => ({ flags: part.flags & ~UV, options: { require_uv: true } }),
  'backed up but not eligible': (part) => ({ flags: part.flags | BS }),
  'backed up and eligible': (part) => ({ flags: part.flags | BE | BS }),
  'a reserved flag': (part) => ({ flags: part.flags | 0x20 }),
  'extension data missing': (part) => ({ flags: part.flags | ED }),
  'extension data empty': (part) => ({ flags: part.flags | ED, extensions: cborMap([]) }),
  'extension data of indefinite length': (part) => ({ flags: part.flags | ED, extensions: indefinite(cborMap([text('credProtect', cborInteger(2))])) }),
  'extension data': (part) => ({ flags: part.flags | ED, extensions: cborMap([text('credProtect', cborInteger(2))]) }),
  'bytes at the end': () => ({ trailing: Buffer.from([1, 2, 3]) }),
};

const JSON_FORM = {
  'id and rawId differ': () => ({ json: (made) => ({ ...made, id: b64(Buffer.alloc(32, 1)) }) }),
  'padded base64url': () => ({ json: (made) => ({ ...made, response: { ...made.response, clientDataJSON: `${made.response.clientDataJSON}=`.padEnd(Math.ceil((made.response.clientDataJSON.length + 1) / 4) * 4, '=') } }) }),
  'stray bits in base64url': () => ({ json: (made) => ({ ...made, rawId: made.rawId.replace(/.$/, 'l'), id: made.id.replace(/.$/, 'l') }) }),
  'another credential type': () => ({ json: (made) => ({ ...made, type: 'password' }) }),
  'no extension results': () => ({ json: ({ clientExtensionResults, ...made }) => made }),
};

const CREDENTIAL = {
  'attested data missing': (part) => ({ flags: part.flags & ~AT }),
  'id of no bytes': () => ({ id: Buffer.alloc(0) }),
  'id of 1024 bytes': () => ({ id: Buffer.alloc(1024, 1) }),
  'id length beyond the data': () => ({ idLength: 900 }),
  'another id in the data': () => ({ json: (made) => ({ ...made, id: b64(Buffer.alloc(32, 1)), rawId: b64(Buffer.alloc(32, 1)) }) }),
  'key with a key id': ({ key }) => ({ cose: key.cose((entries) => [entries[0], [2, cborBytes(Buffer.from('kid'))], ...entries.slice(1)]) }),
  'key out of order': ({ key }) => ({ cose: key.cose((entries) => [...entries].reverse()) }),
  'key of indefinite length': ({ key }) => ({ cose: indefinite(key.cose()) }),
  'key with a long integer': ({ key }) => ({ cose: key.cose(replaced(1, Buffer.from([0x18, 0x02]))) }),
  'key off the curve': ({ key }) => ({ cose: key.cose(replaced(-3, cborBytes(flip(key.y)))) }),
  'key compressed': ({ key }) => ({ cose: key.cose(replaced(-3, Buffer.from([0xf5]))) }),
  'key with a short coordinate': ({ key }) => ({ cose: key.cose(replaced(-2, cborBytes(key.x.subarray(1)))) }),
  'key with a padded coordinate': ({ key }) => ({ cose: key.cose(replaced(-2, cborBytes(Buffer.concat([Buffer.from([0]), key.x])))) }),
  'key of another curve': ({ key }) => ({ cose: key.cose(replaced(-1, cborInteger(2))) }),
  'key of another type': ({ key }) => ({ cose: key.cose(replaced(1, cborInteger(3))) }),
  'key without an algorithm': ({ key }) => ({ cose: key.cose(without(3)) }),
  'key with a private part': ({ key }) => ({ cose: key.cose(added(-4, cborBytes(Buffer.alloc(32, 1)))) }),
  'an algorithm not offered': () => ({ options: { algorithms: [-8, -257] } }),
};

const OBJECT = {
  'an unknown format': () => ({ statement: () => ({ fmt: 'nobody', entries: [] }) }),
  'a format in capitals': () => ({ statement: () => ({ fmt: 'None', entries: [] }) }),
  'none with a statement': () => ({ statement: () => ({ fmt: 'none', entries: [text('a', cborInteger(1))] }) }),
  'one more member': () => ({ object: (fmt, statement, data) => cborMap([text('a', cborInteger(1)), text('fmt', cborText(fmt)), text('attStmt', statement), text('authData', cborBytes(data))]) }),
  'members out of order': () => ({ object: (fmt, statement, data) => cborMap([text('authData', cborBytes(data)), text('attStmt', statement), text('fmt', cborText(fmt))]) }),
  'of indefinite length': (part) => ({ object: (...given) => indefinite(part.object(...given)) }),
  'within a tag': (part) => ({ object: (...given) => Buffer.concat([head(6, 1), part.object(...given)]) }),
  'bytes at the end of the object': (part) => ({ object: (...given) => Buffer.concat([part.object(...given), Buffer.from([0])]) }),
};

const model = maker.attest(MODEL);
const attested = { aaguid: MODEL };
const leaf = (subject, settings) => {
  const issuer = maker.issuer;
  const certificate = certify(subject, { issuer, ...settings });
  return { certificates: [certificate.der], sign: certificate.attest };
};
const SUBJECT = { C: 'SE', O: 'Acme', OU: 'Authenticator Attestation', CN: 'Acme 1' };

const STATEMENTS = {
  'packed, self': () => ({ statement: packedSelf() }),
  'packed, self, bad signature': () => ({ statement: packedSelf(([alg]) => [alg, text('sig', cborBytes(es256.sign(Buffer.from('x'))))]) }),
  'packed, self, another algorithm': () => ({ statement: packedSelf(([, sig]) => [text('alg', cborInteger(-35)), sig]) }),
  'packed, self, one more member': () => ({ statement: packedSelf((entries) => [...entries, text('zzz', cborInteger(1))]) }),
  'packed, self, signature in BER': () => ({ statement: ({ data, hash, part }) => packedSelf(([alg]) => [alg, text('sig', cborBytes(longForm(part.key.sign(Buffer.concat([data, hash])))))])({ data, hash, part }) }),
  'packed, basic': () => ({ ...attested, statement: packedBasic(model) }),
  'packed, basic, bad signature': () => ({ ...attested, statement: packedBasic({ ...model, sign: () => model.sign(Buffer.from('x')) }) }),
  'packed, basic, no certificate': () => ({ ...attested, statement: packedBasic({ ...model, certificates: [] }) }),
  'packed, basic, with ECDAA': () => ({ ...attested, statement: packedBasic(model, (entries) => [...entries, text('ecdaaKeyId', cborBytes(Buffer.alloc(32)))]) }),
  'packed, basic, of another model': () => ({ aaguid: Buffer.alloc(16, 4), statement: packedBasic(model) }),
  'packed, basic, of another unit': () => ({ ...attested, statement: packedBasic(leaf({ ...SUBJECT, OU: 'Sales' })) }),
  'packed, basic, without a country': () => ({ ...attested, statement: packedBasic(leaf({ O: 'Acme', OU: SUBJECT.OU, CN: 'Acme 1' })) }),
  'packed, basic, by an authority': () => ({ ...attested, statement: packedBasic(leaf(SUBJECT, { authority: true })) }),
  'packed, basic, without basic constraints': () => ({ ...attested, statement: packedBasic(leaf(SUBJECT, { basicConstraints: false })) }),
  'fido-u2f': () => ({ statement: u2f(model) }),
  'fido-u2f, with an AAGUID': () => ({ ...attested, statement: u2f(model) }),
  'fido-u2f, two certificates': () => ({ statement: u2f(model, [...model.certificates, maker.root]) }),
  'fido-u2f, bad signature': () => ({ statement: u2f({ ...model, sign: () => model.sign(Buffer.from('x')) }) }),
};

const ASSERTIONS = {
  'attested data': (part) => ({ flags: part.flags | AT }),
  'a bad signature': () => ({ sign: () => es256.sign(Buffer.from('x')) }),
  'a signature in BER': (part) => ({ sign: (data) => longForm(part.key.sign(data)) }),
  'a byte after the signature': (part) => ({ sign: (data) => Buffer.concat([part.key.sign(data), Buffer.from([0])]) }),
  'no signature': () => ({ sign: () => Buffer.alloc(0) }),
  'a counter that stands': () => ({ storedCount: 5 }),
  'a counter that fell': () => ({ storedCount: 6 }),
  'a counter that became zero': () => ({ signCount: 0, storedCount: 1 }),
  'no counter': () => ({ signCount: 0, storedCount: 0 }),
  'a user handle': () => ({ json: (made) => ({ ...made, response: { ...made.response, userHandle: b64(Buffer.alloc(16, 1)) } }) }),
  'a user handle of 65 bytes': () => ({ json: (made) => ({ ...made, response: { ...made.response, userHandle: b64(Buffer.alloc(65, 1)) } }) }),
  'a stored key with a key id': ({ key }) => ({ storedKey: key.cose((entries) => [entries[0], [2, cborBytes(Buffer.from('kid'))], ...entries.slice(1)]) }),
  'a stored key of another': () => ({ storedKey: KEYS.EdDSA.cose() }),
};

/** All cases: [name, vector]. */
export function cases() {
  const made = [];
  const add = (kind, name, change = () => ({}), key = es256) => {
    const part = parts(kind, key);
    const id = `${kind}: ${name}`;
    made.push([id, vector(id, { ...part, ...change(part) })]);
  };
  for (const kind of ['registration', 'authentication']) {
    for (const [name, key] of Object.entries(KEYS)) add(kind, name, undefined, key);
    for (const table of [CLIENT_DATA, AUTHENTICATOR_DATA, JSON_FORM]) {
      for (const [name, change] of Object.entries(table)) add(kind, name, change);
    }
  }
  for (const table of [CREDENTIAL, OBJECT, STATEMENTS]) {
    for (const [name, change] of Object.entries(table)) add('registration', name, change);
  }
  for (const name of ['EdDSA', 'RS256', 'PS256', 'ES384', 'ES512']) {
    add('registration', `packed, self, ${name}`, () => ({ statement: packedSelf() }), KEYS[name]);
  }
  for (const [name, change] of Object.entries(ASSERTIONS)) add('authentication', name, change);
  return made;
}
