//! `POST /signin/begin`: the options for the browser (contract section 2.4).

use actix_web::HttpResponse;
use passkeyd_domain::Scope;
use passkeyd_service::sign_in::{BeginSignIn, SignInUser};

use super::options::{Reply, RequestOptionsReply};
use crate::{
    context::Call,
    description::{Operation, object, text},
    keys::PUBLIC_KEY,
    problem::Problem,
    respond,
};

pub(crate) async fn begin(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.public_key(Scope::LOGIN).await?;
    let context = call.context();
    let body = call.body("SignInBegin").await?;
    let body = body.members()?;
    let named = |text: Option<String>| text.filter(|text| !text.is_empty());
    let user_id = named(body.owned_text("userId")?).map(SignInUser::UserId);
    let alias = named(body.owned_text("alias")?).map(SignInUser::Alias);
    let command = BeginSignIn {
        user: user_id.or(alias),
        purpose: body.owned_text("purpose")?,
        rp_id: body.owned_text("RPID")?,
        origin: body.owned_text("Origin")?,
    };
    let begun = context.service().begin_sign_in(&caller, command).await?;
    respond::json(&Reply {
        data: RequestOptionsReply::of(&begun.options),
        session: &begun.session,
    })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("sign-in", "Gives the options with which the browser asks for a passkey")
        .details("Without a user, and for one who is not known, the browser offers the passkeys that it finds.")
        .by(&PUBLIC_KEY)
        .scope(Scope::LOGIN)
        .takes(
            object()
                .optional("userId", text().or_null(), "Who signs in. It goes before `alias`.")
                .optional("alias", text().or_null(), "An alias of who signs in.")
                .optional("purpose", text().or_null().or("sign-in"), "Which authentication configuration is meant.")
                .required("RPID", text().filled(), "The RP id: the domain of the passkeys.")
                .required("Origin", text().filled(), "The origin of the page."),
        )
        .gives::<Reply<'static, RequestOptionsReply<'static>>>(
            200,
            "`data` goes to `navigator.credentials.get`, `session` to `/signin/complete`.",
        )
}
