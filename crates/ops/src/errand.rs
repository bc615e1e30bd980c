//! The verbs whole, as a person asks for them in one repository: a sync brings what the code exports, says
//! what it follows, and merges what may be merged. The command and the server run these very ones, so that
//! both leave the same realm.

use blue_realm::Realm;
use blue_workspace::HowShown;

use crate::ack::{self, Acknowledged, Widening};
use crate::ask::Ask;
use crate::code::{ExportedCode, Untaken, followings_at, source};
use crate::error::Error;
use crate::here::Here;
use crate::merge::{
    Force, JOIN, Joining, Merging, Terms, admit_open, merge_open, not_its_own, open_syncs,
};
use crate::place::{Freshness, OpenRealm};
use crate::shown::commit_diff;
use crate::sync::{
    ContractChange, Fate, HeldBack, Item, Narrowing, OnDisk, Request, Source, SyncBranch, Target,
    Waiting, Wanted, Wish, behind, export, given_up, names_what_is_there, shown_place, unwritable,
};
use crate::words::signed_with;

/// What is asked of a sync.
#[derive(Debug, Clone)]
pub struct SyncAsked {
    /// What a person wants beside what the code says.
    pub wish: Wish,
    /// Whether an approver waits for nobody.
    pub force: Force,
    /// Where it goes. [`Target::Here`] is the exporter's half alone; [`Target::Nowhere`] rehearses the whole.
    pub target: Target,
}

impl Default for SyncAsked {
    fn default() -> SyncAsked {
        SyncAsked {
            wish: Wish::default(),
            force: Force::No,
            target: Target::Remote,
        }
    }
}

/// What was done to one realm.
#[derive(Debug, Clone)]
pub struct Synced {
    /// The realm's name.
    pub realm: String,
    /// Its branch of record.
    pub main: String,
    /// The branches of what is exported here.
    pub branches: Vec<SyncBranch>,
    /// What this repository said of what it imports.
    pub said: Vec<Acknowledged>,
    /// How those words change the realm's files, each a unified diff; only of a sync that goes nowhere.
    pub said_diffs: Vec<String>,
    /// What became of the syncs that wait.
    pub merging: Vec<Merging>,
    /// What became of the repos that ask to take part.
    pub joining: Vec<Joining>,
    /// The contracts of which nothing was written, for the code may only be older than theirs.
    pub held_back: Vec<HeldBack>,
    /// What the code says and no contract gets, for several could take it: a sentence each.
    pub untaken: Vec<String>,
    /// What people should know of it, a sentence each.
    pub notes: Vec<String>,
    /// The code that was read; nothing in a realm's own checkout.
    pub source: Option<Source>,
    /// Where it went.
    pub target: Target,
}

impl Synced {
    /// Whether there was nothing to do and nothing is said but notes.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let said = |one: &Acknowledged| one.said != ack::Said::Already;
        self.branches.is_empty()
            && self.held_back.is_empty()
            && self.untaken.is_empty()
            && !self.said.iter().any(said)
            && self.merging.is_empty()
            && self.joining.is_empty()
    }
}

/// How lately a realm has to have been fetched for a target.
#[must_use]
pub fn freshness(target: Target) -> Freshness {
    match target {
        Target::Nowhere => Freshness::AsItIs,
        _ => Freshness::Fetched,
    }
}

