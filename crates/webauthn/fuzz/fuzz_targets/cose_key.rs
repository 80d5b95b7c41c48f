#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = passkeyd_webauthn::public_key::CoseKey::parse(data)
        .map(|key| (key.validate(), key.to_spki()));
});
