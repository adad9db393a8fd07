//! The schedule: what runs how often. One trigger a minute drives it.

use super::run;
use crate::app::App;
use crate::model::time::MINUTE;

/// (every so many minutes, name).
pub const SCHEDULE: [(i64, &str); 3] =
    [(1, "due deliveries, forgotten rows and jobs"), (10, "a spare key"), (60 * 24, "expired rows")];

/// One tick of the clock.
pub async fn tick(app: &App) {
    let minute = app.now().0 / MINUTE;
    for (every, name) in SCHEDULE {
        if minute % every != 0 {
            continue;
        }
        let outcome = match name {
            "a spare key" => run::prepare_key(app).await,
            "expired rows" => run::tidy(app).await,
            _ => run::due(app).await.map(|_| ()),
        };
        if let Err(error) = outcome {
            crate::platform::log(&format!("cron, {name}: {error}"));
        }
    }
}
