//! JSON bodies of this surface, read strictly: a text is a text, an integer is an integer, and what is wrong is told of all
//! fields at once.

use passkeyd_domain::{Email, IdeaContent, Score, TextError, text::storable};
use passkeyd_service::passwords::{Password, PasswordRule};
use serde_json::{Map, Value};

use super::refusal::{FieldErrors, Refusal};

/// The longest name of a person, in characters.
const LONGEST_NAME: usize = 255;

/// The fields of a body, and what was found wrong with them so far.
pub(super) struct Fields {
    values: Map<String, Value>,
    errors: FieldErrors,
}

impl Fields {
    pub(super) fn parse(json: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(json) {
            Ok(Value::Object(values)) => Ok(Self {
                values,
                errors: FieldErrors::new(),
            }),
            Ok(_) => Err(Refusal::bad_request("The body is not a JSON object.")),
            Err(error) => Err(Refusal::bad_request(format!(
                "The body is not JSON: {error}."
            ))),
        }
    }

    pub(super) fn wrong(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.errors.entry(field).or_default().push(sentence.into());
    }

    /// A text that must be there; empty where it is wrong.
    pub(super) fn text(&mut self, field: &'static str) -> String {
        let sentence = match self.values.remove(field) {
            Some(Value::String(text)) if text.trim().is_empty() => "must not be empty".to_owned(),
            Some(Value::String(text)) => match storable(&text) {
                Ok(()) => return text,
                Err(error) => error.to_string(),
            },
            None | Some(Value::Null) => "is required".to_owned(),
            Some(_) => "must be a text".to_owned(),
        };
        self.wrong(field, sentence);
        String::new()
    }

    pub(super) fn email(&mut self, field: &'static str) -> Option<Email> {
        let text = self.text(field);
        self.checked(field, &text, str::parse)
    }

    /// A password that keeps the rules.
    pub(super) fn password(
        &mut self,
        field: &'static str,
        check: impl FnOnce(String) -> Result<Password, Vec<PasswordRule>>,
    ) -> Option<Password> {
        let text = match self.values.remove(field) {
            Some(Value::String(text)) => text,
            None | Some(Value::Null) => {
                self.wrong(field, "is required");
                return None;
            }
            Some(_) => {
                self.wrong(field, "must be a text");
                return None;
            }
        };
        match check(text) {
            Ok(password) => Some(password),
            Err(rules) => {
                for rule in rules {
                    self.wrong(field, rule.to_string());
                }
                None
            }
        }
    }

    /// A person's name, without the white space around it.
    pub(super) fn name(&mut self, field: &'static str) -> String {
        let name = self.text(field).trim().to_owned();
        if name.chars().count() > LONGEST_NAME {
            self.wrong(
                field,
                format!("must be at most {LONGEST_NAME} characters long"),
            );
        }
        name
    }

    pub(super) fn content(&mut self, field: &'static str) -> Option<IdeaContent> {
        let text = self.text(field);
        self.checked(field, &text, |text| IdeaContent::new(text))
    }

    /// An integer from 1 to 10, and no text, fraction or switch that looks like one.
    pub(super) fn score(&mut self, field: &'static str) -> Option<Score> {
        let score = match self.values.remove(field) {
            None => {
                self.wrong(field, "is required");
                return None;
            }
            Some(Value::Number(number)) => number.as_i64().and_then(Score::new),
            Some(_) => None,
        };
        if score.is_none() {
            self.wrong(field, "must be an integer from 1 to 10");
        }
        score
    }

    /// Everything that was wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Refusal::fields(self.errors))
        }
    }

    /// A text that was there is checked; one that was not is told of already.
    fn checked<T>(
        &mut self,
        field: &'static str,
        text: &str,
        check: impl FnOnce(&str) -> Result<T, TextError>,
    ) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        match check(text) {
            Ok(checked) => Some(checked),
            Err(error) => {
                self.wrong(field, error.to_string());
                None
            }
        }
    }
}
