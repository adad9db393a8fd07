//! QR codes (ISO/IEC 18004): a text in byte mode, at the error correction level L, in the versions 1 to 9.

/// A code without its quiet zone, which is four modules wide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Modules of a side.
    pub size: usize,
    dark: Vec<bool>,
    /// Modules that hold no data.
    fixed: Vec<bool>,
}

/// Of each version: codewords of data, of which a text has two less; codewords of error correction of each block; blocks.
const VERSIONS: [(usize, usize, usize); 9] = [
    (19, 7, 1),
    (34, 10, 1),
    (55, 15, 1),
    (80, 20, 1),
    (108, 26, 1),
    (136, 18, 2),
    (156, 20, 2),
    (194, 24, 2),
    (232, 30, 2),
];

/// The smallest code of a text; `None` where it is longer than 230 bytes.
pub fn encode(text: &[u8]) -> Option<Code> {
    let at = VERSIONS.iter().position(|(data, ..)| text.len() + 2 <= *data)?;
    let (data, correction, blocks) = *VERSIONS.get(at)?;
    let version = at + 1;
    let size = 17 + 4 * version;
    let mut code = Code { size, dark: vec![false; size * size], fixed: vec![false; size * size] };
    code.draw_patterns(version);
    code.draw_data(&codewords(text, data, correction, blocks));
    let mut best: Option<(usize, Code)> = None;
    for mask in 0..8 {
        let mut tried = code.clone();
        tried.mask(mask);
        tried.draw_format(mask);
        let penalty = tried.penalty();
        if best.as_ref().is_none_or(|(least, _)| penalty < *least) {
            best = Some((penalty, tried));
        }
    }
    best.map(|(_, code)| code)
}

/// The text with its mode and length, filled up, each block followed by its error correction, all interleaved.
fn codewords(text: &[u8], data: usize, correction: usize, blocks: usize) -> Vec<u8> {
    let length = text.len() as u8;
    let mut all = Vec::with_capacity(data);
    // The mode has four bits, so everything after it is shifted by half a byte.
    let mut last = 4;
    for byte in std::iter::once(length).chain(text.iter().copied()).chain([0]) {
        all.push(last << 4 | byte >> 4);
        last = byte & 15;
    }
    all.extend([0xEC, 0x11].into_iter().cycle().take(data - all.len().min(data)));
    let divisor = divisor(correction);
    let parts: Vec<&[u8]> = all.chunks(data / blocks).collect();
    let ends: Vec<Vec<u8>> = parts.iter().map(|part| remainder(part, &divisor)).collect();
    let mut whole = Vec::new();
    for n in 0..data / blocks {
        whole.extend(parts.iter().filter_map(|part| part.get(n)));
    }
    for n in 0..correction {
        whole.extend(ends.iter().filter_map(|end| end.get(n)));
    }
    whole
}

/// The product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1.
fn product(x: u8, y: u8) -> u8 {
    (0..8).rev().fold(0, |z: u8, bit| (z << 1) ^ ((z >> 7) * 0x1D) ^ ((y >> bit & 1) * x))
}

/// The coefficients of (x - 1)(x - 2)(x - 4)… without the first, which is 1.
fn divisor(degree: usize) -> Vec<u8> {
    let mut all = vec![0; degree];
    if let Some(last) = all.last_mut() {
        *last = 1;
    }
    let mut root = 1;
    for _ in 0..degree {
        let shifted: Vec<u8> = all.iter().skip(1).copied().chain([0]).collect();
        for (own, next) in all.iter_mut().zip(shifted) {
            *own = product(*own, root) ^ next;
        }
        root = product(root, 2);
    }
    all
}

fn remainder(data: &[u8], divisor: &[u8]) -> Vec<u8> {
    let mut all = vec![0; divisor.len()];
    for byte in data {
        let factor = byte ^ all.remove(0);
        all.push(0);
        for (own, of) in all.iter_mut().zip(divisor) {
            *own ^= product(*of, factor);
        }
    }
    all
}

