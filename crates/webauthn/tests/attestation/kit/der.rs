//! Writing DER, right or wrong.

/// An element with this identifier octet.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut out = vec![tag];
    length(value.len(), &mut out);
    out.extend(value);
    out
}

fn length(length: usize, out: &mut Vec<u8>) {
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap());
    } else {
        let bytes: Vec<u8> = length
            .to_be_bytes()
            .into_iter()
            .skip_while(|byte| *byte == 0)
            .collect();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap());
        out.extend(bytes);
    }
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub(crate) fn set(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x31, parts)
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(0x04, &[bytes])
}

pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bytes])
}

pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    tlv(0x06, &[content])
}

pub(crate) fn null() -> Vec<u8> {
    vec![0x05, 0x00]
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    vec![0x01, 0x01, if value { 0xff } else { 0x00 }]
}

pub(crate) fn integer(value: u64) -> Vec<u8> {
    unsigned(0x02, &value.to_be_bytes())
}

pub(crate) fn enumerated(value: u64) -> Vec<u8> {
    unsigned(0x0a, &value.to_be_bytes())
}

/// A non-negative number from big-endian bytes.
pub(crate) fn unsigned(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    let sign: &[u8] = if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    tlv(tag, &[sign, &digits])
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, &[text.as_bytes()])
}

/// Explicit tagging, with numbers of any size.
pub(crate) fn explicit(number: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if number < 31 {
        out.push(0xa0 | u8::try_from(number).unwrap());
    } else {
        out.push(0xbf);
        if number >= 128 {
            out.push(0x80 | u8::try_from(number >> 7).unwrap());
        }
        out.push(u8::try_from(number & 0x7f).unwrap());
    }
    length(content.len(), &mut out);
    out.extend(content);
    out
}
