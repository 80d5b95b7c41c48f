//! Plays whole sign-ins at a running server over kept-alive connections, and says what they cost.
//!
//! `docs/benchmarks.md` has the command that starts a server and runs this against it.

#![expect(clippy::print_stdout, reason = "a program for people")]

mod connection;
mod figures;
mod process;
mod visitor;

use std::{
    error::Error,
    net::ToSocketAddrs as _,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::Parser;
use passkeyd_authenticator::passwordless::Page;

use crate::{
    connection::Connection,
    figures::Figures,
    process::Usage,
    visitor::{Keys, Visitor},
};

/// Plays whole sign-ins at a running server and says what they cost.
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// The server, without a path: http://HOST:PORT
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A public key of a tenant
    #[arg(long)]
    public_key: String,
    /// A secret key of the same tenant
    #[arg(long)]
    secret_key: String,
    /// The relying party
    #[arg(long, default_value = "localhost")]
    rp_id: String,
    /// The origin of the page
    #[arg(long, default_value = "http://localhost:8080")]
    origin: String,
    /// Connections, each with a thread and users of its own
    #[arg(long, default_value_t = 16)]
    connections: u64,
    /// Users, who register before the load begins
    #[arg(long, default_value_t = 256)]
    users: u64,
    /// Seconds that are measured, after one that is not
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Verify the token of every sign-in too
    #[arg(long)]
    verify: bool,
    /// The server's process, whose time and memory are measured
    #[arg(long)]
    pid: Option<u32>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let address = arguments
        .url
        .strip_prefix("http://")
        .ok_or("the URL has to begin with http://")?
        .trim_end_matches('/')
        .to_socket_addrs()?
        .next()
        .ok_or("the host has no address")?;
    let connections = arguments.connections.max(1);
    let registered = Arc::new(Barrier::new(usize::try_from(connections)? + 1));
    let measuring = Arc::new(AtomicBool::new(false));
    let over = Arc::new(AtomicBool::new(false));

    let idle = arguments.pid.map(Usage::of).transpose()?;
    let begun = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|number| {
            let arguments = arguments.clone();
            let (registered, measuring, over) = (
                Arc::clone(&registered),
                Arc::clone(&measuring),
                Arc::clone(&over),
            );
            thread::spawn(move || -> Result<Figures, String> {
                let prepared = prepare(&arguments, address, number, connections);
                registered.wait();
                let mut visitors = prepared?;
                let mut figures = Figures::default();
                for turn in (0..visitors.len()).cycle() {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let counted = measuring.load(Ordering::Relaxed);
                    let taken = visitors[turn].sign_in(arguments.verify)?;
                    if counted {
                        figures.add(&taken);
                    }
                }
                Ok(figures)
            })
        })
        .collect();
    registered.wait();
    let registering = begun.elapsed();
    thread::sleep(Duration::from_secs(1));

    let mine = Usage::of(std::process::id())?;
    let server = arguments.pid.map(Usage::of).transpose()?;
    measuring.store(true, Ordering::Relaxed);
    let begun = Instant::now();
    thread::sleep(Duration::from_secs(arguments.seconds));
    measuring.store(false, Ordering::Relaxed);
    let elapsed = begun.elapsed();
    let mine = Usage::of(std::process::id())?.since(&mine);
    let server = match (arguments.pid, server) {
        (Some(pid), Some(before)) => Some(Usage::of(pid)?.since(&before)),
        _ => None,
    };
    over.store(true, Ordering::Relaxed);

    let mut all = Figures::default();
    for thread in threads {
        all.merge(thread.join().map_err(|_| "a thread panicked")??);
    }
    let summary = figures::Summary {
        connections,
        users: arguments.users,
        registering,
        elapsed,
        figures: all,
        mine,
        server,
        idle,
    };
    if arguments.json {
        println!("{}", summary.json());
    } else {
        println!("{}", summary.text());
    }
    Ok(())
}

/// Connects, and registers this connection's share of the users.
fn prepare(
    arguments: &Arguments,
    address: std::net::SocketAddr,
    number: u64,
    connections: u64,
) -> Result<Vec<Visitor>, String> {
    let page = Page::new(arguments.rp_id.clone(), arguments.origin.clone());
    let keys = Keys {
        public: arguments.public_key.clone(),
        secret: arguments.secret_key.clone(),
    };
    let connection = Connection::open(address).map_err(|error| error.to_string())?;
    let connection = std::rc::Rc::new(std::cell::RefCell::new(connection));
    let share = (number..arguments.users.max(connections))
        .step_by(usize::try_from(connections).unwrap_or(1));
    share
        .map(|user| Visitor::register(&connection, &keys, &page, user))
        .collect()
}
