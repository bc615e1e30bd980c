//! A contract as the analysis sees it from one repository: what is declared, how it is detected,
//! who imports it and what of it each of them uses. Made once per state of the realm, not per
//! keystroke.

use std::sync::{Arc, OnceLock};

use blue_compat::schema::{SchemaViolation, Validator, compile};
use blue_detect::{Bucket, Op, PlacedSite};
use blue_pattern::{Pattern, Verdict, covers, intersects};
use blue_realm::{
    ContractFile, Detector, Export, Import, Match, ParsedFile, ProblemCode, Realm, SourceSet,
    Spans, Step, binding_path, contract_path, key_span_of,
};
use blue_text::Span;
use rustc_hash::FxHashMap;
use semver::Version;

use crate::accept::Broken;
use crate::db::{Db, RealmInput, RepoInput};
use crate::detectors::Detectors;
use crate::finding::{Place, Root};
use crate::leaves::{Leaf, is_below, pointer_of};

/// A value that the contract declares: an element of a list of strings in one of its fields.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) field: Arc<str>,
    pub(crate) index: usize,
    pub(crate) text: Arc<str>,
    pub(crate) pattern: Pattern,
    /// Where it is in the value, where it is no element of a list that is a field.
    leaf: Option<Arc<str>>,
}

impl Declared {
    /// A part of the value that a constant is read for.
    pub(crate) fn of_leaf(leaf: &Leaf) -> Declared {
        Declared {
            leaf: Some(leaf.pointer.clone()),
            ..Declared::new(leaf.field.clone(), 0, &leaf.text)
        }
    }

    /// Where it is in the contract's value (RFC 6901).
    pub(crate) fn pointer(&self) -> Arc<str> {
        match &self.leaf {
            Some(pointer) => pointer.clone(),
            None => format!("{}/{}", pointer_of(Some(&self.field)), self.index).into(),
        }
    }

    /// Whether a JSON pointer into the contract's value leads to it, or to its field.
    pub(crate) fn is_at(&self, pointer: &str) -> bool {
        if let Some(leaf) = &self.leaf {
            return is_below(leaf, pointer);
        }
        let Some(pointer) = pointer.strip_prefix('/') else {
            return false;
        };
        let mut steps = pointer.split('/');
        let field = steps.next().unwrap_or_default();
        let field = field.replace("~1", "/").replace("~0", "~");
        let index = steps.next().map(str::parse::<usize>);
        *field == *self.field
            && match index {
                None => true,
                Some(Ok(index)) => index == self.index,
                Some(Err(_)) => false,
            }
    }

    pub(crate) fn new(field: Arc<str>, index: usize, text: &str) -> Declared {
        Declared {
            field,
            index,
            text: text.into(),
            pattern: Pattern::parse(text),
            leaf: None,
        }
    }
}

/// Somebody who imports the contract.
#[derive(Debug, Clone)]
pub(crate) struct Importer {
    pub(crate) repo: Arc<str>,
    /// Of the binding that imports it.
    pub(crate) domain: Arc<str>,
    pub(crate) import: Import,
    /// The import in the realm's binding file.
    pub(crate) place: Place,
}

impl Importer {
    /// Whether it relies on a value of the contract.
    pub(crate) fn uses(&self, value: &Declared) -> bool {
        import_uses(&self.import, value)
    }

    /// Whether a change can break it: one that has followed no version, and whose range the version
    /// of record is outside of, has nothing yet that could break.
    pub(crate) fn can_break(&self, of_record: Option<&Version>) -> bool {
        let range = self.import.version.as_ref();
        let satisfied = range
            .zip(of_record)
            .is_some_and(|(range, version)| range.matches(version));
        self.import.resolved_version.is_some() || satisfied
    }

    /// As somebody whom a change breaks.
    pub(crate) fn broken(&self) -> Broken {
        Broken {
            repo: self.repo.clone(),
            domain: self.domain.clone(),
        }
    }

