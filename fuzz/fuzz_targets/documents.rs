//! ActivityPub documents: whatever their shape, they are read or refused, and no text is longer than it may be.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sori::activitypub::wire::signature::proof;
use sori::activitypub::wire::{audience, vocab};
use sori::model::account::Account;
use sori::model::limits;
use sori::model::time::Time;

const NOW: Time = Time(1_790_000_000_000);

fn read(document: &Value) {
    let author = match vocab::actor::read(document, NOW) {
        Ok(account) => {
            assert!(account.display_name.len() <= limits::DISPLAY_NAME);
            assert!(account.note.len() <= limits::BIO);
            let fields = account.fields.iter().map(|f| f.name.len() + f.value.len()).sum::<usize>();
            assert!(fields <= limits::FIELDS);
            account
        }
        Err(_) => Account { uri: "https://b.example/users/bob".into(), ..Account::default() },
    };
    if let Some(note) = vocab::note::read(document, Some(&author)) {
        assert!(note.content.len() <= limits::CONTENT);
        assert!(note.spoiler_text.len() <= limits::SPOILER);
        assert!(note.tags.iter().all(|t| t.len() <= limits::TAG));
        let alts = note.media.iter().filter_map(|m| m.description.as_ref()).map(String::len).sum::<usize>();
        assert!(alts <= limits::ALT_TEXTS);
        for (option, _) in note.poll.iter().flat_map(|p| &p.options) {
            assert!(option.len() <= limits::POLL_OPTION);
        }
    }
    let _ = vocab::note::counts(document);
    let _ = vocab::actor::keys(document, &author.uri);
    let _ = audience::visibility(document, None);
    let _ = proof::candidates(document, NOW);
}

fuzz_target!(|body: &[u8]| {
    let Ok(document) = vocab::parse(body) else { return };
    read(&document);
    for object in vocab::list(&document, "object") {
        read(object);
    }
});
