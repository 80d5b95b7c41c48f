// Credential keys of each algorithm: the COSE key and how it signs.

import { constants, generateKeyPairSync, sign } from 'node:crypto';

import { cborBytes, cborInteger, cborMap } from '../harness/cbor.mjs';

const unsigned = (text) => Buffer.from(text, 'base64url');
const pairs = (entries) => entries.map(([label, value]) => [cborInteger(label), value]);

/** A COSE key from its parameters, in the order given; `change` may replace, add or take away some. */
const cose = (entries) => (change) => cborMap(pairs((change ?? ((same) => same))(entries)));

function ec(alg, curve, name, hash) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: name });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const entries = [
    [1, cborInteger(2)],
    [3, cborInteger(alg)],
    [-1, cborInteger(curve)],
    [-2, cborBytes(unsigned(x))],
    [-3, cborBytes(unsigned(y))],
  ];
  return { alg, cose: cose(entries), x: unsigned(x), y: unsigned(y), sign: (data) => sign(hash, data, privateKey) };
}

function okp() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  const entries = [
    [1, cborInteger(1)],
    [3, cborInteger(-8)],
    [-1, cborInteger(6)],
    [-2, cborBytes(unsigned(x))],
  ];
  return { alg: -8, cose: cose(entries), sign: (data) => sign(null, data, privateKey) };
}

function rsa(alg, hash, { bits = 2048, exponent = 65537, pss = false } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const entries = [
    [1, cborInteger(3)],
    [3, cborInteger(alg)],
    [-1, cborBytes(unsigned(n))],
    [-2, cborBytes(unsigned(e))],
  ];
  const padding = pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };
  return { alg, cose: cose(entries), sign: (data) => sign(hash, data, { key: privateKey, ...padding }) };
}

export const KEYS = {
  ES256: ec(-7, 1, 'P-256', 'sha256'),
  ES384: ec(-35, 2, 'P-384', 'sha384'),
  ES512: ec(-36, 3, 'P-521', 'sha512'),
  EdDSA: okp(),
  RS256: rsa(-257, 'sha256'),
  PS256: rsa(-37, 'sha256', { pss: true }),
  'RSA of 1024 bits': rsa(-257, 'sha256', { bits: 1024 }),
  'RSA with exponent 3': rsa(-257, 'sha256', { exponent: 3 }),
  RS1: rsa(-65535, 'sha1'),
};
