//! A company's directory provisions users and groups.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use actix_web::{http::Method, test::TestRequest};
use data_encoding::BASE64;
use passkeyd_domain::{ApiKey, KeyKind, Scope, ports::ApiKeys as _, ports::Tenants as _};
use passkeyd_http::{HttpSettings, settings::Surfaces};
use passkeyd_service::{
    apps::DEVELOPMENT_API_KEY,
    scim::{Filter, USER, holds, resolve},
};
use passkeyd_storage_contract::{MemoryStore, samples};
use passkeyd_tokens::api_key::ApiKeyText;
use serde_json::{Value, json};

use crate::world::{Answer, World, on_each_store, settings};

const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn basic(key: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{key}:").as_bytes()))
}

async fn ask_as(
    world: &World,
    authorization: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = TestRequest::default()
        .method(method)
        .uri(path)
        .insert_header(("Host", "directory.example"));
    if !authorization.is_empty() {
        request = request.insert_header(("Authorization", authorization));
    }
    for header in headers {
        request = request.insert_header(*header);
    }
    let Some(body) = body else {
        return world.send(request).await;
    };
    let request = request.insert_header(("Content-Type", "application/scim+json"));
    let answer = world.send(request.set_payload(body.to_string())).await;
    answer.hold_body(&body);
    answer
}

pub(crate) async fn ask(world: &World, method: Method, path: &str, body: Option<Value>) -> Answer {
    ask_with(world, method, path, body, &[]).await
}

