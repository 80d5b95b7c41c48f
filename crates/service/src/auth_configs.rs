//! Authentication configurations: what a sign-in for a purpose asks for.

use std::time::Duration;

use passkeyd_domain::{AuthConfig, EventKind, Hint, Purpose, UserVerification};

use crate::{Caller, Error, Service};

/// What a configuration is to be.
#[derive(Clone, Debug)]
pub struct AuthConfigChange {
    /// What it is for.
    pub purpose: Purpose,
    /// How long a verify token lives; more than nothing.
    pub time_to_live: Duration,
    /// What a sign-in asks for.
    pub user_verification: UserVerification,
    /// Passed on to the browser.
    pub hints: Vec<Hint>,
    /// Who asks for the change.
    pub performed_by: String,
}

impl Service {
    /// The configurations: all stored ones and the built-in ones that are not stored, by purpose; or the one of a
    /// purpose, if it has one.
    pub async fn list_auth_configs(
        &self,
        caller: &Caller,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<AuthConfig>, Error> {
        // Asked for by administrators, who want to see what another node wrote a moment ago.
        let tenant = self
            .read_tenant(caller.tenant())
            .await?
            .ok_or(Error::AppNotFound)?;
        let mut configs = tenant.auth_configs.clone();
        for built_in in [Purpose::sign_in(), Purpose::step_up()] {
            if !configs.iter().any(|config| config.purpose == built_in) {
                configs.push(AuthConfig::built_in(&built_in));
            }
        }
        configs.retain(|config| purpose.is_none_or(|purpose| config.purpose == *purpose));
        configs.sort_by(|a, b| a.purpose.cmp(&b.purpose));
        Ok(configs)
    }

    /// Adds a configuration.
    ///
    /// # Errors
    /// [`Error::AuthConfigExists`]; the built-in purposes always do.
    pub async fn add_auth_config(
        &self,
        caller: &Caller,
        change: AuthConfigChange,
    ) -> Result<(), Error> {
        let purpose = change.purpose.as_str().to_owned();
        if change.purpose.is_built_in() {
            return Err(Error::AuthConfigExists { purpose });
        }
        let event = config_event(
            caller,
            EventKind::ApiAuthenticationConfigurationCreated,
            (&change.purpose, "created"),
            &change.performed_by,
        );
        let config = AuthConfig {
            created_by: change.performed_by.clone(),
            created_on: Some(self.now()),
            ..unsigned(change)
        };
        let added = self
            .store
            .add_auth_config(caller.tenant(), config, event)
            .await?;
        self.tenants.forget(caller.tenant());
        if added {
            Ok(())
        } else {
            Err(Error::AuthConfigExists { purpose })
        }
    }

    /// Changes a configuration; a built-in one is stored by it.
    ///
    /// # Errors
    /// [`Error::AuthConfigNotFound`].
    pub async fn edit_auth_config(
        &self,
        caller: &Caller,
        change: AuthConfigChange,
    ) -> Result<(), Error> {
        let purpose = change.purpose.clone();
        let event = config_event(
            caller,
            EventKind::ApiAuthenticationConfigurationUpdated,
            (&purpose, "updated"),
            &change.performed_by,
        );
        let config = AuthConfig {
            edited_by: Some(change.performed_by.clone()),
            edited_on: Some(self.now()),
            ..unsigned(change)
        };
        let edited = self
            .store
            .edit_auth_config(caller.tenant(), config, purpose.is_built_in(), event)
            .await?;
        self.tenants.forget(caller.tenant());
        if edited {
            Ok(())
        } else {
            Err(Error::AuthConfigNotFound {
                purpose: purpose.as_str().to_owned(),
            })
        }
    }

    /// Deletes a configuration.
    ///
    /// # Errors
    /// [`Error::AuthConfigNotFound`], [`Error::AuthConfigBuiltIn`].
    pub async fn delete_auth_config(
        &self,
        caller: &Caller,
        purpose: &Purpose,
        performed_by: &str,
    ) -> Result<(), Error> {
        let word = purpose.as_str().to_owned();
        if purpose.is_built_in() {
            return Err(Error::AuthConfigBuiltIn { purpose: word });
        }
        let event = config_event(
            caller,
            EventKind::ApiAuthenticationConfigurationDeleted,
            (purpose, "deleted"),
            performed_by,
        );
        let deleted = self
            .store
            .delete_auth_config(caller.tenant(), purpose, event)
            .await?;
        self.tenants.forget(caller.tenant());
        if deleted {
            Ok(())
        } else {
            Err(Error::AuthConfigNotFound { purpose: word })
        }
    }
}

fn config_event(
    caller: &Caller,
    kind: EventKind,
    (purpose, word): (&Purpose, &str),
    performed_by: &str,
) -> Option<passkeyd_domain::Event> {
    let message = format!("The authentication configuration {purpose} was {word}.");
    caller.event(kind, (performed_by, caller.tenant().as_str()), message)
}

/// The configuration without who made or changed it.
fn unsigned(change: AuthConfigChange) -> AuthConfig {
    AuthConfig {
        purpose: change.purpose,
        time_to_live: change.time_to_live,
        user_verification: change.user_verification,
        hints: change.hints,
        created_by: "System".to_owned(),
        created_on: None,
        edited_by: None,
        edited_on: None,
        last_used_on: None,
    }
}
