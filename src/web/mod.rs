//! Pages: set-up, sign-in, consent, profiles. Server-rendered, light and dark, in every language of `locales/`; with a script that
//! no page but the one for archives (decision 0013) needs, and one in embeds.

pub mod about;
pub mod account_deletion;
pub mod appeals;
pub mod appearance;
pub mod applications;
pub mod archive;
pub mod audit;
pub mod authorize;
pub mod blocklists;
mod branding;
pub mod cached;
pub mod collections;
pub mod compose;
pub mod conversations;
pub mod development;
pub mod device;
pub mod doctor;
pub mod domains;
pub mod embed;
pub mod emojis;
pub mod explore;
mod federation;
pub mod feeds;
pub mod filters;
pub mod follow_requests;
pub mod follows;
pub mod form;
pub mod home;
pub mod identities;
pub mod interact;
pub mod invites;
pub mod links;
pub mod list_feeds;
pub mod lists;
pub mod marks;
pub mod menu;
pub mod migration;
pub mod muted;
pub mod notification_requests;
pub mod notifications;
pub mod old_posts;
pub mod own_profile;
pub mod parts;
pub mod password;
pub mod people;
pub mod person;
pub mod preferences;
pub mod profile;
pub mod public;
pub mod push;
pub mod relays;
pub mod report;
pub mod reports;
pub mod reset;
pub mod roles;
pub mod saved;
pub mod scheduled;
pub mod script;
pub mod search;
pub mod security;
pub mod servers;
pub mod sessions;
pub mod settings;
pub mod setup;
mod severed;
pub mod sign_in;
pub mod sign_up;
pub mod sign_up_rules;
pub mod site;
pub mod staff;
pub mod strikes;
pub mod tags;
pub mod takeout;
pub mod text;
pub mod thread;
pub mod ties;
pub mod transfer;
pub mod upload;
pub mod usage;
pub mod welcome;
pub mod words;

use maud::{DOCTYPE, Markup, html};

