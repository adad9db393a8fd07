//! Container formats: what a file is by its content, how large and how long it is, and the lossless removal of
//! what tells place, time, person and device.
//!
//! Everything here is a pure function of bytes that a stranger chose. Work is counted ([`Limits`]) and ends after
//! [`MAX_STEPS`] parts of a file; nothing is allocated by a claimed size; every offset is checked before use.
//! No picture is decoded: what is said about a file is what its headers say.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod ebml;
mod exif;
mod flac;
mod gif;
mod isobmff;
mod jpeg;
mod mp3;
mod ogg;
mod png;
mod riff;

use std::ops::Range;

/// The parts (segments, chunks, boxes, pages, frames, table rows) of one file that are walked at most. A GIF of
/// 25 MiB has about 100,000 sub-blocks, an MP3 of that size 60,000 frames.
pub const MAX_STEPS: u64 = 500_000;

/// The container and, for Ogg, the codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    /// With or without animation (APNG).
    Png,
    Gif,
    Webp,
    Avif,
    /// HEIF with HEVC pictures.
    Heic,
    /// HEIF of another codec.
    Heif,
    Mp4,
    Mov,
    Webm,
    Mp3,
    Vorbis,
    Opus,
    Flac,
    M4a,
    Wav,
}

/// What an app shows it as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Image,
    /// A video without sound, which Mastodon calls `gifv`.
    Gifv,
    Video,
    Audio,
}

/// What the headers of a file say.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub kind: Kind,
    pub class: Class,
    /// Pixels as displayed, so after the orientation; 0 for sounds.
    pub width: u32,
    pub height: u32,
    /// A picture of more than one frame.
    pub is_animated: bool,
    pub has_sound: bool,
    /// Seconds, of videos, sounds and animated pictures.
    pub duration: Option<f64>,
    /// Frames per second as a reduced fraction.
    pub frame_rate: Option<(u32, u32)>,
    /// The average in bits per second, of videos and sounds.
    pub bit_rate: Option<u32>,
}

impl File {
    /// The media type under which the file is served.
    pub fn mime(&self) -> &'static str {
        match self.kind {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Gif => "image/gif",
            Kind::Webp => "image/webp",
            Kind::Avif => "image/avif",
            Kind::Heic => "image/heic",
            Kind::Heif => "image/heif",
            Kind::Mp4 => "video/mp4",
            Kind::Mov => "video/quicktime",
            Kind::Webm if self.class == Class::Audio => "audio/webm",
            Kind::Webm => "video/webm",
            Kind::Mp3 => "audio/mpeg",
            Kind::Vorbis | Kind::Opus => "audio/ogg",
            Kind::Flac => "audio/flac",
            Kind::M4a => "audio/mp4",
            Kind::Wav => "audio/wav",
        }
    }

    /// The ending of its name, without the dot.
    pub fn extension(&self) -> &'static str {
        match self.kind {
            Kind::Jpeg => "jpg",
            Kind::Png => "png",
            Kind::Gif => "gif",
            Kind::Webp => "webp",
            Kind::Avif => "avif",
            Kind::Heic => "heic",
            Kind::Heif => "heif",
            Kind::Mp4 => "mp4",
            Kind::Mov => "mov",
            Kind::Webm => "webm",
            Kind::Mp3 => "mp3",
            Kind::Vorbis => "ogg",
            Kind::Opus => "opus",
            Kind::Flac => "flac",
            Kind::M4a => "m4a",
            Kind::Wav => "wav",
        }
    }

    fn image(kind: Kind, (width, height): (u32, u32)) -> Self {
        Self {
            kind,
            class: Class::Image,
            width,
            height,
            is_animated: false,
            has_sound: false,
            duration: None,
            frame_rate: None,
            bit_rate: None,
        }
    }

    fn audio(kind: Kind, duration: Option<f64>, length: usize) -> Self {
        Self {
            class: Class::Audio,
            has_sound: true,
            duration,
            bit_rate: average(length, duration),
            ..Self::image(kind, (0, 0))
        }
    }

    /// Sets what is known of an animation of `frames` pictures that lasts `seconds`.
    fn animate(&mut self, frames: u64, seconds: f64) {
        self.is_animated = frames > 1;
        if self.is_animated && seconds > 0.0 {
            self.duration = Some(seconds);
            self.frame_rate = fraction(frames.saturating_mul(1000), (seconds * 1000.0).round() as u64);
        }
    }
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Empty,
    /// No format of the list, by its first bytes.
    Unknown,
    /// The headers end before they are complete.
    Truncated,
    /// A rule of the format is broken; says which.
    Malformed(&'static str),
    /// A known container with contents that are not taken; says which.
    Unsupported(&'static str),
    /// Width or height is 0.
    NoSize,
    TooManyPixels,
    /// More than [`MAX_STEPS`] parts, or nested too deeply.
    TooComplex,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::Unknown => f.write_str("the file type is not supported"),
            Self::Truncated => f.write_str("the file is not complete"),
            Self::Malformed(what) => write!(f, "the file is damaged ({what})"),
            Self::Unsupported(what) => write!(f, "the file type is not supported ({what})"),
            Self::NoSize => f.write_str("the picture has no size"),
            Self::TooManyPixels => f.write_str("the picture has too many pixels"),
            Self::TooComplex => f.write_str("the file has too many parts"),
        }
    }
}

