//! In a realm's own checkout: the syncs that wait there, and the repos that ask to take part, held against the rule of
//! merging (`git-and-forges.md`, "Acknowledge and merge"). A forge may let its branch protection rest on it: of the branch
//! that is checked out, the check fails for as long as it may not be merged. Of the others it is told how they stand.

use blue_git::{CommitId, Rewrites};
use blue_ops::merge::{
    Admitted, Decision, Judged, JudgedJoin, Outcome, Terms, Wait, judge, open_joins, open_syncs,
};
use blue_ops::words::{self, Line};
use blue_ops::{Freshness, OpenRealm};

use crate::commands::check::options::Side;
use crate::engine::Report;
use crate::realms::{self, Here};

/// The report with what waits, where contract mode looks at a realm's own checkout. What cannot be judged is said.
pub(super) fn with_waiting(
    mut report: Report,
    here: Option<&Here>,
    sides: &[Side],
    progress: &mut dyn FnMut(&str),
) -> Report {
    let is_asked = sides.is_empty() || sides.contains(&Side::Contract);
    let here = here.filter(|here| here.repo.is_none() && report.repo.is_none() && is_asked);
    let Some(place) = here.and_then(|here| here.realms.first()) else {
        return report;
    };
    let mut ask = realms::reading(progress);
    let opened = OpenRealm::open(place, Freshness::AsItIs, Rewrites::Stop, &mut ask);
    let judged = opened.and_then(|realm| {
        // What would come of a merge is made in memory: a check writes nothing.
        let realm = realm.rehearsal()?;
        let main = realm.tip()?;
        let record = realm.realm_at(main)?;
        let out = CheckedOut::of(&realm)?;
        for open in open_syncs(&realm, main)?.0 {
            let judged = judge(&realm, (main, &record), &open, &Terms::default(), &ask)?;
            let of = (judged.open.branch.as_str(), judged.open.tip);
            let fails = out.is(of) && !may_be_merged(&judged);
            let lines = words::waits(&judged);
            let unchecked = unchecked(&judged, &lines);
            tell(&mut report, lines, fails);
            report.notes.extend(unchecked);
        }
        for judged in open_joins(&realm, (main, &record), &ask)?.0 {
            let of = (judged.branch.as_str(), judged.tip);
            let fails = out.is(of) && is_refused(&judged);
            tell(&mut report, words::asks(&judged), fails);
        }
        Ok(())
    });
    // A realm without git, or without a commit, has nothing that waits.
    if let Err(blue_ops::Error::Git(why)) = judged {
        let what = "what waits in the realm cannot be judged";
        report.could_not.push(format!("{what}: {why}"));
    }
    report
}

/// That nobody can tell from here whether the code of a sync is where its exporter's people agreed on it, where that is not
/// said yet: whoever lets it be merged because this passes has to know.
fn unchecked(judged: &Judged, said: &[Line]) -> Option<String> {
    let is_refused = matches!(judged.outcome, Outcome::Refused(_));
    let text = judged.unchecked().filter(|_| !is_refused)?;
    let is_said = said.iter().any(|line| line.text.contains(&text));
    (!is_said).then(|| format!("{}: {text}", judged.open.branch))
}

fn tell(report: &mut Report, lines: Vec<Line>, fails: bool) {
    let said = lines.into_iter().map(|line| line.text);
    match fails {
        true => report.held_back.extend(said),
        false => report.notes.extend(said),
    }
}

/// Whether nothing stands in the way of a sync but the word of an approver: that is theirs who merge it, which a check
/// cannot tell.
fn may_be_merged(judged: &Judged) -> bool {
    match &judged.outcome {
        Outcome::Refused(_) => false,
        Outcome::Decided(Decision::Merge(_)) => true,
        Outcome::Decided(Decision::Wait(waits)) => {
            waits.iter().all(|wait| matches!(wait, Wait::Approver))
        }
    }
}

fn is_refused(judged: &JudgedJoin) -> bool {
    matches!(judged.outcome, Admitted::Refused(_))
}

/// What is checked out: a branch by its name, or, as CI has it, by its commit, or by a merge of that.
struct CheckedOut {
    branch: Option<String>,
    commits: Vec<CommitId>,
}

impl CheckedOut {
    fn of(realm: &OpenRealm) -> Result<CheckedOut, blue_ops::Error> {
        let mut commits = Vec::new();
        if let Some(head) = realm.repository.head_record()? {
            commits = realm.repository.commit_info(head.commit)?.parents;
            // Of a commit on one's own the parent is another's.
            if commits.len() < 2 {
                commits.clear();
            }
            commits.push(head.commit);
        }
        Ok(CheckedOut {
            branch: realm.repository.head_branch()?,
            commits,
        })
    }

    fn is(&self, (branch, tip): (&str, CommitId)) -> bool {
        self.branch.as_deref() == Some(branch) || self.commits.contains(&tip)
    }
}
