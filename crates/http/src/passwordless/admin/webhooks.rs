//! `GET` and `POST /admin/apps/{appId}/webhooks`, and `DELETE /admin/apps/{appId}/webhooks/{id}`: who else is told of events.
//! Upstream has nothing like it.

use actix_web::{HttpResponse, http::StatusCode};
use passkeyd_domain::EventKind;
use passkeyd_service::Error;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{app_id, of_app};
use crate::{
    body::Members,
    context::Call,
    description::{Operation, guid, list_of, object, text, words},
    problem::Problem,
    respond::{self, Values},
    validation::Validation,
};

const LONGEST_URL: usize = 2048;

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let webhooks = call.service().list_webhooks(&app_id(&call)?).await?;
    let values = webhooks
        .iter()
        .map(|webhook| WebhookReply {
            id: webhook.id,
            url: &webhook.url,
            event_types: &webhook.kinds,
            secret: None,
        })
        .collect();
    respond::json(&Values { values })
}

pub(crate) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let app = app_id(&call);
    let context = call.context();
    let body = call.body("CreateWebhook").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let url = rules.required("url", body.text("url")?);
    rules.length("url", &url, LONGEST_URL);
    rules.finish()?;
    let kinds = kinds(&body)?;
    let made = context
        .service()
        .create_webhook(&app?, &url, &kinds)
        .await?;
    respond::json_with(
        StatusCode::CREATED,
        &WebhookReply {
            id: made.webhook.id,
            url: &made.webhook.url,
            event_types: &made.webhook.kinds,
            secret: Some(&made.secret),
        },
    )
}

pub(crate) async fn delete(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let app = app_id(&call)?;
    let id = Uuid::try_parse(call.path_segment("webhook")).map_err(|_| Error::WebhookNotFound)?;
    call.service().delete_webhook(&app, id).await?;
    Ok(respond::no_content())
}

pub(super) fn describe_list(it: Operation) -> Operation {
    of_app(it, "Lists who is told of an app's events")
        .gives::<Values<WebhookReply<'static>>>(200, "The webhooks, without their secrets.")
        .refuses(400, "`app_not_found`.")
}

pub(super) fn describe_create(it: Operation) -> Operation {
    let kinds: Vec<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    of_app(it, "Tells a URL of an app's events")
        .details("Each event is posted as JSON, signed with the secret, and tried again where nobody takes it.")
        .takes(
            object()
                .required("url", text().filled().longest(LONGEST_URL), "Where events are posted.")
                .optional("eventTypes", list_of(words(&kinds)).or_null(), "Which events; none: all."),
        )
        .gives::<WebhookReply<'static>>(201, "The webhook, with its secret, shown this once.")
        .refuses(400, "`app_not_found`.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    of_app(it, "Tells a URL no more of an app's events")
        .path("webhook", guid(), "The id of the webhook.")
        .gives_nothing(204, "There is no such webhook.")
        .refuses(400, "`app_not_found`.")
        .refuses(404, "There was none.")
}

/// The names of events of a body; none: all.
fn kinds(body: &Members<'_>) -> Result<Vec<EventKind>, Problem> {
    let names = body.texts("eventTypes")?.unwrap_or_default();
    names
        .iter()
        .map(|name| {
            let name = name.as_deref().unwrap_or("");
            let known = EventKind::ALL.iter().find(|kind| kind.as_str() == name);
            known
                .copied()
                .ok_or_else(|| body.wrong("eventTypes", "a list of names of events"))
        })
        .collect()
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct WebhookReply<'a> {
    id: Uuid,
    url: &'a str,
    event_types: &'a [String],
    /// Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}
