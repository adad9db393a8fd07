//! RIFF: WebP (RFC 9649) and WAV (Multimedia Programming Interface and Data Specifications 1.0, RFC 2361).
//!
//! WebP keeps its pictures, animation, alpha and ICC profile; EXIF is reduced to the orientation, the rest goes.
//! WAV keeps `fmt `, `fact` and `data`; so LIST/INFO, bext, iXML, ID3 and all else goes. Sizes are written anew.

use std::ops::Range;

use super::{File, Kind, Limits, Plan, Refused, Result, exif, oriented, seconds, take, u16le, u32le};

struct Chunk {
    name: [u8; 4],
    body: Range<usize>,
}

/// Gives the chunks of a range. An incomplete last chunk is an error, or is cut where `is_cut` says so.
fn walk(
    bytes: &[u8],
    range: Range<usize>,
    is_cut: bool,
    limits: &mut Limits,
    mut visit: impl FnMut(Chunk, &mut Limits) -> Result<()>,
) -> Result<()> {
    let mut at = range.start;
    // A rest of less than a chunk's header is no chunk.
    while range.end.saturating_sub(at) >= 8 {
        limits.step()?;
        let name = take(bytes, at).ok_or(Refused::Truncated)?;
        let length = u32le(bytes, at + 4).and_then(|l| usize::try_from(l).ok()).ok_or(Refused::Truncated)?;
        let start = at + 8;
        let mut end = start.checked_add(length).ok_or(Refused::Truncated)?;
        if end > range.end {
            if !is_cut {
                return Err(Refused::Truncated);
            }
            end = range.end;
        }
        visit(Chunk { name, body: start..end }, limits)?;
        at = end + (end - start) % 2;
    }
    Ok(())
}

