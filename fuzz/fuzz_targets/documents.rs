//! ActivityPub documents: whatever their shape, they are read or refused; what is read is of the length that is
//! allowed, sanitised, and the same when the document is written down and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sori::activitypub::wire::signature::proof;
use sori::activitypub::wire::{audience, vocab};
use sori::model::account::Account;
use sori::model::limits;
use sori::model::time::Time;
use sori::text::sanitize;

#[allow(dead_code)]
#[path = "../../tests/native/security/sanitized.rs"]
mod sanitized;

const NOW: Time = Time(1_790_000_000_000);

/// HTML that is stored: sanitised already, of the allow-list.
fn check_html(html: &str, max: usize) {
    assert!(html.len() <= max);
    assert_eq!(sanitize::within(html, max), html);
    sanitized::check_allowed(&sanitized::fragment(html, "div"), html);
}

/// A text that is shown on one line.
fn check_line(text: &str, max: usize) {
    assert!(text.len() <= max);
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn check_url(url: &str) {
    assert!(!url.is_empty() && url.len() <= limits::URL);
    assert!(!url.contains('\0'));
}

fn check_account(account: &Account) {
    check_url(&account.uri);
    check_url(&account.inbox_url);
    let same =
        [&account.outbox_url, &account.followers_url, &account.featured_url, &account.shared_inbox_url];
    for url in same.into_iter().flatten().chain([&account.url]) {
        check_url(url);
        assert!(vocab::is_same_host(url, &account.uri));
    }
    for url in [&account.avatar_url, &account.header_url].into_iter().flatten() {
        check_url(url);
        assert!(url.starts_with("https://"));
    }
    assert!(!account.domain.is_empty() && account.domain.is_ascii());
    check_line(&account.username, limits::USERNAME);
    check_line(&account.display_name, limits::DISPLAY_NAME);
    check_html(&account.note, limits::BIO);
    for field in &account.fields {
        check_line(&field.name, limits::FIELD_NAME);
        check_html(&field.value, limits::FIELD_VALUE);
    }
    let fields = account.fields.iter().map(|f| f.name.len() + f.value.len()).sum::<usize>();
    assert!(fields <= limits::FIELDS);
    let named = account.also_known_as.iter().chain(&account.attribution_domains).map(String::len);
    assert!(named.sum::<usize>() <= 2 * limits::NAMED);
    assert!(account.created_at <= NOW);
    assert!(account.more_keys.len() < 20);
}

fn check_note(note: &vocab::note::RemoteNote) {
    check_url(&note.uri);
    check_url(&note.url);
    check_html(&note.content, limits::CONTENT);
    check_line(&note.spoiler_text, limits::SPOILER);
    assert!(note.tags.len() <= limits::TAGS && note.tags.iter().all(|t| t.len() <= limits::TAG));
    assert!(note.mentioned.len() <= 100 && note.addressed.len() <= 1_500);
    for url in note.mentioned.iter().chain(&note.addressed).chain(&note.attributed_to) {
        check_url(url);
    }
    assert!(note.media.len() <= 17);
    let alts = note.media.iter().filter_map(|m| m.description.as_ref()).map(String::len).sum::<usize>();
    assert!(alts <= limits::ALT_TEXTS);
    for media in &note.media {
        check_url(&media.url);
        assert!(media.url.starts_with("https://") && media.media_type.len() <= limits::MEDIA_TYPE);
        assert!(media.preview_url.as_ref().is_none_or(|u| u.starts_with("https://")));
    }
    let emojis = note.emojis.iter().map(|e| e.shortcode.len() + e.url.len()).sum::<usize>();
    assert!(emojis <= limits::EMOJIS);
    if let Some(poll) = &note.poll {
        assert!((2..=20).contains(&poll.options.len()));
        assert!(poll.names.is_empty() || poll.names.len() == poll.options.len());
        for (option, votes) in &poll.options {
            check_line(option, limits::POLL_OPTION);
            assert!(*votes >= 0);
        }
    }
    for uri in note.quote.iter().flat_map(|q| q.uri.iter().chain(&q.stamp)) {
        check_url(uri);
    }
}

fn read(document: &Value) {
    let author = match vocab::actor::read(document, NOW) {
        Ok(account) => {
            check_account(&account);
            account
        }
        Err(_) => Account { uri: "https://b.example/users/bob".into(), ..Account::default() },
    };
    if let Some(note) = vocab::note::read(document, Some(&author)) {
        check_note(&note);
    }
    for count in vocab::note::counts(document).into_iter().flatten() {
        assert!(count >= 0);
    }
    let keys = vocab::actor::keys(document, &author.uri);
    assert!(keys.iter().all(|(id, _)| vocab::is_same_host(id, &author.uri)));
    let _ = audience::visibility(document, None);
    assert!(proof::candidates(document, "https://b.example/users/bob", NOW).len() <= 4);
}

fuzz_target!(|body: &[u8]| {
    let Ok(document) = vocab::parse(body) else { return };
    let again = serde_json::to_vec(&document).expect("a document is JSON");
    assert_eq!(vocab::parse(&again).expect("what was read is read again"), document);
    read(&document);
    for object in vocab::list(&document, "object") {
        read(object);
    }
});
