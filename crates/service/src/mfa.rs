//! Sign-in with several factors in one flow (LoginID contract, section 13): what a checkout or a bank asks for.
//!
//! [`offers`] says what is offered, and nothing else: it is a pure function. What is kept between the steps lies in the store
//! under the session's id and is replaced where it is the expected one, so that no step undoes the count of another; the end
//! consumes the session, so that of two ends at once one wins.

mod addresses;
mod begin;
mod completion;
pub mod offers;
mod passkeys;
mod payload;
mod state;
mod steps;

use uuid::Uuid;

use crate::{registration::CreationOptions, sign_in::RequestOptions};

use self::offers::{Action, Flow};
pub use self::{
    addresses::AddressOption,
    begin::{BeginMfa, Hints},
    passkeys::MfaPasskey,
    state::Factor,
};

/// What a client may do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaNext {
    /// Whether somebody comes back or is new.
    pub flow: Flow,
    /// For the next step.
    pub session: String,
    /// Best first.
    pub next: Vec<Offer>,
}

/// Something that a client may do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What.
    pub action: Action,
    /// How; the order matters.
    pub options: Vec<OfferOption>,
}

/// What an offer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferOption {
    /// For the browser, to make a passkey.
    Creation(Box<CreationOptions>),
    /// For the browser, to use a passkey.
    Assertion(Box<RequestOptions>),
    /// A token of the merchant's page.
    MerchantTrust(String),
    /// A token of the wallet's page.
    WalletTrust(String),
    /// An address that a code may go to.
    Address(AddressOption),
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MfaOutcome {
    /// One more is needed.
    Next(Box<MfaNext>),
    /// The person is signed in.
    Complete(Box<MfaCompleted>),
}

/// The end.
#[derive(Clone, PartialEq, Eq)]
pub struct MfaCompleted {
    /// Whether somebody came back or is new.
    pub flow: Flow,
    /// A user's token.
    pub access_token: String,
    /// Who the user is.
    pub id_token: String,
    /// For a new access token.
    pub refresh_token: String,
    /// The device, where it is known.
    pub device_id: Option<String>,
    /// What was confirmed, and the signed statement of it.
    pub payload: Option<SignedPayload>,
    /// The passkey that was the last factor.
    pub passkey: Option<CompletingPasskey>,
}

impl std::fmt::Debug for MfaCompleted {
    /// Without the tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MfaCompleted")
            .field("flow", &self.flow)
            .field("device_id", &self.device_id)
            .finish_non_exhaustive()
    }
}

/// What was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPayload {
    /// As the client sent it.
    pub payload: String,
    /// The statement.
    pub signature: String,
}

/// The passkey that was the last factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletingPasskey {
    /// Its row.
    pub id: Uuid,
    /// Its make.
    pub aaguid: Uuid,
    /// Its COSE key.
    pub public_key: Vec<u8>,
}
