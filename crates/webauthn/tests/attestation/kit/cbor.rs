//! Writing canonical CBOR.

pub(crate) fn head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    match argument {
        0..=23 => vec![major | u8::try_from(argument).unwrap()],
        24..=0xff => vec![major | 24, u8::try_from(argument).unwrap()],
        0x100..=0xffff => [
            vec![major | 25],
            u16::try_from(argument).unwrap().to_be_bytes().to_vec(),
        ]
        .concat(),
        _ => [
            vec![major | 26],
            u32::try_from(argument).unwrap().to_be_bytes().to_vec(),
        ]
        .concat(),
    }
}

pub(crate) fn integer(value: i64) -> Vec<u8> {
    if value < 0 {
        head(1, (-1 - value).unsigned_abs())
    } else {
        head(0, value.unsigned_abs())
    }
}

pub(crate) fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len() as u64), value.to_vec()].concat()
}

pub(crate) fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

/// Entries in the order that CTAP2 demands.
pub(crate) fn map(mut entries: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    entries.sort_by(|(a, _), (b, _)| (a[0] >> 5, a.len(), a).cmp(&(b[0] >> 5, b.len(), b)));
    let count = entries.len() as u64;
    let body: Vec<u8> = entries
        .into_iter()
        .flat_map(|(key, value)| [key, value].concat())
        .collect();
    [head(5, count), body].concat()
}