async fn ask_with(
    world: &World,
    method: Method,
    path: &str,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> Answer {
    let key = basic(DEVELOPMENT_API_KEY);
    ask_as(world, &key, method, path, body, headers).await
}

pub(crate) async fn get(world: &World, path: &str) -> Answer {
    ask(world, Method::GET, path, None).await
}

pub(crate) async fn make(world: &World, kind: &str, body: Value) -> Value {
    let made = ask(world, Method::POST, &format!("/scim/v2/{kind}"), Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

pub(crate) async fn patch(world: &World, path: &str, operations: Value) -> Answer {
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    ask(world, Method::PATCH, path, Some(body)).await
}

/// Where a resource is, below the prefix.
pub(crate) fn at(kind: &str, resource: &Value) -> String {
    format!("/scim/v2/{kind}/{}", resource["id"].as_str().unwrap())
}

/// Status and `scimType` of a refusal, once it keeps what holds for all of them.
pub(crate) fn refusal(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert!(answer.status >= 400, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/scim+json");
    assert_eq!(
        body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
    assert_eq!(body["status"], answer.status.to_string());
    assert!(body["detail"].is_string());
    let scim_type = body["scimType"].as_str().unwrap_or("");
    (answer.status, scim_type.to_owned())
}

pub(crate) fn encoded(filter: &str) -> String {
    let mut text = String::new();
    for byte in filter.bytes() {
        write!(text, "%{byte:02X}").unwrap();
    }
    text
}

#[actix_web::test]
async fn a_user_is_made_read_replaced_and_deleted() {
    on_each_store(async |world| {
        let sent = json!({
            "schemas": [CORE_USER], "userName": "bjensen@example.com", "externalId": "701984", "ID": "mine",
            "DisplayName": "Barbara Jensen", "nickName": "Babs", "groups": [{"value": "x"}], "meta": {"version": "x"},
            "emails": [{"value": "bjensen@example.com", "type": "Work", "primary": true}, {"value": "babs@jensen.org", "type": "home"}],
        });
        let made = ask(world, Method::POST, "/scim/v2/Users", Some(sent)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.header("content-type"), "application/scim+json");
        let user = made.json();
        let location = format!("http://directory.example{}", at("Users", &user));
        assert_eq!(made.header("location"), location);
        assert_eq!(made.header("etag"), "W/\"1\"");
        let id = user["id"].as_str().unwrap();
        assert_eq!(
            user,
            json!({
                "schemas": [CORE_USER], "id": id, "externalId": "701984", "userName": "bjensen@example.com", "active": true,
                "displayName": "Barbara Jensen",
                "name": {"formatted": "Barbara Jensen", "givenName": "Barbara", "familyName": "Jensen"},
                "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true},
                           {"value": "babs@jensen.org", "type": "home", "primary": false}],
                "meta": {"resourceType": "User", "created": "2026-01-01T00:00:00Z", "lastModified": "2026-01-01T00:00:00Z",
                         "location": location, "version": "W/\"1\""},
            })
        );
        let path = at("Users", &user);
        let read = get(world, &path).await;
        assert_eq!((read.json(), read.header("etag")), (user.clone(), "W/\"1\""));
        assert_eq!(read.header("content-location"), location);

        world.advance(std::time::Duration::from_millis(61_500));
        let sent = json!({"schemas": [CORE_USER], "userName": "Babs@Example.com", "name": {"givenName": "Babs"}, "active": "False"});
        let replaced = ask(world, Method::PUT, &path, Some(sent)).await;
        assert_eq!(replaced.status, 200, "{}", replaced.text());
        assert_eq!(replaced.header("etag"), "W/\"2\"");
        let replaced = replaced.json();
        assert_eq!(replaced["userName"], "Babs@Example.com");
        assert_eq!(replaced["displayName"], "Babs");
        assert_eq!(replaced["active"], false);
        assert_eq!(replaced["meta"]["created"], "2026-01-01T00:00:00Z");
        assert_eq!(replaced["meta"]["lastModified"], "2026-01-01T00:01:01Z");
        for absent in ["emails", "externalId"] {
            assert_eq!(replaced.get(absent), None, "{absent}");
        }
        assert_eq!(get(world, &path).await.json(), replaced);
        // Where it is not said, a user is active.
        let again = ask(world, Method::PUT, &path, Some(json!({"userName": "babs@example.com"}))).await;
        assert_eq!(again.json()["active"], true);

        // The old name is free, and the new one is not.
        make(world, "Users", json!({"userName": "BJENSEN@example.com"})).await;
        let taken = ask(world, Method::POST, "/scim/v2/Users", Some(json!({"userName": "BABS@example.com"}))).await;
        assert_eq!(refusal(&taken), (409, "uniqueness".to_owned()));
        let taken = ask(world, Method::PUT, &path, Some(json!({"userName": "bjensen@EXAMPLE.com"}))).await;
        assert_eq!(refusal(&taken), (409, "uniqueness".to_owned()));

        let deleted = ask(world, Method::DELETE, &path, None).await;
        assert_eq!((deleted.status, deleted.body.len()), (204, 0));
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(refusal(&ask(world, method, &path, None).await).0, 404);
        }
        let gone = ask(world, Method::PUT, &path, Some(json!({"userName": "x"}))).await;
        assert_eq!(refusal(&gone).0, 404);
        make(world, "Users", json!({"userName": "babs@example.com"})).await;
    })
    .await;
}

#[actix_web::test]
async fn what_is_wrong_with_a_body_is_told_by_its_name() {
    let world = World::new().await;
    let user = make(
        &world,
        "Users",
        json!({"userName": "ada", "displayName": "Ada"}),
    )
    .await;
    let path = at("Users", &user);
    for (body, expected) in [
        (json!([]), "invalidSyntax"),
        (json!({}), "invalidValue"),
        (json!({"userName": ""}), "invalidValue"),
        (json!({"userName": " "}), "invalidValue"),
        (json!({"userName": 1}), "invalidValue"),
        (json!({"userName": "x".repeat(256)}), "invalidValue"),
        (json!({"userName": "a\u{0}b"}), "invalidValue"),
        (json!({"userName": "a", "username": "b"}), "invalidSyntax"),
        (json!({"userName": "a", "active": "yes"}), "invalidValue"),
        (
            json!({"userName": "a", "emails": "a@example.com"}),
            "invalidValue",
        ),
        (
            json!({"userName": "a", "emails": [{"value": "no address"}]}),
            "invalidValue",
        ),
        (
            json!({"userName": "a", "emails": [{"type": "work"}]}),
            "invalidValue",
        ),
        (
            json!({"userName": "a", "emails": [{"value": "a@b.cd", "primary": true}, {"value": "b@b.cd", "primary": true}]}),
            "invalidValue",
        ),
        (json!({"userName": "a", "name": "x"}), "invalidValue"),
        (
            json!({"userName": "a", "schemas": ["urn:x"]}),
            "invalidValue",
        ),
        (
            json!({"userName": "a", "emails": [{"display": "Ada"}]}),
            "invalidValue",
        ),
    ] {
        for (method, path) in [
            (Method::POST, "/scim/v2/Users"),
            (Method::PUT, path.as_str()),
        ] {
            let refused = ask(&world, method, path, Some(body.clone())).await;
            assert_eq!(refusal(&refused), (400, expected.to_owned()), "{body}");
        }
    }
    let no_json = TestRequest::post()
        .uri("/scim/v2/Users")
        .insert_header(("Authorization", basic(DEVELOPMENT_API_KEY)))
        .set_payload("{\"userName\":");
    assert_eq!(
        refusal(&world.send(no_json).await),
        (400, "invalidSyntax".to_owned())
    );
    let long = json!({"userName": "a", "x": "y".repeat(257 * 1024)});
    let refused = ask(&world, Method::POST, "/scim/v2/Users", Some(long)).await;
    assert_eq!(refusal(&refused).0, 400);
    for (operation, expected) in [
        (
            json!({"op": "replace", "path": "userName", "value": "x".repeat(256)}),
            "invalidValue",
        ),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "no address"}]}),
            "invalidValue",
        ),
        (
            json!({"op": "add", "path": "emails", "value": [{"type": "work"}]}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "x@y.zz"}),
            "noTarget",
        ),
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (json!({"op": "remove"}), "noTarget"),
        (
            json!({"op": "add", "path": "shoeSize", "value": 1}),
            "invalidPath",
        ),
    ] {
        // All or nothing.
        let first = json!({"op": "replace", "path": "displayName", "value": "Nobody"});
        let refused = patch(&world, &path, json!([first, operation])).await;
        assert_eq!(refusal(&refused), (400, expected.to_owned()), "{operation}");
    }
    let body = json!({"Operations": []});
    let refused = ask(&world, Method::PATCH, &path, Some(body)).await;
    assert_eq!(refusal(&refused), (400, "invalidSyntax".to_owned()));
    assert_eq!(get(&world, &path).await.json(), user);
    let other = make(&world, "Users", json!({"userName": "bob"})).await;
    let taken = patch(
        &world,
        &at("Users", &other),
        json!([{"op": "replace", "path": "userName", "value": "ADA"}]),
    )
    .await;
    assert_eq!(refusal(&taken), (409, "uniqueness".to_owned()));
}

