//! Answers of authenticators that are not what was asked for.

use crate::app::{MINUTE, PASSWORD, TestApp, people};
use crate::authenticator::{
    Authenticator, Fields, SECURITY, SIGN_IN, asked, cbor, confirm, enter, register, send, token,
};
use crate::browser::Browser;

/// Alice with a passkey.
fn with_passkey() -> (TestApp, Browser, Authenticator) {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    confirm(&browser, PASSWORD);
    let own = Authenticator::new(1);
    assert_eq!(register(&browser, &own).status, 303);
    app.clock.advance(1);
    (app, browser, own)
}

/// The fields of an answer to the present page, and the token.
fn answered(browser: &Browser, own: &Authenticator) -> (String, Fields) {
    let page = browser.get(SIGN_IN, "en");
    (token(&page), own.signs(&asked(&page, "get", "challenge")))
}

fn sent(browser: &Browser, (token, fields): &(String, Fields)) -> u16 {
    let status = send(browser, "/sign_in/passkey", token, fields).status;
    assert_eq!(browser.cookie("__Host-sori").is_some(), status == 303);
    status
}

#[test]
fn an_answer_is_good_once_and_in_its_browser() {
    let (app, _, own) = with_passkey();
    let victim = Browser::new(&app);
    let answer = answered(&victim, &own);
    // A stolen answer, with the thief's own form, or without the cookie.
    let thief = Browser::new(&app);
    let page = thief.get(SIGN_IN, "en");
    assert_eq!(sent(&thief, &(token(&page), answer.1.clone())), 401);
    assert_eq!(sent(&Browser::new(&app), &answer), 403);
    assert_eq!(sent(&victim, &answer), 303);
    // The same answer again, by whoever has all of it.
    let copy = Browser::new(&app);
    copy.set_cookie("__Host-sori-visitor", &victim.cookie("__Host-sori-visitor").unwrap());
    assert_eq!(sent(&copy, &answer), 401);
    app.clock.advance(1);
    assert_eq!(enter(&Browser::new(&app), &own).status, 303);
}

#[test]
fn of_two_answers_the_older_challenge_is_not_good_after_the_newer() {
    let (app, _, own) = with_passkey();
    let (first, second) = (Browser::new(&app), Browser::new(&app));
    let older = answered(&first, &own);
    app.clock.advance(1);
    let newer = answered(&second, &own);
    assert_eq!((sent(&second, &newer), sent(&first, &older)), (303, 401));
}

#[test]
fn parallel_uses_of_an_answer_are_one() {
    let (app, _, own) = with_passkey();
    let victim = Browser::new(&app);
    let answer = answered(&victim, &own);
    let events: Vec<_> = (0..5).map(|_| app.ready()).collect();
    app.db.set_slow(true);
    let secret = victim.cookie("__Host-sori-visitor").unwrap();
    let field = |name: &str| answer.1.iter().find(|(n, _)| *n == name).unwrap().1.as_str();
    let given = sori::services::passkey::Given {
        credential: field("credential"),
        client: field("client"),
        data: field("data"),
        signature: field("signature"),
        handle: "",
    };
    let source = sori::services::attempts::Source {
        address: sori::model::address::Address::parse(""),
        devices: Vec::new(),
        browser: String::new(),
    };
    let asking = sori::services::passkey::Asking {
        purpose: sori::services::passkey::Purpose::SignIn,
        secret: &secret,
        origin: "https://a.example",
    };
    let all = events.iter().map(|event| {
        let (asking, given, source) = (&asking, &given, &source);
        let one = async move { sori::services::passkey::sign_in(event, asking, given, source).await.unwrap() };
        Box::pin(one) as std::pin::Pin<Box<dyn Future<Output = _>>>
    });
    let outcomes = pollster::block_on(crate::app::together(all.collect()));
    let done = outcomes.iter().filter(|o| matches!(o, sori::services::sign_in::SignIn::Done { .. })).count();
    assert_eq!(done, 1);
}

