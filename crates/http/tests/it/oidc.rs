//! Sign-in at a provider, as browsers see it. What ID tokens must say is the use case's own matter.

#[expect(
    dead_code,
    reason = "the provider can do more, which the use case's tests need"
)]
#[path = "../../../service/tests/it/federation/provider.rs"]
mod provider;

use std::{collections::HashMap, sync::Arc, time::Duration};

use actix_web::{http::Method, test::TestRequest};
use passkeyd_domain::{ClientAuthentication, SecretBytes, ports::HttpClient};
use passkeyd_service::federation::AddProvider;
use passkeyd_storage_contract::MemoryStore;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use self::provider::{CLIENT, ISSUER, Provider, SECRET};
use crate::{
    people::{claims, tenant},
    world::{Answer, BEGINNING, ORIGIN, World, settings},
};

const LOGIN: &str = "/fido2/v2/oidc/AAAABBBBCCCCDDDDEEEEFFFF/login";
const BACK: &str = "/fido2/v2/oidc/AAAABBBBCCCCDDDDEEEEFFFF/callback";
/// What the provider knows of us.
const CALLBACK: &str = "https://shop.example/fido2/v2/oidc/AAAABBBBCCCCDDDDEEEEFFFF/callback";

struct Scene {
    world: World,
    provider: Arc<Provider>,
}

/// A sign-in that was begun, and the browser's cookie.
struct Begun {
    location: String,
    cookie: String,
}

impl Scene {
    async fn new() -> Self {
        let provider = Arc::new(Provider::new(BEGINNING));
        let servers = Arc::clone(&provider) as Arc<dyn HttpClient>;
        let store = Arc::new(MemoryStore::default());
        let mut http = settings();
        http.public_url = Some("https://shop.example".to_owned());
        let world = World::reaching(store, http, servers).await;
        world
            .change(|settings| settings.origins = vec![ORIGIN.to_owned()])
            .await;
        let added = AddProvider {
            id: Some("AAAABBBBCCCCDDDDEEEEFFFF".parse().unwrap()),
            name: "Work".to_owned(),
            issuer: ISSUER.to_owned(),
            client_id: CLIENT.to_owned(),
            client_secret: SecretBytes::new(SECRET.as_bytes().to_vec()),
            client_authentication: ClientAuthentication::Basic,
        };
        world.service.add_provider(&tenant(), added).await.unwrap();
        Self { world, provider }
    }

    async fn open(&self, path: &str, query: &[(&str, &str)], cookie: Option<&str>) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let mut request = TestRequest::get().uri(&format!("{path}?{query}"));
        if let Some(cookie) = cookie {
            request = request.insert_header(("Cookie", format!("other=1; lid_oidc={cookie}")));
        }
        self.world.send(request).await
    }

    async fn begin(&self) -> Begun {
        let page = format!("{ORIGIN}/in?from=here");
        let answer = self.open(LOGIN, &[("redirectUri", &page)], None).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        let location = answer.header("location").to_owned();
        assert_eq!(answer.json(), json!({ "Location": location }));
        let (cookie, attributes) = answer.header("set-cookie").split_once(';').unwrap();
        assert_eq!(
            attributes,
            " HttpOnly; SameSite=Lax; Path=/; Max-Age=600; Secure"
        );
        let cookie = cookie.strip_prefix("lid_oidc=").unwrap().to_owned();
        Begun { location, cookie }
    }

    /// The browser that began comes back with what the provider gave it.
    async fn come_back(&self, begun: &Begun) -> Answer {
        let (code, state) = self.provider.visit(&begun.location);
        let query = [("code", code.as_str()), ("state", state.as_str())];
        self.open(BACK, &query, Some(&begun.cookie)).await
    }
}

/// What the page finds behind its own URL.
fn fragment(answer: &Answer) -> HashMap<String, String> {
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let gone = answer.header("set-cookie");
    assert!(
        gone.starts_with("lid_oidc=;") && gone.contains("Max-Age=0"),
        "{gone}"
    );
    let (page, fragment) = answer.header("location").split_once('#').unwrap();
    assert_eq!(page, format!("{ORIGIN}/in?from=here"));
    form_urlencoded::parse(fragment.as_bytes())
        .into_owned()
        .collect()
}

fn is_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.refused(), (status, code.to_owned()));
    assert!(!answer.headers.contains_key("location"));
    assert!(!answer.text().contains("example"), "{}", answer.text());
}

#[actix_web::test]
async fn a_browser_goes_and_comes_back_with_a_token() {
    let scene = Scene::new().await;
    let begun = scene.begin().await;
    let there = Url::parse(&begun.location).unwrap();
    let asked: HashMap<String, String> = there.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    let given = fragment(&scene.come_back(&begun).await);
    assert_eq!(
        (given["token_type"].as_str(), given["expires_in"].as_str()),
        ("Bearer", "600")
    );
    let token = &given["access_token"];
    let said = claims(token);
    assert_eq!(said["username"], "Ada@example.com");
    assert_eq!(said["tokenType"], "jwtAccess");
    assert_eq!(said.get("credID"), None);
    let passkeys = scene
        .world
        .call(Method::GET, "/passkeys", Some(token), None)
        .await;
    assert_eq!(passkeys.ok().json(), json!([]));
    // Once.
    let again = scene.come_back(&begun).await;
    is_refused(&again, 400, "bad_request");
}

