//! What statements read and change among rows of several people: theirs, and nobody else's.

use sori::model::collection::{Collection, Item};
use sori::model::domain_block::{DomainBlock, Severity};
use sori::model::id::Id;
use sori::model::page::Page;
use sori::model::time::Time;
use sori::platform::sql::{Row, Statement};
use sori::store::tombstones::Signed;
use sori::store::{self, Batch};

use crate::app::TestApp;

/// An instance with local accounts 11 to 19, and 21 elsewhere.
fn stage() -> TestApp {
    let app = TestApp::alone();
    app.db.run(
        "WITH n(i) AS (VALUES (11), (12), (13), (14), (15), (16), (17), (18), (19), (21)) \
         INSERT INTO accounts (id, domain_id, public_key, username, domain, uri, url, created_at) \
         SELECT i, iif(i < 20, (SELECT min(id) FROM domains), NULL), x'01', 'u' || i, iif(i < 20, 'a.example', 'b.example'), \
         'https://b.example/u' || i, 'x', 0 FROM n",
    );
    app
}

fn load<B: Batch>(app: &TestApp, batch: B) -> B::Output {
    pollster::block_on(store::load(&app.db, batch)).unwrap()
}

/// How many rows the last of these statements returns.
fn write(app: &TestApp, statements: impl IntoIterator<Item = Statement>) -> usize {
    pollster::block_on(store::write(&app.db, statements.into_iter().collect())).unwrap().last().unwrap().len()
}

/// The numbers that a query finds, in its order.
fn numbers(app: &TestApp, sql: &'static str) -> Vec<i64> {
    let rows = pollster::block_on(app.db.query(Statement::new(sql))).unwrap();
    rows.iter().map(|row: &Row| row.int("n").unwrap()).collect()
}

fn sorted(mut all: Vec<i64>) -> Vec<i64> {
    all.sort_unstable();
    all
}

/// Collections 1 and 3 of account 11, of which 3 is hidden, and 2 of 12.
fn collections() -> TestApp {
    let app = stage();
    app.db.run(
        "INSERT INTO collections (id, account_id, name, is_discoverable, created_at, updated_at) \
         VALUES (1, 11, 'one', 1, 0, 0), (2, 12, 'two', 1, 0, 0), (3, 11, 'three', 0, 0, 0)",
    );
    app.db.run(
        "INSERT INTO collection_items (id, collection_id, target_id, state, created_at) VALUES (101, 1, 13, 'accepted', 0), \
         (102, 2, 14, 'accepted', 0), (103, 1, 14, 'pending', 0), (104, 1, 16, 'revoked', 0)",
    );
    app
}

fn told(app: &TestApp) {
    app.db.run(
        "INSERT INTO notifications (id, account_id, type, from_account_id, collection_id) VALUES \
         (1, 13, 'added_to_collection', 11, 1), (2, 14, 'added_to_collection', 12, 2), (3, 14, 'added_to_collection', 11, 1), \
         (4, 16, 'added_to_collection', 11, 1), (5, 13, 'collection_update', 11, 1)",
    );
}

