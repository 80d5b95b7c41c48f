//! `POST /signin/generate-token`: a verify token without a passkey (contract section 2.7).

use std::time::Duration;

use actix_web::HttpResponse;
use passkeyd_domain::{Purpose, Scope, UserId};
use passkeyd_service::verification::GenerateToken;

use crate::{
    context::Call,
    description::{Operation, integer, object, text},
    keys::SECRET_KEY,
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

pub(super) fn describe(it: Operation) -> Operation {
    it.about("sign-in", "Makes a verify token without a passkey")
        .details("For recovery and the like. The user need not be known.")
        .by(&SECRET_KEY)
        .scope(Scope::TOKEN_VERIFY)
        .takes(
            object()
                .required("userId", text().filled(), "Who is to be signed in.")
                .optional(
                    "timeToLive",
                    integer(1, LONGEST_LIFETIME.into())
                        .or_null()
                        .or(DEFAULT_LIFETIME),
                    "For how many seconds the token is good.",
                )
                .optional(
                    "purpose",
                    text().or_null().or(Purpose::SIGN_IN),
                    "Copied into the token.",
                )
                .optional("RPID", text().or_null(), "Copied into the token.")
                .optional("Origin", text().or_null(), "Copied into the token."),
        )
        .gives::<TokenReply>(200, "A `verify_` token.")
        .refuses(403, "The app has this switched off.")
}
