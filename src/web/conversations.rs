//! `/conversations`: the direct messages of who is signed in.

use maud::html;

use super::form::{self, sign_in_first};
use super::parts::buttons::Buttons;
use super::parts::icons::{Icon, icon};
use super::parts::pager;
use super::parts::reading::Reading;
use super::parts::status::{Shown, page_of};
use super::parts::who::who;
use super::sign_in::next;
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Page, end_with_statuses};
use crate::store;
use crate::store::conversations::participants;

pub const HERE: &str = "/conversations";
/// The purpose of its form.
const FORM: &str = "conversations";
/// Conversations of a page.
const SHOWN: usize = 20;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return Ok(sign_in_first(c, HERE, &[])) };
    let me = session.1.id;
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let parts = (store::conversations::list(me, &page), store::filters::of(me));
    let ((mut found, mut views, people), filters) = store::load(&c.app.db, parts).await?;
    views.goes_on = views.is_cut || found.len() >= SHOWN;
    found.sort_by_cached_key(|one| std::cmp::Reverse(one.last_status_id));
    end_with_statuses(&mut found, &views, |one| Some(one.last_status_id));
    views.cursors = found.iter().map(|one| one.last_status_id).collect();

    let language = Language::of(c.request);
    let here = form::address(c, HERE, &["max_id"]);
    // The filters of the page that a conversation leads to.
    let reading = Reading::new(c, Some(&session), Some(filters), "thread", here.clone());
    let buttons = Buttons::new(c, &session, FORM);
    let title = language.say(Word::Conversations);
    let body = html! {
        h1 { (title) }
        @if found.is_empty() { p.lead { (language.say(Word::NoConversations)) } }
        @else { (buttons.form(HERE, &here, &html! {})) }
        @for one in &found {
            @if let Some(last) = views.iter().find(|view| view.status.id == one.last_status_id) {
                @let with: Vec<&Account> = participants(last, &people, me).collect();
                @let id = one.id.to_string();
                article.notice.new[one.is_unread] {
                    div.told {
                        (icon(Icon::Private))
                        div {
                            p {
                                @if with.is_empty() { (language.say(Word::OnlyYou)) } @else { (who(c, &with, with.len())) }
                                @if one.is_unread { " " strong.good { (language.say(Word::UnreadMessage)) } }
                            }
                        }
                    }
                    (reading.status(last, Shown::default()))
                    div.ways {
                        a href=(page_of(last)) { (language.say(Word::ToConversation)) }
                        @if one.is_unread { (buttons.button("quiet small", "read", &id, Word::MarkOneRead)) }
                        (buttons.button("quiet small", "remove", &id, Word::RemoveConversation))
                    }
                }
            }
        }
        (pager::older(&views, HERE, language))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let me = match form::sender(c, FORM, HERE).await? {
        Ok((_, account, _)) => account.id,
        Err(first) => return Ok(first),
    };
    let read = c.params.text("read");
    let id = read.or(c.params.text("remove")).and_then(Id::parse).ok_or(Error::NotFound)?;
    let change = match read {
        Some(_) => store::conversations::set_unread(me, id, false),
        None => store::conversations::delete(me, id),
    };
    store::write(&c.app.db, vec![change]).await?;
    Ok(Response::redirect(&next(c)))
}
