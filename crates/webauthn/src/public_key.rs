//! Public keys: read from COSE or from a certificate, checked, and used to verify.

mod checks;
mod cose;
mod second_reader;
mod spki;
mod verify;

use crate::algorithm::{Algorithm, Curve, SignatureScheme};
use crate::error::{Error, Result};

pub(crate) use checks::rsa as check_rsa;
pub use verify::SignatureError;

/// A credential's public key: a COSE key with its algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoseKey<'a> {
    algorithm: Algorithm,
    key: PublicKey<'a>,
}

impl<'a> CoseKey<'a> {
    /// Reads one COSE key that fills `bytes`, without the checks that need curve arithmetic: see [`CoseKey::validate`].
    ///
    /// # Errors
    /// The `Cbor…`, `Cose…`, `Rsa…` and `Akp…` variants, [`Error::AlgorithmUnsupported`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        cose::parse(bytes)
    }

    /// Reads a COSE key at the start of `bytes`; gives it and its length.
    pub(crate) fn parse_prefix(bytes: &'a [u8]) -> Result<(Self, usize)> {
        cose::parse_prefix(bytes)
    }

    /// The algorithm that the key names, the only one it is used with.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key without its algorithm.
    pub const fn key(&self) -> &PublicKey<'a> {
        &self.key
    }

    /// Is it the same key to `coset`, a general reader of COSE? `bytes` are those that it was read from.
    ///
    /// # Errors
    /// [`Error::CoseKeyMalformed`], [`Error::CoseKeyTypeMismatch`].
    pub(crate) fn confirm(&self, bytes: &[u8]) -> Result<()> {
        second_reader::confirm(bytes, self)
    }

    /// Is the point on its curve, and not of small order?
    ///
    /// # Errors
    /// [`Error::CosePointInvalid`].
    pub fn validate(&self) -> Result<()> {
        checks::validate(&self.key)
    }

    /// Verifies `signature` over `message` with the key's own algorithm.
    ///
    /// # Errors
    /// [`SignatureError`]; never [`SignatureError::KeyMismatch`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.key.verify(self.algorithm.scheme(), message, signature)
    }

    /// The key as the DER of a `SubjectPublicKeyInfo`, the form of `getPublicKey()` in a browser.
    pub fn to_spki(&self) -> Vec<u8> {
        spki::write(&self.key)
    }
}

/// A public key of any type; its bytes lie in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey<'a> {
    /// A point on a short Weierstrass curve.
    Ec(EcPoint),
    /// An Ed25519 key.
    Ed25519(&'a [u8; 32]),
    /// An Ed448 key.
    Ed448(&'a [u8; 57]),
    /// An RSA key: modulus and exponent, big endian without leading zeros.
    Rsa {
        /// The modulus.
        modulus: &'a [u8],
        /// The exponent.
        exponent: &'a [u8],
    },
    /// An ML-DSA key with its parameter set.
    MlDsa(Algorithm, &'a [u8]),
}

impl<'a> PublicKey<'a> {
    /// Reads the DER of a `SubjectPublicKeyInfo`, such as a certificate's. EC points must be uncompressed and on their
    /// curve; RSA keys of any size are read, so that the caller can judge them.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`] where it is not strict DER of a known key type.
    pub fn from_spki(der: &'a [u8]) -> Result<Self> {
        spki::read(der)
    }

    /// Verifies `signature` over `message` by a scheme that is not bound to a curve, as certificates do.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        verify::verify(self, scheme, message, signature)
    }

    /// Verifies by a COSE algorithm in WebAuthn's reading, where ES256 needs a key on P-256: attestation statements.
    ///
    /// # Errors
    /// [`SignatureError`]; [`SignatureError::KeyMismatch`] where the algorithm does not fit the key.
    pub fn verify_cose(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if !self.fits(algorithm) {
            return Err(SignatureError::KeyMismatch);
        }
        self.verify(algorithm.scheme(), message, signature)
    }

    /// Can this key be used with this algorithm?
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Ec(point) => algorithm.curve() == Some(point.curve),
            Self::Ed25519(_) => algorithm.scheme() == SignatureScheme::Ed25519,
            Self::Ed448(_) => algorithm.scheme() == SignatureScheme::Ed448,
            Self::Rsa { .. } => matches!(
                algorithm,
                Algorithm::Rs1
                    | Algorithm::Rs256
                    | Algorithm::Rs384
                    | Algorithm::Rs512
                    | Algorithm::Ps256
                    | Algorithm::Ps384
                    | Algorithm::Ps512
            ),
            Self::MlDsa(set, _) => *set == algorithm,
        }
    }

    /// The bits of an RSA modulus.
    pub fn rsa_bits(&self) -> Option<usize> {
        if let Self::Rsa { modulus, .. } = self {
            Some(checks::bits(modulus))
        } else {
            None
        }
    }
}

/// An uncompressed point: 0x04, x, y.
#[derive(Clone, PartialEq, Eq)]
pub struct EcPoint {
    curve: Curve,
    bytes: [u8; EcPoint::MAX_LENGTH],
}

impl EcPoint {
    const MAX_LENGTH: usize = 1 + 66 + 66;

    /// Puts coordinates of exactly the field's length together.
    pub(crate) fn new(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        let length = curve.field_length();
        if x.len() != length || y.len() != length {
            return None;
        }
        let mut bytes = [0; Self::MAX_LENGTH];
        let (tag, rest) = bytes.split_first_mut()?;
        *tag = 4;
        let (x_part, rest) = rest.split_at_mut_checked(length)?;
        x_part.copy_from_slice(x);
        rest.get_mut(..length)?.copy_from_slice(y);
        Some(Self { curve, bytes })
    }

    /// The curve that it claims to lie on.
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// 0x04, x, y.
    pub fn uncompressed(&self) -> &[u8] {
        let length = self
            .curve
            .field_length()
            .saturating_mul(2)
            .saturating_add(1);
        self.bytes.get(..length).unwrap_or_default()
    }

    /// The first coordinate.
    pub fn x(&self) -> &[u8] {
        self.uncompressed()
            .get(1..=self.curve.field_length())
            .unwrap_or_default()
    }

    /// The second coordinate.
    pub fn y(&self) -> &[u8] {
        self.uncompressed()
            .get(self.curve.field_length().saturating_add(1)..)
            .unwrap_or_default()
    }
}

impl std::fmt::Debug for EcPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} {}",
            self.curve,
            data_encoding::HEXLOWER.encode(self.uncompressed())
        )
    }
}

impl From<SignatureError> for Error {
    /// In an assertion.
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Encoding => Self::SignatureEncoding,
            SignatureError::Invalid | SignatureError::KeyMismatch => Self::SignatureInvalid,
            SignatureError::Unsupported(algorithm) => Self::AlgorithmUnsupported(algorithm.id()),
            SignatureError::WeakKey => Self::CosePointInvalid,
        }
    }
}
