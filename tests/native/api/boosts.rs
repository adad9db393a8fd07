//! Boosts on home and list timelines: each status once a page, as on Mastodon.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id, ids, people};

/// Ids of the shown statuses: of a boost, that of its original.
fn read(entries: &Value) -> Vec<String> {
    let proper = |s: &Value| id(if s["reblog"].is_object() { &s["reblog"] } else { s }).to_owned();
    entries.as_array().unwrap().iter().map(proper).collect()
}

fn step(app: &TestApp) {
    app.clock.advance(1000);
}

/// The same timeline as home and as a list, each over people followed by alice.
fn timelines(alice: &Person, followed: &[&Person]) -> [String; 2] {
    let list = alice.post("/api/v1/lists", json!({"title": "x", "replies_policy": "followed"}));
    let members: Vec<String> = followed.iter().map(|p| p.id.to_string()).collect();
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({ "account_ids": members }));
    ["/api/v1/timelines/home".into(), format!("/api/v1/timelines/list/{}", id(&list))]
}

#[test]
fn a_status_boosted_by_several_people_is_shown_once_by_its_newest_boost() {
    let (app, alice, bob) = people();
    let (carol, dora, eve) = (app.person("carol"), app.person("dora"), app.person("eve"));
    for person in [&bob, &carol, &dora] {
        alice.follows(person);
    }
    let paths = timelines(&alice, &[&bob, &carol, &dora]);
    for n in 0..6 {
        step(&app);
        bob.posts(&format!("old {n}"));
    }
    let post = eve.posts("boost me");
    let mut newest = Value::Null;
    for person in [&bob, &carol, &dora] {
        step(&app);
        bob.posts("in between");
        step(&app);
        newest = person.act(&post, "reblog");
    }
    for path in paths {
        // With both query plans: few authors of many, and more authors than statuses.
        for limit in [5, 40] {
            let page = alice.get(&format!("{path}?limit={limit}"));
            let shown = read(&page);
            assert_eq!(shown.iter().filter(|s| *s == id(&post)).count(), 1, "{path} {limit}");
            assert_eq!(ids(&page)[0], id(&newest), "{path} {limit}");
            assert_eq!(shown.len(), if limit == 5 { 5 } else { 10 }, "{path} {limit}: pages are full");
            assert!(app.cost.borrow().trips <= 2, "{path}: {:?}", app.cost.borrow());
        }
        // Paging upwards as well.
        let first = alice.get(&format!("{path}?min_id=1&limit=8"));
        assert_eq!(read(&first).iter().collect::<BTreeSet<_>>().len(), read(&first).len(), "{path}");
    }
}

#[test]
fn a_boost_is_left_out_while_its_original_is_among_the_forty_before_it() {
    for (between, is_shown) in [(0, false), (5, false), (30, false), (39, false), (45, true)] {
        let (app, alice, bob) = people();
        let carol = app.person("carol");
        let writers: Vec<Person> = (0..5).map(|n| app.person(&format!("w{n}"))).collect();
        for person in writers.iter().chain([&bob, &carol]) {
            alice.follows(person);
        }
        let post = bob.posts("mine");
        for n in 0..between {
            step(&app);
            writers[n % writers.len()].posts(&format!("{n}"));
        }
        step(&app);
        let boost = carol.act(&post, "reblog");
        for limit in [20, 40] {
            let page = alice.get(&format!("/api/v1/timelines/home?limit={limit}"));
            let is_there = ids(&page).contains(&id(&boost));
            assert_eq!(is_there, is_shown, "{between} between, {limit} a page");
            assert_eq!(
                ids(&page).len(),
                limit.min(between + 1 + usize::from(is_shown)),
                "full: {between} {limit}"
            );
            assert!(app.cost.borrow().trips <= 2);
        }
        // A client that asks for what is newer than the original.
        if between < 20 {
            for cursor in ["since_id", "min_id"] {
                let new = alice.get(&format!("/api/v1/timelines/home?{cursor}={}", id(&post)));
                assert_eq!(ids(&new).len(), between, "{cursor}: {between} between");
                assert!(app.cost.borrow().trips <= 2);
            }
        }
    }
}

