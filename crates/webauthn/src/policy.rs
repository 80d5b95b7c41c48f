//! What a relying party accepts beyond what the specification fixes.
//!
//! One policy can serve every ceremony of a relying party: make it once, from a preset, and pass it to
//! [`register`](crate::register) and [`authenticate`](crate::authenticate). The errors that a knob decides about name it.
//!
//! No knob turns off the checks of type, challenge, origin, RP ID hash, signature, backup flags' consistency or ownership,
//! and none lets a credential use SHA-1.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::attestation::AttestationType;
use crate::authenticator_data::Aaguid;
use crate::error::Error;

/// Whether a finding is passed over, reported as an [`Observation`](crate::Observation), or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strictness {
    /// Passed over.
    Ignore,
    /// An observation in the result.
    Report,
    /// An error.
    Refuse,
}

/// Whether a property may, must or must not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Requirement {
    /// Either way.
    #[default]
    Any,
    /// It must not be.
    Forbid,
    /// It must be.
    Require,
}

impl Requirement {
    pub(crate) fn check(self, present: bool, error: Error) -> Result<(), Error> {
        match (self, present) {
            (Self::Forbid, true) | (Self::Require, false) => Err(error),
            _ => Ok(()),
        }
    }
}

/// What to do when the signature counter does not rise ([WebAuthn §6.1.1]).
///
/// [WebAuthn §6.1.1]: https://www.w3.org/TR/webauthn-3/#sctn-sign-counter
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CounterPolicy {
    /// Refuse: also a zero after a non-zero one.
    #[default]
    Refuse,
    /// Refuse, unless the received one is zero, which is then stored. Risks a clone that reports zero.
    RefuseUnlessZero,
    /// Report, and keep the greater one.
    ReportKeepGreater,
    /// Report, and store the received one. Risks that only one of two clones is ever noticed.
    ReportTakeReceived,
    /// Store what came. Risks that no clone is ever noticed.
    Ignore,
}

/// Must a sign-in without a known user carry a user handle?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UserHandlePolicy {
    /// It must.
    #[default]
    Required,
    /// Without one the owner is the record's. Risks nothing by itself; the specification wants it.
    Optional,
}

/// How far attestation goes ([WebAuthn §7.1] steps 21 to 24).
///
/// [WebAuthn §7.1]: https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AttestationPolicy {
    /// Statements are verified, and nothing is asked of a trust source: [`Trust`](crate::attestation::Trust) is `NotAssessed`,
    /// and what policy demands of metadata is not looked at.
    Ignore,
    /// Statements must verify; whether they are trusted is reported, and a model that metadata has something against passes
    /// too: look at [`AttestationOutcome::trust`](crate::attestation::AttestationOutcome::trust).
    #[default]
    Verify,
    /// As [`AttestationPolicy::Verify`], but where the trust source has metadata for the model, an attestation must lead to
    /// an anchor and metadata must have nothing against the model: for services that anyone may join, where a model that
    /// is listed must not lie. Without attestation only the model's statuses are looked at.
    RequireTrustedIfKnown,
    /// Statements must verify and lead to an anchor of the trust source, and metadata must have nothing against the model. The
    /// types None and Self are refused, except Self where metadata lists it for the model. The registration must ask for
    /// [`Direct`](crate::options::AttestationConveyance::Direct) or enterprise attestation.
    RequireTrusted,
}

/// Which models of authenticator may register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AaguidPolicy {
    /// Any, the zero AAGUID too.
    #[default]
    Any,
    /// Only these. The zero AAGUID never passes.
    Allow(BTreeSet<Aaguid>),
    /// All but these.
    Deny(BTreeSet<Aaguid>),
    /// Those that the trust source has metadata for.
    InMetadata,
}

/// Which elements of a compound statement must be good.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CompoundPolicy {
    /// All of them.
    #[default]
    All,
    /// At least one. Risks that the others lie.
    Any,
    /// At least so many.
    AtLeast(usize),
    /// Those of these formats must be among the good ones.
    Formats(BTreeSet<String>),
}

