//! ISO base media files (ISO/IEC 14496-12, QuickTime File Format): MP4, MOV, M4A; HEIF (ISO/IEC 23008-12) and AVIF
//! (AV1 Image File Format).
//!
//! Nothing is moved, since other boxes hold offsets: what goes becomes a `free` box of zeros in the same place, so
//! sample tables and item locations stay right.

mod movie;
mod picture;
mod sweep;

use std::ops::Range;

use super::{
    Class, File, Kind, Limits, Refused, Result, average, fraction, seconds, take, u16be, u32be, u64be, write,
    zero,
};

type Name = [u8; 4];

/// A box: its name, where it begins, and its contents.
#[derive(Clone)]
struct Part {
    name: Name,
    start: usize,
    body: Range<usize>,
}

/// Gives the boxes of a range in order. A rest of less than a header is none (QuickTime ends some lists so).
fn boxes(
    bytes: &[u8],
    range: Range<usize>,
    limits: &mut Limits,
    mut visit: impl FnMut(Part, &mut Limits) -> Result<()>,
) -> Result<()> {
    let mut at = range.start;
    while range.end.saturating_sub(at) >= 8 {
        limits.step()?;
        let size = u32be(bytes, at).ok_or(Refused::Truncated)?;
        let name = take(bytes, at + 4).ok_or(Refused::Truncated)?;
        let (header, end) = match size {
            0 => (8, Some(range.end)),
            1 => {
                let large = u64be(bytes, at + 8).ok_or(Refused::Truncated)?;
                (16, usize::try_from(large).ok().and_then(|l| at.checked_add(l)))
            }
            _ => (8, usize::try_from(size).ok().and_then(|l| at.checked_add(l))),
        };
        let end = end.filter(|end| *end <= range.end).ok_or(Refused::Truncated)?;
        if end < at + header {
            return Err(Refused::Malformed("size of a box"));
        }
        visit(Part { name, start: at, body: at + header..end }, limits)?;
        at = end;
    }
    Ok(())
}