#[actix_web::test]
async fn a_user_is_patched_and_one_that_stays_the_same_keeps_its_version() {
    on_each_store(async |world| {
        let user = make(world, "Users", json!({"userName": "ada", "name": {"givenName": "Ada", "familyName": "Lovelace"},
            "emails": [{"value": "w@example.com", "type": "work", "primary": true}]})).await;
        let path = at("Users", &user);
        let patched = patch(world, &path, json!([
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "replace", "path": "name.familyName", "value": "King"},
            {"op": "add", "path": "emails", "value": [{"value": "h@example.com", "type": "home", "primary": true}]},
            {"op": "add", "value": {"externalId": "x-1"}},
        ])).await;
        assert_eq!((patched.status, patched.header("etag")), (200, "W/\"2\""), "{}", patched.text());
        let patched = patched.json();
        assert_eq!(patched["displayName"], "Ada King");
        assert_eq!(patched["name"]["formatted"], "Ada King");
        assert_eq!((&patched["active"], &patched["externalId"]), (&json!(false), &json!("x-1")));
        assert_eq!(patched["emails"], json!([{"value": "h@example.com", "type": "home", "primary": true},
                                             {"value": "w@example.com", "type": "work", "primary": false}]));
        assert_eq!(get(world, &path).await.json(), patched);
        world.advance(std::time::Duration::from_secs(5));
        for nothing in [
            json!([]),
            json!([{"op": "replace", "path": "active", "value": false}]),
            json!([{"op": "add", "path": "emails", "value": [{"value": "W@example.com"}]}]),
            json!([{"op": "remove", "path": "emails[type eq \"other\"]"}]),
        ] {
            let same = patch(world, &path, nothing).await;
            assert_eq!((same.status, same.json()), (200, patched.clone()));
        }
        let removed = patch(world, &path, json!([{"op": "remove", "path": "emails"}, {"op": "remove", "path": "externalId"}, {"op": "remove", "path": "active"}])).await.json();
        assert_eq!((removed.get("emails"), removed.get("externalId"), &removed["active"]), (None, None, &json!(true)));
        assert_eq!(removed["meta"]["version"], "W/\"3\"");
    })
    .await;
}

#[actix_web::test]
async fn a_version_guards_against_changes_of_others() {
    on_each_store(async |world| {
        for (kind, body) in [("Users", json!({"userName": "ada", "displayName": "A"})), ("Groups", json!({"displayName": "A"}))] {
            let made = make(world, kind, body.clone()).await;
            let path = at(kind, &made);
            let shown = async |tags: &str| ask_with(world, Method::GET, &path, None, &[("If-None-Match", tags)]).await;
            let same = shown("W/\"1\"").await;
            assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, "W/\"1\""));
            assert_eq!(shown("\"9\", \"1\"").await.status, 304);
            assert_eq!(shown("*").await.status, 304);
            assert_eq!(shown("W/\"2\"").await.status, 200);
            let change = json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": "B"}]});
            for (method, body) in [(Method::PATCH, Some(change.clone())), (Method::PUT, Some(body.clone())), (Method::DELETE, None)] {
                for tag in ["W/\"2\"", "nonsense"] {
                    let refused = ask_with(world, method.clone(), &path, body.clone(), &[("If-Match", tag)]).await;
                    assert_eq!(refusal(&refused), (412, String::new()), "{method} {tag}");
                }
            }
            // Two who saw the same: one wins.
            let race = async |name: &str| {
                let body = json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": name}]});
                ask_with(world, Method::PATCH, &path, Some(body), &[("If-Match", "W/\"1\"")]).await
            };
            let (one, two) = tokio::join!(race("one"), race("two"));
            let mut statuses = [one.status, two.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{} {}", one.text(), two.text());
            // Without a tag each change is made on what it finds.
            let free = async |name: &str| patch(world, &path, json!([{"op": "replace", "path": name, "value": name}])).await;
            let (one, two, three) = tokio::join!(free("externalId"), free("displayName"), free("externalId"));
            assert_eq!([one.status, two.status, three.status], [200; 3]);
            let now = get(world, &path).await.json();
            assert_eq!((&now["externalId"], &now["displayName"]), (&json!("externalId"), &json!("displayName")));
            let any = ask_with(world, Method::DELETE, &path, None, &[("If-Match", "*")]).await;
            assert_eq!(any.status, 204);
        }
    })
    .await;
}

