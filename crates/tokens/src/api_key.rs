//! API keys of the LoginID surface. They carry no tenant, and are found by their SHA-256.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use passkeyd_domain::KeyId;
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::secret_hash;

/// A key as it is shown once: `lid_` and 43 base64url characters, or a text that an operator chose.
#[derive(Clone)]
pub struct ApiKeyText(Zeroizing<String>);

impl ApiKeyText {
    /// The fewest characters of a key that an operator chose.
    pub const SHORTEST: usize = 24;

    /// Makes a key of 32 random bytes.
    pub fn generate(random: [u8; 32]) -> Self {
        let random = Zeroizing::new(random);
        let mut text = String::from("lid_");
        BASE64URL_NOPAD.encode_append(&*random, &mut text);
        Self(Zeroizing::new(text))
    }

    /// Takes a key that an operator chose. None: it has fewer than [`SHORTEST`](Self::SHORTEST) characters, or one that no header can
    /// carry, or a colon, which parts user name and password.
    pub fn given(text: &str) -> Option<Self> {
        let good = text.len() >= Self::SHORTEST
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b':');
        good.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The whole key, for the one time that it is shown.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Its name within the tenant: the first twelve digits of its SHA-256.
    pub fn key_id(&self) -> KeyId {
        KeyId(self.lookup().chars().take(12).collect())
    }

    /// What it is found by, see [`lookup`].
    pub fn lookup(&self) -> String {
        lookup(&self.0)
    }

    /// What is kept of it.
    pub fn stored(&self) -> String {
        secret_hash::hash(&self.0)
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyText(…)")
    }
}

/// What a key that carries no tenant is found by: its SHA-256 in hex.
pub fn lookup(presented: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, presented.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_form_of_the_contract_and_is_not_shown() {
        let key = ApiKeyText::generate([0xab; 32]);
        assert_eq!(key.text().len(), 47);
        assert!(key.text().starts_with("lid_"));
        assert_eq!(key.lookup(), lookup(key.text()));
        assert!(secret_hash::verify(&key.stored(), key.text()).ok);
        assert_eq!(format!("{key:?}"), "ApiKeyText(…)");
    }

    #[test]
    fn a_given_key_is_long_enough_and_fits_a_header() {
        assert!(ApiKeyText::given("this-one-has-24-letters!").is_some());
        assert!(ApiKeyText::given("too-short").is_none());
        assert!(ApiKeyText::given("this-one:has-24-letters!").is_none());
        assert!(ApiKeyText::given("this one has twenty spaces in it").is_none());
    }
}
