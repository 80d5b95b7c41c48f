DROP TABLE group_members;
DROP TABLE groups;
DROP INDEX users_by_external_id;
DROP INDEX users_by_family_name;
DROP INDEX users_by_given_name;
DROP INDEX users_by_display_name;
DROP INDEX users_by_activity;
DROP INDEX users_by_creation;
ALTER TABLE users DROP COLUMN formatted_name_folded;
