//! How mail goes out.

use std::{collections::BTreeMap, fs, path::PathBuf};

use passkeyd_delivery::{
    RequestTemplate,
    mail::{Sender, Senders, SmtpSettings, SmtpTls, VALUES},
};
use passkeyd_domain::{
    SecretBytes,
    ports::{HttpMethod, MailChannel},
};

use super::{Values, headers::headers_of};

/// The providers in the order in which they are asked.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) providers: Vec<Provider>,
    /// Somebody set up a provider, so that mails are not only for a file in the data directory.
    pub(crate) is_set_up: bool,
    /// Where templates lie that replace the built-in ones.
    pub(crate) templates: Option<PathBuf>,
}

/// A provider, checked.
#[derive(Clone, Debug)]
pub(crate) enum Provider {
    Smtp {
        settings: Box<SmtpSettings>,
        senders: Senders,
    },
    /// Without a path: `mail.md` in the data directory.
    File { path: Option<PathBuf> },
    Http {
        request: RequestTemplate,
        senders: Senders,
    },
}

impl Mail {
    /// `mail.smtp` is the first provider, `mail.providers` are the others, and the file stands in for none.
    pub(super) fn assemble(values: &mut Values, problems: &mut Vec<String>) -> Self {
        let from_name = values.text("mail.from_name");
        let sender = values.text("mail.from").map(|from| Sender {
            from,
            from_name,
            configuration_set: None,
        });
        let mut tables = Vec::new();
        let tls = values.text("mail.smtp.tls");
        let port = values.count("mail.smtp.port").map(|port| port.to_string());
        let (user, password) = (
            values.text("mail.smtp.username"),
            values.text("mail.smtp.password"),
        );
        if let Some(host) = values.text("mail.smtp.host") {
            let mut table = BTreeMap::from([
                ("name".to_owned(), "smtp".to_owned()),
                ("host".to_owned(), host),
            ]);
            for (key, value) in [
                ("port", port),
                ("username", user),
                ("password", password),
                ("tls", tls),
            ] {
                table.extend(value.map(|value| (key.to_owned(), value)));
            }
            tables.push(("mail.smtp".to_owned(), table));
        }
        let listed = values.tables("mail.providers").unwrap_or_default();
        for (index, table) in listed.into_iter().enumerate() {
            tables.push((format!("mail.providers, number {}", index + 1), table));
        }
        let mut providers = Vec::new();
        for (name, table) in tables {
            match provider(Table(table), sender.as_ref()) {
                Ok(provider) => providers.push(provider),
                Err(problem) => problems.push(format!("{name}: {problem}")),
            }
        }
        let is_set_up = !providers.is_empty();
        if !is_set_up {
            providers.push(Provider::File { path: None });
        }
        Self {
            providers,
            is_set_up,
            templates: values.text("mail.templates").map(PathBuf::from),
        }
    }
}

/// The members of a provider; what nobody asked for at the end is a mistake.
struct Table(BTreeMap<String, String>);

