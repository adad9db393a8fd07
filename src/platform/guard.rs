//! Checks the URL of every outgoing request. Redirects are checked again, each one. Workers cannot pin DNS
//! answers, so only names and addresses in the URL can be checked.

use url::{Host, Url};

use crate::error::{Error, Result};

/// What the deployment allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy {
    /// http and any port on loopback.
    pub is_development: bool,
}

/// A URL that may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeUrl(Url);

/// Names that never belong to a public server (RFC 6761, 6762, 7686, and common private names).
const SPECIAL: [&str; 12] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "onion",
    "i2p",
    "invalid",
    "arpa",
    "localdomain",
];

/// Maximum bytes of a URL.
const MAX_URL: usize = 2048;

/// Maximum number of labels of a host. Fediverse hosts have at most six; the limit keeps look-ups of all
/// parent domains cheap.
pub const MAX_LABELS: usize = 10;

/// Whether a host has too many labels or bytes.
pub fn is_too_deep(host: &str) -> bool {
    host.len() > 253 || host.split('.').count() > MAX_LABELS
}

impl SafeUrl {
    /// Error: `BadRequest`, with the reason.
    pub fn check(text: &str, policy: &Policy) -> Result<Self> {
        let refuse = |why: &str| Error::BadRequest(format!("refused to fetch {text:.200}: {why}"));
        if text.len() > MAX_URL {
            return Err(Error::bad_request("refused to fetch a URL of more than 2048 bytes"));
        }
        let mut url = parse(text).ok_or_else(|| refuse("not a URL"))?;
        if has_credentials(&url) {
            return Err(refuse("it has credentials"));
        }
        url.set_fragment(None);
        if policy.is_development && is_loopback(&url) && matches!(url.scheme(), "http" | "https") {
            return Ok(Self(url));
        }
        if url.scheme() != "https" {
            return Err(refuse("not https"));
        }
        if url.port().is_some() {
            return Err(refuse("a port of its own"));
        }
        match url.host() {
            Some(Host::Domain(name)) if is_public_name(name) => Ok(Self(url)),
            Some(Host::Domain(_)) => Err(refuse("a special name")),
            _ => Err(refuse("an address, not a name")),
        }
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Name, and port if it is not the default.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// As on the request line.
    pub fn path_and_query(&self) -> String {
        self.0.query().map_or_else(|| self.0.path().to_owned(), |query| format!("{}?{query}", self.0.path()))
    }

    /// The target of a `Location` header, not yet checked.
    pub fn join(&self, location: &str) -> Option<String> {
        join(&self.0, location).map(String::from)
    }
}

/// A URL with its host in A-labels. `None` where it is none, or where its host is longer than any.
pub fn parse(text: &str) -> Option<Url> {
    has_short_labels(&authority(text)).then(|| Url::parse(text).ok()).flatten()
}

/// A reference that a document or a redirect has, as of `base`. `None` as of [`parse`].
pub fn join(base: &Url, text: &str) -> Option<Url> {
    has_short_labels(&authority(text)).then(|| base.join(text).ok()).flatten()
}

/// The host of a URL or a reference as others write it, with what may stand beside it, and empty where there is none; of one
/// that is too long the beginning. It is where the parser finds it, which leaves out control characters and spaces before a
/// URL, and tabs and line breaks everywhere (WHATWG URL, section 4.4).
fn authority(text: &str) -> String {
    let text = text.trim_start_matches(|c| c <= ' ');
    let mut rest = text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r'));
    let is_slash = |c: &char| matches!(c, '/' | '\\');
    let scheme =
        rest.clone().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')).count();
    let has_scheme = scheme > 0 && rest.clone().nth(scheme) == Some(':');
    if has_scheme {
        rest.nth(scheme);
    }
    let slashes = rest.clone().take_while(is_slash).count();
    if !has_scheme && slashes < 2 {
        return String::new();
    }
    let is_end = |c: &char| is_slash(c) || matches!(c, '?' | '#');
    rest.skip(slashes).take_while(|c| !is_end(c)).take(MAX_AUTHORITY + 1).collect()
}

/// Maximum bytes of a host as others write it, with what may stand beside it: 253 characters of any script.
const MAX_AUTHORITY: usize = 1024;
/// Maximum characters of a label; written in any script it has fewer than in ASCII (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;

/// Whether the labels of a host are no longer than labels are. The steps that a label takes from a script to ASCII, or back,
/// grow with the square of its length (RFC 3492, section 6.3), and a document names thousands of hosts.
fn has_short_labels(authority: &str) -> bool {
    let is_short = |label: &str| {
        let is_encoded = label.contains('%');
        label.len() <= MAX_LABEL
            || (!is_encoded && label.chars().nth(MAX_LABEL).is_none())
            || (is_encoded && label.len() <= 9 * MAX_LABEL)
    };
    authority.len() <= MAX_AUTHORITY && authority.split(['.', '。', '．', '｡', '@', ':']).all(is_short)
}

/// Whether a URL that others name may be loaded by readers' browsers: by https, of a public name and without credentials,
/// whatever its port. Of an address or a special name it would be something in the network of whoever reads.
pub fn is_public(text: &str) -> bool {
    text.len() <= MAX_URL
        && parse(text).is_some_and(|url| {
            let is_named = matches!(url.host(), Some(Host::Domain(name)) if is_public_name(name));
            url.scheme() == "https" && is_named && !has_credentials(&url)
        })
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether a URL names this machine. In production nothing is fetched from there.
pub fn is_on_loopback(url: &str) -> bool {
    parse(url).is_some_and(|url| is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_public_name(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    let last = labels.last().copied().unwrap_or("");
    labels.len() >= 2
        && !is_too_deep(name)
        && labels.iter().all(|l| !l.is_empty() && l.len() <= MAX_LABEL)
        && !SPECIAL.contains(&last)
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

/// A domain in canonical form: lower case, A-labels, no trailing dot, with its port if any. `None` if it is
/// invalid.
pub fn normalise_domain(text: &str) -> Option<String> {
    let text = text.trim();
    // The parser would decode it.
    if !has_short_labels(text) || text.contains('%') {
        return None;
    }
    let (name, port) = text.rsplit_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    if port.is_some_and(|p| p.is_empty() || p.len() > 5 || !p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let name = name.trim_end_matches('.');
    let host = Host::parse(name).ok()?.to_string();
    if is_too_deep(&host) || host.split('.').any(|label| label.len() > MAX_LABEL) {
        return None;
    }
    Some(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

/// The domain that somebody typed: itself, or the address of a page of it, in the form of [`normalise_domain`]. `None` if it is invalid.
pub fn typed_domain(text: &str) -> Option<String> {
    let text = text.trim();
    let is_of_pages = |scheme: &str| ["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let rest = match text.split_once("://") {
        Some((scheme, rest)) => Some(rest).filter(|_| is_of_pages(scheme))?,
        None => text,
    };
    normalise_domain(rest.split(['/', '?', '#']).next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: Policy = Policy { is_development: false };
    const DEVELOPMENT: Policy = Policy { is_development: true };

    #[test]
    fn fed_trap_39_addresses_and_special_names_are_refused_in_every_spelling() {
        for bad in [
            "http://example.com/",
            "ftp://example.com/",
            "data:text/plain,x",
            "javascript:1",
            "https://example.com:8443/",
            "https://user@example.com/",
            "https://user:pw@example.com/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://100.64.0.1/",
            "https://198.18.0.1/",
            "https://8.8.8.8/",
            "https://localhost/",
            "https://a.localhost/",
            "https://printer.local/",
            "https://db.internal/",
            "https://x.onion/",
            "https://x.i2p/",
            "https://intranet/",
            "https://a..b/",
            "",
            "x",
            "https:///path",
            "https://exa mple.com/",
            "https://example.com.:443.evil/",
            "https://１２７.０.０.１/",
            "https://①②⑦。0.0.1/",
            "https://ｌｏｃａｌｈｏｓｔ/",
            "https://한글@example.com/",
            "https://한글.kr:8443/",
            "https://한글%2f.kr/",
            "https://a!b.example/",
            "https://a~b.example/",
        ] {
            assert!(SafeUrl::check(bad, &LIVE).is_err(), "{bad}");
        }
        for good in [
            "https://example.com/",
            "https://EXAMPLE.com:443/a?b=c#d",
            "https://한글.kr/x",
            "https://a.b.c.example/",
            "https://a_b.example/",
        ] {
            assert!(SafeUrl::check(good, &LIVE).is_ok(), "{good}");
        }
    }

    #[test]
    fn hosts_are_as_short_as_hosts_before_they_are_converted() {
        let han: String = (0x4e00..0x4e00 + 900).filter_map(char::from_u32).collect();
        let encoded: String = han.bytes().map(|b| format!("%{b:02x}")).collect();
        let long = |label: &str| [format!("https://{label}.example/"), format!("https:x@{label}:80?x")];
        for label in [&han, &encoded, &format!("xn--{}", "a".repeat(900)), &"a".repeat(64), &"a.".repeat(600)]
        {
            for url in long(label) {
                assert_eq!(parse(&url), None, "{url:.80}");
            }
            assert_eq!(normalise_domain(&format!("{label}.example")), None, "{label:.80}");
        }
        let (short, encoded) = (han.get(..60).unwrap(), encoded.get(..180).unwrap());
        for good in [short, encoded, &"a".repeat(63), "a.b.c"] {
            assert!(parse(&format!("https://{good}.example/{han}?{han}#{han}")).is_some(), "{good}");
        }
        assert!(normalise_domain(&format!("{short}.example")).is_some());
        // A label is 63 characters of any script, or each of them as nine of `%xx`.
        let of = |label: &str| parse(&format!("https://{label}.example/"));
        let characters = |count: usize| han.chars().take(count).collect::<String>();
        let percent = |text: &str| text.bytes().map(|b| format!("%{b:02x}")).collect::<String>();
        assert!(of(&characters(63)).is_some() && of(&characters(64)).is_none());
        assert!(of(&percent(&characters(63))).is_some() && of(&percent(&characters(64))).is_none());
        let most = format!("{}a", "aa.".repeat(MAX_AUTHORITY / 3));
        assert!(
            parse(&format!("https://{most}/")).is_some() && parse(&format!("https://{most}a/")).is_none()
        );
        for scheme in ["git+https", "a-b", "a.b"] {
            assert_eq!(parse(&format!("{scheme}://{han}.example/")), None, "{scheme}");
        }
        for path in [format!("?{han}"), format!("#{han}")] {
            assert!(parse(&format!("https://a.example{path}")).is_some(), "{path:.20}");
        }
    }

    #[test]
    fn names_and_urls_are_bounded_exactly() {
        let label = "a".repeat(MAX_LABEL);
        let name = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert!(!is_too_deep(&name) && is_too_deep(&format!("{name}a")));
        assert!(!is_too_deep("a.b.c.d.e.f.g.h.i.j") && is_too_deep("a.b.c.d.e.f.g.h.i.j.k"));
        let of = |host: &str| SafeUrl::check(&format!("https://{host}/"), &LIVE);
        assert!(of("a.b.c.d.e.f.g.h.i.j").is_ok() && of("a.b.c.d.e.f.g.h.i.j.k").is_err());
        // A label of 63 characters of another script has more in ASCII.
        let script: String = (0x4e00..0x4e00 + 63).filter_map(char::from_u32).collect();
        assert!(of(&format!("{label}.example")).is_ok() && of(&format!("{script}.example")).is_err());
        assert_eq!(normalise_domain(&format!("{script}.example")), None);
        let url = |bytes: usize| format!("{:a<bytes$}", "https://example.com/");
        assert!(SafeUrl::check(&url(MAX_URL), &LIVE).is_ok() && is_public(&url(MAX_URL)));
        assert!(SafeUrl::check(&url(MAX_URL + 1), &LIVE).is_err() && !is_public(&url(MAX_URL + 1)));
    }

    /// The parser leaves out tabs and line breaks, and control characters at both ends (WHATWG URL, section 4.4).
    #[test]
    fn hosts_are_found_where_the_parser_finds_them() {
        let han: String = (0x4e00..0x4e00 + 900).filter_map(char::from_u32).collect();
        let base = SafeUrl::check("https://b.example/a/b", &Policy { is_development: false }).unwrap();
        for start in [
            "https://",
            "https:/\t/",
            "https:\n//",
            "ht\ttps:\\\r\\",
            " \u{1}https://",
            "https:///\t/",
            "https:\t",
        ] {
            let url = format!("{start}{han}.example/");
            assert!(parse(&url).is_none_or(|url| url.as_str().len() < 100), "{start:?}");
            assert_eq!(base.join(&url), None, "{start:?}");
            assert!(parse(&format!("{start}c.example/")).is_some(), "{start:?}");
        }
        for start in ["//", "\\\\", "/\t/", "\n//", "/\\"] {
            assert_eq!(base.join(&format!("{start}{han}.example/")), None, "{start:?}");
            let short = base.join(&format!("{start}c.example/x"));
            assert_eq!(short.as_deref(), Some("https://c.example/x"), "{start:?}");
        }
        for path in [
            han.clone(),
            format!("/{han}"),
            format!("x/{han}//{han}"),
            format!("?{han}"),
            format!("://{han}.example/"),
        ] {
            assert!(base.join(&path).is_some(), "{path:.20}");
        }
    }

    #[test]
    fn what_browsers_load_has_a_public_name() {
        for good in ["https://example.com/a.png", "https://example.com:8443/a", "https://한글.kr/"] {
            assert!(is_public(good), "{good}");
        }
        for bad in [
            "http://example.com/",
            "https://user@example.com/",
            "https://:pw@example.com/",
            "https://10.0.0.1/",
            "https://0x0a000001/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://localhost/",
            "https://localhost./",
            "https://router.lan:8443/",
            "https://intranet/",
            "https://",
            "javascript:1",
            "",
        ] {
            assert!(!is_public(bad), "{bad}");
        }
        assert!(!is_public(&format!("https://example.com/{}", "a".repeat(MAX_URL))));
    }

    #[test]
    fn development_opens_loopback_and_nothing_else() {
        for good in [
            "http://localhost:8787/x",
            "https://localhost:8787/x",
            "http://127.0.0.1:1/",
            "http://[::1]:5/",
            "https://example.com/",
        ] {
            assert!(SafeUrl::check(good, &DEVELOPMENT).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/",
            "http://10.0.0.1/",
            "http://192.168.0.1:80/",
            "http://169.254.169.254/",
            "ftp://localhost/",
            "ws://localhost:8787/",
        ] {
            assert!(SafeUrl::check(bad, &DEVELOPMENT).is_err(), "{bad}");
        }
    }

    #[test]
    fn takes_a_url_apart() {
        let url = SafeUrl::check("http://localhost:8787/a%20b?c=%2F#frag", &DEVELOPMENT).unwrap();
        assert_eq!(url.host(), "localhost:8787");
        assert_eq!(url.origin(), "http://localhost:8787");
        assert_eq!(url.path_and_query(), "/a%20b?c=%2F");
        assert_eq!(url.join("../x").as_deref(), Some("http://localhost:8787/x"));
    }

    #[test]
    fn fed_trap_9_domains_are_normalised_before_they_are_compared() {
        for (text, wanted) in [
            ("Example.COM", Some("example.com")),
            ("example.com.", Some("example.com")),
            ("한글.kr", Some("xn--bj0bj06e.kr")),
            ("XN--BJ0BJ06E.kr", Some("xn--bj0bj06e.kr")),
            ("Bücher。Example", Some("xn--bcher-kva.example")),
            ("한글.kr:80", Some("xn--bj0bj06e.kr:80")),
            ("한\u{202e}글.kr", None),
            ("localhost:8787", Some("localhost:8787")),
            ("[::1]:8787", Some("[::1]:8787")),
            ("[::1]:", None),
            ("a/b", None),
            ("a@b", None),
            ("a%2eb", None),
            ("a b", None),
            ("a?b", None),
            ("a#b", None),
            ("a\\b", None),
            ("", None),
            ("a:b", None),
            ("a.example:", None),
            ("a.example:123456", None),
            ("a.example:65535", Some("a.example:65535")),
            // An address of this version is taken with its port alone.
            ("[::1]", None),
            ("a\u{2003}b.example", None),
            ("a\tb.example", None),
            (".", None),
            ("   ", None),
        ] {
            assert_eq!(normalise_domain(text).as_deref(), wanted, "{text}");
        }
        let label = |length: usize| format!("{}.example", "a".repeat(length));
        assert_eq!(normalise_domain(&label(63)), Some(label(63)));
        assert_eq!(normalise_domain(&label(64)), None);
        let deep = |labels: usize| format!("{}example", "a.".repeat(labels - 1));
        assert_eq!(normalise_domain(&deep(MAX_LABELS)), Some(deep(MAX_LABELS)));
        assert_eq!(normalise_domain(&deep(MAX_LABELS + 1)), None);
    }
}
