//! SCIM 2.0 (RFC 7643, RFC 7644): a company's directory provisions users and groups.
//!
//! Everything that is about the protocol's own language is pure: [`Filter`]s and [`Patch`]es are read into trees, which go
//! by the attributes of [`schema`]. A filter over a list becomes a
//! [`Condition`](passkeyd_domain::directory::Condition) that the store answers.

mod body;
mod error;
mod evaluate;
mod filter;
mod patch;
mod projection;
mod resolve;
pub mod schema;

pub use body::canonical;
pub use error::{Refused, ScimType};
pub use evaluate::holds;
pub use filter::{AttributePath, Filter, Literal, MAX_DEPTH, MAX_LENGTH, Operator};
pub use patch::{PATCH_OP, Patch, Patched};
pub use projection::Projection;
pub use resolve::{Test, ValueTest, resolve};
pub use schema::{GROUP, USER};
