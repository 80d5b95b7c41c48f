use std::{error::Error, path::Path};

use serde_json::json;

use crate::{
    output::Report,
    wiring::{self, Missing, Place},
};

/// Writes a consistent copy of the embedded database.
pub(crate) async fn run(place: &Place, file: &Path) -> Result<Report, Box<dyn Error>> {
    wiring::store(place, Missing::IsRefused)
        .await?
        .backup(file)
        .await?;
    let shown = file.display().to_string();
    Ok(Report::new(
        format!("wrote {shown}"),
        json!({ "file": shown }),
    ))
}
