//! COSE keys ([RFC 9052](https://www.rfc-editor.org/rfc/rfc9052#section-7), [RFC 9053], [RFC 8230]) as WebAuthn wants
//! them: canonical, and with no parameter besides those that the key type needs.
//!
//! [RFC 9053]: https://www.rfc-editor.org/rfc/rfc9053
//! [RFC 8230]: https://www.rfc-editor.org/rfc/rfc8230

use super::{CoseKey, EcPoint, PublicKey, checks};
use crate::algorithm::{Algorithm, SignatureScheme};
use crate::cbor::{MAX_DEPTH, Reader, Value, sorted};
use crate::error::{Error, Result};

const KTY: i64 = 1;
const ALG: i64 = 3;

const KTY_OKP: i64 = 1;
const KTY_EC2: i64 = 2;
const KTY_RSA: i64 = 3;
const KTY_AKP: i64 = 7;

const CRV_ED25519: i64 = 6;
const CRV_ED448: i64 = 7;

/// The parameters with labels −1, −2, −3, and the two that every key has.
#[derive(Default)]
struct Parameters<'a> {
    kty: Option<i64>,
    alg: Option<i64>,
    first: Option<Parameter<'a>>,
    second: Option<Parameter<'a>>,
    third: Option<Parameter<'a>>,
    text_label: bool,
    extra: bool,
}

#[derive(Clone, Copy)]
enum Parameter<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Other,
}

pub(super) fn parse(bytes: &[u8]) -> Result<CoseKey<'_>> {
    let (key, length) = parse_prefix(bytes)?;
    if length == bytes.len() {
        Ok(key)
    } else {
        Err(Error::CborTrailingData)
    }
}

pub(super) fn parse_prefix(bytes: &[u8]) -> Result<(CoseKey<'_>, usize)> {
    let mut reader = Reader::new(bytes, MAX_DEPTH);
    let parameters = read_parameters(&mut reader)?;
    Ok((judge(&parameters)?, reader.position()))
}

fn read_parameters<'a>(reader: &mut Reader<'a>) -> Result<Parameters<'a>> {
    if reader.peek_major()? != 5 {
        // Walk over it first: broken CBOR has its own name.
        reader.value()?;
        return Err(Error::CoseKeyMalformed);
    }
    let count = reader.map()?;
    reader.enter()?;
    let mut parameters = Parameters::default();
    let mut previous: &[u8] = &[];
    for _ in 0..count {
        let start = reader.position();
        let label = if reader.peek_major()? < 2 {
            reader.integer()?
        } else {
            parameters.text_label |= matches!(reader.value()?, Value::Text(_));
            None
        };
        let encoded = reader.since(start);
        if !previous.is_empty() {
            sorted(previous, encoded)?;
        }
        previous = encoded;
        let value = read_parameter(reader)?;
        match label {
            Some(KTY) => parameters.kty = integer(value),
            Some(ALG) => parameters.alg = integer(value),
            Some(-1) => parameters.first = Some(value),
            Some(-2) => parameters.second = Some(value),
            Some(-3) => parameters.third = Some(value),
            _ => parameters.extra = true,
        }
    }
    reader.leave();
    Ok(parameters)
}

fn read_parameter<'a>(reader: &mut Reader<'a>) -> Result<Parameter<'a>> {
    Ok(match reader.peek_major()? {
        0 | 1 => reader
            .integer()?
            .map_or(Parameter::Other, Parameter::Integer),
        2 => reader
            .byte_string()?
            .map_or(Parameter::Other, Parameter::Bytes),
        _ => {
            reader.value()?;
            Parameter::Other
        }
    })
}

const fn integer(parameter: Parameter<'_>) -> Option<i64> {
    if let Parameter::Integer(value) = parameter {
        Some(value)
    } else {
        None
    }
}

