//! The sanitiser: what it writes is stable, bounded, and read by html5ever's whole parser as elements and attributes
//! of the allow-list only, in every place in which stored HTML is printed (`sanitized::check`, which the native tests
//! use as well). Its plain text is what the parser finds in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sori::text::{excerpt, rel_me, sanitize};

#[allow(dead_code)]
#[path = "../../tests/native/security/sanitized.rs"]
mod sanitized;

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fuzz_target!(|html: &str| {
    let clean = sanitized::check(html);
    let read = sanitized::text(&sanitized::fragment(&clean, "div"));
    assert_eq!(without_blanks(&sanitize::plain(&clean)), without_blanks(&read), "{clean}");
    let short = sanitize::within(html, 100);
    assert!(short.len() <= 100);
    assert_eq!(sanitize::within(&short, 100), short);
    assert!(sanitize::plain(html).len() <= 2 * html.len() + 2);
    let beginning = excerpt::excerpt(html, 60);
    assert!(beginning.len() <= 60 * 32 + 3 && !beginning.contains('\n'), "{beginning}");
    let _ = rel_me::links_back(html, &["https://a.example/@alice"]);
});
