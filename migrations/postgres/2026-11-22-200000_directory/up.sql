-- Groups of a company's directory, and what its questions go by.

ALTER TABLE users ADD COLUMN formatted_name_folded TEXT COLLATE "C";
CREATE INDEX users_by_creation ON users (tenant, created_at, key);
CREATE INDEX users_by_activity ON users (tenant, active, created_at, key);
CREATE INDEX users_by_display_name ON users (tenant, display_name_folded) WHERE display_name_folded IS NOT NULL;
CREATE INDEX users_by_given_name ON users (tenant, given_name_folded) WHERE given_name_folded IS NOT NULL;
CREATE INDEX users_by_family_name ON users (tenant, family_name_folded) WHERE family_name_folded IS NOT NULL;
CREATE INDEX users_by_external_id ON users (tenant, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE groups (
    id BYTEA NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    display_name TEXT COLLATE "C" NOT NULL,
    display_name_folded TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C",
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX groups_by_creation ON groups (tenant, created_at, id);
CREATE INDEX groups_by_display_name ON groups (tenant, display_name_folded);
CREATE INDEX groups_by_external_id ON groups (tenant, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE group_members (
    group_id BYTEA NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_key BYTEA NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_key)
);
CREATE INDEX group_members_of_user ON group_members (user_key);
