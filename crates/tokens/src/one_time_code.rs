//! One-time codes: short numbers that a person types, kept as a salted hash.
//!
//! A code of six digits can be found from its hash by trying, whatever the hash; what guards it is that it ends soon, goes
//! once, and that wrong tries are counted. The salt keeps equal codes from showing as equal.

use std::fmt;

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Before the hash of a code.
const SCHEME: &str = "otc1:";

/// A code as it is sent.
#[derive(Clone)]
pub struct OneTimeCode(Zeroizing<String>);

impl OneTimeCode {
    /// Makes a code of so many decimal digits (at most 18) from random bytes.
    pub fn generate(digits: u32, random: [u8; 16]) -> Self {
        let digits = digits.min(18);
        // Of 2^128 numbers over at most 10^18 codes, none comes up noticeably more often than another.
        let number = u128::from_be_bytes(random) % 10_u128.pow(digits);
        let width = usize::try_from(digits).unwrap_or_default();
        Self(Zeroizing::new(format!("{number:0width$}")))
    }

    /// The text, for the message.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is kept of it, under a salt of 16 random bytes.
    pub fn hash(&self, salt: [u8; 16]) -> String {
        hash(&self.0, &salt)
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

/// Compares a presented code with what is kept, in constant time. Spaces that people type are not part of a code.
pub fn verify(stored: &str, presented: &str) -> bool {
    let presented: Zeroizing<String> =
        Zeroizing::new(presented.chars().filter(|c| !c.is_whitespace()).collect());
    let salt = stored
        .strip_prefix(SCHEME)
        .and_then(|rest| rest.split_once(':'))
        .and_then(|(salt, _)| HEXLOWER.decode(salt.as_bytes()).ok());
    match salt {
        Some(salt) => stored
            .as_bytes()
            .ct_eq(hash(&presented, &salt).as_bytes())
            .into(),
        None => false,
    }
}

fn hash(code: &str, salt: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(salt);
    context.update(code.as_bytes());
    let mut text = String::from(SCHEME);
    HEXLOWER.encode_append(salt, &mut text);
    text.push(':');
    HEXLOWER.encode_append(context.finish().as_ref(), &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_all_its_digits() {
        assert_eq!(OneTimeCode::generate(6, [0; 16]).text(), "000000");
        assert_eq!(
            OneTimeCode::generate(6, 1_234_567_u128.to_be_bytes()).text(),
            "234567"
        );
        assert_eq!(OneTimeCode::generate(99, [0xff; 16]).text().len(), 18);
    }

    #[test]
    fn a_code_fits_its_own_hash_only() {
        let code = OneTimeCode::generate(6, 42_u128.to_be_bytes());
        let stored = code.hash([1; 16]);
        assert!(verify(&stored, "000042"));
        assert!(verify(&stored, " 000 042\n"));
        for wrong in ["", "42", "000043", "0000420", "stored"] {
            assert!(!verify(&stored, wrong), "{wrong}");
        }
        assert_ne!(stored, code.hash([2; 16]));
        assert!(!stored.contains("000042"));
        assert_eq!(format!("{code:?}"), "OneTimeCode(…)");
    }

    #[test]
    fn a_kept_text_that_is_cut_fits_nothing() {
        let stored = OneTimeCode::generate(6, [0; 16]).hash([1; 16]);
        for at in 0..stored.len() {
            assert!(!verify(&stored[..at], "000000"), "{at}");
        }
    }
}
