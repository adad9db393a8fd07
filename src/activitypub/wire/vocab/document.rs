//! Documents of other servers: bounded in bytes, depth, number of values and lengths of lists and objects,
//! before they are interpreted. Readers may rely on these bounds, and are linear within them.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::http::request::MAX_BODY;
use crate::text::steps;

/// Levels of lists and objects.
const DEPTH: usize = 32;
/// Values and names of all lists and objects together. A page of sixty notes has about ten thousand.
const VALUES: usize = 40_000;
/// Members of one object.
const MEMBERS: usize = 500;
/// Entries of one list. Lists of followers have several thousand.
const ITEMS: usize = 10_000;

/// An ActivityPub document: an object within the bounds, without the JSON-LD keywords that change its structure.
///
/// Error: `BadRequest`, with the reason.
pub fn parse(body: &[u8]) -> Result<Value> {
    let document = json(body)?;
    if !document.is_object() {
        return Err(Error::bad_request("The body is not a JSON object"));
    }
    check(&document)?;
    Ok(document)
}

/// Any JSON within the bounds (WebFinger).
///
/// Error: `BadRequest`, with the reason.
pub fn json(body: &[u8]) -> Result<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    measure(body)?;
    let document: Value =
        serde_json::from_slice(body).map_err(|_| Error::bad_request("The body is not valid JSON"))?;
    if body.windows(6).any(|w| w == b"\\u0000") {
        return Ok(without_nul(document));
    }
    Ok(document)
}

/// Counts the bytes, levels and values of a document, before it is parsed.
fn measure(body: &[u8]) -> Result<()> {
    if body.len() > MAX_BODY {
        return Err(Error::bad_request("The document is too large"));
    }
    steps::add(body.len());
    let (mut depth, mut values) = (0_usize, 0_usize);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in body {
        if is_text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_text = true,
            b'{' | b'[' => {
                depth += 1;
                values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' | b':' => values += 1,
            _ => {}
        }
        if depth > DEPTH {
            return Err(Error::bad_request("The document is nested too deeply"));
        }
        if values > VALUES {
            return Err(Error::bad_request("The document has too many values"));
        }
    }
    Ok(())
}

/// The database ends a text at NUL: it is removed before anything is compared.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(s) => Value::String(s.replace('\0', "")),
        Value::Array(all) => Value::Array(all.into_iter().map(without_nul).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(k, v)| (k.replace('\0', ""), without_nul(v))).collect())
        }
        other => other,
    }
}

fn check(value: &Value) -> Result<()> {
    match value {
        Value::Object(map) => {
            if ["@graph", "@included", "@reverse"].iter().any(|k| map.contains_key(*k)) {
                return Err(Error::bad_request("The document uses a keyword that is not taken here"));
            }
            if map.len() > MEMBERS {
                return Err(Error::bad_request("The document has an object of too many members"));
            }
            map.values().try_for_each(check)
        }
        Value::Array(list) => {
            if list.len() > ITEMS {
                return Err(Error::bad_request("The document has a list of too many entries"));
            }
            list.iter().try_for_each(check)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::steps::tests::assert_linear;

    #[test]
    fn documents_are_objects_without_keywords_that_rearrange_them() {
        for bad in ["", "[]", "1", "{\"a\":{\"@graph\":[]}}", "{\"@reverse\":{}}", "{", "\u{0}"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse("\u{feff}{}".as_bytes()).is_ok());
        assert!(json(b"[1]").is_ok());
        assert_eq!(parse(br#"{"a\u0000":"b\u0000"}"#).unwrap(), serde_json::json!({"a": "b"}));
        // A NUL in a keyword's name hides it from nobody.
        assert!(parse(br#"{"a":{"@gr\u0000aph":[]}}"#).is_err());
    }

    #[test]
    fn documents_are_bounded_in_every_direction() {
        let deep = |n: usize| format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n));
        let lists = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
        let long = |n: usize| format!("{{\"a\":[{}]}}", vec!["1"; n].join(","));
        let wide =
            |n: usize| format!("{{{}}}", (0..n).map(|i| format!("\"{i}\":1")).collect::<Vec<_>>().join(","));
        let many = |n: usize| format!("{{\"a\":[{}]}}", vec!["[1,2,3,4,5,6,7,8,9]"; n / 10].join(","));
        let large = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8));
        for (what, document, most) in [
            ("deep", &deep as &dyn Fn(usize) -> String, DEPTH),
            ("lists", &lists, DEPTH),
            ("long", &long, ITEMS),
            ("wide", &wide, MEMBERS),
            ("many", &many, VALUES - 10),
            ("large", &large, MAX_BODY),
        ] {
            assert!(parse(document(most).as_bytes()).is_ok(), "{what}");
            assert_eq!(parse(document(most + 11).as_bytes()).unwrap_err().status(), 400, "{what}");
        }
        // Brackets in texts are not structure, and an unterminated text is invalid.
        let text = format!("{{\"a\":\"{}\"}}", "[{,:\\\"".repeat(20_000));
        assert!(parse(text.as_bytes()).is_ok());
        assert!(parse("]".repeat(100).as_bytes()).is_err());
    }

    #[test]
    fn documents_are_measured_in_steps_by_their_length() {
        for part in ["[],", "{\"a\":1},", "\"[\\\"\",", "1,"] {
            assert_linear(
                part,
                |n| format!("{{\"a\":[{}1]}}", part.repeat(n)),
                |text| {
                    let _ = parse(text.as_bytes());
                },
            );
        }
    }
}
