//! An authenticator of WebAuthn in software, with everything that an attacker may change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::Signer as _;
use p256::ecdsa::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest, Sha256};
use sori::http::response::Response;

use super::browser::Browser;

#[derive(Clone)]
pub enum Key {
    P256(SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    Rsa(Box<rsa::PrivateKey>),
}

/// Items of CBOR.
pub mod cbor {
    fn head(kind: u8, n: usize) -> Vec<u8> {
        match n {
            0..24 => vec![kind << 5 | n as u8],
            24..256 => vec![kind << 5 | 24, n as u8],
            _ => vec![kind << 5 | 25, (n >> 8) as u8, n as u8],
        }
    }

    pub fn number(n: i64) -> Vec<u8> {
        if n < 0 { head(1, usize::try_from(-1 - n).unwrap()) } else { head(0, usize::try_from(n).unwrap()) }
    }

    pub fn bytes(bytes: &[u8]) -> Vec<u8> {
        [head(2, bytes.len()), bytes.to_vec()].concat()
    }

    pub fn text(text: &str) -> Vec<u8> {
        [head(3, text.len()), text.into()].concat()
    }

    pub fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let pairs = pairs.iter().map(|(key, value)| [key.clone(), value.clone()].concat());
        [head(5, pairs.len()), pairs.collect::<Vec<_>>().concat()].concat()
    }
}

/// One credential, and what its authenticator and browser say.
#[derive(Clone)]
pub struct Authenticator {
    pub key: Key,
    pub credential: Vec<u8>,
    pub origin: String,
    pub rp: String,
    /// UP, UV, and whatever else.
    pub flags: u8,
    pub counter: u32,
    /// Instead of the type of the client data.
    pub kind: Option<&'static str>,
    /// More members of the client data.
    pub more: &'static str,
    /// The algorithm that the key says it is of, instead of its own.
    pub algorithm: Option<i64>,
    /// Format and statement of the attestation, instead of none.
    pub attestation: Option<(&'static str, Vec<u8>)>,
    /// Sends the handle that it was given.
    pub handle: String,
}

/// The fields of a form.
pub type Fields = Vec<(&'static str, String)>;

impl Authenticator {
    /// For a.example; `n` makes its key and id.
    pub fn new(n: u8) -> Self {
        Self {
            key: Key::P256(SigningKey::from_slice(&[n; 32]).unwrap()),
            credential: vec![n; 32],
            origin: "https://a.example".into(),
            rp: "a.example".into(),
            flags: 1 | 4,
            counter: 0,
            kind: None,
            more: "",
            algorithm: None,
            attestation: None,
            handle: String::new(),
        }
    }

    fn client(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let (kind, origin, more) = (self.kind.unwrap_or(kind), &self.origin, self.more);
        format!(
            r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false{more}}}"#
        )
        .into_bytes()
    }

    fn head(&self, more: u8) -> Vec<u8> {
        let hash = Sha256::digest(self.rp.as_bytes());
        [&hash[..], &[self.flags | more], &self.counter.to_be_bytes()].concat()
    }