    /// Its name with its range: `fungal-image-analysis (>=1.0.0, <2.0.0)`.
    pub(crate) fn named(&self) -> String {
        match &self.import.version_text {
            Some(range) => format!("{} ({range})", self.repo),
            None => self.repo.to_string(),
        }
    }
}

/// Whether an import's `uses` takes in a value; without `uses` it takes in all.
pub(crate) fn import_uses(import: &Import, value: &Declared) -> bool {
    let Some(uses) = &import.uses else {
        return true;
    };
    uses.iter().any(|entry| match entry.strip_prefix('/') {
        Some(_) => value.is_at(entry),
        None => {
            let used = Pattern::parse(entry);
            used == value.pattern || intersects(&used, &value.pattern)
        }
    })
}

/// Whether an import relies on what stands at a JSON pointer of a contract's value: the part `value`
/// there, or what lies above or below it. Without `uses` it relies on all.
pub fn relies_on(import: &Import, pointer: &str, value: &serde_json::Value) -> bool {
    let Some(uses) = &import.uses else {
        return true;
    };
    let is_below = |a: &str, b: &str| {
        let rest = a.strip_prefix(b);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    uses.iter()
        .any(|entry| match (entry.starts_with('/'), value) {
            (true, _) => is_below(pointer, entry) || is_below(entry, pointer),
            (false, serde_json::Value::String(text)) => {
                let (used, gone) = (Pattern::parse(entry), Pattern::parse(text));
                used == gone || intersects(&used, &gone)
            }
            // A whole field, or something else than a pattern: what is used may be in it.
            (false, _) => true,
        })
}

/// The declared values of a contract: members of its value that are lists of strings.
pub(crate) fn declared_values(value: Option<&serde_json::Value>) -> Vec<Declared> {
    let Some(serde_json::Value::Object(fields)) = value else {
        return Vec::new();
    };
    let mut declared = Vec::new();
    for (field, list) in fields {
        let Some(list) = list.as_array() else {
            continue;
        };
        let field: Arc<str> = field.as_str().into();
        for (index, text) in list.iter().enumerate() {
            let Some(text) = text.as_str() else { continue };
            declared.push(Declared::new(field.clone(), index, text));
        }
    }
    declared
}

/// Which sites a contract is about, and where they go in its value.
#[derive(Debug, Clone, Default)]
pub(crate) struct S3Detector {
    buckets: Vec<Arc<str>>,
    fields: Vec<(Arc<str>, Arc<str>)>,
}

impl S3Detector {
    /// The field of the value that a site's operation goes into.
    pub(crate) fn field(&self, site: &PlacedSite) -> Option<Arc<str>> {
        if let Some(stated) = &site.stated {
            return Some(stated.as_str().into());
        }
        let op = site.op.as_str();
        let mapped = self.fields.iter().find(|(from, _)| **from == *op);
        match (mapped, site.op) {
            (Some((_, field)), _) => Some(field.clone()),
            (None, Op::Grant) => None,
            (None, Op::List) => Some("read".into()),
            (None, _) => Some(op.into()),
        }
    }

    /// Whether a site's bucket is one of the contract's; one that is not known may be.
    pub(crate) fn takes(&self, bucket: Option<&Bucket>) -> bool {
        match bucket {
            _ if self.buckets.is_empty() => true,
            Some(Bucket::Known(name)) => self.buckets.iter().any(|bucket| **bucket == **name),
            Some(Bucket::Env(name)) => {
                let named: Vec<_> = self
                    .buckets
                    .iter()
                    .filter_map(|b| b.strip_prefix("env:"))
                    .collect();
                named.is_empty() || named.contains(&name.as_str())
            }
            None => true,
        }
    }

    /// Whether a site can go into a field: what no operation goes into is never seen in code, unless
    /// a comment states it.
    pub(crate) fn detects(&self, field: &str) -> bool {
        let mapped = |op: Op| self.fields.iter().find(|(from, _)| **from == *op.as_str());
        let into = |op: Op, unless: &str| match mapped(op) {
            Some((_, into)) => **into == *field,
            None => field == unless,
        };
        into(Op::Read, "read")
            || into(Op::Write, "write")
            || into(Op::Delete, "delete")
            || into(Op::List, "read")
    }

    /// The fields of grants that let an importer do what a field of the value asks for: those whose
    /// operations go into it.
    pub(crate) fn granted_by(&self, field: &str) -> Vec<&'static str> {
        let into = |op: &&'static str| {
            let mapped = self.fields.iter().find(|(from, _)| **from == **op);
            mapped.map_or(*op, |(_, into)| into) == field
        };
        ["read", "write", "delete"]
            .iter()
            .copied()
            .filter(|op| into(op))
            .collect()
    }

    /// Whether a bucket is known to be one of the contract's.
    pub(crate) fn surely_takes(&self, bucket: Option<&Bucket>) -> bool {
        self.buckets.is_empty() || (bucket.is_some() && self.takes(bucket))
    }

    /// Whether the binding names no two buckets, of which a value may lie in either.
    pub(crate) fn is_of_one_bucket(&self) -> bool {
        self.buckets.len() <= 1
    }

    /// Whether a grant in a bucket may be about the contract's: not in one that is known to be
    /// another. Which one a variable names is not known here.
    pub(crate) fn may_be_granted_in(&self, bucket: Option<&Bucket>) -> bool {
        match bucket {
            Some(Bucket::Known(name)) => {
                let may_be = |own: &Arc<str>| **own == **name || own.starts_with("env:");
                self.buckets.is_empty() || self.buckets.iter().any(may_be)
            }
            _ => true,
        }
    }
}

