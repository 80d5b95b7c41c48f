//! The passkeyd binary: command line, configuration, wiring.

mod cli;
mod commands;
mod logging;
mod metadata;
mod outgoing;
mod output;
mod revocation;
mod settings;
mod tenant_settings;
mod wiring;
mod world;

use std::{env, error::Error, process::ExitCode};

use clap::Parser as _;

use crate::{
    cli::{
        AppCommand, AttestationCommand, Cli, Command, ConfigCommand, Configured, Global,
        ImportCommand, KeyringCommand,
    },
    commands::{
        app, attestation, backup, config, doctor, import, key, keyring, migrate, oidc, serve,
    },
    output::Report,
    settings::Settings,
    wiring::{Missing, Place},
};

fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    let as_json = global.json;
    output::print(run(global, command), as_json)
}

fn run(global: Global, command: Command) -> Result<Report, Box<dyn Error>> {
    match command {
        Command::Config(ConfigCommand::Reference) => Ok(config::print_reference()),
        Command::Config(ConfigCommand::Check) => config::check(&load(&global)?),
        Command::Doctor(command) => block_on(doctor::run(command, global.json)),
        Command::Configured(command) => {
            let settings = load(&global)?;
            logging::start(&settings.log);
            configured(global, settings, command)
        }
    }
}

fn configured(
    global: Global,
    settings: Settings,
    command: Configured,
) -> Result<Report, Box<dyn Error>> {
    let place = Place::new(global.data_dir, &settings.database);
    match command {
        Configured::Serve(command) => serve::run(settings, &place, &command, global.json),
        Configured::Migrate { check } => block_on(migrate::run(&place, check)),
        Configured::Import(ImportCommand::Passwordless { sqlite, dry_run }) => {
            block_on(import::passwordless(&place, &sqlite, dry_run))
        }
        Configured::Backup { file } => block_on(backup::run(&place, &file)),
        Configured::App(command) => {
            // The first tenant may be made before the first start.
            let missing = match command {
                AppCommand::Create { .. } => Missing::IsMade,
                _ => Missing::IsRefused,
            };
            block_on(async {
                let service = wiring::service(&settings, &place, missing).await?;
                app::run(&service, command).await
            })
        }
        Configured::Key(command) => block_on(async {
            let service = wiring::service(&settings, &place, Missing::IsRefused).await?;
            key::run(&service, command).await
        }),
        Configured::Oidc(command) => block_on(async {
            let service = wiring::service(&settings, &place, Missing::IsRefused).await?;
            oidc::run(&service, &settings, command).await
        }),
        Configured::Attestation(AttestationCommand::List { app, all }) => block_on(async {
            let service = wiring::service(&settings, &place, Missing::IsRefused).await?;
            attestation::list(&service, app.as_ref(), all).await
        }),
        Configured::Keyring(KeyringCommand::Rotate { app }) => block_on(async {
            let service = wiring::service(&settings, &place, Missing::IsRefused).await?;
            keyring::rotate(&service, app).await
        }),
    }
}

fn load(global: &Global) -> Result<Settings, Box<dyn Error>> {
    // What is no Unicode is none of our settings.
    let environment = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Settings::load(global.config.as_deref(), environment)?)
}

fn block_on<T>(work: impl Future<Output = Result<T, Box<dyn Error>>>) -> Result<T, Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
