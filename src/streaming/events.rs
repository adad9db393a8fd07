//! Renders the events of changes, for those who listen.

use std::collections::HashMap;

use serde_json::json;

use crate::api::entities::{Frame as Entities, announcement, conversation, matching, notification, status};
use crate::app::App;
use crate::error::Result;
use crate::model::filter::Filter;
use crate::model::id::Id;
use crate::model::live::{Change, Eyes, Frame, Gone, Listener, USER_NOTIFICATIONS};
use crate::model::notification::{Kind, NotificationView};
use crate::model::status::StatusView;
use crate::model::time::HOUR;
use crate::services::publish::searchable;
use crate::store;
use crate::text::hashtags;

/// An older status that arrives is on the timelines, but no news.
const NEWS: i64 = 6 * HOUR;
/// Notifications of one event that are told of.
const MAX_NOTIFICATIONS: usize = 100;

type Filters = HashMap<Id, Vec<Filter>>;

/// Entities for an account with these filters.
fn entities(app: &App, filters: &[Filter]) -> Entities {
    Entities::with_filters(app, filters.to_vec())
}

/// Those who see the same of a status.
struct Group {
    eyes: Eyes,
    /// The filters that match it.
    filters: Vec<Filter>,
    to: Vec<(Id, String)>,
}

/// The frames of a new status, or of a new version of one; two trips at most.
pub async fn of_status(app: &App, id: Id, is_new: bool, listeners: &[Listener]) -> Result<Vec<Frame>> {
    let accounts: Vec<Id> = listeners.iter().map(|l| l.account).collect();
    let (view, rows, filters) = store::load(
        &app.db,
        (
            store::statuses::by_id(id, None),
            store::streams::viewers(listeners, id, hashtags::normalise),
            store::streams::filters_of(&accounts),
        ),
    )
    .await?;
    let Some(view) = view else { return Ok(Vec::new()) };
    if is_new && view.status.created_at.0 < app.now().0 - NEWS {
        return Ok(Vec::new());
    }
    let filters: Filters = filters.into_iter().collect();
    let text =
        if filters.is_empty() { String::new() } else { searchable(&view.proper().status).to_lowercase() };
    let mut groups: Vec<Group> = Vec::new();
    let mut direct = Vec::new();
    for row in &rows {
        let (me, stream, eyes) = store::statuses::read_eyes(row, &view)?;
        if stream == "direct" {
            direct.push((me, eyes));
            continue;
        }
        let filters = matching(filters.get(&me).map_or(&[], Vec::as_slice), &text, &view, app.now());
        match groups.iter_mut().find(|g| g.eyes == eyes && g.filters == filters) {
            Some(group) => group.to.push((me, stream)),
            None => groups.push(Group { eyes, filters, to: vec![(me, stream)] }),
        }
    }
    let event = if is_new { "update" } else { "status.update" };
    let mut frames = Vec::new();
    for group in groups {
        let seen = group.eyes.see(&view);
        let payload = serde_json::to_string(&status::render(&seen, &entities(app, &group.filters)))?;
        frames.push(Frame { to: group.to, event, payload: Some(payload) });
    }
    if !direct.is_empty() {
        frames.extend(of_conversation(app, &view, &direct, &filters).await?);
    }
    Ok(frames)
}

/// The stream `direct` has conversations.
async fn of_conversation(
    app: &App,
    view: &StatusView,
    direct: &[(Id, Eyes)],
    filters: &Filters,
) -> Result<Vec<Frame>> {
    let accounts: Vec<Id> = direct.iter().map(|(me, _)| *me).collect();
    let (found, people) =
        store::load(&app.db, store::streams::conversations(&accounts, view.status.id)).await?;
    let mut frames = Vec::new();
    for (me, about) in found {
        let Some((_, eyes)) = direct.iter().find(|(id, _)| *id == me) else { continue };
        let entities = entities(app, filters.get(&me).map_or(&[], Vec::as_slice));
        let Some(entity) = conversation::render(&about, &[eyes.see(view)], &people, me, &entities) else {
            continue;
        };
        let to = vec![(me, "direct".to_owned())];
        frames.push(Frame { to, event: "conversation", payload: Some(entity.to_string()) });
    }
    Ok(frames)
}

/// The frame of a deletion.
pub async fn of_gone(app: &App, gone: &Gone, listeners: &[Listener]) -> Result<Vec<Frame>> {
    let viewers = store::streams::viewers_of_gone(listeners, gone, hashtags::normalise);
    let to = store::load(&app.db, viewers).await?;
    Ok(if to.is_empty() {
        Vec::new()
    } else {
        vec![Frame { to, event: "delete", payload: Some(gone.id.to_string()) }]
    })
}