#[test]
fn a_collection_shows_its_own_members_and_an_account_its_own_collections() {
    let app = collections();
    let people = load(&app, store::collections::people(Id(1)));
    assert_eq!(sorted(people.iter().map(|a| a.id.0).collect()), [11, 13]);
    let of = |is_own| load(&app, store::collections::of(Id(11), is_own, 9, 0));
    assert_eq!(of(false).iter().map(|c| c.id.0).collect::<Vec<_>>(), [1]);
    assert_eq!(of(true).iter().map(|c| c.id.0).collect::<Vec<_>>(), [3, 1]);
    let titles = load(&app, store::collections::titles(Id(11), true));
    assert_eq!(titles.iter().map(|t| t.0.0).collect::<Vec<_>>(), [3, 1]);
    // 14 has not agreed to be in 1.
    let containing = load(&app, store::collections::containing(Id(14), 9, 0));
    assert_eq!(containing.iter().map(|c| c.id.0).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_notification_of_a_collection_has_that_one_and_goes_with_its_own_member() {
    let app = collections();
    told(&app);
    let of = load(&app, store::collections::of_notifications(Id(14), &[Id(1), Id(2)]));
    let found: Vec<_> =
        of.iter().map(|(n, c)| (n.0, c.id.0, c.items.iter().map(|i| i.id.0).collect::<Vec<_>>())).collect();
    assert_eq!(found, [(2, 2, vec![102])]);
    let left = || numbers(&app, "SELECT id AS n FROM notifications ORDER BY id");
    let items = || numbers(&app, "SELECT id AS n FROM collection_items ORDER BY id");
    // An item of another collection, and one that its member has removed for good.
    write(&app, store::collections::remove(Id(2), Id(103)));
    write(&app, store::collections::remove(Id(1), Id(104)));
    assert_eq!((left(), items()), (vec![1, 2, 3, 4, 5], vec![101, 102, 103, 104]));
    write(&app, store::collections::remove(Id(1), Id(103)));
    assert_eq!((left(), items()), (vec![1, 2, 4, 5], vec![101, 102, 104]));
    // News of one collection replace none of another.
    write(&app, store::collections::notify_changed(Id(50), Id(2)));
    assert_eq!(left(), [1, 2, 4, 5, 51]);
}

#[test]
fn a_member_leaves_one_collection() {
    let app = collections();
    let revoked =
        || numbers(&app, "SELECT id AS n FROM collection_items WHERE state = 'revoked' ORDER BY id");
    write(&app, [store::collections::revoke(Id(2), Id(101))]);
    assert_eq!(revoked(), [104]);
    write(&app, [store::collections::revoke(Id(1), Id(101))]);
    assert_eq!(revoked(), [101, 104]);
}

#[test]
fn collections_are_counted_changed_and_deleted_by_their_owner() {
    let app = collections();
    let of = |id, account| Collection { id: Id(id), account_id: Id(account), ..Collection::default() };
    assert_eq!(write(&app, [store::collections::insert(&of(4, 11), 2)]), 0);
    assert_eq!(write(&app, [store::collections::insert(&of(4, 12), 2)]), 1);
    let unnamed = || numbers(&app, "SELECT id AS n FROM collections WHERE name = '' ORDER BY id");
    write(&app, [store::collections::update(&of(1, 12))]);
    assert_eq!(unnamed(), [4]);
    write(&app, [store::collections::update(&of(1, 11))]);
    assert_eq!(unnamed(), [1, 4]);
    write(&app, [store::collections::delete(Id(12), Id(1))]);
    assert_eq!(app.count("SELECT count(*) FROM collections"), 4);
}

#[test]
fn who_blocks_the_owner_or_is_blocked_joins_no_collection_of_that_owner() {
    let app = collections();
    app.db
        .run("INSERT INTO blocks (account_id, target_id, id, uri) VALUES (11, 15, 1, 'x'), (18, 11, 2, 'y')");
    let add = |collection, target: i64, most| {
        let item = Item { id: Id(1000 * collection + target), account_id: Id(target), ..Item::default() };
        write(&app, [store::collections::add(Id(collection), &item, most)])
    };
    assert_eq!([add(1, 15, 9), add(1, 18, 9)], [0, 0]);
    assert_eq!([add(1, 19, 3), add(2, 19, 3)], [0, 1], "the one is full");
    assert_eq!([add(2, 15, 9), add(2, 18, 9), add(1, 17, 9)], [1, 1, 1]);
}

#[test]
fn an_account_is_placed_on_lists_of_whoever_follows_it() {
    let app = stage();
    app.db.run("INSERT INTO lists (id, account_id, title) VALUES (1, 11, 'a'), (2, 12, 'b'), (3, 11, 'c')");
    app.db.run(
        "INSERT INTO follows (account_id, target_id, id, uri) VALUES (11, 13, 1, 'a'), (11, 15, 2, 'b'), (12, 16, 3, 'c')",
    );
    app.db.run(
        "INSERT INTO follow_requests (account_id, target_id, id, uri) VALUES (11, 18, 4, 'd'), (12, 16, 5, 'e')",
    );
    app.db.run(
        "INSERT INTO list_accounts (list_id, target_id, id) VALUES (1, 14, 90), (1, 13, 91), (2, 13, 92), (3, 13, 93), (3, 14, 94)",
    );
    let is_on = load(&app, store::lists::with_membership(Id(11), Id(15)));
    assert_eq!(
        is_on.iter().map(|(list, is_on)| (list.id.0, *is_on)).collect::<Vec<_>>(),
        [(1, false), (3, false)]
    );
    let rows = || numbers(&app, "SELECT id AS n FROM list_accounts ORDER BY id");
    write(&app, store::lists::place(Id(11), Id(13), &[(Id(1), Id(100))]));
    assert_eq!(rows(), [90, 91, 92, 94], "it leaves the owner's other list, and keeps its place on this one");
    // Another's list; one whom another follows or asks; one whom nobody does.
    write(&app, store::lists::place(Id(11), Id(15), &[(Id(2), Id(101))]));
    write(&app, store::lists::place(Id(11), Id(16), &[(Id(1), Id(102))]));
    write(&app, store::lists::place(Id(11), Id(17), &[(Id(1), Id(103))]));
    assert_eq!(rows(), [90, 91, 92, 94]);
    write(&app, store::lists::place(Id(11), Id(18), &[(Id(1), Id(104))]));
    assert_eq!(rows(), [90, 91, 92, 94, 104]);
}

/// Public statuses 1 and 3 of account 11, and 2 of 12, who blocks 13.
fn statuses() -> TestApp {
    let app = stage();
    app.db.run(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) VALUES \
         (1, 'https://a.example/1', 'x', 11, 1, 0, 0), (2, 'https://a.example/2', 'x', 12, 1, 0, 0), \
         (3, 'https://a.example/3', 'x', 11, 1, 0, 0)",
    );
    app.db.run("INSERT INTO blocks (account_id, target_id, id, uri) VALUES (12, 13, 1, 'x')");
    app
}

#[test]
fn a_favourite_is_refused_by_the_author_who_blocks_and_undone_alone() {
    let app = statuses();
    let mut n = 200;
    let mut favour = |account, status, uri| {
        n += 1;
        write(&app, [store::favourites::insert(Id(n), Id(account), Id(status), Signed::ours(uri))]);
    };
    favour(13, 2, "refused");
    favour(13, 1, "same");
    favour(13, 3, "other");
    favour(14, 2, "same");
    favour(14, 99, "of nothing");
    let all = || numbers(&app, "SELECT 100 * account_id + status_id AS n FROM favourites ORDER BY n");
    assert_eq!(all(), [1301, 1303, 1402]);
    let found = |account, uri| load(&app, store::favourites::status_by_uri(Id(account), uri));
    assert_eq!(found(13, "same"), Some(Id(1)));
    assert_eq!(found(14, "same"), Some(Id(2)));
    assert_eq!(found(13, "other"), Some(Id(3)));
    write(&app, [store::favourites::delete(Id(13), Id(1))]);
    assert_eq!(all(), [1303, 1402]);
}

#[test]
fn pages_of_who_favourited_go_on_where_the_last_ended() {
    let app = statuses();
    app.db.run(
        "INSERT INTO favourites (status_id, account_id, id, uri) VALUES (1, 14, 304, 'a'), (1, 15, 303, 'b'), (1, 16, 302, 'c')",
    );
    let page = |viewer: Option<Id>, max: Option<i64>, since: Option<i64>, limit| {
        let page = Page { max_id: max.map(Id), since_id: since.map(Id), ..Page::first(limit) };
        let listed = load(&app, store::favourites::accounts(Id(1), viewer, &page));
        listed.items.iter().map(|a| a.id.0).collect::<Vec<_>>()
    };
    assert_eq!(page(None, Some(16), None, 1), [15]);
    assert_eq!(page(None, None, Some(14), 9), [16, 15]);
    assert_eq!(page(Some(Id(11)), Some(304), None, 9), [15, 16]);
    assert_eq!(page(Some(Id(11)), None, Some(302), 9), [14, 15]);
}

#[test]
fn only_who_may_see_a_poll_votes_in_it() {
    let app = statuses();
    // 1 is for followers, 2 is public, 3 is no poll, 4 is for 13 alone.
    app.db.run(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at, mentions) \
         VALUES (4, 'https://a.example/4', 'x', 11, 1, 3, 0, '[{\"id\":13}]')",
    );
    app.db.run("UPDATE statuses SET poll = '{\"options\":[]}', visibility = iif(id = 1, 2, visibility) WHERE id <> 3");
    app.db.run(
        "INSERT INTO follows (account_id, target_id, id, uri) VALUES (14, 11, 1, 'a'), (15, 12, 2, 'b'), (13, 11, 3, 'c')",
    );
    let vote = |status, account| {
        write(&app, [store::polls::vote(Id(status), Id(account), &[(0, None)], false, Time(1))])
    };
    assert_eq!([vote(1, 15), vote(1, 16), vote(3, 14), vote(4, 14), vote(2, 13)], [0; 5]);
    assert_eq!([vote(1, 14), vote(1, 13), vote(4, 13), vote(2, 14)], [1; 4]);
    // Of those who voted, accounts elsewhere are told of the end by their servers.
    app.db.run("INSERT INTO poll_votes (status_id, account_id, choice) VALUES (2, 21, 0)");
    let told = |status| load(&app, store::polls::due_by_id(Id(status))).unwrap().people;
    assert_eq!(told(2), [Id(21)]);
    app.db.run("UPDATE statuses SET is_local = 0 WHERE id = 2");
    assert_eq!(told(2), []);
    // Nobody here voted in 3.
    write(&app, [store::polls::reschedule(Id(3), Time(9))]);
    assert_eq!(app.count("SELECT count(*) FROM open_polls WHERE status_id = 3"), 0);
}

