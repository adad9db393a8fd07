//! The audit log in words: what each of its entries says.

use crate::model::audit::Entry;
use crate::model::domain_block::Shown;
use crate::model::sign_up::Mode;
use crate::web::words::{Language, Word};

/// What is done to targets of a kind, by the names that the log has. `tests/native/staff/audit.rs` reads the sources for any other.
pub const DEEDS: [(&str, &[(&str, Word)]); 19] = [
    (
        "account",
        &[
            ("none", Word::StrikeNone),
            ("disable", Word::StrikeDisable),
            ("mark_statuses_as_sensitive", Word::StrikeMarkSensitive),
            ("delete_statuses", Word::StrikeDelete),
            ("sensitive", Word::StrikeSensitive),
            ("silence", Word::StrikeSilence),
            ("suspend", Word::StrikeSuspend),
            ("enable", Word::LogEnable),
            ("unsensitive", Word::LogUnsensitive),
            ("unsilence", Word::LogUnsilence),
            ("unsuspend", Word::LogUnsuspend),
            ("delete", Word::LogDelete),
            ("change_role", Word::LogChangeRole),
            ("memorialize", Word::LogMemorialize),
            ("unmemorialize", Word::LogUnmemorialize),
            ("reset_password", Word::LogResetPassword),
            ("approve_appeal", Word::LogAppealApproved),
            ("reject_appeal", Word::LogAppealRejected),
            ("approve", Word::LogSignUpApproved),
            ("reject", Word::LogSignUpRejected),
        ],
    ),
    (
        "rule",
        &[
            ("create", Word::LogRuleAdded),
            ("update", Word::LogRuleChanged),
            ("move", Word::LogRuleMoved),
            ("destroy", Word::LogRuleRemoved),
        ],
    ),
    (
        "announcement",
        &[
            ("create", Word::LogAnnouncementWritten),
            ("update", Word::LogAnnouncementChanged),
            ("publish", Word::LogAnnouncementPublished),
            ("unpublish", Word::LogAnnouncementWithdrawn),
            ("destroy", Word::LogAnnouncementRemoved),
        ],
    ),
    (
        "warning_preset",
        &[
            ("create", Word::LogTemplateAdded),
            ("update", Word::LogTemplateChanged),
            ("destroy", Word::LogTemplateRemoved),
        ],
    ),
    (
        "report",
        &[
            ("assigned_to_self", Word::LogReportAssigned),
            ("unassigned", Word::LogReportUnassigned),
            ("resolve", Word::LogReportResolved),
            ("reopen", Word::LogReportReopened),
            ("update", Word::LogReportChanged),
        ],
    ),
    ("spam_rule", &[("create", Word::LogSpamRuleAdded), ("destroy", Word::LogSpamRuleRemoved)]),
    (
        "email_domain_block",
        &[("create", Word::LogEmailDomainBlocked), ("destroy", Word::LogEmailDomainUnblocked)],
    ),
    ("canonical_email_block", &[("create", Word::LogEmailBlocked), ("destroy", Word::LogEmailUnblocked)]),
    (
        "ip_block",
        &[
            ("create", Word::LogNetworkBlocked),
            ("update", Word::LogNetworkChanged),
            ("destroy", Word::LogNetworkUnblocked),
        ],
    ),
    ("status", TREND),
    ("link", TREND),
    ("publisher", TREND),
    ("tag", &[("update", Word::LogTagChanged)]),
    ("settings", &[]),
    (
        "held_post",
        &[
            ("approve", Word::LogHeldPassed),
            ("reject", Word::LogHeldDropped),
            ("reject_all", Word::LogHeldAllDropped),
        ],
    ),
    ("role", &[("update", Word::LogRoleChanged), ("destroy", Word::LogRoleRemoved)]),
    (
        "terms_of_service",
        &[
            ("update", Word::LogTermsDraft),
            ("discard", Word::LogTermsDiscarded),
            ("publish", Word::LogTermsPublished),
            ("destroy", Word::LogTermsRemoved),
        ],
    ),
    (
        "privacy_policy",
        &[
            ("update", Word::LogPrivacyDraft),
            ("discard", Word::LogPrivacyDiscarded),
            ("publish", Word::LogPrivacyPublished),
            ("destroy", Word::LogPrivacyRemoved),
        ],
    ),
    (
        "domain",
        &[
            ("block_domain", Word::LogServerBlocked),
            ("lift_domain_block", Word::LogServerUnblocked),
            ("spare_domain", Word::LogServerSpared),
            ("allow_domain", Word::LogServerAllowed),
            ("disallow_domain", Word::LogServerDisallowed),
            ("subscribe_blocklist", Word::LogListSubscribed),
            ("unsubscribe_blocklist", Word::LogListUnsubscribed),
            ("set_blocklist_rules", Word::LogListRules),
            ("import_domain_blocks", Word::LogBlocksImported),
            ("set_secure_mode", Word::SecureMode),
            ("set_allow_list", Word::AllowList),
            ("show_domain_blocks", Word::LogBlocksShown),
        ],
    ),
];

