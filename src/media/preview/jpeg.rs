//! JPEG, decoded at an eighth, a quarter or half of its size where that is enough.

mod dc;

use super::{Decoded, Fit, MEMORY, Plan, Scaler, acceptable, exif};
use jpeg_decoder::{Decoder, PixelFormat};
use std::io::{self, Read};

/// The tables before the first scan.
const TABLES: usize = 256 << 10;
/// Comments and application data between scans, which the decoder keeps.
const BETWEEN: usize = 64 << 10;
/// Blocks that may be visited, each in each scan it is part of. 33 megapixels without subsampling are 1.6 million
/// blocks; a progressive file of 12 megapixels has 300,000 and about ten scans.
const VISITS: u64 = 12_000_000;

pub fn decode(bytes: &[u8], fit: Fit, memory_is_left: fn() -> bool) -> Option<Decoded> {
    if !memory_is_left() {
        return None;
    }
    let header = Header::read(bytes)?;
    let plan = Plan::new(header.width, header.height, fit, header.orientation)?;
    let (eighths, smaller) = header.reduced(plan, fit)?;
    let is_too_large = header.memory(eighths)? > MEMORY;
    if header.progressive && (eighths == 1 || is_too_large) {
        let coarse = plan.of_smaller(scaled(header.width, 1), scaled(header.height, 1), fit)?;
        // A preview may be a little smaller than others; a profile's picture is shown as it is.
        let is_enough = fit == Fit::Preview || (coarse.width, coarse.height) == (plan.width, plan.height);
        let decoded = is_enough.then(|| dc::decode(&header, coarse)).flatten();
        if decoded.is_some() || is_too_large {
            return decoded;
        }
    }
    let (header, plan) = (header.count_scans()?, smaller);
    let mut decoder = Decoder::new(Joined([&header.tables, header.scans, &[0xff, 0xd9]]));
    if eighths < 8 {
        // The decoder takes the smallest scale that is enough for one of both sides: the longer one is told.
        let wanted = |side: u32| u16::try_from(scaled(side, eighths)).ok();
        let (width, height) = if header.width >= header.height {
            (wanted(header.width)?, u16::MAX)
        } else {
            (u16::MAX, wanted(header.height)?)
        };
        decoder.scale(width, height).ok()?;
    }
    let data = decoder.decode().ok()?;
    let info = decoder.info()?;
    let (width, height) = (usize::from(info.width), u32::from(info.height));
    if (u32::from(info.width), height) != (scaled(header.width, eighths), scaled(header.height, eighths)) {
        return None;
    }
    // The coefficients go before the sums come.
    drop(decoder);
    let mut pixels = Scaler::new(plan, data.len() as u64)?;
    let mut rgba = Vec::with_capacity(width * 4);
    let bytes = info.pixel_format.pixel_bytes();
    for (y, row) in (0..height).zip(data.chunks_exact(width.checked_mul(bytes)?)) {
        rgba.clear();
        match info.pixel_format {
            PixelFormat::L8 => rgba.extend(row.iter().flat_map(|grey| [*grey, *grey, *grey, 255])),
            PixelFormat::RGB24 => {
                rgba.extend(
                    row.as_chunks::<3>().0.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 255]),
                );
            }
            PixelFormat::CMYK32 => {
                rgba.extend(row.as_chunks::<4>().0.iter().flat_map(|[cyan, magenta, yellow, key]| {
                    let light = |ink: u8| ((255 - u32::from(ink)) * (255 - u32::from(*key)) / 255) as u8;
                    [light(*cyan), light(*magenta), light(*yellow), 255]
                }))
            }
            PixelFormat::L16 => return None,
        }
        pixels.row(y, &rgba);
    }
    Some(Decoded { pixels, orientation: header.orientation, original: (header.width, header.height) })
}

fn scaled(side: u32, eighths: u32) -> u32 {
    (side * eighths).div_ceil(8)
}

