//! Small files made by hand with every kind of tag, and what is checked of each.

#[cfg(test)]
use super::{clean, inspect};

/// Stands in every place that must be gone.
pub const MARK: &[u8] = b"GPSMARK 52.5200N 13.4050E";

pub fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

/// Cleans a file and checks that no tag is left and that a second time changes nothing.
pub fn check(file: &[u8]) -> Vec<u8> {
    let info = inspect(file, u64::MAX).unwrap();
    let cleaned = clean(file.to_vec(), &info).unwrap();
    assert!(!has(&cleaned, b"GPSMARK"), "{:?}", cleaned.windows(7).position(|w| w == b"GPSMARK"));
    let again = inspect(&cleaned, u64::MAX).unwrap();
    assert_eq!(
        (again.kind, again.class, again.width, again.height),
        (info.kind, info.class, info.width, info.height)
    );
    assert!(clean(cleaned.clone(), &again).unwrap() == cleaned, "a second time changes something");
    cleaned
}

/// Bytes that look like no marker of any format.
fn payload(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|i| (i as u8).wrapping_mul(7).wrapping_add(seed) & 0x7f).collect()
}

pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("jpeg", jpeg::full(6)),
        ("png", png::full(6)),
        ("apng", png::animated()),
        ("gif", gif::full(3)),
        ("webp", riff::webp(6)),
        ("animated webp", riff::animated_webp()),
        ("simple webp", riff::simple_webp(30, 20)),
        ("wav", riff::wav(Some(200))),
        ("flac", flac::full()),
        ("flac after ID3", flac::with_id3()),
        ("mp3", mp3::full()),
        ("vorbis", ogg::vorbis()),
        ("opus", ogg::opus()),
        ("mov", isobmff::video(b"qt  ", true, true)),
        ("mp4", isobmff::video(b"isom", true, false)),
        ("m4a", isobmff::sound_only()),
        ("fragmented mp4", isobmff::fragmented()),
        ("heic", isobmff::picture(b"heic", 30, 20)),
        ("avif", isobmff::picture(b"avif", 30, 20)),
        ("webm", webm::video(true, true, true)),
        ("webm recording", webm::video(true, false, false)),
    ]
}

/// A TIFF block with camera, position and orientation.
fn tiff(orientation: u8) -> Vec<u8> {
    let mut t = b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x19\0\0\0\x26\0\0\0".to_vec();
    t.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]);
    t.extend_from_slice(MARK);
    t
}

pub mod jpeg {
    use super::{MARK, payload, tiff};

    pub const PROFILE: &[u8] = b"ICC_PROFILE\0\x01\x01the profile, byte for byte";
    pub const TRAILER: &[u8] = b"PK\x03\x04GPSMARK<script>%PDF-1.4";

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let mut s = vec![0xff, marker];
        s.extend(((body.len() + 2) as u16).to_be_bytes());
        s.extend_from_slice(body);
        s
    }

    fn start_of_frame(width: u16, height: u16) -> Vec<u8> {
        let mut body = vec![8];
        body.extend(height.to_be_bytes());
        body.extend(width.to_be_bytes());
        body.extend([1, 1, 0x11, 0]);
        segment(0xc2, &body)
    }

    /// Scan data with a stuffed byte and a restart marker.
    pub fn coded() -> Vec<u8> {
        [payload(300, 3), vec![0xff, 0, 1, 2, 0xff, 0xd3], payload(100, 9)].concat()
    }

    fn scan() -> Vec<u8> {
        [segment(0xda, &[1, 1, 0, 0, 63, 0]), coded()].concat()
    }

    pub fn full(orientation: u8) -> Vec<u8> {
        [
            vec![0xff, 0xd8],
            segment(0xe0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\x03\x03", MARK, b"xx"].concat()),
            segment(0xe0, &[b"JFXX\0\x10", MARK].concat()),
            segment(0xe1, &[b"Exif\0\0", &tiff(orientation)[..]].concat()),
            segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", MARK].concat()),
            segment(0xe2, PROFILE),
            segment(0xe2, &[b"MPF\0", MARK].concat()),
            segment(0xed, &[b"Photoshop 3.0\0", MARK].concat()),
            segment(0xee, &[b"Adobe\0\x64\0\0\0\0\x01", MARK].concat()),
            segment(0xeb, &[b"JP", MARK].concat()),
            segment(0xfe, MARK),
            // Two fill bytes before a marker.
            vec![0xff, 0xff],
            segment(0xdb, &payload(65, 0)),
            start_of_frame(30, 20),
            segment(0xc4, &payload(20, 1)),
            scan(),
            segment(0xfe, MARK),
            segment(0xc4, &payload(20, 2)),
            scan(),
            vec![0xff, 0xd9],
            TRAILER.to_vec(),
        ]
        .concat()
    }

    pub fn with_size(width: u16, height: u16) -> Vec<u8> {
        [vec![0xff, 0xd8], start_of_frame(width, height), scan(), vec![0xff, 0xd9]].concat()
    }
}

