//! What `PublicKeyCredential.getClientCapabilities()` reports
//! ([WebAuthn §5.1.7](https://www.w3.org/TR/webauthn-3/#sctn-getClientCapabilities)).
//!
//! The page sends `JSON.stringify(await PublicKeyCredential.getClientCapabilities())`, and the server chooses what to offer. It is
//! the client's word: nothing may rest on it.
//!
//! ```
//! use passkeyd_webauthn::capabilities::ClientCapabilities;
//!
//! let report: ClientCapabilities = serde_json::from_str(r#"{"conditionalCreate":true}"#).unwrap();
//! assert_eq!(report.conditional_create(), Some(true));
//! assert_eq!(report.conditional_get(), None); // not said
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A client's report. What it leaves out is unknown, not false.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientCapabilities(BTreeMap<String, bool>);

macro_rules! capabilities {
    ($($(#[doc = $doc:literal])+ $name:ident = $key:literal;)+) => {
        impl ClientCapabilities {
            $($(#[doc = $doc])+ pub fn $name(&self) -> Option<bool> { self.named($key) })+
        }
    };
}

capabilities! {
    /// Can a passkey be made quietly, after a sign-in with a password?
    conditional_create = "conditionalCreate";
    /// Are passkeys offered by autofill?
    conditional_get = "conditionalGet";
    /// Can a phone be used?
    hybrid_transport = "hybridTransport";
    /// Is there a platform authenticator that makes passkeys, or a phone?
    passkey_platform_authenticator = "passkeyPlatformAuthenticator";
    /// Is there a platform authenticator that verifies users?
    user_verifying_platform_authenticator = "userVerifyingPlatformAuthenticator";
    /// Does the client know related origins?
    related_origins = "relatedOrigins";
    /// Does it take [`AllAcceptedCredentials`](crate::signals::AllAcceptedCredentials)?
    signal_all_accepted_credentials = "signalAllAcceptedCredentials";
    /// Does it take [`CurrentUserDetails`](crate::signals::CurrentUserDetails)?
    signal_current_user_details = "signalCurrentUserDetails";
    /// Does it take [`UnknownCredential`](crate::signals::UnknownCredential)?
    signal_unknown_credential = "signalUnknownCredential";
}

impl ClientCapabilities {
    /// A capability by its name.
    pub fn named(&self, name: &str) -> Option<bool> {
        self.0.get(name).copied()
    }

    /// Does the client process this extension?
    pub fn extension(&self, id: &str) -> Option<bool> {
        self.named(&["extension:", id].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_is_unknown() {
        let report =
            r#"{"conditionalGet":true,"relatedOrigins":false,"extension:prf":true,"later":true}"#;
        let report: ClientCapabilities = serde_json::from_str(report).unwrap();
        assert_eq!(report.conditional_get(), Some(true));
        assert_eq!(report.related_origins(), Some(false));
        assert_eq!(report.conditional_create(), None);
        assert_eq!(report.extension("prf"), Some(true));
        assert_eq!(report.named("later"), Some(true));
    }
}
