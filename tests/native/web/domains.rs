//! The operator's pages for domains, and the identities of a person.

use std::rc::Rc;

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::model::time::HOUR;
use sori::platform::native::Network;

use crate::app::{PASSWORD, Person, TestApp, header, settle, two};
use crate::browser::Browser;
use crate::remote::{Remote, redirect};

const DOMAINS: &str = "/settings/domains";
const IDENTITIES: &str = "/settings/identities";

/// How the website at my.example answers what it redirects.
type Site = Rc<dyn Fn(&str) -> Response>;

fn website(network: &Network, host: &str, site: Site) {
    network.register(
        host,
        Rc::new(move |request| {
            let site = site.clone();
            Box::pin(async move { site(&request.target()) })
        }),
    );
}

/// A website that redirects the two paths to `origin`, with their query.
fn redirecting(network: &Network, host: &str, origin: &'static str) {
    let site: Site = Rc::new(move |target| match target {
        t if t.starts_with("/.well-known/webfinger?") || t == "/.well-known/host-meta" => {
            redirect(&format!("{origin}{target}"))
        }
        _ => Response::new(404, "text/html", "<h1>my website</h1>"),
    });
    website(network, host, site);
}

/// An instance with its owner's browser.
fn owned() -> (TestApp, Browser) {
    let app = TestApp::alone();
    let browser = Browser::new(&app);
    browser.sign_in("owner", PASSWORD, "/");
    (app, browser)
}

/// Does something with a domain; returns the page, or an empty text for a redirect.
fn does(browser: &Browser, domain: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let here = format!("{DOMAINS}/{domain}");
    let answer = browser.submit(&here, &here, fields);
    (answer.status, String::from_utf8(answer.body).unwrap())
}

fn adds(browser: &Browser, domain: &str, address: &str) -> (u16, String) {
    let answer = browser.submit(DOMAINS, DOMAINS, &[("handle_domain", domain), ("address", address)]);
    (answer.status, String::from_utf8(answer.body).unwrap())
}

/// An instance with the verified domain my.example, whose website redirects to it.
fn split() -> (TestApp, Browser) {
    let (app, browser) = owned();
    redirecting(&app.network, "my.example", "https://a.example");
    assert_eq!(adds(&browser, "my.example", "").0, 303);
    let (status, page) = does(&browser, "my.example", &[("do", "verify")]);
    assert!(status == 200 && page.contains("Other servers find this domain"), "{page}");
    (app, browser)
}

/// Another identity of who uses this browser, with a token for it.
fn identity(app: &TestApp, browser: &Browser, name: &str, domain: &str) -> Person {
    let answer = browser.submit(IDENTITIES, IDENTITIES, &[("username", name), ("domain", domain)]);
    assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
    person_at(app, name, domain)
}

fn person_at(app: &TestApp, name: &str, domain: &str) -> Person {
    use sori::{model::scope::Scopes, services, store};
    let event = app.ready();
    pollster::block_on(async {
        let found =
            store::load(&app.db, store::accounts::local_by_username(name, &[domain.to_owned()])).await;
        let account = found.unwrap().unwrap();
        let user = store::load(&app.db, store::users::by_account(account.id)).await.unwrap().unwrap();
        let scopes = Scopes::parse("read write follow admin:read admin:write").unwrap();
        let (client, _) =
            services::grant::register_client(&event, "t", None, vec!["t:/".into()], &scopes).await.unwrap();
        let (token, _) =
            services::grant::issue(&event, client.id, Some(user.id), &scopes.to_string()).await.unwrap();
        Person { app: app.clone(), name: name.into(), id: account.id, token }
    })
}

