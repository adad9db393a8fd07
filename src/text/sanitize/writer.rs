//! Writes sanitised HTML from tokens, within a limit of bytes.

use super::allowed::{BLOCKS, INLINE, MAX_DEPTH, attributes, link};
use super::gap::{Gap, gap};
use super::plain::cut;
use crate::text::html::{Tag, Token};
use crate::text::steps;

/// What a formula is displayed as: the text of its annotation.
struct Formula {
    is_in_annotation: bool,
    is_block: bool,
    text: String,
}

pub(super) struct Writer {
    out: String,
    max: usize,
    /// The limit is reached: nothing more is written except end tags.
    pub(super) is_full: bool,
    /// Open elements, outermost first.
    open: Vec<&'static str>,
    /// The bytes of their end tags.
    closing: usize,
    /// The separator before the next text, if it follows text.
    gap: Gap,
    /// Whether this line has text.
    has_text: bool,
    /// A line break here is not displayed: HTML parsers drop the first one of a `<pre>`.
    is_at_start_of_pre: bool,
    formula: Option<Formula>,
}

impl Writer {
    /// A writer of at most `max` bytes, with room for `capacity`.
    pub(super) fn new(max: usize, capacity: usize) -> Self {
        Self {
            out: String::with_capacity(capacity.min(max)),
            max,
            is_full: false,
            open: Vec::new(),
            closing: 0,
            gap: Gap::None,
            has_text: false,
            is_at_start_of_pre: false,
            formula: None,
        }
    }

    /// The output, with all elements closed.
    pub(super) fn finish(mut self) -> String {
        self.close_to(0);
        self.out
    }

    pub(super) fn token(&mut self, token: Token<'_>) {
        if self.formula.is_some() || matches!(&token, Token::Start(tag) if tag.name() == "math") {
            return self.formula_token(token);
        }
        match token {
            Token::Text(text) => self.text(text),
            Token::Start(tag) => self.start(tag),
            Token::End(name) => self.end(name),
        }
    }

    /// Writes something completely, or stops all output. `closing` is the length of the end tag it will need.
    fn write(&mut self, text: &str, closing: usize) -> bool {
        steps::add(text.len());
        let is_too_long = self.out.len() + text.len() + self.closing + closing > self.max;
        self.is_full |= is_too_long;
        if !self.is_full {
            self.out.push_str(text);
        }
        !self.is_full
    }

    fn text(&mut self, text: &str) {
        let text = if self.gap == Gap::None { text } else { text.trim_start() };
        if text.is_empty() {
            return;
        }
        self.write_gap();
        self.has_text |= !text.trim_start().is_empty();
        // Runs of characters that need no escaping are written at once.
        let mut from = 0;
        for (at, c) in text.char_indices() {
            let escaped = match c {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\n' if !self.is_at_start_of_pre => continue,
                '\t' => continue,
                c if c.is_control() => "",
                _ => {
                    self.is_at_start_of_pre = false;
                    continue;
                }
            };
            self.run(text.get(from..at).unwrap_or(""));
            from = at + c.len_utf8();
            if !escaped.is_empty() {
                self.is_at_start_of_pre = false;
                self.write(escaped, 0);
            }
        }
        self.run(text.get(from..).unwrap_or(""));
    }

    /// Writes as many characters as there is room for.
    fn run(&mut self, text: &str) {
        let room = self.max.saturating_sub(self.out.len() + self.closing);
        let fitting = cut(text, room);
        self.write(fitting, 0);
        self.is_full |= fitting.len() < text.len();
    }

    /// The boundary of a dropped element: the texts before and after it are different words.
    fn boundary(&mut self, element: &str) {
        if self.has_text {
            self.gap = self.gap.max(gap(element));
        }
    }

    /// Writes the separator between the text before and inline content.
    fn write_gap(&mut self) {
        match std::mem::replace(&mut self.gap, Gap::None) {
            Gap::None => {}
            Gap::Space => {
                self.write(" ", 0);
            }
            Gap::Line | Gap::Paragraph => self.line_break(),
        }
    }

