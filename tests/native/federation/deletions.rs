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
