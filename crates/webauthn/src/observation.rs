//! What policy let pass, but an operator or a risk engine may want to know.

use crate::error::Excerpt;

/// A finding that is no error under the policy in force. The ceremony passed, and none of these must be acted upon: log
/// them with the account. Two are worth a word to the user: [`Observation::SignatureCounterNotIncreased`] and
/// [`Observation::BackupStateFell`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observation {
    /// Reserved flags are set: these bits. An authenticator of a later specification
    /// ([`reserved_flags`](crate::policy::Policy::reserved_flags)).
    ReservedFlags(u8),
    /// The extension data was an empty map: harmless, and not in order
    /// ([`empty_extension_map`](crate::policy::Policy::empty_extension_map)).
    EmptyExtensionMap,
    /// An assertion carried attested credential data, which was not looked at
    /// ([`attested_data_in_assertion`](crate::policy::Policy::attested_data_in_assertion)).
    AttestedDataInAssertion,
    /// The client data was not serialised as specified: an old browser, or software in between
    /// ([`client_data_template`](crate::policy::Policy::client_data_template)).
    ClientDataNotSerializedAsSpecified,
    /// The ceremony ran in a cross-origin frame that did not name its top origin: who embedded it is not known
    /// ([`require_top_origin`](crate::policy::Policy::require_top_origin)).
    TopOriginMissing,
    /// The attachment is not the requested one ([`attachment`](crate::policy::Policy::attachment)).
    AttachmentMismatch,
    /// A discoverable credential was required, and the client says that it made none: the user cannot sign in with it
    /// without a user name ([`discoverable`](crate::policy::Policy::discoverable)).
    NotDiscoverable,
    /// An extension output that nobody asked for
    /// ([`unsolicited_extensions`](crate::policy::Policy::unsolicited_extensions)).
    ExtensionUnsolicited(Excerpt),
    /// The counter did not rise: the authenticator may have been cloned. Tell the user, and think of a further factor
    /// ([`counter`](crate::policy::Policy::counter)).
    SignatureCounterNotIncreased {
        /// The stored one.
        stored: u32,
        /// The received one.
        received: u32,
    },
    /// The credential has become backed up: losing the device no longer loses it.
    BackupStateRose,
    /// The credential is no longer backed up: it may be lost with the device. Offer to add another passkey.
    BackupStateFell,
    /// A usernameless sign-in without a user handle: the owner is the record's
    /// ([`user_handle`](crate::policy::Policy::user_handle)).
    UserHandleMissing,
    /// The user was not present, which a [conditional](crate::ceremony::Mediation::Conditional) creation may do.
    UserNotPresent,
    /// The TPM's attestation statement uses SHA-1 ([`tpm_sha1`](crate::policy::Policy::tpm_sha1)).
    Sha1InStatement,
    /// The TPM's vendor, by its id, is not in TCG's list ([`tpm_vendors`](crate::policy::Policy::tpm_vendors)).
    TpmVendorUnknown(Excerpt),
    /// An attestation of an unknown format was recorded unverified: it proves nothing
    /// ([`unknown_format`](crate::policy::Policy::unknown_format)).
    AttestationFormatUnverified(Excerpt),
    /// A statement whose chain is not trusted counts as self attestation
    /// ([`treat_untrusted_as_self`](crate::policy::Policy::treat_untrusted_as_self)).
    UntrustedTakenAsSelf,
    /// The model's metadata has a status that this library does not know. Look it up; to turn such models away, add it to
    /// [`undesired_statuses`](crate::policy::Policy::undesired_statuses).
    MetadataStatusUnknown(Excerpt),
    /// The metadata that was used is stale: bring a newer BLOB ([`BlobRules::stale`](crate::metadata::BlobRules::stale)).
    MetadataStale,
    /// A payment on a known credential came with a browser-bound key that is not the stored one: another device, or
    /// another browser, than the payments before.
    BrowserBoundKeyNew,
}
