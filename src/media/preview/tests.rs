//! Pictures are made here by the encoders of the formats; what they lack is put together by hand.

use super::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most bytes held at once while something works. Other threads count as well: these tests run alone in their
/// process under nextest.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = work();
    (result, PEAK.load(Relaxed).saturating_sub(before))
}

struct Noise(u64);
impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// Four colours in the corners: red, green, blue, white.
fn corners(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            pixels.extend_from_slice(match (x * 2 >= width, y * 2 >= height) {
                (false, false) => &[255, 0, 0, 255],
                (true, false) => &[0, 255, 0, 255],
                (false, true) => &[0, 0, 255, 255],
                (true, true) => &[255, 255, 255, 255],
            });
        }
    }
    pixels
}

fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut noise = Noise(7);
    let mut pixels = Vec::with_capacity((width * height * 4) as usize);
    for y in 0..height {
        for x in 0..width {
            let n = (noise.next() & 31) as u32;
            pixels.extend_from_slice(&[
                (x * 200 / width + n) as u8,
                (y * 200 / height + n) as u8,
                ((x + y) * 99 / (width + height) + n) as u8,
                255,
            ]);
        }
    }
    pixels
}

fn jpeg(pixels: &[u8], width: u32, height: u32, progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 88);
    encoder.set_progressive(progressive);
    encoder.encode(pixels, width as u16, height as u16, jpeg_encoder::ColorType::Rgba).unwrap();
    bytes
}

fn jpeg_as(pixels: &[u8], width: u32, height: u32, colour: jpeg_encoder::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, 95).encode(pixels, width as u16, height as u16, colour).unwrap();
    bytes
}

fn png_as(data: &[u8], width: u32, height: u32, colour: ::png::ColorType, depth: ::png::BitDepth) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == ::png::ColorType::Indexed {
        encoder.set_palette(vec![255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]);
        encoder.set_trns(vec![255, 255, 0]);
    }
    encoder.set_compression(::png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

fn png(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    png_as(pixels, width, height, ::png::ColorType::Rgba, ::png::BitDepth::Eight)
}

/// An interlaced PNG of RGBA pixels, without filters.
fn interlaced(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut raw = Vec::new();
    for (x0, y0, dx, dy) in
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    {
        if x0 >= width {
            continue;
        }
        for y in (y0..height).step_by(dy) {
            raw.push(0);
            for x in (x0..width).step_by(dx) {
                let at = ((y * width + x) * 4) as usize;
                raw.extend_from_slice(&pixels[at..at + 4]);
            }
        }
    }
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 6, 0, 0, 1]);
    raw_png(&header, &stored(&raw))
}

/// zlib with stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 1];
    let count = data.chunks(65_535).count();
    for (i, part) in data.chunks(65_535).enumerate() {
        out.push(u8::from(i + 1 == count));
        out.extend_from_slice(&(part.len() as u16).to_le_bytes());
        out.extend_from_slice(&(!(part.len() as u16)).to_le_bytes());
        out.extend_from_slice(part);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend_from_slice(&(b << 16 | a).to_be_bytes());
    out
}

fn png_chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend_from_slice(kind);
    out.extend_from_slice(data);
    let mut crc = !0_u32;
    for byte in &out[start..] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    out.extend_from_slice(&(!crc).to_be_bytes());
}

fn raw_png(header: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    png_chunk(&mut out, b"IHDR", header);
    png_chunk(&mut out, b"IDAT", data);
    png_chunk(&mut out, b"IEND", b"");
    out
}

