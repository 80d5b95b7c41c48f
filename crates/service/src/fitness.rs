//! Whether a tenant's settings can work: an address that nobody sends would refuse every ceremony, and say so to users only.

use passkeyd_domain::TenantSettings;
use passkeyd_webauthn::origin::{AllowedOrigins, OriginRelation, OriginRules, RpId};
use thiserror::Error;
use url::Url;

use crate::{magic_links::EmailAddress, origin::normalised};

/// A setting that can't work, with its value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unfit {
    /// No browser and no app sends an origin like this.
    #[error("'{0}' is no origin: write https://host[:port] or android:apk-key-hash:…")]
    Origin(String),
    /// No domain.
    #[error("'{0}' is no RP id: write a domain in lower case, without scheme and port")]
    RpId(String),
    /// No absolute URL over HTTP.
    #[error("'{0}' is no URL: write https://…")]
    Url(String),
    /// No address of mail.
    #[error("'{0}' is no mail address")]
    Email(String),
}

/// Looks at the origins, RP ids, URLs and mail addresses of a tenant.
///
/// # Errors
/// The first that can't work.
///
/// ```
/// use passkeyd_domain::TenantSettings;
/// use passkeyd_service::fitness::{Unfit, fit};
///
/// let mut settings = TenantSettings::default();
/// settings.origins = vec!["https://example.com".to_owned()];
/// assert_eq!(fit(&settings), Ok(()));
/// settings.origins = vec!["example.com".to_owned()];
/// assert_eq!(fit(&settings), Err(Unfit::Origin("example.com".to_owned())));
/// ```
pub fn fit(settings: &TenantSettings) -> Result<(), Unfit> {
    let application = &settings.application;
    each(
        settings.origins.iter().chain(&application.top_origins),
        is_origin,
        Unfit::Origin,
    )?;
    each(
        settings.rp_ids.iter().chain(&application.rp_id),
        |id| RpId::for_development(id).is_ok(),
        Unfit::RpId,
    )?;
    let webhooks = settings.webhooks.iter().map(|webhook| &webhook.url);
    each(
        settings
            .website_url
            .iter()
            .chain(&application.base_url)
            .chain(&application.otp.webhook_url)
            .chain(webhooks),
        is_url,
        Unfit::Url,
    )?;
    each(
        &settings.admin_emails,
        |address| EmailAddress::new(address).is_some(),
        Unfit::Email,
    )
}

fn each<'a>(
    values: impl IntoIterator<Item = &'a String>,
    fits: impl Fn(&str) -> bool,
    unfit: impl FnOnce(String) -> Unfit,
) -> Result<(), Unfit> {
    match values.into_iter().find(|value| !fits(value)) {
        Some(value) => Err(unfit(value.clone())),
        None => Ok(()),
    }
}

/// Whether it lies below an RP id, and is secure enough for a ceremony, is seen when one begins.
fn is_origin(text: &str) -> bool {
    let Some(origin) = normalised(text) else {
        return false;
    };
    let mut rules = OriginRules::exact([origin]);
    rules.relation = OriginRelation::TrustClient;
    is_url(text)
        || RpId::for_development("localhost")
            .is_ok_and(|id| AllowedOrigins::new(&id, &rules).is_ok())
}

fn is_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: impl FnOnce(&mut TenantSettings)) -> Result<(), Unfit> {
        let mut settings = TenantSettings::default();
        change(&mut settings);
        fit(&settings)
    }

    #[test]
    fn what_can_work_is_fit() {
        let hash = "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for origin in [
            "https://a.example",
            "https://A.example/",
            "https://bücher.example",
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            hash,
        ] {
            let listed = changed(|settings| settings.origins = vec![origin.to_owned()]);
            assert_eq!(listed, Ok(()), "{origin}");
        }
        let all = changed(|settings| {
            settings.rp_ids = vec!["example.com".to_owned(), "localhost".to_owned()];
            settings.website_url = Some("https://example.com/shop".to_owned());
            settings.admin_emails = vec!["ada@example.com".to_owned()];
            settings.application.base_url = Some("http://localhost:8080".to_owned());
        });
        assert_eq!(all, Ok(()));
    }

    #[test]
    fn what_can_not_work_is_named() {
        for origin in [
            "example.com",
            "https://",
            "android:apk-key-hash:AA",
            "null",
            "",
        ] {
            let unfit = Err(Unfit::Origin(origin.to_owned()));
            let list = vec![origin.to_owned()];
            assert_eq!(changed(|settings| settings.origins = list.clone()), unfit);
            let framed = changed(|settings| settings.application.top_origins = list);
            assert_eq!(framed, unfit);
        }
        let text = || "https://example.com".to_owned();
        assert_eq!(
            changed(|settings| settings.rp_ids = vec![text()]),
            Err(Unfit::RpId(text()))
        );
        assert_eq!(
            changed(|settings| settings.application.rp_id = Some(text())),
            Err(Unfit::RpId(text()))
        );
        for url in ["example.com", "ftp://example.com"] {
            assert_eq!(
                changed(|settings| settings.website_url = Some(url.to_owned())),
                Err(Unfit::Url(url.to_owned()))
            );
        }
        assert_eq!(
            changed(|settings| settings.admin_emails = vec!["ada".to_owned()]),
            Err(Unfit::Email("ada".to_owned()))
        );
    }
}
