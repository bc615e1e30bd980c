//! Repos that ask to take part: branches `join/…`, which wait for whom the realm's admission lets decide
//! (`realm-format.md`, `governance.admission`).
//!
//! Such a branch may have been pushed by anybody. It may hold a new repo's own file, its bindings and the file of
//! owners that follows from them, and nothing else: whoever lets a repo in lets in nothing beside it.

use std::collections::BTreeSet;

use blue_git::{CommitId, FileChange, Merged, RefUpdate, TreeChanged};
use blue_realm::proposal::{Author, is_person};
use blue_realm::{Admission, FileKind, Governance, Realm, classify};

use super::open::{OpenSync, Tip, branches_of, trailer};
use super::sound::{not_of_record, of_rules};
use super::steps::take_away;
use crate::admin::{CODEOWNERS, codeowners, own_code};
use crate::ask::{Ask, Step};
use crate::clock;
use crate::error::Error;
use crate::place::{OpenRealm, Published};
use crate::signers::Signers;
use crate::write::{TRIES, again, busy};

/// What the branches of repos that ask to take part begin with.
pub const JOIN: &str = "join/";

/// A repo that asks to take part, judged.
#[derive(Debug, Clone)]
pub struct JudgedJoin {
    /// Its branch.
    pub branch: String,
    /// The branch's commit.
    pub tip: CommitId,
    /// The repo; empty where the branch brings none.
    pub repo: String,
    /// Who asks: `finn@example.com (unverified)`. The realm has no key of a repo that it does not know yet.
    pub actor: String,
    /// What may become of it.
    pub outcome: Admitted,
}

/// What may become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// It may be let in by whoever asks now: what the branch of record would be.
    Yes(CommitId),
    /// It waits for one of these people.
    Waits(Vec<String>),
    /// It cannot be let in as it is: a sentence each.
    Refused(Vec<String>),
}

/// What became of a repo that asks to take part.
#[derive(Debug, Clone)]
pub enum Joining {
    /// It takes part.
    Joined(JudgedJoin),
    /// It waits, or cannot be let in.
    Waits(JudgedJoin),
    /// The realm's remote lets nobody like this write to its branch of record.
    NotTaken {
        /// What could have been merged.
        judged: JudgedJoin,
        /// The remote's words.
        why: String,
    },
}

impl Joining {
    /// The repo that asks.
    #[must_use]
    pub fn judged(&self) -> &JudgedJoin {
        match self {
            Joining::Joined(judged) | Joining::Waits(judged) | Joining::NotTaken { judged, .. } => {
                judged
            }
        }
    }
}

/// The repos that ask to take part in the realm of record at `main`, judged for whoever asks, by branch; and the
/// branches that were merged already.
///
/// # Errors
/// [`Error::Git`].
pub fn open_joins(
    realm: &OpenRealm,
    (main, record): (CommitId, &Realm),
    ask: &Ask<'_>,
) -> Result<(Vec<JudgedJoin>, Vec<Tip>), Error> {
    let (open, merged) = branches_of(realm, main, JOIN)?;
    let judged = open.into_iter();
    let judged = judged.map(|open| judge_join(realm, (main, record), &open, ask));
    Ok((judged.collect::<Result<_, _>>()?, merged))
}

