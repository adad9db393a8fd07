//! Shortcodes of custom emojis in plain text, and Unicode emojis.

use std::collections::HashSet;

use super::steps;

/// How many different shortcodes of a text are looked up.
const MAX_SHORTCODES: usize = 100;

/// The shortcodes (without colons) of a text, each once: letters, digits and underscores between colons that
/// are neither in a word nor in a URL.
pub fn shortcodes(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|t| t.find(':')).map(|n| at + n) {
        steps::add(start - at + 1);
        let rest = text.get(start + 1..).unwrap_or("");
        let name = rest.get(..rest.bytes().position(|b| !is_word(&b)).unwrap_or(rest.len())).unwrap_or("");
        steps::add(name.len());
        let end = start + 1 + name.len();
        let is_closed = bytes.get(end) == Some(&b':');
        let is_free = !start.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(is_word)
            && !bytes.get(end + 1).is_some_and(is_word);
        at = if name.len() >= 2 && is_closed && is_free {
            if known.insert(name) {
                all.push(name.to_owned());
            }
            end + 1
        } else {
            // The colon after the name may begin another.
            end.max(start + 1)
        };
        if all.len() == MAX_SHORTCODES {
            break;
        }
    }
    all
}

const JOINER: char = '\u{200d}';
const TEXT_STYLE: char = '\u{fe0e}';
const PICTURE_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// At least the bytes of the longest sequence that is displayed as one emoji.
const MAX_EMOJI: usize = 100;

/// Characters that are emojis by themselves or with a variation selector.
fn is_picture(c: char) -> bool {
    matches!(u32::from(c), 0x1F000..=0x1F1E5 | 0x1F200..=0x1FAFF | 0x2190..=0x21FF | 0x2300..=0x27BF | 0x2900..=0x297F
        | 0x2B00..=0x2BFF | 0x3030 | 0x303D | 0x3297 | 0x3299 | 0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139)
}

fn is_flag_letter(c: char) -> bool {
    matches!(u32::from(c), 0x1F1E6..=0x1F1FF)
}

fn is_skin(c: char) -> bool {
    matches!(u32::from(c), 0x1F3FB..=0x1F3FF)
}

/// The rest of a text after one emoji element at its start
/// (<https://www.unicode.org/reports/tr51/#EBNF_and_Regex>): an emoji with variation selector, skin tone or
/// tags, a flag, or a keycap.
fn after_element(chars: &[char]) -> Option<&[char]> {
    match chars {
        ['0'..='9' | '#' | '*', PICTURE_STYLE, KEYCAP, rest @ ..]
        | ['0'..='9' | '#' | '*', KEYCAP, rest @ ..] => Some(rest),
        [a, b, rest @ ..] if is_flag_letter(*a) && is_flag_letter(*b) => Some(rest),
        [picture, PICTURE_STYLE | TEXT_STYLE, rest @ ..] if is_picture(*picture) => Some(rest),
        [picture, skin, rest @ ..] if is_picture(*picture) && is_skin(*skin) => Some(rest),
        [picture, rest @ ..] if is_picture(*picture) => {
            let is_tag = |c: &&char| matches!(u32::from(**c), 0xE0020..=0xE007E);
            let tags = rest.iter().take_while(is_tag).count();
            match rest.get(tags..) {
                Some(['\u{e007f}', after @ ..]) if tags > 0 => Some(after),
                _ => Some(rest),
            }
        }
        _ => None,
    }
}

/// Whether a text is one emoji: a single one, a flag, a keycap, or a joined sequence.
pub fn is_emoji(text: &str) -> bool {
    if text.len() > MAX_EMOJI {
        return false;
    }
    let chars: Vec<char> = text.chars().collect();
    let mut rest = after_element(&chars);
    while let Some([JOINER, after @ ..]) = rest {
        rest = after_element(after);
    }
    rest.is_some_and(<[char]>::is_empty)
}

/// Characters of the Basic Multilingual Plane with emoji presentation by default (Unicode, emoji-data:
/// Emoji_Presentation).
const PICTURES: &str = "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕";

/// Normalises an emoji: where text presentation is the default, the emoji variation selector is added.
pub fn qualified(emoji: &str) -> String {
    let mut chars = emoji.chars().filter(|c| !matches!(*c, TEXT_STYLE | PICTURE_STYLE));
    match (chars.next(), chars.next()) {
        (Some(only), None) if PICTURES.contains(only) => only.to_string(),
        (Some(only), None) if u32::from(only) < 0x1F000 => format!("{only}{PICTURE_STYLE}"),
        (Some(key), Some(KEYCAP)) => format!("{key}{PICTURE_STYLE}{KEYCAP}"),
        _ => emoji.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_emoji, qualified, shortcodes};

    #[test]
    fn one_spelling_for_one_emoji() {
        for (given, wanted) in [
            ("❤", "❤\u{FE0F}"),
            ("❤\u{FE0F}", "❤\u{FE0F}"),
            ("☕", "☕"),
            ("☕\u{FE0F}", "☕"),
            ("👍🏽", "👍🏽"),
            ("5\u{20e3}", "5\u{fe0f}\u{20e3}"),
            ("🏳\u{fe0f}\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
        ] {
            assert_eq!(qualified(given), wanted);
        }
    }

    #[test]
    fn one_emoji_and_nothing_else() {
        for yes in [
            "👍",
            "👩‍👩‍👧",
            "🇰🇷",
            "❤️",
            "❤",
            "❤\u{fe0e}",
            "5️⃣",
            "5\u{20e3}",
            "#\u{fe0f}\u{20e3}",
            "*\u{20e3}",
            "👍🏽",
            "🏳️‍🌈",
            "👩🏽‍❤️‍💋‍👨🏿",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "🕵️‍♂️",
            "⌚",
            "©️",
            "🏽",
        ] {
            assert!(is_emoji(yes), "{yes}");
        }
        for no in [
            "",
            "a",
            "👍👍",
            "5",
            "가",
            ":)",
            "\"\u{20e3}",
            "\\\u{20e3}",
            "'\u{20e3}",
            "a\u{20e3}",
            "5\u{fe0f}",
            "\u{20e3}",
            "\u{fe0f}",
            "\u{200d}",
            "👍\u{200d}",
            "\u{200d}👍",
            "🇰",
            "🇰🇷🇰",
            "👍\"",
            "👍\u{301}",
            "👍\u{0}",
            "\u{1}👍",
            "\u{1}\u{20e3}",
            "12\u{20e3}",
            "👍\n",
            " 👍",
            "\"\u{200d}👍",
            "🏴\u{e0022}",
            "🏴\u{e0067}",
        ] {
            assert!(!is_emoji(no), "{no}");
        }
    }

    #[test]
    fn finds_what_stands_between_colons() {
        assert_eq!(shortcodes("hi :blob_cat: and :x: :blob_cat:"), ["blob_cat"]);
        assert_eq!(shortcodes("10:30:45 https://a:b:c"), Vec::<String>::new());
        assert_eq!(shortcodes(":안녕: :ok_hand:!"), ["ok_hand"]);
        assert_eq!(shortcodes("::ok_hand:: :a:ok_hand: 한:ok:"), ["ok_hand", "ok"]);
    }

    #[test]
    fn texts_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for text in [":", ":a", ":ab:", "::ab", ":ab: :c"] {
            assert_linear(text, |n| text.repeat(n), |text| drop(shortcodes(text)));
        }
    }
}
