//! Reads which modules a Rust source file imports from its own crate: `use` trees, `super::`, `self::`, paths
//! inside of code, and paths that begin with an imported module. Finds cycles between files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The names of a path, from the crate's root.
pub type Path = Vec<String>;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
    /// `::`
    Colons,
}

/// Identifiers and punctuation, without comments, string literals and lifetimes.
fn tokens(code: &str) -> Vec<Token> {
    let chars: Vec<char> = code.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut all = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                i += 2;
                while i < chars.len() && !(at(i) == '*' && at(i + 1) == '/') {
                    i += 1;
                }
                i += 2;
            }
            '"' => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
            }
            // A character literal, or a lifetime.
            '\'' if at(i + 1) == '\\' => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            '\'' => i += if at(i + 2) == '\'' { 3 } else { 1 },
            'r' | 'b' if raw_text(&chars, i).is_some() => i = raw_text(&chars, i).unwrap(),
            ':' if at(i + 1) == ':' => {
                all.push(Token::Colons);
                i += 2;
            }
            c if is_word(c) => {
                let start = i;
                while is_word(at(i)) {
                    i += 1;
                }
                all.push(Token::Word(chars[start..i].iter().collect()));
            }
            c => {
                if !c.is_whitespace() {
                    all.push(Token::Sign(c));
                }
                i += 1;
            }
        }
    }
    all
}

/// The end of the raw string `r"…"`, `r#"…"#` or `br"…"` that begins here.
fn raw_text(chars: &[char], start: usize) -> Option<usize> {
    let before = start.checked_sub(1).and_then(|i| chars.get(i));
    if before.is_some_and(|c| c.is_alphanumeric() || *c == '_') {
        return None;
    }
    let mut i = start + usize::from(chars.get(start) == Some(&'b'));
    if chars.get(i) != Some(&'r') {
        return None;
    }
    i += 1;
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    i += hashes;
    if chars.get(i) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let length = chars[i + 1..].windows(end.len()).position(|w| w == end)?;
    Some(i + 1 + length + end.len())
}

/// The leaves of a `use` tree, each with its local name.
fn use_tree(tokens: &[Token], i: &mut usize, prefix: &[String], leaves: &mut Vec<(Path, String)>) {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(*i) {
            Some(Token::Word(word)) => {
                *i += 1;
                if word == "as" {
                    if let Some(Token::Word(name)) = tokens.get(*i) {
                        *i += 1;
                        leaves.push((path, name.clone()));
                    }
                    return;
                }
                if word != "self" || path.is_empty() {
                    path.push(word.clone());
                }
            }
            Some(Token::Colons) => *i += 1,
            Some(Token::Sign('*')) => {
                *i += 1;
                leaves.push((path, "*".into()));
                return;
            }
            Some(Token::Sign('{')) => {
                *i += 1;
                while let Some(token) = tokens.get(*i) {
                    match token {
                        Token::Sign('}') => {
                            *i += 1;
                            return;
                        }
                        Token::Sign(',') => *i += 1,
                        _ => use_tree(tokens, i, &path, leaves),
                    }
                }
                return;
            }
            _ => {
                if let Some(last) = path.last().cloned() {
                    leaves.push((path, last));
                }
                return;
            }
        }
    }
}

/// A file of the crate and its module path.
fn module_of(file: &str) -> Path {
    let mut path: Path = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(path.last().map(String::as_str), Some("mod" | "lib")) {
        path.pop();
    }
    path
}

/// Resolves `super::`, `self::` and `crate::`. `None` where the path is of another crate.
fn absolute(path: &[String], module: &[String]) -> Option<Path> {
    let mut base = module.to_vec();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|w| w == "super") {
                base.pop()?;
                rest = &rest[1..];
            }
        }
        _ => return None,
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// Every path of the crate that `code` of the module `module` refers to. A module that is imported and then
/// used by name is followed by the item used.
fn paths(code: &str, module: &[String], is_module: &dyn Fn(&[String]) -> bool) -> BTreeSet<Path> {
    let tokens = tokens(code);
    let mut found = BTreeSet::new();
    let mut names: BTreeMap<String, Path> = BTreeMap::new();
    let mut inline: Vec<Path> = Vec::new();
    let child = |name: &str| {
        let mut path = module.to_vec();
        path.push(name.to_owned());
        is_module(&path).then_some(path)
    };
    let mut i = 0;
    while i < tokens.len() {
        match &tokens[i] {
            Token::Word(word) if word == "use" => {
                i += 1;
                let mut leaves = Vec::new();
                use_tree(&tokens, &mut i, &[], &mut leaves);
                for (path, name) in leaves {
                    let first = path.first().cloned().unwrap_or_default();
                    let path = match absolute(&path, module) {
                        Some(path) => path,
                        None => match child(&first) {
                            Some(mut child) => {
                                child.extend(path.into_iter().skip(1));
                                child
                            }
                            None => continue,
                        },
                    };
                    if name == "*" || !is_module(&path) {
                        found.insert(path.clone());
                    }
                    names.insert(name, path);
                }
            }
            Token::Word(word) => {
                let is_start = i == 0 || !matches!(tokens[i - 1], Token::Colons);
                let mut path = vec![word.clone()];
                i += 1;
                while let (Some(Token::Colons), Some(Token::Word(next))) = (tokens.get(i), tokens.get(i + 1))
                {
                    path.push(next.clone());
                    i += 2;
                }
                if is_start && path.len() > 1 {
                    inline.push(path);
                }
            }
            _ => i += 1,
        }
    }
    for path in inline {
        let first = path.first().cloned().unwrap_or_default();
        let start = match absolute(&path, module) {
            Some(path) => Some(path),
            None => names.get(&first).cloned().or_else(|| child(&first)).map(|mut start| {
                start.extend(path.into_iter().skip(1));
                start
            }),
        };
        found.extend(start);
    }
    found
}

