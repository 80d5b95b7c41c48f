-- Groups of a company's directory, and what its questions go by.

ALTER TABLE users ADD COLUMN formatted_name_folded TEXT;
CREATE INDEX users_by_creation ON users (tenant, created_at, key);
CREATE INDEX users_by_activity ON users (tenant, active, created_at, key);
CREATE INDEX users_by_display_name ON users (tenant, display_name_folded) WHERE display_name_folded IS NOT NULL;
CREATE INDEX users_by_given_name ON users (tenant, given_name_folded) WHERE given_name_folded IS NOT NULL;
CREATE INDEX users_by_family_name ON users (tenant, family_name_folded) WHERE family_name_folded IS NOT NULL;
CREATE INDEX users_by_external_id ON users (tenant, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE groups (
    id BLOB NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,
    external_id TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_by_creation ON groups (tenant, created_at, id);
CREATE INDEX groups_by_display_name ON groups (tenant, display_name_folded);
CREATE INDEX groups_by_external_id ON groups (tenant, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE group_members (
    group_id BLOB NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_key BLOB NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_of_user ON group_members (user_key);
