//! The rules of the sources: which layer may import which, no cycles, where SQL and the runtime may appear,
//! what may not panic.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which layer may import which (ARCHITECTURE.md). `error`, `app` and `config` are open to all.
const MAY: &[(&str, &[&str])] = &[
    ("lib", &["routes", "jobs", "app", "platform", "services", "model", "media", "streaming", "http"]),
    (
        "routes",
        &[
            "api",
            "oauth",
            "activitypub",
            "web",
            "streaming",
            "http",
            "services",
            "model",
            "platform",
            "media",
        ],
    ),
    ("app", &["activitypub", "http", "jobs", "model", "platform"]),
    ("config", &["model"]),
    ("error", &[]),
    ("api", &["services", "store", "model", "text", "http", "oauth", "platform", "webpush", "doctor"]),
    ("oauth", &["services", "store", "model", "text", "http"]),
    (
        "web",
        &["services", "store", "model", "text", "http", "oauth", "media", "doctor", "webpush", "providers"],
    ),
    ("providers", &["services", "store", "model", "platform"]),
    ("doctor", &["services", "store", "model", "platform", "webpush"]),
    ("activitypub", &["services", "store", "model", "text", "http", "jobs", "platform"]),
    ("streaming", &["api", "services", "store", "model", "text", "http", "platform"]),
    ("services", &["store", "model", "text", "jobs", "platform"]),
    (
        "jobs",
        &[
            "services",
            "activitypub",
            "cards",
            "streaming",
            "webpush",
            "doctor",
            "providers",
            "store",
            "model",
            "platform",
        ],
    ),
    ("webpush", &["services", "store", "model", "text", "platform"]),
    ("cards", &["activitypub", "store", "model", "text", "platform"]),
    ("store", &["model", "platform"]),
    ("http", &["model", "platform"]),
    ("text", &["model"]),
    ("media", &["http", "model", "platform", "services", "store"]),
    ("model", &[]),
    ("platform", &["model", "http"]),
];
const OPEN: [&str; 3] = ["error", "app", "config"];
/// The files of other entry points that may import `activitypub::remote`.
const MAY_RESOLVE: [&str; 11] = [
    "api/accounts.rs",
    "api/archive.rs",
    "api/search.rs",
    "api/statuses.rs",
    "api/mod.rs",
    "web/archive.rs",
    "web/compose.rs",
    "web/interact.rs",
    "web/migration.rs",
    "web/profile.rs",
    "web/search.rs",
];
const FORBIDDEN_NAMES: [&str; 4] = ["utils", "helpers", "common", "misc"];

struct Source {
    /// The path below src/.
    path: String,
    /// The code without tests, comments and the contents of string literals.
    code: String,
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                // A file of this name is a module of tests.
                all.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(Path::new("src"), &mut files);
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let path = file.strip_prefix("src").unwrap().to_string_lossy().replace('\\', "/");
            Source { path, code: without_tests(&text) }
        })
        .collect()
}

