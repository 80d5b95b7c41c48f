//! The end of an app: planned, taken back, carried out.

use actix_web::HttpResponse;
use passkeyd_service::app_lifecycle::Deletion;
use schemars::JsonSchema;
use serde::Serialize;

use super::{app_id, of_app};
use crate::{
    context::Call,
    description::{Operation, object, text},
    keys::MANAGEMENT_KEY,
    problem::Problem,
    respond::{self, Utc},
};

/// `POST /admin/apps/{appId}/mark-delete`.
pub(crate) async fn mark(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let app = app_id(&call);
    let context = call.context();
    let body = call.body("MarkDeleteApp").await?;
    let deleted_by = body.members()?.owned_text("deletedBy")?;
    let deleted_by = deleted_by.filter(|name| !name.trim().is_empty());
    let deletion = context
        .service()
        .mark_for_deletion(&app?, deleted_by.as_deref().unwrap_or("Unknown User"))
        .await?;
    DeletionReply::of(&deletion)
}

/// `POST /admin/apps/{appId}/cancel-delete`.
pub(crate) async fn cancel(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    call.service().cancel_deletion(&app_id(&call)?).await?;
    respond::json(&MessageReply {
        message: "The app is no longer going to be deleted.",
    })
}

/// `GET /admin/apps/{appId}/can-delete-immediately`.
pub(crate) async fn can_be_immediate(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let app = app_id(&call)?;
    respond::json(&call.service().can_delete_immediately(&app).await?)
}

/// `DELETE /admin/apps/{appId}`.
pub(crate) async fn delete(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let deletion = call.service().delete_due_app(&app_id(&call)?).await?;
    DeletionReply::of(&deletion)
}

/// `GET /apps/list-pending-deletion`.
pub(crate) async fn list_due(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let due = call.service().apps_due_for_deletion().await?;
    respond::json(&due)
}

pub(super) fn describe_mark(it: Operation) -> Operation {
    of_app(it, "Deletes an app, at once or in a month")
        .details("At once if it is younger than three days or has no passkeys; else its keys are locked until then.")
        .takes(object().optional("deletedBy", text().or_null(), "Who did it, for the events."))
        .gives::<DeletionReply<'static>>(200, "What was done.")
        .refuses(400, "`app_not_found`, `app_pending_deletion`.")
}

pub(super) fn describe_cancel(it: Operation) -> Operation {
    of_app(it, "Takes a planned deletion of an app back")
        .gives::<MessageReply>(200, "The app works again.")
        .refuses(400, "`app_not_found`.")
}

pub(super) fn describe_can_be_immediate(it: Operation) -> Operation {
    of_app(it, "Tells whether an app would be deleted at once")
        .gives::<bool>(200, "Whether it would.")
        .refuses(400, "`app_not_found`.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    of_app(it, "Deletes an app whose time has come")
        .gives::<DeletionReply<'static>>(200, "What was done.")
        .refuses(400, "`app_not_found`, `app_not_pending_deletion`.")
}

pub(super) fn describe_list_due(it: Operation) -> Operation {
    it.about("management", "Lists the apps whose time has come")
        .by(&MANAGEMENT_KEY)
        .gives::<Vec<String>>(200, "Their ids.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletionReply<'a> {
    message: &'static str,
    is_deleted: bool,
    delete_at: Utc,
    admin_emails: &'a [String],
}

impl<'a> DeletionReply<'a> {
    fn of(deletion: &'a Deletion) -> Result<HttpResponse, Problem> {
        respond::json(&Self {
            message: if deletion.is_deleted {
                "The app was deleted."
            } else {
                "The app was frozen and is going to be deleted."
            },
            is_deleted: deletion.is_deleted,
            delete_at: Utc(deletion.delete_at),
            admin_emails: &deletion.admin_emails,
        })
    }
}

#[derive(JsonSchema, Serialize)]
struct MessageReply {
    message: &'static str,
}
