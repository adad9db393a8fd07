//! `/settings/roles`: roles and their permissions.

use maud::html;

use super::form::{self, Session};
use super::page;
use super::parts::form::outcome;
use super::parts::staff::role_name;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::colour::Colour;
use crate::model::role::{Permission, Role, RoleId};
use crate::services;

pub const HERE: &str = "/settings/roles";
const FORM: &str = "roles";
const PERMISSION: Permission = Permission::MANAGE_ROLES;

fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let site = c.app.site();
    let own = site.roles.permissions(session.0.role);
    let highest = site.roles.position(session.0.role);
    let asked = c.params.text("role").and_then(|id| id.parse().ok()).map(RoleId);
    let may_change = |role: &Role| role.id == RoleId::EVERYONE || role.position < highest;
    let edited = asked.and_then(|id| site.roles.find(id)).filter(|role| may_change(role)).cloned();
    let role = edited.clone().unwrap_or_default();
    let is_everyone = edited.is_some() && role.id == RoleId::EVERYONE;
    let name = |role: &Role| role_name(role, language).to_owned();
    let token = form::token(c.app, FORM, &session.2);
    let offered = |wanted: Permission| {
        let for_all = Permission::INVITE_USERS.and(Permission::INVITE_BYPASS_APPROVAL);
        if is_everyone { for_all.allows(wanted) } else { own.allows(wanted) }
    };
    let body = html! {
        h1 { (say(Word::Roles)) }
        (outcome(c, wrong))
        ul.plain { @for known in &site.roles.0 { li {
            @if may_change(known) { a href={ (HERE) "?role=" (known.id.0) } { (name(known)) } } @else { (name(known)) }
        } } }
        h2 { @if edited.is_some() { (name(&role)) } @else { (say(Word::RoleNew)) } }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            @if edited.is_some() { input type="hidden" name="role" value=(role.id.0); }
            @if !is_everyone {
                label for="name" { (say(Word::RoleName)) }
                input id="name" name="name" value=(role.name) required maxlength="50" dir="auto";
                label for="position" { (say(Word::RolePosition)) }
                input id="position" name="position" type="number" min="0" max=(highest.saturating_sub(1).max(0)) value=(role.position);
                label for="color" { (say(Word::RoleColor)) }
                input id="color" name="color" value=(role.color) maxlength="7" pattern="#[0-9A-Fa-f]{6}" autocapitalize="none" spellcheck="false";
                label.check { input type="checkbox" name="highlighted" value="1" checked[role.is_highlighted]; span { (say(Word::RoleHighlighted)) } }
            }
            fieldset {
                legend { (say(Word::RolePermissions)) }
                @for (key, bit) in Permission::ALL {
                    @if offered(bit) { label.check {
                        input type="checkbox" name="permission" value=(key) checked[role.permissions.0 & bit.0 != 0];
                        span { (language.say(word(key))) }
                    } }
                }
            }
            button type="submit" name="do" value="save" { (say(Word::Save)) }
            @if edited.is_some() && !role.id.is_built_in() { " " button.quiet type="submit" name="do" value="delete" formnovalidate { (say(Word::Remove)) } }
        }
    };
    page(c, say(Word::Roles), true, &body).status(if wrong.is_some() { 422 } else { 200 })
}

fn word(permission: &str) -> Word {
    match permission {
        "administrator" => Word::MayAdministrator,
        "view_dashboard" => Word::MayViewDashboard,
        "manage_reports" => Word::MayManageReports,
        "manage_users" => Word::MayManageUsers,
        "manage_user_access" => Word::MayManageUserAccess,
        "delete_user_data" => Word::MayDeleteUserData,
        "manage_appeals" => Word::MayManageAppeals,
        "view_audit_log" => Word::MayViewAuditLog,
        "manage_federation" => Word::MayManageFederation,
        "manage_blocks" => Word::MayManageBlocks,
        "manage_settings" => Word::MayManageSettings,
        "manage_rules" => Word::MayManageRules,
        "manage_announcements" => Word::MayManageAnnouncements,
        "manage_custom_emojis" => Word::MayManageCustomEmojis,
        "manage_taxonomies" => Word::MayManageTaxonomies,
        "view_devops" => Word::MayViewDevops,
        "manage_roles" => Word::MayManageRoles,
        "invite_users" => Word::MayInviteUsers,
        "manage_invites" => Word::MayManageInvites,
        _ => Word::MayInviteBypassApproval,
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &["role"]).await? {
        Ok(session) => Ok(answer(c, &session, None)),
        Err(response) => Ok(response),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let id = text("role").parse().ok().map(RoleId);
    let done = if text("do") == "delete" {
        services::staff::delete_role(c.app, &session.0, id.ok_or(Error::NotFound)?).await
    } else {
        let given = c.params.list("permission");
        let permissions = Permission::ALL
            .into_iter()
            .filter(|(key, _)| given.iter().any(|name| name == key))
            .fold(Permission::default(), |all, (_, one)| all.and(one));
        let role = Role {
            id: id.unwrap_or(RoleId(c.app.new_id().0)),
            name: text("name").to_owned(),
            color: Colour::parse(text("color")).map(Colour::to_text).unwrap_or_default(),
            permissions,
            position: text("position").parse().unwrap_or(0),
            is_highlighted: c.params.filled("highlighted").is_some(),
        };
        services::staff::store_role(c.app, &session.0, role).await
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(_)) => Ok(answer(c, &session, Some(Word::Unacceptable))),
        Err(error) => Err(error),
    }
}
