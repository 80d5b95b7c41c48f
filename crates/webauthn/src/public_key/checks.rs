//! Checks of keys beyond their encoding: points on curves, small orders, RSA sizes.

use curve25519_dalek::edwards::CompressedEdwardsY;

use super::{EcPoint, PublicKey};
use crate::algorithm::Curve;
use crate::error::{Error, Result};

/// The least bits of a modulus that any policy accepts for a credential.
pub(crate) const RSA_MIN_BITS: usize = 2048;
/// The most bits that are worth the time.
pub(crate) const RSA_MAX_BITS: usize = 8192;
/// The least exponent that any policy accepts.
pub(crate) const RSA_MIN_EXPONENT_FLOOR: u64 = 3;
const RSA_MAX_EXPONENT: u64 = (1 << 33) - 1;

/// The significant bits of a big-endian number.
pub(crate) fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let Some(first) = number.get(zeros) else {
        return 0;
    };
    let leading = usize::try_from(first.leading_zeros()).unwrap_or_default();
    number
        .len()
        .saturating_sub(zeros)
        .saturating_mul(8)
        .saturating_sub(leading)
}

/// Judges an RSA key: no leading zeros, an odd modulus of `min_bits`..=8192, an odd exponent of at least `min_exponent`.
pub(crate) fn rsa(
    modulus: &[u8],
    exponent: &[u8],
    min_bits: usize,
    min_exponent: u64,
) -> Result<()> {
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let padded = |number: &[u8]| number.first().is_none_or(|byte| *byte == 0);
    let (min_bits, min_exponent) = (
        min_bits.max(RSA_MIN_BITS),
        min_exponent.max(RSA_MIN_EXPONENT_FLOOR),
    );
    if padded(modulus) || !odd(modulus) || !(min_bits..=RSA_MAX_BITS).contains(&bits(modulus)) {
        return Err(Error::RsaModulusSize);
    }
    if padded(exponent) || !odd(exponent) || exponent.len() > 5 {
        return Err(Error::RsaExponent);
    }
    let value = exponent
        .iter()
        .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    if (min_exponent..=RSA_MAX_EXPONENT).contains(&value) {
        Ok(())
    } else {
        Err(Error::RsaExponent)
    }
}

/// Point on its curve, not at infinity, canonical, not of small order.
pub(crate) fn validate(key: &PublicKey<'_>) -> Result<()> {
    let good = match key {
        PublicKey::Ec(point) => on_curve(point),
        PublicKey::Ed25519(bytes) => {
            !ed25519_is_weak(bytes) && CompressedEdwardsY(**bytes).decompress().is_some()
        }
        PublicKey::Ed448(bytes) => ed448(bytes),
        PublicKey::Rsa { .. } | PublicKey::MlDsa(..) => true,
    };
    if good {
        Ok(())
    } else {
        Err(Error::CosePointInvalid)
    }
}

pub(super) fn on_curve(point: &EcPoint) -> bool {
    let bytes = point.uncompressed();
    match point.curve() {
        Curve::P256 => p256::PublicKey::from_sec1_bytes(bytes).is_ok(),
        Curve::P384 => p384::PublicKey::from_sec1_bytes(bytes).is_ok(),
        Curve::P521 => p521::PublicKey::from_sec1_bytes(bytes).is_ok(),
        #[cfg(feature = "es256k")]
        Curve::Secp256k1 => k256::PublicKey::from_sec1_bytes(bytes).is_ok(),
        #[cfg(not(feature = "es256k"))]
        Curve::Secp256k1 => false,
    }
}

/// The least significant byte first, as in the encoding; the sign bit cleared.
const ED25519_SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    *b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
];

/// Of small order, or not the canonical encoding of its coordinate.
pub(super) fn ed25519_is_weak(key: &[u8; 32]) -> bool {
    let mut y = *key;
    let [low, middle @ .., high] = &mut y;
    *high &= 0x7f;
    let above_the_prime = *high == 0x7f && middle.iter().all(|byte| *byte == 0xff) && *low >= 0xed;
    above_the_prime || ED25519_SMALL_ORDER.contains(&y)
}

#[cfg(feature = "ed448")]
fn ed448(key: &[u8; 57]) -> bool {
    use ed448_goldilocks::{AffinePoint, CompressedEdwardsY};
    // Decoding refuses points outside of the prime-order group; the rest is the identity and non-canonical encodings.
    let point: Option<AffinePoint> = CompressedEdwardsY(*key).decompress().into_option();
    point.is_some_and(|point| point != AffinePoint::IDENTITY && point.compress().to_bytes() == *key)
}

#[cfg(not(feature = "ed448"))]
const fn ed448(_: &[u8; 57]) -> bool {
    false
}
