//! The steps between beginning and end: codes, tokens of somebody else's sign-in, and another payload (contract section
//! 13.5).

use passkeyd_domain::{
    AddressKind, CodePurpose, EventKind, IdentifierKind, Scope, Timestamp,
    ports::{Consumption, PersonLookup, StoreError},
    text::folded,
};
use uuid::Uuid;

use super::{
    MfaNext, MfaOutcome,
    addresses::chosen,
    begin::Making,
    completion::LastStep,
    offers::Action,
    state::{Factor, MfaState, Newcomer, StepRefusal, Subject},
};
use crate::{
    ApplicationError, Service,
    application_registration::stored_name,
    application_sessions::{ApplicationSession, SessionKind},
    bearer_tokens::{Bearer, BearerKind},
    codes::{CodeSubject, SendCode},
};

/// How often a step is taken anew when another one of the same sign-in was faster.
const ATTEMPTS: usize = 16;

/// A factor that was verified, with what it says of the person.
struct Verified {
    factor: Factor,
    subject: Option<Subject>,
}

impl Service {
    /// Sends a code to one of the addresses that are offered.
    ///
    /// # Errors
    /// [`ApplicationError::Unauthenticated`] for a sign-in that is over, [`ApplicationError::Invalid`] for a method that is
    /// not offered and an address that there is none of.
    pub async fn request_mfa_code(
        &self,
        session: &ApplicationSession,
        by: AddressKind,
        option: Option<&str>,
    ) -> Result<(), ApplicationError> {
        let action = match by {
            AddressKind::Email => Action::Email,
            AddressKind::Phone => Action::Sms,
        };
        let state = self
            .change_mfa(session, |state| {
                state.offer(action)?;
                Ok(())
            })
            .await?;
        let realm = session.realm();
        let present = self.present(realm, &state.subject).await?;
        let addresses = Self::addresses(&state, &present, by);
        let address = chosen(&addresses, option)
            .ok_or(ApplicationError::Invalid("there is no such option"))?;
        // Before the code goes out, so that whoever has it can show it.
        self.change_mfa(session, |state| {
            state.offer(action)?;
            state.code_pending = true;
            Ok(())
        })
        .await?;
        let code = SendCode {
            subject: CodeSubject::session(session.id()),
            purpose: CodePurpose::Mfa,
            by,
            to: &address.address,
            username: state.subject.username().unwrap_or_default(),
        };
        self.send_code(realm, code).await?;
        Ok(())
    }

    /// Takes a code back.
    ///
    /// # Errors
    /// [`ApplicationError::Unauthenticated`] for a sign-in that is over, [`ApplicationError::Invalid`] for a code that is
    /// not good and where none was asked for.
    pub async fn verify_mfa_code(
        &self,
        session: &ApplicationSession,
        presented: &str,
        issuer: &str,
    ) -> Result<MfaOutcome, ApplicationError> {
        let state = self
            .change_mfa(session, |state| {
                state.may_show_code()?;
                state.begin_verification()
            })
            .await?;
        let (tenant, id) = (session.realm().id(), session.id());
        let code = self
            .redeem_code(tenant, id, CodePurpose::Mfa, presented)
            .await?;
        let Some(code) = code else {
            let refusal = ApplicationError::Invalid("the code is not valid");
            return Err(self.mfa_failed(session, refusal).await);
        };
        let subject = self.proven_subject(session, &state, &code.target).await?;
        let factor = if code.target.contains('@') {
            Factor::Email
        } else {
            Factor::Sms
        };
        self.mfa_factor_done(session, Verified { factor, subject }, issuer)
            .await
    }

    /// Takes a token that a back end made for a user whom it signed in itself. It is good once.
    ///
    /// # Errors
    /// [`ApplicationError::Unauthenticated`] for a sign-in that is over, [`ApplicationError::Invalid`] for a token that is
    /// not good, was used, or is about somebody else.
    pub async fn verify_mfa_external(
        &self,
        session: &ApplicationSession,
        token: &str,
        issuer: &str,
    ) -> Result<MfaOutcome, ApplicationError> {
        let state = self
            .change_mfa(session, |state| {
                state.offer(Action::External)?;
                state.begin_verification()
            })
            .await?;
        match self.external_subject(session, &state, token).await {
            Ok(subject) => {
                let factor = Factor::External;
                self.mfa_factor_done(session, Verified { factor, subject }, issuer)
                    .await
            }
            Err(error @ ApplicationError::Service(_)) => Err(error),
            Err(refusal) => Err(self.mfa_failed(session, refusal).await),
        }
    }

