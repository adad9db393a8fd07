//! What was looked for in vain is not looked for again at once: whoever sends us made-up key ids must not
//! make us ask the whole network for them.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::time::{HOUR, MINUTE, Time};

/// So many fruitless fetches of keys a source may cause before it waits.
const MOST_FRUITLESS: u32 = 10;
/// For so long a source is remembered. Many servers may share an address, so it is not for long.
const SOURCE_WAITS: i64 = 5 * MINUTE;
/// How many entries each memory may have before it starts anew.
const MOST: usize = 1000;

#[derive(Default)]
pub struct Gate {
    /// Key ids that nobody has, or that did not make their signature, until when.
    keys: HashMap<String, Time>,
    /// Hosts that do not answer, until when.
    hosts: HashMap<String, Time>,
    /// Fruitless fetches by source, until when they count.
    sources: HashMap<String, (u32, Time)>,
}

impl Gate {
    /// Whether a key may be fetched now.
    ///
    /// Errors: `Unauthorized` where it was looked for in vain a short while ago, `Unavailable` where its host
    /// did not answer, or where the source has asked for too much in vain.
    pub fn check(&self, key_id: &str, host: &str, source: &str, now: Time) -> Result<()> {
        if self.keys.get(key_id).is_some_and(|until| *until > now) {
            return Err(Error::Unauthorized("The key of the signature was not found a moment ago".into()));
        }
        if self.hosts.get(host).is_some_and(|until| *until > now) {
            return Err(Error::Unavailable(format!("{host} did not answer a moment ago")));
        }
        if self.sources.get(source).is_some_and(|(n, until)| *n >= MOST_FRUITLESS && *until > now) {
            return Err(Error::Unavailable("too many keys were looked for in vain".into()));
        }
        Ok(())
    }

    /// A fetch brought no key that fits.
    pub fn failed(&mut self, key_id: &str, host: &str, source: &str, error: &Error, now: Time) {
        match error {
            Error::Unavailable(_) => keep(&mut self.hosts, host, now.plus(MINUTE)),
            Error::Gone => keep(&mut self.keys, key_id, now.plus(HOUR)),
            Error::NotFound => keep(&mut self.keys, key_id, now.plus(15 * MINUTE)),
            _ => keep(&mut self.keys, key_id, now.plus(5 * MINUTE)),
        }
        let counted = self.sources.get(source).filter(|(_, until)| *until > now).map_or(0, |(n, _)| *n);
        keep(&mut self.sources, source, (counted + 1, now.plus(SOURCE_WAITS)));
    }
}

fn keep<T>(map: &mut HashMap<String, T>, name: &str, value: T) {
    if map.len() >= MOST && !map.contains_key(name) {
        map.clear();
    }
    map.insert(name.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_trap_44_what_was_not_found_is_not_looked_for_again_at_once() {
        let (mut gate, now) = (Gate::default(), Time(0));
        assert_eq!(gate.check("k", "h", "s", now), Ok(()));
        gate.failed("k", "h", "s", &Error::Gone, now);
        assert_eq!(gate.check("k", "h", "s", now).unwrap_err().status(), 401);
        assert_eq!(gate.check("k", "h", "s", now.plus(HOUR)), Ok(()));
        gate.failed("k2", "silent", "s", &Error::Unavailable(String::new()), now);
        assert_eq!(gate.check("other", "silent", "s2", now).unwrap_err().status(), 503);
        assert_eq!(gate.check("other", "silent", "s2", now.plus(MINUTE)), Ok(()));
        for n in 0..10 {
            assert_eq!(gate.check(&format!("x{n}"), "h", "loud", now), Ok(()));
            gate.failed(&format!("x{n}"), "h", "loud", &Error::NotFound, now);
        }
        assert_eq!(gate.check("new", "h", "loud", now).unwrap_err().status(), 503);
        assert_eq!(gate.check("new", "h", "another", now), Ok(()));
        assert_eq!(gate.check("new", "h", "loud", now.plus(SOURCE_WAITS)), Ok(()));
    }

    #[test]
    fn advisory_cve_2026_69132_tables_that_strangers_fill_are_bounded() {
        let mut gate = Gate::default();
        for n in 0..5000 {
            let name = n.to_string();
            gate.failed(&name, &name, &name, &Error::NotFound, Time(0));
            gate.failed(&name, &name, &name, &Error::Unavailable(String::new()), Time(0));
        }
        assert!(gate.keys.len() <= MOST && gate.hosts.len() <= MOST && gate.sources.len() <= MOST);
    }
}
