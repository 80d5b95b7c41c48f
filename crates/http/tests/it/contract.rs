//! The tables of the Passwordless contract, a test for each row, on each store.

mod endpoints;
mod errors;
mod events;
mod fields;
mod hosting;

use serde_json::{Value, json};

use crate::world::{MANAGEMENT, World};

/// A test for each row of a table, under its name.
macro_rules! rows {
    ($($name:ident: $row:expr;)+) => {
        $(
            #[actix_web::test]
            async fn $name() {
                crate::world::on_each_store($row).await;
            }
        )+
    };
}
pub(crate) use rows;

/// Makes an app of its own, of this quota of mails; its public and its secret key.
async fn another_app(world: &World, id: &str, quota: u32) -> (String, String) {
    let path = format!("/admin/apps/{id}/create");
    let body = json!({ "magicLinkEmailMonthlyQuota": quota, "adminEmail": "boss@example.com" });
    let made = world.post(&path, MANAGEMENT, body).await.ok().json();
    let key = |name: &str| made[name].as_str().unwrap().to_owned();
    (key("apiKey1"), key("apiSecret1"))
}

/// What a link is asked for with.
fn link_to(address: &str) -> Value {
    json!({ "emailAddress": address, "urlTemplate": "https://example.com?token=$TOKEN", "userId": "u1" })
}
