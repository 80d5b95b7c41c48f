//! Steps R28 and A23: outputs against inputs and policy.

use super::{
    AuthenticationExtensions, ClientExtensionOutputs, LargeBlobRequest, RegistrationExtensions,
    SignedExtensionOutputs,
};
use crate::authenticator_data::ExtensionOutput;
use crate::error::{Error, Excerpt, Result};
use crate::observation::Observation;
use crate::policy::{Policy, Strictness};

pub(crate) fn judge_registration(
    asked: &RegistrationExtensions,
    client: &ClientExtensionOutputs,
    signed: &[ExtensionOutput<'_>],
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<SignedExtensionOutputs> {
    let outputs = SignedExtensionOutputs::read(signed, true)?;
    if client
        .large_blob
        .as_ref()
        .is_some_and(|blob| blob.blob.is_some() || blob.written.is_some())
    {
        return Err(malformed("largeBlob"));
    }
    unsolicited(client, signed, policy, observations, |id| {
        asked.asked_for(id)
    })?;
    required(client, signed, policy)?;
    if let Some(protect) = asked.cred_protect.filter(|protect| protect.enforce)
        && outputs
            .cred_protect
            .is_none_or(|level| level < protect.level)
    {
        return Err(Error::CredProtectNotEnforced);
    }
    if let (Some(least), Some(length)) = (policy.min_pin_length, outputs.min_pin_length)
        && length < least
    {
        return Err(Error::MinPinLengthTooShort);
    }
    refuse_prf_results(client, policy)?;
    Ok(outputs)
}

pub(crate) fn judge_authentication(
    asked: &AuthenticationExtensions,
    client: &ClientExtensionOutputs,
    signed: &[ExtensionOutput<'_>],
    policy: &Policy,
    observations: &mut Vec<Observation>,
) -> Result<SignedExtensionOutputs> {
    let outputs = SignedExtensionOutputs::read(signed, false)?;
    if client.prf.as_ref().is_some_and(|prf| prf.enabled.is_some()) {
        return Err(malformed("prf"));
    }
    if let Some(blob) = &client.large_blob {
        let read = matches!(asked.large_blob, Some(LargeBlobRequest::Read));
        let write = matches!(asked.large_blob, Some(LargeBlobRequest::Write(_)));
        let stray =
            (blob.blob.is_some() && !read && write) || (blob.written.is_some() && !write && read);
        if blob.supported.is_some() || stray {
            return Err(malformed("largeBlob"));
        }
    }
    unsolicited(client, signed, policy, observations, |id| {
        asked.asked_for(id)
    })?;
    required(client, signed, policy)?;
    refuse_prf_results(client, policy)?;
    Ok(outputs)
}

fn malformed(id: &str) -> Error {
    Error::ExtensionMalformed(Excerpt::new(id))
}

fn unsolicited(
    client: &ClientExtensionOutputs,
    signed: &[ExtensionOutput<'_>],
    policy: &Policy,
    observations: &mut Vec<Observation>,
    asked_for: impl Fn(&str) -> bool,
) -> Result<()> {
    if policy.unsolicited_extensions == Strictness::Ignore {
        return Ok(());
    }
    for id in client
        .ids()
        .chain(signed.iter().map(|output| output.id))
        .filter(|id| !asked_for(id))
    {
        if policy.unsolicited_extensions == Strictness::Refuse {
            return Err(Error::ExtensionUnsolicited(Excerpt::new(id)));
        }
        observations.push(Observation::ExtensionUnsolicited(Excerpt::new(id)));
    }
    Ok(())
}

fn required(
    client: &ClientExtensionOutputs,
    signed: &[ExtensionOutput<'_>],
    policy: &Policy,
) -> Result<()> {
    let there = |id: &str| {
        client
            .ids()
            .chain(signed.iter().map(|output| output.id))
            .any(|present| present == id)
    };
    match policy.required_extensions.iter().find(|id| !there(id)) {
        Some(id) => Err(Error::ExtensionMissing(Excerpt::new(id))),
        None => Ok(()),
    }
}

fn refuse_prf_results(client: &ClientExtensionOutputs, policy: &Policy) -> Result<()> {
    let present = client.prf.as_ref().is_some_and(|prf| prf.results.is_some());
    if policy.refuse_prf_results && present {
        Err(Error::PrfResultsPresent)
    } else {
        Ok(())
    }
}
