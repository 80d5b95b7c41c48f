//! The settings of a self-hosted Passwordless.dev server, by the names they have there, so that its `config.json` and its
//! compose file keep working. What has another meaning here, or none, is left out.

mod container;
mod ses;

use std::{collections::BTreeMap, fs, path::Path};

use config::{Map, Value};
use passkeyd_delivery::mail::SmtpTls;

/// Where the container of that server keeps its configuration.
const CONTAINER_FILE: &str = "/etc/bitwarden_passwordless/config.json";

/// What is set, by names in lower case with `:` between their parts.
#[derive(Debug, Default)]
pub(super) struct Upstream(BTreeMap<String, String>);

impl Upstream {
    /// Takes the environment, whose names have `__` in place of `:`, and then the file: the one that is named, or the
    /// container's where `SelfHosted` asks for it.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(
        environment: &[(String, String)],
        named: Option<&Path>,
    ) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in environment {
            let name = name.to_ascii_lowercase().replace("__", ":");
            settings.0.insert(name, value.clone());
        }
        let self_hosted = settings.is("selfhosted");
        let container = Path::new(CONTAINER_FILE);
        let file = named.or_else(|| (self_hosted && container.exists()).then_some(container));
        if let Some(file) = file {
            let text =
                fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            settings
                .add_json(&text)
                .map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(settings)
    }

    fn add_json(&mut self, text: &str) -> Result<(), serde_json::Error> {
        // Some editors put one there.
        let text = text.trim_start_matches('\u{feff}');
        let json: serde_json::Value = serde_json::from_str(text)?;
        self.add("", &json);
        Ok(())
    }

    fn add(&mut self, name: &str, value: &serde_json::Value) {
        let below = |part: &str| match name {
            "" => part.to_ascii_lowercase(),
            name => format!("{name}:{}", part.to_ascii_lowercase()),
        };
        match value {
            serde_json::Value::Object(members) => {
                for (member, value) in members {
                    self.add(&below(member), value);
                }
            }
            serde_json::Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    self.add(&below(&index.to_string()), value);
                }
            }
            serde_json::Value::Null => {}
            serde_json::Value::String(text) => {
                self.0.insert(name.to_owned(), text.clone());
            }
            other => {
                self.0.insert(name.to_owned(), other.to_string());
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn is(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|word| word.eq_ignore_ascii_case("true"))
    }

    /// The same in our own names; and what can't be said in them, in sentences.
    pub(super) fn translated(&self) -> (Map<String, Value>, Vec<String>) {
        let (mut ours, mut problems) = container::translated(self);
        for (theirs, name) in [
            ("passwordlessmanagement:managementkey", "management.key"),
            ("mail:from", "mail.from"),
            ("mail:fromname", "mail.from_name"),
        ] {
            if let Some(text) = self.text(theirs) {
                ours.insert(name.to_owned(), Value::from(text));
            }
        }
        if let Some(text) = self.text("magiclinks:newaccounttimeout") {
            match seconds(text) {
                Some(seconds) => {
                    let span = format!("{seconds}s");
                    ours.insert("magic_links.new_account_timeout".to_owned(), span.into());
                }
                None => problems.push(
                    "MagicLinks:NewAccountTimeout takes a time span such as 1.00:00:00".to_owned(),
                ),
            }
        }
        for (switch, name) in [
            ("isratelimitbypassenabled", "magic_links.without_rate_limit"),
            ("ismagiclinkquotabypassenabled", "magic_links.without_quota"),
        ] {
            let apps = self.apps_with(switch);
            if !apps.is_empty() {
                ours.insert(name.to_owned(), Value::from(apps));
            }
        }
        let mut providers = Vec::new();
        for index in 0.. {
            match self.provider(index) {
                None => break,
                Some(Ok(provider)) => providers.push(Value::from(provider)),
                Some(Err(problem)) => problems.push(format!("Mail:Providers:{index}: {problem}")),
            }
        }
        if !providers.is_empty() {
            ours.insert("mail.providers".to_owned(), Value::from(providers));
        }
        (ours, problems)
    }

    /// The apps that have one of the switches of `ApplicationOverrides` on.
    fn apps_with(&self, switch: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(_, value)| value.trim().eq_ignore_ascii_case("true"))
            .filter_map(|(name, _)| {
                let (app, known) = name
                    .strip_prefix("applicationoverrides:")?
                    .split_once(':')?;
                (known == switch).then(|| app.to_owned())
            })
            .collect()
    }

    /// A mail provider, as a table of `mail.providers`; none: there is no such number.
    fn provider(&self, index: usize) -> Option<Result<Map<String, Value>, String>> {
        let provider = Provider {
            settings: self,
            prefix: format!("mail:providers:{index}:"),
        };
        let name = provider.text("name")?.to_ascii_lowercase();
        Some(match name.as_str() {
            "smtp" => Ok(provider.smtp()),
            "file" => Ok(provider.file()),
            "sendgrid" => provider.sendgrid(),
            "aws" => provider.aws(),
            _ => Err("Name takes one of: smtp, file, sendgrid, aws".to_owned()),
        })
    }
}

