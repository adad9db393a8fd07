//! Roles and their permissions: <https://docs.joinmastodon.org/entities/Role/>.

use super::id::Id;

/// A set of permissions, with the bits of Mastodon's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permission(pub u64);

impl Permission {
    /// All others, those to come as well.
    pub const ADMINISTRATOR: Self = Self(1);
    pub const VIEW_DEVOPS: Self = Self(1 << 1);
    pub const VIEW_AUDIT_LOG: Self = Self(1 << 2);
    pub const VIEW_DASHBOARD: Self = Self(1 << 3);
    pub const MANAGE_REPORTS: Self = Self(1 << 4);
    pub const MANAGE_FEDERATION: Self = Self(1 << 5);
    pub const MANAGE_SETTINGS: Self = Self(1 << 6);
    pub const MANAGE_BLOCKS: Self = Self(1 << 7);
    pub const MANAGE_TAXONOMIES: Self = Self(1 << 8);
    pub const MANAGE_APPEALS: Self = Self(1 << 9);
    pub const MANAGE_USERS: Self = Self(1 << 10);
    pub const MANAGE_INVITES: Self = Self(1 << 11);
    pub const MANAGE_RULES: Self = Self(1 << 12);
    pub const MANAGE_ANNOUNCEMENTS: Self = Self(1 << 13);
    pub const MANAGE_CUSTOM_EMOJIS: Self = Self(1 << 14);
    pub const INVITE_USERS: Self = Self(1 << 16);
    pub const MANAGE_ROLES: Self = Self(1 << 17);
    pub const MANAGE_USER_ACCESS: Self = Self(1 << 18);
    pub const DELETE_USER_DATA: Self = Self(1 << 19);
    pub const INVITE_BYPASS_APPROVAL: Self = Self(1 << 21);

    const OF_MODERATORS: Self = Self::VIEW_DASHBOARD
        .and(Self::VIEW_AUDIT_LOG)
        .and(Self::MANAGE_REPORTS)
        .and(Self::MANAGE_USERS)
        .and(Self::MANAGE_TAXONOMIES);
    /// All but the first.
    const OF_ADMINS: Self = Self::OF_MODERATORS
        .and(Self::VIEW_DEVOPS)
        .and(Self::MANAGE_FEDERATION)
        .and(Self::MANAGE_SETTINGS)
        .and(Self::MANAGE_BLOCKS)
        .and(Self::MANAGE_APPEALS)
        .and(Self::MANAGE_INVITES)
        .and(Self::MANAGE_RULES)
        .and(Self::MANAGE_ANNOUNCEMENTS)
        .and(Self::MANAGE_CUSTOM_EMOJIS)
        .and(Self::INVITE_USERS)
        .and(Self::MANAGE_ROLES)
        .and(Self::MANAGE_USER_ACCESS)
        .and(Self::DELETE_USER_DATA)
        .and(Self::INVITE_BYPASS_APPROVAL);

    /// Those that something here asks for, and that a role may be given, by the names of Mastodon's API, in the order of a page.
    pub const ALL: [(&str, Self); 20] = [
        ("administrator", Self::ADMINISTRATOR),
        ("view_dashboard", Self::VIEW_DASHBOARD),
        ("manage_reports", Self::MANAGE_REPORTS),
        ("manage_users", Self::MANAGE_USERS),
        ("manage_user_access", Self::MANAGE_USER_ACCESS),
        ("delete_user_data", Self::DELETE_USER_DATA),
        ("manage_appeals", Self::MANAGE_APPEALS),
        ("view_audit_log", Self::VIEW_AUDIT_LOG),
        ("manage_federation", Self::MANAGE_FEDERATION),
        ("manage_blocks", Self::MANAGE_BLOCKS),
        ("manage_settings", Self::MANAGE_SETTINGS),
        ("manage_rules", Self::MANAGE_RULES),
        ("manage_announcements", Self::MANAGE_ANNOUNCEMENTS),
        ("manage_custom_emojis", Self::MANAGE_CUSTOM_EMOJIS),
        ("manage_taxonomies", Self::MANAGE_TAXONOMIES),
        ("view_devops", Self::VIEW_DEVOPS),
        ("manage_roles", Self::MANAGE_ROLES),
        ("invite_users", Self::INVITE_USERS),
        ("manage_invites", Self::MANAGE_INVITES),
        ("invite_bypass_approval", Self::INVITE_BYPASS_APPROVAL),
    ];

