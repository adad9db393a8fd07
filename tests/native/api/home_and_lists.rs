//! Home timelines and lists: whose statuses are on them, and that a page is not taken up by others.

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id, people};
use crate::remote::cast;

/// The texts of a page.
fn texts(reader: &Person, path: &str) -> Vec<String> {
    let page = reader.get(path);
    let text = |s: &Value| {
        s["content"]
            .as_str()
            .unwrap()
            .replace("<p>", "")
            .replace("</p>", "")
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    page.as_array().unwrap().iter().map(text).collect()
}

/// A home timeline as its newest rows have it, and as it is put together of its sources.
fn home(reader: &Person, shown: &[&str]) {
    assert_eq!(texts(reader, &format!("/api/v1/timelines/home?limit={}", shown.len())), shown, "full");
    assert_eq!(texts(reader, "/api/v1/timelines/home?limit=40"), shown, "whole");
}

fn writes(person: &Person, text: &str, visibility: &str) -> Value {
    person.app.clock.advance(1000);
    person.post("/api/v1/statuses", json!({"status": text, "visibility": visibility}))
}

fn list(owner: &Person, is_exclusive: bool, members: &[&Person]) -> String {
    let made = owner.post("/api/v1/lists", json!({"title": "x", "exclusive": is_exclusive}));
    let members: Vec<String> = members.iter().map(|member| member.id.to_string()).collect();
    owner.post(&format!("/api/v1/lists/{}/accounts", id(&made)), json!({ "account_ids": members }));
    format!("/api/v1/timelines/list/{}", id(&made))
}

#[test]
fn options_of_a_follow_hide_boosts_and_languages_and_nothing_else() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let theirs = writes(&carol, "theirs", "public");
    let options = json!({"reblogs": false, "languages": ["en"]});
    alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), options);
    let list = list(&alice, false, &[&bob]);
    writes(&bob, "english", "public");
    writes(&bob, "unknown", "public");
    app.db.run("UPDATE statuses SET language = NULL WHERE content LIKE '%unknown%'");
    app.clock.advance(1000);
    bob.act(&theirs, "reblog");
    home(&alice, &["unknown", "english"]);
    assert_eq!(texts(&alice, &list), ["unknown", "english"]);
}

#[test]
fn an_exclusive_list_takes_its_members_from_its_owners_home_only() {
    let (app, alice, bob) = people();
    let [carol, dan, eve] = ["carol", "dan", "eve"].map(|name| app.person(name));
    for person in [&bob, &carol, &dan] {
        alice.follows(person);
        eve.follows(person);
    }
    list(&alice, true, &[&carol]);
    list(&alice, false, &[&bob]);
    list(&eve, true, &[&dan]);
    for person in [&bob, &carol, &dan] {
        writes(person, &person.name, "public");
    }
    home(&alice, &["dan", "bob"]);
    home(&eve, &["carol", "bob"]);
}

#[test]
fn a_followed_hashtag_brings_what_everybody_may_see_of_it() {
    let (app, remote, far) = cast();
    let [bob, carol, eve] = ["carl", "carol", "eve"].map(|name| app.person(name));
    bob.post("/api/v1/tags/fern/follow", json!({}));
    carol.post("/api/v1/tags/moss/follow", json!({}));
    for (text, visibility) in [
        ("seen #fern", "public"),
        ("unlisted #fern", "unlisted"),
        ("followers #fern", "private"),
        ("direct #fern @carol", "direct"),
        ("other #moss", "public"),
        ("none", "public"),
    ] {
        writes(&eve, text, visibility);
    }
    home(&bob, &["seen"]);
    // What is on the home timeline of one's follows is not on that of somebody else.
    writes(&bob, "mine", "public");
    home(&bob, &["mine", "seen"]);
    app.clock.advance(1000);
    let tag = json!([{"type": "Hashtag", "name": "#fern"}]);
    let published = sori::model::time::Time(app.clock.now().0).to_iso_seconds();
    let note = remote.note(&far, 1, json!({"content": "<p>far</p>", "tag": tag, "published": published}));
    assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
    home(&bob, &["far", "mine", "seen"]);
    bob.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
    home(&bob, &["mine", "seen"]);
}

