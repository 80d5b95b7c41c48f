//! Between the domain's nouns and the verifier's: the one place that knows both.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use passkeyd_domain::{
    AttestationConveyance, TenantSettings, UserVerification, ports::OwnedCredential,
};
use passkeyd_webauthn::{
    Algorithm, AttestationRecord, AuthenticationResponse, AuthenticationState, Ceremony, Policy,
    RegistrationResponse, RegistrationState, StoredCredential,
    ceremony::Mediation,
    client_data::ClientData,
    metadata::Blob,
    options,
    origin::{AllowedOrigins, OriginRelation, OriginRules, RpId, TopOrigins},
    policy::{AttestationPolicy, CounterPolicy, UnknownFormatPolicy, UserHandlePolicy},
    trust::{StaticTrust, TrustSource, Union, vendor_roots},
};
use uuid::Uuid;

use crate::{
    Settings,
    applications::Origins,
    metadata::Revocations,
    origin::{lists, normalised},
};

/// The algorithms that the Passwordless contract offers, in its order.
const OFFERED: [i64; 10] = [-8, -7, -257, -37, -35, -258, -38, -36, -259, -39];

/// An authenticator's answer to a registration, decoded by the surface that received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationResponse {
    /// `rawId`.
    pub raw_id: Vec<u8>,
    /// `response.clientDataJSON`.
    pub client_data_json: Vec<u8>,
    /// `response.attestationObject`.
    pub attestation_object: Vec<u8>,
    /// `response.transports`; none: the client did not say.
    pub transports: Option<Vec<String>>,
    /// `clientExtensionResults.credProps.rk`; none: the client did not say.
    pub discoverable: Option<bool>,
}

/// An authenticator's answer to a sign-in, decoded by the surface that received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionResponse {
    /// `rawId`.
    pub raw_id: Vec<u8>,
    /// `response.clientDataJSON`.
    pub client_data_json: Vec<u8>,
    /// `response.authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `response.signature`.
    pub signature: Vec<u8>,
    /// `response.userHandle`; none: the client sent none. An empty one is refused.
    pub user_handle: Option<Vec<u8>>,
}

/// What a ceremony was begun with.
pub(crate) struct Expected<'a> {
    pub(crate) challenge: &'a [u8],
    pub(crate) rp_id: &'a str,
    pub(crate) terms: Terms<'a>,
    pub(crate) user_verification: UserVerification,
    pub(crate) now: Timestamp,
}

/// What a surface asks of an answer.
pub(crate) enum Terms<'a> {
    /// The origin that the client names now, and no frames.
    Named {
        origin: &'a str,
        /// It comes from a client of the Passwordless surface, which sends less.
        lenient: bool,
    },
    /// The origins of an application, and the frames that it allows.
    Application(&'a Origins),
}

/// What a new credential must be like.
pub(crate) struct Wanted<'a> {
    pub(crate) handle: &'a [u8],
    /// The algorithms that were offered; none: all that the server offers.
    pub(crate) algorithms: Option<&'a [i64]>,
    pub(crate) attestation: AttestationConveyance,
    /// Made without asking the user, after another sign-in.
    pub(crate) conditional: bool,
}

/// The credential that an assertion is checked against.
pub(crate) struct Stored<'a> {
    pub(crate) owned: &'a OwnedCredential,
    /// The user whose credentials were listed.
    pub(crate) expected_user: Option<&'a str>,
}

/// What a verified registration says.
pub(crate) struct RegistrationFacts {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) algorithm: i64,
    pub(crate) sign_count: u32,
    pub(crate) aaguid: Uuid,
    pub(crate) backup_eligible: bool,
    pub(crate) backed_up: bool,
    pub(crate) user_verified: bool,
    /// What was attested, and by which certificates.
    pub(crate) attestation: AttestationRecord,
    /// Where the client says that it was made.
    pub(crate) origin: String,
}

/// What a verified assertion says.
pub(crate) struct SignInFacts {
    pub(crate) sign_count: u32,
    pub(crate) backed_up: bool,
    pub(crate) user_verified: bool,
}

