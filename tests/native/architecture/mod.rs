//! The house's rules, kept: who may import whom, where SQL and the runtime live, what may not panic.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom (ARCHITECTURE.md). `error`, `app` and `config` are open to all.
const MAY: &[(&str, &[&str])] = &[
    ("lib", &["routes", "jobs", "app", "platform", "services", "model"]),
    ("routes", &["api", "oauth", "activitypub", "web", "http", "services", "model", "platform"]),
    ("app", &["activitypub", "http", "jobs", "model", "platform"]),
    ("config", &["model"]),
    ("error", &[]),
    ("api", &["services", "store", "model", "text", "http", "oauth", "platform"]),
    ("oauth", &["services", "store", "model", "text", "http"]),
    ("web", &["services", "store", "model", "text", "http", "oauth"]),
    ("activitypub", &["services", "store", "model", "text", "http", "jobs", "platform"]),
    ("services", &["store", "model", "text", "jobs", "platform"]),
    ("jobs", &["services", "activitypub", "store", "model", "platform"]),
    ("store", &["model", "platform"]),
    ("http", &["model", "platform"]),
    ("text", &["model"]),
    ("model", &[]),
    ("platform", &["model", "http"]),
];
const OPEN: [&str; 3] = ["error", "app", "config"];
/// The one door between doors: who may ask `activitypub::remote::resolve`.
const MAY_RESOLVE: [&str; 5] =
    ["api/accounts.rs", "api/search.rs", "api/statuses.rs", "api/mod.rs", "web/migration.rs"];
const FORBIDDEN_NAMES: [&str; 4] = ["utils", "helpers", "common", "misc"];

struct Source {
    /// Below src/.
    path: String,
    /// Without tests, comments and the bodies of string literals kept.
    code: String,
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs") {
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

/// Cuts test modules (they end files here) and line comments.
fn without_tests(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or("");
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The room of a file: its first folder, or its own name.
fn room(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// The rooms that code names by `crate::`, with groups spelled out.
fn imports(code: &str) -> Vec<String> {
    let mut all = Vec::new();
    for part in code.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            let inner = &group[..group.find("};").unwrap_or(group.len())];
            let mut depth = 0;
            let mut name = String::new();
            for c in inner.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => all.push(std::mem::take(&mut name)),
                    c if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            all.push(name);
        } else {
            all.push(part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned());
        }
    }
    all.iter()
        .map(|n| n.trim().split(':').next().unwrap_or("").to_owned())
        .filter(|n| !n.is_empty())
        .collect()
}

fn wrong_imports(path: &str, code: &str) -> Vec<String> {
    let here = room(path);
    let allowed = MAY.iter().find(|(name, _)| *name == here).map(|(_, list)| *list).unwrap_or(&[]);
    imports(code)
        .into_iter()
        .filter(|name| name != here && !OPEN.contains(&name.as_str()) && !allowed.contains(&name.as_str()))
        .filter(|name| !matches!(name.as_str(), "public" | "anyone" | "user" | "client"))
        .filter(|name| !(name == "activitypub" && MAY_RESOLVE.contains(&path)))
        .map(|name| format!("{path} imports {name}"))
        .collect()
}

#[test]
fn everyone_imports_only_whom_they_may() {
    let wrong: Vec<String> = sources().iter().flat_map(|s| wrong_imports(&s.path, &s.code)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(wrong_imports("services/x.rs", "use crate::api::y;").len(), 1);
    assert_eq!(wrong_imports("store/x.rs", "use crate::{http, model::id};").len(), 1);
    assert!(wrong_imports("api/x.rs", "use crate::services::follow;").is_empty());
    assert_eq!(wrong_imports("api/x.rs", "crate::activitypub::remote::resolve::x()").len(), 1);
}

/// Names with a meaning of their own in the platform: the pure guard, the log, and the shapes of SQL values.
#[test]
fn the_doors_and_services_use_only_the_pure_parts_of_the_platform() {
    for source in
        sources().iter().filter(|s| matches!(room(&s.path), "api" | "services" | "web" | "oauth" | "http"))
    {
        for part in source.code.split("platform::").skip(1) {
            assert!(
                ["guard::", "log", "sql::"].iter().any(|p| part.starts_with(p)),
                "{} reaches into the platform: {:.40}",
                source.path,
                part
            );
        }
    }
}

#[test]
fn only_the_machine_room_knows_the_runtime() {
    let knows =
        |code: &str| code.contains("worker::") || code.contains("wasm_bindgen") || code.contains("js_sys");
    for source in sources() {
        let is_allowed = source.path.starts_with("platform/") || source.path == "lib.rs";
        assert!(is_allowed || !knows(&source.code), "{} names the runtime", source.path);
    }
    assert!(knows("use worker::Env;"));
}

#[test]
fn clock_randomness_and_network_are_the_platforms() {
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
fn sql_lives_in_the_cupboard() {
    for source in sources() {
        let is_allowed = source.path.starts_with("store/") || source.path.starts_with("platform/native/");
        assert!(is_allowed || !has_sql(&source.code), "{} has SQL", source.path);
    }
    assert!(has_sql("let x = \"DELETE FROM statuses\";"));
    assert!(!has_sql("let x = \"Select a file from here\";"));
}

#[test]
fn nouns_and_words_know_no_wire() {
    for source in sources().iter().filter(|s| matches!(room(&s.path), "model" | "text")) {
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
fn every_file_is_named_for_its_noun() {
    let mut long = Vec::new();
    for source in sources() {
        let name = source.path.rsplit('/').next().unwrap().trim_end_matches(".rs").to_owned();
        assert!(!FORBIDDEN_NAMES.contains(&name.as_str()), "{}", source.path);
        let lines = source.code.lines().count();
        if lines > 500 {
            long.push(format!("{} ({lines} lines)", source.path));
        }
    }
    println!("rooms of more than 500 lines: {long:?}");
}

#[test]
fn the_route_table_has_no_doubles_and_no_shadows() {
    let routes = sori::routes::all();
    let mut seen = std::collections::BTreeSet::new();
    for (_, route) in &routes {
        // Two captures of one place match the same paths, whatever they are called.
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
