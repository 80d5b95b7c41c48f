DROP TABLE blacklist;
DROP TABLE transactions;
ALTER TABLE credentials DROP COLUMN last_used_from;
ALTER TABLE credentials DROP COLUMN created_from;
DROP TABLE device_users;
DROP TABLE devices;
