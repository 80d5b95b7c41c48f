//! The Passwordless surface: the API that the Passwordless.dev SDKs speak.
//!
//! An endpoint is one file: its wire structs and its handler. Every handler goes the same way: who calls (401, 403), what is
//! asked (400, 413, 415), the rules of the fields (400), one use case, the reply.

mod admin;
mod alias_list;
mod alias_set;
mod app_features;
mod auth_configs_change;
mod auth_configs_list;
mod authenticators_change;
mod authenticators_list;
mod credentials_delete;
mod credentials_list;
mod credentials_rename;
mod errors;
mod events;
mod generate_token;
mod magic_link_send;
mod mds;
pub(crate) mod options;
mod paging;
mod register_begin;
mod register_complete;
mod register_token;
mod reporting;
pub(crate) mod responses;
mod sign_in_begin;
mod sign_in_complete;
mod users_count;
mod users_delete;
mod users_list;
mod verify;

use actix_web::web::ServiceConfig;

use crate::app::{endpoint, get, post};

pub(crate) use verify::VerifyReply;

pub(crate) fn configure(app: &mut ServiceConfig) {
    // The ones that every sign-in passes stand first.
    app.service(endpoint("/signin/begin", [post(sign_in_begin::begin)]))
        .service(endpoint(
            "/signin/complete",
            [post(sign_in_complete::complete)],
        ))
        .service(endpoint("/signin/verify", [post(verify::verify)]))
        .service(endpoint("/register/token", [post(register_token::create)]))
        .service(endpoint("/register/begin", [post(register_begin::begin)]))
        .service(endpoint(
            "/register/complete",
            [post(register_complete::complete)],
        ))
        .service(endpoint(
            "/signin/generate-token",
            [post(generate_token::generate)],
        ))
        .service(endpoint(
            "/credentials/list",
            [
                get(credentials_list::list_by_query),
                post(credentials_list::list_by_body),
            ],
        ))
        .service(endpoint(
            "/credentials/delete",
            [post(credentials_delete::delete)],
        ))
        .service(endpoint("/alias", [post(alias_set::set)]))
        .service(endpoint("/alias/list", [get(alias_list::list)]))
        .service(endpoint("/users/list", [get(users_list::list)]))
        .service(endpoint("/users/count", [get(users_count::count)]))
        .service(endpoint("/users/delete", [post(users_delete::delete)]))
        .service(endpoint("/events", [get(events::list)]))
        .service(endpoint(
            "/auth-configs/list",
            [get(auth_configs_list::list)],
        ))
        .service(endpoint(
            "/auth-configs/add",
            [post(auth_configs_change::add)],
        ))
        .service(endpoint("/auth-configs", [post(auth_configs_change::edit)]))
        .service(endpoint(
            "/auth-configs/delete",
            [post(auth_configs_change::delete)],
        ))
        .service(endpoint("/apps/features", [post(app_features::change)]))
        .service(endpoint("/magic-links/send", [post(magic_link_send::send)]))
        .service(endpoint(
            "/authenticators/list",
            [get(authenticators_list::list)],
        ))
        .service(endpoint(
            "/authenticators/add",
            [post(authenticators_change::add)],
        ))
        .service(endpoint(
            "/authenticators/remove",
            [post(authenticators_change::remove)],
        ))
        .service(endpoint(
            "/reporting/credentials/periodic",
            [get(reporting::credentials)],
        ))
        .service(endpoint(
            "/reporting/active-users/periodic",
            [get(reporting::active_users)],
        ))
        .service(endpoint(
            "/mds/attestation-types",
            [get(mds::attestation_types)],
        ))
        .service(endpoint(
            "/mds/certification-statuses",
            [get(mds::certification_statuses)],
        ))
        .service(endpoint("/mds/entries", [get(mds::entries)]))
        .service(endpoint(
            "/credentials/rename",
            [post(credentials_rename::rename)],
        ));
    // Paths with parameters are matched last.
    admin::configure(app);
}