/// At which time a chain must be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValidityPolicy {
    /// Every certificate at `now`.
    #[default]
    Strict,
    /// Every certificate at this time: for looking again at a stored attestation.
    AtTime(Timestamp),
    /// The leaf at `now`, issuers whenever. Risks a chain from a key that its owner gave up; Android's factory
    /// intermediates outlive their dates.
    IgnoreExpiredIssuers,
}

/// What must be known about revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RevocationPolicy {
    /// A known revocation fails; no answer is fine.
    #[default]
    CheckKnown,
    /// No answer fails too.
    RequireKnownGood,
}

/// What to do with an attestation statement format that this library does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UnknownFormatPolicy {
    /// Refuse.
    #[default]
    Refuse,
    /// Keep it as unverified where attestation was not asked for, which risks nothing; the type is reported as `None`.
    RecordUnverified,
    /// Keep it as unverified, whatever was asked for. Risks that a caller who asked for attestation takes the answer for one,
    /// though its type is `None`.
    RecordAlways,
}

/// Which TPM vendors are accepted: ids such as `id:414D4400`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TpmVendorPolicy {
    /// Report vendors outside of TCG's list.
    #[default]
    Report,
    /// TCG's list and these only.
    Registered(BTreeSet<String>),
}

/// The most bytes of each part of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Client data: 16 KiB.
    pub client_data: usize,
    /// Attestation object: 64 KiB.
    pub attestation_object: usize,
    /// Authenticator data: 32 KiB.
    pub authenticator_data: usize,
    /// Signature: 8 KiB.
    pub signature: usize,
    /// A certificate: 16 KiB.
    pub certificate: usize,
    /// Certificates in an `x5c`: 10.
    pub certificates: usize,
    /// Arrays and objects within each other in client data: 32; never above 128.
    pub json_nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            client_data: 16 * 1024,
            attestation_object: 64 * 1024,
            authenticator_data: 32 * 1024,
            signature: 8 * 1024,
            certificate: 16 * 1024,
            certificates: 10,
            json_nesting: 32,
        }
    }
}

/// The knobs of verification. Begin with a preset and set the fields that differ. The defaults named below are those of
/// [`Policy::consumer`].
///
/// ```
/// use passkeyd_webauthn::policy::{CounterPolicy, Policy};
///
/// let mut policy = Policy::consumer();
/// policy.counter = CounterPolicy::ReportKeepGreater;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "knobs are independent of each other"
)]
pub struct Policy {
    // Parsing.
    /// The greatest inputs. Raising them risks time and memory.
    pub limits: Limits,
    /// Client data that was not serialised as specified. Ignoring it risks nothing known; requiring it turns away old
    /// browsers. Default: report.
    pub client_data_template: Strictness,
    /// Demand that `tokenBinding`, where present, is an object with a known status. Default: off.
    pub validate_token_binding: bool,
    /// Accept CBOR outside of the canonical form in the unsigned envelope of attestation objects. Risks that two
    /// readers see different statements. Default: off.
    pub noncanonical_envelope: bool,
    /// Accept the known deviations from DER in certificates. Risks the same for certificates. Default: off.
    pub lenient_der_certificates: bool,
    /// Reserved bits of the flags. Reporting lets devices of a later specification in. Default: refuse.
    pub reserved_flags: Strictness,
    /// Extension data that is an empty map. FIDO's conformance tool signs such maps; allowing them risks that two
    /// encodings mean the same. Default: refuse.
    pub empty_extension_map: Strictness,
    /// Attested credential data in an assertion. Default: refuse.
    pub attested_data_in_assertion: Strictness,

    // Keys.
    /// The least RSA modulus of a credential, in bits; never below 2048. Default: 2048.
    pub rsa_min_bits: usize,
    /// The least RSA exponent of a credential; never below 3. Small ones risk bad implementations. Default: 65537.
    pub rsa_min_exponent: u64,