fn gif(width: u16, height: u16, left: u16, interlace: bool, frames: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let palette = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
    let mut encoder = ::gif::Encoder::new(&mut bytes, width, height, &palette).unwrap();
    for number in 0..frames {
        let inner = width - left;
        let mut rows: Vec<Vec<u8>> = (0..height)
            .map(|y| {
                (0..inner)
                    .map(|x| {
                        if number > 0 { 3 } else { u8::from(x >= inner / 2) + 2 * u8::from(y >= height / 2) }
                    })
                    .collect()
            })
            .collect();
        if interlace {
            let order: Vec<usize> = [(0, 8), (4, 8), (2, 4), (1, 2)]
                .into_iter()
                .flat_map(|(first, step)| (first..usize::from(height)).step_by(step))
                .collect();
            rows = order.into_iter().map(|y| rows[y].clone()).collect();
        }
        let frame = ::gif::Frame {
            left,
            width: inner,
            height,
            interlaced: interlace,
            buffer: rows.concat().into(),
            ..Default::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}

fn webp(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    image_webp::WebPEncoder::new(&mut bytes)
        .encode(pixels, width, height, image_webp::ColorType::Rgba8)
        .unwrap();
    bytes
}

fn webp_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.extend_from_slice(&(data.len() as u32).to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    out
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(body.len() as u32 + 4).to_le_bytes());
    out.extend_from_slice(b"WEBP");
    out.extend_from_slice(&body);
    out
}

fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let mut data = vec![flags, 0, 0, 0];
    data.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    data.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    webp_chunk(b"VP8X", &data)
}

/// An animation whose first frame starts at `left`.
fn animated_webp(pixels: &[u8], width: u32, height: u32, left: u32) -> Vec<u8> {
    let still = webp(pixels, width, height);
    let mut frame = (left / 2).to_le_bytes()[..3].to_vec();
    frame.extend_from_slice(&[0, 0, 0]);
    frame.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    frame.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    frame.extend_from_slice(&[100, 0, 0, 0]);
    frame.extend_from_slice(&still[12..]);
    let frame = webp_chunk(b"ANMF", &frame);
    riff(&[vp8x(0x12, width + left, height), webp_chunk(b"ANIM", &[0; 6]), frame.clone(), frame])
}

fn exif_data(orientation: u8) -> Vec<u8> {
    let mut data = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    data.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    data
}

fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let data = [b"Exif\0\0".to_vec(), exif_data(orientation)].concat();
    let mut out = vec![0xff, 0xd8, 0xff, 0xe1];
    out.extend_from_slice(&(data.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(&data);
    out.extend_from_slice(&jpeg[2..]);
    out
}

/// The picture that was made, as RGBA.
fn seen(picture: &Picture) -> Vec<u8> {
    let bytes = picture.bytes.as_ref().unwrap();
    let (w, h) = (picture.width as usize, picture.height as usize);
    if picture.media_type == "image/jpeg" {
        let mut decoder = jpeg_decoder::Decoder::new(&bytes[..]);
        let data = decoder.decode().unwrap();
        let info = decoder.info().unwrap();
        assert_eq!((usize::from(info.width), usize::from(info.height)), (w, h));
        data.chunks(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect()
    } else {
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut data).unwrap();
        assert_eq!(data.len(), w * h * 4);
        data
    }
}

fn name(pixel: &[u8]) -> char {
    match pixel {
        [.., a] if *a < 30 => '-',
        [r, g, b, _] if *r > 200 && *g > 200 && *b > 200 => 'w',
        [r, g, b, _] if *r > 200 && *g < 60 && *b < 60 => 'r',
        [r, g, b, _] if *r < 60 && *g > 200 && *b < 60 => 'g',
        [r, g, b, _] if *r < 60 && *g < 60 && *b > 200 => 'b',
        _ => '?',
    }
}

/// The four quarters' middles, by rows.
fn quarters(picture: &Picture) -> String {
    let pixels = seen(picture);
    let (w, h) = (picture.width as usize, picture.height as usize);
    [(1, 1), (3, 1), (1, 3), (3, 3)]
        .into_iter()
        .map(|(x, y)| {
            let at = ((y * h / 4) * w + x * w / 4) * 4;
            name(&pixels[at..at + 4])
        })
        .collect()
}

#[test]
fn each_format_is_reduced() {
    let pixels = corners(1600, 900);
    for (format, bytes) in [
        (Format::Jpeg, jpeg(&pixels, 1600, 900, false)),
        (Format::Jpeg, jpeg(&pixels, 1600, 900, true)),
        (Format::Png, png(&pixels, 1600, 900)),
        (Format::Png, interlaced(&pixels, 1600, 900)),
        (Format::Gif, gif(1600, 900, 0, false, 1)),
        (Format::Gif, gif(1600, 900, 0, true, 1)),
        (Format::Gif, gif(1600, 900, 0, false, 3)),
        (Format::Webp, webp(&pixels, 1600, 900)),
        (Format::Webp, animated_webp(&pixels, 1600, 900, 0)),
    ] {
        let picture = make(&bytes, format, Fit::Preview).unwrap();
        assert_eq!((picture.width, picture.height, picture.media_type), (640, 360, "image/jpeg"));
        assert_eq!(quarters(&picture), "rgbw");
        assert_eq!(picture.blurhash.len(), 36);
        let picture = make(&bytes, format, Fit::Square(400)).unwrap();
        assert_eq!((picture.width, picture.height), (400, 400));
        assert_eq!(quarters(&picture), "rgbw");
        let picture = make(&bytes, format, Fit::Wide(1500, 500)).unwrap();
        assert_eq!((picture.width, picture.height), (1500, 500));
        assert_eq!(quarters(&picture), "rgbw");
    }
    assert_eq!(make(&png(&pixels, 1600, 900), Format::Other, Fit::Preview), None);
    assert_eq!(make(&png(&pixels, 1600, 900), Format::Jpeg, Fit::Preview), None);
}

#[test]
fn orientation_is_applied() {
    let expected = ["rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"];
    for (orientation, expected) in (1..=8).zip(expected) {
        let size = if orientation >= 5 { (360, 640) } else { (640, 360) };
        let pixels = corners(1600, 900);
        let file = with_exif(&jpeg(&pixels, 1600, 900, false), orientation);
        let picture = make(&file, Format::Jpeg, Fit::Preview).unwrap();
        assert_eq!(
            ((picture.width, picture.height), &*quarters(&picture)),
            (size, expected),
            "{orientation}"
        );
        let header = make(&file, Format::Jpeg, Fit::Wide(600, 200)).unwrap();
        assert_eq!((header.width, header.height, &*quarters(&header)), (600, 200, expected), "{orientation}");

        let mut file = png(&pixels, 1600, 900);
        let mut chunk = Vec::new();
        png_chunk(&mut chunk, b"eXIf", &exif_data(orientation));
        file.splice(33..33, chunk);
        assert_eq!(quarters(&make(&file, Format::Png, Fit::Preview).unwrap()), expected, "{orientation}");

        let still = webp(&pixels, 1600, 900);
        let file = riff(&[
            vp8x(0x18, 1600, 900),
            still[12..].to_vec(),
            webp_chunk(b"EXIF", &exif_data(orientation)),
        ]);
        assert_eq!(quarters(&make(&file, Format::Webp, Fit::Preview).unwrap()), expected, "{orientation}");
    }
    // Small ones stay as they are, and their size is as shown.
    let small =
        make(&with_exif(&jpeg(&corners(60, 20), 60, 20, false), 6), Format::Jpeg, Fit::Preview).unwrap();
    assert_eq!((small.width, small.height, small.bytes), (20, 60, None));
    for wrong in [0, 9, 255] {
        let file = with_exif(&jpeg(&corners(1600, 900), 1600, 900, false), wrong);
        assert_eq!(quarters(&make(&file, Format::Jpeg, Fit::Preview).unwrap()), "rgbw");
    }
}

#[test]
fn kinds_of_png() {
    use ::png::{BitDepth, ColorType};
    let (w, h) = (1200_u32, 800_u32);
    let rgb16: Vec<u8> = corners(w, h).chunks(4).flat_map(|p| [p[0], 0, p[1], 0, p[2], 0]).collect();
    let indexed: Vec<u8> = (0..h)
        .flat_map(|y| {
            (0..w / 4).map(move |x| {
                [0, 0b0101_0101, 0b1010_1010, 0xff][usize::from(x * 8 >= w) + 2 * usize::from(y * 2 >= h)]
            })
        })
        .collect();
    let grey: Vec<u8> = (0..w * h).map(|at| if at / w * 2 >= h { 255 } else { 0 }).collect();
    let grey_alpha: Vec<u8> =
        (0..w * h).flat_map(|at| [255, if at / w * 2 >= h { 255 } else { 0 }]).collect();
    let bits: Vec<u8> =
        (0..h).flat_map(|y| vec![if y * 2 >= h { 255 } else { 0 }; (w / 8) as usize]).collect();
    let of = |data: &[u8], colour, depth| {
        make(&png_as(data, w, h, colour, depth), Format::Png, Fit::Preview).unwrap()
    };
    assert_eq!(quarters(&of(&rgb16, ColorType::Rgb, BitDepth::Sixteen)), "rgbw");
    assert_eq!(quarters(&of(&indexed, ColorType::Indexed, BitDepth::Two)), "rg-w");
    assert_eq!(quarters(&of(&grey, ColorType::Grayscale, BitDepth::Eight)), "??ww");
    assert_eq!(quarters(&of(&grey_alpha, ColorType::GrayscaleAlpha, BitDepth::Eight)), "--ww");
    assert_eq!(quarters(&of(&bits, ColorType::Grayscale, BitDepth::One)), "??ww");
    assert_eq!(of(&grey_alpha, ColorType::GrayscaleAlpha, BitDepth::Eight).media_type, "image/png");
    for (w, h) in [(1, 1), (2, 1), (1, 5), (3, 3), (5, 7), (9, 9)] {
        let picture = make(&interlaced(&corners(w, h), w, h), Format::Png, Fit::Preview).unwrap();
        let plain = make(&png(&corners(w, h), w, h), Format::Png, Fit::Preview).unwrap();
        assert_eq!(picture, plain);
    }
}

#[test]
fn kinds_of_jpeg() {
    use jpeg_encoder::ColorType;
    let (w, h) = (1200_u32, 800_u32);
    let grey: Vec<u8> = (0..w * h).map(|at| if at / w * 2 >= h { 255 } else { 0 }).collect();
    let picture = make(&jpeg_as(&grey, w, h, ColorType::Luma), Format::Jpeg, Fit::Preview).unwrap();
    assert_eq!(quarters(&picture), "??ww");
    let inks: Vec<u8> =
        corners(w, h).chunks(4).flat_map(|p| [255 - p[0], 255 - p[1], 255 - p[2], 0]).collect();
    for colour in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        let picture = make(&jpeg_as(&inks, w, h, colour), Format::Jpeg, Fit::Preview).unwrap();
        assert_eq!(quarters(&picture), "rgbw", "{colour:?}");
    }
    // A file that is cut off in the middle is shown as far as it goes.
    let whole = jpeg(&corners(w, h), w, h, false);
    let picture = make(&whole[..whole.len() * 3 / 4], Format::Jpeg, Fit::Preview).unwrap();
    assert!(quarters(&picture).starts_with("rg"));
    // What is not decoded: lossless, hierarchical and arithmetic coding, twelve bits.
    let at = whole.windows(2).position(|w| w[0] == 0xff && w[1] == 0xc0).unwrap();
    for marker in [0xc3, 0xc5, 0xc9, 0xcb, 0xdc, 0xde] {
        let mut file = whole.clone();
        file[at + 1] = marker;
        assert_eq!(make(&file, Format::Jpeg, Fit::Preview), None, "{marker:x}");
    }
    let mut file = whole;
    file[at + 4] = 12;
    assert_eq!(make(&file, Format::Jpeg, Fit::Preview), None);
}

