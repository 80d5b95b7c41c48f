//! FIDO's [Metadata Service](https://fidoalliance.org/specs/mds/fido-metadata-service-v3.1.1-ps-20251023.html), version 3:
//! the signed BLOB that lists models of authenticators, what they can do, who vouches for them, and what has become of
//! them since.
//!
//! Nothing is fetched here: the caller brings the BLOB's bytes, the root, revocation facts, the time, and what it saw last. FIDO
//! serves the BLOB at <https://mds3.fidoalliance.org/>; fetch it once a day, keep [`Blob::last_seen`] with it, and keep the old
//! one where the new one is refused. Credentials that are registered already are judged again with [`reevaluate`].
//!
//! ```no_run
//! use jiff::Timestamp;
//! use passkeyd_webauthn::metadata::{Blob, BlobRules};
//! use passkeyd_webauthn::trust::{RevocationFacts, metadata_root};
//!
//! # fn load(file: &[u8], now: Timestamp) -> Result<(), passkeyd_webauthn::Error> {
//! let blob = Blob::parse_and_verify(file, &[metadata_root()?], &RevocationFacts::new(), now, None, &BlobRules::default())?;
//! for entry in blob.fido2_entries() {
//!     // entry.aaguid(), entry.description(), entry.icon(), entry.attestation_types(), entry.status_reports() …
//! }
//! // Keep `blob.last_seen()` for the next time, and hand the BLOB to `register` as a trust source.
//! # Ok(())
//! # }
//! ```

mod blob;
mod entry;
mod judgement;
mod reevaluation;
mod statement;
mod status;

pub use blob::{Blob, BlobRules, LastSeen, ResolvedCertificates, UnverifiedBlob};
pub use entry::Entry;
pub use judgement::MetadataSummary;
pub(crate) use judgement::{Ceremony, judge};
pub use reevaluation::{RegisteredAttestation, reevaluate};
pub use statement::{
    AttestationTypeName, AuthenticatorGetInfo, MetadataStatement, SupportedExtension,
    UserVerificationMethod, Version,
};
pub use status::{Certification, Status, StatusReport, StatusScope};
