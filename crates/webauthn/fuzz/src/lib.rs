//! What the fuzz targets have in common: the surroundings of the bytes that vary.

use std::sync::LazyLock;

use jiff::Timestamp;
use passkeyd_webauthn::Policy;
use passkeyd_webauthn::attestation::{AttestationObject, examine};
use passkeyd_webauthn::metadata::{Blob, BlobRules, UnverifiedBlob};
use passkeyd_webauthn::options::AttestationConveyance;
use passkeyd_webauthn::trust::chain::{ChainRules, validate};
use passkeyd_webauthn::trust::{Anchor, RevocationFacts, StaticTrust};
use passkeyd_webauthn::x509::{Certificate, DerRules};

/// The authenticator data that the seeds were made with.
const AUTHENTICATOR_DATA: &[u8] = include_bytes!("../surroundings/authenticator-data.bin");
const CLIENT_DATA_HASH: &[u8; 32] = include_bytes!("../surroundings/client-data-hash.bin");
const ROOT: &[u8] = include_bytes!("../surroundings/root.der");

static TRUST: LazyLock<StaticTrust> = LazyLock::new(|| StaticTrust::new().with_anchor_der(ROOT).unwrap());
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let mut policy = Policy::legacy();
    policy.apple_appattest = true;
    policy
});

fn now() -> Timestamp {
    Timestamp::from_second(1_785_542_400).unwrap()
}

/// Examines an attestation object of this format with `data` as its statement.
pub fn statement(format: &str, data: &[u8]) {
    let length = u16::try_from(AUTHENTICATOR_DATA.len()).unwrap().to_be_bytes();
    let object = [
        b"\xa3\x63fmt".as_slice(),
        &[0x60 | u8::try_from(format.len()).unwrap()],
        format.as_bytes(),
        b"\x67attStmt",
        data,
        b"\x68authData\x59",
        &length,
        AUTHENTICATOR_DATA,
    ]
    .concat();
    if let Ok(object) = AttestationObject::parse(&object) {
        let _ = examine(&object, CLIENT_DATA_HASH, AttestationConveyance::Direct, &POLICY, &*TRUST, now());
    }
}

/// Reads a certificate, all that it says, and builds a chain of it alone and with itself as anchor.
pub fn certificate(data: &[u8]) {
    for rules in [DerRules::Strict, DerRules::Lenient] {
        let Ok(certificate) = Certificate::parse(data, rules) else { continue };
        let _ = certificate.basic_constraints();
        let _ = certificate.key_usage();
        let _ = certificate.extended_key_usage();
        let _ = certificate.name_constraints().map(|constraints| {
            constraints.map(|constraints| constraints.permit(certificate.subject(), &[]))
        });
        let _ = certificate.check_critical(&[]);
        let _ = certificate.key_identifier();
        let _ = certificate.serial_hex();
        let rules = ChainRules {
            now: now(),
            validity: passkeyd_webauthn::policy::ValidityPolicy::Strict,
            revocation: passkeyd_webauthn::policy::RevocationPolicy::CheckKnown,
            sha1: true,
            android_key: false,
        };
        let path = [certificate.clone(), certificate];
        let own = Anchor::certificate_der(data);
        let facts = RevocationFacts::new();
        for anchor in own.iter().chain(Anchor::certificate_der(ROOT).iter()) {
            for count in [1, 2] {
                let _ = validate(&path[..count], &[anchor], &[&path[0]], &[&facts], &rules);
            }
        }
    }
}

/// Reads `data` as a BLOB, and as the payload of one.
pub fn metadata_blob(data: &[u8]) {
    let _ = UnverifiedBlob::parse(data);
    if let Ok(root) = Anchor::certificate_der(ROOT) {
        let facts = RevocationFacts::new();
        let _ = Blob::parse_and_verify(data, &[root], &facts, now(), None, &BlobRules::default());
    }
    let header = br#"{"alg":"ES256","typ":"JWT"}"#;
    let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let jwt = format!("{}.{}.", encode(header), encode(data));
    if let Ok(blob) = UnverifiedBlob::parse(jwt.as_bytes()) {
        for entry in blob.entries() {
            let _ = (entry.certification(now()), entry.is_fips_certified(now()));
            let _ = entry.check_status(now(), &Default::default(), &POLICY.undesired_statuses);
        }
    }
}
