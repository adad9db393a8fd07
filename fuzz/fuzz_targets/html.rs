//! The sanitiser: what it writes is stable, bounded, and read by html5ever's whole parser as elements and attributes
//! of the allow-list only.

#![no_main]

use html5ever::tendril::TendrilSink;
use html5ever::{LocalName, ParseOpts, QualName, ns, parse_fragment};
use libfuzzer_sys::fuzz_target;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use sori::text::{excerpt, rel_me, sanitize};

const ELEMENTS: [&str; 20] = [
    "p",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "span",
    "a",
    "del",
    "s",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ruby",
    "rt",
    "rp",
    "br",
];
const ATTRIBUTES: [&str; 9] =
    ["class", "href", "lang", "rel", "reversed", "start", "target", "translate", "value"];

fn check(root: &Handle) {
    let mut open: Vec<Handle> = root.children.borrow().iter().cloned().collect();
    while let Some(node) = open.pop() {
        open.extend(node.children.borrow().iter().cloned());
        match &node.data {
            NodeData::Text { .. } => {}
            NodeData::Element { name, attrs, .. } => {
                assert_eq!(name.ns, ns!(html));
                assert!(ELEMENTS.contains(&&*name.local), "{}", name.local);
                for attribute in attrs.borrow().iter() {
                    let value = attribute.value.to_ascii_lowercase();
                    assert!(ATTRIBUTES.contains(&&*attribute.name.local), "{}", attribute.name.local);
                    let is_script =
                        ["javascript:", "data:", "vbscript:"].iter().any(|s| value.starts_with(s));
                    assert!(&*attribute.name.local != "href" || !is_script, "{value}");
                }
            }
            _ => panic!("something else than elements and text"),
        }
    }
}

fuzz_target!(|html: &str| {
    let clean = sanitize::status_html(html);
    assert!(clean.len() <= 65_536);
    assert_eq!(sanitize::status_html(&clean), clean);
    let short = sanitize::within(html, 100);
    assert!(short.len() <= 100);
    assert_eq!(sanitize::within(&short, 100), short);
    assert!(sanitize::plain(html).len() <= 2 * html.len() + 2);
    let _ = excerpt::excerpt(html, 60);
    let _ = rel_me::links_back(html, &["https://a.example/@alice"]);
    let name = QualName::new(None, ns!(html), LocalName::from("div"));
    let dom = parse_fragment(RcDom::default(), ParseOpts::default(), name, Vec::new(), true).one(clean);
    let root = dom.document.children.borrow().first().cloned();
    if let Some(root) = root {
        check(&root);
    }
});
