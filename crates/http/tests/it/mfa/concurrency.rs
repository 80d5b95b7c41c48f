//! Steps of one sign-in that run at once.

use passkeyd_authenticator::Device;
use serde_json::json;

use super::{assertion_result, creation_result, named};
use crate::world::{Answer, ORIGIN, on_each_store};

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

#[actix_web::test]
async fn of_two_ends_at_once_one_wins() {
    on_each_store(async |world| {
        let mut device = Device::new(1);
        world.enrol("ada", &mut device).await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let options = flow.browser_options("passkey:auth");
        let signed = device.get(&options, ORIGIN).unwrap();
        let body = json!({ "assertionResult": assertion_result(&signed) });
        let end = || world.step(&flow.session, "passkey/auth", body.clone());
        let (one, two) = tokio::join!(end(), end());
        assert_eq!(statuses(&[one, two]), [200, 401]);
    })
    .await;
}

#[actix_web::test]
async fn of_two_new_passkeys_at_once_one_is_kept() {
    on_each_store(async |world| {
        let flow = world.mfa_begin(named("new", "other")).await;
        let options = flow.browser_options("passkey:reg");
        let end = |seed| {
            let made = Device::new(seed).create(&options, ORIGIN).unwrap();
            let body = json!({ "creationResult": creation_result(&made) });
            world.step(&flow.session, "passkey/reg", body)
        };
        let (one, two) = tokio::join!(end(1), end(2));
        let winner = if one.status == 200 { &one } else { &two };
        let access = winner.json()["accessToken"].as_str().unwrap().to_owned();
        assert_eq!(
            world.passkeys_with(&access).await.as_array().unwrap().len(),
            1
        );
        assert_eq!(statuses(&[one, two]), [200, 401]);
    })
    .await;
}

#[actix_web::test]
async fn one_token_at_two_sign_ins_is_good_for_one() {
    on_each_store(async |world| {
        world.person("ada").await;
        let token = world.external_token("ada").await;
        let one = world.mfa_begin(named("ada", "other")).await;
        let two = world.mfa_begin(named("ada", "other")).await;
        let (one, two) = tokio::join!(
            world.external_step(&one.session, &token),
            world.external_step(&two.session, &token)
        );
        assert_eq!(statuses(&[one, two]), [400, 401]);
    })
    .await;
}

#[actix_web::test]
async fn guesses_at_once_are_all_counted() {
    on_each_store(async |world| {
        world.person("ada").await;
        let flow = world.mfa_begin(named("ada", "other")).await;
        let guess = || world.external_step(&flow.session, "a.b.c");
        let (one, two, three) = tokio::join!(guess(), guess(), guess());
        assert_eq!(statuses(&[one, two, three]), [400, 400, 400]);
        let (four, five, six) = tokio::join!(guess(), guess(), guess());
        assert_eq!(statuses(&[four, five, six]), [400, 400, 401]);
        let token = world.external_token("ada").await;
        let answer = world.external_step(&flow.session, &token).await;
        assert_eq!(answer.refused(), (401, "unauthorized".to_owned()));
    })
    .await;
}
