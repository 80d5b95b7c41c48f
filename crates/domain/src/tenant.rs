//! Tenants and their settings.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{TextError, application::ApplicationSettings};

/// The name of a tenant: `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`, not all digits, not `localhost`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

impl TenantId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        const FORM: TextError = TextError::Form(
            "1 to 63 lower-case letters, digits and inner hyphens, not all digits, and not 'localhost'",
        );
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = (1..=63).contains(&text.len())
            && text.chars().all(|c| letters(c) || c == '-')
            && text.starts_with(letters)
            && text.ends_with(letters)
            && !text.chars().all(|c| c.is_ascii_digit())
            && text != "localhost";
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(FORM)
        }
    }
}

impl TryFrom<String> for TenantId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant: what an app, an application and an account's realm are to the three surfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its name, which is also the first part of its Passwordless keys.
    pub id: TenantId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is to be deleted, once it was marked for deletion.
    pub delete_at: Option<Timestamp>,
    /// Everything that is read often and searched never.
    pub settings: TenantSettings,
}

/// The settings of a tenant. Kept as one JSON text; unknown members are ignored, missing ones take their default, so that
/// an older node can read what a newer one wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the contract, each its own"
)]
pub struct TenantSettings {
    /// A name for people; the id where empty.
    pub name: String,
    /// The site that the tenant's users know.
    pub website_url: Option<String>,
    /// Who administers it; magic links of a young tenant go to these only.
    pub admin_emails: Vec<String>,
    /// Accepted origins, a closed list once it is not empty (one-store rule 10).
    pub origins: Vec<String>,
    /// Accepted RP ids, a closed list once it is not empty.
    pub rp_ids: Vec<String>,
    /// Every key is locked and stays so until the tenant is unfrozen.
    pub frozen: bool,
    /// Events are written only while this is on.
    pub event_logging_is_enabled: bool,
    /// Days that events are kept.
    pub event_logging_retention_period: u32,
    /// Reported only.
    pub developer_logging_ends_at: Option<Timestamp>,
    /// The greatest number of users with credentials; none: no limit.
    pub max_users: Option<u64>,
    /// `direct` and `indirect` attestation, and authenticator lists, may be used.
    pub allow_attestation: bool,
    /// Mails in 30 days.
    pub magic_link_email_monthly_quota: u32,
    /// `/signin/generate-token` is on.
    pub is_generate_sign_in_token_endpoint_enabled: bool,
    /// `/magic-links/send` is on.
    pub is_magic_links_enabled: bool,
    /// Verify tokens are good once; none: as the server's setting says.
    pub single_use_verify: Option<bool>,
    /// The magic-link rate limit does not apply.
    pub is_rate_limit_bypass_enabled: bool,
    /// The magic-link quota and the rule for young tenants do not apply.
    pub is_magic_link_quota_bypass_enabled: bool,
    /// Who is told of events.
    pub webhooks: Vec<Webhook>,
    /// What the LoginID surface adds.
    #[serde(flatten)]
    pub application: ApplicationSettings,
}

/// Where events of a tenant are sent. Its signing secret lies in the key ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its own name.
    pub id: Uuid,
    /// An absolute `http` or `https` URL.
    pub url: String,
    /// Names of the kinds that are sent; empty: all.
    #[serde(default)]
    pub kinds: Vec<String>,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            website_url: None,
            admin_emails: Vec::new(),
            origins: Vec::new(),
            rp_ids: Vec::new(),
            frozen: false,
            event_logging_is_enabled: false,
            event_logging_retention_period: 365,
            developer_logging_ends_at: None,
            max_users: None,
            allow_attestation: false,
            magic_link_email_monthly_quota: 0,
            is_generate_sign_in_token_endpoint_enabled: true,
            is_magic_links_enabled: true,
            single_use_verify: None,
            is_rate_limit_bypass_enabled: false,
            is_magic_link_quota_bypass_enabled: false,
            webhooks: Vec::new(),
            application: ApplicationSettings::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_ids_are_host_labels_that_are_no_number() {
        for good in ["a", "test", "a-b", "0a", &"x".repeat(63)] {
            assert!(good.parse::<TenantId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "A",
            "a_b",
            "123",
            "localhost",
            "a.b",
            "å",
            &"x".repeat(64),
        ] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_of_another_version_are_read() {
        let read: TenantSettings =
            serde_json::from_str(r#"{"maxUsers":3,"fromTheFuture":1}"#).unwrap();
        assert_eq!(
            read,
            TenantSettings {
                max_users: Some(3),
                ..TenantSettings::default()
            }
        );
    }
}
