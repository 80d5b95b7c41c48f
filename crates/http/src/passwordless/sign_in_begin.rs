//! `POST /signin/begin`: the options for the browser (contract section 2.4).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::sign_in::{BeginSignIn, SignInUser};

use super::options::{Reply, RequestOptionsReply};
use crate::{context::Call, problem::Problem, respond};

pub(crate) async fn begin(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.public_key(Scope::LOGIN).await?;
    let context = call.context();
    let body = call.body("SignInBegin").await?;
    let body = body.members()?;
    let named = |text: Option<String>| text.filter(|text| !text.is_empty());
    let user_id = named(body.owned_text("userId")?).map(SignInUser::UserId);
    let alias = named(body.owned_text("alias")?).map(SignInUser::Alias);
    let command = BeginSignIn {
        user: user_id.or(alias),
        purpose: body.owned_text("purpose")?,
        rp_id: body.owned_text("RPID")?,
        origin: body.owned_text("Origin")?,
    };
    let begun = context.service().begin_sign_in(&caller, command).await?;
    respond::json(&Reply {
        data: RequestOptionsReply::of(&begun.options),
        session: &begun.session,
    })
}
