//! Texts of warnings that staff keeps to choose from.

use super::staff::{audit, checked};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::strike::Preset;
use crate::model::user::User;
use crate::platform::sql::Statement;
use crate::store;

pub const MAX_PRESETS: i64 = 50;
/// Characters of a title.
pub const MAX_TITLE: usize = 100;

/// Error: `Unprocessable` where there is no text, or one is too long.
fn valid(preset: Preset) -> Result<Preset> {
    let title = preset.title.trim().to_owned();
    let text = checked(&preset.text.replace("\r\n", "\n"))?;
    if text.is_empty() || title.chars().count() > MAX_TITLE {
        return Err(Error::validation("Text can't be blank"));
    }
    Ok(Preset { title, text, ..preset })
}

/// Runs `statement` with its entry of the log; whether it answered a row.
async fn write(app: &App, by: &User, what: &str, preset: &Preset, statement: Statement) -> Result<bool> {
    let target = Target::new("warning_preset", preset.id, preset.name());
    let rows = store::write(&app.db, vec![statement, audit(app, by, what, &target, "")]).await?;
    Ok(rows.first().is_some_and(|rows| !rows.is_empty()))
}

/// Errors: `Unprocessable` where there is no text, one is too long, or there are too many.
pub async fn add(app: &App, by: &User, title: &str, text: &str) -> Result<()> {
    let preset = valid(Preset { id: app.new_id(), title: title.into(), text: text.into() })?;
    match write(app, by, "create", &preset, store::presets::insert(&preset, MAX_PRESETS)).await? {
        true => Ok(()),
        false => Err(Error::validation("There are too many")),
    }
}

/// Errors: `NotFound`; `Unprocessable` where there is no text, or one is too long.
pub async fn change(app: &App, by: &User, preset: Preset) -> Result<()> {
    find(app, preset.id).await?;
    let preset = valid(preset)?;
    match write(app, by, "update", &preset, store::presets::update(&preset)).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Error: `NotFound`.
pub async fn find(app: &App, id: Id) -> Result<Preset> {
    store::load(&app.db, store::presets::by_id(id)).await?.ok_or(Error::NotFound)
}

/// Error: `NotFound`.
pub async fn remove(app: &App, by: &User, id: Id) -> Result<()> {
    let preset = find(app, id).await?;
    write(app, by, "destroy", &preset, store::presets::delete(id)).await.map(|_| ())
}