#[test]
fn transparency_stays_and_does_not_colour() {
    let (w, h) = (1200, 800);
    let mut pixels = corners(w, h);
    for (at, pixel) in pixels.chunks_mut(4).enumerate() {
        // Every other column is transparent, with a colour that must not be seen.
        if at % 2 == 1 {
            pixel.copy_from_slice(&[0, 0, 0, 0]);
        }
    }
    for (format, bytes) in [(Format::Png, png(&pixels, w, h)), (Format::Webp, webp(&pixels, w, h))] {
        let picture = make(&bytes, format, Fit::Square(400)).unwrap();
        assert_eq!(picture.media_type, "image/png");
        let made = seen(&picture);
        assert_eq!(made[..4], [255, 0, 0, 128]);
        assert_eq!(quarters(&picture), "rgbw");
    }
    // All transparent: the hash is that of white.
    let clear = make(&png(&vec![0; 40_000], 100, 100), Format::Png, Fit::Preview).unwrap();
    let white = make(&png(&vec![255; 40_000], 100, 100), Format::Png, Fit::Preview).unwrap();
    assert_eq!(clear.blurhash, white.blurhash);
    // Frames smaller than the canvas leave the rest transparent.
    let picture = make(&gif(1600, 900, 800, false, 2), Format::Gif, Fit::Preview).unwrap();
    assert_eq!(picture.media_type, "image/png");
    assert_eq!(quarters(&picture).replace('?', "x"), "-g-w");
    let picture =
        make(&animated_webp(&corners(800, 900), 800, 900, 800), Format::Webp, Fit::Preview).unwrap();
    assert_eq!(quarters(&picture), "-g-w");
}

