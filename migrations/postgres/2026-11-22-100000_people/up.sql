-- What directories say of people, and one-time codes.

ALTER TABLE users ADD COLUMN formatted_name TEXT COLLATE "C";

-- Also codes of those who are no users have a row, so that nobody learns from a clock who is one.
CREATE TABLE one_time_codes (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    subject BYTEA NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    user_key BYTEA REFERENCES users (key) ON DELETE CASCADE,
    hash TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    guesses BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject, purpose)
);
CREATE INDEX one_time_codes_of_user ON one_time_codes (user_key);
CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at);
