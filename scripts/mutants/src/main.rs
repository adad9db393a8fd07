//! Copies src/ with every mutant in it, each behind a switch: `if crate::mutant::on(17) { changed } else { original }`.
//!
//! `sori-mutants SOURCE TARGET < {"code": [file…], "sql": [file…], "without": [number…]}` writes the files and
//! prints the list of mutants as JSON. `without` are those that do not compile.

mod rust;
mod sql;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What is put into a file, at an offset of the original in bytes. Of two at one offset, the earlier stays first.
struct Insertion {
    at: usize,
    text: String,
    /// The number of the mutant, and the bytes of `text` that only it runs.
    change: Option<(usize, std::ops::Range<usize>)>,
}

struct Mutant {
    number: usize,
    file: String,
    line: usize,
    function: String,
    change: String,
}

/// The mutants of one file, in the order in which they are found.
struct Found<'a> {
    file: &'a str,
    source: &'a str,
    without: &'a [usize],
    /// The number of the next mutant.
    next: usize,
    mutants: Vec<Mutant>,
    before: Vec<Insertion>,
    after: Vec<Insertion>,
}

impl Found<'_> {
    /// A new mutant; `None` where it does not compile.
    fn mutant(&mut self, at: usize, function: &str, change: &str) -> Option<usize> {
        let number = self.next;
        self.next += 1;
        if self.without.contains(&number) {
            return None;
        }
        let change = change.split_whitespace().collect::<Vec<_>>().join(" ");
        self.mutants.push(Mutant {
            number,
            file: self.file.to_owned(),
            line: self.source[..at].lines().count().max(1),
            function: function.to_owned(),
            change,
        });
        Some(number)
    }

    /// Before an offset: outer ones first.
    fn open(&mut self, at: usize, text: String, change: Option<(usize, std::ops::Range<usize>)>) {
        self.before.push(Insertion { at, text, change });
    }

    /// After an offset: inner ones first.
    fn close(&mut self, at: usize, text: &str) {
        self.after.push(Insertion { at, text: text.to_owned(), change: None });
    }

    /// The file with all its mutants, and where each one's change is in it.
    fn write(mut self, ranges: &mut Vec<Value>) -> (String, Vec<Mutant>) {
        // Both come in the order of a walk from the outside in.
        self.before.sort_by_key(|i| i.at);
        self.after.reverse();
        self.after.sort_by_key(|i| i.at);
        let mut text = String::new();
        let mut done = 0;
        let (mut before, mut after) = (self.before.iter().peekable(), self.after.iter().peekable());
        loop {
            let next = match (before.peek(), after.peek()) {
                (Some(b), Some(a)) if b.at < a.at => before.next(),
                (_, Some(_)) => after.next(),
                (Some(_), None) => before.next(),
                (None, None) => break,
            };
            let Some(next) = next else { break };
            text.push_str(&self.source[done..next.at]);
            done = next.at;
            if let Some((number, range)) = &next.change {
                ranges.push(json!([number, self.file, text.len() + range.start, text.len() + range.end]));
            }
            text.push_str(&next.text);
        }
        text.push_str(&self.source[done..]);
        (text, self.mutants)
    }
}

const SWITCH: &str = include_str!("switch.rs.txt");

fn main() {
    let mut arguments = env::args().skip(1).map(PathBuf::from);
    let (source, target) = (arguments.next().expect("SOURCE"), arguments.next().expect("TARGET"));
    let wanted: Value = serde_json::from_reader(io::stdin()).expect("JSON");
    let list = |name: &str| -> Vec<String> {
        wanted[name].as_array().expect(name).iter().map(|v| v.as_str().expect("a file").to_owned()).collect()
    };
    let (code, sql) = (list("code"), list("sql"));
    let without: Vec<usize> = wanted["without"]
        .as_array()
        .expect("without")
        .iter()
        .map(|v| v.as_u64().expect("a number") as usize)
        .collect();
    let mut files: Vec<String> = code.iter().chain(&sql).cloned().collect();
    files.sort();
    files.dedup();
    let (mut mutants, mut ranges, mut next) = (Vec::new(), Vec::new(), 1);
    for file in &files {
        let text = fs::read_to_string(source.join(file)).expect("a file of src/");
        let found = Found {
            file,
            source: &text,
            without: &without,
            next,
            mutants: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        };
        let found = rust::find(found, code.contains(file), sql.contains(file));
        next = found.next;
        let (text, found) = found.write(&mut ranges);
        mutants.extend(found);
        write(&target.join(file), &text);
    }
    let lib = fs::read_to_string(source.join("src/lib.rs")).expect("src/lib.rs");
    let documentation = lib.lines().take_while(|line| line.starts_with("//!")).count();
    let mut lines: Vec<&str> = lib.lines().collect();
    lines.insert(documentation, "#![allow(warnings)]\npub mod mutant;");
    write(&target.join("src/lib.rs"), &lines.join("\n"));
    write(&target.join("src/mutant.rs"), &SWITCH.replace("NUMBERS", &next.to_string()));
    let mutants: Vec<Value> = mutants
        .iter()
        .map(|m| json!({"number": m.number, "file": m.file, "line": m.line, "function": m.function, "change": m.change}))
        .collect();
    println!("{}", json!({"mutants": mutants, "ranges": ranges}));
}

/// Leaves a file alone that is already so: cargo goes by its time.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    // The copy may be a link.
    let _ = fs::remove_file(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file that can be written");
}
