use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{
    Account, Idea, IdeaContent, IdeaId, PasswordHash, Score, Scores, Session, UserKey,
};

use super::{Read, Reader, UserRow, hex, millis};
use crate::schema::{ideas, sessions, users};

/// What only some surfaces know of a user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct ProfileRow {
    display_name: Option<String>,
    password_hash: Option<String>,
}

/// The columns of an account: its user, its profile, its primary identifier.
pub(crate) type AccountColumns = (UserRow, ProfileRow, Option<String>);

pub(crate) fn account((user, profile, identifier): AccountColumns) -> Read<Account> {
    Ok(Account {
        user: user.user()?,
        name: profile.display_name,
        identifier,
        password_hash: profile.password_hash.map(PasswordHash::new),
    })
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    id: Vec<u8>,
    tenant: String,
    user_key: Vec<u8>,
    device: String,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
}

impl SessionRow {
    pub(crate) fn of(session: &Session) -> Self {
        Self {
            id: session.id.as_bytes().to_vec(),
            tenant: session.tenant.to_string(),
            user_key: session.user.0.as_bytes().to_vec(),
            device: session.device.clone(),
            created_at: millis(session.created_at),
            last_used_at: millis(session.last_used_at),
            expires_at: millis(session.expires_at),
        }
    }

    pub(crate) fn session(self) -> Read<Session> {
        let key = hex(&self.id);
        let read = Reader {
            table: "sessions",
            key: &key,
        };
        Ok(Session {
            id: read.uuid("id", &self.id)?,
            tenant: read.of("tenant", self.tenant.parse())?,
            user: UserKey(read.uuid("user_key", &self.user_key)?),
            device: self.device,
            created_at: read.time("created_at", self.created_at)?,
            last_used_at: read.time("last_used_at", self.last_used_at)?,
            expires_at: read.time("expires_at", self.expires_at)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ideas)]
pub(crate) struct IdeaRow {
    tenant: String,
    id: String,
    user_key: Vec<u8>,
    content: String,
    impact: i64,
    ease: i64,
    confidence: i64,
    score: i64,
    created_at: i64,
}

impl IdeaRow {
    pub(crate) fn of(idea: &Idea) -> Self {
        Self {
            tenant: idea.tenant.to_string(),
            id: idea.id.to_string(),
            user_key: idea.owner.0.as_bytes().to_vec(),
            content: idea.content.as_str().to_owned(),
            impact: idea.scores.impact.number().into(),
            ease: idea.scores.ease.number().into(),
            confidence: idea.scores.confidence.number().into(),
            score: idea.scores.sum().into(),
            created_at: millis(idea.created_at),
        }
    }

    pub(crate) fn idea(self) -> Read<Idea> {
        let key = format!("{}/{}", self.tenant, self.id);
        let read = Reader {
            table: "ideas",
            key: &key,
        };
        let score = |column, number| read.of(column, Score::new(number).ok_or("not from 1 to 10"));
        Ok(Idea {
            scores: Scores {
                impact: score("impact", self.impact)?,
                ease: score("ease", self.ease)?,
                confidence: score("confidence", self.confidence)?,
            },
            id: read.of("id", self.id.parse::<IdeaId>())?,
            tenant: read.of("tenant", self.tenant.parse())?,
            owner: UserKey(read.uuid("user_key", &self.user_key)?),
            content: read.of("content", IdeaContent::new(self.content))?,
            created_at: read.time("created_at", self.created_at)?,
        })
    }
}
