//! Rows of statuses: packed into one JSON column and read from it, and JSON columns.

use serde_json::{Value, json};

use crate::error::Result;
use crate::model::id::Id;
use crate::model::interaction::Rules;
use crate::model::poll::Poll;
use crate::model::quote::{QuotePolicy, QuoteState};
use crate::model::reaction::Reaction;
use crate::model::status::{Attachment, Mention, Status};
use crate::model::time::Time;
use crate::platform::sql::Row;
use crate::store::fields::{self, Fields};
use crate::store::{accounts, unpacked};

/// A status as one JSON column; `@` is the table's alias. The order is that of [`unpack`].
/// `"too long"`, which is unreadable, for a row longer than any that we write, since several of those could exceed the limit of a value.
const PACKED: &str = concat!(
    "iif(@.bytes>400000,'\"too long\"',json_array(@.id,@.uri,@.url,@.account_id,@.is_local,@.visibility,@.in_reply_to_id,\
@.in_reply_to_account_id,@.in_reply_to_uri,@.reblog_of_id,@.conversation,@.content,@.text,@.spoiler_text,@.is_sensitive,@.language,",
    column!("mentions"),
    column!("tags"),
    column!("emojis"),
    column!("media"),
    "@.app_id,json_array(@.replies_count,@.reblogs_count,@.favourites_count,@.quotes_count,",
    column!("reactions"),
    "@.remote_counts),json_array(@.quote_of_id,@.quote_state,@.quote_policy,@.quote_uri,@.quote_stamp,@.interaction_rules,@.approval),",
    column!("poll"),
    "@.created_at,@.edited_at,@.refreshed_at,@.card_url,coalesce(@.brought_url,@.brought_uri)))"
);

/// Reads what [`packed`] selects.
pub(super) fn unpack(f: &mut Fields) -> Status {
    let mut status = Status {
        id: f.id(),
        uri: f.text(),
        url: f.text(),
        account_id: f.id(),
        is_local: f.truth(),
        visibility: f.visibility(),
        in_reply_to_id: f.opt_id(),
        in_reply_to_account_id: f.opt_id(),
        in_reply_to_uri: f.opt_text(),
        reblog_of_id: f.opt_id(),
        conversation: f.opt_text(),
        content: f.text(),
        text: f.opt_text(),
        spoiler_text: f.text(),
        is_sensitive: f.truth(),
        language: f.opt_text(),
        mentions: f.objects(read_mention),
        tags: f.each(|f| f.text()),
        emojis: accounts::read_emojis(f),
        media: f.objects(read_media),
        app_id: f.opt_id(),
        ..Status::default()
    };
    f.opt_inner(|f| {
        status.replies_count = f.int();
        status.reblogs_count = f.int();
        status.favourites_count = f.int();
        status.quotes_count = f.int();
        status.reactions = f.object(read_reactions).unwrap_or_default();
        for (count, elsewhere) in
            [&mut status.replies_count, &mut status.reblogs_count, &mut status.favourites_count]
                .into_iter()
                .zip(f.counts().unwrap_or_default())
        {
            *count = elsewhere.max(*count);
        }
    });
    f.opt_inner(|f| {
        status.quote_of_id = f.opt_id();
        status.quote_state = f.opt_text().as_deref().and_then(QuoteState::parse);
        status.quote_policy = QuotePolicy(f.int());
        status.quote_uri = f.opt_text();
        status.quote_stamp = f.opt_text();
        status.rules = Rules(f.int());
        status.approval = f.opt_text();
    });
    status.poll = f.object(read_poll).flatten();
    status.created_at = f.time();
    status.edited_at = f.opt_time();
    status.refreshed_at = f.opt_time();
    status.card_url = f.opt_text();
    status.brought_from = f.opt_text();
    status
}

/// `{name: [count, picture of a custom emoji]}`, the most frequent first.
fn read_reactions(v: &Value) -> Vec<Reaction> {
    let mut all: Vec<Reaction> = v
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, found)| Reaction {
            name: name.clone(),
            count: found.get(0).and_then(Value::as_i64).unwrap_or(0),
            url: found.get(1).and_then(Value::as_str).map(str::to_owned),
        })
        .collect();
    all.sort_by_key(|r| std::cmp::Reverse(r.count));
    all
}

