//! A relying party starts ceremonies.

use jiff::{SignedDuration, Timestamp};

use crate::algorithm::Algorithm;
use crate::ceremony::{AuthenticationState, Ceremony, Mediation, RegistrationState};
use crate::crypto;
use crate::error::{Error, Excerpt, Result};
use crate::extensions::{AuthenticationExtensions, RegistrationExtensions};
use crate::options::{
    AttestationConveyance, AuthenticatorSelection, CredentialDescriptor, Hint,
    PublicKeyCredentialCreationOptions, PublicKeyCredentialRequestOptions, ResidentKey, RpEntity,
    UserEntity, UserVerification,
};
use crate::origin::{AllowedOrigins, OriginRules, RpId, TopOrigins};
use crate::payment::ExpectedPayment;
use crate::response::AuthenticatorAttachment;

/// The shortest challenge that ceremonies are started with; 32 bytes are better.
pub const MIN_CHALLENGE_LENGTH: usize = 16;

/// A relying party: its id, its name, and the origins from which its ceremonies may be run. Made once, at start; cheap to
/// clone.
///
/// The RP ID is a choice for life: a credential belongs to one, and cannot be moved to another. Take the registrable domain
/// (`example.com`), unless only one host below it may ever use the credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct RelyingParty {
    rp_id: RpId,
    name: String,
    origins: AllowedOrigins,
    top_origins: TopOrigins,
}

