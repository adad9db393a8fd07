//! Passkeys: made, named, used and removed on pages.

use serde_json::json;
use sori::model::totp;
use sori::platform::sql::Cost;
use sori::{services, store};

use crate::app::{MINUTE, PASSWORD, people};
use crate::authenticator::{
    Authenticator, Key, SECURITY, SIGN_IN, asked, confirm, enter, register, rsa_key, send, token,
};
use crate::browser::Browser;

fn text(response: &sori::http::response::Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

#[test]
fn a_passkey_is_added_named_used_and_removed() {
    let (app, alice, bob) = people();
    let browser = Browser { agent: Some("Firefox/140.0 (Windows)".into()), ..Browser::of(&alice) };
    // Nothing is offered before the session was confirmed.
    let page = browser.get(SECURITY, "en");
    assert!(!page.contains("data-passkey") && page.contains("You have no passkey yet."), "{page}");
    assert_eq!(confirm(&browser, "wrong"), 422);
    assert_eq!(confirm(&browser, PASSWORD), 303);
    let mut phone = Authenticator::new(1);
    let page = browser.get(SECURITY, "en");
    assert_eq!(asked(&page, "create", "rp"), "a.example");
    assert_eq!(asked(&page, "create", "handle"), "alice@a.example");
    assert_eq!(asked(&page, "create", "algorithms"), "-7 -8 -257");
    phone.handle = asked(&page, "create", "user");
    assert_eq!(register(&browser, &phone).header("location"), Some("/settings/security?saved=1"));
    let page = browser.get(SECURITY, "en");
    assert!(page.contains("<strong dir=\"auto\">Firefox · Windows</strong>"), "{page}");
    // Its authenticator is not asked for another one.
    assert!(!asked(&page, "create", "known").is_empty());
    let stranger = Browser::new(&app);
    let done = enter(&stranger, &phone);
    assert_eq!((done.status, done.header("location")), (303, Some("/home")), "{}", text(&done));
    assert!(stranger.get("/settings", "en").contains("@alice@a.example"));
    let page = browser.get(SECURITY, "en");
    assert!(page.contains("added on <time") && page.contains("last used on <time"), "{page}");
    // Named, by its owner only.
    let id = app.count("SELECT id AS n FROM passkeys").to_string();
    let theirs = Browser::of(&bob);
    assert_eq!(confirm(&theirs, PASSWORD), 303);
    for (name, value) in [("rename", "x"), ("remove", "")] {
        assert_eq!(theirs.submit(SECURITY, SECURITY, &[(name, &id), ("name", value)]).status, 303);
    }
    let renamed = browser.submit(SECURITY, SECURITY, &[("rename", &id), ("name", " <b>my phone</b> ")]);
    assert_eq!(renamed.status, 303);
    assert!(browser.get(SECURITY, "en").contains("&lt;b&gt;my phone&lt;/b&gt;"));
    browser.submit(SECURITY, SECURITY, &[("rename", &id), ("name", &"é".repeat(300))]);
    assert_eq!(app.count("SELECT length(name) AS n FROM passkeys"), 60);
    assert_eq!(browser.submit(SECURITY, SECURITY, &[("remove", &id)]).status, 303);
    assert_eq!(enter(&Browser::new(&app), &phone).status, 401);
}

#[test]
fn keys_of_all_algorithms_sign_in() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    confirm(&browser, PASSWORD);
    for (n, key) in [
        (1, None),
        (2, Some(Key::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[2; 32])))),
        (3, Some(rsa_key())),
    ] {
        let own = Authenticator::new(n);
        let own = Authenticator { key: key.unwrap_or_else(|| own.key.clone()), ..own };
        assert_eq!(register(&browser, &own).status, 303, "{n}");
        assert_eq!(enter(&Browser::new(&app), &own).status, 303, "{n}");
    }
    // One that attests itself, as browsers pass it on.
    let mut own = Authenticator::new(4);
    let page = browser.get(SECURITY, "en");
    let challenge = asked(&page, "create", "challenge");
    own.attests_itself(&challenge);
    let mut fields = own.creates(&challenge);
    fields.push(("do", "add".into()));
    assert_eq!(send(&browser, SECURITY, &token(&page), &fields).status, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM passkeys"), 4);
}