type Result<T> = std::result::Result<T, Refused>;

/// What one call may do, and has done.
struct Limits {
    max_pixels: u64,
    steps: u64,
}

impl Limits {
    fn new(max_pixels: u64) -> Self {
        Self { max_pixels, steps: 0 }
    }

    /// Counts one part of the file.
    fn step(&mut self) -> Result<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(Refused::TooComplex) } else { Ok(()) }
    }

    /// Checks the size of a picture.
    fn pixels(&self, width: u32, height: u32) -> Result<(u32, u32)> {
        if width == 0 || height == 0 {
            return Err(Refused::NoSize);
        }
        if u64::from(width) * u64::from(height) > self.max_pixels {
            return Err(Refused::TooManyPixels);
        }
        Ok((width, height))
    }
}

/// Reads what a file is. The kind is decided by the first bytes alone, as browsers do (WHATWG MIME Sniffing);
/// so a file that is also something else further in is what it begins as, and [`clean`] removes the rest.
///
/// `max_pixels` bounds width × height of what the headers claim.
pub fn inspect(bytes: &[u8], max_pixels: u64) -> Result<File> {
    inspect_counted(bytes, &mut Limits::new(max_pixels))
}

fn inspect_counted(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    match family(bytes)? {
        Family::Jpeg => jpeg::inspect(bytes, limits),
        Family::Png => png::inspect(bytes, limits),
        Family::Gif => gif::inspect(bytes, limits),
        Family::Webp => riff::inspect_webp(bytes, limits),
        Family::Wav => riff::inspect_wav(bytes, limits),
        Family::Isobmff => isobmff::inspect(bytes, limits),
        Family::Ebml => ebml::inspect(bytes, limits),
        Family::Ogg => ogg::inspect(bytes, limits),
        Family::Flac => flac::inspect(bytes, limits),
        Family::Mp3 => mp3::inspect(bytes, limits),
    }
}

/// Removes what is not needed to show the file: EXIF but for the orientation, XMP, IPTC, comments, tags, embedded
/// previews, creation times, tracks of positions, and whatever follows the end of the format. Pictures, sounds and
/// colour profiles stay as they are, byte for byte. A second call changes nothing.
///
/// `file` is what [`inspect`] said of the same bytes.
pub fn clean(bytes: Vec<u8>, file: &File) -> Result<Vec<u8>> {
    clean_counted(bytes, file, &mut Limits::new(u64::MAX))
}

fn clean_counted(bytes: Vec<u8>, file: &File, limits: &mut Limits) -> Result<Vec<u8>> {
    let family = family(&bytes)?;
    if family != Family::of(file.kind) {
        return Err(Refused::Malformed("other bytes than those inspected"));
    }
    match family {
        Family::Jpeg => jpeg::clean(bytes, limits),
        Family::Png => png::clean(bytes, limits),
        Family::Gif => gif::clean(bytes, limits),
        Family::Webp => riff::clean_webp(bytes, limits),
        Family::Wav => riff::clean_wav(bytes, limits),
        Family::Isobmff => isobmff::clean(bytes, limits),
        Family::Ebml => ebml::clean(bytes, limits),
        Family::Ogg => ogg::clean(bytes, limits),
        Family::Flac => flac::clean(bytes, limits),
        Family::Mp3 => mp3::clean(bytes, limits),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Jpeg,
    Png,
    Gif,
    Webp,
    Wav,
    Isobmff,
    Ebml,
    Ogg,
    Flac,
    Mp3,
}

impl Family {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Jpeg => Self::Jpeg,
            Kind::Png => Self::Png,
            Kind::Gif => Self::Gif,
            Kind::Webp => Self::Webp,
            Kind::Wav => Self::Wav,
            Kind::Avif | Kind::Heic | Kind::Heif | Kind::Mp4 | Kind::Mov | Kind::M4a => Self::Isobmff,
            Kind::Webm => Self::Ebml,
            Kind::Vorbis | Kind::Opus => Self::Ogg,
            Kind::Flac => Self::Flac,
            Kind::Mp3 => Self::Mp3,
        }
    }
}

