//! How callers of this surface show who they are, in descriptions (contract section 3).

use crate::description::{Operation, Scheme};

/// The key of a back end.
pub(super) static API_KEY: Scheme = Scheme {
    name: "LoginIdApiKey",
    header: Some("Authorization"),
    description: "Back end: an API key with scopes, `lid_…`, as the user name of `Basic`, after `Bearer`, or bare.",
};

/// The token of a user.
pub(super) static USER_TOKEN: Scheme = Scheme {
    name: "LoginIdToken",
    header: Some("Authorization"),
    description: "Front end: a user's token or an authorization token, bare or after `Bearer`.",
};

/// What a back end does with a key; none of the scopes: any key will do.
pub(super) fn of_key(
    it: Operation,
    tag: &'static str,
    summary: &'static str,
    scope: Option<&'static str>,
) -> Operation {
    let it = it.about(tag, summary).by(&API_KEY);
    match scope {
        Some(scope) => it.scope(scope),
        None => it,
    }
}

/// What anybody may do who names an application.
pub(super) fn open(it: Operation, tag: &'static str, summary: &'static str) -> Operation {
    it.about(tag, summary)
        .refuses(401, "The application is frozen.")
        .refuses(404, "No application is meant.")
}
