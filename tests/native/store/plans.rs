//! Every statement of the store is run by some scenario, and its plan scans no table that grows. The
//! statements are found in the source, so that new ones are included.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sori::model::announcement;
use sori::model::audit::Target;
use sori::model::blocklist::{Blocklist, State, Wrong};
use sori::model::domain_block::{DomainAllow, DomainBlock, Severity};
use sori::model::id::Id;
use sori::model::import::{Chunk, Import, Kind, Removal};
use sori::model::live::{Gone, Listener};
use sori::model::notification::Kind as Notice;
use sori::model::page::Page;
use sori::model::person::{self, Origin, Sought};
use sori::model::role::{Role, RoleId};
use sori::model::rule::Rule;
use sori::model::scope::Scopes;
use sori::model::severance::Kind as Severed;
use sori::model::site_text::{Draft, Kind as OfText};
use sori::model::strike::{Preset, Strike};
use sori::model::takeout::{Piece, Volume};
use sori::model::webauthn::{Algorithm, PublicKey};
use sori::services;
use sori::store;
use sori::store::audit;
use sori::store::notifications::Told;
use sori::store::passkeys::NewPasskey;
use sori::store::sign_ins::SignedIn;
use sori::store::takeouts::Window;
use sori::store::tombstones::{Early, Relation, Signed, Undo};

use crate::app::{DAY, MINUTE, TestApp, settle};
use crate::scene::{READS, Scene, WRITES};

/// Tables that stay small.
const SMALL: &[&str] = &[
    "settings",
    "domains",
    "rules",
    "custom_emojis",
    "announcements",
    // Fifty at most.
    "warning_presets",
    // Of people here, for a few announcements.
    "announcement_reads",
    "trends",
    // By hand, by staff: at most two thousand, of which each read has a limit.
    "tags",
    "trend_reviews",
    // One row a day.
    "days",
    "relays",
    "domain_blocks",
    "domain_allows",
    // Ten subscriptions at most, in 32 rows each.
    "blocklists",
    "blocklist_chunks",
    "blocklist_waiting",
    // Hosts that a job is about to look at.
    "host_checks",
    "users",
    "jobs",
    "outbox",
    "budgets",
    // At most seven a person.
    "imports",
    // At most one a person.
    "takeouts",
    // At most a thousand.
    "applications",
    // At most five hundred.
    "ip_blocks",
    // At most two hundred.
    "spam_rules",
    // At most five hundred; looked through once a day.
    "held",
    // By hand, by staff.
    "email_domain_blocks",
    "canonical_email_blocks",
    // By hand; looked through once a day.
    "invites",
];

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The string literals of Rust source up to its tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or("");
    let (mut all, mut rest) = (Vec::new(), source.chars());
    while let Some(c) = rest.next() {
        match c {
            // Comments, and quotation marks in character literals.
            '/' if rest.as_str().starts_with('/') => while rest.next().is_some_and(|c| c != '\n') {},
            '\'' if rest.as_str().starts_with("\"'") => drop(rest.nth(1)),
            '"' => {
                let mut text = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => match rest.next() {
                            Some('\n') => {
                                let tail = rest.as_str().trim_start();
                                rest = tail.chars();
                            }
                            Some(escaped) => text.push(escaped),
                            None => break,
                        },
                        c => text.push(c),
                    }
                }
                all.push(text);
            }
            _ => {}
        }
    }
    all
}

/// The part of a literal that is in the statement as it runs: the longest one between `{…}`s.
fn fixed_part(literal: &str) -> String {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in literal.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            c if depth == 0 => parts.last_mut().unwrap().push(c),
            _ => {}
        }
        if c == '{' {
            parts.push(String::new());
        }
    }
    parts.iter().map(|p| single_spaced(p)).max_by_key(String::len).unwrap_or_default()
}

/// The files of a folder, recursively.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

/// (file, fixed part) of every SQL statement in src/store.
fn statements_in_source() -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for path in files(Path::new("src/store")) {
        let file = path.strip_prefix("src/store").unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        for literal in literals(&source) {
            let is_sql =
                ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|v| literal.starts_with(v));
            if is_sql {
                all.insert((file.clone(), fixed_part(&literal)));
            }
        }
    }
    all
}

/// Everything that was run on the scene and on a day between two servers.
fn exercised() -> TestApp {
    let day = crate::federation::daily_life::run();
    let scene = Scene::new();
    // A Pleroma type that Mastodon's description does not have.
    scene.alice.get("/api/v1/notifications?supported_types[]=pleroma:emoji_reaction");
    for path in READS {
        scene.alice.call("GET", &scene.fill(path), None);
    }
    for (method, path, sent) in WRITES {
        let sent = serde_json::from_str(&scene.fill(sent)).unwrap();
        scene.call(method, &scene.fill(path), Some(sent));
        scene.app.clock.advance(1000);
    }
    // Marks of a status that is hidden or absent are looked up by themselves.
    for what in ["unbookmark", "unfavourite", "unreblog"] {
        scene.alice.call("POST", &format!("/api/v1/statuses/7/{what}"), None);
    }
    scene.alice.call("DELETE", "/api/v1/pleroma/statuses/7/reactions/🎉", None);
    for path in further_requests() {
        scene.alice.call("GET", &scene.fill(path), None);
    }
    // A minute in which every scheduled task is due.
    scene.app.clock.advance(DAY - scene.app.clock.now().0 % DAY);
    // The rarer tasks have minutes of their own.
    for minutes in [0, 2, 38, 20] {
        scene.app.clock.advance(minutes * MINUTE);
        scene.app.tick();
    }
    settle(&[&scene.app]);
    // Reads whose anonymous form differs.
    for path in READS {
        scene.app.request("GET", &scene.fill(path), None, None);
    }
    asked_directly(&scene);
    transferred(&scene);
    taken_out(&scene);
    reviewed(&scene);
    scene.app.db.add_statements(&day.db.statements());
    scene.app
}

/// The statements of live streams.
fn told_of_live(scene: &Scene) {
    let nobody = Id(1);
    let streams = ["user", "hashtag fern", "list 1", "direct", "public:media"].map(String::from).to_vec();
    let listeners = [Listener { account: nobody, streams }];
    let gone = Gone { id: nobody, ..Gone::default() };
    let (bare, views) = store::streams::notifications(&[nobody]);
    let all = (
        store::streams::viewers(&listeners, nobody, str::to_owned),
        store::streams::viewers_of_gone(&listeners, &gone, str::to_owned),
        store::streams::filters_of(&[nobody]),
        (bare, views),
        store::streams::conversations(&[nobody], nobody),
    );
    pollster::block_on(store::load(&scene.app.db, all)).unwrap();
}

