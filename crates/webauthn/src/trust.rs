//! Who is trusted to vouch for an authenticator: anchors, revocation facts and metadata, all given by the caller
//! ([WebAuthn §7.1](https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential) steps 23 and 24).
//!
//! Where attestation does not matter, pass [`NoTrust`] and read no further.
//!
//! A [`TrustSource`] is asked once for each attestation. Shipped are [`StaticTrust`] for sets of one's own,
//! [`vendor_roots`] for the roots that vendors publish, [`Blob`](crate::metadata::Blob) for FIDO's metadata, [`Union`]
//! to join them, and [`NoTrust`].
//!
//! ```
//! use passkeyd_webauthn::trust::{Anchor, StaticTrust, Union, vendor_roots};
//!
//! # fn sources(root_of_our_keys: &[u8]) -> Result<(), passkeyd_webauthn::Error> {
//! let own = Anchor::certificate_der(root_of_our_keys)?.for_formats(["packed"]);
//! let own = StaticTrust::new().with_anchor(own);
//! let vendors = vendor_roots()?;
//! let trust = Union::new(vec![&own, &vendors]);
//! // register(&response, &state, &policy, &trust, now)
//! # Ok(())
//! # }
//! ```

mod anchor;
mod assessment;
pub mod chain;
mod revocation;
mod source;
mod vendor_roots;

pub use anchor::Anchor;
pub(crate) use anchor::AnchorKind;
pub(crate) use assessment::outcome;
pub use revocation::{RevocationFacts, RevocationStatus};
pub use source::{NoTrust, StaticTrust, TrustMaterial, TrustQuery, TrustSource, Union};
pub use vendor_roots::{GLOBALSIGN_R3, metadata_root, vendor_roots};
