//! Shortcodes of custom emojis in plain text.

/// The shortcodes (without colons) of a text, each once: letters, digits and underscores between colons that
/// stand neither in a word nor in a URL.
pub fn shortcodes(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let bytes = text.as_bytes();
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|t| t.find(':')).map(|n| at + n) {
        let name: &str = text
            .get(start + 1..)
            .map_or("", |t| t.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or(""));
        let end = start + 1 + name.len();
        let is_closed = bytes.get(end) == Some(&b':');
        let is_free =
            (start == 0 || !is_word(bytes[start - 1])) && !bytes.get(end + 1).is_some_and(|b| is_word(*b));
        if name.len() >= 2 && is_closed && is_free {
            if !all.iter().any(|known| known == name) {
                all.push(name.to_owned());
            }
            at = end + 1;
        } else {
            at = start + 1;
        }
    }
    all
}

/// Whether a text is one emoji: a single grapheme cluster of pictures, keycaps or flags.
pub fn is_emoji(text: &str) -> bool {
    let is_picture = |c: char| {
        matches!(u32::from(c), 0x1F000..=0x1FAFF | 0x2190..=0x21FF | 0x2300..=0x27BF | 0x2900..=0x297F | 0x2B00..=0x2BFF
            | 0x3030 | 0x303D | 0x3297 | 0x3299 | 0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x20E3)
    };
    super::count::graphemes(text) == 1 && text.chars().any(is_picture)
}

/// Emojis of the Basic Multilingual Plane that are pictures by themselves (Unicode, emoji-data: Emoji_Presentation).
const PICTURES: &str = "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕";

/// One spelling for an emoji: what is drawn as a letter by itself gets the mark that makes it a picture.
pub fn qualified(emoji: &str) -> String {
    let mut chars = emoji.chars().filter(|c| !matches!(c, '\u{FE0E}' | '\u{FE0F}'));
    match (chars.next(), chars.next()) {
        (Some(only), None) if PICTURES.contains(only) => only.to_string(),
        (Some(only), None) if u32::from(only) < 0x1F000 => format!("{only}\u{FE0F}"),
        _ => emoji.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_emoji, qualified, shortcodes};

    #[test]
    fn one_spelling_for_one_emoji() {
        for (given, wanted) in
            [("❤", "❤\u{FE0F}"), ("❤\u{FE0F}", "❤\u{FE0F}"), ("☕", "☕"), ("☕\u{FE0F}", "☕"), ("👍🏽", "👍🏽")]
        {
            assert_eq!(qualified(given), wanted);
        }
    }

    #[test]
    fn one_emoji_and_nothing_else() {
        for yes in ["👍", "👩‍👩‍👧", "🇰🇷", "❤️", "5️⃣", "👍🏽"] {
            assert!(is_emoji(yes), "{yes}");
        }
        for no in ["", "a", "👍👍", "5", "가", ":)"] {
            assert!(!is_emoji(no), "{no}");
        }
    }

    #[test]
    fn finds_what_stands_between_colons() {
        assert_eq!(shortcodes("hi :blob_cat: and :x: :blob_cat:"), ["blob_cat"]);
        assert_eq!(shortcodes("10:30:45 https://a:b:c"), Vec::<String>::new());
        assert_eq!(shortcodes(":안녕: :ok_hand:!"), ["ok_hand"]);
    }
}
