//! How pages look to a person: what they have chosen, as a short text that a cookie can hold.

/// The choices, each with its values beside the default. No value is of two choices. A value is a class in `style.css`.
pub const CHOICES: [(&str, &[&str]); 5] = [
    ("theme", &["light", "dark"]),
    ("accent", &["blue", "violet", "pink", "brown", "grey"]),
    ("text", &["small", "large", "larger"]),
    ("density", &["compact", "roomy"]),
    ("motion", &["still"]),
];

/// Values of [`CHOICES`], at most one of each, in their order; what is not among them is the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look(Vec<&'static str>);

impl Look {
    /// Reads [`to_text`](Self::to_text), whoever has written it. What is no value is left out; of a choice the first counts.
    pub fn parse(text: &str) -> Self {
        Self::of(|_, values| text.split('.').find_map(|word| values.iter().copied().find(|v| *v == word)))
    }

    /// What `chosen` says of each choice; an unknown value is the default.
    pub fn choose<'a>(chosen: impl Fn(&str) -> &'a str) -> Self {
        Self::of(|name, values| values.iter().copied().find(|value| *value == chosen(name)))
    }

    fn of(choose: impl Fn(&str, &[&'static str]) -> Option<&'static str>) -> Self {
        Self(CHOICES.iter().filter_map(|(name, values)| choose(name, values)).collect())
    }

    /// The values between dots; empty where all is as it is by default.
    pub fn to_text(&self) -> String {
        self.0.join(".")
    }

    pub fn has(&self, value: &str) -> bool {
        self.0.contains(&value)
    }

    /// The classes of a page; `None` where it needs none.
    pub fn classes(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_values_one_of_each_choice() {
        for (text, wanted) in [
            ("", ""),
            ("dark.blue.large.compact.still", "dark.blue.large.compact.still"),
            ("still.dark", "dark.still"),
            ("dark.light.pink.blue", "dark.pink"),
            ("dark\" onload=x.<script>..grey", "grey"),
            ("Dark", ""),
        ] {
            assert_eq!(Look::parse(text).to_text(), wanted, "{text}");
        }
        let look = Look::choose(|name| if name == "theme" { "dark" } else { "blue" });
        assert_eq!((look.to_text().as_str(), look.classes().as_deref()), ("dark.blue", Some("dark blue")));
        assert!(look.has("blue") && !look.has("light"));
        assert_eq!(Look::default().classes(), None);
    }

    #[test]
    fn no_value_is_of_two_choices() {
        let mut all: Vec<&str> = CHOICES.iter().flat_map(|(_, values)| values.iter().copied()).collect();
        let many = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), many);
        assert!(all.iter().all(|value| value.bytes().all(|b| b.is_ascii_lowercase())));
    }
}
