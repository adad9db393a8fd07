//! `/settings/takeout`: an archive of one's own posts and files.

use maud::{Markup, html};

use super::form::sign_in_first;
use super::parts::time;
use super::words::{Language, Word};
use super::{form, page, secured};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::takeout::{File, State, Takeout, stem};
use crate::model::time::Time;
use crate::services;
use crate::services::takeout::Refusal;
use crate::store;

pub const HERE: &str = "/settings/takeout";
/// The page of what is under way: it loads itself anew.
const WATCH: &str = "/settings/takeout?watch=1";
/// Seconds until it does.
const RELOADED_AFTER: &str = "20";
const ZIP: &str = "application/zip";

/// A number of bytes as people read it.
fn size(bytes: i64) -> String {
    let (mut shown, mut unit) = (bytes as f64 / 1000.0, "kB");
    for next in ["MB", "GB"] {
        if shown >= 1000.0 {
            (shown, unit) = (shown / 1000.0, next);
        }
    }
    format!("{shown:.1} {unit}")
}

fn until(c: &Context<'_>, word: Word, at: Time) -> String {
    Language::of(c.request).say(word).replace("{}", &time::stamp(c, at))
}

/// One line about a takeout, for the page of exports.
pub fn in_short(c: &Context<'_>, takeout: Option<&Takeout>) -> String {
    let (now, language) = (c.app.now(), Language::of(c.request));
    match takeout.map(|takeout| (takeout, takeout.state(now))) {
        Some((takeout, State::UnderWay)) => {
            format!("{} ({} / {})", language.say(Word::TakeoutUnderWay), takeout.done, takeout.total)
        }
        Some((_, State::Ready(at))) => until(c, Word::TakeoutReady, at),
        _ => language.say(Word::TakeoutNone).to_owned(),
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some((_, account, secret)) => answer(c, &account, &secret, None).await,
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

async fn answer(c: &Context<'_>, account: &Account, secret: &str, wrong: Option<&str>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let takeout = store::load(&c.app.db, store::takeouts::of(account.id)).await?;
    let (takeout, now) = (takeout.as_ref(), c.app.now());
    let state = takeout.map_or(State::Gone, |takeout| takeout.state(now));
    let is_watched = state == State::UnderWay && wrong.is_none() && c.params.filled("watch").is_some();
    let token = form::token(c.app, "takeout", secret);
    let body = html! {
        h1 { (say(Word::Takeout)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        p.lead { (say(Word::TakeoutLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        @match (takeout, state) {
            (Some(takeout), State::UnderWay) => { (under_way(takeout, &token, language)) }
            (Some(takeout), State::Ready(at)) => { (ready(c, takeout, at, &token, language)) }
            _ => {}
        }
        @match takeout.map(Takeout::again_at).filter(|at| *at > now) {
            Some(at) => { p.hint { (until(c, Word::TakeoutAgain, at)) } }
            None => {
                form method="post" action=(HERE) {
                    input type="hidden" name="form" value=(token);
                    button type="submit" name="action" value="start" { (say(Word::TakeoutStart)) }
                }
            }
        }
        p { a href="/settings/export" { (say(Word::Export)) } }
    };
    let page = page(c, say(Word::Takeout), true, &body);
    Ok(match wrong {
        Some(_) => page.status(422),
        // Without a script.
        None if is_watched => page.with("Refresh", RELOADED_AFTER),
        None => page,
    })
}

fn button(token: &str, word: Word, language: Language) -> Markup {
    html! {
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            button.quiet type="submit" name="action" value="delete" { (language.say(word)) }
        }
    }
}

fn under_way(takeout: &Takeout, token: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    // Before the posts there are a dozen small files.
    let is_at_posts = matches!(takeout.file, None | Some(File::Outbox));
    html! {
        section.card {
            h2 { (say(Word::TakeoutUnderWay)) }
            @if is_at_posts {
                p { (takeout.done) " / " (takeout.total) " " (say(Word::Posts)) }
            }
            progress aria-label=(say(Word::TakeoutUnderWay)) value=(takeout.done.min(takeout.total)) max=(takeout.total.max(1)) {}
            p.hint { (say(Word::TakeoutWait)) }
            (button(token, Word::TakeoutStop, language))
        }
    }
}

fn ready(c: &Context<'_>, takeout: &Takeout, at: Time, token: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    let count = takeout.volumes.len();
    // The texts are nearly all of posts.
    let posts: i64 = takeout.volumes.iter().map(|volume| volume.posts).sum();
    html! {
        section.card {
            h2 { (until(c, Word::TakeoutReady, at)) }
            ul.plain { @for (n, volume) in (1..).zip(&takeout.volumes) {
                @let text = (i128::from(takeout.text) * i128::from(volume.posts.max(1)) / i128::from(posts.max(1))) as i64;
                li {
                    a href={ (HERE) "/" (stem(count, n)) } download { (stem(count, n)) }
                    " · " (volume.posts) " " (say(Word::Posts)) " · " (volume.files) " " (say(Word::TakeoutFiles)) " · " (size(volume.bytes + text))
                }
            } }
            @if count > 1 { p.hint { (say(Word::TakeoutVolumes)) } }
            @if takeout.left_out > 0 { p.hint { (say(Word::TakeoutLeftOut)) " " (takeout.left_out) } }
            (button(token, Word::TakeoutDelete, language))
        }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let language = Language::of(c.request);
    if !form::is_valid(c.app, "takeout", &secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &account, &secret, Some(language.say(Word::FormExpired))).await?.status(403));
    }
    match c.params.text("action") {
        Some("delete") => {
            services::takeout::delete(c.app, &account).await?;
            Ok(Response::redirect(HERE))
        }
        Some("start") => match services::takeout::start(c.app, &account).await? {
            Ok(()) => Ok(Response::redirect(WATCH)),
            Err(refusal) => {
                let wrong = match refusal {
                    Refusal::TooSoon(at) => until(c, Word::TakeoutAgain, at),
                    Refusal::Busy => language.say(Word::TakeoutBusy).to_owned(),
                };
                answer(c, &account, &secret, Some(&wrong)).await
            }
        },
        _ => Err(Error::BadRequest(language.say(Word::BadRequest).into())),
    }
}

/// `/settings/takeout/archive.zip`, or `archive-1.zip` and so on where there are several.
pub async fn download(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, _)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let found = services::takeout::download(c.app, &account, c.segment("file")?).await?;
    let found = found.ok_or(Error::NotFound)?;
    let disposition = format!("attachment; filename=\"{}\"", found.name);
    let response = Response::of_parts(c.request, ZIP, &found.tag, found.parts);
    // Of a part of it, only the files of that part.
    services::takeout::may_read(c.app, response.parts.as_deref().unwrap_or_default())?;
    Ok(secured(response, true).with("Content-Disposition", disposition))
}
