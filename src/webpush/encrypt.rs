//! Encryption of a push message for its receiver: aes128gcm (RFC 8188, RFC 8291), and aesgcm
//! (draft-ietf-webpush-encryption-04), which most apps of Mastodon still ask for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hkdf::Hkdf;
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::platform::Crypto;
use crate::platform::keys::{Agreement, POINT};

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
    /// The public key: an uncompressed point of P-256, or bytes that say they are one.
    pub point: Vec<u8>,
    pub auth: [u8; AUTH],
}

impl Receiver {
    /// The keys `p256dh` and `auth` of a subscription, each in Base64 of either alphabet, with or without padding. `None`
    /// where they are no point of the curve and no secret of 16 bytes.
    pub async fn read(crypto: &Crypto, p256dh: &str, auth: &str) -> Result<Option<Self>> {
        let (Some(point), Some(auth)) = (decode(p256dh, POINT), decode(auth, AUTH)) else { return Ok(None) };
        let is_point = crypto.is_p256_point(&point).await?;
        Ok(auth.try_into().ok().filter(|_| is_point).map(|auth| Self { point, auth }))
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

/// An encrypted message: the body and the headers that tell how to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub body: Vec<u8>,
    pub encoding: &'static str,
    /// Of aesgcm: the headers Encryption and Crypto-Key.
    pub headers: Option<(String, String)>,
}

/// Encrypts for a receiver, as aes128gcm, or where `is_standard` is false as aesgcm. `key` and `salt` are for this message only.
/// `None` for a text beyond [`MAX_TEXT`].
pub async fn encrypt(
    crypto: &Crypto,
    text: &[u8],
    to: &Receiver,
    key: &Agreement,
    salt: &[u8; SALT],
    is_standard: bool,
) -> Result<Option<Message>> {
    if text.len() > MAX_TEXT {
        return Ok(None);
    }
    let made = if is_standard {
        aes128gcm(crypto, text, to, key, salt).await
    } else {
        aesgcm(crypto, text, to, key, salt).await
    };
    made.map(Some)
}

/// The header (RFC 8188, section 2.1), then one record.
async fn aes128gcm(
    crypto: &Crypto,
    text: &[u8],
    to: &Receiver,
    key: &Agreement,
    salt: &[u8; SALT],
) -> Result<Message> {
    let info = [b"WebPush: info\0".as_slice(), &to.point, &key.own].concat();
    let material: [u8; 32] = derive(&to.auth, &key.shared, &info)?;
    let secret: [u8; 16] = derive(salt, &material, b"Content-Encoding: aes128gcm\0")?;
    let nonce = derive(salt, &material, b"Content-Encoding: nonce\0")?;
    // The delimiter of the last record.
    let sealed = crypto.seal(&secret, &nonce, &[text, &[2]].concat(), &[]).await?;
    let body = [salt.as_slice(), &RECORD.to_be_bytes(), &[POINT as u8], &key.own, &sealed].concat();
    Ok(Message { body, encoding: "aes128gcm", headers: None })
}

/// One record; salt and key are in headers.
async fn aesgcm(
    crypto: &Crypto,
    text: &[u8],
    to: &Receiver,
    key: &Agreement,
    salt: &[u8; SALT],
) -> Result<Message> {
    let length = (POINT as u16).to_be_bytes();
    let context = [b"P-256\0".as_slice(), &length, &to.point, &length, &key.own].concat();
    let material: [u8; 32] = derive(&to.auth, &key.shared, b"Content-Encoding: auth\0")?;
    let info = |name: &str| [format!("Content-Encoding: {name}\0").as_bytes(), &context].concat();
    let secret: [u8; 16] = derive(salt, &material, &info("aesgcm"))?;
    let nonce = derive(salt, &material, &info("nonce"))?;
    // The length of the padding, of which there is none.
    let body = crypto.seal(&secret, &nonce, &[&[0, 0], text].concat(), &[]).await?;
    let headers = (format!("salt={}", BASE64.encode(salt)), format!("dh={}", BASE64.encode(key.own)));
    Ok(Message { body, encoding: "aesgcm", headers: Some(headers) })
}

/// HKDF with SHA-256, at most 32 bytes.
fn derive<const N: usize>(salt: &[u8], material: &[u8], info: &[u8]) -> Result<[u8; N]> {
    let mut out = [0; N];
    let found = Hkdf::<Sha256>::new(Some(salt), material).expand(info, &mut out);
    found.map(|()| out).map_err(|_| Error::internal("too much is derived"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    use p256::{PublicKey, SecretKey};
    use pollster::block_on;

    /// What the holder of this private key agrees on with a receiver.
    fn agreement(private: &[u8], to: &Receiver) -> Agreement {
        let key = SecretKey::from_slice(private).unwrap();
        let theirs = PublicKey::from_sec1_bytes(&to.point).unwrap();
        let shared = *key.diffie_hellman(&theirs).raw_secret_bytes();
        let own = key.public_key().to_sec1_point(false).as_bytes().try_into().unwrap();
        Agreement { own, shared: shared.into() }
    }

    fn read(p256dh: &str, auth: &str) -> Option<Receiver> {
        block_on(Receiver::read(&Crypto::default(), p256dh, auth)).unwrap()
    }

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    #[test]
    fn aes128gcm_as_rfc_8291() {
        let to = read(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap();
        let key = agreement(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), &to);
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let text = b"When I grow up, I want to be a watermelon";
        let message = block_on(encrypt(&Crypto::default(), text, &to, &key, &salt, true)).unwrap().unwrap();
        assert_eq!(
            BASE64.encode(message.body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
             EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn aesgcm_as_draft_04() {
        let to = read(
            "BCEkBjzL8Z3C-oi2Q7oE5t2Np-p7osjGLg93qUP0wvqRT21EEWyf0cQDQcakQMqz4hQKYOQ3il2nNZct4HgAUQU",
            "R29vIGdvbyBnJyBqb29iIQ",
        )
        .unwrap();
        let key = agreement(&bytes("nCScek-QpEjmOOlT-rQ38nZzvdPlqa00Zy0i6m2OJvY"), &to);
        let salt: [u8; 16] = bytes("lngarbyKfMoi9Z75xYXmkg").try_into().unwrap();
        let text = b"I am the walrus";
        let message = block_on(encrypt(&Crypto::default(), text, &to, &key, &salt, false)).unwrap().unwrap();
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
        assert!(read(&format!("{point}="), &format!("{auth}==")).is_some());
        assert!(read(&point.replace('_', "/").replace('-', "+"), auth).is_some());
        // Not on the curve, the point at infinity, a compressed point, too long, not Base64.
        let off = point.replace("BCVx", "BCVy");
        for bad in
            [off.as_str(), "", "AA", "AiVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx", &point.repeat(2), "?"]
        {
            assert_eq!(read(bad, auth), None, "{bad}");
        }
        for bad in ["", "AAAA", &auth.repeat(2), "BTBZMqHH6r4Tts7J_aSIg?"] {
            assert_eq!(read(point, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_text_of_the_greatest_length_fits_a_message_and_no_longer_one() {
        let crypto = Crypto::default();
        let point = block_on(crypto.p256_generate()).unwrap().point.to_vec();
        let to = Receiver { point, auth: [1; 16] };
        let key = block_on(crypto.p256_agree(&to.point)).unwrap().unwrap();
        for is_standard in [true, false] {
            let encrypted =
                |text: &[u8]| block_on(encrypt(&crypto, text, &to, &key, &[2; 16], is_standard)).unwrap();
            let message = encrypted(&[b'x'; MAX_TEXT]).unwrap();
            assert!((4000..=4096).contains(&message.body.len()), "{}", message.body.len());
            assert_eq!(encrypted(&[b'x'; MAX_TEXT + 1]), None);
        }
    }
}
