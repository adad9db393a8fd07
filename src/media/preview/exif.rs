//! The orientation in EXIF data.

/// 1 to 8; 1, as stored, where nothing says otherwise. Reads TIFF's first directory (EXIF 2.32, section 4.6).
pub fn orientation(data: &[u8]) -> u8 {
    read(data.strip_prefix(b"Exif\0\0").unwrap_or(data)).filter(|found| (1..=8).contains(found)).unwrap_or(1)
}

fn read(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let offset = tiff.get(4..8)?.try_into().ok()?;
    let offset = if little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) };
    let start = usize::try_from(offset).ok()?;
    let count = usize::from(short(start)?).min(256);
    for entry in 0..count {
        let at = start.checked_add(2 + entry * 12)?;
        if short(at)? == 0x0112 && short(at.checked_add(2)?)? == 3 {
            return u8::try_from(short(at.checked_add(8)?)?).ok();
        }
    }
    None
}