use crate::app::App;
use crate::error::Error;
use crate::http::handler::{Context, Route};
use crate::http::rate_limit::{ARCHIVES, EXPORTS, GENERAL, IMPORTS, INTERACT, SIGN_IN, SIGN_UP};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::look::Look;
use crate::model::media::Purpose;
use crate::model::site::ACCENTS;
use words::{Language, Word};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/", crate::public!(about::front)).cached(),
        Route::new("GET", about::ABOUT, crate::public!(about::about)).cached(),
        Route::new("GET", about::PRIVACY, crate::public!(about::privacy)).cached(),
        Route::new("GET", about::TERMS, crate::public!(about::terms)).cached(),
        Route::new("GET", "/favicon.svg", crate::public!(favicon)),
        Route::new("GET", "/robots.txt", crate::public!(robots)),
        Route::new("GET", "/sitemap.xml", crate::public!(public::sitemap)),
        Route::new("GET", "/manifest.webmanifest", crate::public!(manifest)),
        Route::new("GET", "/setup", crate::public!(setup::show)),
        Route::new("POST", "/setup", crate::public!(setup::submit)).limited(SIGN_IN),
        Route::new("GET", "/sign_in", crate::public!(sign_in::show)),
        Route::new("POST", "/sign_in", crate::public!(sign_in::submit)).limited(SIGN_IN),
        Route::new("GET", sign_in::CODE, crate::public!(sign_in::begin_anew)),
        Route::new("POST", sign_in::CODE, crate::public!(sign_in::submit)).limited(SIGN_IN),
        Route::new("GET", sign_in::PASSKEY, crate::public!(sign_in::begin_anew)),
        Route::new("POST", sign_in::PASSKEY, crate::public!(sign_in::submit)).limited(SIGN_IN),
        Route::new("GET", "/reset/{token}", crate::public!(reset::show)).limited(SIGN_IN),
        Route::new("POST", "/reset/{token}", crate::public!(reset::submit)).limited(SIGN_IN),
        Route::new("GET", parts::sign_up::HERE, crate::public!(sign_up::show)),
        Route::new("POST", parts::sign_up::HERE, crate::public!(sign_up::submit)).limited(SIGN_UP),
        Route::new("GET", "/invite/{code}", crate::public!(sign_up::invited)).limited(GENERAL),
        Route::new("GET", "/confirm/{token}", crate::public!(sign_up::show_confirmation)).limited(GENERAL),
        Route::new("POST", "/confirm/{token}", crate::public!(sign_up::confirm)).limited(GENERAL),
        Route::new("GET", invites::HERE, crate::public!(invites::show)),
        Route::new("POST", invites::HERE, crate::public!(invites::submit)).limited(GENERAL),
        Route::new("GET", applications::HERE, crate::public!(applications::show)),
        Route::new("POST", applications::HERE, crate::public!(applications::submit)),
        Route::new("GET", sign_up_rules::HERE, crate::public!(sign_up_rules::show)),
        Route::new("POST", sign_up_rules::HERE, crate::public!(sign_up_rules::submit)),
        Route::new("POST", "/sign_out", crate::public!(sign_in::sign_out)),
        Route::new("GET", menu::MENU, crate::public!(menu::show)),
        Route::new("GET", settings::HERE, crate::public!(settings::show)),
        Route::new("GET", "/settings/relays", crate::public!(relays::show)),
        Route::new("POST", "/settings/relays", crate::public!(relays::submit)),
        Route::new("GET", site::HERE, crate::public!(site::show)),
        Route::new("POST", site::HERE, crate::public!(site::submit)),
        Route::new("GET", branding::HERE, crate::public!(branding::show)),
        Route::new("POST", branding::HERE, crate::public!(branding::submit)).uploads(Purpose::Profile),
        Route::new("GET", "/css/{name}", crate::public!(branding::style)),
        Route::new("GET", appearance::HERE, crate::public!(appearance::show)),
        Route::new("POST", appearance::HERE, crate::public!(appearance::submit)),
        Route::new("GET", push::HERE, crate::public!(push::show)),
        Route::new("POST", push::HERE, crate::public!(push::submit)).limited(GENERAL),
        Route::new("GET", sessions::HERE, crate::public!(sessions::show)),
        Route::new("POST", sessions::HERE, crate::public!(sessions::submit)),
        Route::new("GET", "/settings/servers", crate::public!(servers::show)),
        Route::new("POST", "/settings/servers", crate::public!(servers::submit)),
        Route::new("GET", "/settings/servers/{domain}", crate::public!(servers::one)),
        Route::new("POST", "/settings/servers/{domain}", crate::public!(servers::submit_one)),
        Route::new("GET", "/settings/blocklists", crate::public!(blocklists::show)),
        Route::new("POST", "/settings/blocklists", crate::public!(blocklists::submit)),
        Route::new("GET", "/settings/blocklists/import", crate::public!(blocklists::show_import)),
        Route::new("POST", "/settings/blocklists/import", crate::public!(blocklists::submit_import)).long(),
        Route::new("GET", "/settings/severed", crate::public!(severed::show)),
        Route::new("GET", "/settings/severed/{file}", crate::public!(severed::file)),
        Route::new("GET", "/settings/domains", crate::public!(domains::show)),
        Route::new("POST", "/settings/domains", crate::public!(domains::submit)),
        Route::new("GET", "/settings/domains/{domain}", crate::public!(domains::one)),
        Route::new("POST", "/settings/domains/{domain}", crate::public!(domains::change)),
        Route::new("GET", "/settings/identities", crate::public!(identities::show)),
        Route::new("POST", "/settings/identities", crate::public!(identities::submit)),
        Route::new("GET", staff::HERE, crate::public!(staff::show)),
        Route::new("GET", people::HERE, crate::public!(people::show)),
        Route::new("GET", "/settings/people/{id}", crate::public!(person::show)),
        Route::new("POST", "/settings/people/{id}", crate::public!(person::submit)).limited(GENERAL),
        Route::new("GET", reports::HERE, crate::public!(reports::show)),
        Route::new("GET", "/settings/reports/{id}", crate::public!(reports::one)),
        Route::new("POST", "/settings/reports/{id}", crate::public!(reports::submit)).limited(GENERAL),
        Route::new("GET", appeals::HERE, crate::public!(appeals::show)),
        Route::new("POST", appeals::HERE, crate::public!(appeals::submit)).limited(GENERAL),
        Route::new("GET", audit::HERE, crate::public!(audit::show)),
        Route::new("GET", roles::HERE, crate::public!(roles::show)),
        Route::new("POST", roles::HERE, crate::public!(roles::submit)).limited(GENERAL),
        Route::new("GET", strikes::HERE, crate::public!(strikes::show)),
        Route::new("GET", "/settings/strikes/{id}", crate::public!(strikes::one)),
        Route::new("POST", "/settings/strikes/{id}", crate::public!(strikes::submit)).limited(GENERAL),
        Route::new("GET", security::HERE, crate::public!(security::show)),
        Route::new("POST", security::HERE, crate::public!(security::submit)),
        Route::new("GET", reset::HERE, crate::public!(reset::show_operator)),
        Route::new("POST", reset::HERE, crate::public!(reset::make)),
        Route::new("GET", "/settings/password", crate::public!(password::show)),
        Route::new("POST", "/settings/password", crate::public!(password::submit)),
        Route::new("GET", "/settings/doctor", crate::public!(doctor::show)),
        Route::new("POST", "/settings/doctor", crate::public!(doctor::submit)),
        Route::new("GET", "/guide", crate::public!(doctor::guide)),
        Route::new("GET", "/health", crate::public!(doctor::health)).limited(GENERAL),
        Route::new("GET", "/settings/usage", crate::public!(usage::show)),
        Route::new("GET", "/settings/emojis", crate::public!(emojis::show)),
        Route::new("POST", "/settings/emojis", crate::public!(emojis::submit)).uploads(Purpose::Emoji),
        Route::new("GET", own_profile::HERE, crate::public!(own_profile::show)),
        Route::new("POST", own_profile::HERE, crate::public!(own_profile::submit))
            .uploads(Purpose::Profile)
            .limited(GENERAL),
        Route::new("GET", preferences::HERE, crate::public!(preferences::show)),
        Route::new("POST", preferences::HERE, crate::public!(preferences::submit)),
        Route::new("GET", muted::HERE, crate::public!(muted::show)),
        Route::new("GET", "/settings/migration", crate::public!(migration::show)),
        Route::new("POST", "/settings/migration", crate::public!(migration::submit)),
        Route::new("GET", "/settings/import", crate::public!(transfer::show_import)),
        Route::new("POST", "/settings/import", crate::public!(transfer::submit)).limited(IMPORTS).long(),
        Route::new("GET", "/settings/import/{file}", crate::public!(transfer::failures)),
        Route::new("GET", "/settings/export", crate::public!(transfer::show_export)).limited(EXPORTS),
        Route::new("GET", "/settings/export/{file}", crate::public!(transfer::export)).limited(EXPORTS),
        Route::new("GET", "/settings/takeout", crate::public!(takeout::show)),
        Route::new("POST", "/settings/takeout", crate::public!(takeout::submit)),
        Route::new("GET", "/settings/takeout/{file}", crate::public!(takeout::download)).limited(EXPORTS),
        Route::new("GET", "/settings/list-feeds", crate::public!(list_feeds::show)),
        Route::new("POST", "/settings/list-feeds", crate::public!(list_feeds::submit)),
        Route::new("GET", filters::FILTERS, crate::public!(filters::show)),
        Route::new("POST", filters::FILTERS, crate::public!(filters::submit)).limited(GENERAL),
        Route::new("GET", "/settings/filters/{id}", crate::public!(filters::edit)),
        Route::new("POST", "/settings/filters/{id}", crate::public!(filters::submit)).limited(GENERAL),
        Route::new("GET", "/settings/archive", crate::public!(archive::show)),
        Route::new("POST", "/settings/archive", crate::public!(archive::submit)).limited(ARCHIVES),
        Route::new("POST", "/settings/archive/media", crate::public!(archive::media))
            .uploads(Purpose::Archive)
            .limited(ARCHIVES),
        Route::new("POST", "/settings/archive/{step}", crate::public!(archive::step))
            .limited(ARCHIVES)
            .long(),
        Route::new("GET", "/settings/old-posts", crate::public!(old_posts::show)),
        Route::new("POST", "/settings/old-posts", crate::public!(old_posts::submit)),
        Route::new("GET", "/settings/delete", crate::public!(account_deletion::show)),
        Route::new("POST", "/settings/delete", crate::public!(account_deletion::submit)),
        Route::new("GET", "/oauth/authorize", crate::public!(authorize::show)),
        Route::new("POST", "/oauth/authorize", crate::public!(authorize::submit)),
        Route::new("GET", "/@{username}", crate::public!(profile::show)).cached(),
        Route::new("GET", "/@{username}.rss", crate::public!(feeds::rss)).limited(GENERAL),
        Route::new("GET", "/@{username}.atom", crate::public!(feeds::atom)).limited(GENERAL),
        Route::new("GET", "/@{username}.feed", crate::public!(feeds::json)).limited(GENERAL),
        Route::new("GET", "/@{username}/with_replies.rss", crate::public!(feeds::rss_with_replies))
            .limited(GENERAL),
        Route::new("GET", "/@{username}/with_replies.atom", crate::public!(feeds::atom_with_replies))
            .limited(GENERAL),
        Route::new("GET", "/@{username}/with_replies.feed", crate::public!(feeds::json_with_replies))
            .limited(GENERAL),
        Route::new("GET", "/tags/{hashtag}.rss", crate::public!(feeds::rss_of_tag)).limited(GENERAL),
        Route::new("GET", "/tags/{hashtag}.atom", crate::public!(feeds::atom_of_tag)).limited(GENERAL),
        Route::new("GET", "/tags/{hashtag}.feed.json", crate::public!(feeds::json_of_tag)).limited(GENERAL),
        Route::new("GET", "/lists/{key}.rss", crate::public!(feeds::rss_of_list)).limited(GENERAL),
        Route::new("GET", "/lists/{key}.atom", crate::public!(feeds::atom_of_list)).limited(GENERAL),
        Route::new("GET", "/lists/{key}.feed.json", crate::public!(feeds::json_of_list)).limited(GENERAL),
        Route::new("GET", "/@{username}/tagged/{hashtag}", crate::public!(profile::tagged)).cached(),
        Route::new("GET", "/@{username}/with_replies", crate::public!(profile::with_replies)).cached(),
        Route::new("GET", "/@{username}/media", crate::public!(profile::media)).cached(),
        Route::new("GET", "/@{username}/followers", crate::public!(follows::followers)).cached(),
        Route::new("GET", "/@{username}/following", crate::public!(follows::following)).cached(),
        Route::new("GET", "/@{username}/{id}", crate::public!(thread::show)).cached(),
        Route::new("GET", "/@{username}/{id}/favourites", crate::public!(marks::favourites)).cached(),
        Route::new("GET", "/@{username}/{id}/reblogs", crate::public!(marks::boosts)).cached(),
        Route::new("GET", "/@{username}/{id}/quotes", crate::public!(marks::quotes)).cached(),
        Route::new("POST", "/@{username}/{id}/quotes", crate::public!(marks::revoke)).limited(GENERAL),
        Route::new("GET", "/@{username}/{id}/edits", crate::public!(marks::edits)).cached(),
        Route::new("GET", home::HOME, crate::public!(home::show)),
        Route::new("POST", home::DISMISS, crate::public!(home::dismiss)).limited(GENERAL),
        Route::new("POST", parts::status::ACT, crate::public!(home::act)).limited(GENERAL),
        Route::new("GET", parts::composer::COMPOSE, crate::public!(compose::show)),
        Route::new("POST", parts::composer::COMPOSE, crate::public!(compose::submit))
            .uploads(Purpose::Attachment)
            .limited(GENERAL),
        Route::new("GET", scheduled::HERE, crate::public!(scheduled::show)),
        Route::new("POST", scheduled::HERE, crate::public!(scheduled::submit)).limited(GENERAL),
        Route::new("GET", parts::status::REPORT, crate::public!(report::show)),
        Route::new("POST", parts::status::REPORT, crate::public!(report::submit)).limited(GENERAL),
        Route::new("GET", compose::SHARE, crate::public!(compose::share)),
        Route::new("GET", interact::INTERACT, crate::public!(interact::show)),
        Route::new("POST", interact::INTERACT, crate::public!(interact::submit)).limited(INTERACT),
        Route::new("GET", "/authorize_interaction", crate::public!(interact::authorize)),
        Route::new("POST", ties::TIES, crate::public!(ties::act)).limited(GENERAL),
        Route::new("GET", public::LOCAL, crate::public!(public::local)).cached(),
        Route::new("GET", public::DIRECTORY, crate::public!(public::directory)).cached(),
        Route::new("GET", "/tags/{hashtag}", crate::public!(tags::show)).cached(),
        Route::new("GET", notifications::NOTIFICATIONS, crate::public!(notifications::show)),
        Route::new("POST", notifications::NOTIFICATIONS, crate::public!(notifications::submit))
            .limited(GENERAL),
        Route::new("GET", notification_requests::HERE, crate::public!(notification_requests::show)),
        Route::new("POST", notification_requests::HERE, crate::public!(notification_requests::submit))
            .limited(GENERAL),
        Route::new("GET", follow_requests::HERE, crate::public!(follow_requests::show)),
        Route::new("POST", follow_requests::HERE, crate::public!(follow_requests::submit)).limited(GENERAL),
        Route::new("GET", conversations::HERE, crate::public!(conversations::show)),
        Route::new("POST", conversations::HERE, crate::public!(conversations::submit)).limited(GENERAL),
        Route::new("GET", saved::FAVOURITES, crate::public!(saved::favourites)),
        Route::new("GET", saved::BOOKMARKS, crate::public!(saved::bookmarks)),
        Route::new("GET", search::SEARCH, crate::public!(search::show)).limited(GENERAL),
        Route::new("GET", lists::LISTS, crate::public!(lists::show)),
        Route::new("POST", lists::LISTS, crate::public!(lists::create)).limited(GENERAL),
        Route::new("GET", "/lists/{id}", crate::public!(lists::timeline)),
        Route::new("GET", "/lists/{id}/edit", crate::public!(lists::edit)),
        Route::new("POST", "/lists/{id}/edit", crate::public!(lists::change)).limited(GENERAL),
        Route::new("GET", explore::EXPLORE, crate::public!(explore::show)).cached(),
        Route::new("GET", public::ALL, crate::public!(public::all)).cached(),
        Route::new("POST", "/tags/{hashtag}", crate::public!(tags::act)).limited(GENERAL),
        Route::new("GET", tags::FOLLOWED, crate::public!(tags::followed)),
        Route::new("GET", "/@{username}/{id}/embed", crate::public!(embed::show)).cached(),
        Route::new("GET", parts::status::LINKS, crate::public!(links::show)),
        Route::new("GET", parts::collection::COLLECTIONS, crate::public!(collections::show)),
        Route::new("POST", parts::collection::COLLECTIONS, crate::public!(collections::create))
            .limited(GENERAL),
        Route::new("GET", "/collections/{id}", crate::public!(collections::one)).cached(),
        Route::new("POST", "/collections/{id}", crate::public!(collections::leave)).limited(GENERAL),
        Route::new("GET", "/collections/{id}/edit", crate::public!(collections::edit)),
        Route::new("POST", "/collections/{id}/edit", crate::public!(collections::submit)).limited(GENERAL),
        Route::new("GET", welcome::PEOPLE, crate::public!(welcome::people)),
        Route::new("GET", welcome::APP, crate::public!(welcome::app)),
        Route::new("POST", "/_dev/account", crate::public!(development::account)),
    ]
}

