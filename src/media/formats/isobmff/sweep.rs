//! What is overwritten: an allow-list of boxes for each place, since any box may hold a tag that is not known here.

use std::ops::Range;

use super::movie::{self, Track};
use super::{Limits, Part, Refused, Result, boxes, picture, u32be, write, zero};

pub(super) enum Edit {
    Zero(Range<usize>),
    /// Makes a box `free`, with zeros as contents.
    Free(Part),
    Write(usize, [u8; 4]),
}

impl Edit {
    pub(super) fn apply(self, bytes: &mut [u8]) {
        match self {
            Self::Zero(range) => zero(bytes, range),
            Self::Free(part) => {
                write(bytes, part.start + 4, b"free");
                zero(bytes, part.body);
            }
            Self::Write(at, new) => write(bytes, at, &new),
        }
    }
}

/// Where a box is.
#[derive(Clone, Copy)]
enum Place {
    Movie,
    Track,
    Media,
    Information,
    Samples,
    Data,
    Extends,
    Fragment,
    TrackFragment,
    Picture,
    Properties,
    PropertyList,
}

struct Sweep<'a> {
    bytes: &'a [u8],
    is_picture: bool,
    edits: Vec<Edit>,
    tracks: Vec<Track>,
    /// Whether the boxes are those of a video track.
    is_video: bool,
}

/// The edits of a file, and where it ends: boxes that go and have nothing after them are cut off.
pub(super) fn edits(bytes: &[u8], is_picture: bool, limits: &mut Limits) -> Result<(Vec<Edit>, usize)> {
    let mut sweep = Sweep { bytes, is_picture, edits: Vec::new(), tracks: Vec::new(), is_video: false };
    let (mut data, mut end, mut items) = (Vec::new(), 0, None);
    let (mut has_movie, mut is_fragmented) = (false, false);
    boxes(bytes, 0..bytes.len(), limits, |part, limits| {
        let part_end = part.body.end;
        match &part.name {
            b"ftyp" | b"styp" | b"sidx" | b"ssix" | b"mfra" | b"pdin" => {}
            b"wide" if part.body.is_empty() => {}
            b"mdat" => data.push((part.body, true)),
            b"moov" if has_movie => return Err(Refused::Malformed("two moov boxes")),
            b"moov" => {
                let movie = movie::read(bytes, part.body.clone(), limits)?;
                has_movie = true;
                is_fragmented |= movie.is_fragmented;
                sweep.tracks = movie.tracks;
                sweep.walk(part.body, Place::Movie, limits)?;
            }
            b"moof" => {
                is_fragmented = true;
                sweep.walk(part.body, Place::Fragment, limits)?;
            }
            b"meta" if is_picture && items.is_none() => {
                items = Some(picture::places(bytes, part.body.clone(), limits)?);
                sweep.walk(picture::children(&part.body), Place::Picture, limits)?;
            }
            _ => {
                data.push((part.body.clone(), false));
                sweep.edits.push(Edit::Free(part));
                return Ok(());
            }
        }
        end = part_end;
        Ok(())
    })?;
    // The box that a place lies in, and whether it stays.
    let holder = |at: usize| data.get(data.partition_point(|(d, _)| d.start <= at).checked_sub(1)?);
    let is_lost = |at: usize| holder(at).is_some_and(|(d, stays)| at < d.end && !stays);
    let picture::Places { inside, outside: mut overwritten, needed } = items.unwrap_or_default();
    if needed.into_iter().any(is_lost) {
        return Err(Refused::Malformed("data in an unknown box"));
    }
    for track in &sweep.tracks {
        if is_kept(track, is_picture) {
            for offset in track.places(bytes) {
                limits.step()?;
                if is_lost(offset) {
                    return Err(Refused::Malformed("data in an unknown box"));
                }
            }
            continue;
        }
        if is_fragmented {
            return Err(Refused::Unsupported("fragments of a track that is neither video nor sound"));
        }
        add_samples(bytes, track, &mut overwritten, limits)?;
    }
    // Each byte is overwritten about once: places that are given many times are an attack on the work done here.
    // What lay in a box that was cut off is gone already.
    overwritten.retain(|range| range.start < bytes.len());
    if overwritten.iter().any(|range| holder(range.start).is_none_or(|(d, _)| range.end > d.end)) {
        return Err(Refused::Malformed("metadata outside the data"));
    }
    let mut budget = bytes.len();
    for range in inside.into_iter().chain(overwritten) {
        budget = budget.checked_sub(range.len()).ok_or(Refused::TooComplex)?;
        sweep.edits.push(Edit::Zero(range));
    }
    Ok((sweep.edits, end))
}

