//! Numbers for members of staff: measures, dimensions and retention of Mastodon's API. All of them are counted from what is stored,
//! within a number of rows (`store::measures`); what cannot be told so is left out.
//! <https://docs.joinmastodon.org/methods/admin/measures/>

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::measure::{self, Cohort, Count, Frequency, Measured, Period};
use crate::model::tag::number;
use crate::model::time::DAY;
use crate::platform::guard::normalise_domain;
use crate::store;
use crate::store::measures::{MOST_PRESENCE, Ranked};

/// Days of measures and dimensions.
pub const MOST_DAYS: i64 = 90;
/// Days for which it is kept who was here, and what was counted daily.
const KEPT_DAYS: i64 = 416;
/// Days that one run of cron counts, where some were missed.
const COUNTED_AT_ONCE: i64 = 3;

/// What a number is of: the id of a hashtag, or a domain, as a client gives it.
pub type Subject<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The keys of numbers that are counted by day.
const COUNTS: [(&str, Count); 11] = [
    ("new_users", Count::NewUsers),
    ("opened_reports", Count::OpenedReports),
    ("resolved_reports", Count::ResolvedReports),
    ("tag_accounts", Count::TagAccounts),
    ("tag_uses", Count::TagUses),
    ("tag_servers", Count::TagServers),
    ("instance_accounts", Count::InstanceAccounts),
    ("instance_reports", Count::InstanceReports),
    ("instance_statuses", Count::InstanceStatuses),
    ("instance_follows", Count::InstanceFollows),
    ("instance_followers", Count::InstanceFollowers),
];
const ACTIVE: &str = "active_users";
const INTERACTIONS: &str = "interactions";

/// The known keys among those that are asked for, each once, in their order.
fn known(keys: &[String], all: &[&'static str]) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    for key in keys.iter().filter_map(|key| all.iter().find(|known| *known == key)) {
        if !found.contains(key) {
            found.push(key);
        }
    }
    found
}

/// The hashtags that ids mean: one read, or none where no id is asked for.
async fn names_of(app: &App, ids: &[Option<Id>]) -> Result<Vec<Option<String>>> {
    if ids.iter().all(Option::is_none) {
        return Ok(vec![None; ids.len()]);
    }
    let names = store::load(&app.db, store::tag_rules::names()).await?;
    let of = |id: &Option<Id>| names.iter().find(|name| Some(number(name)) == *id).cloned();
    Ok(ids.iter().map(of).collect())
}

/// What each key is of, where it needs something: `None` where that is missing, or is not known.
async fn subjects(app: &App, keys: &[&str], subject: Subject<'_>) -> Result<Vec<Option<String>>> {
    let id = |key: &&str| {
        key.starts_with("tag_").then(|| subject(key)).flatten().and_then(|id| Id::parse(id.trim()))
    };
    let tags = names_of(app, &keys.iter().map(id).collect::<Vec<_>>()).await?;
    let one = |(key, tag): (&&str, Option<String>)| match *key {
        key if key.starts_with("tag_") => tag,
        key if key.starts_with("instance_") => {
            subject(key).and_then(|domain| normalise_domain(domain.trim()))
        }
        _ => Some(String::new()),
    };
    Ok(keys.iter().zip(tags).map(one).collect())
}

/// The numbers of these keys for a period. Those of which too much is stored, or of which it is not known what they are of, are left
/// out.
pub async fn measures(
    app: &App,
    keys: &[String],
    period: Period,
    subject: Subject<'_>,
) -> Result<Vec<(&'static str, Measured)>> {
    let mut all: Vec<&'static str> = COUNTS.iter().map(|(key, _)| *key).collect();
    all.extend([ACTIVE, INTERACTIONS]);
    let keys = known(keys, &all);
    let wanted = subjects(app, &keys, subject).await?;
    let count = |key: &str| COUNTS.iter().find(|(known, _)| *known == key).map(|(_, count)| *count);
    let mut counted = Vec::new();
    for (key, of) in keys.iter().zip(&wanted) {
        if let (Some(count), Some(of)) = (count(key), of) {
            counted.push(store::measures::counted(count, of, period));
        }
    }
    let earlier = period.before();
    let from = Period { first: earlier.first, last: period.last };
    let blocks = from.blocks();
    let ends = blocks.first().zip(blocks.last()).map(|((first, _), (last, _))| (*first, *last));
    let presence =
        ends.filter(|_| keys.contains(&ACTIVE)).map(|(first, last)| store::measures::presence(first, last));
    let today = app.now().0.div_euclid(DAY);
    let told = keys.contains(&INTERACTIONS).then(|| store::measures::interactions_by_day(from, today - 1));
    let (counted, presence, told) = store::load(&app.db, (counted, presence, told)).await?;
    let mut counted = counted.into_iter();
    let mut found = Vec::new();
    for (key, of) in keys.into_iter().zip(wanted) {
        let measured = match key {
            ACTIVE => presence.as_ref().and_then(Option::as_ref).map(|rows| measure::active(rows, period)),
            INTERACTIONS => told.as_ref().map(|days| by_day(app, days, period)),
            _ if of.is_some() => counted.next().flatten(),
            _ => None,
        };
        found.extend(measured.map(|measured| (key, measured)));
    }
    Ok(found)
}

