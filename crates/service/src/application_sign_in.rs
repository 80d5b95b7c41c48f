//! Sign-in on the LoginID surface (its contract's section 11.G): what is offered, and the verified assertion.

use std::collections::BTreeMap;

use passkeyd_domain::{
    CredentialId, EventKind, Person, UserHandle, UserVerification,
    application::{CrossAuthMethod, FallbackMethod},
    ports::{OwnedCredential, PersonLookup, SignInOutcome, SignInRecord},
};
use serde::Deserialize;

use crate::{
    ApplicationError, AssertionResponse, Error, Service,
    accounts::{Realm, public_id},
    application_registration::{ApplicationClient, CompletedCeremony, descriptor, stored_name},
    application_sessions::{ApplicationSession, NewApplicationSession, SessionKind},
    bearer_tokens::AccessSubject,
    ceremony::{Expected, SignInFacts, Stored, Terms},
    ceremony_state::{CeremonyState, ClaimedDevice, SignInPlan},
    sign_in::{RequestOptions, SignInRefusal},
};

/// What a client sends to begin.
#[derive(Clone, Debug, Default)]
pub struct BeginApplicationSignIn {
    /// Who signs in; none: whoever has a passkey.
    pub name: Option<String>,
    /// What it says of its device.
    pub device: ClaimedDevice,
    /// Trust items, by kind.
    pub trust_items: BTreeMap<String, String>,
}

/// How a sign-in may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInAction {
    /// With a passkey.
    Proceed,
    /// With the help of another device or an address.
    CrossAuth,
    /// With somebody else's sign-in.
    Fallback,
}

/// Whether passkeys are on one device or on several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyType {
    /// None of them is backed up.
    Device,
    /// At least one is.
    Synced,
}

/// The first half of a sign-in.
#[derive(Clone, Debug)]
pub struct BegunApplicationSignIn {
    /// What to do next.
    pub action: SignInAction,
    /// For the browser, whatever the action.
    pub options: RequestOptions,
    /// Best first.
    pub cross_auth: Vec<CrossAuthMethod>,
    /// In the order of the settings.
    pub fallback: Vec<FallbackMethod>,
    /// Of the passkeys that are offered; none: none are.
    pub passkey_type: Option<PasskeyType>,
    /// The session for the second half.
    pub session: String,
}

/// What a client sends to complete.
#[derive(Clone, Debug)]
pub struct CompleteApplicationSignIn {
    /// The authenticator's answer.
    pub response: AssertionResponse,
    /// From where it comes.
    pub client: ApplicationClient,
}

/// A verified assertion that is to be recorded.
pub(crate) struct VerifiedSignIn {
    pub(crate) owned: OwnedCredential,
    pub(crate) facts: SignInFacts,
}

impl Service {
    /// Makes the options for the browser, and says how else the person may sign in.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchApplication`] without a relying party, [`ApplicationError::NoSuchUser`] where nothing can
    /// be offered, [`ApplicationError::UserInactive`].
    pub async fn begin_application_sign_in(
        &self,
        realm: &Realm,
        command: BeginApplicationSignIn,
    ) -> Result<BegunApplicationSignIn, ApplicationError> {
        let fallback = realm.settings().application.fallback_methods.clone();
        let Some(name) = &command.name else {
            let offer = Offer {
                fallback,
                ..Offer::default()
            };
            return self.offer(realm, command, offer).await;
        };
        let lookup = PersonLookup::Name(name.clone());
        let Some(person) = self.store.person(realm.id(), &lookup).await? else {
            if fallback.is_empty() {
                return Err(ApplicationError::NoSuchUser);
            }
            // A session that nobody can complete.
            let nobody = UserHandle::new(self.entropy.bytes::<32>());
            let offer = Offer {
                action: SignInAction::Fallback,
                fallback,
                user: nobody.ok(),
                ..Offer::default()
            };
            return self.offer(realm, command, offer).await;
        };
        if !person.user.active {
            return Err(ApplicationError::UserInactive);
        }
        let eligible = self.eligible_passkeys(realm, &person).await?;
        let cross_auth = cross_auth_methods(realm, &person, !eligible.is_empty());
        let usable = !eligible.is_empty() && !out_of_reach(&command.device, &eligible);
        let action = if usable {
            SignInAction::Proceed
        } else if !cross_auth.is_empty() {
            SignInAction::CrossAuth
        } else if !fallback.is_empty() {
            SignInAction::Fallback
        } else if eligible.is_empty() {
            return Err(ApplicationError::NoSuchUser);
        } else {
            SignInAction::Proceed
        };
        let offer = Offer {
            action,
            cross_auth,
            fallback,
            username: Some(stored_name(&person, name)),
            user: Some(person.user.handle),
            eligible,
        };
        self.offer(realm, command, offer).await
    }

