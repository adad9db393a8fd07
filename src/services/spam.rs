//! The operator's rules against spam: what they match, and their changes.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::matcher::fold;
use crate::model::spam::{Action, Kind, Place, Rule};
use crate::model::status::{Status, Visibility};
use crate::model::time::DAY;
use crate::platform::guard::{self, typed_domain};
use crate::platform::sql::Rows;
use crate::store;
use crate::text::links;

pub const MAX_RULES: usize = 200;
/// Bytes of a word or a host.
pub const MAX_TEXT: usize = 200;
/// Days for which an account of somebody here may count as young.
pub const MAX_DAYS: i64 = 365;

/// What rules have found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The strictest.
    pub action: Action,
    /// The text of that rule.
    pub text: String,
    rules: Vec<Id>,
}

/// The hosts of links in A-labels, each once.
fn hosts(urls: &[String]) -> Vec<String> {
    let host = |url: &String| {
        let host = guard::parse(url)?.host_str()?.trim_end_matches('.').to_owned();
        Some(host)
    };
    let mut all: Vec<String> = urls.iter().filter_map(host).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What the rules for a place find in a text and behind links. It is not counted yet ([`count`]).
fn find(app: &App, place: Place, text: &str, urls: &[String]) -> Option<Found> {
    let site = app.site();
    let rules = site.spam.matching(place, text, &hosts(urls));
    let strictest = rules.iter().max_by_key(|rule| rule.action)?;
    Some(Found {
        action: strictest.action,
        text: strictest.text.clone(),
        rules: rules.iter().map(|rule| rule.id).collect(),
    })
}

/// What the rules for posts find in a status, whose `words` are all its texts.
pub fn in_status(app: &App, status: &Status, words: &str) -> Option<Found> {
    find(app, Place::Posts, words, &links::targets(&status.content))
}

/// Counts matches, which are stored once a minute.
pub async fn count(app: &App, found: &Found) -> Result<()> {
    let due = app.shared.matches.borrow_mut().add(&found.rules, app.now());
    if !due.is_empty() {
        store::write(&app.db, vec![store::spam_rules::count(&due, app.now())]).await?;
    }
    Ok(())
}

/// What the rules for sign-ups say of somebody who signs up: the action of the strictest.
pub async fn of_sign_up(app: &App, username: &str, reason: &str) -> Result<Option<Action>> {
    if !app.site().spam.has(Place::SignUps) {
        return Ok(None);
    }
    // Names are written without spaces.
    let text = format!("{username} {} {reason}", username.replace('_', " "));
    let Some(found) = find(app, Place::SignUps, &text, &links::addresses(reason)) else { return Ok(None) };
    count(app, &found).await?;
    Ok(Some(found.action))
}

/// Whether the rules for posts apply to a public status of somebody here.
pub fn applies_to(app: &App, author: &Account, visibility: Visibility) -> bool {
    let site = app.site();
    let days = site.spam.young_days;
    days > 0
        && visibility.is_distributable()
        && author.created_at > app.now().plus(-days * DAY)
        && site.spam.has(Place::Posts)
}

/// Why a status of somebody here is refused; pages have the sentence in their language (`own_post_refused`).
const REFUSED: &str = "This post has words or links that new accounts cannot publish here yet. The staff of this server can help.";

/// What becomes of a status of a young account here, to which rules apply ([`applies_to`]): one that is limited is unlisted. An app has no
/// place for one that waits, so it is refused as well; so is an edit of a public one, which cannot become unlisted.
///
/// Error: `Unprocessable` where it is refused.
pub async fn own(
    app: &App,
    visibility: &mut Visibility,
    words: &str,
    urls: &[String],
    is_edit: bool,
) -> Result<()> {
    let Some(found) = find(app, Place::Posts, words, urls) else { return Ok(()) };
    count(app, &found).await?;
    if found.action > Action::Limit || (is_edit && *visibility == Visibility::Public) {
        return Err(Error::Unprocessable(REFUSED.into()));
    }
    *visibility = (*visibility).max(Visibility::Unlisted);
    Ok(())
}

/// What is typed of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    pub kind: Kind,
    /// Words, or a host or an address.
    pub text: &'a str,
    pub is_for_sign_ups: bool,
    pub is_for_posts: bool,
    pub action: Action,
}

