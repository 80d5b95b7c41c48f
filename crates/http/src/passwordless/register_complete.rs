//! `POST /register/complete`: the authenticator's answer is verified and the passkey stored (contract section 2.3).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::registration::CompleteRegistration;

use super::responses;
use crate::{
    context::Call,
    problem::Problem,
    respond::{self, TokenReply},
    validation::Validation,
};

const LONGEST_NICKNAME: usize = 64;

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

/// The rule of names that people give their passkeys.
pub(super) fn check_nickname(rules: &mut Validation, nickname: Option<&str>) {
    if nickname.is_some_and(|name| name.chars().count() > LONGEST_NICKNAME) {
        rules.add("nickname", "Nickname cannot be longer than 64 characters.");
    }
}
