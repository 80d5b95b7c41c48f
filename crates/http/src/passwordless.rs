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

use crate::{
    description::Surface,
    routes::{Routes, get, post},
};

pub(crate) use verify::VerifyReply;

/// As others see it.
pub(crate) static SURFACE: Surface = Surface {
    name: "passwordless",
    ..Surface::SERVER
};

pub(crate) fn configure(routes: &mut Routes<'_>) {
    // The ones that every sign-in passes stand first.
    routes
        .add(
            "/signin/begin",
            [post(sign_in_begin::begin).described(sign_in_begin::describe)],
        )
        .add(
            "/signin/complete",
            [post(sign_in_complete::complete).described(sign_in_complete::describe)],
        )
        .add(
            "/signin/verify",
            [post(verify::verify).described(verify::describe)],
        )
        .add(
            "/register/token",
            [post(register_token::create).described(register_token::describe)],
        )
        .add(
            "/register/begin",
            [post(register_begin::begin).described(register_begin::describe)],
        )
        .add(
            "/register/complete",
            [post(register_complete::complete).described(register_complete::describe)],
        )
        .add(
            "/signin/generate-token",
            [post(generate_token::generate).described(generate_token::describe)],
        )
        .add(
            "/credentials/list",
            [
                get(credentials_list::list_by_query).described(credentials_list::describe_by_query),
                post(credentials_list::list_by_body).described(credentials_list::describe_by_body),
            ],
        )
        .add(
            "/credentials/delete",
            [post(credentials_delete::delete).described(credentials_delete::describe)],
        )
        .add(
            "/alias",
            [post(alias_set::set).described(alias_set::describe)],
        )
        .add(
            "/alias/list",
            [get(alias_list::list).described(alias_list::describe)],
        )
        .add(
            "/users/list",
            [get(users_list::list).described(users_list::describe)],
        )
        .add(
            "/users/count",
            [get(users_count::count).described(users_count::describe)],
        )
        .add(
            "/users/delete",
            [post(users_delete::delete).described(users_delete::describe)],
        )
        .add("/events", [get(events::list).described(events::describe)])
        .add(
            "/auth-configs/list",
            [get(auth_configs_list::list).described(auth_configs_list::describe)],
        )
        .add(
            "/auth-configs/add",
            [post(auth_configs_change::add).described(auth_configs_change::describe_add)],
        )
        .add(
            "/auth-configs",
            [post(auth_configs_change::edit).described(auth_configs_change::describe_edit)],
        )
        .add(
            "/auth-configs/delete",
            [post(auth_configs_change::delete).described(auth_configs_change::describe_delete)],
        )
        .add(
            "/apps/features",
            [post(app_features::change).described(app_features::describe)],
        )
        .add(
            "/magic-links/send",
            [post(magic_link_send::send).described(magic_link_send::describe)],
        )
        .add(
            "/authenticators/list",
            [get(authenticators_list::list).described(authenticators_list::describe)],
        )
        .add(
            "/authenticators/add",
            [post(authenticators_change::add).described(authenticators_change::describe_add)],
        )
        .add(
            "/authenticators/remove",
            [
                post(authenticators_change::remove)
                    .described(authenticators_change::describe_remove),
            ],
        )
        .add(
            "/reporting/credentials/periodic",
            [get(reporting::credentials).described(reporting::describe_credentials)],
        )
        .add(
            "/reporting/active-users/periodic",
            [get(reporting::active_users).described(reporting::describe_active_users)],
        )
        .add(
            "/mds/attestation-types",
            [get(mds::attestation_types).described(mds::describe_attestation_types)],
        )
        .add(
            "/mds/certification-statuses",
            [get(mds::certification_statuses).described(mds::describe_certification_statuses)],
        )
        .add(
            "/mds/entries",
            [get(mds::entries).described(mds::describe_entries)],
        )
        .add(
            "/credentials/rename",
            [post(credentials_rename::rename).described(credentials_rename::describe)],
        );
    // Paths with parameters are matched last.
    admin::configure(routes);
}
