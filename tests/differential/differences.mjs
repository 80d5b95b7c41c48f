// Where the verifier differs from py_webauthn 3.0.1 and SimpleWebAuthn 14.0.3: what came of it here, who said otherwise, and
// why we keep to it. Where we accept, the others refuse; where we refuse, with that code, the others accept.

const PYTHON = 'py_webauthn';
const SIMPLE = 'SimpleWebAuthn';
const BOTH = 'py_webauthn and SimpleWebAuthn';

export const DIFFERENCES = {
  'authentication: ES384': ['ok', PYTHON, 'ES384 is registered and named by WebAuthn; py_webauthn does not know it'],
  'authentication: RS1': [
    'algorithm_unsupported',
    BOTH,
    'SHA-1 signatures are no proof any more: RS1 is for old TPM statements, never for a credential',
  ],
  'authentication: RSA of 1024 bits': [
    'rsa_modulus_size',
    BOTH,
    '1024 bits can be factored by those who want to; 2048 is the least',
  ],
  'authentication: RSA with exponent 3': [
    'rsa_exponent',
    BOTH,
    'small exponents turn slips of padding into forgeries; devices use 65537',
  ],
  'authentication: a byte after the signature': [
    'signature_encoding',
    SIMPLE,
    'a signature is strict DER with nothing after it',
  ],
  'authentication: a member twice': [
    'client_data_duplicate_member',
    BOTH,
    'readers differ in which of two members counts, so one of them is being lied to',
  ],
  'authentication: a padded challenge': [
    'challenge_mismatch',
    PYTHON,
    'the challenge is compared as the text that a client must write, base64url without padding',
  ],
  'authentication: a reserved flag': [
    'authenticator_data_reserved_flags',
    BOTH,
    'bits without a meaning are zero until a specification gives them one (the server preset reports them)',
  ],
  'authentication: a signature in BER': ['signature_encoding', SIMPLE, 'a signature is strict DER'],
  'authentication: a stored key with a key id': [
    'cose_key_extra_parameter',
    BOTH,
    'WebAuthn forbids other parameters in a credential key',
  ],
  'authentication: a top origin': ['cross_origin_not_allowed', PYTHON, 'nobody expects this ceremony in a frame'],
  'authentication: a user handle of 65 bytes': ['user_handle_length', BOTH, 'a user handle has at most 64 bytes'],
  'authentication: attested data': [
    'attested_credential_data_unexpected',
    BOTH,
    'authenticators must not send attested credential data with an assertion',
  ],
  'authentication: crossOrigin as a text': ['client_data_malformed', BOTH, 'a known member has its type'],
  'authentication: extension data empty': [
    'extension_data_malformed',
    BOTH,
    'the flag says that there are extensions, and there are none',
  ],
  'authentication: from a frame of another site': [
    'cross_origin_not_allowed',
    BOTH,
    'nobody expects this ceremony in a frame',
  ],
  'authentication: not UTF-8': [
    'client_data_not_utf8',
    SIMPLE,
    'client data is UTF-8; replaced bytes are not what was signed',
  ],
  'authentication: padded base64url': ['base64_url_invalid', PYTHON, 'the JSON forms are base64url without padding'],
  'authentication: stray bits in base64url': [
    'base64_url_invalid',
    SIMPLE,
    'each value has one form; two texts for one id defeat comparisons',
  ],
  'authentication: token binding not supported': [
    'ok',
    BOTH,
    'the member is without meaning now, and this value claims nothing',
  ],
  'authentication: token binding present': [
    'token_binding_present',
    BOTH,
    'somebody negotiated token binding, which was not us',
  ],
  'registration: ES384': ['ok', PYTHON, 'ES384 is registered and named by WebAuthn; py_webauthn does not know it'],
  'registration: RS1': [
    'algorithm_unsupported',
    BOTH,
    'SHA-1 signatures are no proof any more: RS1 is for old TPM statements, never for a credential',
  ],
  'registration: RSA of 1024 bits': [
    'rsa_modulus_size',
    BOTH,
    '1024 bits can be factored by those who want to; 2048 is the least',
  ],
  'registration: RSA with exponent 3': [
    'rsa_exponent',
    BOTH,
    'small exponents turn slips of padding into forgeries; devices use 65537',
  ],
  'registration: a member twice': [
    'client_data_duplicate_member',
    BOTH,
    'readers differ in which of two members counts, so one of them is being lied to',
  ],
  'registration: a padded challenge': [
    'challenge_mismatch',
    PYTHON,
    'the challenge is compared as the text that a client must write, base64url without padding',
  ],
  'registration: a reserved flag': [
    'authenticator_data_reserved_flags',
    BOTH,
    'bits without a meaning are zero until a specification gives them one (the server preset reports them)',
  ],
  'registration: a top origin': ['cross_origin_not_allowed', BOTH, 'nobody expects this ceremony in a frame'],
  'registration: another id in the data': [
    'credential_id_mismatch',
    BOTH,
    'the id that is stored is the one that the authenticator attested',
  ],
  'registration: bytes at the end of the object': [
    'cbor_trailing_data',
    BOTH,
    'an attestation object is one item with nothing after it',
  ],
  'registration: crossOrigin as a text': ['client_data_malformed', BOTH, 'a known member has its type'],
  'registration: extension data empty': [
    'extension_data_malformed',
    BOTH,
    'the flag says that there are extensions, and there are none',
  ],
  'registration: fido-u2f, two certificates': [
    'attestation_certificate_invalid',
    SIMPLE,
    'the format has exactly one certificate',
  ],
  'registration: fido-u2f, with an AAGUID': [
    'ok',
    BOTH,
    "the specification's own example has one; zero is demanded in the conformance preset only",
  ],
  'registration: from a frame of another site': [
    'cross_origin_not_allowed',
    BOTH,
    'nobody expects this ceremony in a frame',
  ],
  'registration: id of 1024 bytes': ['credential_id_length', BOTH, 'an id has at most 1023 bytes'],
  'registration: key compressed': ['cose_point_encoding', BOTH, 'compressed points are forbidden'],
  'registration: key of another curve': ['cose_curve_mismatch', BOTH, '-7 means P-256 in WebAuthn'],
  'registration: key of another type': [
    'cose_key_type_mismatch',
    BOTH,
    'the type of the key is the one of its algorithm',
  ],
  'registration: key off the curve': [
    'cose_point_invalid',
    BOTH,
    'a point off the curve is no key, and some code leaks secrets when given one',
  ],
  'registration: key out of order': ['cbor_not_canonical', BOTH, 'what an authenticator signs is CTAP2-canonical CBOR'],
  'registration: key with a key id': [
    'cose_key_extra_parameter',
    BOTH,
    'WebAuthn forbids other parameters in a credential key',
  ],
  'registration: key with a padded coordinate': [
    'cose_point_encoding',
    BOTH,
    'a coordinate has exactly the size of the field',
  ],
  'registration: key with a private part': [
    'cose_key_extra_parameter',
    BOTH,
    'WebAuthn forbids other parameters in a credential key, a private one above all',
  ],
  'registration: key with a short coordinate': [
    'cose_point_encoding',
    BOTH,
    'a coordinate has exactly the size of the field',
  ],
  'registration: members out of order': [
    'cbor_not_canonical',
    BOTH,
    'attestation objects are CTAP2-canonical CBOR (a knob loosens the unsigned envelope)',
  ],
  'registration: none with a statement': [
    'attestation_statement_malformed',
    PYTHON,
    'the format none has an empty statement',
  ],
  'registration: not UTF-8': [
    'client_data_not_utf8',
    SIMPLE,
    'client data is UTF-8; replaced bytes are not what was signed',
  ],
  'registration: of indefinite length': [
    'cbor_not_canonical',
    PYTHON,
    'attestation objects are CTAP2-canonical CBOR (a knob loosens the unsigned envelope)',
  ],
  'registration: one more member': ['attestation_object_malformed', BOTH, 'an attestation object has three members'],
  'registration: packed, basic, by an authority': [
    'attestation_certificate_invalid',
    PYTHON,
    'an attestation certificate is no authority',
  ],
  'registration: packed, basic, of another model': [
    'attestation_aaguid_mismatch',
    PYTHON,
    "the model in the certificate is the authenticator's",
  ],
  'registration: packed, basic, of another unit': [
    'attestation_certificate_invalid',
    PYTHON,
    'the subject is the one that the format demands',
  ],
  'registration: packed, basic, with ECDAA': [
    'attestation_statement_malformed',
    BOTH,
    'ECDAA was removed, and a statement has the members of its format',
  ],
  'registration: packed, basic, without a country': [
    'attestation_certificate_invalid',
    PYTHON,
    'the subject is the one that the format demands',
  ],
  'registration: packed, basic, without basic constraints': [
    'attestation_certificate_invalid',
    BOTH,
    'an attestation certificate must say that it is no authority',
  ],
  'registration: packed, self, ES384': [
    'ok',
    PYTHON,
    'ES384 is registered and named by WebAuthn; py_webauthn does not know it',
  ],
  'registration: packed, self, one more member': [
    'attestation_statement_malformed',
    BOTH,
    'a statement has the members of its format',
  ],
  'registration: packed, self, signature in BER': ['signature_encoding', SIMPLE, 'a signature is strict DER'],
  'registration: padded base64url': ['base64_url_invalid', PYTHON, 'the JSON forms are base64url without padding'],
  'registration: stray bits in base64url': [
    'base64_url_invalid',
    SIMPLE,
    'each value has one form; two texts for one id defeat comparisons',
  ],
  'registration: token binding not supported': [
    'ok',
    PYTHON,
    'the member is without meaning now, and this value claims nothing',
  ],
  'registration: token binding present': [
    'token_binding_present',
    BOTH,
    'somebody negotiated token binding, which was not us',
  ],
};