fn webfinger(app: &TestApp, resource: &str) -> (u16, Value) {
    let answer = app.fetch(&format!("/.well-known/webfinger?resource={resource}"));
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

#[test]
fn a_split_domain_is_verified_and_its_people_are_found() {
    let (a, b) = two();
    let browser = Browser::new(&a);
    browser.sign_in("owner", PASSWORD, "/");
    redirecting(&a.network, "my.example", "https://a.example");
    assert_eq!(adds(&browser, "https://My.Example/", "").0, 303);
    // Nobody can live on it before it is verified, and the page has the rules for its host.
    let page = browser.get(&format!("{DOMAINS}/my.example"), "en");
    assert!(page.contains("Not verified yet") && !page.contains("Add somebody"), "{page}");
    for rule in
        ["return 301 https://a.example$request_uri", "concat(&quot;https://a.example&quot;", "RewriteRule"]
    {
        assert!(page.contains(rule), "{rule}: {page}");
    }
    assert!(!browser.get(IDENTITIES, "en").contains("@my.example"));
    does(&browser, "my.example", &[("do", "verify")]);
    let me = identity(&a, &browser, "me", "my.example");
    assert_eq!(webfinger(&a, "acct:me@my.example").1["subject"], "acct:me@my.example");
    // Another server asks by the host of the actor's address, and must come to the same handle.
    assert_eq!(webfinger(&a, "acct:me@a.example").1["subject"], "acct:me@my.example");
    let bob = b.person("bob");
    let found = bob.finds("me@my.example");
    assert_eq!(
        (&found["acct"], &found["uri"]),
        (&json!("me@my.example"), &json!("https://a.example/users/me"))
    );
    bob.follows(&me);
    settle(&[&a, &b]);
    let status = me.posts("from my own domain");
    settle(&[&a, &b]);
    assert!(bob.sees(&status["uri"]).is_some());
    let reply = bob.replies(&bob.sees(&status["uri"]).unwrap(), "@me@my.example hello");
    settle(&[&a, &b]);
    assert_eq!(me.notifications().iter().filter(|n| n["type"] == "mention").count(), 1, "{reply}");
}

#[test]
fn what_a_domain_answers_wrongly_is_told() {
    let (app, browser) = owned();
    let sites: [(&str, Site, &str); 6] = [
        ("query.example", Rc::new(|_| redirect("https://a.example/.well-known/webfinger")), "do not find"),
        ("front.example", Rc::new(|_| redirect("https://a.example/")), "do not find"),
        ("absent.example", Rc::new(|_| Response::new(404, "text/html", "<h1>no</h1>")), "404"),
        ("page.example", Rc::new(|_| Response::new(200, "text/html", "<h1>hello</h1>")), "hello"),
        (
            "other.example",
            Rc::new(|_| {
                Response::json(&json!({"subject": "acct:x@other.example", "links": [
                    {"rel": "self", "type": "application/activity+json", "href": "https://elsewhere.example/users/x"}]}))
            }),
            "elsewhere.example",
        ),
        (
            "loop.example",
            Rc::new(|target| redirect(&format!("https://loop.example{target}"))),
            "too many redirects",
        ),
    ];
    for (host, site, says) in sites {
        website(&app.network, host, site);
        assert_eq!(adds(&browser, host, "").0, 303, "{host}");
        let (_, page) = does(&browser, host, &[("do", "verify")]);
        assert!(page.contains(says) && page.contains("do not find"), "{host}: {page}");
    }
    // An address of its own must lead here: where it is somebody else's, their redirect and their answer prove nothing.
    for (host, own) in
        [("mine.example", "https://elsewhere.example"), ("self.example", "https://self.example")]
    {
        let to = format!("{own}/.well-known/webfinger?resource=acct:{host}@{host}");
        website(&app.network, host, Rc::new(move |_| redirect(&to)));
        let theirs: Site = Rc::new(|_| {
            Response::json(&json!({"subject": "acct:x@mine.example", "links": [
                {"rel": "self", "type": "application/activity+json", "href": "https://elsewhere.example/users/x"}]}))
        });
        website(&app.network, "elsewhere.example", theirs);
        assert_eq!(adds(&browser, host, own).0, 303, "{host}");
        let (_, page) = does(&browser, host, &[("do", "verify")]);
        assert!(page.contains("do not find"), "{host}: {page}");
    }
    // No such host.
    adds(&browser, "nowhere.example", "");
    assert!(does(&browser, "nowhere.example", &[("do", "verify")]).1.contains("do not find"));
    assert_eq!(app.count("SELECT count(*) AS n FROM domains WHERE verified_at IS NOT NULL"), 1);
    // A file answers the same whatever it is asked.
    let file: Site = Rc::new(|_| {
        Response::json(&json!({"subject": "acct:me@file.example", "links": [
            {"rel": "self", "type": "application/activity+json", "href": "https://a.example/users/me"}]}))
    });
    website(&app.network, "file.example", file);
    adds(&browser, "file.example", "");
    assert!(does(&browser, "file.example", &[("do", "verify")]).1.contains("Other servers find"));
}

#[test]
fn domains_that_cannot_be_are_refused() {
    let (app, browser) = split();
    for (domain, address, why) in [
        ("my.example", "", "here already"),
        ("a.example", "", "here already"),
        ("nodots", "", "is no domain"),
        ("", "", "is no domain"),
        ("x.example", "https://x.example/path", "no address"),
        ("x.example", "http://127.0.0.1", "no address"),
        ("x.example", "https://user@x.example", "no address"),
        ("x.example", "https://my.example", "another address"),
    ] {
        let (status, page) = adds(&browser, domain, address);
        assert!(status == 422 && page.contains(why), "{domain} {address}: {page}");
    }
    app.db.run("INSERT INTO domain_blocks (domain, severity, comment, created_at) VALUES ('bad.example', 'suspend', '', 0)");
    assert!(adds(&browser, "very.bad.example", "").1.contains("blocked here"));
    // A number of domains, those given up included.
    for n in 0..40 {
        adds(&browser, &format!("n{n}.example"), "");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM domains"), 30);
    // Only operators.
    let bob = app.person("bob");
    let of_bob = Browser::of(&bob);
    assert_eq!((of_bob.status(DOMAINS), of_bob.status("/settings/domains/my.example")), (404, 404));
    assert_eq!(Browser::new(&app).status(DOMAINS), 303);
    let forged = browser.send("POST", DOMAINS, "form=1.x&handle_domain=forged.example", "en");
    assert_eq!(forged.status, 403);
    let scoped = person_at(&app, "bob", "a.example");
    assert_eq!(scoped.call("GET", "/api/v1/sori/domains", None).status, 403);
    assert_eq!(
        scoped.call("POST", "/api/v1/sori/domains", Some(json!({"domain": "b0b.example"}))).status,
        403
    );
}

#[test]
fn a_name_is_there_once_at_one_address() {
    let (app, browser) = split();
    let alice = app.person("alice");
    let taken = browser.submit(IDENTITIES, IDENTITIES, &[("username", "ALICE"), ("domain", "my.example")]);
    assert!(taken.status == 422, "{}", String::from_utf8_lossy(&taken.body));
    // At an address of its own the same name is somebody else.
    assert_eq!(adds(&browser, "other.example", "https://other.example").0, 303);
    app.db.run("UPDATE domains SET verified_at = 1 WHERE handle_domain = 'other.example'");
    app.restart();
    let second = identity(&app, &browser, "alice", "other.example");
    assert_ne!(second.id, alice.id);
    let page = browser.page("/@alice@other.example");
    assert_eq!(page.status, 200);
    // The page by name alone finds whoever has it at this address.
    identity(&app, &browser, "me", "my.example");
    assert!(browser.get("/@me", "en").contains("@me@my.example"));
    // Whoever is typed with the host of the address is whoever has the name there.
    let mention = alice.posts("hello @me@a.example");
    assert_eq!(mention["mentions"][0]["acct"], "me@my.example", "{mention}");
    assert_eq!(alice.get("/api/v1/accounts/lookup?acct=me@a.example")["acct"], "me@my.example");
    // Both spellings sign in, with failures counted once.
    for name in ["me", "me@my.example", "me@a.example"] {
        assert_eq!(Browser::new(&app).sign_in(name, PASSWORD, "/").status, 303, "{name}");
    }
    // Those at the password of one are not counted for the other of the same name.
    let guesses = (0..6).map(|_| Browser::new(&app).sign_in("alice@other.example", "wrong", "/").status);
    assert_eq!(guesses.collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429]);
    assert_eq!(Browser::new(&app).sign_in("alice@a.example", PASSWORD, "/").status, 303);
}

#[test]
fn an_app_is_for_the_identity_that_is_chosen() {
    let (app, browser) = split();
    let me = identity(&app, &browser, "me", "my.example");
    let bob = app.person("bob");
    let client: Value = serde_json::from_slice(
        &app.request(
            "POST",
            "/api/v1/apps",
            None,
            Some(json!({"client_name": "app", "redirect_uris": "app://x", "scopes": "read"})),
        )
        .body,
    )
    .unwrap();
    let url = format!(
        "/oauth/authorize?client_id={}&redirect_uri=app%3A%2F%2Fx&response_type=code&scope=read",
        client["client_id"].as_str().unwrap()
    );
    let page = browser.page(&url);
    let shown = String::from_utf8(page.body.clone()).unwrap();
    assert!(shown.contains("@owner@a.example") && shown.contains("@me@my.example"), "{shown}");
    let acct = |chosen: &str| {
        let done = browser.fill(&page, &[("decision", "allow"), ("identity", chosen)]);
        let code = header(&done, "location").split("code=").nth(1).map(str::to_owned)?;
        let token = app.request(
            "POST",
            "/oauth/token",
            None,
            Some(json!({"grant_type": "authorization_code", "client_id": client["client_id"],
                "client_secret": client["client_secret"], "redirect_uri": "app://x", "code": code})),
        );
        let token: Value = serde_json::from_slice(&token.body).unwrap();
        let answer =
            app.request("GET", "/api/v1/accounts/verify_credentials", token["access_token"].as_str(), None);
        let account: Value = serde_json::from_slice(&answer.body).unwrap();
        account["acct"].as_str().map(str::to_owned)
    };
    assert_eq!(acct(&me.id.to_string()).as_deref(), Some("me@my.example"));
    let owner = person_at(&app, "owner", "a.example");
    assert_eq!(acct(&owner.id.to_string()).as_deref(), Some("owner"));
    // Nobody else's, and nothing that is no id.
    assert_eq!(acct(&bob.id.to_string()), None);
    assert_eq!(acct("x"), None);
    // Who has one identity is not asked.
    assert!(!Browser::of(&bob).get(&url, "en").contains("name=\"identity\""));
}

#[test]
fn identities_share_their_password_and_nothing_else() {
    let (app, browser) = split();
    let me = identity(&app, &browser, "me", "my.example");
    let owner = person_at(&app, "owner", "a.example");
    me.posts("as me");
    assert!(owner.get("/api/v1/accounts/verify_credentials")["statuses_count"] == 0);
    // The pages are of the one that is in use; nobody else's can be.
    let bob = app.person("bob");
    let uses = |id: String| browser.submit(IDENTITIES, IDENTITIES, &[("use", &id)]).status;
    assert_eq!((uses(bob.id.to_string()), uses(me.id.to_string())), (404, 303));
    assert!(browser.get("/settings", "en").contains("@me@my.example"));
    // An operator stays one.
    assert_eq!(browser.status(DOMAINS), 200);
    let fields = [("password", PASSWORD), ("new", "a fine new password")];
    let other = Browser::new(&app);
    other.sign_in("owner", PASSWORD, "/");
    let changed = browser.submit("/settings/password", "/settings/password", &fields);
    assert_eq!(changed.status, 200, "{}", String::from_utf8_lossy(&changed.body));
    for name in ["owner", "me@my.example"] {
        assert_eq!(Browser::new(&app).sign_in(name, PASSWORD, "/").status, 401, "{name}");
        assert_eq!(Browser::new(&app).sign_in(name, "a fine new password", "/").status, 303, "{name}");
    }
    // Other browsers are signed out, apps are not.
    assert_eq!((other.status(DOMAINS), browser.status(DOMAINS)), (303, 200));
    assert_eq!(me.get("/api/v1/accounts/verify_credentials")["acct"], "me@my.example");
    let wrong = browser.submit(
        "/settings/password",
        "/settings/password",
        &[("password", "x"), ("new", "another good one")],
    );
    assert_eq!(wrong.status, 422);
    // A form of the identity that was used before is no longer valid.
    let form = browser.token("/settings/delete");
    assert_eq!(uses(owner.id.to_string()), 303);
    let body = format!("form={form}&password=a+fine+new+password");
    assert_eq!(browser.send("POST", "/settings/delete", &body, "en").status, 403);
    assert_eq!(uses(me.id.to_string()), 303);
    // An e-mail address at one of our domains signs in as well.
    app.db.run("UPDATE users SET email = 'post@my.example' WHERE role_id = 2");
    assert_eq!(Browser::new(&app).sign_in("post@my.example", "a fine new password", "/").status, 303);
    // Deleting one leaves the others, with the e-mail address.
    app.db.run("UPDATE users SET email = 'o@example.com' WHERE role_id = 2");
    let gone = browser.submit("/settings/delete", "/settings/delete", &[("password", "a fine new password")]);
    assert_eq!(gone.status, 200, "{}", String::from_utf8_lossy(&gone.body));
    assert_eq!(Browser::new(&app).sign_in("me@my.example", "a fine new password", "/").status, 401);
    assert_eq!(Browser::new(&app).sign_in("o@example.com", "a fine new password", "/").status, 303);
    assert_eq!(webfinger(&app, "acct:me@my.example").0, 410);
}

#[test]
fn who_may_have_another_identity_is_the_operators_choice() {
    let (app, browser) = split();
    app.db.run("DELETE FROM settings WHERE key = 'registrations'");
    app.restart();
    let bob = app.person("bob");
    let of_bob = Browser::of(&bob);
    assert!(of_bob.get(IDENTITIES, "en").contains("has opened no domain"));
    let asks = |name: &str, domain: &str| {
        let token = of_bob.token(IDENTITIES);
        let body = format!("form={token}&username={name}&domain={domain}");
        of_bob.send("POST", IDENTITIES, &body, "en").status
    };
    assert_eq!((asks("b", "my.example"), asks("b", "a.example")), (404, 404));
    assert_eq!(does(&browser, "my.example", &[("do", "open")]).0, 303);
    assert_eq!((asks("b", "my.example"), asks("b", "a.example")), (303, 404));
    assert_eq!(asks("admin", "my.example"), 422, "reserved names stay so");
    // Four a day, ten in all.
    for n in 1..9 {
        if n % 4 == 0 {
            assert_eq!(asks("more", "my.example"), 422, "{n}");
            app.clock.advance(24 * HOUR);
            of_bob.sign_in("bob", PASSWORD, "/");
        }
        assert_eq!(asks(&format!("b{n}"), "my.example"), 303, "{n}");
    }
    app.clock.advance(24 * HOUR);
    of_bob.sign_in("bob", PASSWORD, "/");
    assert_eq!(asks("b9", "my.example"), 422);
    browser.sign_in("owner", PASSWORD, "/");
    does(&browser, "my.example", &[("do", "close")]);
    assert_eq!(asks("c", "my.example"), 404);
    // Somebody new gets a password that is shown once, and no rights.
    let (_, page) = does(&browser, "my.example", &[("do", "person"), ("username", "dora")]);
    let password = page.split("class=\"code\">").nth(2).unwrap().split('<').next().unwrap();
    let of_dora = Browser::new(&app);
    assert_eq!(of_dora.sign_in("dora@my.example", password, "/").status, 303, "{page}");
    assert_eq!(of_dora.status(DOMAINS), 404);
    assert_eq!(does(&browser, "my.example", &[("do", "person"), ("username", "dora")]).0, 422);
}

#[test]
fn who_runs_the_server_has_any_name_and_ten_identities_on_one_day() {
    let (app, browser) = split();
    for name in ["admin", "support", "i1", "i2", "i3", "i4", "i5", "i6", "i7"] {
        identity(&app, &browser, name, "my.example");
    }
    let fields = [("username", "i8"), ("domain", "my.example")];
    assert_eq!(browser.submit(IDENTITIES, IDENTITIES, &fields).status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 10);
}

#[test]
fn identities_that_are_added_at_once_are_no_more_than_ten() {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};
    let (app, browser) = split();
    for name in ["i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8"] {
        identity(&app, &browser, name, "my.example");
    }
    let owner = app.account("owner");
    let event = app.ready();
    let user = pollster::block_on(sori::store::load(&event.db, sori::store::users::by_account(owner.id)));
    let (user, domain) = (user.unwrap().unwrap(), event.site().find_domain("my.example").cloned().unwrap());
    // It has seen nine of them when the tenth comes.
    app.db.set_slow(true);
    let mut adds = pin!(sori::services::register::create_identity(&event, &user, "late", &domain));
    let mut poll = || adds.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!((0..2).all(|_| poll().is_pending()));
    app.db.set_slow(false);
    identity(&app, &browser, "i9", "my.example");
    let std::task::Poll::Ready(Err(refused)) = poll() else { panic!("an eleventh") };
    assert!(refused.status() == 422 && refused.public_message().contains("one more than"), "{refused}");
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 10);
}

