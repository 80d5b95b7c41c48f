//! `GET /mds/attestation-types`, `/mds/certification-statuses` and `/mds/entries` (contract section 2.22).

use actix_web::HttpResponse;
use passkeyd_service::metadata::{Model, ModelFilter};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    context::Call,
    description::{Operation, list_of, text},
    keys::MANAGEMENT_KEY,
    problem::Problem,
    query::Query,
    respond,
    validation::Validation,
};

pub(crate) async fn attestation_types(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    respond::json(&call.service().attestation_types())
}

pub(crate) async fn certification_statuses(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    respond::json(&call.service().certification_statuses())
}

pub(crate) async fn entries(call: Call) -> Result<HttpResponse, Problem> {
    call.management_key()?;
    let query = Query::of(call.request());
    let mut rules = Validation::default();
    let mut words = |name: &'static str| {
        let words: Vec<String> = query.all(name).into_iter().map(str::to_owned).collect();
        let is_word = |word: &String| {
            word.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !words.iter().all(is_word) {
            rules.add(name, "Characters are limited to A-z, 0-9, or _.");
        }
        words
    };
    let filter = ModelFilter {
        attestation_types: words("attestationTypes"),
        certification_statuses: words("certificationStatuses"),
    };
    rules.finish()?;
    let models = call.service().models(&filter);
    let replies: Vec<_> = models.iter().map(EntryReply::of).collect();
    respond::json(&replies)
}

pub(super) fn describe_attestation_types(it: Operation) -> Operation {
    it.about(
        "metadata",
        "Lists the types of attestation that the FIDO metadata names",
    )
    .by(&MANAGEMENT_KEY)
    .gives::<Vec<String>>(200, "The types, sorted.")
}

pub(super) fn describe_certification_statuses(it: Operation) -> Operation {
    it.about(
        "metadata",
        "Lists the statuses of certification that the FIDO metadata names",
    )
    .by(&MANAGEMENT_KEY)
    .gives::<Vec<String>>(200, "The statuses, sorted.")
}

pub(super) fn describe_entries(it: Operation) -> Operation {
    let word = || text().pattern("^[A-Za-z0-9_]*$");
    it.about(
        "metadata",
        "Lists the models of authenticators that the FIDO metadata knows",
    )
    .by(&MANAGEMENT_KEY)
    .optional_query(
        "attestationTypes",
        list_of(word()),
        "Only models with any of these.",
    )
    .optional_query(
        "certificationStatuses",
        list_of(word()),
        "Only models with any of these.",
    )
    .gives::<Vec<EntryReply<'static>>>(200, "The models, by name.")
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryReply<'a> {
    aa_guid: Uuid,
    name: &'a str,
    certification_statuses: &'a [String],
    attestation_types: &'a [String],
    icon: Option<&'a str>,
}

impl<'a> EntryReply<'a> {
    fn of(model: &'a Model) -> Self {
        Self {
            aa_guid: model.aaguid,
            name: &model.name,
            certification_statuses: &model.certification_statuses,
            attestation_types: &model.attestation_types,
            icon: model.icon.as_deref(),
        }
    }
}