/// Adds a chunk with its header and padding.
fn keep(plan: &mut Plan, name: &[u8; 4], body: Range<usize>) {
    let length = body.len();
    plan.put(name);
    plan.put(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    plan.keep(body);
    if length % 2 == 1 {
        plan.put(&[0]);
    }
}

/// Puts the outermost header before the chunks of a plan.
fn file(form: &[u8; 4], chunks: Plan, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let mut plan = Plan::default();
    plan.put(b"RIFF");
    plan.put(&u32::try_from(chunks.len() + 4).unwrap_or(u32::MAX).to_le_bytes());
    plan.put(form);
    plan.parts.extend(chunks.parts);
    plan.apply(bytes)
}

/// The chunks of a WebP file; its size must be there in full.
fn webp_range(bytes: &[u8]) -> Result<Range<usize>> {
    let length = u32le(bytes, 4).and_then(|l| usize::try_from(l).ok()).ok_or(Refused::Truncated)?;
    let end = length.checked_add(8).filter(|end| *end <= bytes.len()).ok_or(Refused::Truncated)?;
    if end < 20 { Err(Refused::Truncated) } else { Ok(12..end) }
}

/// The size in a VP8 key frame (RFC 6386 section 9.1) or a VP8L header (RFC 9649 section 3.4).
fn bitstream_size(name: &[u8; 4], body: &[u8]) -> Result<(u32, u32)> {
    let bits = |v: u16| u32::from(v & 0x3fff);
    if name == b"VP8 " {
        let is_key = body.first().is_some_and(|b| b & 1 == 0);
        if !is_key || body.get(3..6) != Some(b"\x9d\x01\x2a") {
            return Err(Refused::Malformed("VP8 header"));
        }
        let size = u16le(body, 6).zip(u16le(body, 8)).ok_or(Refused::Truncated)?;
        Ok((bits(size.0), bits(size.1)))
    } else {
        if body.first() != Some(&0x2f) {
            return Err(Refused::Malformed("VP8L header"));
        }
        let packed = u32le(body, 1).ok_or(Refused::Truncated)?;
        Ok(((packed & 0x3fff) + 1, ((packed >> 14) & 0x3fff) + 1))
    }
}

fn u24le(bytes: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = take(bytes, at)?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}

pub(super) fn inspect_webp(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let (mut canvas, mut first, mut orientation) = (None, None, None);
    let (mut frames, mut milliseconds, mut count) = (0u64, 0u64, 0u64);
    walk(bytes, webp_range(bytes)?, false, limits, |chunk, limits| {
        let body = bytes.get(chunk.body.clone()).unwrap_or_default();
        if count == 0 && !matches!(&chunk.name, b"VP8X" | b"VP8 " | b"VP8L") {
            return Err(Refused::Malformed("first chunk"));
        }
        match &chunk.name {
            b"VP8X" if count == 0 => {
                let size = u24le(body, 4).zip(u24le(body, 7)).ok_or(Refused::Truncated)?;
                canvas = Some(limits.pixels(size.0 + 1, size.1 + 1)?);
            }
            b"VP8 " | b"VP8L" => {
                let size = bitstream_size(&chunk.name, body)?;
                limits.pixels(size.0, size.1)?;
                first.get_or_insert(size);
            }
            b"ANMF" => {
                milliseconds += u64::from(u24le(body, 12).ok_or(Refused::Truncated)?);
                frames += 1;
                if body.len() < 16 {
                    return Err(Refused::Truncated);
                }
                walk(bytes, chunk.body.start + 16..chunk.body.end, false, limits, |part, limits| {
                    if matches!(&part.name, b"VP8 " | b"VP8L") {
                        let body = bytes.get(part.body).unwrap_or_default();
                        let size = bitstream_size(&part.name, body)?;
                        limits.pixels(size.0, size.1)?;
                    }
                    Ok(())
                })?;
            }
            b"EXIF" if orientation.is_none() => orientation = Some(webp_orientation(body)),
            _ => {}
        }
        count += 1;
        Ok(())
    })?;
    if first.is_none() && frames == 0 {
        return Err(Refused::Malformed("no picture"));
    }
    let size = canvas.or(first).ok_or(Refused::Malformed("no VP8X before frames"))?;
    // Without VP8X the file is its first chunk alone.
    let orientation = orientation.filter(|_| canvas.is_some()).unwrap_or(1);
    let mut file = File::image(Kind::Webp, oriented(size, orientation));
    file.animate(frames, milliseconds as f64 / 1000.0);
    Ok(file)
}

/// Some programs write the prefix of JPEG's APP1 before the TIFF block.
fn webp_orientation(body: &[u8]) -> u16 {
    exif::orientation(body.strip_prefix(b"Exif\0\0").unwrap_or(body))
}

const ICC_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const ANIMATION_FLAG: u8 = 0x02;

pub(super) fn clean_webp(bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let range = webp_range(&bytes)?;
    let mut orientation = None;
    walk(&bytes, range.clone(), false, limits, |chunk, _| {
        if &chunk.name == b"EXIF" && orientation.is_none() {
            orientation = Some(webp_orientation(bytes.get(chunk.body).unwrap_or_default()));
        }
        Ok(())
    })?;
    let orientation = orientation.unwrap_or(1);
    let (mut plan, mut count, mut is_extended) = (Plan::default(), 0u64, false);
    walk(&bytes, range, false, limits, |chunk, limits| {
        match &chunk.name {
            b"VP8X" if count == 0 => {
                let flags = bytes.get(chunk.body.start).copied().ok_or(Refused::Truncated)?;
                let size: [u8; 6] = take(&bytes, chunk.body.start + 4).ok_or(Refused::Truncated)?;
                is_extended = true;
                let exif = if orientation == 1 { 0 } else { EXIF_FLAG };
                plan.put(b"VP8X\x0a\0\0\0");
                plan.put(&[flags & (ICC_FLAG | ALPHA_FLAG | ANIMATION_FLAG) | exif, 0, 0, 0]);
                plan.put(&size);
            }
            b"VP8 " | b"VP8L" if is_extended || count == 0 => keep(&mut plan, &chunk.name, chunk.body),
            b"ALPH" | b"ANIM" | b"ICCP" if is_extended => keep(&mut plan, &chunk.name, chunk.body),
            b"ANMF" if is_extended => {
                let pictures = chunk.body.start + 16;
                let mut frame = Plan::default();
                frame.keep(chunk.body.start..pictures);
                walk(&bytes, pictures..chunk.body.end, false, limits, |part, _| {
                    if matches!(&part.name, b"ALPH" | b"VP8 " | b"VP8L") {
                        keep(&mut frame, &part.name, part.body);
                    }
                    Ok(())
                })?;
                plan.put(b"ANMF");
                plan.put(&u32::try_from(frame.len()).unwrap_or(u32::MAX).to_le_bytes());
                plan.parts.extend(frame.parts);
            }
            _ => {}
        }
        count += 1;
        Ok(())
    })?;
    if is_extended && orientation != 1 {
        plan.put(b"EXIF\x1a\0\0\0");
        plan.put(&exif::minimal(orientation));
    }
    file(b"WEBP", plan, bytes)
}

/// The chunks of a WAV file. Programs that write to a pipe leave sizes of 0 or of all ones.
fn wav_range(bytes: &[u8]) -> Range<usize> {
    let claimed =
        u32le(bytes, 4).and_then(|l| usize::try_from(l).ok()).filter(|l| *l > 4).unwrap_or(usize::MAX);
    12..claimed.saturating_add(8).min(bytes.len())
}

/// `fmt `, `fact` and `data`, each the first of its name.
struct Wav {
    format: Range<usize>,
    fact: Option<Range<usize>>,
    data: Range<usize>,
}

fn wav(bytes: &[u8], limits: &mut Limits) -> Result<Wav> {
    let (mut format, mut fact, mut data) = (None, None, None);
    walk(bytes, wav_range(bytes), true, limits, |chunk, _| {
        match &chunk.name {
            b"fmt " => _ = format.get_or_insert(chunk.body),
            b"fact" => _ = fact.get_or_insert(chunk.body),
            b"data" => _ = data.get_or_insert(chunk.body),
            _ => {}
        }
        Ok(())
    })?;
    let (format, data) = format.zip(data).ok_or(Refused::Truncated)?;
    if data.is_empty() {
        return Err(Refused::Malformed("no samples"));
    }
    let code = u16le(bytes, format.start).filter(|_| format.len() >= 16).ok_or(Refused::Malformed("fmt"))?;
    // PCM, IEEE float, A-law, mu-law, and PCM with a channel mask: what browsers play.
    if !matches!(code, 1 | 3 | 6 | 7 | 0xfffe) {
        return Err(Refused::Unsupported("codec of WAV"));
    }
    Ok(Wav { format, fact, data })
}

pub(super) fn inspect_wav(bytes: &[u8], limits: &mut Limits) -> Result<File> {
    let wav = wav(bytes, limits)?;
    let rate = u32le(bytes, wav.format.start + 8).ok_or(Refused::Truncated)?;
    if rate == 0 || u16le(bytes, wav.format.start + 2) == Some(0) {
        return Err(Refused::Malformed("fmt"));
    }
    let mut file = File::audio(Kind::Wav, seconds(wav.data.len() as u64, u64::from(rate)), bytes.len());
    file.bit_rate = rate.checked_mul(8);
    Ok(file)
}

pub(super) fn clean_wav(bytes: Vec<u8>, limits: &mut Limits) -> Result<Vec<u8>> {
    let wav = wav(&bytes, limits)?;
    // Decoders want the format before the data, so it is never later in what is written.
    let mut chunks = vec![(b"fmt ", wav.format), (b"data", wav.data)];
    chunks.extend(wav.fact.map(|fact| (b"fact", fact)));
    chunks.sort_by_key(|(name, range)| (*name == b"data", range.start));
    let mut plan = Plan::default();
    for (name, range) in chunks {
        keep(&mut plan, name, range);
    }
    file(b"WAVE", plan, bytes)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, has, riff};
    use super::*;
    use crate::media::formats;

    #[test]
    fn webp_keeps_picture_profile_and_orientation() {
        let file = riff::webp(6);
        let info = formats::inspect(&file, 1_000_000).unwrap();
        assert_eq!((info.width, info.height), (20, 30));
        let cleaned = samples::check(&file);
        assert!(has(&cleaned, &riff::picture()) && has(&cleaned, riff::PROFILE));
        assert_eq!(cleaned[20], ICC_FLAG | EXIF_FLAG, "XMP is gone, EXIF is there");
        assert_eq!(formats::inspect(&cleaned, 1_000_000).unwrap(), info);
        let upright = samples::check(&riff::webp(1));
        assert_eq!(upright[20], ICC_FLAG);
        assert!(!has(&upright, b"EXIF"));
    }

    #[test]
    fn an_animated_webp_keeps_its_frames() {
        let file = riff::animated_webp();
        let info = formats::inspect(&file, 1_000_000).unwrap();
        assert!(info.is_animated);
        assert_eq!((info.duration, info.frame_rate), (Some(0.4), Some((5, 1))));
        assert_eq!(formats::inspect(&samples::check(&file), 1_000_000).unwrap(), info);
    }

    #[test]
    fn a_simple_webp_is_its_first_chunk() {
        let file = riff::simple_webp(30, 20);
        let cleaned = samples::check(&file);
        assert!(has(&cleaned, &riff::picture()));
        assert_eq!(
            formats::inspect(&riff::simple_webp(16_000, 16_000), 33_177_600),
            Err(Refused::TooManyPixels)
        );
        assert_eq!(formats::inspect(&riff::simple_webp(0, 9), 33_177_600), Err(Refused::NoSize));
    }

    #[test]
    fn wav_keeps_its_samples_only() {
        let file = riff::wav(Some(8000));
        let info = formats::inspect(&file, 1).unwrap();
        assert_eq!((info.duration, info.bit_rate, info.mime()), (Some(1.0), Some(64_000), "audio/wav"));
        let cleaned = samples::check(&file);
        assert!(has(&cleaned, &riff::sound()));
        // Of a stream whose size was not known when the header was written.
        let streamed = riff::wav(None);
        assert!(formats::inspect(&streamed, 1).unwrap().duration.unwrap() >= 1.0);
    }
}
