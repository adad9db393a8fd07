//! The vectors of the fixture folder, each with its expected result.

use serde_json::Value;
use sori::activitypub::wire::signature::key::PublicKey;
use sori::activitypub::wire::signature::{Candidate, prepare};
use sori::http::request::Request;
use sori::model::time::Time;
use sori::platform::native::Crypto;

const FOLDER: &str = "../shared/fixtures/_signatures";

fn request(vector: &Value) -> (Request, String) {
    let r = &vector["request"];
    let mut request = Request { method: r["method"].as_str().unwrap_or("POST").into(), ..Request::default() };
    let headers = r["headers"].as_object().unwrap();
    for (name, value) in headers {
        request.headers.add(name, value.as_str().unwrap());
    }
    let target =
        r["path_and_query"].as_str().or(r["target_uri"].as_str()).or(r["url"].as_str()).unwrap_or("/");
    let url = url::Url::parse(target)
        .or_else(|_| url::Url::parse("https://target.example").unwrap().join(target))
        .unwrap();
    request.path = url.path().into();
    request.query = url.query().unwrap_or("").into();
    request.body = r["body"].as_str().unwrap_or("").as_bytes().to_vec();
    if let Some(header) = vector["signature_header"].as_str() {
        request.headers.add("signature", header);
    }
    for (key, header) in [("signature_input", "signature-input"), ("signature", "signature")] {
        if let Some(value) = vector[key].as_str() {
            request.headers.add(header, value);
        }
    }
    (request, url.origin().ascii_serialization())
}

fn now(vector: &Value) -> Time {
    match &vector["now"] {
        Value::Number(n) => Time(n.as_i64().unwrap() * 1000),
        Value::String(s) => Time::parse_iso(s).unwrap(),
        _ => Time(1_767_225_600_000),
    }
}

#[test]
fn every_vector_ends_as_expected() {
    let Ok(files) = std::fs::read_dir(FOLDER) else {
        println!("skipped: {FOLDER} is not here");
        return;
    };
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in files.flatten() {
        let name = file.file_name().into_string().unwrap();
        let vector: Value = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
        let (Some(expect), Some(pem)) = (vector["expect"].as_str(), vector["public_key_pem"].as_str()) else {
            continue;
        };
        seen += 1;
        let (request, origin) = request(&vector);
        let outcome = pollster::block_on(async {
            let candidate = prepare(&request, &origin, now(&vector))?;
            let Some(key) = PublicKey::from_pem(pem) else { return Ok(false) };
            candidate.check(&Crypto::default(), &key).await
        });
        let is_accepted = outcome == Ok(true);
        println!(
            "{name}: {} ({expect:.60})",
            if is_accepted { "accepted".into() } else { format!("{outcome:?}") }
        );
        // The draft's own examples are from 2014: too old, whatever their cryptography says.
        if is_accepted != expect.starts_with("accept") {
            wrong.push(name);
        }
    }
    println!("{seen} signature vectors");
    assert!(seen >= 20, "only {seen} vectors");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn multikeys_are_read() {
    let Ok(text) = std::fs::read(format!("{FOLDER}/fep521a_ed25519.json")) else {
        println!("skipped: {FOLDER} is not here");
        return;
    };
    let vector: Value = serde_json::from_slice(&text).unwrap();
    let multibase =
        vector["multikey"]["publicKeyMultibase"].as_str().or(vector["multikey"].as_str()).unwrap();
    let Some(PublicKey::Ed25519(raw)) = PublicKey::from_multibase(multibase) else {
        panic!("no Ed25519 key")
    };
    let hex: String = raw.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, vector["raw_public_key_hex"].as_str().unwrap());

    let vector: Value =
        serde_json::from_slice(&std::fs::read(format!("{FOLDER}/fep521a_rsa.json")).unwrap()).unwrap();
    let Some(PublicKey::Rsa(spki)) =
        PublicKey::from_multibase(vector["publicKeyMultibase"].as_str().unwrap())
    else {
        panic!("no RSA key")
    };
    let pkcs1 = vector["pkcs1_der_hex"].as_str().unwrap();
    let spki: String = spki.iter().map(|b| format!("{b:02x}")).collect();
    assert!(spki.ends_with(pkcs1));
}

#[test]
fn what_we_sign_we_accept() {
    use sori::activitypub::wire::signature::{SigningKey, Spec, sign};
    use sori::platform::guard::{Policy, SafeUrl};
    pollster::block_on(async {
        let crypto = Crypto::default();
        let pair = crypto.rsa_generate().await.unwrap();
        let key = SigningKey {
            key_id: "https://a.example/users/x#main-key".into(),
            private_pkcs8: pair.private_pkcs8,
        };
        let url = SafeUrl::check("https://b.example/inbox?x=%20y", &Policy::default()).unwrap();
        for spec in [Spec::Cavage, Spec::Rfc9421] {
            for body in [Some(&b"{}"[..]), None] {
                let method = if body.is_some() { "POST" } else { "GET" };
                let headers =
                    sign(&crypto, &key, spec, method, &url, body, Time(1_767_225_600_000)).await.unwrap();
                let mut request = Request {
                    method: method.into(),
                    path: "/inbox".into(),
                    query: "x=%20y".into(),
                    body: body.unwrap_or(b"").to_vec(),
                    ..Request::default()
                };
                request.headers.add("host", "b.example");
                for (name, value) in &headers {
                    request.headers.add(name, value.clone());
                }
                let candidate = prepare(&request, "https://b.example", Time(1_767_225_600_000)).unwrap();
                assert_eq!(candidate.key_id, key.key_id);
                let public = PublicKey::Rsa(pair.public_spki.clone());
                assert_eq!(candidate.check(&crypto, &public).await, Ok(true), "{spec:?} {method}");
                request.body = b"{\"x\":1}".to_vec();
                if body.is_some() {
                    assert_eq!(
                        prepare(&request, "https://b.example", Time(1_767_225_600_000)).unwrap_err().status(),
                        401
                    );
                }
            }
        }
    });
}

