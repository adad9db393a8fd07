//! A request as every handler sees it, whatever platform it came by.

use crate::model::address::Address;

/// Header names are lower-case; repeated headers keep their order.
#[derive(Debug, Clone, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value of a header, by lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All values of a header joined with `, ` (RFC 9110 section 5.3), trimmed.
    pub fn joined(&self, name: &str) -> Option<String> {
        let all: Vec<&str> = self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.trim()).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    /// Adds a header; the name is lower-cased.
    pub fn add(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_ascii_lowercase(), value.into()));
    }
}

#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Upper-case.
    pub method: String,
    /// The raw path of the request line, with percent-encoding unchanged: for signatures only (see
    /// [`super::path`]).
    pub path: String,
    /// The raw query without `?`; empty where there is none.
    pub query: String,
    pub headers: Headers,
    /// At most [`MAX_BODY`] bytes; see `is_body_too_large`.
    pub body: Vec<u8>,
    /// The body exceeds the limit and was not read. Where files may be in it the platform has it (`App::incoming`).
    pub is_body_too_large: bool,
    /// The caller's address from the platform (on Cloudflare `CF-Connecting-IP`), never from another header;
    /// for limits.
    pub ip: Option<String>,
}

/// 1 MiB: the maximum for inboxes, and more than any API call without files needs.
pub const MAX_BODY: usize = 1024 * 1024;

/// The address that requests of all Workers to another zone come from.
const WORKERS: &str = "2a06:98c0:3600::103";

impl Request {
    /// Whether it changes nothing (RFC 9110, section 9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// The caller, as rate limits count it.
    pub fn address(&self) -> Address {
        Address::parse(self.ip.as_deref().unwrap_or(""))
    }

    /// Who is held to account for what a request makes us do: the address, and of a Worker its zone besides. All Workers
    /// send from one address, and Cloudflare says whose they are
    /// (<https://developers.cloudflare.com/fundamentals/reference/http-headers/>).
    pub fn source(&self) -> Option<String> {
        let ip = self.ip.as_deref()?;
        let zone = self.header("cf-worker").filter(|_| self.address() == Address::parse(WORKERS));
        Some(zone.map_or_else(|| ip.to_owned(), |zone| format!("{ip} {zone:.253}")))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Path and query as on the request line.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}
