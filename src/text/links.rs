//! Links in plain text.

/// A URL at a place of the text (byte offsets).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMatch {
    pub start: usize,
    pub end: usize,
}

const SCHEMES: [&str; 2] = ["https://", "http://"];

/// All http and https URLs, in order: with a host that has a dot (or is localhost), up to the first
/// character that no URL has, without the punctuation that ends the sentence and without a closing
/// bracket that was not opened inside.
pub fn find(text: &str) -> Vec<LinkMatch> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some((start, scheme)) = next_scheme(text, from) {
        from = start + scheme.len();
        if text
            .get(..start)
            .and_then(|t| t.chars().next_back())
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            continue;
        }
        let Some(end) = end_of(text, start, scheme.len()) else { continue };
        all.push(LinkMatch { start, end });
        from = end;
    }
    all
}

/// The first link of a status that is neither a mention nor a hashtag: `href`s of sanitised HTML.
pub fn of_html(html: &str) -> Vec<String> {
    let mut rest = html;
    while let Some(at) = rest.find("<a ") {
        let Some(tag) = rest.get(at..).and_then(|t| t.split_once('>').map(|(tag, _)| tag)) else { break };
        rest = rest.get(at + tag.len()..).unwrap_or("");
        let value = |name: &str| {
            tag.split_once(&format!("{name}=\"")).and_then(|(_, v)| v.split_once('"')).map(|(v, _)| v)
        };
        let is_special = value("class").is_some_and(|c| c.contains("mention") || c.contains("hashtag"))
            || value("rel").is_some_and(|r| r.split(' ').any(|r| r == "tag"));
        if let Some(url) = value("href").filter(|u| !is_special && u.len() <= 2048)
            && url.starts_with("http")
        {
            return vec![url.replace("&amp;", "&")];
        }
    }
    Vec::new()
}

fn next_scheme(text: &str, from: usize) -> Option<(usize, &'static str)> {
    let lower = text.to_ascii_lowercase();
    SCHEMES
        .iter()
        .filter_map(|s| lower.get(from..)?.find(s).map(|at| (from + at, *s)))
        .min_by_key(|(at, _)| *at)
}

fn end_of(text: &str, start: usize, scheme: usize) -> Option<usize> {
    let rest = text.get(start + scheme..)?;
    let host_len: usize = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
        .map(char::len_utf8)
        .sum();
    let host = rest.get(..host_len)?;
    let host = host.trim_end_matches(['.', ':', '-']);
    let name = host.split(':').next().unwrap_or("");
    let top = name.rsplit('.').next().unwrap_or("");
    if !(name == "localhost" || (name.contains('.') && top.chars().count() >= 2 && !name.starts_with('.'))) {
        return None;
    }
    // A top-level domain of Latin letters ends where another script begins without a space.
    let host = match top.find(|c: char| !c.is_ascii()) {
        Some(at) if at > 1 && top.get(..at).is_some_and(|t| t.bytes().all(|b| b.is_ascii_alphabetic())) => {
            let cut = host.len() - (top.len() - at);
            return Some(start + scheme + cut);
        }
        _ => host,
    };
    let mut end = start + scheme + host.len();
    let tail = text.get(end..)?;
    if tail.starts_with(['/', '?', '#']) {
        let path: usize = tail.chars().take_while(|c| is_path(*c)).map(char::len_utf8).sum();
        end += trim(tail.get(..path)?).len();
    }
    Some(end)
}

fn is_path(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(
            c,
            '<' | '>'
                | '"'
                | '`'
                | '{'
                | '}'
                | '|'
                | '\\'
                | '^'
                | '「'
                | '」'
                | '、'
                | '。'
                | '，'
                | '！'
                | '？'
                | '）'
                | '（'
        )
}

fn trim(path: &str) -> &str {
    let mut path = path;
    loop {
        let Some(last) = path.chars().next_back() else { return path };
        let is_unopened = |open: char, close: char| {
            last == close && path.matches(close).count() > path.matches(open).count()
        };
        let ends = matches!(last, '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '…')
            || is_unopened('(', ')')
            || is_unopened('[', ']');
        if !ends {
            return path;
        }
        path = path.get(..path.len() - last.len_utf8()).unwrap_or("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_urls_as_people_write_them() {
        let found =
            |text: &str| find(text).into_iter().map(|l| text[l.start..l.end].to_owned()).collect::<Vec<_>>();
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
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }
}
