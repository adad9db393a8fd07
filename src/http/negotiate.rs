//! Content negotiation: the type of response that is wanted, and the type of a body.

/// The profile that makes JSON-LD ActivityStreams.
const PROFILE: &str = "https://www.w3.org/ns/activitystreams";

/// How many entries of a list are read.
const MAX_RANGES: usize = 32;

/// A media range or a language range, and its weight in thousandths.
struct Range {
    kind: String,
    quality: u16,
}

/// The entries of a list by weight (RFC 9110, section 12.4.2); equal weights keep their order.
fn ranges(accept: &str) -> Vec<Range> {
    let mut all: Vec<Range> = accept
        .split(',')
        .take(MAX_RANGES)
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or("").to_ascii_lowercase();
            let weight = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
            Range { kind, quality: weight.map_or(1000, thousandths) }
        })
        .collect();
    all.sort_by_key(|range| std::cmp::Reverse(range.quality));
    all
}

/// A weight from 0 to 1; an invalid one counts as 1.
fn thousandths(text: &str) -> u16 {
    let weight = text.parse().ok().filter(|weight: &f32| (0.0..=1.0).contains(weight)).unwrap_or(1.0);
    (weight * 1000.0).round() as u16
}

/// Whether an Accept header prefers an ActivityPub document to a page. `*/*` and an empty header prefer the
/// page.
pub fn wants_activity(accept: Option<&str>) -> bool {
    for range in ranges(accept.unwrap_or("")) {
        match range.kind.as_str() {
            "application/activity+json" | "application/ld+json" | "application/json" => {
                return range.quality > 0;
            }
            "text/html" | "application/xhtml+xml" | "*/*" | "text/*" => return false,
            _ => {}
        }
    }
    false
}

/// Whether a Content-Type is that of an ActivityPub document: `application/activity+json`, or
/// `application/ld+json` with the ActivityStreams profile among its profiles. Plain JSON is not
/// (<https://github.com/mastodon/mastodon/security/advisories/GHSA-jhrq-qvrm-qr36>).
pub fn is_activity_content_type(content_type: Option<&str>) -> bool {
    let text = content_type.unwrap_or("");
    let kind = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/activity+json" => true,
        "application/ld+json" => text.split(';').skip(1).any(|p| {
            p.trim().split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("profile")
                    && value.trim().trim_matches('"').split_whitespace().any(|one| one == PROFILE)
            })
        }),
        _ => false,
    }
}

/// The best of `ours` for an Accept-Language header; the first one if none matches.
pub fn language<'a>(accept_language: Option<&str>, ours: &[&'a str]) -> &'a str {
    let first = ours.first().copied().unwrap_or("en");
    ranges(accept_language.unwrap_or(""))
        .iter()
        .filter(|r| r.quality > 0)
        .find_map(|r| {
            let code = r.kind.split('-').next().unwrap_or("");
            ours.iter().copied().find(|o| *o == code)
        })
        .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_trap_57_pages_for_people_documents_for_servers() {
        for yes in [
            "application/activity+json",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/json",
            "application/activity+json, text/html;q=0.1",
            "text/html;q=0.5, application/activity+json",
        ] {
            assert!(wants_activity(Some(yes)), "{yes}");
        }
        for no in [
            "*/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "",
            "image/png",
            "text/html, application/json;q=0.5",
        ] {
            assert!(!wants_activity(Some(no)), "{no}");
        }
        assert!(!wants_activity(None));
    }

    #[test]
    fn fed_trap_6_plain_json_is_no_activity() {
        for yes in [
            "application/activity+json",
            "application/activity+json; charset=utf-8",
            "application/ld+json; charset=utf-8; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/ld+json;profile=\"http://a https://www.w3.org/ns/activitystreams\"",
            "application/ld+json; profile=https://www.w3.org/ns/activitystreams",
        ] {
            assert!(is_activity_content_type(Some(yes)), "{yes}");
        }
        for no in
            ["application/json", "application/ld+json", "text/html", "application/ld+json; profile=\"x\"", ""]
        {
            assert!(!is_activity_content_type(Some(no)), "{no}");
        }
    }

    #[test]
    fn languages() {
        assert_eq!(language(Some("ko-KR,ko;q=0.9,en;q=0.8"), &["en", "ko"]), "ko");
        assert_eq!(language(Some("fr, en;q=0.5"), &["en", "ko"]), "en");
        assert_eq!(language(None, &["en", "ko"]), "en");
        assert_eq!(language(Some("ko;q=0, en;q=0.1"), &["en", "ko"]), "en");
        assert_eq!(language(Some("en;q=0.5, ko;Q=0.501"), &["en", "ko"]), "ko");
    }

    #[test]
    fn weights_that_are_none_count_as_one() {
        for odd in ["nan", "inf", "-1", "2", "", "x", "1e9"] {
            assert_eq!(thousandths(odd), 1000, "{odd}");
        }
        assert_eq!((thousandths("0"), thousandths("0.001"), thousandths("1.0")), (0, 1, 1000));
    }

    #[test]
    fn the_end_of_a_long_list_is_not_read() {
        let list = |n: usize| format!("{}ko", "fr,".repeat(n));
        assert_eq!(language(Some(&list(MAX_RANGES - 1)), &["en", "ko"]), "ko");
        assert_eq!(language(Some(&list(MAX_RANGES)), &["en", "ko"]), "en");
        assert_eq!(ranges(&list(100_000)).len(), MAX_RANGES);
    }
}
