//! Seeds for the fuzz targets of the crate's own layers, from the tests' authenticator; and the replay of what lies there.

use std::fs;
use std::path::{Path, PathBuf};

use passkeyd_webauthn::Algorithm;
use passkeyd_webauthn::attestation::AttestationObject;
use passkeyd_webauthn::authenticator_data::AuthenticatorData;
use passkeyd_webauthn::client_data::ClientData;
use passkeyd_webauthn::public_key::CoseKey;
use passkeyd_webauthn::{AuthenticationResponse, RegistrationResponse, cbor};

use crate::authentication_case::AuthenticationCase;
use crate::keys::TestKey;
use crate::registration_case::{RegistrationCase, base64url};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target)
}

#[test]
#[ignore = "writes the seeds anew"]
fn write_the_seeds() {
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(folder(target).join(name), bytes).unwrap();
    };
    for key in TestKey::all() {
        write("cose_key", key.algorithm.name(), &key.cose());
        write("cbor", key.algorithm.name(), &key.cose());
    }
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let registration = RegistrationCase::packed_self(algorithm);
        let mut with_extensions = RegistrationCase::none(algorithm);
        with_extensions.data.flags |= 0x80;
        with_extensions.data.extensions =
            crate::cbor::map(&[(crate::cbor::text("credProtect"), crate::cbor::int(2))]);
        for (name, case) in [("self", registration), ("extensions", with_extensions)] {
            let response = case.response();
            let name = format!("{name}-{algorithm}");
            write("attestation_object", &name, &response.attestation_object);
            write("cbor", &name, &response.attestation_object);
            write("authenticator_data", &name, &case.data.build());
            write("client_data", &name, &response.client_data_json);
            let json = format!(
                r#"{{"id":"{0}","rawId":"{0}","type":"public-key","authenticatorAttachment":"platform","clientExtensionResults":{{"credProps":{{"rk":true}},"prf":{{"enabled":true}}}},"response":{{"clientDataJSON":"{1}","attestationObject":"{2}","transports":["usb"],"publicKeyAlgorithm":-7}}}}"#,
                base64url(&response.id),
                base64url(&response.client_data_json),
                base64url(&response.attestation_object),
            );
            write("response_json", &name, json.as_bytes());
        }
        let case = AuthenticationCase::new(algorithm);
        let response = case.response();
        let name = format!("get-{algorithm}");
        write("authenticator_data", &name, &response.authenticator_data);
        write("client_data", &name, &response.client_data_json);
        let json = format!(
            r#"{{"id":"{0}","rawId":"{0}","type":"public-key","clientExtensionResults":{{"largeBlob":{{"blob":"AA"}}}},"response":{{"clientDataJSON":"{1}","authenticatorData":"{2}","signature":"{3}","userHandle":"AQ"}}}}"#,
            base64url(&response.id),
            base64url(&response.client_data_json),
            base64url(&response.authenticator_data),
            base64url(&response.signature),
        );
        write("response_json", &name, json.as_bytes());
    }
}

/// What lies in `fuzz/seeds` is good input, and stays so.
#[test]
fn every_seed_is_read() {
    type Read = fn(&[u8]) -> bool;
    let targets: [(&str, Read); 6] = [
        ("client_data", |bytes| ClientData::parse(bytes).is_ok()),
        ("authenticator_data", |bytes| {
            AuthenticatorData::parse(bytes).is_ok()
        }),
        ("cose_key", |bytes| {
            CoseKey::parse(bytes).is_ok_and(|key| key.validate().is_ok())
        }),
        ("cbor", |bytes| cbor::Value::parse(bytes, 8).is_ok()),
        ("attestation_object", |bytes| {
            AttestationObject::parse(bytes).is_ok()
        }),
        ("response_json", |bytes| {
            RegistrationResponse::from_json(bytes).is_ok()
                || AuthenticationResponse::from_json(bytes).is_ok()
        }),
    ];
    for (target, read) in targets {
        let seeds = fs::read_dir(folder(target)).unwrap();
        let mut replayed = 0;
        for seed in seeds {
            let path = seed.unwrap().path();
            let optional = target == "cose_key"
                && cfg!(not(all(
                    feature = "ed448",
                    feature = "ml-dsa",
                    feature = "es256k"
                )));
            assert!(
                optional || read(&fs::read(&path).unwrap()),
                "{}",
                path.display()
            );
            replayed += 1;
        }
        assert!(replayed > 0, "no seeds for {target}");
    }
}
