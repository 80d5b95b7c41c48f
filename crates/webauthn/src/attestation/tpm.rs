//! [`tpm`](https://www.w3.org/TR/webauthn-3/#sctn-tpm-attestation): keys of a Trusted Platform Module, as on Windows.

mod structures;
mod vendors;

pub use structures::{CertifyInfo, ObjectAttributes, PublicArea, PublicAreaKey};

use super::certificates::{
    CertificatePath, check_aaguid, check_not_an_authority, check_version, fault,
};
use super::{
    AttestationType, Statement, StatementContext, StatementDetails, check_signature_length,
    members, signature_error,
};
use crate::algorithm::{Algorithm, HashAlgorithm};
use crate::cbor::Value;
use crate::crypto::digest;
use crate::error::{CertificateFault, Error, Excerpt, Result};
use crate::observation::Observation;
use crate::policy::TpmVendorPolicy;
use crate::public_key::{EcPoint, PublicKey};
use crate::x509::der::{self, DerError, Tag};
use crate::x509::{Certificate, GeneralName, oid, subject_alternative_name};

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let parts = Parts::read(statement)?;
    check_signature_length(parts.sig, context)?;
    let path = CertificatePath::read(parts.x5c, context.policy)?;
    let leaf = path.leaf()?;
    let algorithm = Algorithm::from_id(parts.alg).ok_or(Error::AlgorithmUnsupported(parts.alg))?;
    let hash = algorithm
        .hash()
        .ok_or(Error::AlgorithmUnsupported(parts.alg))?;

    let public_area = PublicArea::parse(parts.pub_area)?;
    check_key(&public_area.key, context.credential_key().key())?;
    let info = CertifyInfo::parse(parts.cert_info)?;
    if info.extra_data != digest::hash(hash, &context.verification_data()).as_ref() {
        return Err(Error::TpmCertInfoInvalid("extraData"));
    }
    check_name(&info, &public_area, parts.pub_area)?;
    leaf.public_key()?
        .verify_cose(algorithm, parts.cert_info, parts.sig)
        .map_err(signature_error)?;

    check_version(leaf)?;
    let device = device(leaf)?;
    check_purpose(leaf)?;
    check_not_an_authority(leaf)?;
    check_aaguid(leaf, context)?;
    let mut observations = Vec::new();
    check_vendor(
        &device.manufacturer,
        &context.policy.tpm_vendors,
        &mut observations,
    )?;
    check_attributes(public_area.attributes, context.policy.tpm_hardware_bound)?;
    if hash == HashAlgorithm::Sha1
        || name_hash(public_area.name_algorithm) == Some(HashAlgorithm::Sha1)
    {
        if !context.policy.tpm_sha1 {
            return Err(Error::Sha1NotAllowed);
        }
        observations.push(Observation::Sha1InStatement);
    }

    let mut statement = Statement::new(AttestationType::AttCa, path.to_ders());
    statement.observations = observations;
    statement.details = StatementDetails::Tpm {
        manufacturer: device.manufacturer,
        model: device.model,
        version: device.version,
        firmware_version: info.firmware_version,
        clock: info.clock,
        clock_is_safe: info.safe == 1,
        attributes: public_area.attributes,
    };
    Ok(statement)
}

struct Parts<'v> {
    alg: i64,
    sig: &'v [u8],
    x5c: &'v Value<'v>,
    cert_info: &'v [u8],
    pub_area: &'v [u8],
}

impl<'v> Parts<'v> {
    fn read(statement: &'v Value<'_>) -> Result<Self> {
        let (mut ver, mut alg, mut sig, mut x5c, mut cert_info, mut pub_area) =
            (None, None, None, None, None, None);
        for (name, value) in members(statement)? {
            match name {
                "ver" => ver = value.as_text(),
                "alg" => alg = value.as_integer(),
                "sig" => sig = value.as_bytes(),
                "x5c" => x5c = Some(value),
                "certInfo" => cert_info = value.as_bytes(),
                "pubArea" => pub_area = value.as_bytes(),
                _ => return Err(Error::AttestationStatementMalformed("extra member")),
            }
        }
        if ver != Some("2.0") {
            return Err(Error::AttestationStatementMalformed("ver"));
        }
        Ok(Self {
            alg: alg.ok_or(Error::AttestationStatementMalformed("alg"))?,
            sig: sig.ok_or(Error::AttestationStatementMalformed("sig"))?,
            x5c: x5c.ok_or(Error::AttestationStatementMalformed("x5c"))?,
            cert_info: cert_info.ok_or(Error::AttestationStatementMalformed("certInfo"))?,
            pub_area: pub_area.ok_or(Error::AttestationStatementMalformed("pubArea"))?,
        })
    }
}

/// The public area describes the credential's key: the numbers are compared, not their encodings.
fn check_key(area: &PublicAreaKey<'_>, credential: &PublicKey<'_>) -> Result<()> {
    let same = match area {
        PublicAreaKey::Rsa {
            exponent, modulus, ..
        } => matches!(
            credential,
            PublicKey::Rsa { modulus: n, exponent: e }
                if significant(n) == significant(modulus) && significant(e) == significant(&exponent.to_be_bytes())
        ),
        PublicAreaKey::Ecc { curve, x, y } => {
            let pad = |coordinate: &[u8]| {
                let digits = significant(coordinate);
                let zeros = curve.field_length().checked_sub(digits.len())?;
                Some([vec![0; zeros].as_slice(), digits].concat())
            };
            let (Some(x), Some(y)) = (pad(x), pad(y)) else {
                return Err(Error::TpmPubAreaInvalid("unique"));
            };
            matches!(credential, PublicKey::Ec(point) if EcPoint::new(*curve, &x, &y).as_ref() == Some(point))
        }
    };
    if same {
        Ok(())
    } else {
        Err(Error::AttestationKeyMismatch)
    }
}

fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// An object's name is its name algorithm and the hash of its public area (TPM 2.0 part 1, §16).
fn check_name(info: &CertifyInfo<'_>, area: &PublicArea<'_>, bytes: &[u8]) -> Result<()> {
    let hash = name_hash(area.name_algorithm).ok_or(Error::TpmPubAreaInvalid("nameAlg"))?;
    let digest = digest::hash(hash, bytes);
    let name = [
        area.name_algorithm.to_be_bytes().as_slice(),
        digest.as_ref(),
    ]
    .concat();
    if info.name == name {
        Ok(())
    } else {
        Err(Error::TpmCertInfoInvalid("name"))
    }
}

/// The hashes of TCG's algorithm registry that name objects.
const fn name_hash(algorithm: u16) -> Option<HashAlgorithm> {
    match algorithm {
        0x0004 => Some(HashAlgorithm::Sha1),
        0x000b => Some(HashAlgorithm::Sha256),
        0x000c => Some(HashAlgorithm::Sha384),
        0x000d => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}

/// What the certificate says about the TPM.
struct Device {
    manufacturer: String,
    model: String,
    version: String,
}

/// [Certificate requirements](https://www.w3.org/TR/webauthn-3/#sctn-tpm-cert-requirements): an empty subject, and a
/// critical alternative name with the TPM's manufacturer, model and version.
fn device(leaf: &Certificate) -> Result<Device> {
    if leaf.subject() != [0x30, 0x00] {
        return Err(fault(CertificateFault::Subject));
    }
    let invalid = fault(CertificateFault::SubjectAlternativeName);
    if !leaf
        .extension(oid::SUBJECT_ALTERNATIVE_NAME)
        .is_some_and(|extension| extension.critical)
    {
        return Err(invalid);
    }
    let names = leaf
        .read_extension(oid::SUBJECT_ALTERNATIVE_NAME, subject_alternative_name)?
        .unwrap_or_default();
    let mut attributes = Vec::new();
    for name in names {
        if let GeneralName::Directory(name) = name {
            read_attributes(name, &mut attributes).map_err(|_| invalid.clone())?;
        }
    }
    let only = |oid: &[u8]| {
        let mut values = attributes.iter().filter(|(known, _)| *known == oid);
        match (values.next(), values.next()) {
            (Some((_, text)), None) if !text.is_empty() => Ok((*text).to_owned()),
            _ => Err(invalid.clone()),
        }
    };
    let (manufacturer, model, version) = (
        only(oid::TCG_MANUFACTURER)?,
        only(oid::TCG_MODEL)?,
        only(oid::TCG_VERSION)?,
    );
    match manufacturer.strip_prefix("id:") {
        Some(id) if id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {}
        _ => return Err(invalid),
    }
    Ok(Device {
        manufacturer,
        model,
        version,
    })
}

/// The attributes of a distinguished name, whether they stand in one relative name or in several: both occur.
fn read_attributes<'a>(
    name: &'a [u8],
    attributes: &mut Vec<(&'a [u8], &'a str)>,
) -> Result<(), DerError> {
    let mut relative_names = der::only(name, Tag::SEQUENCE)?.children();
    while !relative_names.is_empty() {
        let mut set = relative_names.expect(Tag::SET)?.children();
        while !set.is_empty() {
            let mut attribute = set.sequence()?;
            let oid = attribute.oid()?;
            let value = attribute.read()?;
            attribute.finish()?;
            let text = matches!(
                value.tag,
                Tag::UTF8_STRING | Tag::PRINTABLE_STRING | Tag::IA5_STRING
            );
            attributes.push((
                oid.0,
                std::str::from_utf8(value.value)
                    .ok()
                    .filter(|_| text)
                    .ok_or(DerError::Value)?,
            ));
        }
    }
    Ok(())
}

fn check_purpose(leaf: &Certificate) -> Result<()> {
    let purposes = leaf.extended_key_usage()?.unwrap_or_default();
    if purposes
        .iter()
        .any(|purpose| purpose.0 == oid::TCG_AIK_CERTIFICATE)
    {
        Ok(())
    } else {
        Err(fault(CertificateFault::ExtendedKeyUsage))
    }
}

fn check_vendor(
    manufacturer: &str,
    policy: &TpmVendorPolicy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    if vendors::is_registered(manufacturer) {
        return Ok(());
    }
    match policy {
        TpmVendorPolicy::Report => {
            observations.push(Observation::TpmVendorUnknown(Excerpt::new(manufacturer)));
            Ok(())
        }
        TpmVendorPolicy::Registered(others) if others.contains(manufacturer) => Ok(()),
        TpmVendorPolicy::Registered(_) => Err(Error::TpmVendorUnknown(Excerpt::new(manufacturer))),
    }
}

fn check_attributes(attributes: ObjectAttributes, hardware_bound: bool) -> Result<()> {
    let bound = ObjectAttributes::FIXED_TPM
        | ObjectAttributes::FIXED_PARENT
        | ObjectAttributes::SENSITIVE_DATA_ORIGIN;
    if !attributes.contains(ObjectAttributes::SIGN)
        || (hardware_bound && !attributes.contains(bound))
    {
        return Err(Error::TpmPubAreaInvalid("objectAttributes"));
    }
    Ok(())
}