/// Removes test modules (which are last in a file) and line comments.
fn without_tests(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or("");
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The layer of a file: its first folder, or its own name.
fn layer(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

fn wrong_imports(path: &str, imported: &BTreeSet<String>) -> Vec<String> {
    let here = layer(path);
    let allowed = MAY.iter().find(|(name, _)| *name == here).map(|(_, list)| *list).unwrap_or(&[]);
    imported
        .iter()
        .filter(|file| {
            let name = layer(file);
            name != here && !OPEN.contains(&name) && !allowed.contains(&name)
        })
        .filter(|file| !(layer(file) == "activitypub" && MAY_RESOLVE.contains(&path)))
        .map(|file| format!("{path} imports {file}"))
        .collect()
}

/// The import graph of invented files.
fn fake(files: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
    let files: Vec<_> = files.iter().map(|(f, c)| ((*f).to_owned(), (*c).to_owned())).collect();
    imports::graph(&files)
}

fn all_imports() -> BTreeMap<String, BTreeSet<String>> {
    let files: Vec<_> = sources().into_iter().map(|s| (s.path, s.code)).collect();
    imports::graph(&files)
}

#[test]
fn layers_import_only_what_the_table_allows() {
    let wrong: Vec<String> = all_imports().iter().flat_map(|(f, all)| wrong_imports(f, all)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let of = |path: &str, code: &str| {
        let files = [
            (path, code),
            ("api/y.rs", ""),
            ("http/mod.rs", ""),
            ("model/id.rs", ""),
            ("services/follow.rs", ""),
            ("activitypub/remote/resolve.rs", ""),
        ];
        wrong_imports(path, &fake(&files)[path]).len()
    };
    assert_eq!(of("services/x.rs", "use crate::api::y::z;"), 1);
    assert_eq!(of("store/x.rs", "use crate::{http, model::id::Id}; fn f() { http::x() }"), 1);
    assert_eq!(of("api/x.rs", "use crate::services::follow; fn f() { follow::x() }"), 0);
    assert_eq!(of("api/x.rs", "fn f() { crate::activitypub::remote::resolve::x() }"), 1);
}

#[test]
fn no_import_cycles() {
    let graph = all_imports();
    assert!(graph.len() > 200, "files were not found");
    if let Some(cycle) = imports::cycle(&graph) {
        panic!("a cycle of imports: {}", cycle.join(" -> "));
    }
}

/// The folder within src/activitypub of a file.
fn part(path: &str) -> Option<&str> {
    let (folder, _) = path.strip_prefix("activitypub/")?.split_once('/')?;
    Some(folder)
}

/// Imports within src/activitypub that go up or sideways.
fn wrong_direction(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, imported) in graph {
        let Some(here) = part(file) else { continue };
        for other in imported {
            let is_allowed = match (here, part(other)) {
                (_, None) => !other.starts_with("activitypub/"),
                (here, Some(there)) if here == there => true,
                ("inbound" | "outbound" | "documents", Some("remote" | "wire")) => true,
                ("remote", Some("wire")) => true,
                _ => false,
            };
            if !is_allowed {
                wrong.push(format!("{file} imports {other}"));
            }
        }
    }
    wrong
}

#[test]
fn federation_imports_downwards_only() {
    let wrong = wrong_direction(&all_imports());
    assert!(wrong.is_empty(), "{wrong:#?}");
    let up = fake(&[
        ("activitypub/wire/x.rs", "use crate::activitypub::remote::y::Z;"),
        ("activitypub/remote/y.rs", "use crate::activitypub::wire::x::Z;"),
        ("activitypub/inbound/i.rs", "use crate::activitypub::{documents::d::Z, remote::y::Z};"),
        ("activitypub/documents/d.rs", ""),
    ]);
    assert_eq!(wrong_direction(&up).len(), 2, "{:?}", wrong_direction(&up));
}

/// Parts of the platform that every layer may use: the pure guard, the log, and the types of SQL values and keys.
#[test]
fn entries_and_services_use_only_the_pure_parts_of_the_platform() {
    for source in
        sources().iter().filter(|s| matches!(layer(&s.path), "api" | "services" | "web" | "oauth" | "http"))
    {
        for part in source.code.split("platform::").skip(1) {
            assert!(
                ["guard::", "keys::", "log", "sql::"].iter().any(|p| part.starts_with(p)),
                "{} reaches into the platform: {:.40}",
                source.path,
                part
            );
        }
    }
}

#[test]
fn only_the_platform_names_the_runtime() {
    let knows =
        |code: &str| code.contains("worker::") || code.contains("wasm_bindgen") || code.contains("js_sys");
    for source in sources() {
        let is_allowed = source.path.starts_with("platform/") || source.path == "lib.rs";
        assert!(is_allowed || !knows(&source.code), "{} names the runtime", source.path);
    }
    assert!(knows("use worker::Env;"));
}

#[test]
fn only_the_platform_uses_clock_randomness_and_network() {
    let words =
        ["SystemTime", "Instant::now", "Utc::now", "getrandom::", "thread_rng", "std::net", "web_sys"];
    for source in sources().iter().filter(|s| !s.path.starts_with("platform/")) {
        for word in words {
            assert!(!source.code.contains(word), "{} uses {word}", source.path);
        }
    }
}

fn has_sql(code: &str) -> bool {
    code.split('"').skip(1).step_by(2).any(|literal| {
        let l = literal.trim_start();
        (l.starts_with("SELECT ") && l.contains(" FROM ") || l.starts_with("SELECT 1"))
            || l.starts_with("INSERT INTO ")
            || l.starts_with("DELETE FROM ")
            || (l.starts_with("UPDATE ") && l.contains(" SET "))
    })
}

#[test]
fn sql_is_only_in_the_store() {
    for source in sources() {
        let is_allowed = source.path.starts_with("store/") || source.path.starts_with("platform/native/");
        assert!(is_allowed || !has_sql(&source.code), "{} has SQL", source.path);
    }
    assert!(has_sql("let x = \"DELETE FROM statuses\";"));
    assert!(!has_sql("let x = \"Select a file from here\";"));
}

/// Otherwise push messages would wait for cron.
#[test]
fn statements_that_insert_notifications_tell_of_push_messages() {
    let mut inserts = 0;
    for source in sources() {
        let code: String = source.code.split_whitespace().collect::<Vec<_>>().join(" ");
        for (at, _) in code.match_indices("\"INSERT INTO notifications") {
            let before = code[..at].trim_end();
            let before = before.strip_suffix("format!(").unwrap_or(before).trim_end();
            assert!(before.ends_with("notifying("), "{}: {}", source.path, &code[at..at + 80]);
            inserts += 1;
        }
    }
    assert!(inserts > 10);
}

#[test]
fn model_and_text_know_no_serde() {
    for source in sources().iter().filter(|s| matches!(layer(&s.path), "model" | "text")) {
        assert!(!source.code.contains("serde"), "{} knows serde", source.path);
    }
}

#[test]
fn nothing_panics_on_outside_data() {
    let words = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("];
    for source in sources().iter().filter(|s| !s.path.starts_with("platform/native/")) {
        for word in words {
            assert!(!source.code.contains(word), "{} has {word}", source.path);
        }
    }
}

#[test]
fn file_names_are_nouns() {
    let mut long = Vec::new();
    for source in sources() {
        let name = source.path.rsplit('/').next().unwrap().trim_end_matches(".rs").to_owned();
        assert!(!FORBIDDEN_NAMES.contains(&name.as_str()), "{}", source.path);
        let lines = source.code.lines().count();
        if lines > 500 {
            long.push(format!("{} ({lines} lines)", source.path));
        }
    }
    println!("files of more than 500 lines: {long:?}");
}

#[test]
fn the_route_table_has_no_duplicates_and_no_shadowed_routes() {
    let routes = sori::routes::all();
    let mut seen = std::collections::BTreeSet::new();
    for (_, route) in &routes {
        // Two captures at one place match the same paths, whatever their names.
        let shape: Vec<String> = route
            .pattern
            .split('/')
            .map(|s| match (s.find('{'), s.find('}')) {
                (Some(a), Some(b)) => format!("{}{{}}{}", &s[..a], &s[b + 1..]),
                _ => s.to_owned(),
            })
            .collect();
        assert!(
            seen.insert((route.method, shape.join("/"))),
            "{} {} is there twice",
            route.method,
            route.pattern
        );
        assert!(route.pattern.starts_with('/'));
    }
    assert!(routes.len() > 60);
}
