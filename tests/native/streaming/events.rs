//! Each event, and its payload.

use serde_json::{Value, json};
use sori::model::id::Id;
use sori::model::live::Change;
use sori::platform::native::{Clock, Network};

use super::listener::{listen, pairs, people};
use crate::app::{NOW, TestApp, id, settle, wait};
use crate::remote::Remote;

#[test]
fn a_status_its_edit_and_its_deletion() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let ear = listen(&alice, "stream=user");
    let post = bob.posts("hello #fern");
    let events = ear.events();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].0.as_str(), events[0].1.as_str()), ("user", "update"));
    // As her timeline has it, field by field.
    assert_eq!(events[0].2, alice.home()[0]);
    app.clock.advance(10);
    bob.ok("PUT", &format!("/api/v1/statuses/{}", id(&post)), Some(json!({"status": "hello again"})));
    let events = ear.events();
    assert_eq!((events.len(), events[0].1.as_str()), (1, "status.update"));
    assert_eq!(events[0].2, alice.home()[0]);
    // A change that changes nothing is none.
    bob.ok("PUT", &format!("/api/v1/statuses/{}", id(&post)), Some(json!({"status": "hello again"})));
    assert!(ear.texts().is_empty());
    bob.deletes(&post);
    assert_eq!(ear.events(), [("user".to_owned(), "delete".to_owned(), json!(id(&post)))]);
}

#[test]
fn the_author_hears_of_the_own_status() {
    let (_, alice, _) = people();
    let ear = listen(&alice, "stream=user");
    alice.posts("mine");
    assert_eq!(ear.names(), pairs(&[("user", "update")]));
}

#[test]
fn boosts_and_their_end() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    let post = carol.posts("far away");
    let ear = listen(&alice, "stream=user");
    app.clock.advance(10);
    let boost = bob.act(&post, "reblog");
    let events = ear.events();
    assert_eq!((events.len(), events[0].2["reblog"]["id"].as_str()), (1, Some(id(&post))));
    bob.act(&post, "reblog");
    assert!(ear.texts().is_empty());
    bob.act(&post, "unreblog");
    assert_eq!(ear.events(), [("user".to_owned(), "delete".to_owned(), json!(id(&boost)))]);
    // A boost whose original is close below is not on the timeline.
    alice.follows(&carol);
    ear.texts();
    app.clock.advance(10);
    bob.act(&post, "reblog");
    assert!(ear.texts().is_empty());
}

#[test]
fn everything_from_other_servers() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let app = TestApp::new(&network, "a.example", &clock);
    app.live.bind();
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let far = remote.person("far");
    let account = alice.finds("far@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    remote.sends(
        &app,
        &json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": far["id"], "object": follow}),
    );
    let mine = alice.posts("hello");
    let ear = listen(&alice, "stream=user");
    ear.subscribes("public:remote");
    let mention = json!({"inReplyTo": mine["uri"], "cc": ["https://a.example/users/alice"], "tag": [
        {"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]});
    let note = remote.note(&far, 1, mention);
    assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
    // A reply to somebody else is on no public timeline.
    assert_eq!(ear.names(), pairs(&[("user", "update"), ("user", "notification")]));
    // The same activity once more tells nothing.
    assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
    assert!(ear.texts().is_empty());
    let mut edited = note.clone();
    edited["content"] = json!("<p>better</p>");
    edited["updated"] = json!("2026-09-21T12:00:00Z");
    let update = json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": far["id"], "object": edited,
        "to": note["to"]});
    assert_eq!(remote.sends(&app, &update), 202);
    let events = ear.events();
    assert_eq!((events.len(), events[0].1.as_str()), (1, "status.update"));
    assert_eq!(events[0].2["content"], "<p>better</p>");
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": far["id"], "object": mine["uri"]});
    assert_eq!(remote.sends(&app, &like), 202);
    let events = ear.events();
    assert_eq!((events.len(), events[0].2["type"].as_str()), (1, Some("favourite")));
    assert_eq!(events[0].2["status"]["id"], mine["id"]);
    let delete = json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": far["id"],
        "object": {"type": "Tombstone", "id": note["id"]}, "to": note["to"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(ear.names(), pairs(&[("user", "delete")]));
    let plain = remote.note(&far, 2, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&far, &plain)), 202);
    assert_eq!(ear.names(), pairs(&[("public:remote", "update"), ("user", "update")]));
    // What is old is no news.
    let old = remote.note(&far, 3, json!({"published": "2026-09-20T10:00:00Z"}));
    assert_eq!(remote.sends(&app, &remote.create(&far, &old)), 202);
    assert!(ear.texts().is_empty());
}

