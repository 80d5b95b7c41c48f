#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = passkeyd_webauthn::RegistrationResponse::from_json(data);
    let _ = passkeyd_webauthn::AuthenticationResponse::from_json(data);
});
