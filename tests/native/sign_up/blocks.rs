//! Who is kept from signing up: the API of staff, the page, and what comes of it.

use serde_json::{Value, json};
use sori::http::request::Request;

use super::{client, from, instance, owner, read, staff};
use crate::app::{DAY, Person, TestApp, header};
use crate::browser::Browser;

const DOMAINS: &str = "/api/v1/admin/email_domain_blocks";
const CANONICAL: &str = "/api/v1/admin/canonical_email_blocks";
const IPS: &str = "/api/v1/admin/ip_blocks";

fn call(by: &Person, method: &str, path: &str, body: Value) -> (u16, Value) {
    let answer = by.call(method, path, Some(body));
    (answer.status, read(&answer))
}

fn at(app: &TestApp, ip: &str, path: &str) -> u16 {
    app.send(Request { method: "GET".into(), path: path.into(), ip: Some(ip.into()), ..Request::default() })
        .status
}

#[test]
fn nobody_signs_up_with_an_address_of_a_blocked_provider() {
    let app = instance("open");
    let (boss, token) = (staff(&app, "owner"), client(&app));
    let (status, made) = call(&boss, "POST", DOMAINS, json!({"domain": "Bad.Example"}));
    assert_eq!((status, &made["domain"], &made["history"]), (200, &json!("bad.example"), &json!([])));
    assert!(made["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(call(&boss, "POST", DOMAINS, json!({"domain": "bad.example"})).0, 422);
    for wrong in ["", "x", "a b.example", "bad.example:8080"] {
        assert_eq!(call(&boss, "POST", DOMAINS, json!({"domain": wrong})).0, 422, "{wrong}");
    }
    let comes = |n: u8, name: &str, email: &str| {
        from(&app, &format!("10.0.{n}.1"), &token, name, json!({"email": email}))
    };
    for email in ["x@bad.example", "x@deep.BAD.example"] {
        let (status, answer) = comes(1, "dora", email);
        assert_eq!(
            (status, &answer["details"]["email"][0]["error"]),
            (422, &json!("ERR_BLOCKED")),
            "{email}"
        );
    }
    assert_eq!(comes(2, "dora", "x@notbad.example").0, 200);
    assert_eq!(
        call(&boss, "POST", DOMAINS, json!({"domain": "odd.example", "allow_with_approval": true})).0,
        200
    );
    assert_eq!(comes(3, "emil", "x@odd.example").0, 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 1);
    let one = format!("{DOMAINS}/{}", made["id"].as_str().unwrap());
    assert_eq!(call(&boss, "GET", &one, json!({})).1["domain"], "bad.example");
    let page = boss.call("GET", &format!("{DOMAINS}?limit=1"), None);
    assert_eq!(read(&page)[0]["domain"], "odd.example");
    assert!(header(&page, "link").contains("rel=\"next\""));
    assert_eq!(call(&boss, "DELETE", &one, json!({})), (200, json!({})));
    assert_eq!(call(&boss, "DELETE", &one, json!({})).0, 404);
    assert_eq!(call(&boss, "GET", &one, json!({})).0, 404);
    assert_eq!(comes(4, "fritz", "x@bad.example").0, 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE kind = 'email_domain_block'"), 3);
}

#[test]
fn a_blocked_address_is_blocked_in_all_its_spellings() {
    let app = instance("open");
    let (boss, token) = (staff(&app, "owner"), client(&app));
    let (status, made) = call(&boss, "POST", CANONICAL, json!({"email": "test@example.com"}));
    // The hash of Mastodon's documentation.
    let hash = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b";
    assert_eq!((status, &made["canonical_email_hash"]), (200, &json!(hash)));
    assert_eq!(call(&boss, "POST", CANONICAL, json!({"canonical_email_hash": hash})).0, 422);
    assert_eq!(call(&boss, "POST", CANONICAL, json!({"email": ""})).0, 422);
    for email in ["test@example.com", "T.est+a@Example.com"] {
        let (_, answer) = from(&app, "10.0.1.1", &token, "dora", json!({"email": email}));
        assert_eq!(answer["details"]["email"][0]["error"], "ERR_BLOCKED", "{email}");
    }
    let test = |email: &str| call(&boss, "POST", &format!("{CANONICAL}/test"), json!({"email": email})).1;
    assert_eq!(test("te.st@example.com")[0]["id"], made["id"]);
    assert_eq!(test("other@example.com"), json!([]));
    let one = format!("{CANONICAL}/{}", made["id"].as_str().unwrap());
    assert_eq!(call(&boss, "GET", &one, json!({})).0, 200);
    assert_eq!(call(&boss, "GET", CANONICAL, json!({})).1.as_array().unwrap().len(), 1);
    assert_eq!(call(&boss, "DELETE", &one, json!({})).0, 200);
    assert_eq!(call(&boss, "GET", &one, json!({})).0, 404);
}

#[test]
fn what_is_kept_from_a_network_is_what_its_block_says_until_it_ends() {
    let app = instance("open");
    let (boss, token) = (staff(&app, "owner"), client(&app));
    let block = |body: Value| call(&boss, "POST", IPS, body);
    let (status, made) = block(
        json!({"ip": "192.0.2.9/24", "severity": "sign_up_requires_approval", "comment": "<odd>", "expires_in": 86400}),
    );
    assert_eq!(
        (status, &made["ip"], &made["severity"]),
        (200, &json!("192.0.2.0/24"), &json!("sign_up_requires_approval"))
    );
    assert!(made["expires_at"].is_string());
    assert_eq!(block(json!({"ip": "192.0.2.0/24", "severity": "no_access"})).0, 422);
    for wrong in
        [json!({"ip": "x", "severity": "no_access"}), json!({"ip": "10.0.0.1", "severity": "x"}), json!({})]
    {
        assert_eq!(block(wrong.clone()).0, 422, "{wrong}");
    }
    assert_eq!(from(&app, "192.0.2.77", &token, "dora", json!({})).0, 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 1);
    let one = format!("{IPS}/{}", made["id"].as_str().unwrap());
    let (status, changed) = call(&boss, "PUT", &one, json!({"severity": "sign_up_block"}));
    assert_eq!(
        (status, &changed["severity"], &changed["comment"]),
        (200, &json!("sign_up_block"), &json!("<odd>"))
    );
    assert!(changed["expires_at"].is_string());
    let (status, said) = from(&app, "192.0.2.78", &token, "emil", json!({}));
    assert_eq!((status, &said["error"]), (403, &json!("This action is not allowed")));
    assert_eq!(Browser::at(&app, "192.0.2.78").page("/sign_up").status, 403);
    assert_eq!(at(&app, "192.0.2.78", "/about"), 200);
    assert_eq!(call(&boss, "PATCH", &one, json!({"severity": "no_access"})).0, 200);
    for path in ["/about", "/api/v2/instance", "/users/owner", "/sign_in", "/.well-known/webfinger"] {
        assert_eq!(at(&app, "192.0.2.78", path), 403, "{path}");
    }
    assert_eq!(at(&app, "192.0.3.78", "/about"), 200);
    // Nor is there a kept page for them.
    app.pages.bind();
    assert_eq!((at(&app, "192.0.3.78", "/about"), at(&app, "192.0.2.78", "/about")), (200, 403));
    // Known without a read of its own by any isolate.
    app.restart();
    assert_eq!(at(&app, "192.0.2.78", "/about"), 403);
    app.clock.advance(DAY + 1000);
    assert_eq!(at(&app, "192.0.2.78", "/about"), 200);
    pollster::block_on(sori::services::sign_up::tidy(&app.ready())).unwrap();
    assert_eq!(call(&boss, "GET", &one, json!({})).0, 404);
    assert_eq!(block(json!({"ip": "2001:db8::/32", "severity": "no_access"})).0, 200);
    assert_eq!((at(&app, "2001:db8:1::5", "/about"), at(&app, "2001:db9::5", "/about")), (403, 200));
    let all = call(&boss, "GET", IPS, json!({})).1;
    let id = all[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(call(&boss, "DELETE", &format!("{IPS}/{id}"), json!({})), (200, json!({})));
    assert_eq!(at(&app, "2001:db8:1::5", "/about"), 200);
}

#[test]
fn nobody_locks_themselves_out() {
    let app = instance("open");
    let boss = Browser::at(&app, "192.0.2.1");
    assert_eq!(boss.sign_in("owner", crate::app::PASSWORD, "/").status, 303);
    let here = "/settings/sign-up-rules";
    let block = |network: &str| {
        boss.submit(
            here,
            here,
            &[("do", "network"), ("network", network), ("severity", "no_access"), ("lasts", "86400")],
        )
        .status
    };
    assert_eq!((block("192.0.2.0/24"), block("0.0.0.0/0"), block("192.0.3.0/24")), (422, 422, 303));
    assert_eq!(boss.status("/home"), 200);
}

#[test]
fn the_page_adds_and_ends_each_kind() {
    let app = instance("open");
    let boss = owner(&app);
    let here = "/settings/sign-up-rules";
    let send = |fields: &[(&str, &str)]| boss.submit(here, here, fields).status;
    assert_eq!(send(&[("do", "domain"), ("domain", "bad.example"), ("allows", "1")]), 303);
    assert_eq!(send(&[("do", "email"), ("email", "a.b@c.example")]), 303);
    assert_eq!(
        send(&[
            ("do", "network"),
            ("network", "10.0.0.0/8"),
            ("severity", "sign_up_block"),
            ("lasts", ""),
            ("comment", "<i>x</i>")
        ]),
        303
    );
    assert_eq!(send(&[("do", "domain"), ("domain", "bad.example")]), 422);
    let page = boss.get(here, "en");
    assert!(
        page.contains("bad.example") && page.contains("10.0.0.0/8") && page.contains("&lt;i&gt;x&lt;/i&gt;"),
        "{page}"
    );
    for name in ["end_domain", "end_email", "end_network"] {
        let start = format!("name=\"{name}\" value=\"");
        let id = page.split(start.as_str()).nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(send(&[(name, &id)]), 303, "{name}");
    }
    let rows = "SELECT (SELECT count(*) FROM email_domain_blocks) + (SELECT count(*) FROM canonical_email_blocks) + (SELECT count(*) FROM ip_blocks) AS n";
    assert_eq!(app.count(rows), 0);
    assert_eq!(boss.send("POST", here, "form=1.x&do=domain&domain=x.example", "en").status, 403);
}

#[test]
fn only_who_manages_blocks_may_see_and_change_them() {
    let app = instance("open");
    let person = staff(&app, "alice");
    for (method, path) in [
        ("GET", DOMAINS),
        ("POST", DOMAINS),
        ("GET", CANONICAL),
        ("POST", CANONICAL),
        ("POST", "/api/v1/admin/canonical_email_blocks/test"),
        ("GET", IPS),
        ("POST", IPS),
        ("DELETE", "/api/v1/admin/ip_blocks/1"),
    ] {
        assert_eq!(call(&person, method, path, json!({"domain": "x.example"})).0, 403, "{method} {path}");
    }
    assert_eq!(Browser::of(&person).status("/settings/sign-up-rules"), 404);
    // Nor who may, by a token that is for less.
    let plain = app.person("owner");
    assert_eq!(call(&plain, "GET", IPS, json!({})).0, 403);
}
