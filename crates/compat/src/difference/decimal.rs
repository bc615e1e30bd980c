//! Numbers as JSON writes them: decimals, exactly.
//!
//! It exists because 0.3 is not a multiple of 0.1 in floating point, and bounds of 17 digits are
//! not what they are written as there.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// `digits / 10^scale`, without trailing zeros after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Decimal {
    digits: i128,
    scale: u32,
}

/// More digits than this are not reckoned with.
const MAX_SCALE: u32 = 18;
const MAX_DIGITS: i128 = 1_000_000_000_000_000_000_000_000_000_000;

impl Decimal {
    pub(super) const ZERO: Decimal = Decimal {
        digits: 0,
        scale: 0,
    };
    pub(super) const ONE: Decimal = Decimal {
        digits: 1,
        scale: 0,
    };

    /// `None` for a number of more digits than are reckoned with.
    pub(super) fn of(number: &Number) -> Option<Decimal> {
        if let Some(whole) = number.as_i64() {
            return Some(Decimal::whole(whole.into()));
        }
        Decimal::parse(&number.to_string())
    }

    pub(super) fn whole(digits: i128) -> Decimal {
        Decimal { digits, scale: 0 }
    }

    fn parse(text: &str) -> Option<Decimal> {
        let (text, exponent) = match text.split_once(['e', 'E']) {
            Some((text, exponent)) => (text, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if digits == 0 {
            return Some(Decimal::ZERO);
        }
        match u32::try_from(scale) {
            Ok(scale) => Decimal::new(digits, scale),
            Err(_) => {
                let power = 10i128.checked_pow(scale.unsigned_abs())?;
                Decimal::new(digits.checked_mul(power)?, 0)
            }
        }
    }

    fn new(mut digits: i128, mut scale: u32) -> Option<Decimal> {
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        (scale <= MAX_SCALE && digits.abs() <= MAX_DIGITS).then_some(Decimal { digits, scale })
    }

    pub(super) fn is_whole(self) -> bool {
        self.scale == 0
    }

    pub(super) fn is_zero(self) -> bool {
        self.digits == 0
    }

    pub(super) fn abs(self) -> Decimal {
        Decimal {
            digits: self.digits.abs(),
            ..self
        }
    }

    /// Both in the finer one's units.
    fn aligned(self, other: Decimal) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let to = |number: Decimal| {
            number
                .digits
                .checked_mul(10i128.checked_pow(scale - number.scale)?)
        };
        Some((to(self)?, to(other)?, scale))
    }

    /// Whether it is a whole number of `step`s. `None`: too many digits.
    pub(super) fn is_multiple_of(self, step: Decimal) -> Option<bool> {
        let (number, step, _) = self.aligned(step)?;
        Some(step != 0 && number % step == 0)
    }

    /// How many times `step` fits: rounded down, and up.
    pub(super) fn steps(self, step: Decimal) -> Option<(i128, i128)> {
        let (number, step, _) = self.aligned(step)?;
        if step == 0 {
            return None;
        }
        let floor = number.div_euclid(step);
        Some((floor, floor + i128::from(number.rem_euclid(step) != 0)))
    }

    /// The smallest number that is a multiple of both.
    pub(super) fn common_multiple(self, other: Decimal) -> Option<Decimal> {
        let (one, other, scale) = self.aligned(other)?;
        let divisor = greatest_divisor(one.abs(), other.abs());
        if divisor == 0 {
            return None;
        }
        Decimal::new((one.abs() / divisor).checked_mul(other.abs())?, scale)
    }

    pub(super) fn times(self, count: i128) -> Option<Decimal> {
        Decimal::new(self.digits.checked_mul(count)?, self.scale)
    }

    pub(super) fn plus(self, other: Decimal) -> Option<Decimal> {
        let (one, other, scale) = self.aligned(other)?;
        Decimal::new(one.checked_add(other)?, scale)
    }

    /// The tenth of it.
    pub(super) fn tenth(self) -> Option<Decimal> {
        Decimal::new(self.digits, self.scale + 1)
    }

    pub(super) fn minus(self, other: Decimal) -> Option<Decimal> {
        self.plus(Decimal {
            digits: -other.digits,
            ..other
        })
    }

    /// The number as JSON has it, if that is the very number again.
    pub(super) fn value(self) -> Option<Value> {
        if self.is_whole() {
            let whole = i64::try_from(self.digits).map(Value::from);
            return whole
                .or_else(|_| u64::try_from(self.digits).map(Value::from))
                .ok()
                .or_else(|| self.floating());
        }
        self.floating()
    }

    fn floating(self) -> Option<Value> {
        let text = format!("{}e-{}", self.digits, self.scale);
        let number = Number::from_f64(text.parse().ok()?)?;
        (Decimal::of(&number) == Some(self)).then_some(Value::Number(number))
    }
}

fn greatest_divisor(mut one: i128, mut other: i128) -> i128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match self.aligned(*other) {
            Some((one, other, _)) => one.cmp(&other),
            // Within the limits on digits, only numbers far apart cannot be brought to one scale.
            None => {
                let size = |number: &Decimal| number.digits / 10i128.pow(number.scale);
                size(self).cmp(&size(other))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Value) -> Decimal {
        Decimal::of(value.as_number().unwrap()).unwrap()
    }

    #[test]
    fn reckoning_is_exact() {
        assert_eq!(of(json!(0.3)).is_multiple_of(of(json!(0.1))), Some(true));
        assert_eq!(of(json!(1)).is_multiple_of(of(json!(0.3))), Some(false));
        assert_eq!(of(json!(1e21)).is_multiple_of(of(json!(7))), Some(false));
        assert_eq!(of(json!(2.0)), of(json!(2)));
        assert_eq!(
            of(json!(1.5)).common_multiple(of(json!(2))),
            Some(of(json!(6)))
        );
        assert_eq!(of(json!(-7)).steps(of(json!(2))), Some((-4, -3)));
        assert!(of(json!(1e-9)) < of(json!(1e20)));
        assert_eq!(Decimal::parse("1e300"), None);
        for value in [json!(0.07), json!(-3), json!(u64::MAX), json!(12.5)] {
            assert_eq!(of(value.clone()).value(), Some(value));
        }
    }
}
