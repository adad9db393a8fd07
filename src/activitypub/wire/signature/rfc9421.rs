//! RFC 9421, HTTP Message Signatures, under Mastodon's rules and a little more leniently: several
//! signatures (the first that we can read counts), @authority and @path in place of @target-uri.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Candidate, check_covered, check_window, digest, seconds};
use crate::error::{Error, Result};
use crate::http::request::Request;
use crate::model::limits;
use crate::model::time::{SECOND, Time};

/// One member of Signature-Input.
struct Input {
    label: String,
    /// Component identifiers, quotes off, with their parameters as written.
    components: Vec<String>,
    /// `keyid`, `created`, …
    parameters: Vec<(String, String)>,
    /// The member's value as written: the last line of the base.
    raw: String,
}

/// Splits a dictionary at its top-level commas.
fn members(header: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut start, mut is_quoted, mut depth) = (0, false, 0usize);
    for (at, c) in header.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            ',' if !is_quoted && depth == 0 => {
                all.push(header.get(start..at).unwrap_or("").trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(header.get(start..).unwrap_or("").trim());
    all.retain(|m| !m.is_empty());
    all
}

fn read_input(member: &str) -> Option<Input> {
    let (label, raw) = member.split_once('=')?;
    let raw = raw.trim();
    let inner = raw.strip_prefix('(')?;
    let mut end = None;
    let mut is_quoted = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            ')' if !is_quoted => {
                end = Some(at);
                break;
            }
            _ => {}
        }
    }
    let end = end?;
    let components = inner
        .get(..end)?
        .split_whitespace()
        .map(|c| c.replacen('"', "", 2))
        .filter(|c| !c.is_empty())
        .collect();
    let parameters = inner
        .get(end + 1..)?
        .split(';')
        .filter_map(|p| p.trim().split_once('='))
        .map(|(n, v)| (n.trim().to_owned(), v.trim().trim_matches('"').to_owned()))
        .collect();
    Some(Input { label: label.trim().to_owned(), components, parameters, raw: raw.to_owned() })
}

/// How many signatures of a request are read.
const MAX_SIGNATURES: usize = 4;