/// The verifier with this server's policy.
pub(crate) struct Verifier {
    policy: Policy,
    /// What the Passwordless surface asks of an assertion.
    lenient: Policy,
    /// Who vouches for authenticators, beside the metadata.
    vendors: StaticTrust,
    offered: Vec<Algorithm>,
    ids: Vec<i64>,
    /// Those that the operator put in front.
    preferred: Vec<i64>,
}

impl Verifier {
    pub(crate) fn new(settings: &Settings) -> Self {
        let first = settings.algorithms.iter().copied();
        let then = OFFERED
            .into_iter()
            .filter(|id| !settings.algorithms.contains(id));
        let offered: Vec<Algorithm> = first.chain(then).filter_map(Algorithm::from_id).collect();
        let ids = offered.iter().map(|algorithm| algorithm.id()).collect();
        // The Passwordless clients send no user handle, and a counter of zero never locks a user out there.
        let mut policy = settings.policy.clone();
        if policy.attestation == AttestationPolicy::Verify {
            policy.attestation = AttestationPolicy::RequireTrustedIfKnown;
        }
        let mut lenient = policy.clone();
        lenient.user_handle = UserHandlePolicy::Optional;
        lenient.counter = CounterPolicy::RefuseUnlessZero;
        Self {
            policy,
            lenient,
            vendors: vendor_roots().unwrap_or_default(),
            offered,
            ids,
            preferred: settings
                .algorithms
                .iter()
                .copied()
                .filter(|id| Algorithm::from_id(*id).is_some())
                .collect(),
        }
    }

    /// The COSE algorithms that are offered, the preferred first.
    pub(crate) fn algorithms(&self) -> &[i64] {
        &self.ids
    }

    /// How registrations are judged.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The algorithms that an application offers, those that the operator prefers first.
    pub(crate) fn application_algorithms(&self, tenant: &TenantSettings) -> Vec<i64> {
        let of_tenant = tenant.application.algorithms.iter().copied();
        let of_tenant = of_tenant.map(i64::from);
        let others = of_tenant.filter(|id| !self.preferred.contains(id));
        self.preferred.iter().copied().chain(others).collect()
    }

