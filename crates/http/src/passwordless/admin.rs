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

use passkeyd_domain::{KeyId, TenantId};
use passkeyd_service::Error;

use crate::{
    context::Call,
    description::{Operation, text},
    keys::MANAGEMENT_KEY,
    routes::{Routes, delete, get, post},
};

pub(super) fn configure(routes: &mut Routes<'_>) {
    routes
        .add(
            "/apps/list-pending-deletion",
            [get(deletion::list_due).described(deletion::describe_list_due)],
        )
        .add(
            "/admin/apps/{app}/available",
            [get(availability::is_available).described(availability::describe)],
        )
        .add(
            "/admin/apps/{app}/create",
            [post(create::create).described(create::describe)],
        )
        .add(
            "/admin/apps/{app}/freeze",
            [post(freeze::freeze).described(freeze::describe_freeze)],
        )
        .add(
            "/admin/apps/{app}/unfreeze",
            [post(freeze::unfreeze).described(freeze::describe_unfreeze)],
        )
        .add(
            "/admin/apps/{app}/public-keys",
            [post(keys_create::create_public).described(keys_create::describe_public)],
        )
        .add(
            "/admin/apps/{app}/secret-keys",
            [post(keys_create::create_secret).described(keys_create::describe_secret)],
        )
        .add(
            "/admin/apps/{app}/api-keys",
            [get(keys_list::list).described(keys_list::describe)],
        )
        .add(
            "/admin/apps/{app}/api-keys/{key}/lock",
            [post(keys_change::lock).described(keys_change::describe_lock)],
        )
        .add(
            "/admin/apps/{app}/api-keys/{key}/unlock",
            [post(keys_change::unlock).described(keys_change::describe_unlock)],
        )
        .add(
            "/admin/apps/{app}/api-keys/{key}",
            [delete(keys_change::delete).described(keys_change::describe_delete)],
        )
        .add(
            "/admin/apps/{app}/mark-delete",
            [post(deletion::mark).described(deletion::describe_mark)],
        )
        .add(
            "/admin/apps/{app}/cancel-delete",
            [post(deletion::cancel).described(deletion::describe_cancel)],
        )
        .add(
            "/admin/apps/{app}/can-delete-immediately",
            [get(deletion::can_be_immediate).described(deletion::describe_can_be_immediate)],
        )
        .add(
            "/admin/apps/{app}/features",
            [
                get(features::show).described(features::describe_show),
                post(features::replace).described(features::describe_replace),
            ],
        )
        .add(
            "/admin/apps/{app}/webhooks",
            [
                get(webhooks::list).described(webhooks::describe_list),
                post(webhooks::create).described(webhooks::describe_create),
            ],
        )
        .add(
            "/admin/apps/{app}/webhooks/{webhook}",
            [delete(webhooks::delete).described(webhooks::describe_delete)],
        )
        .add(
            "/admin/apps/{app}",
            [delete(deletion::delete).described(deletion::describe_delete)],
        );
}

/// An operation of the operator on an app.
fn of_app(it: Operation, summary: &'static str) -> Operation {
    it.about("management", summary)
        .by(&MANAGEMENT_KEY)
        .path("app", text(), "The app.")
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
