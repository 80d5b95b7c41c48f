//! The hand-made authenticator: all of it is known, so that any of it can be made wrong.

use ring::digest;
use serde_json::Value;

use crate::{
    Algorithm, Assertion, Deviations, Error, Registration, SignatureFault,
    cbor::Writer,
    key::{Key, derive},
    options::{self, CreationOptions, RequestOptions},
};

/// The attestation statement that a [`Device`] makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attestation {
    /// `none`, with an empty statement (WebAuthn §8.7).
    #[default]
    None,
    /// `packed`, signed with the credential's own key (WebAuthn §8.2, self attestation).
    PackedSelf,
}

/// How a [`Device`] behaves. The default is a synced passkey provider: user verified, backed up, no counter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the bits of the flags byte, each its own"
)]
pub struct Behaviour {
    /// The algorithm of new keys; none: the first one offered that is known here.
    pub algorithm: Option<Algorithm>,
    /// What vouches for new credentials.
    pub attestation: Attestation,
    /// The make that is told.
    pub aaguid: [u8; 16],
    /// Sets UP.
    pub user_present: bool,
    /// Sets UV.
    pub user_verified: bool,
    /// Sets BE.
    pub backup_eligible: bool,
    /// Sets BS.
    pub backed_up: bool,
    /// Counts signatures, or always says zero.
    pub counts: bool,
    /// What is reported of ways to reach it.
    pub transports: Vec<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            algorithm: None,
            attestation: Attestation::None,
            aaguid: [0; 16],
            user_present: true,
            user_verified: true,
            backup_eligible: true,
            backed_up: true,
            counts: false,
            transports: vec!["internal".to_owned(), "hybrid".to_owned()],
        }
    }
}

impl Behaviour {
    /// A security key: not backed up, and it counts.
    pub fn security_key() -> Self {
        Self {
            backup_eligible: false,
            backed_up: false,
            counts: true,
            transports: vec!["usb".to_owned()],
            ..Self::default()
        }
    }
}

/// An authenticator together with its client. Keys and credential ids are a function of the seed and of what was made
/// before; only ECDSA signatures on P-256 and P-384, and those of RSA-PSS, differ from run to run.
pub struct Device {
    /// How it behaves from now on.
    pub behaviour: Behaviour,
    seed: u64,
    credentials: Vec<Stored>,
}

struct Stored {
    credential_id: Vec<u8>,
    rp_id: String,
    user_handle: Vec<u8>,
    discoverable: bool,
    sign_count: u32,
    key: Key,
}

const UP: u8 = 1;
const UV: u8 = 1 << 2;
const BE: u8 = 1 << 3;
const BS: u8 = 1 << 4;
const AT: u8 = 1 << 6;
const ED: u8 = 1 << 7;

impl Device {
    /// An authenticator that holds nothing yet.
    pub fn new(seed: u64) -> Self {
        Self::with(seed, Behaviour::default())
    }