#[test]
fn a_poll_is_given_up_after_its_last_attempt() {
    let app = statuses();
    app.db.run("DELETE FROM open_polls");
    app.db.run("INSERT INTO open_polls (status_id, expires_at, attempts) VALUES (1, 5, 8)");
    assert_eq!(load(&app, store::polls::take_ended(Time(10))), None);
    app.db.run("INSERT INTO open_polls (status_id, expires_at, attempts) VALUES (2, 5, 7), (3, 50, 8)");
    write(&app, [store::polls::delete_given_up(Time(10))]);
    assert_eq!(numbers(&app, "SELECT status_id AS n FROM open_polls ORDER BY n"), [2, 3]);
}

/// Subscriptions 1 of account 11 and 2 of 12.
fn subscriptions() -> TestApp {
    let app = stage();
    app.db.run(
        "INSERT INTO push_subscriptions (id, token_hash, account_id, endpoint, public_key, secrets, is_standard, alerts, policy, created_at) \
         VALUES (1, x'01', 11, 'https://p.example/1', x'', x'', 1, '', 'all', 0), (2, x'02', 12, 'https://p.example/2', x'', x'', 1, '', 'all', 0)",
    );
    app
}

#[test]
fn messages_are_those_of_their_account_and_invocation() {
    let app = subscriptions();
    let addresses = load(&app, store::push::addresses(Id(11), 9));
    assert_eq!(addresses.iter().map(|a| a.endpoint.as_str()).collect::<Vec<_>>(), ["https://p.example/1"]);
    app.db.run(
        "INSERT INTO pushes (id, notification_id, subscription_id, next_attempt_at, is_waiting) VALUES (1, 5, 1, 50, 0), \
         (1000001, 5, 1, 50, 0), (1000002, 6, 1, 50, 0), (1000003, 5, 1, 10, 0), (1000004, 5, 1, 50, 1)",
    );
    let added = load(&app, store::push::added(&[Id(5)], Time(20)));
    assert_eq!(added.iter().map(|due| due.id.0).collect::<Vec<_>>(), [1_000_001], "of the newest");
    let waiting = || numbers(&app, "SELECT id AS n FROM pushes WHERE is_waiting = 1 ORDER BY id");
    write(&app, [store::push::find_lost(Time(20), false)]);
    assert_eq!(waiting(), [1_000_003, 1_000_004]);
    write(&app, [store::push::leave(&[Id(1_000_002), Id(1_000_004)], Time(30))]);
    assert_eq!(waiting(), [1_000_002, 1_000_003, 1_000_004]);
    // One that waits already keeps its time.
    assert_eq!(numbers(&app, "SELECT next_attempt_at AS n FROM pushes WHERE id = 1000004"), [50]);
}

