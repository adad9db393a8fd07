//! The first frame of a GIF, row by row.

use super::{Decoded, Fit, Plan, Scaler, acceptable, reader::Joined};
use ::gif::{ColorOutput, DecodeOptions, MemoryLimit};
use std::num::NonZeroU64;

/// What extension blocks of a file may take.
const EXTENSIONS: u64 = 1 << 20;

/// GIF89a, appendix E: first row and distance of rows of each pass.
const PASSES: [(u32, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

pub fn decode(bytes: &[u8], fit: Fit, memory_is_left: fn() -> bool) -> Option<Decoded> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(EXTENSIONS)?));
    let mut decoder = options.read_info(Joined::new(Vec::new(), bytes, memory_is_left)).ok()?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    let plan = Plan::new(width, height, fit, 1)?;
    let frame = decoder.next_frame_info().ok()??;
    let (left, top) = (u32::from(frame.left), u32::from(frame.top));
    let (frame_width, frame_height) = (u32::from(frame.width), u32::from(frame.height));
    let (interlaced, transparent) = (frame.interlaced, frame.transparent);
    if !acceptable(frame_width, frame_height) {
        return None;
    }
    let mut palette = [[0, 0, 0, 255]; 256];
    for (entry, colour) in palette.iter_mut().zip(decoder.palette().ok()?.as_chunks::<3>().0) {
        let [red, green, blue] = *colour;
        *entry = [red, green, blue, 255];
    }
    if let Some(entry) = transparent.and_then(|index| palette.get_mut(usize::from(index))) {
        *entry = [0; 4];
    }
    let mut pixels = Scaler::new(plan, EXTENSIONS + u64::from(frame_width) * 8 + (1 << 20))?;
    let mut row = vec![0; frame_width as usize];
    let mut rgba = Vec::with_capacity(frame_width as usize * 4);
    let passes = if interlaced { &PASSES[..] } else { &[(0, 1)] };
    for (first, step) in passes {
        for y in (*first..frame_height).step_by(*step) {
            if !decoder.fill_buffer(&mut row).ok()? {
                return None;
            }
            rgba.clear();
            rgba.extend(row.iter().filter_map(|index| palette.get(usize::from(*index))).flatten());
            pixels.sparse_row(top.saturating_add(y), left, 1, &rgba);
        }
    }
    Some(Decoded { pixels, orientation: 1, original: (width, height) })
}
