//! `/settings/severed`: what suspensions and blocks of servers have ended of a person's follows, with lists to take away.

use maud::html;

use super::form::{self, sign_in_first};
use super::page;
use super::parts::time::minute;
use super::words::{Language, Plural, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::import::Kind;
use crate::model::severance::{Kind as Severed, Severance};
use crate::store;
use crate::text::csv;

pub const HERE: &str = "/settings/severed";
/// How many are listed.
const SHOWN: usize = 100;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, _)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let all = store::load(&c.app.db, store::severances::of(account.id, SHOWN)).await?;
    let body = html! {
        h1 { (say(Word::Severed)) }
        p.lead { (say(Word::SeveredLead)) }
        @if all.is_empty() { p.lead { (say(Word::SeveredNone)) } }
        @for one in &all {
            h2 dir="auto" { (one.target_name) }
            p { (say(why(one))) " · " (minute(c, one.created_at)) }
            ul.plain {
                li {
                    (language.count(one.following_count, Plural::SeveredFollowing))
                    @if one.following_count > 0 { " · " a href={ (HERE) "/" (one.id) "-following.csv" } download { (say(Word::SeveredTake)) } }
                }
                li {
                    (language.count(one.followers_count, Plural::SeveredFollowers))
                    @if one.followers_count > 0 { " · " a href={ (HERE) "/" (one.id) "-followers.csv" } download { (say(Word::SeveredTake)) } }
                }
            }
        }
    };
    Ok(page(c, say(Word::Severed), true, &body))
}

fn why(one: &Severance) -> Word {
    match one.kind {
        Severed::DomainBlock => Word::SeveredByServer,
        Severed::UserDomainBlock => Word::SeveredByYou,
    }
}

/// A list to take away: whom the person followed, as `/settings/import` and Mastodon take it; or who followed them.
pub async fn file(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, _)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let name = c.segment("file")?;
    let (id, kind) = match name.strip_suffix("-following.csv") {
        Some(id) => (id, Kind::Following),
        None => (name.strip_suffix("-followers.csv").ok_or(Error::NotFound)?, Kind::Followers),
    };
    let id = Id::parse(id).ok_or(Error::NotFound)?;
    let query = store::severances::lines(account.id, id, kind == Kind::Following);
    let lines = store::load(&c.app.db, query).await?.ok_or(Error::NotFound)?;
    let mut text = String::new();
    csv::write(&mut text, kind.columns());
    // A list that was cut has no end of its last line.
    text.push_str(lines.rfind('\n').map_or("", |end| lines.get(..=end).unwrap_or("")));
    Ok(Response::new(200, "text/csv; charset=utf-8", text)
        .with("Content-Disposition", format!("attachment; filename=\"{}.csv\"", kind.file()))
        .with("Cache-Control", "private, no-store"))
}
