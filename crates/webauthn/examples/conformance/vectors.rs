//! The reader and runner of test vectors.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use jiff::Timestamp;
use passkeyd_webauthn::extensions::AuthenticationExtensions;
use passkeyd_webauthn::options::{AttestationConveyance, UserVerification};
use passkeyd_webauthn::origin::{AllowedOrigins, OriginRules, RpId, TopOrigins};
use passkeyd_webauthn::policy::AttestationPolicy;
use passkeyd_webauthn::trust::StaticTrust;
use passkeyd_webauthn::{
    Algorithm, AuthenticationResponse, AuthenticationState, Ceremony, Error, Policy,
    RegistrationResponse, RegistrationState, StoredCredential, authenticate, register,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

/// One ceremony; `deny_unknown_fields` is left out on purpose, since remarks come and go.
#[derive(Deserialize)]
struct Vector {
    id: String,
    kind: String,
    rp_id: String,
    origin: String,
    challenge_b64url: String,
    response: Value,
    credential_public_key_b64url: Option<String>,
    sign_count: Option<u32>,
    #[serde(default)]
    options: Options,
    at: Option<Timestamp>,
    #[serde(default)]
    trust_anchors: Vec<String>,
    #[serde(default)]
    quirks: Vec<String>,
    expect: String,
    why: Option<String>,
    strict: Option<String>,
    strict_why: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    require_uv: bool,
    algorithms: Option<Vec<i64>>,
    app_id: Option<String>,
    allow_cross_origin: bool,
    top_origins: Vec<String>,
}

/// What came of one vector.
pub(crate) struct Outcome {
    /// Its name.
    pub(crate) id: String,
    /// Should it verify?
    pub(crate) expected: bool,
    /// Why not.
    pub(crate) why: String,
    result: Result<(), Error>,
}

impl Outcome {
    /// Did it do what it should?
    pub(crate) fn as_expected(&self) -> bool {
        self.result.is_ok() == self.expected
    }

    /// `ok`, or the error with its code.
    pub(crate) fn came(&self) -> String {
        match &self.result {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{}: {error}", error.code()),
        }
    }
}

/// Runs a file of vectors: under the preset, or under the conditions of the schema.
pub(crate) fn run_file(text: &[u8], preset: Option<&Policy>) -> Result<Vec<Outcome>, String> {
    let file: File = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    Ok(file
        .vectors
        .iter()
        .map(|vector| run(vector, preset))
        .collect())
}

fn run(vector: &Vector, preset: Option<&Policy>) -> Outcome {
    let result = match vector.kind.as_str() {
        "registration" => run_registration(vector, preset),
        "authentication" => run_authentication(vector, preset),
        _ => Err(Error::ResponseMalformed("kind")),
    };
    Outcome {
        id: vector.id.clone(),
        expected: vector.strict.as_ref().unwrap_or(&vector.expect) == "ok",
        why: vector
            .strict_why
            .as_ref()
            .or(vector.why.as_ref())
            .map(|why| format!("({why})"))
            .unwrap_or_default(),
        result,
    }
}

fn anchors(vector: &Vector) -> Result<StaticTrust, Error> {
    vector
        .trust_anchors
        .iter()
        .try_fold(StaticTrust::new(), |trust, anchor| {
            let der = BASE64
                .decode(anchor.as_bytes())
                .map_err(|_| Error::CertificateMalformed)?;
            trust.with_anchor_der(&der)
        })
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

fn now(vector: &Vector) -> Timestamp {
    // 2026-01-01, where any time will do.
    vector
        .at
        .unwrap_or_else(|| Timestamp::from_second(1_767_225_600).unwrap_or_default())
}

fn run_registration(vector: &Vector, preset: Option<&Policy>) -> Result<(), Error> {
    let response = RegistrationResponse::from_json(vector.response.to_string().as_bytes())?;
    let mut state = RegistrationState::new(ceremony(vector)?, b"user".to_vec());
    state.attestation = AttestationConveyance::Direct;
    state.algorithms = match &vector.options.algorithms {
        Some(ids) => ids.iter().copied().filter_map(Algorithm::from_id).collect(),
        None => Algorithm::ALL
            .into_iter()
            .filter(|algorithm| algorithm.is_allowed_for_credentials())
            .collect(),
    };
    let anchors = anchors(vector)?;
    register(
        &response,
        &state,
        &policy(vector, preset),
        &anchors,
        now(vector),
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
        now(vector),
    )
    .map(drop)
}
