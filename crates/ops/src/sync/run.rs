//! The exporter's half of a sync: one commit a contract on a branch of its own, from the tip that was
//! fetched. A sync that waits already for the same repo, contract and branch of code is changed and
//! not doubled; who was faster is built upon.

use blue_git::{CommitId, FileChange, Merged, RefUpdate};
use blue_realm::{FileKind, Realm};

use super::change::ContractChange;
use super::plan::{By, Planned, Source, Wish, plan};
use crate::ask::{Ask, Step};
use crate::clock;
use crate::error::Error;
use crate::merge::{OpenSync, SYNC, not_its_own, open_syncs, trailer};
use crate::place::{OpenRealm, Published};
use crate::write::{TRIES, Written, again, busy, commit};

/// Where what is planned goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the branch that everybody sees.
    Remote,
    /// To a branch of this repository (`--no-push`).
    Here,
    /// Nowhere (`--dry-run`): not even objects are written.
    Nowhere,
}

/// What an exporter's sync is to do.
#[derive(Clone)]
pub struct Request<'a> {
    /// The exporter, by the name of its config.
    pub repo: &'a str,
    /// How its code differs from its contracts.
    pub changes: &'a [ContractChange],
    /// The code.
    pub source: &'a Source,
    /// What a person asks beside.
    pub wish: &'a Wish,
    /// Whether a commit of the exporter's is part of what is checked out: what it said then is
    /// superseded by what the code says now.
    pub is_past: &'a dyn Fn(&str) -> bool,
    /// Where it goes.
    pub target: Target,
}

/// A branch of a sync, with what it holds.
#[derive(Debug, Clone)]
pub struct SyncBranch {
    /// Its name.
    pub branch: String,
    /// Its commit; nothing where it was only planned or taken away.
    pub commit: Option<CommitId>,
    /// What became of it.
    pub fate: Fate,
    /// The contracts, one commit each.
    pub planned: Vec<Planned>,
}

/// What became of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Made,
    /// It waited already, and says something else now.
    Updated,
    /// It waits already, and says just this.
    Same,
    /// The code says again what the contract says: nothing waits any more.
    Withdrawn,
}

/// Brings what an exporter's code says to the realm.
///
/// # Errors
/// Those of [`plan`], before anything is written; [`Error::Refused`], [`Error::Busy`], [`Error::Git`].
pub fn export(
    realm: &mut OpenRealm,
    request: &Request<'_>,
    ask: &mut Ask<'_>,
) -> Result<Vec<SyncBranch>, Error> {
    for attempt in 0..=TRIES {
        ask.took(Step::Fetched)?;
        let main = realm.tip()?;
        let record = realm.realm_at(main)?;
        let state = State {
            main,
            record: &record,
            request,
        };
        let drafts = state.drafts(realm, ask)?;
        ask.took(Step::Planned)?;
        match publish(realm, &state, drafts, ask)? {
            Some(branches) => return Ok(branches),
            None => again(realm, attempt, ask)?,
        }
    }
    Err(busy(realm))
}

/// What is looked at in one try.
struct State<'a> {
    main: CommitId,
    record: &'a Realm,
    request: &'a Request<'a>,
}

/// A branch that is to be written.
struct Draft {
    open: Option<OpenSync>,
    branch: String,
    fate: Fate,
    planned: Vec<Planned>,
    /// Files of versions that its contracts do not get after all, as the branch of record has them.
    stale: Vec<FileChange>,
}