#[test]
fn sizes_and_shapes() {
    for (w, h) in [(1, 1), (1, 9), (9, 1), (640, 360), (480, 480), (10_000, 2), (2, 10_000), (65_500, 1)] {
        for (format, bytes) in [
            (Format::Jpeg, jpeg(&photo(w, h), w, h, false)),
            (Format::Jpeg, jpeg(&photo(w, h), w, h, true)),
            (Format::Png, png(&photo(w, h), w, h)),
            (Format::Gif, gif(w as u16, h as u16, 0, false, 1)),
            (
                Format::Webp,
                if w.max(h) < 16_384 { webp(&photo(w, h), w, h) } else { png(&photo(w, h), w, h) },
            ),
        ] {
            let format = if bytes.starts_with(b"\x89PNG") { Format::Png } else { format };
            let picture = make(&bytes, format, Fit::Preview).unwrap();
            assert_eq!((picture.width, picture.height, picture.bytes), (w, h, None), "{format:?}");
            let square = make(&bytes, format, Fit::Square(400)).unwrap();
            let side = w.min(h).min(400);
            assert_eq!((square.width, square.height), (side, side), "{format:?} {w}x{h}");
            seen(&square);
            let wide = make(&bytes, format, Fit::Wide(1500, 500)).unwrap();
            assert!(wide.width <= w.min(1500) && wide.height <= h.min(500));
            seen(&wide);
        }
    }
    // Extreme shapes that must shrink.
    for (w, h) in [(60_000, 40), (40, 60_000), (16_000, 30), (1201, 1201), (3000, 2000)] {
        let picture = make(&jpeg(&photo(w, h), w, h, false), Format::Jpeg, Fit::Preview).unwrap();
        let pixels = picture.width * picture.height;
        assert!(pixels <= 230_400 && pixels > 220_000, "{w}x{h}: {}x{}", picture.width, picture.height);
    }
    for fit in [Fit::Square(0), Fit::Square(100_000), Fit::Wide(0, 5), Fit::Wide(5, u32::MAX)] {
        assert_eq!(make(&png(&corners(9, 9), 9, 9), Format::Png, fit), None);
    }
}

