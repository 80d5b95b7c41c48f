//! What back ends do: `/mgmt/…` (contract section 11.K).

pub(super) mod blacklist;
pub(super) mod devices;
pub(super) mod discover;
pub(super) mod grants;
pub(super) mod makes;
pub(super) mod passkeys;
pub(super) mod tokens;
pub(super) mod users;

use passkeyd_domain::{Credential, Person};
use passkeyd_service::bearer_tokens::shown_user_id;
use schemars::JsonSchema;
use serde::Serialize;

use super::passkeys::{passkey_name, shown_time};

/// The area of these in the description.
const MANAGEMENT: &str = "management";

/// A user with the names under which it is found, the primary one first.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdUser")]
struct UserReply {
    user_id: String,
    usernames: Vec<UsernameReply>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdUsername")]
struct UsernameReply {
    username: String,
    username_type: &'static str,
}

impl From<&Person> for UserReply {
    fn from(person: &Person) -> Self {
        let mut usernames: Vec<_> = person
            .identifiers
            .iter()
            .map(|identifier| UsernameReply {
                username: identifier.value.clone(),
                username_type: identifier.kind.as_str(),
            })
            .collect();
        if usernames.is_empty() {
            // Born on a surface where the app's own name is the only one.
            usernames.push(UsernameReply {
                username: person.username().to_owned(),
                username_type: "other",
            });
        }
        Self {
            user_id: shown_user_id(&person.user.handle),
            usernames,
        }
    }
}

/// What back ends see of a passkey beside its name in this API.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdPasskeyFacts")]
struct PasskeyFacts {
    name: String,
    aaguid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_name: Option<String>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_from_device_id: Option<String>,
    last_used_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_from_device_id: Option<String>,
}

impl PasskeyFacts {
    fn of(credential: Credential, provider_name: Option<String>) -> Self {
        Self {
            name: passkey_name(credential.nickname, provider_name.as_deref()),
            aaguid: credential.aaguid.to_string(),
            provider_name,
            created_at: shown_time(credential.created_at),
            created_from_device_id: credential.created_from.map(|id| id.to_string()),
            last_used_at: shown_time(credential.last_used_at),
            last_used_from_device_id: credential.last_used_from.map(|id| id.to_string()),
        }
    }
}
