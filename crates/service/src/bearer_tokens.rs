//! The JSON Web Tokens of the LoginID surface (its contract's section 7): issued and checked.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use passkeyd_domain::{Account, Scope, UserHandle, application::TokenLifetimes};
use passkeyd_tokens::jwt::{self, CheckError, Expected, SigningPurpose};
use serde_json::{Map, Value, json};

use crate::{
    ApplicationError, Error, Service,
    accounts::{Realm, public_id},
};

/// The purpose of the keys that sign these tokens.
pub const LOGINID: SigningPurpose = SigningPurpose::LOGINID;

/// Where a back end has an access token verified.
const VERIFY_PATH: &str = "/fido2/v2/mgmt/token/verify";

/// No token lives longer, whatever the settings say.
pub(crate) const LONGEST_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The scopes of a user who signed in.
pub const USER_SCOPES: [&str; 4] = [
    Scope::PASSKEY_READ,
    Scope::PASSKEY_WRITE,
    Scope::AUTH_WRITE,
    Scope::REG_WRITE,
];

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BearerKind {
    /// A user who signed in.
    Access,
    /// What a back end lets its user do.
    Authorization,
    /// A user whom a back end signed in.
    ExternalAuth,
    /// A confirmed transaction.
    Transaction,
    /// A user who signed in with several factors.
    MfaAccess,
    /// Who that is.
    MfaId,
    /// For a new access token.
    MfaRefresh,
    /// A signed payload.
    PayloadSignature,
    /// A merchant's page that is known.
    MerchantTrust,
    /// A wallet's page that is known.
    WalletTrust,
}

impl BearerKind {
    /// Those that the endpoints of users accept.
    pub const OF_USERS: [Self; 3] = [Self::Access, Self::Authorization, Self::MfaAccess];

    /// Those that a back end may have verified.
    pub const VERIFIABLE: [Self; 7] = [
        Self::Access,
        Self::Transaction,
        Self::MfaAccess,
        Self::MfaId,
        Self::PayloadSignature,
        Self::MerchantTrust,
        Self::WalletTrust,
    ];

    /// The word in the claim `tokenType`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "jwtAccess",
            Self::Authorization => "authz",
            Self::ExternalAuth => "externalAuth",
            Self::Transaction => "tx",
            Self::MfaAccess => "accessToken",
            Self::MfaId => "idToken",
            Self::MfaRefresh => "refreshToken",
            Self::PayloadSignature => "payloadSignature",
            Self::MerchantTrust => "merchantTrust",
            Self::WalletTrust => "walletTrust",
        }
    }

    fn lifetime(self, settings: &TokenLifetimes) -> SignedDuration {
        let seconds = match self {
            Self::Access | Self::MfaAccess => settings.access,
            Self::Authorization => settings.authz,
            Self::ExternalAuth => settings.external_auth,
            Self::Transaction => settings.tx,
            Self::MfaId => settings.id_token,
            Self::MfaRefresh => settings.refresh_token,
            Self::PayloadSignature => settings.payload_signature,
            Self::MerchantTrust | Self::WalletTrust => settings.trust,
        };
        SignedDuration::from_secs(i64::from(seconds)).min(LONGEST_LIFETIME)
    }
}

/// A token that was checked.
#[derive(Clone)]
pub struct Bearer {
    realm: Realm,
    claims: Map<String, Value>,
}

impl Bearer {
    /// Whose token it is.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// A claim that is a text.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// Whom it is about.
    pub fn subject(&self) -> Option<&str> {
        self.claim("sub")
    }

    /// Under which name.
    pub fn username(&self) -> Option<&str> {
        self.claim("username")
    }

    /// Its end, in seconds since 1970.
    pub fn expires_at(&self) -> Option<i64> {
        self.claims.get("exp")?.as_i64()
    }

    /// May its bearer do this?
    pub fn allows(&self, scope: &str) -> bool {
        let scopes = self.claims.get("scopes").and_then(Value::as_array);
        scopes.is_some_and(|scopes| scopes.iter().any(|held| held == scope))
    }
}

/// Who a token of a user who signed in is about.
#[derive(Clone, Copy, Debug)]
pub struct AccessSubject<'a> {
    /// The user.
    pub handle: &'a UserHandle,
    /// The name that was used.
    pub username: &'a str,
    /// The passkey that was used, if any.
    pub passkey: Option<uuid::Uuid>,
}

