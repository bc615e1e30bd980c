//! A day of the calendar, without a clock and without a time zone: what a sunset and the end of an
//! acceptance are compared with. Nothing in this crate knows which day it is; whoever asks does.

use std::fmt;

use crate::times::{self, Shape};

/// A day of the Gregorian calendar, of a year of four digits. Ordered as days are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Seconds of a day; RFC 3339's times and Unix's count leap seconds as none.
const DAY_SECONDS: i64 = 24 * 60 * 60;

impl Date {
    /// The day of a date (`2026-01-31`) or of a time (`2026-01-31T12:00:00Z`) of RFC 3339 in UTC;
    /// nothing for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !times::is(Shape::Date, text) {
            return None;
        }
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok();
        Some(Self {
            year: number(0..4)?,
            month: u8::try_from(number(5..7)?).ok()?,
            day: u8::try_from(number(8..10)?).ok()?,
        })
    }

    /// The day in UTC that is this many seconds after 1970-01-01T00:00:00Z (`git2::Time::seconds`,
    /// `SystemTime` since `UNIX_EPOCH`); years beyond four digits are cut to the last or first one.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        let days = seconds.div_euclid(DAY_SECONDS);
        // Days are counted in eras of 400 years that begin on the 1st of March, so that the day
        // that not every year has is a year's last.
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, later) = if month < 10 {
            (month + 3, 0)
        } else {
            (month - 9, 1)
        };
        let year = era.saturating_mul(400).saturating_add(year + later);
        match u16::try_from(year) {
            Ok(year @ 0..=9999) => Self {
                year,
                month: month as u8,
                day: day as u8,
            },
            _ if year < 0 => Self {
                year: 0,
                month: 1,
                day: 1,
            },
            _ => Self {
                year: 9999,
                month: 12,
                day: 31,
            },
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_of_texts_and_of_clocks() {
        for (text, day) in [
            ("2026-01-31", Some("2026-01-31")),
            ("2026-01-31T23:59:59Z", Some("2026-01-31")),
            ("2024-02-29", Some("2024-02-29")),
            ("2026-02-29", None),
            ("31.1.2026", None),
            ("", None),
        ] {
            let parsed = Date::parse(text).map(|date| date.to_string());
            assert_eq!(parsed.as_deref(), day, "{text}");
        }
        for (seconds, day) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (DAY_SECONDS - 1, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_772_323_199, "2026-02-28"),
            (1_772_323_200, "2026-03-01"),
            (i64::MAX, "9999-12-31"),
            (i64::MIN, "0000-01-01"),
        ] {
            assert_eq!(Date::from_unix(seconds).to_string(), day, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn each_day_comes_after_the_one_before(day in -700_000i64..2_900_000) {
            let at = |day: i64| Date::from_unix(day * DAY_SECONDS);
            prop_assert!(at(day) < at(day + 1));
            prop_assert_eq!(Date::parse(&at(day).to_string()), Some(at(day)));
        }
    }
}