#[test]
fn there_are_ten_at_most_and_each_is_one_persons() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    confirm(&browser, PASSWORD);
    let first = Authenticator::new(1);
    // The last one in another tab, whose page is older.
    let page = browser.get(SECURITY, "en");
    for n in 1..=10 {
        assert_eq!(register(&browser, &Authenticator::new(n)).status, 303);
    }
    let mut late = Authenticator::new(11).creates(&asked(&page, "create", "challenge"));
    late.push(("do", "add".into()));
    assert_eq!(send(&browser, SECURITY, &token(&page), &late).status, 422);
    assert!(browser.get(SECURITY, "en").contains("as many passkeys as there may be"));
    // The id of somebody else's credential.
    let theirs = Browser::of(&bob);
    confirm(&theirs, PASSWORD);
    let copied = Authenticator { credential: first.credential.clone(), ..Authenticator::new(20) };
    assert_eq!(register(&theirs, &copied).status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM passkeys"), 10);
    assert_eq!(enter(&Browser::new(&app), &copied).status, 401);
    let own = Browser::new(&app);
    assert_eq!(enter(&own, &first).status, 303);
    assert!(own.get("/settings", "en").contains("@alice@a.example"));
}

#[test]
fn a_passkey_confirms_and_then_the_password_may_be_forgotten() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    confirm(&browser, PASSWORD);
    let own = Authenticator::new(1);
    register(&browser, &own);
    let theirs = Browser::of(&bob);
    confirm(&theirs, PASSWORD);
    let other = Authenticator::new(2);
    register(&theirs, &other);
    let entered = Browser::new(&app);
    app.clock.advance(1);
    enter(&entered, &own);
    let by = |authenticator: &Authenticator| {
        app.clock.advance(1);
        let page = entered.get(SECURITY, "en");
        let mut fields = authenticator.signs(&asked(&page, "get", "challenge"));
        fields.push(("do", "passkey".into()));
        send(&entered, SECURITY, &token(&page), &fields).status
    };
    let change =
        |new: &str| entered.submit("/settings/password", "/settings/password", &[("new", new)]).status;
    assert_eq!(change("another horse"), 422);
    // Somebody else's is no proof.
    assert_eq!((by(&other), change("another horse")), (422, 422));
    assert_eq!((by(&own), change("another horse")), (303, 200));
    assert_eq!(Browser::new(&app).sign_in("alice", "another horse", "/").status, 303);
    // It holds for a quarter of an hour, in this session only.
    let cookie = entered.cookie("__Host-sori-confirmed").unwrap();
    let again = Browser::new(&app);
    again.sign_in("alice", "another horse", "/");
    again.set_cookie("__Host-sori-confirmed", &cookie);
    let refused = again.submit(SECURITY, SECURITY, &[("do", "begin")]);
    assert_eq!(refused.status, 403);
    assert_eq!(entered.submit(SECURITY, SECURITY, &[("do", "begin")]).status, 303);
    app.clock.advance(15 * MINUTE + 1);
    assert_eq!(entered.submit(SECURITY, SECURITY, &[("do", "begin")]).status, 403);
}

