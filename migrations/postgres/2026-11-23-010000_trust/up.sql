-- Which user a browser's store of keys stands for.

CREATE TABLE trust_bindings (
    tenant TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    thumbprint BYTEA NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    device TEXT COLLATE "C",
    bound_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, id, thumbprint)
);
CREATE INDEX trust_bindings_of_user ON trust_bindings (user_key);
