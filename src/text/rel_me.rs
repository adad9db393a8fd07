//! `rel="me"`: links from a page back to a profile.

use super::html::{Token, read};

/// Whether an `<a>` or `<link>` of the page has the relation `me` and links to one of `targets` (ignoring a
/// slash at the end).
pub fn links_back(html: &str, targets: &[&str]) -> bool {
    let same = |a: &str, b: &str| a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'));
    let mut is_found = false;
    read(html, |token| {
        let Token::Start(tag) = token else { return true };
        let is_me = |rel: &str| rel.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case("me"));
        is_found = matches!(tag.name(), "a" | "link")
            && tag.attribute("rel").is_some_and(is_me)
            && tag.attribute("href").is_some_and(|href| targets.iter().any(|t| same(href.trim(), t)));
        !is_found
    });
    is_found
}

#[cfg(test)]
mod tests {
    use super::links_back;

    #[test]
    fn pages_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for text in ["<a rel=me>", "<a rel='me me me' href=x>", "<link ", "<!---->", "<script></a"] {
            assert_linear(
                text,
                |n| text.repeat(n),
                |text| assert!(!links_back(text, &["https://a.example"])),
            );
        }
    }

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
