//! Sign-in at a provider: who it is, and what is refused.

mod provider;
mod refusals;

use std::{collections::HashMap, sync::Arc, time::Duration};

use passkeyd_domain::{
    Account, ClientAuthentication, Identifier, IdentifierKind, Person, ProviderId, SecretBytes,
    TenantId, User, UserHandle, UserId, UserKey,
    ports::{HttpClient, PersonOutcome},
};
use passkeyd_service::{
    Settings,
    accounts::Realm,
    bearer_tokens::BearerKind,
    federation::{
        AddProvider, BeginFederated, BegunFederated, CompleteFederated, CompletedFederated,
        FederationError, ProviderAnswer, ProviderRefusal,
    },
};
use passkeyd_tokens::{MasterKey, jwt::SigningPurpose};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use self::provider::{CLIENT, ISSUER, Provider, SECRET, key};
use crate::world::World;

const PAGE: &str = "https://shop.example/in?x=1";
const BASE: &str = "https://auth.example";
const CALLBACK: &str = "https://auth.example/fido2/v2/oidc/P/callback";

/// A tenant with a provider.
struct Scene {
    world: World,
    provider: Arc<Provider>,
    id: ProviderId,
    tenant: TenantId,
}

fn added() -> AddProvider {
    AddProvider {
        id: None,
        name: "Work".to_owned(),
        issuer: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SecretBytes::new(SECRET.as_bytes().to_vec()),
        client_authentication: ClientAuthentication::Basic,
    }
}

impl Scene {
    async fn new() -> Self {
        Self::with(None).await
    }

    async fn with(master_key: Option<MasterKey>) -> Self {
        let now = World::new().await.service.now();
        let provider = Arc::new(Provider::new(now));
        let servers = Arc::clone(&provider) as Arc<dyn HttpClient>;
        let world = World::reaching(Settings::default(), Some(servers), master_key).await;
        let tenant: TenantId = "test".parse().unwrap();
        world
            .service
            .change_app(&tenant, |settings| {
                settings.origins = vec!["https://shop.example".to_owned()];
                settings.application.rp_id = Some("shop.example".to_owned());
            })
            .await
            .unwrap();
        let added = world.service.add_provider(&tenant, added()).await.unwrap();
        Self {
            world,
            provider,
            id: added.id,
            tenant,
        }
    }

    async fn realm(&self) -> Realm {
        let realm = self.world.service.realm(&self.tenant).await.unwrap();
        realm.unwrap()
    }

    async fn begin_at(&self, redirect_uri: &str) -> Result<BegunFederated, FederationError> {
        let command = BeginFederated {
            provider: self.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            callback: CALLBACK.to_owned(),
        };
        let service = &self.world.service;
        service
            .begin_federated_sign_in(&self.realm().await, command)
            .await
    }

    async fn begin(&self) -> BegunFederated {
        self.begin_at(PAGE).await.unwrap()
    }

    /// What the browser that began comes back with.
    fn back(&self, begun: &BegunFederated) -> CompleteFederated {
        let (code, state) = self.provider.visit(&begun.location);
        CompleteFederated {
            provider: self.id.clone(),
            callback: CALLBACK.to_owned(),
            base_url: BASE.to_owned(),
            state: Some(state),
            cookie: Some(begun.cookie.clone()),
            issuer: None,
            answer: ProviderAnswer::Code(code),
        }
    }

    async fn complete(
        &self,
        command: CompleteFederated,
    ) -> Result<CompletedFederated, FederationError> {
        let service = &self.world.service;
        service
            .complete_federated_sign_in(&self.realm().await, command)
            .await
    }

    async fn sign_in(&self) -> Result<Account, FederationError> {
        let back = self.back(&self.begin().await);
        let done = self.complete(back).await?;
        let (page, fragment) = done.location.split_once('#').unwrap();
        assert_eq!(page, PAGE);
        assert!(fragment.starts_with("access_token="), "{fragment}");
        assert!(
            fragment.ends_with("&token_type=Bearer&expires_in=600"),
            "{fragment}"
        );
        Ok(*done.account.unwrap())
    }