#[test]
fn reducing_keeps_the_average() {
    // Area averaging keeps the mean of each channel, in any order of rows.
    for (w, h, small_w, small_h) in
        [(1001, 777, 400, 310), (500, 500, 499, 1), (33, 7, 10, 7), (64, 64, 64, 64)]
    {
        let pixels = photo(w, h);
        let plan = Plan { crop: (0, 0, w, h), width: small_w, height: small_h };
        let mut forwards = Scaler::new(plan, 0).unwrap();
        let mut backwards = Scaler::new(plan, 0).unwrap();
        let rows: Vec<_> = pixels.chunks((w * 4) as usize).collect();
        for y in 0..h {
            forwards.row(y, rows[y as usize]);
            backwards.row(h - 1 - y, rows[(h - 1 - y) as usize]);
        }
        let result = forwards.finish();
        let close = |a: &[u8], b: &[u8]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1);
        assert!(close(&result, &backwards.finish()));
        for channel in 0..4 {
            let mean = |data: &[u8]| {
                let sum: u64 = data.iter().skip(channel).step_by(4).map(|v| u64::from(*v)).sum();
                sum as f64 / (data.len() / 4) as f64
            };
            assert!((mean(&pixels) - mean(&result)).abs() < 0.6);
        }
    }
}

/// Values of npm's blurhash 2.0.5 for the same pixels, with the largest component taken by its absolute value as the
/// implementation in C does (the one in TypeScript forgets the sign).
#[test]
fn blurhashes_are_those_of_the_reference() {
    for (pixels, expected) in [
        (corners(32, 24), "U~Lqe9l}eqpYs_[qsBJ%fMsTjtWotAJAazso"),
        (photo(32, 24), "UeE.{$2nwyX6qMWEf7e;b=j[fjj@n+Woj@fQ"),
        (vec![255; 32 * 24 * 4], "UDTSUA_3fQ_3~qoffQoffQfQfQfQ~qoffQof"),
    ] {
        let picture = make(&png(&pixels, 32, 24), Format::Png, Fit::Preview).unwrap();
        assert_eq!(picture.blurhash, expected);
    }
}

fn samples() -> Vec<(Format, Vec<u8>)> {
    let pixels = photo(97, 61);
    let mut clear = pixels.clone();
    clear.chunks_mut(4).step_by(3).for_each(|p| p[3] = 90);
    let rgb: Vec<u8> = pixels.chunks(4).flat_map(|p| [p[0], p[1], p[2], 0]).collect();
    vec![
        (Format::Jpeg, with_exif(&jpeg(&pixels, 97, 61, false), 6)),
        (Format::Jpeg, jpeg(&pixels, 97, 61, true)),
        (Format::Jpeg, jpeg_as(&rgb, 97, 61, jpeg_encoder::ColorType::Cmyk)),
        (Format::Png, png(&clear, 97, 61)),
        (Format::Png, interlaced(&clear, 97, 61)),
        (Format::Gif, gif(97, 61, 3, true, 2)),
        (Format::Webp, webp(&clear, 97, 61)),
        (Format::Webp, animated_webp(&pixels, 97, 61, 8)),
        (Format::Webp, include_bytes!("samples/lossy.webp").to_vec()),
        (Format::Webp, include_bytes!("samples/lossy-alpha.webp").to_vec()),
    ]
}

#[test]
fn samples_are_decoded() {
    for (at, (format, bytes)) in samples().into_iter().enumerate() {
        assert!(make(&bytes, format, Fit::Square(40)).is_some(), "{at} {format:?}");
    }
}

#[test]
fn truncated_files_do_not_panic() {
    for (format, bytes) in samples() {
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 700) {
            make(&bytes[..end], format, Fit::Square(40));
        }
    }
}

