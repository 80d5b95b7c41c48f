//! Where a database is and how it is opened.

use std::{path::PathBuf, thread};

use crate::error::OpenError;

/// How a database is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Connections to PostgreSQL, two at least, or readers of SQLite; none: as many as were found best for the machine.
    pub max_connections: Option<u32>,
    /// An SQLite file that does not exist may be made, in a folder that does.
    pub create: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: None,
            create: true,
        }
    }
}

impl Options {
    /// Sets the greatest number of connections.
    #[must_use]
    pub fn max_connections(mut self, number: Option<u32>) -> Self {
        self.max_connections = number;
        self
    }

    /// Says whether an SQLite file may be made.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Readers of SQLite: each keeps a core busy.
    pub(crate) fn readers(&self) -> usize {
        self.connections_or(|cores| cores.min(8))
    }

    /// Connections to PostgreSQL. Most of their time they wait for it: on two cores and with 16 callers 8 were best (2, 4, 8
    /// and 16 gave 106, 281, 448 and 393 sign-ins a second).
    pub(crate) fn sessions(&self) -> usize {
        self.connections_or(|cores| (cores * 4).clamp(8, 32))
    }

    fn connections_or(&self, measured: impl Fn(usize) -> usize) -> usize {
        match self.max_connections {
            Some(number) => usize::try_from(number.max(1)).unwrap_or(1),
            None => measured(thread::available_parallelism().map_or(2, usize::from)),
        }
    }
}

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Location {
    /// Reads `sqlite://PATH`, `postgres://…` or `postgresql://…`; anything else is refused, so that no typo becomes the
    /// name of a new file.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let malformed = |what: &str| OpenError::MalformedUrl(what.to_owned());
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(malformed(
                "write sqlite://PATH, postgres://… or postgresql://…",
            ));
        };
        match (scheme, rest.strip_prefix("//")) {
            ("sqlite", Some("")) => Err(malformed("sqlite:// needs a path")),
            ("sqlite", Some(path)) if path.contains('\0') => {
                Err(malformed("a path holds no U+0000"))
            }
            ("sqlite", Some(path)) if path.ends_with('/') => {
                Err(malformed("sqlite:// needs the path of a file"))
            }
            ("sqlite", Some(path)) => Ok(Self::Sqlite(PathBuf::from(path))),
            ("postgres" | "postgresql", Some(rest)) if !rest.is_empty() => {
                Ok(Self::Postgres(url.to_owned()))
            }
            ("sqlite" | "postgres" | "postgresql", _) => Err(malformed(
                "after the scheme follow two slashes and the rest",
            )),
            _ => Err(OpenError::UnknownScheme {
                scheme: scheme.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_an_engine() {
        let sqlite = |path: &str| Location::Sqlite(PathBuf::from(path));
        assert_eq!(
            Location::parse("sqlite:///var/lib/passkeyd.db").unwrap(),
            sqlite("/var/lib/passkeyd.db")
        );
        assert_eq!(
            Location::parse("sqlite://data/a?b.db").unwrap(),
            sqlite("data/a?b.db")
        );
        for url in [
            "postgres://h/db",
            "postgresql://u:p@h:5432/db?sslmode=require",
        ] {
            assert_eq!(
                Location::parse(url).unwrap(),
                Location::Postgres(url.to_owned())
            );
        }
    }

    #[test]
    fn a_typo_names_nothing() {
        for scheme in ["postgre", "sqlite3", "mysql", "file", "Postgres"] {
            assert!(matches!(
                Location::parse(&format!("{scheme}://x")),
                Err(OpenError::UnknownScheme { scheme: named }) if named == scheme
            ));
        }
        for url in [
            "passkeyd.db",
            "",
            "sqlite:x",
            "sqlite:/x",
            "sqlite://",
            "sqlite:///dir/",
            "postgres:/x",
            "postgres://",
        ] {
            assert!(
                matches!(Location::parse(url), Err(OpenError::MalformedUrl(_))),
                "{url}"
            );
        }
    }
}
