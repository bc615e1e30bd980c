//! Which branches an exporter's sync writes, and what they say: what its code says now, and what of its own waits
//! already and has to be made again, since another one of the same contract was merged. Nothing is written here.

use blue_git::{CommitId, FileChange};
use blue_realm::{FileKind, Realm, contract_path};

use super::behind::HeldBack;
use super::change::ContractChange;
use super::parts::Item;
use super::plan::{By, Planned, Source, Taken, Wish, owned, plan};
use super::run::{Fate, Request, unpushed};
use super::standing::{Asks, Before};
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
    /// Beside it: what a sync that waits was made from, and what the code here does not stand in for.
    pub(super) others: Vec<String>,
    /// Files of versions that its contracts do not get after all, as the branch of record has them.
    pub(super) stale: Vec<FileChange>,
    /// The same of importers' words that are about what it says no more.
    pub(super) words: Vec<FileChange>,
}

impl Draft {
    /// What becomes of a sync that waits, before anything is planned.
    pub(super) fn of(open: &OpenSync, fate: Fate, source: &Source) -> Draft {
        Draft {
            open: Some(open.clone()),
            branch: open.branch.clone(),
            fate,
            planned: Vec::new(),
            source: source.clone(),
            others: Vec::new(),
            stale: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Whether only the checkout that it is made from could say that what it brings is no more.
    pub(super) fn is_of_this_checkout_alone(&self) -> bool {
        !self.source.is_committed && self.others.is_empty()
    }
}

/// What makes a sync that waits say something else.
struct Anew<'a> {
    /// What the code says now. What is taken up of it is taken out, and told.
    changes: &'a mut Vec<ContractChange>,
    taken_up: &'a mut Vec<(String, String)>,
    wish: &'a Wish,
    source: &'a Source,
    /// Whether the code stands in for what the sync was made from, or goes on top of it.
    is_superseded: bool,
}

/// What becomes of one contract of a sync that waits.
struct OfContract {
    /// Its next version; nothing where the sync has nothing to say of it any more.
    planned: Option<Planned>,
    /// Whether that is another one than the sync says.
    is_changed: bool,
    /// Whether it holds what the code here does not stand in for.
    is_on_top: bool,
    /// Files of a version that it does not get after all.
    stale: Vec<FileChange>,
    /// Importers' words about it that are taken back.
    words: Vec<FileChange>,
    /// How the sync ends where nothing of it is left.
    end: Fate,
}

impl State<'_> {
    fn by<'s>(&'s self, realm: &'s OpenRealm, source: &'s Source, ask: &'s Ask<'_>) -> By<'s> {
        By {
            realm: &realm.name,
            repo: self.request.repo,
            actor: &ask.actor.author.email,
            now: ask.now,
            source,
            others: &[],
        }
    }

    pub(super) fn wants(&self, (domain, contract): (&str, &str)) -> bool {
        let only = self.request.wish.contract.as_deref();
        let is_of = |held: &HeldBack| *held.domain == *domain && *held.contract == *contract;
        only.is_none_or(|only| only == contract) && !self.request.held_back.iter().any(is_of)
    }

    /// Whether nobody has the code of a sync any more, and all of it is meant. It is said where the branch is checked out
    /// that everybody starts from, for there it may have ended, squashed.
    fn is_given_up(&self, open: &OpenSync) -> bool {
        let Request {
            source, checkout, ..
        } = self.request;
        let all = open.contracts.iter().all(|(d, c)| self.wants((d, c)));
        let is_there = source.is_committed && checkout.is_default();
        all && is_there && self.request.given_up.contains(&open.branch)
    }

    /// The changes that are asked for: of the code, and of contracts of which only a value is named
    /// that is to go.
    fn changes(&self) -> Vec<ContractChange> {
        let wanted = self.request.changes.iter();
        let wanted = wanted.filter(|change| self.wants((&change.domain, &change.contract)));
        let mut changes: Vec<ContractChange> = wanted.cloned().collect();
        for domain in self.record.domains() {
            for contract in self.record.contracts(&domain.name) {
                let is_own = contract.owner.as_deref() == Some(self.request.repo);
                let is_known = |it: &ContractChange| {
                    *it.domain == *domain.name && *it.contract == *contract.name
                };
                let removes = !self.request.wish.remove.is_empty();
                let is_wanted = self.wants((&domain.name, &contract.name));
                if removes && is_own && is_wanted && !changes.iter().any(is_known) {
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
                    && self.wants((&domain.name, &contract.name))
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
        let mut taken_up = Vec::new();
        let mut drafts: Vec<Draft> = Vec::new();
        for (at, open) in own.iter().enumerate() {
            let before = Before {
                earlier: &own[..at],
                drafts: &drafts,
            };
            let draft = if self.speaks_for(realm, open, &changes)? {
                let anew = Anew {
                    changes: &mut changes,
                    taken_up: &mut taken_up,
                    wish: self.request.wish,
                    source: self.request.source,
                    is_superseded: self.supersedes(realm, open)?,
                };
                self.of_open(realm, (open, before), anew, ask)?
            } else if self.is_given_up(open) {
                Some(Draft::of(open, Fate::GivenUp, self.request.source))
            } else {
                self.of_other_code(realm, (open, before), ask)?
            };
            drafts.extend(draft);
        }
        for open in &own {
            drafts.extend(self.brought_already(realm, open, &mut changes)?);
        }
        let source = self.request.source;
        let mut planned = Vec::new();
        let before = Before {
            earlier: &own,
            drafts: &drafts,
        };
        for change in &changes {
            let taken = self.taken(realm, before, (&change.domain, &change.contract))?;
            let by = self.by(realm, source, ask);
            let mut made = plan(self.record, change, (self.request.wish, &taken), &by)?;
            if let Some(made) = &mut made {
                self.note_what_is_said_still(made);
            }
            planned.extend(made);
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
                others: Vec::new(),
                stale: Vec::new(),
                words: Vec::new(),
            });
        }
        drafts.extend(self.orphans(realm, &own)?);
        // What stays as it is was judged when it was made.
        let written = drafts.iter().filter(|draft| draft.fate != Fate::Same);
        for one in written.flat_map(|draft| &draft.planned) {
            let author = ask.actor.as_author();
            one.proposed.judge(&author, clock::date(ask.now))?;
        }
        Ok(drafts)
    }

    /// What is taken out by name and the code says all the same comes back with its next sync: who does not know that waits
    /// for importers in vain.
    fn note_what_is_said_still(&self, planned: &mut Planned) {
        let ContractChange {
            domain, contract, ..
        } = &planned.change;
        let wish = &self.request.wish.remove;
        let named = planned.change.removed.iter();
        let named = named.filter(|(_, text)| wish.contains(text));
        let still = named.filter(|item| (self.request.shows)(domain, contract, item));
        let notes = still.map(|(_, text)| {
            format!(
                "the code says `{text}` still: the next `blue realm sync` without --remove takes its removal from {contract} back"
            )
        });
        let notes: Vec<String> = notes.collect();
        planned.notes.extend(notes);
    }

    /// A sync that waits of another branch of the code, which is not here to be read. It stays as it is, unless another
    /// one was merged meanwhile: then what it says is made again on top of that, by field.
    fn of_other_code(
        &self,
        realm: &OpenRealm,
        (open, before): (&OpenSync, Before<'_>),
        ask: &Ask<'_>,
    ) -> Result<Option<Draft>, Error> {
        let commit = open.sources.last().cloned();
        let source = Source {
            commit: commit.filter(|_| !open.is_uncommitted()),
            branch: open.source_branch.clone(),
            is_committed: !open.is_uncommitted(),
        };
        let wish = Wish {
            contract: self.request.wish.contract.clone(),
            ..Wish::default()
        };
        let anew = Anew {
            changes: &mut Vec::new(),
            taken_up: &mut Vec::new(),
            wish: &wish,
            source: &source,
            is_superseded: false,
        };
        // What cannot be made again so is told where it is judged, and hinders nobody here.
        let Ok(draft) = self.of_open(realm, (open, before), anew, ask) else {
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
        (open, before): (&OpenSync, Before<'_>),
        mut anew: Anew<'_>,
        ask: &Ask<'_>,
    ) -> Result<Option<Draft>, Error> {
        let wanted = open.contracts.iter();
        let wanted = wanted.filter(|(domain, name)| self.wants((domain, name)));
        let wanted: Vec<&(String, String)> = wanted.collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let asks = Asks::of(realm, self.main, open)?;
        let mut draft = Draft::of(open, Fate::Same, anew.source);
        let (mut end, mut back) = (Fate::Withdrawn, Vec::new());
        for (domain, name) in &wanted {
            let taken = self.taken(realm, before, (domain, name))?;
            let by = self.by(realm, anew.source, ask);
            let of = self.of_contract((open, &asks), (domain, name), (&mut anew, &taken), &by)?;
            if of.is_on_top {
                draft.others.clone_from(&open.sources);
            }
            if of.is_changed {
                draft.stale.extend(of.stale);
                draft.words.extend(of.words);
                draft.fate = Fate::Updated;
            }
            match of.planned {
                Some(planned) => draft.planned.push(planned),
                None => {
                    end = of.end;
                    back.extend(self.taken_back(&asks.waiting, domain, name));
                    let words = self.taken_back_words((open, &asks), (domain, name), None);
                    draft.words.extend(words.into_iter().map(|it| it.file));
                }
            }
        }
        let is_left = !draft.planned.is_empty() || wanted.len() < open.contracts.len();
        match (is_left, back.is_empty()) {
            (false, _) => draft.fate = end,
            (true, true) => {}
            // Something of it waits still, and would bring along what was taken back.
            (true, false) => {
                draft.stale.extend(back);
                draft.fate = Fate::Updated;
            }
        }
        if draft.fate == Fate::Same
            && !draft.planned.is_empty()
            && !self.merges(realm, open, ask)?
        {
            // Nothing differs but what stands around it: made again, it can be merged again.
            draft.fate = Fate::Updated;
        }
        Ok(Some(draft))
    }

    /// What becomes of one contract of a sync that waits.
    fn of_contract(
        &self,
        (open, asks): (&OpenSync, &Asks),
        (domain, name): (&str, &str),
        (anew, taken): (&mut Anew<'_>, &[Taken]),
        by: &By<'_>,
    ) -> Result<OfContract, Error> {
        let is_of = |it: &ContractChange| it.domain == domain && it.contract == name;
        let mine = anew.changes.iter().position(is_of);
        let mine = mine.map(|at| anew.changes.remove(at));
        let mine = mine.unwrap_or_else(|| ContractChange::empty(domain, name));
        let theirs = asks.of_contract(domain, name);
        let key = (domain.to_owned(), name.to_owned());
        let end = match anew.taken_up.contains(&key) {
            true => Fate::Joined,
            false => Fate::Withdrawn,
        };
        if !mine.is_empty() {
            anew.taken_up.push(key);
        }
        // Code that says all of it stands in for what it was read from.
        let source = anew.source.commit.as_ref();
        let is_this = source.is_some_and(|it| open.sources == [it.clone()]);
        let is_read_anew = !anew.is_superseded && !is_this && mine.holds(&theirs);
        let wanted = match anew.is_superseded {
            true => {
                // What a person took out by name, the code says nothing of: it stays out until the code says it.
                let shows = |item: &Item| (self.request.shows)(domain, name, item);
                let out = theirs.removed.iter().filter(|item| !shows(item));
                let out = ContractChange {
                    removed: out.cloned().collect(),
                    ..ContractChange::empty(domain, name)
                };
                out.settled().and(&mine)
            }
            false => theirs.settled().and(&mine),
        };
        let is_on_top = !anew.is_superseded && !is_read_anew;
        let others = open.sources.iter().filter(|it| Some(*it) != source);
        let others: Vec<String> = others.filter(|_| is_on_top).cloned().collect();
        let by = By {
            others: &others,
            ..by.clone()
        };
        let mut of = OfContract {
            planned: plan(self.record, &wanted, (anew.wish, taken), &by)?,
            is_changed: false,
            is_on_top,
            stale: Vec::new(),
            words: Vec::new(),
            end,
        };
        let says = asks.waiting.contract(domain, name);
        let version = says.and_then(|it| it.version.as_ref());
        let now = says.and_then(|it| it.value.as_ref());
        let differs = |planned: &Planned| {
            let made = planned.proposed.realm.contract(domain, name);
            let made = made.and_then(|it| it.value.as_ref());
            ContractChange::between((domain, name), now, made)
        };
        // A larger version than it needs it keeps: somebody asked for it, or follows it there.
        let larger = of.planned.as_ref().and_then(|planned| {
            let is_larger = version.filter(|version| **version > planned.to);
            let is_same = anew.wish.bump.is_none() && differs(planned).is_empty();
            is_larger.filter(|_| is_same)
        });
        if let Some(version) = larger {
            let wish = Wish {
                at_least: Some(version.clone()),
                ..anew.wish.clone()
            };
            of.planned = plan(self.record, &wanted, (&wish, taken), &by)?;
        }
        // Else it was merged meanwhile, or taken back in the code.
        if let Some(planned) = &of.planned {
            let differs = differs(planned);
            let is_right = version.is_some_and(|version| {
                *version >= planned.to && anew.wish.bump.is_none() || *version == planned.to
            });
            let is_new_code = anew.source.is_committed
                && (is_read_anew || anew.is_superseded && open.is_uncommitted());
            of.is_changed = !differs.is_empty() || !is_right || is_new_code;
            of.stale.extend(self.stale(domain, name, version, planned));
        }
        if let Some(planned) = of.planned.as_mut().filter(|_| of.is_changed) {
            let of_it = (open, asks);
            for word in self.taken_back_words(of_it, (domain, name), Some(planned)) {
                planned.notes.push(word.why);
                of.words.push(word.file);
            }
        }
        Ok(of)
    }

    /// The files of a contract as the branch of record has them, where a sync that waits has others.
    fn taken_back(&self, waiting: &Realm, domain: &str, name: &str) -> Vec<FileChange> {
        let path = contract_path(domain, name);
        let text = |realm: &Realm| realm.file(&path).map(|file| file.text.clone());
        let (now, was) = (text(waiting), text(self.record));
        if now == was {
            return Vec::new();
        }
        let version = waiting.contract(domain, name);
        let version = version.and_then(|contract| contract.version.clone());
        let release = version.map(|version| self.of_record(&release_path(domain, name, &version)));
        let contract = self.of_record(&path);
        std::iter::once(contract).chain(release).collect()
    }

    /// A file as the branch of record has it.
    pub(super) fn of_record(&self, path: &str) -> FileChange {
        let there = self.record.file(path);
        FileChange {
            path: path.to_owned(),
            content: there.map(|file| file.text.as_bytes().to_vec()),
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
        Some(self.of_record(&release_path(domain, name, version)))
    }
}

fn release_path(domain: &str, contract: &str, version: &semver::Version) -> String {
    let kind = FileKind::Release {
        domain: domain.into(),
        contract: contract.into(),
        version: version.to_string().into(),
    };
    kind.path()
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
