use serde_json::{Value, json};

use crate::world::{MANAGEMENT, SECRET, on_each_store};

const ONE: &str = "0edd65bc-9b8d-4b1a-b208-21c6c8f1ad94";
const TWO: &str = "1edd65bc-9b8d-4b1a-b208-21c6c8f1ad94";

#[actix_web::test]
async fn authenticators_are_put_on_one_list_and_taken_off_both() {
    on_each_store(async |world| {
        let post = |path: &'static str, body: Value| world.post(path, SECRET, body);
        let listed = async |allowed: &str| {
            let path = format!("/authenticators/list?isallowed={allowed}");
            let listed = world.get(&path, SECRET).await.ok().json();
            let guids = listed.as_array().unwrap().iter();
            guids
                .map(|one| one["aaGuid"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let allow = json!({ "aaGuids": [ONE, TWO, ONE], "isAllowed": true });
        assert_eq!(post("/authenticators/add", allow).await.status, 204);
        assert_eq!(
            (listed("True").await, listed("false").await),
            (vec![ONE.to_owned(), TWO.to_owned()], vec![])
        );
        let block = json!({ "aaGuids": [ONE.to_uppercase()] });
        post("/authenticators/add", block).await.ok();
        assert_eq!(
            (listed("true").await, listed("false").await),
            (vec![TWO.to_owned()], vec![ONE.to_owned()])
        );
        let remove = json!({ "aaGuids": [ONE, TWO, "2edd65bc-9b8d-4b1a-b208-21c6c8f1ad94"] });
        assert_eq!(post("/authenticators/remove", remove).await.status, 204);
        assert!(listed("true").await.is_empty() && listed("false").await.is_empty());
    })
    .await;
}

#[actix_web::test]
async fn lists_of_authenticators_are_asked_for_in_the_contracts_words() {
    on_each_store(async |world| {
        let add = |body: Value| world.post("/authenticators/add", SECRET, body);
        assert_eq!(
            add(json!({})).await.problem()["errors"],
            json!({ "aaGuids": ["The AaGuids field is required."] })
        );
        assert_eq!(
            add(json!({ "aaGuids": [] })).await.problem()["errors"],
            json!({ "aaGuids": ["The field AaGuids must be a string or array type with a minimum length of '1'."] })
        );
        for wrong in [json!(["x"]), json!([null]), json!([format!("{{{ONE}}}")]), json!(ONE)] {
            assert_eq!(add(json!({ "aaGuids": wrong })).await.code(), (400, String::new()));
        }
        assert_eq!(
            world.get("/authenticators/list", SECRET).await.refusal().2,
            "Required parameter \"bool IsAllowed\" was not provided from query string."
        );
        let features = json!({ "eventLoggingIsEnabled": true });
        world.post("/admin/apps/test/features", MANAGEMENT, features).await.ok();
        let body = json!({ "aaGuids": [ONE] });
        for answer in [
            world.get("/authenticators/list?isAllowed=true", SECRET).await,
            add(body.clone()).await,
            world.post("/authenticators/remove", SECRET, body).await,
        ] {
            assert_eq!(
                answer.refusal(),
                (
                    403,
                    "attestation_not_supported_on_plan".to_owned(),
                    "Attestation is not supported on your plan.".to_owned()
                )
            );
        }
    })
    .await;
}

#[actix_web::test]
async fn a_magic_link_can_be_switched_off_and_needs_somebody_to_carry_it() {
    on_each_store(async |world| {
        let body = json!({
            "emailAddress": "ada@refused.example", "urlTemplate": "https://example.com?token=$TOKEN", "userId": 7,
        });
        let send = |body: Value| world.post("/magic-links/send", SECRET, body);
        assert_eq!(send(body.clone()).await.refusal().0, 500);
        world.post("/apps/features", SECRET, json!({ "enableMagicLinks": false })).await.ok();
        assert_eq!(
            send(body).await.refusal(),
            (
                403,
                String::new(),
                "You must enable Magic Links in settings in order to use this feature.".to_owned()
            )
        );
        // What is wrong with the request is said first.
        assert_eq!(
            send(json!({})).await.problem()["errors"],
            json!({
                "emailAddress": ["The EmailAddress field is required."],
                "urlTemplate": ["The UrlTemplate field is required."],
                "userId": ["The UserId field is required."],
            })
        );
    })
    .await;
}

#[actix_web::test]
async fn reports_are_asked_for_by_days() {
    on_each_store(async |world| {
        for path in [
            "/reporting/credentials/periodic",
            "/reporting/active-users/periodic",
        ] {
            for query in ["", "?from=2026-01-01&to=", "?FROM=2026-01-01&To=2026-02-01"] {
                let answer = world.get(&format!("{path}{query}"), SECRET).await;
                assert_eq!(answer.ok().text(), "[]");
            }
            for bad in ["?from=x", "?to=2026-02-30"] {
                assert_eq!(
                    world.get(&format!("{path}{bad}"), SECRET).await.refusal().0,
                    400
                );
            }
        }
    })
    .await;
}

#[actix_web::test]
async fn without_metadata_nothing_is_known_of_models() {
    on_each_store(async |world| {
        for path in [
            "/mds/attestation-types",
            "/mds/certification-statuses",
            "/mds/entries?attestationTypes=basic_full&attestationTypes=ecdaa&certificationStatuses=REVOKED",
        ] {
            assert_eq!(world.get(path, MANAGEMENT).await.ok().text(), "[]");
        }
        let answer = world.get("/mds/entries?certificationStatuses=a-b", MANAGEMENT).await;
        assert!(answer.problem()["errors"]["certificationStatuses"].is_array());
    })
    .await;
}

#[actix_web::test]
async fn hosts_that_no_app_lists_have_no_related_origins() {
    on_each_store(async |world| {
        assert_eq!(
            world.get("/.well-known/webauthn", SECRET).await.refusal().0,
            404
        );
    })
    .await;
}
