//! `/notifications/requests`: accounts whose notifications are filtered, and whose are.

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::parts::buttons::Buttons;
use super::parts::icons::{Icon, icon};
use super::parts::pager;
use super::parts::reading::Reading;
use super::parts::status::Shown;
use super::parts::who::who;
use super::sign_in::next;
use super::words::{Language, Plural, Word};
use super::{Frame, framed};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::{Page, end_with_statuses};
use crate::model::user::{NotificationPolicy, PolicyAction};
use crate::store;

pub const HERE: &str = "/notifications/requests";
/// The purpose of its form.
const FORM: &str = "notification requests";
/// Requests of a page.
const SHOWN: usize = 20;
/// The parts of the policy, in its order.
const PARTS: [Word; 6] = [
    Word::PolicyNotFollowing,
    Word::PolicyNotFollowers,
    Word::PolicyNewAccounts,
    Word::PolicyPrivateMentions,
    Word::PolicyLimitedAccounts,
    Word::PolicyBots,
];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return Ok(sign_in_first(c, HERE, &[])) };
    let me = session.1.id;
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let parts = (store::notifications::requests(me, &page), store::filters::of(me));
    let ((mut found, views), filters) = store::load(&c.app.db, parts).await?;
    end_with_statuses(&mut found.items, &views, |request| request.last_status_id);
    if views.is_cut {
        found.cursors = found.iter().map(|request| request.id).collect();
        found.goes_on = true;
    }
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let here = form::address(c, HERE, &["max_id"]);
    let reading = Reading::new(c, Some(&session), Some(filters), "notifications", here.clone());
    let buttons = Buttons::new(c, &session, FORM);
    let title = say(Word::FilteredNotifications);
    let body = html! {
        h1 { (title) }
        p.lead { (say(Word::FilteredNotificationsLead)) }
        @if found.is_empty() { p { (say(Word::NothingFiltered)) } }
        @for request in found.iter() {
            @let id = request.id.to_string();
            @let last = views.iter().find(|view| Some(view.status.id) == request.last_status_id);
            article.notice {
                div.told {
                    (icon(Icon::Bell))
                    div {
                        p { (who(c, &[&request.from], 1)) " · " (language.count(request.count, Plural::Notifications)) }
                        @if last.is_none() { p.handle { "@" (request.from.handle()) } }
                    }
                }
                @if let Some(last) = last { (reading.status(last, Shown::default())) }
                div.ways {
                    (buttons.button("small", "accept", &id, Word::AcceptNotifications))
                    (buttons.button("quiet small", "dismiss", &id, Word::DismissNotifications))
                }
            }
        }
        (pager::older(&found, HERE, language))
        (buttons.form(HERE, &here, &policy(session.0.notification_policy, language)))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

/// What becomes of notifications by accounts of each kind.
fn policy(mut policy: NotificationPolicy, language: Language) -> Markup {
    let say = |word| language.say(word);
    let name = |action| match action {
        PolicyAction::Accept => Word::PolicyAccept,
        PolicyAction::Filter => Word::PolicyFilter,
        PolicyAction::Drop => Word::PolicyDrop,
    };
    html! {
        h2 { (say(Word::NotificationPolicy)) }
        p.hint { (say(Word::NotificationPolicyLead)) }
        @for ((part, present), word) in policy.parts().into_iter().zip(PARTS) {
            label for=(part) { (say(word)) }
            select id=(part) name=(part) {
                @for action in PolicyAction::ALL {
                    option value=(action.as_str()) selected[action == *present] { (say(name(action))) }
                }
            }
        }
        button type="submit" name="policy" value="1" { (say(Word::Save)) }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (mut user, account, _) = match form::sender(c, FORM, HERE).await? {
        Ok(session) => session,
        Err(first) => return Ok(first),
    };
    let me = account.id;
    if c.params.text("policy").is_some() {
        for (name, part) in user.notification_policy.parts() {
            if let Some(text) = c.params.filled(name) {
                let unreadable = || Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into());
                *part = PolicyAction::parse(text).ok_or_else(unreadable)?;
            }
        }
        let update = store::users::update_policy(user.id, &user.notification_policy);
        store::write(&c.app.db, vec![update]).await?;
        return Ok(Response::redirect(&next(c)));
    }
    let accepted = c.params.text("accept");
    let id = accepted.or(c.params.text("dismiss")).and_then(Id::parse).ok_or(Error::NotFound)?;
    let batch = match accepted {
        Some(_) => store::notifications::accept_requests(me, &[id]),
        None => store::notifications::dismiss_requests(me, &[id]),
    };
    store::write(&c.app.db, batch).await?;
    Ok(Response::redirect(&next(c)))
}
