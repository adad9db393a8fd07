//! Imports of Mastodon's files. A file becomes rows of entries, which a job works off (`activitypub::remote::import`).

use std::collections::HashSet;

use crate::app::{App, Need};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::import::{Chunk, Entry, Import, Kind, Removal, Why};
use crate::model::limits;
use crate::model::list::MAX_TITLE;
use crate::model::time::DAY;
use crate::platform::guard::normalise_domain;
use crate::platform::sql::Statement;
use crate::store;
use crate::text::{acct, count, csv, language};

/// As on Mastodon.
pub const MAX_ROWS: usize = 20_000;
/// Entries of a row of the database, and their bytes together, more or less: each time that some are done it is written
/// anew.
const CHUNK: usize = 100;
const CHUNK_BYTES: usize = 32 * 1024;
/// A finished import, with the list of what failed, is kept for so long.
const KEPT_FOR: i64 = 30 * DAY;
/// One that the person has not confirmed is kept for so long.
const UNCONFIRMED_FOR: i64 = DAY;
/// What [`tidy`] takes.
const TIDY: Need = Need { statements: 2, fetches: 0 };

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing can be read of it, or it is of another kind.
    Unreadable,
    /// It has no text.
    Empty,
    /// It is no text in UTF-8.
    NoText,
    /// A quoted cell never ends.
    Unclosed,
    /// Its columns are separated by semicolons.
    Semicolons,
    /// Its name or the names of its columns say that it is of this kind.
    OtherKind(Kind),
    TooLong,
    /// Another file of this kind is being imported.
    UnderWay,
    /// It takes the place of what is there, but what the row of this number (from 1, as in the file, lines without text left
    /// out) is about cannot be read: it might be about anything that would be removed.
    UnreadableRow(usize),
    /// Followers cannot be overwritten.
    MergeOnly,
    /// The account has moved.
    Moved,
}

/// Begins to import a file: at most [`MAX_ROWS`] rows in UTF-8, with or without the names of the columns. With
/// `is_overwrite`, what the person has and the file has not is removed in the end; then each row has to say what it is about,
/// and nothing is done before the person confirms it ([`confirm`]).
/// Of a file of which not a single row can be read nothing is taken, and nothing is removed.
pub async fn start(
    app: &App,
    account: &Account,
    kind: Kind,
    is_overwrite: bool,
    file: &[u8],
) -> Result<std::result::Result<(), Refusal>> {
    if account.moved_to_uri.is_some() {
        return Ok(Err(Refusal::Moved));
    }
    if is_overwrite && kind == Kind::Followers {
        return Ok(Err(Refusal::MergeOnly));
    }
    let text = std::str::from_utf8(file).ok().filter(|text| !text.contains('\0'));
    let Some(text) = text else { return Ok(Err(Refusal::NoText)) };
    if text.trim().is_empty() {
        return Ok(Err(Refusal::Empty));
    }
    // The names of the columns take a row as well.
    let rows = match csv::read(text, MAX_ROWS + 1) {
        Ok(rows) => rows,
        Err(csv::Wrong::TooLong) => return Ok(Err(Refusal::TooLong)),
        Err(csv::Wrong::Unclosed) => return Ok(Err(Refusal::Unclosed)),
    };
    if let Some(other) = kind_of(rows.first()).filter(|other| *other != kind) {
        return Ok(Err(Refusal::OtherKind(other)));
    }
    let has_semicolons = text.lines().next().is_some_and(|first| first.contains(';') && !first.contains(','));
    let here = app.primary();
    let domain = |typed: Option<&str>| app.handle_domain(typed, here.clone());
    let Some((read, unreadable)) = read(kind, rows, domain) else {
        return Ok(Err(if has_semicolons { Refusal::Semicolons } else { Refusal::Unreadable }));
    };
    if read.len() > MAX_ROWS {
        return Ok(Err(Refusal::TooLong));
    }
    if let Some(row) = unreadable.filter(|_| is_overwrite) {
        return Ok(Err(Refusal::UnreadableRow(row)));
    }
    let import = Import {
        id: app.new_id(),
        account_id: account.id,
        kind,
        is_overwrite,
        total: i64::try_from(read.len()).unwrap_or(i64::MAX),
        removal: if is_overwrite { Removal::Unconfirmed } else { Removal::Waits },
        pass: 0,
        created_at: app.now(),
        finished_at: None,
    };
    let mut batch = store::imports::insert(&import, &chunks(kind, read, is_overwrite));
    batch.push(if is_overwrite { store::imports::count_extra(&import) } else { job(app, &import) });
    let written = store::write(&app.db, batch).await?;
    let has_begun = written.get(1).is_some_and(|rows| !rows.is_empty());
    Ok(if has_begun { Ok(()) } else { Err(Refusal::UnderWay) })
}

