//! What goes out: e-mail and HTTP, behind the ports of `passkeyd-domain`.
//!
//! | module | implements |
//! | --- | --- |
//! | [`mail`] | `Mailer`: an ordered list of providers (SMTP, a file, an HTTP API), each with senders by channel |
//! | [`templates`] | `MailTemplates`: the texts of mails, which an operator may replace |
//! | [`sms`] | `SmsGateway`: codes handed to a gateway over HTTP |
//! | [`outbox_file`] | `OutboxFile`: lines of a file, for development |
//! | [`http`] | `HttpClient`: requests with limits, and only to public addresses |
//!
//! ```
//! use passkeyd_delivery::templates::Templates;
//! use passkeyd_domain::ports::{Letter, MailTemplates as _};
//!
//! let texts = Templates::new(None)?.render(&Letter::MagicLink {
//!     link: "https://example.com/?token=verify_abc".to_owned(),
//!     host: "example.com".to_owned(),
//!     lifetime: 3600,
//! })?;
//! assert_eq!(texts.subject, "Sign in to example.com");
//! assert!(texts.text.contains("https://example.com/?token=verify_abc"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod http;
pub mod mail;
pub mod outbox_file;
mod public_address;
mod request_template;
mod roots;
pub mod sms;
pub mod templates;

pub use request_template::{RequestTemplate, RequestTemplateError};
