//! `/settings/profile`: one's own profile.

use maud::{Markup, html};

use super::form::{Session, may_act, sign_in_first};
use super::upload::{Sent, sent};
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Params;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::media::Purpose;
use crate::services;
use crate::services::permission;
use crate::services::profile::{Changes, MAX_DESCRIPTION, MAX_DISPLAY_NAME, MAX_FIELD, MAX_FIELDS, MAX_NOTE};

pub const HERE: &str = "/settings/profile";
const FORM: &str = "profile";
/// The boxes of the form.
const BOXES: [(&str, Word); 8] = [
    ("locked", Word::ProfileLocked),
    ("bot", Word::ProfileBot),
    ("discoverable", Word::ProfileDiscoverable),
    ("indexable", Word::ProfileIndexable),
    ("hide_collections", Word::ProfileHidesFollows),
    ("show_media", Word::ProfileShowsMedia),
    ("show_media_replies", Word::ProfileShowsMediaReplies),
    ("show_featured", Word::ProfileShowsFeatured),
];

/// What the form shows: what is stored, or what was typed.
struct Typed {
    display_name: String,
    note: String,
    fields: Vec<(String, String)>,
    avatar_description: String,
    header_description: String,
    /// Sites that may name the account as an author, one a line.
    domains: String,
    boxes: [bool; 8],
}

impl Typed {
    fn of(account: &Account) -> Self {
        let a = account.clone();
        Self {
            boxes: [
                a.is_locked,
                a.is_bot(),
                a.is_discoverable,
                a.is_indexable,
                a.hides_collections,
                a.shows_media,
                a.shows_media_replies,
                a.shows_featured,
            ],
            domains: a.attribution_domains.join("\n"),
            display_name: a.display_name,
            note: a.note_text,
            fields: a.fields.into_iter().map(|field| (field.name, field.text)).collect(),
            avatar_description: a.avatar_description,
            header_description: a.header_description,
        }
    }

    fn sent(fields: &Params) -> Self {
        // Browsers send line ends as CRLF.
        let text = |name: &str| fields.text(name).unwrap_or("").replace("\r\n", "\n");
        let pairs = (0..MAX_FIELDS).map(|n| (text(&format!("name_{n}")), text(&format!("value_{n}"))));
        Self {
            display_name: text("display_name"),
            note: text("note"),
            fields: pairs.collect(),
            avatar_description: text("avatar_description"),
            header_description: text("header_description"),
            domains: text("attribution_domains"),
            boxes: BOXES.map(|(name, _)| fields.filled(name).is_some()),
        }
    }

