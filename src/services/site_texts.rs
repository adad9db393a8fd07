//! The longer texts about an instance: the operator's own, or what stands for them.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::site_text::Kind;
use crate::model::time::Time;
use crate::store;
use crate::store::Query;
use crate::text::compose;

/// The default privacy policy: which data the software stores and sends.
const PRIVACY_POLICY: &str = "This server keeps what you give it: your profile, what you write, whom you follow, \
your favourites, bookmarks, lists, filters and settings, and your password only as a hash that cannot be read \
back. Of a browser that you sign in with it keeps its kind and system and when that was, for you to see; of an app the day of its \
last use. It sets cookies for signing in and for how its pages look, on its own pages only, and has no trackers and no advertising.\n\n\
What you publish is sent to the servers of those it is for: public posts to your followers' servers and to anybody \
who asks, posts for followers to their servers, private mentions to the servers of those whom they name. Those \
servers keep copies, and the operators of this server and of those can read them. Do not share secrets here.\n\n\
Your requests reach this server through Cloudflare, who sees your network address. The server itself uses \
addresses to stop abuse, and keeps them no longer than that takes.\n\n\
What you delete is deleted here, and other servers are told to delete it as well. You can end your account in your \
settings; your profile, posts and ties are removed then.";

/// What stands for a text that the operator has not written; empty for none.
pub fn default_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Terms => "",
        Kind::Privacy => PRIVACY_POLICY,
    }
}

fn html(app: &App, text: &str) -> String {
    compose::compose(text, &app.home().web_origin, &|_| None).html
}

/// The operator's longer description with the time of its last change, for [`description`].
pub fn written_description() -> Query<Option<(String, Time)>> {
    store::site::text("extended_description")
}

/// What the instance is about, as HTML: `written`, or the short description.
pub fn description(app: &App, written: Option<(String, Time)>) -> (String, Time) {
    let site = app.site();
    let (text, at) = written.unwrap_or_else(|| (site.description.clone(), site.set_up_at));
    (html(app, &text), at)
}

/// A version as readers get it.
pub struct Shown {
    /// HTML.
    pub content: String,
    /// From when on it holds.
    pub effective_at: Time,
    pub succeeded_at: Option<Time>,
}

/// The version of a text that holds, or the one of a day. Before the first version of the operator's own the default holds.
///
/// Error: `NotFound`.
pub async fn version(app: &App, kind: Kind, day: Option<Time>) -> Result<Shown> {
    let now = app.now();
    let query = match day {
        Some(day) => store::site_texts::of_date(kind, day),
        None => store::site_texts::current(kind, now),
    };
    let found = store::load(&app.db, query).await?;
    let default = default_of(kind);
    match found {
        Some(version) if day.is_some() || default.is_empty() || version.effective_at <= now => Ok(Shown {
            content: html(app, &version.text),
            effective_at: version.effective_at,
            succeeded_at: version.succeeded_at,
        }),
        to_come if day.is_none() && !default.is_empty() => Ok(Shown {
            content: html(app, default),
            effective_at: app.site().set_up_at,
            succeeded_at: to_come.map(|version| version.effective_at),
        }),
        _ => Err(Error::NotFound),
    }
}
