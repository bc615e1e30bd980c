//! Grants that nothing needs: beside what a contract asks for, a statement of an importer's policy
//! allows more, left over from a value that was removed or meant for something Blue knows nothing of.
//!
//! A person who takes out a grant that was needed after all breaks a program. So only what is known
//! in every respect is told: the keys, the bucket, all contracts that the file is bound to, the
//! version that each of them is at and the one it goes to, also by a sync that waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use blue_detect::{Bucket, Effect, PlacedGrant, Resource};
use blue_pattern::{Pattern, Verdict, covers, intersects};

use crate::contract::{
    Declared, ImportModel, S3Detector, exports, import_uses, imports, unknown_imports,
};
use crate::db::{Db, RepoInput, poll};
use crate::draft::Draft;
use crate::export::in_words;
use crate::finding::{ChangeData, Code, Place, Related, Root};
use crate::pending::coming_values;
use crate::program::placed_grants;

/// What one contract asks for in a file.
struct Need<'a> {
    detector: &'a S3Detector,
    values: Vec<&'a Declared>,
    /// Of a contract that is imported; the repository's own are needed as well.
    import: Option<&'a ImportModel>,
}

/// A grant that nothing needs.
struct Excess<'a> {
    /// The import that its statement is about.
    import: &'a ImportModel,
    pattern: String,
    place: Place,
    /// The contract has it, and the import does not use it.
    is_unused: bool,
}

/// The same in several places: by the import's number, the fields and the pattern.
type Places = BTreeMap<(usize, String, String), (bool, Vec<Place>)>;

impl Need<'_> {
    /// Whether a resource of a grant gives one of the values.
    fn is_covered(&self, grant: &PlacedGrant, resource: &Resource) -> bool {
        let reached = grant.grant.fields();
        self.any(resource, |keys, value| {
            let asked = self.detector.granted_by(&value.field);
            asked.iter().any(|field| reached.contains(field))
                && covers(keys, &value.pattern) == Verdict::Yes
        })
    }

    /// Whether a resource has to do with one of the values: a part of it, or all of it in another
    /// field. What is written may be read back, and wrong actions are no needless resource.
    fn is_touched(&self, resource: &Resource) -> bool {
        self.any(resource, |keys, value| intersects(keys, &value.pattern))
    }

    fn any(&self, resource: &Resource, is_it: impl Fn(&Pattern, &Declared) -> bool) -> bool {
        let Some(keys) = &resource.keys else {
            return false;
        };
        self.detector.may_be_granted_in(resource.bucket.as_ref())
            && self.values.iter().any(|value| is_it(keys, value))
    }
}

/// The grants of bound files that no contract needs: of each contract, fields and pattern one.
pub(crate) fn excess_findings(db: &dyn Db, repo: RepoInput) -> Vec<Draft> {
    if !repo.unreachable(db).is_empty() {
        return Vec::new(); // A realm that cannot be read may need anything.
    }
    let models = imports(db, repo);
    let unknown = unknown_imports(db, repo);
    let own = exports(db, repo);
    let paths = models.iter().flat_map(|model| &model.import.binding);
    let paths: BTreeSet<&Arc<str>> = paths.map(|(_, path)| path).collect();
    let mut found = Places::new();
    for path in paths {
        poll(db);
        let bound = models.iter().filter(|model| is_bound(model, path));
        let bound: Vec<&ImportModel> = bound.map(|model| &**model).collect();
        if unknown.contains(path) || !bound.iter().all(|model| model.is_whole()) {
            continue;
        }
        let coming: Vec<Vec<Declared>> = bound
            .iter()
            .map(|model| coming_values(db, repo, model))
            .collect();
        let bound = bound.iter().zip(&coming);
        let imported = bound.filter_map(|(model, coming)| Need::of_import(model, coming));
        let exported = own.iter().filter_map(|model| {
            Some(Need {
                detector: model.detector.as_ref()?,
                values: model.declared.iter().chain(&model.proposed).collect(),
                import: None,
            })
        });
        let needs: Vec<Need<'_>> = imported.chain(exported).collect();
        let Some((file, _)) = repo.tree(db).files(db).at(path) else {
            continue;
        };
        for grant in placed_grants(db, repo.tree(db), file).iter() {
            for excess in excess(grant, &needs, path) {
                let is_it = |model: &Arc<ImportModel>| std::ptr::eq(&**model, excess.import);
                let at = models.iter().position(is_it).unwrap_or_default();
                let fields = in_words(&grant.grant.fields(), "and");
                let found = found.entry((at, fields, excess.pattern)).or_default();
                found.0 |= excess.is_unused;
                found.1.push(excess.place);
            }
        }
    }
    let drafts = found.into_iter().map(|((at, fields, pattern), found)| {
        draft(db, repo, &models, (at, &fields, &pattern), found)
    });
    drafts.collect()
}