#[test]
fn a_domain_is_made_primary_and_given_up() {
    let (app, browser) = split();
    let me = identity(&app, &browser, "me", "my.example");
    let owner = person_at(&app, "owner", "a.example");
    let acct = |p: &Person| p.get("/api/v1/accounts/verify_credentials")["acct"].clone();
    assert_eq!((acct(&owner), acct(&me)), (json!("owner"), json!("me@my.example")));
    let actor = || app.fetch("/actor").body;
    let before = actor();
    assert_eq!(does(&browser, "my.example", &[("do", "primary")]).0, 303);
    assert_eq!((acct(&owner), acct(&me)), (json!("owner@a.example"), json!("me")));
    let instance = me.get("/api/v2/instance");
    assert_eq!(instance["domain"], "my.example");
    // What belongs to the instance stays where it is.
    assert_eq!(actor(), before);
    assert_eq!(me.get("/api/v1/accounts/lookup?acct=me")["id"], me.id.to_string());
    for (domain, why) in [("my.example", "needs it"), ("a.example", "needs it")] {
        let (status, page) = does(&browser, domain, &[("do", "end")]);
        assert!(status == 422 && page.contains(why), "{page}");
    }
    does(&browser, "a.example", &[("do", "primary")]);
    assert_eq!(does(&browser, "my.example", &[("do", "end")]).0, 422, "somebody lives there");
    browser.submit(IDENTITIES, IDENTITIES, &[("use", &me.id.to_string())]);
    browser.submit("/settings/delete", "/settings/delete", &[("password", PASSWORD)]);
    browser.sign_in("owner", PASSWORD, "/");
    assert_eq!(does(&browser, "my.example", &[("do", "end")]).0, 303);
    assert_eq!(webfinger(&app, "acct:me@my.example").0, 410);
    assert!(!browser.get(IDENTITIES, "en").contains("@my.example"));
    assert_eq!(does(&browser, "my.example", &[("do", "verify")]).0, 200);
    assert!(!browser.get(IDENTITIES, "en").contains("@my.example"), "it is given up");
    // It can be taken up again; a deleted name cannot.
    assert_eq!(adds(&browser, "my.example", "").0, 303);
    does(&browser, "my.example", &[("do", "verify")]);
    let again = browser.submit(IDENTITIES, IDENTITIES, &[("username", "me"), ("domain", "my.example")]);
    assert_eq!(again.status, 422);
    identity(&app, &browser, "me2", "my.example");
}

