//! custom_emojis of the instance.

use super::{Query, to_json};
use crate::model::account::Emoji;
use crate::platform::sql::Statement;

/// A custom emoji of the instance, for menus in clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    pub shortcode: String,
    pub url: String,
    pub static_url: String,
    pub category: Option<String>,
    pub is_visible: bool,
}

/// All of them, by name: a small table.
pub fn all() -> Query<Vec<Custom>> {
    Query::all(
        Statement::new(
            "SELECT shortcode, url, static_url, category, is_visible FROM custom_emojis ORDER BY shortcode",
        ),
        |row| {
            Ok(Custom {
                shortcode: row.text("shortcode")?,
                url: row.text("url")?,
                static_url: row.text("static_url")?,
                category: row.opt_text("category")?,
                is_visible: row.bool("is_visible")?,
            })
        },
    )
}

pub fn by_shortcodes(names: &[String]) -> Query<Vec<Emoji>> {
    Query::all(
        Statement::new(
            "SELECT e.shortcode AS shortcode, e.url AS url, e.static_url AS static_url FROM json_each(?1) j \
             CROSS JOIN custom_emojis e ON e.shortcode = j.value",
        )
        .bind(to_json(&names)),
        |row| {
            Ok(Emoji {
                shortcode: row.text("shortcode")?,
                url: row.text("url")?,
                static_url: row.text("static_url")?,
            })
        },
    )
}
