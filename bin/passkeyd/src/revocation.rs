//! The files with lists of revoked certificates: read at the start, and again whenever one of them changes.

use std::{path::PathBuf, sync::Arc};

use passkeyd_service::{Service, metadata::Revocations};

use crate::{
    metadata::{FileError, POLL, Stamp, judge_again, stamp},
    settings::Settings,
};

/// The lists of the settings.
pub(crate) struct RevocationFiles {
    paths: Vec<PathBuf>,
    stamps: Vec<Option<Stamp>>,
}

impl RevocationFiles {
    /// None where the settings name no file.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let paths = settings.revocation_files.clone();
        (!paths.is_empty()).then_some(Self {
            paths,
            stamps: Vec::new(),
        })
    }

    /// Reads them for the first time; what is wrong with one keeps the server from starting.
    pub(crate) fn load(&mut self, service: &Service) -> Result<(), FileError> {
        self.stamps = self.look();
        self.read(service)
    }

    /// Looks after the files for as long as the server runs. A file that is not acceptable leaves everything as it is.
    pub(crate) async fn follow(mut self, service: Arc<Service>) {
        loop {
            tokio::time::sleep(POLL).await;
            let reading = Arc::clone(&service);
            let looked = tokio::task::spawn_blocking(move || {
                let found = self.look();
                let changed = found != self.stamps;
                self.stamps = found;
                let read = changed.then(|| self.read(&reading));
                (self, read)
            });
            let Ok((this, read)) = looked.await else {
                return;
            };
            self = this;
            match read {
                None => {}
                Some(Ok(())) => judge_again(&service).await,
                Some(Err(error)) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "new lists of revoked certificates are refused; what was known before stays"
                ),
            }
        }
    }

    fn look(&self) -> Vec<Option<Stamp>> {
        self.paths.iter().map(|path| stamp(path)).collect()
    }

    fn read(&self, service: &Service) -> Result<(), FileError> {
        let setting = "webauthn.revocation_files";
        let mut revocations = Revocations::default();
        for path in &self.paths {
            revocations
                .add(&FileError::read(setting, path)?)
                .map_err(|source| FileError::refused(setting, path, source))?;
        }
        tracing::info!(
            lists = revocations.len(),
            "lists of revoked certificates are in use"
        );
        service.set_revocations(revocations);
        Ok(())
    }
}
