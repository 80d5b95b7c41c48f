//! Webhooks: events are told to the tenant's own servers.
//!
//! An event names the webhooks that want it, the store writes their deliveries in the event's transaction, and
//! [`Service::deliver_webhooks`] sends them later: no request waits for a webhook, and none is forgotten by a crash. Each
//! delivery is a POST in the form of the Standard Webhooks specification: `webhook-id` is the same for every attempt,
//! `webhook-signature` is an HMAC-SHA-256 over id, time and body.

use std::{fmt, time::Duration};

use data_encoding::BASE64;
use passkeyd_domain::{
    EventKind, RingPurpose, SecretBytes, TenantId, Timestamp, Webhook,
    ports::{Delivery, HttpMethod, HttpRequest},
};
use passkeyd_tokens::ring_secret;
use ring::hmac;
use serde_json::json;
use tokio::task::JoinSet;
use url::Url;
use uuid::Uuid;

use crate::{Error, Outgoing, Service};

/// A tenant has no more webhooks than this.
const MOST_WEBHOOKS: usize = 10;
/// So many are sent at once.
const BATCH: u32 = 32;
/// Longer than an outgoing request can take: until then nobody else sends a delivery that was taken.
const TAKEN_FOR: Duration = Duration::from_mins(2);
/// How long to wait after each attempt that failed; after the last one the delivery is given up.
const RETRIES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
];

/// A webhook as it was made.
#[derive(Clone)]
pub struct MadeWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// Its signing secret, `whsec_` and base64; shown this once.
    pub secret: String,
}

impl fmt::Debug for MadeWebhook {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeWebhook")
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Makes a webhook. An empty list of kinds means all. Only a tenant that keeps events has any to tell.
    ///
    /// # Errors
    /// [`Error::AppNotFound`], [`Error::WebhookUrl`], [`Error::TooManyWebhooks`].
    pub async fn create_webhook(
        &self,
        app: &TenantId,
        url: &str,
        kinds: &[EventKind],
    ) -> Result<MadeWebhook, Error> {
        let parsed = Url::parse(url).map_err(|_| Error::WebhookUrl)?;
        if !matches!(parsed.scheme(), "http" | "https") || url.contains('\0') {
            return Err(Error::WebhookUrl);
        }
        if self.app(app).await?.settings.webhooks.len() >= MOST_WEBHOOKS {
            return Err(Error::TooManyWebhooks);
        }
        let now = self.now();
        let id = self.entropy.uuid_at(now);
        let secret: [u8; 32] = self.entropy.bytes();
        let purpose = purpose(id);
        let key = ring_secret::to_ring_key(
            (app, self.entropy.uuid_at(now), &purpose),
            &secret,
            now,
            self.wrapping().await?,
            self.entropy.bytes(),
        )
        .map_err(|error| Error::KeyRing(error.to_string()))?;
        self.store.install_ring_key(key, None, None).await?;
        let webhook = Webhook {
            id,
            url: url.to_owned(),
            kinds: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        };
        self.change_app(app, |settings| settings.webhooks.push(webhook.clone()))
            .await?;
        Ok(MadeWebhook {
            webhook,
            secret: format!("whsec_{}", BASE64.encode(&secret)),
        })
    }

    /// The webhooks of a tenant.
    ///
    /// # Errors
    /// [`Error::AppNotFound`].
    pub async fn list_webhooks(&self, app: &TenantId) -> Result<Vec<Webhook>, Error> {
        Ok(self.app(app).await?.settings.webhooks)
    }

    /// Deletes a webhook; what was still to be told to it is dropped.
    ///
    /// # Errors
    /// [`Error::AppNotFound`], [`Error::WebhookNotFound`].
    pub async fn delete_webhook(&self, app: &TenantId, id: Uuid) -> Result<(), Error> {
        let hooks = self.app(app).await?.settings.webhooks;
        if !hooks.iter().any(|hook| hook.id == id) {
            return Err(Error::WebhookNotFound);
        }
        self.change_app(app, |settings| {
            settings.webhooks.retain(|hook| hook.id != id);
        })
        .await?;
        Ok(())
    }

