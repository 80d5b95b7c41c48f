//! The structures of a TPM.

use ring::digest::digest;

use super::key::{Key, hash_of};
use super::world::Hook;

pub(crate) const SHA1: u16 = 0x0004;
pub(crate) const SHA256: u16 = 0x000b;
pub(crate) const SHA384: u16 = 0x000c;
pub(crate) const SHA512: u16 = 0x000d;

/// What the TPM says; fields that depend on others are made when they are `None`.
pub(crate) struct Tpm {
    pub(crate) kind: Option<u16>,
    pub(crate) name_alg: u16,
    pub(crate) attributes: u32,
    pub(crate) symmetric: Vec<u8>,
    pub(crate) scheme: Vec<u8>,
    pub(crate) curve: Option<u16>,
    pub(crate) kdf: Vec<u8>,
    pub(crate) exponent: u32,
    pub(crate) unique: Option<(Vec<u8>, Vec<u8>)>,
    pub(crate) magic: u32,
    pub(crate) attest_type: u16,
    pub(crate) extra_data: Option<Vec<u8>>,
    pub(crate) safe: u8,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) pub_area: Hook<Vec<u8>>,
    pub(crate) cert_info: Hook<Vec<u8>>,
}

impl Default for Tpm {
    fn default() -> Self {
        Self {
            kind: None,
            name_alg: SHA256,
            // fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, decrypt, sign: what Windows sets.
            attributes: 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 17 | 1 << 18,
            symmetric: vec![0x00, 0x10],
            scheme: vec![0x00, 0x10],
            curve: None,
            kdf: vec![0x00, 0x10],
            exponent: 0,
            unique: None,
            magic: 0xff54_4347,
            attest_type: 0x8017,
            extra_data: None,
            safe: 1,
            name: None,
            pub_area: None,
            cert_info: None,
        }
    }
}

impl Tpm {
    pub(crate) fn pub_area(&self, credential: &Key) -> Vec<u8> {
        let rsa = matches!(credential, Key::Rsa(..));
        let kind = self.kind.unwrap_or(if rsa { 0x0001 } else { 0x0023 });
        let (first, second) = self.unique.clone().unwrap_or_else(|| credential.numbers());
        let mut out = Vec::new();
        out.extend(kind.to_be_bytes());
        out.extend(self.name_alg.to_be_bytes());
        out.extend(self.attributes.to_be_bytes());
        out.extend(sized(&[0x9d; 32]));
        out.extend(&self.symmetric);
        out.extend(&self.scheme);
        if rsa {
            out.extend(2048_u16.to_be_bytes());
            out.extend(self.exponent.to_be_bytes());
            out.extend(sized(&first));
        } else {
            let natural = match credential {
                Key::P384(_) => 4,
                Key::P521(_) => 5,
                _ => 3_u16,
            };
            out.extend(self.curve.unwrap_or(natural).to_be_bytes());
            out.extend(&self.kdf);
            out.extend(sized(&first));
            out.extend(sized(&second));
        }
        if let Some(hook) = &self.pub_area {
            hook(&mut out);
        }
        out
    }

    pub(crate) fn cert_info(&self, pub_area: &[u8], verification_data: &[u8], alg: i64) -> Vec<u8> {
        let extra = self
            .extra_data
            .clone()
            .unwrap_or_else(|| digest(hash_of(alg), verification_data).as_ref().to_vec());
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| name_of(self.name_alg, pub_area));
        let mut out = Vec::new();
        out.extend(self.magic.to_be_bytes());
        out.extend(self.attest_type.to_be_bytes());
        out.extend(sized(&[0x00, 0x0b, 0x51]));
        out.extend(sized(&extra));
        out.extend(77_u64.to_be_bytes());
        out.extend(3_u32.to_be_bytes());
        out.extend(1_u32.to_be_bytes());
        out.push(self.safe);
        out.extend(0x0007_0002_0003_0000_u64.to_be_bytes());
        out.extend(sized(&name));
        out.extend(sized(&[0x00, 0x0b, 0x52]));
        if let Some(hook) = &self.cert_info {
            hook(&mut out);
        }
        out
    }
}

pub(crate) fn name_of(algorithm: u16, pub_area: &[u8]) -> Vec<u8> {
    let hash = match algorithm {
        SHA1 => hash_of(-65535),
        SHA384 => hash_of(-35),
        SHA512 => hash_of(-36),
        _ => hash_of(-7),
    };
    [
        algorithm.to_be_bytes().as_slice(),
        digest(hash, pub_area).as_ref(),
    ]
    .concat()
}

pub(crate) fn sized(bytes: &[u8]) -> Vec<u8> {
    [
        u16::try_from(bytes.len()).unwrap().to_be_bytes().as_slice(),
        bytes,
    ]
    .concat()
}