    pub fn cose(&self) -> Vec<u8> {
        use cbor::{bytes, map, number};
        let algorithm = |own| number(self.algorithm.unwrap_or(own));
        match &self.key {
            Key::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                map(&[
                    (number(1), number(2)),
                    (number(3), algorithm(-7)),
                    (number(-1), number(1)),
                    (number(-2), bytes(&point.as_bytes()[1..33])),
                    (number(-3), bytes(&point.as_bytes()[33..])),
                ])
            }
            Key::Ed25519(key) => map(&[
                (number(1), number(1)),
                (number(3), algorithm(-8)),
                (number(-1), number(6)),
                (number(-2), bytes(key.verifying_key().as_bytes())),
            ]),
            Key::Rsa(key) => {
                let modulus = key.to_public_key().n_bytes();
                map(&[
                    (number(1), number(3)),
                    (number(3), algorithm(-257)),
                    (number(-1), bytes(&modulus)),
                    (number(-2), bytes(&[1, 0, 1])),
                ])
            }
        }
    }

    /// The authenticator data of a new credential.
    pub fn registered(&self) -> Vec<u8> {
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        [self.head(64), vec![7; 16], length.to_vec(), self.credential.clone(), self.cose()].concat()
    }

    /// An attestation object of this authenticator data.
    pub fn object(&self, data: &[u8]) -> Vec<u8> {
        use cbor::{bytes, map, text};
        let (format, statement) = self.attestation.clone().unwrap_or(("none", map(&[])));
        map(&[(text("fmt"), text(format)), (text("attStmt"), statement), (text("authData"), bytes(data))])
    }

    pub fn sign(&self, data: &[u8]) -> Vec<u8> {
        match &self.key {
            Key::P256(key) => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(key, data);
                signature.to_der().as_bytes().to_vec()
            }
            Key::Ed25519(key) => key.sign(data).to_bytes().to_vec(),
            Key::Rsa(key) => key.pkcs1v15_sign::<Sha256>(data).unwrap(),
        }
    }

    /// What it signs, and what it says of itself, as a self-attestation.
    pub fn attests_itself(&mut self, challenge: &str) {
        use cbor::{bytes, map, number, text};
        let client = self.client("webauthn.create", challenge);
        let signed = [self.registered(), Sha256::digest(&client).to_vec()].concat();
        let own = self.sign(&signed);
        let statement = map(&[(text("alg"), number(-7)), (text("sig"), bytes(&own))]);
        self.attestation = Some(("packed", statement));
    }

    /// Answers a challenge with a new credential.
    pub fn creates(&self, challenge: &str) -> Fields {
        let object = self.object(&self.registered());
        vec![
            ("credential", BASE64.encode(&self.credential)),
            ("client", BASE64.encode(self.client("webauthn.create", challenge))),
            ("data", BASE64.encode(object)),
        ]
    }

    /// Answers a challenge with a signature.
    pub fn signs(&self, challenge: &str) -> Fields {
        let (client, data) = (self.client("webauthn.get", challenge), self.head(0));
        let signature = self.sign(&[data.clone(), Sha256::digest(&client).to_vec()].concat());
        vec![
            ("credential", BASE64.encode(&self.credential)),
            ("client", BASE64.encode(client)),
            ("data", BASE64.encode(data)),
            ("signature", BASE64.encode(signature)),
            ("handle", self.handle.clone()),
        ]
    }
}

/// An attribute of the form of a page that asks an authenticator: `get` or `create`.
pub fn asked(html: &str, what: &str, attribute: &str) -> String {
    let start = format!("data-passkey=\"{what}\"");
    let form = html.split(start.as_str()).nth(1).unwrap_or_else(|| panic!("no {what}: {html}"));
    let form = form.split('>').next().unwrap();
    form.split(&format!("data-{attribute}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Another password-confirmed session of this browser, then a form with these fields.
pub fn send(browser: &Browser, to: &str, token: &str, fields: &[(&'static str, String)]) -> Response {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("form", token).extend_pairs(fields);
    browser.send("POST", to, &body.finish(), "en")
}

/// The token of the first form of a page.
pub fn token(html: &str) -> String {
    html.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

pub const SECURITY: &str = "/settings/security";
pub const SIGN_IN: &str = "/sign_in";

/// Confirms the session by its password.
pub fn confirm(browser: &Browser, password: &str) -> u16 {
    browser.submit(SECURITY, SECURITY, &[("do", "confirm"), ("password", password)]).status
}

/// Sends an answer to the page's challenge as a new passkey; the session is confirmed.
pub fn register(browser: &Browser, authenticator: &Authenticator) -> Response {
    let page = browser.get(SECURITY, "en");
    let mut fields = authenticator.creates(&asked(&page, "create", "challenge"));
    fields.push(("do", "add".into()));
    send(browser, SECURITY, &token(&page), &fields)
}

/// Signs in with a passkey in a browser.
pub fn enter(browser: &Browser, authenticator: &Authenticator) -> Response {
    // Its challenge is newer than the last one.
    browser.app.clock.advance(1);
    let page = browser.get(SIGN_IN, "en");
    let fields = authenticator.signs(&asked(&page, "get", "challenge"));
    send(browser, "/sign_in/passkey", &token(&page), &fields)
}

/// The RSA key of a file of tests.
pub fn rsa_key() -> Key {
    let der = std::fs::read("src/platform/native/test_keys/01.der").unwrap();
    Key::Rsa(Box::new(rsa::PrivateKey::from_pkcs8_der(&der).unwrap()))
}
