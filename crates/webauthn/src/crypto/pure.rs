//! The backend without C, for `wasm32-unknown-unknown` and the like.

use ed25519_dalek::{Verifier, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::algorithm::{Curve, SignatureScheme};

/// The bits of an RSA modulus, as in the other backend.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A hash of any length.
pub(crate) struct Digest(Vec<u8>);

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) fn sha1(message: &[u8]) -> Digest {
    Digest(Sha1::digest(message).to_vec())
}

pub(crate) fn sha256(message: &[u8]) -> Digest {
    Digest(Sha256::digest(message).to_vec())
}

pub(crate) fn sha384(message: &[u8]) -> Digest {
    Digest(Sha384::digest(message).to_vec())
}

pub(crate) fn sha512(message: &[u8]) -> Digest {
    Digest(Sha512::digest(message).to_vec())
}

pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key may have any length, so there is no failure to speak of.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// None: the implementations that are there for other curves and hashes do it.
pub(crate) const fn ecdsa(
    _: Curve,
    _: SignatureScheme,
    _: &[u8],
    _: &[u8],
    _: &[u8],
) -> Option<bool> {
    None
}

pub(crate) fn ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
        return false;
    };
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify(message, &signature).is_ok())
}

/// None where the scheme is not RSA's.
pub(crate) fn rsa(
    modulus: &[u8],
    exponent: &[u8],
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let hash = match scheme {
        SignatureScheme::RsaPkcs1Sha1 => sha1(message),
        SignatureScheme::RsaPkcs1Sha256 | SignatureScheme::RsaPssSha256 => sha256(message),
        SignatureScheme::RsaPkcs1Sha384 | SignatureScheme::RsaPssSha384 => sha384(message),
        SignatureScheme::RsaPkcs1Sha512 | SignatureScheme::RsaPssSha512 => sha512(message),
        _ => return None,
    };
    let modulus = BoxedUint::from_be_slice_vartime(modulus);
    let exponent = BoxedUint::from_be_slice_vartime(exponent);
    let Ok(key) = RsaPublicKey::new_with_size_limits(modulus, exponent, RSA_BITS) else {
        return Some(false);
    };
    let hash = hash.as_ref();
    let result = match scheme {
        SignatureScheme::RsaPkcs1Sha1 => key.verify(Pkcs1v15Sign::new::<Sha1>(), hash, signature),
        SignatureScheme::RsaPkcs1Sha256 => {
            key.verify(Pkcs1v15Sign::new::<Sha256>(), hash, signature)
        }
        SignatureScheme::RsaPkcs1Sha384 => {
            key.verify(Pkcs1v15Sign::new::<Sha384>(), hash, signature)
        }
        SignatureScheme::RsaPkcs1Sha512 => {
            key.verify(Pkcs1v15Sign::new::<Sha512>(), hash, signature)
        }
        SignatureScheme::RsaPssSha256 => {
            key.verify(Pss::<Sha256>::new_with_salt(32), hash, signature)
        }
        SignatureScheme::RsaPssSha384 => {
            key.verify(Pss::<Sha384>::new_with_salt(48), hash, signature)
        }
        _ => key.verify(Pss::<Sha512>::new_with_salt(64), hash, signature),
    };
    Some(result.is_ok())
}
