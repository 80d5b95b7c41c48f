//! A registration whose every part can be set, and what verification makes of it.

use jiff::Timestamp;
use passkeyd_webauthn::attestation::{AttestationObject, AttestationOutcome, examine};
use passkeyd_webauthn::options::AttestationConveyance;
use passkeyd_webauthn::policy::AttestationPolicy;
use passkeyd_webauthn::trust::{StaticTrust, TrustSource};
use passkeyd_webauthn::{Error, Observation, Policy};

use super::android::Description;
use super::certificate::{
    AAGUID, ALTERNATIVE_NAME, BASIC_CONSTRAINTS, COMMON_NAME, COUNTRY, EXTENDED_KEY_USAGE,
    KEY_USAGE, ORGANIZATION, POLICIES, Template, UNIT, hosts, name,
};
use super::key::{Key, Scheme, sha256};
use super::tpm::Tpm;
use super::{cbor, der, jwt};

/// Changes a part just before it is used.
pub(crate) type Hook<T> = Option<Box<dyn Fn(&mut T)>>;

/// Members of a statement: encoded key, encoded value.
pub(crate) type Members = Vec<(Vec<u8>, Vec<u8>)>;

pub(crate) const MODEL: [u8; 16] = *b"passkeyd's model";
const KEY_DESCRIPTION: &[u8] = b"\x2b\x06\x01\x04\x01\xd6\x79\x02\x01\x11";
const APPLE_NONCE: &[u8] = b"\x2a\x86\x48\x86\xf7\x63\x64\x08\x02";

pub(crate) struct World {
    pub(crate) format: &'static str,
    pub(crate) policy: Policy,
    pub(crate) conveyance: AttestationConveyance,
    pub(crate) now: Timestamp,
    pub(crate) aaguid: [u8; 16],
    pub(crate) credential: Key,
    pub(crate) client_data_hash: [u8; 32],
    pub(crate) alg: i64,
    pub(crate) scheme: Scheme,
    /// The credential's key signs the statement.
    pub(crate) signs_for_itself: bool,
    pub(crate) leaf_key: Key,
    pub(crate) leaf: Template,
    pub(crate) intermediate_key: Key,
    pub(crate) intermediate: Template,
    pub(crate) root_key: Key,
    pub(crate) root: Template,
    /// Stands for what the statement's signature covers.
    pub(crate) signed: Option<Vec<u8>>,
    pub(crate) signature: Hook<Vec<u8>>,
    pub(crate) x5c: Hook<Vec<Vec<u8>>>,
    pub(crate) members: Hook<Members>,
    pub(crate) object: Hook<Vec<u8>>,
    /// Stands for the root as the anchor.
    pub(crate) trust: Option<Box<dyn Fn(&World) -> Box<dyn TrustSource>>>,
    pub(crate) tpm: Tpm,
    pub(crate) android: Description,
    pub(crate) credential_id: Vec<u8>,
    pub(crate) sign_count: u32,
    /// Stands for the value of Apple's extension.
    pub(crate) apple_nonce: Option<Vec<u8>>,
    pub(crate) safetynet: SafetyNet,
    /// The elements of a compound statement.
    pub(crate) elements: Vec<World>,
}

pub(crate) struct SafetyNet {
    pub(crate) alg: &'static str,
    pub(crate) nonce: Option<String>,
    pub(crate) cts_profile_match: serde_json::Value,
    pub(crate) basic_integrity: bool,
    pub(crate) age: i64,
    pub(crate) response: Hook<String>,
}

pub(crate) const ROOT_NAME: &str = "Test root";
pub(crate) const INTERMEDIATE_NAME: &str = "Test intermediate";

pub(crate) fn authority_name(common_name: &str) -> Vec<u8> {
    name(&[
        (COUNTRY, "AA"),
        (ORGANIZATION, "passkeyd"),
        (COMMON_NAME, common_name),
    ])
}