pub mod png {
    use super::super::png::{SIGNATURE, encode};
    use super::{MARK, payload, tiff};

    pub const TRAILER: &[u8] = b"GPSMARK after the end";

    fn header(width: u32, height: u32) -> Vec<u8> {
        encode(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat())
    }

    pub fn data() -> Vec<u8> {
        encode(b"IDAT", &payload(200, 5))
    }

    pub fn profile() -> Vec<u8> {
        encode(b"iCCP", b"icc\0\0the profile, byte for byte")
    }

    pub fn full(orientation: u8) -> Vec<u8> {
        [
            SIGNATURE.to_vec(),
            header(30, 20),
            profile(),
            encode(b"eXIf", &tiff(orientation)),
            encode(b"tEXt", &[b"Comment\0", MARK].concat()),
            encode(b"zTXt", &[b"Comment\0\0", MARK].concat()),
            encode(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", MARK].concat()),
            encode(b"tIME", b"\x07\xe9\x01\x01\x01\x01\x01"),
            encode(b"caBX", MARK),
            encode(b"sPLT", MARK),
            data(),
            encode(b"IEND", MARK),
            TRAILER.to_vec(),
        ]
        .concat()
    }

    pub fn animated() -> Vec<u8> {
        let control = |sequence: u32| {
            let mut body = sequence.to_be_bytes().to_vec();
            body.extend([0, 0, 0, 30, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0, 0]);
            encode(b"fcTL", &body)
        };
        [
            SIGNATURE.to_vec(),
            header(30, 20),
            encode(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
            control(0),
            data(),
            control(1),
            encode(b"fdAT", &payload(100, 8)),
            encode(b"tEXt", MARK),
            encode(b"IEND", b""),
        ]
        .concat()
    }

    pub fn with_size(width: u32, height: u32) -> Vec<u8> {
        [SIGNATURE.to_vec(), header(width, height), data(), encode(b"IEND", b"")].concat()
    }
}

pub mod gif {
    use super::{MARK, payload};

    pub const TRAILER: &[u8] = b"GPSMARK=1;alert(1)";

    fn chain(data: &[u8]) -> Vec<u8> {
        let mut all: Vec<u8> = data.chunks(255).flat_map(|c| [&[c.len() as u8][..], c].concat()).collect();
        all.push(0);
        all
    }

    fn header(width: u16, height: u16) -> Vec<u8> {
        let mut h = b"GIF89a".to_vec();
        h.extend(width.to_le_bytes());
        h.extend(height.to_le_bytes());
        h.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
        h
    }

    fn descriptor(width: u16) -> Vec<u8> {
        let [low, high] = width.to_le_bytes();
        vec![0x2c, 0, 0, 0, 0, low, high, low, high, 0x80, 1, 2, 3, 4, 5, 6, 2]
    }

    /// A picture with a colour table of its own.
    pub fn picture() -> Vec<u8> {
        [descriptor(20), chain(&payload(300, 1))].concat()
    }

    fn application(name: &[u8; 11], data: &[u8]) -> Vec<u8> {
        [b"\x21\xff\x0b", &name[..], &chain(data)].concat()
    }

    pub fn full(pictures: usize) -> Vec<u8> {
        let mut file = [
            header(30, 20),
            application(b"NETSCAPE2.0", &[1, 0, 0]),
            application(b"XMP DataXMP", MARK),
            application(b"GPSMARK1.00", b"x"),
            [b"\x21\xfe", &chain(MARK)[..]].concat(),
        ]
        .concat();
        for _ in 0..pictures {
            file.extend(b"\x21\xf9\x04\x00\x0a\x00\x00\x00");
            // Plain text, with the control extension before it.
            file.extend([b"\x21\x01\x0c123456789012", &chain(MARK)[..]].concat());
            file.extend(b"\x21\xf9\x04\x04\x19\x00\x00\x00");
            file.extend(picture());
        }
        file.push(0x3b);
        file.extend(TRAILER);
        file
    }

    pub fn with_size(width: u16, height: u16, picture: u16) -> Vec<u8> {
        [header(width, height), descriptor(picture), chain(&payload(9, 0)), vec![0x3b]].concat()
    }
}

pub mod riff {
    use super::{MARK, payload, tiff};

    pub const PROFILE: &[u8] = b"the profile, byte for byte";

    fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut c = name.to_vec();
        c.extend((body.len() as u32).to_le_bytes());
        c.extend_from_slice(body);
        if body.len() % 2 == 1 {
            c.push(0);
        }
        c
    }

    fn file(form: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
        let body = [&form[..], &chunks.concat()].concat();
        [chunk(b"RIFF", &body), b"GPSMARK after the end".to_vec()].concat()
    }

    fn lossy(width: u16, height: u16) -> Vec<u8> {
        let mut body = b"\x10\0\0\x9d\x01\x2a".to_vec();
        body.extend(width.to_le_bytes());
        body.extend(height.to_le_bytes());
        body.extend(payload(201, 4));
        chunk(b"VP8 ", &body)
    }

    pub fn picture() -> Vec<u8> {
        lossy(30, 20)
    }

    fn extended(flags: u8) -> Vec<u8> {
        chunk(b"VP8X", &[flags, 0, 0, 0, 29, 0, 0, 19, 0, 0])
    }

    pub fn webp(orientation: u8) -> Vec<u8> {
        file(
            b"WEBP",
            &[
                extended(0x2c),
                chunk(b"ICCP", PROFILE),
                picture(),
                chunk(b"EXIF", &tiff(orientation)),
                chunk(b"XMP ", MARK),
                chunk(b"ABCD", MARK),
            ],
        )
    }

    pub fn animated_webp() -> Vec<u8> {
        let frame = |body: Vec<u8>| {
            let head = [0, 0, 0, 0, 0, 0, 29, 0, 0, 19, 0, 0, 200, 0, 0, 0];
            chunk(b"ANMF", &[&head[..], &body, &chunk(b"JUNK", MARK)].concat())
        };
        let lossless = chunk(b"VP8L", &[&[0x2f, 29, 0xc0, 4, 0][..], &payload(50, 1)].concat());
        file(
            b"WEBP",
            &[
                extended(0x06),
                chunk(b"ANIM", &[0; 6]),
                frame(picture()),
                frame(lossless),
                chunk(b"XMP ", MARK),
            ],
        )
    }

    pub fn simple_webp(width: u16, height: u16) -> Vec<u8> {
        file(b"WEBP", &[lossy(width, height), chunk(b"EXIF", MARK)])
    }

    pub fn sound() -> Vec<u8> {
        payload(8000, 2)
    }

    pub fn wav(length: Option<usize>) -> Vec<u8> {
        let format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0];
        let tags = [
            chunk(b"LIST", &[b"INFOICMT", MARK].concat()),
            chunk(b"bext", MARK),
            chunk(b"iXML", MARK),
            chunk(b"id3 ", MARK),
        ]
        .concat();
        match length {
            Some(length) => file(
                b"WAVE",
                &[tags.clone(), chunk(b"fmt ", &format), chunk(b"data", &sound()[..length]), tags],
            ),
            None => {
                let mut f = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
                f.extend(tags);
                f.extend(chunk(b"fmt ", &format));
                f.extend(b"data\xff\xff\xff\xff");
                f.extend(sound());
                f
            }
        }
    }
}

