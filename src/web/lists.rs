//! `/lists`: the lists of somebody here, with their timelines, and the pages that change them.

use maud::{Markup, html};

use super::form::{self, Session, may_act, sign_in_first};
use super::parts::account::line_with_form;
use super::parts::reading::Reading;
use super::sign_in::next;
use super::words::{Language, Word};
use super::{page, page_of_list};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::list::{List, MAX_TITLE, RepliesPolicy};
use crate::model::page::{Listed, Page};
use crate::services;
use crate::services::permission;
use crate::store;
use crate::text::acct;

pub const LISTS: &str = "/lists";
/// Of the forms.
const PURPOSE: &str = "lists";
const SHOWN: usize = 20;
const MEMBERS: usize = 40;

/// What is said of what was refused, with the status of the page.
type Wrong = Option<(Word, u16)>;

fn refusal(wrong: Wrong, language: Language) -> Markup {
    html! { @if let Some((word, _)) = wrong { p.error role="alert" { (language.say(word)) } } }
}

/// The API's sentences, as words of ours.
fn why(said: &str) -> Word {
    match said {
        _ if said.contains("maximum amount") => Word::TooManyLists,
        _ if said.contains("can't be blank") => Word::TitleMissing,
        _ if said.contains("too long") => Word::TitleTooLong,
        _ if said.contains("already been taken") => Word::OnListAlready,
        _ => Word::Unacceptable,
    }
}

fn address(list: Id) -> String {
    format!("{LISTS}/{list}")
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some(session) => all(c, &session, None).await,
        None => Ok(sign_in_first(c, LISTS, &[])),
    }
}

async fn all(c: &Context<'_>, (_, account, secret): &Session, wrong: Wrong) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let lists = store::load(&c.app.db, store::lists::of(account.id)).await?;
    let title = say(Word::KindLists);
    let body = html! {
        h1 { (title) }
        p.lead { (say(Word::ListsLead)) }
        ul.links { @for list in &lists { li { a href=(address(list.id)) dir="auto" { (list.title) } } } }
        (refusal(wrong, language))
        @if permission::may_act(account).is_ok() {
            form method="post" action=(LISTS) {
                input type="hidden" name="form" value=(form::token(c.app, PURPOSE, secret));
                (title_field(c.params.text("title").unwrap_or(""), language))
                button type="submit" { (say(Word::MakeList)) }
            }
        }
    };
    Ok(page(c, title, true, &body).status(wrong.map_or(200, |(_, status)| status)))
}

fn title_field(typed: &str, language: Language) -> Markup {
    html! {
        label for="title" { (language.say(Word::TitleWord)) }
        input id="title" type="text" name="title" value=(typed) required maxlength=(MAX_TITLE) dir="auto" autocomplete="off";
    }
}

pub async fn create(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return Ok(sign_in_first(c, LISTS, &[])) };
    if !form::is_valid(c.app, PURPOSE, &session.2, c.params.text("form").unwrap_or("")) {
        return all(c, &session, Some((Word::FormExpired, 403))).await;
    }
    may_act(c, &session.1)?;
    let mut list = List { id: c.app.new_id(), account_id: session.1.id, ..List::default() };
    let changed = services::list::change(&mut list, c.params.text("title"), None, None);
    let made = match changed {
        Ok(()) => services::list::create(c.app, &list).await,
        wrong => wrong,
    };
    match made {
        Ok(()) => Ok(Response::redirect(&format!("{}/edit", address(list.id)))),
        Err(Error::Unprocessable(said)) => all(c, &session, Some((why(&said), 422))).await,
        Err(error) => Err(error),
    }
}

/// The timeline of a list.
pub async fn timeline(c: &Context<'_>) -> Result<Response> {
    let id = c.id("id")?;
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, &c.path.to_text(), &[]));
    };
    let me = session.1.id;
    let language = Language::of(c.request);
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let parts = (store::lists::by_id(me, id), store::timelines::list(id, me, &page), store::filters::of(me));
    let (list, statuses, filters) = store::load(&c.app.db, parts).await?;
    let list = list.ok_or(Error::NotFound)?;
    let here = address(id);
    let back = form::address(c, &here, &["max_id"]);
    let reading = Reading::new(c, Some(&session), Some(filters), "home", back);
    let above = html! {
        p.meta {
            a href=(LISTS) { (language.say(Word::KindLists)) } " · "
            a href={ (here) "/edit" } { (language.say(Word::EditList)) }
        }
    };
    Ok(page_of_list(c, &list.title, &above, &reading.list(&statuses, &here)))
}

pub async fn edit(c: &Context<'_>) -> Result<Response> {
    let id = c.id("id")?;
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, &c.path.to_text(), &[]));
    };
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(MEMBERS) };
    let parts = (store::lists::by_id(session.1.id, id), store::lists::members(id, &page));
    let (list, members) = store::load(&c.app.db, parts).await?;
    Ok(editor(c, &session, &list.ok_or(Error::NotFound)?, &members, None))
}

