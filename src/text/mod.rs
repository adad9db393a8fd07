//! Text processing, pure: plain text to HTML, and sanitising of foreign HTML.

pub mod acct;
pub mod compose;
pub mod count;
pub mod css;
pub mod csv;
pub mod embed;
pub mod emojis;
pub mod entities;
pub mod escape;
pub mod excerpt;
pub mod hashtags;
pub mod html;
pub mod language;
pub mod language_names;
pub mod links;
pub mod mentions;
pub mod rel_me;
pub mod sanitize;
pub mod steps;
pub mod xml;
