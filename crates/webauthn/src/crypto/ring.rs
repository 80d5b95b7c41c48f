//! The backend that is fast: `ring`.

use ring::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use ring::{digest, hmac};

use crate::algorithm::{Curve, SignatureScheme};

pub(crate) use ring::digest::Digest;

pub(crate) fn sha1(message: &[u8]) -> Digest {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message)
}

pub(crate) fn sha256(message: &[u8]) -> Digest {
    digest::digest(&digest::SHA256, message)
}

pub(crate) fn sha384(message: &[u8]) -> Digest {
    digest::digest(&digest::SHA384, message)
}

pub(crate) fn sha512(message: &[u8]) -> Digest {
    digest::digest(&digest::SHA512, message)
}

pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
        .as_ref()
        .to_vec()
}

/// Does the DER signature verify? None where the backend has no code for it. Points off the curve do not verify.
pub(crate) fn ecdsa(
    curve: Curve,
    scheme: SignatureScheme,
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let algorithm: &'static dyn VerificationAlgorithm = match (curve, scheme) {
        (Curve::P256, SignatureScheme::EcdsaSha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, SignatureScheme::EcdsaSha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (Curve::P384, SignatureScheme::EcdsaSha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, SignatureScheme::EcdsaSha384) => &signature::ECDSA_P384_SHA384_ASN1,
        _ => return None,
    };
    Some(
        UnparsedPublicKey::new(algorithm, point)
            .verify(message, signature)
            .is_ok(),
    )
}

pub(crate) fn ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&signature::ED25519, key)
        .verify(message, signature)
        .is_ok()
}

/// None where the scheme is not RSA's.
pub(crate) fn rsa(
    modulus: &[u8],
    exponent: &[u8],
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    let parameters: &RsaParameters = match scheme {
        SignatureScheme::RsaPkcs1Sha1 => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        SignatureScheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SignatureScheme::RsaPkcs1Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SignatureScheme::RsaPkcs1Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        SignatureScheme::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        SignatureScheme::RsaPssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        SignatureScheme::RsaPssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    };
    Some(
        RsaPublicKeyComponents {
            n: modulus,
            e: exponent,
        }
        .verify(parameters, message, signature)
        .is_ok(),
    )
}
