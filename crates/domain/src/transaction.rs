//! Transactions that a person confirmed with a passkey.

use jiff::Timestamp;
use uuid::Uuid;

use crate::TenantId;

/// A confirmed transaction, kept for audit. It outlives the user and the passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Whose transaction.
    pub tenant: TenantId,
    /// Its name.
    pub id: Uuid,
    /// The user, as surfaces show it.
    pub user_id: String,
    /// The row of the credential that signed.
    pub credential: Uuid,
    /// What the client called it, such as `raw`.
    pub kind: String,
    /// The SHA-256 of the payload.
    pub payload_hash: Vec<u8>,
    /// The client's nonce.
    pub nonce: String,
    /// Ours.
    pub server_nonce: String,
    /// The challenge that was signed: the hash of payload and nonces.
    pub hash: Vec<u8>,
    /// The client data that was signed.
    pub client_data: Vec<u8>,
    /// The authenticator data that was signed.
    pub authenticator_data: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// When.
    pub confirmed_at: Timestamp,
}
