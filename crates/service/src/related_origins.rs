//! Related origin requests (WebAuthn §5.11): which origins may use passkeys of an RP id.

use crate::{Error, Service, origin::normalised};

impl Service {
    /// The origins of `https://RP_ID/.well-known/webauthn`: those that tenants list who list this RP id. None: no tenant
    /// does, and there is no such document.
    pub async fn related_origins(&self, rp_id: &str) -> Result<Option<Vec<String>>, Error> {
        let rp_id = rp_id.to_ascii_lowercase();
        if let Some(known) = self.related_origins.get(&rp_id) {
            return Ok(known);
        }
        let tenants = self.store.tenants().await?;
        let mut listing = tenants
            .iter()
            .filter(|tenant| tenant.settings.rp_ids.contains(&rp_id))
            .peekable();
        let origins = listing.peek().is_some().then(|| {
            let mut origins: Vec<String> = listing
                .flat_map(|tenant| &tenant.settings.origins)
                .filter_map(|listed| normalised(listed))
                .filter(|origin| origin.starts_with("https://"))
                .collect();
            origins.sort();
            origins.dedup();
            origins
        });
        self.related_origins.insert(rp_id, origins.clone());
        Ok(origins)
    }
}
