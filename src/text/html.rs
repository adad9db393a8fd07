//! HTML as a run of tokens: the tokenization of <https://html.spec.whatwg.org/multipage/parsing.html>, as far as
//! posts and pages need it. No tree is built. Every input has tokens; none panics or takes more than linear time.

/// One piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text as it stands there, entities unread: see [`unescape`].
    Text(&'a str),
    Start(Tag<'a>),
    /// The name of what ends, in lower case.
    End(String),
}

/// An opening tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// In lower case.
    pub name: String,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The attributes, names in lower case, values with their entities read.
    pub fn attributes(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        let mut rest = self.attributes;
        while let Some((name, value, after)) = attribute(rest) {
            rest = after;
            let name = name.to_ascii_lowercase();
            // The first of a name counts.
            if !all.iter().any(|(n, _)| *n == name) {
                all.push((name, unescape(value)));
            }
        }
        all
    }

    /// The value of one attribute.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.attributes().into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
}

/// Elements whose content is no markup: it is passed over with them.
const RAW: [&str; 15] = [
    "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "template",
    "object", "svg", "select", "audio", "video",
];

/// The tokens of a document, in order. Comments, declarations and [`RAW`] content are passed over.
pub struct Tokens<'a> {
    rest: &'a str,
}

pub fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let end = text_end(self.rest);
            if end > 0 {
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Token::Text(text));
            }
            if let Some(token) = self.markup() {
                return Some(token);
            }
        }
    }
}

impl<'a> Tokens<'a> {
    /// What begins with `<`; `None` where there is nothing to show of it.
    fn markup(&mut self) -> Option<Token<'a>> {
        let inner = self.rest.get(1..)?;
        if let Some(comment) = inner.strip_prefix("!--") {
            self.rest = after_comment(comment);
            return None;
        }
        if inner.starts_with(['!', '?']) {
            self.rest = after(inner, ">");
            return None;
        }
        if let Some(closing) = inner.strip_prefix('/') {
            let (name, rest) = name(closing);
            self.rest = after(rest, ">");
            return (!name.is_empty()).then_some(Token::End(name));
        }
        let (name, rest) = name(inner);
        let end = tag_end(rest);
        let (attributes, rest) = match end {
            Some(end) => (rest.get(..end)?, rest.get(end + 1..)?),
            // A tag that never ends is no tag, and nothing comes after it.
            None => {
                self.rest = "";
                return None;
            }
        };
        self.rest = rest;
        if name == "plaintext" {
            self.rest = "";
            return None;
        }
        if RAW.contains(&name.as_str()) {
            self.rest = after_element(rest, &name);
            return None;
        }
        Some(Token::Start(Tag { name, attributes }))
    }
}

/// Where text ends: at the first `<` that a tag, a comment or a declaration begins with.
fn text_end(html: &str) -> usize {
    let mut from = 0;
    while let Some(at) = html.get(from..).and_then(|rest| rest.find('<')) {
        let at = from + at;
        let next = html.as_bytes().get(at + 1).copied().unwrap_or(b' ');
        if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?') {
            return at;
        }
        from = at + 1;
    }
    html.len()
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or("", |(_, rest)| rest)
}

fn after_comment(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('>').or_else(|| text.strip_prefix("->")) {
        return rest;
    }
    let ends = ["-->", "--!>"].into_iter().filter_map(|mark| text.find(mark).map(|at| at + mark.len()));
    ends.min().and_then(|end| text.get(end..)).unwrap_or("")
}

/// What comes after the end tag of an element; nothing where it has none.
fn after_element<'a>(html: &'a str, element: &str) -> &'a str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = rest.get(at + 2..).unwrap_or("");
        let (found, tail) = name(rest);
        if found == element {
            return after(tail, ">");
        }
    }
    ""
}

/// A tag's name in lower case, and what comes after it.
fn name(text: &str) -> (String, &str) {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return (String::new(), text);
    }
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (name.to_ascii_lowercase(), rest)
}

/// Where a tag's `>` is: the first that stands in no quoted value.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in text.bytes().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'>' => return Some(at),
            // A quote opens a value only behind the equals sign.
            None if matches!(byte, b'"' | b'\'') && before == b'=' => quote = Some(byte),
            None => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    None
}

/// The next attribute: name, value as it stands there, rest.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
    let first = text.chars().next()?;
    let from = first.len_utf8();
    let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/');
    let end = text.get(from..)?.find(is_end).map_or(text.len(), |at| from + at);
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_ascii_start();
    let Some(value) = rest.strip_prefix('=') else { return Some((name, "", rest)) };
    let value = value.trim_ascii_start();
    if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = value.get(1..)?;
        let (value, rest) = inner.split_once(quote).unwrap_or((inner, ""));
        return Some((name, value, rest));
    }
    let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
    let (value, rest) = value.split_at(end);
    Some((name, value, rest))
}

