//! The coarsest picture of a progressive JPEG: of each block of 8 x 8 pixels its mean, the DC coefficient, which the first
//! scans have (ITU T.81, sections F.2.2.1 and G.1.2.1). All later scans are left out, so that little memory and time are
//! enough for a file of any size. The bits that later scans refine are taken as half.

use super::{Decoded, Header, Plan, Scaler, next_marker, scaled, segment};

/// Decodes at an eighth of the size. `plan` is that of the picture of this size. None where the first scans are not as the
/// standard has them, or the colours are not grey, YCbCr or RGB.
pub(super) fn decode(header: &Header<'_>, plan: Plan) -> Option<Decoded> {
    let mut frame = Frame::new(header)?;
    frame.read_scans(header.scans)?;
    let (width, height) = (scaled(header.width, 1), scaled(header.height, 1));
    let memory: usize = frame.components.iter().map(|c| c.means.len() * 2).sum();
    let mut pixels = Scaler::new(plan, memory as u64 + u64::from(width) * 4)?;
    let mut rgba = Vec::with_capacity(width as usize * 4);
    for y in 0..height {
        rgba.clear();
        rgba.extend((0..width).flat_map(|x| frame.pixel(x, y)));
        pixels.row(y, &rgba);
    }
    Some(Decoded { pixels, orientation: header.orientation, original: (header.width, header.height) })
}

/// JFIF 1.02, "Conversion to and from RGB", in 1/65536.
fn rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let (luma, blue, red) = (i32::from(luma) << 16, i32::from(blue) - 128, i32::from(red) - 128);
    let colour = |value: i32| ((value + 32_768) >> 16).clamp(0, 255) as u8;
    [colour(luma + 91_881 * red), colour(luma - 22_554 * blue - 46_802 * red), colour(luma + 116_130 * blue)]
}

struct Component {
    id: u8,
    /// Sampling factors.
    factors: (u32, u32),
    /// Blocks in a row, those that fill up the last unit included.
    wide: u32,
    /// Blocks in width and height as a scan of this component alone has them.
    own: (u32, u32),
    /// What the DC coefficient is multiplied with.
    quantum: i32,
    /// By row, as in the file.
    means: Vec<i16>,
    /// The bits that were not in the first scan.
    left_out: u32,
    is_read: bool,
}

impl Component {
    /// At a place in the picture of an eighth of the size; where there are fewer blocks, between the nearest ones.
    fn value(&self, x: u32, y: u32, most: (u32, u32)) -> u8 {
        let (left, right, of_right) = between(x, self.factors.0, most.0, self.own.0);
        let (top, bottom, of_bottom) = between(y, self.factors.1, most.1, self.own.1);
        if (of_right, of_bottom) == (0, 0) {
            return self.mean(left, top);
        }
        let (wide, high) = (2 * most.0, 2 * most.1);
        let row = |y: u32| {
            u32::from(self.mean(left, y)) * (wide - of_right) + u32::from(self.mean(right, y)) * of_right
        };
        let sum = row(top) * (high - of_bottom) + row(bottom) * of_bottom;
        ((sum + wide * high / 2) / (wide * high)) as u8
    }

    /// The mean of a block.
    fn mean(&self, x: u32, y: u32) -> u8 {
        let mean = self.means.get((y * self.wide + x) as usize).copied().unwrap_or(0);
        let half = (1 << self.left_out) >> 1;
        let coefficient = (i32::from(mean) << self.left_out) + half;
        // The transform of a lone DC coefficient is an eighth of it.
        ((coefficient.saturating_mul(self.quantum).saturating_add(4) >> 3).saturating_add(128)).clamp(0, 255)
            as u8
    }
}

