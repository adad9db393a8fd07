//! Traps of identity and origin (numbers 2–20), and the advisories behind them.

use serde_json::{Value, json};
use sori::activitypub::remote::resolve;
use sori::error::Error;
use sori::http::response::Response;
use sori::model::account::Account;

use crate::app::{TestApp, settle};
use crate::remote::{Remote, redirect};
use crate::remote::{cast, fetched, remote_statuses};

/// The uri of the account or status that a URL resolves to.
fn resolve(app: &TestApp, url: &str) -> Result<Option<String>, Error> {
    let app = app.ready();
    let found = pollster::block_on(resolve::by_url(&app, url))?;
    let Some(found) = found else { return Ok(None) };
    match found {
        resolve::Resolved::Account(account) => Ok(Some(account.uri)),
        resolve::Resolved::Status(id) => {
            let view = pollster::block_on(sori::store::load(&app.db, sori::store::statuses::by_id(id, None)));
            Ok(view.unwrap().map(|v| v.status.uri))
        }
    }
}

fn account(app: &TestApp, uri: &str) -> Option<Account> {
    pollster::block_on(sori::store::load(&app.ready().db, sori::store::accounts::by_uri(uri))).unwrap()
}

fn status_of(error: Result<Option<String>, Error>) -> u16 {
    error.unwrap_err().status()
}

#[test]
fn fed_trap_2_an_object_must_be_on_its_actors_host() {
    let (app, remote, bob) = cast();
    let victim = Remote::new(&app.network, "v.example");
    let vera = victim.person("vera");
    for note in
        [victim.note(&bob, 1, json!({})), victim.note(&vera, 1, json!({})), remote.note(&vera, 1, json!({}))]
    {
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 403, "{note}");
        let update = json!({"id": remote.uri("/u"), "type": "Update", "actor": bob["id"], "object": note});
        assert_eq!(remote.sends(&app, &update), 403);
    }
    // The host is compared, not a prefix of the text; another port is another origin.
    for id in [
        "https://b.example.evil.example/notes/1",
        "https://b.example@v.example/notes/1",
        "https://b.example:8443/notes/1",
        "http:b.example/notes/1",
    ] {
        let mut note = remote.note(&bob, 1, json!({}));
        note["id"] = json!(id);
        assert_ne!(remote.sends(&app, &remote.create(&bob, &note)), 500);
    }
    assert_eq!(remote_statuses(&app), 0);
    let delete = json!({"id": remote.uri("/d"), "type": "Delete", "actor": bob["id"], "object": "https://v.example/notes/1"});
    assert_eq!(remote.sends(&app, &delete), 403);
}

/// A document that is served at another URL than its id.
fn elsewhere(app: &TestApp) -> (Remote, Remote) {
    let (victim, mallory) = (Remote::new(&app.network, "v.example"), Remote::new(&app.network, "m.example"));
    victim.person("vera");
    (victim, mallory)
}

#[test]
fn fed_trap_3_a_document_is_what_is_at_its_id() {
    let (app, ..) = cast();
    let (victim, mallory) = elsewhere(&app);
    let vera = victim.person("vera");
    // mallory serves vera's profile with her own key and inbox: vera's server is asked and decides.
    let mut forged = vera.clone();
    forged["inbox"] = json!("https://m.example/inbox");
    forged["name"] = json!("forged");
    mallory.answers("/vera", Response::activity(&forged));
    assert_eq!(resolve(&app, "https://m.example/vera"), Ok(Some("https://v.example/users/vera".into())));
    let stored = account(&app, "https://v.example/users/vera").unwrap();
    assert_eq!(
        (stored.display_name.as_str(), stored.inbox_url.as_str()),
        ("vera", "https://v.example/users/vera/inbox")
    );
    // An id that leads to a third one, an unknown one, and none at all.
    victim.answers(
        "/hop",
        Response::activity(&json!({"id": "https://v.example/users/vera2", "type": "Person"})),
    );
    victim.answers("/users/vera2", Response::activity(&vera));
    assert_eq!(status_of(resolve(&app, "https://v.example/hop")), 422);
    mallory.answers("/x", Response::activity(&json!({"id": "https://v.example/nowhere", "type": "Note"})));
    assert_eq!(status_of(resolve(&app, "https://m.example/x")), 404);
    mallory.answers("/y", Response::activity(&json!({"type": "Note"})));
    assert_eq!(status_of(resolve(&app, "https://m.example/y")), 422);
    // A different case, a slash, a query: another id.
    for id in
        ["https://v.example/users/VERA", "https://v.example/users/vera/", "https://v.example/users/vera?x"]
    {
        let mut other = vera.clone();
        other["id"] = json!(id);
        mallory.answers("/z", Response::activity(&other));
        assert!(resolve(&app, "https://m.example/z").is_err(), "{id}");
    }
}

