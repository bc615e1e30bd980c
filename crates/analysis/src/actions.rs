//! What a person can do about a finding in the text it stands in, as edits: made when somebody asks,
//! from the same state that the finding is of. A fix whose operation is not here is not offered.

use std::sync::Arc;

use blue_detect::{
    Dialect, ListElement, ListLiteral, Op, PlacedGrant, Resource, TO_FILL_IN, WrittenKey,
    comment_above, list_at, without_ignore,
};
use blue_pattern::{Pattern, Verdict, covers};
use blue_realm::format::Evolution;
use blue_realm::{FileKind, SourceSet, Step, binding_path, classify, contract_path, edit};
use blue_text::Span;
use semver::Version;

use crate::bucket::is_of_its_bucket;
use crate::contract::{ExportModel, ImportModel, exports, imports, place_in, shown_file};
use crate::db::{Db, RealmInput, RepoInput};
use crate::draft::{CONFIG, LOCAL_CONFIG};
use crate::finding::{Code, Finding, Fix, Place, Root, TextEdit};
use crate::findings::realm_text;
use crate::import::{may_be, reaches};
use crate::pending::{open_code, waiting_syncs};
use crate::program::placed_grants;
use crate::restore::restore;
use crate::sites::{lies_in, share_out};

/// Of the values that a site whose value is not known could have, so many are offered.
const CANDIDATES: usize = 3;

/// What kind of action it is: which menu it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// It mends a finding.
    QuickFix,
    /// It goes to a contract that the file has to do with.
    OpenContract,
    /// It brings to a realm what the file's repository exports.
    Sync,
    /// It says in a realm that the file's repository follows what it imports.
    Acknowledge,
}

/// What an action does to a realm, where it writes no file here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What is done.
    pub verb: RunVerb,
    /// The realm.
    pub realm: Arc<str>,
    /// The contract's domain.
    pub domain: Arc<str>,
    /// The contract.
    pub contract: Arc<str>,
}

/// What is done to a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunVerb {
    /// What the code exports is brought to it.
    Sync,
    /// It is said that the code follows.
    Acknowledge,
    /// What waits to become of the contract is shown; nothing is written.
    Change,
    /// The repositories of the contract's domain get a branch and a worktree each; the realm stays as it is.
    Worktree,
}

/// One thing a person can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `not-a-site`, `insert-grant`, … as in [`Fix::id`].
    pub id: &'static str,
    /// What the editor's menu says.
    pub title: String,
    /// Which menu it is in.
    pub kind: ActionKind,
    /// What it writes; of one file, in order and without overlap.
    pub edits: Vec<TextEdit>,
    /// What it opens.
    pub opens: Option<Place>,
    /// What it does to a realm.
    pub runs: Option<Run>,
    /// Whether it is what most would do.
    pub is_preferred: bool,
    /// Of the finding that it mends.
    pub fingerprint: Option<String>,
}