/// Whether anything finds a contract's value in the code that an export names.
#[must_use]
pub fn finds_value(export: &Export, contract: &ContractFile) -> bool {
    s3_detector(export, contract).is_some() || !Detectors::of(export).is_empty()
}

fn s3_detector(export: &Export, contract: &ContractFile) -> Option<S3Detector> {
    if export.detect.is_empty() {
        return has_access_fields(contract).then(S3Detector::default);
    }
    let mut found: Option<S3Detector> = None;
    for detector in &export.detect {
        let Detector::S3 {
            buckets, fields, ..
        } = detector
        else {
            continue;
        };
        let made = found.get_or_insert_with(S3Detector::default);
        made.buckets.extend(buckets.iter().cloned());
        made.fields
            .extend(fields.iter().map(|(op, field)| (op.clone(), field.clone())));
    }
    found
}

/// Whether a contract's value has the shape that the default detector is for.
fn has_access_fields(contract: &ContractFile) -> bool {
    let names = ["read", "write", "delete"];
    if contract.value.as_ref().is_some_and(|it| !it.is_object()) {
        return false;
    }
    let value = contract.value.as_ref().and_then(|value| value.as_object());
    let schema = contract
        .schema
        .as_ref()
        .and_then(|schema| schema.get("properties"));
    match (value, schema.and_then(|properties| properties.as_object())) {
        (Some(value), _) if names.iter().any(|name| value.contains_key(*name)) => true,
        (_, Some(properties)) => names.iter().any(|name| properties.contains_key(*name)),
        (None, None) => true,
        _ => false,
    }
}

/// A contract that a repository exports.
#[derive(Debug, Clone)]
pub(crate) struct ExportModel {
    pub(crate) realm: Arc<str>,
    pub(crate) domain: Arc<str>,
    pub(crate) contract: Arc<ContractFile>,
    pub(crate) export: Export,
    pub(crate) sources: SourceSet,
    pub(crate) detector: Option<S3Detector>,
    /// Constants and queries that its value is found by.
    pub(crate) others: Detectors,
    pub(crate) declared: Vec<Declared>,
    /// The contract in the realm's working tree, where it is ahead of the record.
    pub(crate) proposal: Option<Arc<ContractFile>>,
    /// What that declares.
    pub(crate) proposed: Vec<Declared>,
    by_value: FxHashMap<(Arc<str>, Pattern), usize>,
    /// See [`ExportModel::judge`].
    judge: OnceLock<Option<Judge>>,
    pub(crate) importers: Vec<Importer>,
    /// The contract in the realm.
    pub(crate) place: Place,
    /// The contract's schema in the realm.
    pub(crate) schema: Place,
    /// The export in the realm's binding file.
    pub(crate) binding: Place,
    /// Each pattern of its source files there.
    pub(crate) patterns: Vec<Place>,
    /// The commit that the declared value was read from.
    pub(crate) source_commit: Option<Arc<str>>,
}

