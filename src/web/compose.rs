//! `/compose`: a new status, an answer, a quote or an edit, with all that belongs to it.

use maud::{Markup, html};

use super::form::{self, Session, may_act, sign_in_first, sign_in_then};
use super::parts::composer::{AS_BEFORE, COMPOSE, Typed, TypedPoll, composer};
use super::parts::status::{Shown, status};
use super::parts::time;
use super::sign_in::on_this_server;
use super::upload::{Files, Sent, sent};
use super::words::{Language, Word};
use super::{Frame, framed, scheduled};
use crate::activitypub::remote::handles;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Params;
use crate::http::request::MAX_BODY;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media::{Media, Purpose, parse_focus};
use crate::model::poll;
use crate::model::quote::QuotePolicy;
use crate::model::rate_limit::DELETIONS;
use crate::model::status::{Status, StatusView, Visibility};
use crate::model::time::{DAY, SECOND};
use crate::model::user::User;
use crate::services;
use crate::services::draft::{Draft, MAX_CHARACTERS, PollDraft};
use crate::services::media::{Change, MAX_ATTACHMENTS};
use crate::store;
use crate::text::language;

pub const SHARE: &str = "/share";
/// Where it leads to where the form says nothing.
const NEXT: &str = "/home";
/// Characters of a text that comes along in an address.
const MAX_GIVEN: usize = 5_000;

/// What a composer refers to.
#[derive(Default)]
struct Referred {
    parent: Option<StatusView>,
    quoted: Option<StatusView>,
    media: Vec<Media>,
}

async fn load(c: &Context<'_>, account: &Account, typed: &Typed) -> Result<Referred> {
    let visible = |id: &str| Id::parse(id).map(|id| store::statuses::visible_by_id(id, Some(account.id)));
    let ids: Vec<Id> = typed.media.iter().map(|(id, _)| *id).collect();
    let media = (!ids.is_empty()).then(|| store::media::by_ids(&ids, account.id));
    let parts = (visible(&typed.in_reply_to_id), visible(&typed.quoted_id), media);
    let (parent, quoted, media) = store::load(&c.app.db, parts).await?;
    Ok(Referred { parent: parent.flatten(), quoted: quoted.flatten(), media: media.unwrap_or_default() })
}

/// The page. The parameters `reply`, `quote`, `edit` or `redraft` name a status; `text` is what it begins with.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let is_edit = c.params.filled("edit").is_some();
    let own = c.params.filled(if is_edit { "edit" } else { "redraft" });
    let own = own.map(|id| Id::parse(id).ok_or(Error::NotFound)).transpose()?;
    let query = own.map(|id| store::statuses::by_id(id, None));
    let (session, edited) = form::signed_in_with(c, query).await?;
    let Some(session) = session else {
        return Ok(sign_in_first(c, COMPOSE, &["reply", "quote", "edit", "redraft", "text", "visibility"]));
    };
    let (user, account, _) = &session;
    may_act(c, account)?;
    let given = |name: &str| c.params.filled(name).unwrap_or("").to_owned();
    let mut typed = match edited {
        None => begin(user, NEXT),
        Some(view) => {
            let view = view.filter(|view| view.reblog.is_none() && view.status.account_id == account.id);
            of_status(&view.ok_or(Error::NotFound)?.status, is_edit)
        }
    };
    if own.is_none() {
        (typed.in_reply_to_id, typed.quoted_id) = (given("reply"), given("quote"));
    }
    let text: String = given("text").chars().take(MAX_GIVEN).collect();
    let is_given = !text.is_empty();
    if is_given {
        typed.text = text;
        typed.visibility = Visibility::parse(&given("visibility")).unwrap_or(typed.visibility);
    }
    let context = load(c, account, &typed).await?;
    let is_absent = |id: &str, view: &Option<StatusView>| !id.is_empty() && view.is_none();
    if is_absent(&typed.in_reply_to_id, &context.parent) || is_absent(&typed.quoted_id, &context.quoted) {
        return Err(Error::NotFound);
    }
    if let Some(parent) = context.parent.as_ref().filter(|_| own.is_none()) {
        let answer = answer_to(parent.proper(), user, account, NEXT);
        typed = if is_given { Typed { text: typed.text, ..answer } } else { answer };
    }
    Ok(page(c, &session, &typed, &context, None))
}

