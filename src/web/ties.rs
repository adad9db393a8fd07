//! How the reader of a profile and its account stand to each other, and the forms that change it.

use maud::{Markup, html};

use super::form::{self, Session};
use super::home::HOME;
use super::parts::composer::{COMPOSE, LANGUAGES};
use super::parts::status::REPORT;
use super::parts::time;
use super::sign_in::next;
use super::words::{Language, Word};
use super::{Frame, framed, text};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::list::{List, MAX_LISTS};
use crate::model::relationship::Relationship;
use crate::model::status::Visibility;
use crate::model::time::Time;
use crate::services;
use crate::services::permission;
use crate::services::ties::MAX_NOTE;
use crate::store;
use crate::store::follows::Options;
use crate::text::language::normalise;

/// Where the forms are sent.
pub const TIES: &str = "/ties";
const FORM: &str = "ties";
/// How long a mute may be, in seconds; 0 has no end.
const MUTES: [(i64, Word); 5] = [
    (0, Word::TieForGood),
    (3600, Word::OneHour),
    (86_400, Word::OneDay),
    (7 * 86_400, Word::OneWeek),
    (30 * 86_400, Word::OneMonth),
];

/// The token of these forms, for a page that is left open for long.
pub fn token(c: &Context<'_>, secret: &str) -> String {
    form::reading_token(c.app, FORM, secret)
}

/// The hidden fields of a form; it leads back to `here`.
fn hidden(token: &str, here: &str, account: Id) -> Markup {
    html! {
        input type="hidden" name="form" value=(token);
        input type="hidden" name="next" value=(here);
        input type="hidden" name="account" value=(account);
    }
}

/// A form of one button.
pub fn undo(token: &str, here: &str, account: Id, what: &str, word: &str) -> Markup {
    html! {
        form method="post" action=(TIES) {
            (hidden(token, here, account))
            button.quiet type="submit" name="do" value=(what) { (word) }
        }
    }
}

/// The end of a mute, in words.
pub fn muted(c: &Context<'_>, until: Option<Time>, language: Language) -> String {
    match until {
        Some(at) => language.say(Word::TieMutedUntil).replace("{date}", &time::stamp(c, at)),
        None => language.say(Word::TieMuted).to_owned(),
    }
}

/// What `session` and `account` are to each other, with the forms to change it where its account may act. They lead back to `here`.
/// `lists`: the reader's, each with whether the account is on it.
pub fn section(
    c: &Context<'_>,
    account: &Account,
    r: &Relationship,
    session: &Session,
    lists: &[(List, bool)],
    here: &str,
) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let (_, own, secret) = session;
    let mut signs = Vec::new();
    for (is_so, word) in [
        (r.is_followed_by, Word::TieFollowsYou),
        (r.is_requested_by, Word::TieAsksYou),
        (r.has_requested, Word::TieRequested),
        (r.is_blocking, Word::TieBlocked),
        (r.is_domain_blocking, Word::TieDomainBlocked),
    ] {
        if is_so {
            signs.push(say(word).to_owned());
        }
    }
    if r.is_muting {
        signs.push(muted(c, r.muting_expires_at, language));
    }
    let token = token(c, secret);
    let hidden = hidden(&token, here, account.id);
    html! {
        section.ties {
            @if !signs.is_empty() { p.meta { (signs.join(" · ")) } }
            @if !r.note.is_empty() { p.card dir="auto" { span.unseen { (say(Word::TieNote)) ": " } (r.note) } }
            @if permission::may_act(own).is_ok() {
                form.buttons method="post" action=(TIES) {
                    (hidden)
                    @for (what, word, is_first) in first(account, r) {
                        button.quiet[!is_first] type="submit" name="do" value=(what) { (say(word)) }
                    }
                }
                details {
                    summary { (say(Word::MoreActions)) }
                    form.buttons method="post" action=(TIES) {
                        (hidden)
                        @for (what, word) in more(account, r) {
                            button.quiet type="submit" name="do" value=(what) { (say(word).replace("{domain}", &account.domain)) }
                        }
                    }
                    p.hint { (say(Word::TieBlockHint)) }
                    p {
                        a href=(written(account, None)) { (say(Word::TieMention)) } " · "
                        a href=(written(account, Some(Visibility::Direct))) { (say(Word::DirectMessage)) }
                    }
                    @if r.is_following || r.has_requested { (lists_form(&hidden, lists, language)) (languages_form(&hidden, r, language)) }
                    @if !r.is_muting { (mute_form(&hidden, language)) }
                    (note_form(&hidden, &r.note, language))
                    p { a href={ (REPORT) "?account=" (account.id) } { (say(Word::Report)) } }
                }
            }
        }
    }
}