/// Text with its entities read: numbers, and the names that people's servers write. What is unknown stays.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let body = tail.get(1..).unwrap_or("");
        let end = body.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'#')).unwrap_or(body.len());
        let (entity, left) = body.split_at(end.min(32));
        // A name without its semicolon is part of a query string more often than an entity.
        let is_whole = entity.starts_with('#') || left.starts_with(';');
        match entity_of(entity).filter(|_| is_whole) {
            Some(read) => {
                out.push(read);
                rest = left.strip_prefix(';').unwrap_or(left);
            }
            None => {
                out.push('&');
                rest = body;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity_of(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // What Windows once put where controls are.
        let code = match code {
            0x80..=0x9f => WINDOWS.chars().nth(code as usize - 0x80).map_or(0xfffd, u32::from),
            code => code,
        };
        return Some(char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}'));
    }
    let latin = LATIN.split(' ').position(|name| name == entity);
    if let Some(at) = latin {
        return char::from_u32(160 + at as u32);
    }
    NAMED.split(' ').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == entity).then(|| value.chars().next()).flatten()
    })
}

const WINDOWS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
/// The names of U+00A0 to U+00FF, in their order.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn \
    sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde \
    Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde \
    Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
    egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave \
    uacute ucirc uuml yacute thorn yuml";
const NAMED: &str = "amp=& AMP=& lt=< LT=< gt=> GT=> quot=\" QUOT=\" apos=' hellip=… ndash=– mdash=— lsquo=‘ rsquo=’ \
    sbquo=‚ ldquo=“ rdquo=” bdquo=„ lsaquo=‹ rsaquo=› bull=• dagger=† Dagger=‡ permil=‰ prime=′ Prime=″ euro=€ trade=™ \
    larr=← uarr=↑ rarr=→ darr=↓ harr=↔ rArr=⇒ hArr=⇔ infin=∞ ne=≠ le=≤ ge=≥ minus=− asymp=≈ equiv=≡ radic=√ sum=∑ \
    hearts=♥ spades=♠ clubs=♣ diams=♦ star=☆ check=✓ OElig=Œ oelig=œ Scaron=Š scaron=š fnof=ƒ circ=ˆ tilde=˜ alpha=α \
    beta=β gamma=γ delta=δ Delta=Δ epsilon=ε lambda=λ mu=μ pi=π sigma=σ Sigma=Σ omega=ω Omega=Ω lbrace={ rbrace=} \
    lpar=( rpar=) lsqb=[ rsqb=] colon=: comma=, period=. excl=! num=# dollar=$ percnt=% ast=* plus=+ sol=/ semi=; \
    equals== quest=? commat=@ bsol=\\ lowbar=_ grave=` verbar=| ensp=\u{2002} emsp=\u{2003} thinsp=\u{2009} \
    zwnj=\u{200c} zwj=\u{200d} lrm=\u{200e} rlm=\u{200f} NewLine=\u{a} Tab=\u{9}";

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let mut out = String::new();
        for token in tokens(html) {
            match token {
                Token::Text(text) => out.push_str(text),
                Token::Start(tag) => out.push_str(&format!("[{}{:?}]", tag.name, tag.attributes())),
                Token::End(name) => out.push_str(&format!("[/{name}]")),
            }
        }
        out
    }

    #[test]
    fn reads_what_people_and_programs_write() {
        for (html, wanted) in [
            ("a < b <3 &amp; c", "a < b <3 &amp; c"),
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
            ("<", "<"),
            ("한<b>글", "한[b[]]글"),
        ] {
            assert_eq!(shown(html), wanted, "{html}");
        }
    }

    #[test]
    fn entities() {
        for (text, wanted) in [
            ("&lt;&gt;&amp;&quot;&#39;&apos;", "<>&\"''"),
            ("&nbsp;&eacute;&yuml;&hellip;&ndash;", "\u{a0}éÿ…–"),
            ("&#x1f600; &#128512;", "😀 😀"),
            ("&#0; &#xd800; &#x110000; &#150;", "\u{fffd} \u{fffd} \u{fffd} –"),
            ("a & b &unknown; &", "a & b &unknown; &"),
            ("&amp;lt;", "&lt;"),
            ("?a=1&b=2&copy=3", "?a=1&b=2&copy=3"),
        ] {
            assert_eq!(unescape(text), wanted);
        }
    }
}
