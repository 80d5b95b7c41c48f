//! Lists that are read page by page. A page names the place where the next one begins; the place is text that means
//! nothing to anybody else.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use passkeyd_domain::{
    Event, UserId,
    ports::{
        CredentialCursor, CredentialFilter, EventCursor, EventFilter, OwnedCredential, UserSummary,
    },
};
use uuid::Uuid;

use crate::{Caller, Error, Service};

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins; none: this is the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of so many items, given one more than that if there are more.
    fn of(mut items: Vec<T>, limit: u32, place: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(place);
        Self { items, next }
    }

    fn map<U>(self, f: impl Fn(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}

impl Service {
    /// A page of the tenant's events, newest first.
    ///
    /// # Errors
    /// [`Error::EventLoggingDisabled`], [`Error::InvalidCursor`].
    pub async fn find_events(
        &self,
        caller: &Caller,
        filter: EventFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<Event>, Error> {
        if !caller.tenant.tenant.settings.event_logging_is_enabled {
            return Err(Error::EventLoggingDisabled);
        }
        let after = cursor
            .map(|cursor| {
                let (performed_at, number) = time_and(cursor)?;
                let number = number.parse().ok()?;
                Some(EventCursor {
                    performed_at,
                    number,
                })
            })
            .map(|place| place.ok_or(Error::InvalidCursor))
            .transpose()?;
        let found = self
            .store
            .find_events(caller.tenant(), filter, after, limit.saturating_add(1))
            .await?;
        let page = Page::of(found, limit, |(place, _)| {
            cursor_text(place.performed_at, &place.number.to_string())
        });
        Ok(page.map(|(_, event)| event))
    }

    /// A page of the tenant's credentials, oldest first.
    ///
    /// # Errors
    /// [`Error::InvalidCursor`].
    pub async fn find_credentials(
        &self,
        caller: &Caller,
        filter: CredentialFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<OwnedCredential>, Error> {
        let after = cursor
            .map(|cursor| {
                let (created_at, id) = time_and(cursor)?;
                let id = Uuid::parse_str(&id).ok()?;
                Some(CredentialCursor { created_at, id })
            })
            .map(|place| place.ok_or(Error::InvalidCursor))
            .transpose()?;
        let found = self
            .store
            .find_credentials(caller.tenant(), filter, after, limit.saturating_add(1))
            .await?;
        Ok(Page::of(found, limit, |owned| {
            let credential = &owned.credential;
            cursor_text(credential.created_at, &credential.id.to_string())
        }))
    }

    /// A page of the users that have a credential or an alias and whose name begins with `prefix`, by name.
    ///
    /// # Errors
    /// [`Error::InvalidCursor`].
    pub async fn find_users(
        &self,
        caller: &Caller,
        prefix: String,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<UserSummary>, Error> {
        let after = cursor
            .map(|cursor| UserId::new(decoded(cursor)?).ok())
            .map(|place| place.ok_or(Error::InvalidCursor))
            .transpose()?;
        let found = self
            .store
            .find_users(caller.tenant(), prefix, after, limit.saturating_add(1))
            .await?;
        Ok(Page::of(found, limit, |user| {
            BASE64URL_NOPAD.encode(user.user_id.as_str().as_bytes())
        }))
    }
}

fn cursor_text(time: Timestamp, rest: &str) -> String {
    let text = format!("{}.{rest}", time.as_millisecond());
    BASE64URL_NOPAD.encode(text.as_bytes())
}

fn decoded(cursor: &str) -> Option<String> {
    String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()
}

fn time_and(cursor: &str) -> Option<(Timestamp, String)> {
    let text = decoded(cursor)?;
    let (time, rest) = text.split_once('.')?;
    let time = Timestamp::from_millisecond(time.parse().ok()?).ok()?;
    Some((time, rest.to_owned()))
}
