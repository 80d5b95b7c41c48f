//! The reader and runner of test vectors.

use ciborium::Value as Cbor;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
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
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// One ceremony; `deny_unknown_fields` is left out on purpose, since remarks come and go. What is null is absent.
#[derive(Deserialize)]
struct Vector {
    kind: String,
    rp_id: String,
    origin: String,
    challenge_b64url: String,
    /// As it is written, whatever it repeats.
    response: Box<RawValue>,
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

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
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

#[derive(Deserialize)]
struct File {
    vectors: Vec<Box<RawValue>>,
}

/// Runs a file of vectors: under the preset, or under the conditions of the schema.
pub(crate) fn run_file(text: &[u8], preset: Option<&Policy>) -> Result<Vec<Outcome>, String> {
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
    let uniform = |vector: &RawValue| heading(vector)["kind"].is_string();
    match serde_json::from_str::<File>(text) {
        Ok(file) if file.vectors.iter().any(|vector| uniform(vector)) => {
            let vectors = file.vectors.iter();
            Ok(vectors.map(|vector| run(vector.get(), preset)).collect())
        }
        _ => Err("no vectors of the uniform schema".to_owned()),
    }
}

/// Null if it cannot be read.
fn heading(vector: &RawValue) -> Value {
    serde_json::from_str(vector.get()).unwrap_or_default()
}

/// Runs one vector.
pub(crate) fn run(vector: &str, preset: Option<&Policy>) -> Outcome {
    let id = match serde_json::from_str::<Value>(vector) {
        Ok(vector) => vector["id"].as_str().unwrap_or("?").to_owned(),
        Err(_) => "?".to_owned(),
    };
    let vector: Vector = match serde_json::from_str(vector) {
        Ok(vector) => vector,
        Err(error) => return Outcome::unreadable(id, error.to_string()),
    };
    let expected = match vector.strict.as_deref().unwrap_or(&vector.expect) {
        "ok" => true,
        "fail" => false,
        other => return Outcome::unreadable(id, format!("an expectation of '{other}'")),
    };
    let result = match vector.kind.as_str() {
        "registration" => run_registration(&vector, preset),
        "authentication" => run_authentication(&vector, preset),
        other => return Outcome::unreadable(id, format!("kind '{other}'")),
    };
    Outcome {
        id,
        expected,
        why: vector
            .strict_why
            .or(vector.why)
            .map(|why| format!("({why})"))
            .unwrap_or_default(),
        result,
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
            let der = der(anchor)?;
            Anchor::certificate_der(&der).ok().map(as_key)
        })
        .fold(StaticTrust::new(), StaticTrust::with_anchor)
}

