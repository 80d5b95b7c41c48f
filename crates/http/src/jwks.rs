//! `GET /.well-known/jwks.json`: the keys that others check a tenant's tokens with (RFC 7517).

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
};
use passkeyd_service::{
    Error,
    accounts::Realm,
    bearer_tokens::LOGINID,
    signing::{IDEA_POOL, Jwks},
};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::{
    context::{Call, Context},
    description::Operation,
    edge::not_found,
    problem::Problem,
    respond,
    routes::{Routes, get},
    tenancy,
};

/// Well below the time for which a key that was rotated out stays listed.
pub(crate) const FOR_FIVE_MINUTES: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub(crate) fn configure(routes: &mut Routes<'_>) {
    for path in [
        "/.well-known/jwks.json",
        "/apps/{app}/.well-known/jwks.json",
    ] {
        routes.add(path, [get(list).described(describe)]);
    }
}

fn describe(it: Operation) -> Operation {
    it.about(
        "server",
        "Lists the keys that a tenant's tokens are checked with",
    )
    .gives::<KeySet>(200, "A JSON Web Key Set (RFC 7517).")
    .refuses(404, "No tenant is meant.")
}

/// A JSON Web Key Set (RFC 7517 section 5).
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the set comes from the key ring as JSON")]
pub(crate) struct KeySet {
    /// The keys.
    keys: Vec<Map<String, Value>>,
}

/// The keys of a tenant, of all surfaces. Those of the surfaces that are on are made where there are none yet.
pub(crate) async fn key_set(context: &Context, realm: &Realm) -> Result<Jwks, Error> {
    let surfaces = context.settings().surfaces;
    let wanted = [
        surfaces.loginid.then_some(LOGINID),
        surfaces.idea_pool.then_some(IDEA_POOL),
    ];
    let wanted: Vec<_> = wanted.into_iter().flatten().collect();
    context.service().jwks(realm, &wanted).await
}

async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let context = call.context();
    let tenancy = tenancy::resolve(&context, call.request())
        .await?
        .ok_or_else(not_found)?;
    let mut response = respond::json(&key_set(&context, &tenancy.realm).await?)?;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, FOR_FIVE_MINUTES);
    Ok(response)
}
