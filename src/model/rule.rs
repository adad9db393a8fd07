//! Rules of the instance: <https://docs.joinmastodon.org/entities/Rule/>.

use super::id::Id;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    pub id: Id,
    /// Plain text.
    pub text: String,
    /// What is meant by it; may be empty.
    pub hint: String,
    /// By language.
    pub translations: Vec<Translation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Translation {
    /// A code such as `ko`.
    pub language: String,
    pub text: String,
    pub hint: String,
}

impl Rule {
    /// Text and hint in a language; each as the rule was written where it is not translated.
    pub fn said_in(&self, language: &str) -> (&str, &str) {
        let known = self.translations.iter().find(|one| one.language == language);
        let text = known.and_then(|one| (!one.text.is_empty()).then_some(one.text.as_str()));
        let hint = known.and_then(|one| (!one.hint.is_empty()).then_some(one.hint.as_str()));
        (text.unwrap_or(&self.text), hint.unwrap_or(&self.hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_translated_is_said_as_it_was_written() {
        let korean = Translation { language: "ko".into(), text: "친절하게".into(), hint: String::new() };
        let rule = Rule {
            text: "Be kind".into(),
            hint: "always".into(),
            translations: vec![korean],
            ..Rule::default()
        };
        assert_eq!(rule.said_in("ko"), ("친절하게", "always"));
        assert_eq!(rule.said_in("ja"), ("Be kind", "always"));
    }
}
