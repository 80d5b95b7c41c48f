use std::error::Error;

use serde_json::json;

use crate::{
    commands::serve,
    output::Report,
    settings::{SETTINGS, Settings, reference},
    wiring,
};

/// Tells that the configuration, which was read before, is good.
pub(crate) fn check(settings: &Settings) -> Result<Report, Box<dyn Error>> {
    wiring::master_key(settings)?;
    serve::http_settings(settings)?;
    Ok(Report::new(
        "the configuration is good",
        json!({ "good": true }),
    ))
}

/// Prints the commented reference; as JSON the table that it is made of.
pub(crate) fn print_reference() -> Report {
    let table: Vec<_> = SETTINGS
        .iter()
        .map(|setting| {
            json!({
                "key": setting.key,
                "default": setting.default,
                "example": setting.example,
                "description": setting.doc,
                "fromFile": setting.kind.is_secret(),
            })
        })
        .collect();
    Report::new(reference().trim_end(), json!({ "settings": table }))
}
