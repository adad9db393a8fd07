//! From a remote note to a status.

use crate::activitypub::wire::vocab;
use crate::activitypub::wire::vocab::note::RemoteNote;
use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::poll::Poll;
use crate::model::quote::QuoteState;
use crate::model::status::{Status, StatusView, Visibility};
use crate::services;
use crate::services::publish::mention_of;
use crate::store;

/// Like [`build`], with what the note names loaded here.
pub async fn to_status(app: &App, author: &Account, note: &RemoteNote) -> Result<Status> {
    let mut people = note.mentioned.clone();
    people.extend(note.addressed.iter().cloned());
    people.truncate(200);
    let people = with_pages(people);
    let mut named: Vec<String> = note.in_reply_to.iter().cloned().collect();
    named.extend(note.quote.iter().filter_map(|q| q.uri.clone()));
    let (people, named) =
        store::load(&app.db, (store::accounts::by_uris(&people), store::statuses::by_uris(&named))).await?;
    let find = |uri: &str| people.iter().find(|a| a.uri == uri || a.url == uri).cloned();
    let known = |uri: &str| named.iter().find(|s| s.status.uri == uri);
    let mut status = build(app, author, note, &find, note.in_reply_to.as_deref().and_then(known));
    fill_quote(&mut status, note, &known);
    Ok(status)
}

/// The poll of a note. One that is said to be closed without a date is over since it was `before`, else now.
pub fn poll(app: &App, note: &RemoteNote, before: Option<&Poll>) -> Option<Poll> {
    let mut poll = note.poll.clone()?;
    if note.is_poll_closed && !poll.is_over(app.now()) {
        let known = before.filter(|b| b.is_over(app.now())).and_then(|b| b.expires_at);
        poll.expires_at = known.or(Some(app.now()));
    }
    Some(poll)
}

/// The status of a note by `author`, but for its id. `person` finds known accounts by id or page.
pub fn build(
    app: &App,
    author: &Account,
    note: &RemoteNote,
    person: &dyn Fn(&str) -> Option<Account>,
    parent: Option<&StatusView>,
) -> Status {
    let mut mentions = Vec::new();
    let is_addressed = |account: &Account| {
        note.addressed.contains(&account.uri) || note.visibility <= crate::model::status::Visibility::Unlisted
    };
    for uri in &note.mentioned {
        if let Some(account) = person(uri)
            && !mentions.iter().any(|m: &crate::model::status::Mention| m.id == account.id)
        {
            // A mention that is not in `to` or `cc` makes no notification.
            let is_silent = !is_addressed(&account);
            mentions.push(mention_of(&account, is_silent));
        }
    }
    // Addressed without a mention: may see it, without a notification.
    for uri in &note.addressed {
        if let Some(account) = person(uri).filter(Account::is_local)
            && !mentions.iter().any(|m| m.id == account.id)
        {
            mentions.push(mention_of(&account, true));
        }
    }
    let parent = parent.map(|p| &p.proper().status);
    // The conversation is the parent's, where the author may see that, or one that the author's own server names.
    // Otherwise anybody could put a note into a conversation between others.
    let is_theirs = |p: &Status| {
        p.visibility != Visibility::Direct
            || p.account_id == author.id
            || p.mentions.iter().any(|m| m.id == author.id)
    };
    let conversation = match parent.filter(|p| is_theirs(p)).and_then(|p| p.conversation.clone()) {
        Some(known) => known,
        None => {
            let named = note.conversation.clone().filter(|name| is_named_by(name, &author.uri));
            named.unwrap_or_else(|| note.uri.clone())
        }
    };
    Status {
        uri: note.uri.clone(),
        url: note.url.clone(),
        account_id: author.id,
        visibility: note.visibility,
        in_reply_to_id: parent.map(|p| p.id),
        in_reply_to_account_id: parent.map(|p| p.account_id),
        in_reply_to_uri: if parent.is_some() { None } else { note.in_reply_to.clone() },
        conversation: Some(conversation),
        content: note.content.clone(),
        spoiler_text: note.spoiler_text.clone(),
        is_sensitive: note.is_sensitive,
        language: note.language.clone(),
        mentions,
        tags: note.tags.clone(),
        emojis: note.emojis.clone(),
        media: note.media.clone(),
        created_at: note.published.unwrap_or_else(|| app.now()),
        edited_at: note.updated.filter(|u| note.published.is_some_and(|p| *u > p)),
        poll: poll(app, note, None),
        quote_policy: note.quote_policy,
        rules: note.rules,
        ..Status::default()
    }
}

/// Whether a conversation's name is of this actor's host: a URL, or a tag URI (RFC 4151) as Mastodon makes them.
fn is_named_by(conversation: &str, actor: &str) -> bool {
    let authority = conversation.strip_prefix("tag:").and_then(|rest| rest.split(',').next());
    match authority {
        Some(authority) => vocab::host(actor).is_some_and(|host| host.eq_ignore_ascii_case(authority)),
        None => vocab::is_same_host(conversation, actor),
    }
}

/// Some servers name accounts by their pages (Friendica, older Pleroma). Of ours that is `/@name` for `/users/name`:
/// both are looked up.
pub fn with_pages(mut uris: Vec<String>) -> Vec<String> {
    let ids: Vec<String> =
        uris.iter().filter(|u| u.contains("/@")).map(|u| u.replacen("/@", "/users/", 1)).collect();
    uris.extend(ids);
    uris
}

/// Writes into a status what its note claims to quote. The claim is pending until it is authorized; quotes of oneself
/// need no authorization.
pub fn fill_quote<'a>(
    status: &mut Status,
    note: &RemoteNote,
    known: &dyn Fn(&str) -> Option<&'a StatusView>,
) {
    let Some(quote) = &note.quote else { return };
    let Some(uri) = &quote.uri else {
        status.quote_state = Some(QuoteState::Deleted);
        return;
    };
    status.quote_uri = Some(uri.clone());
    status.quote_stamp.clone_from(&quote.stamp);
    status.quote_state = Some(QuoteState::Pending);
    if let Some(quoted) = known(uri).filter(|q| q.reblog.is_none()) {
        status.quote_of_id = Some(quoted.status.id);
        if quoted.status.account_id == status.account_id {
            status.quote_state = Some(QuoteState::Accepted);
            status.quote_stamp = None;
        }
    }
}

/// Whether a fetch is needed to settle a quote: of what is quoted, or of its author's authorization.
pub fn has_open_quote(status: &Status) -> bool {
    status.quote_state == Some(QuoteState::Pending)
        && status.quote_uri.is_some()
        && (status.quote_of_id.is_none() || status.quote_stamp.is_some())
}

/// Adds the job `quote` for a status, which starts once the answer is sent.
pub async fn look_into_quote(app: &App, status: &Status) -> Result<()> {
    if has_open_quote(status) {
        services::job::start(app, "quote", &status.uri, QUOTE_JOB).await?;
    }
    Ok(())
}

/// The context of a `quote` job for a status that is not itself quoted.
pub const QUOTE_JOB: &str = "{\"depth\":1}";

/// Like [`look_into_quote`], of a status that was fetched, but not for being quoted.
pub async fn look_into_quote_of(app: &App, id: Id) -> Result<()> {
    match store::load(&app.db, store::statuses::by_id(id, None)).await? {
        Some(view) => look_into_quote(app, &view.proper().status).await,
        None => Ok(()),
    }
}
