//! MP3 (ISO 11172-3 and 13818-3, layer III) with ID3v1, ID3v2.2 to 2.4 (id3.org), APEv2 and Lyrics3 tags.
//!
//! The file is its frames: all tags are removed, with whatever else is between the frames.

use std::ops::Range;

use super::{File, Kind, Limits, Plan, Refused, Result, seconds, take, u32be, u32le};

/// Frames in a row that must follow one another for a file to be taken for MP3.
const CERTAIN: usize = 3;
/// Gaps between frames; more are no MP3 file with damage, but something else.
const MAX_GAPS: usize = 200;

/// The end of an ID3v2 tag at `at`, with its footer; `at` where there is none. Nothing where the file ends before.
pub(super) fn after_id3(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at..).is_none_or(|rest| !rest.starts_with(b"ID3")) {
        return Some(at);
    }
    let flags = *bytes.get(at + 5)?;
    let size: [u8; 4] = take(bytes, at + 6)?;
    if size.iter().any(|b| *b > 0x7f) {
        return None;
    }
    let size = size.iter().fold(0usize, |sum, b| (sum << 7) | usize::from(*b));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    let end = at.checked_add(10 + size + footer)?;
    (end <= bytes.len()).then_some(end)
}

/// Where ID3v1, APEv1, APEv2 and Lyrics3 tags at the end of a file begin, not before `start`.
pub(super) fn before_tags(bytes: &[u8], start: usize) -> usize {
    let mut end = bytes.len();
    while let Some(length) = tag_length(bytes, start, end) {
        end -= length;
    }
    end
}

/// The length of the tag that ends at `end`.
fn tag_length(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let at = |back: usize, magic: &[u8]| {
        let from = end.checked_sub(back).filter(|from| *from >= start)?;
        bytes.get(from..end)?.starts_with(magic).then_some(from)
    };
    let inside = |length: usize| (length <= end - start).then_some(length);
    if at(128, b"TAG").is_some() {
        return inside(128);
    }
    if let Some(footer) = at(32, b"APETAGEX") {
        let size = usize::try_from(u32le(bytes, footer + 12)?).ok()?;
        let header = if u32le(bytes, footer + 20)? & 0x8000_0000 == 0 { 0 } else { 32 };
        return inside(size.checked_add(header)?.max(32));
    }
    if at(9, b"LYRICS200").is_some() {
        let digits = bytes.get(end.checked_sub(15)?..end - 9)?;
        let size = std::str::from_utf8(digits).ok()?.parse::<usize>().ok()?;
        return inside(size.checked_add(15)?);
    }
    None
}

struct Frame {
    length: usize,
    samples: u32,
    rate: u32,
    /// Version, layer and rate, which do not change within a stream.
    stream: u32,
    is_mono: bool,
    is_old: bool,
}

