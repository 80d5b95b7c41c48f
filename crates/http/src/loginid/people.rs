//! The paths of codes, profiles, and what back ends do with users.

use actix_web::http::Method;

use super::{
    codes,
    management::{blacklist, devices, discover, grants, makes, passkeys, tokens, users},
    on, profile,
};
use crate::routes::On;

pub(super) fn add(add: &mut dyn FnMut(&str, Vec<On>)) {
    add(
        "/auth/otp",
        vec![on(Method::POST, codes::show).described(codes::describe_show)],
    );
    add(
        "/auth/otp/email",
        vec![on(Method::POST, codes::email).described(codes::describe_email)],
    );
    add(
        "/auth/otp/sms",
        vec![on(Method::POST, codes::sms).described(codes::describe_sms)],
    );
    add(
        "/auth/otp/verify",
        vec![on(Method::POST, codes::verify).described(codes::describe_verify)],
    );
    of_profiles(add);
    of_management(add);
}

fn of_profiles(add: &mut dyn FnMut(&str, Vec<On>)) {
    add(
        "/profile/email/verify",
        vec![on(Method::POST, profile::verify_email).described(profile::describe_verify_email)],
    );
    add(
        "/profile/phone/verify",
        vec![on(Method::POST, profile::verify_phone).described(profile::describe_verify_phone)],
    );
    add(
        "/profile/{id}",
        vec![on(Method::DELETE, profile::delete).described(profile::describe_delete)],
    );
    add(
        "/profile/{id}/email",
        vec![
            on(Method::DELETE, profile::remove_email).described(profile::describe_remove_email),
            on(Method::POST, profile::add_email).described(profile::describe_add_email),
        ],
    );
    add(
        "/profile/{id}/phone",
        vec![
            on(Method::DELETE, profile::remove_phone).described(profile::describe_remove_phone),
            on(Method::POST, profile::add_phone).described(profile::describe_add_phone),
        ],
    );
}

fn of_management(add: &mut dyn FnMut(&str, Vec<On>)) {
    add(
        "/mgmt/aaguid/blacklist",
        vec![
            on(Method::GET, blacklist::list).described(blacklist::describe_list),
            on(Method::POST, blacklist::put).described(blacklist::describe_put),
            on(Method::PUT, blacklist::put).described(blacklist::describe_put),
            on(Method::DELETE, blacklist::remove).described(blacklist::describe_remove),
        ],
    );
    add(
        "/mgmt/aaguid/{aaguid}",
        vec![on(Method::GET, makes::show).described(makes::describe)],
    );
    add(
        "/mgmt/devices/{deviceId}",
        vec![on(Method::GET, devices::show).described(devices::describe)],
    );
    add(
        "/mgmt/discover",
        vec![on(Method::POST, discover::discover).described(discover::describe)],
    );
    add(
        "/mgmt/passkeys/{passkeyId}",
        vec![
            on(Method::GET, passkeys::show).described(passkeys::describe_show),
            on(Method::PUT, passkeys::rename).described(passkeys::describe_rename),
            on(Method::DELETE, passkeys::delete).described(passkeys::describe_delete),
        ],
    );
    add(
        "/mgmt/users",
        vec![on(Method::GET, users::show).described(users::describe_show)],
    );
    add(
        "/mgmt/grant",
        vec![on(Method::POST, grants::create).described(grants::describe_create)],
    );
    add(
        "/mgmt/grant/external-auth",
        vec![on(Method::POST, grants::external_auth).described(grants::describe_external_auth)],
    );
    add(
        "/mgmt/token/verify",
        vec![on(Method::POST, tokens::verify).described(tokens::describe_verify)],
    );
    add(
        "/mgmt/users/{userId}",
        vec![on(Method::DELETE, users::delete).described(users::describe_delete)],
    );
    add(
        "/mgmt/users/{userId}/activate",
        vec![
            on(Method::PUT, users::activate).described(users::describe_activate),
            on(Method::POST, users::activate).described(users::describe_activate),
        ],
    );
    add(
        "/mgmt/users/{userId}/deactivate",
        vec![
            on(Method::PUT, users::deactivate).described(users::describe_deactivate),
            on(Method::POST, users::deactivate).described(users::describe_deactivate),
        ],
    );
}
