//! Comma-separated values (RFC 4180), as Mastodon's exports have them.

/// The rows of a file, each a list of fields; lines without any text are left out. A byte order mark at the beginning is
/// skipped, lines may end in CRLF, LF or CR, and a quoted field may have line breaks, commas and doubled quotes in it. A
/// quote that stands within an unquoted field is a character like others.
///
/// Errors: `TooLong` where there are more than `most` rows or a row has more than [`MAX_FIELDS`]; `Unclosed` where a quoted
/// field never ends, which would take the rest of the text.
pub fn read(text: &str, most: usize) -> Result<Vec<Vec<String>>, Wrong> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (field, after) = field(rest).ok_or(Wrong::Unclosed)?;
        row.push(field);
        rest = match after.strip_prefix(',') {
            // The last field may be empty and the last of the text.
            Some("") => {
                row.push(String::new());
                ""
            }
            Some(next) if row.len() < MAX_FIELDS => {
                rest = next;
                continue;
            }
            Some(_) => return Err(Wrong::TooLong),
            None => after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\r', '\n'])).unwrap_or(after),
        };
        let row = std::mem::take(&mut row);
        if row.iter().any(|field| !field.trim().is_empty()) {
            if rows.len() >= most {
                return Err(Wrong::TooLong);
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Why a file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    TooLong,
    Unclosed,
}

/// More than any file of Mastodon's has.
pub const MAX_FIELDS: usize = 32;

/// A field, and the text from what ends it. `None` where it is quoted and never ends.
fn field(text: &str) -> Option<(String, &str)> {
    let end = |text: &str| text.find([',', '\r', '\n']).unwrap_or(text.len());
    let Some(mut rest) = text.strip_prefix('"') else {
        let (field, rest) = text.split_at(end(text));
        return Some((field.to_owned(), rest));
    };
    let mut field = String::new();
    while let Some((part, after)) = rest.split_once('"') {
        field.push_str(part);
        let Some(next) = after.strip_prefix('"') else {
            // What follows the closing quote belongs to the field, as spreadsheets read it.
            let (more, after) = after.split_at(end(after));
            field.push_str(more);
            return Some((field, after));
        };
        field.push('"');
        rest = next;
    }
    None
}

/// Adds a row to a file. Fields are quoted where they must be; nothing is put before those that a spreadsheet would take
/// for a formula, so that what is read again is what was written.
pub fn write(file: &mut String, row: &[impl AsRef<str>]) {
    for (n, field) in row.iter().map(AsRef::as_ref).enumerate() {
        if n > 0 {
            file.push(',');
        }
        if field.contains(['"', ',', '\r', '\n']) || field.starts_with('\u{feff}') {
            file.push('"');
            file.push_str(&field.replace('"', "\"\""));
            file.push('"');
        } else {
            file.push_str(field);
        }
    }
    file.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        read(text, 100).unwrap()
    }

    #[test]
    fn files_of_all_kinds() {
        for (text, wanted) in [
            ("", vec![]),
            ("\u{feff}", vec![]),
            ("a", vec![vec!["a"]]),
            ("a,b\n", vec![vec!["a", "b"]]),
            ("\u{feff}a,b\r\nc,\r\n", vec![vec!["a", "b"], vec!["c", ""]]),
            ("a\rb\r", vec![vec!["a"], vec!["b"]]),
            ("\n\r\n , \na\n\n", vec![vec!["a"]]),
            ("a,", vec![vec!["a", ""]]),
            (",a", vec![vec!["", "a"]]),
            ("\"a,b\",c", vec![vec!["a,b", "c"]]),
            ("\"a \"\"b\"\"\"\n\"\"\"\"", vec![vec!["a \"b\""], vec!["\""]]),
            ("\"a\r\nb\",c\nd", vec![vec!["a\r\nb", "c"], vec!["d"]]),
            ("a \"b\" c,d", vec![vec!["a \"b\" c", "d"]]),
            ("\"a\" b,c", vec![vec!["a b", "c"]]),
            ("한글,\"일,이\"", vec![vec!["한글", "일,이"]]),
        ] {
            assert_eq!(rows(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_nothing_with_it() {
        for text in ["\"", "\"never ends,\n x", "a,b\nc,\"d\ne,f\n", "\"\"\"", "a\n\"b\"\"\n"] {
            assert_eq!(read(text, 100), Err(Wrong::Unclosed), "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let odd =
            ["", "a", "=1+1", "@bob", "-x", "a,b", "\"", "\"\"", "a\nb", "a\r", "\u{feff}", " x ", "한,글"];
        let mut file = String::new();
        for one in odd {
            write(&mut file, &[one, "y"]);
            write(&mut file, &["y", one]);
        }
        let wanted: Vec<Vec<&str>> = odd.iter().flat_map(|one| [vec![*one, "y"], vec!["y", *one]]).collect();
        assert_eq!(read(&file, 100).unwrap(), wanted);
        assert!(file.contains("\n=1+1,y\n"));
    }

    #[test]
    fn long_files_are_refused_and_read_in_linear_time() {
        assert_eq!(read(&"a\n".repeat(101), 100), Err(Wrong::TooLong));
        assert_eq!(rows(&"a\n".repeat(100)).len(), 100);
        assert_eq!(read(&",".repeat(MAX_FIELDS + 1), 100), Err(Wrong::TooLong));
        // A million quotes, and a million lines without text.
        assert_eq!(rows(&"\"".repeat(1 << 20)).len(), 1);
        assert!(rows(&"\n".repeat(1 << 20)).is_empty());
    }
}
