//! `/home`: the home timeline of who is signed in, and what they do there: `/act` and `/compose`.

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::parts::composer::{Typed, composer};
use super::parts::reading::Reading;
use super::sign_in::next;
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::activitypub::remote::handles;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::status::Visibility;
use crate::model::user::User;
use crate::services;
use crate::services::draft::{Draft, MAX_CHARACTERS};
use crate::services::permission;
use crate::store;

pub const HOME: &str = "/home";
const SHOWN: usize = 20;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HOME, &[]));
    };
    let language = Language::of(c.request);
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let parts = (store::timelines::home_merge(account.id, &page), store::filters::of(account.id));
    let (statuses, filters) = store::load(&c.app.db, parts).await?;
    let here = form::address(c, HOME, &["max_id"]);
    let may_act = permission::may_act(&account).is_ok();
    let session = (user, account, secret);
    let reading = Reading::new(c, Some(&session), Some(filters), "home", here);
    let (user, _, secret) = &session;
    let title = language.say(Word::HomeTimeline);
    let body = html! {
        h1 { (title) }
        @if !may_act {
            p.card { (language.say(Word::HasMovedAway)) " " a href="/settings/migration" { (language.say(Word::Moving)) } }
        } @else if page.max_id.is_none() {
            @let typed = Typed { visibility: user.default_visibility, next: HOME.into(), ..Typed::default() };
            (form_of(c, &typed, secret))
        }
        (reading.list(&statuses, HOME))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

/// The composer of who is signed in with this session.
pub fn form_of(c: &Context<'_>, typed: &Typed, secret: &str) -> Markup {
    composer(c, typed, &form::token(c.app, "compose", secret), &c.app.random.token())
}

/// As [`permission::may_act`], in the reader's language.
pub(super) fn may_act(c: &Context<'_>, account: &Account) -> Result<()> {
    let moved = |_| Error::Forbidden(Language::of(c.request).say(Word::HasMovedAway).into());
    permission::may_act(account).map_err(moved)
}

/// An action on a status. Leads back to where it was.
pub async fn act(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HOME, &[]));
    };
    if !form::is_valid(c.app, "act", &secret, c.params.text("form").unwrap_or("")) {
        return Err(Error::Forbidden(Language::of(c.request).say(Word::FormExpired).into()));
    }
    may_act(c, &account)?;
    let id = c.params.text("status").and_then(Id::parse).ok_or(Error::NotFound)?;
    let visible = store::statuses::visible_by_id(id, Some(account.id));
    let view = store::load(&c.app.db, visible).await?.ok_or(Error::NotFound)?;
    let app = c.app;
    match c.params.text("do").unwrap_or("") {
        "favourite" => services::interact::favourite(app, &account, &view, None).await?,
        "unfavourite" => services::interact::unfavourite(app, &account, &view).await?,
        "reblog" => {
            services::interact::reblog(app, &account, &view, Visibility::Public, None).await?;
        }
        "unreblog" => services::interact::unreblog(app, &account, &view).await?,
        "bookmark" => services::interact::bookmark(app, &account, &view).await?,
        "unbookmark" => {
            let removed = store::marks::unbookmark(account.id, view.proper().status.id);
            store::write(&app.db, vec![removed]).await?;
        }
        "vote" => {
            // What is no number is no option.
            let choices = c.params.list("choices");
            let choices: Vec<usize> = choices.iter().map(|n| n.parse().unwrap_or(usize::MAX)).collect();
            services::vote::cast(app, &account, &view, &choices).await?;
        }
        "delete" => {
            let is_own = view.reblog.is_none() && view.status.account_id == account.id;
            if !is_own {
                return Err(Error::NotFound);
            }
            services::remove::status(app, &account, &view, false).await?;
            // Its own page is gone.
            let next = next(c);
            let is_its_page = next.split('/').any(|part| part == id.to_string());
            return Ok(Response::redirect(if is_its_page { HOME } else { &next }));
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    }
    // A boost is another element than what it is of.
    let at = c.params.text("at").and_then(Id::parse).unwrap_or(id);
    Ok(Response::redirect(&format!("{}#status-{at}", next(c))))
}

/// What is said of a text that is refused: the API's sentences, in the reader's language.
fn why(said: &str, language: Language) -> String {
    let word = match said {
        _ if said.contains("character limit") => Word::TextTooLong,
        _ if said.contains("can't be blank") => Word::TextMissing,
        _ => return said.to_owned(),
    };
    language.say(word).replace("{n}", &MAX_CHARACTERS.to_string())
}

/// Publishes. Where that is refused, the page shows why, with what was typed.
pub async fn compose(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HOME, &[]));
    };
    let language = Language::of(c.request);
    let text = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    let typed = Typed {
        text: text("status"),
        spoiler_text: text("spoiler_text"),
        visibility: Visibility::parse(&text("visibility")).unwrap_or(user.default_visibility),
        in_reply_to_id: text("in_reply_to_id"),
        next: next(c),
    };
    if !form::is_valid(c.app, "compose", &secret, c.params.text("form").unwrap_or("")) {
        return Ok(refused(c, &typed, &secret, language.say(Word::FormExpired)).status(403));
    }
    may_act(c, &account)?;
    let mut draft = draft(&user, &typed, text("key"));
    // Nothing is published as a status of its own that was meant as an answer.
    if draft.in_reply_to_id.is_none() && !typed.in_reply_to_id.is_empty() {
        return Ok(refused(c, &typed, &secret, language.say(Word::NotFoundLead)));
    }
    match publish(c, &account, &mut draft).await {
        Ok(id) => Ok(Response::redirect(&format!("{}#status-{id}", typed.next))),
        Err(Error::Unprocessable(said)) => Ok(refused(c, &typed, &secret, &why(&said, language))),
        Err(Error::NotFound) => Ok(refused(c, &typed, &secret, language.say(Word::NotFoundLead))),
        Err(error) => Err(error),
    }
}

fn draft(user: &User, typed: &Typed, key: String) -> Draft {
    Draft {
        // Browsers send line ends as CRLF.
        text: typed.text.replace("\r\n", "\n"),
        spoiler_text: typed.spoiler_text.clone(),
        is_sensitive: user.default_sensitive,
        visibility: typed.visibility,
        language: user.default_language.clone(),
        in_reply_to_id: Id::parse(&typed.in_reply_to_id),
        idempotency_key: Some(format!("page {key:.64}")),
        quote_policy: user.default_quote_policy,
        ..Draft::default()
    }
}

async fn publish(c: &Context<'_>, account: &Account, draft: &mut Draft) -> Result<Id> {
    let mut prepared = services::draft::prepare(c.app, account, draft).await?;
    if prepared.earlier.is_none() {
        handles::introduce(c.app, &mut prepared).await;
    }
    Ok(services::publish::commit(c.app, account, draft, prepared).await?.status.id)
}

fn refused(c: &Context<'_>, typed: &Typed, secret: &str, why: &str) -> Response {
    let title = Language::of(c.request).say(Word::Write);
    let body = html! {
        h1 { (title) }
        p.error role="alert" { (why) }
        (form_of(c, typed, secret))
    };
    framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body).status(422)
}
