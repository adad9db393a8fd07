//! Encryption of a push message for its receiver: aes128gcm (RFC 8188, RFC 8291), and aesgcm
//! (draft-ietf-webpush-encryption-04), which most apps of Mastodon still ask for.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

/// Bytes of an uncompressed point of P-256.
pub const POINT: usize = 65;
/// Bytes of the authentication secret (RFC 8291, section 3.2).
pub const AUTH: usize = 16;
pub const SALT: usize = 16;
/// The most bytes of a text that fits the 4096 bytes of a message which every push service takes (RFC 8030, section 7.2):
/// without the header of aes128gcm (86), the delimiter or length of the padding (2) and the tag (16).
pub const MAX_TEXT: usize = 4096 - 86 - 2 - 16;
/// The record size that is named; a message is one record.
const RECORD: u32 = 4096;

/// Whom a message is for: the keys of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The public key, an uncompressed point.
    pub point: Vec<u8>,
    pub auth: [u8; AUTH],
}

impl Receiver {
    /// The keys `p256dh` and `auth` of a subscription, each in Base64 of either alphabet, with or without padding. `None`
    /// where they are no point of the curve and no secret of 16 bytes.
    pub fn read(p256dh: &str, auth: &str) -> Option<Self> {
        let point = decode(p256dh, POINT)?;
        PublicKey::from_sec1_bytes(&point).ok()?;
        Some(Self { point, auth: decode(auth, AUTH)?.try_into().ok()? })
    }
}

/// Exactly `length` bytes in Base64.
fn decode(text: &str, length: usize) -> Option<Vec<u8>> {
    if text.len() > 2 * length {
        return None;
    }
    let plain: String = text
        .trim()
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    BASE64.decode(plain).ok().filter(|bytes| bytes.len() == length)
}

/// The public key, an uncompressed point.
pub fn point(key: &SecretKey) -> Vec<u8> {
    key.public_key().to_sec1_point(false).as_bytes().to_vec()
}

/// An encrypted message: the body and the headers that tell how to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub body: Vec<u8>,
    pub encoding: &'static str,
    /// Of aesgcm: the headers Encryption and Crypto-Key.
    pub headers: Option<(String, String)>,
}

/// The header of aes128gcm (RFC 8188, section 2.1), then one record. `ephemeral` and `salt` are for this message only.
/// `None` for a receiver without a valid key, or a text beyond [`MAX_TEXT`].
pub fn aes128gcm(text: &[u8], to: &Receiver, ephemeral: &SecretKey, salt: &[u8; SALT]) -> Option<Message> {
    let (shared, own) = agree(to, ephemeral)?;
    let info = [b"WebPush: info\0".as_slice(), &to.point, &own].concat();
    let material: [u8; 32] = derive(&to.auth, &shared, &info)?;
    let key: [u8; 16] = derive(salt, &material, b"Content-Encoding: aes128gcm\0")?;
    let nonce: [u8; 12] = derive(salt, &material, b"Content-Encoding: nonce\0")?;
    // The delimiter of the last record.
    let sealed = seal(&key, &nonce, &[text, &[2]].concat())?;
    let body = [salt.as_slice(), &RECORD.to_be_bytes(), &[POINT as u8], &own, &sealed].concat();
    Some(Message { body, encoding: "aes128gcm", headers: None })
}

/// One record; salt and key are in headers. Arguments and result as [`aes128gcm`].
pub fn aesgcm(text: &[u8], to: &Receiver, ephemeral: &SecretKey, salt: &[u8; SALT]) -> Option<Message> {
    let (shared, own) = agree(to, ephemeral)?;
    let length = (POINT as u16).to_be_bytes();
    let context = [b"P-256\0".as_slice(), &length, &to.point, &length, &own].concat();
    let material: [u8; 32] = derive(&to.auth, &shared, b"Content-Encoding: auth\0")?;
    let info = |name: &str| [format!("Content-Encoding: {name}\0").as_bytes(), &context].concat();
    let key: [u8; 16] = derive(salt, &material, &info("aesgcm"))?;
    let nonce: [u8; 12] = derive(salt, &material, &info("nonce"))?;
    // The length of the padding, of which there is none.
    let body = seal(&key, &nonce, &[&[0, 0], text].concat())?;
    let headers = (format!("salt={}", BASE64.encode(salt)), format!("dh={}", BASE64.encode(&own)));
    Some(Message { body, encoding: "aesgcm", headers: Some(headers) })
}

