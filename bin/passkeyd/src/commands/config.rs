use std::error::Error;

use serde_json::json;

use crate::{
    commands::serve,
    output::Report,
    settings::{Effect, SETTINGS, Settings, reference},
    wiring,
};

/// Tells that the configuration, which was read before, is good.
pub(crate) fn check(settings: &Settings) -> Result<Report, Box<dyn Error>> {
    wiring::master_key(settings)?;
    serve::http_settings(settings)?;
    let mut text = "the configuration is good".to_owned();
    for key in &settings.without_effect {
        text.push_str("\nwithout effect in this version: ");
        text.push_str(key);
    }
    let json = json!({ "good": true, "withoutEffect": settings.without_effect });
    Ok(Report::new(text, json))
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
                "effect": match setting.effect {
                    Effect::Full => "full",
                    Effect::NoneYet => "none",
                },
            })
        })
        .collect();
    Report::new(reference().trim_end(), json!({ "settings": table }))
}