/// A target for what other apps share, which the manifest names: <https://w3c.github.io/web-share-target/>.
pub async fn share(c: &Context<'_>) -> Result<Response> {
    let parts = ["title", "text", "url"].map(|name| c.params.filled(name).unwrap_or("").trim());
    let given: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let text: String = given.join("\n\n").chars().take(MAX_GIVEN).collect();
    let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    Ok(Response::redirect(&format!("{COMPOSE}?text={text}")))
}

/// An empty one, with what its writer prefers.
pub fn begin(user: &User, next: &str) -> Typed {
    Typed {
        is_sensitive: user.default_sensitive,
        visibility: user.default_visibility,
        language: user.default_language.clone().unwrap_or_default(),
        quote_policy: user.default_quote_policy,
        next: next.into(),
        ..Typed::default()
    }
}

/// What an answer begins with: whom it answers and whom that mentions, and at most its visibility.
pub fn answer_to(view: &StatusView, user: &User, viewer: &Account, next: &str) -> Typed {
    let mentioned = view.status.mentions.iter().filter(|m| !m.is_silent);
    let mut handles = vec![(view.account.id, view.account.handle())];
    handles.extend(mentioned.map(|m| (m.id, format!("{}@{}", m.username, m.domain))));
    let mut text = String::new();
    for (n, (id, handle)) in handles.iter().enumerate() {
        let is_first = !handles.iter().take(n).any(|(other, _)| other == id);
        if *id != viewer.id && is_first {
            text.push_str(&format!("@{handle} "));
        }
    }
    Typed {
        text,
        spoiler_text: view.status.spoiler_text.clone(),
        visibility: user.default_visibility.max(view.status.visibility),
        in_reply_to_id: view.status.id.to_string(),
        ..begin(user, next)
    }
}

/// What a status was made of. `is_edit`: else it is to be written anew.
pub fn of_status(status: &Status, is_edit: bool) -> Typed {
    let id = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    let files = status.media.iter().filter_map(|m| Some((m.id?, m.description.clone().unwrap_or_default())));
    let poll = status.poll.as_ref().map(|poll| TypedPoll {
        options: poll.options.iter().map(|(text, _)| text.clone()).collect(),
        lasts: if is_edit { AS_BEFORE.into() } else { String::new() },
        is_multiple: poll.is_multiple,
        hides_totals: poll.hides_totals,
    });
    let others = if is_edit {
        Typed { edited_id: status.id.to_string(), ..Typed::default() }
    } else {
        Typed {
            in_reply_to_id: id(status.in_reply_to_id),
            quoted_id: id(status.quote_of_id),
            redrafted_id: status.id.to_string(),
            ..Typed::default()
        }
    };
    Typed {
        text: status.text.clone().unwrap_or_default(),
        spoiler_text: status.spoiler_text.clone(),
        is_sensitive: status.is_sensitive,
        visibility: status.visibility,
        language: status.language.clone().unwrap_or_default(),
        quote_policy: status.quote_policy,
        media: files.collect(),
        poll: poll.unwrap_or_default(),
        next: NEXT.into(),
        ..others
    }
}

/// The short form, for beside statuses.
pub fn short(c: &Context<'_>, typed: &Typed, (_, account, secret): &Session) -> Markup {
    composer(c, typed, account, &form::token(c.app, "compose", secret), None)
}

