//! Trust identifiers: browsers that are known again (LoginID contract section 14).
//!
//! An item that a browser signed itself is nobody's until a ceremony that it came with is completed with a passkey. From
//! then on it stands for that user. It proves no more than that the same browser is back, so it opens nothing by itself: it
//! decides whom a flow begins for, and the passkey still has to be shown. Nothing about an item makes a request fail.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{Person, TrustIdentifier, UserHandle, ports::PersonLookup};
use passkeyd_tokens::trust::{TrustItem, verify};
use serde::{Deserialize, Serialize};

use crate::{
    ApplicationError, Error, Service,
    accounts::Realm,
    bearer_tokens::{BearerKind, object},
};

/// A trust item that was good when a ceremony began, by the member that it was sent in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTrustItem {
    /// `auth`, `wallet` or `merchant`.
    pub kind: String,
    /// The item's name for itself.
    pub id: String,
    /// The thumbprint of its key, in base64url.
    pub thumbprint: String,
}

impl SessionTrustItem {
    fn new(name: &str, known: TrustIdentifier) -> Self {
        Self {
            kind: name.to_owned(),
            id: known.id,
            thumbprint: BASE64URL_NOPAD.encode(&known.thumbprint),
        }
    }

    /// What it is known by. None: it was kept by another version.
    pub fn identifier(&self) -> Option<TrustIdentifier> {
        let thumbprint = BASE64URL_NOPAD.decode(self.thumbprint.as_bytes()).ok()?;
        Some(TrustIdentifier {
            kind: TrustItem::named(&self.kind)?.kind(),
            id: self.id.clone(),
            thumbprint: thumbprint.try_into().ok()?,
        })
    }

    /// Does it tell who somebody is? An `auth` item is one of many of its browser, and never does.
    fn identifies(&self) -> bool {
        matches!(
            TrustItem::named(&self.kind),
            Some(TrustItem::Wallet | TrustItem::Merchant)
        )
    }
}

/// Tokens by which back ends know a browser again. They say nothing of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustTokens {
    /// For the item `merchant`.
    pub merchant: Option<String>,
    /// For the item `wallet`.
    pub wallet: Option<String>,
}

impl Service {
    /// The trust items that are good now, by the member that they were sent in. The others are ignored.
    pub fn good_trust_items(&self, sent: &BTreeMap<String, String>) -> Vec<SessionTrustItem> {
        let now = self.now();
        sent.iter()
            .filter_map(|(name, item)| {
                let known = verify(TrustItem::named(name)?, item, now).ok()?;
                Some(SessionTrustItem::new(name, known))
            })
            .collect()
    }

    /// Makes items stand for the user who has just completed a ceremony with a passkey. Where that can't be done the
    /// ceremony stands all the same, and the log says so.
    pub(crate) async fn bind_trust_items(
        &self,
        realm: &Realm,
        handle: &UserHandle,
        device: Option<&str>,
        items: &[SessionTrustItem],
    ) {
        let identifiers: Vec<_> = items
            .iter()
            .filter_map(SessionTrustItem::identifier)
            .collect();
        if identifiers.is_empty() {
            return;
        }
        let bound = async {
            let Some(account) = self.store.account_by_handle(realm.id(), handle).await? else {
                return Ok(false);
            };
            let (user, device) = (account.user.key, device.map(str::to_owned));
            self.store
                .bind_trust(realm.id(), user, device, identifiers, self.now())
                .await
        };
        if let Err(error) = bound.await {
            tracing::warn!(tenant = %realm.id(), error = %error, "trust items are not bound");
        }
    }

    /// Whom the items stand for: what the wallet's says, else what the merchant's says. The person may be inactive.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn trusted_person(
        &self,
        realm: &Realm,
        items: &[SessionTrustItem],
    ) -> Result<Option<Person>, Error> {
        let mut items: Vec<_> = items.iter().filter(|item| item.identifies()).collect();
        // `wallet` sorts behind `merchant`, and comes first.
        items.sort_by(|one, other| other.kind.cmp(&one.kind));
        for identifier in items.into_iter().filter_map(SessionTrustItem::identifier) {
            let binding = self.store.trust_binding(realm.id(), &identifier).await?;
            let Some(binding) = binding else {
                continue;
            };
            let lookup = PersonLookup::Key(binding.user);
            if let Some(person) = self.store.person(realm.id(), &lookup).await? {
                return Ok(Some(person));
            }
        }
        Ok(None)
    }

    /// Is the browser that sends these items one that a flow may be begun in for its user? False: it is not known, or its
    /// user is inactive or has no passkey that would do.
    ///
    /// # Errors
    /// [`ApplicationError::Invalid`] where none of the items is good, and [`ApplicationError::NoSuchApplication`] without a
    /// relying party.
    pub async fn discover_trust(
        &self,
        realm: &Realm,
        sent: &BTreeMap<String, String>,
    ) -> Result<bool, ApplicationError> {
        let items = self.good_trust_items(sent);
        if items.is_empty() {
            return Err(ApplicationError::Invalid("none of the trust items is good"));
        }
        match self.trusted_person(realm, &items).await? {
            Some(person) if person.user.active => {
                Ok(!self.eligible_passkeys(realm, &person).await?.is_empty())
            }
            _ => Ok(false),
        }
    }

    /// A token for each item that has one, known or not.
    ///
    /// # Errors
    /// Those of the store and the key ring.
    pub async fn trust_tokens(
        &self,
        realm: &Realm,
        issuer: &str,
        items: &[SessionTrustItem],
    ) -> Result<TrustTokens, Error> {
        let mut tokens = TrustTokens::default();
        for item in items {
            let (kind, token) = match TrustItem::named(&item.kind) {
                Some(TrustItem::Merchant) => (BearerKind::MerchantTrust, &mut tokens.merchant),
                Some(TrustItem::Wallet) => (BearerKind::WalletTrust, &mut tokens.wallet),
                _ => continue,
            };
            let claims = object(serde_json::json!({ "trustId": item.id }));
            *token = Some(self.issue_token(realm, issuer, kind, claims).await?);
        }
        Ok(tokens)
    }
}