/// The two blocks between whose middles a place lies, and how many parts of `2 * most` are of the second.
fn between(at: u32, factor: u32, most: u32, count: u32) -> (u32, u32, u32) {
    // In half blocks of the finest component, from the middle of the first block of this one.
    let place = ((2 * at + 1) * factor).saturating_sub(most);
    let first = place / (2 * most);
    let last = count.saturating_sub(1);
    (first.min(last), (first + 1).min(last), place % (2 * most))
}

struct Frame {
    components: Vec<Component>,
    /// The largest sampling factors.
    most: (u32, u32),
    is_rgb: bool,
    /// Of DC coefficients, by number.
    tables: [Option<Table>; 4],
    /// Units between two restart markers; 0 without.
    interval: u32,
}

impl Frame {
    fn new(header: &Header<'_>) -> Option<Self> {
        let most = |of: fn(&(u32, u32)) -> u32| header.components.iter().map(of).max();
        let most = (most(|(x, _)| *x)?, most(|(_, y)| *y)?);
        let units = (header.width.div_ceil(8 * most.0), header.height.div_ceil(8 * most.1));
        let mut frame =
            Self { components: Vec::new(), most, is_rgb: false, tables: [const { None }; 4], interval: 0 };
        let (mut quanta, mut transform) = ([None; 4], None);
        let mut named = Vec::new();
        let mut rest = header.tables.get(2..)?;
        while let Some((marker, after)) = next_marker(rest) {
            let (content, after) = segment(after)?;
            let content = content.get(2..)?;
            match marker {
                0xc2 => named = content.get(6..)?.as_chunks::<3>().0.to_vec(),
                0xdb => read_quanta(content, &mut quanta)?,
                0xee => transform = content.strip_prefix(b"Adobe").and_then(|adobe| adobe.get(6).copied()),
                _ => frame.read_table(marker, content)?,
            }
            rest = after;
        }
        for ([id, _, quantum], factors) in named.iter().zip(&header.components) {
            let blocks = (units.0 * factors.0, units.1 * factors.1);
            let own = |size: u32, factor: u32, most: u32| (size * factor).div_ceil(most).div_ceil(8);
            frame.components.push(Component {
                id: *id,
                factors: *factors,
                wide: blocks.0,
                own: (
                    own(header.width, factors.0, frame.most.0),
                    own(header.height, factors.1, frame.most.1),
                ),
                quantum: i32::from((*quanta.get(usize::from(*quantum))?)?),
                means: vec![0; usize::try_from(u64::from(blocks.0) * u64::from(blocks.1)).ok()?],
                left_out: 0,
                is_read: false,
            });
        }
        let is_named_rgb = frame.components.iter().map(|c| c.id).eq(*b"RGB");
        frame.is_rgb = transform.map_or(is_named_rgb, |transform| transform == 0);
        matches!(frame.components.len(), 1 | 3).then_some(frame)
    }

