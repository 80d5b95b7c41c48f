//! The paths of ceremonies, of what users do with their passkeys, and of what clients tell.

use actix_web::http::Method;

use super::{client_events, models, on, passkeys, registration, sign_in, transactions};
use crate::routes::On;

pub(super) fn add(add: &mut dyn FnMut(&str, Vec<On>)) {
    add(
        "/client-events/submit",
        vec![on(Method::POST, client_events::submit).described(client_events::describe)],
    );
    add(
        "/reg/init",
        vec![on(Method::POST, registration::init).described(registration::describe_init)],
    );
    add(
        "/reg/complete",
        vec![on(Method::POST, registration::complete).described(registration::describe_complete)],
    );
    add(
        "/auth/init",
        vec![on(Method::POST, sign_in::init).described(sign_in::describe_init)],
    );
    add(
        "/auth/complete",
        vec![on(Method::POST, sign_in::complete).described(sign_in::describe_complete)],
    );
    add(
        "/tx/init",
        vec![on(Method::POST, transactions::init).described(transactions::describe_init)],
    );
    add(
        "/tx/complete",
        vec![on(Method::POST, transactions::complete).described(transactions::describe_complete)],
    );
    add(
        "/passkeys",
        vec![on(Method::GET, passkeys::list).described(passkeys::describe_list)],
    );
    add(
        "/passkeys/aaguid/{aaguid}",
        vec![on(Method::GET, models::show).described(models::describe)],
    );
    add(
        "/passkeys/{id}",
        vec![
            on(Method::PUT, passkeys::rename).described(passkeys::describe_rename),
            on(Method::DELETE, passkeys::delete).described(passkeys::describe_delete),
        ],
    );
}
