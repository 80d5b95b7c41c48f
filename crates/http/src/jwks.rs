//! `GET /.well-known/jwks.json`: the keys that others check a tenant's tokens with (RFC 7517).

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web,
};
use passkeyd_service::signing::IDEA_POOL;

use crate::{
    app::{endpoint, get},
    context::Call,
    edge::not_found,
    problem::Problem,
    respond, tenancy,
};

/// Well below the time for which a key that was rotated out stays listed.
const FOR_A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    app.service(endpoint("/.well-known/jwks.json", [get(list)]))
        .service(endpoint("/apps/{app}/.well-known/jwks.json", [get(list)]));
}

async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let context = call.context();
    let tenancy = tenancy::resolve(&context, call.request())
        .await?
        .ok_or_else(not_found)?;
    let keys = context.service().jwks(&tenancy.realm, &[IDEA_POOL]).await?;
    let mut response = respond::json(&keys)?;
    response.headers_mut().insert(CACHE_CONTROL, FOR_A_MINUTE);
    Ok(response)
}