    /// Sends what is due, and tells how many deliveries were taken: while it is more than none there may be more.
    pub async fn deliver_webhooks(&self) -> Result<usize, Error> {
        let Some(outgoing) = &self.outgoing else {
            return Ok(0);
        };
        let now = self.now();
        let due = self
            .store
            .take_deliveries(now, now + TAKEN_FOR, BATCH)
            .await?;
        let count = due.len();
        let mut sending = JoinSet::new();
        for delivery in due {
            match self.signed(&delivery, now).await? {
                Some(request) => {
                    let Outgoing { http, .. } = outgoing.clone();
                    sending.spawn(async move { (delivery, http.send(request).await) });
                }
                None => self.store.delete_delivery(delivery.number).await?,
            }
        }
        while let Some(sent) = sending.join_next().await {
            // A delivery whose task died is taken again when its time is over.
            let Ok((delivery, answer)) = sent else {
                continue;
            };
            let failure = match answer {
                Ok(answer) if answer.is_success() => None,
                Ok(answer) => Some(format!("status {}", answer.status)),
                Err(error) => Some(error.to_string()),
            };
            self.settle(&delivery, failure).await?;
        }
        Ok(count)
    }

    async fn settle(&self, delivery: &Delivery, failure: Option<String>) -> Result<(), Error> {
        let number = delivery.number;
        let Some(reason) = failure else {
            return Ok(self.store.delete_delivery(number).await?);
        };
        let (tenant, webhook) = (&delivery.event.tenant, delivery.webhook);
        let failed = usize::try_from(delivery.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(wait) = RETRIES.get(failed) {
            tracing::info!(%tenant, %webhook, number, reason, "a webhook did not take an event; it is tried again");
            let due_at = self.now() + *wait;
            self.store.put_off_delivery(number, due_at).await?;
        } else {
            tracing::warn!(%tenant, %webhook, number, reason, "a webhook did not take an event; it is given up");
            self.store.delete_delivery(number).await?;
        }
        Ok(())
    }

    /// The request of a delivery. None: the webhook is gone.
    async fn signed(
        &self,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Option<HttpRequest>, Error> {
        let tenant = &delivery.event.tenant;
        let Some(live) = self.live_tenant(tenant).await? else {
            return Ok(None);
        };
        let mut hooks = live.tenant.settings.webhooks.iter();
        let Some(hook) = hooks.find(|hook| hook.id == delivery.webhook) else {
            return Ok(None);
        };
        let ring = self.store.ring(tenant, &purpose(hook.id)).await?;
        let Some(key) = ring.first() else {
            return Ok(None);
        };
        let secret = ring_secret::from_ring_key(key, self.master_key.as_ref())
            .map_err(|error| Error::KeyRing(error.to_string()))?;
        let id = format!("evt_{}", delivery.number);
        let body = body(delivery);
        let time = now.as_second().to_string();
        let signature = signature(&secret, &id, &time, &body);
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", time),
            ("webhook-signature", signature),
        ];
        Ok(Some(HttpRequest {
            method: HttpMethod::Post,
            url: hook.url.clone(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: body.into_bytes(),
        }))
    }
}

/// What the secret of a webhook is for, in the key ring.
fn purpose(webhook: Uuid) -> RingPurpose {
    RingPurpose::Secret(format!("webhook:{webhook}"))
}

fn body(delivery: &Delivery) -> String {
    let event = &delivery.event;
    json!({
        "type": event.kind.as_str(),
        "timestamp": event.performed_at,
        "data": {
            "tenantId": event.tenant.as_str(),
            "message": event.message,
            "performedBy": event.performed_by,
            "subject": event.subject,
            "severity": event.kind.severity().as_str(),
            "apiKeyId": event.api_key_id.as_ref().map(|id| &id.0),
        },
    })
    .to_string()
}

fn signature(secret: &SecretBytes, id: &str, time: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
    let signed = format!("{id}.{time}.{body}");
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("v1,{}", BASE64.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // The example of the Standard Webhooks reference.
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(
            signature(
                &SecretBytes::new(secret),
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "1614265330",
                r#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
