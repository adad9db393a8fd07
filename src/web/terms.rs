//! `/settings/terms`: the terms of service and the privacy policy, with their versions.

use maud::{Markup, html};

use super::form::{self, Session};
use super::page;
use super::parts::composer::check;
use super::parts::form::{outcome, token};
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::role::Permission;
use crate::model::site_text::{Draft, Kind, day};
use crate::services::terms::{self, MAX_CHANGES, MAX_TEXT};

pub const HERE: &str = "/settings/terms";
const FORM: &str = "terms";
const PERMISSION: Permission = Permission::MANAGE_SETTINGS;
/// The parameter that says which of both, where it is the second.
const OF: &str = "of";
const PRIVACY: &str = "privacy";

fn kind(c: &Context<'_>) -> Kind {
    if c.params.text(OF) == Some(PRIVACY) { Kind::Privacy } else { Kind::Terms }
}

fn address(kind: Kind) -> String {
    match kind {
        Kind::Terms => HERE.to_owned(),
        Kind::Privacy => format!("{HERE}?{OF}={PRIVACY}"),
    }
}

pub fn title(kind: Kind) -> Word {
    match kind {
        Kind::Terms => Word::TermsOfService,
        Kind::Privacy => Word::PrivacyPolicy,
    }
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let kind = kind(c);
    let language = Language::of(c.request);
    let terms::Writing { text, is_draft, dates } = terms::writing(c.app, kind, language.code()).await?;
    let draft = if wrong.is_some() { typed(c) } else { text };
    let say = |word| language.say(word);
    let today = c.app.now().midnight();
    let hidden: Markup = html! {
        (token(c, FORM, &session.2))
        @if kind == Kind::Privacy { input type="hidden" name=(OF) value=(PRIVACY); }
    };
    let body = html! {
        h1 { (say(Word::Terms)) }
        nav.tabs aria-label=(say(Word::Terms)) { @for one in [Kind::Terms, Kind::Privacy] {
            a href=(address(one)) aria-current=[(one == kind).then_some("page")] { (say(title(one))) }
        } }
        p.lead { (say(Word::TermsLead)) }
        (outcome(c, wrong))
        form method="post" action=(HERE) {
            (hidden)
            @if is_draft { p.card role="status" {
                strong { (say(Word::AnnouncementIsDraft)) } " · " (say(Word::TermsIsDraft))
            } }
            label for="text" { (say(title(kind))) }
            p.hint id="text-hint" { (say(Word::TermsPlain)) }
            textarea id="text" name="text" rows="12" dir="auto" aria-describedby="text-hint" maxlength=(MAX_TEXT) { (draft.text) }
            label for="changes" { (say(Word::TermsChanges)) }
            textarea id="changes" name="changes" rows="3" dir="auto" maxlength=(MAX_CHANGES) { (draft.changes) }
            label for="date" { (say(Word::TermsFrom)) }
            input id="date" type="date" name="date" min=(today.to_date()) value=(c.params.text("date").filter(|_| wrong.is_some()).unwrap_or(""));
            (check("tell", say(Word::TermsTell), wrong.is_none() || c.params.filled("tell").is_some()))
            button.quiet type="submit" name="do" value="keep" { (say(Word::AnnouncementDraft)) }
            @if is_draft { " " button.quiet type="submit" name="do" value="discard" { (say(Word::TermsDiscard)) } }
            " " button type="submit" name="do" value="publish" { (say(Word::TermsPublish)) }
        }
        @if !dates.is_empty() {
            h2 { (say(Word::TermsVersions)) }
            form method="post" action=(HERE) {
                (hidden)
                ul.plain { @for date in &dates { li {
                    a href={ (kind.path()) "/" (date.to_date()) } { (date.to_date()) }
                    @if date.0 > today.0 { " " button.quiet type="submit" name="withdraw" value=(date.to_date()) { (say(Word::AnnouncementWithdraw)) } }
                } } }
            }
        }
    };
    Ok(page(c, say(Word::Terms), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

fn typed(c: &Context<'_>) -> Draft {
    let text = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    Draft { text: text("text"), changes: text("changes") }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &[OF]).await? {
        Ok(session) => answer(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let (kind, user) = (kind(c), &session.0);
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let done = match (c.params.filled("withdraw"), text("do"), text("date")) {
        (Some(date), ..) => match day(date) {
            Some(date) => terms::withdraw(c.app, user, kind, date).await,
            None => Err(Error::NotFound),
        },
        (_, "publish", date) if !date.is_empty() && day(date).is_none() => {
            Err(Error::Unprocessable("date".into()))
        }
        (_, "publish", date) => {
            let is_told = c.params.filled("tell").is_some();
            terms::publish(c.app, user, kind, &typed(c), day(date), is_told).await
        }
        (_, "discard", _) => terms::discard(c.app, user, kind).await,
        (_, "keep", _) => terms::keep(c.app, user, kind, &typed(c)).await,
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) => {
            let address = address(kind);
            let mark = if address.contains('?') { '&' } else { '?' };
            Ok(Response::redirect(&format!("{address}{mark}saved=1")))
        }
        Err(Error::Unprocessable(what)) if what == "date" => answer(c, &session, Some(Word::TermsDate)).await,
        Err(Error::Unprocessable(_)) => answer(c, &session, Some(Word::SiteWrong)).await,
        Err(error) => Err(error),
    }
}
