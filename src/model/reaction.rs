//! Emoji reactions, as Misskey, Pleroma, Akkoma and Fedibird know them (FEP-c0e0).

/// So many reactions one person may leave on a status.
pub const MOST_OF_ONE: usize = 5;
/// So many different ones a status may have.
pub const MOST: usize = 100;

/// What a status got of one emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// An emoji; of a custom one its shortcode, `shortcode@domain` where it is another server's.
    pub name: String,
    pub count: i64,
    /// The picture of a custom one.
    pub url: Option<String>,
}

/// The shortcode of a custom emoji's name.
pub fn shortcode(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}
