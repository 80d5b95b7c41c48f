//! Bytes as base64url in serialised forms.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crypto::same_bytes;

pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Is the text what these bytes are written as? In a time that depends on the lengths only.
pub(crate) fn is_of(text: &str, bytes: &[u8]) -> bool {
    let mut room = [0; 128];
    match room.get_mut(..BASE64URL_NOPAD.encode_len(bytes.len())) {
        Some(encoded) => {
            BASE64URL_NOPAD.encode_mut(bytes, encoded);
            same_bytes(text.as_bytes(), encoded)
        }
        None => same_bytes(text.as_bytes(), encode(bytes).as_bytes()),
    }
}

fn decode<E: serde::de::Error>(text: &str) -> Result<Vec<u8>, E> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| E::custom("not base64url"))
}

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(bytes))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    decode(&Cow::<'_, str>::deserialize(deserializer)?)
}

pub(crate) mod option {
    //! An optional byte string.

    use super::{Deserialize, Deserializer, Serialize, Serializer, decode, encode};

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub(crate) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_deref().map(encode).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| decode(&text))
            .transpose()
    }
}

pub(crate) mod list {
    //! A list of byte strings.

    use super::{Deserialize, Deserializer, Serializer, decode, encode};

    pub(crate) fn serialize<S: Serializer>(
        list: &[Vec<u8>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|bytes| encode(bytes)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Vec<u8>>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|text| decode(text))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{encode, is_of};

    #[test]
    fn a_text_is_of_one_byte_string() {
        for length in [0, 1, 2, 3, 32, 96, 97, 200] {
            let bytes = vec![0xa5; length];
            let text = encode(&bytes);
            assert!(is_of(&text, &bytes), "{length}");
            assert!(!is_of(&format!("{text}="), &bytes), "{length}");
            assert!(
                !is_of(&text, &[bytes.as_slice(), &[0]].concat()),
                "{length}"
            );
            if let Some(rest) = text.strip_prefix('p') {
                assert!(!is_of(&format!("-{rest}"), &bytes), "{length}");
            }
        }
    }
}
