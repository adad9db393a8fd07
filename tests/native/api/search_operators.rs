//! Operators of a search for statuses: what each of them leaves.

use serde_json::{Value, json};

use crate::app::{Person, ids};
use crate::remote::cast;

fn found(person: &Person, q: &str) -> Vec<String> {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let found = person.get(&format!("/api/v2/search?type=statuses&limit=40&q={q}"));
    let mut all: Vec<String> = ids(&found["statuses"]).into_iter().map(str::to_owned).collect();
    all.sort_unstable();
    all
}

#[test]
fn statuses_are_found_by_what_they_have() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let file = |kind: &str| json!({"attachment": [{"type": "Document", "mediaType": kind, "url": remote.uri("/file"), "width": 4, "height": 3}]});
    let extras = [
        ("image", file("image/png")),
        ("video", file("video/mp4")),
        ("gifv", file("video/mp4")),
        ("audio", file("audio/mpeg")),
        ("link", json!({"content": "<p>mossy <a href=\"https://x.example/a\">x</a></p>"})),
        ("reply", json!({"inReplyTo": alice.posts("what?")["uri"]})),
        ("reply to what is not here", json!({"inReplyTo": "https://gone.example/notes/1"})),
        (
            "poll",
            json!({"type": "Question", "oneOf": [{"type": "Note", "name": "a"}, {"type": "Note", "name": "b"}], "endTime": "2027-01-01T00:00:00Z"}),
        ),
        ("warning", json!({"summary": "cw", "sensitive": true})),
        ("nothing", json!({})),
    ];
    let mut all: Vec<(&str, String)> = Vec::new();
    for (n, (name, extra)) in (1..).zip(extras) {
        let mut more = json!({"content": "<p>mossy</p>",
            "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]});
        more.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        app.clock.advance(1_000);
        let note = remote.note(&bob, n, more);
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202, "{name}");
        let told: Value = alice.notifications()[0]["status"].clone();
        assert_eq!(told["uri"], note["id"], "{name}");
        all.push((name, told["id"].as_str().unwrap().to_owned()));
    }
    app.db.run(
        "UPDATE statuses SET media = replace(media, '\"video\"', '\"gifv\"') WHERE uri LIKE '%/notes/3'",
    );
    for (q, wanted) in [
        ("has:media", vec!["image", "video", "gifv", "audio"]),
        ("has:image", vec!["image"]),
        ("has:video", vec!["video", "gifv"]),
        ("has:audio", vec!["audio"]),
        ("has:link", vec!["link"]),
        ("has:poll", vec!["poll"]),
        ("is:reply", vec!["reply", "reply to what is not here"]),
        ("is:sensitive", vec!["warning"]),
        ("from:bob@b.example", all.iter().map(|(name, _)| *name).collect()),
        ("from:alice", vec![]),
    ] {
        let ids = |is_wanted: bool| {
            let of = all.iter().filter(|(name, _)| wanted.contains(name) == is_wanted);
            let mut ids: Vec<String> = of.map(|(_, id)| id.clone()).collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(found(&alice, &format!("mossy {q}")), ids(true), "{q}");
        if !q.starts_with("from") {
            assert_eq!(found(&alice, &format!("mossy -{q}")), ids(false), "-{q}");
        }
    }
    // Without a word, of whom is named.
    assert_eq!(found(&alice, "from:bob@b.example").len(), all.len());
    assert_eq!(found(&alice, "from:bob@b.example has:audio").len(), 1);
}

#[test]
fn search_leaves_out_whom_the_viewer_mutes_or_blocks_with_their_servers() {
    for what in ["nothing", "mute", "block", "domain", "blocked", "another's mute"] {
        let (app, remote, bob) = cast();
        let (alice, dan) = (app.person("alice"), app.person("dan"));
        let note = remote.note(&bob, 1, json!({"content": "<p>mossy</p>",
            "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
        let account = app.account("bob").id;
        match what {
            "mute" | "block" => {
                alice.post(&format!("/api/v1/accounts/{account}/{what}"), json!({}));
            }
            "another's mute" => {
                dan.post(&format!("/api/v1/accounts/{account}/mute"), json!({}));
                dan.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
                alice.post("/api/v1/domain_blocks", json!({"domain": "c.example"}));
            }
            "domain" => {
                alice.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
            }
            "blocked" => {
                let block = json!({"id": remote.uri("/blocks/1"), "type": "Block", "actor": bob["id"], "object": "https://a.example/users/alice"});
                assert_eq!(remote.sends(&app, &block), 202);
            }
            _ => {}
        }
        let is_found = ["nothing", "another's mute"].contains(&what);
        for q in ["mossy", "from:bob@b.example", "mossy in:library"] {
            assert_eq!(found(&alice, q).len(), usize::from(is_found), "{what}: {q}");
        }
    }
}
