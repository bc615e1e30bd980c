//! Ranges of imports that a change writes: one that leaves out the contract as it would stand breaks its importer at once.
//! A range that stays as it was, while the contract leaves it, is told to the importer alone, who has to follow.

use std::sync::Arc;

use super::Proposal;
use super::place::Told;
use crate::cross::{Loose, Way};
use crate::kind::contract_path;
use crate::model::{BindingFile, Import};
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::spans::Step;

pub(super) fn judge<'a>(proposal: &Proposal<'a>, told: &mut Told<'a>) {
    let domains = proposal.proposed.domain_map();
    let domains = domains.differences(proposal.base.domain_map(), Arc::ptr_eq);
    for (name, was, is) in &domains {
        for (_, before, file) in super::versions::differing(*was, *is, |it| &it.bindings) {
            let before = before.and_then(|file| file.as_binding());
            let Some((file, binding)) = file.and_then(|file| Some((file, file.as_binding()?)))
            else {
                continue;
            };
            for import in &binding.imports {
                if !is_as_it_was(import, before) {
                    of_import(proposal, name, &file.path, import, told);
                }
            }
        }
    }
}

fn is_as_it_was(import: &Import, before: Option<&Arc<BindingFile>>) -> bool {
    let same = |it: &&Import| (&it.contract, &it.from) == (&import.contract, &import.from);
    let was = before.and_then(|binding| binding.imports.iter().find(same));
    was.is_some_and(|was| was.version_text == import.version_text)
}

fn of_import<'a>(
    proposal: &Proposal<'a>,
    domain: &Name,
    path: &str,
    import: &Import,
    told: &mut Told<'a>,
) {
    let realm = proposal.proposed;
    let of = realm.domain_of_import(domain, import);
    let contract = of.and_then(|of| Some((of, realm.contract(of, &import.contract)?)));
    let Some((of, contract)) = contract.filter(|(_, contract)| contract.value.is_some()) else {
        return;
    };
    let (Some(range), Some(version)) = (&import.version, &contract.version) else {
        return;
    };
    if range.matches(version) {
        return;
    }
    let where_to = match range {
        range if range.is_above(version) => "above",
        range if range.is_below(version) => "below",
        _ => "outside",
    };
    let message = format!(
        "`{}` is at {version}, {where_to} the range `{}`: who follows it by that is broken from the first day",
        import.contract,
        import.version_text.as_deref().unwrap_or_default(),
    );
    let item = [Step::Key("imports"), Step::Index(import.index)];
    let way = Way::Value(vec![item[0], item[1], Step::Key("version")]);
    let loose = Loose::new(ProblemCode::ImportBroken, way, message);
    let version = Way::Value(vec![Step::Key("version")]);
    let place = contract_path(of, &import.contract);
    told.tell(
        path,
        loose.relate(place, version, "the contract's version".to_owned()),
    );
}
