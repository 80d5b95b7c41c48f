use std::{sync::Arc, time::Duration};

use passkeyd_authenticator::Device;
use passkeyd_domain::{TenantId, Timestamp, UserId};
use passkeyd_service::{
    Error,
    jobs::{Job, Jobs},
    verification::GenerateToken,
};

use crate::world::World;

const HOUR: Duration = Duration::from_hours(1);

fn test() -> TenantId {
    "test".parse().unwrap()
}

impl World {
    /// Leaves an event.
    async fn leave_event(&self) {
        let command = GenerateToken {
            user_id: UserId::new("u1").unwrap(),
            time_to_live: HOUR,
            purpose: "sign-in".to_owned(),
            rp_id: None,
            origin: None,
        };
        let back_end = self.back_end().await;
        self.service
            .generate_token(&back_end, command)
            .await
            .unwrap();
    }

    async fn count_events(&self) -> u64 {
        let back_end = self.back_end().await;
        let page = self.service.list_events(&back_end, 1, 1).await.unwrap();
        page.total
    }
}

#[tokio::test]
async fn of_two_nodes_one_runs_a_job_until_it_is_due_again() {
    let world = World::new().await;
    let mut first = Jobs::new(Arc::clone(&world.service));
    let mut second = Jobs::new(Arc::clone(&world.service));
    let done = first.run_due().await;
    assert!(done.contains(&Job::CeremonySweep) && !done.contains(&Job::Reports));
    assert!(second.run_due().await.is_empty());
    world.clock.advance(Duration::from_mins(5));
    assert_eq!(second.run_due().await, [Job::CeremonySweep]);
    assert!(first.run_due().await.is_empty());
    // A node that starts anew finds the day's work done.
    assert!(
        Jobs::new(Arc::clone(&world.service))
            .run_due()
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn the_node_that_dies_during_a_job_is_followed_by_another() {
    let world = World::new().await;
    let (now, dead) = (world.service.now(), uuid::Uuid::from_u128(1));
    for job in Job::ALL {
        let lease = world.service.store().take_lease(
            job.as_str(),
            dead,
            now,
            now + Duration::from_mins(10),
        );
        assert!(lease.await.unwrap());
    }
    let mut other = Jobs::new(Arc::clone(&world.service));
    assert!(other.run_due().await.is_empty());
    world.clock.advance(Duration::from_mins(10));
    assert!(other.run_due().await.contains(&Job::AppDeletion));
}

#[tokio::test]
async fn events_are_kept_as_long_as_the_tenant_says() {
    let world = World::new().await;
    world
        .service
        .change_app(&test(), |settings| {
            settings.event_logging_retention_period = 2;
        })
        .await
        .unwrap();
    world.leave_event().await;
    world.clock.advance(HOUR * 24);
    world.leave_event().await;
    world.clock.advance(HOUR * 24);
    world.service.run_job(Job::EventRetention).await.unwrap();
    assert_eq!(world.count_events().await, 2);
    world.clock.advance(Duration::from_millis(1));
    world.service.run_job(Job::EventRetention).await.unwrap();
    assert_eq!(world.count_events().await, 1);
}

#[tokio::test]
async fn the_report_of_a_day_says_who_was_active() {
    let world = World::new().await;
    let mut jobs = Jobs::new(Arc::clone(&world.service));
    // The world begins at midnight.
    assert_eq!(
        world.service.now(),
        "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap()
    );
    let mut device = Device::new(7);
    world.register(&mut device, "early").await.unwrap();
    world.clock.advance(HOUR * 22);
    assert!(jobs.run_due().await.contains(&Job::Reports));
    world.clock.advance(HOUR * 24 * 2);
    world.register(&mut device, "late").await.unwrap();
    let mut other = Device::new(8);
    world.register(&mut other, "late").await.unwrap();
    assert!(jobs.run_due().await.contains(&Job::Reports));
    // A second run on the same day replaces the report.
    world.service.run_job(Job::Reports).await.unwrap();

    let back_end = world.back_end().await;
    let reports = world.service.reports(&back_end, None, None).await.unwrap();
    let figures: Vec<_> = reports
        .iter()
        .map(|day| {
            let date = day.date.to_string();
            (
                date,
                day.users,
                day.credentials,
                day.daily_active_users,
                day.weekly_active_users,
            )
        })
        .collect();
    assert_eq!(
        figures,
        [
            ("2026-01-01".to_owned(), 1, 1, 1, 1),
            ("2026-01-03".to_owned(), 2, 3, 1, 2),
        ]
    );
    let second = "2026-01-02".parse().unwrap();
    let later = world
        .service
        .reports(&back_end, Some(second), None)
        .await
        .unwrap();
    assert_eq!(later, reports[1..]);
    let earlier = world
        .service
        .reports(&back_end, None, Some(second))
        .await
        .unwrap();
    assert_eq!(earlier, reports[..1]);
}

#[tokio::test]
async fn an_app_whose_time_has_come_is_deleted_by_the_server() {
    let world = World::new().await;
    world.register(&mut Device::new(7), "u1").await.unwrap();
    world.clock.advance(HOUR * 24 * 4);
    let marked = world
        .service
        .mark_for_deletion(&test(), "ada")
        .await
        .unwrap();
    assert!(!marked.is_deleted);
    world.service.run_job(Job::AppDeletion).await.unwrap();
    world.service.app(&test()).await.unwrap();
    world.clock.advance(HOUR * 24 * 31);
    world.service.run_job(Job::AppDeletion).await.unwrap();
    assert!(matches!(
        world.service.app(&test()).await,
        Err(Error::AppNotFound)
    ));
}