/// The kind by the brands of `ftyp`.
fn kind(bytes: &[u8]) -> Result<Kind> {
    let size = u32be(bytes, 0).and_then(|s| usize::try_from(s).ok()).ok_or(Refused::Truncated)?;
    let body = bytes.get(8..size.min(4096)).filter(|b| b.len() >= 8).ok_or(Refused::Malformed("ftyp"))?;
    let major: Name = take(body, 0).ok_or(Refused::Truncated)?;
    let others = body.get(8..).unwrap_or_default();
    let has = |brands: &[&Name]| others.as_chunks::<4>().0.iter().any(|b| brands.contains(&b));
    const HEVC: [&Name; 8] = [b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"];
    const MOVIE: [&Name; 8] = [b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1"];
    Ok(match &major {
        b"avif" | b"avis" => Kind::Avif,
        b"mif1" | b"msf1" | b"mif2" | b"miaf" if has(&[b"avif", b"avis"]) => Kind::Avif,
        b"mif1" | b"msf1" | b"mif2" | b"miaf" if has(&HEVC) => Kind::Heic,
        b"mif1" | b"msf1" | b"mif2" => Kind::Heif,
        name if HEVC.contains(&name) => Kind::Heic,
        b"qt  " => Kind::Mov,
        b"M4A " | b"M4B " => Kind::M4a,
        [b'i', b's', b'o', _] | [b'm', b'p', b'4', _] | [b'3', b'g', _, _] | [b'M', b'4', b'V', _] => {
            Kind::Mp4
        }
        b"avc1" | b"hvc1" | b"dash" | b"cmfc" | b"cmf2" | b"MSNV" | b"XAVC" | b"f4v " | b"mmp4" => Kind::Mp4,
        b"jp2 " | b"jpx " | b"jxl " | b"crx " => return Err(Refused::Unknown),
        _ if has(&MOVIE) => Kind::Mp4,
        _ => return Err(Refused::Unknown),
    })
}

fn is_picture(kind: Kind) -> bool {
    matches!(kind, Kind::Avif | Kind::Heic | Kind::Heif)
}

pub(super) fn inspect(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let kind = kind(bytes)?;
    let (mut movie, mut picture) = (None, None);
    let mut fragments = Vec::new();
    boxes(bytes, 0..bytes.len(), limits, |part, limits| {
        match &part.name {
            b"moov" if movie.is_some() => return Err(Refused::Malformed("two moov boxes")),
            b"moov" => movie = Some(movie::read(bytes, part.body, limits)?),
            b"moof" => fragments.push(part.body),
            b"meta" if is_picture(kind) && picture.is_none() => {
                picture = Some(picture::size(bytes, part.body, limits)?);
            }
            _ => {}
        }
        Ok(())
    })?;
    if let Some(movie) = &mut movie {
        for range in fragments {
            movie::add_fragment(bytes, range, movie, limits)?;
        }
    }
    if is_picture(kind) {
        let mut file = File::image(kind, picture.ok_or(Refused::Truncated)?);
        if let Some(track) =
            movie.iter().flat_map(|m| &m.tracks).find(|t| matches!(&t.handler, b"pict" | b"vide"))
        {
            file.animate(track.samples, track.seconds().unwrap_or(0.0));
        }
        return Ok(file);
    }
    let movie = movie.ok_or(Refused::Truncated)?;
    let duration = movie.seconds();
    let sound = movie.tracks.iter().any(|t| &t.handler == b"soun" && t.samples > 0);
    let video = movie.tracks.iter().find(|t| &t.handler == b"vide").filter(|_| kind != Kind::M4a);
    let Some(video) = video else {
        if !sound {
            return Err(Refused::Unsupported("no video and no sound"));
        }
        let kind = if kind == Kind::Mp4 { Kind::M4a } else { kind };
        return Ok(File::audio(kind, duration, bytes.len()));
    };
    let (width, height) = video.size(limits)?;
    Ok(File {
        kind,
        class: if sound { Class::Video } else { Class::Gifv },
        width,
        height,
        is_animated: false,
        has_sound: sound,
        duration,
        frame_rate: video.frame_rate(),
        bit_rate: average(bytes.len(), duration),
    })
}

pub(super) fn clean(mut bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let kind = kind(&bytes)?;
    let (edits, end) = sweep::edits(&bytes, is_picture(kind), limits)?;
    for edit in edits {
        edit.apply(&mut bytes);
    }
    bytes.truncate(end);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, has, isobmff};
    use super::*;
    use crate::media::formats;

    const MAX: u64 = 33_177_600;

    #[test]
    fn a_phone_video_loses_its_tags_and_keeps_its_offsets() {
        for is_moov_first in [true, false] {
            for brand in [b"qt  ", b"mp42"] {
                let file = isobmff::video(brand, true, is_moov_first);
                let info = formats::inspect(&file, MAX).unwrap();
                assert_eq!((info.width, info.height), (20, 30), "turned by the matrix of its track");
                assert_eq!((info.class, info.duration), (Class::Video, Some(2.0)));
                assert_eq!(info.frame_rate, Some((2, 1)));
                let cleaned = samples::check(&file);
                assert!(has(&cleaned, &isobmff::pictures()) && has(&cleaned, &isobmff::sound()));
                for box_name in [&b"udta"[..], b"uuid", b"mebx", b"meta"] {
                    assert!(!has(&cleaned, box_name));
                }
                for text in [&b"GoPro"[..], b"appl", &isobmff::TIME.to_be_bytes()] {
                    assert!(has(&file, text) && !has(&cleaned, text));
                }
                let at = |file: &[u8]| file.windows(8).position(|w| *w == isobmff::pictures()[..8]);
                assert_eq!(at(&file), at(&cleaned));
                assert_eq!(formats::inspect(&cleaned, MAX).unwrap().frame_rate, info.frame_rate);
            }
        }
    }

    #[test]
    fn a_video_without_sound_is_a_gifv() {
        let file = isobmff::video(b"isom", false, true);
        let info = formats::inspect(&file, MAX).unwrap();
        assert_eq!((info.class, info.has_sound, info.mime()), (Class::Gifv, false, "video/mp4"));
    }

    #[test]
    fn a_sound_is_no_video() {
        let file = isobmff::sound_only();
        let info = formats::inspect(&file, MAX).unwrap();
        assert_eq!((info.kind, info.class, info.mime()), (Kind::M4a, Class::Audio, "audio/mp4"));
        samples::check(&file);
    }

    #[test]
    fn fragments_give_the_duration() {
        let file = isobmff::fragmented();
        let info = formats::inspect(&file, MAX).unwrap();
        assert_eq!((info.duration, info.frame_rate), (Some(3.0), Some((2, 1))));
        samples::check(&file);
    }

    #[test]
    fn pictures_are_as_large_as_they_are_shown() {
        for (brand, mime) in [(b"heic", "image/heic"), (b"avif", "image/avif"), (b"mif1", "image/heif")] {
            let file = isobmff::picture(brand, 30, 20);
            let info = formats::inspect(&file, MAX).unwrap();
            assert_eq!((info.width, info.height, info.mime()), (20, 30, mime), "turned by irot");
            let cleaned = samples::check(&file);
            assert!(has(&cleaned, &isobmff::pictures()));
            assert_eq!(formats::inspect(&cleaned, MAX).unwrap(), info);
        }
        assert_eq!(
            formats::inspect(&isobmff::picture(b"avif", 20_000, 20_000), MAX),
            Err(Refused::TooManyPixels)
        );
        assert_eq!(formats::inspect(&isobmff::picture(b"avif", 0, 20_000), MAX), Err(Refused::NoSize));
    }

    #[test]
    fn other_brands_are_unknown() {
        for brand in [b"jp2 ", b"crx ", b"abcd"] {
            assert_eq!(formats::inspect(&isobmff::brand(brand), MAX), Err(Refused::Unknown));
        }
    }

    #[test]
    fn positions_that_cannot_be_overwritten_refuse_the_file() {
        let file = isobmff::metadata_outside();
        let info = formats::inspect(&file, MAX).unwrap();
        assert!(matches!(formats::clean(file, &info), Err(Refused::Malformed(_))));
    }

    #[test]
    fn many_chunks_at_one_place_are_refused() {
        let file = isobmff::overlapping(5000);
        let info = formats::inspect(&file, MAX).unwrap();
        assert_eq!(formats::clean(file, &info), Err(Refused::TooComplex));
    }
}