fn page(
    c: &Context<'_>,
    (_, account, secret): &Session,
    typed: &Typed,
    context: &Referred,
    wrong: Option<&str>,
) -> Response {
    let language = Language::of(c.request);
    let title = language.say(match typed {
        typed if !typed.edited_id.is_empty() => Word::EditPost,
        typed if !typed.redrafted_id.is_empty() => Word::DeleteAndRedraft,
        typed if !typed.in_reply_to_id.is_empty() => Word::AnswerIt,
        _ => Word::Write,
    });
    let form = composer(c, typed, account, &form::token(c.app, "compose", secret), Some(&context.media));
    let body = html! {
        h1 { (title) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        @if let Some(parent) = &context.parent { (status(c, parent, Shown::default())) }
        (form)
        @if let Some(quoted) = &context.quoted { blockquote.quoted { (status(c, quoted, Shown::default())) } }
    };
    framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body)
}

async fn refused(c: &Context<'_>, session: &Session, typed: &Typed, wrong: &str) -> Result<Response> {
    let context = load(c, &session.1, typed).await?;
    Ok(page(c, session, typed, &context, Some(wrong)).status(422))
}

/// What is said of a text that is refused: the API's sentences, in the reader's language.
fn why(said: &str, language: Language) -> String {
    let word = match said {
        _ if said.contains("disallowed hashtag") => Word::TagRefused,
        _ if said.contains("character limit") => Word::TextTooLong,
        _ if said.contains("can't be blank") => Word::TextMissing,
        _ if said.contains("Poll") => Word::PollWrong,
        _ if said.contains("future") => Word::ScheduledTooSoon,
        _ if said.contains("exceeded the limit") => Word::ScheduledTooMany,
        _ if said.contains("new accounts cannot publish") => Word::OwnPostRefused,
        _ if said.contains("quote") => Word::CannotQuote,
        _ if said.contains("File") || said.contains("Media") || said.contains("attach") => Word::FileRefused,
        _ => return said.to_owned(),
    };
    language.say(word).replace("{n}", &MAX_CHARACTERS.to_string())
}

fn typed_in(fields: &Params, user: &User, next: String) -> Typed {
    let text = |name: &str| fields.text(name).unwrap_or("").to_owned();
    let is_on = |name: &str| fields.filled(name).is_some();
    let is_whole = is_on("whole");
    let removed = fields.text("do").and_then(|what| Id::parse(what.strip_prefix("remove ")?));
    let files = fields.ids("media_ids").into_iter().filter(|id| Some(*id) != removed).take(MAX_ATTACHMENTS);
    let usual = begin(user, &next);
    Typed {
        text: text("status"),
        spoiler_text: text("spoiler_text"),
        is_sensitive: if is_whole { is_on("sensitive") } else { usual.is_sensitive },
        visibility: Visibility::parse(&text("visibility")).unwrap_or(usual.visibility),
        language: if is_whole { text("language") } else { usual.language },
        in_reply_to_id: text("in_reply_to_id"),
        quoted_id: text("quoted_status_id"),
        edited_id: text("edited_id"),
        redrafted_id: text("redrafted_id"),
        quote_policy: QuotePolicy::parse(&text("quote_approval_policy")).unwrap_or(usual.quote_policy),
        focuses: files
            .clone()
            .filter_map(|id| Some((id, parse_focus(&text(&format!("focus_{id}")))?)))
            .collect(),
        media: files.map(|id| (id, text(&format!("alt_{id}")))).collect(),
        poll: TypedPoll {
            options: fields.list("option").into_iter().filter(|o| !o.trim().is_empty()).take(20).collect(),
            lasts: text("poll_lasts"),
            is_multiple: is_on("poll_multiple"),
            hides_totals: is_on("poll_hides"),
        },
        scheduled_at: text("scheduled_at"),
        next,
    }
}

