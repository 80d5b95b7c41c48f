//! Every setting there is: what it is called, what it takes, what it is where nobody says, and what it is for.

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An IP address and a port.
    Address,
    /// Any text that is not empty.
    Text,
    /// A path of the file system.
    Path,
    /// An absolute URL of one of these schemes.
    Url(&'static [&'static str]),
    /// A URL that may hold a password, of one of these schemes.
    SecretUrl(&'static [&'static str]),
    /// True or false.
    Flag,
    /// A number within bounds, both included.
    Count(u64, u64),
    /// A span of time: `500ms`, `30s`, `5m`, `24h`, `7d`.
    Duration,
    /// So many in a span of time: `10/5m`.
    Rate,
    /// A list of texts; in the environment separated by commas.
    Texts,
    /// A list of numbers; in the environment separated by commas.
    Integers,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A text that is never shown.
    Secret,
    /// A table of texts.
    Map,
    /// A list of tables.
    Tables,
    /// A list of tables that may hold lists and tables.
    Documents,
}

impl Kind {
    /// Whether it may come from a file, under its name with `_file` behind it.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretUrl(_))
    }
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Section and name.
    pub(crate) key: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// What it is where nobody says, in TOML.
    pub(crate) default: Option<&'static str>,
    /// A value to show where there is no default, in TOML.
    pub(crate) example: &'static str,
    /// What it is for; a line break is one in the reference.
    pub(crate) doc: &'static str,
}

const fn setting(
    key: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    example: &'static str,
    doc: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        default,
        example,
        doc,
    }
}

const SMTP_TLS: &[&str] = &["none", "starttls", "implicit"];

