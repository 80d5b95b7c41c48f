//! What a ceremony of the LoginID surface keeps between its steps, beside what its session seals.

use passkeyd_domain::{
    AttestationConveyance, Device, DeviceDetails, DeviceId, IdentifierKind, Timestamp,
    UserVerification,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Service, accounts::Realm, trust::SessionTrustItem};

/// What a client says of its device, completed by what its `User-Agent` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedDevice {
    /// Its name; none: it has none yet.
    pub id: Option<DeviceId>,
    /// A name for people.
    pub name: String,
    /// What is known of it.
    pub details: DeviceDetails,
}

/// What lies in the store under a session's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CeremonyState {
    /// The device that it began on.
    pub device: ClaimedDevice,
    /// The trust items that were good.
    pub trust: Vec<SessionTrustItem>,
    /// How a registration is to be completed.
    pub registration: Option<RegistrationPlan>,
    /// How a sign-in is to be completed.
    pub sign_in: Option<SignInPlan>,
    /// The transaction that the sign-in confirms.
    pub transaction: Option<TransactionPlan>,
}

/// How a registration is to be completed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistrationPlan {
    /// The RP id of the options.
    pub rp_id: String,
    /// The app's name for the user.
    pub user_id: String,
    /// The name that the token will carry.
    pub username: String,
    /// Who is made; none: the user is there.
    pub new_user: Option<NewUser>,
    /// The algorithms that were offered.
    pub algorithms: Vec<i64>,
    /// What was asked for.
    pub attestation: AttestationConveyance,
    /// What was asked for.
    pub user_verification: UserVerification,
    /// The passkey is made without asking the user.
    pub conditional: bool,
}

/// A user who is made by a registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewUser {
    /// What the name is: a word of [`IdentifierKind`].
    pub kind: String,
    /// The person's name.
    pub display_name: String,
    /// The name is an address that was proven before.
    #[serde(default)]
    pub proven: bool,
}

impl NewUser {
    /// What the name is.
    pub fn identifier_kind(&self) -> IdentifierKind {
        self.kind.parse().unwrap_or(IdentifierKind::Other)
    }
}

/// How a sign-in is to be completed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignInPlan {
    /// The RP id of the options.
    pub rp_id: String,
    /// The name that was used; none: nobody was named.
    pub username: Option<String>,
    /// What was asked for.
    pub user_verification: UserVerification,
}

/// A transaction that is to be confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransactionPlan {
    /// Its name.
    pub id: Uuid,
    /// What the client calls it.
    pub kind: String,
    /// The SHA-256 of the payload, in base64url.
    pub payload_hash: String,
    /// The client's nonce.
    pub nonce: String,
    /// Ours.
    pub server_nonce: String,
}

impl Service {
    /// The device as it is recorded: the one that the client named, else a new one.
    pub(crate) fn claimed_device(
        &self,
        realm: &Realm,
        claimed: &ClaimedDevice,
        now: Timestamp,
    ) -> Option<Device> {
        let id = match &claimed.id {
            Some(id) => id.clone(),
            None => self.entropy.uuid().to_string().parse().ok()?,
        };
        Some(Device {
            tenant: realm.id().clone(),
            id,
            name: claimed.name.clone(),
            details: claimed.details.clone(),
            created_at: now,
            last_used_at: now,
        })
    }
}