fn job(app: &App, import: &Import) -> Statement {
    super::job::row(app, "import", &import.id.to_string(), &import.account_id.to_string())
}

/// The person has read what this import removes, and wants it: it begins. Answers whether it waited for that. It
/// goes on waiting where it would remove more than the page said, and so does another import of its kind, uploaded since in its
/// place.
pub async fn confirm(app: &App, account: &Account, import: Id) -> Result<bool> {
    let all = store::load(&app.db, store::imports::of(account.id)).await?;
    let Some(found) = all.into_iter().find(|p| p.import.id == import && p.is_unconfirmed()) else {
        return Ok(false);
    };
    let mut batch = store::imports::confirm(&found.import).to_vec();
    // The job of one that waits finds nothing to do.
    batch.push(job(app, &found.import));
    let confirmed = store::write(&app.db, batch).await?;
    Ok(confirmed.first().is_some_and(|rows| !rows.is_empty()))
}

/// Ends an import of a person that is under way, of which the page then tells what was done; forgets another one.
pub async fn cancel(app: &App, account: &Account, import: Id) -> Result<()> {
    let all = store::load(&app.db, store::imports::of(account.id)).await?;
    let is_under_way = all.iter().any(|p| p.import.id == import && p.is_under_way());
    let batch = match is_under_way {
        true => store::imports::stop(account.id, import, app.now()).to_vec(),
        false => vec![store::imports::delete(account.id, import)],
    };
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Forgets old imports, and goes on with those whose job is gone.
pub async fn tidy(app: &App) -> Result<()> {
    if app.has_room(TIDY) {
        let now = app.now();
        let tidy = store::imports::tidy(now.plus(-KEPT_FOR), now.plus(-UNCONFIRMED_FOR), now);
        store::write(&app.db, tidy.to_vec()).await?;
    }
    Ok(())
}

/// An entry of a file, or its texts as they were and why they are none.
type Read = std::result::Result<Entry, Entry>;

/// The entries of a file, each once, and the number of the first row that is none. `None` where there is no entry.
fn read(
    kind: Kind,
    mut rows: Vec<Entry>,
    domain: impl Fn(Option<&str>) -> Option<String>,
) -> Option<(Vec<Read>, Option<usize>)> {
    let mut first_row = 1;
    let places = match rows.first().and_then(|first| header(kind, first)) {
        Some(places) => {
            rows.remove(0);
            first_row = 2;
            places?
        }
        None => (0..kind.columns().len()).map(Some).collect(),
    };
    let mut known = HashSet::new();
    let mut all = Vec::new();
    let (mut is_any, mut unreadable) = (false, None);
    for (n, row) in (first_row..).zip(rows) {
        let texts: Entry = places
            .iter()
            .map(|place| place.and_then(|at| row.get(at)).map_or_else(String::new, |t| t.trim().to_owned()))
            .collect();
        let entry: Read =
            entry(kind, &texts, &domain).ok_or_else(|| texts.iter().map(|text| cut(text)).collect());
        is_any |= entry.is_ok();
        if entry.is_err() {
            unreadable.get_or_insert(n);
        }
        let name = match &entry {
            Ok(entry) => name(kind, entry),
            Err(texts) => texts.join("\n"),
        };
        if known.insert((entry.is_ok(), name)) {
            all.push(entry);
        }
    }
    is_any.then_some((all, unreadable))
}

/// What is shown of a text that is too long for anything.
fn cut(text: &str) -> String {
    crate::text::sanitize::cut(text, limits::URL).to_owned()
}

/// The kind whose own columns the first row names: those that no other kind has.
fn kind_of(first: Option<&Entry>) -> Option<Kind> {
    let names: Vec<String> = first?.iter().map(|name| plain(name)).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    match () {
        () if has("show boosts") || has("notify on new posts") => Some(Kind::Following),
        () if has("hide notifications") => Some(Kind::Mutes),
        () if has("list name") && has("account address") => Some(Kind::Lists),
        () => None,
    }
}

/// The name of a column, so that it is known in whatever way it is written.
fn plain(name: &str) -> String {
    name.trim().trim_start_matches('#').trim().to_lowercase()
}

/// The place of each column, where the first row has their names; `Some(None)` where it has those of another kind.
fn header(kind: Kind, first: &Entry) -> Option<Option<Vec<Option<usize>>>> {
    let names: Vec<String> = first.iter().map(|name| plain(name)).collect();
    let is_header = names.iter().enumerate().any(|(at, name)| match name.as_str() {
        "account address" | "list name" => true,
        "domain" | "uri" => at == 0 && (names.len() == 1 || first.iter().any(|name| name.starts_with('#'))),
        _ => false,
    });
    if !is_header {
        return None;
    }
    let places: Vec<_> =
        kind.columns().iter().map(|column| names.iter().position(|name| *name == plain(column))).collect();
    Some(places.iter().take(kind.required()).all(Option::is_some).then_some(places))
}

/// `name@domain`, with the domain as it is stored.
fn address(text: &str, domain: &impl Fn(Option<&str>) -> Option<String>) -> Option<String> {
    let read = acct::parse(text)?;
    // Without a domain it is an account of ours.
    if read.domain.is_none() && !acct::is_valid_username(&read.username) {
        return None;
    }
    if read.username.len() > limits::USERNAME {
        return None;
    }
    Some(format!("{}@{}", read.username, domain(read.domain.as_deref())?))
}

/// A flag as files have it; empty for none, and for a word that says nothing to us. An address is none: the file is of another
/// kind.
fn flag(text: &str) -> Option<String> {
    Some(
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "on" => "true",
            "false" | "f" | "no" | "n" | "0" | "off" => "false",
            other if other.contains('@') => return None,
            _ => "",
        }
        .to_owned(),
    )
}

