//! `POST /users/delete` (contract section 2.14).

use actix_web::HttpResponse;
use passkeyd_domain::UserId;

use crate::{context::Call, problem::Problem, respond, validation::Validation};

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
