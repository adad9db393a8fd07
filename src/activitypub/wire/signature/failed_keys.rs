//! A negative cache of keys: one that could not be fetched is not fetched again for a while, so that made-up key ids
//! do not make us send requests to everybody.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::time::{HOUR, MINUTE, Time};

/// Maximum number of failed key fetches of a source before it has to wait.
const MAX_FAILURES: u32 = 10;
/// For so long. It is short, since many servers may share an address.
const SOURCE_WAITS: i64 = 5 * MINUTE;
/// How many entries each table may have before it is emptied.
const MAX: usize = 1000;

#[derive(Default)]
pub struct FailedKeys {
    /// Key ids that nobody has, or that did not make their signature.
    keys: HashMap<String, Refusal>,
    /// Hosts that could not be reached, by source, until when. An answer of whatever status is an answer: it counts for
    /// the key alone, so that one made-up key id does not affect the other keys of its host. Of a host that is up a
    /// stranger may name an address that never answers or leads elsewhere: that counts for nobody but the stranger.
    hosts: HashMap<(String, String), Time>,
    /// Failed fetches by source, until when they count.
    sources: HashMap<String, (u32, Time)>,
}

/// Why a key is not fetched now.
struct Refusal {
    until: Time,
    /// Its server answered with an error, which may pass.
    is_temporary: bool,
}

impl FailedKeys {
    /// Whether a key may be fetched now. `source` is who makes us do so; nothing is held against who is not known.
    ///
    /// Errors: `Unauthorized` where it was not found a short while ago, `Remote` where its server answered with
    /// an error or its host could not be reached, or where the source has caused too many failed fetches.
    pub fn check(&self, key_id: &str, host: &str, source: Option<&str>, now: Time) -> Result<()> {
        if let Some(refusal) = self.keys.get(key_id).filter(|refusal| refusal.until > now) {
            return Err(if refusal.is_temporary {
                Error::answered(format!("{host} did not give the key a moment ago"))
            } else {
                Error::Unauthorized("The key of the signature was not found a moment ago".into())
            });
        }
        let Some(source) = source else { return Ok(()) };
        let silent = self.hosts.get(&(host.to_owned(), source.to_owned()));
        if silent.is_some_and(|until| *until > now) {
            return Err(Error::unreachable(format!("{host} did not answer a moment ago")));
        }
        if self.sources.get(source).is_some_and(|(n, until)| *n >= MAX_FAILURES && *until > now) {
            return Err(Error::answered("too many keys were looked for in vain"));
        }
        Ok(())
    }

    /// A key could not be fetched, or the fetched one did not verify.
    pub fn add(&mut self, key_id: &str, host: &str, source: Option<&str>, error: &Error, now: Time) {
        let mut refuse = |wait: i64, is_temporary: bool| {
            keep(&mut self.keys, key_id.to_owned(), Refusal { until: now.plus(wait), is_temporary });
        };
        match error {
            Error::Remote { .. } => refuse(MINUTE, true),
            Error::Gone => refuse(HOUR, false),
            Error::NotFound => refuse(15 * MINUTE, false),
            _ => refuse(5 * MINUTE, false),
        }
        let Some(source) = source else { return };
        if matches!(error, Error::Remote { is_silent: true, .. }) {
            keep(&mut self.hosts, (host.to_owned(), source.to_owned()), now.plus(MINUTE));
        }
        let counted = self.sources.get(source).filter(|(_, until)| *until > now).map_or(0, |(n, _)| *n);
        keep(&mut self.sources, source.to_owned(), (counted + 1, now.plus(SOURCE_WAITS)));
    }
}

