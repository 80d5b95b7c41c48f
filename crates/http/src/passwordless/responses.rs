//! What clients send back of an authenticator (contract section 5.3), read with the leniency that their differences ask for.

use std::borrow::Cow;

use passkeyd_service::{AssertionResponse, AttestationResponse};

use crate::{
    body::Members,
    description::{Object, anything, base64url, list_of, object, text, words},
    problem::Problem,
};

/// The transports of WebAuthn §5.8.4; other words are not kept.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// `response` of `/register/complete`: `RegistrationResponseJSON` (WebAuthn §5.1.8).
///
/// # Errors
/// 400 that names what is missing or malformed.
pub(crate) fn attestation(body: &Members<'_>) -> Result<AttestationResponse, Problem> {
    attestation_at(body, "response")
}

/// The same under another name.
///
/// # Errors
/// As [`attestation`].
pub(crate) fn attestation_at(
    body: &Members<'_>,
    member: &'static str,
) -> Result<AttestationResponse, Problem> {
    let credential = credential(body, member)?;
    let response = credential.required_object("response")?;
    Ok(AttestationResponse {
        raw_id: credential.required_bytes("rawId")?,
        client_data_json: response.required_bytes("clientDataJSON")?,
        attestation_object: response.required_bytes("attestationObject")?,
        transports: transports(&response)?,
        discoverable: discoverable(&credential),
    })
}

/// `response` of `/signin/complete`: `AuthenticationResponseJSON` (WebAuthn §5.1.8), and its `id` as it was sent.
///
/// # Errors
/// 400 that names what is missing or malformed.
pub(crate) fn assertion<'a>(
    body: &Members<'a>,
) -> Result<(Cow<'a, str>, AssertionResponse), Problem> {
    assertion_at(body, "response")
}

/// The same under another name.
///
/// # Errors
/// As [`assertion`].
pub(crate) fn assertion_at<'a>(
    body: &Members<'a>,
    member: &'static str,
) -> Result<(Cow<'a, str>, AssertionResponse), Problem> {
    let credential = credential(body, member)?;
    let id = credential.text("id")?.unwrap_or_default();
    let response = credential.required_object("response")?;
    let assertion = AssertionResponse {
        raw_id: credential.required_bytes("rawId")?,
        client_data_json: response.required_bytes("clientDataJSON")?,
        authenticator_data: response.required_bytes("authenticatorData")?,
        signature: response.required_bytes("signature")?,
        user_handle: response.bytes("userHandle")?,
    };
    Ok((id, assertion))
}

/// The credential of a body, once its `id` and `type` are looked at.
fn credential<'a>(body: &Members<'a>, member: &'static str) -> Result<Members<'a>, Problem> {
    let credential = body.required_object(member)?;
    if credential.required_bytes("id")?.is_empty() {
        return Err(credential.wrong("id", "the base64url of a credential id"));
    }
    if credential.text("type")?.as_deref() != Some("public-key") {
        return Err(credential.wrong("type", "'public-key'"));
    }
    Ok(credential)
}

/// What [`attestation`] reads.
pub(crate) fn attestation_shape() -> Object {
    credential_shape(
        object()
            .required(
                "clientDataJSON",
                base64url(),
                "What the browser says of the ceremony.",
            )
            .required("attestationObject", base64url(), "The new passkey.")
            .optional(
                "transports",
                list_of(text()).or_null(),
                "How the authenticator can be reached.",
            ),
    )
}

/// What [`assertion`] reads.
pub(crate) fn assertion_shape() -> Object {
    credential_shape(
        object()
            .required(
                "clientDataJSON",
                base64url(),
                "What the browser says of the ceremony.",
            )
            .required(
                "authenticatorData",
                base64url(),
                "What the authenticator says of it.",
            )
            .required("signature", base64url(), "Over both.")
            .optional("userHandle", base64url().or_null(), "Whose passkey it is."),
    )
}

