//! Codes that an authenticator app makes of a secret and the time (RFC 6238, RFC 4226): HMAC-SHA-1, six digits, thirty seconds, which
//! is what all apps have.

use std::ops::RangeInclusive;

use super::time::{SECOND, Time};

/// Bytes of a secret: as many as the hash has (RFC 4226, section 4).
pub const SECRET: usize = 20;
const STEP: i64 = 30 * SECOND;
const DIGITS: usize = 6;
/// Steps that a clock may be ahead or behind (RFC 6238, section 5.2).
const DRIFT: i64 = 1;

/// The number of a time's step; its eight bytes are what the HMAC is made of.
pub fn step(at: Time) -> i64 {
    at.0.div_euclid(STEP)
}

/// The steps whose codes are good: the present one and its neighbours, those that are later than the `last` that was used.
pub fn good(now: Time, last: i64) -> RangeInclusive<i64> {
    let present = step(now);
    (present - DRIFT).max(last + 1)..=present + DRIFT
}

/// The code of the HMAC of a step (RFC 4226, section 5.3).
pub fn code(hmac: &[u8]) -> String {
    let at = usize::from(hmac.last().map_or(0, |last| last & 15));
    let bytes = hmac.iter().skip(at).take(4);
    let number = bytes.fold(0u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:0DIGITS$}", number % 10u32.pow(DIGITS as u32))
}

/// A code as it is compared: without white space.
pub fn plain(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect()
}

/// Base32 (RFC 4648, section 6), without padding, as apps take a secret that is typed.
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut text, mut waiting, mut bits) = (String::new(), 0u32, 0);
    for byte in bytes {
        waiting = (waiting << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(LETTERS[(waiting >> bits & 31) as usize]));
        }
        waiting &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(LETTERS[(waiting << (5 - bits) & 31) as usize]));
    }
    text
}

/// The address that an app reads from a QR code: <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>. `issuer` is
/// the host, since names of servers change and have any length.
pub fn address(issuer: &str, handle: &str, secret: &[u8]) -> String {
    let encoded = |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let (issuer, handle) = (encoded(issuer), encoded(handle));
    format!("otpauth://totp/{issuer}:{handle}?secret={}&issuer={issuer}", base32(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first one of RFC 4226, appendix D.
    #[test]
    fn a_code_is_cut_out_of_its_hash() {
        let hmac = [
            0xcc, 0x93, 0xcf, 0x18, 0x50, 0x8d, 0x94, 0x93, 0x4c, 0x64, 0xb6, 0x5d, 0x8b, 0xa7, 0x66, 0x7f,
            0xb7, 0xcd, 0xe4, 0xb0,
        ];
        assert_eq!(code(&hmac), "755224");
        assert_eq!(code(&[0; 20]), "000000");
    }

    #[test]
    fn a_step_and_its_neighbours_are_good_once() {
        let now = Time(1_111_111_111 * SECOND);
        let present = step(now);
        let good = |last: i64| good(now, last).map(|step| step - present).collect::<Vec<_>>();
        assert_eq!(good(0), [-1, 0, 1]);
        assert_eq!(good(present - 1), [0, 1]);
        assert_eq!(good(present), [1]);
        assert!(good(present + 1).is_empty());
        assert_eq!(plain(" 050 471 "), "050471");
        assert_eq!(plain("05047123").len(), 7);
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_as_in_rfc_4648() {
        for (text, wanted) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(text.as_bytes()), wanted);
        }
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn an_address_names_server_and_person() {
        assert_eq!(
            address("a.example:8787", "me@a.example", b"12345"),
            "otpauth://totp/a.example%3A8787:me%40a.example?secret=GEZDGNBV&issuer=a.example%3A8787"
        );
    }
}
