#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    passkeyd_webauthn_fuzz::statement("apple", data);
    passkeyd_webauthn_fuzz::statement("apple-appattest", data);
});
