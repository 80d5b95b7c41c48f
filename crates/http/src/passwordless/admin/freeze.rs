//! `POST /admin/apps/{appId}/freeze` and `/unfreeze`.

use actix_web::HttpResponse;

use super::{app_id, of_app};
use crate::{context::Call, description::Operation, problem::Problem, respond};

pub(crate) async fn freeze(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    call.service().freeze_app(&app_id(&call)?).await?;
    Ok(respond::no_content())
}

pub(crate) async fn unfreeze(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    call.service().unfreeze_app(&app_id(&call)?).await?;
    Ok(respond::no_content())
}

pub(super) fn describe_freeze(it: Operation) -> Operation {
    of_app(it, "Locks every key of an app")
        .gives_nothing(204, "Nobody can use the app now.")
        .refuses(400, "`app_not_found`.")
}

pub(super) fn describe_unfreeze(it: Operation) -> Operation {
    of_app(it, "Unlocks every key of an app")
        .details("Takes a planned deletion back, too.")
        .gives_nothing(204, "The app works again.")
        .refuses(400, "`app_not_found`.")
}
