//! A browser with a platform authenticator, as the `passkey` crates make it.

use coset::iana;
use passkey::{
    authenticator::{
        Authenticator, CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck,
        UserValidationMethod,
    },
    client::{Client as PasskeyClient, DefaultClientData},
    crypto::rust_crypto::RustCryptoBackend,
    types::{
        Passkey,
        ctap2::{
            Aaguid, Ctap2Error, StatusCode,
            make_credential::{
                Options, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity,
            },
        },
        webauthn::{
            AuthenticatorTransport, CredentialCreationOptions, CredentialRequestOptions,
            PublicKeyCredentialCreationOptions, PublicKeyCredentialDescriptor,
            PublicKeyCredentialRequestOptions,
        },
    },
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{Assertion, Error, Registration};

/// How a [`Client`] is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientSetup {
    /// The user passes user verification; else nobody can.
    pub verifies_user: bool,
    /// New credentials count their signatures.
    pub counts: bool,
    /// New keys are of this COSE algorithm (ES256, `EdDSA` or ML-DSA); none: the first one offered that is known.
    pub algorithm: Option<i64>,
}

impl Default for ClientSetup {
    fn default() -> Self {
        Self {
            verifies_user: true,
            counts: false,
            algorithm: None,
        }
    }
}

/// A well-behaved client and authenticator: checks the RP id against the origin, chooses an algorithm that was offered,
/// signs what it should, and can't be talked into anything else. For the rest there is [`Device`](crate::Device).
pub struct Client(
    PasskeyClient<Credentials, User, RustCryptoBackend, public_suffix::PublicSuffixList, ()>,
);

impl Client {
    /// A client whose authenticator holds nothing yet. Plain `http` is accepted for `localhost` only.
    ///
    /// # Errors
    /// [`Error::NoAlgorithm`] where `passkey` does not make keys of the algorithm asked for.
    pub fn new(setup: ClientSetup) -> Result<Self, Error> {
        let user = User {
            verified: setup.verifies_user,
        };
        let store = Credentials::default();
        let mut authenticator =
            Authenticator::new(Aaguid::new_empty(), store, user, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(setup.counts);
        if let Some(number) = setup.algorithm {
            let algorithm =
                <iana::Algorithm as iana::EnumI64>::from_i64(number).ok_or(Error::NoAlgorithm)?;
            authenticator
                .set_algorithms(&[algorithm])
                .map_err(|_| Error::NoAlgorithm)?;
        }
        Ok(Self(
            PasskeyClient::new(authenticator)
                .allows_insecure_localhost(true)
                .user_verification_when_preferred(setup.verifies_user),
        ))
    }

    /// `navigator.credentials.create()` on a page of that origin.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::Origin`] and [`Error::Client`].
    pub async fn create(&mut self, options: &Value, origin: &str) -> Result<Registration, Error> {
        let public_key: PublicKeyCredentialCreationOptions = read(options)?;
        let made = self
            .0
            .register(
                &parse(origin)?,
                CredentialCreationOptions { public_key },
                DefaultClientData,
            )
            .await
            .map_err(|error| Error::Client(format!("{error:?}")))?;
        Ok(Registration {
            credential_id: made.raw_id.into(),
            client_data: made.response.client_data_json.into(),
            attestation_object: made.response.attestation_object.into(),
            authenticator_data: made.response.authenticator_data.into(),
            algorithm: made.response.public_key_algorithm,
            transports: made
                .response
                .transports
                .unwrap_or_default()
                .into_iter()
                .map(|transport| word(transport).to_owned())
                .collect(),
            discoverable: made
                .client_extension_results
                .cred_props
                .and_then(|properties| properties.discoverable),
        })
    }

    /// `navigator.credentials.get()` on a page of that origin.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::Origin`] and [`Error::Client`].
    pub async fn get(&mut self, options: &Value, origin: &str) -> Result<Assertion, Error> {
        let public_key: PublicKeyCredentialRequestOptions = read(options)?;
        let signed = self
            .0
            .authenticate(
                &parse(origin)?,
                CredentialRequestOptions { public_key },
                DefaultClientData,
            )
            .await
            .map_err(|error| Error::Client(format!("{error:?}")))?;
        Ok(Assertion {
            credential_id: signed.raw_id.into(),
            client_data: signed.response.client_data_json.into(),
            authenticator_data: signed.response.authenticator_data.into(),
            signature: signed.response.signature.into(),
            user_handle: signed.response.user_handle.map(Into::into),
        })
    }
}

fn read<'a, T: Deserialize<'a>>(options: &'a Value) -> Result<T, Error> {
    T::deserialize(options.get("publicKey").unwrap_or(options)).map_err(Error::Options)
}

fn parse(origin: &str) -> Result<Url, Error> {
    Url::parse(origin).map_err(|_| Error::Origin(origin.to_owned()))
}

fn word(transport: AuthenticatorTransport) -> &'static str {
    match transport {
        AuthenticatorTransport::Usb => "usb",
        AuthenticatorTransport::Nfc => "nfc",
        AuthenticatorTransport::Ble => "ble",
        AuthenticatorTransport::Hybrid => "hybrid",
        AuthenticatorTransport::Internal => "internal",
    }
}

struct User {
    verified: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for User {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Passkey>,
        _presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck {
            presence: true,
            verification: verification && self.verified,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(self.verified)
    }
}

/// Newest last.
#[derive(Default)]
struct Credentials(Vec<Passkey>);

#[async_trait::async_trait]
impl CredentialStore for Credentials {
    type PasskeyItem = Passkey;

    async fn find_credentials(
        &self,
        allowed: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        user_handle: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        let matches = |passkey: &&Passkey| {
            let of_user = user_handle.is_none_or(|handle| {
                passkey
                    .user_handle
                    .as_ref()
                    .is_some_and(|stored| stored.as_slice() == handle)
            });
            let is_allowed = allowed.map_or(passkey.user_handle.is_some(), |allowed| {
                allowed.iter().any(|one| one.id == passkey.credential_id)
            });
            passkey.rp_id == rp_id && of_user && is_allowed
        };
        let found: Vec<Passkey> = self.0.iter().rev().filter(matches).cloned().collect();
        if found.is_empty() {
            Err(Ctap2Error::NoCredentials.into())
        } else {
            Ok(found)
        }
    }

    async fn save_credential(
        &mut self,
        passkey: Passkey,
        _user: PublicKeyCredentialUserEntity,
        _rp: PublicKeyCredentialRpEntity,
        _options: Options,
    ) -> Result<(), StatusCode> {
        self.0.push(passkey);
        Ok(())
    }

    async fn update_credential(&mut self, passkey: &Passkey) -> Result<(), StatusCode> {
        for stored in &mut self.0 {
            if stored.credential_id == passkey.credential_id {
                *stored = passkey.clone();
            }
        }
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo {
            discoverability: DiscoverabilitySupport::Full,
        }
    }
}
