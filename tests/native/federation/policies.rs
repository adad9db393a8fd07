//! Interaction policies of remote statuses, as GoToSocial defines them: who may favourite, reply and boost;
//! approvals requested, given and refused.
//! <https://docs.gotosocial.org/en/latest/federation/interaction_controls/>

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, refused, settle};
use crate::remote::Remote;

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

struct Scene {
    app: TestApp,
    alice: Person,
    /// bob's server, and carol's, who follows alice.
    b: Remote,
    c: Remote,
    bob: Value,
}

fn scene() -> Scene {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let (b, c) = (Remote::new(&network, "b.example"), Remote::new(&network, "c.example"));
    let (bob, carol) = (b.person("bob"), c.person("carol"));
    let follow = json!({"id": c.uri("/follows/1"), "type": "Follow", "actor": carol["id"], "object": "https://a.example/users/alice"});
    assert_eq!(c.sends(&app, &follow), 202);
    settle(&[&app]);
    c.inbox.borrow_mut().clear();
    Scene { app, alice, b, c, bob }
}

impl Scene {
    /// A note of bob's with this policy, addressed to alice without mentioning her; returns alice's copy.
    fn note(&self, n: u32, policy: Value, extra: Value) -> Value {
        let mut all = json!({"cc": ["https://a.example/users/alice", self.bob["followers"]], "interactionPolicy": policy});
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let note = self.b.serve(self.b.note(&self.bob, n, all));
        assert_eq!(self.b.sends(&self.app, &self.b.create(&self.bob, &note)), 202);
        self.has(&note["id"])
    }

    fn has(&self, uri: &Value) -> Value {
        let found =
            self.alice.get(&format!("/api/v2/search?type=statuses&resolve=true&q={}", uri.as_str().unwrap()));
        found["statuses"][0].clone()
    }

    fn says(&self, kind: &str, n: u32, more: Value) -> u16 {
        let mut activity =
            json!({"id": self.b.uri(&format!("/says/{n}")), "type": kind, "actor": self.bob["id"]});
        activity.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.b.sends(&self.app, &activity)
    }

    fn tries(&self, status: &Value, what: &str) -> u16 {
        let path = format!("/api/v1/statuses/{}/{what}", id(status));
        match what {
            "reply" => refused(
                &self.alice,
                "POST",
                "/api/v1/statuses",
                json!({"status": "but", "in_reply_to_id": status["id"]}),
            ),
            "reactions/%F0%9F%8C%BF" => {
                refused(&self.alice, "PUT", &path.replace("v1/", "v1/pleroma/"), json!({}))
            }
            _ => refused(&self.alice, "POST", &path, json!({})),
        }
    }

    /// What each of the two servers was sent of this type since the last call.
    fn sent(&self, kind: &str) -> [Vec<Value>; 2] {
        settle(&[&self.app]);
        [&self.b, &self.c].map(|remote| {
            remote.inbox.borrow_mut().drain(..).filter(|activity| activity["type"] == kind).collect()
        })
    }

    fn again(&self, status: &Value) -> Value {
        self.alice.get(&format!("/api/v1/statuses/{}", id(status)))
    }
}

#[test]
fn interactions_that_a_policy_denies_are_refused() {
    let scene = scene();
    let nobody = json!({"automaticApproval": scene.bob["id"]});
    let status =
        scene.note(1, json!({"canLike": nobody, "canReply": nobody, "canAnnounce": [nobody]}), json!({}));
    let before = scene.app.count("SELECT count(*) AS n FROM statuses");
    for what in ["reply", "favourite", "reblog", "reactions/%F0%9F%8C%BF"] {
        assert_eq!(scene.tries(&status, what), 422, "{what}");
    }
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM statuses"), before);
    assert_eq!(scene.app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM favourites) + (SELECT count(*) FROM reactions) AS n"), 0);
    // The client API shows it.
    let rule = json!({"automatic_approval": ["author"], "manual_approval": []});
    assert_eq!(
        status["interaction_policy"],
        json!({"can_favourite": rule, "can_reply": rule, "can_reblog": rule})
    );
    // Each rule is independent.
    let only_reply = scene.note(2, json!({"canReply": {"always": [scene.bob["id"]]}}), json!({}));
    assert_eq!(scene.tries(&only_reply, "reply"), 422);
    scene.alice.act(&only_reply, "favourite");
    scene.alice.act(&only_reply, "reblog");
    assert_eq!(only_reply["interaction_policy"]["can_favourite"]["automatic_approval"], json!(["public"]));
}

