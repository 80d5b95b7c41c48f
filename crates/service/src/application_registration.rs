//! Registration on the LoginID surface (its contract's section 11.I): who may register, and the two halves.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{
    CredentialDescriptor, EventKind, Identifier, IdentifierKind, Person, Scope, User, UserHandle,
    UserId, UserKey, UserVerification,
    ports::{NewCredential, OwnedCredential, Owner, PersonLookup, RegistrationOutcome},
    text::folded,
};
use uuid::Uuid;

use crate::{
    ApplicationError, AttestationResponse, Error, Service,
    accounts::{Realm, public_id},
    application_sessions::{ApplicationSession, NewApplicationSession, SessionKind},
    bearer_tokens::{AccessSubject, Bearer, user_handle},
    ceremony::{Expected, Terms, Wanted},
    ceremony_state::{CeremonyState, ClaimedDevice, NewUser, RegistrationPlan},
    registration::{CreationOptions, MadeOn, evidence_of},
};

/// Who is to be registered, as a client names the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedUser {
    /// The name.
    pub name: String,
    /// What the name is.
    pub kind: IdentifierKind,
    /// The person's name; none: the name.
    pub display_name: Option<String>,
}

/// What a client sends to begin.
#[derive(Clone, Debug)]
pub struct BeginApplicationRegistration {
    /// Who is to be registered; none: whom the token is about.
    pub user: Option<NamedUser>,
    /// What it says of its device.
    pub device: ClaimedDevice,
    /// A security key is wanted, not the device itself.
    pub security_key: bool,
    /// The passkey is made without asking the user, after another sign-in.
    pub conditional: bool,
    /// Trust items, by kind.
    pub trust_items: BTreeMap<String, String>,
}

/// The first half of a registration.
#[derive(Clone, Debug)]
pub struct BegunApplicationRegistration {
    /// For the browser.
    pub options: CreationOptions,
    /// The session for the second half.
    pub session: String,
    /// The user has a passkey of this device already, and may rather sign in.
    pub may_sign_in: bool,
}

/// What a client sends to complete.
#[derive(Clone, Debug)]
pub struct CompleteApplicationRegistration {
    /// The authenticator's answer.
    pub response: AttestationResponse,
    /// The user's name for the passkey; none: one is made.
    pub passkey_name: Option<String>,
    /// From where it comes.
    pub client: ApplicationClient,
}

/// From where a step of a ceremony comes.
#[derive(Clone, Debug, Default)]
pub struct ApplicationClient {
    /// The base URL of the application, which tokens name as their issuer.
    pub issuer: String,
    /// The device, for people.
    pub device_text: String,
    /// The country; empty where unknown.
    pub country: String,
}

/// A ceremony that came to a good end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedCeremony {
    /// The user's token.
    pub token: String,
    /// The user, as surfaces show it.
    pub user_id: String,
    /// The passkey's row.
    pub passkey: Uuid,
    /// The device.
    pub device_id: Option<String>,
}

/// Whom a registration is for.
#[derive(Clone, Debug)]
pub enum RegistrationSubject {
    /// A user who is there.
    Existing {
        /// The person.
        person: Box<Person>,
        /// The name that was used, as it is stored.
        username: String,
    },
    /// Somebody who will be made.
    New(NamedUser),
}