/// What is offered at once: an action, its word, and whether it stands out.
fn first(account: &Account, r: &Relationship) -> Vec<(&'static str, Word, bool)> {
    let mut all = Vec::new();
    if r.is_requested_by {
        all.push(("accept", Word::TieAccept, true));
        all.push(("remove_follower", Word::TieDecline, false));
    }
    if r.is_blocking {
        all.push(("unblock", Word::TieUnblock, false));
    } else if r.is_domain_blocking {
        all.push(("unblock_domain", Word::TieUnblockDomain, false));
    } else if r.is_following {
        all.push(("unfollow", Word::TieUnfollow, false));
    } else if r.has_requested {
        all.push(("unfollow", Word::TieWithdraw, false));
    } else if can_be_followed(account) && !r.is_blocked_by {
        all.push(("follow", Word::TieFollow, true));
    }
    if r.is_muting {
        all.push(("unmute", Word::TieUnmute, false));
    }
    all
}

/// Neither one that has moved, nor the instance itself, nor a memorial account that nobody answers for.
fn can_be_followed(account: &Account) -> bool {
    let answers_nobody = account.actor_type == "Application" || (account.is_memorial && account.is_locked);
    account.moved_to_id.is_none() && !(account.is_local() && answers_nobody)
}

fn more(account: &Account, r: &Relationship) -> Vec<(&'static str, Word)> {
    let mut all = Vec::new();
    let mut either = |is_on, off: (&'static str, Word), on: (&'static str, Word)| {
        all.push(if is_on { on } else { off });
    };
    if r.is_following || r.has_requested {
        either(r.is_notifying, ("notify", Word::TieNotify), ("unnotify", Word::TieUnnotify));
        either(r.shows_reblogs, ("show_boosts", Word::TieShowBoosts), ("hide_boosts", Word::TieHideBoosts));
    }
    if r.is_following {
        either(r.is_endorsed, ("endorse", Word::TieEndorse), ("unendorse", Word::TieUnendorse));
    }
    if r.is_followed_by {
        all.push(("remove_follower", Word::TieRemoveFollower));
    }
    if !r.is_blocking {
        all.push(("block", Word::TieBlock));
    }
    if !account.is_local() && !r.is_domain_blocking {
        all.push(("block_domain", Word::TieBlockDomain));
    }
    all
}

fn mute_form(hidden: &Markup, language: Language) -> Markup {
    let say = |word| language.say(word);
    html! {
        form method="post" action=(TIES) {
            (hidden)
            label for="duration" { (say(Word::TieMuteFor)) }
            select id="duration" name="duration" {
                @for (seconds, word) in MUTES { option value=(seconds) { (say(word)) } }
            }
            label.check { input type="checkbox" name="notifications" value="1" checked; span { (say(Word::TieMuteNotifications)) } }
            button.quiet type="submit" name="do" value="mute" { (say(Word::TieMute)) }
        }
    }
}

/// The form for a new post that begins with the account's handle.
fn written(account: &Account, visibility: Option<Visibility>) -> String {
    let mut query = url::form_urlencoded::Serializer::for_suffix(format!("{COMPOSE}?"), COMPOSE.len() + 1);
    query.append_pair("text", &format!("@{} ", account.handle()));
    query.extend_pairs(visibility.map(|one| ("visibility", one.as_str()))).finish()
}

/// On which of the reader's lists the account is.
fn lists_form(hidden: &Markup, lists: &[(List, bool)], language: Language) -> Markup {
    let say = |word| language.say(word);
    html! {
        @if !lists.is_empty() {
            form method="post" action=(TIES) {
                (hidden)
                fieldset {
                    legend { (say(Word::KindLists)) }
                    @for (list, is_on) in lists {
                        label.check {
                            input type="checkbox" name="lists[]" value=(list.id) checked[*is_on];
                            span dir="auto" { (list.title) }
                        }
                    }
                }
                button.quiet type="submit" name="do" value="lists" { (say(Word::Save)) }
            }
        }
    }
}

/// In which languages the posts of who is followed are shown: in all of them where none is chosen.
fn languages_form(hidden: &Markup, r: &Relationship, language: Language) -> Markup {
    let say = |word| language.say(word);
    let chosen = r.languages.as_deref().unwrap_or_default();
    let has = |code: &str| chosen.iter().any(|one| one == code);
    let unknown = chosen.iter().filter(|one| LANGUAGES.iter().all(|(code, _)| code != one));
    html! {
        form method="post" action=(TIES) {
            (hidden)
            label for="languages" { (say(Word::TieLanguages)) }
            select id="languages" name="languages[]" multiple size="5" aria-describedby="languages-hint" {
                @for code in unknown { option value=(code) selected { (code) } }
                @for (code, name) in LANGUAGES { option value=(code) lang=(code) selected[has(code)] { (name) } }
            }
            p.hint id="languages-hint" { (say(Word::TieLanguagesHint)) }
            button.quiet type="submit" name="do" value="languages" { (say(Word::Save)) }
        }
    }
}