fn is_bound(model: &ImportModel, path: &str) -> bool {
    model
        .import
        .binding
        .iter()
        .any(|(_, bound)| **bound == *path)
}

impl<'a> Need<'a> {
    fn of_import(model: &'a ImportModel, coming: &'a [Declared]) -> Option<Need<'a>> {
        let values = model.declared.iter().chain(&model.proposed).chain(coming);
        let values = values.chain(model.followed.iter().flatten());
        Some(Need {
            detector: model.detector.as_ref()?,
            values: values.filter(|d| import_uses(&model.import, d)).collect(),
            import: Some(model),
        })
    }
}

/// The elements of a grant that nothing needs, if it is a contract's at all.
fn excess<'a>(grant: &PlacedGrant, needs: &[Need<'a>], path: &Arc<str>) -> Vec<Excess<'a>> {
    let mut found = Vec::new();
    if grant.grant.effect != Effect::Allow
        || grant.grant.fields().is_empty()
        || grant.grant.unknown_actions.is_some()
    {
        return found;
    }
    let resources = &grant.grant.resources;
    let covered = |need: &&Need<'_>| resources.iter().any(|r| need.is_covered(grant, r));
    let import = needs.iter().find(covered).and_then(|need| need.import);
    let Some(import) = import else { return found };
    // One bucket is told from another only by its name.
    let buckets: Vec<&Bucket> = resources
        .iter()
        .filter(|r| needs.iter().any(|need| need.is_covered(grant, r)))
        .filter_map(|resource| resource.bucket.as_ref())
        .collect();
    let needless = |resource: &&Resource| {
        let bucket = resource.bucket.as_ref();
        resource.is_whole
            && resource.keys.is_some()
            && bucket.is_some_and(|bucket| buckets.contains(&bucket))
            && !needs.iter().any(|need| need.is_touched(resource))
    };
    for resource in resources.iter().filter(needless) {
        let beside = resources.iter().filter(|r| r.element == resource.element);
        let all_needless = beside.clone().all(|resource| needless(&resource));
        if let (Some(keys), Some(span), true) =
            (&resource.keys, grant.element(resource), all_needless)
        {
            let place = Place {
                root: Root::Repo("".into()),
                path: path.clone(),
                span,
            };
            let declared = Need {
                detector: import.detector.as_ref().unwrap_or(needs[0].detector),
                values: import.declared.iter().collect(),
                import: None,
            };
            found.push(Excess {
                import,
                pattern: keys.to_string(),
                place,
                is_unused: declared.is_touched(resource),
            });
        }
    }
    found
}

fn draft(
    db: &dyn Db,
    repo: RepoInput,
    models: &[Arc<ImportModel>],
    (at, fields, pattern): (usize, &str, &str),
    (is_unused, places): (bool, Vec<Place>),
) -> Draft {
    let model = &models[at];
    let path = places[0].path.clone();
    let bound = models.iter().filter(|model| is_bound(model, &path));
    let names: BTreeSet<String> = bound.map(|model| model.named()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let need = match names.as_slice() {
        _ if is_unused => format!("the binding to {} does not use it", model.named()),
        [one] => format!("{one}, which {path} follows, does not need it"),
        all => format!(
            "none of {}, which {path} follows, needs it",
            in_words(all, "and")
        ),
    };
    let draft = Draft::new(Code::ImportExcess, places[0].clone())
        .message(format!(
            "`{pattern}` is granted here ({fields}), but {need}: take it out, unless something else does"
        ))
        .about_import(model, repo.name(db))
        .subject(fields, pattern)
        .sites(places)
        .change(ChangeData {
            field: Some(fields.to_owned()),
            removed: vec![pattern.to_owned()],
            ..ChangeData::default()
        })
        .fix("remove-grant", format!("Take `{pattern}` out"));
    match &model.contract_place {
        Some(place) => draft.related(Related {
            place: place.clone(),
            message: format!("{} in the realm", model.named()),
        }),
        None => draft,
    }
}
