//! `POST /signin/complete`: the authenticator's answer is verified (contract section 2.5).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::{Error, sign_in::CompleteSignIn};

use super::responses;
use crate::{
    context::Call,
    description::{Operation, object, text},
    keys::PUBLIC_KEY,
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

pub(super) fn describe(it: Operation) -> Operation {
    it.about("sign-in", "Verifies what the passkey signed")
        .by(&PUBLIC_KEY)
        .scope(Scope::LOGIN)
        .takes(
            object()
                .required("session", text(), "The session of `/signin/begin`; it is good once.")
                .required("response", responses::assertion_shape(), "What `navigator.credentials.get` gave.")
                .required("Origin", text().filled(), "The origin of the page.")
                .optional("RPID", text().or_null(), "The RP id; the session knows it already."),
        )
        .gives::<TokenReply>(200, "A `verify_` token for your back end.")
        .refuses(400, "`unknown_credential`, `signin_complete_error`, or a session that is missing or not valid.")
        .refuses(403, "`expired_token`: the session has ended.")
}