/// The family by the bytes at the very start. An ID3v2 tag may precede MP3 and FLAC.
fn family(bytes: &[u8]) -> Result<Family> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    Ok(if at(0, b"\xff\xd8\xff") {
        Family::Jpeg
    } else if at(0, png::SIGNATURE) {
        Family::Png
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        Family::Gif
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        Family::Webp
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        Family::Wav
    } else if at(4, b"ftyp") {
        Family::Isobmff
    } else if at(0, b"\x1a\x45\xdf\xa3") {
        Family::Ebml
    } else if at(0, b"OggS") {
        Family::Ogg
    } else if at(0, b"fLaC") {
        Family::Flac
    } else if at(0, b"ID3") {
        match mp3::after_id3(bytes, 0) {
            Some(end) if at(end, b"fLaC") => Family::Flac,
            Some(_) => Family::Mp3,
            None => return Err(Refused::Truncated),
        }
    } else if mp3::is_frame(bytes, 0) {
        Family::Mp3
    } else {
        return Err(Refused::Unknown);
    })
}

/// What a cleaned file consists of: ranges of the original, which only go forward, and new bytes between them.
#[derive(Default)]
struct Plan {
    parts: Vec<Part>,
}

enum Part {
    Keep(Range<usize>),
    Put(Vec<u8>),
}