/// The logo: a fern leaf with its spores.
const MARK: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 2c1 5 1 19 0 28-1-9-1-23 0-28zM15 8C9 8 6 5 5 3c5 0 9 1 10 5zm2 0c6 0 9-3 10-5-5 0-9 1-10 5zM15 15c-7 0-10-3-12-6 6 0 11 1 12 6zm2 0c7 0 10-3 12-6-6 0-11 1-12 6zM15 22c-6 0-9-2-11-5 6 0 10 1 11 5zm2 0c6 0 9-2 11-5-6 0-10 1-11 5z"/></svg>"#;

/// The address of a static file, which is served without asking us (`scripts/assets.mjs`): a name for what all of them contain is
/// part of it.
pub fn asset(path: &str) -> String {
    format!("/assets/{}/{path}", env!("SORI_ASSETS"))
}

/// A whole page. `is_narrow` for forms.
pub fn page(c: &Context<'_>, title: &str, is_narrow: bool, body: &Markup) -> Response {
    framed(c, &Frame { title, is_narrow, ..Frame::default() }, body)
}

/// Like [`page`], wide, with links to the feeds of the page at the address `here`; search engines are asked to leave it out unless
/// `is_indexed`. <https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag>
pub fn page_with_feeds(
    c: &Context<'_>,
    title: &str,
    is_indexed: bool,
    here: &str,
    body: &Markup,
) -> Response {
    framed(c, &Frame { title, is_left_out: !is_indexed, feeds_of: Some(here), ..Frame::default() }, body)
}

