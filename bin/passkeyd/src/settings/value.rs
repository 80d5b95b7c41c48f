//! A value of the configuration, checked against what its setting takes.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use config::{Value, ValueKind};

use super::Kind;

/// A value that its setting takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    Address(SocketAddr),
    /// Also of paths, URLs, choices and secrets.
    Text(String),
    Flag(bool),
    Count(u64),
    Duration(Duration),
    Texts(Vec<String>),
    Integers(Vec<i64>),
    Map(BTreeMap<String, String>),
    /// What each holds, nested keys joined by dots.
    Tables(Vec<BTreeMap<String, String>>),
    Documents(Vec<serde_json::Map<String, serde_json::Value>>),
}

/// Reads a value. The error says what is taken, without the value, which may be a secret.
pub(crate) fn check(kind: Kind, value: Value) -> Result<Checked, String> {
    match kind {
        Kind::Address => text(value)?
            .parse()
            .map(Checked::Address)
            .map_err(|_| "takes an IP address and a port, such as 127.0.0.1:8080".to_owned()),
        Kind::Text | Kind::Path | Kind::Secret => filled(value).map(Checked::Text),
        Kind::Url(schemes) | Kind::SecretUrl(schemes) => url(&filled(value)?, schemes),
        Kind::Flag => flag(value),
        Kind::Count(least, most) => integer(value)
            .and_then(|number| u64::try_from(number).ok())
            .filter(|number| (least..=most).contains(number))
            .map(Checked::Count)
            .ok_or_else(|| format!("takes a number from {least} to {most}")),
        Kind::Duration => duration(&text(value)?)
            .map(Checked::Duration)
            .ok_or_else(|| "takes a span of time such as 30s, 5m, 24h or 7d".to_owned()),
        Kind::Rate => {
            let rate = text(value)?;
            rate.split_once('/')
                .filter(|(count, span)| {
                    count.parse::<u32>().is_ok_and(|count| count > 0) && duration(span).is_some()
                })
                .map(|_| Checked::Text(rate.clone()))
                .ok_or_else(|| "takes a number and a span of time such as 10/5m".to_owned())
        }
        Kind::Texts => texts(value).map(Checked::Texts),
        Kind::Integers => texts_or_numbers(value)
            .into_iter()
            .flatten()
            .map(integer)
            .collect::<Option<Vec<i64>>>()
            .map(Checked::Integers)
            .ok_or_else(|| "takes a list of whole numbers".to_owned()),
        Kind::Choice(words) => {
            let word = text(value)?;
            if words.contains(&word.as_str()) {
                Ok(Checked::Text(word))
            } else {
                Err(format!("takes one of: {}", words.join(", ")))
            }
        }
        Kind::Map => match value.kind {
            ValueKind::Table(table) => table
                .into_iter()
                .map(|(name, value)| Ok((name, text(value)?)))
                .collect::<Result<_, String>>()
                .map(Checked::Map),
            _ => Err("takes a table of texts".to_owned()),
        },
        Kind::Tables => match value.kind {
            ValueKind::Array(tables) => tables
                .into_iter()
                .map(|table| {
                    let mut flat = BTreeMap::new();
                    match table.kind {
                        ValueKind::Table(_) => flatten("", table, &mut flat).map(|()| flat),
                        _ => Err("takes a list of tables".to_owned()),
                    }
                })
                .collect::<Result<_, _>>()
                .map(Checked::Tables),
            _ => Err("takes a list of tables".to_owned()),
        },
        Kind::Documents => match value.kind {
            ValueKind::Array(tables) => tables
                .into_iter()
                .map(|table| match json(table) {
                    serde_json::Value::Object(table) => Ok(table),
                    _ => Err("takes a list of tables".to_owned()),
                })
                .collect::<Result<_, _>>()
                .map(Checked::Documents),
            _ => Err("takes a list of tables".to_owned()),
        },
    }
}

fn json(value: Value) -> serde_json::Value {
    match value.kind {
        ValueKind::Nil => serde_json::Value::Null,
        ValueKind::Boolean(flag) => flag.into(),
        ValueKind::I64(number) => number.into(),
        ValueKind::U64(number) => number.into(),
        ValueKind::Float(number) => number.into(),
        ValueKind::String(text) => text.into(),
        ValueKind::Array(values) => values.into_iter().map(json).collect(),
        ValueKind::Table(table) => table
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        // Numbers that no setting takes.
        other => other.to_string().into(),
    }
}

