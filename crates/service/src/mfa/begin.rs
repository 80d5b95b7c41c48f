//! The beginning: who signs in, and what is offered (contract sections 13.3 and 13.4).

use std::{collections::BTreeMap, fmt, time::Duration};

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{
    AddressKind, EventKind, IdentifierKind, Person, UserVerification,
    ports::{OwnedCredential, PersonLookup},
};

use super::{
    MfaNext, Offer, OfferOption,
    addresses::{AddressOption, Showing, address_options},
    offers::{Action, Reach, Rules, Standing, first_offers, offers_after_factor},
    payload::IssuedChallenge,
    state::{MfaState, Newcomer, Offered, OfferedCeremony, Plan, Subject},
};
use crate::{
    ApplicationError, Service,
    accounts::Realm,
    application_registration::{NamedUser, PasskeyWishes, RegistrationSubject, stored_name},
    application_sessions::{ApplicationSession, NewApplicationSession, SessionKind},
    application_sign_in::request_options,
    ceremony_state::{ClaimedDevice, SignInPlan},
    trust::SessionTrustItem,
};

/// How long it may take from the beginning to the end.
const LIFETIME: Duration = Duration::from_secs(900);

/// What a client sends to begin.
#[derive(Clone, Debug, Default)]
pub struct BeginMfa {
    /// Who signs in; none: whoever has a passkey, or whom a trust item stands for.
    pub user: Option<NamedUser>,
    /// What the client says of the person beside: for the event alone.
    pub hints: Hints,
    /// What is to be confirmed.
    pub payload: Option<String>,
    /// By what its events are found; none: one is made.
    pub trace_id: Option<String>,
    /// What the client says of its device.
    pub device: ClaimedDevice,
    /// Trust items, by kind.
    pub trust_items: BTreeMap<String, String>,
    /// The base URL of the application.
    pub issuer: String,
}

/// What a client says of a person whose identity others evaluate. Nothing depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The person's name.
    pub name: Option<String>,
    /// The person's telephone number.
    pub phone: Option<String>,
}

impl fmt::Display for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, said) in [("name", &self.name), ("telephone", &self.phone)] {
            if let Some(said) = said {
                write!(f, ", {what} {said:?}")?;
            }
        }
        Ok(())
    }
}

/// Who signs in, with what offers depend on.
pub(super) struct Present {
    pub(super) standing: Standing,
    pub(super) person: Option<Person>,
    eligible: Vec<OwnedCredential>,
    emails: Vec<String>,
    phones: Vec<String>,
}

impl Service {
    /// Begins a sign-in of several factors.
    ///
    /// # Errors
    /// [`ApplicationError::UserInactive`], [`ApplicationError::Forbidden`] where nothing can be offered,
    /// [`ApplicationError::NoSuchApplication`] without a relying party.
    pub async fn begin_mfa(
        &self,
        realm: &Realm,
        command: BeginMfa,
    ) -> Result<MfaNext, ApplicationError> {
        let trust = self.good_trust_items(&command.trust_items);
        let given = command.user.as_ref().map(|user| user.name.clone());
        let subject = self.mfa_subject(realm, command.user, &trust).await?;
        let salt = BASE64URL_NOPAD.encode(&self.entropy.bytes::<16>());
        let mut state = MfaState::new(subject, given, salt);
        state.payload = command.payload;
        state.device = command.device;
        state.trust = trust;
        let trace_id = command.trace_id;
        let trace_id = trace_id.unwrap_or_else(|| self.entropy.uuid().to_string());

        let present = self.present(realm, &state.subject).await?;
        let rules = rules(realm);
        let actions = first_offers(present.standing, state.payload.is_some(), rules);
        if actions.is_empty() {
            return Err(ApplicationError::Forbidden(
                "there is no way to sign in here",
            ));
        }
        let making = Making {
            realm,
            issuer: &command.issuer,
            trace_id: &trace_id,
        };
        let next = self
            .make_offers(&making, &mut state, &present, &actions)
            .await?;
        let new = NewApplicationSession {
            kind: SessionKind::Mfa,
            trace_id,
            user: state.subject.handle(),
            challenge: Vec::new(),
            lifetime: LIFETIME,
        };
        let session = self.begin_application_session(realm, new, &state).await?;
        let username = state.subject.username().unwrap_or("somebody").to_owned();
        let recognised = if state.trust.is_empty() {
            ""
        } else {
            " on a device with a trust identifier"
        };
        let message = format!(
            "A sign-in of several factors began for {username}{}{recognised}; trace {}.",
            command.hints,
            session.trace_id()
        );
        let who = (username.as_str(), realm.id().as_str());
        let kind = EventKind::MultiFactorBegan;
        self.note(realm.tenant.event(kind, self.now(), who, message, None))
            .await;
        Ok(MfaNext {
            flow: present.standing.flow(),
            session: session.text().to_owned(),
            next,
        })
    }