#[test]
fn a_passkey_leads_to_the_consent_for_an_app_and_is_the_first_identity() {
    let (app, alice, _) = people();
    let made = alice
        .post("/api/v1/apps", json!({"client_name": "An app", "redirect_uris": "app://x", "scopes": "read"}));
    let browser = Browser::of(&alice);
    confirm(&browser, PASSWORD);
    let own = Authenticator::new(1);
    register(&browser, &own);
    let consent = format!(
        "/oauth/authorize?client_id={}&redirect_uri=app://x&response_type=code&scope=read",
        made["client_id"].as_str().unwrap()
    );
    app.clock.advance(1);
    let stranger = Browser::new(&app);
    let first = stranger.page(&consent);
    let page = stranger.get(first.header("location").unwrap(), "en");
    let mut fields = own.signs(&asked(&page, "get", "challenge"));
    let next = page.split("name=\"next\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    fields.push(("next", next.replace("&amp;", "&")));
    let done = send(&stranger, "/sign_in/passkey", &token(&page), &fields);
    let page = stranger.page(done.header("location").unwrap());
    assert!(text(&page).contains("An app"), "{}", text(&page));
    let allowed = stranger.fill(&page, &[("decision", "allow")]);
    assert!(allowed.header("location").unwrap().starts_with("app://x?code="));
    // Suspended people have no sign-in.
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'alice'");
    app.clock.advance(1);
    assert_eq!(enter(&Browser::new(&app), &own).status, 401);
}

#[test]
fn the_page_works_without_script_and_has_it_with_a_strict_policy() {
    let (app, ..) = people();
    let page = Browser::new(&app).page(SIGN_IN);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("script-src 'self'") && policy.contains("trusted-types 'none'"), "{policy}");
    let html = text(&page);
    assert!(html.contains("autocomplete=\"username webauthn\"") && html.contains("script.js"), "{html}");
    // What needs the script is hidden until it is there.
    let form = html.split("<form").nth(1).unwrap();
    assert!(form.starts_with(" method=\"post\" action=\"/sign_in/passkey\" hidden "), "{form}");
    for path in ["/sign_in/passkey", "/sign_in/code"] {
        assert_eq!(Browser::new(&app).page(path).header("location"), Some("/sign_in"));
    }
}

#[test]
fn passkeys_go_with_the_last_identity() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    confirm(&browser, PASSWORD);
    register(&browser, &Authenticator::new(1));
    browser.submit(SECURITY, SECURITY, &[("do", "begin")]);
    let of_persons = "SELECT (SELECT count(*) FROM passkeys) + (SELECT count(*) FROM second_steps) + (SELECT count(*) FROM sign_ins) AS n";
    assert_eq!(app.count(of_persons), 3);
    // Bob becomes another identity of the same person.
    app.write("UPDATE users SET person = (SELECT u.person FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.username = 'alice') WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')");
    let deleted = browser.submit("/settings/delete", "/settings/delete", &[("password", PASSWORD)]);
    assert_eq!((deleted.status, app.count(of_persons)), (200, 3));
    let other = Browser::of(&bob);
    let deleted = other.submit("/settings/delete", "/settings/delete", &[("password", PASSWORD)]);
    assert_eq!((deleted.status, app.count(of_persons)), (200, 0));
}

/// What the operations of signing in cost.
pub fn costs() -> Vec<(&'static str, Cost)> {
    let (app, alice, _) = people();
    let last = || *app.cost.borrow();
    let mut all = Vec::new();
    let browser = Browser::new(&app);
    assert_eq!(browser.sign_in("alice", PASSWORD, "/").status, 303);
    all.push(("signing in by password, in a new browser", last()));
    app.clock.advance(MINUTE);
    let browser = Browser::of(&alice);
    app.clock.advance(MINUTE);
    assert_eq!(browser.sign_in("alice", PASSWORD, "/").status, 303);
    all.push(("signing in by password, in a known browser", last()));
    confirm(&browser, PASSWORD);
    all.push(("confirming by password", last()));
    let own = Authenticator::new(1);
    assert_eq!(register(&browser, &own).status, 303);
    all.push(("adding a passkey", last()));
    app.clock.advance(MINUTE);
    assert_eq!(enter(&Browser::new(&app), &own).status, 303);
    all.push(("signing in by passkey, in a new browser", last()));
    assert_eq!(enter(&Browser::new(&app), &Authenticator::new(2)).status, 401);
    all.push(("a passkey that is not known", last()));
    browser.submit(SECURITY, SECURITY, &[("do", "begin")]);
    app.write("UPDATE second_steps SET is_on = 1");
    let other = Browser::new(&app);
    let page = other.sign_in("alice", PASSWORD, "/");
    all.push(("the password, before a code", last()));
    let event = app.ready();
    let person = app.account("alice").id;
    let found = pollster::block_on(async {
        let user = store::load(&event.db, store::users::by_account(person)).await.unwrap().unwrap();
        let step =
            store::load(&event.db, store::second_steps::of_person(user.person)).await.unwrap().unwrap();
        services::second_step::secret(&event, user.person, &step).await.unwrap()
    });
    let code = super::second_step::code_of(&found, totp::step(app.clock.now()));
    assert_eq!(other.fill(&page, &[("code", &code)]).status, 303);
    all.push(("the code after a password, in a new browser", last()));
    all
}
