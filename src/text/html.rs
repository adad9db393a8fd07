//! Reads HTML as a sequence of tokens, by html5gum
//! (<https://html.spec.whatwg.org/multipage/parsing.html#tokenization>). No tree is built: callers need the
//! text, the links and the bounds of elements, and the depth and repairs of a tree would be chosen by the
//! sender (docs/decisions/0005-html.md).

use std::cell::Cell;
use std::fmt;

use html5gum::{Emitter, Error, State, Tokenizer};

use super::steps;

/// One token of a document.
#[derive(Debug)]
pub enum Token<'a> {
    /// Text with character references decoded: all up to the next tag.
    Text(&'a str),
    Start(Tag<'a>),
    /// The name of the closed element, in lower case.
    End(&'a str),
}

/// An opening tag.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a> {
    name: &'a str,
    attributes: &'a [(String, String)],
}

impl<'a> Tag<'a> {
    /// In lower case.
    pub fn name(self) -> &'a str {
        self.name
    }

    /// Names (lower case) and values; of duplicate names the first.
    pub fn attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
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
fn raw_state(name: &str) -> Option<State> {
    match name {
        "title" | "textarea" => Some(State::RcData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => Some(State::RawText),
        "script" => Some(State::ScriptData),
        _ => None,
    }
}

/// A tag with more attributes is read without any. Each attribute's name is compared with all before it in the tag, and the
/// tokenizer calls itself for each attribute, so that a stranger would choose the depth of the stack.
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
    let mut end = max.min(html.len());
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let html = html.get(..end).unwrap_or("");
    steps::add(html.len());
    let input = Input { rest: Cell::new(html.as_bytes()), ends: Cell::new(false) };
    let mut reader = Reader {
        input: &input,
        take,
        kept,
        is_done: false,
        dropped: None,
        is_in_math: false,
        text: Vec::new(),
        tag: RawTag::default(),
        last_start: String::new(),
    };
    let mut state = State::Data;
    loop {
        let mut tokenizer = Tokenizer::new_with_emitter(&input, &mut reader);
        tokenizer.set_state(state);
        // The reader gives no token but one that ends the reading, and fails only within a tag of too many attributes.
        if !matches!(tokenizer.next(), Some(Err(TooManyAttributes))) {
            return;
        }
        input.ends.set(false);
        let rest = input.rest.get();
        let Some(end) = tag_end(rest) else { return reader.give_text() };
        input.rest.set(rest.get(end..).unwrap_or_default());
        state = (&mut reader).emit_current_tag().unwrap_or(State::Data);
        if reader.is_done {
            return;
        }
    }
}

/// What the tokenizer has not read yet.
struct Input<'a> {
    rest: Cell<&'a [u8]>,
    /// The tag that is read has too many attributes: nothing more is read of it.
    ends: Cell<bool>,
}

#[derive(Debug)]
struct TooManyAttributes;

impl fmt::Display for TooManyAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many attributes")
    }
}

impl std::error::Error for TooManyAttributes {}

impl<'a> Input<'a> {
    fn rest(&self) -> Result<&'a [u8], TooManyAttributes> {
        if self.ends.get() { Err(TooManyAttributes) } else { Ok(self.rest.get()) }
    }
}

impl html5gum::Reader for &Input<'_> {
    type Error = TooManyAttributes;

    fn read_byte(&mut self) -> Result<Option<u8>, TooManyAttributes> {
        let Some((byte, rest)) = self.rest()?.split_first() else { return Ok(None) };
        self.rest.set(rest);
        Ok(Some(*byte))
    }

    fn try_read_string(&mut self, text: &[u8], is_case_sensitive: bool) -> Result<bool, TooManyAttributes> {
        let Some((begin, rest)) = self.rest()?.split_at_checked(text.len()) else { return Ok(false) };
        let is_equal = if is_case_sensitive { begin == text } else { begin.eq_ignore_ascii_case(text) };
        if is_equal {
            self.rest.set(rest);
        }
        Ok(is_equal)
    }

    fn read_until<'b>(
        &'b mut self,
        needles: &[u8],
        _: &'b mut [u8; 4],
    ) -> Result<Option<&'b [u8]>, TooManyAttributes> {
        let rest = self.rest()?;
        // A needle at the beginning is read alone.
        let len = rest.iter().position(|byte| needles.contains(byte)).unwrap_or(rest.len()).max(1);
        let Some((read, rest)) = rest.split_at_checked(len) else { return Ok(None) };
        self.rest.set(rest);
        Ok(Some(read))
    }
}

/// Where a tag ends, of which this is the rest from within the name of an attribute
/// (<https://html.spec.whatwg.org/multipage/parsing.html#attribute-name-state> and the following states). `None`: it does
/// not end.
fn tag_end(html: &[u8]) -> Option<usize> {
    #[derive(Clone, Copy)]
    enum In {
        Name,
        BeforeName,
        BeforeValue,
        Value,
        Quoted(u8),
    }
    steps::add(html.len());
    let mut state = In::Name;
    for (at, byte) in html.iter().enumerate() {
        let is_space = byte.is_ascii_whitespace();
        state = match (state, byte) {
            (In::Quoted(quote), _) if *byte == quote => In::BeforeName,
            (In::Quoted(_), _) => state,
            (_, b'>') => return Some(at + 1),
            (In::Value, _) if is_space => In::BeforeName,
            (In::Value, _) => state,
            (In::BeforeValue, _) if is_space => state,
            (In::BeforeValue, b'"' | b'\'') => In::Quoted(*byte),
            (In::BeforeValue, _) => In::Value,
            (In::Name, b'=') => In::BeforeValue,
            // After a name and blanks `=` is that of its value; where a name is expected it begins one.
            (In::BeforeName, b'/') => state,
            (In::Name, b'/') => In::BeforeName,
            (In::Name, _) => In::Name,
            (In::BeforeName, _) if is_space => state,
            (In::BeforeName, _) => In::Name,
        };
    }
    None
}

