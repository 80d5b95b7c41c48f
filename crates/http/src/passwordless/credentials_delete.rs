//! `POST /credentials/delete` (contract section 2.11).

use actix_web::{HttpResponse, http::StatusCode};
use passkeyd_domain::CredentialId;
use passkeyd_service::Error;

use crate::{
    body::base64url,
    context::Call,
    description::{Operation, base64url as base64url_shape, object},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
};

pub(crate) async fn delete(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("CredentialsDelete").await?;
    let body = body.members()?;
    let named = body.text("credentialId")?.unwrap_or_default();
    if named.trim().is_empty() {
        return Err(Problem::uncoded(
            StatusCode::BAD_REQUEST,
            "credentialId must not be null or empty",
        ));
    }
    let credential_id = base64url(&named)
        .and_then(|bytes| CredentialId::new(bytes).ok())
        .ok_or_else(|| body.wrong("credentialId", "the base64url of a credential id"))?;
    match context
        .service()
        .delete_credential(&caller, &credential_id)
        .await
    {
        Ok(()) => Ok(respond::no_content()),
        Err(error @ Error::UnknownCredential) => {
            Err(Problem::from(error).with_credential_id(named.into_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("credentials", "Deletes a passkey")
        .by(&SECRET_KEY)
        .takes(object().required(
            "credentialId",
            base64url_shape().filled(),
            "The passkey: `descriptor.id` of the list.",
        ))
        .gives_nothing(204, "It signs nobody in from now on.")
        .refuses(400, "`unknown_credential`.")
}
