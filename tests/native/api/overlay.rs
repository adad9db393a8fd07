//! What responses must have beyond Mastodon's description: every key of each entity, and which values strict
//! clients need to be non-null. An entity is recognised by its keys.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

struct Entity {
    name: &'static str,
    /// Keys that identify it, and one that it must not have.
    marks: &'static str,
    not: &'static str,
    /// Keys that must be present, with any value.
    keys: &'static str,
    /// Keys that must not be null.
    filled: &'static str,
}

const ENTITIES: &[Entity] = &[
    Entity {
        name: "Status",
        marks: "reblog content visibility",
        not: "",
        keys: "in_reply_to_id in_reply_to_account_id language url edited_at application quote card poll",
        filled: "id uri created_at account content visibility spoiler_text sensitive media_attachments mentions tags \
                 emojis replies_count reblogs_count favourites_count quotes_count tagged_collections quote_approval \
                 favourited reblogged muted bookmarked filtered",
    },
    Entity {
        name: "AsyncRefresh",
        marks: "result_count",
        not: "",
        keys: "",
        filled: "id status result_count",
    },
    Entity { name: "Status.quote", marks: "state", not: "id", keys: "", filled: "state" },
    Entity {
        name: "Status.quote_approval",
        marks: "automatic manual",
        not: "",
        keys: "",
        filled: "automatic manual current_user",
    },
    Entity {
        name: "Account",
        marks: "acct note username",
        not: "",
        keys: "last_status_at discoverable indexable hide_collections",
        filled: "id username acct url uri display_name note avatar avatar_static avatar_description header header_static \
                 header_description created_at locked bot group fields emojis followers_count following_count \
                 statuses_count show_media show_media_replies show_featured feature_approval",
    },
    Entity {
        name: "CredentialAccount.source",
        marks: "follow_requests_count privacy",
        not: "",
        keys: "language hide_collections discoverable indexable",
        filled: "privacy sensitive note fields follow_requests_count attribution_domains quote_policy",
    },
    Entity {
        name: "Role",
        marks: "permissions",
        not: "",
        keys: "",
        filled: "id name permissions color highlighted collection_limit",
    },
    Entity {
        name: "Relationship",
        marks: "followed_by",
        not: "",
        keys: "languages muting_expires_at",
        filled: "id following showing_reblogs notifying followed_by blocking blocked_by muting muting_notifications \
                 requested requested_by domain_blocking endorsed note",
    },
    Entity {
        name: "MediaAttachment",
        marks: "remote_url meta",
        not: "",
        keys: "preview_url remote_url preview_remote_url text_url description blurhash",
        filled: "id type url meta",
    },
    Entity {
        name: "Poll",
        marks: "expired options",
        not: "",
        keys: "expires_at voters_count",
        filled: "id expired multiple votes_count options emojis voted own_votes",
    },
    Entity {
        name: "PreviewCard",
        marks: "provider_name html",
        not: "version",
        keys: "language image blurhash published_at image_description",
        filled: "url title description type author_name author_url provider_name provider_url html width height embed_url authors",
    },
    Entity {
        name: "Notification",
        marks: "group_key created_at type",
        not: "notifications_count",
        keys: "",
        filled: "id type created_at group_key account",
    },
    Entity {
        name: "NotificationGroup",
        marks: "group_key notifications_count",
        not: "",
        keys: "",
        filled: "group_key notifications_count type most_recent_notification_id page_min_id page_max_id \
                 latest_page_notification_at sample_account_ids",
    },
    Entity {
        name: "Tag",
        marks: "history following",
        not: "",
        keys: "",
        filled: "id name url history following featuring",
    },
    Entity {
        name: "FeaturedTag",
        marks: "statuses_count last_status_at name",
        not: "acct",
        keys: "last_status_at",
        filled: "id name url statuses_count",
    },
    Entity {
        name: "List",
        marks: "replies_policy",
        not: "",
        keys: "",
        filled: "id title replies_policy exclusive",
    },
    Entity {
        name: "Filter",
        marks: "filter_action keywords",
        not: "",
        keys: "expires_at",
        filled: "id title context filter_action keywords statuses",
    },
    Entity { name: "FilterKeyword", marks: "keyword", not: "", keys: "", filled: "id keyword whole_word" },
    Entity {
        name: "V1Filter",
        marks: "phrase",
        not: "",
        keys: "expires_at",
        filled: "id phrase context whole_word irreversible",
    },
    Entity {
        name: "Marker",
        marks: "last_read_id",
        not: "",
        keys: "",
        filled: "last_read_id version updated_at",
    },
    Entity {
        name: "Conversation",
        marks: "unread accounts",
        not: "",
        keys: "last_status",
        filled: "id unread accounts",
    },
    Entity {
        name: "ScheduledStatus",
        marks: "params scheduled_at",
        not: "",
        keys: "",
        filled: "id scheduled_at params media_attachments",
    },
    Entity {
        name: "WebPushSubscription",
        marks: "server_key",
        not: "",
        keys: "",
        filled: "id endpoint standard alerts server_key policy",
    },
    Entity { name: "Suggestion", marks: "sources", not: "", keys: "", filled: "source sources account" },
    Entity {
        name: "StatusEdit",
        marks: "content spoiler_text",
        not: "id",
        keys: "",
        filled: "content spoiler_text sensitive created_at account media_attachments emojis",
    },
    Entity {
        name: "NotificationPolicy",
        marks: "for_not_following",
        not: "",
        keys: "",
        filled: "for_not_following for_not_followers for_new_accounts for_private_mentions for_limited_accounts for_bots summary",
    },
    Entity {
        name: "NotificationRequest",
        marks: "notifications_count last_status",
        not: "group_key",
        keys: "last_status",
        filled: "id created_at updated_at notifications_count account",
    },
    Entity {
        name: "Collection",
        marks: "item_count account_id",
        not: "",
        keys: "description language tag url",
        filled: "id uri name account_id local sensitive discoverable item_count created_at updated_at",
    },
    Entity {
        name: "Emoji",
        marks: "shortcode",
        not: "",
        keys: "",
        filled: "shortcode url static_url visible_in_picker",
    },
    Entity {
        name: "Token",
        marks: "access_token",
        not: "",
        keys: "",
        filled: "access_token token_type scope created_at",
    },
    Entity {
        name: "Application",
        marks: "redirect_uris",
        not: "",
        keys: "website",
        filled: "id name scopes redirect_uri redirect_uris",
    },
];

