//! [Signals](https://www.w3.org/TR/webauthn-3/#sctn-signal-methods): what a page tells authenticators about credentials
//! that are gone or accounts that were renamed. Serialise one, and give it to the method of `PublicKeyCredential` that has
//! its name. They change nothing at the server, and a client may ignore them.
//!
//! ```js
//! await PublicKeyCredential.signalUnknownCredential?.({ rpId: "example.com", credentialId: "_-8" });
//! ```

use serde::Serialize;

use crate::options::UserEntity;
use crate::origin::RpId;

/// For `signalUnknownCredential()`: nobody here has this credential; the authenticator may delete it.
///
/// Send it only where the id belongs to *no* user (after [`CredentialNotFound`](crate::Error::CredentialNotFound)): it tells a
/// stranger nothing but what he sent. For an id of somebody else, or of a locked account, a good passkey would be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnknownCredential {
    rp_id: RpId,
    #[serde(with = "crate::base64url")]
    credential_id: Vec<u8>,
}

impl UnknownCredential {
    /// About this id.
    pub fn new(rp_id: RpId, credential_id: Vec<u8>) -> Self {
        Self {
            rp_id,
            credential_id,
        }
    }
}

/// For `signalAllAcceptedCredentials()`: these are all credentials of the user; the authenticator may hide others.
///
/// Send it after a credential was deleted, and only to the user itself, signed in, since it discloses ids; and with the whole
/// list, since what it leaves out may be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllAcceptedCredentials {
    rp_id: RpId,
    #[serde(with = "crate::base64url")]
    user_id: Vec<u8>,
    #[serde(with = "crate::base64url::list")]
    all_accepted_credential_ids: Vec<Vec<u8>>,
}

impl AllAcceptedCredentials {
    /// The complete list of an authenticated user's credentials.
    pub fn new(rp_id: RpId, user_handle: Vec<u8>, credential_ids: Vec<Vec<u8>>) -> Self {
        Self {
            rp_id,
            user_id: user_handle,
            all_accepted_credential_ids: credential_ids,
        }
    }
}

/// For `signalCurrentUserDetails()`: the user's names as they are now.
///
/// Send it after an account was renamed, and only to the user itself, signed in, since it discloses the names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CurrentUserDetails {
    rp_id: RpId,
    #[serde(with = "crate::base64url")]
    user_id: Vec<u8>,
    name: String,
    display_name: String,
}

impl CurrentUserDetails {
    /// The names of an authenticated user.
    pub fn new(rp_id: RpId, user: UserEntity) -> Self {
        Self {
            rp_id,
            user_id: user.id,
            name: user.name,
            display_name: user.display_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_the_members_that_browsers_read() {
        let rp_id = RpId::new("example.com").unwrap();
        let json = |signal: &dyn Fn() -> serde_json::Result<String>| signal().unwrap();
        let unknown = UnknownCredential::new(rp_id.clone(), vec![0xff, 0xef]);
        assert_eq!(
            json(&|| serde_json::to_string(&unknown)),
            r#"{"rpId":"example.com","credentialId":"_-8"}"#
        );
        let all = AllAcceptedCredentials::new(rp_id.clone(), vec![1], vec![vec![2], vec![3]]);
        assert_eq!(
            json(&|| serde_json::to_string(&all)),
            r#"{"rpId":"example.com","userId":"AQ","allAcceptedCredentialIds":["Ag","Aw"]}"#
        );
        let details = CurrentUserDetails::new(rp_id, UserEntity::new(vec![1], "ann", "Ann"));
        assert_eq!(
            json(&|| serde_json::to_string(&details)),
            r#"{"rpId":"example.com","userId":"AQ","name":"ann","displayName":"Ann"}"#
        );
    }
}
