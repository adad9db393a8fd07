//! `rel="me"`: a page that links back to a profile.

/// Whether some `<a>` or `<link>` of the page has the relation `me` and leads to one of `targets` (a slash at
/// the end aside).
pub fn links_back(html: &str, targets: &[&str]) -> bool {
    let same = |a: &str, b: &str| a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'));
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or("");
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let name: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        if !(name.eq_ignore_ascii_case("a") || name.eq_ignore_ascii_case("link")) {
            continue;
        }
        let (attributes, after) = attributes(rest.get(name.len()..).unwrap_or(""));
        rest = after;
        let value = |wanted: &str| attributes.iter().find(|(n, _)| n == wanted).map(|(_, v)| v.as_str());
        let is_me =
            value("rel").is_some_and(|r| r.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case("me")));
        if is_me && value("href").is_some_and(|href| targets.iter().any(|t| same(href.trim(), t))) {
            return true;
        }
    }
    false
}

/// The attributes of a tag up to its `>`, names in lower case, and what comes after.
fn attributes(text: &str) -> (Vec<(String, String)>, &str) {
    let mut all = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (all, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (all, after);
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        // A stray `=` is no name; it must not stop us for good.
        let end = end.max(rest.chars().next().map_or(0, char::len_utf8));
        let name = rest.get(..end).unwrap_or("").to_ascii_lowercase();
        rest = rest.get(end..).unwrap_or("").trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (found, left) = match quote {
                Some(quote) => after.get(1..).and_then(|a| a.split_once(quote)).unwrap_or((after, "")),
                None => {
                    after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len()))
                }
            };
            value = found.replace("&amp;", "&");
            rest = left;
        }
        all.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::links_back;

    #[test]
    fn finds_the_link_in_all_spellings() {
        let me = "https://a.example/@ada";
        for yes in [
            r#"<a rel="me" href="https://a.example/@ada">x</a>"#,
            r#"<p><A HREF='https://a.example/@ada/' class=x REL='nofollow me'>"#,
            r#"<link href=https://a.example/@ada rel=me>"#,
            r#"<link rel="me" href="https://a.example/@ada" />"#,
        ] {
            assert!(links_back(yes, &[me]), "{yes}");
        }
        for no in [
            "",
            "<",
            "<a",
            "<a =",
            r#"<a href="https://a.example/@ada">"#,
            r#"<a rel="me" href="https://a.example/@bob">"#,
            r#"<!-- <a rel="me" href="https://a.example/@ada"> -->"#,
            r#"<area rel="me" href="https://a.example/@ada">"#,
        ] {
            assert!(!links_back(no, &[me]), "{no}");
        }
    }
}
