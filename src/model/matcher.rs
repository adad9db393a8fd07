//! Finds many words in a text in one pass (Aho and Corasick, 1975), whatever their number.

use std::collections::VecDeque;

use icu_normalizer::uts46::Uts46MapperBorrowed;

/// A text as it is compared: compatible forms and letter case are one (the mapping of UTS 46, which contains NFKC), white space is one
/// space, and characters that nobody sees are left out.
pub fn fold(text: &str) -> String {
    const JOINERS: [char; 3] = ['\u{200c}', '\u{200d}', '\u{2060}'];
    let mut out = String::with_capacity(text.len());
    let mut put = |c: char| {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    };
    if text.is_ascii() {
        text.chars().for_each(|c| put(c.to_ascii_lowercase()));
    } else {
        let seen = text.chars().filter(|c| !JOINERS.contains(c));
        Uts46MapperBorrowed::new().map_normalize(seen).for_each(put);
    }
    out.truncate(out.trim_end().len());
    out
}

/// Letters and digits of scripts that write no space between words, or join particles to them (Korean): a word ends at each.
fn is_of_unspaced_script(c: char) -> bool {
    matches!(c as u32,
        0xe00..=0xeff | 0x1000..=0x109f | 0x1100..=0x11ff | 0x1780..=0x17ff | 0x2e80..=0x2fdf | 0x3005..=0x3007
        | 0x3040..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff
        | 0x20000..=0x3ffff)
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| (c.is_alphanumeric() || c == '_') && !is_of_unspaced_script(c))
}

/// The words, of which each is a node for each of its bytes. Nodes are numbered by their depth, so that the children of one are
/// next to one another, ordered by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matcher {
    /// The last byte of each node; the first node is the root.
    bytes: Vec<u8>,
    /// The first child of each node; they end where those of the next node begin.
    children: Vec<u32>,
    /// The longest other node that ends the same.
    fallbacks: Vec<u32>,
    /// The word that ends at a node: its number, and its length.
    ends: Vec<Option<(u32, u32)>>,
    /// The next shorter node, by [`Self::fallbacks`], at which a word ends; 0 for none.
    shorter: Vec<u32>,
    words: usize,
}

impl Matcher {
    /// Of words as [`fold`] makes them. Of equal ones the first counts; empty ones are never found.
    pub fn new(words: &[&str]) -> Self {
        let mut sorted: Vec<(&[u8], u32)> =
            words.iter().zip(0..).map(|(word, n)| (word.as_bytes(), n)).collect();
        sorted.sort();
        let mut all = Self {
            bytes: vec![0],
            fallbacks: vec![0],
            ends: vec![None],
            shorter: vec![0],
            words: words.len(),
            children: Vec::new(),
        };
        // Nodes whose children are to be made: the words that begin so, how long that beginning is, and the parent.
        let mut open = VecDeque::from([(0, sorted.len(), 0, 0)]);
        while let Some((mut from, until, depth, parent)) = open.pop_front() {
            let node = all.children.len();
            all.children.push(all.bytes.len() as u32);
            if node > 0 {
                all.link(node, parent);
            }
            while let Some((word, n)) = sorted.get(from).filter(|_| from < until) {
                let Some(byte) = word.get(depth) else {
                    if depth > 0 && all.ends.get(node) == Some(&None) {
                        set(&mut all.ends, node, Some((*n, depth as u32)));
                    }
                    from += 1;
                    continue;
                };
                let rest = sorted.get(from..until).unwrap_or(&[]);
                let same = rest.iter().take_while(|(word, _)| word.get(depth) == Some(byte)).count();
                open.push_back((from, from + same, depth + 1, node));
                all.bytes.push(*byte);
                all.fallbacks.push(0);
                all.ends.push(None);
                all.shorter.push(0);
                from += same;
            }
        }
        for node in 1..all.bytes.len() {
            let back = all.back(node);
            let has_end = all.ends.get(back).is_some_and(Option::is_some);
            let next = if has_end { back as u32 } else { all.shorter.get(back).copied().unwrap_or(0) };
            set(&mut all.shorter, node, next);
        }
        all
    }

