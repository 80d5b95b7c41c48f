#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = passkeyd_webauthn::cbor::Value::parse(data, 8);
});
