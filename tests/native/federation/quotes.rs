//! Quotes between servers (FEP-044f): authorizations requested, given, refused, revoked, verified and forged.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::{Remote, fetched, scene};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn three() -> (Vec<TestApp>, Person, Person, Person) {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let apps: Vec<TestApp> =
        ["a.example", "b.example", "c.example"].iter().map(|h| TestApp::new(&network, h, &clock)).collect();
    let people = (apps[0].person("alice"), apps[1].person("bob"), apps[2].person("carol"));
    (apps, people.0, people.1, people.2)
}

fn quotes(person: &Person, of: &Value, text: &str) -> Value {
    person.post(
        "/api/v1/statuses",
        json!({"status": text, "quoted_status_id": of["id"], "quote_approval_policy": "public"}),
    )
}

fn again(person: &Person, status: &Value) -> Value {
    person.get(&format!("/api/v1/statuses/{}", id(status)))
}

fn state(person: &Person, status: &Value) -> String {
    again(person, status)["quote"]["state"].as_str().unwrap_or("none").to_owned()
}

/// A note of bob's that mentions alice, so that it is stored.
fn note(remote: &Remote, author: &Value, n: u32, extra: Value) -> Value {
    let mut all = json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]});
    all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    remote.serve(remote.note(author, n, all))
}

/// The status with this uri that alice was notified of.
fn kept(person: &Person, uri: &Value) -> Value {
    let told = person.notifications().into_iter().find(|n| n["status"]["uri"] == *uri);
    told.unwrap_or_else(|| panic!("{uri} was not told"))["status"].clone()
}

/// The local copy of the status with this uri, found by its url.
fn here(person: &Person, uri: &Value) -> Value {
    let found =
        person.get(&format!("/api/v2/search?type=statuses&resolve=true&limit=1&q={}", uri.as_str().unwrap()));
    found["statuses"].get(0).cloned().unwrap_or_else(|| panic!("{uri} is not here"))
}

#[test]
fn a_quote_is_requested_accepted_and_revoked_on_three_servers() {
    let (apps, alice, bob, carol) = three();
    let all: Vec<&TestApp> = apps.iter().collect();
    bob.follows(&alice);
    carol.follows(&bob);
    settle(&all);
    let words =
        alice.post("/api/v1/statuses", json!({"status": "quote me", "quote_approval_policy": "public"}));
    settle(&all);
    let seen = bob.sees(&words["uri"]).unwrap();
    assert_eq!(seen["quote_approval"]["automatic"], json!(["public"]));
    assert_eq!(seen["quote_approval"]["current_user"], "automatic");
    let quoting = quotes(&bob, &seen, "look at this");
    assert_eq!(quoting["quote"]["state"], "pending");
    settle(&all);
    // The author has accepted it and was notified; the quote is accepted at its own server …
    assert_eq!(state(&bob, &quoting), "accepted");
    let told = alice.notifications().into_iter().find(|n| n["type"] == "quote").expect("a notification");
    assert_eq!(told["status"]["uri"], quoting["uri"]);
    assert_eq!(again(&alice, &words)["quotes_count"], 1);
    // … and at a third one, which has read the authorization at its origin.
    let at_carol = carol.sees(&quoting["uri"]).expect("the quote at carol's");
    assert_eq!(at_carol["quote"]["state"], "accepted", "{at_carol}");
    assert_eq!(at_carol["quote"]["quoted_status"]["uri"], words["uri"]);
    assert_eq!(at_carol["edited_at"], Value::Null);
    // What carol's server got is what FEP-044f says.
    let document: Value =
        serde_json::from_slice(&apps[1].fetch(&path(&quoting["uri"], "b.example")).body).unwrap();
    for name in ["quote", "quoteUri", "_misskey_quote"] {
        assert_eq!(document[name], words["uri"], "{name}");
    }
    let stamp = document["quoteAuthorization"].as_str().unwrap().to_owned();
    assert!(stamp.starts_with("https://a.example/users/alice/stamps/"));
    assert!(
        document["content"].as_str().unwrap().contains("<span class=\"quote-inline\"><br><br>RE: <a href=")
    );
    assert!(!again(&bob, &quoting)["content"].as_str().unwrap().contains("RE:"));
    let served = apps[0].fetch(&path(&json!(stamp), "a.example"));
    let served: Value = serde_json::from_slice(&served.body).unwrap();
    assert_eq!(
        (
            &served["type"],
            &served["attributedTo"],
            &served["interactingObject"],
            &served["interactionTarget"]
        ),
        (&json!("QuoteAuthorization"), &words["account"]["uri"], &quoting["uri"], &words["uri"])
    );

    // Revoked: the authorization is gone, the quoting server gets the Delete and forwards it.
    let there = again(&alice, &told["status"]);
    let revoked =
        alice.post(&format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&words), id(&there)), json!({}));
    assert_eq!(revoked["quote"]["state"], "revoked");
    assert_eq!(apps[0].fetch(&path(&json!(stamp), "a.example")).status, 404);
    settle(&all);
    assert_eq!(state(&bob, &quoting), "revoked");
    let at_carol = again(&carol, &at_carol);
    assert_eq!(
        (&at_carol["quote"]["state"], &at_carol["quote"]["quoted_status"]),
        (&json!("revoked"), &Value::Null)
    );
    assert_eq!(again(&alice, &words)["quotes_count"], 0);
    for app in &apps {
        let scans = crate::store::schema::scans(app);
        assert!(scans.is_empty(), "{scans:#?}");
    }
}

fn path(uri: &Value, host: &str) -> String {
    uri.as_str().unwrap().strip_prefix(&format!("https://{host}")).unwrap().to_owned()
}

#[test]
fn a_policy_for_followers_and_one_for_nobody_are_kept_across_servers() {
    let (apps, alice, bob, carol) = three();
    let all: Vec<&TestApp> = apps.iter().collect();
    bob.follows(&alice);
    carol.follows(&bob);
    settle(&all);
    let words =
        alice.post("/api/v1/statuses", json!({"status": "friends", "quote_approval_policy": "followers"}));
    let mine = alice.post("/api/v1/statuses", json!({"status": "mine", "quote_approval_policy": "nobody"}));
    settle(&all);
    let seen = bob.sees(&words["uri"]).unwrap();
    assert_eq!(seen["quote_approval"]["current_user"], "automatic");
    let quoting = quotes(&bob, &seen, "a friend's");
    settle(&all);
    assert_eq!(state(&bob, &quoting), "accepted");
    // A quote without permission is refused before anything is sent.
    let at_carol = here(&carol, &words["uri"]);
    assert_eq!(at_carol["quote_approval"]["current_user"], "denied");
    let refused = carol.call(
        "POST",
        "/api/v1/statuses",
        Some(json!({"status": "x", "quoted_status_id": at_carol["id"]})),
    );
    assert_eq!(refused.status, 422);
    assert_eq!(bob.sees(&mine["uri"]).unwrap()["quote_approval"]["automatic"], json!([]));
    // A changed policy is sent, without an edit.
    alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}/interaction_policy", id(&mine)),
        Some(json!({"quote_approval_policy": "public"})),
    );
    settle(&all);
    let seen = bob.sees(&mine["uri"]).unwrap();
    assert_eq!(
        (&seen["quote_approval"]["automatic"], &seen["edited_at"]),
        (&json!(["public"]), &Value::Null)
    );
    // Quotes no longer show deleted statuses anywhere.
    alice.deletes(&words);
    settle(&all);
    assert_eq!(state(&bob, &quoting), "deleted");
    let document: Value =
        serde_json::from_slice(&apps[1].fetch(&path(&quoting["uri"], "b.example")).body).unwrap();
    assert_eq!(document["quote"]["type"], "Tombstone");
}

