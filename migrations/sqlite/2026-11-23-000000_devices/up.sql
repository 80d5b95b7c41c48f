-- The devices that people use their passkeys on, the transactions that they confirmed, and models that are not wanted.

CREATE TABLE devices (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    details TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_users (
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (user_key, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_users_of_device ON device_users (tenant, device);

ALTER TABLE credentials ADD COLUMN created_from TEXT;
ALTER TABLE credentials ADD COLUMN last_used_from TEXT;

-- For audit: a transaction outlives the user that confirmed it.
CREATE TABLE transactions (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BLOB NOT NULL,
    user_id TEXT NOT NULL,
    credential BLOB NOT NULL,
    kind TEXT NOT NULL,
    payload_hash BLOB NOT NULL,
    nonce TEXT NOT NULL,
    server_nonce TEXT NOT NULL,
    hash BLOB NOT NULL,
    client_data BLOB NOT NULL,
    authenticator_data BLOB NOT NULL,
    signature BLOB NOT NULL,
    confirmed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blacklist (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    aaguid BLOB NOT NULL,
    registration INTEGER NOT NULL,
    sign_in INTEGER NOT NULL,
    PRIMARY KEY (tenant, aaguid)
) STRICT, WITHOUT ROWID;
