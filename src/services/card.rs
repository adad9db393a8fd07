//! Which links have previews, and when their pages are fetched. The pages are read by `cards`.

use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::id::Id;
use crate::model::status::{Status, StatusView};
use crate::platform::sql::{Rows, Statement};
use crate::store;
use crate::text::links;

/// The link of a status whose preview is shown. None beside attachments or a quote, as Mastodon does
/// (<https://docs.joinmastodon.org/entities/Status/#card>), and none to this server or to what the status mentions.
pub fn url_of(app: &App, status: &Status) -> Option<String> {
    if !status.media.is_empty() || status.quote_uri.is_some() || status.quote_state.is_some() {
        return None;
    }
    let site = app.site();
    let is_other =
        |url: &str| site.is_ours(url) || status.mentions.iter().any(|m| m.url == url || m.uri == url);
    links::of_card(&status.content, &is_other)
}

/// A job of a batch that fetches the page of a status's link, where its card is not known.
pub struct Started {
    id: Id,
    at: usize,
}

impl Started {
    /// Adds the job to a batch.
    pub fn add(app: &App, status: &Status, batch: &mut Vec<Statement>) -> Option<Self> {
        let url = status.card_url.as_deref()?;
        let started = Self { id: app.new_id(), at: batch.len() };
        batch.push(store::cards::job(app.cause(), started.id, url, app.now()));
        Some(started)
    }

    /// The job runs once the answer is sent, if the batch has added it.
    pub fn hint(&self, app: &App, rows: &[Rows]) {
        let added = rows.get(self.at).and_then(|r| r.first()).and_then(|row| row.id("id").ok());
        if added == Some(self.id) {
            app.hint(Message::Run(self.id));
        }
    }
}

/// Somebody here has opened a status, or a boost of it has arrived for them: the page that it links to is fetched once the
/// answer is sent, where its card is unknown or old.
pub fn opened(app: &App, view: &StatusView) {
    let view = view.proper();
    let is_due = view.card.as_ref().is_none_or(|card| card.due_at <= app.now());
    if view.status.card_url.is_some() && is_due {
        app.hint(Message::Card(view.status.id));
    }
}

/// Adds the job for a status that was opened.
pub async fn look(app: &App, id: Id) -> Result<()> {
    let Some(view) = store::load(&app.db, store::statuses::by_id(id, None)).await? else { return Ok(()) };
    let mut batch = Vec::new();
    if let Some(started) = Started::add(app, &view.status, &mut batch) {
        started.hint(app, &store::write(&app.db, batch).await?);
    }
    Ok(())
}