fn judge<'a>(parameters: &Parameters<'a>) -> Result<CoseKey<'a>> {
    if parameters.text_label {
        return Err(Error::CoseKeyTypeMismatch);
    }
    let (Some(kty), Some(alg)) = (parameters.kty, parameters.alg) else {
        return Err(Error::CoseKeyMalformed);
    };
    let algorithm = Algorithm::from_id(alg)
        .filter(|algorithm| algorithm.is_allowed_for_credentials())
        .ok_or(Error::AlgorithmUnsupported(alg))?;
    if kty != kty_of(algorithm) {
        return Err(Error::CoseKeyTypeMismatch);
    }
    if parameters.extra {
        return Err(Error::CoseKeyExtraParameter);
    }
    let key = match kty {
        KTY_EC2 => ec2(parameters, algorithm)?,
        KTY_OKP => okp(parameters, algorithm)?,
        KTY_RSA => rsa(parameters)?,
        _ => akp(parameters, algorithm)?,
    };
    Ok(CoseKey { algorithm, key })
}

const fn kty_of(algorithm: Algorithm) -> i64 {
    match algorithm.scheme() {
        SignatureScheme::Ed25519 | SignatureScheme::Ed448 => KTY_OKP,
        SignatureScheme::MlDsa => KTY_AKP,
        _ if algorithm.curve().is_some() => KTY_EC2,
        _ => KTY_RSA,
    }
}

fn ec2<'a>(parameters: &Parameters<'a>, algorithm: Algorithm) -> Result<PublicKey<'a>> {
    let curve = algorithm.curve().ok_or(Error::CoseCurveMismatch)?;
    match parameters.first {
        Some(Parameter::Integer(crv)) if crv == curve.cose_id() => {}
        Some(_) => return Err(Error::CoseCurveMismatch),
        None => return Err(Error::CoseKeyMalformed),
    }
    match (parameters.second, parameters.third) {
        (Some(Parameter::Bytes(x)), Some(Parameter::Bytes(y))) => EcPoint::new(curve, x, y)
            .map(PublicKey::Ec)
            .ok_or(Error::CosePointEncoding),
        (Some(_), Some(_)) => Err(Error::CosePointEncoding),
        _ => Err(Error::CoseKeyMalformed),
    }
}

fn okp<'a>(parameters: &Parameters<'a>, algorithm: Algorithm) -> Result<PublicKey<'a>> {
    let ed448 = algorithm == Algorithm::Ed448;
    match parameters.first {
        Some(Parameter::Integer(crv)) if crv == if ed448 { CRV_ED448 } else { CRV_ED25519 } => {}
        Some(_) => return Err(Error::CoseCurveMismatch),
        None => return Err(Error::CoseKeyMalformed),
    }
    if parameters.third.is_some() {
        return Err(Error::CoseKeyExtraParameter);
    }
    let x = match parameters.second {
        Some(Parameter::Bytes(x)) => x,
        Some(_) => return Err(Error::CosePointEncoding),
        None => return Err(Error::CoseKeyMalformed),
    };
    if ed448 {
        x.try_into().map(PublicKey::Ed448)
    } else {
        x.try_into().map(PublicKey::Ed25519)
    }
    .map_err(|_| Error::CosePointEncoding)
}

fn rsa<'a>(parameters: &Parameters<'a>) -> Result<PublicKey<'a>> {
    if parameters.third.is_some() {
        return Err(Error::CoseKeyExtraParameter);
    }
    let (Some(Parameter::Bytes(modulus)), Some(Parameter::Bytes(exponent))) =
        (parameters.first, parameters.second)
    else {
        return Err(Error::CoseKeyMalformed);
    };
    checks::rsa(
        modulus,
        exponent,
        checks::RSA_MIN_BITS,
        checks::RSA_MIN_EXPONENT_FLOOR,
    )?;
    Ok(PublicKey::Rsa { modulus, exponent })
}

fn akp<'a>(parameters: &Parameters<'a>, algorithm: Algorithm) -> Result<PublicKey<'a>> {
    if parameters.second.is_some() || parameters.third.is_some() {
        return Err(Error::CoseKeyExtraParameter);
    }
    let Some(Parameter::Bytes(key)) = parameters.first else {
        return Err(Error::CoseKeyMalformed);
    };
    if key.len() == ml_dsa_key_length(algorithm) {
        Ok(PublicKey::MlDsa(algorithm, key))
    } else {
        Err(Error::AkpKeySize)
    }
}

const fn ml_dsa_key_length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::MlDsa44 => 1312,
        Algorithm::MlDsa65 => 1952,
        _ => 2592,
    }
}
