//! A day of the calendar, as plain data: this crate neither reads a clock nor knows a realm's types.

use std::fmt;
use std::str::FromStr;

/// A day. Ordered as days are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// As in RFC 3339, 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// The text is no date such as `2026-12-31`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no date such as 2026-12-31")]
pub struct DayError {
    text: String,
}

/// Reads the date of an RFC 3339 date or time; what follows the date is not looked at.
impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        read(text).ok_or_else(|| DayError {
            text: text.to_owned(),
        })
    }
}

fn read(text: &str) -> Option<Day> {
    let date = match text.split_once(['T', 't', ' ']) {
        Some((date, _)) => date,
        None => text,
    };
    let mut parts = date.split('-');
    let mut number = |digits: usize| -> Option<u16> {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse().ok())?
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(Day {
        year,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
    })
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_ordered() {
        for (text, shown) in [
            ("2026-12-31", Some("2026-12-31")),
            ("2026-12-31T23:00:00Z", Some("2026-12-31")),
            ("2026-13-01", None),
            ("2026-12-32", None),
            ("26-12-31", None),
            ("2026-12-31-1", None),
            ("+026-12-31", None),
            ("", None),
        ] {
            let day: Option<Day> = text.parse().ok();
            assert_eq!(day.map(|day| day.to_string()).as_deref(), shown, "{text}");
        }
        let days =
            ["2025-12-31", "2026-01-30", "2026-02-01"].map(|day| day.parse::<Day>().unwrap());
        assert!(days.is_sorted());
    }
}
