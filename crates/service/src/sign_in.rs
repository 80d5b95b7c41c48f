//! Sign-in: the options for the browser, and the verified assertion.

use passkeyd_domain::{
    AliasHash, AuthConfig, CredentialDescriptor, CredentialId, EventKind, Hint, Purpose, UserId,
    UserVerification,
    ports::{SignInOutcome, SignInRecord, UserLookup},
};
use passkeyd_tokens::sealed::TokenKind;
use thiserror::Error as ThisError;

use crate::{
    AssertionResponse, Caller, Error, Service,
    ceremony::{Expected, SignInFacts, Stored, Terms, check_lists},
    registration::named,
    session::SignInSession,
    tenants::LiveTenant,
    verification::{Verified, VerifyKind, purpose},
};

/// What a browser sends to begin.
#[derive(Clone, Debug)]
pub struct BeginSignIn {
    /// Whose passkeys to offer.
    pub user: Option<SignInUser>,
    /// What the sign-in is for.
    pub purpose: Option<String>,
    /// The RP id that the client names.
    pub rp_id: Option<String>,
    /// The origin that the client names.
    pub origin: Option<String>,
}

/// By what a client names the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInUser {
    /// The app's name for the user.
    UserId(String),
    /// An alias, as it was given.
    Alias(String),
}

/// `PublicKeyCredentialRequestOptions` (WebAuthn §5.5) as facts, for a surface to render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestOptions {
    /// The relying party.
    pub rp_id: String,
    /// Random, for this ceremony alone.
    pub challenge: Vec<u8>,
    /// Whose passkeys may answer; empty: any discoverable one.
    pub allow: Vec<CredentialDescriptor>,
    /// What is asked for.
    pub user_verification: UserVerification,
    /// Passed on to the browser.
    pub hints: Vec<Hint>,
}

/// The first half of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunSignIn {
    /// For the browser.
    pub options: RequestOptions,
    /// The `session_` token for the second half.
    pub session: String,
}

/// What a browser sends to complete.
#[derive(Clone, Debug)]
pub struct CompleteSignIn {
    /// The `session_` token.
    pub session: Option<String>,
    /// The authenticator's answer.
    pub response: AssertionResponse,
    /// The origin that the client names.
    pub origin: Option<String>,
    /// The device, for people.
    pub device: String,
    /// The country; empty where unknown.
    pub country: String,
}

/// Why an assertion is refused.
#[derive(Debug, ThisError)]
pub(crate) enum SignInRefusal {
    /// Its owner may sign in nowhere.
    #[error("the user is not active")]
    Inactive,
    /// The tenant does not want its model.
    #[error("this model of authenticator is not accepted")]
    Blacklisted,
    /// It failed verification.
    #[error("{0}")]
    Failed(String),
}

impl Service {
    /// Makes the options for the browser. A user that is unknown is no error: the options then look like those of a
    /// discoverable sign-in.
    ///
    /// # Errors
    /// [`Error::OriginRequired`], [`Error::RpIdRequired`], [`Error::SignInRefused`] for an origin or RP id that the tenant does
    /// not list.
    pub async fn begin_sign_in(
        &self,
        caller: &Caller,
        command: BeginSignIn,
    ) -> Result<BegunSignIn, Error> {
        let origin = named(command.origin.as_deref(), Error::OriginRequired)?;
        let rp_id = named(command.rp_id.as_deref(), Error::RpIdRequired)?.to_owned();
        check_lists(&caller.tenant.tenant.settings, &rp_id, origin)
            .map_err(|reason| Error::SignInRefused { reason })?;
        let config = configuration(&caller.tenant, &purpose(command.purpose.as_deref()));
        let lookup = match command.user {
            None => None,
            Some(SignInUser::UserId(text)) => UserId::new(text).ok().map(UserLookup::UserId),
            Some(SignInUser::Alias(text)) => {
                Some(UserLookup::Alias(AliasHash::of(caller.tenant(), &text)))
            }
        };
        let mut known = match lookup {
            None => None,
            Some(lookup) => {
                self.store
                    .user_credentials(caller.tenant(), &lookup)
                    .await?
            }
        };
        if let Some(user) = &mut known {
            let unwanted = |aaguid| caller.tenant.blacklists(aaguid, |model| model.sign_in);
            user.credentials.retain(|held| !unwanted(held.aaguid));
        }
        let (user_id, allow) = match known {
            Some(user) if !user.credentials.is_empty() => (Some(user.user_id), user.credentials),
            _ => (None, Vec::new()),
        };
        let now = self.now();
        let challenge = self.entropy.bytes::<32>().to_vec();
        let session = SignInSession {
            id: self.entropy.uuid_at(now),
            user_id: user_id.map(|user_id| user_id.as_str().to_owned()),
            challenge: challenge.clone(),
            rp_id: rp_id.clone(),
            purpose: config.purpose.as_str().to_owned(),
            user_verification: config.user_verification,
            expires_at: now + self.settings.session_lifetime,
        };
        let session = self
            .seal(&caller.tenant, TokenKind::SIGN_IN_SESSION, &session)
            .await?;
        let (user_verification, hints) = (config.user_verification, config.hints);
        let options = RequestOptions {
            rp_id,
            challenge,
            allow,
            user_verification,
            hints,
        };
        Ok(BegunSignIn { options, session })
    }

