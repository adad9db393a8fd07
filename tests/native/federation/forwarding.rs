//! Activities sent by another server than their actor's: accepted by their integrity proof, or confirmed at
//! their origin.

use ed25519_dalek::{Signer, SigningKey as Ed25519};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sori::activitypub::wire::signature::jcs::canonical;
use sori::activitypub::wire::signature::key::PublicKey;
use sori::activitypub::wire::signature::{SigningKey, Spec};
use sori::http::response::Response;
use sori::model::time::{DAY, Time};
use sori::platform::native::take_errors;
use sori::platform::sql::Statement;

use crate::app::{TestApp, settle};
use crate::remote::Remote;
use crate::remote::{cast, fetched, remote_statuses};

/// bob also has an Ed25519 key.
fn with_proof_key(remote: &Remote, bob: &Value) -> (Value, Ed25519) {
    let key = Ed25519::from_bytes(&[7; 32]);
    let multibase = PublicKey::Ed25519(key.verifying_key().to_bytes()).to_multibase();
    let id = bob["id"].as_str().unwrap();
    let mut bob = bob.clone();
    bob["assertionMethod"] = json!([{"id": format!("{id}#ed25519-key"), "type": "Multikey", "controller": id, "publicKeyMultibase": multibase}]);
    remote.serve(bob.clone());
    (bob, key)
}

fn prove(document: &Value, key: &Ed25519, at: Time) -> Value {
    let method = json!(format!("{}#ed25519-key", document["actor"].as_str().unwrap()));
    prove_with(document, key, &method, at)
}

/// With a proof by the key of this id.
fn prove_with(document: &Value, key: &Ed25519, method: &Value, at: Time) -> Value {
    let mut proof = json!({
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
        "verificationMethod": method,
        "created": at.to_iso_seconds(),
    });
    let hash = |v: &Value| Sha256::digest(canonical(v).as_bytes()).to_vec();
    let signature = key.sign(&[hash(&proof), hash(document)].concat());
    proof["proofValue"] = json!(base58(&signature.to_bytes()));
    let mut proven = document.clone();
    proven["proof"] = proof;
    proven
}

fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut number = bytes.to_vec();
    let mut out = Vec::new();
    while number.iter().any(|b| *b != 0) {
        let mut rest = 0u32;
        for byte in &mut number {
            rest = rest << 8 | u32::from(*byte);
            *byte = (rest / 58) as u8;
            rest %= 58;
        }
        out.push(ALPHABET[rest as usize]);
    }
    out.extend(bytes.iter().take_while(|b| **b == 0).map(|_| b'1'));
    out.reverse();
    format!("z{}", String::from_utf8(out).unwrap())
}

/// `activity` as carol's server sends it.
pub fn forwarded(app: &TestApp, by: &Remote, activity: &Value) -> u16 {
    let carol = by.person("carol");
    let key = SigningKey {
        key_id: format!("{}#main-key", carol["id"].as_str().unwrap()),
        private_pkcs8: by.key.private_pkcs8.clone(),
    };
    app.send(by.request_signed_by(app, activity, &key, Spec::Cavage)).status
}