fn credential_shape(response: Object) -> Object {
    object()
        .required("id", base64url().filled(), "The id of the passkey.")
        .required("rawId", base64url(), "The same.")
        .required("type", words(&["public-key"]), "What it is.")
        .required("response", response, "What the authenticator answered.")
        .optional(
            "clientExtensionResults",
            anything(),
            "What the extensions answered; `extensions` is another name.",
        )
        .optional(
            "authenticatorAttachment",
            text().or_null(),
            "Whether it is part of the device.",
        )
}

fn transports(response: &Members<'_>) -> Result<Option<Vec<String>>, Problem> {
    let Some(words) = response.texts("transports")? else {
        return Ok(None);
    };
    let mut known: Vec<String> = Vec::new();
    for word in words.iter().flatten() {
        let transport = TRANSPORTS.into_iter().find(|known| known == word);
        if let Some(transport) = transport
            && !known.iter().any(|listed| listed == transport)
        {
            known.push(transport.to_owned());
        }
    }
    Ok(Some(known))
}

/// `credProps.rk`. Extension results of another shape say nothing.
fn discoverable(credential: &Members<'_>) -> Option<bool> {
    ["clientExtensionResults", "extensions"]
        .into_iter()
        .filter_map(|name| credential.object(name).ok().flatten())
        .filter_map(|results| results.object("credProps").ok().flatten())
        .find_map(|properties| properties.optional_flag("rk").ok().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JS: &str = r#"{"response":{"id":"AQI","rawId":"AQI","type":"public-key",
        "response":{"AttestationObject":"AQ","clientDataJson":"Ag","transports":["internal","cable","internal","hybrid"]},
        "extensions":{"credProps":{"rk":true}}}}"#;

    fn read(json: &str) -> Result<AttestationResponse, Problem> {
        attestation(&Members::parse(json.as_bytes(), "Test")?)
    }

    #[test]
    fn the_spellings_of_the_clients_are_read() {
        let expected = AttestationResponse {
            raw_id: vec![1, 2],
            client_data_json: vec![2],
            attestation_object: vec![1],
            transports: Some(vec!["internal".to_owned(), "hybrid".to_owned()]),
            discoverable: Some(true),
        };
        assert_eq!(read(JS).unwrap(), expected);
        let newer = JS
            .replace("AttestationObject", "attestationObject")
            .replace("clientDataJson", "clientDataJSON")
            .replace("\"extensions\"", "\"clientExtensionResults\"");
        assert_eq!(read(&newer).unwrap(), expected);
    }

    #[test]
    fn what_the_client_does_not_say_is_not_made_up() {
        let silent = JS
            .replace(
                r#","transports":["internal","cable","internal","hybrid"]"#,
                "",
            )
            .replace(
                r#"{"credProps":{"rk":true}}"#,
                r#"{"credProps":7,"other":{}}"#,
            );
        let read = read(&silent).unwrap();
        assert_eq!((read.transports, read.discoverable), (None, None));
    }

    #[test]
    fn anything_missing_or_malformed_is_refused() {
        for (from, to) in [
            (r#""id":"AQI","#, ""),
            (r#""id":"AQI""#, r#""id":"""#),
            (r#""id":"AQI""#, r#""id":"A+I""#),
            (r#""rawId":"AQI","#, ""),
            (r#""type":"public-key","#, ""),
            (r#""public-key""#, r#""password""#),
            (r#""clientDataJson":"Ag""#, r#""clientDataJson":"A""#),
            (r#""AttestationObject":"AQ","#, ""),
            (r#""AttestationObject":"AQ""#, r#""AttestationObject":{}"#),
        ] {
            assert!(JS.contains(from), "{from}");
            assert!(read(&JS.replace(from, to)).is_err(), "{from} → {to}");
        }
        for json in [
            "{}",
            r#"{"response":null}"#,
            r#"{"response":"x"}"#,
            r#"{"response":[]}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