    fn line_break(&mut self) {
        self.write("<br>", 0);
        self.start_line();
    }

    fn start_line(&mut self) {
        self.gap = Gap::None;
        self.has_text = false;
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag.name() {
            "br" => self.line_break(),
            // Headings become bold paragraphs.
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.open("p", "");
                self.open("strong", "");
            }
            "a" => {
                self.close("a");
                if let Some(attributes) = link(tag) {
                    self.open("a", &attributes);
                }
            }
            name => {
                let known = BLOCKS.iter().chain(&INLINE).find(|known| **known == name).copied();
                match known {
                    Some(name) => self.open(name, &attributes(tag, name)),
                    None => self.boundary(name),
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "br" => self.line_break(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.close("p"),
            name => {
                self.close(name);
                self.boundary(name);
            }
        }
    }

    /// A paragraph ends where another block begins, a list item where the next one begins.
    fn open(&mut self, name: &'static str, attributes: &str) {
        match name {
            "li" => {
                let list = self.open.iter().rposition(|o| matches!(*o, "ul" | "ol")).map_or(0, |at| at + 1);
                if let Some(item) = self.open.iter().skip(list).position(|o| *o == "li") {
                    self.close_to(list + item);
                }
            }
            "rt" | "rp" => {
                if let Some(ruby) = self.open.iter().rposition(|o| *o == "ruby") {
                    let base = ruby + 1;
                    if let Some(part) = self.open.iter().skip(base).position(|o| matches!(*o, "rt" | "rp")) {
                        self.close_to(base + part);
                    }
                    // HTML, section 13.2.6.4.7: within a ruby these tags end what may end without a tag.
                    while self.open.last().is_some_and(|o| matches!(*o, "li" | "p")) {
                        self.close_to(self.open.len() - 1);
                    }
                }
            }
            _ => {}
        }
        let is_block = BLOCKS.contains(&name);
        if is_block {
            self.close("p");
        }
        if self.open.len() >= MAX_DEPTH {
            return self.boundary(name);
        }
        if is_block {
            self.start_line();
        } else {
            self.write_gap();
        }
        let end = name.len() + "</>".len();
        if self.write(&format!("<{name}{attributes}>"), end) {
            self.open.push(name);
            self.closing += end;
            self.is_at_start_of_pre = name == "pre";
        }
    }

    fn close(&mut self, name: &str) {
        steps::add(self.open.len());
        if let Some(at) = self.open.iter().rposition(|o| *o == name) {
            self.close_to(at);
        }
    }

    /// Closes all elements except the outermost `depth`. Room for the end tags is always reserved.
    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(name) = self.open.pop() else { return };
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
            self.closing -= name.len() + "</>".len();
            self.is_at_start_of_pre = false;
            if BLOCKS.contains(&name) {
                self.start_line();
            }
        }
    }

    /// `<math>`: its TeX or plain annotation, as text between dollar signs.
    fn formula_token(&mut self, token: Token<'_>) {
        match (token, &mut self.formula) {
            (Token::Start(tag), None) => {
                let is_block = tag.attribute("display").is_some_and(|d| d == "block");
                self.formula = Some(Formula { is_in_annotation: false, is_block, text: String::new() });
            }
            (Token::Start(tag), Some(formula)) if tag.name() == "annotation" => {
                let encoding = tag.attribute("encoding").unwrap_or_default();
                formula.is_in_annotation =
                    formula.text.is_empty() && matches!(encoding, "application/x-tex" | "text/plain");
            }
            (Token::Text(text), Some(formula)) if formula.is_in_annotation => formula.text.push_str(text),
            (Token::End("annotation"), Some(formula)) => formula.is_in_annotation = false,
            (Token::End("math"), Some(_)) => {
                if let Some(formula) = self.formula.take().filter(|f| !f.text.trim().is_empty()) {
                    let mark = if formula.is_block { "$$" } else { "$" };
                    self.text(&format!("{mark}{}{mark}", formula.text.trim()));
                }
            }
            _ => {}
        }
    }
}