impl Service {
    /// The token of a user who signed in: `jwtAccess`, with the scopes of [`USER_SCOPES`].
    ///
    /// # Errors
    /// Those of the key ring, and [`ApplicationError::NoSuchApplication`] without a relying party.
    pub async fn issue_access_token(
        &self,
        realm: &Realm,
        issuer: &str,
        subject: AccessSubject<'_>,
    ) -> Result<String, ApplicationError> {
        let claims = self.access_claims(realm, subject)?;
        Ok(self
            .issue_token(realm, issuer, BearerKind::Access, claims)
            .await?)
    }

    /// What an access token says beside what every token does.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchApplication`] without a relying party.
    pub fn access_claims(
        &self,
        realm: &Realm,
        subject: AccessSubject<'_>,
    ) -> Result<Map<String, Value>, ApplicationError> {
        let mut claims = object(json!({
            "sub": public_id(subject.handle),
            "username": subject.username,
            "scopes": USER_SCOPES,
            "rpId": self.relying_party(realm)?.id,
            "verify": VERIFY_PATH,
        }));
        if let Some(passkey) = subject.passkey {
            claims.insert("credID".to_owned(), passkey.to_string().into());
        }
        Ok(claims)
    }

    /// Signs claims, to which those that every token has are added: `iss`, `aud`, `iat`, `exp`, `tokenType`.
    ///
    /// # Errors
    /// Those of the store and the key ring.
    pub async fn issue_token(
        &self,
        realm: &Realm,
        issuer: &str,
        kind: BearerKind,
        mut claims: Map<String, Value>,
    ) -> Result<String, Error> {
        let now = self.now();
        let lifetime = kind.lifetime(&realm.settings().application.token_ttl);
        claims.extend(object(json!({
            "iss": issuer,
            "aud": realm.id(),
            "iat": now.as_second(),
            "exp": (now + lifetime).as_second(),
            "tokenType": kind.as_str(),
        })));
        let keys = self.signing_keys(&realm.tenant, LOGINID).await?;
        let key = keys
            .first()
            .ok_or_else(|| Error::KeyRing("it is empty".to_owned()))?;
        jwt::issue(key, &claims).map_err(|error| Error::KeyRing(error.to_string()))
    }

    /// Checks a token of one of these kinds. None: it is not good.
    ///
    /// # Errors
    /// Those of the store and the key ring.
    pub async fn check_token(
        &self,
        realm: &Realm,
        kinds: &[BearerKind],
        token: &str,
    ) -> Result<Option<Bearer>, Error> {
        let token_types: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        let expected = Expected {
            purpose: LOGINID,
            audience: realm.id().as_str(),
            issuer: None,
            token_types: &token_types,
            now: self.now(),
        };
        let keys = self.signing_keys(&realm.tenant, LOGINID).await?;
        let mut checked = jwt::check(keys.iter().map(AsRef::as_ref), &expected, token);
        if checked == Err(CheckError::UnknownKey) {
            // Another node may have made a key since the tenant was read.
            if let Some(tenant) = self.read_tenant(realm.id()).await? {
                let keys = self.signing_keys(&tenant, LOGINID).await?;
                checked = jwt::check(keys.iter().map(AsRef::as_ref), &expected, token);
            }
        }
        Ok(checked.ok().map(|claims| Bearer {
            realm: realm.clone(),
            claims,
        }))
    }

    /// The user whom a token of a user is about: by its subject, else by its name.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`], [`ApplicationError::UserInactive`].
    pub async fn bearer_account(&self, bearer: &Bearer) -> Result<Account, ApplicationError> {
        let tenant = bearer.realm.id();
        let account = match (bearer.subject(), bearer.username()) {
            (Some(subject), _) => match user_handle(subject) {
                Some(handle) => self.store.account_by_handle(tenant, &handle).await?,
                None => None,
            },
            (None, Some(name)) => self.store.account_by_name(tenant, name).await?,
            (None, None) => None,
        };
        let account = account.ok_or(ApplicationError::NoSuchUser)?;
        if account.user.active {
            Ok(account)
        } else {
            Err(ApplicationError::UserInactive)
        }
    }
}

/// The handle behind the id under which a user is shown.
pub fn user_handle(shown: &str) -> Option<UserHandle> {
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(shown.as_bytes())
        .ok()?;
    UserHandle::new(bytes).ok()
}

/// The id under which a user is shown: the base64url form of its handle.
pub fn shown_user_id(handle: &UserHandle) -> String {
    public_id(handle)
}

/// Scopes as a token carries them, each once.
pub fn scopes(words: impl IntoIterator<Item = String>) -> Value {
    words
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The members of a JSON object.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
