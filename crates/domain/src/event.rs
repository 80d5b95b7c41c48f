//! Events: what happened to a tenant, for its administrators.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{KeyId, TenantId};

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody should look.
    Alert,
    /// For the record.
    Informational,
}

impl Severity {
    /// The number under which it is stored.
    pub const fn number(self) -> i64 {
        match self {
            Self::Alert => 1,
            Self::Informational => 3,
        }
    }

    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "Alert",
            Self::Informational => "Informational",
        }
    }
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $severity:ident;)+) => {
        /// What happened. Names and numbers are the Passwordless contract's (section 6.4); those from 20000 on are ours.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* $name,)+
        }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The number under which it is stored.
            pub const fn number(self) -> i64 {
                match self { $(Self::$name => $number,)+ }
            }

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// How much it matters.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// Reads the stored number.
            pub fn from_number(number: i64) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.number() == number)
            }
        }
    };
}

event_kinds! {
    /// A registration token was made.
    ApiAuthUserRegistered = 1000, Informational;
    /// A registration began.
    ApiAuthPasskeyRegistrationBegan = 1001, Informational;
    /// A passkey was registered.
    ApiAuthPasskeyRegistrationCompleted = 1002, Informational;
    /// A secret key that is not one of the tenant's was presented.
    ApiAuthInvalidSecretKeyUsed = 1003, Alert;
    /// A public key that is not one of the tenant's was presented.
    ApiAuthInvalidPublicKeyUsed = 1004, Alert;
    /// A locked secret key was presented.
    ApiAuthDisabledSecretKeyUsed = 1005, Alert;
    /// A locked public key was presented.
    ApiAuthDisabledPublicKeyUsed = 1006, Alert;
    /// A user's aliases were replaced.
    ApiUserSetAliases = 1100, Informational;
    /// A credential was deleted.
    ApiUserDeleteCredential = 1101, Informational;
    /// A sign-in began.
    ApiUserSignInBegan = 1102, Informational;
    /// A user signed in.
    ApiUserSignInCompleted = 1103, Informational;
    /// A user's verify token was verified.
    ApiUserSignInVerified = 1104, Informational;
    /// A user was deleted.
    ApiUserDeleted = 1105, Informational;
    /// A verify token was made without a passkey.
    ApiUserSigninTokenCreated = 1106, Informational;
    /// A magic link was sent.
    ApiUserMagicLinkCreated = 1107, Informational;
    /// The app was marked for deletion.
    ApiManagementAppMarkedForDeletion = 1200, Informational;
    /// The deletion was cancelled.
    ApiManagementAppDeletionCancelled = 1201, Informational;
    /// The app was created.
    ApiManagementAppCreated = 1202, Informational;
    /// The app was frozen.
    ApiManagementAppFrozen = 1203, Alert;
    /// The app was unfrozen.
    ApiManagementAppUnfrozen = 1204, Alert;
    /// Authenticators were put on a list.
    ApiAuthenticatorsAllowlisted = 1300, Informational;
    /// Authenticators were put on the block list.
    ApiAuthenticatorsBlacklisted = 1301, Informational;
    /// Authenticators were taken off the lists.
    ApiAuthenticatorsDelisted = 1302, Informational;
    /// An authentication configuration was made.
    ApiAuthenticationConfigurationCreated = 1400, Informational;
    /// An authentication configuration was changed.
    ApiAuthenticationConfigurationUpdated = 1401, Informational;
    /// An authentication configuration was deleted.
    ApiAuthenticationConfigurationDeleted = 1402, Informational;
    /// A key was made.
    AdminApiKeyCreated = 7008, Informational;
    /// A key was deleted.
    AdminApiKeyDeleted = 7009, Informational;
    /// A key was locked.
    AdminApiKeyLocked = 7010, Informational;
    /// A key was unlocked.
    AdminApiKeyUnlocked = 7011, Informational;
    /// The keys were listed.
    AdminApiKeysEnumerated = 7012, Informational;
    /// Generated sign-in tokens were switched on.
    AdminGenerateSignInTokenEndpointEnabled = 7013, Alert;
    /// Generated sign-in tokens were switched off.
    AdminGenerateSignInTokenEndpointDisabled = 7014, Alert;
    /// Magic links were switched on.
    AdminMagicLinksEnabled = 7015, Alert;
    /// Magic links were switched off.
    AdminMagicLinksDisabled = 7016, Alert;
    /// A person signed up.
    AccountSignedUp = 20000, Informational;
    /// A person logged in.
    AccountLoggedIn = 20001, Informational;
    /// A refresh token that had been replaced was used again, and its session was ended.
    AccountRefreshTokenReused = 20002, Alert;
    /// A person signed in at a provider of the app.
    FederatedSignIn = 22000, Informational;
    /// A sign-in at a provider made a user.
    FederatedUserMade = 22001, Informational;
    /// A client told of a ceremony.
    ApplicationClientEvent = 20100, Informational;
    /// A client told of an error in a ceremony.
    ApplicationClientFailed = 20101, Informational;
    /// The blacklist of models was changed.
    ApplicationBlacklistChanged = 20102, Informational;
    /// A registration, a sign-in or a transaction failed.
    ApplicationCeremonyFailed = 20103, Informational;
    /// A person signed in with a one-time code.
    OneTimeCodeRedeemed = 23000, Informational;
    /// A person proved an address by a code.
    AddressVerified = 23001, Informational;
    /// A back end changed the addresses of a user.
    ProfileChanged = 23002, Informational;
    /// A user may sign in again.
    UserActivated = 23003, Informational;
    /// A user may not sign in any more.
    UserDeactivated = 23004, Informational;
    /// A back end made a token for a user.
    GrantIssued = 23005, Informational;
    /// A back end vouched for a user that it signed in.
    ExternalAuthGranted = 23006, Informational;
    /// A back end renamed a user's passkey.
    PasskeyRenamed = 23007, Informational;
    /// A sign-in of several factors began.
    MultiFactorBegan = 24000, Informational;
    /// A factor other than a passkey was completed.
    MultiFactorStep = 24001, Informational;
    /// A sign-in of several factors ended since too much failed.
    MultiFactorFailed = 24002, Alert;
}

/// An event of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whose event.
    pub tenant: TenantId,
    /// The start of the request.
    pub performed_at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// One sentence for people.
    pub message: String,
    /// Who did it.
    pub performed_by: String,
    /// What it was done to.
    pub subject: String,
    /// The name of the key that was used; empty for management calls.
    pub api_key_id: Option<KeyId>,
    /// The webhooks that are to be told, by id: deliveries are written with the event. Empty in what is read back.
    pub notify: Vec<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_one_kind() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_number(kind.number()), Some(*kind));
        }
    }
}
