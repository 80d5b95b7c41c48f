//! Profiles: the mail addresses and the telephone number of a person, as a back end keeps them (LoginID contract
//! section 11.D).

use passkeyd_domain::{
    AddressKind, CodePurpose, Email, Event, EventKind, Person, Phone, TenantId, UserHandle,
    ports::PersonLookup, text::folded,
};

use crate::{
    ApplicationError, Service,
    accounts::Realm,
    api_keys::ApiKeyCaller,
    codes::{CodeSubject, SendCode},
};

/// So many people may wait for the proof of one address, and be looked at when a code comes.
const CANDIDATES: u32 = 8;

/// A telephone number for a profile.
#[derive(Clone, Debug)]
pub struct NewPhone {
    /// The number.
    pub number: Phone,
    /// The person agrees to get messages.
    pub consent: bool,
    /// It counts only once a code that is sent to it came back.
    pub verify: bool,
}

impl Service {
    /// Puts a mail address on a profile: at once as proven, or pending, and then a code goes to it.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`], and [`ApplicationError::Invalid`] where it belongs to another user.
    pub async fn add_email(
        &self,
        caller: &ApiKeyCaller,
        user: &UserHandle,
        email: &Email,
        verify: bool,
    ) -> Result<(), ApplicationError> {
        let kind = AddressKind::Email;
        self.add_address(caller, user, kind, email.as_str(), false, verify)
            .await
    }

    /// Puts a telephone number on a profile, in the place of the one before: at once, or once a code came back.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`], and [`ApplicationError::Invalid`] where it belongs to another user, and where it
    /// is to be proven without consent.
    pub async fn add_phone(
        &self,
        caller: &ApiKeyCaller,
        user: &UserHandle,
        phone: NewPhone,
    ) -> Result<(), ApplicationError> {
        if phone.verify && !phone.consent {
            return Err(ApplicationError::Invalid(
                "a number can't be verified without consent to messages",
            ));
        }
        let (kind, number) = (AddressKind::Phone, phone.number.as_str());
        self.add_address(caller, user, kind, number, phone.consent, phone.verify)
            .await
    }

    async fn add_address(
        &self,
        caller: &ApiKeyCaller,
        user: &UserHandle,
        kind: AddressKind,
        value: &str,
        consent: bool,
        verify: bool,
    ) -> Result<(), ApplicationError> {
        let realm = caller.realm();
        let lookup = PersonLookup::Handle(user.clone());
        let owner = PersonLookup::Name(value.to_owned());
        let person = self.person(realm.id(), &lookup).await?;
        let owner = self.store.person(realm.id(), &owner).await?;
        if owner.is_some_and(|owner| owner.user.key != person.user.key) {
            return Err(ApplicationError::Invalid(
                "the address belongs to another user",
            ));
        }
        let now = self.now();
        let event = self.profile_event(caller, &person, kind, "was added to");
        let after = self
            .change_person(realm.id(), &lookup, event, |person| {
                let before = person.clone();
                // An address that is proven needs no second proof.
                let address = person.address(kind, value);
                let name = person
                    .identifier(value)
                    .filter(|name| name.kind == kind.identifier());
                let known = address.and_then(|address| address.verified_at).is_some()
                    || name.and_then(|name| name.verified_at).is_some();
                if verify && !known {
                    person.await_proof(kind, value, consent);
                } else {
                    person.prove(kind, value, consent, now);
                }
                Ok(*person != before)
            })
            .await?;
        let pending = after
            .address(kind, value)
            .is_some_and(|address| address.verified_at.is_none());
        if pending && after.user.active {
            let code = SendCode {
                subject: CodeSubject::user(after.user.key),
                purpose: purpose(kind),
                by: kind,
                to: value,
                username: after.username(),
            };
            self.send_code(realm, code).await?;
        }
        Ok(())
    }

    /// Takes a mail address off a profile.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`], [`ApplicationError::NotFound`] where it is not on it, and
    /// [`ApplicationError::Invalid`] where the person would have no name any more.
    pub async fn remove_email(
        &self,
        caller: &ApiKeyCaller,
        user: &UserHandle,
        email: &str,
    ) -> Result<(), ApplicationError> {
        let realm = caller.realm();
        let lookup = PersonLookup::Handle(user.clone());
        let person = self.person(realm.id(), &lookup).await?;
        let kind = AddressKind::Email;
        let event = self.profile_event(caller, &person, kind, "was taken off");
        self.change_person(realm.id(), &lookup, event, |person| {
            keeping_a_name(person, |person| person.forget(kind, email))
        })
        .await?;
        self.void_pending(realm.id(), &person, kind, email).await
    }

