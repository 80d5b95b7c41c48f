-- A tenant that was deleted is marked first, and then its rows go in steps.

ALTER TABLE tenants ADD COLUMN deleted BOOLEAN NOT NULL DEFAULT FALSE;