#[test]
fn advisory_cve_2024_23832_ghsa_3fjr_nobody_takes_over_an_account_by_a_document() {
    let (app, remote, bob) = cast();
    let (_, mallory) = elsewhere(&app);
    // A key document that is bob's profile with mallory's key, served by mallory.
    let mut forged = bob.clone();
    forged["publicKey"]["publicKeyPem"] =
        json!(sori::activitypub::wire::signature::key::to_pem(&crate::remote::pair(3).public_spki));
    forged["publicKey"]["id"] = json!("https://m.example/bob");
    mallory.answers("/bob", Response::activity(&forged));
    let key = sori::activitypub::wire::signature::SigningKey {
        key_id: "https://m.example/bob".into(),
        private_pkcs8: crate::remote::pair(3).private_pkcs8,
    };
    let create = remote.create(&bob, &remote.note(&bob, 1, json!({})));
    let request = remote.request_signed_by(&app, &create, &key, Default::default());
    assert_eq!(app.send(request).status, 401);
    assert_eq!(remote_statuses(&app), 0);
    assert_eq!(remote.sends(&app, &create), 202);
}

#[test]
fn fed_trap_4_after_redirects_the_final_url_counts() {
    let (app, ..) = cast();
    let (victim, mallory) = elsewhere(&app);
    let note = victim.note(&victim.person("vera"), 1, json!({}));
    victim.serve(note.clone());
    // A shortened link to a document that has its own id.
    mallory.answers("/short", redirect("https://v.example/notes/1"));
    assert_eq!(resolve(&app, "https://m.example/short"), Ok(Some("https://v.example/notes/1".into())));
    // An open redirect of the victim does not make mallory's document the victim's.
    victim.answers("/notes/2", redirect("https://m.example/forged"));
    let mut forged = note.clone();
    forged["id"] = json!("https://v.example/notes/2");
    mallory.answers("/forged", Response::activity(&forged));
    assert_eq!(status_of(resolve(&app, "https://v.example/notes/2")), 422);
    // Nor on the second fetch, at the id.
    mallory.answers("/start", Response::activity(&forged));
    assert_eq!(status_of(resolve(&app, "https://m.example/start")), 422);
}

#[test]
fn advisory_akkoma_2024_03_a_redirect_does_not_impersonate_its_origin() {
    let (app, ..) = cast();
    let (victim, mallory) = elsewhere(&app);
    let mut vera = victim.person("vera");
    vera["inbox"] = json!("https://m.example/inbox");
    vera["name"] = json!("forged");
    mallory.answers("/v", Response::activity(&vera));
    victim.answers("/users/vera", redirect("https://m.example/v"));
    assert!(resolve(&app, "https://v.example/users/vera").is_err());
    assert_eq!(account(&app, "https://v.example/users/vera"), None);
}

