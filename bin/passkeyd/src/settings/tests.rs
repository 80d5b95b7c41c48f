use std::{fs, time::Duration};

use passkeyd_domain::{ProviderId, TenantSettings};

use super::*;

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment: Vec<_> = environment.collect();
    let upstream = Upstream::read(&environment, None).unwrap();
    Settings::read(Some((file, "passkeyd.toml")), environment, &upstream)
}

fn problems(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    read(file, environment).unwrap_err().0
}

#[test]
fn without_a_word_everything_has_its_default() {
    let settings = read("", &[]).unwrap();
    assert_eq!(settings.server.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.shutdown_grace, Duration::from_secs(30));
    assert!(settings.passwordless);
    assert!(settings.database.url.is_none());
    assert!(settings.management_key.is_none());
    assert!(settings.metrics.is_none());
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_default() {
    let file = "[server]\nbind = \"127.0.0.1:1\"\nshutdown_grace = \"1s\"";
    let environment = [("PASSKEYD__SERVER__BIND", "127.0.0.1:2"), ("PATH", "/bin")];
    let settings = read(file, &environment).unwrap();
    assert_eq!(settings.server.bind.port(), 2);
    assert_eq!(settings.server.shutdown_grace, Duration::from_secs(1));
}

#[test]
fn every_kind_can_be_set_in_the_environment() {
    let settings = read(
        "",
        &[
            ("PASSKEYD__SERVER__WORKERS", "3"),
            ("PASSKEYD__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("PASSKEYD__APIS__PASSWORDLESS", "false"),
            ("PASSKEYD__TOKENS__SESSION_LIFETIME", "7d"),
            ("PASSKEYD__WEBAUTHN__ALGORITHMS", "-8,-7"),
            ("PASSKEYD__LOG__FORMAT", "json"),
        ],
    )
    .unwrap();
    assert_eq!(settings.server.workers, Some(3));
    assert_eq!(settings.server.trusted_proxies, ["10.0.0.0/8", "::1"]);
    assert!(!settings.passwordless);
    assert_eq!(settings.session_lifetime, Some(Duration::from_hours(168)));
    assert_eq!(settings.algorithms, [-8, -7]);
    assert_eq!(settings.log.format, "json");
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    assert_eq!(
        problems("[server]\nbnid = \"127.0.0.1:1\"", &[]),
        ["passkeyd.toml: server.bnid is unknown; the nearest known setting is server.bind"]
    );
    assert_eq!(
        problems("", &[("PASSKEYD__DATABSE__URL", "sqlite://a.db")]),
        [
            "environment: PASSKEYD__DATABSE__URL is unknown; the nearest known setting is database.url"
        ]
    );
    assert_eq!(
        problems("server_bind = 1", &[]),
        ["passkeyd.toml: server_bind is unknown; the nearest known setting is server.bind"]
    );
    // Only secrets can come from a file.
    assert_eq!(problems("[server]\nbind_file = \"/x\"", &[]).len(), 1);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let file = "[server]\nbind = 8080\nshutdown_grace = \"soon\"\n[log]\nformat = \"xml\"";
    assert_eq!(
        problems(file, &[]),
        [
            "passkeyd.toml: log.format takes one of: auto, text, json",
            "passkeyd.toml: server.bind takes a text",
            "passkeyd.toml: server.shutdown_grace takes a span of time such as 30s, 5m, 24h or 7d",
        ]
    );
}

#[test]
fn a_bad_secret_is_not_repeated() {
    let url = "postgre://passkeyd:hunter2@db/passkeyd";
    let told = problems("", &[("PASSKEYD__DATABASE__URL", url)]).join("\n");
    assert!(!told.contains("hunter2"), "{told}");
    assert!(told.contains("postgres://"), "{told}");
    assert_eq!(
        problems("", &[("PASSKEYD__MANAGEMENT__KEY", "short")]).len(),
        1
    );
}

#[test]
fn a_secret_comes_from_a_file_and_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, "a management key\n").unwrap();
    let file = format!("[management]\nkey_file = {path:?}");
    let settings = read(&file, &[]).unwrap();
    let key = settings.management_key.clone().unwrap();
    assert_eq!(key.expose(), b"a management key");
    assert!(!format!("{settings:?}").contains("a management key"));

    // A file in the environment goes before the file, and of both at once neither does.
    fs::write(&path, "another management key").unwrap();
    let name = path.to_str().unwrap();
    let environment = [("PASSKEYD__MANAGEMENT__KEY_FILE", name)];
    let settings = read("[management]\nkey = \"a management key\"", &environment).unwrap();
    let key = settings.management_key.unwrap();
    assert_eq!(key.expose(), b"another management key");
    let both = [
        environment[0],
        ("PASSKEYD__MANAGEMENT__KEY", "a management key"),
    ];
    assert_eq!(
        problems("", &both),
        ["environment: PASSKEYD__MANAGEMENT__KEY is given twice, also as a file"]
    );

    let told = problems("", &[("PASSKEYD__MANAGEMENT__KEY_FILE", "/nowhere/key")]);
    assert!(told[0].contains("/nowhere/key"), "{told:?}");
}

