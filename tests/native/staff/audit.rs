//! The audit log says in words what was done.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sori::model::audit::Entry;
use sori::model::site_text::Kind;
use sori::model::strike::{Action, Lift};
use sori::services::report_handling::Step;
use sori::web::parts::deeds::{DEEDS, SETTINGS, deed, detail, label};
use sori::web::words::{Language, Word};

use super::moderation::staff;
use crate::support::app::TestApp;
use crate::support::browser::Browser;

/// Files with their texts, without tests.
fn sources(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or("").to_owned();
            all.push((path.to_string_lossy().into_owned(), code));
        }
    }
}

/// The arguments of each call of a function, as they are written.
fn calls(code: &str, name: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&format!("{name}(")) {
        let before = &code[..at];
        let is_part = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        let line = before.rsplit('\n').next().unwrap_or("");
        if is_part && !before.ends_with("domain_block::") && !before.ends_with("store::")
            || before.ends_with("fn ")
            || line.trim_start().starts_with("//")
        {
            continue;
        }
        let (mut depth, mut is_text, mut all, mut one) = (0, false, Vec::new(), String::new());
        for c in code[at + name.len() + 1..].chars() {
            is_text ^= c == '"';
            match c {
                '(' | '[' | '{' if !is_text => depth += 1,
                ')' if !is_text && depth == 0 => break,
                ')' | ']' | '}' if !is_text => depth -= 1,
                ',' if !is_text && depth == 0 => {
                    all.push(one.trim().to_owned());
                    one.clear();
                    continue;
                }
                _ => {}
            }
            one.push(c);
        }
        if !one.trim().is_empty() {
            all.push(one.trim().to_owned());
        }
        found.push(all);
    }
    found
}