    /// Whom the name or a trust item means (section 13.3).
    async fn mfa_subject(
        &self,
        realm: &Realm,
        user: Option<NamedUser>,
        trust: &[SessionTrustItem],
    ) -> Result<Subject, ApplicationError> {
        let named = match &user {
            Some(user) => {
                let lookup = PersonLookup::Name(user.name.clone());
                self.store.person(realm.id(), &lookup).await?
            }
            None => None,
        };
        let subject = match (user, named) {
            (Some(user), Some(person)) => Some((stored_name(&person, &user.name), person)),
            (Some(user), None) => {
                return Ok(Subject::Newcomer(Newcomer {
                    name: user.name,
                    kind: user.kind.as_str().to_owned(),
                    display_name: user.display_name,
                    proven: false,
                }));
            }
            (None, _) => self
                .trusted_person(realm, trust)
                .await?
                .map(|person| (person.username().to_owned(), person)),
        };
        Ok(match subject {
            None => Subject::Anybody,
            Some((username, person)) => Subject::Known {
                handle: person.user.handle.as_bytes().to_vec(),
                username,
            },
        })
    }

    /// Where the person stands now.
    pub(super) async fn present(
        &self,
        realm: &Realm,
        subject: &Subject,
    ) -> Result<Present, ApplicationError> {
        let mut present = Present {
            standing: Standing::Anybody,
            person: None,
            eligible: Vec::new(),
            emails: Vec::new(),
            phones: Vec::new(),
        };
        match subject {
            Subject::Anybody => return Ok(present),
            Subject::Newcomer(newcomer) => {
                match newcomer.identifier_kind() {
                    IdentifierKind::Email => present.emails.push(newcomer.name.clone()),
                    IdentifierKind::Phone => present.phones.push(newcomer.name.clone()),
                    _ => {}
                }
                present.standing = Standing::Newcomer(present.reach());
            }
            Subject::Known { .. } => {
                let handle = subject.handle().ok_or(ApplicationError::NoSuchUser)?;
                let person = self.person_by_handle(realm, &handle).await?;
                if !person.user.active {
                    return Err(ApplicationError::UserInactive);
                }
                present.eligible = self.eligible_passkeys(realm, &person).await?;
                let owned = |address: &str| address.to_owned();
                present.emails = person.deliverable_emails().into_iter().map(owned).collect();
                present.phones = person.deliverable_phone().into_iter().map(owned).collect();
                present.standing = Standing::Known {
                    has_passkey: !present.eligible.is_empty(),
                    reach: present.reach(),
                };
                present.person = Some(person);
            }
        }
        Ok(present)
    }

    /// What is offered after a factor. None: it was enough.
    pub(super) fn actions_after_factor(realm: &Realm, present: &Present) -> Option<Vec<Action>> {
        offers_after_factor(present.standing, rules(realm))
    }

    /// What is offered while no factor is done.
    pub(super) fn first_actions(
        realm: &Realm,
        present: &Present,
        has_payload: bool,
    ) -> Vec<Action> {
        first_offers(present.standing, has_payload, rules(realm))
    }

    /// The addresses that a code may go to.
    pub(super) fn addresses(
        state: &MfaState,
        present: &Present,
        by: AddressKind,
    ) -> Vec<AddressOption> {
        let showing = Showing {
            salt: &state.salt,
            given: state.given.as_deref(),
            open: !state.factors.is_empty(),
        };
        let addresses = match by {
            AddressKind::Email => &present.emails,
            AddressKind::Phone => &present.phones,
        };
        address_options(by, addresses, showing)
    }

    /// Makes the offers with their challenges, and keeps in the state how the answers are to be checked.
    pub(super) async fn make_offers(
        &self,
        making: &Making<'_>,
        state: &mut MfaState,
        present: &Present,
        actions: &[Action],
    ) -> Result<Vec<Offer>, ApplicationError> {
        let trust = self.trust_options(making, state).await?;
        let mut offers = Vec::with_capacity(actions.len());
        state.offered.clear();
        for action in actions.iter().copied() {
            let (ceremony, options) = match action {
                Action::Register => {
                    let (ceremony, option) =
                        self.offer_registration(making, state, present).await?;
                    let mut options = vec![option];
                    options.extend(trust.iter().cloned());
                    (Some(ceremony), options)
                }
                Action::SignIn | Action::Confirm => {
                    let (ceremony, option) =
                        self.offer_assertion(making, state, present, action)?;
                    let mut options = vec![option];
                    options.extend(trust.iter().cloned());
                    (Some(ceremony), options)
                }
                Action::Email | Action::Sms => {
                    let by = match action {
                        Action::Email => AddressKind::Email,
                        _ => AddressKind::Phone,
                    };
                    let addresses = Self::addresses(state, present, by);
                    let options = addresses.into_iter().map(OfferOption::Address);
                    (None, options.collect())
                }
                Action::External => (None, Vec::new()),
            };
            state.offered.push(Offered { action, ceremony });
            offers.push(Offer { action, options });
        }
        Ok(offers)
    }

