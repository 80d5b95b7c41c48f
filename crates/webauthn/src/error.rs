//! Why something was refused: one variant for each way in which a step can fail.

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

/// What is wrong with an attestation certificate, against the requirements of its statement's format
/// ([WebAuthn §8](https://www.w3.org/TR/webauthn-3/#sctn-defined-attestation-formats)).
///
/// The device's maker can mend it, not its user: see [`Error::AttestationCertificateInvalid`].
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
        ///
        /// # What to do
        ///
        /// A ceremony that was refused is over: store nothing, drop its state, and let the user start a new one. Send
        /// the code to the page, log the message ([`Display`](std::fmt::Display)). Each variant begins with whose
        /// matter it is:
        ///
        /// | | what happened | what to do |
        /// | --- | --- | --- |
        /// | *configuration* | RP ID or origins are not as they must be | correct the setting |
        /// | *caller* | the program passed or kept something wrong | answer as for any internal error, mend the program |
        /// | *user* | an honest user can come here | say what to do; a new ceremony helps |
        /// | *client* | browser, authenticator or script break a format, which none in order does | refuse. Where all users of one client meet it, look at the script that carries the response: it must pass bytes on unchanged |
        /// | *suspicious* | a replay, phishing, a forgery or a clone looks so | refuse, and log it with the account. Many of them are worth an alert |
        /// | *policy* | the response may be good, but your [`Policy`](crate::Policy) does not want it | tell the user that this authenticator or browser will not do. The knob that decides is named |
        /// | *data* | certificates, revocation lists or metadata that you gave are not good, or not enough | bring others |
        ///
        /// The same type says, in [`Trust::Untrusted`](crate::attestation::Trust::Untrusted) and for the elements of a
        /// compound statement, why an attestation is not trusted though the registration passed.
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

            /// The step that finds it: `R8` is step 8 of [registering a credential][r], `A11` step 11 of [verifying an
            /// assertion][a]; several are separated by commas, and `R13a` is a check of this library after step 13.
            /// `P` stands for what comes before the steps: states, records, limits. `configuration` and `metadata`
            /// lie outside of ceremonies.
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
    /// *Configuration.* The relying party id is not a lower-case ASCII domain with a dot: `example.com`, without scheme,
    /// port or path. For `localhost` there is [`RpId::for_development`](crate::origin::RpId::for_development).
    RpIdInvalid(Excerpt) = "rp_id_invalid" at "configuration": "the relying party id {0} is not a lower-case domain name",
    /// *Configuration.* An allowed origin is not `https://host[:port]` as a browser writes it (lower case, no path, no
    /// slash at the end, no default port), or its host is not at or below the RP ID. Correct it, or list it in
    /// [`OriginRules::related`](crate::origin::OriginRules::related).
    OriginInvalid(Excerpt) = "origin_invalid" at "configuration": "the origin {0} cannot be allowed",
    /// *Caller.* The named option is outside of what the specification allows, such as a challenge of fewer than 16 bytes,
    /// a user handle of more than 64, or an algorithm that is not compiled in. No response was looked at yet.
    OptionInvalid(&'static str) = "option_invalid" at "R1, A1": "the option {0} is not allowed",
    /// *Caller.* The text that was given as the JSON form of options, or of related origins, is not one.
    OptionsMalformed(&'static str) = "options_malformed" at "R1, A1": "the options are malformed: {0}",

    // Ceremony state.
    /// *Caller* or *suspicious.* The state was made for another kind of ceremony: it was kept under a name that both kinds
    /// share, or somebody sends the answer to one kind to the other's address.
    CeremonyKindMismatch = "ceremony_kind_mismatch" at "P": "the ceremony is of another kind",
    /// *User.* The ceremony took longer than its timeout. Start a new one. Where this is common, raise the request's
    /// `timeout`; a page that waits for autofill should ask for new options before it passes.
    CeremonyExpired = "ceremony_expired" at "P": "the ceremony has expired",
    /// *Caller.* The stored state does not parse: it was not written by this library, was cut, or names an algorithm that
    /// this version does not know. Start a new ceremony, and look at how states are kept.
    CeremonyStateMalformed = "ceremony_state_malformed" at "P": "the ceremony state is malformed",
    /// *Caller.* The first byte of the stored state, or record, is a version that this library does not know: a newer one
    /// wrote it, or it is something else. States: start a new ceremony. Records: run at least the version that wrote them.
    VersionUnsupported(u8) = "version_unsupported" at "P": "the serialised form has the unknown version {0}",
    /// *Caller.* A stored credential record does not parse: it was not written by
    /// [`CredentialRecord::to_bytes`](crate::CredentialRecord::to_bytes), or was cut. Restore it; its owner cannot sign in
    /// with it.
    CredentialRecordMalformed = "credential_record_malformed" at "P": "the credential record is malformed",

    // Wire JSON.
    /// *Client.* The response is not the JSON that `PublicKeyCredential.toJSON()` makes; the text names the part. Look at
    /// the script of the page: it must send that JSON unchanged. Also where a registration's answer is sent as a
    /// sign-in's.
    ResponseMalformed(&'static str) = "response_malformed" at "R3, A3": "the response is malformed: {0}",
    /// *Client.* `type` is not `public-key`, the only type there is.
    CredentialTypeUnsupported = "credential_type_unsupported" at "R3, A3": "the credential type is not public-key",
    /// *Client.* The named member is not unpadded, canonical base64url. The usual reason is a script that encodes with
    /// base64.
    Base64UrlInvalid(&'static str) = "base64_url_invalid" at "R3, A3": "{0} is not canonical base64url without padding",
    /// *Client.* `id` and `rawId` are not the same bytes.
    CredentialIdInconsistent = "credential_id_inconsistent" at "R3, A3": "id and rawId are different",
    /// *Client.* The credential id is empty or longer than 1023 bytes.
    CredentialIdLength = "credential_id_length" at "R25": "the credential id is not 1 to 1023 bytes long",
    /// *Client* or *suspicious.* The named member stands beside the attestation object as a copy of what is in it, and
    /// differs from it: something between authenticator and server changed one of them.
    ConvenienceCopyMismatch(&'static str) = "convenience_copy_mismatch" at "R3": "{0} differs from the attestation object",
    /// *Client.* The user handle is longer than 64 bytes.
    UserHandleLength = "user_handle_length" at "A6": "the user handle is longer than 64 bytes",
    /// *Client* or *policy.* The named part is beyond its limit in [`Policy::limits`](crate::policy::Policy::limits). The
    /// defaults have room for every known authenticator; raise one only for a device that needs it. Elements of a compound
    /// statement: ten, whatever the policy.
    TooLarge(&'static str) = "too_large" at "P": "{0} is too large",

    // Client data.
    /// *Client.* The client data is not one JSON object with the required members; the text names the one at fault.
    /// Browsers write it, so a script that rebuilds `clientDataJSON` instead of passing its bytes on is the usual reason.
    ClientDataMalformed(&'static str) = "client_data_malformed" at "R6, A9": "the client data is malformed: {0}",
    /// *Client.* The client data is not UTF-8. Look at the script: the bytes must arrive as the browser made them.
    ClientDataNotUtf8 = "client_data_not_utf8" at "R5, A8": "the client data is not UTF-8",
    /// *Suspicious.* A member occurs twice in the client data, so that two readers could see two different things. No
    /// browser writes this.
    ClientDataDuplicateMember = "client_data_duplicate_member" at "R6, A9": "a member occurs twice in the client data",
    /// *Client.* The client claims a token binding, which was never negotiated and which browsers gave up.
    TokenBindingPresent = "token_binding_present" at "R6, A9": "the client data claims a token binding",
    /// *Policy* ([`client_data_template`](crate::policy::Policy::client_data_template)). The client data was not
    /// serialised as the specification says, which old browsers did not do.
    ClientDataNotSerializedAsSpecified = "client_data_not_serialized_as_specified" at "R6, A9": "the client data is not serialised as specified",
    /// *Suspicious* or *caller.* The client data is of another ceremony: a registration's for a sign-in, a payment's for a
    /// login, or the reverse. Also where a page sends its answer to the wrong address.
    ClientDataTypeMismatch = "client_data_type_mismatch" at "R7, A10": "the client data has the type of another ceremony",
    /// *Suspicious* or *caller.* The challenge is not the one that this ceremony was started with: a replay, or a state
    /// that belongs to another tab or session. Start a new ceremony. If honest users see it, look at how states are found
    /// again.
    ChallengeMismatch = "challenge_mismatch" at "R8, A11": "the challenge is not the one of this ceremony",
    /// *Configuration* or *suspicious.* The page or app that called the authenticator is not allowed. If the origin is
    /// yours, add it to the relying party's; else a page of somebody else asked for this: phishing.
    OriginNotAllowed(Excerpt) = "origin_not_allowed" at "R9, A12": "the origin {0} is not allowed",
    /// *Policy* ([`cross_origin`](crate::policy::Policy::cross_origin)). The ceremony ran in a frame of another origin.
    /// Allow that, and name the pages that may embed, only if you mean to be embedded; else it is clickjacking.
    CrossOriginNotAllowed = "cross_origin_not_allowed" at "R10, A13": "a cross-origin ceremony is not allowed",
    /// *Configuration* or *suspicious.* The page that embeds the frame is not one of the relying party's
    /// [top origins](crate::RelyingParty::with_top_origins), or the client names one without being in a frame of another
    /// origin. Add the page if you know it.
    TopOriginNotAllowed(Excerpt) = "top_origin_not_allowed" at "R11, A14": "the top origin {0} is not allowed",
    /// *Policy* ([`require_top_origin`](crate::policy::Policy::require_top_origin)). A ceremony in a frame whose client
    /// does not name the top-level page. The user needs a newer browser, or a page that is not embedded.
    TopOriginMissing = "top_origin_missing" at "R11, A14": "the top origin is missing",

    // CBOR.
    /// *Client.* The CBOR is not in the canonical form that authenticators must write. For the unsigned envelope of old
    /// authenticators there is [`noncanonical_envelope`](crate::policy::Policy::noncanonical_envelope).
    CborNotCanonical = "cbor_not_canonical" at "R13": "the CBOR is not canonical",
    /// *Client.* A map key occurs twice, so that two readers could see two different things.
    CborDuplicateKey = "cbor_duplicate_key" at "R13": "a key occurs twice in a CBOR map",
    /// *Client.* A CBOR tag, which nothing in WebAuthn uses.
    CborTag = "cbor_tag" at "R13": "the CBOR has a tag",
    /// *Client.* The CBOR breaks its own grammar.
    CborMalformed = "cbor_malformed" at "R13": "the CBOR is malformed",
    /// *Client.* The CBOR nests deeper than CTAP2 allows.
    CborTooDeep = "cbor_too_deep" at "R13": "the CBOR nests too deeply",
    /// *Client.* Bytes follow the CBOR item.
    CborTrailingData = "cbor_trailing_data" at "R13": "bytes follow the CBOR item",
    /// *Client.* The CBOR ends inside of an item; the response may have been cut on its way.
    CborTruncated = "cbor_truncated" at "R13": "the CBOR is truncated",

    // Signatures and certificates.
    /// *Client.* The signature does not have the encoding of its algorithm, such as DER for ECDSA.
    SignatureEncoding = "signature_encoding" at "A21, R22": "the signature is not encoded as its algorithm demands",
    /// *Suspicious.* The assertion's signature does not verify with the stored key: other data was signed, or by another
    /// key. If every sign-in fails so, the stored key is not the bytes of
    /// [`CredentialRecord::public_key`](crate::CredentialRecord).
    SignatureInvalid = "signature_invalid" at "A21": "the signature does not verify",
    /// *Suspicious.* The attestation statement's signature does not verify: the statement was not made for this response.
    AttestationSignatureInvalid = "attestation_signature_invalid" at "R22": "the attestation signature does not verify",
    /// *Client*, or *data* where you gave the certificate, key or revocation list. It is not strict DER, or not what it
    /// should be. Known deviations of statements pass with
    /// [`lenient_der_certificates`](crate::policy::Policy::lenient_der_certificates).
    CertificateMalformed = "certificate_malformed" at "R22": "a certificate is malformed",
    /// *Client.* A certificate has a critical extension, by its object identifier, that this library does not understand,
    /// so that it must not be relied upon. Report the device to this project if it is a real one.
    CertificateUnknownCritical(Excerpt) = "certificate_unknown_critical" at "R24": "a certificate has the unknown critical extension {0}",
    /// *Client.* The extension with this object identifier in a certificate does not parse to its end: the maker's fault.
    CertificateExtensionMalformed(Excerpt) = "certificate_extension_malformed" at "R22": "the certificate extension {0} is malformed",

    // Authenticator data.
    /// *Client.* The authenticator data has fewer than 37 bytes.
    AuthenticatorDataTooShort = "authenticator_data_too_short" at "R13, A15": "the authenticator data is shorter than 37 bytes",
    /// *Policy* ([`reserved_flags`](crate::policy::Policy::reserved_flags)). A flag is set that the specification
    /// reserves: an authenticator of a later specification, or a broken one. [`Policy::server`](crate::Policy::server)
    /// reports it instead.
    AuthenticatorDataReservedFlags = "authenticator_data_reserved_flags" at "R13, A15": "a reserved flag is set in the authenticator data",
    /// *Client.* A registration without attested credential data: no key came with it.
    AttestedCredentialDataMissing = "attested_credential_data_missing" at "R13": "the attested credential data is missing",
    /// *Policy* ([`attested_data_in_assertion`](crate::policy::Policy::attested_data_in_assertion)). An assertion with
    /// attested credential data, which only registrations have.
    AttestedCredentialDataUnexpected = "attested_credential_data_unexpected" at "A15": "an assertion has attested credential data",
    /// *Client.* The attested credential data is cut short.
    AttestedCredentialDataMalformed = "attested_credential_data_malformed" at "R13": "the attested credential data is malformed",
    /// *Client.* The extension flag is set, and no extension data follows.
    ExtensionDataMissing = "extension_data_missing" at "R13, A15": "the extension data is missing",
    /// *Client.* The extension data is not a non-empty map with text keys. Empty maps pass where
    /// [`empty_extension_map`](crate::policy::Policy::empty_extension_map) says so.
    ExtensionDataMalformed = "extension_data_malformed" at "R13, A15": "the extension data is malformed",
    /// *Client.* Bytes follow the authenticator data.
    AuthenticatorDataTrailingData = "authenticator_data_trailing_data" at "R13, A15": "bytes follow the authenticator data",

    // COSE keys.
    /// *Client.* The COSE key lacks `kty`, `alg` or a parameter of its type, or one of them has another type. At a
    /// sign-in: *caller*, since the stored key is not what was registered.
    CoseKeyMalformed = "cose_key_malformed" at "R13, A21": "the COSE key is malformed",
    /// *Client.* The COSE key has a parameter besides those that its type needs.
    CoseKeyExtraParameter = "cose_key_extra_parameter" at "R13, A21": "the COSE key has an extra parameter",
    /// *Client.* `kty` does not fit `alg`, or a label is text.
    CoseKeyTypeMismatch = "cose_key_type_mismatch" at "R13, A21": "the COSE key type does not fit its algorithm",
    /// *Client.* `crv` is not the curve of `alg`.
    CoseCurveMismatch = "cose_curve_mismatch" at "R13, A21": "the COSE curve does not fit the algorithm",
    /// *Client.* A coordinate has another length than its curve's, or the point is compressed.
    CosePointEncoding = "cose_point_encoding" at "R13, A21": "the COSE key's point is not encoded as demanded",
    /// *Suspicious.* The point is not on the curve, or of small order: a key under which signatures may be forged.
    CosePointInvalid = "cose_point_invalid" at "R13, A21": "the COSE key's point is not valid on its curve",
    /// *Client* or *policy* ([`rsa_min_bits`](crate::policy::Policy::rsa_min_bits)). The RSA modulus is even, has a
    /// leading zero, has fewer bits than policy asks for (never fewer than 2048), or more than 8192.
    RsaModulusSize = "rsa_modulus_size" at "R13, A21": "the RSA modulus is not acceptable",
    /// *Client* or *policy* ([`rsa_min_exponent`](crate::policy::Policy::rsa_min_exponent)). The RSA exponent is even, has
    /// a leading zero, or is too small or too large.
    RsaExponent = "rsa_exponent" at "R13, A21": "the RSA exponent is not acceptable",
    /// *Client.* The ML-DSA public key has another length than its parameter set.
    AkpKeySize = "akp_key_size" at "R13, A21": "the ML-DSA key has the wrong size",
    /// *Caller* where a sign-in fails: the record's algorithm is not compiled in; switch its feature on again. Else
    /// *client*: the algorithm with this COSE id is unknown, not compiled in, or not allowed for a credential.
    AlgorithmUnsupported(i64) = "algorithm_unsupported" at "R13, A21": "the algorithm {0} is not supported",

    // Registration.
    /// *Client.* The attestation object is not a map of exactly `fmt`, `attStmt`, `authData`.
    AttestationObjectMalformed = "attestation_object_malformed" at "R13": "the attestation object is malformed",
    /// *Suspicious.* The id in the attested credential data is not `rawId`: parts of two responses were put together.
    CredentialIdMismatch = "credential_id_mismatch" at "R13a": "the attested credential id is not rawId",
    /// *Suspicious* or *configuration.* The authenticator signed for another relying party. If all users meet it, the RP
    /// ID that the browser was given is not that of the state.
    RpIdHashMismatch = "rp_id_hash_mismatch" at "R14, A15": "the RP ID hash is that of another relying party",
    /// *Client.* Nobody touched the authenticator. Only a [conditional creation](crate::ceremony::Mediation::Conditional)
    /// may do without.
    UserNotPresent = "user_not_present" at "R15, A16": "the user was not present",
    /// *User.* The authenticator did not verify the user, and the ceremony or policy demands it. Ask the user to set up a
    /// PIN or biometrics, or to take another authenticator.
    UserNotVerified = "user_not_verified" at "R16, A17": "the user was not verified",
    /// *Client.* Backed up, but not eligible for backup: no authenticator in order says so.
    BackupFlagsInconsistent = "backup_flags_inconsistent" at "R17, A18": "the credential is backed up but not eligible for backup",
    /// *Policy* ([`backup_eligible`](crate::policy::Policy::backup_eligible)). The credential can be backed up and must
    /// not be, or the reverse. Ask for another authenticator, such as a security key where synced passkeys are not wanted.
    BackupEligibilityNotAllowed = "backup_eligibility_not_allowed" at "R18": "the backup eligibility is not allowed",
    /// *Policy* ([`backup_state`](crate::policy::Policy::backup_state)). The credential is backed up and must not be, or
    /// the reverse.
    BackupStateNotAllowed = "backup_state_not_allowed" at "R19, A19": "the backup state is not allowed",
    /// *Client.* The key's algorithm, by its COSE id, was not offered in this ceremony.
    AlgorithmNotRequested(i64) = "algorithm_not_requested" at "R20": "the algorithm {0} was not requested",
    /// *Policy* ([`allowed_formats`](crate::policy::Policy::allowed_formats),
    /// [`unknown_format`](crate::policy::Policy::unknown_format), or the format's own knob). The attestation format is
    /// unknown, or switched off. Where you need no attestation, ask for none: then browsers send the format
    /// `none`, as a rule.
    AttestationFormatUnsupported(Excerpt) = "attestation_format_unsupported" at "R21": "the attestation format {0} is not supported",
    /// *Policy* ([`attestation`](crate::policy::Policy::attestation)) or *data.* No anchor of the trust source vouches for
    /// this format and model, and policy demands one. Add the maker's root or a newer metadata BLOB, or turn the model
    /// away.
    NoTrustAnchor = "no_trust_anchor" at "R23": "no trust anchor is known for this attestation",
    /// *Policy* ([`allowed_types`](crate::policy::Policy::allowed_types), or `RequireTrusted`, which None and Self do not
    /// meet). With the type None, see to it that the registration asked for
    /// [attestation](crate::RegistrationRequest::attestation); else the user declined, or the model has none to give.
    AttestationTypeNotAllowed(AttestationType) = "attestation_type_not_allowed" at "R24": "the attestation type {0} is not allowed",
    /// *Policy* ([`aaguids`](crate::policy::Policy::aaguids)). This model of authenticator is not accepted; or policy asks
    /// for what only metadata can show, and the trust source has none for the model. Offer the models that you accept.
    AaguidNotAllowed = "aaguid_not_allowed" at "R24": "the authenticator model is not allowed",
    /// *User.* The credential id is registered already, for this or another user. Never returned by this library: the
    /// caller's storage finds it out, and keeps the old record. Where it is the user's own, say that the passkey is there
    /// already.
    CredentialAlreadyRegistered = "credential_already_registered" at "R26": "the credential is registered already",
    /// *Policy* ([`attachment`](crate::policy::Policy::attachment)). The client says that the authenticator is not
    /// attached in the way that was asked for. Ask the user for the other kind.
    AttachmentMismatch = "attachment_mismatch" at "R28a": "the authenticator attachment is not the requested one",
    /// *Policy* ([`discoverable`](crate::policy::Policy::discoverable)). A discoverable credential was required, and the
    /// client says that it made none. The user needs another authenticator, or one with room for it.
    NotDiscoverable = "not_discoverable" at "R28a": "the credential is not discoverable",

    // Authentication.
    /// *User* or *suspicious.* The credential is not one of those that the ceremony listed: it belongs to another account,
    /// or is new since. Start again with the user's list of this moment.
    CredentialNotAllowed = "credential_not_allowed" at "A5": "the credential is not one of those asked for",
    /// *User.* No record has this credential id: it was deleted here, and lives on in the user's authenticator. The
    /// caller's look-up finds this out; [`authenticate`](crate::authenticate) returns it where the record that it gets has
    /// another id. The answer may carry a [`signals::UnknownCredential`](crate::signals::UnknownCredential).
    CredentialNotFound = "credential_not_found" at "A6": "the credential is not known",
    /// *Policy* ([`user_handle`](crate::policy::Policy::user_handle)). A usernameless sign-in without a user handle. The
    /// user's authenticator does not keep one: ask for the user name, and start with
    /// [`AuthenticationRequest::for_user`](crate::AuthenticationRequest::for_user).
    UserHandleMissing = "user_handle_missing" at "A6": "the user handle is missing",
    /// *Suspicious.* The credential, or the user handle of the response, belongs to another user than the one who signs
    /// in. Or *caller*: the handle of an account changed, which it must not.
    UserHandleMismatch = "user_handle_mismatch" at "A6": "the user handle is that of another user",
    /// *Caller.* The record was made for another RP ID: look credentials up within one RP ID only. After a change of the
    /// RP ID, old credentials cannot be used; see [`related_origins`](crate::related_origins).
    CredentialOfAnotherRp = "credential_of_another_rp" at "A6": "the credential belongs to another relying party",
    /// *Suspicious.* The backup eligibility is not the registered one, and it never may change. Or *caller*: the record
    /// was stored without it.
    BackupEligibilityChanged = "backup_eligibility_changed" at "A19": "the backup eligibility has changed",
    /// *Suspicious.* The counter did not rise: the authenticator may have been cloned. Keep the user out of this session,
    /// tell the user, and let another factor decide whether the credential is deleted. Two sign-ins at once can do it too.
    /// See [`counter`](crate::policy::Policy::counter).
    SignatureCounterNotIncreased = "signature_counter_not_increased" at "A22": "the signature counter has not increased",

    // Attestation statements.
    /// *Client.* The statement lacks the named member, has an extra one, or one of another type: the maker's fault.
    AttestationStatementMalformed(&'static str) = "attestation_statement_malformed" at "R22": "the attestation statement is malformed: {0}",
    /// *Suspicious.* The statement attests another key than the credential's.
    AttestationKeyMismatch = "attestation_key_mismatch" at "R22": "the statement attests another key",
    /// *Client.* The statement's algorithm does not fit its key, or is not the credential key's.
    AttestationAlgorithmMismatch = "attestation_algorithm_mismatch" at "R22": "the statement's algorithm does not fit the key",
    /// *Client.* The attestation certificate does not meet its format's requirements: the maker's fault. The device can be
    /// used where no attestation is asked for.
    AttestationCertificateInvalid(CertificateFault) = "attestation_certificate_invalid" at "R22": "the attestation certificate is not acceptable: {0}",
    /// *Suspicious.* The certificate names another model than the authenticator data; or *policy*
    /// ([`u2f_zero_aaguid`](crate::policy::Policy::u2f_zero_aaguid)), a U2F statement that names a model.
    AttestationAaguidMismatch = "attestation_aaguid_mismatch" at "R22": "the certificate is for another authenticator model",
    /// *Client.* The certificate identifies a single device, and no enterprise attestation was asked for. Ask for
    /// [`Enterprise`](crate::options::AttestationConveyance::Enterprise) if you handed out the devices.
    EnterpriseAttestationUnexpected = "enterprise_attestation_unexpected" at "R22": "an enterprise attestation was not asked for",
    /// *Suspicious* or *client.* The named field of the TPM's `certInfo` has another value than this ceremony and key
    /// demand.
    TpmCertInfoInvalid(&'static str) = "tpm_cert_info_invalid" at "R22": "the TPM certInfo is not acceptable: {0}",
    /// *Suspicious* or *client.* The named field of the TPM's `pubArea` does not fit the credential key, or is unknown; or
    /// *policy* ([`tpm_hardware_bound`](crate::policy::Policy::tpm_hardware_bound)), where the field is
    /// `objectAttributes`.
    TpmPubAreaInvalid(&'static str) = "tpm_pub_area_invalid" at "R22": "the TPM pubArea is not acceptable: {0}",
    /// *Policy* ([`tpm_vendors`](crate::policy::Policy::tpm_vendors)). The TPM's manufacturer, by its id, is not in the
    /// list. Add it there if you know it.
    TpmVendorUnknown(Excerpt) = "tpm_vendor_unknown" at "R22": "the TPM vendor {0} is not known",
    /// *Policy* ([`tpm_sha1`](crate::policy::Policy::tpm_sha1)). The TPM's statement uses SHA-1, as nearly every Windows
    /// TPM did.
    Sha1NotAllowed = "sha1_not_allowed" at "R22": "SHA-1 is not allowed",
    /// *Suspicious.* The key description's challenge is not the client data hash: the key was attested for another
    /// ceremony.
    AndroidKeyChallengeMismatch = "android_key_challenge_mismatch" at "R22": "the Android key was made for another challenge",
    /// *Client.* All applications may use the key, so it is not bound to the relying party.
    AndroidKeyUnscoped = "android_key_unscoped" at "R22": "the Android key is not scoped to the relying party",
    /// *Client.* The named authorization of the key is missing, differs between the lists, or has another value. With
    /// [`android_tee_only`](crate::policy::Policy::android_tee_only) *policy* too: the hardware-enforced list lacks it.
    AndroidKeyAuthorization(&'static str) = "android_key_authorization" at "R22": "the Android key's authorization {0} is not acceptable",
    /// *Policy* ([`android_tee_only`](crate::policy::Policy::android_tee_only)). The key, or its attestation, is made in
    /// software.
    AndroidKeySecurityLevel = "android_key_security_level" at "R22": "the Android key is not held in hardware",
    /// *Suspicious.* The key description stands in an issuer's certificate too: an attested key was used to attest
    /// another.
    AndroidKeyExtensionInIssuer = "android_key_extension_in_issuer" at "R22": "an issuing certificate has a key description",
    /// *Policy* ([`android_locked_and_verified`](crate::policy::Policy::android_locked_and_verified)). The device's boot
    /// loader is unlocked, its system is not a verified one, or it does not say; the text says which. The user needs
    /// another device.
    AndroidKeyRootOfTrust(&'static str) = "android_key_root_of_trust" at "R22": "the Android root of trust is not acceptable: {0}",
    /// *Policy* ([`android_min_patch_level`](crate::policy::Policy::android_min_patch_level)). The device's patch level is
    /// older, or is not stated. The user must update the system.
    AndroidKeyPatchLevel = "android_key_patch_level" at "R22": "the Android patch level is too old",
    /// *Suspicious* or *client.* The named part of the `SafetyNet` response is not acceptable: made for another ceremony,
    /// too old, or by a device that failed Google's checks. Google retired the format; to judge a stored response
    /// [again](crate::attestation::examine), let `now` be its own time.
    SafetyNet(&'static str) = "safety_net" at "R22": "the SafetyNet response is not acceptable: {0}",
    /// *Suspicious.* The nonce in Apple's certificate is not that of this ceremony.
    AppleNonceMismatch = "apple_nonce_mismatch" at "R22": "the Apple nonce is that of another ceremony",
    /// *Suspicious* or *client.* The named part of the App Attest statement is not what it must be; for `environment` see
    /// [`apple_appattest_development`](crate::policy::Policy::apple_appattest_development).
    AppleAppAttest(&'static str) = "apple_app_attest" at "R22": "the App Attest statement is not acceptable: {0}",
    /// *Client.* A compound statement within a compound statement.
    CompoundNested = "compound_nested" at "R22": "a compound statement is nested in another",
    /// *Policy* ([`compound`](crate::policy::Policy::compound)). Too few elements of a compound statement are good.
    CompoundNotSatisfied = "compound_not_satisfied" at "R22": "too few elements of the compound statement are acceptable",

    // Chains.
    /// *Client.* The statement's certificates do not stand in the order from leaf to root.
    ChainOrder = "chain_order" at "R24": "the certificates are not in order",
    /// *Suspicious.* A certificate's signature does not verify with its issuer's key: forged, or an anchor of the same
    /// name that is not the issuer.
    ChainSignature = "chain_signature" at "R24": "a certificate's signature does not verify",
    /// *Policy* ([`attestation`](crate::policy::Policy::attestation)) or *data.* The chain does not end at an anchor of
    /// the trust source. Add the maker's root if you trust it.
    ChainUntrusted = "chain_untrusted" at "R24": "the chain does not end at a trust anchor",
    /// *Data.* An intermediate certificate is missing, or the anchor is. Give it to the trust source:
    /// [`StaticTrust::with_intermediate_der`](crate::trust::StaticTrust::with_intermediate_der).
    ChainIncomplete = "chain_incomplete" at "R24": "an intermediate certificate is missing",
    /// *Suspicious.* An issuer may not issue: it is no authority, the path is too long, or key usage, purposes or names
    /// forbid it.
    ChainIssuerInvalid = "chain_issuer_invalid" at "R24": "an issuing certificate may not issue",
    /// *Policy* ([`sha1_certificates`](crate::policy::Policy::sha1_certificates)) where it is SHA-1. Else *client*: a
    /// certificate is signed with an algorithm that is unknown, or too weak for its key.
    ChainAlgorithm = "chain_algorithm" at "R24": "a certificate is signed with an unacceptable algorithm",
    /// *Policy* ([`validity`](crate::policy::Policy::validity)) or *data.* A certificate of the chain, or the anchor, is
    /// over. For a stored attestation judge by the time of its registration; else bring newer anchors, or turn the device
    /// away.
    CertificateExpired = "certificate_expired" at "R24": "a certificate has expired",
    /// *Caller.* A certificate is not valid yet. Look at the clock that gives `now`.
    CertificateNotYetValid = "certificate_not_yet_valid" at "R24": "a certificate is not valid yet",
    /// *Suspicious.* Revocation facts name a certificate of the chain: its key may be in other hands. Turn the device
    /// away.
    CertificateRevoked = "certificate_revoked" at "R24": "a certificate is revoked",
    /// *Policy* ([`revocation`](crate::policy::Policy::revocation)) or *data.* No current list covers a certificate, and
    /// policy demands an answer. Bring [newer lists](crate::trust::RevocationFacts).
    RevocationUnknown = "revocation_unknown" at "R24": "the revocation state is not known",

    // Metadata.
    /// *Data.* The BLOB's signature does not verify, or its header names no acceptable algorithm. Fetch it again; keep the
    /// old one until then.
    MetadataSignature = "metadata_signature" at "metadata": "the metadata's signature does not verify",
    /// *Data.* The BLOB's certificates do not lead to the given root, are revoked, or are not for the service's name. Look
    /// at the root and at the clock; keep the old BLOB.
    MetadataChain = "metadata_chain" at "metadata": "the metadata's certificates are not trusted",
    /// *Data.* The named part of the BLOB, of an entry, or of Android's status list does not parse. Fetch it again; if it
    /// stays so, keep the old one and report it to this project.
    MetadataMalformed(&'static str) = "metadata_malformed" at "metadata": "the metadata is malformed: {0}",
    /// *Data* or *suspicious.* The BLOB is older than the last one seen, or has its number with other contents. Keep the
    /// newer one.
    MetadataRollback = "metadata_rollback" at "metadata": "the metadata is older than the last one seen",
    /// *Data.* The BLOB should have been replaced by now. Fetch a new one, at least once a day; see
    /// [`BlobRules::grace`](crate::metadata::BlobRules::grace).
    MetadataStale = "metadata_stale" at "metadata": "the metadata is stale",
    /// *Suspicious* or *data.* The metadata of this model does not list the attestation type that the statement has.
    MetadataTypeMismatch = "metadata_type_mismatch" at "R24": "the model's metadata does not list the attestation type",
    /// *Suspicious* or *data.* The metadata of this model does not list the credential's algorithm.
    MetadataAlgorithmMismatch = "metadata_algorithm_mismatch" at "R24": "the model's metadata does not list the algorithm",
    /// *Policy* ([`undesired_statuses`](crate::policy::Policy::undesired_statuses)). A report with this status counts
    /// against the model: its keys or its verification of users cannot be relied upon. Ask for an update of its firmware,
    /// or another model.
    MetadataStatusUndesired(Excerpt) = "metadata_status_undesired" at "R24": "the model has the status {0}",
    /// *Policy* ([`min_certification`](crate::policy::Policy::min_certification),
    /// [`require_fips`](crate::policy::Policy::require_fips)). The model lacks a certification. If none passes, the
    /// level's name in the policy is not one of FIDO's.
    MetadataCertificationMissing = "metadata_certification_missing" at "R24": "the model lacks the demanded certification",
    /// *Policy* ([`key_protection`](crate::policy::Policy::key_protection),
    /// [`user_verification_methods`](crate::policy::Policy::user_verification_methods)). The model's metadata lacks the
    /// named property.
    MetadataPropertyMissing(&'static str) = "metadata_property_missing" at "R24": "the model's metadata lacks the demanded {0}",

    // Extensions and payments.
    /// *Policy* ([`unsolicited_extensions`](crate::policy::Policy::unsolicited_extensions)): an output of this extension
    /// that nobody asked for. For `appid` *client*, whatever the policy.
    ExtensionUnsolicited(Excerpt) = "extension_unsolicited" at "R28, A23": "the output of extension {0} was not asked for",
    /// *Client.* The output of this extension has another shape than its specification gives it, or belongs to the other
    /// ceremony.
    ExtensionMalformed(Excerpt) = "extension_malformed" at "R28, A23": "the output of extension {0} is malformed",
    /// *Policy* ([`required_extensions`](crate::policy::Policy::required_extensions)). The output of this extension is
    /// absent: client or authenticator does not support it, or the ceremony did not ask for it.
    ExtensionMissing(Excerpt) = "extension_missing" at "R28, A23": "the output of extension {0} is missing",
    /// *User.* The credential protection is weaker than the [enforced](crate::extensions::CredProtect::enforce) one, or
    /// not confirmed: the authenticator does not support it. Ask for another, or do not enforce it.
    CredProtectNotEnforced = "cred_protect_not_enforced" at "R28": "the credential protection is not enforced",
    /// *Policy* ([`min_pin_length`](crate::policy::Policy::min_pin_length)). The authenticator allows a shorter PIN. Its
    /// owner, or you, must set its minimum.
    MinPinLengthTooShort = "min_pin_length_too_short" at "R28": "the minimum PIN length is too short",
    /// *Caller*, by *policy* ([`refuse_prf_results`](crate::policy::Policy::refuse_prf_results)). The response carries PRF
    /// results, which are keys. The page must take them out before it sends the response.
    PrfResultsPresent = "prf_results_present" at "R28, A23": "the response carries PRF results",
    /// *Suspicious.* The browser-bound signature of a payment does not verify, or one of key and signature is missing.
    /// Refuse the payment, or the registration.
    BrowserBoundSignatureInvalid = "browser_bound_signature_invalid" at "R28, A23": "the browser-bound signature does not verify",
    /// *Suspicious* or *caller.* The named part of what the user confirmed is not that of the expected payment. Do not
    /// pay; where all payments fail so, compare what the page sent to the browser with the `ExpectedPayment`.
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
