//! Byte ranges (RFC 9110, section 14).

/// What a request asks for of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// No range, or one that is ignored: other units, several ranges, or not readable.
    Whole,
    /// Offset and length in bytes, both within the file.
    Part(u64, u64),
    /// Begins beyond the end: 416.
    Unsatisfiable,
}

impl Range {
    /// From the value of a Range header and the size of the file in bytes.
    pub fn parse(header: Option<&str>, size: u64) -> Self {
        let Some(spec) = header.and_then(|h| h.trim().strip_prefix("bytes=")) else { return Self::Whole };
        let Some((first, last)) = spec.split_once('-') else { return Self::Whole };
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let (offset, end) = match (first.trim(), last.trim()) {
            ("", suffix) => match number(suffix) {
                // The last so many bytes.
                Some(0) => return Self::Unsatisfiable,
                Some(length) => (size.saturating_sub(length), size),
                None => return Self::Whole,
            },
            (first, "") => match number(first) {
                Some(first) => (first, size),
                None => return Self::Whole,
            },
            (first, last) => match (number(first), number(last)) {
                (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(size)),
                _ => return Self::Whole,
            },
        };
        if offset >= size {
            return Self::Unsatisfiable;
        }
        Self::Part(offset, end - offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_rfc_9110_has_them() {
        let parse = |text: &str| Range::parse(Some(text), 1000);
        assert_eq!(parse("bytes=0-499"), Range::Part(0, 500));
        assert_eq!(parse("bytes=500-"), Range::Part(500, 500));
        assert_eq!(parse("bytes=-200"), Range::Part(800, 200));
        assert_eq!(parse("bytes=-5000"), Range::Part(0, 1000));
        assert_eq!(parse("bytes=900-5000"), Range::Part(900, 100));
        assert_eq!(parse("bytes=0-18446744073709551615"), Range::Part(0, 1000));
        assert_eq!(parse("bytes=999-999"), Range::Part(999, 1));
        for beyond in ["bytes=1000-", "bytes=1000-2000", "bytes=-0"] {
            assert_eq!(parse(beyond), Range::Unsatisfiable, "{beyond}");
        }
        for ignored in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,5-6", "lines=1-2"]
        {
            assert_eq!(parse(ignored), Range::Whole, "{ignored}");
        }
        assert_eq!(Range::parse(None, 1000), Range::Whole);
        assert_eq!(Range::parse(Some("bytes=0-"), 0), Range::Unsatisfiable);
    }
}
