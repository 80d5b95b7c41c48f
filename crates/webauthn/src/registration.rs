//! [Registering a new credential](https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential).

use jiff::Timestamp;

use crate::attestation::{self, AttestationObject, AttestationOutcome, StatementContext, Trust};
use crate::authenticator_data::{AttestedCredentialData, AuthenticatorData, Flags};
use crate::cbor::Form;
use crate::ceremony::{Mediation, RegistrationState};
use crate::client_data::{ClientData, ClientDataHash, TYPE_CREATE};
use crate::crypto::same_bytes;
use crate::error::{Error, Result};
use crate::extensions::{SignedExtensionOutputs, judge_registration};
use crate::observation::Observation;
use crate::options::ResidentKey;
use crate::payment;
use crate::policy::Policy;
use crate::public_key::{PublicKey, check_rsa};
use crate::record::{AttestationRecord, CredentialRecord};
use crate::relying_party::rp_id_hash;
use crate::response::RegistrationResponse;
use crate::trust::TrustSource;
use crate::verification::{
    check_client_data, check_empty_extension_map, check_reserved_flags,
    check_user_and_backup_flags, judge, within,
};

/// A verified registration.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Registration {
    /// What to store, for the user of the state. The storage must refuse an id that is registered already, for any user: a
    /// unique index over the id. The caller then answers with [`Error::CredentialAlreadyRegistered`].
    pub credential: CredentialRecord,
    /// What was attested, and whether it is trusted. Unless policy requires trust, an untrusted one is only reported here.
    pub attestation: AttestationOutcome,
    /// What the authenticator signed about extensions; the client's word is in the response.
    pub extensions: SignedExtensionOutputs,
    /// The authenticator's flags.
    pub flags: Flags,
    /// What policy let pass, but may be of interest.
    pub observations: Vec<Observation>,
}

/// Verifies the answer to a registration: steps 3 to 29 of
/// [registering a new credential](https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential), in their order.
///
/// In: the response, the [state](crate::ceremony) of this ceremony, what is accepted, who is trusted to attest
/// ([`NoTrust`](crate::trust::NoTrust) where attestation does not matter), and the time. Out: what to store, in
/// [`Registration::credential`]. Whether the credential id is new (step 26) is left to the storage.
///
/// # Errors
/// That of the first step that fails; [`Error`] says what to do about each.
pub fn register(
    response: &RegistrationResponse,
    state: &RegistrationState,
    policy: &Policy,
    trust: &dyn TrustSource,
    now: Timestamp,
) -> Result<Registration> {
    let mut observations = Vec::new();
    let ceremony = &state.ceremony;
    ceremony.check_time(now)?;
    let (limits, client_data) = (&policy.limits, &response.client_data_json);
    let object = &response.attestation_object;
    within([
        ("clientDataJSON", client_data.len(), limits.client_data),
        ("attestationObject", object.len(), limits.attestation_object),
    ])?;
    if !(1..=1023).contains(&response.id.len()) {
        return Err(Error::CredentialIdLength);
    }
    // R5 to R11
    let client_data =
        ClientData::parse_within(&response.client_data_json, policy.limits.json_nesting)?;
    check_client_data(
        &client_data,
        TYPE_CREATE,
        ceremony,
        policy,
        &mut observations,
    )?;
    // R12
    let client_data_hash = ClientDataHash::of(&response.client_data_json);
    // R13
    let form = if policy.noncanonical_envelope {
        Form::Lenient
    } else {
        Form::Canonical
    };
    let object = AttestationObject::parse_in(&response.attestation_object, form)?;
    let authenticator_data = object.authenticator_data.len();
    let limit = policy.limits.authenticator_data;
    within([("authenticatorData", authenticator_data, limit)])?;
    let data = AuthenticatorData::parse_if(&object.authenticator_data, |flags| {
        check_reserved_flags(flags, policy, &mut observations)?;
        let attested = flags.contains(Flags::ATTESTED_CREDENTIAL_DATA);
        if attested {
            Ok(())
        } else {
            Err(Error::AttestedCredentialDataMissing)
        }
    })?;
    check_empty_extension_map(&data, policy, &mut observations)?;
    let credential = data
        .attested_credential_data
        .as_ref()
        .ok_or(Error::AttestedCredentialDataMissing)?;
    credential.public_key.confirm(credential.public_key_bytes)?;
    check_key(credential, &object, policy)?;
    check_copies(response, &object, credential)?;
    // R13a
    if !same_bytes(credential.credential_id, &response.id) {
        return Err(Error::CredentialIdMismatch);
    }
    // R14
    if *data.rp_id_hash != rp_id_hash(&ceremony.rp_id) {
        return Err(Error::RpIdHashMismatch);
    }
    check_flags(data.flags, state, policy, &mut observations)?;
    // R20
    let algorithm = credential.public_key.algorithm();
    if !state.algorithms.contains(&algorithm) {
        return Err(Error::AlgorithmNotRequested(algorithm.id()));
    }
    // R21 to R24
    let context = StatementContext {
        authenticator_data: &object.authenticator_data,
        parsed: &data,
        credential,
        client_data_hash: &client_data_hash,
        conveyance: state.attestation,
        policy,
        now,
    };
    let attestation = attestation::verify_and_assess(&object, &context, trust, &mut observations)?;
    // R25 is part of R13; R26 is the storage's.
    // R28
    let extensions = judge_registration(
        &state.extensions,
        &response.client_extension_results,
        &data.extensions,
        policy,
        &mut observations,
    )?;
    let browser_bound_key = browser_bound_key(response, &client_data)?;
    // R28a
    check_wishes(response, state, policy, &mut observations)?;
    // R27
    let mut credential = record(
        response,
        state,
        &data,
        credential,
        &attestation,
        &extensions,
        browser_bound_key,
        now,
    );
    if policy.keep_attestation_object {
        credential.attestation_object = Some(response.attestation_object.clone());
        credential.client_data_json = Some(response.client_data_json.clone());
    }
    Ok(Registration {
        credential,
        attestation,
        extensions,
        flags: data.flags,
        observations,
    })
}