/// What there is to do about a finding, seen from `at`, one of its places.
pub(crate) fn of_finding(
    db: &dyn Db,
    repo: Option<RepoInput>,
    realms: &[RealmInput],
    finding: &Finding,
    at: &Place,
) -> Vec<Action> {
    let mut found = Vec::new();
    for fix in &finding.fixes {
        if !fix.edits.is_empty() {
            let made = fix.edits.iter().map(|edit| {
                let text = text_of(db, repo, realms, &edit.place)?;
                written(&text, edit)
            });
            let Some(made) = made.collect::<Option<Vec<_>>>() else {
                continue;
            };
            let mut action = quick_fix(finding, fix.id, fix.title.clone(), made.concat());
            let mut alike = finding.fixes.iter().filter(|other| other.id == fix.id);
            action.is_preferred = alike.nth(1).is_none();
            found.push(action);
            continue;
        }
        if fix.id == "remove-ignore" {
            let text = text_of(db, repo, realms, at);
            found.extend(remove_ignore(finding, (text, at), fix));
        }
        let Some(repo) = repo else { continue };
        let asked = Asked {
            db,
            repo,
            finding,
            at,
        };
        match fix.id {
            "not-a-site" => found.extend(asked.not_a_site(fix)),
            "state-value" => found.extend(asked.state_value()),
            "add-source-file" => found.extend(asked.add_source_file(fix)),
            "insert-grant" => found.extend(asked.insert_grant(fix)),
            "remove-grant" => found.extend(remove_grant(&asked, fix)),
            "open-contract" => found.extend(asked.open_contract(fix)),
            "sync" | "sync-major" => found.extend(asked.runs(RunVerb::Sync, fix.title.clone())),
            "acknowledge" => found.extend(asked.runs(RunVerb::Acknowledge, fix.title.clone())),
            "worktree" => found.extend(asked.runs(RunVerb::Worktree, fix.title.clone())),
            "widen-range" => found.extend(asked.widen()),
            "see-change" => found.extend(asked.runs(RunVerb::Change, fix.title.clone())),
            "open-exporter" => found.extend(asked.open_exporter(fix)),
            "restore" => found.extend(asked.restore(fix)),
            "open-binding" => found.extend(asked.open_binding(fix)),
            _ => {}
        }
    }
    if let (Code::ImportPending, Some(repo)) = (finding.code, repo) {
        let asked = Asked {
            db,
            repo,
            finding,
            at,
        };
        found.extend(asked.acknowledge_pending());
    }
    found.extend(add_evolution(db, realms, finding));
    found
}

/// What there is to do in a file of a repository, whatever is found there.
pub(crate) fn of_file(db: &dyn Db, repo: RepoInput, path: &str) -> Vec<Action> {
    let exported = exports(db, repo);
    let exported = exported.iter().filter(|model| lies_in(model, path));
    let exported = exported.map(|m| (&m.realm, &m.domain, &m.contract.name, &m.place));
    let imported = imports(db, repo);
    let names = |model: &&Arc<ImportModel>| {
        let mut bound = model.import.binding.iter();
        bound.any(|(_, bound)| **bound == *path)
    };
    let imported = imported.iter().filter(names).filter_map(|model| {
        let place = model.contract_place.as_ref()?;
        Some((&model.realm, &model.domain, &model.import.contract, place))
    });
    let mut contracts: Vec<_> = exported.chain(imported).collect();
    contracts.dedup_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2));
    let open = contracts.into_iter().map(|(_, _, name, place)| Action {
        id: "open-contract",
        title: format!("Open {name}"),
        kind: ActionKind::OpenContract,
        edits: Vec::new(),
        opens: Some(place.clone()),
        runs: None,
        is_preferred: false,
        fingerprint: None,
    });
    let mut found: Vec<Action> = open.collect();
    for model in exports(db, repo).iter().filter(|it| lies_in(it, path)) {
        let of = (&model.realm, &model.domain, &model.contract.name);
        let title = format!("Sync {} with {}", of.2, of.0);
        found.push(of_realm(RunVerb::Sync, ActionKind::Sync, title, of));
    }
    for model in imports(db, repo).iter().filter(names) {
        let of = (&model.realm, &model.domain, &model.import.contract);
        let title = format!("Acknowledge {} in {}", of.2, of.0);
        found.push(of_realm(
            RunVerb::Acknowledge,
            ActionKind::Acknowledge,
            title,
            of,
        ));
    }
    found.dedup();
    found
}

fn of_realm(
    verb: RunVerb,
    kind: ActionKind,
    title: String,
    (realm, domain, contract): (&Arc<str>, &Arc<str>, &Arc<str>),
) -> Action {
    Action {
        id: match verb {
            RunVerb::Sync => "sync",
            RunVerb::Acknowledge => "acknowledge",
            RunVerb::Worktree => "worktree",
            RunVerb::Change => "see-change",
        },
        title,
        kind,
        edits: Vec::new(),
        opens: None,
        runs: Some(Run {
            verb,
            realm: realm.clone(),
            domain: domain.clone(),
            contract: contract.clone(),
        }),
        is_preferred: false,
        fingerprint: None,
    }
}

