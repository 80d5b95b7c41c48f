//! A registration that can be broken anywhere, before or after it is signed.

use jiff::Timestamp;
use passkeyd_webauthn::origin::{AllowedOrigins, OriginRules, RpId};
use passkeyd_webauthn::trust::StaticTrust;
use passkeyd_webauthn::{
    Algorithm, Ceremony, Error, Policy, Registration, RegistrationResponse, RegistrationState,
    register,
};
use ring::digest::{SHA256, digest};

use crate::cbor;
use crate::keys::TestKey;
use crate::mutation::Case;

pub(crate) const RP_ID: &str = "example.com";
pub(crate) const ORIGIN: &str = "https://example.com";
pub(crate) const CHALLENGE: [u8; 32] = [7; 32];
pub(crate) const USER: &[u8] = b"user-1";
/// 2026-01-01.
pub(crate) const NOW: i64 = 1_767_225_600;

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

pub(crate) fn ceremony() -> Ceremony {
    let rp_id = RpId::new(RP_ID).unwrap();
    let origins = AllowedOrigins::new(&rp_id, &OriginRules::exact([ORIGIN])).unwrap();
    Ceremony::new(CHALLENGE.to_vec(), rp_id, origins)
}

/// Client data, member by member; the values are JSON.
#[derive(Clone)]
pub(crate) struct ClientDataCase {
    pub(crate) members: Vec<(String, String)>,
    /// Before the object.
    pub(crate) prefix: Vec<u8>,
    /// After the object.
    pub(crate) suffix: Vec<u8>,
}

impl ClientDataCase {
    pub(crate) fn new(kind: &str) -> Self {
        let members = [
            ("type", format!("\"{kind}\"")),
            ("challenge", format!("\"{}\"", base64url(&CHALLENGE))),
            ("origin", format!("\"{ORIGIN}\"")),
            ("crossOrigin", "false".to_owned()),
        ];
        Self {
            members: members.map(|(name, value)| (name.to_owned(), value)).into(),
            prefix: Vec::new(),
            suffix: Vec::new(),
        }
    }

    /// Replaces a member's value, or appends the member.
    pub(crate) fn set(&mut self, name: &str, json: &str) {
        match self.members.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => json.clone_into(value),
            None => self.add(name, json),
        }
    }

    /// Appends a member, again if need be.
    pub(crate) fn add(&mut self, name: &str, json: &str) {
        self.members.push((name.to_owned(), json.to_owned()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.members.retain(|(known, _)| known != name);
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        [
            &self.prefix,
            format!("{{{}}}", members.join(",")).as_bytes(),
            &self.suffix,
        ]
        .concat()
    }
}

/// Authenticator data, field by field.
#[derive(Clone)]
pub(crate) struct DataCase {
    pub(crate) rp_id: String,
    pub(crate) flags: u8,
    pub(crate) sign_count: u32,
    /// AAGUID, id and key; none in an assertion.
    pub(crate) attested: Option<AttestedCase>,
    /// The CBOR of the extension outputs.
    pub(crate) extensions: Vec<u8>,
    pub(crate) trailing: Vec<u8>,
    /// Cut to so many bytes.
    pub(crate) cut: Option<usize>,
}

#[derive(Clone)]
pub(crate) struct AttestedCase {
    pub(crate) aaguid: [u8; 16],
    pub(crate) id: Vec<u8>,
    /// What the length field says, where it lies.
    pub(crate) length: Option<u16>,
    pub(crate) cose: Vec<u8>,
}

impl DataCase {
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut out = sha256(self.rp_id.as_bytes());
        out.push(self.flags);
        out.extend(self.sign_count.to_be_bytes());
        if let Some(attested) = &self.attested {
            out.extend(attested.aaguid);
            let length = attested
                .length
                .unwrap_or_else(|| u16::try_from(attested.id.len()).unwrap());
            out.extend(length.to_be_bytes());
            out.extend(&attested.id);
            out.extend(&attested.cose);
        }
        out.extend(&self.extensions);
        out.extend(&self.trailing);
        out.truncate(self.cut.unwrap_or(usize::MAX));
        out
    }
}

/// What a statement is made over.
pub(crate) struct Signed<'a> {
    pub(crate) key: &'a TestKey,
    pub(crate) authenticator_data: &'a [u8],
    pub(crate) client_data_hash: &'a [u8],
}

