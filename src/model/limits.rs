//! How long texts may be, in bytes of UTF-8. What comes from other servers is cut there
//! ([`text::sanitize`](crate::text::sanitize)); what local people write is refused beyond it.
//!
//! Characters are counted besides, where the client API says so; one character that a reader sees may be of any
//! number of bytes (combining marks), so its count alone bounds nothing.

/// HTML of a status.
pub const CONTENT: usize = 64 * 1024;
/// A content warning.
pub const SPOILER: usize = 2_048;
/// A title of an article, a film and the like, which becomes a part of the content.
pub const TITLE: usize = 1_000;
pub const DISPLAY_NAME: usize = 2_000;
/// HTML of a profile's text.
pub const BIO: usize = 20_000;
pub const FIELD_NAME: usize = 2_047;
/// HTML of a profile field.
pub const FIELD_VALUE: usize = 2_047;
/// All fields of a profile together.
pub const FIELDS: usize = 32_768;
pub const POLL_OPTION: usize = 1_000;
/// The description of an attachment.
pub const ALT_TEXT: usize = 10_000;
/// The descriptions of a status's attachments together.
pub const ALT_TEXTS: usize = 65_536;
/// The description of an avatar or a header.
pub const PICTURE_TEXT: usize = 1_500;
/// A user name.
pub const USERNAME: usize = 255;
pub const SHORTCODE: usize = 128;
/// The custom emojis of one status or profile together: shortcodes and addresses.
pub const EMOJIS: usize = 32_768;
/// How many hashtags of one status are kept: each is two rows of the index. What is beyond stays text.
pub const TAGS: usize = 30;
/// The name of a hashtag.
pub const TAG: usize = 400;
/// A reaction: an emoji, or a shortcode and a domain.
pub const REACTION: usize = 400;
/// An address or an id.
pub const URL: usize = 2_048;
pub const MEDIA_TYPE: usize = 100;
/// A status as it is typed: text and warning.
pub const DRAFT: usize = 16_000;

/// Ids of other accounts, or domains, that a profile names, together.
pub const NAMED: usize = 32_768;

/// What is left of a number of bytes that several texts share.
#[derive(Debug, Clone, Copy)]
pub struct Budget(usize);

impl Budget {
    pub const fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Whether so many bytes are left; then they are taken.
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

/// How many bytes a visible character of a text that is counted in characters may have on the average. An emoji of
/// a family has 25.
pub const BYTES_OF_CHARACTER: usize = 32;
