-- Sessions of accounts, what guards their passwords, and their ideas.

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    device TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_key);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A token that was replaced stays as long as its session, so that its use is noticed.
CREATE TABLE refresh_tokens (
    tenant TEXT NOT NULL,
    hash BLOB NOT NULL,
    session BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    replaced_at INTEGER,
    PRIMARY KEY (tenant, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session);

CREATE TABLE attempts (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    count INTEGER NOT NULL,
    window_ends INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_end ON attempts (window_ends);

CREATE TABLE ideas (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    content TEXT NOT NULL,
    impact INTEGER NOT NULL,
    ease INTEGER NOT NULL,
    confidence INTEGER NOT NULL,
    score INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ideas_of_user ON ideas (user_key, score, created_at, id);
