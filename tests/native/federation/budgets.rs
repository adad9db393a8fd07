//! Rows that the activities of other servers may write in a day.

use serde_json::{Value, json};
use sori::platform::sql::Statement;

use crate::app::{DAY, TestApp};
use crate::remote::{Remote, cast};

/// A note of `author` to alice, who does not follow them.
fn mention(app: &TestApp, remote: &Remote, author: &Value, n: u32) -> u16 {
    let alice = "https://a.example/users/alice";
    let tag = json!([{"type": "Mention", "href": alice, "name": "@alice@a.example"}]);
    let note = remote.note(author, n, json!({"cc": [alice], "tag": tag}));
    remote.sends(app, &remote.create(author, &note))
}

fn used(app: &TestApp, subject: &str) -> i64 {
    let sql = "SELECT coalesce(sum(written), 0) AS n FROM budgets WHERE subject = ?1";
    let rows = pollster::block_on(app.db.query(Statement::new(sql).bind(subject))).unwrap();
    rows.first().map_or(0, |row| row.int("n").unwrap())
}

/// As if so much was used today.
fn use_up(app: &TestApp, subject: &str, rows: i64) {
    let day = app.clock.now().0 / DAY;
    app.db.run(&format!("INSERT OR REPLACE INTO budgets VALUES ('{subject}', {day}, {rows})"));
}

#[test]
fn a_stranger_writes_a_bounded_number_of_rows_a_day() {
    let (app, remote, bob) = cast();
    let mallory = remote.person("mallory");
    let (mut n, mut written) = (0, 0);
    while mention(&app, &remote, &mallory, n) == 202 {
        n += 1;
        written += app.cost.borrow().rows_written;
        assert!(n < 200, "there is a limit");
    }
    assert!(n > 20, "and it is above what a person sends: {n}");
    assert!((1_000..1_300).contains(&written), "{written}");
    // The other servers come again: after midnight it is received.
    let note = remote.note(&mallory, n + 1, json!({}));
    let refused = app.send(remote.request(&app, &remote.create(&mallory, &note)));
    let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    let rest = (DAY - app.clock.now().0 % DAY) / 1000;
    assert_eq!(refused.status, 429);
    assert!((rest..=rest + 3600).contains(&seconds), "{seconds}");
    // Nobody else of that server is concerned; what ends something is received; nothing is read or written for the rest.
    assert_eq!(mention(&app, &remote, &remote.person("carol"), 900), 202);
    assert_eq!(mention(&app, &remote, &bob, 901), 202);
    let delete = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": mallory["id"], "object": remote.uri("/notes/0")});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(mention(&app, &remote, &mallory, n), 429);
    assert_eq!((app.cost.borrow().trips, app.cost.borrow().rows_written), (1, 0));
    app.clock.advance(seconds * 1000);
    assert_eq!(mention(&app, &remote, &mallory, n), 202);
}

#[test]
fn strangers_of_one_domain_and_all_strangers_have_budgets() {
    let (app, remote, bob) = cast();
    let others = Remote::new(&app.network, "c.example");
    let below = Remote::new(&app.network, "many.b.example");
    let [mallory, carol, dora] = [remote.person("mallory"), others.person("carol"), below.person("dora")];
    use_up(&app, "b.example", 10_000);
    assert_eq!(mention(&app, &remote, &mallory, 1), 429);
    assert_eq!(mention(&app, &below, &dora, 1), 429, "hosts of one registered domain are one");
    assert_eq!(mention(&app, &others, &carol, 1), 202);
    assert_eq!(mention(&app, &remote, &bob, 1), 202, "alice follows bob");
    use_up(&app, "", 40_000);
    assert_eq!(mention(&app, &others, &carol, 2), 429);
    assert_eq!(mention(&app, &remote, &bob, 2), 202);
    // Also a followed actor has a budget, which is its own.
    use_up(&app, "https://b.example/users/bob", 20_000);
    assert_eq!(mention(&app, &remote, &bob, 3), 429);
}

#[test]
fn counting_takes_a_trip_for_each_fifty_rows() {
    let (app, remote, _) = cast();
    let mallory = remote.person("mallory");
    assert_eq!(mention(&app, &remote, &mallory, 0), 202);
    let (mut trips, mut rows) = (0, 0);
    for n in 1..=20 {
        assert_eq!(mention(&app, &remote, &mallory, n), 202);
        trips += app.cost.borrow().trips;
        rows += app.cost.borrow().rows_written as u32;
    }
    assert!(trips <= 2 * 20 + rows / 50 + 1, "{trips} trips for {rows} rows");
    let (mine, all) = (used(&app, "https://b.example/users/mallory"), used(&app, ""));
    assert!(mine > 0 && mine == used(&app, "b.example") && mine <= all, "{mine} {all}");
    assert!(i64::from(rows) - mine <= 50, "{rows} written, {mine} stored");
    // Expired with the other rows.
    app.clock.advance(2 * DAY);
    pollster::block_on(sori::jobs::tasks::tidy(&app.ready())).unwrap();
    assert_eq!(used(&app, ""), 0);
}

#[test]
fn a_relay_is_no_stranger() {
    let (app, _, _) = cast();
    let relay = Remote::new(&app.network, "relay.example");
    let actor = relay.person("relay");
    use_up(&app, "", 40_000);
    assert_eq!(mention(&app, &relay, &actor, 1), 429);
    app.db.run(
        "INSERT INTO relays (id, address, domain, actor_uri, follow_uri, state) \
         VALUES (1, 'https://relay.example/inbox', 'relay.example', 'https://relay.example/users/relay', 'x', 'accepted')",
    );
    assert_eq!(mention(&app, &relay, &actor, 1), 202);
}
