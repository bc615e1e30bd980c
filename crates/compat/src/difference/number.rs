//! Numbers that are asked for: bounds, multiples, and numbers they may not be.

use super::decimal::Decimal;
use super::node::{Lit, Node};
use super::{Answer, Search};

/// Multiples tried.
const MAX_TRIED: i128 = 4_000;

/// Where numbers may lie, and which of them may be.
#[derive(Default)]
struct Asked {
    least: Option<(Decimal, bool)>,
    most: Option<(Decimal, bool)>,
    steps: Vec<Decimal>,
    no_steps: Vec<Decimal>,
    others: Vec<Decimal>,
}

impl Search {
    pub(super) fn number(&mut self, facts: &[Lit]) -> Answer {
        let mut asked = Asked::default();
        for (id, positive) in facts {
            match (self.nodes.get(*id), *positive) {
                (Node::Least { bound, exclusive }, true) => asked.at_least(*bound, *exclusive),
                (Node::Least { bound, exclusive }, false) => asked.at_most(*bound, !exclusive),
                (Node::Most { bound, exclusive }, true) => asked.at_most(*bound, *exclusive),
                (Node::Most { bound, exclusive }, false) => asked.at_least(*bound, !exclusive),
                (Node::Multiple(step), true) => asked.steps.push(*step),
                (Node::Multiple(step), false) => asked.no_steps.push(*step),
                (Node::Values(values), false) => {
                    let values = values.iter().map(|id| self.nodes.value_of(*id));
                    for number in values.filter_map(serde_json::Value::as_number) {
                        match Decimal::of(number) {
                            Some(number) => asked.others.push(number),
                            None => return self.stopped(facts, TOO_LONG),
                        }
                    }
                }
                _ => {}
            }
        }
        let answer = match asked.steps.is_empty() {
            true => asked.dense(),
            false => asked.stepped(),
        };
        match answer {
            Some(answer) => answer,
            None => self.stopped(
                facts,
                "neither a number nor a proof that there is none was found",
            ),
        }
    }
}

const TOO_LONG: &str = "a number has too many digits";

impl Asked {
    fn at_least(&mut self, bound: Decimal, exclusive: bool) {
        let own = (bound, exclusive);
        self.least = Some(self.least.map_or(own, |least| least.max(own)));
    }

    fn at_most(&mut self, bound: Decimal, exclusive: bool) {
        let smaller = |one: (Decimal, bool), other: (Decimal, bool)| match one.0.cmp(&other.0) {
            std::cmp::Ordering::Less => one,
            std::cmp::Ordering::Greater => other,
            std::cmp::Ordering::Equal => (one.0, one.1 || other.1),
        };
        let own = (bound, exclusive);
        self.most = Some(self.most.map_or(own, |most| smaller(most, own)));
    }

    /// `None`: too many digits to say.
    fn allows(&self, number: Decimal) -> Option<bool> {
        let above = self
            .least
            .is_none_or(|(bound, exclusive)| number > bound || (!exclusive && number == bound));
        let below = self
            .most
            .is_none_or(|(bound, exclusive)| number < bound || (!exclusive && number == bound));
        if !above || !below || self.others.contains(&number) {
            return Some(false);
        }
        for step in &self.steps {
            if !number.is_multiple_of(*step)? {
                return Some(false);
            }
        }
        for step in &self.no_steps {
            if number.is_multiple_of(*step)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Numbers between the bounds, where no step is asked for. `None`: not decided.
    fn dense(&self) -> Option<Answer> {
        if let (Some((least, open)), Some((most, other_open))) = (self.least, self.most) {
            if least > most || (least == most && (open || other_open)) {
                return Some(Answer::Nothing);
            }
            if least == most {
                return self.one(least);
            }
        }
        let near = match (self.least, self.most) {
            (Some((bound, _)), _) | (None, Some((bound, _))) => bound,
            (None, None) => Decimal::ZERO,
        };
        let mut tried = vec![Decimal::ZERO, Decimal::ONE];
        let (whole, up) = near.steps(Decimal::ONE)?;
        tried.extend((-3..=3).map(|by| Decimal::whole(whole + by)));
        tried.extend([near, Decimal::whole(up)]);
        // Finer and finer, on either side of a bound: between two bounds there are always numbers.
        let mut by = Decimal::ONE;
        for _ in 0..12 {
            by = by.tenth()?;
            for count in [1, 2, 3, 5, 7] {
                let by = by.times(count)?;
                tried.extend([near.plus(by)?, near.minus(by)?]);
            }
        }
        // Each number left out costs one try.
        tried.extend((4..=i128::try_from(self.others.len()).ok()? + 4).map(Decimal::whole));
        self.first(&tried)
    }

    fn first(&self, tried: &[Decimal]) -> Option<Answer> {
        for number in tried {
            if self.allows(*number) == Some(true)
                && let Some(value) = number.value()
            {
                return Some(Answer::Document(value));
            }
        }
        None
    }

    fn one(&self, number: Decimal) -> Option<Answer> {
        match self.allows(number)? {
            true => Some(Answer::Document(number.value()?)),
            false => Some(Answer::Nothing),
        }
    }

    /// Multiples between the bounds. `None`: not decided.
    fn stepped(&self) -> Option<Answer> {
        let mut steps = self.steps.iter().map(|step| step.abs());
        let first = steps.next()?;
        let step = steps.try_fold(first, Decimal::common_multiple)?;
        if step.is_zero() {
            return None;
        }
        for other in &self.no_steps {
            if step.is_multiple_of(*other)? {
                return Some(Answer::Nothing);
            }
        }
        let least = match self.least {
            Some((bound, exclusive)) => {
                let (floor, ceiling) = bound.steps(step)?;
                Some(if exclusive { floor + 1 } else { ceiling })
            }
            None => None,
        };
        let most = match self.most {
            Some((bound, exclusive)) => {
                let (floor, ceiling) = bound.steps(step)?;
                Some(if exclusive { ceiling - 1 } else { floor })
            }
            None => None,
        };
        let (from, by, count) = match (least, most) {
            (Some(least), Some(most)) if least > most => return Some(Answer::Nothing),
            (Some(least), Some(most)) if least <= 0 && most >= 0 => {
                return self.around_zero(step, least, most);
            }
            (Some(least), most) if least > 0 || most.is_some() => {
                (least, 1, most.map(|most| most - least + 1))
            }
            (_, Some(most)) if most < 0 => (most, -1, None),
            (least, most) => {
                return self.around_zero(
                    step,
                    least.unwrap_or(-MAX_TRIED),
                    most.unwrap_or(MAX_TRIED),
                );
            }
        };
        for index in 0..count.unwrap_or(MAX_TRIED).min(MAX_TRIED) {
            let number = step.times(from + by * index)?;
            if self.allows(number)? {
                return Some(Answer::Document(number.value()?));
            }
        }
        (count? <= MAX_TRIED).then_some(Answer::Nothing)
    }

    /// The nearest to zero first.
    fn around_zero(&self, step: Decimal, least: i128, most: i128) -> Option<Answer> {
        let farthest = most.max(-least).min(MAX_TRIED);
        for size in 0..=farthest {
            for count in [size, -size] {
                if count < least || count > most {
                    continue;
                }
                let number = step.times(count)?;
                if self.allows(number)? {
                    return Some(Answer::Document(number.value()?));
                }
            }
        }
        let is_whole_range = self.least.is_some() && self.most.is_some();
        (is_whole_range && most.max(-least) <= MAX_TRIED).then_some(Answer::Nothing)
    }
}
