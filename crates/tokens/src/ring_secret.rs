//! Secrets of other parts of the server that rest in the ring: made once, read by those who name the purpose.

use passkeyd_domain::{RingKey, RingPurpose, SecretBytes, TenantId, Timestamp};
use uuid::Uuid;

use crate::{
    MasterKey, RingKeyError,
    master_key::{self, Row},
};

/// Puts a secret into the form in which the ring keeps it. The nonce must be random.
pub fn to_ring_key(
    (tenant, id, purpose): (&TenantId, Uuid, &RingPurpose),
    secret: &[u8],
    created_at: Timestamp,
    master: Option<&MasterKey>,
    nonce: [u8; 12],
) -> Result<RingKey, RingKeyError> {
    let row = Row {
        tenant,
        id,
        purpose,
    };
    master_key::to_ring_key(&row, secret, created_at, master, nonce)
}

/// Gets a secret back.
pub fn from_ring_key(
    stored: &RingKey,
    master: Option<&MasterKey>,
) -> Result<SecretBytes, RingKeyError> {
    let plain = master_key::from_ring_key(stored, master)?;
    Ok(SecretBytes::new(plain.to_vec()))
}
