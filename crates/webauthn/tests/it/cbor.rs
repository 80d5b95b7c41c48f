//! A writer of CBOR for tests: what it writes is canonical only if its caller sees to that.

fn head(major: u8, argument: u64) -> Vec<u8> {
    let tag = major << 5;
    let bytes = argument.to_be_bytes();
    match argument {
        0..=23 => vec![tag | bytes[7]],
        24..=0xff => vec![tag | 24, bytes[7]],
        0x100..=0xffff => [&[tag | 25], &bytes[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[tag | 26], &bytes[4..]].concat(),
        _ => [&[tag | 27], &bytes[..]].concat(),
    }
}

pub(crate) fn int(value: i64) -> Vec<u8> {
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

/// The entries as they stand.
pub(crate) fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = head(5, entries.len() as u64);
    for (key, value) in entries {
        out.extend_from_slice(key);
        out.extend_from_slice(value);
    }
    out
}

/// The entries in canonical order.
pub(crate) fn sorted_map(mut entries: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    entries.sort_by_key(|(key, _)| (key[0] >> 5, key.len(), key.clone()));
    map(&entries)
}

pub(crate) const TRUE: &[u8] = &[0xf5];
pub(crate) const FALSE: &[u8] = &[0xf4];