    async fn offer(
        &self,
        realm: &Realm,
        command: BeginApplicationSignIn,
        offer: Offer,
    ) -> Result<BegunApplicationSignIn, ApplicationError> {
        let rp_id = self.relying_party(realm)?.id;
        let challenge = self.entropy.bytes::<32>().to_vec();
        let user_verification = realm.settings().application.user_verification.auth;
        let options = request_options(
            rp_id.clone(),
            &challenge,
            user_verification,
            &offer.eligible,
        );
        let state = CeremonyState {
            device: command.device,
            trust: self.good_trust_items(&command.trust_items),
            sign_in: Some(SignInPlan {
                rp_id,
                username: offer.username,
                user_verification,
            }),
            ..CeremonyState::default()
        };
        let new = NewApplicationSession {
            kind: SessionKind::SignIn,
            trace_id: self.entropy.uuid().to_string(),
            user: offer.user,
            challenge,
            lifetime: self.settings.application_session_lifetime,
        };
        let session = self.begin_application_session(realm, new, &state).await?;
        Ok(BegunApplicationSignIn {
            action: offer.action,
            options,
            cross_auth: offer.cross_auth,
            fallback: offer.fallback,
            passkey_type: passkey_type(&offer.eligible),
            session: session.text().to_owned(),
        })
    }

    /// The passkeys that a person may sign in with here: of this RP id, and of models that the tenant wants. Most recently
    /// used first.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchApplication`] without a relying party.
    pub async fn eligible_passkeys(
        &self,
        realm: &Realm,
        person: &Person,
    ) -> Result<Vec<OwnedCredential>, ApplicationError> {
        let rp_id = self.relying_party(realm)?.id;
        let mut held = self.passkeys_by_use(realm, &person.user.user_id).await?;
        held.retain(|owned| is_eligible(realm, owned, &rp_id));
        Ok(held)
    }

    /// Verifies the authenticator's answer and signs its owner in.
    ///
    /// # Errors
    /// [`ApplicationError::BadSession`], [`ApplicationError::CredentialNotAccepted`], [`ApplicationError::Refused`].
    pub async fn complete_application_sign_in(
        &self,
        session: &ApplicationSession,
        command: CompleteApplicationSignIn,
    ) -> Result<CompletedCeremony, ApplicationError> {
        if !matches!(session.kind(), SessionKind::SignIn | SessionKind::Either) {
            return Err(ApplicationError::BadSession);
        }
        let state: CeremonyState = self
            .session_state(session)
            .await?
            .ok_or(ApplicationError::BadSession)?;
        let plan = state.sign_in.ok_or(ApplicationError::BadSession)?;
        let (realm, now) = (session.realm(), self.now());
        let verified = self.verify_once(session, &plan, &command.response).await?;
        let owned = &verified.owned;
        let username = match plan.username {
            Some(username) => username,
            None => self.username_of(realm, &owned.handle).await?,
        };
        let subject = AccessSubject {
            handle: &owned.handle,
            username: &username,
            passkey: Some(owned.credential.id),
        };
        let token = self
            .issue_access_token(realm, &command.client.issuer, subject)
            .await?;
        let used = self.claimed_device(realm, &state.device, now);
        let completed = CompletedCeremony {
            token,
            user_id: public_id(&owned.handle),
            passkey: owned.credential.id,
            device_id: used.as_ref().map(|device| device.id.to_string()),
        };
        let handle = owned.handle.clone();
        let mut record = self.sign_in_record(session, verified, command.client);
        record.used_device = used;
        self.record_application_sign_in(realm, record).await?;
        let device = completed.device_id.as_deref();
        self.bind_trust_items(realm, &handle, device, &state.trust)
            .await;
        Ok(completed)
    }

