//! Creates and edits statuses, local and remote.

use super::draft::{Draft, IDEMPOTENCY_LIFETIME, Prepared};
use super::{audience, card, permission, personal, spam};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::interaction::Interaction;
use crate::model::limits;
use crate::model::media::Media;
use crate::model::poll::Poll;
use crate::model::quote::{Allowance, QuotePolicy, QuoteState};
use crate::model::rate_limit::{MENTIONS, STATUSES};
use crate::model::retention::SHORTEST;
use crate::model::status::{Mention, Status, StatusView, Visibility};
use crate::model::time::Time;
use crate::model::uri;
use crate::platform::sql::{Rows, Statement};
use crate::store;
use crate::text;

/// Commits a prepared draft in one batch and answers the new status as its author sees it, or the status that the
/// same Idempotency-Key made before.
pub async fn commit(app: &App, author: &Account, draft: &Draft, prepared: Prepared) -> Result<StatusView> {
    if let Some(id) = prepared.earlier {
        return own(app, author, id).await;
    }
    personal::pace(app, STATUSES, 1)?;
    let answered = prepared.parent.as_ref().map(|parent| parent.proper().account.id);
    let is_addressed = |id: Id| id != author.id && Some(id) != answered;
    let mentioned = prepared.accounts.iter().filter(|account| is_addressed(account.id)).count();
    personal::pace(app, MENTIONS, u32::try_from(mentioned).unwrap_or(u32::MAX))?;
    for _ in 0..2 {
        match commit_as(app, app.new_id(), author, draft, &prepared).await {
            // Another row got the same id in the same millisecond: draw again.
            Err(Error::Conflict(what)) if is_id_taken(&what) => {}
            done => return done,
        }
    }
    commit_as(app, app.new_id(), author, draft, &prepared).await
}

/// Whether a batch failed because a new row's id exists already: there are few ids in a millisecond.
pub(super) fn is_id_taken(conflict: &str) -> bool {
    conflict.contains(".id") || conflict.contains("statuses.uri")
}

async fn own(app: &App, author: &Account, id: Id) -> Result<StatusView> {
    store::load(&app.db, store::statuses::by_id(id, Some(author.id))).await?.ok_or(Error::NotFound)
}

