//! Hashes and comparisons, and which backend does them. Signatures are in [`crate::public_key`].

#[cfg(all(feature = "pure-rust", not(feature = "ring")))]
#[path = "crypto/pure.rs"]
pub(crate) mod backend;
#[cfg(feature = "ring")]
#[path = "crypto/ring.rs"]
pub(crate) mod backend;

#[cfg(not(any(feature = "ring", feature = "pure-rust")))]
compile_error!("choose a backend: the feature `ring` (default) or `pure-rust`");

use subtle::{Choice, ConstantTimeEq};

use crate::algorithm::HashAlgorithm;

/// Equal, in a time that depends on the lengths only.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    // By words: `subtle` looks at slices byte by byte.
    let (a_words, a_rest) = a.as_chunks::<8>();
    let (b_words, b_rest) = b.as_chunks::<8>();
    let words = a_words.iter().zip(b_words);
    let same = words.fold(Choice::from(1), |same, (a, b)| {
        same & u64::from_ne_bytes(*a).ct_eq(&u64::from_ne_bytes(*b))
    });
    a.len() == b.len() && bool::from(same & a_rest.ct_eq(b_rest))
}

pub(crate) mod digest {
    //! Hashes by name.

    pub(crate) use super::backend::{Digest, sha1, sha256, sha384, sha512};

    use super::HashAlgorithm;

    pub(crate) fn hash(algorithm: HashAlgorithm, message: &[u8]) -> Digest {
        match algorithm {
            HashAlgorithm::Sha1 => sha1(message),
            HashAlgorithm::Sha256 => sha256(message),
            HashAlgorithm::Sha384 => sha384(message),
            HashAlgorithm::Sha512 => sha512(message),
        }
    }
}

/// SHA-256 as an array.
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::sha256(message).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::same_bytes;

    #[test]
    fn bytes_differ_wherever_they_do() {
        let bytes: Vec<u8> = (0..43).collect();
        for length in 0..=bytes.len() {
            let a = &bytes[..length];
            assert!(same_bytes(a, a), "{length}");
            assert_eq!(same_bytes(a, &bytes), length == bytes.len());
            for place in 0..length {
                let mut b = a.to_vec();
                b[place] ^= 0x80;
                assert!(!same_bytes(a, &b), "{length} {place}");
            }
        }
    }
}
