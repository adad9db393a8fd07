//! Emoji reactions, as Misskey, Pleroma, Akkoma and Fedibird know them (FEP-c0e0).

use super::limits;

/// So many reactions one person may leave on a status.
pub const MOST_OF_ONE: usize = 5;
/// So many different ones a status may have.
pub const MOST: usize = 100;
/// Nor does another kind come where their names and pictures come to so many bytes.
pub const MOST_BYTES: usize = 8_000;

/// What a status got of one emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// An emoji; of a custom one its shortcode, `shortcode@domain` where it is another server's.
    pub name: String,
    pub count: i64,
    /// The picture of a custom one.
    pub url: Option<String>,
}

/// Whether a reaction may be kept under this name. It becomes part of a JSON path, which knows no escapes.
pub fn is_name(name: &str) -> bool {
    (1..=limits::REACTION).contains(&name.len())
        && !name.chars().any(|c| c.is_control() || matches!(c, '"' | '\\'))
}

/// The shortcode of a custom emoji's name.
pub fn shortcode(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_that_a_json_path_can_hold() {
        for yes in ["👍", "blob", "blob@b.example:8443", "한글"] {
            assert!(is_name(yes), "{yes}");
        }
        for no in ["", "\"", "\"\u{20e3}", "a\\b", "a\u{1}", "\u{0}", &"x".repeat(500)] {
            assert!(!is_name(no), "{no}");
        }
    }
}
