//! Hashtags in plain text.

use crate::model::limits;

/// A hashtag at a place of the text (byte offsets, the `#` included).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagMatch {
    pub start: usize,
    pub end: usize,
    /// As typed, without `#`.
    pub name: String,
}

/// Characters of a tag's name: letters, marks, digits, underscore, middle dots and the joiners of
/// scripts that need them.
fn is_tag(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '·' | '・' | '\u{200c}' | '\u{200d}') || is_mark(c)
}

/// Combining marks of the scripts that write vowels with them.
fn is_mark(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36f | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f | 0x900..=0x903 | 0x93a..=0x94f
        | 0x981..=0x983 | 0x9bc..=0x9cd | 0xa01..=0xa03 | 0xa3c..=0xa4d | 0xb01..=0xbcd | 0xc00..=0xd4d | 0xe31..=0xe4e
        | 0xeb1..=0xece | 0xf18..=0xf84 | 0x102b..=0x103e | 0x17b4..=0x17d3 | 0x3099..=0x309a)
}

/// All hashtags, in order: `#` not behind a word character, `/` or `)`, then a name with at least one
/// character that is no digit.
pub fn find(text: &str) -> Vec<TagMatch> {
    let mut all = Vec::new();
    let mut before: Option<char> = None;
    let mut skip_to = 0;
    for (start, c) in text.char_indices() {
        let is_start = matches!(c, '#' | '＃')
            && !before.is_some_and(|b| is_tag(b) || matches!(b, '/' | ')' | '&' | '#'));
        if start >= skip_to && is_start {
            let from = start + c.len_utf8();
            let name: String = text.get(from..).unwrap_or("").chars().take_while(|c| is_tag(*c)).collect();
            let name = name.trim_matches(|c| matches!(c, '·' | '・' | '\u{200c}' | '\u{200d}'));
            if name.chars().any(|c| !c.is_ascii_digit() && c != '_') {
                let end = from + name.len();
                skip_to = end;
                all.push(TagMatch { start, end, name: name.to_owned() });
            }
        }
        before = Some(c);
    }
    all
}

/// Whether a text without its `#` can be a hashtag: letters, digits, underscores and such, not digits alone.
pub fn is_name(name: &str) -> bool {
    let text = format!("#{name}");
    let found = find(&text);
    found.len() == 1 && found.first().is_some_and(|m| m.end == text.len())
}

/// A letter or digit of full width (U+FF01 to U+FF5E) as its plain twin: what NFKC does to the tags that people type.
fn narrow(c: char) -> char {
    match c as u32 {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

const MAX_CHARACTERS: usize = 100;

/// The name under which tags are compared: without `#`, lower case, of plain width, at most 100 characters.
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
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
        assert_eq!(normalise("#SoRi"), "sori");
    }
}