/// Tracks that are shown. Others hold positions, times of day, text (some drones write positions as subtitles).
fn is_kept(track: &Track, is_picture: bool) -> bool {
    matches!(&track.handler, b"vide" | b"soun") || is_picture && matches!(&track.handler, b"pict" | b"auxv")
}

impl Sweep<'_> {
    fn walk(&mut self, range: Range<usize>, place: Place, limits: &mut Limits) -> Result<()> {
        let bytes = self.bytes;
        boxes(bytes, range, limits, |part, limits| {
            let at = part.body.start;
            match (place, &part.name) {
                (Place::Movie, b"trak") => match self.tracks.iter().find(|t| t.start == part.start) {
                    Some(track) if is_kept(track, self.is_picture) => {
                        self.is_video = &track.handler != b"soun";
                        self.walk(part.body, Place::Track, limits)?;
                    }
                    _ => self.edits.push(Edit::Free(part)),
                },
                (Place::Movie, b"mvex") => self.walk(part.body, Place::Extends, limits)?,
                (Place::Movie, b"mvhd") | (Place::Track, b"tkhd") | (Place::Media, b"mdhd") => {
                    // Creation and modification, each of 4 or 8 bytes after version and flags.
                    let length = if bytes.get(at) == Some(&1) { 16 } else { 8 };
                    self.edits.push(Edit::Zero(at + 4..(at + 4 + length).min(part.body.end)));
                }
                (Place::Track, b"mdia") => self.walk(part.body, Place::Media, limits)?,
                (Place::Media, b"minf") => self.walk(part.body, Place::Information, limits)?,
                (Place::Information, b"stbl") => self.walk(part.body, Place::Samples, limits)?,
                (Place::Information | Place::Picture, b"dinf") => {
                    self.walk(part.body, Place::Data, limits)?
                }
                (Place::Media | Place::Information | Place::Picture, b"hdlr") => {
                    // Manufacturer, flags and name, after the handler's type.
                    self.edits.push(Edit::Zero((at + 12).min(part.body.end)..part.body.end));
                }
                (Place::Samples, b"stsd") => self.entries(part.body, limits)?,
                (Place::Data, b"dref") => self.references(part.body, limits)?,
                (Place::Fragment, b"traf") => self.walk(part.body, Place::TrackFragment, limits)?,
                (Place::Picture, b"iprp") => self.walk(part.body, Place::Properties, limits)?,
                (Place::Properties, b"ipco") => self.walk(part.body, Place::PropertyList, limits)?,
                (Place::Track, b"tref") if self.is_picture => {}
                (place, name) if is_needed(place, name) => {}
                _ => self.edits.push(Edit::Free(part)),
            }
            Ok(())
        })
    }

    /// The entries of `stsd`: vendor and encoder's name go, and boxes of tags within.
    fn entries(&mut self, body: Range<usize>, limits: &mut Limits) -> Result<()> {
        boxes(self.bytes, (body.start + 8).min(body.end)..body.end, limits, |entry, limits| {
            let (at, end) = (entry.body.start, entry.body.end);
            self.edits.push(Edit::Zero((at + 12).min(end)..(at + 16).min(end)));
            if !self.is_video || end - at < 78 {
                return Ok(());
            }
            self.edits.push(Edit::Zero(at + 42..at + 74));
            let inner = boxes(self.bytes, at + 78..end, limits, |part, _| {
                if matches!(&part.name, b"udta" | b"meta" | b"uuid" | b"free" | b"skip") {
                    self.edits.push(Edit::Free(part));
                }
                Ok(())
            });
            // QuickTime has entries of other layouts; what is no box there is left.
            inner.or_else(|why| if why == Refused::TooComplex { Err(why) } else { Ok(()) })
        })
    }

    /// The entries of `dref`: all media are in this file (flag 1), so paths and addresses go.
    fn references(&mut self, body: Range<usize>, limits: &mut Limits) -> Result<()> {
        boxes(self.bytes, (body.start + 8).min(body.end)..body.end, limits, |entry, _| {
            if entry.body.len() >= 4 {
                self.edits.push(Edit::Write(entry.body.start, [0, 0, 0, 1]));
                self.edits.push(Edit::Zero(entry.body.start + 4..entry.body.end));
            }
            Ok(())
        })
    }
}

