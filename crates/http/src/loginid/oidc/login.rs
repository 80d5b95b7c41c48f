//! `GET /oidc/{providerId}/login` (3).

use actix_web::http::StatusCode;
use passkeyd_service::federation::{BeginFederated, STATE_LIFETIME};

use super::{LocationReply, Place, redirect};
use crate::{
    description::{Operation, text},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
    },
};

pub(in crate::loginid) async fn begin(exchange: Exchange) -> Result<Reply, Refusal> {
    let place = Place::of(&exchange).await?;
    let redirect_uri = exchange
        .query("redirectUri")
        .ok_or_else(|| Refusal::bad_request("The parameter redirectUri is missing."))?;
    let command = BeginFederated {
        provider: place.provider.clone(),
        redirect_uri,
        callback: place.callback.clone(),
    };
    let begun = exchange
        .service()
        .begin_federated_sign_in(&place.realm, command)
        .await?;
    let location = &begun.location;
    let reply = Reply::json(StatusCode::FOUND, &LocationReply { location })?;
    let cookie = place.cookie(&begun.cookie, STATE_LIFETIME.as_secs())?;
    redirect(reply, location, cookie)
}

pub(in crate::loginid) fn describe(it: Operation) -> Operation {
    it.about("loginid", "Begins a sign-in at an OpenID Connect provider")
        .path("providerId", text(), "The provider.")
        .query(
            "redirectUri",
            text(),
            "Where the browser goes afterwards: a page of one of the application's origins.",
        )
        .gives::<LocationReply<'static>>(302, "The browser is sent to the provider.")
        .refuses(401, "The application is frozen.")
        .refuses(404, "There is no such application or provider.")
        .refuses(500, "The provider can't be reached.")
}