    async fn offer_registration(
        &self,
        making: &Making<'_>,
        state: &MfaState,
        present: &Present,
    ) -> Result<(OfferedCeremony, OfferOption), ApplicationError> {
        let issued = self.issue_challenge(making, state);
        let subject = match (&state.subject, &present.person) {
            (Subject::Newcomer(newcomer), _) => RegistrationSubject::New(NamedUser {
                name: newcomer.name.clone(),
                kind: newcomer.identifier_kind(),
                display_name: newcomer.display_name.clone(),
            }),
            (Subject::Known { username, .. }, Some(person)) => RegistrationSubject::Existing {
                person: Box::new(person.clone()),
                username: username.clone(),
            },
            _ => return Err(ApplicationError::NoSuchUser),
        };
        let wishes = PasskeyWishes {
            display_name: present
                .person
                .as_ref()
                .and_then(|person| person.profile.display_name.clone()),
            ..PasskeyWishes::default()
        };
        let (options, mut plan, _) = self
            .registration_plan(making.realm, &subject, &wishes, issued.challenge.clone())
            .await?;
        if let (Some(new), Subject::Newcomer(newcomer)) = (&mut plan.new_user, &state.subject) {
            new.proven = newcomer.proven;
        }
        let plan = Plan::Registration(Box::new(plan));
        let ceremony = OfferedCeremony { issued, plan };
        Ok((ceremony, OfferOption::Creation(Box::new(options))))
    }

    fn offer_assertion(
        &self,
        making: &Making<'_>,
        state: &MfaState,
        present: &Present,
        action: Action,
    ) -> Result<(OfferedCeremony, OfferOption), ApplicationError> {
        let rp_id = self.relying_party(making.realm)?.id;
        let issued = self.issue_challenge(making, state);
        let settings = &making.realm.settings().application;
        let user_verification = match action {
            Action::Confirm => UserVerification::Required,
            _ => settings.user_verification.auth,
        };
        let options = request_options(
            rp_id.clone(),
            &issued.challenge,
            user_verification,
            &present.eligible,
        );
        let plan = Plan::SignIn(SignInPlan {
            rp_id,
            username: state.subject.username().map(str::to_owned),
            user_verification,
        });
        let ceremony = OfferedCeremony { issued, plan };
        Ok((ceremony, OfferOption::Assertion(Box::new(options))))
    }

    fn issue_challenge(&self, making: &Making<'_>, state: &MfaState) -> IssuedChallenge {
        let random = self.entropy.bytes::<32>();
        IssuedChallenge::new(state.payload.as_deref(), making.trace_id, random)
    }

    /// A token for each trust item of a merchant or a wallet, known or not: it says nothing of the person.
    async fn trust_options(
        &self,
        making: &Making<'_>,
        state: &MfaState,
    ) -> Result<Vec<OfferOption>, ApplicationError> {
        let tokens = self
            .trust_tokens(making.realm, making.issuer, &state.trust)
            .await?;
        let merchant = tokens.merchant.map(OfferOption::MerchantTrust);
        let wallet = tokens.wallet.map(OfferOption::WalletTrust);
        Ok(merchant.into_iter().chain(wallet).collect())
    }
}

impl Present {
    fn reach(&self) -> Reach {
        Reach {
            email: !self.emails.is_empty(),
            phone: !self.phones.is_empty(),
        }
    }
}

/// For whom offers are made.
pub(super) struct Making<'a> {
    pub(super) realm: &'a Realm,
    pub(super) issuer: &'a str,
    pub(super) trace_id: &'a str,
}

impl<'a> Making<'a> {
    pub(super) fn of(session: &'a ApplicationSession, issuer: &'a str) -> Self {
        Self {
            realm: session.realm(),
            issuer,
            trace_id: session.trace_id(),
        }
    }
}

fn rules(realm: &Realm) -> Rules {
    let settings = &realm.settings().application;
    Rules {
        passkey_required: settings.mfa.passkey_required,
        external: settings.mfa.external,
        registration_requires_token: settings.registration_requires_token,
    }
}