/// A QuoteRequest of bob's for alice's status.
fn request(remote: &Remote, author: &Value, quoted: &Value, n: u32, instrument: Value) -> Value {
    json!({"id": remote.uri(&format!("/requests/{n}")), "type": "QuoteRequest", "actor": author["id"], "object": quoted["uri"],
        "instrument": instrument})
}

#[test]
fn requests_are_answered_by_the_policy_and_once() {
    let (app, alice, remote, bob) = scene();
    let open = alice.posts("quote me");
    let closed =
        alice.post("/api/v1/statuses", json!({"status": "don't", "quote_approval_policy": "nobody"}));
    let quoting = remote.note(&bob, 1, json!({"quote": open["uri"]}));
    let asked = request(&remote, &bob, &open, 1, quoting.clone());
    assert_eq!(remote.sends(&app, &asked), 202);
    assert_eq!(remote.sends(&app, &asked), 202);
    settle(&[&app]);
    let accepts: Vec<Value> =
        remote.inbox.borrow().iter().filter(|a| a["type"] == "Accept").cloned().collect();
    assert_eq!((accepts.len(), &accepts[0]["result"]), (2, &accepts[1]["result"]));
    assert_eq!(
        (&accepts[0]["object"]["id"], &accepts[0]["object"]["instrument"]),
        (&asked["id"], &quoting["id"])
    );
    assert_eq!(alice.notifications().iter().filter(|n| n["type"] == "quote").count(), 1);
    assert_eq!(again(&alice, &open)["quotes_count"], 1);
    // Its Create is stored already, with its authorization.
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    let first = kept(&alice, &quoting["id"]);
    assert_eq!(first["quote"]["state"], "accepted");
    // Asked for once more by its id: it is here, and not asked for.
    fetched(&app);
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 5, quoting["id"].clone())), 202);
    settle(&[&app]);
    assert_eq!((remote.got().last().unwrap().as_str(), fetched(&app)), ("Accept", Vec::new()));
    // Of what is ours nothing is to be proven again, whatever its Updates say.
    for stamp in [Value::Null, json!("https://a.example/users/alice/stamps/1")] {
        let mut edited = quoting.clone();
        edited["quoteAuthorization"] = stamp;
        let update =
            json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": edited});
        assert_eq!(remote.sends(&app, &update), 202);
        settle(&[&app]);
        assert_eq!(state(&alice, &first), "accepted");
    }

    let other = remote.note(&bob, 2, json!({"quote": closed["uri"]}));
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &closed, 2, other)), 202);
    settle(&[&app]);
    assert_eq!(remote.got().last().unwrap(), "Reject");
    // Only referred to by id: the quoting status is fetched from its origin first.
    let named = remote.serve(remote.note(&bob, 3, json!({"quote": open["uri"]})));
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 3, named["id"].clone())), 202);
    settle(&[&app]);
    assert_eq!(remote.got().last().unwrap(), "Accept");
    assert_eq!(again(&alice, &open)["quotes_count"], 2);
    // A revoked authorization is not given again.
    let url = format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&open), id(&first));
    alice.post(&url, json!({}));
    assert_eq!(remote.sends(&app, &asked), 202);
    settle(&[&app]);
    assert_eq!(remote.got().iter().filter(|k| *k == "Reject").count(), 2);
    // A request of a blocked account is refused.
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/block", id(&found)), json!({}));
    app.clock.advance(1);
    let late = remote.note(&bob, 4, json!({"quote": open["uri"]}));
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 4, late)), 202);
    settle(&[&app]);
    assert_eq!(remote.got().last().unwrap(), "Reject");
}

#[test]
fn forged_quote_requests_are_refused() {
    let (app, alice, remote, bob) = scene();
    let open = alice.posts("quote me");
    let carol = remote.person("carol");
    let elsewhere = json!({"id": "https://c.example/notes/1", "type": "Note", "attributedTo": bob["id"], "quote": open["uri"]});
    let carols = remote.note(&carol, 1, json!({"quote": open["uri"]}));
    let plain = remote.note(&bob, 2, json!({}));
    for (instrument, answer) in
        [(elsewhere, 403), (carols, 403), (Value::Null, 400), (json!({"type": "Note"}), 400)]
    {
        assert_eq!(
            remote.sends(&app, &request(&remote, &bob, &open, 1, instrument.clone())),
            answer,
            "{instrument}"
        );
    }
    // A request that is on another host than its actor, and notes that are: by their ids alone, and one that is known here as
    // another's.
    let own = remote.note(&bob, 7, json!({"quote": open["uri"]}));
    let mut foreign = request(&remote, &bob, &open, 8, own);
    foreign["id"] = json!("https://c.example/requests/1");
    assert_eq!(remote.sends(&app, &foreign), 403);
    let known = remote.serve(remote.note(&carol, 9, json!({})));
    alice.get(&format!("/api/v2/search?resolve=true&q={}", known["id"].as_str().unwrap()));
    let dora = json!("https://c.example/notes/2");
    app.network.take_log();
    for instrument in [dora, known["id"].clone()] {
        assert_eq!(
            remote.sends(&app, &request(&remote, &bob, &open, 10, instrument.clone())),
            403,
            "{instrument}"
        );
    }
    assert!(!app.network.take_log().iter().any(|event| format!("{event:?}").contains("c.example")));
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'quote_request'"), 0);
    // A request for what is not ours: nobody here answers for carol.
    let quoting = remote.note(&bob, 11, json!({"quote": known["id"]}));
    let foreign = json!({"uri": known["id"]});
    for (n, instrument) in [(11, quoting.clone()), (12, quoting["id"].clone())] {
        assert_eq!(remote.sends(&app, &request(&remote, &bob, &foreign, n, instrument)), 202);
        assert_eq!(app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM jobs) AS n"), 0);
    }
    settle(&[&app]);
    assert_eq!(remote.got(), Vec::<String>::new());
    // A note that does not quote the status is answered with a Reject, so that it is not requested again.
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 3, plain)), 202);
    settle(&[&app]);
    assert_eq!(
        remote.inbox.borrow_mut().drain(..).map(|a| a["type"].clone()).collect::<Vec<_>>(),
        ["Reject"]
    );
    // Another's note, by its id alone.
    let carols = remote.serve(remote.note(&carol, 5, json!({"quote": open["uri"]})));
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 2, carols["id"].clone())), 202);
    settle(&[&app]);
    assert_eq!(remote.got(), Vec::<String>::new());
    assert_eq!(app.count("SELECT count(*) AS n FROM quote_stamps"), 0);
}

