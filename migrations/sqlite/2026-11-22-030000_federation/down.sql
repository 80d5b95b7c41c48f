DROP TABLE oidc_providers;
