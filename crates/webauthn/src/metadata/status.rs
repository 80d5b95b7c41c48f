//! Status reports: certifications, compromises, and which of them count.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Entry;
use super::blob::{parse_date, start_of};
use super::entry::certificate;
use crate::error::{Error, Excerpt, Result};
use crate::observation::Observation;
use crate::x509::Certificate;

macro_rules! statuses {
    ($( $(#[doc = $doc:literal])+ $name:ident = $text:literal, )+) => {
        /// What was reported about a model ([FIDO Metadata Service §3.1.4][s]).
        ///
        /// [s]: https://fidoalliance.org/specs/mds/fido-metadata-service-v3.1.1-ps-20251023.html#authenticatorstatus-enum
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Status {
            $( $(#[doc = $doc])+ $name, )+
            /// A status that this library does not know.
            Other(String),
        }

        impl Status {
            /// FIDO's name.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$name => $text, )+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<String> for Status {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $( $text => Self::$name, )+
                    _ => Self::Other(name),
                }
            }
        }
    };
}

statuses! {
    /// Not certified.
    NotFidoCertified = "NOT_FIDO_CERTIFIED",
    /// The maker claims to pass.
    SelfAssertionSubmitted = "SELF_ASSERTION_SUBMITTED",
    /// Certified before there were levels.
    FidoCertified = "FIDO_CERTIFIED",
    /// Certified at level 1.
    FidoCertifiedL1 = "FIDO_CERTIFIED_L1",
    /// Certified at level 1+.
    FidoCertifiedL1Plus = "FIDO_CERTIFIED_L1plus",
    /// Certified at level 2.
    FidoCertifiedL2 = "FIDO_CERTIFIED_L2",
    /// Certified at level 2+.
    FidoCertifiedL2Plus = "FIDO_CERTIFIED_L2plus",
    /// Certified at level 3.
    FidoCertifiedL3 = "FIDO_CERTIFIED_L3",
    /// Certified at level 3+.
    FidoCertifiedL3Plus = "FIDO_CERTIFIED_L3plus",
    /// FIPS 140 at level 1.
    Fips140CertifiedL1 = "FIPS140_CERTIFIED_L1",
    /// FIPS 140 at level 2.
    Fips140CertifiedL2 = "FIPS140_CERTIFIED_L2",
    /// FIPS 140 at level 3.
    Fips140CertifiedL3 = "FIPS140_CERTIFIED_L3",
    /// FIPS 140 at level 4.
    Fips140CertifiedL4 = "FIPS140_CERTIFIED_L4",
    /// User verification can be got around.
    UserVerificationBypass = "USER_VERIFICATION_BYPASS",
    /// An attestation key is known to others.
    AttestationKeyCompromise = "ATTESTATION_KEY_COMPROMISE",
    /// Credential keys can be read from afar.
    UserKeyRemoteCompromise = "USER_KEY_REMOTE_COMPROMISE",
    /// Credential keys can be read with the device in hand.
    UserKeyPhysicalCompromise = "USER_KEY_PHYSICAL_COMPROMISE",
    /// New firmware is out.
    UpdateAvailable = "UPDATE_AVAILABLE",
    /// No longer maintained.
    Retired = "RETIRED",
    /// Not to be trusted any more.
    Revoked = "REVOKED",
}

/// FIDO's certification levels, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Certification {
    /// Level 1, or certified before there were levels.
    L1,
    /// Level 1+.
    L1Plus,
    /// Level 2.
    L2,
    /// Level 2+.
    L2Plus,
    /// Level 3.
    L3,
    /// Level 3+.
    L3Plus,
}

impl Certification {
    /// The level that a status stands for.
    pub const fn of(status: &Status) -> Option<Self> {
        Some(match status {
            Status::FidoCertified | Status::FidoCertifiedL1 => Self::L1,
            Status::FidoCertifiedL1Plus => Self::L1Plus,
            Status::FidoCertifiedL2 => Self::L2,
            Status::FidoCertifiedL2Plus => Self::L2Plus,
            Status::FidoCertifiedL3 => Self::L3,
            Status::FidoCertifiedL3Plus => Self::L3Plus,
            _ => return None,
        })
    }
}

impl Status {
    const fn is_fips(&self) -> bool {
        matches!(
            self,
            Self::Fips140CertifiedL1
                | Self::Fips140CertifiedL2
                | Self::Fips140CertifiedL3
                | Self::Fips140CertifiedL4
        )
    }

    /// A compromise, which new firmware may heal.
    const fn is_compromise(&self) -> bool {
        matches!(
            self,
            Self::UserVerificationBypass
                | Self::AttestationKeyCompromise
                | Self::UserKeyRemoteCompromise
                | Self::UserKeyPhysicalCompromise
        )
    }
}

/// One report.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StatusReport {
    /// What is reported.
    pub status: Status,
    /// From which day on; at once where there is none.
    pub effective_date: Option<Date>,
    /// Until which day a certification counts.
    pub sunset_date: Option<Date>,
    /// The newest firmware version that it is about; or, of an update or certification, the version that it is for.
    pub authenticator_version: Option<u64>,
    /// The certificate, in DER, of the batch or key that it is about.
    pub certificate: Option<Vec<u8>>,
    /// The externally visible name of what was certified.
    pub certification_descriptor: Option<String>,
    /// The certificate's number.
    pub certificate_number: Option<String>,
    /// The version of the certification policy.
    pub certification_policy_version: Option<String>,
    /// The version of the security requirements.
    pub certification_requirements_version: Option<String>,
    /// The profiles that it was certified for.
    pub certification_profiles: Vec<String>,
    /// Where more is said.
    pub url: Option<String>,
    /// Members that are not read.
    pub other: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawReport {
    status: String,
    effective_date: Option<String>,
    sunset_date: Option<String>,
    authenticator_version: Option<u64>,
    batch_certificate: Option<String>,
    certificate: Option<String>,
    certification_descriptor: Option<String>,
    certificate_number: Option<String>,
    certification_policy_version: Option<String>,
    certification_requirements_version: Option<String>,
    #[serde(default)]
    certification_profiles: Vec<String>,
    url: Option<String>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl StatusReport {
    pub(super) fn read(value: Value) -> Result<Self> {
        let malformed = Error::MetadataMalformed("statusReports");
        let raw: RawReport = serde_json::from_value(value).map_err(|_| malformed.clone())?;
        let date = |text: Option<String>| match text {
            Some(text) => parse_date(&text).map(Some).ok_or(malformed.clone()),
            None => Ok(None),
        };
        // Some makers fill absent certificates with an empty text.
        let scope = raw
            .batch_certificate
            .or(raw.certificate)
            .filter(|text| !text.is_empty());
        Ok(Self {
            status: raw.status.into(),
            effective_date: date(raw.effective_date)?,
            sunset_date: date(raw.sunset_date)?,
            authenticator_version: raw.authenticator_version,
            certificate: scope
                .map(|text| certificate(&text).ok_or(malformed.clone()))
                .transpose()?,
            certification_descriptor: raw.certification_descriptor,
            certificate_number: raw.certificate_number,
            certification_policy_version: raw.certification_policy_version,
            certification_requirements_version: raw.certification_requirements_version,
            certification_profiles: raw.certification_profiles,
            url: raw.url,
            other: raw.other,
        })
    }

    /// Whether the report counts at `now`. Certifications end at their sunset date; what was found out does not.
    pub fn is_in_effect(&self, now: Timestamp) -> bool {
        let begun = self
            .effective_date
            .is_none_or(|date| start_of(date).is_ok_and(|start| start <= now));
        let certification = Certification::of(&self.status).is_some() || self.status.is_fips();
        let over = self
            .sunset_date
            .is_some_and(|date| start_of(date).is_ok_and(|end| end <= now));
        begun && !(certification && over)
    }

    /// Whether the report is about an authenticator with this path and firmware. What is not known counts as covered.
    fn covers(&self, scope: &StatusScope<'_>) -> bool {
        let in_path = |der: &[u8]| {
            scope
                .path
                .iter()
                .any(|certificate| certificate.der() == der)
        };
        let batch = self.certificate.as_deref().is_none_or(in_path);
        let version = match (self.authenticator_version, scope.firmware_version) {
            (Some(reported), Some(firmware)) if self.status.is_compromise() => firmware <= reported,
            _ => true,
        };
        batch && version
    }
}

/// The one authenticator that reports are applied to.
#[derive(Debug, Clone, Copy, Default)]
pub struct StatusScope<'a> {
    /// The certificates of its attestation, leaf first.
    pub path: &'a [Certificate],
    /// Its firmware's version, where it is known.
    pub firmware_version: Option<u64>,
}

impl Entry {
    /// The reports that count at `now`, in the order of the BLOB.
    pub fn reports_in_effect(&self, now: Timestamp) -> impl Iterator<Item = &StatusReport> {
        self.status_reports()
            .iter()
            .filter(move |report| report.is_in_effect(now))
    }

    /// The highest certification in effect at `now`. One that was followed by `NOT_FIDO_CERTIFIED` is gone.
    pub fn certification(&self, now: Timestamp) -> Option<Certification> {
        let mut highest = None;
        for report in self.reports_in_effect(now) {
            if report.status == Status::NotFidoCertified {
                highest = None;
            }
            highest = highest.max(Certification::of(&report.status));
        }
        highest
    }

    /// Whether a FIPS 140 certification is in effect at `now`.
    pub fn is_fips_certified(&self, now: Timestamp) -> bool {
        self.reports_in_effect(now)
            .any(|report| report.status.is_fips())
    }

    /// Refuses the model when a report with one of the `undesired` statuses counts for the authenticator in `scope`.
    ///
    /// All reports decide, not the last one: a compromise stays until a later certification or update with a higher
    /// version lifts it, for that version and above.
    ///
    /// # Errors
    /// [`Error::MetadataStatusUndesired`].
    pub fn check_status(
        &self,
        now: Timestamp,
        scope: &StatusScope<'_>,
        undesired: &BTreeSet<String>,
    ) -> Result<Vec<Observation>> {
        let mut observations = Vec::new();
        let reports: Vec<&StatusReport> = self.reports_in_effect(now).collect();
        for (index, report) in reports.iter().enumerate() {
            if undesired.contains(report.status.as_str()) && report.covers(scope) {
                let lifted = report.status.is_compromise()
                    && reports.iter().enumerate().any(|(other, later)| {
                        let after = is_later(later, report).unwrap_or(other > index);
                        after && lifts(later, report, scope)
                    });
                if !lifted {
                    return Err(Error::MetadataStatusUndesired(Excerpt::new(
                        report.status.as_str(),
                    )));
                }
            }
            if let Status::Other(name) = &report.status {
                observations.push(Observation::MetadataStatusUnknown(Excerpt::new(name)));
            }
        }
        Ok(observations)
    }
}

/// By date, where both have one and they differ.
fn is_later(report: &StatusReport, other: &StatusReport) -> Option<bool> {
    match (report.effective_date, other.effective_date) {
        (Some(a), Some(b)) if a != b => Some(a > b),
        _ => None,
    }
}

fn lifts(later: &StatusReport, compromise: &StatusReport, scope: &StatusScope<'_>) -> bool {
    let heals =
        later.status == Status::UpdateAvailable || Certification::of(&later.status).is_some();
    let (Some(healed), Some(firmware)) = (later.authenticator_version, scope.firmware_version)
    else {
        return false;
    };
    heals
        && compromise
            .authenticator_version
            .is_none_or(|broken| healed > broken)
        && firmware >= healed
}
