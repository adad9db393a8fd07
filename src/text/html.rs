//! Reads HTML as a sequence of tokens, by html5ever's tokenizer
//! (<https://html.spec.whatwg.org/multipage/parsing.html#tokenization>). No tree is built: callers need the
//! text, the links and the bounds of elements, and the depth and repairs of a tree would be chosen by the
//! sender (docs/decisions/0005-html.md).

use std::cell::RefCell;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag as RawTag, Token as RawToken};
use html5ever::tokenizer::{TagKind, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::steps;

/// One token of a document.
#[derive(Debug)]
pub enum Token<'a> {
    /// Text with character references decoded. One run of text may come in several tokens.
    Text(&'a str),
    Start(Tag<'a>),
    /// The name of the closed element, in lower case.
    End(&'a str),
}

/// An opening tag.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a>(&'a RawTag);

impl<'a> Tag<'a> {
    /// In lower case.
    pub fn name(self) -> &'a str {
        &self.0.name
    }

    /// Names (lower case) and values; of duplicate names the first.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.attrs.iter().map(|a| (&*a.name.local, &*a.value))
    }

    /// The value of an attribute.
    pub fn attribute(self, name: &str) -> Option<&'a str> {
        self.attributes().find(|(n, _)| *n == name).map(|(_, value)| value)
    }
}

/// Elements that are skipped with their content.
const DROPPED: [&str; 15] = [
    "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "template",
    "object", "svg", "select", "audio", "video",
];

/// How the content of an element without markup is read.
fn raw_kind(name: &str) -> Option<RawKind> {
    match name {
        "title" | "textarea" => Some(RawKind::Rcdata),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => Some(RawKind::Rawtext),
        "script" => Some(RawKind::ScriptData),
        _ => None,
    }
}

/// A tag with more attributes is read without any: the tokenizer compares each attribute's name with all
/// before it in the tag, so their number must be bounded before.
const MAX_ATTRIBUTES: usize = 100;

/// The bytes of a document that are read; the rest is cut off.
pub const MAX_HTML: usize = 256 * 1024;

/// Passes the tokens of a document in order to `take`, until it returns `false`. Comments, declarations and
/// [`DROPPED`] elements are skipped.
pub fn read(html: &str, mut take: impl FnMut(Token<'_>) -> bool) {
    read_bounded(html, MAX_HTML, &[], &mut take);
}

/// Like [`read`], of at most `max` bytes, and with the elements `kept`, of which [`read`] skips those that are
/// [`DROPPED`].
pub fn read_with(
    html: &str,
    max: usize,
    kept: &'static [&'static str],
    mut take: impl FnMut(Token<'_>) -> bool,
) {
    read_bounded(html, max, kept, &mut take);
}

/// Not generic: the tokenizer would be in the module once for each caller.
fn read_bounded<'a>(html: &str, max: usize, kept: &'static [&'static str], take: &'a mut Take<'a>) {
    let sink = Sink(RefCell::new(Reader {
        take,
        kept,
        is_done: false,
        dropped: None,
        is_in_math: false,
        raw: None,
        is_in_comment: false,
    }));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() });
    let queue = BufferQueue::default();
    let mut end = max.min(html.len());
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let mut rest = html.get(..end).unwrap_or("");
    while !rest.is_empty() {
        let Some(piece) = tokenizer.sink.0.borrow_mut().next_piece(rest) else { return };
        let (text, after) = rest.split_at_checked(piece.len).unwrap_or((rest, ""));
        steps::add(text.len());
        rest = after;
        queue.push_back(StrTendril::from_slice(text.get(..piece.read).unwrap_or(text)));
        if piece.read < text.len() {
            queue.push_back(StrTendril::from_slice(">"));
        }
        let _ = tokenizer.feed(&queue);
        if tokenizer.sink.0.borrow().is_done {
            return;
        }
    }
    tokenizer.end();
}

/// A unit of input for the tokenizer: a whole tag, or the text up to the next one.
struct Piece {
    len: usize,
    /// The part that is read; of a tag with too many attributes only the name.
    read: usize,
}

impl Piece {
    fn whole(len: usize) -> Self {
        Self { len, read: len }
    }
}

