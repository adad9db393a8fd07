//! What a status shows of others, which it quotes, boosts or answers, depends on its reader's own ties and on nobody else's.

use serde_json::{Value, json};

use crate::app::{MINUTE, Person, TestApp, id, people};

fn shown(reader: &Person, status: &Value) -> Value {
    reader.get(&format!("/api/v1/statuses/{}", id(status)))
}

fn acts(person: &Person, what: &str, on: &Person) {
    person.post(&format!("/api/v1/accounts/{}/{what}", on.id), json!({}));
}

fn suspend(app: &TestApp, name: &str) {
    pollster::block_on(crate::app::suspend(&app.ready(), &app.account(name))).unwrap();
}

#[test]
fn who_may_quote_is_told_by_the_readers_own_tie_to_the_author() {
    let (app, alice, bob) = people();
    let [carol, dan, eve] = ["carol", "dan", "eve"].map(|name| app.person(name));
    let post = alice.post("/api/v1/statuses", json!({"status": "x", "quote_approval_policy": "followers"}));
    // Bob follows alice, and she follows carol; eve follows and is followed by others only.
    bob.follows(&alice);
    alice.follows(&carol);
    eve.follows(&bob);
    dan.follows(&eve);
    let may = |person: &Person| shown(person, &post)["quote_approval"]["current_user"].clone();
    assert_eq!([may(&bob), may(&carol), may(&eve)], ["automatic", "denied", "denied"]);
    app.db.run("UPDATE statuses SET quote_policy = 4");
    assert_eq!([may(&bob), may(&carol), may(&eve)], ["denied", "automatic", "denied"]);
}

/// The state of a quote, and whether its quoted status goes with it.
#[test]
fn a_quoted_status_is_hidden_by_ties_of_its_reader_and_its_author() {
    let (app, alice, bob) = people();
    let [carol, eve] = ["carol", "eve"].map(|name| app.person(name));
    let post = alice.posts("quote me");
    let quoting = bob.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&post)}));
    let seen = || {
        let quote = shown(&eve, &quoting)["quote"].clone();
        (quote["state"].as_str().unwrap().to_owned(), quote["quoted_status"].is_object())
    };
    let is = |state: &str, is_there: bool| assert_eq!(seen(), (state.to_owned(), is_there));
    is("accepted", true);
    // Others' blocks and mutes of the author, and the reader's of others.
    acts(&carol, "block", &alice);
    acts(&eve, "block", &carol);
    eve.post("/api/v1/domain_blocks", json!({"domain": "c.example"}));
    app.db.run(&format!(
        "INSERT INTO account_domain_blocks (account_id, domain, id) VALUES ({}, 'a.example', 7)",
        carol.id
    ));
    is("accepted", true);
    let [fay, gus] = ["fay", "gus"].map(|name| app.person(name));
    acts(&fay, "mute", &alice);
    acts(&eve, "mute", &gus);
    is("accepted", true);
    eve.post(&format!("/api/v1/accounts/{}/mute", alice.id), json!({"duration": 60}));
    is("muted_account", true);
    app.clock.advance(2 * MINUTE);
    is("accepted", true);
    acts(&eve, "block", &alice);
    is("blocked_account", true);
    acts(&eve, "unblock", &alice);
    acts(&alice, "block", &eve);
    is("unauthorized", false);
    acts(&alice, "unblock", &eve);
    is("accepted", true);
    suspend(&app, "alice");
    is("unauthorized", false);
}

#[test]
fn a_boost_is_hidden_with_its_suspended_author() {
    let (app, alice, bob) = people();
    let eve = app.person("eve");
    alice.follows(&bob);
    let post = eve.posts("boost me");
    app.clock.advance(1000);
    let boost = bob.act(&post, "reblog");
    let paths = ["/api/v1/timelines/home".to_owned(), format!("/api/v1/accounts/{}/statuses", bob.id)];
    let lengths = || paths.each_ref().map(|path| alice.get(path).as_array().unwrap().len());
    assert_eq!(lengths(), [1, 1]);
    suspend(&app, "eve");
    assert_eq!(lengths(), [0, 0]);
    assert_eq!(alice.call("GET", &format!("/api/v1/statuses/{}", id(&boost)), None).status, 404);
}

/// Whoever may not see what is answered does not learn its id from the answer.
#[test]
fn an_answer_names_the_status_above_it_to_those_who_may_see_that() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    carol.follows(&bob);
    alice.posts("of somebody else");
    let above = bob.post("/api/v1/statuses", json!({"status": "for friends", "visibility": "private"}));
    let draft = json!({"status": "an answer", "in_reply_to_id": id(&above), "visibility": "public"});
    let answer = carol.post("/api/v1/statuses", draft);
    let named = |reader: &Person| shown(reader, &answer)["in_reply_to_id"].clone();
    assert_eq!((named(&carol), named(&alice)), (above["id"].clone(), Value::Null));
    alice.follows(&bob);
    assert_eq!(named(&alice), above["id"]);
    suspend(&app, "bob");
    assert_eq!((named(&carol), named(&alice)), (Value::Null, Value::Null));
}