/// The texts in an expression.
fn texts(expression: &str) -> Vec<String> {
    expression.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What an expression without a text of its own may be; `None` where nobody has said so here.
fn values(file: &str, expression: &str) -> Option<Vec<String>> {
    let all = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
    match (file.rsplit('/').next().unwrap_or(file), expression) {
        ("staff.rs", "draft.action.as_str()") => all(&Action::ALL.map(Action::as_str)),
        ("staff.rs", "lift.as_str()") => all(&Lift::ALL.map(Lift::as_str)),
        ("report_handling.rs", "step.as_str()") => all(&Step::ALL.map(Step::as_str)),
        ("announcements.rs", "what") => all(&["publish", "unpublish"]),
        ("memorial.rs", "what") => all(&["memorialize", "unmemorialize"]),
        ("appeal.rs", "what") => all(&["approve_appeal", "reject_appeal"]),
        ("held.rs", "action") => all(&["reject", "reject_all"]),
        ("blocklists.rs", "action") => all(&["block_domain", "spare_domain"]),
        // What is handed on: the calls have it.
        (
            "presets.rs" | "report_handling.rs" | "applications.rs" | "spam.rs" | "sign_up_rules.rs"
            | "trends.rs",
            "what",
        )
        | ("staff.rs" | "domain_block.rs", "action") => Some(Vec::new()),
        _ => None,
    }
}

#[test]
fn whatever_the_source_writes_has_a_word() {
    let mut all = Vec::new();
    sources(Path::new("src"), &mut all);
    let mut seen = BTreeSet::new();
    for (file, code) in &all {
        let mut entries = calls(code, "audit");
        entries.extend(calls(code, "audit::insert"));
        if code.contains("domain_block") && !file.ends_with("services/staff.rs") {
            entries.extend(calls(code, "note"));
        }
        if ["presets.rs", "report_handling.rs"].iter().any(|name| file.ends_with(&format!("services/{name}")))
        {
            entries.extend(calls(code, "write").into_iter().filter(|call| call.len() > 2));
        }
        let mut kinds: BTreeSet<String> = BTreeSet::new();
        for target in calls(code, "Target::new") {
            match (texts(&target[0]).first(), target[0].as_str()) {
                (Some(kind), _) if kind == "settings" => {
                    let label = texts(&target[2]).remove(0);
                    assert!(SETTINGS.iter().any(|(known, _)| **known == label), "{file}: {label}");
                    kinds.insert(kind.clone());
                }
                (Some(kind), _) => drop(kinds.insert(kind.clone())),
                (None, "kind.as_str()") if file.ends_with("terms.rs") => {
                    kinds.extend([Kind::Terms, Kind::Privacy].map(|kind| kind.as_str().to_owned()));
                }
                (None, "kind") if file.ends_with("sign_up_rules.rs") => {}
                (None, other) => panic!("{file}: {other} is no kind that this test knows"),
            }
        }
        if code.contains("Target::account(") {
            kinds.insert("account".into());
        }
        for entry in entries {
            // One hands on the report first.
            let action = &entry[2 + usize::from(entry[2] == "&report")];
            let mut actions = texts(action);
            if actions.is_empty() {
                actions = values(file, action)
                    .unwrap_or_else(|| panic!("{file}: {action} is no action that this test knows"));
            }
            let own: BTreeSet<String> = match file.ends_with("sign_up_rules.rs") && entry.len() > 4 {
                true => texts(&entry[3]).into_iter().collect(),
                false if kinds.is_empty() => ["domain".to_owned()].into(),
                false => kinds.clone(),
            };
            for action in actions {
                let known = |kind: &String| {
                    let is_known = |list: &[(&str, Word)]| list.iter().any(|(known, _)| *known == action);
                    (kind == "settings" && action == "update")
                        || DEEDS.iter().any(|(known, list)| known == kind && is_known(list))
                };
                let found: Vec<&String> = own.iter().filter(|kind| known(kind)).collect();
                assert!(!found.is_empty(), "{file}: {action} of {own:?} has no word in web/parts/deeds.rs");
                seen.extend(found.into_iter().map(|kind| (kind.clone(), action.clone())));
            }
        }
    }
    // And none is there for nothing.
    for (kind, list) in DEEDS {
        for (action, _) in list {
            assert!(
                seen.contains(&(kind.to_owned(), (*action).to_owned())),
                "nothing writes {action} of {kind}"
            );
        }
    }
}

fn entry(kind: &str, action: &str, label: &str, detail: &str) -> Entry {
    Entry {
        id: sori::model::id::Id(1),
        by: sori::model::id::Id(1),
        by_name: "ada".into(),
        action: action.into(),
        kind: kind.into(),
        target_id: sori::model::id::Id(2),
        label: label.into(),
        detail: detail.into(),
    }
}

#[test]
fn entries_are_read_in_the_language_of_the_reader() {
    let said = |kind: &str, action: &str, named: &str, more: &str| {
        let entry = entry(kind, action, named, more);
        let word = deed(&entry).map(|word| Language::Ko.say(word)).unwrap_or("-");
        [word, label(&entry, Language::Ko), &detail(&entry, Language::Ko)].join("|")
    };
    for (found, wanted) in [
        (said("account", "delete_statuses", "@bob", "광고는 안 돼요."), "글 삭제|@bob|광고는 안 돼요."),
        (said("account", "approve", "@bob", ""), "가입 승인|@bob|"),
        (said("account", "approve", "@bob", "trends"), "많이 이야기되는 것에 보이기|@bob|"),
        (
            said("account", "reset_password", "@bob", "second step"),
            "새 비밀번호 링크 만들기|@bob|2단계 로그인도 해제해요",
        ),
        (said("settings", "update", "quiet_mode", "on"), "조용한 모드||켬"),
        (said("settings", "update", "registrations", "closed"), "가입 설정 변경||아무도 안 됨"),
        (said("domain", "set_secure_mode", "off", ""), "보안 모드|끔|"),
        (said("terms_of_service", "update", "draft", ""), "이용 약관 초안 저장||"),
        (said("rule", "create", "draft", ""), "규칙 추가|draft|"),
        (said("account", "a_later_one", "@bob", "on"), "-|@bob|on"),
        (said("settings", "update", "a_later_one", "off"), "-|a_later_one|끔"),
    ] {
        assert_eq!(found, wanted);
    }
    let tag = detail(&entry("tag", "update", "#x", "usable: true, trendable: false"), Language::En);
    assert!(tag.contains(": on · ") && tag.ends_with(": off"), "{tag}");
}

#[test]
fn the_pages_have_no_codes() {
    let app = TestApp::alone();
    let (ada, bob) = (staff(&app, "ada", 2), app.person("bob"));
    let browser = Browser::of(&ada);
    let page = format!("/settings/people/{}", bob.id);
    browser.submit(
        &page,
        &page,
        &[("do", "act"), ("action", "silence"), ("text", "Quiet, please."), ("tell", "1")],
    );
    for (language, wanted) in [("en", "Account limited"), ("ko", "계정 제한"), ("ja", "アカウントの制限")]
    {
        for page in ["/settings/audit", &page] {
            let html = browser.get(page, language);
            assert!(
                html.contains(&format!("<strong>{wanted}</strong> <span dir=\"auto\">@bob@"))
                    && !html.contains("<code>silence"),
                "{page} {html}"
            );
        }
    }
    app.write("INSERT INTO audit_log (id, account_id, action, kind, target_id, label) VALUES (9, 1, 'later', 'x', 1, 'y')");
    assert!(browser.get("/settings/audit", "ko").contains("<code>later</code> <span dir=\"auto\">y</span>"));
}
