//! Finds many words in a text in one pass, whatever their number.

use std::collections::HashSet;

use aho_corasick::Anchored;
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;
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

/// The words. What the library finds is looked at where a word may end only: of words within words there are many at each letter.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    nfa: Option<NFA>,
    /// The number of each of its patterns.
    numbers: Vec<usize>,
}

impl PartialEq for Matcher {
    /// It follows from its words, which its owner compares.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Matcher {
    /// Of words as [`fold`] makes them. Of equal ones the first counts; empty ones are never found, and none are where the library
    /// takes no more.
    pub fn new(words: &[&str]) -> Self {
        let mut seen = HashSet::new();
        let all = words.iter().enumerate().filter(|(_, word)| !word.is_empty());
        let (numbers, patterns): (Vec<usize>, Vec<&str>) =
            all.filter(|(_, word)| seen.insert(**word)).map(|(n, word)| (n, *word)).unzip();
        let nfa = if patterns.is_empty() { None } else { NFA::new(patterns).ok() };
        Self { nfa, numbers }
    }

    /// The words that are in a text as [`fold`] makes it, by their numbers in order, and how many steps that took. A word begins and
    /// ends where no other letter or digit is next to it; in scripts without spaces, anywhere.
    pub fn find(&self, text: &str) -> (Vec<usize>, usize) {
        let mut found = vec![false; self.numbers.len()];
        let mut steps = 0;
        let Some((nfa, mut state)) =
            self.nfa.as_ref().and_then(|nfa| Some((nfa, nfa.start_state(Anchored::No).ok()?)))
        else {
            return (Vec::new(), 0);
        };
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let end = at + c.len_utf8();
            for byte in text.as_bytes().get(at..end).unwrap_or(&[]) {
                steps += 1;
                state = nfa.next_state(Anchored::No, state, *byte);
            }
            // What ends here ends with the same character.
            let is_within = is_word(Some(c)) && is_word(chars.peek().map(|(_, c)| *c));
            if !nfa.is_match(state) || is_within {
                continue;
            }
            for index in 0..nfa.match_len(state) {
                steps += 1;
                let pattern = nfa.match_pattern(state, index);
                let (before, it) = text.split_at(end.saturating_sub(nfa.pattern_len(pattern)));
                let is_joined = is_word(before.chars().next_back()) && is_word(it.chars().next());
                if let Some(seen) = found.get_mut(pattern.as_usize()).filter(|_| !is_joined) {
                    *seen = true;
                }
            }
        }
        let numbers = self.numbers.iter().zip(&found).filter(|(_, is)| **is).map(|(n, _)| *n);
        (numbers.collect(), steps)
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
            let bytes = matcher.nfa.as_ref().map_or(0, Automaton::memory_usage);
            println!("{bytes} bytes");
            assert!(bytes <= 2_000_000, "{bytes}");
        }
        // More words make no more steps where none is found.
        let text = "nothing of this is anywhere. ".repeat(100);
        let few: Vec<&str> = plain.iter().take(1).map(String::as_str).collect();
        let many: Vec<&str> = plain.iter().map(String::as_str).collect();
        let (few, many) = (Matcher::new(&few).find(&text).1, Matcher::new(&many).find(&text).1);
        assert!(many <= few + few / 4, "{few} {many}");
    }
}
