//! `/settings`: the way to all pages of settings.

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::parts::sign_ins;
use super::words::{Language, Word};
use super::{
    announcements, appearance, applications, branding, filters, held, invites, lists, page, push, rules,
    saved, security, sessions, sign_up_rules, spam, tags,
};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::role::{Permission, RoleId};
use crate::{services, store};

pub const HERE: &str = "/settings";

/// Pages by what they are about, each with its title.
type Group = (Word, &'static [(&'static str, Word)]);

const OWN: [Group; 3] = [
    (
        Word::SettingsOfReading,
        &[
            (saved::BOOKMARKS, Word::KindBookmarks),
            (saved::FAVOURITES, Word::OwnFavourites),
            (lists::LISTS, Word::KindLists),
            (tags::FOLLOWED, Word::FollowedTags),
            (filters::FILTERS, Word::Filters),
        ],
    ),
    (
        Word::SettingsOfAccount,
        &[
            ("/settings/profile", Word::ProfileEdit),
            ("/settings/preferences", Word::Preferences),
            (appearance::HERE, Word::Appearance),
            (push::HERE, Word::PushTitle),
            ("/settings/muted", Word::MutedAndBlocked),
            ("/settings/identities", Word::Identities),
            ("/settings/password", Word::ChangePassword),
            (security::HERE, Word::Security),
            (sessions::HERE, Word::Sessions),
            (form::CLOSED, Word::Strikes),
            ("/settings/old-posts", Word::OldPosts),
            ("/settings/list-feeds", Word::ListFeeds),
        ],
    ),
    (
        Word::SettingsInAndOut,
        &[
            ("/settings/import", Word::Import),
            ("/settings/export", Word::Export),
            ("/settings/archive", Word::Archive),
            ("/settings/takeout", Word::Takeout),
            ("/settings/migration", Word::Moving),
            (super::severed::HERE, Word::Severed),
        ],
    ),
];

/// Each for who may.
const OF_STAFF: &[(&str, Word, Permission)] = &[
    ("/settings/admin", Word::Staff, Permission::VIEW_DASHBOARD),
    ("/settings/reports", Word::Reports, Permission::MANAGE_REPORTS),
    ("/settings/people", Word::PeopleAll, Permission::MANAGE_USERS),
    ("/settings/appeals", Word::Appeals, Permission::MANAGE_APPEALS),
    (super::trends::HERE, Word::TrendsReview, Permission::MANAGE_TAXONOMIES),
    ("/settings/roles", Word::Roles, Permission::MANAGE_ROLES),
    ("/settings/audit", Word::AuditLog, Permission::VIEW_AUDIT_LOG),
    ("/settings/doctor", Word::Doctor, Permission::VIEW_DEVOPS),
    ("/settings/usage", Word::Usage, Permission::VIEW_DEVOPS),
    ("/settings/domains", Word::Domains, Permission::MANAGE_SETTINGS),
    ("/settings/site", Word::SiteDetails, Permission::MANAGE_SETTINGS),
    ("/settings/templates", Word::Templates, Permission::MANAGE_SETTINGS),
    ("/settings/terms", Word::Terms, Permission::MANAGE_SETTINGS),
    (rules::HERE, Word::Rules, Permission::MANAGE_RULES),
    (announcements::HERE, Word::Announcements, Permission::MANAGE_ANNOUNCEMENTS),
    (applications::HERE, Word::Applications, Permission::MANAGE_USERS),
    (sign_up_rules::HERE, Word::SignUpRules, Permission::MANAGE_BLOCKS),
    (spam::HERE, Word::Spam, Permission::MANAGE_BLOCKS),
    (held::HERE, Word::Held, held::PERMISSION),
    (branding::HERE, Word::Branding, Permission::MANAGE_SETTINGS),
    ("/settings/reset", Word::ResetLinks, Permission::MANAGE_USER_ACCESS),
    ("/settings/servers", Word::Servers, Permission::MANAGE_FEDERATION),
    (super::federation::BLOCKLISTS, Word::Blocklists, Permission::MANAGE_FEDERATION),
    (super::federation::IMPORT, Word::BlocksImport, Permission::MANAGE_FEDERATION),
    ("/settings/relays", Word::Relays, Permission::MANAGE_FEDERATION),
    ("/settings/emojis", Word::Emojis, Permission::MANAGE_CUSTOM_EMOJIS),
    ("/guide", Word::DoctorGuide, Permission::VIEW_DEVOPS),
];

fn shown((title, pages): &Group, language: Language) -> Markup {
    html! {
        h2 { (language.say(*title)) }
        ul.links { @for (address, title) in *pages { li { a href=(address) { (language.say(*title)) } } } }
    }
}

/// The form that ends the session.
pub fn sign_out(c: &Context<'_>, secret: &str, language: Language) -> Markup {
    html! {
        form method="post" action="/sign_out" {
            input type="hidden" name="form" value=(form::token(c.app, "sign out", secret));
            button.quiet type="submit" { (language.say(Word::SignOut)) }
        }
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let told = store::sign_ins::told_to(user.person, services::grant::hash(&secret), c.app.now());
    let told = store::load(&c.app.db, told).await?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let of_staff: Vec<_> = OF_STAFF.iter().filter(|(_, _, wanted)| c.app.may(&user, *wanted)).collect();
    let body = html! {
        h1 { (say(Word::Settings)) }
        (sign_ins::told(c, &told, &secret, HERE))
        p.meta { (say(Word::SignedInAs)) " " a href=(account.url) { "@" (account.handle()) } }
        @for group in &OWN { (shown(group, language)) }
        @if services::mail::is_configured(c.app) { p { a href=(super::email::HERE) { (say(Word::ChangeEmail)) } } }
        @if c.app.may(&user, Permission::INVITE_USERS) { p { a href=(invites::HERE) { (say(Word::Invites)) } } }
        @if !of_staff.is_empty() { h2 { (say(Word::SettingsOfServer)) } ul.links { @for (address, title, _) in &of_staff { li { a href=(address) { (say(*title)) } } } } }
        // The owner cannot leave their server.
        @if user.role != RoleId::OWNER { p { a href="/settings/delete" { (say(Word::DeleteAccount)) } } }
        (sign_out(c, &secret, language))
    };
    Ok(page(c, say(Word::Settings), true, &body))
}