pub mod flac {
    use super::{MARK, mp3, payload};

    pub const SEEKTABLE: &[u8] = b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0";

    fn block(kind: u8, body: &[u8]) -> Vec<u8> {
        [&[kind, 0, 0, body.len() as u8][..], body].concat()
    }

    pub fn frames() -> Vec<u8> {
        [b"\xff\xf8\xc9\x18".to_vec(), payload(300, 1)].concat()
    }

    pub fn full() -> Vec<u8> {
        let mut info = vec![0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0];
        // 44,100 Hz, 2 channels, 16 bits, 88,200 samples.
        info.extend(((44_100u64 << 44) | (1 << 41) | (15 << 36) | 88_200).to_be_bytes());
        info.extend([0; 16]);
        [
            b"fLaC".to_vec(),
            block(0, &info),
            block(4, &[b"\x19\0\0\0", MARK, b"\x01\0\0\0\x19\0\0\0", MARK].concat()),
            block(6, MARK),
            block(2, MARK),
            block(3, SEEKTABLE),
            block(5, MARK),
            block(0x81, MARK),
            frames(),
            mp3::id3v1(),
        ]
        .concat()
    }

    pub fn with_id3() -> Vec<u8> {
        [mp3::id3(), full()].concat()
    }
}

pub mod mp3 {
    use super::{MARK, payload};

