#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    passkeyd_webauthn_fuzz::statement("tpm", data);
    let _ = passkeyd_webauthn::attestation::tpm::PublicArea::parse(data);
    let _ = passkeyd_webauthn::attestation::tpm::CertifyInfo::parse(data);
});
