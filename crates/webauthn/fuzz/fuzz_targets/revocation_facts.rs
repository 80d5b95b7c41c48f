#![no_main]

use passkeyd_webauthn::trust::RevocationFacts;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = RevocationFacts::new().add_crl(data);
    let _ = RevocationFacts::new().add_android_status_list(data);
});
