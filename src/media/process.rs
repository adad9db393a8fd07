//! From the bytes of an uploaded file to what is stored of it: its kind, without what tells place and device, with a
//! preview.

use super::formats::{self, Class, File, Refused};
use super::preview::{self, Fit, Format};
use crate::error::{Error, Result};
use crate::model::media::{
    Kind, MAX_EMOJI_PIXELS, MAX_EMOJI_SIDE, MAX_PIXELS, MAX_PROFILE_PIXELS, MAX_VIDEO_PIXELS, Purpose, Stored,
};

/// The side of an avatar, and width and height of a header, in pixels, as on Mastodon.
const AVATAR: u32 = 400;
const HEADER: (u32, u32) = (1500, 500);

/// What is stored of a file.
pub struct Processed {
    pub file: Stored,
    /// Of its name.
    pub extension: &'static str,
    pub bytes: Vec<u8>,
    pub preview: Option<PreviewBytes>,
}

/// The bytes of a smaller picture.
pub struct PreviewBytes {
    pub media_type: &'static str,
    pub extension: &'static str,
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

impl Processed {
    /// The width and height of the preview that this file lacks: of a picture that is not decoded here.
    pub fn lacks(&self) -> Option<(u32, u32)> {
        let is_undecoded = self.file.kind == Kind::Image && self.file.blurhash.is_none();
        is_undecoded.then(|| preview::preview_size(self.file.width, self.file.height))
    }

