//! `/settings/filters`: the filters of somebody here.

use maud::{Markup, html};

use super::form::{self, Session, may_act, sign_in_first};
use super::page;
use super::parts::time;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::filter::{Filter, Keyword};
use crate::model::id::Id;
use crate::model::time::SECOND;
use crate::services::filter::{MAX_TITLE, check, checked, write};
use crate::services::permission;
use crate::store;

pub const FILTERS: &str = "/settings/filters";
/// Of the forms.
const PURPOSE: &str = "filters";

const CONTEXTS: [(&str, Word); 5] = [
    ("home", Word::FilterInHome),
    ("notifications", Word::Notifications),
    ("public", Word::FilterInPublic),
    ("thread", Word::FilterInThreads),
    ("account", Word::FilterInProfiles),
];
const ACTIONS: [(&str, Word); 3] =
    [("warn", Word::FilterWarn), ("blur", Word::FilterBlur), ("hide", Word::FilterHide)];
/// Seconds until a filter ends.
const ENDS: [(&str, Word); 5] = [
    ("", Word::FilterNeverEnds),
    ("3600", Word::OneHour),
    ("86400", Word::OneDay),
    ("604800", Word::OneWeek),
    ("2592000", Word::OneMonth),
];
/// It ends when it did so far.
const STAYS: &str = "stays";

/// What was typed, or is stored.
struct Typed {
    filter: Filter,
    ends: String,
    /// A line each.
    keywords: String,
    /// New keywords match whole words.
    is_whole_word: bool,
}

impl Typed {
    fn of(filter: Filter) -> Self {
        let ends = if filter.expires_at.is_some() { STAYS } else { "" };
        let lines: Vec<&str> = filter.keywords.iter().map(|k| k.keyword.as_str()).collect();
        Self { ends: ends.into(), keywords: lines.join("\n"), is_whole_word: true, filter }
    }

    fn new(app: &crate::app::App) -> Self {
        let contexts = vec!["home".into(), "public".into()];
        Self::of(Filter { id: app.new_id(), action: "warn".into(), contexts, ..Filter::default() })
    }

    /// Puts in what was sent.
    fn read(&mut self, c: &Context<'_>) {
        let text = |name: &str| c.params.text(name).unwrap_or("").trim().to_owned();
        self.filter.title = text("title");
        self.filter.contexts = c.params.list("context");
        self.filter.action = text("action");
        self.ends = text("ends");
        self.keywords = text("keywords");
        self.is_whole_word = c.params.has("whole_word");
    }

    /// Validates what was typed and makes it the filter's; answers which keywords change. A keyword that was there stays as it
    /// is. Errors: `Unprocessable`.
    fn apply(&mut self, c: &Context<'_>) -> Result<Vec<(Id, Option<Keyword>)>> {
        check(&mut self.filter)?;
        if self.ends != STAYS {
            let seconds =
                ENDS.iter().find(|(value, _)| *value == self.ends).and_then(|(n, _)| n.parse().ok());
            self.filter.expires_at = seconds.map(|n: i64| c.app.now().plus(n * SECOND));
        }
        let mut lines: Vec<&str> =
            self.keywords.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut changes = Vec::new();
        self.filter.keywords.retain(|known| {
            let stays = lines.contains(&known.keyword.trim());
            if !stays {
                changes.push((known.id, None));
            }
            stays
        });
        lines.retain(|line| !self.filter.keywords.iter().any(|known| known.keyword.trim() == *line));
        for line in lines {
            let (id, keyword) = (c.app.new_id(), checked(line)?);
            let new = Keyword { id, keyword, is_whole_word: self.is_whole_word };
            changes.push((id, Some(new.clone())));
            self.filter.keywords.push(new);
        }
        Ok(changes)
    }
}

/// The API's sentences, as words of ours.
fn why(said: &str) -> Word {
    match said {
        _ if said.contains("Title can't") => Word::TitleMissing,
        _ if said.contains("Title is") => Word::TitleTooLong,
        _ if said.contains("Context") => Word::FilterNowhere,
        _ if said.contains("Keyword") => Word::FilterKeywordTooLong,
        _ if said.contains("Filters can") => Word::FiltersFull,
        _ => Word::Unacceptable,
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return Ok(sign_in_first(c, FILTERS, &[])) };
    let filters = store::load(&c.app.db, store::filters::of(session.1.id)).await?;
    Ok(all(c, &session, &filters, &Typed::new(c.app), None))
}

fn all(
    c: &Context<'_>,
    session: &Session,
    filters: &[Filter],
    typed: &Typed,
    wrong: Option<Word>,
) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::Filters)) }
        p.lead { (say(Word::FiltersLead)) }
        @if !filters.is_empty() { ul.links { @for one in filters { li {
            a href={ (FILTERS) "/" (one.id) } {
                strong dir="auto" { (one.title) }
                span.meta {
                    @for (name, word) in ACTIONS { @if name == one.action { (say(word)) } }
                    @for (name, word) in CONTEXTS { @if one.is_in(name) { " · " (say(word)) } }
                    @if !one.is_active(c.app.now()) { " · " (say(Word::FilterEnded)) }
                }
            }
        } } } }
        @if permission::may_act(&session.1).is_ok() {
            h2 { (say(Word::NewFilter)) }
            (fields(c, session, typed, FILTERS, wrong))
        }
    };
    page(c, say(Word::Filters), true, &body)
}

