//! The signature algorithms of the COSE registry that WebAuthn meets.

use std::fmt;

/// A COSE algorithm identifier that this library knows.
///
/// The meaning is WebAuthn's: [`Algorithm::Es256`] is ECDSA with SHA-256 *on P-256*, [`Algorithm::EdDsa`] is Ed25519
/// only. See [WebAuthn §5.8.5](https://www.w3.org/TR/webauthn-3/#sctn-alg-identifier).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// −7: ECDSA with SHA-256 on P-256.
    Es256,
    /// −35: ECDSA with SHA-384 on P-384.
    Es384,
    /// −36: ECDSA with SHA-512 on P-521.
    Es512,
    /// −47: ECDSA with SHA-256 on secp256k1 (feature `es256k`).
    Es256K,
    /// −8: Ed25519.
    EdDsa,
    /// −19: Ed25519, fully specified.
    Ed25519,
    /// −53: Ed448 (feature `ed448`).
    Ed448,
    /// −9: as −7, fully specified.
    Esp256,
    /// −51: as −35, fully specified.
    Esp384,
    /// −52: as −36, fully specified.
    Esp512,
    /// −257: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// −258: RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// −259: RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// −37: RSASSA-PSS with SHA-256.
    Ps256,
    /// −38: RSASSA-PSS with SHA-384.
    Ps384,
    /// −39: RSASSA-PSS with SHA-512.
    Ps512,
    /// −65535: RSASSA-PKCS1-v1_5 with SHA-1. Old TPMs sign their statements so; no credential may.
    Rs1,
    /// −48: ML-DSA-44 (feature `ml-dsa`).
    MlDsa44,
    /// −49: ML-DSA-65 (feature `ml-dsa`).
    MlDsa65,
    /// −50: ML-DSA-87 (feature `ml-dsa`).
    MlDsa87,
}