/// Alice quotes bob's note, which everybody may quote.
fn alice_quotes(app: &TestApp, alice: &Person, remote: &Remote, bob: &Value) -> (Value, Value) {
    let words =
        note(remote, bob, 1, json!({"interactionPolicy": {"canQuote": {"automaticApproval": PUBLIC}}}));
    assert_eq!(remote.sends(app, &remote.create(bob, &words)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    let quoting = quotes(alice, &seen, "look");
    settle(&[app]);
    let asked =
        remote.inbox.borrow().iter().find(|a| a["type"] == "QuoteRequest").cloned().expect("a request");
    assert_eq!((&asked["object"], &asked["instrument"]["id"]), (&words["id"], &quoting["uri"]));
    assert_eq!(asked["instrument"]["quote"], words["id"]);
    (quoting, asked)
}

fn answer(remote: &Remote, kind: &str, actor: &Value, object: Value, result: Value) -> Value {
    json!({"id": remote.uri(&format!("/answers/{kind}")), "type": kind, "actor": actor["id"], "object": object, "result": result})
}

#[test]
fn the_author_answers_a_quote_of_ours_and_nobody_else() {
    let (app, alice, remote, bob) = scene();
    let (quoting, asked) = alice_quotes(&app, &alice, &remote, &bob);
    let stamp = json!(remote.uri("/stamps/1"));
    let carol = remote.person("carol");
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &carol, asked.clone(), stamp.clone())), 202);
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, asked.clone(), Value::Null)), 400);
    let other = json!(asked["id"].as_str().unwrap().replace("a.example", "b.example"));
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, other, stamp.clone())), 202);
    // Nor with an authorization of another server, nor something else that has the id of the request.
    let foreign = json!("https://c.example/stamps/1");
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, asked.clone(), foreign)), 403);
    let follow = json!({"id": asked["id"], "type": "Follow", "actor": asked["actor"], "object": bob["id"]});
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, follow, stamp.clone())), 202);
    assert_eq!(state(&alice, &quoting), "pending");
    // By the bare id of the request as well.
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, asked["id"].clone(), stamp.clone())), 202);
    assert_eq!(state(&alice, &quoting), "accepted");
    settle(&[&app]);
    let updates =
        || remote.inbox.borrow().iter().filter(|a| a["type"] == "Update").cloned().collect::<Vec<_>>();
    assert_eq!(updates().len(), 1);
    assert_eq!(updates()[0]["object"]["quoteAuthorization"], stamp);
    // A repetition changes nothing.
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, asked.clone(), stamp.clone())), 202);
    settle(&[&app]);
    assert_eq!(updates().len(), 1);
    // Revoked: forwarded as it arrived, and the status is sent again.
    let carol_delete =
        json!({"id": remote.uri("/x"), "type": "Delete", "actor": carol["id"], "object": stamp});
    assert_eq!(remote.sends(&app, &carol_delete), 202);
    assert_eq!(state(&alice, &quoting), "accepted");
    let delete = json!({"id": remote.uri("/stamps/1#delete"), "type": "Delete", "actor": bob["id"], "object":
        {"type": "QuoteAuthorization", "id": stamp, "interactingObject": quoting["uri"]}});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(state(&alice, &quoting), "revoked");
    settle(&[&app]);
    assert!(remote.inbox.borrow().contains(&delete), "passed on as it came");
    assert_eq!(updates()[1]["object"]["quoteAuthorization"], Value::Null);
}

#[test]
fn a_quote_that_is_not_allowed_is_rejected() {
    let (app, alice, remote, bob) = scene();
    let (quoting, asked) = alice_quotes(&app, &alice, &remote, &bob);
    assert_eq!(remote.sends(&app, &answer(&remote, "Reject", &bob, asked.clone(), Value::Null)), 202);
    assert_eq!(state(&alice, &quoting), "rejected");
    // An Accept afterwards is too late.
    let stamp = json!(remote.uri("/stamps/1"));
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, asked, stamp)), 202);
    assert_eq!(state(&alice, &quoting), "rejected");
}

#[test]
fn manual_approval_waits_for_the_author_and_old_property_names_are_read() {
    let (app, alice, remote, bob) = scene();
    for (n, rule, wanted) in [
        (1, json!({"manualApproval": [PUBLIC]}), "manual"),
        (2, json!({"approvalRequired": PUBLIC}), "manual"),
        (3, json!({"always": ["as:Public"]}), "automatic"),
        (4, json!({"automaticApproval": bob["id"]}), "denied"),
        (5, json!({"automaticApproval": bob["followers"]}), "denied"),
        (6, json!({"automaticApproval": "https://b.example/lists/1"}), "unknown"),
    ] {
        let words = note(&remote, &bob, n, json!({"interactionPolicy": {"canQuote": rule}}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &words)), 202);
        let seen = kept(&alice, &words["id"]);
        assert_eq!(seen["quote_approval"]["current_user"], wanted, "{n}");
    }
    let silent = note(&remote, &bob, 7, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &silent)), 202);
    assert_eq!(kept(&alice, &silent["id"])["quote_approval"]["current_user"], "denied");
}

/// Carol of c.example quotes bob of b.example, and alice gets it; `forge` changes the authorization that
/// bob's server serves. Returns the quote's state at alice's server.
fn third_party(forge: &dyn Fn(&mut Value, &mut Value)) -> (String, TestApp, Person, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let (b, c) = (Remote::new(&network, "b.example"), Remote::new(&network, "c.example"));
    let (bob, carol) = (b.person("bob"), c.person("carol"));
    b.person("mallory");
    let words = b.serve(b.note(&bob, 1, json!({})));
    let mut quoting =
        note(&c, &carol, 1, json!({"quote": words["id"], "quoteAuthorization": b.uri("/stamps/1")}));
    let mut stamp = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": b.uri("/stamps/1"), "type": "QuoteAuthorization",
        "attributedTo": bob["id"], "interactingObject": quoting["id"], "interactionTarget": words["id"]});
    forge(&mut stamp, &mut quoting);
    let server = if stamp["id"].as_str().unwrap().starts_with("https://c.example") { &c } else { &b };
    server.serve(stamp);
    assert_eq!(c.sends(&app, &c.create(&carol, &quoting)), 202);
    settle(&[&app]);
    let seen = alice.notifications()[0]["status"].clone();
    (state(&alice, &seen), app, alice, seen)
}

