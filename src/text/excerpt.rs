//! The beginning of a text, for titles and previews.

use unicode_segmentation::UnicodeSegmentation;

/// The first `max` grapheme clusters of an HTML text, as plain text on one line.
pub fn excerpt(html: &str, max: usize) -> String {
    let plain = super::sanitize::plain(html);
    let line: Vec<&str> = plain.split_whitespace().collect();
    let line = line.join(" ");
    let mut shown: String = line.graphemes(true).take(max).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}
