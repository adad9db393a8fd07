//! Every document of the fixture folder goes through the inbox: applied, ignored with a reason or refused
//! with a reason; none panics.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sori::activitypub::inbound::confirm;
use sori::activitypub::inbound::receive::Outcome;
use sori::activitypub::wire::vocab;
use sori::error::Error;
use sori::model::account::Account;
use sori::model::time::Time;
use sori::services;
use sori::store;

use crate::app::{NOW, TestApp};

const FOLDER: &str = "../shared/fixtures";

fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, all);
        } else if path.extension().is_some_and(|e| e == "json" || e == "jsonld") {
            all.push(path);
        }
    }
}

/// The actor of a document, stored as if it had been fetched.
fn known_actor(app: &sori::app::App, document: &Value) -> Result<Account, Error> {
    let uri = vocab::link_of(document, "actor").ok_or_else(|| Error::bad_request("no actor"))?;
    let host = vocab::host(uri).ok_or_else(|| Error::bad_request("the actor is no URL"))?;
    let name: String = uri
        .rsplit('/')
        .next()
        .unwrap_or("x")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let account = Account {
        id: app.new_id(),
        username: if name.is_empty() { "x".into() } else { name },
        domain: host.clone(),
        actor_type: "Person".into(),
        uri: uri.into(),
        url: uri.into(),
        inbox_url: format!("{uri}/inbox"),
        followers_url: Some(format!("{uri}/followers")),
        fetched_at: Some(Time(NOW)),
        ..Account::default()
    };
    pollster::block_on(services::profile::store_remote(app, &account, &host, None))
}

fn one(test: &TestApp, bytes: &[u8]) -> String {
    // There are few ids a millisecond, so each document arrives at a different time.
    test.clock.advance(1);
    let app = test.ready();
    let document = match vocab::parse(bytes) {
        Ok(document) => document,
        Err(error) => return format!("refused: {}", error.public_message()),
    };
    if vocab::actor::is_actor(&document) {
        return match vocab::actor::read(&document, Time(NOW)) {
            Ok(account) => {
                let host = vocab::host(&account.uri).unwrap_or_default();
                let account = Account { id: app.new_id(), ..account };
                match pollster::block_on(services::profile::store_remote(&app, &account, &host, None)) {
                    Ok(_) => "applied".into(),
                    Err(error) => format!("refused: {error}"),
                }
            }
            Err(error) => format!("refused: {}", error.public_message()),
        };
    }
    let activity = if vocab::note::is_note(&document) {
        // A bare note, as if its author had just sent it.
        let Some(author) = vocab::link_of(&document, "attributedTo") else {
            return "refused: a note of nobody's".into();
        };
        serde_json::json!({"id": format!("{}#create", vocab::id(&document).unwrap_or("")), "type": "Create", "actor": author, "object": document})
    } else {
        document
    };
    if activity.get("actor").is_none() {
        // Collections, keys, pictures: parts of the answers to a GET.
        let kind = vocab::kind(&activity);
        let kind = if kind.ends_with("Collection") || kind.ends_with("CollectionPage") {
            "a collection"
        } else {
            kind
        };
        return format!(
            "no activity, but {}",
            if kind.is_empty() { "something without a type" } else { kind }
        );
    }
    let actor = match known_actor(&app, &activity) {
        Ok(actor) => actor,
        Err(error) => return format!("refused: {}", error.public_message()),
    };
    // A local account follows the actor, so that the activity concerns this instance.
    let reader = app.site().contact_account_id.unwrap();
    let follow = store::follows::insert(
        app.new_id(),
        reader,
        actor.id,
        store::follows::Signed::ours(&format!("x:{}", actor.id)),
        &Default::default(),
    );
    pollster::block_on(store::write(&app.db, vec![follow])).unwrap();
    match pollster::block_on(confirm::process_verified(&app, &actor, &activity)) {
        Ok(Outcome::Applied) => "applied".into(),
        Ok(Outcome::Ignored(why)) => format!("ignored: {why}"),
        Ok(Outcome::Refused(error)) => format!("refused: {}", error.public_message()),
        Err(error) => panic!("failed: {error:?}"),
    }
}

/// A document that was uploaded under another URL than its id: what trap 5 is about.
fn uploaded(test: &TestApp, bytes: Vec<u8>) -> String {
    use sori::http::response::{ACTIVITY_JSON, Response};
    let document = vocab::parse(&bytes).unwrap();
    let host = vocab::host(vocab::id(&document).unwrap()).unwrap();
    test.network.serve(&host, vec![("/media/upload.json".into(), Response::new(200, ACTIVITY_JSON, bytes))]);
    let url = format!("https://{host}/media/upload.json");
    match pollster::block_on(sori::activitypub::remote::resolve::by_url(&test.ready(), &url)) {
        Ok(_) => "applied".into(),
        Err(error) => format!("refused: {}", error.public_message()),
    }
}

#[test]
fn every_document_caught_from_real_servers_is_handled() {
    if !Path::new(FOLDER).is_dir() {
        println!("skipped: {FOLDER} is not here");
        return;
    }
    let mut files = Vec::new();
    walk(Path::new(FOLDER), &mut files);
    let mut table: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut must_fail = Vec::new();
    let test = TestApp::alone();
    for file in &files {
        let name = file.strip_prefix(FOLDER).unwrap();
        let server = name.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        if server.starts_with('_') {
            continue;
        }
        let bytes = fs::read(file).unwrap();
        let text = name.to_string_lossy().into_owned();
        let outcome =
            if text.contains("spoofed-object") { uploaded(&test, bytes) } else { one(&test, &bytes) };
        if std::env::var_os("SORI_FIXTURES").is_some() && outcome != "applied" {
            println!("{text}: {outcome}");
        }
        let is_meant_to_fail = text.contains("spoof")
            || text.contains("imposter")
            || (text.starts_with("w3c-as2") && text.contains("/fail"));
        if is_meant_to_fail && outcome == "applied" {
            must_fail.push(text);
        }
        let short: String = outcome.chars().take(90).collect();
        *table.entry(server).or_default().entry(short).or_default() += 1;
    }
    let mut applied = 0;
    for (server, outcomes) in &table {
        println!("{server}");
        for (outcome, n) in outcomes {
            println!("  {n:>4} {outcome}");
            if outcome == "applied" {
                applied += n;
            }
        }
    }
    println!("{} documents, {applied} applied", files.len());
    assert!(files.len() > 900, "only {} documents", files.len());
    assert!(applied > 350, "only {applied} applied");
    assert!(must_fail.is_empty(), "applied, though meant to be refused: {must_fail:#?}");
    // All of it can be rendered.
    let owner = test.person("owner");
    let mut max = String::new();
    for _ in 0..40 {
        let page = owner.get(&format!("/api/v1/timelines/public?limit=40{max}"));
        let Some(last) = page.as_array().unwrap().last() else { break };
        max = format!("&max_id={}", last["id"].as_str().unwrap());
    }
}