/// The members of one provider.
struct Provider<'a> {
    settings: &'a Upstream,
    prefix: String,
}

impl Provider<'_> {
    fn text(&self, member: &str) -> Option<String> {
        let name = format!("{}{member}", self.prefix);
        self.settings.text(&name).map(str::to_owned)
    }

    fn is(&self, member: &str) -> bool {
        self.settings.is(&format!("{}{member}", self.prefix))
    }

    fn smtp(&self) -> Map<String, Value> {
        let port = self.text("port").and_then(|port| port.parse().ok());
        let tls = SmtpTls::from_passwordless(
            port.unwrap_or(25),
            self.is("starttls"),
            self.is("ssl"),
            self.is("ssloverride"),
        );
        let mut table = table([("name", "smtp"), ("tls", word(tls))]);
        if self.is("trustserver") {
            table.insert("trust_server".to_owned(), "true".into());
        }
        self.copy(
            &mut table,
            ["host", "port", "username", "password"].map(|it| (it, it)),
        );
        self.copy_senders(&mut table);
        table
    }

    fn file(&self) -> Map<String, Value> {
        let mut table = table([("name", "file")]);
        self.copy(&mut table, [("path", "path")]);
        table
    }

    fn sendgrid(&self) -> Result<Map<String, Value>, String> {
        let key = self.text("apikey").ok_or("ApiKey is missing")?;
        let mut table = table([
            ("name", "http"),
            ("url", "https://api.sendgrid.com/v3/mail/send"),
            ("headers.Authorization", &format!("Bearer {key}")),
            ("headers.Content-Type", "application/json"),
            ("body", SENDGRID),
        ]);
        self.copy_senders(&mut table);
        Ok(table)
    }

    fn aws(&self) -> Result<Map<String, Value>, String> {
        let need = |member, name| self.text(member).ok_or(format!("{name} is missing"));
        let (user, secret) = (
            need("accesskey", "AccessKey")?,
            need("secretkey", "SecretKey")?,
        );
        let region = need("region", "Region")?;
        let mut table = table([
            ("name", "smtp"),
            ("host", &ses::host(&region)),
            ("port", "587"),
            ("tls", "starttls"),
            ("username", &user),
            ("password", &ses::password(&secret, &region)),
        ]);
        self.copy_senders(&mut table);
        self.copy(
            &mut table,
            [
                ("channels:default:configurationset", "configuration_set"),
                (
                    "channels:magiclinks:configurationset",
                    "channels.magic_links.configuration_set",
                ),
            ],
        );
        Ok(table)
    }

    fn copy_senders(&self, table: &mut Map<String, Value>) {
        self.copy(
            table,
            [
                ("channels:default:from", "from"),
                ("channels:default:fromname", "from_name"),
                ("channels:magiclinks:from", "channels.magic_links.from"),
                (
                    "channels:magiclinks:fromname",
                    "channels.magic_links.from_name",
                ),
            ],
        );
    }

    fn copy<const N: usize>(&self, table: &mut Map<String, Value>, names: [(&str, &str); N]) {
        for (theirs, ours) in names {
            if let Some(text) = self.text(theirs) {
                table.insert(ours.to_owned(), text.into());
            }
        }
    }
}

/// What the HTTP provider posts to `SendGrid`.
const SENDGRID: &str = r#"{"personalizations": [{"to": [{"email": {{ to }}}]}],
 "from": {"email": {{ from }}, "name": {{ from_name }}},
 "subject": {{ subject }},
 "content": [{"type": "text/plain", "value": {{ text }}}, {"type": "text/html", "value": {{ html }}}]}"#;

fn table<const N: usize>(members: [(&str, &str); N]) -> Map<String, Value> {
    let members = members.map(|(name, value)| (name.to_owned(), Value::from(value)));
    members.into_iter().collect()
}

const fn word(tls: SmtpTls) -> &'static str {
    match tls {
        SmtpTls::None => "none",
        SmtpTls::StartTlsIfOffered => "starttls-if-offered",
        SmtpTls::StartTls => "starttls",
        SmtpTls::Implicit => "implicit",
    }
}

/// The seconds of `[d.]hh:mm:ss`.
fn seconds(span: &str) -> Option<u64> {
    let mut parts = span.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    if parts.next().is_some() {
        return None;
    }
    let number = |text: &str, below: u64| text.parse::<u64>().ok().filter(|it| *it < below);
    let days = number(days, 100_000)? * 24;
    let hours = days + number(hours, 24)?;
    Some((hours * 60 + number(minutes, 60)?) * 60 + number(seconds, 60)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_have_days() {
        assert_eq!(seconds("1.00:00:00"), Some(86_400));
        assert_eq!(seconds("00:01:30"), Some(90));
        for bad in [
            "",
            "24h",
            "1:2",
            "00:60:00",
            "24:00:00",
            "00:00:00:00",
            "-1.00:00:00",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
