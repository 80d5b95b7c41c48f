//! Verify tokens: what a back end learns of a sign-in.

use std::time::Duration;

use jiff::Timestamp;
use passkeyd_domain::{EventKind, Purpose, UserId, ports::Consumption};
use passkeyd_tokens::sealed::TokenKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Caller, Error, Service,
    session::{alive, base64url},
};

/// How a verify token came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyKind {
    /// A passkey was registered.
    PasskeyRegister,
    /// A passkey signed in.
    PasskeySignin,
    /// The back end made it.
    GeneratedSignin,
    /// It went out by mail.
    MagicLink,
}

impl VerifyKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasskeyRegister => "passkey_register",
            Self::PasskeySignin => "passkey_signin",
            Self::GeneratedSignin => "generated_signin",
            Self::MagicLink => "magic_link",
        }
    }
}

/// What a verify token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The app's name for the user.
    pub user_id: String,
    /// When the token was made.
    pub timestamp: Timestamp,
    /// The RP id that was verified.
    pub rp_id: Option<String>,
    /// The origin that the client named.
    pub origin: Option<String>,
    /// The device, for people.
    pub device: Option<String>,
    /// The country; empty where unknown.
    pub country: Option<String>,
    /// The user's name for the credential.
    pub nickname: Option<String>,
    /// The credential.
    #[serde(with = "base64url")]
    pub credential_id: Vec<u8>,
    /// What it was for.
    pub purpose: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The token's own name.
    pub token_id: Uuid,
    /// How it came to be.
    pub kind: VerifyKind,
}

/// A token to be made without a passkey.
#[derive(Clone, Debug)]
pub struct GenerateToken {
    /// For whom; the user need not exist.
    pub user_id: UserId,
    /// How long it lives.
    pub time_to_live: Duration,
    /// Copied into the token.
    pub purpose: String,
    /// Copied into the token.
    pub rp_id: Option<String>,
    /// Copied into the token.
    pub origin: Option<String>,
}

impl Service {
    /// Reads a verify token of the caller's tenant.
    ///
    /// # Errors
    /// Those of tokens: [`Error::MissingToken`], [`Error::WrongToken`], [`Error::MalformedToken`],
    /// [`Error::InvalidToken`] (a second use of a single-use one too), [`Error::ExpiredToken`].
    pub async fn verify_token(
        &self,
        caller: &Caller,
        token: Option<&str>,
    ) -> Result<Verified, Error> {
        let verified: Verified = self.open(&caller.tenant, TokenKind::VERIFY, token).await?;
        let now = self.now();
        alive(verified.expires_at, now)?;
        let settings = &caller.tenant.tenant.settings;
        if settings
            .single_use_verify
            .unwrap_or(self.settings.single_use_verify)
        {
            let use_ = Consumption {
                id: verified.token_id,
                at: now,
                expires_at: verified.expires_at,
            };
            if !self.store.consume(caller.tenant(), use_).await? {
                return Err(Error::InvalidToken);
            }
        }
        let message = format!(
            "The sign-in token of user {} was verified.",
            verified.user_id
        );
        let who = (verified.user_id.as_str(), caller.tenant().as_str());
        self.note(caller.event(EventKind::ApiUserSignInVerified, who, message))
            .await;
        Ok(verified)
    }

    /// Makes a verify token without a passkey.
    ///
    /// # Errors
    /// [`Error::GeneratedTokensDisabled`].
    pub async fn generate_token(
        &self,
        caller: &Caller,
        command: GenerateToken,
    ) -> Result<String, Error> {
        if !caller
            .tenant
            .tenant
            .settings
            .is_generate_sign_in_token_endpoint_enabled
        {
            return Err(Error::GeneratedTokensDisabled);
        }
        let now = self.now();
        let verified = Verified {
            user_id: command.user_id.as_str().to_owned(),
            timestamp: now,
            rp_id: command.rp_id,
            origin: command.origin,
            device: None,
            country: None,
            nickname: None,
            credential_id: Vec::new(),
            purpose: Some(command.purpose),
            expires_at: now + command.time_to_live,
            token_id: self.entropy.uuid(),
            kind: VerifyKind::GeneratedSignin,
        };
        let token = self
            .seal(&caller.tenant, TokenKind::VERIFY, &verified)
            .await?;
        let message = format!("A sign-in token was made for user {}.", verified.user_id);
        let who = (verified.user_id.as_str(), caller.tenant().as_str());
        self.note(caller.event(EventKind::ApiUserSigninTokenCreated, who, message))
            .await;
        Ok(token)
    }
}

/// The purpose that a client named, or `sign-in` where it named none or nothing that can have a configuration.
pub(crate) fn purpose(named: Option<&str>) -> Purpose {
    named
        .and_then(|named| Purpose::new(named).ok())
        .unwrap_or_else(Purpose::sign_in)
}