    /// At a place in the picture of an eighth of the size.
    fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        let mut values = self.components.iter().map(|c| c.value(x, y, self.most));
        let first = values.next().unwrap_or(0);
        let [red, green, blue] = match (values.next(), values.next()) {
            (Some(second), Some(third)) if self.is_rgb => [first, second, third],
            (Some(second), Some(third)) => rgb(first, second, third),
            _ => [first; 3],
        };
        [red, green, blue, 255]
    }

    fn read_table(&mut self, marker: u8, mut content: &[u8]) -> Option<()> {
        match marker {
            0xc4 => {
                while !content.is_empty() {
                    let (place, table, rest) = Table::read(content)?;
                    // The upper half tells DC from AC.
                    if let Some(slot) = self.tables.get_mut(usize::from(place)) {
                        *slot = Some(table);
                    }
                    content = rest;
                }
            }
            0xdd => self.interval = u16::from_be_bytes(*content.first_chunk()?).into(),
            _ => {}
        }
        Some(())
    }

    /// Reads scans until each component has its means. Each is read once, so that no file takes more.
    fn read_scans(&mut self, mut rest: &[u8]) -> Option<()> {
        while self.components.iter().any(|c| !c.is_read) {
            let (marker, after) = next_marker(rest)?;
            rest = match marker {
                // An escaped byte of a scan that is left out, or a restart marker in it.
                0x00 | 0x01 | 0xd0..=0xd7 => after,
                0xc4 | 0xda | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => {
                    let (content, after) = segment(after)?;
                    let content = content.get(2..)?;
                    match marker {
                        0xda => self.read_scan(content, after)?,
                        _ => self.read_table(marker, content)?,
                    }
                    after
                }
                _ => return None,
            };
        }
        Some(())
    }

    fn read_scan(&mut self, head: &[u8], data: &[u8]) -> Option<()> {
        let (count, rest) = head.split_first()?;
        // One of nothing would take as many turns as there are blocks, and a file has room for millions of them.
        if !matches!(count, 1..=4) {
            return None;
        }
        let (chosen, rest) = rest.split_at_checked(usize::from(*count) * 2)?;
        let [0, 0, approximation] = rest else {
            // Coefficients of detail.
            return Some(());
        };
        // Later bits of coefficients that are known.
        if approximation >> 4 != 0 {
            return Some(());
        }
        let left_out = u32::from(approximation & 15);
        if left_out > 13 {
            return None;
        }
        let mut scanned = Vec::new();
        for [id, table] in chosen.as_chunks::<2>().0 {
            let place = self.components.iter().position(|c| c.id == *id && !c.is_read)?;
            let component = self.components.get_mut(place)?;
            (component.left_out, component.is_read) = (left_out, true);
            scanned.push(Scanned { place, table: usize::from(table >> 4), last: 0 });
        }
        let alone = match scanned.as_slice() {
            [one] => Some(self.components.get(one.place)?.own),
            _ => None,
        };
        let first = self.components.first()?;
        let units = alone.unwrap_or((
            first.wide / first.factors.0,
            u32::try_from(first.means.len()).ok()?.checked_div(first.wide)? / first.factors.1,
        ));
        let mut bits = Bits { bytes: data, held: 0, count: 0 };
        for unit in 0..units.0 * units.1 {
            if self.interval > 0 && unit > 0 && unit % self.interval == 0 {
                bits.restart()?;
                scanned.iter_mut().for_each(|s| s.last = 0);
            }
            let (x, y) = (unit % units.0, unit / units.0);
            for part in &mut scanned {
                let table = self.tables.get(part.table)?.as_ref()?;
                let component = self.components.get_mut(part.place)?;
                let (wide, high) = if alone.is_some() { (1, 1) } else { component.factors };
                for row in y * high..(y + 1) * high {
                    for column in x * wide..(x + 1) * wide {
                        let length = table.decode(&mut bits)?;
                        part.last = part.last.wrapping_add(bits.difference(length)?);
                        let mean = part.last.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
                        *component.means.get_mut((row * component.wide + column) as usize)? = mean;
                    }
                }
            }
        }
        Some(())
    }
}

/// A component in a scan.
struct Scanned {
    place: usize,
    table: usize,
    /// The coefficient before, to which the next one is a difference.
    last: i32,
}

/// The first entry of each quantization table (T.81, section B.2.4.1).
fn read_quanta(mut content: &[u8], quanta: &mut [Option<u16>; 4]) -> Option<()> {
    while let Some((head, rest)) = content.split_first() {
        let is_wide = head >> 4 != 0;
        let (entries, after) = rest.split_at_checked(if is_wide { 128 } else { 64 })?;
        let [high, low, ..] = entries else { return None };
        let first = if is_wide { u16::from_be_bytes([*high, *low]) } else { u16::from(*high) };
        *quanta.get_mut(usize::from(head & 15))? = Some(first);
        content = after;
    }
    Some(())
}

/// A Huffman table: how many codes have each length, and their symbols in order (T.81, annex C).
struct Table {
    counts: [u8; 16],
    symbols: Vec<u8>,
}

