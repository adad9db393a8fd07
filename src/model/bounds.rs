//! Limits in bytes of a whole status and a whole profile, since remote texts are read in pages of many, and
//! every field may reach its own limit. Lists are shortened from the end, the least important first.

use std::borrow::Cow;

use super::account::{Account, Emoji, Field};
use super::status::{Attachment, Mention, Status};

/// A status, as its packed row and as its entity.
pub const STATUS: usize = 160_000;
/// A profile.
pub const ACCOUNT: usize = 48_000;
/// Keys, quotation marks and punctuation of one entry of a list.
const ENTRY: usize = 100;

/// The bytes of a text as a JSON string.
fn json_len(text: &str) -> usize {
    text.bytes()
        .map(|b| match b {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum()
}

fn opt_len(text: Option<&String>) -> usize {
    text.map_or(0, |t| json_len(t))
}

/// An entry that is a plain text.
fn text_len(text: &str) -> usize {
    3 + json_len(text)
}

fn emoji_len(e: &Emoji) -> usize {
    ENTRY + json_len(&e.shortcode) + json_len(&e.url) + json_len(&e.static_url)
}

fn mention_len(m: &Mention) -> usize {
    ENTRY
        + [&m.username, &m.domain, &m.url, &m.uri].into_iter().map(|t| json_len(t)).sum::<usize>()
        + opt_len(m.group_followers.as_ref())
}

fn media_len(m: &Attachment) -> usize {
    let texts = [&m.preview_url, &m.remote_url, &m.description, &m.blurhash];
    3 * ENTRY
        + json_len(&m.kind)
        + json_len(&m.media_type)
        + json_len(&m.url)
        + texts.into_iter().map(|t| opt_len(t.as_ref())).sum::<usize>()
}

/// The entity also has the URL of its page.
fn tag_len(tag: &str) -> usize {
    ENTRY + 4 * json_len(tag)
}

fn field_len(f: &Field) -> usize {
    ENTRY + json_len(&f.name) + json_len(&f.value) + json_len(&f.text)
}

/// Removes entries from the end of a list until `over` bytes are saved; `over` becomes what is left to save.
fn shorten<T>(list: &mut Vec<T>, over: &mut usize, len: impl Fn(&T) -> usize, may_go: impl Fn(&T) -> bool) {
    let mut at = list.len();
    while *over > 0 && at > 0 {
        at -= 1;
        if let Some(entry) = list.get(at).filter(|e| may_go(e)) {
            *over = over.saturating_sub(len(entry));
            list.remove(at);
        }
    }
}

impl Status {
    /// Approximate bytes of its packed row and of its entity.
    pub fn bytes(&self) -> usize {
        let texts = [&self.uri, &self.url, &self.content, &self.spoiler_text];
        let options = [
            &self.text,
            &self.conversation,
            &self.in_reply_to_uri,
            &self.quote_uri,
            &self.quote_stamp,
            &self.card_url,
            &self.brought_from,
        ];
        texts.into_iter().map(|t| json_len(t)).sum::<usize>()
            + options.into_iter().map(|t| opt_len(t.as_ref())).sum::<usize>()
            + self.mentions.iter().map(mention_len).sum::<usize>()
            + self.tags.iter().map(|t| tag_len(t)).sum::<usize>()
            + self.emojis.iter().map(emoji_len).sum::<usize>()
            + self.media.iter().map(media_len).sum::<usize>()
            + self.poll.as_ref().map_or(0, |p| p.options.iter().map(|(t, _)| ENTRY + json_len(t)).sum())
    }

    /// The status shortened to [`STATUS`] bytes: first by its last emojis, then descriptions, attachments,
    /// mentions of remote accounts and hashtags, and if that is not enough by its text. Its audience and its
    /// poll are kept.
    pub fn fitting(&self) -> Cow<'_, Self> {
        let mut over = self.bytes().saturating_sub(STATUS);
        if over == 0 {
            return Cow::Borrowed(self);
        }
        let mut short = self.clone();
        shorten(&mut short.emojis, &mut over, emoji_len, |_| true);
        for m in short.media.iter_mut().rev() {
            if over > 0 {
                over = over.saturating_sub(opt_len(m.description.take().as_ref()));
            }
        }
        shorten(&mut short.media, &mut over, media_len, |_| true);
        shorten(&mut short.mentions, &mut over, mention_len, |m| !m.is_local);
        shorten(&mut short.tags, &mut over, |t| tag_len(t), |_| true);
        if over > 0 {
            short.content.clear();
            short.spoiler_text.clear();
        }
        Cow::Owned(short)
    }
}

impl Account {
    /// Approximate bytes of its packed row and of its entity.
    pub fn bytes(&self) -> usize {
        let texts = [
            &self.uri,
            &self.url,
            &self.display_name,
            &self.note,
            &self.note_text,
            &self.avatar_description,
            &self.header_description,
        ];
        let options = [&self.avatar_url, &self.header_url, &self.followers_url];
        texts.into_iter().map(|t| json_len(t)).sum::<usize>()
            + options.into_iter().map(|t| opt_len(t.as_ref())).sum::<usize>()
            + self.fields.iter().map(field_len).sum::<usize>()
            + self.emojis.iter().map(emoji_len).sum::<usize>()
            + self.attribution_domains.iter().map(|d| text_len(d)).sum::<usize>()
            + self.also_known_as.iter().map(|u| text_len(u)).sum::<usize>()
    }

    /// The account shortened to [`ACCOUNT`] bytes: first by its last emojis, then fields and domains, and if
    /// that is not enough by its text.
    pub fn fitting(&self) -> Cow<'_, Self> {
        let mut over = self.bytes().saturating_sub(ACCOUNT);
        if over == 0 {
            return Cow::Borrowed(self);
        }
        let mut short = self.clone();
        shorten(&mut short.emojis, &mut over, emoji_len, |_| true);
        shorten(&mut short.fields, &mut over, field_len, |_| true);
        shorten(&mut short.attribution_domains, &mut over, |d| text_len(d), |_| true);
        shorten(&mut short.also_known_as, &mut over, |u| text_len(u), |_| true);
        if over > 0 {
            short.note.clear();
            short.note_text.clear();
        }
        Cow::Owned(short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::Id;
    use crate::model::poll::Poll;

    fn emoji(bytes: usize) -> Emoji {
        Emoji { shortcode: "x".into(), url: "u".repeat(bytes), static_url: String::new() }
    }

    fn mention(is_local: bool) -> Mention {
        Mention { uri: "m".repeat(1_900), is_local, ..Mention::default() }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let status = Status { content: "<p>\"</p>".into(), emojis: vec![emoji(10)], ..Status::default() };
        assert!(matches!(status.fitting(), Cow::Borrowed(_)));
        assert!(matches!(Account::default().fitting(), Cow::Borrowed(_)));
    }

    #[test]
    fn a_status_is_shortened_by_what_is_least_missed() {
        let media =
            Attachment { url: "u".into(), description: Some("d".repeat(10_000)), ..Attachment::default() };
        let full = Status {
            id: Id(7),
            content: "c".repeat(64 * 1024),
            emojis: vec![emoji(2_000); 16],
            media: vec![media; 16],
            mentions: (0..60).map(|n| mention(n % 2 == 0)).collect(),
            tags: vec!["tag".repeat(100); 60],
            poll: Some(Poll { options: vec![("o".repeat(1_000), 0); 20], ..Poll::default() }),
            ..Status::default()
        };
        let short = full.fitting();
        assert!(full.bytes() > 2 * STATUS && short.bytes() <= STATUS, "{} {}", full.bytes(), short.bytes());
        assert_eq!((short.emojis.len(), &short.content, &short.poll), (0, &full.content, &full.poll));
        assert!(short.media.iter().all(|m| m.description.is_none()));
        // Local accounts may see it because they are mentioned.
        assert_eq!(short.mentions.iter().filter(|m| m.is_local).count(), 30);
        // A small excess drops little.
        let emojis = vec![emoji(2_000); 16];
        let little = Status { content: "c".repeat(STATUS - 30_000), emojis, ..Status::default() };
        assert_eq!(little.fitting().emojis.len(), 14);
    }

    #[test]
    fn marks_that_json_escapes_count_as_they_are_written() {
        let quotes = Status { content: "\"".repeat(STATUS / 2 + 1), ..Status::default() };
        assert_eq!(quotes.fitting().content, "");
        assert_eq!(json_len("a\"\\\n\u{1}한"), 1 + 2 + 2 + 2 + 6 + 3);
    }

    #[test]
    fn a_profile_keeps_its_first_fields() {
        let field = Field { name: "n".into(), value: "v".repeat(4_000), ..Field::default() };
        let full = Account {
            note: "n".repeat(20_000),
            fields: vec![field; 8],
            emojis: vec![emoji(2_000); 16],
            ..Account::default()
        };
        let short = full.fitting();
        assert!(short.bytes() <= ACCOUNT);
        assert_eq!((short.emojis.len(), short.fields.len(), short.note.len()), (0, 6, 20_000));
        let worst = Account { note: "n".repeat(100_000), ..Account::default() };
        assert!(worst.fitting().bytes() <= ACCOUNT);
    }
}
