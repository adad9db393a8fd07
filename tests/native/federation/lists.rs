//! Activities whose object is a list, Updates that change nothing visible, and inboxes of unknown accounts.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};
use sori::services;
use sori::store;

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::{Remote, fetched};

/// An instance with alice, who follows bob of another server.
fn scene() -> (TestApp, Person, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&found)), json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(&app, &accept), 202);
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    (app, alice, remote, bob)
}

fn activity(remote: &Remote, actor: &Value, n: u32, kind: &str, object: Value) -> Value {
    json!({"id": remote.uri(&format!("/activities/{n}")), "type": kind, "actor": actor["id"],
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": object})
}

fn uris(alice: &Person) -> Vec<String> {
    let mut all: Vec<String> = alice.home().iter().map(|s| s["uri"].as_str().unwrap().into()).collect();
    all.sort();
    all
}

#[test]
fn a_create_of_two_notes_stores_both() {
    let (app, alice, remote, bob) = scene();
    let notes = [remote.note(&bob, 1, json!({})), remote.note(&bob, 2, json!({}))];
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 1, "Create", json!(notes))), 202);
    assert_eq!(uris(&alice), [remote.uri("/notes/1"), remote.uri("/notes/2")]);
    // A repetition changes nothing.
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 1, "Create", json!(notes))), 202);
    assert_eq!(uris(&alice).len(), 2);
}

#[test]
fn valid_objects_of_a_list_are_applied_and_invalid_ones_skipped() {
    let (app, alice, remote, bob) = scene();
    let mallory = remote.person("mallory");
    let forged = remote.note(&mallory, 5, json!({}));
    let foreign =
        json!({"id": "https://c.example/notes/1", "type": "Note", "attributedTo": bob["id"], "content": "x"});
    let by_id = remote.serve(remote.note(&bob, 2, json!({})));
    let list =
        json!([forged, foreign, remote.note(&bob, 1, json!({})), by_id["id"], null, 7, {"type": "Note"}]);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 1, "Create", list)), 202);
    settle(&[&app]);
    assert_eq!(uris(&alice), [remote.uri("/notes/1"), remote.uri("/notes/2")]);
    // Refused where no object is valid.
    let list = json!([forged, foreign]);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 2, "Create", list)), 403);
}

#[test]
fn a_long_list_is_bounded_and_the_rest_is_fetched_from_its_origin() {
    let (app, alice, remote, bob) = scene();
    let notes: Vec<Value> = (1..=200).map(|n| remote.serve(remote.note(&bob, n, json!({})))).collect();
    let sent = remote.request(&app, &activity(&remote, &bob, 1, "Create", json!(notes)));
    assert_eq!(app.send(sent).status, 202);
    let cost = *app.cost.borrow();
    assert!(cost.statements <= 45, "{cost:?}");
    settle(&[&app]);
    assert_eq!(uris(&alice).len(), 20);
    // Nothing is fetched for what does not concern this instance.
    let carol = remote.person("carol");
    let notes: Vec<Value> = (301..=310).map(|n| remote.serve(remote.note(&carol, n, json!({})))).collect();
    assert_eq!(remote.sends(&app, &activity(&remote, &carol, 2, "Create", json!(notes))), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // Of as many as are applied nothing is left over that could be fine: all are refused.
    let forged: Vec<Value> = (401..=404).map(|n| remote.note(&carol, n, json!({}))).collect();
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 3, "Create", json!(forged))), 403);
    // And only what is created is asked for.
    fetched(&app);
    let gone: Vec<String> = (501..=510).map(|n| remote.uri(&format!("/notes/{n}"))).collect();
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 4, "Delete", json!(gone))), 202);
    settle(&[&app]);
    assert_eq!(fetched(&app), Vec::<String>::new());
}

