//! `POST /register/complete`: the authenticator's answer is verified and the passkey stored (contract section 2.3).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::registration::CompleteRegistration;

use super::responses;
use crate::{
    context::Call,
    description::{Operation, object, text},
    keys::PUBLIC_KEY,
    problem::Problem,
    respond::{self, TokenReply},
    validation::Validation,
};

pub(super) const LONGEST_NICKNAME: usize = 64;

pub(crate) async fn complete(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.public_key(Scope::REGISTER).await?;
    let (device, country) = (call.device(), call.country());
    let context = call.context();
    let body = call.body("RegistrationComplete").await?;
    let body = body.members()?;
    let command = CompleteRegistration {
        session: body.owned_text("session")?,
        response: responses::attestation(&body)?,
        nickname: body.owned_text("nickname")?,
        origin: body.owned_text("Origin")?,
        device,
        country,
    };
    let mut rules = Validation::default();
    check_nickname(&mut rules, command.nickname.as_deref());
    rules.finish()?;
    let token = context
        .service()
        .complete_registration(&caller, command)
        .await?;
    respond::json(&TokenReply { token })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("registration", "Verifies and stores the passkey that the browser made")
        .by(&PUBLIC_KEY)
        .scope(Scope::REGISTER)
        .takes(
            object()
                .required("session", text(), "The session of `/register/begin`; it is good once.")
                .required("response", responses::attestation_shape(), "What `navigator.credentials.create` gave.")
                .optional("nickname", text().longest(LONGEST_NICKNAME).or_null(), "The passkey's name for people.")
                .required("Origin", text().filled(), "The origin of the page.")
                .optional("RPID", text().or_null(), "The RP id; the session knows it already."),
        )
        .gives::<TokenReply>(200, "A `verify_` token: the user can be signed in right away.")
        .refuses(400, "`fido2_invalid_registration`, `attestation_required`, `authenticator_not_allowed`, or a session that is missing or not valid.")
        .refuses(403, "`expired_token`: the session has ended.")
        .refuses(409, "`alias_conflict`.")
}

/// The rule of names that people give their passkeys.
pub(super) fn check_nickname(rules: &mut Validation, nickname: Option<&str>) {
    if nickname.is_some_and(|name| name.chars().count() > LONGEST_NICKNAME) {
        rules.add("nickname", "Nickname cannot be longer than 64 characters.");
    }
}
