//! Traps of keys, signatures and HTTP (numbers 1, 7, 18, 44–58).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sori::activitypub::wire::signature::key::{PublicKey, to_pem};
use sori::activitypub::wire::signature::{SigningKey, Spec};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::time::{HOUR, MINUTE, Time};
use sori::platform::keys::KeyPair;
use sori::platform::native::Crypto;

use crate::app::{NOW, TestApp};
use crate::remote::{Remote, cast, fetched, pair, remote_statuses};

fn signer(key_id: &str, pair: &KeyPair) -> SigningKey {
    SigningKey { key_id: key_id.into(), private_pkcs8: pair.private_pkcs8.clone() }
}

#[test]
pub fn fed_trap_1_the_signer_is_the_actor() {
    let (app, remote, bob) = cast();
    let carol = remote.person("carol");
    let note = remote.note(&carol, 1, json!({}));
    for kind in ["Follow", "Like", "Block", "Undo", "Accept"] {
        let forged = json!({"id": remote.uri("/x"), "type": kind, "actor": carol["id"], "object": "https://a.example/users/alice"});
        let key = SigningKey {
            key_id: format!("{}#main-key", bob["id"].as_str().unwrap()),
            private_pkcs8: remote.key.private_pkcs8.clone(),
        };
        let answer = app.send(remote.request_signed_by(&app, &forged, &key, Spec::Cavage));
        assert_eq!(answer.status, 403, "{kind}");
    }
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM blocks) * 10 + (SELECT count(*) FROM follows) AS n"),
        1
    );
    // Her own signature is valid.
    assert_eq!(remote.sends(&app, &remote.create(&carol, &note)), 202);
}

#[test]
fn fed_trap_7_a_key_belongs_to_the_actor_that_lists_it() {
    let (app, remote, bob) = cast();
    let mallory = Remote::new(&app.network, "m.example");
    let pair = pair(3);
    let note = remote.note(&bob, 1, json!({}));
    // A key document of mallory's that claims to be bob's: bob is on another server.
    let key_id = mallory.uri("/keys/1");
    mallory.serve(
        json!({"id": key_id, "type": "Key", "owner": bob["id"], "publicKeyPem": to_pem(&pair.public_spki)}),
    );
    let send = |key_id: &str, note: &Value| {
        let request =
            remote.request_signed_by(&app, &remote.create(&bob, note), &signer(key_id, &pair), Spec::Cavage);
        app.send(request).status
    };
    assert_eq!(send(&key_id, &note), 401);
    // One on bob's own server that bob does not list.
    let key_id = remote.uri("/keys/1");
    remote.serve(
        json!({"id": key_id, "type": "Key", "owner": bob["id"], "publicKeyPem": to_pem(&pair.public_spki)}),
    );
    assert_eq!(send(&key_id, &note), 401);
    // A key document with another id than the one asked for.
    let other = remote.uri("/keys/2");
    remote.answers("/keys/2", Response::activity(&json!({"id": key_id, "type": "Key", "owner": bob["id"], "publicKeyPem": to_pem(&pair.public_spki)})));
    assert_eq!(send(&other, &note), 401);
    assert_eq!(remote_statuses(&app), 0);
    // Bob lists it, by its id alone.
    let mut listed = bob.clone();
    listed["publicKey"] = json!([bob["publicKey"], key_id]);
    remote.serve(listed);
    app.restart();
    assert_eq!(send(&key_id, &note), 202);
    assert_eq!(remote_statuses(&app), 1);
}

