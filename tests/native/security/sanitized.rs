//! The sanitiser's output, parsed by html5ever: the checks of the tests in `sanitizer` and of the fuzz targets.

use html5ever::serialize::{SerializeOpts, TraversalScope, serialize};
use html5ever::tendril::TendrilSink;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{LocalName, ParseOpts, QualName, ns, parse_document, parse_fragment};
use markup5ever_rcdom::{Handle, NodeData, RcDom, SerializableHandle};
use sori::text::{escape, excerpt, sanitize};

/// The allow-list, written independently of the source: elements and their attributes.
fn attributes_of(element: &str) -> Option<&'static [&'static str]> {
    Some(match element {
        "a" => &["class", "href", "lang", "rel", "target", "translate"],
        "span" => &["class", "lang", "translate"],
        "p" => &["class", "lang"],
        "ol" => &["lang", "reversed", "start"],
        "li" => &["lang", "value"],
        "pre" | "blockquote" | "ul" | "del" | "s" | "code" | "b" | "strong" | "u" | "i" | "em" | "ruby"
        | "rt" | "rp" => &["lang"],
        "br" => &[],
        _ => return None,
    })
}

const SCHEMES: [&str; 11] =
    ["http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini"];

fn options(is_scripting: bool) -> ParseOpts {
    ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: is_scripting, ..TreeBuilderOpts::default() },
        ..ParseOpts::default()
    }
}

fn document(html: &str, is_scripting: bool) -> Handle {
    parse_document(RcDom::default(), options(is_scripting)).one(html).document.clone()
}

/// A fragment and the document that owns it, since dropping the document drops the fragment.
pub struct Fragment {
    root: Handle,
    _document: Handle,
}

impl std::ops::Deref for Fragment {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.root
    }
}

/// As a client that sets `innerHTML`.
pub fn fragment(html: &str, element: &str) -> Fragment {
    let name = QualName::new(None, ns!(html), LocalName::from(element));
    let dom = parse_fragment(RcDom::default(), options(true), name, Vec::new(), true).one(html);
    let root = dom.document.children.borrow()[0].clone();
    Fragment { root, _document: dom.document.clone() }
}

/// All descendants of a node, in document order.
pub fn below(node: &Handle) -> Vec<Handle> {
    let mut all = Vec::new();
    let mut open: Vec<Handle> = node.children.borrow().iter().rev().cloned().collect();
    while let Some(next) = open.pop() {
        open.extend(next.children.borrow().iter().rev().cloned());
        all.push(next);
    }
    all
}

pub fn name(node: &Handle) -> String {
    match &node.data {
        NodeData::Element { name, .. } => name.local.to_string(),
        _ => String::new(),
    }
}

fn attribute(node: &Handle, wanted: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else { return None };
    attrs.borrow().iter().find(|a| &*a.name.local == wanted).map(|a| a.value.to_string())
}

pub fn text(node: &Handle) -> String {
    below(node)
        .iter()
        .filter_map(|n| match &n.data {
            NodeData::Text { contents } => Some(contents.borrow().to_string()),
            _ => None,
        })
        .collect()
}

fn inner(node: &Handle) -> String {
    let mut out = Vec::new();
    let options =
        SerializeOpts { traversal_scope: TraversalScope::ChildrenOnly(None), ..SerializeOpts::default() };
    serialize(&mut out, &SerializableHandle::from(node.clone()), options).unwrap();
    String::from_utf8(out).unwrap()
}

fn by_id(root: &Handle, id: &str) -> Handle {
    below(root)
        .into_iter()
        .find(|n| attribute(n, "id").as_deref() == Some(id))
        .unwrap_or_else(|| panic!("no {id}"))
}

/// Everything in a node is on the allow-list.
pub fn check_allowed(node: &Handle, from: &str) {
    for node in below(node) {
        match &node.data {
            NodeData::Text { .. } => {}
            NodeData::Element { name, attrs, .. } => {
                assert_eq!(name.ns, ns!(html), "{from}");
                let allowed =
                    attributes_of(&name.local).unwrap_or_else(|| panic!("<{}> from {from}", name.local));
                for attribute in attrs.borrow().iter() {
                    let (name, value) = (&*attribute.name.local, &*attribute.value);
                    assert!(allowed.contains(&name), "{name} from {from}");
                    match name {
                        "href" => {
                            let scheme = value.split(':').next().unwrap_or("").to_ascii_lowercase();
                            assert!(SCHEMES.contains(&scheme.as_str()), "{value} from {from}");
                            assert!(!value.chars().any(|c| c.is_control() || c.is_whitespace()), "{value}");
                        }
                        "rel" => assert_eq!(value, "nofollow noopener"),
                        "target" => assert_eq!(value, "_blank"),
                        "translate" => assert_eq!(value, "no"),
                        _ => {}
                    }
                }
            }
            _ => panic!("something else than elements and text from {from}"),
        }
    }
}