impl Service {
    /// Whom a registration is for, if whoever asks may register that person.
    ///
    /// # Errors
    /// [`ApplicationError::Invalid`] where nobody is named, [`ApplicationError::Unauthenticated`] where a token is needed,
    /// [`ApplicationError::Forbidden`] where it is not enough or somebody else's, [`ApplicationError::NoSuchUser`] and
    /// [`ApplicationError::UserInactive`] for the token's user.
    pub async fn registration_subject(
        &self,
        realm: &Realm,
        bearer: Option<&Bearer>,
        user: Option<NamedUser>,
        needs_token: bool,
    ) -> Result<RegistrationSubject, ApplicationError> {
        let user = user.or_else(|| {
            Some(NamedUser {
                name: bearer?.username()?.to_owned(),
                kind: IdentifierKind::Other,
                display_name: None,
            })
        });
        let user = user.ok_or(ApplicationError::Invalid("a user is needed"))?;
        let by_name = |name: &str| PersonLookup::Name(name.to_owned());
        let tenant = realm.id();
        let named = self.store.person(tenant, &by_name(&user.name)).await?;
        let Some(bearer) = bearer else {
            let token_needed = needs_token
                || named.is_some()
                || realm.settings().application.registration_requires_token;
            return if token_needed {
                Err(ApplicationError::Unauthenticated)
            } else {
                Ok(RegistrationSubject::New(user))
            };
        };
        if bearer.realm().id() != tenant {
            return Err(ApplicationError::Unauthenticated);
        }
        if !bearer.allows(Scope::REG_WRITE) {
            return Err(ApplicationError::Forbidden(
                "this needs the scope reg:write",
            ));
        }
        let another = || ApplicationError::Forbidden("the token is for another user");
        let same_name = bearer
            .username()
            .is_some_and(|held| folded(held) == folded(&user.name));
        let person = match (bearer.subject(), named) {
            (Some(subject), named) => {
                let handle = user_handle(subject).ok_or(ApplicationError::NoSuchUser)?;
                let lookup = PersonLookup::Handle(handle);
                let person = self.store.person(tenant, &lookup).await?;
                let person = person.ok_or(ApplicationError::NoSuchUser)?;
                let is_person = match &named {
                    Some(named) => named.user.key == person.user.key,
                    None => same_name,
                };
                if !is_person {
                    return Err(another());
                }
                Some(person)
            }
            (None, named) if same_name => named,
            (None, Some(named)) => {
                let held = match bearer.username() {
                    Some(name) => self.store.person(tenant, &by_name(name)).await?,
                    None => None,
                };
                if held.is_none_or(|held| held.user.key != named.user.key) {
                    return Err(another());
                }
                Some(named)
            }
            (None, None) => return Err(another()),
        };
        match person {
            None => Ok(RegistrationSubject::New(user)),
            Some(person) if !person.user.active => Err(ApplicationError::UserInactive),
            Some(person) => Ok(RegistrationSubject::Existing {
                username: stored_name(&person, &user.name),
                person: Box::new(person),
            }),
        }
    }

    /// Makes the options with which the browser makes a passkey.
    ///
    /// # Errors
    /// Those of [`registration_subject`](Self::registration_subject), [`ApplicationError::NoSuchApplication`] without a
    /// relying party, and [`Error::MaxUsersReached`].
    pub async fn begin_application_registration(
        &self,
        realm: &Realm,
        bearer: Option<&Bearer>,
        command: BeginApplicationRegistration,
    ) -> Result<BegunApplicationRegistration, ApplicationError> {
        let needs_token = command.conditional;
        let user = command.user;
        let display_name = user.as_ref().and_then(|user| user.display_name.clone());
        let subject = self
            .registration_subject(realm, bearer, user, needs_token)
            .await?;
        let wishes = PasskeyWishes {
            security_key: command.security_key,
            conditional: command.conditional,
            display_name,
        };
        let challenge = self.entropy.bytes::<32>().to_vec();
        let (options, plan, held) = self
            .registration_plan(realm, &subject, &wishes, challenge.clone())
            .await?;
        let may_sign_in = !command.security_key
            && command.device.id.is_some()
            && held
                .iter()
                .any(|owned| owned.credential.created_from == command.device.id);
        let state = CeremonyState {
            device: command.device,
            trust: self.good_trust_items(&command.trust_items),
            registration: Some(plan),
            ..CeremonyState::default()
        };
        let new = NewApplicationSession {
            kind: SessionKind::Registration,
            trace_id: self.entropy.uuid().to_string(),
            user: Some(options.handle.clone()),
            challenge,
            lifetime: self.settings.application_session_lifetime,
        };
        let session = self.begin_application_session(realm, new, &state).await?;
        Ok(BegunApplicationRegistration {
            options,
            session: session.text().to_owned(),
            may_sign_in,
        })
    }

