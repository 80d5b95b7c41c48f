//! The metadata BLOB: signature, chain, place in time, statuses, look-ups.

mod blob;
mod judgement;

use jiff::Timestamp;
use passkeyd_webauthn::metadata::{Blob, BlobRules, LastSeen};
use passkeyd_webauthn::trust::{Anchor, RevocationFacts};
use passkeyd_webauthn::{Aaguid, Error};
use serde_json::{Value, json};

use crate::kit::certificate::{
    ALTERNATIVE_NAME, COMMON_NAME, EXTENDED_KEY_USAGE, KEY_USAGE, Template, hosts, name,
};
use crate::kit::key::Key;
use crate::kit::world::{MODEL, authority_name};
use crate::kit::{der, jwt};

const HOST: &str = "mds.fidoalliance.org";

const SERVER_AUTHENTICATION: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x01";

/// A metadata service.
struct Service {
    leaf_key: Key,
    alg: &'static str,
    leaf: Template,
    issuer_key: Key,
    root_key: Key,
    payload: Value,
    /// Stands for the payload's text.
    text: Option<String>,
    /// Stands for the header.
    header: Option<Value>,
    jwt: Option<fn(&mut String)>,
    now: Timestamp,
    last_seen: Option<LastSeen>,
    rules: BlobRules,
    facts: RevocationFacts,
}

impl Service {
    fn new() -> Self {
        let (leaf_key, issuer_key, root_key) = (Key::rsa(true), Key::p384(0x41), Key::p256(0x42));
        let mut leaf = Template::new(
            &authority_name("Metadata CA"),
            &name(&[(COMMON_NAME, HOST)]),
            &leaf_key,
        );
        leaf.set(ALTERNATIVE_NAME, None, hosts(&[HOST]));
        leaf.set(
            EXTENDED_KEY_USAGE,
            None,
            der::sequence(&[&der::oid(SERVER_AUTHENTICATION)]),
        );
        leaf.set(
            KEY_USAGE,
            Some(true),
            crate::kit::certificate::DIGITAL_SIGNATURE.to_vec(),
        );
        Self {
            leaf_key,
            alg: "RS256",
            leaf,
            issuer_key,
            root_key,
            payload: json!({
                "legalHeader": "terms",
                "no": 84,
                "nextUpdate": "2026-08-20",
                "entries": [entry(MODEL)],
                "somethingNew": {"a": [1]},
            }),
            text: None,
            header: None,
            jwt: None,
            now: "2026-08-01T00:00:00Z".parse().unwrap(),
            last_seen: None,
            rules: BlobRules::default(),
            facts: RevocationFacts::new(),
        }
    }

    fn certificates(&self) -> Vec<Vec<u8>> {
        let root = authority_name("Metadata root");
        let issuer = Template::authority(&root, &authority_name("Metadata CA"), &self.issuer_key);
        vec![
            self.leaf.sign(&self.issuer_key),
            issuer.sign(&self.root_key),
        ]
    }

    /// The root that is trusted, whoever signs.
    fn root() -> Anchor {
        let (name, key) = (authority_name("Metadata root"), Key::p256(0x42));
        Anchor::certificate_der(&Template::authority(&name, &name, &key).sign(&key)).unwrap()
    }

    fn blob(&self) -> String {
        let payload = self
            .text
            .clone()
            .unwrap_or_else(|| self.payload.to_string());
        let mut jwt = match &self.header {
            Some(header) => jwt::sign_with_header(&self.leaf_key, header, &payload),
            None => jwt::sign(&self.leaf_key, self.alg, &self.certificates(), &payload),
        };
        if let Some(change) = self.jwt {
            change(&mut jwt);
        }
        jwt
    }

    fn read(&self) -> Result<Blob, Error> {
        Blob::parse_and_verify(
            self.blob().as_bytes(),
            &[Self::root()],
            &self.facts,
            self.now,
            self.last_seen.as_ref(),
            &self.rules,
        )
    }

    fn entry(&mut self) -> &mut Value {
        &mut self.payload["entries"][0]
    }

    fn statement(&mut self) -> &mut Value {
        &mut self.payload["entries"][0]["metadataStatement"]
    }
}

fn entry(aaguid: [u8; 16]) -> Value {
    let aaguid = Aaguid(aaguid).to_string();
    json!({
        "aaguid": aaguid,
        "metadataStatement": {
            "legalHeader": "terms",
            "aaguid": aaguid,
            "description": "Test key 1",
            "authenticatorVersion": 5,
            "protocolFamily": "fido2",
            "schema": 3,
            "upv": [{"major": 1, "minor": 1}],
            "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw", "ed25519_eddsa_sha512_raw"],
            "publicKeyAlgAndEncodings": ["cose"],
            "attestationTypes": ["basic_full"],
            "userVerificationDetails": [[{"userVerificationMethod": "passcode_external", "caDesc": {"base": 64, "minLength": 4}}, {"userVerificationMethod": "presence_internal"}]],
            "keyProtection": ["hardware", "secure_element"],
            "matcherProtection": ["on_chip"],
            "cryptoStrength": 128,
            "attachmentHint": ["external", "wired", "by_telepathy"],
            "tcDisplay": [],
            "attestationRootCertificates": [],
            "icon": "data:image/png;base64,iVBORw0KGgo=",
            "supportedExtensions": [{"id": "hmac-secret", "fail_if_unknown": false}],
            "authenticatorGetInfo": {"versions": ["FIDO_2_1"], "aaguid": aaguid.replace('-', ""), "maxMsgSize": 1200},
        },
        "statusReports": [{"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-01", "certificateNumber": "FIDO20020240101001"}],
        "timeOfLastStatusChange": "2024-01-01",
    })
}

/// A BLOB and its payload.
pub(crate) fn sample() -> (String, String) {
    let service = Service::new();
    (service.blob(), service.payload.to_string())
}
