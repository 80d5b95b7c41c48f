//! The LoginID surface (FIDO2 API 2.0): passkeys of an application's users, by its web SDK and by back ends.
//!
//! An endpoint is a function from an [`Exchange`] to a [`Reply`] or a [`Refusal`]; who asks is asked of the exchange
//! (`api_key`, `bearer`, `session`, or the tenant alone), and which origins may read the answer is put on in one place.

mod bodies;
mod ceremonies;
mod client_events;
mod codes;
pub(crate) mod credentials;
mod device_info;
mod exchange;
mod jwks;
mod management;
mod mfa;
mod models;
mod names;
mod objects;
mod oidc;
mod options;
mod passkeys;
mod people;
mod profile;
pub(crate) mod refusal;
mod registration;
mod responses;
mod schemes;
mod sign_in;
mod transactions;
mod version;

use actix_web::{
    HttpResponse, Resource,
    http::{Method, StatusCode, header},
    web,
};

use self::{
    exchange::{Exchange, Reply, answer, preflight},
    refusal::{Body, Refusal},
};
use crate::{
    context::Call,
    description::Surface,
    routes::{On, Routes},
};

/// As others see it.
pub(crate) static SURFACE: Surface = Surface {
    name: "loginid",
    problem_type: "application/json",
    problem: schemars::SchemaGenerator::subschema_for::<Body<'static>>,
};

/// What stands before every path of this surface.
const PREFIX: &str = "/fido2/v2";

/// Below the root, and below `/apps/{app}`, which names the tenant.
pub(crate) fn configure(routes: &mut Routes<'_>) {
    for tenant in ["", "/apps/{app}"] {
        let below = format!("{tenant}{PREFIX}");
        endpoints(&mut |path, handlers| {
            routes.add_with(&format!("{below}{path}"), handlers, otherwise);
        });
        routes.fallback(&below, web::to(unknown));
    }
}

fn endpoints(add: &mut dyn FnMut(&str, Vec<On>)) {
    add(
        "/version",
        vec![on(Method::GET, version::show).described(version::describe)],
    );
    add(
        "/.well-known/jwks.json",
        vec![on(Method::GET, jwks::list).described(jwks::describe)],
    );
    add(
        "/oidc/{providerId}/login",
        vec![on(Method::GET, oidc::login::begin).described(oidc::login::describe)],
    );
    add(
        "/oidc/{providerId}/callback",
        vec![on(Method::GET, oidc::callback::complete).described(oidc::callback::describe)],
    );
    ceremonies::add(add);
    people::add(add);
    mfa::add(add);
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

/// The refusal of a request that did not come as far as this surface.
pub(crate) fn refused_outside(status: StatusCode, message: &str) -> HttpResponse {
    let code = match status {
        StatusCode::NOT_FOUND => refusal::NOT_FOUND,
        status if status.is_server_error() => refusal::INTERNAL_ERROR,
        _ => refusal::BAD_REQUEST,
    };
    let refusal = Refusal::new(status, code, format!("{}.", message.trim_end_matches('.')));
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(refusal.body())
}

/// An answer to preflights, and 405 for methods that a path does not have.
fn otherwise(resource: Resource, allow: String) -> Resource {
    resource
        .route(web::route().method(Method::OPTIONS).to(preflight))
        .default_service(web::to(move |call: Call| {
            let refusal = Refusal::method_not_allowed(&allow);
            answer(call, async |_| Err(refusal))
        }))
}

/// An endpoint's method.
fn on<H, F>(method: Method, handler: H) -> On
where
    H: Fn(Exchange) -> F + Copy + 'static,
    F: Future<Output = Result<Reply, Refusal>> + 'static,
{
    On::new(method, web::to(move |call: Call| answer(call, handler)))
}

/// A path that nobody listens on. Preflights are answered all the same.
async fn unknown(call: Call) -> HttpResponse {
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
