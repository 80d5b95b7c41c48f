//! Magic links: verify tokens that go out by mail.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use passkeyd_domain::{
    EventKind, Tenant, TenantId, Timestamp, UserId,
    ports::{Letter, LinkQuota, MailChannel, MailError, Message, SentLink},
    text::folded,
};
use passkeyd_tokens::sealed::TokenKind;
use thiserror::Error;
use url::Url;

use crate::{
    Caller, Error, Service,
    verification::{Verified, VerifyKind},
};

/// What the token takes the place of.
const PLACEHOLDER: &str = "$TOKEN";
/// Sends of this long count for the quota.
const QUOTA_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long sends are recorded.
pub(crate) const RECORDED_FOR: SignedDuration = SignedDuration::from_hours(50 * 24);

/// What an operator decides about magic links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MagicLinkSettings {
    /// For so long a new tenant's links go to its administrators only.
    pub new_account_timeout: Duration,
    /// So many sends a tenant …
    pub rate_limit: u32,
    /// … in so long a time.
    pub rate_window: Duration,
    /// Tenants that this rate is not for.
    pub without_rate_limit: BTreeSet<TenantId>,
    /// Tenants without a quota, and without the rule for new ones.
    pub without_quota: BTreeSet<TenantId>,
}

impl Default for MagicLinkSettings {
    fn default() -> Self {
        Self {
            new_account_timeout: Duration::from_hours(24),
            rate_limit: 10,
            rate_window: Duration::from_mins(5),
            without_rate_limit: BTreeSet::new(),
            without_quota: BTreeSet::new(),
        }
    }
}

/// An address that a link may go to: one `@`, neither first nor last, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Checks the form. None: it is no address.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let good = text.matches('@').count() == 1
            && !text.starts_with('@')
            && !text.ends_with('@')
            && !text.contains(char::is_control);
        good.then_some(Self(text))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no template of a link.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LinkTemplateError {
    /// It has no place for the token.
    #[error("the template does not contain $TOKEN")]
    NoPlaceholder,
    /// It is no absolute `http` or `https` URL.
    #[error("the template is no absolute http or https URL")]
    NoUrl,
}

/// An absolute `http` or `https` URL with `$TOKEN` where the token goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTemplate(String);

impl LinkTemplate {
    /// Checks the form.
    pub fn new(text: impl Into<String>) -> Result<Self, LinkTemplateError> {
        let text = text.into();
        if !text.contains(PLACEHOLDER) {
            return Err(LinkTemplateError::NoPlaceholder);
        }
        // With a placeholder's text in place of the token, so that it can't make a good URL of a bad one.
        let url = Url::parse(&text.replace(PLACEHOLDER, "token"));
        let good = url.is_ok_and(|url| {
            // The parser drops line breaks, which would stay in the mail with whatever follows them.
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && !text.contains(char::is_control)
        });
        good.then_some(Self(text)).ok_or(LinkTemplateError::NoUrl)
    }

    /// The link, and the host that it leads to.
    fn fill(&self, token: &str) -> (String, String) {
        let url = Url::parse(&self.0.replace(PLACEHOLDER, token)).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        (self.0.replace(PLACEHOLDER, token), host.to_owned())
    }
}

/// A link to be sent.
#[derive(Clone, Debug)]
pub struct SendMagicLink {
    /// Where to.
    pub email: EmailAddress,
    /// What the link looks like.
    pub template: LinkTemplate,
    /// Who signs in with it; the user need not exist.
    pub user_id: UserId,
    /// How long the link is good; absent: an hour.
    pub time_to_live: Option<Duration>,
}

impl Service {
    /// Sends a link that signs a user in. Clicks do not use it up.
    ///
    /// # Errors
    /// In this order: [`MailError::Recipient`] for an address that mail can't go to, [`Error::MagicLinksDisabled`],
    /// [`Error::RateLimited`], [`Error::MagicLinkAdminOnly`], [`Error::MagicLinkQuotaExceeded`], [`Error::MailNotSent`] (and
    /// then nothing is recorded).
    pub async fn send_magic_link(
        &self,
        caller: &Caller,
        command: SendMagicLink,
    ) -> Result<(), Error> {
        if let Some(outgoing) = &self.outgoing
            && !outgoing.mailer.can_reach(command.email.as_str())
        {
            return Err(Error::MailNotSent(MailError::Recipient));
        }
        let tenant = &caller.tenant.tenant;
        if !tenant.settings.is_magic_links_enabled {
            return Err(Error::MagicLinksDisabled);
        }
        let now = self.now();
        let rules = &self.settings.magic_links;
        let unlimited = tenant.settings.is_rate_limit_bypass_enabled
            || rules.without_rate_limit.contains(&tenant.id);
        if !unlimited {
            self.link_rate.admit(&tenant.id, rules, now)?;
        }
        let unmetered = tenant.settings.is_magic_link_quota_bypass_enabled
            || rules.without_quota.contains(&tenant.id);
        let quota = if unmetered {
            None
        } else {
            self.check_young_app(tenant, &command.email, now)?;
            Some(LinkQuota {
                since: now - QUOTA_WINDOW,
                limit: quota(tenant, now),
            })
        };
        let link = SentLink {
            id: self.entropy.uuid_at(now),
            tenant: tenant.id.clone(),
            user_id: command.user_id.clone(),
            address: command.email.as_str().to_owned(),
            template: command.template.0.clone(),
            sent_at: now,
        };
        let id = link.id;
        // Recorded first, so that of many at once no more than the quota go out.
        if !self.store.reserve_link(link, quota).await? {
            return Err(Error::MagicLinkQuotaExceeded);
        }
        if let Err(error) = self.mail_link(caller, &command, now).await {
            self.store.forget_link(&tenant.id, id).await?;
            return Err(error);
        }
        let user_id = command.user_id;
        let message = format!("A sign-in link was made for user {user_id}.");
        let who = (user_id.as_str(), tenant.id.as_str());
        self.note(caller.event(EventKind::ApiUserMagicLinkCreated, who, message))
            .await;
        Ok(())
    }

