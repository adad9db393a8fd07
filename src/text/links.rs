//! Links in plain text.

use super::html::{Token, read};
use super::steps;
use crate::model::limits;

/// A URL and its position in the text (byte offsets).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMatch {
    pub start: usize,
    pub end: usize,
}

const SCHEMES: [&str; 2] = ["https", "http"];

/// All http and https URLs, in order: with a host that contains a dot (or is localhost), up to the first
/// character that is not allowed in URLs, without trailing punctuation and without an unbalanced closing
/// bracket.
pub(super) fn find(text: &str) -> Vec<LinkMatch> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(colon) = text.get(from..).and_then(|rest| rest.find("://")).map(|at| from + at) {
        steps::add(colon - from + 1);
        let host = colon + "://".len();
        let link = scheme_before(text, from, colon)
            .and_then(|start| Some(LinkMatch { start, end: end_of(text, start, host)? }));
        from = link.as_ref().map_or(host, |link| link.end);
        all.extend(link);
    }
    all
}

/// The start of the scheme that ends before the colon: not before `from`, and not within a word.
fn scheme_before(text: &str, from: usize, colon: usize) -> Option<usize> {
    let start = SCHEMES.iter().find_map(|scheme| {
        let start = colon.checked_sub(scheme.len()).filter(|start| *start >= from)?;
        text.get(start..colon).filter(|s| s.eq_ignore_ascii_case(scheme)).map(|_| start)
    })?;
    let before = before(text, start);
    (!before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(start)
}

fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at).and_then(|t| t.chars().next_back())
}

/// The first link of a status that is neither a mention nor a hashtag, from the `href`s of sanitised HTML.
pub fn of_html(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    read(html, |token| {
        let Token::Start(tag) = token else { return true };
        let has = |name: &str, words: &[&str]| {
            tag.attribute(name)
                .is_some_and(|value| value.split_ascii_whitespace().any(|w| words.contains(&w)))
        };
        let is_link = tag.name() == "a" && !has("class", &["mention", "hashtag"]) && !has("rel", &["tag"]);
        let href = tag.attribute("href").filter(|url| is_link && url.len() <= limits::URL);
        found.extend(href.filter(|url| url.starts_with("http")).map(str::to_owned));
        found.is_empty()
    });
    found
}

/// Where all links of sanitised HTML lead, those of mentions and hashtags as well.
pub fn targets(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    read(html, |token| {
        if let Token::Start(tag) = token
            && tag.name() == "a"
        {
            found.extend(tag.attribute("href").filter(|url| url.len() <= limits::URL).map(str::to_owned));
        }
        true
    });
    found
}

/// The addresses in a plain text.
pub fn addresses(text: &str) -> Vec<String> {
    find(text).iter().filter_map(|m| text.get(m.start..m.end)).map(str::to_owned).collect()
}

/// The link of a status whose preview is shown: the first http or https one of its sanitised HTML that is neither a mention
/// nor a hashtag nor a quote's, nor one of those that `is_other` says.
pub fn of_card(html: &str, is_other: &dyn Fn(&str) -> bool) -> Option<String> {
    const MARKED: [&str; 4] = ["mention", "hashtag", "u-url", "h-card"];
    let (mut found, mut quote) = (None, None::<(String, usize)>);
    read(html, |token| {
        let tag = match token {
            Token::Start(tag) => tag,
            Token::End(name) => {
                if let Some((element, open)) = &mut quote
                    && element == name
                {
                    *open -= 1;
                    if *open == 0 {
                        quote = None;
                    }
                }
                return true;
            }
            Token::Text(_) => return true,
        };
        let has = |name: &str, words: &[&str]| {
            tag.attribute(name)
                .is_some_and(|value| value.split_ascii_whitespace().any(|w| words.contains(&w)))
        };
        if let Some((element, open)) = &mut quote {
            *open += usize::from(element == tag.name());
            return true;
        }
        if has("class", &["quote-inline"]) {
            quote = Some((tag.name().to_owned(), 1));
        } else if tag.name() == "a" && !has("class", &MARKED) && !has("rel", &["tag"]) {
            let is_web = |url: &&str| ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
            let href = tag.attribute("href").filter(is_web);
            found = href.filter(|url| url.len() <= limits::URL && !is_other(url)).map(str::to_owned);
        }
        found.is_none()
    });
    found
}

