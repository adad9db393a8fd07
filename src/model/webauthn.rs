//! What an authenticator answers (WebAuthn level 3, <https://www.w3.org/TR/webauthn-3/>): read and checked as far as no key is needed.

use super::cbor::{self, Item};

/// Bytes of a credential's id (section 5.8.3, `rawId`).
pub const MAX_CREDENTIAL: usize = 1023;
/// Bytes of an attestation object: of one without certificates.
pub const MAX_ATTESTATION: usize = 4096;
/// Bytes of an assertion's authenticator data.
pub const MAX_DATA: usize = 1024;
/// Bytes of a signature: of RSA with 4096 bits.
pub const MAX_SIGNATURE: usize = 512;

/// COSE algorithms (RFC 9053, RFC 8812), those that are asked for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256: what nearly all authenticators have.
    Es256 = -7,
    /// Ed25519.
    EdDsa = -8,
    /// RSASSA-PKCS1-v1_5 with SHA-256: what older ones in Windows have.
    Rs256 = -257,
}

impl Algorithm {
    pub const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| *one as i64 == number)
    }
}

/// A credential's public key: an uncompressed point of P-256, 32 bytes of Ed25519, or a SubjectPublicKeyInfo of RSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub algorithm: Algorithm,
    pub bytes: Vec<u8>,
}

/// Why an answer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Malformed,
    /// It is for another server (`rpIdHash`).
    OtherServer,
    /// Nobody touched the authenticator (flag UP).
    NobodyThere,
    /// The authenticator did not make sure who it was, by PIN, finger or face (flag UV).
    NotVerified,
    /// A key that is not one of [`Algorithm`].
    Algorithm,
    /// An attestation that was not asked for.
    Attestation,
}

/// A new credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered<'a> {
    pub id: &'a [u8],
    pub key: PublicKey,
    pub counter: u32,
    /// The authenticator data, which a self-attestation signs together with the hash of the client data.
    pub data: &'a [u8],
    /// A self-attestation: a signature by the new key itself. Browsers keep it, since it tells nothing of the authenticator.
    pub signature: Option<&'a [u8]>,
}

/// Flags of authenticator data (section 6.1).
const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const MAY_BE_BACKED_UP: u8 = 8;
const IS_BACKED_UP: u8 = 16;
const HAS_CREDENTIAL: u8 = 64;
const HAS_EXTENSIONS: u8 = 128;

/// Reads an attestation object (section 6.5.4) for the server whose id has the hash `rp`.
pub fn registration<'a>(object: &'a [u8], rp: &[u8; 32]) -> Result<Registered<'a>, Refusal> {
    if object.len() > MAX_ATTESTATION {
        return Err(Refusal::Malformed);
    }
    let (object, rest) = cbor::read(object).ok_or(Refusal::Malformed)?;
    let part = |name: &str| object.get(&Item::Text(name)).ok_or(Refusal::Malformed);
    let data = part("authData")?.bytes().filter(|_| rest.is_empty()).ok_or(Refusal::Malformed)?;
    let (counter, flags, rest) = head(data, rp)?;
    if flags & HAS_CREDENTIAL == 0 {
        return Err(Refusal::Malformed);
    }
    let (id, rest) = credential_id(rest).ok_or(Refusal::Malformed)?;
    let (key, rest) = cbor::read(rest).ok_or(Refusal::Malformed)?;
    extensions(flags, rest)?;
    let key = public_key(&key)?;
    let signature = attestation(part("fmt")?, part("attStmt")?, key.algorithm)?;
    Ok(Registered { id, key, counter, data, signature })
}

/// Reads the authenticator data of an assertion; returns the signature counter.
pub fn assertion(data: &[u8], rp: &[u8; 32]) -> Result<u32, Refusal> {
    if data.len() > MAX_DATA {
        return Err(Refusal::Malformed);
    }
    let (counter, flags, rest) = head(data, rp)?;
    // A credential belongs to a registration.
    if flags & HAS_CREDENTIAL != 0 {
        return Err(Refusal::Malformed);
    }
    extensions(flags, rest)?;
    Ok(counter)
}

/// Counter, flags, and what comes after them.
fn head<'a>(data: &'a [u8], rp: &[u8; 32]) -> Result<(u32, u8, &'a [u8]), Refusal> {
    let (hash, rest) = data.split_first_chunk::<32>().ok_or(Refusal::Malformed)?;
    let ([flags, counter @ ..], rest) = rest.split_first_chunk::<5>().ok_or(Refusal::Malformed)?;
    if hash != rp {
        return Err(Refusal::OtherServer);
    }
    if flags & PRESENT == 0 {
        return Err(Refusal::NobodyThere);
    }
    if flags & VERIFIED == 0 {
        return Err(Refusal::NotVerified);
    }
    if flags & IS_BACKED_UP != 0 && flags & MAY_BE_BACKED_UP == 0 {
        return Err(Refusal::Malformed);
    }
    Ok((u32::from_be_bytes(*counter), *flags, rest))
}

