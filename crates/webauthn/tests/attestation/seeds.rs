//! Seeds for the fuzz targets, from our own authenticators; and the replay of what lies there.

use std::fs;
use std::path::{Path, PathBuf};

use passkeyd_webauthn::attestation::{AttestationObject, examine};

use crate::kit::cbor;
use crate::kit::key::Key;
use crate::kit::world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The statements that the targets start from. All belong to the same authenticator data, but for U2F's AAGUID.
fn worlds() -> Vec<(&'static str, &'static str, World)> {
    let in_software = || {
        let mut world = World::android_key();
        let moved = std::mem::take(&mut world.android.hardware);
        world.android.software.extend(moved);
        world
    };
    vec![
        ("statement_packed", "certificates", World::packed()),
        (
            "statement_packed",
            "self",
            World::packed_self(Key::p256(0x11)),
        ),
        (
            "statement_packed",
            "rsa",
            World::packed_with(Key::p256(0x11), Key::rsa(true)),
        ),
        ("statement_tpm", "rsa", World::tpm()),
        (
            "statement_tpm",
            "ec",
            World::tpm_with(Key::p256(0x11), Key::p384(0x12)),
        ),
        ("statement_android_key", "hardware", World::android_key()),
        ("statement_android_key", "software", in_software()),
        ("statement_safetynet", "rs256", World::safetynet()),
        (
            "statement_safetynet",
            "es256",
            World::safetynet_with(Key::p256(0x12), "ES256"),
        ),
        ("statement_fido_u2f", "certificate", World::fido_u2f()),
        ("statement_apple", "certificates", World::apple()),
        ("statement_compound", "two", World::compound()),
    ]
}

#[test]
#[ignore = "writes the seeds anew"]
fn write_the_seeds() {
    let folder = folder();
    let packed = World::packed();
    fs::create_dir_all(folder.join("surroundings")).unwrap();
    fs::write(
        folder.join("surroundings/authenticator-data.bin"),
        packed.authenticator_data(),
    )
    .unwrap();
    fs::write(
        folder.join("surroundings/client-data-hash.bin"),
        packed.client_data_hash,
    )
    .unwrap();
    fs::write(folder.join("surroundings/root.der"), packed.root_der()).unwrap();
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder.join("seeds").join(target)).unwrap();
        fs::write(folder.join("seeds").join(target).join(name), bytes).unwrap();
    };
    for (target, name, world) in worlds() {
        write(target, name, &world.statement());
        for (index, der) in world.certificates_of_each().iter().enumerate() {
            write(
                "certificate",
                &format!("{}-{name}-{index}", &target["statement_".len()..]),
                der,
            );
        }
    }
    let (blob, payload) = crate::metadata::sample();
    write("metadata_blob", "jwt", blob.as_bytes());
    write("metadata_blob", "payload", payload.as_bytes());
    let status = br#"{"entries":{"c0ffee":{"status":"REVOKED","reason":"KEY_COMPROMISE"}}}"#;
    write("revocation_facts", "android", status);
    let list = crate::kit::certificate::revocation_list(
        &crate::kit::world::authority_name("Test root"),
        &packed.root_key,
        "20300101000000Z",
        &[&[1], &[2, 3]],
    );
    write("revocation_facts", "list", &list);
}

#[test]
fn every_seed_of_a_statement_is_still_valid() {
    let packed = World::packed();
    let (data, trust) = (packed.authenticator_data(), packed.root_as_anchor());
    let mut policy = passkeyd_webauthn::Policy::legacy();
    policy.attestation = passkeyd_webauthn::policy::AttestationPolicy::Verify;
    let mut replayed = 0;
    for (target, name, world) in worlds() {
        let statement = fs::read(folder().join("seeds").join(target).join(name)).unwrap();
        let object = cbor::map(vec![
            (cbor::text("fmt"), cbor::text(world.format)),
            (cbor::text("attStmt"), statement),
            (cbor::text("authData"), cbor::bytes(&data)),
        ]);
        let object = AttestationObject::parse(&object).unwrap();
        let examined = examine(
            &object,
            &packed.client_data_hash,
            packed.conveyance,
            &policy,
            &trust,
            packed.now,
        );
        examined.unwrap_or_else(|error| panic!("{target}/{name}: {error:?}"));
        replayed += 1;
    }
    assert_eq!(replayed, 12);
}
