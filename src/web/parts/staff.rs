//! What pages of staff have in common.

use maud::{Markup, html};

use super::composer::choice;
use crate::http::handler::Context;
use crate::model::account::Account;
use crate::model::person::Note;
use crate::model::role::{Role, RoleId};
use crate::model::strike::{Action, Preset};
use crate::services::staff::MAX_TEXT;
use crate::web::strikes::what;
use crate::web::words::{Language, Word};

/// The name of a role; of one that every instance has in the reader's language, where it was not given another one.
pub fn role_name(role: &Role, language: Language) -> &str {
    let own = match (role.id, role.name.as_str()) {
        (RoleId::EVERYONE, _) => Word::RoleEveryone,
        (RoleId::OWNER, "Owner") => Word::RoleOwner,
        (RoleId::ADMIN, "Admin") => Word::RoleAdmin,
        (RoleId::MODERATOR, "Moderator") => Word::RoleModerator,
        (_, name) => return name,
    };
    language.say(own)
}

/// The role of an account, where that is shown on profiles.
pub fn badge(c: &Context<'_>, account: &Account) -> Markup {
    let site = c.app.site();
    html! { @if let Some(role) = site.badge(account) {
        " · " span dir="auto" {
            @if !role.color.is_empty() {
                svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true" { circle cx="4" cy="4" r="4" fill=(role.color) {} }
                " "
            }
            (role_name(role, Language::of(c.request)))
        }
    } }
}

/// The fields of an action against an account; with what was typed where it is shown again.
pub fn action_fields(c: &Context<'_>, actions: &[Action], presets: &[Preset], is_again: bool) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let typed = |name: &str| if is_again { c.params.text(name).unwrap_or("") } else { "" };
    let kept: Vec<(String, String)> =
        presets.iter().map(|preset| (preset.id.to_string(), preset.name())).collect();
    let mut kept: Vec<(&str, &str)> = kept.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    kept.insert(0, ("", say(Word::TemplateNone)));
    let all: Vec<(&str, &str)> =
        actions.iter().map(|action| (action.as_str(), what(*action, language))).collect();
    html! {
        (choice("action", say(Word::StaffAction), &all, typed("action")))
        @if !presets.is_empty() { (choice("preset", say(Word::Template), &kept, typed("preset"))) }
        label for="text" { (say(Word::StaffMessage)) }
        textarea id="text" name="text" rows="4" dir="auto" maxlength=(MAX_TEXT) { (typed("text")) }
        label.check { input type="checkbox" name="tell" value="1" checked; span { (say(Word::StaffTell)) } }
    }
}

/// Notes, and the field for another one.
pub fn notes(notes: &[Note], language: Language) -> Markup {
    html! {
        h2 { (language.say(Word::StaffNotes)) }
        ul.plain { @for note in notes { li { span dir="auto" { (note.content) } " " span.hint { "@" (note.by_name) } } } }
        label for="note" { (language.say(Word::StaffNote)) }
        textarea id="note" name="note" rows="2" dir="auto" maxlength=(MAX_TEXT) {}
        button.quiet type="submit" name="do" value="note" { (language.say(Word::Add)) }
    }
}
