//! `POST /register/begin`: the options for the browser (contract section 2.2).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::registration::BeginRegistration;

use super::options::{CreationOptionsReply, Reply};
use crate::{
    context::Call,
    description::{Operation, object, text},
    keys::PUBLIC_KEY,
    problem::Problem,
    respond,
};

pub(crate) async fn begin(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.public_key(Scope::REGISTER).await?;
    let context = call.context();
    let body = call.body("FidoRegistrationBegin").await?;
    let body = body.members()?;
    let command = BeginRegistration {
        token: body.owned_text("token")?,
        rp_id: body.owned_text("RPID")?,
        origin: body.owned_text("Origin")?,
    };
    let begun = context
        .service()
        .begin_registration(&caller, command)
        .await?;
    respond::json(&Reply {
        data: CreationOptionsReply::of(&begun.options),
        session: &begun.session,
    })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("registration", "Gives the options with which the browser makes a passkey")
        .by(&PUBLIC_KEY)
        .scope(Scope::REGISTER)
        .takes(
            object()
                .required("token", text(), "The `register_` token.")
                .required("RPID", text().filled(), "The RP id: the domain that the passkey is for.")
                .required("Origin", text().filled(), "The origin of the page."),
        )
        .gives::<Reply<'static, CreationOptionsReply<'static>>>(
            200,
            "`data` goes to `navigator.credentials.create`, `session` to `/register/complete`.",
        )
        .refuses(400, "`missing_token`, `invalid_token`, `invalid_token_format`, `invalid_argument`, `invalid_attestation`, `attestation_not_supported_on_plan`.")
        .refuses(403, "`expired_token`.")
}
