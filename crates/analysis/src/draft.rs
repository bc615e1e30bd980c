//! A finding in the making: what the judgements fill in, before settings, comments and the
//! fingerprint make a [`Finding`] of it.

use std::fmt::Write as _;
use std::sync::Arc;

use blue_realm::{FileKind, Step, span_of};
use sha2::{Digest, Sha256};

use crate::accept::Broken;
use crate::changed_parts::Changed;
use crate::contract::{Declared, ExportModel, ImportModel, first_line};
use crate::db::{Db, RepoInput};
use crate::finding::{
    Accepted, ChangeData, Code, Finding, Fix, Place, Related, Root, Severity, TextEdit,
};
use crate::realm_findings::subject_of;

/// The config's path in a repository.
pub const CONFIG: &str = ".blue/config.yaml";

/// The path of what overrides it on one machine.
pub const LOCAL_CONFIG: &str = ".blue/config.local.yaml";

/// What can be done about a value wherever it is told of.
const TOLD_AT: [&str; 5] = [
    "sync",
    "sync-major",
    "worktree",
    "open-contract",
    "open-binding",
];

/// Of the definitions that made a value another one, so many are named.
const MAX_RELATED: usize = 3;

#[derive(Debug, Clone)]
pub(crate) struct Draft {
    finding: Finding,
    /// What the finding is about beside its contract: field and value, or file. Part of the
    /// fingerprint.
    subject: (String, String),
    importer: Option<Arc<str>>,
    from_major: Option<u64>,
    /// Whom it breaks, and who may accept that.
    broken: Vec<Broken>,
    /// Whether what it is about waits to become the contract's: no fault, but not what the contract says either.
    waits: bool,
    /// The files that a value is, or was, written in.
    origins: Vec<Arc<str>>,
    /// The definitions that made the value another one.
    made_by: Vec<Changed>,
}

impl Draft {
    pub(crate) fn new(code: Code, place: Place) -> Draft {
        Draft {
            finding: Finding {
                code,
                severity: code.default_severity(),
                message: String::new(),
                sites: vec![place.clone()],
                also: Vec::new(),
                place,
                related: Vec::new(),
                repo: None,
                realm: None,
                domain: None,
                contract: None,
                change: None,
                judged_from: None,
                fixes: Vec::new(),
                fingerprint: String::new(),
                accepted: None,
            },
            subject: Default::default(),
            importer: None,
            from_major: None,
            broken: Vec::new(),
            waits: false,
            origins: Vec::new(),
            made_by: Vec::new(),
        }
    }

    pub(crate) fn message(mut self, message: String) -> Draft {
        self.finding.message = message;
        self
    }

    pub(crate) fn waiting(mut self) -> Draft {
        self.waits = true;
        self
    }

    pub(crate) fn written_in(mut self, files: impl IntoIterator<Item = Arc<str>>) -> Draft {
        self.origins.extend(files);
        self
    }

    pub(crate) fn origins(&self) -> &[Arc<str>] {
        &self.origins
    }

    /// With the definitions that made the value another one, as places that have to do with it.
    pub(crate) fn made_by(self, changed: Vec<Changed>) -> Draft {
        let relates = changed.iter().filter(|it| {
            let mut places = self.places().iter();
            !places.any(|place| place.path == it.place.path && place.span.intersects(it.place.span))
        });
        let relates: Vec<Related> = relates.take(MAX_RELATED).map(Changed::related).collect();
        let mut draft = relates.into_iter().fold(self, Draft::related);
        draft.made_by = changed;
        draft
    }

    /// The same, told where the definition stands that made it so.
    pub(crate) fn told_at(&self, maker: &Changed, message: String, stands: Vec<Related>) -> Draft {
        let mut draft = self.clone();
        let finding = &mut draft.finding;
        finding.place = maker.place.clone();
        finding.sites = vec![maker.place.clone()];
        finding.also = Vec::new();
        finding.message = message;
        finding.change = None;
        let in_realm = finding
            .related
            .drain(..)
            .filter(|it| it.place.root != Root::Repo("".into()));
        finding.related = stands.into_iter().chain(in_realm).collect();
        // What is done in the text of a site is done there.
        finding.fixes.retain(|fix| TOLD_AT.contains(&fix.id));
        draft.subject = (
            "made by".to_owned(),
            format!("{}:{}", maker.place.path, maker.name),
        );
        draft
    }

    pub(crate) fn makers(&self) -> &[Changed] {
        &self.made_by
    }

    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    pub(crate) fn about(mut self, model: &ExportModel) -> Draft {
        self.finding.realm = Some(model.realm.clone());
        self.finding.domain = Some(model.domain.clone());
        self.finding.contract = Some(model.contract.name.clone());
        self.from_major = model.version().map(|version| version.major);
        self
    }

