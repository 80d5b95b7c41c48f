//! The roots that vendors publish, as data beside this file.

use super::{Anchor, StaticTrust};
use crate::error::Result;
use crate::x509::{Certificate, DerRules};

const APPLE: &[u8] = include_bytes!("roots/apple-webauthn.der");
const GOOGLE_RSA: &[u8] = include_bytes!("roots/google-rsa-2042.der");
const GOOGLE_EC: &[u8] = include_bytes!("roots/google-ec-2035.der");
const MICROSOFT: &[u8] = include_bytes!("roots/microsoft-tpm-2014.der");

/// `GlobalSign` Root CA R3 in DER, which signs FIDO's metadata and vouches for no authenticator.
pub const GLOBALSIGN_R3: &[u8] = include_bytes!("roots/globalsign-r3.der");

/// The roots of Apple, Google and Microsoft, each for its own format only: `apple`, `android-key`, `tpm`. Security keys are not
/// among them: their roots are in FIDO's metadata ([`Blob`](crate::metadata::Blob)) or come from their makers.
///
/// Google's count as bare keys: one RSA key stands in four certificates that end at different times.
///
/// # Errors
/// None in practice: the data is part of this crate, and a test reads it.
pub fn vendor_roots() -> Result<StaticTrust> {
    let key = |der| {
        Certificate::parse(der, DerRules::Strict)
            .map(|root| root.subject_public_key_info().to_vec())
    };
    Ok(StaticTrust::new()
        .with_anchor(Anchor::certificate_der(APPLE)?.for_formats(["apple"]))
        .with_anchor(Anchor::public_key_der(&key(GOOGLE_RSA)?)?.for_formats(["android-key"]))
        .with_anchor(Anchor::public_key_der(&key(GOOGLE_EC)?)?.for_formats(["android-key"]))
        .with_anchor(Anchor::certificate_der(MICROSOFT)?.for_formats(["tpm"])))
}

/// The anchor of FIDO's metadata service: [`GLOBALSIGN_R3`].
///
/// # Errors
/// None in practice, as above.
pub fn metadata_root() -> Result<Anchor> {
    Anchor::certificate_der(GLOBALSIGN_R3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sha256;
    use data_encoding::HEXLOWER;

    /// What the vendors publish: subject, the last day, SHA-256 of the certificate.
    const PUBLISHED: [(&[u8], &str, &str); 8] = [
        (
            APPLE,
            "2045-03-15",
            "0915dd5c07a28db549d1f677bb5a75d4bfbe9561a773424327762e9e02f9bb29",
        ),
        (
            include_bytes!("roots/google-rsa-2026.der"),
            "2026-05-24",
            "c1984a3ef45c1e2a918551de10603c86f7051b2249c4891cae3230eabd0c97d5",
        ),
        (
            include_bytes!("roots/google-rsa-2034.der"),
            "2034-11-18",
            "1ef1a04b8ba58ab94589ac498c8982a783f24ea7307e0159a0c3a73b377d87cc",
        ),
        (
            include_bytes!("roots/google-rsa-2036.der"),
            "2036-11-13",
            "ab6641178a36e179aa0c1cdddf9a16eb45fa20943e2b8cd7c7c05c26cf8b487a",
        ),
        (
            GOOGLE_RSA,
            "2042-03-15",
            "cedb1cb6dc896ae5ec797348bce9286753c2b38ee71ce0fbe34a9a1248800dfc",
        ),
        (
            GOOGLE_EC,
            "2035-07-15",
            "6d9db4ce6c5c0b293166d08986e05774a8776ceb525d9e4329520de12ba4bcc0",
        ),
        (
            MICROSOFT,
            "2039-12-10",
            "870c7a35ceab3d59979f2c6a524042d404cb71518004350925fb2ced79a999da",
        ),
        (
            GLOBALSIGN_R3,
            "2029-03-18",
            "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b",
        ),
    ];

    #[test]
    fn each_root_is_the_one_that_its_vendor_publishes() {
        for (der, last_day, fingerprint) in PUBLISHED {
            assert_eq!(HEXLOWER.encode(&sha256(der)), fingerprint);
            let root = Certificate::parse(der, DerRules::Strict).unwrap();
            assert!(root.not_after().to_string().starts_with(last_day));
            root.verify_signed_by(&root.public_key().unwrap(), false)
                .unwrap();
        }
    }

    #[test]
    fn google_s_four_certificates_share_the_published_key() {
        for (der, ..) in PUBLISHED.iter().skip(1).take(4) {
            let root = Certificate::parse(der, DerRules::Strict).unwrap();
            assert_eq!(
                HEXLOWER.encode(&sha256(root.subject_public_key_info())),
                "feb2ea7551ee316ed4bb443c8293b884dbfdea40b603ee3e4f4a897e4580fbae"
            );
        }
    }

    #[test]
    fn the_shipped_roots_are_bound_to_their_formats() {
        let roots = vendor_roots().unwrap();
        assert_eq!(roots.anchors().len(), 4);
        assert!(metadata_root().is_ok());
    }
}