    /// The options for a passkey of this person, how the registration is to be completed, and the credentials that the
    /// person has, most recently used first.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchApplication`] without a relying party, and [`Error::MaxUsersReached`].
    pub async fn registration_plan(
        &self,
        realm: &Realm,
        subject: &RegistrationSubject,
        wishes: &PasskeyWishes,
        challenge: Vec<u8>,
    ) -> Result<(CreationOptions, RegistrationPlan, Vec<OwnedCredential>), ApplicationError> {
        let settings = realm.settings();
        let relying_party = self.relying_party(realm)?;
        let known_name = match subject {
            RegistrationSubject::Existing { person, .. } => person.profile.display_name.clone(),
            RegistrationSubject::New(named) => named.display_name.clone(),
        };
        let (user_id, handle, username, new_user, held) = match subject {
            RegistrationSubject::Existing { person, username } => {
                let user = &person.user;
                let held = self.passkeys_by_use(realm, &user.user_id).await?;
                let handle = user.handle.clone();
                (user.user_id.clone(), handle, username.clone(), None, held)
            }
            RegistrationSubject::New(named) => {
                let (user_id, handle) = self.new_user_id()?;
                let display_name = named.display_name.clone();
                let new_user = NewUser {
                    kind: named.kind.as_str().to_owned(),
                    display_name: display_name.unwrap_or_else(|| named.name.clone()),
                    proven: false,
                };
                (
                    user_id,
                    handle,
                    named.name.clone(),
                    Some(new_user),
                    Vec::new(),
                )
            }
        };
        if held.is_empty() {
            self.another_user_is_welcome(realm).await?;
        }
        let display_name = wishes
            .display_name
            .clone()
            .or(known_name)
            .unwrap_or_else(|| username.clone());
        let plan = RegistrationPlan {
            rp_id: relying_party.id.clone(),
            user_id: user_id.as_str().to_owned(),
            username: username.clone(),
            new_user,
            algorithms: self.verifier.application_algorithms(settings),
            attestation: settings.application.attestation,
            user_verification: settings.application.user_verification.reg,
            conditional: wishes.conditional,
        };
        let options = CreationOptions {
            rp_id: relying_party.id,
            username,
            display_name,
            handle,
            challenge,
            algorithms: plan.algorithms.clone(),
            attestation: plan.attestation,
            attachment: Some(if wishes.security_key {
                "cross-platform"
            } else {
                "platform"
            }),
            discoverable: !wishes.security_key,
            user_verification: plan.user_verification,
            hints: Vec::new(),
            exclude: held.iter().map(descriptor).collect(),
        };
        Ok((options, plan, held))
    }

    /// Verifies the authenticator's answer, makes the user where it is new, and signs it in.
    ///
    /// # Errors
    /// [`ApplicationError::BadSession`], [`ApplicationError::Refused`], [`ApplicationError::Blacklisted`],
    /// [`ApplicationError::Forbidden`] for other lists of authenticators, [`ApplicationError::UserInactive`].
    pub async fn complete_application_registration(
        &self,
        session: &ApplicationSession,
        command: CompleteApplicationRegistration,
    ) -> Result<CompletedCeremony, ApplicationError> {
        if !matches!(
            session.kind(),
            SessionKind::Registration | SessionKind::Either
        ) {
            return Err(ApplicationError::BadSession);
        }
        let state: CeremonyState = self
            .session_state(session)
            .await?
            .ok_or(ApplicationError::BadSession)?;
        let plan = state.registration.clone();
        let plan = plan.ok_or(ApplicationError::BadSession)?;
        let handle = session.user().ok_or(ApplicationError::BadSession)?;
        let finishing = FinishRegistration {
            session,
            handle,
            plan: &plan,
            device: &state.device,
            challenge: session.challenge(),
        };
        match self.finish_registration(&finishing, command).await {
            Err(error @ (ApplicationError::BadSession | ApplicationError::Service(_))) => {
                Err(error)
            }
            Err(refusal) => Err(self.use_up(session, refusal).await?),
            Ok(completed) => {
                let device = completed.device_id.as_deref();
                self.bind_trust_items(session.realm(), handle, device, &state.trust)
                    .await;
                Ok(completed)
            }
        }
    }

