use diesel::prelude::*;
use passkeyd_domain::{Idea, IdeaContent, IdeaId, Scores, TenantId, UserKey};

use super::Conn;
use crate::{
    rows::{IdeaRow, Read},
    schema::{ideas, users},
    statement::statement,
};

pub(crate) fn add(conn: &mut Conn, idea: &Idea) -> Read<bool> {
    let owner = users::table
        .filter(users::key.eq(idea.owner.0.as_bytes().as_slice()))
        .filter(users::tenant.eq(idea.tenant.as_str()));
    let exists: bool = diesel::select(diesel::dsl::exists(owner)).get_result(conn)?;
    if !exists {
        return Ok(false);
    }
    let added = diesel::insert_into(ideas::table)
        .values(IdeaRow::of(idea))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(added > 0)
}

pub(crate) fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    owner: UserKey,
    offset: u64,
    limit: u32,
) -> Read<Vec<Idea>> {
    ideas::table
        .filter(ideas::user_key.eq(owner.0.as_bytes().as_slice()))
        .filter(ideas::tenant.eq(tenant.as_str()))
        .order((
            ideas::score.desc(),
            ideas::created_at.desc(),
            ideas::id.desc(),
        ))
        .offset(i64::try_from(offset).unwrap_or(i64::MAX))
        .limit(i64::from(limit))
        .select(IdeaRow::as_select())
        .load(conn)?
        .into_iter()
        .map(IdeaRow::idea)
        .collect()
}

pub(crate) fn replace(
    conn: &mut Conn,
    tenant: &TenantId,
    owner: UserKey,
    id: &IdeaId,
    content: &IdeaContent,
    scores: Scores,
) -> Read<Option<Idea>> {
    let replaced = statement::<()>(
        "UPDATE ideas SET content = ?, impact = ?, ease = ?, confidence = ?, score = ?
         WHERE tenant = ? AND id = ? AND user_key = ?",
    )
    .bind(content.as_str())
    .bind(i64::from(scores.impact.number()))
    .bind(i64::from(scores.ease.number()))
    .bind(i64::from(scores.confidence.number()))
    .bind(i64::from(scores.sum()))
    .bind(tenant.as_str())
    .bind(id.as_str())
    .bind(owner.0.as_bytes().as_slice())
    .execute(conn)?;
    if replaced == 0 {
        return Ok(None);
    }
    ideas::table
        .find((tenant.as_str(), id.as_str()))
        .select(IdeaRow::as_select())
        .get_result(conn)
        .optional()?
        .map(IdeaRow::idea)
        .transpose()
}

pub(crate) fn delete(
    conn: &mut Conn,
    tenant: &TenantId,
    owner: UserKey,
    id: &IdeaId,
) -> Read<bool> {
    let deleted = statement::<()>("DELETE FROM ideas WHERE tenant = ? AND id = ? AND user_key = ?")
        .bind(tenant.as_str())
        .bind(id.as_str())
        .bind(owner.0.as_bytes().as_slice())
        .execute(conn)?;
    Ok(deleted > 0)
}
