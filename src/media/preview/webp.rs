//! WebP: still pictures and the first frame of animations. The decoder does not stream, so the size is bounded.

use super::{Decoded, Fit, Plan, Scaler, acceptable, exif, reader::Joined};
use image_webp::{WebPDecoder, vp8::Vp8Decoder};

/// What is shown: in a file of its own or as the first frame of an animation.
#[derive(Default)]
struct Image<'a> {
    /// From the alpha chunk's header to the end of the colours.
    alpha: Option<&'a [u8]>,
    lossy: Option<&'a [u8]>,
    lossless: Option<&'a [u8]>,
}

pub fn decode(bytes: &[u8], fit: Fit, memory_is_left: fn() -> bool) -> Option<Decoded> {
    let chunks = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let (first, content, _) = chunk(chunks)?;
    let mut orientation = 1;
    let mut canvas = None;
    let mut place = None;
    let image = if &first == b"VP8X" {
        let [flags, _, _, _, size @ ..] = content.first_chunk::<10>()?;
        canvas = Some(size_of(size)?);
        if let Some(data) = find(chunks, *b"EXIF") {
            orientation = exif::orientation(data);
        }
        if flags & 0x02 != 0 {
            let frame = find(chunks, *b"ANMF")?;
            let [x @ .., _, _, _, _] = frame.first_chunk::<16>()?;
            let (offset, size) = x.split_at_checked(6)?;
            let (left, top) = (three(offset.get(..3)?)?, three(offset.get(3..)?)?);
            place = Some((left * 2, top * 2, size_of(size)?));
            Image::find(frame.get(16..)?)?
        } else {
            Image::find(chunks)?
        }
    } else {
        Image::find(chunks)?
    };
    let (width, height) = image.size()?;
    let canvas = canvas.unwrap_or((width, height));
    let (left, top, size) = place.unwrap_or((0, 0, canvas));
    if size != (width, height) || !acceptable(width, height) {
        return None;
    }
    let plan = Plan::new(canvas.0, canvas.1, fit, orientation)?;
    let mut pixels = Scaler::new(plan, image.memory(width, height)?)?;
    image.decode(width, height, memory_is_left, |y, row| {
        pixels.sparse_row(top.saturating_add(y), left, 1, row)
    })?;
    Some(Decoded { pixels, orientation, original: canvas })
}

