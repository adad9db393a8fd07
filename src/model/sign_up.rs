//! How somebody new comes: who may sign up, what they are asked, invitations, and applications that wait.

use super::address::{Address, Network};
use super::id::Id;
use super::time::Time;

/// Who may sign up: the setting `registrations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Closed,
    /// Who was invited.
    Invite,
    /// Everybody; staff decides.
    Approval,
    Open,
}

impl Mode {
    pub const ALL: [Self; 4] = [Self::Closed, Self::Invite, Self::Approval, Self::Open];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Invite => "invite",
            Self::Approval => "approval",
            Self::Open => "open",
        }
    }

    /// Unknown ones are closed.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).unwrap_or_default()
    }

    /// Whether strangers may ask for an account.
    pub fn is_for_strangers(self) -> bool {
        matches!(self, Self::Approval | Self::Open)
    }
}

/// What may be done from a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IpSeverity {
    /// One signs up, and waits for staff.
    RequiresApproval,
    NoSignUp,
    /// Nothing is answered.
    NoAccess,
}

impl IpSeverity {
    pub const ALL: [Self; 3] = [Self::RequiresApproval, Self::NoSignUp, Self::NoAccess];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresApproval => "sign_up_requires_approval",
            Self::NoSignUp => "sign_up_block",
            Self::NoAccess => "no_access",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

/// A blocked network, as every event knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRule {
    pub network: Network,
    pub severity: IpSeverity,
    pub expires_at: Option<Time>,
}

/// The settings of sign-up, part of the site.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SignUp {
    pub mode: Mode,
    /// In the mode approval one says why.
    pub needs_reason: bool,
    /// Years.
    pub min_age: Option<i64>,
    /// What is said where sign-up is closed.
    pub message: String,
    /// Sign-ups of a day.
    pub a_day: i64,
    /// Every invitation spares the approval, not only those of staff.
    pub invites_skip_approval: bool,
    /// The day (since 1970, UTC) on which somebody of the staff was last here while sign-up was open; 0 where nobody looked.
    pub staff_seen_on: i64,
    /// When sign-up went back to approval by itself, until the operator decides again.
    pub returned_at: Option<Time>,
    pub ip_rules: Vec<IpRule>,
}

/// Sign-ups of a day, where the operator has set no other number.
pub const SIGN_UPS_A_DAY: i64 = 100;

impl SignUp {
    /// The strictest block of an address.
    pub fn severity(&self, address: Address, now: Time) -> Option<IpSeverity> {
        let of_address =
            |rule: &&IpRule| rule.expires_at.is_none_or(|at| at > now) && rule.network.contains(address);
        self.ip_rules.iter().filter(of_address).map(|rule| rule.severity).max()
    }
}

/// Somebody who has signed up and waits. There is no account yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Application {
    /// That of the account, once there is one.
    pub id: Id,
    pub domain_id: Id,
    pub username: String,
    pub email: Option<String>,
    pub locale: String,
    pub reason: String,
    /// The caller that it came from.
    pub address: String,
    pub invite_id: Option<Id>,
    /// The client.
    pub app_id: Option<Id>,
    pub is_approved: bool,
    /// The e-mail address is, or need not be.
    pub is_confirmed: bool,
    pub created_at: Time,
}

/// Who has a token before there is an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applicant {
    pub id: Id,
    pub is_confirmed: bool,
    pub app_id: Option<Id>,
}

impl Applicant {
    /// Why nothing may be done yet, in Mastodon's words.
    pub fn waits_for(&self) -> &'static str {
        if self.is_confirmed {
            "Your login is currently pending approval"
        } else {
            "Your login is missing a confirmed e-mail address"
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invite {
    pub id: Id,
    pub code: String,
    /// Who invites.
    pub account_id: Id,
    pub max_uses: Option<i64>,
    pub uses: i64,
    pub expires_at: Option<Time>,
    /// Who comes follows who invites.
    pub is_followed: bool,
    pub skips_approval: bool,
    pub comment: String,
}

impl Invite {
    pub fn is_usable(&self, now: Time) -> bool {
        self.expires_at.is_none_or(|at| at > now) && self.max_uses.is_none_or(|most| self.uses < most)
    }
}

/// Whether who was born on a day (`1990-12-31`) is so many years old today; `None` where it is no day.
pub fn is_old_enough(born: &str, years: i64, now: Time) -> Option<bool> {
    let digits =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    let read = |text: &str| {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (digits(parts.next()?)?, digits(parts.next()?)?, digits(parts.next()?)?);
        Some((year, month, day)).filter(|_| (1..=12).contains(&month) && (1..=31).contains(&day))
    };
    let born = read(born.trim()).filter(|(year, ..)| (1900..10_000).contains(year))?;
    let today = read(&now.to_date())?;
    if born > today {
        return None;
    }
    Some((born.0 + years, born.1, born.2) <= today)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_counted_by_the_day() {
        // 2026-09-21.
        let now = Time(1_790_000_000_000);
        let today = now.to_date();
        let of = |born: &str| is_old_enough(born, 16, now);
        assert_eq!(today, "2026-09-21");
        assert_eq!(
            (of("2010-09-21"), of("2010-09-22"), of("1990-1-1")),
            (Some(true), Some(false), Some(true))
        );
        for bad in [
            "",
            "x",
            "2010",
            "2010-13-01",
            "2010-00-01",
            "2010-01-32",
            "1899-01-01",
            "2026-09-22",
            "-2010-1-1",
            "+2010-1-1",
            "2010-1-1-1",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_strictest_block_of_an_address_counts_until_it_ends() {
        let rule = |network: &str, severity, expires_at: Option<i64>| IpRule {
            network: Network::parse(network).unwrap(),
            severity,
            expires_at: expires_at.map(Time),
        };
        let settings = SignUp {
            ip_rules: vec![
                rule("192.0.2.0/24", IpSeverity::RequiresApproval, None),
                rule("192.0.2.7", IpSeverity::NoAccess, Some(10)),
            ],
            ..SignUp::default()
        };
        let at = |ip: &str, now| settings.severity(Address::parse(ip), Time(now));
        assert_eq!(at("192.0.2.7", 5), Some(IpSeverity::NoAccess));
        assert_eq!(at("192.0.2.7", 10), Some(IpSeverity::RequiresApproval));
        assert_eq!(at("192.0.3.7", 5), None);
    }

    #[test]
    fn invitations_end() {
        let invite = Invite { max_uses: Some(2), uses: 1, expires_at: Some(Time(10)), ..Invite::default() };
        assert!(invite.is_usable(Time(9)) && !invite.is_usable(Time(10)));
        assert!(!Invite { uses: 2, ..invite }.is_usable(Time(9)));
        assert!(Invite::default().is_usable(Time(9)));
        for mode in Mode::ALL {
            assert_eq!(Mode::parse(mode.as_str()), mode);
        }
        assert_eq!(Mode::parse("x"), Mode::Closed);
    }
}
