//! Uploaded files: what an upload is for, its limits, and what is stored of it.

use super::id::Id;
use super::status::Attachment;

/// What files are uploaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A status's attachment, with an optional thumbnail.
    Attachment,
    /// The same of a status that is brought along from an archive.
    Archive,
    /// A profile's avatar and header.
    Profile,
    /// A custom emoji.
    Emoji,
}

impl Purpose {
    pub const ALL: [Self; 4] = [Self::Attachment, Self::Archive, Self::Profile, Self::Emoji];

    pub fn name(self) -> &'static str {
        match self {
            Self::Attachment => "attachment",
            Self::Archive => "archive",
            Self::Profile => "profile",
            Self::Emoji => "emoji",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// Whether the files become attachments of statuses.
    pub fn is_attached(self) -> bool {
        matches!(self, Self::Attachment | Self::Archive)
    }

    /// The form fields that are read as files. Other file fields are left out.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Attachment => &["file", "thumbnail"],
            Self::Archive => &["file"],
            Self::Profile => &["avatar", "header"],
            Self::Emoji => &["image"],
        }
    }

    /// Maximum bytes of a file of this kind; 0 where it is not accepted.
    pub fn max_bytes(self, kind: Kind) -> usize {
        match (self, kind) {
            (Self::Attachment | Self::Archive, Kind::Image) => MAX_IMAGE,
            (Self::Attachment | Self::Archive, Kind::Gifv | Kind::Video | Kind::Audio) => MAX_FILE,
            (Self::Profile, Kind::Image) => 8 * 1024 * 1024,
            (Self::Emoji, Kind::Image) => 256 * 1024,
            _ => 0,
        }
    }

    /// Maximum bytes of the whole request body.
    pub fn max_body(self) -> usize {
        const OVERHEAD: usize = 64 * 1024;
        let all = match self {
            Self::Attachment | Self::Archive => MAX_FILE,
            Self::Profile => 2 * self.max_bytes(Kind::Image),
            // More than a file may have, so that a form with a larger one is read and can be shown again.
            Self::Emoji => 8 * 1024 * 1024,
        };
        all + OVERHEAD
    }
}

/// Maximum bytes of an image, as on Mastodon.
pub const MAX_IMAGE: usize = 16 * 1024 * 1024;
/// Maximum bytes of a video or sound: a value of Workers KV has at most 25 MiB
/// (<https://developers.cloudflare.com/kv/platform/limits/>).
pub const MAX_FILE: usize = 25 * 1024 * 1024;
/// Maximum pixels of an image, as on Mastodon (7680 × 4320).
pub const MAX_PIXELS: u64 = 33_177_600;
/// Maximum pixels of a profile's picture.
pub const MAX_PROFILE_PIXELS: u64 = 25_000_000;
/// Maximum pixels of a custom emoji (1024 × 1024), which every reader's device decodes many times over.
pub const MAX_EMOJI_PIXELS: u64 = 1_048_576;
/// Maximum width and height of a custom emoji, in pixels.
pub const MAX_EMOJI_SIDE: u32 = 2048;
/// Maximum pixels of a video's frame, as on Mastodon (3840 × 2160).
pub const MAX_VIDEO_PIXELS: u64 = 8_294_400;

/// The `type` of a MediaAttachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    Image,
    /// A video without sound, which clients play in a loop.
    Gifv,
    Video,
    Audio,
    #[default]
    Unknown,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Image, Self::Gifv, Self::Video, Self::Audio, Self::Unknown];

    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Gifv => "gifv",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Unknown => "unknown",
        }
    }

    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|k| k.name() == name).unwrap_or_default()
    }
}

/// Media types by file name extension. Stored files are served by the extension of their path.
pub const TYPES: [(&str, &str); 17] = [
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("flac", "audio/flac"),
    ("m4a", "audio/mp4"),
    ("wav", "audio/wav"),
    ("weba", "audio/webm"),
];

/// The media type of an extension.
pub fn media_type(extension: &str) -> Option<&'static str> {
    TYPES.iter().find(|(e, _)| *e == extension).map(|(_, t)| *t)
}

/// The media types that are taken, each once, and other names of theirs.
pub fn accepted() -> Vec<&'static str> {
    let mut all: Vec<&str> = TYPES.iter().map(|(_, t)| *t).collect();
    all.extend([
        "audio/vnd.wave",
        "audio/x-wav",
        "audio/x-flac",
        "audio/aac",
        "audio/x-m4a",
        "audio/opus",
        "video/quicktime",
    ]);
    let mut seen = std::collections::HashSet::new();
    all.retain(|t| seen.insert(*t));
    all
}

