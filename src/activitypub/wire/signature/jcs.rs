//! JSON canonicalised (RFC 8785): members sorted by UTF-16, numbers as ECMAScript writes them.

use serde_json::{Number, Value};

use crate::text::steps;

pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_unstable_by(|a, b| {
                steps::add(1);
                a.0.encode_utf16().cmp(b.0.encode_utf16())
            });
            out.push('{');
            for (n, (name, value)) in members.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(all) => {
            out.push('[');
            for (n, value) in all.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        Value::Number(n) => number(n, out),
        plain => out.push_str(&plain.to_string()),
    }
}

/// ECMAScript's Number::toString (RFC 8785, section 3.2.2.3): of two shortest spellings that are equally near the even one.
fn number(n: &Number, out: &mut String) {
    out.push_str(ryu_js::Buffer::new().format(n.as_f64().unwrap_or_default()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_rfc_8785_shows() {
        // Section 3.2.2 and appendix B.
        let value: Value = serde_json::from_str(
            r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
        )
        .unwrap();
        assert_eq!(
            canonical(&value),
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        for (bits, wanted) in [
            (0x0000_0000_0000_0001_u64, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x8000_0000_0000_0000, "0"),
        ] {
            let number = Number::from_f64(f64::from_bits(bits)).unwrap();
            assert_eq!(canonical(&Value::Number(number)), wanted);
        }
        assert_eq!(
            canonical(&serde_json::json!([0, -1, 100, 9_007_199_254_740_993_i64])),
            "[0,-1,100,9007199254740992]"
        );
    }

    #[test]
    fn numbers_are_read_as_the_nearest_double() {
        let mut seed = 88_172_645_463_325_252_u64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        let drawn: Vec<String> = (0..2_000)
            .map(|_| format!("{}.{}e{}", next() % 10, next(), (next() % 600) as i64 - 300))
            .collect();
        // The first is read wrongly without the feature.
        let known =
            ["8.16382624797941316017e278", "0.0004500000000000000045", "1.0000000000000002", "5e-324"];
        for text in drawn.iter().map(String::as_str).chain(known) {
            let exact = Number::from_f64(text.parse().unwrap()).unwrap();
            let read: Value = serde_json::from_str(text).unwrap();
            assert_eq!(canonical(&read), canonical(&Value::Number(exact)), "{text}");
        }
        // A dependency of the tests switches it on as well: without this line only the module would lack it.
        let manifest = include_str!("../../../../Cargo.toml");
        assert!(manifest.lines().any(|l| l.starts_with("serde_json") && l.contains("\"float_roundtrip\"")));
    }

    /// ECMA-262, Number::toString.
    #[test]
    fn numbers_are_written_as_ecmascript_does() {
        for (number, text) in [
            (0.5, "0.5"),
            (-0.5, "-0.5"),
            (-0.0, "0"),
            (12.5, "12.5"),
            (120.0, "120"),
            (0.000_001, "0.000001"),
            (0.000_001_2, "0.0000012"),
            (0.000_000_1, "1e-7"),
            (0.000_000_12, "1.2e-7"),
            (1e20, "100000000000000000000"),
            (1.2e20, "120000000000000000000"),
            (1e21, "1e+21"),
            (1.2e21, "1.2e+21"),
            // Two spellings of 17 digits are equally near.
            (1_230_002_000_333_333.3, "1230002000333333.2"),
        ] {
            assert_eq!(canonical(&Value::from(number)), text);
        }
    }

    #[test]
    fn members_are_sorted_by_utf_16() {
        // Section 3.2.3: a character beyond the first plane goes before U+FB33.
        let value = serde_json::json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let order: Vec<char> = canonical(&value).chars().filter(char::is_ascii_digit).collect();
        assert_eq!(order, ['2', '1', '4', '6', '7', '1', '5', '3']);
    }

    #[test]
    fn members_are_sorted_in_steps_by_their_number() {
        // The map has them in the order of UTF-8: all of the second kind come before all of the first.
        let steps = |n: usize| {
            let name =
                |n: usize| format!("{}{n:06}", if n.is_multiple_of(2) { '\u{e000}' } else { '\u{1f600}' });
            let value = Value::Object((0..n).map(|n| (name(n), Value::Null)).collect());
            steps::tests::of(|| drop(canonical(&value)))
        };
        let (one, four) = (steps(4_000), steps(16_000));
        assert!(one > 4_000 && four < 6 * one, "{one} {four}");
    }
}
