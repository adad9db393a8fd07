//! `moov` and `moof`: tracks, durations, sizes as displayed (ISO/IEC 14496-12 sections 8.2 to 8.8).

use std::ops::Range;

use super::{Limits, Name, Refused, Result, boxes, fraction, seconds, take, u16be, u32be, u64be};

const MAX_TRACKS: usize = 64;

#[derive(Default)]
pub(super) struct Movie {
    timescale: u32,
    duration: u64,
    pub(super) is_fragmented: bool,
    pub(super) tracks: Vec<Track>,
    /// Track and duration of a sample where a fragment does not say it.
    defaults: Vec<(u32, u32)>,
}

#[derive(Default)]
pub(super) struct Track {
    /// Where its `trak` begins.
    pub(super) start: usize,
    id: u32,
    pub(super) handler: Name,
    timescale: u32,
    duration: u64,
    /// Samples, and the sum of their durations.
    pub(super) samples: u64,
    total: u64,
    /// Pixels as shown before turning, and as coded.
    shown: (u32, u32),
    coded: (u32, u32),
    is_turned: bool,
    /// The contents of the sample tables.
    pub(super) sizes: Option<Range<usize>>,
    pub(super) is_compact: bool,
    pub(super) chunks: Option<Range<usize>>,
    offsets: Option<Range<usize>>,
    is_large: bool,
}

impl Movie {
    pub(super) fn seconds(&self) -> Option<f64> {
        seconds(self.duration, u64::from(self.timescale))
            .or_else(|| self.tracks.iter().filter_map(Track::seconds).max_by(f64::total_cmp))
    }
}

impl Track {
    pub(super) fn seconds(&self) -> Option<f64> {
        seconds(if self.duration > 0 { self.duration } else { self.total }, u64::from(self.timescale))
    }

    /// Where the chunks of samples begin.
    pub(super) fn places(&self, bytes: &[u8]) -> impl Iterator<Item = usize> {
        let offsets = self.offsets.clone().unwrap_or_default();
        let width = if self.is_large { 8 } else { 4 };
        (0..rows(bytes, &offsets, 4, width)).map(move |index| {
            let row = offsets.start + 8 + width * index;
            let place = if width == 8 { u64be(bytes, row) } else { u32be(bytes, row).map(u64::from) };
            place.and_then(|p| usize::try_from(p).ok()).unwrap_or(usize::MAX)
        })
    }

    pub(super) fn frame_rate(&self) -> Option<(u32, u32)> {
        fraction(self.samples.checked_mul(u64::from(self.timescale))?, self.total)
    }

    /// The size as displayed.
    pub(super) fn size(&self, limits: &Limits) -> Result<(u32, u32)> {
        let size = if self.shown.0 == 0 || self.shown.1 == 0 { self.coded } else { self.shown };
        limits.pixels(size.0, size.1)?;
        if self.coded != (0, 0) {
            limits.pixels(self.coded.0, self.coded.1)?;
        }
        Ok(if self.is_turned { (size.1, size.0) } else { size })
    }
}

/// A duration, where all ones mean that it is not known.
fn known(bytes: &[u8], at: usize, is_long: bool) -> Option<u64> {
    if is_long {
        u64be(bytes, at).map(|d| if d == u64::MAX { 0 } else { d })
    } else {
        u32be(bytes, at).map(|d| if d == u32::MAX { 0 } else { u64::from(d) })
    }
}

/// Time scale and duration, which `mvhd` and `mdhd` have at the same place.
fn times(bytes: &[u8], body: &Range<usize>) -> Result<(u32, u64)> {
    let is_long = bytes.get(body.start) == Some(&1);
    let scale = body.start + if is_long { 20 } else { 12 };
    u32be(bytes, scale).zip(known(bytes, scale + 4, is_long)).ok_or(Refused::Truncated)
}