#[actix_web::test]
async fn a_group_has_members_that_are_users() {
    on_each_store(async |world| {
        let ada = make(world, "Users", json!({"userName": "ada", "displayName": "Ada Lovelace"})).await;
        let bob = make(world, "Users", json!({"userName": "bob@example.com"})).await;
        let (ada_id, bob_id) = (ada["id"].clone(), bob["id"].clone());
        let group = make(world, "Groups", json!({"schemas": [CORE_GROUP], "displayName": "Tour Guides", "externalId": "g-1",
            "members": [{"value": ada_id, "display": "nonsense", "$ref": "https://x"}]})).await;
        let path = at("Groups", &group);
        assert_eq!(group["members"], json!([{"value": ada_id, "display": "Ada Lovelace"}]));
        assert_eq!(group["schemas"], json!([CORE_GROUP]));
        assert_eq!(group["meta"]["resourceType"], "Group");
        let in_group = json!([{"value": group["id"], "display": "Tour Guides"}]);
        assert_eq!(get(world, &at("Users", &ada)).await.json()["groups"], in_group);
        // A user's version is not the groups' business.
        assert_eq!(get(world, &at("Users", &ada)).await.header("etag"), "W/\"1\"");

        let added = patch(world, &path, json!([{"op": "Add", "path": "members", "value": [{"value": bob_id}, {"value": ada_id}]}])).await;
        assert_eq!((added.status, added.header("etag")), (200, "W/\"2\""), "{}", added.text());
        let displays: BTreeSet<String> = added.json()["members"].as_array().unwrap().iter().map(|member| member["display"].as_str().unwrap().to_owned()).collect();
        assert_eq!(displays, BTreeSet::from(["Ada Lovelace".to_owned(), "bob@example.com".to_owned()]));
        for unknown in [json!("00000000-0000-0000-0000-000000000000"), group["id"].clone(), json!("!")] {
            let members = json!([{"value": bob_id}, {"value": unknown}]);
            let refused = patch(world, &path, json!([{"op": "add", "path": "members", "value": members}])).await;
            assert_eq!(refusal(&refused), (400, "invalidValue".to_owned()));
            let refused = ask(world, Method::POST, "/scim/v2/Groups", Some(json!({"displayName": "x", "members": members}))).await;
            assert_eq!(refusal(&refused), (400, "invalidValue".to_owned()));
        }
        let nobody = json!([{"display": "Ada Lovelace"}]);
        let refused = ask(world, Method::POST, "/scim/v2/Groups", Some(json!({"displayName": "x", "members": nobody}))).await;
        assert_eq!(refusal(&refused), (400, "invalidValue".to_owned()));
        let one = patch(world, &path, json!([{"op": "remove", "path": format!("members[value eq {ada_id}]")}])).await.json();
        assert_eq!(one["members"].as_array().unwrap().len(), 1);
        let none = patch(world, &path, json!([{"op": "remove", "path": "members", "value": [{"value": bob_id}]}])).await.json();
        assert_eq!(none.get("members"), None);
        assert_eq!(none["meta"]["version"], "W/\"4\"");

        let members = json!({"members": [{"value": ada_id}, {"value": bob_id}]});
        let replaced = ask(world, Method::PUT, &path, Some(members)).await.json();
        assert_eq!((&replaced["displayName"], replaced.get("externalId")), (&json!("Tour Guides"), None));
        for (filter, count) in [
            (format!("members.value eq {ada_id}"), 1),
            (format!("members eq {bob_id} and displayName sw \"tour\""), 1),
            ("members[display eq \"ada LOVELACE\"]".to_owned(), 1),
            ("members[display eq \"bob@example.com\"]".to_owned(), 1),
            ("displayName eq \"other\"".to_owned(), 0),
            ("not (externalId pr)".to_owned(), 1),
            (format!("id eq {}", group["id"]), 1),
        ] {
            let list = get(world, &format!("/scim/v2/Groups?filter={}", encoded(&filter))).await.json();
            assert_eq!(list["totalResults"], count, "{filter}");
        }
        let slim = get(world, "/scim/v2/Groups?excludedAttributes=members").await.json();
        assert_eq!(slim["Resources"][0].get("members"), None);
        assert_eq!(slim["Resources"][0]["displayName"], "Tour Guides");

        // A user that is deleted leaves its groups.
        assert_eq!(ask(world, Method::DELETE, &at("Users", &ada), None).await.status, 204);
        let left = get(world, &path).await;
        assert_eq!((left.json()["members"].as_array().unwrap().len(), left.header("etag")), (1, "W/\"6\""));
        assert_eq!(ask(world, Method::DELETE, &path, None).await.status, 204);
        assert_eq!(refusal(&get(world, &path).await).0, 404);
        assert_eq!(get(world, &at("Users", &bob)).await.json().get("groups"), None);
        let nameless = ask(world, Method::POST, "/scim/v2/Groups", Some(json!({"members": []}))).await;
        assert_eq!(refusal(&nameless), (400, "invalidValue".to_owned()));
    })
    .await;
}