#[test]
fn a_missing_policy_allows_everybody() {
    let scene = scene();
    let all = [
        json!(null),
        json!({}),
        json!({"canReply": null, "canLike": {}, "canAnnounce": {"automaticApproval": []}}),
        json!({"canReply": {"automaticApproval": PUBLIC}, "canLike": {"always": ["as:Public"]}}),
        json!("everybody"),
        json!({"canReply": 7, "canLike": [null], "canAnnounce": "x"}),
    ];
    for (n, policy) in (1..).zip(all) {
        let status = scene.note(n, policy.clone(), json!({}));
        assert_eq!(status["interaction_policy"], Value::Null, "{policy}");
        scene.alice.replies(&status, "yes");
        scene.alice.act(&status, "favourite");
        scene.alice.act(&status, "reblog");
    }
    // Replies were sent to followers at once.
    let [_, to_followers] = scene.sent("Create");
    assert_eq!(to_followers.len(), 6);
    assert!(to_followers.iter().all(|create| create["object"].get("approvedBy").is_none()));
}

#[test]
fn mentioned_and_replied_to_accounts_may_always_reply() {
    let scene = scene();
    let nobody = json!({"canReply": {"automaticApproval": [scene.bob["id"]]}});
    let tag =
        json!([{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]);
    let named = scene.note(1, nobody.clone(), json!({"tag": tag}));
    scene.alice.replies(&named, "here I am");
    let own = scene.alice.posts("mine");
    let answer = scene.note(2, nobody, json!({"inReplyTo": own["uri"]}));
    scene.alice.replies(&answer, "and so on");
    let [_, to_followers] = scene.sent("Create");
    assert_eq!(to_followers.len(), 3, "nobody is asked for it");
}

#[test]
fn policies_for_followers_and_following_are_applied() {
    let scene = scene();
    let policy = json!({"canLike": {"automaticApproval": [scene.bob["followers"], scene.bob["id"]]}});
    let status = scene.note(1, policy, json!({}));
    assert_eq!(scene.tries(&status, "favourite"), 422);
    let account = id(&status["account"]).to_owned();
    scene.alice.post(&format!("/api/v1/accounts/{account}/follow"), json!({}));
    let follow =
        json!({"type": "Follow", "actor": "https://a.example/users/alice", "object": scene.bob["id"]});
    assert_eq!(scene.says("Accept", 1, json!({"object": follow})), 202);
    scene.alice.act(&status, "favourite");
    let [to_author, _] = scene.sent("Like");
    assert_eq!(to_author.len(), 1);
}

#[test]
fn a_policy_changes_without_an_edit() {
    let scene = scene();
    let status = scene.note(1, json!({}), json!({}));
    let closed = json!({"interactionPolicy": {"canReply": {"automaticApproval": scene.bob["id"]}}, "cc": ["https://a.example/users/alice"]});
    assert_eq!(scene.says("Update", 1, json!({"object": scene.b.note(&scene.bob, 1, closed)})), 202);
    assert_eq!(scene.tries(&status, "reply"), 422);
    assert_eq!(scene.again(&status)["edited_at"], Value::Null);
}

#[test]
fn a_reply_waits_for_its_approval_and_carries_it() {
    let scene = scene();
    let policy = json!({"canReply": {"automaticApproval": scene.bob["id"], "manualApproval": PUBLIC}});
    let status = scene.note(1, policy, json!({}));
    let answer = scene.alice.replies(&status, "may I?");
    let [to_author, to_followers] = scene.sent("Create");
    assert_eq!((to_author.len(), to_followers.len()), (1, 0), "the author alone is asked");
    // An edit in the meantime is not sent any further.
    scene.app.clock.advance(1000);
    scene.alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", id(&answer)),
        Some(json!({"status": "may I, please?"})),
    );
    let [to_author, to_followers] = scene.sent("Update");
    assert_eq!((to_author.len(), to_followers.len()), (1, 0));
    // Nobody else can approve, and no approval may be on another host.
    let mallory = scene.c.person("mallory");
    let accept = |actor: &Value, result: String| json!({"id": format!("{}/accepts/1", actor.as_str().unwrap()), "type": "Accept", "actor": actor, "object": answer["uri"], "result": result});
    assert_eq!(scene.c.sends(&scene.app, &accept(&mallory["id"], scene.c.uri("/leaves/1"))), 202);
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM statuses WHERE approval <> ''"), 0);
    assert_eq!(scene.b.sends(&scene.app, &accept(&scene.bob["id"], scene.c.uri("/leaves/1"))), 403);
    let leave = scene.b.uri("/authorizations/1");
    let request = json!({"type": "ReplyRequest", "id": scene.b.uri("/requests/1"), "actor": "https://a.example/users/alice", "object": status["uri"], "instrument": answer["uri"]});
    for _ in 0..2 {
        assert_eq!(scene.says("Accept", 2, json!({"object": request, "result": leave})), 202);
        scene.app.clock.advance(1);
    }
    let [_, to_followers] = scene.sent("Create");
    assert_eq!(to_followers.len(), 1, "everybody is told, once");
    let note = &to_followers[0]["object"];
    assert_eq!((&note["replyAuthorization"], &note["approvedBy"]), (&json!(leave), &json!(leave)));
    assert!(note["content"].as_str().unwrap().contains("please"), "{note}");
}

