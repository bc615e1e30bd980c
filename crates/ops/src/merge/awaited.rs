//! Syncs that somebody waits for: how each stands whenever it is looked at, also once its branch is gone.
//!
//! A branch that is gone was merged where what was last seen of it is part of the branch of record: nothing is
//! ever forced, so whatever was added to it meanwhile came on top.

use blue_git::CommitId;

use super::judge::{Judged, Outcome};
use super::open::SYNC;
use super::rule::Because;
use super::steps::Merging;
use crate::error::Error;
use crate::place::OpenRealm;

/// A sync that somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Its branch.
    pub branch: String,
    /// What was last seen of it.
    pub tip: CommitId,
}

/// How an awaited sync stands.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It is part of the branch of record.
    Merged {
        /// Why it could be, where this look merged it; nothing: somebody else did.
        because: Option<Because>,
    },
    /// It cannot be merged as it is, whoever agrees: a sentence each.
    Refused(Vec<String>),
    /// Its branch is gone, and what it said is no part of the branch of record.
    TakenAway,
    /// It waits still.
    Waits(Box<Judged>),
    /// It could be merged, by somebody whom the remote lets write to the branch of record.
    NotTaken(String),
}

impl Standing {
    /// Whether nothing more will become of it by waiting.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        !matches!(self, Standing::Waits(_) | Standing::NotTaken(_))
    }
}

impl Awaited {
    /// Sees where its branch is now, if it is there still: to be asked of each fetched state before
    /// anything is merged in it.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn see(&mut self, realm: &OpenRealm) -> Result<(), Error> {
        let there = realm.branches(SYNC)?;
        let own = there.into_iter().find(|(name, _)| *name == self.branch);
        if let Some((_, tip)) = own {
            self.tip = tip;
        }
        Ok(())
    }

    /// How it stands, after `merging` was done in this state of the realm.
    ///
    /// # Errors
    /// [`Error::Git`].
    pub fn standing(&self, realm: &OpenRealm, merging: &[Merging]) -> Result<Standing, Error> {
        let own = merging
            .iter()
            .find(|it| it.judged().open.branch == self.branch);
        Ok(match own {
            Some(Merging::Merged { because, .. }) => Standing::Merged {
                because: Some(*because),
            },
            Some(Merging::NotTaken { why, .. }) => Standing::NotTaken(why.clone()),
            Some(Merging::Waits { judged, .. }) => match &judged.outcome {
                Outcome::Refused(why) => Standing::Refused(why.clone()),
                Outcome::Decided(_) => Standing::Waits(Box::new(judged.clone())),
            },
            None if realm.repository.is_ancestor(self.tip, realm.tip()?)? => {
                Standing::Merged { because: None }
            }
            None => Standing::TakenAway,
        })
    }
}