    // Ceremony.
    /// Accept ceremonies in cross-origin frames. Risks clickjacking where the page does not guard itself. Default: off.
    pub cross_origin: bool,
    /// A cross-origin ceremony must name its top origin. Turns Level 2 clients away. Default: off.
    pub require_top_origin: bool,
    /// Demand user verification in every ceremony, whatever it was started with. Default: off.
    pub require_user_verification: bool,
    /// A credential whose record says `uv_initialized` must always verify its user. Default: off.
    pub pin_user_verification: bool,
    /// Keep attestation object and client data in the record, for a later look. Costs some kilobytes each. Default: off.
    pub keep_attestation_object: bool,
    /// Credentials that may be backed up. Forbidding turns synced passkeys away. Default: any.
    pub backup_eligible: Requirement,
    /// Credentials that are backed up at this moment. Default: any.
    pub backup_state: Requirement,
    /// A counter that does not rise. Default: refuse.
    pub counter: CounterPolicy,
    /// A missing user handle in a usernameless sign-in. Default: required.
    pub user_handle: UserHandlePolicy,
    /// Another attachment than the requested one. Default: refuse.
    pub attachment: Strictness,
    /// `residentKey` required, and `credProps.rk` false. Default: report.
    pub discoverable: Strictness,

    // Extensions.
    /// Outputs that nobody asked for. Default: ignore.
    pub unsolicited_extensions: Strictness,
    /// Outputs that must be there, by extension id, in registrations and sign-ins alike: use a policy for each where they
    /// differ. Default: none.
    pub required_extensions: BTreeSet<String>,
    /// Refuse responses that carry PRF results: a server that stores ciphertext must not see them. Default: off.
    pub refuse_prf_results: bool,
    /// The least `minPinLength`, where a registration reports one; to demand the report, put it into
    /// `required_extensions` of the policy for registrations. Default: none.
    pub min_pin_length: Option<u64>,

    // Attestation statements.
    /// How far attestation goes. Default: verify.
    pub attestation: AttestationPolicy,
    /// The types that may register. Default: all.
    pub allowed_types: BTreeSet<AttestationType>,
    /// The formats that may register; none: all, with `android-safetynet` by its own knob.
    pub allowed_formats: Option<BTreeSet<String>>,
    /// Unknown formats. Default: refuse.
    pub unknown_format: UnknownFormatPolicy,
    /// Which elements of a compound statement must be good. Default: all.
    pub compound: CompoundPolicy,
    /// The AAGUID extension must be in a packed or TPM leaf. Default: off.
    pub require_aaguid_extension: bool,
    /// A U2F attestation must have the zero AAGUID. Default: off.
    pub u2f_zero_aaguid: bool,
    /// TPM vendors. Default: report unknown ones.
    pub tpm_vendors: TpmVendorPolicy,
    /// The TPM key must be fixed to its TPM and made there. Default: off.
    pub tpm_hardware_bound: bool,
    /// SHA-1 in TPM statements, which nearly every Windows TPM used. Forbidding turns these away. Default: allowed.
    pub tpm_sha1: bool,
    /// Android authorizations count from the hardware-enforced list only. Default: off.
    pub android_tee_only: bool,
    /// The Android device must be locked and verified. Default: off.
    pub android_locked_and_verified: bool,
    /// The oldest Android patch level, as `YYYYMM`. Default: none.
    pub android_min_patch_level: Option<u32>,
    /// Accept `android-safetynet`, which Google retired. Default: off.
    pub safetynet: bool,
    /// Accept a `SafetyNet` response with `basicIntegrity` only. Risks modified devices. Default: off.
    pub safetynet_basic_integrity: bool,
    /// How old a `SafetyNet` response may be. Default: 60 s.
    pub safetynet_max_age: SignedDuration,
    /// Accept `apple-appattest`, which attests apps and is no format of `WebAuthn`. Default: off.
    pub apple_appattest: bool,
    /// Accept it from apps under development too. Risks keys of test builds. Default: off.
    pub apple_appattest_development: bool,

