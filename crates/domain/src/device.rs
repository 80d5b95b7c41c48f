//! Devices: what people hold in their hands when they use a passkey.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{TenantId, TextError};

/// The name of a device within its tenant: 1 to 128 printable characters, which a client gives or we make.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceId(String);

impl DeviceId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let length = text.chars().count();
        if (1..=128).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::Form("1 to 128 printable characters"))
        }
    }
}

impl TryFrom<String> for DeviceId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<DeviceId> for String {
    fn from(id: DeviceId) -> Self {
        id.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What clients say of a device, or what their `User-Agent` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeviceDetails {
    /// `Chrome`, ….
    pub client_name: String,
    /// Of what kind the client is.
    pub client_type: ClientType,
    /// `120.0.0.0`, ….
    pub client_version: String,
    /// It has Bluetooth.
    pub has_bluetooth: bool,
    /// `arm64`, ….
    pub os_arch: String,
    /// `iOS`, ….
    pub os_name: String,
    /// `18.1.1`, ….
    pub os_version: String,
    /// In pixels.
    pub screen_height: i64,
    /// In pixels.
    pub screen_width: i64,
    /// A JSON object of flags, as text; none where there is none that can be read.
    pub webauthn_capabilities: Option<String>,
}

/// Of what kind a client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientType {
    /// A browser.
    Browser,
    /// A page within an app.
    Webview,
    /// Anything else.
    #[default]
    Other,
}

/// A device of a tenant. Several people may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whose device.
    pub tenant: TenantId,
    /// Its name among those of the tenant.
    pub id: DeviceId,
    /// A name for people.
    pub name: String,
    /// What is known of it.
    pub details: DeviceDetails,
    /// When it was first used.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::DeviceId;

    #[test]
    fn a_device_id_is_printable() {
        for good in ["a", "Mozilla 5.0 – ü", &"x".repeat(128)] {
            assert!(good.parse::<DeviceId>().is_ok(), "{good}");
        }
        for bad in ["", "a\0", "a\nb", &"x".repeat(129)] {
            assert!(bad.parse::<DeviceId>().is_err(), "{bad}");
        }
    }
}