    /// Verifies the authenticator's answer, records the sign-in, and returns a verify token.
    ///
    /// # Errors
    /// [`Error::OriginRequired`], those of tokens (a session that was used: [`Error::InvalidToken`]),
    /// [`Error::UnknownCredential`], [`Error::SignInRefused`].
    pub async fn complete_sign_in(
        &self,
        caller: &Caller,
        command: CompleteSignIn,
    ) -> Result<String, Error> {
        let tenant = caller.tenant();
        let origin = named(command.origin.as_deref(), Error::OriginRequired)?.to_owned();
        let (session, consumption) = self
            .resume::<SignInSession>(caller, command.session.as_deref())
            .await?;
        let now = consumption.at;
        let Ok(credential_id) = CredentialId::new(command.response.raw_id.clone()) else {
            return Err(Error::UnknownCredential);
        };
        let facts = self
            .store
            .sign_in_facts(tenant, session.id, &credential_id)
            .await?;
        if facts.consumed {
            return Err(Error::InvalidToken);
        }
        let owned = facts.credential.ok_or(Error::UnknownCredential)?;
        let expected = Expected {
            challenge: &session.challenge,
            rp_id: &session.rp_id,
            terms: Terms::Named {
                origin: &origin,
                lenient: caller.key_id.is_some(),
            },
            user_verification: session.user_verification,
            now,
        };
        let stored = Stored {
            owned: &owned,
            expected_user: session.user_id.as_deref(),
        };
        let verified = self.verify_sign_in(&caller.tenant, &expected, &stored, &command.response);
        let outcome = match verified {
            Ok(outcome) => outcome,
            Err(refusal) => {
                let refusal = Error::SignInRefused {
                    reason: refusal.to_string(),
                };
                return Err(self.used_up(caller, consumption, refusal).await?);
            }
        };

        let purpose = Purpose::new(session.purpose).unwrap_or_else(|_| Purpose::sign_in());
        let config = configuration(&caller.tenant, &purpose);
        let verify = Verified {
            user_id: owned.user_id.as_str().to_owned(),
            timestamp: now,
            rp_id: Some(session.rp_id),
            origin: Some(origin),
            device: Some(command.device.clone()),
            country: Some(command.country.clone()),
            nickname: owned.credential.nickname.clone(),
            credential_id: credential_id.as_bytes().to_vec(),
            purpose: Some(config.purpose.as_str().to_owned()),
            expires_at: now + config.time_to_live,
            token_id: self.entropy.uuid(),
            kind: VerifyKind::PasskeySignin,
        };
        let token = self
            .seal(&caller.tenant, TokenKind::VERIFY, &verify)
            .await?;
        let message = format!("User {} signed in.", verify.user_id);
        let who = (verify.user_id.as_str(), tenant.as_str());
        let record = SignInRecord {
            consumption,
            credential_id,
            expected_sign_count: owned.credential.sign_count,
            sign_count: owned.credential.sign_count.max(outcome.sign_count),
            backed_up: outcome.backed_up,
            user_verified: outcome.user_verified,
            device: command.device,
            country: command.country,
            now,
            used_device: None,
            transaction: None,
            used_config: notable_use(&caller.tenant, &config, now),
            event: caller.event(EventKind::ApiUserSignInCompleted, who, message),
        };
        match self.store.record_sign_in(tenant, record).await? {
            SignInOutcome::Recorded => Ok(token),
            SignInOutcome::AlreadyConsumed => Err(Error::InvalidToken),
            SignInOutcome::CredentialChanged => Err(Error::SignInRefused {
                reason: "the passkey was used or deleted at the same moment".to_owned(),
            }),
        }
    }

    /// Verifies an authenticator's answer to a sign-in, on whichever surface. Nothing is consumed.
    pub(crate) fn verify_sign_in(
        &self,
        tenant: &LiveTenant,
        expected: &Expected<'_>,
        stored: &Stored<'_>,
        response: &AssertionResponse,
    ) -> Result<SignInFacts, SignInRefusal> {
        let owned = stored.owned;
        if !owned.active {
            return Err(SignInRefusal::Inactive);
        }
        if tenant.blacklists(owned.credential.aaguid, |model| model.sign_in) {
            return Err(SignInRefusal::Blacklisted);
        }
        self.verifier
            .authenticate(&tenant.tenant.settings, expected, stored, response)
            .map_err(SignInRefusal::Failed)
    }
}

/// Which configuration's last use is to be recorded. One second is as fine as anybody reads it, and a row that every
/// sign-in of a tenant writes is a queue.
fn notable_use(
    tenant: &LiveTenant,
    config: &AuthConfig,
    now: passkeyd_domain::Timestamp,
) -> Option<Purpose> {
    let stored = tenant
        .auth_configs
        .iter()
        .find(|stored| stored.purpose == config.purpose);
    let last = stored.and_then(|stored| stored.last_used_on);
    last.is_none_or(|last| now.duration_since(last) >= jiff::SignedDuration::from_secs(1))
        .then(|| config.purpose.clone())
}

/// The configuration of a purpose: the stored one, else the built-in one, which for any unknown purpose is that of
/// `sign-in`.
pub(crate) fn configuration(tenant: &LiveTenant, purpose: &Purpose) -> AuthConfig {
    tenant
        .auth_configs
        .iter()
        .find(|config| config.purpose == *purpose)
        .cloned()
        .unwrap_or_else(|| AuthConfig::built_in(purpose))
}