#[test]
fn keys_are_read_in_every_format() {
    let pkcs1 = |spki: &[u8]| {
        // The header of an SPKI of 2048 bits is 24 bytes long.
        let text = BASE64.encode(&spki[24..]);
        format!("-----BEGIN RSA PUBLIC KEY-----\r\n{text} \r\n-----END RSA PUBLIC KEY-----\r\n")
    };
    let spki = pair(4).public_spki;
    let multibase = PublicKey::Rsa(spki.clone()).to_multibase().unwrap();
    let uri = "https://b.example/users/zoe";
    let own = |pem: String| json!({"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": pem});
    let cases = [
        ("an object", json!({"publicKey": own(to_pem(&spki))}), format!("{uri}#main-key")),
        ("CRLF", json!({"publicKey": own(to_pem(&spki).replace('\n', "\r\n"))}), format!("{uri}#main-key")),
        ("PKCS#1", json!({"publicKey": own(pkcs1(&spki))}), format!("{uri}#main-key")),
        (
            "a list",
            json!({"publicKey": [own(to_pem(&pair(7).public_spki)), {"id": format!("{uri}#second"), "owner": uri, "publicKeyPem": to_pem(&spki)}]}),
            format!("{uri}#second"),
        ),
        (
            "no owner said",
            json!({"publicKey": {"id": format!("{uri}#k"), "publicKeyPem": to_pem(&spki)}}),
            format!("{uri}#k"),
        ),
        (
            "Multikey RSA",
            json!({"assertionMethod": [{"id": format!("{uri}#m"), "type": "Multikey", "controller": uri, "publicKeyMultibase": multibase}]}),
            format!("{uri}#m"),
        ),
        (
            "beside another",
            json!({"publicKey": own(to_pem(&pair(7).public_spki)), "assertionMethod": {"id": format!("{uri}#m"), "type": "Multikey", "controller": uri, "publicKeyMultibase": multibase}}),
            format!("{uri}#m"),
        ),
        ("the actor's id", json!({"publicKey": own(to_pem(&spki))}), uri.to_owned()),
        ("a handle", json!({"publicKey": own(to_pem(&spki))}), "acct:zoe@b.example".to_owned()),
    ];
    for (name, keys, key_id) in cases {
        for spec in [Spec::Cavage, Spec::Rfc9421] {
            let (app, remote, _) = cast();
            let mut zoe = remote.person("zoe");
            zoe.as_object_mut().unwrap().remove("publicKey");
            zoe.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
            remote.serve(zoe.clone());
            let follow = json!({"id": remote.uri("/f/1"), "type": "Follow", "actor": uri, "object": "https://a.example/users/alice"});
            for round in 0..2 {
                let request = remote.request_signed_by(&app, &follow, &signer(&key_id, &pair(4)), spec);
                assert_eq!(app.send(request).status, 202, "{name}, {spec:?}, round {round}");
            }
            // The second time it was cached.
            let asked = fetched(&app).iter().filter(|u| u.ends_with("/users/zoe")).count();
            assert!(asked <= 2, "{name}: {asked}");
            // A key that is not one of them.
            let request = remote.request_signed_by(&app, &follow, &signer(&key_id, &pair(9)), spec);
            assert_eq!(app.send(request).status, 401, "{name}");
        }
    }
}

#[test]
fn a_key_with_its_own_document_must_be_listed_by_its_owner() {
    // As in GoToSocial: /main-key answers the actor without an inbox.
    let (app, remote, _) = cast();
    let mut zoe = remote.person("zoe");
    let uri = zoe["id"].as_str().unwrap().to_owned();
    let key_id = format!("{uri}/main-key");
    zoe["publicKey"] = json!({"id": key_id, "owner": uri, "publicKeyPem": to_pem(&pair(4).public_spki)});
    remote.serve(zoe.clone());
    let stub = json!({"@context": zoe["@context"], "id": uri, "type": "Person", "preferredUsername": "zoe", "publicKey": zoe["publicKey"]});
    remote.answers("/users/zoe/main-key", Response::activity(&stub));
    let follow = json!({"id": remote.uri("/f/1"), "type": "Follow", "actor": uri, "object": "https://a.example/users/alice"});
    let request = |spec| remote.request_signed_by(&app, &follow, &signer(&key_id, &pair(4)), spec);
    assert_eq!(app.send(request(Spec::Cavage)).status, 202);
    fetched(&app);
    assert_eq!(app.send(request(Spec::Rfc9421)).status, 202);
    assert_eq!(fetched(&app).len(), 0);
    // A bare Multikey document whose controller lists it by id.
    let key_id = remote.uri("/keys/9");
    let multibase = PublicKey::Rsa(pair(6).public_spki).to_multibase();
    remote
        .serve(json!({"id": key_id, "type": "Multikey", "controller": uri, "publicKeyMultibase": multibase}));
    zoe["assertionMethod"] = json!([key_id]);
    remote.serve(zoe);
    let request = remote.request_signed_by(&app, &follow, &signer(&key_id, &pair(6)), Spec::Rfc9421);
    assert_eq!(app.send(request).status, 202);
}

