//! `/tags/{hashtag}`: the newest public statuses with a hashtag, as far as this server knows them. Who is signed in can follow
//! and feature it; `/followed_tags` has those that somebody follows.

use maud::{Markup, html};

use super::form::{self, Session, may_act, sign_in_first};
use super::parts::reading::Reading;
use super::sign_in::next;
use super::words::{Language, Word};
use super::{page, page_with_feeds};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::page::Page;
use crate::services;
use crate::services::feature::{Featuring, MAX_TAGS};
use crate::services::permission;
use crate::store;
use crate::store::timelines::{Public, Tags};
use crate::text::hashtags;

pub const FOLLOWED: &str = "/followed_tags";
/// Of the forms.
const PURPOSE: &str = "hashtags";
/// Statuses of a page, and followed hashtags.
const SHOWN: usize = 20;
const LISTED: usize = 50;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let session = form::reader(c).await?;
    answer(c, session.as_ref(), None).await
}

/// The page of a hashtag, the same for one that nobody uses. It is not indexed, since its statuses are of
/// many people. There is no document of it. Error: `NotFound` where this is no hashtag, or staff has made it unusable.
async fn answer(c: &Context<'_>, session: Option<&Session>, wrong: Option<Word>) -> Result<Response> {
    let name = hashtags::normalise(c.segment("hashtag")?);
    if name.is_empty() || !c.app.site().tags.is_usable(&name) {
        return Err(Error::NotFound);
    }
    let language = Language::of(c.request);
    let title = format!("#{name}");
    let tags = Tags { any: vec![name.clone()], ..Tags::default() };
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let viewer = session.map(|(_, account, _)| account.id);
    let parts = (
        store::timelines::tagged(&tags, Public::All, viewer, false, &page),
        viewer.map(store::filters::of),
        viewer.map(|viewer| store::tags::ties(viewer, &name)),
    );
    let (statuses, filters, ties) = store::load(&c.app.db, parts).await?;
    let path = c.path.to_text();
    let back = form::address(c, &path, &["max_id"]);
    let here = format!("{}{path}", c.app.domain_asked(c.request).web_origin);
    let acts = session.filter(|(_, account, _)| permission::may_act(account).is_ok());
    let forms = acts.map(|(_, _, secret)| {
        let (is_followed, is_featured) = ties.flatten().unwrap_or_default();
        html! {
            form.tag-ties method="post" action=(path) {
                (hidden(c, secret, &back))
                (tie("follow", is_followed, [Word::FollowTag, Word::UnfollowTag], language))
                (tie("feature", is_featured, [Word::FeatureTag, Word::UnfeatureTag], language))
            }
        }
    });
    let reading = Reading::new(c, session, filters, "public", back);
    let body = html! {
        h1 dir="auto" { (title) }
        @if let Some(wrong) = wrong { p.error role="alert" { (language.say(wrong)) } }
        @if let Some(forms) = forms { (forms) }
        (reading.list(&statuses, &here))
    };
    Ok(page_with_feeds(c, &title, false, &here, &body))
}

fn hidden(c: &Context<'_>, secret: &str, back: &str) -> Markup {
    html! {
        input type="hidden" name="form" value=(form::reading_token(c.app, PURPOSE, secret));
        input type="hidden" name="next" value=(back);
    }
}

/// The button that begins a tie, or ends it.
fn tie(what: &str, is_there: bool, words: [Word; 2], language: Language) -> Markup {
    let [begin, end] = words;
    html! {
        button.quiet[is_there || what == "feature"] type="submit" name="do" value={ @if is_there { "un" } (what) } {
            (language.say(if is_there { end } else { begin }))
        }
    }
}

pub async fn act(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, &c.path.to_text(), &[]));
    };
    let (_, account, secret) = &session;
    let name = c.segment("hashtag")?;
    if !hashtags::is_name(name) {
        return Err(Error::NotFound);
    }
    let name = hashtags::normalise(name);
    if !form::is_valid(c.app, PURPOSE, secret, c.params.text("form").unwrap_or("")) {
        return Err(Error::Forbidden(Language::of(c.request).say(Word::FormExpired).into()));
    }
    may_act(c, account)?;
    let change = match c.params.text("do").unwrap_or("") {
        "follow" => Some(store::tags::follow(c.app.new_id(), account.id, &name)),
        "unfollow" => Some(store::tags::unfollow(account.id, &name)),
        "feature" => {
            let done = services::feature::tag(c.app, account, &name, MAX_TAGS).await?;
            if done == Featuring::TooMany {
                return Ok(answer(c, Some(&session), Some(Word::TooManyFeatured)).await?.status(422));
            }
            None
        }
        "unfeature" => {
            services::feature::untag(c.app, account, &name).await?;
            None
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    };
    if let Some(change) = change {
        store::write(&c.app.db, vec![change]).await?;
    }
    Ok(Response::redirect(&next(c)))
}

/// The hashtags that somebody follows.
pub async fn followed(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, FOLLOWED, &[]));
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let asked = Page { max_id: c.params.cursor("max_id")?, ..Page::first(LISTED) };
    let names = store::load(&c.app.db, store::tags::followed_names(account.id, &asked)).await?;
    let next = names.cursors.iter().min().filter(|_| names.goes_on);
    let may_act = permission::may_act(&account).is_ok();
    let title = say(Word::FollowedTags);
    let body = html! {
        h1 { (title) }
        p.lead { (say(Word::FollowedTagsLead)) }
        form method="post" {
            (hidden(c, &secret, &form::address(c, FOLLOWED, &["max_id"])))
            ul.plain { @for name in names.iter() { li {
                a href={ "/tags/" (name) } dir="auto" { "#" (name) }
                @if may_act {
                    button.quiet type="submit" name="do" value="unfollow" formaction={ "/tags/" (name) } { (say(Word::UnfollowTag)) }
                }
            } } }
        }
        @if let Some(id) = next { nav.pager { a rel="next" href={ (FOLLOWED) "?max_id=" (id) } { (say(Word::SearchMore)) } } }
    };
    Ok(page(c, title, true, &body))
}
