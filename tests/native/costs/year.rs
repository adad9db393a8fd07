//! A simulated year: notes arrive day after day, people here touch some of them, and retention keeps the database within its
//! bounds. `npm run year` prints both years and writes them into docs/cost.md. All is at a scale: a twenty-fifth or a fiftieth
//! of the notes, of the room and of the pace.

use std::collections::HashSet;
use std::fmt::Write as _;

use sori::model::account::Account;
use sori::model::id::Id;
use sori::model::retention::{CLOSED, Fill};
use sori::model::status::{Attachment, Mention, Status, Visibility};
use sori::model::time::Time;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Statement;
use sori::services;
use sori::store;
use sori::store::tombstones::Signed;

use super::operations::replaced;
use crate::app::{DAY, MINUTE, NOW, TestApp};

/// What a community does.
struct Community {
    name: &'static str,
    people: usize,
    /// Accounts elsewhere that they follow.
    followed: usize,
    /// Notes and boosts that arrive in a day.
    notes: usize,
    /// The part of it that is simulated.
    scale: usize,
}

/// Pseudo-random numbers.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    /// Words of a language of eight thousand, the first of them the most frequent.
    fn words(&mut self, n: usize) -> String {
        let mut text = String::new();
        for _ in 0..n {
            let at = self.below(90) * self.below(90);
            let mut word = Dice(at as u64 * 7_919 + 1);
            for _ in 0..2 + word.below(4) {
                text.push(char::from(b"bdfgklmnprst"[word.below(12)]));
                text.push(char::from(b"aeiou"[word.below(5)]));
            }
            text.push(' ');
        }
        text
    }
}

/// What a day has brought, for the table.
#[derive(Default, Clone, Copy)]
struct Day {
    size: u64,
    thousandths: i64,
    statuses: i64,
    accounts: i64,
    written: u64,
    read: u64,
}

struct Year {
    app: TestApp,
    community: Community,
    dice: Dice,
    locals: Vec<Id>,
    authors: Vec<Id>,
    /// Statuses that must stay: what somebody here touched, and what that answers.
    kept: HashSet<Id>,
    /// What arrived lately: status, author, and the status that it answers.
    lately: Vec<(Id, usize)>,
    next: u64,
    /// Notes that came while nothing was received; they are not sent again here.
    closed: usize,
}

