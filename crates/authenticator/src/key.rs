//! Key pairs of every algorithm, made from a seed.

use ml_dsa::{Keypair as _, MlDsa44, MlDsa65, MlDsa87, SignatureEncoding as _, Signer as _};
use ring::{
    digest,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
        RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    },
};

use crate::{Algorithm, Error, cbor::Writer};

/// Nothing depends on this key being secret: RSA keys are slow to find, so that all of ours are the same.
const RSA_KEY: &[u8] = include_bytes!("rsa2048.pk8");

/// So many bytes that depend on a seed and a label alone.
pub(crate) fn derive<const N: usize>(seed: &[u8], label: &str) -> [u8; N] {
    let mut bytes = [0; N];
    for (block, chunk) in (0_u8..).zip(bytes.chunks_mut(digest::SHA256_OUTPUT_LEN)) {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&[block]);
        context.update(label.as_bytes());
        context.update(seed);
        chunk.copy_from_slice(&context.finish().as_ref()[..chunk.len()]);
    }
    bytes
}

/// A private key.
pub(crate) struct Key {
    algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    P521(p521::ecdsa::SigningKey),
    K256(k256::ecdsa::SigningKey),
    // Boxed: an expanded key takes tens of kilobytes.
    MlDsa44(Box<ml_dsa::SigningKey<MlDsa44>>),
    MlDsa65(Box<ml_dsa::SigningKey<MlDsa65>>),
    MlDsa87(Box<ml_dsa::SigningKey<MlDsa87>>),
}