    /// MPEG-1 layer III, 128 kbit/s, 44,100 Hz: 417 bytes a frame.
    pub fn frames(count: usize) -> Vec<u8> {
        [b"\xff\xfb\x90\x04".to_vec(), payload(413, 1)].concat().repeat(count)
    }

    pub fn id3() -> Vec<u8> {
        let frame = |name: &[u8; 4], body: &[u8]| {
            [&name[..], &(body.len() as u32).to_be_bytes(), &[0, 0], body].concat()
        };
        let body =
            [frame(b"GEOB", MARK), frame(b"PRIV", MARK), frame(b"COMM", MARK), frame(b"APIC", MARK)].concat();
        let size = body.len();
        [b"ID3\x04\0\0\0\0", &[(size >> 7) as u8, (size & 127) as u8][..], &body].concat()
    }

    pub fn id3v1() -> Vec<u8> {
        let mut tag = b"TAG".to_vec();
        tag.extend_from_slice(MARK);
        tag.resize(128, 0);
        tag
    }

    fn ape() -> Vec<u8> {
        let item = [&(MARK.len() as u32).to_le_bytes()[..], &[0; 4], b"Comment\0", MARK].concat();
        let part = |flags: u32| {
            let size = item.len() as u32 + 32;
            [
                b"APETAGEX",
                &2000u32.to_le_bytes()[..],
                &size.to_le_bytes(),
                &1u32.to_le_bytes(),
                &flags.to_le_bytes(),
                &[0; 8],
            ]
            .concat()
        };
        [part(0xa000_0000), item.clone(), part(0x8000_0000)].concat()
    }

    fn lyrics() -> Vec<u8> {
        let body = [b"LYRICSBEGIN", MARK].concat();
        let size = format!("{:06}", body.len());
        [&body[..], size.as_bytes(), b"LYRICS200"].concat()
    }

    pub fn full() -> Vec<u8> {
        [id3(), frames(10), ape(), lyrics(), id3v1()].concat()
    }
}

pub mod ogg {
    use super::super::ogg::crc;
    use super::{MARK, payload};

    /// A page with whole packets.
    pub fn page(flags: u8, position: u64, serial: u32, number: u32, packets: &[&[u8]]) -> Vec<u8> {
        let mut lacing = Vec::new();
        for packet in packets {
            lacing.extend(vec![255; packet.len() / 255]);
            lacing.push((packet.len() % 255) as u8);
        }
        raw(flags, position, serial, number, &lacing, &packets.concat())
    }

    fn raw(flags: u8, position: u64, serial: u32, number: u32, lacing: &[u8], body: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(position.to_le_bytes());
        page.extend(serial.to_le_bytes());
        page.extend(number.to_le_bytes());
        page.extend([0; 4]);
        page.push(lacing.len() as u8);
        page.extend(lacing);
        page.extend(body);
        let sum = crc(&page);
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        page
    }

    pub fn sound() -> Vec<u8> {
        payload(700, 3)
    }

