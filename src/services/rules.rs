//! The rules of the instance: written, translated, put in order.

use super::staff::audit;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::rule::{Rule, Translation};
use crate::model::user::User;
use crate::store;
use crate::text::{count, language};

/// Characters of a rule, and of its hint.
pub const MAX_TEXT: usize = 300;
pub const MAX_RULES: i64 = 50;
/// Languages of one rule besides its own.
pub const MAX_TRANSLATIONS: usize = 20;
/// Bytes of all translations of a rule: whoever asks for the instance gets them.
const MAX_BYTES: usize = 16_000;
/// Characters of a rule in the log.
const IN_LOG: usize = 100;

fn target(id: Id, text: &str) -> Target {
    Target::new("rule", id, text.chars().take(IN_LOG).collect::<String>())
}

/// A rule as it was typed, without what is around it. Error: `Unprocessable`.
fn checked(rule: Rule) -> Result<Rule> {
    let trimmed = |text: &str| text.trim().to_owned();
    let is_long = |text: &String| count::is_too_long(text, MAX_TEXT) || text.len() > 8 * MAX_TEXT;
    let (text, hint) = (trimmed(&rule.text), trimmed(&rule.hint));
    let mut translations: Vec<Translation> = Vec::new();
    for one in rule.translations {
        let (text, hint) = (trimmed(&one.text), trimmed(&one.hint));
        if text.is_empty() && hint.is_empty() {
            continue;
        }
        let is_code = language::normalise(&one.language).as_ref() == Some(&one.language);
        let one = Translation { language: one.language, text, hint };
        if !is_code || is_long(&one.text) || is_long(&one.hint) {
            return Err(Error::validation("Translation is invalid"));
        }
        // The last one of a language counts.
        translations.retain(|known| known.language != one.language);
        translations.push(one);
    }
    if text.is_empty() || is_long(&text) || is_long(&hint) {
        return Err(Error::validation("Text must be 1 to 300 characters"));
    }
    if translations.len() > MAX_TRANSLATIONS || store::rules::packed(&translations).len() > MAX_BYTES {
        return Err(Error::validation("There are too many translations"));
    }
    Ok(Rule { text, hint, translations, ..rule })
}

/// Adds a rule at the end. Errors: `Unprocessable` where the text is empty or too long, or there are too many rules.
pub async fn add(app: &App, by: &User, text: &str, hint: &str) -> Result<()> {
    let rule = checked(Rule { id: app.new_id(), text: text.into(), hint: hint.into(), ..Rule::default() })?;
    let batch = vec![
        store::rules::insert(&rule, MAX_RULES),
        audit(app, by, "create", &target(rule.id, &rule.text), ""),
    ];
    match store::write(&app.db, batch).await?.first() {
        Some(rows) if !rows.is_empty() => Ok(()),
        _ => Err(Error::validation("There are too many rules")),
    }
}

/// Changes a rule with its translations; those without a word are removed.
///
/// Errors: `NotFound`; `Unprocessable` for texts that are empty or too long, unknown languages, and too many of them.
pub async fn change(app: &App, by: &User, rule: Rule) -> Result<()> {
    find(app, rule.id).await?;
    let rule = checked(rule)?;
    let batch = vec![store::rules::update(&rule), audit(app, by, "update", &target(rule.id, &rule.text), "")];
    match store::write(&app.db, batch).await?.first() {
        Some(rows) if !rows.is_empty() => Ok(()),
        _ => Err(Error::NotFound),
    }
}

/// A rule. Error: `NotFound`.
pub async fn find(app: &App, id: Id) -> Result<Rule> {
    let all = store::load(&app.db, store::rules::all()).await?;
    all.into_iter().find(|rule| rule.id == id).ok_or(Error::NotFound)
}

/// Puts a rule before the one before it, or after the one after it; the first and the last stay. Error: `NotFound`.
pub async fn shift(app: &App, by: &User, id: Id, is_up: bool) -> Result<()> {
    let rule = find(app, id).await?;
    let batch = vec![store::rules::shift(id, is_up), audit(app, by, "move", &target(id, &rule.text), "")];
    store::write(&app.db, batch).await.map(|_| ())
}

/// Removes a rule. Error: `NotFound`.
pub async fn remove(app: &App, by: &User, id: Id) -> Result<()> {
    let rule = find(app, id).await?;
    let batch = vec![store::rules::delete(id), audit(app, by, "destroy", &target(id, &rule.text), "")];
    store::write(&app.db, batch).await.map(|_| ())
}
