//! [Authenticator data](https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data): what the authenticator signs.

use std::borrow::Cow;
use std::fmt;

use crate::cbor::{MAX_DEPTH, Reader, Value, sorted};
use crate::error::{Error, Result};
use crate::public_key::CoseKey;

bitflags::bitflags! {
    /// The [flags](https://www.w3.org/TR/webauthn-3/#authdata-flags) of authenticator data; unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct Flags: u8 {
        /// UP: the user was present.
        const USER_PRESENT = 0x01;
        /// UV: the authenticator verified the user.
        const USER_VERIFIED = 0x04;
        /// BE: the credential may be backed up.
        const BACKUP_ELIGIBLE = 0x08;
        /// BS: the credential is backed up.
        const BACKED_UP = 0x10;
        /// AT: attested credential data follows.
        const ATTESTED_CREDENTIAL_DATA = 0x40;
        /// ED: extension data follows.
        const EXTENSION_DATA = 0x80;
        const _ = !0;
    }
}

impl Flags {
    /// The bits that the specification reserves.
    pub const RESERVED: u8 = 0x22;

    /// The reserved bits that are set.
    pub const fn reserved(self) -> u8 {
        self.bits() & Self::RESERVED
    }
}

/// The identifier of a model of authenticator; all zeros where it does not say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Aaguid(pub [u8; 16]);

impl Aaguid {
    /// Does the authenticator not name its model?
    pub fn is_zero(self) -> bool {
        self.0 == [0; 16]
    }

    /// Reads the hyphenated form, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let groups: Vec<&str> = text.split('-').collect();
        if groups.iter().map(|group| group.len()).ne([8, 4, 4, 4, 12]) {
            return None;
        }
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(groups.concat().as_bytes())
            .ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Parsed authenticator data; everything lies in the input.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthenticatorData<'a> {
    /// SHA-256 of the RP ID (or of a U2F `AppID`).
    pub rp_id_hash: &'a [u8; 32],
    /// The flags as received, reserved bits included.
    pub flags: Flags,
    /// The signature counter.
    pub sign_count: u32,
    /// Present in registrations.
    pub attested_credential_data: Option<AttestedCredentialData<'a>>,
    /// The signed extension outputs, in the order of the input; empty where there are none.
    pub extensions: Vec<ExtensionOutput<'a>>,
}

/// A signed extension output.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtensionOutput<'a> {
    /// The extension's id.
    pub id: &'a str,
    /// The output.
    pub value: Value<'a>,
    /// The output as CBOR.
    pub raw: &'a [u8],
}

/// [Attested credential data](https://www.w3.org/TR/webauthn-3/#sctn-attested-credential-data).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedCredentialData<'a> {
    /// The model of the authenticator.
    pub aaguid: Aaguid,
    /// The credential id: 1 to 1023 bytes.
    pub credential_id: &'a [u8],
    /// The COSE key exactly as received: this is what to store.
    pub public_key_bytes: &'a [u8],
    /// The same, parsed.
    pub public_key: CoseKey<'a>,
}

