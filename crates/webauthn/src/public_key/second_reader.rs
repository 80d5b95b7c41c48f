//! A credential key read once more by [`coset`], so that what is stored means the same to everybody who reads it with a
//! general COSE library.
//!
//! Our own reader is stricter and stands alone at each sign-in, where the key has been through this one already. The CBOR
//! below is read by [`crate::cbor`] both times: canonical CBOR has one reading, and a general reader takes as many
//! instructions for it as all else that a registration does.

use coset::{
    AsCborValue as _, KeyType, Label, RegisteredLabelWithPrivate, cbor::Value, iana::EnumI64,
};

use super::{CoseKey, PublicKey};
use crate::cbor::{MAX_DEPTH, Reader};
use crate::error::{Error, Result};

/// `bytes`, from which `key` was read, are the same key to `coset`.
pub(super) fn confirm(bytes: &[u8], key: &CoseKey<'_>) -> Result<()> {
    let map = general(bytes)?.ok_or(Error::CoseKeyMalformed)?;
    let theirs = coset::CoseKey::from_cbor_value(map).map_err(|_| Error::CoseKeyMalformed)?;
    let algorithm = match &theirs.alg {
        Some(RegisteredLabelWithPrivate::Assigned(algorithm)) => algorithm.to_i64(),
        Some(RegisteredLabelWithPrivate::PrivateUse(id)) => *id,
        _ => return Err(Error::CoseKeyMalformed),
    };
    let KeyType::Assigned(key_type) = &theirs.kty else {
        return Err(Error::CoseKeyTypeMismatch);
    };
    let parameter = |label: i64| {
        let found = theirs
            .params
            .iter()
            .find(|(name, _)| *name == Label::Int(label));
        found.and_then(|(_, value)| match value {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        })
    };
    let same = match key.key() {
        PublicKey::Ec(point) => {
            key_type.to_i64() == 2
                && parameter(-2) == Some(point.x())
                && parameter(-3) == Some(point.y())
        }
        PublicKey::Ed25519(x) => key_type.to_i64() == 1 && parameter(-2) == Some(x.as_slice()),
        PublicKey::Ed448(x) => key_type.to_i64() == 1 && parameter(-2) == Some(x.as_slice()),
        PublicKey::Rsa { modulus, exponent } => {
            key_type.to_i64() == 3
                && parameter(-1) == Some(modulus)
                && parameter(-2) == Some(exponent)
        }
        PublicKey::MlDsa(_, bytes) => key_type.to_i64() == 7 && parameter(-1) == Some(bytes),
    };
    if same && algorithm == key.algorithm().id() {
        Ok(())
    } else {
        Err(Error::CoseKeyMalformed)
    }
}

/// The map in the general library's form; none for what no key has in it.
fn general(bytes: &[u8]) -> Result<Option<Value>> {
    let mut reader = Reader::new(bytes, MAX_DEPTH);
    if reader.peek_major()? != 5 {
        return Ok(None);
    }
    let count = reader.map()?;
    let mut entries = Vec::with_capacity(5);
    for _ in 0..count {
        let (Some(label), Some(parameter)) = (item(&mut reader)?, item(&mut reader)?) else {
            return Ok(None);
        };
        entries.push((label, parameter));
    }
    reader.finish()?;
    Ok(Some(Value::Map(entries)))
}

fn item(reader: &mut Reader<'_>) -> Result<Option<Value>> {
    Ok(match reader.peek_major()? {
        0 | 1 => reader
            .integer()?
            .map(|number| Value::Integer(number.into())),
        2 => reader
            .byte_string()?
            .map(|bytes| Value::Bytes(bytes.to_vec())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ES256 key with these coordinates, which need not lie on the curve to be read.
    fn es256(x: u8, y: u8) -> Vec<u8> {
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend([x; 32]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend([y; 32]);
        key
    }

    #[test]
    fn a_key_is_confirmed_by_its_own_bytes_only() {
        let bytes = es256(1, 2);
        let key = CoseKey::parse(&bytes).unwrap();
        assert_eq!(confirm(&bytes, &key), Ok(()));
        for other in [es256(1, 3), es256(3, 2), vec![0xa0], vec![0xf6]] {
            assert_eq!(confirm(&other, &key), Err(Error::CoseKeyMalformed));
        }
        assert_eq!(confirm(&[], &key), Err(Error::CborTruncated));
    }
}
