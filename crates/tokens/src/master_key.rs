//! The master key, under which the keys of the rings are wrapped before they are stored.

use std::fmt;

use data_encoding::BASE64;
use passkeyd_domain::{RingKey, RingPurpose, SecretBytes, TenantId, Timestamp};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

/// First byte of everything wrapped.
const VERSION: u8 = 1;

/// The operator's key for the rings: 32 bytes, AES-256-GCM. Which row the wrapped key belongs to (tenant, id and purpose) is
/// bound to it, so that rows can't be exchanged.
pub struct MasterKey(LessSafeKey);

impl MasterKey {
    /// Reads the setting `keyring.master_key`: base64 (RFC 4648 section 4, with padding) of 32 bytes; white space around
    /// it is ignored, since it may come from a file.
    pub fn from_base64(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = BASE64
            .decode(text.trim().as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| MasterKeyError::NotBase64)?;
        let length = MasterKeyError::Length { found: bytes.len() };
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| length)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Version byte, nonce, ciphertext, tag. The nonce must be random.
    fn wrap(
        &self,
        row: &Row<'_>,
        plain: &[u8],
        nonce: [u8; NONCE_LEN],
    ) -> Result<Vec<u8>, RingKeyError> {
        let mut sealed = Zeroizing::new(plain.to_vec());
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(row.associated_data()),
                &mut sealed,
            )
            .map_err(|_| RingKeyError::Length { found: plain.len() })?;
        Ok([&[VERSION], &nonce[..], &sealed, tag.as_ref()].concat())
    }

    fn unwrap(&self, row: &Row<'_>, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, RingKeyError> {
        let (nonce, sealed) = match wrapped.split_first() {
            Some((&VERSION, rest)) => rest.split_first_chunk::<NONCE_LEN>(),
            _ => None,
        }
        .ok_or(RingKeyError::Wrapping)?;
        let mut plain = Zeroizing::new(sealed.to_vec());
        let length = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(row.associated_data()),
                &mut plain,
            )
            .map_err(|_| RingKeyError::MasterKey)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Puts a key into the form in which it is stored: wrapped where there is a master key.
pub(crate) fn to_ring_key(
    row: &Row<'_>,
    plain: &[u8],
    created_at: Timestamp,
    master: Option<&MasterKey>,
    nonce: [u8; NONCE_LEN],
) -> Result<RingKey, RingKeyError> {
    let material = match master {
        Some(master) => master.wrap(row, plain, nonce)?,
        None => plain.to_vec(),
    };
    Ok(RingKey {
        tenant: row.tenant.clone(),
        id: row.id,
        purpose: row.purpose.clone(),
        material: SecretBytes::new(material),
        wrapped: master.is_some(),
        created_at,
    })
}

/// Gets a key out of the form in which it is stored. A key that rests unwrapped is taken even where there is a master key:
/// it was made before the operator configured one.
pub(crate) fn from_ring_key(
    stored: &RingKey,
    master: Option<&MasterKey>,
) -> Result<Zeroizing<Vec<u8>>, RingKeyError> {
    let material = stored.material.expose();
    match (stored.wrapped, master) {
        (false, _) => Ok(Zeroizing::new(material.to_vec())),
        (true, Some(master)) => master.unwrap(&Row::of(stored), material),
        (true, None) => Err(RingKeyError::NoMasterKey),
    }
}

/// What names a row of a ring.
pub(crate) struct Row<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) id: Uuid,
    pub(crate) purpose: &'a RingPurpose,
}

impl<'a> Row<'a> {
    fn of(stored: &'a RingKey) -> Self {
        Self {
            tenant: &stored.tenant,
            id: stored.id,
            purpose: &stored.purpose,
        }
    }

    /// A tenant's name holds no U+0000, and the id has a fixed length: no two rows share this text.
    fn associated_data(&self) -> Vec<u8> {
        [
            b"passkeyd ring key 1\0",
            self.tenant.as_str().as_bytes(),
            b"\0",
            self.id.as_bytes(),
            self.purpose.as_str().as_bytes(),
        ]
        .concat()
    }
}

/// Why a text is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// It is not base64.
    #[error("the master key is not base64 with padding")]
    NotBase64,
    /// It is not 32 bytes long.
    #[error("the master key has {found} bytes where 32 are needed")]
    Length {
        /// Its length.
        found: usize,
    },
}