/// `list` is as it is stored, or as it was typed where that was refused.
fn editor(
    c: &Context<'_>,
    (_, account, secret): &Session,
    list: &List,
    members: &Listed<Account>,
    wrong: Wrong,
) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let (here, token) = (format!("{}/edit", address(list.id)), form::reading_token(c.app, PURPOSE, secret));
    let begin = html! {
        input type="hidden" name="form" value=(token);
        input type="hidden" name="next" value=(form::address(c, &here, &["max_id"]));
    };
    let may_act = permission::may_act(account).is_ok();
    let more = members.cursors.iter().min().filter(|_| members.goes_on);
    let handle = c.params.text("handle").unwrap_or("");
    let policies = [
        (RepliesPolicy::Followed, Word::RepliesToFollowed),
        (RepliesPolicy::List, Word::RepliesToMembers),
        (RepliesPolicy::None, Word::RepliesToNobody),
    ];
    let title = say(Word::EditList);
    let body = html! {
        h1 { (title) }
        p.meta { a href=(LISTS) { (say(Word::KindLists)) } " · " a href=(address(list.id)) dir="auto" { (list.title) } }
        (refusal(wrong, language))
        @if may_act {
            form method="post" action=(here) {
                (begin)
                (title_field(&list.title, language))
                label for="replies" { (say(Word::ListReplies)) }
                select id="replies" name="replies_policy" { @for (policy, word) in policies {
                    option value=(policy.as_str()) selected[policy == list.replies] { (say(word)) }
                } }
                label.check { input type="checkbox" name="exclusive" value="true" checked[list.is_exclusive]; (say(Word::ListExclusive)) }
                button type="submit" name="do" value="save" { (say(Word::Save)) }
            }
        }
        h2 { (say(Word::ListMembers)) }
        @if may_act {
            form method="post" action=(here) {
                (begin)
                label for="handle" { (say(Word::ListAdd)) }
                input id="handle" type="text" name="handle" value=(handle) required maxlength="400" placeholder="@name@server" autocomplete="off" autocapitalize="none" spellcheck="false";
                button type="submit" name="do" value="add" { (say(Word::Add)) }
            }
        }
        @if members.is_empty() { p.lead { (say(Word::Nobody)) } }
        form.members method="post" action=(here) {
            (begin)
            ul.people { @for one in members.iter() {
                @let button = html! { @if may_act { button.quiet type="submit" name="remove" value=(one.id) { (say(Word::Remove)) } } };
                (line_with_form(c, one, "", &button))
            } }
        }
        @if let Some(id) = more { nav.pager { a rel="next" href={ (here) "?max_id=" (id) } { (say(Word::MorePeople)) } } }
        @if may_act {
            details {
                summary { (say(Word::DeleteList)) }
                form method="post" action=(here) {
                    (begin)
                    p { (say(Word::DeleteListLead)) }
                    button type="submit" name="do" value="delete" { (say(Word::DeleteList)) }
                }
            }
        }
    };
    page(c, title, true, &body).status(wrong.map_or(200, |(_, status)| status))
}

pub async fn change(c: &Context<'_>) -> Result<Response> {
    let id = c.id("id")?;
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, &c.path.to_text(), &[]));
    };
    // Hidden and absent lists are not found.
    let found = store::load(&c.app.db, store::lists::by_id(session.1.id, id)).await?;
    let mut list = found.ok_or(Error::NotFound)?;
    let is_valid = form::is_valid(c.app, PURPOSE, &session.2, c.params.text("form").unwrap_or(""));
    let done = if is_valid {
        may_act(c, &session.1)?;
        apply(c, &session, &mut list).await
    } else {
        Ok(Some(Word::FormExpired))
    };
    let wrong = match done {
        Ok(None) => {
            let is_gone = c.params.text("do") == Some("delete");
            let next = if is_gone { LISTS.into() } else { next(c) };
            return Ok(Response::redirect(&next));
        }
        Ok(Some(word)) => word,
        Err(Error::Unprocessable(said)) => why(&said),
        Err(error) => return Err(error),
    };
    let members = store::load(&c.app.db, store::lists::members(list.id, &Page::first(MEMBERS))).await?;
    let status = if is_valid { 422 } else { 403 };
    Ok(editor(c, &session, &list, &members, Some((wrong, status))))
}

/// Does what a form asks for; a word where that is refused.
async fn apply(c: &Context<'_>, session: &Session, list: &mut List) -> Result<Option<Word>> {
    if let Some(id) = c.params.filled("remove") {
        let id = Id::parse(id).ok_or(Error::NotFound)?;
        store::write(&c.app.db, vec![store::lists::remove(list.id, &[id])]).await?;
        return Ok(None);
    }
    match c.params.text("do") {
        Some("save") => {
            let (title, policy) = (c.params.text("title"), c.params.filled("replies_policy"));
            services::list::change(list, title, policy, Some(c.params.has("exclusive")))?;
            store::write(&c.app.db, vec![store::lists::update(list)]).await?;
        }
        Some("add") => {
            let Some(id) = named(c, c.params.text("handle").unwrap_or("")).await? else {
                return Ok(Some(Word::ListNotFollowed));
            };
            match services::list::add(c.app, session.1.id, list.id, &[id]).await {
                Err(Error::NotFound) => return Ok(Some(Word::ListNotFollowed)),
                done => done?,
            }
        }
        Some("delete") => {
            store::write(&c.app.db, vec![store::lists::delete(session.1.id, list.id)]).await?;
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    }
    Ok(None)
}

/// The stored account of a handle.
pub(super) async fn named(c: &Context<'_>, typed: &str) -> Result<Option<Id>> {
    let Some(asked) = acct::parse(typed.trim()) else { return Ok(None) };
    let here = c.app.domain_asked(c.request);
    let Some(domains) = c.app.handle_domains(asked.domain.as_deref(), here) else { return Ok(None) };
    let found = store::load(&c.app.db, store::accounts::present_by_handle(&asked.username, &domains)).await?;
    Ok(found.map(|account| account.id))
}
