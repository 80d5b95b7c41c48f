//! `POST /credentials/rename`: gives a passkey another name for people. Upstream has nothing like it.

use actix_web::HttpResponse;
use passkeyd_domain::CredentialId;
use passkeyd_service::Error;

use super::register_complete::check_nickname;
use crate::{body::base64url, context::Call, problem::Problem, respond, validation::Validation};

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
