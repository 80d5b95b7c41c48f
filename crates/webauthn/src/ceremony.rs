//! The state of a ceremony: what verification must compare, from the options to the answer.
//!
//! [`start_registration`](crate::RelyingParty::start_registration) and
//! [`start_authentication`](crate::RelyingParty::start_authentication) make it; [`register`](crate::register) and
//! [`authenticate`](crate::authenticate) need it. Between the two requests it is kept in one of two ways:
//!
//! - *At the server*, in the browser's session, or in a table by [`Ceremony::id`] with the id in a cookie, as
//!   [`to_bytes`](RegistrationState::to_bytes) or as it is. Take it out when the answer comes, before it is verified, in one
//!   statement (`DELETE … RETURNING`): then it is used once. Delete what is past [`Ceremony::expires_at`].
//! - *At the browser*, in a sealed cookie (authenticated encryption with a key of the server's). Then keep the
//!   [`Ceremony::id`] of each finished ceremony until it expires, in a column with a unique index, and refuse those that are
//!   there already: else an answer can be sent again.
//!
//! Either way the state belongs to the browser that began. A state that is found by the challenge alone lets a stranger finish
//! a sign-in of his own in a victim's browser. That of a registration belongs to the session of the signed-in user.
//!
//! Serialised states begin with a version byte; one that this library does not know is [`Error::VersionUnsupported`].

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::crypto;
use crate::error::{Error, Result};
use crate::extensions::{AuthenticationExtensions, RegistrationExtensions};
use crate::options::{AttestationConveyance, ResidentKey, UserVerification};
use crate::origin::{AllowedOrigins, RpId, TopOrigins};
use crate::payment::ExpectedPayment;
use crate::response::AuthenticatorAttachment;

/// What both kinds of ceremony share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ceremony {
    /// The random challenge of at least 16 bytes; 32 are better.
    #[serde(with = "crate::base64url")]
    pub challenge: Vec<u8>,
    /// The relying party.
    pub rp_id: RpId,
    /// The pages and apps that may run it.
    pub origins: AllowedOrigins,
    /// The pages that may embed it.
    pub top_origins: TopOrigins,
    /// Must the user be verified?
    pub user_verification: UserVerification,
    /// When it ends: an answer from this time on is refused. None: the caller sees to that.
    pub expires_at: Option<Timestamp>,
    /// When it began.
    pub issued_at: Option<Timestamp>,
}

impl Ceremony {
    /// A ceremony from its parts, for callers that keep their state in a form of their own. It never ends, no page may embed
    /// it, and user verification is preferred, unless the fields are set. Nothing is checked here, the length of the
    /// challenge neither.
    pub fn new(challenge: Vec<u8>, rp_id: RpId, origins: AllowedOrigins) -> Self {
        Self {
            challenge,
            rp_id,
            origins,
            top_origins: TopOrigins::Forbidden,
            user_verification: UserVerification::Preferred,
            expires_at: None,
            issued_at: None,
        }
    }

    /// A short name for the ceremony, made from its challenge: to see to it that each is used once.
    pub fn id(&self) -> [u8; 16] {
        let hash = crypto::sha256(&self.challenge);
        let mut id = [0; 16];
        for (target, byte) in id.iter_mut().zip(hash) {
            *target = byte;
        }
        id
    }

    pub(crate) fn check_time(&self, now: Timestamp) -> Result<()> {
        if self.expires_at.is_some_and(|end| now >= end) {
            Err(Error::CeremonyExpired)
        } else {
            Ok(())
        }
    }
}

/// Whether the user is asked before a credential is made ([WebAuthn §5.1.3, mediation]).
///
/// [WebAuthn §5.1.3, mediation]: https://www.w3.org/TR/webauthn-3/#sctn-createCredential
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mediation {
    /// The user is asked.
    #[default]
    Optional,
    /// A passkey is made quietly after a sign-in with a password: the user may be absent.
    Conditional,
}

/// The state of a registration, to [keep](self) until the browser answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegistrationState {
    /// What both kinds share.
    pub ceremony: Ceremony,
    /// The user that the credential is for.
    #[serde(with = "crate::base64url")]
    pub user_handle: Vec<u8>,
    /// The algorithms that were offered.
    #[serde(with = "algorithm_ids")]
    pub algorithms: Vec<Algorithm>,
    /// Conditional creation or not.
    pub mediation: Mediation,
    /// The attestation that was asked for.
    pub attestation: AttestationConveyance,
    /// The attachment that was asked for.
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// Whether a discoverable credential was asked for.
    pub resident_key: ResidentKey,
    /// The extensions that were asked for.
    pub extensions: RegistrationExtensions,
}

