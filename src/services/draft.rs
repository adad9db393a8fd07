//! A status that a local account wants to publish: validation, and loading of what it refers to.

use std::collections::HashSet;
use std::rc::Rc;

use super::{media, permission, spam};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::{Account, Emoji};
use crate::model::id::Id;
use crate::model::interaction::Interaction;
use crate::model::limits;
use crate::model::media::{Kind, Media};
use crate::model::poll;
use crate::model::quote::{Allowance, QuotePolicy};
use crate::model::site::Site;
use crate::model::status::{StatusView, Visibility};
use crate::model::time::HOUR;
use crate::platform::guard::normalise_domain;
use crate::store;
use crate::text;
use crate::text::mentions::MentionMatch;

/// Maximum grapheme clusters of text and content warning together, counted as Mastodon does.
pub const MAX_CHARACTERS: usize = 500;

/// How long an Idempotency-Key is kept, in milliseconds.
pub(super) const IDEMPOTENCY_LIFETIME: i64 = HOUR;

/// A status before it is published. <https://docs.joinmastodon.org/methods/statuses/#create>
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
    pub poll: Option<PollDraft>,
    pub quoted_status_id: Option<Id>,
    /// An edit of a status that is a quote: it needs no text.
    pub is_quote: bool,
    pub quote_policy: QuotePolicy,
    /// Uploaded files, in this order.
    pub media_ids: Vec<Id>,
    /// Changes of their descriptions and focal points.
    pub media_changes: Vec<media::Change>,
    /// The status that is edited, whose files it may use.
    pub edited_id: Option<Id>,
    /// The row of `scheduled_statuses` that it comes from, which is deleted when it is published.
    pub scheduled_id: Option<Id>,
}

/// A poll of a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PollDraft {
    pub options: Vec<String>,
    pub is_multiple: bool,
    pub hides_totals: bool,
    /// Milliseconds.
    pub lasts: i64,
    /// Of an edit: its end stays as it is while its question does.
    pub keeps_end: bool,
}

/// The result of preparing a draft.
pub struct Prepared {
    pub(super) found: Vec<MentionMatch>,
    home: String,
    site: Rc<Site>,
    pub(super) accounts: Vec<Account>,
    pub(super) parent: Option<StatusView>,
    pub(super) quoted: Option<StatusView>,
    pub(super) emojis: Vec<Emoji>,
    /// The attachments in order, with the draft's changes.
    pub(super) media: Vec<Media>,
    /// The status that the same Idempotency-Key made before.
    pub earlier: Option<Id>,
}

impl Prepared {
    /// Handles (username, domain) that the text mentions and that are not stored here. A caller that can
    /// fetch may resolve them and [`learn`](Self::learn) the accounts; others stay text.
    pub fn unknown(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = self.found.iter().map(|m| self.handle_of(m)).collect();
        all.retain(|(name, domain)| !self.accounts.iter().any(|a| is_handle(a, name, domain)));
        all.sort_unstable();
        all.dedup();
        all
    }

    pub fn learn(&mut self, account: Account) {
        self.accounts.push(account);
    }

    fn handle_of(&self, m: &MentionMatch) -> (String, String) {
        handle_of(m, &self.home, &self.site)
    }

    /// Whether the text mentions an account.
    fn mentions(&self, account: Id) -> bool {
        self.found.iter().filter_map(|m| self.account_of(m)).any(|a| a.id == account)
    }

    pub(super) fn account_of(&self, m: &MentionMatch) -> Option<&Account> {
        let (name, domain) = self.handle_of(m);
        let domains = self.site.sharing(&domain);
        domains.iter().find_map(|domain| self.accounts.iter().find(|a| is_handle(a, &name, domain)))
    }
}

/// Username and handle domain of a mention, for an author on the domain `home`. One of ours may be typed as the host of
/// its web origin.
pub(super) fn handle_of(m: &MentionMatch, home: &str, site: &Site) -> (String, String) {
    let domain = m.domain.as_deref().map_or_else(
        || home.to_owned(),
        |typed| {
            let domain = normalise_domain(typed).unwrap_or_else(|| typed.to_lowercase());
            site.find_domain(&domain).map_or(domain, |ours| ours.handle_domain.clone())
        },
    );
    (m.username.clone(), domain)
}

/// The handles that a mention may mean: a name is there once among the domains of an origin.
pub(super) fn handles_of(m: &MentionMatch, home: &str, site: &Site) -> Vec<(String, String)> {
    let (name, domain) = handle_of(m, home, site);
    site.sharing(&domain).into_iter().map(|domain| (name.clone(), domain)).collect()
}