/// The newest of a hashtag is there beside a full page of followed people.
#[test]
fn a_page_has_the_newest_of_people_and_hashtags() {
    let (app, alice, bob) = people();
    let eve = app.person("eve");
    alice.follows(&bob);
    alice.post("/api/v1/tags/fern/follow", json!({}));
    for n in 0..4 {
        writes(&bob, &format!("bob{n}"), "public");
    }
    writes(&eve, "tagged #fern", "public");
    assert_eq!(texts(&alice, "/api/v1/timelines/home?limit=2"), ["tagged", "bob3"]);
}

#[test]
fn an_own_status_is_not_repeated_by_a_boost_close_above_it() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let mine = writes(&alice, "mine", "public");
    app.clock.advance(1000);
    bob.act(&mine, "reblog");
    let page = alice.get("/api/v1/timelines/home?limit=1");
    assert_eq!((id(&page[0]), &page[0]["reblog"]), (id(&mine), &Value::Null));
}

#[test]
fn a_status_of_somebody_followed_is_not_repeated_by_a_boost_close_above_it() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    alice.follows(&carol);
    let theirs = writes(&carol, "theirs", "public");
    app.clock.advance(1000);
    bob.act(&theirs, "reblog");
    let page = alice.get("/api/v1/timelines/home?limit=1");
    assert_eq!((id(&page[0]), &page[0]["reblog"]), (id(&theirs), &Value::Null));
}

/// Follows, mutes, exclusive lists and hashtags of others, and what is hidden, leave a page as full as it is without them.
#[test]
fn a_page_is_not_taken_up_by_what_is_not_on_it() {
    type Noise = fn(&Person, &Person, &[Person]);
    let cases: [(&str, Noise); 4] = [
        ("followed by another", |_, other, noisy| {
            noisy.iter().for_each(|person| drop(other.follows(person)))
        }),
        ("muted", |me, _, noisy| {
            for person in noisy {
                me.follows(person);
                me.post(&format!("/api/v1/accounts/{}/mute", person.id), json!({}));
            }
        }),
        ("on an exclusive list", |me, _, noisy| {
            noisy.iter().for_each(|person| drop(me.follows(person)));
            list(me, true, &noisy.iter().collect::<Vec<_>>());
        }),
        ("hashtags of another", |_, other, _| {
            for n in 0..3 {
                other.post(&format!("/api/v1/tags/noise{n}/follow"), json!({}));
            }
        }),
    ];
    for (what, noise) in cases {
        let (app, alice, bob) = people();
        let other = app.person("other");
        let noisy = ["x", "y", "z"].map(|name| app.person(name));
        alice.follows(&bob);
        let with = list(&alice, false, &[&bob]);
        writes(&bob, "seen", "public");
        noise(&alice, &other, &noisy);
        for person in noisy.iter().cycle().take(30) {
            writes(person, "noise #noise0 #noise1 #noise2", "public");
        }
        assert_eq!(texts(&alice, "/api/v1/timelines/home?limit=1"), ["seen"], "{what}");
        assert_eq!(texts(&alice, &format!("{with}?limit=1")), ["seen"], "{what}");
    }
}

#[test]
fn muted_members_take_up_no_page_of_a_list() {
    let (app, alice, bob) = people();
    let noisy = ["x", "y", "z"].map(|name| app.person(name));
    let mut members = vec![&bob];
    members.extend(&noisy);
    members.iter().for_each(|person| drop(alice.follows(person)));
    let list = list(&alice, false, &members);
    writes(&bob, "seen", "public");
    for person in &noisy {
        writes(person, "noise", "public");
        alice.post(&format!("/api/v1/accounts/{}/mute", person.id), json!({}));
    }
    assert_eq!(texts(&alice, &format!("{list}?limit=1")), ["seen"]);
}

/// Whoever is asked may be on a list, and shows nothing on it before the answer.
#[test]
fn a_list_has_statuses_of_whom_its_owner_follows_and_the_owners_own() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    carol.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    alice.follows(&bob);
    alice.follows(&carol);
    let list = list(&alice, false, &[&alice, &bob, &carol]);
    writes(&carol, "followers", "private");
    writes(&carol, "open", "public");
    writes(&bob, "followed", "public");
    writes(&alice, "own", "private");
    assert_eq!(texts(&alice, &list), ["own", "followed"]);
    carol.post(&format!("/api/v1/follow_requests/{}/authorize", alice.id), json!({}));
    assert_eq!(texts(&alice, &list), ["own", "followed", "open", "followers"]);
}