/// A whole page of a list, which is not indexed: its title, what stands above, the list.
pub fn page_of_list(c: &Context<'_>, title: &str, above: &Markup, list: &Markup) -> Response {
    let body = html! { h1 dir="auto" { (title) } (above) (list) };
    framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body)
}

/// A whole page within its frame.
pub fn framed(c: &Context<'_>, frame: &Frame<'_>, body: &Markup) -> Response {
    let (here, secret) = (c.path.to_text(), form::session_secret(c));
    let way = if secret.is_some() { Way::Everywhere(&here) } else { Way::ToSignIn };
    // On a form of strangers it has nothing to do, unless that asks for a passkey.
    let has_script = !frame.is_without_script && (secret.is_some() || !frame.is_narrow || frame.has_passkeys);
    let script = has_script.then(|| script::head(c, secret.as_deref()));
    let page = with_choice(c, render(c.app, c.request, &appearance::of(c), way, frame, script, body));
    match appearance::keep(c) {
        Some(cookie) => page.with("Set-Cookie", cookie),
        None => page,
    }
}

fn with_choice(c: &Context<'_>, page: Response) -> Response {
    match Language::choice(c.request, c.app.config.is_https()) {
        Some(cookie) => page.with("Set-Cookie", cookie),
        None => page,
    }
}

