//! multipart/form-data (RFC 7578).

use super::request::MAX_BODY;
use crate::error::{Error, Result};

/// Maximum length of a boundary (RFC 2046, section 5.1.1).
const MAX_BOUNDARY: usize = 70;
/// Maximum bytes of a part's headers.
const MAX_HEAD: usize = 8192;

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub filename: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// The content of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Text(String),
    File(File),
}

/// Names and contents in order, without file fields that were left empty.
///
/// Errors: `BadRequest` where there is no boundary or one that RFC 2046 does not allow, where the body is cut
/// off, where it has more than `most` parts, or where its names and texts are together longer than the body of a request
/// without files may be.
pub fn read(content_type: &str, body: &[u8], most: usize) -> Result<Vec<(String, Content)>> {
    let broken = || Error::bad_request("The multipart body does not parse");
    let boundary = parameter(content_type, "boundary").filter(|b| is_boundary(b)).ok_or_else(broken)?;
    let delimiter = format!("\r\n--{boundary}");
    let opening = delimiter.trim_start();
    let mut rest = match body.strip_prefix(opening.as_bytes()) {
        Some(rest) => rest,
        None => split(body, delimiter.as_bytes()).ok_or_else(broken)?.1,
    };
    let mut parts = Vec::new();
    let mut count = 0;
    let mut left = MAX_BODY;
    while !rest.starts_with(b"--") {
        count += 1;
        if count > most {
            return Err(Error::bad_request("Too many parameters"));
        }
        let (head, content) =
            split(rest, b"\r\n\r\n").filter(|(h, _)| h.len() <= MAX_HEAD).ok_or_else(broken)?;
        let (content, after) = split(content, delimiter.as_bytes()).ok_or_else(broken)?;
        parts.extend(part(head, content, &mut left)?);
        rest = after;
    }
    Ok(parts)
}

fn is_boundary(text: &str) -> bool {
    (1..=MAX_BOUNDARY).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b))
}

/// A part; `left` is how many bytes of names and texts there may still be.
fn part(head: &[u8], content: &[u8], left: &mut usize) -> Result<Option<(String, Content)>> {
    let head = String::from_utf8_lossy(head);
    let header = |wanted: &str| {
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    let Some(disposition) = header("content-disposition") else { return Ok(None) };
    let Some(name) = parameter(&disposition, "name") else { return Ok(None) };
    let mut count = |bytes: usize| -> Result<()> {
        let rest = left.checked_sub(bytes);
        *left = rest.ok_or_else(|| Error::bad_request("The fields of the form are too long"))?;
        Ok(())
    };
    count(name.len())?;
    let filename = parameter(&disposition, "filename").or_else(|| parameter(&disposition, "filename*"));
    let value = match filename {
        // Browsers send this for an untouched file field: it is absent (HTML, "constructing the entry list").
        Some(filename) if filename.is_empty() && content.is_empty() => return Ok(None),
        Some(filename) => Content::File(File {
            filename,
            content_type: header("content-type").unwrap_or_default(),
            bytes: content.to_vec(),
        }),
        None => {
            count(content.len())?;
            Content::Text(String::from_utf8_lossy(content).into_owned())
        }
    };
    Ok(Some((name, value)))
}

/// A parameter of a header value, quoted or not. Within quotes `\"` is a quote, and `;` is not a separator.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (value, next) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), next)
            }
        };
        if name.trim_matches([' ', '\t', ';']).eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// The text up to the closing quote, and the rest.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, text.get(at + 1..).unwrap_or("")),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                value.push('"');
                chars.next();
            }
            c => value.push(c),
        }
    }
    (value, "")
}

/// The text before and after the first `needle`.
///
/// Linear in `text`: both needles begin with a carriage return, and a delimiter contains no other, so bytes that
/// were compared are not compared again.
fn split<'a>(text: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|b| *b == b'\r')?;
        let found = text.get(at..)?;
        if let Some(after) = found.strip_prefix(needle) {
            return Some((text.get(..at)?, after));
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, value: &str) -> (String, Content) {
        (name.into(), Content::Text(value.into()))
    }

    fn file(name: &str, filename: &str, bytes: &str) -> (String, Content) {
        let file = File { filename: filename.into(), content_type: "a/b".into(), bytes: bytes.into() };
        (name.into(), Content::File(file))
    }

    #[test]
    fn parts_are_read_in_order() {
        let body = "before\r\n--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
                    \r\n--x y\r\ncontent-type: a/b\r\nCONTENT-DISPOSITION: form-data; name=f; filename=\"q\\\";r.png\"\r\n\r\n\
                    bytes\r\n--x y--\r\nafter";
        let parts = read("multipart/form-data; charset=utf-8; boundary=\"x y\"", body.as_bytes(), 10);
        assert_eq!(parts.unwrap(), [text("a", "1\r\n--x\r\n"), file("f", "q\";r.png", "bytes")]);
    }

    #[test]
    fn a_file_field_that_nobody_touched_is_absent() {
        let part = |filename: &str, content: &str| {
            let body = format!(
                "--x\r\nContent-Disposition: form-data; name=\"avatar\"; filename={filename}\r\nContent-Type: a/b\r\n\r\n{content}\r\n--x--\r\n"
            );
            read("multipart/form-data; boundary=x", body.as_bytes(), 10).unwrap()
        };
        assert_eq!(part("\"\"", ""), []);
        assert_eq!(part("", ""), []);
        assert_eq!(part("\"\"", "x"), [file("avatar", "", "x")]);
        assert_eq!(part("\"a.png\"", ""), [file("avatar", "a.png", "")]);
    }

    #[test]
    fn boundaries_are_short_and_plain() {
        let read = |boundary: &str| {
            let bare = boundary.trim_matches('"');
            let body =
                format!("--{bare}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--{bare}--");
            super::read(&format!("multipart/form-data; boundary={boundary}"), body.as_bytes(), 10)
        };
        assert_eq!(read(&"-".repeat(70)).unwrap(), [text("a", "1")]);
        for bad in [&"-".repeat(71), &"-".repeat(16_000), "", "\"\"", "\"a\rb\"", "\"é\""] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        assert!(super::read("multipart/form-data", b"--x--", 10).is_err());
    }

    #[test]
    fn broken_bodies_and_long_heads_are_refused() {
        let part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--";
        for end in 0..part.len() {
            let cut = &part.as_bytes()[..end];
            assert!(read("multipart/form-data; boundary=x", cut, 10).is_err(), "{end}");
        }
        let long = |n: usize| part.replacen("\r\n\r\n", &format!("\r\nx: {}\r\n\r\n", "y".repeat(n)), 1);
        assert!(read("multipart/form-data; boundary=x", long(8000).as_bytes(), 10).is_ok());
        assert!(read("multipart/form-data; boundary=x", long(8192).as_bytes(), 10).is_err());
        assert!(read("multipart/form-data; boundary=x", b"--x--", 10).unwrap().is_empty());
        // A part without a name is skipped.
        let nameless = "--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--";
        assert!(read("multipart/form-data; boundary=x", nameless.as_bytes(), 10).unwrap().is_empty());
    }
}