    pub(crate) fn about_import(mut self, model: &ImportModel, importer: &Arc<str>) -> Draft {
        self.finding.realm = Some(model.realm.clone());
        self.finding.domain = Some(model.domain.clone());
        self.finding.contract = Some(model.import.contract.clone());
        self.importer = Some(importer.clone());
        self.from_major = model
            .import
            .resolved_version
            .as_ref()
            .map(|version| version.major);
        self
    }

    /// What the removal of a value would be, from a version of that major on: for its fingerprint.
    pub(crate) fn of_removal(model: &ExportModel, value: &Declared, major: Option<u64>) -> Draft {
        let mut draft = Draft::new(Code::ExportBreaking, model.place.clone())
            .about(model)
            .subject(&value.field, &value.text);
        draft.from_major = major;
        draft
    }

    /// What an importer would be told of a contract, following a version of that major: for its
    /// fingerprint.
    pub(crate) fn of_importer(
        code: Code,
        model: &ExportModel,
        importer: &Arc<str>,
        major: Option<u64>,
    ) -> Draft {
        let mut draft = Draft::new(code, model.place.clone())
            .about(model)
            .importer(importer);
        draft.from_major = major;
        draft
    }

    /// About the verdict on a change of a contract away from a version of that major, wherever it
    /// stands; those it may break may accept it.
    pub(crate) fn of_verdict(mut self, major: Option<u64>, broken: Vec<Broken>) -> Draft {
        self.subject = Default::default();
        self.from_major = major;
        self.broken = broken;
        self
    }

    pub(crate) fn importer(mut self, importer: &Arc<str>) -> Draft {
        self.importer = Some(importer.clone());
        self
    }

    pub(crate) fn breaks(mut self, broken: impl IntoIterator<Item = Broken>) -> Draft {
        self.broken.extend(broken);
        self
    }

    pub(crate) fn broken(&self) -> &[Broken] {
        &self.broken
    }

    pub(crate) fn accepted(mut self, accepted: Accepted) -> Draft {
        self.finding.accepted = Some(accepted);
        self
    }

    /// More words behind those that are there.
    pub(crate) fn and_words(mut self, words: &str) -> Draft {
        self.finding.message.push_str(words);
        self
    }

    /// Its fingerprint; what equals it gets an ordinal once all are known.
    pub(crate) fn print(&self) -> String {
        self.fingerprint()
    }

    pub(crate) fn is_about(&self, model: &ExportModel) -> bool {
        self.is_of(&model.realm, &model.domain, &model.contract.name)
    }

    pub(crate) fn is_of(&self, realm: &Arc<str>, domain: &Arc<str>, contract: &Arc<str>) -> bool {
        let finding = &self.finding;
        finding.realm.as_ref() == Some(realm)
            && finding.domain.as_ref() == Some(domain)
            && finding.contract.as_ref() == Some(contract)
    }

    /// The realm, domain and name of the contract it is about.
    pub(crate) fn contract(&self) -> Option<(Arc<str>, Arc<str>, Arc<str>)> {
        let finding = &self.finding;
        let (realm, domain) = (finding.realm.clone()?, finding.domain.clone()?);
        Some((realm, domain, finding.contract.clone()?))
    }

    pub(crate) fn in_realm(mut self, realm: &Arc<str>) -> Draft {
        self.finding.realm = Some(realm.clone());
        self
    }

    /// About what a file of the realm is about.
    pub(crate) fn of_file(mut self, kind: &FileKind) -> Draft {
        let (domain, contract) = subject_of(kind);
        self.finding.domain = domain.cloned();
        self.finding.contract = contract.cloned();
        self
    }

    pub(crate) fn of_contract(
        mut self,
        domain: Option<Arc<str>>,
        contract: Option<Arc<str>>,
    ) -> Draft {
        self.finding.domain = domain;
        self.finding.contract = contract;
        self
    }

    pub(crate) fn subject(mut self, field: &str, value: &str) -> Draft {
        self.subject = (field.to_owned(), value.to_owned());
        self
    }

    /// All its sites; the first, by path and offset, is its place.
    pub(crate) fn sites(mut self, sites: impl IntoIterator<Item = Place>) -> Draft {
        let mut sites: Vec<Place> = sites.into_iter().collect();
        sites.sort();
        sites.dedup();
        if let Some(first) = sites.first() {
            self.finding.place = first.clone();
            self.finding.sites = sites;
        }
        self
    }

    /// A place in the realm's own files that says the same.
    pub(crate) fn also_at(mut self, place: &Place) -> Draft {
        self.finding.also.push(place.clone());
        self
    }

    pub(crate) fn related(mut self, related: Related) -> Draft {
        self.finding.related.push(related);
        self
    }

    pub(crate) fn change(mut self, change: ChangeData) -> Draft {
        self.finding.change = Some(change);
        self
    }