/// The end of the URL whose host begins at `host`; `None` where there is no valid host.
fn end_of(text: &str, start: usize, host: usize) -> Option<usize> {
    let rest = text.get(host..)?;
    let name = name_of_host(rest);
    let top = name.rsplit('.').next().unwrap_or("");
    let is_domain = name.contains('.')
        && !name.starts_with('.')
        && !name.contains("..")
        && top.chars().count() >= 2
        && top.chars().any(char::is_alphabetic);
    if !(name == "localhost" || is_domain) {
        return None;
    }
    // A Latin top-level domain ends where another script follows without a space.
    if let Some(at) = top.find(|c: char| !c.is_ascii())
        && at > 1
        && top.get(..at).is_some_and(|t| t.bytes().all(|b| b.is_ascii_alphabetic()))
    {
        return Some(host + name.len() - top.len() + at);
    }
    let mut end = host + name.len();
    let port =
        text.get(end..)?.strip_prefix(':').map_or(0, |p| p.bytes().take_while(u8::is_ascii_digit).count());
    if port > 0 {
        end += 1 + port;
    }
    let tail = text.get(end..)?;
    if tail.starts_with(['/', '?', '#']) {
        let quote = before(text, start).filter(|c| *c == '\'');
        end += path(tail, quote);
    }
    Some(end)
}

/// Letters, digits, dots, hyphens and underscores; without dots and hyphens at the end.
fn name_of_host(text: &str) -> &str {
    let end =
        text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))).unwrap_or(text.len());
    steps::add(end);
    text.get(..end).unwrap_or("").trim_end_matches(['.', '-'])
}

/// The length of path, query and fragment. They end before the quotation mark that precedes the link, before
/// an unbalanced closing bracket, and before trailing punctuation.
fn path(text: &str, quote: Option<char>) -> usize {
    let (mut end, mut round, mut square) = (0, 0usize, 0usize);
    for (at, c) in text.char_indices() {
        steps::add(1);
        if !is_path(c) || Some(c) == quote {
            break;
        }
        let closed = match c {
            ')' => round.checked_sub(1).map(|n| round = n),
            ']' => square.checked_sub(1).map(|n| square = n),
            _ => Some(()),
        };
        if closed.is_none() {
            break;
        }
        match c {
            '(' => round += 1,
            '[' => square += 1,
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' => {}
            _ => end = at + c.len_utf8(),
        }
    }
    end
}

