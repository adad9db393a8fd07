//! FLAC (RFC 9639).
//!
//! Kept: STREAMINFO, SEEKTABLE (its offsets count from the first frame) and all frames. VORBIS_COMMENT is emptied;
//! pictures, application data, cue sheets and padding are removed, as are ID3 and APE tags around the stream.
//! A frame does not say its length, so other bytes after the last frame cannot be told from it without decoding.

use std::ops::Range;

use super::{File, Kind, Limits, Plan, Refused, Result, mp3, seconds, take, u64be};

const STREAMINFO: u8 = 0;
const SEEKTABLE: u8 = 3;
const VORBIS_COMMENT: u8 = 4;

struct Stream {
    /// Type and contents of what is before the frames.
    kept: Vec<(u8, Range<usize>)>,
    frames: Range<usize>,
}

fn read(bytes: &[u8], limits: &mut Limits) -> Result<Stream> {
    let start = mp3::after_id3(bytes, 0).ok_or(Refused::Truncated)?;
    if bytes.get(start..).is_none_or(|rest| !rest.starts_with(b"fLaC")) {
        return Err(Refused::Malformed("no fLaC"));
    }
    let (mut at, mut kept) = (start + 4, Vec::new());
    loop {
        limits.step()?;
        let [flags, a, b, c] = take(bytes, at).ok_or(Refused::Truncated)?;
        let body = at + 4;
        let end = usize::try_from(u32::from_be_bytes([0, a, b, c]))
            .ok()
            .and_then(|l| body.checked_add(l))
            .filter(|end| *end <= bytes.len())
            .ok_or(Refused::Truncated)?;
        let kind = flags & 0x7f;
        if kept.is_empty() && (kind != STREAMINFO || end - body != 34) {
            return Err(Refused::Malformed("STREAMINFO"));
        }
        let is_first = kept.iter().all(|(k, _)| *k != kind);
        if matches!(kind, STREAMINFO | SEEKTABLE | VORBIS_COMMENT) && is_first {
            kept.push((kind, body..end));
        }
        at = end;
        if flags & 0x80 != 0 {
            break;
        }
    }
    let frames = at..mp3::before_tags(bytes, at);
    match bytes.get(frames.clone()) {
        Some([0xff, 0xf8 | 0xf9, ..]) => Ok(Stream { kept, frames }),
        Some([_, _, ..]) => Err(Refused::Malformed("no frame")),
        _ => Err(Refused::Truncated),
    }
}

pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let stream = read(bytes, limits)?;
    let info = stream.kept.first().map_or(0, |(_, range)| range.start);
    // 20 bits rate, 3 bits channels, 5 bits depth, 36 bits samples.
    let packed = u64be(bytes, info + 10).ok_or(Refused::Truncated)?;
    let (rate, samples) = (packed >> 44, packed & 0xf_ffff_ffff);
    if rate == 0 {
        return Err(Refused::Malformed("sample rate"));
    }
    Ok(File::audio(Kind::Flac, seconds(samples, rate), stream.frames.len()))
}

pub(super) fn clean(bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let stream = read(&bytes, limits)?;
    let mut plan = Plan::default();
    plan.put(b"fLaC");
    let count = stream.kept.len();
    for (index, (kind, range)) in stream.kept.into_iter().enumerate() {
        let flags = kind | if index + 1 == count { 0x80 } else { 0 };
        if kind == VORBIS_COMMENT {
            // A vendor and a list, both of length 0.
            plan.put(&[flags, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
            continue;
        }
        let [_, a, b, c] = u32::try_from(range.len()).unwrap_or(0).to_be_bytes();
        plan.put(&[flags, a, b, c]);
        plan.keep(range);
    }
    plan.keep(stream.frames);
    plan.apply(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, flac, has};
    use crate::media::formats::{self, Kind};

    #[test]
    fn tags_go_and_the_frames_stay() {
        for file in [flac::full(), flac::with_id3()] {
            let info = formats::inspect(&file, 1).unwrap();
            assert_eq!((info.kind, info.duration, info.mime()), (Kind::Flac, Some(2.0), "audio/flac"));
            let cleaned = samples::check(&file);
            assert!(cleaned.ends_with(&flac::frames()) && has(&cleaned, flac::SEEKTABLE));
            assert_eq!(formats::inspect(&cleaned, 1).unwrap(), info);
        }
    }
}
