//! GIF (CompuServe, Graphics Interchange Format version 89a).
//!
//! Kept: the screen, colour tables, pictures, their control extensions, the loop count (NETSCAPE2.0, ANIMEXTS1.0)
//! and ICC profiles (ICCRGBG1012). Removed: comments, plain text, other application extensions (XMP), and what
//! follows the trailer.

use std::ops::Range;

use super::{File, Kind, Limits, Plan, Refused, Result, u16le};

enum Block {
    /// A graphic control extension: its delay in hundredths of a second.
    Control(Range<usize>, u16),
    Application(Range<usize>),
    /// Plain text, which the control extension before it is about.
    Text,
    /// A comment or an unknown extension, which may stand between a control extension and its picture.
    Other,
    /// A picture: the size of the screen that it needs.
    Picture(Range<usize>, (u32, u32)),
}

/// The end of the header: screen descriptor and global colour table.
fn header_end(bytes: &[u8]) -> Result<usize> {
    let flags = *bytes.get(10).ok_or(Refused::Truncated)?;
    let end = 13 + table_length(flags);
    if end > bytes.len() { Err(Refused::Truncated) } else { Ok(end) }
}

/// The bytes of the colour table that the flags of a descriptor announce.
fn table_length(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The end of a chain of sub-blocks, past its terminator; nothing where the file ends before.
fn chain_end(bytes: &[u8], mut at: usize, limits: &mut Limits) -> Result<Option<usize>> {
    loop {
        limits.step()?;
        let Some(length) = bytes.get(at) else { return Ok(None) };
        at += 1 + usize::from(*length);
        if *length == 0 {
            return Ok(Some(at));
        }
    }
}

/// Gives the blocks after the header. What comes after a complete picture and is no block ends the file, as
/// decoders do.
fn walk(bytes: &[u8], limits: &mut Limits, mut visit: impl FnMut(Block) -> Result<()>) -> Result<()> {
    let (mut at, mut pictures) = (header_end(bytes)?, 0u64);
    loop {
        limits.step()?;
        let ended = || if pictures > 0 { Ok(()) } else { Err(Refused::Truncated) };
        let end = match (bytes.get(at), bytes.get(at + 1)) {
            (Some(0x21), Some(label)) => {
                let Some(end) = chain_end(bytes, at + 2, limits)? else { return ended() };
                visit(match (label, bytes.get(at + 2)) {
                    (0xf9, Some(4)) if end == at + 8 => {
                        Block::Control(at..end, u16le(bytes, at + 4).unwrap_or(0))
                    }
                    (0xff, Some(11)) => Block::Application(at..end),
                    (0x01, _) => Block::Text,
                    _ => Block::Other,
                })?;
                end
            }
            (Some(0x2c), _) => {
                let side = |offset: usize, size: usize| {
                    Some(u32::from(u16le(bytes, at + offset)?) + u32::from(u16le(bytes, at + size)?))
                };
                let Some(flags) = bytes.get(at + 9) else { return ended() };
                let need = side(1, 5).zip(side(3, 7)).ok_or(Refused::Truncated)?;
                let Some(end) = chain_end(bytes, at + 11 + table_length(*flags), limits)? else {
                    return ended();
                };
                pictures += 1;
                visit(Block::Picture(at..end, need))?;
                end
            }
            _ => return ended(),
        };
        at = end;
    }
}

pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let width = u32::from(u16le(bytes, 6).ok_or(Refused::Truncated)?);
    let height = u32::from(u16le(bytes, 8).ok_or(Refused::Truncated)?);
    limits.pixels(width, height)?;
    let (mut frames, mut total, mut delay) = (0u64, 0.0, 0u16);
    let bounds = Limits::new(limits.max_pixels);
    walk(bytes, limits, |block| {
        match block {
            Block::Control(_, new) => delay = new,
            Block::Text => delay = 0,
            Block::Picture(_, (right, bottom)) => {
                bounds.pixels(right, bottom)?;
                frames += 1;
                // Browsers show a frame of less than 20 ms for 100 ms.
                total += if delay < 2 { 0.1 } else { f64::from(delay) / 100.0 };
                delay = 0;
            }
            _ => {}
        }
        Ok(())
    })?;
    let mut file = File::image(Kind::Gif, (width, height));
    file.animate(frames, total);
    Ok(file)
}