/// Base64, broken into lines or not.
fn der(certificate: &str) -> Option<Vec<u8>> {
    let dense: String = certificate.split_ascii_whitespace().collect();
    BASE64.decode(dense.as_bytes()).ok()
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

fn bytes(name: &str, text: &str) -> Result<Vec<u8>, Failure> {
    BASE64URL_NOPAD
        .decode(text.trim_end_matches('=').as_bytes())
        .map_err(|_| Failure::Unreadable(format!("{name} is no base64url")))
}

fn ceremony(vector: &Vector) -> Result<Ceremony, Failure> {
    let rp_id = RpId::for_development(&vector.rp_id)?;
    // The vectors say which origin is expected; whether it is below the RP ID, the client had to check.
    let mut rules = OriginRules::default();
    rules.related = vec![vector.origin.clone()];
    let origins = AllowedOrigins::new(&rp_id, &rules)?;
    let challenge = bytes("challenge_b64url", &vector.challenge_b64url)?;
    let mut ceremony = Ceremony::new(challenge, rp_id, origins);
    ceremony.top_origins = TopOrigins::listed(vector.options.top_origins.clone())?;
    if vector.options.require_uv {
        ceremony.user_verification = UserVerification::Required;
    }
    Ok(ceremony)
}

/// The vector's time. Where any will do: today's, or one at which its certificates are valid; and if that is none for
/// its anchors, each moment at which one of all these begins or ends.
fn times(vector: &Vector) -> Result<Vec<Timestamp>, Failure> {
    if let Some(at) = &vector.at {
        let day = |date: Date| date.to_zoned(TimeZone::UTC).map(|start| start.timestamp());
        return at
            .parse()
            .or_else(|_| at.parse().and_then(day))
            .map(|at| vec![at])
            .map_err(|_| Failure::Unreadable(format!("at '{at}'")));
    }
    // 2026-01-01
    let today = Timestamp::from_second(1_767_225_600).unwrap_or_default();
    let mut certificates = Vec::new();
    if let Some(statement) = statement(vector) {
        if let Some(time) = safetynet_time(&statement) {
            return Ok(vec![time]);
        }
        collect_certificates(&statement, &mut certificates);
    }
    let validity = |der: &Vec<u8>| {
        let certificate = Certificate::parse(der, DerRules::Lenient).ok()?;
        Some([certificate.not_before(), certificate.not_after()])
    };
    let mut periods: Vec<_> = certificates.iter().filter_map(validity).collect();
    let begin = periods.iter().map(|[begin, _]| *begin).max();
    let end = periods.iter().map(|[_, end]| *end).min();
    let mut times = vec![match (begin, end) {
        (Some(begin), Some(end)) => today.clamp(begin, end.max(begin)),
        _ => today,
    }];
    let anchors = vector.trust_anchors.iter().filter_map(|anchor| der(anchor));
    periods.extend(anchors.filter_map(|der| validity(&der)));
    times.extend(periods.into_iter().flatten());
    Ok(times)
}

/// Runs at each time until the certificates are valid.
fn at_some_time(
    vector: &Vector,
    run: impl Fn(Timestamp) -> Result<(), Error>,
) -> Result<(), Failure> {
    let mut refusal = None;
    for time in times(vector)? {
        match run(time) {
            Err(error @ (Error::CertificateExpired | Error::CertificateNotYetValid)) => {
                refusal.get_or_insert(error);
            }
            result => return result.map_err(Failure::Refused),
        }
    }
    refusal.map_or(Ok(()), |error| Err(Failure::Refused(error)))
}

/// The attestation statement, in whatever form of CBOR.
fn statement(vector: &Vector) -> Option<Cbor> {
    let response: Value = serde_json::from_str(vector.response.get()).ok()?;
    let object = response["response"]["attestationObject"].as_str()?;
    let object = BASE64URL_NOPAD.decode(object.as_bytes()).ok()?;
    let object: Cbor = ciborium::from_reader(object.as_slice()).ok()?;
    member(&object, "attStmt").cloned()
}

fn member<'a>(map: &'a Cbor, name: &str) -> Option<&'a Cbor> {
    let mut entries = map.as_map()?.iter();
    entries.find_map(|(key, value)| (key.as_text() == Some(name)).then_some(value))
}

/// A `SafetyNet` response is good for a minute.
fn safetynet_time(statement: &Cbor) -> Option<Timestamp> {
    let jws = std::str::from_utf8(member(statement, "response")?.as_bytes()?).ok()?;
    let payload = BASE64URL_NOPAD.decode(jws.split('.').nth(1)?.as_bytes());
    let payload: Value = serde_json::from_slice(&payload.ok()?).ok()?;
    Timestamp::from_millisecond(payload["timestampMs"].as_i64()?).ok()
}

/// Those of the statement, and of the statements in a compound one.
fn collect_certificates(statement: &Cbor, found: &mut Vec<Vec<u8>>) {
    for element in statement.as_array().into_iter().flatten() {
        if let Some(statement) = member(element, "attStmt") {
            collect_certificates(statement, found);
        }
    }
    let path = member(statement, "x5c").and_then(Cbor::as_array);
    let path = path.into_iter().flatten();
    found.extend(path.filter_map(|der| der.as_bytes().cloned()));
}

fn run_registration(vector: &Vector, preset: Option<&Policy>) -> Result<(), Failure> {
    let response = RegistrationResponse::from_json(vector.response.get().as_bytes())?;
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
    let (anchors, policy) = (anchors(vector), policy(vector, preset));
    at_some_time(vector, |now| {
        register(&response, &state, &policy, &anchors, now).map(drop)
    })
}

fn run_authentication(vector: &Vector, preset: Option<&Policy>) -> Result<(), Failure> {
    let response = AuthenticationResponse::from_json(vector.response.get().as_bytes())?;
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
    let Some(key) = &vector.credential_public_key_b64url else {
        return Err(Failure::Unreadable(
            "no credential_public_key_b64url".to_owned(),
        ));
    };
    let key = bytes("credential_public_key_b64url", key)?;
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
    let policy = policy(vector, preset);
    at_some_time(vector, |now| {
        authenticate(&response, &state, &credential, &policy, now).map(drop)
    })
}