/// Lets in who may be let in by whoever asks. Never by force: somebody else was faster, it is judged again.
///
/// # Errors
/// [`Error::Git`], [`Error::Busy`]. Who was let in before stays so.
pub fn admit_open(realm: &mut OpenRealm, ask: &mut Ask<'_>) -> Result<Vec<Joining>, Error> {
    let mut done: Vec<Joining> = Vec::new();
    let mut attempt = 0;
    'judging: loop {
        let main = realm.tip()?;
        let record = realm.realm_at(main)?;
        let (open, merged) = open_joins(realm, (main, &record), ask)?;
        for (branch, tip) in merged {
            take_away(realm, &branch, tip, ask)?;
        }
        for judged in open {
            if done.iter().any(|it| it.judged().branch == judged.branch) {
                continue;
            }
            let Admitted::Yes(_) = judged.outcome else {
                done.push(Joining::Waits(judged));
                continue;
            };
            let to = match admitted(realm, main, &judged, ask)? {
                Ok(to) => to,
                Err(why) => {
                    let outcome = Admitted::Refused(vec![why]);
                    done.push(Joining::Waits(JudgedJoin { outcome, ..judged }));
                    continue;
                }
            };
            let update = RefUpdate {
                branch: realm.main.clone(),
                expected: Some(main),
                to: Some(to),
            };
            match realm.publish(&update, ask) {
                Ok(Published::Done) => {
                    ask.took(Step::Merged)?;
                    attempt = 0;
                    done.push(Joining::Joined(judged));
                }
                Ok(Published::Moved) if attempt == TRIES => return Err(busy(realm)),
                Ok(Published::Moved) => {
                    again(realm, attempt, ask)?;
                    attempt += 1;
                }
                Err(Error::Refused { why, .. }) => {
                    done.push(Joining::NotTaken { judged, why });
                    continue;
                }
                Err(why) => return Err(why),
            }
            continue 'judging;
        }
        return Ok(done);
    }
}

/// The commit that lets it in, which says who did.
fn admitted(
    realm: &OpenRealm,
    main: CommitId,
    judged: &JudgedJoin,
    ask: &Ask<'_>,
) -> Result<Result<CommitId, String>, Error> {
    let message = format!(
        "Merge {}: {} takes part\n\n{}: {}\n{}: {}\n",
        judged.branch,
        judged.repo,
        trailer::MERGED,
        judged.branch,
        trailer::APPROVED,
        ask.actor.author.email.replace(['\n', '\r'], " "),
    );
    with_owners(realm, (main, judged.tip), &message, &|| realm.maker(ask))
}

/// The branch of record with the branch merged and its file of owners made anew, since each side has written its own;
/// or why that cannot be.
fn with_owners(
    realm: &OpenRealm,
    (main, tip): (CommitId, CommitId),
    message: &str,
    maker: &dyn Fn() -> blue_git::Maker,
) -> Result<Result<CommitId, String>, Error> {
    let repository = &realm.repository;
    let path = realm.path_in_repository(CODEOWNERS);
    let there = repository.file_at(main, &path)?;
    let over = |content: Option<Vec<u8>>| FileChange {
        path: path.clone(),
        content,
    };
    // What everybody else is to see is made, and signed, but once.
    let unsigned = blue_git::Maker {
        signer: None,
        ..maker()
    };
    let first = [over(there.clone())];
    let merged = repository.merge_over(main, tip, &first, message, &unsigned)?;
    let merged = match merged {
        Merged::Commit(merged) => merged,
        Merged::Conflict(paths) => {
            return Ok(Err(format!(
                "{} changed on {} since: `blue realm admin join` there makes it anew",
                blue_realm::listed(&paths),
                realm.main,
            )));
        }
    };
    let is_own = there
        .as_deref()
        .and_then(|there| std::str::from_utf8(there).ok())
        .is_some_and(own_code);
    let content = match (is_own, realm.realm_at(merged)) {
        (_, Err(Error::NoRealm { .. })) => return Ok(Err("it leaves no realm".to_owned())),
        (_, Err(why)) => return Err(why),
        (true, Ok(proposed)) => Some(codeowners(&proposed).into_bytes()),
        (false, _) => there,
    };
    let merged = repository.merge_over(main, tip, &[over(content)], message, &maker())?;
    Ok(match merged {
        Merged::Commit(merged) => Ok(merged),
        Merged::Conflict(_) => Err("it cannot be merged".to_owned()),
    })
}

