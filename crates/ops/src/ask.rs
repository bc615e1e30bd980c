//! Who asks, when, and how far it may go: what every verb is given.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use blue_git::{
    CommitSignature, LinkStep, Maker, Network, Person, RefUpdate, Repository, Signer, Signing,
};
use blue_programs::Programs;
use blue_realm::proposal::Author;

use crate::clock;
use crate::error::Error;

/// A signature, the keys that it was held against, and whether it is good.
pub(crate) type Verdicted = ((CommitSignature, Vec<String>), bool);

/// Who acts, as far as git says: its author and committer here, which nobody has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who writes a change.
    pub author: Person,
    /// Who makes the commit of it.
    pub committer: Person,
    /// How git signs what they commit; nothing: it does not.
    pub signing: Option<Signing>,
}

impl Actor {
    /// Who acts in a repository.
    ///
    /// # Errors
    /// [`Error::Nobody`] where git knows no name or e-mail.
    pub fn of(repository: &Repository) -> Result<Actor, Error> {
        let (author, committer) = repository.identity().ok_or(Error::Nobody)?;
        Ok(Actor {
            author,
            committer,
            signing: repository.signing(),
        })
    }

    /// Who acts where there is no repository yet.
    ///
    /// # Errors
    /// [`Error::Nobody`] where git knows no name or e-mail.
    pub fn of_user() -> Result<Actor, Error> {
        let (author, committer) = blue_git::user_identity().ok_or(Error::Nobody)?;
        Ok(Actor {
            author,
            committer,
            signing: blue_git::user_signing(),
        })
    }

    /// The same for the realm's rules.
    #[must_use]
    pub fn as_author(&self) -> Author {
        let mut names = Vec::new();
        if self.committer.email != self.author.email {
            names.push(self.committer.email.as_str().into());
        }
        Author {
            email: self.author.email.as_str().into(),
            names,
            commit: None,
            verified: false,
        }
    }
}

/// The steps of the verbs, those of a sync and then those of worktrees, in the order in which they
/// are taken: between any two of them the process may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The realm was fetched.
    Fetched,
    /// It is known what will be written.
    Planned,
    /// Commits were made; nothing points to them.
    Committed,
    /// A branch was pushed.
    Pushed,
    /// The main branch of the realm says since when a branch waits.
    Recorded,
    /// A branch was merged.
    Merged,
    /// A merged branch was taken away.
    Cleaned,
    /// git ignores the folder of worktrees.
    Excluded,
    /// A worktree's branch is there.
    Branched,
    /// A worktree is being made, or taken away.
    Linked(LinkStep),
    /// A worktree's branch is gone.
    Unbranched,
}

impl Step {
    /// Those of a sync.
    pub const ALL: [Step; 7] = [
        Step::Fetched,
        Step::Planned,
        Step::Committed,
        Step::Pushed,
        Step::Recorded,
        Step::Merged,
        Step::Cleaned,
    ];
}

/// A branch of a realm that was moved for everybody to see; displayed, it says so in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The realm.
    pub realm: String,
    /// The branch, and where it is now.
    pub update: RefUpdate,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (realm, branch) = (&self.realm, &self.update.branch);
        match self.update.to {
            Some(to) => write!(f, "{branch} of {realm} is at {}", to.short()),
            None => write!(f, "{branch} of {realm} is taken away"),
        }
    }
}

/// What a verb is given by whoever calls it.
pub struct Ask<'a> {
    /// Who acts.
    pub actor: Actor,
    /// Whether programs may be started, to sign what is written and to tell good signatures.
    pub programs: Programs,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Set by somebody else to stop it at its next step.
    pub stop: Arc<AtomicBool>,
    /// How long one fetch or push may take.
    pub limit: Duration,
    /// What this errand has moved so far, in that order: what it says of itself where it ends early.
    pub moved: Vec<Moved>,
    /// The signatures that were asked about, with the keys that they were held against, and whether they are good.
    pub(crate) verdicts: RefCell<Vec<Verdicted>>,
    /// Told what is being done, in a few words: `pushing sync/aperture/20260106T090000Z`.
    pub progress: &'a mut dyn FnMut(&str),
    /// The step after which the process is as if it had been killed.
    #[cfg(test)]
    pub(crate) killed_after: Option<Step>,
    /// How often that step is taken before.
    #[cfg(test)]
    pub(crate) spared: std::cell::Cell<usize>,
}