    /// Somebody who has that address, proven or not.
    async fn person(&self, address: &str, proven: bool) -> User {
        let now = self.world.service.now();
        let user = User {
            key: UserKey(Uuid::from_u128(77)),
            tenant: self.tenant.clone(),
            user_id: UserId::new("somebody").unwrap(),
            handle: UserHandle::new(*b"somebody").unwrap(),
            active: true,
            created_at: now,
        };
        let person = Person {
            identifiers: vec![Identifier {
                kind: IdentifierKind::Email,
                value: address.to_owned(),
                source: "a test".to_owned(),
                verified_at: proven.then_some(now),
            }],
            ..Person::new(user.clone())
        };
        let store = self.world.service.store();
        let written = store.create_person(person, None).await.unwrap();
        assert_eq!(written, PersonOutcome::Written);
        user
    }

    fn says(&self, claim: &'static str, value: serde_json::Value) {
        self.provider.script(|script| script.claims[claim] = value);
    }
}

#[tokio::test]
async fn the_browser_is_sent_with_all_that_guards_its_way_back() {
    let scene = Scene::new().await;
    let begun = scene.begin().await;
    let url = Url::parse(&begun.location).unwrap();
    assert_eq!(url.host_str(), Some("id.example"));
    let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(asked["prompt"], "login");
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], CLIENT);
    assert_eq!(asked["redirect_uri"], CALLBACK);
    assert_eq!(asked["scope"], "openid email profile");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["code_challenge"].len(), 43);
    assert_eq!(asked["nonce"].len(), 43);
    assert_eq!(begun.cookie.len(), 43);
    let again = scene.begin().await;
    for (name, value) in Url::parse(&again.location).unwrap().query_pairs() {
        let fresh = matches!(&*name, "state" | "nonce" | "code_challenge");
        assert_eq!(asked[&*name] != value, fresh, "{name}");
    }
    assert_ne!(begun.cookie, again.cookie);
}

#[tokio::test]
async fn somebody_new_becomes_a_user_and_stays_that_user() {
    let scene = Scene::new().await;
    let first = scene.sign_in().await.unwrap();
    assert_eq!(first.identifier.as_deref(), Some("Ada@example.com"));
    assert_eq!(first.name.as_deref(), Some("Ada Lovelace"));
    let store = scene.world.service.store();
    let lookup = passkeyd_domain::ports::PersonLookup::Key(first.user.key);
    let person = store.person(&scene.tenant, &lookup).await.unwrap().unwrap();
    let proven: Vec<_> = person.identifiers.iter().map(|id| id.verified_at).collect();
    assert_eq!(proven, [Some(scene.world.service.now())]);

    scene.says("email", json!("other@example.com"));
    assert_eq!(scene.sign_in().await.unwrap(), first);
    scene.says("sub", json!("ada-2"));
    let second = scene.sign_in().await.unwrap();
    assert_ne!(second.user.key, first.user.key);
    assert_eq!(second.identifier.as_deref(), Some("other@example.com"));
}

#[tokio::test]
async fn the_token_is_a_users_without_a_passkey() {
    let scene = Scene::new().await;
    let back = scene.back(&scene.begin().await);
    let done = scene.complete(back).await.unwrap();
    let (_, rest) = done.location.split_once("#access_token=").unwrap();
    let (token, _) = rest.split_once('&').unwrap();
    let (service, realm) = (&scene.world.service, scene.realm().await);
    let bearer = service
        .check_token(&realm, &[BearerKind::Access], token)
        .await;
    let bearer = bearer.unwrap().unwrap();
    let account = done.account.unwrap();
    assert_eq!(bearer.username(), Some("Ada@example.com"));
    assert_eq!(bearer.claim("iss"), Some(BASE));
    assert_eq!(bearer.claim("rpId"), Some("shop.example"));
    assert_eq!(bearer.claim("credID"), None);
    assert!(bearer.allows("reg:write"));
    assert_eq!(service.bearer_account(&bearer).await.unwrap(), *account);
}