#[test]
fn activities_with_several_objects_are_applied_to_each() {
    let (app, alice, remote, bob) = scene();
    let notes: Vec<Value> = (1..=3).map(|n| remote.note(&bob, n, json!({}))).collect();
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 1, "Create", json!(notes))), 202);
    let edited: Vec<Value> = (1..=2)
        .map(|n| {
            let more = json!({"content": format!("<p>edited {n}</p>"), "updated": "2026-09-21T10:05:00Z"});
            remote.note(&bob, n, more)
        })
        .collect();
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 2, "Update", json!(edited))), 202);
    let contents = |alice: &Person| {
        let mut all: Vec<Value> = alice.home().iter().map(|s| s["content"].clone()).collect();
        all.sort_by_key(Value::to_string);
        json!(all)
    };
    assert_eq!(contents(&alice), json!(["<p>edited 1</p>", "<p>edited 2</p>", "<p>note 3</p>"]));

    let ours: Vec<Value> = (0..2).map(|n| alice.posts(&format!("post {n}"))).collect();
    let named: Vec<Value> = ours.iter().map(|s| s["uri"].clone()).collect();
    let like = activity(&remote, &bob, 3, "Like", json!(named));
    assert_eq!(remote.sends(&app, &like), 202);
    let liked = "SELECT count(*) AS n FROM favourites";
    assert_eq!(app.count(liked), 2);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 4, "Undo", like.clone())), 202);
    assert_eq!(app.count(liked), 0);
    // By its id alone as well, and several Undos in one.
    let like = activity(&remote, &bob, 5, "Like", json!(named));
    assert_eq!(remote.sends(&app, &like), 202);
    assert_eq!(app.count(liked), 2);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 6, "Undo", like["id"].clone())), 202);
    assert_eq!(app.count(liked), 0);
    let likes = [7, 8].map(|n| activity(&remote, &bob, n, "Like", named[n as usize - 7].clone()));
    likes.iter().for_each(|like| assert_eq!(remote.sends(&app, like), 202));
    assert_eq!(app.count(liked), 2);
    let list = json!([likes[0], likes[1]["id"]]);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 9, "Undo", list)), 202);
    assert_eq!(app.count(liked), 0);

    // One Accept for several follows.
    let follow = json!([alice.app.account("alice").uri, app.person("anna").app.account("anna").uri]);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 10, "Follow", follow)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows WHERE uri LIKE '%/activities/10'"), 2);

    let list = json!([notes[0]["id"], {"type": "Tombstone", "id": notes[2]["id"]}]);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 11, "Delete", list)), 202);
    assert_eq!(contents(&alice).as_array().unwrap().len(), 3);
    assert_eq!(uris(&alice).iter().filter(|u| u.starts_with("https://b.example")).count(), 1);
}

/// What one invocation does is bounded, however the objects are nested.
#[test]
fn undos_of_several_things_share_a_bound() {
    let (app, alice, remote, bob) = scene();
    let named: Vec<Value> = (0..8).map(|n| alice.posts(&format!("post {n}"))["uri"].clone()).collect();
    let likes = [0, 1].map(|n| activity(&remote, &bob, n, "Like", json!(named[4 * n as usize..][..4])));
    likes.iter().for_each(|like| assert_eq!(remote.sends(&app, like), 202));
    let liked = "SELECT count(*) AS n FROM favourites";
    assert_eq!(app.count(liked), 8);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 2, "Undo", json!(likes))), 202);
    assert_eq!(app.count(liked), 4);
}

