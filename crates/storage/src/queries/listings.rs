use diesel::prelude::*;
use passkeyd_domain::{
    Event, EventKind, TenantId, UserId,
    ports::{
        CredentialCursor, CredentialFilter, EventCursor, EventFilter, OwnedCredential, UserSummary,
    },
};

use super::{Conn, users};
use crate::{
    rows::{CredentialRow, EventRow, OwnerRow, Read, millis},
    schema::{credentials, events, users as user_rows},
};

pub(crate) fn events(
    conn: &mut Conn,
    tenant: &TenantId,
    filter: &EventFilter,
    after: Option<&EventCursor>,
    limit: u32,
) -> Read<Vec<(EventCursor, Event)>> {
    let mut query = events::table
        .filter(events::tenant.eq(tenant.as_str()))
        .order((events::performed_at.desc(), events::id.desc()))
        .limit(i64::from(limit))
        .select(EventRow::as_select())
        .into_boxed();
    if !filter.kinds.is_empty() {
        let kinds = filter.kinds.iter().map(|kind| EventKind::number(*kind));
        query = query.filter(events::kind.eq_any(kinds));
    }
    if let Some(who) = &filter.performed_by {
        query = query.filter(events::performed_by.eq(who));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(events::subject.eq(subject));
    }
    if let Some(from) = filter.from {
        query = query.filter(events::performed_at.ge(millis(from)));
    }
    if let Some(before) = filter.before {
        query = query.filter(events::performed_at.lt(millis(before)));
    }
    if let Some(after) = after {
        let at = millis(after.performed_at);
        let earlier = events::performed_at.lt(at);
        let before_it = events::performed_at.eq(at).and(events::id.lt(after.number));
        // The first condition says nothing new, but an index can use it.
        query = query
            .filter(events::performed_at.le(at))
            .filter(earlier.or(before_it));
    }
    let rows = query.load(conn)?;
    rows.into_iter()
        .filter_map(|row| row.event().transpose())
        .collect()
}

pub(crate) fn credentials(
    conn: &mut Conn,
    tenant: &TenantId,
    filter: &CredentialFilter,
    after: Option<&CredentialCursor>,
    limit: u32,
) -> Read<Vec<OwnedCredential>> {
    let mut query = credentials::table
        .inner_join(user_rows::table)
        .filter(credentials::tenant.eq(tenant.as_str()))
        .order((credentials::created_at, credentials::id))
        .limit(i64::from(limit))
        .select((CredentialRow::as_select(), OwnerRow::as_select()))
        .into_boxed();
    if let Some(user_id) = &filter.user_id {
        query = query.filter(user_rows::user_id.eq(user_id.as_str()));
    }
    if let Some(rp_id) = &filter.rp_id {
        query = query.filter(credentials::rp_id.eq(rp_id));
    }
    if let Some(aaguid) = &filter.aaguid {
        query = query.filter(credentials::aaguid.eq(aaguid.as_bytes().as_slice()));
    }
    if let Some(after) = after {
        let at = millis(after.created_at);
        let later = credentials::created_at.gt(at);
        let id = after.id.as_bytes().as_slice();
        let after_it = credentials::created_at.eq(at).and(credentials::id.gt(id));
        query = query
            .filter(credentials::created_at.ge(at))
            .filter(later.or(after_it));
    }
    let rows: Vec<(CredentialRow, OwnerRow)> = query.load(conn)?;
    rows.into_iter()
        .map(|(credential, owner)| credential.owned_by(owner))
        .collect()
}

pub(crate) fn users(
    conn: &mut Conn,
    tenant: &TenantId,
    prefix: &str,
    after: Option<&UserId>,
    limit: u32,
) -> Read<Vec<UserSummary>> {
    users::list_prefixed(conn, tenant, prefix, after, limit)
}