impl Year {
    fn new(community: Community, seed: u64) -> Self {
        let network = Network::new(1);
        network.keep_log(false);
        let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW / DAY * DAY));
        let megabytes = 500 / community.scale;
        app.db.run(&format!("INSERT INTO settings (key, value) VALUES ('database_mb', '{megabytes}')"));
        app.restart();
        let people = (community.people / community.scale).max(1);
        let locals = (0..people).map(|n| app.person(&format!("p{n}")).id).collect();
        let mut year = Self {
            app,
            community,
            dice: Dice(seed),
            locals,
            authors: Vec::new(),
            kept: HashSet::new(),
            lately: Vec::new(),
            next: 1,
            closed: 0,
        };
        let followed = (year.community.followed / year.community.scale).max(5);
        for _ in 0..followed {
            let id = year.account();
            let me = year.locals[year.authors.len() % year.locals.len()];
            year.app.db.run(&format!(
                "INSERT INTO follows (account_id, target_id, id, uri) VALUES ({me}, {id}, {id}, 'https://a.example/f/{id}')"
            ));
            year.authors.push(id);
        }
        year
    }

    fn write(&self, batch: Vec<Statement>) {
        pollster::block_on(store::write(&self.app.ready().db, batch)).unwrap();
    }

    /// Another account elsewhere, as long as most are.
    fn account(&mut self) -> Id {
        let now = self.app.clock.now();
        let id = self.app.ready().new_id();
        self.next += 1;
        let n = self.next;
        let host = format!("s{}.example", n % 300);
        let uri = format!("https://{host}/users/person{n}");
        let account = Account {
            id,
            username: format!("person{n}"),
            domain: host.clone(),
            actor_type: "Person".into(),
            url: format!("https://{host}/@person{n}"),
            display_name: self.dice.words(2),
            note: format!("<p>{}</p>", self.dice.words(25)),
            avatar_url: Some(format!("https://{host}/avatars/{:032x}.png", self.dice.next())),
            header_url: Some(format!("https://{host}/headers/{:032x}.png", self.dice.next())),
            inbox_url: format!("{uri}/inbox"),
            shared_inbox_url: Some(format!("https://{host}/inbox")),
            outbox_url: Some(format!("{uri}/outbox")),
            followers_url: Some(format!("{uri}/followers")),
            following_url: Some(format!("{uri}/following")),
            featured_url: Some(format!("{uri}/collections/featured")),
            public_key: Some(vec![7; 294]),
            created_at: now,
            fetched_at: Some(now),
            uri,
            ..Account::default()
        };
        let inbox = self.app.ready().new_id();
        self.write(store::accounts::upsert_remote(&account, &host, inbox, None));
        id
    }

    /// What is answered, boosted and touched is here still.
    fn look_again(&mut self) {
        let event = self.app.ready();
        let ids: Vec<Id> = self.lately.iter().map(|(id, _)| *id).collect();
        let sql = "SELECT s.id AS id FROM json_each(?1) j JOIN statuses s ON s.id = j.value";
        let rows = pollster::block_on(event.db.query(Statement::new(sql).bind_ids(&ids))).unwrap();
        let here: HashSet<Id> = rows.iter().map(|row| row.id("id").unwrap()).collect();
        self.lately.retain(|(id, _)| here.contains(id));
    }

    /// Notes and boosts that arrive in an hour.
    fn arrive(&mut self, count: usize) {
        let event = self.app.ready();
        self.look_again();
        let is_indexing = self.fill().1.is_indexing();
        let mut batch = Vec::new();
        let mut texts = Vec::new();
        for _ in 0..count {
            self.next += 1;
            let n = self.next;
            let at = Time(event.now().0 - self.dice.below(55 * 60_000) as i64);
            let who = self.dice.below(self.authors.len());
            let uri = format!("https://s{}.example/users/person{who}/statuses/{:018}", who % 300, n);
            let is_boost = self.dice.percent(25) && !self.lately.is_empty();
            let parent: Option<(Id, usize)> = (self.dice.percent(30) && !self.lately.is_empty())
                .then(|| self.lately[self.lately.len() - 1 - self.dice.below(self.lately.len().min(200))]);
            let mut status = Status {
                id: event.id_at(at),
                url: uri.replace("/users/", "/@"),
                account_id: self.authors[who],
                visibility: Visibility::Public,
                created_at: at,
                ..Status::default()
            };
            if is_boost {
                status.reblog_of_id = Some(self.lately[self.dice.below(self.lately.len())].0);
                status.uri = format!("{uri}/activity");
            } else {
                let length = 8 + self.dice.below(60);
                let text = self.dice.words(length);
                status.content = format!("<p>{text}</p>");
                status.language = Some("en".into());
                status.conversation =
                    Some(format!("tag:s{}.example,2026:objectId={n}:objectType=Conversation", who % 300));
                if let Some((parent, author)) = parent {
                    status.in_reply_to_id = Some(parent);
                    status.in_reply_to_account_id = Some(self.authors[author]);
                    status.mentions = vec![Mention {
                        id: self.authors[author],
                        username: format!("person{author}"),
                        domain: format!("s{}.example", author % 300),
                        url: format!("https://s{}.example/@person{author}", author % 300),
                        uri: format!("https://s{}.example/users/person{author}", author % 300),
                        ..Mention::default()
                    }];
                }
                if self.dice.percent(20) {
                    status.tags =
                        (0..1 + self.dice.below(3)).map(|_| self.dice.words(1).trim().to_owned()).collect();
                }
                if self.dice.percent(25) {
                    status.media = vec![Attachment {
                        kind: "image".into(),
                        media_type: "image/jpeg".into(),
                        url: format!("https://s{}.example/media/{:032x}/original.jpg", who % 300, n),
                        description: Some(self.dice.words(12)),
                        blurhash: Some("UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH".into()),
                        width: Some(1200),
                        height: Some(900),
                        ..Attachment::default()
                    }];
                }
                status.uri = uri.clone();
                // A third of the authors allow that their public posts are found.
                if who.is_multiple_of(3) && is_indexing {
                    texts.push((status.id, text));
                }
            }
            batch.push(store::statuses::insert(&status));
            batch.extend(store::statuses::insert_details(&status));
            if !is_boost {
                if self.dice.percent(15) {
                    let link = format!(
                        "https://news{}.example/{}",
                        n % 50,
                        self.dice.words(4).trim().replace(' ', "-")
                    );
                    batch.push(store::statuses::insert_links(&status.uri, &[link]));
                }
                self.lately.push((status.id, who));
            }
        }
        if !texts.is_empty() {
            batch.push(store::search::index_all(&texts));
        }
        pollster::block_on(store::write(&event.db, batch)).unwrap();
        // What is touched and answered is a few days old at the most.
        let surplus = self.lately.len().saturating_sub(3 * self.community.notes / self.community.scale);
        self.lately.drain(..surplus);
    }

    /// The status, if it is one, and all that it answers, as far as it is here.
    fn keep(&mut self, status: Id) {
        let event = self.app.ready();
        let sql = "WITH RECURSIVE up (id) AS (SELECT ?1 UNION SELECT s.in_reply_to_id FROM up JOIN statuses s ON s.id = up.id \
                   WHERE s.in_reply_to_id IS NOT NULL) SELECT id FROM up JOIN statuses USING (id)";
        let rows = pollster::block_on(event.db.query(Statement::new(sql).bind(status))).unwrap();
        self.kept.extend(rows.iter().map(|row| row.id("id").unwrap()));
    }

    /// What people here do in a day: favourites, bookmarks, boosts, answers; and what comes of it.
    fn live(&mut self) {
        self.look_again();
        let now = self.app.clock.now();
        // At the scale of one person this is seldom.
        let each = 100 * self.community.people / (self.community.scale * self.locals.len());
        for n in 0..self.locals.len() {
            let me = self.locals[n];
            if !self.dice.percent(each) {
                continue;
            }
            for what in [0, 1, 5, 7, 8, 9] {
                // Two favourites and a post of one's own; now and then the others.
                let often = [100, 100, 100, 100, 100, 20, 0, 50, 30, 100][what];
                if !self.dice.percent(often) {
                    continue;
                }
                let (status, author) = self.lately[self.dice.below(self.lately.len())];
                let event = self.app.ready();
                let id = event.new_id();
                let batch = match what {
                    0..=4 => {
                        vec![store::favourites::insert(
                            id,
                            me,
                            status,
                            Signed::ours(&format!("https://a.example/l/{id}")),
                        )]
                    }
                    5 => vec![
                        Statement::new(
                            "INSERT OR IGNORE INTO bookmarks (account_id, status_id, id) VALUES (?1, ?2, ?3)",
                        )
                        .bind(me)
                        .bind(status)
                        .bind(id),
                    ],
                    _ => {
                        let mine = Status {
                            id,
                            uri: format!("https://a.example/s/{id}"),
                            account_id: me,
                            is_local: true,
                            visibility: Visibility::Public,
                            content: format!("<p>{}</p>", self.dice.words(30)),
                            in_reply_to_id: (what < 8).then_some(status),
                            in_reply_to_account_id: (what < 8).then_some(self.authors[author]),
                            reblog_of_id: (what == 8).then_some(status),
                            created_at: now,
                            ..Status::default()
                        };
                        vec![store::statuses::insert(&mine)]
                    }
                };
                self.write(batch);
                self.keep(id);
                if what < 9 {
                    self.keep(status);
                }
            }
            // Ten notifications.
            let from = self.authors[self.dice.below(self.authors.len())];
            let event = self.app.ready();
            let ids: Vec<String> = (0..10).map(|_| event.new_id().to_string()).collect();
            self.app.db.run(&format!(
                "INSERT INTO notifications (id, account_id, type, from_account_id) \
                 SELECT value, {me}, 'favourite', {from} FROM json_each('[{}]')",
                ids.join(",")
            ));
        }
    }

    /// A run of retention, as cron has them; at this scale a run stands for several.
    fn tidy(&self, minute: i64) -> (u64, u64) {
        let event = self.app.ready();
        pollster::block_on(async {
            services::retention::statuses(&event).await.unwrap();
            if minute % 40 == 0 {
                services::retention::others(&event).await.unwrap();
            }
        });
        let cost = event.cost();
        (cost.rows_written, cost.rows_read)
    }

    fn fill(&self) -> (u64, Fill) {
        let event = self.app.ready();
        pollster::block_on(event.db.query(Statement::new("SELECT 1"))).unwrap();
        let size = event.meter.size().unwrap();
        (size, event.site().fill(Some(size)).unwrap())
    }

    /// A day with so many notes. Fails where the database passes 85 % at some hour.
    fn day(&mut self, notes: usize) -> Day {
        let mut day = Day::default();
        let mut left = notes / self.community.scale;
        for hour in 0..24 {
            let now = left.div_ceil(24 - hour);
            left -= now;
            if self.fill().1.thousandths < CLOSED {
                self.arrive(now);
            } else {
                self.closed += now;
            }
            for minute in (0..60).step_by(20) {
                let (written, read) = self.tidy(hour as i64 * 60 + minute);
                day.written += written;
                day.read += read;
                self.app.clock.advance(20 * MINUTE);
            }
            let (size, fill) = self.fill();
            assert!(fill.thousandths <= 850, "{}: {} thousandths", self.community.name, fill.thousandths);
            (day.size, day.thousandths) = (day.size.max(size), day.thousandths.max(fill.thousandths));
        }
        // New people whom somebody's notes have brought here.
        for _ in 0..(notes / self.community.scale / 60).max(1) {
            self.account();
        }
        self.live();
        // The pace of a full database, and what a run takes beyond its share: most where the search index merges its
        // segments, which is as much at any scale.
        let most = 40_000 / self.community.scale as u64 + 5_000;
        assert!(day.written <= most, "{} rows in a day", day.written);
        (day.statuses, day.accounts) = (
            self.app.count("SELECT count(*) AS n FROM statuses"),
            self.app.count("SELECT count(*) AS n FROM accounts"),
        );
        day
    }

    /// Nothing that must stay is lost.
    fn check(&self) {
        let ids: Vec<Id> = self.kept.iter().copied().collect();
        let event = self.app.ready();
        let missing = pollster::block_on(event.db.query(
            Statement::new("SELECT count(*) AS n FROM json_each(?1) j WHERE NOT EXISTS (SELECT 1 FROM statuses s WHERE s.id = j.value)")
                .bind_ids(&ids),
        ))
        .unwrap();
        assert_eq!(missing[0].int("n").unwrap(), 0, "lost, of {} that were to stay", ids.len());
        let authors = pollster::block_on(
            event.db.query(
                Statement::new("SELECT count(*) AS n FROM json_each(?1) j JOIN accounts a ON a.id = j.value")
                    .bind_ids(&self.authors),
            ),
        )
        .unwrap();
        assert_eq!(authors[0].int("n").unwrap(), self.authors.len() as i64);
    }
}

