//! Just enough of CBOR to write what an authenticator sends, in the canonical form of CTAP2.

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const MAP: u8 = 5;

/// Writes data items one after the other.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn map(mut self, pairs: u64) -> Self {
        self.head(MAP, pairs);
        self
    }

    pub(crate) fn int(mut self, value: i64) -> Self {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            // -1 - n is written as n
            Err(_) => self.head(NEGATIVE, value.unsigned_abs() - 1),
        }
        self
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        self.head(BYTES, value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn text(mut self, value: &str) -> Self {
        self.head(TEXT, value.len() as u64);
        self.0.extend_from_slice(value.as_bytes());
        self
    }

    /// An item that is encoded already.
    pub(crate) fn raw(mut self, value: &[u8]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn head(&mut self, major: u8, argument: u64) {
        let major = major << 5;
        let bytes = argument.to_be_bytes();
        match argument {
            0..=23 => self.0.push(major | bytes[7]),
            24..=0xff => self.0.extend([major | 0x18, bytes[7]]),
            0x100..=0xffff => {
                self.0.push(major | 0x19);
                self.0.extend_from_slice(&bytes[6..]);
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 0x1a);
                self.0.extend_from_slice(&bytes[4..]);
            }
            _ => {
                self.0.push(major | 0x1b);
                self.0.extend_from_slice(&bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_the_shortest() {
        let written = Writer::default()
            .int(23)
            .int(24)
            .int(-7)
            .int(-257)
            .int(0x1_0000)
            .text("a")
            .bytes(&[9])
            .map(1)
            .finish();
        assert_eq!(
            written,
            [
                0x17, 0x18, 24, 0x26, 0x39, 1, 0, 0x1a, 0, 1, 0, 0, 0x61, b'a', 0x41, 9, 0xa1
            ]
        );
    }
}
