//! `/me`: the account that is signed in, and its sessions.

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use passkeyd_domain::Session;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    exchange::{Exchange, Reply},
    of_account,
    refusal::Refusal,
    shown_to_account,
};
use crate::description::{Operation, text};

#[derive(JsonSchema, Serialize)]
struct MeReply<'a> {
    email: &'a str,
    name: &'a str,
    avatar_url: String,
}

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let account = signed_in.account();
    Reply::ok(&MeReply {
        email: account.login(),
        name: account.display_name(),
        avatar_url: avatar_url(account.login()),
    })
}

/// The picture that goes with an address at Gravatar, whose addresses are MD5 sums.
fn avatar_url(email: &str) -> String {
    let hash = Md5::digest(email.trim().to_lowercase());
    format!(
        "https://www.gravatar.com/avatar/{}?d=mm&s=200",
        HEXLOWER.encode(&hash)
    )
}

#[derive(JsonSchema, Serialize)]
struct SessionReply<'a> {
    id: Uuid,
    device: &'a str,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    current: bool,
}

impl<'a> SessionReply<'a> {
    fn of(session: &'a Session, current: Uuid) -> Self {
        Self {
            id: session.id,
            device: &session.device,
            created_at: session.created_at.as_second(),
            last_used_at: session.last_used_at.as_second(),
            expires_at: session.expires_at.as_second(),
            current: session.id == current,
        }
    }
}

pub(super) async fn list_sessions(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let current = signed_in.session().id;
    let sessions = exchange.service().list_sessions(&signed_in).await?;
    let replies: Vec<_> = sessions
        .iter()
        .map(|session| SessionReply::of(session, current))
        .collect();
    Reply::ok(&replies)
}

pub(super) async fn revoke_session(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let revoked = match exchange.path_segment("id").parse() {
        Ok(id) => exchange.service().revoke_session(&signed_in, id).await?,
        Err(_) => false,
    };
    if revoked {
        Ok(Reply::no_content())
    } else {
        Err(Refusal::not_found("There is no such session."))
    }
}

pub(super) fn describe_show(it: Operation) -> Operation {
    shown_to_account(it, "accounts", "Tells who is signed in")
        .gives::<MeReply<'static>>(200, "The account.")
}

pub(super) fn describe_list_sessions(it: Operation) -> Operation {
    shown_to_account(it, "accounts", "Lists the sessions of the account")
        .gives::<Vec<SessionReply<'static>>>(200, "The sessions.")
}

pub(super) fn describe_revoke_session(it: Operation) -> Operation {
    of_account(it, "accounts", "Ends a session of the account")
        .path("id", text(), "The session.")
        .gives_nothing(204, "It has ended.")
        .refuses(404, "There is no such session.")
}

#[cfg(test)]
mod tests {
    use super::avatar_url;

    #[test]
    fn the_avatar_is_the_one_of_the_contract() {
        let expected =
            "https://www.gravatar.com/avatar/b36aafe03e05a85031fd8c411b69f792?d=mm&s=200";
        for email in ["email-4@test.com", " Email-4@TEST.com\n"] {
            assert_eq!(avatar_url(email), expected);
        }
    }
}