#[test]
fn an_answer_to_what_is_not_here_is_on_no_list() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let account = alice.finds("bob@b.example");
    let made = alice.post("/api/v1/lists", json!({"title": "x", "replies_policy": "followed"}));
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&made)), json!({"account_ids": [id(&account)]}));
    for (n, extra) in [(1, json!({})), (2, json!({"inReplyTo": "https://c.example/1"}))] {
        let note = remote.note(&bob, n, extra);
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    }
    let page = alice.get(&format!("/api/v1/timelines/list/{}", id(&made)));
    let uris: Vec<&Value> = page.as_array().unwrap().iter().map(|status| &status["uri"]).collect();
    assert_eq!(uris, [&json!(remote.uri("/notes/1"))]);
}

#[test]
fn pages_of_several_hashtags_go_on_where_the_last_ended() {
    let (app, alice, bob) = people();
    let posts =
        ["one #fern", "two #moss", "three #fern", "four #moss"].map(|text| writes(&bob, text, "public"));
    let below = format!("/api/v1/timelines/tag/fern?any[]=moss&max_id={}", id(&posts[2]));
    assert_eq!(texts(&alice, &below), ["two", "one"]);
    let above = format!("/api/v1/timelines/tag/fern?any[]=moss&since_id={}", id(&posts[1]));
    assert_eq!(texts(&alice, &above), ["four", "three"]);
    // Strangers' pages are read in few rows, none of them of another hashtag.
    for _ in 0..30 {
        writes(&bob, "ivy #ivy", "public");
    }
    let page = strangers(&app, "/api/v1/timelines/tag/fern?any[]=moss");
    assert_eq!(page.as_array().unwrap().len(), 4);
}

fn strangers(app: &TestApp, path: &str) -> Value {
    serde_json::from_slice(&app.request("GET", path, None, None).body).unwrap()
}

#[test]
fn an_accounts_statuses_by_hashtag_and_without_boosts() {
    let (app, alice, bob) = people();
    let [carol, eve] = ["carol", "eve"].map(|name| app.person(name));
    for text in ["fern #fern", "moss #moss", "plain"] {
        writes(&bob, text, "public");
    }
    let (by_carol, by_eve) = (writes(&carol, "carol", "public"), writes(&eve, "eve", "public"));
    for status in [&by_carol, &by_eve] {
        app.clock.advance(1000);
        bob.act(status, "reblog");
    }
    let path = format!("/api/v1/accounts/{}/statuses", bob.id);
    assert_eq!(texts(&alice, &path), ["eve", "carol", "plain", "moss", "fern"]);
    assert_eq!(texts(&alice, &format!("{path}?exclude_reblogs=true")), ["plain", "moss", "fern"]);
    assert_eq!(texts(&alice, &format!("{path}?tagged=fern")), ["fern"]);
    // A profile shows nothing of whom its reader blocks or mutes, boosted or not.
    alice.post(&format!("/api/v1/accounts/{}/mute", carol.id), json!({}));
    assert_eq!(texts(&alice, &path), ["eve", "plain", "moss", "fern"]);
    alice.post(&format!("/api/v1/accounts/{}/block", eve.id), json!({}));
    assert_eq!(texts(&alice, &path), ["plain", "moss", "fern"]);
}

#[test]
fn pinned_statuses_are_those_of_the_account() {
    let (_, alice, bob) = people();
    for person in [&alice, &bob] {
        person.act(&writes(person, &person.name, "public"), "pin");
    }
    for person in [&alice, &bob] {
        let path = format!("/api/v1/accounts/{}/statuses?pinned=true", person.id);
        assert_eq!(texts(&alice, &path), [person.name.as_str()]);
    }
}

#[test]
fn strangers_see_forty_statuses_above_one() {
    let (app, alice, _) = people();
    let mut last = writes(&alice, "root", "public");
    for n in 0..42 {
        app.clock.advance(1000);
        last = alice.replies(&last, &format!("answer {n}"));
    }
    let path = format!("/api/v1/statuses/{}/context", id(&last));
    let above = |context: &Value| context["ancestors"].as_array().unwrap().len();
    assert_eq!((above(&strangers(&app, &path)), above(&alice.get(&path))), (40, 42));
}