#[test]
fn pins_and_reports_of_several_objects_are_all_applied() {
    let (app, alice, remote, _) = scene();
    let mut bob = remote.person("bob");
    bob["featured"] = json!(remote.uri("/users/bob/featured"));
    let bob = remote.serve(bob);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 1, "Update", bob.clone())), 202);
    let notes: Vec<Value> = (1..=2).map(|n| remote.serve(remote.note(&bob, n, json!({})))).collect();
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 2, "Create", notes[0].clone())), 202);
    let mut add = activity(&remote, &bob, 3, "Add", json!([notes[0], notes[1]["id"]]));
    add["target"] = bob["featured"].clone();
    assert_eq!(remote.sends(&app, &add), 202);
    settle(&[&app]);
    let pins = "SELECT count(*) AS n FROM pins";
    assert_eq!(app.count(pins), 2);
    let mut remove = activity(&remote, &bob, 4, "Remove", json!([notes[0]["id"], notes[1]["id"]]));
    remove["target"] = bob["featured"].clone();
    assert_eq!(remote.sends(&app, &remove), 202);
    assert_eq!(app.count(pins), 0);
    // A boost is of one status: of several objects the first one.
    let announce = activity(&remote, &bob, 5, "Announce", json!([notes[0]["id"], notes[1]["id"]]));
    assert_eq!(remote.sends(&app, &announce), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 1);
    let anna = app.person("anna");
    let named = json!([app.account("alice").uri, alice.posts("x")["uri"], anna.posts("y")["uri"]]);
    assert_eq!(remote.sends(&app, &activity(&remote, &bob, 6, "Flag", named)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM reports"), 2);
}

#[test]
fn each_object_of_a_forwarded_list_is_fetched() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    let notes: Vec<Value> = (1..=2).map(|n| remote.serve(remote.note(&bob, n, json!({})))).collect();
    let create = activity(&remote, &bob, 1, "Create", json!(notes));
    let request = remote.request_signed_by(
        &app,
        &create,
        &remote.key_of(carol["id"].as_str().unwrap()),
        sori::activitypub::wire::signature::Spec::Cavage,
    );
    assert_eq!(app.send(request).status, 202);
    settle(&[&app]);
    assert_eq!(uris(&alice), [remote.uri("/notes/1"), remote.uri("/notes/2")]);
}

/// What is of a report: people of ours, and what their server was shown of theirs.
#[test]
fn a_report_is_of_people_here_and_of_what_its_server_may_read() {
    let (app, alice, remote, bob) = scene();
    let theirs = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &theirs)), 202);
    let flag = |n: u32, object: Value| {
        assert_eq!(remote.sends(&app, &activity(&remote, &bob, n, "Flag", object)), 202);
    };
    flag(1, json!([bob["id"], theirs["id"]]));
    assert_eq!(app.count("SELECT count(*) AS n FROM reports"), 0);
    let post = |visibility: &str| {
        let text = if visibility == "direct" { "@bob@b.example x" } else { "x" };
        alice.post("/api/v1/statuses", json!({"status": text, "visibility": visibility}))
    };
    let [public, unlisted, private, direct] = ["public", "unlisted", "private", "direct"].map(post);
    app.person("dave");
    let between_us = alice.post("/api/v1/statuses", json!({"status": "@dave x", "visibility": "direct"}));
    flag(2, json!([public["uri"], unlisted["uri"], private["uri"], direct["uri"], between_us["uri"]]));
    let with = |status: &Value| {
        let sql = format!(
            "SELECT count(*) AS n FROM reports, json_each(status_ids) j WHERE CAST(j.value AS TEXT) = '{}'",
            id(status)
        );
        app.count_of(&sql)
    };
    assert_eq!([&public, &unlisted, &private, &direct, &between_us].map(with), [1, 1, 0, 1, 0]);
    // However often it is named.
    flag(3, json!(vec![public["uri"].clone(); 150]));
    assert_eq!(app.count("SELECT min(json_array_length(status_ids)) AS n FROM reports"), 1);
}

/// What alice sees of bob's first note.
fn seen(alice: &Person, remote: &Remote) -> Value {
    alice.sees(&json!(remote.uri("/notes/1"))).unwrap()
}

