//! multipart/form-data (RFC 7578).

use crate::error::{Error, Result};

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub filename: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// What a part holds.
#[derive(Debug)]
pub enum Content {
    Text(String),
    File(File),
}

/// Names and contents in order. Error: `BadRequest` where the boundary is missing or the body is cut off.
pub fn read(content_type: &str, body: &[u8]) -> Result<Vec<(String, Content)>> {
    let broken = || Error::bad_request("The multipart body does not parse");
    let boundary = parameter(content_type, "boundary").ok_or_else(broken)?;
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut at = find(body, delimiter.as_bytes()).ok_or_else(broken)? + delimiter.len();
    loop {
        let rest = body.get(at..).ok_or_else(broken)?;
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let start = find(rest, b"\r\n\r\n").ok_or_else(broken)?;
        let (head, content) = rest.split_at(start);
        let content = content.get(4..).ok_or_else(broken)?;
        let closing = format!("\r\n{delimiter}");
        let end = find(content, closing.as_bytes()).ok_or_else(broken)?;
        parts.extend(part(head, content.get(..end).ok_or_else(broken)?));
        at += start + 4 + end + closing.len();
        if parts.len() > 1000 {
            return Err(Error::bad_request("Too many parameters"));
        }
    }
}

fn part(head: &[u8], content: &[u8]) -> Option<(String, Content)> {
    let head = String::from_utf8_lossy(head);
    let header = |wanted: &str| {
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    let disposition = header("content-disposition")?;
    let name = parameter(&disposition, "name")?;
    let value = match parameter(&disposition, "filename") {
        Some(filename) => Content::File(File {
            filename,
            content_type: header("content-type").unwrap_or_default(),
            bytes: content.to_vec(),
        }),
        None => Content::Text(String::from_utf8_lossy(content).into_owned()),
    };
    Some((name, value))
}

/// A parameter of a header value, quoted or not.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|p| {
        let (name, value) = p.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len().max(1)).position(|w| w == needle)
}
