//! Whether a value belongs into the bucket that a grant is about.
//!
//! A contract lists keys, and its binding may name several buckets or none. Which key lies in which is in the exporter's
//! code alone: where that is open beside the importer it decides what is offered, and never what is found.

use std::collections::HashSet;

use blue_detect::{Bucket, PlacedGrant};

use crate::contract::{Declared, ImportModel, exports};
use crate::db::{Db, World};
use crate::import::gives;
use crate::sites::share_out;

/// Whether a value may be granted beside what `grant` gives: its exporter uses it in the bucket that the grant names, or
/// in one in which it uses what the grant gives already. Where nobody knows, only of a contract of one bucket.
pub(crate) fn is_of_its_bucket(
    db: &dyn Db,
    model: &ImportModel,
    grant: &PlacedGrant,
    (field, text): (&str, &str),
) -> bool {
    let mut declared = model.declared.iter();
    let value = declared.find(|it| *it.field == *field && *it.text == *text);
    let Some((value, used)) = value.zip(buckets_in_code(db, model)) else {
        let detector = model.detector.as_ref();
        return detector.is_none_or(|detector| detector.is_of_one_bucket());
    };
    let own = used(value);
    if own.is_empty() || own.contains(&None) {
        return true;
    }
    let named = grant.grant.resources.iter();
    let mut granted: HashSet<Option<Bucket>> = named.map(|it| it.bucket.clone()).collect();
    let given = model.declared.iter();
    for given in given.filter(|value| gives(grant, model, value)) {
        granted.extend(used(given));
    }
    own.iter().any(|bucket| granted.contains(bucket))
}

/// In which buckets the exporter's code uses each value, where that code is open here.
fn buckets_in_code<'db>(
    db: &'db dyn Db,
    model: &ImportModel,
) -> Option<impl Fn(&Declared) -> HashSet<Option<Bucket>> + use<'db>> {
    let owner = model.contract.as_ref()?.owner.as_ref()?;
    let mut repos = World::get(db).repos(db).iter();
    let exporter = *repos.find(|repo| repo.name(db) == owner)?;
    let models = exports(db, exporter);
    let index = models.iter().position(|it| {
        (&it.realm, &it.domain, &it.contract.name)
            == (&model.realm, &model.domain, &model.import.contract)
    })?;
    let shares = share_out(db, exporter, exporter.tree(db));
    Some(move |value: &Declared| {
        let sites = shares.detected.get(index).and_then(|it| it.sites(value));
        let sites = sites.into_iter().flatten();
        sites.map(|seen| seen.site.bucket.clone()).collect()
    })
}