#[test]
fn fed_trap_5_an_uploaded_file_is_not_a_document() {
    let (app, ..) = cast();
    let (victim, _) = elsewhere(&app);
    // An uploaded file, even with the right type: its id is elsewhere, and that is fetched.
    let upload = json!({"id": "https://v.example/users/admin", "type": "Person", "preferredUsername": "admin", "inbox": "https://m.example/inbox"});
    victim.answers("/media/x.json", Response::activity(&upload));
    assert_eq!(status_of(resolve(&app, "https://v.example/media/x.json")), 404);
    let note = json!({"id": "https://v.example/media/y.json", "type": "Note", "attributedTo": "https://v.example/users/vera", "content": "x"});
    victim.answers("/media/y.json", Response::new(200, "application/json", note.to_string()));
    assert_eq!(status_of(resolve(&app, "https://v.example/media/y.json")), 422);
    // Only the routes of documents answer with the type of documents.
    for path in ["/media/1.json", "/media_attachments/files/1", "/avatars/missing.png", "/emoji/x.json", "/"]
    {
        let answer = app.fetch(path);
        assert!(!answer.header("content-type").unwrap_or("").contains("activity+json"), "{path}");
        assert!(!answer.header("content-type").unwrap_or("").contains("ld+json"), "{path}");
    }
}

#[test]
fn fed_trap_6_documents_need_their_content_type() {
    const PROFILE: &str = "https://www.w3.org/ns/activitystreams";
    let (app, ..) = cast();
    let (victim, _) = elsewhere(&app);
    let vera = victim.person("vera");
    let mut n = 0;
    let mut answer = |kind: &str| {
        n += 1;
        let note = victim.note(&vera, n, json!({}));
        victim.answers(&format!("/notes/{n}"), Response::new(200, kind, note.to_string()));
        resolve(&app, &format!("https://v.example/notes/{n}")).is_ok()
    };
    for yes in [
        "application/activity+json".to_owned(),
        "Application/Activity+JSON; charset=utf-8".into(),
        format!("application/ld+json; profile=\"{PROFILE}\""),
        format!("application/ld+json; charset=utf-8; profile=\"https://x.example {PROFILE}\""),
        format!("application/ld+json;profile={PROFILE}"),
    ] {
        assert!(answer(&yes), "{yes}");
    }
    for no in [
        "application/json",
        "application/ld+json",
        "application/ld+json; profile=\"https://www.w3.org/ns/json-ld#compacted\"",
        "text/html",
        "text/plain; application/activity+json",
        "application/activity+jsonp",
        "",
    ] {
        assert!(!answer(no), "{no}");
    }
}

#[test]
fn advisory_ghsa_jhrq_cve_2024_25623_plain_json_is_not_a_document() {
    let (app, ..) = cast();
    let (victim, _) = elsewhere(&app);
    let body = victim.person("vera").to_string();
    for kind in ["application/json", "text/plain", "application/octet-stream"] {
        victim.answers("/users/vera", Response::new(200, kind, body.clone()));
        assert_eq!(status_of(resolve(&app, "https://v.example/users/vera")), 422, "{kind}");
    }
}

fn jrd(subject: &str, actor: &str) -> Response {
    Response::json(
        &json!({"subject": subject, "links": [{"rel": "self", "type": "application/activity+json", "href": actor}]}),
    )
}

#[test]
fn fed_trap_8_a_handle_of_another_domain_must_be_confirmed_there() {
    let (app, ..) = cast();
    let (_, mallory) = elsewhere(&app);
    let mia = mallory.person("mia");
    let id = mia["id"].as_str().unwrap();
    let finger = |host: &str, name: &str| format!("/.well-known/webfinger?resource=acct%3A{name}%40{host}");
    // Her server says that she is vera of v.example, which does not confirm it.
    mallory.answers(&finger("m.example", "mia"), jrd("acct:vera@v.example", id));
    resolve(&app, id).unwrap();
    assert_eq!(account(&app, id).unwrap().handle(), "mia@m.example");
    // v.example has another vera.
    let mut said = mia.clone();
    said["webfinger"] = json!("vera@v.example");
    mallory.serve(said);
    resolve(&app, id).unwrap();
    assert_eq!(account(&app, id).unwrap().handle(), "mia@m.example");
    // Her own domain confirms it: its handle is used.
    let home = Remote::new(&app.network, "mia.example");
    home.answers(&finger("mia.example", "mia"), jrd("acct:mia@mia.example", id));
    mallory.answers(&finger("m.example", "mia"), jrd("acct:mia@mia.example", id));
    mallory.serve(mia.clone());
    resolve(&app, id).unwrap();
    assert_eq!(account(&app, id).unwrap().handle(), "mia@mia.example");
    // A subject that is not stable.
    home.answers(&finger("mia.example", "mia"), jrd("acct:other@mia.example", id));
    resolve(&app, id).unwrap();
    assert_eq!(account(&app, id).unwrap().handle(), "mia@m.example");
}