#[test]
fn a_notification_of_each_kind_as_the_list_has_it() {
    let (app, alice, bob) = people();
    let ears = [listen(&alice, "stream=user"), listen(&alice, "stream=user:notification")];
    let eve = listen(&app.person("eve"), "stream=user");
    let post = alice.posts("hello");
    let poll = alice
        .post("/api/v1/statuses", json!({"status": "?", "poll": {"options": ["a", "b"], "expires_in": 300}}));
    ears[0].texts();
    let check = |kind: &str| {
        app.clock.advance(10);
        let newest = alice.notifications()[0].clone();
        assert_eq!(newest["type"], kind);
        for (ear, stream) in ears.iter().zip(["user", "user:notification"]) {
            let events: Vec<_> = ear.events().into_iter().filter(|e| e.1 == "notification").collect();
            assert_eq!(events, [(stream.to_owned(), "notification".to_owned(), newest.clone())], "{kind}");
        }
    };
    bob.follows(&alice);
    check("follow");
    bob.act(&post, "favourite");
    check("favourite");
    bob.act(&post, "reblog");
    check("reblog");
    bob.posts("@alice hi");
    check("mention");
    bob.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&post)}));
    check("quote");
    bob.post(&format!("/api/v1/polls/{}/votes", id(&poll["poll"])), json!({"choices": [0]}));
    alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"notify": true}));
    bob.posts("news");
    check("status");
    wait(&app, 6 * 60_000);
    check("poll");
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    app.person("dora").follows(&alice);
    check("follow_request");
    assert!(eve.texts().is_empty());
}

#[test]
fn what_the_policy_filters_is_not_told_until_it_is_accepted() {
    let (_, alice, bob) = people();
    let ear = listen(&alice, "stream=user:notification");
    alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    bob.posts("@alice hi");
    assert!(ear.texts().is_empty());
    let requests = alice.get("/api/v1/notifications/requests");
    alice.post(&format!("/api/v1/notifications/requests/{}/accept", id(&requests[0])), json!({}));
    assert_eq!(
        ear.events(),
        [("user:notification".to_owned(), "notifications_merged".to_owned(), json!("1"))]
    );
    bob.posts("@alice again");
    assert_eq!(ear.names(), pairs(&[("user:notification", "notification")]));
}

#[test]
fn conversations_on_the_stream_of_direct_ones() {
    let (app, alice, bob) = people();
    let (ear, eve) = (listen(&alice, "stream=direct"), listen(&app.person("eve"), "stream=direct"));
    bob.posts("@alice in public");
    assert!(ear.texts().is_empty());
    let direct = bob.post("/api/v1/statuses", json!({"status": "@alice psst", "visibility": "direct"}));
    let events = ear.events();
    assert_eq!((events.len(), events[0].1.as_str()), (1, "conversation"));
    assert_eq!(events[0].2, alice.get("/api/v1/conversations")[0]);
    assert!(eve.texts().is_empty());
    bob.deletes(&direct);
    assert_eq!(ear.names(), pairs(&[("direct", "delete")]));
    assert!(eve.texts().is_empty());
}