/// The part of R13 that needs arithmetic, or policy.
fn check_key(
    credential: &AttestedCredentialData<'_>,
    object: &AttestationObject<'_>,
    policy: &Policy,
) -> Result<()> {
    if let PublicKey::Rsa { modulus, exponent } = credential.public_key.key() {
        return check_rsa(
            modulus,
            exponent,
            policy.rsa_min_bits,
            policy.rsa_min_exponent,
        );
    }
    // The signature check of self attestation refuses the same points: once is enough.
    if object.format == "packed" && object.statement.member("x5c").is_none() {
        return Ok(());
    }
    credential.public_key.validate()
}

/// The convenience copies agree with the attestation object.
fn check_copies(
    response: &RegistrationResponse,
    object: &AttestationObject<'_>,
    credential: &AttestedCredentialData<'_>,
) -> Result<()> {
    let copies = &response.copies;
    if copies
        .authenticator_data
        .as_ref()
        .is_some_and(|copy| **copy != *object.authenticator_data)
    {
        return Err(Error::ConvenienceCopyMismatch("authenticatorData"));
    }
    if copies
        .public_key_algorithm
        .is_some_and(|copy| copy != credential.public_key.algorithm().id())
    {
        return Err(Error::ConvenienceCopyMismatch("publicKeyAlgorithm"));
    }
    if copies
        .public_key
        .as_ref()
        .is_some_and(|copy| *copy != credential.public_key.to_spki())
    {
        return Err(Error::ConvenienceCopyMismatch("publicKey"));
    }
    Ok(())
}

/// R15 to R19.
fn check_flags(
    flags: Flags,
    state: &RegistrationState,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    if !flags.contains(Flags::USER_PRESENT) {
        if state.mediation != Mediation::Conditional {
            return Err(Error::UserNotPresent);
        }
        observations.push(Observation::UserNotPresent);
    }
    check_user_and_backup_flags(flags, &state.ceremony, policy)?;
    policy.backup_eligible.check(
        flags.contains(Flags::BACKUP_ELIGIBLE),
        Error::BackupEligibilityNotAllowed,
    )?;
    policy.backup_state.check(
        flags.contains(Flags::BACKED_UP),
        Error::BackupStateNotAllowed,
    )
}

/// The browser-bound key of a payment credential, once its signature verifies.
fn browser_bound_key(
    response: &RegistrationResponse,
    client_data: &ClientData<'_>,
) -> Result<Option<Vec<u8>>> {
    let key = client_data
        .payment
        .as_ref()
        .and_then(|payment| payment.browser_bound_public_key.as_deref());
    let output = response.client_extension_results.payment.as_ref();
    payment::verify_browser_bound(key, output, &response.client_data_json)?;
    Ok(key.map(<[u8]>::to_vec))
}

/// R28a: what was asked for and can be seen.
fn check_wishes(
    response: &RegistrationResponse,
    state: &RegistrationState,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    let attachment = response.authenticator_attachment;
    if let (Some(wanted), Some(got)) = (state.authenticator_attachment, attachment)
        && wanted != got
    {
        judge(
            policy.attachment,
            observations,
            Observation::AttachmentMismatch,
            Error::AttachmentMismatch,
        )?;
    }
    let rk = response
        .client_extension_results
        .cred_props
        .and_then(|properties| properties.rk);
    if state.resident_key == ResidentKey::Required && rk == Some(false) {
        judge(
            policy.discoverable,
            observations,
            Observation::NotDiscoverable,
            Error::NotDiscoverable,
        )?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "a record is made of all of them")]
fn record(
    response: &RegistrationResponse,
    state: &RegistrationState,
    data: &AuthenticatorData<'_>,
    credential: &AttestedCredentialData<'_>,
    attestation: &AttestationOutcome,
    extensions: &SignedExtensionOutputs,
    browser_bound_key: Option<Vec<u8>>,
    now: Timestamp,
) -> CredentialRecord {
    let client = &response.client_extension_results;
    CredentialRecord {
        id: credential.credential_id.to_vec(),
        public_key: credential.public_key_bytes.to_vec(),
        algorithm: credential.public_key.algorithm().id(),
        sign_count: data.sign_count,
        uv_initialized: data.flags.contains(Flags::USER_VERIFIED),
        transports: response.transports.clone(),
        backup_eligible: data.flags.contains(Flags::BACKUP_ELIGIBLE),
        backed_up: data.flags.contains(Flags::BACKED_UP),
        rp_id: state.ceremony.rp_id.as_str().to_owned(),
        user_handle: state.user_handle.clone(),
        aaguid: credential.aaguid,
        attestation: AttestationRecord {
            format: attestation.format.clone(),
            attestation_type: attestation.attestation_type,
            trusted: matches!(attestation.trust, Trust::Trusted { .. }),
            trust_path: attestation.trust_path.clone(),
        },
        attestation_object: None,
        client_data_json: None,
        authenticator_attachment: response.authenticator_attachment,
        discoverable: client.cred_props.and_then(|properties| properties.rk),
        large_blob: client.large_blob.as_ref().and_then(|blob| blob.supported),
        prf: client
            .prf
            .as_ref()
            .and_then(|prf| prf.enabled)
            .or(extensions.hmac_secret),
        browser_bound_key,
        created_at: now,
        last_used_at: None,
    }
}
