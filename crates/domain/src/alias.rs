//! Aliases: other names under which a user signs in, kept as hashes.

use data_encoding::BASE64;
use ring::digest;

use crate::TenantId;

/// `base64(SHA-256(UTF-8(tenant + alias)))`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AliasHash(String);

impl AliasHash {
    /// The hash of an alias of a tenant; nothing is trimmed or folded.
    pub fn of(tenant: &TenantId, alias: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(tenant.as_str().as_bytes());
        context.update(alias.as_bytes());
        Self(BASE64.encode(context.finish().as_ref()))
    }

    /// A hash that was made before: read from a store, or from an import.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Standard base64 with padding.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An alias of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alias {
    /// Unique within a tenant.
    pub hash: AliasHash,
    /// The text, kept only where the caller asked for no hashing.
    pub plaintext: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_contracts() {
        let tenant: TenantId = "test".parse().unwrap();
        assert_eq!(
            AliasHash::of(&tenant, "pjfry@passwordless.dev").as_str(),
            "+iH1rNOgC9PsMZpqOJ9twmq+0OgHR8sNtwVMCxABRNc="
        );
        assert_ne!(AliasHash::of(&tenant, "Bob"), AliasHash::of(&tenant, "bob"));
    }
}