/// Numbers that were counted by day. Before the server was set up there was nothing.
fn by_day(app: &App, days: &[(i64, i64)], period: Period) -> Measured {
    let set_up_on = app.site().set_up_at.0.div_euclid(DAY);
    let of = |day: i64| {
        let counted = days.iter().find(|(known, _)| *known == day).map(|(_, n)| *n);
        counted.or((day < set_up_on).then_some(0))
    };
    let known: Vec<(i64, i64)> = period.days().filter_map(|day| Some((day, of(day)?))).collect();
    let earlier: Option<Vec<i64>> = period.before().days().map(of).collect();
    Measured {
        total: known.iter().map(|(_, n)| n).sum(),
        previous: earlier.map(|all| all.iter().sum()),
        days: known,
    }
}

/// A line of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub key: String,
    /// For people.
    pub name: String,
    pub value: String,
    /// Bytes.
    pub is_size: bool,
}

const RANKED: [&str; 7] = [
    "languages",
    "sources",
    "servers",
    "tag_servers",
    "tag_languages",
    "instance_accounts",
    "instance_languages",
];
const SPACE: &str = "space_usage";
const VERSIONS: &str = "software_versions";

/// The English name of a language; its code where it has none.
fn language_name(code: &str) -> String {
    let known = crate::text::language_names::ALL.iter().find(|(known, _)| *known == code);
    known.map_or(code, |(_, name)| name).to_owned()
}

/// The dimensions of these keys, at most `limit` lines of each that is ordered.
pub async fn dimensions(
    app: &App,
    keys: &[String],
    period: Period,
    limit: usize,
    subject: Subject<'_>,
) -> Result<Vec<(&'static str, Vec<Line>)>> {
    let mut all = RANKED.to_vec();
    all.extend([SPACE, VERSIONS]);
    let keys = known(keys, &all);
    let wanted = subjects(app, &keys, subject).await?;
    let mut ranked = Vec::new();
    for (key, of) in keys.iter().zip(&wanted) {
        let Some(of) = of else { continue };
        let what = match *key {
            "languages" => Ranked::Languages,
            "sources" => Ranked::Sources,
            "servers" => Ranked::Servers,
            "tag_servers" => Ranked::TagServers(of),
            "tag_languages" => Ranked::TagLanguages(of),
            "instance_accounts" => Ranked::InstanceAccounts(of),
            "instance_languages" => Ranked::InstanceLanguages(of),
            _ => continue,
        };
        ranked.push(store::measures::ranked(what, period, limit));
    }
    let media = keys.contains(&SPACE).then(store::measures::media_bytes);
    let (ranked, media) = store::load(&app.db, (ranked, media)).await?;
    let mut ranked = ranked.into_iter();
    let mut found = Vec::new();
    for (key, of) in keys.into_iter().zip(wanted) {
        let lines = match key {
            SPACE => Some(space(app, media.flatten())),
            VERSIONS => Some(vec![line("sori", "Sori", env!("CARGO_PKG_VERSION").to_owned(), false)]),
            _ if of.is_some() => ranked.next().flatten().map(|all| {
                let name = |code: &str| match key {
                    "sources" if code == "web" => "Website".to_owned(),
                    "languages" | "tag_languages" | "instance_languages" => language_name(code),
                    _ => code.to_owned(),
                };
                all.into_iter().map(|(code, n)| line(&code, &name(&code), n.to_string(), false)).collect()
            }),
            _ => None,
        };
        found.extend(lines.map(|lines| (key, lines)));
    }
    Ok(found)
}

fn line(key: &str, name: &str, value: String, is_size: bool) -> Line {
    Line { key: key.to_owned(), name: name.to_owned(), value, is_size }
}

/// The database, whose size comes with its answers, and the uploaded files.
fn space(app: &App, media: Option<i64>) -> Vec<Line> {
    let database = app.meter.size().map(|bytes| line("d1", "D1", bytes.to_string(), true));
    let files = media.map(|bytes| line("media", "Media storage", bytes.to_string(), true));
    database.into_iter().chain(files).collect()
}

/// Who stays, by when they signed up. Error: `Unprocessable` where they are too many for the period.
pub async fn retention(app: &App, period: Period, frequency: Frequency) -> Result<Vec<Cohort>> {
    let first = frequency.start(period.first);
    let period = Period { first, ..period };
    let rows = store::load(&app.db, store::measures::newcomers(period)).await?;
    let rows = rows.ok_or_else(|| {
        Error::validation(format!(
            "The period has more than {MOST_PRESENCE} rows: a shorter one can be counted"
        ))
    })?;
    Ok(measure::cohorts(&rows, period, frequency))
}

/// Counts the days that have ended since the last one that was counted, and forgets old ones.
pub async fn count_days(app: &App) -> Result<()> {
    let yesterday = app.now().0.div_euclid(DAY) - 1;
    let last = store::load(&app.db, store::measures::last_day()).await?;
    let from = last.map_or(yesterday, |day| day + 1).max(yesterday - COUNTED_AT_ONCE + 1);
    let mut batch: Vec<_> = (from..=yesterday).map(store::measures::count_day).collect();
    batch.extend(store::measures::forget_before(yesterday - KEPT_DAYS));
    batch.extend(store::trends::forget_reviews(app.now().plus(-KEPT_DAYS * DAY)));
    store::write(&app.db, batch).await?;
    Ok(())
}
