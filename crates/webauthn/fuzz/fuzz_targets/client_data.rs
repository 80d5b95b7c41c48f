#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = passkeyd_webauthn::client_data::ClientData::parse(data);
});
