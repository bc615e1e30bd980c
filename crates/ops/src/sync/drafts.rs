//! Which branches an exporter's sync writes, and what they say: what its code says now, and what of its own waits
//! already and has to be made again, since another one of the same contract was merged. Nothing is written here.

use blue_git::{CommitId, FileChange};
use blue_realm::{FileKind, Realm};

use super::change::ContractChange;
use super::plan::{By, Planned, Source, Taken, Wish, owned, plan};
use super::run::{Fate, Request, unpushed};
use crate::ask::Ask;
use crate::clock;
use crate::error::Error;
use crate::merge::{OpenSync, SYNC, not_its_own, open_syncs};
use crate::place::OpenRealm;

/// What is looked at in one try.
pub(super) struct State<'a> {
    pub(super) main: CommitId,
    pub(super) record: &'a Realm,
    pub(super) request: &'a Request<'a>,
}

/// A branch that is to be written.
pub(super) struct Draft {
    pub(super) open: Option<OpenSync>,
    pub(super) branch: String,
    pub(super) fate: Fate,
    pub(super) planned: Vec<Planned>,
    /// The code that its values are read from.
    pub(super) source: Source,
    /// Files of versions that its contracts do not get after all, as the branch of record has them.
    pub(super) stale: Vec<FileChange>,
}

/// What makes a sync that waits say something else.
struct Anew<'a> {
    /// What the code says now. What is taken up of it is taken out.
    changes: &'a mut Vec<ContractChange>,
    wish: &'a Wish,
    source: &'a Source,
    /// Whether the code stands in for what the sync was made from, or goes on top of it.
    is_superseded: bool,
}

