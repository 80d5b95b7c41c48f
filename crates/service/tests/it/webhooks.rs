use std::{sync::atomic::Ordering, time::Duration};

use data_encoding::BASE64;
use passkeyd_authenticator::Device;
use passkeyd_domain::{EventKind, TenantId, ports::HttpRequest};
use passkeyd_service::{Error, webhooks::MadeWebhook};
use ring::hmac;

use crate::world::World;

fn test() -> TenantId {
    "test".parse().unwrap()
}

impl World {
    async fn hook(&self, kinds: &[EventKind]) -> MadeWebhook {
        self.service
            .create_webhook(&test(), "https://example.com/hook", kinds)
            .await
            .unwrap()
    }

    fn requests(&self) -> Vec<HttpRequest> {
        self.web.requests.lock().unwrap().clone()
    }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    let mut headers = request.headers.iter();
    &headers.find(|(known, _)| known == name).unwrap().1
}

#[tokio::test]
async fn an_event_is_told_once_and_signed() {
    let world = World::new().await;
    let made = world
        .hook(&[EventKind::ApiAuthPasskeyRegistrationCompleted])
        .await;
    world.register(&mut Device::new(7), "ada").await.unwrap();
    assert!(
        world.requests().is_empty(),
        "no request waits for a webhook"
    );
    assert_eq!(world.service.deliver_webhooks().await.unwrap(), 1);
    assert_eq!(world.service.deliver_webhooks().await.unwrap(), 0);

    let requests = world.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].url, "https://example.com/hook");
    let body = std::str::from_utf8(&requests[0].body).unwrap();
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(told["type"], "ApiAuthPasskeyRegistrationCompleted");
    assert_eq!(told["timestamp"], "2026-01-01T00:00:00Z");
    assert_eq!(told["data"]["performedBy"], "ada");

    let secret = BASE64
        .decode(made.secret.strip_prefix("whsec_").unwrap().as_bytes())
        .unwrap();
    let signed = format!(
        "{}.{}.{body}",
        header(&requests[0], "webhook-id"),
        header(&requests[0], "webhook-timestamp")
    );
    let tag = header(&requests[0], "webhook-signature")
        .strip_prefix("v1,")
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    hmac::verify(
        &key,
        signed.as_bytes(),
        &BASE64.decode(tag.as_bytes()).unwrap(),
    )
    .unwrap();
}

#[tokio::test]
async fn a_webhook_that_fails_is_told_again_later_and_given_up_at_last() {
    let world = World::new().await;
    world
        .hook(&[EventKind::ApiAuthPasskeyRegistrationCompleted])
        .await;
    world.register(&mut Device::new(7), "ada").await.unwrap();
    world.web.status.store(500, Ordering::SeqCst);
    world.service.deliver_webhooks().await.unwrap();
    world.clock.advance(Duration::from_secs(4));
    assert_eq!(world.service.deliver_webhooks().await.unwrap(), 0);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.service.deliver_webhooks().await.unwrap(), 1);
    for _ in 0..10 {
        world.clock.advance(Duration::from_hours(24));
        world.service.deliver_webhooks().await.unwrap();
    }
    let requests = world.requests();
    assert_eq!(requests.len(), 8);
    let ids: std::collections::BTreeSet<_> = requests
        .iter()
        .map(|request| header(request, "webhook-id"))
        .collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_webhook_that_was_deleted_is_told_nothing_more() {
    let world = World::new().await;
    let made = world.hook(&[]).await;
    world.register(&mut Device::new(7), "ada").await.unwrap();
    world
        .service
        .delete_webhook(&test(), made.webhook.id)
        .await
        .unwrap();
    assert!(world.service.deliver_webhooks().await.unwrap() > 0);
    assert!(world.requests().is_empty());
    assert_eq!(world.service.deliver_webhooks().await.unwrap(), 0);
    let again = world.service.delete_webhook(&test(), made.webhook.id).await;
    assert!(matches!(again, Err(Error::WebhookNotFound)));
}

#[tokio::test]
async fn a_webhook_is_a_url_and_a_tenant_has_ten_at_most() {
    let world = World::new().await;
    for bad in ["", "example.com", "ftp://example.com", "javascript:x"] {
        let refused = world.service.create_webhook(&test(), bad, &[]).await;
        assert!(matches!(refused, Err(Error::WebhookUrl)), "{bad}");
    }
    for _ in 0..10 {
        world.hook(&[]).await;
    }
    let refused = world
        .service
        .create_webhook(&test(), "https://example.com", &[])
        .await;
    assert!(matches!(refused, Err(Error::TooManyWebhooks)));
    assert_eq!(
        world.service.list_webhooks(&test()).await.unwrap().len(),
        10
    );
}
