-- Times are milliseconds since 1970, identifiers that we make are 16 bytes, lists and settings are JSON text.

CREATE TABLE tenants (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    settings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    delete_at BIGINT
);

CREATE TABLE api_keys (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    stored TEXT COLLATE "C" NOT NULL,
    lookup TEXT COLLATE "C" UNIQUE,
    created_at BIGINT NOT NULL,
    locked_at BIGINT,
    last_locked_at BIGINT,
    expires_at BIGINT,
    PRIMARY KEY (tenant, key_id)
);

CREATE TABLE ring_keys (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BYTEA NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    material BYTEA NOT NULL,
    wrapped BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE auth_configs (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    purpose TEXT COLLATE "C" NOT NULL,
    time_to_live BIGINT NOT NULL,
    user_verification TEXT COLLATE "C" NOT NULL,
    hints TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_on BIGINT,
    edited_by TEXT COLLATE "C",
    edited_on BIGINT,
    last_used_on BIGINT,
    PRIMARY KEY (tenant, purpose)
);

CREATE TABLE users (
    key BYTEA NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL,
    handle BYTEA NOT NULL,
    active BOOLEAN NOT NULL,
    display_name TEXT COLLATE "C",
    display_name_folded TEXT COLLATE "C",
    given_name TEXT COLLATE "C",
    given_name_folded TEXT COLLATE "C",
    family_name TEXT COLLATE "C",
    family_name_folded TEXT COLLATE "C",
    external_id TEXT COLLATE "C",
    password_hash TEXT COLLATE "C",
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (tenant, user_id),
    UNIQUE (tenant, handle)
);

CREATE TABLE identifiers (
    tenant TEXT COLLATE "C" NOT NULL,
    folded TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    is_primary BOOLEAN NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    verified_at BIGINT,
    PRIMARY KEY (tenant, folded)
);
CREATE INDEX identifiers_of_user ON identifiers (user_key);

CREATE TABLE addresses (
    tenant TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    folded TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C",
    is_primary BOOLEAN NOT NULL,
    verified_at BIGINT,
    consent BOOLEAN NOT NULL,
    PRIMARY KEY (user_key, kind, folded)
);
CREATE INDEX addresses_by_value ON addresses (tenant, kind, folded);

CREATE TABLE aliases (
    tenant TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    plaintext TEXT COLLATE "C",
    PRIMARY KEY (tenant, hash)
);
CREATE INDEX aliases_of_user ON aliases (user_key);

CREATE TABLE federated (
    tenant TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    PRIMARY KEY (tenant, provider, subject)
);
CREATE INDEX federated_of_user ON federated (user_key);

CREATE TABLE credentials (
    id BYTEA NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    credential_id BYTEA NOT NULL,
    rp_id TEXT COLLATE "C" NOT NULL,
    public_key BYTEA NOT NULL,
    algorithm BIGINT NOT NULL,
    sign_count BIGINT NOT NULL,
    transports TEXT COLLATE "C",
    aaguid BYTEA NOT NULL,
    backup_eligible BOOLEAN,
    backed_up BOOLEAN,
    user_verified BOOLEAN NOT NULL,
    discoverable BOOLEAN,
    attestation_format TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    nickname TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    UNIQUE (tenant, credential_id)
);
CREATE INDEX credentials_of_user ON credentials (user_key);

CREATE TABLE credential_evidence (
    id BYTEA NOT NULL PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    tenant TEXT COLLATE "C" NOT NULL,
    attestation_object BYTEA NOT NULL,
    client_data BYTEA NOT NULL,
    trust TEXT COLLATE "C" NOT NULL
);

CREATE TABLE magic_links (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BYTEA NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    template TEXT COLLATE "C" NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX magic_links_of_tenant_by_time ON magic_links (tenant, sent_at);
CREATE INDEX magic_links_by_time ON magic_links (sent_at);

CREATE TABLE authenticators (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    aaguid BYTEA NOT NULL,
    allowed BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, aaguid)
);

-- Dates are YYYY-MM-DD.
CREATE TABLE reports (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    date TEXT COLLATE "C" NOT NULL,
    users BIGINT NOT NULL,
    credentials BIGINT NOT NULL,
    daily_active_users BIGINT NOT NULL,
    weekly_active_users BIGINT NOT NULL,
    PRIMARY KEY (tenant, date)
);

-- No reference to the tenant here, in events and in deliveries: each sign-in writes them, and on PostgreSQL every check
-- of the reference would lock the tenant's one row. Deleting a tenant clears them, and so does making one.
CREATE TABLE ceremonies (
    tenant TEXT COLLATE "C" NOT NULL,
    id BYTEA NOT NULL,
    state TEXT COLLATE "C",
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);

CREATE TABLE events (
    id BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    performed_at BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    performed_by TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    api_key_id TEXT COLLATE "C"
);
CREATE INDEX events_by_time ON events (tenant, performed_at, id);

-- Events that webhooks are still to be told; an event may be gone from its own table by then.
CREATE TABLE deliveries (
    number BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook BYTEA NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    performed_at BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    performed_by TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    api_key_id TEXT COLLATE "C"
);
CREATE INDEX deliveries_by_time ON deliveries (due_at, number);

CREATE TABLE leases (
    job TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder BYTEA NOT NULL,
    until BIGINT NOT NULL
);
