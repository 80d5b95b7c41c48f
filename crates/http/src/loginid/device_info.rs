//! `DeviceInfo`: what a client says of its device, and what its `User-Agent` adds (contract section 6).

use passkeyd_domain::{ClientType, DeviceDetails, DeviceId};
use passkeyd_service::ceremony_state::ClaimedDevice;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{exchange::Exchange, refusal::Refusal};
use crate::description::{Object, object, text};

/// The longest text that is kept, in characters.
const LONGEST: usize = 255;
/// The longest text of capabilities.
const LONGEST_CAPABILITIES: usize = 4096;

/// As a client sends it; every member may be left out.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DeviceInfo {
    client_name: Option<String>,
    client_type: Option<String>,
    client_version: Option<String>,
    device_id: Option<String>,
    has_bluetooth: Option<bool>,
    /// The server knows better when that was.
    #[serde(rename = "lastUsedAt")]
    _last_used_at: Option<String>,
    os_arch: Option<String>,
    os_name: Option<String>,
    os_version: Option<String>,
    screen_height: Option<i64>,
    screen_width: Option<i64>,
    webauthn_capabilities: Option<String>,
}

impl DeviceInfo {
    /// The device, with what the `User-Agent` says where the client is silent.
    pub(super) fn claimed(self, exchange: &Exchange) -> Result<ClaimedDevice, Refusal> {
        self.completed(exchange.user_agent())
    }

    /// The same with a `User-Agent` that somebody passed on.
    pub(super) fn completed(self, user_agent: &str) -> Result<ClaimedDevice, Refusal> {
        let id: Option<DeviceId> = self
            .device_id
            .filter(|id| !id.is_empty())
            .map(|id| id.parse())
            .transpose()
            .map_err(|error| {
                Refusal::bad_request(format!("deviceInfo.deviceId must be {error}."))
            })?;
        let agent = Agent::read(user_agent);
        let or = |said: Option<String>, agent: &str| {
            let said = said.map(|said| said.trim().chars().take(LONGEST).collect::<String>());
            said.filter(|said| !said.is_empty())
                .unwrap_or_else(|| agent.chars().take(LONGEST).collect())
        };
        let capabilities = self.webauthn_capabilities.filter(|text| {
            text.len() <= LONGEST_CAPABILITIES
                && serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
        });
        let details = DeviceDetails {
            client_name: or(self.client_name, agent.client),
            client_type: match self.client_type.as_deref() {
                Some("browser") => ClientType::Browser,
                Some("webview") => ClientType::Webview,
                _ => ClientType::Other,
            },
            client_version: or(self.client_version, agent.client_version),
            has_bluetooth: self.has_bluetooth.unwrap_or(false),
            os_arch: or(self.os_arch, agent.arch),
            os_name: or(self.os_name, agent.system),
            os_version: or(self.os_version, &agent.system_version),
            screen_height: self.screen_height.unwrap_or(0),
            screen_width: self.screen_width.unwrap_or(0),
            webauthn_capabilities: capabilities,
        };
        let name = agent.model.map_or_else(
            || {
                let system = format!("{} {}", details.os_name, details.os_version);
                match (system.trim(), details.os_arch.as_str()) {
                    ("", _) => "Unknown device".to_owned(),
                    (system, "") => system.to_owned(),
                    (system, arch) => format!("{system} ({arch})"),
                }
            },
            str::to_owned,
        );
        Ok(ClaimedDevice { id, name, details })
    }

    pub(super) fn shape() -> Object {
        object().optional(
            "deviceId",
            text().longest(128).or_null(),
            "The device's name, from an earlier answer.",
        )
    }
}

/// What a `User-Agent` says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Agent<'a> {
    client: &'static str,
    client_version: &'a str,
    system: &'static str,
    system_version: String,
    arch: &'static str,
    /// The model of the device, where it is told.
    model: Option<&'static str>,
}

