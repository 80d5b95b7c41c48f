//! The signature layer: one function under assertions, statements and certificates.

use super::{EcPoint, PublicKey, checks};
use crate::algorithm::{Algorithm, Curve, SignatureScheme};
use crate::crypto::{backend, digest};
use crate::der::{Reader, SEQUENCE};

/// Why a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// It has another length or structure than its scheme demands.
    #[error("the signature's encoding is wrong")]
    Encoding,
    /// It does not verify.
    #[error("the signature does not verify")]
    Invalid,
    /// The key is off its curve, or of small order.
    #[error("the key is weak")]
    WeakKey,
    /// The scheme is not for keys of this type.
    #[error("the scheme does not fit the key")]
    KeyMismatch,
    /// This build has no code for the algorithm.
    #[error("{0} is not compiled in")]
    Unsupported(Algorithm),
}

type Verdict = Result<(), SignatureError>;

pub(super) fn verify(
    key: &PublicKey<'_>,
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Verdict {
    match key {
        PublicKey::Ec(point) => ecdsa(point, scheme, message, signature),
        PublicKey::Ed25519(key) if scheme == SignatureScheme::Ed25519 => {
            ed25519(key, message, signature)
        }
        PublicKey::Ed448(key) if scheme == SignatureScheme::Ed448 => ed448(key, message, signature),
        PublicKey::Rsa { modulus, exponent } => rsa(modulus, exponent, scheme, message, signature),
        PublicKey::MlDsa(set, key) if scheme == SignatureScheme::MlDsa => {
            ml_dsa(*set, key, message, signature)
        }
        _ => Err(SignatureError::KeyMismatch),
    }
}

fn ecdsa(point: &EcPoint, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Verdict {
    let curve = point.curve();
    let (r, s) = ecdsa_integers(signature).ok_or(SignatureError::Encoding)?;
    if !in_range(r, curve) || !in_range(s, curve) {
        return Err(SignatureError::Encoding);
    }
    if let Some(good) = backend::ecdsa(curve, scheme, point.uncompressed(), message, signature) {
        // The backend refuses points off the curve, so the check is only made to give the failure its name.
        return match good {
            true => Ok(()),
            false if checks::on_curve(point) => Err(SignatureError::Invalid),
            false => Err(SignatureError::WeakKey),
        };
    }
    let hash = match scheme {
        SignatureScheme::EcdsaSha1 => digest::sha1(message),
        SignatureScheme::EcdsaSha256 => digest::sha256(message),
        SignatureScheme::EcdsaSha384 => digest::sha384(message),
        SignatureScheme::EcdsaSha512 => digest::sha512(message),
        _ => return Err(SignatureError::KeyMismatch),
    };
    prehashed(point, hash.as_ref(), r, s)
}

macro_rules! prehashed_on {
    ($curve:ident, $point:expr, $hash:expr, $r:expr, $s:expr) => {{
        use $curve::ecdsa::signature::hazmat::PrehashVerifier;
        let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes($point.uncompressed())
            .map_err(|_| SignatureError::WeakKey)?;
        let mut scalars = ($curve::FieldBytes::default(), $curve::FieldBytes::default());
        left_pad($r, &mut scalars.0);
        left_pad($s, &mut scalars.1);
        let signature = $curve::ecdsa::Signature::from_scalars(scalars.0, scalars.1)
            .map_err(|_| SignatureError::Encoding)?;
        key.verify_prehash($hash, &signature)
            .map_err(|_| SignatureError::Invalid)
    }};
}

fn prehashed(point: &EcPoint, hash: &[u8], r: &[u8], s: &[u8]) -> Verdict {
    match point.curve() {
        Curve::P256 => prehashed_on!(p256, point, hash, r, s),
        Curve::P384 => prehashed_on!(p384, point, hash, r, s),
        Curve::P521 => {
            // The curve's implementation wants at least half a field element; zeros in front change nothing.
            let mut padded = [0; 64];
            left_pad(hash, &mut padded);
            let hash = if hash.len() < 33 {
                padded.get(31..).unwrap_or(hash)
            } else {
                hash
            };
            prehashed_on!(p521, point, hash, r, s)
        }
        #[cfg(feature = "es256k")]
        Curve::Secp256k1 => {
            // This implementation refuses a high s, which WebAuthn allows: (r, n − s) is the same signature.
            use k256::ecdsa::signature::hazmat::PrehashVerifier;
            let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(point.uncompressed())
                .map_err(|_| SignatureError::WeakKey)?;
            let mut scalars = (k256::FieldBytes::default(), k256::FieldBytes::default());
            left_pad(r, &mut scalars.0);
            left_pad(s, &mut scalars.1);
            let signature = k256::ecdsa::Signature::from_scalars(scalars.0, scalars.1)
                .map_err(|_| SignatureError::Encoding)?
                .normalize_s();
            key.verify_prehash(hash, &signature)
                .map_err(|_| SignatureError::Invalid)
        }
        #[cfg(not(feature = "es256k"))]
        Curve::Secp256k1 => Err(SignatureError::Unsupported(Algorithm::Es256K)),
    }
}

fn left_pad(number: &[u8], field: &mut [u8]) {
    for (target, byte) in field.iter_mut().rev().zip(number.iter().rev()) {
        *target = *byte;
    }
}

/// r and s without sign bytes, from strict DER with nothing after it.
fn ecdsa_integers(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = Reader::new(signature);
    let mut sequence = outer.nested(SEQUENCE).ok()?;
    let (r, s) = (sequence.unsigned().ok()?, sequence.unsigned().ok()?);
    (outer.is_empty() && sequence.is_empty()).then_some((r, s))
}

/// Is the number, without leading zeros, in 1..n?
fn in_range(number: &[u8], curve: Curve) -> bool {
    let order = curve.order();
    number != [0] && (number.len() < order.len() || (number.len() == order.len() && number < order))
}

fn ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Verdict {
    if signature.len() != 64 {
        return Err(SignatureError::Encoding);
    }
    if checks::ed25519_is_weak(key) {
        return Err(SignatureError::WeakKey);
    }
    if backend::ed25519(key, message, signature) {
        return Ok(());
    }
    let decodes = checks::validate(&PublicKey::Ed25519(key)).is_ok();
    Err(if decodes {
        SignatureError::Invalid
    } else {
        SignatureError::WeakKey
    })
}

#[cfg(feature = "ed448")]
fn ed448(key: &[u8; 57], message: &[u8], signature: &[u8]) -> Verdict {
    use ed448_goldilocks::{Signature, VerifyingKey};
    let signature: &[u8; 114] = signature.try_into().map_err(|_| SignatureError::Encoding)?;
    checks::validate(&PublicKey::Ed448(key)).map_err(|_| SignatureError::WeakKey)?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::WeakKey)?;
    let signature = Signature::from_bytes(signature);
    key.verify_raw(&signature, message)
        .map_err(|_| SignatureError::Invalid)
}

#[cfg(not(feature = "ed448"))]
const fn ed448(_: &[u8; 57], _: &[u8], _: &[u8]) -> Verdict {
    Err(SignatureError::Unsupported(Algorithm::Ed448))
}

fn rsa(
    modulus: &[u8],
    exponent: &[u8],
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Verdict {
    let verdict = backend::rsa(modulus, exponent, scheme, message, signature);
    let good = verdict.ok_or(SignatureError::KeyMismatch)?;
    if signature.len() != modulus.len() {
        return Err(SignatureError::Encoding);
    }
    if good {
        Ok(())
    } else {
        Err(SignatureError::Invalid)
    }
}

#[cfg(feature = "ml-dsa")]
fn ml_dsa(set: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> Verdict {
    use ml_dsa::{
        EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, VerifyingKey,
    };

    fn with<P: MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> Verdict {
        let key = EncodedVerifyingKey::<P>::try_from(key).map_err(|_| SignatureError::WeakKey)?;
        let signature =
            Signature::<P>::try_from(signature).map_err(|_| SignatureError::Encoding)?;
        if VerifyingKey::<P>::decode(&key).verify_with_context(message, &[], &signature) {
            Ok(())
        } else {
            Err(SignatureError::Invalid)
        }
    }

    match set {
        Algorithm::MlDsa44 => with::<MlDsa44>(key, message, signature),
        Algorithm::MlDsa65 => with::<MlDsa65>(key, message, signature),
        _ => with::<MlDsa87>(key, message, signature),
    }
}

#[cfg(not(feature = "ml-dsa"))]
const fn ml_dsa(set: Algorithm, _: &[u8], _: &[u8], _: &[u8]) -> Verdict {
    Err(SignatureError::Unsupported(set))
}
