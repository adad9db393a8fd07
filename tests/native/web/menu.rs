//! The navigation of who is signed in, and the page with all of it.

use crate::app::people;
use crate::browser::Browser;

#[test]
fn every_place_of_the_navigation_is_there() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let menu = browser.get("/menu", "en");
    let places: Vec<&str> =
        menu.split("href=\"/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(places.len() > 15, "{places:?}");
    for place in places.iter().filter(|place| !place.starts_with("assets/")) {
        assert_eq!(browser.status(&format!("/{place}")), 200, "/{place}");
    }
    assert!(menu.contains("@alice@a.example") && menu.contains("action=\"/sign_out\""), "{menu}");
    let home = browser.get("/home", "en");
    let here = home.split("<a ").find(|tag| tag.contains("aria-current=\"page\"")).unwrap();
    assert!(here.contains("href=\"/home\""), "{here}");
    let stranger = Browser::new(&app);
    assert!(!stranger.get("/about", "en").contains("class=\"rail\""));
    assert_eq!(stranger.page("/menu").header("location"), Some("/sign_in?next=%2Fmenu"));
}
