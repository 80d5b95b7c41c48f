//! What a tenant decides about the LoginID surface, where it is called an application.

use serde::{Deserialize, Serialize};

use crate::{AttestationConveyance, TextError, UserVerification};

/// The settings of a tenant that the LoginID contract names (section 1). They stand among the others in the stored text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationSettings {
    /// Every registration needs an authorization token.
    pub registration_requires_token: bool,
    /// The RP id; none: the first of the listed ones, else the host of the website.
    pub rp_id: Option<String>,
    /// The name of the relying party; none: the tenant's.
    pub rp_name: Option<String>,
    /// What a sign-in may go on with on another device, best first.
    pub cross_auth_methods: Vec<CrossAuthMethod>,
    /// What a sign-in may fall back to.
    pub fallback_methods: Vec<FallbackMethod>,
    /// What creation options ask for.
    pub attestation: AttestationConveyance,
    /// What options ask for.
    pub user_verification: CeremonyUserVerification,
    /// What creation options offer, best first.
    pub algorithms: Vec<OfferedAlgorithm>,
    /// Sign-ins of several factors.
    pub mfa: MfaSettings,
    /// Ceremonies in frames of other origins are accepted.
    pub allow_cross_origin: bool,
    /// Whose pages may hold such frames; empty: any.
    pub top_origins: Vec<String>,
    /// One-time codes.
    pub otp: OtpSettings,
    /// How long tokens live.
    pub token_ttl: TokenLifetimes,
    /// The base URL of the application; none: as the server's settings have it.
    pub base_url: Option<String>,
}

impl Default for ApplicationSettings {
    fn default() -> Self {
        Self {
            registration_requires_token: false,
            rp_id: None,
            rp_name: None,
            cross_auth_methods: vec![CrossAuthMethod::Otp, CrossAuthMethod::OtpEmail],
            fallback_methods: Vec::new(),
            attestation: AttestationConveyance::Direct,
            user_verification: CeremonyUserVerification::default(),
            algorithms: vec![OfferedAlgorithm(-7), OfferedAlgorithm(-257)],
            mfa: MfaSettings::default(),
            allow_cross_origin: true,
            top_origins: Vec::new(),
            otp: OtpSettings::default(),
            token_ttl: TokenLifetimes::default(),
            base_url: None,
        }
    }
}

/// How a sign-in may go on without the passkey at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CrossAuthMethod {
    /// A code that another device of the user shows.
    #[serde(rename = "otp")]
    Otp,
    /// A code by mail.
    #[serde(rename = "otp:email")]
    OtpEmail,
    /// A code by SMS.
    #[serde(rename = "otp:sms")]
    OtpSms,
}

/// Who signs a user in where we can't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FallbackMethod {
    /// The customer's own identity system.
    Ciam,
}

/// Whether users are verified, by ceremony; a transaction always asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CeremonyUserVerification {
    /// In a registration.
    pub reg: UserVerification,
    /// In a sign-in.
    pub auth: UserVerification,
}

impl Default for CeremonyUserVerification {
    fn default() -> Self {
        Self {
            reg: UserVerification::Preferred,
            auth: UserVerification::Required,
        }
    }
}

/// A COSE algorithm that an application may offer: -7, -8, -35, -36 or -257.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct OfferedAlgorithm(i64);

impl TryFrom<i64> for OfferedAlgorithm {
    type Error = TextError;

    fn try_from(id: i64) -> Result<Self, TextError> {
        if [-7, -8, -35, -36, -257].contains(&id) {
            Ok(Self(id))
        } else {
            Err(TextError::Form("-7, -8, -35, -36 or -257"))
        }
    }
}

impl From<OfferedAlgorithm> for i64 {
    fn from(algorithm: OfferedAlgorithm) -> Self {
        algorithm.0
    }
}

/// Sign-ins of several factors (section 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MfaSettings {
    /// A passkey is always one of the factors.
    pub passkey_required: bool,
    /// The customer's own sign-in may be a factor.
    pub external: bool,
}

