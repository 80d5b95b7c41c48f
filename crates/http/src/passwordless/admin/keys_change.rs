//! `POST /admin/apps/{appId}/api-keys/{id}/lock` and `/unlock`, and `DELETE /admin/apps/{appId}/api-keys/{id}`.

use actix_web::HttpResponse;

use super::key_id;
use crate::{context::Call, problem::Problem, respond};

pub(crate) async fn lock(call: Call) -> Result<HttpResponse, Problem> {
    set_lock(&call, true).await
}

pub(crate) async fn unlock(call: Call) -> Result<HttpResponse, Problem> {
    set_lock(&call, false).await
}

pub(crate) async fn delete(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let (app, key) = key_id(&call)?;
    call.service().delete_key(&app, &key).await?;
    Ok(respond::no_content())
}

async fn set_lock(call: &Call, locked: bool) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let (app, key) = key_id(call)?;
    call.service().lock_key(&app, &key, locked).await?;
    Ok(respond::no_content())
}
