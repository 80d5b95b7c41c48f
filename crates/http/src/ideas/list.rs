//! `/ideas`: the ideas of the account that is signed in.

use passkeyd_domain::{Idea, IdeaContent, IdeaId, Scores};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    exchange::{Exchange, Reply},
    fields::Fields,
    of_account,
    refusal::{FieldErrors, Refusal},
    shown_to_account,
};
use crate::description::{Object, Operation, integer, object, text};

#[derive(JsonSchema, Serialize)]
struct IdeaReply<'a> {
    id: &'a str,
    content: &'a str,
    impact: u8,
    ease: u8,
    confidence: u8,
    average_score: f64,
    created_at: i64,
}

impl<'a> IdeaReply<'a> {
    fn of(idea: &'a Idea) -> Self {
        Self {
            id: idea.id.as_str(),
            content: idea.content.as_str(),
            impact: idea.scores.impact.number(),
            ease: idea.scores.ease.number(),
            confidence: idea.scores.confidence.number(),
            average_score: idea.scores.average(),
            created_at: idea.created_at.as_second(),
        }
    }
}

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let page = match exchange.query("page") {
        None => 1,
        Some(text) => page_number(&text).ok_or_else(|| {
            let sentence = vec!["must be an integer greater than 0".to_owned()];
            Refusal::fields(FieldErrors::from([("page", sentence)]))
        })?,
    };
    let ideas = exchange.service().list_ideas(&signed_in, page).await?;
    let replies: Vec<_> = ideas.iter().map(IdeaReply::of).collect();
    Reply::ok(&replies)
}

/// A number of a page; one that is too great for us is past the end of every list.
fn page_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let page = digits.then(|| text.parse().unwrap_or(u64::MAX))?;
    (page > 0).then_some(page)
}

pub(super) async fn add(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, signed_in) = (exchange.context(), exchange.signed_in().await?);
    let (text, scores) = read(exchange.fields().await?)?;
    let idea = context.service().add_idea(&signed_in, text, scores).await?;
    Reply::created(&IdeaReply::of(&idea))
}

pub(super) async fn replace(exchange: Exchange) -> Result<Reply, Refusal> {
    let (context, signed_in) = (exchange.context(), exchange.signed_in().await?);
    let id = idea_id(&exchange);
    let (text, scores) = read(exchange.fields().await?)?;
    let idea = context
        .service()
        .replace_idea(&signed_in, &id?, text, scores)
        .await?;
    Reply::ok(&IdeaReply::of(&idea))
}

pub(super) async fn delete(exchange: Exchange) -> Result<Reply, Refusal> {
    let signed_in = exchange.signed_in().await?;
    let id = idea_id(&exchange)?;
    exchange.service().delete_idea(&signed_in, &id).await?;
    Ok(Reply::no_content())
}

pub(super) fn describe_show(it: Operation) -> Operation {
    shown_to_account(it, "ideas", "Lists the ideas of the account, ten a page")
        .optional_query(
            "page",
            integer(1, i64::MAX),
            "Which page; the first where nobody says.",
        )
        .gives::<Vec<IdeaReply<'static>>>(200, "The ideas, best first.")
}

pub(super) fn describe_add(it: Operation) -> Operation {
    of_account(it, "ideas", "Keeps an idea")
        .takes(idea_shape())
        .gives::<IdeaReply<'static>>(201, "The idea.")
}

pub(super) fn describe_replace(it: Operation) -> Operation {
    of_account(it, "ideas", "Changes an idea")
        .path("id", text(), "The idea.")
        .takes(idea_shape())
        .gives::<IdeaReply<'static>>(200, "The idea.")
        .refuses(404, "There is no such idea.")
}

pub(super) fn describe_delete(it: Operation) -> Operation {
    of_account(it, "ideas", "Forgets an idea")
        .path("id", text(), "The idea.")
        .gives_nothing(204, "There is no such idea.")
        .refuses(404, "There was none.")
}

fn idea_shape() -> Object {
    object()
        .required("content", text().filled().longest(255), "The idea.")
        .required("impact", integer(1, 10), "How much it would change.")
        .required("ease", integer(1, 10), "How easy it is.")
        .required("confidence", integer(1, 10), "How sure one is of both.")
}

fn read(mut fields: Fields) -> Result<(IdeaContent, Scores), Refusal> {
    let content = fields.content("content");
    let (impact, ease) = (fields.score("impact"), fields.score("ease"));
    let confidence = fields.score("confidence");
    fields.finish()?;
    match (content, impact, ease, confidence) {
        (Some(content), Some(impact), Some(ease), Some(confidence)) => Ok((
            content,
            Scores {
                impact,
                ease,
                confidence,
            },
        )),
        _ => Err(Refusal::bad_request("A field is missing.")),
    }
}

/// What can't be the name of an idea names none.
fn idea_id(exchange: &Exchange) -> Result<IdeaId, Refusal> {
    let id = exchange.path_segment("id").parse();
    id.map_err(|_| passkeyd_service::AccountError::NoSuchIdea.into())
}

#[cfg(test)]
mod tests {
    use super::page_number;

    #[test]
    fn a_page_is_a_number_greater_than_zero() {
        for (text, page) in [
            ("1", Some(1)),
            ("007", Some(7)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("0", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("abc", None),
            ("", None),
            (" 1", None),
        ] {
            assert_eq!(page_number(text), page, "{text}");
        }
    }
}