fn fields(c: &Context<'_>, session: &Session, typed: &Typed, to: &str, wrong: Option<Word>) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let filter = &typed.filter;
    html! {
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        form method="post" action=(to) {
            input type="hidden" name="form" value=(form::token(c.app, PURPOSE, &session.2));
            label for="title" { (say(Word::TitleWord)) }
            input id="title" type="text" name="title" value=(filter.title) required maxlength=(MAX_TITLE) dir="auto" autocomplete="off";
            label for="keywords" { (say(Word::FilterKeywords)) }
            textarea id="keywords" name="keywords" rows="5" dir="auto" aria-describedby="keywords-hint" { (typed.keywords) }
            p.hint id="keywords-hint" { (say(Word::FilterKeywordsHint)) }
            label.check { input type="checkbox" name="whole_word" value="true" checked[typed.is_whole_word]; (say(Word::FilterWholeWord)) }
            fieldset {
                legend { (say(Word::FilterWhere)) }
                @for (name, word) in CONTEXTS {
                    label.check { input type="checkbox" name="context" value=(name) checked[filter.is_in(name)]; (say(word)) }
                }
            }
            label for="action" { (say(Word::FilterAction)) }
            select id="action" name="action" { @for (name, word) in ACTIONS { option value=(name) selected[name == filter.action] { (say(word)) } } }
            label for="ends" { (say(Word::FilterEnds)) }
            select id="ends" name="ends" {
                @if let Some(at) = filter.expires_at { option value=(STAYS) selected[typed.ends == STAYS] { (time::stamp(c, at)) } }
                @for (value, word) in ENDS { option value=(value) selected[value == typed.ends] { (say(word)) } }
            }
            button type="submit" name="do" value="save" { (say(Word::Save)) }
        }
    }
}

fn one(c: &Context<'_>, session: &Session, typed: &Typed, wrong: Option<Word>) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let here = format!("{FILTERS}/{}", typed.filter.id);
    let statuses = typed.filter.statuses.len();
    let may_act = permission::may_act(&session.1).is_ok();
    let body = html! {
        h1 { (say(Word::EditFilter)) }
        p.meta { a href=(FILTERS) { (say(Word::Filters)) } }
        @if may_act { (fields(c, session, typed, &here, wrong)) }
        @else { p dir="auto" { (typed.filter.title) } }
        @if statuses > 0 { p.hint { (say(Word::FilterPosts).replace("{n}", &statuses.to_string())) } }
        @if may_act {
            details {
                summary { (say(Word::DeleteFilter)) }
                form method="post" action=(here) {
                    input type="hidden" name="form" value=(form::token(c.app, PURPOSE, &session.2));
                    button type="submit" name="do" value="delete" { (say(Word::DeleteFilter)) }
                }
            }
        }
    };
    page(c, say(Word::EditFilter), true, &body)
}

pub async fn edit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, &c.path.to_text(), &[]));
    };
    let filters = store::load(&c.app.db, store::filters::of(session.1.id)).await?;
    Ok(one(c, &session, &Typed::of(own(c, &filters)?), None))
}

fn own(c: &Context<'_>, filters: &[Filter]) -> Result<Filter> {
    let id = c.id("id")?;
    filters.iter().find(|f| f.id == id).cloned().ok_or(Error::NotFound)
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, &c.path.to_text(), &[]));
    };
    let me = session.1.id;
    let filters = store::load(&c.app.db, store::filters::of(me)).await?;
    let is_new = c.captures.get("id").is_none();
    let mut typed = if is_new { Typed::new(c.app) } else { Typed::of(own(c, &filters)?) };
    let is_valid = form::is_valid(c.app, PURPOSE, &session.2, c.params.text("form").unwrap_or(""));
    if is_valid {
        may_act(c, &session.1)?;
        if !is_new && c.params.text("do") == Some("delete") {
            store::write(&c.app.db, vec![store::filters::delete(me, typed.filter.id)]).await?;
            return Ok(Response::redirect(FILTERS));
        }
    }
    typed.read(c);
    let done = if is_valid { save(c, me, &filters, &mut typed, is_new).await } else { Ok(()) };
    let (wrong, status) = match done {
        Ok(()) if is_valid => return Ok(Response::redirect(FILTERS)),
        Ok(()) => (Word::FormExpired, 403),
        Err(Error::Unprocessable(said)) => (why(&said), 422),
        Err(error) => return Err(error),
    };
    let page = match is_new {
        true => all(c, &session, &filters, &typed, Some(wrong)),
        false => one(c, &session, &typed, Some(wrong)),
    };
    Ok(page.status(status))
}

async fn save(c: &Context<'_>, me: Id, all: &[Filter], typed: &mut Typed, is_new: bool) -> Result<()> {
    let keywords = typed.apply(c)?;
    let mut batch = vec![store::filters::save(me, &typed.filter)];
    // The row of a new filter contains its keywords.
    if !is_new && !keywords.is_empty() {
        batch.push(store::filters::put_keywords(me, typed.filter.id, &keywords));
    }
    write(c.app, me, all, &typed.filter, batch).await
}
