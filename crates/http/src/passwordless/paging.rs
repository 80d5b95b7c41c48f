//! Lists page by page. Upstream has none of this: a call without these parameters gets the list as ever.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    description::{Operation, integer, text},
    problem::Problem,
    query::Query,
    validation::Validation,
};

const DEFAULT_LIMIT: u32 = 100;
const GREATEST_LIMIT: i32 = 1000;

/// Which page is asked for.
pub(super) struct Paging<'a> {
    pub(super) cursor: Option<&'a str>,
    pub(super) limit: u32,
}

impl<'a> Paging<'a> {
    /// None: the call knows nothing of pages; `filters` are the parameters that only paged calls have.
    ///
    /// # Errors
    /// 400 for a limit that is no number from 1 to 1000.
    pub(super) fn of(query: &'a Query, filters: &[&str]) -> Result<Option<Self>, Problem> {
        let asked = ["cursor", "limit"].iter().chain(filters);
        if asked.into_iter().all(|name| query.all(name).is_empty()) {
            return Ok(None);
        }
        let limit: Option<i32> = query.parsed("int Limit")?;
        let mut rules = Validation::default();
        rules.range("limit", limit, 1, GREATEST_LIMIT);
        rules.finish()?;
        Ok(Some(Self {
            cursor: query.text("cursor")?.filter(|cursor| !cursor.is_empty()),
            limit: limit.map_or(DEFAULT_LIMIT, i32::unsigned_abs),
        }))
    }
}

/// The parameters of a page.
pub(super) fn describe_paging(it: Operation) -> Operation {
    it.optional_query("cursor", text(), "`next` of the page before.")
        .optional_query(
            "limit",
            integer(1, GREATEST_LIMIT.into()).or(DEFAULT_LIMIT),
            "How many a page has.",
        )
}

/// A page of a list that is else wrapped in `values`.
#[derive(JsonSchema, Serialize)]
pub(super) struct PageReply<T> {
    pub(super) values: Vec<T>,
    /// What `cursor` is to be for the next page; null: this is the last one.
    pub(super) next: Option<String>,
}
