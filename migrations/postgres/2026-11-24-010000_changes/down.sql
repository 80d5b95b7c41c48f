DROP INDEX users_by_change;
