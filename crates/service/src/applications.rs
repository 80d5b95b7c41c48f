//! Tenants as the LoginID surface sees them: applications, with a relying party, origins and errors of their own.

use passkeyd_domain::{TenantId, TenantSettings, ports::StoreError};
use thiserror::Error;
use url::Url;

use crate::{Error, Service, accounts::Realm, origin};

/// Why a use case of the LoginID surface did not do what it was asked. Exhaustive on purpose, as [`crate::Error`] is.
#[derive(Debug, Error)]
pub enum ApplicationError {
    /// There is no such application, or it has no relying party.
    #[error("there is no such application")]
    NoSuchApplication,
    /// A credential is missing, not valid, expired, revoked, or another application's.
    #[error("the credential is missing or not valid")]
    Unauthenticated,
    /// The credential is good, but not for this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The session is unknown, expired, was used, or is another application's.
    #[error("the session is not valid")]
    BadSession,
    /// What was sent breaks a rule.
    #[error("{0}")]
    Invalid(&'static str),
    /// The user may sign in nowhere.
    #[error("the user is not active")]
    UserInactive,
    /// There is no such user.
    #[error("there is no such user")]
    NoSuchUser,
    /// There is no such passkey, or it is somebody else's.
    #[error("there is no such passkey")]
    NoSuchPasskey,
    /// Something else that was named does not exist.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// An authenticator's answer failed verification.
    #[error("the passkey is refused: {reason}")]
    Refused {
        /// Why, in a sentence.
        reason: String,
    },
    /// The credential of an assertion is unknown, not the user's, blacklisted, or its owner is inactive.
    #[error("this passkey can't be used here")]
    CredentialNotAccepted,
    /// The tenant takes no new passkeys of this model.
    #[error("this model of authenticator is not accepted")]
    Blacklisted,
    /// Too many at once.
    #[error("too many requests; the next is taken in {} s", retry_after.as_secs())]
    RateLimited {
        /// When the next one is taken.
        retry_after: std::time::Duration,
    },
    /// What is true of every use case.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<StoreError> for ApplicationError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// Who asks for passkeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The RP id.
    pub id: String,
    /// A name for people.
    pub name: String,
}

impl Realm {
    /// The settings of the tenant.
    pub fn settings(&self) -> &TenantSettings {
        &self.tenant.tenant.settings
    }

    /// Every key is locked, and nothing but the operator's commands works.
    pub fn is_frozen(&self) -> bool {
        self.settings().frozen
    }
}

/// The origins that ceremonies of an application may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origins {
    /// These.
    Listed(Vec<String>),
    /// `http://localhost` and names below it, with any port.
    Development,
}

impl Service {
    /// The relying party of an application.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchApplication`] where the settings name neither an RP id nor a website.
    pub fn relying_party(&self, realm: &Realm) -> Result<RelyingParty, ApplicationError> {
        let settings = realm.settings();
        let website = || {
            let url = Url::parse(settings.website_url.as_deref()?).ok()?;
            Some(url.host_str()?.to_owned())
        };
        let development = || {
            let localhost = || "localhost".to_owned();
            self.settings.accounts.any_origin.then(localhost)
        };
        let id = settings
            .application
            .rp_id
            .clone()
            .or_else(|| settings.rp_ids.first().cloned())
            .or_else(website)
            .or_else(development)
            .ok_or(ApplicationError::NoSuchApplication)?;
        let name = settings.application.rp_name.as_ref();
        let name = name.filter(|name| !name.is_empty());
        let name = name.unwrap_or(match settings.name.as_str() {
            "" => &id,
            _ => &settings.name,
        });
        Ok(RelyingParty {
            name: name.clone(),
            id,
        })
    }

    /// The origins of an application: those that are listed, else the website's, else in development those of this machine.
    pub(crate) fn application_origins(&self, settings: &TenantSettings) -> Origins {
        let listed: Vec<String> = settings
            .origins
            .iter()
            .filter_map(|listed| origin::normalised(listed))
            .collect();
        if !listed.is_empty() {
            return Origins::Listed(listed);
        }
        let website = settings.website_url.as_deref();
        match website.and_then(origin::normalised) {
            Some(website) => Origins::Listed(vec![website]),
            None if self.settings.accounts.any_origin => Origins::Development,
            None => Origins::Listed(Vec::new()),
        }
    }

    /// May pages of this origin speak to the application?
    pub fn application_serves(&self, realm: &Realm, page_origin: &str) -> bool {
        self.settings_serve(realm.settings(), page_origin)
    }

    /// May pages of this origin speak to any application at all? As of a few seconds ago.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn any_application_serves(&self, page_origin: &str) -> Result<bool, Error> {
        let known = if let Some(known) = self.all_settings.get(&()) {
            known
        } else {
            let tenants = self.store.tenants().await?;
            let settings = tenants.into_iter().map(|tenant| tenant.settings);
            let settings = std::sync::Arc::new(settings.collect::<Vec<_>>());
            if !self.settings.tenant_cache.is_zero() {
                self.all_settings
                    .insert((), std::sync::Arc::clone(&settings));
            }
            settings
        };
        Ok(known
            .iter()
            .any(|settings| self.settings_serve(settings, page_origin)))
    }

    fn settings_serve(&self, settings: &TenantSettings, page_origin: &str) -> bool {
        let Some(named) = origin::normalised(page_origin) else {
            return false;
        };
        match self.application_origins(settings) {
            Origins::Listed(listed) => listed.contains(&named),
            Origins::Development => is_local(&named),
        }
    }

    /// The realm that a name among others means: that of the configured tenant, else the only one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn default_realm(
        &self,
        configured: Option<&TenantId>,
    ) -> Result<Option<Realm>, Error> {
        match configured {
            Some(id) => self.realm(id).await,
            None => self.only_realm().await,
        }
    }
}

/// `http://localhost` or a name below it, with any port.
fn is_local(origin: &str) -> bool {
    Url::parse(origin).is_ok_and(|url| {
        let host = url.host_str().unwrap_or("");
        url.scheme() == "http" && (host == "localhost" || host.ends_with(".localhost"))
    })
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn in_development_pages_of_this_machine_are_served() {
        for local in [
            "http://localhost:3000",
            "http://shop.localhost:1",
            "http://localhost",
        ] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "https://localhost:3000",
            "http://localhost.evil.example",
            "http://evil.example",
            "http://127.0.0.1:80",
        ] {
            assert!(!is_local(other), "{other}");
        }
    }
}
