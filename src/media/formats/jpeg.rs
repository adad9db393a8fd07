//! JPEG (ITU-T T.81 annex B), JFIF (ITU-T T.871), the application segments of EXIF and ICC profiles.
//!
//! Kept: everything that a decoder needs, JFIF without its thumbnail, Adobe's colour transform (APP14), the ICC
//! profile (APP2). Removed: EXIF but for the orientation, XMP, Photoshop and IPTC (APP13), further pictures (MPF),
//! all other application segments, comments, bytes between and after the parts.

use std::ops::Range;

use super::{File, Kind, Limits, Plan, Refused, Result, exif, oriented, u16be};

const EXIF: &[u8] = b"Exif\0\0";
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

enum Part {
    /// A marker with its parameters, without the length.
    Segment { marker: u8, whole: Range<usize>, body: Range<usize> },
    /// Coded data after a start of scan, with its restart markers.
    Coded(Range<usize>),
}

/// Gives the parts between SOI and EOI in order, until `visit` says false. A file that ends within its last scan,
/// or before EOI, is taken: decoders show what is there.
fn walk(bytes: &[u8], limits: &mut Limits, mut visit: impl FnMut(Part) -> Result<bool>) -> Result<()> {
    let (mut at, mut is_scanned) = (2, false);
    loop {
        limits.step()?;
        let ended = || if is_scanned { Ok(()) } else { Err(Refused::Truncated) };
        match bytes.get(at) {
            Some(0xff) => {}
            Some(_) => return Err(Refused::Malformed("no marker")),
            None => return ended(),
        }
        // Any number of 0xff may precede a marker.
        while bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        let Some(&marker) = bytes.get(at + 1) else { return ended() };
        match marker {
            EOI if is_scanned => return Ok(()),
            0x00..=0x01 | 0xd0..=0xd9 => return Err(Refused::Malformed("marker out of place")),
            _ => {}
        }
        let Some(length) = u16be(bytes, at + 2) else { return ended() };
        let end = at + 2 + usize::from(length);
        if length < 2 {
            return Err(Refused::Malformed("segment length"));
        }
        if end > bytes.len() {
            return ended();
        }
        if is_scanned && is_frame(marker) {
            return Err(Refused::Unsupported("JPEG of several frames"));
        }
        if !visit(Part::Segment { marker, whole: at..end, body: at + 4..end })? {
            return Ok(());
        }
        at = end;
        if marker == SOS {
            is_scanned = true;
            at = coded_end(bytes, end);
            if !visit(Part::Coded(end..at))? {
                return Ok(());
            }
        }
    }
}

/// Where coded data ends: at a marker that is neither a stuffed byte nor a restart.
fn coded_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = next_marker(bytes, at) {
        match bytes.get(found + 1) {
            Some(0x00 | 0xd0..=0xd7) => at = found + 2,
            Some(0xff) => at = found + 1,
            Some(_) => return found,
            None => break,
        }
    }
    bytes.len()
}

/// The next byte 0xff. Most of a file is looked through here: after a few single bytes, many at a time (`contains`).
fn next_marker(bytes: &[u8], at: usize) -> Option<usize> {
    let (near, far) = bytes.get(at..)?.split_at_checked(16).unwrap_or((bytes.get(at..)?, &[]));
    if let Some(found) = near.iter().position(|b| *b == 0xff) {
        return Some(at + found);
    }
    let part = far.chunks(64).position(|part| part.contains(&0xff))?;
    let start = at + near.len() + 64 * part;
    Some(start + bytes.get(start..)?.iter().position(|b| *b == 0xff)?)
}

/// The markers that begin a frame: SOF0 to SOF15 without DHT, JPG and DAC.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Reads up to the first scan.
pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let (mut size, mut orientation, mut has_scan) = (None, None, false);
    walk(bytes, limits, |part| {
        let Part::Segment { marker, body, .. } = part else { return Ok(true) };
        let body = bytes.get(body).unwrap_or_default();
        match marker {
            SOS => has_scan = true,
            0xe1 if orientation.is_none() => orientation = body.strip_prefix(EXIF).map(exif::orientation),
            _ if is_frame(marker) => {
                if size.is_some() {
                    return Err(Refused::Unsupported("JPEG of several frames"));
                }
                let height = u16be(body, 1).ok_or(Refused::Truncated)?;
                let width = u16be(body, 3).ok_or(Refused::Truncated)?;
                if !matches!(body.get(5), Some(1..=4)) {
                    return Err(Refused::Malformed("number of components"));
                }
                size = Some((u32::from(width), u32::from(height)));
            }
            _ => {}
        }
        Ok(!has_scan)
    })?;
    let (width, height) = size.filter(|_| has_scan).ok_or(Refused::Malformed("no frame"))?;
    limits.pixels(width, height)?;
    Ok(File::image(Kind::Jpeg, oriented((width, height), orientation.unwrap_or(1))))
}