#[test]
fn an_account_of_an_earlier_server_makes_room() {
    let (app, browser) = owned();
    let old = Remote::new(&app.network, "my.example");
    let me = old.person("me");
    let bob = app.person("bob");
    let known = bob.finds("me@my.example");
    let note = old.note(&me, 1, json!({}));
    old.sends(&app, &old.create(&me, &note));
    redirecting(&app.network, "my.example", "https://a.example");
    adds(&browser, "my.example", "");
    does(&browser, "my.example", &[("do", "verify")]);
    let now = identity(&app, &browser, "me", "my.example");
    assert_ne!(known["id"], now.id.to_string());
    assert_eq!(bob.finds("me@my.example")["id"], now.id.to_string());
}

#[test]
fn the_server_is_set_up_for_a_split_domain_at_once() {
    use crate::app::{NOW, SETUP_CODE};
    let app =
        TestApp::empty(&Network::new(1), "social.my.example", &sori::platform::native::Clock::fixed(NOW));
    redirecting(&app.network, "my.example", "https://social.my.example");
    let browser = Browser::new(&app);
    let page = browser.page("/setup");
    let mut fields = vec![
        ("code", SETUP_CODE),
        ("title", "mine"),
        ("username", "me"),
        ("password", PASSWORD),
        ("handle_domain", "no domain"),
        ("language", "en"),
    ];
    let refused = browser.fill(&page, &fields);
    assert!(refused.status == 422 && String::from_utf8_lossy(&refused.body).contains("This is no domain"));
    fields[4].1 = "@my.example";
    let done = browser.fill(&browser.page("/setup"), &fields);
    let shown = String::from_utf8(done.body).unwrap();
    assert!(shown.contains("@me@my.example") && shown.contains("/settings/domains/my.example"), "{shown}");
    assert_eq!(
        webfinger(&app, "acct:me@my.example").1["links"][1]["href"],
        "https://social.my.example/users/me"
    );
    assert_eq!(
        webfinger(&app, "acct:social.my.example@social.my.example").0,
        200,
        "the instance's own actor"
    );
    let (_, page) = does(&browser, "my.example", &[("do", "verify")]);
    assert!(page.contains("Other servers find"), "{page}");
}