fn judge_join(
    realm: &OpenRealm,
    (main, record): (CommitId, &Realm),
    open: &OpenSync,
    ask: &Ask<'_>,
) -> Result<JudgedJoin, Error> {
    let repos = new_repos(record, open);
    let by = open.changes.last().map(|it| it.author.email.as_str());
    let mut judged = JudgedJoin {
        branch: open.branch.clone(),
        tip: open.tip,
        repo: repos.first().cloned().unwrap_or_default(),
        actor: format!("{} (unverified)", by.unwrap_or("nobody")),
        outcome: Admitted::Refused(Vec::new()),
    };
    let refused = |judged: JudgedJoin, why: Vec<String>| {
        let outcome = Admitted::Refused(why);
        Ok(JudgedJoin { outcome, ..judged })
    };
    if let Some(why) = &open.trouble {
        return refused(judged, vec![why.clone()]);
    }
    let [repo] = &repos[..] else {
        let why = match repos.len() {
            0 => "it brings no repo that is new: merge it by hand, or take it away".to_owned(),
            _ => format!(
                "it brings {} at once: merge it by hand",
                blue_realm::listed(&repos)
            ),
        };
        return refused(judged, vec![why]);
    };
    let message = format!("Merge {}", open.branch);
    let merged = with_owners(realm, (main, open.tip), &message, &|| ask.maker())?;
    let merged = match merged {
        Ok(merged) => merged,
        Err(why) => return refused(judged, vec![why]),
    };
    let proposed = realm.realm_at(merged)?;
    let mut why = not_of_record(realm, main, open);
    why.extend(beside(realm, (main, merged), repo)?);
    let today = clock::date(ask.now);
    why.extend(of_rules(
        record,
        &proposed,
        (open, &Signers::default()),
        today,
    ));
    let mut told = BTreeSet::new();
    why.retain(|why| told.insert(why.clone()));
    if !why.is_empty() {
        return refused(judged, why);
    }
    let file = record.realm_file();
    let governance = file.map(|file| file.governance.clone()).unwrap_or_default();
    judged.outcome = match may_admit(&governance, repo, &ask.actor.as_author()) {
        true => Admitted::Yes(merged),
        false => Admitted::Waits(
            governance
                .approvers()
                .iter()
                .map(ToString::to_string)
                .collect(),
        ),
    };
    Ok(judged)
}

/// Whether somebody may let a repo in.
fn may_admit(governance: &Governance, repo: &str, who: &Author) -> bool {
    let approvers = governance.approvers();
    let approves = approvers.iter().any(|listed| is_person(who, listed));
    match governance.admission() {
        Admission::Open => true,
        // Where nobody decides, nobody is kept out.
        Admission::Approval => approves || approvers.is_empty(),
        Admission::InviteOnly => {
            let mut invited = governance.invited.iter().flatten();
            approves || invited.any(|name| **name == *repo)
        }
    }
}

/// The repos that a branch brings and that the record does not have.
fn new_repos(record: &Realm, open: &OpenSync) -> Vec<String> {
    let paths: BTreeSet<&String> = open.changes.iter().flat_map(|it| &it.paths).collect();
    let repos = paths.into_iter().filter_map(|path| match classify(path)? {
        FileKind::Repo { name } => Some(name.to_string()),
        _ => None,
    });
    repos.filter(|name| !record.has_repo(name)).collect()
}

/// What differs between the branch of record and what it would be, beside the repo's own files: in the whole
/// repository, whoever did it and however it came there.
fn beside(
    realm: &OpenRealm,
    (main, merged): (CommitId, CommitId),
    repo: &str,
) -> Result<Vec<String>, Error> {
    let mut said = Vec::new();
    for change in realm.repository.tree_changes(main, merged)? {
        let own = realm.path_in_realm(&change.path);
        let is_its_own = match own.and_then(classify) {
            Some(FileKind::Repo { name } | FileKind::Binding { repo: name, .. }) => *name == *repo,
            // It is made of what the realm says then.
            _ => own == Some(CODEOWNERS),
        };
        if !is_its_own || change.now != TreeChanged::File {
            said.push(format!(
                "it changes {}, which is none of {repo}'s own files: merge it by hand",
                change.path
            ));
        }
    }
    Ok(said)
}
