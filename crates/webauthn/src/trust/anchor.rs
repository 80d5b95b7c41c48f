//! Trust anchors: certificates or bare keys, bound to what they may vouch for.

use std::collections::BTreeSet;

use super::TrustQuery;
use crate::authenticator_data::Aaguid;
use crate::error::Result;
use crate::public_key::PublicKey;
use crate::x509::{Certificate, DerRules};

/// Somebody whom the caller trusts, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub(crate) kind: AnchorKind,
    formats: Option<BTreeSet<String>>,
    aaguids: Option<BTreeSet<Aaguid>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AnchorKind {
    /// A certificate: a root, an intermediate, or an attestation certificate itself.
    Certificate(Box<Certificate>),
    /// A `SubjectPublicKeyInfo`: whoever holds the key, under any certificate.
    Key(Vec<u8>),
}

impl Anchor {
    /// An anchor from a certificate in DER. It may be a root, an intermediate or a leaf.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`](crate::Error::CertificateMalformed). Written-out defaults are let through here,
    /// since the caller chose the certificate.
    pub fn certificate_der(der: &[u8]) -> Result<Self> {
        let certificate = Certificate::parse(der, DerRules::Lenient)?;
        Ok(Self {
            kind: AnchorKind::Certificate(Box::new(certificate)),
            formats: None,
            aaguids: None,
        })
    }

    /// An anchor from a bare public key, as the DER of a `SubjectPublicKeyInfo`: for authorities that renew their
    /// certificates over one key.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`](crate::Error::CertificateMalformed).
    pub fn public_key_der(spki: &[u8]) -> Result<Self> {
        PublicKey::from_spki(spki)?;
        Ok(Self {
            kind: AnchorKind::Key(spki.to_vec()),
            formats: None,
            aaguids: None,
        })
    }

    /// Binds the anchor to statement formats; it vouches for no other.
    #[must_use]
    pub fn for_formats<'f>(mut self, formats: impl IntoIterator<Item = &'f str>) -> Self {
        self.formats = Some(formats.into_iter().map(str::to_owned).collect());
        self
    }

    /// Binds the anchor to models; it vouches for no other.
    #[must_use]
    pub fn for_aaguids(mut self, aaguids: impl IntoIterator<Item = Aaguid>) -> Self {
        self.aaguids = Some(aaguids.into_iter().collect());
        self
    }

    /// Whether the anchor may vouch for this attestation at all.
    pub fn vouches_for(&self, query: &TrustQuery<'_>) -> bool {
        self.formats
            .as_ref()
            .is_none_or(|formats| formats.contains(query.format))
            && self
                .aaguids
                .as_ref()
                .is_none_or(|aaguids| aaguids.contains(&query.aaguid))
    }

    /// The anchor's certificate, unless it is a bare key.
    pub fn certificate(&self) -> Option<&Certificate> {
        if let AnchorKind::Certificate(certificate) = &self.kind {
            Some(certificate)
        } else {
            None
        }
    }

    /// The anchor's key.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`](crate::Error::CertificateMalformed) where its type is unknown.
    pub fn public_key(&self) -> Result<PublicKey<'_>> {
        match &self.kind {
            AnchorKind::Certificate(certificate) => certificate.public_key(),
            AnchorKind::Key(spki) => PublicKey::from_spki(spki),
        }
    }

    /// Whether a certificate that was presented is this anchor: the same bytes, or the same key where the anchor is one.
    pub(crate) fn is(&self, certificate: &Certificate) -> bool {
        match &self.kind {
            AnchorKind::Certificate(anchor) => anchor.der() == certificate.der(),
            AnchorKind::Key(spki) => spki == certificate.subject_public_key_info(),
        }
    }
}