/// What is around the body of a page.
#[derive(Default)]
pub struct Frame<'a> {
    pub title: &'a str,
    /// For forms.
    pub is_narrow: bool,
    /// Its form leads away from here, which the script's policy has no place for.
    pub is_without_script: bool,
    /// The script asks an authenticator.
    pub has_passkeys: bool,
    /// The script registers the service worker for push messages.
    pub registers_worker: bool,
    /// Search engines are asked to leave it out.
    pub is_left_out: bool,
    /// The address that its feeds are made of.
    pub feeds_of: Option<&'a str>,
    /// More of its head.
    pub head: Option<Markup>,
}

/// Where the navigation leads: by the cookie alone, which is looked at where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way<'a> {
    ToSignIn,
    /// To all that who is signed in can do, from the page of this path.
    Everywhere(&'a str),
}

fn class(frame: &Frame<'_>, way: Way<'_>) -> Option<&'static str> {
    match (frame.is_narrow, way) {
        (true, Way::Everywhere(_)) => Some("narrow signed-in"),
        (false, Way::Everywhere(_)) => Some("signed-in"),
        (true, _) => Some("narrow"),
        _ => None,
    }
}

/// What the policy of a page with the script adds. No text ever becomes HTML or script by it: not even a policy for that can be made
/// (<https://www.w3.org/TR/trusted-types/>), but on the page that registers a service worker, whose address is one.
const WITH_SCRIPT: &str = "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'";

