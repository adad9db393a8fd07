//! Federation. The folders import one way: `inbound`, `outbound` and `documents` use `remote`, and all use `wire`;
//! the first three do not import one another.

pub mod documents;
pub mod inbound;
pub mod outbound;
pub mod remote;
pub mod wire;

use self::documents::{actors, collections, discovery, emojis, featured, notes, readers, sync};
use self::inbound::inbox;
use crate::http::handler::Route;

pub fn routes() -> Vec<Route> {
    let all = vec![
        Route::new("GET", "/.well-known/webfinger", crate::public!(discovery::webfinger)),
        Route::new("GET", "/.well-known/host-meta", crate::public!(discovery::host_meta)),
        Route::new("GET", "/.well-known/nodeinfo", crate::public!(discovery::nodeinfo_links)),
        Route::new("GET", "/nodeinfo/{version}", crate::public!(discovery::nodeinfo)),
        Route::new("POST", "/inbox", crate::public!(inbox::post)),
        Route::new("POST", "/users/{username}/inbox", crate::public!(inbox::post)),
        Route::new("POST", "/actor/inbox", crate::public!(inbox::post)),
        Route::new("GET", "/actor", crate::public!(actors::instance_actor)),
        Route::new("GET", "/actor/outbox", crate::public!(actors::instance_outbox)),
        Route::new("GET", "/users/{username}", crate::public!(actors::actor)),
        Route::new("GET", "/users/{username}/outbox", crate::public!(collections::outbox)),
        Route::new("GET", "/users/{username}/followers", crate::public!(collections::followers)),
        Route::new("GET", "/users/{username}/following", crate::public!(collections::following)),
        Route::new("GET", "/users/{username}/followers_synchronization", crate::public!(sync::followers)),
        Route::new("GET", "/users/{username}/collections/featured", crate::public!(featured::statuses)),
        Route::new("GET", "/users/{username}/collections/tags", crate::public!(featured::tags)),
        Route::new("GET", "/users/{username}/follows/{id}", crate::public!(actors::follow)),
        Route::new("GET", "/users/{username}/stamps/{id}", crate::public!(notes::stamp)),
        Route::new("GET", "/users/{username}/statuses/{id}", crate::public!(notes::status)),
        Route::new("GET", "/users/{username}/statuses/{id}/activity", crate::public!(notes::activity)),
        Route::new("GET", "/users/{username}/statuses/{id}/replies", crate::public!(collections::replies)),
        Route::new("GET", "/users/{username}/statuses/{id}/likes", crate::public!(collections::likes)),
        Route::new("GET", "/users/{username}/statuses/{id}/shares", crate::public!(collections::shares)),
        Route::new("GET", "/users/{username}/statuses/{id}/context", crate::public!(collections::context)),
        Route::new("GET", "/emojis/{shortcode}", crate::public!(emojis::emoji)),
    ];
    all.into_iter().map(readers::guard).collect()
}