fn note_form(hidden: &Markup, note: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    html! {
        form method="post" action=(TIES) {
            (hidden)
            label for="note" { (say(Word::TieNote)) }
            textarea id="note" name="note" rows="3" dir="auto" aria-describedby="note-hint" { (note) }
            p.hint id="note-hint" { (say(Word::TieNoteHint).replace("{n}", &MAX_NOTE.to_string())) }
            button.quiet type="submit" name="do" value="note" { (say(Word::Save)) }
        }
    }
}

/// Does what a form asks for, and leads back to where it was.
pub async fn act(c: &Context<'_>) -> Result<Response> {
    let (own, secret) = match form::sender(c, FORM, HOME).await? {
        Ok((_, own, secret)) => (own, secret),
        Err(first) => return Ok(first),
    };
    let app = c.app;
    let what = c.params.text("do").unwrap_or("");
    // A domain that is blocked may have no account here.
    if let Some(domain) = c.params.filled("domain").filter(|_| what == "unblock_domain") {
        store::write(&app.db, vec![store::mutes::unblock_domain(own.id, domain)]).await?;
        return Ok(Response::redirect(&next(c)));
    }
    let id =
        c.params.text("account").and_then(Id::parse).filter(|id| *id != own.id).ok_or(Error::NotFound)?;
    let parts = (store::accounts::present(id), store::follows::between(own.id, id));
    let (target, tie) = store::load(&app.db, parts).await?;
    let target = target.ok_or(Error::NotFound)?;
    let mut options = Options::default();
    match what {
        "notify" | "unnotify" => options.is_notifying = Some(what == "notify"),
        "show_boosts" | "hide_boosts" => options.shows_reblogs = Some(what == "show_boosts"),
        "languages" => {
            let chosen = c.params.list("languages");
            options.languages = Some(chosen.iter().filter_map(|code| normalise(code)).collect());
        }
        _ => {}
    }
    match what {
        "follow" => services::follow::follow(app, &own, &target, None, &options).await?,
        // A page that was open for long does not follow anew.
        "notify" | "unnotify" | "show_boosts" | "hide_boosts" | "languages" if tie.is_none() => {}
        "notify" | "unnotify" | "show_boosts" | "hide_boosts" | "languages" => {
            services::follow::follow(app, &own, &target, None, &options).await?;
        }
        "unfollow" => services::follow::unfollow(app, &own, &target).await?,
        "accept" => services::follow::accept(app, &target, &own).await?,
        "remove_follower" => services::ties::remove_follower(app, &own, &target).await?,
        "endorse" => services::ties::endorse(app, &own, &target).await?,
        "block" => services::follow::block(app, &own, &target, None).await?,
        "unblock" => services::follow::unblock(app, &own, &target).await?,
        "block_domain" if !target.is_local() => {
            services::follow::block_domain(app, &own, &target.domain).await?;
        }
        "lists" => on_lists(c, own.id, id).await?,
        "mute" => {
            let hides_notifications = c.params.filled("notifications").is_some();
            let seconds = c.params.int("duration")?.unwrap_or(0);
            services::ties::mute(app, &own, &target, hides_notifications, seconds).await?;
        }
        "note" => {
            // Browsers send line ends as CRLF.
            let note = c.params.text("note").unwrap_or("").replace("\r\n", "\n");
            match services::ties::set_note(app, &own, &target, &note).await {
                Err(Error::Unprocessable(_)) => return Ok(refused(c, &target, &secret, &note)),
                done => done?,
            }
        }
        _ => {
            let removed = match what {
                "unmute" => store::mutes::delete(own.id, id),
                "unendorse" => store::profiles::unendorse(own.id, id),
                "unblock_domain" => store::mutes::unblock_domain(own.id, &target.domain),
                _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
            };
            store::write(&app.db, vec![removed]).await?;
        }
    }
    Ok(Response::redirect(&next(c)))
}

/// Puts an account on the lists that are chosen, and takes it from the others. On lists are only those who are followed.
async fn on_lists(c: &Context<'_>, own: Id, account: Id) -> Result<()> {
    let chosen = c.params.ids("lists").into_iter().take(MAX_LISTS);
    let rows: Vec<_> = chosen.map(|list| (list, c.app.new_id())).collect();
    store::write(&c.app.db, store::lists::place(own, account, &rows).into()).await?;
    Ok(())
}

/// A note that is too long, as it was typed.
fn refused(c: &Context<'_>, account: &Account, secret: &str, note: &str) -> Response {
    let language = Language::of(c.request);
    let title = language.say(Word::TieNote);
    let hidden = hidden(&token(c, secret), &next(c), account.id);
    let body = html! {
        h1 { (title) }
        p.meta { (text::name(c, account)) " @" (account.handle()) }
        p.error role="alert" { (language.say(Word::TieNoteTooLong).replace("{n}", &MAX_NOTE.to_string())) }
        (note_form(&hidden, note, language))
    };
    framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body).status(422)
}