/// The shared secret, and the public half of the ephemeral key.
fn agree(to: &Receiver, ephemeral: &SecretKey) -> Option<(Vec<u8>, Vec<u8>)> {
    let theirs = PublicKey::from_sec1_bytes(&to.point).ok()?;
    Some((ephemeral.diffie_hellman(&theirs).raw_secret_bytes().to_vec(), point(ephemeral)))
}

/// HKDF with SHA-256.
fn derive<const N: usize>(salt: &[u8], material: &[u8], info: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(salt), material).expand(info, &mut out).ok()?;
    Some(out)
}

fn seal(key: &[u8; 16], nonce: &[u8; 12], plain: &[u8]) -> Option<Vec<u8>> {
    if plain.len() > MAX_TEXT + 2 {
        return None;
    }
    Aes128Gcm::new(key.into()).encrypt(&Nonce::from(*nonce), plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(bytes: &[u8]) -> SecretKey {
        SecretKey::from_slice(bytes).unwrap()
    }

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    #[test]
    fn aes128gcm_as_rfc_8291() {
        let to = Receiver::read(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap();
        let ephemeral = key_of(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"));
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let message =
            aes128gcm(b"When I grow up, I want to be a watermelon", &to, &ephemeral, &salt).unwrap();
        assert_eq!(
            BASE64.encode(message.body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
             EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn aesgcm_as_draft_04() {
        let to = Receiver::read(
            "BCEkBjzL8Z3C-oi2Q7oE5t2Np-p7osjGLg93qUP0wvqRT21EEWyf0cQDQcakQMqz4hQKYOQ3il2nNZct4HgAUQU",
            "R29vIGdvbyBnJyBqb29iIQ",
        )
        .unwrap();
        let ephemeral = key_of(&bytes("nCScek-QpEjmOOlT-rQ38nZzvdPlqa00Zy0i6m2OJvY"));
        let salt: [u8; 16] = bytes("lngarbyKfMoi9Z75xYXmkg").try_into().unwrap();
        let message = aesgcm(b"I am the walrus", &to, &ephemeral, &salt).unwrap();
        assert_eq!(BASE64.encode(message.body), "6nqAQUME8hNqw5J3kl8cpVVJylXKYqZOeseZG8UueKpA");
        let (encryption, crypto_key) = message.headers.unwrap();
        assert_eq!(encryption, "salt=lngarbyKfMoi9Z75xYXmkg");
        assert_eq!(
            crypto_key,
            "dh=BNoRDbb84JGm8g5Z5CFxurSqsXWJ11ItfXEWYVLE85Y7CYkDjXsIEc4aqxYaQ1G8BqkXCJ6DPpDrWtdWj_mugHU"
        );
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        let (point, auth) = (
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        );
        assert!(Receiver::read(&format!("{point}="), &format!("{auth}==")).is_some());
        assert!(Receiver::read(&point.replace('_', "/").replace('-', "+"), auth).is_some());
        // Not on the curve, the point at infinity, a compressed point, too long, not Base64.
        let off = point.replace("BCVx", "BCVy");
        for bad in
            [off.as_str(), "", "AA", "AiVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx", &point.repeat(2), "?"]
        {
            assert_eq!(Receiver::read(bad, auth), None, "{bad}");
        }
        for bad in ["", "AAAA", &auth.repeat(2), "BTBZMqHH6r4Tts7J_aSIg?"] {
            assert_eq!(Receiver::read(point, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_text_of_the_greatest_length_fits_a_message_and_no_longer_one() {
        let key = key_of(&[7; 32]);
        let to = Receiver { point: point(&key), auth: [1; 16] };
        for encrypt in [aes128gcm, aesgcm] {
            let message = encrypt(&[b'x'; MAX_TEXT], &to, &key, &[2; 16]).unwrap();
            assert!((4000..=4096).contains(&message.body.len()), "{}", message.body.len());
            assert_eq!(encrypt(&[b'x'; MAX_TEXT + 3], &to, &key, &[2; 16]), None);
        }
    }
}