/// What the database finds is what the filter means, evaluated over the resources as they are shown.
#[actix_web::test]
async fn a_filter_finds_in_the_database_what_it_means() {
    on_each_store(async |world| {
        for (place, (name, display, emails)) in [
            ("ada@example.com", "Ada Lovelace", vec![("ada@example.com", "work", true), ("ada@home.org", "home", false)]),
            ("Bob", "Bob", vec![("bob@example.com", "work", false)]),
            ("jörg", "Jörg Ångström", vec![("j@x.se", "other", true)]),
            ("a%b", "100% \"quoted\" \\ back", vec![]),
            ("a_b", "", vec![("a_b@example.com", "", true)]),
            ("日本", "日本 太郎", vec![]),
        ].into_iter().enumerate() {
            let emails: Vec<Value> = emails.into_iter().map(|(value, kind, primary)| json!({"value": value, "type": kind, "primary": primary})).collect();
            let mut body = json!({"userName": name, "displayName": display, "emails": emails, "active": place % 2 == 0});
            if place % 3 == 0 {
                body["externalId"] = json!(format!("Ext-{place}"));
            }
            make(world, "Users", body).await;
            world.advance(std::time::Duration::from_millis(1700));
        }
        let app_user = json!({"userId": "App User", "username": "x"});
        world.post("/register/token", crate::world::SECRET, app_user).await.ok();
        world.register(&mut passkeyd_authenticator::Device::new(7), "App User").await;
        let all = get(world, "/scim/v2/Users").await.json();
        let all = all["Resources"].as_array().unwrap().clone();
        assert_eq!(all.len(), 7);
        let (group_of, ids) = (&all[0]["id"], &all[3]["id"]);
        make(world, "Groups", json!({"displayName": "Guides", "members": [{"value": group_of}, {"value": all[6]["id"]}]})).await;
        let all = get(world, "/scim/v2/Users").await.json()["Resources"].as_array().unwrap().clone();
        let mut filters: Vec<String> = ["userName", "displayName", "name.givenName", "name.familyName", "name.formatted", "externalId", "emails", "emails.type", "groups.display", "title"]
            .iter()
            .flat_map(|name| {
                let values = ["ada@example.com", "ADA@EXAMPLE.COM", "o", "a%", "_", "\\\\", "\\\"", "JÖRG", "日", "Ext-0", "ext-0", "Guides", "App User", ""];
                let operators = ["eq", "ne", "co", "sw", "ew", "gt", "le"];
                let compared = operators.into_iter().flat_map(move |operator| values.into_iter().map(move |value| format!("{name} {operator} \"{value}\"")));
                compared.chain([format!("{name} pr"), format!("not ({name} pr)"), format!("{name} eq null"), format!("{name} ne null")])
            })
            .collect();
        filters.extend([
            "active eq true".to_owned(), "active ne true".to_owned(), "not (active eq false)".to_owned(), "active pr".to_owned(), "active eq null".to_owned(),
            format!("id eq {ids}"), format!("id ne {ids}"), "id eq \"nonsense\"".to_owned(), "id pr".to_owned(),
            "emails[type eq \"WORK\" and value co \"example\"]".to_owned(), "emails[primary eq true]".to_owned(), "emails[not (type pr)]".to_owned(),
            "not (emails[type eq \"home\"])".to_owned(), "emails[type ne \"work\"]".to_owned(), "emails.primary eq false".to_owned(), "emails pr".to_owned(),
            "meta.created gt \"2026-01-01T00:00:01Z\"".to_owned(), "meta.created le \"2026-01-01T00:00:03.5Z\"".to_owned(), "meta.lastModified eq \"2026-01-01T00:00:05Z\"".to_owned(),
            "meta.created ne \"2026-01-01T00:00:00Z\" and meta.created lt \"2026-01-01T00:00:06+00:00\"".to_owned(),
            "meta.version eq \"W/\\\"1\\\"\"".to_owned(), "meta.version eq \"x\"".to_owned(), "meta.resourceType eq \"User\"".to_owned(), "meta.resourceType sw \"G\"".to_owned(), "meta.location pr".to_owned(),
            format!("meta.location eq {}", all[1]["meta"]["location"]), format!("meta.location ne {}", all[1]["meta"]["location"]), "meta.location eq \"x\"".to_owned(),
            "meta.created gt \"2026-01-01T00:00:01\"".to_owned(), "emails[type eq \"work\"].value eq \"ADA@example.com\"".to_owned(), "emails[type eq \"work\"] co \"example\"".to_owned(),
            "emails[type eq \"home\"].value eq \"ada@example.com\" or emails[type eq \"home\"].primary eq false".to_owned(), "not (emails[type eq \"work\"].value pr)".to_owned(),
            format!("schemas eq \"{CORE_USER}\""), format!("schemas eq \"{CORE_GROUP}\""), format!("{CORE_USER}:userName sw \"a\""),
            "urn:x:User:userName sw \"a\"".to_owned(),
            "userName sw \"a\" and (active eq true or displayName co \"%\") and not (externalId eq \"Ext-0\")".to_owned(),
            "active eq true and groups.display eq \"guides\" or emails.value ew \".se\"".to_owned(),
            "name pr".to_owned(), "not (name pr)".to_owned(), "name[givenName sw \"A\"]".to_owned(), "groups[display eq \"guides\"]".to_owned(),
        ]);
        for filter in &filters {
            let condition = resolve(&Filter::parse(filter).unwrap(), &USER).unwrap();
            let expected: Vec<&Value> = all.iter().filter(|user| holds(&condition, user.as_object().unwrap())).map(|user| &user["userName"]).collect();
            let found = get(world, &format!("/scim/v2/Users?filter={}", encoded(filter))).await;
            assert_eq!(found.status, 200, "{filter}: {}", found.text());
            let found = found.json();
            let names: Vec<&Value> = found["Resources"].as_array().unwrap().iter().map(|user| &user["userName"]).collect();
            let names_of_app = |name: &&Value| **name == json!("App User");
            // The app's own name of a user is compared exactly, which the schema does not say.
            if filter.starts_with("userName") || filter.contains(":userName") {
                let found: Vec<_> = names.iter().filter(|name| !names_of_app(name)).collect();
                let expected: Vec<_> = expected.iter().filter(|name| !names_of_app(name)).collect();
                assert_eq!(found, expected, "{filter}");
            } else {
                assert_eq!(names, expected, "{filter}");
                assert_eq!(found["totalResults"], expected.len(), "{filter}");
            }
        }
    })
    .await;
}

