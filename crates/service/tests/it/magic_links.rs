use std::{sync::atomic::Ordering, time::Duration};

use passkeyd_domain::{EventKind, TenantId, TenantSettings, UserId, ports::MailError};
use passkeyd_service::{
    Error,
    magic_links::{EmailAddress, LinkTemplate, SendMagicLink},
    verification::VerifyKind,
};

use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

fn to(address: &str) -> SendMagicLink {
    SendMagicLink {
        email: EmailAddress::new(address).unwrap(),
        template: LinkTemplate::new("https://example.com/in?t=$TOKEN&again=$TOKEN").unwrap(),
        user_id: UserId::new("u1").unwrap(),
        time_to_live: None,
    }
}

/// A world whose tenant keeps every rule, changed as wanted.
async fn strict(change: impl Fn(&mut TenantSettings) + Send + Sync) -> World {
    let world = World::new().await;
    let tenant: TenantId = "test".parse().unwrap();
    world
        .service
        .change_app(&tenant, |settings| {
            settings.is_rate_limit_bypass_enabled = false;
            settings.is_magic_link_quota_bypass_enabled = false;
            settings.admin_emails = vec!["Admin@Example.com".to_owned()];
            settings.magic_link_email_monthly_quota = 100;
            change(settings);
        })
        .await
        .unwrap();
    world
}

impl World {
    async fn send(&self, address: &str) -> Result<(), Error> {
        let back_end = self.back_end().await;
        self.service.send_magic_link(&back_end, to(address)).await
    }

    /// Sends until it is refused, with the flood limit's window in between.
    async fn send_all(&self, address: &str) -> (u32, Error) {
        let mut sent = 0;
        loop {
            match self.send(address).await {
                Ok(()) => sent += 1,
                Err(error) => return (sent, error),
            }
        }
    }
}

#[tokio::test]
async fn a_link_holds_a_token_that_signs_its_user_in_for_an_hour() {
    let world = World::new().await;
    world.send("ada@example.com").await.unwrap();
    let mail = world.mailbox.mails.lock().unwrap()[0].clone();
    assert_eq!(mail.to, "ada@example.com");
    assert_eq!(mail.sender_name.as_deref(), Some("Sign in to example.com"));
    let (start, token) = mail.text.split_once("&again=").unwrap();
    assert_eq!(start, format!("https://example.com/in?t={token}"));
    let back_end = world.back_end().await;
    world.clock.advance(Duration::from_hours(1));
    // Clicks do not use it up.
    for _ in 0..2 {
        let verified = world
            .service
            .verify_token(&back_end, Some(token))
            .await
            .unwrap();
        assert_eq!(verified.kind, VerifyKind::MagicLink);
        assert_eq!(verified.user_id, "u1");
        assert_eq!(verified.purpose, None);
    }
    world.clock.advance(Duration::from_millis(1));
    let expired = world.service.verify_token(&back_end, Some(token)).await;
    assert!(matches!(expired, Err(Error::ExpiredToken { .. })));
    let page = world.service.list_events(&back_end, 1, 10).await.unwrap();
    let kinds: Vec<_> = page.events.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::ApiUserMagicLinkCreated));
}

#[tokio::test]
async fn no_link_goes_out_where_they_are_switched_off() {
    let world = strict(|settings| settings.is_magic_links_enabled = false).await;
    let refused = world.send("admin@example.com").await;
    assert!(matches!(refused, Err(Error::MagicLinksDisabled)));
}

#[tokio::test]
async fn ten_links_go_out_in_five_minutes() {
    let world = strict(|settings| settings.is_magic_link_quota_bypass_enabled = true).await;
    world.clock.advance(Duration::from_secs(7));
    let (sent, error) = world.send_all("ada@example.com").await;
    assert_eq!(sent, 10);
    assert!(
        matches!(error, Error::RateLimited { retry_after } if retry_after == Duration::from_mins(5)),
        "{error:?}"
    );
    world.clock.advance(Duration::from_secs(299));
    let error = world.send("ada@example.com").await.unwrap_err();
    assert!(
        matches!(error, Error::RateLimited { retry_after } if retry_after == Duration::from_secs(1)),
        "{error:?}"
    );
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.send_all("ada@example.com").await.0, 10);
}

#[tokio::test]
async fn the_links_of_a_new_app_go_to_its_administrators() {
    let world = strict(|_| ()).await;
    world
        .clock
        .advance(DAY.saturating_sub(Duration::from_millis(1)));
    let refused = world.send("ada@example.com").await;
    assert!(matches!(refused, Err(Error::MagicLinkAdminOnly)));
    world.send("admin@EXAMPLE.com").await.unwrap();
    world.clock.advance(Duration::from_millis(1));
    world.send("ada@example.com").await.unwrap();
}

#[tokio::test]
async fn a_young_app_has_a_part_of_its_quota() {
    for (age, quota) in [
        (Duration::ZERO, 2),
        (DAY.saturating_sub(Duration::from_secs(1)), 2),
        (DAY, 6),
        (DAY * 3, 9),
        (DAY * 30, 13),
    ] {
        let world = strict(|settings| {
            settings.is_rate_limit_bypass_enabled = true;
            settings.magic_link_email_monthly_quota = 13;
        })
        .await;
        world.clock.advance(age);
        let (sent, error) = world.send_all("admin@example.com").await;
        assert_eq!(sent, quota, "{age:?}");
        assert!(matches!(error, Error::MagicLinkQuotaExceeded), "{error:?}");
        assert_eq!(world.mailbox.mails.lock().unwrap().len(), quota as usize);
    }
}

#[tokio::test]
async fn the_quota_counts_the_last_thirty_days() {
    let world = strict(|settings| settings.magic_link_email_monthly_quota = 1).await;
    world.clock.advance(DAY * 40);
    world.send("ada@example.com").await.unwrap();
    world.clock.advance(DAY * 30);
    assert!(world.send("ada@example.com").await.is_err());
    world.clock.advance(Duration::from_millis(1));
    world.send("ada@example.com").await.unwrap();
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_an_error_and_costs_no_quota() {
    let world = strict(|settings| settings.magic_link_email_monthly_quota = 1).await;
    world.clock.advance(DAY * 40);
    world.mailbox.refuses.store(true, Ordering::SeqCst);
    let error = world.send("ada@example.com").await.unwrap_err();
    assert!(
        matches!(error, Error::MailNotSent(MailError::NotTaken(_))),
        "{error:?}"
    );
    world.mailbox.refuses.store(false, Ordering::SeqCst);
    world.send("ada@example.com").await.unwrap();
}