impl Table {
    fn take(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    fn need(&mut self, key: &str) -> Result<String, String> {
        self.take(key).ok_or_else(|| format!("{key} is missing"))
    }

    /// The value, or the content of the file that `KEY_file` names.
    fn secret(&mut self, key: &str) -> Result<Option<String>, String> {
        let named = self.take(&format!("{key}_file"));
        match (self.take(key), named) {
            (Some(_), Some(_)) => Err(format!("{key} is given twice, also as a file")),
            (None, Some(path)) => {
                let content =
                    fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
                Ok(Some(content.trim_end_matches(['\r', '\n']).to_owned()))
            }
            (value, None) => Ok(value),
        }
    }

    fn flag(&mut self, key: &str) -> Result<bool, String> {
        self.take(key).map_or(Ok(false), |word| {
            word.parse()
                .map_err(|_| format!("{key} takes true or false"))
        })
    }

    /// Those whose keys begin so, without that beginning.
    fn under(&mut self, prefix: &str) -> Vec<(String, String)> {
        let found: Vec<_> = self
            .0
            .extract_if(.., |key, _| key.starts_with(prefix))
            .collect();
        found
            .into_iter()
            .map(|(key, value)| (key[prefix.len()..].to_owned(), value))
            .collect()
    }

    fn senders(&mut self, default: Option<&Sender>) -> Result<Senders, String> {
        let own = self.sender("")?;
        let default = own
            .or_else(|| default.cloned())
            .ok_or("mail.from is missing")?;
        let mut senders = Senders::new(default).map_err(|error| error.to_string())?;
        for (channel, name) in [
            (MailChannel::MagicLinks, "channels.magic_links."),
            (MailChannel::Codes, "channels.codes."),
        ] {
            if let Some(sender) = self.sender(name)? {
                senders = senders
                    .with(channel, sender)
                    .map_err(|error| error.to_string())?;
            }
        }
        Ok(senders)
    }

    fn sender(&mut self, prefix: &str) -> Result<Option<Sender>, String> {
        let from = self.take(&format!("{prefix}from"));
        let from_name = self.take(&format!("{prefix}from_name"));
        let configuration_set = self.take(&format!("{prefix}configuration_set"));
        match from {
            Some(from) => Ok(Some(Sender {
                from,
                from_name,
                configuration_set,
            })),
            None if from_name.is_none() && configuration_set.is_none() => Ok(None),
            None => Err(format!("{prefix}from is missing")),
        }
    }
}

fn provider(mut table: Table, sender: Option<&Sender>) -> Result<Provider, String> {
    let made = match table.need("name")?.to_ascii_lowercase().as_str() {
        "smtp" => smtp(&mut table, sender)?,
        "file" => Provider::File {
            path: table.take("path").map(PathBuf::from),
        },
        "http" => http(&mut table, sender)?,
        _ => return Err("name takes one of: smtp, file, http".to_owned()),
    };
    match table.0.keys().next() {
        Some(unknown) => Err(format!("{unknown} is unknown")),
        None => Ok(made),
    }
}

fn smtp(table: &mut Table, sender: Option<&Sender>) -> Result<Provider, String> {
    let tls = match table.take("tls").as_deref() {
        Some("none") => SmtpTls::None,
        None | Some("starttls") => SmtpTls::StartTls,
        Some("starttls-if-offered") => SmtpTls::StartTlsIfOffered,
        Some("implicit") => SmtpTls::Implicit,
        Some(_) => {
            return Err(
                "tls takes one of: none, starttls, starttls-if-offered, implicit".to_owned(),
            );
        }
    };
    let mut settings = SmtpSettings::new(table.need("host")?, tls);
    if let Some(port) = table.take("port") {
        settings.port = port
            .parse()
            .map_err(|_| "port takes a number from 1 to 65535")?;
    }
    settings.login = match (table.take("username"), table.secret("password")?) {
        (Some(user), Some(password)) => Some((user, SecretBytes::new(password.into_bytes()))),
        (None, None) => None,
        _ => return Err("username and password go together".to_owned()),
    };
    settings.trust_server = table.flag("trust_server")?;
    if let Some(path) = table.take("ca_file") {
        let pem = fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
        settings.authorities = Some(pem);
    }
    Ok(Provider::Smtp {
        senders: table.senders(sender)?,
        settings: Box::new(settings),
    })
}

fn http(table: &mut Table, sender: Option<&Sender>) -> Result<Provider, String> {
    let senders = table.senders(sender)?;
    let (url, headers) = (table.need("url")?, headers_of(table.under("headers."))?);
    let body = table.need("body")?;
    let request = RequestTemplate::new(HttpMethod::Post, url, headers, body, &VALUES)
        .map_err(|error| error.to_string())?;
    Ok(Provider::Http { request, senders })
}