impl RelyingParty {
    /// A relying party on a public domain with a list of origins, such as `https://example.com`, each exactly as a browser
    /// writes it. For development on `localhost` see [`RelyingParty::with_rules`].
    ///
    /// # Errors
    /// [`Error::RpIdInvalid`], [`Error::OriginInvalid`].
    pub fn new<I, S>(rp_id: &str, name: &str, origins: I) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self::with_rules(RpId::new(rp_id)?, name, &OriginRules::exact(origins))
    }

    /// A relying party with other rules for origins, or on `localhost`:
    ///
    /// ```
    /// use passkeyd_webauthn::RelyingParty;
    /// use passkeyd_webauthn::origin::{OriginRules, RpId};
    ///
    /// # fn main() -> Result<(), passkeyd_webauthn::Error> {
    /// let rules = OriginRules::exact(["http://localhost:8000"]);
    /// let rp = RelyingParty::with_rules(RpId::for_development("localhost")?, "Example", &rules)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::OriginInvalid`].
    pub fn with_rules(rp_id: RpId, name: &str, rules: &OriginRules) -> Result<Self> {
        let origins = AllowedOrigins::new(&rp_id, rules)?;
        Ok(Self {
            rp_id,
            name: name.to_owned(),
            origins,
            top_origins: TopOrigins::Forbidden,
        })
    }

    /// Lets these pages embed ceremonies in frames. The policy must allow cross-origin ceremonies too
    /// ([`Policy::cross_origin`](crate::policy::Policy::cross_origin)).
    #[must_use]
    pub fn with_top_origins(mut self, top_origins: TopOrigins) -> Self {
        self.top_origins = top_origins;
        self
    }

    /// Refuses an RP ID that is a public suffix, such as `co.uk`, by the caller's list. Browsers refuse it too.
    ///
    /// # Errors
    /// [`Error::RpIdInvalid`].
    pub fn check_public_suffix(&self, is_public_suffix: impl FnOnce(&str) -> bool) -> Result<()> {
        if is_public_suffix(self.rp_id.as_str()) {
            return Err(Error::RpIdInvalid(Excerpt::new(self.rp_id.as_str())));
        }
        Ok(())
    }

    /// Its id.
    pub const fn rp_id(&self) -> &RpId {
        &self.rp_id
    }

    /// The origins from which its ceremonies may be run.
    pub const fn origins(&self) -> &AllowedOrigins {
        &self.origins
    }

    /// Starts a registration: options for the browser
    /// ([`to_json`](PublicKeyCredentialCreationOptions::to_json)), and the state to keep until it answers
    /// ([how](crate::ceremony)).
    ///
    /// `challenge` is fresh from the system's random number generator: 32 bytes, at least [`MIN_CHALLENGE_LENGTH`].
    ///
    /// # Errors
    /// [`Error::OptionInvalid`] for `challenge`, `timeout`, `user.id` (not 1 to 64 bytes), `pubKeyCredParams` (none, one
    /// twice, or one that no credential may use), or an extension, by its id.
    pub fn start_registration(
        &self,
        request: RegistrationRequest,
        challenge: Vec<u8>,
        now: Timestamp,
    ) -> Result<(PublicKeyCredentialCreationOptions, RegistrationState)> {
        if !(1..=64).contains(&request.user.id.len()) {
            return Err(Error::OptionInvalid("user.id"));
        }
        check_algorithms(&request.algorithms)?;
        let ceremony = self.ceremony(challenge, request.user_verification, request.timeout, now)?;
        let hinted = request.hints.first().map(|hint| hint.attachment());
        let authenticator_attachment = hinted
            .filter(|_| request.attachment_from_hints)
            .or(request.authenticator_attachment);
        let user = match request.name_limit {
            Some(limit) => request.user.clone().cut_to(limit),
            None => request.user.clone(),
        };
        let options = PublicKeyCredentialCreationOptions {
            rp: RpEntity {
                id: self.rp_id.as_str().to_owned(),
                name: self.name.clone(),
            },
            user,
            challenge: ceremony.challenge.clone(),
            pub_key_cred_params: request
                .algorithms
                .iter()
                .map(|algorithm| (*algorithm).into())
                .collect(),
            timeout: milliseconds(request.timeout),
            exclude_credentials: request.exclude_credentials,
            authenticator_selection: AuthenticatorSelection {
                authenticator_attachment,
                resident_key: request.resident_key,
                require_resident_key: request.resident_key == ResidentKey::Required,
                user_verification: request.user_verification,
            },
            hints: request.hints,
            attestation: request.attestation,
            attestation_formats: request.attestation_formats,
            extensions: request.extensions.client_inputs()?,
        };
        let state = RegistrationState {
            ceremony,
            user_handle: request.user.id,
            algorithms: request.algorithms,
            mediation: request.mediation,
            attestation: request.attestation,
            // Several hints may contradict each other; then any attachment is an answer to one of them.
            authenticator_attachment: authenticator_attachment.filter(|wanted| {
                options
                    .hints
                    .iter()
                    .all(|hint| hint.attachment() == *wanted)
            }),
            resident_key: request.resident_key,
            extensions: request.extensions,
        };
        Ok((options, state))
    }

    /// Starts a sign-in: options for the browser ([`to_json`](PublicKeyCredentialRequestOptions::to_json)), and the state to
    /// keep until it answers ([how](crate::ceremony)).
    ///
    /// `challenge` is fresh from the system's random number generator: 32 bytes, at least [`MIN_CHALLENGE_LENGTH`].
    ///
    /// # Errors
    /// [`Error::OptionInvalid`] for `challenge`, `timeout`, or an extension, by its id.
    pub fn start_authentication(
        &self,
        request: AuthenticationRequest,
        challenge: Vec<u8>,
        now: Timestamp,
    ) -> Result<(PublicKeyCredentialRequestOptions, AuthenticationState)> {
        let ceremony = self.ceremony(challenge, request.user_verification, request.timeout, now)?;
        let allowed: Vec<Vec<u8>> = request
            .allow_credentials
            .iter()
            .map(|credential| credential.id.clone())
            .collect();
        let options = PublicKeyCredentialRequestOptions {
            challenge: ceremony.challenge.clone(),
            timeout: milliseconds(request.timeout),
            rp_id: self.rp_id.as_str().to_owned(),
            extensions: request.extensions.client_inputs(&allowed)?,
            allow_credentials: request.allow_credentials,
            user_verification: request.user_verification,
            hints: request.hints,
        };
        let state = AuthenticationState {
            ceremony,
            allow_credentials: allowed,
            user_handle: request.user_handle,
            extensions: request.extensions,
            payment: request.payment,
        };
        Ok((options, state))
    }

    fn ceremony(
        &self,
        challenge: Vec<u8>,
        user_verification: UserVerification,
        timeout: SignedDuration,
        now: Timestamp,
    ) -> Result<Ceremony> {
        if challenge.len() < MIN_CHALLENGE_LENGTH {
            return Err(Error::OptionInvalid("challenge"));
        }
        let expires_at = now
            .checked_add(timeout)
            .ok()
            .filter(|expires_at| *expires_at > now)
            .ok_or(Error::OptionInvalid("timeout"))?;
        Ok(Ceremony {
            top_origins: self.top_origins.clone(),
            user_verification,
            expires_at: Some(expires_at),
            issued_at: Some(now),
            ..Ceremony::new(challenge, self.rp_id.clone(), self.origins.clone())
        })
    }
}

