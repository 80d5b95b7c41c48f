//! What a log-in and a page of ideas cost on the embedded database, beside what the password hash and the database cost
//! alone: `cargo bench -p passkeyd-http --bench accounts`.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark may stop, and measures real time"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use argon2::{Argon2, PasswordHasher as _};
use divan::{Bencher, counter::ItemsCount};
use passkeyd_domain::{
    IdeaContent, RefreshHash, Score, Scores, Session, TenantId, Timestamp,
    ports::{AttemptLimit, Clock, Entropy, Forgiven, NewSession, Store},
};
use passkeyd_service::{
    Service, Settings,
    accounts::{Client, Realm, SignUp},
    passwords::Password,
    sessions::SignedIn,
};
use passkeyd_storage::Options;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::runtime::Runtime;
use uuid::Uuid;

const EMAIL: &str = "jack@example.com";
const PASSWORD: &str = "the-Secret-123";

fn main() {
    divan::main();
}

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct Random(SystemRandom);

impl Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer).unwrap();
    }
}

/// A server without HTTP, with one account that has a page of ideas.
struct World {
    runtime: Runtime,
    store: Arc<dyn Store>,
    service: Service,
    realm: Realm,
    tenant: TenantId,
    access_token: String,
    refresh_token: String,
    signed_in: SignedIn,
    count: AtomicU64,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/bench.db", folder.path().display());
        let store = runtime.block_on(passkeyd_storage::open(&url, &Options::default()));
        let store: Arc<dyn Store> = Arc::new(store.unwrap());
        let random = Arc::new(Random(SystemRandom::new()));
        let service = Service::new(
            Arc::clone(&store),
            Arc::new(Now),
            random,
            Settings::default(),
            None,
        );
        let (realm, grant, signed_in) = runtime.block_on(async {
            service.ensure_development_app().await.unwrap();
            let tenant = "test".parse().unwrap();
            let realm = service.realm(&tenant).await.unwrap().unwrap();
            let command = SignUp {
                email: EMAIL.parse().unwrap(),
                name: "Jack".to_owned(),
                password: Password::chosen(PASSWORD.to_owned()).unwrap(),
            };
            let grant = service.sign_up(&realm, &client(), command).await.unwrap();
            // Read anew, with the key that the first token made.
            let realm = service.realm(&tenant).await.unwrap().unwrap();
            let signed_in = service
                .authenticate_session(&realm, &grant.jwt)
                .await
                .unwrap();
            for number in 0..1000 {
                let each = Score::new(1 + number % 10).unwrap();
                let scores = Scores {
                    impact: each,
                    ease: each,
                    confidence: each,
                };
                let content = IdeaContent::new(format!("idea {number}")).unwrap();
                service.add_idea(&signed_in, content, scores).await.unwrap();
            }
            (realm, grant, signed_in)
        });
        Self {
            runtime,
            store,
            service,
            tenant: realm.id().clone(),
            realm,
            access_token: grant.jwt.clone(),
            refresh_token: grant.refresh_token().unwrap().to_owned(),
            signed_in,
            count: AtomicU64::new(1),
            _folder: folder,
        }
    }
}

fn client() -> Client {
    Client {
        address: Some([192, 0, 2, 1].into()),
        device: "Firefox, Linux".to_owned(),
        issuer: "http://localhost:8080".to_owned(),
    }
}

#[divan::bench]
fn log_in(bencher: Bencher<'_, '_>) {
    let world = World::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        let (client, password) = (client(), Password::presented(PASSWORD.to_owned()).unwrap());
        let log_in = world.service.log_in(&world.realm, &client, EMAIL, password);
        world.runtime.block_on(log_in).unwrap()
    });
}

#[divan::bench]
fn argon2_alone(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        let hash = Argon2::default().hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]);
        let hash: argon2::PasswordHash = hash.unwrap();
        hash
    });
}

/// Counting the attempt, finding the account, opening the session.
#[divan::bench]
fn database_of_a_log_in_alone(bencher: Bencher<'_, '_>) {
    let world = World::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        let now = Timestamp::now();
        let number = world.count.fetch_add(1, Ordering::Relaxed);
        let mut token = [0; 32];
        token[..8].copy_from_slice(&number.to_be_bytes());
        let limit = |key: &str| AttemptLimit {
            key: key.to_owned(),
            limit: 10,
            window_ends: now + Duration::from_mins(10),
        };
        let limits = vec![limit("account"), limit("address")];
        world.runtime.block_on(async {
            let (store, tenant) = (&world.store, &world.tenant);
            store.count_attempt(tenant, limits, now).await.unwrap();
            let found = store.account_by_name(tenant, EMAIL).await.unwrap();
            let session = NewSession {
                session: Session {
                    id: Uuid::from_u128(number.into()),
                    tenant: tenant.clone(),
                    user: found.unwrap().user.key,
                    created_at: now,
                    last_used_at: now,
                    expires_at: now + Duration::from_hours(1),
                    device: String::new(),
                },
                refresh: RefreshHash::new(token),
                forgiven: vec![
                    Forgiven::All("account".to_owned()),
                    Forgiven::One("address".to_owned()),
                ],
            };
            store.open_session(session, None).await.unwrap()
        })
    });
}

/// The check of the access token and of its session, and the page.
#[divan::bench]
fn list_ideas(bencher: Bencher<'_, '_>) {
    let world = World::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        world.runtime.block_on(async {
            let token = &world.access_token;
            let signed_in = world.service.authenticate_session(&world.realm, token);
            let signed_in = signed_in.await.unwrap();
            world.service.list_ideas(&signed_in, 1).await.unwrap()
        })
    });
}

/// Reading the session with its account, and the page.
#[divan::bench]
fn database_of_a_list_alone(bencher: Bencher<'_, '_>) {
    let world = World::new();
    let (session, owner) = (
        world.signed_in.session().id,
        world.signed_in.account().user.key,
    );
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        world.runtime.block_on(async {
            let (store, tenant) = (&world.store, &world.tenant);
            let live = store.session(tenant, session, Timestamp::now()).await;
            let page = store.ideas(tenant, owner, 0, 10).await;
            (live.unwrap(), page.unwrap())
        })
    });
}

/// Mostly the signature with RSA.
#[divan::bench]
fn refresh(bencher: Bencher<'_, '_>) {
    let world = World::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        let refresh =
            world
                .service
                .refresh(&world.realm, "http://localhost:8080", &world.refresh_token);
        world.runtime.block_on(refresh).unwrap()
    });
}