#[test]
fn a_boost_waits_for_its_approval_and_carries_it() {
    let scene = scene();
    let status = scene.note(1, json!({"canAnnounce": {"approvalRequired": [PUBLIC]}}), json!({}));
    scene.alice.act(&status, "reblog");
    let [to_author, to_followers] = scene.sent("Announce");
    assert_eq!((to_author.len(), to_followers.len()), (1, 0));
    let boost = to_author[0]["id"].clone();
    // In the older form: the Accept is the approval.
    assert_eq!(scene.says("Accept", 3, json!({"object": boost})), 202);
    let [_, to_followers] = scene.sent("Announce");
    assert_eq!(to_followers.len(), 1);
    assert_eq!(to_followers[0]["approvedBy"], json!(scene.b.uri("/says/3")));
    assert_eq!(to_followers[0]["announceAuthorization"], json!(scene.b.uri("/says/3")));
}

#[test]
fn a_policy_binds_people_here_and_not_what_others_do_elsewhere() {
    let scene = scene();
    let nobody = json!({"automaticApproval": scene.bob["id"]});
    let status = scene.note(1, json!({"canLike": nobody, "canAnnounce": nobody}), json!({}));
    let carol = json!("https://c.example/users/carol");
    scene
        .alice
        .post(&format!("/api/v1/accounts/{}/follow", id(&scene.alice.finds("carol@c.example"))), json!({}));
    for (n, kind) in [(1, "Like"), (2, "Announce")] {
        let activity = json!({"id": scene.c.uri(&format!("/acts/{n}")), "type": kind, "actor": carol, "to": [PUBLIC], "object": status["uri"]});
        assert_eq!(scene.c.sends(&scene.app, &activity), 202, "{kind}");
    }
    settle(&[&scene.app]);
    let now = scene.again(&status);
    assert_eq!((&now["favourites_count"], &now["reblogs_count"]), (&json!(1), &json!(1)));
}

#[test]
fn a_rejected_reply_is_withdrawn_and_kept_for_its_author() {
    let scene = scene();
    let asked = json!({"manualApproval": PUBLIC});
    let status = scene.note(1, json!({"canLike": asked, "canReply": asked, "canAnnounce": asked}), json!({}));
    let answer = scene.alice.replies(&status, "may I?");
    scene.alice.act(&status, "favourite");
    scene.alice.act(&status, "reblog");
    settle(&[&scene.app]);
    let mine: Vec<Value> = scene.b.inbox.borrow().clone();
    let by = |kind: &str| mine.iter().find(|a| a["type"] == kind).unwrap()["id"].clone();
    // Not by another actor.
    let mallory = scene.c.person("mallory");
    for (n, object) in (1..).zip([answer["uri"].clone(), by("Like"), by("Announce")]) {
        let reject = json!({"id": scene.c.uri(&format!("/rejects/{n}")), "type": "Reject", "actor": mallory["id"], "object": object});
        assert_eq!(scene.c.sends(&scene.app, &reject), 202);
    }
    assert_eq!(scene.again(&status)["favourited"], true);
    assert_eq!(scene.says("Reject", 4, json!({"object": by("Like")})), 202);
    assert_eq!(scene.says("Reject", 5, json!({"object": {"type": "AnnounceRequest", "id": scene.b.uri("/r/1"), "instrument": by("Announce")}})), 202);
    assert_eq!(scene.says("Reject", 6, json!({"object": {"type": "Note", "id": answer["uri"]}})), 202);
    let now = scene.again(&status);
    assert_eq!((&now["favourited"], &now["reblogged"]), (&json!(false), &json!(false)));
    let kept = scene.again(&answer);
    assert_eq!((&kept["visibility"], &kept["content"]), (&json!("direct"), &answer["content"]));
    assert_eq!(kept["account"]["statuses_count"], 0);
    let [_, to_followers] = scene.sent("Delete");
    assert!(to_followers.is_empty(), "they never had it");
    assert_eq!(
        scene.app.request("GET", &format!("/api/v1/statuses/{}", id(&answer)), None, None).status,
        404
    );
}

