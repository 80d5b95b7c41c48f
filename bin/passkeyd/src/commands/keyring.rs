use std::error::Error;

use passkeyd_domain::TenantId;
use passkeyd_service::Service;
use serde_json::json;

use crate::output::Report;

/// Makes new keys for a tenant, or for every one: one that seals, and one for each purpose that it signs for.
pub(crate) async fn rotate(
    service: &Service,
    app: Option<TenantId>,
) -> Result<Report, Box<dyn Error>> {
    let apps = match app {
        Some(app) => vec![app],
        None => service
            .list_apps()
            .await?
            .into_iter()
            .map(|tenant| tenant.id)
            .collect(),
    };
    for app in &apps {
        service.rotate_sealing_key(app).await?;
        service.rotate_signing_keys(app).await?;
    }
    let text = match apps.as_slice() {
        [one] => format!("made new keys for {one}"),
        more => format!("made new keys for {} tenants", more.len()),
    };
    Ok(Report::new(text, json!({ "rotated": apps })))
}