    fn comments(name: &[u8]) -> Vec<u8> {
        let mut c = name.to_vec();
        c.extend((MARK.len() as u32).to_le_bytes());
        c.extend(MARK);
        c.extend(2u32.to_le_bytes());
        for _ in 0..2 {
            c.extend((MARK.len() as u32 * 10).to_le_bytes());
            c.extend(MARK.repeat(10));
        }
        c
    }

    pub fn vorbis() -> Vec<u8> {
        let mut head = b"\x01vorbis\0\0\0\0\x02".to_vec();
        head.extend(8000u32.to_le_bytes());
        head.extend([0; 12]);
        head.extend([0xb8, 1]);
        let comments = [comments(b"\x03vorbis"), vec![1]].concat();
        let setup = [b"\x05vorbisSETUPHEADER".to_vec(), payload(20, 1)].concat();
        // The comments begin on one page and end on the next, before the setup header.
        let (first, rest) = comments.split_at(255);
        let lacing =
            [&vec![255; rest.len() / 255][..], &[(rest.len() % 255) as u8, setup.len() as u8]].concat();
        [
            page(2, 0, 7, 0, &[&head]),
            raw(0, u64::MAX, 7, 1, &[255], first),
            raw(1, 0, 7, 2, &lacing, &[rest, &setup].concat()),
            page(4, 16_000, 7, 3, &[&sound()]),
            b"GPSMARK after the end".to_vec(),
        ]
        .concat()
    }

    pub fn opus() -> Vec<u8> {
        let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
        [
            page(2, 0, 9, 0, &[head]),
            page(0, 0, 9, 1, &[&[comments(b"OpusTags"), MARK.to_vec()].concat()]),
            page(4, 48_000 + 0x138, 9, 2, &[&sound()]),
        ]
        .concat()
    }
}

pub mod isobmff {
    use super::{MARK, payload};