fn flatten(key: &str, value: Value, flat: &mut BTreeMap<String, String>) -> Result<(), String> {
    let ValueKind::Table(table) = value.kind else {
        let text = value
            .into_string()
            .map_err(|_| format!("takes a text, a number, true or false as {key}"))?;
        flat.insert(key.to_owned(), text);
        return Ok(());
    };
    for (name, value) in table {
        let key = if key.is_empty() {
            name
        } else {
            format!("{key}.{name}")
        };
        flatten(&key, value, flat)?;
    }
    Ok(())
}

/// The longest span of time: the calendar of instants has an end.
const LONGEST: Duration = Duration::from_hours(36_500 * 24);

/// `500ms`, `30s`, `5m`, `24h`, `7d`; none too for what is longer than a hundred years.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => 24 * 60 * 60 * 1000,
        _ => return None,
    };
    let span = Duration::from_millis(number.checked_mul(milliseconds)?);
    (span <= LONGEST).then_some(span)
}

fn text(value: Value) -> Result<String, String> {
    match value.kind {
        ValueKind::String(text) => Ok(text),
        _ => Err("takes a text".to_owned()),
    }
}

fn filled(value: Value) -> Result<String, String> {
    let text = text(value)?;
    if text.trim().is_empty() {
        Err("must not be empty".to_owned())
    } else {
        Ok(text)
    }
}

fn flag(value: Value) -> Result<Checked, String> {
    match value.kind {
        ValueKind::Boolean(flag) => Ok(Checked::Flag(flag)),
        ValueKind::String(word) => word.parse().map(Checked::Flag).map_err(|_| ()),
        _ => Err(()),
    }
    .map_err(|()| "takes true or false".to_owned())
}

fn integer(value: Value) -> Option<i64> {
    match value.kind {
        ValueKind::I64(number) => Some(number),
        ValueKind::String(digits) => digits.trim().parse().ok(),
        _ => None,
    }
}

fn texts(value: Value) -> Result<Vec<String>, String> {
    texts_or_numbers(value)
        .ok_or(())
        .and_then(|values| {
            values
                .into_iter()
                .map(|value| text(value).map_err(|_| ()))
                .collect()
        })
        .map_err(|()| "takes a list of texts".to_owned())
}

/// The elements of a list, or the parts between commas of a text, as the environment has them.
fn texts_or_numbers(value: Value) -> Option<Vec<Value>> {
    match value.kind {
        ValueKind::Array(values) => Some(values),
        ValueKind::String(joined) => Some(
            joined
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| Value::new(None, part))
                .collect(),
        ),
        _ => None,
    }
}

fn url(text: &str, schemes: &[&str]) -> Result<Checked, String> {
    let has_scheme = |scheme: &&str| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && text[scheme.len()..].starts_with("://")
            && text.len() > scheme.len() + "://".len()
    };
    if schemes.iter().any(has_scheme) {
        Ok(Checked::Text(text.to_owned()))
    } else {
        Err(format!(
            "takes a URL that begins with {}://",
            schemes.join(":// or ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("36500d"), Some(LONGEST));
        for bad in [
            "",
            "30",
            "s",
            "-1s",
            "1.5s",
            "1w",
            "1 s",
            "5M",
            "36501d",
            "999999999999999999d",
            "99999999999999999999d",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn urls_are_of_a_known_scheme() {
        let kind = Kind::SecretUrl(&["sqlite", "postgres"]);
        for good in ["sqlite:///a.db", "postgres://h/d", "Postgres://h/d"] {
            assert!(check(kind, Value::new(None, good)).is_ok(), "{good}");
        }
        for bad in [
            "postgre://h/d",
            "/a.db",
            "sqlite:a.db",
            "sqlite://",
            "mysql://h/d",
        ] {
            assert!(check(kind, Value::new(None, bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn lists_are_arrays_or_texts_with_commas() {
        let listed = check(Kind::Integers, Value::new(None, "-8, -7"));
        assert_eq!(listed, Ok(Checked::Integers(vec![-8, -7])));
        let listed = check(Kind::Texts, Value::new(None, vec!["a", "b"]));
        assert_eq!(
            listed,
            Ok(Checked::Texts(vec!["a".to_owned(), "b".to_owned()]))
        );
        assert!(check(Kind::Integers, Value::new(None, "a")).is_err());
    }
}
