//! `POST /register/token`: a back end starts a registration (contract section 2.1).

use actix_web::HttpResponse;
use jiff::{Timestamp, tz::TimeZone};
use passkeyd_domain::{Hint, Scope, UserId};
use passkeyd_service::registration::CreateRegisterToken;

use crate::{
    body::Members,
    context::Call,
    description::{Operation, flag, list_of, object, text, words},
    keys::SECRET_KEY,
    problem::Problem,
    respond::{self, TokenReply},
    validation::Validation,
};

/// What WebAuthn allows a user handle to be.
const LONGEST_USER_ID: usize = 64;
pub(super) const MOST_ALIASES: usize = 10;
pub(super) const LONGEST_ALIAS: usize = 250;
pub(super) const MOST_HINTS: usize = 3;

pub(crate) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(Some(Scope::TOKEN_REGISTER)).await?;
    let context = call.context();
    let body = call.body("RegisterToken").await?;
    let command = command(&body.members()?)?;
    let token = context
        .service()
        .create_register_token(&caller, command)
        .await?;
    respond::json(&TokenReply { token })
}

pub(super) fn describe(it: Operation) -> Operation {
    it.about("registration", "Starts a registration for a user")
        .details("The token goes to the user's browser, which begins the registration with it. It reserves nothing.")
        .by(&SECRET_KEY)
        .scope(Scope::TOKEN_REGISTER)
        .takes(
            object()
                .required("userId", text().filled(), "Your id of the user: at most 64 bytes of UTF-8. It becomes the user handle of the passkey.")
                .required("username", text().filled(), "What the browser calls the account. Not kept.")
                .optional("displayName", text().or_null(), "The user's name for people; without one, the username. Not kept.")
                .optional("attestation", words(&["none", "direct", "indirect"]).or_null().or("none"), "What to ask of the authenticator about itself; more than `none` needs the app's `allowAttestation`.")
                .optional("authenticatorType", text().or_null().or("any"), "Which authenticators may be used: `any`, `platform` or `cross-platform`; looked at when the registration begins.")
                .optional("discoverable", flag().or(true), "Whether the passkey can be found without a user being named.")
                .optional("userVerification", text().or_null().or("preferred"), "Whether the authenticator must make sure who uses it: `required`, `preferred` or `discouraged`; looked at when the registration begins.")
                .optional("expiresAt", text().or_null().such_as("2030-01-02T03:04:05Z"), "When the token ends, in ISO 8601; in two minutes where nobody says. Without an offset it is UTC.")
                .optional("aliases", list_of(text().filled().longest(LONGEST_ALIAS)).at_most(MOST_ALIASES).or_null(), "Other names by which the user can sign in. They replace those that there are.")
                .optional("aliasHashing", flag().or(true), "Whether only the aliases' hashes are kept.")
                .optional("hints", list_of(words(&["security-key", "client-device", "hybrid"])).at_most(MOST_HINTS).or_null(), "Which authenticators the browser offers first."),
        )
        .gives::<TokenReply>(200, "A `register_` token.")
        .refuses(400, "`max_users_reached`, `invalid_attestation`, `attestation_not_supported_on_plan`.")
        .refuses(409, "`alias_conflict`: an alias is another user's.")
}

fn command(body: &Members<'_>) -> Result<CreateRegisterToken, Problem> {
    let mut rules = Validation::default();
    let user_id = rules.required("userId", body.text("userId")?);
    if user_id.len() > LONGEST_USER_ID {
        rules.add(
            "userId",
            format!("The field UserId must be a string with a maximum length of '{LONGEST_USER_ID}' bytes."),
        );
    }
    let username = rules.required("username", body.text("username")?);
    let display_name = body.owned_text("displayName")?;
    let attestation = body.owned_text("attestation")?;
    let authenticator_type = body.owned_text("authenticatorType")?;
    let discoverable = body.flag("discoverable", true)?;
    let user_verification = body.owned_text("userVerification")?;
    let expires_at = body.instant("expiresAt")?.filter(|at| !is_unset(*at));
    let aliases = rules.list(
        "aliases",
        body.texts("aliases")?,
        MOST_ALIASES,
        LONGEST_ALIAS,
    );
    let alias_hashing = body.flag("aliasHashing", true)?;
    let hints = hints(body)?;
    if hints.len() > MOST_HINTS {
        rules.add(
            "hints",
            format!("The field Hints must be a string or array type with a maximum length of '{MOST_HINTS}'."),
        );
    }
    rules.finish()?;
    Ok(CreateRegisterToken {
        user_id: UserId::new(user_id).map_err(|_| body.wrong("userId", "a text"))?,
        username,
        display_name,
        attestation,
        authenticator_type,
        discoverable,
        user_verification,
        expires_at,
        aliases: aliases.unwrap_or_default(),
        alias_hashing,
        hints,
    })
}

/// The hints of a body: words of the specification in any letter case, their names in `PascalCase`, or their numbers.
pub(super) fn hints(body: &Members<'_>) -> Result<Vec<Hint>, Problem> {
    let words = body.texts("hints")?.unwrap_or_default();
    words
        .iter()
        .map(|word| {
            word.as_deref().and_then(hint).ok_or_else(|| {
                body.wrong(
                    "hints",
                    "a list of 'security-key', 'client-device' and 'hybrid'",
                )
            })
        })
        .collect()
}

fn hint(word: &str) -> Option<Hint> {
    if let Ok(number) = word.parse::<usize>() {
        return Hint::ALL.get(number).copied();
    }
    Hint::ALL.into_iter().find(|hint| {
        hint.as_str().eq_ignore_ascii_case(word) || hint.as_pascal_case().eq_ignore_ascii_case(word)
    })
}

/// The instant that stands for none in the languages that have no other way to say so.
fn is_unset(instant: Timestamp) -> bool {
    instant.to_zoned(TimeZone::UTC).year() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<CreateRegisterToken, Problem> {
        command(&Members::parse(json.as_bytes(), "RegisterToken")?)
    }

    #[test]
    fn what_is_left_out_has_the_defaults_of_the_contract() {
        let command = read(r#"{"userId":123,"username":"ada"}"#).unwrap();
        assert_eq!(command.user_id.as_str(), "123");
        assert!(command.discoverable && command.alias_hashing);
        assert!(command.aliases.is_empty() && command.hints.is_empty());
        assert_eq!(command.expires_at, None);
    }

    #[test]
    fn the_year_one_means_no_time() {
        let expires = |text: &str| {
            let json = format!(r#"{{"userId":"u","username":"ada","expiresAt":"{text}"}}"#);
            read(&json).unwrap().expires_at
        };
        assert_eq!(expires("0001-01-01T00:00:00"), None);
        assert!(expires("2026-01-02T03:04:05").is_some());
    }

    #[test]
    fn hints_have_three_spellings() {
        let json = r#"{"userId":"u","username":"a","hints":["Security-Key","ClientDevice",2]}"#;
        assert_eq!(read(json).unwrap().hints, Hint::ALL);
        for bad in [r#"["what"]"#, "[3]", "[-1]", "[null]", r#""hybrid""#] {
            let json = format!(r#"{{"userId":"u","username":"a","hints":{bad}}}"#);
            assert!(read(&json).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_user_id_fits_into_a_user_handle() {
        let json = |length| format!(r#"{{"userId":"{}","username":"a"}}"#, "å".repeat(length));
        assert!(read(&json(32)).is_ok());
        assert!(read(&json(33)).is_err());
    }
}