impl Plan {
    fn keep(&mut self, range: Range<usize>) {
        if let Some(Part::Keep(last)) = self.parts.last_mut()
            && last.end == range.start
        {
            last.end = range.end;
        } else {
            self.parts.push(Part::Keep(range));
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        if let Some(Part::Put(last)) = self.parts.last_mut() {
            last.extend_from_slice(bytes);
        } else {
            self.parts.push(Part::Put(bytes.to_vec()));
        }
    }

    /// The bytes that the plan gives.
    fn len(&self) -> usize {
        self.parts.iter().fold(0, |sum, part| {
            sum.saturating_add(match part {
                Part::Keep(range) => range.len(),
                Part::Put(bytes) => bytes.len(),
            })
        })
    }

    /// Moves the parts to the front of the same memory; where new bytes would overwrite what is still needed,
    /// into new memory.
    fn apply(self, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
        const OUTSIDE: Refused = Refused::Malformed("a part is outside the file");
        let total = self.len();
        let (mut written, mut fits) = (0usize, true);
        for part in &self.parts {
            match part {
                Part::Keep(range) => {
                    if range.end > bytes.len() || range.start > range.end {
                        return Err(OUTSIDE);
                    }
                    fits &= written <= range.start;
                    written += range.len();
                }
                Part::Put(new) => written += new.len(),
            }
        }
        if !fits || total > bytes.len() {
            let mut new = Vec::with_capacity(total);
            for part in self.parts {
                match part {
                    Part::Keep(range) => new.extend_from_slice(bytes.get(range).ok_or(OUTSIDE)?),
                    Part::Put(part) => new.extend_from_slice(&part),
                }
            }
            return Ok(new);
        }
        let mut to = 0;
        for part in self.parts {
            match part {
                Part::Keep(range) => {
                    let length = range.len();
                    if range.start != to {
                        bytes.copy_within(range, to);
                    }
                    to += length;
                }
                Part::Put(new) => {
                    bytes.get_mut(to..to + new.len()).ok_or(OUTSIDE)?.copy_from_slice(&new);
                    to += new.len();
                }
            }
        }
        bytes.truncate(total);
        Ok(bytes)
    }
}

/// The bytes at an offset, if they are all there.
fn take<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16be(bytes: &[u8], at: usize) -> Option<u16> {
    take(bytes, at).map(u16::from_be_bytes)
}

fn u32be(bytes: &[u8], at: usize) -> Option<u32> {
    take(bytes, at).map(u32::from_be_bytes)
}

fn u64be(bytes: &[u8], at: usize) -> Option<u64> {
    take(bytes, at).map(u64::from_be_bytes)
}

fn u16le(bytes: &[u8], at: usize) -> Option<u16> {
    take(bytes, at).map(u16::from_le_bytes)
}

fn u32le(bytes: &[u8], at: usize) -> Option<u32> {
    take(bytes, at).map(u32::from_le_bytes)
}

/// Overwrites a range with zeros, as far as it is inside.
fn zero(bytes: &mut [u8], range: Range<usize>) {
    let end = range.end.min(bytes.len());
    if let Some(part) = bytes.get_mut(range.start.min(end)..end) {
        part.fill(0);
    }
}

/// Overwrites the bytes at an offset, if there is room for all of them.
fn write(bytes: &mut [u8], at: usize, new: &[u8]) {
    if let Some(part) = at.checked_add(new.len()).and_then(|end| bytes.get_mut(at..end)) {
        part.copy_from_slice(new);
    }
}

/// The size with an EXIF orientation in effect: 5 to 8 exchange width and height.
fn oriented((width, height): (u32, u32), orientation: u16) -> (u32, u32) {
    if (5..=8).contains(&orientation) { (height, width) } else { (width, height) }
}

/// Seconds of `units` at `rate` a second; nothing where the header does not say.
fn seconds(units: u64, rate: u64) -> Option<f64> {
    (units > 0 && rate > 0).then(|| units as f64 / rate as f64)
}

/// Bits per second of `length` bytes in `duration` seconds.
fn average(length: usize, duration: Option<f64>) -> Option<u32> {
    let rate = length as f64 * 8.0 / duration.filter(|d| *d > 0.0)?;
    (rate >= 1.0 && rate < f64::from(u32::MAX)).then_some(rate as u32)
}

/// A reduced fraction whose parts fit 32 bits.
fn fraction(mut over: u64, mut under: u64) -> Option<(u32, u32)> {
    if over == 0 || under == 0 {
        return None;
    }
    let (mut a, mut b) = (over, under);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (over, under) = (over / a, under / a);
    while over > u64::from(u32::MAX) || under > u64::from(u32::MAX) {
        (over, under) = (over / 2, under / 2);
    }
    Some((u32::try_from(over).ok()?, u32::try_from(under).ok().filter(|u| *u > 0)?))
}

#[cfg(test)]
mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudo-random numbers (xorshift).
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self, below: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) as usize % below
        }
    }

    /// Whatever is taken can be cleaned or is refused; what was cleaned is of the same kind, has the same size, and
    /// stays as it is.
    fn hold(name: &str, bytes: &[u8]) {
        let Ok(file) = inspect(bytes, 1 << 40) else { return };
        assert!(file.class == Class::Audio || file.width > 0 && file.height > 0);
        let Ok(cleaned) = clean(bytes.to_vec(), &file) else { return };
        let Ok(again) = inspect(&cleaned, 1 << 40) else {
            panic!("{name}: {:?} after cleaning {bytes:02x?}", inspect(&cleaned, 1 << 40))
        };
        assert_eq!((again.width, again.height), (file.width, file.height), "{name}: {bytes:02x?}");
        let twice = clean(cleaned.clone(), &again);
        assert!(twice.as_ref() == Ok(&cleaned), "{name}: {:?} {bytes:02x?}", twice.err());
    }

    #[test]
    fn files_that_end_early_are_taken_or_refused() {
        for (name, file) in samples::all() {
            for length in 0..file.len() {
                hold(name, &file[..length]);
            }
        }
    }

    #[test]
    fn changed_files_are_taken_or_refused() {
        for (name, file) in samples::all() {
            let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
            for _ in 0..2_000 {
                let mut changed = file.clone();
                for _ in 0..=numbers.next(4) {
                    let at = numbers.next(changed.len());
                    match numbers.next(6) {
                        0 => changed[at] = 0,
                        1 => changed[at] = 0xff,
                        2 => changed[at] ^= 1 << numbers.next(8),
                        3 => changed[at] = numbers.next(256) as u8,
                        4 => {
                            let end = (at + 1 + numbers.next(16)).min(changed.len());
                            changed.drain(at..end);
                        }
                        _ => {
                            let copy = changed[at..(at + 16).min(changed.len())].to_vec();
                            let to = numbers.next(changed.len());
                            changed.splice(to..to, copy);
                        }
                    }
                    if changed.is_empty() {
                        break;
                    }
                }
                hold(name, &changed);
            }
        }
    }

    #[test]
    fn the_first_bytes_decide() {
        let refused = |bytes: &[u8]| inspect(bytes, 1 << 30).unwrap_err();
        assert_eq!(refused(b""), Refused::Empty);
        for other in [
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"[..],
            b"<?xml version=\"1.0\"?><svg/>",
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"%PDF-1.4",
            b"PK\x03\x04",
            b"BM\0\0",
            b"\0\0\0\x0cJXL \r\n\x87\n",
            b" GIF89a",
        ] {
            assert_eq!(refused(other), Refused::Unknown, "{other:?}");
            // A picture further in does not count.
            assert_eq!(refused(&[other, &samples::jpeg::full(1)].concat()), Refused::Unknown);
        }
    }

    #[test]
    fn other_bytes_than_those_inspected_are_refused() {
        let file = inspect(&samples::gif::full(1), 1000).unwrap();
        assert!(clean(samples::png::full(1), &file).is_err());
    }

    /// Steps of inspecting and cleaning a file.
    fn steps(bytes: Vec<u8>) -> u64 {
        let mut limits = Limits::new(u64::MAX);
        let file = inspect_counted(&bytes, &mut limits).unwrap();
        clean_counted(bytes, &file, &mut limits).unwrap();
        limits.steps
    }

    #[test]
    fn work_grows_with_the_length() {
        // A part of a sample that may be repeated, with where it begins and ends.
        fn stretched(file: &[u8], part: &[u8], times: usize) -> Vec<u8> {
            let at = file.windows(part.len()).rposition(|w| w == part).unwrap();
            [&file[..at], &part.repeat(times), &file[at + part.len()..]].concat()
        }
        let segment = [&[0xff, 0xfe, 0, 27][..], samples::MARK].concat();
        let block = [b"\x21\xfe\x19", samples::MARK, b"\0"].concat();
        for (file, part) in [
            (samples::jpeg::full(6), segment),
            (samples::png::full(6), samples::png::data()),
            (samples::gif::full(1), block),
            (samples::mp3::full(), samples::mp3::frames(1)),
            (samples::ogg::opus(), samples::ogg::page(4, 48_312, 9, 2, &[&samples::ogg::sound()])),
            (samples::flac::full(), [b"\x06\0\0\x19", samples::MARK].concat()),
            (samples::riff::wav(None), [b"iXML\x19\0\0\0", samples::MARK, b"\0"].concat()),
            (samples::isobmff::fragmented(), [b"\0\0\0\x21emsg", samples::MARK].concat()),
            (samples::webm::video(true, false, true), samples::webm::last_block()),
        ] {
            let (once, more) = (steps(stretched(&file, &part, 1000)), steps(stretched(&file, &part, 4000)));
            assert!(once >= 1000 && more <= 4 * once, "{once} {more}");
        }
    }

    #[test]
    fn too_many_parts_are_refused() {
        let mut file = samples::gif::full(1);
        file.truncate(file.len() - samples::gif::TRAILER.len() - 1);
        file.extend(b"\x21\xfe\0".repeat(MAX_STEPS as usize));
        assert_eq!(inspect(&file, 1 << 30), Err(Refused::TooComplex));
    }

    #[test]
    fn a_plan_moves_within_its_memory_where_it_can() {
        let mut plan = Plan::default();
        plan.keep(1..3);
        plan.put(b"x");
        plan.keep(5..8);
        let bytes = b"01234567".to_vec();
        let memory = bytes.as_ptr();
        let new = plan.apply(bytes).unwrap();
        assert_eq!((&new[..], new.as_ptr()), (&b"12x567"[..], memory));
        let mut plan = Plan::default();
        plan.put(b"longer");
        plan.keep(0..2);
        assert_eq!(plan.apply(b"01".to_vec()).unwrap(), b"longer01");
        let mut plan = Plan::default();
        plan.keep(0..3);
        assert!(plan.apply(b"01".to_vec()).is_err());
    }
}
