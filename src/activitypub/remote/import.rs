//! `import`: works off the entries of a file that a person has uploaded (`services::import`). Who is named in it is looked
//! up, if need be at their server, and followed, blocked and so on, as if the person did so one by one.
//!
//! A job does a few entries and stores how far it is, then it goes on in another invocation: by the queue as far as a day's
//! operations allow, else by cron.

use super::{fetch, resolve};
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::outcome::Outcome;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::import::{Chunk, Entry, Import, Kind, Removal, Why};
use crate::model::list::{List, MAX_LISTS};
use crate::model::time::{HOUR, MINUTE, SECOND};
use crate::platform::sql::Statement;
use crate::services;
use crate::store;
use crate::store::follows::Options;

/// What an entry takes whose account is known here; one that is looked up elsewhere may take more, and is tried again in
/// another invocation where that has no room.
const ENTRY: Need = Need { statements: 14, fetches: 2 };
/// Milliseconds after which no other entry is begun: servers may take their time, and an invocation ends half a minute after
/// its response.
const LONG: i64 = 8 * SECOND;
/// Entries whose server does not answer are tried again after so long, then once more; then they have failed.
const WAITS: [i64; 2] = [HOUR, 6 * HOUR];
/// Where so many attempts have ended without a word, the entry that they began with is left out.
const MAX_ENDED: i64 = 2;

/// Goes on with the import `subject` of the account `context`; `attempts` is that of this attempt.
pub async fn go_on(app: &App, subject: &str, context: &str, attempts: i64) -> Outcome {
    match step(app, subject, context, attempts).await {
        Ok(outcome) => outcome,
        // No attempt at an entry: it is not to be left out for that.
        Err(Error::Spent(_) | Error::TooManyRequests) => Outcome::Later,
        Err(error) => {
            crate::platform::log_failure(&format!("import {subject}"), &error);
            Outcome::Retry
        }
    }
}

async fn step(app: &App, subject: &str, context: &str, attempts: i64) -> Result<Outcome> {
    let (Some(id), Some(owner)) = (Id::parse(subject), Id::parse(context)) else {
        return Ok(Outcome::Drop("not an import"));
    };
    let is_fresh = app.cost().statements < ENTRY.statements;
    let parts = (
        store::imports::by_id(id),
        store::accounts::present(owner),
        store::imports::next_chunk(id),
        services::job::steps(app),
        store::users::by_account(owner),
    );
    let (import, account, chunk, used, user) = store::load(&app.db, parts).await?;
    let begins = |import: &Import| import.finished_at.is_none() && import.removal != Removal::Unconfirmed;
    let Some(import) = import.filter(begins) else {
        return Ok(Outcome::Done);
    };
    // Who is gone, suspended, frozen or has moved does nothing here any more.
    let is_open = user.is_some_and(|user| user.disabled_at.is_none());
    let Some(account) = account
        .filter(|a| a.id == import.account_id && a.moved_to_uri.is_none() && !a.is_suspended() && is_open)
    else {
        store::write(&app.db, vec![store::imports::delete_by_id(id)]).await?;
        return Ok(Outcome::Done);
    };
    let work = Work { app, import, account };
    let (goes_on, count) = services::job::next_step(app, &used);
    let Some(mut chunk) = chunk else { return work.rest(goes_on, count).await };
    let outcome = match attempts > MAX_ENDED {
        true => {
            chunk.fail_first(Why::Failed);
            Ok(true)
        }
        false => work.some(&mut chunk, is_fresh).await,
    };
    let mut batch = store::imports::save(work.import.id, &chunk).to_vec();
    batch.extend(count);
    let saved = store::write(&app.db, batch).await?;
    // Another one was first, or the person has ended it: that is told by the next attempt.
    if saved.first().is_none_or(Vec::is_empty) {
        return Ok(Outcome::Retry);
    }
    // Without room for a single entry, a later invocation may have some.
    Ok(if outcome? { goes_on } else { Outcome::Again(MINUTE) })
}

/// Why an entry is not done.
enum Failure {
    Why(Why),
    /// Its server does not answer; or was not asked, for want of room.
    Silent {
        is_asked: bool,
    },
    Ours(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound | Error::Gone => Self::Why(Why::NotFound),
            Error::Forbidden(_) => Self::Why(Why::Refused),
            Error::Remote { is_silent, .. } => Self::Silent { is_asked: is_silent },
            Error::Internal(_)
            | Error::Conflict(_)
            | Error::Unavailable(_)
            | Error::Platform(_)
            | Error::Spent(_)
            | Error::TooManyRequests => Self::Ours(error),
            // What the other server gives is of no use.
            _ => Self::Why(Why::NotFound),
        }
    }
}

type Taken<T> = std::result::Result<T, Failure>;

struct Work<'a> {
    app: &'a App,
    import: Import,
    account: Account,
}

