//! `GET /events`: what happened to an app (contract section 2.16).

use actix_web::HttpResponse;
use passkeyd_domain::{Event, EventKind, ports::EventFilter};
use passkeyd_service::Caller;
use schemars::JsonSchema;
use serde::Serialize;

use super::paging::{Paging, describe_paging};
use crate::{
    context::Call,
    description::{Operation, instant, integer, list_of, text, words},
    keys::SECRET_KEY,
    problem::Problem,
    query::{Query, unparsable},
    respond::{self, Zoneless},
    validation::Validation,
};

const DEFAULT_SIZE: i32 = 100;
const LARGEST_SIZE: i32 = 1000;

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let query = Query::of(call.request());
    let filters = ["eventType", "performedBy", "subject", "from", "before"];
    if let Some(paging) = Paging::of(&query, &filters)? {
        return page(&call, &caller, &query, &paging).await;
    }
    let page: i32 = query.required_parsed("int PageNumber")?;
    let size: Option<i32> = query.parsed("int NumberOfResults")?;
    let mut rules = Validation::default();
    rules.range("pageNumber", Some(page), 1, i32::MAX);
    rules.range("numberOfResults", size, 1, LARGEST_SIZE);
    rules.finish()?;
    let size = size.unwrap_or(DEFAULT_SIZE);
    let events = call
        .service()
        .list_events(&caller, page.unsigned_abs(), size.unsigned_abs())
        .await?;
    respond::json(&EventsReply {
        tenant_id: caller.tenant().as_str(),
        total_event_count: events.total,
        events: events.events.iter().map(EventReply::of).collect(),
    })
}

pub(super) fn describe(it: Operation) -> Operation {
    let kinds: Vec<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let it = it
        .about("event logging", "Lists what happened, newest first")
        .details("By `pageNumber`, or by `cursor` and filters.")
        .by(&SECRET_KEY)
        .optional_query(
            "pageNumber",
            integer(1, i32::MAX.into()),
            "Which page; needed unless any of the other parameters but `numberOfResults` is there.",
        )
        .optional_query(
            "numberOfResults",
            integer(1, LARGEST_SIZE.into()).or(DEFAULT_SIZE),
            "How many a page of a number has.",
        )
        .optional_query(
            "eventType",
            list_of(words(&kinds)),
            "Only events of these types.",
        )
        .optional_query("performedBy", text(), "Only events of whom.")
        .optional_query("subject", text(), "Only events about whom.")
        .optional_query("from", instant(), "Only events from then on.")
        .optional_query("before", instant(), "Only events before then.");
    describe_paging(it)
        .gives::<EventsReply<'static>>(200, "The events: by number with `totalEventCount`,")
        .gives::<EventPageReply<'static>>(200, "by cursor with `next`.")
        .refuses(403, "The app does not log events.")
}

/// The events that the filters leave.
async fn page(
    call: &Call,
    caller: &Caller,
    query: &Query,
    paging: &Paging<'_>,
) -> Result<HttpResponse, Problem> {
    let known = |name: &str| {
        let mut all = EventKind::ALL.iter();
        all.find(|kind| kind.as_str().eq_ignore_ascii_case(name))
            .copied()
            .ok_or_else(|| unparsable("string EventType", name))
    };
    let filter = EventFilter {
        kinds: query
            .all("eventType")
            .into_iter()
            .filter(|name| !name.is_empty())
            .map(known)
            .collect::<Result<_, _>>()?,
        performed_by: query.filter("performedBy")?,
        subject: query.filter("subject")?,
        from: query.parsed("DateTime From")?,
        before: query.parsed("DateTime Before")?,
    };
    let page = call
        .service()
        .find_events(caller, filter, paging.cursor, paging.limit)
        .await?;
    respond::json(&EventPageReply {
        tenant_id: caller.tenant().as_str(),
        events: page.items.iter().map(EventReply::of).collect(),
        next: page.next,
    })
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventPageReply<'a> {
    tenant_id: &'a str,
    events: Vec<EventReply<'a>>,
    next: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventsReply<'a> {
    tenant_id: &'a str,
    total_event_count: u64,
    events: Vec<EventReply<'a>>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventReply<'a> {
    performed_at: Zoneless,
    message: &'a str,
    performed_by: &'a str,
    tenant_id: &'a str,
    event_type: &'static str,
    severity: &'static str,
    subject: &'a str,
    api_key_id: &'a str,
}

impl<'a> EventReply<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            performed_at: Zoneless(event.performed_at),
            message: &event.message,
            performed_by: &event.performed_by,
            tenant_id: event.tenant.as_str(),
            event_type: event.kind.as_str(),
            severity: event.kind.severity().as_str(),
            subject: &event.subject,
            api_key_id: event.api_key_id.as_ref().map_or("", |key_id| &key_id.0),
        }
    }
}
