//! [Related origins](https://www.w3.org/TR/webauthn-3/#sctn-related-origins): other domains that may use an RP ID, as
//! `/.well-known/webauthn` declares them.
//!
//! Serve the document on the RP ID itself, over `https`, with status 200 and the type `application/json`; and let the relying
//! party accept the same origins:
//!
//! ```
//! use passkeyd_webauthn::RelyingParty;
//! use passkeyd_webauthn::origin::{OriginRules, RpId};
//! use passkeyd_webauthn::related_origins::RelatedOrigins;
//!
//! # fn main() -> Result<(), passkeyd_webauthn::Error> {
//! let mut rules = OriginRules::exact(["https://example.com"]);
//! rules.related = vec!["https://example.org".to_owned()];
//! let document = RelatedOrigins::new(rules.origins.iter().chain(&rules.related).cloned())?.to_json()?;
//! let rp = RelyingParty::with_rules(RpId::new("example.com")?, "Example", &rules)?;
//! # Ok(())
//! # }
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Excerpt, Result};
use crate::origin::check_web_origin;

/// How many different labels (the name left of the public suffix) every client looks at; some look at no more.
pub const LABELS_THAT_COUNT: usize = 5;

/// The document at `/.well-known/webauthn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedOrigins {
    origins: Vec<String>,
}

impl RelatedOrigins {
    /// The document for these web origins, in this order: the most needed first, since clients stop counting.
    ///
    /// # Errors
    /// [`Error::OriginInvalid`] for what is no web origin over `https` (or `http` on localhost).
    pub fn new<I, S>(origins: I) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        for origin in &origins {
            check_web_origin(origin).ok_or_else(|| Error::OriginInvalid(Excerpt::new(origin)))?;
        }
        Ok(Self { origins })
    }

    /// Reads a document as a client does: origins that are no origins are skipped later.
    ///
    /// # Errors
    /// [`Error::OptionsMalformed`], if it is no object with `origins`.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|_| Error::OptionsMalformed("related origins"))
    }

    /// The document's text.
    ///
    /// # Errors
    /// [`Error::OptionsMalformed`], if it cannot be written.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|_| Error::OptionsMalformed("related origins"))
    }

    /// May a page of this origin use the RP ID that serves the document? The client's algorithm, with a limit on labels.
    ///
    /// `label_of` gives the name left of a host's public suffix, `example` for `login.example.co.uk`, from the caller's
    /// public suffix list.
    pub fn allows<'a>(
        &'a self,
        caller: &str,
        limit: usize,
        label_of: impl Fn(&'a str) -> Option<&'a str>,
    ) -> bool {
        let mut seen: Vec<&str> = Vec::new();
        for origin in &self.origins {
            let Some(label) = check_web_origin(origin)
                .and_then(&label_of)
                .filter(|label| !label.is_empty())
            else {
                continue;
            };
            let known = seen.contains(&label);
            if !known && seen.len() >= limit {
                continue;
            }
            if origin == caller {
                return true;
            }
            if !known {
                seen.push(label);
            }
        }
        false
    }

    /// The origins that a client with room for [`LABELS_THAT_COUNT`] labels passes over: worth a warning.
    pub fn passed_over<'a>(
        &'a self,
        label_of: impl Fn(&'a str) -> Option<&'a str> + Copy,
    ) -> Vec<&'a str> {
        let counted = |origin: &&String| !self.allows(origin, LABELS_THAT_COUNT, label_of);
        self.origins
            .iter()
            .filter(counted)
            .map(String::as_str)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Good enough for `.example`: the label before the last.
    fn label(host: &str) -> Option<&str> {
        host.rsplit('.').nth(1)
    }

    #[test]
    fn a_client_counts_labels_not_origins() {
        let hosts = ["a", "b", "c", "d", "e"].map(|name| format!("https://{name}.example"));
        let more = [
            "https://www.a.example".to_owned(),
            "https://f.example".to_owned(),
        ];
        let document = RelatedOrigins::new(hosts.iter().cloned().chain(more)).unwrap();
        assert!(document.allows("https://e.example", 5, label));
        assert!(document.allows("https://www.a.example", 5, label));
        assert!(!document.allows("https://f.example", 5, label));
        assert!(!document.allows("https://g.example", 5, label));
        assert_eq!(document.passed_over(label), ["https://f.example"]);
    }

    #[test]
    fn the_document_is_read_and_written() {
        let document = RelatedOrigins::new(["https://a.example"]).unwrap();
        assert_eq!(
            document.to_json().unwrap(),
            r#"{"origins":["https://a.example"]}"#
        );
        assert_eq!(
            RelatedOrigins::from_json(r#"{"origins":["https://a.example"],"x":1}"#),
            Ok(document)
        );
        assert!(RelatedOrigins::from_json("[]").is_err());
        assert!(RelatedOrigins::new(["http://a.example"]).is_err());
        let skipped =
            RelatedOrigins::from_json(r#"{"origins":["nonsense","https://a.example/"]}"#).unwrap();
        assert!(!skipped.allows("nonsense", 5, label));
    }
}
