//! WebM (RFC 8794 EBML, RFC 9559 Matroska, WebM Container Guidelines).
//!
//! Nothing is moved, since the index holds positions: what goes becomes a Void element of the same length.
//! Kept are SeekHead, Info with time scale and duration, video and sound tracks, clusters, cues. Titles, dates,
//! tags, attachments, chapters, other tracks with their blocks, checksums, and what follows the segment go.

use std::ops::Range;

use super::{Class, File, Kind, Limits, Refused, Result, average, fraction, take, zero};

mod id {
    pub const EBML: u32 = 0x1a45_dfa3;
    pub const DOC_TYPE: u32 = 0x4282;
    pub const VOID: u32 = 0xec;
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const SEEK_HEAD: u32 = 0x114d_9b74;
    pub const SEEK: u32 = 0x4dbb;
    pub const CUE_POINT: u32 = 0xbb;
    pub const INFO: u32 = 0x1549_a966;
    pub const TRACKS: u32 = 0x1654_ae6b;
    pub const CLUSTER: u32 = 0x1f43_b675;
    pub const CUES: u32 = 0x1c53_bb6b;
    pub const CHAPTERS: u32 = 0x1043_a770;
    pub const ATTACHMENTS: u32 = 0x1941_a469;
    pub const TAGS: u32 = 0x1254_c367;
    pub const SCALE: u32 = 0x2a_d7b1;
    pub const DURATION: u32 = 0x4489;
    pub const MUXING_APP: u32 = 0x4d80;
    pub const WRITING_APP: u32 = 0x5741;
    pub const TRACK: u32 = 0xae;
    pub const NUMBER: u32 = 0xd7;
    pub const TYPE: u32 = 0x83;
    pub const DEFAULT_DURATION: u32 = 0x23_e383;
    pub const VIDEO: u32 = 0xe0;
    pub const WIDTH: u32 = 0xb0;
    pub const HEIGHT: u32 = 0xba;
    pub const SHOWN_WIDTH: u32 = 0x54b0;
    pub const SHOWN_HEIGHT: u32 = 0x54ba;
    pub const SHOWN_UNIT: u32 = 0x54b2;
    pub const TIMESTAMP: u32 = 0xe7;
    pub const SIMPLE_BLOCK: u32 = 0xa3;
    pub const BLOCK_GROUP: u32 = 0xa0;
    pub const BLOCK: u32 = 0xa1;
    pub const POSITION: u32 = 0xa7;
    pub const PREVIOUS_SIZE: u32 = 0xab;
}

const MAX_TRACKS: usize = 64;

#[derive(Clone)]
struct Element {
    id: u32,
    start: usize,
    body: Range<usize>,
    is_unknown: bool,
}

/// The length of a number by the zeros before its first set bit (RFC 8794 section 4).
fn width(first: u8) -> Option<usize> {
    let width = usize::try_from(first.leading_zeros()).ok()? + 1;
    (width <= 8).then_some(width)
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    (length <= 8).then(|| part.iter().fold(0, |sum, b| (sum << 8) | u64::from(*b)))
}

/// The element at an offset. One without a known size reaches to the end.
fn element(bytes: &[u8], start: usize, end: usize) -> Option<Element> {
    let bytes = bytes.get(..end)?;
    let id_width = width(*bytes.get(start)?).filter(|w| *w <= 4)?;
    let id = u32::try_from(number(bytes, start, id_width)?).ok()?;
    let at = start + id_width;
    let size_width = width(*bytes.get(at)?)?;
    let ones = (1u64 << (7 * size_width)) - 1;
    let size = number(bytes, at, size_width)? & ones;
    let body = at + size_width;
    let is_unknown = size == ones;
    let body_end = if is_unknown { end } else { body.checked_add(usize::try_from(size).ok()?)? };
    (body_end <= end).then_some(Element { id, start, body: body..body_end, is_unknown })
}

fn children(
    bytes: &[u8],
    range: Range<usize>,
    limits: &mut Limits,
    mut visit: impl FnMut(Element, &mut Limits) -> Result<()>,
) -> Result<()> {
    let mut at = range.start;
    while at < range.end {
        limits.step()?;
        let child = element(bytes, at, range.end).filter(|c| !c.is_unknown).ok_or(Refused::Truncated)?;
        at = child.body.end;
        visit(child, limits)?;
    }
    Ok(())
}

/// Elements of the first level, which end a cluster of unknown size.
fn is_first_level(id: u32) -> bool {
    matches!(
        id,
        id::SEEK_HEAD
            | id::INFO
            | id::TRACKS
            | id::CLUSTER
            | id::CUES
            | id::CHAPTERS
            | id::ATTACHMENTS
            | id::TAGS
    )
}

