//! Query parameters, by names in any letter case (contract sections 0.1 and 0.2).

use std::fmt::Display;

use actix_web::{HttpRequest, web};

use crate::problem::Problem;

/// The parameters of a query.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes the query of a request apart.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        Self(pairs.map(web::Query::into_inner).unwrap_or_default())
    }

    /// A parameter that may be absent or empty.
    ///
    /// # Errors
    /// 400 for U+0000.
    pub(crate) fn text(&self, declared: &str) -> Result<Option<&str>, Problem> {
        let name = name_of(declared);
        let found = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        match found {
            Some((_, value)) if value.contains('\0') => Err(unparsable(declared, "\u{2400}")),
            found => Ok(found.map(|(_, value)| value.as_str())),
        }
    }

    /// A parameter that narrows a list; an empty one counts as absent.
    ///
    /// # Errors
    /// 400 for U+0000.
    pub(crate) fn filter(&self, declared: &str) -> Result<Option<String>, Problem> {
        let text = self.text(declared)?.filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    }

    /// Every value of a repeated parameter.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// A switch that must be there, in any letter case.
    ///
    /// # Errors
    /// 400 for one that is absent, empty, or neither true nor false.
    pub(crate) fn required_flag(&self, declared: &str) -> Result<bool, Problem> {
        match self.text(declared)?.map(str::trim) {
            None | Some("") => Err(absent(declared)),
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(true),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(false),
            Some(word) => Err(unparsable(declared, word)),
        }
    }

    /// A parameter that must be there, empty or not. `declared` is its type and name, as the refusal shows them.
    ///
    /// # Errors
    /// 400 with the exact title.
    pub(crate) fn required(&self, declared: &str) -> Result<&str, Problem> {
        self.text(declared)?.ok_or_else(|| absent(declared))
    }

    /// A parameter that is read as what is asked for; an empty one counts as absent.
    ///
    /// # Errors
    /// 400 for one that does not parse.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        declared: &str,
    ) -> Result<Option<T>, Problem> {
        match self.text(declared)?.map(str::trim) {
            None | Some("") => Ok(None),
            Some(value) => value
                .parse()
                .map(Some)
                .map_err(|_| unparsable(declared, value)),
        }
    }

    /// A parameter that must be there and be read as what is asked for.
    ///
    /// # Errors
    /// 400 for one that is absent, empty, or does not parse.
    pub(crate) fn required_parsed<T: std::str::FromStr>(
        &self,
        declared: &str,
    ) -> Result<T, Problem> {
        self.parsed(declared)?.ok_or_else(|| absent(declared))
    }
}

fn name_of(declared: &str) -> &str {
    declared.rsplit(' ').next().unwrap_or(declared)
}

fn absent(declared: &str) -> Problem {
    Problem::unreadable(format!(
        "Required parameter \"{declared}\" was not provided from query string."
    ))
}

/// The refusal of a parameter that can't be read.
pub(crate) fn unparsable(declared: &str, value: impl Display) -> Problem {
    Problem::unreadable(format!(
        "Failed to bind parameter \"{declared}\" from \"{value}\"."
    ))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&TestRequest::with_uri(&format!("/?{text}")).to_http_request())
    }

    #[test]
    fn names_match_in_any_letter_case() {
        assert_eq!(
            query("USERID=a%20b+c").required("string userId").unwrap(),
            "a b c"
        );
        assert_eq!(query("userid=").required("string UserId").unwrap(), "");
    }

    #[test]
    fn the_refusals_are_the_contracts() {
        let title = |problem: Problem| problem.to_string();
        assert_eq!(
            title(query("").required("string UserId").unwrap_err()),
            "Required parameter \"string UserId\" was not provided from query string."
        );
        assert_eq!(
            title(
                query("pagenumber=abc")
                    .required_parsed::<i32>("int PageNumber")
                    .unwrap_err()
            ),
            "Failed to bind parameter \"int PageNumber\" from \"abc\"."
        );
        assert!(query("userId=%00").required("string UserId").is_err());
    }

    #[test]
    fn an_empty_number_is_absent() {
        assert_eq!(
            query("numberOfResults=")
                .parsed::<i32>("int NumberOfResults")
                .unwrap(),
            None
        );
        assert_eq!(
            query("numberOfResults=3")
                .parsed("int NumberOfResults")
                .unwrap(),
            Some(3)
        );
    }

    #[test]
    fn a_query_that_is_no_query_has_no_parameters_that_matter() {
        assert!(query("%%%=%&&=;").required("string UserId").is_err());
    }
}
