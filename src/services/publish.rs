//! A status comes to be, or changes: written here, or received from elsewhere.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::status::{Mention, Status, StatusView, Visibility};
use crate::model::time::HOUR;
use crate::model::uri;
use crate::platform::sql::{Rows, Statement};
use crate::store;
use crate::text;
use crate::text::mentions::MentionMatch;

/// Grapheme clusters of text and warning together, as Mastodon counts them.
pub const MAX_CHARACTERS: usize = 500;
/// How long an Idempotency-Key is kept, in milliseconds.
const IDEMPOTENCY_LIVES: i64 = HOUR;

/// A status as a local person writes it. <https://docs.joinmastodon.org/methods/statuses/#create>
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Plain text.
    pub text: String,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub visibility: Visibility,
    /// ISO 639-1, such as `ko`.
    pub language: Option<String>,
    pub in_reply_to_id: Option<Id>,
    pub app_id: Option<Id>,
    pub idempotency_key: Option<String>,
}

/// What is known before a draft is committed.
pub struct Prepared {
    found: Vec<MentionMatch>,
    home: String,
    accounts: Vec<Account>,
    parent: Option<StatusView>,
    /// What the same Idempotency-Key has made before.
    pub earlier: Option<Id>,
}

impl Prepared {
    /// Handles (user name, domain) that the text mentions and that nobody here knows yet. Whoever can
    /// fetch may resolve them and [`learn`](Self::learn) the accounts; what stays unknown stays text.
    pub fn unknown(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = self.found.iter().map(|m| self.handle_of(m)).collect();
        all.retain(|(name, domain)| !self.accounts.iter().any(|a| is_handle(a, name, domain)));
        all.sort();
        all.dedup();
        all
    }

    pub fn learn(&mut self, account: Account) {
        self.accounts.push(account);
    }

    fn handle_of(&self, m: &MentionMatch) -> (String, String) {
        (m.username.clone(), m.domain.as_ref().map_or_else(|| self.home.clone(), |d| d.to_lowercase()))
    }

    fn account_of(&self, m: &MentionMatch) -> Option<&Account> {
        let (name, domain) = self.handle_of(m);
        self.accounts.iter().find(|a| is_handle(a, &name, &domain))
    }
}

fn is_handle(account: &Account, name: &str, domain: &str) -> bool {
    account.username.eq_ignore_ascii_case(name) && account.domain == domain
}

/// Checks a draft and loads what it refers to: one round trip.
///
/// Errors: `Unprocessable` where the text is empty or too long; `NotFound` where what it answers is
/// not there for the author.
pub async fn prepare(app: &App, author: &Account, draft: &mut Draft) -> Result<Prepared> {
    check(draft)?;
    let found = text::mentions::find(&draft.text);
    let home = author.domain.clone();
    let handles: Vec<(String, String)> = found
        .iter()
        .map(|m| (m.username.clone(), m.domain.as_ref().map_or_else(|| home.clone(), |d| d.to_lowercase())))
        .collect();
    let key = draft.idempotency_key.clone().unwrap_or_default();
    let since = app.now().plus(-IDEMPOTENCY_LIVES);
    let (accounts, parent, earlier) = store::load(
        &app.db,
        (
            store::accounts::by_handles(&handles),
            store::statuses::visible_by_id(draft.in_reply_to_id.unwrap_or_default(), Some(author.id)),
            store::statuses::by_idempotency(author.id, &key, since),
        ),
    )
    .await?;
    if draft.in_reply_to_id.is_some() && parent.is_none() {
        return Err(Error::NotFound);
    }
    Ok(Prepared { found, home, accounts, parent, earlier })
}

fn check(draft: &mut Draft) -> Result<()> {
    if draft.text.trim().is_empty() {
        // As Mastodon: a warning without a text becomes the text.
        draft.text = std::mem::take(&mut draft.spoiler_text);
    }
    if draft.text.trim().is_empty() {
        return Err(Error::validation("Text can't be blank"));
    }
    if text::count::length(&draft.text, &draft.spoiler_text) > MAX_CHARACTERS {
        return Err(Error::validation(format!("Text character limit of {MAX_CHARACTERS} exceeded")));
    }
    draft.is_sensitive |= !draft.spoiler_text.is_empty();
    Ok(())
}

/// Commits a prepared draft in one batch and answers the new status's id, or that of the status that
/// the same Idempotency-Key made before.
pub async fn commit(app: &App, author: &Account, draft: &Draft, prepared: Prepared) -> Result<Id> {
    if let Some(id) = prepared.earlier {
        return Ok(id);
    }
    let id = app.new_id();
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
    fill(app, author, &mut status, draft, &prepared);
    if let Some(parent) = &prepared.parent {
        let parent = &parent.proper().status;
        status.in_reply_to_id = Some(parent.id);
        status.in_reply_to_account_id = Some(parent.account_id);
        status.conversation.clone_from(&parent.conversation);
    }
    status.conversation.get_or_insert_with(|| status.uri.clone());

    let outbox_id = app.new_id();
    let mut batch = insert(app, &status);
    let outgoing =
        Outgoing::to(Event::Create { status_id: status.id }, addressed(&status, prepared.parent.as_ref()))
            .followers(status.visibility != Visibility::Direct);
    batch.push(store::outbox::insert(outbox_id, author.id, outgoing, app.now()));
    if let Some(key) = &draft.idempotency_key {
        batch.push(store::statuses::forget_idempotency(author.id, key, app.now().plus(-IDEMPOTENCY_LIVES)));
        batch.push(store::statuses::remember_idempotency(author.id, key, status.id, app.now()));
    }
    match store::write(&app.db, batch).await {
        Ok(_) => {
            app.hint(Message::Distribute(outbox_id));
            Ok(status.id)
        }
        // The same key at the same moment: the other request's status is the answer.
        Err(Error::Conflict(what)) if what.contains("idempotency_keys") => {
            let key = draft.idempotency_key.clone().unwrap_or_default();
            let since = app.now().plus(-IDEMPOTENCY_LIVES);
            store::load(&app.db, store::statuses::by_idempotency(author.id, &key, since))
                .await?
                .ok_or_else(|| Error::internal("an idempotency key conflicts with nothing"))
        }
        Err(other) => Err(other),
    }
}