    /// Verifies an assertion in a session that is used up by it, whatever comes of it.
    pub(crate) async fn verify_once(
        &self,
        session: &ApplicationSession,
        plan: &SignInPlan,
        response: &AssertionResponse,
    ) -> Result<VerifiedSignIn, ApplicationError> {
        let verifying = VerifyAssertion {
            realm: session.realm(),
            user: session.user(),
            plan,
            challenge: session.challenge(),
        };
        match self.verify_assertion(&verifying, response).await {
            Err(error @ ApplicationError::Service(_)) => Err(error),
            Err(refusal) => Err(self.use_up(session, refusal).await?),
            Ok(verified) => Ok(verified),
        }
    }

    /// Uses up a session whose ceremony is refused, and leaves an event of it. Gives what to tell: of a session that was used
    /// up before, that it is none.
    pub(crate) async fn use_up(
        &self,
        session: &ApplicationSession,
        refusal: ApplicationError,
    ) -> Result<ApplicationError, ApplicationError> {
        let (realm, now) = (session.realm(), self.now());
        let consumption = session.consumption(now);
        if !self.store.consume(realm.id(), consumption).await? {
            return Ok(ApplicationError::BadSession);
        }
        // The reason may quote what the client sent.
        let reason = refusal.to_string().replace('\0', "");
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        let what = match session.kind() {
            SessionKind::Registration => "registration",
            SessionKind::Transaction => "transaction",
            SessionKind::SignIn | SessionKind::Either | SessionKind::Mfa => "sign-in",
        };
        let trace = session.trace_id();
        let message = format!("A {what} failed: {reason}; trace {trace}.");
        let user = session.user().map(public_id);
        let who = user.as_deref().unwrap_or("Unknown User");
        let kind = EventKind::ApplicationCeremonyFailed;
        let event = realm
            .tenant
            .event(kind, now, (who, realm.id().as_str()), message, None);
        self.note(event).await;
        Ok(refusal)
    }

    /// Verifies an assertion. Nothing is consumed.
    pub(crate) async fn verify_assertion(
        &self,
        verifying: &VerifyAssertion<'_>,
        response: &AssertionResponse,
    ) -> Result<VerifiedSignIn, ApplicationError> {
        let VerifyAssertion {
            realm,
            user,
            plan,
            challenge,
        } = *verifying;
        let credential_id = CredentialId::new(response.raw_id.clone())
            .map_err(|_| ApplicationError::CredentialNotAccepted)?;
        let owned = self.store.credential(realm.id(), &credential_id).await?;
        let owned = owned
            .filter(|owned| user.is_none_or(|user| *user == owned.handle))
            .filter(|owned| is_eligible(realm, owned, &plan.rp_id))
            .ok_or(ApplicationError::CredentialNotAccepted)?;
        let origins = self.application_origins(realm.settings());
        let expected = Expected {
            challenge,
            rp_id: &plan.rp_id,
            terms: Terms::Application(&origins),
            user_verification: plan.user_verification,
            now: self.now(),
        };
        let stored = Stored {
            owned: &owned,
            expected_user: user.map(|_| owned.user_id.as_str()),
        };
        let verified = self.verify_sign_in(&realm.tenant, &expected, &stored, response);
        match verified {
            Ok(facts) => Ok(VerifiedSignIn { owned, facts }),
            Err(SignInRefusal::Inactive | SignInRefusal::Blacklisted) => {
                Err(ApplicationError::CredentialNotAccepted)
            }
            Err(SignInRefusal::Failed(reason)) => Err(ApplicationError::Refused { reason }),
        }
    }

    /// What is recorded of a verified sign-in.
    pub(crate) fn sign_in_record(
        &self,
        session: &ApplicationSession,
        verified: VerifiedSignIn,
        client: ApplicationClient,
    ) -> SignInRecord {
        let (realm, now) = (session.realm(), self.now());
        let VerifiedSignIn { owned, facts } = verified;
        let stored = owned.credential.sign_count;
        let message = format!(
            "User {} signed in; trace {}.",
            owned.user_id,
            session.trace_id()
        );
        let who = (owned.user_id.as_str(), realm.id().as_str());
        let kind = EventKind::ApiUserSignInCompleted;
        SignInRecord {
            consumption: session.consumption(now),
            expected_sign_count: stored,
            sign_count: stored.max(facts.sign_count),
            backed_up: facts.backed_up,
            user_verified: facts.user_verified,
            device: client.device_text,
            country: client.country,
            now,
            used_config: None,
            used_device: None,
            transaction: None,
            event: realm.tenant.event(kind, now, who, message, None),
            credential_id: owned.credential.credential_id,
        }
    }