impl Signed<'_> {
    pub(crate) fn verification_data(&self) -> Vec<u8> {
        [self.authenticator_data, self.client_data_hash].concat()
    }
}

/// Makes the CBOR of a statement.
pub(crate) type Statement = Box<dyn Fn(&Signed<'_>) -> Vec<u8>>;

pub(crate) struct RegistrationCase {
    pub(crate) key: TestKey,
    pub(crate) client_data: ClientDataCase,
    pub(crate) data: DataCase,
    pub(crate) format: String,
    pub(crate) statement: Statement,
    /// Puts the attestation object together from format, statement and authenticator data.
    pub(crate) object: fn(&str, &[u8], &[u8]) -> Vec<u8>,
    /// Changes the response after it was signed.
    pub(crate) after: fn(&mut RegistrationResponse),
    pub(crate) state: RegistrationState,
    pub(crate) policy: Policy,
    pub(crate) trust: StaticTrust,
    pub(crate) now: Timestamp,
}

pub(crate) fn object(format: &str, statement: &[u8], authenticator_data: &[u8]) -> Vec<u8> {
    cbor::map(&[
        (cbor::text("fmt"), cbor::text(format)),
        (cbor::text("attStmt"), statement.to_vec()),
        (cbor::text("authData"), cbor::bytes(authenticator_data)),
    ])
}

pub(crate) fn self_statement(signed: &Signed<'_>) -> Vec<u8> {
    let signature = signed.key.sign(&signed.verification_data());
    cbor::map(&[
        (cbor::text("alg"), cbor::int(signed.key.algorithm.id())),
        (cbor::text("sig"), cbor::bytes(&signature)),
    ])
}

impl RegistrationCase {
    /// A registration without attestation.
    pub(crate) fn none(algorithm: Algorithm) -> Self {
        let key = TestKey::new(algorithm);
        let mut state = RegistrationState::new(ceremony(), USER.to_vec());
        state.algorithms = vec![algorithm];
        let attested = AttestedCase {
            aaguid: [0xaa; 16],
            id: vec![0x1d; 16],
            length: None,
            cose: key.cose(),
        };
        Self {
            key,
            client_data: ClientDataCase::new("webauthn.create"),
            data: DataCase {
                rp_id: RP_ID.to_owned(),
                flags: 0x45,
                sign_count: 0,
                attested: Some(attested),
                extensions: Vec::new(),
                trailing: Vec::new(),
                cut: None,
            },
            format: "none".to_owned(),
            statement: Box::new(|_| cbor::map(&[])),
            object,
            after: |_| {},
            state,
            policy: Policy::consumer(),
            trust: StaticTrust::new(),
            now: now(),
        }
    }

    /// A registration with packed self attestation.
    pub(crate) fn packed_self(algorithm: Algorithm) -> Self {
        Self {
            format: "packed".to_owned(),
            statement: Box::new(self_statement),
            ..Self::none(algorithm)
        }
    }

    pub(crate) fn attested(&mut self) -> &mut AttestedCase {
        self.data.attested.as_mut().unwrap()
    }

    /// Writes the credential's key anew from changed parameters, in canonical order.
    pub(crate) fn change_cose(&mut self, change: impl FnOnce(&mut Vec<(Vec<u8>, Vec<u8>)>)) {
        let mut entries = self.key.cose_entries();
        change(&mut entries);
        self.attested().cose = cbor::sorted_map(entries);
    }

    pub(crate) fn response(&self) -> RegistrationResponse {
        let client_data = self.client_data.build();
        let authenticator_data = self.data.build();
        let statement = (self.statement)(&Signed {
            key: &self.key,
            authenticator_data: &authenticator_data,
            client_data_hash: &sha256(&client_data),
        });
        let id = self
            .data
            .attested
            .as_ref()
            .map(|attested| attested.id.clone())
            .unwrap_or_default();
        let object = (self.object)(&self.format, &statement, &authenticator_data);
        let mut response = RegistrationResponse::new(id, client_data, object);
        (self.after)(&mut response);
        response
    }

    pub(crate) fn register(&self) -> Result<Registration, Error> {
        register(
            &self.response(),
            &self.state,
            &self.policy,
            &self.trust,
            self.now,
        )
    }
}

impl Case for RegistrationCase {
    fn verify(&self) -> Result<(), Error> {
        self.register().map(drop)
    }
}