#[test]
fn a_domain_is_ours_only_while_it_is_used() {
    let (app, browser) = owned();
    let theirs = Remote::new(&app.network, "social.example");
    let carol = theirs.person("carol");
    let alice = app.person("alice");
    // Somebody else's domain, typed by mistake: nothing changes for those who live there.
    assert_eq!(adds(&browser, "social.example", "https://social.example").0, 303);
    assert_eq!(alice.finds("carol@social.example")["acct"], "carol@social.example");
    assert_eq!(theirs.sends(&app, &theirs.create(&carol, &theirs.note(&carol, 1, json!({})))), 202);
    // Nobody ever lived on it: it goes as a whole.
    assert_eq!(does(&browser, "social.example", &[("do", "end")]).0, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM domains"), 1);
    // The website of a split domain is somebody else's still, and is read like any other.
    let site: Site = Rc::new(|target| match target {
        "/" => Response::new(200, "text/html", "<a rel=me href=https://a.example/@alice>alice</a>"),
        t => redirect(&format!("https://a.example{t}")),
    });
    website(&app.network, "my.example", site);
    adds(&browser, "my.example", "");
    does(&browser, "my.example", &[("do", "verify")]);
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"fields_attributes": [{"name": "site", "value": "https://my.example/"}]})),
    );
    settle(&[&app]);
    let fields = alice.get("/api/v1/accounts/verify_credentials")["fields"].clone();
    assert!(fields[0]["verified_at"].is_string(), "{fields}");
}

