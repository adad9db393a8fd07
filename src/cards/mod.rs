//! Link previews. A job fetches the page that a status links to and stores what its head says of it, once a URL.

mod charset;
mod embed;
mod fetch;
mod head;
mod structured;
mod text;

pub use self::fetch::read;