#[test]
fn a_failure_puts_off_what_waits_for_the_same_subscription() {
    let app = subscriptions();
    app.db.run(
        "INSERT INTO pushes (id, notification_id, subscription_id, attempts, next_attempt_at, is_waiting) VALUES \
         (1, 5, 1, 0, 10, 1), (2, 5, 2, 0, 10, 1), (3, 5, 1, 0, 10, 0), (4, 5, 1, 4, 10, 1), (5, 5, 2, 4, 10, 1), (6, 5, 1, 4, 10, 0)",
    );
    let settled = store::push::Settled { failed: vec![(Id(1), Time(99))], ..Default::default() };
    write(&app, store::push::settle(&settled, Time(20)));
    // 4 has had its last attempt; 3 and 6 are with those that added them.
    assert_eq!(numbers(&app, "SELECT id AS n FROM pushes ORDER BY id"), [1, 2, 3, 5, 6]);
    assert_eq!(numbers(&app, "SELECT id AS n FROM pushes WHERE next_attempt_at = 99"), [1]);
}

#[test]
fn blocks_of_domains_are_found_by_a_part_and_lifted_by_whoever_made_them() {
    let app = stage();
    let block = |id, domain: &str, is_from_lists| DomainBlock {
        id: Id(id),
        domain: domain.into(),
        severity: Severity::Suspend,
        rejects_media: false,
        rejects_reports: false,
        is_obfuscated: false,
        comment: String::new(),
        private_comment: String::new(),
        is_from_lists,
        created_at: Time(0),
    };
    write(
        &app,
        [store::domain_blocks::put(&[
            block(1, "bad.example", false),
            block(2, "evil.example", true),
            block(3, "worse.test", true),
        ])],
    );
    let search = |part: &str, after: &str| {
        let found = load(&app, store::domain_blocks::search(part, after, 9));
        found.into_iter().map(|b| b.domain).collect::<Vec<_>>()
    };
    assert_eq!(search("", ""), ["bad.example", "evil.example", "worse.test"]);
    assert_eq!(search("example", "bad.example"), ["evil.example"]);
    // A host with a port is below the same names.
    let severity = |host: &str| load(&app, store::domain_blocks::severity_of(&[host]));
    assert_eq!(severity("bad.example:8080"), Some(Severity::Suspend));
    write(&app, [store::domain_blocks::delete(&["bad.example", "evil.example"], true)]);
    assert_eq!(search("", ""), ["bad.example", "worse.test"]);
}

/// Accounts 31 and 32 elsewhere are named as 11 and 12 here.
#[test]
fn accounts_are_told_apart_by_name_and_domain() {
    let app = stage();
    app.db.run(
        "INSERT INTO accounts (id, username, domain, uri, url, created_at, fetched_at) VALUES \
         (31, 'u11', 'c.example', 'https://c.example/u11', 'x', 0, 1), (32, 'u12', 'c.example', 'https://c.example/u12', 'x', 0, 1), \
         (33, 'u33', 'c.example', 'https://c.example/u33', 'x', 0, 1)",
    );
    let pair = |name: &str, domain: &str| (name.to_owned(), domain.to_owned());
    let found =
        load(&app, store::accounts::by_handles(&[pair("u11", "c.example"), pair("u12", "a.example")]));
    assert_eq!(sorted(found.iter().map(|a| a.id.0).collect()), [12, 31]);
    let named = |domain: &str| load(&app, store::accounts::by_handle("u11", domain)).map(|a| a.id.0);
    assert_eq!([named("a.example"), named("c.example"), named("d.example")], [Some(11), Some(31), None]);
    let owner = |key: &str| load(&app, store::accounts::by_key_id(key)).map(|a| a.id.0);
    assert_eq!([owner("acct:u12@c.example"), owner("acct:u12@a.example")], [Some(32), Some(12)]);
    // One that an earlier server at this domain had is none of ours.
    let ours = ["a.example".to_owned()];
    app.db.run("UPDATE accounts SET domain = 'a.example', deleted_at = 1 WHERE id = 33");
    assert!(load(&app, store::accounts::local_by_username("u33", &ours)).is_none());
    assert!(!load(&app, store::accounts::is_taken("u33", &ours)));
    assert_eq!(load(&app, store::accounts::is_deleted("u33", &ours)), None);
    assert_eq!(load(&app, store::accounts::local_by_username("u11", &ours)).map(|a| a.id), Some(Id(11)));
    let others = ["c.example".to_owned()];
    assert!(load(&app, store::accounts::local_by_username("u11", &others)).is_none());
    assert_eq!(load(&app, store::accounts::is_deleted("u11", &others)), None);
    assert_eq!(load(&app, store::accounts::is_deleted("u11", &ours)), Some(false));
}