impl Key {
    /// The key of that algorithm that belongs to the seed.
    pub(crate) fn of(algorithm: Algorithm, seed: &[u8]) -> Result<Self, Error> {
        let broken = |_| Error::Key;
        let pair = match algorithm {
            Algorithm::Es256 => {
                let secret = derive::<32>(seed, "es256");
                let key = p256::ecdsa::SigningKey::from_slice(&secret).map_err(|_| Error::Key)?;
                Pair::Ecdsa(ecdsa(
                    &ECDSA_P256_SHA256_ASN1_SIGNING,
                    &secret,
                    key.verifying_key().to_sec1_point(false).as_bytes(),
                )?)
            }
            Algorithm::Es384 => {
                let secret = derive::<48>(seed, "es384");
                let key = p384::ecdsa::SigningKey::from_slice(&secret).map_err(|_| Error::Key)?;
                Pair::Ecdsa(ecdsa(
                    &ECDSA_P384_SHA384_ASN1_SIGNING,
                    &secret,
                    key.verifying_key().to_sec1_point(false).as_bytes(),
                )?)
            }
            Algorithm::Es512 => {
                let mut secret = derive::<66>(seed, "es512");
                // below the order of the curve
                secret[0] = 0;
                Pair::P521(p521::ecdsa::SigningKey::from_slice(&secret).map_err(|_| Error::Key)?)
            }
            Algorithm::Es256k => Pair::K256(
                k256::ecdsa::SigningKey::from_slice(&derive::<32>(seed, "es256k"))
                    .map_err(|_| Error::Key)?,
            ),
            Algorithm::EdDsa => Pair::Ed25519(
                Ed25519KeyPair::from_seed_unchecked(&derive::<32>(seed, "eddsa"))
                    .map_err(broken)?,
            ),
            Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256)?,
            Algorithm::Rs384 => rsa(&RSA_PKCS1_SHA384)?,
            Algorithm::Rs512 => rsa(&RSA_PKCS1_SHA512)?,
            Algorithm::Ps256 => rsa(&RSA_PSS_SHA256)?,
            Algorithm::Ps384 => rsa(&RSA_PSS_SHA384)?,
            Algorithm::Ps512 => rsa(&RSA_PSS_SHA512)?,
            Algorithm::MlDsa44 => {
                let seed = derive::<32>(seed, "ml-dsa-44").into();
                Pair::MlDsa44(Box::new(ml_dsa::SigningKey::from_seed(&seed)))
            }
            Algorithm::MlDsa65 => {
                let seed = derive::<32>(seed, "ml-dsa-65").into();
                Pair::MlDsa65(Box::new(ml_dsa::SigningKey::from_seed(&seed)))
            }
            Algorithm::MlDsa87 => {
                let seed = derive::<32>(seed, "ml-dsa-87").into();
                Pair::MlDsa87(Box::new(ml_dsa::SigningKey::from_seed(&seed)))
            }
        };
        Ok(Self { algorithm, pair })
    }

    /// The signature in the form that WebAuthn §6.5.6 asks for.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(match &self.pair {
            Pair::Ecdsa(pair) => pair
                .sign(&system_random(), message)
                .map_err(|_| Error::Key)?
                .as_ref()
                .to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*encoding, &system_random(), message, &mut signature)
                    .map_err(|_| Error::Key)?;
                signature
            }
            Pair::P521(key) => {
                let signature: p521::ecdsa::DerSignature = key.sign(message);
                signature.to_vec()
            }
            Pair::K256(key) => {
                let signature: k256::ecdsa::DerSignature = key.sign(message);
                signature.to_vec()
            }
            Pair::MlDsa44(key) => key.sign(message).to_vec(),
            Pair::MlDsa65(key) => key.sign(message).to_vec(),
            Pair::MlDsa87(key) => key.sign(message).to_vec(),
        })
    }

    /// The public key as a `COSE_Key`, canonical.
    pub(crate) fn cose(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ecdsa(pair) => self.ec2(
                if self.algorithm == Algorithm::Es256 {
                    1
                } else {
                    2
                },
                pair.public_key().as_ref(),
            ),
            Pair::P521(key) => self.ec2(3, key.verifying_key().to_sec1_point(false).as_bytes()),
            Pair::K256(key) => self.ec2(8, key.verifying_key().to_sec1_point(false).as_bytes()),
            Pair::Ed25519(pair) => self
                .head(4, 1)
                .int(-1)
                .int(6)
                .int(-2)
                .bytes(pair.public_key().as_ref())
                .finish(),
            Pair::Rsa(pair, _) => {
                let public: ring::rsa::PublicKeyComponents<Vec<u8>> = pair.public().into();
                self.head(4, 3)
                    .int(-1)
                    .bytes(&public.n)
                    .int(-2)
                    .bytes(&public.e)
                    .finish()
            }
            Pair::MlDsa44(key) => self.akp(&key.verifying_key().encode()),
            Pair::MlDsa65(key) => self.akp(&key.verifying_key().encode()),
            Pair::MlDsa87(key) => self.akp(&key.verifying_key().encode()),
        }
    }

    /// `kty` and `alg`, which every key begins with.
    fn head(&self, pairs: u64, kty: i64) -> Writer {
        Writer::default()
            .map(pairs)
            .int(1)
            .int(kty)
            .int(3)
            .int(self.algorithm.number())
    }

    fn ec2(&self, curve: i64, point: &[u8]) -> Vec<u8> {
        let (x, y) = point[1..].split_at(point.len() / 2);
        self.head(5, 2)
            .int(-1)
            .int(curve)
            .int(-2)
            .bytes(x)
            .int(-3)
            .bytes(y)
            .finish()
    }

    fn akp(&self, public: &[u8]) -> Vec<u8> {
        self.head(3, 7).int(-1).bytes(public).finish()
    }
}

fn ecdsa(
    algorithm: &'static ring::signature::EcdsaSigningAlgorithm,
    secret: &[u8],
    public: &[u8],
) -> Result<EcdsaKeyPair, Error> {
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, secret, public, &system_random())
        .map_err(|_| Error::Key)
}

fn rsa(encoding: &'static dyn RsaEncoding) -> Result<Pair, Error> {
    Ok(Pair::Rsa(
        RsaKeyPair::from_pkcs8(RSA_KEY).map_err(|_| Error::Key)?,
        encoding,
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "ring signs with no other source, and what it draws decides no test"
)]
fn system_random() -> SystemRandom {
    SystemRandom::new()
}
