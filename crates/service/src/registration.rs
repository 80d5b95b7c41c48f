//! Registration: a back end's token, the options for the browser, and the verified credential.

use std::time::Duration;

use jiff::Timestamp;
use passkeyd_domain::{
    Alias, AliasHash, AttestationConveyance, Credential, CredentialDescriptor, CredentialId,
    DeviceId, EventKind, Hint, User, UserHandle, UserId, UserKey, UserVerification,
    ports::{CredentialEvidence, NewCredential, Owner, RegistrationOutcome, UserLookup},
};
use passkeyd_tokens::sealed::TokenKind;

use crate::{
    AttestationResponse, Caller, Error, Service,
    aliases::hashed,
    ceremony::{Expected, RegistrationFacts, Terms, Wanted, check_lists},
    metadata::{Catalogue, KeptTrust},
    session::{RegisterToken, RegistrationSession, alive},
    tenants::LiveTenant,
    verification::{Verified, VerifyKind},
};

/// How long a registration token lives where its maker does not say.
const TOKEN_LIFETIME: Duration = Duration::from_mins(2);
/// How long a verify token of a registration lives.
const VERIFY_LIFETIME: Duration = Duration::from_mins(2);

/// What a back end wants registered.
#[derive(Clone, Debug)]
pub struct CreateRegisterToken {
    /// The app's name for the user.
    pub user_id: UserId,
    /// Shown by the browser, never stored.
    pub username: String,
    /// The username where absent.
    pub display_name: Option<String>,
    /// A word, checked here; absent or empty: `none`.
    pub attestation: Option<String>,
    /// A word, checked when the registration begins.
    pub authenticator_type: Option<String>,
    /// The passkey is to be found without naming the user.
    pub discoverable: bool,
    /// A word, checked when the registration begins.
    pub user_verification: Option<String>,
    /// When the token ends; absent: 120 seconds from now.
    pub expires_at: Option<Timestamp>,
    /// At most ten, none blank.
    pub aliases: Vec<String>,
    /// Keep only the hashes of the aliases.
    pub alias_hashing: bool,
    /// Passed on to the browser.
    pub hints: Vec<Hint>,
}

/// What a browser sends to begin.
#[derive(Clone, Debug)]
pub struct BeginRegistration {
    /// The `register_` token.
    pub token: Option<String>,
    /// The RP id that the client names.
    pub rp_id: Option<String>,
    /// The origin that the client names.
    pub origin: Option<String>,
}

/// `PublicKeyCredentialCreationOptions` (WebAuthn §5.4) as facts, for a surface to render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreationOptions {
    /// The relying party.
    pub rp_id: String,
    /// `user.name`.
    pub username: String,
    /// `user.displayName`.
    pub display_name: String,
    /// `user.id`.
    pub handle: UserHandle,
    /// Random, for this ceremony alone.
    pub challenge: Vec<u8>,
    /// COSE algorithms, the preferred first.
    pub algorithms: Vec<i64>,
    /// What is asked for.
    pub attestation: AttestationConveyance,
    /// `platform`, `cross-platform`, or none.
    pub attachment: Option<&'static str>,
    /// The passkey is to be discoverable.
    pub discoverable: bool,
    /// What is asked for.
    pub user_verification: UserVerification,
    /// Passed on to the browser.
    pub hints: Vec<Hint>,
    /// What the user has already.
    pub exclude: Vec<CredentialDescriptor>,
}

/// The first half of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunRegistration {
    /// For the browser.
    pub options: CreationOptions,
    /// The `session_` token for the second half.
    pub session: String,
}

/// What a browser sends to complete.
#[derive(Clone, Debug)]
pub struct CompleteRegistration {
    /// The `session_` token.
    pub session: Option<String>,
    /// The authenticator's answer.
    pub response: AttestationResponse,
    /// The user's name for the credential.
    pub nickname: Option<String>,
    /// The origin that the client names.
    pub origin: Option<String>,
    /// The device, for people.
    pub device: String,
    /// The country; empty where unknown.
    pub country: String,
}