/// A contract's schema, compiled, and what it refuses of the value in the realm.
type Judge = (Validator, Vec<SchemaViolation>);

impl ExportModel {
    /// The schema, compiled when it is first asked for; nothing where there is none that can be used. With it, what
    /// it refuses of the value as it is.
    pub(crate) fn judge(&self) -> Option<&Judge> {
        let judge = self.judge.get_or_init(|| {
            let validator = compile(self.contract.schema.as_ref()?).ok()?;
            let refused = match &self.contract.value {
                Some(value) => validator.violations(value),
                None => validator.violations(&serde_json::json!({})),
            };
            Some((validator, refused))
        });
        judge.as_ref()
    }

    /// The declared value that is this very pattern.
    pub(crate) fn declared(&self, field: &Arc<str>, pattern: &Pattern) -> Option<&Declared> {
        let key = (field.clone(), pattern.clone());
        self.by_value.get(&key).map(|index| &self.declared[*index])
    }

    /// Whether anything finds its value in code.
    pub(crate) fn is_detected(&self) -> bool {
        self.detector.is_some() || !self.others.is_empty()
    }

    /// Whether the realm's working tree declares a value already.
    pub(crate) fn proposes(&self, field: &str, pattern: &Pattern) -> bool {
        let mut proposed = self.proposed.iter();
        proposed.any(|value| *value.field == *field && value.pattern == *pattern)
    }

    /// A declared value that covers a pattern.
    pub(crate) fn covering(&self, field: &str, pattern: &Pattern) -> Option<&Declared> {
        self.declared
            .iter()
            .find(|d| *d.field == *field && covers(&d.pattern, pattern) == Verdict::Yes)
    }

    /// Whether a declared pattern that covers a value will do.
    pub(crate) fn matches_by_cover(&self) -> bool {
        self.export.matching == Match::Covers
    }

    /// The version it has; nothing before its first release.
    pub(crate) fn version(&self) -> Option<&Version> {
        self.contract
            .version
            .as_ref()
            .filter(|_| self.contract.value.is_some())
    }
}

/// A contract that a repository imports.
#[derive(Debug, Clone)]
pub(crate) struct ImportModel {
    pub(crate) realm: Arc<str>,
    pub(crate) domain: Arc<str>,
    /// The domain of the binding, which is another one where the import has a `from`.
    pub(crate) bound_in: Arc<str>,
    pub(crate) import: Import,
    /// Nothing where the realm has no such contract (another finding says so).
    pub(crate) contract: Option<Arc<ContractFile>>,
    pub(crate) declared: Vec<Declared>,
    /// The contract in the realm's working tree, where it is ahead of the record.
    pub(crate) proposal: Option<Arc<ContractFile>>,
    /// What that declares.
    pub(crate) proposed: Vec<Declared>,
    /// What the version declared that the import follows, where that is another one and has a file.
    pub(crate) followed: Option<Vec<Declared>>,
    /// What the exporter looks for; nothing for a contract of another shape, which no grant covers.
    pub(crate) detector: Option<S3Detector>,
    pub(crate) contract_place: Option<Place>,
    /// Each entry of the contract's `deprecated`.
    pub(crate) deprecated: Vec<Place>,
    /// The range in the binding's YAML.
    pub(crate) version_place: Place,
    /// Each path of its `binding` there.
    pub(crate) paths: Vec<Place>,
}

impl ImportModel {
    /// The contract with the version of record: `s3-permissions 1.4.0`.
    pub(crate) fn named(&self) -> String {
        let name = &self.import.contract;
        let version = self.contract.as_ref().and_then(|it| it.version.as_ref());
        match version {
            Some(version) => format!("{name} {version}"),
            None => name.to_string(),
        }
    }