#[test]
fn who_is_followed_or_asked_is_so_itself() {
    let app = stage();
    app.db.run(
        "INSERT INTO accounts (id, username, domain, uri, url, created_at, fetched_at, suspended_at) VALUES \
         (31, 'u31', 'c.example', 'https://c.example/u31', 'x', 0, 1, NULL), (32, 'u32', 'c.example', 'https://c.example/u32', 'x', 0, 1, NULL), \
         (33, 'u33', 'c.example', 'https://c.example/u33', 'x', 0, 1, NULL), (34, 'u34', 'c.example', 'https://c.example/u34', 'x', 0, 1, 1)",
    );
    app.db.run("UPDATE accounts SET fetched_at = 1 WHERE id = 12");
    app.db.run(
        "INSERT INTO follows (account_id, target_id, id, uri) VALUES (11, 31, 1, 'a'), (11, 34, 2, 'b'), (11, 12, 3, 'c')",
    );
    app.db.run("INSERT INTO follow_requests (account_id, target_id, id, uri) VALUES (11, 32, 4, 'd')");
    let is_followed = |n: i64| {
        let uri = format!("https://c.example/u{n}");
        let of_key = load(&app, store::accounts::is_key_followed(&format!("{uri}#main-key")));
        [load(&app, store::accounts::is_followed(&uri)), of_key]
    };
    assert_eq!([is_followed(31), is_followed(32), is_followed(33)], [[true; 2], [true; 2], [false; 2]]);
    let (stale, _) = load(&app, store::accounts::stale(Id(10), Time(5), 100));
    assert_eq!(stale, [Id(31)], "neither ours, nor suspended ones, nor those that nobody follows");
}

#[test]
fn counts_of_a_poll_elsewhere_change_no_other_poll() {
    let app = statuses();
    app.db.run("UPDATE statuses SET poll = '{\"options\":[]}', is_local = (id = 3)");
    let poll = sori::model::poll::Poll { voters: Some(7), ..Default::default() };
    let counted = || {
        numbers(
            &app,
            "SELECT id AS n FROM statuses WHERE json_extract(poll, '$.voters') = 7 OR poll LIKE '%7%'",
        )
    };
    write(&app, [store::polls::set_counts(Id(3), &poll)]);
    assert_eq!(counted(), [] as [i64; 0], "one of ours is counted here");
    write(&app, [store::polls::set_counts(Id(1), &poll)]);
    assert_eq!(counted(), [1]);
}

/// What is muted, blocked or out of sight by now is so for the receiver and by the sender of the message.
#[test]
fn a_message_is_kept_back_by_its_receiver_alone() {
    let app = statuses();
    app.db.run("INSERT INTO users (id, account_id, person, password, created_at) VALUES (1, 11, 1, '', 0), (2, 12, 2, '', 0), (3, 14, 3, '', 0)");
    app.db.run("UPDATE statuses SET conversation = 'c' || id");
    app.db.run(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id, is_filtered) VALUES \
         (1, 11, 'mention', 13, 1, 0), (2, 11, 'mention', 15, 1, 1), (3, 12, 'mention', 16, 2, 0), (4, 14, 'follow', 16, NULL, 0), \
         (5, 11, 'update', 18, 3, 0), (6, 11, 'mention', 18, 3, 0), (7, 11, 'follow', 16, NULL, 0), (8, 11, 'follow', 19, NULL, 0)",
    );
    app.db.run("UPDATE notifications SET is_filtered = (id = 2)");
    let all: Vec<Id> = (1..=8).map(Id).collect();
    let sent = || sorted(load(&app, store::push::news(&all)).iter().map(|n| n.id.0).collect());
    assert_eq!(sent(), [1, 3, 4, 5, 6, 7, 8]);
    // Another's thread, and one's own: of that, edits and ends of polls are told all the same.
    app.db
        .run("INSERT INTO thread_mutes (account_id, conversation) VALUES (12, 'c1'), (11, 'c2'), (11, 'c3')");
    assert_eq!(sent(), [1, 3, 4, 5, 7, 8]);
    app.db.run(
        "INSERT INTO mutes (account_id, target_id, id, hides_notifications, expires_at) VALUES (11, 16, 1, 1, NULL), (11, 13, 2, 0, NULL), (14, 16, 3, 1, 1)",
    );
    assert_eq!(sent(), [1, 3, 4, 5, 8], "some mutes hide no notifications, and some have ended");
    app.db
        .run("INSERT INTO blocks (account_id, target_id, id, uri) VALUES (12, 16, 9, 'b'), (13, 14, 8, 'c')");
    assert_eq!(sent(), [1, 4, 5, 8]);
    app.db.run("UPDATE users SET disabled_at = 1 WHERE account_id = 14");
    assert_eq!(sent(), [1, 5, 8]);
    app.db.run("UPDATE accounts SET suspended_at = 1 WHERE id = 11");
    assert_eq!(sent(), [] as [i64; 0]);
    app.db.run("UPDATE accounts SET suspended_at = NULL, deleted_at = 1 WHERE id = 11");
    assert_eq!(sent(), [] as [i64; 0]);
}

