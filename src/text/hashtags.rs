//! Hashtags in plain text.

use super::steps;
use crate::model::limits;

/// A hashtag and its position in the text (byte offsets, with the `#`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagMatch {
    pub start: usize,
    pub end: usize,
    /// As typed, without `#`.
    pub name: String,
}

/// Characters that the name of a hashtag may begin and end with: letters, marks, digits and underscores.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_mark(c)
}

/// Characters allowed between those: middle dots, and the joiners of scripts that need them.
fn is_joint(c: char) -> bool {
    matches!(c, '·' | '・' | '\u{200c}' | '\u{200d}')
}

fn is_tag(c: char) -> bool {
    is_word(c) || is_joint(c)
}

/// Combining marks of scripts that write vowels with them.
fn is_mark(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36f | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f | 0x900..=0x903 | 0x93a..=0x94f
        | 0x981..=0x983 | 0x9bc..=0x9cd | 0xa01..=0xa03 | 0xa3c..=0xa4d | 0xb01..=0xbcd | 0xc00..=0xd4d | 0xe31..=0xe4e
        | 0xeb1..=0xece | 0xf18..=0xf84 | 0x102b..=0x103e | 0x17b4..=0x17d3 | 0x3099..=0x309a)
}

/// All hashtags, in order: `#` not after a word character, `/`, `)`, `=`, `&` or another `#`, then a name
/// with at least one letter.
pub(super) fn find(text: &str) -> Vec<TagMatch> {
    let mut all = Vec::new();
    let mut before: Option<char> = None;
    let mut skip_to = 0;
    for (start, c) in text.char_indices() {
        steps::add(1);
        let is_start = matches!(c, '#' | '＃')
            && !before.is_some_and(|b| is_word(b) || matches!(b, '/' | ')' | '=' | '&' | '#' | '＃'));
        if start >= skip_to && is_start {
            let from = start + c.len_utf8();
            let name = name_at(text.get(from..).unwrap_or(""));
            if name.chars().any(char::is_alphabetic) {
                let end = from + name.len();
                skip_to = end;
                all.push(TagMatch { start, end, name: name.to_owned() });
            }
        }
        before = Some(c);
    }
    all
}

/// The name at the start of a text; possibly empty.
fn name_at(text: &str) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        steps::add(1);
        if is_word(c) {
            end = at + c.len_utf8();
        } else if !is_joint(c) || end == 0 {
            break;
        }
    }
    text.get(..end).unwrap_or("")
}

/// Whether a text without its `#` can be a hashtag: letters, digits, underscores and the like, not only
/// digits.
pub fn is_name(name: &str) -> bool {
    let text = format!("#{name}");
    let found = find(&text);
    found.len() == 1 && found.first().is_some_and(|m| m.end == text.len())
}

/// Maps fullwidth letters and digits (U+FF01 to U+FF5E) to ASCII: the part of NFKC that matters for typed
/// hashtags.
fn narrow(c: char) -> char {
    match c as u32 {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

const MAX_CHARACTERS: usize = 100;

/// The normalised name for comparing hashtags: without `#`, lower case, no fullwidth forms, at most 100
/// characters.
pub fn normalise(name: &str) -> String {
    let name: String = name
        .trim_start_matches(['#', '＃'])
        .chars()
        .map(narrow)
        .filter(|c| is_tag(*c))
        .take(MAX_CHARACTERS)
        .collect();
    super::sanitize::cut(&name.to_lowercase(), limits::TAG).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_tags_of_all_scripts() {
        let found = |text: &str| find(text).into_iter().map(|t| t.name).collect::<Vec<_>>();
        for (text, wanted) in [
            ("#sori and #Rust_Lang!", vec!["sori", "Rust_Lang"]),
            ("#안녕 #日本語タグ #한글,", vec!["안녕", "日本語タグ", "한글"]),
            ("#1 #2nd #_", vec!["2nd"]),
            ("a#b /#c )#d", vec![]),
            ("https://x.example/#frag", vec![]),
            ("(#ok)", vec!["ok"]),
            ("##x", vec![]),
            ("#हिन्दी", vec!["हिन्दी"]),
            ("#", vec![]),
            ("a #·한글 and all the rest", vec![]),
            ("#\u{200c}한글 #\u{200d}한글 #・한글 #·a", vec![]),
            ("#a·b #a・ #a\u{200c}, #_a_", vec!["a·b", "a", "a", "_a_"]),
            ("・#タグ ·#b", vec!["タグ", "b"]),
            ("?q=#a ＃全角 ＃＃b", vec!["全角"]),
            ("#１２３ #1·2 #1a", vec!["1a"]),
        ] {
            assert_eq!(found(text), wanted, "{text}");
            for tag in find(text) {
                assert!(text[tag.start..tag.end].ends_with(&tag.name), "{text}");
            }
        }
        assert_eq!(normalise("#SoRi"), "sori");
    }
}
