//! The length of a status.

use unicode_segmentation::UnicodeSegmentation;

use super::entities::{self, Entity};
use crate::model::limits;

/// The length that every URL counts as.
pub const URL: usize = 23;

/// Grapheme clusters.
pub fn graphemes(text: &str) -> usize {
    super::steps::add(text.len());
    text.graphemes(true).count()
}

/// Whether a text has more than `max` grapheme clusters, or more bytes than that many have normally: a
/// cluster may have any number of bytes.
pub fn is_too_long(text: &str, max: usize) -> bool {
    text.len() > max * limits::BYTES_OF_CHARACTER || graphemes(text) > max
}

/// Grapheme clusters of text and content warning, a URL as 23 and a mention without its domain
/// (<https://docs.joinmastodon.org/user/posting/#text>).
pub fn length(text: &str, spoiler: &str) -> usize {
    let mut total = graphemes(spoiler);
    let mut at = 0;
    for found in entities::find(text) {
        let counts = match found.entity {
            Entity::Link => URL,
            Entity::Mention(mention) => mention.username.len() + 1,
            Entity::Hashtag(_) => continue,
        };
        total += graphemes(text.get(at..found.start).unwrap_or("")) + counts;
        at = found.end;
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

    #[test]
    fn texts_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for text in ["a", "🇰🇷", "👍\u{200d}", "\u{301}", "https://a.example/ ", "@a ", "@a@b.example "]
        {
            assert_linear(text, |n| text.repeat(n / text.len()), |text| assert!(length(text, text) > 0));
        }
    }

    #[test]
    fn a_cluster_of_any_size_is_no_way_around_a_limit() {
        let family = "👨‍👩‍👧‍👦";
        assert!(!is_too_long(&family.repeat(30), 30) && is_too_long(&family.repeat(31), 30));
        let one = format!("a{}", "\u{301}".repeat(500));
        assert_eq!(graphemes(&one), 1);
        assert!(is_too_long(&one, 30));
    }
}
