//! `GET /openapi.json`: what the server can do, for programs; `GET /openapi`: the same for people. At `/swagger` and
//! `/swagger/v4/swagger.json` is what users of the Passwordless API look for there (contract section 7.5).

use std::sync::OnceLock;

use actix_web::{
    HttpResponse,
    http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderValue},
    web::Bytes,
};
use serde_json::{Map, Value};

use crate::{
    app::add_surfaces,
    context::Call,
    description::{Operation, Title, document_of},
    keys::KeyHeader,
    routes::{Listed, Routes, get},
    settings::{HttpSettings, Surfaces},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const ANYBODY: HeaderValue = HeaderValue::from_static("*");

pub(crate) fn configure(routes: &mut Routes<'_>) {
    routes
        .add(
            "/openapi.json",
            [get(everything).or_head().described(|it| {
                it.about("server", "Describes the API (OpenAPI 3.1)")
                    .gives::<Map<String, Value>>(
                        200,
                        "The description of every surface that is on.",
                    )
            })],
        )
        .add(
            "/swagger/v4/swagger.json",
            [get(passwordless_only).or_head().described(|it| {
                it.about("server", "Describes the Passwordless API (OpenAPI 3.1)")
                    .details("Only what is called with an `ApiKey` or an `ApiSecret`.")
                    .gives::<Map<String, Value>>(200, "The description.")
            })],
        )
        .add("/openapi", [get(page).or_head().described(describe_page)])
        .add("/swagger", [get(page).or_head().described(describe_page)])
        .add(
            "/openapi/page.js",
            [get(script).or_head().described(|it| {
                it.about(
                    "server",
                    "The script of the page that shows the description",
                )
                .gives_text(200, "text/javascript", "The script.")
            })],
        )
        .add(
            "/openapi/page.css",
            [get(style).or_head().described(|it| {
                it.about("server", "The style of the page that shows the description")
                    .gives_text(200, "text/css", "The style sheet.")
            })],
        );
}

fn describe_page(it: Operation) -> Operation {
    it.about("server", "Shows the description of the API")
        .gives_text(200, "text/html", "The page.")
}

/// The documents, each from when it was first asked for.
#[derive(Default)]
pub(crate) struct Documents {
    everything: OnceLock<Bytes>,
    passwordless: OnceLock<Bytes>,
}

/// The description of these surfaces and of the server itself (OpenAPI 3.1).
pub fn document(surfaces: Surfaces) -> Value {
    let settings = HttpSettings {
        surfaces,
        ..HttpSettings::default()
    };
    describe(&settings, &settings.version, |_| true)
}

async fn everything(call: Call) -> HttpResponse {
    let context = call.context();
    let settings = context.settings();
    let document = context.documents().everything.get_or_init(|| {
        let document = describe(settings, &settings.version, |_| true);
        Bytes::from(document.to_string())
    });
    json(document.clone())
}

async fn passwordless_only(call: Call) -> HttpResponse {
    let context = call.context();
    let settings = context.settings();
    let document = context.documents().passwordless.get_or_init(|| {
        let document = describe(settings, "v4", |operation| {
            [KeyHeader::ApiKey, KeyHeader::ApiSecret]
                .iter()
                .any(|key| operation.is_by(key.as_str()))
        });
        Bytes::from(document.to_string())
    });
    json(document.clone())
}

fn describe(settings: &HttpSettings, version: &str, passes: impl Fn(&Operation) -> bool) -> Value {
    let server = match (&settings.public_url, settings.base_path.as_str()) {
        (Some(url), _) => url.as_str(),
        (None, "") => "/",
        (None, path) => path,
    };
    let title = Title {
        name: "passkeyd",
        version,
        description: "Passkeys for your users: registration, sign-in, and what a back end asks about them.",
        server,
    };
    document_of(&title, &listed(settings.surfaces), passes)
}

/// The routes of these surfaces and of the server itself.
fn listed(surfaces: Surfaces) -> Vec<Listed> {
    let mut routes = Routes::listing();
    add_surfaces(&mut routes, surfaces);
    routes.into_listed()
}

fn json(document: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, JSON))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY))
        .body(document)
}

async fn page(call: Call) -> HttpResponse {
    let page = include_str!("openapi/page.html").replace("BASE_PATH", &call.settings().base_path);
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(page)
}

async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(include_str!("openapi/page.js"))
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .body(include_str!("openapi/page.css"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_described() {
        let undescribed: Vec<_> = listed(Surfaces::ALL)
            .iter()
            .filter(|route| route.describe.is_none())
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        assert_eq!(
            undescribed,
            Vec::<String>::new(),
            "say what they do with `.described(…)`: see CONTRIBUTING.md"
        );
    }

    #[test]
    fn every_route_is_in_the_document_with_a_summary_and_a_name_of_its_own() {
        let document = document(Surfaces::ALL);
        let mut names = BTreeSet::new();
        for route in listed(Surfaces::ALL) {
            let method = route.method.as_str().to_ascii_lowercase();
            let operation = &document["paths"][&route.path][&method];
            let summary = operation["summary"].as_str().unwrap_or("");
            assert!(
                !summary.is_empty() && !summary.ends_with('.'),
                "{method} {}: {summary}",
                route.path
            );
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{name}");
            let said = operation["responses"].as_object().unwrap();
            // Beside what can happen to any request.
            assert!(said.len() > 1, "{name}");
        }
    }

    #[test]
    fn every_parameter_of_a_path_is_told_of_and_no_other() {
        let document = document(Surfaces::ALL);
        for (path, operations) in document["paths"].as_object().unwrap() {
            for operation in operations.as_object().unwrap().values() {
                let parameters = operation["parameters"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                for parameter in parameters.iter().filter(|it| it["in"] == "path") {
                    let name = parameter["name"].as_str().unwrap();
                    assert!(path.contains(&format!("{{{name}}}")), "{path}: {name}");
                }
            }
        }
    }

    #[test]
    fn the_document_at_the_old_address_has_only_what_apps_call() {
        let settings = HttpSettings::default();
        let document = describe(&settings, "v4", |it| {
            it.is_by("ApiKey") || it.is_by("ApiSecret")
        });
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.contains_key("/signin/begin") && paths.contains_key("/alias/list"));
        assert!(
            !paths
                .keys()
                .any(|path| path.starts_with("/admin") || path.starts_with("/health"))
        );
        let schemes: Vec<_> = document["components"]["securitySchemes"]
            .as_object()
            .unwrap()
            .keys()
            .collect();
        assert_eq!(schemes, ["ApiKey", "ApiSecret"]);
    }

    #[test]
    fn references_lead_somewhere() {
        let document = document(Surfaces::ALL);
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
