-- Confirmed transactions are deleted by their age.

CREATE INDEX transactions_by_age ON transactions (confirmed_at);