#[test]
fn tenants_are_read_whole() {
    let text = r#"
        [[apps]]
        id = "my-app"
        name = "My app"
        website_url = "https://my-app.example"
        settings = { maxUsers = 3, otp = { digits = 8 }, origins = ["https://my-app.example"] }
        [[apps.api_keys]]
        name = "back end"
        scopes = ["user:read", "external-verify"]
        key = "a-key-of-at-least-24-characters"
        [[apps.api_keys]]
        name = "made"
        scopes = "profile:write"
        [[apps.oidc_providers]]
        name = "Work"
        issuer = "https://id.example"
        client_id = "passkeyd"
        client_secret = "secret"
        client_auth = "client_secret_post"
        provider_id = "ABCDEFGHIJKLMNOPQRSTUV09"
    "#;
    let apps = read(text, &[]).unwrap().apps;
    assert_eq!(apps.len(), 1);
    let settings = crate::tenant_settings::merged(&TenantSettings::default(), &apps[0].settings);
    let settings = settings.unwrap();
    assert_eq!(
        (
            settings.name.as_str(),
            settings.max_users,
            settings.application.otp.digits
        ),
        ("My app", Some(3), 8)
    );
    assert_eq!(settings.origins, ["https://my-app.example"]);
    let keys = &apps[0].keys;
    assert!(keys[0].given.is_some() && keys[1].given.is_none());
    let scopes: Vec<_> = keys[0]
        .scopes
        .iter()
        .map(|scope| scope.0.as_str())
        .collect();
    assert_eq!(scopes, ["external:verify", "user:read"]);
    let [provider] = apps[0].providers.as_slice() else {
        panic!("{:?}", apps[0].providers);
    };
    assert_eq!(provider.issuer, "https://id.example");
    assert_eq!(
        provider.client_authentication.as_str(),
        "client_secret_post"
    );
    assert_eq!(
        provider.id.as_ref().map(ProviderId::as_str),
        Some("ABCDEFGHIJKLMNOPQRSTUV09")
    );
}

#[test]
fn a_tenant_that_makes_no_sense_is_refused() {
    let key = "api_keys = [{ name = 'k', scopes = ['user:read'], key = 'a-key-of-at-least-24-characters' }]";
    for (text, told) in [
        ("[[apps]]\nname = 'x'", "apps, number 1: id is missing"),
        ("[[apps]]\nid = 'A'", "apps, A: id must be"),
        (
            "[[apps]]\nid = 'a'\ncolour = 'red'",
            "apps, a: colour is unknown",
        ),
        (
            "[[apps]]\nid = 'a'\n[[apps]]\nid = 'a'",
            "apps, a: it is there twice",
        ),
        (
            "[[apps]]\nid = 'a'\nsettings = { max_user = 1 }",
            "apps, a: settings: 'max_user' is unknown",
        ),
        (
            "[[apps]]\nid = 'a'\nsettings = { otp = { email = 'fax' } }",
            "apps, a: settings: otp.email can't be",
        ),
        (
            "[[apps]]\nid = 'a'\napi_keys = [{ name = 'k' }]",
            "apps, a: api_keys: scopes is missing",
        ),
        (
            "[[apps]]\nid = 'a'\napi_keys = [{ name = 'k', scopes = ['login'] }]",
            "apps, a: api_keys: scopes: login must be",
        ),
        (
            "[[apps]]\nid = 'a'\noidc_providers = [{ name = 'P', issuer = 'https://a.example', client_id = 'c' }]",
            "apps, a: oidc_providers: client_secret is missing",
        ),
        (
            "[[apps]]\nid = 'a'\noidc_providers = [{ name = 'P', issuer = 'http://a.example', client_id = 'c', client_secret = 's' }]",
            "apps, a: oidc_providers: the issuer of a provider must be",
        ),
        (
            &format!("[[apps]]\nid = 'a'\n{key}\n[[apps]]\nid = 'b'\n{key}"),
            "apps, b: a key is there twice",
        ),
    ] {
        let problems = problems(text, &[]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(told), "{problems:?}");
    }
}

