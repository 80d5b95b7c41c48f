//! What a challenge commits to where there is a payload (contract section 13.6).

use data_encoding::BASE64URL_NOPAD;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// A challenge that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IssuedChallenge {
    /// As the browser gets it.
    #[serde(with = "crate::session::base64url")]
    pub(crate) challenge: Vec<u8>,
    /// The nonce that it was made with, where it commits to a payload.
    pub(crate) nonce: Option<String>,
}

impl IssuedChallenge {
    /// The hash of payload, trace id and nonce where there is a payload, else the random bytes themselves.
    pub(crate) fn new(payload: Option<&str>, trace_id: &str, random: [u8; 32]) -> Self {
        match payload {
            None => Self {
                challenge: random.to_vec(),
                nonce: None,
            },
            Some(payload) => {
                let nonce = BASE64URL_NOPAD.encode(&random);
                Self {
                    challenge: payload_hash(payload, trace_id, &nonce),
                    nonce: Some(nonce),
                }
            }
        }
    }
}

/// SHA-256 of the three texts, one after the other.
fn payload_hash(payload: &str, trace_id: &str, nonce: &str) -> Vec<u8> {
    let text = [payload, trace_id, nonce].concat();
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_the_hash_of_the_check_vector() {
        let hash = payload_hash(
            "Payment of $100 to John Doe",
            "f846bb01-492e-422b-944a-44b04adc441e",
            "c2VydmVyLW5vbmNl",
        );
        assert_eq!(
            BASE64URL_NOPAD.encode(&hash),
            "j5OVCWgKGRl-1eB3bcPLzGwXy07YWt7pPAuAiaBfWPY"
        );
    }

    #[test]
    fn a_challenge_commits_to_payload_trace_and_nonce() {
        let issued = |payload, trace, random| IssuedChallenge::new(Some(payload), trace, random);
        let one = issued("pay", "trace", [1; 32]);
        assert_eq!(one.challenge.len(), 32);
        assert_eq!(one.nonce, Some(BASE64URL_NOPAD.encode(&[1; 32])));
        for other in [
            issued("pay!", "trace", [1; 32]),
            issued("pay", "trade", [1; 32]),
            issued("pay", "trace", [2; 32]),
        ] {
            assert_ne!(one.challenge, other.challenge);
        }
    }

    #[test]
    fn without_a_payload_a_challenge_is_random() {
        let issued = IssuedChallenge::new(None, "trace", [7; 32]);
        assert_eq!((issued.challenge, issued.nonce), (vec![7; 32], None));
    }
}