/// What is stored of an uploaded file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    pub kind: Kind,
    pub media_type: String,
    /// Path below the origin's `/media/`: the key and an extension.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// CRC-32 of all bytes, as archives have it.
    pub crc: Option<u32>,
    /// As displayed, in pixels; 0 for sounds.
    pub width: u32,
    pub height: u32,
    /// Seconds; 0 for images.
    pub duration: f64,
    /// Frames in a second; 0 where unknown.
    pub frame_rate: f64,
    /// Bits in a second; 0 where unknown.
    pub bit_rate: u64,
    pub blurhash: Option<String>,
    pub preview: Option<Preview>,
}

/// A smaller picture of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// Path below the origin's `/media/`.
    pub name: String,
    pub width: u32,
    pub height: u32,
}

/// An uploaded file with its description.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Media {
    pub id: Id,
    /// The status, scheduled status or account that uses it.
    pub owner_id: Option<Id>,
    pub file: Stored,
    pub description: Option<String>,
    /// Focal point, each from -1 to 1.
    pub focus: Option<(f64, f64)>,
}

impl Media {
    /// As a status's attachment; `origin` is that of its URLs.
    pub fn attachment(&self, origin: &str) -> Attachment {
        let file = &self.file;
        let size =
            |width: u32, height: u32| (width > 0 && height > 0).then_some((width.into(), height.into()));
        let (width, height) = size(file.width, file.height).unzip();
        Attachment {
            id: Some(self.id),
            kind: file.kind.name().to_owned(),
            media_type: file.media_type.clone(),
            url: url(origin, &file.name),
            preview_url: file.preview.as_ref().map(|p| url(origin, &p.name)),
            preview_size: file.preview.as_ref().and_then(|p| size(p.width, p.height)),
            remote_url: None,
            size: i64::try_from(file.size).ok().filter(|bytes| *bytes > 0),
            description: self.description.clone(),
            blurhash: file.blurhash.clone(),
            width,
            height,
            duration: (file.duration > 0.0).then_some(file.duration),
            frame_rate: (file.frame_rate > 0.0).then_some(file.frame_rate),
            bit_rate: i64::try_from(file.bit_rate).ok().filter(|rate| *rate > 0),
            focus: self.focus,
        }
    }
}

/// The URL of a stored file.
pub fn url(origin: &str, name: &str) -> String {
    format!("{origin}/media/{name}")
}

/// A focal point as clients send it, `x,y`; each is between -1 and 1 (the nearest where it is beyond).
pub fn parse_focus(text: &str) -> Option<(f64, f64)> {
    let (x, y) = text.split_once(',')?;
    let read =
        |part: &str| part.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n.clamp(-1.0, 1.0));
    Some((read(x)?, read(y)?))
}

/// The key of a stored file from its path below `/media/`, and its type. `None` where it is no such path.
pub fn parse_name(name: &str) -> Option<(&str, &'static str)> {
    let (key, extension) = name.rsplit_once('.')?;
    let is_key = (KEY..=KEY + 4).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_key.then_some(()).and(media_type(extension)).map(|media_type| (key, media_type))
}

/// The key of a stored file from the address that [`url`] made; `None` where it is no such address.
pub fn key_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (_, name) = rest.split_once("/media/").filter(|(authority, _)| !authority.contains('/'))?;
    parse_name(name).map(|(key, _)| key)
}

/// Length of the random part of a key: 128 bits in base32.
pub const KEY: usize = 26;

/// A key of 128 random bits (base32 in lower case), which nobody can guess.
pub fn key(random: u128) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    (0..KEY)
        .map(|n| {
            let at = (random >> (n * 5)) & 31;
            char::from(LETTERS.get(at as usize).copied().unwrap_or(b'a'))
        })
        .collect()
}

/// The keys that an upload may have stored under its random key.
pub fn keys_of(key: &str, purpose: Purpose) -> Vec<String> {
    let places = 0..purpose.fields().len();
    places.flat_map(|n| [format!("{key}-{n}"), format!("{key}-{n}s")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_key_and_a_known_extension() {
        let key = key(u128::MAX);
        assert_eq!(key.len(), KEY);
        assert_eq!(parse_name(&format!("{key}-0.jpg")), Some((&*format!("{key}-0"), "image/jpeg")));
        assert_eq!(parse_name(&format!("{key}-1s.webp")).map(|(_, t)| t), Some("image/webp"));
        for bad in
            ["", ".jpg", "a.jpg", &format!("{key}-0.svg"), &format!("{key}/0.jpg"), &format!("{key}-0")]
        {
            assert_eq!(parse_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn keys_differ_in_every_bit() {
        let all: std::collections::BTreeSet<String> = (0..128).map(|n| key(1 << n)).collect();
        assert_eq!(all.len(), 128);
    }
}
