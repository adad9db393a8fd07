//! PNG, row by row; interlaced ones as well, since the scaler takes rows in any order.

use super::{Decoded, Fit, Plan, Scaler, acceptable, exif, reader::Joined};
use ::png::{BitDepth, ColorType, Decoder, Limits, Transformations};

/// What text, profiles and palettes of a file may take. Rows are bounded by the side.
const CHUNKS: usize = 4 << 20;

/// Adam7 (PNG specification, section 8.1): first column and row, distance of columns and rows.
const PASSES: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

pub fn decode(bytes: &[u8], fit: Fit, memory_is_left: fn() -> bool) -> Option<Decoded> {
    let reader = Joined::new(Vec::new(), bytes, memory_is_left);
    let mut decoder = Decoder::new_with_limits(reader, Limits { bytes: CHUNKS });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().ok()?;
    let (width, height) = header.size();
    if !acceptable(width, height) {
        return None;
    }
    let mut reader = decoder.read_info().ok()?;
    let info = reader.info();
    let interlaced = info.interlaced;
    let orientation = info.exif_metadata.as_deref().map_or(1, exif::orientation);
    let (colour, depth) = reader.output_color_type();
    let line = reader.output_line_size(width)?;
    if depth != BitDepth::Eight {
        return None;
    }
    let plan = Plan::new(width, height, fit, orientation)?;
    // Two rows as they are in the file, of up to eight bytes a pixel, one that is made of them, one in RGBA.
    let mut pixels = Scaler::new(plan, CHUNKS as u64 + u64::from(width) * 32 + (1 << 20))?;
    let mut row = vec![0; line];
    let mut rgba = Vec::with_capacity(width as usize * 4);
    let passes = if interlaced { &PASSES[..] } else { &[(0, 0, 1, 1)] };
    for (x, y, step_x, step_y) in passes {
        if *x >= width {
            continue;
        }
        let samples = (width - x).div_ceil(*step_x) as usize;
        for y in (*y..height).step_by(*step_y as usize) {
            reader.read_row(&mut row).ok()??;
            expand(row.get(..samples.checked_mul(colour.samples())?)?, colour, &mut rgba)?;
            pixels.sparse_row(y, *x, *step_x, &rgba);
        }
    }
    Some(Decoded { pixels, orientation, original: (width, height) })
}

fn expand(row: &[u8], colour: ColorType, rgba: &mut Vec<u8>) -> Option<()> {
    rgba.clear();
    match colour {
        ColorType::Grayscale => rgba.extend(row.iter().flat_map(|grey| [*grey, *grey, *grey, 255])),
        ColorType::GrayscaleAlpha => {
            rgba.extend(
                row.as_chunks::<2>().0.iter().flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]),
            );
        }
        ColorType::Rgb => {
            rgba.extend(
                row.as_chunks::<3>().0.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 255]),
            );
        }
        ColorType::Rgba => rgba.extend_from_slice(row),
        ColorType::Indexed => return None,
    }
    Some(())
}