impl Service {
    /// Seals what is to be registered into a `register_` token.
    ///
    /// # Errors
    /// In this order: [`Error::MaxUsersReached`], [`Error::InvalidAttestation`], [`Error::AttestationNotAllowed`],
    /// [`Error::AliasConflict`].
    pub async fn create_register_token(
        &self,
        caller: &Caller,
        command: CreateRegisterToken,
    ) -> Result<String, Error> {
        let (tenant, settings) = (caller.tenant(), &caller.tenant.tenant.settings);
        if let Some(limit) = settings.max_users {
            let lookup = UserLookup::UserId(command.user_id.clone());
            let known = self.store.user_credentials(tenant, &lookup).await?;
            if known.is_none_or(|user| user.credentials.is_empty())
                && self.store.count_users_with_credentials(tenant).await? >= limit
            {
                return Err(Error::MaxUsersReached);
            }
        }
        let attestation = conveyance(command.attestation.as_deref(), settings.allow_attestation)?;
        let aliases = hashed(tenant, command.aliases, command.alias_hashing);
        let hashes: Vec<AliasHash> = aliases.iter().map(|alias| alias.hash.clone()).collect();
        if !hashes.is_empty()
            && self
                .store
                .aliases_taken_by_others(tenant, &command.user_id, &hashes)
                .await?
        {
            return Err(Error::AliasConflict);
        }
        let content = RegisterToken {
            user_id: command.user_id.as_str().to_owned(),
            username: command.username,
            display_name: command.display_name,
            attestation: attestation.as_str().to_owned(),
            authenticator_type: command.authenticator_type,
            discoverable: command.discoverable,
            user_verification: command.user_verification,
            hints: command.hints,
            aliases: aliases.into_iter().map(Into::into).collect(),
            expires_at: command
                .expires_at
                .unwrap_or_else(|| self.now() + TOKEN_LIFETIME),
        };
        let token = self
            .seal(&caller.tenant, TokenKind::REGISTER, &content)
            .await?;
        let message = format!(
            "A registration token was made for user {}.",
            content.user_id
        );
        self.note(caller.event(
            EventKind::ApiAuthUserRegistered,
            (&content.user_id, tenant.as_str()),
            message,
        ))
        .await;
        Ok(token)
    }

    /// Opens a `register_` token and makes the options for the browser. The token is not used up.
    ///
    /// # Errors
    /// Those of tokens, then [`Error::OriginRequired`], [`Error::RpIdRequired`], [`Error::RegistrationRefused`] for an origin
    /// or RP id that the tenant does not list, [`Error::InvalidArgument`], [`Error::AttestationNotAllowed`].
    pub async fn begin_registration(
        &self,
        caller: &Caller,
        command: BeginRegistration,
    ) -> Result<BegunRegistration, Error> {
        let token: RegisterToken = self
            .open(
                &caller.tenant,
                TokenKind::REGISTER,
                command.token.as_deref(),
            )
            .await?;
        let now = self.now();
        alive(token.expires_at, now)?;
        let origin = named(command.origin.as_deref(), Error::OriginRequired)?;
        let rp_id = named(command.rp_id.as_deref(), Error::RpIdRequired)?.to_owned();
        check_lists(&caller.tenant.tenant.settings, &rp_id, origin)
            .map_err(|reason| Error::RegistrationRefused { reason })?;
        let attachment = attachment(token.authenticator_type.as_deref(), &token.hints)?;
        let user_verification = user_verification(token.user_verification.as_deref())?;
        let attestation = conveyance(
            Some(&token.attestation),
            caller.tenant.tenant.settings.allow_attestation,
        )?;

        let user_id = UserId::new(token.user_id).map_err(|_| Error::InvalidToken)?;
        let known = self
            .store
            .user_credentials(caller.tenant(), &UserLookup::UserId(user_id.clone()))
            .await?;
        let (handle, exclude) = match known {
            Some(user) => (user.handle, user.credentials),
            None => (
                UserHandle::of(&user_id).map_err(|_| Error::InvalidToken)?,
                Vec::new(),
            ),
        };
        let challenge = self.entropy.bytes::<32>().to_vec();
        let session = RegistrationSession {
            id: self.entropy.uuid_at(now),
            user_id: user_id.as_str().to_owned(),
            handle: handle.as_bytes().to_vec(),
            challenge: challenge.clone(),
            rp_id: rp_id.clone(),
            attestation: attestation.as_str().to_owned(),
            user_verification,
            aliases: token.aliases,
            expires_at: now + self.settings.session_lifetime,
        };
        let session = self
            .seal(&caller.tenant, TokenKind::REGISTER_SESSION, &session)
            .await?;
        let message = format!("The registration of a passkey began for user {user_id}.");
        let who = (user_id.as_str(), caller.tenant().as_str());
        self.note(caller.event(EventKind::ApiAuthPasskeyRegistrationBegan, who, message))
            .await;
        let options = CreationOptions {
            rp_id,
            display_name: token.display_name.unwrap_or_else(|| token.username.clone()),
            username: token.username,
            handle,
            challenge,
            algorithms: self.verifier.algorithms().to_vec(),
            attestation,
            attachment,
            discoverable: token.discoverable,
            user_verification,
            hints: token.hints,
            exclude,
        };
        Ok(BegunRegistration { options, session })
    }

