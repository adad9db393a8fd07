//! The allow-list: elements, attributes, classes and schemes of links.

use crate::text::html::Tag;
use crate::text::{escape, steps};

/// Maximum nesting; deeper elements lose their tags and keep their text.
pub(super) const MAX_DEPTH: usize = 100;

pub(super) const BLOCKS: [&str; 6] = ["p", "pre", "blockquote", "ul", "ol", "li"];
pub(super) const INLINE: [&str; 13] =
    ["span", "a", "del", "s", "code", "b", "strong", "u", "i", "em", "ruby", "rt", "rp"];
const SCHEMES: [&str; 11] =
    ["http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini"];

fn is_kept_class(class: &str) -> bool {
    matches!(class, "mention" | "hashtag" | "ellipsis" | "invisible" | "quote-inline")
        || ["h-", "p-", "u-", "dt-", "e-"].iter().any(|prefix| class.starts_with(prefix))
}

fn write(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    out.push_str(&escape::html(value));
    out.push('"');
}

/// The allowed attributes of an element, as they are written.
pub(super) fn attributes(tag: Tag<'_>, element: &str) -> String {
    let mut out = String::new();
    for (name, value) in tag.attributes() {
        steps::add(value.len());
        match (name, element) {
            ("class", "a" | "span" | "p") => {
                let kept: Vec<&str> = value.split_whitespace().filter(|c| is_kept_class(c)).collect();
                if !kept.is_empty() {
                    write(&mut out, "class", &kept.join(" "));
                }
            }
            ("translate", "a" | "span") if value == "no" => write(&mut out, "translate", "no"),
            ("href", "a") => write(&mut out, "href", value.trim()),
            ("start", "ol") | ("value", "li") if value.parse::<i32>().is_ok() => write(&mut out, name, value),
            ("reversed", "ol") => write(&mut out, "reversed", ""),
            ("lang", _)
                if value.len() <= 35 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
            {
                write(&mut out, "lang", value)
            }
            _ => {}
        }
    }
    out
}

/// The attributes of a link; `None` where its scheme is not allowed: then it becomes text.
pub(super) fn link(tag: Tag<'_>) -> Option<String> {
    let href = tag.attribute("href")?.trim();
    let (scheme, _) = href.split_once(':')?;
    let is_clean = !href.chars().any(|c| c.is_control() || c.is_whitespace());
    if !is_clean || !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    Some(attributes(tag, "a") + " target=\"_blank\" rel=\"nofollow noopener\"")
}