#[test]
fn a_gateway_for_text_messages_is_a_request() {
    let good = "[sms.gateway]\nurl = 'https://h'\nheaders = { Authorization = 'x' }\nbody = '{\"to\": {{ to }}}'";
    assert!(read(good, &[]).unwrap().sms_gateway.is_some());
    assert!(read("", &[]).unwrap().sms_gateway.is_none());
    let told = problems("[sms.gateway]\nbody = 'x'", &[]);
    assert_eq!(told, ["sms.gateway.url is missing"]);
    let told = problems(
        "[sms.gateway]\nurl = 'https://h'\nbody = '{{ nobody }}'",
        &[],
    );
    assert!(told[0].starts_with("sms.gateway.body: "), "{told:?}");
}

#[test]
fn a_file_that_is_no_toml_is_refused() {
    assert!(problems("[server", &[])[0].starts_with("passkeyd.toml: "));
}

#[test]
fn every_setting_that_has_an_effect_is_read() {
    let mut values = Values::default();
    for setting in SETTINGS.iter().filter(|setting| setting.default.is_none()) {
        let line = format!("{} = {}", setting.key, setting.example);
        let source = File::from_str(&line, FileFormat::Toml);
        let read = Config::builder().add_source(source).build().unwrap();
        let ValueKind::Table(table) = read.cache.kind else {
            unreachable!("a document is a table")
        };
        let mut problems = Vec::new();
        values.add(&Origin::File("example"), table, &mut problems);
        assert_eq!(problems, [""; 0], "{}", setting.key);
    }
    Settings::assemble(&mut values, &mut Vec::new()).unwrap();
    let left = SETTINGS
        .iter()
        .filter(|setting| values.0.contains_key(setting.key))
        .map(|setting| setting.key)
        .collect::<Vec<_>>();
    assert_eq!(left, [""; 0]);
}

