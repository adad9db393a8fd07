//! Turning, writing and hashing of what was scaled.

use super::{Decoded, Fit, Picture, Plan, Scaler};
use ::png::{BitDepth, ColorType, Compression, Encoder};

/// Mastodon's for reduced JPEGs is 80 to 90.
const QUALITY: u8 = 80;
/// Blurhashes are computed of a picture of this many pixels at most a side, as Mastodon does.
const HASHED_SIDE: u32 = 100;

pub fn write(decoded: Decoded, fit: Fit) -> Option<Picture> {
    let (width, height) = decoded.pixels.size();
    let unchanged = fit == Fit::Preview && decoded.original == (width, height);
    let pixels = decoded.pixels.finish();
    let (pixels, width, height) = turn(pixels, width, height, decoded.orientation);
    let opaque = pixels.as_chunks::<4>().0.iter().all(|[.., alpha]| *alpha == 255);
    let blurhash = hash(&pixels, width, height)?;
    let media_type = if opaque { "image/jpeg" } else { "image/png" };
    let bytes = match (unchanged, opaque) {
        (true, _) => None,
        (false, true) => Some(jpeg(&pixels, width, height)?),
        (false, false) => Some(png(&pixels, width, height)?),
    };
    Some(Picture { media_type, bytes, width, height, blurhash })
}

/// Turns and mirrors as the EXIF orientation says (EXIF 2.32, section 4.6.4).
fn turn(pixels: Vec<u8>, width: u32, height: u32, orientation: u8) -> (Vec<u8>, u32, u32) {
    if !(2..=8).contains(&orientation) {
        return (pixels, width, height);
    }
    let (new_width, new_height) = if orientation >= 5 { (height, width) } else { (width, height) };
    let (source, _) = pixels.as_chunks::<4>();
    let mut turned = Vec::with_capacity(pixels.len());
    for y in 0..new_height {
        for x in 0..new_width {
            let (from_x, from_y) = match orientation {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                _ => (width - 1 - y, x),
            };
            let at = from_y as usize * width as usize + from_x as usize;
            turned.extend_from_slice(source.get(at).unwrap_or(&[0; 4]));
        }
    }
    (turned, new_width, new_height)
}

fn hash(pixels: &[u8], width: u32, height: u32) -> Option<String> {
    let longest = width.max(height);
    let side = |side: u32| {
        if longest <= HASHED_SIDE { side } else { (u64::from(side) * 100 / u64::from(longest)).max(1) as u32 }
    };
    let plan = Plan { crop: (0, 0, width, height), width: side(width), height: side(height) };
    let mut small = Scaler::new(plan, 0)?;
    let mut line = Vec::with_capacity(width as usize * 4);
    for (y, row) in (0..height).zip(pixels.chunks_exact(width as usize * 4)) {
        line.clear();
        for [red, green, blue, alpha] in row.as_chunks::<4>().0 {
            let over = |colour: u8| {
                let alpha = u32::from(*alpha);
                ((u32::from(colour) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
            };
            line.extend_from_slice(&[over(*red), over(*green), over(*blue), 255]);
        }
        small.row(y, &line);
    }
    blurhash::encode(4, 4, plan.width, plan.height, &small.finish()).ok()
}

/// RGBA, whose alpha is not looked at. `Encoder::encode` would bring the encoder along for nine kinds of pixels.
struct Pixels<'a> {
    pixels: &'a [u8],
    width: u16,
    height: u16,
}

impl jpeg_encoder::ImageBuffer for Pixels<'_> {
    fn get_jpeg_color_type(&self) -> jpeg_encoder::JpegColorType {
        jpeg_encoder::JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let row = self.pixels.chunks_exact(usize::from(self.width) * 4).nth(y.into()).unwrap_or_default();
        for [red, green, blue, _] in row.as_chunks::<4>().0 {
            let (y, cb, cr) = jpeg_encoder::rgb_to_ycbcr(*red, *green, *blue);
            let [ys, cbs, crs, _] = &mut *buffers;
            ys.push(y);
            cbs.push(cb);
            crs.push(cr);
        }
    }
}

fn jpeg(pixels: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, QUALITY);
    encoder.set_optimized_huffman_tables(true);
    let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    encoder.encode_image(Pixels { pixels, width, height }).ok()?;
    Some(bytes)
}

fn png(pixels: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}
