//! Outgoing requests, the same for both platforms.

use crate::error::{Error, Result};
use crate::model::time::{DAY, SECOND, Time};

/// One request to another server. Redirects are never followed by the platform.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub method: &'static str,
    /// Checked by [`super::guard`].
    pub url: super::guard::SafeUrl,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Reading fails once the response has more bytes, or ends there where `is_cut`.
    pub max_bytes: usize,
    pub is_cut: bool,
    /// Milliseconds until the whole exchange is aborted.
    pub timeout_ms: u32,
}

impl Outgoing {
    /// Error: `Internal` for a request without a User-Agent. GoToSocial answers those 418, others not at all.
    pub fn check(&self) -> Result<()> {
        let is_named =
            self.headers.iter().any(|(n, v)| n.eq_ignore_ascii_case("user-agent") && !v.is_empty());
        if is_named { Ok(()) } else { Err(Error::internal("a request without User-Agent")) }
    }
}

/// The body of another server's answer, which is sent to our caller as it comes, and not read here.
pub struct Passed<Body> {
    pub body: Body,
    /// Bytes, where the other server says how many.
    pub length: Option<u64>,
    /// The body breaks off where it has more bytes.
    pub most: u64,
    /// It is a whole file, which the cache of the data centre keeps.
    pub is_kept: bool,
}

#[derive(Debug, Clone)]
pub struct Incoming {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Incoming {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Retry-After (RFC 9110, section 10.2.3) in milliseconds, a day at most.
    pub fn retry_after(&self, now: Time) -> Option<i64> {
        let value = self.header("retry-after")?;
        let ms = match value.trim().parse::<i64>() {
            Ok(seconds) => seconds.checked_mul(SECOND)?,
            Err(_) => Time::parse_http(value)?.0 - now.0,
        };
        Some(ms.clamp(0, DAY))
    }
}
