//! Plain text: of HTML, of names, and for comparing.

use super::allowed::BLOCKS;
use super::gap::{Gap, gap};
use crate::model::limits;
use crate::text::html::{MAX_HTML, Tag, Token, read};

/// HTML as plain text: blocks and breaks become line breaks, tags are removed, character references are
/// decoded.
pub fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len().min(MAX_HTML));
    read(html, |token| {
        match token {
            // White space at the start of a line is not displayed.
            Token::Text(text) if out.is_empty() || out.ends_with('\n') => out.push_str(text.trim_start()),
            Token::Text(text) => out.push_str(text),
            Token::Start(tag) if tag.name() == "br" => out.push('\n'),
            Token::Start(tag) => separate(&mut out, gap(tag.name()).min(Gap::Line)),
            Token::End(name) => separate(&mut out, gap(name)),
        }
        true
    });
    out.trim().to_owned()
}

/// A canonical form of sanitised HTML: its words, blocks, emphasis and link targets. Two texts with the same
/// form differ only in markup (classes, `rel`, `lang`, the spelling of references and spaces).
pub fn visible_form(html: &str) -> String {
    // Control characters are removed, so no text contains this one.
    const MARK: char = '\u{1}';
    const SEEN: [&str; 4] = ["href", "start", "value", "reversed"];
    let mut out = String::with_capacity(html.len());
    let (mut is_spaced, mut is_at_edge, mut pre) = (false, true, 0_usize);
    read(html, |token| {
        let (name, tag) = match token {
            Token::Text(text) => {
                for c in text.chars() {
                    if c.is_ascii_whitespace() && pre == 0 {
                        is_spaced = true;
                        continue;
                    }
                    if is_spaced && !is_at_edge {
                        out.push(' ');
                    }
                    (is_spaced, is_at_edge) = (false, false);
                    out.push(c);
                }
                return true;
            }
            Token::Start(tag) => (tag.name(), Some(tag)),
            Token::End(name) => (name, None),
        };
        if name == "span" {
            return true;
        }
        if name == "pre" {
            pre = if tag.is_some() { pre + 1 } else { pre.saturating_sub(1) };
        }
        if BLOCKS.contains(&name) || name == "br" {
            (is_spaced, is_at_edge) = (false, true);
        }
        out.push(MARK);
        out.push_str(if tag.is_some() { "" } else { "/" });
        out.push_str(name);
        for (name, value) in tag.into_iter().flat_map(Tag::attributes).filter(|(name, _)| SEEN.contains(name))
        {
            for part in [" ", name, "=", value] {
                out.push_str(part);
            }
        }
        out.push(MARK);
        true
    });
    out
}

/// Writes a separator from the text before, if there is none yet.
fn separate(out: &mut String, gap: Gap) {
    let wanted = match gap {
        Gap::None => return,
        Gap::Space if out.ends_with(char::is_whitespace) => return,
        Gap::Space => " ",
        Gap::Line => "\n",
        Gap::Paragraph => "\n\n",
    };
    if out.is_empty() || out.ends_with(wanted) {
        return;
    }
    out.push_str(if gap == Gap::Paragraph && out.ends_with('\n') { "\n" } else { wanted });
}

/// A text of one line, such as a name or a content warning: no control characters, no line breaks, no
/// characters that change the direction of the text after it; at most `max` bytes.
pub fn line(text: &str, max: usize) -> String {
    let clean: String = cut(text, MAX_HTML)
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    cut(clean.trim(), max).trim_end().to_owned()
}

/// A display name, as a [`line`].
pub fn display_name(text: &str) -> String {
    line(text, limits::DISPLAY_NAME)
}

/// At most `max` bytes, cut between characters.
pub fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::super::status_html;
    use super::*;

    #[test]
    fn markup_that_nobody_sees_makes_no_difference() {
        let seen = |html: &str| visible_form(&status_html(html));
        let link = seen("<p>a <a href=\"https://x.example\">b</a> &amp; c</p><p>d</p>");
        for same in [
            "<p>a <a href=\"https://x.example\" rel=\"me\" class=\"u-url\">b</a> &#38; c</p><p>d</p>",
            "<p lang=\"en\">a\n<a href='https://x.example'><span class=\"invisible\">b</span></a> & c </p>\n<p> d</p> ",
        ] {
            assert_eq!(seen(same), link, "{same}");
        }
        for other in [
            "<p>a <a href=\"https://y.example\">b</a> &amp; c</p><p>d</p>",
            "<p>a <a href=\"https://x.example\">b</a> &amp; c</p>d",
            "<p>a <a href=\"https://x.example\"><b>b</b></a> &amp; c</p><p>d</p>",
            "<p>a<a href=\"https://x.example\">b</a> &amp; c</p><p>d</p>",
            "<p>a b &amp; c</p><p>d</p>",
        ] {
            assert_ne!(seen(other), link, "{other}");
        }
        assert_ne!(seen("<pre>a  b</pre>"), seen("<pre>a b</pre>"));
        assert_eq!(seen("<p>a  b</p>"), seen("<p>a b</p>"));
        assert_ne!(seen("&lt;b&gt;"), seen("<b></b>"));
    }

    #[test]
    fn plain_text() {
        assert_eq!(plain("<p>a<br>b</p><p>c &amp; d</p>"), "a\nb\n\nc & d");
        assert_eq!(display_name(" a\n\u{202e}b\u{7} "), "a b");
        assert_eq!(line(&"한 ".repeat(100), 8), "한 한");
        assert_eq!(cut("한글", 4), "한");
    }
}
