//! Writes XML 1.0.

/// A document that is being written. Names of elements and attributes are ours; texts may be anything.
#[derive(Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// An empty document in UTF-8.
    pub fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".into())
    }

    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.0.push('>');
    }

    pub fn close(&mut self, name: &str) {
        self.0.push_str(&format!("</{name}>"));
    }

    /// An element without content.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.0.push_str("/>");
    }

    /// An element with a text.
    pub fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        escape(text, &mut self.0);
        self.close(name);
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push_str(&format!("<{name}"));
        for (name, value) in attributes {
            self.0.push_str(&format!(" {name}=\""));
            escape(value, &mut self.0);
            self.0.push('"');
        }
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether a document may have this character (<https://www.w3.org/TR/xml/#charsets>).
fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Escapes a text for an element or a quoted attribute; characters that XML does not allow are left out.
fn escape(text: &str, out: &mut String) {
    super::steps::add(text.len());
    for c in text.chars().filter(|c| is_allowed(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // As part of `]]>` it may not stand in a text.
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser would make it a line feed.
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_break_out() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "\"<&'>")]);
        xml.text("c", &[], "]]> <d>&amp;\r\n\t한글\u{1f33f}");
        xml.text("e", &[], "\0\u{8}\u{b}\u{c}\u{1f}\u{fffe}\u{ffff}x\u{85}\u{fffd}");
        xml.empty("f", &[]);
        xml.close("a");
        assert_eq!(
            xml.into_string(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&lt;&amp;'&gt;\">\
             <c>]]&gt; &lt;d&gt;&amp;amp;&#13;\n\t한글\u{1f33f}</c><e>x\u{85}\u{fffd}</e><f/></a>"
        );
    }
}
