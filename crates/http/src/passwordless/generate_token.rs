//! `POST /signin/generate-token`: a verify token without a passkey (contract section 2.7).

use std::time::Duration;

use actix_web::HttpResponse;
use passkeyd_domain::{Purpose, Scope, UserId};
use passkeyd_service::verification::GenerateToken;

use crate::{
    context::Call,
    problem::Problem,
    respond::{self, TokenReply},
    validation::Validation,
};

const DEFAULT_LIFETIME: i32 = 120;
const LONGEST_LIFETIME: i32 = 604_800;

pub(crate) async fn generate(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(Some(Scope::TOKEN_VERIFY)).await?;
    let context = call.context();
    let body = call.body("SigninTokenRequest").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let user_id = rules.required("userId", body.text("userId")?);
    let lifetime = body.integer("timeToLive")?.unwrap_or(DEFAULT_LIFETIME);
    if !(1..=LONGEST_LIFETIME).contains(&lifetime) {
        rules.add(
            "timeToLive",
            format!("The field TimeToLiveSeconds must be between 1 and {LONGEST_LIFETIME}."),
        );
    }
    let purpose = body.owned_text("purpose")?;
    let (rp_id, origin) = (body.owned_text("RPID")?, body.owned_text("Origin")?);
    rules.finish()?;
    let command = GenerateToken {
        user_id: UserId::new(user_id).map_err(|_| body.wrong("userId", "a text"))?,
        time_to_live: Duration::from_secs(u64::from(lifetime.unsigned_abs())),
        purpose: purpose.unwrap_or_else(|| Purpose::SIGN_IN.to_owned()),
        rp_id,
        origin,
    };
    let token = context.service().generate_token(&caller, command).await?;
    respond::json(&TokenReply { token })
}
