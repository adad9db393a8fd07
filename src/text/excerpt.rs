//! Excerpts for titles and previews.

use unicode_segmentation::UnicodeSegmentation;

use super::sanitize::{cut, plain};
use crate::model::limits::BYTES_OF_CHARACTER;

/// The first `max` grapheme clusters of an HTML text, as plain text on one line; fewer if they have too many
/// bytes.
pub fn excerpt(html: &str, max: usize) -> String {
    line(&plain(html), max)
}

/// As [`excerpt`], of a plain text.
pub fn line(plain: &str, max: usize) -> String {
    let line: Vec<&str> = plain.split_whitespace().collect();
    let line = line.join(" ");
    let mut shown: String = cut(&line, max * BYTES_OF_CHARACTER).graphemes(true).take(max).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn texts_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for text in ["<p>a ", "<br>", "\u{301}", "&amp;"] {
            assert_linear(text, |n| text.repeat(n), |text| drop(excerpt(text, 60)));
        }
    }

    #[test]
    fn begins_as_the_text_does() {
        assert_eq!(excerpt("<p>a\n b</p><p>c &amp; d</p>", 9), "a b c & d");
        assert_eq!(excerpt("<p>안녕하세요</p>", 2), "안녕…");
        let one = format!("a{}", "\u{301}".repeat(50_000));
        assert!(excerpt(&one, 10).len() <= 10 * 32 + 3);
    }
}
