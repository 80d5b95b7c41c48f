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

use actix_web::{Resource, http::Method, web};

use self::{
    exchange::{Exchange, Reply, answer, preflight},
    refusal::{Body, Refusal},
};
use crate::{
    context::Call,
    description::{Describe, Operation, Scheme, Surface},
    routes::{On, Routes},
};

/// As others see it.
pub(crate) static SURFACE: Surface = Surface {
    name: "idea-pool",
    problem: schemars::SchemaGenerator::subschema_for::<Body<'static>>,
    ..Surface::SERVER
};

/// The access token, in a description.
static ACCESS_TOKEN: Scheme = Scheme {
    name: "AccessToken",
    header: Some("X-Access-Token"),
    description: "The `jwt` of an account that is signed in.",
};

/// The same, where others expect it.
static BEARER_TOKEN: Scheme = Scheme {
    name: "BearerToken",
    header: None,
    description: "The `jwt` of an account that is signed in, in `Authorization`.",
};

/// Below the root, and below `/apps/{app}`, which names the tenant.
pub(crate) fn configure(routes: &mut Routes<'_>) {
    for prefix in ["", "/apps/{app}"] {
        let mut add = |path: &str, handlers: Vec<On>| {
            routes.add_with(&format!("{prefix}{path}"), handlers, otherwise);
        };
        add(
            "/users",
            vec![on(Method::POST, users::sign_up, users::describe)],
        );
        add(
            "/access-tokens",
            vec![
                on(
                    Method::POST,
                    access_tokens::log_in,
                    access_tokens::describe_log_in,
                ),
                on(
                    Method::DELETE,
                    access_tokens::log_out,
                    access_tokens::describe_log_out,
                ),
            ],
        );
        add(
            "/access-tokens/refresh",
            vec![on(
                Method::POST,
                access_tokens::refresh,
                access_tokens::describe_refresh,
            )],
        );
        add(
            "/access-tokens/passkey/begin",
            vec![on(
                Method::POST,
                passkeys::begin_log_in,
                passkeys::describe_begin_log_in,
            )],
        );
        add(
            "/access-tokens/passkey",
            vec![on(
                Method::POST,
                passkeys::log_in,
                passkeys::describe_log_in,
            )],
        );
        add("/me", vec![on(Method::GET, me::show, me::describe_show)]);
        add(
            "/me/sessions",
            vec![on(
                Method::GET,
                me::list_sessions,
                me::describe_list_sessions,
            )],
        );
        add(
            "/me/sessions/{id}",
            vec![on(
                Method::DELETE,
                me::revoke_session,
                me::describe_revoke_session,
            )],
        );
        add(
            "/me/passkeys/begin",
            vec![on(
                Method::POST,
                passkeys::begin_adding,
                passkeys::describe_begin_adding,
            )],
        );
        add(
            "/me/passkeys",
            vec![
                on(Method::GET, passkeys::list, passkeys::describe_list),
                on(Method::POST, passkeys::add, passkeys::describe_add),
            ],
        );
        add(
            "/me/passkeys/{id}",
            vec![on(
                Method::DELETE,
                passkeys::delete,
                passkeys::describe_delete,
            )],
        );
        add(
            "/ideas",
            vec![
                on(Method::GET, list::show, list::describe_show),
                on(Method::POST, list::add, list::describe_add),
            ],
        );
        add(
            "/ideas/{id}",
            vec![
                on(Method::PUT, list::replace, list::describe_replace),
                on(Method::DELETE, list::delete, list::describe_delete),
            ],
        );
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

/// Preflights, and the refusal of other methods.
fn otherwise(resource: Resource, allow: String) -> Resource {
    resource
        .route(web::route().method(Method::OPTIONS).to(preflight))
        .default_service(web::to(move |call: Call| {
            let refusal = Refusal::method_not_allowed(&allow);
            answer(call, async |_| Err(refusal))
        }))
}

fn on<H, F>(method: Method, handler: H, describe: Describe) -> On
where
    H: Fn(Exchange) -> F + Copy + 'static,
    F: Future<Output = Result<Reply, Refusal>> + 'static,
{
    let route = web::to(move |call: Call| answer(call, handler));
    On::new(method, route).described(describe)
}

/// An operation that shows something of the account that is signed in.
fn shown_to_account(it: Operation, tag: &'static str, summary: &'static str) -> Operation {
    of_account(it, tag, summary).gives_nothing(304, "What `If-None-Match` names is still true.")
}

/// An operation of the account that is signed in.
fn of_account(it: Operation, tag: &'static str, summary: &'static str) -> Operation {
    it.about(tag, summary).by(&ACCESS_TOKEN).by(&BEARER_TOKEN)
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