/// The text of a rule as it is compared.
fn read(app: &App, typed: &Typed<'_>) -> Option<String> {
    let text = typed.text.trim();
    // What is longer is not folded.
    if text.len() > 4 * MAX_TEXT {
        return None;
    }
    let read = match typed.kind {
        Kind::Word => {
            let folded = fold(text);
            let says_something = folded.chars().any(char::is_alphanumeric) && folded.chars().nth(1).is_some();
            says_something.then_some(folded)?
        }
        Kind::Host => {
            let host = typed_domain(text)?;
            (host.contains('.') && !super::domain_block::is_ours(app, &host)).then_some(host)?
        }
    };
    (read.len() <= MAX_TEXT).then_some(read)
}

fn audit(
    app: &App,
    by: &Account,
    what: &str,
    id: Id,
    label: &str,
    detail: &str,
) -> crate::platform::sql::Statement {
    store::audit::insert(app.new_id(), by.id, what, &Target::new("spam_rule", id, label), detail)
}

fn has_row(rows: &[Rows]) -> bool {
    rows.first().is_some_and(|rows| !rows.is_empty())
}

/// Adds a rule.
///
/// Error: `Unprocessable` where its text says nothing, is too long, or is a host of ours; where it is for no place or there already,
/// or there are too many.
pub async fn add(app: &App, by: &Account, typed: &Typed<'_>) -> Result<()> {
    let wrong = || Error::Unprocessable("spam rule".into());
    let text = read(app, typed).filter(|_| typed.is_for_sign_ups || typed.is_for_posts).ok_or_else(wrong)?;
    let rule = Rule {
        id: app.new_id(),
        kind: typed.kind,
        text,
        is_for_sign_ups: typed.is_for_sign_ups,
        is_for_posts: typed.is_for_posts,
        action: typed.action,
    };
    let batch = vec![
        store::spam_rules::insert(&rule, MAX_RULES),
        store::spam_rules::publish(),
        audit(app, by, "create", rule.id, &rule.text, rule.action.as_str()),
    ];
    match store::write(&app.db, batch).await {
        Ok(rows) if has_row(&rows) => super::install::reload(app).await,
        Ok(_) | Err(Error::Conflict(_)) => Err(wrong()),
        Err(error) => Err(error),
    }
}

/// Removes a rule. Error: `NotFound` where there is none.
pub async fn remove(app: &App, by: &Account, id: Id) -> Result<()> {
    let known = app.site().spam.rules.iter().find(|rule| rule.id == id).map(|rule| rule.text.clone());
    let batch = vec![
        store::spam_rules::delete(id),
        store::spam_rules::publish(),
        audit(app, by, "destroy", id, &known.ok_or(Error::NotFound)?, ""),
    ];
    let rows = store::write(&app.db, batch).await?;
    super::install::reload(app).await?;
    if has_row(&rows) { Ok(()) } else { Err(Error::NotFound) }
}

/// Says for how many days the rules apply to people here; 0 for none.
///
/// Error: `Unprocessable` where that is no number of days that can be.
pub async fn set_young_days(app: &App, by: &Account, days: i64) -> Result<()> {
    if !(0..=MAX_DAYS).contains(&days) {
        return Err(Error::Unprocessable("days".into()));
    }
    let text = if days == 0 { String::new() } else { days.to_string() };
    let target = Target::new("settings", Id::default(), "spam_young_days");
    let batch = vec![
        store::site::set_or_unset("spam_young_days", &text),
        store::audit::insert(app.new_id(), by.id, "update", &target, &days.to_string()),
    ];
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

#[cfg(test)]
mod tests {
    use super::hosts;

    #[test]
    fn hosts_are_compared_as_they_are_asked_for() {
        let urls = [
            "https://SPAM.example/x",
            "http://spam.example:8080/",
            "https://spam.example./",
            "https://카지노.example/",
            "https://user@Ｓpam.example/",
            "mailto:x@y.example",
            "/x",
            "https://[::1]/",
        ];
        let urls = urls.map(str::to_owned);
        assert_eq!(hosts(&urls), ["[::1]", "spam.example", "xn--o80bl47bgkd.example"].map(str::to_owned));
    }
}
