//! SCIM 2.0 (RFC 7643, RFC 7644): a company's directory provisions users and groups.
//!
//! Everything that is about the protocol's own language is pure: [`Filter`]s and [`Patch`]es are read into trees, which go
//! by the attributes of [`schema`]. A filter over a list becomes a
//! [`Condition`](passkeyd_domain::directory::Condition) that the store answers, so that a list of a million users is not
//! read to find one. A change is made of what was read, and written only if that is still what there is.

mod body;
mod conditions;
pub mod discovery;
mod error;
mod evaluate;
mod filter;
mod groups;
mod names;
mod patch;
mod projection;
mod resolve;
mod resource;
pub mod schema;
mod users;

pub use body::canonical;
pub use error::{Refused, ScimType};
pub use evaluate::holds;
pub use filter::{AttributePath, Filter, Literal, MAX_DEPTH, MAX_LENGTH, Operator};
pub use patch::{PATCH_OP, Patch, Patched};
pub use projection::Projection;
pub use resolve::{Test, ValueTest, resolve};
pub use resource::{IfMatch, List, MAX_RESULTS, Query, Resource, ScimError, View, tag};
pub use schema::{GROUP, USER};

use resource::version_of_tag;