/// kbit/s of layer III: MPEG-1, then MPEG-2 and 2.5.
const RATES: [[u32; 14]; 2] = [
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// A frame's header. Free bit rates are not taken: their frames do not say their length.
fn frame(bytes: &[u8], at: usize) -> Option<Frame> {
    let header = u32be(bytes, at)?;
    let (version, layer) = ((header >> 19) & 3, (header >> 17) & 3);
    if header >> 21 != 0x7ff || version == 1 || layer != 1 || header & 3 == 2 {
        return None;
    }
    let is_old = version == 3;
    let bits = usize::try_from((header >> 12) & 15).ok()?.checked_sub(1)?;
    let bits = RATES.get(usize::from(!is_old))?.get(bits)? * 1000;
    let base = *[44_100, 48_000, 32_000].get(usize::try_from((header >> 10) & 3).ok()?)?;
    let rate = match version {
        3 => base,
        2 => base / 2,
        _ => base / 4,
    };
    let samples = if is_old { 1152 } else { 576 };
    let length = samples / 8 * bits / rate + ((header >> 9) & 1);
    Some(Frame {
        length: usize::try_from(length).ok()?,
        samples,
        rate,
        stream: header & 0xfffe_0c00,
        is_mono: (header >> 6) & 3 == 3,
        is_old,
    })
}

/// Whether [`CERTAIN`] frames of one stream are at an offset, or fewer up to the end of the file.
pub(super) fn is_frame(bytes: &[u8], mut at: usize) -> bool {
    let mut stream = None;
    for count in 0..CERTAIN {
        if count > 1 && at == bytes.len() {
            return true;
        }
        match frame(bytes, at) {
            Some(f) if stream.is_none_or(|s| s == f.stream) => {
                stream = Some(f.stream);
                at += f.length;
            }
            _ => return false,
        }
    }
    at <= bytes.len()
}

struct Stream {
    ranges: Vec<Range<usize>>,
    frames: u64,
    /// Of the first frame.
    first: Frame,
}

/// The frames without the tags around them.
fn read(bytes: &[u8], limits: &mut Limits) -> Result<Stream> {
    let start = after_id3(bytes, 0).ok_or(Refused::Truncated)?;
    let mut end = before_tags(bytes, start);
    // A damaged frame may reach into the tags, so that the frames end with one.
    for _ in 0..4 {
        let stream = frames(bytes.get(..end).unwrap_or_default(), start, limits)?;
        let last = stream.ranges.last().map_or(start, |r| r.end);
        end = before_tags(bytes.get(..last).unwrap_or_default(), start);
        if end == last {
            return Ok(stream);
        }
    }
    Err(Refused::Malformed("tags within frames"))
}

/// Walks the frames. Where there is none, the next place with several in a row is looked for: each byte is looked
/// at once.
fn frames(bytes: &[u8], mut at: usize, limits: &mut Limits) -> Result<Stream> {
    let mut stream: Option<Stream> = None;
    while at < bytes.len() {
        limits.step()?;
        let found = frame(bytes, at)
            .filter(|f| at + f.length <= bytes.len())
            .filter(|f| stream.as_ref().is_none_or(|s| s.first.stream == f.stream));
        // The frame after a gap must be followed by others; the first byte of the file is judged by `family`.
        let is_after_gap = stream.as_ref().is_none_or(|s| s.ranges.last().is_none_or(|r| r.end != at));
        match found.filter(|_| !is_after_gap || is_frame(bytes, at)) {
            Some(f) => {
                let range = at..at + f.length;
                at = range.end;
                let stream = stream.get_or_insert(Stream { ranges: Vec::new(), frames: 0, first: f });
                stream.frames += 1;
                match stream.ranges.last_mut() {
                    Some(last) if last.end == range.start => last.end = range.end,
                    _ => stream.ranges.push(range),
                }
                if stream.ranges.len() > MAX_GAPS {
                    return Err(Refused::TooComplex);
                }
            }
            None => {
                if let Some(after) = after_id3(bytes, at).filter(|after| *after > at) {
                    at = after;
                    continue;
                }
                let rest = bytes.get(at + 1..).unwrap_or_default();
                let next = rest.windows(2).position(|w| matches!(w, [0xff, 0xe0..=0xff]));
                let Some(next) = next else { break };
                at += 1 + next;
            }
        }
    }
    stream.ok_or(Refused::Malformed("no frames"))
}

/// The number of frames in a Xing or Info header, which is in the first frame (Xing VBR header specification).
fn announced(bytes: &[u8], start: usize, first: &Frame) -> Option<u64> {
    let side = match (first.is_old, first.is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let at = start + 4 + side;
    let name: [u8; 4] = take(bytes, at)?;
    if !matches!(&name, b"Xing" | b"Info") {
        return None;
    }
    let flags = u32be(bytes, at + 4)?;
    if flags & 1 == 1 { u32be(bytes, at + 8).map(u64::from) } else { None }
}

pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let stream = read(bytes, limits)?;
    let start = stream.ranges.first().map_or(0, |r| r.start);
    // The frame of the header has no sound; a claim of more frames than there are is not believed.
    let frames = match announced(bytes, start, &stream.first) {
        Some(claimed) => claimed.min(stream.frames),
        None => stream.frames,
    };
    let length = stream.ranges.iter().map(Range::len).sum();
    let samples = frames * u64::from(stream.first.samples);
    Ok(File::audio(Kind::Mp3, seconds(samples, u64::from(stream.first.rate)), length))
}

pub(super) fn clean(bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let mut plan = Plan::default();
    for range in read(&bytes, limits)?.ranges {
        plan.keep(range);
    }
    plan.apply(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, has, mp3};
    use super::*;
    use crate::media::formats;

    #[test]
    fn tags_go_and_the_frames_stay() {
        let file = mp3::full();
        let info = formats::inspect(&file, 1).unwrap();
        assert_eq!((info.kind, info.mime(), info.bit_rate), (Kind::Mp3, "audio/mpeg", Some(127_706)));
        assert!((info.duration.unwrap() - 10.0 * 1152.0 / 44_100.0).abs() < 1e-9);
        let cleaned = samples::check(&file);
        assert_eq!(cleaned, mp3::frames(10));
        assert!(!has(&cleaned, b"ID3") && !has(&cleaned, b"TAG") && !has(&cleaned, b"APETAGEX"));
    }

    #[test]
    fn a_tag_between_frames_goes() {
        let file = [mp3::frames(4), mp3::id3(), mp3::frames(4)].concat();
        assert_eq!(samples::check(&file), mp3::frames(8));
    }

    #[test]
    fn a_frame_that_reaches_into_a_tag_goes_with_it() {
        // 256 kbit/s: the last frame is twice as long as its bytes.
        let mut file = [mp3::frames(5), vec![0; 418 - 128], mp3::id3v1(), b"junk".to_vec()].concat();
        file[4 * 417 + 2] = 0xd0;
        let cleaned = samples::check(&file);
        assert_eq!(cleaned, mp3::frames(4));
    }

    #[test]
    fn gaps_are_looked_through_once() {
        let count = |n: usize| {
            let file = [mp3::frames(4), b"\xff\xfb\x90\x00".repeat(n), mp3::frames(4)].concat();
            let mut limits = Limits::new(1);
            formats::inspect_counted(&file, &mut limits).unwrap();
            limits.steps
        };
        assert!(count(1000) <= 1020 && count(4000) <= 4020);
    }

    #[test]
    fn one_frame_by_chance_is_not_a_sound() {
        assert_eq!(formats::inspect(b"\xff\xfb\x90\x00 and something else", 1), Err(Refused::Unknown));
    }
}
