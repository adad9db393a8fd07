//! From the bytes of an uploaded file to what is stored of it: its kind, without what tells place and device, with a
//! preview.

use super::formats::{self, Class, File, Refused};
use crate::error::{Error, Result};
use crate::model::media::{Kind, MAX_PIXELS, MAX_PROFILE_PIXELS, MAX_VIDEO_PIXELS, Purpose, Stored};

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

/// Reads, checks and cleans a file.
///
/// Error: `Unprocessable` where its type is not accepted, where it is too large or where it cannot be read.
pub fn process(purpose: Purpose, field: &str, bytes: Vec<u8>) -> Result<Processed> {
    // `file`, `avatar` and so on are the names of Mastodon's attributes as well.
    let name = match field {
        "file" | "thumbnail" | "image" => "File",
        "avatar" => "Avatar",
        "header" => "Header",
        other => other,
    };
    let refused = |why: Refused| Error::validation(format!("{name} {}", explain(why)));
    let most_pixels = if purpose == Purpose::Attachment { MAX_PIXELS } else { MAX_PROFILE_PIXELS };
    let file = formats::inspect(&bytes, most_pixels).map_err(refused)?;
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
        return Err(Error::validation(format!("{name} file size must be less than {}", size(most))));
    }
    let bytes = formats::clean(bytes, &file).map_err(refused)?;
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
        ..Stored::default()
    };
    Ok(Processed { file: stored, extension: file.extension(), bytes, preview: None })
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
