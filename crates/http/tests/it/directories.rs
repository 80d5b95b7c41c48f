//! What the directories that companies have really send.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    scim::{ask, at, encoded, get, make, patch, refusal},
    world::{World, on_each_store},
};

async fn found(world: &World, kind: &str, filter: &str) -> Vec<Value> {
    let path = format!(
        "/scim/v2/{kind}?filter={}&startIndex=1&count=100",
        encoded(filter)
    );
    let list = get(world, &path).await.ok().json();
    list["Resources"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn okta_provisions_updates_and_deactivates() {
    on_each_store(async |world| {
        let by_name = "userName eq \"isaac@example.com\"";
        assert!(found(world, "Users", by_name).await.is_empty());
        let mut sent = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "isaac@example.com",
            "name": {"givenName": "Isaac", "familyName": "Brock"}, "displayName": "Isaac Brock", "locale": "en-US",
            "emails": [{"primary": true, "value": "isaac@example.com", "type": "work", "display": "isaac@example.com"}],
            "externalId": "00ujl29u0le5T6Aj10h7", "groups": [], "password": "1mz050nq", "active": true,
        });
        let user = make(world, "Users", sent.clone()).await;
        let path = at("Users", &user);
        assert_eq!(found(world, "Users", by_name).await, std::slice::from_ref(&user));

        // A profile is written whole, with what the server says of it itself.
        sent["id"] = user["id"].clone();
        sent["meta"] = user["meta"].clone();
        sent["name"]["familyName"] = json!("Newton");
        sent["displayName"] = json!("Isaac Newton");
        let written = ask(world, Method::PUT, &path, Some(sent)).await.ok().json();
        assert_eq!(written["name"]["familyName"], "Newton");

        let off = patch(world, &path, json!([{"op": "replace", "value": {"active": false}}])).await;
        assert_eq!(off.ok().json()["active"], false);
        assert_eq!(found(world, "Users", "active eq false").await.len(), 1);

        let group = make(world, "Groups", json!({"displayName": "Staff", "members": []})).await;
        let path = at("Groups", &group);
        let renamed = patch(world, &path, json!([{"op": "replace", "value": {"id": group["id"], "displayName": "All"}}])).await;
        assert_eq!(renamed.ok().json()["displayName"], "All");
        let id = user["id"].as_str().unwrap();
        let pushed = patch(world, &path, json!([
            {"op": "remove", "path": format!("members[value eq \"{id}\"]")},
            {"op": "add", "path": "members", "value": [{"value": id, "display": "isaac@example.com"}]},
        ])).await;
        assert_eq!(pushed.ok().json()["members"][0]["display"], "Isaac Newton");
    })
    .await;
}

#[actix_web::test]
async fn entra_provisions_in_its_own_dialect() {
    on_each_store(async |world| {
        assert!(found(world, "Users", "externalId eq \"58342554\"").await.is_empty());
        let user = make(world, "Users", json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
                        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "externalId": "58342554", "userName": "babs@contoso.example", "active": "True", "title": "Guide",
            "meta": {"resourceType": "User"}, "roles": [], "phoneNumbers": null,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Tours"},
        })).await;
        let (path, id) = (at("Users", &user), user["id"].as_str().unwrap());
        for filter in [
            "externalId eq \"58342554\"".to_owned(),
            "userName eq \"BABS@contoso.example\"".to_owned(),
            format!("id eq \"{id}\""),
        ] {
            assert_eq!(found(world, "Users", &filter).await.len(), 1, "{filter}");
        }
        // References that are not kept lead nowhere.
        assert!(found(world, "Users", &format!("id eq \"{id}\" and manager eq \"x\"")).await.is_empty());

        let patched = patch(world, &path, json!([
            {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "babs@contoso.example"},
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "Replace", "value": {
                "displayName": "Barbara Jensen", "name.familyName": "Jensen",
                "emails[type eq \"work\"].primary": "True",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Sales",
            }},
        ])).await.ok().json();
        assert_eq!(patched["emails"], json!([{"value": "babs@contoso.example", "type": "work", "primary": true}]));
        assert_eq!((&patched["active"], &patched["displayName"]), (&json!(false), &json!("Barbara Jensen")));
        for filter in ["emails[type eq \"work\"].value eq \"babs@contoso.example\"", "emails[type eq \"work\"] eq \"babs@contoso.example\""] {
            assert_eq!(found(world, "Users", filter).await.len(), 1, "{filter}");
        }
        // What is named by its path must be there.
        let unknown = patch(world, &path, json!([{"op": "Replace", "path": "title", "value": "x"}])).await;
        assert_eq!(refusal(&unknown), (400, "invalidPath".to_owned()));

        let group = make(world, "Groups", json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0", "displayName": "Guides", "meta": {"resourceType": "Group"},
        })).await;
        let path = at("Groups", &group);
        let member = json!([{"$ref": null, "value": id}]);
        let added = patch(world, &path, json!([{"op": "Add", "path": "members", "value": member}])).await;
        assert_eq!(added.ok().json()["members"][0]["value"], id);
        let filter = format!("id eq {} and members eq \"{id}\"", group["id"]);
        assert_eq!(found(world, "Groups", &filter).await.len(), 1);
        let slim = get(world, &format!("/scim/v2/Groups?excludedAttributes=members&filter={}", encoded("displayName eq \"guides\""))).await;
        assert_eq!(slim.ok().json()["Resources"][0].get("members"), None);
        let removed = patch(world, &path, json!([{"op": "Remove", "path": "members", "value": member}])).await;
        assert_eq!(removed.ok().json().get("members"), None);
        assert_eq!(ask(world, Method::DELETE, &at("Users", &user), None).await.status, 204);
    })
    .await;
}

#[actix_web::test]
async fn thousands_of_members_come_and_go_at_once() {
    on_each_store(async |world| {
        let mut members = Vec::new();
        for number in 0..520 {
            let user = make(world, "Users", json!({"userName": format!("user{number}")})).await;
            members.push(json!({"value": user["id"]}));
        }
        let group = make(
            world,
            "Groups",
            json!({"displayName": "All", "members": members[..20]}),
        )
        .await;
        let path = at("Groups", &group);
        let count = |group: Value| group["members"].as_array().map_or(0, Vec::len);
        let added = patch(
            world,
            &path,
            json!([{"op": "add", "path": "members", "value": members}]),
        )
        .await;
        assert_eq!(count(added.ok().json()), 520);
        let removed = patch(
            world,
            &path,
            json!([{"op": "remove", "path": "members", "value": members[50..]}]),
        )
        .await;
        assert_eq!(count(removed.ok().json()), 50);
    })
    .await;
}
