//! Every error, by the response that it causes.
//!
//! A variant contains only what anybody may read; internal details are in [`Error::Internal`], which is
//! logged and answered with a plain 500. Hidden and absent are the same: [`Error::NotFound`].

use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// 400: a parameter is missing or does not parse.
    BadRequest(String),
    /// 401: no token, an unknown one, or a signature that does not verify.
    Unauthorized(String),
    /// 403: known, but not allowed.
    Forbidden(String),
    /// 404: absent, or hidden from the caller.
    NotFound,
    /// 405: the path exists under these methods only.
    MethodNotAllowed(Vec<&'static str>),
    /// 406 / 415: the body's type is not supported.
    UnsupportedMediaType,
    /// 409: another request was first.
    Conflict(String),
    /// 410: deleted for good.
    Gone,
    /// 413: the body is larger than allowed.
    TooLarge,
    /// 422: well-formed, but not acceptable (`Validation failed: …`).
    Unprocessable(String),
    /// 422 with a list of `details` for each field, as of sign-up: (field, code such as `ERR_TAKEN`,
    /// description).
    Invalid(Vec<(String, String, String)>),
    /// 429.
    TooManyRequests,
    /// 503: a part of this server failed temporarily. The text is for the caller.
    Unavailable(String),
    /// 503: what this server runs on failed temporarily. The text is that of the platform, for the log only.
    Platform(String),
    /// 503 until midnight (UTC): a quota of the day is used up, or nearly. The text is for the log only.
    Spent(String),
    /// 503: another server failed, possibly temporarily. `is_silent`: it could not be reached (DNS,
    /// connection, TLS, timeout); else it answered with an error. `is_unasked`: it was not asked, since the budget of
    /// requests is used up.
    Remote { what: String, is_silent: bool, is_unasked: bool },
    /// An OAuth error document (RFC 6749 section 5.2): status, `error`, `error_description`.
    OAuth(u16, &'static str, String),
    /// 500: a defect here. The text is for the log only.
    Internal(String),
}

impl Error {
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }

    pub fn bad_request(what: impl fmt::Display) -> Self {
        Self::BadRequest(what.to_string())
    }

    /// A 422 in Mastodon's words: `Validation failed: <what>`.
    pub fn validation(what: impl fmt::Display) -> Self {
        Self::Unprocessable(format!("Validation failed: {what}"))
    }

    pub fn invalid_token() -> Self {
        Self::Unauthorized("The access token is invalid".into())
    }

    /// The HTTP status of this error.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::Unauthorized(_) => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::Conflict(_) => 409,
            Self::Gone => 410,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Unprocessable(_) | Self::Invalid(_) => 422,
            Self::TooManyRequests => 429,
            Self::Internal(_) => 500,
            Self::Unavailable(_) | Self::Platform(_) | Self::Spent(_) | Self::Remote { .. } => 503,
            Self::OAuth(status, ..) => *status,
        }
    }

    /// The message for the client.
    pub fn public_message(&self) -> String {
        match self {
            // The database's messages contain table names.
            Self::Conflict(m) if m.contains("constraint failed") => {
                "Something else came first; try again".into()
            }
            Self::BadRequest(m)
            | Self::Unauthorized(m)
            | Self::Forbidden(m)
            | Self::Conflict(m)
            | Self::Unprocessable(m)
            | Self::Unavailable(m)
            | Self::Remote { what: m, .. }
            | Self::OAuth(_, _, m) => m.clone(),
            Self::NotFound => "Record not found".into(),
            Self::MethodNotAllowed(_) => "Method not allowed".into(),
            Self::UnsupportedMediaType => "Unsupported content type".into(),
            Self::Gone => "Gone".into(),
            Self::TooLarge => "Request body is too large".into(),
            Self::Invalid(details) => {
                let all: Vec<_> = details.iter().map(|(field, _, text)| format!("{field} {text}")).collect();
                format!("Validation failed: {}", all.join(", "))
            }
            Self::TooManyRequests => "Too many requests".into(),
            Self::Spent(_) => {
                "This server has used up what it may use in a day, and goes on at 00:00 UTC".into()
            }
            Self::Internal(_) => "Something went wrong on our side".into(),
            Self::Platform(_) => "Something went wrong on our side; try again".into(),
        }
    }

    /// Another server could not be reached.
    pub fn unreachable(what: impl fmt::Display) -> Self {
        Self::Remote { what: what.to_string(), is_silent: true, is_unasked: false }
    }

    /// Another server is not asked before the next hour.
    pub fn unasked(what: impl fmt::Display) -> Self {
        Self::Remote { what: what.to_string(), is_silent: false, is_unasked: true }
    }

    /// Whether it is [`Self::unasked`].
    pub fn is_unasked(&self) -> bool {
        matches!(self, Self::Remote { is_unasked: true, .. })
    }

    /// Another server answered with an error.
    pub fn answered(what: impl fmt::Display) -> Self {
        Self::Remote { what: what.to_string(), is_silent: false, is_unasked: false }
    }

    /// Whether a retry may succeed, since the request itself is valid.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Platform(_) | Self::Spent(_) | Self::Remote { .. })
    }

    /// Whether it is a defect here. Failures of other servers, and refusals, are not.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Internal(_) | Self::Unavailable(_) | Self::Platform(_) | Self::Spent(_))
    }

    /// The line for the log, only where the operator can do something.
    pub fn log_line(&self) -> Option<&str> {
        match self {
            Self::Internal(m) | Self::Unavailable(m) | Self::Platform(m) | Self::Spent(m) => Some(m),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(m) => write!(f, "internal: {m}"),
            other => write!(f, "{}: {}", other.status(), other.public_message()),
        }
    }
}

impl std::error::Error for Error {}

impl From<serde_json::Error> for Error {
    fn from(e: serde_json::Error) -> Self {
        Self::Internal(format!("json: {e}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_errors_are_not_shown() {
        let conflict = Error::Conflict("UNIQUE constraint failed: statuses.id".into());
        assert!(!conflict.public_message().contains("statuses"));
        assert_eq!(Error::internal("no such table: x").public_message(), "Something went wrong on our side");
    }
}