    fn changes(&self, account: &Account) -> Changes {
        let [locked, bot, discoverable, indexable, hides_collections, media, media_replies, featured] =
            self.boxes;
        Changes {
            display_name: Some(self.display_name.clone()),
            note: Some(self.note.clone()),
            fields: Some(self.fields.clone()),
            avatar_description: Some(self.avatar_description.clone()),
            header_description: Some(self.header_description.clone()),
            is_locked: Some(locked),
            // The type of the actor stays as it is otherwise.
            is_bot: Some(bot).filter(|bot| *bot != account.is_bot()),
            is_discoverable: Some(discoverable),
            is_indexable: Some(indexable),
            hides_collections: Some(hides_collections),
            shows_media: Some(media),
            shows_media_replies: Some(media_replies),
            shows_featured: Some(featured),
            attribution_domains: Some(self.domains.lines().map(str::to_owned).collect()),
            ..Changes::default()
        }
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    Ok(answer(c, &session, &Typed::of(&session.1), None))
}

fn answer(c: &Context<'_>, session: &Session, typed: &Typed, wrong: Option<String>) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let (_, account, secret) = session;
    let is_saved = wrong.is_none() && c.params.filled("saved").is_some();
    let body = html! {
        h1 { (say(Word::ProfileEdit)) }
        p.meta { (say(Word::SignedInAs)) " " a href=(account.url) { "@" (account.handle()) } }
        @if let Some(wrong) = &wrong { p.error role="alert" { (wrong) } }
        @if is_saved { p role="status" { (say(Word::Saved)) } }
        @if permission::may_act(account).is_ok() {
            (fields(c, account, typed, &form::token(c.app, FORM, secret)))
        } @else {
            p.card { (say(Word::HasMovedAway)) " " a href="/settings/migration" { (say(Word::Moving)) } }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    page(c, say(Word::ProfileEdit), true, &body).status(status)
}

fn fields(c: &Context<'_>, account: &Account, typed: &Typed, token: &str) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let empty = (String::new(), String::new());
    let links = c.app.links();
    let shown = |url: &Option<String>| url.as_deref().map(|url| links.of(url).into_owned());
    html! {
        form method="post" action=(HERE) enctype="multipart/form-data" {
            input type="hidden" name="form" value=(token);
            label for="display_name" { (say(Word::ProfileName)) }
            input id="display_name" name="display_name" value=(typed.display_name) dir="auto" autocomplete="nickname";
            label for="note" { (say(Word::ProfileBio)) }
            textarea id="note" name="note" rows="5" dir="auto" aria-describedby="note-hint" { (typed.note) }
            p.hint id="note-hint" { (say(Word::TextHint).replace("{n}", &MAX_NOTE.to_string())) }
            fieldset.pairs {
                legend { (say(Word::ProfileFields)) }
                @for n in 0..MAX_FIELDS {
                    @let (name, value) = typed.fields.get(n).unwrap_or(&empty);
                    input name={ "name_" (n) } value=(name) dir="auto" aria-label={ (say(Word::ProfileFieldName)) " " (n + 1) } placeholder=(say(Word::ProfileFieldName));
                    input name={ "value_" (n) } value=(value) dir="auto" aria-label={ (say(Word::ProfileFieldValue)) " " (n + 1) } placeholder=(say(Word::ProfileFieldValue));
                }
            }
            p.hint { (say(Word::ProfileFieldsHint)) }
            (picture("avatar", Word::ProfileAvatar, shown(&account.avatar_url).as_deref(), Some(&typed.avatar_description), language))
            (picture("header", Word::ProfileHeader, shown(&account.header_url).as_deref(), Some(&typed.header_description), language))
            p.hint { (say(Word::ProfilePictureHint)) }
            h2 { (say(Word::ProfileMore)) }
            @for ((name, word), is_on) in BOXES.into_iter().zip(typed.boxes) {
                label.check { input type="checkbox" name=(name) value="1" checked[is_on]; span { (say(word)) } }
            }
            label for="attribution_domains" { (say(Word::ProfileDomains)) }
            textarea id="attribution_domains" name="attribution_domains" rows="3" dir="ltr" autocapitalize="none" spellcheck="false" aria-describedby="domains-hint" { (typed.domains) }
            p.hint id="domains-hint" { (say(Word::ProfileDomainsHint)) }
            button type="submit" { (say(Word::Save)) }
        }
    }
}

/// The fields of a picture. `url`: where the present one is shown; `description`: of one that has any.
pub fn picture(
    name: &str,
    title: Word,
    url: Option<&str>,
    description: Option<&str>,
    language: Language,
) -> Markup {
    let say = |word| language.say(word);
    html! {
        h2 { (say(title)) }
        @if let Some(url) = url {
            img.picture.(name) src=(url) alt=(description.unwrap_or(""));
            label.check { input type="checkbox" name={ "remove_" (name) } value="1"; span { (say(Word::ProfileRemovePicture)) } }
        }
        label for=(name) { (say(Word::ProfileNewPicture)) }
        input id=(name) type="file" name=(name) accept="image/*";
        @if let Some(description) = description {
            label for={ (name) "-description" } { (say(Word::ProfileDescription)) }
            input id={ (name) "-description" } name={ (name) "_description" } value=(description) dir="auto";
        }
    }
}

/// What is said of a change that is refused: the API's sentences, in the reader's language.
fn why(said: &str, language: Language) -> String {
    let (word, most) = match said {
        _ if said.contains("Display name") => (Word::ProfileName, MAX_DISPLAY_NAME),
        _ if said.contains("Note") => (Word::ProfileBio, MAX_NOTE),
        _ if said.contains("description") => (Word::ProfileDescription, MAX_DESCRIPTION),
        _ if said.contains("field") => (Word::ProfileFields, MAX_FIELD),
        _ if said.contains("Attribution") => return language.say(Word::ProfileBadDomains).to_owned(),
        _ => return language.say(Word::Unacceptable).to_owned(),
    };
    let text = language.say(Word::ProfileTooLong);
    text.replace("{what}", language.say(word)).replace("{n}", &most.to_string())
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let (_, account, secret) = &session;
    may_act(c, account)?;
    let language = Language::of(c.request);
    let refused = |typed: &Typed, word| answer(c, &session, typed, Some(language.say(word).to_owned()));
    let form = sent(c, account, Purpose::Profile).await?;
    if form.is_unread() {
        return Ok(refused(&Typed::of(account), Word::ProfileBadPicture));
    }
    let Sent { fields, upload } = form;
    let typed = Typed::sent(&fields);
    if !form::is_valid(c.app, FORM, secret, fields.text("form").unwrap_or("")) {
        return Ok(refused(&typed, Word::FormExpired).status(403));
    }
    let mut changes = typed.changes(account);
    for (removed, place) in [("remove_avatar", &mut changes.avatar), ("remove_header", &mut changes.header)] {
        if fields.filled(removed).is_some() {
            *place = Some(None);
        }
    }
    if let Some((row, files)) = upload {
        changes.upload = Some(row);
        let Ok(files) = files else { return Ok(refused(&typed, Word::ProfileBadPicture)) };
        for (name, file) in files {
            let place = if name == "avatar" { &mut changes.avatar } else { &mut changes.header };
            *place = Some(Some(file));
        }
    }
    match services::profile::update(c.app, account, None, changes).await {
        Ok(_) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(said)) => Ok(answer(c, &session, &typed, Some(why(&said, language)))),
        Err(error) => Err(error),
    }
}