/// All of them, in the order of the reference.
pub(crate) const SETTINGS: &[Setting] = &[
    setting(
        "server.bind",
        Kind::Address,
        Some("\"127.0.0.1:8080\""),
        "",
        "Where the server listens. `--bind` goes before it.",
    ),
    setting(
        "server.public_url",
        Kind::Url(&["http", "https"]),
        None,
        "\"https://auth.example.com\"",
        "The URL under which clients reach the server; none: whatever they asked for.",
    ),
    setting(
        "server.base_path",
        Kind::Text,
        None,
        "\"/passkeyd\"",
        "What stands before every path.",
    ),
    setting(
        "server.base_domain",
        Kind::Text,
        None,
        "\"auth.example.com\"",
        "Hosts below this domain name their tenant: APP.api.DOMAIN.",
    ),
    setting(
        "server.trusted_proxies",
        Kind::Texts,
        Some("[]"),
        "[\"10.0.0.0/8\", \"::1\"]",
        "Addresses and networks whose forwarding headers are believed.",
    ),
    setting(
        "server.country_header",
        Kind::Text,
        None,
        "\"CF-IPCountry\"",
        "The header in which a trusted proxy tells the country of the client.",
    ),
    setting(
        "server.workers",
        Kind::Count(1, 1024),
        None,
        "2",
        "Threads that answer requests; none: one for each core.",
    ),
    setting(
        "server.shutdown_grace",
        Kind::Duration,
        Some("\"30s\""),
        "",
        "How long requests may run on after SIGTERM or SIGINT.",
    ),
    setting(
        "server.default_app",
        Kind::Text,
        None,
        "\"my-app\"",
        "The tenant of requests that name none.",
    ),
    setting(
        "database.url",
        Kind::SecretUrl(&["sqlite", "postgres", "postgresql"]),
        None,
        "\"postgres://passkeyd@db.example.com/passkeyd\"",
        "sqlite:///absolute/path, sqlite://relative/path or postgres://user:password@host/database.\n\
         None: the file passkeyd.db in the data directory.",
    ),
    setting(
        "database.max_connections",
        Kind::Count(1, 1000),
        None,
        "8",
        "Connections to the database at most, two at least to PostgreSQL; none: what was measured to be best.",
    ),
    setting(
        "apis.passwordless",
        Kind::Flag,
        Some("true"),
        "",
        "The Passwordless API. What is off does not exist (404).",
    ),
    setting(
        "apis.loginid",
        Kind::Flag,
        Some("true"),
        "",
        "The LoginID FIDO2 API.",
    ),
    setting(
        "apis.idea_pool",
        Kind::Flag,
        Some("false"),
        "",
        "The Idea Pool API.",
    ),
    setting(
        "apis.scim",
        Kind::Flag,
        Some("true"),
        "",
        "SCIM 2.0: a company's directory provisions users and groups.",
    ),
    setting(
        "management.key",
        Kind::Secret,
        None,
        "\"at least 16 characters\"",
        "The operator's key for the management endpoints; none: they answer 401. `serve --dev` makes one.",
    ),
    setting(
        "keyring.master_key",
        Kind::Secret,
        None,
        "\"base64 of 32 bytes, as `openssl rand -base64 32` prints\"",
        "Wraps the keys that rest in the database; none: they rest there as they are.",
    ),
    setting(
        "keyring.signing_key_lifetime",
        Kind::Duration,
        None,
        "\"90d\"",
        "Keys that sign JSON Web Tokens are replaced at this age; none: by `passkeyd keyring rotate` only.",
    ),
    setting(
        "tokens.session_lifetime",
        Kind::Duration,
        None,
        "\"5m\"",
        "How long the two halves of a ceremony may lie apart; none: 5m on the Passwordless\nAPI, 10m on the LoginID API.",
    ),
    setting(
        "tokens.single_use_verify",
        Kind::Flag,
        Some("false"),
        "",
        "Verify tokens are good once, where a tenant does not say otherwise.",
    ),
    setting(
        "magic_links.new_account_timeout",
        Kind::Duration,
        Some("\"24h\""),
        "",
        "For how long a new tenant sends magic links to its administrators only.",
    ),
    setting(
        "magic_links.rate_limit",
        Kind::Rate,
        Some("\"10/5m\""),
        "",
        "Magic links of a tenant in a span of time.",
    ),
    setting(
        "magic_links.without_rate_limit",
        Kind::Texts,
        Some("[]"),
        "[\"my-app\"]",
        "Tenants that this limit is not for.",
    ),
    setting(
        "magic_links.without_quota",
        Kind::Texts,
        Some("[]"),
        "[\"my-app\"]",
        "Tenants without a monthly quota, and without the rule for new ones.",
    ),
    setting(
        "mail.from",
        Kind::Text,
        None,
        "\"auth@example.com\"",
        "The sender of mails. Without a mail section mails are files in the data directory.",
    ),
    setting(
        "mail.from_name",
        Kind::Text,
        None,
        "\"Example\"",
        "The sender's name.",
    ),
    setting(
        "mail.providers",
        Kind::Tables,
        None,
        "[{ name = \"smtp\", host = \"smtp.example.com\" }, { name = \"file\", path = \"/var/mail.md\" }]",
        "Providers that are tried in this order, after mail.smtp: smtp (host, port, username, password, tls, trust_server,\n\
         ca_file), file (path) and http (url, headers, body: a template of to, from, from_name, subject, text, html and\n\
         channel). smtp and http take from, from_name, channels.magic_links.from and channels.codes.from; for Amazon SES also\n\
         configuration_set.",
    ),
    setting(
        "mail.templates",
        Kind::Path,
        None,
        "\"/etc/passkeyd/mail\"",
        "A folder with templates that replace the built-in ones: magic_link.subject, magic_link.txt, magic_link.html, ….",
    ),
    setting(
        "mail.smtp.host",
        Kind::Text,
        None,
        "\"smtp.example.com\"",
        "The mail server.",
    ),
    setting(
        "mail.smtp.port",
        Kind::Count(1, 65_535),
        None,
        "587",
        "Its port.",
    ),
    setting(
        "mail.smtp.username",
        Kind::Text,
        None,
        "\"auth\"",
        "Who we are there.",
    ),
    setting(
        "mail.smtp.password",
        Kind::Secret,
        None,
        "\"…\"",
        "And how it knows.",
    ),
    setting(
        "mail.smtp.tls",
        Kind::Choice(SMTP_TLS),
        Some("\"starttls\""),
        "",
        "How the connection is protected: none, starttls or implicit.",
    ),
    setting(
        "sms.gateway.url",
        Kind::Url(&["http", "https"]),
        None,
        "\"https://sms.example.com/send\"",
        "Where codes for telephones are posted; none: they are lines of otp-outbox.jsonl in the data directory.",
    ),
    setting(
        "sms.gateway.headers",
        Kind::Map,
        None,
        "{ Authorization = \"Bearer …\" }",
        "Headers of that post; NAME_file is the path of a file with the value of NAME.",
    ),
    setting(
        "sms.gateway.body",
        Kind::Text,
        None,
        "'{\"to\": {{ to }}, \"text\": {{ text }}}'",
        "Its body: a template of to, text, code, app, purpose, username and expires_at. In a JSON body, which is the default,\n\
         each stands for a whole string, quotes included.",
    ),
    setting(
        "loginid.transaction_retention",
        Kind::Duration,
        Some("\"365d\""),
        "",
        "How long confirmed transactions are kept for audit; `0s`: for ever.",
    ),
    setting(
        "idea_pool.session_lifetime",
        Kind::Duration,
        Some("\"30d\""),
        "",
        "How long a refresh token of the Idea Pool API lives.",
    ),
    setting(
        "idea_pool.rotate_refresh_tokens",
        Kind::Flag,
        Some("false"),
        "",
        "A refresh token is good once and gives the next.",
    ),
    setting(
        "apps_lifecycle.delete_expired",
        Kind::Flag,
        Some("true"),
        "",
        "Tenants that are marked for deletion are deleted when their time comes.",
    ),
    setting(
        "outgoing.allowed_hosts",
        Kind::Texts,
        None,
        "[\"idp.internal.example.com\"]",
        "Private hosts that OpenID Connect and webhooks may reach; none: private addresses are refused.",
    ),
    setting(
        "webauthn.aaguid_file",
        Kind::Path,
        None,
        "\"/etc/passkeyd/aaguids.json\"",
        "Names and icons of authenticators, added to the built-in ones.",
    ),
    setting(
        "webauthn.policy",
        Kind::Choice(&["server", "consumer", "strict", "legacy"]),
        Some("\"server\""),
        "",
        "How strict passkeys are verified: server (any passkey that keeps to the specification), consumer (refuses flags that\na later specification may define), strict (rather turns a device away than guess), legacy (old devices too).",
    ),
    setting(
        "webauthn.mds_file",
        Kind::Path,
        None,
        "\"/var/lib/passkeyd/mds.jwt\"",
        "The FIDO metadata (MDS3 BLOB) that attestation is checked against; read again whenever it changes.",
    ),
    setting(
        "webauthn.mds_root_file",
        Kind::Path,
        None,
        "\"/etc/passkeyd/mds-root.pem\"",
        "The certificate, PEM or DER, that the metadata's signature must lead to; none: GlobalSign Root R3, which FIDO uses.",
    ),
    setting(
        "webauthn.revocation_files",
        Kind::Texts,
        None,
        "[\"/var/lib/passkeyd/maker.crl\"]",
        "Lists of revoked attestation certificates: CRLs in DER or PEM, Android's status list in JSON; read again whenever one changes.",
    ),
    setting(
        "webauthn.algorithms",
        Kind::Integers,
        None,
        "[-8, -7, -257]",
        "COSE algorithms that are put in front of those that an API offers.",
    ),
    setting(
        "metrics.bind",
        Kind::Address,
        None,
        "\"127.0.0.1:9090\"",
        "Where Prometheus finds the metrics, at /metrics; none: nowhere.",
    ),
    setting(
        "log.level",
        Kind::Text,
        Some("\"info\""),
        "",
        "error, warn, info, debug, trace or off, or directives such as `info,passkeyd_service=debug`.",
    ),
    setting(
        "log.format",
        Kind::Choice(&["auto", "text", "json"]),
        Some("\"auto\""),
        "",
        "text, json, or auto: text on a terminal, else json.",
    ),
    setting(
        "apps",
        Kind::Documents,
        None,
        "[]",
        "Tenants that are made or brought up to date at every start, as [[apps]] tables: id, name, website_url, base_url,\n\
         settings (as `app set` takes them), api_keys (name, scopes, key or key_file; without either one is made and\n\
         printed once) and oidc_providers (name, issuer, client_id, client_secret or client_secret_file, client_auth,\n\
         provider_id).",
    ),
];
