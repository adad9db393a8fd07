use crate::model::time::Time;

/// The runtime's clock: it stands still while code runs and moves with I/O.
#[derive(Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    pub fn now(&self) -> Time {
        Time(js_sys::Date::now() as i64)
    }
}