#[tokio::test]
async fn an_address_that_the_provider_does_not_vouch_for_is_no_name() {
    let scene = Scene::new().await;
    for (number, (email, verified)) in [
        (json!("ada@example.com"), json!(false)),
        (json!("ada@example.com"), json!("false")),
        (json!("no address"), json!(true)),
        (json!("a\u{0}@example.com"), json!(true)),
    ]
    .into_iter()
    .enumerate()
    {
        let subject = format!("ada-{number}");
        scene.says("sub", json!(subject));
        scene.says("email", email);
        scene.says("email_verified", verified);
        let account = scene.sign_in().await.unwrap();
        assert_eq!(account.identifier, Some(format!("{}:{subject}", scene.id)));
    }
}

#[tokio::test]
async fn who_has_proven_the_address_is_linked() {
    let scene = Scene::new().await;
    let owner = scene.person("ada@EXAMPLE.com", true).await;
    assert_eq!(scene.sign_in().await.unwrap().user, owner);
    scene.says("email", json!("gone@example.com"));
    assert_eq!(scene.sign_in().await.unwrap().user, owner);
}

#[tokio::test]
async fn who_has_only_claimed_the_address_is_left_alone() {
    let scene = Scene::new().await;
    let squatter = scene.person("ada@example.com", false).await;
    let account = scene.sign_in().await.unwrap();
    assert_ne!(account.user.key, squatter.key);
    assert_eq!(account.identifier, Some(format!("{}:ada-1", scene.id)));
}

#[tokio::test]
async fn an_inactive_user_does_not_sign_in_and_is_not_linked() {
    let scene = Scene::new().await;
    let owner = scene.person("ada@example.com", true).await;
    let store = scene.world.service.store();
    let lookup = passkeyd_domain::ports::PersonLookup::Key(owner.key);
    let mut person = store.person(&scene.tenant, &lookup).await.unwrap().unwrap();
    person.user.active = false;
    store.replace_person(person, None).await.unwrap();
    let refused = scene.sign_in().await;
    assert!(
        matches!(refused, Err(FederationError::Inactive)),
        "{refused:?}"
    );
    let linked = store
        .account_by_subject(&scene.tenant, &scene.id, "ada-1")
        .await;
    assert_eq!(linked.unwrap(), None);
}

