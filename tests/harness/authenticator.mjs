// A software authenticator for tests on the wire: ES256, attestation `none` or `packed`. Each ceremony can be made wrong in one
// place, which a browser would not let itself be made to do.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { cborArray, cborBytes, cborInteger, cborMap, cborText } from './cbor.mjs';

export const FLAGS = Object.freeze({ UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40 });

const sha256 = (data) => createHash('sha256').update(data).digest();
const encode = (data) => Buffer.from(data).toString('base64url');

export function createAuthenticator() {
  const credentials = new Map();

  function clientData(type, options, { origin, ...wrong }) {
    return Buffer.from(JSON.stringify({ type, challenge: options.challenge, origin, crossOrigin: false, ...wrong.clientData }));
  }

  function authenticatorData(rpId, flags, signCount, attested = Buffer.alloc(0)) {
    const head = Buffer.alloc(5);
    head[0] = flags;
    head.writeUInt32BE(signCount, 1);
    return Buffer.concat([sha256(rpId), head, attested]);
  }

  return {
    credentials,

    /**
     * Answers creation options as the browser SDK would send it. `origin` is the page's; the other settings make the
     * answer wrong: `clientData` (members to replace), `rpId`, `flags`, `signCount`. With `attestation` (see
     * `createMaker`) the answer is attested.
     */
    create(options, { origin, rpId = options.rp.id, flags = FLAGS.UP | FLAGS.UV, signCount = 1, attestation, ...wrong }) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const id = randomBytes(32);
      credentials.set(encode(id), { privateKey, rpId: options.rp.id, userHandle: options.user.id, signCount });
      const attested = attestedCredential(id, publicKey, attestation?.aaguid);
      const data = authenticatorData(rpId, flags | FLAGS.AT, signCount, attested);
      const json = clientData('webauthn.create', options, { origin, ...wrong });
      const object = cborMap([
        [cborText('fmt'), cborText(attestation ? 'packed' : 'none')],
        [cborText('attStmt'), attestation ? packedStatement(attestation, data, json) : cborMap([])],
        [cborText('authData'), cborBytes(data)],
      ]);
      return {
        id: encode(id),
        rawId: encode(id),
        type: 'public-key',
        clientExtensionResults: { credProps: { rk: true } },
        response: {
          AttestationObject: encode(object),
          clientDataJson: encode(json),
        },
      };
    },

    /** Answers request options with the passkey `id`, else with the first one that fits them. */
    get(options, { origin, id, rpId = options.rpId, flags = FLAGS.UP | FLAGS.UV, signCount, ...wrong }) {
      const allowed = options.allowCredentials.map((descriptor) => descriptor.id);
      const chosen = id ?? [...credentials.keys()].find((known) => allowed.length === 0 || allowed.includes(known));
      const credential = credentials.get(chosen);
      credential.signCount = signCount ?? credential.signCount + 1;
      const data = authenticatorData(rpId, flags, credential.signCount);
      const json = clientData('webauthn.get', options, { origin, ...wrong });
      return {
        id: chosen,
        rawId: chosen,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          authenticatorData: encode(data),
          clientDataJson: encode(json),
          signature: encode(sign('sha256', Buffer.concat([data, sha256(json)]), credential.privateKey)),
        },
      };
    },
  };
}

/**
 * A person at a page of the site: registers and signs in through `connect`'s client, with a software authenticator.
 * `tamper` goes to the authenticator; the request's own fields come from the page.
 */
export function createVisitor(client, { origin = client.url, rpId = 'localhost', authenticator = createAuthenticator() } = {}) {
  const place = { RPID: rpId, Origin: origin };
  return {
    authenticator,
    origin,
    place,

    async registerToken(userId, extra = {}) {
      const { body } = await client.backend.post('/register/token', { userId, username: userId, ...extra });
      return body.token;
    },
    beginRegistration: (token) => client.page.post('/register/begin', { token, ...place }),
    completeRegistration(begun, tamper = {}, extra = {}) {
      const response = authenticator.create(begun.body.data, { origin, ...tamper });
      return client.page.post('/register/complete', { session: begun.body.session, response, ...place, ...extra });
    },
    async register(userId, tamper = {}, extra = {}) {
      const begun = await this.beginRegistration(await this.registerToken(userId));
      return this.completeRegistration(begun, tamper, extra);
    },

    beginSignIn: (who = {}) => client.page.post('/signin/begin', { ...who, ...place }),
    completeSignIn(begun, tamper = {}, extra = {}) {
      const response = authenticator.get(begun.body.data, { origin, ...tamper });
      return client.page.post('/signin/complete', { session: begun.body.session, response, ...place, ...extra });
    },
    async signIn(who = {}, tamper = {}) {
      return this.completeSignIn(await this.beginSignIn(who), tamper);
    },
    verify: (token) => client.backend.post('/signin/verify', { token }),
  };
}

function packedStatement({ certificates, sign: attest }, data, clientData) {
  return cborMap([
    [cborText('alg'), cborInteger(-7)],
    [cborText('sig'), cborBytes(attest(Buffer.concat([data, sha256(clientData)])))],
    [cborText('x5c'), cborArray(certificates.map(cborBytes))],
  ]);
}

function attestedCredential(id, publicKey, aaguid = Buffer.alloc(16)) {
  const { x, y } = publicKey.export({ format: 'jwk' });
  const key = cborMap([
    [cborInteger(1), cborInteger(2)], // kty: EC2
    [cborInteger(3), cborInteger(-7)], // alg: ES256
    [cborInteger(-1), cborInteger(1)], // crv: P-256
    [cborInteger(-2), cborBytes(Buffer.from(x, 'base64url'))],
    [cborInteger(-3), cborBytes(Buffer.from(y, 'base64url'))],
  ]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  return Buffer.concat([aaguid, length, id, key]);
}