#[test]
fn a_signature_names_the_algorithm_of_its_key_or_none() {
    let crypto = Crypto::default();
    let pair = pollster::block_on(crypto.rsa_generate()).unwrap();
    let signature = pollster::block_on(crypto.rsa_sign(&pair.private_pkcs8, b"text")).unwrap();
    let rsa = PublicKey::Rsa(pair.public_spki);
    for (algorithm, is_right) in [
        (None, true),
        (Some("hs2019"), true),
        (Some("rsa-sha256"), true),
        (Some("rsa-v1_5-sha256"), true),
        (Some("ed25519"), false),
        (Some("rsa-pss-sha512"), false),
    ] {
        let candidate = Candidate {
            key_id: "k".into(),
            bases: vec![b"other".to_vec(), b"text".to_vec()],
            signature: signature.clone(),
            algorithm: algorithm.map(str::to_owned),
            created: Time(0),
        };
        assert_eq!(pollster::block_on(candidate.check(&crypto, &rsa)), Ok(is_right), "{algorithm:?}");
    }
}

#[test]
fn no_header_panics() {
    let mut seed = 1u64;
    let bits = [
        "keyId=",
        "\"",
        "signature=",
        "(",
        ")",
        ";",
        ",",
        ":",
        "sig1=",
        "created=",
        "-1",
        "@method",
        " ",
        "=",
        "headers=\"date\"",
        "x",
    ];
    for round in 0..3000 {
        let mut text = || {
            let mut out = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                out.push_str(bits[(seed >> 40) as usize % bits.len()]);
            }
            out
        };
        let mut request = Request { method: "POST".into(), path: "/inbox".into(), ..Request::default() };
        request.headers.add("signature", text());
        request.headers.add("date", text());
        request.headers.add("digest", text());
        if round % 2 == 0 {
            request.headers.add("signature-input", text());
        }
        let _ = prepare(&request, "https://a.example", Time(0));
    }
}

#[test]
fn multikeys_are_written_as_they_are_read() {
    for name in ["fep521a_ed25519", "fep521a_rsa"] {
        let Ok(text) = std::fs::read(format!("{FOLDER}/{name}.json")) else {
            println!("skipped: {FOLDER} is not here");
            return;
        };
        let vector: Value = serde_json::from_slice(&text).unwrap();
        let multibase = vector["multikey"]["publicKeyMultibase"]
            .as_str()
            .or(vector["publicKeyMultibase"].as_str())
            .unwrap();
        let key = PublicKey::from_multibase(multibase).unwrap();
        assert_eq!(key.to_multibase().as_deref(), Some(multibase), "{name}");
    }
}

#[test]
fn the_integrity_proof_of_fep_8b32_verifies_and_nothing_else_does() {
    use sori::activitypub::wire::signature::{jcs, proof};
    use sori::activitypub::wire::vocab;

    let Ok(text) = std::fs::read(format!("{FOLDER}/fep8b32_eddsa_jcs_2022.json")) else {
        println!("skipped: {FOLDER} is not here");
        return;
    };
    let vector: Value = serde_json::from_slice(&text).unwrap();
    let actor = vocab::actor::keys(&vector["actor"], "https://server.example/users/alice");
    let [(key_id, Some(key))] = actor.as_slice() else { panic!("no key") };
    let check = |document: &Value| {
        let Some(candidate) = proof::read(document, &document["proof"]) else { return false };
        candidate.key_id == *key_id
            && pollster::block_on(candidate.check(&Crypto::default(), key)) == Ok(true)
    };
    let signed = &vector["signed"];
    assert!(check(signed));
    assert_eq!(jcs::canonical(&vector["unsigned"]), {
        let mut bare = signed.clone();
        bare.as_object_mut().unwrap().remove("proof");
        jcs::canonical(&bare)
    });
    let candidate = proof::read(signed, &signed["proof"]).unwrap();
    let hex: String = candidate.bases[0].iter().map(|b| format!("{b:02x}")).collect();
    let (proof_hash, document_hash) = hex.split_at(64);
    assert_eq!(proof_hash, vector["proof_hash_hex"].as_str().unwrap());
    assert_eq!(document_hash, vector["document_hash_hex"].as_str().unwrap());

    type Change = fn(&mut Value);
    let changes: [Change; 8] = [
        |d| d["object"]["content"] = "Bye world".into(),
        |d| d["object"]["location"]["longitude"] = 71.184902.into(),
        |d| d["actor"] = "https://server.example/users/mallory".into(),
        |d| d["@context"] = "https://www.w3.org/ns/activitystreams".into(),
        |d| d["proof"]["created"] = "2023-02-24T23:36:39Z".into(),
        |d| d["proof"]["proofPurpose"] = "authentication".into(),
        |d| d["proof"]["cryptosuite"] = "eddsa-rdfc-2022".into(),
        |d| d["proof"]["proofValue"] = "z42".into(),
    ];
    for (n, change) in changes.iter().enumerate() {
        let mut forged = signed.clone();
        change(&mut forged);
        assert!(!check(&forged), "change {n}");
    }
    // It is of 2023: right, and no news.
    let (actor, then) =
        ("https://server.example/users/bob", Time::parse_iso("2023-02-25T00:00:00Z").unwrap());
    assert!(proof::candidates(signed, actor, Time(1_767_225_600_000)).is_empty());
    assert_eq!(proof::candidates(signed, actor, then).len(), 1);
    assert!(proof::candidates(signed, "https://other.example/users/bob", then).is_empty());
}
