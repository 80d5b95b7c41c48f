//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use passkeyd_domain::{ClientAuthentication, KeyId, KeyKind, ProviderId, TenantId};

/// A self-hosted passwordless authentication server.
#[derive(Debug, Parser)]
#[command(name = "passkeyd", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The configuration file [default: passkeyd.toml, if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Where the embedded database and other files lie [default: passkeyd-data]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Configured(Configured),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Register and sign in at a running server, with a software authenticator
    Doctor(Doctor),
}

/// The commands that need a configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Configured {
    /// Run the server
    Serve(Serve),
    /// Bring the database to the current schema
    Migrate {
        /// Only say whether it is
        #[arg(long)]
        check: bool,
    },
    /// Tenants
    #[command(subcommand)]
    App(AppCommand),
    /// Keys of tenants
    #[command(subcommand)]
    Key(KeyCommand),
    /// `OpenID` Connect providers of tenants
    #[command(subcommand)]
    Oidc(OidcCommand),
    /// Attested credentials
    #[command(subcommand)]
    Attestation(AttestationCommand),
    /// The keys that the server makes for itself
    #[command(subcommand)]
    Keyring(KeyringCommand),
    /// Take over what another server held
    #[command(subcommand)]
    Import(ImportCommand),
    /// Write a consistent copy of the embedded database, while serving
    Backup {
        /// The copy, which must not exist
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Try it out: loopback only, a seeded tenant with known keys, a demo page
    #[arg(long)]
    pub(crate) dev: bool,
    /// Where to listen [default: the setting server.bind]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) bind: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Is the configuration good?
    Check,
    /// Print the commented reference configuration
    Reference,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Make a tenant and print its keys once
    Create {
        /// 1 to 63 lower-case letters, digits and inner hyphens
        id: TenantId,
        /// A name for people
        #[arg(long)]
        name: Option<String>,
        /// The site that its users know
        #[arg(long, value_name = "URL")]
        website_url: Option<String>,
        /// An accepted origin; may be given more than once
        #[arg(long = "origin", value_name = "ORIGIN")]
        origins: Vec<String>,
        /// Who administers it; may be given more than once
        #[arg(long = "admin-email", value_name = "EMAIL")]
        admin_emails: Vec<String>,
    },
    /// List the tenants
    List,
    /// Show the settings of a tenant
    Show {
        /// The tenant
        id: TenantId,
    },
    /// Change settings of a tenant
    Set {
        /// The tenant
        id: TenantId,
        /// What to change, such as `max_users=100`; lists are separated by commas, nothing takes a value away
        #[arg(value_name = "KEY=VALUE", required = true)]
        changes: Vec<String>,
    },
    /// Delete a tenant and everything of it
    Delete {
        /// The tenant
        id: TenantId,
        /// Yes, really
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key and print it once
    Create {
        /// The tenant
        #[arg(long, value_name = "ID")]
        app: TenantId,
        /// What sort of key; may be left out where the scopes tell it
        #[arg(long)]
        kind: Option<Kind>,
        /// A name for people
        #[arg(long, default_value = "")]
        name: String,
        /// What it may do, separated by commas: `register`, `login` (public); `token_register`, `token_verify` (secret);
        /// `passkey:read`, `passkey:write`, `profile:read`, `profile:write`, `reg:write`, `auth:write`, `user:read`,
        /// `user:write`, `external:verify` (api, for the `LoginID` API)
        #[arg(
            long = "scope",
            value_name = "SCOPE",
            value_delimiter = ',',
            required = true
        )]
        scopes: Vec<String>,
    },
    /// List the keys of a tenant
    List {
        /// The tenant
        #[arg(long, value_name = "ID")]
        app: TenantId,
    },
    /// Lock a key: it is refused until it is unlocked
    Lock(OneKey),
    /// Unlock a key
    Unlock(OneKey),
    /// Delete a key
    Delete(OneKey),
}

#[derive(Debug, Args)]
pub(crate) struct OneKey {
    /// The tenant
    #[arg(long, value_name = "ID")]
    pub(crate) app: TenantId,
    /// The key: for Passwordless keys its last four characters
    #[arg(value_parser = key_id)]
    pub(crate) key_id: KeyId,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a value parser")]
fn key_id(text: &str) -> Result<KeyId, String> {
    Ok(KeyId(text.to_owned()))
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Public,
    Secret,
    Api,
}

impl From<Kind> for KeyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Public => Self::Public,
            Kind::Secret => Self::Secret,
            Kind::Api => Self::Api,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum OidcCommand {
    /// Add a provider and print where it sends browsers back to
    Add(AddOidc),
    /// List the providers of a tenant
    List {
        /// The tenant
        #[arg(long, value_name = "ID")]
        app: TenantId,
    },
    /// Remove a provider and the links of users to it; the users stay
    Remove {
        /// The tenant
        #[arg(long, value_name = "ID")]
        app: TenantId,
        /// The provider
        provider: ProviderId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddOidc {
    /// The tenant
    #[arg(long, value_name = "ID")]
    pub(crate) app: TenantId,
    /// A name for people
    #[arg(long)]
    pub(crate) name: String,
    /// The provider's URL, without `/.well-known/…`
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: String,
    /// What the provider calls this server
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: String,
    /// A file with the client secret
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: PathBuf,
    /// `client_secret_basic` or `client_secret_post`
    #[arg(
        long = "client-auth",
        value_name = "METHOD",
        default_value = "client_secret_basic"
    )]
    pub(crate) client_authentication: ClientAuthentication,
    /// The provider's name in URLs, 24 upper-case letters and digits; none: one is made
    #[arg(long, value_name = "ID")]
    pub(crate) provider_id: Option<ProviderId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AttestationCommand {
    /// List credentials whose attestation is not good any more by the metadata and lists that the server read last
    List {
        /// Of this tenant only
        #[arg(long, value_name = "ID")]
        app: Option<TenantId>,
        /// The good ones too
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyringCommand {
    /// Make new sealing and signing keys; tokens of the old ones are good until they end
    Rotate {
        /// The tenant; none: every tenant
        #[arg(long, value_name = "ID")]
        app: Option<TenantId>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// The apps, keys, credentials, aliases and settings of a self-hosted Passwordless.dev server
    Passwordless {
        /// Its database, which is not changed
        #[arg(long, value_name = "FILE")]
        sqlite: PathBuf,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The server
    #[arg(long)]
    pub(crate) url: String,
    /// A public key of a tenant
    #[arg(long)]
    pub(crate) public_key: String,
    /// A secret key of the same tenant
    #[arg(long, env = "PASSKEYD_SECRET_KEY", hide_env_values = true)]
    pub(crate) secret_key: String,
    /// The origin of the page that signs in [default: that of the URL]
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// The relying party [default: the host of the origin]
    #[arg(long)]
    pub(crate) rp_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
