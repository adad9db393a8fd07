//! PNG and APNG (W3C Portable Network Graphics, third edition).
//!
//! Kept: the chunks of pixels, colours and animation. Removed: text, times, EXIF but for the orientation, all
//! unknown ancillary chunks, and what follows IEND.

use std::ops::Range;

use super::{File, Kind, Limits, Plan, Refused, Result, exif, oriented, u16be, u32be};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Ancillary chunks that change how the picture looks.
const KEPT: [&[u8; 4]; 17] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL",
    b"fdAT", b"cICP", b"mDCV", b"mDCv", b"cLLI", b"cLLi",
];

struct Chunk {
    name: [u8; 4],
    whole: Range<usize>,
    body: Range<usize>,
}

/// Gives the chunks from IHDR to IEND. Every chunk must be complete.
fn walk(bytes: &[u8], limits: &mut Limits, mut visit: impl FnMut(Chunk) -> Result<()>) -> Result<()> {
    let (mut at, mut has_data) = (SIGNATURE.len(), false);
    loop {
        limits.step()?;
        let length = u32be(bytes, at).ok_or(Refused::Truncated)?;
        let name: [u8; 4] = super::take(bytes, at + 4).ok_or(Refused::Truncated)?;
        let body = at + 8;
        let end = usize::try_from(length)
            .ok()
            .and_then(|l| body.checked_add(l)?.checked_add(4))
            .filter(|end| *end <= bytes.len())
            .ok_or(Refused::Truncated)?;
        if (at == SIGNATURE.len()) != (&name == b"IHDR") {
            return Err(Refused::Malformed("IHDR"));
        }
        let is_critical = name.first().is_some_and(u8::is_ascii_uppercase);
        if is_critical && !matches!(&name, b"IHDR" | b"PLTE" | b"IDAT" | b"IEND") {
            return Err(Refused::Unsupported("unknown critical chunk"));
        }
        has_data |= &name == b"IDAT";
        visit(Chunk { name, whole: at..end, body: body..end - 4 })?;
        if &name == b"IEND" {
            return if has_data { Ok(()) } else { Err(Refused::Malformed("no IDAT")) };
        }
        at = end;
    }
}

pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let (mut size, mut orientation) = (None, None);
    let (mut is_started, mut is_animation, mut frames, mut duration) = (false, false, 0u64, 0.0);
    walk(bytes, limits, |chunk| {
        let body = bytes.get(chunk.body).unwrap_or_default();
        match &chunk.name {
            b"IHDR" => size = u32be(body, 0).zip(u32be(body, 4)).filter(|_| body.len() == 13),
            b"eXIf" if orientation.is_none() => orientation = Some(exif::orientation(body)),
            b"IDAT" => is_started = true,
            b"acTL" if !is_started => is_animation = true,
            b"fcTL" => {
                let delay = u16be(body, 20).zip(u16be(body, 22)).ok_or(Refused::Malformed("fcTL"))?;
                // A denominator of 0 means hundredths.
                let under = if delay.1 == 0 { 100 } else { delay.1 };
                frames += 1;
                duration += f64::from(delay.0) / f64::from(under);
            }
            _ => {}
        }
        Ok(())
    })?;
    let (width, height) = size.ok_or(Refused::Malformed("IHDR"))?;
    if width > i32::MAX as u32 || height > i32::MAX as u32 {
        return Err(Refused::Malformed("IHDR"));
    }
    limits.pixels(width, height)?;
    let mut file = File::image(Kind::Png, oriented((width, height), orientation.unwrap_or(1)));
    if is_animation {
        file.animate(frames, duration);
    }
    Ok(file)
}

pub(super) fn clean(bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let mut plan = Plan::default();
    plan.keep(0..SIGNATURE.len());
    let mut has_exif = false;
    walk(&bytes, limits, |chunk| {
        match &chunk.name {
            // The end has no contents; its fixed bytes are written.
            b"IEND" => plan.put(b"\0\0\0\0IEND\xae\x42\x60\x82"),
            b"IHDR" | b"PLTE" | b"IDAT" => plan.keep(chunk.whole),
            b"eXIf" if !has_exif => {
                has_exif = true;
                let orientation = exif::orientation(bytes.get(chunk.body).unwrap_or_default());
                if orientation != 1 {
                    plan.put(&encode(b"eXIf", &exif::minimal(orientation)));
                }
            }
            name if KEPT.contains(&name) => plan.keep(chunk.whole),
            _ => {}
        }
        Ok(())
    })?;
    plan.apply(bytes)
}

/// A chunk with its checksum.
pub(super) fn encode(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(body.len()).unwrap_or(0).to_be_bytes().to_vec();
    chunk.extend_from_slice(name);
    chunk.extend_from_slice(body);
    let sum = crc(chunk.get(4..).unwrap_or_default());
    chunk.extend_from_slice(&sum.to_be_bytes());
    chunk
}

/// CRC-32 of annex D, bit by bit: it is computed over a few bytes only.
fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, has, png};
    use super::*;
    use crate::media::formats;

    #[test]
    fn tags_go_and_the_picture_stays() {
        let file = png::full(8);
        let info = formats::inspect(&file, 1_000_000).unwrap();
        assert_eq!((info.width, info.height, info.is_animated), (20, 30, false));
        let cleaned = samples::check(&file);
        assert!(has(&cleaned, &png::data()) && has(&cleaned, &png::profile()));
        assert_eq!(formats::inspect(&cleaned, 1_000_000).unwrap(), info);
        assert!(!has(&samples::check(&png::full(1)), b"eXIf"));
    }

    #[test]
    fn an_animation_keeps_its_frames() {
        let file = png::animated();
        let info = formats::inspect(&file, 1_000_000).unwrap();
        assert!(info.is_animated);
        assert_eq!((info.duration, info.frame_rate), (Some(0.5), Some((4, 1))));
        let cleaned = samples::check(&file);
        assert_eq!(formats::inspect(&cleaned, 1_000_000).unwrap(), info);
    }

    #[test]
    fn sizes_are_judged_by_the_header() {
        assert_eq!(
            formats::inspect(&png::with_size(60_000, 60_000), 33_177_600),
            Err(Refused::TooManyPixels)
        );
        assert_eq!(formats::inspect(&png::with_size(0, 1), 1000), Err(Refused::NoSize));
        assert_eq!(formats::inspect(&png::with_size(u32::MAX, 1), u64::MAX), Err(Refused::Malformed("IHDR")));
    }

    #[test]
    fn unknown_critical_chunks_are_refused() {
        let mut file = png::full(1);
        let at = SIGNATURE.len() + 25;
        file.splice(at..at, encode(b"CgBI", b"x"));
        assert!(matches!(formats::inspect(&file, 1_000_000), Err(Refused::Unsupported(_))));
    }

    #[test]
    fn the_checksum_is_that_of_the_specification() {
        assert_eq!(encode(b"IEND", b""), b"\0\0\0\0IEND\xae\x42\x60\x82");
    }
}