async fn commit_as(
    app: &App,
    id: Id,
    author: &Account,
    draft: &Draft,
    prepared: &Prepared,
) -> Result<StatusView> {
    let mut status = Status {
        id,
        uri: uri::status(&author.uri, id),
        url: uri::status_page(&author.url, id),
        account_id: author.id,
        is_local: true,
        visibility: draft.visibility,
        app_id: draft.app_id,
        created_at: app.now(),
        ..Status::default()
    };
    fill(app, author, &mut status, draft, prepared)?;
    if let Some(parent) = &prepared.parent {
        let needs_approval = permission::needs_approval(author, parent, Interaction::Reply)?;
        let parent = &parent.proper().status;
        // The request contains the status: an author who may not see it is not asked.
        let is_for_author =
            status.visibility.is_distributable() || status.mentions.iter().any(|m| m.id == parent.account_id);
        status.approval = (needs_approval && is_for_author).then(String::new);
        status.in_reply_to_id = Some(parent.id);
        status.in_reply_to_account_id = Some(parent.account_id);
        status.conversation.clone_from(&parent.conversation);
    }
    status.conversation.get_or_insert_with(|| status.uri.clone());
    let (mut stamp, mut asked) = (None, None);
    if let Some(quoted) = prepared.quoted.as_ref().map(StatusView::proper) {
        status.quote_of_id = Some(quoted.status.id);
        // A remote author's server answers; the quote is pending until then.
        let is_granted = quoted.flags.is_author
            || (quoted.account.is_local() && quoted.flags.quoting == Allowance::Automatic);
        status.quote_state = Some(if is_granted { QuoteState::Accepted } else { QuoteState::Pending });
        status.quote_uri = Some(quoted.status.uri.clone());
        // Their server gets it and all later activities about it, even after the quoted status is deleted.
        let is_named = status.mentions.iter().any(|m| m.id == quoted.account.id);
        if status.visibility.is_distributable() && !quoted.account.is_local() && !is_named {
            status.mentions.push(mention_of(&quoted.account, true));
        }
        if is_granted && !quoted.flags.is_author {
            let stamp_id = app.new_id();
            status.quote_stamp = Some(uri::stamp(&quoted.account.uri, stamp_id));
            stamp = Some(store::quotes::stamp(stamp_id, quoted.status.id, status.account_id, &status.uri));
        } else if !is_granted {
            asked = Some(Outgoing::to(Event::QuoteRequest { status_id: id }, vec![quoted.account.id]));
        }
    }

    status.card_url = card::url_of(app, &status);
    // They arrive in this order.
    let (outbox_id, request_id) = match &asked {
        Some(_) => app.two_ids(),
        None => (app.new_id(), Id::default()),
    };
    let mut batch = insert(app, &status, Arrival::Sent);
    batch.extend(notify_quoted(app, &status, prepared.quoted.as_ref()));
    batch.extend(stamp);
    let page = card::Started::add(app, &status, &mut batch);
    batch.push(index(&status));
    let people = audience::addressed(&status, prepared.parent.as_ref());
    let outgoing = audience::publication(&status, people);
    let outbox_at = batch.len();
    batch.push(store::outbox::insert_if_audience(outbox_id, author.id, outgoing, app.now()));
    if let Some(asked) = asked {
        batch.push(store::outbox::insert(request_id, author.id, asked, app.now()));
    }
    if let Some(key) = &draft.idempotency_key {
        batch.push(store::statuses::forget_idempotency(
            author.id,
            key,
            app.now().plus(-IDEMPOTENCY_LIFETIME),
        ));
        batch.push(match draft.scheduled_id {
            Some(kept) => store::scheduled::remember_published(author.id, kept, key, status.id, app.now()),
            None => store::statuses::remember_idempotency(author.id, key, status.id, app.now()),
        });
    }
    if let Some(kept) = draft.scheduled_id {
        batch.push(store::scheduled::delete(author.id, kept));
        if !prepared.media.is_empty() {
            batch.push(store::media::release(kept, author.id, app.now(), false));
        }
    }
    batch.extend(take_media(author, &status, draft, prepared));
    match store::write_then(&app.db, batch, store::statuses::by_id(id, Some(author.id))).await {
        Ok((rows, view)) => {
            if rows.get(outbox_at).is_some_and(|r| !r.is_empty()) {
                app.hint(Message::Distribute(outbox_id));
            }
            if let Some(page) = page {
                page.hint(app, &rows);
            }
            if status.quote_state == Some(QuoteState::Pending) {
                app.hint(Message::Distribute(request_id));
            }
            view.ok_or(Error::NotFound)
        }
        // A concurrent request with the same key: its status is the result.
        Err(Error::Conflict(what)) if what.contains("media.owner_id") => {
            Err(Error::validation("Media not found or already attached to another post"))
        }
        Err(Error::Conflict(what)) if what.contains("idempotency_keys") => {
            let key = draft.idempotency_key.clone().unwrap_or_default();
            let since = app.now().plus(-IDEMPOTENCY_LIFETIME);
            let earlier =
                store::load(&app.db, store::statuses::by_idempotency(author.id, &key, since)).await?;
            own(app, author, earlier.ok_or(Error::NotFound)?).await
        }
        Err(other) => Err(other),
    }
}

/// The status uses its attachments from now on, with their descriptions.
fn take_media(author: &Account, status: &Status, draft: &Draft, prepared: &Prepared) -> Vec<Statement> {
    if prepared.media.is_empty() {
        return Vec::new();
    }
    let ids: Vec<Id> = prepared.media.iter().map(|m| m.id).collect();
    let mut all = vec![store::media::take(&ids, author.id, status.id)];
    let is_changed = |m: &&Media| draft.media_changes.iter().any(|c| c.id == m.id);
    all.extend(prepared.media.iter().filter(is_changed).map(|m| store::media::describe(m, author.id)));
    all
}

