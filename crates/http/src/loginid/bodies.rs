//! Who and what bodies name: the application, the person, trust items (contract section 6).

use std::collections::BTreeMap;

use passkeyd_service::application_registration::NamedUser;
use serde::Deserialize;
use serde_json::Value;

use super::{
    names::{self, LONGEST},
    refusal::Refusal,
};
use crate::description::{Object, anything, object, text};

/// `Application`. Its token is not needed.
#[derive(Deserialize)]
pub(super) struct Application {
    pub(super) id: String,
}

impl Application {
    pub(super) fn shape() -> Object {
        object().required("id", text(), "The application's id.")
    }
}

/// `User` and `UserLogin`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    username: String,
    username_type: Option<String>,
    display_name: Option<String>,
}

impl User {
    /// Who signs in; none: the name is empty.
    pub(super) fn login(self) -> Result<Option<String>, Refusal> {
        Ok(self.named_or_nobody()?.map(|user| user.name))
    }

    /// Who signs in or signs up; none: the name is empty.
    pub(super) fn named_or_nobody(self) -> Result<Option<NamedUser>, Refusal> {
        if self.username.trim().is_empty() {
            names::kind(self.username_type.as_deref())?;
            return Ok(None);
        }
        self.named().map(Some)
    }

    /// Who is to be registered.
    pub(super) fn named(self) -> Result<NamedUser, Refusal> {
        let (name, kind) = names::username(&self.username, self.username_type.as_deref())?;
        let display_name = self.display_name.filter(|name| !name.trim().is_empty());
        if display_name
            .as_ref()
            .is_some_and(|name| name.chars().count() > LONGEST)
        {
            return Err(Refusal::bad_request(
                "user.displayName may have up to 255 characters.",
            ));
        }
        Ok(NamedUser {
            name: name.to_owned(),
            kind,
            display_name,
        })
    }

    pub(super) fn shape() -> Object {
        names::named(text()).optional(
            "displayName",
            text().longest(LONGEST).or_null(),
            "The person's name.",
        )
    }
}

/// The longest trace id, in characters.
pub(super) const LONGEST_TRACE: usize = 128;

/// What a client follows its requests by; none: it is empty.
pub(super) fn trace_id(sent: Option<String>) -> Result<Option<String>, Refusal> {
    let trace_id = sent.filter(|trace| !trace.is_empty());
    if trace_id
        .as_ref()
        .is_some_and(|trace| trace.chars().count() > LONGEST_TRACE)
    {
        return Err(Refusal::bad_request(format!(
            "traceId may have up to {LONGEST_TRACE} characters."
        )));
    }
    Ok(trace_id)
}

/// Trust items: what is no text is ignored, as every bad item is.
pub(super) fn trust_items(sent: Option<BTreeMap<String, Value>>) -> BTreeMap<String, String> {
    let sent = sent.into_iter().flatten();
    sent.filter_map(|(kind, item)| Some((kind, item.as_str()?.to_owned())))
        .collect()
}

/// Trust items in descriptions.
pub(super) fn trust_items_shape() -> crate::description::Shape {
    anything()
}