    /// Finds the fallback of a node, once those of all nodes above are known.
    fn link(&mut self, node: usize, parent: usize) {
        let byte = self.bytes.get(node).copied().unwrap_or(0);
        let back = if parent == 0 { 0 } else { self.step(self.back(parent), byte, &mut 0) };
        set(&mut self.fallbacks, node, back as u32);
    }

    fn back(&self, node: usize) -> usize {
        self.fallbacks.get(node).map_or(0, |n| *n as usize)
    }

    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        let from = *self.children.get(node)? as usize;
        let until = self.children.get(node + 1).map_or(self.bytes.len(), |n| *n as usize);
        let found = self.bytes.get(from..until)?.binary_search(&byte).ok()?;
        Some(from + found)
    }

    /// The node after another byte.
    fn step(&self, mut node: usize, byte: u8, steps: &mut usize) -> usize {
        loop {
            *steps += 1;
            match self.child(node, byte) {
                Some(next) => return next,
                None if node == 0 => return 0,
                None => node = self.back(node),
            }
        }
    }

    /// The words that are in a text as [`fold`] makes it, by their numbers, and how many steps that took. A word begins and ends where
    /// no other letter or digit is next to it; in scripts without spaces, anywhere.
    pub fn find(&self, text: &str) -> (Vec<usize>, usize) {
        let (mut found, mut steps) = (vec![false; self.words], 0);
        let (mut node, bytes) = (0, text.as_bytes());
        if self.bytes.len() < 2 {
            return (Vec::new(), 0);
        }
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            for byte in bytes.get(at..end).unwrap_or(&[]) {
                node = self.step(node, *byte, &mut steps);
            }
            let after = || text.get(end..).and_then(|rest| rest.chars().next());
            let mut ending = node;
            if self.ends.get(ending).is_some_and(Option::is_none) {
                ending = self.shorter.get(ending).map_or(0, |n| *n as usize);
            }
            // What ends here ends with the same character.
            if ending == 0 || (is_word(Some(c)) && is_word(after())) {
                continue;
            }
            while let Some(Some((word, length))) = self.ends.get(ending) {
                steps += 1;
                let (before, it) = text.split_at(end.saturating_sub(*length as usize));
                let is_joined = is_word(before.chars().next_back()) && is_word(it.chars().next());
                if let Some(seen) = found.get_mut(*word as usize).filter(|_| !is_joined) {
                    *seen = true;
                }
                ending = self.shorter.get(ending).map_or(0, |n| *n as usize);
            }
        }
        (found.iter().enumerate().filter(|(_, is)| **is).map(|(n, _)| n).collect(), steps)
    }
}

