//! The management of apps by the operator (contract section 2.21).

mod availability;
mod create;
mod deletion;
mod features;
mod freeze;
mod keys_change;
mod keys_create;
mod keys_list;
mod webhooks;

use actix_web::web::ServiceConfig;
use passkeyd_domain::{KeyId, TenantId};
use passkeyd_service::Error;

use crate::{
    app::{delete, endpoint, get, post},
    context::Call,
};

pub(super) fn configure(app: &mut ServiceConfig) {
    app.service(endpoint(
        "/apps/list-pending-deletion",
        [get(deletion::list_due)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/available",
        [get(availability::is_available)],
    ))
    .service(endpoint("/admin/apps/{app}/create", [post(create::create)]))
    .service(endpoint("/admin/apps/{app}/freeze", [post(freeze::freeze)]))
    .service(endpoint(
        "/admin/apps/{app}/unfreeze",
        [post(freeze::unfreeze)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/public-keys",
        [post(keys_create::create_public)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/secret-keys",
        [post(keys_create::create_secret)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/api-keys",
        [get(keys_list::list)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/api-keys/{key}/lock",
        [post(keys_change::lock)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/api-keys/{key}/unlock",
        [post(keys_change::unlock)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/api-keys/{key}",
        [delete(keys_change::delete)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/mark-delete",
        [post(deletion::mark)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/cancel-delete",
        [post(deletion::cancel)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/can-delete-immediately",
        [get(deletion::can_be_immediate)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/features",
        [get(features::show), post(features::replace)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/webhooks",
        [get(webhooks::list), post(webhooks::create)],
    ))
    .service(endpoint(
        "/admin/apps/{app}/webhooks/{webhook}",
        [delete(webhooks::delete)],
    ))
    .service(endpoint("/admin/apps/{app}", [delete(deletion::delete)]));
}

/// The app that the path names, as it is written there.
fn named_app(call: &Call) -> String {
    call.path_segment("app").to_owned()
}

/// The app that the path names. What can be no app's name is no app.
fn app_id(call: &Call) -> Result<TenantId, Error> {
    named_app(call).parse().map_err(|_| Error::AppNotFound)
}

/// The key that the path names.
fn key_id(call: &Call) -> Result<(TenantId, KeyId), Error> {
    let app = app_id(call).map_err(|_| Error::KeyNotFound)?;
    let key = call.path_segment("key");
    match passkeyd_domain::text::storable(key) {
        Ok(()) => Ok((app, KeyId(key.to_owned()))),
        Err(_) => Err(Error::KeyNotFound),
    }
}