    /// Verifies the authenticator's answer, records the credential, and returns a verify token.
    ///
    /// # Errors
    /// Those of tokens (a session that was used: [`Error::InvalidToken`]), [`Error::OriginRequired`],
    /// [`Error::RegistrationRefused`], [`Error::AuthenticatorNotAllowed`], [`Error::AttestationRequired`],
    /// [`Error::AliasConflict`].
    pub async fn complete_registration(
        &self,
        caller: &Caller,
        command: CompleteRegistration,
    ) -> Result<String, Error> {
        let tenant = caller.tenant();
        let (session, consumption) = self
            .resume::<RegistrationSession>(caller, command.session.as_deref())
            .await?;
        let now = consumption.at;
        let origin = named(command.origin.as_deref(), Error::OriginRequired)?.to_owned();
        let expected = Expected {
            challenge: &session.challenge,
            rp_id: &session.rp_id,
            terms: Terms::Named {
                origin: &origin,
                lenient: false,
            },
            user_verification: session.user_verification,
            now,
        };
        let attestation = session.attestation.parse().unwrap_or_default();
        let wanted = Wanted {
            handle: &session.handle,
            algorithms: None,
            attestation: AttestationConveyance::None,
            conditional: false,
        };
        let facts = self
            .verify_registration(
                &caller.tenant,
                &expected,
                &wanted,
                attestation,
                &command.response,
            )
            .await;
        let facts = match facts {
            Ok(facts) => facts,
            Err(refusal) => return Err(self.used_up(caller, consumption, refusal).await?),
        };
        let evidence = evidence_of(attestation, &facts, &command.response);
        let user_id = UserId::new(session.user_id.as_str()).map_err(|_| Error::InvalidToken)?;
        let user = User {
            key: UserKey(self.entropy.uuid_at(now)),
            tenant: tenant.clone(),
            user_id,
            handle: UserHandle::new(session.handle).map_err(|_| Error::InvalidToken)?,
            active: true,
            created_at: now,
        };
        let RegistrationFacts { credential_id, .. } = &facts;
        let verify = Verified {
            user_id: session.user_id.clone(),
            timestamp: now,
            rp_id: Some(session.rp_id.clone()),
            origin: Some(origin.clone()),
            device: Some(command.device.clone()),
            country: Some(command.country.clone()),
            nickname: command.nickname.clone(),
            credential_id: credential_id.clone(),
            purpose: None,
            expires_at: now + VERIFY_LIFETIME,
            token_id: self.entropy.uuid(),
            kind: VerifyKind::PasskeyRegister,
        };
        let token = self
            .seal(&caller.tenant, TokenKind::VERIFY, &verify)
            .await?;
        let message = format!("A passkey of user {} was registered.", session.user_id);
        let who = (session.user_id.as_str(), tenant.as_str());
        let event = caller.event(EventKind::ApiAuthPasskeyRegistrationCompleted, who, message);
        let made = MadeOn {
            device_text: command.device,
            country: command.country,
            device: None,
        };
        let credential = self.new_credential(
            &user,
            &session.rp_id,
            facts,
            &command.response,
            command.nickname,
            made,
        )?;
        let credential = Credential {
            origin,
            ..credential
        };
        let aliases: Vec<Alias> = session.aliases.into_iter().map(Into::into).collect();
        let aliases = (!aliases.is_empty()).then_some(aliases);
        let registration = NewCredential {
            consumption,
            user,
            owner: Owner::Ensured,
            credential,
            evidence,
            aliases,
            device: None,
            event,
        };
        match self.store.register_credential(registration).await? {
            RegistrationOutcome::Registered => Ok(token),
            RegistrationOutcome::AlreadyConsumed => Err(Error::InvalidToken),
            RegistrationOutcome::CredentialTaken => Err(Error::RegistrationRefused {
                reason: "this passkey is already registered".to_owned(),
            }),
            // This surface takes in whoever a back end names.
            RegistrationOutcome::AliasConflict
            | RegistrationOutcome::NameTaken
            | RegistrationOutcome::OwnerGone => Err(Error::AliasConflict),
        }
    }
}

/// What is kept of an attestation, to be judged again when more is known of its maker. It tells something about the user's
/// device, and is kept where the app asked for it.
pub(crate) fn evidence_of(
    asked_for: AttestationConveyance,
    facts: &RegistrationFacts,
    response: &AttestationResponse,
) -> Option<CredentialEvidence> {
    let is_attested = !facts.attestation.trust_path.is_empty();
    (asked_for != AttestationConveyance::None && is_attested).then(|| CredentialEvidence {
        attestation_object: response.attestation_object.clone(),
        client_data: response.client_data_json.clone(),
        trust: KeptTrust::text(facts.attestation.clone()),
    })
}

/// Where a credential was made.
pub(crate) struct MadeOn {
    /// The device, for people.
    pub(crate) device_text: String,
    /// The country; empty where unknown.
    pub(crate) country: String,
    /// The device; none: nobody said.
    pub(crate) device: Option<DeviceId>,
}

