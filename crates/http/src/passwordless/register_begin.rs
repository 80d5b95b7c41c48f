//! `POST /register/begin`: the options for the browser (contract section 2.2).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::registration::BeginRegistration;

use super::options::{CreationOptionsReply, Reply};
use crate::{context::Call, problem::Problem, respond};

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