impl Algorithm {
    /// All that the library knows by name, compiled in or not.
    pub const ALL: [Self; 20] = [
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256K,
        Self::EdDsa,
        Self::Ed25519,
        Self::Ed448,
        Self::Esp256,
        Self::Esp384,
        Self::Esp512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs1,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// What a ceremony offers unless it is told otherwise: Ed25519, ES256, RS256.
    pub const DEFAULT: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// The identifier in the COSE registry.
    pub const fn id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Es384 => -35,
            Self::Es512 => -36,
            Self::Es256K => -47,
            Self::EdDsa => -8,
            Self::Ed25519 => -19,
            Self::Ed448 => -53,
            Self::Esp256 => -9,
            Self::Esp384 => -51,
            Self::Esp512 => -52,
            Self::Rs256 => -257,
            Self::Rs384 => -258,
            Self::Rs512 => -259,
            Self::Ps256 => -37,
            Self::Ps384 => -38,
            Self::Ps512 => -39,
            Self::Rs1 => -65535,
            Self::MlDsa44 => -48,
            Self::MlDsa65 => -49,
            Self::MlDsa87 => -50,
        }
    }

    /// The algorithm with this identifier, compiled in or not.
    pub const fn from_id(id: i64) -> Option<Self> {
        Some(match id {
            -7 => Self::Es256,
            -35 => Self::Es384,
            -36 => Self::Es512,
            -47 => Self::Es256K,
            -8 => Self::EdDsa,
            -19 => Self::Ed25519,
            -53 => Self::Ed448,
            -9 => Self::Esp256,
            -51 => Self::Esp384,
            -52 => Self::Esp512,
            -257 => Self::Rs256,
            -258 => Self::Rs384,
            -259 => Self::Rs512,
            -37 => Self::Ps256,
            -38 => Self::Ps384,
            -39 => Self::Ps512,
            -65535 => Self::Rs1,
            -48 => Self::MlDsa44,
            -49 => Self::MlDsa65,
            -50 => Self::MlDsa87,
            _ => return None,
        })
    }

    /// The name in the COSE registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Es256K => "ES256K",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
            Self::Esp256 => "ESP256",
            Self::Esp384 => "ESP384",
            Self::Esp512 => "ESP512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Rs1 => "RS1",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }

    /// Can a signature with it be verified in this build?
    pub const fn is_compiled_in(self) -> bool {
        let es256k = cfg!(feature = "es256k") || !matches!(self, Self::Es256K);
        let ed448 = cfg!(feature = "ed448") || !matches!(self, Self::Ed448);
        let ml_dsa = matches!(self, Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87);
        es256k && ed448 && (cfg!(feature = "ml-dsa") || !ml_dsa)
    }

    /// May a credential use it? All that are compiled in, except RS1.
    pub const fn is_allowed_for_credentials(self) -> bool {
        self.is_compiled_in() && !matches!(self, Self::Rs1)
    }

    /// The signature scheme without the binding to a curve.
    pub const fn scheme(self) -> SignatureScheme {
        match self {
            Self::Es256 | Self::Es256K | Self::Esp256 => SignatureScheme::EcdsaSha256,
            Self::Es384 | Self::Esp384 => SignatureScheme::EcdsaSha384,
            Self::Es512 | Self::Esp512 => SignatureScheme::EcdsaSha512,
            Self::EdDsa | Self::Ed25519 => SignatureScheme::Ed25519,
            Self::Ed448 => SignatureScheme::Ed448,
            Self::Rs1 => SignatureScheme::RsaPkcs1Sha1,
            Self::Rs256 => SignatureScheme::RsaPkcs1Sha256,
            Self::Rs384 => SignatureScheme::RsaPkcs1Sha384,
            Self::Rs512 => SignatureScheme::RsaPkcs1Sha512,
            Self::Ps256 => SignatureScheme::RsaPssSha256,
            Self::Ps384 => SignatureScheme::RsaPssSha384,
            Self::Ps512 => SignatureScheme::RsaPssSha512,
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => SignatureScheme::MlDsa,
        }
    }

    /// The hash that the algorithm applies to the message; none for those that hash inside.
    pub const fn hash(self) -> Option<HashAlgorithm> {
        match self.scheme() {
            SignatureScheme::EcdsaSha1 | SignatureScheme::RsaPkcs1Sha1 => Some(HashAlgorithm::Sha1),
            SignatureScheme::EcdsaSha256
            | SignatureScheme::RsaPkcs1Sha256
            | SignatureScheme::RsaPssSha256 => Some(HashAlgorithm::Sha256),
            SignatureScheme::EcdsaSha384
            | SignatureScheme::RsaPkcs1Sha384
            | SignatureScheme::RsaPssSha384 => Some(HashAlgorithm::Sha384),
            SignatureScheme::EcdsaSha512
            | SignatureScheme::RsaPkcs1Sha512
            | SignatureScheme::RsaPssSha512 => Some(HashAlgorithm::Sha512),
            SignatureScheme::Ed25519 | SignatureScheme::Ed448 | SignatureScheme::MlDsa => None,
        }
    }

    /// The curve that the algorithm is bound to, if it is one of the ECDSA family.
    pub const fn curve(self) -> Option<Curve> {
        match self {
            Self::Es256 | Self::Esp256 => Some(Curve::P256),
            Self::Es384 | Self::Esp384 => Some(Curve::P384),
            Self::Es512 | Self::Esp512 => Some(Curve::P521),
            Self::Es256K => Some(Curve::Secp256k1),
            _ => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a signature is made, apart from the key: what an X.509 certificate names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// ECDSA over a SHA-1 digest: certificates of the first U2F devices.
    EcdsaSha1,
    /// ECDSA over a SHA-256 digest.
    EcdsaSha256,
    /// ECDSA over a SHA-384 digest.
    EcdsaSha384,
    /// ECDSA over a SHA-512 digest.
    EcdsaSha512,
    /// Pure Ed25519.
    Ed25519,
    /// Pure Ed448 with the empty context.
    Ed448,
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RsaPkcs1Sha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 with the same hash, a salt as long as the hash.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, likewise.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, likewise.
    RsaPssSha512,
    /// Pure ML-DSA with the empty context; the key tells the parameter set.
    MlDsa,
}

impl SignatureScheme {
    /// Does it rest on SHA-1?
    pub const fn is_sha1(self) -> bool {
        matches!(self, Self::EcdsaSha1 | Self::RsaPkcs1Sha1)
    }
}

/// The hashes that statements and certificates name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1: names of old TPM objects and key identifiers only.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// An elliptic curve in short Weierstrass form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// secp256k1.
    Secp256k1,
}

impl Curve {
    /// The bytes of a coordinate.
    pub const fn field_length(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The COSE identifier (`crv`).
    pub const fn cose_id(self) -> i64 {
        match self {
            Self::P256 => 1,
            Self::P384 => 2,
            Self::P521 => 3,
            Self::Secp256k1 => 8,
        }
    }

    /// The order of the base point, big endian, as long as a coordinate.
    pub(crate) const fn order(self) -> &'static [u8] {
        match self {
            Self::P256 => &P256_ORDER,
            Self::P384 => &P384_ORDER,
            Self::P521 => &P521_ORDER,
            Self::Secp256k1 => &SECP256K1_ORDER,
        }
    }
}

const P256_ORDER: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
const P384_ORDER: [u8; 48] = *b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73";
const P521_ORDER: [u8; 66] = *b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfa\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09\xa5\xd0\x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38\x64\x09";
const SECP256K1_ORDER: [u8; 32] = *b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_comes_back_from_its_identifier() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_id(algorithm.id()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_id(0), None);
    }

    #[test]
    fn the_orders_are_those_of_the_curve_implementations() {
        use p256::elliptic_curve::Curve as _;
        fn hex<T: fmt::Display>(order: &T) -> String {
            order.to_string().to_lowercase()
        }
        let ours = |curve: Curve| data_encoding::HEXLOWER.encode(curve.order());
        assert_eq!(hex(&p256::NistP256::ORDER), ours(Curve::P256));
        assert_eq!(hex(&p384::NistP384::ORDER), ours(Curve::P384));
        assert!(hex(&p521::NistP521::ORDER).ends_with(&ours(Curve::P521)));
    }
}