#[test]
fn a_name_is_taken_by_an_application_for_it_at_that_domain() {
    let app = stage();
    app.db.run(
        "INSERT INTO domains (id, handle_domain, web_origin, created_at) VALUES (77, 'd.example', 'https://d.example', 0)",
    );
    app.db.run(
        "INSERT INTO applications (id, domain_id, username, password, locale, address, is_approved, is_confirmed, created_at) \
         VALUES (1, 77, 'asked', '', 'en', '', 0, 0, 0)",
    );
    let is_taken = |name, domain: &str| load(&app, store::accounts::is_taken(name, &[domain.to_owned()]));
    assert_eq!([is_taken("asked", "d.example"), is_taken("asked", "a.example")], [true, false]);
    assert_eq!([is_taken("free", "d.example"), is_taken("u11", "a.example")], [false, true]);
}

#[test]
fn links_are_looked_for_in_fields_that_have_some() {
    let app = stage();
    app.db.run("INSERT INTO users (id, account_id, person, password, created_at) VALUES (1, 11, 1, '', 0), (2, 12, 2, '', 0)");
    app.db.run("UPDATE accounts SET fields = '[{\"name\":\"a\",\"value\":\"https://c.example\",\"text\":\"https://c.example\",\"verified_at\":null}]' WHERE id = 12");
    let found = load(&app, store::accounts::local_with_fields(9));
    assert_eq!(found.iter().map(|a| a.id.0).collect::<Vec<_>>(), [12]);
}

