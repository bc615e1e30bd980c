//! What a word in a realm's YAML or in `.blue/config.yaml` means: the contract, version, range, repo
//! or domain that it names, as the realm says officially, with what the working tree proposes beside.
//!
//! What people wrote in a realm is shown as text and not as Markdown of theirs: it comes from other
//! organisations.

use std::fmt::Write as _;
use std::sync::Arc;

use blue_realm::{ContractFile, FileFormat, Import, Importer, Realm, Spans, Step, Text};
use semver::Version;

use crate::contract::shown_file;
use crate::db::{Db, RealmInput, RepoInput};
use crate::export::in_words;
use crate::hover::Hover;
use crate::key_hover::key_hover;
use crate::realm_names::{Named, named};

/// Of what people wrote, so many characters are shown.
const LENGTH: usize = 400;

/// The hover at a byte offset of a realm's file; nothing where nothing is named.
pub(crate) fn realm_hover(
    db: &dyn Db,
    realm: RealmInput,
    path: &str,
    offset: u32,
) -> Option<Hover> {
    let file = shown_file(db, realm, path)?;
    let shown = realm.working(db).as_ref().unwrap_or(realm.record(db));
    let view = View {
        record: realm.record(db),
        shown,
    };
    // Half typed there are no places to look names up by; keys are told all the same.
    let named = Spans::new(&file.text).and_then(|spans| {
        named(file).into_iter().find_map(|(route, what)| {
            let span = spans.value(&route).filter(|span| span.touches(offset))?;
            let markdown = view.words(&what)?;
            Some(Hover { markdown, span })
        })
    });
    named.or_else(|| key_hover(FileFormat::of(&file.kind)?, &file.text, offset))
}

/// The hover at a byte offset of a repository's config.
pub(crate) fn config_hover(db: &dyn Db, repo: RepoInput, offset: u32) -> Option<Hover> {
    let text = &repo.config(db).text;
    let named = named_in_config(db, repo, offset);
    named.or_else(|| key_hover(FileFormat::Config, text, offset))
}

fn named_in_config(db: &dyn Db, repo: RepoInput, offset: u32) -> Option<Hover> {
    let config = repo.config(db);
    let spans = Spans::new(&config.text)?;
    let hit = |route: &[Step<'_>]| spans.value(route).filter(|span| span.touches(offset));
    if let Some(span) = hit(&[Step::Key("repo")]) {
        let name = config.config.repo.clone()?;
        let views = repo.realms(db).iter().map(|realm| {
            let view = View::of(db, *realm);
            (realm.name(db), view.repo(&name))
        });
        let words: Vec<String> = views
            .map(|(realm, words)| format!("{words}\n\nin the realm {realm}"))
            .collect();
        let markdown = words.join("\n\n---\n\n");
        return (!markdown.is_empty()).then_some(Hover { markdown, span });
    }
    config.config.realms.iter().find_map(|reference| {
        let base = match reference.index {
            Some(index) => vec![Step::Key("realms"), Step::Index(index)],
            None => vec![Step::Key("realm")],
        };
        let keys = ["name", "path", "url", "ref"];
        let span = keys.iter().find_map(|key| {
            let route: Vec<Step<'_>> = base.iter().copied().chain([Step::Key(key)]).collect();
            hit(&route)
        })?;
        let name = reference.name.as_ref()?;
        let mut realms = repo.realms(db).iter();
        let markdown = match realms.find(|realm| realm.name(db) == name) {
            Some(realm) => View::of(db, *realm).realm(name),
            None => unreachable_words(db, repo, name)?,
        };
        Some(Hover { markdown, span })
    })
}

fn unreachable_words(db: &dyn Db, repo: RepoInput, name: &str) -> Option<String> {
    let mut unreachable = repo.unreachable(db).iter();
    let (_, why) = unreachable.find(|(realm, _)| **realm == *name)?;
    Some(format!("**{name}** cannot be read: {}\n", plain(why)))
}

/// A realm as it is officially, and as its working tree and open buffers have it.
struct View<'a> {
    record: &'a Arc<Realm>,
    shown: &'a Arc<Realm>,
}

