//! [`android-key`](https://www.w3.org/TR/webauthn-3/#sctn-android-key-attestation): keys of Android's keystore.

mod key_description;

pub use key_description::{AuthorizationList, KeyDescription, RootOfTrust, SecurityLevel};

use super::certificates::{CertificatePath, check_version, fault};
use super::signed_statement::SignedStatement;
use super::{AttestationType, Statement, StatementContext, StatementDetails, signature_error};
use crate::algorithm::Algorithm;
use crate::cbor::Value;
use crate::error::{CertificateFault, Error, Result};
use crate::policy::Policy;
use crate::x509::oid;

/// `KM_ORIGIN_GENERATED`: the key was made where it lives.
const ORIGIN_GENERATED: u64 = 0;
/// `KM_PURPOSE_SIGN`.
const PURPOSE_SIGN: u64 = 2;
/// `Verified`, the state of a device that runs the system it was sold with.
const BOOT_STATE_VERIFIED: u64 = 0;

pub(super) fn verify(statement: &Value<'_>, context: &StatementContext<'_>) -> Result<Statement> {
    let SignedStatement { alg, sig, x5c } = SignedStatement::read(statement, context)?;
    let path = CertificatePath::read(
        x5c.ok_or(Error::AttestationStatementMalformed("x5c"))?,
        context.policy,
    )?;
    let leaf = path.leaf()?;
    check_version(leaf)?;
    let key = leaf.public_key()?;
    let algorithm = Algorithm::from_id(alg).ok_or(Error::AlgorithmUnsupported(alg))?;
    key.verify_cose(algorithm, &context.verification_data(), sig)
        .map_err(signature_error)?;
    if key != *context.credential_key().key() {
        return Err(Error::AttestationKeyMismatch);
    }
    let description = leaf
        .read_extension(oid::ANDROID_KEY_DESCRIPTION, |reader| {
            KeyDescription::read(reader)
        })?
        .ok_or(fault(CertificateFault::ExtensionMissing))?;
    if description.challenge != context.client_data_hash.bytes() {
        return Err(Error::AndroidKeyChallengeMismatch);
    }
    check_authorizations(&description, context.policy)?;
    check_device(&description, context.policy)?;
    // An application's key with a description could otherwise pose as the authority for another key.
    if path
        .issuers()
        .any(|issuer| issuer.extension(oid::ANDROID_KEY_DESCRIPTION).is_some())
    {
        return Err(Error::AndroidKeyExtensionInIssuer);
    }
    let mut statement = Statement::new(AttestationType::Basic, path.to_ders());
    statement.details = details(&description, context.policy);
    Ok(statement)
}

fn check_authorizations(description: &KeyDescription<'_>, policy: &Policy) -> Result<()> {
    let (software, hardware) = (
        &description.software_enforced,
        &description.hardware_enforced,
    );
    if software.all_applications || hardware.all_applications {
        return Err(Error::AndroidKeyUnscoped);
    }
    let origin = authorization("origin", software.origin, hardware.origin, policy)?;
    if origin != Some(ORIGIN_GENERATED) {
        return Err(Error::AndroidKeyAuthorization("origin"));
    }
    let purpose = authorization(
        "purpose",
        software.purpose.as_deref(),
        hardware.purpose.as_deref(),
        policy,
    )?;
    if purpose != Some(&[PURPOSE_SIGN]) {
        return Err(Error::AndroidKeyAuthorization("purpose"));
    }
    Ok(())
}

/// A property from the hardware-enforced list, or from either list where policy allows; both must agree.
fn authorization<T: PartialEq>(
    name: &'static str,
    software: Option<T>,
    hardware: Option<T>,
    policy: &Policy,
) -> Result<Option<T>> {
    match (software, hardware) {
        (Some(software), Some(hardware)) if software != hardware => {
            Err(Error::AndroidKeyAuthorization(name))
        }
        (_, Some(hardware)) => Ok(Some(hardware)),
        (Some(software), None) if !policy.android_tee_only => Ok(Some(software)),
        _ => Ok(None),
    }
}

fn check_device(description: &KeyDescription<'_>, policy: &Policy) -> Result<()> {
    let (software, hardware) = (
        &description.software_enforced,
        &description.hardware_enforced,
    );
    let in_hardware = |level| level >= SecurityLevel::TrustedEnvironment;
    if policy.android_tee_only
        && !(in_hardware(description.attestation_security_level)
            && in_hardware(description.keymaster_security_level))
    {
        return Err(Error::AndroidKeySecurityLevel);
    }
    let root = authorization(
        "rootOfTrust",
        software.root_of_trust,
        hardware.root_of_trust,
        policy,
    )?;
    if policy.android_locked_and_verified {
        let root = root.ok_or(Error::AndroidKeyRootOfTrust("missing"))?;
        if !root.device_locked {
            return Err(Error::AndroidKeyRootOfTrust("unlocked"));
        }
        if root.verified_boot_state != BOOT_STATE_VERIFIED {
            return Err(Error::AndroidKeyRootOfTrust("not verified"));
        }
    }
    let patch_level = authorization(
        "osPatchLevel",
        software.os_patch_level,
        hardware.os_patch_level,
        policy,
    )?;
    if let Some(oldest) = policy.android_min_patch_level
        && patch_level.is_none_or(|level| level < u64::from(oldest))
    {
        return Err(Error::AndroidKeyPatchLevel);
    }
    Ok(())
}

fn details(description: &KeyDescription<'_>, policy: &Policy) -> StatementDetails {
    let (software, hardware) = (
        &description.software_enforced,
        &description.hardware_enforced,
    );
    let usable = (!policy.android_tee_only).then_some(software);
    let root = hardware
        .root_of_trust
        .or(usable.and_then(|list| list.root_of_trust));
    StatementDetails::AndroidKey {
        attestation_version: description.attestation_version,
        attestation_security_level: description.attestation_security_level,
        keymaster_security_level: description.keymaster_security_level,
        device_locked: root.map(|root| root.device_locked),
        verified_boot_state: root.map(|root| root.verified_boot_state),
        os_patch_level: hardware
            .os_patch_level
            .or(usable.and_then(|list| list.os_patch_level)),
        vendor_patch_level: hardware
            .vendor_patch_level
            .or(usable.and_then(|list| list.vendor_patch_level)),
        boot_patch_level: hardware
            .boot_patch_level
            .or(usable.and_then(|list| list.boot_patch_level)),
    }
}