/// The id, after the authenticator's model (AAGUID), which nobody has asked for.
fn credential_id(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = rest.split_at_checked(16)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > MAX_CREDENTIAL {
        return None;
    }
    rest.split_at_checked(length)
}

/// Extensions are a map, and nothing comes after them.
fn extensions(flags: u8, rest: &[u8]) -> Result<(), Refusal> {
    let is_whole = match (flags & HAS_EXTENSIONS != 0, rest) {
        (false, rest) => rest.is_empty(),
        (true, rest) => matches!(cbor::read(rest), Some((Item::Map(_), []))),
    };
    if is_whole { Ok(()) } else { Err(Refusal::Malformed) }
}

/// The signature of a self-attestation, where there is one (section 8.2); nothing of the format `none` (section 8.7).
fn attestation<'a>(
    format: &Item<'a>,
    statement: &Item<'a>,
    algorithm: Algorithm,
) -> Result<Option<&'a [u8]>, Refusal> {
    let part = |name: &str| statement.get(&Item::Text(name));
    match (format.text(), statement) {
        (Some("none"), Item::Map(pairs)) if pairs.is_empty() => Ok(None),
        (Some("packed"), Item::Map(_)) if part("x5c").is_none() => {
            let is_own = part("alg").and_then(Item::number) == Some(algorithm as i64);
            let signature = part("sig").and_then(Item::bytes).filter(|_| is_own);
            signature.ok_or(Refusal::Attestation).map(Some)
        }
        _ => Err(Refusal::Attestation),
    }
}

/// A COSE key (RFC 9052, section 7; RFC 9053, section 7; RFC 8230, section 4).
fn public_key(key: &Item<'_>) -> Result<PublicKey, Refusal> {
    let part = |number: i64| key.get(&Item::Number(number));
    let number = |of: i64| part(of).and_then(Item::number);
    let bytes = |of: i64| part(of).and_then(Item::bytes);
    let sized = |of: i64| bytes(of).filter(|bytes| bytes.len() == 32).ok_or(Refusal::Malformed);
    let algorithm = number(3).ok_or(Refusal::Malformed)?;
    let algorithm = Algorithm::from_number(algorithm).ok_or(Refusal::Algorithm)?;
    let bytes = match (algorithm, number(1), number(-1)) {
        (Algorithm::Es256, Some(2), Some(1)) => [&[4], sized(-2)?, sized(-3)?].concat(),
        (Algorithm::EdDsa, Some(1), Some(6)) => sized(-2)?.to_vec(),
        // 2048 to 4096 bits, without a leading zero; and the only exponent in use.
        (Algorithm::Rs256, Some(3), None) => {
            let modulus = bytes(-1).filter(|n| (256..=512).contains(&n.len()) && n[0] >= 0x80);
            let modulus = modulus.filter(|_| bytes(-2) == Some(&[1, 0, 1])).ok_or(Refusal::Malformed)?;
            rsa_info(modulus)
        }
        _ => return Err(Refusal::Malformed),
    };
    Ok(PublicKey { algorithm, bytes })
}

/// One value of DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content.to_vec()].concat()
}

/// SubjectPublicKeyInfo of RSA (RFC 8017, appendix A.1; RFC 3279, section 2.3.1), with the exponent 65537.
fn rsa_info(modulus: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: &[u8] =
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let numbers = [der(2, &[&[0], modulus].concat()), der(2, &[1, 0, 1])].concat();
    let key = [&[0], &der(0x30, &numbers)[..]].concat();
    der(0x30, &[RSA_ENCRYPTION, &der(3, &key)].concat())
}

/// A signature of ECDSA in DER, as authenticators write it, as its two numbers of 32 bytes.
pub fn ecdsa_numbers(signature: &[u8]) -> Option<[u8; 64]> {
    let [0x30, length, rest @ ..] = signature else { return None };
    let (r, rest) = integer(rest).filter(|_| rest.len() == usize::from(*length))?;
    let (s, rest) = integer(rest)?;
    let mut both = [0; 64];
    both[..32].copy_from_slice(&r);
    both[32..].copy_from_slice(&s);
    rest.is_empty().then_some(both)
}

/// A positive number of at most 32 bytes in its shortest form, and what comes after it.
fn integer(bytes: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [2, length, rest @ ..] = bytes else { return None };
    let (number, rest) = rest.split_at_checked((*length).into())?;
    let number = match number {
        [] | [0] => return None,
        [0, digits @ ..] => digits.first().filter(|first| **first >= 0x80).map(|_| digits)?,
        [first, ..] if *first < 0x80 => number,
        _ => return None,
    };
    let mut whole = [0; 32];
    whole.get_mut(32usize.checked_sub(number.len())?..)?.copy_from_slice(number);
    Some((whole, rest))
}