    /// The older state that shows it, in words.
    pub(crate) fn judged_from(mut self, from: impl Into<Arc<str>>) -> Draft {
        self.finding.judged_from = Some(from.into());
        self
    }

    pub(crate) fn fix(self, id: &'static str, title: String) -> Draft {
        self.fix_by(id, title, Vec::new())
    }

    /// A fix that is these edits.
    pub(crate) fn fix_by(mut self, id: &'static str, title: String, edits: Vec<TextEdit>) -> Draft {
        self.finding.fixes.push(Fix { id, title, edits });
        self
    }

    pub(crate) fn lowered(mut self, severity: Severity) -> Draft {
        self.finding.severity = severity;
        self
    }

    pub(crate) fn severity(&self) -> Severity {
        self.finding.severity
    }

    pub(crate) fn code(&self) -> Code {
        self.finding.code
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.finding.sites
    }

    /// What the finding is about beside its contract: a value, or a file.
    pub(crate) fn about_what(&self) -> &str {
        &self.subject.1
    }

    pub(crate) fn changes(&self) -> Option<&ChangeData> {
        self.finding.change.as_ref()
    }

    pub(crate) fn words(&self) -> &str {
        &self.finding.message
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.finding.accepted.is_some()
    }

    pub(crate) fn realm(&self) -> Option<&Arc<str>> {
        self.finding.realm.as_ref()
    }

    /// The finding of a repository: places without a root are in it.
    pub(crate) fn finish(mut self, repo: &Arc<str>) -> Finding {
        let own = Root::Repo(repo.clone());
        let finding = &mut self.finding;
        let related = finding.related.iter_mut().map(|related| &mut related.place);
        let places = finding.sites.iter_mut().chain([&mut finding.place]);
        let edits = finding.fixes.iter_mut().flat_map(|fix| &mut fix.edits);
        let edited = edits.map(|edit| &mut edit.place);
        for place in places.chain(related).chain(edited) {
            if place.root == Root::Repo("".into()) {
                place.root = own.clone();
            }
        }
        self.finding.sites.sort();
        self.finding.repo = Some(repo.clone());
        self.finish_realm()
    }

    /// The finding of a realm's own file.
    pub(crate) fn finish_realm(mut self) -> Finding {
        self.finding.fingerprint = self.fingerprint();
        self.finding
    }

    fn fingerprint(&self) -> String {
        let finding = &self.finding;
        Print {
            code: finding.code,
            realm: finding.realm.as_deref().unwrap_or_default(),
            domain: finding.domain.as_deref().unwrap_or_default(),
            contract: finding.contract.as_deref().unwrap_or_default(),
            field: &self.subject.0,
            pattern: &self.subject.1,
            importer: self.importer.as_deref().unwrap_or_default(),
            major: self.from_major,
        }
        .fingerprint()
    }
}

/// What a finding is about, of which its fingerprint is made (`findings.md`, "Shapes"); empty where a
/// part says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Print<'a> {
    /// What kind of finding.
    pub code: Code,
    /// The realm.
    pub realm: &'a str,
    /// The contract's domain.
    pub domain: &'a str,
    /// The contract.
    pub contract: &'a str,
    /// The field of the value.
    pub field: &'a str,
    /// The value in it.
    pub pattern: &'a str,
    /// Whom alone it concerns.
    pub importer: &'a str,
    /// The major of the version that it leads away from.
    pub major: Option<u64>,
}

impl Print<'_> {
    /// `v1:` and a hash: never of a finding's place or its words, so that it stays the same while lines
    /// move and messages are reworded. Without the ordinal of equals.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        let major = self.major.map(|major| major.to_string());
        let major = major.unwrap_or_default();
        let parts = [
            self.code.as_str(),
            self.realm,
            self.domain,
            self.contract,
            self.field,
            self.pattern,
            self.importer,
            &major,
        ];
        for part in parts {
            // A length before each part: no two lists of parts run together to the same bytes.
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let hash = hasher.finalize();
        let mut print = String::from("v1:");
        for byte in hash.iter().take(8) {
            let _ = write!(print, "{byte:02x}");
        }
        print
    }
}

/// The line of the config that names the repository: where things stand that have no place in code.
pub(crate) fn config_place(db: &dyn Db, repo: RepoInput) -> Place {
    Place {
        root: Root::Repo("".into()),
        path: CONFIG.into(),
        span: name_in_config(db, repo),
    }
}

/// A memo, for it is asked with every keystroke, and takes a parse of the config.
#[salsa::tracked(returns(copy))]
fn name_in_config(db: &dyn Db, repo: RepoInput) -> blue_text::Span {
    let text = &repo.config(db).text;
    span_of(text, &[Step::Key("repo")]).unwrap_or_else(|| first_line(text))
}
