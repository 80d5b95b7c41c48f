//! Where the errors of the use cases become problem details (contract section 3.4). The one place that knows.

use std::time::Duration;

use actix_web::http::{
    StatusCode,
    header::{HeaderValue, RETRY_AFTER},
};
use passkeyd_domain::ports::{MailError, StoreError};
use passkeyd_service::Error;

use crate::problem::Problem;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let bad = |code, title: &'static str| Self::coded(StatusCode::BAD_REQUEST, code, title);
        match error {
            Error::MissingToken { prefix } => Self::coded(
                StatusCode::BAD_REQUEST,
                "missing_token",
                format!(
                    "This operation requires a token that starts with '{prefix}' to be passed."
                ),
            ),
            Error::WrongToken { prefix, start } => Self::coded(
                StatusCode::BAD_REQUEST,
                "invalid_token",
                format!(
                    "The token you sent was not correct. The token used for this endpoint should start with '{prefix}'. \
                     Make sure you are not sending the wrong value. The value you sent started with '{start}'"
                ),
            ),
            Error::InvalidToken => bad(
                "invalid_token",
                "The token you supplied was not valid. It could be that the token has expired or that it was not issued for this tenant.",
            ),
            Error::MalformedToken => bad(
                "invalid_token_format",
                "The token you supplied was not formatted correctly. It should be valid base64url.",
            ),
            Error::ExpiredToken { ago } => Self::coded(
                StatusCode::FORBIDDEN,
                "expired_token",
                format!("The token expired {} ago.", one_unit(ago)),
            ),
            Error::OriginRequired => Self::uncoded(StatusCode::BAD_REQUEST, "Origin is required."),
            Error::RpIdRequired => Self::uncoded(StatusCode::BAD_REQUEST, "RPID is required."),
            Error::MaxUsersReached => bad("max_users_reached", "Maximum number of users reached"),
            Error::InvalidAttestation => {
                bad("invalid_attestation", "Attestation type not supported")
            }
            Error::AttestationNotAllowed => bad(
                "attestation_not_supported_on_plan",
                "Attestation type not supported on your plan",
            ),
            Error::AliasConflict => Self::coded(
                StatusCode::CONFLICT,
                "alias_conflict",
                "Alias is already in use by another userid",
            ),
            Error::InvalidArgument {
                what,
                word,
                allowed,
            } => Self::coded(
                StatusCode::BAD_REQUEST,
                "invalid_argument",
                format!("The value '{word}' is not a known {what}. Allowed values: {allowed}."),
            ),
            Error::RegistrationRefused { reason } => Self::coded(
                StatusCode::BAD_REQUEST,
                "fido2_invalid_registration",
                reason,
            ),
            Error::SignInRefused { reason } => {
                Self::coded(StatusCode::BAD_REQUEST, "signin_complete_error", reason)
            }
            Error::UnknownCredential => bad(
                "unknown_credential",
                "We don't recognize the passkey you sent us.",
            ),
            Error::AttestationRequired => bad(
                "attestation_required",
                "Attestation is required: the app allows certain authenticators only, and without it nothing proves which one this is.",
            ),
            Error::AuthenticatorNotAllowed | Error::AuthenticatorBlacklisted => bad(
                "authenticator_not_allowed",
                "This authenticator is not allowed.",
            ),
            Error::UserIdTooLong => Self::validation(vec![(
                "userId",
                vec![
                    "The field UserId must be a string with a maximum length of '64' bytes."
                        .to_owned(),
                ],
            )]),
            Error::AuthConfigExists { purpose } => Self::uncoded(
                StatusCode::BAD_REQUEST,
                format!("The configuration {purpose} already exists."),
            ),
            Error::AuthConfigNotFound { purpose } => Self::uncoded(
                StatusCode::NOT_FOUND,
                format!("The configuration {purpose} does not exist."),
            ),
            Error::AuthConfigBuiltIn { purpose } => Self::uncoded(
                StatusCode::BAD_REQUEST,
                format!("The {purpose} configuration cannot be deleted."),
            ),
            Error::GeneratedTokensDisabled => Self::uncoded(
                StatusCode::FORBIDDEN,
                "The 'POST /signin/generate-token' endpoint is disabled",
            ),
            Error::AppNotFound | Error::Store(StoreError::TenantGone) => {
                bad("app_not_found", "App was not found.")
            }
            Error::AppPendingDeletion => bad(
                "app_pending_deletion",
                "App is already pending to be deleted.",
            ),
            Error::AppNotPendingDeletion => bad(
                "app_not_pending_deletion",
                "App was not scheduled for deletion.",
            ),
            Error::AppDeletionNotDue => {
                bad("app_not_pending_deletion", "App cannot be deleted yet.")
            }
            Error::AppExists => Self::uncoded(StatusCode::CONFLICT, "accountName is not available"),
            Error::KeyNotFound => Self::coded(
                StatusCode::NOT_FOUND,
                "api_key_not_found",
                "Apikey was not found",
            ),
            Error::ScopesRequired => bad(
                "create_api_key_scopes_required",
                "Please select at least one scope.",
            ),
            Error::EventLoggingDisabled => Self::documented(
                StatusCode::FORBIDDEN,
                "forbidden",
                None,
                "Event logging is not enabled for this app.",
            ),
            Error::MagicLinksDisabled => Self::uncoded(
                StatusCode::FORBIDDEN,
                "You must enable Magic Links in settings in order to use this feature.",
            ),
            Error::RateLimited { retry_after } => {
                let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                Self::framework(StatusCode::TOO_MANY_REQUESTS, "Too many requests.")
                    .with_header(RETRY_AFTER, HeaderValue::from(seconds))
            }
            Error::MagicLinkAdminOnly => Self::coded(
                StatusCode::FORBIDDEN,
                "magic_link_email_admin_address_only",
                "Because your application has been created recently, magic link emails can only be sent to the admin email address.",
            ),
            Error::MagicLinkQuotaExceeded => Self::coded(
                StatusCode::TOO_MANY_REQUESTS,
                "magic_link_email_quota_exceeded",
                "You have reached your monthly quota of magic link emails.",
            ),
            Error::MailNotSent(MailError::Recipient) => Self::validation(vec![(
                "emailAddress",
                vec!["The EmailAddress field is not a valid e-mail address.".to_owned()],
            )]),
            Error::AuthenticatorListsNotAllowed => Self::coded(
                StatusCode::FORBIDDEN,
                "attestation_not_supported_on_plan",
                "Attestation is not supported on your plan.",
            ),
            Error::UnknownAuthenticators => Self::uncoded(
                StatusCode::BAD_REQUEST,
                "One or more authenticators do not exist in the FIDO2 MDS.",
            ),
            Error::InvalidCursor => Self::validation(vec![(
                "cursor",
                vec!["The Cursor field is not a cursor of this list.".to_owned()],
            )]),
            Error::WebhookUrl => Self::validation(vec![(
                "url",
                vec!["The Url field must be an absolute http or https URL.".to_owned()],
            )]),
            Error::TooManyWebhooks => Self::uncoded(
                StatusCode::CONFLICT,
                "The app has as many webhooks as an app may have.",
            ),
            Error::WebhookNotFound => {
                Self::uncoded(StatusCode::NOT_FOUND, "The webhook was not found.")
            }
            Error::Store(error @ (StoreError::Unavailable(_) | StoreError::Busy)) => {
                Self::unavailable(error)
            }
            Error::Store(error) => Self::internal(error),
            error @ (Error::KeyRing(_)
            | Error::Password
            | Error::MailNotSent(_)
            | Error::MailTemplate(_)) => Self::internal(error),
        }
    }
}

/// A span in its greatest whole unit: `10 seconds`, `1 minute`.
fn one_unit(span: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [
        (7 * 24 * 3600, "week"),
        (24 * 3600, "day"),
        (3600, "hour"),
        (60, "minute"),
    ];
    let seconds = span.as_secs();
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= *length);
    let (length, name) = unit.unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_one_unit_rounded_down() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (10, "10 seconds"),
            (60, "1 minute"),
            (119, "1 minute"),
            (7200, "2 hours"),
            (86_400, "1 day"),
            (604_800, "1 week"),
            (31 * 86_400, "4 weeks"),
        ] {
            assert_eq!(one_unit(Duration::from_secs(seconds)), text);
        }
    }
}