/// Which file imports which, for the files `(path below src, code)`.
pub fn graph(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeMap<Path, String> = files.iter().map(|(f, _)| (module_of(f), f.clone())).collect();
    // Exported macros are at the crate root, whatever file they are in.
    let mut macros: BTreeMap<String, String> = BTreeMap::new();
    for (file, code) in files {
        for part in code.split("macro_rules! ").skip(1) {
            let name = part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            macros.insert(name.to_owned(), file.clone());
        }
    }
    let mut graph = BTreeMap::new();
    for (file, code) in files {
        let module = module_of(file);
        let mut imported = BTreeSet::new();
        for path in paths(code, &module, &|p| modules.contains_key(p)) {
            let is_macro = path.len() == 1 && !modules.contains_key(&path);
            let target = match macros.get(&path[0]).filter(|_| is_macro) {
                Some(file) => Some(file),
                None => (0..=path.len()).rev().find_map(|n| modules.get(&path[..n])),
            };
            if let Some(target) = target.filter(|t| *t != file) {
                imported.insert(target.clone());
            }
        }
        graph.insert(file.clone(), imported);
    }
    graph
}

/// Whether `file` is a direct child of the module `parent` (a `mod.rs` or the root).
fn is_child(file: &str, parent: &str) -> bool {
    let mut above = module_of(file);
    above.pop().is_some() && above == module_of(parent)
}

/// The shortest import cycle, as the list of its files. A module and its children are two nodes: the module
/// that uses its children, and the module that its children use. Either alone is no cycle.
pub fn cycle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let without = |is_left_out: &dyn Fn(&str, &str) -> bool| -> BTreeMap<&str, Vec<&str>> {
        let kept = |from: &str, all: &'_ BTreeSet<String>| -> Vec<String> {
            all.iter().filter(|to| !is_left_out(from, to)).cloned().collect()
        };
        graph
            .iter()
            .map(|(from, all)| {
                let kept = kept(from, all);
                (from.as_str(), all.iter().filter(|to| kept.contains(*to)).map(String::as_str).collect())
            })
            .collect()
    };
    let uses_children = without(&|from, to| is_child(from, to));
    let used_by_children = without(&|from, to| is_child(to, from));
    [uses_children, used_by_children]
        .iter()
        .flat_map(|edges| edges.keys().filter_map(|start| round_trip(edges, start)))
        .min_by_key(Vec::len)
}

/// The shortest path from a file back to itself.
fn round_trip(edges: &BTreeMap<&str, Vec<&str>>, start: &str) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        for next in edges.get(here).into_iter().flatten() {
            if *next == start {
                let mut way = vec![start.to_owned(), here.to_owned()];
                let mut at = here;
                while let Some(before) = came_from.get(at) {
                    way.push((*before).to_owned());
                    at = before;
                }
                way.reverse();
                if at != start {
                    way.insert(0, start.to_owned());
                }
                return Some(way);
            }
            if *next != start && !came_from.contains_key(next) {
                came_from.insert(next, here);
                queue.push_back(next);
            }
        }
    }
    None
}

mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
        let files: Vec<_> = files.iter().map(|(f, c)| ((*f).to_owned(), (*c).to_owned())).collect();
        graph(&files)
    }

    fn imports(code: &str) -> Vec<String> {
        let files = [
            ("a/here.rs", code),
            ("a/mod.rs", ""),
            ("a/b.rs", ""),
            ("a/c/mod.rs", ""),
            ("a/c/d.rs", ""),
            ("e.rs", ""),
            ("lib.rs", ""),
        ];
        of(&files)["a/here.rs"].iter().cloned().collect()
    }

    #[test]
    fn imports_are_found_in_every_spelling() {
        for (code, wanted) in [
            ("use crate::a::b::Thing;", vec!["a/b.rs"]),
            (
                "use crate::{e, a::{b, c::{d, Other}}}; fn f() { d::x(); b::y(); e::z() }",
                vec!["a/b.rs", "a/c/d.rs", "a/c/mod.rs", "e.rs"],
            ),
            ("use super::b::{self, Thing}; fn f() { b::x() }", vec!["a/b.rs"]),
            ("use super::{b::*, c::d as other};", vec!["a/b.rs"]),
            ("use super::{c::d as other}; fn f() { other::x() }", vec!["a/c/d.rs"]),
            ("fn f() { crate::a::c::d::x() }", vec!["a/c/d.rs"]),
            ("fn f() -> super::c::Other { super::super::e::x() }", vec!["a/c/mod.rs", "e.rs"]),
            ("use crate::a; fn f() { a::c::d::x() }", vec!["a/c/d.rs"]),
            ("use super::Own; impl Own { }", vec!["a/mod.rs"]),
            ("use crate::e; // never used by name", vec![]),
            (
                "// crate::e::x\nfn f() { let x = \"crate::e::x\"; /* crate::e::x */ let y = r#\"\"crate::e::x\"#; }",
                vec![],
            ),
            ("fn f<'a>(x: &'a str) -> char { let q = '\"'; crate::e::x(q, '\\'', '\\u{2f}') }", vec!["e.rs"]),
            ("use serde_json::Value; use std::fmt::{self, Display}; pub(super) fn f() { fmt::x() }", vec![]),
            ("macro_rules! m { ($x:expr) => { $crate::e::x($x) } }", vec!["e.rs"]),
        ] {
            assert_eq!(imports(code), wanted, "{code}");
        }
        let parent =
            of(&[("a/mod.rs", "mod b; use self::c::X; fn f() { b::x() }"), ("a/b.rs", ""), ("a/c.rs", "")]);
        assert_eq!(parent["a/mod.rs"].len(), 2);
        let macros = of(&[
            ("a.rs", "macro_rules! made { () => {} }"),
            ("b.rs", "fn f() { crate::made!() }"),
            ("lib.rs", ""),
        ]);
        assert!(macros["b.rs"].contains("a.rs"));
    }

    #[test]
    fn cycles_are_found_and_named() {
        let two = of(&[("a.rs", "use crate::b::X;"), ("b.rs", "fn f() { crate::a::y() }"), ("c.rs", "")]);
        assert_eq!(cycle(&two).unwrap(), ["a.rs", "b.rs", "a.rs"]);
        let three = of(&[
            ("a/x.rs", "use super::y; fn f() { y::g() }"),
            ("a/y.rs", "use crate::b; fn g() { b::h() }"),
            ("b.rs", "use crate::a::{x::{f}};"),
            ("a/mod.rs", ""),
        ]);
        assert_eq!(cycle(&three).unwrap(), ["a/x.rs", "a/y.rs", "b.rs", "a/x.rs"]);
        let none = of(&[("a.rs", "use crate::b::X;"), ("b.rs", "use crate::c::X;"), ("c.rs", "")]);
        assert_eq!(cycle(&none), None);
    }

    #[test]
    fn a_module_and_its_children_may_use_one_another() {
        let family = [
            ("a/mod.rs", "mod x; mod y; pub struct Own; fn f() { x::f(); y::f() }"),
            ("a/x.rs", "use super::Own; fn f() { super::y::f() }"),
            ("a/y.rs", "use super::Own;"),
        ];
        assert_eq!(cycle(&of(&family)), None);
        // A third file between them is a cycle.
        let through_the_child =
            [family[0], family[1], ("a/y.rs", "use crate::b::g;"), ("b.rs", "use crate::a::f;")];
        assert_eq!(cycle(&of(&through_the_child)).unwrap(), ["a/mod.rs", "a/y.rs", "b.rs", "a/mod.rs"]);
        let through_the_parent =
            [("a/mod.rs", "use crate::b::g;"), family[1], family[2], ("b.rs", "use crate::a::x::f;")];
        assert_eq!(cycle(&of(&through_the_parent)).unwrap(), ["a/mod.rs", "b.rs", "a/x.rs", "a/mod.rs"]);
        let siblings = [family[0], family[1], ("a/y.rs", "fn f() { super::x::f() }")];
        assert_eq!(cycle(&of(&siblings)).unwrap(), ["a/x.rs", "a/y.rs", "a/x.rs"]);
    }
}