impl Table {
    /// Class and number, the table, and what follows it.
    fn read(content: &[u8]) -> Option<(u8, Self, &[u8])> {
        let (place, rest) = content.split_first()?;
        let (counts, rest) = rest.split_first_chunk::<16>()?;
        let (symbols, rest) = rest.split_at_checked(counts.iter().map(|n| usize::from(*n)).sum())?;
        Some((*place, Self { counts: *counts, symbols: symbols.to_vec() }, rest))
    }

    fn decode(&self, bits: &mut Bits<'_>) -> Option<u8> {
        // The codes of one length follow one another; `first` is the first of them, `before` how many are shorter.
        let (mut code, mut first, mut before) = (0_u32, 0_u32, 0_u32);
        for count in self.counts.map(u32::from) {
            code |= bits.bit()?;
            if let Some(place) = code.checked_sub(first).filter(|place| *place < count) {
                return self.symbols.get((before + place) as usize).copied();
            }
            before += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

/// The data of a scan, bit by bit.
struct Bits<'a> {
    bytes: &'a [u8],
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u32> {
        if self.count == 0 {
            let (byte, mut rest) = self.bytes.split_first()?;
            if *byte == 0xff {
                // Escaped; anything else is a marker, at which the data ends.
                rest = rest.strip_prefix(&[0])?;
            }
            (self.bytes, self.held, self.count) = (rest, u32::from(*byte), 8);
        }
        self.count -= 1;
        Some(self.held >> self.count & 1)
    }

    /// A difference of `length` bits (T.81, section F.2.2.1, EXTEND).
    fn difference(&mut self, length: u8) -> Option<i32> {
        if length > 16 {
            return None;
        }
        let mut value = 0;
        for _ in 0..length {
            value = value << 1 | self.bit()? as i32;
        }
        let is_negative = length > 0 && value >> (length - 1) == 0;
        Some(if is_negative { value - (1 << length) + 1 } else { value })
    }

    /// Goes on after a restart marker.
    fn restart(&mut self) -> Option<()> {
        let (marker, rest) = next_marker(self.bytes)?;
        (self.bytes, self.count) = (rest, 0);
        (0xd0..=0xd7).contains(&marker).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    fn smooth(width: u32, height: u32) -> Vec<u8> {
        let wave =
            |at: u32, of: u32, turns: f32| ((at as f32 / of as f32 * turns).sin() * 100.0 + 120.0) as u8;
        (0..height)
            .flat_map(|y| {
                (0..width).map(move |x| {
                    [wave(x, width, 7.0), wave(y, height, 5.0), wave(x + y, width + height, 6.0)]
                })
            })
            .flatten()
            .collect()
    }

    fn encoded(width: u32, height: u32, change: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 90);
        encoder.set_progressive(true);
        change(&mut encoder);
        encoder.encode(&smooth(width, height), width as u16, height as u16, ColorType::Rgb).unwrap();
        file
    }

    /// The mean difference from the whole decoder's picture of an eighth of the size: of a channel, and of the luma.
    fn difference(file: &[u8]) -> (f64, f64) {
        let header = Header::read(file).unwrap();
        let mut frame = Frame::new(&header).unwrap();
        frame.read_scans(header.scans).unwrap();
        let mut decoder = jpeg_decoder::Decoder::new(file);
        decoder.read_info().unwrap();
        let (width, height) = decoder.scale(1, 1).unwrap();
        assert_eq!((width, height), (scaled(header.width, 1) as u16, scaled(header.height, 1) as u16));
        let whole = decoder.decode().unwrap();
        let channels = header.components.len();
        let luma = |pixel: &[u8]| match pixel {
            [red, green, blue, ..] => {
                0.299 * f64::from(*red) + 0.587 * f64::from(*green) + 0.114 * f64::from(*blue)
            }
            [grey, ..] => f64::from(*grey),
            [] => 0.0,
        };
        let (mut sum, mut light) = (0_u32, 0.0);
        for (n, pixel) in whole.chunks_exact(channels).enumerate() {
            let (x, y) = (n as u32 % u32::from(width), n as u32 / u32::from(width));
            let ours = &frame.pixel(x, y)[..channels];
            sum += pixel.iter().zip(ours).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
            light += (luma(pixel) - luma(ours)).abs();
        }
        (f64::from(sum) / whole.len() as f64, light / (whole.len() / channels) as f64)
    }

    #[test]
    fn the_means_are_those_of_the_whole_decoder() {
        // As libjpeg writes: one scan for all components, with one bit left out.
        let written = include_bytes!("../samples/progressive.jpg");
        let found = difference(written);
        assert!(found.0 < 3.0 && found.1 < 1.5, "{found:?}");
        for (name, change) in [
            (
                "4:4:4",
                &(|e: &mut Encoder<&mut Vec<u8>>| e.set_sampling_factor(SamplingFactor::R_4_4_4))
                    as &dyn Fn(&mut Encoder<&mut Vec<u8>>),
            ),
            ("4:2:2", &|e| e.set_sampling_factor(SamplingFactor::R_4_2_2)),
            ("4:2:0", &|e| e.set_sampling_factor(SamplingFactor::R_4_2_0)),
            ("4:1:1", &|e| e.set_sampling_factor(SamplingFactor::R_4_1_1)),
            ("restarts", &|e| e.set_restart_interval(3)),
            ("own tables", &|e| e.set_optimized_huffman_tables(true)),
        ] {
            for (width, height) in [(331, 203), (64, 64), (7, 5)] {
                let found = difference(&encoded(width, height, change));
                // Of so few blocks the other decoder takes the nearest colour, and this one what lies between.
                let most = if name == "4:1:1" { 20.0 } else { 3.0 };
                assert!(found.0 < most && found.1 < 1.5, "{name} {width}x{height}: {found:?}");
            }
        }
        let mut grey = Vec::new();
        let mut encoder = Encoder::new(&mut grey, 90);
        encoder.set_progressive(true);
        encoder.encode(&smooth(110, 30), 110 * 3, 30, ColorType::Luma).unwrap();
        assert!(difference(&grey).0 < 0.6, "{:?}", difference(&grey));
    }

    /// Such a scan takes eight bytes and as many turns as the picture has blocks.
    #[test]
    fn a_scan_of_no_component_ends_the_file() {
        let file = include_bytes!("../samples/progressive.jpg");
        let scan = file.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
        let read = |between: &[u8]| {
            let file = [&file[..scan], between, &file[scan..]].concat();
            let header = Header::read(&file)?;
            Frame::new(&header)?.read_scans(header.scans)
        };
        assert!(read(&[]).is_some());
        assert!(read(&[0xff, 0xda, 0, 6, 0, 0, 0, 0]).is_none());
        assert!(read(&[0xff, 0xda, 0, 14, 4, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0]).is_none());
    }

    #[test]
    fn what_is_cut_off_or_broken_ends() {
        let file = include_bytes!("../samples/progressive.jpg");
        let whole = |file: &[u8]| {
            let header = Header::read(file)?;
            let mut frame = Frame::new(&header)?;
            frame.read_scans(header.scans)
        };
        let scan = file.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
        let next = scan + 4 + file[scan + 4..].windows(2).position(|w| w[0] == 0xff && w[1] != 0).unwrap();
        assert!(whole(&file[..next]).is_some(), "the first scan is enough");
        for end in 0..next - 2 {
            assert!(whole(&file[..end]).is_none(), "{end}");
        }
        for at in 0..next {
            for bit in 0..8 {
                let mut broken = file.to_vec();
                broken[at] ^= 1 << bit;
                whole(&broken);
            }
        }
    }
}
