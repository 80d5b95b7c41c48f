//! Why a response was refused: one variant for each way in which a step can fail.

use std::borrow::Cow;
use std::fmt;

use crate::attestation::AttestationType;

/// A piece of somebody else's text, cut to 64 bytes so that an error can be logged whole.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Excerpt(Cow<'static, str>);

impl Excerpt {
    /// The most bytes that an excerpt holds.
    pub const MAX_LENGTH: usize = 64;

    /// Cuts `text` on a character boundary; control characters become `U+FFFD`.
    pub fn new(text: &str) -> Self {
        let mut kept = String::with_capacity(text.len().min(Self::MAX_LENGTH));
        for character in text.chars() {
            let character = if character.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            };
            if kept.len().saturating_add(character.len_utf8()) > Self::MAX_LENGTH {
                break;
            }
            kept.push(character);
        }
        Self(Cow::Owned(kept))
    }

    /// A text of our own, which is short enough.
    ///
    /// # Panics
    /// Where it is not, which a constant shows when it is compiled.
    pub const fn from_static(text: &'static str) -> Self {
        assert!(text.len() <= Self::MAX_LENGTH, "an excerpt is short");
        Self(Cow::Borrowed(text))
    }

    /// The text that was kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Excerpt {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// What is wrong with an attestation certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateFault {
    /// It is not an X.509 version 3 certificate.
    Version,
    /// The subject lacks a required attribute, or has another value there.
    Subject,
    /// The subject alternative name lacks what the format asks for.
    SubjectAlternativeName,
    /// Basic constraints are missing, or say that it is an authority.
    BasicConstraints,
    /// The key usage does not allow digital signatures.
    KeyUsage,
    /// The extended key usage lacks the format's purpose.
    ExtendedKeyUsage,
    /// The AAGUID extension is marked critical, is malformed, or is missing where policy demands it.
    AaguidExtension,
    /// An extension that must not be critical is.
    CriticalExtension,
    /// The public key has another type than the format demands, or does not parse.
    PublicKey,
    /// The leaf names another host than the format demands.
    Name,
    /// The statement carries another number of certificates than the format demands.
    Count,
    /// The extension that the format rests on is missing.
    ExtensionMissing,
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "version",
            Self::Subject => "subject",
            Self::SubjectAlternativeName => "subject alternative name",
            Self::BasicConstraints => "basic constraints",
            Self::KeyUsage => "key usage",
            Self::ExtendedKeyUsage => "extended key usage",
            Self::AaguidExtension => "AAGUID extension",
            Self::CriticalExtension => "critical extension",
            Self::PublicKey => "public key",
            Self::Name => "name",
            Self::Count => "count",
            Self::ExtensionMissing => "extension missing",
        })
    }
}

macro_rules! errors {
    ($( $(#[doc = $doc:literal])+ $name:ident $(($payload:ty))? = $code:literal at $step:literal: $message:literal, )+) => {
        /// Why a response, an option, a certificate or a metadata BLOB was refused.
        ///
        /// Each variant belongs to one step ([`Error::step`]) and has a stable code ([`Error::code`]) that is safe to
        /// send to a client and to count in metrics. No variant carries a secret, and text that came from outside is
        /// cut to 64 bytes. New variants may appear in any release.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum Error {
            $( $(#[doc = $doc])+ #[error($message)] $name $(($payload))?, )+
        }

        impl Error {
            /// The variant's name in snake case: stable, for logs, metrics and answers.
            pub fn code(&self) -> &'static str {
                match self { $( errors!(@pattern $name $(($payload))?) => $code, )+ }
            }

            /// The step that found it: `R8` is step 8 of [registering a credential][r], `A11` step 11 of [verifying an
            /// assertion][a]; other words name what lies outside of these two lists.
            ///
            /// [r]: https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential
            /// [a]: https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion
            pub fn step(&self) -> &'static str {
                match self { $( errors!(@pattern $name $(($payload))?) => $step, )+ }
            }

            #[cfg(test)]
            pub(crate) const NAMES: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $code)),+];
        }
    };
    (@pattern $name:ident) => { Self::$name };
    (@pattern $name:ident ($payload:ty)) => { Self::$name(_) };
}