impl World {
    /// A statement with certificates: leaf, intermediate and, outside of the statement, the root.
    fn with_certificates(
        format: &'static str,
        credential: Key,
        leaf_key: Key,
        subject: &[u8],
    ) -> Self {
        let (intermediate_key, root_key) = (Key::p384(0x21), Key::p256(0x22));
        let (root_name, intermediate_name) =
            (authority_name(ROOT_NAME), authority_name(INTERMEDIATE_NAME));
        let mut leaf = Template::new(&intermediate_name, subject, &leaf_key);
        leaf.set(BASIC_CONSTRAINTS, Some(true), der::sequence(&[]));
        let mut policy = Policy::consumer();
        policy.attestation = AttestationPolicy::RequireTrusted;
        Self {
            format,
            policy,
            conveyance: AttestationConveyance::Direct,
            now: "2026-08-01T00:00:00Z".parse().unwrap(),
            aaguid: MODEL,
            client_data_hash: sha256(b"client data"),
            alg: leaf_key.alg(),
            scheme: Scheme::Natural,
            signs_for_itself: false,
            leaf,
            intermediate: Template::authority(&root_name, &intermediate_name, &intermediate_key),
            root: Template::authority(&root_name, &root_name, &root_key),
            credential,
            leaf_key,
            intermediate_key,
            root_key,
            signed: None,
            signature: None,
            x5c: None,
            members: None,
            object: None,
            trust: None,
            tpm: Tpm::default(),
            android: Description::default(),
            credential_id: vec![0xc1; 16],
            sign_count: 7,
            apple_nonce: None,
            safetynet: SafetyNet {
                alg: "RS256",
                nonce: None,
                cts_profile_match: true.into(),
                basic_integrity: true,
                age: 5,
                response: None,
            },
            elements: Vec::new(),
        }
    }

    pub(crate) fn packed() -> Self {
        Self::packed_with(Key::p256(0x11), Key::p256(0x12))
    }

    pub(crate) fn packed_with(credential: Key, leaf_key: Key) -> Self {
        let subject = name(&[
            (COUNTRY, "AA"),
            (ORGANIZATION, "passkeyd"),
            (UNIT, "Authenticator Attestation"),
            (COMMON_NAME, "Model 1"),
        ]);
        let mut world = Self::with_certificates("packed", credential, leaf_key, &subject);
        world.leaf.set(AAGUID, None, der::octets(&MODEL));
        world
    }

    pub(crate) fn packed_self(credential: Key) -> Self {
        let mut world = Self::packed_with(credential, Key::p256(0x12));
        world.policy = Policy::consumer();
        world.signs_for_itself = true;
        world.alg = world.credential.alg();
        world.members = Some(Box::new(|members| {
            members.retain(|(key, _)| *key != cbor::text("x5c"))
        }));
        world
    }

    pub(crate) fn tpm() -> Self {
        Self::tpm_with(Key::p256(0x11), Key::rsa(true))
    }

    pub(crate) fn tpm_with(credential: Key, leaf_key: Key) -> Self {
        let mut world = Self::with_certificates("tpm", credential, leaf_key, &der::sequence(&[]));
        world.leaf.set(
            ALTERNATIVE_NAME,
            Some(true),
            tpm_name("id:414D4400", "Model", "id:00010002", false),
        );
        world.leaf.set(
            EXTENDED_KEY_USAGE,
            None,
            der::sequence(&[&der::oid(b"\x67\x81\x05\x08\x03")]),
        );
        let policy = der::sequence(&[&der::sequence(&[&der::oid(
            b"\x2b\x06\x01\x04\x01\x82\x37\x15\x1f",
        )])]);
        world.leaf.set(POLICIES, Some(true), policy);
        world
    }

    pub(crate) fn android_key() -> Self {
        Self::android_key_with(|| Key::p256(0x11))
    }

    pub(crate) fn android_key_with(key: fn() -> Key) -> Self {
        let subject = name(&[(COMMON_NAME, "Android Keystore Key")]);
        let mut world = Self::with_certificates("android-key", key(), key(), &subject);
        world.leaf.remove(BASIC_CONSTRAINTS);
        world.leaf.set(
            KEY_USAGE,
            Some(true),
            super::certificate::DIGITAL_SIGNATURE.to_vec(),
        );
        world
    }

    pub(crate) fn apple() -> Self {
        Self::apple_with(|| Key::p256(0x11))
    }

    pub(crate) fn apple_with(key: fn() -> Key) -> Self {
        let subject = name(&[(COMMON_NAME, "credential"), (UNIT, "AAA Certification")]);
        Self::with_certificates("apple", key(), key(), &subject)
    }

    pub(crate) fn apple_appattest() -> Self {
        let key = || Key::p256(0x11);
        let subject = name(&[(COMMON_NAME, "key"), (UNIT, "AAA Certification")]);
        let mut world = Self::with_certificates("apple-appattest", key(), key(), &subject);
        let (x, y) = world.credential.numbers();
        world.aaguid = *b"appattest\0\0\0\0\0\0\0";
        world.credential_id = sha256(&[vec![4], x, y].concat()).to_vec();
        world.sign_count = 0;
        world.policy.apple_appattest = true;
        world
    }