pub(super) fn is_handle(account: &Account, name: &str, domain: &str) -> bool {
    account.username.eq_ignore_ascii_case(name) && account.domain == domain
}

/// Validates a draft and loads what it refers to: one round trip, or none if it refers to nothing.
///
/// Errors: `Unprocessable` where the text is empty or too long, where the author of the parent or the quoted
/// status does not allow it, or where it is direct and quotes an account that it does not mention; `NotFound`
/// where the author may not see the parent or the quoted status.
pub async fn prepare(app: &App, author: &Account, draft: &mut Draft) -> Result<Prepared> {
    check(draft)?;
    let found = text::entities::mentions(&draft.text);
    let (home, site) = (author.domain.clone(), app.site());
    let handles: Vec<(String, String)> = found.iter().flat_map(|m| handles_of(m, &home, &site)).collect();
    let since = app.now().plus(-IDEMPOTENCY_LIFETIME);
    let options = draft.poll.as_ref().map(|poll| poll.options.join(" ")).unwrap_or_default();
    let shortcodes = text::emojis::shortcodes(&format!("{} {} {options}", draft.text, draft.spoiler_text));
    let visible = |id| store::statuses::visible_by_id(id, Some(author.id));
    // If nothing else is read, the batch itself detects a key that was used before.
    let has_other = !(handles.is_empty() && shortcodes.is_empty())
        || draft.in_reply_to_id.is_some()
        || draft.quoted_status_id.is_some()
        || !draft.media_ids.is_empty();
    let earlier = draft.idempotency_key.as_ref().filter(|_| has_other);
    let earlier = earlier.map(|key| store::statuses::by_idempotency(author.id, key, since));
    let (accounts, parent, quoted, earlier, emojis, files) = store::load(
        &app.db,
        (
            (!handles.is_empty()).then(|| store::accounts::by_handles(&handles)),
            draft.in_reply_to_id.map(visible),
            draft.quoted_status_id.map(visible),
            earlier,
            (!shortcodes.is_empty()).then(|| store::emojis::by_shortcodes(&shortcodes)),
            (!draft.media_ids.is_empty()).then(|| store::media::by_ids(&draft.media_ids, author.id)),
        ),
    )
    .await?;
    let (parent, quoted) = (parent.flatten(), quoted.flatten());
    if draft.in_reply_to_id.is_some() {
        permission::needs_approval(author, parent.as_ref().ok_or(Error::NotFound)?, Interaction::Reply)?;
    }
    if draft.quoted_status_id.is_some() {
        let quoted = quoted.as_ref().ok_or(Error::NotFound)?.proper();
        check_quote(author, quoted, draft)?;
    }
    let earlier = earlier.flatten();
    let media = match earlier {
        // The files are attached to that status.
        Some(_) => Vec::new(),
        None => attach(draft, files.unwrap_or_default())?,
    };
    let prepared = Prepared {
        found,
        home,
        site,
        accounts: accounts.unwrap_or_default(),
        parent,
        quoted,
        emojis: emojis.unwrap_or_default(),
        media,
        earlier,
    };
    if let Some(quoted) = prepared.quoted.as_ref().map(StatusView::proper)
        && draft.visibility == Visibility::Direct
        && !quoted.flags.is_author
        && !prepared.mentions(quoted.account.id)
    {
        return Err(Error::validation("Cannot quote a non-mentioned user in a Private Mention post"));
    }
    // An edit is judged with the status that it changes.
    if draft.edited_id.is_none() && prepared.earlier.is_none() {
        judge(app, author, draft, &prepared).await?;
    }
    Ok(prepared)
}

/// Applies the rules against spam to what a young account is about to publish; it may be unlisted then.
///
/// Error: `Unprocessable` where it is refused.
pub async fn judge(app: &App, author: &Account, draft: &mut Draft, prepared: &Prepared) -> Result<()> {
    if !spam::applies_to(app, author, draft.visibility) {
        return Ok(());
    }
    let mut words = vec![draft.spoiler_text.as_str(), draft.text.as_str()];
    words.extend(draft.poll.iter().flat_map(|poll| &poll.options).map(String::as_str));
    words.extend(prepared.media.iter().filter_map(|m| m.description.as_deref()));
    let (words, urls) = (words.join("\n"), text::links::addresses(&draft.text));
    spam::own(app, &mut draft.visibility, &words, &urls, false).await
}