/// What a registration asks for. Begin with [`RegistrationRequest::new`] and set the fields that differ.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RegistrationRequest {
    /// The user: the one who is signed in, or the account that is being made.
    pub user: UserEntity,
    /// Every credential that the user has: an authenticator that holds one of them makes no second one, and the browser
    /// rejects with `InvalidStateError`. Default: none.
    pub exclude_credentials: Vec<CredentialDescriptor>,
    /// The algorithms, best first. Default: [`Algorithm::DEFAULT`].
    pub algorithms: Vec<Algorithm>,
    /// How long the user has, at the browser and here: later answers are refused. Default: five minutes.
    pub timeout: SignedDuration,
    /// Part of the device, or roaming. Hints override it. Default: either.
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// Discoverable or not. Default: required, since that is what a passkey is.
    pub resident_key: ResidentKey,
    /// User verification. Default: preferred. Require it where the passkey is the only factor.
    pub user_verification: UserVerification,
    /// Likely kinds of authenticator, best first. Default: none.
    pub hints: Vec<Hint>,
    /// Ask for the attachment that the first hint means, for clients that don't know hints. Default: yes. Without it such
    /// clients offer every authenticator, or those of `authenticator_attachment`.
    pub attachment_from_hints: bool,
    /// Cut names to so many bytes, on a character boundary. Default: 64, the least that authenticators keep. Longer ones
    /// may be cut by them anywhere.
    pub name_limit: Option<usize>,
    /// The attestation that is wanted. Default: none; then browsers send the format `none`, as a rule. A policy that requires trust
    /// needs [`AttestationConveyance::Direct`].
    pub attestation: AttestationConveyance,
    /// Statement formats, best first: a wish. Default: none.
    pub attestation_formats: Vec<String>,
    /// Extensions. Default: `credProps`.
    pub extensions: RegistrationExtensions,
    /// Conditional for a quiet upgrade after a sign-in with a password. The options do not carry it: the page passes
    /// `mediation: "conditional"` to `create()` itself. Default: optional.
    pub mediation: Mediation,
}

impl RegistrationRequest {
    /// A passkey for this user, with the defaults of the fields.
    pub fn new(user: UserEntity) -> Self {
        Self {
            user,
            exclude_credentials: Vec::new(),
            algorithms: Algorithm::DEFAULT.into(),
            timeout: DEFAULT_TIMEOUT,
            authenticator_attachment: None,
            resident_key: ResidentKey::Required,
            user_verification: UserVerification::Preferred,
            hints: Vec::new(),
            attachment_from_hints: true,
            name_limit: Some(NAME_LIMIT),
            attestation: AttestationConveyance::None,
            attestation_formats: Vec::new(),
            extensions: RegistrationExtensions {
                cred_props: true,
                ..RegistrationExtensions::default()
            },
            mediation: Mediation::Optional,
        }
    }
}

