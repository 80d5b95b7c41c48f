//! Reading the metadata BLOB: whose signature counts, and that it is no older than the last one.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use passkeyd_webauthn::{
    Error,
    metadata::{Blob, BlobRules, LastSeen},
    policy::Strictness,
    trust::{Anchor, metadata_root},
};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Catalogue, Revocations, pem};

/// Why metadata is not used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// The root is neither a certificate in DER nor one in PEM.
    #[error("the root is no certificate in DER or PEM")]
    Root,
    /// The BLOB is not acceptable.
    #[error("the metadata is not acceptable")]
    Blob(#[source] Error),
}

/// Verifies one BLOB after another, and remembers the last.
#[derive(Debug)]
pub struct MetadataReader {
    root: Anchor,
    /// Tells roots apart: what was seen under one says nothing of another's BLOBs.
    root_digest: String,
    last_seen: Option<LastSeen>,
    rules: BlobRules,
}

/// What is remembered, as it is kept.
#[derive(Serialize, Deserialize)]
struct Memory {
    root: String,
    #[serde(flatten)]
    seen: LastSeen,
}

impl MetadataReader {
    /// In: the certificate, in DER or PEM, that must be at the end of the signature's chain; none: the root that FIDO's
    /// own service uses.
    ///
    /// # Errors
    /// [`MetadataError::Root`].
    pub fn new(root: Option<&[u8]>) -> Result<Self, MetadataError> {
        let root = match root {
            Some(bytes) => {
                let der = pem::blocks(bytes, "CERTIFICATE").into_iter().next();
                let der = der.unwrap_or_else(|| bytes.to_vec());
                Anchor::certificate_der(&der).map_err(|_| MetadataError::Root)?
            }
            None => metadata_root().map_err(|_| MetadataError::Root)?,
        };
        let key = root
            .certificate()
            .map(|certificate| certificate.subject_public_key_info().to_vec())
            .unwrap_or_default();
        let mut rules = BlobRules::default();
        // Old metadata protects better than none; whoever runs the server is told.
        rules.stale = Strictness::Report;
        Ok(Self {
            root,
            root_digest: HEXLOWER.encode(digest(&SHA256, &key).as_ref()),
            last_seen: None,
            rules,
        })
    }

    /// Recalls what [`MetadataReader::memory`] gave before. What is unreadable, or of another root, is ignored.
    pub fn recall(&mut self, memory: &[u8]) {
        if let Ok(memory) = serde_json::from_slice::<Memory>(memory)
            && memory.root == self.root_digest
        {
            self.last_seen = Some(memory.seen);
        }
    }

    /// What to keep over a restart, so that an older BLOB is refused then too; none before the first one.
    pub fn memory(&self) -> Option<String> {
        let memory = Memory {
            root: self.root_digest.clone(),
            seen: self.last_seen.clone()?,
        };
        serde_json::to_string(&memory).ok()
    }

    /// Verifies a BLOB: signature, chain, whose certificates must not be revoked, serial number, dates.
    ///
    /// # Errors
    /// [`MetadataError::Blob`]; what was read before stays the last.
    pub fn read(
        &mut self,
        blob: &[u8],
        revocations: &Revocations,
        now: Timestamp,
    ) -> Result<Catalogue, MetadataError> {
        let roots = std::slice::from_ref(&self.root);
        let seen = self.last_seen.as_ref();
        let blob = Blob::parse_and_verify(blob, roots, revocations.facts(), now, seen, &self.rules)
            .map_err(MetadataError::Blob)?;
        self.last_seen = Some(blob.last_seen());
        Ok(Catalogue::of(blob))
    }
}