/// The contexts in which our pages and clients print stored HTML: `@` stands for it.
const PLACES: [&str; 5] = [
    "<!doctype html><body><div id=place>@</div><i id=after>x</i>",
    "<!doctype html><body><article><div id=place><p>x</p>@</div></article><i id=after>x</i>",
    "<!doctype html><body><dl><dt>x</dt><dd id=place>@</dd></dl><i id=after>x</i>",
    "<!doctype html><body><details id=place><summary>x</summary>@</details><i id=after>x</i>",
    "<!doctype html><body><table><tr><td id=place>@</table><i id=after>x</i>",
];

fn check_places(clean: &str, from: &str) {
    for place in PLACES {
        for is_scripting in [true, false] {
            let root = document(&place.replace('@', clean), is_scripting);
            let inside = by_id(&root, "place");
            for child in inside.children.borrow().iter().filter(|c| name(c) != "summary") {
                check_allowed(child, from);
                assert!(name(child).is_empty() || attributes_of(&name(child)).is_some(), "{from}");
            }
            // Nothing is outside of its container.
            let after = by_id(&root, "after");
            assert_eq!(inner(&after), "x", "{from} in {place}");
            let parent = after.parent.take().and_then(|p| p.upgrade()).unwrap();
            assert_eq!(name(&parent), "body", "{from} in {place}");
        }
    }
    // Within a paragraph a block ends it; everything is allowed nevertheless.
    let root = document(&format!("<!doctype html><body><p id=place>{clean}</p>"), true);
    let body = below(&root).into_iter().find(|n| name(n) == "body").unwrap();
    strip_id(&body);
    check_allowed(&body, from);
    for element in ["div", "p", "span", "body"] {
        check_allowed(&fragment(clean, element), from);
    }
    // As text: an attribute, and elements that contain only text.
    let plain = sanitize::plain(clean);
    let title = excerpt::excerpt(clean, 60);
    for text_of in [clean, &plain, &title] {
        let escaped = escape::html(text_of);
        let page = format!(
            "<!doctype html><title id=title>{escaped}</title><body><input id=input value=\"{escaped}\">\
             <textarea id=area>x{escaped}</textarea><p id=p>{escaped}</p>"
        );
        let root = document(&page, true);
        // The parser normalises line breaks of all kinds.
        let wanted = text_of.replace("\r\n", "\n").replace('\r', "\n");
        assert_eq!(attribute(&by_id(&root, "input"), "value").unwrap(), wanted, "{from}");
        assert_eq!(text(&by_id(&root, "area")), format!("x{wanted}"), "{from}");
        assert_eq!(text(&by_id(&root, "title")), wanted, "{from}");
        assert!(!inner(&by_id(&root, "p")).contains('<'), "{from}");
    }
}

/// The attribute that marks the container is not on the allow-list.
fn strip_id(body: &Handle) {
    for node in below(body) {
        if let NodeData::Element { attrs, .. } = &node.data {
            attrs.borrow_mut().retain(|a| &*a.name.local != "id");
        }
    }
}

/// Sanitises a document, checks the output in every context, and returns it.
pub fn check(html: &str) -> String {
    let clean = sanitize::status_html(html);
    assert!(clean.len() <= 65_536 && clean.len() <= 8 * html.len() + 64, "{html}");
    assert_eq!(sanitize::status_html(&clean), clean, "{html}");
    check_places(&clean, html);
    // Parsing and serialising by a browser gives the same when sanitised again: no mutation.
    let once = inner(&fragment(&clean, "div"));
    assert_eq!(sanitize::status_html(&once), clean, "{html}\nis read as {once}");
    assert_eq!(inner(&fragment(&once, "div")), once, "{html}");
    for max in [0, 1, 40, 300] {
        let cut = sanitize::within(html, max);
        assert!(cut.len() <= max, "{html}");
        assert_eq!(sanitize::within(&cut, max), cut, "{html}");
        check_allowed(&fragment(&cut, "div"), html);
    }
    let short = sanitize::note_html(html);
    check_allowed(&fragment(&short, "div"), html);
    clean
}
