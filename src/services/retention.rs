//! Removes what nobody here needs any more, some at a time (docs/decisions/0010).

use crate::app::{App, Need};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::ledger::Work;
use crate::model::retention::{Fill, Pass, Progress, allowance};
use crate::platform::sql::Statement;
use crate::store;
use crate::store::retention::{Old, Window};

/// What a run takes.
pub const RUN: Need = Need { statements: 12, fetches: 0 };
/// Statuses that a run looks at of what has become old, and of everything that is old. Each takes some fifteen rows read.
const RECENT: usize = 100;
const ALL: usize = 25;
/// Accounts that a run looks at. One that is old takes some fifty rows read.
const ACCOUNTS: usize = 40;
/// Tombstones that a run looks at, a row read each.
const TOMBSTONES: usize = 200;
/// Cards that a run looks at, a row read each.
const CARDS: usize = 40;
/// How many rows of other kinds a run removes.
const OTHERS: usize = 100;
/// Favourites, and reactions, that a run removes of statuses with many.
const TRIMMED: usize = 50;
/// A run looks at so many for each row that it may write.
const LOOKED_AT: i64 = 4;

/// A run's view of the database: how far retention has come, how full the database is, and how many rows the run may write.
struct Run {
    progress: Progress,
    before: Progress,
    fill: Fill,
    left: i64,
    /// Rows that this invocation had written before.
    written: u64,
}

impl Run {
    /// `None` where it has to wait: for room in the invocation, or for the next share of the day's rows.
    async fn begin(app: &App) -> Result<Option<Self>> {
        if !app.has_room(RUN) || !app.allows(Work::Retention) {
            return Ok(None);
        }
        let before = store::load(&app.db, store::retention::progress()).await?;
        let Some(fill) = app.site().fill(app.meter.size()) else { return Ok(None) };
        let mut progress = before.clone();
        progress.begin(app.now());
        let left = allowance(fill, app.now(), progress.written);
        let written = app.cost().rows_written;
        Ok((left > 0).then_some(Self { progress, before, fill, left, written }))
    }

    /// Keeps how far the run has come, if it has.
    async fn end(mut self, app: &App) -> Result<()> {
        let written = i64::try_from(app.cost().rows_written.saturating_sub(self.written)).unwrap_or(i64::MAX);
        self.progress.written += written;
        if self.progress == self.before {
            return Ok(());
        }
        // With the row of this.
        self.progress.written += 1;
        store::write(&app.db, vec![store::retention::keep_progress(&self.progress)]).await?;
        Ok(())
    }

    /// How many a run looks at, of which most may stay: what it writes beyond its share is taken from the next shares.
    fn some(&self, most: usize) -> usize {
        usize::try_from(self.left.saturating_mul(LOOKED_AT)).unwrap_or(most).min(most)
    }
}

/// Removes remote statuses that are old and that nothing here ties.
pub async fn statuses(app: &App) -> Result<()> {
    let Some(mut run) = Run::begin(app).await? else { return Ok(()) };
    let now = app.now();
    let time = now.plus(-run.fill.statuses());
    let old = Old {
        status: Id::floor(time.0),
        stored: time,
        unanswered: run.fill.unanswered().map_or(Id(0), |t| Id::floor(now.0 - t)),
    };
    run.progress.begin_passes(old.status, now);
    let window = |pass: Pass, count| {
        (pass.before > Id(0)).then_some(Window { before: pass.before, floor: pass.floor, count })
    };
    let recent = window(run.progress.recent, run.some(RECENT));
    let all = window(run.progress.all, run.some(ALL));
    // What a window ends with is read before something of it is removed: it ends there for all that follows.
    let (of_recent, of_all) =
        store::load(&app.db, (recent.map(store::retention::seen), all.map(store::retention::seen))).await?;
    let ends_at = |window: Option<Window>, seen: Option<(usize, Option<Id>)>| {
        window.zip(seen.and_then(|(_, last)| last)).map(|(window, floor)| Window { floor, ..window })
    };
    let (found_recent, found) = (ends_at(recent, of_recent), ends_at(all, of_all));
    let mut batch: Vec<Statement> = Vec::new();
    for found in found_recent.into_iter().chain(found) {
        batch.push(store::retention::forget_statuses(found, old));
    }
    if let Some(found) = found {
        batch.push(store::retention::mark_mentioned(found, run.progress.mark.max(1)));
        batch.push(store::retention::trim_favourites(found, TRIMMED));
        batch.push(store::retention::trim_reactions(found, old, TRIMMED));
    }
    let done = store::write(&app.db, batch).await?;
    // While there is more to be trimmed the pass stays where it is: in the next one as much may have come again.
    let is_trimming = found.is_some() && done.iter().rev().take(2).any(|rows| rows.len() >= TRIMMED);
    for (pass, window, seen) in
        [(&mut run.progress.recent, recent, of_recent), (&mut run.progress.all, all, of_all)]
    {
        if let (Some(window), Some((seen, last))) = (window, seen) {
            pass.advance(seen, window.count, last);
        }
    }
    if let (true, Some(window)) = (is_trimming, all) {
        run.progress.all.before = window.before;
    }
    run.end(app).await
}

/// Removes accounts that nobody here is tied to, and what is old of notifications, previews and tombstones.
pub async fn others(app: &App) -> Result<()> {
    let Some(mut run) = Run::begin(app).await? else { return Ok(()) };
    let (now, after) = (app.now(), run.progress.account);
    // Each of several kinds has its part; what they take is one row for each.
    let others = usize::try_from(run.left / 3 + 1).unwrap_or(1).min(OTHERS);
    let count = run.some(ACCOUNTS);
    let (tombstone, tombstones) = (run.progress.tombstone.clone(), run.some(TOMBSTONES));
    let (card, cards) = (run.progress.card.clone(), run.some(CARDS));
    let parts = (
        store::retention::seen_accounts(after, count),
        store::tombstones::seen(&tombstone, tombstones),
        store::cards::seen(&card, cards),
    );
    let ((seen, last), last_tombstone, last_card) = store::load(&app.db, parts).await?;
    let undone = now.plus(-run.fill.tombstones());
    let mark = run.progress.least_mark();
    let mut batch = vec![
        store::retention::forget_accounts(after, count, now.plus(-run.fill.accounts()), mark),
        store::tombstones::forget_early(after, last.unwrap_or(after), undone),
        store::tombstones::forget(&tombstone, tombstones, undone),
        store::retention::forget_notifications(now.plus(-run.fill.notifications()), others),
    ];
    batch.extend(store::cards::tidy(now, run.fill.cards(), others, (&card, cards)));
    store::write(&app.db, batch).await?;
    run.progress.card = last_card.unwrap_or_default();
    run.progress.tombstone = last_tombstone.unwrap_or_default();
    run.progress.account = last.filter(|_| seen >= count).unwrap_or_default();
    run.end(app).await
}