    /// Whether all values are known that the bound files may have to grant: of the record, and of
    /// the version that is followed.
    pub(crate) fn is_whole(&self) -> bool {
        let Some(contract) = &self.contract else {
            return false;
        };
        let resolved = self.import.resolved_version.as_ref();
        contract.value.is_some()
            && (resolved.is_none_or(|resolved| Some(resolved) == contract.version.as_ref())
                || self.followed.is_some())
    }
}

/// The contract in a realm's working tree, where it is ahead of the record: a later version, or the
/// same with another value or schema. An earlier one is a checkout that is behind.
fn proposal(db: &dyn Db, realm: RealmInput, domain: &str, name: &str) -> Option<Arc<ContractFile>> {
    let record = realm.record(db).contract(domain, name)?;
    let working = realm.working(db).as_ref()?;
    if is_half_written(working, realm.record(db), &contract_path(domain, name)) {
        return None;
    }
    let working = working.contract(domain, name)?;
    let differs = working.value != record.value || working.schema != record.schema;
    // What stands where the checkout began is nobody's proposal.
    let base = realm.proposal(db).base.as_ref();
    let base = base.and_then(|base| base.contract(domain, name));
    if base.is_some_and(|base| {
        base.version == working.version
            && base.value == working.value
            && base.schema == working.schema
    }) {
        return None;
    }
    let is_ahead = match (&working.version, &record.version) {
        (Some(working), Some(record)) => working > record || (working == record && differs),
        (Some(_), None) => true,
        (None, _) => false,
    };
    // An item of a list that has nothing in it yet.
    let is_half = || refuses_itself(working) && !refuses_itself(record);
    (is_ahead && !is_half()).then(|| working.clone())
}

/// Whether a file of a realm is no YAML, or not of its shape, where the record's is: what it says is half typed.
fn is_half_written(working: &Realm, record: &Realm, path: &str) -> bool {
    let is_broken = |realm: &Realm| {
        let mut problems = realm.file(path).into_iter().flat_map(|file| &file.problems);
        let codes = [
            ProblemCode::RealmSyntax,
            ProblemCode::RealmSchema,
            ProblemCode::BadVersion,
        ];
        problems.any(|it| codes.contains(&it.code))
    };
    is_broken(working) && !is_broken(record)
}

/// Whether a contract's schema refuses its value.
fn refuses_itself(contract: &ContractFile) -> bool {
    let schema = contract.schema.as_ref().and_then(|it| compile(it).ok());
    let both = schema.zip(contract.value.as_ref());
    both.is_some_and(|(schema, value)| !schema.violations(value).is_empty())
}

/// The text of a realm's file that places are given in: the working tree's, where there is one.
pub(crate) fn shown_file<'a>(
    db: &'a dyn Db,
    realm: RealmInput,
    path: &str,
) -> Option<&'a Arc<ParsedFile>> {
    let working = realm
        .working(db)
        .as_ref()
        .and_then(|working| working.file(path));
    working.or_else(|| realm.record(db).file(path))
}

