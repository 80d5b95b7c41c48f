//! Feature switches of a tenant.

use passkeyd_domain::{EventKind, TenantId, TenantSettings};

use crate::{Caller, Error, Service};

/// What a back end switches; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct FeatureChange {
    /// Days that events are kept.
    pub event_logging_retention_period: Option<u32>,
    /// Whether verify tokens can be made without a passkey.
    pub generated_tokens: Option<bool>,
    /// Whether magic links can be sent.
    pub magic_links: Option<bool>,
    /// Who asks for the change.
    pub performed_by: String,
}

/// What an operator sets; the whole is replaced.
#[derive(Clone, Copy, Debug, Default)]
pub struct OperatorFeatures {
    /// Whether events are kept.
    pub event_logging_is_enabled: bool,
    /// Days that they are kept.
    pub event_logging_retention_period: u32,
    /// Mails in 30 days.
    pub magic_link_email_monthly_quota: u32,
    /// The greatest number of users with credentials.
    pub max_users: Option<u64>,
    /// Whether attestation may be asked for.
    pub allow_attestation: bool,
}

impl Service {
    /// Changes the switches that a tenant may change itself.
    pub async fn change_features(
        &self,
        caller: &Caller,
        change: FeatureChange,
    ) -> Result<(), Error> {
        let switched = |on: Option<bool>, enabled, disabled, what: &str| {
            let on = on?;
            let (kind, word) = if on {
                (enabled, "enabled")
            } else {
                (disabled, "disabled")
            };
            let who = (change.performed_by.as_str(), caller.tenant().as_str());
            caller.event(kind, who, format!("{what} were {word}."))
        };
        let events = [
            switched(
                change.generated_tokens,
                EventKind::AdminGenerateSignInTokenEndpointEnabled,
                EventKind::AdminGenerateSignInTokenEndpointDisabled,
                "Generated sign-in tokens",
            ),
            switched(
                change.magic_links,
                EventKind::AdminMagicLinksEnabled,
                EventKind::AdminMagicLinksDisabled,
                "Magic links",
            ),
        ];
        let apply = |settings: &mut TenantSettings| {
            if let Some(days) = change.event_logging_retention_period {
                settings.event_logging_retention_period = days;
            }
            if let Some(on) = change.generated_tokens {
                settings.is_generate_sign_in_token_endpoint_enabled = on;
            }
            if let Some(on) = change.magic_links {
                settings.is_magic_links_enabled = on;
            }
        };
        self.change_settings(
            caller.tenant(),
            apply,
            events.into_iter().flatten().collect(),
        )
        .await?;
        Ok(())
    }

    /// Replaces the switches that an operator sets.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn replace_operator_features(
        &self,
        app: &TenantId,
        features: OperatorFeatures,
    ) -> Result<(), Error> {
        self.change_app(app, move |settings| {
            settings.event_logging_is_enabled = features.event_logging_is_enabled;
            settings.event_logging_retention_period = features.event_logging_retention_period;
            settings.magic_link_email_monthly_quota = features.magic_link_email_monthly_quota;
            settings.max_users = features.max_users;
            settings.allow_attestation = features.allow_attestation;
        })
        .await?;
        Ok(())
    }
}