impl<'a> Ask<'a> {
    /// An errand of `actor`, now.
    pub fn new(actor: Actor, programs: Programs, progress: &'a mut dyn FnMut(&str)) -> Ask<'a> {
        Ask {
            actor,
            programs,
            now: clock::now(),
            stop: Arc::default(),
            limit: blue_git::TIME_LIMIT,
            moved: Vec::new(),
            verdicts: RefCell::default(),
            progress,
            #[cfg(test)]
            killed_after: None,
            #[cfg(test)]
            spared: std::cell::Cell::new(0),
        }
    }

    /// An errand that writes nothing and starts nothing: nobody has to be known for it.
    pub fn reading(progress: &'a mut dyn FnMut(&str)) -> Ask<'a> {
        // What is only judged is merged in objects, and git knows no commit of nobody at all.
        let nobody = Person {
            name: "nobody".to_owned(),
            email: "nobody@blue.invalid".to_owned(),
        };
        let actor = Actor {
            author: nobody.clone(),
            committer: nobody,
            signing: None,
        };
        Ask::new(actor, Programs::Never, progress)
    }

    /// Who makes the commits, without a signature: of those that nobody else gets to see.
    #[must_use]
    pub fn maker(&self) -> Maker {
        Maker {
            author: self.actor.author.clone(),
            committer: self.actor.committer.clone(),
            time: self.now,
            signer: None,
        }
    }

    /// Who makes the commits that everybody is to see, signed as git would sign them.
    #[must_use]
    pub fn signing_maker(&self) -> Maker {
        let (committer, programs) = (self.actor.committer.clone(), self.programs);
        let signing = self.actor.signing.clone();
        let signer = signing.map(|signing| {
            Signer::new(move |bytes| {
                let signed = blue_programs::sign(&signing, &committer, bytes, programs);
                signed.map_err(|why| why.to_string())
            })
        });
        Maker {
            signer,
            ..self.maker()
        }
    }

    /// A step was taken: the next one is not, where somebody stopped it.
    pub(crate) fn took(&self, _step: Step) -> Result<(), Error> {
        #[cfg(test)]
        if self.killed_after == Some(_step) {
            match self.spared.get().checked_sub(1) {
                Some(left) => self.spared.set(left),
                None => return Err(Error::Stopped),
            }
        }
        match self.stop.load(Ordering::SeqCst) {
            true => Err(Error::Stopped),
            false => Ok(()),
        }
    }

    /// Fetches from a remote, and tells of it. Whoever stops it stops it at once: nothing is written.
    pub(crate) fn over_the_network<T>(
        &mut self,
        doing: &str,
        work: impl FnOnce(&mut Network<'_>) -> Result<T, blue_git::Error>,
    ) -> Result<T, Error> {
        let stop = self.stop.clone();
        self.talk(doing, stop, work)
    }

    /// Pushes to a remote, and tells of it. Nobody stops it under way, for nobody would know then whether it
    /// was done; it ends with its time.
    pub(crate) fn uninterrupted<T>(
        &mut self,
        doing: &str,
        work: impl FnOnce(&mut Network<'_>) -> Result<T, blue_git::Error>,
    ) -> Result<T, Error> {
        self.talk(doing, Arc::default(), work)
    }

    fn talk<T>(
        &mut self,
        doing: &str,
        stop: Arc<AtomicBool>,
        work: impl FnOnce(&mut Network<'_>) -> Result<T, blue_git::Error>,
    ) -> Result<T, Error> {
        (self.progress)(doing);
        let progress = &mut *self.progress;
        let mut network = Network {
            limit: self.limit,
            stop,
            progress: &mut |how_far| {
                if how_far.total > 0 {
                    progress(&format!("{doing}: {}/{}", how_far.objects, how_far.total));
                }
            },
        };
        work(&mut network).map_err(|why| match why {
            blue_git::Error::Stopped => Error::Stopped,
            why => Error::Git(why),
        })
    }
}
