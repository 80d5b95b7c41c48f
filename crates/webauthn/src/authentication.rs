//! [Verifying an authentication assertion](https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion).

use jiff::Timestamp;

use crate::authenticator_data::{AuthenticatorData, Flags};
use crate::ceremony::AuthenticationState;
use crate::client_data::{ClientData, TYPE_GET, TYPE_PAYMENT};
use crate::crypto::{same_bytes, sha256};
use crate::error::{Error, Excerpt, Result};
use crate::extensions::{SignedExtensionOutputs, judge_authentication};
use crate::observation::Observation;
use crate::payment;
use crate::policy::{CounterPolicy, Policy, UserHandlePolicy};
use crate::public_key::{CoseKey, PublicKey, check_rsa};
use crate::record::StoredCredential;
use crate::relying_party::rp_id_hash;
use crate::response::AuthenticationResponse;
use crate::verification::{
    check_client_data, check_empty_extension_map, check_reserved_flags,
    check_user_and_backup_flags, judge, within,
};

/// A verified sign-in: what to write back, in one transaction with whatever the sign-in leads to.
///
/// ```sql
/// UPDATE credential SET sign_count = $new, backed_up = $backed_up, last_used_at = $now
///  WHERE id = $id AND sign_count = $old   -- no row: another sign-in was faster, so refuse this one
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Authentication {
    /// The new signature counter. Store it only where the old one still stands, so that of two racing assertions with
    /// the same counter one fails.
    pub sign_count: u32,
    /// The new backup state.
    pub backed_up: bool,
    /// Did the authenticator verify the user? If not, the sign-in shows possession only: one factor.
    pub user_verified: bool,
    /// The user was verified with this credential for the first time. Set the record's `uv_initialized`, but only after a
    /// further factor as strong as user verification has been shown (step 24); nothing is lost by leaving it.
    pub uv_may_rise: bool,
    /// The authenticator's flags.
    pub flags: Flags,
    /// What the authenticator signed about extensions; the client's word is in the response.
    pub extensions: SignedExtensionOutputs,
    /// What policy let pass, but may be of interest.
    pub observations: Vec<Observation>,
}

/// Verifies the answer to a sign-in, or to a payment: steps 3 to 25 of
/// [verifying an assertion](https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion), in their order.
///
/// In: the response, the [state](crate::ceremony) of this ceremony, the record, what is accepted, and the time. The record is
/// the one with the response's id, among those of this RP ID; where there is none, the caller answers with
/// [`Error::CredentialNotFound`]. Its owner is who signs in: for a discoverable sign-in the response's user handle is compared
/// with the record's, so that nothing else needs to be looked up. Out: what to write back.
///
/// # Errors
/// That of the first step that fails; [`Error`] says what to do about each.
pub fn authenticate(
    response: &AuthenticationResponse,
    state: &AuthenticationState,
    credential: &StoredCredential<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Authentication> {
    let mut observations = Vec::new();
    let ceremony = &state.ceremony;
    ceremony.check_time(now)?;
    let (limits, client_data) = (&policy.limits, &response.client_data_json);
    let (data, signature) = (&response.authenticator_data, &response.signature);
    within([
        ("clientDataJSON", client_data.len(), limits.client_data),
        ("authenticatorData", data.len(), limits.authenticator_data),
        ("signature", signature.len(), limits.signature),
    ])?;
    // A5
    if !state.allow_credentials.is_empty() && !state.allow_credentials.contains(&response.id) {
        return Err(Error::CredentialNotAllowed);
    }
    // A6
    check_owner(response, state, credential, policy, &mut observations)?;
    // A7 to A14
    let client_data =
        ClientData::parse_within(&response.client_data_json, policy.limits.json_nesting)?;
    let kind = if state.payment.is_some() {
        TYPE_PAYMENT
    } else {
        TYPE_GET
    };
    check_client_data(&client_data, kind, ceremony, policy, &mut observations)?;
    if let Some(expected) = &state.payment {
        let shown = client_data
            .payment
            .as_ref()
            .ok_or(Error::ClientDataMalformed("payment"))?;
        shown.compare(ceremony.rp_id.as_str(), expected)?;
    }
    // A15
    let data = AuthenticatorData::parse_if(&response.authenticator_data, |flags| {
        check_reserved_flags(flags, policy, &mut observations)?;
        if !flags.contains(Flags::ATTESTED_CREDENTIAL_DATA) {
            return Ok(());
        }
        let strictness = policy.attested_data_in_assertion;
        let observation = Observation::AttestedDataInAssertion;
        judge(
            strictness,
            &mut observations,
            observation,
            Error::AttestedCredentialDataUnexpected,
        )
    })?;
    check_empty_extension_map(&data, policy, &mut observations)?;
    check_rp_id_hash(&data, response, state)?;
    // A16
    if !data.flags.contains(Flags::USER_PRESENT) {
        return Err(Error::UserNotPresent);
    }
    // A17
    if policy.pin_user_verification
        && credential.uv_initialized
        && !data.flags.contains(Flags::USER_VERIFIED)
    {
        return Err(Error::UserNotVerified);
    }
    // A17, A18
    check_user_and_backup_flags(data.flags, ceremony, policy)?;
    // A19
    let backed_up = data.flags.contains(Flags::BACKED_UP);
    if data.flags.contains(Flags::BACKUP_ELIGIBLE) != credential.backup_eligible {
        return Err(Error::BackupEligibilityChanged);
    }
    policy
        .backup_state
        .check(backed_up, Error::BackupStateNotAllowed)?;
    // A20, A21
    verify_signature(response, credential, policy)?;
    // A22
    let sign_count = judge_counter(
        credential.sign_count,
        data.sign_count,
        policy,
        &mut observations,
    )?;
    // A23
    let extensions = judge_authentication(
        &state.extensions,
        &response.client_extension_results,
        &data.extensions,
        policy,
        &mut observations,
    )?;
    if state.payment.is_some() {
        check_browser_bound(response, &client_data, credential, &mut observations)?;
    }
    // A24
    match (credential.backed_up, backed_up) {
        (false, true) => observations.push(Observation::BackupStateRose),
        (true, false) => observations.push(Observation::BackupStateFell),
        _ => {}
    }
    let user_verified = data.flags.contains(Flags::USER_VERIFIED);
    Ok(Authentication {
        sign_count,
        backed_up,
        user_verified,
        uv_may_rise: user_verified && !credential.uv_initialized,
        flags: data.flags,
        extensions,
        observations,
    })
}

/// A6: the record is the one that was used, belongs to this relying party, and to the user who signs in.
fn check_owner(
    response: &AuthenticationResponse,
    state: &AuthenticationState,
    credential: &StoredCredential<'_>,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    if !same_bytes(credential.id, &response.id) {
        return Err(Error::CredentialNotFound);
    }
    let handle = response
        .user_handle
        .as_deref()
        .filter(|handle| !handle.is_empty());
    if let Some(user) = &state.user_handle
        && !same_bytes(user, credential.user_handle)
    {
        return Err(Error::UserHandleMismatch);
    }
    match handle {
        Some(handle) if handle.len() > 64 => return Err(Error::UserHandleLength),
        Some(handle) if !same_bytes(handle, credential.user_handle) => {
            return Err(Error::UserHandleMismatch);
        }
        None if state.user_handle.is_none() => match policy.user_handle {
            UserHandlePolicy::Required => return Err(Error::UserHandleMissing),
            UserHandlePolicy::Optional => observations.push(Observation::UserHandleMissing),
        },
        _ => {}
    }
    if credential.rp_id == state.ceremony.rp_id.as_str() {
        Ok(())
    } else {
        Err(Error::CredentialOfAnotherRp)
    }
}