/// A local author edits a status: commits the new version and sends it to all servers that have it.
pub async fn edit(
    app: &App,
    author: &Account,
    old: &Status,
    draft: &Draft,
    prepared: Prepared,
) -> Result<()> {
    let mut status = old.clone();
    fill(app, author, &mut status, draft, &prepared)?;
    let is_added =
        |mention: &&Mention| !old.mentions.iter().any(|m| m.id == mention.id) && mention.id != author.id;
    let added = status.mentions.iter().filter(is_added).count();
    personal::pace(app, MENTIONS, u32::try_from(added).unwrap_or(u32::MAX))?;
    if spam::applies_to(app, author, status.visibility) {
        let (words, urls) = (searchable(&status), text::links::targets(&status.content));
        spam::own(app, &mut status.visibility, &words, &urls, true).await?;
    }
    // Accounts that are no longer mentioned still have the status, and get its updates.
    for mention in &old.mentions {
        if !status.mentions.iter().any(|m| m.id == mention.id) {
            status.mentions.push(Mention { is_silent: true, ..mention.clone() });
        }
    }
    if let (Some(new), Some(before)) = (&mut status.poll, &old.poll)
        && new.is_same_question(before)
    {
        // A poll with unchanged options keeps its votes.
        let keeps_end = draft.poll.as_ref().is_some_and(|poll| poll.keeps_end);
        let expires_at = if keeps_end { before.expires_at } else { new.expires_at };
        *new = Poll { expires_at, hides_totals: new.hides_totals, ..before.clone() };
    }
    status.edited_at = old.edited_at;
    status.card_url = card::url_of(app, &status);
    let has_changed = status != *old;
    status.edited_at = Some(app.now());
    if !has_changed {
        return Ok(());
    }
    let event = Event::Update { status_id: status.id };
    let mut outgoing =
        audience::by_visibility(&status, Outgoing::to(event, recipients_of_update(app, &status).await?));
    if status.visibility.is_distributable() && !status.is_waiting() {
        outgoing = outgoing.since(status.id);
    }
    let outbox_id = app.new_id();
    let mut batch = store::statuses::update_content(&status);
    let page = relink(app, old, &status, &mut batch);
    batch.push(store::statuses::set_policies(status.id, author.id, status.quote_policy, status.rules));
    batch.extend(take_media(author, &status, draft, &prepared));
    batch.extend(notify_mentioned(app, &status));
    batch.extend(keep_mentioned(&status));
    batch.extend(store::notifications::edited(app.new_id(), &status));
    batch.push(index(&status));
    batch.push(store::outbox::insert(outbox_id, author.id, outgoing, app.now()));
    let rows = store::write(&app.db, batch).await?;
    app.hint(Message::Distribute(outbox_id));
    if let Some(page) = page {
        page.hint(app, &rows);
    }
    Ok(())
}

/// What an edit changes of a status's links, after its row in the batch.
fn relink(app: &App, old: &Status, new: &Status, batch: &mut Vec<Statement>) -> Option<card::Started> {
    if new.visibility == Visibility::Public {
        let links = text::links::of_html(&new.content);
        if links != text::links::of_html(&old.content) {
            batch.extend(store::statuses::replace_links(new, &links));
        }
    }
    if new.card_url == old.card_url {
        return None;
    }
    card::Started::add(app, new, batch)
}

/// A local author changes the quote policy of a status.
pub async fn change_quote_policy(
    app: &App,
    author: &Account,
    status: &Status,
    policy: QuotePolicy,
) -> Result<()> {
    if status.quote_policy == policy {
        return Ok(());
    }
    let outbox_id = app.new_id();
    let outgoing = refresh(app, status).await?;
    let batch = vec![
        store::statuses::set_policies(status.id, author.id, policy, status.rules),
        store::outbox::insert(outbox_id, author.id, outgoing, app.now()),
    ];
    store::write(&app.db, batch).await?;
    app.hint(Message::Distribute(outbox_id));
    Ok(())
}

/// Remote accounts that get a local status in its current version, besides the followers: mentioned ones and,
/// if it is public or unlisted, those that interacted with it. Accounts that interacted with a private status
/// may have unfollowed since, and the author of the quoted or parent status may never have seen it.
async fn recipients_of_update(app: &App, status: &Status) -> Result<Vec<Id>> {
    let mut all = audience::addressed(status, None);
    if status.visibility.is_distributable() {
        all.extend(status.in_reply_to_account_id);
        all.extend(store::load(&app.db, store::statuses::remote_interested(status.id)).await?);
    }
    Ok(all)
}

/// The activity for everybody who has a local status when something beside its text has changed.
pub(super) async fn refresh(app: &App, status: &Status) -> Result<Outgoing> {
    let to_accounts = recipients_of_update(app, status).await?;
    let event = Event::Refresh { status_id: status.id, at: app.now() };
    if status.is_waiting() {
        return Ok(audience::by_visibility(status, Outgoing::to(event, to_accounts)));
    }
    let outgoing = Outgoing::to(event, to_accounts).followers(status.visibility != Visibility::Direct);
    Ok(if status.visibility.is_distributable() { outgoing.since(status.id) } else { outgoing })
}