/// A mark of a browser before its version; the first one found decides.
const CLIENTS: &[(&str, &str)] = &[
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPiOS/", "Opera"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

impl<'a> Agent<'a> {
    fn read(agent: &'a str) -> Self {
        let after = |mark: &str| agent.split_once(mark).map(|(_, rest)| version(rest));
        let client = CLIENTS
            .iter()
            .find_map(|(mark, name)| after(mark).map(|version| (*name, version)));
        let (client, client_version) = client.unwrap_or_default();
        let systems = [
            ("Windows NT ", "Windows"),
            ("iPhone OS ", "iOS"),
            ("CPU OS ", "iPadOS"),
            ("Mac OS X ", "macOS"),
            ("Android ", "Android"),
            ("CrOS ", "ChromeOS"),
        ];
        let told = systems
            .iter()
            .find_map(|(mark, name)| after(mark).map(|version| (*name, version)));
        let (system, version) = told.unwrap_or(match () {
            () if agent.contains("Windows") => ("Windows", ""),
            () if agent.contains("Macintosh") => ("macOS", ""),
            () if agent.contains("Android") => ("Android", ""),
            () if agent.contains("Linux") => ("Linux", ""),
            () => ("", ""),
        });
        let archs = [
            (["aarch64", "arm64"], "arm64"),
            (["x86_64", "x64"], "x86_64"),
            (["Win64", "WOW64"], "x86_64"),
        ];
        let arch = archs
            .iter()
            .find(|(marks, _)| marks.iter().any(|mark| agent.contains(mark)));
        let models = ["iPhone", "iPad"];
        Self {
            client,
            client_version,
            system,
            system_version: version.replace('_', "."),
            arch: arch.map_or("", |(_, arch)| arch),
            model: models.into_iter().find(|model| agent.contains(model)),
        }
    }
}

/// The digits, dots and underscores at the start.
fn version(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'));
    text.get(..end.unwrap_or(text.len())).unwrap_or("")
}

/// `DeviceInfo` as it is shown.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoginIdDevice")]
pub(super) struct DeviceInfoReply {
    client_name: String,
    client_type: &'static str,
    client_version: String,
    device_id: String,
    has_bluetooth: bool,
    last_used_at: String,
    os_arch: String,
    os_name: String,
    os_version: String,
    screen_height: i64,
    screen_width: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    webauthn_capabilities: Option<String>,
}

impl From<passkeyd_domain::Device> for DeviceInfoReply {
    fn from(device: passkeyd_domain::Device) -> Self {
        let details = device.details;
        Self {
            client_name: details.client_name,
            client_type: match details.client_type {
                ClientType::Browser => "browser",
                ClientType::Webview => "webview",
                ClientType::Other => "other",
            },
            client_version: details.client_version,
            device_id: device.id.to_string(),
            has_bluetooth: details.has_bluetooth,
            last_used_at: super::passkeys::shown_time(device.last_used_at),
            os_arch: details.os_arch,
            os_name: details.os_name,
            os_version: details.os_version,
            screen_height: details.screen_height,
            screen_width: details.screen_width,
            webauthn_capabilities: details.webauthn_capabilities,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
    const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
    const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.70";

    #[test]
    fn the_user_agent_fills_what_the_client_leaves_blank() {
        let device = DeviceInfo::default().completed(IPHONE).unwrap();
        assert_eq!(device.name, "iPhone");
        assert_eq!(
            (
                device.details.os_name.as_str(),
                device.details.os_version.as_str()
            ),
            ("iOS", "18.1.1")
        );
        assert_eq!(
            (
                device.details.client_name.as_str(),
                device.details.client_version.as_str()
            ),
            ("Safari", "18.1")
        );
        let device = DeviceInfo::default().completed(LINUX).unwrap();
        assert_eq!(device.name, "Linux (x86_64)");
        assert_eq!(device.details.client_version, "120.0.0.0");
        let device = DeviceInfo::default().completed(MAC).unwrap();
        assert_eq!(
            (device.name.as_str(), device.details.client_name.as_str()),
            ("macOS 10.15.7", "Edge")
        );
        let said = DeviceInfo {
            os_name: Some("Haiku".to_owned()),
            client_name: Some("x".repeat(300)),
            ..DeviceInfo::default()
        };
        let device = said.completed("").unwrap();
        assert_eq!(device.name, "Haiku");
        assert_eq!(device.details.client_name.len(), LONGEST);
        assert_eq!(
            DeviceInfo::default().completed("").unwrap().name,
            "Unknown device"
        );
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let info = |capabilities: &str| DeviceInfo {
            client_type: Some("toaster".to_owned()),
            webauthn_capabilities: Some(capabilities.to_owned()),
            ..DeviceInfo::default()
        };
        let device = info("{\"a\":true}").completed("").unwrap();
        assert_eq!(device.details.client_type, ClientType::Other);
        assert!(device.details.webauthn_capabilities.is_some());
        for bad in [
            "[]",
            "nothing",
            &format!("{{\"a\":\"{}\"}}", "x".repeat(4096)),
        ] {
            let device = info(bad).completed("").unwrap();
            assert_eq!(device.details.webauthn_capabilities, None);
        }
        let bad_id = DeviceInfo {
            device_id: Some("x".repeat(129)),
            ..DeviceInfo::default()
        };
        assert!(bad_id.completed("").is_err());
    }
}
