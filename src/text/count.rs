//! How long a status is.

use unicode_segmentation::UnicodeSegmentation;

use super::{links, mentions};

/// What every URL counts.
const URL: usize = 23;

/// Grapheme clusters.
pub fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// Grapheme clusters of text and warning, a URL as 23 and a mention without its domain
/// (<https://docs.joinmastodon.org/user/posting/#text>).
pub fn length(text: &str, spoiler: &str) -> usize {
    let mut total = graphemes(spoiler);
    let mut at = 0;
    let mut cuts: Vec<(usize, usize, usize)> =
        links::find(text).into_iter().map(|l| (l.start, l.end, URL)).collect();
    for m in mentions::find(text) {
        cuts.push((m.start, m.end, m.username.len() + 1));
    }
    cuts.sort_unstable();
    for (start, end, counts) in cuts {
        if start < at {
            continue;
        }
        total += graphemes(text.get(at..start).unwrap_or("")) + counts;
        at = end;
    }
    total + graphemes(text.get(at..).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_mastodon_does() {
        for (text, wanted) in [
            ("abc", 3),
            ("안녕하세요", 5),
            ("👨‍👩‍👧‍👦!", 2),
            ("https://example.com/a/very/long/path/that/goes/on", 23),
            ("hi @alice@very.long.example", 9),
        ] {
            assert_eq!(length(text, ""), wanted, "{text}");
        }
        assert_eq!(length("abc", "cw"), 5);
    }
}