/// Notifies the author of the quoted status, once the quote is accepted.
fn notify_quoted(app: &App, status: &Status, quoted: Option<&StatusView>) -> Option<Statement> {
    let quoted = quoted.map(StatusView::proper)?;
    (status.quote_state == Some(QuoteState::Accepted) && quoted.account.is_local() && !quoted.flags.is_author)
        .then(|| store::notifications::quote(app.new_id(), quoted.account.id, status.account_id, &status.uri))
}

/// Indexes a searchable status at once, where cron would not.
fn index(status: &Status) -> Statement {
    store::search::index(status.id, &searchable(status))
}

/// The searchable text of a status.
pub fn searchable(status: &Status) -> String {
    let mut words = format!("{} {}", status.spoiler_text, text::sanitize::plain(&status.content));
    for option in status.poll.iter().flat_map(|p| &p.options) {
        words.push(' ');
        words.push_str(&option.0);
    }
    for description in status.media.iter().filter_map(|m| m.description.as_deref()) {
        words.push(' ');
        words.push_str(description);
    }
    words
}

/// Puts text, content warning, language, mentions and tags of a draft into the status.
///
/// Error: `Unprocessable` where the text becomes too long (URLs count as 23 characters, but are stored in
/// full), and where staff has made one of its hashtags unusable.
fn fill(app: &App, author: &Account, status: &mut Status, draft: &Draft, prepared: &Prepared) -> Result<()> {
    let origin = app.origin_of(author);
    let composed = text::compose::compose(&draft.text, &origin, &|m| {
        prepared
            .account_of(m)
            .map(|a| text::compose::Target { url: a.url.clone(), username: a.username.clone() })
    });
    if composed.html.len() > limits::CONTENT {
        return Err(super::draft::too_long());
    }
    let site = app.site();
    let refused: Vec<&str> =
        composed.hashtags.iter().map(String::as_str).filter(|name| !site.tags.is_usable(name)).collect();
    if !refused.is_empty() {
        let what = if refused.len() == 1 { "a disallowed hashtag" } else { "the disallowed hashtags" };
        return Err(Error::validation(format!("Text contained {what}: {}", refused.join(", "))));
    }
    status.content = composed.html;
    status.text = Some(draft.text.clone());
    status.spoiler_text = draft.spoiler_text.clone();
    status.is_sensitive = draft.is_sensitive;
    status.language = draft.language.clone();
    status.tags = composed.hashtags;
    status.emojis = prepared.emojis.clone();
    status.media = prepared.media.iter().map(|m| m.attachment(&origin)).collect();
    status.quote_policy =
        if status.visibility.is_distributable() { draft.quote_policy } else { QuotePolicy::NOBODY };
    status.poll = draft.poll.as_ref().map(|p| Poll {
        options: p.options.iter().map(|o| (o.clone(), 0)).collect(),
        is_multiple: p.is_multiple,
        hides_totals: p.hides_totals,
        expires_at: Some(app.now().plus(p.lasts)),
        voters: Some(0),
        names: Vec::new(),
    });
    status.mentions = Vec::new();
    for account in prepared.found.iter().filter_map(|m| prepared.account_of(m)) {
        if !status.mentions.iter().any(|m| m.id == account.id) {
            status.mentions.push(mention_of(account, false));
        }
    }
    Ok(())
}

/// A mention of an account, as it is stored in the status.
pub fn mention_of(account: &Account, is_silent: bool) -> Mention {
    Mention {
        id: account.id,
        username: account.username.clone(),
        domain: account.domain.clone(),
        url: account.url.clone(),
        uri: account.uri.clone(),
        is_local: account.is_local(),
        is_silent,
        group_followers: account.followers_url.clone().filter(|_| account.is_group()),
    }
}

/// How a status comes here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// It is published here, or sent to somebody here.
    Sent,
    Fetched,
    /// Fetched as an old one, of which nobody is told.
    Filed,
}

/// The statements of a new status: its row, its mentions and tags, its notifications.
fn insert(app: &App, status: &Status, arrival: Arrival) -> Vec<Statement> {
    let mut batch = vec![match arrival {
        Arrival::Filed => store::statuses::insert_untold(status),
        _ => store::statuses::insert(status),
    }];
    batch.extend(store::statuses::insert_details(status));
    if status.visibility == Visibility::Public {
        let links = text::links::of_html(&status.content);
        if !links.is_empty() {
            batch.push(store::statuses::insert_links(&status.uri, &links));
        }
    }
    batch.extend(keep_mentioned(status));
    if arrival == Arrival::Filed {
        return batch;
    }
    batch.extend(notify_mentioned(app, status));
    let is_reply = status.in_reply_to_uri.is_some()
        || status.in_reply_to_account_id.is_some_and(|to| to != status.account_id);
    // What is fetched at that age may have been here before.
    let is_new = arrival == Arrival::Sent || status.created_at > app.now().plus(-SHORTEST);
    if is_new && !is_reply && status.visibility != Visibility::Direct {
        batch.push(store::notifications::new_status(app.new_id(), status.account_id, &status.uri));
    }
    batch
}