    /// The verification and the recording of a new passkey. Where it is refused nothing is consumed.
    ///
    /// # Errors
    /// Those of [`complete_application_registration`](Self::complete_application_registration).
    pub async fn finish_registration(
        &self,
        finishing: &FinishRegistration<'_>,
        command: CompleteApplicationRegistration,
    ) -> Result<CompletedCeremony, ApplicationError> {
        let FinishRegistration {
            session,
            handle,
            plan,
            device,
            challenge,
        } = *finishing;
        let (realm, now) = (session.realm(), self.now());
        let origins = self.application_origins(realm.settings());
        let expected = Expected {
            challenge,
            rp_id: &plan.rp_id,
            terms: Terms::Application(&origins),
            user_verification: if plan.conditional {
                UserVerification::Preferred
            } else {
                plan.user_verification
            },
            now,
        };
        let wanted = Wanted {
            handle: handle.as_bytes(),
            algorithms: Some(&plan.algorithms),
            attestation: plan.attestation,
            conditional: plan.conditional,
        };
        let response = &command.response;
        let facts = self
            .verify_registration(
                &realm.tenant,
                &expected,
                &wanted,
                plan.attestation,
                response,
            )
            .await
            .map_err(refusal)?;

        let user_id =
            UserId::new(plan.user_id.as_str()).map_err(|_| ApplicationError::BadSession)?;
        let owner = if let Some(new) = &plan.new_user {
            Owner::New {
                identifier: Identifier {
                    kind: new.identifier_kind(),
                    value: plan.username.clone(),
                    source: Identifier::LOGINID.to_owned(),
                    verified_at: new.proven.then_some(now),
                },
                display_name: Some(new.display_name.clone()),
            }
        } else {
            let known = self.store.user(realm.id(), &user_id).await?;
            if known.is_some_and(|known| !known.active) {
                return Err(ApplicationError::UserInactive);
            }
            Owner::Existing
        };
        let user = User {
            key: UserKey(self.entropy.uuid_at(now)),
            tenant: realm.id().clone(),
            user_id,
            handle: handle.clone(),
            active: true,
            created_at: now,
        };
        let used_device = self.claimed_device(realm, device, now);
        let made = MadeOn {
            device_text: command.client.device_text,
            country: command.client.country,
            device: used_device.as_ref().map(|device| device.id.clone()),
        };
        let name = command
            .passkey_name
            .unwrap_or_else(|| self.default_passkey_name(facts.aaguid, device));
        let evidence = evidence_of(plan.attestation, &facts, response);
        let credential = self
            .new_credential(&user, &plan.rp_id, facts, response, Some(name), made)
            .map_err(refusal)?;
        let subject = AccessSubject {
            handle,
            username: &plan.username,
            passkey: Some(credential.id),
        };
        let token = self
            .issue_access_token(realm, &command.client.issuer, subject)
            .await?;
        let completed = CompletedCeremony {
            token,
            user_id: public_id(handle),
            passkey: credential.id,
            device_id: used_device.as_ref().map(|device| device.id.to_string()),
        };
        let message = format!(
            "A passkey of user {} was registered; trace {}.",
            plan.user_id,
            session.trace_id()
        );
        let who = (plan.user_id.as_str(), realm.id().as_str());
        let kind = EventKind::ApiAuthPasskeyRegistrationCompleted;
        let registration = NewCredential {
            consumption: session.consumption(now),
            user,
            owner,
            credential,
            evidence,
            aliases: None,
            device: used_device,
            event: realm.tenant.event(kind, now, who, message, None),
        };
        match self.store.register_credential(registration).await? {
            RegistrationOutcome::Registered => Ok(completed),
            RegistrationOutcome::AlreadyConsumed | RegistrationOutcome::OwnerGone => {
                Err(ApplicationError::BadSession)
            }
            RegistrationOutcome::CredentialTaken => Err(ApplicationError::Refused {
                reason: "it is registered already".to_owned(),
            }),
            RegistrationOutcome::NameTaken | RegistrationOutcome::AliasConflict => {
                Err(ApplicationError::Refused {
                    reason: "somebody registered under this name meanwhile".to_owned(),
                })
            }
        }
    }