impl Work<'_> {
    /// Does entries of a chunk, as far as there is room. Answers whether it has done any.
    async fn some(&self, chunk: &mut Chunk, is_fresh: bool) -> Result<bool> {
        let app = self.app;
        let begun_at = app.now();
        let mut done = 0;
        while let Some(entry) = chunk.entries.first().cloned() {
            if done > 0 && !(app.has_room(ENTRY) && app.now().0 - begun_at.0 < LONG) {
                break;
            }
            let taken = match chunk.is_removal() {
                true => self.remove(&entry).await.map(|()| None),
                false => self.take(&entry).await,
            };
            match taken {
                Ok(name) => {
                    chunk.entries.remove(0);
                    chunk.named.extend(name.filter(|_| self.import.is_overwrite));
                }
                Err(Failure::Why(why)) => chunk.fail_first(why),
                Err(Failure::Ours(error)) if done > 0 => {
                    crate::platform::log_failure(&format!("import {}", self.import.id), &error);
                    break;
                }
                Err(Failure::Ours(error)) => return Err(error),
                // What a whole invocation has no room for has failed.
                Err(Failure::Silent { is_asked: false })
                    if !fetch::has_room(app) && (done > 0 || !is_fresh) =>
                {
                    break;
                }
                Err(Failure::Silent { .. }) => self.put_off(chunk, &entry),
            }
            done += 1;
        }
        Ok(done > 0)
    }

    /// The server of an entry does not answer: it is not asked for the other entries of the chunk either.
    fn put_off(&self, chunk: &mut Chunk, silent: &Entry) {
        let domain = self.domain(silent);
        let (of_it, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut chunk.entries).into_iter().partition(|entry| self.domain(entry) == domain);
        chunk.entries = others;
        for entry in of_it {
            if usize::try_from(self.import.pass).is_ok_and(|pass| pass < WAITS.len()) {
                chunk.later.push(entry);
            } else {
                chunk.fail(Why::Unreachable, entry);
            }
        }
    }

    fn domain<'e>(&self, entry: &'e Entry) -> &'e str {
        let text = self.subject(entry);
        match text.split_once("://") {
            Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
            None => text.rsplit_once('@').map_or(text, |(_, domain)| domain),
        }
    }

    /// The address, domain or uri of an entry.
    fn subject<'e>(&self, entry: &'e Entry) -> &'e str {
        text(entry, usize::from(self.import.kind == Kind::Lists))
    }

    /// Does an entry. Answers what it is about where that has another name than in the file.
    async fn take(&self, entry: &Entry) -> Taken<Option<String>> {
        let subject = self.subject(entry);
        match self.import.kind {
            Kind::DomainBlocks => self.block_domain(subject).await.map(|()| None),
            Kind::Bookmarks => self.bookmark(subject).await,
            _ => {
                let target = self.find(subject).await?;
                self.tie(entry, &target).await?;
                let is_same = target.handle().eq_ignore_ascii_case(subject);
                Ok((!is_same).then(|| match self.import.kind {
                    Kind::Lists => format!("{}\n{}", text(entry, 0), target.id),
                    _ => target.id.to_string(),
                }))
            }
        }
    }

    async fn block_domain(&self, domain: &str) -> Taken<()> {
        if self.app.site().find_domain(domain).is_some() {
            return Err(Failure::Why(Why::Own));
        }
        Ok(services::follow::block_domain(self.app, &self.account, domain).await?)
    }

    async fn bookmark(&self, uri: &str) -> Taken<Option<String>> {
        let app = self.app;
        let id = match app.site().is_ours(uri) {
            true => match resolve::by_url(app, uri).await? {
                Some(resolve::Resolved::Status(id)) => Some(id),
                _ => None,
            },
            false => resolve::note_by_uri(app, uri, 0).await?,
        };
        let id = id.ok_or(Failure::Why(Why::NotFound))?;
        let visible = store::statuses::visible_by_id(id, Some(self.account.id));
        let view = store::load(&app.db, visible).await?.ok_or(Failure::Why(Why::NotFound))?;
        services::interact::bookmark(app, &self.account, &view).await?;
        let status = &view.proper().status;
        Ok((status.uri != uri).then(|| status.id.to_string()))
    }

    /// The account with an address. Where no more can be followed, none is looked up that is not known.
    async fn find(&self, address: &str) -> Taken<Account> {
        let (username, domain) = address.split_once('@').ok_or(Failure::Why(Why::Invalid))?;
        let follows = matches!(self.import.kind, Kind::Following | Kind::Followers | Kind::Lists);
        if follows && self.account.following_count >= services::follow::most_follows(&self.account) {
            let known = store::load(&self.app.db, store::accounts::by_handle(username, domain)).await?;
            known.ok_or(Failure::Why(Why::Full))?;
        }
        let found = resolve::account_by_handle(self.app, username, domain).await?;
        let found = found.ok_or(Failure::Why(Why::NotFound))?;
        let is_own = found.id == self.account.id && self.import.kind != Kind::Lists;
        if is_own { Err(Failure::Why(Why::Own)) } else { Ok(found) }
    }

    async fn tie(&self, entry: &Entry, target: &Account) -> Taken<()> {
        let (app, me) = (self.app, &self.account);
        match self.import.kind {
            Kind::Following => self.follow(target, &self.options(entry)).await,
            Kind::Followers => self.follow_once(target).await,
            Kind::Blocks => match store::load(&app.db, store::follows::block_uri(me.id, target.id)).await? {
                Some(_) => Ok(()),
                None => Ok(services::follow::block(app, me, target, None).await?),
            },
            Kind::Mutes => {
                let hides_notifications = text(entry, 1) != "false";
                let mute = store::mutes::set(app.new_id(), me.id, target.id, hides_notifications, None);
                store::write(&app.db, vec![mute]).await?;
                Ok(())
            }
            _ => self.put_on_list(text(entry, 0), target).await,
        }
    }

    /// The options of a follow. What the file does not say stays as it is; but no languages are all of them where the file
    /// is all that counts.
    fn options(&self, entry: &Entry) -> Options {
        let flag = |at: usize| Some(text(entry, at)).filter(|t| !t.is_empty()).map(|t| t == "true");
        let languages: Vec<String> =
            text(entry, 3).split(", ").filter(|t| !t.is_empty()).map(str::to_owned).collect();
        Options {
            shows_reblogs: flag(1),
            is_notifying: flag(2),
            languages: (self.import.is_overwrite || !languages.is_empty()).then_some(languages),
        }
    }

    async fn follow(&self, target: &Account, options: &Options) -> Taken<()> {
        match services::follow::follow(self.app, &self.account, target, None, options).await {
            Err(Error::Unprocessable(_)) => Err(Failure::Why(Why::Full)),
            done => Ok(done?),
        }
    }

    /// Follows an account that is not followed or asked already.
    async fn follow_once(&self, target: &Account) -> Taken<()> {
        let known = store::follows::between(self.account.id, target.id);
        match store::load(&self.app.db, known).await? {
            Some(_) => Ok(()),
            None => self.follow(target, &Options::default()).await,
        }
    }

    /// As on Mastodon: a list that is not there is made, and its members are followed.
    async fn put_on_list(&self, title: &str, target: &Account) -> Taken<()> {
        let (app, me) = (self.app, self.account.id);
        let lists = store::load(&app.db, store::lists::of(me)).await?;
        let list = match lists.into_iter().find(|list| list.title == title) {
            Some(list) => list.id,
            None => {
                let list =
                    List { id: app.new_id(), account_id: me, title: title.to_owned(), ..List::default() };
                let made = store::write(&app.db, vec![store::lists::insert(&list, MAX_LISTS)]).await?;
                if made.first().is_none_or(Vec::is_empty) {
                    return Err(Failure::Why(Why::Full));
                }
                list.id
            }
        };
        if target.id != me {
            self.follow_once(target).await?;
        }
        let addable = store::load(&app.db, store::lists::addable(me, list, &[target.id])).await?;
        if addable.is_empty() {
            return Err(Failure::Why(Why::Refused));
        }
        store::write(&app.db, vec![store::lists::add(list, &[(target.id, app.new_id())])]).await?;
        Ok(())
    }

    /// Ends a follow or block that is not in the file.
    async fn remove(&self, entry: &Entry) -> Taken<()> {
        let (app, me) = (self.app, &self.account);
        let Some(id) = Id::parse(text(entry, 0)) else { return Ok(()) };
        let Some(target) = store::load(&app.db, store::accounts::by_id(id)).await? else { return Ok(()) };
        match self.import.kind {
            Kind::Blocks => services::follow::unblock(app, me, &target).await?,
            _ => services::follow::unfollow(app, me, &target).await?,
        }
        Ok(())
    }

    /// There are no entries to be done now: those whose server did not answer are put off, then what is not in the file is
    /// removed, then what there was no room for is tried again, then it is over.
    async fn rest(&self, goes_on: Outcome, count: Option<Statement>) -> Result<Outcome> {
        let (app, import) = (self.app, &self.import);
        if store::load(&app.db, store::imports::has_later(import.id)).await? {
            store::write(&app.db, store::imports::next_pass(import.id, import.pass).to_vec()).await?;
            let wait = usize::try_from(import.pass).ok().and_then(|pass| WAITS.get(pass));
            return Ok(Outcome::Again(wait.copied().unwrap_or(HOUR)));
        }
        let (mut batch, outcome) = match (import.is_overwrite, import.removal) {
            (true, Removal::Waits) => (store::imports::remove_extra(import), goes_on),
            (true, Removal::Begun) => (store::imports::retry_full(import.id).to_vec(), goes_on),
            _ => (store::imports::finish(import.id, app.now()).to_vec(), Outcome::Done),
        };
        if !matches!(outcome, Outcome::Done) {
            batch.extend(count);
        }
        store::write(&app.db, batch).await?;
        Ok(outcome)
    }
}

fn text(entry: &Entry, at: usize) -> &str {
    entry.get(at).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_ours_are_no_word_about_an_entry() {
        for error in [
            Error::Spent("x".into()),
            Error::TooManyRequests,
            Error::Unavailable("x".into()),
            Error::Platform("x".into()),
            Error::Internal("x".into()),
        ] {
            assert!(matches!(Failure::from(error), Failure::Ours(_)));
        }
        assert!(matches!(Failure::from(Error::Gone), Failure::Why(Why::NotFound)));
    }
}