    /// Creation time in the samples.
    pub const TIME: u32 = 0xd9a1_b2c3;
    const MATRIX: [u32; 9] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];
    const TURNED: [u32; 9] = [0, 0x10000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];

    fn part(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat()
    }

    fn parts(name: &[u8; 4], children: &[Vec<u8>]) -> Vec<u8> {
        part(name, &children.concat())
    }

    fn longs(values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|v| v.to_be_bytes()).collect()
    }

    pub fn pictures() -> Vec<u8> {
        payload(64, 11)
    }

    pub fn sound() -> Vec<u8> {
        payload(32, 77)
    }

    pub fn brand(major: &[u8; 4]) -> Vec<u8> {
        part(b"ftyp", &[&major[..], b"\0\0\0\0", major].concat())
    }

    fn movie_header(duration: u32) -> Vec<u8> {
        let mut body = longs(&[0, TIME, TIME, 1000, duration, 0x10000, 0x0100_0000, 0, 0]);
        body.extend(longs(&MATRIX));
        body.extend([0; 24]);
        body.extend(longs(&[9]));
        part(b"mvhd", &body)
    }

    /// Samples of one size, one a chunk.
    struct Table {
        size: usize,
        offsets: Vec<u32>,
    }

    fn track(id: u32, handler: &[u8; 4], entry: Vec<u8>, table: &Table, duration: u32) -> Vec<u8> {
        let is_video = handler == b"vide";
        let mut head = longs(&[7, TIME, TIME, id, 0, duration, 0, 0, 0, 0]);
        head.extend(longs(if is_video { &TURNED } else { &MATRIX }));
        head.extend(longs(if is_video { &[30 << 16, 20 << 16] } else { &[0, 0] }));
        let count = table.offsets.len() as u32;
        let samples = parts(
            b"stbl",
            &[
                part(b"stsd", &[longs(&[0, 1]), entry].concat()),
                part(b"stts", &longs(&[0, 1, count, 500])),
                part(b"stsc", &longs(&[0, 1, 1, 1, 1])),
                part(b"stsz", &longs(&[0, table.size as u32, count])),
                part(b"stco", &[longs(&[0, count]), longs(&table.offsets)].concat()),
                part(b"uuid", MARK),
            ],
        );
        let data = parts(
            b"dinf",
            &[part(b"dref", &[longs(&[0, 1]), part(b"url ", &[b"\0\0\0\0", MARK].concat())].concat())],
        );
        let information = parts(b"minf", &[part(b"vmhd", &[0; 12]), data, samples]);
        let name = [b"\0\0\0\0mhlr", &handler[..], b"appl\0\0\0\0\0\0\0\0\x07GoPro ", MARK].concat();
        let media = parts(
            b"mdia",
            &[
                part(b"mdhd", &longs(&[0, TIME, TIME, 1000, duration, 0])),
                part(b"hdlr", &name),
                information,
                part(b"udta", MARK),
            ],
        );
        parts(
            b"trak",
            &[
                part(b"tkhd", &head),
                part(b"tref", &part(b"cdsc", &longs(&[1]))),
                media,
                part(b"meta", &[&[0; 4], MARK].concat()),
                part(b"udta", &part(b"name", MARK)),
            ],
        )
    }

    fn video_entry() -> Vec<u8> {
        let mut body = [0; 78];
        body[7] = 1;
        body[12..16].copy_from_slice(b"appl");
        body[25] = 30;
        body[27] = 20;
        body[42] = 25;
        body[43..43 + MARK.len()].copy_from_slice(MARK);
        let avc = part(b"avcC", &payload(9, 0));
        part(b"avc1", &[&body[..], &avc, &part(b"uuid", MARK)].concat())
    }

    fn sound_entry() -> Vec<u8> {
        let mut body = [0; 28];
        body[12..16].copy_from_slice(b"appl");
        part(b"mp4a", &[&body[..], &part(b"esds", &payload(60, 3))].concat())
    }

    fn metadata_entry() -> Vec<u8> {
        part(b"mebx", &[&[0; 8], MARK].concat())
    }

    fn movie(tracks: &[Vec<u8>], duration: u32, more: &[Vec<u8>]) -> Vec<u8> {
        let tags = [
            part(
                b"meta",
                &[&part(b"hdlr", &[0; 24])[..], &part(b"keys", MARK), &part(b"ilst", MARK)].concat(),
            ),
            part(b"udta", &part(b"\xa9xyz", &[&[0, 25, 0x15, 0xc7], MARK].concat())),
            part(b"uuid", &[&[0xbe; 16], MARK].concat()),
        ]
        .concat();
        parts(b"moov", &[movie_header(duration), tracks.concat(), more.concat(), tags])
    }

    /// A video of four pictures with, where asked for, sound; and a track of positions.
    pub fn video(major: &[u8; 4], has_sound: bool, is_moov_first: bool) -> Vec<u8> {
        // Two marks between pictures and sound.
        let data = [pictures(), MARK.repeat(2), sound()].concat();
        let head = [brand(major), part(b"free", MARK), part(b"wide", b""), part(b"wide", MARK)].concat();
        let build = |start: usize| {
            let offsets = |from: usize, step: usize, count: usize| {
                (0..count).map(|i| (start + from + i * step) as u32).collect()
            };
            let mut tracks = vec![
                track(1, b"vide", video_entry(), &Table { size: 16, offsets: offsets(0, 16, 4) }, 2000),
                track(
                    3,
                    b"meta",
                    metadata_entry(),
                    &Table { size: MARK.len(), offsets: offsets(64, MARK.len(), 2) },
                    2000,
                ),
            ];
            if has_sound {
                let from = 64 + 2 * MARK.len();
                let table = Table { size: 8, offsets: offsets(from, 8, 4) };
                tracks.push(track(2, b"soun", sound_entry(), &table, 2000));
            }
            movie(&tracks, 2000, &[])
        };
        let xmp = part(b"uuid", &[&[0xbe; 16], MARK].concat());
        if is_moov_first {
            let start = head.len() + build(0).len() + 8;
            [head, build(start), part(b"mdat", &data), xmp].concat()
        } else {
            // A 64-bit size.
            let mdat = [b"\0\0\0\x01mdat", &(data.len() as u64 + 16).to_be_bytes()[..], &data].concat();
            let start = head.len() + 16;
            [head, mdat, xmp, build(start)].concat()
        }
    }

    pub fn sound_only() -> Vec<u8> {
        let head = brand(b"mp42");
        let build = |start: usize| {
            let offsets = (0..4).map(|i| (start + i * 8) as u32).collect();
            movie(&[track(1, b"soun", sound_entry(), &Table { size: 8, offsets }, 2000)], 2000, &[])
        };
        let start = head.len() + build(0).len() + 8;
        [head, build(start), part(b"mdat", &sound())].concat()
    }

    pub fn fragmented() -> Vec<u8> {
        let empty = Table { size: 0, offsets: Vec::new() };
        let extends = parts(b"mvex", &[part(b"trex", &longs(&[0, 1, 1, 500, 16, 0])), part(b"uuid", MARK)]);
        let fragment = |run: Vec<u8>| {
            let track = parts(
                b"traf",
                &[part(b"tfhd", &longs(&[0x2_0000, 1])), part(b"trun", &run), part(b"uuid", MARK)],
            );
            [
                parts(b"moof", &[part(b"mfhd", &longs(&[0, 1])), track, part(b"meta", MARK)]),
                part(b"mdat", &pictures()),
            ]
            .concat()
        };
        [
            brand(b"iso5"),
            movie(&[track(1, b"vide", video_entry(), &empty, 0)], 0, &[extends]),
            // The default duration; durations of their own, with sizes.
            fragment(longs(&[1, 4, 100])),
            part(b"emsg", MARK),
            fragment(longs(&[0x301, 2, 100, 400, 16, 600, 16])),
        ]
        .concat()
    }

    fn info(id: u16, name: &[u8; 4], more: &[u8]) -> Vec<u8> {
        part(b"infe", &[&[2, 0, 0, 0][..], &id.to_be_bytes(), &[0, 0], name, more].concat())
    }

    pub fn picture(major: &[u8; 4], width: u32, height: u32) -> Vec<u8> {
        let codec = if major == b"avif" { b"av01" } else { b"hvc1" };
        let data = [pictures(), MARK.to_vec()].concat();
        let head = brand(major);
        let build = |start: u32| {
            let mark = MARK.len() as u32;
            let items = part(
                b"iinf",
                &[
                    &[0, 0, 0, 0, 0, 3][..],
                    &info(1, codec, &[MARK, b"\0"].concat()),
                    &info(2, b"Exif", b"\0"),
                    &info(3, b"mime", &[b"\0application/rdf+xml\0", MARK].concat()),
                ]
                .concat(),
            );
            // Version 1: construction method, no base offset, one extent of 4-byte numbers each.
            let mut places = vec![1, 0, 0, 0, 0x44, 0, 0, 3];
            for (id, method, offset, length) in [(1, 0, start, 64), (2, 0, start + 64, mark), (3, 1, 2, mark)]
            {
                places.extend([0, id, 0, method, 0, 0, 0, 1]);
                places.extend(longs(&[offset, length]));
            }
            let properties = parts(
                b"iprp",
                &[
                    parts(
                        b"ipco",
                        &[
                            part(b"udes", MARK),
                            part(b"ispe", &longs(&[0, width, height])),
                            part(b"colr", b"nclx\0\x01\0\x0d\0\x06\x80"),
                            part(b"irot", &[1]),
                        ],
                    ),
                    part(b"ipma", &[&longs(&[0, 1])[..], &[0, 1, 3, 2, 3, 0x84]].concat()),
                ],
            );
            let body = [
                vec![0; 4],
                part(b"hdlr", &[&[0; 8], &b"pict"[..], &[0; 12], MARK].concat()),
                part(b"pitm", &[0, 0, 0, 0, 0, 1]),
                items,
                part(b"iloc", &places),
                properties,
                part(b"idat", &[b"xx", MARK].concat()),
                part(b"uuid", MARK),
            ]
            .concat();
            part(b"meta", &body)
        };
        let start = head.len() + build(0).len() + 8;
        [head, build(start as u32), part(b"mdat", &data), part(b"mpvd", MARK)].concat()
    }

    fn with_metadata(offsets: Vec<u32>, size: usize, data: &[u8]) -> Vec<u8> {
        let video = track(1, b"vide", video_entry(), &Table { size: 16, offsets: vec![40] }, 2000);
        let metadata = track(2, b"meta", metadata_entry(), &Table { size, offsets }, 2000);
        [brand(b"isom"), part(b"mdat", data), movie(&[video, metadata], 2000, &[])].concat()
    }

    /// Its positions are said to lie within `moov`.
    pub fn metadata_outside() -> Vec<u8> {
        with_metadata(vec![150], 25, &pictures())
    }

    /// Many samples of the whole data at the same place.
    pub fn overlapping(count: usize) -> Vec<u8> {
        with_metadata(vec![28; count], 20_000, &payload(20_000, 0))
    }
}

