use std::error::Error;

use passkeyd_domain::TenantId;
use passkeyd_service::{Service, metadata::JudgedCredential};
use serde_json::{Value, json};

use crate::output::Report;

/// Lists attested credentials with what the server made of them last.
pub(crate) async fn list(
    service: &Service,
    app: Option<&TenantId>,
    all: bool,
) -> Result<Report, Box<dyn Error>> {
    let credentials = service.judged_credentials(app, all).await?;
    let text: Vec<String> = credentials.iter().map(line).collect();
    let credentials: Vec<Value> = credentials.iter().map(described).collect();
    Ok(Report::new(
        text.join("\n"),
        json!({ "credentials": credentials }),
    ))
}

fn line(credential: &JudgedCredential) -> String {
    format!(
        "{}  {}  {}  {}  {}  {}",
        credential.tenant,
        credential.credential_id,
        credential.aaguid,
        credential.format,
        credential.created_at,
        credential.fault.as_deref().unwrap_or("good"),
    )
}

fn described(credential: &JudgedCredential) -> Value {
    json!({
        "app": credential.tenant,
        "credentialId": credential.credential_id,
        "aaguid": credential.aaguid,
        "format": credential.format,
        "createdAt": credential.created_at,
        "fault": credential.fault,
    })
}
