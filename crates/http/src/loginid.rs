//! The LoginID surface (FIDO2 API 2.0): passkeys of an application's users, by its web SDK and by back ends.
//!
//! An endpoint is a function from an [`Exchange`] to a [`Reply`] or a [`Refusal`]; who asks is asked of the exchange
//! (`api_key`, `bearer`, `session`, or the tenant alone), and which origins may read the answer is put on in one place.

mod credentials;
mod exchange;
mod jwks;
mod refusal;
mod version;

use actix_web::{Resource, Route, http::Method, web};

use self::{
    exchange::{Exchange, Reply, answer, preflight},
    refusal::Refusal,
};
use crate::context::Call;

/// What stands before every path of this surface.
const PREFIX: &str = "/fido2/v2";

/// Below the root, and below `/apps/{app}`, which names the tenant.
pub(crate) fn configure(app: &mut web::ServiceConfig) {
    for tenant in ["", "/apps/{app}"] {
        app.service(
            web::scope(&format!("{tenant}{PREFIX}"))
                .configure(endpoints)
                .default_service(web::to(unknown)),
        );
    }
}

fn endpoints(scope: &mut web::ServiceConfig) {
    scope
        .service(endpoint("/version", [(Method::GET, on(version::show))]))
        .service(endpoint(
            "/.well-known/jwks.json",
            [(Method::GET, on(jwks::list))],
        ));
}

/// Whether a path is one of this surface, which decides for itself which origins may speak to it.
pub(crate) fn owns(path: &str) -> bool {
    let rest = path.strip_prefix("/apps/").and_then(|rest| {
        let (_, rest) = rest.split_once('/')?;
        path.get(path.len() - rest.len() - 1..)
    });
    let path = rest.unwrap_or(path);
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An endpoint: the methods that it has at a path, 405 for every other, and an answer to preflights.
fn endpoint<const N: usize>(path: &str, routes: [(Method, Route); N]) -> Resource {
    let methods: Vec<_> = routes.iter().map(|(method, _)| method.as_str()).collect();
    let allow = methods.join(", ");
    let mut resource = web::resource(path);
    for (method, route) in routes {
        resource = resource.route(route.method(method));
    }
    resource
        .route(web::route().method(Method::OPTIONS).to(preflight))
        .default_service(web::to(move |call: Call| {
            let refusal = Refusal::method_not_allowed(&allow);
            answer(call, async |_| Err(refusal))
        }))
}

/// An endpoint's method.
fn on<H, F>(handler: H) -> Route
where
    H: Fn(Exchange) -> F + Copy + 'static,
    F: Future<Output = Result<Reply, Refusal>> + 'static,
{
    web::to(move |call: Call| answer(call, handler))
}

/// A path that nobody listens on. Preflights are answered all the same.
async fn unknown(call: Call) -> actix_web::HttpResponse {
    if call.request().method() == Method::OPTIONS {
        return preflight(call).await;
    }
    answer(call, async |_| {
        Err(Refusal::not_found("There is nothing at this address."))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::owns;

    #[test]
    fn the_paths_of_this_surface_are_told_from_those_of_others() {
        for own in [
            "/fido2/v2",
            "/fido2/v2/auth/init",
            "/apps/acme/fido2/v2/auth/init",
        ] {
            assert!(owns(own), "{own}");
        }
        for other in [
            "/",
            "/fido2/v20",
            "/apps/fido2/v2",
            "/apps/acme/me",
            "/fido2",
        ] {
            assert!(!owns(other), "{other}");
        }
    }
}
