//! settings and domains.

use std::collections::HashMap;

use super::Query;
use super::changes::SESSION_ENDED;
use crate::model::account::Account;
use crate::model::colour::Colour;
use crate::model::domain_block::Shown;
use crate::model::id::Id;
use crate::model::ledger::Usage;
use crate::model::proxy;
use crate::model::role::{RoleId, Roles};
use crate::model::sign_up::{Mode, SIGN_UPS_A_DAY, SignUp};
use crate::model::site::{Domain, Front, MediaProxy, Site, Style, Vapid};
use crate::model::spam::{Quiet, Spam};
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// All settings.
pub fn settings() -> Query<Vec<(String, String)>> {
    Query::all(Statement::new("SELECT key, value FROM settings"), |row| {
        Ok((row.text("key")?, row.text("value")?))
    })
}

/// Which accounts have a role, as a setting of the name [`STAFF`] that is stored nowhere; at most so many.
const OF_STAFF: &str = "SELECT json_group_array(json_array(account_id, role_id)) FROM (\
     SELECT account_id, role_id FROM users WHERE role_id <> -99 LIMIT 500)";
const STAFF: &str = "staff";
/// As it, of the hashtags that are not shown everywhere.
const TAGS: &str = "restricted_tags";

/// All settings, with who has a role, and what was used of quotas from an hour on: one statement, since each event of an isolate
/// that knows neither begins with it.
pub fn settings_and_usage(since: i64) -> Query<(Vec<(String, String)>, Usage)> {
    Query::new(
        Statement::new(format!(
            "SELECT key, value, 0 AS is_usage FROM settings UNION ALL SELECT '{STAFF}', ({OF_STAFF}), 0 \
             UNION ALL SELECT '{TAGS}', ({}), 0 UNION ALL SELECT '', ({}), 1",
            super::tag_rules::RESTRICTED,
            super::usage::SINCE
        ))
        .bind(since),
        |rows| {
            let mut found = (Vec::new(), Usage::default());
            for row in rows {
                if row.bool("is_usage")? {
                    found.1 = super::usage::total(&row.text("value")?);
                } else {
                    found.0.push((row.text("key")?, row.text("value")?));
                }
            }
            Ok(found)
        },
    )
}

/// Builds the site from its settings, its domains and today's use of quotas.
pub fn assemble(settings: &[(String, String)], domains: Vec<Domain>, usage: (i64, Usage)) -> Site {
    let get = |key: &str| settings.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let title = get("title").unwrap_or_else(|| "Sori".into());
    let id = |key: &str| get(key).and_then(|v| Id::parse(&v));
    let file = |key: &str| Some(super::media::from_json(&serde_json::from_str(&get(key)?).ok()?));
    let accents = get("accent").and_then(|v| {
        let (light, dark) = v.split_once(' ')?;
        Some([Colour::parse(light)?, Colour::parse(dark)?])
    });
    let css = get("css").unwrap_or_default();
    let roles = super::roles::of_settings(settings);
    Site {
        title,
        description: get("description").unwrap_or_default(),
        languages: get("languages").unwrap_or_else(|| "en".into()).split(',').map(str::to_owned).collect(),
        contact_email: get("contact_email").unwrap_or_default(),
        contact_account_id: id("contact_account_id"),
        sign_up: sign_up(&get),
        spam: spam(&get),
        actor_id: id("actor_id"),
        is_set_up: get("set_up_at").is_some(),
        set_up_at: Time(get("set_up_at").and_then(|v| v.parse().ok()).unwrap_or_default()),
        is_secure: get("secure_mode").is_some_and(|v| v == "on"),
        vapid: get("vapid").and_then(|v| {
            let (public_key, sealed) = v.split_once(' ')?;
            Some(Vapid { public_key: public_key.to_owned(), sealed: sealed.to_owned() })
        }),
        shown_blocks: get("show_domain_blocks").and_then(|v| Shown::parse(&v)).unwrap_or_default(),
        is_allow_list: get("allow_list").is_some(),
        has_trends: get("trends").is_none_or(|v| v != "off"),
        trends_need_review: get("trends_review").is_some_and(|v| v == "on"),
        tags: super::tag_rules::read_restricted(&get(TAGS).unwrap_or_default()),
        media_proxy: MediaProxy::from_name(&get("media_proxy").unwrap_or_default()),
        front: get("front").and_then(|v| Front::parse(&v)).unwrap_or_default(),
        icon: file("icon"),
        banner: file("banner"),
        accents,
        style: style(accents, &css),
        css,
        usage,
        version: get("version").unwrap_or_default(),
        upgraded_at: Time(get("upgraded_at").and_then(|v| v.parse().ok()).unwrap_or_default()),
        database_mb: get("database_mb").and_then(|v| v.parse().ok()),
        domains,
        badges: badges(&get(STAFF).unwrap_or_default(), &roles),
        roles,
    }
}

