//! Keys of every algorithm, made from fixed seeds, that sign like an authenticator does.

use passkeyd_webauthn::Algorithm;
use ring::signature::{Ed25519KeyPair, KeyPair, RsaKeyPair, RsaPublicKeyComponents};

use crate::cbor;

/// A private key.
pub(crate) struct TestKey {
    pub(crate) algorithm: Algorithm,
    secret: Secret,
}

enum Secret {
    P256(Box<p256::ecdsa::SigningKey>),
    P384(Box<p384::ecdsa::SigningKey>),
    P521(Box<p521::ecdsa::SigningKey>),
    #[cfg(feature = "es256k")]
    K256(Box<k256::ecdsa::SigningKey>),
    Ed25519(Ed25519KeyPair),
    #[cfg(feature = "ed448")]
    Ed448(Box<ed448_goldilocks::SigningKey>),
    Rsa(RsaKeyPair),
    #[cfg(feature = "ml-dsa")]
    MlDsa([u8; 32]),
}

impl TestKey {
    /// The key of this algorithm; always the same.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self::numbered(algorithm, 1)
    }

    /// One of several keys of this algorithm. RSA has two.
    pub(crate) fn numbered(algorithm: Algorithm, number: u8) -> Self {
        let seed = |length: usize| {
            let mut seed = vec![number; length];
            seed[0] = 0;
            seed
        };
        let secret = match algorithm {
            Algorithm::Es256 | Algorithm::Esp256 => Secret::P256(Box::new(
                p256::ecdsa::SigningKey::from_slice(&seed(32)).unwrap(),
            )),
            Algorithm::Es384 | Algorithm::Esp384 => Secret::P384(Box::new(
                p384::ecdsa::SigningKey::from_slice(&seed(48)).unwrap(),
            )),
            Algorithm::Es512 | Algorithm::Esp512 => Secret::P521(Box::new(
                p521::ecdsa::SigningKey::from_slice(&seed(66)).unwrap(),
            )),
            #[cfg(feature = "es256k")]
            Algorithm::Es256K => Secret::K256(Box::new(
                k256::ecdsa::SigningKey::from_slice(&seed(32)).unwrap(),
            )),
            Algorithm::EdDsa | Algorithm::Ed25519 => {
                Secret::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed(32)).unwrap())
            }
            #[cfg(feature = "ed448")]
            Algorithm::Ed448 => Secret::Ed448(Box::new(
                ed448_goldilocks::SigningKey::try_from(seed(57).as_slice()).unwrap(),
            )),
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => {
                Secret::MlDsa([number; 32])
            }
            _ => {
                let pkcs8: &[u8] = if number == 1 {
                    include_bytes!("keys/rsa-2048.pk8")
                } else {
                    include_bytes!("keys/rsa-3072.pk8")
                };
                Secret::Rsa(RsaKeyPair::from_pkcs8(pkcs8).unwrap())
            }
        };
        Self { algorithm, secret }
    }

    /// Every algorithm that a credential may use in this build.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Algorithm::ALL
            .into_iter()
            .filter(|algorithm| algorithm.is_allowed_for_credentials())
            .map(Self::new)
    }

    /// Signs as the algorithm says.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        use p256::ecdsa::signature::Signer;
        match &self.secret {
            Secret::P256(key) => Signer::<p256::ecdsa::DerSignature>::sign(&**key, message)
                .as_bytes()
                .to_vec(),
            Secret::P384(key) => Signer::<p384::ecdsa::DerSignature>::sign(&**key, message)
                .as_bytes()
                .to_vec(),
            Secret::P521(key) => {
                let signature: p521::ecdsa::Signature = Signer::sign(&**key, message);
                signature.to_der().as_bytes().to_vec()
            }
            #[cfg(feature = "es256k")]
            Secret::K256(key) => Signer::<k256::ecdsa::DerSignature>::sign(&**key, message)
                .as_bytes()
                .to_vec(),
            Secret::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            #[cfg(feature = "ed448")]
            Secret::Ed448(key) => key.sign_raw(message).to_bytes().to_vec(),
            Secret::Rsa(key) => self.sign_rsa(key, message),
            #[cfg(feature = "ml-dsa")]
            Secret::MlDsa(seed) => with_ml_dsa(self.algorithm, seed, message).1,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "PSS draws its salt from the system"
    )]
    fn sign_rsa(&self, key: &RsaKeyPair, message: &[u8]) -> Vec<u8> {
        use ring::signature;
        let padding: &'static dyn signature::RsaEncoding = match self.algorithm {
            Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
            Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
            Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
            Algorithm::Ps512 => &signature::RSA_PSS_SHA512,
            _ => &signature::RSA_PKCS1_SHA256,
        };
        let mut out = vec![0; key.public().modulus_len()];
        key.sign(padding, &ring::rand::SystemRandom::new(), message, &mut out)
            .unwrap();
        out
    }

    /// The parameters of the COSE key, in canonical order.
    pub(crate) fn cose_entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let alg = (cbor::int(3), cbor::int(self.algorithm.id()));
        let entry = |label: i64, value: Vec<u8>| (cbor::int(label), value);
        let ec2 = |point: &[u8]| {
            let (x, y) = point[1..].split_at(point.len() / 2);
            let curve = self.algorithm.curve().unwrap().cose_id();
            vec![
                entry(1, cbor::int(2)),
                alg.clone(),
                entry(-1, cbor::int(curve)),
                entry(-2, cbor::bytes(x)),
                entry(-3, cbor::bytes(y)),
            ]
        };
        let okp = |curve: i64, x: &[u8]| {
            vec![
                entry(1, cbor::int(1)),
                alg.clone(),
                entry(-1, cbor::int(curve)),
                entry(-2, cbor::bytes(x)),
            ]
        };
        match &self.secret {
            Secret::P256(key) => ec2(key.verifying_key().to_sec1_point(false).as_bytes()),
            Secret::P384(key) => ec2(key.verifying_key().to_sec1_point(false).as_bytes()),
            Secret::P521(key) => ec2(p521::ecdsa::VerifyingKey::from(&**key)
                .to_sec1_point(false)
                .as_bytes()),
            #[cfg(feature = "es256k")]
            Secret::K256(key) => ec2(key.verifying_key().to_sec1_point(false).as_bytes()),
            Secret::Ed25519(key) => okp(6, key.public_key().as_ref()),
            #[cfg(feature = "ed448")]
            Secret::Ed448(key) => okp(7, &key.verifying_key().to_bytes()),
            Secret::Rsa(key) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
                vec![
                    entry(1, cbor::int(3)),
                    alg,
                    entry(-1, cbor::bytes(&public.n)),
                    entry(-2, cbor::bytes(&public.e)),
                ]
            }
            #[cfg(feature = "ml-dsa")]
            Secret::MlDsa(seed) => {
                let public = with_ml_dsa(self.algorithm, seed, &[]).0;
                vec![entry(1, cbor::int(7)), alg, entry(-1, cbor::bytes(&public))]
            }
        }
    }

    /// The COSE key.
    pub(crate) fn cose(&self) -> Vec<u8> {
        cbor::map(&self.cose_entries())
    }
}

/// The public key, and a signature.
#[cfg(feature = "ml-dsa")]
fn with_ml_dsa(algorithm: Algorithm, seed: &[u8; 32], message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    use ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
    fn with<P: MlDsaParams>(seed: &[u8; 32], message: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let key = ExpandedSigningKey::<P>::from_seed(&(*seed).into());
        let signature = key.sign_deterministic(message, &[]).unwrap();
        (
            key.verifying_key().encode().to_vec(),
            signature.encode().to_vec(),
        )
    }
    match algorithm {
        Algorithm::MlDsa44 => with::<MlDsa44>(seed, message),
        Algorithm::MlDsa65 => with::<MlDsa65>(seed, message),
        _ => with::<MlDsa87>(seed, message),
    }
}
