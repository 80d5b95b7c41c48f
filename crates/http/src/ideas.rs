//! The Idea Pool surface: people sign up with a mail address and a password, hold a session, and keep a scored list of
//! ideas.
//!
//! An endpoint is a function from an [`Exchange`] to a [`Reply`] or a [`Refusal`]; what all replies have in common (headers,
//! the entity tag, which origins may read them) is put on in one place.

mod access_tokens;
mod exchange;
mod fields;
mod list;
mod me;
mod passkeys;
mod refusal;
mod users;

use actix_web::{Resource, Route, http::Method, web};

use self::{
    exchange::{Exchange, Reply, answer, preflight},
    refusal::Refusal,
};
use crate::context::Call;

/// Below the root, and below `/apps/{app}`, which names the tenant.
pub(crate) fn configure(app: &mut web::ServiceConfig) {
    for prefix in ["", "/apps/{app}"] {
        app.service(endpoint(
            prefix,
            "/users",
            [(Method::POST, on(users::sign_up))],
        ))
        .service(endpoint(
            prefix,
            "/access-tokens",
            [
                (Method::POST, on(access_tokens::log_in)),
                (Method::DELETE, on(access_tokens::log_out)),
            ],
        ))
        .service(endpoint(
            prefix,
            "/access-tokens/refresh",
            [(Method::POST, on(access_tokens::refresh))],
        ))
        .service(endpoint(
            prefix,
            "/access-tokens/passkey/begin",
            [(Method::POST, on(passkeys::begin_log_in))],
        ))
        .service(endpoint(
            prefix,
            "/access-tokens/passkey",
            [(Method::POST, on(passkeys::log_in))],
        ))
        .service(endpoint(prefix, "/me", [(Method::GET, on(me::show))]))
        .service(endpoint(
            prefix,
            "/me/sessions",
            [(Method::GET, on(me::list_sessions))],
        ))
        .service(endpoint(
            prefix,
            "/me/sessions/{id}",
            [(Method::DELETE, on(me::revoke_session))],
        ))
        .service(endpoint(
            prefix,
            "/me/passkeys/begin",
            [(Method::POST, on(passkeys::begin_adding))],
        ))
        .service(endpoint(
            prefix,
            "/me/passkeys",
            [
                (Method::GET, on(passkeys::list)),
                (Method::POST, on(passkeys::add)),
            ],
        ))
        .service(endpoint(
            prefix,
            "/me/passkeys/{id}",
            [(Method::DELETE, on(passkeys::delete))],
        ))
        .service(endpoint(
            prefix,
            "/ideas",
            [(Method::GET, on(list::show)), (Method::POST, on(list::add))],
        ))
        .service(endpoint(
            prefix,
            "/ideas/{id}",
            [
                (Method::PUT, on(list::replace)),
                (Method::DELETE, on(list::delete)),
            ],
        ));
    }
}

/// Whether a path is one of this surface, which decides for itself which origins may speak to it.
pub(crate) fn owns(path: &str) -> bool {
    let mut words = path.split('/').skip(1);
    let mut first = words.next();
    if first == Some("apps") {
        first = words.nth(1);
    }
    match first {
        Some("me" | "ideas" | "access-tokens") => true,
        Some("users") => words.next().is_none(),
        _ => false,
    }
}

fn endpoint<const N: usize>(prefix: &str, path: &str, routes: [(Method, Route); N]) -> Resource {
    let methods: Vec<_> = routes.iter().map(|(method, _)| method.as_str()).collect();
    let allow = methods.join(", ");
    let mut resource = web::resource(format!("{prefix}{path}"));
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

fn on<H, F>(handler: H) -> Route
where
    H: Fn(Exchange) -> F + Copy + 'static,
    F: Future<Output = Result<Reply, Refusal>> + 'static,
{
    web::to(move |call: Call| answer(call, handler))
}

#[cfg(test)]
mod tests {
    use super::owns;

    #[test]
    fn the_paths_of_this_surface_are_told_from_those_of_others() {
        for own in [
            "/users",
            "/me",
            "/me/passkeys/x",
            "/ideas",
            "/ideas/x",
            "/access-tokens/refresh",
            "/apps/acme/users",
            "/apps/acme/me",
        ] {
            assert!(owns(own), "{own}");
        }
        for other in [
            "/",
            "/users/list",
            "/apps/features",
            "/apps/acme",
            "/signin/begin",
            "/apps/me",
        ] {
            assert!(!owns(other), "{other}");
        }
    }
}
