//! A response, before the platform sends it.

use serde::Serialize;

use super::range::Range;
use super::request::Request;
use crate::model::live::Opening;
use crate::model::parts::{self, Part};

#[derive(Debug, Clone, Default)]
pub struct Response {
    pub status: u16,
    /// Names in the case in which they are sent.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The key of a stored file that is the body. The platform sends it, by parts where the request asks for a range.
    pub file: Option<String>,
    /// The body is put together from these, in order, by the platform.
    pub parts: Option<Vec<Part>>,
    /// The response is a stream: a WebSocket or server-sent events.
    pub stream: Option<Box<Opening>>,
}

pub const JSON: &str = "application/json; charset=utf-8";
pub const ACTIVITY_JSON: &str = "application/activity+json; charset=utf-8";
pub const JRD_JSON: &str = "application/jrd+json; charset=utf-8";
pub const HTML: &str = "text/html; charset=utf-8";

/// JSON as bytes, which is faster than `Value`'s own `to_string`. It fails only for maps with keys that are
/// not strings, which responses do not have.
fn written<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".into(), content_type.into())];
        Self { status, headers, body: body.into(), ..Self::default() }
    }

    /// 200 with a JSON body.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::new(200, JSON, written(value))
    }

    /// 200 `{}`: Mastodon's empty success, never 204.
    pub fn empty_object() -> Self {
        Self::new(200, JSON, "{}")
    }

    /// 200 with an ActivityPub document.
    pub fn activity<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::new(200, ACTIVITY_JSON, written(value)).with("Vary", "Accept, Signature")
    }

    pub fn html(body: String) -> Self {
        Self::new(200, HTML, body)
    }

    /// 200 with a body of parts, 206 with the range that the request asks for, or 416 (RFC 9110, section 14). `tag` differs
    /// where the bytes do, so that a download goes on only with the same ones.
    pub fn of_parts(request: &Request, content_type: &str, tag: &str, all: Vec<Part>) -> Self {
        let size = parts::length(&all);
        let is_same = request.header("if-range").is_none_or(|known| known.trim() == tag);
        let range = request.header("range").filter(|_| is_same && request.method != "HEAD");
        let (status, parts, range) = match Range::parse(range, size) {
            Range::Whole => (200, all, None),
            Range::Part(offset, length) => {
                let last = offset + length - 1;
                (206, parts::cut(all, offset, length), Some(format!("bytes {offset}-{last}/{size}")))
            }
            Range::Unsatisfiable => {
                return Self { status: 416, ..Self::default() }
                    .with("Content-Range", format!("bytes */{size}"));
            }
        };
        let response = Self { parts: Some(parts), ..Self::new(status, content_type, Vec::new()) };
        let response = response.with("ETag", tag).with("Accept-Ranges", "bytes");
        match range {
            Some(range) => response.with("Content-Range", range),
            None => response,
        }
    }

    /// 303 See Other.
    pub fn redirect(location: &str) -> Self {
        Self { status: 303, headers: vec![("Location".into(), location.into())], ..Self::default() }
    }

    /// 202 Accepted without a body, as inboxes answer.
    pub fn accepted() -> Self {
        Self { status: 202, ..Self::default() }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}