#[test]
fn advisory_akkoma_2024_04_1_and_pleroma_2_7_0_webfinger_does_not_spoof() {
    let (app, ..) = cast();
    let (_, mallory) = elsewhere(&app);
    let mia = mallory.person("mia");
    // Asked for vera of m.example, it answers vera's real actor under mallory's domain.
    mallory.answers(
        "/.well-known/webfinger?resource=acct%3Avera%40m.example",
        jrd("acct:vera@m.example", "https://v.example/users/vera"),
    );
    let inner = app.ready();
    let found = pollster::block_on(resolve::account_by_handle(&inner, "vera", "m.example")).unwrap().unwrap();
    assert_eq!(found.handle(), "vera@v.example");
    // For vera of v.example it is not asked at all; and a local handle belongs to nobody else.
    mallory.answers(
        "/.well-known/webfinger?resource=acct%3Amia%40m.example",
        jrd("acct:alice@a.example", mia["id"].as_str().unwrap()),
    );
    let mut said = mia.clone();
    said["webfinger"] = json!("alice@a.example");
    mallory.serve(said);
    let _ = resolve(&app, mia["id"].as_str().unwrap());
    assert_ne!(
        account(&app, mia["id"].as_str().unwrap()).map(|a| a.handle()),
        Some("alice@a.example".into())
    );
    let alice =
        pollster::block_on(resolve::account_by_handle(&inner, "alice", "a.example")).unwrap().unwrap();
    assert!(alice.is_local());
}

#[test]
fn fed_trap_9_domains_are_compared_as_a_labels() {
    let (app, ..) = cast();
    let idn = Remote::new(&app.network, "xn--bcher-kva.example");
    idn.person("ida");
    let owner = app.person("owner");
    for handle in [
        "ida@bücher.example",
        "ida@BÜCHER.example",
        "IDA@xn--bcher-kva.example",
        "ida@xn--bcher-kva.example.",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(handle.as_bytes()).collect();
        assert_eq!(owner.finds(&encoded)["acct"], "ida@xn--bcher-kva.example", "{handle}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'ida'"), 1);
    let status = owner.posts("hello @ida@bücher.example");
    assert_eq!(status["mentions"][0]["acct"], "ida@xn--bcher-kva.example", "{status}");
}

#[test]
fn advisory_cve_2023_42451_a_domain_is_normalised_before_it_is_compared() {
    use sori::activitypub::wire::vocab::is_same_host;
    for (a, b) in [
        ("https://b.example/x", "https://b.example%2f.evil.example/x"),
        ("https://b.example/x", "https://b.example.evil.example/x"),
        ("https://b.example/x", "https://evil.example/b.example/x"),
        ("https://b.example/x", "https://b.example@evil.example/x"),
        ("https://b.example/x", "https://evil.example#b.example"),
        ("https://b.example/x", "https://evil.example\\b.example/x"),
        ("https://b.example/x", "b.example"),
        ("https://b.example/x", ""),
    ] {
        assert!(!is_same_host(a, b), "{b}");
    }
    for b in ["https://B.EXAMPLE/y", "https://b.example:443/"] {
        assert!(is_same_host("https://b.example/x", b), "{b}");
    }
    assert!(is_same_host("https://bücher.example/", "https://xn--bcher-kva.example/"));
}