/// The end of the tag at the start of a text, and its number of attributes
/// (<https://html.spec.whatwg.org/multipage/parsing.html#tag-name-state> and the following states). `None`:
/// the tag does not end.
fn tag_end(html: &str) -> Option<(usize, usize)> {
    #[derive(Clone, Copy)]
    enum State {
        TagName,
        BeforeName,
        Name,
        AfterName,
        BeforeValue,
        Value,
        Quoted(u8),
    }
    use State::{AfterName, BeforeName, BeforeValue, Name, Quoted, TagName, Value};
    let (mut state, mut attributes) = (TagName, 0);
    for (at, byte) in html.bytes().enumerate().skip(1) {
        let is_space = byte.is_ascii_whitespace();
        state = match (state, byte) {
            (Quoted(quote), _) if byte == quote => BeforeName,
            (Quoted(_), _) => state,
            (_, b'>') => {
                steps::add(at);
                return Some((at + 1, attributes));
            }
            (TagName, b'/') if at == 1 => TagName,
            (TagName, b'/') => BeforeName,
            (TagName | Value, _) if is_space => BeforeName,
            (TagName | Value, _) => state,
            (BeforeName | AfterName | BeforeValue, _) if is_space => state,
            (Name, _) if is_space => AfterName,
            (BeforeName | Name | AfterName, b'/') => BeforeName,
            (Name | AfterName, b'=') => BeforeValue,
            (Name, _) => Name,
            (BeforeName | AfterName, _) => {
                attributes += 1;
                Name
            }
            (BeforeValue, b'"' | b'\'') => Quoted(byte),
            (BeforeValue, _) => Value,
        };
    }
    steps::add(html.len());
    None
}

/// What takes the tokens; `false` ends the reading.
type Take<'a> = dyn FnMut(Token<'_>) -> bool + 'a;

struct Reader<'a> {
    take: &'a mut Take<'a>,
    kept: &'static [&'static str],
    is_done: bool,
    /// The element that is being skipped, and how many of its name are open.
    dropped: Option<(String, usize)>,
    /// Within `<math>`, where `<style>` and the like contain markup.
    is_in_math: bool,
    /// The open element whose content is not markup.
    raw: Option<String>,
    /// Within a comment or a declaration.
    is_in_comment: bool,
}

impl Reader<'_> {
    /// `None`: the rest is an unfinished tag, which is dropped.
    fn next_piece(&mut self, rest: &str) -> Option<Piece> {
        if self.is_in_comment {
            return Some(Piece::whole(rest.find('>').map_or(rest.len(), |at| at + 1)));
        }
        let inner = rest.strip_prefix('<').unwrap_or("");
        let name = inner.strip_prefix('/').unwrap_or(inner);
        let is_tag = match &self.raw {
            None => name.starts_with(|c: char| c.is_ascii_alphabetic()),
            Some(raw) => {
                let ends = name.get(..raw.len()).is_some_and(|n| n.eq_ignore_ascii_case(raw));
                let after = name.get(raw.len()..).unwrap_or("");
                ends && inner.starts_with('/')
                    && after.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
            }
        };
        if is_tag {
            let (len, attributes) = tag_end(rest)?;
            if attributes <= MAX_ATTRIBUTES {
                return Some(Piece::whole(len));
            }
            let end = name.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(0);
            return Some(Piece { len, read: rest.len() - name.len() + end });
        }
        if self.raw.is_none() && inner.starts_with(['!', '?', '/']) && !inner.starts_with("/>") {
            self.is_in_comment = true;
            return self.next_piece(rest);
        }
        let from = rest.len() - rest.strip_prefix('<').unwrap_or(rest).len();
        let len = rest.get(from..).and_then(|r| r.find('<')).map_or(rest.len(), |at| from + at);
        Some(Piece::whole(len))
    }

    fn start(&mut self, tag: &RawTag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let is_in_svg = self.dropped.as_ref().is_some_and(|(name, _)| name == "svg");
        let is_foreign = is_in_svg || self.is_in_math;
        if name == "plaintext" && !is_foreign {
            self.is_done = true;
            return TokenSinkResult::Plaintext;
        }
        // Only foreign elements can be self-closing.
        let is_closed = tag.self_closing && (is_foreign || name == "svg");
        if let Some((dropped, depth)) = &mut self.dropped {
            if *dropped == name && !is_closed {
                *depth += 1;
            }
        } else if DROPPED.contains(&name) && !self.kept.contains(&name) && !self.is_in_math {
            if !is_closed {
                self.dropped = Some((name.to_owned(), 1));
            }
        } else {
            self.is_in_math |= name == "math" && !tag.self_closing;
            self.give(Token::Start(Tag(tag)));
        }
        match raw_kind(name).filter(|_| !is_foreign) {
            Some(kind) => {
                self.raw = Some(name.to_owned());
                TokenSinkResult::RawData(kind)
            }
            None => TokenSinkResult::Continue,
        }
    }

    fn end(&mut self, name: &str) {
        self.raw = None;
        if let Some((dropped, depth)) = &mut self.dropped {
            if *dropped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.dropped = None;
                }
            }
            return;
        }
        self.is_in_math &= name != "math";
        self.give(Token::End(name));
    }

    fn give(&mut self, token: Token<'_>) {
        self.is_done = self.is_done || !(self.take)(token);
    }
}

