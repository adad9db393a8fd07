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

/// How many pictures [`draw`] puts into a text, and how many bytes their tags have together: a text of nothing but
/// shortcodes would otherwise become a hundred times as long.
const MAX_PICTURES: usize = 500;
const MAX_PICTURE_BYTES: usize = 96 * 1024;

/// Replaces `:shortcode:` by what `picture` answers for it, in the text of sanitised HTML: never within tags, nor where
/// the text is invisible (as Mastodon's pages do it; so in links and code as well). A shortcode is replaced where
/// [`shortcodes`] would find it. Beyond [`MAX_PICTURES`] and [`MAX_PICTURE_BYTES`] they stay text.
pub fn draw(html: &str, mut picture: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(html.len());
    let (mut pictures, mut bytes) = (0, 0);
    let mut allowed = |name: &str| {
        // No more are made than are shown.
        if pictures >= MAX_PICTURES || bytes >= MAX_PICTURE_BYTES {
            return None;
        }
        let tag = picture(name)?;
        bytes += tag.len();
        if bytes > MAX_PICTURE_BYTES {
            return None;
        }
        pictures += 1;
        Some(tag)
    };
    // How many `<span>`s are open from an invisible one on.
    let mut invisible = 0_usize;
    let mut rest = html;
    while !rest.is_empty() {
        let end = if rest.starts_with('<') { tag_end(rest) } else { rest.find('<').unwrap_or(rest.len()) };
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        steps::add(part.len());
        rest = after;
        if part.starts_with("</span") {
            invisible = invisible.saturating_sub(1);
        } else if part.starts_with("<span") && (invisible > 0 || is_invisible(part)) {
            invisible += 1;
        }
        if part.starts_with('<') || invisible > 0 {
            out.push_str(part);
        } else {
            draw_text(part, &mut out, &mut allowed);
        }
    }
    out
}

/// The length of the tag at the start of a text; all of it where the tag does not end.
fn tag_end(html: &str) -> usize {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    html.len()
}

/// Whether a `<span>` has the class of text that is not displayed.
fn is_invisible(tag: &str) -> bool {
    let class = tag.split_once("class=\"").and_then(|(_, value)| value.split('"').next()).unwrap_or("");
    class.split_ascii_whitespace().any(|name| name == "invisible")
}

/// A text without tags, with its shortcodes replaced.
fn draw_text(text: &str, out: &mut String, picture: &mut impl FnMut(&str) -> Option<String>) {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let bytes = text.as_bytes();
    // What is before `from` is written.
    let (mut from, mut at) = (0, 0);
    while let Some(start) = text.get(at..).and_then(|t| t.find(':')).map(|n| at + n) {
        let rest = text.get(start + 1..).unwrap_or("");
        // Other servers may have letters of any language in their shortcodes.
        let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..len).unwrap_or("");
        let end = start + 1 + len;
        steps::add(start - at + len + 1);
        let is_closed = len > 0 && bytes.get(end) == Some(&b':');
        let is_free = !start.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(is_word)
            && !bytes.get(end + 1).is_some_and(is_word);
        match if is_closed && is_free { picture(name) } else { None } {
            Some(tag) => {
                out.push_str(text.get(from..start).unwrap_or(""));
                out.push_str(&tag);
                at = end + 1;
                from = at;
            }
            // The colon after the name may begin another.
            None => at = end.max(start + 1),
        }
    }
    out.push_str(text.get(from..).unwrap_or(""));
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
    use super::{MAX_PICTURE_BYTES, MAX_PICTURES, draw, is_emoji, qualified, shortcodes};

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
    fn shortcodes_become_pictures_in_texts_only() {
        let drawn = |html: &str| {
            draw(html, |name| ["aa", "bb", "고양이", "x"].contains(&name).then(|| format!("[{name}]")))
        };
        for (html, wanted) in [
            (":aa: and :bb:", "[aa] and [bb]"),
            ("<p>:aa:</p><p>(:bb:)</p>", "<p>[aa]</p><p>([bb])</p>"),
            (":aa::bb:", "[aa][bb]"),
            ("::aa::", ":[aa]:"),
            // Neither is a shortcode on Mastodon.
            (":aa:bb:", ":aa:bb:"),
            ("x:aa: :aa:1 10:30:45", "x:aa: :aa:1 10:30:45"),
            ("안녕:aa:하세요 :고양이:", "안녕[aa]하세요 [고양이]"),
            // Of another server, which has short ones.
            (":x: :y:", "[x] :y:"),
            (":unknown: :aa :aa", ":unknown: :aa :aa"),
            (": :aa: :", ": [aa] :"),
            ("&lt;:aa:&gt; &amp;:bb:", "&lt;[aa]&gt; &amp;[bb]"),
            ("<pre><code>let :aa:</code></pre>", "<pre><code>let [aa]</code></pre>"),
            (
                "<a href=\"https://b.example/:aa:\" title=\">:aa:\">:aa:</a>",
                "<a href=\"https://b.example/:aa:\" title=\">:aa:\">[aa]</a>",
            ),
            (
                "<a href=\"x\"><span class=\"invisible\">https://:aa:<span>:aa:</span></span><span class=\"ellipsis\">:aa:</span><span class=\"invisible\">:aa:</span></a>:aa:",
                "<a href=\"x\"><span class=\"invisible\">https://:aa:<span>:aa:</span></span><span class=\"ellipsis\">[aa]</span><span class=\"invisible\">:aa:</span></a>[aa]",
            ),
            ("<p title=\":aa:", "<p title=\":aa:"),
            ("", ""),
        ] {
            assert_eq!(drawn(html), wanted);
        }
    }

    #[test]
    fn pictures_in_a_text_are_bounded_by_number_and_bytes() {
        let text = ":aa: ".repeat(5_000);
        let short = draw(&text, |_| Some("!".into()));
        assert_eq!(
            (short.matches('!').count(), short.matches(":aa:").count()),
            (MAX_PICTURES, 5_000 - MAX_PICTURES)
        );
        let long = draw(&text, |_| Some("!".repeat(1_000)));
        assert_eq!(long.matches('!').count(), MAX_PICTURE_BYTES / 1_000 * 1_000);
    }

    #[test]
    fn no_more_tags_are_made_than_are_shown() {
        let mut made = 0;
        draw(&":aa: ".repeat(20_000), |_| {
            made += 1;
            Some("!".into())
        });
        assert_eq!(made, MAX_PICTURES);
        let mut made = 0;
        draw(&":aa: ".repeat(20_000), |_| {
            made += 1;
            Some("!".repeat(3_000))
        });
        assert!(made <= MAX_PICTURE_BYTES / 3_000 + 1, "{made}");
    }

    #[test]
    fn texts_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for text in [":", ":a", ":ab:", "::ab", ":ab: :c"] {
            assert_linear(text, |n| text.repeat(n), |text| drop(shortcodes(text)));
        }
        for html in ["<", "<a \"", "<span>", "<span class=\"invisible\">", ":aa", ":aa: ", "::", "</span>:"] {
            assert_linear(html, |n| html.repeat(n), |html| drop(draw(html, |_| Some("!".into()))));
        }
    }
}