pub(super) fn clean(bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let mut plan = Plan::default();
    plan.keep(0..header_end(&bytes)?);
    let mut control = None;
    walk(&bytes, limits, |block| {
        match block {
            Block::Control(range, _) => control = Some(range),
            Block::Picture(range, _) => {
                if let Some(control) = control.take() {
                    plan.keep(control);
                }
                plan.keep(range);
            }
            Block::Application(range) => {
                let name = bytes.get(range.start + 3..range.start + 14).unwrap_or_default();
                match name {
                    b"NETSCAPE2.0" | b"ANIMEXTS1.0" => {
                        // Sub-block 1 is the loop count; others are for reading ahead.
                        if let Some([3, 1, low, high]) = super::take(&bytes, range.start + 14) {
                            plan.keep(range.start..range.start + 14);
                            plan.put(&[3, 1, low, high, 0]);
                        }
                    }
                    b"ICCRGBG1012" => plan.keep(range),
                    _ => {}
                }
            }
            Block::Text => control = None,
            Block::Other => {}
        }
        Ok(())
    })?;
    plan.put(&[0x3b]);
    plan.apply(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, gif, has};
    use super::*;
    use crate::media::formats;

    #[test]
    fn tags_go_and_the_pictures_stay() {
        let file = gif::full(3);
        let info = formats::inspect(&file, 1_000_000).unwrap();
        assert_eq!((info.width, info.height, info.is_animated), (30, 20, true));
        assert_eq!((info.duration, info.frame_rate), (Some(0.75), Some((4, 1))));
        let cleaned = samples::check(&file);
        assert!(has(&cleaned, b"NETSCAPE2.0") && has(&cleaned, &gif::picture()));
        assert_eq!(cleaned.last(), Some(&0x3b));
        assert_eq!(formats::inspect(&cleaned, 1_000_000).unwrap(), info);
        assert!(!formats::inspect(&gif::full(1), 1_000_000).unwrap().is_animated);
    }

    #[test]
    fn a_control_extension_stays_with_its_picture_only() {
        let control = b"\x21\xf9\x04\x04\x19\x00\x00\x00";
        let (comment, text) = (b"\x21\xfe\x01x\0", b"\x21\x01\x0c123456789012\0");
        let end = gif::TRAILER.len() + 1;
        let file = gif::full(1);
        let before = &file[..file.len() - end];
        let cleaned = samples::check(&[before, &control[..], comment, &gif::picture()].concat());
        assert!(has(&cleaned, &[&control[..], &gif::picture()].concat()));
        assert_eq!(cleaned.windows(2).filter(|w| *w == b"\x21\xf9").count(), 2);
        let cleaned = samples::check(&[before, &control[..], text, &gif::picture()].concat());
        assert_eq!(cleaned.windows(2).filter(|w| *w == b"\x21\xf9").count(), 1);
    }

    #[test]
    fn a_script_after_the_trailer_goes() {
        let mut file = gif::full(1);
        file.extend_from_slice(b"*/=1;alert(1)//<script>");
        let cleaned = samples::check(&file);
        assert!(!has(&cleaned, b"alert"));
    }

    #[test]
    fn a_file_without_a_trailer_gets_one() {
        let mut file = gif::full(2);
        file.truncate(file.len() - gif::TRAILER.len() - 1);
        assert_eq!(samples::check(&file).last(), Some(&0x3b));
    }

    #[test]
    fn sizes_are_judged_by_the_headers() {
        assert_eq!(
            formats::inspect(&gif::with_size(60_000, 60_000, 1), 33_177_600),
            Err(Refused::TooManyPixels)
        );
        assert_eq!(formats::inspect(&gif::with_size(0, 5, 1), 1000), Err(Refused::NoSize));
        // A small screen, but a picture that reaches far outside.
        assert_eq!(formats::inspect(&gif::with_size(5, 5, 60_000), 33_177_600), Err(Refused::TooManyPixels));
    }
}
