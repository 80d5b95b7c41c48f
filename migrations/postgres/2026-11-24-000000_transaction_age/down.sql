DROP INDEX transactions_by_age;