/// Syncs the repository with one of its realms. `code` is read where it is needed and was not.
///
/// # Errors
/// [`Error::NotHere`] for a name that nothing answers to, before anything is done; those of [`export`],
/// [`ack::follow`] and [`merge_open`].
pub fn sync(
    realm: &mut OpenRealm,
    here: &Here,
    asked: &SyncAsked,
    code: &mut Option<ExportedCode>,
    ask: &mut Ask<'_>,
) -> Result<Synced, Error> {
    if asked.target == Target::Nowhere {
        return rehearsed(realm, here, asked, code, ask);
    }
    let mut done = Synced {
        realm: realm.name.clone(),
        main: realm.main.clone(),
        branches: Vec::new(),
        said: Vec::new(),
        said_diffs: Vec::new(),
        merging: Vec::new(),
        joining: Vec::new(),
        held_back: Vec::new(),
        untaken: Vec::new(),
        notes: Vec::new(),
        source: None,
        target: asked.target,
    };
    let record = realm.realm_at(realm.tip()?)?;
    is_known(realm, &record, here)?;
    names(realm, &record, here, &asked.wish)?;
    if let Some(repo) = &here.repo {
        let code = match code {
            Some(code) => code,
            None => {
                let name = realm.name.clone();
                let at = realm.unlike_checkout()?.map(|at| (&*name, at));
                let mut progress = |doing: &str| (ask.progress)(doing);
                code.insert(ExportedCode::read(here, at, &mut progress)?)
            }
        };
        done.source = Some(code.source.clone());
        let own = |untaken: &&Untaken| *untaken.realm == *realm.name;
        let untaken = code.untaken.iter().filter(own);
        done.untaken.extend(untaken.map(|it| it.why.clone()));
        exports((here, repo), realm, (asked, code), &mut done, ask)?;
        if asked.target == Target::Remote {
            let asked = AckAsked {
                contract: asked.wish.contract.clone(),
                anyway: None,
                widening: Widening::Never,
            };
            done.said = acknowledge(realm, here, &asked, ask)?;
        }
    }
    if asked.target == Target::Remote {
        let new = done.branches.iter();
        let new = new.filter(|it| matches!(it.fate, Fate::Made | Fate::Updated));
        let new: Vec<String> = new.map(|it| it.branch.clone()).collect();
        let terms = Terms {
            force: asked.force,
            forced: asked.wish.contract.iter().cloned().collect(),
            code: here.repo.as_deref().map(|repo| (repo, &*here.root)),
            ..Terms::default()
        };
        done.merging = merge_open(realm, &terms, &new, ask)?;
        done.joining = admit_open(realm, ask)?;
    }
    Ok(done)
}

/// That the realm has the repository that the config says this is, or that one of that name asks to take part.
fn is_known(realm: &OpenRealm, record: &Realm, here: &Here) -> Result<(), Error> {
    let Some(repo) = &here.repo else {
        return Ok(());
    };
    let asks = format!("{JOIN}{repo}");
    let mut asking = realm.branches(&asks)?.into_iter();
    let is_member = record.domains_of(repo).next().is_some();
    if record.has_repo(repo) || is_member || asking.any(|(branch, _)| branch == asks) {
        return Ok(());
    }
    let known: Vec<&str> = record.repos().map(|(name, _)| &**name).collect();
    Err(Error::NotHere {
        message: format!(
            "{} has no repo `{repo}`, which .blue/config.yaml says that this is",
            realm.name
        ),
        hint: match blue_realm::did_you_mean(repo, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`blue realm admin join` has this repository take part under a name".to_owned(),
        },
    })
}

/// That there is what the wish names; what waits is looked at where a value is to go.
fn names(realm: &OpenRealm, record: &Realm, here: &Here, wish: &Wish) -> Result<(), Error> {
    let mut waiting = Vec::new();
    let mut checked_out = None;
    if let (Some(repo), false) = (&here.repo, wish.remove.is_empty()) {
        checked_out = source(&here.root)?.branch;
        let main = realm.tip()?;
        let (open, _) = open_syncs(realm, main)?;
        for open in open.into_iter().filter(|open| open.repo == *repo) {
            if not_its_own(realm, (main, record), &open).is_empty() {
                waiting.push(Waiting {
                    proposed: realm.realm_at(open.tip)?,
                    branch: open.branch,
                    source_branch: open.source_branch,
                });
            }
        }
    }
    let repo = here.repo.as_deref();
    let place = (realm.name.as_str(), record);
    names_what_is_there(place, repo, wish, (&waiting, checked_out.as_deref()))
}

/// The sync that would be done, whole, in memory: who asks what it would write is also told what it would
/// acknowledge, merge and let in.
fn rehearsed(
    realm: &OpenRealm,
    here: &Here,
    asked: &SyncAsked,
    code: &mut Option<ExportedCode>,
    ask: &mut Ask<'_>,
) -> Result<Synced, Error> {
    let mut rehearsal = realm.rehearsal()?;
    let real = SyncAsked {
        target: Target::Remote,
        ..asked.clone()
    };
    let mut done = sync(&mut rehearsal, here, &real, code, ask)?;
    done.target = Target::Nowhere;
    for said in &done.said {
        if let ack::Said::Follows { commit, .. } = said.said {
            done.said_diffs.push(commit_diff(&rehearsal, commit)?);
        }
    }
    if !rehearsal.moved().is_empty() {
        done.notes.extend(signed_with(&ask.actor));
    }
    for branch in &mut done.branches {
        branch.commit = None;
    }
    Ok(done)
}