#[test]
fn filters_announcements_and_reactions_to_them() {
    let (app, alice, bob) = people();
    app.db.run(&format!(
        "INSERT INTO announcements (id, content, published_at, updated_at) VALUES (5, '<p>hi</p>', {NOW}, {NOW})"
    ));
    let (ear, other) = (listen(&alice, "stream=user"), listen(&bob, "stream=user"));
    let filter = alice.post(
        "/api/v2/filters",
        json!({"title": "tea", "context": ["home"], "keywords_attributes": [{"keyword": "tea"}]}),
    );
    let changed = json!({"stream": ["user"], "event": "filters_changed"});
    assert_eq!((ear.texts(), other.texts()), (vec![changed.clone()], Vec::new()));
    let path = format!("/api/v2/filters/{}", id(&filter));
    alice.ok("PUT", &path, Some(json!({"title": "drinks", "keywords_attributes": [{"keyword": "milk"}]})));
    assert_eq!(ear.texts(), std::slice::from_ref(&changed));
    alice.ok("DELETE", &path, None);
    assert_eq!(ear.texts(), [changed]);
    bob.ok("PUT", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", Some(json!({})));
    let told = json!({"name": "👍", "count": 1, "announcement_id": "5"});
    let event = ("user".to_owned(), "announcement.reaction".to_owned(), told);
    assert_eq!((ear.events(), other.events()), (vec![event.clone()], vec![event]));
    bob.ok("PUT", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", Some(json!({})));
    assert!(ear.texts().is_empty());
    bob.ok("DELETE", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", None);
    assert_eq!(ear.events()[0].2["count"], 0);
    let publish = |change: Change| {
        let event = app.ready();
        event.meter.note(change, Some(1_000));
        pollster::block_on(sori::jobs::run::after_response(&event));
    };
    publish(Change::Announcement(Id(5)));
    let mut entity = alice.get("/api/v1/announcements")[0].clone();
    entity.as_object_mut().unwrap().remove("read");
    assert_eq!(ear.events(), [("user".to_owned(), "announcement".to_owned(), entity)]);
    publish(Change::AnnouncementGone(Id(5)));
    assert_eq!(ear.events(), [("user".to_owned(), "announcement.delete".to_owned(), json!("5"))]);
}

#[test]
fn statuses_carry_the_viewers_filters_and_flags() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for person in [&alice, &carol] {
        person.follows(&bob);
    }
    alice.post(
        "/api/v2/filters",
        json!({"title": "tea", "context": ["home"], "keywords_attributes": [{"keyword": "tea"}]}),
    );
    let ears = [listen(&alice, "stream=user"), listen(&carol, "stream=user"), listen(&bob, "stream=user")];
    let post = bob.posts("a cup of tea");
    let seen: Vec<Value> = ears.iter().map(|ear| ear.events()[0].2.clone()).collect();
    for (seen, person) in seen.iter().zip([&alice, &carol, &bob]) {
        assert_eq!(*seen, person.home()[0], "{}", person.name);
    }
    assert_eq!(seen[0]["filtered"][0]["filter"]["title"], "tea");
    alice.act(&post, "favourite");
    app.clock.advance(10);
    ears[2].texts();
    bob.ok("PUT", &format!("/api/v1/statuses/{}", id(&post)), Some(json!({"status": "two cups of tea"})));
    let seen: Vec<Value> = ears.iter().map(|ear| ear.events()[0].2.clone()).collect();
    assert_eq!((&seen[0]["favourited"], &seen[1]["favourited"]), (&json!(true), &json!(false)));
    for (seen, person) in seen.iter().zip([&alice, &carol, &bob]) {
        assert_eq!(*seen, person.home()[0], "{}", person.name);
    }
}

/// Work of the queue and of cron tells as well.
#[test]
fn a_scheduled_status_is_told_when_it_is_published() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let ear = listen(&alice, "stream=user");
    let at = sori::model::time::Time(app.clock.now().0 + 600_000).to_iso();
    bob.post("/api/v1/statuses", json!({"status": "later", "scheduled_at": at}));
    assert!(ear.texts().is_empty());
    wait(&app, 601_000);
    assert_eq!(ear.names(), pairs(&[("user", "update")]));
}