/// The header and the segment.
fn segment(bytes: &[u8], limits: &mut Limits) -> Result<(Element, Element)> {
    let header = element(bytes, 0, bytes.len())
        .filter(|e| e.id == id::EBML && !e.is_unknown)
        .ok_or(Refused::Truncated)?;
    let mut is_webm = false;
    children(bytes, header.body.clone(), limits, |child, _| {
        if child.id == id::DOC_TYPE {
            let name = bytes.get(child.body).unwrap_or_default();
            is_webm = name.split(|b| *b == 0).next() == Some(b"webm");
        }
        Ok(())
    })?;
    if !is_webm {
        return Err(Refused::Unsupported("Matroska other than WebM"));
    }
    let segment = element(bytes, header.body.end, bytes.len()).ok_or(Refused::Truncated)?;
    if segment.id != id::SEGMENT {
        return Err(Refused::Malformed("no segment"));
    }
    Ok((header, segment))
}

/// Gives the elements of the segment, each with the end of its contents known, and returns where they end. A
/// recording whose size was not known may end anywhere: what is not complete is cut off.
fn walk(
    bytes: &[u8],
    segment: &Element,
    limits: &mut Limits,
    mut visit: impl FnMut(Element, &mut Limits) -> Result<()>,
) -> Result<usize> {
    let (mut at, end) = (segment.body.start, segment.body.end);
    while at < end {
        limits.step()?;
        let Some(mut found) = element(bytes, at, end) else {
            return if segment.is_unknown { Ok(at) } else { Err(Refused::Truncated) };
        };
        if found.is_unknown {
            if found.id != id::CLUSTER {
                return Err(Refused::Malformed("element without a size"));
            }
            let mut inner = found.body.start;
            while let Some(child) = element(bytes, inner, end) {
                limits.step()?;
                if is_first_level(child.id) || child.is_unknown {
                    break;
                }
                inner = child.body.end;
            }
            found.body.end = inner;
        }
        at = found.body.end;
        visit(found, limits)?;
    }
    Ok(end)
}

#[derive(Default)]
struct Track {
    number: u64,
    /// 1 is video, 2 is sound.
    class: u64,
    frame: u64,
    coded: (u64, u64),
    shown: (u64, u64),
    unit: u64,
}

impl Track {
    fn is_kept(&self) -> bool {
        matches!(self.class, 1 | 2)
    }