#[test]
fn an_integrity_proof_of_the_actor_authenticates_the_activity() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let (bob, key) = with_proof_key(&remote, &bob);
    let now = app.clock.now();
    // The note cannot be fetched: the proof alone authenticates it.
    let create =
        remote.create(&bob, &remote.note(&bob, 1, json!({"location": {"longitude": -71.184902, "x": 1e21}})));
    assert_eq!(forwarded(&app, &carrier, &prove(&create, &key, now)), 202);
    assert_eq!(remote_statuses(&app), 1);
    // The key is cached from now on.
    fetched(&app);
    let second = remote.create(&bob, &remote.note(&bob, 2, json!({})));
    assert_eq!(forwarded(&app, &carrier, &prove(&second, &key, now)), 202);
    assert_eq!(remote_statuses(&app), 2);
    assert!(fetched(&app).is_empty());
    // A like, which could not be confirmed otherwise.
    let mine = app.person("alice").posts("hello");
    let like = json!({"id": remote.uri("/l/1"), "type": "Like", "actor": bob["id"], "object": mine["uri"]});
    assert_eq!(forwarded(&app, &carrier, &prove(&like, &key, now)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 1);
    // Of a suspended account only what ends something is taken.
    app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'bob'");
    let third = remote.create(&bob, &remote.note(&bob, 3, json!({})));
    assert_eq!(forwarded(&app, &carrier, &prove(&third, &key, now)), 403);
    let undo = json!({"id": remote.uri("/u/1"), "type": "Undo", "actor": bob["id"], "object": like});
    assert_eq!(forwarded(&app, &carrier, &prove(&undo, &key, now)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn a_wrong_proof_is_ignored_and_a_valid_signature_needs_none() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let (bob, key) = with_proof_key(&remote, &bob);
    let now = app.clock.now();
    let like = |n: u32| json!({"id": remote.uri(&format!("/l/{n}")), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    let follows = || app.count("SELECT count(*) AS n FROM follows");
    assert_eq!(follows(), 1);
    // By an unknown key, changed afterwards, too old, from the future.
    assert_eq!(forwarded(&app, &carrier, &prove(&like(1), &Ed25519::from_bytes(&[9; 32]), now)), 403);
    let mut changed = prove(&like(1), &key, now);
    changed["object"] = json!("https://a.example/users/owner");
    assert_eq!(forwarded(&app, &carrier, &changed), 403);
    assert_eq!(forwarded(&app, &carrier, &prove(&like(1), &key, now.plus(-5 * DAY))), 403);
    assert_eq!(forwarded(&app, &carrier, &prove(&like(1), &key, now.plus(DAY))), 403);
    // carol's own proof on an activity that claims bob as its actor.
    let mut hers = prove(&like(1), &key, now);
    hers["proof"]["verificationMethod"] = json!("https://c.example/users/carol#ed25519-key");
    assert_eq!(forwarded(&app, &carrier, &hers), 403);
    assert_eq!(follows(), 1);
    // bob sends it himself: his signature decides, as on Mastodon.
    assert_eq!(remote.sends(&app, &prove(&like(2), &Ed25519::from_bytes(&[9; 32]), now)), 202);
    assert_eq!(follows(), 2);
}

#[test]
fn a_forwarded_reply_is_confirmed_at_its_origin() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let alice = app.person("alice");
    let mine = alice.posts("what do you think?");
    let real =
        remote.serve(remote.note(&bob, 1, json!({"inReplyTo": mine["uri"], "content": "<p>this</p>"})));
    let mut said = real.clone();
    said["content"] = json!("<p>something else</p>");
    assert_eq!(forwarded(&app, &carrier, &remote.create(&bob, &said)), 202);
    settle(&[&app]);
    let thread = alice.get(&format!("/api/v1/statuses/{}/context", mine["id"].as_str().unwrap()));
    assert_eq!(thread["descendants"][0]["content"], "<p>this</p>", "{thread}");

    // An edit, likewise.
    let mut edited = real.clone();
    edited["content"] = json!("<p>that</p>");
    edited["updated"] = json!("2026-09-21T11:00:00Z");
    remote.serve(edited);
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": said});
    assert_eq!(forwarded(&app, &carrier, &update), 202);
    settle(&[&app]);
    let thread = alice.get(&format!("/api/v1/statuses/{}/context", mine["id"].as_str().unwrap()));
    assert_eq!(thread["descendants"][0]["content"], "<p>that</p>");

    // A deletion while the note still exists, and one when it is gone.
    let delete = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": {"id": real["id"], "type": "Tombstone"}});
    assert_eq!(forwarded(&app, &carrier, &delete), 202);
    settle(&[&app]);
    assert_eq!(remote_statuses(&app), 1);
    for gone in [
        Response::activity(
            &json!({"@context": "https://www.w3.org/ns/activitystreams", "id": real["id"], "type": "Tombstone"}),
        ),
        Response::new(410, "text/plain", ""),
    ] {
        remote.answers("/notes/1", gone);
        assert_eq!(forwarded(&app, &carrier, &delete), 202);
        settle(&[&app]);
        assert_eq!(remote_statuses(&app), 0);
        remote.forgets("/notes/1");
        app.db.run("DELETE FROM tombstones");
        remote.serve(remote.note(&bob, 1, json!({})));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 202);
        assert_eq!(remote_statuses(&app), 1);
    }
}

#[test]
fn a_forwarded_boost_is_confirmed_at_the_boosters_server() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let alice = app.person("alice");
    let mine = alice.posts("boost me");
    let boost = |n: u32| {
        json!({"@context": "https://www.w3.org/ns/activitystreams", "id": remote.uri(&format!("/b/{n}")), "type": "Announce", "actor": bob["id"],
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": mine["uri"]})
    };
    assert_eq!(forwarded(&app, &carrier, &boost(1)), 202);
    settle(&[&app]);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", mine["id"].as_str().unwrap()))["reblogs_count"], 0);
    remote.serve(boost(2));
    assert_eq!(forwarded(&app, &carrier, &boost(2)), 202);
    settle(&[&app]);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", mine["id"].as_str().unwrap()))["reblogs_count"], 1);
    // What is served is of another actor, or no boost.
    let carol = remote.person("carol");
    for (n, name, value) in [(3, "actor", carol["id"].clone()), (4, "type", json!("Like"))] {
        let mut served = boost(n);
        served[name] = value;
        remote.serve(served);
        assert_eq!(forwarded(&app, &carrier, &boost(n)), 202);
        settle(&[&app]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn forwarded_activities_that_concern_nobody_are_not_fetched() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let dan = remote.person("dan");
    fetched(&app);
    // Nobody follows dan, and his note is no reply to a local status.
    assert_eq!(forwarded(&app, &carrier, &remote.create(&dan, &remote.note(&dan, 1, json!({})))), 202);
    let delete = json!({"id": remote.uri("/d"), "type": "Delete", "actor": bob["id"], "object": remote.uri("/notes/unknown")});
    assert_eq!(forwarded(&app, &carrier, &delete), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // An object on a third server.
    let mut note = remote.note(&bob, 2, json!({}));
    note["id"] = json!("https://d.example/notes/1");
    assert_eq!(forwarded(&app, &carrier, &remote.create(&bob, &note)), 403);
    let asked = fetched(&app);
    assert!(asked.iter().all(|u| u.contains("c.example")), "{asked:?}");
    // A forwarded self-delete of bob, who still exists; and after he is gone.
    let self_delete =
        json!({"id": remote.uri("/bye"), "type": "Delete", "actor": bob["id"], "object": bob["id"]});
    for (answer, left) in [(None, 1), (Some(404), 1), (Some(410), 0)] {
        if let Some(status) = answer {
            remote.answers("/users/bob", Response::new(status, "text/plain", ""));
        }
        assert_eq!(forwarded(&app, &carrier, &self_delete), 202);
        settle(&[&app]);
        assert_eq!(
            app.count("SELECT count(*) AS n FROM accounts WHERE uri = 'https://b.example/users/bob'"),
            left,
            "{answer:?}"
        );
    }
}

#[test]
fn advisory_cve_2022_24307_a_linked_data_signature_proves_nothing() {
    // CVE-2026-50128 and similar ones do not apply: no @context is interpreted, and no embedded signature is
    // trusted.
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let follow = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1", {"attributionDomains": "x:y"}],
        "id": remote.uri("/f"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice",
        "signature": {"type": "RsaSignature2017", "creator": format!("{}#main-key", bob["id"].as_str().unwrap()), "created": "2026-09-21T10:00:00Z", "signatureValue": "AAAA"},
    });
    assert_eq!(forwarded(&app, &carrier, &follow), 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 1);
}

#[test]
fn a_proof_by_another_actor_of_the_same_host_is_ignored() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let (carol, key) = with_proof_key(&remote, &remote.person("carol"));
    let now = app.clock.now();
    let follow = json!({"id": remote.uri("/f"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    // A valid proof by another actor of the same server than the claimed one.
    let mut proven = follow.clone();
    proven["actor"] = carol["id"].clone();
    let mut proven = prove(&proven, &key, now);
    let method = proven["proof"]["verificationMethod"].clone();
    assert_eq!(forwarded(&app, &carrier, &proven), 202, "as her own it counts");
    let follows = || {
        app.count("SELECT count(*) AS n FROM follows WHERE target_id = (SELECT id FROM accounts WHERE username = 'alice')")
    };
    assert_eq!(follows(), 1);
    proven = prove_with(&follow, &key, &method, now);
    for n in 0..2 {
        assert_eq!(forwarded(&app, &carrier, &proven), 403, "{n}");
    }
    // Nor where she sends it herself.
    let own = remote.key_of(carol["id"].as_str().unwrap());
    assert_eq!(app.send(remote.request_signed_by(&app, &proven, &own, Spec::Cavage)).status, 403);
    assert_eq!(follows(), 1);
}

#[test]
fn forwarded_activities_that_concern_a_local_account_are_fetched() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let dan = remote.person("dan");
    let mine = app.person("alice").posts("hello");
    let kept = || {
        settle(&[&app]);
        remote_statuses(&app)
    };
    let note = |author: &Value, n: u32, extra: Value| remote.serve(remote.note(author, n, extra));
    let mention = json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice"}]});
    // By a followed account; a reply to a local status; to a local account. And none of these.
    for (n, author, extra, is_kept) in [
        (1, &bob, json!({}), 1),
        (2, &dan, json!({"inReplyTo": mine["uri"]}), 2),
        (3, &dan, mention, 3),
        (4, &dan, json!({}), 3),
    ] {
        let created = remote.create(author, &note(author, n, extra));
        assert_eq!(forwarded(&app, &carrier, &created), 202, "{n}");
        assert_eq!(kept(), is_kept, "{n}");
    }
    // Boosts: of a local status by an account nobody follows, and of any status by a followed account.
    let boost = |n: u32, actor: &Value, object: &Value| {
        remote.serve(json!({"id": remote.uri(&format!("/b/{n}")), "type": "Announce", "actor": actor["id"], "to": ["as:Public"], "object": object}))
    };
    for (n, actor, object, is_kept) in [
        (1, &dan, mine["uri"].clone(), 4),
        (2, &bob, json!(remote.uri("/notes/3")), 5),
        (3, &dan, json!(remote.uri("/notes/3")), 5),
    ] {
        assert_eq!(forwarded(&app, &carrier, &boost(n, actor, &object)), 202, "{n}");
        assert_eq!(kept(), is_kept, "{n}");
    }
    // The document at its id differs, or is another actor's.
    let said =
        json!({"id": remote.uri("/b/9"), "type": "Announce", "actor": bob["id"], "object": mine["uri"]});
    for (kind, actor) in [("Announce", &dan), ("Like", &bob), ("Like", &dan)] {
        let mut served = said.clone();
        served["type"] = json!(kind);
        served["actor"] = actor["id"].clone();
        remote.serve(served);
        assert_eq!(forwarded(&app, &carrier, &said), 202);
        assert_eq!(kept(), 5, "{kind}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
    // A status of another actor is not theirs to delete, and nothing is fetched for ours.
    fetched(&app);
    let delete = |actor: &Value, object: &Value| json!({"id": remote.uri("/d"), "type": "Delete", "actor": actor, "object": object});
    remote.forgets("/notes/1");
    assert_eq!(forwarded(&app, &carrier, &delete(&dan["id"], &json!(remote.uri("/notes/1")))), 202);
    let alice = json!("https://a.example/users/alice");
    let group = json!({"id": remote.uri("/a/1"), "type": "Announce", "actor": bob["id"], "object": delete(&alice, &alice)});
    assert_eq!(remote.sends(&app, &group), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    assert_eq!(kept(), 5);
    assert_eq!(fetched(&app), Vec::<String>::new());
}

#[test]
fn a_404_does_not_confirm_the_deletion_of_a_private_status() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let public = "https://www.w3.org/ns/activitystreams#Public";
    let me = "https://a.example/users/alice";
    let delete = |id: &Value| json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": {"id": id, "type": "Tombstone"}});
    let is_here = |id: &Value| {
        settle(&[&app]);
        let sql = format!("SELECT 1 FROM statuses WHERE uri = '{}'", id.as_str().unwrap());
        pollster::block_on(app.db.query(Statement::new(sql))).unwrap().len() == 1
    };
    // The audience, and whether a 404 confirms a deletion.
    let audiences = [
        (json!([public]), json!([bob["followers"]]), true),
        (json!([bob["followers"]]), json!([public]), true),
        (json!([bob["followers"]]), json!([]), false),
        (json!([me]), json!([]), false),
    ];
    for (n, (to, cc, is_told)) in audiences.into_iter().enumerate() {
        for (m, by_group) in [false, true].into_iter().enumerate() {
            let number = (n * 10 + m) as u32;
            let mention = json!([{"type": "Mention", "href": me}]);
            let note = remote.note(&bob, number, json!({"to": to, "cc": cc, "tag": mention}));
            assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
            assert!(is_here(&note["id"]));
            let send = || {
                if by_group {
                    let group = remote.person("group");
                    let announced = json!({"id": remote.uri("/a/1"), "type": "Announce", "actor": group["id"], "object": delete(&note["id"])});
                    assert_eq!(remote.sends(&app, &announced), 202);
                } else {
                    assert_eq!(forwarded(&app, &carrier, &delete(&note["id"])), 202);
                }
            };
            // The note was never public: an anonymous request gets a 404.
            send();
            assert_eq!(is_here(&note["id"]), !is_told, "{to} {by_group}");
            // A 410 confirms the deletion in any case.
            remote.gone(&format!("/notes/{number}"));
            send();
            assert!(!is_here(&note["id"]), "{to}");
        }
    }
    // Nor does it confirm the revocation of an authorization of a quote that is not public.
    let words =
        remote.note(&bob, 90, json!({"interactionPolicy": {"canQuote": {"automaticApproval": public}}}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &words)), 202);
    let found = app.person("alice").sees(&words["id"]).expect("bob's words");
    for (visibility, state) in [("private", "accepted"), ("public", "revoked")] {
        app.clock.advance(1_000);
        let id =
            app.person("alice").get(&format!("/api/v1/statuses/{}", found["id"].as_str().unwrap()))["id"]
                .clone();
        let alice = app.person("alice");
        let quote = alice.post(
            "/api/v1/statuses",
            json!({"status": "see", "quoted_status_id": id, "visibility": visibility}),
        );
        settle(&[&app]);
        let asked = remote.inbox.borrow_mut().drain(..).find(|a| a["type"] == "QuoteRequest").unwrap();
        let stamp = remote.uri(&format!("/stamps/{visibility}"));
        let accept = json!({"id": remote.uri(&format!("/ok/{visibility}")), "type": "Accept", "actor": bob["id"], "object": asked["id"], "result": stamp});
        assert_eq!(remote.sends(&app, &accept), 202);
        let taken = json!({"id": remote.uri("/d/9"), "type": "Delete", "actor": bob["id"], "object": stamp});
        assert_eq!(forwarded(&app, &carrier, &taken), 202);
        settle(&[&app]);
        let now = alice.get(&format!("/api/v1/statuses/{}", quote["id"].as_str().unwrap()));
        assert_eq!(now["quote"]["state"], state, "{visibility}");
    }
}

#[test]
fn a_document_without_an_author_confirms_nobody_as_its_author() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let mut note = remote.note(&bob, 1, json!({}));
    note.as_object_mut().unwrap().remove("attributedTo");
    let create = remote.create(&bob, &note);
    remote.serve(note.clone());
    assert_eq!(forwarded(&app, &carrier, &create), 202);
    settle(&[&app]);
    assert_eq!(remote_statuses(&app), 0);
    // Of another author neither; and an actor is its own document.
    let carol = remote.person("carol");
    note["attributedTo"] = carol["id"].clone();
    remote.serve(note);
    assert_eq!(forwarded(&app, &carrier, &create), 202);
    settle(&[&app]);
    assert_eq!(remote_statuses(&app), 0);
    let mut renamed = bob.clone();
    renamed["name"] = json!("Robert");
    remote.serve(renamed.clone());
    let update = json!({"id": remote.uri("/u/9"), "type": "Update", "actor": bob["id"], "object": renamed});
    assert_eq!(forwarded(&app, &carrier, &update), 202);
    settle(&[&app]);
    assert_eq!(app.account("bob").display_name, "Robert");
}

#[test]
fn a_proof_that_our_database_cannot_check_now_is_not_refused_for_good() {
    for trips in 0..12 {
        let (app, remote, bob) = cast();
        let carrier = Remote::new(&app.network, "c.example");
        let (bob, key) = with_proof_key(&remote, &bob);
        let mine = app.person("alice").posts("hello");
        let like =
            json!({"id": remote.uri("/l/1"), "type": "Like", "actor": bob["id"], "object": mine["uri"]});
        app.db.fail_after(trips, false);
        let status = forwarded(&app, &carrier, &prove(&like, &key, app.clock.now()));
        assert!([202, 503].contains(&status), "after {trips} trips: {status}");
    }
    take_errors();
}

#[test]
fn a_proof_is_enough_but_for_what_an_actor_is_now() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let (bob, key) = with_proof_key(&remote, &bob);
    let now = app.clock.now();
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let says = |kind: &str, object: &Value| {
        let said = json!({"id": remote.uri("/says/1"), "type": kind, "actor": bob["id"], "object": object});
        assert_eq!(forwarded(&app, &carrier, &prove(&said, &key, now)), 202, "{kind}");
    };
    // An edit that its server knows nothing of.
    let mut edited = note;
    edited["content"] = json!("<p>edited</p>");
    edited["updated"] = json!("2026-09-21T11:00:00Z");
    says("Update", &edited);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE content LIKE '%edited%'"), 1);
    // An Update of the actor may be old.
    let mut renamed = bob.clone();
    renamed["name"] = json!("Robert");
    says("Update", &renamed);
    assert_eq!(app.account("bob").display_name, "bob");
    settle(&[&app]);
    assert_eq!(app.account("bob").display_name, "bob");
    // Of whoever ends their account there is nothing to ask.
    says("Delete", &bob["id"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'bob'"), 0);
}

#[test]
fn what_another_server_passes_on_tells_nothing_of_the_actors_own_server() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let (bob, key) = with_proof_key(&remote, &bob);
    app.db.run(
        "INSERT INTO instances (domain, failing_since) VALUES ('b.example', 5) \
         ON CONFLICT (domain) DO UPDATE SET failing_since = 5",
    );
    let failing = || app.count("SELECT count(*) AS n FROM instances WHERE failing_since IS NOT NULL");
    let synced = || fetched(&app).iter().filter(|url| url.ends_with("/followers")).count();
    // Another list of followers than ours.
    let header = format!(
        "collectionId=\"{0}\", url=\"{0}\", digest=\"{1}\"",
        bob["followers"].as_str().unwrap(),
        "ab".repeat(32)
    );
    let create = |n: u32| remote.create(&bob, &remote.note(&bob, n, json!({})));
    let carol = carrier.person("carol");
    let carols = carrier.key_of(carol["id"].as_str().unwrap());
    let proven = prove(&create(1), &key, app.clock.now());
    let mut passed_on = carrier.request_signed_by(&app, &proven, &carols, Spec::Cavage);
    passed_on.headers.add("collection-synchronization", header.clone());
    assert_eq!(app.send(passed_on).status, 202);
    assert_eq!(remote_statuses(&app), 1);
    assert_eq!((failing(), synced()), (1, 0));
    let mut direct = remote.request(&app, &create(2));
    direct.headers.add("collection-synchronization", header);
    assert_eq!(app.send(direct).status, 202);
    assert_eq!((failing(), synced()), (0, 1));
}
