//! What a back end finds out about a user before its page asks for a passkey, and the session with which the page may
//! sign in or register, whichever it comes to (LoginID contract section 11.K, `mgmt/discover`).

use passkeyd_domain::{DeviceId, Timestamp, ports::PersonLookup};

use crate::{
    ApplicationError, Service,
    accounts::public_id,
    api_keys::ApiKeyCaller,
    application_registration::{NamedUser, PasskeyWishes, RegistrationSubject, stored_name},
    application_sessions::{NewApplicationSession, SessionKind},
    application_sign_in::request_options,
    ceremony_state::{CeremonyState, ClaimedDevice, SignInPlan},
    registration::CreationOptions,
    sign_in::RequestOptions,
};

/// What a back end tells of its user.
#[derive(Clone, Debug)]
pub struct Discover {
    /// Who.
    pub user: NamedUser,
    /// The user's device.
    pub device: ClaimedDevice,
    /// A new passkey is to be one of a security key.
    pub security_key: bool,
    /// By what events of the session are found; none: one is made.
    pub trace_id: Option<String>,
}

/// What is known of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchResult {
    /// It can sign in with a passkey.
    PasskeyFound,
    /// It has none that it could sign in with.
    PasskeyNotFound,
    /// There is no such user.
    UserNotFound,
}

/// What was found, and the session to go on with.
#[derive(Clone, Debug)]
pub struct Discovered {
    /// What is known of the user.
    pub result: MatchResult,
    /// The user, as surfaces show it; of one who is not there yet, as it will be.
    pub user_id: String,
    /// Good for a sign-in or a registration, once.
    pub session: String,
    /// By what events of the session are found.
    pub trace_id: String,
    /// For a sign-in, where one is possible.
    pub sign_in: Option<RequestOptions>,
    /// For a registration.
    pub registration: CreationOptions,
    /// The name of the relying party.
    pub rp_name: String,
    /// The last sign-in, and the device that it came from, where one was named.
    pub last_sign_in: Option<(Timestamp, Option<DeviceId>)>,
}

impl Service {
    /// Looks a user up and makes options for a sign-in and for a registration, with one session for both.
    ///
    /// # Errors
    /// [`ApplicationError::UserInactive`], [`ApplicationError::NoSuchApplication`] without a relying party.
    pub async fn discover(
        &self,
        caller: &ApiKeyCaller,
        command: Discover,
    ) -> Result<Discovered, ApplicationError> {
        let realm = caller.realm();
        let lookup = PersonLookup::Name(command.user.name.clone());
        let person = self.store.person(realm.id(), &lookup).await?;
        if person.as_ref().is_some_and(|person| !person.user.active) {
            return Err(ApplicationError::UserInactive);
        }
        let eligible = match &person {
            Some(person) => self.eligible_passkeys(realm, person).await?,
            None => Vec::new(),
        };
        let result = match (&person, eligible.is_empty()) {
            (None, _) => MatchResult::UserNotFound,
            (Some(_), true) => MatchResult::PasskeyNotFound,
            (Some(_), false) => MatchResult::PasskeyFound,
        };
        let wishes = PasskeyWishes {
            security_key: command.security_key,
            conditional: false,
            display_name: command.user.display_name.clone(),
        };
        let subject = match person {
            Some(person) => RegistrationSubject::Existing {
                username: stored_name(&person, &command.user.name),
                person: Box::new(person),
            },
            None => RegistrationSubject::New(command.user),
        };
        let challenge = self.entropy.bytes::<32>().to_vec();
        let (registration, plan, _) = self
            .registration_plan(realm, &subject, &wishes, challenge.clone())
            .await?;
        let relying_party = self.relying_party(realm)?;
        let user_verification = realm.settings().application.user_verification.auth;
        let can_sign_in = result == MatchResult::PasskeyFound;
        let state = CeremonyState {
            device: command.device,
            sign_in: can_sign_in.then(|| SignInPlan {
                rp_id: relying_party.id.clone(),
                username: Some(plan.username.clone()),
                user_verification,
            }),
            registration: Some(plan),
            ..CeremonyState::default()
        };
        let new = NewApplicationSession {
            kind: SessionKind::Either,
            trace_id: command
                .trace_id
                .unwrap_or_else(|| self.entropy.uuid().to_string()),
            user: Some(registration.handle.clone()),
            challenge: challenge.clone(),
            lifetime: self.settings.application_session_lifetime,
        };
        let session = self.begin_application_session(realm, new, &state).await?;
        let sign_in = can_sign_in
            .then(|| request_options(relying_party.id, &challenge, user_verification, &eligible));
        let last_sign_in = eligible.first().map(|owned| {
            let credential = &owned.credential;
            (credential.last_used_at, credential.last_used_from.clone())
        });
        Ok(Discovered {
            result,
            user_id: public_id(&registration.handle),
            session: session.text().to_owned(),
            trace_id: session.trace_id().to_owned(),
            sign_in,
            registration,
            rp_name: relying_party.name,
            last_sign_in,
        })
    }
}