/// The entry of a row, whose texts are in the order of the columns.
fn entry(kind: Kind, texts: &Entry, domain: &impl Fn(Option<&str>) -> Option<String>) -> Option<Entry> {
    let text = |at: usize| texts.get(at).map_or("", String::as_str);
    Some(match kind {
        Kind::Following => {
            let codes = text(3).split([',', ' ', ';']).filter_map(language::normalise);
            let mut languages: Vec<String> = codes.take(MAX_LANGUAGES).collect();
            languages.dedup();
            vec![address(text(0), domain)?, flag(text(1))?, flag(text(2))?, languages.join(", ")]
        }
        Kind::Followers | Kind::Blocks => vec![address(text(0), domain)?],
        Kind::Mutes => vec![address(text(0), domain)?, flag(text(1))?],
        Kind::DomainBlocks => {
            vec![normalise_domain(text(0)).filter(|name| name.contains(['.', ':']) && name.len() <= 255)?]
        }
        Kind::Bookmarks => {
            let is_uri = text(0).starts_with("https://") || text(0).starts_with("http://");
            vec![Some(text(0)).filter(|uri| is_uri && uri.len() <= limits::URL)?.to_owned()]
        }
        Kind::Lists => {
            let title =
                Some(text(0)).filter(|title| !title.is_empty() && !count::is_too_long(title, MAX_TITLE))?;
            vec![title.to_owned(), address(text(1), domain)?]
        }
    })
}

