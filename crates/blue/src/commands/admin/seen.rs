//! What a folder's code says to whoever joins a realm: which files touch S3 objects, and which grant access.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use blue_detect::Op;
use blue_ops::admin::NewExport;
use blue_pattern::{Pattern, intersects};
use blue_realm::{ContractFile, Detector, Export, Realm, SourceSet};
use serde_json::{Map, Value};

use crate::commands::detect;
use crate::failure::Error;
use crate::output::sites::Site;
use crate::output::visible::visible;
use crate::sources;

/// See the file's head. Paths are relative to the folder, with `/`.
#[derive(Default)]
pub(super) struct Seen {
    sites: Vec<Site>,
}

impl Seen {
    /// Looks into the code of a folder.
    pub(super) fn of(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<Seen, Error> {
        let mut seen = Seen::default();
        for sources in sources::read(folder, &[".".into()], progress)? {
            seen.sites.extend(detect::detect(&sources, &[])?);
        }
        for site in &mut seen.sites {
            let path = site.path.trim_start_matches("./").to_owned();
            site.path = path;
        }
        Ok(seen)
    }

    fn uses(&self) -> impl Iterator<Item = &Site> {
        self.sites
            .iter()
            .filter(|site| site.op != Op::Grant.as_str() && site.opaque.is_none())
    }

    /// How many places touch objects whose path is known.
    pub(super) fn count(&self) -> usize {
        self.uses().count()
    }

    /// Globs of the files that touch objects: one for each folder at the root and each kind of file.
    pub(super) fn source_files(&self) -> Vec<String> {
        let globs: BTreeSet<String> = self
            .uses()
            .map(|site| {
                let ending = site.path.rsplit_once('.').map_or("*", |(_, ending)| ending);
                match site.path.split_once('/') {
                    Some((folder, _)) => format!("{folder}/**/*.{ending}"),
                    None => site.path.clone(),
                }
            })
            .collect();
        globs.into_iter().collect()
    }

    /// The one bucket that all of it is in, where that is known.
    pub(super) fn bucket(&self) -> Option<String> {
        let mut buckets: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for site in self.uses() {
            *buckets.entry(site.bucket.as_deref()).or_default() += 1;
        }
        let (only, _) = buckets.pop_first()?;
        only.filter(|_| buckets.is_empty())
            .filter(|name| !name.starts_with("env:"))
            .map(str::to_owned)
    }

    /// What the code does to objects, as the first value of a contract: in these files, and in this bucket alone where
    /// one is named. And how many places there say nothing of what they touch.
    pub(super) fn value(&self, files: &[String], bucket: Option<&str>) -> (Value, usize) {
        let (set, _) = SourceSet::new(files);
        let is_own = |site: &&Site| {
            let is_there = match (bucket, site.bucket.as_deref()) {
                (Some(wanted), Some(bucket)) => bucket == wanted || bucket.starts_with("env:"),
                _ => true,
            };
            is_there && set.matches(&site.path)
        };
        let touching = self.sites.iter().filter(is_own);
        let touching = touching.filter(|site| site.op != Op::Grant.as_str());
        let (known, opaque): (Vec<&Site>, Vec<&Site>) =
            touching.partition(|site| site.opaque.is_none());
        let mut value = Map::new();
        for op in [Op::Read, Op::Write, Op::Delete] {
            let sites = known.iter().filter(|site| site.op == op.as_str());
            let patterns: BTreeSet<&str> = sites.map(|site| site.pattern.as_str()).collect();
            let patterns = patterns.into_iter().map(Value::from).collect();
            value.insert(op.as_str().to_owned(), Value::Array(patterns));
        }
        (Value::Object(value), opaque.len())
    }

    /// That another contract of the repository is read from the same places as one that is to be, so that a new value would
    /// be taken by neither; nothing where their files or buckets tell them apart.
    pub(super) fn tells_apart(
        &self,
        base: &Realm,
        repo: &str,
        wish: &NewExport,
    ) -> Result<(), Error> {
        if wish.constant.is_some() || wish.files.is_empty() {
            return Ok(());
        }
        let (own, _) = SourceSet::new(&wish.files);
        for domain in base.domains() {
            let binding = base.binding(&domain.name, repo);
            for export in binding.iter().flat_map(|it| &it.exports) {
                let is_itself =
                    (&*domain.name, &*export.contract) == (&*wish.domain, &*wish.contract);
                let Some(buckets) = buckets_of(export).filter(|_| !is_itself) else {
                    continue;
                };
                let (other, _) = SourceSet::new(&export.source_files);
                let is_in_both = |site: &&Site| {
                    let bucket = site.bucket.as_deref();
                    let wanted: Vec<&str> = wish.bucket.as_deref().into_iter().collect();
                    let nearest = own.specificity(&site.path);
                    nearest.is_some()
                        && nearest == other.specificity(&site.path)
                        && may_be(&wanted, bucket)
                        && may_be(&buckets, bucket)
                };
                if let Some(site) = self.uses().find(is_in_both) {
                    return Err(Error::Use {
                        message: format!(
                            "{} of {} is read from {} too, so that a new value there would belong to neither",
                            visible(&export.contract),
                            visible(&domain.name),
                            visible(&site.path)
                        ),
                        hint: format!(
                            "give {} files of its own with --files, or have a constant say it with --symbol; where each is \
                             about one bucket, `blue realm admin export` takes --bucket",
                            visible(&wish.contract)
                        ),
                    });
                }
            }
        }
        Ok(())
    }

    /// The files whose grants have to do with a contract: with one of its values, or, where it has none yet, any
    /// grant at all.
    pub(super) fn granting(&self, contract: &ContractFile) -> Vec<String> {
        let values: Vec<Pattern> = match &contract.value {
            None => Vec::new(),
            Some(value) => texts(value).into_iter().map(Pattern::parse).collect(),
        };
        let fits = |site: &&Site| {
            let granted = Pattern::parse(&site.pattern);
            values.is_empty() || values.iter().any(|value| intersects(value, &granted))
        };
        let grants = self.sites.iter().filter(|site| {
            site.op == Op::Grant.as_str() && !site.denied && !site.pattern.is_empty()
        });
        let files: BTreeSet<String> = grants.filter(fits).map(|site| site.path.clone()).collect();
        files.into_iter().collect()
    }
}

/// The buckets of an export that is read from what the code does to objects, none: any; nothing for another one.
fn buckets_of(export: &Export) -> Option<Vec<&str>> {
    if export.detect.is_empty() {
        return Some(Vec::new());
    }
    export.detect.iter().find_map(|detector| match detector {
        Detector::S3 { buckets, .. } => Some(buckets.iter().map(|it| &**it).collect()),
        _ => None,
    })
}

/// Whether what is done in a bucket, as far as that is known, is about one of these.
fn may_be(wanted: &[&str], bucket: Option<&str>) -> bool {
    match bucket {
        Some(bucket) if !bucket.starts_with("env:") => {
            wanted.is_empty() || wanted.contains(&bucket)
        }
        _ => true,
    }
}

/// The texts of a value, wherever they stand in it.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
