//! `POST /admin/apps/{appId}/api-keys/{id}/lock` and `/unlock`, and `DELETE /admin/apps/{appId}/api-keys/{id}`.

use actix_web::HttpResponse;

use super::{key_id, of_app};
use crate::{
    context::Call,
    description::{Operation, text},
    problem::Problem,
    respond,
};

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

pub(super) fn describe_lock(it: Operation) -> Operation {
    of_key(it, "Locks a key").gives_nothing(204, "Calls with it are refused.")
}

pub(super) fn describe_unlock(it: Operation) -> Operation {
    of_key(it, "Unlocks a key").gives_nothing(204, "Calls with it are answered.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    of_key(it, "Deletes a key").gives_nothing(204, "There is no such key.")
}

fn of_key(it: Operation, summary: &'static str) -> Operation {
    of_app(it, summary)
        .path("key", text(), "The last four characters of the key.")
        .refuses(404, "`api_key_not_found`.")
}
