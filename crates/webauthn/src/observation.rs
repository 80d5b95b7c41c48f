//! What policy let pass, but a risk engine may want to know.

use crate::error::Excerpt;

/// A finding that is no error under the policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observation {
    /// Reserved flags are set: these bits.
    ReservedFlags(u8),
    /// The extension data was an empty map.
    EmptyExtensionMap,
    /// An assertion carried attested credential data.
    AttestedDataInAssertion,
    /// The client data was not serialised as specified.
    ClientDataNotSerializedAsSpecified,
    /// The ceremony ran in a cross-origin frame that did not name its top origin.
    TopOriginMissing,
    /// The attachment is not the requested one.
    AttachmentMismatch,
    /// A discoverable credential was required, and the client says that it made none.
    NotDiscoverable,
    /// An extension output that nobody asked for.
    ExtensionUnsolicited(Excerpt),
    /// The counter did not rise: the authenticator may have been cloned.
    SignatureCounterNotIncreased {
        /// The stored one.
        stored: u32,
        /// The received one.
        received: u32,
    },
    /// The credential has become backed up.
    BackupStateRose,
    /// The credential is no longer backed up: it may be lost with the device.
    BackupStateFell,
    /// A usernameless sign-in without a user handle.
    UserHandleMissing,
    /// The user was not present, which a conditional creation may do.
    UserNotPresent,
    /// The attestation statement uses SHA-1.
    Sha1InStatement,
    /// The TPM's vendor is not in TCG's list.
    TpmVendorUnknown(Excerpt),
    /// An attestation of an unknown format was recorded unverified.
    AttestationFormatUnverified(Excerpt),
    /// A statement whose chain is not trusted counts as self attestation.
    UntrustedTakenAsSelf,
    /// The metadata has a status that this library does not know.
    MetadataStatusUnknown(Excerpt),
    /// The metadata is stale.
    MetadataStale,
    /// A payment on a known credential came with a browser-bound key that is not the stored one.
    BrowserBoundKeyNew,
}