/// See [`super::prepare`].
pub fn prepare(request: &Request, origin: &str, now: Time) -> Result<Candidate> {
    let malformed = |what: &str| Error::BadRequest(format!("Malformed signature: {what}"));
    let header = request.headers.joined("signature-input").unwrap_or_default();
    let signatures = request.headers.joined("signature").ok_or_else(|| malformed("no Signature"))?;
    let inputs: Vec<Input> =
        members(&header).into_iter().filter_map(read_input).take(MAX_SIGNATURES).collect();
    if inputs.is_empty() {
        return Err(malformed("Signature-Input does not parse"));
    }
    let mut failure = malformed("no signature for Signature-Input");
    let signatures = members(&signatures);
    for input in &inputs {
        let value = signatures.iter().find_map(|m| {
            let (label, value) = m.split_once('=')?;
            (label.trim() == input.label).then(|| value.trim().to_owned())
        });
        let Some(value) = value else { continue };
        match one(request, origin, now, input, &value) {
            // The body is the same for all: its digest is computed once.
            Ok(candidate) => return check_digest(request, input).map(|()| candidate),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn check_digest(request: &Request, input: &Input) -> Result<()> {
    match request.headers.joined("content-digest") {
        Some(value) if input.components.iter().any(|c| c == "content-digest") => {
            digest::check_content_digest(&value, &request.body)
        }
        _ => Ok(()),
    }
}

fn one(request: &Request, origin: &str, now: Time, input: &Input, value: &str) -> Result<Candidate> {
    let malformed = |what: &str| Error::BadRequest(format!("Malformed signature: {what}"));
    let weak = |what: &str| Error::Unauthorized(format!("The signature must cover {what}"));
    let get = |name: &str| input.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let has = |name: &str| input.components.iter().any(|c| c == name);
    let signature = value
        .strip_prefix(':')
        .and_then(|v| v.split(':').next())
        .and_then(|v| BASE64.decode(v).ok())
        .ok_or_else(|| malformed("not a byte sequence"))?;
    let key_id = get("keyid").filter(|k| !k.is_empty() && k.len() <= limits::URL);
    let key_id = key_id.ok_or_else(|| malformed("no keyid, or one that is too long"))?;
    let created = seconds(get("created").ok_or_else(|| malformed("no created"))?)?;
    let expires = get("expires").map(seconds).transpose()?;
    let algorithm = get("alg").map(str::to_owned);
    if algorithm.as_deref().is_some_and(|a| !matches!(a, "rsa-v1_5-sha256" | "ed25519")) {
        return Err(Error::Unauthorized("Unsupported signature algorithm".into()));
    }
    if !has("@method") {
        return Err(weak("@method"));
    }
    if !has("@target-uri")
        && !(has("@authority") && has("@path") && (request.query.is_empty() || has("@query")))
    {
        return Err(weak("@target-uri"));
    }
    if request.method == "POST" && !has("content-digest") {
        return Err(weak("content-digest"));
    }
    check_window(created, expires, now)?;
    check_covered(&input.components)?;
    let base = base(request, origin, input)?;
    Ok(Candidate { key_id: key_id.to_owned(), bases: vec![base.into_bytes()], signature, algorithm, created })
}

fn base(request: &Request, origin: &str, input: &Input) -> Result<String> {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("https", origin));
    let mut base = String::new();
    for component in &input.components {
        let value = match component.as_str() {
            "@method" => request.method.clone(),
            "@target-uri" => format!("{origin}{}", request.target()),
            "@authority" => authority.to_owned(),
            "@scheme" => scheme.to_owned(),
            "@request-target" => request.target(),
            "@path" => request.path.clone(),
            "@query" => format!("?{}", request.query),
            name if name.starts_with('@') || name.contains(';') => {
                return Err(Error::Unauthorized(format!("Unsupported signature component {name}")));
            }
            name => request
                .headers
                .joined(name)
                .ok_or_else(|| Error::bad_request("Malformed signature: a covered header is missing"))?,
        };
        base.push_str(&format!("\"{component}\": {value}\n"));
    }
    base.push_str(&format!("\"@signature-params\": {}", input.raw));
    Ok(base)
}

/// A request before it is signed.
pub struct Unsigned {
    pub base: String,
    input: String,
    headers: Vec<(String, String)>,
}

/// What is to be signed: @method, @target-uri and, with a body, content-digest.
pub fn unsigned(method: &str, url: &str, key_id: &str, body: Option<&[u8]>, now: Time) -> Unsigned {
    let mut headers = vec![("Date".to_owned(), now.to_http())];
    let mut base = format!("\"@method\": {method}\n\"@target-uri\": {url}\n");
    let mut covered = "\"@method\" \"@target-uri\"".to_owned();
    if let Some(body) = body {
        let digest = digest::content_digest(body);
        base.push_str(&format!("\"content-digest\": {digest}\n"));
        covered.push_str(" \"content-digest\"");
        headers.push(("Content-Digest".to_owned(), digest));
    }
    let input = format!("({covered});created={};keyid=\"{key_id}\"", now.0 / SECOND);
    base.push_str(&format!("\"@signature-params\": {input}"));
    Unsigned { base, input, headers }
}

pub fn headers(unsigned: Unsigned, signature: &[u8]) -> Vec<(String, String)> {
    let mut headers = unsigned.headers;
    headers.push(("Signature-Input".to_owned(), format!("sig1={}", unsigned.input)));
    headers.push(("Signature".to_owned(), format!("sig1=:{}:", BASE64.encode(signature))));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_is_split_at_its_own_commas() {
        for (header, wanted) in [
            ("a=1, b=2", vec!["a=1", "b=2"]),
            ("a=(\"x\" \"y\");p=\"q, r\",b=2,,", vec!["a=(\"x\" \"y\");p=\"q, r\"", "b=2"]),
            ("a=(\"x)\", \"y\"), b=2", vec!["a=(\"x)\", \"y\")", "b=2"]),
            ("a=(\"x(\"), b=2", vec!["a=(\"x(\")", "b=2"]),
            ("", vec![]),
        ] {
            assert_eq!(members(header), wanted, "{header}");
        }
    }

    #[test]
    fn a_digest_that_is_not_covered_is_not_looked_at() {
        let mut request = Request { method: "GET".into(), path: "/a".into(), ..Request::default() };
        request.headers.add("content-digest", "nonsense");
        let signed = |covered: &str| {
            let mut request = request.clone();
            request.headers.add(
                "signature-input",
                format!(
                    "s=({covered});created=1700000000;keyid=\"https://b.example/k\";alg=\"rsa-v1_5-sha256\""
                ),
            );
            request.headers.add("signature", "s=:AAAA:");
            prepare(&request, "https://a.example", Time(1_700_000_000_000))
        };
        let found = signed("\"@method\" \"@target-uri\"").unwrap();
        assert_eq!(found.algorithm.as_deref(), Some("rsa-v1_5-sha256"));
        assert!(signed("\"@method\" \"@target-uri\" \"content-digest\"").is_err());
    }

    const NOW: Time = Time(1_700_000_000_000);

    fn get(query: &str, input: &str) -> Result<Candidate> {
        let mut request =
            Request { method: "GET".into(), path: "/a".into(), query: query.into(), ..Request::default() };
        request.headers.add("x-list", "1, 2");
        request.headers.add("signature-input", input);
        request.headers.add("signature", "b=:AAAA:, a=:AQ==:");
        prepare(&request, "https://a.example", NOW)
    }

    fn covering(query: &str, components: &str) -> Result<Candidate> {
        get(query, &format!("a=({components});created=1700000000;keyid=\"k\""))
    }

    fn base_of(candidate: &Candidate) -> &str {
        std::str::from_utf8(&candidate.bases[0]).unwrap()
    }

    #[test]
    fn dictionaries_are_split_at_their_own_commas() {
        let split = |header: &str| members(header).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            split("a=(\"x\" \"y\");k=\"1,2\", b=(\"z\",\"w\"),,c=\")\",d=1"),
            ["a=(\"x\" \"y\");k=\"1,2\"", "b=(\"z\",\"w\")", "c=\")\"", "d=1"]
        );
        assert_eq!(split("a=\"(\",b=1"), ["a=\"(\"", "b=1"]);
        assert_eq!(split("a=(\"(\" \"b\"),c=1"), ["a=(\"(\" \"b\")", "c=1"]);
    }

    #[test]
    fn a_list_ends_at_the_first_bracket_outside_quotes() {
        let input = read_input("a=(\"x)y\" \"z\");created=1;keyid=\"k\"").unwrap();
        assert_eq!(input.components, ["x)y", "z"]);
        assert_eq!(input.parameters, [("created".into(), "1".into()), ("keyid".into(), "k".into())]);
        assert!(read_input("a=(\"x").is_none());
        assert!(read_input("a=\"x\")").is_none());
    }

    #[test]
    fn the_address_is_covered_as_a_whole() {
        for (query, components, is_enough) in [
            ("", "\"@method\" \"@target-uri\"", true),
            ("q=1", "\"@method\" \"@target-uri\"", true),
            ("", "\"@method\" \"@authority\" \"@path\"", true),
            ("q=1", "\"@method\" \"@authority\" \"@path\"", false),
            ("q=1", "\"@method\" \"@authority\" \"@path\" \"@query\"", true),
            ("", "\"@method\" \"@authority\"", false),
            ("", "\"@method\" \"@path\"", false),
            ("q=1", "\"@method\" \"@query\"", false),
            ("", "\"@method\"", false),
            ("", "\"@target-uri\"", false),
        ] {
            assert_eq!(covering(query, components).is_ok(), is_enough, "{query} {components}");
        }
    }

    #[test]
    fn the_base_has_a_line_for_each_component() {
        let all =
            "\"@method\" \"@authority\" \"@path\" \"@query\" \"@scheme\" \"@request-target\" \"x-list\"";
        let found = covering("q=1", all).unwrap();
        assert_eq!(
            base_of(&found),
            format!(
                "\"@method\": GET\n\"@authority\": a.example\n\"@path\": /a\n\"@query\": ?q=1\n\"@scheme\": https\n\
                 \"@request-target\": /a?q=1\n\"x-list\": 1, 2\n\
                 \"@signature-params\": ({all});created=1700000000;keyid=\"k\""
            )
        );
        assert_eq!((found.signature.as_slice(), found.key_id.as_str()), ([1_u8].as_slice(), "k"));
    }

    #[test]
    fn components_that_are_not_read_are_refused() {
        for other in ["\"@status\"", "\"@query-param\";name=\"a\"", "\"x-list\";sf", "\"x-none\""] {
            assert!(covering("", &format!("\"@method\" \"@target-uri\" {other}")).is_err(), "{other}");
        }
        let with = |rest: &str| get("", &format!("a=(\"@method\" \"@target-uri\");{rest}"));
        for algorithm in ["ed25519", "rsa-v1_5-sha256"] {
            assert!(with(&format!("created=1700000000;keyid=\"k\";alg=\"{algorithm}\"")).is_ok());
        }
        assert!(with("created=1700000000;keyid=\"k\";alg=\"hmac-sha256\"").is_err());
        assert!(with("created=1700000000;keyid=\"\"").is_err());
        let key = |bytes: usize| with(&format!("created=1700000000;keyid=\"{}\"", "k".repeat(bytes)));
        assert!(key(limits::URL).is_ok() && key(limits::URL + 1).is_err());
        assert!(with("keyid=\"k\"").is_err());
        assert!(with("created=1699990000;keyid=\"k\";expires=1699990001").is_err());
    }

    #[test]
    fn the_first_signature_that_is_enough_is_taken() {
        let found = get(
            "",
            "b=(\"@method\");created=1700000000;keyid=\"b\", a=(\"@method\" \"@target-uri\");created=1700000000;keyid=\"k\"",
        );
        assert_eq!(found.unwrap().key_id, "k");
    }
}
