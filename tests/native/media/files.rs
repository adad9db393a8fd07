//! Files that ffmpeg, ImageMagick, exiftool and libheif make, where they are installed: what is said about them
//! agrees with what the tools say, and without tags they decode to the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sori::media::formats::{Class, clean, inspect};

const MARK: &str = "GPSMARK";

/// Standard output of a program that must succeed.
fn run(folder: &Path, line: &str) -> Vec<u8> {
    let mut words = line.split_whitespace();
    let output = Command::new(words.next().unwrap()).args(words).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A new folder where all programs are installed; else a line that says which are not.
fn folder(name: &str, tools: &[&str]) -> Option<PathBuf> {
    let missing: Vec<_> =
        tools.iter().filter(|t| Command::new(t).arg("-version").output().is_err()).collect();
    if !missing.is_empty() {
        println!("skipped: {missing:?} not installed");
        return None;
    }
    let path = std::env::temp_dir().join(format!("sori-{name}-{}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    Some(path)
}

const TAGS: &str = "-metadata title=GPSMARK -metadata location=+52.52+013.405/ -metadata comment=GPSMARK \
                    -metadata make=GPSMARK -metadata creation_time=2024-01-02T03:04:05Z";
const VIDEO: &str = "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1";
const SOUND: &str = "-f lavfi -i sine=frequency=440:duration=1";

/// Checks a file: its type and size, its duration against ffprobe, and that it decodes to the same without tags.
fn check(folder: &Path, name: &str, mime: &str, class: Class, size: (u32, u32)) {
    let bytes = fs::read(folder.join(name)).unwrap();
    let file = inspect(&bytes, 1_000_000).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert_eq!((file.mime(), file.class), (mime, class), "{name}");
    assert_eq!((file.width, file.height), size, "{name}");
    if class != Class::Image {
        let line = format!("ffprobe -v error -show_entries format=duration -of csv=p=0 {name}");
        let seconds = String::from_utf8(run(folder, &line)).unwrap();
        if let Ok(seconds) = seconds.trim().parse::<f64>() {
            assert!(
                (file.duration.unwrap() - seconds).abs() < 0.15,
                "{name}: {:?}, {seconds}",
                file.duration
            );
        }
    }
    let cleaned = clean(bytes, &file).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert!(!cleaned.windows(MARK.len()).any(|w| w == MARK.as_bytes()), "{name}");
    let new = format!("clean-{name}");
    fs::write(folder.join(&new), &cleaned).unwrap();
    let again = inspect(&cleaned, 1_000_000).unwrap();
    assert!(clean(cleaned.clone(), &again).unwrap() == cleaned, "{name}");
    let decoded = |name: &str| {
        if name.ends_with(".heic") || name.ends_with(".avif") {
            run(folder, &format!("heif-convert {name} decoded.png"));
            return run(folder, "convert decoded.png -strip rgb:-");
        }
        run(folder, &format!("ffmpeg -v error -i {name} -map 0:v? -map 0:a? -f streamhash -hash md5 -"))
    };
    assert!(decoded(name) == decoded(&new), "{name} decodes to something else");
}

/// Checks that no tag is left in any of the cleaned files.
fn check_tags(folder: &Path, names: &[&str]) {
    let files: Vec<String> = names.iter().map(|name| format!("clean-{name}")).collect();
    let line = "exiftool -a -G1 -s -ee --File:all --System:all --ExifTool:all";
    let tags = run(folder, &format!("{line} {}", files.join(" ")));
    let tags = String::from_utf8_lossy(&tags);
    assert!(names.len() < 2 || files.iter().all(|f| tags.contains(f.as_str())));
    for word in [MARK, "GPS", "2024", "XMP", "Warning", "IPTC"] {
        let found = tags.lines().find(|l| l.contains(word));
        assert!(found.is_none(), "{found:?}");
    }
}

#[test]
fn videos_and_sounds_of_ffmpeg() {
    let Some(folder) = folder("sounds", &["ffmpeg", "ffprobe", "exiftool"]) else { return };
    let both = format!("{VIDEO} {SOUND} {TAGS}");
    let (video, sound) = (format!("{VIDEO} {TAGS}"), format!("{SOUND} {TAGS}"));
    let none = (0, 0);
    let files = [
        ("a.mp4", &both, "-c:v mpeg4 -c:a aac -movflags +faststart", "video/mp4", Class::Video),
        ("silent.mp4", &video, "-c:v mpeg4", "video/mp4", Class::Gifv),
        (
            "parts.mp4",
            &both,
            "-c:v mpeg4 -c:a aac -movflags frag_keyframe+empty_moov",
            "video/mp4",
            Class::Video,
        ),
        ("a.mov", &both, "-c:v mpeg4 -c:a pcm_s16le -timecode 01:00:00:00", "video/quicktime", Class::Video),
        ("a.webm", &both, "-c:v libvpx -c:a libopus", "video/webm", Class::Video),
        ("live.webm", &video, "-c:v libvpx -live 1 -f webm", "video/webm", Class::Gifv),
        ("a.mp3", &sound, "-write_id3v1 1", "audio/mpeg", Class::Audio),
        ("a.ogg", &sound, "-c:a libvorbis", "audio/ogg", Class::Audio),
        ("a.opus", &sound, "-c:a libopus", "audio/ogg", Class::Audio),
        ("a.flac", &sound, "", "audio/flac", Class::Audio),
        ("a.m4a", &sound, "-c:a aac", "audio/mp4", Class::Audio),
        ("a.wav", &sound, "-write_bext 1", "audio/wav", Class::Audio),
    ];
    for (name, input, codecs, mime, class) in files {
        run(&folder, &format!("ffmpeg -v error -y {input} {codecs} {name}"));
        if name == "a.mov" {
            run(&folder, &format!("exiftool -q -overwrite_original -Keys:GPSCoordinates=52.52,13.4 {name}"));
        }
        check(&folder, name, mime, class, if class == Class::Audio { none } else { (64, 48) });
    }
    check_tags(&folder, &files.map(|f| f.0));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn pictures_of_imagemagick_and_libheif() {
    let tools = ["ffmpeg", "exiftool", "convert", "heif-enc", "heif-convert"];
    let Some(folder) = folder("pictures", &tools) else { return };
    run(&folder, "convert -size 64x48 gradient:red-blue -depth 8 a.png");
    for line in [
        "convert a.png -sampling-factor 4:2:0 a.jpg",
        "convert a.png -interlace JPEG progressive.jpg",
        "convert a.png a.webp",
        "convert -delay 20 a.png ( a.png -negate ) -comment GPSMARK -loop 0 a.gif",
        "heif-enc -q 50 a.jpg -o a.heic",
        "heif-enc -A -q 50 a.jpg -o a.avif",
    ] {
        run(&folder, line);
    }
    let turned = (48, 64);
    let files = [
        ("a.jpg", "image/jpeg", turned),
        ("progressive.jpg", "image/jpeg", turned),
        ("a.png", "image/png", turned),
        ("a.webp", "image/webp", turned),
        ("a.gif", "image/gif", (64, 48)),
        // Their orientation is a property of the container; EXIF does not turn them.
        ("a.heic", "image/heic", (64, 48)),
        ("a.avif", "image/avif", (64, 48)),
    ];
    let names = files.map(|f| f.0);
    let tags = "exiftool -q -q -overwrite_original -GPSLatitude=52.52 -GPSLatitudeRef=N -Make=GPSMARK \
                -XMP-dc:Creator=GPSMARK -IPTC:City=GPSMARK -DateTimeOriginal=2024:01:02 -Orientation#=6 \
                -Comment=GPSMARK";
    run(&folder, &format!("{tags} {}", names.join(" ")));
    for (name, mime, size) in files {
        check(&folder, name, mime, Class::Image, size);
    }
    check_tags(&folder, &names);
    let clean = ["clean-a.jpg", "clean-progressive.jpg", "clean-a.png", "clean-a.webp"].join(" ");
    let orientations = run(&folder, &format!("exiftool -q -n -s3 -Orientation {clean}"));
    assert_eq!(String::from_utf8_lossy(&orientations).split_whitespace().collect::<Vec<_>>(), ["6"; 4]);
    fs::remove_dir_all(&folder).unwrap();
}
