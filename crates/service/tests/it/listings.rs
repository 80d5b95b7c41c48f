use std::time::Duration;

use passkeyd_authenticator::Device;
use passkeyd_domain::{
    EventKind, UserId,
    ports::{CredentialFilter, EventFilter},
};
use passkeyd_service::Error;

use crate::world::World;

/// Three users with a passkey each, a second apart.
async fn peopled() -> World {
    let world = World::new().await;
    let mut device = Device::new(7);
    for user in ["bob", "ada", "abe"] {
        world.register(&mut device, user).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
    }
    world
}

#[tokio::test]
async fn users_are_read_page_by_page_and_by_the_start_of_their_name() {
    let world = peopled().await;
    let back_end = world.back_end().await;
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = world
            .service
            .find_users(&back_end, String::new(), cursor.as_deref(), 2)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|user| user.user_id.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["abe", "ada", "bob"]);
    let page = world
        .service
        .find_users(&back_end, "a".to_owned(), None, 2)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn credentials_are_read_page_by_page_and_by_owner() {
    let world = peopled().await;
    let back_end = world.back_end().await;
    let find = async |filter: CredentialFilter, cursor: Option<String>| {
        let page = world
            .service
            .find_credentials(&back_end, filter, cursor.as_deref(), 2)
            .await
            .unwrap();
        let owners: Vec<_> = page
            .items
            .iter()
            .map(|owned| owned.user_id.to_string())
            .collect();
        (owners, page.next)
    };
    let (owners, cursor) = find(CredentialFilter::default(), None).await;
    assert_eq!(owners, ["bob", "ada"]);
    let (owners, cursor) = find(CredentialFilter::default(), cursor).await;
    assert_eq!((owners, cursor), (vec!["abe".to_owned()], None));
    let of_ada = CredentialFilter {
        user_id: Some(UserId::new("ada").unwrap()),
        ..CredentialFilter::default()
    };
    assert_eq!(find(of_ada, None).await.0, ["ada"]);
}

#[tokio::test]
async fn events_are_read_page_by_page_and_by_what_happened() {
    let world = peopled().await;
    let back_end = world.back_end().await;
    let all = world.service.list_events(&back_end, 1, 1000).await.unwrap();
    let (mut seen, mut cursor): (Vec<_>, Option<String>) = (Vec::new(), None);
    loop {
        let page = world
            .service
            .find_events(&back_end, EventFilter::default(), cursor.as_deref(), 4)
            .await
            .unwrap();
        seen.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, all.events);
    let registered = EventFilter {
        kinds: vec![EventKind::ApiAuthPasskeyRegistrationCompleted],
        performed_by: Some("ada".to_owned()),
        ..EventFilter::default()
    };
    let page = world
        .service
        .find_events(&back_end, registered, None, 10)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn a_cursor_that_we_did_not_give_is_refused() {
    let world = World::new().await;
    let back_end = world.back_end().await;
    for bad in ["", "x", "%", "MTIz", "LjE"] {
        let refused = world
            .service
            .find_events(&back_end, EventFilter::default(), Some(bad), 10)
            .await;
        assert!(matches!(refused, Err(Error::InvalidCursor)), "{bad}");
    }
}

#[tokio::test]
async fn a_nickname_can_be_changed() {
    let world = peopled().await;
    let back_end = world.back_end().await;
    let ada = UserId::new("ada").unwrap();
    let held = world
        .service
        .list_credentials(&back_end, &ada)
        .await
        .unwrap();
    let id = held[0].credential.credential_id.clone();
    world
        .service
        .rename_credential(&back_end, &id, Some("laptop".to_owned()))
        .await
        .unwrap();
    let held = world
        .service
        .list_credentials(&back_end, &ada)
        .await
        .unwrap();
    assert_eq!(held[0].credential.nickname.as_deref(), Some("laptop"));
}

#[tokio::test]
async fn origins_that_share_an_rp_id_are_told() {
    let world = World::new().await;
    let none = world.service.related_origins("example.com").await.unwrap();
    assert_eq!(none, None);
    let world = World::new().await;
    world
        .service
        .change_app(&"test".parse().unwrap(), |settings| {
            settings.rp_ids = vec!["example.com".to_owned()];
            settings.origins = [
                "https://Example.org/",
                "android:apk-key-hash:x",
                "https://example.com",
            ]
            .map(str::to_owned)
            .into();
        })
        .await
        .unwrap();
    assert_eq!(
        world.service.related_origins("Example.com").await.unwrap(),
        Some(vec![
            "https://example.com".to_owned(),
            "https://example.org".to_owned()
        ])
    );
}
