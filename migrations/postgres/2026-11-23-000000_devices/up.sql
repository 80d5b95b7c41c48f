-- The devices that people use their passkeys on, the transactions that they confirmed, and models that are not wanted.

CREATE TABLE devices (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    details TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE device_users (
    tenant TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (user_key, device)
);
CREATE INDEX device_users_of_device ON device_users (tenant, device);

ALTER TABLE credentials ADD COLUMN created_from TEXT COLLATE "C";
ALTER TABLE credentials ADD COLUMN last_used_from TEXT COLLATE "C";

-- For audit: a transaction outlives the user that confirmed it.
CREATE TABLE transactions (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id BYTEA NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    credential BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    payload_hash BYTEA NOT NULL,
    nonce TEXT COLLATE "C" NOT NULL,
    server_nonce TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    client_data BYTEA NOT NULL,
    authenticator_data BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    confirmed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE blacklist (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    aaguid BYTEA NOT NULL,
    registration BOOLEAN NOT NULL,
    sign_in BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, aaguid)
);