    fn read(bytes: &[u8], range: Range<usize>, limits: &mut Limits) -> Result<Self> {
        let mut track = Self::default();
        let value =
            |e: &Element| number(bytes, e.body.start, e.body.len()).ok_or(Refused::Malformed("number"));
        children(bytes, range, limits, |e, limits| {
            match e.id {
                id::NUMBER => track.number = value(&e)?,
                id::TYPE => track.class = value(&e)?,
                id::DEFAULT_DURATION => track.frame = value(&e)?,
                id::VIDEO => children(bytes, e.body, limits, |e, _| {
                    match e.id {
                        id::WIDTH => track.coded.0 = value(&e)?,
                        id::HEIGHT => track.coded.1 = value(&e)?,
                        id::SHOWN_WIDTH => track.shown.0 = value(&e)?,
                        id::SHOWN_HEIGHT => track.shown.1 = value(&e)?,
                        id::SHOWN_UNIT => track.unit = value(&e)?,
                        _ => {}
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(track)
    }

    /// The size as displayed: what is asked for in pixels, else what is coded.
    fn size(&self, limits: &Limits) -> Result<(u32, u32)> {
        let pixels = |size: (u64, u64)| {
            let side = |s: u64| u32::try_from(s).map_err(|_| Refused::TooManyPixels);
            limits.pixels(side(size.0)?, side(size.1)?)
        };
        let coded = pixels(self.coded)?;
        if self.unit == 0 && self.shown.0 > 0 && self.shown.1 > 0 { pixels(self.shown) } else { Ok(coded) }
    }
}

/// Number of the track and relative time of a block.
fn block(bytes: &[u8], body: &Range<usize>) -> Option<(u64, i16)> {
    let width = width(*bytes.get(body.start)?)?;
    let track = number(bytes, body.start, width)? & ((1u64 << (7 * width)) - 1);
    Some((track, i16::from_be_bytes(take(bytes.get(..body.end)?, body.start + width)?)))
}

/// The block of a cluster's child.
fn block_of(bytes: &[u8], child: &Element, limits: &mut Limits) -> Result<Option<(u64, i16)>> {
    let mut found = None;
    match child.id {
        id::SIMPLE_BLOCK => found = block(bytes, &child.body),
        id::BLOCK_GROUP => children(bytes, child.body.clone(), limits, |e, _| {
            if e.id == id::BLOCK {
                found = block(bytes, &e.body);
            }
            Ok(())
        })?,
        _ => {}
    }
    Ok(found)
}

#[derive(Default)]
struct Info {
    tracks: Vec<Track>,
    scale: u64,
    duration: f64,
    /// The time of the last block.
    last: i64,
}

fn read(bytes: &[u8], segment: &Element, limits: &mut Limits) -> Result<Info> {
    let mut info = Info { scale: 1_000_000, ..Info::default() };
    walk(bytes, segment, limits, |part, limits| match part.id {
        id::INFO => children(bytes, part.body, limits, |e, _| {
            match e.id {
                id::SCALE => info.scale = number(bytes, e.body.start, e.body.len()).unwrap_or(0),
                id::DURATION => {
                    info.duration = match e.body.len() {
                        4 => take(bytes, e.body.start).map(f32::from_be_bytes).map(f64::from),
                        8 => take(bytes, e.body.start).map(f64::from_be_bytes),
                        _ => None,
                    }
                    .unwrap_or(0.0);
                }
                _ => {}
            }
            Ok(())
        }),
        id::TRACKS => children(bytes, part.body, limits, |e, limits| {
            if e.id == id::TRACK {
                if info.tracks.len() == MAX_TRACKS {
                    return Err(Refused::TooComplex);
                }
                info.tracks.push(Track::read(bytes, e.body, limits)?);
            }
            Ok(())
        }),
        id::CLUSTER => {
            let mut start = 0i64;
            children(bytes, part.body, limits, |e, limits| {
                if e.id == id::TIMESTAMP {
                    let time = number(bytes, e.body.start, e.body.len()).unwrap_or(0);
                    start = i64::try_from(time).unwrap_or(0);
                }
                if let Some((_, time)) = block_of(bytes, &e, limits)? {
                    info.last = info.last.max(start.saturating_add(i64::from(time)));
                }
                Ok(())
            })
        }
        _ => Ok(()),
    })?;
    Ok(info)
}

pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let (_, segment) = segment(bytes, limits)?;
    let info = read(bytes, &segment, limits)?;
    if info.tracks.is_empty() {
        return Err(Refused::Truncated);
    }
    // Recordings of browsers do not say how long they are.
    let units = if info.duration > 0.0 { info.duration } else { info.last as f64 };
    let duration = Some(units * info.scale as f64 / 1e9).filter(|d| d.is_finite() && *d > 0.0);
    let has_sound = info.tracks.iter().any(|t| t.class == 2);
    let Some(video) = info.tracks.iter().find(|t| t.class == 1) else {
        if !has_sound {
            return Err(Refused::Unsupported("no video and no sound"));
        }
        return Ok(File::audio(Kind::Webm, duration, bytes.len()));
    };
    let (width, height) = video.size(limits)?;
    Ok(File {
        kind: Kind::Webm,
        class: if has_sound { Class::Video } else { Class::Gifv },
        width,
        height,
        is_animated: false,
        has_sound,
        duration,
        frame_rate: fraction(1_000_000_000, video.frame),
        bit_rate: average(bytes.len(), duration),
    })
}

enum Edit {
    /// Makes a range a Void element.
    Void(Range<usize>),
    Zero(Range<usize>),
}

impl Edit {
    /// A Void element stays one; its contents are overwritten.
    fn remove(element: Element) -> Self {
        if element.id == id::VOID {
            Self::Zero(element.body)
        } else {
            Self::Void(element.start..element.body.end)
        }
    }

    fn apply(self, bytes: &mut [u8]) {
        let range = match self {
            Self::Zero(range) => return zero(bytes, range),
            Self::Void(range) => range,
        };
        let Some(part) = bytes.get_mut(range) else { return };
        part.fill(0);
        let length = part.len() as u64;
        // All ones would be an unknown size, so one byte counts to 126; eight bytes begin with a 1.
        let header = if length < 129 {
            vec![0xec, 0x80 | (length as u8).wrapping_sub(2)]
        } else {
            let mut header = vec![0xec];
            header.extend(((length - 9) | (1 << 56)).to_be_bytes());
            header
        };
        super::write(part, 0, &header);
    }
}

pub(super) fn clean(mut bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let (header, segment) = segment(&bytes, limits)?;
    let tracks = read(&bytes, &segment, limits)?.tracks;
    let dropped: Vec<u64> = tracks.iter().filter(|t| !t.is_kept()).map(|t| t.number).collect();
    let mut edits = Vec::new();
    let source = &bytes;
    children(source, header.body, limits, |e, _| {
        if !matches!(e.id, 0x4286 | 0x42f7 | 0x42f2 | 0x42f3 | id::DOC_TYPE | 0x4287 | 0x4285) {
            edits.push(Edit::remove(e));
        }
        Ok(())
    })?;
    let end = walk(source, &segment, limits, |part, limits| {
        match part.id {
            id::SEEK_HEAD | id::CUES => {
                let entry = if part.id == id::CUES { id::CUE_POINT } else { id::SEEK };
                children(source, part.body, limits, |e, _| {
                    if e.id != entry {
                        edits.push(Edit::remove(e));
                    }
                    Ok(())
                })?;
            }
            id::INFO => children(source, part.body, limits, |e, _| {
                match e.id {
                    id::SCALE | id::DURATION => {}
                    // These two are required; zeros are an empty string.
                    id::MUXING_APP | id::WRITING_APP => edits.push(Edit::Zero(e.body)),
                    _ => edits.push(Edit::remove(e)),
                }
                Ok(())
            })?,
            id::TRACKS => children(source, part.body, limits, |e, limits| {
                if e.id != id::TRACK || !Track::read(source, e.body.clone(), limits)?.is_kept() {
                    edits.push(Edit::remove(e));
                    return Ok(());
                }
                children(source, e.body, limits, |e, _| {
                    // Name, names and addresses of the codec, attachments, checksum.
                    if matches!(
                        e.id,
                        0x536e | 0x25_8688 | 0x3a_9697 | 0x3b_4040 | 0x26_b240 | 0x7446 | 0xbf | id::VOID
                    ) {
                        edits.push(Edit::remove(e));
                    }
                    Ok(())
                })
            })?,
            id::CLUSTER => children(source, part.body, limits, |e, limits| {
                let is_known = matches!(
                    e.id,
                    id::TIMESTAMP | id::SIMPLE_BLOCK | id::BLOCK_GROUP | id::POSITION | id::PREVIOUS_SIZE
                );
                let track = if dropped.is_empty() { None } else { block_of(source, &e, limits)? };
                if !is_known || track.is_some_and(|(track, _)| dropped.contains(&track)) {
                    edits.push(Edit::remove(e));
                }
                Ok(())
            })?,
            _ => edits.push(Edit::remove(part)),
        }
        Ok(())
    })?;
    for edit in edits {
        edit.apply(&mut bytes);
    }
    bytes.truncate(end);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, has, webm};
    use super::*;
    use crate::media::formats;

    const MAX: u64 = 33_177_600;

    #[test]
    fn tags_become_void_and_blocks_stay_where_they_are() {
        for is_known in [true, false] {
            let file = webm::video(true, is_known, true);
            let info = formats::inspect(&file, MAX).unwrap();
            assert_eq!((info.class, info.width, info.height), (Class::Video, 30, 20));
            assert_eq!((info.duration, info.frame_rate), (Some(2.0), Some((25, 1))));
            let cleaned = samples::check(&file);
            let at = |file: &[u8]| file.windows(8).position(|w| *w == webm::pictures()[..8]);
            assert_eq!(at(&file), at(&cleaned));
            assert!(has(&cleaned, &webm::pictures()) && !has(&cleaned, b"Pixel 9"));
            assert_eq!(formats::inspect(&cleaned, MAX).unwrap().duration, info.duration);
        }
    }

    #[test]
    fn a_recording_lasts_until_its_last_block() {
        let file = webm::video(false, false, false);
        let info = formats::inspect(&file, MAX).unwrap();
        assert_eq!((info.class, info.duration), (Class::Gifv, Some(1.5)));
        samples::check(&file);
    }

    #[test]
    fn other_matroska_is_refused() {
        let mut file = webm::video(true, true, true);
        let at = file.windows(4).position(|w| w == b"webm").unwrap();
        file[at] = b'x';
        assert!(matches!(formats::inspect(&file, MAX), Err(Refused::Unsupported(_))));
    }

    #[test]
    fn void_elements_of_every_length_fill_their_place() {
        for length in 2..400 {
            let mut bytes = vec![7; length];
            Edit::Void(0..length).apply(&mut bytes);
            let void = element(&bytes, 0, length).unwrap();
            assert_eq!((void.id, void.body.end, void.is_unknown), (id::VOID, length, false));
        }
    }
}
