//! Refresh tokens: opaque, random, and kept as a hash only.

use std::fmt;

use data_encoding::HEXLOWER;
use passkeyd_domain::RefreshHash;
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

/// A refresh token as the client holds it: 64 hex digits, 256 random bits.
#[derive(Clone)]
pub struct RefreshToken(Zeroizing<String>);

impl RefreshToken {
    /// Makes a token of 32 random bytes.
    pub fn generate(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(HEXLOWER.encode(&*Zeroizing::new(random))))
    }

    /// Takes a token that a client presents. None: it is not of the form, so it is nobody's.
    pub fn presented(text: &str) -> Option<Self> {
        let of_the_form =
            text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        of_the_form.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, for the reply.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is kept of it, and what it is found by: the token carries 256 random bits, so no slow hash is needed.
    pub fn hash(&self) -> RefreshHash {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, self.0.as_bytes()).as_ref());
        RefreshHash::new(hash)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_64_hex_digits_and_found_by_its_hash() {
        let token = RefreshToken::generate([0xa5; 32]);
        assert_eq!(token.text(), "a5".repeat(32));
        let presented = RefreshToken::presented(token.text()).unwrap();
        assert_eq!(presented.hash(), token.hash());
        assert_ne!(RefreshToken::generate([0xa4; 32]).hash(), token.hash());
        assert_eq!(format!("{token:?}"), "RefreshToken(…)");
    }

    #[test]
    fn the_hash_is_sha_256_of_the_text() {
        let expected = digest(&SHA256, "00".repeat(32).as_bytes());
        let hash = RefreshToken::generate([0; 32]).hash();
        assert_eq!(hash.as_bytes(), expected.as_ref());
    }

    #[test]
    fn a_text_of_another_form_is_nobodys() {
        let good = "a5".repeat(32);
        for text in [
            "",
            &good[1..],
            &format!("{good}0"),
            &good.to_uppercase(),
            &good.replacen('a', "g", 1),
        ] {
            assert!(RefreshToken::presented(text).is_none(), "{text}");
        }
    }
}