#[test]
pub fn fed_trap_44_one_made_up_key_is_fetched_once() {
    let (app, remote, _) = cast();
    let nobody = json!({"id": remote.uri("/users/nobody"), "followers": remote.uri("/x")});
    let activity = remote.create(&nobody, &remote.note(&nobody, 1, json!({})));
    for _ in 0..50 {
        assert_eq!(remote.sends(&app, &activity), 401);
    }
    assert_eq!(fetched(&app).len(), 1);
    // Many invented keys from one address: only some are looked up.
    for n in 0..50 {
        let nobody = json!({"id": remote.uri(&format!("/users/nobody{n}")), "followers": remote.uri("/x")});
        let mut request = remote.request(&app, &remote.create(&nobody, &remote.note(&nobody, 1, json!({}))));
        request.ip = Some("192.0.2.1".into());
        assert!(matches!(app.send(request).status, 401 | 503));
    }
    let asked = fetched(&app).len();
    assert!(asked <= 10, "{asked} fetches");
    // A server that is down is not asked again at once for the same sender, and its activities get 503 and are retried.
    app.network.set_faults(
        "down.example",
        sori::platform::native::network::Faults { is_down: true, ..Default::default() },
    );
    let down = Remote::new(&app.network, "down.example");
    for n in 0..5 {
        let dora = json!({"id": down.uri(&format!("/users/dora{n}")), "followers": down.uri("/x")});
        let mut request = down.request(&app, &down.create(&dora, &down.note(&dora, 1, json!({}))));
        request.ip = Some("192.0.2.2".into());
        assert_eq!(app.send(request).status, 503);
    }
    assert_eq!(app.network.take_log().iter().filter(|e| e.url.contains("down.example")).count(), 1);
    app.network.clear_faults();
    app.clock.advance(2 * MINUTE);
    let dora = down.person("dora");
    assert_eq!(down.sends(&app, &down.create(&dora, &down.note(&dora, 1, json!({})))), 202);
}

#[test]
fn fed_trap_45_a_self_delete_of_an_unknown_actor_is_accepted_without_checking_its_signature() {
    let (app, _, _) = cast();
    for kind in ["Delete", "Update"] {
        for object in [json!("https://x.example/1"), json!({"id": "https://x.example/1", "type": "Person"})] {
            let activity = json!({"type": kind, "actor": "https://x.example/1", "object": object});
            let mut request = Request {
                method: "POST".into(),
                path: "/inbox".into(),
                body: activity.to_string().into_bytes(),
                ..Request::default()
            };
            request.headers.add("content-type", "application/activity+json");
            request.headers.add("signature", "nonsense");
            assert_eq!(app.send(request).status, 202);
            assert!(app.cost.borrow().rows_read <= 1 && app.cost.borrow().rows_written == 0);
        }
    }
    assert!(fetched(&app).is_empty());
}

#[test]
fn fed_trap_46_a_bad_signature_gets_a_reason() {
    let (app, remote, bob) = cast();
    let activity = remote.create(&bob, &remote.note(&bob, 1, json!({})));
    let request = remote.request_signed_by(
        &app,
        &activity,
        &signer(&format!("{}#main-key", bob["id"].as_str().unwrap()), &pair(9)),
        Spec::Cavage,
    );
    assert_eq!(app.send(request).status, 401);
    let mut unsigned = remote.request(&app, &activity);
    unsigned.headers.0.retain(|(name, _)| name != "signature");
    assert_eq!(app.send(unsigned).status, 401);
    let mut malformed = remote.request(&app, &activity);
    for (name, value) in &mut malformed.headers.0 {
        if name == "signature" {
            *value = "keyId=\"https://b.example/users/bob#main-key\"".into();
        }
    }
    assert_eq!(app.send(malformed).status, 400);
    assert_eq!(remote_statuses(&app), 0);
}