fn quick_fix(finding: &Finding, id: &'static str, title: String, edits: Vec<TextEdit>) -> Action {
    Action {
        id,
        title,
        kind: ActionKind::QuickFix,
        edits,
        opens: None,
        runs: None,
        is_preferred: false,
        fingerprint: Some(finding.fingerprint.clone()),
    }
}

fn edits(at: &Place, made: Vec<blue_text::TextEdit>) -> Vec<TextEdit> {
    let edits = made.into_iter().map(|one| TextEdit {
        place: Place {
            span: one.span,
            ..at.clone()
        },
        text: one.insert,
    });
    edits.collect()
}

/// An edit as the file takes it: in YAML a scalar keeps its quotes, or gets some where it needs them.
fn written(text: &str, edit: &TextEdit) -> Option<Vec<TextEdit>> {
    if !edit.place.path.ends_with(".yaml") {
        return Some(vec![edit.clone()]);
    }
    let made = edit::replace(text, edit.place.span, &edit.text).ok()?;
    Some(edits(&edit.place, made))
}

/// The text of a source file, a config or a realm's file.
fn text_of(
    db: &dyn Db,
    repo: Option<RepoInput>,
    realms: &[RealmInput],
    at: &Place,
) -> Option<Arc<str>> {
    match &at.root {
        Root::Repo(_) if *at.path == *CONFIG => Some(repo?.config(db).text.clone()),
        Root::Repo(_) if *at.path == *LOCAL_CONFIG => Some(repo?.local(db).as_ref()?.text.clone()),
        Root::Repo(_) => source(db, repo?, at).map(|(text, _)| text),
        Root::Realm(name) => {
            let realm = realms.iter().find(|realm| realm.name(db) == name)?;
            realm_text(db, *realm, &at.path)
        }
    }
}

/// A source file of a repository: its text, and in which grammar it is written.
fn source(db: &dyn Db, repo: RepoInput, at: &Place) -> Option<(Arc<str>, Dialect)> {
    let (_, source) = repo.tree(db).files(db).at(&at.path)?;
    let text = source.content(db).as_text()?;
    Some((text.clone(), Dialect::of_path(&at.path)?))
}

/// A finding of a repository that something is to be done about.
struct Asked<'a> {
    db: &'a dyn Db,
    repo: RepoInput,
    finding: &'a Finding,
    at: &'a Place,
}