#[actix_web::test]
async fn a_list_is_read_in_parts_that_fit_together() {
    on_each_store(async |world| {
        let empty = get(world, "/scim/v2/Users").await.json();
        assert_eq!(
            empty,
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []})
        );
        for number in 0..7 {
            make(world, "Users", json!({"userName": format!("user{number}")})).await;
            world.advance(std::time::Duration::from_millis(1));
        }
        let part = |query: &str| {
            let path = format!("/scim/v2/Users?{query}");
            async move {
                let list = get(world, &path).await.ok().json();
                assert_eq!(
                    list["itemsPerPage"],
                    list["Resources"].as_array().unwrap().len()
                );
                let names: Vec<String> = list["Resources"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|user| user["userName"].as_str().unwrap().to_owned())
                    .collect();
                (
                    list["totalResults"].as_u64().unwrap(),
                    list["startIndex"].as_u64().unwrap(),
                    names,
                )
            }
        };
        let mut seen = Vec::new();
        for start in [1, 4, 7] {
            let (total, start_index, names) =
                part(&format!("startIndex={start}&count=3&sortBy=userName")).await;
            assert_eq!((total, start_index), (7, start));
            seen.extend(names);
        }
        assert_eq!(
            seen,
            (0..7)
                .map(|number| format!("user{number}"))
                .collect::<Vec<_>>()
        );
        for (query, expected) in [
            ("count=0", 0),
            ("count=-1", 0),
            ("startIndex=-3", 7),
            ("startIndex=8", 0),
            ("count=999", 7),
            ("startIndex=0&count=1", 1),
        ] {
            let (total, _, names) = part(query).await;
            assert_eq!((total, names.len()), (7, expected), "{query}");
        }
        for query in ["count=x", "startIndex=1.5"] {
            let refused = get(world, &format!("/scim/v2/Users?{query}")).await;
            assert_eq!(refusal(&refused), (400, "invalidValue".to_owned()));
        }
        for filter in [
            "userName",
            "userName xx \"a\"",
            "id co \"a\"",
            "active gt true",
            "meta.location sw \"x\"",
            "emails[type eq \"work\"].value",
            "emails[type eq \"work\"] xx \"a\"",
            "emails[type eq \"work\"].value.x eq \"a\"",
        ] {
            let refused = get(world, &format!("/scim/v2/Users?filter={}", encoded(filter))).await;
            assert_eq!(
                refusal(&refused),
                (400, "invalidFilter".to_owned()),
                "{filter}"
            );
        }
        let one = get(world, "/scim/v2/Users?count=1&attributes=userName")
            .await
            .json()["Resources"][0]
            .clone();
        let id = one["id"].clone();
        assert_eq!(
            one,
            json!({"schemas": [CORE_USER], "id": id, "userName": "user0"})
        );
        let path = format!("/scim/v2/Users/{}", id.as_str().unwrap());
        let twice = get(
            world,
            &format!("{path}?attributes=active&attributes=userName"),
        )
        .await
        .json();
        assert_eq!(
            (&twice["active"], &twice["userName"]),
            (&json!(true), &json!("user0"))
        );
        let without = get(world, &format!("{path}?excludedAttributes=meta,ACTIVE,id"))
            .await
            .json();
        assert_eq!(without, one);
    })
    .await;
}

