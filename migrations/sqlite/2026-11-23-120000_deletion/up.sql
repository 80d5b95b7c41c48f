-- A tenant that was deleted is marked first, and then its rows go in steps.

ALTER TABLE tenants ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
