//! draft-cavage-http-signatures-12, under Mastodon's rules.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Candidate, check_covered, check_window, digest, seconds};
use crate::error::{Error, Result};
use crate::http::request::Request;
use crate::model::limits;
use crate::model::site::host_of;
use crate::model::time::Time;

/// `name="value"` pairs in any order, with or without spaces and quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = header.trim();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([',', ' ', '\t']).to_owned();
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        all.push((name, value.trim().to_owned()));
        rest = next;
    }
    all
}

/// See [`super::prepare`].
pub fn prepare(request: &Request, origin: &str, now: Time) -> Result<Candidate> {
    let malformed = |what: &str| Error::BadRequest(format!("Malformed signature: {what}"));
    let weak = |what: &str| Error::Unauthorized(format!("The signature must cover {what}"));
    let header = request
        .headers
        .joined("signature")
        .or_else(|| {
            let value = request.header("authorization")?.trim();
            let (scheme, rest) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("signature").then(|| rest.to_owned())
        })
        .ok_or_else(|| Error::Unauthorized("Request not signed".into()))?;
    let parameters = parameters(&header);
    let get =
        |name: &str| parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let key_id = get("keyId").filter(|k| !k.is_empty() && k.len() <= limits::URL);
    let key_id = key_id.ok_or_else(|| malformed("no keyId, or one that is too long"))?;
    let signature = get("signature").ok_or_else(|| malformed("no signature"))?;
    let signature = BASE64.decode(signature).map_err(|_| malformed("not base64"))?;
    let algorithm = get("algorithm").unwrap_or("hs2019").to_ascii_lowercase();
    if !matches!(algorithm.as_str(), "rsa-sha256" | "hs2019") {
        return Err(Error::Unauthorized("Unsupported signature algorithm".into()));
    }
    let is_hs2019 = algorithm == "hs2019";
    let listed = get("headers").map_or_else(
        || if is_hs2019 { "(created)".to_owned() } else { "date".to_owned() },
        str::to_ascii_lowercase,
    );
    let covered: Vec<&str> = listed.split_whitespace().collect();
    check_covered(&covered)?;
    let has = |name: &str| covered.contains(&name);
    if !has("date") && !has("(created)") {
        return Err(weak("date or (created)"));
    }
    if !has("(request-target)") && !has("digest") {
        return Err(weak("(request-target) or digest"));
    }
    if request.method == "POST" {
        if !has("digest") {
            return Err(weak("digest"));
        }
    } else if !has("host") {
        return Err(weak("host"));
    }
    if !is_hs2019 && (has("(created)") || has("(expires)")) {
        return Err(malformed("(created) goes with hs2019"));
    }
    let created = if has("(created)") {
        seconds(get("created").ok_or_else(|| malformed("no created"))?)?
    } else {
        let date = request.header("date").ok_or_else(|| malformed("no Date"))?;
        Time::parse_http(date).ok_or_else(|| malformed("Date does not parse"))?
    };
    let expires = if has("(expires)") {
        Some(seconds(get("expires").ok_or_else(|| malformed("no expires"))?)?)
    } else {
        None
    };
    check_window(created, expires, now)?;
    if has("digest") {
        let value = request.headers.joined("digest").ok_or_else(|| malformed("no Digest"))?;
        digest::check_digest(&value, &request.body)?;
    }
    let mut targets = vec![request.target()];
    if !request.query.is_empty() {
        targets.push(request.path.clone());
    }
    let mut bases = Vec::new();
    for target in targets {
        let mut lines = Vec::new();
        for name in &covered {
            let value = match *name {
                "(request-target)" => format!("{} {target}", request.method.to_ascii_lowercase()),
                "(created)" => get("created").unwrap_or("").to_owned(),
                "(expires)" => get("expires").unwrap_or("").to_owned(),
                "host" => host(request, origin).to_owned(),
                name => {
                    request.headers.joined(name).ok_or_else(|| malformed("a covered header is missing"))?
                }
            };
            lines.push(format!("{name}: {value}"));
        }
        bases.push(lines.join("\n").into_bytes());
    }
    Ok(Candidate { key_id: key_id.to_owned(), bases, signature, algorithm: Some(algorithm), created })
}

/// The host for the signing string: the Host header where it is our own host, else our own host. So what was signed for
/// another server does not verify here, and a proxy may rewrite the header.
fn host<'a>(request: &'a Request, origin: &'a str) -> &'a str {
    let ours = host_of(origin);
    let asked = request.header("host").unwrap_or(ours).trim();
    let bare = asked.strip_suffix(":443").unwrap_or(asked);
    if bare.eq_ignore_ascii_case(ours) { asked } else { ours }
}

/// A request before it is signed.
pub struct Unsigned {
    pub base: String,
    covered: &'static str,
    headers: Vec<(String, String)>,
}

/// What is to be signed: (request-target), host, date and, with a body, digest.
pub fn unsigned(method: &str, path_and_query: &str, host: &str, body: Option<&[u8]>, now: Time) -> Unsigned {
    let date = now.to_http();
    let mut base = format!(
        "(request-target): {} {path_and_query}\nhost: {host}\ndate: {date}",
        method.to_ascii_lowercase()
    );
    let mut headers = vec![("Date".to_owned(), date)];
    let mut covered = "(request-target) host date";
    if let Some(body) = body {
        let digest = digest::digest(body);
        base.push_str(&format!("\ndigest: {digest}"));
        headers.push(("Digest".to_owned(), digest));
        covered = "(request-target) host date digest";
    }
    Unsigned { base, covered, headers }
}