    fn check_young_app(
        &self,
        tenant: &Tenant,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<(), Error> {
        let age = now.duration_since(tenant.created_at);
        let young = age.unsigned_abs() < self.settings.magic_links.new_account_timeout;
        let mut admins = tenant.settings.admin_emails.iter();
        if young && !admins.any(|admin| folded(admin) == folded(email.as_str())) {
            return Err(Error::MagicLinkAdminOnly);
        }
        Ok(())
    }

    async fn mail_link(
        &self,
        caller: &Caller,
        command: &SendMagicLink,
        now: Timestamp,
    ) -> Result<(), Error> {
        let outgoing = self
            .outgoing
            .as_ref()
            .ok_or(Error::MailNotSent(MailError::NoProvider))?;
        let lifetime = command.time_to_live.unwrap_or(Duration::from_hours(1));
        let verified = Verified {
            user_id: command.user_id.as_str().to_owned(),
            timestamp: now,
            rp_id: None,
            origin: None,
            device: None,
            country: None,
            nickname: None,
            credential_id: Vec::new(),
            purpose: None,
            expires_at: now + lifetime,
            token_id: self.entropy.uuid(),
            kind: VerifyKind::MagicLink,
        };
        let token = self
            .seal(&caller.tenant, TokenKind::VERIFY, &verified)
            .await?;
        let (link, host) = command.template.fill(&token);
        let texts = outgoing.templates.render(&Letter::MagicLink {
            link,
            host: host.clone(),
            lifetime: lifetime.as_secs(),
        })?;
        let message = Message {
            channel: MailChannel::MagicLinks,
            to: command.email.as_str().to_owned(),
            sender_name: Some(format!("Sign in to {host}")),
            subject: texts.subject,
            text: texts.text,
            html: texts.html,
        };
        Ok(outgoing.mailer.send(&message).await?)
    }
}

/// The monthly quota, of which a young tenant has only a part.
fn quota(tenant: &Tenant, now: Timestamp) -> u64 {
    let age = now.duration_since(tenant.created_at);
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let percent = match age {
        age if age < days(1) => 20,
        age if age < days(3) => 50,
        age if age < days(30) => 75,
        _ => 100,
    };
    u64::from(tenant.settings.magic_link_email_monthly_quota) * percent / 100
}

/// A flood limit, in memory: a fixed window a tenant. What guards the mailboxes is the quota, which counts in the store.
#[derive(Debug, Default)]
pub(crate) struct LinkRate(Mutex<HashMap<TenantId, (Timestamp, u32)>>);

impl LinkRate {
    fn admit(
        &self,
        tenant: &TenantId,
        settings: &MagicLinkSettings,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |began: Timestamp| now >= began + settings.rate_window;
        let (began, count) = windows.entry(tenant.clone()).or_insert((now, 0));
        if over(*began) {
            (*began, *count) = (now, 0);
        }
        if *count >= settings.rate_limit {
            let end = *began + settings.rate_window;
            return Err(Error::RateLimited {
                retry_after: end.duration_since(now).unsigned_abs(),
            });
        }
        *count += 1;
        if windows.len() > 4096 {
            windows.retain(|_, (began, _)| !over(*began));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_sign_in_its_middle() {
        assert!(EmailAddress::new("ada@example.com").is_some());
        for bad in ["", "@", "ada", "@b", "a@", "a@b@c", "a@b\nBcc: x", "a\r@b"] {
            assert_eq!(EmailAddress::new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_template_is_a_url_with_a_place_for_the_token() {
        let template = LinkTemplate::new("https://Example.com:8443/$TOKEN?t=$TOKEN").unwrap();
        let (link, host) = template.fill("verify_abc");
        assert_eq!(link, "https://Example.com:8443/verify_abc?t=verify_abc");
        assert_eq!(host, "example.com");
        for (bad, error) in [
            (
                "https://example.com/?t=$token",
                LinkTemplateError::NoPlaceholder,
            ),
            ("", LinkTemplateError::NoPlaceholder),
            ("$TOKEN", LinkTemplateError::NoUrl),
            ("/in?t=$TOKEN", LinkTemplateError::NoUrl),
            ("javascript:alert('$TOKEN')", LinkTemplateError::NoUrl),
            ("mailto:a@b.c?body=$TOKEN", LinkTemplateError::NoUrl),
            (
                "https://example.com/\nAnd a line: $TOKEN",
                LinkTemplateError::NoUrl,
            ),
        ] {
            assert_eq!(LinkTemplate::new(bad), Err(error), "{bad:?}");
        }
    }
}