struct Sink<'a>(RefCell<Reader<'a>>);

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: RawToken, _: u64) -> TokenSinkResult<()> {
        let mut reader = self.0.borrow_mut();
        steps::add(1);
        match token {
            RawToken::TagToken(tag) => {
                steps::add(tag.attrs.len() * tag.attrs.len());
                debug_assert!(tag.attrs.len() <= MAX_ATTRIBUTES, "{} attributes were read", tag.attrs.len());
                if tag.kind == TagKind::StartTag {
                    return reader.start(&tag);
                }
                reader.end(&tag.name);
            }
            RawToken::CharacterTokens(text) => {
                if reader.dropped.is_none() {
                    reader.give(Token::Text(&text));
                }
            }
            RawToken::CommentToken(_) | RawToken::DoctypeToken(_) => reader.is_in_comment = false,
            RawToken::NullCharacterToken | RawToken::EOFToken | RawToken::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::steps::tests::assert_linear;

    fn shown(html: &str) -> String {
        let mut out = String::new();
        read(html, |token| {
            match token {
                Token::Text(text) => out.push_str(text),
                Token::Start(tag) => {
                    out.push_str(&format!("[{}{:?}]", tag.name(), tag.attributes().collect::<Vec<_>>()));
                }
                Token::End(name) => out.push_str(&format!("[/{name}]")),
            }
            true
        });
        out
    }

    #[test]
    fn a_long_document_is_cut_between_characters() {
        let mut bytes = 0;
        read(&format!("a{}", "é".repeat(MAX_HTML)), |token| {
            if let Token::Text(text) = token {
                bytes += text.len();
            }
            true
        });
        assert_eq!(bytes, MAX_HTML - 1);
    }

    #[test]
    fn reads_what_people_and_programs_write() {
        for (html, wanted) in [
            ("a < b <3 &amp; c", "a < b <3 & c"),
            ("<P CLASS=x>y</P >", "[p[(\"class\", \"x\")]]y[/p]"),
            ("<a href='x>y' b>z", "[a[(\"href\", \"x>y\"), (\"b\", \"\")]]z"),
            ("<a href=\"&lt;&#x41;\">", "[a[(\"href\", \"<A\")]]"),
            ("<br/><br /><hr>", "[br[]][br[]][hr[]]"),
            ("a<!-- <p> -->b<!-->c<!doctype html>d<?php x ?>e", "abcde"),
            ("a<script>if (1 < 2) '<p>'</script >b", "ab"),
            ("a<script>never ends", "a"),
            ("a<p title=\"never ends", "a"),
            ("a</>b</ x>c", "abc"),
            ("<a =x>", "[a[(\"=x\", \"\")]]"),
            ("<a a=1 A=2>", "[a[(\"a\", \"1\")]]"),
            ("<a a=\"1\"b=2>", "[a[(\"a\", \"1\"), (\"b\", \"2\")]]"),
            ("<", "<"),
            ("한<b>글", "한[b[]]글"),
            ("a<svg/>b<svg><svg></svg>x</svg>c<svg>d", "abc"),
            ("a<template><p>b</template>c<plaintext><b>d", "ac"),
            ("a<textarea><p>&lt;</p></textarea>b<title><b></title>c", "abc"),
            ("a\r\nb\rc\0d", "a\nb\ncd"),
            ("<math><style>x</math>y", "[math[]][style[]]x[/math]y"),
        ] {
            assert_eq!(shown(html), wanted, "{html}");
        }
    }

    #[test]
    fn character_references_as_the_standard_reads_them() {
        for (html, wanted) in [
            ("&lt;&gt;&amp;&quot;&#39;&apos;", "<>&\"''"),
            ("&nbsp;&eacute;&yuml;&hellip;&ndash;", "\u{a0}éÿ…–"),
            ("&#x1f600; &#128512;", "😀 😀"),
            ("&#0; &#xd800; &#x110000; &#150;", "\u{fffd} \u{fffd} \u{fffd} –"),
            ("a & b &unknown; &", "a & b &unknown; &"),
            ("&amp;lt; &zwnj;", "&lt; \u{200c}"),
            ("&fjlig;&NotEqualTilde;", "fj\u{2242}\u{338}"),
            ("<a href=\"?a=1&b=2&copy=3&lt;\">", "[a[(\"href\", \"?a=1&b=2&copy=3<\")]]"),
        ] {
            assert_eq!(shown(html), wanted, "{html}");
        }
    }

    #[test]
    fn a_reader_that_has_enough_is_given_no_more() {
        let mut seen = 0;
        read(&"<b>x".repeat(1_000), |_| {
            seen += 1;
            seen < 3
        });
        assert_eq!(seen, 3);
    }

    /// Attributes with different names.
    fn names(n: usize) -> impl Iterator<Item = String> {
        (0..n).map(|n| format!("a{n:x}"))
    }

    #[test]
    fn each_document_takes_steps_by_its_length() {
        let attributes = |n: usize, between: &str, after: &str| {
            format!("<a {}{after}", names(n).collect::<Vec<_>>().join(between))
        };
        type Text = Box<dyn Fn(usize) -> String>;
        let all: [(&str, Text); 17] = [
            ("comments", Box::new(|n| "<!---->".repeat(n))),
            ("open comments", Box::new(|n| "<!--".repeat(n))),
            ("ends in a comment", Box::new(|n| format!("<!--{}", ">".repeat(n)))),
            ("ampersands", Box::new(|n| "&".repeat(n))),
            ("references", Box::new(|n| "&noti".repeat(n))),
            ("long references", Box::new(|n| format!("&{}", "a".repeat(n)))),
            ("attributes", Box::new(move |n| attributes(n, " ", ">"))),
            ("attributes by slashes", Box::new(move |n| attributes(n, "/", ">"))),
            ("attributes by quotes", Box::new(move |n| attributes(n, "=\"\"", "=\"\">"))),
            ("a tag that never ends", Box::new(move |n| attributes(n, " ", ""))),
            ("an end tag", Box::new(|n| format!("</a {}>", names(n).collect::<Vec<_>>().join(" ")))),
            (
                "the end tag of a script",
                Box::new(|n| format!("<script></script {}>", names(n).collect::<Vec<_>>().join(" "))),
            ),
            (
                "tags of many attributes",
                Box::new(|n| format!("<a {}>", names(90).collect::<Vec<_>>().join(" ")).repeat(n / 90)),
            ),
            ("nested", Box::new(|n| "<b>".repeat(n))),
            ("scripts", Box::new(|n| "<script></a <script></script".repeat(n))),
            ("angles", Box::new(|n| "<".repeat(n))),
            ("open tags", Box::new(|n| "<a <a \"".repeat(n))),
        ];
        for (what, text) in all {
            assert_linear(what, text, |html| read(html, |_| true));
        }
    }

    #[test]
    fn a_tag_of_too_many_attributes_is_read_without_them() {
        let tag = |n: usize| format!("x<a {}>y", names(n).collect::<Vec<_>>().join(" "));
        assert!(shown(&tag(100)).starts_with("x[a[(\"a0\""));
        assert_eq!(shown(&tag(101)), "x[a[]]y");
        assert_eq!(shown(&format!("<title>x</title {}>y", names(101).collect::<Vec<_>>().join(" "))), "y");
        // Quoted values contain no attributes.
        let path = "M0 0/'1".repeat(10_000);
        assert_eq!(shown(&format!("<a title=\"{path}\">")), format!("[a[(\"title\", {path:?})]]"));
    }

    /// [`tag_end`] finds the same tags as the tokenizer in every context; otherwise it would bound nothing.
    #[test]
    fn the_bound_is_on_what_the_tokenizer_reads() {
        let words = [
            "<",
            ">",
            "/",
            "=",
            "\"",
            "'",
            " ",
            "a",
            "b",
            "!",
            "--",
            "?",
            "<a",
            "</a",
            "<!--",
            "-->",
            "script",
            "<script",
            "</script",
            "title",
            "<title>",
            "</title>",
            "\n",
            "&",
            "&amp;",
            "]]>",
            "<![CDATA[",
            "한",
            "<svg>",
            "</svg>",
        ];
        let mut seed = 11u64;
        let mut next = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % n
        };
        let many = |n: usize| names(n).collect::<Vec<_>>().join(" ");
        for _ in 0..1_000 {
            let mut html = String::new();
            for _ in 0..next(20) {
                html.push_str(words[next(words.len())]);
            }
            // A tag that must not be read, in every context: the debug assertion in the sink would fail.
            html.push_str(&format!("<a {}>", many(101 + next(3))));
            html.push_str(words[next(words.len())]);
            html.push_str(&format!("{}>", many(150)));
            read(&html, |_| true);
        }
        for (html, wanted) in [
            ("<a>x", Some((3, 0))),
            ("</a b>x", Some((6, 1))),
            ("<a/b/c=d/e f>", Some((13, 3))),
            ("<a =b = c d = \"e>f\"g'h>", Some((23, 3))),
            ("<a b='>", None),
            ("<a", None),
        ] {
            assert_eq!(tag_end(html), wanted, "{html}");
        }
    }
}
