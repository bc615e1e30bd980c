//! One contract twice in one binding.

use std::collections::HashMap;

use super::{Beside, Loose, Way};
use crate::model::ImportFrom;
use crate::names::Name;
use crate::problem::ProblemCode;
use crate::spans::Step;

pub(super) fn of_file(beside: &mut Beside<'_>) {
    let file = beside.file;
    let Some(binding) = file.as_binding() else {
        return;
    };
    let mut exported: HashMap<&Name, usize> = HashMap::new();
    for export in &binding.exports {
        if let Some(first) = exported.get(&export.contract) {
            let message = format!(
                "`{}` is exported twice by this file: put its source files into one entry; the \
                 first counts",
                export.contract
            );
            twice(beside, "exports", [export.index, *first], message);
        } else {
            exported.insert(&export.contract, export.index);
        }
    }
    let mut imported: HashMap<(&Name, Option<&ImportFrom>), usize> = HashMap::new();
    for import in &binding.imports {
        let key = (&import.contract, import.from.as_ref());
        if let Some(first) = imported.get(&key) {
            let message = format!(
                "`{}` is imported twice by this file: put the files that follow it into one \
                 `binding`",
                import.contract
            );
            twice(beside, "imports", [import.index, *first], message);
        } else {
            imported.insert(key, import.index);
        }
    }
}

fn twice(beside: &mut Beside<'_>, list: &'static str, at: [usize; 2], message: String) {
    let [second, first] = at.map(|index| {
        let route = [Step::Key(list), Step::Index(index), Step::Key("contract")];
        Way::Value(route.to_vec())
    });
    let path = beside.file.path.clone();
    let loose = Loose::new(ProblemCode::RealmSchema, second, message);
    beside.tell(loose.relate(path, first, "the first".to_owned()));
}
