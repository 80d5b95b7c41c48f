-- Directories ask who was changed since they last asked.

CREATE INDEX users_by_change ON users (tenant, updated_at);