fn keep<K: Eq + std::hash::Hash, T>(map: &mut HashMap<K, T>, name: K, value: T) {
    if map.len() >= MAX && !map.contains_key(&name) {
        map.clear();
    }
    map.insert(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_trap_44_what_was_not_found_is_not_looked_for_again_at_once() {
        let (mut failed, now) = (FailedKeys::default(), Time(0));
        assert_eq!(failed.check("k", "h", Some("s"), now), Ok(()));
        failed.add("k", "h", Some("s"), &Error::Gone, now);
        assert_eq!(failed.check("k", "h", Some("s"), now).unwrap_err().status(), 401);
        assert_eq!(failed.check("k", "h", Some("s"), now.plus(HOUR - 1)).unwrap_err().status(), 401);
        assert_eq!(failed.check("k", "h", Some("s"), now.plus(HOUR)), Ok(()));
        for (error, waits) in
            [(Error::NotFound, 15 * MINUTE), (Error::Unauthorized(String::new()), 5 * MINUTE)]
        {
            failed.add("k0", "h", None, &error, now);
            assert_eq!(failed.check("k0", "h", None, now.plus(waits - 1)).unwrap_err().status(), 401);
            assert_eq!(failed.check("k0", "h", None, now.plus(waits)), Ok(()));
        }
        failed.add("k2", "silent", Some("s"), &Error::unreachable(""), now);
        assert_eq!(failed.check("other", "silent", Some("s"), now).unwrap_err().status(), 503);
        assert_eq!(failed.check("other", "silent", Some("s"), now.plus(MINUTE)), Ok(()));
        // It may have been an address that a stranger chose: others are not kept out.
        assert_eq!(failed.check("k2", "silent", Some("s2"), now).unwrap_err().status(), 503);
        assert_eq!(failed.check("other", "silent", Some("s2"), now), Ok(()));
        assert_eq!(failed.check("other", "silent", None, now), Ok(()));
        // An error is an answer: it concerns the key alone.
        failed.add("k3", "cross", Some("s"), &Error::answered("cross answers 403"), now);
        assert_eq!(failed.check("k3", "cross", Some("s2"), now).unwrap_err().status(), 503);
        assert_eq!(failed.check("other", "cross", Some("s2"), now), Ok(()));
        assert_eq!(failed.check("k3", "cross", Some("s2"), now.plus(MINUTE)), Ok(()));
        for n in 0..10 {
            assert_eq!(failed.check(&format!("x{n}"), "h", Some("loud"), now), Ok(()));
            failed.add(&format!("x{n}"), "h", Some("loud"), &Error::NotFound, now);
        }
        assert_eq!(failed.check("new", "h", Some("loud"), now).unwrap_err().status(), 503);
        assert_eq!(failed.check("new", "h", Some("another"), now), Ok(()));
        let later = now.plus(SOURCE_WAITS);
        assert_eq!(failed.check("new", "h", Some("loud"), later), Ok(()));
        // It is counted anew then.
        failed.add("x10", "h", Some("loud"), &Error::NotFound, later);
        assert_eq!(failed.check("new", "h", Some("loud"), later), Ok(()));
        // Who is not known is not all of a host.
        for n in 0..20 {
            failed.add(&format!("y{n}"), "h2", None, &Error::NotFound, now);
        }
        assert_eq!(failed.check("new", "h2", None, now), Ok(()));
    }

    #[test]
    fn advisory_cve_2026_69132_tables_that_strangers_fill_are_bounded() {
        let mut failed = FailedKeys::default();
        for n in 0..5000 {
            let name = n.to_string();
            failed.add(&name, &name, Some(&name), &Error::NotFound, Time(0));
            failed.add(&name, &name, Some(&name), &Error::unreachable(""), Time(0));
        }
        assert!(failed.keys.len() <= MAX && failed.hosts.len() <= MAX && failed.sources.len() <= MAX);
        // What is in a full table already needs no room.
        let mut full = FailedKeys::default();
        for n in (0..MAX).chain([0]) {
            full.add(&n.to_string(), "h", None, &Error::NotFound, Time(0));
        }
        assert_eq!(full.keys.len(), MAX);
    }
}
