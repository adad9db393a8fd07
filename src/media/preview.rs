//! Small pictures and blurhashes of uploaded pictures.
//!
//! Everything here is bounded by what the file's header says, before a pixel is decoded: a picture that would take
//! more memory or time than a background job has is refused. JPEGs are decoded at a fraction of their size, PNGs and
//! GIFs row by row. Sizes are reduced by area averaging of the sRGB values as they are, colours weighted by alpha.

mod exif;
mod gif;
mod jpeg;
mod output;
mod png;
mod reader;
mod scale;
mod webp;

use scale::Scaler;

/// The largest picture that is decoded, in pixels: Mastodon's `image_matrix_limit` (7680 x 4320).
pub const MAX_PIXELS: u64 = 33_177_600;
/// The longest side of a picture that is decoded. libjpeg and GIF know no longer ones.
const MAX_SIDE: u32 = 65_500;
/// The bytes that one call may hold beside the file: decoder, scaled rows and result.
const MEMORY: u64 = 40 << 20;
/// The pixels of a preview: Mastodon's size of small pictures (640 x 360).
const PREVIEW_PIXELS: u64 = 230_400;

/// What a file is, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
    /// A format that is not decoded here.
    Other,
}

/// What a picture is made to fit. Nothing is ever enlarged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The whole picture with at most as many pixels as 640 x 360.
    Preview,
    /// The middle square, at most this wide: an avatar.
    Square(u32),
    /// The middle part of this shape, at most this wide and high: a header.
    Wide(u32, u32),
}

/// A reduced picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The type of `bytes`; `image/jpeg`, or `image/png` where something is transparent.
    pub media_type: &'static str,
    /// None for [`Fit::Preview`] where the original is small enough to be its own preview.
    pub bytes: Option<Vec<u8>>,
    /// As shown: after the orientation of the file's EXIF data is applied.
    pub width: u32,
    pub height: u32,
    /// Of the reduced picture over white, with 4 x 4 components as Mastodon makes it (<https://blurha.sh>).
    pub blurhash: String,
}

/// Makes a reduced picture of a file. None where the file cannot be decoded or decoding would take too much.
pub fn make(bytes: &[u8], format: Format, fit: Fit) -> Option<Picture> {
    make_while(bytes, format, fit, memory_is_left)
}

/// The same with another test of whether memory is left, asked while the file is read.
pub fn make_while(bytes: &[u8], format: Format, fit: Fit, memory_is_left: fn() -> bool) -> Option<Picture> {
    match fit {
        Fit::Preview => {}
        Fit::Square(side) if (1..=2048).contains(&side) => {}
        Fit::Wide(width, height) if (1..=2048).contains(&width) && (1..=2048).contains(&height) => {}
        _ => return None,
    }
    let decoded = match format {
        Format::Jpeg => jpeg::decode(bytes, fit, memory_is_left),
        Format::Png => png::decode(bytes, fit, memory_is_left),
        Format::Gif => gif::decode(bytes, fit, memory_is_left),
        Format::Webp => webp::decode(bytes, fit, memory_is_left),
        Format::Other => None,
    }?;
    output::write(decoded, fit)
}

/// Whether the module's memory is still well below what an isolate has. The tables of a lossless WebP grow with what
/// is coded in it and not with its header, so the reader looks at the memory itself.
fn memory_is_left() -> bool {
    #[cfg(target_arch = "wasm32")]
    {
        const PAGES: usize = (96 << 20) / 65_536;
        core::arch::wasm32::memory_size(0) < PAGES
    }
    #[cfg(not(target_arch = "wasm32"))]
    true
}

/// What a decoder hands over.
struct Decoded {
    pixels: Scaler,
    /// 1 to 8 as EXIF counts them.
    orientation: u8,
    /// The size in the file, before the orientation is applied.
    original: (u32, u32),
}

/// The part of a picture that is used and the size it gets. Before orientation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    crop: (u32, u32, u32, u32),
    width: u32,
    height: u32,
}

/// Refuses by the header.
fn acceptable(width: u32, height: u32) -> bool {
    (1..=MAX_SIDE).contains(&width)
        && (1..=MAX_SIDE).contains(&height)
        && u64::from(width) * u64::from(height) <= MAX_PIXELS
}

impl Plan {
    /// For a picture of this size in the file.
    fn new(width: u32, height: u32, fit: Fit, orientation: u8) -> Option<Plan> {
        if !acceptable(width, height) {
            return None;
        }
        let whole = (0, 0, width, height);
        let (wide, high) = match fit {
            Fit::Preview => {
                let (width, height) = preview_size(width, height);
                return Some(Plan { crop: whole, width, height });
            }
            Fit::Square(side) => (side, side),
            Fit::Wide(wide, high) if orientation >= 5 => (high, wide),
            Fit::Wide(wide, high) => (wide, high),
        };
        let crop = centre(width, height, wide, high)?;
        let (width, height) = if crop.2 > wide || crop.3 > high { (wide, high) } else { (crop.2, crop.3) };
        Some(Plan { crop, width: width.min(crop.2), height: height.min(crop.3) })
    }

    /// The same result from a picture that was decoded at a fraction of its size.
    fn of_smaller(self, width: u32, height: u32, fit: Fit) -> Option<Plan> {
        let crop = match fit {
            Fit::Preview => (0, 0, width, height),
            _ => centre(width, height, self.width, self.height)?,
        };
        Some(Plan { crop, width: self.width.min(crop.2), height: self.height.min(crop.3) })
    }

    /// The bytes of the sums.
    fn memory(self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * 16
            + u64::from(self.width) * 16
            + u64::from(self.crop.2) * 8
    }
}

/// The largest part in the middle that has the shape of `wide` to `high`.
fn centre(width: u32, height: u32, wide: u32, high: u32) -> Option<(u32, u32, u32, u32)> {
    let (w, h) = (u64::from(width), u64::from(height));
    let part_width = (h * u64::from(wide)).checked_div(u64::from(high))?.clamp(1, w);
    let part_height = (w * u64::from(high)).checked_div(u64::from(wide))?.clamp(1, h);
    let (part_width, part_height) = (u32::try_from(part_width).ok()?, u32::try_from(part_height).ok()?);
    Some(((width - part_width) / 2, (height - part_height) / 2, part_width, part_height))
}

/// The size of a preview, by that of the picture.
pub(super) fn preview_size(width: u32, height: u32) -> (u32, u32) {
    let pixels = u64::from(width) * u64::from(height);
    if pixels <= PREVIEW_PIXELS {
        return (width, height);
    }
    let factor = (PREVIEW_PIXELS as f64 / pixels as f64).sqrt();
    let small_height = ((f64::from(height) * factor).round() as u32).clamp(1, height);
    let small_width = ((f64::from(width) * factor).round() as u32).clamp(1, width);
    // Rounding both sides may give some pixels too many, and a side of one pixel many.
    if small_width >= small_height {
        (small_width.min(PREVIEW_PIXELS as u32 / small_height).max(1), small_height)
    } else {
        (small_width, small_height.min(PREVIEW_PIXELS as u32 / small_width).max(1))
    }
}

#[cfg(test)]
mod tests;