impl Asked<'_> {
    fn not_a_site(&self, fix: &Fix) -> Option<Action> {
        let (text, dialect) = source(self.db, self.repo, self.at)?;
        let words = "blue: not-a-site: say why";
        let splice = comment_above(&text, dialect, self.at.span.start, words)?;
        let edits = edits(self.at, vec![splice]);
        Some(quick_fix(self.finding, fix.id, fix.title.clone(), edits))
    }

    /// The values that the contract has and the code does not show, and one to be filled in.
    fn state_value(&self) -> Vec<Action> {
        let Some((field, missing)) = self.candidates() else {
            return Vec::new();
        };
        let Some((text, dialect)) = source(self.db, self.repo, self.at) else {
            return Vec::new();
        };
        let made = missing.iter().map(String::as_str).chain([TO_FILL_IN]);
        let made = made.filter_map(|pattern| {
            let words = format!("blue: value {field} {pattern}");
            let splice = comment_above(&text, dialect, self.at.span.start, &words)?;
            let title = format!("State the value in a comment: `{words}`");
            let edits = edits(self.at, vec![splice]);
            Some(quick_fix(self.finding, "state-value", title, edits))
        });
        made.collect()
    }

    /// The field that a site goes into, and what of it the code does not show.
    fn candidates(&self) -> Option<(Arc<str>, Vec<String>)> {
        let (db, repo) = (self.db, self.repo);
        let models = exports(db, repo);
        let index = models.iter().position(|model| self.is_about(model))?;
        let model = &models[index];
        let shares = share_out(db, repo, repo.tree(db));
        let mut opaque = shares.detected[index].opaque.iter();
        let (field, seen) = opaque
            .find(|(_, seen)| seen.site.span == self.at.span && *seen.path == *self.at.path)?;
        let (field, site) = (field.clone(), &seen.site);
        let missing = model.declared.iter().filter(|declared| {
            declared.field == field && !shares.detected[index].has(declared) && site.op != Op::Grant
        });
        let missing = missing.map(|declared| declared.text.to_string());
        let missing: Vec<String> = missing.take(CANDIDATES).collect();
        Some((field, missing))
    }

    fn is_about(&self, model: &ExportModel) -> bool {
        let finding = self.finding;
        finding.realm.as_ref() == Some(&model.realm)
            && finding.domain.as_ref() == Some(&model.domain)
            && finding.contract.as_ref() == Some(&model.contract.name)
    }

    /// The file, named in the binding's source files: in the realm's working tree, as a proposal.
    fn add_source_file(&self, fix: &Fix) -> Option<Action> {
        let (db, finding) = (self.db, self.finding);
        let mut realms = self.repo.realms(db).iter();
        let realm = realms.find(|realm| Some(realm.name(db)) == finding.realm.as_ref())?;
        let path = binding_path(finding.domain.as_ref()?, self.repo.name(db));
        let file = shown_file(db, *realm, &path)?;
        let contract = finding.contract.as_ref()?;
        let mut exports = file.as_binding()?.exports.iter();
        let export = exports.find(|export| export.contract == *contract)?;
        if SourceSet::new(&export.source_files)
            .0
            .matches(&self.at.path)
        {
            return None; // It is proposed already.
        }
        let pattern = as_pattern(&self.at.path)?;
        let made = edit::add_source_file(&file.text, export.index, &pattern).ok()?;
        let there = Place {
            root: Root::Realm(realm.name(db).clone()),
            path: path.into(),
            span: Span::empty(0),
        };
        let title = format!("Add {} to the source files of {contract}", self.at.path);
        Some(quick_fix(finding, fix.id, title, edits(&there, made)))
    }

    /// The missing value, written into the list of the statement as its neighbours are.
    fn insert_grant(&self, fix: &Fix) -> Option<Action> {
        let (db, repo) = (self.db, self.repo);
        let change = self.finding.change.as_ref()?;
        let (field, pattern) = (change.field.as_ref()?, change.added.first()?);
        let (text, dialect) = source(db, repo, self.at)?;
        let (file, _) = repo.tree(db).files(db).at(&self.at.path)?;
        let model = &*self.imported()?;
        let grants = placed_grants(db, repo.tree(db), file);
        let grant = grants
            .iter()
            .find(|grant| grant.span == self.at.span && reaches(grant, model, field))?;
        if !is_of_its_bucket(db, model, grant, (field, pattern)) {
            return None;
        }
        let list = list_at(&text, dialect, grant.span)?;
        let like = alike(&list, grant, model)?;
        let splices = list.with(&text, dialect, like, pattern)?;
        let edits = edits(self.at, splices);
        let mut action = quick_fix(self.finding, fix.id, fix.title.clone(), edits);
        action.is_preferred = true;
        Some(action)
    }

    /// The lines that a value stood in, put back as they were.
    fn restore(&self, fix: &Fix) -> Option<Action> {
        let (edits, from) = restore(self.db, self.repo, self.finding, self.at)?;
        let title = format!("{}: put back what stood here {from}", fix.title);
        Some(quick_fix(self.finding, fix.id, title, edits))
    }

    /// The exporter's file in which the contract is being changed.
    fn open_exporter(&self, fix: &Fix) -> Option<Action> {
        let place = open_code(self.db, self.repo, self.imported()?.as_ref())?;
        let mut action = quick_fix(self.finding, fix.id, fix.title.clone(), Vec::new());
        action.opens = Some(place);
        Some(action)
    }

    /// The import that the finding is about.
    fn imported(&self) -> Option<Arc<ImportModel>> {
        let models = imports(self.db, self.repo);
        let is_about = |model: &&Arc<ImportModel>| {
            self.finding.realm.as_ref() == Some(&model.realm)
                && self.finding.domain.as_ref() == Some(&model.domain)
                && self.finding.contract.as_ref() == Some(&model.import.contract)
        };
        models.iter().find(is_about).cloned()
    }

    /// Where each importer that is named beside the finding binds the contract.
    fn open_binding(&self, fix: &Fix) -> Vec<Action> {
        let finding = self.finding;
        let is_binding = |place: &Place| {
            let kind = classify(&place.path);
            matches!(place.root, Root::Realm(_)) && matches!(kind, Some(FileKind::Binding { .. }))
        };
        let bindings = finding.related.iter().map(|it| &it.place);
        let opened = bindings.filter(|place| is_binding(place)).map(|place| {
            let repo = match classify(&place.path) {
                Some(FileKind::Binding { repo, .. }) => repo.to_string(),
                _ => place.path.to_string(),
            };
            let title = format!("{} of {repo}", fix.title);
            let mut action = quick_fix(finding, fix.id, title, Vec::new());
            action.opens = Some(place.clone());
            action
        });
        opened.collect()
    }

    /// What is done in the finding's realm about its contract.
    fn runs(&self, verb: RunVerb, title: String) -> Option<Action> {
        let finding = self.finding;
        let of = (
            finding.realm.as_ref()?,
            finding.domain.as_ref()?,
            finding.contract.as_ref()?,
        );
        Some(Action {
            fingerprint: Some(finding.fingerprint.clone()),
            ..of_realm(verb, ActionKind::QuickFix, title, of)
        })
    }

    /// Following a version that the range leaves out widens the range.
    fn widen(&self) -> Option<Action> {
        let to = self.finding.change.as_ref()?.to.as_ref()?;
        let name = self.finding.contract.as_ref()?;
        let title = format!("Acknowledge {name} {to}, widening the range");
        self.runs(RunVerb::Acknowledge, title)
    }

    /// What waits in a sync can be acknowledged there; what nobody has synced cannot.
    fn acknowledge_pending(&self) -> Option<Action> {
        let finding = self.finding;
        let waiting = waiting_syncs(self.db, self.repo);
        let mut waiting = waiting.iter().filter(|change| {
            finding.realm.as_ref() == Some(&change.realm)
                && finding.domain.as_ref() == Some(&change.domain)
                && finding.contract.as_ref() == Some(&change.contract)
                && change.followed_as(self.repo.name(self.db)).is_none()
        });
        let to = waiting.find_map(|change| change.to.clone())?;
        let title = format!("Acknowledge {} {to}", finding.contract.as_ref()?);
        self.runs(RunVerb::Acknowledge, title)
    }

    fn open_contract(&self, fix: &Fix) -> Option<Action> {
        let (db, finding) = (self.db, self.finding);
        let mut realms = self.repo.realms(db).iter();
        let realm = realms.find(|realm| Some(realm.name(db)) == finding.realm.as_ref())?;
        let path = contract_path(finding.domain.as_ref()?, finding.contract.as_ref()?);
        let routes: [&[Step<'_>]; 2] = [&[Step::Key("version")], &[Step::Key("name")]];
        let mut action = quick_fix(finding, fix.id, fix.title.clone(), Vec::new());
        action.opens = Some(place_in(db, *realm, &path, &routes));
        Some(action)
    }
}

/// The last element of a list that names a key in the contract's bucket, and so how a new one is
/// written. What an element writes has to be what it was found to mean.
fn alike<'l>(
    list: &'l ListLiteral,
    grant: &PlacedGrant,
    model: &ImportModel,
) -> Option<&'l WrittenKey> {
    let resources = &grant.grant.resources;
    let is_own = |resource: &Resource, key: &WrittenKey| {
        let says = |keys: &Pattern| covers(&Pattern::parse_iam(&key.iam), keys) == Verdict::Yes;
        may_be(model, resource.bucket.as_ref()) && resource.keys.as_ref().is_some_and(says)
    };
    let in_step = resources.len() == list.elements.len();
    let any_is_own = resources.iter().all(|it| may_be(model, it.bucket.as_ref()));
    let made_by = |element: &ListElement, index: usize| -> Vec<&Resource> {
        let own = resources.iter();
        let own: Vec<_> = own
            .filter(|it| grant.element(it) == Some(element.span))
            .collect();
        match own.is_empty() {
            false => own,
            // A list that stands elsewhere, under a name: what its elements stand for is known by
            // their number, or it has to be the same of all.
            true if in_step => vec![&resources[index]],
            true if any_is_own => resources.iter().collect(),
            true => Vec::new(),
        }
    };
    let mut elements = list.elements.iter().enumerate().rev();
    elements.find_map(|(index, element)| {
        let key = element.key.as_ref()?;
        let mut made = made_by(element, index).into_iter();
        made.any(|resource| is_own(resource, key)).then_some(key)
    })
}

