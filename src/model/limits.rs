//! Maximum lengths of texts, in bytes of UTF-8. Remote texts are cut there
//! ([`text::sanitize`](crate::text::sanitize)); longer local texts are refused.
//!
//! Characters are limited as well where the client API has such limits; a grapheme may have any number of
//! bytes (combining marks), so their number alone bounds nothing.

/// HTML of a status.
pub const CONTENT: usize = 64 * 1024;
/// A content warning.
pub const SPOILER: usize = 2_048;
/// The title of an article, a video and the like, which becomes a part of the content.
pub const TITLE: usize = 1_000;
pub const DISPLAY_NAME: usize = 2_000;
/// HTML of a bio.
pub const BIO: usize = 20_000;
pub const FIELD_NAME: usize = 2_047;
/// HTML of a profile field.
pub const FIELD_VALUE: usize = 2_047;
/// All fields of a profile together.
pub const FIELDS: usize = 32_768;
pub const POLL_OPTION: usize = 1_000;
/// The description (alt text) of an attachment.
pub const ALT_TEXT: usize = 10_000;
/// The same of a file uploaded here, which has ten thousand characters.
pub const ALT_TEXT_LOCAL: usize = 32_768;
/// The descriptions of a status's attachments together.
pub const ALT_TEXTS: usize = 65_536;
/// The description of an avatar or a header.
pub const PICTURE_TEXT: usize = 1_500;
/// A username.
pub const USERNAME: usize = 255;
pub const SHORTCODE: usize = 128;
/// All custom emojis of a status or profile together: shortcodes and URLs.
pub const EMOJIS: usize = 32_768;
/// How many hashtags of a status are indexed, since each costs two rows. Further ones stay text.
pub const TAGS: usize = 30;
/// The name of a hashtag.
pub const TAG: usize = 400;
/// A reaction: an emoji, or a shortcode and a domain.
pub const REACTION: usize = 400;
/// A URL or an id.
pub const URL: usize = 2_048;
pub const MEDIA_TYPE: usize = 100;
/// The source of a status: text and content warning.
pub const DRAFT: usize = 16_000;

/// Ids of other accounts, or domains, that a profile refers to, together.
pub const NAMED: usize = 32_768;

/// A number of bytes that several texts share.
#[derive(Debug, Clone, Copy)]
pub struct Budget(usize);

impl Budget {
    pub const fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Takes this many bytes if they are left; returns whether they were.
    pub fn take(&mut self, bytes: usize) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// How many bytes a grapheme may have on average in a text with a limit in characters. A family emoji has 25.
pub const BYTES_OF_CHARACTER: usize = 32;
