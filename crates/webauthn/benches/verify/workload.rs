//! What is measured, by wall clock and by instructions alike.

use std::hint::black_box;

use passkeyd_webauthn::attestation::AttestationObject;
use passkeyd_webauthn::public_key::CoseKey;
use passkeyd_webauthn::{
    Algorithm, AuthenticationResponse, RegistrationResponse, authenticate, register,
};

use crate::authentication_case::AuthenticationCase;
use crate::keys::TestKey;
use crate::registration_case::{RegistrationCase, base64url, sha256};

/// What to measure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The primitive alone, with a key that it is given ready.
    Raw,
    /// The same, over what a self attestation signs, which is longer.
    RawStatement,
    /// [`authenticate`].
    Assertion,
    /// [`register`] without attestation.
    None,
    /// [`register`] with self attestation.
    PackedSelf,
    /// Reading the JSON form of a sign-in.
    Json,
}

/// A message that is made once and verified often.
pub(crate) struct Workload {
    kind: Kind,
    registration: RegistrationCase,
    registration_response: RegistrationResponse,
    authentication: AuthenticationCase,
    authentication_response: AuthenticationResponse,
    message: Vec<u8>,
    signature: Vec<u8>,
    cose: Vec<u8>,
    json: Vec<u8>,
}

impl Workload {
    pub(crate) fn new(algorithm: Algorithm, kind: Kind) -> Self {
        let registration = if matches!(kind, Kind::PackedSelf | Kind::RawStatement) {
            RegistrationCase::packed_self(algorithm)
        } else {
            RegistrationCase::none(algorithm)
        };
        let authentication = AuthenticationCase::new(algorithm);
        let response = authentication.response();
        let message = [
            response.authenticator_data.clone(),
            sha256(&response.client_data_json),
        ]
        .concat();
        let registration_response = registration.response();
        let (message, signature) = if kind == Kind::RawStatement {
            let object = &registration_response.attestation_object;
            let object = AttestationObject::parse(object).unwrap();
            let hash = sha256(&registration_response.client_data_json);
            let signature = object.statement.member("sig").unwrap().as_bytes();
            (
                [object.authenticator_data.to_vec(), hash].concat(),
                signature.unwrap().to_vec(),
            )
        } else {
            (message, response.signature.clone())
        };
        let id = base64url(&response.id);
        let json = format!(
            r#"{{"id":"{id}","rawId":"{id}","type":"public-key","clientExtensionResults":{{}},"response":{{"clientDataJSON":"{}","authenticatorData":"{}","signature":"{}","userHandle":"{}"}}}}"#,
            base64url(&response.client_data_json),
            base64url(&response.authenticator_data),
            base64url(&response.signature),
            base64url(response.user_handle.as_deref().unwrap_or_default()),
        );
        Self {
            kind,
            registration_response,
            registration,
            authentication,
            authentication_response: response,
            message,
            signature,
            cose: TestKey::new(algorithm).cose(),
            json: json.into_bytes(),
        }
    }

    pub(crate) fn run(&self) {
        match self.kind {
            Kind::Raw | Kind::RawStatement => raw(&self.cose, &self.message, &self.signature),
            Kind::Assertion => {
                let case = &self.authentication;
                let stored = case.stored.borrow();
                let response = black_box(&self.authentication_response);
                let result = authenticate(response, &case.state, &stored, &case.policy, case.now);
                assert!(black_box(result).is_ok());
            }
            Kind::None | Kind::PackedSelf => {
                let case = &self.registration;
                let response = black_box(&self.registration_response);
                let result = register(response, &case.state, &case.policy, &case.trust, case.now);
                assert!(black_box(result).is_ok());
            }
            Kind::Json => {
                assert!(
                    black_box(AuthenticationResponse::from_json(black_box(&self.json))).is_ok()
                );
            }
        }
    }
}

/// The backend's own check; for the backends without an entry point of their own, ours over a parsed key.
fn raw(cose: &[u8], message: &[u8], signature: &[u8]) {
    use passkeyd_webauthn::public_key::PublicKey;
    use ring::signature as ring;
    let key = CoseKey::parse(cose).unwrap();
    let backend: Option<&dyn ring::VerificationAlgorithm> = match key.algorithm() {
        Algorithm::Es256 | Algorithm::Esp256 => Some(&ring::ECDSA_P256_SHA256_ASN1),
        Algorithm::Es384 | Algorithm::Esp384 => Some(&ring::ECDSA_P384_SHA384_ASN1),
        Algorithm::EdDsa | Algorithm::Ed25519 => Some(&ring::ED25519),
        _ => None,
    };
    let result = match (backend, key.key()) {
        (Some(backend), PublicKey::Ec(point)) => {
            ring::UnparsedPublicKey::new(backend, point.uncompressed())
                .verify(message, signature)
                .is_ok()
        }
        (Some(backend), PublicKey::Ed25519(bytes)) => ring::UnparsedPublicKey::new(backend, bytes)
            .verify(message, signature)
            .is_ok(),
        (None, PublicKey::Rsa { modulus, exponent }) => {
            let parameters = match key.algorithm() {
                Algorithm::Rs384 => &ring::RSA_PKCS1_2048_8192_SHA384,
                Algorithm::Rs512 => &ring::RSA_PKCS1_2048_8192_SHA512,
                Algorithm::Ps256 => &ring::RSA_PSS_2048_8192_SHA256,
                Algorithm::Ps384 => &ring::RSA_PSS_2048_8192_SHA384,
                Algorithm::Ps512 => &ring::RSA_PSS_2048_8192_SHA512,
                _ => &ring::RSA_PKCS1_2048_8192_SHA256,
            };
            let key = ring::RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            };
            key.verify(parameters, message, signature).is_ok()
        }
        _ => key.verify(message, signature).is_ok(),
    };
    assert!(black_box(result));
}