#[test]
fn an_answer_is_about_what_is_from_here_and_takes_nothing_that_it_accepts() {
    let scene = scene();
    let status = scene.note(1, json!({}), json!({}));
    scene.alice.act(&status, "favourite");
    settle(&[&scene.app]);
    let like = scene.b.inbox.borrow().iter().find(|a| a["type"] == "Like").unwrap()["id"].clone();
    assert_eq!(scene.says("Accept", 1, json!({"object": like})), 202);
    assert_eq!(scene.again(&status)["favourited"], true);
    // carol's reply is none of ours: her own server does what bob says of it.
    let carol = scene.c.person("carol");
    let reply = scene.c.note(
        &carol,
        1,
        json!({"inReplyTo": status["uri"],
        "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}),
    );
    assert_eq!(scene.c.sends(&scene.app, &scene.c.create(&carol, &reply)), 202);
    let kept = scene.has(&reply["id"]);
    for (n, kind) in [(2, "Accept"), (3, "Reject")] {
        assert_eq!(
            scene.says(kind, n, json!({"object": reply["id"], "result": scene.b.uri("/leaves/1")})),
            202
        );
        let now = scene.again(&kept);
        assert_eq!((&now["visibility"], &now["content"]), (&kept["visibility"], &kept["content"]), "{kind}");
    }
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM statuses WHERE approval IS NOT NULL"), 0);
}

#[test]
fn a_revoked_approval_withdraws_the_reply_everywhere() {
    let scene = scene();
    let status = scene.note(1, json!({"canReply": {"manualApproval": PUBLIC}}), json!({}));
    let answer = scene.alice.replies(&status, "may I? #please https://x.example/page");
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM status_links"), 1);
    assert_eq!(
        scene.says("Accept", 7, json!({"object": answer["uri"], "result": scene.b.uri("/authorizations/7")})),
        202
    );
    let [_, to_followers] = scene.sent("Create");
    assert_eq!(to_followers.len(), 1);
    assert_eq!(scene.says("Reject", 8, json!({"object": answer["uri"]})), 202);
    let [_, to_followers] = scene.sent("Delete");
    assert_eq!(to_followers.len(), 1);
    assert_eq!(scene.again(&answer)["visibility"], "direct");
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM status_tags"), 0);
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM status_links"), 0);
}

#[test]
fn a_reply_not_addressed_to_the_author_is_not_sent_to_them() {
    let scene = scene();
    let asked = json!({"canReply": {"automaticApproval": [], "manualApproval": PUBLIC}});
    let theirs = scene.note(1, asked, json!({}));
    let answer = scene.alice.post(
        "/api/v1/statuses",
        json!({"status": "among us", "visibility": "private", "in_reply_to_id": theirs["id"]}),
    );
    let [to_bob, to_carol] = scene.sent("Create");
    assert_eq!((to_bob.len(), to_carol.len()), (0, 1), "it is for alice's followers");
    scene.alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", id(&answer)),
        Some(json!({"status": "among us, edited"})),
    );
    let [to_bob, to_carol] = scene.sent("Update");
    assert_eq!((to_bob.len(), to_carol.len()), (0, 1));
    assert_eq!(scene.alice.get(&format!("/api/v1/statuses/{}", id(&theirs)))["replies_count"], 0);
}

#[test]
fn an_edit_of_a_private_status_is_not_sent_to_former_followers() {
    let scene = scene();
    let private = scene.alice.post("/api/v1/statuses", json!({"status": "friends", "visibility": "private"}));
    let carol = json!("https://c.example/users/carol");
    let like =
        json!({"id": scene.c.uri("/likes/1"), "type": "Like", "actor": carol, "object": private["uri"]});
    assert_eq!(scene.c.sends(&scene.app, &like), 202);
    let found = scene.alice.finds("carol@c.example");
    scene.alice.post(&format!("/api/v1/accounts/{}/remove_from_followers", id(&found)), json!({}));
    scene.sent("Create");
    scene.alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&private)), Some(json!({"status": "edited"})));
    assert_eq!(scene.sent("Update")[1], Vec::<Value>::new());
    // Its withdrawal is sent to everybody who got it.
    scene.alice.deletes(&private);
    assert_eq!(scene.sent("Delete")[1].len(), 1);
}
