//! Names and icons of makes of authenticators, for people (LoginID contract, section 18).

use std::{collections::BTreeMap, sync::Arc};

use data_encoding::BASE64;
use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

use crate::Service;

/// A make with its icons, which are `data:` URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelCard {
    /// The make.
    pub aaguid: Uuid,
    /// Its name.
    pub name: Arc<str>,
    /// For light pages.
    pub icon_light: Arc<str>,
    /// For dark pages.
    pub icon_dark: Arc<str>,
}

/// The built-in makes.
const BUILT_IN: [(u128, &str); 19] = [
    (0xfbfc3007_154e_4ecc_8c0b_6e020557d7bd, "Apple Passwords"),
    (
        0xdd4ec289_e01d_41c9_bb89_70fa845d4bf2,
        "Apple Passwords (managed)",
    ),
    (
        0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4,
        "Google Password Manager",
    ),
    (0xadce0002_35bc_c60a_648b_0b25f1f05503, "Chrome on Mac"),
    (0x771b48fd_d3d4_4f74_9232_fc157ab0507a, "Edge on Mac"),
    (0x08987058_cadc_4b81_b6e1_30de50dcbe96, "Windows Hello"),
    (0x9ddd1817_af5a_4672_a2b9_3e3dd95000a9, "Windows Hello"),
    (0x6028b017_b1d4_4c02_b4b3_afcdafc96bb2, "Windows Hello"),
    (0xbada5566_a7aa_401f_bd96_45619a55120d, "1Password"),
    (0xd548826e_79b4_db40_a3d8_11116f7e8349, "Bitwarden"),
    (0x531126d6_e717_415c_9320_3d9aa6981239, "Dashlane"),
    (0xb84e4048_15dc_4dd0_8640_f4f60813c8af, "NordPass"),
    (0x0ea242b4_43c4_4a1b_8b17_dd6d0b6baec6, "Keeper"),
    (0xf3809540_7f14_49c1_a8b3_8f813b225541, "Enpass"),
    (0x50726f74_6f6e_5061_7373_50726f746f6e, "Proton Pass"),
    (0xfdb141b2_5d84_443e_8a35_4698c205a502, "KeePassXC"),
    (0x53414d53_554e_4700_0000_000000000000, "Samsung Pass"),
    (0x66a0ccb3_bd6a_191f_ee06_e375c50b9846, "Thales"),
    (0x8836336a_f590_0921_301d_46427531eee6, "Thales"),
];

/// A key, drawn by us: the bow is a ring, the bit has two teeth.
const ICON: &str = concat!(
    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="COLOUR" stroke-width="2" "#,
    r#"stroke-linecap="round" stroke-linejoin="round"><circle cx="8" cy="12" r="4"/>"#,
    r#"<path d="M12 12h9m-3 0v3m-3-3v2"/></svg>"#
);

/// Names and icons by make.
#[derive(Clone, Debug)]
pub struct ModelCards(BTreeMap<Uuid, ModelCard>);

/// A file of further makes can't be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelCardsError {
    /// It is not `{aaguid: {name, iconLight?, iconDark?}}`.
    #[error("it is no JSON object of makes with names")]
    Form(#[source] serde_json::Error),
    /// A member is named by something else than a UUID.
    #[error("'{0}' is no AAGUID")]
    Aaguid(String),
    /// An icon is no `data:` URL.
    #[error("an icon of {0} is no data: URL")]
    Icon(Uuid),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Further {
    name: String,
    icon_light: Option<String>,
    icon_dark: Option<String>,
}

impl Default for ModelCards {
    fn default() -> Self {
        let (light, dark) = icons();
        let cards = BUILT_IN.into_iter().map(|(aaguid, name)| {
            let aaguid = Uuid::from_u128(aaguid);
            let card = ModelCard {
                aaguid,
                name: name.into(),
                icon_light: Arc::clone(&light),
                icon_dark: Arc::clone(&dark),
            };
            (aaguid, card)
        });
        Self(cards.collect())
    }
}

impl ModelCards {
    /// The built-in makes and those of a file: `{aaguid: {name, iconLight?, iconDark?}}`. Those of the file go first.
    ///
    /// # Errors
    /// See [`ModelCardsError`].
    pub fn with_file(json: &[u8]) -> Result<Self, ModelCardsError> {
        let mut cards = Self::default();
        let further: BTreeMap<String, Further> =
            serde_json::from_slice(json).map_err(ModelCardsError::Form)?;
        let (light, dark) = icons();
        for (aaguid, further) in further {
            let named = Uuid::parse_str(&aaguid);
            let aaguid = named.map_err(|_| ModelCardsError::Aaguid(aaguid))?;
            let icon = |given: Option<String>, generic: &Arc<str>| match given {
                None => Ok(Arc::clone(generic)),
                Some(icon) if icon.starts_with("data:") => Ok(icon.into()),
                Some(_) => Err(ModelCardsError::Icon(aaguid)),
            };
            let card = ModelCard {
                aaguid,
                name: further.name.into(),
                icon_light: icon(further.icon_light, &light)?,
                icon_dark: icon(further.icon_dark, &dark)?,
            };
            cards.0.insert(aaguid, card);
        }
        Ok(cards)
    }
}

fn icons() -> (Arc<str>, Arc<str>) {
    let drawn = |colour: &str| {
        let svg = ICON.replace("COLOUR", colour);
        let url = format!(
            "data:image/svg+xml;base64,{}",
            BASE64.encode(svg.as_bytes())
        );
        Arc::from(url)
    };
    (drawn("#1f2937"), drawn("#f3f4f6"))
}

impl Service {
    /// Takes other names and icons of makes than the built-in ones.
    #[must_use]
    pub fn with_model_cards(mut self, cards: ModelCards) -> Self {
        self.model_cards = cards;
        self
    }

    /// Name and icons of a make. None: the table does not know it, and nobody knows the nil one.
    pub fn model_card(&self, aaguid: Uuid) -> Option<&ModelCard> {
        self.model_cards.0.get(&aaguid)
    }

    /// The name of a make, where the table knows it.
    pub fn model_name(&self, aaguid: Uuid) -> Option<String> {
        Some(self.model_card(aaguid)?.name.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_adds_makes_and_replaces_built_in_ones() {
        let json = r#"{"FBFC3007-154E-4ECC-8C0B-6E020557D7BD": {"name": "Ours", "iconDark": "data:image/png;base64,AA=="},
            "00000000-0000-0000-0000-00000000000a": {"name": "Ten"}}"#;
        let cards = ModelCards::with_file(json.as_bytes()).unwrap().0;
        assert_eq!(cards.len(), BUILT_IN.len() + 1);
        let ours = &cards[&Uuid::from_u128(BUILT_IN[0].0)];
        assert_eq!(
            (&*ours.name, &*ours.icon_dark),
            ("Ours", "data:image/png;base64,AA==")
        );
        assert!(ours.icon_light.starts_with("data:image/svg+xml;base64,"));
        assert_ne!(
            cards[&Uuid::from_u128(10)].icon_light,
            cards[&Uuid::from_u128(10)].icon_dark
        );
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        use ModelCardsError as E;
        assert!(matches!(ModelCards::with_file(b"[]"), Err(E::Form(_))));
        assert!(matches!(
            ModelCards::with_file(br#"{"x": {"name": ""}}"#),
            Err(E::Aaguid(_))
        ));
        let icon =
            br#"{"00000000-0000-0000-0000-00000000000a": {"name": "", "iconLight": "http://x"}}"#;
        assert!(matches!(ModelCards::with_file(icon), Err(E::Icon(_))));
    }
}
