//! Names of users in bodies (contract section 6).

use passkeyd_domain::{Email, IdentifierKind, Phone};
use serde::Deserialize;

use super::refusal::Refusal;
use crate::description::{Object, Shape, object, text, words};

/// The longest name, in characters.
pub(super) const LONGEST: usize = 255;

/// `UserLogin`: who signs in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserLogin {
    username: String,
    #[serde(default)]
    username_type: Option<String>,
}

impl UserLogin {
    /// The name without blanks around it, of the form that its kind has.
    pub(super) fn name(&self) -> Result<&str, Refusal> {
        let (name, _) = username(&self.username, self.username_type.as_deref())?;
        Ok(name)
    }
}

/// The name of a user without blanks around it, and its kind, whose form it has.
pub(super) fn username<'a>(
    text: &'a str,
    kind_word: Option<&str>,
) -> Result<(&'a str, IdentifierKind), Refusal> {
    let kind = kind(kind_word)?;
    let name = name(text, "user.username")?;
    of_kind(name, kind)?;
    Ok((name, kind))
}

/// A kind by its word; `other` where none is given.
pub(super) fn kind(word: Option<&str>) -> Result<IdentifierKind, Refusal> {
    word.map_or(Ok(IdentifierKind::Other), |word| {
        word.parse()
            .map_err(|error| Refusal::bad_request(format!("usernameType {error}.")))
    })
}

/// A text of 1 to 255 characters that are not all blank, without blanks around it.
pub(super) fn name<'a>(text: &'a str, member: &str) -> Result<&'a str, Refusal> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(Refusal::bad_request(format!(
            "{member} must have 1 to {LONGEST} characters."
        )));
    }
    Ok(name)
}

/// Refuses a name that is not of its kind.
fn of_kind(name: &str, kind: IdentifierKind) -> Result<(), Refusal> {
    let fits = match kind {
        IdentifierKind::Email => name.parse::<Email>().map(drop),
        IdentifierKind::Phone => name.parse::<Phone>().map(drop),
        _ => Ok(()),
    };
    fits.map_err(|error| Refusal::bad_request(format!("user.username {error}.")))
}

/// `UserLogin` in descriptions.
pub(super) fn shape() -> Object {
    named(text().filled())
}

/// A user's name of this shape, and its kind, in descriptions.
pub(super) fn named(name: Shape) -> Object {
    object()
        .required("username", name.longest(LONGEST), "The name.")
        .optional(
            "usernameType",
            words(&["email", "phone", "other"]).or("other").or_null(),
            "What the name is.",
        )
}
