//! Sign-in at a provider: what the two endpoints share.

pub(super) mod callback;
pub(super) mod login;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, SET_COOKIE};
use passkeyd_domain::ProviderId;
use passkeyd_service::{accounts::Realm, federation::FederationError};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    PREFIX,
    exchange::{Exchange, Reply},
    refusal::{Refusal, chain},
};

/// The cookie that binds a sign-in to the browser that began it.
const COOKIE: &str = "lid_oidc";
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// Where the browser is sent, for clients that read it themselves.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LocationReply<'a> {
    location: &'a str,
}

/// The tenant, the provider that the path names, and the URLs of both.
struct Place {
    realm: Realm,
    provider: ProviderId,
    base_url: String,
    callback: String,
}

impl Place {
    async fn of(exchange: &Exchange) -> Result<Self, Refusal> {
        let realm = exchange.realm(None).await?;
        let named = exchange.path_segment("providerId");
        let provider: ProviderId = named.parse().map_err(|_| no_such_provider())?;
        let base_url = exchange.base_url(&realm).await?;
        Ok(Self {
            callback: format!("{base_url}{PREFIX}/oidc/{provider}/callback"),
            realm,
            provider,
            base_url,
        })
    }

    /// `Set-Cookie`. The provider sends the browser back by a link of its own, which `Lax` lets pass and `Strict` would not.
    fn cookie(&self, value: &str, lifetime: u64) -> Result<HeaderValue, Refusal> {
        let secure = if self.callback.starts_with("https:") {
            "; Secure"
        } else {
            ""
        };
        let text =
            format!("{COOKIE}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={lifetime}{secure}");
        HeaderValue::from_str(&text).map_err(|error| Refusal::internal(&error))
    }
}

/// An answer that sends the browser elsewhere.
fn redirect(reply: Reply, location: &str, cookie: HeaderValue) -> Result<Reply, Refusal> {
    let location = HeaderValue::from_str(location).map_err(|error| Refusal::internal(&error))?;
    Ok(reply
        .with_header(LOCATION, location)
        .with_header(SET_COOKIE, cookie)
        .with_header(CACHE_CONTROL, NOT_KEPT))
}

fn no_such_provider() -> Refusal {
    Refusal::not_found("There is no such provider.")
}

impl From<FederationError> for Refusal {
    fn from(error: FederationError) -> Self {
        use FederationError as E;
        match error {
            E::NoSuchProvider => no_such_provider(),
            E::RedirectUri => Self::bad_request(
                "redirectUri must be an absolute http or https URL of an accepted origin, without fragment.",
            ),
            E::State(defect) => {
                tracing::info!(?defect, "a sign-in at a provider does not go on");
                Self::bad_request("The sign-in is unknown, over, or was begun in another browser.")
            }
            E::NotVouchedFor(reason) => {
                let reason = chain(&reason);
                tracing::warn!(reason, "a provider does not vouch for anybody");
                Self {
                    header: None,
                    message: "The provider does not vouch for anybody.".to_owned(),
                    ..Self::unauthorized()
                }
            }
            E::Inactive => Self::forbidden("The user is not active."),
            E::Frozen => Self::unauthorized(),
            E::Unreachable(_) => Self::internal(&error),
            E::Application(error) => error.into(),
        }
    }
}
