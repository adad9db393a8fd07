//! To whom the Delete of a status goes.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// What somebody on a server of their own does to a status.
fn does(app: &TestApp, remote: &Remote, what: &str, status: &Value) {
    let person = remote.person("someone");
    let activity = |kind: &str| json!({"id": remote.uri("/acts/1"), "type": kind, "actor": person["id"], "to": [PUBLIC], "object": status["uri"]});
    let sent = match what {
        "boost" => activity("Announce"),
        "like" => activity("Like"),
        "reaction" => {
            let mut reaction = activity("EmojiReact");
            reaction["content"] = json!("🎉");
            reaction
        }
        "answer" => {
            let note = remote.note(&person, 1, json!({"inReplyTo": status["uri"]}));
            remote.create(&person, &note)
        }
        _ => {
            let note = remote.serve(remote.note(&person, 1, json!({"quote": status["uri"]})));
            json!({"id": remote.uri("/requests/1"), "type": "QuoteRequest", "actor": person["id"], "object": status["uri"], "instrument": note})
        }
    };
    assert_eq!(remote.sends(app, &sent), 202, "{what}");
}

#[test]
fn a_delete_goes_to_whoever_has_to_do_with_the_status_and_to_nobody_else() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let app = TestApp::new(&network, "a.example", &clock);
    let alice: Person = app.person("alice");
    let quoted = Remote::new(&network, "quoted.example");
    let words = quoted.person("author");
    let words = quoted.serve(quoted.note(
        &words,
        1,
        json!({"interactionPolicy": {"canQuote": {"automaticApproval": PUBLIC}}}),
    ));
    let found =
        alice.get(&format!("/api/v2/search?type=statuses&resolve=true&q={}", words["id"].as_str().unwrap()));
    let post = |quotes: bool| {
        clock.advance(1_000);
        let quote = quotes.then(|| found["statuses"][0]["id"].clone());
        alice.post("/api/v1/statuses", json!({"status": "hello", "quoted_status_id": quote}))
    };
    let (one, other) = (post(false), post(true));
    let acts = ["boost", "like", "reaction", "answer", "quote"];
    let servers = |status: &Value, name: &str| -> Vec<Remote> {
        acts.map(|what| {
            let remote = Remote::new(&network, &format!("{what}-{name}.example"));
            does(&app, &remote, what, status);
            remote
        })
        .into()
    };
    let (of_one, of_other) = (servers(&one, "one"), servers(&other, "other"));
    settle(&[&app]);
    let got = |remotes: &[Remote]| -> Vec<String> {
        settle(&[&app]);
        let told = remotes
            .iter()
            .filter(|remote| remote.inbox.borrow_mut().drain(..).any(|a| a["type"] == "Delete"));
        told.map(|remote| remote.host.clone()).collect()
    };
    let hosts = |name: &str| acts.map(|what| format!("{what}-{name}.example")).to_vec();
    alice.deletes(&one);
    assert_eq!((got(&of_one), got(&of_other)), (hosts("one"), vec![]));
    assert_eq!(got(std::slice::from_ref(&quoted)), Vec::<String>::new());
    alice.deletes(&other);
    assert_eq!((got(&of_one), got(&of_other)), (vec![], hosts("other")));
    assert_eq!(got(std::slice::from_ref(&quoted)), ["quoted.example"]);
}

#[test]
fn what_a_suspended_account_deletes_does_not_come_back_with_it() {
    let (app, remote, bob) = crate::remote::cast();
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 202);
    let account = app.account("bob");
    pollster::block_on(crate::app::suspend(&app.ready(), &account)).unwrap();
    settle(&[&app]);
    let gone = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": bob["id"]});
    assert_eq!(remote.sends(&app, &gone), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 0);
    assert!(app.account("bob").is_suspended(), "the suspension holds if it comes back");
}

#[test]
fn nothing_is_purged_of_an_account_that_is_let_back_in() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let post = alice.posts("hello");
    let uri = "https://a.example/users/alice";
    pollster::block_on(sori::services::remove::purge(&app.ready(), uri, "0")).unwrap();
    let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
    assert_eq!(alice.get(&path)["id"], post["id"]);
}
