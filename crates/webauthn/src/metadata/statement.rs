//! The metadata statement: what a maker says about a model
//! ([FIDO Metadata Statement](https://fidoalliance.org/specs/mds/fido-metadata-statement-v3.1.1-ps-20251023.html)).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entry::certificate;
use crate::algorithm::Algorithm;
use crate::authenticator_data::Aaguid;
use crate::error::{Error, Result};

/// A metadata statement. Members and values that this library does not know are kept.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct MetadataStatement {
    /// The model, where it has an AAGUID.
    pub aaguid: Option<Aaguid>,
    /// The model's name in English.
    pub description: Option<String>,
    /// The least trustworthy firmware version.
    pub authenticator_version: Option<u64>,
    /// `u2f`, `fido2` or `uaf`.
    pub protocol_family: Option<String>,
    /// The protocol versions that it speaks.
    pub upv: Vec<Version>,
    /// The signature algorithms, by their names in FIDO's registry.
    pub authentication_algorithms: Vec<String>,
    /// The encodings of public keys.
    pub public_key_encodings: Vec<String>,
    /// How it attests.
    pub attestation_types: Vec<AttestationTypeName>,
    /// Alternatives of user verification; each is a combination of methods.
    pub user_verification_details: Vec<Vec<UserVerificationMethod>>,
    /// How keys are protected.
    pub key_protection: Vec<String>,
    /// How the matching of biometrics is protected.
    pub matcher_protection: Vec<String>,
    /// Its strength in bits.
    pub crypto_strength: Option<u64>,
    /// How it connects.
    pub attachment_hint: Vec<String>,
    /// What it can display.
    pub tc_display: Vec<String>,
    /// Who vouches for it, in DER.
    pub attestation_root_certificates: Vec<Vec<u8>>,
    /// Its picture, as a `data:` URL.
    pub icon: Option<String>,
    /// Its picture for dark backgrounds.
    pub icon_dark: Option<String>,
    /// The extensions that it supports.
    pub supported_extensions: Vec<SupportedExtension>,
    /// What it answers to CTAP's `authenticatorGetInfo`.
    pub authenticator_get_info: Option<AuthenticatorGetInfo>,
    /// Members that are not read.
    pub other: Map<String, Value>,
}

/// A protocol version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// Before the dot.
    pub major: u64,
    /// After the dot.
    pub minor: u64,
}

/// One method of verifying the user.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserVerificationMethod {
    /// Its name in FIDO's registry, such as `fingerprint_internal`.
    #[serde(rename = "userVerificationMethod")]
    pub name: String,
    /// Details by method, as written.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// An extension that an authenticator supports.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SupportedExtension {
    /// Its identifier.
    pub id: String,
    /// Whether an authenticator that does not know it must refuse.
    #[serde(default)]
    pub fail_if_unknown: bool,
    /// Other members.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The answer to `authenticatorGetInfo` (CTAP 2.2 §6.4).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthenticatorGetInfo {
    /// The protocol versions.
    #[serde(default)]
    pub versions: Vec<String>,
    /// The extensions.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// The model.
    pub aaguid: Option<String>,
    /// The firmware's version.
    pub firmware_version: Option<u64>,
    /// Other members.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a model attests, by FIDO's names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttestationTypeName {
    /// `basic_full`: a batch key.
    BasicFull,
    /// `basic_surrogate`: the credential key itself.
    BasicSurrogate,
    /// `attca`: an attestation CA.
    AttCa,
    /// `anonca`: an anonymisation CA.
    AnonCa,
    /// `none`.
    None,
    /// A name that this library does not know.
    Other(String),
}

