//! Which mutes count.

/// That the mute `m` has not ended. The database's own clock says so: every read that looks for mutes needs it, and
/// what has ended is only removed by the next tick.
pub(super) fn in_force(m: &str) -> String {
    format!("({m}.expires_at IS NULL OR {m}.expires_at > unixepoch() * 1000)")
}
