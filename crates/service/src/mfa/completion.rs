//! The end: tokens, and the signed statement of what was confirmed (contract sections 7, 13.1 and 13.6).

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{
    EventKind, Identifier, Person, User, UserHandle,
    ports::{OwnedCredential, PersonOutcome},
};
use serde_json::{Map, Value, json};

use super::{
    CompletingPasskey, MfaCompleted, SignedPayload,
    offers::Flow,
    payload::IssuedChallenge,
    state::{Factor, MfaState, Subject},
};
use crate::{
    ApplicationError, Service,
    accounts::{Realm, public_id},
    application_sessions::ApplicationSession,
    bearer_tokens::{AccessSubject, BearerKind, object},
};

/// What an end needs of the step that it comes with.
pub(super) struct LastStep<'a> {
    pub(super) session: &'a ApplicationSession,
    /// The base URL of the application.
    pub(super) issuer: &'a str,
}

/// Who is signed in, and by what.
struct Ending<'a> {
    handle: &'a UserHandle,
    username: &'a str,
    passkey: Option<&'a OwnedCredential>,
    methods: Vec<&'static str>,
    /// What was confirmed, with the challenge that commits to it.
    payload: Option<(&'a str, &'a IssuedChallenge)>,
}

impl Service {
    /// The end with a passkey. Nothing is recorded.
    pub(super) async fn passkey_completed(
        &self,
        last: &LastStep<'_>,
        state: &MfaState,
        issued: &IssuedChallenge,
        owned: &OwnedCredential,
        username: &str,
    ) -> Result<MfaCompleted, ApplicationError> {
        let ending = Ending {
            handle: &owned.handle,
            username,
            passkey: Some(owned),
            methods: state.methods(Some(Factor::Passkey)),
            payload: state.payload.as_deref().map(|payload| (payload, issued)),
        };
        self.sign_ending(last, &ending).await
    }

    /// The end where the factors that are done are enough, of the person that is given; without one a newcomer becomes a
    /// user.
    pub(super) async fn complete_without_passkey(
        &self,
        last: &LastStep<'_>,
        state: MfaState,
        known: Option<&Person>,
    ) -> Result<MfaCompleted, ApplicationError> {
        let (session, now) = (last.session, self.now());
        let realm = session.realm();
        let (user, made) = if let Subject::Newcomer(newcomer) = &state.subject {
            let user = self.new_user(realm, now)?;
            let mut person = Person::new(user.clone());
            let name = newcomer.name.clone();
            let display_name = newcomer.display_name.clone();
            person.profile.display_name = display_name.or_else(|| Some(name.clone()));
            person.identifiers.push(Identifier {
                kind: newcomer.identifier_kind(),
                value: name,
                source: Identifier::LOGINID.to_owned(),
                verified_at: newcomer.proven.then_some(now),
            });
            (user, Some(person))
        } else {
            let person = known.ok_or(ApplicationError::NoSuchUser)?;
            (person.user.clone(), None)
        };
        let username = state.subject.username().unwrap_or_default();
        let issued = IssuedChallenge::new(
            state.payload.as_deref(),
            session.trace_id(),
            self.entropy.bytes::<32>(),
        );
        let ending = Ending {
            handle: &user.handle,
            username,
            passkey: None,
            methods: state.methods(None),
            payload: state.payload.as_deref().map(|payload| (payload, &issued)),
        };
        let mut completed = self.sign_ending(last, &ending).await?;
        if made.is_some() {
            completed.flow = Flow::SignUp;
        }
        let consumption = session.consumption(now);
        if !self.store.consume(realm.id(), consumption).await? {
            return Err(ApplicationError::Unauthenticated);
        }
        let message = format!(
            "{username} signed in with {}; trace {}.",
            ending.methods.join(" and "),
            session.trace_id()
        );
        let who = (username, realm.id().as_str());
        let kind = EventKind::MultiFactorStep;
        let event = realm.tenant.event(kind, now, who, message, None);
        match made {
            None => self.note(event).await,
            Some(person) => {
                let outcome = self.store.create_person(person, event).await?;
                if outcome != PersonOutcome::Written {
                    return Err(ApplicationError::Refused {
                        reason: "somebody registered under this name meanwhile".to_owned(),
                    });
                }
            }
        }
        completed.device_id = self.record_used_device(realm, &state, &user).await;
        Ok(completed)
    }

    /// Records the device and gives its id. The sign-in is over by now, so a store that fails here takes nothing back.
    async fn record_used_device(
        &self,
        realm: &Realm,
        state: &MfaState,
        user: &User,
    ) -> Option<String> {
        let device = self.claimed_device(realm, &state.device, self.now())?;
        let id = device.id.to_string();
        match self.store.record_device(device, user.key).await {
            Ok(recorded) => recorded.then_some(id),
            Err(error) => {
                tracing::warn!(tenant = %realm.id(), %error, "a device is not recorded");
                None
            }
        }
    }

    async fn sign_ending(
        &self,
        last: &LastStep<'_>,
        ending: &Ending<'_>,
    ) -> Result<MfaCompleted, ApplicationError> {
        let (realm, trace_id) = (last.session.realm(), last.session.trace_id());
        let sign = async |kind, claims| self.issue_token(realm, last.issuer, kind, claims).await;
        let subject = json!({ "sub": public_id(ending.handle), "username": ending.username });
        let claims = |more: Value| -> Map<String, Value> {
            let mut claims = object(subject.clone());
            claims.extend(object(more));
            claims
        };
        let methods = &ending.methods;
        let mut access = self.access_claims(
            realm,
            AccessSubject {
                handle: ending.handle,
                username: ending.username,
                passkey: ending.passkey.map(|owned| owned.credential.id),
            },
        )?;
        access.extend(object(json!({ "amr": methods, "traceId": trace_id })));
        let id = claims(json!({
            "auth_time": self.now().as_second(),
            "amr": methods,
            "nonce": trace_id,
        }));
        let refresh = claims(json!({ "jti": self.entropy.uuid() }));
        let payload = match ending.payload {
            None => None,
            Some((payload, issued)) => {
                let mut statement = claims(json!({
                    "traceId": trace_id,
                    "nonce": trace_id,
                    "lNonce": issued.nonce,
                    "txHash": BASE64URL_NOPAD.encode(&issued.challenge),
                    "amr": methods,
                }));
                if let Some(owned) = ending.passkey {
                    statement.insert("credID".to_owned(), json!(owned.credential.id));
                }
                Some(SignedPayload {
                    payload: payload.to_owned(),
                    signature: sign(BearerKind::PayloadSignature, statement).await?,
                })
            }
        };
        Ok(MfaCompleted {
            flow: Flow::SignIn,
            access_token: sign(BearerKind::MfaAccess, access).await?,
            id_token: sign(BearerKind::MfaId, id).await?,
            refresh_token: sign(BearerKind::MfaRefresh, refresh).await?,
            device_id: None,
            payload,
            passkey: ending.passkey.map(|owned| CompletingPasskey {
                id: owned.credential.id,
                aaguid: owned.credential.aaguid,
                public_key: owned.credential.public_key.clone(),
            }),
        })
    }
}