/// A path as a pattern that matches it alone; nothing where no pattern does.
fn as_pattern(path: &str) -> Option<String> {
    let mut made = String::new();
    for (at, character) in path.char_indices() {
        match character {
            '\\' => return None,
            '!' if at == 0 => return None,
            '#' if at == 0 => made.push_str("[#]"),
            '*' | '?' | '[' => made.extend(['[', character, ']']),
            other => made.push(other),
        }
    }
    let set = SourceSet::new(&[&made]).0;
    set.matches(path).then_some(made)
}

/// An entry of the history for the version that has none. Whether importers can go on is what the
/// numbers promise; what changed is for a person to say.
fn add_evolution(db: &dyn Db, realms: &[RealmInput], finding: &Finding) -> Option<Action> {
    let place = &finding.place;
    let (Code::EvolutionMissing, Root::Realm(name)) = (finding.code, &place.root) else {
        return None;
    };
    let realm = realms.iter().find(|realm| realm.name(db) == name)?;
    let file = shown_file(db, *realm, &place.path)?;
    let contract = file.as_contract()?;
    let version = contract.version.as_ref()?;
    let known = contract
        .evolution
        .iter()
        .filter_map(|it| it.version.as_ref());
    let newest = known.max_by(|a, b| a.cmp_precedence(b));
    let line = |version: &Version| match version.major {
        0 => (0, version.minor),
        major => (major, 0),
    };
    let entry = Evolution {
        version: version.to_string(),
        changes: vec!["say what changed".to_owned()],
        compatible: Some(newest.is_none_or(|newest| line(newest) == line(version))),
        date: None,
        actor: None,
        source: None,
        migration: None,
    };
    let made = edit::append_evolution(&file.text, &entry).ok()?;
    let title = format!("Add an entry for {version} to the history");
    let edits = edits(place, made);
    let mut action = quick_fix(finding, "add-evolution", title, edits);
    action.is_preferred = true;
    Some(action)
}

