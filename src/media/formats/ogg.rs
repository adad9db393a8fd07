//! Ogg (RFC 3533) with Vorbis (Vorbis I specification, section 4.2 and 5) or Opus (RFC 7845).
//!
//! The comment header is overwritten in place with one that has neither vendor nor comments, followed by zeros,
//! which both formats allow after its end; the checksums of its pages are written anew. So all other pages stay
//! as they are.

use std::ops::Range;

use super::{File, Kind, Limits, Refused, Result, seconds, take, u16le, u32le, write};

/// Logical streams, one after another, of one file.
const MAX_STREAMS: usize = 64;

#[derive(Clone, Copy, PartialEq)]
enum Codec {
    Vorbis,
    Opus,
}

struct Stream {
    serial: u32,
    codec: Codec,
    rate: u32,
    /// Samples to leave out at the start.
    skip: u64,
    /// The position of its last page.
    last: u64,
    /// Complete packets so far.
    packets: u64,
    /// Where the comment header lies, and the pages that it lies in.
    comment: Vec<Range<usize>>,
    pages: Vec<Range<usize>>,
}

struct Page {
    whole: Range<usize>,
    flags: u8,
    position: u64,
    serial: u32,
    lacing: Range<usize>,
}

fn page(bytes: &[u8], at: usize) -> Option<Page> {
    let head: [u8; 27] = take(bytes, at)?;
    if !head.starts_with(b"OggS\0") {
        return None;
    }
    let lacing = at + 27..at + 27 + usize::from(*head.last()?);
    let length: usize = bytes.get(lacing.clone())?.iter().map(|l| usize::from(*l)).sum();
    let end = lacing.end + length;
    (end <= bytes.len()).then_some(Page {
        whole: at..end,
        flags: *head.get(5)?,
        position: u64::from_le_bytes(take(&head, 6)?),
        serial: u32le(&head, 14)?,
        lacing,
    })
}

/// The end of the last complete page, and the streams.
fn read(bytes: &[u8], limits: &mut Limits) -> Result<(usize, Vec<Stream>)> {
    let (mut at, mut streams) = (0, Vec::<Stream>::new());
    while let Some(page) = page(bytes, at) {
        limits.step()?;
        at = page.whole.end;
        if page.flags & 2 != 0 {
            if streams.len() == MAX_STREAMS {
                return Err(Refused::TooComplex);
            }
            streams.push(begin(bytes, &page)?);
        }
        // A later stream may have the number of an earlier one.
        let Some(stream) = streams.iter_mut().rev().find(|s| s.serial == page.serial) else {
            return Err(Refused::Malformed("page of no stream"));
        };
        if page.position != u64::MAX {
            stream.last = stream.last.max(page.position);
        }
        if stream.packets >= 2 {
            continue;
        }
        let mut body = page.lacing.end;
        let mut is_comment = false;
        for lace in bytes.get(page.lacing.clone()).unwrap_or_default() {
            let end = body + usize::from(*lace);
            if stream.packets == 1 {
                is_comment = true;
                match stream.comment.last_mut() {
                    Some(last) if last.end == body => last.end = end,
                    _ => stream.comment.push(body..end),
                }
            }
            stream.packets += u64::from(*lace < 255);
            body = end;
        }
        if is_comment {
            stream.pages.push(page.whole);
        }
    }
    if streams.is_empty() || streams.iter().any(|s| s.packets < 2) {
        return Err(Refused::Truncated);
    }
    Ok((at, streams))
}

/// A stream by its first page, which has the identification header alone.
fn begin(bytes: &[u8], page: &Page) -> Result<Stream> {
    let body = bytes.get(page.lacing.end..page.whole.end).unwrap_or_default();
    let (codec, rate, skip) = if body.starts_with(b"\x01vorbis") {
        (Codec::Vorbis, u32le(body, 12).ok_or(Refused::Truncated)?, 0)
    } else if body.starts_with(b"OpusHead") {
        (Codec::Opus, 48_000, u64::from(u16le(body, 10).ok_or(Refused::Truncated)?))
    } else {
        return Err(Refused::Unsupported("codec of Ogg"));
    };
    if rate == 0 {
        return Err(Refused::Malformed("sample rate"));
    }
    Ok(Stream {
        serial: page.serial,
        codec,
        rate,
        skip,
        last: 0,
        packets: 0,
        comment: Vec::new(),
        pages: Vec::new(),
    })
}

pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let (end, streams) = read(bytes, limits)?;
    let kind = match streams.first().map(|s| s.codec) {
        Some(Codec::Opus) => Kind::Opus,
        _ => Kind::Vorbis,
    };
    let total: f64 =
        streams.iter().filter_map(|s| seconds(s.last.saturating_sub(s.skip), u64::from(s.rate))).sum();
    Ok(File::audio(kind, Some(total).filter(|t| *t > 0.0), end))
}

pub(super) fn clean(mut bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let (end, streams) = read(&bytes, limits)?;
    for stream in streams {
        // Name, no vendor, no comments; Vorbis has a framing bit after them.
        let new: &[u8] = match stream.codec {
            Codec::Vorbis => b"\x03vorbis\0\0\0\0\0\0\0\0\x01",
            Codec::Opus => b"OpusTags\0\0\0\0\0\0\0\0",
        };
        if stream.comment.iter().map(Range::len).sum::<usize>() < new.len() {
            return Err(Refused::Malformed("comment header"));
        }
        let name = new.get(..7).unwrap_or_default();
        let mut new = new.iter().copied();
        let old = stream.comment.iter().cloned().filter_map(|r| bytes.get(r)).flatten().take(name.len());
        if !old.eq(name) {
            return Err(Refused::Malformed("comment header"));
        }
        for range in stream.comment {
            for byte in bytes.get_mut(range).unwrap_or_default() {
                *byte = new.next().unwrap_or(0);
            }
        }
        for page in stream.pages {
            write(&mut bytes, page.start + 22, &[0; 4]);
            let sum = crc(bytes.get(page.clone()).unwrap_or_default());
            write(&mut bytes, page.start + 22, &sum.to_le_bytes());
        }
    }
    bytes.truncate(end);
    Ok(bytes)
}

/// The checksum of a page whose own field is 0: polynomial 0x04c11db7, not reflected (RFC 3533 section 6).
pub(super) fn crc(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, byte| {
        let index = usize::from(sum.to_be_bytes().first().copied().unwrap_or(0) ^ byte);
        (sum << 8) ^ TABLE.get(index).copied().unwrap_or(0)
    })
}

static TABLE: [u32; 256] = table();

#[allow(clippy::indexing_slicing, reason = "computed when compiled, over a constant range")]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = (sum << 1) ^ if sum & 0x8000_0000 == 0 { 0 } else { 0x04c1_1db7 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, has, ogg};
    use super::*;
    use crate::media::formats;

    #[test]
    fn comments_go_and_the_sound_stays() {
        for (file, kind, length) in [(ogg::vorbis(), Kind::Vorbis, 2.0), (ogg::opus(), Kind::Opus, 1.0)] {
            let info = formats::inspect(&file, 1).unwrap();
            assert_eq!((info.kind, info.duration, info.mime()), (kind, Some(length), "audio/ogg"));
            let cleaned = samples::check(&file);
            assert!(has(&cleaned, &ogg::sound()) && has(&cleaned, b"SETUPHEADER") == (kind == Kind::Vorbis));
            let mut at = 0;
            while let Some(page) = page(&cleaned, at) {
                let mut copy = cleaned[page.whole.clone()].to_vec();
                copy[22..26].fill(0);
                assert_eq!(Some(crc(&copy)), u32le(&cleaned, at + 22), "the checksum of each page");
                at = page.whole.end;
            }
            assert_eq!(at, cleaned.len());
        }
    }

    #[test]
    fn other_codecs_are_refused() {
        let file = ogg::page(2, 0, 1, 0, &[b"\x80theora and so on"]);
        assert_eq!(formats::inspect(&file, 1), Err(Refused::Unsupported("codec of Ogg")));
    }
}