#[test]
fn a_remote_quote_is_accepted_by_an_authorization_fetched_from_its_origin() {
    let (state, app, alice, seen) = third_party(&|_, _| {});
    assert_eq!(state, "accepted");
    assert_eq!(again(&alice, &seen)["quote"]["quoted_status"]["uri"], "https://b.example/notes/1");
    let scans = crate::store::schema::scans(&app);
    assert!(scans.is_empty(), "{scans:#?}");
}

#[test]
fn fed_trap_17_an_authorization_for_other_statuses_or_from_another_host_is_ignored() {
    type Forge = fn(&mut Value, &mut Value);
    let forged: [(&str, Forge); 6] = [
        ("another type", |stamp, _| stamp["type"] = json!("Note")),
        ("another quote", |stamp, _| stamp["interactingObject"] = json!("https://c.example/notes/2")),
        ("another target", |stamp, _| stamp["interactionTarget"] = json!("https://b.example/notes/2")),
        ("another author", |stamp, _| stamp["attributedTo"] = json!("https://b.example/users/mallory")),
        ("no author", |stamp, _| stamp["attributedTo"] = Value::Null),
        ("not at its id", |stamp, quoting| {
            stamp["id"] = json!("https://b.example/stamps/2");
            quoting["quoteAuthorization"] = json!("https://b.example/stamps/1");
        }),
    ];
    for (name, forge) in forged {
        let (state, _, alice, seen) = third_party(&forge);
        assert_eq!(state, "rejected", "{name}");
        assert_eq!(again(&alice, &seen)["quote"]["quoted_status"], Value::Null);
    }
}

#[test]
fn advisory_ghsa_8h43_an_authorization_must_come_from_its_authors_host() {
    // Everything is valid, but carol's own server serves it.
    let (state, _, alice, seen) = third_party(&|stamp, quoting| {
        stamp["id"] = json!("https://c.example/stamps/1");
        quoting["quoteAuthorization"] = json!("https://c.example/stamps/1");
    });
    assert_eq!(state, "rejected");
    assert_eq!(again(&alice, &seen)["quote"]["quoted_status"], Value::Null);
}

#[test]
fn advisory_ghsa_q4g8_cve_2026_33869_a_quote_without_authorization_is_not_shown() {
    let (state, _, alice, seen) = third_party(&|_, quoting| quoting["quoteAuthorization"] = Value::Null);
    assert_eq!(state, "pending");
    assert_eq!(again(&alice, &seen)["quote"]["quoted_status"], Value::Null);
    // An authorization under our origin that we never gave. Its author is told of the mention, and of no quote.
    let (app, alice, remote, bob) = scene();
    let mine = alice.posts("mine");
    let forged = note(
        &remote,
        &bob,
        1,
        json!({"quote": mine["uri"], "quoteAuthorization": "https://a.example/users/alice/stamps/1"}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &forged)), 202);
    settle(&[&app]);
    let seen = alice.notifications()[0]["status"].clone();
    assert_eq!(state_of(&alice, &seen), "rejected");
    assert_eq!(again(&alice, &mine)["quotes_count"], 0);
    assert!(alice.notifications().iter().all(|n| n["type"] == "mention"));
}

fn state_of(person: &Person, status: &Value) -> String {
    state(person, status)
}

#[test]
fn quotes_in_older_formats_are_read_and_stay_pending() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    remote.serve(remote.note(&carol, 90, json!({})));
    let quoted = remote.uri("/notes/90");
    let link = json!([{"type": "Mention", "href": "https://a.example/users/alice"}, {"type": "Link", "href": quoted,
        "mediaType": "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"", "rel": "https://misskey-hub.net/ns#_misskey_quote"}]);
    for (n, extra) in [
        (1, json!({"quoteUrl": quoted})),
        (2, json!({"quoteUri": quoted})),
        (3, json!({"_misskey_quote": quoted})),
        (4, json!({"tag": link})),
    ] {
        let quoting = note(&remote, &bob, n, extra);
        assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
        settle(&[&app]);
        let seen = alice.notifications()[0]["status"].clone();
        assert_eq!(
            (state(&alice, &seen).as_str(), &seen["quote"]["quoted_status"]),
            ("pending", &Value::Null),
            "{n}"
        );
    }
    // Quotes of the author's own statuses need no authorization.
    remote.serve(remote.note(&bob, 91, json!({})));
    let own = note(&remote, &bob, 5, json!({"_misskey_quote": remote.uri("/notes/91")}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &own)), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &kept(&alice, &own["id"])), "accepted");
    // A deleted status is not shown.
    let gone = note(&remote, &bob, 6, json!({"quote": {"type": "Tombstone"}}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &gone)), 202);
    assert_eq!(state(&alice, &kept(&alice, &gone["id"])), "deleted");
    let missing = note(&remote, &bob, 7, json!({"quote": remote.uri("/notes/404")}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &missing)), 202);
    settle(&[&app]);
    // What is not shown to us may be there for others.
    assert_eq!(state(&alice, &kept(&alice, &missing["id"])), "pending");
    // An edit that says the same of it does not make us ask again.
    fetched(&app);
    let mut edited = missing.clone();
    (edited["content"], edited["updated"]) = (json!("<p>edited</p>"), json!("2026-09-21T11:00:00Z"));
    let update =
        json!({"id": remote.uri("/updates/7"), "type": "Update", "actor": bob["id"], "object": edited});
    assert_eq!(remote.sends(&app, &update), 202);
    settle(&[&app]);
    assert_eq!(fetched(&app), Vec::<String>::new());
    remote.gone("/notes/410");
    let removed = note(&remote, &bob, 9, json!({"quote": remote.uri("/notes/410")}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &removed)), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &kept(&alice, &removed["id"])), "deleted");
    // A note cannot quote itself.
    let itself = note(&remote, &bob, 8, json!({"quote": remote.uri("/notes/8")}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &itself)), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &kept(&alice, &itself["id"])), "none");
}