/// The accounts that a local status mentions stay: it has their ids.
fn keep_mentioned(status: &Status) -> Option<Statement> {
    let of_others = status.mentions.iter().filter(|m| !m.is_local && status.is_local);
    let accounts: Vec<Id> = of_others.map(|m| m.id).collect();
    (!accounts.is_empty()).then(|| store::retention::mark_accounts(&accounts))
}

fn notify_mentioned(app: &App, status: &Status) -> Option<Statement> {
    let recipients: Vec<(Id, Id)> =
        status.mentions.iter().filter(|m| m.is_local && !m.is_silent).map(|m| (app.new_id(), m.id)).collect();
    (!recipients.is_empty()).then(|| store::notifications::mentions(&recipients, status))
}

/// Stores a remote status, once however often it arrives, in one batch. `status` has everything but its id;
/// its parent is `in_reply_to_id` if stored, else `in_reply_to_uri`. Returns the id, `None` if it was stored
/// before or was deleted. `is_for_us`: it arrives for somebody here, so that the page that it links to is fetched.
pub async fn receive(app: &App, status: Status, is_for_us: bool) -> Result<Option<Id>> {
    keep(app, status, if is_for_us { Arrival::Sent } else { Arrival::Fetched }).await
}

/// As [`receive`], of an old status that was fetched to be there: nobody is notified of it, and live streams do not tell of it.
pub async fn file(app: &App, status: Status) -> Result<Option<Id>> {
    keep(app, status, Arrival::Filed).await
}

async fn keep(app: &App, mut status: Status, arrival: Arrival) -> Result<Option<Id>> {
    status.created_at = status.created_at.min(app.now());
    status.card_url = card::url_of(app, &status);
    for attempt in 0..3 {
        status.id = app.id_of_status(&status.uri, status.created_at, attempt);
        let mut batch = insert(app, &status, arrival);
        if status.mentions.iter().any(|m| m.is_local) {
            batch.push(store::search::index_received(&status.uri, &searchable(&status)));
        }
        // Waiting replies are looked up only if there can be any.
        batch.push(store::statuses::adopt_replies(&status));
        let page = if arrival == Arrival::Sent { card::Started::add(app, &status, &mut batch) } else { None };
        match store::write(&app.db, batch).await {
            Ok(rows) => {
                if let Some(page) = page {
                    page.hint(app, &rows);
                }
                return inserted(&rows);
            }
            // Another status got the same id: draw again.
            Err(Error::Conflict(what)) if what.contains("statuses.id") && attempt < 2 => {}
            Err(other) => return Err(other),
        }
    }
    Err(Error::internal("no free id for a status"))
}

fn inserted(rows: &[Rows]) -> Result<Option<Id>> {
    rows.first().and_then(|r| r.first()).map(|row| row.id("id")).transpose()
}

/// A remote author edited a stored status: `status` has its id, the new text and `edited_at`. `notifies` is false where
/// the author is suspended.
pub async fn receive_edit(app: &App, old: &Status, status: &Status, notifies: bool) -> Result<()> {
    // What it quotes is no part of an edit.
    let quote_uri = old.quote_uri.clone();
    let mut status = Status { quote_uri, quote_state: old.quote_state, ..status.clone() };
    status.card_url = card::url_of(app, &status);
    let status = &status;
    let mut batch = store::statuses::update_content(status);
    let page = relink(app, old, status, &mut batch);
    if notifies {
        batch.extend(notify_mentioned(app, status));
        batch.extend(store::notifications::edited(app.new_id(), status));
    }
    batch.push(store::search::reindex(status.id, &searchable(status)));
    let rows = store::write(&app.db, batch).await?;
    if let Some(page) = page.filter(|_| notifies) {
        page.hint(app, &rows);
    }
    Ok(())
}

/// A remote status was sent again without a visible change: other properties are updated. It is not an edit,
/// and nobody is notified. `at` is the time of the update: older ones are ignored from then on.
pub async fn receive_refresh(app: &App, status: &Status, at: Time) -> Result<()> {
    store::write(&app.db, store::statuses::refresh_content(status, at)).await?;
    Ok(())
}