impl<'a> Image<'a> {
    fn find(chunks: &'a [u8]) -> Option<Image<'a>> {
        let mut image = Image::default();
        let mut alpha_at = None;
        let mut rest = chunks;
        while let Some((kind, content, after)) = chunk(rest) {
            match &kind {
                b"ALPH" => alpha_at = alpha_at.or(Some(rest)),
                b"VP8 " => {
                    image.lossy = Some(content);
                    image.alpha = alpha_at.and_then(|start| start.get(..start.len() - after.len()));
                    return Some(image);
                }
                b"VP8L" => {
                    image.lossless = Some(content);
                    return Some(image);
                }
                _ => {}
            }
            rest = after;
        }
        None
    }

    /// RFC 6386, section 9.1, and the specification of lossless WebP (RFC 9649, section 3.4).
    fn size(&self) -> Option<(u32, u32)> {
        if let Some(lossy) = self.lossy {
            let [tag, _, _, 0x9d, 0x01, 0x2a, w, w_high, h, h_high] = *lossy.first_chunk()? else {
                return None;
            };
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            return (tag & 1 == 0).then_some((side(w, w_high), side(h, h_high)));
        }
        let (bits, _) = self.lossless_header()?;
        Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
    }

    fn lossless_header(&self) -> Option<(u32, &'a [u8])> {
        let (header, rest) = self.lossless?.split_first_chunk::<5>()?;
        let [0x2f, bits @ ..] = *header else { return None };
        Some((u32::from_le_bytes(bits), rest))
    }

    /// What the decoder holds at once: planes and a copy of the data, or four bytes a pixel and what transforms take;
    /// with alpha both.
    fn memory(&self, width: u32, height: u32) -> Option<u64> {
        let pixels = u64::from(width) * u64::from(height);
        let Some(lossy) = self.lossy else { return Some(pixels * 5 + (1 << 20)) };
        let blocks = u64::from(width.div_ceil(16)) * u64::from(height.div_ceil(16));
        let planes = blocks * (384 + 64) + lossy.len() as u64 + (1 << 20);
        Some(match self.alpha {
            None => planes,
            Some(chunk) if chunk.get(8)? & 3 == 0 => planes + pixels * 5,
            Some(_) => planes + pixels * 10,
        })
    }

    /// Gives out rows of RGBA pixels.
    fn decode(
        &self,
        width: u32,
        height: u32,
        memory_is_left: fn() -> bool,
        mut row: impl FnMut(u32, &[u8]),
    ) -> Option<()> {
        let (head, tail, opaque) = match (self.lossy, self.alpha) {
            (Some(lossy), None) => {
                let frame = Vp8Decoder::decode_frame(Joined::new(Vec::new(), lossy, memory_is_left)).ok()?;
                if (u32::from(frame.width), u32::from(frame.height)) != (width, height) {
                    return None;
                }
                let stride = width.div_ceil(16) as usize * 16;
                let chroma = frame.ubuf.chunks_exact(stride / 2).zip(frame.vbuf.chunks_exact(stride / 2));
                let mut rgba = Vec::with_capacity(width as usize * 4);
                for ((y, luma), (u, v)) in
                    (0..height).zip(frame.ybuf.chunks_exact(stride)).zip(chroma.flat_map(|both| [both, both]))
                {
                    rgba.clear();
                    let chroma = u.iter().zip(v).flat_map(|both| [both, both]);
                    rgba.extend(
                        luma.iter().zip(chroma).take(width as usize).flat_map(|(y, (u, v))| rgb(*y, *u, *v)),
                    );
                    row(y, &rgba);
                }
                return Some(());
            }
            (Some(_), Some(both)) => {
                let mut head = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0".to_vec();
                head.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
                head.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
                set_length(&mut head, both.len())?;
                (head, both, false)
            }
            (None, _) => {
                // The alpha bit is set in any case: the decoder then needs no second buffer.
                let (bits, rest) = self.lossless_header()?;
                let mut head = b"RIFF\0\0\0\0WEBPVP8L".to_vec();
                head.extend_from_slice(&u32::try_from(rest.len() + 5).ok()?.to_le_bytes());
                head.push(0x2f);
                head.extend_from_slice(&(bits | 1 << 28).to_le_bytes());
                set_length(&mut head, rest.len())?;
                (head, rest, bits & 1 << 28 == 0)
            }
        };
        let mut decoder = WebPDecoder::new(Joined::new(head, tail, memory_is_left)).ok()?;
        if decoder.dimensions() != (width, height) || decoder.is_animated() || !decoder.has_alpha() {
            return None;
        }
        let mut pixels = vec![0; decoder.output_buffer_size()?];
        decoder.read_image(&mut pixels).ok()?;
        if opaque {
            for [.., alpha] in pixels.as_chunks_mut::<4>().0 {
                *alpha = 255;
            }
        }
        for (y, pixels) in (0..height).zip(pixels.chunks_exact(width as usize * 4)) {
            row(y, pixels);
        }
        Some(())
    }
}

fn set_length(head: &mut [u8], tail: usize) -> Option<()> {
    let length = u32::try_from(head.len() + tail).ok()?.checked_sub(8)?;
    head.get_mut(4..8)?.copy_from_slice(&length.to_le_bytes());
    Some(())
}

/// A chunk's kind and content, and what follows it.
fn chunk(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (kind, rest) = bytes.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    // A file that is cut off still has its start.
    let (content, after) = rest.split_at(length.min(rest.len()));
    Some((*kind, content, after.get(length & 1..).unwrap_or_default()))
}

fn find(mut chunks: &[u8], wanted: [u8; 4]) -> Option<&[u8]> {
    while let Some((kind, content, after)) = chunk(chunks) {
        if kind == wanted {
            return Some(content);
        }
        chunks = after;
    }
    None
}

fn three(bytes: &[u8]) -> Option<u32> {
    let [low, middle, high] = *bytes.first_chunk()?;
    Some(u32::from_le_bytes([low, middle, high, 0]))
}

fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((three(bytes)? + 1, three(bytes.get(3..)?)? + 1))
}

/// BT.601 with the reduced range, as WebP has it.
fn rgb(y: u8, u: u8, v: u8) -> [u8; 4] {
    let (y, u, v) = ((i32::from(y) - 16) * 76_309, i32::from(u) - 128, i32::from(v) - 128);
    let colour = |value: i32| ((value + 32_768) >> 16).clamp(0, 255) as u8;
    [colour(y + v * 104_597), colour(y - u * 25_674 - v * 53_278), colour(y + u * 132_201), 255]
}