/// The statements of imports and exports, whose scenarios are of the pages.
fn transferred(scene: &Scene) {
    let (db, account) = (&scene.app.db, scene.alice.id);
    for (n, kind) in (1..).zip(Kind::ALL) {
        let import = Import {
            id: Id(n),
            account_id: account,
            kind,
            is_overwrite: true,
            total: 1,
            removal: Removal::Waits,
            pass: 0,
            created_at: scene.app.clock.now(),
            finished_at: None,
        };
        let chunk = Chunk { entries: vec![vec!["x".into()]], ..Chunk::default() };
        let mut batch = store::imports::insert(&import, std::slice::from_ref(&chunk));
        batch.extend(store::imports::save(import.id, &chunk));
        batch.extend(store::imports::next_pass(import.id, 0));
        // What is removed is that of nobody.
        batch.extend(store::imports::remove_extra(&Import { account_id: Id(1), ..import.clone() }));
        batch.extend(store::imports::retry_full(import.id));
        batch.extend(store::imports::finish(import.id, import.created_at));
        batch.extend(store::imports::stop(Id(1), import.id, import.created_at));
        batch.extend(store::imports::confirm(&Import { account_id: Id(1), ..import.clone() }));
        batch.extend([store::imports::delete_by_id(import.id), store::imports::delete(account, import.id)]);
        pollster::block_on(store::write(db, batch)).unwrap();
        let reads = (
            store::imports::by_id(import.id),
            store::imports::next_chunk(import.id),
            store::imports::has_later(import.id),
            store::imports::failures(account, kind),
            store::imports::export(account, kind),
        );
        pollster::block_on(store::load(db, reads)).unwrap();
    }
    let now = scene.app.clock.now();
    pollster::block_on(store::write(db, store::imports::tidy(now, now, now).to_vec())).unwrap();
    pollster::block_on(store::write(db, vec![store::jobs::again(Id(1), 0, now)])).unwrap();
    let reads = (
        store::imports::counts(account),
        store::imports::of(account),
        store::imports::followed_pages(account),
        store::statuses::brought::count(account),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
}

/// The statements of takeouts and of lists as feeds, whose scenarios are of the pages.
fn taken_out(scene: &Scene) {
    let (db, account, now) = (&scene.app.db, scene.alice.id, scene.app.clock.now());
    let run = |statements| drop(pollster::block_on(store::write(db, statements)).unwrap());
    let event = scene.app.ready();
    let alice = scene.app.account("alice");
    pollster::block_on(services::takeout::start(&event, &alice)).unwrap().unwrap();
    let known = pollster::block_on(store::load(db, store::takeouts::of(account))).unwrap().unwrap();
    let piece = Piece { volume: 1, name: "outbox.json".into(), text: "x".into() };
    run(store::takeouts::save(&known, &[piece], Id(7)));
    let pieces = pollster::block_on(store::load(db, store::takeouts::pieces(known.id))).unwrap();
    run(vec![store::takeouts::begin_file(Id(7), account, "k", now), store::takeouts::texts(known.id, 0, 9)]);
    run(store::takeouts::poured(&known, &pieces, Id(7), "k"));
    run(vec![store::takeouts::ready(&known, now)]);
    let window = Window { account, after: Id(0), until: known.id, limit: 9 };
    let reads = (
        store::takeouts::by_id(known.id),
        (window.last(), window.statuses(), window.parents(), window.files()),
        (store::takeouts::favourited(account, Id(0), 9), store::takeouts::bookmarked(account, Id(0), 9)),
        store::takeouts::contents(known.id, 1),
        store::takeouts::files(account, &Volume::default(), 9),
        store::takeouts::pictures(account),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
    run(store::takeouts::tidy(now).to_vec());
    run(store::takeouts::delete(account).to_vec());
    scene.app.db.run("DELETE FROM takeouts; DELETE FROM media WHERE id = 7");

    run(vec![
        store::list_feeds::publish(account, Id(1), "x", now),
        store::list_feeds::find(Id(1), now, now, 9),
    ]);
    run(vec![store::list_feeds::stop(account, Id(1))]);
    let reads = (
        store::list_feeds::of(account),
        store::list_feeds::by_key("x"),
        store::list_feeds::statuses("x", 9),
        store::list_feeds::members(account),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
}

/// The statements of staff.
fn of_staff(scene: &Scene) {
    let (db, nobody) = (&scene.app.db, Id(1));
    let run = |statements| drop(pollster::block_on(store::write(db, statements)).unwrap());
    for of in [audit::Of::All, audit::Of::By(nobody), audit::Of::About(nobody)] {
        pollster::block_on(store::load(db, audit::before(nobody, of, 5))).unwrap();
    }
    run(vec![audit::insert(nobody, nobody, "test", &Target::new("role", nobody, "x"), "")]);
    let role = Role { id: RoleId(7), name: "Seventh".into(), ..Role::default() };
    run(vec![store::roles::store(&role, 5)]);
    run(store::roles::delete(role.id));
    let now = scene.app.clock.now();
    run(store::statuses::mark_sensitive(nobody, &[nobody], now));
    run(vec![
        store::people::disable(nobody, None),
        store::people::silence(nobody, None),
        store::people::sensitize(nobody, None),
        store::people::set_role(nobody, 1),
        store::notifications::delete_kinds(Told::PersonOf(nobody), &[Notice::AdminReport]),
        store::notifications::delete_kinds(Told::Role(RoleId(1)), &[Notice::AdminReport]),
        store::people::add_note(nobody, nobody, nobody, "x", 5),
        store::strikes::insert(&Strike {
            id: Id(9),
            target: scene.app.account("alice"),
            ..Strike::default()
        }),
        store::strikes::tell(Id(9), &Strike::default()),
        store::strikes::appeal(nobody, nobody, "x", now),
        store::strikes::decide(nobody, true, now),
        store::reports::assign(nobody, None),
        store::reports::resolve(nobody, None, now),
        store::reports::update(nobody, "other", &[]),
        store::jobs::delete_of("expire", "x"),
    ]);
    let preset = Preset { id: Id(60), title: "x".into(), text: "y".into() };
    run(vec![
        store::presets::insert(&preset, 5),
        store::presets::update(&preset),
        store::presets::delete(nobody),
    ]);
    let rule = Rule { id: Id(61), text: "x".into(), ..Rule::default() };
    run(vec![
        store::rules::insert(&rule, 50),
        store::rules::update(&rule),
        store::rules::shift(rule.id, true),
        store::rules::delete(rule.id),
    ]);
    let told = announcement::Draft { text: "x".into(), ..announcement::Draft::default() };
    run(vec![
        store::announcements::insert(Id(62), &told, "x", None, now, 50),
        store::announcements::update(Id(62), &told, "x", now),
        store::announcements::publish(Id(62), now, now),
        store::announcements::tell(Id(62), now),
        store::announcements::withdraw(Id(62), now),
        store::announcements::unpublish(Id(62)),
        store::announcements::delete(Id(62)),
    ]);
    let reads = (
        (store::presets::all(), store::presets::by_id(nobody)),
        (store::announcements::all(5), store::announcements::by_id(nobody)),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
    let (terms, draft) = (OfText::Terms, Draft::default());
    run(vec![
        store::site_texts::keep(Id(50), terms, &draft),
        store::site_texts::drop_draft(terms),
        store::site_texts::publish(Id(51), terms, &draft, now),
        store::site_texts::withdraw(terms, now, now),
    ]);
    let reads = (
        (store::site_texts::current(terms, now), store::site_texts::of_date(terms, now)),
        (store::site_texts::dates(terms, 5), store::site_texts::draft(terms)),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
    run(store::memorial::begin(nobody, now));
    run(store::memorial::end(nobody));
    let reads = (
        (store::people::by_ids(&[nobody]), store::people::notes(nobody, 5), store::people::waiting()),
        (store::strikes::of(nobody, 5), store::strikes::by_id(nobody), store::strikes::appealed(5)),
        store::strikes::of_notifications(nobody, &[nobody]),
        (store::reports::by_id(nobody), store::users::reported(nobody)),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
    let page = Page::first(5);
    for is_resolved in [true, false] {
        for (by, about) in [(None, None), (Some(nobody), None), (None, Some(nobody))] {
            let sought = store::reports::Sought { is_resolved, by, about };
            pollster::block_on(store::load(db, store::reports::list(sought, &page))).unwrap();
        }
    }
    for origin in [Origin::Local, Origin::Remote, Origin::Any] {
        let states = person::State::ALL.into_iter().map(Some).chain([None]);
        for state in states {
            let sought = Sought { origin, state, ..Sought::default() };
            pollster::block_on(store::load(db, store::people::list(&sought, &page))).unwrap();
        }
        let text = Some("x".to_owned());
        let sought = Sought { origin, username: text.clone(), ..Sought::default() };
        pollster::block_on(store::load(db, store::people::list(&sought, &page))).unwrap();
        let sought = Sought {
            origin,
            display_name: text.clone(),
            domain: text.clone(),
            email: text,
            roles: Some(vec![RoleId::ADMIN]),
            ..Sought::default()
        };
        pollster::block_on(store::load(db, store::people::list(&sought, &page))).unwrap();
    }
}

/// The statements of signing in.
/// What staff says of trends, and the numbers that it sees.
fn reviewed(scene: &Scene) {
    use sori::model::measure::{Count, Period};
    use sori::model::tag::Change;
    use sori::model::trend::{Kind, Reviewed, Shown};
    use sori::store::measures::Ranked;
    let (db, nobody, now) = (&scene.app.db, Id(1), scene.app.clock.now());
    for reviewed in
        [Reviewed::Status(nobody), Reviewed::Account(nobody), Reviewed::Link("x"), Reviewed::Publisher("x")]
    {
        pollster::block_on(store::write(db, vec![store::trends::set_trendable(reviewed, false, now)]))
            .unwrap();
    }
    let mut batch: Vec<_> = [Kind::Tag, Kind::Status, Kind::Link].map(store::trends::judge).into();
    batch.extend([store::tag_rules::put("x", &Change::default(), now), store::users::note_seen(nobody, 1)]);
    batch.extend(store::trends::forget_reviews(now));
    batch.extend(store::trends::count(now, true));
    batch.push(store::measures::count_day(20_000));
    batch.extend(store::measures::forget_before(20_000));
    pollster::block_on(store::write(db, batch)).unwrap();
    let names = vec!["x".to_owned()];
    pollster::block_on(async {
        for shown in [Shown::All, Shown::Unrefused, Shown::Approved] {
            let parts = (
                store::trends::links(shown, 5, 0),
                store::trends::statuses(Some(nobody), shown, 5, 0),
                store::trends::tags(Some(nobody), shown, 5, 0),
            );
            store::load(db, parts).await.unwrap();
        }
        let reviews = (store::trends::decisions(Kind::Link), store::trends::reviews("link"));
        store::load(db, (reviews, store::trends::hosts(), store::trends::link("x"))).await.unwrap();
        let rules = (store::tag_rules::of(&names), store::tag_rules::of_trends(), store::tag_rules::all());
        store::load(db, (rules, store::tag_rules::names(), store::tags::listed(&names, nobody, now)))
            .await
            .unwrap();
        let period = Period { first: 20_000, last: 20_006 };
        for count in [
            Count::NewUsers,
            Count::OpenedReports,
            Count::ResolvedReports,
            Count::TagAccounts,
            Count::TagUses,
            Count::TagServers,
            Count::InstanceAccounts,
            Count::InstanceReports,
            Count::InstanceStatuses,
            Count::InstanceFollows,
            Count::InstanceFollowers,
        ] {
            store::load(db, store::measures::counted(count, "b.example", period)).await.unwrap();
        }
        for what in [
            Ranked::Languages,
            Ranked::Sources,
            Ranked::Servers,
            Ranked::TagServers("x"),
            Ranked::TagLanguages("x"),
            Ranked::InstanceAccounts("b.example"),
            Ranked::InstanceLanguages("b.example"),
        ] {
            store::load(db, store::measures::ranked(what, period, 5)).await.unwrap();
        }
        let parts = (
            store::measures::presence(1, 2),
            store::measures::newcomers(period),
            store::measures::interactions_by_day(period, 20_005),
            store::measures::last_day(),
            store::measures::media_bytes(),
        );
        store::load(db, parts).await.unwrap();
    });
}

fn signed_in_by_all_ways(scene: &Scene) {
    let (db, nobody, now) = (&scene.app.db, Id(1), scene.app.clock.now());
    let run = |statements| drop(pollster::block_on(store::write(db, statements)).unwrap());
    let key = PublicKey { algorithm: Algorithm::Es256, bytes: vec![4; 65] };
    let new = NewPasskey {
        id: nobody,
        person: nobody,
        credential: b"x",
        rp: "a.example",
        key: &key,
        counter: 0,
        challenged_at: now,
        name: "x",
    };
    run(vec![store::passkeys::is_full(nobody, b"x", 10)]);
    run(vec![store::passkeys::insert(&new, 10, now), store::passkeys::note_use(nobody, now, 1, now)]);
    run(vec![store::passkeys::rename(nobody, nobody, "y"), store::passkeys::delete(nobody, nobody)]);
    run(vec![store::second_steps::begin(nobody, b"x".to_vec(), now)]);
    run(vec![
        store::second_steps::use_step(nobody, 1, false),
        store::second_steps::use_code(nobody, b"x".to_vec()),
    ]);
    run(store::second_steps::replace_codes(nobody, vec![b"x".to_vec(), b"y".to_vec()]));
    run(vec![store::second_steps::delete(nobody)]);
    let one = SignedIn { id: nobody, browser: "x".into(), way: "password".into(), created_at: now };
    run(store::sign_ins::insert(nobody, &one, nobody, true));
    run(vec![store::sign_ins::dismiss(nobody, vec![0; 32], now, nobody)]);
    run(vec![
        store::resets::insert(nobody, vec![0; 32], true, nobody, now.plus(1)),
        store::resets::delete_old(now),
    ]);
    let given = store::resets::Given { token_hash: &[0; 32], roles: &[2, 3], now };
    run(given.redeem("x", true));
    run(vec![
        store::resets::insert_mailed(Some(nobody), "x@b.example", vec![0; 32], now, now),
        store::jobs::start_mail_of_link(vec![0; 32], (Id(91), "x@b.example", "x"), now),
    ]);
    run(store::resets::end_of(nobody).into());
    run(store::users::change_email(nobody, None, "x@b.example"));
    let reads = (
        (store::passkeys::of_person(nobody, 10), store::passkeys::verifier(b"x", "a.example")),
        (store::passkeys::owner(b"x"), store::second_steps::of_person(nobody)),
        (store::sign_ins::of_person(nobody), store::sign_ins::told_to(nobody, vec![0; 32], now)),
        (given.owner(), store::resets::owned("x", &["a.example".into()])),
        (store::resets::addressee("x@b.example"), store::users::email_of(nobody)),
        store::sessions::login_by_id(nobody),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
    scene.app.db.run("DELETE FROM sign_ins WHERE person = 1");
}

/// Blocks of domains, lists of them, and what they end.
fn blocks(scene: &Scene) {
    let (db, nobody, now) = (&scene.app.db, Id(1), scene.app.clock.now());
    let run = |statements| drop(pollster::block_on(store::write(db, statements)).unwrap());
    let domain = "x.example";
    let block = DomainBlock {
        id: Id(5),
        domain: domain.into(),
        severity: Severity::Suspend,
        created_at: now,
        ..DomainBlock::default()
    };
    let list = Blocklist {
        id: Id(6),
        url: Some("https://lists.example/".into()),
        name: "x".into(),
        max_severity: Severity::Suspend,
        state: State::Active,
        entries: 0,
        unreadable: 0,
        etag: String::new(),
        next_at: now,
        refreshed_at: None,
        error: String::new(),
    };
    run(vec![
        store::domain_blocks::put(&[block]),
        store::host_checks::touch(&[domain]),
        store::host_checks::touch_all(),
        store::host_checks::mark(&[(nobody, vec![domain], vec![domain])]),
        store::domain_allows::insert(&DomainAllow { id: Id(5), domain: domain.into(), created_at: now }),
        store::domain_allows::delete(Id(5)),
        store::blocklists::insert(&list, 10),
        store::blocklists::put_off(nobody, now),
        store::blocklists::refreshed(nobody, None, now),
        store::blocklists::refreshed(nobody, Some((1, 1, "x")), now),
        store::blocklists::failed(nobody, Wrong::Empty),
        store::blocklists::keep(Id(6), &[(1, "")]),
        store::blocklists::stage(Id(6), &[(1, "")]),
        store::blocklists::stage_again(),
        store::blocklists::stage_bucket(1),
        store::blocklists::delete_file(nobody),
        store::blocklists::forget_files(now.plus(-1_000_000_000_000)),
        store::blocklists::wait(&[], now),
        store::blocklists::confirm(domain),
        store::blocklists::wait_no_more(&[domain]),
        store::severances::forget(now.plus(-1_000_000_000_000)),
    ]);
    run(store::host_checks::sever(&[nobody]));
    run(store::host_checks::mark_inboxes(&[(domain, vec![domain])]));
    run(store::host_checks::advance(&[], Some((domain, "", "x"))));
    run(store::severances::record(nobody, Severed::DomainBlock, &[(nobody, domain, now)], Some(nobody)));
    run(store::blocklists::drop_list(Id(6)));
    run(store::blocklists::take_file(nobody, &[(1, "x")]));
    run(store::blocklists::settle(&[]));
    let page = Page::first(5);
    pollster::block_on(async {
        store::load(db, store::domain_blocks::page(&page)).await.unwrap();
        store::load(db, store::domain_blocks::search("x", "", 5)).await.unwrap();
        store::load(db, store::domain_blocks::by_id(nobody)).await.unwrap();
        store::load(db, store::domain_blocks::above(domain)).await.unwrap();
        store::load(db, (store::domain_allows::all(), store::domain_allows::page(&page))).await.unwrap();
        store::load(db, store::domain_allows::by_id(nobody)).await.unwrap();
        store::load(db, store::domain_allows::by_domain(domain)).await.unwrap();
        store::load(db, (store::host_checks::ties(&[domain]), store::host_checks::tied(&[domain], 5)))
            .await
            .unwrap();
        store::load(db, store::host_checks::ties_of_others()).await.unwrap();
        store::load(db, (store::host_checks::due(5), store::host_checks::accounts(5, 5))).await.unwrap();
        store::load(db, store::host_checks::suspensions(&[vec![domain]])).await.unwrap();
        store::load(db, (store::blocklists::all(), store::blocklists::by_id(nobody))).await.unwrap();
        store::load(db, (store::blocklists::due(now), store::blocklists::buckets_of(nobody))).await.unwrap();
        store::load(db, (store::blocklists::next_bucket(), store::blocklists::waiting())).await.unwrap();
        store::load(db, store::blocklists::waiting_of(&[domain])).await.unwrap();
        store::load(db, (store::severances::within(nobody, &page), store::severances::by_ids(&[nobody])))
            .await
            .unwrap();
        store::load(db, (store::severances::of(nobody, 5), store::severances::lines(nobody, nobody, true)))
            .await
            .unwrap();
    });
    run(vec![store::domain_blocks::delete(&[domain], false), store::domain_blocks::delete(&[domain], true)]);
    db.run("DELETE FROM host_checks");
}

/// Composed statements whose scenarios are elsewhere: they are run here without effect.
/// Sign-ups, and who is kept from them.
fn signed_up(scene: &Scene) {
    use sori::model::address::Network;
    use sori::model::page::Page;
    use sori::model::sign_up::{Application, Invite, IpRule, IpSeverity};
    use sori::model::time::Time;
    use sori::store::email_blocks::EmailDomain;
    use sori::store::ip_blocks::IpBlock;
    let app = scene.app.ready();
    let run = |batch| drop(pollster::block_on(store::write(&app.db, batch)));
    let (id, page, now) = (Id(5), Page::first(20), app.now());
    let application = Application {
        id,
        domain_id: app.primary().id,
        username: "newcomer".into(),
        email: Some("n@mail.example".into()),
        locale: "en".into(),
        ..Application::default()
    };
    let invite = Invite { id, code: "code".into(), account_id: scene.alice.id, ..Invite::default() };
    let rule = IpRule {
        network: Network::parse("10.0.0.0/8").unwrap(),
        severity: IpSeverity::NoSignUp,
        expires_at: None,
    };
    let block = IpBlock { id, rule, comment: String::new() };
    let domain = EmailDomain { id, domain: "bad.example".into(), allows_with_approval: false };
    run(vec![store::applications::insert(&application, "x", 9)]);
    run(vec![store::invites::insert(&invite, 9, now)]);
    run(vec![
        store::ip_blocks::insert(&block, 9),
        store::ip_blocks::update(&block),
        store::ip_blocks::publish(),
    ]);
    run(vec![
        store::email_blocks::insert_domain(&domain, 9),
        store::email_blocks::insert_canonical(id, "x", 9),
    ]);
    let domains = vec![scene.app.host.clone()];
    let _ = pollster::block_on(store::load(
        &app.db,
        (
            (
                store::applications::by_id(id),
                store::applications::waiting(&page),
                store::applications::count(),
            ),
            (
                store::applications::login("newcomer", &domains, "n@mail.example"),
                store::applications::email_state("n@mail.example", "x"),
                store::users::staff_names(&[1, 2, 3]),
            ),
            (
                store::invites::by_code("code"),
                store::invites::by_id(id),
                store::invites::newest(None, 9),
                store::invites::newest(Some(id), 9),
            ),
            (
                store::email_blocks::domains(&page),
                store::email_blocks::domain(id),
                store::email_blocks::canonical(&page),
            ),
            (store::email_blocks::canonical_by_id(id), store::email_blocks::canonical_by_hash("x")),
            (store::ip_blocks::page(&page), store::ip_blocks::by_id(id)),
        ),
    ))
    .unwrap();
    run(vec![
        store::budgets::take("x", 1, 1),
        store::budgets::take_where("y", 1, 1, ("x", 1)),
        store::invites::count_use(id),
        store::invites::end(id, None, now),
        store::invites::delete_unused(Time(0)),
        store::applications::confirm(id, "x"),
        store::applications::approve(id),
        store::applications::change_email(id, "m@mail.example", true),
        store::applications::adopt_tokens(id, scene.alice.id),
        store::applications::delete_unconfirmed(Time(0)),
        store::applications::forget_addresses(Time(0)),
        store::users::note_sign_up(id, "10.0.0.1", None),
        store::users::notify_of_sign_up(id, scene.alice.id, &[1, 2, 3]),
        store::site::note_staff(1),
        store::applications::delete(id),
        store::email_blocks::delete_domain(id),
        store::email_blocks::delete_canonical(id),
        store::ip_blocks::delete_ended(Time(0)),
        store::ip_blocks::delete(id),
    ]);
    run(store::site::return_to_approval(0, now));
}

/// Rules against spam, and what waits for staff.
fn held(scene: &Scene) {
    use sori::model::spam::Rule;
    use sori::model::time::Time;
    use sori::store::held::New;
    let app = scene.app.ready();
    let run = |batch| drop(pollster::block_on(store::write(&app.db, batch)).unwrap());
    let (id, now, alice) = (Id(5), app.now(), scene.alice.id);
    let rule = Rule { id, text: "pills".into(), ..Rule::default() };
    let new = New {
        id,
        uri: "https://b.example/1".into(),
        account_id: alice,
        host: "b.example".into(),
        ..New::default()
    };
    run(vec![
        store::spam_rules::insert(&rule, 9),
        store::spam_rules::publish(),
        store::spam_rules::count(&[(id, 1)], now),
        store::held::insert(&new),
        store::budgets::add_up_to("x", 1, 1, 5),
    ]);
    let reads = (
        (store::spam_rules::all(), store::held::reason("x", id), store::held::by_id(id)),
        (store::held::page(&Page::first(20)), store::held::to_receive("x")),
        (store::held::without_tie(id, &[alice, id]), store::held::is_followed(id)),
    );
    pollster::block_on(store::load(&app.db, reads)).unwrap();
    run(vec![
        store::held::let_through(Id(1)),
        store::held::received("x"),
        store::held::withdraw("x", id),
        store::held::delete_expired(Time(0)),
    ]);
    run(store::held::drop_of(id, true, now));
    run(store::held::drop_of(id, false, now));
    // About nobody: nothing is inserted.
    let quiet = store::held::begin_quiet(id, alice, alice, "", Time(0), Time(1));
    run(quiet.into_iter().skip(1).collect());
    scene.app.db.run("INSERT INTO settings (key, value) VALUES ('quiet_mode', 'on')");
    run(store::held::begin_quiet(id, alice, alice, "", Time(0), Time(1)).into_iter().take(1).collect());
    run(vec![
        store::spam_rules::delete(id),
        store::site::unset("quiet_mode"),
        store::site::unset("quiet_until"),
    ]);
    app.shared.forget_site();
}

fn asked_directly(scene: &Scene) {
    let (db, nobody) = (&scene.app.db, Id(1));
    let run = |statements| drop(pollster::block_on(store::write(db, statements)).unwrap());
    told_of_live(scene);
    of_staff(scene);
    signed_in_by_all_ways(scene);
    signed_up(scene);
    held(scene);
    run(store::moves::copy_notes_and_mutes(nobody, nobody, nobody, ["a", "b"]));
    for is_request in [true, false] {
        run(vec![store::moves::move_follow(is_request, nobody, nobody, nobody, "x", nobody)]);
    }
    pollster::block_on(store::load(db, store::site::settings())).unwrap();
    pollster::block_on(store::load(db, (store::doctor::failing(5), store::doctor::people()))).unwrap();
    pollster::block_on(store::load(db, store::push::addresses(nobody, 3))).unwrap();
    pollster::block_on(store::load(db, store::push::of_session(vec![0; 32]))).unwrap();
    pollster::block_on(store::load(db, store::lists::with_membership(nobody, nobody))).unwrap();
    pollster::block_on(store::load(db, store::follows::is_awaited(nobody, scene.app.clock.now()))).unwrap();
    blocks(scene);
    let now = scene.app.clock.now();
    run(vec![
        store::cards::delete_of_domain("y.example"),
        store::cards::keep("x", &Default::default(), None, now),
        store::cards::remove("x", now),
        store::cards::keep_failure("x", now),
        store::cards::job(sori::model::budget::By::Us, nobody, "x", now),
        store::jobs::delete(nobody),
    ]);
    run(store::cards::tidy(now, 0, 1, ("", 1)).into());
    pollster::block_on(store::load(db, store::cards::seen("", 1))).unwrap();
    let tombstone = ("x".to_owned(), 0);
    run(vec![
        store::tombstones::forget(&tombstone, 5, now),
        store::tombstones::forget_early(nobody, nobody, now),
        store::retention::forget_inboxes(5),
    ]);
    let reads = (store::tombstones::seen(&tombstone, 5), store::inboxes::servers(nobody));
    pollster::block_on(store::load(db, reads)).unwrap();
    let window = store::retention::Window { before: nobody, floor: Id(0), count: 5 };
    let old = store::retention::Old { status: nobody, stored: now, unanswered: nobody };
    run(vec![
        store::retention::forget_statuses(window, old),
        store::retention::trim_favourites(window, 5),
        store::retention::trim_reactions(window, old, 5),
        store::retention::mark_mentioned(window, 1),
        store::retention::mark_accounts(&[nobody]),
        store::retention::forget_accounts(Id(0), 1, sori::model::time::Time(0), 1),
        store::retention::forget_notifications(sori::model::time::Time(0), 5),
        store::retention::keep_progress(&Default::default()),
        store::cleanup::set(nobody, None),
        store::cleanup::set_today((0, 0, 0)),
    ]);
    let turn =
        store::cleanup::Turn { user: nobody, account: nobody, cleanup: Default::default(), after: nobody };
    run(vec![store::cleanup::advance(&turn, nobody, now)]);
    let reads =
        (store::cleanup::next(now), store::cleanup::old(&turn, nobody, 5), store::cleanup::of(nobody));
    pollster::block_on(store::load(db, reads)).unwrap();
    let seen = (store::retention::seen(window), store::retention::seen_accounts(Id(0), 1));
    pollster::block_on(store::load(db, seen)).unwrap();
    run(store::statuses::replace_links(&Default::default(), &[]).into());
    run(store::accounts::delete_remote(Id(2)));
    run(store::ties::end_all(&[], scene.app.clock.now()));
    run(vec![store::reports::receive(nobody, "x", &[], 1, scene.app.clock.now())]);
    run(store::ties::accept_all(nobody, &[], scene.app.clock.now()));
    pollster::block_on(store::load(db, store::ties::waiting(nobody, nobody, 9))).unwrap();
    run(vec![store::attempts::take_back(&[]), store::quotes::drop_unseen_stamps(nobody, nobody)]);
    let now = scene.app.clock.now();
    for relation in [
        Relation::Follow(nobody),
        Relation::Block(nobody),
        Relation::Like(nobody),
        Relation::Reaction(nobody, "x"),
    ] {
        run(vec![store::tombstones::undone(nobody, relation, Undo { uri: Some("x"), at: now })]);
    }
    for early in [Early::All, Early::Newest, Early::Nothing] {
        run(store::tombstones::withdrawn("x", nobody, now, early));
    }
    let settled = store::push::Settled {
        done: vec![nobody],
        later: vec![(nobody, now, true)],
        gone: vec![nobody],
        failed: vec![(nobody, now)],
    };
    run(store::lists::place(nobody, nobody, &[(nobody, nobody)]).into());
    run(store::push::settle(&settled, now));
    run(vec![store::push::leave(&[nobody], now), store::push::find_lost(now, true)]);
    run(vec![
        store::marks::unpin_by_uri(nobody, "x"),
        store::notifications::withdraw_follows_by(nobody),
        store::quotes::accept_ours("x", nobody, nobody, "y"),
        store::threads::count_found("x", &[]),
    ]);
    run(store::threads::outbox_job(nobody, nobody, "x", now, now));
    pollster::block_on(store::load(db, store::push::added(&[nobody], now))).unwrap();
    let reads = (
        store::jobs::take(sori::model::time::Time(0), false, ""),
        store::statuses::visible_of_notification(nobody, nobody),
    );
    pollster::block_on(store::load(db, reads)).unwrap();
    run(vec![store::tombstones::follow_ends_by_block(nobody, nobody, now)]);
    run(store::tombstones::follow_refused(nobody, Signed { uri: "x", at: now }).into());
    let file = sori::model::media::Stored::default();
    let emoji = sori::store::emojis::Custom {
        shortcode: "x".into(),
        url: String::new(),
        static_url: String::new(),
        category: None,
        is_visible: true,
        updated_at: now,
    };
    run(store::emojis::insert(&emoji, nobody, nobody, &file, &[], 0));
    run(vec![store::emojis::update("x", None, true)]);
    run(store::emojis::delete("x"));
    run(store::outbox::dissolve_chunks(nobody, 5, scene.app.clock.now()));
    run(store::polls::refused(&[], scene.app.clock.now()).into());
    run(vec![
        store::threads::keep_counts("x", nobody, [Some(1), None, None]),
        store::threads::keep_people_counts(nobody, [Some(1), None, None]),
    ]);
    run(vec![
        store::domains::reopen(nobody),
        store::domains::verify(nobody, now),
        store::domains::make_primary(nobody),
        store::domains::set_open(nobody, false),
        store::domains::end(nobody, now),
        store::domains::delete_unused(nobody),
        store::sessions::leave(vec![0; 32]),
        store::sessions::switch(vec![0; 32], vec![1; 32], nobody),
        store::users::keep_email(nobody, "x@x.example"),
    ]);
    run(store::users::change_password(nobody, "x", vec![0; 32]));
    run(vec![
        store::users::update_taste(nobody, &sori::model::user::Taste::default()),
        store::sessions::end(nobody, None, vec![0; 32]),
        store::tokens::delete_of_person(nobody, nobody),
        store::tokens::note_use(vec![0; 32], 1),
    ]);
    pollster::block_on(async {
        store::load(
            db,
            (store::domains::people(nobody, 5), store::domains::counts(), store::users::identities(nobody)),
        )
        .await
        .unwrap();
        let here = ["a.example".to_owned()];
        let parts = (
            store::accounts::is_deleted("nobody", &here),
            store::follows::hides_from("nobody", &here, nobody),
        );
        store::load(db, parts).await.unwrap();
        store::load(db, store::media::by_id(nobody, nobody)).await.unwrap();
        store::load(db, store::media::by_ids(&[nobody], nobody)).await.unwrap();
        store::load(db, store::media::by_owners(&[nobody], nobody)).await.unwrap();
        let (of_statuses, of_accounts) = store::emojis::remote("fern", "b.example");
        store::load(db, (of_statuses, of_accounts, store::emojis::by_shortcode("fern"))).await.unwrap();
        store::load(db, store::moves::local_followers(nobody, 5)).await.unwrap();
        store::load(db, store::moves::local_blockers(nobody, nobody, nobody, 5)).await.unwrap();
        store::load(db, store::inboxes::followers_behind(nobody, nobody, nobody, 5)).await.unwrap();
        store::load(db, store::relays::all()).await.unwrap();
        store::load(db, (store::push::news(&[nobody]), store::push::statuses_of(&[nobody]))).await.unwrap();
        store::load(db, (store::domain_blocks::all(), store::domain_blocks::public())).await.unwrap();
        let (subject, now) = (store::attempts::Subject { place: 1, key: 1 }, scene.app.clock.now());
        store::load(db, store::attempts::waits_until(&[], subject, now)).await.unwrap();
        store::load(db, store::attempts::count(&[], subject, now)).await.unwrap();
        store::load(db, store::domain_blocks::severity_of(&[&"a.".repeat(20)])).await.unwrap();
        store::load(db, store::sessions::login("nobody", &["a.example".into()], "x")).await.unwrap();
        store::load(db, store::sessions::user(vec![0; 32], scene.app.clock.now())).await.unwrap();
        store::load(db, store::sessions::viewer(vec![0; 32], Scopes::default(), scene.app.clock.now()))
            .await
            .unwrap();
        store::load(db, store::sessions::series(vec![0; 32])).await.unwrap();
        store::load(db, store::sessions::of_person(nobody, vec![0; 32], now, 5)).await.unwrap();
        store::load(db, store::tokens::of_person(nobody, 5)).await.unwrap();
    });
}

/// Reads with every parameter that changes the statement.
fn further_requests() -> &'static [&'static str] {
    &[
        "/api/v1/timelines/home?min_id=5",
        "/api/v1/timelines/public?local=true&only_media=true&max_id=9007199254740000",
        "/api/v1/timelines/public?remote=true&min_id=5",
        "/api/v1/timelines/tag/fern?any[]=moss&all[]=x&none[]=y&local=true&only_media=true&since_id=5",
        "/api/v1/timelines/list/<list>?min_id=5",
        "/api/v1/timelines/direct?min_id=5",
        "/api/v1/accounts/<bob>/statuses?only_media=true&exclude_replies=true&exclude_reblogs=true&tagged=fern&min_id=5",
        "/api/v1/accounts/<me>/followers?since_id=5&max_id=9007199254740000",
        "/api/v1/accounts/search?q=bob&following=true",
        "/api/v1/bookmarks?min_id=5",
        "/api/v1/favourites?min_id=5",
        "/api/v1/conversations?min_id=5",
        "/api/v1/notifications?min_id=5&types[]=mention&account_id=<bob>",
        "/api/v1/notifications?exclude_types[]=mention&max_id=9007199254740000",
        "/api/v2/notifications?min_id=5&grouped_types[]=favourite",
        "/api/v2/notifications?max_id=9007199254740000",
        "/api/v1/directory?order=new&local=true",
        "/api/v1/directory?order=active&offset=2",
        "/api/v2/search?q=%EA%B3%A0%EC%82%AC%EB%A6%AC&type=statuses",
        "/api/v2/search?q=ab&type=statuses",
        "/api/v2/search?q=has:poll&type=statuses",
        "/api/v2/search?q=from:me+has:poll&type=statuses",
        "/api/v2/search?q=hello+from:bob+has:poll+before:2030-01-01+after:2020-01-01+is:reply+language:en&type=statuses",
        "/api/v2/search?q=in:library+tea&type=statuses&min_id=5",
        "/api/v2/search?q=%23fern&type=hashtags",
        "/api/v2/search?q=https%3A%2F%2Fa.example%2F%40alice",
        "/api/v1/scheduled_statuses?min_id=5",
    ]
}

/// Which statements scan a table that grows, and why they may.
const ALLOWED: &[(&str, &str)] = &[
    ("max(d.attempts) AS attempts, d.last_error AS last_error FROM", "the oldest hundred, for the operator"),
    ("(SELECT max(cron_at) FROM usage WHERE hour >= ?1) AS cron_at", "a hundred waiting deliveries at most"),
    ("SELECT v.me AS me, v.stream AS stream FROM (SELECT CAST(?2", "one row of parameters: a deleted status"),
    ("SELECT a.domain_id AS domain_id, count(*) AS n FROM users u", "the operator's page of domains"),
    (
        "SELECT a.username AS username FROM users u CROSS JOIN accounts a ON a.id = u.account_id AND a.domain_id",
        "the operator's page of a domain",
    ),
    ("DELETE FROM domains WHERE id", "for each domain that is given up: whether somebody ever lived there"),
    ("INSERT INTO domains", "for each domain that is added: what refers to it"),
    ("UPDATE domains SET ended_at = ?2", "for each domain that is given up: whether somebody lives there"),
    ("DELETE FROM users WHERE account_id", "once for each deleted account: what refers to it"),
    (
        "UPDATE outbox SET to_inboxes = (SELECT json_group_array(inboxes.id) FROM inboxes",
        "every server gets an account's Delete",
    ),
    ("DELETE FROM cards WHERE (iif(", "once for each server that the operator blocks"),
    ("DELETE FROM attempts WHERE last_at <", "once a day, a table of a fixed size"),
    ("AS (SELECT min(uri) FROM accounts", "once for each change of blocks: a row for each host"),
    ("SELECT 'domain_count', count(DISTINCT domain) FROM inboxes", "once a day"),
    ("DELETE FROM authorization_codes WHERE expires_at <", "once a day, codes of ten minutes"),
    ("DELETE FROM password_resets WHERE expires_at <", "once a day, at most one a person"),
    ("DELETE FROM idempotency_keys WHERE created_at <", "once a day, keys of that day"),
    ("DELETE FROM sessions WHERE expires_at <", "once a day, an entry for each browser"),
    ("DELETE FROM inboxes WHERE id IN (SELECT i.id FROM inboxes i", "once a day"),
    ("DELETE FROM apps WHERE id IN", "once a day, codes of ten minutes"),
    (
        "UPDATE accounts SET is_mentioned = ?4 WHERE is_mentioned < ?4 AND domain_id IS NULL AND id IN (SELECT json_extract",
        "a window of statuses",
    ),
    (
        "DELETE FROM statuses WHERE id IN (SELECT s.id FROM (SELECT * FROM statuses WHERE id < ?1 AND id >= ?2",
        "once for each run: filters of single statuses, scheduled statuses",
    ),
    (
        "DELETE FROM reactions WHERE (status_id, account_id, name) IN (SELECT v.status_id, v.account_id, v.name FROM",
        "once for each run: filters of single statuses, scheduled statuses",
    ),
    (
        "DELETE FROM accounts WHERE id IN (SELECT a.id FROM (SELECT * FROM accounts WHERE id > ?1",
        "relays, and activities that are not distributed yet",
    ),
    (
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM reports INDEXED BY reports_open",
        "at most a hundred of each",
    ),
    (
        "SELECT (SELECT json_group_array(j.value) FROM json_each(?2) j WHERE NOT EXISTS (SELECT 1 FROM follows",
        "at most two hundred statuses of one person, of a day",
    ),
    ("SELECT json_array(k.id, k.account_id,", "appeals that wait: as many as a page has"),
    ("FROM (SELECT id, target_id FROM reports ORDER BY id DESC LIMIT", "the newest two thousand, for staff"),
    (
        "UNION SELECT j.value FROM (SELECT tags, visibility FROM statuses ORDER BY id DESC",
        "the newest thousand, for staff",
    ),
    ("FROM (SELECT file FROM media LIMIT", "three thousand at most, for staff"),
    ("DELETE FROM instances WHERE coalesce(last_failure_at", "once a day, an entry for each server"),
    ("DELETE FROM seen_servers WHERE created_at", "once a day, an entry for each host"),
    (
        "SELECT DISTINCT domain FROM inboxes WHERE id NOT IN",
        "as many as it answers, in the order of the index",
    ),
];

/// Which tables a name in a plan may refer to.
fn tables_of<'a>(name: &str, sql: &str, tables: &'a BTreeSet<String>) -> Vec<&'a String> {
    // Quoted parts contain no names.
    let outside: String = sql.split('\'').step_by(2).collect();
    let words: Vec<&str> =
        outside.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let is_defined_here =
        [format!("{name} AS ("), format!("RECURSIVE {name} (")].iter().any(|d| sql.contains(d))
            || sql.contains(&format!("{name} AS MATERIALIZED"));
    let mut all: Vec<&String> = tables.get(name).filter(|_| !is_defined_here).into_iter().collect();
    for pair in words.windows(3) {
        let [first, second, third] = pair else { continue };
        let is_named = *second == name || (second.eq_ignore_ascii_case("as") && *third == name);
        all.extend(tables.get(*first).filter(|_| is_named));
    }
    all
}

#[test]
fn every_statement_runs_and_none_scans_a_table_that_grows() {
    let app = exercised();
    let written = statements_in_source();
    let mut seen: Vec<(String, String)> =
        app.db.statements().into_iter().map(|sql| (single_spaced(&sql), sql)).collect();
    // A statement that is complete in the source can be planned without running it.
    let is_whole =
        |part: &str| [" WHERE ", " LIMIT ", " ON ", "UPDATE ", "DELETE "].iter().any(|w| part.contains(w));
    let whole = written.iter().filter(|(_, part)| is_whole(part) && !app.db.plan(part).is_empty());
    seen.extend(whole.map(|(_, part)| (part.clone(), part.clone())));
    let unseen: Vec<String> = written
        .iter()
        .filter(|(_, part)| !seen.iter().any(|(sql, _)| sql.contains(part.as_str())))
        // Plain inserts and deletes of whole tables look nothing up.
        .filter(|(_, part)| !part.contains(" VALUES (") && part != "DELETE FROM trends")
        .map(|(file, part)| format!("{file}: {part:.150}"))
        .collect();
    println!("{} statements in the source, {} not seen", written.len(), unseen.len());
    let tables: BTreeSet<String> = app.db.tables().into_iter().collect();
    let (mut wrong, mut planned) = (BTreeSet::new(), 0);
    for (plain, sql) in &seen {
        // Statements of tests do not count.
        if !written.iter().any(|(_, part)| plain.contains(part.as_str())) {
            continue;
        }
        planned += 1;
        let plan = app.db.plan(sql);
        for line in &plan {
            let Some(rest) = line.strip_prefix("SCAN ") else { continue };
            let name = rest.split_whitespace().next().unwrap_or("");
            if rest.contains("VIRTUAL TABLE") {
                continue;
            }
            if let Some((_, why)) = ALLOWED.iter().find(|(part, _)| plain.contains(part)) {
                println!("{line}: {why}");
                continue;
            }
            // An index tells which table a name refers to.
            let index = rest.split("INDEX ").nth(1).unwrap_or("");
            let is_meant = |t: &&String| index.is_empty() || index.contains(t.as_str());
            let grows = tables_of(name, plain, &tables)
                .into_iter()
                .filter(is_meant)
                .any(|t| !SMALL.contains(&t.as_str()));
            // A name for both a table and a subquery: the table itself is searched.
            let is_part = [format!(") {name}"), format!(") AS {name}"), format!("RECURSIVE {name} (")]
                .iter()
                .any(|d| plain.contains(d))
                && plan.iter().any(|l| l.starts_with(&format!("SEARCH {name} ")));
            if grows && !is_part {
                wrong.insert(format!("{line}: {plain:.200}"));
            }
        }
    }
    println!("{planned} plans");
    println!("{unseen:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unseen.is_empty(), "{unseen:#?}");
    // A statement is prepared once, whatever values it is run with.
    let reprepared = app.db.reprepared();
    assert!(reprepared.is_empty(), "{reprepared:#?}");
}
