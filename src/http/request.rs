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
    /// The raw path of the request line, percent-encoding untouched: signatures cover it, and nothing else looks at
    /// it (see [`super::path`]).
    pub path: String,
    /// The raw query without `?`; empty where there is none.
    pub query: String,
    pub headers: Headers,
    /// At most [`MAX_BODY`] bytes; see `is_body_too_large`.
    pub body: Vec<u8>,
    /// The body passed the limit and was not read.
    pub is_body_too_large: bool,
    /// The caller's address as the platform knows it (on Cloudflare `CF-Connecting-IP`), never what a proxy or the
    /// caller says of itself; for limits.
    pub ip: Option<String>,
}

/// 1 MiB: what an inbox takes, and more than any API call of this size needs.
pub const MAX_BODY: usize = 1024 * 1024;

impl Request {
    /// Who sends it, as limits count it.
    pub fn address(&self) -> Address {
        Address::parse(self.ip.as_deref().unwrap_or(""))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Path and query as on the request line.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}
