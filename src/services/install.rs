//! The database makes itself: on an isolate's first event, once, however many isolates start.

use std::rc::Rc;

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::{self, schema};

/// Makes sure that the schema is there and up to date, and that `app.site` is not older than a
/// minute. No round trip where both are known; one where they are read; more at the very first.
pub async fn ready(app: &App) -> Result<()> {
    if app.shared.is_schema_ready.get()
        && let Some(site) = app.shared.site(app.now())
    {
        *app.site.borrow_mut() = site;
        return Ok(());
    }
    let (mut settings, domains) =
        match store::load(&app.db, (store::site::settings(), store::site::domains())).await {
            Ok(loaded) => loaded,
            Err(first) => {
                if !store::load(&app.db, schema::tables()).await?.iter().any(|t| t == "settings") {
                    // Another isolate may be doing the same: then our batch fails, and theirs has done it.
                    let _ = store::write(&app.db, schema::install()).await;
                    store::load(&app.db, (store::site::settings(), store::site::domains())).await?
                } else {
                    return Err(first);
                }
            }
        };
    for _ in 0..100 {
        let version = version_of(&settings)?;
        if version >= schema::VERSION {
            break;
        }
        let steps = schema::upgrade(version)
            .ok_or_else(|| Error::Internal(format!("no migration leads on from schema version {version}")))?;
        let outcome = store::write(&app.db, steps).await;
        settings = store::load(&app.db, store::site::settings()).await?;
        if version_of(&settings)? == version {
            outcome?;
        }
    }
    let site = Rc::new(store::site::assemble(&settings, domains));
    app.shared.is_schema_ready.set(true);
    app.shared.keep_site(site.clone(), app.now());
    *app.site.borrow_mut() = site;
    Ok(())
}

/// Reads the site again, after it was changed here.
pub async fn reload(app: &App) -> Result<()> {
    app.shared.forget_site();
    ready(app).await
}

fn version_of(settings: &[(String, String)]) -> Result<i64> {
    settings
        .iter()
        .find(|(key, _)| key == "schema_version")
        .and_then(|(_, version)| version.parse().ok())
        .ok_or_else(|| Error::internal("the database has no schema_version"))
}