impl AttestationTypeName {
    /// FIDO's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::BasicFull => "basic_full",
            Self::BasicSurrogate => "basic_surrogate",
            Self::AttCa => "attca",
            Self::AnonCa => "anonca",
            Self::None => "none",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for AttestationTypeName {
    fn from(name: String) -> Self {
        match name.as_str() {
            "basic_full" => Self::BasicFull,
            "basic_surrogate" => Self::BasicSurrogate,
            "attca" => Self::AttCa,
            "anonca" => Self::AnonCa,
            "none" => Self::None,
            _ => Self::Other(name),
        }
    }
}

impl MetadataStatement {
    pub(super) fn read(value: Value) -> Result<Self> {
        let Value::Object(members) = value else {
            return Err(Error::MetadataMalformed("metadataStatement"));
        };
        let mut members = Members(members);
        let roots = members.texts("attestationRootCertificates")?;
        let aaguid = match members.text("aaguid")? {
            Some(text) => Some(Aaguid::parse(&text).ok_or(Error::MetadataMalformed("aaguid"))?),
            None => None,
        };
        Ok(Self {
            aaguid,
            description: members.text("description")?,
            authenticator_version: members.typed("authenticatorVersion")?,
            protocol_family: members.text("protocolFamily")?,
            upv: members.typed("upv")?.unwrap_or_default(),
            authentication_algorithms: members.texts("authenticationAlgorithms")?,
            public_key_encodings: members.texts("publicKeyAlgAndEncodings")?,
            attestation_types: members
                .texts("attestationTypes")?
                .into_iter()
                .map(Into::into)
                .collect(),
            user_verification_details: members
                .typed("userVerificationDetails")?
                .unwrap_or_default(),
            key_protection: members.texts("keyProtection")?,
            matcher_protection: members.texts("matcherProtection")?,
            crypto_strength: members.typed("cryptoStrength")?,
            attachment_hint: members.texts("attachmentHint")?,
            tc_display: members.texts("tcDisplay")?,
            attestation_root_certificates: roots
                .iter()
                .map(|text| {
                    certificate(text).ok_or(Error::MetadataMalformed("attestationRootCertificates"))
                })
                .collect::<Result<_>>()?,
            icon: members.text("icon")?,
            icon_dark: members.text("iconDark")?,
            supported_extensions: members.typed("supportedExtensions")?.unwrap_or_default(),
            authenticator_get_info: members.typed("authenticatorGetInfo")?,
            other: members.0,
        })
    }

    /// Whether the model signs with this algorithm, as far as its list tells: `None` where the list is empty or has names
    /// that this library does not know.
    pub fn lists_algorithm(&self, algorithm: Algorithm) -> Option<bool> {
        let mut unknown = self.authentication_algorithms.is_empty();
        for name in &self.authentication_algorithms {
            match algorithm_named(name) {
                Some(listed) if same_algorithm(listed, algorithm) => return Some(true),
                Some(_) => {}
                None => unknown = true,
            }
        }
        if unknown { None } else { Some(false) }
    }

    /// Every user verification method that occurs in any alternative.
    pub fn user_verification_methods(&self) -> impl Iterator<Item = &str> {
        self.user_verification_details
            .iter()
            .flatten()
            .map(|method| method.name.as_str())
    }
}

/// FIDO's registry of predefined values, §3.6.1.
fn algorithm_named(name: &str) -> Option<Algorithm> {
    Some(match name {
        "secp256r1_ecdsa_sha256_raw" | "secp256r1_ecdsa_sha256_der" => Algorithm::Es256,
        "secp256k1_ecdsa_sha256_raw" | "secp256k1_ecdsa_sha256_der" => Algorithm::Es256K,
        "secp384r1_ecdsa_sha384_raw" => Algorithm::Es384,
        "secp521r1_ecdsa_sha512_raw" => Algorithm::Es512,
        "ed25519_eddsa_sha512_raw" => Algorithm::EdDsa,
        "ed448_eddsa_sha512_raw" => Algorithm::Ed448,
        "rsassa_pss_sha256_raw" | "rsassa_pss_sha256_der" => Algorithm::Ps256,
        "rsassa_pss_sha384_raw" => Algorithm::Ps384,
        "rsassa_pss_sha512_raw" => Algorithm::Ps512,
        "rsassa_pkcsv15_sha256_raw" | "rsa_emsa_pkcs1_sha256_raw" | "rsa_emsa_pkcs1_sha256_der" => {
            Algorithm::Rs256
        }
        "rsassa_pkcsv15_sha384_raw" => Algorithm::Rs384,
        "rsassa_pkcsv15_sha512_raw" => Algorithm::Rs512,
        "rsassa_pkcsv15_sha1_raw" => Algorithm::Rs1,
        _ => return None,
    })
}

/// The same meaning, whatever the identifier.
fn same_algorithm(listed: Algorithm, used: Algorithm) -> bool {
    listed.scheme() == used.scheme() && listed.curve() == used.curve()
}

struct Members(Map<String, Value>);

impl Members {
    fn typed<T: for<'de> Deserialize<'de>>(&mut self, name: &'static str) -> Result<Option<T>> {
        let value = self.0.remove(name);
        value
            .map(serde_json::from_value)
            .transpose()
            .map_err(|_| Error::MetadataMalformed(name))
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>> {
        self.typed(name)
    }

    fn texts(&mut self, name: &'static str) -> Result<Vec<String>> {
        Ok(self.typed(name)?.unwrap_or_default())
    }
}