    /// An authenticator that behaves like this.
    pub fn with(seed: u64, behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            seed,
            credentials: Vec::new(),
        }
    }

    /// What `navigator.credentials.create()` does with the options on a page of that origin.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::NoAlgorithm`], [`Error::Excluded`] and [`Error::Key`].
    pub fn create(&mut self, options: &Value, origin: &str) -> Result<Registration, Error> {
        self.create_deviating(options, origin, &Deviations::default())
    }

    /// The same, with something done wrong.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_deviating(
        &mut self,
        options: &Value,
        origin: &str,
        deviations: &Deviations,
    ) -> Result<Registration, Error> {
        let options: CreationOptions = options::read(options)?;
        let excluded = |stored: &Stored| {
            options
                .exclude_credentials
                .iter()
                .any(|excluded| excluded.id == stored.credential_id)
        };
        if self.credentials.iter().any(excluded) {
            return Err(Error::Excluded);
        }
        let algorithm = match self.behaviour.algorithm {
            Some(algorithm) => algorithm,
            None => options
                .pub_key_cred_params
                .iter()
                .find_map(|offered| Algorithm::from_number(offered.alg))
                .ok_or(Error::NoAlgorithm)?,
        };
        let mut seed = self.seed.to_be_bytes().to_vec();
        seed.extend((self.credentials.len() as u64).to_be_bytes());
        let key = Key::of(algorithm, &seed)?;
        let credential_id = deviations
            .credential_id
            .clone()
            .unwrap_or_else(|| derive::<16>(&seed, "credential id").to_vec());

        let client_data = deviations.client_data("webauthn.create", &options.challenge, origin);
        let cose = deviations.public_key.clone().unwrap_or_else(|| key.cose());
        let mut authenticator_data = self.authenticator_data(
            &options.rp.id,
            AT,
            deviations.sign_count.unwrap_or(0),
            deviations,
        );
        authenticator_data.extend(deviations.aaguid.unwrap_or(self.behaviour.aaguid));
        let length = u16::try_from(credential_id.len()).unwrap_or(u16::MAX);
        authenticator_data.extend(length.to_be_bytes());
        authenticator_data.extend(&credential_id);
        authenticator_data.extend(cose);
        authenticator_data.extend(deviations.extensions.iter().flatten());
        authenticator_data.extend(&deviations.trailing);

        let (format, statement) = match (&deviations.attestation, self.behaviour.attestation) {
            (Some((format, statement)), _) => (format.as_str(), statement.clone()),
            (None, Attestation::None) => ("none", Writer::default().map(0).finish()),
            (None, Attestation::PackedSelf) => {
                let signature = sign(&key, &authenticator_data, &client_data, deviations)?;
                let statement = Writer::default()
                    .map(2)
                    .text("alg")
                    .int(algorithm.number())
                    .text("sig")
                    .bytes(&signature);
                ("packed", statement.finish())
            }
        };
        let attestation_object = Writer::default()
            .map(3)
            .text("fmt")
            .text(format)
            .text("attStmt")
            .raw(&statement)
            .text("authData")
            .bytes(&authenticator_data)
            .finish();

        let discoverable = options.authenticator_selection.wants_discoverable();
        self.credentials.push(Stored {
            credential_id: credential_id.clone(),
            rp_id: options.rp.id,
            user_handle: options.user.id,
            discoverable,
            sign_count: 0,
            key,
        });
        Ok(Registration {
            credential_id,
            client_data,
            attestation_object,
            authenticator_data,
            algorithm: algorithm.number(),
            transports: self.behaviour.transports.clone(),
            discoverable: Some(discoverable),
        })
    }

    /// What `navigator.credentials.get()` does with the options on a page of that origin: the first credential that is
    /// allowed signs, or the newest discoverable one of the RP id where none is named.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::NoCredential`] and [`Error::Key`].
    pub fn get(&mut self, options: &Value, origin: &str) -> Result<Assertion, Error> {
        self.get_deviating(options, origin, &Deviations::default())
    }

    /// The same, with something done wrong.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn get_deviating(
        &mut self,
        options: &Value,
        origin: &str,
        deviations: &Deviations,
    ) -> Result<Assertion, Error> {
        let options: RequestOptions = options::read(options)?;
        let of_rp = |stored: &&mut Stored| stored.rp_id == options.rp_id;
        let stored = match options.allow_credentials.as_slice() {
            [] => self
                .credentials
                .iter_mut()
                .rev()
                .filter(of_rp)
                .find(|stored| stored.discoverable),
            allowed => self
                .credentials
                .iter_mut()
                .filter(of_rp)
                .find(|stored| allowed.iter().any(|one| one.id == stored.credential_id)),
        }
        .ok_or(Error::NoCredential)?;
        if self.behaviour.counts {
            stored.sign_count = stored.sign_count.saturating_add(1);
        }
        let sign_count = deviations.sign_count.unwrap_or(stored.sign_count);
        let credential_id = stored.credential_id.clone();
        let user_handle = stored.discoverable.then(|| stored.user_handle.clone());

        let client_data = deviations.client_data("webauthn.get", &options.challenge, origin);
        let mut authenticator_data =
            self.authenticator_data(&options.rp_id, 0, sign_count, deviations);
        authenticator_data.extend(deviations.extensions.iter().flatten());
        authenticator_data.extend(&deviations.trailing);
        let stored = self
            .credentials
            .iter()
            .find(|stored| stored.credential_id == credential_id)
            .ok_or(Error::NoCredential)?;
        let signature = sign(&stored.key, &authenticator_data, &client_data, deviations)?;
        Ok(Assertion {
            credential_id: deviations.credential_id.clone().unwrap_or(credential_id),
            client_data,
            authenticator_data,
            signature,
            user_handle: deviations.user_handle.clone().unwrap_or(user_handle),
        })
    }

    /// Hash, flags and counter (WebAuthn §6.1).
    fn authenticator_data(
        &self,
        rp_id: &str,
        more_flags: u8,
        sign_count: u32,
        deviations: &Deviations,
    ) -> Vec<u8> {
        let behaviour = &self.behaviour;
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let flags = more_flags
            | flag(behaviour.user_present, UP)
            | flag(behaviour.user_verified, UV)
            | flag(behaviour.backup_eligible, BE)
            | flag(behaviour.backed_up, BS)
            | flag(deviations.extensions.is_some(), ED);
        let rp_id = deviations.rp_id.as_deref().unwrap_or(rp_id);
        let mut bytes = digest::digest(&digest::SHA256, rp_id.as_bytes())
            .as_ref()
            .to_vec();
        bytes.push(deviations.flags.unwrap_or(flags));
        bytes.extend(sign_count.to_be_bytes());
        bytes
    }
}

fn sign(
    key: &Key,
    authenticator_data: &[u8],
    client_data: &[u8],
    deviations: &Deviations,
) -> Result<Vec<u8>, Error> {
    let mut message = authenticator_data.to_vec();
    message.extend_from_slice(digest::digest(&digest::SHA256, client_data).as_ref());
    if deviations.signature == SignatureFault::OtherMessage {
        message.push(0);
    }
    let mut signature = key.sign(&message)?;
    match deviations.signature {
        SignatureFault::None | SignatureFault::OtherMessage => {}
        SignatureFault::FlippedBit => {
            if let Some(last) = signature.last_mut() {
                *last ^= 1;
            }
        }
        SignatureFault::Truncated => {
            signature.pop();
        }
        SignatureFault::Empty => signature.clear(),
    }
    Ok(signature)
}
