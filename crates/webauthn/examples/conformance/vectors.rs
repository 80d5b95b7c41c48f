//! The reader and runner of test vectors.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use passkeyd_webauthn::attestation::AttestationObject;
use passkeyd_webauthn::extensions::AuthenticationExtensions;
use passkeyd_webauthn::options::{AttestationConveyance, UserVerification};
use passkeyd_webauthn::origin::{AllowedOrigins, OriginRules, RpId, TopOrigins};
use passkeyd_webauthn::policy::AttestationPolicy;
use passkeyd_webauthn::trust::{Anchor, StaticTrust, vendor_roots};
use passkeyd_webauthn::x509::{Certificate, DerRules};
use passkeyd_webauthn::{
    Algorithm, AuthenticationResponse, AuthenticationState, Ceremony, Error, Policy,
    RegistrationResponse, RegistrationState, StoredCredential, authenticate, register,
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One ceremony; `deny_unknown_fields` is left out on purpose, since remarks come and go. What is null is absent.
#[derive(Deserialize)]
struct Vector {
    kind: String,
    rp_id: String,
    origin: String,
    challenge_b64url: String,
    response: Value,
    credential_public_key_b64url: Option<String>,
    sign_count: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    options: Options,
    at: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    trust_anchors: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    quirks: Vec<String>,
    expect: String,
    why: Option<String>,
    strict: Option<String>,
    strict_why: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    #[serde(deserialize_with = "or_default")]
    require_uv: bool,
    #[serde(deserialize_with = "or_default")]
    algorithms: Vec<i64>,
    app_id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    allow_cross_origin: bool,
    #[serde(deserialize_with = "or_default")]
    top_origins: Vec<String>,
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What came of one vector.
pub(crate) struct Outcome {
    /// Its name.
    pub(crate) id: String,
    /// Should it verify?
    pub(crate) expected: bool,
    /// Why not.
    pub(crate) why: String,
    result: Result<(), Failure>,
}

/// Why a vector did not verify.
enum Failure {
    /// The verifier refused it.
    Refused(Error),
    /// The vector is not of the schema: that is never what was expected.
    Unreadable(String),
}

impl Outcome {
    /// Did it do what it should?
    pub(crate) fn as_expected(&self) -> bool {
        match &self.result {
            Ok(()) => self.expected,
            Err(Failure::Refused(_)) => !self.expected,
            Err(Failure::Unreadable(_)) => false,
        }
    }

    /// `ok`, or the error's code.
    pub(crate) fn code(&self) -> &'static str {
        match &self.result {
            Ok(()) => "ok",
            Err(Failure::Refused(error)) => error.code(),
            Err(Failure::Unreadable(_)) => "unreadable",
        }
    }

    /// `ok`, or the error with its code.
    pub(crate) fn came(&self) -> String {
        match &self.result {
            Ok(()) => "ok".to_owned(),
            Err(Failure::Refused(error)) => format!("{}: {error}", error.code()),
            Err(Failure::Unreadable(what)) => format!("not of the schema: {what}"),
        }
    }
}

/// Runs a file of vectors: under the preset, or under the conditions of the schema.
pub(crate) fn run_file(text: &[u8], preset: Option<&Policy>) -> Result<Vec<Outcome>, String> {
    let mut file: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let vectors = match file.get_mut("vectors").map(Value::take) {
        Some(Value::Array(vectors)) if vectors.iter().any(|vector| vector["kind"].is_string()) => {
            vectors
        }
        _ => return Err("no vectors of the uniform schema".to_owned()),
    };
    Ok(vectors
        .into_iter()
        .map(|vector| run(vector, preset))
        .collect())
}

/// Runs one vector.
pub(crate) fn run(vector: Value, preset: Option<&Policy>) -> Outcome {
    let id = vector["id"].as_str().unwrap_or("?").to_owned();
    let vector: Vector = match serde_json::from_value(vector) {
        Ok(vector) => vector,
        Err(error) => return Outcome::unreadable(id, error.to_string()),
    };
    let result = match vector.kind.as_str() {
        "registration" => run_registration(&vector, preset),
        "authentication" => run_authentication(&vector, preset),
        other => return Outcome::unreadable(id, format!("kind '{other}'")),
    };
    Outcome {
        id,
        expected: vector.strict.as_ref().unwrap_or(&vector.expect) == "ok",
        why: vector
            .strict_why
            .or(vector.why)
            .map(|why| format!("({why})"))
            .unwrap_or_default(),
        result: result.map_err(Failure::Refused),
    }
}

impl Outcome {
    fn unreadable(id: String, what: String) -> Self {
        Self {
            id,
            expected: false,
            why: String::new(),
            result: Err(Failure::Unreadable(what)),
        }
    }
}

/// The anchors of the vector; one that is no certificate vouches for nothing. Google's roots count by their keys.
fn anchors(vector: &Vector) -> StaticTrust {
    let vendors = vendor_roots().unwrap_or_default();
    let as_key = |anchor: Anchor| {
        let same = |vendor: &&Anchor| {
            vendor.certificate().is_none() && vendor.public_key().ok() == anchor.public_key().ok()
        };
        vendors
            .anchors()
            .iter()
            .find(same)
            .cloned()
            .unwrap_or(anchor)
    };
    vector
        .trust_anchors
        .iter()
        .filter_map(|anchor| {
            let dense: String = anchor.split_ascii_whitespace().collect();
            let der = BASE64.decode(dense.as_bytes()).ok()?;
            Anchor::certificate_der(&der).ok().map(as_key)
        })
        .fold(StaticTrust::new(), StaticTrust::with_anchor)
}

fn policy(vector: &Vector, preset: Option<&Policy>) -> Policy {
    let mut policy = preset.cloned().unwrap_or_else(|| {
        let mut policy = Policy::consumer();
        policy.safetynet = true;
        policy.tpm_sha1 = true;
        policy.sha1_certificates = vector
            .quirks
            .iter()
            .any(|quirk| quirk == "sha1-signed-certificate");
        policy
    });
    policy.cross_origin =
        vector.options.allow_cross_origin || !vector.options.top_origins.is_empty();
    if !vector.trust_anchors.is_empty() {
        policy.attestation = AttestationPolicy::RequireTrusted;
    }
    policy
}

fn ceremony(vector: &Vector) -> Result<Ceremony, Error> {
    let rp_id = RpId::for_development(&vector.rp_id)?;
    // The vectors say which origin is expected; whether it is below the RP ID, the client had to check.
    let mut rules = OriginRules::default();
    rules.related = vec![vector.origin.clone()];
    let origins = AllowedOrigins::new(&rp_id, &rules)?;
    let challenge = BASE64URL_NOPAD
        .decode(vector.challenge_b64url.trim_end_matches('=').as_bytes())
        .map_err(|_| Error::Base64UrlInvalid("challenge"))?;
    let mut ceremony = Ceremony::new(challenge, rp_id, origins);
    ceremony.top_origins = TopOrigins::listed(vector.options.top_origins.clone())?;
    if vector.options.require_uv {
        ceremony.user_verification = UserVerification::Required;
    }
    Ok(ceremony)
}

/// The vector's time. Where any will do: today's, or one at which its certificates are valid.
fn now(vector: &Vector) -> Result<Timestamp, Error> {
    if let Some(at) = &vector.at {
        let day = |date: Date| date.to_zoned(TimeZone::UTC).map(|start| start.timestamp());
        return at
            .parse()
            .or_else(|_| at.parse().and_then(day))
            .map_err(|_| Error::ResponseMalformed("at"));
    }
    // 2026-01-01
    let today = Timestamp::from_second(1_767_225_600).unwrap_or_default();
    Ok(time_of_statement(vector, today).unwrap_or(today))
}

fn time_of_statement(vector: &Vector, today: Timestamp) -> Option<Timestamp> {
    let object = vector.response["response"]["attestationObject"].as_str()?;
    let object = BASE64URL_NOPAD.decode(object.as_bytes()).ok()?;
    let object = AttestationObject::parse(&object).ok()?;
    if let Some(jws) = object.statement.member("response") {
        // A SafetyNet response is good for a minute.
        let payload = std::str::from_utf8(jws.as_bytes()?)
            .ok()?
            .split('.')
            .nth(1)?;
        let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
        let payload: Value = serde_json::from_slice(&payload).ok()?;
        return Timestamp::from_millisecond(payload["timestampMs"].as_i64()?).ok();
    }
    let path = object.statement.member("x5c")?.as_array()?.iter();
    let path: Vec<_> = path
        .filter_map(|der| Certificate::parse(der.as_bytes()?, DerRules::Lenient).ok())
        .collect();
    let begin = path.iter().map(Certificate::not_before).max()?;
    let end = path.iter().map(Certificate::not_after).min()?;
    Some(today.clamp(begin, end.max(begin)))
}

fn run_registration(vector: &Vector, preset: Option<&Policy>) -> Result<(), Error> {
    let response = RegistrationResponse::from_json(vector.response.to_string().as_bytes())?;
    let mut state = RegistrationState::new(ceremony(vector)?, b"user".to_vec());
    state.attestation = AttestationConveyance::Direct;
    let ids = vector.options.algorithms.iter().copied();
    state.algorithms = ids.filter_map(Algorithm::from_id).collect();
    if vector.options.algorithms.is_empty() {
        state.algorithms = Algorithm::ALL
            .into_iter()
            .filter(|algorithm| algorithm.is_allowed_for_credentials())
            .collect();
    }
    let anchors = anchors(vector);
    register(
        &response,
        &state,
        &policy(vector, preset),
        &anchors,
        now(vector)?,
    )
    .map(drop)
}

fn run_authentication(vector: &Vector, preset: Option<&Policy>) -> Result<(), Error> {
    let response = AuthenticationResponse::from_json(vector.response.to_string().as_bytes())?;
    let mut state = AuthenticationState::new(ceremony(vector)?);
    state.allow_credentials = vec![response.id.clone()];
    state.extensions = AuthenticationExtensions::default();
    state.extensions.app_id.clone_from(&vector.options.app_id);
    let user = response
        .user_handle
        .clone()
        .unwrap_or_else(|| b"user".to_vec());
    if response.user_handle.is_none() {
        state.user_handle = Some(user.clone());
    }
    let key = vector
        .credential_public_key_b64url
        .as_deref()
        .unwrap_or_default();
    let key = BASE64URL_NOPAD
        .decode(key.trim_end_matches('=').as_bytes())
        .map_err(|_| Error::Base64UrlInvalid("credential_public_key_b64url"))?;
    let flags = response
        .authenticator_data
        .get(32)
        .copied()
        .unwrap_or_default();
    let credential = StoredCredential {
        id: &response.id,
        public_key: &key,
        sign_count: vector.sign_count.unwrap_or_default(),
        uv_initialized: false,
        backup_eligible: flags & 0x08 != 0,
        backed_up: flags & 0x10 != 0,
        rp_id: &vector.rp_id,
        user_handle: &user,
        browser_bound_key: None,
    };
    authenticate(
        &response,
        &state,
        &credential,
        &policy(vector, preset),
        now(vector)?,
    )
    .map(drop)
}