/// For a timeline with many boosts and originals, page by page: nothing is missing, nothing is twice on a
/// page, and pages are full.
#[test]
fn nothing_is_lost_between_pages_where_boosts_are_left_out() {
    let (app, alice, _) = people();
    let writers: Vec<Person> = (0..6).map(|n| app.person(&format!("w{n}"))).collect();
    let outside = app.person("outside");
    for person in &writers {
        alice.follows(person);
    }
    let refs: Vec<&Person> = writers.iter().collect();
    let paths = timelines(&alice, &refs);
    let mut posts = vec![outside.posts("from outside")];
    let mut expected = BTreeSet::new();
    for n in 0..150_usize {
        step(&app);
        let writer = &writers[(n * 7) % writers.len()];
        // Every second status is a boost of a recent one, local or remote.
        if n % 2 == 1 {
            let target = posts[(n * 13) % posts.len().min(30)].clone();
            let of = &posts[posts.len() - 1 - (n * 5) % posts.len().min(9)].clone();
            writer.call("POST", &format!("/api/v1/statuses/{}/reblog", id(of)), None);
            expected.insert(id(of).to_owned());
            writer.call("POST", &format!("/api/v1/statuses/{}/reblog", id(&target)), None);
            expected.insert(id(&target).to_owned());
        } else if n % 10 == 4 {
            posts.push(outside.posts(&format!("outside {n}")));
        } else {
            let post = writer.posts(&format!("{n}"));
            expected.insert(id(&post).to_owned());
            posts.push(post);
        }
    }
    for path in paths {
        for limit in [5, 20] {
            let (mut seen, mut query, mut pages) = (BTreeSet::new(), format!("limit={limit}"), Vec::new());
            loop {
                let page = alice.get(&format!("{path}?{query}"));
                assert!(app.cost.borrow().trips <= 2, "{path}?{query}");
                let shown = read(&page);
                let once: BTreeSet<&String> = shown.iter().collect();
                assert_eq!(once.len(), shown.len(), "{path}?{query} shows something twice");
                let Some(last) = ids(&page).last().map(|s| (*s).to_owned()) else { break };
                pages.push(shown.len());
                seen.extend(shown);
                query = format!("limit={limit}&max_id={last}");
            }
            assert_eq!(seen, expected, "{path}, {limit} a page");
            let short = pages.iter().rev().skip(1).filter(|n| **n < limit).count();
            assert_eq!(short, 0, "{path}: {pages:?}");
            // The same upwards.
            let (mut seen, mut cursor) = (BTreeSet::new(), "1".to_owned());
            loop {
                let page = alice.get(&format!("{path}?limit={limit}&min_id={cursor}"));
                let Some(first) = ids(&page).first().map(|s| (*s).to_owned()) else { break };
                seen.extend(read(&page));
                cursor = first;
            }
            assert_eq!(seen, expected, "{path}, {limit} a page, upwards");
        }
    }
}

#[test]
fn nobody_boosts_a_direct_status_and_a_private_one_only_its_author() {
    let (_, alice, bob) = people();
    bob.follows(&alice);
    let tries = |who: &Person, status: &Value| {
        who.call("POST", &format!("/api/v1/statuses/{}/reblog", id(status)), None).status
    };
    for (visibility, by_author, by_other) in
        [("direct", 404, 404), ("private", 200, 404), ("unlisted", 200, 200), ("public", 200, 200)]
    {
        let draft = serde_json::json!({"status": "@bob hello", "visibility": visibility});
        let status = alice.post("/api/v1/statuses", draft);
        assert_eq!((tries(&alice, &status), tries(&bob, &status)), (by_author, by_other), "{visibility}");
    }
}

#[test]
fn boosts_whose_id_is_taken_get_another() {
    let (app, alice, bob) = people();
    let statuses: Vec<Value> = (0..12).map(|n| bob.posts(&format!("{n}"))).collect();
    step(&app);
    // A quarter of the ids of this millisecond is taken.
    let first = sori::model::id::Id::at(app.clock.now().0, 0).0;
    app.db.run(&format!(
        "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 1023) \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) \
         SELECT {first} + 4 * n, 'x:' || n, '', {}, 1, 3, 0 FROM n",
        bob.id
    ));
    let boosts: BTreeSet<String> = statuses.iter().map(|s| id(&alice.act(s, "reblog")).to_owned()).collect();
    assert_eq!(boosts.len(), 12);
    let taken = |b: &String| (b.parse::<i64>().unwrap() - first) % 4 == 0;
    assert!(!boosts.iter().any(taken));
}