pub fn headers(unsigned: Unsigned, key_id: &str, signature: &[u8]) -> Vec<(String, String)> {
    let mut headers = unsigned.headers;
    headers.push((
        "Signature".to_owned(),
        format!(
            "keyId=\"{key_id}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{}\"",
            unsigned.covered,
            BASE64.encode(signature)
        ),
    ));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_trap_49_parameters_in_any_dress() {
        let wanted = vec![
            ("keyId".to_owned(), "https://a.example/x#k".to_owned()),
            ("created".into(), "12".into()),
            ("signature".into(), "a=b==".into()),
        ];
        for text in [
            "keyId=\"https://a.example/x#k\",created=12,signature=\"a=b==\"",
            "keyId = \"https://a.example/x#k\" , created=\"12\", signature=\"a=b==\"",
        ] {
            assert_eq!(parameters(text), wanted, "{text}");
        }
        for odd in ["", "=", "\"", "a=\"", ",,,=", "keyId"] {
            parameters(odd);
        }
    }

    #[test]
    fn what_was_signed_for_another_host_is_not_what_is_verified() {
        let signed_for = |asked: &str| {
            let mut request = Request { method: "GET".into(), path: "/a".into(), ..Request::default() };
            request.headers.add("host", asked);
            request.headers.add("signature", "keyId=\"https://b.example/k\",algorithm=\"hs2019\",headers=\"(request-target) host (created)\",created=1700000000,signature=\"AAAA\"");
            let found = prepare(&request, "https://a.example", Time(1_700_000_000_000)).unwrap();
            let base = String::from_utf8(found.bases[0].clone()).unwrap();
            base.lines().nth(1).unwrap().to_owned()
        };
        // As it was asked for, where that is ours.
        for asked in ["a.example", "A.Example", "a.example:443", " a.example "] {
            assert_eq!(signed_for(asked), format!("host: {}", asked.trim()), "{asked}");
        }
        for asked in ["b.example", "a.example.b.example", "a.example:8443", "a.example:"] {
            assert_eq!(signed_for(asked), "host: a.example", "{asked}");
        }
    }

    #[test]
    fn a_signature_may_cover_when_it_was_made_and_expires() {
        let now = Time(1_700_000_000_000);
        let signed = |algorithm: &str, times: &str| {
            let mut request = Request { method: "GET".into(), path: "/a".into(), ..Request::default() };
            request.headers.add("host", "a.example");
            request.headers.add("signature", format!("keyId=\"https://b.example/k\",algorithm=\"{algorithm}\",headers=\"(request-target) host (created) (expires)\",{times}signature=\"AAAA\""));
            prepare(&request, "https://a.example", now)
        };
        let found = signed("hs2019", "created=1700000000,expires=1700000060,").unwrap();
        let wanted =
            "(request-target): get /a\nhost: a.example\n(created): 1700000000\n(expires): 1700000060";
        assert_eq!(found.bases, [wanted.as_bytes()]);
        assert_eq!((found.created, found.signature.len()), (now, 3));
        assert_eq!(signed("hs2019", "created=1700000000,").unwrap_err().status(), 400);
        assert_eq!(signed("hs2019", "expires=1700000060,").unwrap_err().status(), 400);
        // An hour later than it expires, for clocks that differ, and no more.
        assert!(signed("hs2019", "created=1699996000,expires=1699996400,").is_ok());
        assert_eq!(signed("hs2019", "created=1699996000,expires=1699996399,").unwrap_err().status(), 401);
        assert_eq!(signed("rsa-sha256", "created=1700000000,expires=1700000060,").unwrap_err().status(), 400);
        // With either of the two.
        for times in ["(created)", "(expires)"] {
            let mut request = Request { method: "GET".into(), path: "/a".into(), ..Request::default() };
            request.headers.add("host", "a.example");
            request.headers.add("date", "Tue, 14 Nov 2023 22:13:20 GMT");
            request.headers.add("signature", format!("keyId=\"https://b.example/k\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date {times}\",created=1700000000,expires=1700000060,signature=\"AAAA\""));
            assert_eq!(prepare(&request, "https://a.example", now).unwrap_err().status(), 400, "{times}");
        }
    }

    #[test]
    fn the_address_of_a_key_is_bounded() {
        let now = Time(1_700_000_000_000);
        let signed = |bytes: usize| {
            let mut request = Request { method: "GET".into(), path: "/a".into(), ..Request::default() };
            request.headers.add("date", now.to_http());
            let key = "k".repeat(bytes);
            request.headers.add(
                "signature",
                format!("keyId=\"{key}\",headers=\"(request-target) host date\",signature=\"AAAA\""),
            );
            prepare(&request, "https://a.example", now)
        };
        assert!(signed(limits::URL).is_ok());
        for bytes in [0, limits::URL + 1] {
            assert_eq!(signed(bytes).unwrap_err().status(), 400);
        }
    }
}
