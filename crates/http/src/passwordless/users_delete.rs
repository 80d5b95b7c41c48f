//! `POST /users/delete` (contract section 2.14).

use actix_web::HttpResponse;
use passkeyd_domain::UserId;

use crate::{
    context::Call,
    description::{Operation, object, text},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

pub(crate) async fn delete(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("UserDeletePayload").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let user_id = rules.required("userId", body.text("userId")?);
    rules.finish()?;
    let user_id = UserId::new(user_id).map_err(|_| body.wrong("userId", "a text"))?;
    context.service().delete_user(&caller, &user_id).await?;
    Ok(respond::empty())
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("users", "Deletes a user with all passkeys and aliases")
        .by(&SECRET_KEY)
        .takes(object().required("userId", text().filled(), "The user."))
        .gives_nothing(200, "There is no such user now, if there was before.")
}