impl State<'_> {
    fn by<'s>(&'s self, realm: &'s OpenRealm, ask: &'s Ask<'_>) -> By<'s> {
        By {
            realm: &realm.name,
            repo: self.request.repo,
            actor: &ask.actor.author.email,
            now: ask.now,
            source: self.request.source,
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

    /// The branches that are to be written, each planned and judged; nothing is written here.
    fn drafts(&self, realm: &OpenRealm, ask: &Ask<'_>) -> Result<Vec<Draft>, Error> {
        let (open, _) = open_syncs(realm, self.main)?;
        // What others wrote to is not gone on with: it is refused when it is judged, and this sync would
        // be with it.
        let own = open.iter().filter(|open| {
            open.repo == self.request.repo
                && open.source_branch == self.request.source.branch
                && not_its_own(realm, (self.main, self.record), open).is_empty()
        });
        let mut changes = self.changes();
        let mut drafts = Vec::new();
        for open in own {
            drafts.extend(self.of_open(realm, open, &mut changes, ask)?);
        }
        let mut planned = Vec::new();
        for change in &changes {
            planned.extend(plan(
                self.record,
                change,
                self.request.wish,
                &self.by(realm, ask),
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
                stale: Vec::new(),
            });
        }
        for one in drafts.iter().flat_map(|draft| &draft.planned) {
            let author = ask.actor.as_author();
            one.proposed.judge(&author, clock::date(ask.now))?;
        }
        Ok(drafts)
    }

    /// What becomes of a sync that waits already. The changes that it takes up are taken out.
    fn of_open(
        &self,
        realm: &OpenRealm,
        open: &OpenSync,
        changes: &mut Vec<ContractChange>,
        ask: &Ask<'_>,
    ) -> Result<Option<Draft>, Error> {
        let wanted = open.contracts.iter().filter(|(_, name)| self.wants(name));
        let wanted: Vec<&(String, String)> = wanted.collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let base = realm.repository.merge_base(self.main, open.tip)?;
        let before = realm.realm_at(base.unwrap_or(self.main))?;
        let waiting = realm.realm_at(open.tip)?;
        let is_superseded = self.supersedes(open, ask);
        let mut draft = Draft {
            open: Some(open.clone()),
            branch: open.branch.clone(),
            fate: Fate::Same,
            planned: Vec::new(),
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
            let wanted = match is_superseded {
                true => mine,
                false => theirs.and(&mine),
            };
            let Some(planned) = plan(
                self.record,
                &wanted,
                self.request.wish,
                &self.by(realm, ask),
            )?
            else {
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
                *version >= planned.to && self.request.wish.bump.is_none() || *version == planned.to
            });
            let is_new_code = open.is_uncommitted() && self.request.source.is_committed;
            if !differs.is_empty() || !is_right || is_new_code {
                draft
                    .stale
                    .extend(self.stale(domain, name, version, &planned));
                draft.fate = Fate::Updated;
            }
            draft.planned.push(planned);
        }
        if draft.fate == Fate::Withdrawn && !draft.planned.is_empty() {
            // Something of it waits still; what was taken back goes with its next change.
            draft.fate = Fate::Same;
        }
        Ok(Some(draft))
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

/// The branches of this repository's syncs, of the branch of code that is checked out, that are in this clone alone
/// (`--no-push`).
fn unpushed(realm: &OpenRealm, request: &Request<'_>) -> Result<Vec<(String, CommitId)>, Error> {
    let mut left = realm.unpushed(&format!("{SYNC}{}/", request.repo))?;
    let mut says = Vec::new();
    for (_, tip) in &left {
        let commit = realm.repository.commit_info(*tip)?;
        let last = |key: &str| commit.trailers(key).last().map(str::to_owned);
        // A commit of something else than a sync was made by somebody else.
        says.push(last(trailer::REPO).is_some() && last(trailer::BRANCH) == request.source.branch);
    }
    let mut says = says.into_iter();
    left.retain(|_| says.next().unwrap_or_default());
    Ok(left)
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

/// Writes the branches; nothing where somebody was faster.
fn publish(
    realm: &mut OpenRealm,
    state: &State<'_>,
    drafts: Vec<Draft>,
    ask: &mut Ask<'_>,
) -> Result<Option<Vec<SyncBranch>>, Error> {
    let mut written = Vec::new();
    let left = match (state.request.target, &state.request.wish.contract) {
        (Target::Remote, None) => unpushed(realm, state.request)?,
        _ => Vec::new(),
    };
    for draft in drafts {
        let expected = draft.open.as_ref().map(|open| open.tip);
        let to = match (draft.fate, state.request.target) {
            (Fate::Same, _) => expected,
            (_, Target::Nowhere) | (Fate::Withdrawn, _) => None,
            (Fate::Made, _) => Some(made(realm, state, &draft.planned, ask)?),
            (Fate::Updated, _) => Some(updated(realm, state, &draft, ask)?),
        };
        ask.took(Step::Committed)?;
        if draft.fate != Fate::Same && state.request.target != Target::Nowhere {
            let update = RefUpdate {
                branch: draft.branch.clone(),
                expected,
                to,
            };
            if let (Target::Remote, None, Some(tip)) = (state.request.target, to, expected) {
                realm.withdraws(&draft.branch, tip);
            }
            let done = match state.request.target {
                Target::Remote => realm.publish(&update, ask)?,
                _ => here(realm, update)?,
            };
            if done == Published::Moved {
                return Ok(None);
            }
            ask.took(Step::Pushed)?;
        }
        written.push(SyncBranch {
            branch: draft.branch,
            commit: to,
            fate: draft.fate,
            planned: draft.planned,
        });
    }
    // All that the code says is pushed now, or taken back.
    for (branch, tip) in left {
        realm.take_away_here(&branch, tip)?;
    }
    Ok(Some(written))
}

/// A branch of this repository alone: where it is does not matter to anybody else.
fn here(realm: &OpenRealm, update: RefUpdate) -> Result<Published, Error> {
    let own = realm.repository.branches(&update.branch)?;
    let own = own.into_iter().find(|(name, _)| *name == update.branch);
    let update = RefUpdate {
        expected: own.map(|(_, at)| at),
        ..update
    };
    Ok(match realm.repository.move_branch(&update)? {
        true => Published::Done,
        false => Published::Moved,
    })
}

/// One commit a contract, on the branch of record.
fn made(
    realm: &OpenRealm,
    state: &State<'_>,
    planned: &[Planned],
    ask: &Ask<'_>,
) -> Result<CommitId, Error> {
    let mut tip = state.main;
    for one in planned {
        let written = Written {
            proposed: one.proposed.clone(),
            message: message(one, state.request),
        };
        tip = commit(realm, tip, &written, ask)?;
    }
    Ok(tip)
}

/// One commit a contract on what waits already, which is then brought up to the branch of record: of
/// files that both changed, the change is made anew and not merged as text. The commits come first, so
/// that each holds its change and says of it where it was read: a merge that held it would leave them
/// empty, and what they say would be said of nothing.
fn updated(
    realm: &OpenRealm,
    state: &State<'_>,
    draft: &Draft,
    ask: &Ask<'_>,
) -> Result<CommitId, Error> {
    let Some(open) = &draft.open else {
        return made(realm, state, &draft.planned, ask);
    };
    let mut tip = open.tip;
    let mut stale = draft.stale.clone();
    let planned = draft.planned.iter().flat_map(|it| it.proposed.changes());
    let files: Vec<FileChange> = stale.iter().cloned().chain(planned).collect();
    for one in &draft.planned {
        let mut changes = one.proposed.changes();
        changes.append(&mut stale);
        let changes = realm.in_repository(&changes);
        let message = message(one, state.request);
        tip = realm
            .repository
            .commit_on(tip, &changes, &message, &realm.maker(ask))?;
    }
    if realm.repository.is_ancestor(state.main, tip)? {
        return Ok(tip);
    }
    let message = format!("Merge {} into {}", realm.main, draft.branch);
    let over = realm.in_repository(&files);
    let merged =
        realm
            .repository
            .merge_over(tip, state.main, &over, &message, &realm.maker(ask))?;
    match merged {
        Merged::Commit(merged) => Ok(merged),
        Merged::Conflict(paths) => Err(Error::Wrong(vec![format!(
            "{} changed both on {} and on {}; merge them by hand",
            paths.join(" and "),
            realm.main,
            draft.branch
        )])),
    }
}

/// The message of a contract's commit.
fn message(planned: &Planned, request: &Request<'_>) -> String {
    let words = planned.change.in_words();
    let mut message = format!("{}: {}\n\n", planned.title(), summary(&words));
    for line in &words {
        message.push_str(&format!("- {line}\n"));
    }
    message.push_str(&format!("\nThis is {}.\n", planned.verdict()));
    for reason in planned.judgement.reasons.iter().take(1) {
        if planned.is_breaking() {
            message.push_str(&format!("{}\n", reason.text));
        }
    }
    for importer in &planned.importers {
        let files = importer.files.join(" and ");
        message.push_str(&format!("{} imports it in {files}.\n", importer.named()));
    }
    if !request.source.is_committed {
        message.push_str("It was read from code that is not committed yet.\n");
    }
    let ContractChange {
        domain, contract, ..
    } = &planned.change;
    let mut trailers = vec![
        (trailer::CONTRACT, format!("{contract}@{}", planned.to)),
        (trailer::DOMAIN, domain.clone()),
        (trailer::REPO, request.repo.to_owned()),
    ];
    let branch = request.source.branch.clone();
    trailers.extend(branch.map(|branch| (trailer::BRANCH, branch)));
    let source = match (&request.source.commit, request.source.is_committed) {
        (Some(commit), true) => commit.clone(),
        _ => trailer::UNCOMMITTED.to_owned(),
    };
    trailers.push((trailer::SOURCE, source));
    let actor = planned.actor.clone();
    trailers.push((trailer::ACTOR, actor));
    message.push('\n');
    for (key, value) in trailers {
        message.push_str(&format!("{key}: {}\n", value.replace(['\n', '\r'], " ")));
    }
    message
}

fn summary(words: &[String]) -> String {
    match words {
        [] => "its first value".to_owned(),
        [one] => one.clone(),
        [first, ..] => format!("{first} and {} more", words.len() - 1),
    }
}
