//! Colours of sRGB, and the contrast between two of them.

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

/// The contrast that text needs: WCAG 2.2, success criterion 1.4.3 (level AA).
const AA: f64 = 4.5;

impl Colour {
    /// From `#2f6b46`, as `<input type=color>` has it. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && !digits.starts_with('+'))?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// `#2f6b46`.
    pub fn to_text(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Relative luminance: <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>.
    fn luminance(self) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(part);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// From 1 to 21: <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if a > b { a / b } else { b / a }
    }

    /// Whether text of one of the two is readable on the other.
    pub fn is_readable_on(self, other: Self) -> bool {
        self.contrast(other) >= AA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrasts_as_the_standard_has_them() {
        let of = |text: &str| Colour::parse(text).unwrap();
        let ratio = |a: &str, b: &str| (of(a).contrast(of(b)) * 100.0).round() / 100.0;
        assert_eq!(ratio("#000000", "#ffffff"), 21.0);
        assert_eq!(ratio("#777777", "#ffffff"), 4.48);
        assert_eq!(ratio("#ffffff", "#767676"), 4.54);
        assert!(of("#767676").is_readable_on(of("#ffffff")) && !of("#777777").is_readable_on(of("#ffffff")));
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(Colour::parse("#2F6b46").map(Colour::to_text).as_deref(), Some("#2f6b46"));
        for wrong in ["", "2f6b46", "#2f6b4", "#2f6b460", "#+f6b46", "#gggggg", "red", "#2f6b4é"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }
}