/// Languages of a follow.
const MAX_LANGUAGES: usize = 50;

/// What an entry is about, as `named` has it.
fn name(kind: Kind, entry: &Entry) -> String {
    let text = |at: usize| entry.get(at).map_or("", String::as_str);
    match kind {
        Kind::DomainBlocks | Kind::Bookmarks => text(0).to_owned(),
        Kind::Lists => format!("{}\n{}", text(0), text(1).to_lowercase()),
        _ => text(0).to_lowercase(),
    }
}

/// The rows of the database for these entries. The last comes first: what was followed first will be again, so that lists
/// have the same order.
fn chunks(kind: Kind, read: Vec<Read>, is_overwrite: bool) -> Vec<Chunk> {
    let mut all = Vec::new();
    let (mut chunk, mut bytes) = (Chunk::default(), 0);
    for one in read.into_iter().rev() {
        let (Ok(texts) | Err(texts)) = &one;
        let more: usize = texts.iter().map(String::len).sum();
        if chunk.entries.len() + chunk.failed.len() >= CHUNK || (bytes > 0 && bytes + more > CHUNK_BYTES) {
            all.push(std::mem::take(&mut chunk));
            bytes = 0;
        }
        bytes += more;
        match one {
            Ok(entry) => {
                if is_overwrite {
                    chunk.named.push(name(kind, &entry));
                    // The list itself.
                    chunk
                        .named
                        .extend(entry.first().filter(|_| kind == Kind::Lists).map(|t| format!("{t}\n")));
                }
                chunk.entries.push(entry);
            }
            Err(texts) => chunk.fail(Why::Invalid, texts),
        }
    }
    all.push(chunk);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(typed: Option<&str>) -> Option<String> {
        typed.map_or_else(|| Some("here.example".into()), normalise_domain)
    }

    /// The entries of a file, and the rows that are none.
    fn of(kind: Kind, text: &str) -> Option<(Vec<String>, Vec<String>)> {
        let (all, _) = read(kind, csv::read(text, 100).ok()?, domain)?;
        let (good, bad): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.is_ok());
        let join = |all: Vec<Read>| all.into_iter().map(|(Ok(t) | Err(t))| t.join("|")).collect();
        Some((join(good), join(bad)))
    }

    #[test]
    fn files_of_mastodon_and_of_others() {
        let follows = "Account address,Show boosts,Notify on new posts,Languages\n\
                       bob@b.example,true,false,\nc.d@C.example,false,true,\"en, ko\"\n";
        let wanted =
            vec!["bob@b.example|true|false|".to_owned(), "c.d@c.example|false|true|en, ko".to_owned()];
        assert_eq!(of(Kind::Following, follows), Some((wanted.clone(), vec![])));
        // Without names, with a byte order mark, other line ends, in another order, in other spellings.
        let bare = follows.split_once('\n').unwrap().1;
        assert_eq!(of(Kind::Following, bare), Some((wanted.clone(), vec![])));
        let odd = "\u{feff}languages, NOTIFY on new posts ,account ADDRESS,show boosts,Since\r\n\
                   ,False,@bob@B.example,TRUE,2020\r\n\"EN ko\",1, acct:c.d@c.example ,0,\r\n";
        assert_eq!(of(Kind::Following, odd), Some((wanted, vec![])));
        // Old files have fewer columns; accounts of ours have no domain.
        let old =
            of(Kind::Following, "Account address,Show boosts\nbob,true\nbob,false\n@BOB@here.example,true\n");
        assert_eq!(old.unwrap().0, ["bob@here.example|true||"]);
        for (kind, text, wanted) in [
            (Kind::Blocks, "bob@b.example\n", "bob@b.example"),
            (Kind::Blocks, "Account address\nbob@b.example\n", "bob@b.example"),
            (Kind::Followers, "Account address\nbob@b.example\n", "bob@b.example"),
            (Kind::Mutes, "Account address,Hide notifications\nbob@b.example,false", "bob@b.example|false"),
            (Kind::Mutes, "bob@b.example", "bob@b.example|"),
            (Kind::DomainBlocks, "#domain\nB.Example\n", "b.example"),
            (Kind::DomainBlocks, "domain\nb.example\n", "b.example"),
            (Kind::DomainBlocks, "#domain,#severity\nb.example,suspend\n", "b.example"),
            (Kind::DomainBlocks, "b.example\n", "b.example"),
            (Kind::Bookmarks, "https://b.example/1\n", "https://b.example/1"),
            (Kind::Bookmarks, "#uri\nhttps://b.example/1\n", "https://b.example/1"),
            (Kind::Lists, "\"a, b\",bob@b.example\n", "a, b|bob@b.example"),
            (Kind::Lists, "Account address,List name\nbob@b.example,x\n", "x|bob@b.example"),
        ] {
            assert_eq!(of(kind, text), Some((vec![wanted.into()], vec![])), "{kind:?} {text}");
        }
    }

    #[test]
    fn files_of_another_kind_are_refused_whole() {
        for (kind, text) in [
            (Kind::Following, ""),
            (Kind::Following, "Account address,Show boosts\n"),
            (Kind::Following, "#domain\nb.example\n"),
            (Kind::Following, "b.example\nc.example\n"),
            (Kind::Following, "friends,bob@b.example\n"),
            (Kind::Following, "https://b.example/1\n"),
            (Kind::Following, "<html>\n<body>hi\n"),
            (Kind::Mutes, "friends,bob@b.example\n"),
            (Kind::DomainBlocks, "Account address\nbob@b.example\n"),
            (Kind::DomainBlocks, "bob@b.example\n"),
            (Kind::DomainBlocks, "https://b.example/1\n"),
            (Kind::Bookmarks, "bob@b.example\nb.example\n"),
            (Kind::Lists, "bob@b.example\n"),
            (Kind::Lists, "Account address\nbob@b.example\n"),
        ] {
            assert_eq!(of(kind, text), None, "{kind:?} {text}");
        }
        // One row that can be read is enough, and the others are told of.
        let (good, bad) = of(Kind::Following, "bob@b.example\n@@,true\ncarol@c.example,perhaps\n").unwrap();
        assert_eq!(
            (good, bad),
            (vec!["bob@b.example|||".into(), "carol@c.example|||".into()], vec!["@@|true||".into()])
        );
        let rows = csv::read("Account address\nbob@b.example\n\n@@\n@\n", 9).unwrap();
        assert_eq!(read(Kind::Following, rows, domain).unwrap().1, Some(3));
    }

    #[test]
    fn chunks_are_short_and_begin_with_the_last() {
        let all: Vec<Read> = (0..250).map(|n| Ok(vec![format!("u{n}@B.example")])).collect();
        let found = chunks(Kind::Blocks, all.clone(), false);
        assert_eq!(found.iter().map(|c| c.entries.len()).collect::<Vec<_>>(), [100, 100, 50]);
        assert_eq!(
            (&found[0].entries[0][0], &found[2].entries[49][0]),
            (&"u249@B.example".to_owned(), &"u0@B.example".to_owned())
        );
        assert!(found.iter().all(|c| c.named.is_empty()));
        assert_eq!(chunks(Kind::Blocks, all, true)[0].named[0], "u249@b.example");
        let long: Vec<Read> =
            (0..40).map(|n| Ok(vec![format!("https://b.example/{n}/{}", "x".repeat(2_000))])).collect();
        assert_eq!(
            chunks(Kind::Bookmarks, long, false).iter().map(|c| c.entries.len()).collect::<Vec<_>>(),
            [16, 16, 8]
        );
        let lists = chunks(Kind::Lists, vec![Ok(vec!["x".into(), "Bob@b.example".into()])], true);
        assert_eq!(lists[0].named, ["x\nbob@b.example", "x\n"]);
    }
}
