//! CBOR (RFC 8949), as far as authenticators write it: the canonical form of CTAP 2, section 8, which has definite lengths, no tags
//! but for numbers none, and four levels at most.

/// Levels of lists and maps.
const MAX_DEPTH: usize = 4;
/// Items of a whole document, those within others included.
const MAX_ITEMS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    /// No key comes twice.
    Map(Vec<(Self, Self)>),
    Bool(bool),
    Null,
}

impl<'a> Item<'a> {
    /// The value of a key of a map.
    pub fn get(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// The first item of some bytes, and what comes after it. `None` for what is malformed or too large.
pub fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let mut reader = Reader { rest: bytes, items: 0 };
    let item = reader.item(0)?;
    Some((item, reader.rest))
}

struct Reader<'a> {
    rest: &'a [u8],
    items: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(taken)
    }

    fn item(&mut self, depth: usize) -> Option<Item<'a>> {
        self.items += 1;
        if self.items > MAX_ITEMS || depth > MAX_DEPTH {
            return None;
        }
        let first = *self.take(1)?.first()?;
        let (kind, short) = (first >> 5, first & 31);
        if kind == 7 {
            return match short {
                20 => Some(Item::Bool(false)),
                21 => Some(Item::Bool(true)),
                22 => Some(Item::Null),
                _ => None,
            };
        }
        let value = self.value(short)?;
        Some(match kind {
            0 => Item::Number(i64::try_from(value).ok()?),
            1 => Item::Number(-1 - i64::try_from(value).ok()?),
            2 => Item::Bytes(self.take(usize::try_from(value).ok()?)?),
            3 => Item::Text(std::str::from_utf8(self.take(usize::try_from(value).ok()?)?).ok()?),
            4 => Item::List((0..self.count(value)?).map(|_| self.item(depth + 1)).collect::<Option<_>>()?),
            5 => {
                let mut pairs: Vec<(Item<'a>, Item<'a>)> = Vec::new();
                for _ in 0..self.count(value)? {
                    let (key, value) = (self.item(depth + 1)?, self.item(depth + 1)?);
                    if pairs.iter().any(|(other, _)| *other == key) {
                        return None;
                    }
                    pairs.push((key, value));
                }
                Item::Map(pairs)
            }
            _ => return None,
        })
    }

    /// How many items follow: no more than a document may have, however many it says.
    fn count(&self, value: u64) -> Option<usize> {
        usize::try_from(value).ok().filter(|n| *n <= MAX_ITEMS)
    }

    /// A number in the head of an item, in its shortest form.
    fn value(&mut self, short: u8) -> Option<u64> {
        let (length, least) = match short {
            0..24 => return Some(short.into()),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return None,
        };
        let value = self.take(length)?.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte));
        (value >= least).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> Option<Item<'_>> {
        read(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
    }

    /// Of RFC 8949, appendix A.
    #[test]
    fn items_are_read() {
        for (bytes, wanted) in [
            (&b"\x00"[..], Item::Number(0)),
            (b"\x17", Item::Number(23)),
            (b"\x18\x64", Item::Number(100)),
            (b"\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00", Item::Number(1_000_000_000_000)),
            (b"\x38\x63", Item::Number(-100)),
            (b"\x39\x01\x00", Item::Number(-257)),
            (b"\x44\x01\x02\x03\x04", Item::Bytes(&[1, 2, 3, 4])),
            (b"\x64IETF", Item::Text("IETF")),
            (b"\xf4", Item::Bool(false)),
            (b"\xf6", Item::Null),
            (b"\x82\x01\x81\x02", Item::List(vec![Item::Number(1), Item::List(vec![Item::Number(2)])])),
            (b"\xa1\x61a\x01", Item::Map(vec![(Item::Text("a"), Item::Number(1))])),
        ] {
            assert_eq!(whole(bytes), Some(wanted), "{bytes:x?}");
        }
        let map = whole(b"\xa2\x01\x02\x03\x26").unwrap();
        assert_eq!(map.get(&Item::Number(3)).and_then(Item::number), Some(-7));
        assert_eq!(map.get(&Item::Number(4)), None);
        assert_eq!(read(b"\x01\x02"), Some((Item::Number(1), &b"\x02"[..])));
    }

    #[test]
    fn what_authenticators_do_not_write_is_refused() {
        for bytes in [
            &b""[..],
            b"\x18",
            b"\x44\x01",
            b"\x62\xff\xff",
            // Not the shortest form.
            b"\x18\x17",
            b"\x19\x00\xff",
            // Indefinite lengths, tags, floats.
            b"\x5f\x41a\xff",
            b"\x9f\xff",
            b"\xc0\x00",
            b"\xf9\x3c\x00",
            b"\xff",
            // A key twice.
            b"\xa2\x01\x02\x01\x03",
            // More than there is, or than there may be.
            b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xbb\x00\x00\x00\x01\x00\x00\x00\x00",
            b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert_eq!(read(bytes), None, "{bytes:x?}");
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let nested = |n: usize| [vec![0x81; n], vec![0]].concat();
        assert!(read(&nested(MAX_DEPTH)).is_some());
        assert!(read(&nested(MAX_DEPTH + 1)).is_none());
        assert!(read(&nested(100_000)).is_none());
        let list = |n: u8| [vec![0x98, n], vec![0; n.into()]].concat();
        assert!(read(&list(63)).is_some());
        assert!(read(&list(64)).is_none());
        // Sixteen lists of sixteen.
        let lists = [vec![0x90], [vec![0x90], vec![0; 16]].concat().repeat(16)].concat();
        assert!(read(&lists).is_none());
    }
}