fn exports(
    (here, repo): (&Here, &str),
    realm: &mut OpenRealm,
    (asked, code): (&SyncAsked, &ExportedCode),
    done: &mut Synced,
    ask: &mut Ask<'_>,
) -> Result<(), Error> {
    let mut changes = ContractChange::of_code(&realm.name, &code.drifts, &code.said);
    if asked.wish.narrowing == Narrowing::Asked {
        ContractChange::narrow(&mut changes, &realm.name, &code.shown);
    }
    let said = code.said.iter().filter(|it| *it.realm == *realm.name);
    for (said, place) in said.flat_map(|said| said.unknown.iter().map(move |at| (said, at))) {
        done.notes.push(format!(
            "not all of `{place}` of {} can be known from the code: what the contract declares there stays",
            said.contract
        ));
    }
    let record = realm.realm_at(realm.tip()?)?;
    changes.retain(|change| {
        let contract = record.contract(&change.domain, &change.contract);
        let why = contract.and_then(|contract| unwritable(contract, change));
        done.notes.extend(why.clone());
        why.is_none()
    });
    let wanted = Wanted {
        root: &here.root,
        record: &record,
        changes: &changes,
        said: &code.said,
        remove: &asked.wish.remove,
    };
    let (held_back, doubted) = behind(&wanted, realm.asking(), ask)?;
    done.held_back = held_back;
    done.notes.extend(doubted.into_iter().map(|it| it.why));
    let checkout = OnDisk { root: &here.root };
    let name = realm.name.clone();
    let shows = |domain: &str, contract: &str, (field, text): &Item| {
        let shown = code.shown.iter().filter(|it| *it.realm == *name);
        let mut said = shown.filter(|it| it.shown == HowShown::Itself);
        let field = shown_place(field);
        said.any(|it| {
            (&*it.domain, &*it.contract, &*it.field, &*it.text)
                == (domain, contract, &*field, &**text)
        })
    };
    let given_up = given_up(realm, &record, (repo, &here.root), ask)?;
    done.notes.extend(given_up.notes);
    let request = Request {
        repo,
        changes: &changes,
        shows: &shows,
        held_back: &done.held_back,
        given_up: &given_up.branches,
        source: &code.source,
        wish: &asked.wish,
        checkout: &checkout,
        target: asked.target,
    };
    done.branches = export(realm, &request, ask)?;
    let notes = done.branches.iter().flat_map(|it| &it.planned);
    done.notes.extend(notes.flat_map(|it| it.notes.clone()));
    if asked.target == Target::Here && realm.remote.is_some() {
        let made = done.branches.iter();
        let made = made.filter(|it| matches!(it.fate, Fate::Made | Fate::Updated));
        let notes = made.map(|it| {
            let place = realm.clone_path();
            format!(
                "{} is in {}: the next `blue realm sync` here pushes it",
                it.branch,
                place.display(),
            )
        });
        done.notes.extend(notes);
    }
    Ok(())
}

/// What is asked of an acknowledgement.
#[derive(Debug, Clone)]
pub struct AckAsked {
    /// Only this contract.
    pub contract: Option<String>,
    /// Why it follows where its grants cannot be read.
    pub anyway: Option<String>,
    /// Whether a range that ends before the version is widened.
    pub widening: Widening,
}

/// Says in one of the repository's realms what it follows. A realm's own checkout follows nothing.
///
/// # Errors
/// Those of [`ack::follow`].
pub fn acknowledge(
    realm: &mut OpenRealm,
    here: &Here,
    asked: &AckAsked,
    ask: &mut Ask<'_>,
) -> Result<Vec<Acknowledged>, Error> {
    let Some(repo) = &here.repo else {
        return Ok(Vec::new());
    };
    let request = ack::Request {
        repo,
        contract: asked.contract.as_deref(),
        anyway: asked.anyway.as_deref(),
        widening: asked.widening,
    };
    // Who imports nothing has no code that could follow.
    let record = realm.realm_at(realm.tip()?)?;
    let imports = |domain: &blue_realm::Domain| {
        let binding = record.binding(&domain.name, repo);
        binding.is_some_and(|binding| !binding.imports.is_empty())
    };
    if !record.domains().any(|domain| imports(domain)) {
        return Ok(Vec::new());
    }
    let name = realm.name.clone();
    ack::follow(
        realm,
        &request,
        &mut |at| followings_at(here, &name, at),
        ask,
    )
}