    /// The credentials of a user, most recently used first.
    pub(crate) async fn passkeys_by_use(
        &self,
        realm: &Realm,
        user_id: &UserId,
    ) -> Result<Vec<OwnedCredential>, Error> {
        let mut held = self.store.credentials_of(realm.id(), user_id).await?;
        held.sort_by_key(|owned| std::cmp::Reverse(owned.credential.last_used_at));
        Ok(held)
    }

    /// A new app's name for a user, and the handle that it decodes to, so that all surfaces show one id.
    pub(crate) fn new_user_id(&self) -> Result<(UserId, UserHandle), Error> {
        let name = self.entropy.uuid().to_string();
        let handle = BASE64URL_NOPAD.decode(name.as_bytes()).unwrap_or_default();
        let unfit = |error: passkeyd_domain::TextError| Error::KeyRing(error.to_string());
        Ok((
            UserId::new(name).map_err(unfit)?,
            UserHandle::new(handle).map_err(unfit)?,
        ))
    }

    /// `Apple Passwords (iOS 18.1.1,Safari) - 2025-01-02 16:40`, without what is not known.
    fn default_passkey_name(&self, aaguid: Uuid, device: &ClaimedDevice) -> String {
        let provider = self.model_name(aaguid);
        let provider = provider.as_deref().unwrap_or("Passkey");
        let details = &device.details;
        let system = format!("{} {}", details.os_name, details.os_version);
        let known = [system.trim(), details.client_name.trim()];
        let known: Vec<&str> = known.into_iter().filter(|text| !text.is_empty()).collect();
        let made_on = match known.as_slice() {
            [] => String::new(),
            known => format!(" ({})", known.join(",")),
        };
        let at = self.now().strftime("%Y-%m-%d %H:%M");
        format!("{provider}{made_on} - {at}")
    }

    async fn another_user_is_welcome(&self, realm: &Realm) -> Result<(), Error> {
        if let Some(limit) = realm.settings().max_users
            && self.store.count_users_with_credentials(realm.id()).await? >= limit
        {
            return Err(Error::MaxUsersReached);
        }
        Ok(())
    }
}

/// What is wished of a new passkey.
#[derive(Clone, Debug, Default)]
pub struct PasskeyWishes {
    /// A security key is wanted, not the device itself.
    pub security_key: bool,
    /// It is made without asking the user.
    pub conditional: bool,
    /// The person's name in the options; none: that of the new user, else the name.
    pub display_name: Option<String>,
}

/// A registration whose answer has come.
#[derive(Clone, Copy)]
pub struct FinishRegistration<'a> {
    /// The session that it completes.
    pub session: &'a ApplicationSession,
    /// The user handle of the options.
    pub handle: &'a UserHandle,
    /// How it is to be completed.
    pub plan: &'a RegistrationPlan,
    /// The device that it began on.
    pub device: &'a ClaimedDevice,
    /// The challenge of the options.
    pub challenge: &'a [u8],
}

/// The stored form of the name that was used.
pub(crate) fn stored_name(person: &Person, name: &str) -> String {
    match person.identifier(name) {
        Some(identifier) => identifier.value.clone(),
        None if person.user.user_id.as_str() == name => name.to_owned(),
        None => person.username().to_owned(),
    }
}

pub(crate) fn descriptor(owned: &OwnedCredential) -> CredentialDescriptor {
    CredentialDescriptor {
        credential_id: owned.credential.credential_id.clone(),
        transports: owned.credential.transports.clone(),
        aaguid: owned.credential.aaguid,
    }
}

/// What a verification that every surface shares says to this one.
fn refusal(error: Error) -> ApplicationError {
    match error {
        Error::RegistrationRefused { reason } => ApplicationError::Refused { reason },
        Error::AuthenticatorBlacklisted => ApplicationError::Blacklisted,
        Error::AuthenticatorNotAllowed | Error::AttestationRequired => {
            ApplicationError::Forbidden("this authenticator is not allowed")
        }
        other => other.into(),
    }
}