#[test]
fn a_conversation_is_left_out_where_its_last_status_is() {
    let app = statuses();
    app.db.run(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at, mentions) VALUES \
         (5, 'https://a.example/5', 'x', 14, 1, 3, 0, '[{\"id\":11}]'), (6, 'https://a.example/6', 'x', 15, 1, 3, 0, '[{\"id\":11}]'), \
         (7, 'https://a.example/7', 'x', 14, 1, 3, 0, '[{\"id\":16}]')",
    );
    app.db.run(
        "INSERT INTO mentions (account_id, status_id, is_direct) VALUES (11, 5, 1), (11, 6, 1), (16, 7, 1)",
    );
    app.db.run("DELETE FROM conversations");
    app.db.run(
        "INSERT INTO conversations (id, account_id, conversation, last_status_id) VALUES (1, 11, 'a', 5), (2, 11, 'b', 6), (3, 11, 'c', 7)",
    );
    app.db.run("INSERT INTO blocks (account_id, target_id, id, uri) VALUES (11, 15, 9, 'x')");
    let (listed, _, _) = store::conversations::list(Id(11), &Page::first(9));
    assert_eq!(load(&app, listed).iter().map(|c| c.id.0).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_like_is_sent_for_the_favourite_that_was_inserted() {
    let app = statuses();
    app.db.run("INSERT INTO favourites (status_id, account_id, id, uri) VALUES (3, 14, 1, 'like'), (1, 15, 2, 'like'), (2, 14, 3, 'like')");
    let is_new = |account: i64, status| {
        let event = format!(r#"["like","like","https://a.example/{status}"]"#);
        let sql = format!("SELECT {} AS n WHERE ?1", *store::favourites::IS_NEW);
        let asked = Statement::new(sql).bind(1_i64).bind(account).bind(event);
        pollster::block_on(app.db.query(asked)).unwrap()[0].int("n").unwrap()
    };
    assert_eq!([is_new(14, 2), is_new(14, 1), is_new(16, 2)], [1, 0, 0]);
}

#[test]
fn a_block_of_a_domain_holds_below_it_and_an_allow_list_for_all_others() {
    let app = stage();
    let card = |host: &str| format!("json_array(0,1,2,3,4,5,6,7,8,9,10,11,12,13,'{host}','')");
    app.db.run(&format!(
        "INSERT INTO cards (url, card, due_at) VALUES ('a', {}, 0), ('b', {}, 0), ('c', {}, 0)",
        card("www.bad.example"),
        card("bad.example"),
        card("notbad.example")
    ));
    write(&app, [store::cards::delete_of_domain("bad.example")]);
    assert_eq!(app.count("SELECT count(*) FROM cards"), 1);
    assert_eq!(app.count("SELECT count(*) FROM cards WHERE url = 'c'"), 1);
    app.db.run("INSERT INTO settings (key, value) VALUES ('allow_list', '1')");
    app.db.run("INSERT INTO domain_allows (id, domain, created_at) VALUES (1, 'good.example', 0)");
    for (n, domain) in [(1, "good.example"), (2, "www.good.example"), (3, "other.example")] {
        write(&app, [store::inboxes::insert(Id(n), &format!("https://{domain}/in"), domain)]);
    }
    assert_eq!(numbers(&app, "SELECT id AS n FROM inboxes WHERE is_blocked = 1"), [3]);
}

/// Public statuses 1 of account 11 and 2 of 12; quotes of 1 by 13 (5 and 6), and by 14 (7), elsewhere; 8 of 12 is for followers.
fn quotes() -> TestApp {
    let app = statuses();
    app.db.run(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at, quote_of_id, quote_uri, quote_state) VALUES \
         (5, 'https://b.example/5', 'x', 13, 0, 0, 0, 1, 'https://a.example/1', 'pending'), \
         (6, 'https://b.example/6', 'x', 13, 0, 0, 0, 1, 'https://a.example/1', 'pending'), \
         (7, 'https://b.example/7', 'x', 14, 0, 0, 0, 1, 'https://a.example/1', 'pending'), \
         (8, 'https://a.example/8', 'x', 12, 1, 2, 0, NULL, NULL, NULL)",
    );
    app
}

/// The states of the quotes 5, 6 and 7.
fn states(app: &TestApp) -> Vec<String> {
    let rows = "SELECT coalesce(quote_state, '') AS state FROM statuses WHERE id IN (5, 6, 7) ORDER BY id";
    let rows = pollster::block_on(app.db.query(Statement::new(rows))).unwrap();
    rows.iter().map(|row| row.text("state").unwrap()).collect()
}

#[test]
fn an_authorization_is_of_one_quote_by_one_account() {
    let app = quotes();
    let stamp = |id, quoted, account, quoting: &str| {
        write(&app, [store::quotes::stamp(Id(id), Id(quoted), Id(account), quoting)]);
    };
    let all = || numbers(&app, "SELECT id AS n FROM quote_stamps ORDER BY id");
    for (id, quoted, account, quoting) in
        [(1, 1, 13, "q"), (2, 1, 14, "q"), (3, 1, 13, "r"), (4, 2, 13, "q"), (5, 8, 13, "q")]
    {
        stamp(id, quoted, account, quoting);
    }
    let of = |quoted, account, quoting| load(&app, store::quotes::stamp_of(Id(quoted), Id(account), quoting));
    assert_eq!(
        [of(1, 13, "q"), of(1, 14, "q"), of(1, 15, "q"), of(2, 14, "q")],
        [Some(Id(1)), Some(Id(2)), None, None]
    );
    // It is shown at an address of the author of what is quoted, as long as that is for everybody.
    let shown =
        |id, account| load(&app, store::quotes::stamp_by_id(Id(id), Id(account))).map(|(_, quoted)| quoted);
    assert_eq!(shown(4, 12).as_deref(), Some("https://a.example/2"));
    assert_eq!([shown(4, 11), shown(5, 12)], [None, None]);
    // One that is taken back is not given again; the others stand.
    write(&app, store::quotes::revoke_stamp(Id(1), Id(13), "q"));
    assert_eq!(all(), [2, 3, 4, 5]);
    stamp(6, 1, 13, "q");
    stamp(7, 99, 13, "q");
    assert_eq!(all(), [2, 3, 4, 5], "nor is one for a status that is deleted by now");
    write(&app, store::quotes::revoke_stamp(Id(99), Id(13), "q"));
    assert_eq!(app.count("SELECT count(*) FROM quote_revocations"), 1);
    let is_revoked = |quoted, quoting| load(&app, store::quotes::is_revoked(Id(quoted), quoting));
    assert_eq!([is_revoked(1, "q"), is_revoked(2, "q"), is_revoked(1, "r")], [true, false, false]);
}

#[test]
fn many_authorizations_of_one_account_displace_none_of_another() {
    let app = quotes();
    app.db.run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) \
         INSERT INTO quote_stamps (id, status_id, account_id, quoting_uri) \
         SELECT i, 1, iif(i <= 15, 14, 13), 'https://b.example/none/' || i FROM n",
    );
    write(&app, [store::quotes::drop_unseen_stamps(Id(1), Id(13))]);
    assert_eq!(app.count("SELECT count(*) FROM quote_stamps"), 30);
}

#[test]
fn a_quote_of_another_server_is_accepted_by_an_authorization_that_stands() {
    let app = quotes();
    write(&app, [store::quotes::stamp(Id(9), Id(1), Id(13), "https://b.example/5")]);
    let accept = |quoting: &str, stamp| {
        write(&app, [store::quotes::accept_ours(quoting, Id(1), Id(stamp), "https://a.example/stamps/9")]);
    };
    accept("https://b.example/6", 10);
    assert_eq!(states(&app), ["pending"; 3]);
    accept("https://b.example/5", 9);
    assert_eq!(states(&app), ["accepted", "pending", "pending"]);
    app.db.run("UPDATE statuses SET quote_state = 'revoked' WHERE id = 5");
    accept("https://b.example/5", 9);
    assert_eq!(states(&app), ["revoked", "pending", "pending"]);
}

