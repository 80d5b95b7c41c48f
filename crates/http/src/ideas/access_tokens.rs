//! `/access-tokens`: logging in, refreshing, logging out.

use passkeyd_service::passwords::Password;

use super::{
    exchange::{Exchange, Reply},
    refusal::Refusal,
    users::GrantReply,
};

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
