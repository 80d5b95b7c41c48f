//! `SubjectPublicKeyInfo` ([RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)): reading a certificate's
//! key, and writing a credential's the way browsers do.

use super::checks::on_curve;
use super::{EcPoint, PublicKey};
use crate::algorithm::{Algorithm, Curve};
use crate::der::{self, BIT_STRING, DerError, NULL, OID, Reader, SEQUENCE};
use crate::error::{Error, Result};

const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const ED25519: &[u8] = b"\x2b\x65\x70";
const ED448: &[u8] = b"\x2b\x65\x71";
const ML_DSA_44: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x03\x11";
const ML_DSA_65: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x03\x12";
const ML_DSA_87: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x03\x13";

const fn curve_oid(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => b"\x2a\x86\x48\xce\x3d\x03\x01\x07",
        Curve::P384 => b"\x2b\x81\x04\x00\x22",
        Curve::P521 => b"\x2b\x81\x04\x00\x23",
        Curve::Secp256k1 => b"\x2b\x81\x04\x00\x0a",
    }
}

pub(super) fn read(input: &[u8]) -> Result<PublicKey<'_>> {
    read_der(input).map_err(|DerError| Error::CertificateMalformed)
}

fn read_der(input: &[u8]) -> Result<PublicKey<'_>, DerError> {
    let mut outer = Reader::new(input);
    let mut info = outer.nested(SEQUENCE)?;
    outer.finish()?;
    let mut algorithm = info.nested(SEQUENCE)?;
    let key = info.bytes_of_bit_string()?;
    info.finish()?;
    let oid = algorithm.expect(OID)?;
    let public_key = match oid {
        EC_PUBLIC_KEY => ec(algorithm.expect(OID)?, key)?,
        RSA_ENCRYPTION => {
            if !algorithm.expect(NULL)?.is_empty() {
                return Err(DerError);
            }
            rsa(key)?
        }
        ED25519 => PublicKey::Ed25519(key.try_into().map_err(|_| DerError)?),
        ED448 => PublicKey::Ed448(key.try_into().map_err(|_| DerError)?),
        ML_DSA_44 if key.len() == 1312 => PublicKey::MlDsa(Algorithm::MlDsa44, key),
        ML_DSA_65 if key.len() == 1952 => PublicKey::MlDsa(Algorithm::MlDsa65, key),
        ML_DSA_87 if key.len() == 2592 => PublicKey::MlDsa(Algorithm::MlDsa87, key),
        _ => return Err(DerError),
    };
    algorithm.finish()?;
    Ok(public_key)
}

fn ec(curve: &[u8], key: &[u8]) -> Result<PublicKey<'static>, DerError> {
    let curve = [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1]
        .into_iter()
        .find(|known| curve_oid(*known) == curve)
        .ok_or(DerError)?;
    let coordinates = key.strip_prefix(&[4]).ok_or(DerError)?;
    let (x, y) = coordinates
        .split_at_checked(curve.field_length())
        .ok_or(DerError)?;
    let point = EcPoint::new(curve, x, y).ok_or(DerError)?;
    if on_curve(&point) {
        Ok(PublicKey::Ec(point))
    } else {
        Err(DerError)
    }
}

fn rsa(key: &[u8]) -> Result<PublicKey<'_>, DerError> {
    let mut outer = Reader::new(key);
    let mut numbers = outer.nested(SEQUENCE)?;
    outer.finish()?;
    let (modulus, exponent) = (numbers.unsigned()?, numbers.unsigned()?);
    numbers.finish()?;
    Ok(PublicKey::Rsa { modulus, exponent })
}

pub(super) fn write(key: &PublicKey<'_>) -> Vec<u8> {
    let oid = |oid: &[u8]| der::element(OID, &[oid]);
    let (algorithm, bits) = match key {
        PublicKey::Ec(point) => (
            [oid(EC_PUBLIC_KEY), oid(curve_oid(point.curve()))].concat(),
            point.uncompressed().to_vec(),
        ),
        PublicKey::Ed25519(bytes) => (oid(ED25519), bytes.to_vec()),
        PublicKey::Ed448(bytes) => (oid(ED448), bytes.to_vec()),
        PublicKey::Rsa { modulus, exponent } => (
            [oid(RSA_ENCRYPTION), der::element(NULL, &[])].concat(),
            der::element(
                SEQUENCE,
                &[&der::unsigned(modulus), &der::unsigned(exponent)],
            ),
        ),
        PublicKey::MlDsa(set, bytes) => (
            oid(match set {
                Algorithm::MlDsa44 => ML_DSA_44,
                Algorithm::MlDsa65 => ML_DSA_65,
                _ => ML_DSA_87,
            }),
            bytes.to_vec(),
        ),
    };
    der::element(
        SEQUENCE,
        &[
            &der::element(SEQUENCE, &[&algorithm]),
            &der::element(BIT_STRING, &[&[0], &bits]),
        ],
    )
}