#[test]
fn a_name_is_added_once_whatever_an_isolate_has_read() {
    use sori::model::role::RoleId;
    use sori::services::register::{NewUser, create};
    let (app, _) = split();
    let new = |name: &str| NewUser {
        username: name.into(),
        email: None,
        password: "a fine long password".into(),
        locale: "en".into(),
        role: RoleId::EVERYONE,
    };
    let event = app.ready();
    let mut domain = event.site().find_domain("my.example").cloned().unwrap();
    // As an isolate that knows the domain, but not that it shares its origin.
    domain.handle_domain = "my.example".into();
    pollster::block_on(async {
        create(&event, new("Twin"), &event.primary()).await.unwrap();
        app.db.run("UPDATE domains SET web_origin = web_origin || '' WHERE handle_domain = 'my.example'");
        let account = sori::store::accounts::is_taken("twin", &["my.example".into()]);
        assert!(!sori::store::load(&app.db, account).await.unwrap());
        let made = create(&event, new("twin"), &domain).await;
        assert_eq!(made.err().map(|e| e.status()), Some(422));
        // Given up in another isolate meanwhile.
        app.db.run("UPDATE domains SET ended_at = 1 WHERE handle_domain = 'my.example'");
        let made = create(&event, new("later"), &domain).await;
        assert_eq!(made.err().map(|e| e.status()), Some(422));
    });
}