    /// Those of [`ALL`](Self::ALL) that are in this set: what somebody with it may give.
    #[must_use]
    pub fn given(self) -> Self {
        let has = Self::ALL.into_iter().map(|(_, one)| one).filter(|one| self.allows(*one));
        has.fold(Self::default(), Self::and)
    }

    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `wanted` are in this set; an administrator has all.
    pub fn allows(self, wanted: Self) -> bool {
        self.0 & Self::ADMINISTRATOR.0 != 0 || self.0 & wanted.0 == wanted.0
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// As the database has it.
    pub fn to_int(self) -> i64 {
        i64::try_from(self.0).unwrap_or_default()
    }

    pub fn from_int(n: i64) -> Self {
        Self(u64::try_from(n).unwrap_or_default())
    }
}

/// Which role somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RoleId(pub i64);

impl RoleId {
    /// What everybody may do.
    pub const EVERYONE: Self = Self(-99);
    pub const MODERATOR: Self = Self(1);
    pub const ADMIN: Self = Self(2);
    /// Who set the instance up: one person, who cannot lose it.
    pub const OWNER: Self = Self(3);

    /// Those that every instance has; they cannot be deleted.
    pub fn is_built_in(self) -> bool {
        [Self::EVERYONE, Self::MODERATOR, Self::ADMIN, Self::OWNER].contains(&self)
    }
}

impl Default for RoleId {
    fn default() -> Self {
        Self::EVERYONE
    }
}

impl From<Id> for RoleId {
    fn from(id: Id) -> Self {
        Self(id.0)
    }
}

/// A role that people may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    /// `#rrggbb`, or empty.
    pub color: String,
    /// Without those of everybody.
    pub permissions: Permission,
    /// Somebody acts only on people whose role is lower.
    pub position: i64,
    /// Shown on profiles.
    pub is_highlighted: bool,
}

impl Role {
    /// As it is stored: permissions, position, 1 where it is highlighted, colour and name, with a space between.
    pub fn to_text(&self) -> String {
        let (permissions, position) = (self.permissions.to_int(), self.position);
        format!("{permissions} {position} {} {} {}", u8::from(self.is_highlighted), self.color, self.name)
    }

    /// What [`to_text`](Self::to_text) made.
    pub fn parse(id: RoleId, text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, ' ');
        Some(Self {
            id,
            permissions: Permission::from_int(parts.next()?.parse().ok()?),
            position: parts.next()?.parse().ok()?,
            is_highlighted: parts.next()? == "1",
            color: parts.next()?.to_owned(),
            name: parts.next()?.to_owned(),
        })
    }
}

/// All roles of an instance, the highest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(pub Vec<Role>);

impl Default for Roles {
    /// Those that every instance has, as Mastodon has them.
    fn default() -> Self {
        let role = |id, name: &str, permissions, position| Role {
            id,
            name: name.to_owned(),
            color: String::new(),
            permissions,
            position,
            is_highlighted: id != RoleId::EVERYONE,
        };
        Self(vec![
            role(RoleId::OWNER, "Owner", Permission::ADMINISTRATOR, 1000),
            role(RoleId::ADMIN, "Admin", Permission::OF_ADMINS, 100),
            role(RoleId::MODERATOR, "Moderator", Permission::OF_MODERATORS, 10),
            role(RoleId::EVERYONE, "", Permission::INVITE_USERS, -1),
        ])
    }
}

impl Roles {
    /// With a role that is stored, in the place of one of the same id.
    pub fn put(&mut self, role: Role) {
        self.0.retain(|known| known.id != role.id);
        self.0.push(role);
        self.0.sort_by_key(|role| (-role.position, role.id.0));
    }

