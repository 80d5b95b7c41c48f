-- Times are milliseconds since 1970, identifiers that we make are 16 bytes, lists and settings are JSON text.

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    delete_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    stored TEXT NOT NULL,
    lookup TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    locked_at INTEGER,
    last_locked_at INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (tenant, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ring_keys (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    material BLOB NOT NULL,
    wrapped INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE auth_configs (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    time_to_live INTEGER NOT NULL,
    user_verification TEXT NOT NULL,
    hints TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_on INTEGER,
    edited_by TEXT,
    edited_on INTEGER,
    last_used_on INTEGER,
    PRIMARY KEY (tenant, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    key BLOB NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    handle BLOB NOT NULL,
    active INTEGER NOT NULL,
    display_name TEXT,
    display_name_folded TEXT,
    given_name TEXT,
    given_name_folded TEXT,
    family_name TEXT,
    family_name_folded TEXT,
    external_id TEXT,
    password_hash TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (tenant, user_id),
    UNIQUE (tenant, handle)
) STRICT;

CREATE TABLE identifiers (
    tenant TEXT NOT NULL,
    folded TEXT NOT NULL,
    value TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    is_primary INTEGER NOT NULL,
    source TEXT NOT NULL,
    verified_at INTEGER,
    PRIMARY KEY (tenant, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_of_user ON identifiers (user_key);

CREATE TABLE addresses (
    tenant TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    folded TEXT NOT NULL,
    value TEXT NOT NULL,
    label TEXT,
    is_primary INTEGER NOT NULL,
    verified_at INTEGER,
    consent INTEGER NOT NULL,
    PRIMARY KEY (user_key, kind, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_by_value ON addresses (tenant, kind, folded);

CREATE TABLE aliases (
    tenant TEXT NOT NULL,
    hash TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    plaintext TEXT,
    PRIMARY KEY (tenant, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_of_user ON aliases (user_key);

CREATE TABLE federated (
    tenant TEXT NOT NULL,
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    PRIMARY KEY (tenant, provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX federated_of_user ON federated (user_key);

CREATE TABLE credentials (
    id BLOB NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    credential_id BLOB NOT NULL,
    rp_id TEXT NOT NULL,
    public_key BLOB NOT NULL,
    algorithm INTEGER NOT NULL,
    sign_count INTEGER NOT NULL,
    transports TEXT,
    aaguid BLOB NOT NULL,
    backup_eligible INTEGER,
    backed_up INTEGER,
    user_verified INTEGER NOT NULL,
    discoverable INTEGER,
    attestation_format TEXT NOT NULL,
    origin TEXT NOT NULL,
    device TEXT NOT NULL,
    country TEXT NOT NULL,
    nickname TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    UNIQUE (tenant, credential_id)
) STRICT;
CREATE INDEX credentials_of_user ON credentials (user_key);

CREATE TABLE credential_evidence (
    id BLOB NOT NULL PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    tenant TEXT NOT NULL,
    attestation_object BLOB NOT NULL,
    client_data BLOB NOT NULL,
    trust TEXT NOT NULL
) STRICT;

CREATE TABLE magic_links (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    user_id TEXT NOT NULL,
    address TEXT NOT NULL,
    template TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX magic_links_of_tenant_by_time ON magic_links (tenant, sent_at);
CREATE INDEX magic_links_by_time ON magic_links (sent_at);

CREATE TABLE authenticators (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    aaguid BLOB NOT NULL,
    allowed INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, aaguid)
) STRICT, WITHOUT ROWID;

-- Dates are YYYY-MM-DD.
CREATE TABLE reports (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    date TEXT NOT NULL,
    users INTEGER NOT NULL,
    credentials INTEGER NOT NULL,
    daily_active_users INTEGER NOT NULL,
    weekly_active_users INTEGER NOT NULL,
    PRIMARY KEY (tenant, date)
) STRICT, WITHOUT ROWID;

-- No reference to the tenant here, in events and in deliveries: each sign-in writes them, and on PostgreSQL every check
-- of the reference would lock the tenant's one row. Deleting a tenant clears them, and so does making one.
CREATE TABLE ceremonies (
    tenant TEXT NOT NULL,
    id BLOB NOT NULL,
    state TEXT,
    expires_at INTEGER NOT NULL,
    consumed_at INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);

CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    performed_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    message TEXT NOT NULL,
    performed_by TEXT NOT NULL,
    subject TEXT NOT NULL,
    api_key_id TEXT
) STRICT;
CREATE INDEX events_by_time ON events (tenant, performed_at, id);

-- Events that webhooks are still to be told; an event may be gone from its own table by then.
CREATE TABLE deliveries (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    webhook BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    performed_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    message TEXT NOT NULL,
    performed_by TEXT NOT NULL,
    subject TEXT NOT NULL,
    api_key_id TEXT
) STRICT;
CREATE INDEX deliveries_by_time ON deliveries (due_at, number);

CREATE TABLE leases (
    job TEXT NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
