//! The steps that registration and authentication share.

use crate::authenticator_data::{AuthenticatorData, Flags};
use crate::ceremony::Ceremony;
use crate::client_data::{ClientData, TokenBinding};
use crate::crypto;
use crate::error::{Error, Excerpt, Result};
use crate::observation::Observation;
use crate::options::UserVerification;
use crate::policy::{Policy, Strictness};

/// Each part of the input, by its name, length and limit, is within that limit.
pub(crate) fn within<const N: usize>(parts: [(&'static str, usize, usize); N]) -> Result<()> {
    match parts.iter().find(|(_, length, limit)| length > limit) {
        Some((part, ..)) => Err(Error::TooLarge(part)),
        None => Ok(()),
    }
}

/// Reports or refuses.
pub(crate) fn judge(
    strictness: Strictness,
    observations: &mut Vec<Observation>,
    observation: Observation,
    error: Error,
) -> Result<()> {
    match strictness {
        Strictness::Ignore => {}
        Strictness::Report => observations.push(observation),
        Strictness::Refuse => return Err(error),
    }
    Ok(())
}

/// Steps R5 to R11 and A7 to A14, apart from the parsing itself.
pub(crate) fn check_client_data(
    data: &ClientData<'_>,
    kind: &str,
    ceremony: &Ceremony,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    check_form(data, policy, observations)?;
    // R7, A10
    if data.kind != kind {
        return Err(Error::ClientDataTypeMismatch);
    }
    // R8, A11
    if !crypto::same_bytes(
        data.challenge.as_bytes(),
        crate::base64url::encode(&ceremony.challenge).as_bytes(),
    ) {
        return Err(Error::ChallengeMismatch);
    }
    // R9, A12
    if !ceremony.origins.allows(&data.origin) {
        return Err(Error::OriginNotAllowed(Excerpt::new(&data.origin)));
    }
    check_embedding(data, ceremony, policy, observations)
}

/// What [`ClientData::parse`] only notes.
fn check_form(
    data: &ClientData<'_>,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    match data.token_binding {
        TokenBinding::Present => return Err(Error::TokenBindingPresent),
        TokenBinding::Unrecognized if policy.validate_token_binding => {
            return Err(Error::ClientDataMalformed("tokenBinding"));
        }
        _ => {}
    }
    if data.serialized_as_specified {
        return Ok(());
    }
    judge(
        policy.client_data_template,
        observations,
        Observation::ClientDataNotSerializedAsSpecified,
        Error::ClientDataNotSerializedAsSpecified,
    )
}

/// R10 and R11, A13 and A14.
fn check_embedding(
    data: &ClientData<'_>,
    ceremony: &Ceremony,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    let cross_origin = data.cross_origin == Some(true);
    if cross_origin && !policy.cross_origin {
        return Err(Error::CrossOriginNotAllowed);
    }
    match &data.top_origin {
        Some(_) if !policy.cross_origin => Err(Error::CrossOriginNotAllowed),
        Some(top) if !cross_origin || !ceremony.top_origins.allows(top, &ceremony.origins) => {
            Err(Error::TopOriginNotAllowed(Excerpt::new(top)))
        }
        None if cross_origin && policy.require_top_origin => Err(Error::TopOriginMissing),
        None if cross_origin => {
            observations.push(Observation::TopOriginMissing);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Reserved bits, as policy wants them.
pub(crate) fn check_reserved_flags(
    flags: Flags,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    if flags.reserved() == 0 {
        return Ok(());
    }
    let observation = Observation::ReservedFlags(flags.reserved());
    judge(
        policy.reserved_flags,
        observations,
        observation,
        Error::AuthenticatorDataReservedFlags,
    )
}

/// An empty map of signed extensions, as policy wants it.
pub(crate) fn check_empty_extension_map(
    data: &AuthenticatorData<'_>,
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<()> {
    if !data.has_empty_extension_map() {
        return Ok(());
    }
    judge(
        policy.empty_extension_map,
        observations,
        Observation::EmptyExtensionMap,
        Error::ExtensionDataMalformed,
    )
}

/// R16 and A17, R17 and A18.
pub(crate) fn check_user_and_backup_flags(
    flags: Flags,
    ceremony: &Ceremony,
    policy: &Policy,
) -> Result<()> {
    let required = ceremony.user_verification == UserVerification::Required
        || policy.require_user_verification;
    if required && !flags.contains(Flags::USER_VERIFIED) {
        return Err(Error::UserNotVerified);
    }
    if flags.contains(Flags::BACKED_UP) && !flags.contains(Flags::BACKUP_ELIGIBLE) {
        return Err(Error::BackupFlagsInconsistent);
    }
    Ok(())
}