/// The hash in the authenticator data is the RP ID's; or the `AppID`'s, where that was asked for and used.
fn check_rp_id_hash(
    data: &AuthenticatorData<'_>,
    response: &AuthenticationResponse,
    state: &AuthenticationState,
) -> Result<()> {
    let expected = match (
        &state.extensions.app_id,
        response.client_extension_results.app_id,
    ) {
        (Some(app_id), Some(true)) => sha256(app_id.as_bytes()),
        (None, Some(true)) => return Err(Error::ExtensionUnsolicited(Excerpt::new("appid"))),
        _ => rp_id_hash(&state.ceremony.rp_id),
    };
    if *data.rp_id_hash == expected {
        Ok(())
    } else {
        Err(Error::RpIdHashMismatch)
    }
}

/// A20 and A21: with the stored key and its algorithm, never with one from the message.
fn verify_signature(
    response: &AuthenticationResponse,
    credential: &StoredCredential<'_>,
    policy: &Policy,
) -> Result<()> {
    let key = CoseKey::parse(credential.public_key)?;
    if let PublicKey::Rsa { modulus, exponent } = key.key() {
        check_rsa(
            modulus,
            exponent,
            policy.rsa_min_bits,
            policy.rsa_min_exponent,
        )?;
    }
    let hash = sha256(&response.client_data_json);
    let mut message =
        Vec::with_capacity(response.authenticator_data.len().saturating_add(hash.len()));
    message.extend_from_slice(&response.authenticator_data);
    message.extend_from_slice(&hash);
    Ok(key.verify(&message, &response.signature)?)
}

/// A22: the counter to store.
fn judge_counter(
    stored: u32,
    received: u32,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<u32> {
    if received > stored
        || (received == 0 && stored == 0)
        || policy.counter == CounterPolicy::Ignore
    {
        return Ok(received);
    }
    match policy.counter {
        CounterPolicy::RefuseUnlessZero if received == 0 => {}
        CounterPolicy::Refuse | CounterPolicy::RefuseUnlessZero => {
            return Err(Error::SignatureCounterNotIncreased);
        }
        _ => {}
    }
    observations.push(Observation::SignatureCounterNotIncreased { stored, received });
    Ok(if policy.counter == CounterPolicy::ReportKeepGreater {
        stored
    } else {
        received
    })
}

/// The signature of the key that the browser bound to the device.
fn check_browser_bound(
    response: &AuthenticationResponse,
    client_data: &ClientData<'_>,
    credential: &StoredCredential<'_>,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    let key = client_data
        .payment
        .as_ref()
        .and_then(|payment| payment.browser_bound_public_key.as_deref());
    payment::verify_browser_bound(
        key,
        response.client_extension_results.payment.as_ref(),
        &response.client_data_json,
    )?;
    if key.is_some() && key != credential.browser_bound_key {
        observations.push(Observation::BrowserBoundKeyNew);
    }
    Ok(())
}