pub(crate) fn place_in(
    db: &dyn Db,
    realm: RealmInput,
    path: &str,
    routes: &[&[Step<'_>]],
) -> Place {
    let text = shown_file(db, realm, path)
        .map(|file| file.text.clone())
        .unwrap_or_default();
    let spans = Spans::new(&text);
    let span = routes.iter().find_map(|route| spans.as_ref()?.value(route));
    Place {
        root: Root::Realm(realm.name(db).clone()),
        path: path.into(),
        span: span.unwrap_or_else(|| first_line(&text)),
    }
}

/// The key of a contract's schema: the schema itself is many lines.
fn schema_place(db: &dyn Db, realm: RealmInput, domain: &str, contract: &str) -> Place {
    let path = contract_path(domain, contract);
    let mut place = place_in(db, realm, &path, &[&[Step::Key("name")]]);
    let file = shown_file(db, realm, &path);
    let key = file.and_then(|file| key_span_of(&file.text, &[Step::Key("schema")]));
    place.span = key.unwrap_or(place.span);
    place
}

/// Each entry of a contract's `deprecated`: what it is about.
fn deprecated_places(
    db: &dyn Db,
    realm: RealmInput,
    domain: &str,
    contract: Option<&ContractFile>,
) -> Vec<Place> {
    let Some(contract) = contract else {
        return Vec::new();
    };
    let path = contract_path(domain, &contract.name);
    let places = (0..contract.deprecated.len()).map(|index| {
        let entry = [Step::Key("deprecated"), Step::Index(index)];
        let value = [entry[0], entry[1], Step::Key("value")];
        let pointer = [entry[0], entry[1], Step::Key("pointer")];
        place_in(db, realm, &path, &[&value, &pointer, &entry])
    });
    places.collect()
}

pub(crate) fn first_line(text: &str) -> Span {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    Span::new(0, end as u32)
}

/// All contracts that a repository exports, in the order of realms, domains and bindings. One that belongs to another
/// repository is none of them, whatever the binding says: what its owner's code has is not gone because it is not
/// here. The realm's own findings tell that binding.
#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn exports(db: &dyn Db, repo: RepoInput) -> Arc<[Arc<ExportModel>]> {
    let name = repo.name(db);
    let mut found = Vec::new();
    for realm in repo.realms(db).iter() {
        let record = realm.record(db);
        for domain in record.domains_of(name) {
            let Some(binding) = record.binding(&domain.name, name) else {
                continue;
            };
            for export in &binding.exports {
                let Some(contract) = record.contract(&domain.name, &export.contract) else {
                    continue;
                };
                if contract.owner.as_ref().is_some_and(|owner| owner != name) {
                    continue;
                }
                let model = export_model(db, *realm, record, &domain.name, contract, export, name);
                found.push(Arc::new(model));
            }
        }
    }
    found.into()
}

fn export_model(
    db: &dyn Db,
    realm: RealmInput,
    record: &Realm,
    domain: &Arc<str>,
    contract: &Arc<ContractFile>,
    export: &Export,
    repo: &str,
) -> ExportModel {
    let others = Detectors::of(export);
    let declared = others.declared(contract.value.as_ref());
    let proposal = proposal(db, realm, domain, &contract.name);
    let proposed = proposal.as_ref();
    let proposed = proposed.map(|proposal| others.declared(proposal.value.as_ref()));
    let by_value = declared
        .iter()
        .enumerate()
        .map(|(index, value)| ((value.field.clone(), value.pattern.clone()), index))
        .collect();
    let importers = record
        .importers_of(domain, &contract.name)
        .into_iter()
        .map(|importer| {
            let path = binding_path(importer.domain, importer.repo);
            let entry = [Step::Key("imports"), Step::Index(importer.import.index)];
            let version = [entry[0], entry[1], Step::Key("version")];
            Importer {
                repo: importer.repo.clone(),
                domain: importer.domain.clone(),
                import: importer.import.clone(),
                place: place_in(db, realm, &path, &[&version, &entry]),
            }
        });
    let binding = binding_path(domain, repo);
    let entry = [Step::Key("exports"), Step::Index(export.index)];
    let sources = [entry[0], entry[1], Step::Key("source_files")];
    ExportModel {
        realm: realm.name(db).clone(),
        domain: domain.clone(),
        contract: contract.clone(),
        export: export.clone(),
        sources: SourceSet::new(&export.source_files).0,
        detector: s3_detector(export, contract),
        others,
        declared,
        proposal,
        proposed: proposed.unwrap_or_default(),
        by_value,
        judge: OnceLock::new(),
        importers: importers.collect(),
        place: place_in(
            db,
            realm,
            &contract_path(domain, &contract.name),
            &[&[Step::Key("version")], &[Step::Key("name")]],
        ),
        schema: schema_place(db, realm, domain, &contract.name),
        patterns: (0..export.source_files.len())
            .map(|index| {
                let pattern = [sources[0], sources[1], sources[2], Step::Index(index)];
                place_in(db, realm, &binding, &[&pattern, &sources, &entry])
            })
            .collect(),
        binding: place_in(db, realm, &binding, &[&sources, &entry]),
        source_commit: contract
            .evolution
            .last()
            .and_then(|entry| entry.source.as_ref())
            .and_then(|source| source.commit.clone()),
    }
}

/// All contracts that a repository imports, in the order of realms, domains and bindings.
#[salsa::tracked(returns(clone), no_eq)]
pub(crate) fn imports(db: &dyn Db, repo: RepoInput) -> Arc<[Arc<ImportModel>]> {
    let name = repo.name(db);
    let mut found = Vec::new();
    for realm in repo.realms(db).iter() {
        let record = realm.record(db);
        for domain in record.domains_of(name) {
            let Some(binding) = record.binding(&domain.name, name) else {
                continue;
            };
            for import in &binding.imports {
                // What another realm says is not known here.
                let Some(of) = record.domain_of_import(&domain.name, import) else {
                    continue;
                };
                let of: Arc<str> = of.into();
                found.push(Arc::new(import_model(
                    db,
                    *realm,
                    &domain.name,
                    &of,
                    import,
                    name,
                )));
            }
        }
    }
    found.into()
}

/// The files bound to imports of which nothing is known here: of another realm, or of a contract
/// that does not exist. What they grant may be for these.
pub(crate) fn unknown_imports(db: &dyn Db, repo: RepoInput) -> Vec<Arc<str>> {
    let name = repo.name(db);
    let mut found = Vec::new();
    for realm in repo.realms(db).iter() {
        let record = realm.record(db);
        for domain in record.domains_of(name) {
            let binding = record.binding(&domain.name, name);
            for import in binding.iter().flat_map(|binding| &binding.imports) {
                let of = record.domain_of_import(&domain.name, import);
                let contract = of.and_then(|of| record.contract(of, &import.contract));
                if contract.is_none() {
                    found.extend(import.binding.iter().map(|(_, path)| path.clone()));
                }
            }
        }
    }
    found
}

fn import_model(
    db: &dyn Db,
    realm: RealmInput,
    bound_in: &str,
    domain: &Arc<str>,
    import: &Import,
    repo: &str,
) -> ImportModel {
    let record = realm.record(db);
    let contract = record.contract(domain, &import.contract).cloned();
    let export = record.export_of(domain, &import.contract);
    let detector = contract.as_ref().and_then(|contract| {
        let named = export.and_then(|(_, export)| s3_detector(export, contract));
        named.or_else(|| has_access_fields(contract).then(S3Detector::default))
    });
    let values = |contract: &Arc<ContractFile>| declared_values(contract.value.as_ref());
    let proposal = proposal(db, realm, domain, &import.contract);
    let resolved = import.resolved_version.as_ref();
    let release = resolved.and_then(|it| record.release(domain, &import.contract, it));
    let path = binding_path(bound_in, repo);
    let entry = [Step::Key("imports"), Step::Index(import.index)];
    let version = [entry[0], entry[1], Step::Key("version")];
    ImportModel {
        realm: realm.name(db).clone(),
        domain: domain.clone(),
        bound_in: bound_in.into(),
        import: import.clone(),
        declared: contract.as_ref().map(values).unwrap_or_default(),
        proposed: proposal.as_ref().map(values).unwrap_or_default(),
        proposal,
        followed: release.map(|release| declared_values(release.value.as_ref())),
        deprecated: deprecated_places(db, realm, domain, contract.as_deref()),
        contract_place: contract.as_ref().map(|contract| {
            let path = contract_path(domain, &contract.name);
            place_in(db, realm, &path, &[&[Step::Key("version")]])
        }),
        contract,
        detector,
        version_place: place_in(db, realm, &path, &[&version, &entry]),
        paths: (0..import.binding.len())
            .map(|index| {
                let list = [entry[0], entry[1], Step::Key("binding")];
                let one = [list[0], list[1], list[2], Step::Index(index)];
                place_in(db, realm, &path, &[&one, &list, &entry])
            })
            .collect(),
    }
}
