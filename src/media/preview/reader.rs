//! Reading from a made-up head and the rest of a file as if they were one, as long as memory is left.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

const CHUNK: usize = 4096;

/// A head and a tail in one.
pub struct Joined<'a> {
    head: Vec<u8>,
    tail: &'a [u8],
    at: u64,
    memory_is_left: fn() -> bool,
}

impl<'a> Joined<'a> {
    pub fn new(head: Vec<u8>, tail: &'a [u8], memory_is_left: fn() -> bool) -> Joined<'a> {
        Joined { head, tail, at: 0, memory_is_left }
    }

    fn rest(&self) -> &[u8] {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        match self.head.get(at..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => self.tail.get(at.saturating_sub(self.head.len())..).unwrap_or_default(),
        }
    }
}

impl Read for Joined<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Joined<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !(self.memory_is_left)() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // Some at a time, so that the memory is looked at often.
        let rest = self.rest();
        Ok(rest.get(..CHUNK).unwrap_or(rest))
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.at.saturating_add(amount as u64);
    }
}

impl Seek for Joined<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(at) => (Some(at), 0),
            SeekFrom::Current(offset) => (Some(self.at), offset),
            SeekFrom::End(offset) => ((self.head.len() as u64).checked_add(self.tail.len() as u64), offset),
        };
        self.at = base
            .and_then(|base| base.checked_add_signed(offset))
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