    /// The ids of those that have one of these permissions.
    pub fn with(&self, wanted: Permission) -> Vec<i64> {
        self.0.iter().filter(|role| self.permissions(role.id).allows(wanted)).map(|role| role.id.0).collect()
    }

    pub fn find(&self, id: RoleId) -> Option<&Role> {
        self.0.iter().find(|role| role.id == id)
    }

    /// What a role may do, with what everybody may. A role that is no longer there has nothing more than that.
    pub fn permissions(&self, id: RoleId) -> Permission {
        let of = |id| self.find(id).map_or(Permission::default(), |role| role.permissions);
        of(id).and(of(RoleId::EVERYONE))
    }

    /// Higher than that of who has no role.
    pub fn position(&self, id: RoleId) -> i64 {
        self.find(id).map_or(-1, |role| role.position)
    }

    /// Whether somebody of the role `id` may act on somebody of the role `other`.
    pub fn is_above(&self, id: RoleId, other: RoleId) -> bool {
        self.position(id) > self.position(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(id: RoleId, permissions: Permission, position: i64) -> Role {
        Role { id, permissions, position, ..Role::default() }
    }

    #[test]
    fn an_administrator_may_all_and_others_what_their_bits_say() {
        assert!(Permission::ADMINISTRATOR.allows(Permission::MANAGE_ROLES));
        let both = Permission::MANAGE_USERS.and(Permission::MANAGE_REPORTS);
        assert!(both.allows(Permission::MANAGE_USERS) && both.allows(both));
        assert!(!Permission::MANAGE_USERS.allows(both) && !both.allows(Permission::ADMINISTRATOR));
        assert!(!Permission::default().allows(Permission::VIEW_DASHBOARD));
    }

    #[test]
    fn a_role_has_what_everybody_has_and_an_unknown_one_no_more() {
        let mut roles = Roles::default();
        assert!(roles.permissions(RoleId::MODERATOR).allows(Permission::INVITE_USERS));
        assert_eq!(roles.permissions(RoleId(77)), Permission::INVITE_USERS);
        assert!(roles.is_above(RoleId::OWNER, RoleId::MODERATOR));
        assert!(roles.is_above(RoleId::MODERATOR, RoleId(77)));
        assert!(!roles.is_above(RoleId::MODERATOR, RoleId::MODERATOR));
        assert_eq!(roles.with(Permission::MANAGE_SETTINGS), [3, 2]);
        roles.put(role(RoleId(77), Permission::MANAGE_SETTINGS, 50));
        assert_eq!(roles.with(Permission::MANAGE_SETTINGS), [3, 2, 77]);
        roles.put(role(RoleId::EVERYONE, Permission::default(), -1));
        assert_eq!(roles.permissions(RoleId(78)), Permission::default());
        assert!(!roles.permissions(RoleId::MODERATOR).allows(Permission::INVITE_USERS));
    }

    #[test]
    fn an_admin_has_all_that_can_be_given_but_the_first() {
        let all = Permission::ALL.iter().skip(1).fold(Permission::default(), |all, (_, one)| all.and(*one));
        assert_eq!(Permission::OF_ADMINS, all);
    }

    #[test]
    fn a_role_is_read_as_it_was_stored() {
        let role = Role {
            name: "Head of the house".into(),
            color: "#ff0000".into(),
            is_highlighted: true,
            ..role(RoleId(9), Permission::OF_ADMINS, 7)
        };
        assert_eq!(Role::parse(RoleId(9), &role.to_text()), Some(role.clone()));
        let plain = Role { name: String::new(), color: String::new(), is_highlighted: false, ..role };
        assert_eq!(Role::parse(RoleId(9), &plain.to_text()), Some(plain));
        assert_eq!(Role::parse(RoleId(9), "x"), None);
    }

    #[test]
    fn every_permission_has_a_bit_of_its_own() {
        let all = Permission::ALL.iter().fold(Permission::default(), |all, (_, one)| all.and(*one));
        assert_eq!(all.0.count_ones() as usize, Permission::ALL.len());
        assert_eq!(Permission::from_int(all.to_int()), all);
    }
}