    pub(crate) fn fido_u2f() -> Self {
        let mut world = Self::with_certificates(
            "fido-u2f",
            Key::p256(0x11),
            Key::p256(0x12),
            &name(&[(COMMON_NAME, "U2F Token 1")]),
        );
        world.aaguid = [0; 16];
        world.leaf.remove(BASIC_CONSTRAINTS);
        world.leaf.issuer = authority_name(ROOT_NAME);
        world
    }

    pub(crate) fn safetynet() -> Self {
        Self::safetynet_with(Key::rsa(true), "RS256")
    }

    pub(crate) fn safetynet_with(leaf_key: Key, alg: &'static str) -> Self {
        let subject = name(&[(COMMON_NAME, "attest.android.com")]);
        let mut world =
            Self::with_certificates("android-safetynet", Key::p256(0x11), leaf_key, &subject);
        world
            .leaf
            .set(ALTERNATIVE_NAME, None, hosts(&["attest.android.com"]));
        world.policy.safetynet = true;
        world.safetynet.alg = alg;
        world
    }

    pub(crate) fn compound() -> Self {
        let mut world = Self::packed();
        world.format = "compound";
        world.elements = vec![
            Self::packed(),
            Self::tpm_with(Key::p256(0x11), Key::p256(0x13)),
        ];
        world
    }

    pub(crate) fn authenticator_data(&self) -> Vec<u8> {
        [
            sha256(b"example.org").as_slice(),
            &[0x45],
            &self.sign_count.to_be_bytes(),
            &self.aaguid,
            &u16::try_from(self.credential_id.len())
                .unwrap()
                .to_be_bytes(),
            &self.credential_id,
            &self.credential.cose(),
        ]
        .concat()
    }

    pub(crate) fn verification_data(&self) -> Vec<u8> {
        [self.authenticator_data(), self.client_data_hash.to_vec()].concat()
    }

    pub(crate) fn root_der(&self) -> Vec<u8> {
        self.root.sign(&self.root_key)
    }

    pub(crate) fn certificates(&self) -> Vec<Vec<u8>> {
        let mut leaf = self.leaf.clone();
        let has = |oid: &[u8]| leaf.extensions.iter().any(|extension| extension.oid == oid);
        match self.format {
            "android-key" if !has(KEY_DESCRIPTION) => {
                leaf.set(
                    KEY_DESCRIPTION,
                    None,
                    self.android.encode(&self.client_data_hash),
                );
            }
            "apple" | "apple-appattest" if !has(APPLE_NONCE) => {
                let nonce = der::sequence(&[&der::explicit(
                    1,
                    &der::octets(&sha256(&self.verification_data())),
                )]);
                leaf.set(APPLE_NONCE, None, self.apple_nonce.clone().unwrap_or(nonce));
            }
            _ => {}
        }
        let mut certificates = if self.format == "fido-u2f" {
            vec![leaf.sign(&self.root_key)]
        } else {
            vec![
                leaf.sign(&self.intermediate_key),
                self.intermediate.sign(&self.root_key),
            ]
        };
        if let Some(hook) = &self.x5c {
            hook(&mut certificates);
        }
        certificates
    }

    /// Its certificates, those of its elements included.
    pub(crate) fn certificates_of_each(&self) -> Vec<Vec<u8>> {
        let mut all = self.certificates();
        all.extend(self.elements.iter().flat_map(Self::certificates));
        all
    }

    /// The statement in CBOR.
    pub(crate) fn statement(&self) -> Vec<u8> {
        if self.format == "compound" {
            let items: Vec<Vec<u8>> = self.elements.iter().map(Self::element).collect();
            return cbor::array(&items);
        }
        let mut members = self.natural_members();
        if let Some(hook) = &self.members {
            hook(&mut members);
        }
        cbor::map(members)
    }

    fn element(&self) -> Vec<u8> {
        cbor::map(vec![
            (cbor::text("fmt"), cbor::text(self.format)),
            (cbor::text("attStmt"), self.statement()),
        ])
    }

