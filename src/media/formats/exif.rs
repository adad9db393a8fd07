//! EXIF: the orientation, and a block with nothing but the orientation (CIPA DC-008 section 4.6, TIFF 6.0 section 2).

use super::{take, u16be, u32be};

const ORIENTATION: u16 = 0x0112;

/// The orientation (1 to 8) that a TIFF block gives, 1 where there is none.
///
/// Only the first directory is read; it has at most 65,535 entries by its format.
pub(super) fn orientation(tiff: &[u8]) -> u16 {
    read(tiff).filter(|o| (1..=8).contains(o)).unwrap_or(1)
}

fn read(tiff: &[u8]) -> Option<u16> {
    let is_little = match &take(tiff, 0)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at| u16be(tiff, at).map(|v| if is_little { v.swap_bytes() } else { v });
    let long = |at| u32be(tiff, at).map(|v| if is_little { v.swap_bytes() } else { v });
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = short(directory)?;
    let mut at = directory.checked_add(2)?;
    for _ in 0..entries {
        // Type 3 is a 16-bit number, which stands at the start of the value field.
        if short(at)? == ORIENTATION {
            return if short(at.checked_add(2)?)? == 3 { short(at.checked_add(8)?) } else { None };
        }
        at = at.checked_add(12)?;
    }
    None
}

/// A TIFF block with the orientation as its only entry.
pub(super) fn minimal(orientation: u16) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    if let Some(low) = tiff.get_mut(19) {
        *low = orientation.to_be_bytes().get(1).copied().unwrap_or(1);
    }
    tiff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orientation_is_read_in_both_byte_orders() {
        for o in 1..=8 {
            assert_eq!(orientation(&minimal(o)), o);
        }
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        assert_eq!(orientation(little), 6);
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), 1);
        assert_eq!(orientation(&minimal(9)), 1);
    }
}
