//! `/access-tokens`: logging in, refreshing, logging out.

use passkeyd_service::passwords::Password;

use super::{
    exchange::{Exchange, Reply},
    of_account,
    refusal::Refusal,
    users::GrantReply,
};
use crate::description::{Operation, object, text};

pub(super) async fn log_in(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, realm, client) = (exchange.context(), exchange.realm()?, exchange.client());
    let mut fields = exchange.fields().await?;
    let email = fields.text("email");
    let password = fields.password("password", |text| {
        Password::presented(text).map_err(|rule| vec![rule])
    });
    fields.finish()?;
    let Some(password) = password else {
        return Err(Refusal::bad_request("A field is missing."));
    };
    let service = context.service();
    let grant = service
        .log_in(&realm, &client, email.trim(), password)
        .await?;
    Reply::created(&GrantReply::of(&grant))
}

pub(super) async fn refresh(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, realm, client) = (exchange.context(), exchange.realm()?, exchange.client());
    let mut fields = exchange.fields().await?;
    let token = fields.text("refresh_token");
    fields.finish()?;
    let service = context.service();
    let grant = service.refresh(&realm, &client.issuer, &token).await?;
    Reply::ok(&GrantReply::of(&grant))
}

pub(super) async fn log_out(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, signed_in) = (exchange.context(), exchange.signed_in().await?);
    // Some clients send no body with DELETE.
    let token = if let Some(token) = exchange.query("refresh_token") {
        token
    } else {
        let mut fields = exchange.fields().await?;
        let token = fields.text("refresh_token");
        fields.finish()?;
        token
    };
    context.service().log_out(&signed_in, &token).await?;
    Ok(Reply::no_content())
}

pub(super) fn describe_log_in(it: Operation) -> Operation {
    it.about("access tokens", "Logs in with a password")
        .takes(
            object()
                .required("email", text().filled(), "The mail address.")
                .required("password", text().filled(), "The password."),
        )
        .gives::<GrantReply<'static>>(201, "The person is signed in.")
        .refuses(401, "The address or the password is wrong.")
        .refuses(404, "No tenant is meant.")
        .refuses(429, "Too many attempts; see `Retry-After`.")
}

pub(super) fn describe_refresh(it: Operation) -> Operation {
    it.about("access tokens", "Makes a new access token")
        .takes(object().required("refresh_token", text().filled(), "What logging in gave."))
        .gives::<GrantReply<'static>>(200, "The new token.")
        .refuses(401, "The refresh token is not valid.")
        .refuses(404, "No tenant is meant.")
}

pub(super) fn describe_log_out(it: Operation) -> Operation {
    of_account(it, "access tokens", "Logs out")
        .details("The refresh token stands in the query or in the body.")
        .optional_query("refresh_token", text(), "What logging in gave.")
        .may_take(object().optional("refresh_token", text(), "What logging in gave."))
        .gives_nothing(204, "The session has ended.")
}
