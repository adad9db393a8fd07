//! Limits on tries of passwords and codes: docs/decisions/0007-sign-in-limits.md.

use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::Result;
use crate::model::address::Address;
use crate::model::id::Id;
use crate::model::time::{HOUR, MINUTE, Time};
use crate::platform::sql::Statement;
use crate::store;
use crate::store::attempts::{Counted, PLACES, Subject};

/// A browser that has signed in before, proven by its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub id: u64,
    /// The hash of the name that signed in ([`name_hash`]).
    pub name: u64,
}

/// The origin of an attempt.
#[derive(Debug, Clone)]
pub struct Source {
    pub address: Address,
    pub devices: Vec<Device>,
    /// The kind of browser and its system; empty where they are not known.
    pub browser: String,
}

/// One try at a password or code.
pub struct Attempt {
    counted: Vec<Counted>,
    /// The account, from any address.
    account: Subject,
}

/// Whether a try is allowed now.
pub enum Begun<T> {
    /// It is; with the data that was loaded in the same round trip.
    May(T),
    /// Not before this time.
    Wait(Time),
}

/// The count by account delays nobody: otherwise anybody who knows a name could lock its owner out.
const NEVER: i64 = 1 << 40;

fn hash(app: &App, parts: &[&str]) -> u64 {
    let text = format!("attempts\n{}", parts.join("\n"));
    let mac = hmac_sha256(&app.config.form_key, text.as_bytes());
    mac.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

fn subject(app: &App, parts: &[&str]) -> Subject {
    let hash = hash(app, parts);
    Subject { place: (hash % PLACES) as i64, key: (hash / PLACES) as i64 }
}

/// A keyed hash of a name that is used for sign-in.
pub fn name_hash(app: &App, name: &str) -> u64 {
    hash(app, &["name", name])
}

impl Attempt {
    /// A try at the password of this name: in canonical form, whether it exists or not.
    pub fn at_account(app: &App, name: &str, source: &Source) -> Self {
        let account = subject(app, &["account", name]);
        let own = name_hash(app, name);
        let of = |parts: &[&str], free, free_under_attack, longest| Counted {
            subject: subject(app, parts),
            free,
            free_under_attack,
            longest,
        };
        if let Some(device) = source.devices.iter().find(|device| device.name == own) {
            let counted = of(&["device", name, &device.id.to_string()], 10, 10, 15 * MINUTE);
            return Self { counted: vec![counted], account };
        }
        let (address, network) = (source.address.to_text(), source.address.network().to_text());
        let counted = vec![
            Counted { subject: account, free: NEVER, free_under_attack: NEVER, longest: 0 },
            of(&["account and address", name, &address], 5, 1, HOUR),
            of(&["account and network", name, &network], 20, 3, HOUR),
            of(&["network", &network], 100, 100, 15 * MINUTE),
        ];
        Self { counted, account }
    }

    /// A try at the set-up code.
    pub fn at_set_up(app: &App, address: Address) -> Self {
        // No account has an empty name.
        Self::at_account(app, "", &Source { address, devices: Vec::new(), browser: String::new() })
    }

    /// A try at the password of the user of this session. Not by its secret, of which a session gets another one each time that
    /// another identity is used in it.
    pub fn by_session(app: &App, series: Id) -> Self {
        let subject = subject(app, &["session", &series.to_string()]);
        let counted = Counted { subject, free: 5, free_under_attack: 5, longest: HOUR };
        Self { counted: vec![counted], account: subject }
    }

    /// A try at the code that is asked for after the password of this person, by a browser that is known by one of these hashes of
    /// their names or not. A count for the person may delay them: whoever makes it grow knows the password.
    pub fn at_second_step(app: &App, person: Id, names: &[u64], source: &Source) -> Self {
        let person = person.to_string();
        let device = source.devices.iter().find(|device| names.contains(&device.name));
        let device = device.map(|device| device.id.to_string()).unwrap_or_default();
        let subject = subject(app, &["second step", &person, &device]);
        let counted = Counted { subject, free: 5, free_under_attack: 5, longest: HOUR };
        Self { counted: vec![counted], account: subject }
    }

    /// Counts the attempt, in one round trip with other reads.
    pub async fn begin<B: store::Batch>(&self, app: &App, reads: B) -> Result<Begun<B::Output>> {
        let now = app.now();
        let (until, (), loaded) = store::load(
            &app.db,
            (
                store::attempts::waits_until(&self.counted, self.account, now),
                store::attempts::count(&self.counted, self.account, now),
                reads,
            ),
        )
        .await?;
        Ok(match until {
            Some(until) => Begun::Wait(until),
            None => Begun::May(loaded),
        })
    }

    /// It was right: it does not count as a failure.
    pub fn succeeded(&self) -> Statement {
        store::attempts::take_back(&self.counted)
    }
}
