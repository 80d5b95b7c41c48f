//! Where anchors come from.

use std::sync::Arc;

use super::{Anchor, RevocationFacts};
use crate::attestation::AttestationType;
use crate::authenticator_data::Aaguid;
use crate::error::Result;
use crate::metadata::Entry;
use crate::x509::{Certificate, DerRules};

/// What a trust source is asked: one attestation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TrustQuery<'a> {
    /// The attestation statement format.
    pub format: &'a str,
    /// The type of the attestation, as far as the format tells it.
    pub attestation_type: AttestationType,
    /// The model.
    pub aaguid: Aaguid,
    /// The statement's certificates, leaf first.
    pub path: &'a [Certificate],
}

/// What a source knows that bears on one attestation.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TrustMaterial<'a> {
    /// Those who may vouch for it.
    pub anchors: Vec<&'a Anchor>,
    /// Certificates that may fill a gap between the statement and an anchor.
    pub intermediates: Vec<&'a Certificate>,
    /// What is known about revocation.
    pub revocation: Vec<&'a RevocationFacts>,
    /// What FIDO's metadata says about the model.
    pub metadata: Option<&'a Entry>,
    /// The metadata should have been replaced by now.
    pub metadata_is_stale: bool,
}

impl<'a> TrustMaterial<'a> {
    /// Nothing is known.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds what another source knows; metadata that is there already wins.
    pub fn join(&mut self, other: Self) {
        self.anchors.extend(other.anchors);
        self.intermediates.extend(other.intermediates);
        self.revocation.extend(other.revocation);
        if self.metadata.is_none() {
            self.metadata = other.metadata;
            self.metadata_is_stale = other.metadata_is_stale;
        }
    }

    /// Sets the anchors.
    #[must_use]
    pub fn with_anchors(mut self, anchors: Vec<&'a Anchor>) -> Self {
        self.anchors = anchors;
        self
    }

    /// Sets the metadata entry.
    #[must_use]
    pub const fn with_metadata(mut self, entry: &'a Entry) -> Self {
        self.metadata = Some(entry);
        self
    }
}

/// Gives what is known about an attestation. Implementations are pure: they look up, and never fetch.
pub trait TrustSource {
    /// What bears on this attestation: anchors, intermediates, revocation facts, metadata.
    fn material(&self, query: &TrustQuery<'_>) -> TrustMaterial<'_>;
}

impl<T: TrustSource + ?Sized> TrustSource for &T {
    fn material(&self, query: &TrustQuery<'_>) -> TrustMaterial<'_> {
        (**self).material(query)
    }
}

impl<T: TrustSource + ?Sized> TrustSource for Box<T> {
    fn material(&self, query: &TrustQuery<'_>) -> TrustMaterial<'_> {
        (**self).material(query)
    }
}

impl<T: TrustSource + ?Sized> TrustSource for Arc<T> {
    fn material(&self, query: &TrustQuery<'_>) -> TrustMaterial<'_> {
        (**self).material(query)
    }
}

/// Trusts nobody: enough where attestation is not required.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrust;

impl TrustSource for NoTrust {
    fn material(&self, _: &TrustQuery<'_>) -> TrustMaterial<'_> {
        TrustMaterial::none()
    }
}

/// A fixed set of anchors, with intermediates and revocation facts to go with them.
#[derive(Debug, Clone, Default)]
pub struct StaticTrust {
    anchors: Vec<Anchor>,
    intermediates: Vec<Certificate>,
    revocation: RevocationFacts,
}

impl StaticTrust {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an anchor.
    #[must_use]
    pub fn with_anchor(mut self, anchor: Anchor) -> Self {
        self.anchors.push(anchor);
        self
    }

    /// Adds an anchor, in DER, that vouches for any format and model. Better bind it: [`Anchor::for_formats`],
    /// [`Anchor::for_aaguids`].
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`](crate::Error::CertificateMalformed).
    pub fn with_anchor_der(self, der: &[u8]) -> Result<Self> {
        Ok(self.with_anchor(Anchor::certificate_der(der)?))
    }

    /// Adds an intermediate certificate, in DER, that statements may lack.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`](crate::Error::CertificateMalformed).
    pub fn with_intermediate_der(mut self, der: &[u8]) -> Result<Self> {
        self.intermediates
            .push(Certificate::parse(der, DerRules::Strict)?);
        Ok(self)
    }

    /// Sets what is known about revocation. In a [`Union`] these facts count for the chains of all sources, so a set without
    /// anchors can bring them beside a [`Blob`](crate::metadata::Blob), which has none.
    #[must_use]
    pub fn with_revocation(mut self, facts: RevocationFacts) -> Self {
        self.revocation = facts;
        self
    }

    /// The anchors.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }
}

impl TrustSource for StaticTrust {
    fn material(&self, query: &TrustQuery<'_>) -> TrustMaterial<'_> {
        TrustMaterial {
            anchors: self
                .anchors
                .iter()
                .filter(|anchor| anchor.vouches_for(query))
                .collect(),
            intermediates: self.intermediates.iter().collect(),
            revocation: vec![&self.revocation],
            metadata: None,
            metadata_is_stale: false,
        }
    }
}

/// Several sources as one. All their anchors and facts count; metadata comes from the first that has any.
///
/// It borrows its sources: make one beside each call of [`register`](crate::register).
#[derive(Default)]
pub struct Union<'s> {
    sources: Vec<&'s (dyn TrustSource + Sync)>,
}

impl<'s> Union<'s> {
    /// Joins `sources`, the most trusted first.
    pub fn new(sources: Vec<&'s (dyn TrustSource + Sync)>) -> Self {
        Self { sources }
    }
}

impl TrustSource for Union<'_> {
    fn material(&self, query: &TrustQuery<'_>) -> TrustMaterial<'_> {
        let mut joined = TrustMaterial::none();
        for source in &self.sources {
            joined.join(source.material(query));
        }
        joined
    }
}
