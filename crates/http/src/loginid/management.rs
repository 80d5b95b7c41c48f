//! What back ends do: `/mgmt/…` (contract section 11.K).

pub(super) mod grants;
pub(super) mod tokens;
pub(super) mod users;

/// The area of these in the description.
const MANAGEMENT: &str = "management";