/// A table of months, in the numbers of the whole.
fn table(year: &mut Year, days: usize) -> String {
    let scale = year.community.scale as u64;
    let mut text = String::from(
        "| month | size, at most (MB) | of 500 MB | statuses | that stay | accounts | rows written by retention a day | at most | rows read by it a day |\n\
         |---|---|---|---|---|---|---|---|---|",
    );
    let mut month: Vec<Day> = Vec::new();
    for day in 1..=days {
        let notes = year.community.notes;
        month.push(year.day(notes));
        if day % 30 == 0 || day == days {
            year.check();
            let most = |of: fn(&Day) -> u64| month.iter().map(of).max().unwrap_or(0);
            let mean = |of: fn(&Day) -> u64| month.iter().map(of).sum::<u64>() / month.len() as u64;
            let last = month.last().copied().unwrap_or_default();
            write!(
                text,
                "\n| {} | {} | {} % | {} | {} | {} | {} | {} | {} |",
                day.div_ceil(30),
                most(|d| d.size) * scale / 1_000_000,
                most(|d| d.thousandths.unsigned_abs()) / 10,
                last.statuses * scale as i64,
                year.kept.len() as u64 * scale,
                last.accounts * scale as i64,
                mean(|d| d.written) * scale,
                most(|d| d.written) * scale,
                mean(|d| d.read) * scale,
            )
            .unwrap();
            month.clear();
        }
    }
    text
}

