//! The encoding of a page: <https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding>.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes are looked at for a declaration.
const PRESCAN: usize = 1024;

/// The text of a page: by its byte order mark, else the type's `charset`, else a `<meta>` in its first [`PRESCAN`] bytes,
/// else UTF-8. What cannot be decoded becomes U+FFFD.
pub fn decode(body: &[u8], content_type: &str) -> String {
    if let Some((encoding, length)) = Encoding::for_bom(body) {
        return text(encoding, body.get(length..).unwrap_or(&[]));
    }
    let named = parameter(content_type.as_bytes()).or_else(|| declared(body));
    text(named.unwrap_or(UTF_8), body)
}

fn text(encoding: &'static Encoding, body: &[u8]) -> String {
    encoding.decode_without_bom_handling(body).0.into_owned()
}

/// The encoding that a `<meta charset>` or `<meta http-equiv>` names. One that could not be read as ASCII is not what it
/// says.
fn declared(body: &[u8]) -> Option<&'static Encoding> {
    let mut rest = body.get(..PRESCAN.min(body.len()))?;
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        rest = rest.get(at + 1..)?;
        if rest.starts_with(b"!--") {
            let end = rest.windows(3).position(|w| w == b"-->")?;
            rest = rest.get(end + 3..)?;
            continue;
        }
        if !rest.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"meta")) {
            continue;
        }
        let end = rest.iter().position(|b| *b == b'>').unwrap_or(rest.len());
        let found = rest.get(..end).and_then(parameter);
        rest = rest.get(end..)?;
        if let Some(found) = found {
            return Some(if found == UTF_16BE || found == UTF_16LE { UTF_8 } else { found });
        }
    }
    None
}

/// The encoding after `charset=` (<https://html.spec.whatwg.org/multipage/urls-and-fetching.html#extracting-character-encodings-from-meta-elements>).
fn parameter(text: &[u8]) -> Option<&'static Encoding> {
    const NAME: &[u8] = b"charset";
    let mut rest = text.get(..text.len().min(PRESCAN))?;
    while let Some(at) = rest.windows(NAME.len()).position(|w| w.eq_ignore_ascii_case(NAME)) {
        rest = rest.get(at + NAME.len()..)?;
        let Some(value) = rest.trim_ascii_start().strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        let quoted = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'"));
        let value = quoted.unwrap_or(value);
        let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b';' | b'"' | b'\'' | b'/' | b'>');
        let end = value.iter().position(is_end).unwrap_or(value.len());
        return Encoding::for_label(value.get(..end)?);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_mark_header_or_declaration() {
        let (korean, _, _) = encoding_rs::EUC_KR.encode("한국어 제목");
        let (japanese, _, _) = encoding_rs::SHIFT_JIS.encode("日本語の題");
        let (russian, _, _) = encoding_rs::WINDOWS_1251.encode("Русский");
        let (french, _, _) = encoding_rs::WINDOWS_1252.encode("l’été");
        let page = |before: &str, text: &[u8]| [before.as_bytes(), b"<title>", text, b"</title>"].concat();
        for (body, kind, wanted) in [
            (page("", &korean), "text/html; charset=euc-kr", "한국어 제목"),
            (page("", &korean), "text/html;charset=\"ks_c_5601-1987\"", "한국어 제목"),
            (page("<meta charset=EUC-KR>", &korean), "text/html", "한국어 제목"),
            (
                page(
                    "<!-- <meta charset=utf-8> --><META http-equiv='Content-Type' content='text/html; CHARSET = euc-kr'/>",
                    &korean,
                ),
                "text/html",
                "한국어 제목",
            ),
            (page("<meta charset='shift_jis'>", &japanese), "", "日本語の題"),
            (page("<meta charset=utf-8>", &japanese), "text/html; charset=Shift_JIS", "日本語の題"),
            (page("<meta charset=windows-1251>", &russian), "text/html", "Русский"),
            (page("", &french), "text/html; charset=iso-8859-1", "l’été"),
            (page("<meta charset=utf-16>", "한".as_bytes()), "text/html", "한"),
            (page("\u{feff}<meta charset=euc-kr>", "한".as_bytes()), "text/html; charset=euc-kr", "한"),
            (page("<meta charset=unknown>", "한".as_bytes()), "text/html; charset=nothing", "한"),
            (page(&" ".repeat(1024), &french), "text/html", "l\u{fffd}\u{fffd}t\u{fffd}"),
        ] {
            let found = decode(&body, kind);
            let title = found.split("<title>").nth(1).and_then(|t| t.split("</title>").next());
            assert_eq!(title, Some(wanted), "{kind} {found}");
        }
        let wide: Vec<u8> = "\u{feff}<title>한".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide, "text/html"), "<title>한");
    }

    #[test]
    fn declarations_cut_anywhere_are_no_fault() {
        let text = "<!-- x --><meta http-equiv=\"Content-Type\" content=\"text/html; charset = 'euc-kr'\">";
        for end in 0..text.len() {
            decode(text.get(..end).unwrap().as_bytes(), text.get(..end).unwrap());
        }
        for odd in ["charset", "charset=", "charset=\"", "charset charset=utf-8", "<meta charset", "<meta"] {
            decode(odd.as_bytes(), odd);
        }
    }
}
