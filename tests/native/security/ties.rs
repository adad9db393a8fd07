//! Blocks and mutes hide for the one who has them, and of the one whom they are about. Each tie is held by two
//! people, of different authors: what is of one of them neither hides nor shows anything for the other.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id};

/// What hides an author from somebody. The authors are called by it and that person.
const TIES: [&str; 5] = ["blocks", "blocked", "mutes", "domain", "muted_once"];

struct Scene {
    app: TestApp,
    viewers: [Person; 2],
    authors: Vec<Person>,
    friend: Person,
    root: Value,
    lists: Vec<Value>,
}

fn post(person: &Person, draft: Value) -> Value {
    person.app.clock.advance(1_000);
    person.post("/api/v1/statuses", draft)
}

impl Scene {
    /// Both viewers follow the friend, who boosts and mentions the authors, or the authors themselves, who are on a list.
    fn new(follow_authors: bool) -> Self {
        let app = TestApp::alone();
        let viewers = ["v", "w"].map(|name| app.person(name));
        let friend = app.person("friend");
        let mut names: Vec<String> =
            TIES.iter().flat_map(|tie| ["v", "w"].map(|name| format!("{tie}_{name}"))).collect();
        names.push("plain".to_owned());
        let authors: Vec<Person> = names.iter().map(|name| app.person(name)).collect();
        let mut lists = Vec::new();
        for viewer in &viewers {
            if follow_authors {
                authors.iter().for_each(|author| drop(viewer.follows(author)));
                let list = viewer.post("/api/v1/lists", json!({"title": "all"}));
                let members: Vec<String> = authors.iter().map(|a| a.id.to_string()).collect();
                let path = format!("/api/v1/lists/{}/accounts", id(&list));
                viewer.post(&path, json!({"account_ids": members}));
                lists.push(list);
            } else {
                viewer.follows(&friend);
            }
        }
        let root = post(&friend, json!({"status": "root"}));
        for author in &authors {
            let status = post(author, json!({"status": "fern #fern https://x.example/a"}));
            post(author, json!({"status": "answer", "in_reply_to_id": id(&root)}));
            post(author, json!({"status": "@v @w psst", "visibility": "direct"}));
            if !follow_authors {
                friend.act(&status, "reblog");
                post(&friend, json!({"status": format!("@{} moss", author.name)}));
            }
            app.restart();
        }
        app.db.run(
            "UPDATE accounts SET domain = 'v.example' WHERE username = 'domain_v';\n\
             UPDATE accounts SET domain = 'w.example' WHERE username = 'domain_w';",
        );
        for viewer in &viewers {
            let who = |tie: &str| app.person(&format!("{tie}_{}", viewer.name));
            let account = |person: &Person, what: &str| format!("/api/v1/accounts/{}/{what}", person.id);
            viewer.post(&account(&who("blocks"), "block"), json!({}));
            who("blocked").post(&account(viewer, "block"), json!({}));
            viewer.post(&account(&who("mutes"), "mute"), json!({}));
            viewer.post(&account(&who("muted_once"), "mute"), json!({"duration": 60}));
            viewer.post("/api/v1/domain_blocks", json!({"domain": format!("{}.example", viewer.name)}));
        }
        app.clock.advance(120_000);
        app.restart();
        Self { app, viewers, authors, friend, root, lists }
    }

    /// All authors but those whom these ties of the viewer hide.
    fn without(&self, viewer: &Person, ties: &[&str]) -> BTreeSet<String> {
        let hidden: Vec<String> = ties.iter().map(|tie| format!("{tie}_{}", viewer.name)).collect();
        self.authors.iter().map(|a| a.name.clone()).filter(|name| !hidden.contains(name)).collect()
    }
}

/// The authors of those statuses of a list that have a word, or of what they boost.
fn authors(list: &Value, word: &str) -> BTreeSet<String> {
    let all = list.as_array().unwrap().iter().map(|s| if s["reblog"].is_null() { s } else { &s["reblog"] });
    all.filter(|s| s["content"].as_str().unwrap().contains(word))
        .map(|s| s["account"]["username"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn ties_of_others_hide_and_show_nothing_on_timelines() {
    let scene = Scene::new(false);
    let all = ["blocks", "blocked", "mutes", "domain"];
    for viewer in &scene.viewers {
        scene.app.restart();
        for path in ["public?", "tag/fern?", "link?url=https://x.example/a&"] {
            let list = viewer.get(&format!("/api/v1/timelines/{path}limit=40"));
            assert_eq!(authors(&list, "fern"), scene.without(viewer, &all), "{} {path}", viewer.name);
        }
        let direct = viewer.get("/api/v1/timelines/direct?limit=40");
        assert_eq!(authors(&direct, "psst"), scene.without(viewer, &["blocks", "blocked", "mutes"]));
        let context = viewer.get(&format!("/api/v1/statuses/{}/context", id(&scene.root)));
        assert_eq!(authors(&context["descendants"], "answer"), scene.without(viewer, &all));
        let home = viewer.get("/api/v1/timelines/home?limit=40");
        assert_eq!(authors(&home, "fern"), scene.without(viewer, &all), "{} boosts", viewer.name);
        let named: BTreeSet<String> = home
            .as_array()
            .unwrap()
            .iter()
            .filter(|s| s["content"].as_str().unwrap().contains("moss"))
            .map(|s| s["mentions"][0]["username"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(named, scene.without(viewer, &["blocks", "mutes"]), "{} mentions", viewer.name);
    }
}

#[test]
fn ties_of_others_hide_and_show_nothing_of_followed_authors() {
    let scene = Scene::new(true);
    for (viewer, list) in scene.viewers.iter().zip(&scene.lists) {
        scene.app.restart();
        let wanted = scene.without(viewer, &["blocks", "blocked", "mutes", "domain"]);
        for path in ["home".to_owned(), format!("list/{}", id(list))] {
            let shown = viewer.get(&format!("/api/v1/timelines/{path}?limit=40"));
            assert_eq!(authors(&shown, "fern"), wanted, "{} {path}", viewer.name);
        }
        // Nobody else's list is read.
        let other = scene.lists.iter().find(|other| id(other) != id(list)).unwrap();
        let answer = viewer.call("GET", &format!("/api/v1/timelines/list/{}", id(other)), None);
        assert_eq!(answer.status, 404);
        assert!(scene.friend.home().iter().all(|s| s["account"]["username"] == "friend"));
    }
}
