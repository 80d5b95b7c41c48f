//! Keys that sign, from fixed seeds.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use ring::digest::{Algorithm as Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair};

use super::{cbor, der};

/// A key pair.
pub(crate) enum Key {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, Vec<u8>),
    #[cfg(feature = "es256k")]
    K256(k256::ecdsa::SigningKey),
    #[cfg(feature = "ed448")]
    Ed448(Box<ed448_goldilocks::SigningKey>),
    #[cfg(feature = "ml-dsa")]
    MlDsa65(Box<ml_dsa::SigningKey<ml_dsa::MlDsa65>>),
}

/// How a certificate is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The natural one of the key, with SHA-256, 384 or 512.
    Natural,
    /// With SHA-1.
    Sha1,
    /// RSASSA-PSS with SHA-256.
    Pss,
}

const RSA_A: &[u8] = include_bytes!("keys/rsa-2048-a.pk8");
const RSA_B: &[u8] = include_bytes!("keys/rsa-2048-b.pk8");

pub(crate) const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
pub(crate) const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

impl Key {
    pub(crate) fn p256(seed: u8) -> Self {
        Self::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn p384(seed: u8) -> Self {
        Self::P384(p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap())
    }

    pub(crate) fn p521(seed: u8) -> Self {
        let mut scalar = [seed; 66];
        scalar[0] = 0;
        Self::P521(p521::ecdsa::SigningKey::from_slice(&scalar).unwrap())
    }

    pub(crate) fn ed25519(seed: u8) -> Self {
        Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    pub(crate) fn rsa(first: bool) -> Self {
        let pkcs8 = if first { RSA_A } else { RSA_B };
        Self::Rsa(RsaKeyPair::from_pkcs8(pkcs8).unwrap(), pkcs8.to_vec())
    }

    #[cfg(feature = "es256k")]
    pub(crate) fn k256(seed: u8) -> Self {
        Self::K256(k256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    #[cfg(feature = "ed448")]
    pub(crate) fn ed448(seed: u8) -> Self {
        let secret = ed448_goldilocks::SecretKey::from([seed; 57]);
        Self::Ed448(Box::new(ed448_goldilocks::SigningKey::from(secret)))
    }

    #[cfg(feature = "ml-dsa")]
    pub(crate) fn ml_dsa_65(seed: u8) -> Self {
        Self::MlDsa65(Box::new(ml_dsa::SigningKey::from_seed(&[seed; 32].into())))
    }

    /// The COSE algorithm that the key signs with unless it is told otherwise.
    pub(crate) fn alg(&self) -> i64 {
        match self {
            Self::P256(_) => -7,
            Self::P384(_) => -35,
            Self::P521(_) => -36,
            Self::Ed25519(_) => -8,
            Self::Rsa(..) => -257,
            #[cfg(feature = "es256k")]
            Self::K256(_) => -47,
            #[cfg(feature = "ed448")]
            Self::Ed448(_) => -53,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa65(_) => -49,
        }
    }

    /// A signature as statements and certificates carry it.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_with(Scheme::Natural, message)
    }

    pub(crate) fn sign_with(&self, scheme: Scheme, message: &[u8]) -> Vec<u8> {
        match (self, scheme) {
            (Self::P256(key), Scheme::Sha1) => {
                let hash = [
                    &[0; 12],
                    digest(&SHA1_FOR_LEGACY_USE_ONLY, message).as_ref(),
                ]
                .concat();
                let signature: p256::ecdsa::Signature = key.sign_prehash(&hash).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
            (Self::P256(key), _) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            (Self::P384(key), _) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            (Self::P521(key), _) => {
                let signature: p521::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            (Self::Ed25519(key), _) => key.sign(message).as_ref().to_vec(),
            (Self::Rsa(_, pkcs8), Scheme::Sha1) => rsa_sha1(pkcs8, message),
            (Self::Rsa(key, _), scheme) => {
                let encoding: &dyn ring::signature::RsaEncoding = if scheme == Scheme::Pss {
                    &ring::signature::RSA_PSS_SHA256
                } else {
                    &ring::signature::RSA_PKCS1_SHA256
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(encoding, &random(), message, &mut signature)
                    .unwrap();
                signature
            }
            #[cfg(feature = "es256k")]
            (Self::K256(key), _) => {
                let signature: k256::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            #[cfg(feature = "ed448")]
            (Self::Ed448(key), _) => key.sign_raw(message).to_bytes().to_vec(),
            #[cfg(feature = "ml-dsa")]
            (Self::MlDsa65(key), _) => key
                .expanded_key()
                .sign_deterministic(message, &[])
                .unwrap()
                .encode()
                .to_vec(),
        }
    }

    /// The signature of a JWS, where ECDSA is two plain numbers.
    pub(crate) fn sign_jws(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            _ => self.sign(message),
        }
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        let ec = |curve: &[u8], point: &[u8]| {
            der::sequence(&[
                &der::sequence(&[&der::oid(EC_PUBLIC_KEY), &der::oid(curve)]),
                &der::bits(point),
            ])
        };
        match self {
            Self::P256(key) => ec(
                b"\x2a\x86\x48\xce\x3d\x03\x01\x07",
                key.verifying_key().to_sec1_point(false).as_bytes(),
            ),
            Self::P384(key) => ec(
                b"\x2b\x81\x04\x00\x22",
                key.verifying_key().to_sec1_point(false).as_bytes(),
            ),
            Self::P521(key) => ec(
                b"\x2b\x81\x04\x00\x23",
                key.verifying_key().to_sec1_point(false).as_bytes(),
            ),
            Self::Ed25519(key) => der::sequence(&[
                &der::sequence(&[&der::oid(b"\x2b\x65\x70")]),
                &der::bits(key.public_key().as_ref()),
            ]),
            Self::Rsa(key, _) => rsa_spki(&modulus(key)),
            #[cfg(feature = "es256k")]
            Self::K256(key) => ec(
                b"\x2b\x81\x04\x00\x0a",
                key.verifying_key().to_sec1_point(false).as_bytes(),
            ),
            #[cfg(feature = "ed448")]
            Self::Ed448(key) => der::sequence(&[
                &der::sequence(&[&der::oid(b"\x2b\x65\x71")]),
                &der::bits(&key.verifying_key().to_bytes()),
            ]),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa65(key) => der::sequence(&[
                &der::sequence(&[&der::oid(b"\x60\x86\x48\x01\x65\x03\x04\x03\x12")]),
                &der::bits(&key.expanded_key().verifying_key().encode()),
            ]),
        }
    }

    /// The COSE key with its natural algorithm.
    pub(crate) fn cose(&self) -> Vec<u8> {
        let int = cbor::integer;
        let ec = |crv: i64, point: &[u8]| {
            let (x, y) = point[1..].split_at((point.len() - 1) / 2);
            vec![
                (int(1), int(2)),
                (int(-1), int(crv)),
                (int(-2), cbor::bytes(x)),
                (int(-3), cbor::bytes(y)),
            ]
        };
        let mut entries = match self {
            Self::P256(key) => ec(1, key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::P384(key) => ec(2, key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::P521(key) => ec(3, key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::Ed25519(key) => {
                vec![
                    (int(1), int(1)),
                    (int(-1), int(6)),
                    (int(-2), cbor::bytes(key.public_key().as_ref())),
                ]
            }
            Self::Rsa(key, _) => vec![
                (int(1), int(3)),
                (int(-1), cbor::bytes(&modulus(key))),
                (int(-2), cbor::bytes(&[1, 0, 1])),
            ],
            #[cfg(feature = "es256k")]
            Self::K256(key) => ec(8, key.verifying_key().to_sec1_point(false).as_bytes()),
            #[cfg(feature = "ed448")]
            Self::Ed448(key) => {
                vec![
                    (int(1), int(1)),
                    (int(-1), int(7)),
                    (int(-2), cbor::bytes(&key.verifying_key().to_bytes())),
                ]
            }
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa65(key) => {
                vec![
                    (int(1), int(7)),
                    (
                        int(-1),
                        cbor::bytes(&key.expanded_key().verifying_key().encode()),
                    ),
                ]
            }
        };
        entries.push((int(3), int(self.alg())));
        cbor::map(entries)
    }

    /// The coordinates of a point, or modulus and exponent; nothing for keys of other kinds.
    pub(crate) fn numbers(&self) -> (Vec<u8>, Vec<u8>) {
        let halves = |point: &[u8]| {
            let (x, y) = point[1..].split_at((point.len() - 1) / 2);
            (x.to_vec(), y.to_vec())
        };
        match self {
            Self::P256(key) => halves(key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::P384(key) => halves(key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::P521(key) => halves(key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::Rsa(key, _) => (modulus(key), vec![1, 0, 1]),
            Self::Ed25519(_) => (Vec::new(), Vec::new()),
            #[cfg(feature = "es256k")]
            Self::K256(key) => halves(key.verifying_key().to_sec1_point(false).as_bytes()),
            #[cfg(feature = "ed448")]
            Self::Ed448(_) => (Vec::new(), Vec::new()),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa65(_) => (Vec::new(), Vec::new()),
        }
    }

    /// The DER of the `AlgorithmIdentifier` of a signature by this key.
    pub(crate) fn signature_algorithm(&self, scheme: Scheme) -> Vec<u8> {
        let oid: &[u8] = match (self, scheme) {
            (Self::P256(_), Scheme::Sha1) => b"\x2a\x86\x48\xce\x3d\x04\x01",
            (Self::P256(_), _) => b"\x2a\x86\x48\xce\x3d\x04\x03\x02",
            (Self::P384(_), _) => b"\x2a\x86\x48\xce\x3d\x04\x03\x03",
            (Self::P521(_), _) => b"\x2a\x86\x48\xce\x3d\x04\x03\x04",
            (Self::Ed25519(_), _) => b"\x2b\x65\x70",
            (Self::Rsa(..), Scheme::Pss) => return pss_sha256(32),
            (Self::Rsa(..), scheme) => {
                let last = if scheme == Scheme::Sha1 { 0x05 } else { 0x0b };
                let oid = [b"\x2a\x86\x48\x86\xf7\x0d\x01\x01".as_slice(), &[last]].concat();
                return der::sequence(&[&der::oid(&oid), &der::null()]);
            }
            #[cfg(feature = "es256k")]
            (Self::K256(_), _) => b"\x2a\x86\x48\xce\x3d\x04\x03\x02",
            #[cfg(feature = "ed448")]
            (Self::Ed448(_), _) => b"\x2b\x65\x71",
            #[cfg(feature = "ml-dsa")]
            (Self::MlDsa65(_), _) => b"\x60\x86\x48\x01\x65\x03\x04\x03\x12",
        };
        der::sequence(&[&der::oid(oid)])
    }
}

fn modulus(key: &RsaKeyPair) -> Vec<u8> {
    ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key.public()).n
}

/// RSASSA-PSS with SHA-256 and a salt of this length.
pub(crate) fn pss_sha256(salt: u64) -> Vec<u8> {
    let sha256 = der::sequence(&[
        &der::oid(b"\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
        &der::null(),
    ]);
    let mgf = der::sequence(&[&der::oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"), &sha256]);
    let parameters = der::sequence(&[
        &der::explicit(0, &sha256),
        &der::explicit(1, &mgf),
        &der::explicit(2, &der::integer(salt)),
    ]);
    der::sequence(&[
        &der::oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),
        &parameters,
    ])
}

pub(crate) fn rsa_spki(modulus: &[u8]) -> Vec<u8> {
    let key = der::sequence(&[&der::unsigned(0x02, modulus), &der::integer(65537)]);
    der::sequence(&[
        &der::sequence(&[&der::oid(RSA_ENCRYPTION), &der::null()]),
        &der::bits(&key),
    ])
}

#[expect(
    clippy::disallowed_methods,
    reason = "for blinding and salts, which no test looks at"
)]
fn random() -> ring::rand::SystemRandom {
    ring::rand::SystemRandom::new()
}

/// RSASSA-PKCS1-v1_5 with SHA-1 by plain arithmetic, since nobody signs so any more.
fn rsa_sha1(pkcs8: &[u8], message: &[u8]) -> Vec<u8> {
    use num_bigint::BigUint;
    let info = inner(pkcs8, &[0x02, 0x30, 0x04]);
    let numbers = fields(fields(info[2])[0]);
    let (modulus, private) = (
        BigUint::from_bytes_be(numbers[1]),
        BigUint::from_bytes_be(numbers[3]),
    );
    let length = 256;
    let prefix = b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
    let tail = [&[0], prefix.as_slice(), hash.as_ref()].concat();
    let padded = [vec![0, 1], vec![0xff; length - 2 - tail.len()], tail].concat();
    let signature = BigUint::from_bytes_be(&padded)
        .modpow(&private, &modulus)
        .to_bytes_be();
    [vec![0; length - signature.len()], signature].concat()
}

fn inner<'a>(der: &'a [u8], tags: &[u8]) -> Vec<&'a [u8]> {
    let fields = fields(fields(der)[0]);
    assert_eq!(fields.len(), tags.len());
    fields
}

/// The contents of a row of elements.
fn fields(mut der: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    while der.len() >= 2 {
        let (header, length) = match der[1] {
            short @ 0..=0x7f => (2, usize::from(short)),
            0x81 => (3, usize::from(der[2])),
            _ => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        };
        out.push(&der[header..header + length]);
        der = &der[header + length..];
    }
    out
}

/// The hash that a COSE algorithm works with.
pub(crate) fn hash_of(alg: i64) -> &'static Digest {
    match alg {
        -65535 => &SHA1_FOR_LEGACY_USE_ONLY,
        -35 => &SHA384,
        -36 => &SHA512,
        _ => &SHA256,
    }
}

pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    digest(&SHA256, message).as_ref().try_into().unwrap()
}