impl Default for MfaSettings {
    fn default() -> Self {
        Self {
            passkey_required: true,
            external: true,
        }
    }
}

/// One-time codes (sections 11.C and 17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtpSettings {
    /// Decimal digits.
    pub digits: u8,
    /// Seconds that a code lives.
    pub lifetime: u32,
    /// Wrong guesses before a code is void.
    pub attempts: u32,
    /// The channel of mails: `smtp`, `webhook`, `file`, `log`; none: as the server is set up.
    pub email: Option<EmailChannel>,
    /// The channel of short messages: `webhook`, `file`, `log`; none: as the server is set up.
    pub sms: Option<SmsChannel>,
    /// Where the `webhook` channel posts to.
    pub webhook_url: Option<String>,
    /// The file of the `file` channel; none: `otp-outbox.jsonl` in the data directory.
    pub outbox: Option<String>,
}

impl Default for OtpSettings {
    fn default() -> Self {
        Self {
            digits: 6,
            lifetime: 300,
            attempts: 5,
            email: None,
            sms: None,
            webhook_url: None,
            outbox: None,
        }
    }
}

/// A way in which mails with codes go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailChannel {
    /// The server's mail providers.
    Smtp,
    /// The tenant's own server.
    Webhook,
    /// A line in a file.
    File,
    /// A line in the log.
    Log,
}

/// A way in which short messages with codes go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsChannel {
    /// The tenant's own server, or the server's gateway.
    Webhook,
    /// A line in a file.
    File,
    /// A line in the log.
    Log,
}

/// Seconds that tokens live, by kind (section 7). None lives longer than a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TokenLifetimes {
    /// `jwtAccess`, and `accessToken` of sign-ins of several factors.
    pub access: u32,
    /// `authz`.
    pub authz: u32,
    /// `externalAuth`.
    pub external_auth: u32,
    /// `tx`.
    pub tx: u32,
    /// `idToken`.
    pub id_token: u32,
    /// `refreshToken`.
    pub refresh_token: u32,
    /// `payloadSignature`.
    pub payload_signature: u32,
    /// `merchantTrust` and `walletTrust`.
    pub trust: u32,
}

impl Default for TokenLifetimes {
    fn default() -> Self {
        Self {
            access: 600,
            authz: 30,
            external_auth: 60,
            tx: 600,
            id_token: 3600,
            refresh_token: 86400,
            payload_signature: 600,
            trust: 600,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantSettings;

    #[test]
    fn settings_stand_among_those_of_the_tenant_under_the_names_of_the_contract() {
        let text = r#"{"name":"Acme","registrationRequiresToken":true,"crossAuthMethods":["otp:sms"],"algorithms":[-8],
            "userVerification":{"auth":"preferred"},"mfa":{"external":false},"tokenTtl":{"access":60},"otp":{"digits":8}}"#;
        let read: TenantSettings = serde_json::from_str(text).unwrap();
        assert_eq!(read.name, "Acme");
        let read = read.application;
        assert!(read.registration_requires_token);
        assert_eq!(read.cross_auth_methods, [CrossAuthMethod::OtpSms]);
        assert_eq!(read.algorithms, [OfferedAlgorithm(-8)]);
        assert_eq!(read.user_verification.auth, UserVerification::Preferred);
        assert_eq!(read.user_verification.reg, UserVerification::Preferred);
        assert!(!read.mfa.external && read.mfa.passkey_required);
        assert_eq!((read.token_ttl.access, read.token_ttl.tx), (60, 600));
        assert_eq!((read.otp.digits, read.otp.attempts), (8, 5));
    }

    #[test]
    fn words_that_mean_nothing_are_refused() {
        for bad in [
            r#"{"crossAuthMethods":["fax"]}"#,
            r#"{"algorithms":[-65535]}"#,
            r#"{"attestation":"maybe"}"#,
            r#"{"fallbackMethods":["none"]}"#,
            r#"{"otp":{"sms":"smtp"}}"#,
        ] {
            assert!(
                serde_json::from_str::<TenantSettings>(bad).is_err(),
                "{bad}"
            );
        }
    }
}