#[test]
fn fed_trap_47_host_and_scheme_are_the_configured_ones() {
    let (app, remote, bob) = cast();
    for (n, (host, wanted)) in [
        ("a.example", 202),
        ("A.Example", 401),             // another spelling than was signed
        ("backend.internal:8787", 202), // a proxy's own name
        ("", 202),
    ]
    .into_iter()
    .enumerate()
    {
        for spec in [Spec::Cavage, Spec::Rfc9421] {
            let activity = remote.create(&bob, &remote.note(&bob, 100 + n as u32, json!({})));
            let mut request = remote.request_signed_by(
                &app,
                &activity,
                &signer("https://b.example/users/bob#main-key", &pair(5)),
                spec,
            );
            for (name, value) in &mut request.headers.0 {
                if name == "host" {
                    *value = host.into();
                }
            }
            let wanted = if spec == Spec::Rfc9421 { 202 } else { wanted };
            assert_eq!(app.send(request).status, wanted, "{host:?} {spec:?}");
        }
    }
    // A signature made for another server is invalid here, whatever Host it comes with.
    let other = TestApp::new(&app.network, "c.example", &app.clock);
    for spec in [Spec::Cavage, Spec::Rfc9421] {
        for host in ["c.example", "a.example"] {
            let activity = remote.create(&bob, &remote.note(&bob, 200, json!({})));
            let mut request = remote.request_signed_by(
                &other,
                &activity,
                &signer("https://b.example/users/bob#main-key", &pair(5)),
                spec,
            );
            for (name, value) in &mut request.headers.0 {
                if name == "host" {
                    *value = host.into();
                }
            }
            assert_eq!(app.send(request).status, 401, "{host} {spec:?}");
        }
    }
}