/// Those of the accounts and roles of [`OF_STAFF`] whose role is shown on profiles.
fn badges(staff: &str, roles: &Roles) -> HashMap<Id, RoleId> {
    let all: Vec<(i64, i64)> = serde_json::from_str(staff).unwrap_or_default();
    let all = all.into_iter().map(|(account, role)| (Id(account), RoleId(role)));
    all.filter(|(_, role)| roles.find(*role).is_some_and(|role| role.is_highlighted)).collect()
}

fn sign_up(get: &impl Fn(&str) -> Option<String>) -> SignUp {
    let number = |key: &str| get(key).and_then(|v| v.parse::<i64>().ok());
    SignUp {
        mode: Mode::parse(&get("registrations").unwrap_or_default()),
        needs_reason: get("sign_up_reason").is_none_or(|v| v != "off"),
        min_age: number("sign_up_min_age").filter(|years| *years > 0),
        message: get("sign_up_message").unwrap_or_default(),
        a_day: number("sign_ups_a_day").unwrap_or(SIGN_UPS_A_DAY),
        invites_skip_approval: get("invites_skip_approval").is_some_and(|v| v == "on"),
        staff_seen_on: number("staff_seen_on").unwrap_or_default(),
        returned_at: number("returned_to_approval_at").map(Time),
        ip_rules: super::ip_blocks::rules(&get("ip_blocks").unwrap_or_default()),
    }
}

fn spam(get: &impl Fn(&str) -> Option<String>) -> Spam {
    let number = |key: &str| get(key).and_then(|v| v.parse::<i64>().ok());
    let quiet = Quiet {
        is_on: get("quiet_mode").is_some_and(|v| v == "on"),
        after: number("quiet_after").unwrap_or_default(),
        until: number("quiet_until").map(Time),
    };
    let rules = super::spam_rules::rules(&get("spam_rules").unwrap_or_default());
    Spam::new(rules, number("spam_young_days").unwrap_or_default(), quiet, number("held").unwrap_or_default())
}

/// The operator's style sheet; `None` where there is nothing in it.
fn style(accents: Option<[Colour; 2]>, css: &str) -> Option<Style> {
    let root = accents.map(|all| all.map(Colour::to_text));
    let root = root.map_or_else(String::new, |[light, dark]| format!(":root{{--l:{light};--d:{dark}}}\n"));
    let text = root + css;
    let tag: u128 = u128::from_be_bytes(proxy::tag(&[0; 16], &text));
    (!text.is_empty()).then(|| Style { name: format!("{tag:032x}.css"), text })
}

/// A longer text by the operator and its time; `key` and `key_updated_at` in settings.
pub fn text(key: &str) -> Query<Option<(String, Time)>> {
    Query::first(
        Statement::new(
            "SELECT t.value AS value, CAST(coalesce(u.value, '0') AS INTEGER) AS updated_at FROM settings t \
             LEFT JOIN settings u ON u.key = ?1 || '_updated_at' WHERE t.key = ?1",
        )
        .bind(key),
        |row| Ok((row.text("value")?, row.time("updated_at")?)),
    )
}

/// For each week (its start; `length` in milliseconds): local statuses, their authors, active accounts. At
/// most `most` statuses are counted.
pub fn activity(weeks: &[Time], length: i64, most: usize) -> Query<Vec<(Time, i64, i64, i64)>> {
    let weeks: Vec<(i64, i64, i64)> =
        weeks.iter().map(|w| (w.0, Id::floor(w.0).0, Id::floor(w.0 + length).0)).collect();
    Query::all(
        Statement::new(format!(
            "SELECT json_extract(j.value, '$[0]') AS week, count(s.id) AS statuses, count(DISTINCT s.account_id) AS logins, \
             (SELECT count(*) FROM (SELECT created_at FROM users ORDER BY id DESC LIMIT {most}) u \
             WHERE u.created_at >= json_extract(j.value, '$[0]') AND u.created_at < json_extract(j.value, '$[0]') + {length}) AS registrations \
             FROM json_each(?1) j LEFT JOIN (SELECT id, account_id FROM statuses INDEXED BY statuses_local WHERE is_local = 1 AND visibility = 0 \
             AND reblog_of_id IS NULL AND id >= json_extract(?1, '$[11][1]') ORDER BY id DESC LIMIT {most}) s \
             ON s.id >= json_extract(j.value, '$[1]') AND s.id < json_extract(j.value, '$[2]') GROUP BY j.key ORDER BY j.key"
        ))
        .bind(super::to_json(&weeks)),
        |row| Ok((row.time("week")?, row.int("statuses")?, row.int("logins")?, row.int("registrations")?)),
    )
}

/// One setting.
pub fn setting(key: &'static str) -> Query<Option<String>> {
    Query::first(Statement::new("SELECT value FROM settings WHERE key = ?1").bind(key), |row| {
        row.text("value")
    })
}

