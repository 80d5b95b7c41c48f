//! The two structures of TPM 2.0 (part 2) that a statement carries: `TPMT_PUBLIC` and `TPMS_ATTEST`.

use crate::algorithm::Curve;
use crate::error::{Error, Result};

const TPM_ALG_NULL: u16 = 0x0010;
const TPM_ALG_RSA: u16 = 0x0001;
const TPM_ALG_ECC: u16 = 0x0023;
const TPM_ALG_XOR: u16 = 0x000a;
const TPM_ALG_RSAES: u16 = 0x0015;
const TPM_ALG_ECDAA: u16 = 0x001a;
const TPM_GENERATED_VALUE: u32 = 0xff54_4347;
const TPM_ST_ATTEST_CERTIFY: u16 = 0x8017;

/// A `TPMT_PUBLIC` (TPM 2.0 part 2, §12.2.4): the public area of the key that a TPM vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicArea<'a> {
    /// `nameAlg`: the hash of the object's name.
    pub name_algorithm: u16,
    /// `objectAttributes`.
    pub attributes: ObjectAttributes,
    /// `authPolicy`.
    pub auth_policy: &'a [u8],
    /// The key itself.
    pub key: PublicAreaKey<'a>,
}

/// The key in a public area.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicAreaKey<'a> {
    /// An RSA key.
    Rsa {
        /// `keyBits`.
        key_bits: u16,
        /// The exponent; the default of 65537 is filled in.
        exponent: u32,
        /// The modulus, big endian.
        modulus: &'a [u8],
    },
    /// A point on an elliptic curve.
    Ecc {
        /// The curve.
        curve: Curve,
        /// Horizontal coordinate, big endian, perhaps without leading zeros.
        x: &'a [u8],
        /// Vertical coordinate, likewise.
        y: &'a [u8],
    },
}

bitflags::bitflags! {
    /// `TPMA_OBJECT` (TPM 2.0 part 2, §8.3), the bits that matter here.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ObjectAttributes: u32 {
        /// The key never leaves its TPM.
        const FIXED_TPM = 1 << 1;
        /// The key never gets another parent.
        const FIXED_PARENT = 1 << 4;
        /// The TPM made the private part.
        const SENSITIVE_DATA_ORIGIN = 1 << 5;
        /// The user role needs authorisation.
        const USER_WITH_AUTH = 1 << 6;
        /// The key signs only what the TPM made itself.
        const RESTRICTED = 1 << 16;
        /// The key may decrypt.
        const DECRYPT = 1 << 17;
        /// The key may sign.
        const SIGN = 1 << 18;
        const _ = !0;
    }
}

impl<'a> PublicArea<'a> {
    /// Reads one `TPMT_PUBLIC` that fills `bytes`.
    ///
    /// # Errors
    /// [`Error::TpmPubAreaInvalid`] with the field at fault.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor {
            rest: bytes,
            fault: Error::TpmPubAreaInvalid,
        };
        let kind = cursor.u16("type")?;
        let name_algorithm = cursor.u16("nameAlg")?;
        let attributes = ObjectAttributes::from_bits_retain(cursor.u32("objectAttributes")?);
        let auth_policy = cursor.sized("authPolicy")?;
        let key = match kind {
            TPM_ALG_RSA => {
                cursor.symmetric()?;
                cursor.scheme("scheme")?;
                let key_bits = cursor.u16("keyBits")?;
                let exponent = cursor.u32("exponent")?;
                let modulus = cursor.sized("unique")?;
                PublicAreaKey::Rsa {
                    key_bits,
                    exponent: if exponent == 0 { 65537 } else { exponent },
                    modulus,
                }
            }
            TPM_ALG_ECC => {
                cursor.symmetric()?;
                cursor.scheme("scheme")?;
                let curve = match cursor.u16("curveID")? {
                    3 => Curve::P256,
                    4 => Curve::P384,
                    5 => Curve::P521,
                    _ => return Err(Error::TpmPubAreaInvalid("curveID")),
                };
                cursor.scheme("kdf")?;
                let (x, y) = (cursor.sized("unique")?, cursor.sized("unique")?);
                PublicAreaKey::Ecc { curve, x, y }
            }
            _ => return Err(Error::TpmPubAreaInvalid("type")),
        };
        cursor.finish()?;
        Ok(Self {
            name_algorithm,
            attributes,
            auth_policy,
            key,
        })
    }
}