#[test]
fn the_reference_is_a_configuration_with_and_without_its_examples() {
    let reference = reference();
    let settings = read(&reference, &[]).unwrap();
    assert_eq!(settings.server.bind.port(), 8080);

    // Every example parses too, where it is no file and no list of sections.
    let name = |line: &str| line.split(" = ").next().unwrap_or("").to_owned();
    let sections = ["apps"];
    let uncommented: String = reference
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(example)
                if example.starts_with(|c: char| c.is_ascii_lowercase())
                    && !name(example).ends_with("_file")
                    && !sections.contains(&name(example).as_str()) =>
            {
                format!("{example}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let settings = read(&uncommented, &[]).unwrap();
    assert_eq!(settings.server.workers, Some(2));
    for setting in SETTINGS {
        let name = setting.key.rsplit('.').next().unwrap();
        assert!(reference.contains(&format!("{name} = ")), "{}", setting.key);
    }
}

#[test]
fn without_a_mail_section_mails_go_into_a_file() {
    let settings = read("", &[]).unwrap();
    assert!(matches!(
        settings.mail.providers.as_slice(),
        [Provider::File { path: None }]
    ));
    assert_eq!(settings.magic_links.rate_limit, 10);
    assert_eq!(settings.magic_links.rate_window, Duration::from_mins(5));
}

#[test]
fn mail_providers_are_asked_in_the_order_in_which_they_stand() {
    let file = r#"
        [mail]
        from = "auth@example.com"
        [mail.smtp]
        host = "a.example"
        username = "u"
        password = "p"
        [[mail.providers]]
        name = "SMTP"
        host = "b.example"
        port = 2525
        tls = "none"
        channels = { magic_links = { from = "links@example.com" } }
        [[mail.providers]]
        name = "http"
        url = "https://api.example/send"
        headers = { Content-Type = "application/json" }
        body = '{"to": {{ to }}}'
        [[mail.providers]]
        name = "file"
        path = "/tmp/mail.md"
    "#;
    let providers = read(file, &[]).unwrap().mail.providers;
    match providers.as_slice() {
        [
            Provider::Smtp { settings: a, .. },
            Provider::Smtp { settings: b, .. },
            Provider::Http { .. },
            Provider::File { path: Some(_) },
        ] => {
            assert_eq!(
                (a.host.as_str(), a.port, a.login.is_some()),
                ("a.example", 587, true)
            );
            assert_eq!(
                (b.host.as_str(), b.port, b.login.is_some()),
                ("b.example", 2525, false)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mistake_in_a_mail_provider_is_told_with_its_place() {
    let with = |provider: &str| {
        problems(
            &format!("[mail]\nfrom = \"a@b.example\"\n[[mail.providers]]\n{provider}"),
            &[],
        )
    };
    for (provider, problem) in [
        ("name = \"pigeon\"", "name takes one of: smtp, file, http"),
        ("name = \"smtp\"", "host is missing"),
        ("name = \"file\"\npth = \"x\"", "pth is unknown"),
        (
            "name = \"smtp\"\nhost = \"x\"\nusername = \"u\"",
            "username and password go together",
        ),
        (
            "name = \"smtp\"\nhost = \"x\"\nfrom = \"nobody\"",
            "'nobody' is no address to send mail from",
        ),
    ] {
        assert_eq!(
            with(provider),
            [format!("mail.providers, number 1: {problem}")]
        );
    }
    let lacks = problems("[mail.smtp]\nhost = \"x\"", &[]);
    assert_eq!(lacks, ["mail.smtp: mail.from is missing"]);
}

const CONFIG_JSON: &str = r#"{
  "SALT_TOKEN": "AAAA", "SelfHosted": true, "AllowedHosts": "*",
  "ConnectionStrings": { "sqlite": { "api": "Data Source=/etc/bitwarden_passwordless/api.db" } },
  "PasswordlessManagement": { "ManagementKey": "0123456789abcdef0123456789abcdef" },
  "MagicLinks": { "NewAccountTimeout": "0.00:00:00" },
  "ApplicationOverrides": { "shop": { "IsRateLimitBypassEnabled": true, "IsMagicLinkQuotaBypassEnabled": "False" } },
  "fido2": { "mds": { "mode": "Online" } },
  "Mail": {
    "From": "auth@example.com", "FromName": null,
    "Providers": [
      { "Name": "SMTP", "Host": "mail.example.com", "Port": 465, "Username": "auth", "Password": "secret", "Ssl": true,
        "Channels": { "MagicLinks": { "From": "links@example.com" } } },
      { "Name": "sendgrid", "ApiKey": "SG.key" },
      { "Name": "File", "Path": "/var/mail.md" }
    ]
  }
}"#;

#[test]
fn the_other_servers_config_json_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    fs::write(&file, CONFIG_JSON).unwrap();
    let settings = Settings::load(Some(&file), []).unwrap();
    assert_eq!(
        settings.management_key.unwrap().expose(),
        b"0123456789abcdef0123456789abcdef"
    );
    assert_eq!(settings.magic_links.new_account_timeout, Duration::ZERO);
    let shop = "shop".parse().unwrap();
    assert!(settings.magic_links.without_rate_limit.contains(&shop));
    assert!(settings.magic_links.without_quota.is_empty());
    let [
        Provider::Smtp { settings: smtp, .. },
        Provider::Http { .. },
        Provider::File { path },
    ] = &settings.mail.providers[..]
    else {
        panic!("{:?}", settings.mail.providers)
    };
    assert_eq!((smtp.host.as_str(), smtp.port), ("mail.example.com", 465));
    assert_eq!(smtp.tls, passkeyd_delivery::mail::SmtpTls::Implicit);
    assert!(smtp.login.is_some());
    assert_eq!(path.as_deref(), Some(Path::new("/var/mail.md")));
    assert!(settings.database.url.is_none());
}

#[test]
fn the_other_servers_names_are_read_from_the_environment_and_ours_go_before_them() {
    let theirs = [
        (
            "PasswordlessManagement__ManagementKey",
            "the key of their compose file",
        ),
        ("MAIL__FROM", "auth@example.com"),
        ("Mail__Providers__0__Name", "smtp"),
        ("Mail__Providers__0__Host", "mail.example.com"),
        ("Mail__Providers__0__Port", "25"),
        ("MagicLinks__NewAccountTimeout", "1.12:00:00"),
    ];
    let settings = read("", &theirs).unwrap();
    assert_eq!(
        settings.management_key.unwrap().expose(),
        b"the key of their compose file"
    );
    assert_eq!(
        settings.magic_links.new_account_timeout,
        Duration::from_hours(36)
    );
    let [Provider::Smtp { settings: smtp, .. }] = &settings.mail.providers[..] else {
        panic!("{:?}", settings.mail.providers)
    };
    assert_eq!(smtp.tls, passkeyd_delivery::mail::SmtpTls::None);
    let file = "[magic_links]\nnew_account_timeout = \"1h\"";
    let settings = read(file, &theirs).unwrap();
    assert_eq!(
        settings.magic_links.new_account_timeout,
        Duration::from_hours(1)
    );
}

#[test]
fn what_the_other_server_can_and_we_can_not_is_an_error_that_names_it() {
    let aws = [("Mail__Providers__0__Name", "aws")];
    assert_eq!(
        problems("", &aws),
        ["Mail:Providers:0: AccessKey is missing"]
    );
    let pigeon = [("Mail__Providers__0__Name", "pigeon")];
    assert_eq!(
        problems("", &pigeon),
        ["Mail:Providers:0: Name takes one of: smtp, file, sendgrid, aws"]
    );
    let span = [("MagicLinks__NewAccountTimeout", "soon")];
    assert_eq!(
        problems("", &span),
        ["MagicLinks:NewAccountTimeout takes a time span such as 1.00:00:00"]
    );
}

#[test]
fn the_other_servers_aws_is_the_smtp_server_of_the_region() {
    let theirs = [
        ("Mail__From", "auth@example.com"),
        ("Mail__Providers__0__Name", "aws"),
        ("Mail__Providers__0__AccessKey", "AKIA"),
        ("Mail__Providers__0__SecretKey", "some+secret+key"),
        ("Mail__Providers__0__Region", "eu-central-1"),
        (
            "Mail__Providers__0__Channels__Default__From",
            "a@example.com",
        ),
        (
            "Mail__Providers__0__Channels__Default__ConfigurationSet",
            "set",
        ),
    ];
    let settings = read("", &theirs).unwrap();
    let [
        Provider::Smtp {
            settings: smtp,
            senders,
        },
    ] = &settings.mail.providers[..]
    else {
        panic!("{:?}", settings.mail.providers)
    };
    assert_eq!(
        (smtp.host.as_str(), smtp.port),
        ("email-smtp.eu-central-1.amazonaws.com", 587)
    );
    assert_eq!(smtp.tls, passkeyd_delivery::mail::SmtpTls::StartTls);
    let (user, password) = smtp.login.as_ref().unwrap();
    assert_eq!(user, "AKIA");
    assert_eq!(
        password.expose(),
        b"BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"
    );
    let sender = passkeyd_delivery::mail::Sender {
        from: "a@example.com".to_owned(),
        from_name: None,
        configuration_set: Some("set".to_owned()),
    };
    let expected = passkeyd_delivery::mail::Senders::new(sender).unwrap();
    assert_eq!(*senders, expected);
}
