//! A body that is put together from bytes and stored files, in order: the platform sends it.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Bytes(Vec<u8>),
    /// `length` bytes from `from` on of the stored file `key`, which has `size` bytes in all. Of one that is gone, or has
    /// another size, zeros are sent: the rest of the body stays what it is. Where it is a text of the archive itself, the
    /// body breaks off instead.
    File {
        key: String,
        size: u64,
        from: u64,
        length: u64,
    },
}

impl Part {
    /// A whole file.
    pub fn file(key: String, size: u64) -> Self {
        Self::File { key, size, from: 0, length: size }
    }

    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// What is left of it without its first `skipped` bytes, of these at most `most`.
    fn cut(self, skipped: u64, most: u64) -> Self {
        match self {
            Self::Bytes(bytes) => {
                let at = usize::try_from(skipped).unwrap_or(usize::MAX);
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                Self::Bytes(bytes.into_iter().skip(at).take(most).collect())
            }
            Self::File { key, size, from, length } => {
                let skipped = skipped.min(length);
                Self::File { key, size, from: from + skipped, length: (length - skipped).min(most) }
            }
        }
    }
}

/// The bytes of all parts together.
pub fn length(parts: &[Part]) -> u64 {
    parts.iter().map(Part::length).sum()
}

/// The parts of a range of bytes; no file is named of which nothing is in it.
pub fn cut(parts: Vec<Part>, offset: u64, length: u64) -> Vec<Part> {
    let (mut at, mut left, mut found) = (0_u64, length, Vec::new());
    for part in parts {
        let own = part.length();
        let skipped = offset.saturating_sub(at).min(own);
        at += own;
        if left > 0 && skipped < own {
            let part = part.cut(skipped, left);
            left -= part.length();
            found.push(part);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_bytes_of_the_whole() {
        let parts = vec![
            Part::Bytes(b"abc".to_vec()),
            Part::file("x".into(), 4),
            Part::Bytes(Vec::new()),
            Part::Bytes(b"de".to_vec()),
        ];
        // As the platform sends them; the file has 0123.
        let sent = |parts: &[Part]| {
            let mut all = Vec::new();
            for part in parts {
                match part {
                    Part::Bytes(bytes) => all.extend(bytes),
                    Part::File { from, length, .. } => {
                        all.extend(&b"0123"[*from as usize..(*from + *length) as usize]);
                    }
                }
            }
            all
        };
        let whole = sent(&parts);
        assert_eq!((length(&parts), whole.as_slice()), (9, b"abc0123de".as_slice()));
        for offset in 0..10 {
            for wanted in 0..12 {
                let found = cut(parts.clone(), offset as u64, wanted as u64);
                let end = (offset + wanted).min(9);
                assert_eq!(sent(&found), whole[offset.min(9)..end.max(offset.min(9))], "{offset} {wanted}");
                assert_eq!(length(&found), sent(&found).len() as u64);
                assert!(found.iter().all(|part| part.length() > 0), "{found:?}");
            }
        }
    }
}
