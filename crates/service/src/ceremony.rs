//! Between the domain's nouns and the verifier's: the one place that knows both.

use jiff::Timestamp;
use passkeyd_domain::{TenantSettings, UserVerification, ports::OwnedCredential};
use uuid::Uuid;

use crate::Settings;

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
    /// `response.userHandle`; none: the client sent none, or an empty one.
    pub user_handle: Option<Vec<u8>>,
}

/// What a ceremony was begun with.
pub(crate) struct Expected<'a> {
    pub(crate) challenge: &'a [u8],
    pub(crate) rp_id: &'a str,
    /// As the client names it now.
    pub(crate) origin: &'a str,
    pub(crate) user_verification: UserVerification,
    pub(crate) expires_at: Timestamp,
    pub(crate) now: Timestamp,
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
    pub(crate) attestation_format: String,
}

/// What a verified assertion says.
pub(crate) struct SignInFacts {
    pub(crate) sign_count: u32,
    pub(crate) backed_up: bool,
    pub(crate) user_verified: bool,
}

/// The verifier with this server's policy.
pub(crate) struct Verifier {
    algorithms: Vec<i64>,
}

impl Verifier {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut algorithms = settings.algorithms.clone();
        algorithms.extend(
            OFFERED
                .iter()
                .filter(|offered| !settings.algorithms.contains(offered)),
        );
        Self { algorithms }
    }

    pub(crate) fn algorithms(&self) -> &[i64] {
        &self.algorithms
    }

    pub(crate) fn register(
        &self,
        tenant: &TenantSettings,
        expected: &Expected<'_>,
        handle: &[u8],
        response: &AttestationResponse,
    ) -> Result<RegistrationFacts, String> {
        let _ = (tenant, expected.now, handle, response);
        Err("not wired".to_owned())
    }

    pub(crate) fn authenticate(
        &self,
        tenant: &TenantSettings,
        expected: &Expected<'_>,
        stored: &Stored<'_>,
        response: &AssertionResponse,
    ) -> Result<SignInFacts, String> {
        let _ = (tenant, expected.now, stored.owned, response);
        Err("not wired".to_owned())
    }
}