const TREND: &[(&str, Word)] = &[("approve", Word::LogTrendApproved), ("reject", Word::LogTrendRejected)];

/// What is updated of the settings, by the label of the entry.
pub const SETTINGS: [(&str, Word); 5] = [
    ("registrations", Word::LogRegistrations),
    ("quiet_mode", Word::Quiet),
    ("quiet_after", Word::LogQuietAfter),
    ("spam_young_days", Word::LogSpamDays),
    ("trends_review", Word::TrendsNeedReview),
];

/// Marks entries about what may trend, where the kind alone does not tell.
const OF_TRENDS: &str = "trends";

/// What was done; `None` where there is no word for it, as of a later version.
pub fn deed(entry: &Entry) -> Option<Word> {
    let in_list = |list: &[(&str, Word)], name: &str| {
        list.iter().find(|(known, _)| *known == name).map(|(_, word)| *word)
    };
    match entry.kind.as_str() {
        "settings" => in_list(&SETTINGS, &entry.label),
        "account" if entry.detail == OF_TRENDS => in_list(TREND, &entry.action),
        kind => {
            DEEDS.iter().find(|(known, _)| *known == kind).and_then(|(_, list)| in_list(list, &entry.action))
        }
    }
}

/// The label of an entry; empty where [`deed`] says it already.
pub fn label(entry: &Entry, language: Language) -> &str {
    match (entry.kind.as_str(), entry.action.as_str()) {
        ("settings", _) if deed(entry).is_some() => "",
        ("terms_of_service" | "privacy_policy", "update" | "discard") => "",
        ("domain", "set_secure_mode" | "set_allow_list") => value(&entry.label, language),
        ("domain", "show_domain_blocks") => match Shown::parse(&entry.label) {
            Some(Shown::All) => language.say(Word::ShownToAll),
            Some(Shown::Users) => language.say(Word::ShownToUsers),
            Some(Shown::Nobody) => language.say(Word::ShownToNobody),
            None => &entry.label,
        },
        _ => &entry.label,
    }
}

/// What else an entry says.
pub fn detail(entry: &Entry, language: Language) -> String {
    match (entry.kind.as_str(), entry.action.as_str()) {
        ("settings", _) => value(&entry.detail, language).to_owned(),
        ("account", "reset_password") if !entry.detail.is_empty() => {
            language.say(Word::LogWithSecondStep).to_owned()
        }
        (_, "approve" | "reject") if entry.detail == OF_TRENDS => String::new(),
        ("spam_rule", _) => match entry.detail.as_str() {
            "limit" => language.say(Word::SpamLimit),
            "hold" => language.say(Word::SpamHold),
            "refuse" => language.say(Word::SpamRefuse),
            other => other,
        }
        .to_owned(),
        ("tag", _) => {
            let parts = entry.detail.split(", ").map(|part| match part.split_once(": ") {
                Some((flag, is)) => format!("{}: {}", flag_word(flag, language), value(is, language)),
                None => part.to_owned(),
            });
            parts.collect::<Vec<_>>().join(" · ")
        }
        _ => entry.detail.clone(),
    }
}

fn flag_word(flag: &str, language: Language) -> &str {
    match flag {
        "usable" => language.say(Word::TagUsable),
        "listable" => language.say(Word::TagListable),
        "trendable" => language.say(Word::TagTrendable),
        other => other,
    }
}

/// What a setting was set to.
fn value(text: &str, language: Language) -> &str {
    match text {
        "on" | "true" => language.say(Word::LogOn),
        "off" | "false" => language.say(Word::LogOff),
        mode => match Mode::ALL.into_iter().find(|known| known.as_str() == mode) {
            Some(Mode::Closed) => language.say(Word::ModeClosed),
            Some(Mode::Invite) => language.say(Word::ModeInvite),
            Some(Mode::Approval) => language.say(Word::ModeApproval),
            Some(Mode::Open) => language.say(Word::ModeOpen),
            None => text,
        },
    }
}