/// What a sign-in asks for. Begin with [`AuthenticationRequest::discoverable`] or [`AuthenticationRequest::for_user`] and set
/// the fields that differ.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuthenticationRequest {
    /// The credentials that may answer; empty: any discoverable one.
    pub allow_credentials: Vec<CredentialDescriptor>,
    /// The user, where known beforehand: nobody else's credential will do.
    pub user_handle: Option<Vec<u8>>,
    /// How long the user has, at the browser and here: later answers are refused. Default: five minutes. A page that offers
    /// passkeys by autofill (`mediation: "conditional"`) waits as long as it is open: raise it, or fetch new options in time.
    pub timeout: SignedDuration,
    /// User verification. Default: preferred; then look at [`Authentication::user_verified`]. Require it where the passkey
    /// is the only factor.
    ///
    /// [`Authentication::user_verified`]: crate::Authentication::user_verified
    pub user_verification: UserVerification,
    /// Likely kinds of authenticator, best first. Default: none.
    pub hints: Vec<Hint>,
    /// Extensions. Default: none.
    pub extensions: AuthenticationExtensions,
    /// The transaction that the user is to confirm; none: a sign-in.
    pub payment: Option<ExpectedPayment>,
}

impl Default for AuthenticationRequest {
    fn default() -> Self {
        Self {
            allow_credentials: Vec::new(),
            user_handle: None,
            timeout: DEFAULT_TIMEOUT,
            user_verification: UserVerification::Preferred,
            hints: Vec::new(),
            extensions: AuthenticationExtensions::default(),
            payment: None,
        }
    }
}

impl AuthenticationRequest {
    /// A sign-in of whoever has a passkey: no user name is asked for, the user chooses a passkey in the browser, and the
    /// response's `id` leads to the record and its owner. Also the request for autofill.
    pub fn discoverable() -> Self {
        Self::default()
    }

    /// A sign-in of a user who is known beforehand, by name or by a session: `allow_credentials` are those of the user's
    /// records. With none the browser offers every discoverable credential, and only this user's will do.
    pub fn for_user(user_handle: Vec<u8>, allow_credentials: Vec<CredentialDescriptor>) -> Self {
        Self {
            allow_credentials,
            user_handle: Some(user_handle),
            ..Self::default()
        }
    }
}

const NAME_LIMIT: usize = 64;
const DEFAULT_TIMEOUT: SignedDuration = SignedDuration::from_secs(300);

/// Made-up credentials for a user name that nobody has, the same at each try, so that accounts cannot be probed: one or
/// two ids of 32 bytes derived from `secret` (at least 16 random bytes, the same for all names).
///
/// Where a sign-in begins with a user name, set them as [`AuthenticationRequest::allow_credentials`] for an unknown name,
/// and go on as for a known one. Without this, who gets a list of credentials has an account.
pub fn plausible_credentials(secret: &[u8], user_name: &str) -> Vec<CredentialDescriptor> {
    let derive = |index: u8| {
        crypto::backend::hmac_sha256(secret, &[&[index], user_name.as_bytes()].concat())
    };
    let second = derive(0).first().is_some_and(|byte| byte % 3 == 0);
    let transports = ["hybrid".to_owned(), "internal".to_owned()];
    [1, 2]
        .into_iter()
        .take(if second { 2 } else { 1 })
        .map(|index| CredentialDescriptor::new(derive(index), &transports))
        .collect()
}

fn milliseconds(timeout: SignedDuration) -> Option<u64> {
    u64::try_from(timeout.as_millis()).ok()
}

fn check_algorithms(algorithms: &[Algorithm]) -> Result<()> {
    let mut seen = Vec::new();
    for algorithm in algorithms {
        if !algorithm.is_allowed_for_credentials() || seen.contains(algorithm) {
            return Err(Error::OptionInvalid("pubKeyCredParams"));
        }
        seen.push(*algorithm);
    }
    if seen.is_empty() {
        Err(Error::OptionInvalid("pubKeyCredParams"))
    } else {
        Ok(())
    }
}

/// Kept apart so that the hash is computed in one place.
pub(crate) fn rp_id_hash(rp_id: &RpId) -> [u8; 32] {
    crypto::sha256(rp_id.as_str().as_bytes())
}