/// Why a stored key can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RingKeyError {
    /// It is wrapped, and no master key is configured.
    #[error("the key is wrapped, and no master key is configured")]
    NoMasterKey,
    /// The configured master key is not the one it was wrapped under, or the row was changed.
    #[error("the key was wrapped under another master key, or its row was changed")]
    MasterKey,
    /// The wrapping is cut short, or of a version that is not known here.
    #[error("the wrapping of the key can't be read")]
    Wrapping,
    /// The key has a length that its purpose doesn't allow.
    #[error("the key has {found} bytes, which its purpose doesn't allow")]
    Length {
        /// Its length.
        found: usize,
    },
    /// It is in the ring for another purpose.
    #[error("the key serves another purpose")]
    Purpose,
    /// The signing key inside is not of the algorithm that its purpose names.
    #[error("the key is not one of the algorithm that its purpose names")]
    Algorithm,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(byte: u8) -> MasterKey {
        MasterKey::from_base64(&BASE64.encode(&[byte; 32])).unwrap()
    }

    fn stored(master: Option<&MasterKey>) -> RingKey {
        let tenant = "acme".parse().unwrap();
        let row = Row {
            tenant: &tenant,
            id: Uuid::from_u128(5),
            purpose: &RingPurpose::Seal,
        };
        to_ring_key(&row, b"the key", Timestamp::UNIX_EPOCH, master, [9; 12]).unwrap()
    }

    #[test]
    fn a_wrapped_key_comes_back_and_is_not_seen_in_its_row() {
        let row = stored(Some(&master(1)));
        assert!(row.wrapped);
        assert!(!row.material.expose().windows(7).any(|w| w == b"the key"));
        assert_eq!(
            &**from_ring_key(&row, Some(&master(1))).unwrap(),
            b"the key"
        );
    }

    #[test]
    fn a_wrapped_key_needs_its_own_master_key() {
        let row = stored(Some(&master(1)));
        assert_eq!(from_ring_key(&row, None), Err(RingKeyError::NoMasterKey));
        assert_eq!(
            from_ring_key(&row, Some(&master(2))),
            Err(RingKeyError::MasterKey)
        );
    }

    #[test]
    fn a_key_from_before_the_master_key_is_still_read() {
        let row = stored(None);
        assert!(!row.wrapped);
        assert_eq!(
            &**from_ring_key(&row, Some(&master(1))).unwrap(),
            b"the key"
        );
    }

    #[test]
    fn a_wrapped_key_is_nothing_in_another_row() {
        let good = stored(Some(&master(1)));
        let other_tenant = RingKey {
            tenant: "other".parse().unwrap(),
            ..good.clone()
        };
        let other_id = RingKey {
            id: Uuid::from_u128(6),
            ..good.clone()
        };
        let other_purpose = RingKey {
            purpose: RingPurpose::Sign("jwt:es256:loginid".into()),
            ..good
        };
        for row in [other_tenant, other_id, other_purpose] {
            assert_eq!(
                from_ring_key(&row, Some(&master(1))),
                Err(RingKeyError::MasterKey)
            );
        }
    }

    #[test]
    fn a_wrapping_with_any_byte_changed_or_missing_is_refused() {
        let good = stored(Some(&master(1)));
        let bytes = good.material.expose();
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            for material in [changed, bytes[..at].to_vec()] {
                let row = RingKey {
                    material: SecretBytes::new(material),
                    ..good.clone()
                };
                assert!(from_ring_key(&row, Some(&master(1))).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn a_master_key_is_32_bytes_of_base64() {
        let text = BASE64.encode(&[1; 32]);
        assert!(MasterKey::from_base64(&format!(" {text}\n")).is_ok());
        assert_eq!(
            MasterKey::from_base64(&BASE64.encode(&[1; 31])).unwrap_err(),
            MasterKeyError::Length { found: 31 }
        );
        assert_eq!(
            MasterKey::from_base64("not base64!").unwrap_err(),
            MasterKeyError::NotBase64
        );
        assert_eq!(
            format!("{:?}", MasterKey::from_base64(&text).unwrap()),
            "MasterKey(…)"
        );
    }
}
