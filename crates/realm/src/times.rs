//! The shape of times: RFC 3339, section 5.6. Blue keeps them as the text they are, compares and
//! shows them; only that they are times is checked here.

/// Which of the two shapes is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `2026-01-31T12:00:00Z`; a date alone will do nowhere that a moment is meant.
    Time,
    /// `2026-01-31`, or a time.
    Date,
}

/// True for text of that shape, with numbers that a calendar and a clock can show.
pub(crate) fn is(shape: Shape, text: &str) -> bool {
    match (shape, text.get(10..)) {
        (Shape::Date, Some("")) => is_date(text),
        (_, Some(rest)) => text.get(..10).is_some_and(is_date) && is_clock(rest),
        (_, None) => false,
    }
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let right = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok())?
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (
        parts.next().and_then(|part| number(part, 4)),
        parts.next().and_then(|part| number(part, 2)),
        parts.next().and_then(|part| number(part, 2)),
        parts.next(),
    ) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// `T12:00:00.5Z`. Only UTC (`realm-format.md`): `Z`, or an offset of nothing.
fn is_clock(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['T', 't', ' ']) else {
        return false;
    };
    let Some(clock) = ["Z", "z", "+00:00", "-00:00"]
        .iter()
        .find_map(|utc| rest.strip_suffix(utc))
    else {
        return false;
    };
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = whole.split(':').map(|part| number(part, 2));
    let (Some(Some(hour)), Some(Some(minute)), Some(Some(second)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    // 60 is a leap second.
    hour < 24 && minute < 60 && second <= 60 && digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_dates() {
        for (text, time, date) in [
            ("2026-01-31T12:00:00Z", true, true),
            ("2026-01-31t23:59:60.123z", true, true),
            ("2026-01-31 12:00:00+00:00", true, true),
            ("2024-02-29", false, true),
            ("2026-02-29", false, false),
            ("2026-13-01", false, false),
            ("2026-01-31T12:00:00+02:00", false, false),
            ("2026-01-31T12:00:00", false, false),
            ("2026-01-31T24:00:00Z", false, false),
            ("2026-01-31T12:00:00.Z", false, false),
            ("2026-1-31", false, false),
            ("yesterday", false, false),
            ("2026-01-3é", false, false),
            ("", false, false),
        ] {
            assert_eq!(is(Shape::Time, text), time, "{text}");
            assert_eq!(is(Shape::Date, text), date, "{text}");
        }
    }
}