pub mod webm {
    use super::{MARK, payload};

    fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
        let size = (body.len() as u32 | 0x1000_0000).to_be_bytes();
        [id, &size, body].concat()
    }

    /// An element without a known size.
    fn open(id: &[u8], body: &[u8]) -> Vec<u8> {
        [id, &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], body].concat()
    }

    pub fn pictures() -> Vec<u8> {
        payload(100, 13)
    }

    fn block(track: u8, time: i16, body: &[u8]) -> Vec<u8> {
        [&[0x80 | track][..], &time.to_be_bytes(), &[0x80], body].concat()
    }

    /// A part of a cluster.
    pub fn last_block() -> Vec<u8> {
        element(b"\xa0", &element(b"\xa1", &block(3, 1, MARK)))
    }

    pub fn video(has_sound: bool, is_known: bool, has_duration: bool) -> Vec<u8> {
        let header = element(
            b"\x1a\x45\xdf\xa3",
            &[element(b"\x42\x86", &[1]), element(b"\x42\x82", b"webm"), element(b"\x42\x81", MARK)].concat(),
        );
        let mut info = vec![
            element(b"\xbf", b"1234"),
            element(b"\x2a\xd7\xb1", &1_000_000u32.to_be_bytes()),
            element(b"\x7b\xa9", MARK),
            element(b"\x44\x61", &MARK[..8]),
            element(b"\x4d\x80", MARK),
            element(b"\x57\x41", b"Pixel 9"),
            element(b"\xec", MARK),
        ];
        if has_duration {
            info.push(element(b"\x44\x89", &2000f64.to_be_bytes()));
        }
        let picture = element(b"\xe0", &[element(b"\xb0", &[30]), element(b"\xba", &[20])].concat());
        let track = |number: u8, class: u8, more: &[u8]| {
            element(
                b"\xae",
                &[
                    element(b"\xd7", &[number]),
                    element(b"\x83", &[class]),
                    element(b"\x53\x6e", MARK),
                    more.to_vec(),
                ]
                .concat(),
            )
        };
        let rate = element(b"\x23\xe3\x83", &40_000_000u32.to_be_bytes());
        let mut tracks = vec![track(1, 1, &[rate, picture].concat()), track(3, 0x11, b"")];
        if has_sound {
            tracks.push(track(2, 2, b""));
        }
        let cluster = |time: u16| {
            [
                element(b"\xe7", &time.to_be_bytes()),
                element(b"\xa3", &block(1, 0, &pictures())),
                element(b"\xa0", &element(b"\xa1", &block(2, 500, b"sound"))),
                element(b"\xa3", &block(3, 0, MARK)),
                last_block(),
                element(b"\x58\x54", MARK),
            ]
            .concat()
        };
        let id = b"\x1f\x43\xb6\x75";
        let body = [
            element(b"\x15\x49\xa9\x66", &info.concat()),
            // Clusters may come before the tracks.
            element(id, &cluster(0)),
            element(b"\x16\x54\xae\x6b", &tracks.concat()),
            if is_known { element(id, &cluster(1000)) } else { open(id, &cluster(1000)) },
            element(b"\x12\x54\xc3\x67", MARK),
            element(b"\x1c\x53\xbb\x6b", &[element(b"\xbb", b""), element(b"\xec", MARK)].concat()),
            element(b"\x19\x41\xa4\x69", &MARK.repeat(8)),
            element(b"\xec", MARK),
        ]
        .concat();
        let segment = b"\x18\x53\x80\x67";
        if is_known {
            [header, element(segment, &body), b"GPSMARK after the end".to_vec()].concat()
        } else {
            [header, open(segment, &body)].concat()
        }
    }
}