/// Takes an element out of its list.
fn remove_grant(asked: &Asked<'_>, fix: &Fix) -> Option<Action> {
    let (db, repo, at) = (asked.db, asked.repo, asked.at);
    let (text, dialect) = source(db, repo, at)?;
    let (file, _) = repo.tree(db).files(db).at(&at.path)?;
    let grants = placed_grants(db, repo.tree(db), file);
    let grant = grants.iter().find(|grant| {
        let mut resources = grant.grant.resources.iter();
        resources.any(|resource| grant.element(resource) == Some(at.span))
    })?;
    let list = list_at(&text, dialect, grant.span)?;
    let index = list.elements.iter().position(|it| it.span == at.span)?;
    let edits = edits(at, list.without(&text, dialect, index)?);
    Some(quick_fix(asked.finding, fix.id, fix.title.clone(), edits))
}

/// Takes a comment out that silences nothing, or the one of its codes that does not.
fn remove_ignore(
    finding: &Finding,
    (text, at): (Option<Arc<str>>, &Place),
    fix: &Fix,
) -> Option<Action> {
    let splice = without_ignore(&text?, at.span)?;
    let edits = edits(at, vec![splice]);
    let mut action = quick_fix(finding, fix.id, fix.title.clone(), edits);
    action.is_preferred = true;
    Some(action)
}