#[test]
fn an_authorization_that_arrives_later_is_verified() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    let words = remote.serve(remote.note(&carol, 90, json!({})));
    let mut quoting = note(&remote, &bob, 1, json!({"quote": words["id"]}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    settle(&[&app]);
    let seen = alice.notifications()[0]["status"].clone();
    assert_eq!(state(&alice, &seen), "pending");
    let stamp = remote.serve(json!({"@context": "https://www.w3.org/ns/activitystreams", "id": remote.uri("/stamps/1"), "type": "QuoteAuthorization",
        "attributedTo": carol["id"], "interactingObject": quoting["id"], "interactionTarget": words["id"]}));
    // Her answer to bob is none to anybody here.
    let asked = request(&remote, &bob, &json!({"uri": words["id"]}), 1, quoting["id"].clone());
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &carol, asked, stamp["id"].clone())), 202);
    assert_eq!(state(&alice, &seen), "pending");
    quoting["quoteAuthorization"] = stamp["id"].clone();
    let update =
        json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": quoting});
    assert_eq!(remote.sends(&app, &update), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &seen), "accepted");
    assert_eq!(again(&alice, &seen)["edited_at"], Value::Null);
    // Its author deletes it: no Delete by bob's server is needed.
    let delete = json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": carol["id"], "object": stamp["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(state(&alice, &seen), "revoked");
    // Nobody here speaks for bob.
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox"), 0);
}

#[test]
fn an_update_of_an_accepted_quote_has_another_authorization_or_none() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    let words = remote.serve(remote.note(&carol, 90, json!({})));
    let own = remote.serve(remote.note(&bob, 91, json!({})));
    let stamp = |n: u32, quoting: &Value, quoted: &Value| {
        let stamp = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": remote.uri(&format!("/stamps/{n}")), "type": "QuoteAuthorization",
            "attributedTo": quoted["attributedTo"], "interactingObject": quoting["id"], "interactionTarget": quoted["id"]});
        remote.serve(stamp)["id"].clone()
    };
    let created = |n: u32, quoted: &Value| {
        let mut quoting = note(&remote, &bob, n, json!({"quote": quoted["id"]}));
        quoting["quoteAuthorization"] = stamp(n, &quoting, quoted);
        remote.serve(quoting.clone());
        assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
        settle(&[&app]);
        let seen = kept(&alice, &quoting["id"]);
        assert_eq!(state(&alice, &seen), "accepted");
        (quoting, seen)
    };
    let updated = |quoting: &Value| {
        let update =
            json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": quoting});
        assert_eq!(remote.sends(&app, &update), 202);
    };
    let (mut first, seen_first) = created(1, &words);
    let (mut second, seen_second) = created(2, &words);
    let (mut third, seen_third) = created(3, &own);
    let (mut fourth, seen_fourth) = created(4, &words);
    // Another one is looked into; the old one no longer counts.
    first["quoteAuthorization"] = stamp(10, &first, &words);
    updated(&first);
    settle(&[&app]);
    assert_eq!(state(&alice, &seen_first), "accepted");
    let revoked = json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": carol["id"], "object": remote.uri("/stamps/1")});
    assert_eq!(remote.sends(&app, &revoked), 202);
    assert_eq!(state(&alice, &seen_first), "accepted");
    // Without one it is shown no more, and that is so for this quote only.
    second["quoteAuthorization"] = Value::Null;
    updated(&second);
    assert_eq!(state(&alice, &seen_second), "revoked");
    assert_eq!(state(&alice, &seen_first), "accepted");
    // A quote of one's own post needs none.
    third["quoteAuthorization"] = stamp(11, &third, &own);
    updated(&third);
    assert_eq!(state(&alice, &seen_third), "accepted");
    third["quoteAuthorization"] = Value::Null;
    updated(&third);
    settle(&[&app]);
    assert_eq!(state(&alice, &seen_third), "accepted");
    // What it quoted is deleted.
    fourth["quote"] = json!({"type": "Tombstone"});
    updated(&fourth);
    assert_eq!(state(&alice, &seen_fourth), "deleted");
    assert_eq!(state(&alice, &seen_first), "accepted");
    // What was revoked stays revoked.
    second["quote"] = json!({"type": "Tombstone"});
    updated(&second);
    assert_eq!(state(&alice, &seen_second), "revoked");
}

#[test]
fn an_authorization_counts_by_its_own_id_only() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    let words = remote.serve(remote.note(&carol, 90, json!({})));
    // Whoever deletes it names its id, and not where else it is.
    let quoting = note(
        &remote,
        &bob,
        1,
        json!({"quote": words["id"], "quoteAuthorization": remote.uri("/stamps/alias")}),
    );
    let stamp = remote.serve(json!({"@context": "https://www.w3.org/ns/activitystreams", "id": remote.uri("/stamps/1"), "type": "QuoteAuthorization",
        "attributedTo": carol["id"], "interactingObject": quoting["id"], "interactionTarget": words["id"]}));
    remote.answers("/stamps/alias", sori::http::response::Response::activity(&stamp));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &kept(&alice, &quoting["id"])), "rejected");
}

/// By a boost of their own nobody shows what they may not quote.
#[test]
fn a_boost_is_not_quoted() {
    let (app, alice, remote, bob) = scene();
    let mine = alice.post("/api/v1/statuses", json!({"status": "mine", "quote_approval_policy": "nobody"}));
    let boost = json!({"id": remote.uri("/boosts/1"), "type": "Announce", "actor": bob["id"], "object": mine["uri"], "to": [PUBLIC]});
    assert_eq!(remote.sends(&app, &boost), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 1);
    let quoting = note(&remote, &bob, 1, json!({"quote": boost["id"]}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    settle(&[&app]);
    let seen = again(&alice, &kept(&alice, &quoting["id"]));
    assert_eq!((&seen["quote"]["state"], &seen["quote"]["quoted_status"]), (&json!("pending"), &Value::Null));
    // Nor is a boost of ours.
    let theirs =
        remote.note(&bob, 2, json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice"}]}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &theirs)), 202);
    alice.act(&kept(&alice, &theirs["id"]), "reblog");
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    let uri = format!(
        "https://a.example/users/alice/statuses/{}/activity",
        app.count("SELECT max(id) AS n FROM statuses WHERE reblog_of_id IS NOT NULL AND is_local = 1")
    );
    let asked = remote.note(&bob, 3, json!({"quote": uri}));
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &json!({"uri": uri}), 3, asked)), 202);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Reject"]);
}

#[test]
fn what_was_not_there_is_looked_for_again_with_the_next_update() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    let (words, stamp) = (remote.uri("/notes/90"), remote.uri("/stamps/1"));
    let quoting = note(&remote, &bob, 1, json!({"quote": words, "quoteAuthorization": stamp}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    settle(&[&app]);
    let seen = kept(&alice, &quoting["id"]);
    assert_eq!(state(&alice, &seen), "pending");
    remote.serve(remote.note(&carol, 90, json!({})));
    remote.serve(json!({"id": stamp, "type": "QuoteAuthorization", "attributedTo": carol["id"], "interactingObject": quoting["id"],
        "interactionTarget": words}));
    let update =
        json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": quoting});
    assert_eq!(remote.sends(&app, &update), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &seen), "accepted");
}

