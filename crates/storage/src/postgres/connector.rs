//! How PostgreSQL is reached.

use std::{error::Error, path::PathBuf, time::Duration};

use tokio_postgres::{Client, Config, Connection, Socket, config::SslMode};

use super::tls::{Tls, TlsSession, Trust};
use crate::error::OpenError;

/// An address of PostgreSQL that was understood.
pub(crate) struct Connector {
    config: Config,
    tls: Tls,
}

/// Where the address does not say.
const CONNECT: Duration = Duration::from_secs(5);
const UNANSWERED: Duration = Duration::from_secs(10);

impl Connector {
    /// Reads an address as libpq does. `sslmode` and `sslrootcert` are read here, since tokio-postgres knows only some of
    /// their values.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let Parts {
            rest,
            sslmode,
            sslrootcert,
        } = Parts::of(url)?;
        let mut config: Config = rest
            .parse()
            .map_err(|error: tokio_postgres::Error| malformed(&error))?;
        let roots = sslrootcert.as_deref();
        let (mode, trust) = match sslmode.as_deref() {
            Some("disable") => (SslMode::Disable, Trust::Anybody),
            // A file of certificates that is named is there to be used, also where no mode is.
            Some("require") | None if roots.is_some() => (SslMode::Require, Trust::Chain),
            None | Some("allow" | "prefer") => (SslMode::Prefer, Trust::Anybody),
            Some("require") => (SslMode::Require, Trust::Anybody),
            Some("verify-ca") => (SslMode::Require, Trust::Chain),
            Some("verify-full") => (SslMode::Require, Trust::ChainAndName),
            Some(other) => {
                return Err(OpenError::MalformedUrl(format!(
                    "sslmode is disable, prefer, require, verify-ca or verify-full, not '{other}'"
                )));
            }
        };
        config.ssl_mode(mode);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        if config.get_application_name().is_none() {
            config.application_name("passkeyd");
        }
        Ok(Self {
            config,
            tls: Tls::new(trust, roots)?,
        })
    }

    /// Connects, within a time that is limited as a whole.
    pub(crate) async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, TlsSession>), Box<dyn Error + Send + Sync>> {
        let limit = self
            .config
            .get_connect_timeout()
            .copied()
            .unwrap_or(CONNECT)
            * 2;
        let connected = tokio::time::timeout(limit, self.config.connect(self.tls.clone())).await;
        Ok(connected??)
    }
}

fn malformed(error: &tokio_postgres::Error) -> OpenError {
    // The error's own text never holds the address, and with it the password.
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    OpenError::MalformedUrl(format!("{error} {cause}").trim_end().to_owned())
}

/// An address taken apart.
struct Parts {
    rest: String,
    sslmode: Option<String>,
    sslrootcert: Option<PathBuf>,
}

impl Parts {
    fn of(url: &str) -> Result<Self, OpenError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut parts = Self {
            rest: String::new(),
            sslmode: None,
            sslrootcert: None,
        };
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => parts.sslmode = Some(decoded(value)?),
                Some(("sslrootcert", value)) => {
                    parts.sslrootcert = Some(decoded(value)?.into());
                }
                _ => kept.push(pair),
            }
        }
        parts.rest = if kept.is_empty() {
            base.to_owned()
        } else {
            format!("{base}?{}", kept.join("&"))
        };
        Ok(parts)
    }
}

/// Undoes percent encoding.
fn decoded(text: &str) -> Result<String, OpenError> {
    let bad = || OpenError::MalformedUrl(format!("'{text}' is not percent-encoded text"));
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || {
                let digit = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(digit).ok()
            };
            let (high, low) = (digit().ok_or_else(bad)?, digit().ok_or_else(bad)?);
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modes_of_tls_are_those_of_libpq() {
        for (query, mode) in [
            ("", SslMode::Prefer),
            ("?sslmode=disable", SslMode::Disable),
            ("?sslmode=prefer", SslMode::Prefer),
            ("?sslmode=require", SslMode::Require),
            ("?sslmode=verify-ca&application_name=x", SslMode::Require),
            ("?connect_timeout=3&sslmode=verify-full", SslMode::Require),
        ] {
            let connector = Connector::parse(&format!("postgres://u:p@h/db{query}")).unwrap();
            assert_eq!(connector.config.get_ssl_mode(), mode, "{query}");
        }
        for query in ["sslmode=verify", "sslmode=%zz", "sslcert=x"] {
            let refused = Connector::parse(&format!("postgres://u@h/db?{query}"));
            assert!(
                matches!(refused, Err(OpenError::MalformedUrl(_))),
                "{query}"
            );
        }
    }

    #[test]
    fn a_missing_file_of_certificates_is_named() {
        let refused = Connector::parse("postgres://h/db?sslrootcert=%2Fno%20such.pem");
        assert!(matches!(
            refused,
            Err(OpenError::RootCertificates { path, .. }) if path.as_os_str() == "/no such.pem"
        ));
    }
}
