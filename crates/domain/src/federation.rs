//! Sign-in at other servers: the `OpenID` Connect providers of a tenant, and who a user is there.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::{RingPurpose, TenantId, TextError};

/// The name of a provider in URLs: 24 upper-case letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderId(String);

impl ProviderId {
    const LENGTH: usize = 24;
    const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// Makes a name of random bytes. None: too few of them are of use, and others may be tried.
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        let text: String = bytes
            .iter()
            // 252 is the greatest multiple of 36: what lies above would make some letters likelier.
            .filter(|byte| **byte < 252)
            .filter_map(|byte| Self::ALPHABET.get(usize::from(*byte) % Self::ALPHABET.len()))
            .map(|letter| char::from(*letter))
            .take(Self::LENGTH)
            .collect();
        (text.len() == Self::LENGTH).then_some(Self(text))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the client secret of the provider is for, in the key ring.
    pub fn secret_purpose(&self) -> RingPurpose {
        RingPurpose::Secret(format!("oidc:{self}"))
    }
}

impl FromStr for ProviderId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let good = text.len() == Self::LENGTH && text.bytes().all(|b| Self::ALPHABET.contains(&b));
        good.then(|| Self(text.to_owned()))
            .ok_or(TextError::Form("24 upper-case letters and digits"))
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How we show a provider who we are, when we ask it for tokens (`OpenID` Connect Core 1.0 section 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// In the header `Authorization`.
    #[default]
    Basic,
    /// In the body.
    Post,
}

impl ClientAuthentication {
    /// The word of the specification, under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

impl FromStr for ClientAuthentication {
    type Err = TextError;

    fn from_str(word: &str) -> Result<Self, TextError> {
        [Self::Basic, Self::Post]
            .into_iter()
            .find(|method| method.as_str() == word)
            .ok_or(TextError::Form("client_secret_basic or client_secret_post"))
    }
}

/// A provider that users of a tenant sign in at. Its client secret lies in the key ring, for
/// [`ProviderId::secret_purpose`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcProvider {
    /// Whose.
    pub tenant: TenantId,
    /// Its name in URLs.
    pub id: ProviderId,
    /// Its name for people.
    pub name: String,
    /// The URL that it goes by, without `/.well-known/…`.
    pub issuer: String,
    /// What we are to the provider.
    pub client_id: String,
    /// How we show that it is us.
    pub client_authentication: ClientAuthentication,
    /// When it was added.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_named_by_24_capitals_and_digits() {
        assert!("ABCDEFGHIJKLMNOPQRSTUV09".parse::<ProviderId>().is_ok());
        for bad in [
            "",
            "ABCDEFGHIJKLMNOPQRSTUV0",
            "ABCDEFGHIJKLMNOPQRSTUV099",
            "aBCDEFGHIJKLMNOPQRSTUV09",
            "ABCDEFGHIJKLMNOPQRSTUV0-",
            "ABCDEFGHIJKLMNOPQRSTUVÅ",
        ] {
            assert!(bad.parse::<ProviderId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_is_made_of_bytes_that_favour_no_letter() {
        let bytes: Vec<u8> = (252..=255).chain(0..24).collect();
        let id = ProviderId::from_random(&bytes).unwrap();
        assert_eq!(id.as_str(), "ABCDEFGHIJKLMNOPQRSTUVWX");
        assert_eq!(id.as_str().parse(), Ok(id));
        assert_eq!(ProviderId::from_random(&bytes[..27]), None);
    }
}
