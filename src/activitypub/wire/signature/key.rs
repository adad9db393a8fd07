//! Public keys on the wire: PEM (SPKI and PKCS#1), and Multikey (FEP-521a).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::text::steps;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// SubjectPublicKeyInfo DER.
    Rsa(Vec<u8>),
    Ed25519([u8; 32]),
}

/// AlgorithmIdentifier of rsaEncryption, and of Ed25519.
const RSA: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Bytes of an RSA key's SPKI: from a modulus of 512 bits on (94), whose signatures are refused anyway.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 64..=10_000;

impl PublicKey {
    /// As it is stored in the database: the SPKI of an RSA key, or the 32 bytes of an Ed25519 key.
    pub fn from_stored(bytes: &[u8]) -> Self {
        <[u8; 32]>::try_from(bytes).map_or_else(|_| Self::Rsa(bytes.to_vec()), Self::Ed25519)
    }

    pub fn to_stored(&self) -> Vec<u8> {
        match self {
            Self::Rsa(spki) => spki.clone(),
            Self::Ed25519(bytes) => bytes.to_vec(),
        }
    }

    /// From PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1), with any line ends.
    pub fn from_pem(pem: &str) -> Option<Self> {
        let is_pkcs1 = pem.contains("BEGIN RSA PUBLIC KEY");
        let body: String = pem
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("-----"))
            .collect();
        let der = BASE64.decode(body).ok()?;
        if is_pkcs1 {
            return rsa_from_pkcs1(&der);
        }
        if let Some(raw) = der.strip_prefix(&ED25519_SPKI) {
            return raw.try_into().ok().map(Self::Ed25519);
        }
        let is_rsa = der.first() == Some(&0x30) && der.windows(RSA.len()).take(8).any(|w| w == RSA);
        if is_rsa { Self::rsa(der) } else { None }
    }

    /// An RSA key of a length that one can have: a shorter one would be read from the database as another kind.
    fn rsa(spki: Vec<u8>) -> Option<Self> {
        RSA_BYTES.contains(&spki.len()).then_some(Self::Rsa(spki))
    }

    /// As a Multikey (FEP-521a).
    pub fn to_multibase(&self) -> Option<String> {
        let bytes = match self {
            Self::Ed25519(raw) => [&[0xed, 0x01][..], raw].concat(),
            Self::Rsa(spki) => [&[0x85, 0x24][..], pkcs1_of_spki(spki)?].concat(),
        };
        Some(format!("z{}", to_base58(&bytes)))
    }

    /// From a multibase (`z`, base58btc) Multikey: `0xed01` Ed25519, `0x8524` RSA in PKCS#1.
    pub fn from_multibase(text: &str) -> Option<Self> {
        let bytes = base58(text.strip_prefix('z')?)?;
        match bytes.split_at_checked(2)? {
            ([0xed, 0x01], raw) => raw.try_into().ok().map(Self::Ed25519),
            ([0x85, 0x24], pkcs1) => rsa_from_pkcs1(pkcs1),
            _ => None,
        }
    }
}

/// PEM of an RSA key's SPKI.
pub fn to_pem(spki: &[u8]) -> String {
    let text = BASE64.encode(spki);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|c| std::str::from_utf8(c).ok()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// The RSA key inside its SPKI: the content of the bit string at the end.
fn pkcs1_of_spki(spki: &[u8]) -> Option<&[u8]> {
    let at = spki.windows(RSA.len()).take(8).position(|w| w == RSA)?;
    let rest = spki.get(at + RSA.len()..)?;
    let length = match (rest.first()?, rest.get(1)?) {
        (0x03, 0x81) => 3,
        (0x03, 0x82) => 4,
        (0x03, _) => 2,
        _ => return None,
    };
    // The bit string's first byte counts unused bits.
    rest.get(length + 1..)
}

fn rsa_from_pkcs1(pkcs1: &[u8]) -> Option<PublicKey> {
    if pkcs1.first() != Some(&0x30) || pkcs1.len() > *RSA_BYTES.end() {
        return None;
    }
    let bits: Vec<u8> = [&[0x00][..], pkcs1].concat();
    let bit_string = tlv(0x03, &bits);
    PublicKey::rsa(tlv(0x30, &[&RSA[..], &bit_string].concat()))
}

/// A DER element.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let n = content.len();
    let mut out = vec![tag];
    match n {
        0..=0x7f => out.push(n as u8),
        0x80..=0xff => out.extend([0x81, n as u8]),
        _ => out.extend([0x82, (n >> 8) as u8, n as u8]),
    }
    out.extend(content);
    out
}

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

fn to_base58(bytes: &[u8]) -> String {
    // Digits, the lowest first.
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    digits.extend(bytes.iter().take_while(|b| **b == 0).map(|_| 0));
    digits.iter().rev().filter_map(|d| BASE58.get(usize::from(*d))).map(|c| char::from(*c)).collect()
}