fn render(
    app: &App,
    request: &Request,
    look: &Look,
    way: Way<'_>,
    frame: &Frame<'_>,
    script: Option<Markup>,
    body: &Markup,
) -> Response {
    let language = Language::of(request);
    let title = frame.title;
    let say = |word| language.say(word);
    let known = app.site();
    let site = if known.title.is_empty() { "Sori" } else { &known.title };
    let icon = branding::address(app, known.icon.as_ref());
    let markup = html! {
        (DOCTYPE)
        html lang=(language.code()) class=[look.classes()] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if frame.is_left_out { meta name="robots" content="noindex"; }
                title { (title) @if title != site { " · " (site) } }
                link rel="stylesheet" href=(asset("style.css"));
                @if let Some(sheet) = branding::sheet(app, request) { link rel="stylesheet" href=(sheet); }
                @match &icon {
                    Some(icon) => { link rel="icon" href=(icon); }
                    None => { link rel="icon" href="/favicon.svg" type="image/svg+xml"; }
                }
                link rel="manifest" href="/manifest.webmanifest";
                @if let Some(here) = frame.feeds_of { @for format in feeds::Format::ALL {
                    link rel="alternate" type=(format.media_type()) title=(title) href={ (here) (format.suffix()) };
                } }
                @if let Some(head) = &frame.head { meta property="og:site_name" content=(site); (head) }
                @if let Some(script) = &script { (script) }
            }
            body class=[class(frame, way)] {
                a.skip href="#main" { (say(Word::Skip)) }
                header.top {
                    a.brand href="/" { @match &icon { Some(icon) => { img src=(icon) alt="" width="28" height="28"; } None => { (maud::PreEscaped(MARK)) } } span { (site) } }
                    @if let (Way::Everywhere(here), true) = (way, known.is_set_up) {
                        (menu::navigation(here, language))
                    } @else if known.is_set_up {
                        nav aria-label=(say(Word::Menu)) {
                            a href=(public::LOCAL) { (say(Word::LocalTimeline)) }
                            a href=(public::DIRECTORY) { (say(Word::Directory)) }
                            a href=(about::ABOUT) { (say(Word::AboutTitle)) }
                            a href="/sign_in" { (say(Word::SignIn)) }
                        }
                    }
                }
                main id="main" { (body) }
            }
        }
    };
    let mut page = secured(Response::html(markup.into_string()), true);
    if script.is_some() {
        let policy = page.headers.iter_mut().find(|(name, _)| name == "Content-Security-Policy");
        let types = if frame.registers_worker { "sori-push" } else { "'none'" };
        policy.into_iter().for_each(|(_, value)| *value += &format!("{WITH_SCRIPT}; trusted-types {types}"));
    }
    page
}