/// Publishes, schedules or saves an edit; or attaches a file, or removes one, and shows the form again. Where something is refused,
/// the page shows why, with what was typed.
pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return sign_in_again(c).await };
    let (user, account, secret) = &session;
    let language = Language::of(c.request);
    may_act(c, account)?;
    let sent = sent(c, account, Purpose::Attachment).await?;
    let is_unread = sent.is_unread();
    let Sent { fields, upload } = sent;
    let next = on_this_server(c, fields.text("next").unwrap_or(NEXT));
    let mut typed = typed_in(&fields, user, next);
    if !is_unread && !form::is_valid(c.app, "compose", secret, fields.text("form").unwrap_or("")) {
        return Ok(refused(c, &session, &typed, language.say(Word::FormExpired)).await?.status(403));
    }
    match stored(c, account, upload).await {
        Ok(file) => typed.media.extend(file.map(|media| (media.id, String::new()))),
        Err(Error::Unprocessable(_)) => {
            return refused(c, &session, &typed, language.say(Word::FileRefused)).await;
        }
        Err(error) => return Err(error),
    }
    if fields.text("do").is_some_and(|what| what != "publish") {
        let context = load(c, account, &typed).await?;
        return Ok(page(c, &session, &typed, &context, None));
    }
    // Nothing is published as a status of its own that was meant as an answer, a quote or an edit.
    let ids = [&typed.in_reply_to_id, &typed.quoted_id, &typed.edited_id, &typed.redrafted_id];
    if ids.iter().any(|id| !id.is_empty() && Id::parse(id).is_none()) {
        return refused(c, &session, &typed, language.say(Word::NotFoundLead)).await;
    }
    match publish(c, user, account, &typed, fields.text("key").unwrap_or("")).await {
        Ok(Some(id)) => Ok(Response::redirect(&format!("{}#status-{id}", typed.next))),
        Ok(None) => Ok(Response::redirect(scheduled::HERE)),
        Err(Error::Unprocessable(said)) => refused(c, &session, &typed, &why(&said, language)).await,
        Err(Error::NotFound) => refused(c, &session, &typed, language.say(Word::NotFoundLead)).await,
        Err(error) => Err(error),
    }
}

/// The file that came along, which can be attached now. Errors: those of the upload.
async fn stored(c: &Context<'_>, account: &Account, upload: Option<(Id, Files)>) -> Result<Option<Media>> {
    let Some((row, files)) = upload else { return Ok(None) };
    match files?.into_iter().next() {
        Some((_, file)) => {
            services::media::finish(c.app, account, row, file, None, Change::default()).await.map(Some)
        }
        None => {
            store::write(&c.app.db, vec![store::media::end_upload(row, account.id)]).await?;
            Ok(None)
        }
    }
}

/// To the sign-in page, which leads to a form with what was typed. What comes with files of more than [`MAX_BODY`] is not read.
async fn sign_in_again(c: &Context<'_>) -> Result<Response> {
    let body = match c.app.incoming.take() {
        Some(body) => body.read(MAX_BODY).await?,
        None => None,
    };
    let fields = body.map(|body| Params::read_body(c.request, &body)).transpose()?;
    let fields = fields.as_ref().unwrap_or(&c.params);
    let names = [
        ("text", "status"),
        ("reply", "in_reply_to_id"),
        ("quote", "quoted_status_id"),
        ("edit", "edited_id"),
        ("redraft", "redrafted_id"),
    ];
    let typed = names.iter().filter_map(|(given, field)| {
        Some((*given, fields.filled(field)?.chars().take(MAX_GIVEN).collect::<String>()))
    });
    let mut query = url::form_urlencoded::Serializer::for_suffix(format!("{COMPOSE}?"), COMPOSE.len() + 1);
    Ok(sign_in_then(query.extend_pairs(typed).finish().trim_end_matches('?')))
}

