//! Amazon SES takes mail by SMTP as well, with a password that is made of the secret access key.

use ring::hmac;

/// What the steps of the signature are about; the region stands between the first and the second.
const DATE: &str = "11111111";
const REST: [&str; 3] = ["ses", "aws4_request", "SendRawEmail"];
/// What stands in front of the signature.
const VERSION: u8 = 4;

/// The server of a region.
pub(super) fn host(region: &str) -> String {
    format!("email-smtp.{region}.amazonaws.com")
}

/// The password that goes with an access key as the user (SES developer guide, "Obtaining Amazon SES SMTP credentials by
/// converting existing AWS credentials").
pub(super) fn password(secret_key: &str, region: &str) -> String {
    let mut signature = format!("AWS4{secret_key}").into_bytes();
    for step in [DATE, region].into_iter().chain(REST) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &signature);
        signature = hmac::sign(&key, step.as_bytes()).as_ref().to_vec();
    }
    signature.insert(0, VERSION);
    data_encoding::BASE64.encode(&signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_that_of_other_implementations() {
        for (secret, region, expected) in [
            (
                "some+secret+key",
                "eu-central-1",
                "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2",
            ),
            (
                "another+secret+key",
                "us-west-1",
                "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF",
            ),
        ] {
            assert_eq!(password(secret, region), expected);
        }
    }
}