    pub(crate) async fn record_application_sign_in(
        &self,
        realm: &Realm,
        record: SignInRecord,
    ) -> Result<(), ApplicationError> {
        match self.store.record_sign_in(realm.id(), record).await? {
            SignInOutcome::Recorded => Ok(()),
            SignInOutcome::AlreadyConsumed => Err(ApplicationError::BadSession),
            SignInOutcome::CredentialChanged => Err(ApplicationError::Refused {
                reason: "it was used or deleted at the same moment".to_owned(),
            }),
        }
    }

    /// The name that stands for a user: the primary identifier, else the app's name.
    pub(crate) async fn username_of(
        &self,
        realm: &Realm,
        handle: &UserHandle,
    ) -> Result<String, Error> {
        let lookup = PersonLookup::Handle(handle.clone());
        let person = self.store.person(realm.id(), &lookup).await?;
        Ok(person.map_or_else(String::new, |person| person.username().to_owned()))
    }
}

/// The longest reason in an event, in characters.
const LONGEST_REASON: usize = 500;

/// An assertion that is to be verified.
#[derive(Clone, Copy)]
pub(crate) struct VerifyAssertion<'a> {
    pub(crate) realm: &'a Realm,
    /// Whose passkey it must be; none: anybody's.
    pub(crate) user: Option<&'a UserHandle>,
    pub(crate) plan: &'a SignInPlan,
    pub(crate) challenge: &'a [u8],
}

/// What is offered.
struct Offer {
    action: SignInAction,
    cross_auth: Vec<CrossAuthMethod>,
    fallback: Vec<FallbackMethod>,
    username: Option<String>,
    /// Whose passkeys may answer; none: anybody's.
    user: Option<UserHandle>,
    eligible: Vec<OwnedCredential>,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            action: SignInAction::Proceed,
            cross_auth: Vec::new(),
            fallback: Vec::new(),
            username: None,
            user: None,
            eligible: Vec::new(),
        }
    }
}

fn is_eligible(realm: &Realm, owned: &OwnedCredential, rp_id: &str) -> bool {
    let credential = &owned.credential;
    credential.rp_id == rp_id
        && !realm
            .tenant
            .blacklists(credential.aaguid, |model| model.sign_in)
}

pub(crate) fn request_options(
    rp_id: String,
    challenge: &[u8],
    user_verification: UserVerification,
    eligible: &[OwnedCredential],
) -> RequestOptions {
    RequestOptions {
        rp_id,
        challenge: challenge.to_vec(),
        allow: eligible.iter().map(descriptor).collect(),
        user_verification,
        hints: Vec::new(),
    }
}

fn passkey_type(eligible: &[OwnedCredential]) -> Option<PasskeyType> {
    let mut held = eligible.iter();
    if eligible.is_empty() {
        None
    } else if held.any(|owned| owned.credential.backed_up == Some(true)) {
        Some(PasskeyType::Synced)
    } else {
        Some(PasskeyType::Device)
    }
}

/// The methods of the settings that can work for this person.
fn cross_auth_methods(realm: &Realm, person: &Person, has_passkey: bool) -> Vec<CrossAuthMethod> {
    let methods = realm.settings().application.cross_auth_methods.iter();
    methods
        .filter(|method| match method {
            CrossAuthMethod::Otp => has_passkey,
            CrossAuthMethod::OtpEmail => !person.deliverable_emails().is_empty(),
            CrossAuthMethod::OtpSms => person.deliverable_phone().is_some(),
        })
        .copied()
        .collect()
}

/// Whether the client says that it reaches neither other devices nor an authenticator of its own, while every passkey lies in
/// a device.
fn out_of_reach(device: &ClaimedDevice, eligible: &[OwnedCredential]) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Capabilities {
        hybrid_transport: Option<bool>,
        user_verifying_platform_authenticator: Option<bool>,
        passkey_platform_authenticator: Option<bool>,
    }

    let text = device.details.webauthn_capabilities.as_deref();
    let told: Capabilities = text
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    told.hybrid_transport == Some(false)
        && told.user_verifying_platform_authenticator == Some(false)
        && told.passkey_platform_authenticator == Some(false)
        && eligible
            .iter()
            .all(|owned| owned.credential.transports.as_deref() == Some(&["internal".to_owned()]))
}