/// Headers of every page. `has_form_action`: not on the consent page, whose form redirects to addresses of
/// apps.
pub fn secured(response: Response, has_form_action: bool) -> Response {
    let form = if has_form_action { "; form-action 'self'" } else { "" };
    response
        .with(
            "Content-Security-Policy",
            format!(
                "default-src 'none'; style-src 'self'; manifest-src 'self'; img-src 'self' https: data:; media-src 'self' https:; base-uri 'none'; frame-ancestors 'none'{form}"
            ),
        )
        .with("X-Content-Type-Options", "nosniff")
        .with("Referrer-Policy", "same-origin")
        .with("Cache-Control", "private, no-store")
        .with("Vary", "Accept, Accept-Language, Cookie")
}

/// The page of an error.
pub fn error_page(app: &App, request: &Request, error: &Error) -> Response {
    let language = Language::of(request);
    let is_absent = matches!(error, Error::NotFound | Error::Gone);
    let title = language.say(if is_absent { Word::NotFound } else { Word::Broken });
    let body = html! {
        h1 { (title) }
        p.lead { (lead(error, language)) }
        p { a href="/" { (language.say(Word::Home)) } }
    };
    let frame = Frame { title, is_narrow: true, ..Frame::default() };
    let way = match form::secret_in(app, request) {
        Some(_) => Way::Everywhere(&request.path),
        None => Way::ToSignIn,
    };
    render(app, request, &appearance::kept(request), way, &frame, None, &body).status(error.status())
}

