//! `POST /credentials/rename`: gives a passkey another name for people. Upstream has nothing like it.

use actix_web::HttpResponse;
use passkeyd_domain::CredentialId;
use passkeyd_service::Error;

use super::register_complete::{LONGEST_NICKNAME, check_nickname};
use crate::{
    body::base64url,
    context::Call,
    description::{Operation, base64url as base64url_shape, object, text},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

pub(crate) async fn rename(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("CredentialsRename").await?;
    let body = body.members()?;
    let mut rules = Validation::default();
    let named = rules.required("credentialId", body.text("credentialId")?);
    let nickname = body.owned_text("nickname")?;
    check_nickname(&mut rules, nickname.as_deref());
    rules.finish()?;
    let credential_id = base64url(&named)
        .and_then(|bytes| CredentialId::new(bytes).ok())
        .ok_or_else(|| body.wrong("credentialId", "the base64url of a credential id"))?;
    match context
        .service()
        .rename_credential(&caller, &credential_id, nickname)
        .await
    {
        Ok(()) => Ok(respond::no_content()),
        Err(error @ Error::UnknownCredential) => {
            Err(Problem::from(error).with_credential_id(named))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("credentials", "Gives a passkey another name for people")
        .by(&SECRET_KEY)
        .takes(
            object()
                .required(
                    "credentialId",
                    base64url_shape().filled(),
                    "The passkey: `descriptor.id` of the list.",
                )
                .optional(
                    "nickname",
                    text().longest(LONGEST_NICKNAME).or_null(),
                    "Its name from now on; null: it has none.",
                ),
        )
        .gives_nothing(204, "It has that name.")
        .refuses(400, "`unknown_credential`.")
}