#[test]
fn a_quote_that_was_hidden_when_it_was_asked_for_is_told_once_it_arrives() {
    let (app, alice, remote, bob) = scene();
    let open = alice.posts("quote me");
    let mut quoting = note(&remote, &bob, 1, json!({"quote": open["uri"]}));
    remote.forgets("/notes/1");
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 1, quoting["id"].clone())), 202);
    settle(&[&app]);
    let accept = remote.inbox.borrow().last().cloned().unwrap();
    assert_eq!(accept["type"], "Accept");
    quoting["quoteAuthorization"] = accept["result"].clone();
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &kept(&alice, &quoting["id"])), "accepted");
    assert_eq!(alice.notifications().iter().filter(|n| n["type"] == "quote").count(), 1);
    assert_eq!(again(&alice, &open)["quotes_count"], 1);
}

#[test]
fn a_hidden_note_that_is_known_to_quote_something_else_is_refused() {
    let (app, alice, remote, bob) = scene();
    let (open, other) = (alice.posts("quote me"), alice.posts("or me"));
    let quoting = note(&remote, &bob, 1, json!({"quote": other["uri"]}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    settle(&[&app]);
    remote.forgets("/notes/1");
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 1, quoting["id"].clone())), 202);
    settle(&[&app]);
    assert_eq!(remote.inbox.borrow().last().unwrap()["type"], "Reject");
    assert_eq!(again(&alice, &open)["quotes_count"], 0);
}

#[test]
fn a_quote_whose_leave_was_taken_back_by_the_policy_is_not_accepted_again() {
    let (app, alice, remote, bob) = scene();
    let open = alice.posts("quote me");
    let asks = |n: u32| {
        let quoting = remote.note(&bob, 1, json!({"quote": open["uri"]}));
        assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, n, quoting)), 202);
        settle(&[&app]);
        remote.inbox.borrow_mut().pop().unwrap()["type"].clone()
    };
    let policy = |to: &str| {
        let path = format!("/api/v1/statuses/{}/interaction_policy", id(&open));
        alice.ok("PUT", &path, Some(json!({"quote_approval_policy": to})));
        settle(&[&app]);
    };
    assert_eq!(asks(1), "Accept");
    policy("nobody");
    assert_eq!(asks(2), "Reject");
    policy("public");
    assert_eq!(asks(3), "Reject");
}

#[test]
fn an_authorization_that_we_cannot_check_now_is_checked_later() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    alice.finds("bob@b.example");
    let words = note(&remote, &carol, 90, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&carol, &words)), 202);
    let quoting =
        note(&remote, &bob, 1, json!({"quote": words["id"], "quoteAuthorization": remote.uri("/stamps/1")}));
    remote.serve(
        json!({"id": remote.uri("/stamps/1"), "type": "QuoteAuthorization", "attributedTo": carol["id"],
        "interactingObject": quoting["id"], "interactionTarget": words["id"]}),
    );
    app.network.set_faults(
        "b.example",
        sori::platform::native::network::Faults { is_down: true, ..Default::default() },
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    app.network.set_faults("b.example", Default::default());
    let settled = || {
        let event = app.ready();
        let uri = quoting["id"].as_str().unwrap();
        pollster::block_on(sori::activitypub::remote::quotes::settle(&event, uri, "{}"))
    };
    app.restart();
    app.db.run("ALTER TABLE domain_blocks RENAME TO elsewhere");
    assert!(settled().is_err());
    app.db.run("ALTER TABLE elsewhere RENAME TO domain_blocks");
    assert_eq!(state(&alice, &kept(&alice, &quoting["id"])), "pending");
    assert!(settled().is_ok());
    assert_eq!(state(&alice, &kept(&alice, &quoting["id"])), "accepted");
    // Once it is settled, nothing is asked again.
    fetched(&app);
    assert!(settled().is_ok());
    assert_eq!(fetched(&app), Vec::<String>::new());
}

/// Between the request and the look at its note the note may have come by another way.
#[test]
fn nobody_is_answered_for_a_quote_of_somebody_else_that_came_meanwhile() {
    let (app, alice, remote, _) = scene();
    let open = alice.posts("quote me");
    let carol = remote.person("carol");
    let carols = note(&remote, &carol, 1, json!({"quote": open["uri"]}));
    assert_eq!(remote.sends(&app, &remote.create(&carol, &carols)), 202);
    alice.finds("bob@b.example");
    settle(&[&app]);
    remote.forgets("/notes/1");
    let context =
        json!({"actor": app.account("bob").id.0, "uri": remote.uri("/requests/1"), "quoted": open["uri"]});
    let event = app.ready();
    let uri = carols["id"].as_str().unwrap();
    pollster::block_on(sori::activitypub::remote::quotes::requested(&event, uri, &context.to_string()))
        .unwrap();
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM quote_stamps) AS n"),
        0
    );
}

#[test]
fn fed_trap_62_quotes_of_quotes_are_fetched_two_levels_and_no_cycle() {
    let (app, alice, remote, bob) = scene();
    for n in 2..=9 {
        remote.serve(remote.note(&bob, n, json!({"quote": remote.uri(&format!("/notes/{}", n + 1))})));
    }
    let first = note(&remote, &bob, 1, json!({"quote": remote.uri("/notes/2")}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &first)), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 3);
    assert_eq!(state(&alice, &kept(&alice, &first["id"])), "accepted");
    // Two that quote each other.
    remote.serve(remote.note(&bob, 21, json!({"quote": remote.uri("/notes/20")})));
    let round = note(&remote, &bob, 20, json!({"quote": remote.uri("/notes/21")}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &round)), 202);
    settle(&[&app]);
    let seen = kept(&alice, &round["id"]);
    assert_eq!(again(&alice, &seen)["quote"]["quoted_status"]["quote"]["quoted_status_id"], seen["id"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
}

#[test]
fn a_forwarded_deletion_of_an_authorization_is_confirmed_at_its_origin() {
    let (state_then, app, alice, seen) = third_party(&|_, _| {});
    assert_eq!(state_then, "accepted");
    // Carol's server claims it in bob's name, with its own key.
    let c = Remote::new(&app.network, "c.example");
    c.person("carol");
    let stamp = "https://b.example/stamps/1";
    let delete = json!({"id": format!("{stamp}#delete"), "type": "Delete", "actor": "https://b.example/users/bob",
        "object": {"type": "QuoteAuthorization", "id": stamp}});
    let key = c.key_of("https://c.example/users/carol");
    let send = || {
        app.send(c.request_signed_by(&app, &delete, &key, sori::activitypub::wire::signature::Spec::Cavage))
            .status
    };
    assert_eq!(send(), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &seen), "accepted", "the leave still stands");
    // At bob's server it is gone.
    Remote::new(&app.network, "b.example");
    assert_eq!(send(), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &seen), "revoked");
    // Nothing is fetched for what concerns nobody here.
    assert_eq!(send(), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
}