/// `value` with the remainder of its division by `generator`, of so many bits, behind it.
fn with_check(value: usize, generator: usize, bits: u32) -> usize {
    let rest = (0..bits).fold(value, |rest, _| (rest << 1) ^ ((rest >> (bits - 1) & 1) * generator));
    value << bits | (rest & ((1 << bits) - 1))
}

impl Code {
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.size + x).copied().unwrap_or(false)
    }

    fn fix(&mut self, x: usize, y: usize, is_dark: bool) {
        let at = y * self.size + x;
        if let (Some(dark), Some(fixed)) = (self.dark.get_mut(at), self.fixed.get_mut(at)) {
            (*dark, *fixed) = (is_dark, true);
        }
    }

    fn is_fixed(&self, x: usize, y: usize) -> bool {
        self.fixed.get(y * self.size + x).copied().unwrap_or(true)
    }

    /// Squares around squares: dark where the distance from the middle is not in `light`.
    fn draw_square(&mut self, (x, y): (usize, usize), reach: i32, light: &[i32]) {
        for down in -reach..=reach {
            for right in -reach..=reach {
                let place =
                    |from: usize, by: i32| usize::try_from(from as i32 + by).ok().filter(|n| *n < self.size);
                if let (Some(x), Some(y)) = (place(x, right), place(y, down)) {
                    self.fix(x, y, !light.contains(&right.abs().max(down.abs())));
                }
            }
        }
    }

    fn draw_patterns(&mut self, version: usize) {
        let end = self.size - 1;
        for n in 0..self.size {
            self.fix(6, n, n % 2 == 0);
            self.fix(n, 6, n % 2 == 0);
        }
        for corner in [(3, 3), (end - 3, 3), (3, end - 3)] {
            self.draw_square(corner, 4, &[2, 4]);
        }
        let far = end - 6;
        let middles: &[usize] = match version {
            1 => &[],
            2..=6 => &[6, far],
            _ => &[6, (far + 6) / 2, far],
        };
        for x in middles {
            for y in middles {
                // The corners have patterns of their own.
                if ![(6, 6), (6, far), (far, 6)].contains(&(*x, *y)) {
                    self.draw_square((*x, *y), 2, &[1]);
                }
            }
        }
        self.draw_format(0);
        if version >= 7 {
            let bits = with_check(version, 0x1F25, 12);
            for n in 0..18 {
                let (near, far) = (n / 3, end - 10 + n % 3);
                self.fix(far, near, bits >> n & 1 == 1);
                self.fix(near, far, bits >> n & 1 == 1);
            }
        }
    }

    /// The level and the mask, twice.
    fn draw_format(&mut self, mask: usize) {
        let bits = with_check(1 << 3 | mask, 0x537, 10) ^ 0x5412;
        let end = self.size - 1;
        let around = [
            (8, 0),
            (8, 1),
            (8, 2),
            (8, 3),
            (8, 4),
            (8, 5),
            (8, 7),
            (8, 8),
            (7, 8),
            (5, 8),
            (4, 8),
            (3, 8),
            (2, 8),
            (1, 8),
            (0, 8),
        ];
        for (n, (x, y)) in around.into_iter().enumerate() {
            let is_dark = bits >> n & 1 == 1;
            self.fix(x, y, is_dark);
            let (x, y) = if n < 8 { (end - n, 8) } else { (8, end + n - 14) };
            self.fix(x, y, is_dark);
        }
        self.fix(8, end - 7, true);
    }

    /// Two columns at a time from the right, up and down in turn.
    fn draw_data(&mut self, codewords: &[u8]) {
        let mut bits = codewords.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
        let columns = (0..self.size).rev().filter(|x| *x != 6).collect::<Vec<_>>();
        for (turn, pair) in columns.chunks(2).enumerate() {
            for n in 0..self.size {
                let y = if turn % 2 == 0 { self.size - 1 - n } else { n };
                for x in pair {
                    if !self.is_fixed(*x, y)
                        && let Some(dark) = self.dark.get_mut(y * self.size + x)
                    {
                        *dark = bits.next().unwrap_or(false);
                    }
                }
            }
        }
    }

    fn mask(&mut self, mask: usize) {
        for y in 0..self.size {
            for x in 0..self.size {
                let inverts = match mask {
                    0 => (x + y) % 2,
                    1 => y % 2,
                    2 => x % 3,
                    3 => (x + y) % 3,
                    4 => (x / 3 + y / 2) % 2,
                    5 => x * y % 2 + x * y % 3,
                    6 => (x * y % 2 + x * y % 3) % 2,
                    _ => ((x + y) % 2 + x * y % 3) % 2,
                };
                if inverts == 0
                    && !self.is_fixed(x, y)
                    && let Some(dark) = self.dark.get_mut(y * self.size + x)
                {
                    *dark = !*dark;
                }
            }
        }
    }

    /// How hard it is to read: section 7.8.3.
    fn penalty(&self) -> usize {
        let (mut sum, mut dark) = (0, 0);
        for n in 0..self.size {
            sum += line(self.size, |m| self.is_dark(m, n)) + line(self.size, |m| self.is_dark(n, m));
            for m in 0..self.size {
                let own = self.is_dark(m, n);
                dark += usize::from(own);
                let others = [(m + 1, n), (m, n + 1), (m + 1, n + 1)];
                let is_block = m + 1 < self.size && n + 1 < self.size;
                if is_block && others.iter().all(|(x, y)| self.is_dark(*x, *y) == own) {
                    sum += 3;
                }
            }
        }
        let total = self.size * self.size;
        sum + ((dark * 20).abs_diff(total * 10).div_ceil(total).max(1) - 1) * 10
    }
}

