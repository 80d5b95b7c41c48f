use std::time::Duration;

use crate::magic_links::MagicLinkSettings;
use crate::passwords::PasswordCost;

/// What an operator decides about the use cases.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long the two halves of a ceremony may lie apart.
    pub session_lifetime: Duration,
    /// The same on the LoginID surface.
    pub application_session_lifetime: Duration,
    /// Verify tokens are good once, where the tenant does not say otherwise.
    pub single_use_verify: bool,
    /// How long what is known of a tenant may be used without asking the store: a key that another node locked still
    /// works for this long. Zero: always ask.
    pub tenant_cache: Duration,
    /// Magic links.
    pub magic_links: MagicLinkSettings,
    /// Apps are deleted by the server itself when their time has come.
    pub delete_expired_apps: bool,
    /// COSE algorithms put in front of those that a surface offers.
    pub algorithms: Vec<i64>,
    /// The verifier's preset, see the `WebAuthn` crate.
    pub policy: passkeyd_webauthn::Policy,
    /// Accounts and their sessions.
    pub accounts: AccountSettings,
    /// Keys that sign JSON Web Tokens are replaced at this age. None: on command only.
    pub signing_key_lifetime: Option<Duration>,
    /// What is waited before a code is handed again to a gateway or a webhook that was in trouble. A person who waits longer
    /// asks for another code.
    pub code_pauses: [Duration; 2],
    /// For how long confirmed transactions are kept. None: for ever.
    pub transaction_retention: Option<Duration>,
    /// Mail goes out to people, and not only to a file: then one-time codes are mailed where a tenant does not say
    /// otherwise.
    pub mail_is_set_up: bool,
}

/// What an operator decides about accounts.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// How long a session lives after it was last refreshed.
    pub session_lifetime: Duration,
    /// A refresh token is good once, and is answered with the next one. One that is used twice ends its session.
    pub rotate_refresh_tokens: bool,
    /// What a password costs.
    pub password_cost: PasswordCost,
    /// Development: pages of any origin may speak to tenants that list none.
    pub any_origin: bool,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            session_lifetime: Duration::from_hours(30 * 24),
            rotate_refresh_tokens: false,
            password_cost: PasswordCost::default(),
            any_origin: false,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_lifetime: Duration::from_mins(5),
            application_session_lifetime: Duration::from_mins(10),
            single_use_verify: false,
            tenant_cache: Duration::from_millis(500),
            magic_links: MagicLinkSettings::default(),
            delete_expired_apps: true,
            algorithms: Vec::new(),
            policy: passkeyd_webauthn::Policy::server(),
            accounts: AccountSettings::default(),
            signing_key_lifetime: None,
            transaction_retention: Some(Duration::from_hours(365 * 24)),
            code_pauses: [Duration::from_secs(1), Duration::from_secs(4)],
            mail_is_set_up: false,
        }
    }
}