#[actix_web::test]
async fn both_prefixes_are_the_same_but_for_the_codes_of_refusals() {
    let world = World::new().await;
    let user = make(&world, "Users", json!({"userName": "ada"})).await;
    let id = user["id"].as_str().unwrap();
    for (prefix, code) in [
        ("/scim/v2", None),
        ("/fido2/v2/scim", Some("not_found")),
        ("/apps/test/scim/v2", None),
        ("/apps/test/fido2/v2/scim", Some("not_found")),
    ] {
        let shown = get(&world, &format!("{prefix}/Users/{id}"))
            .await
            .ok()
            .json();
        assert_eq!(
            shown["meta"]["location"],
            format!("http://directory.example{prefix}/Users/{id}")
        );
        for path in [
            "/Users/00000000-0000-0000-0000-000000000000",
            "/Users/x!y",
            "/Nothing",
            "/Groups/x",
        ] {
            let refused = get(&world, &format!("{prefix}{path}")).await;
            assert_eq!(refusal(&refused).0, 404, "{prefix}{path}");
            assert_eq!(refused.json().get("msgCode").and_then(Value::as_str), code);
        }
    }
    for (method, path) in [
        (Method::GET, "/scim/v2/Me"),
        (Method::POST, "/scim/v2/Me"),
        (Method::PUT, "/scim/v2/Me"),
        (Method::PATCH, "/scim/v2/Me"),
        (Method::DELETE, "/scim/v2/Me"),
        (Method::POST, "/scim/v2/Bulk"),
        (Method::POST, "/scim/v2/.search"),
        (Method::POST, "/scim/v2/Users/.search"),
        (Method::POST, "/fido2/v2/scim/Groups/.search"),
    ] {
        let refused = ask(&world, method, path, Some(json!({}))).await;
        assert_eq!(refusal(&refused).0, 501, "{path}");
    }
    let refused = ask(&world, Method::DELETE, "/scim/v2/Users", None).await;
    assert_eq!(refusal(&refused).0, 405);
    assert_eq!(refused.header("allow"), "GET, POST");
}