    fn natural_members(&self) -> Members {
        let text = |name: &str| cbor::text(name);
        let certificates: Vec<Vec<u8>> = self
            .certificates()
            .iter()
            .map(|der| cbor::bytes(der))
            .collect();
        let x5c = (text("x5c"), cbor::array(&certificates));
        let alg = (text("alg"), cbor::integer(self.alg));
        let sig = |key: &Key, message: &[u8]| {
            let mut signature =
                key.sign_with(self.scheme, self.signed.as_deref().unwrap_or(message));
            if let Some(hook) = &self.signature {
                hook(&mut signature);
            }
            (text("sig"), cbor::bytes(&signature))
        };
        let data = self.verification_data();
        match self.format {
            "packed" => {
                vec![
                    alg,
                    sig(
                        if self.signs_for_itself {
                            &self.credential
                        } else {
                            &self.leaf_key
                        },
                        &data,
                    ),
                    x5c,
                ]
            }
            "android-key" => vec![alg, sig(&self.leaf_key, &data), x5c],
            "tpm" => {
                let pub_area = self.tpm.pub_area(&self.credential);
                let cert_info = self.tpm.cert_info(&pub_area, &data, self.alg);
                vec![
                    (text("ver"), text("2.0")),
                    alg,
                    sig(&self.leaf_key, &cert_info),
                    x5c,
                    (text("certInfo"), cbor::bytes(&cert_info)),
                    (text("pubArea"), cbor::bytes(&pub_area)),
                ]
            }
            "apple" => vec![x5c],
            "apple-appattest" => vec![x5c, (text("receipt"), cbor::bytes(&[1, 2, 3]))],
            "fido-u2f" => {
                let (x, y) = self.credential.numbers();
                let rp_id_hash = sha256(b"example.org");
                let message = [
                    &[0],
                    rp_id_hash.as_slice(),
                    &self.client_data_hash,
                    &self.credential_id,
                    &[4],
                    &x,
                    &y,
                ]
                .concat();
                vec![sig(&self.leaf_key, &message), x5c]
            }
            "android-safetynet" => {
                let nonce = data_encoding::BASE64.encode(&sha256(&data));
                let payload = serde_json::json!({
                    "nonce": self.safetynet.nonce.clone().unwrap_or(nonce),
                    "timestampMs": self.now.as_millisecond() - self.safetynet.age * 1000,
                    "apkPackageName": "com.google.android.gms",
                    "ctsProfileMatch": self.safetynet.cts_profile_match,
                    "basicIntegrity": self.safetynet.basic_integrity,
                });
                let mut response = jwt::sign(
                    &self.leaf_key,
                    self.safetynet.alg,
                    &self.certificates(),
                    &payload.to_string(),
                );
                if let Some(hook) = &self.safetynet.response {
                    hook(&mut response);
                }
                vec![
                    (text("ver"), text("14799021")),
                    (text("response"), cbor::bytes(response.as_bytes())),
                ]
            }
            other => panic!("no statement for {other}"),
        }
    }

    /// The attestation object in CBOR.
    pub(crate) fn attestation_object(&self) -> Vec<u8> {
        let mut object = cbor::map(vec![
            (cbor::text("fmt"), cbor::text(self.format)),
            (cbor::text("attStmt"), self.statement()),
            (
                cbor::text("authData"),
                cbor::bytes(&self.authenticator_data()),
            ),
        ]);
        if let Some(hook) = &self.object {
            hook(&mut object);
        }
        object
    }

    pub(crate) fn root_as_anchor(&self) -> StaticTrust {
        StaticTrust::new()
            .with_anchor_der(&self.root_der())
            .unwrap()
    }

    /// What the verifier says.
    pub(crate) fn examine(&self) -> Result<(AttestationOutcome, Vec<Observation>), Error> {
        let source = match &self.trust {
            Some(trust) => trust(self),
            None => Box::new(self.root_as_anchor()),
        };
        let bytes = self.attestation_object();
        let object = AttestationObject::parse(&bytes)?;
        examine(
            &object,
            &self.client_data_hash,
            self.conveyance,
            &self.policy,
            &*source,
            self.now,
        )
    }
}

/// The alternative name of a TPM's certificate, its attributes in one relative name or in three.
pub(crate) fn tpm_name(manufacturer: &str, model: &str, version: &str, one: bool) -> Vec<u8> {
    let attribute = |last: u8, text: &str| {
        der::sequence(&[&der::oid(&[0x67, 0x81, 0x05, 0x02, last]), &der::utf8(text)])
    };
    let parts = [
        attribute(1, manufacturer),
        attribute(2, model),
        attribute(3, version),
    ];
    let names = if one {
        der::set(&[&parts.concat()])
    } else {
        parts
            .iter()
            .map(|part| der::set(&[part]))
            .collect::<Vec<_>>()
            .concat()
    };
    der::sequence(&[&der::explicit(4, &der::sequence(&[&names]))])
}
