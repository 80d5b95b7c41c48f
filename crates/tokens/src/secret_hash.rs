//! API keys of the Passwordless form, and the hashes under which secret ones are kept.

use std::{fmt, num::NonZeroU32};

use data_encoding::{BASE64, HEXLOWER};
use passkeyd_domain::{KeyId, KeyKind, TenantId};
use ring::{
    digest::{SHA256, digest},
    pbkdf2::{self, PBKDF2_HMAC_SHA512},
};
use subtle::ConstantTimeEq as _;
use uuid::Builder;
use zeroize::Zeroizing;

/// Before the hash of a secret that we made.
const SHA256_SCHEME: &str = "sha256:";

/// What is kept of a secret: its SHA-256. A secret carries at least 122 random bits, so no slow hash is needed.
pub fn hash(secret: &str) -> String {
    let mut text = String::from(SHA256_SCHEME);
    HEXLOWER.encode_append(digest(&SHA256, secret.as_bytes()).as_ref(), &mut text);
    text
}

/// Whether a secret fits what is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// It fits.
    pub ok: bool,
    /// It fits an imported hash, which takes 10,000 rounds to check: keep [`hash`] in its place.
    pub needs_rehash: bool,
}

/// Compares a presented secret with what is kept, in constant time. Two forms are known: `sha256:` with hex, and that of
/// a Passwordless.dev database, `base64(salt):base64(hash)` with PBKDF2-HMAC-SHA-512 of 10,000 rounds and 16 bytes each.
/// Anything else fits nothing.
pub fn verify(stored: &str, presented: &str) -> Verified {
    if stored.starts_with(SHA256_SCHEME) {
        Verified {
            ok: stored.as_bytes().ct_eq(hash(presented).as_bytes()).into(),
            needs_rehash: false,
        }
    } else {
        let ok = verify_imported(stored, presented).is_some();
        Verified {
            ok,
            needs_rehash: ok,
        }
    }
}

fn verify_imported(stored: &str, presented: &str) -> Option<()> {
    const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9_999);
    let (salt, hash) = stored.split_once(':')?;
    let salt: [u8; 16] = BASE64.decode(salt.as_bytes()).ok()?.try_into().ok()?;
    let hash: [u8; 16] = BASE64.decode(hash.as_bytes()).ok()?.try_into().ok()?;
    pbkdf2::verify(
        PBKDF2_HMAC_SHA512,
        ROUNDS,
        &salt,
        presented.as_bytes(),
        &hash,
    )
    .ok()
}

/// An API key of the Passwordless surface, `<tenant>:public:<32 hex>` or `<tenant>:secret:<32 hex>`, as it is shown once.
#[derive(Clone)]
pub struct PasswordlessKey {
    kind: KeyKind,
    text: Zeroizing<String>,
}

impl PasswordlessKey {
    /// A key for browsers and apps.
    pub fn public(tenant: &TenantId, random: [u8; 16]) -> Self {
        Self::of(KeyKind::Public, tenant, random)
    }

    /// A key for back ends.
    pub fn secret(tenant: &TenantId, random: [u8; 16]) -> Self {
        Self::of(KeyKind::Secret, tenant, random)
    }

    fn of(kind: KeyKind, tenant: &TenantId, random: [u8; 16]) -> Self {
        let uuid = Builder::from_random_bytes(random).into_uuid();
        let word = kind.as_str();
        Self {
            kind,
            text: Zeroizing::new(format!("{tenant}:{word}:{}", uuid.simple())),
        }
    }

    /// What sort of key.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The whole key, for the one time that it is shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its name within the tenant: the last four characters. Draw again where the tenant has it already.
    pub fn key_id(&self) -> KeyId {
        KeyId(last_four(&self.text).unwrap_or_default().to_owned())
    }

    /// What is kept of it: a public key as it is, of a secret the [`hash`].
    pub fn stored(&self) -> String {
        match self.kind {
            KeyKind::Public => (*self.text).clone(),
            KeyKind::Secret | KeyKind::Api => hash(&self.text),
        }
    }
}

impl fmt::Debug for PasswordlessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordlessKey")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Where to look for a presented key: the tenant before the first colon, and the last four characters. None: it is
/// malformed, or no tenant can have that name.
pub fn locate(presented: &str) -> Option<(TenantId, KeyId)> {
    let (tenant, _) = presented.split_once(':')?;
    Some((
        tenant.parse().ok()?,
        KeyId(last_four(presented)?.to_owned()),
    ))
}

fn last_four(text: &str) -> Option<&str> {
    let (start, _) = text.char_indices().rev().nth(3)?;
    text.get(start..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "test:secret:a679563b331846c79c20b114a4f56d02";
    const IMPORTED: &str = "4RtmMr0hVknaQAIhaRtPHw==:xR7bg3NVsC80a8GDDhH39g==";
    const REFUSED: Verified = Verified {
        ok: false,
        needs_rehash: false,
    };

    fn changed(text: &str, at: usize) -> String {
        let other = if text.as_bytes()[at] == b'0' {
            "1"
        } else {
            "0"
        };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    }

    #[test]
    fn an_imported_hash_verifies_and_asks_to_be_replaced() {
        assert_eq!(
            verify(IMPORTED, KEY),
            Verified {
                ok: true,
                needs_rehash: true
            }
        );
        assert_eq!(
            verify(&hash(KEY), KEY),
            Verified {
                ok: true,
                needs_rehash: false
            }
        );
    }

    #[test]
    fn a_key_with_a_changed_character_fits_neither_form() {
        for at in 0..KEY.len() {
            assert_eq!(verify(&hash(KEY), &changed(KEY, at)), REFUSED);
        }
        // Each of these takes 10,000 rounds.
        for at in [0, 5, 12, KEY.len() - 1] {
            assert_eq!(verify(IMPORTED, &changed(KEY, at)), REFUSED);
        }
    }

    #[test]
    fn a_kept_text_that_is_cut_or_changed_fits_nothing() {
        let ours = hash(KEY);
        for at in 0..ours.len() {
            assert_eq!(verify(&ours[..at], KEY), REFUSED);
            assert_eq!(verify(&changed(&ours, at), KEY), REFUSED);
        }
        for at in 0..IMPORTED.len() {
            assert_eq!(verify(&IMPORTED[..at], KEY), REFUSED);
        }
        for text in ["", ":", "::", "sha256:", KEY, "4RtmMr0hVknaQAIhaRtPHw==:"] {
            assert_eq!(verify(text, KEY), REFUSED);
        }
    }

    #[test]
    fn a_key_has_the_form_that_the_sdks_know() {
        let tenant: TenantId = "acme".parse().unwrap();
        let public = PasswordlessKey::public(&tenant, [0xab; 16]);
        assert_eq!(
            public.text(),
            "acme:public:abababababab4bababababababababab"
        );
        assert_eq!(public.stored(), public.text());
        let secret = PasswordlessKey::secret(&tenant, [1; 16]);
        assert_eq!(secret.key_id(), KeyId("0101".into()));
        assert!(verify(&secret.stored(), secret.text()).ok);
        assert!(!format!("{secret:?}").contains("0101"));
        assert_eq!(locate(secret.text()), Some((tenant, KeyId("0101".into()))));
    }

    proptest! {
        #[test]
        fn any_text_is_located_or_not_without_a_panic(text in ".*") {
            if let Some((tenant, key_id)) = locate(&text) {
                prop_assert!(text.starts_with(tenant.as_str()));
                prop_assert!(text.ends_with(&key_id.0));
                prop_assert_eq!(key_id.0.chars().count(), 4);
            }
        }
    }
}
