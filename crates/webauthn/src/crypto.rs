//! Hashes and comparisons. Signatures are in [`crate::public_key`].

use subtle::ConstantTimeEq;

/// Equal, in a time that depends on the lengths only.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    bool::from(a.ct_eq(b))
}

pub(crate) mod digest {
    //! Hashes by name.

    use ring::digest;

    use crate::algorithm::HashAlgorithm;

    pub(crate) use ring::digest::Digest;

    pub(crate) fn sha1(message: &[u8]) -> Digest {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message)
    }

    pub(crate) fn sha256(message: &[u8]) -> Digest {
        digest::digest(&digest::SHA256, message)
    }

    pub(crate) fn sha384(message: &[u8]) -> Digest {
        digest::digest(&digest::SHA384, message)
    }

    pub(crate) fn sha512(message: &[u8]) -> Digest {
        digest::digest(&digest::SHA512, message)
    }

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