#[test]
fn deleting_a_quote_is_sent_to_the_quoted_server_after_its_status_is_gone() {
    let (app, alice, remote, bob) = scene();
    let quoted =
        note(&remote, &bob, 1, json!({"interactionPolicy": {"canQuote": {"automaticApproval": PUBLIC}}}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoted)), 202);
    let status = quotes(&alice, &kept(&alice, &quoted["id"]), "look");
    settle(&[&app]);
    assert!(remote.got().contains(&"Create".to_owned()), "{:?}", remote.got());
    let delete =
        json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": bob["id"], "object": quoted["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    remote.inbox.borrow_mut().clear();
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&status)), Some(json!({"status": "looked"})));
    settle(&[&app]);
    alice.deletes(&status);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Update", "Delete"]);
    assert_eq!(status["mentions"], json!([]), "nobody is named");
}

#[test]
fn a_private_status_is_not_shown_to_the_author_it_quotes() {
    let (app, alice, remote, bob) = scene();
    let words =
        note(&remote, &bob, 1, json!({"interactionPolicy": {"canQuote": {"automaticApproval": PUBLIC}}}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &words)), 202);
    let seen = kept(&alice, &words["id"]);
    let quoting = |text: &str, visibility: &str| {
        app.clock.advance(1000);
        let draft = json!({"status": text, "visibility": visibility, "quoted_status_id": seen["id"]});
        let made = alice.post("/api/v1/statuses", draft);
        settle(&[&app]);
        let asked =
            remote.inbox.borrow_mut().drain(..).find(|a| a["type"] == "QuoteRequest").expect("a request");
        (made, asked)
    };
    // Accounts that may not read it get only its id.
    let (private, asked) = quoting("psst", "private");
    assert_eq!(asked["instrument"], private["uri"]);
    // An edit, and the Update after the quote was accepted, go to those who have the status.
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&private)), Some(json!({"status": "psst, edited"})));
    settle(&[&app]);
    let stamp = json!(remote.uri("/stamps/1"));
    assert_eq!(remote.sends(&app, &answer(&remote, "Accept", &bob, asked, stamp)), 202);
    settle(&[&app]);
    assert_eq!(state(&alice, &private), "accepted");
    assert_eq!(remote.got(), Vec::<String>::new());
    // Mentioned accounts and followers have the note as well.
    let (direct, asked) = quoting("@bob@b.example psst", "direct");
    assert_eq!(asked["instrument"]["id"], direct["uri"]);
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    let (second, asked) = quoting("for followers", "private");
    assert_eq!(asked["instrument"]["id"], second["uri"]);
}

#[test]
fn a_direct_status_quotes_only_mentioned_accounts() {
    let (app, alice, remote, bob) = scene();
    let words =
        note(&remote, &bob, 1, json!({"interactionPolicy": {"canQuote": {"automaticApproval": PUBLIC}}}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &words)), 202);
    let remote_words = kept(&alice, &words["id"]);
    let carol = app.person("carol");
    let local_words = carol.posts("quote me");
    let own = alice.posts("my own");
    let later = sori::model::time::Time(NOW + 3_600_000).to_iso();
    let draft = |quoted: &Value, text: &str| json!({"status": text, "visibility": "direct", "quoted_status_id": quoted["id"]});
    for quoted in [&remote_words, &local_words] {
        let mut scheduled = draft(quoted, "psst");
        scheduled["scheduled_at"] = json!(later);
        for refused in [draft(quoted, "psst"), draft(quoted, "@owner psst"), scheduled] {
            assert_eq!(crate::app::refused(&alice, "POST", "/api/v1/statuses", refused), 422);
        }
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE visibility = 3"), 0);
    alice.post("/api/v1/statuses", draft(&remote_words, "@bob@b.example psst"));
    alice.post("/api/v1/statuses", draft(&local_words, "@carol psst"));
    alice.post("/api/v1/statuses", draft(&own, "@carol psst"));
    let told: Vec<Value> = carol.notifications().into_iter().map(|n| n["type"].clone()).collect();
    assert_eq!(told.iter().filter(|kind| *kind == "quote").count(), 1, "{told:?}");
}

#[test]
fn nobody_is_notified_of_a_remote_quote_they_may_not_see() {
    let (app, alice, remote, bob) = scene();
    let open = alice.posts("quote me");
    let carol = app.person("carol");
    // It is for carol alone, and arrives with a request that embeds it.
    let quoting = remote.note(
        &bob,
        1,
        json!({"quote": open["uri"], "to": ["https://a.example/users/carol"], "cc": []}),
    );
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &open, 1, quoting.clone())), 202);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Accept"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE quote_state = 'accepted'"), 1);
    assert!(alice.notifications().is_empty());
    assert_eq!(again(&alice, &open)["quotes_count"], 0);
    let found = |who: &Person| {
        who.call("GET", &format!("/api/v2/search?type=statuses&q={}", quoting["id"].as_str().unwrap()), None)
    };
    let statuses = |who: &Person| -> Value { serde_json::from_slice(&found(who).body).unwrap() };
    assert_eq!(statuses(&alice)["statuses"], json!([]));
    assert_eq!(statuses(&carol)["statuses"][0]["quote"]["state"], "accepted");
}

