//! `meta` of HEIF and AVIF: the size of the primary picture, and where items lie
//! (ISO/IEC 14496-12 section 8.11, ISO/IEC 23008-12 sections 6.5 and 9.3).

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Limits, Part, Refused, Result, boxes, take, u16be, u32be, u64be};

/// What a property does to the size.
enum Property {
    Size(u32, u32),
    Crop(u32, u32),
    /// By a quarter or three quarters.
    Turn,
    Other,
}

/// A number of 0, 2, 4 or 8 bytes; moves `at` past it.
fn number(bytes: &[u8], at: &mut usize, width: usize) -> Result<u64> {
    let value = match width {
        0 => Some(0),
        2 => u16be(bytes, *at).map(u64::from),
        4 => u32be(bytes, *at).map(u64::from),
        8 => u64be(bytes, *at),
        _ => return Err(Refused::Malformed("width of a number")),
    };
    *at += width;
    value.ok_or(Refused::Truncated)
}

/// The children of `meta`, after its version and flags.
pub(super) fn children(body: &Range<usize>) -> Range<usize> {
    (body.start + 4).min(body.end)..body.end
}

/// The size of the primary item as displayed; every picture's size is checked.
pub(super) fn size(bytes: &[u8], body: Range<usize>, limits: &mut Limits) -> Result<(u32, u32)> {
    let (mut primary, mut properties, mut associations) = (None, Vec::new(), None);
    let mut pictures = BTreeSet::new();
    boxes(bytes, children(&body), limits, |part, limits| {
        match &part.name {
            b"pitm" => {
                let mut at = part.body.start + 4;
                let width = if bytes.get(part.body.start) == Some(&0) { 2 } else { 4 };
                primary = Some(number(bytes, &mut at, width)?);
            }
            b"iinf" => {
                boxes(bytes, entries(bytes, &part.body), limits, |part, _| {
                    let (id, name, _) = entry(bytes, &part).ok_or(Refused::Unsupported("infe"))?;
                    if is_coded(&name) {
                        pictures.insert(id);
                    }
                    Ok(())
                })?;
            }
            b"iprp" => boxes(bytes, part.body, limits, |part, limits| {
                match &part.name {
                    b"ipco" => boxes(bytes, part.body, limits, |part, limits| {
                        properties.push(property(bytes, &part, limits)?);
                        Ok(())
                    })?,
                    b"ipma" if associations.is_none() => associations = Some(part.body),
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    let primary = primary.ok_or(Refused::Truncated)?;
    if !pictures.contains(&primary) {
        return Err(Refused::Unsupported("codec of HEIF"));
    }
    let associations = associations.ok_or(Refused::Truncated)?;
    let mut size = None;
    for index in associated(bytes, associations, primary, limits)? {
        match index.checked_sub(1).and_then(|i| properties.get(i)) {
            Some(Property::Size(w, h)) => size = Some((*w, *h)),
            Some(Property::Crop(w, h)) => size = size.map(|(width, height)| (width.min(*w), height.min(*h))),
            Some(Property::Turn) => size = size.map(|(w, h)| (h, w)),
            _ => {}
        }
    }
    let (width, height) = size.ok_or(Refused::Malformed("no ispe"))?;
    limits.pixels(width, height)
}

fn property(bytes: &[u8], part: &Part, limits: &Limits) -> Result<Property> {
    let at = part.body.start;
    let long = |offset: usize| u32be(bytes, at + offset).ok_or(Refused::Truncated);
    Ok(match &part.name {
        b"ispe" => {
            let (width, height) = limits.pixels(long(4)?, long(8)?)?;
            Property::Size(width, height)
        }
        b"clap" => {
            let (width, height) = long(0)?
                .checked_div(long(4)?)
                .zip(long(8)?.checked_div(long(12)?))
                .ok_or(Refused::Malformed("clap"))?;
            Property::Crop(width, height)
        }
        b"irot" if bytes.get(at).is_some_and(|b| b & 1 == 1) => Property::Turn,
        _ => Property::Other,
    })
}

/// The property numbers of an item, in order; counted from 1.
fn associated(bytes: &[u8], body: Range<usize>, item: u64, limits: &mut Limits) -> Result<Vec<usize>> {
    let bytes = bytes.get(..body.end).unwrap_or_default();
    let flags = u32be(bytes, body.start).ok_or(Refused::Truncated)?;
    let count = u32be(bytes, body.start + 4).ok_or(Refused::Truncated)?;
    let (width, is_wide) = (if flags >> 24 == 0 { 2 } else { 4 }, flags & 1 == 1);
    let (mut at, mut found) = (body.start + 8, Vec::new());
    for _ in 0..count {
        let id = number(bytes, &mut at, width)?;
        let length = *bytes.get(at).ok_or(Refused::Truncated)?;
        at += 1;
        for _ in 0..length {
            limits.step()?;
            let index = if is_wide {
                number(bytes, &mut at, 2)? & 0x7fff
            } else {
                at += 1;
                u64::from(bytes.get(at - 1).ok_or(Refused::Truncated)? & 0x7f)
            };
            if id == item && found.len() < 256 {
                found.push(usize::try_from(index).unwrap_or(0));
            }
        }
        limits.step()?;
    }
    Ok(found)
}

/// Item types that are pictures or are made of pictures. All others are about them.
fn is_coded(name: &[u8; 4]) -> bool {
    matches!(
        name,
        b"hvc1"
            | b"hvc2"
            | b"hev1"
            | b"lhv1"
            | b"av01"
            | b"avc1"
            | b"vvc1"
            | b"evc1"
            | b"jpeg"
            | b"j2k1"
            | b"unci"
            | b"grid"
            | b"iovl"
            | b"iden"
            | b"tmap"
    )
}

/// The entries of `iinf`, after version, flags and their number.
fn entries(bytes: &[u8], body: &Range<usize>) -> Range<usize> {
    let skipped = if bytes.get(body.start) == Some(&0) { 6 } else { 8 };
    (body.start + skipped).min(body.end)..body.end
}

/// An entry of `iinf`: the number of the item, its type, and where its names begin.
fn entry(bytes: &[u8], part: &Part) -> Option<(u64, [u8; 4], usize)> {
    let at = Some(part.body.start).filter(|_| &part.name == b"infe")?;
    match bytes.get(at)? {
        2 => Some((u64::from(u16be(bytes, at + 4)?), take(bytes, at + 8)?, at + 12)),
        3 => Some((u64::from(u32be(bytes, at + 4)?), take(bytes, at + 10)?, at + 14)),
        _ => None,
    }
}

/// Where the parts of a `meta` box lie. What is not needed for the picture: names and descriptions, and the data of
/// items that are no pictures.
#[derive(Default)]
pub(super) struct Places {
    /// Ranges within the `meta` box.
    pub(super) inside: Vec<Range<usize>>,
    /// Ranges of the file.
    pub(super) outside: Vec<Range<usize>>,
    /// Where pictures begin in the file.
    pub(super) needed: Vec<usize>,
}

pub(super) fn places(bytes: &[u8], body: Range<usize>, limits: &mut Limits) -> Result<Places> {
    let (mut items, mut found) = (BTreeSet::new(), Places::default());
    let (mut locations, mut data) = (Vec::new(), None);
    boxes(bytes, children(&body), limits, |part, limits| {
        match &part.name {
            b"iinf" => {
                boxes(bytes, entries(bytes, &part.body), limits, |part, _| {
                    let (id, name, names) = entry(bytes, &part).ok_or(Refused::Unsupported("infe"))?;
                    if !is_coded(&name) {
                        items.insert(id);
                    }
                    found.inside.push(names.min(part.body.end)..part.body.end);
                    Ok(())
                })?;
            }
            b"iloc" => locations.push(part.body),
            b"idat" => data = Some(part.body),
            _ => {}
        }
        Ok(())
    })?;
    for body in locations {
        add_extents(bytes, body, &items, data.clone(), &mut found, limits)?;
    }
    Ok(found)
}

/// Adds the extents of the items of a set.
fn add_extents(
    bytes: &[u8],
    body: Range<usize>,
    items: &BTreeSet<u64>,
    data: Option<Range<usize>>,
    found: &mut Places,
    limits: &mut Limits,
) -> Result<()> {
    const PLACE: Refused = Refused::Malformed("place of an item");
    let bytes = bytes.get(..body.end).unwrap_or_default();
    let [version, _, _, _, widths, more] = take(bytes, body.start).ok_or(Refused::Truncated)?;
    let nibble = |byte: u8, is_high: bool| usize::from(if is_high { byte >> 4 } else { byte & 15 });
    let (offsets, lengths) = (nibble(widths, true), nibble(widths, false));
    let (bases, indices) = (nibble(more, true), if version == 0 { 0 } else { nibble(more, false) });
    let mut at = body.start + 6;
    let short = if version < 2 { 2 } else { 4 };
    let count = number(bytes, &mut at, short)?;
    for _ in 0..count {
        limits.step()?;
        let id = number(bytes, &mut at, short)?;
        let method = if version == 0 { 0 } else { number(bytes, &mut at, 2)? & 15 };
        let reference = number(bytes, &mut at, 2)?;
        let base = number(bytes, &mut at, bases)?;
        let is_wanted = items.contains(&id) && reference == 0;
        for _ in 0..number(bytes, &mut at, 2)? {
            limits.step()?;
            number(bytes, &mut at, indices)?;
            let offset = number(bytes, &mut at, offsets)?;
            let length = number(bytes, &mut at, lengths)?;
            let start = base.checked_add(offset).and_then(|s| usize::try_from(s).ok()).ok_or(PLACE)?;
            if !is_wanted {
                if method == 0 && reference == 0 {
                    found.needed.push(start);
                }
                continue;
            }
            let length = usize::try_from(length).ok().filter(|l| *l > 0).ok_or(PLACE)?;
            let end = start.checked_add(length).ok_or(PLACE)?;
            match (method, &data) {
                (0, _) => found.outside.push(start..end),
                (1, Some(data)) if end <= data.len() => {
                    found.inside.push(data.start + start..data.start + end);
                }
                _ => return Err(PLACE),
            }
        }
    }
    Ok(())
}