    // Trust.
    /// SHA-1 in certificates' signatures. Risks forged chains. Default: off.
    pub sha1_certificates: bool,
    /// At which time a chain must be valid. Default: now.
    pub validity: ValidityPolicy,
    /// What must be known about revocation. Default: what is known must be good.
    pub revocation: RevocationPolicy,
    /// Which models may register. Without a trusted attestation the model is the client's word only. Default: any.
    pub aaguids: AaguidPolicy,
    /// Take a statement whose chain is not trusted as self attestation, and say so. It passes
    /// [`AttestationPolicy::RequireTrusted`] then. Default: off.
    pub treat_untrusted_as_self: bool,
    /// The least certification of a model, by its name in metadata such as `FIDO_CERTIFIED_L2`. This and the three demands
    /// below refuse a model without metadata ([`Error::AaguidNotAllowed`]). Default: none.
    pub min_certification: Option<String>,
    /// The model must be FIPS certified. Default: off.
    pub require_fips: bool,
    /// Key protections of which the model must list one, such as `hardware`. Default: any.
    pub key_protection: BTreeSet<String>,
    /// User verification methods of which the model must list one, such as `fingerprint_internal`. Default: any.
    pub user_verification_methods: BTreeSet<String>,
    /// Demand that the trust source has metadata for the model. Where it has any, type and algorithm are compared with it
    /// without this knob too. Default: off.
    pub full_metadata_check: bool,
    /// Statuses that count against a model, by their names in metadata. What that leads to is up to `attestation`. Default:
    /// [`UNDESIRED_STATUSES`].
    pub undesired_statuses: BTreeSet<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self::consumer()
    }
}

impl Policy {
    /// For services that anyone may join: every passkey is welcome, every lie is refused. The default. User verification is as
    /// the ceremony asks; attestation must verify if there is any, and need not be trusted.
    pub fn consumer() -> Self {
        Self {
            limits: Limits::default(),
            client_data_template: Strictness::Report,
            validate_token_binding: false,
            noncanonical_envelope: false,
            lenient_der_certificates: false,
            reserved_flags: Strictness::Refuse,
            empty_extension_map: Strictness::Refuse,
            attested_data_in_assertion: Strictness::Refuse,
            rsa_min_bits: 2048,
            rsa_min_exponent: 65537,
            cross_origin: false,
            require_top_origin: false,
            require_user_verification: false,
            pin_user_verification: false,
            keep_attestation_object: false,
            backup_eligible: Requirement::Any,
            backup_state: Requirement::Any,
            counter: CounterPolicy::Refuse,
            user_handle: UserHandlePolicy::Required,
            attachment: Strictness::Refuse,
            discoverable: Strictness::Report,
            unsolicited_extensions: Strictness::Ignore,
            required_extensions: BTreeSet::new(),
            refuse_prf_results: false,
            min_pin_length: None,
            attestation: AttestationPolicy::Verify,
            allowed_types: AttestationType::ALL.into_iter().collect(),
            allowed_formats: None,
            unknown_format: UnknownFormatPolicy::Refuse,
            compound: CompoundPolicy::All,
            require_aaguid_extension: false,
            u2f_zero_aaguid: false,
            tpm_vendors: TpmVendorPolicy::Report,
            tpm_hardware_bound: false,
            tpm_sha1: true,
            android_tee_only: false,
            android_locked_and_verified: false,
            android_min_patch_level: None,
            safetynet: false,
            safetynet_basic_integrity: false,
            safetynet_max_age: SignedDuration::from_secs(60),
            apple_appattest: false,
            apple_appattest_development: false,
            sha1_certificates: false,
            validity: ValidityPolicy::Strict,
            revocation: RevocationPolicy::CheckKnown,
            aaguids: AaguidPolicy::Any,
            treat_untrusted_as_self: false,
            min_certification: None,
            require_fips: false,
            key_protection: BTreeSet::new(),
            user_verification_methods: BTreeSet::new(),
            full_metadata_check: false,
            undesired_statuses: UNDESIRED_STATUSES.map(String::from).into(),
        }
    }

