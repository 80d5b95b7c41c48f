-- Two apps: one in use, one that is to be deleted.
INSERT INTO AccountInfo VALUES ('shop', '["ada@example.com","bob@example.com"]', '2024-01-02 03:04:05.1234567', NULL, 'shop');
INSERT INTO AccountInfo VALUES ('trial', '[]', '2024-01-02 03:04:05', '2024-06-01 00:00:00', 'trial');
INSERT INTO ApiKeys VALUES ('shop', '6d02', '4RtmMr0hVknaQAIhaRtPHw==:xR7bg3NVsC80a8GDDhH39g==', '2024-01-02 03:04:05', 0, NULL, NULL, 'token_register,token_verify');
INSERT INTO ApiKeys VALUES ('shop', '9795', 'shop:public:2e728aa5986f4ba8b073a5b28a939795', '2024-01-02 03:04:05', 0, NULL, NULL, 'Register');
INSERT INTO ApiKeys VALUES ('shop', 'ffff', 'shop:public:2e728aa5986f4ba8b073a5b28a93ffff', '2024-01-02 03:04:05', 1, '2024-03-01 00:00:00', NULL, 'register,login');
INSERT INTO Credentials VALUES ('shop', X'010203', 0, '[5,"Hybrid","carrier-pigeon"]', X'A5', X'7531', 'u1', 7, 'none', '2024-02-01 10:00:00', 'EE882879-721C-4913-9775-3DFCCE97072A', '2024-02-02 10:00:00.5', 'example.com', 'https://example.com', NULL, 'Chrome, Windows 10', 'laptop', 0, 1, NULL);
INSERT INTO Aliases VALUES ('shop', 'lWDZTItLNTkrMNTjTeA4RzR7yrsLQ61D7KqvmHc0c1c=', 'someone', 'only-aliases');
INSERT INTO AppFeatures VALUES ('shop', 1, 90, NULL, 10000, 1, 1, 0, 2000);
INSERT INTO Authenticators VALUES ('shop', 'EE882879-721C-4913-9775-3DFCCE97072A', '2024-02-01 10:00:00', 0);
INSERT INTO AuthenticationConfigurations VALUES ('shop', 'pay', 'required', 90.0, 'SecurityKey,Hybrid', 'ada', '2024-02-01 10:00:00', NULL, NULL, NULL);
INSERT INTO Aliases VALUES ('shop', 'UtiFxBe8h6UxQmq1lGx/6hzIFwIsDZZepJ+QLx7K0FQ=', NULL, 'u1');
