//! Style sheets that somebody else has written.

/// Whether a style sheet may load something of another origin, or run something: `@import`, a URL with a host or a scheme of the
/// network, `expression` and `behavior` of old browsers. It is read as CSS Syntax Module Level 3, section 4 says: escapes are
/// resolved, comments are left out but within `url(`, where there are none. Spaces are left out, since URLs are read without line
/// breaks. A `data:` URL is no other origin. In doubt the answer is yes.
pub fn reaches_out(css: &str) -> bool {
    const REFUSED: [&str; 10] =
        ["@import", "//", "/\\", "\\/", "\\\\", "http:", "https:", "expression(", "behavior:", "javascript:"];
    let read = resolved(css);
    REFUSED.iter().any(|refused| read.contains(refused))
}

/// The text without comments, escapes and spaces, in lower case.
fn resolved(css: &str) -> String {
    let mut read = String::with_capacity(css.len());
    // Section 3.3: these are line breaks.
    let css = css.replace("\r\n", "\n").replace(['\r', '\u{c}'], "\n");
    let mut rest = css.chars().peekable();
    let mut quote = None;
    let (mut is_url, mut is_data) = (false, false);
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut read),
            // A string ends with its line, and what was begun in it.
            '\n' if quote.is_some() => (quote, is_url, is_data) = (None, false, false),
            _ if quote == Some(c) => (quote, is_data) = (None, false),
            '"' | '\'' if quote.is_none() => quote = Some(c),
            '/' if quote.is_none() && !is_url && rest.peek() == Some(&'*') => {
                rest.next();
                let mut before = ' ';
                while let Some(c) = rest.next().filter(|c| (before, *c) != ('*', '/')) {
                    before = c;
                }
            }
            _ if c.is_whitespace() || c.is_control() => {}
            // Base64.
            '/' if is_data => {}
            _ => {
                read.extend(c.to_lowercase());
                is_url = c != ')' && (is_url || c == '(' && read.ends_with("url("));
                let may_be_data = is_url || quote.is_some();
                is_data = c != ')' && (is_data || may_be_data && c == ':' && read.ends_with("(data:"));
            }
        }
    }
    read
}

/// What follows a backslash: up to six hexadecimal digits and a space, a line break, or another character.
fn escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, read: &mut String) {
    let (mut number, mut many) = (0, 0);
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)).filter(|_| many < 6) {
        rest.next();
        (number, many) = (number * 16 + digit, many + 1);
    }
    let escaped = if many == 0 { rest.next() } else { char::from_u32(number) };
    if many > 0 && rest.peek().is_some_and(|c| c.is_whitespace()) {
        rest.next();
    }
    read.extend(
        escaped.filter(|c| !c.is_whitespace() && !c.is_control()).into_iter().flat_map(char::to_lowercase),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_here_is_taken() {
        for css in [
            "",
            "body{background:url(/media/x.png) no-repeat}",
            "a{background:url('data:image/png;base64,AA//BB/')}b{background:url(data:image/png;base64,//8=)}",
            "/* from https://x.example/a.css */ .top{gap:1rem}",
            "q::before{content:\"\\201C\"}q::after{content:'\\''}",
            "a{mask:url(#m)}@media (min-width:30rem){a{color:red}}",
            "a{content:\"/* no comment\"}b{color:red}",
        ] {
            assert!(!reaches_out(css), "{css}: {}", resolved(css));
        }
    }

    #[test]
    fn what_reaches_out_is_refused() {
        for css in [
            "@import 'x.css';",
            "@IMPORT url(x)",
            "@im\\70 ort 'x'",
            "@\\69mport 'x'",
            "a{background:url(https://x.example/)}",
            "a{background:url(data:x),url(//x.example)}",
            "a{background:image-set('data:x//' 1x,'//x.example' 2x)}",
            "a{background:url(//x.example/)}",
            "a{background:\\75 rl(\"\\2f\\2f x.example\")}",
            "a{background:url(/\\\\x.example)}",
            "a{background:url(https:\\\\\\\\x.example)}",
            "a{background:image-set(\"https://x.example/a\" 1x)}",
            "a{background:url(\"ht\\a tps:x.example\")}",
            "a{background:url(\"/\\\n/x.example\")}",
            "a{background:url( /*);b:url(//x.example)}c{/**/}",
            "a{content:\"/*\"}b{background:url(//x.example)}c{content:\"*/\"}",
            "a{x:\"(data:\n;y:z}body{background:url(//x.example)}",
            "a{x:(data:;y:z}body{background:url(//x.example)}",
            "a{content:\"\\\r\n/*\"}body{background:url(//x.example)}b{content:\"*/\"}",
            "a{content:\"\\\u{c}/*\"}body{background:url(//x.example)}b{content:\"*/\"}",
            "a{width:expression(alert(1))}",
            "a{width:ex\\pression(alert(1))}",
            "a{behavior:url(/x.htc)}",
        ] {
            assert!(reaches_out(css), "{css:?}: {}", resolved(css));
        }
    }
}