impl<'a> View<'a> {
    fn of(db: &'a dyn Db, realm: RealmInput) -> View<'a> {
        let record = realm.record(db);
        View {
            record,
            shown: realm.working(db).as_ref().unwrap_or(record),
        }
    }

    fn words(&self, what: &Named<'_>) -> Option<String> {
        Some(match what {
            Named::Contract(domain, name) => self.contract(domain, name)?,
            Named::Version(domain, name, version) => self.version(domain, name, version),
            Named::Range(domain, import) => self.range(domain, import)?,
            Named::Repo(name) => self.repo(name),
            Named::Domain(name) => self.domain(name)?,
            Named::Realm => self.realm(self.shown.name()?),
        })
    }

    fn contract(&self, domain: &str, name: &str) -> Option<String> {
        let (recorded, shown) = (
            self.record.contract(domain, name),
            self.shown.contract(domain, name),
        );
        let contract = recorded.or(shown)?;
        let version = version_words(contract);
        let mut words = format!("**{name}** {version} · {domain}\n");
        match (recorded, shown) {
            (None, _) => {
                words.push_str("\nProposed: the realm of record has no such contract yet.\n")
            }
            (_, None) => words.push_str("\nProposed: it goes.\n"),
            (Some(old), Some(new)) if old.version != new.version => {
                let _ = write!(words, "\nProposed: {}.\n", version_words(new));
            }
            (Some(old), Some(new)) if old != new => {
                words.push_str("\nProposed: changes without a new version.\n");
            }
            _ => {}
        }
        if let Some(text) = &contract.description {
            let _ = write!(words, "\n{}\n", plain(text));
        }
        if let Some(owner) = &contract.owner {
            let _ = write!(words, "\nExported by {owner}.\n");
        }
        self.importers(domain, name, &mut words);
        Some(words)
    }

    /// Who imports a contract, with range and version followed.
    fn importers(&self, domain: &str, name: &str, words: &mut String) {
        let importers = self.record.importers_of(domain, name);
        if importers.is_empty() {
            words.push_str("\nNobody imports it yet.\n");
        }
        for importer in importers {
            let range = importer
                .import
                .version_text
                .as_deref()
                .unwrap_or("no range");
            let _ = write!(
                words,
                "\n- used by {} `{range}`, {}",
                importer.repo,
                follows(importer.import)
            );
        }
    }

    fn version(&self, domain: &str, name: &str, version: &Version) -> String {
        let mut words = format!("**{name}** {version}\n");
        let recorded = self.record.contract(domain, name);
        let of_record = recorded.and_then(|contract| contract.version.as_ref());
        let state = match of_record {
            Some(current) if current == version => "The version of record.".to_owned(),
            Some(current) if current.cmp_precedence(version).is_gt() => {
                format!("Older than the version of record, {current}.")
            }
            Some(current) => format!("Proposed: the version of record is {current}."),
            None => "Proposed: the realm of record has no such contract yet.".to_owned(),
        };
        let _ = write!(words, "\n{state}\n");
        let shown = self.shown.contract(domain, name);
        let mut entries = shown.or(recorded).into_iter().flat_map(|it| &it.evolution);
        if let Some(entry) = entries.find(|entry| entry.version.as_ref() == Some(version)) {
            for change in &entry.changes {
                let _ = write!(words, "\n- {}", plain(change));
            }
            words.push('\n');
            if let Some(migration) = &entry.migration {
                let _ = write!(words, "\nTo follow: {}\n", plain(migration));
            }
        }
        let importers = self.record.importers_of(domain, name);
        let (within, beyond): (Vec<&Importer<'_>>, Vec<_>) =
            importers.iter().partition(|importer| {
                let range = importer.import.version.as_ref();
                range.is_some_and(|range| range.matches(version))
            });
        for (importers, says) in [
            (within, "in the range of"),
            (beyond, "outside the range of"),
        ] {
            let names = importers.iter().map(|it: &&Importer<'_>| &**it.repo);
            let names: Vec<&str> = names.collect();
            if !names.is_empty() {
                let _ = write!(words, "\nIt is {says} {}.\n", in_words(&names, "and"));
            }
        }
        words
    }

    /// What a range takes in, of the versions that the realm of record knows.
    fn range(&self, domain: &str, import: &Import) -> Option<String> {
        let (range, name) = (import.version.as_ref()?, &*import.contract);
        let written = import.version_text.as_deref().unwrap_or_default();
        let mut words = format!("`{written}` of **{name}**\n");
        let Some(contract) = self.record.contract(domain, name) else {
            words.push_str("\nThe realm of record has no such contract.\n");
            return Some(words);
        };
        let known = self.known_versions(domain, contract);
        let (within, outside): (Vec<&Version>, Vec<&Version>) = known
            .into_iter()
            .partition(|version| range.matches(version));
        match within.as_slice() {
            [] => words.push_str("\nIt takes in no recorded version.\n"),
            within => {
                let _ = write!(words, "\nTakes in {}.\n", list(within));
            }
        }
        let resolved = import.resolved_version.as_ref();
        let _ = write!(words, "\nThis binding {}.\n", follows(import));
        let newer = |version: &&Version| {
            resolved.is_none_or(|resolved| version.cmp_precedence(resolved).is_gt())
        };
        let ahead: Vec<&Version> = within.iter().copied().filter(newer).collect();
        if !ahead.is_empty() {
            let _ = write!(words, "\nNewer and in the range: {}.\n", list(&ahead));
        }
        let beyond: Vec<&Version> = outside.iter().copied().filter(newer).collect();
        if !beyond.is_empty() {
            let _ = write!(words, "\nNewer and outside of it: {}.\n", list(&beyond));
        }
        Some(words)
    }

    /// Released versions, those of the history and the present one, from old to new.
    fn known_versions<'c>(&'c self, domain: &str, contract: &'c ContractFile) -> Vec<&'c Version> {
        let released = self.record.releases(domain, &contract.name);
        let history = contract.evolution.iter();
        let mut known: Vec<&Version> = released
            .into_iter()
            .map(|(version, _)| version)
            .chain(history.filter_map(|entry| entry.version.as_ref()))
            .chain(&contract.version)
            .collect();
        known.sort_by(|a, b| a.cmp_precedence(b));
        known.dedup();
        known
    }

    fn repo(&self, name: &str) -> String {
        let mut words = format!("**{name}**\n");
        match self.shown.repo(name) {
            Some(repo) => {
                if !self.record.has_repo(name) {
                    words.push_str("\nProposed: the realm of record does not know it yet.\n");
                }
                for (what, text) in [
                    ("organisation", &repo.org),
                    ("path", &repo.path),
                    ("url", &repo.url),
                    ("folder", &repo.subdir),
                ] {
                    if let Some(text) = text {
                        let _ = write!(words, "\n- {what}: {}", code(text));
                    }
                }
                let maintainers: Vec<String> =
                    repo.maintainers.iter().map(|it| plain(it)).collect();
                if !maintainers.is_empty() {
                    let _ = write!(words, "\n- maintained by {}", maintainers.join(", "));
                }
                words.push('\n');
            }
            None if self.shown.has_repo(name) => words.push_str("\nIts file cannot be read.\n"),
            None => words.push_str("\nIt has not joined the realm yet.\n"),
        }
        for domain in self.record.domains_of(name) {
            let Some(binding) = self.record.binding(&domain.name, name) else {
                let _ = write!(words, "\n- member of {}", domain.name);
                continue;
            };
            for export in &binding.exports {
                let _ = write!(words, "\n- exports {} in {}", export.contract, domain.name);
            }
            for import in &binding.imports {
                let range = import.version_text.as_deref().unwrap_or("no range");
                let _ = write!(
                    words,
                    "\n- imports {} `{range}`, {}",
                    import.contract,
                    follows(import)
                );
            }
        }
        words
    }

    fn domain(&self, name: &str) -> Option<String> {
        let domain = self.shown.domain(name)?;
        let mut words = format!("**{name}**\n");
        if self.record.domain(name).is_none() {
            words.push_str("\nProposed: the realm of record has no such domain yet.\n");
        }
        if let Some(text) = domain.file().and_then(|file| file.description.as_ref()) {
            let _ = write!(words, "\n{}\n", plain(text));
        }
        let members: Vec<&str> = domain
            .members()
            .into_iter()
            .flatten()
            .map(|member| &**member)
            .collect();
        if !members.is_empty() {
            let _ = write!(words, "\nMembers: {}.\n", in_words(&members, "and"));
        }
        for contract in self.record.contracts(name) {
            let owner = contract.owner.as_deref().unwrap_or("nobody");
            let _ = write!(
                words,
                "\n- {} {}, exported by {owner}",
                contract.name,
                version_words(contract)
            );
        }
        Some(words)
    }

    fn realm(&self, name: &str) -> String {
        let mut words = format!("**{name}**\n");
        for domain in self.record.domains() {
            let contracts = self.record.contracts(&domain.name).count();
            let members = domain.members().map_or(0, Iterator::count);
            let _ = write!(
                words,
                "\n- {} (members: {members}, contracts: {contracts})",
                domain.name
            );
        }
        if self.record != self.shown {
            words.push_str("\n\nIts working tree proposes changes.\n");
        }
        words
    }
}

fn version_words(contract: &ContractFile) -> String {
    match contract
        .version
        .as_ref()
        .filter(|_| contract.value.is_some())
    {
        Some(version) => version.to_string(),
        None => "not released yet".to_owned(),
    }
}

/// `follows 1.4.0`.
pub(crate) fn follows(import: &Import) -> String {
    match &import.resolved_version {
        Some(version) => format!("follows {version}"),
        None => "has followed no version yet".to_owned(),
    }
}

fn list(versions: &[&Version]) -> String {
    let texts: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    in_words(&texts, "and")
}

/// What somebody wrote, as text of Markdown: no link, no picture, no heading, and not too long.
pub(crate) fn plain(text: &str) -> String {
    let mut made = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count == LENGTH {
            made.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' => made.push(' '),
            c if c.is_control() => {}
            c if "\\`*_{}[]<>()#+!|~&".contains(c) => made.extend(['\\', c]),
            c => made.push(c),
        }
    }
    made
}

/// The same as code: an address or a path.
fn code(text: &str) -> String {
    let shown: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LENGTH)
        .collect();
    format!("`{}`", shown.replace('`', "'"))
}

/// What changed between the version that an import follows and the contract's.
pub(crate) fn changes_since(import: &Import, contract: &ContractFile, words: &mut String) {
    let mut newer: Vec<(&Version, Vec<&Text>, Option<&Text>)> = Vec::new();
    for entry in &contract.evolution {
        let (Some(version), Some(now)) = (&entry.version, &contract.version) else {
            continue;
        };
        let is_new = match &import.resolved_version {
            Some(resolved) => version.cmp_precedence(resolved).is_gt(),
            None => false,
        };
        if is_new && version.cmp_precedence(now).is_le() {
            newer.push((
                version,
                entry.changes.iter().collect(),
                entry.migration.as_ref(),
            ));
        }
    }
    for (version, changes, migration) in newer {
        let changes: Vec<String> = changes.into_iter().map(|change| plain(change)).collect();
        let _ = write!(words, "\n- since {version}: {}", changes.join("; "));
        if let Some(migration) = migration {
            let _ = write!(words, " (to follow: {})", plain(migration));
        }
    }
}
