//! Points in time, as the databases keep them.

use std::time::{SystemTime, UNIX_EPOCH};

/// A point in time: milliseconds since 1970-01-01T00:00:00 UTC. Everything that judges by time takes one as an
/// argument, so that a test says what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub i64);

impl Moment {
    /// By the machine's clock. A clock before 1970 reads as 1970.
    #[must_use]
    pub fn now() -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.map(|since| since.as_millis()).unwrap_or_default();
        Moment(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    /// How far two moments lie apart, in milliseconds, whichever is earlier: a clock may be set back.
    #[must_use]
    pub fn distance(self, other: Moment) -> u64 {
        self.0.abs_diff(other.0)
    }
}
