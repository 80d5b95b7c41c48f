//! Which certificates of authenticators' makers are revoked, from lists that the operator gathers.

use std::sync::{Arc, PoisonError};

use passkeyd_webauthn::{
    Error,
    trust::{RevocationFacts, TrustMaterial, TrustQuery, TrustSource},
};
use thiserror::Error as ThisError;

use super::pem;
use crate::Service;

/// Why a list is not used.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum RevocationError {
    /// It is no certificate revocation list, in DER or PEM, and no status list of Android's.
    #[error("neither a certificate revocation list nor Android's status list")]
    List(#[source] Error),
}

/// Lists of revoked certificates.
#[derive(Clone, Debug, Default)]
pub struct Revocations {
    facts: RevocationFacts,
    lists: usize,
}

impl Revocations {
    /// Adds the lists of a file: a certificate revocation list in DER, any number of them in PEM, or the status list that
    /// Google publishes for Android's attestation keys, in JSON, which replaces an earlier one.
    ///
    /// # Errors
    /// [`RevocationError::List`].
    pub fn add(&mut self, file: &[u8]) -> Result<(), RevocationError> {
        if file.trim_ascii_start().starts_with(b"{") {
            let added = self.facts.add_android_status_list(file);
            added.map_err(RevocationError::List)?;
            self.lists += 1;
            return Ok(());
        }
        let mut lists = pem::blocks(file, "X509 CRL");
        if lists.is_empty() {
            lists.push(file.to_vec());
        }
        for list in lists {
            self.facts.add_crl(&list).map_err(RevocationError::List)?;
            self.lists += 1;
        }
        Ok(())
    }

    /// How many lists there are.
    pub const fn len(&self) -> usize {
        self.lists
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.lists == 0
    }

    pub(crate) const fn facts(&self) -> &RevocationFacts {
        &self.facts
    }
}

impl TrustSource for Revocations {
    fn material(&self, _: &TrustQuery<'_>) -> TrustMaterial<'_> {
        let mut material = TrustMaterial::none();
        material.revocation.push(&self.facts);
        material
    }
}

impl Service {
    /// Replaces what is known of revoked certificates, at start and whenever a list was replaced.
    pub fn set_revocations(&self, revocations: Revocations) {
        let mut known = self
            .revocations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Arc::new(revocations);
    }

    /// What is known of revoked certificates.
    pub fn revocations(&self) -> Arc<Revocations> {
        let known = self.revocations.read();
        Arc::clone(&known.unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_refused() {
        let mut revocations = Revocations::default();
        revocations
            .add(br#" {"entries":{"2c8cdddfd5e03bfc":{"status":"REVOKED"}}}"#)
            .unwrap();
        assert_eq!(revocations.len(), 1);
        for wrong in [
            b"".as_slice(),
            b"{}",
            b"no list",
            b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
        ] {
            assert!(matches!(
                revocations.add(wrong),
                Err(RevocationError::List(_))
            ));
        }
        assert_eq!(revocations.len(), 1);
    }
}
