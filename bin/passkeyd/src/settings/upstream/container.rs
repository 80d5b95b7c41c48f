//! The variables `BWP_…` of that server's container, which set up its proxy and its database. Where one of them is there,
//! this server takes the container's place: it listens on the same port and has the same paths.

use config::{Map, Value};
use url::Url;

use super::Upstream;

/// The container's port where nobody says.
const PORT: &str = "5701";
/// Below this the container has the API.
const API: &str = "/api";

/// What the variables say in our names; and what can't be said in them, in sentences.
pub(super) fn translated(upstream: &Upstream) -> (Map<String, Value>, Vec<String>) {
    let mut ours = Map::new();
    let mut problems = Vec::new();
    let (domain, port) = (upstream.text("bwp_domain"), upstream.text("bwp_port"));
    if domain.is_some() || port.is_some() {
        let port = port.unwrap_or(PORT);
        ours.insert("server.bind".to_owned(), format!("0.0.0.0:{port}").into());
        ours.insert("server.base_path".to_owned(), API.into());
    }
    if upstream.is("bwp_enable_ssl") {
        problems.push(
            "BWP_ENABLE_SSL: TLS ends at a proxy in front of this server, see the chapter on deployment; set it to false"
                .to_owned(),
        );
    }
    if let Some(addresses) = upstream.text("bwp_real_ips") {
        let addresses: Vec<_> = addresses
            .split([',', ' '])
            .filter(|address| !address.is_empty())
            .map(str::to_owned)
            .collect();
        ours.insert("server.trusted_proxies".to_owned(), addresses.into());
    }
    if let Some(word) = upstream.text("bwp_enable_api")
        && word.eq_ignore_ascii_case("false")
    {
        ours.insert("apis.passwordless".to_owned(), false.into());
    }
    match upstream
        .text("bwp_db_provider")
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        None | Some("sqlite") => {}
        Some("postgres" | "postgresql") => match database(upstream) {
            Some(url) => {
                ours.insert("database.url".to_owned(), url.into());
            }
            None => problems.push("BWP_DB_SERVER names no host".to_owned()),
        },
        Some(other) => problems.push(format!(
            "BWP_DB_PROVIDER: {other} is no database of this server, which takes sqlite and postgresql"
        )),
    }
    (ours, problems)
}

/// The database of `BWP_DB_…`; none: the host is missing or none.
fn database(upstream: &Upstream) -> Option<String> {
    let mut url = Url::parse("postgres://host").ok()?;
    url.set_host(Some(upstream.text("bwp_db_server")?)).ok()?;
    if let Some(port) = upstream.text("bwp_db_port") {
        url.set_port(Some(port.parse().ok()?)).ok()?;
    }
    url.set_path(upstream.text("bwp_db_database_api").unwrap_or("Api"));
    if let Some(user) = upstream.text("bwp_db_username") {
        url.set_username(user).ok()?;
    }
    if let Some(password) = upstream.text("bwp_db_password") {
        url.set_password(Some(password)).ok()?;
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let environment: Vec<_> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (ours, problems) = translated(&Upstream::read(&environment, None).unwrap());
        let text = |value: &Value| match value.clone().into_array() {
            Ok(list) => list
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Err(_) => value.to_string(),
        };
        let mut ours: Vec<_> = ours
            .iter()
            .map(|(name, value)| format!("{name} = {}", text(value)))
            .collect();
        ours.sort();
        (ours, problems)
    }

    #[test]
    fn the_port_and_the_paths_are_the_containers() {
        assert_eq!(read(&[]), (vec![], vec![]));
        let layout = |port| {
            vec![
                "server.base_path = /api".to_owned(),
                format!("server.bind = 0.0.0.0:{port}"),
            ]
        };
        assert_eq!(read(&[("BWP_DOMAIN", "localhost")]).0, layout(5701));
        assert_eq!(read(&[("BWP_PORT", "8443")]).0, layout(8443));
    }

    #[test]
    fn proxies_the_api_and_the_database_are_set_up() {
        let (ours, problems) = read(&[
            ("BWP_REAL_IPS", "10.0.0.0/8, 192.168.1.1"),
            ("BWP_ENABLE_API", "False"),
            ("BWP_DB_PROVIDER", "PostgreSQL"),
            ("BWP_DB_SERVER", "db.internal"),
            ("BWP_DB_PORT", "6432"),
            ("BWP_DB_USERNAME", "pass"),
            ("BWP_DB_PASSWORD", "a/b@c:d"),
        ]);
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            ours,
            [
                "apis.passwordless = false",
                "database.url = postgres://pass:a%2Fb%40c%3Ad@db.internal:6432/Api",
                "server.trusted_proxies = 10.0.0.0/8 192.168.1.1",
            ]
        );
        assert_eq!(read(&[("BWP_DB_PROVIDER", "sqlite")]), (vec![], vec![]));
    }

    #[test]
    fn what_can_not_be_done_is_said() {
        for (variables, problem) in [
            ([("BWP_ENABLE_SSL", "true")], "BWP_ENABLE_SSL: TLS ends"),
            (
                [("BWP_DB_PROVIDER", "mssql")],
                "BWP_DB_PROVIDER: mssql is no database",
            ),
            (
                [("BWP_DB_PROVIDER", "postgres")],
                "BWP_DB_SERVER names no host",
            ),
        ] {
            let (_, problems) = read(&variables);
            assert!(problems[0].starts_with(problem), "{problems:?}");
        }
    }
}