/// The penalty of a row or column: runs of five or more, and what looks like the pattern of a corner.
fn line(size: usize, is_dark: impl Fn(usize) -> bool) -> usize {
    // Light, dark, light … : what is around the code is light.
    let mut runs = vec![size];
    let mut sum = 0;
    let (mut color, mut length) = (false, 0);
    for n in 0..size {
        if is_dark(n) != color {
            color = !color;
            length = 0;
            runs.push(0);
        }
        length += 1;
        if length >= 5 {
            sum += if length == 5 { 3 } else { 1 };
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
        }
    }
    if color {
        runs.push(0);
    }
    if let Some(run) = runs.last_mut() {
        *run += size;
    }
    for seven in runs.windows(7).step_by(2) {
        if let [before, a, b, core, d, e, after] = *seven
            && a > 0
            && [b, d, e] == [a; 3]
            && core == a * 3
        {
            let is_like = |wide: usize, narrow: usize| usize::from(wide >= a * 4 && narrow >= a);
            sum += 40 * (is_like(before, after) + is_like(after, before));
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

    use super::encode;

    /// The same as Project Nayuki's library makes of a text, at every length.
    #[test]
    fn codes_are_those_of_a_library() {
        for length in 0..=230 {
            let text: Vec<u8> = b"https://fern.example/@\xed\x95\x9c?"
                .iter()
                .copied()
                .cycle()
                .skip(length % 7)
                .take(length)
                .collect();
            let segments = [QrSegment::make_bytes(&text)];
            let wanted = QrCode::encode_segments_advanced(
                &segments,
                QrCodeEcc::Low,
                Version::MIN,
                Version::new(9),
                None,
                false,
            )
            .unwrap();
            let code = encode(&text).unwrap();
            assert_eq!(code.size as i32, wanted.size(), "{length}");
            for y in 0..code.size {
                for x in 0..code.size {
                    assert_eq!(
                        code.is_dark(x, y),
                        wanted.get_module(x as i32, y as i32),
                        "{length}: {x} {y}"
                    );
                }
            }
        }
        assert_eq!(encode(&[b'x'; 231]), None);
    }
}
