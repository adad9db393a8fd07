//! The longer texts about an instance: the operator's own, or what stands for them.

use crate::app::App;
use crate::error::Result;
use crate::model::time::Time;
use crate::store;
use crate::store::Query;
use crate::text::compose;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteText {
    /// The short description, if there is no longer one.
    Description,
    /// Without one of the operator's: which data the software stores and sends.
    PrivacyPolicy,
    /// Only the operator's.
    Terms,
}

impl SiteText {
    /// The operator's own, with the time of its last change.
    pub fn written(self) -> Query<Option<(String, Time)>> {
        store::site::text(self.key())
    }

    /// As it is stored in `settings`.
    fn key(self) -> &'static str {
        match self {
            Self::Description => "extended_description",
            Self::PrivacyPolicy => "privacy_policy",
            Self::Terms => "terms_of_service",
        }
    }
}

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

/// A text as HTML, with the time of its last change; `None` where there is none.
pub async fn html(app: &App, which: SiteText) -> Result<Option<(String, Time)>> {
    let written = store::load(&app.db, which.written()).await?;
    Ok(render(app, which, written))
}

/// As [`html`], of what [`SiteText::written`] has found.
pub fn render(app: &App, which: SiteText, written: Option<(String, Time)>) -> Option<(String, Time)> {
    let site = app.site();
    let (content, at) = match (written, which) {
        (Some(written), _) => written,
        (None, SiteText::Description) => (site.description.clone(), site.set_up_at),
        (None, SiteText::PrivacyPolicy) => (PRIVACY_POLICY.to_owned(), site.set_up_at),
        (None, SiteText::Terms) => return None,
    };
    Some((compose::compose(&content, &app.home().web_origin, &|_| None).html, at))
}
