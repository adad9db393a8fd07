//! From a remote note to a status.

use crate::activitypub::vocab::note::RemoteNote;
use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::poll::Poll;
use crate::model::status::{Status, StatusView};
use crate::services::publish::mention_of;
use crate::store;

/// As [`build`], with what the note names loaded here.
pub async fn to_status(app: &App, author: &Account, note: &RemoteNote) -> Result<Status> {
    let mut people = note.mentioned.clone();
    people.extend(note.addressed.iter().cloned());
    people.truncate(200);
    let people = super::with_pages(people);
    let mut named: Vec<String> = note.in_reply_to.iter().cloned().collect();
    named.extend(note.quote.iter().filter_map(|q| q.uri.clone()));
    let (people, named) =
        store::load(&app.db, (store::accounts::by_uris(&people), store::statuses::by_uris(&named))).await?;
    let find = |uri: &str| people.iter().find(|a| a.uri == uri || a.url == uri).cloned();
    let known = |uri: &str| named.iter().find(|s| s.status.uri == uri);
    let mut status = build(app, author, note, &find, note.in_reply_to.as_deref().and_then(known));
    super::quote::fill(&mut status, note, &known);
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
            // A mention that was not addressed is no reason to be told.
            let is_silent = !is_addressed(&account);
            mentions.push(mention_of(&account, is_silent));
        }
    }
    // Addressed without being mentioned: may see it, nothing more.
    for uri in &note.addressed {
        if let Some(account) = person(uri).filter(Account::is_local)
            && !mentions.iter().any(|m| m.id == account.id)
        {
            mentions.push(mention_of(&account, true));
        }
    }
    let parent = parent.map(|p| &p.proper().status);
    Status {
        uri: note.uri.clone(),
        url: note.url.clone(),
        account_id: author.id,
        visibility: note.visibility,
        in_reply_to_id: parent.map(|p| p.id),
        in_reply_to_account_id: parent.map(|p| p.account_id),
        in_reply_to_uri: if parent.is_some() { None } else { note.in_reply_to.clone() },
        conversation: parent
            .and_then(|p| p.conversation.clone())
            .or_else(|| note.conversation.clone())
            .or_else(|| Some(note.uri.clone())),
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
