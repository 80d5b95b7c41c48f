-- What directories say of people, and one-time codes.

ALTER TABLE users ADD COLUMN formatted_name TEXT;

-- Also codes of those who are no users have a row, so that nobody learns from a clock who is one.
CREATE TABLE one_time_codes (
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    subject BLOB NOT NULL,
    purpose TEXT NOT NULL,
    user_key BLOB REFERENCES users (key) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    target TEXT NOT NULL,
    guesses INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, subject, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_codes_of_user ON one_time_codes (user_key);
CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at);
