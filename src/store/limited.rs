//! Limited (silenced) accounts: what they write is shown to themselves and their followers, as on Mastodon
//! (<https://docs.joinmastodon.org/admin/moderation/#limit-user>, its `StatusFilter` and `PublicFeed`). Profiles and statuses are
//! there for who opens them.

/// The condition that the account with this id is limited. It reads no row of an account that is not: the index has the others.
fn is_limited(account: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM accounts li INDEXED BY accounts_silenced WHERE li.id = {account} AND li.silenced_at IS NOT NULL)"
    )
}

/// The condition that what the account with this id writes is on timelines that everybody has, followers included.
pub(super) fn shown_in_public(account: &str) -> String {
    format!("NOT {}", is_limited(account))
}

/// The condition that `me` finds what the account with this id writes below or above other statuses and by searching: it is not
/// limited, or is their own, or they follow it, or are limited themselves.
pub(super) fn shown_to(me: &str, account: &str) -> String {
    format!(
        "(NOT {} OR {account} = {me} OR EXISTS (SELECT 1 FROM follows lf WHERE lf.account_id = {me} AND lf.target_id = {account}) OR {})",
        is_limited(account),
        is_limited(me)
    )
}