    /// Takes the telephone number off a profile.
    ///
    /// # Errors
    /// As [`remove_email`](Self::remove_email).
    pub async fn remove_phone(
        &self,
        caller: &ApiKeyCaller,
        user: &UserHandle,
    ) -> Result<(), ApplicationError> {
        let realm = caller.realm();
        let lookup = PersonLookup::Handle(user.clone());
        let person = self.person(realm.id(), &lookup).await?;
        let kind = AddressKind::Phone;
        let event = self.profile_event(caller, &person, kind, "was taken off");
        self.change_person(realm.id(), &lookup, event, |person| {
            keeping_a_name(person, Person::forget_phone)
        })
        .await?;
        self.store
            .void_code(realm.id(), person.user.key.0, purpose(kind))
            .await?;
        Ok(())
    }

    /// Proves an address by the code that was sent to it. The name is any of the person's, or the address.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`] where nobody has the name and waits for a proof,
    /// [`ApplicationError::Invalid`] for a wrong code, and where somebody else has the address by now.
    pub async fn verify_address(
        &self,
        realm: &Realm,
        kind: AddressKind,
        name: &str,
        presented: &str,
    ) -> Result<(), ApplicationError> {
        if realm.is_frozen() {
            return Err(ApplicationError::NoSuchUser);
        }
        let purpose = purpose(kind);
        let mut waiting = Vec::new();
        for person in self.candidates(realm.id(), kind, name).await? {
            let id = person.user.key.0;
            let pending = self
                .store
                .pending_code(realm.id(), id, purpose, self.now())
                .await?;
            let is_pending = person
                .addresses
                .iter()
                .any(|address| address.kind == kind && address.verified_at.is_none());
            if is_pending || pending.is_some() {
                waiting.push(person);
            }
        }
        if waiting.is_empty() {
            return Err(ApplicationError::NoSuchUser);
        }
        let now = self.now();
        for person in waiting {
            let code = self
                .redeem_code(realm.id(), person.user.key.0, purpose, presented)
                .await?;
            let Some(code) = code else { continue };
            let lookup = PersonLookup::Key(person.user.key);
            let message = format!("{} proved an address.", person.username());
            let kind_of_event = EventKind::AddressVerified;
            let event = self.code_event(realm, kind_of_event, &person, message);
            self.change_person(realm.id(), &lookup, event, |person| {
                let target = person
                    .address(kind, &code.target)
                    .filter(|address| address.verified_at.is_none());
                let Some((value, consent)) =
                    target.map(|address| (address.value.clone(), address.consent))
                else {
                    return Err(ApplicationError::Invalid("the code is not valid"));
                };
                person.prove(kind, &value, consent, now);
                Ok(true)
            })
            .await?;
            return Ok(());
        }
        Err(ApplicationError::Invalid("the code is not valid"))
    }

    /// Those who may have been sent a code for this name: who has it, and who waits for the proof of it.
    async fn candidates(
        &self,
        tenant: &TenantId,
        kind: AddressKind,
        name: &str,
    ) -> Result<Vec<Person>, ApplicationError> {
        let lookup = PersonLookup::Name(name.to_owned());
        let mut found: Vec<_> = self
            .store
            .person(tenant, &lookup)
            .await?
            .into_iter()
            .collect();
        let waiting = self
            .store
            .people_with_address(tenant, kind, name, CANDIDATES)
            .await?;
        for person in waiting {
            if found.iter().all(|known| known.user.key != person.user.key) {
                found.push(person);
            }
        }
        Ok(found)
    }

    /// Makes the code void that went to this address.
    async fn void_pending(
        &self,
        tenant: &TenantId,
        person: &Person,
        kind: AddressKind,
        value: &str,
    ) -> Result<(), ApplicationError> {
        let (id, purpose) = (person.user.key.0, purpose(kind));
        let pending = self
            .store
            .pending_code(tenant, id, purpose, self.now())
            .await?;
        if pending.is_some_and(|code| folded(&code.target) == folded(value)) {
            self.store.void_code(tenant, id, purpose).await?;
        }
        Ok(())
    }

    fn profile_event(
        &self,
        caller: &ApiKeyCaller,
        person: &Person,
        kind: AddressKind,
        what: &str,
    ) -> Option<Event> {
        let user_id = person.user.user_id.as_str();
        let noun = match kind {
            AddressKind::Email => "A mail address",
            AddressKind::Phone => "A telephone number",
        };
        let message = format!("{noun} {what} the profile of user {user_id}.");
        caller.event(
            self,
            EventKind::ProfileChanged,
            ("System", user_id),
            message,
        )
    }
}

/// What a code for an address of this kind is good for.
const fn purpose(kind: AddressKind) -> CodePurpose {
    match kind {
        AddressKind::Email => CodePurpose::EmailVerification,
        AddressKind::Phone => CodePurpose::PhoneVerification,
    }
}

/// Takes something off a person, unless no name would be left.
fn keeping_a_name(
    person: &mut Person,
    forget: impl FnOnce(&mut Person) -> bool,
) -> Result<bool, ApplicationError> {
    let had_name = !person.identifiers.is_empty();
    if !forget(person) {
        return Err(ApplicationError::NotFound("address"));
    }
    if had_name && person.identifiers.is_empty() {
        return Err(ApplicationError::Invalid("it is the last name of the user"));
    }
    Ok(true)
}
