DROP TABLE ideas;
DROP TABLE attempts;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
