use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use passkeyd_domain::ports::{Clock, Message};
use tokio::{fs::OpenOptions, io::AsyncWriteExt as _};

use super::{Provider, ProviderError};

/// Appends mails to a file, for development and for those who look there: a heading with the time, recipient and subject,
/// then the text part.
pub struct FileProvider {
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl FileProvider {
    /// Appends to that file, which is made when the first mail comes.
    pub fn new(path: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { path, clock }
    }

    async fn append(&self, text: &str) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        // The file holds links that sign people in.
        #[cfg(unix)]
        options.mode(0o600);
        let mut file = options.open(&self.path).await?;
        file.write_all(text.as_bytes()).await?;
        file.flush().await
    }
}

#[async_trait]
impl Provider for FileProvider {
    async fn deliver(&self, message: &Message) -> Result<(), ProviderError> {
        let Message {
            to, subject, text, ..
        } = message;
        let time = self.clock.now();
        let entry = format!("# {time}\n\nTo: {to}\nSubject: {subject}\n\n{text}\n\n");
        self.append(&entry).await.map_err(|error| ProviderError {
            provider: format!("file {}", self.path.display()),
            reason: error.to_string(),
        })
    }
}
