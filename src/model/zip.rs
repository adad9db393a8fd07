//! Zip archives whose files are stored as they are (PKWARE's APPNOTE.TXT 6.3.10): what stands before each content and at
//! the end. Sizes and checksums are known beforehand, so that an archive can be sent without reading what is in it.

use super::time::Time;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// With `/` between folders.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// CRC-32.
    pub crc: u32,
}

/// Maximum bytes of the contents of an archive: the format without its 64-bit records has four gigabytes (and 65,535 files).
pub const MAX_BYTES: u64 = 3 * 1024 * 1024 * 1024;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Made on Unix (the upper byte), by version 2.0.
const MADE_BY: u16 = 0x0314;
/// Version 1.0 can read it: nothing is compressed.
const NEEDED: u16 = 10;
/// Names are UTF-8.
const UTF_8: u16 = 1 << 11;
/// A plain file that everybody may read (0644).
const MODE: u32 = 0o100_644 << 16;

/// A date and time as MS-DOS has them: even seconds from 1980 on. They have no time zone; this is UTC.
fn dos(at: Time) -> (u16, u16) {
    let text = at.to_iso_seconds();
    let number = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u16>().ok()).unwrap_or(0);
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let date = (year.saturating_sub(1980) << 9) | (month << 5) | day;
    (date, (hour << 11) | (minute << 5) | (second / 2))
}

/// Numbers of 32 bits: a larger one is beyond [`MAX_BYTES`], which whoever makes an archive keeps to.
fn long(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn short(&mut self, n: u16) -> &mut Self {
        self.0.extend(n.to_le_bytes());
        self
    }

    fn long(&mut self, n: u32) -> &mut Self {
        self.0.extend(n.to_le_bytes());
        self
    }

    /// What both headers of a file have in common.
    fn described(&mut self, entry: &Entry, at: Time) -> &mut Self {
        let (date, time) = dos(at);
        let name = u16::try_from(entry.name.len()).unwrap_or(u16::MAX);
        // 0: stored. The size is that of the content and of what is stored of it; then no extra field.
        self.short(NEEDED).short(UTF_8).short(0).short(time).short(date).long(entry.crc);
        self.long(long(entry.size)).long(long(entry.size)).short(name).short(0)
    }
}

/// What stands before the content of a file that was last changed `at`.
pub fn header(entry: &Entry, at: Time) -> Vec<u8> {
    let mut bytes = Bytes(Vec::with_capacity(30 + entry.name.len()));
    bytes.long(LOCAL).described(entry, at);
    bytes.0.extend(entry.name.as_bytes());
    bytes.0
}

/// What stands at the end: the directory of all files, which are in this order.
pub fn directory(entries: &[Entry], at: Time) -> Vec<u8> {
    let (mut bytes, mut offset) = (Bytes(Vec::with_capacity(entries.len() * 100 + 22)), 0_u64);
    for entry in entries {
        bytes.long(CENTRAL).short(MADE_BY).described(entry, at);
        // No comment; the first disk; no text.
        bytes.short(0).short(0).short(0).long(MODE).long(long(offset));
        bytes.0.extend(entry.name.as_bytes());
        offset += 30 + entry.name.len() as u64 + entry.size;
    }
    let (length, count) = (bytes.0.len() as u64, u16::try_from(entries.len()).unwrap_or(u16::MAX));
    bytes
        .long(END)
        .short(0)
        .short(0)
        .short(count)
        .short(count)
        .long(long(length))
        .long(long(offset))
        .short(0);
    bytes.0
}

/// The CRC-32 of what consists of parts with these checksums and sizes.
pub fn joined(parts: impl Iterator<Item = (u32, u64)>) -> u32 {
    let mut all = crc32fast::Hasher::new();
    for (crc, size) in parts {
        all.combine(&crc32fast::Hasher::new_with_initial_len(crc, size));
    }
    all.finalize()
}

/// The CRC-32 of bytes.
pub fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_byte_by_byte() {
        let entry = Entry { name: "a/ü.txt".into(), size: 5, crc: checksum(b"hello") };
        assert_eq!(entry.crc, 0x3610_a686);
        // 2026-09-21 14:13:20.
        let at = Time(1_790_000_000_000);
        let head = header(&entry, at);
        let same = "0a00 0008 0000 aa71 355d 86a61036 05000000 05000000 0800 0000";
        let hex = |text: &str| {
            let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
            (0..digits.len() / 2)
                .map(|n| u8::from_str_radix(&digits[2 * n..2 * n + 2], 16).unwrap())
                .collect::<Vec<u8>>()
        };
        let name = "612f c3bc 2e74 7874";
        assert_eq!(head, hex(&format!("504b0304 {same} {name}")));
        let directory = directory(&[entry.clone(), entry], at);
        let central = |offset: &str| format!("504b0102 1403 {same} 0000 0000 0000 0000a481 {offset} {name}");
        let end = "504b0506 0000 0000 0200 0200 6c000000 56000000 0000";
        assert_eq!(directory, hex(&format!("{} {} {end}", central("00000000"), central("2b000000"))));
    }

    #[test]
    fn checksums_join() {
        let text = b"one piece after another";
        let parts = [&text[..3], &text[3..3], &text[3..]].map(|part| (checksum(part), part.len() as u64));
        assert_eq!(joined(parts.into_iter()), checksum(text));
        assert_eq!(joined(std::iter::empty()), 0);
    }
}