#[actix_web::test]
async fn a_key_opens_what_its_scopes_say_in_its_own_tenant() {
    let store = Arc::new(MemoryStore::default());
    let world = World::on(Arc::clone(&store) as _, settings()).await;
    store
        .create_tenant(samples::tenant("other"), vec![], None)
        .await
        .unwrap();
    let add = async |tenant: &str, text: &str, scope: &str| {
        let key = ApiKeyText::given(text).unwrap();
        let stored = ApiKey {
            kind: KeyKind::Api,
            key_id: key.key_id(),
            stored: key.stored(),
            lookup: Some(key.lookup()),
            scopes: BTreeSet::from([Scope(scope.to_owned())]),
            ..samples::api_key(&samples::tenant_id(tenant), "k")
        };
        assert!(store.add_api_key(stored, None).await.unwrap());
    };
    let (reader, writer, stranger) = (
        "a key that only reads.....",
        "a key that only writes....",
        "a key of another tenant...",
    );
    let [reader, writer, stranger] = [reader, writer, stranger].map(|key| key.replace(' ', "-"));
    add("test", &reader, "profile:read").await;
    add("test", &writer, "profile:write").await;
    add("other", &stranger, "profile:read").await;
    let user = make(&world, "Users", json!({"userName": "ada"})).await;
    let path = at("Users", &user);
    let ask = async |key: &str, method: Method, path: &str| {
        let body = (method == Method::POST).then(|| json!({"userName": "bob"}));
        ask_as(&world, key, method, path, body, &[]).await
    };
    for (key, method, path, status) in [
        (basic(&reader), Method::GET, "/scim/v2/Users", 200),
        (format!("Bearer {reader}"), Method::GET, path.as_str(), 200),
        (basic(&reader), Method::GET, "/scim/v2/Schemas", 200),
        (basic(&reader), Method::POST, "/scim/v2/Users", 403),
        (basic(&reader), Method::DELETE, &path, 403),
        (basic(&writer), Method::GET, "/scim/v2/Users", 403),
        (
            basic(&writer),
            Method::GET,
            "/scim/v2/ServiceProviderConfig",
            403,
        ),
        (basic(&writer), Method::POST, "/scim/v2/Users", 201),
        (basic(&stranger), Method::GET, &path, 404),
        (basic(&stranger), Method::GET, "/scim/v2/Users", 200),
        (
            basic(&stranger),
            Method::GET,
            "/apps/test/scim/v2/Users",
            401,
        ),
        (
            basic(&stranger),
            Method::GET,
            "/apps/other/scim/v2/Users",
            200,
        ),
        (
            basic(&stranger),
            Method::GET,
            "/apps/nobody/scim/v2/Users",
            401,
        ),
        (String::new(), Method::GET, "/scim/v2/Users", 401),
        (basic("no key"), Method::GET, "/scim/v2/ResourceTypes", 401),
    ] {
        let answer = ask(&key, method.clone(), path).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        if status == 401 {
            assert_eq!(answer.header("www-authenticate"), "Basic realm=\"scim\"");
        }
    }
    let of_stranger = ask(&basic(&stranger), Method::GET, "/scim/v2/Users").await;
    assert_eq!(of_stranger.json()["totalResults"], 0);
}

#[actix_web::test]
async fn the_server_tells_what_it_can() {
    let world = World::new().await;
    let config = get(&world, "/scim/v2/ServiceProviderConfig").await.json();
    for (feature, supported) in [
        ("patch", true),
        ("bulk", false),
        ("filter", true),
        ("changePassword", false),
        ("sort", false),
        ("etag", true),
    ] {
        assert_eq!(config[feature]["supported"], supported, "{feature}");
    }
    assert_eq!(config["filter"]["maxResults"], 200);
    for (kind, ids) in [
        ("ResourceTypes", ["User", "Group"]),
        ("Schemas", [CORE_USER, CORE_GROUP]),
    ] {
        let all = get(&world, &format!("/scim/v2/{kind}?startIndex=2"))
            .await
            .json();
        assert_eq!(all["totalResults"], 2);
        for (place, id) in ids.into_iter().enumerate() {
            let one = get(&world, &format!("/scim/v2/{kind}/{id}")).await.json();
            assert_eq!(one, all["Resources"][place]);
            assert_eq!(
                one["meta"]["location"],
                format!("http://directory.example/scim/v2/{kind}/{id}")
            );
        }
        assert_eq!(
            refusal(&get(&world, &format!("/scim/v2/{kind}/none")).await).0,
            404
        );
        assert_eq!(
            refusal(&get(&world, &format!("/scim/v2/{kind}?filter=id%20pr")).await).0,
            403
        );
    }
    let user = get(&world, &format!("/scim/v2/Schemas/{CORE_USER}"))
        .await
        .json();
    let names: Vec<&str> = user["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| attribute["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "userName",
            "name",
            "displayName",
            "active",
            "emails",
            "groups"
        ]
    );
    assert_eq!(user["attributes"][0]["uniqueness"], "server");
    assert_eq!(
        user["attributes"][4]["subAttributes"][1]["canonicalValues"],
        json!(["work", "home", "other"])
    );
}

#[actix_web::test]
async fn what_is_off_does_not_exist() {
    let surfaces = Surfaces {
        scim: false,
        loginid: false,
        ..Surfaces::default()
    };
    let world = World::with(HttpSettings {
        surfaces,
        ..settings()
    })
    .await;
    for path in ["/scim/v2/Users", "/fido2/v2/scim/Users"] {
        assert_eq!(get(&world, path).await.status, 404);
    }
}
