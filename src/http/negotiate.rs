//! What kind of answer is wanted, and what kind of body this is.

/// The profile that makes JSON-LD ActivityStreams.
const PROFILE: &str = "https://www.w3.org/ns/activitystreams";

/// A media range: its type, its parameters and its weight.
struct Range {
    kind: String,
    quality: f32,
}

fn ranges(accept: &str) -> Vec<Range> {
    let mut all: Vec<Range> = accept
        .split(',')
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or("").to_ascii_lowercase();
            let quality =
                parts.find_map(|p| p.strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0);
            Range { kind, quality }
        })
        .collect();
    all.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    all
}

/// Whether an Accept header prefers an ActivityPub document to a page. `*/*` and nothing are for people.
pub fn wants_activity(accept: Option<&str>) -> bool {
    for range in ranges(accept.unwrap_or("")) {
        match range.kind.as_str() {
            "application/activity+json" | "application/ld+json" | "application/json" => {
                return range.quality > 0.0;
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

/// The best of `ours` for an Accept-Language header; the first where none fits.
pub fn language<'a>(accept_language: Option<&str>, ours: &[&'a str]) -> &'a str {
    let first = ours.first().copied().unwrap_or("en");
    ranges(accept_language.unwrap_or(""))
        .iter()
        .filter(|r| r.quality > 0.0)
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
    }
}