impl<'a> AuthenticatorData<'a> {
    /// Parses authenticator data of a registration or an assertion.
    ///
    /// Reserved flags are not judged here: see [`Flags::reserved`].
    ///
    /// # Errors
    /// The variants of section [6.1](https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data): `AuthenticatorData…`,
    /// `AttestedCredentialData…`, `ExtensionData…`, `Cose…`, `Cbor…`.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        let data = Self::parse_if(input, |_| Ok(()))?;
        if data.has_empty_extension_map() {
            return Err(Error::ExtensionDataMalformed);
        }
        Ok(data)
    }

    /// Parses, once `judge` has accepted the flags. An empty map of extensions is left to the caller.
    pub(crate) fn parse_if(
        input: &'a [u8],
        judge: impl FnOnce(Flags) -> Result<()>,
    ) -> Result<Self> {
        let (rp_id_hash, rest) = input
            .split_first_chunk::<32>()
            .ok_or(Error::AuthenticatorDataTooShort)?;
        let ([flags, counter @ ..], mut rest) = rest
            .split_first_chunk::<5>()
            .ok_or(Error::AuthenticatorDataTooShort)?;
        let flags = Flags::from_bits_retain(*flags);
        judge(flags)?;
        let mut attested_credential_data = None;
        if flags.contains(Flags::ATTESTED_CREDENTIAL_DATA) {
            let (data, length) = AttestedCredentialData::parse_prefix(rest)?;
            attested_credential_data = Some(data);
            rest = rest.get(length..).unwrap_or_default();
        }
        let mut extensions = Vec::new();
        if flags.contains(Flags::EXTENSION_DATA) {
            let mut reader = Reader::new(rest, MAX_DEPTH);
            extensions = parse_extensions(&mut reader)?;
            rest = reader.rest();
        }
        if !rest.is_empty() {
            return Err(Error::AuthenticatorDataTrailingData);
        }
        Ok(Self {
            rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes(*counter),
            attested_credential_data,
            extensions,
        })
    }

    /// The extension flag announced a map, and the map says nothing.
    pub(crate) const fn has_empty_extension_map(&self) -> bool {
        self.flags.contains(Flags::EXTENSION_DATA) && self.extensions.is_empty()
    }

    /// The signed output of an extension.
    pub fn extension(&self, id: &str) -> Option<&Value<'a>> {
        self.extensions
            .iter()
            .find(|output| output.id == id)
            .map(|output| &output.value)
    }
}

impl<'a> AttestedCredentialData<'a> {
    fn parse_prefix(input: &'a [u8]) -> Result<(Self, usize)> {
        let malformed = Error::AttestedCredentialDataMalformed;
        let Some((aaguid, rest)) = input.split_first_chunk::<16>() else {
            return Err(if input.is_empty() {
                Error::AttestedCredentialDataMissing
            } else {
                malformed
            });
        };
        let Some((length, rest)) = rest.split_first_chunk::<2>() else {
            return Err(malformed);
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=1023).contains(&length) {
            return Err(Error::CredentialIdLength);
        }
        let Some((credential_id, rest)) = rest.split_at_checked(length) else {
            return Err(malformed);
        };
        let (public_key, key_length) = CoseKey::parse_prefix(rest)?;
        let public_key_bytes = rest.get(..key_length).unwrap_or_default();
        let data = Self {
            aaguid: Aaguid(*aaguid),
            credential_id,
            public_key_bytes,
            public_key,
        };
        Ok((data, length.saturating_add(key_length).saturating_add(18)))
    }
}

fn parse_extensions<'a>(reader: &mut Reader<'a>) -> Result<Vec<ExtensionOutput<'a>>> {
    if reader.rest().is_empty() {
        return Err(Error::ExtensionDataMissing);
    }
    if reader.peek_major()? != 5 {
        reader.value()?;
        return Err(Error::ExtensionDataMalformed);
    }
    let count = reader.map()?;
    reader.enter()?;
    let mut outputs = Vec::new();
    let mut previous: &[u8] = &[];
    let mut well_named = true;
    for _ in 0..count {
        let start = reader.position();
        let key = reader.value()?;
        let encoded = reader.since(start);
        if !previous.is_empty() {
            sorted(previous, encoded)?;
        }
        previous = encoded;
        let start = reader.position();
        let value = reader.value()?;
        let raw = reader.since(start);
        match key {
            Value::Text(Cow::Borrowed(id)) if is_extension_id(id) => {
                outputs.push(ExtensionOutput { id, value, raw });
            }
            _ => well_named = false,
        }
    }
    reader.leave();
    if well_named {
        Ok(outputs)
    } else {
        Err(Error::ExtensionDataMalformed)
    }
}

/// At most 32 printable ASCII characters, without quotes and backslashes ([WebAuthn §9.1]).
///
/// [WebAuthn §9.1]: https://www.w3.org/TR/webauthn-3/#sctn-extension-id
fn is_extension_id(id: &str) -> bool {
    (1..=32).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}