/// A GET, signed by bob for `signed_target`, that arrives as `target`.
fn get(app: &TestApp, remote: &Remote, signed_target: &str, target: &str, spec: Spec) -> Request {
    use sori::activitypub::wire::signature::{cavage, rfc9421};
    let key = signer("https://b.example/users/bob#main-key", &pair(5));
    let now = app.clock.now();
    let sign =
        |base: &str| pollster::block_on(remote.crypto.rsa_sign(&key.private_pkcs8, base.as_bytes())).unwrap();
    let headers = match spec {
        Spec::Cavage => {
            let unsigned = cavage::unsigned("GET", signed_target, "a.example", None, now);
            let signature = sign(&unsigned.base);
            cavage::headers(unsigned, &key.key_id, &signature)
        }
        Spec::Rfc9421 => {
            let unsigned = rfc9421::unsigned(
                "GET",
                &format!("https://a.example{signed_target}"),
                &key.key_id,
                None,
                now,
            );
            let signature = sign(&unsigned.base);
            rfc9421::headers(unsigned, &signature)
        }
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
    request.headers.add("host", "a.example");
    request.headers.add("accept", "application/activity+json");
    for (name, value) in headers {
        request.headers.add(&name, value);
    }
    request
}

#[test]
fn fed_trap_48_the_target_is_the_raw_request_line() {
    let (app, remote, _) = cast();
    let check = |signed: &str, target: &str, spec: Spec| {
        let request = get(&app, &remote, signed, target, spec);
        let prepared = sori::activitypub::remote::keys::prepare(&app.ready(), &request).unwrap();
        let key = PublicKey::Rsa(pair(5).public_spki);
        pollster::block_on(prepared.check(&Crypto::default(), &key)).unwrap()
    };
    for target in [
        "/users/foo%20bar",
        "/a/%E2%98%83?x=%2f+%20y",
        "/a//b/../c",
        "/A/%7euser",
        "/x?a=1&b[]=2&b[]=3",
        "/x?q=a+b",
    ] {
        for spec in [Spec::Cavage, Spec::Rfc9421] {
            assert!(check(target, target, spec), "{target} {spec:?}");
        }
    }
    // Encoded differently by a proxy: another target.
    for (signed, target) in [("/x?q=a+b", "/y?q=a%20b"), ("/%7euser", "/~user"), ("/a%2Fb", "/a%2fb")] {
        assert!(!check(signed, target, Spec::Cavage), "{target}");
    }
    // Some sign without the query (cavage only).
    assert!(check("/x", "/x?page=true", Spec::Cavage));
    assert!(!check("/x", "/x?page=true", Spec::Rfc9421));
}

#[test]
fn fed_trap_49_signature_headers_in_every_format() {
    let (app, remote, bob) = cast();
    type Dress = fn(&str) -> (&'static str, String);
    let dress: [Dress; 6] = [
        |h| ("signature", h.replace(",", ", ")),
        |h| ("signature", h.replace("keyId=", "keyId = ").replace("headers=", "headers =")),
        |h| ("authorization", format!("Signature {h}")),
        |h| ("authorization", format!("signature {h}")),
        |h| {
            ("signature", h.replace("(request-target) host date digest", "(request-target) Host Date Digest"))
        },
        |h| {
            let mut parts: Vec<&str> = h.split(',').collect();
            parts.reverse();
            ("signature", parts.join(","))
        },
    ];
    for (n, dress) in dress.iter().enumerate() {
        let mut request = remote.request(&app, &remote.create(&bob, &remote.note(&bob, n as u32, json!({}))));
        let plain = request.headers.get("signature").unwrap().to_owned();
        request.headers.0.retain(|(name, _)| name != "signature");
        let (name, value) = dress(&plain);
        request.headers.add(name, value);
        assert_eq!(app.send(request).status, 202, "dress {n}");
    }
    assert_eq!(remote_statuses(&app), 6);
}

#[test]
fn fed_trap_50_digests() {
    let (app, remote, bob) = cast();
    let key = signer("https://b.example/users/bob#main-key", &pair(5));
    let send = |spec: Spec, change: &dyn Fn(String) -> String| {
        use sori::activitypub::wire::signature::{cavage, digest, rfc9421};
        let body = remote.create(&bob, &remote.note(&bob, 1, json!({}))).to_string().into_bytes();
        let now = app.clock.now();
        let mut request = Request { method: "POST".into(), path: "/inbox".into(), ..Request::default() };
        request.headers.add("host", "a.example");
        request.headers.add("content-type", "application/activity+json");
        let (name, right) = match spec {
            Spec::Cavage => ("digest", digest::digest(&body)),
            Spec::Rfc9421 => ("content-digest", digest::content_digest(&body)),
        };
        let said = change(right.clone());
        let sign = |base: String| {
            pollster::block_on(
                remote.crypto.rsa_sign(&key.private_pkcs8, base.replace(&right, &said).as_bytes()),
            )
            .unwrap()
        };
        let headers = match spec {
            Spec::Cavage => {
                let unsigned = cavage::unsigned("POST", "/inbox", "a.example", Some(&body), now);
                let signature = sign(unsigned.base.clone());
                cavage::headers(unsigned, &key.key_id, &signature)
            }
            Spec::Rfc9421 => {
                let unsigned =
                    rfc9421::unsigned("POST", "https://a.example/inbox", &key.key_id, Some(&body), now);
                let signature = sign(unsigned.base.clone());
                rfc9421::headers(unsigned, &signature)
            }
        };
        for (header, value) in headers {
            request
                .headers
                .add(&header, if header.eq_ignore_ascii_case(name) { said.clone() } else { value });
        }
        request.body = body;
        app.send(request).status
    };
    assert_eq!(send(Spec::Cavage, &|d| d.replace("SHA-256", "sha-256")), 202);
    assert_eq!(send(Spec::Cavage, &|d| format!("md5=AAAA,{d}")), 202);
    assert_eq!(send(Spec::Cavage, &|_| "SHA-512=AAAA".into()), 401);
    assert_eq!(send(Spec::Cavage, &|_| "SHA-256=AAAA".into()), 400);
    assert_eq!(send(Spec::Rfc9421, &|d| format!("sha-512=:AAAA:, {d}")), 202);
    assert_eq!(send(Spec::Rfc9421, &|_| "sha-512=:AAAA:".into()), 401);
}

#[test]
fn fed_trap_51_repeated_headers_are_joined_and_trimmed() {
    use sori::activitypub::wire::signature::cavage;
    let request = |values: &[&str]| {
        let mut request = Request { method: "GET".into(), path: "/x".into(), ..Request::default() };
        request.headers.add("host", "a.example");
        request.headers.add("date", Time(NOW).to_http());
        for value in values {
            request.headers.add("X-Many", *value);
        }
        request
            .headers
            .add("signature", "keyId=\"k\",headers=\"(request-target) host date x-many\",signature=\"AAAA\"");
        cavage::prepare(&request, "https://a.example", Time(NOW)).unwrap().bases
    };
    assert_eq!(request(&["  a ", "b\t"]), request(&["a, b"]));
    assert_ne!(request(&["b", "a"]), request(&["a, b"]));
}

#[test]
fn fed_trap_52_clocks_are_wrong_and_dates_are_old_fashioned() {
    let (app, remote, bob) = cast();
    let mut n = 0;
    let mut at = |offset: i64, format: Option<&str>| {
        n += 1;
        let activity = remote.create(&bob, &remote.note(&bob, n, json!({})));
        let now = app.clock.now();
        let body = activity.to_string().into_bytes();
        let signed_at = now.plus(offset);
        let mut unsigned = sori::activitypub::wire::signature::cavage::unsigned(
            "POST",
            "/inbox",
            "a.example",
            Some(&body),
            signed_at,
        );
        let plain = signed_at.to_http();
        let said = format.map_or_else(|| plain.clone(), str::to_owned);
        unsigned.base = unsigned.base.replace(&plain, &said);
        let signature =
            pollster::block_on(remote.crypto.rsa_sign(&pair(5).private_pkcs8, unsigned.base.as_bytes()))
                .unwrap();
        let headers = sori::activitypub::wire::signature::cavage::headers(
            unsigned,
            "https://b.example/users/bob#main-key",
            &signature,
        );
        let mut request =
            Request { method: "POST".into(), path: "/inbox".into(), body, ..Request::default() };
        request.headers.add("host", "a.example");
        request.headers.add("content-type", "application/activity+json");
        for (name, value) in headers {
            request.headers.add(&name, if name == "Date" { said.clone() } else { value });
        }
        app.send(request).status
    };
    assert_eq!(at(0, None), 202);
    assert_eq!(at(-64 * MINUTE, None), 202);
    assert_eq!(at(-66 * MINUTE, None), 401);
    assert_eq!(at(59 * MINUTE, None), 202);
    assert_eq!(at(61 * MINUTE, None), 401);
    assert_eq!(at(-13 * HOUR, None), 401);
    // NOW is Monday, 21 September 2026, about 13:20:00.
    let http = app.clock.now().to_http();
    let (day, rest) = http.split_once(", ").unwrap();
    let parts: Vec<&str> = rest.split(' ').collect();
    assert_eq!(day, "Mon");
    assert_eq!(
        at(0, Some(&format!("Monday, {}-{}-{} {} GMT", parts[0], parts[1], &parts[2][2..], parts[3]))),
        202
    );
    assert_eq!(at(0, Some(&format!("Mon {} {} {} {}", parts[1], parts[0], parts[3], parts[2]))), 202);
    assert_eq!(at(0, Some("yesterday")), 400);
}

#[test]
fn fed_trap_53_keys_are_rotated_with_and_without_an_update() {
    let (app, remote, bob) = cast();
    let id = bob["id"].as_str().unwrap();
    let key_id = format!("{id}#main-key");
    let send = |pair: &KeyPair, n: u32| {
        let activity = remote.create(&bob, &remote.note(&bob, n, json!({})));
        app.send(remote.request_signed_by(&app, &activity, &signer(&key_id, pair), Spec::Cavage)).status
    };
    // With an Update, signed by the old key: the new one is known without a fetch.
    let mut changed = bob.clone();
    changed["publicKey"]["publicKeyPem"] = json!(to_pem(&pair(1).public_spki));
    changed["name"] = json!("Bob, rekeyed");
    let update = json!({"id": format!("{id}#u1"), "type": "Update", "actor": id, "object": changed});
    assert_eq!(remote.sends(&app, &update), 202);
    fetched(&app);
    assert_eq!(send(&pair(1), 1), 202);
    assert!(fetched(&app).is_empty());
    // The old key is no longer theirs: fetched once, without result.
    remote.serve(changed.clone());
    assert_eq!(send(&pair(5), 2), 401);
    assert_eq!(fetched(&app), [id]);
    app.restart();
    // Without an Update: the failing key is fetched again, and nothing else of a recently read profile.
    changed["publicKey"]["publicKeyPem"] = json!(to_pem(&pair(2).public_spki));
    remote.serve(changed.clone());
    assert_eq!(send(&pair(2), 3), 202);
    assert_eq!(fetched(&app), [id]);
    assert_eq!(send(&pair(2), 4), 202);
    assert!(fetched(&app).is_empty());
    // Under another id.
    changed["publicKey"] =
        json!({"id": format!("{id}#k2"), "owner": id, "publicKeyPem": to_pem(&pair(6).public_spki)});
    remote.serve(changed);
    let activity = remote.create(&bob, &remote.note(&bob, 5, json!({})));
    let request =
        remote.request_signed_by(&app, &activity, &signer(&format!("{id}#k2"), &pair(6)), Spec::Rfc9421);
    assert_eq!(app.send(request).status, 202);
    assert_eq!(remote_statuses(&app), 4);
}