struct Header<'a> {
    width: u32,
    height: u32,
    progressive: bool,
    /// Sampling factors.
    components: Vec<(u32, u32)>,
    orientation: u8,
    /// The start of the file without what does not matter for the pixels.
    tables: Vec<u8>,
    /// From the first scan on.
    scans: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the segments before the first scan (ITU T.81, annex B). None for what is not
    /// decoded: lossless, hierarchical and arithmetic coding, and more than eight bits.
    fn read(bytes: &'a [u8]) -> Option<Header<'a>> {
        let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
        let mut tables = vec![0xff, 0xd8];
        let mut orientation = None;
        let mut frame = None;
        let mut progressive = false;
        loop {
            let (marker, after) = next_marker(rest)?;
            if marker == 0xda {
                break;
            }
            let (segment, after_segment) = segment(after)?;
            let content = segment.get(2..)?;
            let kept = match marker {
                0xc0..=0xc2 => {
                    progressive = marker == 0xc2;
                    if frame.replace(content).is_some() {
                        return None;
                    }
                    true
                }
                0xc4 | 0xdb | 0xdd | 0xe0 | 0xee => true,
                0xe1 => {
                    if content.starts_with(b"Exif\0\0") && orientation.is_none() {
                        orientation = Some(exif::orientation(content));
                    }
                    false
                }
                0xe2..=0xef | 0xfe => false,
                _ => return None,
            };
            if kept {
                tables.extend_from_slice(&[0xff, marker]);
                tables.extend_from_slice(segment);
                if tables.len() > TABLES {
                    return None;
                }
            }
            rest = after_segment;
        }
        let frame = frame?;
        let [8, high, low, wide_high, wide_low, count, components @ ..] = frame else { return None };
        let components: Vec<_> = components
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[_, factors, _]| (u32::from(factors >> 4), u32::from(factors & 15)))
            .collect();
        if !matches!(count, 1 | 3 | 4)
            || components.len() != usize::from(*count)
            || components.iter().any(|(x, y)| !(1..=4).contains(x) || !(1..=4).contains(y))
        {
            return None;
        }
        let header = Header {
            width: u32::from(u16::from_be_bytes([*wide_high, *wide_low])),
            height: u32::from(u16::from_be_bytes([*high, *low])),
            progressive,
            components,
            orientation: orientation.unwrap_or(1),
            tables,
            scans: rest,
        };
        acceptable(header.width, header.height).then_some(header)
    }

    /// Ends the scans at the end of the picture. None where they would be too many visits of blocks.
    fn count_scans(mut self) -> Option<Header<'a>> {
        let blocks: u64 = self.blocks().into_iter().sum();
        let mut rest = self.scans;
        let mut visits = 0_u64;
        let mut between = 0;
        while let Some((marker, after)) = next_marker(rest) {
            rest = match marker {
                // An escaped byte of the data, a restart marker, or TEM, which stands alone.
                0x00 | 0x01 | 0xd0..=0xd7 => after,
                0xd9 => {
                    self.scans = self.scans.get(..self.scans.len() - after.len())?;
                    break;
                }
                0xda => {
                    visits = visits.checked_add(blocks)?;
                    if visits > VISITS {
                        return None;
                    }
                    after
                }
                0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => match segment(after) {
                    Some((segment, after)) => {
                        between += segment.len();
                        if between > BETWEEN {
                            return None;
                        }
                        after
                    }
                    None => break,
                },
                _ => return None,
            };
        }
        Some(self)
    }

    /// The blocks of each component, those at the border filled up.
    fn blocks(&self) -> Vec<u64> {
        let max = |of: fn(&(u32, u32)) -> u32| self.components.iter().map(of).max().unwrap_or(1);
        let (max_x, max_y) = (max(|(x, _)| *x), max(|(_, y)| *y));
        let (units_x, units_y) = (self.width.div_ceil(8 * max_x), self.height.div_ceil(8 * max_y));
        self.components.iter().map(|(x, y)| u64::from(units_x * x) * u64::from(units_y * y)).collect()
    }

    /// What the decoder holds at once: coefficients of all blocks of a progressive file, else of some rows; the
    /// planes; the pixels.
    fn memory(&self, eighths: u32) -> Option<u64> {
        let blocks: u64 = self.blocks().into_iter().sum();
        let size = u64::from(eighths);
        let pixels = u64::from(scaled(self.width, eighths)) * u64::from(scaled(self.height, eighths));
        let rows = u64::from(self.width.div_ceil(32) * 32) * 4 * 32 * 2;
        let coefficients = if self.progressive { blocks.checked_mul(128)? } else { 0 };
        coefficients
            .checked_add(blocks * size * size + pixels * self.components.len() as u64 + rows + (512 << 10))
    }

    /// The smallest scale of the decoder that is enough, and what is left to do then.
    fn reduced(&self, plan: Plan, fit: Fit) -> Option<(u32, Plan)> {
        for eighths in [1, 2, 4] {
            let smaller = plan.of_smaller(scaled(self.width, eighths), scaled(self.height, eighths), fit)?;
            if (smaller.width, smaller.height) == (plan.width, plan.height) {
                return Some((eighths, smaller));
            }
        }
        Some((8, plan))
    }
}

/// The next marker and what follows it. A zero is none, but an escaped byte of data.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let start = bytes.iter().position(|byte| *byte == 0xff)?;
    let rest = bytes.get(start..)?;
    let marker = rest.iter().position(|byte| *byte != 0xff)?;
    Some((*rest.get(marker)?, rest.get(marker + 1..)?))
}

/// A segment with its length, and what follows it.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes(*bytes.first_chunk()?));
    if length < 2 { None } else { bytes.split_at_checked(length) }
}

/// Some slices read as one. The decoder reads byte by byte.
struct Joined<'a>([&'a [u8]; 3]);

impl Read for Joined<'_> {
    #[inline]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        for slice in &mut self.0 {
            if !slice.is_empty() {
                return slice.read(into);
            }
        }
        Ok(0)
    }
}