#[test]
fn an_update_that_changes_only_markup_is_not_an_edit() {
    let (app, alice, remote, bob) = scene();
    let link = |more: &str| {
        format!("<p>read <a href=\"https://x.example/a\"{more}>this</a> &amp; <b>that</b></p><p>so</p>")
    };
    let note = remote.note(&bob, 1, json!({"content": link(""), "summary": "cw"}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    alice.act(&seen(&alice, &remote), "reblog");
    let told = || alice.notifications().iter().filter(|n| n["type"] == "update").count();
    let update = |n: u32, content: String, more: Value| {
        let mut note = remote.note(
            &bob,
            1,
            json!({"content": content, "summary": "cw", "updated": format!("2026-09-21T10:{n:02}:00Z")}),
        );
        note.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(remote.sends(&app, &activity(&remote, &bob, n, "Update", note)), 202);
    };
    for (n, content) in [
        link(" rel=\"me nofollow\" class=\"u-url\" target=\"_blank\""),
        link(" translate=\"no\"").replace("so", "<span class=\"ellipsis\">so</span>"),
        link(" class=\"mention\"").replace("&amp;", "&#38;"),
        format!("  {}\n", link("").replace("</p><p>", "</p>\n<p lang=\"en\">")),
    ]
    .into_iter()
    .enumerate()
    {
        update(n as u32 + 1, content, json!({}));
        let shown = seen(&alice, &remote);
        assert_eq!((&shown["edited_at"], told()), (&Value::Null, 0), "{n}");
        assert_eq!(app.count("SELECT count(*) AS n FROM status_edits"), 0, "{n}");
    }
    // Properties beside the text are updated without an edit.
    update(9, link(" class=\"mention\""), json!({"contentMap": {"ko": link(" class=\"mention\"")}}));
    assert_eq!((&seen(&alice, &remote)["language"], told()), (&json!("ko"), 0));
    assert!(seen(&alice, &remote)["content"].as_str().unwrap().contains("class=\"mention\""));

    // These are visible to readers.
    for (n, content) in [
        link("").replace("this", "that"),
        link("").replace("/a\"", "/b\""),
        link("").replace("<b>that</b>", "that"),
        link("").replace("</p><p>", " "),
    ]
    .into_iter()
    .enumerate()
    {
        update(n as u32 + 20, content, json!({}));
        assert!(seen(&alice, &remote)["edited_at"].is_string(), "{n}");
        assert_eq!(app.count("SELECT count(*) AS n FROM status_edits"), n as i64 + 1, "{n}");
    }
    // So are a warning, and whether the media are hidden without one, with the same text.
    let last = link("").replace("</p><p>", " ");
    let hidden = |is: bool| json!({"summary": null, "sensitive": is});
    for (n, more) in [json!({"summary": "another"}), hidden(true), hidden(false)].into_iter().enumerate() {
        update(n as u32 + 30, last.clone(), more);
        assert_eq!(app.count("SELECT count(*) AS n FROM status_edits"), n as i64 + 5, "{n}");
    }
    // Of edits in a few minutes only the first is told.
    assert_eq!(told(), 1);
}

#[test]
fn picture_dimensions_are_not_an_edit_and_another_picture_is() {
    let (app, alice, remote, bob) = scene();
    let picture = |more: Value| {
        let mut all = json!({"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png", "name": "a tree"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([all])
    };
    let note = remote.note(&bob, 1, json!({"attachment": picture(json!({}))}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let update = |n: u32, attachment: Value| {
        let note = remote.note(
            &bob,
            1,
            json!({"attachment": attachment, "updated": format!("2026-09-21T10:{n:02}:00Z")}),
        );
        assert_eq!(remote.sends(&app, &activity(&remote, &bob, n, "Update", note)), 202);
    };
    update(1, picture(json!({"width": 4, "height": 3, "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj"})));
    let shown = seen(&alice, &remote);
    assert_eq!(shown["edited_at"], Value::Null);
    assert_eq!(shown["media_attachments"][0]["meta"]["original"]["width"], 4);
    update(2, picture(json!({"name": "a bush"})));
    assert!(seen(&alice, &remote)["edited_at"].is_string());
}

/// Votes are for what was asked: another question is an edit, though the text is the same.
#[test]
fn an_update_that_changes_only_the_question_is_an_edit() {
    let (app, alice, remote, bob) = scene();
    let options = |names: &[&str]| -> Value {
        names.iter().map(|name| json!({"type": "Note", "name": name, "replies": {"totalItems": 0}})).collect()
    };
    let plain = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &plain)), 202);
    let end = sori::model::time::Time(NOW + 3_600_000).to_iso();
    let polls: [&[&str]; 4] = [&["a", "b"], &["a", "c"], &[], &["a", "c"]];
    for (n, names) in (1..).zip(polls) {
        let mut note = remote.note(&bob, 1, json!({"updated": format!("2026-09-21T11:0{n}:00Z")}));
        if !names.is_empty() {
            (note["type"], note["oneOf"], note["endTime"]) = (json!("Question"), options(names), json!(end));
        }
        let update = remote.request(&app, &activity(&remote, &bob, n, "Update", note));
        let again = update.clone();
        assert_eq!(app.send(update).status, 202);
        let shown = seen(&alice, &remote);
        let asked: Vec<&str> = shown["poll"]["options"]
            .as_array()
            .map(|all| all.iter().map(|o| o["title"].as_str().unwrap()).collect())
            .unwrap_or_default();
        assert_eq!(asked, names, "{n}");
        assert_eq!(shown["edited_at"], format!("2026-09-21T11:0{n}:00.000Z"), "{n}");
        // What comes again changes nothing, and writes nothing.
        assert_eq!(app.send(again).status, 202);
        assert_eq!(app.cost.borrow().rows_written, 0, "{n}");
    }
}

#[test]
fn an_older_update_does_not_revert_a_newer_one_without_changes() {
    let (app, alice, remote, bob) = scene();
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let update = |n: u32, content: &str| {
        let more = json!({"content": content, "updated": format!("2026-09-21T10:{n:02}:00Z")});
        let note = remote.note(&bob, 1, more);
        assert_eq!(remote.sends(&app, &activity(&remote, &bob, n, "Update", note)), 202);
    };
    // Changed and changed back; the later Update arrives first.
    update(2, "<p>note 1</p>");
    update(1, "<p>a slip</p>");
    let shown = seen(&alice, &remote);
    assert_eq!((&shown["content"], &shown["edited_at"]), (&json!("<p>note 1</p>"), &Value::Null));
    update(3, "<p>meant so</p>");
    assert_eq!(seen(&alice, &remote)["content"], "<p>meant so</p>");
}

#[test]
fn the_inbox_of_nobody_is_404_and_of_a_deleted_person_410() {
    let (app, alice, remote, bob) = scene();
    let anna = app.person("anna");
    let note = remote.note(&bob, 1, json!({}));
    let create = remote.create(&bob, &note);
    let post = |path: &str, activity: &Value| app.send(remote.request_to(&app, path, activity)).status;
    assert_eq!(post("/users/nobody/inbox", &create), 404);
    // Signed or not, whatever the activity.
    let unsigned = |path: &str, body: &str| {
        let mut request = sori::http::request::Request {
            method: "POST".into(),
            path: path.into(),
            body: body.into(),
            ..Default::default()
        };
        request.headers.add("content-type", "application/activity+json");
        app.send(request).status
    };
    let self_delete =
        json!({"type": "Delete", "actor": remote.uri("/users/x"), "object": remote.uri("/users/x")});
    for body in [create.to_string(), self_delete.to_string(), "{".into(), "{}".into()] {
        assert_eq!(unsigned("/users/nobody/inbox", &body), 404, "{body}");
    }
    assert_eq!(unsigned("/inbox", &self_delete.to_string()), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
    let inner = app.ready();
    let account = app.account("anna");
    pollster::block_on(crate::app::suspend(&inner, &account)).unwrap();
    // A suspension can be lifted, so the inbox still answers, but nothing is shown.
    assert_eq!(post("/users/anna/inbox", &create), 202);
    for path in [
        "/outbox",
        "/outbox?page=true",
        "/followers",
        "/following",
        "/collections/featured",
        "/collections/tags",
    ] {
        assert_eq!(app.fetch(&format!("/users/anna{path}")).status, 403, "{path}");
    }
    assert_eq!(app.fetch("/users/anna").status, 200);
    assert_eq!(app.fetch("/.well-known/webfinger?resource=acct:anna@a.example").status, 200);
    pollster::block_on(async {
        let user = store::load(&inner.db, store::users::by_account(anna.id)).await.unwrap().unwrap();
        services::remove::local_account(&inner, &user, &account).await.unwrap();
    });
    for body in [create.to_string(), self_delete.to_string(), "{".into()] {
        assert_eq!(unsigned("/users/anna/inbox", &body), 410, "{body}");
    }
    assert_eq!(post("/users/anna/inbox", &create), 410);
    assert_eq!(app.fetch("/users/anna/outbox").status, 410);
    assert_eq!(app.fetch("/.well-known/webfinger?resource=acct:anna@a.example").status, 410);
    for path in ["/users/alice/inbox", "/users/ALICE/inbox", "/actor/inbox", "/inbox"] {
        assert_eq!(post(path, &create), 202, "{path}");
    }
    assert_eq!(uris(&alice), [remote.uri("/notes/1")]);
}

#[test]
fn reports_of_one_server_about_one_account_are_bounded() {
    let (app, remote, bob) = crate::remote::cast();
    let count = || app.count("SELECT count(*) AS n FROM reports");
    let alice = "https://a.example/users/alice";
    let carol = app.person("carol");
    let flag = |id: Value, object: Value| {
        let mut flag = json!({"type": "Flag", "actor": bob["id"], "content": "spam", "object": object});
        flag["id"] = id;
        assert_eq!(remote.sends(&app, &flag), 202);
        app.cost.borrow().statements
    };
    // Without an id of its own server it could not be told from its repetition.
    flag(Value::Null, json!(alice));
    flag(json!("https://c.example/flags/1"), json!(alice));
    assert_eq!(count(), 0);
    let of_one = flag(json!(remote.uri("/flags/0")), json!(alice));
    assert_eq!(count(), 1);
    let post = carol.posts("spam");
    let owner = "https://a.example/users/owner";
    let of_three = flag(json!(remote.uri("/flags/100")), json!([alice, post["uri"], owner]));
    assert_eq!((count(), of_three), (4, of_one));
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM reports r JOIN accounts a ON a.id = r.target_id \
             WHERE a.username = 'carol' AND r.status_ids <> '[]' AND r.category = 'other' AND r.comment = 'spam'"
        ),
        1
    );
    // What is reported of the owner is not told to the owner.
    let told = |n: i64| {
        assert_eq!(app.count("SELECT count(*) AS n FROM notifications WHERE report_id IS NOT NULL"), n - 1)
    };
    told(4);
    for n in 1..40 {
        flag(json!(remote.uri(&format!("/flags/{n}"))), json!(alice));
    }
    assert_eq!(count(), 22);
    told(22);
    // What is dealt with makes room, and a week.
    app.db.run("UPDATE reports SET action_taken_at = 5");
    flag(json!(remote.uri("/flags/200")), json!(alice));
    assert_eq!(count(), 23);
    for n in 201..260 {
        flag(json!(remote.uri(&format!("/flags/{n}"))), json!(alice));
    }
    let before = count();
    app.clock.advance(8 * crate::app::DAY);
    flag(json!(remote.uri("/flags/300")), json!(alice));
    assert_eq!(count(), before + 1);
}