fn draft(user: &User, typed: &Typed, key: &str) -> Draft {
    let lasts: i64 = typed.poll.lasts.parse().unwrap_or(0);
    let poll = (!typed.poll.options.is_empty()).then(|| PollDraft {
        options: typed.poll.options.clone(),
        is_multiple: typed.poll.is_multiple,
        hides_totals: typed.poll.hides_totals,
        lasts: lasts.saturating_mul(SECOND),
        keeps_end: typed.poll.lasts == AS_BEFORE,
    });
    let focus = |id: Id| typed.focuses.iter().find(|(of, _)| *of == id).map(|(_, focus)| *focus);
    let described =
        |(id, text): &(Id, String)| Change { id: *id, description: Some(text.clone()), focus: focus(*id) };
    Draft {
        // Browsers send line ends as CRLF.
        text: typed.text.replace("\r\n", "\n"),
        spoiler_text: typed.spoiler_text.clone(),
        is_sensitive: typed.is_sensitive,
        visibility: typed.visibility,
        language: language::normalise(&typed.language).or_else(|| user.default_language.clone()),
        in_reply_to_id: Id::parse(&typed.in_reply_to_id),
        quoted_status_id: Id::parse(&typed.quoted_id),
        idempotency_key: (!key.is_empty()).then(|| format!("page {key:.64}")),
        quote_policy: typed.quote_policy,
        poll,
        media_ids: typed.media.iter().map(|(id, _)| *id).collect(),
        media_changes: typed.media.iter().map(described).collect(),
        ..Draft::default()
    }
}

/// Answers the status's id; `None` where it is published later.
async fn publish(
    c: &Context<'_>,
    user: &User,
    account: &Account,
    typed: &Typed,
    key: &str,
) -> Result<Option<Id>> {
    let mut draft = draft(user, typed, key);
    if let Some(id) = Id::parse(&typed.edited_id) {
        return edit(c, account, id, draft).await.map(Some);
    }
    if let Some(id) = Id::parse(&typed.redrafted_id) {
        make_room(c, account, id, &draft).await?;
    }
    if !typed.scheduled_at.is_empty() {
        let at = time::typed(c, &typed.scheduled_at);
        let at = at.ok_or_else(|| Error::validation("It must be in the future"))?;
        services::schedule::insert(c.app, account, draft, at).await?;
        return Ok(None);
    }
    let mut prepared = services::draft::prepare(c.app, account, &mut draft).await?;
    if prepared.earlier.is_none() {
        handles::introduce(c.app, &mut prepared).await;
    }
    Ok(Some(services::publish::commit(c.app, account, &draft, prepared).await?.status.id))
}

/// Deletes the status whose place a draft takes, once it is sure that the draft is accepted; its files are the draft's. One that is
/// gone was deleted when the same form was sent before.
async fn make_room(c: &Context<'_>, account: &Account, id: Id, draft: &Draft) -> Result<()> {
    let old = store::load(&c.app.db, store::statuses::by_id(id, Some(account.id))).await?;
    let old = old.filter(|view| view.reblog.is_none() && view.status.account_id == account.id);
    let Some(old) = old else { return Ok(()) };
    let mut tried = Draft { edited_id: Some(id), idempotency_key: None, ..draft.clone() };
    let prepared = services::draft::prepare(c.app, account, &mut tried).await?;
    services::draft::judge(c.app, account, &mut tried, &prepared).await?;
    services::personal::pace(c.app, DELETIONS, 1)?;
    services::remove::status(c.app, account, &old, false).await
}

async fn edit(c: &Context<'_>, account: &Account, id: Id, draft: Draft) -> Result<Id> {
    let old = store::load(&c.app.db, store::statuses::by_id(id, Some(account.id))).await?;
    let old = old.filter(|view| view.reblog.is_none() && view.status.account_id == account.id);
    let old = old.ok_or(Error::NotFound)?.status;
    let mut draft = Draft {
        visibility: old.visibility,
        in_reply_to_id: None,
        quoted_status_id: None,
        edited_id: Some(id),
        is_quote: old.quote_of_id.is_some(),
        idempotency_key: None,
        ..draft
    };
    if let (Some(poll), Some(before)) = (&mut draft.poll, &old.poll)
        && poll.keeps_end
    {
        // Another question begins anew, in what is left of the time.
        let left = before.expires_at.map_or(DAY, |at| at.0 - c.app.now().0);
        poll.lasts = left.clamp(poll::MIN_DURATION, poll::MAX_DURATION);
    }
    let mut prepared = services::draft::prepare(c.app, account, &mut draft).await?;
    handles::introduce(c.app, &mut prepared).await;
    services::publish::edit(c.app, account, &old, &draft, prepared).await?;
    Ok(id)
}
