//! `POST /authenticators/add` and `/authenticators/remove` (contract section 2.19).

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use uuid::Uuid;

use crate::{
    body::Members,
    context::Call,
    description::{Operation, flag, guid, list_of, object},
    keys::SECRET_KEY,
    problem::Problem,
    respond,
    validation::Validation,
};

pub(crate) async fn add(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("AddAuthenticators").await?;
    let body = body.members()?;
    let allowed = body.flag("isAllowed", false)?;
    let aaguids = aaguids(&body)?;
    context
        .service()
        .add_authenticators(&caller, aaguids, allowed)
        .await?;
    Ok(respond::no_content())
}

pub(crate) async fn remove(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("RemoveAuthenticators").await?;
    let aaguids = aaguids(&body.members()?)?;
    context
        .service()
        .remove_authenticators(&caller, aaguids)
        .await?;
    Ok(respond::no_content())
}

pub(super) fn describe_add(it: Operation) -> Operation {
    it.about(
        "authenticators",
        "Allows or blocks models of authenticators",
    )
    .details("A model that is on the other list moves.")
    .by(&SECRET_KEY)
    .takes(
        object()
            .required("aaGuids", list_of(guid()).at_least(1), "The models.")
            .optional(
                "isAllowed",
                flag().or(false),
                "True for the allow list, false for the block list.",
            ),
    )
    .gives_nothing(204, "They are on that list.")
    .refuses(403, "`attestation_not_supported_on_plan`.")
}

pub(super) fn describe_remove(it: Operation) -> Operation {
    it.about(
        "authenticators",
        "Takes models of authenticators off either list",
    )
    .by(&SECRET_KEY)
    .takes(object().required("aaGuids", list_of(guid()).at_least(1), "The models."))
    .gives_nothing(204, "They are on no list.")
    .refuses(403, "`attestation_not_supported_on_plan`.")
}

/// At least one AAGUID; repeats collapse.
fn aaguids(body: &Members<'_>) -> Result<BTreeSet<Uuid>, Problem> {
    let mut rules = Validation::default();
    let texts = body.texts("aaGuids")?;
    match texts.as_deref() {
        None => rules.add("aaGuids", "The AaGuids field is required."),
        Some([]) => rules.add(
            "aaGuids",
            "The field AaGuids must be a string or array type with a minimum length of '1'.",
        ),
        Some(_) => {}
    }
    rules.finish()?;
    texts
        .unwrap_or_default()
        .iter()
        .map(|text| {
            // Of the forms that are read elsewhere only the dashed one is meant here.
            let dashed = text.as_deref().filter(|text| text.len() == 36);
            dashed
                .and_then(|text| Uuid::try_parse(text).ok())
                .ok_or_else(|| body.wrong("aaGuids", "a list of GUIDs"))
        })
        .collect()
}
