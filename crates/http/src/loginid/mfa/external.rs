//! `POST /mfa/third-party/verify` (41).

use serde::Deserialize;

use super::{
    MFA,
    next::{self, MfaNextReply, MfaReply},
};
use crate::{
    description::{Operation, object, text},
    loginid::{
        exchange::{Exchange, Reply},
        refusal::Refusal,
        responses::SESSION,
    },
};

pub(super) async fn verify(mut exchange: Exchange) -> Result<Reply, Refusal> {
    let session = exchange.session().await?;
    let body: MfaThirdPartyVerify = exchange.json().await?;
    let issuer = exchange.base_url(session.realm()).await?;
    let outcome = exchange
        .service()
        .verify_mfa_external(&session, &body.token, &issuer)
        .await?;
    next::outcome(&exchange, session.realm(), outcome)
}

#[derive(Deserialize)]
struct MfaThirdPartyVerify {
    token: String,
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about(MFA, "Takes a token of a back end that signed the user in")
        .by(&SESSION)
        .takes(object().required("token", text(), "The token of /mgmt/grant/external-auth."))
        .refuses(403, "The user is not active.")
        .refuses(404, "The user is gone.")
        .gives::<MfaNextReply>(401, "What may be done next.")
        .gives::<MfaReply>(200, "The user is signed in.")
}
