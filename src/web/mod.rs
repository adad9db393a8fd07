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
pub mod frame;
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
mod root_files;
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
pub mod trends;
pub mod upload;
pub mod usage;
pub mod welcome;
pub mod words;

use crate::http::handler::Route;
use crate::http::rate_limit::{ARCHIVES, EXPORTS, GENERAL, IMPORTS, INTERACT, SIGN_IN, SIGN_UP};
use crate::model::media::Purpose;
pub use frame::{Frame, asset, error_page, framed, page, page_of_list, page_with_feeds, secured};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/", crate::public!(about::front)).cached(),
        Route::new("GET", about::ABOUT, crate::public!(about::about)).cached(),
        Route::new("GET", about::PRIVACY, crate::public!(about::privacy)).cached(),
        Route::new("GET", about::TERMS, crate::public!(about::terms)).cached(),
        Route::new("GET", "/favicon.svg", crate::public!(root_files::favicon)),
        Route::new("GET", "/robots.txt", crate::public!(root_files::robots)),
        Route::new("GET", "/sitemap.xml", crate::public!(public::sitemap)),
        Route::new("GET", "/manifest.webmanifest", crate::public!(root_files::manifest)),
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
        Route::new("GET", trends::HERE, crate::public!(trends::show)),
        Route::new("POST", trends::HERE, crate::public!(trends::submit)).limited(GENERAL),
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
