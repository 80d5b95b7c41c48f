//! Lines of a file, for those who look there.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use passkeyd_domain::ports::{OutboxFile, OutboxFileError};
use tokio::{fs::OpenOptions, io::AsyncWriteExt as _};

/// Appends lines to a file that nobody else may read.
pub struct LineFile {
    default: PathBuf,
}

impl LineFile {
    /// Appends to that file where a line names none.
    pub fn new(default: PathBuf) -> Self {
        Self { default }
    }
}

#[async_trait]
impl OutboxFile for LineFile {
    async fn append(&self, path: Option<&str>, line: &str) -> Result<(), OutboxFileError> {
        let path = path.map_or(self.default.as_path(), Path::new);
        append(path, line).await.map_err(|error| OutboxFileError {
            path: path.display().to_string(),
            reason: error.to_string(),
        })
    }
}

async fn append(path: &Path, line: &str) -> std::io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // The file holds codes that sign people in.
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path).await?;
    // In one call, so that lines written at once stay whole.
    file.write_all(format!("{line}\n").as_bytes()).await?;
    file.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_appended_to_the_named_file_or_to_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let default = folder.path().join("deep/outbox.jsonl");
        let named = folder.path().join("named.jsonl");
        let file = LineFile::new(default.clone());
        file.append(None, "one").await.unwrap();
        file.append(None, "two").await.unwrap();
        file.append(named.to_str(), "three").await.unwrap();
        assert_eq!(std::fs::read_to_string(&default).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&named).unwrap(), "three\n");
        let error = file.append(folder.path().to_str(), "four").await;
        assert!(error.is_err());
    }
}
