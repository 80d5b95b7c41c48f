#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    passkeyd_webauthn_fuzz::statement("android-key", data);
    let _ = passkeyd_webauthn::attestation::android_key::KeyDescription::parse(data);
});
