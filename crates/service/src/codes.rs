//! One-time codes: made, sent, and taken back once (LoginID contract section 11.C).
//!
//! Whoever asks for a code, or shows one, learns nothing of who has an account: for a name that nobody has, the same is
//! counted, kept and looked up as for one that somebody has, and what takes long goes out later.

mod sending;

use std::{fmt, time::Duration};

use data_encoding::HEXLOWER;
use passkeyd_domain::{
    AddressKind, CodePurpose, Event, EventKind, KeptCode, Person, TenantId, Timestamp, UserKey,
    ports::{AttemptLimit, CodeMessage, PersonLookup},
    text::folded,
};
use passkeyd_tokens::one_time_code::{self, OneTimeCode};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use crate::{ApplicationError, Error, Service, accounts::Realm};

pub(crate) use sending::CodeQueue;

/// Between two messages to one address.
const PAUSE: Duration = Duration::from_secs(30);
/// So many messages to one address…
const HOURLY: u32 = 10;
/// …in this long.
const HOUR: Duration = Duration::from_hours(1);

/// A code that is shown to whoever asked for it.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownCode {
    /// The code.
    pub code: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for ShownCode {
    /// Without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShownCode")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Whose code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeSubject {
    /// What it is kept under, with its purpose.
    pub id: Uuid,
    /// The user that takes the code along when it is deleted.
    pub user: Option<UserKey>,
}

impl CodeSubject {
    /// A user's own.
    pub fn user(key: UserKey) -> Self {
        Self {
            id: key.0,
            user: Some(key),
        }
    }

    /// Something that is no user, for instance a sign-in with several steps.
    pub fn session(id: Uuid) -> Self {
        Self { id, user: None }
    }

    /// What stands in for the user of a name that nobody has, so that as much is done for it.
    fn nobody(name: &str) -> Self {
        let hash = digest(&SHA256, format!("nobody:{}", folded(name)).as_bytes());
        let mut bytes = [0; 16];
        for (byte, of_hash) in bytes.iter_mut().zip(hash.as_ref()) {
            *byte = *of_hash;
        }
        Self {
            id: uuid::Builder::from_custom_bytes(bytes).into_uuid(),
            user: None,
        }
    }
}

/// A code to be sent.
#[derive(Clone, Copy, Debug)]
pub struct SendCode<'a> {
    /// Whose.
    pub subject: CodeSubject,
    /// What for.
    pub purpose: CodePurpose,
    /// By mail, or to a telephone.
    pub by: AddressKind,
    /// The address.
    pub to: &'a str,
    /// The name of the person, for the message.
    pub username: &'a str,
}

impl Service {
    /// Makes a code and shows it, for a person to sign in with on another device. It takes the place of the one before.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`].
    pub async fn show_code(
        &self,
        realm: &Realm,
        user: UserKey,
    ) -> Result<ShownCode, ApplicationError> {
        let made = self
            .make_code(realm, CodeSubject::user(user), CodePurpose::SignIn, "")
            .await?;
        made.ok_or(ApplicationError::NoSuchUser)
    }

