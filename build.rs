//! What the module has of files that are no Rust: the schema without its comments, which are a third of the file, and the texts
//! of the pages (`locales/`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

fn main() {
    let folder = env::var("OUT_DIR").expect("cargo names a folder");
    let write = |name: &str, content: &[u8]| {
        fs::write(Path::new(&folder).join(name), content).expect("the folder can be written to");
    };
    write("schema.zlib", &pack(&schema()));
    let locales = locales();
    for (code, locale) in &locales {
        write(&format!("{code}.zlib"), &pack(&texts(locale)));
    }
    write("locales.rs", source(&locales).as_bytes());
    println!("cargo:rustc-env=SORI_ASSETS={}", assets());
}

fn schema() -> String {
    println!("cargo:rerun-if-changed=schema.sql");
    let schema = fs::read_to_string("schema.sql").expect("schema.sql lies beside Cargo.toml");
    let lines =
        schema.lines().map(|line| line.split("--").next().unwrap_or("").trim_end()).filter(|l| !l.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// What the static files are made of; as in `scripts/assets.mjs`, which writes them.
const ASSETS: [&str; 5] =
    ["src/web/archive", "src/web/embed", "src/web/push", "src/web/script", "src/web/style.css"];

/// The name of the folder of static files: FNV-1a, 64 bits, of the paths of their sources and what these contain.
fn assets() -> String {
    let mut all = Vec::new();
    for path in ASSETS {
        println!("cargo:rerun-if-changed={path}");
        match fs::read_dir(path) {
            Ok(entries) => {
                let names = entries.map(|entry| entry.expect("a folder of assets can be read").file_name());
                all.extend(names.map(|name| format!("{path}/{}", name.to_string_lossy())));
            }
            Err(_) => all.push(path.to_owned()),
        }
    }
    all.sort();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for path in all {
        let content = fs::read(&path).expect("a source of assets can be read");
        for byte in path.bytes().chain([0]).chain(content) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// A file of `locales/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Locale {
    /// The language's own name.
    name: String,
    texts: BTreeMap<String, String>,
    plurals: BTreeMap<String, Plural>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plural {
    one: Option<String>,
    other: String,
}

/// The language whose keys all others must have.
const FIRST: &str = "en";

/// The languages, English first. One that lacks a key, has one too many, or has other placeholders ends the build.
fn locales() -> Vec<(String, Locale)> {
    println!("cargo:rerun-if-changed=locales");
    let mut all: Vec<(String, Locale)> = Vec::new();
    for entry in fs::read_dir("locales").expect("locales/ lies beside Cargo.toml") {
        let path = entry.expect("locales/ can be read").path();
        let code = path.file_stem().and_then(|s| s.to_str()).expect("a name such as en.toml").to_owned();
        let text = fs::read_to_string(&path).expect("a file of locales/ can be read");
        let locale =
            basic_toml::from_str(&text).unwrap_or_else(|error| panic!("locales/{code}.toml: {error}"));
        all.push((code, locale));
    }
    all.sort_by_key(|(code, _)| (code != FIRST, code.clone()));
    let (code, first) = all.first().expect("locales/en.toml is there");
    assert_eq!(code, FIRST, "locales/en.toml is missing");
    for (code, locale) in &all {
        check(code, &keys(&first.texts), &keys(&locale.texts));
        check(code, &keys(&first.plurals), &keys(&locale.plurals));
        for (key, text) in &locale.texts {
            assert!(!text.is_empty(), "locales/{code}.toml: {key} is empty");
            let wanted = placeholders(&first.texts[key]);
            assert_eq!(placeholders(text), wanted, "locales/{code}.toml: the placeholders of {key}");
        }
        for (key, plural) in &locale.plurals {
            for text in plural.one.iter().chain([&plural.other]) {
                assert_eq!(placeholders(text), ["{n}"], "locales/{code}.toml: the placeholders of {key}");
            }
        }
    }
    all
}

fn keys<T>(map: &BTreeMap<String, T>) -> BTreeSet<&str> {
    map.keys().map(String::as_str).collect()
}

fn check(code: &str, wanted: &BTreeSet<&str>, found: &BTreeSet<&str>) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let unknown: Vec<_> = found.difference(wanted).collect();
    assert!(missing.is_empty(), "locales/{code}.toml lacks {missing:?}");
    assert!(unknown.is_empty(), "locales/{code}.toml has {unknown:?}, which locales/{FIRST}.toml has not");
}

/// `{}` and `{name}`, sorted.
fn placeholders(text: &str) -> Vec<&str> {
    let mut all: Vec<&str> = text
        .match_indices('{')
        .filter_map(|(at, _)| text[at..].find('}').map(|end| &text[at..=at + end]))
        .collect();
    all.sort_unstable();
    all
}

/// `set_up_title` as `SetUpTitle`.
fn camel(key: &str) -> String {
    key.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}

/// All texts of a language, in the order of their keys, one after the other.
fn texts(locale: &Locale) -> String {
    let plurals = locale.plurals.values().flat_map(|p| [p.one.as_ref().unwrap_or(&p.other), &p.other]);
    let all: Vec<&str> = locale.texts.values().chain(plurals).map(String::as_str).collect();
    assert!(!all.iter().any(|text| text.contains(SEPARATOR)));
    all.join(SEPARATOR)
}

/// Between two texts, as in `src/web/words.rs`.
const SEPARATOR: &str = "\u{1f}";

/// As `model::packed::unpack` reads it. The texts of the pages and the schema were some 180,000 bytes of the module.
fn pack(text: &str) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(text.as_bytes(), 10)
}

/// The text as a Rust literal.
fn literal(text: &str) -> String {
    format!("r####\"{text}\"####")
}

/// The enums `Language`, `Word` and `Plural`.
fn source(all: &[(String, Locale)]) -> String {
    let first = &all[0].1;
    let languages: Vec<String> = all.iter().map(|(code, _)| camel(code)).collect();
    let words: Vec<String> = first.texts.keys().map(|key| camel(key)).collect();
    let plurals: Vec<String> = first.plurals.keys().map(|key| camel(key)).collect();
    let mut out = String::new();
    let mut line = |text: &str| writeln!(out, "{text}").expect("a string takes all");
    let derives = "#[derive(Debug, Clone, Copy, PartialEq, Eq)]";
    line(derives);
    line(&format!("pub enum Language {{ {} }}", languages.join(", ")));
    line("impl Language {");
    let each = |value: &dyn Fn(&(String, Locale)) -> String| {
        let arms: Vec<_> =
            all.iter().map(|one| format!("Self::{} => {}", camel(&one.0), value(one))).collect();
        arms.join(", ")
    };
    line(&format!(
        "pub const ALL: [Self; {}] = [{}];",
        all.len(),
        languages.iter().map(|l| format!("Self::{l}")).collect::<Vec<_>>().join(", ")
    ));
    line(&format!(
        "/// As in BCP 47.\npub fn code(self) -> &'static str {{ match self {{ {} }} }}",
        each(&|(code, _)| format!("{code:?}"))
    ));
    line(&format!(
        "/// Its own name.\npub fn name(self) -> &'static str {{ match self {{ {} }} }}",
        each(&|(_, locale)| literal(&locale.name))
    ));
    line("}");
    line(derives);
    line(&format!("pub enum Word {{ {} }}", words.join(", ")));
    line(&format!(
        "impl Word {{ pub const ALL: [Self; {}] = [{}]; }}",
        words.len(),
        words.iter().map(|w| format!("Self::{w}")).collect::<Vec<_>>().join(", ")
    ));
    line(derives);
    line(&format!("pub enum Plural {{ {} }}", plurals.join(", ")));
    line(&format!(
        "impl Plural {{ pub const ALL: [Self; {}] = [{}]; }}",
        plurals.len(),
        plurals.iter().map(|p| format!("Self::{p}")).collect::<Vec<_>>().join(", ")
    ));
    line(
        "/// The texts of each language, compressed: those of `Word`, then those of `Plural` for one and for other numbers.",
    );
    let files =
        all.iter().map(|(code, _)| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{code}.zlib\"))"));
    line(&format!("static PACKED: [&[u8]; {}] = [{}];", all.len(), files.collect::<Vec<_>>().join(", ")));
    out
}
