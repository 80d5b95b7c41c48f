//! The Passwordless surface: the API that the Passwordless.dev SDKs speak.
//!
//! An endpoint is one file: its wire structs and its handler. Every handler goes the same way: who calls (401, 403), what is
//! asked (400, 413, 415), the rules of the fields (400), one use case, the reply.

mod credentials_delete;
mod credentials_list;
mod errors;
mod generate_token;
mod options;
mod register_begin;
mod register_complete;
mod register_token;
mod responses;
mod sign_in_begin;
mod sign_in_complete;
mod verify;

use actix_web::{http::Method, web};

use crate::app::endpoint;

pub(crate) use verify::VerifyReply;

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    // The ones that every sign-in passes stand first.
    app.service(endpoint(
        "/signin/begin",
        [(Method::POST, web::to(sign_in_begin::begin))],
    ))
    .service(endpoint(
        "/signin/complete",
        [(Method::POST, web::to(sign_in_complete::complete))],
    ))
    .service(endpoint(
        "/signin/verify",
        [(Method::POST, web::to(verify::verify))],
    ))
    .service(endpoint(
        "/register/token",
        [(Method::POST, web::to(register_token::create))],
    ))
    .service(endpoint(
        "/register/begin",
        [(Method::POST, web::to(register_begin::begin))],
    ))
    .service(endpoint(
        "/register/complete",
        [(Method::POST, web::to(register_complete::complete))],
    ))
    .service(endpoint(
        "/signin/generate-token",
        [(Method::POST, web::to(generate_token::generate))],
    ))
    .service(endpoint(
        "/credentials/list",
        [
            (Method::GET, web::to(credentials_list::list_by_query)),
            (Method::POST, web::to(credentials_list::list_by_body)),
        ],
    ))
    .service(endpoint(
        "/credentials/delete",
        [(Method::POST, web::to(credentials_delete::delete))],
    ));
}