    /// What a deployed server wants: [`Policy::consumer`], with reserved flags reported, so that no future device is
    /// locked out.
    pub fn server() -> Self {
        Self {
            reserved_flags: Strictness::Report,
            ..Self::consumer()
        }
    }

    /// For services that rather turn a device away than guess. User verification is required, client data must be serialised as
    /// specified, no unsolicited extension outputs and no SHA-1 in TPM statements pass; and should cross-origin frames be
    /// allowed, they must name their top origin.
    pub fn strict() -> Self {
        Self {
            require_user_verification: true,
            client_data_template: Strictness::Refuse,
            unsolicited_extensions: Strictness::Refuse,
            tpm_sha1: false,
            sha1_certificates: false,
            require_top_origin: true,
            ..Self::consumer()
        }
    }

    /// For organisations that hand out authenticators: attested models with good metadata only, keys in hardware where the
    /// format says so, and every certificate of the chain known to be good.
    ///
    /// Three things are needed, without which every registration is refused: it asks for
    /// [`Direct`](crate::options::AttestationConveyance::Direct) or enterprise attestation; the trust source has metadata, such as a
    /// [`metadata::Blob`](crate::metadata::Blob); and [`RevocationFacts`](crate::trust::RevocationFacts) cover the chain, unless
    /// its only certificate is an anchor, or the model attests itself. Where no authority publishes lists for your models, set
    /// `revocation` to [`RevocationPolicy::CheckKnown`].
    pub fn enterprise() -> Self {
        Self {
            attestation: AttestationPolicy::RequireTrusted,
            aaguids: AaguidPolicy::InMetadata,
            revocation: RevocationPolicy::RequireKnownGood,
            tpm_hardware_bound: true,
            android_tee_only: true,
            ..Self::consumer()
        }
    }

    /// What the FIDO conformance tool expects: for tests, not for a service.
    pub fn fido_conformance() -> Self {
        Self {
            attestation: AttestationPolicy::RequireTrusted,
            u2f_zero_aaguid: true,
            validate_token_binding: true,
            tpm_vendors: TpmVendorPolicy::Registered([String::from("id:FFFFF1D0")].into()),
            aaguids: AaguidPolicy::InMetadata,
            sha1_certificates: true,
            full_metadata_check: true,
            empty_extension_map: Strictness::Report,
            ..Self::consumer()
        }
    }

    /// For old devices and stored attestations of many years: `SafetyNet`, SHA-1 in certificates, and the known deviations from
    /// canonical CBOR and DER pass.
    pub fn legacy() -> Self {
        Self {
            safetynet: true,
            tpm_sha1: true,
            sha1_certificates: true,
            noncanonical_envelope: true,
            lenient_der_certificates: true,
            empty_extension_map: Strictness::Report,
            ..Self::consumer()
        }
    }

    /// The preset of this name: `server`, `consumer`, `strict`, `enterprise`, `fido_conformance`, `legacy`.
    pub fn preset(name: &str) -> Option<Self> {
        Some(match name {
            "server" => Self::server(),
            "consumer" => Self::consumer(),
            "strict" => Self::strict(),
            "enterprise" => Self::enterprise(),
            "fido_conformance" => Self::fido_conformance(),
            "legacy" => Self::legacy(),
            _ => return None,
        })
    }
}

/// The metadata statuses that count against a model unless policy says otherwise.
pub const UNDESIRED_STATUSES: [&str; 5] = [
    "REVOKED",
    "ATTESTATION_KEY_COMPROMISE",
    "USER_VERIFICATION_BYPASS",
    "USER_KEY_REMOTE_COMPROMISE",
    "USER_KEY_PHYSICAL_COMPROMISE",
];
