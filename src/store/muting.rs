//! Which mutes are in force.

/// The condition that the mute `m` has not expired, by the database's clock. Every read of mutes needs it,
/// since expired rows are deleted only by the next run of cron.
pub(super) fn in_force(m: &str) -> String {
    format!("({m}.expires_at IS NULL OR {m}.expires_at > unixepoch() * 1000)")
}
