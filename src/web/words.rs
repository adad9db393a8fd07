//! All texts of the pages, by language: `locales/`, from which `build.rs` makes `Language`, `Word` and `Plural`.

use std::sync::OnceLock;

use crate::http::request::Request;
use crate::http::{cookies, negotiate};
use crate::model::packed::unpack;
use crate::model::time::{DAY, SECOND};

/// The cookie of the chosen language. It holds no secret, so a subdomain may set it and local instances share it.
const CHOICE: &str = "sori-lang";
const CHOICE_LIFETIME: i64 = 365 * DAY;

include!(concat!(env!("OUT_DIR"), "/locales.rs"));

/// Between two texts, as in `build.rs`.
const SEPARATOR: char = '\u{1f}';

/// The texts of a language in the order of [`Word`], then two for each [`Plural`]. Unpacked once by each isolate that speaks it.
static TEXTS: [OnceLock<Vec<&str>>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];

impl Language {
    fn texts(self) -> &'static [&'static str] {
        TEXTS[self as usize].get_or_init(|| unpack(PACKED[self as usize]).leak().split(SEPARATOR).collect())
    }

    /// By `lang` in the query, else by what this browser chose by it before, else by Accept-Language.
    pub fn of(request: &Request) -> Self {
        Self::asked(request)
            .or_else(|| Self::from_code(&cookies::get(request, CHOICE)?))
            .or_else(|| {
                Self::from_code(negotiate::language(
                    request.header("accept-language"),
                    &Self::ALL.map(Self::code),
                ))
            })
            .unwrap_or(Self::En)
    }

    /// By `lang` in the query.
    fn asked(request: &Request) -> Option<Self> {
        let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
        pairs.find(|(name, _)| name == "lang").and_then(|(_, code)| Self::from_code(&code))
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The Set-Cookie value that keeps a choice made in the query, since forms and links have no query of it.
    pub fn choice(request: &Request, is_secure: bool) -> Option<String> {
        let chosen = Self::asked(request)?;
        Some(cookies::set(CHOICE, chosen.code(), CHOICE_LIFETIME / SECOND, is_secure))
    }

    /// A sentence of the pages in this language, found by its text in any; `None` where it is none of theirs.
    pub fn translated(self, text: &str) -> Option<&'static str> {
        let words = |language: Self| &language.texts()[..Word::ALL.len()];
        let at = Self::ALL.into_iter().find_map(|one| words(one).iter().position(|own| *own == text))?;
        words(self).get(at).copied()
    }

    /// The text of a key in this language.
    pub fn say(self, word: Word) -> &'static str {
        self.texts()[word as usize]
    }

    /// The text for one thing, and for another number of them.
    pub fn forms(self, plural: Plural) -> (&'static str, &'static str) {
        let at = Word::ALL.len() + 2 * plural as usize;
        (self.texts()[at], self.texts()[at + 1])
    }

    /// A number of things.
    pub fn count(self, n: i64, plural: Plural) -> String {
        let (one, other) = self.forms(plural);
        (if n == 1 { one } else { other }).replace("{n}", &n.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_that_have_letters_of_their_own_are_written_in_them() {
        let is_korean = |c: char| ('가'..='힣').contains(&c);
        let is_japanese = |c: char| ('ぁ'..='ヿ').contains(&c) || ('一'..='鿿').contains(&c);
        for word in Word::ALL {
            assert!(Language::Ko.say(word).chars().any(is_korean), "{word:?}");
            assert!(Language::Ja.say(word).chars().any(is_japanese), "{word:?}");
        }
    }

    #[test]
    fn people_are_called_so_once() {
        // What stands for `{who}` in a sentence.
        for (language, called) in [(Language::Ko, "님"), (Language::Ja, "さん")] {
            let who = [Word::WhoOne, Word::WhoTwo, Word::WhoMany].map(|word| {
                let rest = language.count(2, Plural::Others);
                let said = language.say(word).replace("{name}", "finn").replace("{other}", "bora");
                said.replace("{rest}", &rest)
            });
            for word in Word::ALL {
                let said = language.say(word);
                for who in &who {
                    let sentence = said.replace("{who}", who).replace(' ', "");
                    assert!(!sentence.contains(&called.repeat(2)), "{word:?}: {sentence}");
                }
                assert!(!said.contains(&format!("{{who}} {called}")), "{word:?}: {said}");
                // A particle that fits any name fits none well.
                assert!(
                    !["(으)", "(이)", "(가)", "(를)", "(는)"].iter().any(|both| said.contains(both)),
                    "{said}"
                );
            }
        }
        assert_eq!(
            Language::Ko.say(Word::ToldSignUp).replace("{who}", Language::Ko.say(Word::WhoTwo)),
            "{name}님과 {other}님이 가입했어요"
        );
    }

    #[test]
    fn every_language_has_all_texts() {
        for language in Language::ALL {
            let texts = language.texts();
            assert_eq!(texts.len(), Word::ALL.len() + 2 * Plural::ALL.len());
            assert!(texts.iter().all(|text| !text.is_empty()));
        }
    }

    #[test]
    fn one_thing_and_several() {
        assert_eq!(Language::En.count(1, Plural::Posts), "1 post");
        assert_eq!(Language::En.count(0, Plural::Posts), "0 posts");
        assert_eq!(Language::Ko.count(1, Plural::Posts), "글 1");
    }

    #[test]
    fn a_sentence_is_found_in_any_language() {
        let sentence = Language::Ko.say(Word::Cancel);
        assert_eq!(Language::En.translated(sentence), Some("Cancel"));
        assert_eq!(Language::En.translated("no sentence of ours"), None);
    }
}
