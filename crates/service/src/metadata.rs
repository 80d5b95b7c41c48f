//! What the FIDO metadata says of makes of authenticators, for people who choose among them.

mod pem;
mod reading;
mod revocation;
mod sweep;

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, PoisonError},
};

use passkeyd_webauthn::metadata::{Blob, Entry};
use uuid::Uuid;

pub use reading::{MetadataError, MetadataReader};
pub use revocation::{RevocationError, Revocations};
pub(crate) use sweep::KeptTrust;
pub use sweep::{JudgedCredential, Sweep};

use crate::Service;

/// A make of authenticator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its AAGUID.
    pub aaguid: Uuid,
    /// Its name; empty where the metadata has none.
    pub name: String,
    /// A `data:` URL.
    pub icon: Option<String>,
    /// FIDO's words for what happened to it (`FIDO_CERTIFIED_L1`, `REVOKED`, …), each once, as in the metadata.
    pub certification_statuses: Vec<String>,
    /// FIDO's words for how it attests (`basic_full`, …).
    pub attestation_types: Vec<String>,
}

/// Which models to list; an empty list of words narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFilter {
    /// Those that have any of these.
    pub attestation_types: Vec<String>,
    /// Those that have any of these.
    pub certification_statuses: Vec<String>,
}

/// The FIDO2 models of the metadata, by name, and the metadata itself to judge registrations by.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    models: Vec<Model>,
    known: HashSet<Uuid>,
    blob: Option<Arc<Blob>>,
}

impl Catalogue {
    /// What verified metadata says.
    pub fn of(blob: Blob) -> Self {
        let models = blob.fido2_entries().filter_map(model).collect();
        Self {
            blob: Some(Arc::new(blob)),
            ..Self::new(models)
        }
    }

    /// A catalogue of these models, by which nothing is judged.
    pub fn new(mut models: Vec<Model>) -> Self {
        models.sort_by(|a, b| (&a.name, a.aaguid).cmp(&(&b.name, b.aaguid)));
        let known = models.iter().map(|model| model.aaguid).collect();
        Self {
            models,
            known,
            blob: None,
        }
    }

    /// Is it one of these models?
    pub fn knows(&self, aaguid: Uuid) -> bool {
        self.known.contains(&aaguid)
    }

    /// How many models it has.
    pub fn len(&self) -> usize {
        self.models.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// The metadata.
    pub fn blob(&self) -> Option<&Blob> {
        self.blob.as_deref()
    }
}

fn model(entry: &Entry) -> Option<Model> {
    let mut seen = HashSet::new();
    Some(Model {
        aaguid: Uuid::from_bytes(entry.aaguid()?.0),
        name: entry.description().unwrap_or_default().to_owned(),
        icon: entry.icon().map(str::to_owned),
        certification_statuses: entry
            .status_reports()
            .iter()
            .map(|report| report.status.as_str().to_owned())
            .filter(|status| seen.insert(status.clone()))
            .collect(),
        attestation_types: entry
            .attestation_types()
            .iter()
            .map(|name| name.as_str().to_owned())
            .collect(),
    })
}

impl Service {
    /// Replaces what is known of models, at start and whenever newer metadata was verified.
    pub fn set_catalogue(&self, catalogue: Catalogue) {
        let mut known = self
            .catalogue
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Some(Arc::new(catalogue));
    }

    /// What is known of models; none where the server has no metadata.
    pub(crate) fn catalogue(&self) -> Option<Arc<Catalogue>> {
        self.catalogue
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The distinct words for how models attest, sorted.
    pub fn attestation_types(&self) -> Vec<String> {
        self.words(|model| &model.attestation_types)
    }

    /// The distinct words for what happened to models, sorted.
    pub fn certification_statuses(&self) -> Vec<String> {
        self.words(|model| &model.certification_statuses)
    }

    fn words(&self, of: impl Fn(&Model) -> &Vec<String>) -> Vec<String> {
        let Some(catalogue) = self.catalogue() else {
            return Vec::new();
        };
        let words: BTreeSet<_> = catalogue.models.iter().flat_map(of).cloned().collect();
        words.into_iter().collect()
    }

    /// The models that pass both filters, by name.
    pub fn models(&self, filter: &ModelFilter) -> Vec<Model> {
        let any = |wanted: &[String], held: &[String]| {
            wanted.is_empty() || wanted.iter().any(|word| held.contains(word))
        };
        let catalogue = self.catalogue().unwrap_or_default();
        catalogue
            .models
            .iter()
            .filter(|model| any(&filter.attestation_types, &model.attestation_types))
            .filter(|model| {
                any(
                    &filter.certification_statuses,
                    &model.certification_statuses,
                )
            })
            .cloned()
            .collect()
    }
}