/// What takes the tokens; `false` ends the reading.
type Take<'a> = dyn FnMut(Token<'_>) -> bool + 'a;

/// A tag as it is read. What is read comes in pieces that may end within a character.
#[derive(Default)]
struct RawTag {
    is_end: bool,
    name: Vec<u8>,
    /// At most [`MAX_ATTRIBUTES`], with duplicates.
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
    has_too_many: bool,
    is_self_closing: bool,
}

impl RawTag {
    /// The attributes, of duplicate names the first.
    fn read_attributes(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        if self.has_too_many {
            return all;
        }
        for (name, value) in &self.attributes {
            steps::add(all.len());
            let name = String::from_utf8_lossy(name);
            if all.iter().all(|(known, _)| *known != name) {
                all.push((name.into_owned(), String::from_utf8_lossy(value).into_owned()));
            }
        }
        all
    }
}

struct Reader<'a> {
    input: &'a Input<'a>,
    take: &'a mut Take<'a>,
    kept: &'static [&'static str],
    is_done: bool,
    /// The element that is being skipped, and how many of its name are open.
    dropped: Option<(String, usize)>,
    /// Within `<math>`, where `<style>` and the like contain markup.
    is_in_math: bool,
    text: Vec<u8>,
    tag: RawTag,
    /// The name of the last opening tag, which ends the content without markup.
    last_start: String,
}

impl Reader<'_> {
    fn start(&mut self, name: &str) -> Option<State> {
        let is_in_svg = self.dropped.as_ref().is_some_and(|(name, _)| name == "svg");
        let is_foreign = is_in_svg || self.is_in_math;
        if name == "plaintext" && !is_foreign {
            self.is_done = true;
            return None;
        }
        // Only foreign elements can be self-closing.
        let is_closed = self.tag.is_self_closing && (is_foreign || name == "svg");
        if let Some((dropped, depth)) = &mut self.dropped {
            if *dropped == name && !is_closed {
                *depth += 1;
            }
        } else if DROPPED.contains(&name) && !self.kept.contains(&name) && !self.is_in_math {
            if !is_closed {
                self.dropped = Some((name.to_owned(), 1));
            }
        } else {
            self.is_in_math |= name == "math" && !self.tag.is_self_closing;
            let attributes = self.tag.read_attributes();
            self.give(Token::Start(Tag { name, attributes: &attributes }));
        }
        raw_state(name).filter(|_| !is_foreign)
    }

    fn end(&mut self, name: &str) {
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

    /// Gives the text that was read so far. A tag or a comment ends it.
    fn give_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if self.dropped.is_none() && !text.is_empty() {
            self.give(Token::Text(&String::from_utf8_lossy(&text)));
        }
    }
}

impl Emitter for &mut Reader<'_> {
    type Token = ();

    fn pop_token(&mut self) -> Option<()> {
        self.is_done.then_some(())
    }

    fn emit_eof(&mut self) {
        self.give_text();
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_string(&mut self, text: &[u8]) {
        steps::add(text.len());
        // Of what is skipped nothing is kept. The standard's tree construction drops U+0000 in a body.
        if self.dropped.is_none() {
            self.text.extend(text.iter().filter(|byte| **byte != 0));
        }
    }

    fn init_start_tag(&mut self) {
        self.tag = RawTag::default();
    }

    fn init_end_tag(&mut self) {
        self.tag = RawTag { is_end: true, ..RawTag::default() };
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        self.tag.name.extend_from_slice(name);
    }

    fn set_self_closing(&mut self) {
        self.tag.is_self_closing = true;
    }

    fn init_attribute(&mut self) {
        if self.tag.attributes.len() == MAX_ATTRIBUTES {
            self.tag.has_too_many = true;
            self.input.ends.set(true);
        } else {
            self.tag.attributes.push(Default::default());
        }
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        steps::add(name.len());
        if let Some((known, _)) = self.tag.attributes.last_mut().filter(|_| !self.tag.has_too_many) {
            known.extend_from_slice(name);
        }
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        steps::add(value.len());
        if let Some((_, known)) = self.tag.attributes.last_mut().filter(|_| !self.tag.has_too_many) {
            known.extend_from_slice(value);
        }
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.tag.is_end && self.tag.name == self.last_start.as_bytes()
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        steps::add(1);
        self.give_text();
        if self.is_done {
            return None;
        }
        let name = String::from_utf8_lossy(&self.tag.name).into_owned();
        if self.tag.is_end {
            self.end(&name);
            return None;
        }
        let next = self.start(&name);
        self.last_start = name;
        next
    }

    // Comments and declarations are nothing to a reader.

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}

    fn emit_error(&mut self, _: Error) {}

    fn init_comment(&mut self) {}

    fn push_comment(&mut self, text: &[u8]) {
        steps::add(text.len());
    }

    fn emit_current_comment(&mut self) {}

    fn init_doctype(&mut self) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn set_force_quirks(&mut self) {}

    fn emit_current_doctype(&mut self) {}
}

#[cfg(test)]
mod tests;
