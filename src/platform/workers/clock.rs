use super::border;
use crate::model::time::Time;

/// The runtime's clock: it stands still while code runs and moves with I/O.
#[derive(Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    pub fn now(&self) -> Time {
        Time(js_sys::Date::now() as i64)
    }

    /// The time zones that the runtime knows, by their IANA names.
    pub fn zones(&self) -> Vec<String> {
        border::zones().split(' ').map(str::to_owned).collect()
    }

    /// Minutes that the clocks of a zone are ahead of UTC at a time; `None` where the runtime does not know the zone.
    pub fn offset(&self, zone: &str, at: Time) -> Option<i64> {
        border::offset(zone, at.0 as f64).map(|minutes| minutes as i64)
    }
}
