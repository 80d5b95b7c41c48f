//! `POST /magic-links/send`: a sign-in link goes out by mail (contract section 2.15).

use std::time::Duration;

use actix_web::HttpResponse;
use passkeyd_domain::UserId;
use passkeyd_service::magic_links::{EmailAddress, LinkTemplate, LinkTemplateError, SendMagicLink};

use crate::{
    body::Members,
    context::Call,
    description::{Operation, integer, object, text},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

const LONGEST_LIFETIME: i32 = 604_800;

pub(crate) async fn send(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("SendMagicLinkRequest").await?;
    let command = command(&body.members()?)?;
    context.service().send_magic_link(&caller, command).await?;
    Ok(respond::no_content())
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("magic links", "Sends a sign-in link by mail")
        .by(&SECRET_KEY)
        .takes(
            object()
                .required("emailAddress", text().filled().such_as("ada@example.com"), "Whom the mail goes to. It is not kept with the user.")
                .required("urlTemplate", text().filled().such_as("https://example.com/magic?token=$TOKEN"), "The link: an absolute `http` or `https` URL; `$TOKEN` in it becomes the token.")
                .required("userId", text().filled(), "Who is signed in by it.")
                .optional("timeToLive", integer(1, LONGEST_LIFETIME.into()).or_null().or(3600), "For how many seconds the link is good."),
        )
        .gives_nothing(204, "The mail has been handed on.")
        .refuses(403, "The app has magic links switched off, or `magic_link_email_admin_address_only`.")
        .refuses(429, "Too many at once (see `Retry-After`), or `magic_link_email_quota_exceeded`.")
        .refuses(500, "No mail server took the mail.")
}

fn command(body: &Members<'_>) -> Result<SendMagicLink, Problem> {
    let mut rules = Validation::default();
    let address = rules.required("emailAddress", body.text("emailAddress")?);
    let email = EmailAddress::new(address.as_str());
    if email.is_none() && !address.is_empty() {
        rules.add(
            "emailAddress",
            "The EmailAddress field is not a valid e-mail address.",
        );
    }
    let url = rules.required("urlTemplate", body.text("urlTemplate")?);
    let template = LinkTemplate::new(url.as_str());
    if let Err(error) = &template
        && !url.is_empty()
    {
        rules.add(
            "urlTemplate",
            match error {
                LinkTemplateError::NoPlaceholder => {
                    "You have provided a UrlTemplate without a $TOKEN template. Please include it like so: https://www.example.com?token=$TOKEN"
                }
                LinkTemplateError::NoUrl => {
                    "You have provided a UrlTemplate that cannot be converted to a URL."
                }
            },
        );
    }
    let user_id = rules.required("userId", body.text("userId")?);
    let lifetime = body.integer("timeToLive")?;
    rules.range("timeToLive", lifetime, 1, LONGEST_LIFETIME);
    rules.finish()?;
    Ok(SendMagicLink {
        email: email.ok_or_else(|| body.wrong("emailAddress", "an e-mail address"))?,
        template: template.map_err(|_| body.wrong("urlTemplate", "a URL with $TOKEN"))?,
        user_id: UserId::new(user_id).map_err(|_| body.wrong("userId", "a text"))?,
        time_to_live: lifetime
            .map(|seconds| Duration::from_secs(u64::from(seconds.unsigned_abs()))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_and_no_template_is_said_in_the_contracts_words() {
        let refused = |json: &str| {
            let body = Members::parse(json.as_bytes(), "Test").unwrap();
            let response = command(&body).unwrap_err().respond(None);
            let body = actix_web::body::MessageBody::try_into_bytes(response.into_body());
            let problem: serde_json::Value = serde_json::from_slice(&body.unwrap()).unwrap();
            problem["errors"].clone()
        };
        let with = |email: &str, url: &str| {
            format!(
                r#"{{"emailAddress":"{email}","urlTemplate":"{url}","userId":"u","timeToLive":0}}"#
            )
        };
        let lifetime = "The field TimeToLive must be between 1 and 604800.";
        assert_eq!(
            refused(&with("no", "https://example.com")),
            serde_json::json!({
                "emailAddress": ["The EmailAddress field is not a valid e-mail address."],
                "urlTemplate": ["You have provided a UrlTemplate without a $TOKEN template. Please include it like so: https://www.example.com?token=$TOKEN"],
                "timeToLive": [lifetime],
            })
        );
        assert_eq!(
            refused(&with("", "/path?token=$TOKEN")),
            serde_json::json!({
                "emailAddress": ["The EmailAddress field is required."],
                "urlTemplate": ["You have provided a UrlTemplate that cannot be converted to a URL."],
                "timeToLive": [lifetime],
            })
        );
    }
}