/// A `TPMS_ATTEST` with a `TPMS_CERTIFY_INFO` inside (TPM 2.0 part 2, §10.12.12).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertifyInfo<'a> {
    /// `qualifiedSigner`: the qualified name of the signing key.
    pub qualified_signer: &'a [u8],
    /// `extraData`: what the caller asked the TPM to sign beside.
    pub extra_data: &'a [u8],
    /// `clockInfo.clock`, in milliseconds of the TPM's own time.
    pub clock: u64,
    /// `clockInfo.resetCount`.
    pub reset_count: u32,
    /// `clockInfo.restartCount`.
    pub restart_count: u32,
    /// `clockInfo.safe`: kept as it came, since signers write more than 0 and 1 here.
    pub safe: u8,
    /// `firmwareVersion`.
    pub firmware_version: u64,
    /// `attested.name`: the name of the certified key.
    pub name: &'a [u8],
    /// `attested.qualifiedName`.
    pub qualified_name: &'a [u8],
}

impl<'a> CertifyInfo<'a> {
    /// Reads one `TPMS_ATTEST` of a certification that fills `bytes`.
    ///
    /// # Errors
    /// [`Error::TpmCertInfoInvalid`] with the field at fault.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor {
            rest: bytes,
            fault: Error::TpmCertInfoInvalid,
        };
        if cursor.u32("magic")? != TPM_GENERATED_VALUE {
            return Err(Error::TpmCertInfoInvalid("magic"));
        }
        if cursor.u16("type")? != TPM_ST_ATTEST_CERTIFY {
            return Err(Error::TpmCertInfoInvalid("type"));
        }
        let info = Self {
            qualified_signer: cursor.sized("qualifiedSigner")?,
            extra_data: cursor.sized("extraData")?,
            clock: cursor.u64("clockInfo")?,
            reset_count: cursor.u32("clockInfo")?,
            restart_count: cursor.u32("clockInfo")?,
            safe: cursor.u8("clockInfo")?,
            firmware_version: cursor.u64("firmwareVersion")?,
            name: cursor.sized("name")?,
            qualified_name: cursor.sized("qualifiedName")?,
        };
        cursor.finish()?;
        Ok(info)
    }
}

/// Walks over a TPM structure: big-endian numbers, and buffers with a length of two bytes before them.
struct Cursor<'a> {
    rest: &'a [u8],
    fault: fn(&'static str) -> Error,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| (self.fault)(field))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N]> {
        let fault = self.fault;
        self.take(N, field)?.try_into().map_err(|_| fault(field))
    }

    fn u8(&mut self, field: &'static str) -> Result<u8> {
        self.array(field).map(u8::from_be_bytes)
    }

    fn u16(&mut self, field: &'static str) -> Result<u16> {
        self.array(field).map(u16::from_be_bytes)
    }

    fn u32(&mut self, field: &'static str) -> Result<u32> {
        self.array(field).map(u32::from_be_bytes)
    }

    fn u64(&mut self, field: &'static str) -> Result<u64> {
        self.array(field).map(u64::from_be_bytes)
    }

    fn sized(&mut self, field: &'static str) -> Result<&'a [u8]> {
        let length = self.u16(field)?;
        self.take(usize::from(length), field)
    }

    /// `TPMT_SYM_DEF_OBJECT`: an algorithm, and its key length and mode unless it is null.
    fn symmetric(&mut self) -> Result<()> {
        match self.u16("symmetric")? {
            TPM_ALG_NULL => {}
            TPM_ALG_XOR => drop(self.u16("symmetric")?),
            _ => drop(self.u32("symmetric")?),
        }
        Ok(())
    }

    /// `TPMT_RSA_SCHEME`, `TPMT_ECC_SCHEME` or `TPMT_KDF_SCHEME`: an algorithm, and the hash that it works with.
    fn scheme(&mut self, field: &'static str) -> Result<()> {
        match self.u16(field)? {
            TPM_ALG_NULL | TPM_ALG_RSAES => {}
            TPM_ALG_ECDAA => drop(self.u32(field)?),
            _ => drop(self.u16(field)?),
        }
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err((self.fault)("trailing bytes"))
        }
    }
}