errors! {
    // Configuration and options.
    /// The relying party id is not a lower-case ASCII domain. Fix the configuration.
    RpIdInvalid(Excerpt) = "rp_id_invalid" at "configuration": "the relying party id {0} is not a lower-case domain name",
    /// An allowed origin is not `https://host[:port]`, or its host is not at or below the RP ID. Fix the configuration.
    OriginInvalid(Excerpt) = "origin_invalid" at "configuration": "the origin {0} cannot be allowed",
    /// An option is outside of what the specification allows. Fix the caller.
    OptionInvalid(&'static str) = "option_invalid" at "R1, A1": "the option {0} is not allowed",
    /// A JSON form of options does not parse.
    OptionsMalformed(&'static str) = "options_malformed" at "R1, A1": "the options are malformed: {0}",

    // Ceremony state.
    /// The state was made for another kind of ceremony: the client mixed up its answers, or somebody tries to.
    CeremonyKindMismatch = "ceremony_kind_mismatch" at "P": "the ceremony is of another kind",
    /// The ceremony took too long. Start a new one.
    CeremonyExpired = "ceremony_expired" at "P": "the ceremony has expired",
    /// The stored state does not parse: it was not written by this library, or was cut.
    CeremonyStateMalformed = "ceremony_state_malformed" at "P": "the ceremony state is malformed",
    /// The stored state, or record, was written by a newer version of this library.
    VersionUnsupported(u8) = "version_unsupported" at "P": "the serialised form has the unknown version {0}",
    /// A stored credential record does not parse.
    CredentialRecordMalformed = "credential_record_malformed" at "P": "the credential record is malformed",

    // Wire JSON.
    /// The response is not the JSON that `PublicKeyCredential.toJSON()` makes. Look at the client's code.
    ResponseMalformed(&'static str) = "response_malformed" at "R3, A3": "the response is malformed: {0}",
    /// `type` is not `public-key`.
    CredentialTypeUnsupported = "credential_type_unsupported" at "R3, A3": "the credential type is not public-key",
    /// A member is not unpadded, canonical base64url.
    Base64UrlInvalid(&'static str) = "base64_url_invalid" at "R3, A3": "{0} is not canonical base64url without padding",
    /// `id` and `rawId` disagree.
    CredentialIdInconsistent = "credential_id_inconsistent" at "R3, A3": "id and rawId are different",
    /// The credential id is empty or longer than 1023 bytes.
    CredentialIdLength = "credential_id_length" at "R25": "the credential id is not 1 to 1023 bytes long",
    /// A convenience copy beside the attestation object differs from it.
    ConvenienceCopyMismatch(&'static str) = "convenience_copy_mismatch" at "R3": "{0} differs from the attestation object",
    /// The user handle is longer than 64 bytes.
    UserHandleLength = "user_handle_length" at "A6": "the user handle is longer than 64 bytes",
    /// A part of the input is beyond its limit.
    TooLarge(&'static str) = "too_large" at "P": "{0} is too large",

    // Client data.
    /// The client data is not one JSON object with the required members.
    ClientDataMalformed(&'static str) = "client_data_malformed" at "R6, A9": "the client data is malformed: {0}",
    /// The client data is not UTF-8.
    ClientDataNotUtf8 = "client_data_not_utf8" at "R5, A8": "the client data is not UTF-8",
    /// A member occurs twice in the client data, so that two readers could see two different things.
    ClientDataDuplicateMember = "client_data_duplicate_member" at "R6, A9": "a member occurs twice in the client data",
    /// The client claims a token binding, which was never negotiated.
    TokenBindingPresent = "token_binding_present" at "R6, A9": "the client data claims a token binding",
    /// The client data was not serialised as the specification says, and policy demands that.
    ClientDataNotSerializedAsSpecified = "client_data_not_serialized_as_specified" at "R6, A9": "the client data is not serialised as specified",
    /// The client data is of another ceremony: a registration's for a sign-in, a payment's for a login, or the reverse.
    ClientDataTypeMismatch = "client_data_type_mismatch" at "R7, A10": "the client data has the type of another ceremony",
    /// The challenge is not the one that this ceremony was started with: a replay, or a mixed-up session.
    ChallengeMismatch = "challenge_mismatch" at "R8, A11": "the challenge is not the one of this ceremony",
    /// The page that called the authenticator is not allowed. Add its origin if it is yours; else it is phishing.
    OriginNotAllowed(Excerpt) = "origin_not_allowed" at "R9, A12": "the origin {0} is not allowed",
    /// The ceremony ran in a cross-origin frame, and none was expected.
    CrossOriginNotAllowed = "cross_origin_not_allowed" at "R10, A13": "a cross-origin ceremony is not allowed",
    /// The page that embeds the frame is not an expected one.
    TopOriginNotAllowed(Excerpt) = "top_origin_not_allowed" at "R11, A14": "the top origin {0} is not allowed",
    /// A cross-origin ceremony without a top origin, which policy demands.
    TopOriginMissing = "top_origin_missing" at "R11, A14": "the top origin is missing",

    // CBOR.
    /// The CBOR is not in the canonical form that authenticators must write.
    CborNotCanonical = "cbor_not_canonical" at "R13": "the CBOR is not canonical",
    /// A map key occurs twice.
    CborDuplicateKey = "cbor_duplicate_key" at "R13": "a key occurs twice in a CBOR map",
    /// A CBOR tag, which nothing in WebAuthn uses.
    CborTag = "cbor_tag" at "R13": "the CBOR has a tag",
    /// The CBOR breaks its own grammar.
    CborMalformed = "cbor_malformed" at "R13": "the CBOR is malformed",
    /// The CBOR nests deeper than CTAP2 allows.
    CborTooDeep = "cbor_too_deep" at "R13": "the CBOR nests too deeply",
    /// Bytes follow the CBOR item.
    CborTrailingData = "cbor_trailing_data" at "R13": "bytes follow the CBOR item",
    /// The CBOR ends inside of an item.
    CborTruncated = "cbor_truncated" at "R13": "the CBOR is truncated",

    // Signatures and certificates.
    /// The signature does not have the encoding of its algorithm.
    SignatureEncoding = "signature_encoding" at "A21, R22": "the signature is not encoded as its algorithm demands",
    /// The assertion's signature does not verify: other data was signed, or by another key.
    SignatureInvalid = "signature_invalid" at "A21": "the signature does not verify",
    /// The attestation statement's signature does not verify.
    AttestationSignatureInvalid = "attestation_signature_invalid" at "R22": "the attestation signature does not verify",
    /// A certificate is not strict DER, or not a certificate.
    CertificateMalformed = "certificate_malformed" at "R22": "a certificate is malformed",
    /// A certificate has a critical extension that nobody here understands.
    CertificateUnknownCritical(Excerpt) = "certificate_unknown_critical" at "R24": "a certificate has the unknown critical extension {0}",
    /// A certificate extension does not parse to its end.
    CertificateExtensionMalformed(Excerpt) = "certificate_extension_malformed" at "R22": "the certificate extension {0} is malformed",

    // Authenticator data.
    /// Fewer than 37 bytes.
    AuthenticatorDataTooShort = "authenticator_data_too_short" at "R13, A15": "the authenticator data is shorter than 37 bytes",
    /// A reserved flag is set; a policy may report this instead.
    AuthenticatorDataReservedFlags = "authenticator_data_reserved_flags" at "R13, A15": "a reserved flag is set in the authenticator data",
    /// A registration without attested credential data.
    AttestedCredentialDataMissing = "attested_credential_data_missing" at "R13": "the attested credential data is missing",
    /// An assertion with attested credential data.
    AttestedCredentialDataUnexpected = "attested_credential_data_unexpected" at "A15": "an assertion has attested credential data",
    /// The attested credential data is cut short.
    AttestedCredentialDataMalformed = "attested_credential_data_malformed" at "R13": "the attested credential data is malformed",
    /// The extension flag is set, and no extension data follows.
    ExtensionDataMissing = "extension_data_missing" at "R13, A15": "the extension data is missing",
    /// The extension data is not a non-empty map with text keys.
    ExtensionDataMalformed = "extension_data_malformed" at "R13, A15": "the extension data is malformed",
    /// Bytes follow the authenticator data.
    AuthenticatorDataTrailingData = "authenticator_data_trailing_data" at "R13, A15": "bytes follow the authenticator data",

    // COSE keys.
    /// The COSE key lacks `kty` or `alg`, or a parameter has another type.
    CoseKeyMalformed = "cose_key_malformed" at "R13, A21": "the COSE key is malformed",
    /// The COSE key has a parameter besides those that its type needs.
    CoseKeyExtraParameter = "cose_key_extra_parameter" at "R13, A21": "the COSE key has an extra parameter",
    /// `kty` does not fit `alg`, or a label is text.
    CoseKeyTypeMismatch = "cose_key_type_mismatch" at "R13, A21": "the COSE key type does not fit its algorithm",
    /// `crv` is not the curve of `alg`.
    CoseCurveMismatch = "cose_curve_mismatch" at "R13, A21": "the COSE curve does not fit the algorithm",
    /// A coordinate has another length, or the point is compressed.
    CosePointEncoding = "cose_point_encoding" at "R13, A21": "the COSE key's point is not encoded as demanded",
    /// The point is not on the curve, or of small order.
    CosePointInvalid = "cose_point_invalid" at "R13, A21": "the COSE key's point is not valid on its curve",
    /// The RSA modulus is even, has a leading zero, or is too small or too large.
    RsaModulusSize = "rsa_modulus_size" at "R13, A21": "the RSA modulus is not acceptable",
    /// The RSA exponent is even, too small or too large.
    RsaExponent = "rsa_exponent" at "R13, A21": "the RSA exponent is not acceptable",
    /// The ML-DSA public key has another length than its parameter set.
    AkpKeySize = "akp_key_size" at "R13, A21": "the ML-DSA key has the wrong size",
    /// The algorithm is unknown, not compiled in, or not allowed for a credential.
    AlgorithmUnsupported(i64) = "algorithm_unsupported" at "R13, A21": "the algorithm {0} is not supported",

    // Registration.
    /// The attestation object is not a map of exactly `fmt`, `attStmt`, `authData`.
    AttestationObjectMalformed = "attestation_object_malformed" at "R13": "the attestation object is malformed",
    /// The id in the attested credential data is not `rawId`.
    CredentialIdMismatch = "credential_id_mismatch" at "R13a": "the attested credential id is not rawId",
    /// The authenticator signed for another relying party.
    RpIdHashMismatch = "rp_id_hash_mismatch" at "R14, A15": "the RP ID hash is that of another relying party",
    /// Nobody touched the authenticator.
    UserNotPresent = "user_not_present" at "R15, A16": "the user was not present",
    /// The authenticator did not verify the user, and the ceremony or policy demands it.
    UserNotVerified = "user_not_verified" at "R16, A17": "the user was not verified",
    /// Backed up, but not eligible for backup.
    BackupFlagsInconsistent = "backup_flags_inconsistent" at "R17, A18": "the credential is backed up but not eligible for backup",
    /// Policy forbids, or demands, a credential that can be backed up.
    BackupEligibilityNotAllowed = "backup_eligibility_not_allowed" at "R18": "the backup eligibility is not allowed",
    /// Policy forbids, or demands, a credential that is backed up.
    BackupStateNotAllowed = "backup_state_not_allowed" at "R19, A19": "the backup state is not allowed",
    /// The key's algorithm was not offered in this ceremony.
    AlgorithmNotRequested(i64) = "algorithm_not_requested" at "R20": "the algorithm {0} was not requested",
    /// The attestation format is unknown, or switched off.
    AttestationFormatUnsupported(Excerpt) = "attestation_format_unsupported" at "R21": "the attestation format {0} is not supported",
    /// No anchor vouches for this format and model, and policy demands trust.
    NoTrustAnchor = "no_trust_anchor" at "R23": "no trust anchor is known for this attestation",
    /// Policy does not accept this attestation type.
    AttestationTypeNotAllowed(AttestationType) = "attestation_type_not_allowed" at "R24": "the attestation type {0} is not allowed",
    /// Policy does not accept this model of authenticator.
    AaguidNotAllowed = "aaguid_not_allowed" at "R24": "the authenticator model is not allowed",
    /// The credential id is registered already. The caller's storage finds this out.
    CredentialAlreadyRegistered = "credential_already_registered" at "R26": "the credential is registered already",
    /// The authenticator is not attached in the way that was asked for.
    AttachmentMismatch = "attachment_mismatch" at "R28a": "the authenticator attachment is not the requested one",
    /// A discoverable credential was required, and the client says that it made none.
    NotDiscoverable = "not_discoverable" at "R28a": "the credential is not discoverable",

    // Authentication.
    /// The credential is not one of those that the ceremony listed.
    CredentialNotAllowed = "credential_not_allowed" at "A5": "the credential is not one of those asked for",
    /// No record has this credential id. The answer may carry a `signalUnknownCredential`.
    CredentialNotFound = "credential_not_found" at "A6": "the credential is not known",
    /// A usernameless sign-in without a user handle.
    UserHandleMissing = "user_handle_missing" at "A6": "the user handle is missing",
    /// The credential, or the user handle, belongs to somebody else.
    UserHandleMismatch = "user_handle_mismatch" at "A6": "the user handle is that of another user",
    /// The record was made for another RP ID.
    CredentialOfAnotherRp = "credential_of_another_rp" at "A6": "the credential belongs to another relying party",
    /// The backup eligibility changed, which it never may.
    BackupEligibilityChanged = "backup_eligibility_changed" at "A19": "the backup eligibility has changed",
    /// The counter did not rise: the authenticator may have been cloned.
    SignatureCounterNotIncreased = "signature_counter_not_increased" at "A22": "the signature counter has not increased",

    // Attestation statements.
    /// The statement lacks a member, has an extra one, or one of another type.
    AttestationStatementMalformed(&'static str) = "attestation_statement_malformed" at "R22": "the attestation statement is malformed: {0}",
    /// The statement attests another key than the credential's.
    AttestationKeyMismatch = "attestation_key_mismatch" at "R22": "the statement attests another key",
    /// The statement's algorithm does not fit its key, or is not the credential key's.
    AttestationAlgorithmMismatch = "attestation_algorithm_mismatch" at "R22": "the statement's algorithm does not fit the key",
    /// The attestation certificate does not meet its format's requirements.
    AttestationCertificateInvalid(CertificateFault) = "attestation_certificate_invalid" at "R22": "the attestation certificate is not acceptable: {0}",
    /// The certificate names another model than the authenticator data.
    AttestationAaguidMismatch = "attestation_aaguid_mismatch" at "R22": "the certificate is for another authenticator model",
    /// The certificate identifies a single device, and no enterprise attestation was asked for.
    EnterpriseAttestationUnexpected = "enterprise_attestation_unexpected" at "R22": "an enterprise attestation was not asked for",
    /// A field of the TPM's `certInfo` has another value.
    TpmCertInfoInvalid(&'static str) = "tpm_cert_info_invalid" at "R22": "the TPM certInfo is not acceptable: {0}",
    /// A field of the TPM's `pubArea` has another value.
    TpmPubAreaInvalid(&'static str) = "tpm_pub_area_invalid" at "R22": "the TPM pubArea is not acceptable: {0}",
    /// The TPM's manufacturer is not in the policy's list.
    TpmVendorUnknown(Excerpt) = "tpm_vendor_unknown" at "R22": "the TPM vendor {0} is not known",
    /// Policy does not accept SHA-1 in this statement.
    Sha1NotAllowed = "sha1_not_allowed" at "R22": "SHA-1 is not allowed",
    /// The key description's challenge is not the client data hash.
    AndroidKeyChallengeMismatch = "android_key_challenge_mismatch" at "R22": "the Android key was made for another challenge",
    /// The key may be used by all applications.
    AndroidKeyUnscoped = "android_key_unscoped" at "R22": "the Android key is not scoped to the relying party",
    /// An authorization of the key is missing, differs between the lists, or has another value.
    AndroidKeyAuthorization(&'static str) = "android_key_authorization" at "R22": "the Android key's authorization {0} is not acceptable",
    /// The key, or its attestation, is made in software, and policy demands hardware.
    AndroidKeySecurityLevel = "android_key_security_level" at "R22": "the Android key is not held in hardware",
    /// The key description stands in an issuer's certificate.
    AndroidKeyExtensionInIssuer = "android_key_extension_in_issuer" at "R22": "an issuing certificate has a key description",
    /// The device was not booted as policy demands.
    AndroidKeyRootOfTrust(&'static str) = "android_key_root_of_trust" at "R22": "the Android root of trust is not acceptable: {0}",
    /// The device's patch level is older than policy demands.
    AndroidKeyPatchLevel = "android_key_patch_level" at "R22": "the Android patch level is too old",
    /// The `SafetyNet` response is not acceptable.
    SafetyNet(&'static str) = "safety_net" at "R22": "the SafetyNet response is not acceptable: {0}",
    /// The certificate's nonce is not that of this ceremony.
    AppleNonceMismatch = "apple_nonce_mismatch" at "R22": "the Apple nonce is that of another ceremony",
    /// The App Attest statement's counter, credential id, key or environment is not what it must be.
    AppleAppAttest(&'static str) = "apple_app_attest" at "R22": "the App Attest statement is not acceptable: {0}",
    /// A compound statement within a compound statement.
    CompoundNested = "compound_nested" at "R22": "a compound statement is nested in another",
    /// Too few elements of a compound statement are good.
    CompoundNotSatisfied = "compound_not_satisfied" at "R22": "too few elements of the compound statement are acceptable",

    // Chains.
    /// The certificates do not stand in the order from leaf to root.
    ChainOrder = "chain_order" at "R24": "the certificates are not in order",
    /// A certificate's signature does not verify with its issuer's key.
    ChainSignature = "chain_signature" at "R24": "a certificate's signature does not verify",
    /// The chain does not end at an anchor of the caller.
    ChainUntrusted = "chain_untrusted" at "R24": "the chain does not end at a trust anchor",
    /// An intermediate certificate is missing. Give it to the trust source.
    ChainIncomplete = "chain_incomplete" at "R24": "an intermediate certificate is missing",
    /// An issuer may not issue: not an authority, path too long, wrong key usage or purposes.
    ChainIssuerInvalid = "chain_issuer_invalid" at "R24": "an issuing certificate may not issue",
    /// A certificate is signed with an algorithm, or by a key, that is too weak.
    ChainAlgorithm = "chain_algorithm" at "R24": "a certificate is signed with an unacceptable algorithm",
    /// A certificate is over.
    CertificateExpired = "certificate_expired" at "R24": "a certificate has expired",
    /// A certificate is not valid yet. Look at the clock.
    CertificateNotYetValid = "certificate_not_yet_valid" at "R24": "a certificate is not valid yet",
    /// A certificate is revoked.
    CertificateRevoked = "certificate_revoked" at "R24": "a certificate is revoked",
    /// Nothing is known about a certificate's revocation, and policy demands an answer.
    RevocationUnknown = "revocation_unknown" at "R24": "the revocation state is not known",

    // Metadata.
    /// The BLOB's signature does not verify.
    MetadataSignature = "metadata_signature" at "metadata": "the metadata's signature does not verify",
    /// The BLOB's certificates do not lead to the root.
    MetadataChain = "metadata_chain" at "metadata": "the metadata's certificates are not trusted",
    /// The BLOB, or an entry, does not parse.
    MetadataMalformed(&'static str) = "metadata_malformed" at "metadata": "the metadata is malformed: {0}",
    /// The BLOB is older than the last one seen.
    MetadataRollback = "metadata_rollback" at "metadata": "the metadata is older than the last one seen",
    /// The BLOB should have been replaced by now.
    MetadataStale = "metadata_stale" at "metadata": "the metadata is stale",
    /// The metadata of this model does not list the attestation type.
    MetadataTypeMismatch = "metadata_type_mismatch" at "R24": "the model's metadata does not list the attestation type",
    /// The metadata of this model does not list the algorithm.
    MetadataAlgorithmMismatch = "metadata_algorithm_mismatch" at "R24": "the model's metadata does not list the algorithm",
    /// A status report says that this model must not be trusted.
    MetadataStatusUndesired(Excerpt) = "metadata_status_undesired" at "R24": "the model has the status {0}",
    /// The model lacks a certification that policy demands.
    MetadataCertificationMissing = "metadata_certification_missing" at "R24": "the model lacks the demanded certification",
    /// The model's metadata lacks a property that policy demands.
    MetadataPropertyMissing(&'static str) = "metadata_property_missing" at "R24": "the model's metadata lacks the demanded {0}",

    // Extensions and payments.
    /// An extension output that nobody asked for.
    ExtensionUnsolicited(Excerpt) = "extension_unsolicited" at "R28, A23": "the output of extension {0} was not asked for",
    /// A known extension's output has another shape.
    ExtensionMalformed(Excerpt) = "extension_malformed" at "R28, A23": "the output of extension {0} is malformed",
    /// An extension output that policy demands is absent.
    ExtensionMissing(Excerpt) = "extension_missing" at "R28, A23": "the output of extension {0} is missing",
    /// The credential protection is weaker than the enforced one.
    CredProtectNotEnforced = "cred_protect_not_enforced" at "R28": "the credential protection is not enforced",
    /// The authenticator allows a shorter PIN than policy.
    MinPinLengthTooShort = "min_pin_length_too_short" at "R28": "the minimum PIN length is too short",
    /// The response carries PRF results, which policy does not want to see.
    PrfResultsPresent = "prf_results_present" at "R28, A23": "the response carries PRF results",
    /// The browser-bound signature of a payment does not verify.
    BrowserBoundSignatureInvalid = "browser_bound_signature_invalid" at "R28, A23": "the browser-bound signature does not verify",
    /// What the user confirmed is not the expected payment.
    PaymentDetailMismatch(&'static str) = "payment_detail_mismatch" at "A12": "the payment's {0} is not the expected one",
}

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    fn snake(name: &str) -> String {
        let mut out = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !out.is_empty() {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        }
        out
    }

    #[test]
    fn a_code_is_the_name_in_snake_case() {
        for (name, code) in Error::NAMES {
            assert_eq!(*code, snake(name));
        }
    }

    #[test]
    fn an_excerpt_keeps_at_most_64_bytes_and_no_control_character() {
        let excerpt = Excerpt::new(&"é\n".repeat(100));
        assert!(excerpt.as_str().len() <= Excerpt::MAX_LENGTH);
        assert!(!excerpt.as_str().contains('\n'));
    }
}
