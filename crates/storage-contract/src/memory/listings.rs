use async_trait::async_trait;
use passkeyd_domain::{
    Credential, Event, TenantId, UserId,
    ports::{
        CredentialCursor, CredentialFilter, EventCursor, EventFilter, Listings, OwnedCredential,
        StoreError, UserSummary,
    },
};

use super::MemoryStore;

#[async_trait]
impl Listings for MemoryStore {
    async fn find_events(
        &self,
        tenant: &TenantId,
        filter: EventFilter,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<(EventCursor, Event)>, StoreError> {
        let found = self.read(tenant, |rows| {
            rows.events
                .newest_first()
                .into_iter()
                .filter(|(cursor, _)| after.is_none_or(|after| *cursor < after))
                .filter(|(_, event)| passes(&filter, event))
                .take(usize::try_from(limit).unwrap_or(usize::MAX))
                .map(|(cursor, event)| (cursor, event.clone()))
                .collect()
        });
        Ok(found.unwrap_or_default())
    }

    async fn find_credentials(
        &self,
        tenant: &TenantId,
        filter: CredentialFilter,
        after: Option<CredentialCursor>,
        limit: u32,
    ) -> Result<Vec<OwnedCredential>, StoreError> {
        let found = self.read(tenant, |rows| {
            let mut found: Vec<_> = rows
                .credentials
                .iter()
                .filter(|held| after.is_none_or(|after| place(held) > after))
                .filter(|held| {
                    filter
                        .rp_id
                        .as_ref()
                        .is_none_or(|rp_id| held.rp_id == *rp_id)
                })
                .filter(|held| filter.aaguid.is_none_or(|aaguid| held.aaguid == aaguid))
                .filter_map(|held| rows.owned(held))
                .filter(|owned| {
                    filter
                        .user_id
                        .as_ref()
                        .is_none_or(|user_id| owned.user_id == *user_id)
                })
                .collect();
            found.sort_by_key(|owned| place(&owned.credential));
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            found
        });
        Ok(found.unwrap_or_default())
    }

    async fn find_users(
        &self,
        tenant: &TenantId,
        prefix: String,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserSummary>, StoreError> {
        let found = self.read(tenant, |rows| {
            rows.users
                .iter()
                .filter(|(user_id, _)| after.as_ref().is_none_or(|after| *user_id > after))
                .filter(|(user_id, _)| user_id.as_str().starts_with(&prefix))
                .map(|(_, user)| rows.summary(user))
                .filter(|summary| summary.credentials_count > 0 || !summary.aliases.is_empty())
                .take(usize::try_from(limit).unwrap_or(usize::MAX))
                .collect()
        });
        Ok(found.unwrap_or_default())
    }
}

fn place(credential: &Credential) -> CredentialCursor {
    CredentialCursor {
        created_at: credential.created_at,
        id: credential.id,
    }
}

fn passes(filter: &EventFilter, event: &Event) -> bool {
    (filter.kinds.is_empty() || filter.kinds.contains(&event.kind))
        && filter
            .performed_by
            .as_ref()
            .is_none_or(|who| event.performed_by == *who)
        && filter
            .subject
            .as_ref()
            .is_none_or(|subject| event.subject == *subject)
        && filter.from.is_none_or(|from| event.performed_at >= from)
        && filter
            .before
            .is_none_or(|before| event.performed_at < before)
}