pub(super) fn clean(bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let mut plan = Plan::default();
    plan.put(&[0xff, SOI]);
    let (mut has_exif, mut has_jfif) = (false, false);
    walk(&bytes, limits, |part| {
        let (marker, whole, body) = match part {
            Part::Coded(range) => {
                plan.keep(range);
                return Ok(true);
            }
            Part::Segment { marker, whole, body } => (marker, whole, bytes.get(body).unwrap_or_default()),
        };
        match marker {
            0xe0 if body.starts_with(b"JFIF\0") && body.len() >= 14 && !has_jfif => {
                has_jfif = true;
                plan.put(&[0xff, 0xe0, 0, 16]);
                plan.put(body.get(..12).unwrap_or_default());
                // Width and height of the thumbnail.
                plan.put(&[0, 0]);
            }
            0xe1 if body.starts_with(EXIF) && !has_exif => {
                has_exif = true;
                let orientation = exif::orientation(body.get(EXIF.len()..).unwrap_or_default());
                if orientation != 1 {
                    plan.put(&[0xff, 0xe1, 0, 34]);
                    plan.put(EXIF);
                    plan.put(&exif::minimal(orientation));
                }
            }
            0xe2 if body.starts_with(b"ICC_PROFILE\0") => plan.keep(whole),
            0xee if body.starts_with(b"Adobe") && body.len() >= 12 => {
                plan.put(&[0xff, 0xee, 0, 14]);
                plan.put(body.get(..12).unwrap_or_default());
            }
            // Application segments, reserved ones, comments.
            0xe0..=0xef | 0xf0..=0xfe | 0x02..=0xbf | 0xc8 => {}
            _ => plan.keep(whole),
        }
        Ok(true)
    })?;
    plan.put(&[0xff, EOI]);
    plan.apply(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, has, jpeg};
    use super::*;
    use crate::media::formats;

    #[test]
    fn tags_go_and_the_picture_stays() {
        let file = jpeg::full(6);
        let info = formats::inspect(&file, 1_000_000).unwrap();
        assert_eq!((info.width, info.height, info.mime()), (20, 30, "image/jpeg"), "30 x 20, turned");
        let cleaned = samples::check(&file);
        assert!(has(&cleaned, &jpeg::coded()) && has(&cleaned, jpeg::PROFILE) && has(&cleaned, b"Adobe"));
        assert!(cleaned.ends_with(&[0xff, 0xd9]));
        let after = formats::inspect(&cleaned, 1_000_000).unwrap();
        assert_eq!(after, info, "the orientation is still in effect");
    }

    #[test]
    fn an_upright_picture_has_no_exif_left() {
        let cleaned = samples::check(&jpeg::full(1));
        assert!(!has(&cleaned, b"Exif"));
    }

    #[test]
    fn a_picture_that_ends_early_gets_its_end() {
        let file = jpeg::full(1);
        let end = file.windows(2).rposition(|w| w == [0xff, 0xd9]).unwrap();
        let cut = &file[..end - 3];
        let cleaned = samples::check(cut);
        assert!(cleaned.ends_with(&[0xff, 0xd9]));
    }

    #[test]
    fn sizes_are_judged_by_the_header() {
        let bomb = jpeg::with_size(10_000, 10_000);
        assert_eq!(formats::inspect(&bomb, 33_177_600), Err(Refused::TooManyPixels));
        assert_eq!(formats::inspect(&jpeg::with_size(0, 10), 1000), Err(Refused::NoSize));
        assert_eq!(formats::inspect(&jpeg::with_size(10, 0), 1000), Err(Refused::NoSize));
    }
}
