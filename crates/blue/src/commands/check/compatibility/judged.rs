//! Two states of a contract, judged: what the realm's types say, as `blue_compat` takes it.

use blue_compat::Mode;
use blue_compat::contract::{Day, Deprecated, Judgement, Promises, Side, Target, judge};
use blue_compat::value::Matching;
use blue_realm::{CompatibilityMode, ContractFile, DeprecationTarget};

use super::affected::today;

/// What the change from one state of a contract to another means, under the older one's promises.
pub(super) fn judged(old: &ContractFile, new: &ContractFile, matching: Matching) -> Judgement {
    let deprecated = [old, new].map(deprecations);
    judge(
        &side(old, &deprecated[0]),
        &side(new, &deprecated[1]),
        promises(old, matching),
        today().and_then(|today| today.to_string().parse::<Day>().ok()),
    )
}

fn side<'a>(contract: &'a ContractFile, deprecated: &'a [Deprecated<'a>]) -> Side<'a> {
    Side {
        schema: contract.schema.as_ref(),
        value: contract.value.as_ref(),
        deprecated,
    }
}

fn deprecations(contract: &ContractFile) -> Vec<Deprecated<'_>> {
    let entries = contract.deprecated.iter().map(|entry| Deprecated {
        what: match &entry.target {
            DeprecationTarget::Value(value) => Target::Value(value),
            DeprecationTarget::Pointer(pointer) => Target::Pointer(pointer),
        },
        sunset: entry.sunset.as_ref().and_then(|text| text.parse().ok()),
    });
    entries.collect()
}

fn promises(contract: &ContractFile, matching: Matching) -> Promises {
    Promises {
        backwards: contract.compatibility.backwards,
        forwards: contract.compatibility.forwards,
        mode: match contract.compatibility.mode {
            CompatibilityMode::Emitted => Mode::Emitted,
            CompatibilityMode::Literal => Mode::Literal,
        },
        matching,
    }
}