impl State<'_> {
    fn by<'s>(&'s self, realm: &'s OpenRealm, source: &'s Source, ask: &'s Ask<'_>) -> By<'s> {
        By {
            realm: &realm.name,
            repo: self.request.repo,
            actor: &ask.actor.author.email,
            now: ask.now,
            source,
        }
    }

    fn wants(&self, contract: &str) -> bool {
        let only = self.request.wish.contract.as_deref();
        only.is_none_or(|only| only == contract)
    }

    /// The changes that are asked for: of the code, and of contracts of which only a value is named
    /// that is to go.
    fn changes(&self) -> Vec<ContractChange> {
        let wanted = self.request.changes.iter();
        let wanted = wanted.filter(|change| self.wants(&change.contract));
        let mut changes: Vec<ContractChange> = wanted.cloned().collect();
        for domain in self.record.domains() {
            for contract in self.record.contracts(&domain.name) {
                let is_own = contract.owner.as_deref() == Some(self.request.repo);
                let is_known = |it: &ContractChange| {
                    *it.domain == *domain.name && *it.contract == *contract.name
                };
                let removes = !self.request.wish.remove.is_empty();
                if removes && is_own && self.wants(&contract.name) && !changes.iter().any(is_known)
                {
                    changes.push(ContractChange::empty(&domain.name, &contract.name));
                }
            }
        }
        changes
    }

    /// Nobody's code speaks for a contract of somebody else, whatever its binding says: of such a one nothing is
    /// detected, and a sync that passed it over would look like one with nothing to do.
    fn owns_what_it_exports(&self) -> Result<(), Error> {
        for domain in self.record.domains() {
            let binding = self.record.binding(&domain.name, self.request.repo);
            for export in binding.iter().flat_map(|binding| &binding.exports) {
                if let Some(contract) = self.record.contract(&domain.name, &export.contract)
                    && self.wants(&contract.name)
                {
                    owned(contract, self.request.repo)?;
                }
            }
        }
        Ok(())
    }

    /// The branches that are to be written, each planned and judged; nothing is written here.
    pub(super) fn drafts(&self, realm: &OpenRealm, ask: &Ask<'_>) -> Result<Vec<Draft>, Error> {
        self.owns_what_it_exports()?;
        let (open, _) = open_syncs(realm, self.main)?;
        // What others wrote to is not gone on with: it is refused when it is judged, and this sync would
        // be with it.
        let mut own: Vec<OpenSync> = open
            .into_iter()
            .filter(|open| {
                open.repo == self.request.repo
                    && not_its_own(realm, (self.main, self.record), open).is_empty()
            })
            .collect();
        own.sort_by_key(age);
        let mut changes = self.changes();
        let mut drafts = Vec::new();
        for (at, open) in own.iter().enumerate() {
            let earlier = &own[..at];
            if open.source_branch == self.request.source.branch {
                let anew = Anew {
                    changes: &mut changes,
                    wish: self.request.wish,
                    source: self.request.source,
                    is_superseded: self.supersedes(open, ask),
                };
                drafts.extend(self.of_open(realm, (open, earlier), anew, ask)?);
            } else {
                drafts.extend(self.of_other_code(realm, (open, earlier), ask)?);
            }
        }
        let source = self.request.source;
        let mut planned = Vec::new();
        for change in &changes {
            let taken = self.taken(realm, &own, (&change.domain, &change.contract))?;
            planned.extend(plan(
                self.record,
                change,
                (self.request.wish, &taken),
                &self.by(realm, source, ask),
            )?);
        }
        if !planned.is_empty() {
            // What `--no-push` left here is gone on with.
            let left = unpushed(realm, self.request)?.into_iter().next();
            let branch = match left {
                Some((branch, _)) => branch,
                None => free_name(realm, self.request.repo, ask)?,
            };
            drafts.push(Draft {
                open: None,
                branch,
                fate: Fate::Made,
                planned,
                source: source.clone(),
                stale: Vec::new(),
            });
        }
        for one in drafts.iter().flat_map(|draft| &draft.planned) {
            let author = ask.actor.as_author();
            one.proposed.judge(&author, clock::date(ask.now))?;
        }
        Ok(drafts)
    }

    /// A sync that waits of another branch of the code, which is not here to be read. It stays as it is, unless another
    /// one was merged meanwhile: then what it says is made again on top of that, by field.
    fn of_other_code(
        &self,
        realm: &OpenRealm,
        (open, earlier): (&OpenSync, &[OpenSync]),
        ask: &Ask<'_>,
    ) -> Result<Option<Draft>, Error> {
        let source = Source {
            commit: open.source.clone().filter(|_| !open.is_uncommitted()),
            branch: open.source_branch.clone(),
            is_committed: !open.is_uncommitted(),
        };
        let wish = Wish {
            contract: self.request.wish.contract.clone(),
            ..Wish::default()
        };
        let anew = Anew {
            changes: &mut Vec::new(),
            wish: &wish,
            source: &source,
            is_superseded: false,
        };
        // What cannot be made again so is told where it is judged, and hinders nobody here.
        let Ok(draft) = self.of_open(realm, (open, earlier), anew, ask) else {
            return Ok(None);
        };
        let (author, today) = (ask.actor.as_author(), clock::date(ask.now));
        let may = |one: &Planned| one.proposed.judge(&author, today).is_ok();
        let draft = draft.map(|draft| match draft.fate {
            Fate::Withdrawn => Draft {
                fate: Fate::Overtaken,
                ..draft
            },
            _ => draft,
        });
        Ok(draft.filter(|draft| draft.fate != Fate::Same && draft.planned.iter().all(may)))
    }

    /// What becomes of a sync that waits already. The changes that it takes up are taken out.
    fn of_open(
        &self,
        realm: &OpenRealm,
        (open, earlier): (&OpenSync, &[OpenSync]),
        anew: Anew<'_>,
        ask: &Ask<'_>,
    ) -> Result<Option<Draft>, Error> {
        let wanted = open.contracts.iter().filter(|(_, name)| self.wants(name));
        let wanted: Vec<&(String, String)> = wanted.collect();
        let wanted_of = wanted.len();
        if wanted_of == 0 {
            return Ok(None);
        }
        let base = realm.repository.merge_base(self.main, open.tip)?;
        let before = realm.realm_at(base.unwrap_or(self.main))?;
        let waiting = realm.realm_at(open.tip)?;
        let Anew { changes, wish, .. } = anew;
        let mut draft = Draft {
            open: Some(open.clone()),
            branch: open.branch.clone(),
            fate: Fate::Same,
            planned: Vec::new(),
            source: anew.source.clone(),
            stale: Vec::new(),
        };
        for (domain, name) in wanted {
            let is_of = |it: &ContractChange| it.domain == *domain && it.contract == *name;
            let mine = changes.iter().position(is_of).map(|at| changes.remove(at));
            let mine = mine.unwrap_or_else(|| ContractChange::empty(domain, name));
            let value = |realm: &Realm| realm.contract(domain, name)?.value.clone();
            let theirs = ContractChange::between(
                (domain, name),
                value(&before).as_ref(),
                value(&waiting).as_ref(),
            );
            let wanted = match anew.is_superseded {
                true => mine,
                false => theirs.and(&mine),
            };
            let taken = self.taken(realm, earlier, (domain, name))?;
            let by = self.by(realm, anew.source, ask);
            let Some(planned) = plan(self.record, &wanted, (wish, &taken), &by)? else {
                // Merged meanwhile, or taken back in the code.
                draft.fate = Fate::Withdrawn;
                continue;
            };
            let says = waiting.contract(domain, name);
            let version = says.and_then(|it| it.version.as_ref());
            let made = planned.proposed.realm.contract(domain, name);
            let made = made.and_then(|it| it.value.clone());
            let differs =
                ContractChange::between((domain, name), value(&waiting).as_ref(), made.as_ref());
            let is_right = version.is_some_and(|version| {
                *version >= planned.to && wish.bump.is_none() || *version == planned.to
            });
            let is_new_code = open.is_uncommitted() && anew.source.is_committed;
            if !differs.is_empty() || !is_right || is_new_code {
                draft
                    .stale
                    .extend(self.stale(domain, name, version, &planned));
                draft.fate = Fate::Updated;
            }
            draft.planned.push(planned);
        }
        let is_left = !draft.planned.is_empty() || wanted_of < open.contracts.len();
        if draft.fate == Fate::Withdrawn && is_left {
            // Something of it waits still; what was taken back goes with its next change.
            draft.fate = Fate::Same;
        }
        Ok(Some(draft))
    }

    /// The versions of a contract that earlier syncs are about to make, as far as they wait for somebody: what nobody is
    /// asked about is merged by whoever comes next.
    fn taken(
        &self,
        realm: &OpenRealm,
        earlier: &[OpenSync],
        (domain, name): (&str, &str),
    ) -> Result<Vec<Taken>, Error> {
        let mut importers = self.record.importers_of(domain, name).into_iter();
        let is_asked = importers.any(|importer| importer.import.resolved_version.is_some());
        let earlier = earlier.iter().filter(|_| is_asked);
        let mut taken = Vec::new();
        for open in earlier.filter(|open| open.is_of(domain, name)) {
            let says = realm.realm_at(open.tip)?;
            let version = says
                .contract(domain, name)
                .and_then(|it| it.version.clone());
            taken.extend(version.map(|version| Taken {
                version,
                branch: open.branch.clone(),
            }));
        }
        taken.sort_by(|one, other| one.version.cmp(&other.version));
        Ok(taken)
    }

    /// Whether what the code says now stands in for what the sync was made from.
    fn supersedes(&self, open: &OpenSync, ask: &Ask<'_>) -> bool {
        match open.source.as_deref() {
            Some(commit) if !open.is_uncommitted() => (self.request.is_past)(commit),
            _ => open.actor == ask.actor.author.email,
        }
    }

    /// The release of a version that the contract does not get after all.
    fn stale(
        &self,
        domain: &str,
        name: &str,
        version: Option<&semver::Version>,
        planned: &Planned,
    ) -> Option<FileChange> {
        let version = version.filter(|version| **version != planned.to)?;
        let path = FileKind::Release {
            domain: domain.into(),
            contract: name.into(),
            version: version.to_string().into(),
        }
        .path();
        let there = self.record.file(&path);
        let content = there.map(|file| file.text.as_bytes().to_vec());
        Some(FileChange { path, content })
    }
}

/// By which of two syncs that wait the other comes after: the one whose branch was begun first.
fn age(open: &OpenSync) -> (i64, String) {
    let begun = open.commits.first().map_or(0, |first| first.time);
    (begun, open.branch.clone())
}

/// A name for a new branch.
fn free_name(realm: &OpenRealm, repo: &str, ask: &Ask<'_>) -> Result<String, Error> {
    let wish = format!("{SYNC}{repo}/{}", clock::compact(ask.now));
    let taken = realm.branches(&wish)?;
    let is_taken = |name: &String| taken.iter().any(|(other, _)| other == name);
    let numbered = (2..).map(|number| format!("{wish}-{number}"));
    let mut names = std::iter::once(wish.clone()).chain(numbered);
    Ok(names.find(|name| !is_taken(name)).unwrap_or(wish))
}