impl Service {
    /// Verifies an authenticator's answer to a registration, on whichever surface, and asks the tenant's lists of
    /// authenticators. Nothing is consumed.
    ///
    /// # Errors
    /// [`Error::RegistrationRefused`], and those of the lists.
    pub(crate) async fn verify_registration(
        &self,
        tenant: &LiveTenant,
        expected: &Expected<'_>,
        wanted: &Wanted<'_>,
        asked_for: AttestationConveyance,
        response: &AttestationResponse,
    ) -> Result<RegistrationFacts, Error> {
        let catalogue = self.catalogue();
        let revocations = self.revocations();
        let metadata = catalogue.as_deref().and_then(Catalogue::blob);
        let facts = self
            .verifier
            .register(
                &tenant.tenant.settings,
                expected,
                wanted,
                response,
                metadata,
                &revocations,
            )
            .map_err(|reason| Error::RegistrationRefused { reason })?;
        self.check_authenticator(tenant, facts.aaguid, asked_for)
            .await?;
        Ok(facts)
    }

    /// What is stored of a verified credential.
    ///
    /// # Errors
    /// [`Error::RegistrationRefused`] for a credential id of a wrong length.
    pub(crate) fn new_credential(
        &self,
        owner: &User,
        rp_id: &str,
        facts: RegistrationFacts,
        response: &AttestationResponse,
        nickname: Option<String>,
        made: MadeOn,
    ) -> Result<Credential, Error> {
        let now = self.now();
        let credential_id =
            CredentialId::new(facts.credential_id).map_err(|error| Error::RegistrationRefused {
                reason: error.to_string(),
            })?;
        Ok(Credential {
            id: self.entropy.uuid_at(now),
            tenant: owner.tenant.clone(),
            user: owner.key,
            credential_id,
            rp_id: rp_id.to_owned(),
            public_key: facts.public_key,
            algorithm: facts.algorithm,
            sign_count: facts.sign_count,
            transports: response.transports.clone(),
            aaguid: facts.aaguid,
            backup_eligible: Some(facts.backup_eligible),
            backed_up: Some(facts.backed_up),
            user_verified: facts.user_verified,
            discoverable: response.discoverable,
            attestation_format: facts.attestation.format,
            origin: facts.origin,
            device: made.device_text,
            country: made.country,
            nickname,
            created_at: now,
            last_used_at: now,
            created_from: made.device.clone(),
            last_used_from: made.device,
        })
    }
}

/// What the client named, which must be something.
pub(crate) fn named(value: Option<&str>, missing: Error) -> Result<&str, Error> {
    value.filter(|text| !text.trim().is_empty()).ok_or(missing)
}

fn conveyance(word: Option<&str>, allowed: bool) -> Result<AttestationConveyance, Error> {
    let word = word.filter(|word| !word.is_empty()).unwrap_or("none");
    match word.parse() {
        Ok(AttestationConveyance::None) => Ok(AttestationConveyance::None),
        Ok(AttestationConveyance::Enterprise) | Err(_) => Err(Error::InvalidAttestation),
        Ok(_) if !allowed => Err(Error::AttestationNotAllowed),
        Ok(conveyance) => Ok(conveyance),
    }
}

/// The first hint decides; it is the newer and the more precise wish.
fn attachment(word: Option<&str>, hints: &[Hint]) -> Result<Option<&'static str>, Error> {
    const PLATFORM: &str = "platform";
    const CROSS_PLATFORM: &str = "cross-platform";
    let word = word.filter(|word| !word.is_empty()).unwrap_or("any");
    let asked = match word.to_ascii_lowercase().as_str() {
        "any" => None,
        PLATFORM => Some(PLATFORM),
        CROSS_PLATFORM => Some(CROSS_PLATFORM),
        _ => {
            return Err(unknown_word(
                "authenticator type",
                word,
                "any, platform, cross-platform",
            ));
        }
    };
    Ok(match hints.first() {
        None => asked,
        Some(Hint::ClientDevice) => Some(PLATFORM),
        Some(Hint::SecurityKey | Hint::Hybrid) => Some(CROSS_PLATFORM),
    })
}

fn user_verification(word: Option<&str>) -> Result<UserVerification, Error> {
    let word = word.filter(|word| !word.is_empty()).unwrap_or("preferred");
    word.parse().map_err(|_| {
        unknown_word(
            "user verification",
            word,
            "preferred, required, discouraged",
        )
    })
}

fn unknown_word(what: &'static str, word: &str, allowed: &'static str) -> Error {
    Error::InvalidArgument {
        what,
        word: word.chars().take(64).collect(),
        allowed,
    }
}