/// The attachments of a draft in order, with its changes.
///
/// Error: `Unprocessable`, in Mastodon's words, where one is unknown or used elsewhere, or where there are too many.
fn attach(draft: &Draft, mut found: Vec<Media>) -> Result<Vec<Media>> {
    let is_free =
        |m: &Media| m.owner_id.is_none() || [draft.edited_id, draft.scheduled_id].contains(&m.owner_id);
    found.retain(is_free);
    let missing: Vec<String> = draft
        .media_ids
        .iter()
        .filter(|id| !found.iter().any(|m| m.id == **id))
        .map(ToString::to_string)
        .collect();
    if !missing.is_empty() {
        let ids = missing.join(", ");
        return Err(Error::validation(format!("Media {ids} not found or already attached to another post")));
    }
    let mut all = Vec::new();
    for id in &draft.media_ids {
        let Some(at) = found.iter().position(|m| m.id == *id) else { continue };
        let mut file = found.swap_remove(at);
        if let Some(change) = draft.media_changes.iter().find(|c| c.id == *id) {
            media::apply(&mut file, change.clone())?;
        }
        all.push(file);
    }
    if all.len() > 1 && all.iter().any(|m| matches!(m.file.kind, Kind::Video | Kind::Audio)) {
        return Err(Error::validation("Cannot attach a video to a post that already contains images"));
    }
    let words: usize = all.iter().filter_map(|m| m.description.as_ref()).map(String::len).sum();
    if words > limits::ALT_TEXTS {
        return Err(Error::validation("Description is too long"));
    }
    Ok(all)
}

/// A quote needs permission; the author's own private statuses can be quoted to followers only.
fn check_quote(author: &Account, quoted: &StatusView, draft: &mut Draft) -> Result<()> {
    let is_own = quoted.status.account_id == author.id;
    let is_open = quoted.status.visibility.is_distributable()
        || (is_own && quoted.status.visibility == Visibility::Private);
    if !is_open || quoted.flags.quoting == Allowance::Denied {
        return Err(Error::validation("This post cannot be quoted"));
    }
    if draft.visibility != Visibility::Direct {
        draft.visibility = draft.visibility.max(quoted.status.visibility);
    }
    Ok(())
}

fn check(draft: &mut Draft) -> Result<()> {
    if draft.text.trim().is_empty() {
        // As on Mastodon: a content warning without a text becomes the text.
        draft.text = std::mem::take(&mut draft.spoiler_text);
    }
    if let Some(poll) = &mut draft.poll {
        check_poll(poll)?;
    }
    if draft.text.trim().is_empty()
        && draft.poll.is_none()
        && draft.quoted_status_id.is_none()
        && draft.media_ids.is_empty()
        && !draft.is_quote
    {
        return Err(Error::validation("Text can't be blank"));
    }
    let mut seen = HashSet::new();
    draft.media_ids.retain(|id| seen.insert(*id));
    if draft.media_ids.len() > media::MAX_ATTACHMENTS {
        return Err(Error::validation(format!("Cannot attach more than {} files", media::MAX_ATTACHMENTS)));
    }
    if draft.text.len() + draft.spoiler_text.len() > limits::DRAFT
        || text::count::length(&draft.text, &draft.spoiler_text) > MAX_CHARACTERS
    {
        return Err(too_long());
    }
    draft.is_sensitive |= !draft.spoiler_text.is_empty();
    Ok(())
}

pub(super) fn too_long() -> Error {
    Error::validation(format!("Text character limit of {MAX_CHARACTERS} exceeded"))
}

fn check_poll(poll: &mut PollDraft) -> Result<()> {
    let fault = |what: &str| Err(Error::validation(format!("Poll {what}")));
    poll.options = poll.options.iter().map(|o| o.trim().to_owned()).filter(|o| !o.is_empty()).collect();
    if poll.options.len() < 2 {
        return fault("must have more than one option");
    }
    if poll.options.len() > poll::MAX_OPTIONS {
        return fault(&format!("can't contain more than {} options", poll::MAX_OPTIONS));
    }
    if poll.options.iter().any(|o| text::count::is_too_long(o, poll::MAX_OPTION)) {
        return fault(&format!("options can't be longer than {} characters each", poll::MAX_OPTION));
    }
    if (1..poll.options.len()).any(|n| poll.options[..n].contains(&poll.options[n])) {
        return fault("options must be different from each other");
    }
    if poll.lasts < poll::MIN_DURATION {
        return fault("duration is too short");
    }
    if poll.lasts > poll::MAX_DURATION {
        return fault("duration is too long");
    }
    Ok(())
}
