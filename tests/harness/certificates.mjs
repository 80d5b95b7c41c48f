// Certificates of our own making: a key, a name, an issuer, and as much of DER as they need.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const tlv = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts) => tlv(0x30, ...parts);
const set = (...parts) => tlv(0x31, ...parts);
const utf8 = (text) => tlv(0x0c, Buffer.from(text));
const printable = (text) => tlv(0x13, Buffer.from(text));
export const octets = (bytes) => tlv(0x04, bytes);
const bool = tlv(0x01, Buffer.from([0xff]));
const oid = (dotted) => {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return tlv(0x06, Buffer.from(bytes));
};

const ATTRIBUTES = { CN: '2.5.4.3', C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11' };
const name = (attributes) =>
  sequence(
    ...Object.entries(attributes).map(([kind, text]) =>
      set(sequence(oid(ATTRIBUTES[kind]), kind === 'C' ? printable(text) : utf8(text))),
    ),
  );
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const extension = (id, critical, value) => sequence(oid(id), ...(critical ? [bool] : []), octets(value));

/** id-fido-gen-ce-aaguid (WebAuthn §8.2.1): the model that a certificate is for. */
export const aaguidExtension = (aaguid) => extension('1.3.6.1.4.1.45724.1.1.4', false, octets(aaguid));
export const hostExtension = (host) => extension('2.5.29.17', false, sequence(tlv(0x82, Buffer.from(host))));

/**
 * A certificate for a new P-256 key. Without an `issuer` it signs itself. Gives `der`, `pem`, `attest(data)` to sign with
 * its key, and `privateKey` and `subject`, which make it an issuer.
 */
export function certify(subject, { issuer, authority = false, basicConstraints = true, extensions = [] } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const by = issuer ?? { subject, privateKey };
  const constraints = basicConstraints ? [extension('2.5.29.19', true, authority ? sequence(bool) : sequence())] : [];
  const usage = extension('2.5.29.15', true, Buffer.from(authority ? [3, 2, 1, 0x06] : [3, 2, 7, 0x80]));
  const serial = randomBytes(8);
  serial[0] = 0x01;
  const tbs = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    ECDSA_SHA256,
    name(by.subject),
    sequence(tlv(0x17, Buffer.from('250101000000Z')), tlv(0x17, Buffer.from('450101000000Z'))),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...constraints, usage, ...extensions)),
  );
  const signature = sign('sha256', tbs, by.privateKey);
  const der = sequence(tbs, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature));
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return { der, pem, serial, privateKey, subject, attest: (data) => sign('sha256', data, privateKey) };
}

/** The list, in PEM, of what an issuer has revoked: certificates of `certify`. */
export function revoke(issuer, ...certificates) {
  const issued = tlv(0x17, Buffer.from('250101000000Z'));
  const entries = certificates.map(({ serial }) => sequence(tlv(0x02, serial), issued));
  const tbs = sequence(
    tlv(0x02, Buffer.from([1])),
    ECDSA_SHA256,
    name(issuer.subject),
    issued,
    tlv(0x17, Buffer.from('450101000000Z')),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
  );
  const signature = sign('sha256', tbs, issuer.privateKey);
  const der = sequence(tbs, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature));
  return `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`;
}

/** A metadata service of FIDO's kind with a root of its own: `root` in PEM, and `sign(payload)` for a BLOB. */
export function createMetadataService(host = 'mds.fidoalliance.org') {
  const root = certify({ CN: 'Test metadata root' }, { authority: true });
  const leaf = certify({ CN: host }, { issuer: root, extensions: [hostExtension(host)] });
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    root: root.pem,
    sign(payload) {
      const header = { alg: 'ES256', typ: 'JWT', x5c: [leaf.der.toString('base64')] };
      const message = `${encode(header)}.${encode(payload)}`;
      const signature = sign('sha256', Buffer.from(message), { key: leaf.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${message}.${signature.toString('base64url')}`;
    },
  };
}

/** A maker of authenticators: `root` vouches for its models, `attest(aaguid)` is the attestation of one (format packed). */
export function createMaker(title) {
  const root = certify({ CN: `${title} root` }, { authority: true });
  return {
    root: root.der,
    issuer: root,
    attest(aaguid) {
      const subject = { C: 'SE', O: title, OU: 'Authenticator Attestation', CN: `${title} 1` };
      const leaf = certify(subject, { issuer: root, extensions: [aaguidExtension(aaguid)] });
      return {
        aaguid,
        leaf,
        certificates: [leaf.der],
        sign: leaf.attest,
      };
    },
  };
}