/// Characters allowed in a path. Punctuation of other scripts directly after a URL is excluded.
fn is_path(c: char) -> bool {
    let is_mark = matches!(
        c,
        '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '«' | '»' | '‹' | '›' | '…'
            // Ideographic stops and brackets.
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
            // Their fullwidth and halfwidth forms.
            | '！' | '＂' | '＇' | '（' | '）' | '，' | '．' | '：' | '；' | '＜' | '＞' | '？' | '［' | '］' | '｛' | '｝'
            | '\u{ff5f}'..='\u{ff64}'
            // Their vertical forms.
            | '\u{fe10}'..='\u{fe19}' | '\u{fe35}'..='\u{fe44}' | '\u{fe47}'..='\u{fe48}'
    );
    !is_mark
        && !c.is_whitespace()
        && !c.is_control()
        && !matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|l| &text[l.start..l.end]).collect()
    }

    #[test]
    fn finds_urls_as_people_write_them() {
        for (text, wanted) in [
            ("see https://example.com.", vec!["https://example.com"]),
            (
                "(https://en.wikipedia.org/wiki/Rust_(language))",
                vec!["https://en.wikipedia.org/wiki/Rust_(language)"],
            ),
            ("https://a.example/b?c=d&e=f#g, and", vec!["https://a.example/b?c=d&e=f#g"]),
            ("HTTP://A.example/x HTTPS://b.example", vec!["HTTP://A.example/x", "HTTPS://b.example"]),
            ("https://한글.kr/길", vec!["https://한글.kr/길"]),
            ("주소는 https://example.com입니다", vec!["https://example.com"]),
            ("http://localhost:8787/x", vec!["http://localhost:8787/x"]),
            ("https://nodot http:// https://", vec![]),
            ("xhttps://a.example", vec![]),
            ("https://a.example/@alice/1", vec!["https://a.example/@alice/1"]),
            ("http://example[.]com http://example[.]com/x hxxp://a.example", vec![]),
            ("http://[::1]/ http://1.22 http://a..example http://.example", vec![]),
            (
                "https://a.example:8443/x https://a.example:x",
                vec!["https://a.example:8443/x", "https://a.example"],
            ),
            (
                "https://a.example/x*, https://a.example/x?!",
                vec!["https://a.example/x", "https://a.example/x"],
            ),
            ("[b](https://a.example/b)입니다", vec!["https://a.example/b"]),
            ("[https://a.example/b[1]]", vec!["https://a.example/b[1]"]),
            (
                "'https://a.example/b'라고 https://a.example/it's",
                vec!["https://a.example/b", "https://a.example/it's"],
            ),
            ("https://a.example/(", vec!["https://a.example/"]),
            ("https://https://a.example", vec!["https://a.example"]),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn marks_of_other_scripts_are_no_part_of_a_url() {
        for mark in "』”“’‘»«》《】【〉〈］［〕〔；：。、，！？」「）（…›‹„｡､｣｢〟〞〗〖".chars()
        {
            for path in ["", "/", "/b", "/b?c=d", "/b#c"] {
                let url = format!("https://a.example{path}");
                for after in ["", " x", "입니다", ")"] {
                    let text = format!("{mark}{url}{mark}{after}");
                    assert_eq!(found(&text), [url.as_str()], "{text}");
                }
            }
        }
    }

    #[test]
    fn the_link_of_a_preview_is_no_mention_hashtag_or_quote() {
        let mention =
            "<span class=\"h-card\"><a href=\"https://a.example/@b\" class=\"u-url mention\">x</a></span>";
        let quote = "<p class=\"quote-inline\">RE: <span>x</span> <a href=\"https://q.example/1\">q</a></p>";
        let link = "<a href=\"https://b.example/?x=1&amp;y\">y</a>";
        let tag = "<a href=\"https://a.example/tags/b\" rel=\"tag\">#b</a>";
        let own = "<a href=\"https://own.example/\">z</a>";
        for (html, wanted) in [
            (format!("{mention}{quote}{tag}{own}{link}{link}"), Some("https://b.example/?x=1&y")),
            (format!("{mention}{quote}{tag}{own}"), None),
            ("<span class=\"quote-inline\"><span>".repeat(100) + link, None),
            ("<a href=\"gemini://b.example/\">x</a><a>y</a>".into(), None),
        ] {
            let found = of_card(&html, &|url| url == "https://own.example/");
            assert_eq!(found.as_deref(), wanted, "{html:.200}");
        }
        use crate::text::steps::tests::assert_linear;
        for part in ["<span class=quote-inline>", "<a href=https://own.example/>x</a>", "<a ", "</span>"] {
            assert_linear(part, |n| part.repeat(n), |text| assert_eq!(of_card(text, &|_| true), None));
        }
    }

    #[test]
    fn the_first_link_of_a_status() {
        for (html, wanted) in [
            (
                "<a href=\"https://a.example/?b=1&amp;c=%27&#39;\">x</a>",
                vec!["https://a.example/?b=1&c=%27'"],
            ),
            (
                "<a href=\"https://a.example/@b\" class=\"u-url mention\">x</a><a class=\"x\" href=\"https://b.example\">y</a>",
                vec!["https://b.example"],
            ),
            ("<a href=\"https://a.example/tags/b\" rel=\"nofollow tag\">x</a>", vec![]),
            ("<a href=\"gemini://a.example\">x</a>", vec![]),
        ] {
            assert_eq!(of_html(html), wanted, "{html}");
        }
    }
}
