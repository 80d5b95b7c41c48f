//! The FIDO metadata file: read at the start, and again whenever it changes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use passkeyd_service::{
    Service,
    metadata::{Catalogue, MetadataReader},
};
use thiserror::Error;

use crate::settings::Settings;

/// How often files are looked at.
pub(crate) const POLL: Duration = Duration::from_secs(1);
/// What is remembered of the last metadata, in the data directory.
const MEMORY_FILE: &str = "mds-seen.json";

/// Why the server can't start with a file.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// It can't be read.
    #[error("{setting}: {} can't be read", path.display())]
    Unreadable {
        setting: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// It was read, and is not what it should be.
    #[error("{setting}: {} is refused", path.display())]
    Refused {
        setting: &'static str,
        path: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl FileError {
    /// Reads the file that a setting names.
    pub(crate) fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, Self> {
        fs::read(path).map_err(|source| Self::Unreadable {
            setting,
            path: path.to_owned(),
            source,
        })
    }

    pub(crate) fn refused(
        setting: &'static str,
        path: &Path,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Refused {
            setting,
            path: path.to_owned(),
            source: Box::new(source),
        }
    }
}

/// The file as it was when it was looked at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: SystemTime,
    length: u64,
}

/// The metadata file of the settings.
pub(crate) struct MetadataFile {
    path: PathBuf,
    memory: PathBuf,
    reader: MetadataReader,
    stamp: Option<Stamp>,
}

impl MetadataFile {
    /// Reads the root that the settings name and what is remembered of earlier metadata; none where no file is named.
    pub(crate) fn open(settings: &Settings, data_dir: &Path) -> Result<Option<Self>, FileError> {
        let Some(path) = settings.mds_file.clone() else {
            return Ok(None);
        };
        let setting = "webauthn.mds_root_file";
        let root = settings
            .mds_root_file
            .as_ref()
            .map(|path| FileError::read(setting, path))
            .transpose()?;
        let mut reader = MetadataReader::new(root.as_deref()).map_err(|source| {
            let path = settings.mds_root_file.as_deref().unwrap_or(Path::new(""));
            FileError::refused(setting, path, source)
        })?;
        let memory = data_dir.join(MEMORY_FILE);
        if let Ok(text) = fs::read(&memory) {
            reader.recall(&text);
        }
        Ok(Some(Self {
            path,
            memory,
            reader,
            stamp: None,
        }))
    }

    /// Reads the file for the first time; what is wrong with it keeps the server from starting.
    pub(crate) fn load(&mut self, service: &Service) -> Result<(), FileError> {
        self.stamp = stamp(&self.path);
        let catalogue = self.read(service)?;
        self.adopt(service, catalogue);
        Ok(())
    }

    /// Looks after the file for as long as the server runs. A file that is not acceptable leaves everything as it is.
    pub(crate) async fn follow(mut self, service: Arc<Service>) {
        judge_again(&service).await;
        loop {
            tokio::time::sleep(POLL).await;
            let path = self.path.clone();
            let Ok(found) = tokio::task::spawn_blocking(move || stamp(&path)).await else {
                return;
            };
            if found == self.stamp {
                continue;
            }
            self.stamp = found;
            if found.is_none() {
                tracing::warn!(file = %self.path.display(), "the metadata file is gone; what it said stays");
                continue;
            }
            let reading = Arc::clone(&service);
            let read = tokio::task::spawn_blocking(move || {
                let catalogue = self.read(&reading);
                (self, catalogue)
            });
            let Ok((this, catalogue)) = read.await else {
                return;
            };
            self = this;
            match catalogue {
                Ok(catalogue) => {
                    self.adopt(&service, catalogue);
                    judge_again(&service).await;
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "new metadata is refused; what was known before stays"
                ),
            }
        }
    }

    fn read(&mut self, service: &Service) -> Result<Catalogue, FileError> {
        let setting = "webauthn.mds_file";
        let bytes = FileError::read(setting, &self.path)?;
        self.reader
            .read(&bytes, &service.revocations(), service.now())
            .map_err(|source| FileError::refused(setting, &self.path, source))
    }

    fn adopt(&self, service: &Service, catalogue: Catalogue) {
        if let Some(blob) = catalogue.blob() {
            let (number, next_update) = (blob.number(), blob.next_update());
            tracing::info!(number, %next_update, models = catalogue.len(), "metadata is in use");
            if blob.is_stale() {
                tracing::warn!(%next_update, "the metadata is out of date: what happened to authenticators since is unknown");
            }
        }
        service.set_catalogue(catalogue);
        if let Some(memory) = self.reader.memory()
            && let Err(error) = fs::write(&self.memory, memory)
        {
            tracing::warn!(
                file = %self.memory.display(),
                error = &error as &dyn std::error::Error,
                "older metadata would be taken after a restart: the last one can't be noted"
            );
        }
    }
}

/// Judges attested credentials by what is known now.
pub(crate) async fn judge_again(service: &Service) {
    match service.judge_credentials_again().await {
        Ok(sweep) if sweep.judged > 0 => tracing::info!(
            judged = sweep.judged,
            bad = sweep.bad,
            changed = sweep.changed,
            "attested credentials were judged by what is known now"
        ),
        Ok(_) => {}
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "attested credentials were not judged again"
        ),
    }
}

/// None where there is no file.
pub(crate) fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp {
        modified: metadata.modified().ok()?,
        length: metadata.len(),
    })
}
