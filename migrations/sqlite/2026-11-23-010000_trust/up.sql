-- Which user a browser's store of keys stands for.

CREATE TABLE trust_bindings (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    thumbprint BLOB NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    device TEXT,
    bound_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, id, thumbprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX trust_bindings_of_user ON trust_bindings (user_key);