const PERSON: Community = Community { name: "a person", people: 1, followed: 500, notes: 2_000, scale: 25 };
const HUNDRED: Community =
    Community { name: "a hundred", people: 100, followed: 3_000, notes: 15_000, scale: 50 };

/// Simulates a year, or `SORI_DAYS`; `SORI_WRITE` writes the table of `mark`.
fn simulate(mark: &str, community: Community) {
    let days: usize = std::env::var("SORI_DAYS").ok().and_then(|n| n.parse().ok()).unwrap_or(365);
    let mut year = Year::new(community, 42);
    let table = table(&mut year, days);
    let arrived = (days * (year.community.notes / year.community.scale)).max(1);
    let table = format!(
        "{table}\n\nNotes that were to come again later, since the database was full: {} % ({} of {arrived} simulated ones; on a real \
         server they come again).",
        (100 * year.closed).div_ceil(arrived),
        year.closed
    );
    println!("{}\n{table}", year.community.name);
    if std::env::var_os("SORI_WRITE").is_some() {
        let page = std::fs::read_to_string("docs/cost.md").unwrap();
        std::fs::write("docs/cost.md", replaced(&page, mark, &table)).unwrap();
    }
}

#[test]
#[ignore = "npm run year"]
fn a_simulated_year_of_a_person() {
    simulate("year of a person", PERSON);
}

#[test]
#[ignore = "npm run year"]
fn a_simulated_year_of_a_hundred() {
    simulate("year of a hundred", HUNDRED);
}

#[test]
fn some_weeks_keep_within_the_bounds_and_lose_nothing_that_stays() {
    let mut year = Year::new(
        Community { people: 100, notes: 15_000, followed: 3_000, name: "some weeks", scale: 100 },
        7,
    );
    for _ in 0..12 {
        year.day(15_000);
    }
    year.check();
    let (_, fill) = year.fill();
    assert!(fill.thousandths > 550, "the room is used: {fill:?}");
    assert_eq!(year.closed, 0, "everything is received");
    // As many as the rows of a day allow, for some days.
    for _ in 0..2 {
        year.day(20_000);
    }
    year.check();
}
