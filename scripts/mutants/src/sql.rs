//! Terms of the conditions in a piece of SQL.

use std::ops::Range;

/// A term, and whether it is replaced by what is true (of several that all must hold) or false (of alternatives).
pub struct Term {
    pub bytes: Range<usize>,
    pub becomes: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Before {
    And,
    Or,
    Where,
    Other,
}

struct Level {
    start: Option<usize>,
    before: Before,
    /// BETWEEN … AND.
    is_between: bool,
}

/// The terms of the conditions in SQL or a part of it, as it is written in the source (with `{…}` and `\`).
/// `(1 OR term)` and `(0 AND term)` keep parameters and what is formatted.
pub fn terms(text: &str) -> Vec<Term> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut levels = vec![Level { start: None, before: Before::Other, is_between: false }];
    let mut end = 0;
    let mut at = 0;
    let finish = |level: &mut Level, end: usize, after: Before, all: &mut Vec<Term>| {
        if let Some(start) = level.start.take() {
            let becomes = match (level.before, after) {
                (Before::And, _) | (_, Before::And) => Some(true),
                (Before::Or, _) | (_, Before::Or) => Some(false),
                (Before::Where, _) => Some(true),
                _ => None,
            };
            if let Some(becomes) = becomes.filter(|_| end > start) {
                all.push(Term { bytes: start..end, becomes });
            }
        }
        level.before = after;
        level.is_between = false;
    };
    while at < bytes.len() {
        let rest = &text[at..];
        let level = levels.last_mut().expect("the outermost");
        match bytes[at] {
            b' ' | b'\n' | b'\\' => at += 1,
            b'\'' => {
                level.start.get_or_insert(at);
                at += 1 + rest[1..].find('\'').map_or(rest.len() - 1, |n| n + 1);
                end = at;
            }
            b'{' if !rest.starts_with("{{") => {
                level.start.get_or_insert(at);
                at += rest.find('}').map_or(rest.len(), |n| n + 1);
                end = at;
            }
            b'(' => {
                level.start.get_or_insert(at);
                levels.push(Level { start: None, before: Before::Other, is_between: false });
                at += 1;
                end = at;
            }
            b')' | b',' => {
                finish(level, end, Before::Other, &mut all);
                if bytes[at] == b')' && levels.len() > 1 {
                    levels.pop();
                }
                at += 1;
                end = at;
            }
            b if b.is_ascii_alphanumeric() || b == b'_' => {
                let length =
                    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                match &rest[..length] {
                    "AND" if level.is_between => level.is_between = false,
                    "AND" => finish(level, end, Before::And, &mut all),
                    "OR" if !rest.starts_with("OR REPLACE") && !rest.starts_with("OR IGNORE") => {
                        finish(level, end, Before::Or, &mut all);
                    }
                    "WHERE" => finish(level, end, Before::Where, &mut all),
                    "SELECT" | "FROM" | "ORDER" | "GROUP" | "HAVING" | "LIMIT" | "RETURNING" | "LEFT"
                    | "JOIN" | "CROSS" | "UNION" | "ON" | "WHEN" | "THEN" | "ELSE" | "END" | "AS" | "SET"
                    | "DO" | "CASE" | "OFFSET" | "VALUES" | "DELETE" | "UPDATE" | "INSERT" | "WITH"
                    | "INDEXED" | "DISTINCT" | "DESC" | "ASC" | "FILTER" => {
                        finish(level, end, Before::Other, &mut all);
                        // A subquery is a term only from outside its parenthesis.
                    }
                    word => {
                        if word == "BETWEEN" {
                            level.is_between = true;
                        }
                        level.start.get_or_insert(at);
                    }
                }
                at += length;
                end = if level.start.is_some() { at } else { end };
            }
            _ => {
                level.start.get_or_insert(at);
                let length = rest.chars().next().map_or(1, char::len_utf8);
                at += length;
                end = at;
            }
        }
    }
    while let Some(mut level) = levels.pop() {
        // What goes on in another piece is not known: only the outermost ends here.
        if levels.is_empty() {
            finish(&mut level, end, Before::Other, &mut all);
        }
    }
    all.sort_by_key(|term| term.bytes.start);
    all
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn terms_of_conditions() {
        let of = |text: &str| -> Vec<String> {
            terms(text).into_iter().map(|t| format!("{} {}", u8::from(t.becomes), &text[t.bytes])).collect()
        };
        assert_eq!(
            of(
                "SELECT a AS b FROM t WHERE t.x = ?1 AND NOT EXISTS (SELECT 1 FROM u WHERE u.y = 'a AND b' AND {z}) ORDER BY t.x"
            ),
            [
                "1 t.x = ?1",
                "1 NOT EXISTS (SELECT 1 FROM u WHERE u.y = 'a AND b' AND {z})",
                "1 u.y = 'a AND b'",
                "1 {z}"
            ]
        );
        assert_eq!(of("({s}.x <= 1 OR y = 2)"), ["0 {s}.x <= 1", "0 y = 2"]);
        assert_eq!(of("WHERE x BETWEEN 1 AND 2 LIMIT 3"), ["1 x BETWEEN 1 AND 2"]);
        assert_eq!(of("a table of names"), Vec::<String>::new());
    }
}
