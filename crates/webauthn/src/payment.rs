//! [Secure Payment Confirmation](https://www.w3.org/TR/secure-payment-confirmation/): what the user confirmed, against
//! what the transaction is.
//!
//! A credential for payments is registered with
//! [`RegistrationExtensions::payment`](crate::extensions::RegistrationExtensions::payment). A payment is a sign-in whose
//! [`AuthenticationRequest::payment`](crate::AuthenticationRequest::payment) says what is to be confirmed: the page gives the same
//! to the browser's `PaymentRequest`, [`authenticate`](crate::authenticate) compares, and the state is read with
//! [`payment_from_bytes`](crate::AuthenticationState::payment_from_bytes), so that no payment signs in and no sign-in pays.
//!
//! The client data's origin is that of the page that asked, which for a shop with a bank's RP ID is the shop's: the relying
//! party for such payments lists it with
//! [`OriginRelation::TrustClient`](crate::origin::OriginRelation::TrustClient).

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::extensions::PaymentOutput;
use crate::json::Value;
use crate::public_key::CoseKey;

/// The transaction that a user is to confirm. Each part must be shown exactly as it stands here, and one that is none here must
/// not be shown, unless its field says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExpectedPayment {
    /// The origin of the top-level page.
    pub top_origin: String,
    /// The payee's name, if it was shown.
    pub payee_name: Option<String>,
    /// The payee's origin, if it was shown.
    pub payee_origin: Option<String>,
    /// The amount.
    pub total: Amount,
    /// What is paid with.
    pub instrument: Instrument,
    /// The logos that were sent, in their order. The client may show fewer.
    pub logos: Vec<Logo>,
}

impl ExpectedPayment {
    /// A transaction that shows its payee by name.
    pub fn new(
        top_origin: String,
        payee_name: Option<String>,
        total: Amount,
        instrument: Instrument,
    ) -> Self {
        Self {
            top_origin,
            payee_name,
            payee_origin: None,
            total,
            instrument,
            logos: Vec::new(),
        }
    }
}

/// An amount of money. Values compare as strings, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Three letters, as in ISO 4217.
    pub currency: String,
    /// A decimal number.
    pub value: String,
}

/// What is paid with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// Its name.
    pub display_name: String,
    /// Its icon's URL.
    pub icon: String,
    /// More about it.
    pub details: Option<String>,
    /// Must the icon be shown? Absent in [`ExpectedPayment`]: either way. Absent in client data: it must.
    pub icon_must_be_shown: Option<bool>,
}

/// A logo beside the transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// Its address.
    pub url: String,
    /// What it says.
    pub label: String,
}

/// The `payment` member of client data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PaymentClientData {
    /// The relying party.
    pub rp_id: Option<String>,
    /// The same under an older name.
    pub rp: Option<String>,
    /// The origin of the top-level page.
    pub top_origin: Option<String>,
    /// The payee's name.
    pub payee_name: Option<String>,
    /// The payee's origin.
    pub payee_origin: Option<String>,
    /// The amount.
    pub total: Option<Amount>,
    /// What is paid with.
    pub instrument: Option<Instrument>,
    /// The logos that were shown.
    pub logos: Vec<Logo>,
    /// The key that the browser bound to this device: a COSE key.
    pub browser_bound_public_key: Option<Vec<u8>>,
}

impl PaymentClientData {
    pub(crate) fn read(value: &Value<'_>) -> Result<Self> {
        Self::read_members(value).ok_or(Error::ClientDataMalformed("payment"))
    }

    fn read_members(value: &Value<'_>) -> Option<Self> {
        value.as_object()?;
        let key = match text(value, "browserBoundPublicKey")? {
            Some(encoded) => Some(BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?),
            None => None,
        };
        Some(Self {
            rp_id: text(value, "rpId")?,
            rp: text(value, "rp")?,
            top_origin: text(value, "topOrigin")?,
            payee_name: text(value, "payeeName")?,
            payee_origin: text(value, "payeeOrigin")?,
            total: match value.member("total") {
                Some(total) => Some(Amount {
                    currency: text(total, "currency")??,
                    value: text(total, "value")??,
                }),
                None => None,
            },
            instrument: match value.member("instrument") {
                Some(instrument) => Some(Instrument {
                    display_name: text(instrument, "displayName")??,
                    icon: text(instrument, "icon")??,
                    details: text(instrument, "details")?,
                    icon_must_be_shown: match instrument.member("iconMustBeShown") {
                        Some(shown) => Some(shown.as_bool()?),
                        None => None,
                    },
                }),
                None => None,
            },
            logos: match value.member("paymentEntitiesLogos") {
                Some(logos) => {
                    let logo = |logo: &Value<'_>| {
                        Some(Logo {
                            url: text(logo, "url")??,
                            label: text(logo, "label")??,
                        })
                    };
                    logos.as_array()?.iter().map(logo).collect::<Option<_>>()?
                }
                None => Vec::new(),
            },
            browser_bound_public_key: key,
        })
    }

    /// Is this the transaction? Named is the first part that differs.
    pub(crate) fn compare(&self, rp_id: &str, expected: &ExpectedPayment) -> Result<()> {
        let same = |equal: bool, field: &'static str| {
            if equal {
                Ok(())
            } else {
                Err(Error::PaymentDetailMismatch(field))
            }
        };
        same(self.rp_id.as_deref() == Some(rp_id), "rpId")?;
        same(self.rp.as_deref().is_none_or(|rp| rp == rp_id), "rp")?;
        same(
            self.top_origin.as_ref() == Some(&expected.top_origin),
            "topOrigin",
        )?;
        same(self.payee_name == expected.payee_name, "payeeName")?;
        same(self.payee_origin == expected.payee_origin, "payeeOrigin")?;
        same(self.total.as_ref() == Some(&expected.total), "total")?;
        let instrument = self.instrument.as_ref().is_some_and(|shown| {
            let wanted = &expected.instrument;
            shown.display_name == wanted.display_name
                && shown.icon == wanted.icon
                && shown.details == wanted.details
                && wanted
                    .icon_must_be_shown
                    .is_none_or(|must| shown.icon_must_be_shown.unwrap_or(true) == must)
        });
        same(instrument, "instrument")?;
        let mut sent = expected.logos.iter();
        same(
            self.logos
                .iter()
                .all(|shown| sent.any(|logo| logo == shown)),
            "paymentEntitiesLogos",
        )
    }
}

/// An optional member: none at all where it is not text.
#[expect(clippy::option_option, reason = "wrong and absent differ")]
fn text(value: &Value<'_>, name: &str) -> Option<Option<String>> {
    match value.member(name) {
        None => Some(None),
        Some(member) => member.as_str().map(|text| Some(text.to_owned())),
    }
}

/// The browser-bound signature over the client data, where there is a browser-bound key.
pub(crate) fn verify_browser_bound(
    key: Option<&[u8]>,
    output: Option<&PaymentOutput>,
    client_data_json: &[u8],
) -> Result<()> {
    let signature = output.and_then(|output| output.browser_bound_signature.as_deref());
    let (key, signature) = match (key, signature) {
        (None, None) => return Ok(()),
        (Some(key), Some(signature)) => (key, signature),
        _ => return Err(Error::BrowserBoundSignatureInvalid),
    };
    let key = CoseKey::parse(key).map_err(|_| Error::BrowserBoundSignatureInvalid)?;
    key.validate()
        .map_err(|_| Error::BrowserBoundSignatureInvalid)?;
    key.verify(client_data_json, signature)
        .map_err(|_| Error::BrowserBoundSignatureInvalid)
}
