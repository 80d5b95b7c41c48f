//! `GET /admin/apps/{appId}/api-keys`.

use actix_web::HttpResponse;
use passkeyd_domain::{ApiKey, KeyKind, TenantId};
use schemars::JsonSchema;
use serde::Serialize;

use super::{named_app, of_app};
use crate::{
    context::Call,
    description::Operation,
    problem::Problem,
    respond::{self, Zoneless},
};

pub(crate) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let keys = match named_app(&call).parse::<TenantId>() {
        Ok(app) => call.service().list_keys(&app).await?,
        Err(_) => Vec::new(),
    };
    let replies: Vec<_> = keys.iter().filter_map(ApiKeyReply::of).collect();
    respond::json(&replies)
}

pub(super) fn describe(it: Operation) -> Operation {
    of_app(it, "Lists the keys of an app")
        .gives::<Vec<ApiKeyReply<'static>>>(200, "The keys; of secret ones only the end.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiKeyReply<'a> {
    id: &'a str,
    created_at: Zoneless,
    api_key: String,
    r#type: u8,
    scopes: Vec<&'a str>,
    is_locked: bool,
    last_locked_at: Option<Zoneless>,
}

impl<'a> ApiKeyReply<'a> {
    /// None for keys of other surfaces.
    fn of(key: &'a ApiKey) -> Option<Self> {
        let (number, text) = match key.kind {
            KeyKind::Public => (1, key.stored.clone()),
            KeyKind::Secret => {
                let hidden = "*".repeat(28);
                (2, format!("{}:secret:{hidden}{}", key.tenant, key.key_id))
            }
            KeyKind::Api => return None,
        };
        Some(Self {
            id: &key.key_id.0,
            created_at: Zoneless(key.created_at),
            api_key: text,
            r#type: number,
            scopes: key.scopes.iter().map(|scope| scope.0.as_str()).collect(),
            is_locked: key.is_locked(),
            last_locked_at: key.last_locked_at.map(Zoneless),
        })
    }
}
