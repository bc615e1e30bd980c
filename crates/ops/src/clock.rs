//! What time it is, and how times are written.
//!
//! git lets whoever makes a commit say when (`GIT_COMMITTER_DATE`); what Blue writes beside its
//! commits is of the same moment.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY: i64 = 24 * 60 * 60;

/// Seconds since 1970-01-01T00:00:00Z: those that git's `GIT_COMMITTER_DATE` says (RFC 3339 in UTC,
/// or `@seconds`), else the system's.
#[must_use]
pub fn now() -> i64 {
    let said = std::env::var("GIT_COMMITTER_DATE").ok();
    said.and_then(|said| parse(said.trim())).unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
    })
}

/// The seconds of `2026-01-06T09:00:00Z` or `@1767690000 +0000`.
fn parse(text: &str) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.split(' ').next()?.parse().ok();
    }
    let (date, time) = text.split_once(['T', ' '])?;
    let time = time
        .strip_suffix('Z')
        .or_else(|| time.strip_suffix("+00:00"))?;
    let numbers = |text: &str, by: char| -> Option<Vec<i64>> {
        text.split(by).map(|part| part.parse().ok()).collect()
    };
    let [year, month, day] = numbers(date, '-')?[..] else {
        return None;
    };
    let [hour, minute, second] = numbers(time, ':')?[..] else {
        return None;
    };
    Some(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// The moment at which a stretch of time begins that a person names: a day (`2026-01-06`), a time
/// (`2026-01-06T09:00:00Z`), or how many days it is long (`14d`).
#[must_use]
pub fn begin_of(text: &str, now: i64) -> Option<i64> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if let Some(days) = text.strip_suffix('d').filter(|days| is_number(days)) {
        let days: i64 = days.parse().ok()?;
        return Some(now.saturating_sub(days.saturating_mul(DAY)));
    }
    let day = blue_realm::Date::parse(text.get(..10)?)?;
    match text.len() {
        10 => parse(&format!("{day}T00:00:00Z")),
        _ => parse(text),
    }
}

/// Days since 1970-01-01 (the inverse of what [`blue_realm::Date::from_unix`] does).
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the day that not every year has is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let era = year.div_euclid(400);
    let year = year.rem_euclid(400);
    era * 146_097 + year * 365 + year / 4 - year / 100 + of_year - 719_468
}

/// `2026-01-06T09:00:00Z` (RFC 3339), as it stands in a realm's files.
#[must_use]
pub fn timestamp(seconds: i64) -> String {
    let date = blue_realm::Date::from_unix(seconds);
    let (hour, minute, second) = clock(seconds);
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `20260106T090000Z`, as it stands in a branch's name.
#[must_use]
pub fn compact(seconds: i64) -> String {
    timestamp(seconds).replace(['-', ':'], "")
}

/// `2026-01-06`.
#[must_use]
pub fn date(seconds: i64) -> blue_realm::Date {
    blue_realm::Date::from_unix(seconds)
}

/// The moment that is that many days later.
#[must_use]
pub fn days_later(seconds: i64, days: u32) -> i64 {
    seconds.saturating_add(i64::from(days).saturating_mul(DAY))
}

fn clock(seconds: i64) -> (i64, i64, i64) {
    let of_day = seconds.rem_euclid(DAY);
    (of_day / 3600, of_day / 60 % 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-06T09:00:00Z", 1_767_690_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2000-03-01T00:00:00Z", 951_868_800),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(timestamp(seconds), text);
        }
        assert_eq!(parse("@1767690000 +0000"), Some(1_767_690_000));
        assert_eq!(parse("yesterday"), None);
        for (text, begin) in [
            ("2026-01-06", Some(1_767_657_600)),
            ("2026-01-06T09:00:00Z", Some(1_767_690_000)),
            ("2d", Some(1_767_690_000 - 2 * DAY)),
            ("2026-13-06", None),
            ("2026-01-06 nine", None),
            ("d", None),
            ("\u{e9}2026-01-0", None),
        ] {
            assert_eq!(begin_of(text, 1_767_690_000), begin, "{text}");
        }
        assert_eq!(compact(1_767_690_000), "20260106T090000Z");
    }
}
