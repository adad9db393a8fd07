//! The encoding of a page: <https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding>.

use crate::platform::decode_text;

/// How many bytes are looked at for a declaration.
const PRESCAN: usize = 1024;
/// Declarations that are tried.
const MAX_DECLARATIONS: usize = 4;

/// The marks that begin a text, and its encoding (<https://encoding.spec.whatwg.org/#bom-sniff>).
const MARKS: [(&[u8], &str); 3] =
    [(b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le")];

/// The text of a page: by its byte order mark, else the type's `charset`, else a `<meta>` in its first [`PRESCAN`] bytes,
/// else UTF-8. What cannot be decoded becomes U+FFFD.
pub fn decode(body: &[u8], content_type: &str) -> String {
    let marked = MARKS.iter().find_map(|(mark, label)| Some((body.strip_prefix(*mark)?, *label)));
    if let Some(text) = marked.and_then(|(rest, label)| decode_text(label, rest)) {
        return text;
    }
    let named = parameter(content_type.as_bytes()).and_then(|label| decode_text(label, body));
    let declared = || declared(body).into_iter().find_map(|label| decode_text(label, body));
    named.or_else(declared).unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

/// The labels that `<meta charset>` and `<meta http-equiv>` name. One that could not be read as ASCII is not what it says.
fn declared(body: &[u8]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = body.get(..PRESCAN.min(body.len())).unwrap_or_default();
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if rest.starts_with(b"!--") {
            let Some(end) = rest.windows(3).position(|w| w == b"-->") else { break };
            rest = rest.get(end + 3..).unwrap_or_default();
            continue;
        }
        if !rest.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"meta")) {
            continue;
        }
        let end = rest.iter().position(|b| *b == b'>').unwrap_or(rest.len());
        let label = rest.get(..end).and_then(parameter);
        rest = rest.get(end..).unwrap_or_default();
        if let Some(label) = label {
            let is_utf16 = label.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("utf-16"));
            found.push(if is_utf16 { "utf-8" } else { label });
            if found.len() == MAX_DECLARATIONS {
                break;
            }
        }
    }
    found
}

/// The label after `charset=` (<https://html.spec.whatwg.org/multipage/urls-and-fetching.html#extracting-character-encodings-from-meta-elements>).
fn parameter(text: &[u8]) -> Option<&str> {
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
        return std::str::from_utf8(value.get(..end)?).ok();
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