    /// Puts another payload in the place of the one before, with new challenges.
    ///
    /// # Errors
    /// [`ApplicationError::Unauthenticated`] for a sign-in that is over, [`ApplicationError::Forbidden`] once a factor is
    /// done, [`ApplicationError::NoSuchUser`] and [`ApplicationError::UserInactive`].
    pub async fn replace_mfa_payload(
        &self,
        session: &ApplicationSession,
        payload: &str,
        issuer: &str,
    ) -> Result<MfaNext, ApplicationError> {
        let making = Making::of(session, issuer);
        for _ in 0..ATTEMPTS {
            let (text, mut state) = self.mfa_state(session).await?;
            state.replace_payload(payload.to_owned())?;
            let present = self.present(making.realm, &state.subject).await?;
            let actions = Self::first_actions(making.realm, &present, true);
            let next = self
                .make_offers(&making, &mut state, &present, &actions)
                .await?;
            if self.replace_mfa_state(session, text, &state).await? {
                return Ok(MfaNext {
                    flow: present.standing.flow(),
                    session: session.text().to_owned(),
                    next,
                });
            }
        }
        Err(StoreError::Busy.into())
    }

    /// The person whom a code at this address proves to be there.
    async fn proven_subject(
        &self,
        session: &ApplicationSession,
        state: &MfaState,
        target: &str,
    ) -> Result<Option<Subject>, ApplicationError> {
        let (realm, now) = (session.realm(), self.now());
        match &state.subject {
            Subject::Newcomer(newcomer) if folded(&newcomer.name) == folded(target) => {
                Ok(Some(Subject::Newcomer(Newcomer {
                    proven: true,
                    ..newcomer.clone()
                })))
            }
            Subject::Known { .. } => {
                let handle = state.subject.handle();
                let handle = handle.ok_or(ApplicationError::NoSuchUser)?;
                let lookup = PersonLookup::Handle(handle);
                self.change_person(realm.id(), &lookup, None, |person| {
                    let target = folded(target);
                    let mut names = person.identifiers.iter_mut();
                    let Some(name) = names.find(|name| name.folded() == target) else {
                        return Ok(false);
                    };
                    let is_new = name.verified_at.is_none();
                    name.verified_at = name.verified_at.or(Some(now));
                    Ok(is_new)
                })
                .await?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// The person whom a token is about, who must be the one that the sign-in is for.
    async fn external_subject(
        &self,
        session: &ApplicationSession,
        state: &MfaState,
        token: &str,
    ) -> Result<Option<Subject>, ApplicationError> {
        const REFUSED: ApplicationError = ApplicationError::Invalid("the token is not valid");
        const ANOTHER: ApplicationError =
            ApplicationError::Invalid("the token is about another user");
        let realm = session.realm();
        let checked = self
            .check_token(realm, &[BearerKind::ExternalAuth], token)
            .await?;
        let bearer = checked.filter(|bearer| bearer.allows(Scope::EXTERNAL_VERIFY));
        let bearer = bearer.ok_or(REFUSED)?;
        let name = bearer.username().ok_or(REFUSED)?;
        let lookup = PersonLookup::Name(name.to_owned());
        let named = self.store.person(realm.id(), &lookup).await?;
        let subject = match (&state.subject, named) {
            (Subject::Known { .. }, Some(person)) => {
                let is_the_one = state.subject.handle().as_ref() == Some(&person.user.handle);
                if !is_the_one || !person.user.active {
                    return Err(ANOTHER);
                }
                None
            }
            (Subject::Newcomer(newcomer), None) if folded(&newcomer.name) == folded(name) => None,
            (Subject::Anybody, Some(person)) => {
                if !person.user.active {
                    return Err(ANOTHER);
                }
                Some(Subject::Known {
                    handle: person.user.handle.as_bytes().to_vec(),
                    username: stored_name(&person, name),
                })
            }
            (Subject::Anybody, None) => Some(Subject::Newcomer(Newcomer {
                name: name.to_owned(),
                kind: kind_of(name).as_str().to_owned(),
                display_name: None,
                proven: false,
            })),
            _ => return Err(ANOTHER),
        };
        let consumption = single_use(&bearer, self.now()).ok_or(REFUSED)?;
        if !self.store.consume(realm.id(), consumption).await? {
            return Err(ApplicationError::Invalid("the token was used already"));
        }
        Ok(subject)
    }

    /// Writes down that a factor is done, and says what comes next.
    async fn mfa_factor_done(
        &self,
        session: &ApplicationSession,
        verified: Verified,
        issuer: &str,
    ) -> Result<MfaOutcome, ApplicationError> {
        let making = Making::of(session, issuer);
        for _ in 0..ATTEMPTS {
            let (text, mut state) = self.mfa_state(session).await?;
            state.complete_factor(verified.factor);
            if let Some(subject) = &verified.subject {
                state.subject = subject.clone();
            }
            let present = self.present(making.realm, &state.subject).await?;
            let Some(actions) = Self::actions_after_factor(making.realm, &present) else {
                let last = LastStep { session, issuer };
                let known = present.person.as_ref();
                let completed = self.complete_without_passkey(&last, state, known).await?;
                return Ok(MfaOutcome::Complete(Box::new(completed)));
            };
            let next = self
                .make_offers(&making, &mut state, &present, &actions)
                .await?;
            if self.replace_mfa_state(session, text, &state).await? {
                let username = state.subject.username().unwrap_or_default();
                let message = format!(
                    "{username} completed the factor {}; trace {}.",
                    verified.factor.as_str(),
                    session.trace_id()
                );
                let who = (username, making.realm.id().as_str());
                let kind = EventKind::MultiFactorStep;
                let event = making
                    .realm
                    .tenant
                    .event(kind, self.now(), who, message, None);
                self.note(event).await;
                return Ok(MfaOutcome::Next(Box::new(MfaNext {
                    flow: present.standing.flow(),
                    session: session.text().to_owned(),
                    next,
                })));
            }
        }
        Err(StoreError::Busy.into())
    }

    /// Counts a verification that failed. The last one ends the sign-in. Gives what the client is told.
    pub(super) async fn mfa_failed(
        &self,
        session: &ApplicationSession,
        refusal: ApplicationError,
    ) -> ApplicationError {
        let counted = self
            .change_mfa(session, |state| {
                state.fail();
                Ok(())
            })
            .await;
        match counted {
            Ok(state) if state.is_over() => match self.end_mfa(session, &state).await {
                Ok(()) => refusal,
                Err(error) => error,
            },
            // Where it is over by now nothing is left to count.
            Ok(_) | Err(ApplicationError::Unauthenticated) => refusal,
            Err(error) => error,
        }
    }

    async fn end_mfa(
        &self,
        session: &ApplicationSession,
        state: &MfaState,
    ) -> Result<(), ApplicationError> {
        let (realm, now) = (session.realm(), self.now());
        let consumption = session.consumption(now);
        if self.store.consume(realm.id(), consumption).await? {
            let username = state.subject.username().unwrap_or("somebody");
            let message = format!(
                "A sign-in of several factors ended for {username}: too many verifications failed; trace {}.",
                session.trace_id()
            );
            let who = (username, realm.id().as_str());
            let kind = EventKind::MultiFactorFailed;
            self.note(realm.tenant.event(kind, now, who, message, None))
                .await;
        }
        Ok(())
    }

    /// Changes what is kept; of two changes at once none is lost.
    pub(super) async fn change_mfa(
        &self,
        session: &ApplicationSession,
        change: impl Fn(&mut MfaState) -> Result<(), StepRefusal> + Send,
    ) -> Result<MfaState, ApplicationError> {
        for _ in 0..ATTEMPTS {
            let (text, mut state) = self.mfa_state(session).await?;
            let before = state.clone();
            change(&mut state)?;
            if state == before || self.replace_mfa_state(session, text, &state).await? {
                return Ok(state);
            }
        }
        Err(StoreError::Busy.into())
    }

    /// What is kept, with its text.
    async fn mfa_state(
        &self,
        session: &ApplicationSession,
    ) -> Result<(String, MfaState), ApplicationError> {
        if session.kind() != SessionKind::Mfa {
            return Err(ApplicationError::Unauthenticated);
        }
        let (tenant, id) = (session.realm().id(), session.id());
        let text = self.store.state(tenant, id).await?;
        let text = text.ok_or(ApplicationError::Unauthenticated)?;
        let state = serde_json::from_str(&text).map_err(|_| ApplicationError::Unauthenticated)?;
        Ok((text, state))
    }

    async fn replace_mfa_state(
        &self,
        session: &ApplicationSession,
        expected: String,
        state: &MfaState,
    ) -> Result<bool, ApplicationError> {
        let (tenant, id) = (session.realm().id(), session.id());
        let replacement = serde_json::to_string(state)
            .map_err(|error| crate::Error::KeyRing(error.to_string()))?;
        Ok(self
            .store
            .replace_state(tenant, id, expected, replacement)
            .await?)
    }
}

impl From<StepRefusal> for ApplicationError {
    fn from(refusal: StepRefusal) -> Self {
        match refusal {
            StepRefusal::NotOffered => Self::Invalid("this action is not offered now"),
            StepRefusal::Over => Self::Unauthenticated,
            StepRefusal::FactorDone => {
                Self::Forbidden("the payload can't change once a factor is complete")
            }
        }
    }
}

/// The one use of a token that names itself.
fn single_use(bearer: &Bearer, now: Timestamp) -> Option<Consumption> {
    let id = Uuid::parse_str(bearer.claim("jti")?).ok()?;
    let ends_at = Timestamp::from_second(bearer.expires_at()?).ok()?;
    Some(Consumption {
        id,
        at: now,
        expires_at: ends_at.max(now),
    })
}

/// What a name is that nobody said the kind of.
fn kind_of(name: &str) -> IdentifierKind {
    if name.parse::<passkeyd_domain::Email>().is_ok() {
        IdentifierKind::Email
    } else if name.parse::<passkeyd_domain::Phone>().is_ok() {
        IdentifierKind::Phone
    } else {
        IdentifierKind::Other
    }
}
