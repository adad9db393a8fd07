//! Advisories of other servers that no trap covers.

use serde_json::{Value, json};

use crate::app::{Person, TestApp, settle};
use crate::remote::Remote;
use crate::remote::cast;

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// alice, who follows bob of another server.
fn follower(app: &TestApp, remote: &Remote, bob: &Value) -> Person {
    let alice = app.person("alice");
    let account = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    settle(&[app]);
    let follow = json!({"type": "Follow", "actor": "https://a.example/users/alice", "object": bob["id"]});
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(app, &accept), 202);
    alice
}

#[test]
fn advisory_cve_2026_50128_ghsa_rwcw_unsigned_terms_are_ignored() {
    let (app, remote, bob) = cast();
    let domains = || {
        app.count("SELECT json_array_length(attribution_domains) AS n FROM accounts WHERE username = 'bob'")
    };
    let mut changed = bob.clone();
    changed["attributionDomains"] = json!(["evil.example"]);
    let mut update = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": changed});
    // Sent by another server, with a Linked Data Signature of bob's over what its context makes of it.
    let carrier = Remote::new(&app.network, "c.example");
    let carol = carrier.person("carol");
    update["signature"] = json!({"type": "RsaSignature2017", "creator": format!("{}#main-key", bob["id"].as_str().unwrap()), "created": "2026-09-21T14:13:20Z", "signatureValue": "AAAA"});
    let key = carrier.key_of(carol["id"].as_str().unwrap());
    let request =
        carrier.request_signed_by(&app, &update, &key, sori::activitypub::wire::signature::Spec::Cavage);
    assert!(app.send(request).status < 500);
    settle(&[&app]);
    assert_eq!(domains(), 0, "what bob's own server serves has none");
    // What bob's server signs is accepted.
    update.as_object_mut().unwrap().remove("signature");
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(domains(), 1);
}

#[test]
fn advisory_ghsa_6x3w_statuses_of_suspended_accounts_are_not_fetched() {
    let (app, remote, bob) = cast();
    let alice = follower(&app, &remote, &bob);
    let (friend, inner) = (Remote::new(&app.network, "c.example"), app.ready());
    let carol = friend.person("carol");
    let account = alice.finds("carol@c.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    settle(&[&app]);
    let follow = json!({"type": "Follow", "actor": "https://a.example/users/alice", "object": carol["id"]});
    let accept =
        json!({"id": friend.uri("/accepts/1"), "type": "Accept", "actor": carol["id"], "object": follow});
    assert_eq!(friend.sends(&app, &accept), 202);
    pollster::block_on(crate::app::suspend(&inner, &app.account("bob"))).unwrap();
    // Accounts followed by alice boost, reply to and quote statuses of the suspended account.
    let note = remote.serve(remote.note(&bob, 7, json!({})));
    let boost = json!({"id": friend.uri("/boosts/1"), "type": "Announce", "actor": carol["id"], "object": note["id"], "to": ["https://www.w3.org/ns/activitystreams#Public"]});
    assert_eq!(friend.sends(&app, &boost), 202);
    for (n, extra) in [json!({"inReplyTo": note["id"]}), json!({"quote": note["id"]})].into_iter().enumerate()
    {
        assert_eq!(
            friend.sends(&app, &friend.create(&carol, &friend.note(&carol, n as u32 + 1, extra))),
            202
        );
    }
    settle(&[&app]);
    let text = alice.get("/api/v1/timelines/home?limit=40").to_string();
    assert!(text.contains("/notes/2") && !text.contains("<p>note 7</p>"), "{text}");
    let found = alice.get(&format!("/api/v2/search?resolve=true&q={}", note["id"].as_str().unwrap()));
    assert_eq!(found["statuses"], json!([]));
    let thread = alice.get("/api/v1/timelines/public").to_string();
    assert!(!thread.contains("<p>note 7</p>"), "{thread}");
}

#[test]
fn advisory_cve_2023_36459_what_goes_into_other_pages_is_escaped() {
    let (app, alice, _) = crate::app::people();
    let name = "<script>alert(1)</script>\"'>";
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"display_name": name})));
    let status = alice
        .posts("<script>alert(3)</script> \" onmouseover=\"alert(4) https://x.example/\"onclick=alert(5)");
    let url: String =
        url::form_urlencoded::byte_serialize(status["url"].as_str().unwrap().as_bytes()).collect();
    let embed = alice.get(&format!("/api/oembed?url={url}"));
    let page = app.fetch(status["url"].as_str().unwrap().strip_prefix("https://a.example").unwrap());
    for html in [embed["html"].as_str().unwrap().to_owned(), String::from_utf8(page.body).unwrap()] {
        assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{html}");
        // Quotation marks in the text do not end an attribute.
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert!(
                !tag.contains("onmouseover") && !tag.contains("onclick") && !tag.contains("onerror"),
                "{tag}"
            );
        }
    }
}

#[test]
fn advisory_cve_2023_36462_links_do_not_verify_themselves() {
    let (app, remote, mut bob) = cast();
    bob["attachment"] = json!([{"type": "PropertyValue", "name": "<b>home</b>",
        "value": "<a href=\"https://evil.example/\" rel=\"me\" style=\"color:red\" onclick=\"x()\"><span class=\"invisible\">https://</span><span style=\"font-size:9em\">bank.example</span></a>",
        "verified_at": "2026-01-01T00:00:00Z", "verifiedAt": "2026-01-01T00:00:00Z"}]);
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": bob});
    let alice = app.person("alice");
    alice.finds("bob@b.example");
    assert_eq!(remote.sends(&app, &update), 202);
    let field = alice.finds("bob@b.example")["fields"][0].clone();
    assert_eq!(field["verified_at"], Value::Null, "{field}");
    let value = field["value"].as_str().unwrap();
    assert!(value.contains("https://evil.example/"), "{value}");
    assert!(!value.contains("style") && !value.contains("onclick"), "{value}");
}

#[test]
fn advisory_cve_2025_46340_a_url_must_be_http() {
    let (app, remote, mut bob) = cast();
    let alice = follower(&app, &remote, &bob);
    for (n, bad) in [
        "javascript:alert(1)",
        "data:text/html,<script>x</script>",
        "//evil.example/",
        "ftp://x.example/",
        "\u{1}javascript:x",
        " java\nscript:x",
    ]
    .into_iter()
    .enumerate()
    {
        let n = n as u32 + 1;
        let extra = json!({"url": bad, "attachment": [{"type": "Image", "url": bad}, {"type": "Link", "href": bad}],
            "tag": [{"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": bad}}, {"type": "Mention", "href": bad, "name": "@x"}],
            "content": format!("<a href=\"{bad}\">x</a>")});
        let note = remote.note(&bob, n, extra);
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202, "{bad:?}");
        let seen = alice.sees(&note["id"]).unwrap();
        assert_eq!(seen["url"], note["id"], "{bad:?}");
        let text = seen.to_string();
        assert!(
            !text.contains("script:")
                && !text.contains("<script")
                && !text.contains("evil")
                && !text.contains("ftp:"),
            "{text}"
        );
        bob["url"] = json!(bad);
        bob["icon"] = json!({"type": "Image", "url": bad});
        let update = json!({"id": remote.uri(&format!("/u/{n}")), "type": "Update", "actor": bob["id"], "object": bob});
        assert_eq!(remote.sends(&app, &update), 202, "{bad:?}");
        let shown = alice.finds("bob@b.example");
        assert_eq!(shown["url"], bob["id"], "{bad:?}");
        assert!(!shown.to_string().contains("script:"), "{shown}");
    }
}