#[test]
fn a_script_does_what_the_page_does() {
    let (app, browser) = split();
    let owner = person_at(&app, "owner", "a.example");
    let all = owner.get("/api/v1/sori/domains");
    assert_eq!(all.as_array().unwrap().len(), 2, "{all}");
    redirecting(&app.network, "two.example", "https://a.example");
    let made = owner.post("/api/v1/sori/domains", json!({"domain": "two.example"}));
    assert_eq!(
        (&made["address"], &made["is_verified"]),
        (&json!("https://a.example"), &json!(false)),
        "{made}"
    );
    let act =
        |action: &str, body: Value| owner.post(&format!("/api/v1/sori/domains/two.example/{action}"), body);
    assert_eq!(act("verify", json!({}))["state"], "good");
    assert_eq!(act("open", json!({}))["is_open"], true);
    let person = act("person", json!({"username": "tom"}));
    assert_eq!(person["handle"], "tom@two.example", "{person}");
    assert_eq!(act("primary", json!({}))["is_primary"], true);
    assert_eq!(owner.call("POST", "/api/v1/sori/domains/two.example/end", None).status, 422);
    assert_eq!(owner.call("POST", "/api/v1/sori/domains/none.example/open", None).status, 404);
    assert_eq!(owner.call("POST", "/api/v1/sori/domains/two.example/what", None).status, 404);
    drop(browser);
}
