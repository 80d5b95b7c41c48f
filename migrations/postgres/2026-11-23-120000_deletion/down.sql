DELETE FROM tenants WHERE deleted;
ALTER TABLE tenants DROP COLUMN deleted;