fn mutate(rounds: usize, seed: u64) {
    let mut noise = Noise(seed);
    for (format, bytes) in samples() {
        for _ in 0..rounds {
            let mut file = bytes.clone();
            // Half of the changes are where headers and tables are.
            for _ in 0..1 + noise.below(6) {
                let end = if noise.below(2) == 0 { file.len().min(700) } else { file.len() };
                let at = noise.below(end);
                match noise.below(8) {
                    0 => file[at] = 255,
                    1 => file[at] = 0,
                    2 => file[at] ^= 1 << noise.below(8),
                    3 => {
                        file.remove(at);
                    }
                    4 => file.insert(at, noise.next() as u8),
                    5 => {
                        let from = noise.below(file.len());
                        let part = file[from..(from + noise.below(60)).min(file.len())].to_vec();
                        file.splice(at..at, part);
                    }
                    _ => file[at] = noise.next() as u8,
                }
            }
            let fit = [Fit::Preview, Fit::Square(40), Fit::Wide(150, 50)][noise.below(3)];
            let (_, peak) = peak(|| {
                std::panic::catch_unwind(|| make(&file, format, fit))
                    .unwrap_or_else(|_| panic!("{format:?} {seed}"))
            });
            assert!(peak < 120 << 20, "{format:?} {peak}");
        }
    }
}

#[test]
fn changed_files_do_not_panic() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(40);
    let seed = std::env::var("SEED").ok().and_then(|v| v.parse().ok()).unwrap_or(42);
    mutate(rounds, seed);
}

#[test]
fn bombs_are_refused_by_their_header() {
    // 30,000 x 30,000 pixels, coded in little.
    let mut header = Vec::new();
    header.extend_from_slice(&30_000_u32.to_be_bytes());
    header.extend_from_slice(&30_000_u32.to_be_bytes());
    let zeros = stored(&vec![0; 20_000]);
    let big_jpeg = |progressive| {
        let mut file = jpeg(&photo(64, 64), 64, 64, progressive);
        let at = file.windows(2).position(|w| w[0] == 0xff && matches!(w[1], 0xc0 | 0xc2)).unwrap();
        file[at + 5..at + 9].copy_from_slice(&[0x75, 0x30, 0x75, 0x30]);
        file
    };
    let mut big_gif = gif(64, 64, 0, false, 1);
    big_gif[6..10].copy_from_slice(&[0x30, 0x75, 0x30, 0x75]);
    let mut big_frame = gif(64, 64, 0, false, 1);
    let at = big_frame.windows(10).position(|w| w == [0x2c, 0, 0, 0, 0, 64, 0, 64, 0, 0]).unwrap();
    big_frame[at + 5..at + 9].copy_from_slice(&[0x30, 0x75, 0x30, 0x75]);
    let mut lossless = webp(&photo(64, 64), 64, 64);
    lossless[21..25].copy_from_slice(&(16_382_u32 | 16_382 << 14 | 1 << 28).to_le_bytes());
    let mut files = vec![
        (Format::Jpeg, big_jpeg(false)),
        (Format::Jpeg, big_jpeg(true)),
        (Format::Gif, big_gif),
        (Format::Gif, big_frame),
        (Format::Webp, lossless),
        (Format::Webp, riff(&[vp8x(0, 16_777_216, 16_777_216), webp(&photo(9, 9), 9, 9)[12..].to_vec()])),
    ];
    for kind in [[8, 2, 0, 0, 0], [8, 2, 0, 0, 1], [16, 6, 0, 0, 0]] {
        files.push((Format::Png, raw_png(&[&header[..], &kind].concat(), &zeros)));
    }
    for (format, file) in files {
        for fit in [Fit::Preview, Fit::Square(400), Fit::Wide(1500, 500)] {
            let (made, peak) = peak(|| make(&file, format, fit));
            assert_eq!(made, None, "{format:?}");
            assert!(peak < 2 << 20, "{format:?}: {peak}");
        }
    }
}