    /// Takes a JPEG that was made elsewhere as the preview; what cannot be decoded is left out.
    pub fn set_preview(&mut self, jpeg: Vec<u8>) {
        let Some(small) = preview::make(&jpeg, Format::Jpeg, Fit::Preview) else { return };
        self.file.blurhash = Some(small.blurhash);
        self.preview = Some(PreviewBytes {
            media_type: "image/jpeg",
            extension: "jpg",
            bytes: small.bytes.unwrap_or(jpeg),
            width: small.width,
            height: small.height,
        });
    }
}

/// Reads, checks and cleans a file.
///
/// Error: `Unprocessable` where its type is not accepted, where it is too large or where it cannot be read.
pub fn process(purpose: Purpose, field: &str, bytes: Vec<u8>) -> Result<Processed> {
    let name = name_of(field);
    let refused = |why: Refused| Error::validation(format!("{name} {}", explain(why)));
    let most_pixels = match purpose {
        Purpose::Attachment | Purpose::Archive => MAX_PIXELS,
        Purpose::Profile => MAX_PROFILE_PIXELS,
        Purpose::Emoji => MAX_EMOJI_PIXELS,
    };
    let file = formats::inspect(&bytes, most_pixels).map_err(refused)?;
    if purpose == Purpose::Emoji {
        // The formats that Mastodon takes.
        if !matches!(file.kind, formats::Kind::Png | formats::Kind::Gif | formats::Kind::Webp) {
            return Err(refused(Refused::Unknown));
        }
        if file.width.max(file.height) > MAX_EMOJI_SIDE {
            return Err(refused(Refused::TooManyPixels));
        }
    }
    let kind = kind_of(&file);
    let area = u64::from(file.width) * u64::from(file.height);
    if matches!(kind, Kind::Video | Kind::Gifv) && area > MAX_VIDEO_PIXELS {
        return Err(refused(Refused::TooManyPixels));
    }
    let most = match (field, kind) {
        ("thumbnail", Kind::Image) => Purpose::Profile.max_bytes(kind),
        ("thumbnail", _) => 0,
        _ => purpose.max_bytes(kind),
    };
    if most == 0 {
        return Err(refused(Refused::Unknown));
    }
    if bytes.len() > most {
        return Err(too_large(field, most));
    }
    let bytes = formats::clean(bytes, &file).map_err(refused)?;
    let fit = match field {
        "avatar" => Fit::Square(AVATAR),
        "header" => Fit::Wide(HEADER.0, HEADER.1),
        // The first picture of an animation as large as it is.
        _ if purpose == Purpose::Emoji => Fit::Wide(file.width, file.height),
        _ => Fit::Preview,
    };
    let small = match (kind, purpose) {
        (Kind::Image, Purpose::Attachment | Purpose::Archive | Purpose::Profile) => {
            preview::make(&bytes, format_of(file.kind), fit)
        }
        (Kind::Image, Purpose::Emoji) if file.is_animated => preview::make(&bytes, format_of(file.kind), fit),
        _ => None,
    };
    // A profile's picture and a thumbnail are never shown larger. What moves goes on moving.
    let is_replaced = (purpose == Purpose::Profile && !file.is_animated) || field == "thumbnail";
    if let (true, Some(small)) = (is_replaced, &small)
        && let Some(bytes) = &small.bytes
    {
        return Ok(Processed {
            file: Stored {
                kind,
                media_type: small.media_type.to_owned(),
                size: bytes.len() as u64,
                width: small.width,
                height: small.height,
                blurhash: Some(small.blurhash.clone()),
                ..Stored::default()
            },
            extension: extension_of(small.media_type),
            bytes: bytes.clone(),
            preview: None,
        });
    }
    let stored = Stored {
        kind,
        media_type: file.mime().to_owned(),
        size: bytes.len() as u64,
        width: file.width,
        height: file.height,
        // Of an animated picture nobody is told.
        duration: file.duration.filter(|_| kind != Kind::Image).unwrap_or(0.0),
        frame_rate: file
            .frame_rate
            .filter(|_| kind != Kind::Image)
            .map_or(0.0, |(frames, seconds)| f64::from(frames) / f64::from(seconds.max(1))),
        bit_rate: file.bit_rate.unwrap_or(0).into(),
        blurhash: small.as_ref().map(|p| p.blurhash.clone()),
        ..Stored::default()
    };
    let preview = small.filter(|_| purpose != Purpose::Profile).and_then(|small| {
        Some(PreviewBytes {
            media_type: small.media_type,
            extension: extension_of(small.media_type),
            bytes: small.bytes?,
            width: small.width,
            height: small.height,
        })
    });
    Ok(Processed { file: stored, extension: file.extension(), bytes, preview })
}

/// `file`, `avatar` and so on are the names of Mastodon's attributes as well.
fn name_of(field: &str) -> &str {
    match field {
        "file" | "thumbnail" | "image" => "File",
        "avatar" => "Avatar",
        "header" => "Header",
        other => other,
    }
}

/// The error of a file with more than `most` bytes.
pub(super) fn too_large(field: &str, most: usize) -> Error {
    Error::validation(format!("{} file size must be less than {}", name_of(field), size(most)))
}

/// The error of what is no file that is taken.
pub(super) fn invalid(field: &str) -> Error {
    Error::validation(format!("{} {}", name_of(field), explain(Refused::Unknown)))
}

/// What a preview is: see [`preview::Picture`].
fn extension_of(media_type: &str) -> &'static str {
    if media_type == "image/png" { "png" } else { "jpg" }
}

fn format_of(kind: formats::Kind) -> Format {
    match kind {
        formats::Kind::Jpeg => Format::Jpeg,
        formats::Kind::Png => Format::Png,
        formats::Kind::Gif => Format::Gif,
        formats::Kind::Webp => Format::Webp,
        _ => Format::Other,
    }
}

fn kind_of(file: &File) -> Kind {
    match file.class {
        Class::Image => Kind::Image,
        Class::Gifv => Kind::Gifv,
        Class::Video => Kind::Video,
        Class::Audio => Kind::Audio,
    }
}

fn size(bytes: usize) -> String {
    if bytes >= 1024 * 1024 { format!("{} MB", bytes / 1024 / 1024) } else { format!("{} KB", bytes / 1024) }
}

/// In Mastodon's words where it has some.
fn explain(refused: Refused) -> String {
    match refused {
        Refused::Unknown | Refused::Unsupported(_) => "content type is invalid".to_owned(),
        other => format!("cannot be used: {other}"),
    }
}
