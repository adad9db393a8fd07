//! Forms that the page's script (`script/passkeys.ts`) sends with what an authenticator has answered. Without it they are not seen.

use maud::{Markup, html};

use crate::http::handler::Context;
use crate::model::account::Account;
use crate::model::user::User;
use crate::model::webauthn::Algorithm;
use crate::services::passkey::{Asking, Given, MAX_NAME, Purpose, handle};
use crate::store::passkeys::Passkey;
use crate::web::words::{Language, Word};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

/// A form that asks for a passkey.
pub struct Asked<'a> {
    pub purpose: Purpose,
    /// The secret of the browser that it is for.
    pub secret: &'a str,
    pub action: &'a str,
    pub label: Word,
}

const PARTS: [&str; 5] = ["credential", "client", "data", "signature", "handle"];

fn parts() -> Markup {
    html! { @for name in PARTS { input type="hidden" name=(name) value=""; } }
}

/// The form that asks for one of the passkeys that the authenticator knows.
pub fn asked(c: &Context<'_>, asked: &Asked<'_>, hidden: &Markup) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let origin = c.app.domain_asked(c.request).web_origin;
    let asking = Asking { purpose: asked.purpose, secret: asked.secret, origin: &origin };
    html! {
        form method="post" action=(asked.action) hidden data-passkey="get" data-challenge=(asking.challenge(c.app)) data-rp=(asking.rp()) data-failed=(say(Word::PasskeyFailed)) {
            (hidden) (parts())
            button type="button" { (say(asked.label)) }
        }
    }
}

/// The form that makes a new one, for who is signed in; not on an authenticator that has one of the `known`.
pub fn made(
    c: &Context<'_>,
    (user, account, secret): &(User, Account, String),
    known: &[Passkey],
    action: &str,
    hidden: &Markup,
) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let origin = c.app.domain_asked(c.request).web_origin;
    let asking = Asking { purpose: Purpose::Register, secret, origin: &origin };
    let known: Vec<String> =
        known.iter().filter(|one| one.rp == asking.rp()).map(|one| BASE64.encode(&one.credential)).collect();
    let algorithms: Vec<String> = Algorithm::ALL.iter().map(|one| (*one as i64).to_string()).collect();
    let display = if account.display_name.is_empty() { &account.username } else { &account.display_name };
    html! {
        p.card.without-passkeys { (say(Word::PasskeyWithoutScript)) }
        form method="post" action=(action) hidden data-passkey="create" data-challenge=(asking.challenge(c.app)) data-rp=(asking.rp())
            data-server=(c.app.site().title) data-user=(handle(c.app, user.person)) data-handle=(account.handle()) data-display=(display)
            data-algorithms=(algorithms.join(" ")) data-known=(known.join(" ")) data-failed=(say(Word::PasskeyNotAdded)) {
            (hidden) (parts())
            label for="passkey-name" { (say(Word::PasskeyName)) }
            input id="passkey-name" name="name" maxlength=(MAX_NAME) autocomplete="off" aria-describedby="passkey-hint";
            p.hint id="passkey-hint" { (say(Word::PasskeyNameHint)) }
            button type="button" { (say(Word::PasskeyAdd)) }
        }
    }
}

/// What was sent by one of them.
pub fn given<'a>(c: &'a Context<'_>) -> Given<'a> {
    let [credential, client, data, signature, handle] = PARTS.map(|name| c.params.text(name).unwrap_or(""));
    Given { credential, client, data, signature, handle }
}