#[test]
#[ignore = "a minute unoptimised: cargo nextest run --cargo-profile sim --run-ignored only -E 'test(preview)'"]
fn what_is_accepted_stays_within_its_memory() {
    for fit in [Fit::Preview, Fit::Square(400), Fit::Wide(1500, 500)] {
        for (w, h) in [(65_000, 500), (500, 65_000), (6000, 5500)] {
            let line = vec![0; w as usize * 3];
            let mut bytes = Vec::new();
            let mut encoder = ::png::Encoder::new(&mut bytes, w, h);
            encoder.set_color(::png::ColorType::Rgb);
            encoder.set_compression(::png::Compression::Fast);
            let mut writer = encoder.write_header().unwrap();
            let mut stream = writer.stream_writer().unwrap();
            for _ in 0..h {
                std::io::Write::write_all(&mut stream, &line).unwrap();
            }
            stream.finish().unwrap();
            writer.finish().unwrap();
            let (made, peak) = peak(|| make(&bytes, Format::Png, fit));
            assert!(made.is_some() && peak < 44 << 20, "{w}x{h} {fit:?}: {peak} {}", made.is_some());
        }
    }
    // A progressive file with as many coefficients as the bound allows, and one with more.
    let progressive = |side: u32| jpeg(&vec![90; (side * side * 4) as usize], side, side, true);
    let file = progressive(3500);
    let (made, peak_bytes) = peak(|| make(&file, Format::Jpeg, Fit::Preview));
    assert!(made.is_some() && peak_bytes < 48 << 20, "{peak_bytes}");
    // Of a larger one the first scans are read, which hold little.
    for (side, size) in [(3_750, 469), (4_000, 480), (5_760, 480)] {
        let file = progressive(side);
        let (made, peak_bytes) = peak(|| make(&file, Format::Jpeg, Fit::Preview));
        let made = made.map(|picture| (picture.width, picture.height));
        assert!(made == Some((size, size)) && peak_bytes < 16 << 20, "{side}: {made:?} {peak_bytes}");
    }
    assert_eq!(make(&progressive(4000), Format::Jpeg, Fit::Wide(1500, 500)), None);
}

#[test]
fn a_file_of_many_scans_is_refused() {
    let file = jpeg(&photo(2000, 1000), 2000, 1000, true);
    let scan = file.windows(2).rposition(|w| w == [0xff, 0xda]).unwrap();
    let mut bomb = file[..scan].to_vec();
    for _ in 0..5000 {
        bomb.extend_from_slice(&file[scan..scan + 40]);
    }
    let (made, peak) = peak(|| make(&bomb, Format::Jpeg, Fit::Preview));
    assert!(made.is_none() && peak < 1 << 20);
}

/// Bits, lowest first.
#[derive(Default)]
struct Bits(Vec<u8>, u32);
impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.1.is_multiple_of(8) {
                self.0.push(0);
            }
            *self.0.last_mut().unwrap() |= ((value >> bit & 1) as u8) << (self.1 % 8);
            self.1 += 1;
        }
    }
}

/// Lossless WebP: one pixel of the entropy image asks for 65,536 groups of codes.
#[test]
fn tables_of_a_lossless_webp_end_with_the_memory() {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(0, 14 + 14 + 1 + 3);
    bits.put(0, 1); // no transform
    bits.put(0, 1); // no colour cache
    bits.put(1, 1); // several groups
    bits.put(0, 3); // blocks of 4 x 4
    bits.put(0, 1); // no colour cache of the entropy image
    // Its codes: green 255, red 255, the others 0.
    for symbol in [255, 255, 0, 0, 0] {
        bits.put(0b01 | 1 << 2, 3); // simple, one symbol, eight bits
        bits.put(symbol, 8);
    }
    for _ in 0..65_536 * 5 {
        bits.put(0b011 | 1 << 2, 3); // simple, two symbols, eight bits
        bits.put(0, 8);
        bits.put(1, 8);
    }
    let file = riff(&[webp_chunk(b"VP8L", &bits.0)]);
    fn below() -> bool {
        LIVE.load(Relaxed) < 24 << 20
    }
    let (without, all) = peak(|| make_while(&file, Format::Webp, Fit::Square(4), || true));
    assert!(without.is_some() || all > 30 << 20, "the file does what it should: {all}");
    let (made, peak) = peak(|| make_while(&file, Format::Webp, Fit::Square(4), below));
    assert!(made.is_none(), "{peak} of {all}");
}
