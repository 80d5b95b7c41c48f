//! Which tenant a request is for where no key says so: the path, the host, the setting, or the only one there is.

use actix_web::{HttpRequest, http::header::HOST};
use passkeyd_domain::TenantId;
use passkeyd_service::{Error, accounts::Realm};

use crate::context::Context;

/// The parameter of a path that begins with `/apps/{app}`.
pub(crate) const PARAMETER: &str = "app";

/// The tenant of a request.
pub(crate) struct Tenancy {
    /// The URL names it.
    pub(crate) named: bool,
    pub(crate) realm: Realm,
}

/// Finds the tenant. None: the URL names nobody that exists, and there is neither a default nor an only one.
pub(crate) async fn resolve(
    context: &Context,
    request: &HttpRequest,
) -> Result<Option<Tenancy>, Error> {
    let service = context.service();
    if let Some(named) = request.match_info().get(PARAMETER) {
        let realm = match named.parse() {
            Ok(id) => service.realm(&id).await?,
            Err(_) => None,
        };
        return Ok(realm.map(|realm| Tenancy { named: true, realm }));
    }
    if let Some(id) = host_label(request)
        && let Some(realm) = service.realm(&id).await?
    {
        return Ok(Some(Tenancy { named: true, realm }));
    }
    let realm = match &context.settings().default_app {
        Some(id) => service.realm(id).await?,
        None => service.only_realm().await?,
    };
    Ok(realm.map(|realm| Tenancy {
        named: false,
        realm,
    }))
}

/// The first label of a host of several, if it can be a tenant's name.
fn host_label(request: &HttpRequest) -> Option<TenantId> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let (label, _) = host.split_once('.')?;
    label.to_ascii_lowercase().parse().ok()
}
