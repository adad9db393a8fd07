//! The schema without its comments, which are a third of the file, for the module.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=schema.sql");
    let schema = fs::read_to_string("schema.sql").expect("schema.sql lies beside Cargo.toml");
    let lines =
        schema.lines().map(|line| line.split("--").next().unwrap_or("").trim_end()).filter(|l| !l.is_empty());
    let bare = lines.collect::<Vec<_>>().join("\n");
    let folder = env::var("OUT_DIR").expect("cargo names a folder");
    fs::write(Path::new(&folder).join("schema.sql"), bare).expect("the folder can be written to");
}
