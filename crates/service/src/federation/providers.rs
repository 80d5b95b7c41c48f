//! The providers of a tenant, as its operator sees them.

use passkeyd_domain::{
    ClientAuthentication, OidcProvider, ProviderId, SecretBytes, TenantId, TextError, text,
};
use passkeyd_tokens::ring_secret;
use thiserror::Error;
use url::Url;

use super::provider::guarded;
use crate::{Error, Service};

/// A provider to be added.
#[derive(Clone, Debug)]
pub struct AddProvider {
    /// Its name in URLs; absent: one is made.
    pub id: Option<ProviderId>,
    /// Its name for people.
    pub name: String,
    /// The URL that it goes by, without `/.well-known/…`.
    pub issuer: String,
    /// What we are to it.
    pub client_id: String,
    /// What shows that it is us.
    pub client_secret: SecretBytes,
    /// How we show it.
    pub client_authentication: ClientAuthentication,
}

/// Why a provider is not added.
#[derive(Debug, Error)]
pub enum ProviderRefusal {
    /// It is malformed.
    #[error("the {what} of a provider {error}")]
    Malformed {
        /// What of it.
        what: &'static str,
        /// What is wrong.
        error: TextError,
    },
    /// There is one of that id with another issuer.
    #[error(
        "the provider {id} has another issuer: remove it first, and the links of its users with it"
    )]
    OtherIssuer {
        /// Which.
        id: ProviderId,
    },
    /// What is true of every use case.
    #[error(transparent)]
    Service(#[from] Error),
}

impl Service {
    /// Adds a provider, or replaces the one of that id.
    ///
    /// # Errors
    /// [`ProviderRefusal::Malformed`], [`ProviderRefusal::OtherIssuer`], [`Error::AppNotFound`].
    pub async fn add_provider(
        &self,
        app: &TenantId,
        command: AddProvider,
    ) -> Result<OidcProvider, ProviderRefusal> {
        command.check()?;
        self.app(app).await?;
        let now = self.now();
        let provider = OidcProvider {
            tenant: app.clone(),
            id: command.id.unwrap_or_else(|| self.new_provider_id()),
            name: command.name,
            issuer: command.issuer,
            client_id: command.client_id,
            client_authentication: command.client_authentication,
            created_at: now,
        };
        let purpose = provider.id.secret_purpose();
        let secret = ring_secret::to_ring_key(
            (app, self.entropy.uuid_at(now), &purpose),
            command.client_secret.expose(),
            now,
            self.wrapping().await?,
            self.entropy.bytes(),
        )
        .map_err(|error| Error::KeyRing(error.to_string()))?;
        let put = self.store.put_provider(provider.clone(), secret).await;
        if put.map_err(Error::from)? {
            Ok(provider)
        } else {
            Err(ProviderRefusal::OtherIssuer { id: provider.id })
        }
    }

    /// Sees to it that there is a provider like this: the one of that id, or without an id the one of that issuer for that
    /// client, is changed where it differs; else one is added.
    ///
    /// # Errors
    /// As [`Service::add_provider`].
    pub async fn ensure_provider(
        &self,
        app: &TenantId,
        mut command: AddProvider,
    ) -> Result<OidcProvider, ProviderRefusal> {
        let known = self.list_providers(app).await?;
        let known = known.into_iter().find(|known| match &command.id {
            Some(id) => known.id == *id,
            None => known.issuer == command.issuer && known.client_id == command.client_id,
        });
        if let Some(known) = known {
            let same = known.name == command.name
                && known.issuer == command.issuer
                && known.client_id == command.client_id
                && known.client_authentication == command.client_authentication
                && self.secret_is(&known, &command.client_secret).await?;
            if same {
                return Ok(known);
            }
            command.id = Some(known.id);
        }
        self.add_provider(app, command).await
    }

    /// The providers of a tenant, oldest first.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn list_providers(&self, app: &TenantId) -> Result<Vec<OidcProvider>, Error> {
        self.app(app).await?;
        Ok(self.store.providers(app).await?)
    }

    /// Removes a provider and the links of users to it; the users stay. False: there is none.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn remove_provider(&self, app: &TenantId, id: &ProviderId) -> Result<bool, Error> {
        self.app(app).await?;
        Ok(self.store.remove_provider(app, id).await?)
    }

    async fn secret_is(&self, known: &OidcProvider, secret: &SecretBytes) -> Result<bool, Error> {
        let ring = self
            .store
            .ring(&known.tenant, &known.id.secret_purpose())
            .await?;
        let Some(stored) = ring.first() else {
            return Ok(false);
        };
        // A master key that was configured since is a reason to store it anew.
        if stored.wrapped != self.master_key.is_some() {
            return Ok(false);
        }
        let stored = ring_secret::from_ring_key(stored, self.master_key.as_ref())
            .map_err(|error| Error::KeyRing(error.to_string()))?;
        Ok(stored.expose() == secret.expose())
    }

    fn new_provider_id(&self) -> ProviderId {
        loop {
            if let Some(id) = ProviderId::from_random(&self.entropy.bytes::<48>()) {
                return id;
            }
        }
    }
}

impl AddProvider {
    /// Looks whether all members are what they must be.
    ///
    /// # Errors
    /// [`ProviderRefusal::Malformed`].
    pub fn check(&self) -> Result<(), ProviderRefusal> {
        let malformed = |what| move |error| ProviderRefusal::Malformed { what, error };
        let line = |text: &str| {
            text::storable(text)?;
            match text.chars().count() {
                0 => Err(TextError::Empty),
                1..=255 => Ok(()),
                _ => Err(TextError::TooLong {
                    limit: 255,
                    unit: "characters",
                }),
            }
        };
        line(self.name.trim()).map_err(malformed("name"))?;
        line(&self.client_id).map_err(malformed("client id"))?;
        let secret = std::str::from_utf8(self.client_secret.expose())
            .map_err(|_| TextError::Form("text"))
            .and_then(|text| {
                if text.is_empty() {
                    Err(TextError::Empty)
                } else {
                    text::storable(text)
                }
            });
        secret.map_err(malformed("client secret"))?;
        issuer(&self.issuer).map_err(malformed("issuer"))
    }
}

/// `OpenID` Connect Core 1.0 section 1.2, and plain `http` for what runs on the same machine.
fn issuer(text: &str) -> Result<(), TextError> {
    const FORM: TextError = TextError::Form(
        "an absolute https URL without query and fragment (http where it is on this machine)",
    );
    let url = Url::parse(text).map_err(|_| FORM)?;
    let good = guarded(&url).is_ok()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && !text.contains("/.well-known/")
        && !text.contains(char::is_control);
    good.then_some(()).ok_or(FORM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_url_and_nothing_more() {
        for good in [
            "https://accounts.example",
            "https://id.example/realms/staff/",
            "http://localhost:3000",
        ] {
            assert_eq!(issuer(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "accounts.example",
            "http://accounts.example",
            "https://id.example/?a",
            "https://id.example/#a",
            "https://a@id.example/",
            "https://id.example/.well-known/openid-configuration",
            "javascript:alert(1)",
        ] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