/// `{options: [[title, votes]], multiple, hides_totals, expires_at, voters, names}`
pub(super) fn read_poll(v: &Value) -> Option<Poll> {
    let options = v.get("options")?.as_array()?;
    Some(Poll {
        options: options
            .iter()
            .map(|o| {
                let title = o.get(0).and_then(Value::as_str).unwrap_or("").to_owned();
                (title, o.get(1).and_then(Value::as_i64).unwrap_or(0))
            })
            .collect(),
        is_multiple: fields::truth(v, "multiple"),
        hides_totals: fields::truth(v, "hides_totals"),
        expires_at: fields::opt_int(v, "expires_at").map(Time),
        voters: fields::opt_int(v, "voters"),
        names: v
            .get("names")
            .and_then(Value::as_array)
            .map(|all| all.iter().map(|n| n.as_str().unwrap_or("").to_owned()).collect())
            .unwrap_or_default(),
    })
}

pub(in crate::store) fn poll_json(poll: &Poll) -> String {
    let mut row = json!({
        "options": poll.options,
        "multiple": poll.is_multiple,
        "hides_totals": poll.hides_totals,
        "expires_at": poll.expires_at.map(|t| t.0),
        "voters": poll.voters,
    });
    if let (false, Value::Object(map)) = (poll.names.is_empty(), &mut row) {
        map.insert("names".into(), json!(poll.names));
    }
    row.to_string()
}

fn read_mention(v: &Value) -> Mention {
    Mention {
        id: Id(fields::opt_int(v, "id").unwrap_or(0)),
        username: fields::text(v, "username"),
        domain: fields::text(v, "domain"),
        url: fields::text(v, "url"),
        uri: fields::text(v, "uri"),
        is_local: fields::truth(v, "local"),
        is_silent: fields::truth(v, "silent"),
        group_followers: fields::opt_text(v, "group_followers"),
    }
}

pub(super) fn mentions_json(mentions: &[Mention]) -> String {
    let rows = mentions
        .iter()
        .map(|m| {
            json!({
                "id": m.id.0,
                "username": m.username,
                "domain": m.domain,
                "url": m.url,
                "uri": m.uri,
                "local": m.is_local,
                "silent": m.is_silent,
                "group_followers": m.group_followers,
            })
        })
        .collect::<Value>();
    rows.to_string()
}

pub(super) fn read_media(v: &Value) -> Attachment {
    let focus = |at: usize| v.get("focus").and_then(|f| f.get(at)).and_then(Value::as_f64);
    let small = |at: usize| v.get("preview_size").and_then(|s| s.get(at)).and_then(Value::as_i64);
    let real = |name: &str| v.get(name).and_then(Value::as_f64);
    Attachment {
        id: fields::opt_int(v, "id").map(Id),
        preview_size: small(0).zip(small(1)),
        duration: real("duration"),
        frame_rate: real("frame_rate"),
        bit_rate: fields::opt_int(v, "bit_rate"),
        size: fields::opt_int(v, "size"),
        kind: fields::text(v, "kind"),
        media_type: fields::text(v, "media_type"),
        url: fields::text(v, "url"),
        preview_url: fields::opt_text(v, "preview_url"),
        remote_url: fields::opt_text(v, "remote_url"),
        description: fields::opt_text(v, "description"),
        blurhash: fields::opt_text(v, "blurhash"),
        width: fields::opt_int(v, "width"),
        height: fields::opt_int(v, "height"),
        focus: focus(0).zip(focus(1)),
    }
}

pub(super) fn media_json(media: &[Attachment]) -> String {
    let rows = media
        .iter()
        .map(|m| {
            let mut row = json!({
                "kind": m.kind,
                "media_type": m.media_type,
                "url": m.url,
                "preview_url": m.preview_url,
                "remote_url": m.remote_url,
                "description": m.description,
                "blurhash": m.blurhash,
                "width": m.width,
                "height": m.height,
                "focus": m.focus,
            });
            // Most attachments have none of these.
            if let Value::Object(map) = &mut row {
                let mut add = |name: &str, value: Option<Value>| value.map(|v| map.insert(name.into(), v));
                add("id", m.id.map(|id| json!(id.0)));
                add("preview_size", m.preview_size.map(|size| json!(size)));
                add("duration", m.duration.map(|n| json!(n)));
                add("frame_rate", m.frame_rate.map(|n| json!(n)));
                add("bit_rate", m.bit_rate.map(|n| json!(n)));
                add("size", m.size.map(|n| json!(n)));
            }
            row
        })
        .collect::<Value>();
    rows.to_string()
}

/// The SQL expression for a status of the table alias, as the column `status`.
pub(super) fn packed(alias: &str) -> String {
    PACKED.replace('@', alias)
}

/// Reads the column `status` that [`packed`] made.
pub(super) fn read(row: &Row) -> Result<Status> {
    unpacked(row, "status", unpack)
}