#[test]
fn quote_requests_for_absent_and_hidden_statuses_get_the_same_answer() {
    let (app, alice, remote, bob) = scene();
    let draft = |visibility: &str| json!({"status": "mine", "visibility": visibility});
    let mut objects: Vec<Value> =
        ["private", "direct"].map(|v| alice.post("/api/v1/statuses", draft(v))["uri"].clone()).into();
    let deleted = alice.posts("gone");
    alice.deletes(&deleted);
    objects.push(deleted["uri"].clone());
    objects.push(json!("https://a.example/users/alice/statuses/1234567890123456"));
    settle(&[&app]);
    let mut answers = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        let n = n as u32;
        let quoting = remote.serve(remote.note(&bob, n, json!({"quote": object})));
        for (way, instrument) in
            [quoting.clone(), quoting["id"].clone(), json!(remote.uri("/notes/none"))].into_iter().enumerate()
        {
            let asked = request(&remote, &bob, &json!({"uri": object}), n * 10 + way as u32, instrument);
            assert_eq!(remote.sends(&app, &asked), 202);
            settle(&[&app]);
            let sent: Vec<Value> = remote.inbox.borrow_mut().drain(..).collect();
            let sent: Vec<Value> = sent
                .iter()
                .map(|a| json!([a["type"], a["actor"], a["object"]["object"] == *object]))
                .collect();
            answers.push(json!(sent));
        }
    }
    let wanted = json!([["Reject", "https://a.example/users/alice", true]]);
    assert_eq!(answers, vec![wanted; 12]);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"),
        0,
        "what is not let is not kept"
    );
    // There is nobody who could answer.
    app.person("zoe");
    app.db.run("UPDATE accounts SET deleted_at = 5 WHERE username = 'zoe'");
    for name in ["nobody", "zoe"] {
        let nobody = json!({"uri": format!("https://a.example/users/{name}/statuses/1")});
        let asked = request(&remote, &bob, &nobody, 99, json!(remote.uri("/notes/1")));
        assert_eq!(remote.sends(&app, &asked), 202);
        settle(&[&app]);
        assert_eq!(app.count("SELECT count(*) AS n FROM outbox"), 0, "{name}");
    }
    settle(&[&app]);
    assert_eq!(remote.got(), Vec::<String>::new());
}

#[test]
fn a_quote_request_adds_the_quote_to_a_stored_note() {
    // Hollo sends the Create first, without the quote, and then the request with the note embedded.
    let (app, alice, remote, bob) = scene();
    let (open, closed) = (
        alice.posts("quote me"),
        alice.post("/api/v1/statuses", json!({"status": "don't", "quote_approval_policy": "nobody"})),
    );
    let mut uris = Vec::new();
    for (n, quoted, is_named) in [(1, &open, false), (2, &closed, false), (3, &open, true)] {
        let plain = note(&remote, &bob, n, json!({}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &plain)), 202);
        let quoting = remote.serve({
            let mut quoting = plain.clone();
            quoting["quote"] = quoted["uri"].clone();
            quoting
        });
        let instrument = if is_named { quoting["id"].clone() } else { quoting.clone() };
        assert_eq!(remote.sends(&app, &request(&remote, &bob, quoted, n, instrument)), 202);
        settle(&[&app]);
        uris.push(quoting["id"].clone());
    }
    assert_eq!(remote.got(), ["Accept", "Reject", "Accept"]);
    let states: Vec<Value> = uris.iter().map(|uri| kept(&alice, uri)["quote"].clone()).collect();
    assert_eq!(states[0]["quoted_status"]["id"], open["id"], "{}", states[0]);
    assert_eq!(states[1], Value::Null);
    assert_eq!(states[2]["state"], "accepted");
    assert_eq!(again(&alice, &open)["quotes_count"], 2);
    assert_eq!(alice.notifications().iter().filter(|n| n["type"] == "quote").count(), 2);
    // From now on it quotes that status and no other.
    let second = alice.posts("quote me, too");
    let mut other = remote.note(&bob, 1, json!({}));
    other["quote"] = second["uri"].clone();
    assert_eq!(remote.sends(&app, &request(&remote, &bob, &second, 9, other)), 202);
    settle(&[&app]);
    assert_eq!(remote.got().last().unwrap(), "Reject");
    assert_eq!(kept(&alice, &uris[0])["quote"]["quoted_status"]["id"], open["id"]);
}

#[test]
fn a_quote_that_cannot_be_fetched_is_decided_by_the_policy() {
    let (apps, alice, bob, _) = three();
    let all: Vec<&TestApp> = apps.iter().collect();
    let words =
        alice.post("/api/v1/statuses", json!({"status": "quote me", "quote_approval_policy": "public"}));
    let closed =
        alice.post("/api/v1/statuses", json!({"status": "don't", "quote_approval_policy": "nobody"}));
    let seen = here(&bob, &words["uri"]);
    let quoting = bob.post(
        "/api/v1/statuses",
        json!({"status": "look", "visibility": "private", "quoted_status_id": seen["id"]}),
    );
    settle(&all);
    assert_eq!(state(&bob, &quoting), "accepted");
    assert!(alice.notifications().is_empty());
    assert_eq!(apps[0].count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 0);
    assert_eq!(again(&alice, &words)["quotes_count"], 0);
    let seen = here(&bob, &closed["uri"]);
    assert_eq!(seen["quote_approval"]["current_user"], "denied");
}

#[test]
fn an_author_cannot_revoke_a_quote_they_may_not_see() {
    let (app, alice, ..) = scene();
    let carol = app.person("carol");
    let words = alice.posts("quote me");
    let hidden = carol.post(
        "/api/v1/statuses",
        json!({"status": "psst", "visibility": "private", "quoted_status_id": words["id"]}),
    );
    let absent = format!("/api/v1/statuses/{}/quotes/1234567890123456/revoke", id(&words));
    let named = format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&words), id(&hidden));
    let (absent, named) =
        (alice.call("POST", &absent, Some(json!({}))), alice.call("POST", &named, Some(json!({}))));
    assert_eq!((named.status, named.body), (404, absent.body));
    assert_eq!(state(&carol, &hidden), "accepted");
}

#[test]
fn a_quote_is_hidden_from_whom_blocks_or_mutes_its_author_and_from_nobody_else() {
    let (apps, alice, bob, _) = three();
    let all: Vec<&TestApp> = apps.iter().collect();
    bob.follows(&alice);
    settle(&all);
    let far = alice.post("/api/v1/statuses", json!({"status": "far", "quote_approval_policy": "public"}));
    settle(&all);
    let hank = apps[1].person("hank");
    let near = hank.post("/api/v1/statuses", json!({"status": "near", "quote_approval_policy": "public"}));
    let both = [quotes(&bob, &bob.sees(&far["uri"]).unwrap(), "one"), quotes(&bob, &near, "two")];
    settle(&all);
    let account = |what: &str| format!("/api/v1/accounts/{}/{what}", hank.id);
    let domain = |name: &str| ("/api/v1/domain_blocks".to_owned(), json!({"domain": name}));
    for (name, does, wanted) in [
        ("blocks", Some((account("block"), json!({}))), ["accepted", "blocked_account"]),
        ("mutes", Some((account("mute"), json!({}))), ["accepted", "muted_account"]),
        ("domain", Some(domain("a.example")), ["blocked_domain", "accepted"]),
        ("other", Some(domain("c.example")), ["accepted", "accepted"]),
        ("nothing", None, ["accepted", "accepted"]),
    ] {
        let viewer = apps[1].person(name);
        if let Some((path, body)) = does {
            viewer.post(&path, body);
        }
        assert_eq!(both.each_ref().map(|quote| state(&viewer, quote)), wanted, "{name}");
    }
}
