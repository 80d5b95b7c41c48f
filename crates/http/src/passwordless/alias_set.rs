//! `POST /alias`: replaces the aliases of a user (contract section 2.8).

use actix_web::HttpResponse;
use passkeyd_domain::UserId;

use super::register_token::{LONGEST_ALIAS, MOST_ALIASES};
use crate::{
    context::Call,
    description::{Operation, flag, list_of, object, text},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

pub(crate) async fn set(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("AliasPayload").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let user_id = rules.required("userId", body.text("userId")?);
    let aliases = rules.list(
        "aliases",
        body.texts("aliases")?,
        MOST_ALIASES,
        LONGEST_ALIAS,
    );
    if aliases.is_none() {
        rules.add("aliases", "The Aliases field is required.");
    }
    let hashing = body.flag("hashing", true)?;
    rules.finish()?;
    let user_id = UserId::new(user_id).map_err(|_| body.wrong("userId", "a text"))?;
    context
        .service()
        .set_aliases(&caller, user_id, aliases.unwrap_or_default(), hashing)
        .await?;
    Ok(respond::no_content())
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("aliases", "Replaces all aliases of a user")
        .by(&SECRET_KEY)
        .takes(
            object()
                .required(
                    "userId",
                    text().filled(),
                    "The user, who need not have a passkey.",
                )
                .required(
                    "aliases",
                    list_of(text().filled().longest(LONGEST_ALIAS)).at_most(MOST_ALIASES),
                    "The aliases from now on; an empty list removes them all.",
                )
                .optional(
                    "hashing",
                    flag().or(true),
                    "Whether only their hashes are kept.",
                ),
        )
        .gives_nothing(204, "The user has these aliases and no others.")
        .refuses(
            409,
            "`alias_conflict`: one of them is another user's. Nothing was changed.",
        )
}