fn set<T>(all: &mut [T], at: usize, value: T) {
    if let Some(place) = all.get_mut(at) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<usize> {
        let words: Vec<String> = words.iter().map(|word| fold(word)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Matcher::new(&words).find(&fold(text)).0
    }

    #[test]
    fn texts_are_compared_in_one_form() {
        for (text, folded) in [
            ("Cheap  PILLS\n", "cheap pills"),
            ("Ｃｈｅａｐ　ｐｉｌｌｓ", "cheap pills"),
            ("ﬁne ①", "fine 1"),
            ("ｶｼﾞﾉ", "カジノ"),
            // Jamo, as some keyboards send them.
            ("\u{1103}\u{1162}\u{110e}\u{116e}\u{11af}", "대출"),
            ("vi\u{200b}a\u{200d}g\u{ad}ra", "viagra"),
            ("", ""),
            (" \u{3000} ", ""),
        ] {
            assert_eq!(fold(text), folded, "{text:?}");
        }
        let long = "Ｃ Ä 대출 ".repeat(50);
        assert_eq!(fold(&fold(&long)), fold(&long));
    }

    #[test]
    fn whole_words_are_found() {
        assert_eq!(found(&["cat"], "A Cat, sat"), [0]);
        assert_eq!(found(&["cat"], "cat"), [0]);
        for no in ["concatenate", "cats", "a_cat", "cat2", "écat"] {
            assert!(found(&["cat"], no).is_empty(), "{no}");
        }
        assert_eq!(found(&["c++", "#sale", "buy now"], "I like C++ and #sale: BUY\nNOW!"), [0, 1, 2]);
        assert!(found(&["#sale"], "#sales").is_empty());
        // The longest does not hide those that end with it.
        assert_eq!(found(&["pills", "cheap pills", "very cheap pills"], "very cheap pills"), [0, 1, 2]);
        assert_eq!(found(&["he", "she", "his", "hers"], "ushers he"), [0]);
        assert_eq!(found(&["a b", "b c"], "a b c"), [0, 1]);
        assert_eq!(found(&["x", "x", ""], "x"), [0]);
        assert!(found(&[], "x").is_empty() && found(&[""], "").is_empty());
    }

    #[test]
    fn scripts_without_spaces_need_none() {
        assert_eq!(found(&["대출"], "무직자대출은 여기"), [0]);
        assert_eq!(found(&["カジノ"], "オンラインカジノです"), [0]);
        assert_eq!(found(&["赌场"], "在线赌场开户"), [0]);
        assert_eq!(found(&["สล็อต"], "เว็บสล็อตแตกง่าย"), [0]);
        // A word of another script beside it.
        assert_eq!(found(&["viagra"], "viagra를 싸게"), [0]);
        assert_eq!(found(&["대출ok"], "대출OK는"), [0]);
        assert!(found(&["대출ok"], "대출okay").is_empty());
    }

    #[test]
    fn it_agrees_with_looking_for_each() {
        // All texts of a few letters.
        let words = ["a", "ab", "ba", "aab", "b a", "대", "대a"];
        let letters = ["a", "b", " ", "대"];
        let mut texts = vec![String::new()];
        for _ in 0..6 {
            texts = texts.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}"))).collect();
            for text in &texts {
                let text = fold(text);
                let is_in = |word: &str| {
                    text.match_indices(word).any(|(at, _)| {
                        let (before, rest) = text.split_at(at);
                        let joined = |a: Option<char>, b: Option<char>| is_word(a) && is_word(b);
                        let after = rest.get(word.len()..).and_then(|rest| rest.chars().next());
                        !joined(before.chars().next_back(), word.chars().next())
                            && !joined(word.chars().next_back(), after)
                    })
                };
                let expected: Vec<usize> = (0..words.len()).filter(|n| is_in(words[*n])).collect();
                assert_eq!(Matcher::new(&words).find(&text).0, expected, "{text:?}");
            }
        }
    }

    #[test]
    fn it_takes_steps_by_the_length_of_the_text() {
        let nested: Vec<String> = (1..=200).map(|n| "a".repeat(n)).collect();
        let spaced: Vec<String> = (1..=100).map(|n| vec!["a"; n].join(" ")).collect();
        let plain: Vec<String> = (0..200).map(|n| format!("{}{n}", "word ".repeat(30))).collect();
        for (words, text) in
            [(&nested, "a"), (&nested, "a "), (&spaced, "a "), (&plain, "word "), (&plain, "x")]
        {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let matcher = Matcher::new(&words);
            let steps = |n: usize| matcher.find(&text.repeat(n)).1;
            let (one, four) = (steps(1_000), steps(4_000));
            println!("{} words, {text:?}: {one} and {four} steps", words.len());
            assert!(one >= 1_000 && four <= 4 * one + 40_000, "{one} {four}");
            assert!(matcher.bytes.len() <= 200 * 200 + 1);
        }
        // More words make no more steps where none is found.
        let text = "nothing of this is anywhere. ".repeat(100);
        let few: Vec<&str> = plain.iter().take(1).map(String::as_str).collect();
        let many: Vec<&str> = plain.iter().map(String::as_str).collect();
        let (few, many) = (Matcher::new(&few).find(&text).1, Matcher::new(&many).find(&text).1);
        assert!(many <= few + few / 4, "{few} {many}");
    }
}
