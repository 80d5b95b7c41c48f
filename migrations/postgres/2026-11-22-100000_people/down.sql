DROP TABLE one_time_codes;
ALTER TABLE users DROP COLUMN formatted_name;
