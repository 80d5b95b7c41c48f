//! `displayName` and `name`: where the first is given it is the source of the second, else the other way round.

use passkeyd_domain::Profile;
use serde_json::{Map, Value};

use super::{Refused, resource::bounded};

/// The names of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    display: Option<String>,
    formatted: Option<String>,
    given: Option<String>,
    family: Option<String>,
}

impl Names {
    pub(super) fn of(profile: &Profile) -> Self {
        Self {
            display: profile.display_name.clone(),
            formatted: profile.formatted_name.clone(),
            given: profile.given_name.clone(),
            family: profile.family_name.clone(),
        }
    }

    /// Reads them from a body whose names are canonical.
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, Refused> {
        let text = |name: &str, value: Option<&Value>| {
            let text = value.and_then(Value::as_str);
            text.map(|text| bounded(name, text)).transpose()
        };
        let part = |name: &str| body.get("name").and_then(|whole| whole.get(name));
        Ok(Self {
            display: text("displayName", body.get("displayName"))?,
            formatted: text("name.formatted", part("formatted"))?,
            given: text("name.givenName", part("givenName"))?,
            family: text("name.familyName", part("familyName"))?,
        })
    }

    /// As they are where a whole resource was written.
    pub(super) fn written(self) -> Self {
        match &self.display {
            Some(display) => Self::from_display(display),
            None => self.with_display(),
        }
    }

    /// As they are where some attributes were written to.
    pub(super) fn patched(mut self, before: &Self, touched: &[String]) -> Self {
        let wrote = |name: &str| touched.iter().any(|touched| touched == name);
        if wrote("displayName")
            && let Some(display) = &self.display
        {
            return Self::from_display(display);
        }
        let wrote_name = touched
            .iter()
            .any(|touched| touched == "name" || touched.starts_with("name."));
        if !wrote_name {
            return self;
        }
        // What was only the display name goes with it.
        if !wrote("name.formatted") && before.formatted == before.display {
            self.formatted = None;
        }
        if self.given.is_none() && self.family.is_none() && self.formatted.is_none() {
            return self;
        }
        self.with_display()
    }

    fn from_display(display: &str) -> Self {
        let (given, family) = match display.split_once(' ') {
            Some((given, family)) => (given, Some(family.trim())),
            None => (display, None),
        };
        Self {
            display: Some(display.to_owned()),
            formatted: Some(display.to_owned()),
            given: Some(given.to_owned()),
            family: family
                .filter(|family| !family.is_empty())
                .map(str::to_owned),
        }
    }

    fn with_display(mut self) -> Self {
        let parts = [self.given.as_deref(), self.family.as_deref()];
        let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        self.display = if joined.is_empty() {
            self.formatted.clone()
        } else {
            Some(joined)
        };
        self.formatted = self.formatted.or_else(|| self.display.clone());
        self
    }

    pub(super) fn store(self, profile: &mut Profile) {
        profile.formatted_name = self.formatted;
        profile.display_name = self.display;
        profile.given_name = self.given;
        profile.family_name = self.family;
    }

    pub(super) fn show(self, body: &mut Map<String, Value>) {
        if let Some(display) = self.display {
            body.insert("displayName".to_owned(), display.into());
        }
        let mut name = Map::new();
        for (part, value) in [
            ("formatted", self.formatted),
            ("familyName", self.family),
            ("givenName", self.given),
        ] {
            if let Some(value) = value {
                name.insert(part.to_owned(), value.into());
            }
        }
        if !name.is_empty() {
            body.insert("name".to_owned(), name.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Names {
        Names::read(body.as_object().unwrap()).unwrap()
    }

    fn shown(names: Names) -> Value {
        let mut profile = Profile::default();
        names.store(&mut profile);
        let mut body = Map::new();
        Names::of(&profile).show(&mut body);
        body.into()
    }

    #[test]
    fn a_display_name_is_the_source_of_the_name() {
        for (display, name) in [
            (
                "Ada King Lovelace",
                json!({"formatted": "Ada King Lovelace", "givenName": "Ada", "familyName": "King Lovelace"}),
            ),
            ("Plato", json!({"formatted": "Plato", "givenName": "Plato"})),
        ] {
            let sent =
                json!({"displayName": display, "name": {"givenName": "X", "familyName": "Y"}});
            assert_eq!(
                shown(read(&sent).written()),
                json!({"displayName": display, "name": name})
            );
        }
    }

    #[test]
    fn a_name_alone_makes_the_display_name() {
        for (name, display, formatted) in [
            (
                json!({"givenName": "Ada", "familyName": "Lovelace"}),
                "Ada Lovelace",
                "Ada Lovelace",
            ),
            (
                json!({"givenName": "Ada", "formatted": "Lady Ada"}),
                "Ada",
                "Lady Ada",
            ),
            (json!({"formatted": "Lady Ada"}), "Lady Ada", "Lady Ada"),
        ] {
            let after = shown(read(&json!({"name": name})).written());
            assert_eq!(after["displayName"], display);
            assert_eq!(after["name"]["formatted"], formatted);
        }
        assert_eq!(shown(read(&json!({})).written()), json!({}));
    }

    #[test]
    fn a_patch_of_the_name_makes_the_display_name_anew() {
        let before = json!({"displayName": "Ada Lovelace",
            "name": {"formatted": "Ada Lovelace", "givenName": "Ada", "familyName": "Lovelace"}});
        let patched = |after: Value, touched: &[&str]| {
            let touched: Vec<_> = touched.iter().map(|name| (*name).to_owned()).collect();
            shown(read(&after).patched(&read(&before), &touched))
        };
        let mut after = before.clone();
        after["name"]["familyName"] = json!("King");
        let expected = json!({"displayName": "Ada King",
            "name": {"formatted": "Ada King", "givenName": "Ada", "familyName": "King"}});
        assert_eq!(patched(after.clone(), &["name.familyName"]), expected);
        // Nothing of it is written to: nothing changes.
        assert_eq!(patched(before.clone(), &["active"]), before);
        after["displayName"] = json!("Countess");
        assert_eq!(
            patched(after, &["name.familyName", "displayName"])["name"]["givenName"],
            "Countess"
        );
        let mut without = before.clone();
        without.as_object_mut().unwrap().remove("displayName");
        let kept = patched(without, &["displayName"]);
        assert_eq!(kept.get("displayName"), None);
        assert_eq!(kept["name"], before["name"]);
        let mut nameless = before.clone();
        nameless.as_object_mut().unwrap().remove("name");
        assert_eq!(patched(nameless, &["name"])["displayName"], "Ada Lovelace");
    }
}
