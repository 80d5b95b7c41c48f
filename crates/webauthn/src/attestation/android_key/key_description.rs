//! Android's `KeyDescription` extension: what the keystore says about a key.

use crate::error::{Error, Excerpt, Result};
use crate::x509::der::{self, DerError, Oid, Reader, Tag};
use crate::x509::oid;

/// The extension 1.3.6.1.4.1.11129.2.1.17 of an Android key's certificate.
///
/// See [Android key attestation](https://source.android.com/docs/security/features/keystore/attestation#schema).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyDescription<'a> {
    /// Version of the attestation format.
    pub attestation_version: u64,
    /// Where the attestation was made.
    pub attestation_security_level: SecurityLevel,
    /// Version of the Keymaster or `KeyMint` implementation.
    pub keymaster_version: u64,
    /// Where the key lives.
    pub keymaster_security_level: SecurityLevel,
    /// The challenge that the key was made with.
    pub challenge: &'a [u8],
    /// An identifier of the device, almost always empty.
    pub unique_id: &'a [u8],
    /// What the Android system enforces.
    pub software_enforced: AuthorizationList<'a>,
    /// What the secure environment enforces.
    pub hardware_enforced: AuthorizationList<'a>,
}

/// How well a key, or its attestation, is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SecurityLevel {
    /// 0: in software.
    Software,
    /// 1: in a trusted execution environment.
    TrustedEnvironment,
    /// 2: in a security chip of its own.
    StrongBox,
}

/// The properties of a key that one side enforces; those that nobody here reads are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuthorizationList<'a> {
    /// `purpose` \[1\]: what the key may do; 2 is signing.
    pub purpose: Option<Vec<u64>>,
    /// `allApplications` \[600\]: every application may use the key.
    pub all_applications: bool,
    /// `origin` \[702\]: 0 is generated in place.
    pub origin: Option<u64>,
    /// `rootOfTrust` \[704\].
    pub root_of_trust: Option<RootOfTrust<'a>>,
    /// `osVersion` \[705\].
    pub os_version: Option<u64>,
    /// `osPatchLevel` \[706\]: year and month, as 202607.
    pub os_patch_level: Option<u64>,
    /// `vendorPatchLevel` \[718\]: year, month and day, as 20260705.
    pub vendor_patch_level: Option<u64>,
    /// `bootPatchLevel` \[719\]: likewise.
    pub boot_patch_level: Option<u64>,
}

/// How the device was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootOfTrust<'a> {
    /// The hash of the key that verified the system.
    pub verified_boot_key: &'a [u8],
    /// The boot loader refuses unsigned systems.
    pub device_locked: bool,
    /// 0 verified, 1 self-signed, 2 unverified, 3 failed.
    pub verified_boot_state: u64,
    /// The hash of all that was verified, in newer versions.
    pub verified_boot_hash: Option<&'a [u8]>,
}

impl<'a> KeyDescription<'a> {
    /// Reads the value of the extension to its end.
    ///
    /// # Errors
    /// [`Error::CertificateExtensionMalformed`].
    pub fn parse(value: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(value);
        Self::read(&mut reader)
            .and_then(|description| reader.finish().map(|()| description))
            .map_err(|_| {
                let oid = Oid(oid::ANDROID_KEY_DESCRIPTION).to_string();
                Error::CertificateExtensionMalformed(Excerpt::new(&oid))
            })
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DerError> {
        let mut fields = reader.sequence()?;
        let description = Self {
            attestation_version: fields.unsigned()?,
            attestation_security_level: SecurityLevel::read(&mut fields)?,
            keymaster_version: fields.unsigned()?,
            keymaster_security_level: SecurityLevel::read(&mut fields)?,
            challenge: fields.octets()?,
            unique_id: fields.octets()?,
            software_enforced: AuthorizationList::read(&mut fields)?,
            hardware_enforced: AuthorizationList::read(&mut fields)?,
        };
        fields.finish()?;
        Ok(description)
    }
}

impl SecurityLevel {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        match reader.enumerated()? {
            0 => Ok(Self::Software),
            1 => Ok(Self::TrustedEnvironment),
            2 => Ok(Self::StrongBox),
            _ => Err(DerError::Value),
        }
    }
}

impl<'a> AuthorizationList<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, DerError> {
        let mut fields = reader.sequence()?;
        let mut list = Self::default();
        let mut seen = Vec::new();
        while !fields.is_empty() {
            let field = fields.read()?;
            let number = field.tag.number;
            if field.tag != Tag::explicit(number) {
                return Err(DerError::UnexpectedTag);
            }
            // A property that is listed twice could be read in two ways.
            if seen.contains(&number) {
                return Err(DerError::Value);
            }
            seen.push(number);
            let mut value = field.children();
            match number {
                1 => list.purpose = Some(purposes(&mut value)?),
                600 => {
                    if !value.expect(Tag::NULL)?.value.is_empty() {
                        return Err(DerError::Value);
                    }
                    list.all_applications = true;
                }
                702 => list.origin = Some(value.unsigned()?),
                704 => list.root_of_trust = Some(RootOfTrust::read(&mut value)?),
                705 => list.os_version = Some(value.unsigned()?),
                706 => list.os_patch_level = Some(value.unsigned()?),
                718 => list.vendor_patch_level = Some(value.unsigned()?),
                719 => list.boot_patch_level = Some(value.unsigned()?),
                _ => continue,
            }
            value.finish()?;
        }
        Ok(list)
    }
}

impl<'a> RootOfTrust<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, DerError> {
        let mut fields = reader.sequence()?;
        let verified_boot_key = fields.octets()?;
        let device_locked = fields.boolean()?;
        let verified_boot_state = fields.enumerated()?;
        let verified_boot_hash = fields.optional(Tag::OCTET_STRING)?.map(|hash| hash.value);
        fields.finish()?;
        Ok(Self {
            verified_boot_key,
            device_locked,
            verified_boot_state,
            verified_boot_hash,
        })
    }
}

fn purposes(reader: &mut Reader<'_>) -> Result<Vec<u64>, DerError> {
    let mut set = reader.expect(Tag::SET)?.children();
    let mut purposes = Vec::new();
    while !set.is_empty() {
        purposes.push(der::unsigned(set.expect(Tag::INTEGER)?.value)?);
    }
    Ok(purposes)
}
