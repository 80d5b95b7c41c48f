//! What the tokens of the Passwordless surface hold.

use jiff::Timestamp;
use passkeyd_domain::{Alias, AliasHash, Hint, UserVerification, ports::Consumption};
use passkeyd_tokens::sealed::TokenKind;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Caller, Error, Service};

/// Binary values in a token's content.
pub(crate) mod base64url {
    use data_encoding::BASE64URL_NOPAD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64URL_NOPAD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(D::Error::custom)
    }
}

/// A `register_` token: what the back end wants registered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RegisterToken {
    pub(crate) user_id: String,
    pub(crate) username: String,
    pub(crate) display_name: Option<String>,
    pub(crate) attestation: String,
    pub(crate) authenticator_type: Option<String>,
    pub(crate) discoverable: bool,
    pub(crate) user_verification: Option<String>,
    pub(crate) hints: Vec<Hint>,
    pub(crate) aliases: Vec<SealedAlias>,
    pub(crate) expires_at: Timestamp,
}

/// An alias on its way from the back end to the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SealedAlias {
    hash: String,
    plaintext: Option<String>,
}

impl From<Alias> for SealedAlias {
    fn from(alias: Alias) -> Self {
        Self {
            hash: alias.hash.as_str().to_owned(),
            plaintext: alias.plaintext,
        }
    }
}

impl From<SealedAlias> for Alias {
    fn from(alias: SealedAlias) -> Self {
        Self {
            hash: AliasHash::from_stored(alias.hash),
            plaintext: alias.plaintext,
        }
    }
}

/// A `session_` token between the halves of a registration.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RegistrationSession {
    pub(crate) id: Uuid,
    pub(crate) user_id: String,
    #[serde(with = "base64url")]
    pub(crate) handle: Vec<u8>,
    #[serde(with = "base64url")]
    pub(crate) challenge: Vec<u8>,
    pub(crate) rp_id: String,
    pub(crate) attestation: String,
    pub(crate) user_verification: UserVerification,
    pub(crate) aliases: Vec<SealedAlias>,
    pub(crate) expires_at: Timestamp,
}

/// A `session_` token between the halves of a sign-in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SignInSession {
    pub(crate) id: Uuid,
    /// Set when credentials of a user were listed; the credential must then be one of that user's.
    pub(crate) user_id: Option<String>,
    #[serde(with = "base64url")]
    pub(crate) challenge: Vec<u8>,
    pub(crate) rp_id: String,
    pub(crate) purpose: String,
    pub(crate) user_verification: UserVerification,
    pub(crate) expires_at: Timestamp,
}

/// What lies between the halves of a ceremony.
pub(crate) trait Session: DeserializeOwned {
    const KIND: TokenKind;

    fn id(&self) -> Uuid;
    fn expires_at(&self) -> Timestamp;
}

impl Session for RegistrationSession {
    const KIND: TokenKind = TokenKind::REGISTER_SESSION;

    fn id(&self) -> Uuid {
        self.id
    }

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Session for SignInSession {
    const KIND: TokenKind = TokenKind::SIGN_IN_SESSION;

    fn id(&self) -> Uuid {
        self.id
    }

    fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Service {
    /// Opens a session that has not ended, and says what uses it up.
    pub(crate) async fn resume<S: Session>(
        &self,
        caller: &Caller,
        token: Option<&str>,
    ) -> Result<(S, Consumption), Error> {
        let session: S = self.open(&caller.tenant, S::KIND, token).await?;
        let now = self.now();
        alive(session.expires_at(), now)?;
        let consumption = Consumption {
            id: session.id(),
            at: now,
            expires_at: session.expires_at(),
        };
        Ok((session, consumption))
    }

    /// Uses a session up that came to nothing. Returns the refusal, unless the session was used before: then it is that.
    pub(crate) async fn used_up(
        &self,
        caller: &Caller,
        consumption: Consumption,
        refusal: Error,
    ) -> Result<Error, Error> {
        let first = self.store.consume(caller.tenant(), consumption).await?;
        Ok(if first { refusal } else { Error::InvalidToken })
    }
}

/// Refuses what ended before now; at the very instant it is still good.
pub(crate) fn alive(expires_at: Timestamp, now: Timestamp) -> Result<(), Error> {
    if now <= expires_at {
        return Ok(());
    }
    Err(Error::ExpiredToken {
        ago: now.duration_since(expires_at).unsigned_abs(),
    })
}