/// A local author changes a status: commits the new text and tells everyone who has it.
pub async fn edit(
    app: &App,
    author: &Account,
    old: &Status,
    draft: &Draft,
    prepared: Prepared,
) -> Result<()> {
    let mut status = old.clone();
    status.edited_at = Some(app.now());
    fill(app, author, &mut status, draft, &prepared);
    let mut to_accounts = addressed(&status, None);
    to_accounts.extend(old.mentions.iter().filter(|m| !m.is_local).map(|m| m.id));
    to_accounts.extend(old.in_reply_to_account_id);
    to_accounts.extend(store::load(&app.db, store::statuses::remote_interested(old.id)).await?);
    let mut outgoing = Outgoing::to(Event::Update { status_id: status.id }, to_accounts)
        .followers(status.visibility != Visibility::Direct);
    if matches!(status.visibility, Visibility::Public | Visibility::Unlisted) {
        outgoing = outgoing.since(status.id);
    }
    let outbox_id = app.new_id();
    let mut batch = store::statuses::update_content(&status);
    batch.extend(tell_mentioned(app, &status));
    batch.push(store::outbox::insert(outbox_id, author.id, outgoing, app.now()));
    store::write(&app.db, batch).await?;
    app.hint(Message::Distribute(outbox_id));
    Ok(())
}

/// Text, warning, language, mentions and tags of a draft go into the status.
fn fill(app: &App, author: &Account, status: &mut Status, draft: &Draft, prepared: &Prepared) {
    let origin = author
        .domain_id
        .and_then(|id| app.site().domain_by_id(id).map(|d| d.web_origin.clone()))
        .unwrap_or_else(|| app.config.public_origin.clone());
    let composed = text::compose::compose(&draft.text, &origin, &|m| {
        prepared
            .account_of(m)
            .map(|a| text::compose::Target { url: a.url.clone(), username: a.username.clone() })
    });
    status.content = composed.html;
    status.text = Some(draft.text.clone());
    status.spoiler_text = draft.spoiler_text.clone();
    status.is_sensitive = draft.is_sensitive;
    status.language = draft.language.clone();
    status.tags = composed.hashtags;
    status.mentions = Vec::new();
    for account in prepared.found.iter().filter_map(|m| prepared.account_of(m)) {
        if !status.mentions.iter().any(|m| m.id == account.id) {
            status.mentions.push(mention_of(account, false));
        }
    }
}

/// A mention of an account, as a status keeps it.
pub fn mention_of(account: &Account, is_silent: bool) -> Mention {
    Mention {
        id: account.id,
        username: account.username.clone(),
        domain: account.domain.clone(),
        url: account.url.clone(),
        uri: account.uri.clone(),
        is_local: account.is_local(),
        is_silent,
    }
}

/// Remote accounts a new status goes to besides the followers.
fn addressed(status: &Status, parent: Option<&StatusView>) -> Vec<Id> {
    let mut all: Vec<Id> = status.mentions.iter().filter(|m| !m.is_local).map(|m| m.id).collect();
    if let Some(parent) = parent
        && status.visibility.is_distributable()
    {
        all.push(parent.proper().account.id);
    }
    all
}

/// The rows of a new status: itself, its mentions and tags, who is told.
fn insert(app: &App, status: &Status) -> Vec<Statement> {
    let mut batch = vec![store::statuses::insert(status)];
    batch.extend(store::statuses::insert_details(status));
    batch.extend(tell_mentioned(app, status));
    batch
}

fn tell_mentioned(app: &App, status: &Status) -> Option<Statement> {
    let told: Vec<(Id, Id)> =
        status.mentions.iter().filter(|m| m.is_local && !m.is_silent).map(|m| (app.new_id(), m.id)).collect();
    (!told.is_empty()).then(|| store::notifications::mentions(&told, status.account_id, &status.uri))
}

/// Stores a remote status, once however often it comes: one batch. `status` has everything but its id;
/// its parent is `in_reply_to_id` where we have it, else `in_reply_to_uri`. Answers the id, `None`
/// where it was here before or is to stay away.
pub async fn receive(app: &App, mut status: Status) -> Result<Option<Id>> {
    status.created_at = status.created_at.min(app.now());
    for attempt in 0..3 {
        status.id = app.id_at(status.created_at);
        let mut batch = insert(app, &status);
        // Only what others may wait for costs the look.
        batch.push(store::statuses::adopt_replies(&status));
        match store::write(&app.db, batch).await {
            Ok(rows) => return inserted(&rows),
            // Two statuses of one moment drew the same id: draw again.
            Err(Error::Conflict(what)) if what.contains("statuses.id") && attempt < 2 => {}
            Err(other) => return Err(other),
        }
    }
    Err(Error::internal("no free id for a status"))
}

fn inserted(rows: &[Rows]) -> Result<Option<Id>> {
    rows.first().and_then(|r| r.first()).map(|row| row.id("id")).transpose()
}

/// A remote author changed a status that we have: `status` carries its id, the new text and `edited_at`.
pub async fn receive_edit(app: &App, status: &Status) -> Result<()> {
    let mut batch = store::statuses::update_content(status);
    batch.extend(tell_mentioned(app, status));
    store::write(&app.db, batch).await?;
    Ok(())
}
