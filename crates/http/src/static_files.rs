//! What browsers and people look for on every site (contract section 7.6).

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
};
use jiff::{Unit, tz::TimeZone};

use crate::{
    context::Call,
    problem::Problem,
    routes::{Routes, get},
};

const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
/// RFC 9116 asks for less than a year.
const GOOD_FOR_DAYS: i64 = 180;

pub(crate) fn configure(routes: &mut Routes<'_>) {
    routes
        .add(
            "/favicon.ico",
            [get(favicon).or_head().described(|it| {
                it.about("server", "The icon of the server's pages")
                    .gives_text(200, "image/x-icon", "The icon.")
            })],
        )
        .add(
            "/humans.txt",
            [get(humans).or_head().described(|it| {
                it.about("server", "Says who made the server").gives_text(
                    200,
                    "text/plain",
                    "A text for people.",
                )
            })],
        );
    for path in ["/security.txt", "/.well-known/security.txt"] {
        routes.add(
            path,
            [get(security).or_head().described(|it| {
                it.about("server", "Says where a weakness is reported")
                    .gives_text(200, "text/plain", "A text of RFC 9116.")
            })],
        );
    }
}

async fn favicon() -> HttpResponse {
    kept("image/x-icon", include_bytes!("static_files/favicon.ico"))
}

async fn humans() -> HttpResponse {
    kept(
        "text/plain; charset=utf-8",
        include_bytes!("static_files/humans.txt"),
    )
}

async fn security(call: Call) -> Result<HttpResponse, Problem> {
    let expires = call.service().now().to_zoned(TimeZone::UTC).date();
    let expires = expires
        .checked_add(jiff::Span::new().days(GOOD_FOR_DAYS))
        .and_then(|date| {
            date.to_datetime(jiff::civil::Time::midnight())
                .round(Unit::Second)
        })
        .map_err(Problem::internal)?;
    let text = format!(
        "Contact: https://github.com/passkeyd/passkeyd/security/advisories/new\nExpires: {expires}Z\nPreferred-Languages: en\n"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text))
}

fn kept(content_type: &'static str, content: &'static [u8]) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, FOR_A_DAY))
        .body(content)
}