#[tokio::test]
async fn what_the_id_token_does_not_say_is_asked_for_once() {
    let scene = Scene::new().await;
    scene.provider.script(|script| {
        for claim in ["email", "email_verified", "name"] {
            script.claims.as_object_mut().unwrap().remove(claim);
        }
        script.user_info = Some(json!({
            "sub": "ada-1",
            "email": "ada@example.com",
            "email_verified": "true",
            "name": "Ada",
        }));
    });
    let account = scene.sign_in().await.unwrap();
    assert_eq!(account.identifier.as_deref(), Some("ada@example.com"));
    assert_eq!(account.name.as_deref(), Some("Ada"));
    scene.sign_in().await.unwrap();
    assert_eq!(scene.provider.asked("me"), 1);

    scene.says("sub", json!("eve"));
    let refused = scene.sign_in().await;
    assert!(
        matches!(refused, Err(FederationError::NotVouchedFor(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn both_algorithms_and_both_ways_to_show_who_we_are_work() {
    let scene = Scene::new().await;
    scene.provider.script(|script| {
        script.keys = vec![key(2, SigningPurpose::IDEA_POOL)];
        script.signer = key(2, SigningPurpose::IDEA_POOL);
    });
    scene.sign_in().await.unwrap();
    let by_body = AddProvider {
        id: Some(scene.id.clone()),
        client_authentication: ClientAuthentication::Post,
        ..added()
    };
    let service = &scene.world.service;
    service.add_provider(&scene.tenant, by_body).await.unwrap();
    scene.sign_in().await.unwrap();
    let requests = scene.provider.requests.lock().unwrap();
    let bodies = requests
        .iter()
        .map(|asked| String::from_utf8_lossy(&asked.body));
    let with_secret = bodies
        .filter(|body| body.contains("client_secret="))
        .count();
    assert_eq!(with_secret, 1);
}

#[tokio::test]
async fn what_a_provider_says_of_itself_is_believed_for_a_while() {
    let scene = Scene::new().await;
    let document = ".well-known/openid-configuration";
    scene.sign_in().await.unwrap();
    scene.sign_in().await.unwrap();
    assert_eq!(
        (scene.provider.asked(document), scene.provider.asked("keys")),
        (1, 1)
    );
    scene.world.clock.advance(Duration::from_mins(10));
    scene.begin().await;
    assert_eq!(
        (scene.provider.asked(document), scene.provider.asked("keys")),
        (2, 2)
    );
}

#[tokio::test]
async fn new_keys_are_read_once_when_they_are_met() {
    let scene = Scene::new().await;
    scene.sign_in().await.unwrap();
    scene.provider.script(|script| {
        script.keys = vec![key(3, SigningPurpose::LOGINID)];
        script.signer = key(3, SigningPurpose::LOGINID);
    });
    scene.sign_in().await.unwrap();
    scene.sign_in().await.unwrap();
    assert_eq!(scene.provider.asked("keys"), 2);
    scene
        .provider
        .script(|script| script.signer = key(4, SigningPurpose::LOGINID));
    let refused = scene.sign_in().await;
    assert!(
        matches!(refused, Err(FederationError::NotVouchedFor(_))),
        "{refused:?}"
    );
    assert_eq!(scene.provider.asked("keys"), 3);
}

#[tokio::test]
async fn a_provider_is_added_listed_changed_and_removed() {
    let scene = Scene::new().await;
    let (service, tenant) = (&scene.world.service, &scene.tenant);
    let listed = service.list_providers(tenant).await.unwrap();
    assert_eq!(listed.len(), 1);
    let same = service.ensure_provider(tenant, added()).await.unwrap();
    assert_eq!(same, listed[0]);
    let renamed = AddProvider {
        name: "Office".to_owned(),
        ..added()
    };
    let changed = service.ensure_provider(tenant, renamed).await.unwrap();
    assert_eq!(
        (changed.id.clone(), changed.name.as_str()),
        (scene.id.clone(), "Office")
    );
    assert_eq!(service.list_providers(tenant).await.unwrap().len(), 1);

    let elsewhere = AddProvider {
        id: Some(scene.id.clone()),
        issuer: "https://evil.example".to_owned(),
        ..added()
    };
    let refused = service.add_provider(tenant, elsewhere).await;
    assert!(
        matches!(refused, Err(ProviderRefusal::OtherIssuer { .. })),
        "{refused:?}"
    );
    let plain = AddProvider {
        issuer: "http://id.example".to_owned(),
        ..added()
    };
    let refused = service.add_provider(tenant, plain).await;
    assert!(
        matches!(refused, Err(ProviderRefusal::Malformed { .. })),
        "{refused:?}"
    );

    assert!(service.remove_provider(tenant, &scene.id).await.unwrap());
    assert!(!service.remove_provider(tenant, &scene.id).await.unwrap());
    let gone = scene.begin_at(PAGE).await;
    assert!(
        matches!(gone, Err(FederationError::NoSuchProvider)),
        "{gone:?}"
    );
}

#[tokio::test]
async fn the_client_secret_is_not_seen_in_the_store() {
    let key = MasterKey::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    let scene = Scene::with(Some(key)).await;
    scene.sign_in().await.unwrap();
    let store = scene.world.service.store();
    let ring = store
        .ring(&scene.tenant, &scene.id.secret_purpose())
        .await
        .unwrap();
    let [stored] = ring.as_slice() else {
        panic!("{ring:?}");
    };
    assert!(stored.wrapped);
    let secret = SECRET.as_bytes();
    let mut windows = stored.material.expose().windows(secret.len());
    assert!(!windows.any(|part| part == secret));
}
