//! `POST /admin/apps/{appId}/freeze` and `/unfreeze`.

use actix_web::HttpResponse;

use super::app_id;
use crate::{context::Call, problem::Problem, respond};

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
