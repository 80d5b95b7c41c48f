use std::error::Error;

use passkeyd_storage::Options;
use serde_json::json;

use crate::{output::Report, wiring::Place};

/// Brings the schema up to date, or only says what it lacks.
pub(crate) async fn run(place: &Place, check: bool) -> Result<Report, Box<dyn Error>> {
    let url = place.database_url();
    if check {
        let pending = passkeyd_storage::pending_migrations(&url).await?;
        let json = json!({ "current": pending.is_empty(), "pending": pending });
        return Ok(if pending.is_empty() {
            Report::new("the schema is current", json)
        } else {
            Report::new(format!("the schema lacks: {}", pending.join(", ")), json).refusing()
        });
    }
    place.prepare()?;
    let options = Options::default().max_connections(place.max_connections());
    let applied = passkeyd_storage::migrate(&url, &options).await?;
    let json = json!({ "applied": applied });
    Ok(if applied.is_empty() {
        Report::new("the schema was current", json)
    } else {
        Report::new(format!("applied: {}", applied.join(", ")), json)
    })
}