/// Boxes that stay as they are.
fn is_needed(place: Place, name: &[u8; 4]) -> bool {
    match place {
        Place::Movie => name == b"iods",
        Place::Track => matches!(name, b"edts" | b"tapt" | b"clip" | b"matt"),
        Place::Media => name == b"elng",
        Place::Information => matches!(name, b"vmhd" | b"smhd" | b"hmhd" | b"nmhd"),
        Place::Samples => matches!(
            name,
            b"stts"
                | b"ctts"
                | b"cslg"
                | b"stsc"
                | b"stsz"
                | b"stz2"
                | b"stco"
                | b"co64"
                | b"stss"
                | b"stsh"
                | b"sdtp"
                | b"sbgp"
                | b"sgpd"
                | b"subs"
                | b"padb"
                | b"stps"
                | b"stdp"
        ),
        Place::Data => false,
        Place::Extends => matches!(name, b"mehd" | b"trex" | b"leva"),
        Place::Fragment => name == b"mfhd",
        Place::TrackFragment => {
            matches!(name, b"tfhd" | b"trun" | b"tfdt" | b"sdtp" | b"sbgp" | b"sgpd" | b"subs")
        }
        Place::Picture => {
            matches!(name, b"pitm" | b"iinf" | b"iloc" | b"iref" | b"idat" | b"grpl")
        }
        Place::Properties => name == b"ipma",
        // A property is known by its number, so those that go keep their place as `free`.
        Place::PropertyList => !matches!(
            name,
            b"udes" | b"altt" | b"crtt" | b"mdft" | b"uuid" | b"udta" | b"meta" | b"free" | b"skip"
        ),
    }
}

/// Adds where the samples of a track lie: chunk by chunk (`stco`), with their number (`stsc`) and sizes (`stsz`).
fn add_samples(
    bytes: &[u8],
    track: &Track,
    found: &mut Vec<Range<usize>>,
    limits: &mut Limits,
) -> Result<()> {
    let (Some(sizes), Some(chunks)) = (&track.sizes, &track.chunks) else {
        return Ok(());
    };
    if track.is_compact {
        return Err(Refused::Unsupported("compact sizes"));
    }
    let long = |at: usize| u32be(bytes, at).and_then(|v| usize::try_from(v).ok()).ok_or(Refused::Truncated);
    let fixed = long(sizes.start + 4)?;
    let samples = long(sizes.start + 8)?;
    if fixed == 0 && samples != movie::rows(bytes, sizes, 8, 4) {
        return Err(Refused::Truncated);
    }
    let groups = movie::rows(bytes, chunks, 4, 12);
    let (mut sample, mut group, mut in_chunk) = (0usize, 0usize, 0usize);
    for (index, start) in track.places(bytes).enumerate() {
        limits.step()?;
        // A group of chunks begins with the number of its first chunk, counted from 1.
        while group < groups && long(chunks.start + 8 + 12 * group)? <= index + 1 {
            limits.step()?;
            in_chunk = long(chunks.start + 12 + 12 * group)?;
            group += 1;
        }
        let count = in_chunk.min(samples - sample);
        let mut length = 0usize;
        if fixed > 0 {
            length = fixed.saturating_mul(count);
        } else {
            for number in sample..sample + count {
                limits.step()?;
                length = length.saturating_add(long(sizes.start + 12 + 4 * number)?);
            }
        }
        sample += count;
        if length > 0 {
            found.push(start..start.saturating_add(length));
        }
    }
    Ok(())
}