    /// Sends a code to sign in with to an address of whoever has this name, where there is one that codes may go to. That
    /// nothing was sent is not told.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn send_sign_in_code(
        &self,
        realm: &Realm,
        name: &str,
        by: AddressKind,
    ) -> Result<(), ApplicationError> {
        let lookup = PersonLookup::Name(name.to_owned());
        let person = self.store.person(realm.id(), &lookup).await?;
        let address = person
            .as_ref()
            .filter(|person| person.user.active && !realm.is_frozen())
            .and_then(|person| Some((person, sign_in_address(person, name, by)?)));
        if let Some((person, to)) = address {
            let username = person
                .identifier(name)
                .map_or(name, |identifier| &identifier.value);
            let code = SendCode {
                subject: CodeSubject::user(person.user.key),
                purpose: CodePurpose::SignIn,
                by,
                to,
                username,
            };
            self.send_code(realm, code).await?;
        } else {
            let key = attempt_key(by, &format!("nobody:{}", folded(name)));
            if self.may_send(realm.id(), &key).await? {
                let subject = CodeSubject::nobody(name);
                self.make_code(realm, subject, CodePurpose::SignIn, name)
                    .await?;
            }
        }
        Ok(())
    }

    /// The person who shows the code that it was sent, with the name as it is stored. Where the code went to an address
    /// that was never proven, that is proven now.
    ///
    /// # Errors
    /// [`ApplicationError::Invalid`] for a wrong, expired, exhausted or absent code, and for a name that nobody has.
    pub async fn redeem_sign_in_code(
        &self,
        realm: &Realm,
        name: &str,
        presented: &str,
    ) -> Result<Person, ApplicationError> {
        const REFUSED: ApplicationError = ApplicationError::Invalid("the code is not valid");
        let lookup = PersonLookup::Name(name.to_owned());
        let person = self.store.person(realm.id(), &lookup).await?;
        let person = person.filter(|person| person.user.active && !realm.is_frozen());
        let subject = person.as_ref().map_or_else(
            || CodeSubject::nobody(name),
            |person| CodeSubject::user(person.user.key),
        );
        let code = self
            .redeem_code(realm.id(), subject.id, CodePurpose::SignIn, presented)
            .await?;
        let (Some(person), Some(code)) = (person, code) else {
            return Err(REFUSED);
        };
        let who = (person.username(), person.user.user_id.as_str());
        let message = format!("{} signed in with a one-time code.", person.username());
        let kind = EventKind::OneTimeCodeRedeemed;
        let event = realm.tenant.event(kind, self.now(), who, message, None);
        let unproven = person
            .identifier(&code.target)
            .is_some_and(|identifier| identifier.verified_at.is_none());
        if !unproven {
            self.note(event).await;
            return Ok(person);
        }
        let now = self.now();
        let key = PersonLookup::Key(person.user.key);
        let proven = self
            .change_person(realm.id(), &key, event, |person| {
                let target = folded(&code.target);
                let mut names = person.identifiers.iter_mut();
                let Some(name) = names.find(|name| name.folded() == target) else {
                    return Ok(false);
                };
                name.verified_at = name.verified_at.or(Some(now));
                Ok(true)
            })
            .await;
        match proven {
            Err(ApplicationError::NoSuchUser) => Err(REFUSED),
            proven => proven,
        }
    }

    /// Sends a code, unless the address got too many: then the one before stays good, and that is not told. False: nothing
    /// was sent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn send_code(&self, realm: &Realm, code: SendCode<'_>) -> Result<bool, Error> {
        let key = attempt_key(code.by, &folded(code.to));
        if !self.may_send(realm.id(), &key).await? {
            return Ok(false);
        }
        let made = self
            .make_code(realm, code.subject, code.purpose, code.to)
            .await?;
        let Some(made) = made else {
            return Ok(false);
        };
        let settings = realm.settings();
        let app_name = if settings.name.is_empty() {
            realm.id().as_str()
        } else {
            &settings.name
        };
        let message = CodeMessage {
            app: realm.id().clone(),
            app_name: app_name.to_owned(),
            channel: match code.by {
                AddressKind::Email => "email",
                AddressKind::Phone => "sms",
            },
            to: code.to.to_owned(),
            code: made.code,
            purpose: code.purpose,
            username: code.username.to_owned(),
            expires_at: made.expires_at,
            lifetime: Self::code_lifetime(realm).as_secs(),
        };
        let route = self.route(&settings.application.otp, code.by);
        self.dispatch(route, message).await;
        Ok(true)
    }

    /// Takes a code back: right, good, and for the first time. None: it is not. Each call that finds a code costs it a
    /// guess.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn redeem_code(
        &self,
        tenant: &TenantId,
        subject: Uuid,
        purpose: CodePurpose,
        presented: &str,
    ) -> Result<Option<KeptCode>, Error> {
        let kept = self
            .store
            .guess_code(tenant, subject, purpose, self.now())
            .await?;
        let Some(kept) = kept else {
            // As long as a comparison takes.
            let _ = one_time_code::verify(NO_CODE, presented);
            return Ok(None);
        };
        let right = one_time_code::verify(&kept.hash, presented);
        let first = right
            && self
                .store
                .use_code(tenant, subject, purpose, &kept.hash)
                .await?;
        Ok(first.then_some(kept))
    }

    /// An event that tells of a code.
    pub(crate) fn code_event(
        &self,
        realm: &Realm,
        kind: EventKind,
        person: &Person,
        message: String,
    ) -> Option<Event> {
        let who = (person.username(), person.user.user_id.as_str());
        realm.tenant.event(kind, self.now(), who, message, None)
    }

    fn code_lifetime(realm: &Realm) -> Duration {
        let seconds = u64::from(realm.settings().application.otp.lifetime);
        Duration::from_secs(seconds.clamp(30, 3600))
    }

    /// Makes a code in the place of the one before. None: its user is gone.
    async fn make_code(
        &self,
        realm: &Realm,
        subject: CodeSubject,
        purpose: CodePurpose,
        target: &str,
    ) -> Result<Option<ShownCode>, Error> {
        let otp = &realm.settings().application.otp;
        // No setting makes codes that can be guessed.
        let digits = u32::from(otp.digits).clamp(4, 10);
        let code = OneTimeCode::generate(digits, self.entropy.bytes());
        let expires_at = self.now() + Self::code_lifetime(realm);
        let kept = KeptCode {
            tenant: realm.id().clone(),
            subject: subject.id,
            user: subject.user,
            purpose,
            hash: code.hash(self.entropy.bytes()),
            target: target.to_owned(),
            guesses: otp.attempts.clamp(1, 10),
            expires_at,
        };
        let is_kept = self.store.keep_code(kept).await?;
        Ok(is_kept.then(|| ShownCode {
            code: code.text().to_owned(),
            expires_at,
        }))
    }

    /// Counts a message to an address for all nodes together. False: it got too many.
    async fn may_send(&self, tenant: &TenantId, key: &str) -> Result<bool, Error> {
        let now = self.now();
        let limits = vec![
            AttemptLimit {
                key: format!("{key}:pause"),
                limit: 1,
                window_ends: now + PAUSE,
            },
            AttemptLimit {
                key: format!("{key}:hour"),
                limit: HOURLY,
                window_ends: now + HOUR,
            },
        ];
        let refused = self.store.count_attempt(tenant, limits, now).await?;
        Ok(refused.is_none())
    }
}

/// The hash of no code.
const NO_CODE: &str = "otc1:00000000000000000000000000000000:0000000000000000000000000000000000000000000000000000000000000000";

/// Where a code to sign in with goes: to the name itself where that is a mail address of the person, else to the primary
/// one; or to the telephone.
fn sign_in_address<'a>(person: &'a Person, name: &str, by: AddressKind) -> Option<&'a str> {
    match by {
        AddressKind::Email => {
            let emails = person.deliverable_emails();
            let named = emails.iter().find(|email| folded(email) == folded(name));
            named.or_else(|| emails.first()).copied()
        }
        AddressKind::Phone => person.deliverable_phone(),
    }
}

/// What messages to an address are counted under, without the address itself.
fn attempt_key(by: AddressKind, address: &str) -> String {
    let hash = digest(&SHA256, address.as_bytes());
    format!("code:{}:{}", by.as_str(), HEXLOWER.encode(hash.as_ref()))
}