#[test]
fn challenges_are_ours_young_and_for_one_purpose() {
    let (app, browser, own) = with_passkey();
    let stranger = Browser::new(&app);
    let answer = answered(&stranger, &own);
    app.clock.advance(15 * MINUTE + 1);
    assert_eq!(sent(&stranger, &answer), 401);
    // Of the page for settings.
    confirm(&browser, PASSWORD);
    let other = asked(&browser.get(SECURITY, "en"), "create", "challenge");
    browser.forget_cookie("__Host-sori-confirmed");
    let confirming = asked(&browser.get(SECURITY, "en"), "get", "challenge");
    let page = stranger.get(SIGN_IN, "en");
    let right = asked(&page, "get", "challenge");
    let mut changed = right.clone().into_bytes();
    changed[3] ^= 1;
    let changed = String::from_utf8(changed).unwrap();
    for wrong in [other.as_str(), &confirming, &changed, "", "AAAA", &right[..40], &format!("{right}AAAA")] {
        assert_eq!(sent(&stranger, &(token(&page), own.signs(wrong))), 401, "{wrong}");
    }
    assert_eq!(sent(&stranger, &(token(&page), own.signs(&right))), 303);
}

#[test]
fn another_place_person_or_moment_is_refused() {
    let (app, ..) = with_passkey();
    let own = Authenticator::new(1);
    let other = |change: fn(&mut Authenticator)| {
        app.clock.advance(1);
        let mut changed = own.clone();
        change(&mut changed);
        let status = enter(&Browser::new(&app), &changed).status;
        assert!([303, 401].contains(&status), "{status}");
        status == 303
    };
    assert!(other(|_| {}));
    for (name, change) in [
        ("http", (|a| a.origin = "http://a.example".into()) as fn(&mut Authenticator)),
        ("port", |a| a.origin = "https://a.example:444".into()),
        ("origin", |a| a.origin = "https://a.example.evil.example".into()),
        ("below", |a| a.origin = "https://x.a.example".into()),
        ("slash", |a| a.origin = "https://a.example/".into()),
        ("rp", |a| a.rp = "evil.example".into()),
        ("rp below", |a| a.rp = "x.a.example".into()),
        ("no rp", |a| a.rp.clear()),
        ("type", |a| a.kind = Some("webauthn.create")),
        ("no type", |a| a.kind = Some("")),
        ("framed", |a| a.more = r#","topOrigin":"https://evil.example""#),
        ("framed too", |a| a.more = r#","crossOrigin":true"#),
        ("nobody there", |a| a.flags = 4),
        ("not verified", |a| a.flags = 1),
        ("backed up and not", |a| a.flags = 1 | 4 | 16),
        ("a credential", |a| a.flags = 1 | 4 | 64),
        ("extensions that are not there", |a| a.flags = 1 | 4 | 128),
        ("another key", |a| a.key = Authenticator::new(2).key),
        ("another credential", |a| a.credential = vec![2; 32]),
        ("no credential", |a| a.credential.clear()),
        ("a long credential", |a| a.credential = vec![1; 1024]),
        ("another person", |a| a.handle = "AAAA".into()),
    ] {
        assert!(!other(change), "{name}");
    }
    // Flags that do not matter.
    assert!(other(|a| a.flags = 1 | 4 | 8 | 16));
    // Whatever else the browser says.
    assert!(other(|a| a.more = r#","other_keys_can_be_added_here":"do not compare""#));
}

#[test]
fn a_counter_that_does_not_grow_is_a_copy() {
    let (app, browser, _) = with_passkey();
    let counting = Authenticator { counter: 7, ..Authenticator::new(2) };
    assert_eq!(register(&browser, &counting).status, 303);
    for (counter, is_good) in [(8, true), (8, false), (7, false), (0, false), (20, true), (u32::MAX, true)] {
        app.clock.advance(1);
        let now = Authenticator { counter, ..counting.clone() };
        assert_eq!(enter(&Browser::new(&app), &now).status == 303, is_good, "{counter}");
    }
}

#[test]
fn broken_signatures_are_refused() {
    let (app, _, own) = with_passkey();
    let browser = Browser::new(&app);
    let (token, fields) = answered(&browser, &own);
    let base64 = |bytes: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    };
    let with = |name: &str, value: String| {
        let fields: Fields =
            fields.iter().map(|(n, v)| (*n, if *n == name { value.clone() } else { v.clone() })).collect();
        sent(&browser, &(token.clone(), fields))
    };
    for wrong in [
        vec![],
        vec![0x30, 0],
        vec![0x30, 6, 2, 1, 0, 2, 1, 0],
        vec![0x30, 6, 2, 1, 1, 2, 1, 1],
        vec![0x30, 0x80, 2, 1, 1, 2, 1, 1],
        vec![0xff; 72],
        vec![1; 513],
        [vec![0x30, 70, 2, 33], vec![1; 33], vec![2, 33], vec![1; 33]].concat(),
    ] {
        assert_eq!(with("signature", base64(&wrong)), 401, "{wrong:x?}");
    }
    for (name, value) in [
        ("client", "x".repeat(100_000)),
        ("client", base64(b"{")),
        ("client", base64(&vec![b'['; 2000])),
        ("client", base64(b"[]")),
        ("data", String::new()),
        ("data", base64(&[0; 36])),
        ("data", base64(&[0; 2000])),
        ("credential", "*".into()),
        ("signature", "=".into()),
    ] {
        assert_eq!(with(name, value.clone()), 401, "{name} {value:.40}");
    }
    assert_eq!(with("", String::new()), 303);
}

#[test]
fn new_credentials_are_as_they_were_asked_for() {
    let (app, browser, _) = with_passkey();
    let tried = |own: &Authenticator, data: Option<Vec<u8>>| {
        let page = browser.get(SECURITY, "en");
        let mut fields = own.creates(&asked(&page, "create", "challenge"));
        if let Some(object) = data {
            use base64::Engine as _;
            let object = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(object);
            fields.iter_mut().filter(|(name, _)| *name == "data").for_each(|(_, value)| *value = object.clone());
        }
        fields.push(("do", "add".into()));
        let status = send(&browser, SECURITY, &token(&page), &fields).status;
        assert!([303, 422].contains(&status), "{status}");
        status == 303
    };
    let own = Authenticator::new(9);
    let empty = cbor::map(&[]);
    let signed = cbor::map(&[
        (cbor::text("alg"), cbor::number(-7)),
        (cbor::text("sig"), cbor::bytes(&own.sign(b"something else"))),
    ]);
    let certified = cbor::map(&[
        (cbor::text("alg"), cbor::number(-7)),
        (cbor::text("sig"), cbor::bytes(&[0])),
        (cbor::text("x5c"), vec![0x80]),
    ]);
    for (name, changed) in [
        ("rp", Authenticator { rp: "evil.example".into(), ..own.clone() }),
        ("origin", Authenticator { origin: "https://evil.example".into(), ..own.clone() }),
        ("type", Authenticator { kind: Some("webauthn.get"), ..own.clone() }),
        ("not verified", Authenticator { flags: 1, ..own.clone() }),
        ("nobody there", Authenticator { flags: 4, ..own.clone() }),
        ("ES384", Authenticator { algorithm: Some(-35), ..own.clone() }),
        ("none at all", Authenticator { algorithm: Some(0), ..own.clone() }),
        ("RSA with a point", Authenticator { algorithm: Some(-257), ..own.clone() }),
        ("no id", Authenticator { credential: vec![], ..own.clone() }),
        ("a long id", Authenticator { credential: vec![9; 1024], ..own.clone() }),
        ("another format", Authenticator { attestation: Some(("tpm", empty.clone())), ..own.clone() }),
        ("none with something", Authenticator { attestation: Some(("none", signed.clone())), ..own.clone() }),
        ("packed with nothing", Authenticator { attestation: Some(("packed", empty)), ..own.clone() }),
        ("another signature", Authenticator { attestation: Some(("packed", signed)), ..own.clone() }),
        ("certificates", Authenticator { attestation: Some(("packed", certified)), ..own.clone() }),
    ] {
        assert!(!tried(&changed, None), "{name}");
    }
    let data = own.registered();
    let object = own.object(&data);
    let deep = [vec![0x81; 3000], vec![0]].concat();
    let beside = |extra: Vec<u8>| {
        [&object[..], &[]].concat().iter().copied().chain(extra).collect::<Vec<u8>>()
    };
    let mut off_the_curve = data.clone();
    let last = off_the_curve.len() - 1;
    off_the_curve[last] ^= 1;
    for (name, object) in [
        ("nothing", vec![]),
        ("no map", cbor::bytes(&data)),
        ("cut", object[..object.len() - 1].to_vec()),
        ("more behind", beside(vec![0])),
        ("large", own.object(&[data.clone(), vec![0; 5000]].concat())),
        ("deep", own.object(&[data[..37 + 18 + 32].to_vec(), deep.clone()].concat())),
        ("deep outside", deep),
        ("more than a key", own.object(&[data.clone(), vec![0]].concat())),
        ("no credential", own.object(&data[..37])),
        ("many items", own.object(&[data[..37 + 18 + 32].to_vec(), vec![0xb8, 255], vec![0; 510]].concat())),
        ("off the curve", own.object(&off_the_curve)),
    ] {
        assert!(!tried(&own, Some(object)), "{name}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM passkeys"), 1);
    // An answer of another session, and the same answer again.
    let page = browser.get(SECURITY, "en");
    let mut fields = own.creates(&asked(&page, "create", "challenge"));
    fields.push(("do", "add".into()));
    let bob = Browser::new(&app);
    bob.sign_in("bob", PASSWORD, "/");
    confirm(&bob, PASSWORD);
    assert_eq!(send(&bob, SECURITY, &token(&bob.get(SECURITY, "en")), &fields).status, 422);
    assert_eq!(send(&browser, SECURITY, &token(&page), &fields).status, 303);
    assert_eq!(send(&browser, SECURITY, &token(&page), &fields).status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM passkeys"), 2);
}

#[test]
fn nothing_tells_whether_a_credential_is_known() {
    let (app, ..) = with_passkey();
    let page = |authenticator: &Authenticator| {
        app.clock.advance(1);
        let browser = Browser::new(&app);
        let answer = enter(&browser, authenticator);
        let html = String::from_utf8(answer.body).unwrap();
        let main = html.split("<main").nth(1).unwrap().to_owned();
        // Without what is new each time.
        main.split('"').filter(|part| part.len() < 43).collect::<String>()
    };
    let known = Authenticator { key: Authenticator::new(3).key, ..Authenticator::new(1) };
    assert_eq!(page(&known), page(&Authenticator::new(3)));
}

#[test]
fn forms_of_other_sites_change_nothing() {
    let (app, browser, own) = with_passkey();
    let stranger = Browser::new(&app);
    let (_, fields) = answered(&stranger, &own);
    assert_eq!(sent(&stranger, &("1.x".into(), fields)), 403);
    for what in ["begin", "add", "off", "codes", "confirm"] {
        assert_eq!(browser.send("POST", SECURITY, &format!("form=1.x&do={what}"), "en").status, 403, "{what}");
    }
    // Without a confirmation nothing is changed either.
    browser.forget_cookie("__Host-sori-confirmed");
    for fields in [[("do", "begin")], [("do", "off")], [("remove", "1")], [("rename", "1")], [("do", "add")]] {
        assert_eq!(browser.submit(SECURITY, SECURITY, &fields).status, 403, "{fields:?}");
    }
}
