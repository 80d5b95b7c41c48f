//! The [credential record](https://www.w3.org/TR/webauthn-3/#credential-record): what a relying party keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::attestation::AttestationType;
use crate::authenticator_data::Aaguid;
use crate::error::{Error, Result};
use crate::response::AuthenticatorAttachment;

/// How clients can reach an authenticator: sorted, without repetitions, unknown names kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Transports(Vec<String>);

impl Transports {
    /// From the names that `getTransports()` gave: at most 16 of at most 32 characters.
    ///
    /// # Errors
    /// [`Error::ResponseMalformed`] beyond that.
    pub fn new<I, S>(names: I) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() > 16 || names.iter().any(|name| name.chars().count() > 32) {
            return Err(Error::ResponseMalformed("transports"));
        }
        names.sort_unstable();
        names.dedup();
        Ok(Self(names))
    }

    /// The names, for [`CredentialDescriptor::new`](crate::options::CredentialDescriptor::new).
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// What a registration leaves behind. Store all of it, as [`CredentialRecord::to_bytes`], with serde, or in columns; at least
/// the parts that [`StoredCredential`] needs, and `transports` for the lists of later ceremonies.
///
/// A sign-in changes `sign_count`, `backed_up` and, if you keep them, `uv_initialized` and `last_used_at`: see
/// [`Authentication`](crate::Authentication). Nothing else changes in a credential's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CredentialRecord {
    /// The credential id. The storage must keep it unique within the RP ID.
    #[serde(with = "crate::base64url")]
    pub id: Vec<u8>,
    /// The COSE key exactly as the authenticator wrote it.
    #[serde(with = "crate::base64url")]
    pub public_key: Vec<u8>,
    /// The key's algorithm, by its COSE id.
    pub algorithm: i64,
    /// The signature counter: written at each sign-in. Many authenticators leave it at zero.
    pub sign_count: u32,
    /// Has the authenticator ever verified the user with this credential? Rises where
    /// [`Authentication::uv_may_rise`](crate::Authentication::uv_may_rise) says that it may.
    pub uv_initialized: bool,
    /// How clients can reach the authenticator.
    pub transports: Transports,
    /// May it be backed up? Fixed for life.
    pub backup_eligible: bool,
    /// Is it backed up? Written at each sign-in.
    pub backed_up: bool,
    /// The relying party id.
    pub rp_id: String,
    /// The owner's user handle, which leads from a discoverable sign-in to the account.
    #[serde(with = "crate::base64url")]
    pub user_handle: Vec<u8>,
    /// The model of the authenticator; unproven unless the attestation is trusted.
    pub aaguid: Aaguid,
    /// What was attested.
    pub attestation: AttestationRecord,
    /// Kept for a later look ([`examine`](crate::attestation::examine)) where
    /// [`Policy::keep_attestation_object`](crate::policy::Policy::keep_attestation_object) says so.
    #[serde(with = "crate::base64url::option")]
    pub attestation_object: Option<Vec<u8>>,
    /// Kept likewise.
    #[serde(with = "crate::base64url::option")]
    pub client_data_json: Option<Vec<u8>>,
    /// How the authenticator was attached, by the client's word.
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// Can it be used without a user name? By the client's word; unknown where it did not say.
    pub discoverable: Option<bool>,
    /// Does it store a large blob?
    pub large_blob: Option<bool>,
    /// Does it evaluate pseudo-random functions?
    pub prf: Option<bool>,
    /// The key that the browser keeps for payments: a COSE key.
    #[serde(with = "crate::base64url::option")]
    pub browser_bound_key: Option<Vec<u8>>,
    /// The registration's time.
    pub created_at: Timestamp,
    /// The last sign-in's time: none from a registration, the caller's to set.
    pub last_used_at: Option<Timestamp>,
}

/// What a record keeps of attestation: enough to judge it again with newer metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttestationRecord {
    /// The statement format.
    pub format: String,
    /// The attestation type.
    pub attestation_type: AttestationType,
    /// Did it lead to a trusted anchor?
    pub trusted: bool,
    /// The statement's certificates in DER, leaf first.
    #[serde(with = "crate::base64url::list")]
    pub trust_path: Vec<Vec<u8>>,
}

const VERSION: u8 = 1;

impl CredentialRecord {
    /// A version byte, then a form that only [`CredentialRecord::from_bytes`] needs to understand. Keep `id`, `user_handle`
    /// and `sign_count` in columns of their own beside it: they are looked up and compared.
    ///
    /// # Errors
    /// [`Error::CredentialRecordMalformed`], if it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut out = vec![VERSION];
        serde_json::to_writer(&mut out, self).map_err(|_| Error::CredentialRecordMalformed)?;
        Ok(out)
    }

    /// Reads what [`CredentialRecord::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Error::VersionUnsupported`], [`Error::CredentialRecordMalformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => {
                serde_json::from_slice(rest).map_err(|_| Error::CredentialRecordMalformed)
            }
            Some((version, _)) => Err(Error::VersionUnsupported(*version)),
            None => Err(Error::CredentialRecordMalformed),
        }
    }

    /// What [`authenticate`](crate::authenticate) needs of it.
    pub fn stored(&self) -> StoredCredential<'_> {
        StoredCredential {
            id: &self.id,
            public_key: &self.public_key,
            sign_count: self.sign_count,
            uv_initialized: self.uv_initialized,
            backup_eligible: self.backup_eligible,
            backed_up: self.backed_up,
            rp_id: &self.rp_id,
            user_handle: &self.user_handle,
            browser_bound_key: self.browser_bound_key.as_deref(),
        }
    }

    /// The algorithm, if this library knows it.
    pub const fn known_algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_id(self.algorithm)
    }
}

/// The stored state that an assertion is checked against, borrowed from wherever the caller keeps it:
/// [`CredentialRecord::stored`], or the columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredCredential<'a> {
    /// The credential id.
    pub id: &'a [u8],
    /// The COSE key as registered.
    pub public_key: &'a [u8],
    /// The signature counter.
    pub sign_count: u32,
    /// Has the user been verified with it before?
    pub uv_initialized: bool,
    /// The backup eligibility at registration.
    pub backup_eligible: bool,
    /// The last backup state.
    pub backed_up: bool,
    /// The RP ID it was registered for.
    pub rp_id: &'a str,
    /// Its owner's user handle.
    pub user_handle: &'a [u8],
    /// The browser-bound key of a payment credential.
    pub browser_bound_key: Option<&'a [u8]>,
}

impl Serialize for Aaguid {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Aaguid {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an AAGUID"))
    }
}
