//! Rules of fields, reported all at once (contract section 3.2).

use std::{borrow::Cow, collections::BTreeSet};

use crate::problem::Problem;

/// What is wrong with the fields of a request so far.
#[derive(Default)]
pub(crate) struct Validation {
    errors: Vec<(&'static str, Vec<String>)>,
}

impl Validation {
    /// Adds a sentence about a field.
    pub(crate) fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        match self.errors.iter_mut().find(|(name, _)| *name == field) {
            Some((_, sentences)) => sentences.push(sentence.into()),
            None => self.errors.push((field, vec![sentence.into()])),
        }
    }

    /// A field that must hold more than white space. What is returned counts only if nothing was found wrong in the end.
    pub(crate) fn required(&mut self, field: &'static str, value: Option<Cow<'_, str>>) -> String {
        match value {
            Some(value) if !value.trim().is_empty() => value.into_owned(),
            _ => {
                self.add(field, format!("The {} field is required.", pascal(field)));
                String::new()
            }
        }
    }

    /// A number that, where given, lies between two others.
    pub(crate) fn range(&mut self, field: &'static str, value: Option<i32>, least: i32, most: i32) {
        if value.is_some_and(|value| !(least..=most).contains(&value)) {
            self.add(
                field,
                format!(
                    "The field {} must be between {least} and {most}.",
                    pascal(field)
                ),
            );
        }
    }

    /// A text of at most so many characters.
    pub(crate) fn length(&mut self, field: &'static str, value: &str, most: usize) {
        if value.chars().count() > most {
            self.add(
                field,
                format!("The field {} must be a string or array type with a maximum length of '{most}'.", pascal(field)),
            );
        }
    }

    /// A list of at most `most` texts, each of at most `longest` characters and none blank; repeats count once.
    pub(crate) fn list(
        &mut self,
        field: &'static str,
        values: Option<Vec<Option<Cow<'_, str>>>>,
        most: usize,
        longest: usize,
    ) -> Option<Vec<String>> {
        let values = values?;
        let name = pascal(field);
        let texts: Vec<String> = values
            .iter()
            .flatten()
            .filter(|text| !text.trim().is_empty())
            .map(ToString::to_string)
            .collect();
        if texts.len() < values.len() {
            self.add(
                field,
                format!("The field {name} must be a collection where every item is required."),
            );
            return Some(texts);
        }
        let mut seen = BTreeSet::new();
        let texts: Vec<String> = texts
            .into_iter()
            .filter(|text| seen.insert(text.clone()))
            .collect();
        if texts.len() > most {
            self.add(
                field,
                format!("The field {name} must be a string or array type with a maximum length of '{most}'."),
            );
        }
        if texts.iter().any(|text| text.chars().count() > longest) {
            self.add(
                field,
                format!("The field {name} must be a collection that contains strings with a maximum length of '{longest}'."),
            );
        }
        Some(texts)
    }

    /// Refuses if anything is wrong.
    ///
    /// # Errors
    /// 400 with every sentence.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::validation(self.errors))
        }
    }
}

/// The name of a field as sentences write it: `userId` → `UserId`.
fn pascal(field: &str) -> String {
    let mut letters = field.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(validation: &Validation) -> Vec<&str> {
        validation
            .errors
            .iter()
            .flat_map(|(_, sentences)| sentences.iter().map(String::as_str))
            .collect()
    }

    #[test]
    fn absent_null_empty_and_white_space_are_all_missing() {
        for value in [None, Some(""), Some(" \t")] {
            let mut validation = Validation::default();
            validation.required("userId", value.map(Cow::Borrowed));
            assert_eq!(sentences(&validation), ["The UserId field is required."]);
            assert!(validation.finish().is_err());
        }
    }

    #[test]
    fn all_fields_are_reported_together() {
        let mut validation = Validation::default();
        validation.required("userId", None);
        validation.required("username", Some(Cow::Borrowed("ada")));
        validation.range("timeToLive", Some(0), 1, 604_800);
        assert_eq!(
            sentences(&validation),
            [
                "The UserId field is required.",
                "The field TimeToLive must be between 1 and 604800.",
            ]
        );
    }

    #[test]
    fn a_blank_element_is_reported_alone() {
        let list = |texts: &[Option<&'static str>]| {
            let mut validation = Validation::default();
            let texts = texts.iter().map(|text| text.map(Cow::Borrowed)).collect();
            validation.list("aliases", Some(texts), 2, 3);
            sentences(&validation).join(" ")
        };
        assert_eq!(list(&[Some("a"), Some("abc"), Some("a")]), "");
        assert_eq!(
            list(&[Some("a"), None, Some("abcd"), Some(" ")]),
            "The field Aliases must be a collection where every item is required."
        );
        assert_eq!(
            list(&[Some("a"), Some("b"), Some("åäöü")]),
            "The field Aliases must be a string or array type with a maximum length of '2'. \
             The field Aliases must be a collection that contains strings with a maximum length of '3'."
        );
    }
}