/// Writes a setting.
pub fn set(key: &str, value: &str) -> Statement {
    Statement::new("INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(key)
        .bind(value)
}

/// Stores a setting; an empty one is removed.
pub fn set_or_unset(key: &str, value: &str) -> Statement {
    if value.is_empty() { unset(key) } else { set(key, value) }
}

/// Deletes a setting.
pub fn unset(key: &str) -> Statement {
    Statement::new("DELETE FROM settings WHERE key = ?1").bind(key)
}

/// Notes the day on which somebody of the staff was here last.
pub fn note_staff(day: i64) -> Statement {
    Statement::new(
        "INSERT INTO settings (key, value) VALUES ('staff_seen_on', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value \
         WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)",
    )
    .bind(day.to_string())
}

/// Open sign-up goes back to approval where nobody of the staff was here since the day `since`.
pub fn return_to_approval(since: i64, now: Time) -> Vec<Statement> {
    let is_alone = "EXISTS (SELECT 1 FROM settings WHERE key = 'registrations' AND value = 'open') \
         AND (SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'staff_seen_on') < ?1";
    vec![
        Statement::new(format!(
            "INSERT INTO settings (key, value) SELECT 'returned_to_approval_at', ?2 WHERE {is_alone} \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        ))
        .bind(since)
        .bind(now.0.to_string()),
        Statement::new(format!(
            "UPDATE settings SET value = 'approval' WHERE key = 'registrations' AND {is_alone} RETURNING key"
        ))
        .bind(since),
    ]
}

/// Inserts a setting that is written once: a second writer's batch fails with a conflict.
pub fn set_once(key: &str, value: &str) -> Statement {
    Statement::new("INSERT INTO settings (key, value) VALUES (?1, ?2)").bind(key).bind(value)
}

/// Inserts the key for push messages, unless there is one.
pub fn insert_vapid(vapid: &Vapid) -> Statement {
    Statement::new("INSERT INTO settings (key, value) VALUES ('vapid', ?1) ON CONFLICT (key) DO NOTHING")
        .bind(format!("{} {}", vapid.public_key, vapid.sealed))
}

/// Numbers of accounts, of their statuses, and of domains that we deliver to: clients request these at every
/// start. Except for very few accounts, as cron counted them.
pub fn counts() -> Query<(i64, i64, i64)> {
    Query::new(
        Statement::new(
            "WITH kept AS (SELECT value FROM answers WHERE name = 'people' AND json_extract(value, '$[0]') >= 50) \
             SELECT x.*, coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'domain_count'), 0) AS domains FROM (\
             SELECT json_extract(value, '$[0]') AS users, json_extract(value, '$[1]') AS statuses FROM kept \
             UNION ALL SELECT count(*), coalesce(sum(a.statuses_count), 0) FROM (SELECT account_id FROM users LIMIT 50) u \
             CROSS JOIN accounts a ON a.id = u.account_id HAVING NOT EXISTS (SELECT 1 FROM kept)) x",
        ),
        |rows| match rows.first() {
            Some(row) => Ok((row.int("users")?, row.int("statuses")?, row.int("domains")?)),
            None => Ok((0, 0, 0)),
        },
    )
}

/// What the front page is made of.
pub struct FrontPage {
    pub owner: Account,
    /// All accounts here are of one person.
    pub is_alone: bool,
    /// As of [`super::answers::people`].
    pub people: Vec<(Id, bool)>,
}

/// The front page of the account `id`; `None` where that is suspended.
pub fn front(id: Id) -> Query<Option<FrontPage>> {
    Query::first(
        Statement::new(format!(
            "SELECT {} AS account, (SELECT count(*) FROM (SELECT DISTINCT person FROM users LIMIT 2)) < 2 AS is_alone, {} AS value \
             FROM accounts a WHERE a.id = ?1 AND a.suspended_at IS NULL",
            super::accounts::packed_shown("a"),
            super::answers::people_sql()
        ))
        .bind(id),
        |row| {
            Ok(FrontPage {
                owner: super::accounts::read(row)?,
                is_alone: row.bool("is_alone")?,
                people: super::answers::read_people(row)?,
            })
        },
    )
}

/// Counts the domains that we deliver to and that have answered.
pub fn count_domains() -> Statement {
    Statement::new(format!(
        "INSERT INTO settings (key, value) SELECT 'domain_count', count(DISTINCT domain) {} \
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        super::answers::ANSWERED
    ))
}

/// Deletes expired rows: codes, sessions, links for another password, idempotency keys of an hour.
pub fn expired(now: Time) -> Vec<Statement> {
    use crate::model::time::HOUR;
    vec![
        Statement::new("DELETE FROM authorization_codes WHERE expires_at < ?1").bind(now),
        Statement::new(format!("DELETE FROM sessions WHERE expires_at < ?1 {SESSION_ENDED}")).bind(now),
        Statement::new("DELETE FROM idempotency_keys WHERE created_at < ?1").bind(now.plus(-HOUR)),
        super::attempts::delete_old(now),
        super::resets::delete_old(now),
        super::budgets::delete_old(crate::model::budget::day(now)),
    ]
}