#[test]
fn an_answer_is_about_one_quote_of_the_status_that_it_names() {
    let app = quotes();
    let accept =
        |quoting, quoted, stamp: &str| write(&app, [store::quotes::accept(Id(quoting), Id(quoted), stamp)]);
    assert_eq!(accept(5, 2, "stamp"), 0, "it quotes another status");
    app.db.run("UPDATE statuses SET quote_stamp = 'stamp' WHERE id = 7");
    assert_eq!(accept(5, 1, "stamp"), 1, "another quote only claims the authorization");
    assert_eq!(accept(6, 1, "stamp"), 0, "it is of the first");
    assert_eq!(states(&app), ["accepted", "pending", "pending"]);
    write(&app, [store::quotes::refuse(Id(5), Id(2))]);
    assert_eq!(states(&app), ["accepted", "pending", "pending"]);
    write(&app, [store::quotes::refuse(Id(5), Id(1))]);
    assert_eq!(states(&app), ["revoked", "pending", "pending"]);
    write(&app, [store::quotes::refuse(Id(6), Id(1))]);
    assert_eq!(states(&app), ["revoked", "rejected", "pending"]);
}

#[test]
fn what_was_found_out_of_a_quote_counts_while_it_is_open() {
    use sori::model::quote::QuoteState;
    let app = quotes();
    let of = |id| load(&app, store::statuses::by_id(Id(id), None)).unwrap().status;
    let open = of(5);
    app.db.run("UPDATE statuses SET quote_state = 'revoked' WHERE id = 5");
    write(&app, [store::quotes::store_result(&open, None, QuoteState::Accepted)]);
    assert_eq!(states(&app), ["revoked", "pending", "pending"]);
    // Its author adds a quote to what has none, or another authorization; not to somebody else's status, not of another
    // status, and not to what is over.
    let claims = |quoting, author, quoted: &str, stamp: Option<&str>| {
        write(&app, [store::quotes::set_pending(Id(quoting), Id(author), quoted, stamp)])
    };
    app.db.run("UPDATE statuses SET quote_state = NULL, quote_uri = NULL, quote_of_id = NULL WHERE id = 7");
    assert_eq!(claims(7, 13, "https://a.example/1", Some("s")), 0);
    assert_eq!(claims(7, 14, "https://a.example/1", None), 1);
    assert_eq!(claims(7, 14, "https://a.example/1", None), 0, "nothing of it is new");
    assert_eq!(claims(7, 14, "https://a.example/2", Some("s")), 0);
    assert_eq!(claims(7, 14, "https://a.example/1", Some("s")), 1);
    assert_eq!(claims(5, 13, "https://a.example/1", Some("s")), 0);
    assert_eq!(states(&app), ["revoked", "pending", "pending"]);
}

#[test]
fn an_authorization_is_revoked_by_the_author_of_what_it_is_for() {
    let app = quotes();
    app.db.run("UPDATE statuses SET quote_stamp = 'stamp'");
    app.db.run("UPDATE statuses SET quote_state = 'accepted', quote_of_id = 2 WHERE id = 6");
    app.db.run("UPDATE statuses SET quote_state = 'deleted' WHERE id = 7");
    assert_eq!(write(&app, [store::quotes::revoke_by_stamp("stamp", Id(11))]), 1);
    assert_eq!(states(&app), ["revoked", "accepted", "deleted"]);
}

#[test]
fn who_is_told_of_a_revocation_depends_on_quotes_that_were_accepted() {
    use sori::model::status::Visibility;
    let app = quotes();
    app.db.run("UPDATE statuses SET quote_stamp = 'stamp' WHERE id = 5");
    let known =
        || load(&app, (store::quotes::visibility_by_stamp("stamp"), store::quotes::is_stamp("stamp")));
    assert_eq!(known(), (None, false));
    app.db.run("UPDATE statuses SET quote_state = 'accepted' WHERE id = 5");
    assert_eq!(known(), (Some(Visibility::Public), true));
}

#[test]
fn quotes_by_a_domain_that_the_reader_blocks_are_left_out() {
    let app = quotes();
    app.db.run("UPDATE statuses SET quote_state = 'accepted', account_id = iif(id = 7, 21, account_id) WHERE id IN (5, 6, 7)");
    app.db.run("INSERT INTO account_domain_blocks (account_id, domain, id) VALUES (15, 'b.example', 1)");
    let listed = |viewer| {
        let page = load(&app, store::quotes::of(Id(1), viewer, &Page::first(9)));
        sorted(page.items.iter().map(|view| view.status.id.0).collect())
    };
    assert_eq!(listed(None), [5, 6, 7]);
    assert_eq!(listed(Some(Id(16))), [5, 6, 7]);
    assert_eq!(listed(Some(Id(15))), [5, 6]);
}

#[test]
fn accounts_are_read_by_their_ids_and_votes_of_one_poll_are_to_be_sent_again() {
    let app = statuses();
    let found = load(&app, store::accounts::by_ids(&[Id(12), Id(99)]));
    assert_eq!(found.iter().map(|a| a.id.0).collect::<Vec<_>>(), [12]);
    app.db.run("DELETE FROM open_polls");
    app.db.run("INSERT INTO open_polls (status_id, expires_at) VALUES (1, 5), (2, 5)");
    write(&app, [store::polls::restore_new_votes(Id(2))]);
    assert_eq!(numbers(&app, "SELECT status_id AS n FROM open_polls WHERE has_news = 1"), [2]);
}