impl RegistrationState {
    /// A registration of the default algorithms, without wishes.
    pub fn new(ceremony: Ceremony, user_handle: Vec<u8>) -> Self {
        Self {
            ceremony,
            user_handle,
            algorithms: Algorithm::DEFAULT.into(),
            mediation: Mediation::Optional,
            attestation: AttestationConveyance::None,
            authenticator_attachment: None,
            resident_key: ResidentKey::Preferred,
            extensions: RegistrationExtensions::default(),
        }
    }

    /// A version byte, the kind, then a form that only [`RegistrationState::from_bytes`] needs to understand. It holds no
    /// secret, but must not be changed by the client: seal it or keep it.
    ///
    /// # Errors
    /// [`Error::CeremonyStateMalformed`], if it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        write(REGISTRATION, self)
    }

    /// Reads what [`RegistrationState::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Error::VersionUnsupported`], [`Error::CeremonyKindMismatch`], [`Error::CeremonyStateMalformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        read(&[REGISTRATION], bytes)
    }
}

/// The state of a sign-in, or of a payment, to [keep](self) until the browser answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuthenticationState {
    /// What both kinds share.
    pub ceremony: Ceremony,
    /// The credentials that were listed; empty: any discoverable one.
    #[serde(with = "crate::base64url::list")]
    pub allow_credentials: Vec<Vec<u8>>,
    /// The user, where known beforehand.
    #[serde(with = "crate::base64url::option")]
    pub user_handle: Option<Vec<u8>>,
    /// The extensions that were asked for.
    pub extensions: AuthenticationExtensions,
    /// The transaction that the user is to confirm: makes it a payment.
    pub payment: Option<ExpectedPayment>,
}

impl AuthenticationState {
    /// A sign-in with any discoverable credential.
    pub fn new(ceremony: Ceremony) -> Self {
        Self {
            ceremony,
            allow_credentials: Vec::new(),
            user_handle: None,
            extensions: AuthenticationExtensions::default(),
            payment: None,
        }
    }

    /// As [`RegistrationState::to_bytes`].
    ///
    /// # Errors
    /// [`Error::CeremonyStateMalformed`], if it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        write(
            if self.payment.is_some() {
                PAYMENT
            } else {
                AUTHENTICATION
            },
            self,
        )
    }

    /// Reads the state of a sign-in.
    ///
    /// # Errors
    /// As [`RegistrationState::from_bytes`]; [`Error::CeremonyKindMismatch`] also for a payment, so that what confirmed a
    /// payment signs nobody in.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        read::<Self>(&[AUTHENTICATION], bytes).and_then(|state| {
            if state.payment.is_none() {
                Ok(state)
            } else {
                Err(Error::CeremonyKindMismatch)
            }
        })
    }

    /// Reads the state of a payment.
    ///
    /// # Errors
    /// As [`AuthenticationState::from_bytes`], the other way round.
    pub fn payment_from_bytes(bytes: &[u8]) -> Result<Self> {
        read::<Self>(&[PAYMENT], bytes).and_then(|state| {
            if state.payment.is_some() {
                Ok(state)
            } else {
                Err(Error::CeremonyKindMismatch)
            }
        })
    }
}

const VERSION: u8 = 1;
const REGISTRATION: u8 = b'r';
const AUTHENTICATION: u8 = b'a';
const PAYMENT: u8 = b'p';

fn write<T: Serialize>(kind: u8, state: &T) -> Result<Vec<u8>> {
    let mut out = vec![VERSION, kind];
    serde_json::to_writer(&mut out, state).map_err(|_| Error::CeremonyStateMalformed)?;
    Ok(out)
}

fn read<T: DeserializeOwned>(kinds: &[u8], bytes: &[u8]) -> Result<T> {
    match bytes {
        [VERSION, kind, rest @ ..] if kinds.contains(kind) => {
            serde_json::from_slice(rest).map_err(|_| Error::CeremonyStateMalformed)
        }
        [VERSION, REGISTRATION | AUTHENTICATION | PAYMENT, ..] => Err(Error::CeremonyKindMismatch),
        [VERSION, ..] | [] => Err(Error::CeremonyStateMalformed),
        [version, ..] => Err(Error::VersionUnsupported(*version)),
    }
}

mod algorithm_ids {
    //! Algorithms by their COSE ids.

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::algorithm::Algorithm;

    pub(super) fn serialize<S: Serializer>(
        list: &[Algorithm],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|algorithm| algorithm.id()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Algorithm>, D::Error> {
        Vec::<i64>::deserialize(deserializer)?
            .into_iter()
            .map(|id| Algorithm::from_id(id).ok_or_else(|| D::Error::custom("unknown algorithm")))
            .collect()
    }
}