/// The streams among `names` that the account listens to.
fn streams_of(listeners: &[Listener], account: Id, names: &[&str]) -> Vec<(Id, String)> {
    let streams = listeners.iter().filter(|l| l.account == account).flat_map(|l| &l.streams);
    streams.filter(|s| names.contains(&s.as_str())).map(|s| (account, s.clone())).collect()
}

const NOTIFICATIONS: [&str; 2] = [USER_NOTIFICATIONS, "user:notification"];

/// The frames of new notifications: pairs of their ids and receivers.
pub async fn of_notifications(app: &App, told: &[(Id, Id)], listeners: &[Listener]) -> Result<Vec<Frame>> {
    let heard = |(_, account): &&(Id, Id)| !streams_of(listeners, *account, &NOTIFICATIONS).is_empty();
    let told: Vec<(Id, Id)> = told.iter().filter(heard).take(MAX_NOTIFICATIONS).copied().collect();
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = told.iter().map(|(id, _)| *id).collect();
    let accounts: Vec<Id> = told.iter().map(|(_, account)| *account).collect();
    let (bare, views) = store::streams::notifications(&ids);
    let (bare, views, filters) =
        store::load(&app.db, (bare, views, store::streams::filters_of(&accounts))).await?;
    let filters: Filters = filters.into_iter().collect();
    let severed: Vec<Id> =
        bare.iter().filter(|(_, n)| n.1 == Kind::SeveredRelationships).map(|(_, n)| n.0).collect();
    let severances = match severed.is_empty() {
        true => Vec::new(),
        false => store::load(&app.db, store::severances::by_ids(&severed)).await?,
    };
    let mut frames = Vec::new();
    for (account, (id, kind, from, status_id, report, collection, strike)) in bare {
        let severance = severances.iter().find(|severance| severance.id == id).cloned();
        let status = views.iter().find(|(n, _)| *n == id).map(|(_, view)| view.clone());
        let is_gone = (kind == Kind::AdminReport && report.is_none())
            || (kind == Kind::ModerationWarning && strike.is_none());
        if (status_id.is_some() && status.is_none()) || is_gone {
            continue;
        }
        let view =
            NotificationView { id, kind, from, status, report, strike, collection, severance, emoji: None };
        let entities = entities(app, filters.get(&account).map_or(&[], Vec::as_slice));
        let payload = notification::render(&view, &entities).to_string();
        let to = streams_of(listeners, account, &NOTIFICATIONS);
        frames.push(Frame { to, event: "notification", payload: Some(payload) });
    }
    Ok(frames)
}

/// An event for the streams of the account itself, without a look at the database.
pub fn of_account(change: &Change, listeners: &[Listener]) -> Option<Frame> {
    let (to, event, payload) = match change {
        Change::Filters(account) => (streams_of(listeners, *account, &["user"]), "filters_changed", None),
        Change::Merged(account) => {
            (streams_of(listeners, *account, &NOTIFICATIONS), "notifications_merged", Some("1".to_owned()))
        }
        Change::AnnouncementGone(id) => (everybody(listeners), "announcement.delete", Some(id.to_string())),
        _ => return None,
    };
    (!to.is_empty()).then_some(Frame { to, event, payload })
}

/// All who listen to `user`.
fn everybody(listeners: &[Listener]) -> Vec<(Id, String)> {
    let is_there = |l: &&Listener| l.streams.iter().any(|s| s == "user");
    listeners.iter().filter(is_there).map(|l| (l.account, "user".to_owned())).collect()
}

/// A new announcement, or a reaction to one: the same for everybody.
pub async fn of_announcement(
    app: &App,
    id: Id,
    name: Option<&str>,
    listeners: &[Listener],
) -> Result<Option<Frame>> {
    let to = everybody(listeners);
    if to.is_empty() {
        return Ok(None);
    }
    let all = store::load(&app.db, store::announcements::list(Id::default(), app.now())).await?;
    let Some(found) = all.into_iter().find(|a| a.id == id) else { return Ok(None) };
    let (event, payload) = match name {
        None => ("announcement", announcement::render_for_all(&found, &entities(app, &[]))),
        Some(name) => {
            let links = app.links();
            let reaction = found.reactions.iter().find(|r| r.name == name);
            let mut payload = json!({
                "name": name,
                "count": reaction.map_or(0, |r| r.count),
                "announcement_id": id.to_string(),
            });
            if let (Some(url), Some(map)) = (reaction.and_then(|r| r.url.clone()), payload.as_object_mut()) {
                let url = links.of(&url);
                map.insert("url".into(), json!(url));
                map.insert("static_url".into(), json!(url));
            }
            ("announcement.reaction", payload)
        }
    };
    Ok(Some(Frame { to, event, payload: Some(payload.to_string()) }))
}
