//! A push service, and devices that read their messages.

use std::cell::RefCell;
use std::rc::Rc;

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hkdf::Hkdf;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use serde_json::{Value, json};
use sha2::Sha256;
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::site::Vapid;
use sori::platform::native::{Crypto, Network};

use crate::app::{Person, TestApp};

/// The key of every test instance, so that its making draws no random numbers.
pub fn vapid() -> Vapid {
    let key = SecretKey::from_slice(&[7; 32]).unwrap();
    let point = key.public_key().to_sec1_point(false);
    let sealing_key = TestApp::sealing_key();
    let sealed =
        pollster::block_on(Crypto::default().seal(&sealing_key, &[0; 12], &key.to_bytes(), point.as_bytes()));
    Vapid {
        public_key: BASE64.encode(point.as_bytes()),
        sealed: BASE64.encode([vec![0; 12], sealed.unwrap()].concat()),
    }
}

/// A status and headers.
type Answer = (u16, Vec<(String, String)>);

/// A push service that stores what it is sent.
#[derive(Clone)]
pub struct PushService {
    pub host: String,
    pub requests: Rc<RefCell<Vec<Request>>>,
    pub answer: Rc<RefCell<Answer>>,
}

impl PushService {
    pub fn new(network: &Network, host: &str) -> Self {
        let service = Self {
            host: host.into(),
            requests: Rc::default(),
            answer: Rc::new(RefCell::new((201, Vec::new()))),
        };
        let me = service.clone();
        network.register(
            host,
            Rc::new(move |request| {
                me.requests.borrow_mut().push(request);
                let (status, headers) = me.answer.borrow().clone();
                Box::pin(async move { Response { status, headers, ..Response::default() } })
            }),
        );
        service
    }

    pub fn answers(&self, status: u16) {
        *self.answer.borrow_mut() = (status, Vec::new());
    }

    /// The requests since the last call.
    pub fn take(&self) -> Vec<Request> {
        self.requests.take()
    }
}

/// An app on a device, with its keys.
#[derive(Clone)]
pub struct Device {
    pub key: SecretKey,
    pub auth: [u8; 16],
    pub endpoint: String,
    pub is_standard: bool,
}

impl Device {
    pub fn new(service: &PushService, name: u8, is_standard: bool) -> Self {
        Self {
            key: SecretKey::from_slice(&[name; 32]).unwrap(),
            auth: [name; 16],
            endpoint: format!("https://{}/devices/{name}", service.host),
            is_standard,
        }
    }

    pub fn point(&self) -> Vec<u8> {
        self.key.public_key().to_sec1_point(false).as_bytes().to_vec()
    }

    /// The body of a POST that subscribes to `alerts`.
    pub fn asks(&self, alerts: &[&str], policy: &str) -> Value {
        let alerts: serde_json::Map<String, Value> =
            alerts.iter().map(|a| ((*a).to_owned(), json!(true))).collect();
        json!({
            "subscription": {
                "endpoint": self.endpoint,
                "keys": {"p256dh": BASE64.encode(self.point()), "auth": BASE64.encode(self.auth)},
                "standard": self.is_standard,
            },
            "data": {"alerts": alerts, "policy": policy},
        })
    }

    pub fn subscribes(&self, person: &Person, alerts: &[&str]) -> Value {
        person.post("/api/v1/push/subscription", self.asks(alerts, "all"))
    }

    /// What a message says, decrypted.
    pub fn reads(&self, request: &Request) -> Value {
        let text = match request.header("content-encoding") {
            Some("aes128gcm") => self.reads_aes128gcm(&request.body),
            Some("aesgcm") => self.reads_aesgcm(request),
            other => panic!("encoding {other:?}"),
        };
        serde_json::from_slice(&text).unwrap()
    }

    fn shared(&self, theirs: &[u8]) -> Vec<u8> {
        let theirs = PublicKey::from_sec1_bytes(theirs).unwrap();
        self.key.diffie_hellman(&theirs).raw_secret_bytes().to_vec()
    }

    /// RFC 8291, section 3.4, and RFC 8188, section 2.
    fn reads_aes128gcm(&self, body: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert_eq!((size, rest[0]), (&4096u32.to_be_bytes()[..], 65));
        let (theirs, sealed) = rest[1..].split_at(65);
        assert!(body.len() <= 4096);
        let info = [b"WebPush: info\0", self.point().as_slice(), theirs].concat();
        let material = hkdf(&self.auth, &self.shared(theirs), &info, 32);
        let key = hkdf(salt, &material, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = hkdf(salt, &material, b"Content-Encoding: nonce\0", 12);
        let mut text = open(&key, &nonce, sealed);
        assert_eq!(text.pop(), Some(2));
        text
    }

    /// draft-ietf-webpush-encryption-04, sections 4 and 5.
    fn reads_aesgcm(&self, request: &Request) -> Vec<u8> {
        let part = |header: &str, name: &str| {
            let value = request.header(header).unwrap();
            let part = value.split([';', ',']).find_map(|p| p.trim().strip_prefix(name)).unwrap();
            BASE64.decode(part).unwrap()
        };
        let (salt, theirs) = (part("encryption", "salt="), part("crypto-key", "dh="));
        let mut context = b"P-256\0\0\x41".to_vec();
        context.extend(self.point());
        context.extend(b"\0\x41");
        context.extend(&theirs);
        let material = hkdf(&self.auth, &self.shared(&theirs), b"Content-Encoding: auth\0", 32);
        let key = hkdf(&salt, &material, &[b"Content-Encoding: aesgcm\0".as_slice(), &context].concat(), 16);
        let nonce = hkdf(&salt, &material, &[b"Content-Encoding: nonce\0".as_slice(), &context].concat(), 12);
        let text = open(&key, &nonce, &request.body);
        assert_eq!(text[..2], [0, 0]);
        text[2..].to_vec()
    }
}

fn hkdf(salt: &[u8], material: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    Hkdf::<Sha256>::new(Some(salt), material).expand(info, &mut out).unwrap();
    out
}

fn open(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Vec<u8> {
    let nonce: [u8; 12] = nonce.try_into().unwrap();
    Aes128Gcm::new_from_slice(key)
        .unwrap()
        .decrypt(&Nonce::from(nonce), sealed)
        .expect("the receiver's keys open it")
}

/// The claims of a request's token (RFC 8292), whose signature is by the key that the request names.
pub fn claims(request: &Request) -> (Value, String) {
    let authorization = request.header("authorization").unwrap();
    let (token, key) = match authorization.strip_prefix("vapid t=") {
        Some(rest) => {
            let (token, key) = rest.split_once(",k=").unwrap();
            (token.to_owned(), key.to_owned())
        }
        None => {
            let key =
                request.header("crypto-key").unwrap().split(';').find_map(|p| p.strip_prefix("p256ecdsa="));
            (authorization.strip_prefix("WebPush ").unwrap().to_owned(), key.unwrap().to_owned())
        }
    };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let verifying = VerifyingKey::from_sec1_bytes(&BASE64.decode(&key).unwrap()).unwrap();
    let signature = Signature::from_slice(&BASE64.decode(signature).unwrap()).unwrap();
    verifying.verify(signed.as_bytes(), &signature).unwrap();
    let claims = BASE64.decode(signed.split_once('.').unwrap().1).unwrap();
    (serde_json::from_slice(&claims).unwrap(), key)
}