pub(super) fn read(bytes: &[u8], range: Range<usize>, limits: &mut Limits) -> Result<Movie> {
    let mut movie = Movie::default();
    boxes(bytes, range, limits, |part, limits| {
        match &part.name {
            b"cmov" => return Err(Refused::Unsupported("compressed moov")),
            b"mvhd" => (movie.timescale, movie.duration) = times(bytes, &part.body)?,
            b"mvex" => {
                movie.is_fragmented = true;
                boxes(bytes, part.body, limits, |part, _| {
                    let at = part.body.start;
                    match &part.name {
                        b"mehd" if movie.duration == 0 => {
                            movie.duration = known(bytes, at + 4, bytes.get(at) == Some(&1)).unwrap_or(0);
                        }
                        b"trex" if movie.defaults.len() < MAX_TRACKS => {
                            movie.defaults.extend(u32be(bytes, at + 4).zip(u32be(bytes, at + 12)));
                        }
                        _ => {}
                    }
                    Ok(())
                })?;
            }
            b"trak" => {
                if movie.tracks.len() == MAX_TRACKS {
                    return Err(Refused::TooComplex);
                }
                let mut track = Track { start: part.start, ..Track::default() };
                add(bytes, part.body, 0, &mut track, limits)?;
                movie.tracks.push(track);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(movie)
}

/// Reads the boxes of a track, each only where it belongs; `depth` ends at `stbl`, which is three levels down.
fn add(bytes: &[u8], range: Range<usize>, depth: u32, track: &mut Track, limits: &mut Limits) -> Result<()> {
    boxes(bytes, range, limits, |part, limits| {
        let at = part.body.start;
        match (depth, &part.name) {
            (0, b"mdia") | (1, b"minf") | (2, b"stbl") => add(bytes, part.body, depth + 1, track, limits)?,
            (0, b"tkhd") => {
                let is_long = bytes.get(at) == Some(&1);
                track.id = u32be(bytes, at + if is_long { 20 } else { 12 }).ok_or(Refused::Truncated)?;
                let matrix = at + if is_long { 52 } else { 40 };
                let value = |index: usize| u32be(bytes, matrix + 4 * index).ok_or(Refused::Truncated);
                // A quarter turn has nothing in the diagonal (a, d) and something beside it (b, c).
                track.is_turned = value(0)? == 0 && value(4)? == 0 && value(1)? != 0 && value(3)? != 0;
                track.shown = (value(9)? >> 16, value(10)? >> 16);
            }
            (1, b"mdhd") => (track.timescale, track.duration) = times(bytes, &part.body)?,
            (1, b"hdlr") => track.handler = take(bytes, at + 8).ok_or(Refused::Truncated)?,
            (3, b"stsd") => {
                // The first entry is a box of its own; a picture's size is 24 bytes into its contents.
                let size = u16be(bytes, at + 40).zip(u16be(bytes, at + 42)).filter(|_| part.body.len() >= 44);
                track.coded = size.map_or((0, 0), |(w, h)| (u32::from(w), u32::from(h)));
            }
            (3, b"stts") => {
                let (mut samples, mut total) = (0u64, 0u64);
                for index in 0..rows(bytes, &part.body, 4, 8) {
                    limits.step()?;
                    let row = at + 8 + 8 * index;
                    let (count, delta) =
                        u32be(bytes, row).zip(u32be(bytes, row + 4)).ok_or(Refused::Truncated)?;
                    samples = samples.saturating_add(u64::from(count));
                    total = total.saturating_add(u64::from(count) * u64::from(delta));
                }
                (track.samples, track.total) = (samples, total);
            }
            (3, b"stsz" | b"stz2") => {
                track.is_compact = &part.name == b"stz2";
                track.sizes = Some(part.body);
            }
            (3, b"stsc") => track.chunks = Some(part.body),
            (3, b"stco" | b"co64") => {
                track.is_large = &part.name == b"co64";
                track.offsets = Some(part.body);
            }
            _ => {}
        }
        Ok(())
    })
}

/// The rows of a table: the claimed number at `count`, bounded by what fits after it.
pub(super) fn rows(bytes: &[u8], body: &Range<usize>, count: usize, width: usize) -> usize {
    let claimed = u32be(bytes, body.start + count).and_then(|c| usize::try_from(c).ok()).unwrap_or(0);
    claimed.min(body.len().saturating_sub(count + 4) / width)
}

/// Adds the samples of a `moof` to the tracks.
pub(super) fn add_fragment(
    bytes: &[u8],
    range: Range<usize>,
    movie: &mut Movie,
    limits: &mut Limits,
) -> Result<()> {
    movie.is_fragmented = true;
    boxes(bytes, range, limits, |part, limits| {
        if &part.name != b"traf" {
            return Ok(());
        }
        let (mut id, mut default) = (0, 0);
        boxes(bytes, part.body, limits, |part, limits| {
            let at = part.body.start;
            match &part.name {
                b"tfhd" => {
                    let flags = u32be(bytes, at).ok_or(Refused::Truncated)?;
                    id = u32be(bytes, at + 4).ok_or(Refused::Truncated)?;
                    let skipped = if flags & 1 == 0 { 0 } else { 8 } + if flags & 2 == 0 { 0 } else { 4 };
                    default = if flags & 8 == 0 {
                        movie.defaults.iter().find(|(track, _)| *track == id).map_or(0, |(_, d)| *d)
                    } else {
                        u32be(bytes, at + 8 + skipped).ok_or(Refused::Truncated)?
                    };
                }
                b"trun" => {
                    let Some(track) = movie.tracks.iter_mut().find(|t| t.id == id) else { return Ok(()) };
                    let flags = u32be(bytes, at).ok_or(Refused::Truncated)?;
                    let claimed = u64::from(u32be(bytes, at + 4).ok_or(Refused::Truncated)?);
                    if flags & 0x100 == 0 {
                        track.samples = track.samples.saturating_add(claimed);
                        track.total = track.total.saturating_add(claimed.saturating_mul(u64::from(default)));
                        return Ok(());
                    }
                    let first = 8 + 4 * (flags & 5).count_ones() as usize;
                    let width = 4 * (flags & 0xf00).count_ones() as usize;
                    let room = part.body.len().saturating_sub(first) / width;
                    for index in 0..room.min(usize::try_from(claimed).unwrap_or(usize::MAX)) {
                        limits.step()?;
                        let duration = u32be(bytes, at + first + width * index).ok_or(Refused::Truncated)?;
                        track.samples = track.samples.saturating_add(1);
                        track.total = track.total.saturating_add(u64::from(duration));
                    }
                }
                _ => {}
            }
            Ok(())
        })
    })
}