#[actix_web::test]
async fn a_state_that_is_not_this_browsers_uses_nothing_up() {
    let scene = Scene::new().await;
    let begun = scene.begin().await;
    let (code, state) = scene.provider.visit(&begun.location);
    let cookie = Some(begun.cookie.as_str());
    let changed = format!("{}A", &state[..state.len() - 1]);
    let others = scene.begin().await;
    for (query, cookie) in [
        (vec![("code", code.as_str())], cookie),
        (vec![("state", state.as_str())], cookie),
        (vec![("code", code.as_str()), ("state", "")], cookie),
        (
            vec![("code", code.as_str()), ("state", changed.as_str())],
            cookie,
        ),
        (
            vec![("error", "access_denied"), ("state", changed.as_str())],
            cookie,
        ),
        (
            vec![("code", code.as_str()), ("state", state.as_str())],
            None,
        ),
        (
            vec![("code", code.as_str()), ("state", state.as_str())],
            Some(""),
        ),
        (
            vec![("code", code.as_str()), ("state", state.as_str())],
            Some(others.cookie.as_str()),
        ),
    ] {
        let answer = scene.open(BACK, &query, cookie).await;
        is_refused(&answer, 400, "bad_request");
    }
    assert!(fragment(&scene.come_back(&begun).await).contains_key("access_token"));

    scene.world.advance(Duration::from_secs(600));
    is_refused(&scene.come_back(&others).await, 400, "bad_request");
}

#[actix_web::test]
async fn what_the_provider_says_instead_is_told_to_the_page() {
    let scene = Scene::new().await;
    let begun = scene.begin().await;
    let (_, state) = scene.provider.visit(&begun.location);
    let query = [
        ("error", "access_denied"),
        ("error_description", "no"),
        ("state", state.as_str()),
    ];
    let told = fragment(&scene.open(BACK, &query, Some(&begun.cookie)).await);
    assert_eq!(
        told,
        HashMap::from([("error".to_owned(), "access_denied".to_owned())])
    );
    let again = scene.open(BACK, &query, Some(&begun.cookie)).await;
    is_refused(&again, 400, "bad_request");
}

#[actix_web::test]
async fn who_is_not_vouched_for_is_refused_without_a_reason() {
    let scene = Scene::new().await;
    scene.provider.script(|script| {
        script.change = Some(Box::new(|claims: &mut Value| {
            claims["nonce"] = json!("another");
        }));
    });
    is_refused(
        &scene.come_back(&scene.begin().await).await,
        401,
        "unauthorized",
    );
    scene.provider.script(|script| script.change = None);

    fragment(&scene.come_back(&scene.begin().await).await);
    let store = scene.world.service.store();
    let account = store
        .account_by_name(&tenant(), "ada@example.com")
        .await
        .unwrap()
        .unwrap();
    let id = passkeyd_service::bearer_tokens::shown_user_id(&account.user.handle);
    let path = format!("/mgmt/users/{id}/deactivate");
    let off = scene
        .world
        .call(Method::PUT, &path, crate::people::KEY, None)
        .await;
    assert_eq!(off.status, 204);
    is_refused(
        &scene.come_back(&scene.begin().await).await,
        403,
        "forbidden",
    );
}

#[actix_web::test]
async fn the_way_there_is_for_known_pages_and_providers() {
    let scene = Scene::new().await;
    for page in [
        "https://evil.example/",
        "http://localhost:8080/#x",
        "//localhost:8080/",
        "javascript:alert(1)",
        "",
    ] {
        let answer = scene.open(LOGIN, &[("redirectUri", page)], None).await;
        is_refused(&answer, 400, "bad_request");
    }
    is_refused(&scene.open(LOGIN, &[], None).await, 400, "bad_request");
    for id in ["AAAABBBBCCCCDDDDEEEEFFF0", "aaaabbbbccccddddeeeeffff", "x"] {
        for path in [LOGIN, BACK] {
            let path = path.replace("AAAABBBBCCCCDDDDEEEEFFFF", id);
            let query = [("redirectUri", ORIGIN), ("code", "a"), ("state", "b")];
            is_refused(&scene.open(&path, &query, None).await, 404, "not_found");
        }
    }
    let post = TestRequest::post().uri(LOGIN);
    is_refused(&scene.world.send(post).await, 405, "bad_request");

    // Nothing of what is wrong with the provider is told.
    scene.provider.script(|script| {
        script
            .failures
            .insert("/.well-known/openid-configuration", 503);
    });
    let answer = scene.open(LOGIN, &[("redirectUri", ORIGIN)], None).await;
    is_refused(&answer, 500, "internal_error");
}