#[test]
fn fed_trap_10_the_url_may_be_on_another_host() {
    let (app, remote, bob) = cast();
    let mut elsewhere = bob.clone();
    elsewhere["url"] = json!("https://www.threads.example/@bob");
    let update = json!({"id": remote.uri("/u"), "type": "Update", "actor": bob["id"], "object": elsewhere});
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(account(&app, bob["id"].as_str().unwrap()).unwrap().url, bob["id"].as_str().unwrap());
    let note = remote.note(&bob, 1, json!({"url": "https://www.threads.example/@bob/1"}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let seen = app.person("alice").home()[0].clone();
    assert_eq!((&seen["url"], &seen["uri"]), (&json!("https://www.threads.example/@bob/1"), &note["id"]));
}

#[test]
fn fed_trap_11_the_id_identifies_an_account_and_the_name_may_change() {
    let (app, remote, bob) = cast();
    let id = bob["id"].as_str().unwrap();
    for name in ["Bob", "robert"] {
        let mut renamed = bob.clone();
        renamed["preferredUsername"] = json!(name);
        remote.answers(
            &format!("/.well-known/webfinger?resource=acct%3A{name}%40b.example"),
            jrd(&format!("acct:{name}@b.example"), id),
        );
        let update = json!({"id": remote.uri(&format!("/u/{name}")), "type": "Update", "actor": id, "object": renamed});
        assert_eq!(remote.sends(&app, &update), 202);
        assert_eq!(account(&app, id).unwrap().username, name);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE domain = 'b.example'"), 1);
    // The server was set up again: another id has the name now. The old one keeps its row and its followers.
    let mut anew = bob.clone();
    anew["preferredUsername"] = json!("robert");
    for (property, value) in
        [("id", "https://b.example/ap/users/1"), ("inbox", "https://b.example/ap/users/1/inbox")]
    {
        anew[property] = json!(value);
    }
    anew["publicKey"]["id"] = json!("https://b.example/ap/users/1#main-key");
    anew["publicKey"]["owner"] = json!("https://b.example/ap/users/1");
    remote.serve(anew);
    remote.answers(
        "/.well-known/webfinger?resource=acct%3Arobert%40b.example",
        jrd("acct:robert@b.example", "https://b.example/ap/users/1"),
    );
    resolve(&app, "https://b.example/ap/users/1").unwrap();
    assert_eq!(account(&app, "https://b.example/ap/users/1").unwrap().handle(), "robert@b.example");
    assert_ne!(account(&app, id).unwrap().handle(), "robert@b.example");
}

#[test]
fn fed_trap_12_handles_are_case_insensitive() {
    let (app, _, bob) = cast();
    let alice = app.person("alice");
    let id = alice.finds("bob@b.example")["id"].clone();
    for handle in ["BOB@b.example", "Bob@B.EXAMPLE", "@bob@b.example"] {
        assert_eq!(alice.finds(handle)["id"], id, "{handle}");
    }
    for resource in [
        "acct:ALICE@a.example",
        "acct:alice@A.EXAMPLE",
        "acct:@Alice@a.example",
        "Alice@a.example",
        "https://a.example/users/ALICE",
    ] {
        let answer = app.fetch(&format!("/.well-known/webfinger?resource={resource}"));
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert_eq!(body["subject"], "acct:alice@a.example", "{resource}");
    }
    assert_eq!(app.fetch("/users/ALICE").status, 200);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE uri = 'https://b.example/users/bob'"),
        1,
        "{bob}"
    );
}

#[test]
fn fed_trap_13_an_author_is_a_text_an_object_or_one_of_several() {
    let (app, remote, bob) = cast();
    let id = bob["id"].clone();
    let group = remote.uri("/video-channels/main");
    for (n, by) in [
        id.clone(),
        json!({"id": id, "type": "Person"}),
        json!([id]),
        json!([{"type": "Person", "id": id}, {"type": "Group", "id": group}]),
        json!([{"type": "Group", "id": group}, {"type": "Person", "id": id}]),
    ]
    .into_iter()
    .enumerate()
    {
        let note = remote.note(&bob, n as u32 + 1, json!({"attributedTo": by}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202, "{by}");
        assert_eq!(remote_statuses(&app), n as i64 + 1, "{by}");
    }
    for by in [json!(group), json!([]), json!(5), json!([{"type": "Person"}])] {
        let note = remote.note(&bob, 99, json!({"attributedTo": by}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 403, "{by}");
    }
}

#[test]
fn fed_trap_14_actors_are_of_many_types() {
    let (app, remote, _) = cast();
    for (n, (kind, wanted)) in [
        (json!("Organization"), "Organization"),
        (json!("Group"), "Group"),
        (json!("Service"), "Service"),
        (json!("Application"), "Application"),
        (json!(["Person", "https://x.example/Thing"]), "Person"),
        (json!(["https://x.example/Thing", "Group"]), "Group"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut actor = remote.person(&format!("p{n}"));
        actor["type"] = kind.clone();
        remote.serve(actor.clone());
        let follow = json!({"id": remote.uri(&format!("/f/{n}")), "type": "Follow", "actor": actor["id"], "object": "https://a.example/users/alice"});
        assert_eq!(remote.sends(&app, &follow), 202, "{kind}");
        assert_eq!(account(&app, actor["id"].as_str().unwrap()).unwrap().actor_type, wanted);
    }
    for kind in [json!("Note"), json!([]), json!(null), json!("Animal")] {
        let mut actor = remote.person("odd");
        actor["type"] = kind;
        remote.serve(actor.clone());
        app.restart();
        let follow = json!({"id": remote.uri("/f"), "type": "Follow", "actor": actor["id"], "object": "https://a.example/users/alice"});
        assert_eq!(remote.sends(&app, &follow), 401);
    }
}

#[test]
fn fed_trap_15_a_local_suspension_cannot_be_lifted_remotely() {
    let (app, remote, bob) = cast();
    app.db.run("UPDATE accounts SET suspended_at = 5 WHERE uri = 'https://b.example/users/bob'");
    for suspended in [json!(true), json!(false), json!(null)] {
        let mut said = bob.clone();
        said["suspended"] = suspended;
        said["name"] = json!("Bob again");
        let update = json!({"id": remote.uri("/u"), "type": "Update", "actor": bob["id"], "object": said});
        assert_eq!(remote.sends(&app, &update), 202);
        assert!(account(&app, bob["id"].as_str().unwrap()).unwrap().is_suspended());
        remote.serve(said);
        resolve(&app, bob["id"].as_str().unwrap()).unwrap();
        assert!(account(&app, bob["id"].as_str().unwrap()).unwrap().is_suspended());
    }
    // Their activities are ignored except for Delete and Undo.
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 403);
    assert_eq!(remote_statuses(&app), 0);
}

#[test]
fn advisory_ghsa_5h2f_a_remote_suspension_is_separate_from_ours() {
    fed_trap_15_a_local_suspension_cannot_be_lifted_remotely();
}

#[test]
fn fed_trap_16_only_the_target_of_a_follow_can_accept_it() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let carol = remote.person("carol");
    let found = alice.finds("carol@b.example");
    let path = format!("/api/v1/accounts/{}/follow", found["id"].as_str().unwrap());
    alice.post(&path, json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().rfind(|a| a["type"] == "Follow").cloned().unwrap();
    let following = || {
        let tie =
            alice.get(&format!("/api/v1/accounts/relationships?id[]={}", found["id"].as_str().unwrap()));
        (tie[0]["following"].clone(), tie[0]["requested"].clone())
    };
    let accept = |by: &Value, object: Value| json!({"id": remote.uri("/a"), "type": "Accept", "actor": by["id"], "object": object});
    remote.sends(&app, &accept(&bob, follow.clone()));
    remote.sends(&app, &accept(&bob, follow["id"].clone()));
    let mut other = follow.clone();
    other["object"] = bob["id"].clone();
    remote.sends(&app, &accept(&bob, other));
    assert_eq!(following(), (json!(false), json!(true)));
    assert_eq!(remote.sends(&app, &accept(&carol, follow)), 202);
    assert_eq!(following(), (json!(true), json!(false)));
}

#[test]
fn advisory_cve_2025_30741_a_pending_follow_reads_nothing() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    let follow = json!({"id": remote.uri("/f"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    remote.inbox.borrow_mut().clear();
    alice.post("/api/v1/statuses", json!({"status": "for friends", "visibility": "private"}));
    settle(&[&app]);
    assert!(!remote.got().contains(&"Create".to_owned()), "{:?}", remote.got());
    // Their own claim of having been accepted changes nothing.
    let accept = json!({"id": remote.uri("/a"), "type": "Accept", "actor": bob["id"], "object": follow});
    remote.sends(&app, &accept);
    alice.post("/api/v1/statuses", json!({"status": "for friends again", "visibility": "private"}));
    settle(&[&app]);
    assert!(!remote.got().contains(&"Create".to_owned()), "{:?}", remote.got());
}

#[test]
fn fed_trap_18_local_documents_are_never_fetched() {
    let (app, remote, bob) = cast();
    for (n, object) in [
        "https://a.example/users/alice/statuses/1",
        "https://A.EXAMPLE/users/alice/statuses/1",
        "https://a.example:443/@nobody/5",
        "https://a.example",
    ]
    .into_iter()
    .enumerate()
    {
        let boost = json!({"id": remote.uri(&format!("/b/{n}")), "type": "Announce", "actor": bob["id"], "object": object, "to": ["https://www.w3.org/ns/activitystreams#Public"]});
        remote.sends(&app, &boost);
        let reply = remote.note(&bob, n as u32, json!({"inReplyTo": object}));
        remote.sends(&app, &remote.create(&bob, &reply));
        settle(&[&app]);
        assert!(resolve(&app, object).map_or(true, |found| found.is_none()), "{object}");
    }
    // A redirect to our own origin, and one of our keys.
    remote.answers("/home", redirect("https://a.example/users/alice"));
    assert!(resolve(&app, "https://b.example/home").is_err());
    let key = sori::activitypub::wire::signature::SigningKey {
        key_id: "https://a.example/users/alice#main-key".into(),
        private_pkcs8: remote.key.private_pkcs8.clone(),
    };
    let create = remote.create(&bob, &remote.note(&bob, 9, json!({})));
    let answer = app.send(remote.request_signed_by(&app, &create, &key, Default::default()));
    assert_eq!(answer.status, 401);
    let ours: Vec<String> = fetched(&app)
        .into_iter()
        .filter(|u| u.to_lowercase().contains("a.example/") && !u.contains("resource="))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
    // Our own are read from the database.
    assert_eq!(
        resolve(&app, "https://a.example/users/alice"),
        Ok(Some("https://a.example/users/alice".into()))
    );
}

/// bob has written; eve lives on the same host.
fn neighbours() -> (TestApp, Remote, Value, Value, Value) {
    let (app, remote, bob) = cast();
    let eve = remote.person("eve");
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    (app, remote, bob, eve, note)
}

#[test]
fn fed_trap_19_another_actor_of_the_same_host_cannot_edit() {
    let (app, remote, bob, eve, note) = neighbours();
    let mut edited = note.clone();
    edited["content"] = json!("<p>forged</p>");
    edited["updated"] = json!("2026-09-21T12:00:00Z");
    for by in [bob["id"].clone(), eve["id"].clone(), json!([bob["id"], eve["id"]])] {
        edited["attributedTo"] = by;
        let update = json!({"id": remote.uri("/u"), "type": "Update", "actor": eve["id"], "object": edited});
        assert_eq!(remote.sends(&app, &update), 403, "{edited}");
    }
    assert_eq!(app.person("alice").home()[0]["content"], "<p>note 1</p>");
    let forged = json!({"id": remote.uri("/x"), "type": "Update", "actor": eve["id"], "object": bob});
    assert_eq!(remote.sends(&app, &forged), 403);
}

#[test]
fn fed_trap_20_another_actor_of_the_same_host_cannot_delete() {
    let (app, remote, bob, eve, note) = neighbours();
    for object in [note["id"].clone(), json!({"id": note["id"], "type": "Tombstone"}), bob["id"].clone()] {
        for kind in ["Delete", "Undo"] {
            let forged = json!({"id": remote.uri("/d"), "type": kind, "actor": eve["id"], "object": object});
            assert_ne!(remote.sends(&app, &forged), 500);
        }
    }
    assert_eq!(app.person("alice").home()[0]["content"], "<p>note 1</p>");
    assert!(account(&app, bob["id"].as_str().unwrap()).is_some());
    // What bob says about it still counts.
    let delete = json!({"id": remote.uri("/d"), "type": "Delete", "actor": bob["id"], "object": note["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(remote_statuses(&app), 0);
}