    fn policy_for(&self, tenant: &TenantSettings, terms: &Terms<'_>) -> Cow<'_, Policy> {
        match terms {
            Terms::Named { lenient: true, .. } => Cow::Borrowed(&self.lenient),
            Terms::Named { lenient: false, .. } => Cow::Borrowed(&self.policy),
            Terms::Application(_) => {
                let mut policy = self.policy.clone();
                policy.cross_origin = tenant.application.allow_cross_origin;
                policy.unknown_format = UnknownFormatPolicy::RecordAlways;
                // Statements are verified there, and anchors are not asked for.
                if policy.attestation == AttestationPolicy::RequireTrustedIfKnown {
                    policy.attestation = AttestationPolicy::Verify;
                }
                Cow::Owned(policy)
            }
        }
    }

    /// An attested model that the metadata knows must be what it says and in good standing; trust in others is neither
    /// asked for nor refused.
    pub(crate) fn register(
        &self,
        tenant: &TenantSettings,
        expected: &Expected<'_>,
        wanted: &Wanted<'_>,
        response: &AttestationResponse,
        metadata: Option<&Blob>,
        revocations: &Revocations,
    ) -> Result<RegistrationFacts, String> {
        let ceremony = ceremony(tenant, expected)?;
        let mut state = RegistrationState::new(ceremony, wanted.handle.to_vec());
        match wanted.algorithms {
            None => state.algorithms.clone_from(&self.offered),
            Some(ids) => {
                let known = ids.iter().filter_map(|id| Algorithm::from_id(*id));
                state.algorithms = known.collect();
            }
        }
        if wanted.conditional {
            state.mediation = Mediation::Conditional;
        }
        state.attestation = match wanted.attestation {
            AttestationConveyance::None => options::AttestationConveyance::None,
            AttestationConveyance::Indirect => options::AttestationConveyance::Indirect,
            AttestationConveyance::Direct => options::AttestationConveyance::Direct,
            AttestationConveyance::Enterprise => options::AttestationConveyance::Enterprise,
        };
        state.extensions.cred_props = true;
        let origin = ClientData::parse(&response.client_data_json)
            .map(|client_data| client_data.origin.to_string())
            .map_err(|error| error.to_string())?;
        let response = RegistrationResponse::new(
            response.raw_id.clone(),
            response.client_data_json.clone(),
            response.attestation_object.clone(),
        );
        let mut sources: Vec<&(dyn TrustSource + Sync)> = vec![&self.vendors, revocations];
        if let Some(blob) = &metadata {
            sources.insert(0, blob);
        }
        let trust = Union::new(sources);
        let policy = self.policy_for(tenant, &expected.terms);
        let registration =
            passkeyd_webauthn::register(&response, &state, &policy, &trust, expected.now)
                .map_err(|error| error.to_string())?;
        let credential = registration.credential;
        Ok(RegistrationFacts {
            credential_id: credential.id,
            public_key: credential.public_key,
            algorithm: credential.algorithm,
            sign_count: credential.sign_count,
            aaguid: Uuid::from_bytes(credential.aaguid.0),
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backed_up,
            user_verified: credential.uv_initialized,
            attestation: credential.attestation,
            origin,
        })
    }

    pub(crate) fn authenticate(
        &self,
        tenant: &TenantSettings,
        expected: &Expected<'_>,
        stored: &Stored<'_>,
        response: &AssertionResponse,
    ) -> Result<SignInFacts, String> {
        let Stored {
            owned,
            expected_user,
        } = stored;
        let policy = self.policy_for(tenant, &expected.terms);
        if expected_user.is_some_and(|user| user != owned.user_id.as_str()) {
            return Err("the passkey is not one of those that were asked for".to_owned());
        }
        let (credential, handle) = (&owned.credential, owned.handle.as_bytes());
        let mut answer = AuthenticationResponse::new(
            response.raw_id.clone(),
            response.client_data_json.clone(),
            response.authenticator_data.clone(),
            response.signature.clone(),
        );
        if response.user_handle.as_ref().is_some_and(Vec::is_empty) {
            return Err("the user handle is empty".to_owned());
        }
        answer.user_handle.clone_from(&response.user_handle);
        // Passkeys made by the iOS client carry the text of the handle in place of the handle.
        let text = BASE64URL_NOPAD.encode(handle);
        if answer.user_handle.as_deref() == Some(text.as_bytes()) {
            answer.user_handle = Some(handle.to_vec());
        }
        let stored = StoredCredential {
            id: credential.credential_id.as_bytes(),
            public_key: &credential.public_key,
            sign_count: credential.sign_count,
            uv_initialized: credential.user_verified,
            // What was never recorded is taken from the first assertion.
            backup_eligible: credential
                .backup_eligible
                .unwrap_or_else(|| says_backup_eligible(response)),
            backed_up: credential.backed_up.unwrap_or(false),
            rp_id: &credential.rp_id,
            user_handle: handle,
            browser_bound_key: None,
        };
        let mut state = AuthenticationState::new(ceremony(tenant, expected)?);
        state.user_handle = expected_user.map(|_| handle.to_vec());
        let verified =
            passkeyd_webauthn::authenticate(&answer, &state, &stored, &policy, expected.now)
                .map_err(|error| error.to_string())?;
        Ok(SignInFacts {
            sign_count: verified.sign_count,
            backed_up: verified.backed_up,
            user_verified: verified.user_verified,
        })
    }
}

/// BE of authenticator data (WebAuthn §6.1), before it has been parsed.
fn says_backup_eligible(response: &AssertionResponse) -> bool {
    response
        .authenticator_data
        .get(32)
        .is_some_and(|flags| flags & 0x08 != 0)
}

fn ceremony(tenant: &TenantSettings, expected: &Expected<'_>) -> Result<Ceremony, String> {
    let mut ceremony = match &expected.terms {
        Terms::Named { origin, .. } => {
            let (rp_id, origins) = admitted(tenant, expected.rp_id, origin)?;
            Ceremony::new(expected.challenge.to_vec(), rp_id, origins)
        }
        Terms::Application(origins) => application_ceremony(tenant, expected, origins)?,
    };
    ceremony.user_verification = match expected.user_verification {
        UserVerification::Required => options::UserVerification::Required,
        UserVerification::Preferred => options::UserVerification::Preferred,
        UserVerification::Discouraged => options::UserVerification::Discouraged,
    };
    Ok(ceremony)
}

fn application_ceremony(
    tenant: &TenantSettings,
    expected: &Expected<'_>,
    origins: &Origins,
) -> Result<Ceremony, String> {
    let rp_id = RpId::for_development(expected.rp_id).map_err(|error| error.to_string())?;
    let mut rules = OriginRules::default();
    match origins {
        // The RP id's `/.well-known/webauthn`, which we serve, declares those that are not below it.
        Origins::Listed(listed) => rules.related.clone_from(listed),
        Origins::Development => {
            rules.subdomains = true;
            rules.any_port = true;
        }
    }
    // An origin that no browser would send takes nothing from the others.
    rules.related.retain(|origin| {
        let mut alone = OriginRules::default();
        alone.related = vec![origin.clone()];
        AllowedOrigins::new(&rp_id, &alone).is_ok()
    });
    let origins = AllowedOrigins::new(&rp_id, &rules).map_err(|error| error.to_string())?;
    let mut ceremony = Ceremony::new(expected.challenge.to_vec(), rp_id, origins);
    let embedding = &tenant.application.top_origins;
    ceremony.top_origins = if embedding.is_empty() {
        TopOrigins::Any
    } else {
        let listed = embedding.iter().filter_map(|origin| normalised(origin));
        TopOrigins::listed(listed).map_err(|error| error.to_string())?
    };
    Ok(ceremony)
}

/// Refuses, of a tenant that lists its origins or RP ids, what is not listed. The others are told when they complete.
pub(crate) fn check_lists(
    tenant: &TenantSettings,
    rp_id: &str,
    origin: &str,
) -> Result<(), String> {
    if tenant.origins.is_empty() && !lists_rp_ids(tenant) {
        return Ok(());
    }
    admitted(tenant, rp_id, origin).map(drop)
}

fn lists_rp_ids(tenant: &TenantSettings) -> bool {
    !tenant.rp_ids.is_empty() || tenant.application.rp_id.is_some()
}

/// The RP id and the origin that a client names, if the tenant takes them.
fn admitted(
    tenant: &TenantSettings,
    rp_id: &str,
    origin: &str,
) -> Result<(RpId, AllowedOrigins), String> {
    let checked = RpId::for_development(rp_id).map_err(|error| error.to_string())?;
    let named = normalised(origin).ok_or("the origin is no URI")?;
    let (lists_origins, lists_rp_ids) = (!tenant.origins.is_empty(), lists_rp_ids(tenant));
    if lists_origins && !lists(&tenant.origins, &named) {
        return Err("the origin is not one of the app's".to_owned());
    }
    let mut listed = tenant.rp_ids.iter().chain(&tenant.application.rp_id);
    if lists_rp_ids && !listed.any(|listed| listed == rp_id) {
        return Err("the RP id is not one of the app's".to_owned());
    }
    let mut rules = OriginRules::default();
    match (lists_origins, lists_rp_ids) {
        // Until a tenant lists something the browser vouches for the relation between origin and RP id.
        (false, false) => {
            rules.origins = vec![named];
            rules.relation = OriginRelation::TrustClient;
        }
        // The RP id's `/.well-known/webauthn`, which we serve, declares the origin.
        (true, true) => rules.related = vec![named],
        _ => rules.origins = vec![named],
    }
    let origins = AllowedOrigins::new(&checked, &rules).map_err(|error| error.to_string())?;
    Ok((checked, origins))
}
