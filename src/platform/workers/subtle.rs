//! WebCrypto.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::error::{Error, Result};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = crypto, js_name = subtle)]
    static SUBTLE: Subtle;

    type Subtle;
    #[wasm_bindgen(method, catch, js_name = importKey)]
    fn import_key(
        this: &Subtle,
        format: &str,
        data: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = exportKey)]
    fn export_key(this: &Subtle, format: &str, key: &JsValue) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = generateKey)]
    fn generate_key(
        this: &Subtle,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sign(
        this: &Subtle,
        algorithm: &JsValue,
        key: &JsValue,
        data: &Uint8Array,
    ) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn verify(
        this: &Subtle,
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn encrypt(
        this: &Subtle,
        algorithm: &JsValue,
        key: &JsValue,
        data: &Uint8Array,
    ) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn decrypt(
        this: &Subtle,
        algorithm: &JsValue,
        key: &JsValue,
        data: &Uint8Array,
    ) -> std::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deriveBits)]
    fn derive_bits(
        this: &Subtle,
        algorithm: &JsValue,
        key: &JsValue,
        bits: u32,
    ) -> std::result::Result<Promise, JsValue>;
}

async fn wait(promise: std::result::Result<Promise, JsValue>) -> Result<JsValue> {
    let failed = |e: JsValue| Error::Internal(format!("webcrypto: {}", super::message(&e)));
    JsFuture::from(promise.map_err(failed)?).await.map_err(failed)
}

/// A plain object with these members.
pub fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of a fresh object does not fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

pub fn bytes(data: &[u8]) -> Uint8Array {
    Uint8Array::from(data)
}

fn usages(names: &[&str]) -> Array {
    names.iter().map(|n| JsValue::from_str(n)).collect()
}

fn buffer(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}

pub fn rsa() -> JsValue {
    object(&[("name", "RSASSA-PKCS1-v1_5".into()), ("hash", "SHA-256".into())])
}

pub async fn import(format: &str, data: &[u8], algorithm: &JsValue, uses: &[&str]) -> Result<JsValue> {
    wait(SUBTLE.with(|s| s.import_key(format, &bytes(data), algorithm, false, &usages(uses)))).await
}

/// Generates an RSA key pair of 2048 bits: PKCS#8 and SPKI.
pub async fn generate_rsa() -> Result<(Vec<u8>, Vec<u8>)> {
    let algorithm = object(&[
        ("name", "RSASSA-PKCS1-v1_5".into()),
        ("hash", "SHA-256".into()),
        ("modulusLength", 2048.into()),
        ("publicExponent", bytes(&[1, 0, 1]).into()),
    ]);
    let (private, public) = generate(&algorithm, true, &["sign", "verify"]).await?;
    Ok((export("pkcs8", &private).await?, export("spki", &public).await?))
}

/// Generates a key pair: the private half and the public one, which can always be exported.
pub async fn generate(
    algorithm: &JsValue,
    is_extractable: bool,
    uses: &[&str],
) -> Result<(JsValue, JsValue)> {
    let pair = wait(SUBTLE.with(|s| s.generate_key(algorithm, is_extractable, &usages(uses)))).await?;
    Ok((member(&pair, "privateKey")?, member(&pair, "publicKey")?))
}

/// Bytes, of every format but JWK.
pub async fn export(format: &str, key: &JsValue) -> Result<Vec<u8>> {
    Ok(buffer(&wait(SUBTLE.with(|s| s.export_key(format, key))).await?))
}

/// The private number of a key on a curve: `d` of its JWK, in Base64 for URLs (RFC 7518, section 6.2.2).
pub async fn export_number(key: &JsValue) -> Result<String> {
    let key = wait(SUBTLE.with(|s| s.export_key("jwk", key))).await?;
    member(&key, "d")?.as_string().ok_or_else(|| Error::internal("a key has no number"))
}

fn member(of: &JsValue, name: &str) -> Result<JsValue> {
    Reflect::get(of, &name.into()).map_err(|_| Error::internal("a key lacks a part"))
}

pub async fn derive_bits(algorithm: &JsValue, key: &JsValue, bits: u32) -> Result<Vec<u8>> {
    Ok(buffer(&wait(SUBTLE.with(|s| s.derive_bits(algorithm, key, bits))).await?))
}

pub async fn sign(algorithm: &JsValue, key: &JsValue, data: &[u8]) -> Result<Vec<u8>> {
    Ok(buffer(&wait(SUBTLE.with(|s| s.sign(algorithm, key, &bytes(data)))).await?))
}

pub async fn verify(algorithm: &JsValue, key: &JsValue, signature: &[u8], data: &[u8]) -> Result<bool> {
    let found = wait(SUBTLE.with(|s| s.verify(algorithm, key, &bytes(signature), &bytes(data)))).await?;
    Ok(found.as_bool().unwrap_or(false))
}

pub async fn encrypt(algorithm: &JsValue, key: &JsValue, data: &[u8]) -> Result<Vec<u8>> {
    Ok(buffer(&wait(SUBTLE.with(|s| s.encrypt(algorithm, key, &bytes(data)))).await?))
}

pub async fn decrypt(algorithm: &JsValue, key: &JsValue, data: &[u8]) -> Result<Vec<u8>> {
    Ok(buffer(&wait(SUBTLE.with(|s| s.decrypt(algorithm, key, &bytes(data)))).await?))
}

/// PBKDF2-HMAC-SHA-256, 32 bytes. Workers allow at most 100,000 iterations.
pub async fn pbkdf2(password: &[u8], salt: &[u8], iterations: u32) -> Result<Vec<u8>> {
    let key = import("raw", password, &"PBKDF2".into(), &["deriveBits"]).await?;
    let algorithm = object(&[
        ("name", "PBKDF2".into()),
        ("hash", "SHA-256".into()),
        ("salt", bytes(salt).into()),
        ("iterations", iterations.into()),
    ]);
    derive_bits(&algorithm, &key, 256).await
}
