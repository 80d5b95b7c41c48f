//! Hashes and comparisons, and which backend does them. Signatures are in [`crate::public_key`].

#[cfg(all(feature = "pure-rust", not(feature = "ring")))]
#[path = "crypto/pure.rs"]
pub(crate) mod backend;
#[cfg(feature = "ring")]
#[path = "crypto/ring.rs"]
pub(crate) mod backend;

#[cfg(not(any(feature = "ring", feature = "pure-rust")))]
compile_error!("choose a backend: the feature `ring` (default) or `pure-rust`");

use subtle::ConstantTimeEq;

use crate::algorithm::HashAlgorithm;

/// Equal, in a time that depends on the lengths only.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    bool::from(a.ct_eq(b))
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
