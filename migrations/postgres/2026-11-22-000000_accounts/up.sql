-- Sessions of accounts, what guards their passwords, and their ideas.

CREATE TABLE sessions (
    id BYTEA NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    device TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_key);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A token that was replaced stays as long as its session, so that its use is noticed.
CREATE TABLE refresh_tokens (
    tenant TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    session BYTEA NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    replaced_at BIGINT,
    PRIMARY KEY (tenant, hash)
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session);

CREATE TABLE attempts (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    window_ends BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX attempts_by_end ON attempts (window_ends);

CREATE TABLE ideas (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    content TEXT COLLATE "C" NOT NULL,
    impact BIGINT NOT NULL,
    ease BIGINT NOT NULL,
    confidence BIGINT NOT NULL,
    score BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX ideas_of_user ON ideas (user_key, score, created_at, id);