/// Bytes in base58btc.
pub fn base58(text: &str) -> Option<Vec<u8>> {
    if text.len() > 1500 {
        return None;
    }
    // Five characters and four bytes at a time: an actor may name twenty keys of that length.
    let mut limbs: Vec<u32> = Vec::new();
    for some in text.as_bytes().chunks(5) {
        let (mut carry, mut factor) = (0_u64, 1_u64);
        for c in some {
            carry = carry * 58 + BASE58.iter().position(|a| a == c)? as u64;
            factor *= 58;
        }
        steps::add(limbs.len());
        for limb in &mut limbs {
            carry += u64::from(*limb) * factor;
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1));
    bytes.extend(text.bytes().take_while(|c| *c == b'1').map(|_| 0));
    bytes.reverse();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_goes_there_and_back() {
        let spki = tlv(0x30, &[&RSA[..], &tlv(0x03, &[0; 300])].concat());
        let pem = to_pem(&spki);
        assert_eq!(PublicKey::from_pem(&pem), Some(PublicKey::Rsa(spki.clone())));
        assert_eq!(PublicKey::from_pem(&pem.replace('\n', "\r\n ")), Some(PublicKey::Rsa(spki)));
        // Of 32 bytes it would be stored as one and read as another kind (found by fuzzing).
        let short = BASE64.encode(b"\x30\x05\x06\x03\x2b\x6f\x95\xc0\x06\xd3\x00");
        assert_eq!(PublicKey::from_pem(&format!("BEGIN RSA PUBLIC KEY-----\n{short}")), None);
        for bytes in 0..=48 {
            let pkcs1 = [&[0x30][..], &vec![7; bytes]].concat();
            let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END", BASE64.encode(pkcs1));
            let key = PublicKey::from_pem(&pem);
            assert!(key.is_none_or(|key| PublicKey::from_stored(&key.to_stored()) == key), "{bytes}");
        }
        for bad in ["", "-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----", "hello"] {
            assert_eq!(PublicKey::from_pem(bad), None);
        }
        for bad in ["", "z", "zz", "z0", "u123"] {
            assert_eq!(PublicKey::from_multibase(bad), None);
        }
    }

    #[test]
    fn what_is_no_key_of_these_kinds_is_none() {
        let pem = |label: &str, der: &[u8]| {
            PublicKey::from_pem(&format!(
                "-----BEGIN {label}-----\n\n{}\n-----END {label}-----",
                BASE64.encode(der)
            ))
        };
        let pkcs1 = |first: u8, bytes: usize| [&[first][..], &vec![7; bytes]].concat();
        let key = pem("RSA PUBLIC KEY", &pkcs1(0x30, 200)).unwrap();
        assert_eq!(pkcs1_of_spki(&key.to_stored()), Some(pkcs1(0x30, 200).as_slice()));
        assert_eq!(pem("RSA PUBLIC KEY", &pkcs1(0x31, 200)), None);
        assert_eq!(pem("RSA PUBLIC KEY", &pkcs1(0x30, *RSA_BYTES.end())), None);
        let spki = tlv(0x30, &[&RSA[..], &tlv(0x03, &[0; 300])].concat());
        assert!(pem("PUBLIC KEY", &spki).is_some());
        // Another type than a sequence, and another algorithm.
        assert_eq!(pem("PUBLIC KEY", &[&[0x31][..], &spki[1..]].concat()), None);
        assert_eq!(pem("PUBLIC KEY", &tlv(0x30, &[0; 300])), None);
    }

    #[test]
    fn rsa_keys_of_any_length_are_written_as_they_are_read() {
        for bytes in [
            60, 100, 108, 109, 110, 111, 112, 125, 126, 127, 140, 229, 230, 231, 236, 253, 254, 255, 270,
            526, 1_100,
        ] {
            let pkcs1 = [&[0x30][..], &vec![7; bytes - 1]].concat();
            let key = rsa_from_pkcs1(&pkcs1).unwrap();
            let spki = key.to_stored();
            assert_eq!(pkcs1_of_spki(&spki), Some(pkcs1.as_slice()), "{bytes}");
            assert_eq!(PublicKey::from_pem(&to_pem(&spki)), Some(key.clone()), "{bytes}");
            // A DER length: in its own byte, or in one or two after it.
            let (inner, head) = (spki.len(), &spki[..4]);
            let said = match head[1] {
                0x81 => (3 + usize::from(head[2]), 0x80..=0xff),
                0x82 => (4 + (usize::from(head[2]) << 8) + usize::from(head[3]), 0x100..=0xffff),
                short => (2 + usize::from(short), 0..=0x7f),
            };
            assert_eq!(said.0, inner, "{bytes}");
            let head = 2 + usize::from(head[1].saturating_sub(0x80));
            assert!(said.1.contains(&(inner - head)), "{bytes}");
            let multibase = key.to_multibase().unwrap();
            let is_read = multibase.len() <= 1500;
            assert_eq!(PublicKey::from_multibase(&multibase), is_read.then_some(key), "{bytes}");
        }
    }

    #[test]
    fn base58_of_any_length() {
        for n in 0..300_usize {
            let bytes: Vec<u8> = (0..n).map(|i| if i < n % 7 { 0 } else { (i * 151 + n) as u8 }).collect();
            assert_eq!(base58(&to_base58(&bytes)), Some(bytes));
        }
        // draft-msporny-base58-03, section 5.
        let known = base58("2NEpo7TZRRrLZSi2U");
        assert_eq!(known.as_deref(), Some(&b"Hello World!"[..]));
        assert_eq!(base58("11233QC4").as_deref(), Some(&[0, 0, 0x28, 0x7f, 0xb4, 0xcd][..]));
        assert!(base58(&"z".repeat(1500)).is_some());
        assert_eq!(base58(&"z".repeat(1501)), None);
        let steps = steps::tests::of(|| drop(base58(&"z".repeat(1500))));
        assert!(steps < 50_000, "{steps}");
    }
}