/// How often each entity was seen, and the violations found.
#[derive(Default)]
pub struct Findings {
    pub seen: BTreeMap<&'static str, usize>,
    pub wrong: Vec<String>,
}

impl Findings {
    /// Entities that never appeared.
    pub fn unseen(&self) -> Vec<&'static str> {
        ENTITIES.iter().map(|e| e.name).filter(|n| !self.seen.contains_key(n)).collect()
    }

    pub fn look(&mut self, value: &Value, at: &str) {
        match value {
            Value::Array(all) => {
                all.iter().enumerate().for_each(|(n, v)| self.look(v, &format!("{at}[{n}]")));
            }
            Value::Object(map) => {
                self.entity(map, at);
                for (name, inner) in map {
                    self.form(name, inner, at);
                    self.look(inner, &format!("{at}.{name}"));
                }
            }
            _ => {}
        }
    }

    fn entity(&mut self, map: &Map<String, Value>, at: &str) {
        let is = |e: &&Entity| {
            e.marks.split_whitespace().all(|m| map.contains_key(m))
                && (e.not.is_empty() || !map.contains_key(e.not))
        };
        for entity in ENTITIES.iter().filter(is) {
            *self.seen.entry(entity.name).or_default() += 1;
            for key in entity.keys.split_whitespace().filter(|k| !map.contains_key(*k)) {
                self.wrong.push(format!("{at}: {}.{key} is missing", entity.name));
            }
            let is_empty = |k: &&str| map.get(*k).is_none_or(Value::is_null);
            for key in entity.filled.split_whitespace().filter(is_empty) {
                self.wrong.push(format!("{at}: {}.{key} is missing or null", entity.name));
            }
        }
    }

    /// Times have milliseconds and a Z, ids are strings of digits, URLs are absolute.
    fn form(&mut self, name: &str, value: &Value, at: &str) {
        let Some(text) = value.as_str() else {
            // The one id that is a number in Mastodon.
            let is_number = at.contains("/push/subscription");
            if name == "id" && !value.is_null() && !is_number {
                self.wrong.push(format!("{at}.id is {value}"));
            }
            return;
        };
        let is_moment = name.ends_with("_at") && name != "last_status_at" && name != "muting_expires_at";
        if is_moment && !(text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.') {
            self.wrong.push(format!("{at}.{name}: {text}"));
        }
        let is_number = |c: u8| c.is_ascii_digit() || c == b'-';
        // That of an async refresh is signed on Mastodon as well.
        let is_opaque = at.ends_with(".async_refresh");
        if name == "id" && !is_opaque && (text.is_empty() || !text.bytes().all(is_number)) {
            self.wrong.push(format!("{at}.id: {text}"));
        }
        let is_address = name.starts_with("avatar") || name.starts_with("header") || name == "url";
        // As Mastodon has it where a page names its author only.
        let may_be_empty = at.contains(".authors[") && text.is_empty();
        if is_address && !may_be_empty && !name.ends_with("_description") && !text.starts_with("https://") {
            self.wrong.push(format!("{at}.{name} is not absolute: {text}"));
        }
    }
}
