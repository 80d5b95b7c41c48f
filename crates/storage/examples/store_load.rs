//! Sign-ins against a database, as many as it takes: `cargo run --release -p passkeyd-storage --example store_load --
//! URL [SECONDS] [CONNECTIONS]`. A sign-in is what its two calls ask of the store: the credentials of a user, then the
//! facts, then the record with its event. Use a database that may be thrown away.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use passkeyd_domain::{
    Purpose, TenantId,
    ports::{
        Credentials as _, ImportedTenant, Imports as _, SignInOutcome, SignInRecord, Tenants as _,
        UserLookup,
    },
};
use passkeyd_storage::{Database, Options, open};
use passkeyd_storage_contract::samples::{
    at, consumption, credential, event, sign_in, tenant, tenant_id, user,
};
use uuid::Uuid;

const USERS: u32 = 2000;

async fn delete(store: &Database, id: &TenantId) {
    store.delete_tenant(id).await.unwrap();
    while !store.clear_deleted_tenant(id, 250).await.unwrap() {}
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| {
        let path = std::env::temp_dir().join(format!("store_load_{}.db", std::process::id()));
        format!("sqlite://{}", path.display())
    });
    let seconds: u64 = arguments.next().map_or(5, |text| text.parse().unwrap());
    let connections: Option<u32> = arguments.next().map(|text| text.parse().unwrap());

    let began = Instant::now();
    let options = Options::default().max_connections(connections);
    let store = Arc::new(open(&url, &options).await.unwrap());
    println!("open after {:?}", began.elapsed());
    let id = tenant_id("load");
    delete(&store, &id).await;
    fill(&store, &id).await;

    println!("callers  sign-ins/s   p50 ms   p99 ms   CPU us each");
    for callers in [1, 4, 16, 64] {
        let stop = Arc::new(AtomicBool::new(false));
        let (began, cpu) = (Instant::now(), cpu_time());
        let running: Vec<_> = (0..callers)
            .map(|caller| {
                let (store, id, stop) = (Arc::clone(&store), id.clone(), Arc::clone(&stop));
                tokio::spawn(
                    async move { sign_in_again(&store, &id, caller, callers, &stop).await },
                )
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        stop.store(true, Ordering::Relaxed);
        let mut times = Vec::new();
        for caller in running {
            times.extend(caller.await.unwrap());
        }
        let (elapsed, cpu) = (began.elapsed(), cpu_time().saturating_sub(cpu));
        times.sort_unstable();
        let rank = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        let count = f64::from(u32::try_from(times.len()).unwrap());
        println!(
            "{callers:7}  {:10.0} {:8.2} {:8.2} {:13.0}",
            count / elapsed.as_secs_f64(),
            rank(50),
            rank(99),
            cpu.as_secs_f64() * 1e6 / count
        );
    }
    delete(&store, &id).await;
}

async fn fill(store: &Database, id: &TenantId) {
    let users: Vec<_> = (0..USERS)
        .map(|number| user(id, &number.to_string()))
        .collect();
    let imported = ImportedTenant {
        tenant: tenant(id.as_str()),
        api_keys: Vec::new(),
        credentials: users
            .iter()
            .map(|owner| credential(owner, owner.user_id.as_str().as_bytes()))
            .collect(),
        users,
        aliases: Vec::new(),
        auth_configs: Vec::new(),
        authenticators: Vec::new(),
    };
    store.import_tenants(vec![imported]).await.unwrap();
}

/// Signs the users of one caller in, one after another, and gives how long each took.
async fn sign_in_again(
    store: &Database,
    id: &TenantId,
    caller: u32,
    callers: u32,
    stop: &AtomicBool,
) -> Vec<Duration> {
    static SESSIONS: AtomicU64 = AtomicU64::new(0);
    static NOW: AtomicU32 = AtomicU32::new(0);
    let mut times = Vec::new();
    let mut number = caller;
    while !stop.load(Ordering::Relaxed) {
        number = (number + callers) % (USERS / callers * callers);
        let name = number.to_string();
        let owner = user(id, &name);
        let began = Instant::now();
        let lookup = UserLookup::UserId(owner.user_id);
        let found = store.user_credentials(id, &lookup).await.unwrap().unwrap();
        let credential_id = found.credentials[0].credential_id.clone();
        // Spread, as random names are.
        let session = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let session = Uuid::from_u128(
            u128::from(session).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
        );
        let facts = store
            .sign_in_facts(id, session, &credential_id)
            .await
            .unwrap();
        let held = facts.credential.unwrap().credential;
        let now = at(i64::from(NOW.fetch_add(1, Ordering::Relaxed)));
        let mut event = event(id, "the user signed in");
        event.performed_at = now;
        let mut used = consumption(0);
        used.id = session;
        let record = SignInRecord {
            consumption: used,
            credential_id,
            expected_sign_count: held.sign_count,
            sign_count: held.sign_count + 1,
            now,
            used_config: Some(Purpose::sign_in()),
            event: Some(event),
            ..sign_in(b"x", 0)
        };
        let outcome = store.record_sign_in(id, record).await.unwrap();
        assert_eq!(outcome, SignInOutcome::Recorded);
        times.push(began.elapsed());
    }
    times
}

/// What this process used of the processors, where the system tells.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<_> = text.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |index: usize| -> u64 {
        fields
            .get(index)
            .and_then(|field| field.parse().ok())
            .unwrap_or(0)
    };
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}
