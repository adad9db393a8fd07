//! Installs and upgrades the schema: on an isolate's first event, once, however many isolates start.

use std::rc::Rc;

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::ledger::{self, Usage};
use crate::model::site::Domain;
use crate::store::{self, schema};

/// Makes sure that the schema is installed and up to date, and that `app.site` is not older than a minute. No
/// round trip if both are known; one if they are read; more at the first start.
pub async fn ready(app: &App) -> Result<()> {
    if app.shared.is_schema_ready.get()
        && let Some(site) = app.shared.site(app.now())
    {
        *app.site.borrow_mut() = site;
        return Ok(());
    }
    let (settings, domains, usage) = up_to_date(app, &schema::PLAN).await?;
    let site = Rc::new(store::site::assemble(&settings, domains, (ledger::first_hour(app.now()), usage)));
    app.shared.is_schema_ready.set(true);
    app.shared.size.set(app.meter.size());
    app.shared.keep_site(site.clone(), app.now());
    *app.site.borrow_mut() = site;
    Ok(())
}

/// Reads the site again, after it was changed here.
pub async fn reload(app: &App) -> Result<()> {
    app.shared.forget_site();
    ready(app).await
}

type Found = (Vec<(String, String)>, Vec<Domain>, Usage);

/// Installs the schema, or upgrades it step by step by `plan`; returns settings and domains. Many isolates
/// may do so at once: each step is done by one of them, and the others continue from there.
pub async fn up_to_date(app: &App, plan: &schema::Plan) -> Result<Found> {
    let mut found = read_settings(app).await?;
    while let Some(batch) = plan.next(&found.0)? {
        let outcome = store::write(&app.db, batch).await;
        let after = read_settings(app).await?;
        if after.0 == found.0 {
            // No other isolate has done it either, so it failed.
            outcome?;
            return Err(Error::internal("a step of the schema changes nothing"));
        }
        found = after;
    }
    Ok(found)
}

/// The settings; nothing if their table does not exist.
async fn read_settings(app: &App) -> Result<Found> {
    let since = ledger::first_hour(app.now());
    let read = async || -> Result<Found> {
        let parts = (store::site::settings_and_usage(since), store::domains::all());
        let ((settings, usage), domains) = store::load(&app.db, parts).await?;
        Ok((settings, domains, usage))
    };
    if let Ok(found) = read().await {
        return Ok(found);
    }
    let tables = store::load(&app.db, schema::tables()).await?;
    let is_there = |name: &str| tables.iter().any(|table| table == name);
    match (is_there("settings"), ["usage", "users", "tags"].into_iter().all(is_there)) {
        // Another isolate may have created them just now.
        (true, true) => read().await,
        // An older version, which is about to be upgraded.
        (true, false) => {
            let (settings, domains) =
                store::load(&app.db, (store::site::settings(), store::domains::all())).await?;
            Ok((settings, domains, Usage::default()))
        }
        (false, _) => Ok(Found::default()),
    }
}