/// What is said of an error: its message where that is one of the pages' own sentences, else a sentence by its status.
fn lead(error: &Error, language: Language) -> &'static str {
    let message = error.public_message();
    if let Some(own) = language.translated(&message) {
        return own;
    }
    language.say(match error.status() {
        400 | 415 => Word::BadRequest,
        401 | 403 => Word::NotAllowed,
        404 | 410 => Word::NotFoundLead,
        405 => Word::WrongMethod,
        409 => Word::Changed,
        413 => Word::TooLarge,
        422 => Word::Unacceptable,
        429 => Word::TooManyRequests,
        _ => Word::OurFault,
    })
}

/// The operator's icon, or the logo.
async fn favicon(c: &Context<'_>) -> crate::error::Result<Response> {
    if let Some(icon) = branding::address(c.app, c.app.site().icon.as_ref()) {
        return Ok(Response::redirect(&icon).with("Cache-Control", "public, max-age=3600"));
    }
    let mark = MARK.replacen("aria-hidden=\"true\"", "fill=\"#2f6b46\"", 1);
    Ok(Response::new(200, "image/svg+xml", mark).with("Cache-Control", "public, max-age=86400"))
}

/// <https://www.w3.org/TR/appmanifest/>, <https://w3c.github.io/web-share-target/>
async fn manifest(c: &Context<'_>) -> crate::error::Result<Response> {
    let site = c.app.site();
    let icon = match (&site.icon, branding::address(c.app, site.icon.as_ref())) {
        (Some(file), Some(address)) => serde_json::json!({
            "src": address,
            "sizes": format!("{}x{}", file.width, file.height),
            "type": file.media_type,
        }),
        _ => serde_json::json!({"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"}),
    };
    let [accent, _] = site.accents.unwrap_or(ACCENTS);
    let manifest = serde_json::json!({
        "name": site.title,
        "id": "/",
        "start_url": "/",
        // Only what can be installed gets what other apps share. iOS knows no other display for that, and has push messages for it alone.
        "display": "standalone",
        "display_override": ["minimal-ui"],
        "background_color": "#f6f5f1",
        "theme_color": accent.to_text(),
        "icons": [icon],
        "share_target": {
            "action": compose::SHARE,
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    });
    Ok(Response::new(200, "application/manifest+json", manifest.to_string())
        .with("Cache-Control", "public, max-age=3600"))
}

/// RFC 9309. Profiles and statuses say for themselves whether they are indexed.
async fn robots(c: &Context<'_>) -> crate::error::Result<Response> {
    let rules = "User-agent: *\nDisallow: /api/\nDisallow: /oauth/\nDisallow: /settings/\nDisallow: /sign_in\nDisallow: /sign_up\nDisallow: /invite/\nDisallow: /confirm/\nDisallow: /setup\n";
    let rules = format!("{rules}Sitemap: {}/sitemap.xml\n", c.app.home().web_origin);
    Ok(Response::new(200, "text/plain; charset=utf-8", rules).with("Cache-Control", "public, max-age=86400"))
}
