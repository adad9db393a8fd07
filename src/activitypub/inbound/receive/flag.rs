//! Flag.

use serde_json::Value;

use super::{Known, Outcome};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::report::Report;
use crate::model::status::{StatusView, Visibility};
use crate::services;
use crate::text::sanitize;

/// Length of a comment; the rest is cut off, as Mastodon does.
const MAX_COMMENT: usize = 5000;
/// How many statuses of one account are looked at.
const MAX_STATUSES: usize = 100;
/// How many accounts one Flag reports: each is a report and a notification of every operator.
const MAX_ACCOUNTS: usize = 10;

/// Reports each local account that is named or wrote a named status, with its statuses: [`MAX_ACCOUNTS`] at most.
pub async fn receive(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    // By its id a repeated one is known.
    let Some(uri) = vocab::id(activity).filter(|uri| vocab::is_same_host(uri, &actor.uri)) else {
        return Ok(Outcome::Ignored("it has no id of its actor's server"));
    };
    let comment = sanitize::plain(vocab::text(activity, "content").unwrap_or(""));
    let comment: String = comment.chars().take(MAX_COMMENT).collect();
    let mut reports: Vec<Report> = Vec::new();
    let mut about = |target: &Account| -> usize {
        if let Some(place) = reports.iter().position(|r: &Report| r.target.id == target.id) {
            return place;
        }
        let (id, comment) = (app.new_id(), comment.clone());
        reports.push(Report {
            id,
            comment,
            target: target.clone(),
            category: "other".into(),
            ..Report::default()
        });
        reports.len() - 1
    };
    // Of what is not public only what was sent to that server: nobody has staff read more than they may read themselves.
    let origin: Vec<&str> = actor.uri.split('/').take(3).collect();
    let origin = format!("{}/", origin.join("/"));
    let is_seen = |view: &StatusView| {
        matches!(view.status.visibility, Visibility::Public | Visibility::Unlisted)
            || view.status.mentions.iter().any(|mention| mention.uri.starts_with(&origin))
    };
    let mut statuses = Vec::new();
    for uri in vocab::links(activity, "object") {
        if let Some(target) = known.account(&uri).filter(|a| a.is_local()) {
            about(target);
        } else if let Some(view) = known.status(&uri).filter(|v| v.account.is_local() && is_seen(v)) {
            statuses.push((about(&view.account), view.status.id));
        }
    }
    for (place, status) in statuses {
        let has_room = |r: &&mut Report| r.status_ids.len() < MAX_STATUSES && !r.status_ids.contains(&status);
        if let Some(report) = reports.get_mut(place).filter(has_room) {
            report.status_ids.push(status);
        }
    }
    reports.truncate(MAX_ACCOUNTS);
    if reports.is_empty() {
        return Ok(Outcome::Ignored("it is about nobody of ours"));
    }
    services::report::receive(app, actor, uri, reports).await?;
    Ok(Outcome::Applied)
}
