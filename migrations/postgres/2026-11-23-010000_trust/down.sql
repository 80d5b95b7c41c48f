DROP TABLE trust_bindings;
