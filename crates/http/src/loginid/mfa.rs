//! Sign-in with several factors: endpoints 33 to 41 (contract sections 11.H and 13).

mod begin;
mod codes;
mod discover;
mod external;
mod next;
mod passkeys;
mod payload;

use actix_web::http::Method;

use super::{on, refusal::Refusal};
use crate::routes::On;

/// The longest payload, in bytes.
const LONGEST_PAYLOAD: usize = 65536;

/// The area in descriptions.
const MFA: &str = "mfa";

pub(super) fn add(add: &mut dyn FnMut(&str, Vec<On>)) {
    add(
        "/mfa/begin",
        vec![on(Method::POST, begin::begin).described(begin::describe)],
    );
    add(
        "/mfa/discover",
        vec![on(Method::POST, discover::discover).described(discover::describe)],
    );
    add(
        "/mfa/otp/request",
        vec![on(Method::POST, codes::request).described(codes::describe_request)],
    );
    add(
        "/mfa/otp/verify",
        vec![on(Method::POST, codes::verify).described(codes::describe_verify)],
    );
    add(
        "/mfa/passkey/auth",
        vec![on(Method::POST, passkeys::sign_in).described(passkeys::describe_sign_in)],
    );
    add(
        "/mfa/passkey/reg",
        vec![on(Method::POST, passkeys::register).described(passkeys::describe_register)],
    );
    add(
        "/mfa/passkey/tx",
        vec![on(Method::POST, passkeys::confirm).described(passkeys::describe_confirm)],
    );
    add(
        "/mfa/payload",
        vec![on(Method::POST, payload::replace).described(payload::describe)],
    );
    add(
        "/mfa/third-party/verify",
        vec![on(Method::POST, external::verify).described(external::describe)],
    );
}

fn payload_of(text: String) -> Result<String, Refusal> {
    if text.len() > LONGEST_PAYLOAD {
        return Err(Refusal::bad_request(format!(
            "payload may have up to {LONGEST_PAYLOAD} bytes."
        )));
    }
    Ok(text)
}
