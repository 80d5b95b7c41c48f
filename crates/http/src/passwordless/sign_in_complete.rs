//! `POST /signin/complete`: the authenticator's answer is verified (contract section 2.5).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::{Error, sign_in::CompleteSignIn};

use super::responses;
use crate::{
    context::Call,
    problem::Problem,
    respond::{self, TokenReply},
};

pub(crate) async fn complete(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.public_key(Scope::LOGIN).await?;
    let (device, country) = (call.device(), call.country());
    let context = call.context();
    let body = call.body("SignInComplete").await?;
    let body = body.members()?;
    let (credential_id, response) = responses::assertion(&body)?;
    let command = CompleteSignIn {
        session: body.owned_text("session")?,
        response,
        origin: body.owned_text("Origin")?,
        device,
        country,
    };
    match context.service().complete_sign_in(&caller, command).await {
        Ok(token) => respond::json(&TokenReply { token }),
        Err(error @ Error::UnknownCredential) => {
            Err(Problem::from(error).with_credential_id(credential_id.into_owned()))
        }
        Err(error) => Err(error.into()),
    }
}
